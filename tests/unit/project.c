/* project - which folder, which file, which assets: by table and by hostile folders */
#include "task/project.h"

#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "scratch.h"
#include "sys/path.h"

/* The tree that the table walks in. */
static void
plant(void)
{
	static const char *const folders[] = {
		"a", "a/b", "a/b/c", "byorch", "byorch/.orch", "byorch/in", "none", "none/in",
		"inner", "inner/p", "inner/p/q",
		"main", "main/.git", "main/.git/worktrees", "main/.git/worktrees/w", "main/sub",
		"main/sub/deep", "wt", "wt/sub", "wt/sub/deep", "wt/only",
		"bare.git", "bare.git/worktrees", "bare.git/worktrees/w", "barewt",
		"sub", "sub/module",
	};
	char text[PATH_MAX + 64];

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (mkdir(folders[i], 0700) == -1)
			printf("# cannot make %s\n", folders[i]);
	put("a/tasks.yml", "tasks:\n");
	put("a/other.yml", "tasks:\n");
	put("inner/tasks.yml", "tasks:\n");
	put("inner/p/tasks.yml", "tasks:\n");
	put("main/tasks.yml", "tasks:\n");
	put("main/sub/tasks.yml", "tasks:\n");
	put("wt/tasks.yml", "tasks:\n");
	put("wt/sub/tasks.yml", "tasks:\n");
	snprintf(text, sizeof text, "gitdir: %s/main/.git/worktrees/w\n", scratch);
	put("wt/.git", text);
	snprintf(text, sizeof text, "gitdir: %s/bare.git/worktrees/w\n", scratch);
	put("barewt/.git", text);
	put("barewt/tasks.yml", "tasks:\n");
	put("sub/module/.git", "gitdir: ../.git/modules/module\n");
	put("sub/module/tasks.yml", "tasks:\n");
	if (symlink("a/b", "link") == -1 || symlink("a/tasks.yml", "none/in/link.yml") == -1)
		printf("# cannot make links\n");
}

/* From where, -C, -f, ORCH_DIR, ORCH_TASKS: the task file, "" = refused. */
static const struct {
	const char *what, *cwd, *dir, *file, *env_dir, *env_tasks, *want;
} places[] = {
	{ "here", "a", NULL, NULL, NULL, NULL, "a/tasks.yml" },
	{ "two above", "a/b/c", NULL, NULL, NULL, NULL, "a/tasks.yml" },
	{ "by .orch", "byorch/in", NULL, NULL, NULL, NULL, "byorch/tasks.yml" },
	{ "nearest wins", "inner/p/q", NULL, NULL, NULL, NULL, "inner/p/tasks.yml" },
	{ "nowhere", "none/in", NULL, NULL, NULL, NULL, "" },
	{ "-C", "none", "../a/b", NULL, NULL, NULL, "a/tasks.yml" },
	{ "-C through a link goes up from where it leads", "none", "../link", NULL, NULL, NULL,
	    "a/tasks.yml" },
	{ "-C that is not there", "a", "nowhere", NULL, NULL, NULL, "" },
	{ "-C that is a file", "a", "tasks.yml", NULL, NULL, NULL, "" },
	{ "ORCH_DIR", "none", NULL, NULL, "../a", NULL, "a/tasks.yml" },
	{ "-C before ORCH_DIR", "none", "../inner", NULL, "../a", NULL, "inner/tasks.yml" },
	{ "an empty ORCH_DIR is none", "a", NULL, NULL, "", NULL, "a/tasks.yml" },
	{ "-f", "none", NULL, "../a/other.yml", NULL, NULL, "a/other.yml" },
	{ "-f need not exist", "none", NULL, "in/new.yml", NULL, NULL, "none/in/new.yml" },
	{ "-f in a folder that is not there", "none", NULL, "x/new.yml", NULL, NULL, "" },
	{ "-f is taken from -C", "none", "../a", "other.yml", NULL, NULL, "a/other.yml" },
	{ "-f that is a link keeps its own folder", "none", NULL, "in/link.yml", NULL, NULL,
	    "none/in/link.yml" },
	{ "ORCH_TASKS", "none", NULL, NULL, NULL, "../a/other.yml", "a/other.yml" },
	{ "-f before ORCH_TASKS", "none", NULL, "../inner/tasks.yml", NULL, "../a/other.yml",
	    "inner/tasks.yml" },
	{ "an empty ORCH_TASKS is none", "a", NULL, NULL, NULL, "", "a/tasks.yml" },
	{ "a linked work tree leads to the main one", "wt", NULL, NULL, NULL, NULL,
	    "main/tasks.yml" },
	{ "at the same place", "wt/sub", NULL, NULL, NULL, NULL, "main/sub/tasks.yml" },
	{ "and from below it", "wt/sub/deep", NULL, NULL, NULL, NULL, "main/sub/tasks.yml" },
	{ "or the nearest that the main one has", "wt/only", NULL, NULL, NULL, NULL,
	    "main/tasks.yml" },
	{ "-C into a linked one", "none", "../wt/sub", NULL, NULL, NULL, "main/sub/tasks.yml" },
	{ "a work tree of a bare repository has no main one", "barewt", NULL, NULL, NULL, NULL,
	    "barewt/tasks.yml" },
	{ "a submodule is no linked work tree", "sub/module", NULL, NULL, NULL, NULL,
	    "sub/module/tasks.yml" },
};

/* Below the scratch folder, absolute; good until the next call. */
static const char *
below(const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", scratch, name);
	return path;
}

static void
variable(const char *name, const char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void
find(void)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char want[PATH_MAX * 2], *orch, *dir;
		struct project p;
		struct err e = { 0 };
		int r;

		variable("ORCH_DIR", places[i].env_dir);
		variable("ORCH_TASKS", places[i].env_tasks);
		if (chdir(places[i].cwd) == -1)
			printf("# no %s\n", places[i].cwd);
		r = project_find(&p, places[i].dir, places[i].file, "test", &e);
		if (chdir(scratch) == -1)
			printf("# no %s\n", scratch);
		if (*places[i].want == '\0') {
			if (!ok(r == -1 && e.code == ERR_USAGE, "%s: refused", places[i].what))
				printf("# found %s, error %d %s\n", r == 0 ? p.tasks : "", e.code, e.msg);
			if (r == 0)
				project_release(&p);
			continue;
		}
		if (!ok(r == 0, "%s: found", places[i].what)) {
			printf("# %s\n", e.msg);
			continue;
		}
		snprintf(want, sizeof want, "%s/%s", scratch, places[i].want);
		is(p.tasks, want, places[i].what);
		dir = path_dir(want);
		orch = strcmp(path_base(want), "tasks.yml") == 0 ? path_join(dir, ".orch") :
		    xasprintf("%s/.orch/files/%s", dir, path_base(want));
		is(p.orch, orch, "and .orch is beside it");
		free(orch);
		free(dir);
		project_release(&p);
	}
	variable("ORCH_DIR", NULL);
	variable("ORCH_TASKS", NULL);
	ok(!there("a/.orch") && !there("none/.orch") && !there("main/.orch"),
	    "finding made nothing");
}

/* What .orch must not be. */
static void
private_folder(void)
{
	struct project p;
	struct err e = { 0 };
	struct stat st;

	umask(0);
	if (!ok(project_find(&p, "a", NULL, "test", &e) == 0 && p.orch_fd == -1 &&
	    project_prepare(&p, &e) == 0 && p.orch_fd != -1, "prepared"))
		printf("# %s\n", e.msg);
	ok(stat("a/.orch", &st) == 0 && (st.st_mode & 07777) == 0700, "mode 0700 under umask 0");
	is(get("a/.orch/.gitignore"), "*\n", "and nothing of it is for git");
	ok(stat("a/.orch/log/orch.log", &st) == 0 && (st.st_mode & 07777) == 0600,
	    "the log is private");
	ok(project_prepare(&p, &e) == 0, "a second time is fine");
	put("a/.orch/.gitignore", "mine\n");
	project_release(&p);
	ok(project_find(&p, "a", NULL, "test", &e) == 0 && project_prepare(&p, &e) == 0,
	    "so is another command");
	is(get("a/.orch/.gitignore"), "mine\n", "which changes nothing that is there");
	project_release(&p);
	setenv("DEPLOY_KEY", "correct-horse", 1);
	if (ok(project_find(&p, "a", NULL, "test", &e) == 0 && project_prepare(&p, &e) == 0, "once more")) {
		project_note(&p, "the key is %s", "correct-horse");
		is(p.notes->v[0], "the key is [redacted]", "a note tells no secret of the environment");
		ok(strstr(get("a/.orch/log/orch.log"), "- the key is [redacted]") != NULL, "nor does the log");
		project_release(&p);
	}
	unsetenv("DEPLOY_KEY");
	umask(022);

	chmod("a/.orch", 0770);
	e = (struct err){ 0 };
	ok(project_find(&p, "a", NULL, "test", &e) == -1 && strstr(e.msg, ".orch") != NULL,
	    "a folder that others may write is refused by name");
	chmod("a/.orch", 0700);
	e = (struct err){ 0 };
	ok(symlink("../a/.orch", "inner/.orch") == 0 &&
	    project_find(&p, "inner", NULL, "test", &e) == -1, "a link is refused");
	unlink("inner/.orch");
	put("inner/.orch", "");
	ok(project_find(&p, "inner", NULL, "test", &e) == -1, "a file is refused");
	unlink("inner/.orch");
}

static void
folders(void)
{
	struct project p;
	struct err e = { 0 };
	struct stat st;
	int fd;

	ok(project_find(&p, "inner", NULL, "test", &e) == 0, "found");
	ok(project_dir(&p, "runs/1/1", &e) == -1, "no folder below what is not there");
	project_prepare(&p, &e);
	fd = project_dir(&p, "runs/17/2", &e);
	ok(fd != -1 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0700, "folders are made");
	close(fd);
	ok(there("inner/.orch/runs/17/2"), "in their place");
	fd = project_dir(&p, "runs/17/2", &e);
	ok(fd != -1, "and opened again");
	close(fd);
	ok(rmdir("inner/.orch/runs/17/2") == 0 && symlink("/tmp", "inner/.orch/runs/17/2") == 0 &&
	    project_dir(&p, "runs/17/2", &e) == -1, "a link on the way is refused");
	project_release(&p);
}

static void
asset(const struct project *p, const char *name, int want, const char *text, const char *what)
{
	struct buf b = { 0 };
	struct err e = { 0 };
	char *path = NULL;
	int r = project_asset(p, "agents", name, &b, &path, &e);

	if (!ok(r == want && (text == NULL || strcmp(buf_str(&b), text) == 0), "%s", what))
		printf("# %d, '%s' from %s, %s\n", r, buf_str(&b), path ? path : "-", e.msg);
	free(path);
	buf_release(&b);
}

static void
assets(void)
{
	static const char *const bad[] = { "", ".", "..", "../tasks.yml", "/etc/passwd", ".hidden",
	    "a/b.yml" };
	struct project p;
	struct vec_str names = { 0 };
	struct err e = { 0 };

	mkdir("share", 0700);
	mkdir("share/agents", 0700);
	mkdir("conf", 0700);
	mkdir("conf/orch", 0700);
	mkdir("conf/orch/agents", 0700);
	mkdir("main/orch.d", 0700);
	mkdir("main/orch.d/agents", 0700);
	put("share/agents/x.yml", "shipped");
	put("share/agents/y.yml", "shipped");
	put("share/agents/z.yml", "shipped");
	put("conf/orch/agents/x.yml", "user");
	put("conf/orch/agents/y.yml", "user");
	put("main/orch.d/agents/x.yml", "project");
	put("main/orch.d/agents/.x.yml.swp.yml", "");
	put("main/orch.d/agents/README", "");
	setenv("ORCH_SHARE", "share", 1);
	setenv("XDG_CONFIG_HOME", below("conf"), 1);
	if (!ok(project_find(&p, "main", NULL, "test", &e) == 0, "a project with all three"))
		printf("# %s\n", e.msg);
	asset(&p, "x.yml", 0, "project", "the project's own comes first");
	asset(&p, "y.yml", 0, "user", "then the user's");
	asset(&p, "z.yml", 0, "shipped", "then the shipped one");
	asset(&p, "w.yml", 1, NULL, "nobody has it");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		asset(&p, bad[i], -1, NULL, bad[i]);
	ok(project_assets(&p, "agents", ".yml", &names, &e) == 0 && names.n == 3, "three names");
	ok(names.n == 3 && strcmp(names.v[0], "x") == 0 && strcmp(names.v[2], "z") == 0,
	    "each once, sorted");
	vec_str_release(&names);
	ok(project_assets(&p, "nothing", ".yml", &names, &e) == 0 && names.n == 0,
	    "a kind that nobody has is empty");
	vec_str_release(&names);
	project_release(&p);
	unsetenv("ORCH_SHARE");
	unsetenv("XDG_CONFIG_HOME");
}

static void
configuration(void)
{
	struct project p;
	struct err e = { 0 };

	mkdir("conf2", 0700);
	mkdir("conf2/orch", 0700);
	put("conf2/orch/orch.yml", "workers: 2\nslots: 3\ngrace: 1s\n");
	put("inner/orch.yml", "workers: 5\nslots: 6\n");
	setenv("XDG_CONFIG_HOME", below("conf2"), 1);
	setenv("ORCH_WORKERS", "9", 1);
	ok(project_find(&p, "inner", NULL, "test", &e) == 0, "four layers");
	is_int(config_int(&p.config, "workers"), 9, "the environment wins over the project");
	is_int(config_int(&p.config, "slots"), 6, "the project over the user");
	is_int(config_int(&p.config, "grace"), 1000, "the user over the default");
	project_release(&p);
	unsetenv("ORCH_WORKERS");

	put("inner/orch.yml", "workers: 5\nworkrs: 6\n");
	ok(project_find(&p, "inner", NULL, "test", &e) == -1 && e.code == ERR_CONFIG &&
	    strstr(e.msg, "orch.yml:2") != NULL && strstr(e.msg, "workers") != NULL,
	    "an unknown key: file, line and the nearest one");
	put("inner/orch.yml", "");
	put("conf2/orch/orch.yml", "grace: no\n");
	e = (struct err){ 0 };
	ok(project_find(&p, "inner", NULL, "test", &e) == -1 && e.code == ERR_CONFIG &&
	    strstr(e.msg, "conf2/orch/orch.yml:1") != NULL, "the user's file by its whole path");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	ok(project_find(&p, "inner", NULL, "test", &e) == 0 && p.user == NULL,
	    "without a home there is no user's folder");
	project_release(&p);
}

int
main(void)
{
	scratch_make();
	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	plant();
	find();
	private_folder();
	folders();
	configuration();
	setenv("HOME", scratch, 1);
	assets();
	scratch_remove();
	return done_testing();
}
