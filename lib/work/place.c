#include "work/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "net/git.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/attempt_impl.h"
#include "work/env.h"
#include "work/place.h"

#define READY "ready"		/* in runs/ID: its work tree has all that it shall have */

/* ---- ports ---- */

int
place_lease(struct attempt *a, struct err *e)
{
	char *state, *dir, name[16];
	int fd = -1, r = -1;

	if (a->ports.fd != -1 || config_int(a->repo->config, "worktree.ports") == 0)
		return 0;
	if ((state = path_state_home(e)) == NULL)
		return -1;
	dir = path_join(state, "ports");
	if (path_make(dir, e) == -1)
		goto done;
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		err_sys(e, "cannot open '%s'", dir);
		goto done;
	}
	r = 1;
	for (int k = 0; k < PLACE_LEASES && r == 1; k++) {
		snprintf(name, sizeof name, "%d", k);
		if ((r = lock_try(&a->ports, fd, name, e)) == 0)
			a->port = PLACE_PORT_FIRST + k * PLACE_PORTS;
	}
	if (r == 1)
		r = err_set(e, ERR_BUSY, "all ports are leased (%s)", dir);
done:
	if (fd != -1)
		close(fd);
	free(dir);
	free(state);
	return r;
}

void
place_env(const struct attempt *a, struct vec_str *env)
{
	int64_t n = config_int(a->repo->config, "worktree.ports");
	char name[32], value[16];

	for (int i = 0; a->ports.fd != -1 && i < n; i++) {
		snprintf(name, sizeof name, "ORCH_PORT_%d", i + 1);
		snprintf(value, sizeof value, "%d", a->port + i);
		env_set(env, name, value);
	}
}

/* ---- hooks ---- */

/* 0: it passed, or there is none.  1: it refused. */
static int
run_hook(struct attempt *a, const char *name, struct buf *why, struct err *e)
{
	char *key = xasprintf("worktree.hooks.%s", name), *prefix = xasprintf("%s.", name);
	const char *command = config_text(a->repo->config, key);
	struct keeper_result result = { 0 };
	int r = 0;

	if (command == NULL)
		goto done;
	r = attempt_shell(a, prefix, command, config_int(&a->project->config, "timeout"), &result, e);
	if (r == 1)
		buf_printf(why, "%s: %s", name, e->msg);
	if (r != 0)
		goto done;
	r = 1;
	if (result.stop != KEEPER_NOT)
		buf_printf(why, "%s was stopped: %s", name, keeper_stop_name(result.stop));
	else if (!result.started || result.signal != 0)
		buf_printf(why, "%s did not end by itself", name);
	else if (result.exit != 0)
		buf_printf(why, "%s ended with %d", name, result.exit);
	else
		r = 0;
done:
	free(prefix);
	free(key);
	return r;
}

static int
hook(struct attempt *a, const char *name, struct err *e)
{
	struct buf why = { 0 };
	int r = run_hook(a, name, &why, e);

	if (r == 1)
		r = err_set(e, ERR_BUSY, "the hook %s", buf_str(&why));
	buf_release(&why);
	return r;
}

/* ---- files ---- */

/* Below the folder, and not the folder itself: "a/b", never "../a", "/a" or "a//b". */
static bool
is_within(const char *path)
{
	for (const char *s = path;; s++) {
		size_t n = strcspn(s, "/");

		if (n == 0 || (n == 1 && *s == '.') || (n == 2 && memcmp(s, "..", 2) == 0))
			return false;
		if (*(s += n) == '\0')
			return true;
	}
}

static int
copy_file(const char *from, const char *to, const struct stat *st, struct err *e)
{
	struct buf text = { 0 };
	char *dir = path_dir(to);
	int fd = -1, r = fs_read(AT_FDCWD, from, FS_FILE_MAX, &text, e);

	if (r == 0 && (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		r = err_sys(e, "cannot open '%s'", dir);
	if (r == 0)
		r = fs_replace(fd, path_base(to), text.data, text.len, st->st_mode & 0777, e);
	if (fd != -1)
		close(fd);
	free(dir);
	buf_release(&text);
	return r == 1 ? 0 : r;
}

/* What is not there, or is there already, is passed over. */
static int
bring(const struct attempt *a, const char *path, bool link, struct err *e)
{
	char *from = path_join(a->repo->dir, path), *to = path_join(a->worktree, path);
	char *dir = path_dir(to), *real = NULL;
	struct stat st, there;
	size_t len = strlen(a->worktree);
	int r = 0;

	if (stat(from, &st) == -1 || lstat(to, &there) == 0)
		goto done;
	if ((r = path_make(dir, e)) == -1)
		goto done;
	/* A link in what is checked out does not lead us out of it. */
	if ((real = realpath(dir, NULL)) == NULL || !str_starts(real, a->worktree) ||
	    (real[len] != '\0' && real[len] != '/'))
		r = err_set(e, ERR_FAILED, "'%s' is not within the work tree", to);
	else if (link && symlink(from, to) == -1)
		r = err_sys(e, "cannot make the link '%s'", to);
	else if (!link && !S_ISREG(st.st_mode))
		r = err_set(e, ERR_CONFIG, "worktree.copy: '%s' is no file, but may be linked", path);
	else if (!link)
		r = copy_file(from, to, &st, e);
done:
	free(real);
	free(dir);
	free(to);
	free(from);
	return r;
}

/* Git is told to ignore them, or they would be committed with what the agent made. */
static int
bring_all(const struct attempt *a, const char *key, bool link, struct err *e)
{
	const struct val *list = config_val(a->repo->config, key);
	struct git *git = NULL;
	int r = 0;

	if (list == NULL || list->n == 0)
		return 0;
	if ((git = git_open(a->repo->dir, e)) == NULL)
		return -1;
	for (size_t i = 0; i < list->n && r == 0; i++) {
		const char *path = val_text(list->v[i]);
		char *line = xasprintf("/%s", path);
		const char *lines[] = { line, NULL };

		if (!is_within(path) || strpbrk(path, "*?[\\!#\n") != NULL)
			r = err_set(e, ERR_CONFIG, "%s: '%s' is no plain path within the project", key, path);
		else if ((r = bring(a, path, link, e)) == 0)
			r = git_exclude(git, lines, e);
		free(line);
	}
	git_close(git);
	return r;
}

/* ---- the whole ---- */

static int
open_task(const struct attempt *a, struct err *e)
{
	char name[48];

	snprintf(name, sizeof name, "runs/%lld", (long long)a->task);
	return project_dir(a->project, name, e);
}

int
place_begin(struct attempt *a, struct err *e)
{
	int fd, r = 0;

	if (path_exists(a->worktree))
		return 0;
	if ((fd = open_task(a, e)) == -1)
		return -1;
	r = fs_remove_tree(fd, READY, e);
	close(fd);
	return r;
}

int
place_prepare(struct attempt *a, struct err *e)
{
	struct stat st;
	int fd, r = -1;

	if (a->worktree == NULL)
		return hook(a, "before_run", e);
	if ((fd = open_task(a, e)) == -1)
		return -1;
	if (fstatat(fd, READY, &st, AT_SYMLINK_NOFOLLOW) == 0)
		r = 0;
	else if (bring_all(a, "worktree.copy", false, e) == 0 &&
	    bring_all(a, "worktree.link", true, e) == 0 && hook(a, "after_create", e) == 0)
		r = fs_replace(fd, READY, "", 0, 0600, e);
	close(fd);
	return r == 0 ? hook(a, "before_run", e) : -1;
}

int
place_after(struct attempt *a, struct buf *why, struct err *e)
{
	struct err broken = { 0 };

	/* Who judges the attempt finds the same, and says it. */
	if (config_text(a->repo->config, "worktree.hooks.after_run") == NULL ||
	    attempt_intact(a, &broken) == -1)
		return 0;
	return run_hook(a, "after_run", why, e);
}

int
place_remove(struct project *p, const struct repo *repo, const struct task *t, const char *tree,
    const struct lock *run, struct buf *why, struct err *e)
{
	struct attempt a = { .project = p, .repo = repo, .task = t->id, .run = *run, .slot = { .fd = -1 },
	    .worker = { .fd = -1 }, .ports = { .fd = -1 }, .run_fd = -1, .stop_fd = -1,
	    .sandbox = sandbox_of(p, repo, t, task_text(t, F_AGENT)) };
	char dir[64];
	int fd = -1, tmp, r = -1;

	if (config_text(repo->config, "worktree.hooks.before_remove") == NULL)
		return 0;
	snprintf(dir, sizeof dir, "runs/%lld/remove", (long long)t->id);
	if ((fd = open_task(&a, e)) == -1 || fs_remove_tree(fd, "remove", e) == -1 ||
	    (a.run_fd = fs_private_dir(fd, "remove", e)) == -1 ||
	    (tmp = fs_private_dir(a.run_fd, "tmp", e)) == -1)
		goto done;
	close(tmp);
	a.run_dir = path_join(p->orch, dir);
	a.branch = xstrdup(task_text(t, F_BRANCH));
	a.worktree = xstrdup(tree);
	r = run_hook(&a, "before_remove", why, e);
done:
	if (a.run_fd != -1)
		close(a.run_fd);
	if (fd != -1)
		close(fd);
	free(a.run_dir);
	free(a.branch);
	free(a.worktree);
	return r;
}
