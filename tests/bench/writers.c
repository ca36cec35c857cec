/*
 * writers - many processes that change the file as fast as they may
 *
 *	writers PROCESSES EDITS		in a project; prints one JSON object
 *
 * Each process changes its own task EDITS times through the library, with the lock's
 * usual deadline.  Told are failures, the longest wait of one change, commits in a second,
 * and how even the processes got on: Jain's index of their rates over the time in which all of
 * them were at work (https://en.wikipedia.org/wiki/Fairness_measure).  Exit 1 if that is not
 * what the store promises.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"

struct writer {
	double longest, ended;		/* ms */
	int failed;
};

struct edit {
	int64_t id;
	int value;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
change(struct change *c, void *arg, struct err *e)
{
	struct edit *edit = arg;

	return change_set(c, edit->id, F_MAX_ATTEMPTS, val_int(1 + edit->value % 100), e);
}

static void
work(struct writer *w, int number, int edits)
{
	const struct store_opts opts = { .command = "writers" };
	struct project p;
	struct err e = { 0 };

	if (project_find(&p, NULL, NULL, "writers", &e) == -1) {
		w->failed = edits;
		return;
	}
	for (int i = 0; i < edits; i++) {
		struct edit edit = { .id = number + 1, .value = i };
		double start = now(), took;

		w->failed += store_update(&p, &opts, change, &edit, &e) == -1;
		took = now() - start;
		if (took > w->longest)
			w->longest = took;
	}
	w->ended = now();
	project_release(&p);
}

int
main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[1]) : 0, edits = argc > 2 ? atoi(argv[2]) : 0, failed = 0;
	double start, last = 0, longest = 0, sum = 0, squares = 0, jain, rate;
	struct writer *w;

	if (n < 1 || edits < 1) {
		fprintf(stderr, "usage: writers PROCESSES EDITS\n");
		return 2;
	}
	w = mmap(NULL, (size_t)n * sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w == MAP_FAILED)
		return 2;
	start = now();
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			work(&w[i], i, edits);
			_exit(0);
		}
	while (wait(NULL) != -1)
		continue;
	for (int i = 0; i < n; i++) {
		double r = edits / (w[i].ended - start);

		failed += w[i].failed;
		longest = w[i].longest > longest ? w[i].longest : longest;
		last = w[i].ended > last ? w[i].ended : last;
		sum += r;
		squares += r * r;
	}
	jain = sum * sum / (n * squares);
	rate = n * edits / (last - start) * 1e3;
	printf("{\"name\":\"%d writers, %d edits each\",\"failed\":%d,\"longest_ms\":%.0f,"
	    "\"jain\":%.3f,\"commits_per_s\":%.0f,\"ok\":%s}\n", n, edits, failed, longest, jain,
	    rate, failed == 0 && longest <= 1000 && jain >= 0.95 && rate >= 300 ? "true" : "false");
	return failed == 0 && longest <= 1000 && jain >= 0.95 && rate >= 300 ? 0 : 1;
}
