/*
 * fsck_schema - all that is wrong with the text of the task file
 *
 * A reader stops at the first fault; here each field of each task is looked at, so
 * that a person mends them in one go.  What cannot be told from single fields (no
 * YAML, no map, a wrong next_id) is what the reader said.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/field.h"
#include "task/project.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/fsck_mend.h"

struct look {
	struct findings *f;
	const struct yaml *yaml;
	const char *name;
	bool readable;		/* as a whole */
};

struct id_place {
	int64_t id;
	uint32_t at;
};

static char *
place_of(const struct look *l, uint32_t offset)
{
	size_t line, col;

	yaml_place(l->yaml, offset, &line, &col);
	return xasprintf("%s:%zu:%zu", l->name, line, col);
}

static void
fault(const struct look *l, uint32_t offset, int64_t task, const char *message)
{
	char *place = place_of(l, offset);

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
check_line_ends(const struct look *l, const struct buf *text)
{
	uint32_t cp;

	for (size_t i = 0; i < text->len;) {
		size_t used = str_decode(text->data + i, text->len - i, &cp);
		const char *name = line_end_name(cp);

		if (name != NULL) {
			size_t line, col;
			char *place, *message;

			str_place(text->data, i, &line, &col);
			place = xasprintf("%s:%zu:%zu", l->name, line, col);
			message = xasprintf("the character %s ends a line for YAML and for hardly any "
			    "editor: remove it, or write it as an escape in double quotes", name);
			fsck_add(l->f, "schema", 0, place, "%s", message);
			free(place);
			free(message);
		}
		i += used;
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
check_fields(const struct look *l, const struct yaml_node *task)
{
	int64_t id = id_of(task);

	for (int i = 0; i < FIELD_N; i++) {
		const struct yaml_node *raw = yaml_get(task, field_table[i].name), *where;
		const struct yaml_node *node = raw ? yaml_deref(raw) : NULL;
		struct err bad = { 0 };

		if (!is_null(node) && field_check_node((enum field)i, node, &where, &bad) == -1)
			fault(l, where == node && raw->key != NULL ? raw->key->start : where->start, id,
			    bad.msg);
	}
	if (is_null(yaml_get(task, "title")))
		fault(l, task->start, id, "title: missing");
}

static void
check_no_id(const struct look *l, const struct yaml_node *task)
{
	const struct yaml_node *title = yaml_get(task, "title");
	char *place;

	if (!l->readable || !is_null(yaml_get(task, "id")))
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
check_unique(const struct look *l, struct id_place *ids, size_t n)
{
	size_t line, col;

	qsort(ids, n, sizeof *ids, compare_ids);
	for (size_t i = 1, first = 0; i < n; i++) {
		char *message;

		if (ids[i].id != ids[first].id) {
			first = i;
			continue;
		}
		yaml_place(l->yaml, ids[first].at, &line, &col);
		message = xasprintf("id %lld is used twice, first at line %zu", (long long)ids[i].id,
		    line);
		fault(l, ids[i].at, ids[i].id, message);
		free(message);
	}
}

static void
check_tasks(const struct look *l)
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
		check_fields(l, task);
		check_no_id(l, task);
		if ((id = yaml_get(task, "id")) != NULL && id_of(task) != 0)
			ids[n++] = (struct id_place){ id_of(task), id->start };
	}
	check_unique(l, ids, n);
	free(ids);
}

static void
check_text(struct look *l, const struct buf *text)
{
	struct yaml yaml = { 0 };
	struct err bad = { 0 }, unread = { 0 };
	size_t before = l->f->n;

	/* What a reader says of the text itself; a picture that is shown may be of an older one. */
	l->readable = tasks_check(text, l->name, &bad) == 0;
	check_line_ends(l, text);
	if (yaml_parse(&yaml, buf_str(text), text->len, l->name, &unread) == 0) {
		l->yaml = &yaml;
		if (yaml.root != NULL && yaml.root->kind == YAML_MAP)
			check_tasks(l);
		yaml_release(&yaml);
	}
	if (!l->readable && l->f->n == before)
		fsck_add_err(l->f, "schema", 0, l->name, &bad);
}

int
fsck_schema(struct findings *f, const struct project *p, const struct tasks *shown,
    const struct err *whole, struct err *e)
{
	struct look l = { .f = f, .name = path_base(p->tasks) };
	char *real = realpath(p->tasks, NULL);
	struct buf text = { 0 };
	int r = 0;

	if (real != NULL && fs_read(AT_FDCWD, real, FS_FILE_MAX, &text, e) == 0) {
		check_text(&l, &text);
		r = l.readable;
	} else if (real != NULL && e->code == ERR_SYSTEM) {
		r = -1;
	} else if (whole != NULL) {
		fsck_add_err(f, "schema", 0, l.name, whole);
	} else if (shown->n == 0) {
		r = 1;
	}
	/* Where it is gone or empty, readers show what was in it. */
	if (r != -1 && whole != NULL && l.readable) {
		fsck_add_err(f, "schema", 0, l.name, whole);
		r = 0;
	} else if (r != -1 && whole == NULL && text.len == 0 && shown->n > 0) {
		fsck_add(f, "schema", 0, l.name, "it is %s, and was not: what commands show is a former "
		    "generation", real ? "empty" : "gone");
		r = 0;
	}
	buf_release(&text);
	free(real);
	return r;
}
