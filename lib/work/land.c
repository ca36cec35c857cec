#include "work/land.h"

#include <signal.h>
#include <unistd.h>

#include "base/vec.h"
#include "doc/val.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "task/project.h"
#include "work/env.h"

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
	if (line->target != NULL)
		val_add(v, "target", val_str(line->target));
	if (line->commit != NULL)
		val_add(v, "commit", val_str(line->commit));
	if (line->text != NULL)
		val_add(v, "text", val_str(line->text));
	return v;
}

/* What only a landing that changes something needs. */
static int
begin(struct land *l, struct err *e)
{
	if (land_lock(l, e) == -1)
		return -1;
	env_hide(environ);
	/* Should a keeper be killed, what it started falls to us and is swept. */
	if ((l->stop_fd = sig_fd(stops, e)) == -1 || proc_become_subreaper(e) == -1)
		return -1;
	return land_recover(l, e);
}

int
land_tasks(struct project *p, const struct land_wish *wish, struct err *e)
{
	struct land l = { .p = p, .wish = wish, .list = { .fd = -1 }, .stop_fd = -1 };
	int r = -1;

	if (!wish->dry_run && (project_prepare(p, e) == -1 || land_lock_list(&l, e) == -1))
		goto done;
	if (land_sites(&l, e) == -1 || (!wish->dry_run && begin(&l, e) == -1))
		goto done;
	for (size_t i = 0; i < wish->ids->n && !l.stopped; i++) {
		land_one(&l, wish->ids->v[i]);
		l.stopped = l.stopped || (l.stop_fd != -1 && sig_next(l.stop_fd) > 0);
	}
	r = l.stopped ? err_worse(l.status, err_exit(ERR_BUSY)) : l.status;
done:
	if (l.stop_fd != -1)
		close(l.stop_fd);
	land_leave(&l);
	return r;
}
