#include "work/tend.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/vec.h"
#include "sys/proc.h"
#include "task/project.h"
#include "task/store.h"
#include "work/propagate.h"
#include "work/suite.h"

static int
any_runs(const struct project *p, bool *yes, struct err *e)
{
	struct store_look look;
	struct tasks tasks;

	*yes = false;
	if (store_look(p, &look, &tasks, e) == -1)
		return -1;
	for (size_t i = 0; i < tasks.n && !*yes; i++)
		*yes = tasks.v[i].status == ST_IN_PROGRESS;
	store_look_end(&look, &tasks);
	return 0;
}

/* The ids that it prints are for nobody here. */
static int
settle(const struct project *p, int *status, struct err *e)
{
	char *dir = suite_dir(), *program = suite_program(dir, "retry");
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC), ended = 0, stopped = 0, r = -1;
	struct vec_str args = { 0 };

	if (program == NULL)
		err_set(e, ERR_SYSTEM, "orch-retry is neither in '%s' nor on PATH", dir);
	else if (out == -1)
		err_sys(e, "cannot open '/dev/null'");
	else {
		vec_str_push(&args, program);
		vec_str_push(&args, p->named ? "-f" : "-C");
		vec_str_push(&args, p->named ? p->tasks : p->dir);
		vec_str_push(&args, "-q");
		vec_str_push(&args, "--due");
		r = proc_helper(vec_str_argv(&args), out, &ended, &stopped, e);
	}
	if (r == 0)
		*status = err_worse(*status, WIFEXITED(ended) ? WEXITSTATUS(ended) : err_exit(ERR_BUSY));
	if (out != -1)
		close(out);
	vec_str_release(&args);
	free(program);
	free(dir);
	return r;
}

int
tend(struct project *p, const struct store_opts *opts, int *status, struct err *e)
{
	struct propagated followed = { 0 };
	bool runs;
	int r = 0;

	if (opts->dry_run)
		return 0;
	if (propagate_all(p, opts, &followed, e) == -1 || any_runs(p, &runs, e) == -1)
		r = -1;
	propagated_release(&followed);
	return r == 0 && runs ? settle(p, status, e) : r;
}
