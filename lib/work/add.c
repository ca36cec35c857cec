#include "work/add.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/table.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/delegate_family.h"

/*
 * What is asked of one picture and the tasks added over it so far.  The tables are
 * filled from the picture when they are first asked; what is added follows.
 */
struct adding {
	struct change *c;
	bool dedupe;
	struct vec_id *ids;
	struct table keys;
	/* By identity(), of the picture, the list and the archive. */
	struct table old_texts, new_texts, archived;
	struct vec_str texts;			/* owns what these three borrow */
	bool has_keys, has_texts, has_archived;
};

struct request {
	const struct project *p;
	const struct val *list;
	const struct vec_id *lines;
	bool dedupe;
	struct vec_id *ids;
};

void
add_identity(struct buf *text, const char *title, const char *body)
{
	str_fold(text, title ? title : "");
	buf_putc(text, '\n');
	str_fold(text, body ? body : "");
}

/* The adding owns it. */
static const char *
identity(struct adding *a, const char *title, const char *body)
{
	struct buf text = { 0 };

	add_identity(&text, title, body);
	vec_str_take(&a->texts, buf_detach(&text));
	return a->texts.v[a->texts.n - 1];
}

/* The archived task, unless it is a copy of one that the file has too. */
static int64_t
if_gone(const struct adding *a, const struct task *t)
{
	return t != NULL && tasks_find(change_tasks(a->c), t->id) == NULL ? t->id : 0;
}

/* The id of the task that has this key, among the old, those added before, and the
 * archived; 0. */
static int64_t
find_key(struct adding *a, const char *key)
{
	const struct tasks *tasks = change_tasks(a->c);
	const char *other;
	int64_t id;

	for (size_t i = 0; !a->has_keys && i < tasks->n; i++)
		if ((other = task_text(&tasks->v[i], F_KEY)) != NULL)
			table_put(&a->keys, other, tasks->v[i].id);
	a->has_keys = true;
	id = table_get(&a->keys, key);
	return id != 0 ? id : if_gone(a, archive_ask_key(change_archive(a->c), key));
}

static int64_t
find_archived(struct adding *a, const char *text)
{
	const struct archive *archive = archive_ask_all(change_archive(a->c));

	for (size_t i = a->has_archived ? 0 : archive->n; i-- > 0;)
		for (size_t k = archive->v[i].tasks->n; k-- > 0;) {
			const struct task *t = &archive->v[i].tasks->v[k];

			if (t->status != ST_CANCELLED && if_gone(a, t) != 0)
				table_put(&a->archived,
				    identity(a, task_text(t, F_TITLE), task_text(t, F_BODY)), t->id);
		}
	a->has_archived = true;
	return table_get(&a->archived, text);
}

/* Those of the list go first: one with a key may be a task of its own, or stand for
 * another than its text would. */
static int64_t
find_text(struct adding *a, const char *text)
{
	const struct tasks *tasks = change_tasks(a->c);
	int64_t id;

	for (size_t i = 0; !a->has_texts && i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		if (t->status != ST_CANCELLED)
			table_put(&a->old_texts,
			    identity(a, task_text(t, F_TITLE), task_text(t, F_BODY)), t->id);
	}
	a->has_texts = true;
	if ((id = table_get(&a->new_texts, text)) == 0 &&
	    (id = table_get(&a->old_texts, text)) == 0)
		id = find_archived(a, text);
	return id;
}

/* A reference by key becomes one by id; numbers stay as they are. */
static int
resolve(struct adding *a, struct val *item, const char *field, struct err *e)
{
	int64_t id;

	if (item->kind != VAL_STR)
		return 0;
	if ((id = find_key(a, item->s)) == 0)
		return err_set(e, ERR_USAGE, "%s: no task has the key '%s'", field, item->s);
	free(item->s);
	item->kind = VAL_INT;
	item->i = id;
	return 0;
}

static int
resolve_all(struct adding *a, struct val *fields, struct err *e)
{
	struct val *depends = val_get(fields, "depends_on"), *parent = val_get(fields, "parent_id");

	if (parent != NULL && resolve(a, parent, "parent_id", e) == -1)
		return -1;
	for (size_t i = 0; depends != NULL && depends->kind == VAL_LIST && i < depends->n; i++)
		if (resolve(a, depends->v[i], "depends_on", e) == -1)
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

int
add_check_title(const struct val *title, struct err *e)
{
	const char *s = val_text(title);

	if (s != NULL && *s != '\0' && s[strspn(s, " \t\v\f")] == '\0')
		return err_set(e, ERR_INVALID, "title: must not be blank");
	return 0;
}

/* All that can be said without the file, before a lock is taken or a folder made. */
static int
check_one(const struct project *p, const struct val *fields, struct err *e)
{
	const char *project;
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
	if (add_check_title(val_get(fields, "title"), e) == -1 ||
	    ((project = val_text(val_get(fields, "project"))) != NULL && repo_check_name(p, project, e) == -1))
		return -1;
	/* References by key are not ids yet, and are checked when they are. */
	known = without_keys(fields);
	r = change_check_fields(known, e);
	val_free(known);
	return r;
}

/* A child is in the project of its parent, unless it names one. */
static void
inherit(const struct change *c, struct val *fields)
{
	const struct val *parent = val_get(fields, "parent_id");
	struct val *project;

	if (parent != NULL && val_get(fields, "project") == NULL &&
	    (project = change_get(c, val_number(parent, 0), F_PROJECT)) != NULL)
		val_put(fields, "project", project);
}

static int
add_one(struct adding *a, const struct val *given, struct err *e)
{
	struct val *fields = val_copy(given);
	/* Of what was given, for the tables keep it. */
	const char *key = val_text(val_get(given, "key")), *text = NULL;
	int64_t id = 0;
	int r = -1;

	if (key != NULL && (id = find_key(a, key)) != 0 && !a->dedupe) {
		err_set(e, ERR_USAGE, "key '%s' belongs to task %lld already (--dedupe takes that one)",
		    key, (long long)id);
		goto done;
	}
	if (a->dedupe)
		text = identity(a, val_text(val_get(given, "title")),
		    val_text(val_get(given, "body")));
	if (id == 0 && text != NULL && key == NULL)
		id = find_text(a, text);
	if (archive_failed(change_archive(a->c), e) == -1)
		goto done;
	if (id == 0) {
		if (resolve_all(a, fields, e) == -1)
			goto done;
		inherit(a->c, fields);
		if (change_add(a->c, fields, &id, e) == -1)
			goto done;
	}
	vec_id_push(a->ids, id);
	if (key != NULL)
		table_put(&a->keys, key, id);
	if (text != NULL)
		table_put(&a->new_texts, text, id);
	r = 0;
done:
	val_free(fields);
	return r;
}

/* Names the line of the input that is at fault; one task from arguments has none. */
static int
blame(const struct vec_id *lines, size_t i, struct err *e)
{
	return lines ? err_prefix(e, "line %lld", (long long)lines->v[i]) : -1;
}

/* A parent has no more children in this way than by orch-delegate.  Asked when all are there,
 * as one of them may be the parent of another. */
static int
check_families(const struct request *q, struct change *c, struct err *e)
{
	struct vec_id links = { 0 }, asked = { 0 };
	struct family family = { .tasks = change_tasks(c), .archive = change_archive(c), .added = &links };
	int64_t parent, first = change_tasks(c)->next_id;
	int r = 0;

	for (size_t i = 0; i < q->ids->n; i++)
		if (q->ids->v[i] >= first && (parent = change_int(c, q->ids->v[i], F_PARENT_ID)) != 0 &&
		    (links.n == 0 || links.v[links.n - 2] < q->ids->v[i])) {
			vec_id_push(&links, q->ids->v[i]);
			vec_id_push(&links, parent);
		}
	for (size_t i = 0; links.n > 0 && i < q->ids->n && r == 0; i++) {
		if (q->ids->v[i] < first || (parent = change_int(c, q->ids->v[i], F_PARENT_ID)) == 0 ||
		    vec_id_has(&asked, parent))
			continue;
		vec_id_push(&asked, parent);
		if ((r = family_room(&family, &q->p->config, parent, 0, e)) == -1)
			blame(q->lines, i, e);
	}
	if (r == 0 && links.n > 0)
		r = archive_failed(family.archive, e);
	family_release(&family);
	vec_id_release(&links);
	vec_id_release(&asked);
	return r;
}

static int
add_all(struct change *c, void *arg, struct err *e)
{
	const struct request *q = arg;
	struct adding a = { .c = c, .dedupe = q->dedupe, .ids = q->ids };
	int r = 0;

	q->ids->n = 0;
	for (size_t i = 0; i < q->list->n && r == 0; i++)
		if (add_one(&a, q->list->v[i], e) == -1)
			r = blame(q->lines, i, e);
	if (r == 0)
		r = check_families(q, c, e);
	table_release(&a.keys);
	table_release(&a.old_texts);
	table_release(&a.new_texts);
	table_release(&a.archived);
	vec_str_release(&a.texts);
	return r;
}

int
add_tasks(struct project *p, const struct store_opts *opts, const struct val *list,
    const struct vec_id *lines, bool dedupe, struct vec_id *ids, struct err *e)
{
	struct request q = { p, list, lines, dedupe, ids };

	for (size_t i = 0; i < list->n; i++)
		if (check_one(p, list->v[i], e) == -1)
			return blame(lines, i, e);
	return store_update(p, opts, add_all, &q, e);
}

struct val *
add_parse(const char *text, size_t len, size_t max, struct vec_id *lines, struct err *e)
{
	struct val *list = val_list(), *v;
	const char *end = text + len;
	size_t number = 0;

	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = stop ? (size_t)(stop - text) : (size_t)(end - text);

		number++;
		if (strspn(text, " \t\r") < n) {
			if (list->n == max) {
				err_set(e, ERR_INVALID, "more than %zu tasks at once", max);
				goto failed;
			}
			if ((v = json_parse(text, n, e)) == NULL) {
				err_prefix(e, "line %zu", number);
				goto failed;
			}
			val_push(list, v);
			vec_id_push(lines, (int64_t)number);
		}
		text += n + (stop != NULL);
	}
	return list;
failed:
	val_free(list);
	return NULL;
}
