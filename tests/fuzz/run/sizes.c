/*
 * sizes - how long the largest and the oddest files take
 *
 *	sizes [CASE]
 *
 * Each in three processes: read as YAML and edited once, read as tasks, checked as the file
 * of a project.  Seconds and the most memory, the making of the text included.  Ends with 1 if one process took more
 * than 10 s of the processor or 768 MiB.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/task.h"
#include "work/fsck.h"

#define MAX (64u << 20)
#define SECONDS_MAX 10.0
#define MEMORY_MAX 768		/* MiB */

static void
begin(struct buf *b)
{
	buf_puts(b, "next_id: 9000000\ntasks:\n");
}

static void
small_tasks(struct buf *b)
{
	begin(b);
	for (unsigned i = 1; b->len < MAX - 64; i++)
		buf_printf(b, "- id: %u\n  title: x\n", i);
}

static void
tiny_items(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  labels: [a");
	while (b->len < MAX - 64)
		buf_puts(b, ",a");
	buf_puts(b, "]\n");
}

static void
many_keys(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n");
	for (unsigned i = 0; i < 100000; i++)
		buf_printf(b, "  k%u: %u\n", i, i);
}

static void
keys_to_the_end(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n");
	for (unsigned i = 0; b->len < MAX - 64; i++)
		buf_printf(b, "  k%u: %u\n", i, i);
}

static void
flow_map(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  usage: {");
	for (unsigned i = 0; i < 200000; i++)
		buf_printf(b, "k%u: %u, ", i, i);
	buf_puts(b, "}\n");
}

static void
comments(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n");
	while (b->len < 50u << 20)
		buf_puts(b, "  # a comment\n#\n");
	buf_puts(b, "- id: 2\n  title: x\n");
}

static void
short_comments(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n");
	while (b->len < MAX - 64)
		buf_puts(b, "#\n");
	buf_puts(b, "- id: 2\n  title: x\n");
}

static void
blank_lines(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n");
	while (b->len < MAX - 64)
		buf_putc(b, '\n');
	buf_puts(b, "- id: 2\n  title: x\n");
}

static void
one_line(struct buf *b)
{
	buf_puts(b, "{next_id: 9000000, tasks: [");
	for (unsigned i = 1; b->len < 60u << 20; i++)
		buf_printf(b, "{id: %u, title: '%0100u'}, ", i, i);
	buf_puts(b, "]}\n");
}

static void
flow_tasks(struct buf *b)
{
	buf_puts(b, "{next_id: 9000000, tasks: [");
	for (unsigned i = 1; i <= 500000; i++)
		buf_printf(b, "{id: %u, title: 'Number %u'}, ", i, i);
	buf_puts(b, "]}\n");
}

static void
block_tasks(struct buf *b)
{
	begin(b);
	for (unsigned i = 1; i <= 200000; i++)
		buf_printf(b, "- id: %u\n  title: Number %u\n  status: routed\n  labels: [one, two]\n"
		    "  body: |\n    %0200u\n", i, i, i);
}

/* Half of them are the children of one, each of the others has the one before it as such. */
static void
children(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  children: [2");
	for (unsigned i = 3; i <= 200000; i++)
		buf_printf(b, ", %u", i);
	buf_puts(b, "]\n");
	for (unsigned i = 2; i <= 200000; i++)
		buf_printf(b, "- id: %u\n  title: x\n  parent_id: 1\n", i);
	for (unsigned i = 200001; i <= 300000; i++)
		buf_printf(b, "- id: %u\n  title: x\n  parent_id: %u\n  children: [%u, %u]\n", i,
		    i + 1, i - 1, i - 200000);
}

static void
nothing_there(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  depends_on: [2");
	for (unsigned i = 3; i <= 4000000; i++)
		buf_printf(b, ",%u", i);
	buf_puts(b, "]\n");
}

/* In each task something is wrong that a person must hear of. */
static void
faults(struct buf *b)
{
	begin(b);
	for (unsigned i = 1; i <= 500000; i++)
		buf_printf(b, "- id: %u\n  title: x\n  priority: hihg\n", i / 2);
}

static void
dead(struct buf *b)
{
	begin(b);
	for (unsigned i = 1; i <= 500000; i++)
		buf_printf(b, "- id: %u\n  title: x\n  status: in_progress\n", i);
}

static void
one_line_scalar(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: ");
	while (b->len < 60u << 20)
		buf_puts(b, "xxxxxxxxxxxxxxxx");
	buf_puts(b, "\n");
}

static void
deep(struct buf *b)
{
	begin(b);
	for (unsigned i = 1; b->len < MAX - 1024; i++) {
		buf_printf(b, "- id: %u\n  title: x\n  usage: ", i);
		for (unsigned k = 0; k < 60; k++)
			buf_puts(b, "{a: ");
		for (unsigned k = 0; k < 60; k++)
			buf_putc(b, '}');
		buf_putc(b, '\n');
	}
}

static void
too_deep(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  usage: ");
	while (b->len < MAX - 64)
		buf_putc(b, '[');
}

static void
labels(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  labels:\n");
	for (unsigned i = 0; i < 100000; i++)
		buf_printf(b, "    - label-%u\n", i);
}

static void
large_scalars(struct buf *b)
{
	char *x = malloc((1u << 20) - 64);

	memset(x, 'x', (1u << 20) - 64);
	begin(b);
	for (unsigned i = 1; i <= 60; i++) {
		buf_printf(b, "- id: %u\n  title: x\n  body: |\n    ", i);
		buf_append(b, x, (1u << 20) - 64);
		buf_puts(b, "\n");
	}
	free(x);
}

static void
aliases(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: &t x\n  labels: [*t");
	for (unsigned i = 0; i < 99000; i++)
		buf_puts(b, ", *t");
	buf_puts(b, "]\n");
}

static void
anchors(struct buf *b)
{
	begin(b);
	buf_puts(b, "- id: 1\n  title: x\n  labels:\n");
	for (unsigned i = 0; b->len < MAX - 64; i++)
		buf_printf(b, "  - &a%u x\n", i);
}

static void
high_characters(struct buf *b)
{
	begin(b);
	for (unsigned i = 1; b->len < MAX - 64; i++)
		buf_printf(b, "- id: %u\n  title: \xf0\x9f\x98\x80h\xc3\xa9llo\n", i);
}

static const struct {
	const char *name;
	void (*make)(struct buf *);
	const char *key;		/* put in the first task; NULL: appended to `tasks` */
} cases[] = {
	{ "small-tasks", small_tasks, "status" }, { "small-tasks-append", small_tasks, NULL },
	{ "tiny-items", tiny_items, "status" }, { "many-keys", many_keys, "status" },
	{ "keys-to-the-end", keys_to_the_end, "status" }, { "flow-map", flow_map, "usage" },
	{ "comments", comments, "status" }, { "short-comments", short_comments, "status" },
	{ "blank-lines", blank_lines, "status" },
	{ "one-line", one_line, "status" }, { "flow-tasks", flow_tasks, "status" },
	{ "block-tasks", block_tasks, "status" }, { "children", children, "status" },
	{ "nothing-there", nothing_there, "status" }, { "faults", faults, "status" },
	{ "dead", dead, "status" }, { "one-line-scalar", one_line_scalar, "status" },
	{ "deep", deep, "status" }, { "too-deep", too_deep, "status" },
	{ "labels", labels, "labels" }, { "large-scalars", large_scalars, "body" },
	{ "aliases", aliases, "status" }, { "anchors", anchors, "status" },
	{ "high-characters", high_characters, "status" },
};
#define CASES (sizeof cases / sizeof *cases)

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The value that is put: of a map or list the old one with an entry more and one less. */
static struct val *
new_value(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *old;
	struct val *v, *task;

	if (key == NULL) {
		task = val_map();
		val_put(task, "id", val_int(9999999));
		val_put(task, "title", val_str("the last"));
		return task;
	}
	old = yaml_own(map, key);
	if (old == NULL || old->kind == YAML_SCALAR)
		return val_str(strcmp(key, "status") == 0 ? "done" : "short");
	v = yaml_value(old);
	if (v->kind == VAL_LIST) {
		val_free(v->v[1]);
		v->v[1] = val_str("another");
		val_push(v, val_str("more"));
	} else {
		val_drop(v, "k5");
		val_add(v, "more", val_int(1));
	}
	return v;
}

/* As YAML, and one edit. */
static int
edit(size_t i, const struct buf *text, struct err *e)
{
	const struct yaml_node *tasks;
	struct edit_op op = { .kind = EDIT_APPEND, .key = "tasks" };
	struct buf out = { 0 };
	double start = now(), mid;
	struct yaml y;
	int rc;

	if (yaml_parse(&y, text->data, text->len, "t", e) < 0)
		return -1;
	tasks = yaml_get(y.root, "tasks");
	if (cases[i].key != NULL)
		op = (struct edit_op){ .kind = EDIT_PUT, .map = tasks->child, .key = cases[i].key };
	op.value = new_value(tasks->child, cases[i].key);
	mid = now();
	rc = edit_apply(&y, &op, 1, field_order(), "t", &out, e);
	printf(" parse %5.2f edit %5.2f", mid - start, now() - mid);
	return rc;
}

/* As tasks. */
static int
load(struct buf *text, struct err *e)
{
	struct tasks ts;
	double start = now();
	int rc = tasks_load(&ts, text, "t", e);

	printf(" load  %5.2f           ", now() - start);
	return rc;
}

/* As the file of a project that no command has changed yet. */
static int
check(const struct buf *text, struct err *e)
{
	char dir[] = "/tmp/orch-sizes.XXXXXX";
	struct findings f = { 0 };
	struct project p = { 0 };
	char *share = realpath("share/orch", NULL);
	double start;
	int fd = -1, rc = -1;

	if (share != NULL)
		setenv("ORCH_SHARE", share, 0);
	free(share);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1 || mkdir(".orch", 0700) == -1 ||
	    (fd = open(".", O_RDONLY | O_DIRECTORY)) == -1)
		return err_sys(e, "no folder");
	if (fs_replace(fd, "tasks.yml", text->data, text->len, 0600, e) == 0 &&
	    fs_replace(fd, "orch.yml", "isolation: none\n", 16, 0600, e) == 0 &&
	    project_find(&p, NULL, NULL, "sizes", e) == 0) {
		start = now();
		rc = fsck_project(&f, &p, e);
		printf(" check %5.2f %5zu findings", now() - start, f.n);
	}
	if (chdir("/") == 0)
		fs_remove_tree(AT_FDCWD, dir, &(struct err){ 0 });
	return rc;
}

enum way { EDIT, LOAD, CHECK, WAYS };

static void
run(size_t i, enum way way)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	int rc;

	cases[i].make(&text);
	printf("%-18s %3zu MiB", cases[i].name, text.len >> 20);
	rc = way == EDIT ? edit(i, &text, &e) : way == LOAD ? load(&text, &e) : check(&text, &e);
	if (rc < 0)
		printf("  %.70s", e.msg);
	fflush(stdout);
	_exit(way == CHECK && rc < 0);
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static bool
judge(size_t i, enum way way)
{
	struct rusage u;
	double took;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run(i, way);
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
		return false;
	took = seconds(&u.ru_utime) + seconds(&u.ru_stime);
	printf(", in all %5.2f s, %4ld MiB%s\n", took, u.ru_maxrss >> 10,
	    status != 0 || took > SECONDS_MAX || u.ru_maxrss >> 10 > MEMORY_MAX ? "  TOO MUCH" : "");
	return status == 0 && took <= SECONDS_MAX && u.ru_maxrss >> 10 <= MEMORY_MAX;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	for (size_t i = 0; i < CASES; i++)
		if (argc < 2 || strcmp(argv[1], cases[i].name) == 0)
			for (enum way way = 0; way < WAYS; way++)
				bad += !judge(i, way);
	return bad > 0;
}
