/*
 * archive_write.c - the lines of a task move into the archive
 *
 * An item of a block list is a run of whole lines, from its dash to the end of its
 * last value, and lines can be copied, moved to another indentation at most.  What that
 * makes of it is not argued but tried: the copy is read, and if it does not say what the
 * task says (an anchor is missing, a line stood too far left, a block scalar ended
 * otherwise), the task is written anew from its values, without its comments.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/archive_impl.h"
#include "task/project.h"
#include "task/task_lines.h"

#define HEAD "# Finished tasks, moved here by orch-gc.\ntasks:\n"
#define LEAD "tasks:\n"
#define COLUMN 2		/* of the dashes in a new file, where no task says otherwise */

struct sources {
	const struct task **v;
	size_t n, cap;
};

/* ---- lines ---- */

/* The task in whose mapping the byte stands, or tasks->n. */
static size_t
owner(const struct tasks *tasks, size_t at)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const struct yaml_node *map = task_node(&tasks->v[i]);
		const struct yaml_prop *prop = yaml_prop(map);
		size_t start = prop != NULL && prop->start < map->start ? prop->start : map->start;

		if (at >= start && at < map->end)
			return i;
	}
	return tasks->n;
}

void
archive_needed(const struct tasks *tasks, bool *needed)
{
	const struct yaml_prop *prop;
	size_t of;

	const struct yaml_node *list;
	size_t i = 0;

	/* A picture that is read task by task has no aliases. */
	if (!tasks->whole || tasks->n == 0)
		return;
	list = yaml_get(tasks->yaml.root, "tasks");
	for (const struct yaml_node *n = list->child; n != NULL; n = n->next, i++)
		needed[i] = n->kind == YAML_ALIAS;
	for (const struct yaml_node *n = tasks->yaml.alias; n != NULL; n = prop->next) {
		prop = yaml_prop(n);
		of = owner(tasks, prop->target->start);
		if (of < tasks->n && of != owner(tasks, prop->start))
			needed[of] = true;
	}
}

/* Appends lines with their indentation changed; false: one stands too far left. */
static bool
put_shifted(struct buf *out, const char *text, size_t len, size_t from, size_t to)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = stop ? (size_t)(stop - text) + 1 : (size_t)(end - text), less = 0;

		if (strchr("\n", text[strspn(text, " \t\r")]) != NULL) {
			buf_append(out, text, n);
			text += n;
			continue;
		}
		for (size_t i = from; i < to; i++)
			buf_putc(out, ' ');
		while (less < n && from > to && less < from - to && text[less] == ' ')
			less++;
		if (from > to && less < from - to && text[less] != '#')
			return false;
		buf_append(out, text + less, n - less);
		text += n;
	}
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	return true;
}

/* ---- is it the same? ---- */

static bool
same_task(const struct task *a, const struct task *b)
{
	struct val *x, *y;
	bool same;

	if (a->id != b->id)
		return false;
	x = task_map(a);
	y = task_map(b);
	same = val_same(x, y);
	val_free(x);
	val_free(y);
	return same;
}

/* Does the text say just these tasks, in this order? */
static bool
says(const struct buf *text, const struct task *const *v, size_t n, struct err *e)
{
	struct tasks tasks;
	bool same;

	if (tasks_view(&tasks, text, "archive", e) == -1)
		return false;
	same = tasks.n == n;
	for (size_t i = 0; i < n && same; i++)
		if (!(same = same_task(&tasks.v[i], v[i])))
			err_set(e, ERR_INVALID, "task %lld", (long long)v[i]->id);
	tasks_release(&tasks);
	return same;
}

/* ---- one item ---- */

/* Its lines, if alone they say what it says. */
static bool
copy_item(const struct task *t, size_t column, struct buf *out)
{
	struct buf text = { 0 };
	struct err no = { 0 };
	struct task_lines l;
	bool good;

	buf_puts(&text, LEAD);
	good = task_lines_find(t, &l) && put_shifted(&text, task_tree(t)->text + l.start,
	    l.end - l.start, l.column, column) && says(&text, &t, 1, &no);
	if (good)
		buf_append(out, text.data + strlen(LEAD), text.len - strlen(LEAD));
	buf_release(&text);
	return good;
}

static void
write_item(const struct task *t, size_t column, struct buf *out)
{
	struct val *root = val_map(), *list = val_list();
	struct buf text = { 0 };
	const char *item;

	val_push(list, task_map(t));
	val_put(root, "tasks", list);
	edit_document(&text, root);
	item = strchr(buf_str(&text), '\n') + 1;
	put_shifted(out, item, strlen(item), strspn(item, " "), column);
	buf_release(&text);
	val_free(root);
}

static void
put_item(const struct task *t, size_t column, struct buf *out)
{
	if (!copy_item(t, column, out))
		write_item(t, column, out);
}

/* Where the dashes of a list stand. */
static size_t
column_of(const struct task *const *v, size_t n)
{
	struct task_lines l;

	for (size_t i = 0; i < n; i++)
		if (task_lines_find(v[i], &l))
			return l.column;
	return COLUMN;
}

/* ---- a file ---- */

static int
compare_ids(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool
among(const struct vec_id *sorted, int64_t id)
{
	return sorted->n > 0 &&
	    bsearch(&id, sorted->v, sorted->n, sizeof *sorted->v, compare_ids) != NULL;
}

static void
add_source(struct sources *l, const struct task *t)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n++] = t;
}

/* The file as it is, without the lines of those that give way; false: they have none. */
static bool
put_rest(const struct tasks *old, const struct vec_id *gone, struct buf *out)
{
	const char *text = buf_str(&old->text);
	size_t at = 0;
	struct task_lines l;

	for (size_t i = 0; i < old->n; i++) {
		if (!among(gone, old->v[i].id))
			continue;
		if (!task_lines_find(&old->v[i], &l) || l.start < at)
			return false;
		buf_append(out, text + at, l.start - at);
		at = l.end;
	}
	buf_append(out, text + at, old->text.len - at);
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	return true;
}

/*
 * The text of a file: `all` is what it shall have, the first `kept` of them are there
 * already.  Where the layout of what is there does not let lines come or go, all of it is
 * laid out anew.
 */
static int
compose(const struct tasks *old, const struct vec_id *gone, const struct sources *all,
    size_t kept, struct buf *out, struct err *e)
{
	size_t column = column_of(all->v, all->n);

	if (old->text.len == 0 || !put_rest(old, gone, out)) {
		buf_cut(out, 0);
		buf_puts(out, HEAD);
		kept = 0;
	}
	for (size_t i = kept; i < all->n; i++)
		put_item(all->v[i], column, out);
	if (says(out, all->v, all->n, e))
		return 0;
	if (kept > 0 || old->text.len > 0) {
		buf_cut(out, 0);
		buf_puts(out, HEAD);
		for (size_t i = 0; i < all->n; i++)
			put_item(all->v[i], column, out);
		if (says(out, all->v, all->n, e))
			return 0;
	}
	return err_prefix(e, "the archive would not say what it should");
}

/*
 * Writes the file without the tasks of `gone`, and with those of `more`.  A file that
 * has none of the first and gets none of the second stays as it is.
 */
static int
rewrite(const struct project *p, int dir, const char *name, const struct vec_id *gone,
    const struct sources *more, struct err *e)
{
	struct tasks old = { 0 };
	struct sources all = { 0 };
	struct buf text = { 0 };
	size_t kept;
	int r;

	if ((r = archive_load(p, name, &old, e)) == -1)
		return -1;
	for (size_t i = 0; i < old.n; i++)
		if (!among(gone, old.v[i].id))
			add_source(&all, &old.v[i]);
	kept = all.n;
	for (size_t i = 0; i < more->n; i++)
		add_source(&all, more->v[i]);
	r = 0;
	if (kept < old.n || all.n > kept)
		r = compose(&old, gone, &all, kept, &text, e) == -1 ? -1 :
		    fs_replace(dir, name, buf_str(&text), text.len, 0600, e);
	buf_release(&text);
	free(all.v);
	tasks_release(&old);
	return r;
}

int
archive_append(struct project *p, int64_t now, const struct tasks *leaving, const int64_t *ids,
    size_t n, struct err *e)
{
	struct vec_id gone = { 0 };
	struct vec_str names = { 0 };
	struct sources more = { 0 };
	const struct sources none = { 0 };
	char name[CLOCK_MAX];
	int dir, r = -1;

	clock_format(now, name);
	memcpy(name + strlen("YYYY-MM"), ".yml", sizeof ".yml");
	if ((dir = project_dir(p, ARCHIVE_DIR, e)) == -1 || archive_names(p, &names, e) == -1)
		goto done;
	for (size_t i = 0; i < n; i++) {
		const struct task *t = tasks_find(leaving, ids[i]);

		if (t == NULL || task_int(t, F_ID, 0) != t->id)
			abort();
		add_source(&more, t);
		vec_id_push(&gone, ids[i]);
	}
	if (n > 0)
		qsort(gone.v, n, sizeof *gone.v, compare_ids);
	r = 0;
	for (size_t i = 0; i < names.n && r == 0; i++)
		if (strcmp(names.v[i], name) != 0)
			r = rewrite(p, dir, names.v[i], &gone, &none, e);
	if (r == 0 && n > 0)
		r = rewrite(p, dir, name, &gone, &more, e);
done:
	if (dir != -1)
		close(dir);
	vec_id_release(&gone);
	vec_str_release(&names);
	free(more.v);
	return r;
}
