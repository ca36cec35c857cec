/*
 * bench - two commands in turn, A B A B .., as whole processes
 *
 *	bench RUNS NAME LIMIT A.. -- B..	prints one JSON object
 *
 * Wall time of each run with posix_spawn, peak memory as wait4(2) tells; medians,
 * and the ratio of the medians A / B.  LIMIT is what the ratio must not exceed.
 * With `bench RUNS NAME LIMIT A.. -- BYTES` (a number) it is A's peak memory that is
 * divided by BYTES.  Exit 1 above the limit, 2 if a command fails.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

#define RUNS_MAX 1000

struct figures {
	double wall[RUNS_MAX];	/* milliseconds */
	double memory[RUNS_MAX];	/* bytes */
	int n;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
run(char **argv, struct figures *f, int counted)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	start = now();
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 ||
	    wait4(pid, &status, 0, &usage) == -1 || status != 0) {
		fprintf(stderr, "bench: '%s' failed\n", argv[0]);
		exit(2);
	}
	if (counted) {
		f->wall[f->n] = now() - start;
		f->memory[f->n++] = (double)usage.ru_maxrss * 1024;
	}
	posix_spawn_file_actions_destroy(&actions);
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
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

int
main(int argc, char **argv)
{
	static struct figures a, b;
	int runs, split = 4;
	double limit, x, y;
	char *end = NULL;

	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (split + 1 >= argc || (runs = (int)strtol(argv[1], NULL, 10)) < 20 || runs > RUNS_MAX) {
		fprintf(stderr, "usage: bench RUNS NAME LIMIT A.. -- B..|BYTES (20 runs at least)\n");
		return 2;
	}
	limit = strtod(argv[3], NULL);
	argv[split] = NULL;
	y = strtod(argv[split + 1], &end);
	for (int i = -1; i < runs; i++) {	/* the first of each warms up */
		run(argv + 4, &a, i >= 0);
		if (*end != '\0')
			run(argv + split + 1, &b, i >= 0);
	}
	if (*end == '\0') {
		x = median(a.memory, a.n);
	} else {
		x = median(a.wall, a.n);
		y = median(b.wall, b.n);
	}
	printf("{\"name\":\"%s\",\"runs\":%d,\"unit\":\"%s\",\"orch\":%.3f,\"beside\":%.3f,"
	    "\"ratio\":%.2f,\"limit\":%.2f,\"ok\":%s}\n", argv[2], runs,
	    *end ? "ms" : "bytes", x, y, x / y, limit, x / y <= limit ? "true" : "false");
	return x / y <= limit ? 0 : 1;
}
