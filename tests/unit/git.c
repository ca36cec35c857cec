/*
 * Work trees, commits and texts, on repositories that the git command makes and
 * afterwards judges: it must find nothing to complain about in what we did.
 */
#include "net/git.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

static char base[4096], self[4096];

/*
 * Runs a line of shell in `base`; its standard output without the last newline,
 * valid until the next call.  "!" stands in front when it failed.
 */
__attribute__((format(printf, 1, 2))) static const char *
sh(const char *fmt, ...)
{
	static struct buf out;
	char line[8192], part[4096];
	int ends[2], status = -1;
	va_list ap;
	ssize_t n;
	pid_t pid;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	buf_cut(&out, 0);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return "!";
	if ((pid = fork()) == 0) {
		if (dup2(ends[1], 1) == -1 || chdir(base) == -1)
			_exit(126);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((n = read(ends[0], part, sizeof part)) > 0)
		buf_append(&out, part, (size_t)n);
	close(ends[0]);
	waitpid(pid, &status, 0);
	while (out.len > 0 && out.data[out.len - 1] == '\n')
		buf_cut(&out, out.len - 1);
	if (status == 0)
		return buf_str(&out);
	snprintf(part, sizeof part, "!%.*s", 4000, buf_str(&out));
	buf_cut(&out, 0);
	buf_puts(&out, part);
	return buf_str(&out);
}

/* "BASE/name" in one of a few buffers that take turns. */
static const char *
at(const char *name)
{
	static char buf[4][4200];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(buf[turn], sizeof buf[turn], "%s/%s", base, name);
	return buf[turn];
}

static void
has(const char *text, const char *part, const char *what)
{
	if (!ok(text != NULL && strstr(text, part) != NULL, "%s", what))
		printf("# text: %s\n# lacks: %s\n", text ? text : "(null)", part);
}

/* git itself finds nothing wrong with a repository and its work trees. */
static void
sound(const char *repo)
{
	const char *said = sh("git -C '%s' fsck --strict --no-dangling 2>&1 && "
	    "git -C '%s' worktree prune -n -v --expire=now 2>&1", repo, repo);

	is(said, "", "git fsck and git worktree prune find nothing");
}

static void
test_open(void)
{
	struct err e = { 0 };
	struct git *g;
	char *head;

	sh("mkdir none && git init -q -b main unborn");
	ok(git_open(at("none"), &e) == NULL && e.code == ERR_CONFIG, "not in a repository");
	has(e.msg, "none' is not in a git repository", "is said");
	ok(git_open(at("missing"), &e) == NULL && e.code == ERR_CONFIG, "a missing folder");
	g = git_open(at("unborn"), &e);
	ok(g != NULL, "a repository without a commit opens");
	is(git_root(g), at("unborn"), "its root");
	is(git_dir(g), at("unborn/.git"), "its folder");
	is(git_head(g), NULL, "its branch is unborn");
	git_close(g);

	sh("git init -q -b main repo && cd repo && mkdir -p dir/deep && echo one >a && "
	    "echo two >dir/b && chmod +x dir/b && ln -s a link && echo '*.o' >.gitignore && "
	    "git add -A && git commit -qm first && git tag v1 && git branch other");
	g = git_open(at("repo/dir/deep"), &e);
	is(git_root(g), at("repo"), "opened from a folder below");
	head = git_head(g);
	is(head, "main", "the branch of HEAD");
	free(head);
	git_close(g);

	sh("cd repo && git checkout -q --detach");
	g = git_open(at("repo"), &e);
	is(git_head(g), NULL, "a detached HEAD names no branch");
	git_close(g);
	sh("cd repo && git checkout -q main");

	sh("git -C repo worktree add -q ../linked -b linked");
	g = git_open(at("linked"), &e);
	is(git_root(g), at("repo"), "a linked work tree gives the main one");
	is(git_dir(g), at("repo/.git"), "and its folder");
	git_close(g);
	sh("git -C repo worktree remove linked && git -C repo branch -D linked");

	sh("git clone -q --bare repo bare.git");
	g = git_open(at("bare.git"), &e);
	is(git_root(g), NULL, "a bare one has no root");
	is(git_dir(g), at("bare.git"), "but a folder");
	git_close(g);
	git_close(NULL);

	sh("git init -q theirs && chown -R 65533 theirs 2>/dev/null");
	if (geteuid() == 0) {
		ok(git_open(at("theirs"), &e) == NULL && e.code == ERR_CONFIG, "somebody else's");
		has(e.msg, "safe.directory", "is not opened");
	}

	setenv("GIT_DIR", at("bare.git"), 1);
	g = git_open(at("repo"), &e);
	is(git_dir(g), at("repo/.git"), "the environment does not choose the repository");
	git_close(g);
	unsetenv("GIT_DIR");
}

static int
add(const char *repo, const char *path, const char *branch, const char *from, char **id,
    struct err *e)
{
	struct git *g = git_open(repo, e);
	int rc;

	*e = (struct err){ 0 };
	rc = g != NULL ? git_work_add(g, path, branch, from, id, e) : -1;
	git_close(g);
	return rc;
}

static int
drop(const char *repo, const char *path, struct err *e)
{
	struct git *g = git_open(repo, e);
	int rc;

	*e = (struct err){ 0 };
	rc = g != NULL ? git_work_remove(g, path, e) : -1;
	git_close(g);
	return rc;
}

/* Makes a work tree that must succeed; the id is the caller's. */
static char *
made(const char *repo, const char *path, const char *branch, const char *from)
{
	struct err e;
	char *id = NULL;

	if (!ok(add(repo, path, branch, from, &id, &e) == 0, "work tree on %s", branch))
		printf("# %s\n", e.msg);
	return id;
}

static void
test_add(void)
{
	struct err e;
	char *id, *again = NULL;

	id = made(at("repo"), at("deep/er/17-fix"), "orch/17-fix", NULL);
	is(id, sh("git -C repo rev-parse main"), "based on HEAD");
	is(sh("git -C deep/er/17-fix status --porcelain=v1 --branch"), "## orch/17-fix",
	    "git status agrees");
	is(sh("git -C deep/er/17-fix rev-parse --show-toplevel"), at("deep/er/17-fix"),
	    "git finds its root");
	is(sh("git -C repo worktree list --porcelain | grep -A2 17-fix | tr '\\n' ' ' | "
	    "sed 's/HEAD [0-9a-f]*/HEAD/'"), sh("echo worktree $PWD/deep/er/17-fix HEAD "
	    "branch refs/heads/orch/17-fix"), "git worktree list agrees");
	is(sh("stat -c %%a deep deep/er | tr '\\n' ' '"), "700 700 ", "folders above are private");
	is(sh("cd deep/er/17-fix && readlink link && test -x dir/b && ! test -x a && cat a"),
	    "a\none", "links and modes are there");
	is(sh("ls -A deep/er"), "17-fix", "no marker is left");
	is(sh("git -C repo status --porcelain"), "", "the main work tree is untouched");
	sound("repo");

	sh("echo work >deep/er/17-fix/new");
	ok(add(at("repo"), at("deep/er/17-fix/"), "orch/17-fix", "main", &again, &e) == 0,
	    "one that stands is used again");
	is(again, id, "with the same base");
	is(sh("cat deep/er/17-fix/new"), "work", "and what was in it");
	free(again);
	is_int(add(at("repo"), at("deep/er/17-fix"), "orch/18", NULL, &again, &e), -1,
	    "but not for another branch");
	has(e.msg, "17-fix' is on branch 'orch/17-fix'", "which is said");
	is(sh("git -C repo branch --list orch/18"), "", "and that branch is not left behind");
	is_int(add(at("repo"), at("elsewhere"), "orch/17-fix", NULL, &again, &e), -1,
	    "a branch has one work tree");
	has(e.msg, "the branch 'orch/17-fix' is checked out in", "which is said");
	has(e.msg, at("deep/er/17-fix"), "with its path");
	is_int(add(at("repo"), at("elsewhere"), "main", NULL, &again, &e), -1,
	    "nor is the main one's branch free");
	has(e.msg, "checked out in", "as is said");
	is(sh("ls -A | grep elsewhere"), "!", "nothing was made");
	free(id);
}

static void
test_bases(void)
{
	struct err e;
	char *id = NULL, *first;

	sh("cd repo && git checkout -q other && echo x >x && git add x && git commit -qm second && "
	    "git checkout -q main && echo three >>a && git commit -qam third");
	first = xstrdup(sh("git -C repo rev-parse v1"));
	id = made(at("repo"), at("w-tag"), "orch/tag", "v1");
	is(id, first, "a tag is a base");
	is(sh("git -C w-tag log -1 --format=%%s"), "first", "checked out");
	free(id);
	id = made(at("repo"), at("w-branch"), "orch/branch", "other");
	is(id, sh("git -C repo rev-parse other"), "a branch is a base");
	free(id);
	id = made(at("repo"), at("w-id"), "orch/id", first);
	is(id, first, "an id is a base");
	free(id);
	id = made(at("repo"), at("w-old"), "other", "main");
	is(id, first, "a branch that exists is taken, its base is where they part");
	is(sh("git -C w-old log -1 --format=%%s"), "second", "at its own commit");
	free(id);
	sh("git -C repo tag other v1");
	id = made(at("repo"), at("w-both"), "orch/both", "other");
	is(id, sh("git -C repo rev-parse refs/heads/other"), "a branch before a tag of its name");
	free(id);
	sh("git -C repo tag -d other");
	is_int(add(at("repo"), at("w-no"), "orch/no", "nothing", &id, &e), -1, "an unknown base");
	has(e.msg, "no commit 'nothing' in", "is named");
	is_int(add(at("repo"), at("w-no"), "bad..name", NULL, &id, &e), -1, "a bad branch name");
	has(e.msg, "'bad..name' is no name for a branch", "is named");
	is_int(add(at("repo"), "relative/path", "orch/rel", NULL, &id, &e), -1, "a relative path");
	is_int(add(at("unborn"), at("w-no"), "orch/no", NULL, &id, &e), -1, "an unborn HEAD");
	is_int(e.code, ERR_FAILED, "fails");
	has(e.msg, "unborn' has no commit yet", "with its reason");
	sh("cd repo && git checkout -q --orphan island && git commit -qm island && "
	    "git checkout -q main");
	is_int(add(at("repo"), at("w-no"), "island", "main", &id, &e), -1, "unrelated branches");
	has(e.msg, "no commit in common", "have no base");
	ok(id == NULL && access(at("w-no"), F_OK) == -1, "nothing was made");
	sh("cd repo && git checkout -q --detach v1");
	id = made(at("repo"), at("w-detached"), "orch/detached", NULL);
	is(id, first, "a detached HEAD is a base");
	free(id);
	sh("cd repo && git checkout -q main");
	id = made(at("bare.git"), at("w-bare"), "orch/bare", NULL);
	is(sh("git -C w-bare status --porcelain --branch"), "## orch/bare", "a bare repository");
	free(id);
	id = made(at("bare.git"), at("w-bare-main"), "main", NULL);
	ok(id != NULL, "whose HEAD is checked out nowhere");
	free(id);
	sound("repo");
	sound("bare.git");
	free(first);
}

static void
test_occupied(void)
{
	struct err e;
	char *id = NULL;

	sh("echo >file && mkdir full empty && echo mine >full/mine && ln -s empty symlink && "
	    "git init -q foreign");
	is_int(add(at("repo"), at("file"), "orch/o", NULL, &id, &e), -1, "a file is in the way");
	is_int(add(at("repo"), at("full"), "orch/o", NULL, &id, &e), -1, "so is a folder");
	is_int(e.code, ERR_FAILED, "which fails");
	has(e.msg, "full' is in the way and no work tree of", "and is said");
	is_int(add(at("repo"), at("symlink"), "orch/o", NULL, &id, &e), -1, "a link too");
	is_int(add(at("repo"), at("foreign"), "orch/o", NULL, &id, &e), -1, "a repository too");
	is_int(add(at("repo"), at("file/below"), "orch/o", NULL, &id, &e), -1, "below a file");
	is_int(add(at("bare.git"), at("w-tag"), "orch/o", NULL, &id, &e), -1,
	    "another repository's work tree too");
	is(sh("cat full/mine && git -C repo branch --list orch/o"), "mine", "all is as before");
	id = made(at("repo"), at("empty"), "orch/empty", NULL);
	ok(id != NULL, "an empty folder is not in the way");
	free(id);
	id = made(at("repo"), at("with space/d\xc3\xa9j\xc3\xa0 vu [1]"), "orch/d\xc3\xa9j\xc3\xa0",
	    NULL);
	is(sh("git -C 'with space/d\xc3\xa9j\xc3\xa0 vu [1]' status --porcelain"), "",
	    "blanks, brackets and UTF-8 in names");
	free(id);
	id = made(at("repo"), at("other/17-fix"), "orch/other", NULL);
	ok(id != NULL, "two folders of one name");
	free(id);
	sh("rm -rf other/17-fix");
	id = made(at("repo"), at("other/17-fix"), "orch/other", NULL);
	is(sh("git -C other/17-fix status --porcelain"), "", "one whose folder was deleted");
	free(id);
	sh("mkdir real && ln -s real via");
	id = made(at("repo"), at("via/w"), "orch/via", NULL);
	free(id);
	id = made(at("repo"), at("real/w"), "orch/via", NULL);
	ok(id != NULL, "found again under the folder's other name");
	free(id);
	sound("repo");
}

/* What a child of test_crashes() does until it is stopped. */
static int
add_and_drop(void)
{
	struct err e;
	char *id;

	if (add(at("repo"), at("crash/w"), "orch/crash", "v1", &id, &e) == -1)
		return 1;
	free(id);
	return drop(at("repo"), at("crash/w"), &e) == 0 ? 0 : 2;
}

/* The child dies at each step in turn; the next one must be able to go on. */
static void
test_crashes(void)
{
	struct err e;
	char *id = NULL, step[16];
	int n, status = 0;

	for (n = 1; n < 100; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			snprintf(step, sizeof step, "%d", n);
			setenv("ORCH_TEST_CRASH_AT", step, 1);
			execl(self, self, base, (char *)NULL);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		if (WIFEXITED(status))
			break;
		id = made(at("repo"), at("crash/w"), "orch/crash", "v1");
		is(sh("git -C crash/w status --porcelain && cd crash && ls -A | grep -v gone"), "w",
		    "whole after a crash");
		free(id);
		is_int(drop(at("repo"), at("crash/w"), &e), 0, "and can be removed");
		is(sh("ls -A crash && git -C repo branch -D orch/crash >/dev/null"), "", "completely");
	}
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0 && n > 3, "%d steps survived", n - 1);
	is(sh("ls -A crash && git -C repo worktree list | grep -c crash"), "!0", "and cleaned up");

	/* stopped inside libgit2: the marker stands, most files are missing */
	id = made(at("repo"), at("crash/w"), "orch/half", "v1");
	free(id);
	sh("basename $(git -C crash/w rev-parse --git-dir) | tr -d '\\n' >crash/.w.orch-new && "
	    "cd crash/w && rm -rf dir a $(git rev-parse --git-dir)/index");
	id = made(at("repo"), at("crash/w"), "orch/half", "v1");
	is(sh("git -C crash/w status --porcelain && ls -A crash"), "w", "a half-made one is redone");
	free(id);
	sh("echo ../../objects >crash/.w.orch-new");
	is_int(add(at("repo"), at("crash/w"), "orch/half", "v1", &id, &e), -1,
	    "a marker that names a path is not followed");
	sh("rm crash/.w.orch-new");
	sound("repo");
}

/* Many at once, from the first on: each gets its own. */
static void
test_race(void)
{
	enum { RACERS = 16 };
	pid_t pids[RACERS];
	int good = 0, status;

	sh("git clone -q repo raced && rm -rf raced/.git/worktrees");
	fflush(stdout);
	for (int i = 0; i < RACERS; i++)
		if ((pids[i] = fork()) == 0) {
			struct err e;
			char path[64], branch[64], *id;

			snprintf(path, sizeof path, "race/w%d", i);
			snprintf(branch, sizeof branch, "orch/w%d", i);
			_exit(add(at("raced"), at(path), branch, NULL, &id, &e) == 0 ? 0 : 1);
		}
	for (int i = 0; i < RACERS; i++)
		good += waitpid(pids[i], &status, 0) == pids[i] && status == 0;
	is_int(good, RACERS, "work trees at once");
	is(sh("git -C raced worktree list | wc -l"), "17", "git knows them all");
	sound("raced");
}

/* The locks of one work tree, and nobody else's, whatever its .git file points at. */
static void
test_unlock(void)
{
	struct err e = { 0 };
	struct git *g = git_open(at("repo"), &e);
	const char *tree = at("deep/er/17-fix");

	is_int(git_work_unlock(g, tree, "orch/17-fix", &e), 0, "there is no lock");
	sh("touch repo/.git/index.lock repo/.git/refs/heads/main.lock; cd deep/er/17-fix && "
	    "touch $(git rev-parse --git-dir)/index.lock $(git rev-parse --git-dir)/HEAD.lock && "
	    "touch ../../../repo/.git/refs/heads/orch/17-fix.lock && cp .git ../was && "
	    "echo 'gitdir: %s/repo/.git' >.git", base);
	is_int(git_work_unlock(g, tree, "orch/17-fix", &e), 1, "locks are found");
	is(sh("mv deep/er/was deep/er/17-fix/.git; cd repo/.git && find . -name '*.lock' | sort"),
	    "./index.lock\n./orch.lock\n./refs/heads/main.lock", "those of others stay");
	sh("rm repo/.git/index.lock repo/.git/refs/heads/main.lock");
	is_int(git_work_unlock(g, at("no/such/folder"), "none", &e), 0, "no work tree, no lock");
	git_close(g);
}

/* Spoils something, asks, and puts it back. */
static void
spoilt(struct git *g, const char *spoil, const char *mend, const char *want)
{
	struct err e = { 0 };
	const char *record = "r=$(cut -c9- deep/er/17-fix/.git 2>/dev/null)";

	sh("%s; %s", record, spoil);
	is_int(git_work_intact(g, at("deep/er/17-fix"), &e), -1, spoil);
	has(e.msg, want, "is said");
	sh("%s; %s", record, mend);
	e = (struct err){ 0 };
	is_int(git_work_intact(g, at("deep/er/17-fix"), &e), 0, "mended");
}

/* Also as git(1) makes them, with the other common folder. */
static void
test_intact(void)
{
	struct err e = { 0 };
	struct git *g = git_open(at("repo"), &e);
	char *where;

	is_int(git_work_intact(g, at("deep/er/17-fix"), &e), 0, "ours is intact");
	sh("git -C repo worktree add -q -b by-git ../by-git v1");
	is_int(git_work_intact(g, at("by-git"), &e), 0, "git's own is intact");
	where = git_holder(g, "by-git");
	is(where, at("by-git"), "and holds its branch");
	free(where);
	sh("mv by-git/.git was && git init -q by-git && git -C by-git commit -qm x --allow-empty");
	ok(git_holder(g, "by-git") == NULL, "a repository in place of it holds none");
	is_int(drop(at("repo"), at("by-git"), &e), -1, "and is not removed");
	has(e.msg, "by-git' is not the project's any more: its .git is no plain file", "is said");
	sh("rm -rf by-git/.git && mv was by-git/.git");
	is_int(drop(at("repo"), at("by-git"), &e), 0, "git's own is removed");
	spoilt(g, "mv deep/er/17-fix/.git was", "mv was deep/er/17-fix/.git", ".git is gone");
	spoilt(g, "mv deep/er/17-fix away", "mv away deep/er/17-fix", "it is gone, or no folder");
	spoilt(g, "mv deep/er/17-fix away; ln -s ../../away deep/er/17-fix",
	    "rm deep/er/17-fix; mv away deep/er/17-fix", "it is gone, or no folder");
	spoilt(g, "cp deep/er/17-fix/.git was; echo gitdir: /x >deep/er/17-fix/.git",
	    "mv was deep/er/17-fix/.git", "its .git leads elsewhere");
	spoilt(g, "cp $r/commondir was; echo /x >$r/commondir", "mv was $r/commondir",
	    "its record (commondir) leads elsewhere");
	spoilt(g, "mv $r/HEAD was; ln -s $PWD/was $r/HEAD", "rm $r/HEAD; mv was $r/HEAD",
	    "its record (HEAD) is no plain file");
	spoilt(g, "mv $r/index was; ln -s $PWD/nowhere $r/index", "rm $r/index; mv was $r/index",
	    "its record (index) is no plain file");
	spoilt(g, "cp $r/gitdir was; echo /x/.git >$r/gitdir", "mv was $r/gitdir", "git has no record of it");
	git_close(g);
	sh("cp -r repo/.git led && echo %s/repo/.git >led/commondir", base);
	ok(git_open(at("led"), &e) == NULL && e.code == ERR_CONFIG, "a repository led elsewhere");
	has(e.msg, "led elsewhere by the file commondir", "is refused");
}

static void
test_remove(void)
{
	struct err e;
	char *id;

	is_int(drop(at("repo"), at("deep/er/17-fix"), &e), -1, "one with work in it stays");
	is_int(e.code, ERR_FAILED, "which is a failure");
	has(e.msg, "not committed in the work tree", "is said");
	has(e.msg, ": new", "with the file's name");
	sh("cd deep/er/17-fix && rm new && echo >built.o && rm a && echo >1 && echo >2 && echo >3");
	is_int(drop(at("repo"), at("deep/er/17-fix"), &e), -1, "a deleted file counts");
	has(e.msg, ": 1, 2, 3 and 1 more", "the first are named");
	sh("cd deep/er/17-fix && rm 1 2 3 && git checkout -q a");
	is_int(drop(at("repo"), at("deep/er/17-fix"), &e), 0, "ignored files do not count");
	is(sh("ls -A deep/er"), "", "the folder is gone");
	is(sh("git -C repo worktree list | grep -c 17-fix; git -C repo branch --list orch/17-fix"),
	    "1\n  orch/17-fix", "git forgot it, the branch stays");
	is_int(drop(at("repo"), at("deep/er/17-fix"), &e), 0, "a missing one is fine");
	is_int(drop(at("repo"), at("no/such/folder"), &e), 0, "so is one in a missing folder");
	sh("rm -rf w-id");
	is_int(drop(at("repo"), at("w-id"), &e), 0, "a deleted one is forgotten");
	is(sh("git -C repo worktree list | grep -c w-id"), "!0", "by git");
	is_int(drop(at("repo"), at("full"), &e), -1, "a plain folder is not removed");
	is_int(drop(at("repo"), at("repo"), &e), -1, "nor is the main work tree");
	is_int(drop(at("repo"), at("w-bare"), &e), -1, "nor another repository's");
	is(sh("cat full/mine && ls -A w-bare | wc -l"), "mine\n5", "all stand");
	sh("git -C repo worktree lock w-tag");
	is_int(drop(at("repo"), at("w-tag"), &e), -1, "a locked one stays");
	sh("git -C repo worktree unlock w-tag");
	sh("cd w-tag && git checkout -q --detach && echo >lost && git add lost && git commit -qm l");
	is_int(drop(at("repo"), at("w-tag"), &e), -1, "commits that no branch holds are kept");
	has(e.msg, "has commits that no branch holds", "and this is said");
	sh("git -C w-tag branch found");
	is_int(drop(at("repo"), at("w-tag"), &e), 0, "until one does");
	id = made(at("repo"), at("w-half"), "orch/half-gone", NULL);
	sh("mkdir -p .w-half.orch-gone && echo >.w-half.orch-gone/x");
	is_int(drop(at("repo"), at("w-half"), &e), 0, "a killed removal is finished");
	is(sh("ls -A | grep half"), "!", "completely");
	free(id);
	sound("repo");
}

static char *
joined(const struct vec_str *v)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < v->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? "," : "", v->v[i]);
	return buf_str(&b)[0] != '\0' ? buf_detach(&b) : xstrdup("");
}

static void
test_work(void)
{
	struct err e = { 0 };
	struct vec_str files = { 0 };
	struct git_work w;
	char *id = made(at("repo"), at("work"), "orch/work", "v1"), *list;

	is_int(git_work(at("work"), id, &w, &files, &e), 0, "a fresh work tree");
	ok(w.commits == 0 && w.dirty == 0 && files.n == 0, "has no work in it");
	is(w.head, id, "and stands at its base");
	is_int(git_commit_all(at("work"), "nothing", &e), 1, "nothing to commit");
	sh("cd work && echo more >>a && rm dir/b && echo new >dir/new && chmod +x dir/new && "
	    "ln -sf nowhere link && ln -s a link2 && echo >x.o && mkdir -p sub/sub && "
	    "echo >'sub/sub/d\xc3\xa9j\xc3\xa0 vu' && printf 'a\\0b' >bin && touch dir");
	is_int(git_work(at("work"), id, &w, &files, &e), 0, "work that is not committed");
	is_int((int64_t)w.dirty, 7, "is counted by file");
	list = joined(&files);
	is(list, "a,bin,dir/b,dir/new,link,link2,sub/sub/d\xc3\xa9j\xc3\xa0 vu", "and named");
	free(list);
	vec_str_release(&files);
	is_int(git_commit_all(at("work"), "\n\nAll of it\n\n\nwith a body  \n\n", &e), 0, "committed");
	is(sh("git -C work status --porcelain"), "", "git finds nothing left");
	is(sh("git -C work ls-tree -r HEAD | sed 's/ .*\t/ /'"), "100644 .gitignore\n100644 a\n"
	    "100644 bin\n100755 dir/new\n120000 link\n120000 link2\n"
	    "100644 \"sub/sub/d\\303\\251j\\303\\240 vu\"", "modes, links, deletions");
	is(sh("git -C work log -1 --format='%%an %%ae %%cn|%%B'"),
	    "Some One some@one.example Some One|All of it\n\nwith a body", "signed, tidy message");
	sh("git -C work commit -q --allow-empty -m 'second; \033[31mred'");
	is_int(git_work(at("work"), id, &w, &files, &e), 0, "committed work");
	ok(w.commits == 2 && w.dirty == 0 && files.n == 7, "is counted");
	is(w.head, sh("git -C work rev-parse HEAD"), "with its head");
	vec_str_release(&files);
	is_int(git_work(at("work"), id, &w, NULL, &e), 0, "names are not needed");
	is_int(git_work(at("work"), "12345", &w, NULL, &e), -1, "a short id is refused");
	is_int(git_work(at("work"), "0123456789012345678901234567890123456789", &w, NULL, &e), -1,
	    "so is an unknown one");
	is_int(git_work(at("full"), id, &w, NULL, &e), -1, "and a folder that is no work tree");
	sh("mkdir repo/sub");
	is_int(git_work(at("repo/sub"), id, &w, NULL, &e), -1, "also within another one");
	sh("rmdir repo/sub");
	is_int(git_commit_all(at("unborn"), "x", &e), -1, "no commit to build on");
	has(e.msg, "has no commit yet", "is said");
	free(id);
}

static void
test_commit_oddities(void)
{
	struct err e = { 0 };
	struct git_work w;
	char *id = made(at("repo"), at("odd"), "orch/odd", "main");

	sh("cd odd && mkfifo pipe && mkdir none && git init -q embedded && "
	    "git -C embedded commit -q --allow-empty -m inner && echo >embedded/f && echo >ok && "
	    "git init -q fresh && echo >fresh/f");
	is_int(git_commit_all(at("odd"), "odd", &e), 0, "a pipe and a repository do not stop it");
	is(sh("git -C odd show --stat --format= HEAD | grep -c ' ok '"), "1", "the file is there");
	is(sh("git -C odd status --porcelain"), "?? embedded/\n?? fresh/", "the repository is not");
	is_int(drop(at("repo"), at("odd"), &e), -1, "and would not be lost");
	sh("cd odd && rm -rf embedded fresh pipe");
	sh("cd odd && git checkout -q -b side && echo side >a && git commit -qam side && "
	    "git checkout -q orch/odd && echo mine >a && git commit -qam mine && "
	    "git merge side >/dev/null");
	is_int(git_commit_all(at("odd"), "merge", &e), -1, "conflicts are not committed");
	has(e.msg, "conflicts that are not resolved", "as is said");
	sh("cd odd && echo both >a && git add a");
	is_int(git_commit_all(at("odd"), "merge", &e), -1, "nor an unfinished merge");
	has(e.msg, "a merge, rebase or the like is not finished", "as is said");
	sh("git -C odd commit -qm merged && echo again >odd/a && git -C odd add a");
	is_int(git_commit_all(at("odd"), "staged", &e), 0, "what is staged is committed");
	is_int(git_work(at("odd"), id, &w, NULL, &e), 0, "a merge is walked");
	is_int((int64_t)w.commits, strtol(sh("git -C odd rev-list --count %s..HEAD", id), NULL, 10),
	    "and counted like git does");
	sh("git -C repo config --unset user.name; git -C repo config --unset user.email; "
	    "echo >odd/z");
	is_int(git_commit_all(at("odd"), "nobody", &e), 0, "without a configured person");
	is(sh("git -C odd log -1 --format='%%an %%ae'"), "orch orch@localhost", "the suite signs");
	sh("git -C repo config user.name 'Some One'; git -C repo config user.email some@one.example");
	sh("cd odd && git rm -rq . && echo >keep");
	is_int(git_commit_all(at("odd"), "all gone", &e), 0, "everything deleted");
	is(sh("git -C odd ls-files && git -C odd status --porcelain"), "keep", "git agrees");
	sh("printf '#!/bin/sh\\nexit 1\\n' >repo/.git/hooks/pre-commit && "
	    "chmod +x repo/.git/hooks/pre-commit && echo >odd/hooked");
	is_int(git_commit_all(at("odd"), "hooked", &e), 0, "hooks of the repository are not run");
	sh("rm repo/.git/hooks/pre-commit");
	sound("repo");
	free(id);
}

static void
test_names(void)
{
	struct err e = { 0 };
	struct buf b = { 0 };
	char *want;

	is_int(git_names(at("repo"), 4096, &b, &e), 0, "names");
	want = xstrdup(sh("git -C repo ls-files"));
	buf_cut(&b, b.len - 1);
	is(buf_str(&b), want, "as git ls-files has them");
	free(want);
	buf_cut(&b, 0);
	sh("git init -q many && cd many && mkdir d d.e && for i in $(seq 100 199); do "
	    "echo >d/f$i; echo >d.e/f$i; done && echo >'d/new\nline' && git add . && "
	    "git commit -qm many");
	buf_puts(&b, "before\n");
	is_int(git_names(at("many"), 200, &b, &e), 0, "many names");
	ok(b.len <= 207 && b.len > 120, "%zu bytes, no more than asked for", b.len);
	ok(str_starts(buf_str(&b), "before\nd.e/f100\nd.e/f101\n"), "in byte order, appended");
	ok(str_ends(buf_str(&b), " more\n"), "with a count");
	{
		long kept = 0, more = strtol(strstr(b.data, "... ") + 4, NULL, 10);

		for (const char *s = b.data; (s = strchr(s, '\n')) != NULL; s++)
			kept++;
		is_int(kept - 2 + more, 201, "that adds up");
	}
	buf_cut(&b, 0);
	is_int(git_names(at("many"), 1 << 20, &b, &e), 0, "all of them");
	has(buf_str(&b), "d/new\\x0aline\n", "a newline in a name is made visible");
	buf_cut(&b, 0);
	is_int(git_names(at("many"), 5, &b, &e), 0, "no room at all");
	is_int((int64_t)b.len, 0, "gives nothing");
	buf_release(&b);
}

/* Of a diff by git, whose own statistics leave out what has a NUL in it. */
#define SUMS "awk '/^diff /{ n++ } /^[+]([^+]|$)/{ a++ } /^-([^-]|$)/{ d++ } " \
	"END { print n \" files changed, +\" a \" -\" d }'"

static void
test_changes(void)
{
	struct err e = { 0 };
	struct buf b = { 0 };
	struct git *g;
	char *id = xstrdup(sh("git -C repo rev-parse v1")), *want;

	is_int(git_changes(at("work"), id, false, 1 << 20, &b, NULL, &e), 0, "a diff");
	has(buf_str(&b), "--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n one\n+more\n", "is unified");
	has(buf_str(&b), "+++ b/bin\n@@ -0,0 +1 @@\n+a\xef\xbf\xbd" "b\n", "a binary file is text, too");
	sh("git -C repo worktree add -q ../applied v1");
	{
		FILE *f = fopen(at("patch"), "w");

		fwrite(b.data, 1, b.len, f);
		fclose(f);
	}
	is(sh("cd applied && git apply --exclude=bin --exclude='sub/*' ../patch 2>&1 && cat a"),
	    "one\nmore", "git apply takes it");
	buf_cut(&b, 0);
	is_int(git_changes(at("work"), id, true, 4096, &b, NULL, &e), 0, "its statistics");
	want = xstrdup(sh("git -C work diff --text %s HEAD | " SUMS, id));
	ok(str_starts(buf_str(&b), want), "begin with git's sums: %s", want);
	has(buf_str(&b), "\nM +1 -0, 9 bytes: a\n", "and name each file");
	has(buf_str(&b), "\nA +1 -0, 4 bytes, mode 100755: dir/new\n", "and a mode that is not common");
	free(want);
	buf_cut(&b, 0);
	is_int(git_changes(at("work"), sh("git -C work rev-parse HEAD"), false, 4096, &b, NULL, &e), 0,
	    "no difference");
	is(buf_str(&b), "", "is an empty diff");
	is_int(git_changes(at("work"), sh("git -C work rev-parse HEAD"), true, 4096, &b, NULL, &e), 0,
	    "and empty statistics");
	is(buf_str(&b), "", "as well");

	sh("cd work && for i in $(seq 1000); do echo \"line $i \xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89\"; "
	    "done >big && printf 'bad \\377 byte\\n' >latin && git add . && git commit -qm big");
	for (size_t max = 0; max < 700; max += max < 60 ? 1 : 7) {
		size_t bad;

		buf_cut(&b, 0);
		if (git_changes(at("work"), id, false, max, &b, NULL, &e) != 0 || b.len > max ||
		    !str_utf8(buf_str(&b), b.len, &bad) ||
		    (b.len > 0 && strstr(buf_str(&b), " bytes left out ...]\n") == NULL))
			ok(false, "cut to %zu", max);
	}
	ok(true, "cut to any length");
	has(buf_str(&b), "\n[... ", "the last line says so");
	buf_cut(&b, 0);
	git_changes(at("work"), id, false, 1 << 20, &b, NULL, &e);
	{
		size_t all = b.len, left, bad, shown = 0;

		ok(str_utf8(buf_str(&b), b.len, &bad), "always UTF-8");
		buf_cut(&b, 0);
		git_changes(at("work"), id, false, 6000, &b, &left, &e);
		for (const char *s = buf_str(&b); *s != '\0'; s = strchr(s, '\n') + 1)
			if (!str_starts(s, "[... "))
				shown += (size_t)(strchr(s, '\n') + 1 - s);
			else
				is_int(strtoll(s + 5, NULL, 10), (int64_t)left, "the one mark counts the bytes");
		is_int((int64_t)(shown + left), (int64_t)all, "that are missing");
		ok(b.len <= 6000 && b.len > 5800, "the room is used: %zu", b.len);
		has(buf_str(&b), "+++ b/latin\n@@ -0,0 +1 @@\n+bad", "a large file does not push out a small one");
		buf_cut(&b, 0);
		git_changes(at("work"), id, false, all, &b, &left, &e);
		ok(b.len == all && left == 0, "what fits exactly is not cut");
	}
	/* Who wrote it does not choose what is seen of it. */
	sh("git init -q sly && cd sly && git commit -q --allow-empty -m first && "
	    "echo '* -diff' >.gitattributes && mkdir -p .git/info && echo '* binary' >.git/info/attributes && "
	    "echo EVIL >evil && seq 5000 >a.lock && seq 5000 >z.lock && "
	    "head -c 9000 /dev/zero | tr '\\0' x >long && git add . && git commit -qm sly");
	buf_cut(&b, 0);
	is_int(git_changes(at("sly"), sh("git -C sly rev-parse HEAD~1"), false, 4000, &b, NULL, &e), 0, "attributes");
	has(buf_str(&b), "\n+EVIL\n", "hide nothing, nor do large files around it");
	has(buf_str(&b), "\n+xxxxxxxxxx", "nor is a line left out because it is long");
	ok(b.len <= 4000 && strstr(buf_str(&b), "Binary") == NULL, "all is text");
	sh("cd sly && for i in $(seq 1000 1299); do echo $i >f$i; done && git add . && git commit -qm many");
	buf_cut(&b, 0);
	git_changes(at("sly"), sh("git -C sly rev-parse HEAD~1"), true, 1 << 20, &b, NULL, &e);
	has(buf_str(&b), "300 files changed, +300 -0\n", "of many files");
	has(buf_str(&b), ": f1199\n... 100 more\n", "200 are named and the others counted");
	buf_cut(&b, 0);
	git_changes(at("sly"), sh("git -C sly rev-parse HEAD~1"), false, 2000, &b, NULL, &e);
	ok(b.len <= 2000 && str_ends(buf_str(&b), " bytes left out ...]\n"), "those without room are counted, too");
	buf_cut(&b, 0);
	g = git_open(at("repo"), &e);
	is_int(git_branch_diff(g, "orch/work", "main", true, 4096, &b, &e), 0, "a branch's diff");
	ok(str_starts(buf_str(&b), sh("git -C repo diff --text main...orch/work | " SUMS)),
	    "is against where it left the base");
	buf_cut(&b, 0);
	is_int(git_branch_diff(g, "orch/work", NULL, false, 4096, &b, &e), 0, "HEAD is the base");
	is_int(git_branch_diff(g, "no-such", "main", true, 4096, &b, &e), -1, "an unknown branch");
	git_close(g);
	free(id);
	buf_release(&b);
}

static void
test_log(void)
{
	struct err e = { 0 };
	struct buf b = { 0 };
	char *id = xstrdup(sh("git -C repo rev-parse v1")), *want;

	is_int(git_log(at("work"), id, 4096, &b, &e), 0, "the log");
	want = xstrdup(sh("git -C work log --format='%%h %%s' %s..HEAD", id));
	has(buf_str(&b), "second; \\x1b[31mred\n", "escapes are visible");
	has(buf_str(&b), " All of it\n", "subjects only");
	ok(strncmp(buf_str(&b), want, 11) == 0, "newest first");
	free(want);
	sh("cd work && for i in 1 2 3 4 5 6 7 8 9; do git commit -q --allow-empty -m \"commit $i\"; "
	    "done");
	buf_cut(&b, 0);
	is_int(git_log(at("work"), id, 100, &b, &e), 0, "a long log");
	ok(b.len <= 100 && str_ends(buf_str(&b), "more\n"), "is cut");
	has(buf_str(&b), " commit 9\n", "the newest are kept");
	buf_cut(&b, 0);
	is_int(git_log(at("work"), sh("git -C work rev-parse HEAD"), 100, &b, &e), 0, "no commits");
	is(buf_str(&b), "", "no log");
	free(id);
	buf_release(&b);
}

static void
test_exclude(void)
{
	const char *const lines[] = { "/tasks.yml", "/.orch/", NULL };
	const char *const more[] = { "/jobs.yml", "/tasks.yml", "/jobs.yml", NULL };
	struct err e = { 0 };
	struct git *g;

	sh("git init -q ex && rm -r ex/.git/info");
	g = git_open(at("ex"), &e);
	is_int(git_exclude(g, lines, &e), 0, "lines are added");
	is(sh("cat ex/.git/info/exclude"), "/tasks.yml\n/.orch/", "to a new file");
	sh("printf '# mine\\n/tasks.yml\\t\\r\\n*.o' >ex/.git/info/exclude");
	is_int(git_exclude(g, more, &e), 0, "to one that people wrote");
	is(sh("tr -d '\\r' <ex/.git/info/exclude"), "# mine\n/tasks.yml\t\n*.o\n/jobs.yml",
	    "what is there stays, nothing twice");
	is_int(git_exclude(g, more, &e), 0, "again");
	is(sh("wc -l <ex/.git/info/exclude"), "4", "changes nothing");
	sh("touch ex/jobs.yml ex/other");
	is(sh("git -C ex status --porcelain"), "?? other", "git obeys");
	git_close(g);
	sh("git -C repo worktree add -q ../exw -b exw");
	g = git_open(at("exw"), &e);
	is_int(git_exclude(g, lines, &e), 0, "from a linked work tree");
	is(sh("grep -c orch repo/.git/info/exclude"), "1", "into the main one");
	git_close(g);
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/orch-git.XXXXXX";
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (argc > 1) {
		snprintf(base, sizeof base, "%s", argv[1]);
		return add_and_drop();
	}
	if (n <= 0 || mkdtemp(dir) == NULL || realpath(dir, base) == NULL)
		return 1;
	setenv("HOME", base, 1);
	setenv("XDG_CONFIG_HOME", base, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_COUNT", "2", 1);
	setenv("GIT_CONFIG_KEY_0", "user.name", 1);
	setenv("GIT_CONFIG_VALUE_0", "Some One", 1);
	setenv("GIT_CONFIG_KEY_1", "user.email", 1);
	setenv("GIT_CONFIG_VALUE_1", "some@one.example", 1);
	setenv("LC_ALL", "C", 1);
	setenv("TZ", "UTC", 1);
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	test_open();
	sh("git -C repo config user.name 'Some One'; git -C repo config user.email some@one.example");
	test_add();
	test_bases();
	test_occupied();
	test_crashes();
	test_race();
	test_unlock();
	test_intact();
	test_remove();
	test_work();
	test_commit_oddities();
	test_names();
	test_changes();
	test_log();
	test_exclude();
	sh("chmod -R u+rwX . && rm -rf .[!.]* *");
	ok(rmdir(dir) == 0, "nothing is left behind");
	return done_testing();
}
