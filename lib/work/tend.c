#include "work/tend.h"

#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/err.h"
#include "base/vec.h"
#include "task/project.h"
#include "task/store.h"
#include "work/propagate.h"
#include "work/suite.h"

/* What is there to do, in one reading. */
static int
look_at_tasks(const struct project *p, bool *follows, bool *runs, struct err *e)
{
	struct store_look look;
	struct tasks tasks;

	*runs = false;
	if (store_look(p, &look, &tasks, e) == -1)
		return -1;
	*follows = propagate_may(&tasks);
	for (size_t i = 0; i < tasks.n && !*runs; i++)
		*runs = tasks.v[i].status == ST_IN_PROGRESS;
	store_look_end(&look, &tasks);
	return 0;
}

/* The ids that it prints are for nobody here. */
static int
settle(const struct project *p, int *status, struct err *e)
{
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC), stopped, r;
	struct vec_str words = { 0 };

	if (out == -1)
		return err_sys(e, "cannot open '/dev/null'");
	vec_str_push(&words, "-q");
	vec_str_push(&words, "--due");
	r = suite_run(p, "retry", &words, out, status, &stopped, e);
	vec_str_release(&words);
	close(out);
	return r;
}

int
tend(struct project *p, const struct store_opts *opts, int *status, struct err *e)
{
	struct propagated followed = { 0 };
	bool follows, runs;
	int r = 0;

	if (opts->dry_run)
		return 0;
	if (look_at_tasks(p, &follows, &runs, e) == -1 || (follows && propagate_all(p, opts, &followed, e) == -1))
		r = -1;
	propagated_release(&followed);
	return r == 0 && runs ? settle(p, status, e) : r;
}
