#include "work/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "sys/landlock.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/task.h"
#include "work/attempt.h"

static const char *const kinds[] = {
	[SANDBOX_NONE] = "none",
	[SANDBOX_LANDLOCK] = "landlock",
	[SANDBOX_BWRAP] = "bwrap",
};

/* What everybody writes to and nothing is kept in. */
static const char *const devices[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
	"/dev/ptmx", "/dev/pts", NULL,
};

/* What a commit in a linked work tree writes, below git's folder. */
static const char *const for_git[] = { "objects", "refs", "logs", NULL };

/* What the person's own git would run, or be told by. */
static const char *const not_for_git[] = { "hooks", "config", NULL };

static const char *const files[] = { "orch.yml", "jobs.yml", NULL };
static const char *const not_for_work[] = { ".orch", "tasks.yml", NULL };

static enum sandbox_kind
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i], name) == 0)
			return (enum sandbox_kind)i;
	abort();	/* the tables of fields and keys have no other word */
}

/* They stand in the order of their strength. */
enum sandbox_kind
sandbox_of(const struct project *p, const struct repo *repo, const struct task *t, const char *agent)
{
	const char *own = t != NULL ? task_text(t, F_SANDBOX) : NULL;
	enum sandbox_kind kind, other;

	if (own != NULL)
		return kind_of(own);
	kind = kind_of(agent != NULL ? config_agent_text(&p->config, agent, "sandbox") :
	    config_text(&p->config, "sandbox"));
	if (repo->name != NULL && (other = kind_of(config_text(repo->config, "sandbox"))) > kind)
		kind = other;
	return kind;
}

const char *
sandbox_name(enum sandbox_kind kind)
{
	return kinds[kind];
}

int
sandbox_check(enum sandbox_kind kind, const char *path, struct err *e)
{
	char *program = NULL;
	int r = 0;

	if (kind == SANDBOX_LANDLOCK)
		r = landlock_check(e);
	else if (kind == SANDBOX_BWRAP && (program = proc_find("bwrap", path)) == NULL)
		r = err_set(e, ERR_FAILED, "'bwrap' is not on PATH");
	free(program);
	return r == -1 ? err_prefix(e, "sandbox: %s", kinds[kind]) : 0;
}

/* ---- lists ---- */

static void
mount_at(struct sandbox *s, char *path, bool writable)
{
	vec_str_take(&s->names, path);
	if (s->n < CONTAIN_MOUNTS)
		s->mounts[s->n++] = (struct contain_mount){ path, writable };
}

static void
mount_below(struct sandbox *s, const char *dir, const char *const *names, bool writable)
{
	for (; *names != NULL; names++)
		mount_at(s, path_join(dir, *names), writable);
}

/* Is `inner` the folder itself, or below it? */
static bool
holds(const char *folder, const char *inner)
{
	size_t len = strlen(folder);

	return strncmp(folder, inner, len) == 0 &&
	    (inner[len] == '\0' || inner[len] == '/' || strcmp(folder, "/") == 0);
}

/* "~/x" is in the home, "x" in the folder.  NULL: it is not there. */
static char *
granted(const char *dir, const char *text)
{
	const char *home = getenv("HOME");
	char *path = strncmp(text, "~/", 2) == 0 && home != NULL ? path_join(home, text + 2) :
	    path_join(dir, text), *real = realpath(path, NULL);

	free(path);
	return real;
}

/* Is it in what only orch and people write of a folder, or around that? */
static bool
is_barred(const char *dir, const char *path)
{
	bool yes = false;

	for (size_t i = 0; not_for_work[i] != NULL && !yes; i++) {
		char *barred = path_join(dir, not_for_work[i]);

		yes = holds(path, barred) || holds(barred, path);
		free(barred);
	}
	return yes;
}

/* Of the list's folder, where that is another one than the work's: no orch.yml of the work opens it. */
static bool
is_of_list(const struct attempt *a, const char *path)
{
	const char *list = a->project->dir, *work = a->repo->dir;

	return a->repo->name != NULL && (holds(path, list) ||
	    (holds(list, path) && !(holds(list, work) && holds(work, path))));
}

/* What the list of that name in the orch.yml of a folder grants besides. */
static int
grant(struct vec_str *out, const struct attempt *a, bool of_work, const char *name, const struct val *list,
    struct err *e)
{
	const char *dir = of_work ? a->repo->dir : a->project->dir;
	int r = 0;

	for (size_t i = 0; list != NULL && i < list->n && r == 0; i++) {
		char *path = granted(dir, val_text(list->v[i]));

		if (path != NULL && (is_barred(a->project->dir, path) || is_barred(a->repo->dir, path) ||
		    holds(path, a->project->tasks) || (of_work && is_of_list(a, path))))
			r = err_set(e, ERR_CONFIG, "%s: '%s' holds what no attempt may write", name, path);
		else if (path != NULL)
			vec_str_push(out, path);
		free(path);
	}
	return r;
}

static int
grant_all(struct vec_str *out, const struct attempt *a, struct err *e)
{
	const struct val *own = a->agent != NULL ?
	    config_agent_val(&a->project->config, a->agent, "sandbox_paths") : NULL;

	return grant(out, a, true, "sandbox_paths", config_val(a->repo->config, "sandbox_paths"), e) == -1 ? -1 :
	    grant(out, a, false, "sandbox_paths", own, e);
}

/* What a work tree has links to, where those lead. */
static int
linked(struct vec_str *out, const struct attempt *a, struct err *e)
{
	return a->worktree == NULL ? 0 :
	    grant(out, a, true, "worktree.link", config_val(a->repo->config, "worktree.link"), e);
}

/* ---- always ---- */

/* Without a work tree it is the repository that is worked in.  A home in the folder is where the
 * agents keep what they know. */
static bool
seals(const struct attempt *a, const char *dir)
{
	const char *home = getenv("HOME");

	return (a->worktree != NULL || a->task == 0 || a->plans || strcmp(dir, a->repo->dir) != 0) &&
	    (home == NULL || !holds(dir, home));
}

static void
seal_folder(struct sandbox *s, const struct attempt *a, const char *dir)
{
	if (seals(a, dir)) {
		mount_at(s, xstrdup(dir), false);
		return;
	}
	mount_at(s, path_join(dir, ".orch"), false);
	mount_below(s, dir, files, false);
}

/* The outer one of two folders comes first, or it would cover what was said of the inner one. */
static void
seal_both(struct sandbox *s, const struct attempt *a, const char *list, const char *work)
{
	bool within = holds(work, list);

	if (!within)
		seal_folder(s, a, list);
	if (!within && holds(list, work) && !seals(a, work))
		mount_at(s, xstrdup(work), true);
	seal_folder(s, a, work);
	mount_at(s, path_join(work, "tasks.yml"), false);
	if (within)
		seal_folder(s, a, list);
}

static void
seal(struct sandbox *s, const struct attempt *a, const char *git, const struct vec_str *links,
    const struct vec_str *more)
{
	const struct project *p = a->project;

	if (a->repo->name != NULL)
		seal_both(s, a, p->dir, a->repo->dir);
	else
		seal_folder(s, a, p->dir);
	mount_at(s, xstrdup(p->tasks), false);
	/* What is mounted cannot be moved away, and another one put into its place. */
	if (git != NULL) {
		mount_at(s, xstrdup(git), !a->plans);
		mount_below(s, git, not_for_git, false);
	}
	for (size_t i = 0; i < links->n; i++)
		mount_at(s, xstrdup(links->v[i]), !a->plans);
	for (size_t i = 0; i < more->n; i++)
		mount_at(s, xstrdup(more->v[i]), true);
	if (a->worktree != NULL)
		mount_at(s, xstrdup(a->worktree), !a->plans);
	mount_at(s, path_join(a->run_dir, "out"), true);
	mount_at(s, path_join(a->run_dir, "tmp"), true);
}

/* ---- asked for ---- */

static void
list_writable(struct sandbox *s, const struct attempt *a, const char *git, const char *record,
    const struct vec_str *more)
{
	vec_str_take(&s->paths, path_join(a->run_dir, "out"));
	vec_str_take(&s->paths, path_join(a->run_dir, "tmp"));
	if (a->worktree != NULL && !a->plans)
		vec_str_push(&s->paths, a->worktree);
	if (a->plans)
		record = NULL;
	for (size_t i = 0; record != NULL && for_git[i] != NULL; i++)
		vec_str_take(&s->paths, path_join(git, for_git[i]));
	if (record != NULL)
		vec_str_push(&s->paths, record);
	for (size_t i = 0; i < more->n; i++)
		vec_str_push(&s->paths, more->v[i]);
}

/* /proc is what a program tells the kernel about itself; Landlock has its say there. */
static int
use_landlock(struct sandbox *s, struct err *e)
{
	mount_at(s, xstrdup("/"), false);
	mount_at(s, xstrdup("/proc"), true);
	for (size_t i = 0; i < s->paths.n; i++)
		mount_at(s, xstrdup(s->paths.v[i]), true);
	for (size_t i = 0; devices[i] != NULL; i++)
		vec_str_push(&s->paths, devices[i]);
	return landlock_make(&s->ruleset, vec_str_argv(&s->paths), e);
}

static int
use_bwrap(struct sandbox *s, const char *cwd, const char *path, struct err *e)
{
	static const char *const words[] = { "--die-with-parent", "--unshare-pid", "--cap-drop", "ALL",
		"--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
		"--ro-bind", "/proc/sys", "/proc/sys" };	/* what root could set for all */
	char *program = proc_find("bwrap", path);

	if (program == NULL)
		return err_set(e, ERR_FAILED, "'bwrap' is not on PATH");
	vec_str_take(&s->argv, program);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		vec_str_push(&s->argv, words[i]);
	for (size_t i = 0; i < s->paths.n; i++) {
		vec_str_push(&s->argv, "--bind-try");
		vec_str_push(&s->argv, s->paths.v[i]);
		vec_str_push(&s->argv, s->paths.v[i]);
	}
	vec_str_push(&s->argv, "--chdir");
	vec_str_push(&s->argv, cwd);
	vec_str_push(&s->argv, "--");
	return 0;
}

int
sandbox_make_for(struct sandbox *s, const struct attempt *a, const char *git, const char *record,
    const char *cwd, const char *path, struct err *e)
{
	struct vec_str more = { 0 }, links = { 0 };
	int r;

	*s = (struct sandbox){ 0 };
	if ((r = grant_all(&more, a, e)) == 0 && (r = linked(&links, a, e)) == 0) {
		if (a->sandbox != SANDBOX_NONE)
			list_writable(s, a, git, record, &more);
		if (a->sandbox != SANDBOX_LANDLOCK)
			seal(s, a, git, &links, &more);
		r = a->sandbox == SANDBOX_LANDLOCK ? use_landlock(s, e) :
		    a->sandbox == SANDBOX_BWRAP ? use_bwrap(s, cwd, path, e) : 0;
	}
	if (r == 0 && s->names.n > CONTAIN_MOUNTS)
		r = err_set(e, ERR_CONFIG, "more than %d paths", CONTAIN_MOUNTS);
	if (r == -1 && a->sandbox != SANDBOX_NONE)
		err_prefix(e, "sandbox: %s", kinds[a->sandbox]);
	vec_str_release(&links);
	vec_str_release(&more);
	return r;
}

void
sandbox_release(struct sandbox *s)
{
	if (s->ruleset > 0)
		close(s->ruleset);
	vec_str_release(&s->argv);
	vec_str_release(&s->paths);
	vec_str_release(&s->names);
	*s = (struct sandbox){ 0 };
}
