#include "work/add.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/store.h"

struct adding {
	const struct val *list;
	bool dedupe;
	struct vec_id *ids;
};

/* What makes two tasks the same: title and body, folded. */
static char *
identity(const char *title, const char *body)
{
	struct buf text = { 0 };

	str_fold(&text, title ? title : "");
	buf_putc(&text, '\n');
	str_fold(&text, body ? body : "");
	return buf_detach(&text);
}

/* The id of the task that has this key, among the old and those added before; 0. */
static int64_t
find_key(const struct change *c, const struct adding *adding, size_t before, const char *key)
{
	const struct tasks *tasks = change_tasks(c);

	for (size_t i = 0; i < before; i++) {
		const char *other = val_text(val_get(adding->list->v[i], "key"));

		if (other != NULL && strcmp(other, key) == 0)
			return adding->ids->v[i];
	}
	for (size_t i = 0; i < tasks->n; i++) {
		const char *other = task_text(&tasks->v[i], F_KEY);

		if (other != NULL && strcmp(other, key) == 0)
			return tasks->v[i].id;
	}
	return 0;
}

static int64_t
find_text(const struct change *c, const struct adding *adding, size_t before,
    const struct val *fields)
{
	const struct tasks *tasks = change_tasks(c);
	char *mine = identity(val_text(val_get(fields, "title")), val_text(val_get(fields, "body")));
	int64_t found = 0;

	for (size_t i = 0; i < before && found == 0; i++) {
		const struct val *o = adding->list->v[i];
		char *other = identity(val_text(val_get(o, "title")), val_text(val_get(o, "body")));

		if (strcmp(mine, other) == 0)
			found = adding->ids->v[i];
		free(other);
	}
	for (size_t i = 0; i < tasks->n && found == 0; i++) {
		const struct task *t = &tasks->v[i];
		char *other;

		if (t->status == ST_CANCELLED)
			continue;
		other = identity(task_text(t, F_TITLE), task_text(t, F_BODY));
		if (strcmp(mine, other) == 0)
			found = t->id;
		free(other);
	}
	free(mine);
	return found;
}

/* A reference by key becomes one by id; numbers stay as they are. */
static int
resolve(const struct change *c, const struct adding *adding, size_t before, struct val *item,
    const char *field, struct err *e)
{
	int64_t id;

	if (item->kind != VAL_STR)
		return 0;
	if ((id = find_key(c, adding, before, item->s)) == 0)
		return err_set(e, ERR_USAGE, "%s: no task has the key '%s'", field, item->s);
	free(item->s);
	item->kind = VAL_INT;
	item->i = id;
	return 0;
}

static int
resolve_all(const struct change *c, const struct adding *adding, size_t before,
    struct val *fields, struct err *e)
{
	struct val *depends = val_get(fields, "depends_on"), *parent = val_get(fields, "parent_id");

	if (parent != NULL && resolve(c, adding, before, parent, "parent_id", e) == -1)
		return -1;
	for (size_t i = 0; depends != NULL && depends->kind == VAL_LIST && i < depends->n; i++)
		if (resolve(c, adding, before, depends->v[i], "depends_on", e) == -1)
			return -1;
	return 0;
}

static struct val *
without_keys(const struct val *fields)
{
	struct val *copy = val_copy(fields), *depends = val_get(copy, "depends_on");
	struct val *ids = val_list();

	for (size_t i = 0; depends != NULL && depends->kind == VAL_LIST && i < depends->n; i++)
		if (depends->v[i]->kind != VAL_STR)
			val_push(ids, val_copy(depends->v[i]));
	if (depends != NULL && depends->kind == VAL_LIST)
		val_put(copy, "depends_on", ids);
	else
		val_free(ids);
	if (val_text(val_get(copy, "parent_id")) != NULL)
		val_drop(copy, "parent_id");
	return copy;
}

/* All that can be said without the file, before a lock is taken or a folder made. */
static int
check_one(const struct val *fields, struct err *e)
{
	struct val *known;
	int r;

	if (fields->kind != VAL_MAP)
		return err_set(e, ERR_INVALID, "an object is expected, found %s",
		    val_kind_name(fields->kind));
	for (size_t i = 0; i < fields->n; i++) {
		int f = field_find(fields->key[i]);

		if (f != -1 && f != F_PARENT_ID && field_table[f].owner != FIELD_PERSON)
			return err_set(e, ERR_INVALID, "%s cannot be given", fields->key[i]);
	}
	/* References by key are not ids yet, and are checked when they are. */
	known = without_keys(fields);
	r = change_check_fields(known, e);
	val_free(known);
	return r;
}

static int
add_one(struct change *c, const struct adding *adding, size_t i, struct err *e)
{
	struct val *fields = val_copy(adding->list->v[i]);
	const char *key = val_text(val_get(fields, "key"));
	int64_t id = 0;
	int r = -1;

	if (key != NULL && (id = find_key(c, adding, i, key)) != 0 && !adding->dedupe) {
		err_set(e, ERR_USAGE, "key '%s' belongs to task %lld already (--dedupe takes that one)",
		    key, (long long)id);
		goto done;
	}
	if (id == 0 && adding->dedupe && key == NULL)
		id = find_text(c, adding, i, fields);
	if (id == 0 && (resolve_all(c, adding, i, fields, e) == -1 ||
	    change_add(c, fields, &id, e) == -1))
		goto done;
	vec_id_push(adding->ids, id);
	r = 0;
done:
	val_free(fields);
	return r;
}

static int
blame(const struct val *list, size_t i, struct err *e)
{
	return list->n > 1 ? err_prefix(e, "task %zu", i + 1) : -1;
}

static int
add_all(struct change *c, void *arg, struct err *e)
{
	struct adding *adding = arg;

	adding->ids->n = 0;
	for (size_t i = 0; i < adding->list->n; i++)
		if (add_one(c, adding, i, e) == -1)
			return blame(adding->list, i, e);
	return 0;
}

int
add_tasks(struct project *p, const struct store_opts *opts, const struct val *list,
    bool dedupe, struct vec_id *ids, struct err *e)
{
	struct adding adding = { list, dedupe, ids };

	for (size_t i = 0; i < list->n; i++)
		if (check_one(list->v[i], e) == -1)
			return blame(list, i, e);
	return store_update(p, opts, add_all, &adding, e);
}

struct val *
add_parse(const char *text, size_t len, struct err *e)
{
	struct val *list = val_list(), *v;
	const char *end = text + len;
	size_t number = 0;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = stop ? (size_t)(stop - text) : (size_t)(end - text);

		number++;
		if (strspn(text, " \t\r") < n) {
			if (list->n == ADD_MAX) {
				err_set(e, ERR_INVALID, "more than %d tasks at once", ADD_MAX);
				goto failed;
			}
			if ((v = json_parse(text, n, e)) == NULL) {
				err_prefix(e, "line %zu", number);
				goto failed;
			}
			val_push(list, v);
		}
		text += n + (stop != NULL);
	}
	return list;
failed:
	val_free(list);
	return NULL;
}
