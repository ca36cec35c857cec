/*
 * A few drivers, one process each, take the goals in turn: they start the commands of the
 * suite as a person or cron would, again and again until their goal is done, and write one
 * line a goal into a pipe.  None of them looks into a file of the project.
 */
#include "work/pipeline_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/proc.h"
#include "work/suite.h"

#define DRIVERS	   4
#define ROUNDS	   200		/* of the commands, before a goal counts as lost */
#define PAUSE_MS   20		/* after a round in which nothing moved */
#define OUTPUT_MAX (64u << 10)

/* ---- commands ---- */

struct driver {
	const struct scratch *scratch;
	char output[32];	/* the file in it for what its command prints */
};

/* What is told to the programs: that project, no other and no attempt. */
static void
environment(struct vec_str *env)
{
	for (char **v = environ; *v != NULL; v++)
		if (!str_starts(*v, "ORCH_") || str_starts(*v, "ORCH_SHARE=") ||
		    str_starts(*v, "ORCH_TEST_"))
			vec_str_push(env, *v);
}

static void
wait_for(struct proc *p, int *status)
{
	struct pollfd ended = { .fd = p->pidfd, .events = POLLIN };

	while (proc_reap(p, status) == 0)
		poll(&ended, 1, -1);
}

/*
 * Runs orch-NAME with those arguments, up to NULL, quietly; `out` gets what it printed.
 * Its exit status, 75 if it was killed, -1 if it could not be run.
 */
static int
command(const struct driver *d, struct buf *out, struct err *e, const char *name, ...)
{
	const struct scratch *s = d->scratch;
	struct vec_str argv = { 0 }, env = { 0 };
	struct proc p = { .pidfd = -1 };
	struct proc_spec spec = { .cwd = s->fd, .out = -1 };
	int status = 0, r = -1;
	const char *arg;
	va_list ap;

	vec_str_take(&argv, xasprintf("%s/orch-%s", s->suite, name));
	va_start(ap, name);
	while ((arg = va_arg(ap, const char *)) != NULL)
		vec_str_push(&argv, arg);
	va_end(ap);
	environment(&env);
	spec.argv = vec_str_argv(&argv);
	spec.envp = vec_str_argv(&env);
	spec.in = spec.err = open("/dev/null", O_RDWR | O_CLOEXEC);
	spec.out = openat(s->fd, d->output, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	if (spec.in == -1 || spec.out == -1)
		err_sys(e, "cannot open '%s/%s'", s->dir, d->output);
	else if (proc_spawn(&p, &spec, e) == 0) {
		wait_for(&p, &status);
		r = WIFEXITED(status) ? WEXITSTATUS(status) : 75;
	}
	if (r != -1 && out != NULL && fs_read(s->fd, d->output, OUTPUT_MAX, out, e) == -1)
		r = -1;
	if (spec.in != -1)
		close(spec.in);
	if (spec.out != -1)
		close(spec.out);
	vec_str_release(&argv);
	vec_str_release(&env);
	return r;
}

/* The same, and its output as one line without an end. */
static int
ask(const struct driver *d, struct buf *line, struct err *e, const char *name, const char *a,
    const char *b, const char *c)
{
	int r = command(d, line, e, name, a, b, c, NULL);

	while (r != -1 && line->len > 0 && line->data[line->len - 1] == '\n')
		buf_cut(line, line->len - 1);
	return r;
}

/* ---- a goal ---- */

/* Whoever is killed between the commit and its id is asked again, and adds nothing twice. */
static int
add_goal(const struct driver *d, int64_t number, struct buf *id, struct err *e)
{
	char *title = xasprintf("Goal %lld", (long long)number);
	char *key = xasprintf("goal-%lld", (long long)number);
	char *run = xasprintf("exec sh '%s/" SCRATCH_GOAL "' '%s'", d->scratch->dir,
	    d->scratch->suite);
	int r = 75;

	for (int i = 0; i < ROUNDS && r == 75; i++) {
		r = command(d, id, e, "add", "--dedupe", "--key", key, "--label", "plan", "--agent",
		    "sh", "--command", run, "--", title, NULL);
	}
	while (id->len > 0 && id->data[id->len - 1] == '\n')
		buf_cut(id, id->len - 1);
	if (r > 0 || (r == 0 && id->len == 0))
		r = err_set(e, ERR_FAILED, "orch-add ended with %d", r);
	free(title);
	free(key);
	free(run);
	return r;
}

/* As cron does: what is due, what is ready, what is to be judged. */
static int
one_round(const struct driver *d, const char *tree, struct err *e)
{
	if (command(d, NULL, e, "retry", "-q", "--due", NULL) == -1 ||
	    command(d, NULL, e, "route", "-q", tree, "@new", NULL) == -1 ||
	    command(d, NULL, e, "run", "-q", tree, "@routed", NULL) == -1)
		return -1;
	return command(d, NULL, e, "review", "-q", tree, "@in_review", NULL);
}

/* 0: it arrived.  1: it did not, `where` says how far it came. */
static int
follow_goal(const struct driver *d, int64_t number, struct buf *where, struct err *e)
{
	struct buf id = { 0 }, before = { 0 };
	char *tree = NULL;
	int r = add_goal(d, number, &id, e);

	if (r == 0)
		tree = xasprintf("tree=%s", buf_str(&id));
	for (int i = 0; r == 0 && i < ROUNDS; i++) {
		if (one_round(d, tree, e) == -1 ||
		    ask(d, where, e, "list", buf_str(&id), "-o", "status") == -1)
			r = -1;
		else if (strcmp(buf_str(where), "done") == 0)
			goto done;
		else if (strcmp(buf_str(where), buf_str(&before)) == 0)
			poll(NULL, 0, PAUSE_MS);
		buf_cut(&before, 0);
		buf_puts(&before, buf_str(where));
	}
	if (r == 0) {
		r = 1;
		ask(d, where, e, "list", tree, "-o", "id,status,reason");
	}
done:
	buf_release(&id);
	buf_release(&before);
	free(tree);
	return r;
}

/* ---- drivers ---- */

/* A line for each goal: its number, how it ended, milliseconds, a tab, where it is. */
__attribute__((noreturn)) static void
drive(struct driver *d, int64_t first, int64_t goals, int fd)
{
	struct buf where = { 0 }, line = { 0 };

	for (int64_t i = first; i <= goals; i += DRIVERS) {
		struct err e = { 0 };
		int64_t begun = clock_mono();
		int r = follow_goal(d, i, &where, &e);

		for (size_t k = 0; k < where.len; k++)
			if (where.data[k] == '\n' || where.data[k] == '\t')
				where.data[k] = ' ';
		buf_cut(&line, 0);
		buf_printf(&line, "%lld %d %lld\t%s\n", (long long)i, r,
		    (long long)(clock_mono() - begun), r == -1 ? e.msg : buf_str(&where));
		if (fs_write_all(fd, buf_str(&line), line.len) == -1)
			_exit(1);
	}
	_exit(0);
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Nearest rank. */
static int64_t
percentile(const struct vec_id *sorted, size_t percent)
{
	size_t rank = (sorted->n * percent + 99) / 100;

	return sorted->n == 0 ? 0 : sorted->v[rank == 0 ? 0 : rank - 1];
}

static void
count(struct pipeline *p, const char *text)
{
	struct vec_id times = { 0 };
	long long number, ms;
	int how;

	for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		const char *where = strchr(line, '\t');

		if (where == NULL || sscanf(line, "%lld %d %lld", &number, &how, &ms) != 3)
			continue;
		if (how == 0)
			vec_id_push(&times, ms);
		else
			vec_str_take(&p->lost, xasprintf("goal %lld: %.*s", number,
			    (int)(end - where - 1), where + 1));
	}
	if (times.n > 0)
		qsort(times.v, times.n, sizeof *times.v, compare);
	p->done = (int64_t)times.n;
	if (p->done + (int64_t)p->lost.n < p->goals)
		vec_str_take(&p->lost, xasprintf("%lld goals: their drivers were killed",
		    (long long)(p->goals - p->done - (int64_t)p->lost.n)));
	p->p50 = percentile(&times, 50);
	p->p95 = percentile(&times, 95);
	p->max = percentile(&times, 100);
	vec_id_release(&times);
}

/* Reads until all of them have closed it. */
static int
read_all(int fd, struct buf *text, struct err *e)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof chunk)) != 0)
		if (n > 0)
			buf_append(text, chunk, (size_t)n);
		else if (errno != EINTR)
			return err_sys(e, "cannot read from a pipe");
	return 0;
}

static int
drive_all(struct pipeline *p, const struct scratch *s, struct err *e)
{
	struct driver d[DRIVERS];
	struct proc child[DRIVERS];
	struct buf text = { 0 };
	int pipes[2], n, status, r = 0;

	if (pipe2(pipes, O_CLOEXEC) == -1)
		return err_sys(e, "cannot make a pipe");
	for (n = 0; n < DRIVERS && n < p->goals && r == 0; n++) {
		d[n].scratch = s;
		snprintf(d[n].output, sizeof d[n].output, "output-%d", n);
		if ((r = proc_fork(&child[n], e)) == 1)
			drive(&d[n], n + 1, p->goals, pipes[1]);
		n -= r == -1;
	}
	close(pipes[1]);
	if (read_all(pipes[0], &text, e) == -1)
		r = -1;
	close(pipes[0]);
	for (int i = 0; i < n; i++)
		wait_for(&child[i], &status);
	count(p, buf_str(&text));
	buf_release(&text);
	return r;
}

/* ---- after it ---- */

/* Findings of orch-fsck: processes, locks, half written files, links, leases. */
static int
look_around(struct pipeline *p, const struct scratch *s, struct err *e)
{
	struct driver d = { .scratch = s, .output = "output-fsck" };
	struct buf text = { 0 };
	int r = command(&d, &text, e, "fsck", NULL);

	for (const char *line = buf_str(&text), *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		vec_str_take(&p->left, xasprintf("%.*s", (int)(end - line), line));
	if (r > 1 && p->left.n == 0)
		vec_str_take(&p->left, xasprintf("orch-fsck ended with %d", r));
	buf_release(&text);
	return r == -1 ? -1 : 0;
}

void
pipeline_release(struct pipeline *p)
{
	vec_str_release(&p->lost);
	vec_str_release(&p->left);
	free(p->where);
	p->where = NULL;
}

int
pipeline_run(struct pipeline *p, int64_t goals, struct err *e)
{
	struct scratch s = { .suite = suite_dir(), .fd = -1 };
	int64_t begun = clock_mono();
	int r;

	*p = (struct pipeline){ .goals = goals };
	if ((r = scratch_make(&s, e)) == 0 && (r = drive_all(p, &s, e)) == 0) {
		p->ms = clock_mono() - begun;
		r = look_around(p, &s, e);
	}
	if (s.fd != -1) {
		close(s.fd);
		if (r == 0 && (p->done < goals || p->left.n > 0))
			p->where = xstrdup(s.dir);
		else if (r == 0)
			r = fs_remove_tree(AT_FDCWD, s.dir, e);
	}
	free(s.suite);
	free(s.dir);
	return r;
}

/* ---- as text ---- */

static void
put_lines(struct buf *out, const char *name, const struct vec_str *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		buf_printf(out, "\n%s\t%s", name, lines->v[i]);
}

char *
pipeline_text(const struct pipeline *p)
{
	struct buf out = { 0 };

	buf_printf(&out, "goals\t%lld\ndone\t%lld\nms\t%lld\n", (long long)p->goals,
	    (long long)p->done, (long long)p->ms);
	buf_printf(&out, "p50_ms\t%lld\np95_ms\t%lld\nmax_ms\t%lld", (long long)p->p50,
	    (long long)p->p95, (long long)p->max);
	put_lines(&out, "lost", &p->lost);
	put_lines(&out, "left", &p->left);
	if (p->where != NULL)
		buf_printf(&out, "\nwhere\t%s", p->where);
	return buf_detach(&out);
}

static struct val *
list_of(const struct vec_str *lines)
{
	struct val *v = val_list();

	for (size_t i = 0; i < lines->n; i++)
		val_push(v, val_str(lines->v[i]));
	return v;
}

struct val *
pipeline_value(const struct pipeline *p)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "goals", val_int(p->goals));
	val_add(v, "done", val_int(p->done));
	val_add(v, "ms", val_int(p->ms));
	val_add(v, "p50_ms", val_int(p->p50));
	val_add(v, "p95_ms", val_int(p->p95));
	val_add(v, "max_ms", val_int(p->max));
	val_add(v, "lost", list_of(&p->lost));
	val_add(v, "left", list_of(&p->left));
	if (p->where != NULL)
		val_add(v, "where", val_str(p->where));
	return v;
}
