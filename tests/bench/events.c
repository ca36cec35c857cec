/*
 * events - telling of an event beside a plain append, and the newest one, in a long log
 *
 *	events N RUNS	in a project with a commit; prints one JSON object a line
 *
 * The log is filled up to N events as orch-event emit would have done it.  Then, in turn, an
 * event is told (the lock, what a kill may have left, the number, the line, fsync), and the
 * same bytes are appended to a file of the same length with write and fsync.  The limits are
 * milliseconds: of the difference of the medians, and of the median of a whole orch-event,
 * which stands beside one that only tells its version.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/fs.h"
#include "task/event.h"
#include "task/project.h"
#include "task/store.h"
#include "work/reading.h"

#define RUNS_MAX 2000

extern char **environ;

static const struct event told = { .topic = "bench.step", .source = "bench" };
static int status;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, compare);
	return v[n / 2];
}

static void
figure(const char *name, int runs, double orch, double beside, double counts, double limit)
{
	printf("{\"name\":\"%s\",\"runs\":%d,\"unit\":\"ms\",\"orch\":%.3f,\"beside\":%.3f,\"counts\":%.3f,"
	    "\"limit\":%.2f,\"ok\":%s}\n", name, runs, orch, beside, counts, limit, counts <= limit ? "true" : "false");
	if (counts > limit)
		status = 1;
}

static int
fill(struct project *p, int64_t n, struct err *e)
{
	struct buf lines = { 0 };
	int64_t seq;
	off_t at;
	int r = reading_newest(p, &seq, e);

	while (r == 0 && seq < n)
		event_line(&lines, ++seq, 0, clock_now(), &told);
	if (r == 0 && lines.len > 0)
		r = fs_append(p->orch_fd, EVENT_FILE, lines.data, lines.len, &at, e);
	if (r == 0)
		r = fs_replace(p->orch_fd, "plain", lines.data, lines.len, 0600, e);
	buf_release(&lines);
	return r;
}

static int
plain(int fd, const struct buf *line)
{
	return write(fd, line->data, line->len) == (ssize_t)line->len && fdatasync(fd) == 0 ? 0 : -1;
}

static int
appends(struct project *p, int runs, struct err *e)
{
	static double tell[RUNS_MAX], beside[RUNS_MAX];
	const struct store_opts opts = { .command = "bench" };
	struct buf line = { 0 };
	int fd = openat(p->orch_fd, "plain", O_WRONLY | O_APPEND | O_CLOEXEC), r = 0;

	event_line(&line, 100000, 0, clock_now(), &told);
	for (int i = -5; r == 0 && i < runs; i++) {
		int64_t seq;
		double start = now();

		r = store_tell(p, &opts, &told, &seq, e);
		if (i >= 0)
			tell[i] = now() - start;
		start = now();
		r = r == 0 ? plain(fd, &line) : r;
		if (i >= 0)
			beside[i] = now() - start;
	}
	if (r == 0) {
		double x = median(tell, runs), y = median(beside, runs);

		figure("telling of an event at 100,000 beside write and fsync", runs, x, y, x - y, 0.3);
	}
	close(fd);
	buf_release(&line);
	return r;
}

/* The whole process. */
static double
process(char **argv, int expected)
{
	posix_spawn_file_actions_t actions;
	double start;
	pid_t pid;
	int ended;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	start = now();
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 || waitpid(pid, &ended, 0) == -1 ||
	    !WIFEXITED(ended) || WEXITSTATUS(ended) != expected) {
		fprintf(stderr, "events: '%s' failed\n", argv[0]);
		exit(2);
	}
	posix_spawn_file_actions_destroy(&actions);
	return now() - start;
}

static void
processes(const char *name, char **argv, int expected, int runs, double limit)
{
	static char *least[] = { "orch-event", "--version", NULL };
	static double took[RUNS_MAX], start[RUNS_MAX];
	double x, y;

	for (int i = 0; i < runs; i++) {
		took[i] = process(argv, expected);
		start[i] = process(least, 0);
	}
	x = median(took, runs);
	y = median(start, runs);
	figure(name, runs, x, y, x, limit);
}

int
main(int argc, char **argv)
{
	static char *newest[] = { "orch-event", "latest", NULL };
	static char *first[] = { "orch-event", "latest", "--topic", "task.routed", NULL };
	static char *none[] = { "orch-event", "latest", "--topic", "no.such", NULL };
	static char *rare[] = { "orch-event", "latest", "--where", "source=ben", NULL };
	static char *one[] = { "orch-event", "emit", "bench.step", NULL };
	int runs = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
	struct project p;
	struct err e = { 0 };

	if (runs < 1 || runs > RUNS_MAX)
		return 2;
	if (project_find(&p, NULL, NULL, "bench", &e) == -1 || project_prepare(&p, &e) == -1 ||
	    fill(&p, strtoll(argv[1], NULL, 10), &e) == -1 || appends(&p, runs, &e) == -1) {
		fprintf(stderr, "events: %s\n", e.msg);
		return 2;
	}
	processes("orch-event latest at 100,000 events", newest, 0, runs, 5);
	processes("the same of the topic of the very first", first, 0, runs, 10);
	processes("the same of a topic that nobody told of", none, 1, runs, 5);
	processes("the same of a source that another one begins with", rare, 1, runs, 15);
	processes("orch-event emit, the whole process", one, 0, runs, 10);
	project_release(&p);
	return status;
}
