#include "work/land.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "doc/val.h"
#include "net/git.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "task/config.h"
#include "task/project.h"
#include "work/attempt_impl.h"
#include "work/env.h"

#define LOCK_NAME "orch-land.lock"

extern char **environ;

static const int stops[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, 0 };

struct val *
land_value(const struct land_line *line)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "task", val_int(line->task));
	val_add(v, "result", val_str(line->result));
	if (line->branch != NULL)
		val_add(v, "branch", val_str(line->branch));
	val_add(v, "target", val_str(line->target));
	if (line->commit != NULL)
		val_add(v, "commit", val_str(line->commit));
	if (line->text != NULL)
		val_add(v, "text", val_str(line->text));
	return v;
}

/* Only a branch can be landed on: a base that is a tag or of a remote is not guessed at. */
static int
find_target(struct land *l, struct err *e)
{
	const char *base = config_text(&l->p->config, "base");
	char id[GIT_ID_MAX];
	int r;

	if (l->wish->onto != NULL)
		l->target = xstrdup(l->wish->onto);
	else
		l->target = base ? xstrdup(base) : git_head(l->git);
	if (l->target == NULL)
		return err_set(e, ERR_CONFIG, "HEAD is on no branch: say where to land with --onto");
	if ((r = git_tip(l->git, l->target, id, e)) != 2)
		return r;
	if (l->wish->onto != NULL)
		return err_set(e, ERR_USAGE, "--onto: there is no branch '%s'", l->target);
	return err_set(e, ERR_CONFIG, "'%s' is no local branch: say where to land with --onto",
	    l->target);
}

static int
take_lock(struct land *l, struct err *e)
{
	int dir = open(git_dir(l->git), O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (dir == -1)
		return err_sys(e, "cannot open '%s'", git_dir(l->git));
	if ((r = lock_try(&l->lock, dir, LOCK_NAME, e)) == 1)
		r = lock_busy(dir, LOCK_NAME, e);
	else if (r == 0)
		r = lock_write_holder(&l->lock, l->wish->command, e);
	close(dir);
	return r;
}

/* What only a landing that changes something needs. */
static int
begin(struct land *l, struct err *e)
{
	char *root;

	if (project_prepare(l->p, e) == -1 || take_lock(l, e) == -1 ||
	    (root = attempt_worktrees(l->p, e)) == NULL)
		return -1;
	l->tree = path_join(root, "land");
	free(root);
	env_hide(environ);
	/* Should a keeper be killed, what it started falls to us and is swept. */
	if ((l->stop_fd = sig_fd(stops, e)) == -1 || proc_become_subreaper(e) == -1)
		return -1;
	return land_recover(l, e);
}

int
land_tasks(struct project *p, const struct land_wish *wish, struct err *e)
{
	struct land l = { .p = p, .wish = wish, .lock = { .fd = -1 }, .stop_fd = -1 };
	int r = -1;

	if ((l.git = git_open(p->dir, e)) == NULL || find_target(&l, e) == -1 ||
	    (wish->dry_run ? git_dry(l.git, e) : begin(&l, e)) == -1)
		goto done;
	for (size_t i = 0; i < wish->ids->n && !l.stopped; i++) {
		land_one(&l, wish->ids->v[i]);
		l.stopped = l.stopped || (l.stop_fd != -1 && sig_next(l.stop_fd) > 0);
	}
	r = l.stopped ? err_worse(l.status, err_exit(ERR_BUSY)) : l.status;
done:
	if (l.stop_fd != -1)
		close(l.stop_fd);
	lock_release(&l.lock);
	git_close(l.git);
	free(l.target);
	free(l.tree);
	return r;
}
