/*
 * fsck_schema - all that is wrong with the text of the task file
 *
 * A reader stops at the first fault; here each field of each task is looked at, so
 * that a person mends them in one go.  What cannot be told from single fields (no
 * YAML, no map, a wrong next_id) is what the reader said.  Of a file of 64 MiB each byte
 * is looked at once for all the places that are named.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "sys/path.h"
#include "task/field.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/fsck_mend.h"

#define STEP 512

struct spot {
	uint32_t line, col;	/* from 1 */
};

struct look {
	struct findings *f;
	const struct buf *text;
	const struct yaml *yaml;
	const char *name;
	bool readable;		/* as a whole */
	struct spot *spots;	/* of each STEP bytes; NULL: nothing was asked yet */
};

struct id_place {
	int64_t id;
	uint32_t at;
};

/* ---- places ---- */

/* On to the next byte, as yaml_place() counts. */
static void
step(const struct buf *text, size_t i, struct spot *s)
{
	unsigned char c = (unsigned char)text->data[i];

	if (c == '\n' || (c == '\r' && (i + 1 == text->len || text->data[i + 1] != '\n'))) {
		s->line++;
		s->col = 1;
	} else if ((c & 0xc0) != 0x80 && !(i == 0 && c == 0xef)) {
		s->col++;
	}
}

/* A byte order mark is no character of the first line, and no text begins with its first
 * byte otherwise. */
static struct spot
find_spot(struct look *l, size_t offset)
{
	struct spot s = { 1, 1 };
	size_t i = 0;

	if (l->spots == NULL) {
		l->spots = xcalloc(l->text->len / STEP + 1, sizeof *l->spots);
		for (; i < l->text->len; i++) {
			if (i % STEP == 0)
				l->spots[i / STEP] = s;
			step(l->text, i, &s);
		}
		if (i % STEP == 0)
			l->spots[i / STEP] = s;
	}
	if (offset > l->text->len)
		offset = l->text->len;
	s = l->spots[offset / STEP];
	for (i = offset - offset % STEP; i < offset; i++)
		step(l->text, i, &s);
	return s;
}

static char *
place_of(struct look *l, size_t offset)
{
	struct spot s = find_spot(l, offset);

	return xasprintf("%s:%u:%u", l->name, s.line, s.col);
}

static void
fault(struct look *l, size_t offset, int64_t task, const char *message)
{
	char *place;

	if (fsck_enough(l->f, "schema"))
		return;
	place = place_of(l, offset);
	fsck_add(l->f, "schema", task, place, "%s", message);
	free(place);
}

/* ---- line ends that no editor shows ---- */

static const char *
line_end_name(uint32_t cp)
{
	return cp == 0x85 ? "NEL (U+0085)" : cp == 0x2028 ? "LS (U+2028)" :
	    cp == 0x2029 ? "PS (U+2029)" : NULL;
}

static void
check_line_ends(struct look *l)
{
	uint32_t cp;

	for (size_t i = 0; i < l->text->len;) {
		const char *at = l->text->data + i, *name;
		char *message;

		if ((unsigned char)*at < 0x80) {
			i++;
			continue;
		}
		i += str_decode(at, l->text->len - i, &cp);
		if ((name = line_end_name(cp)) == NULL)
			continue;
		message = xasprintf("the character %s ends a line for YAML and for hardly any editor: "
		    "remove it, or write it as an escape in double quotes", name);
		fault(l, (size_t)(at - l->text->data), 0, message);
		free(message);
	}
}

/* ---- fields ---- */

static bool
is_null(const struct yaml_node *n)
{
	return n == NULL || (n->kind == YAML_SCALAR && yaml_scalar_kind(n) == VAL_NULL);
}

/* The id as it is written, 0 if there is none that is one. */
static int64_t
id_of(const struct yaml_node *task)
{
	const struct yaml_node *node = yaml_get(task, "id");
	int64_t id;

	return node != NULL && node->kind == YAML_SCALAR && num_id(node->text, &id) == 0 ? id : 0;
}

static void
check_field(struct look *l, int64_t id, int field, const struct yaml_node *raw)
{
	const struct yaml_node *node = raw ? yaml_deref(raw) : NULL, *where;
	struct err bad = { 0 };

	if (field != -1 && !is_null(node) &&
	    field_check_node((enum field)field, node, &where, &bad) == -1)
		fault(l, where == node && raw->key != NULL ? raw->key->start : where->start, id,
		    bad.msg);
}

static void
check_fields(struct look *l, const struct yaml_node *task)
{
	int64_t id = id_of(task);

	for (int i = 0; task->merge && i < FIELD_N; i++)
		check_field(l, id, i, yaml_get(task, field_table[i].name));
	for (const struct yaml_node *n = task->merge ? NULL : task->child; n != NULL; n = n->next)
		check_field(l, id, field_find(n->key->text), n);
	if (is_null(yaml_get(task, "title")))
		fault(l, task->start, id, "title: missing");
}

/* What nobody reads does not keep the file from being read. */
static void
check_meaning(struct look *l, const struct yaml_node *task)
{
	const struct yaml_node *where;

	for (const struct yaml_node *n = task->child; n != NULL; n = n->next) {
		int field = field_find(n->key->text);
		struct err bad = { 0 };

		if (field != -1 && field_check_meaning_node((enum field)field, yaml_deref(n), &where, &bad) == -1)
			fault(l, where->key != NULL ? where->key->start : where->start, id_of(task), bad.msg);
	}
}

static void
check_no_id(struct look *l, const struct yaml_node *task)
{
	const struct yaml_node *title = yaml_get(task, "title");
	char *place;

	if (!l->readable || !is_null(yaml_get(task, "id")) || fsck_enough(l->f, "schema"))
		return;
	place = place_of(l, task->start);
	fsck_add(l->f, "schema", 0, place, "'%s' has no id: the next command that changes the file "
	    "gives it one", title && title->text ? title->text : "");
	fsck_mend_later(l->f, MEND_ADOPT, 0, 0);
	free(place);
}

static int
compare_ids(const void *a, const void *b)
{
	const struct id_place *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void
check_unique(struct look *l, struct id_place *ids, size_t n)
{
	qsort(ids, n, sizeof *ids, compare_ids);
	for (size_t i = 1, first = 0; i < n; i++) {
		char *message;

		if (ids[i].id != ids[first].id) {
			first = i;
			continue;
		}
		message = xasprintf("id %lld is used twice, first at line %u", (long long)ids[i].id,
		    find_spot(l, ids[first].at).line);
		fault(l, ids[i].at, ids[i].id, message);
		free(message);
	}
}

static void
check_tasks(struct look *l)
{
	const struct yaml_node *list = yaml_get(l->yaml->root, "tasks"), *id;
	struct id_place *ids;
	size_t n = 0;

	if (list == NULL || list->kind != YAML_SEQ)
		return;
	ids = xcalloc(list->n + 1, sizeof *ids);
	for (const struct yaml_node *item = list->child; item != NULL; item = item->next) {
		const struct yaml_node *task = yaml_deref(item);

		if (task->kind != YAML_MAP) {
			fault(l, item->start, 0, "a task is not a map");
			continue;
		}
		check_no_id(l, task);
		check_meaning(l, task);
		/* Of what is readable all this was looked at by who read it. */
		if (l->readable)
			continue;
		check_fields(l, task);
		if ((id = yaml_get(task, "id")) != NULL && id_of(task) != 0)
			ids[n++] = (struct id_place){ id_of(task), id->start };
	}
	check_unique(l, ids, n);
	free(ids);
}

void
fsck_schema(struct findings *f, const struct project *p, const struct tasks *tasks,
    const struct store_refused *refused, const struct err *why)
{
	struct look l = { .f = f, .name = path_base(p->tasks), .readable = tasks != NULL,
	    .text = tasks ? &tasks->text : &refused->text,
	    .yaml = tasks ? &tasks->yaml : &refused->yaml };
	size_t before;

	check_line_ends(&l);
	before = f->n;
	if (l.yaml->root != NULL && l.yaml->root->kind == YAML_MAP)
		check_tasks(&l);
	if (!l.readable && f->n == before)
		fsck_add_err(f, "schema", 0, l.name, why);
	free(l.spots);
}
