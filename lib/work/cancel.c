#include "work/cancel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fault.h"
#include "sys/fs.h"
#include "task/config.h"
#include "task/project.h"
#include "work/attempt.h"
#include "work/attempt_impl.h"
#include "work/env.h"

#define KILL_MS	 10000		/* for what was killed, and for whoever settles */
#define PAUSE_MS 20		/* between two looks */

extern char **environ;

int
cancel_stop(struct project *p, int64_t task, int number, bool kill, struct err *e)
{
	char *name = xasprintf("runs/%lld/%d", (long long)task, number);
	int fd = fs_open_dir(p->orch_fd, name), r = 0;

	if (fd == -1 && errno != ENOENT)
		r = err_sys(e, "cannot open '%s/%s'", p->orch, name);
	if (fd != -1) {
		r = cancel_asked(fd) ? attempt_stop(fd, kill, e) : 0;
		close(fd);
	}
	free(name);
	return r;
}

/* One that is being brought to its end. */
struct pursued {
	int64_t task;
	int state;		/* 1: it lives; 0: it has ended; -1: it cannot be told */
	struct err err;
};

static void
pursue(struct project *p, struct pursued *x, bool kill)
{
	int number;

	x->state = attempt_adopt(p, x->task, &number, &x->err);
	if (x->state == 1 && cancel_stop(p, x->task, number, kill, &x->err) == -1)
		x->state = -1;
}

/* False: all have ended, or there is no hope. */
static bool
pursue_all(struct project *p, struct pursued *v, size_t n, bool kill)
{
	bool some = false;

	for (size_t i = 0; i < n; i++) {
		if (v[i].state == 1)
			pursue(p, &v[i], kill);
		some = some || v[i].state == 1;
	}
	return some;
}

int
cancel_wait(struct project *p, const struct vec_id *tasks, struct vec_id *left,
    struct vec_str *problems)
{
	int64_t kill_at = clock_mono() + config_int(&p->config, "grace") + KILL_MS, now;
	struct pursued *v = xcalloc(tasks->n + 1, sizeof *v);
	int status = 0;

	env_hide(environ);
	fault_step("cancel-stop");
	for (size_t i = 0; i < tasks->n; i++)
		v[i] = (struct pursued){ .task = tasks->v[i], .state = 1 };
	do {
		now = clock_mono();
	} while (pursue_all(p, v, tasks->n, now >= kill_at) && now < kill_at + KILL_MS &&
	    poll(NULL, 0, PAUSE_MS) != 1);
	for (size_t i = 0; i < tasks->n; i++) {
		if (v[i].state == 0)
			continue;
		if (v[i].state == 1)
			err_set(&v[i].err, ERR_BUSY, "its attempt has not ended; it is cancelled when it has");
		status = err_worse(status, err_exit(v[i].err.code));
		vec_id_push(left, v[i].task);
		vec_str_take(problems, xasprintf("task %lld: %s", (long long)v[i].task, v[i].err.msg));
	}
	free(v);
	return status;
}
