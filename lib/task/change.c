/*
 * change.c - records over a picture
 *
 * One `struct change_entry` for each task that is touched: for a task of the picture the
 * few fields that change, for a new one its whole map.  Nothing of the picture is
 * altered; reading through change_get() looks at the entry first.
 */
#include "task/change_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "task/event.h"
#include "task/sidecar.h"
#include "task/uid.h"

struct change *
change_new(const struct tasks *tasks, const char *command)
{
	struct change *c = xcalloc(1, sizeof *c);

	c->tasks = tasks;
	c->command = command;
	c->now = clock_now();
	c->next_id = tasks->next_id;
	c->first_new = c->next_id;
	c->of_task = xcalloc(tasks->n, sizeof *c->of_task);
	return c;
}

void
change_free(struct change *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->v[i].n; k++)
			val_free(c->v[i].v[k].value);
		free(c->v[i].v);
		val_free(c->v[i].map);
	}
	for (size_t i = 0; i < c->nevents; i++) {
		free(c->events[i].topic);
		val_free(c->events[i].data);
	}
	val_free(c->next);
	free(c->of_task);
	free(c->of_new);
	free(c->v);
	free(c->events);
	free(c);
}

bool
change_any(const struct change *c)
{
	return c->n > 0 || c->nevents > 0;
}

const struct tasks *
change_tasks(const struct change *c)
{
	return c->tasks;
}

int64_t
change_now(const struct change *c)
{
	return c->now;
}

void
change_use_sidecar(struct change *c, struct sidecar *sidecar)
{
	c->sidecar = sidecar;
}

void
change_use_redact(struct change *c, const struct redact *redact)
{
	c->redact = redact;
}

void
change_use_uids(struct change *c)
{
	c->uids = true;
}

struct val *
change_beside(struct change *c, struct err *e)
{
	return sidecar_value(c->sidecar, e);
}

/* Where the place of the task's entry is noted, or NULL if there is no such task. */
static size_t *
noted(const struct change *c, int64_t id)
{
	const struct task *t;

	if (id >= c->first_new)
		return id < c->next_id ? &c->of_new[id - c->first_new] : NULL;
	t = tasks_find(c->tasks, id);
	return t ? &c->of_task[t - c->tasks->v] : NULL;
}

struct change_entry *
change_find(const struct change *c, int64_t id)
{
	const size_t *place = noted(c, id);

	return place != NULL && *place > 0 ? &c->v[*place - 1] : NULL;
}

static struct change_entry *
add_entry(struct change *c, int64_t id, const struct task *task)
{
	c->v = vec_room(c->v, &c->cap, c->n, sizeof *c->v);
	c->v[c->n] = (struct change_entry){ .id = id, .task = task };
	*noted(c, id) = c->n + 1;
	return &c->v[c->n++];
}

/* The entry of a task, made if need be; NULL with ERR_USAGE if there is no such task. */
static struct change_entry *
touch(struct change *c, int64_t id, struct err *e)
{
	struct change_entry *entry = change_find(c, id);
	const struct task *task;

	if (entry != NULL)
		return entry;
	if ((task = tasks_find(c->tasks, id)) == NULL) {
		err_set(e, ERR_USAGE, "no task %lld", (long long)id);
		return NULL;
	}
	return add_entry(c, id, task);
}

static void
put(struct change_entry *entry, enum field field, struct val *value)
{
	if (entry->map != NULL) {
		if (value != NULL)
			val_put(entry->map, field_table[field].name, value);
		else
			val_drop(entry->map, field_table[field].name);
		return;
	}
	for (size_t i = 0; i < entry->n; i++)
		if (entry->v[i].field == field) {
			val_free(entry->v[i].value);
			entry->v[i].value = value;
			return;
		}
	entry->v = vec_room(entry->v, &entry->cap, entry->n, sizeof *entry->v);
	entry->v[entry->n++] = (struct change_record){ field, value };
}

/* Borrowed: what was recorded.  *recorded tells NULL "removed" from "untouched". */
static const struct val *
recorded(const struct change_entry *entry, enum field field, bool *is)
{
	*is = true;
	if (entry->map != NULL)
		return val_get(entry->map, field_table[field].name);
	for (size_t i = 0; i < entry->n; i++)
		if (entry->v[i].field == field)
			return entry->v[i].value;
	*is = false;
	return NULL;
}

struct val *
change_get(const struct change *c, int64_t id, enum field field)
{
	const struct change_entry *entry = change_find(c, id);
	const struct task *task;
	const struct val *v;
	bool is = false;

	if (entry != NULL) {
		v = recorded(entry, field, &is);
		if (is)
			return v ? val_copy(v) : NULL;
		task = entry->task;
	} else {
		task = tasks_find(c->tasks, id);
	}
	return task ? task_value(task, field) : NULL;
}

bool
change_is_set(const struct change *c, int64_t id, enum field field)
{
	struct val *v = change_get(c, id, field);

	val_free(v);
	return v != NULL;
}

int64_t
change_int(const struct change *c, int64_t id, enum field field)
{
	struct val *v = change_get(c, id, field);
	int64_t n = val_number(v, 0);

	val_free(v);
	return n;
}

enum status
change_status(const struct change *c, int64_t id)
{
	const struct change_entry *entry = change_find(c, id);
	const struct task *task = entry ? entry->task : tasks_find(c->tasks, id);
	const struct val *v;
	bool is = false;

	if (entry != NULL) {
		v = recorded(entry, F_STATUS, &is);
		if (is)
			return v ? (enum status)state_find(val_text(v)) : ST_NEW;
	}
	return task ? task->status : ST_NONE;
}

/* Does the new value name something that the old one did not?  A link that only goes
 * needs no check: it is how a person mends one. */
static bool
adds_link(enum field field, const struct val *old, const struct val *new)
{
	if (new == NULL || (field != F_DEPENDS_ON && field != F_PARENT_ID && field != F_KEY))
		return false;
	if (new->kind != VAL_LIST || old == NULL)
		return true;
	for (size_t i = 0; i < new->n; i++) {
		bool there = false;

		for (size_t k = 0; k < old->n && !there; k++)
			there = val_same(new->v[i], old->v[k]);
		if (!there)
			return true;
	}
	return false;
}

/* The fields that hold what agents, checks and programs said. */
static bool
is_said(enum field field)
{
	static const enum field said[] = {
		F_REASON, F_ROUTE_REASON, F_ROUTE_WARNING, F_LAST_ERROR, F_SUMMARY, F_ACCOMPLISHED,
		F_REMAINING, F_WARNINGS, F_BLOCKERS, F_FILES_CHANGED, F_QUESTION, F_REVIEW_NOTES, F_HISTORY,
	};

	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (said[i] == field)
			return true;
	return false;
}

/* Secrets are taken out here, so that no way into the file passes by. */
static struct val *
washed(const struct change *c, enum field field, struct val *value)
{
	struct val *copy;

	if (value == NULL || !is_said(field))
		return value;
	copy = redact_val(c->redact, value);
	val_free(value);
	return copy;
}

int
change_record(struct change *c, int64_t id, enum field field, struct val *value, struct err *e)
{
	struct change_entry *entry;
	struct val *old = change_get(c, id, field);
	char when[CLOCK_MAX];
	int r = -1;

	value = washed(c, field, value);
	if ((old == NULL && value == NULL && tasks_find(c->tasks, id) != NULL) ||
	    (old != NULL && value != NULL && val_same(old, value))) {
		r = 0;
		goto done;
	}
	if ((entry = touch(c, id, e)) == NULL)
		goto done;
	entry->links = entry->links || adds_link(field, old, value);
	put(entry, field, value);
	value = NULL;
	if (entry->map == NULL && field != F_UPDATED_AT) {
		clock_format(c->now, when);
		put(entry, F_UPDATED_AT, val_str(when));
	}
	r = 0;
done:
	val_free(value);
	val_free(old);
	return r;
}

int
change_set(struct change *c, int64_t id, enum field field, struct val *value, struct err *e)
{
	if (field == F_ID || field == F_STATUS || field == F_HISTORY) {
		val_free(value);
		return err_set(e, ERR_USAGE, "%s is not set by hand", field_table[field].name);
	}
	if (value != NULL && (field_check(field, value, e) == -1 ||
	    field_check_meaning(field, value, e) == -1)) {
		val_free(value);
		return -1;
	}
	return change_record(c, id, field, value, e);
}

/* An item of a list as its type wants it. */
static struct val *
list_item(enum field field, const char *text, struct err *e)
{
	int64_t id;

	if (field_table[field].type == FIELD_TEXTS)
		return val_str(text);
	if (field_table[field].type == FIELD_IDS) {
		if (num_id(text, &id) == 0)
			return val_int(id);
		err_set(e, ERR_USAGE, "%s: '%s' is no task id", field_table[field].name, text);
		return NULL;
	}
	err_set(e, ERR_USAGE, "%s is not a list", field_table[field].name);
	return NULL;
}

/* A copy of the list without the item; with it at the end if `add`. */
static struct val *
list_with(const struct val *list, struct val *item, bool add)
{
	struct val *copy = val_list();
	bool there = false;

	for (size_t i = 0; list != NULL && i < list->n; i++) {
		bool same = val_same(list->v[i], item);

		there = there || same;
		if (add || !same)
			val_push(copy, val_copy(list->v[i]));
	}
	if (add && !there)
		val_push(copy, val_copy(item));
	return copy;
}

int
change_list(struct change *c, int64_t id, enum field field, const char *add,
    const char *remove, struct err *e)
{
	struct val *item = list_item(field, add ? add : remove, e), *old, *list;

	if (item == NULL)
		return -1;
	old = change_get(c, id, field);
	list = list_with(old, item, add != NULL);
	val_free(item);
	if (list->n == 0 && (old == NULL || old->n > 0)) {
		val_free(list);
		list = NULL;
	}
	val_free(old);
	return change_set(c, id, field, list, e);
}

void
change_tell(struct change *c, const char *topic, int64_t id, int attempt, struct val *data)
{
	c->events = vec_room(c->events, &c->events_cap, c->nevents, sizeof *c->events);
	c->events[c->nevents++] = (struct change_telling){ xstrdup(topic), id, attempt, data };
}

/* How many events stand behind what happens to the task: those that it was made for, or we. */
static int
depth_of(const struct change *c, int64_t id)
{
	struct val *kept = id > 0 ? change_get(c, id, F_EVENT_DEPTH) : NULL;
	int64_t depth = val_number(kept, 0);

	val_free(kept);
	return depth > event_depth() ? (int)depth : event_depth();
}

/*
 * What a person gave and what every new task gets, in the order of the table;
 * what is not in the table stands behind.
 */
static struct val *
new_map(const struct change *c, const struct val *fields, int64_t id, const char *uid,
    enum status status)
{
	struct val *map = val_map();
	int depth = depth_of(c, val_number(val_get(fields, "parent_id"), 0));
	const struct val *v;
	char when[CLOCK_MAX];

	clock_format(c->now, when);
	for (int f = 0; f < FIELD_N; f++) {
		const char *name = field_table[f].name;

		if (f == F_ID)
			val_put(map, name, val_int(id));
		else if (f == F_STATUS)
			val_put(map, name, val_str(state_name(status)));
		else if (f == F_CREATED_AT)
			val_put(map, name, val_str(when));
		else if (f == F_EVENT_DEPTH && depth > 0)
			val_put(map, name, val_int(depth));
		else if ((v = val_get(fields, name)) != NULL && v->kind != VAL_NULL)
			val_put(map, name, val_copy(v));
		else if (f == F_CREATED_BY)
			val_put(map, name, val_str(c->command));
		else if (f == F_UID && uid != NULL)
			val_put(map, name, val_str(uid));
	}
	for (size_t i = 0; i < fields->n; i++)
		if (field_find(fields->key[i]) == -1)
			val_put(map, fields->key[i], val_copy(fields->v[i]));
	return map;
}

int
change_check_fields(const struct val *fields, struct err *e)
{
	int f;

	if (fields->kind != VAL_MAP)
		return err_set(e, ERR_INVALID, "a map is expected, found %s",
		    val_kind_name(fields->kind));
	for (size_t i = 0; i < fields->n; i++) {
		if ((f = field_find(fields->key[i])) == -1 || fields->v[i]->kind == VAL_NULL)
			continue;
		if (field_table[f].owner == FIELD_STATE || f == F_ID)
			return err_set(e, ERR_INVALID, "%s cannot be given", fields->key[i]);
		if (field_check((enum field)f, fields->v[i], e) == -1 ||
		    field_check_meaning((enum field)f, fields->v[i], e) == -1)
			return -1;
	}
	if (val_text(val_get(fields, "title")) == NULL)
		return err_set(e, ERR_INVALID, "title is missing");
	return 0;
}

int
change_add(struct change *c, const struct val *fields, int64_t *id, struct err *e)
{
	struct state_facts facts = { .has_agent = val_text(val_get(fields, "agent")) != NULL };
	struct change_entry *entry;
	char number[32], *uid = NULL;
	struct val *parent;
	enum status status;

	if (change_check_fields(fields, e) == -1 ||
	    state_next(ST_NONE, EV_ADD, &facts, &status, e) == -1)
		return -1;
	/* The one after it must still be a number that the file may hold. */
	if (c->next_id >= NUM_ID_MAX)
		return err_set(e, ERR_INVALID, "next_id is used up");
	if (c->uids && (uid = uid_new(e)) == NULL)
		return -1;
	*id = c->next_id++;
	c->of_new = vec_room(c->of_new, &c->of_new_cap, (size_t)(*id - c->first_new),
	    sizeof *c->of_new);
	c->numbered = true;
	entry = add_entry(c, *id, NULL);
	entry->map = new_map(c, fields, *id, uid, status);
	free(uid);
	entry->links = true;
	change_tell_state(c, *id, ST_NONE, status, EV_ADD, NULL, NULL);
	if ((parent = val_get(entry->map, "parent_id")) != NULL) {
		snprintf(number, sizeof number, "%lld", (long long)*id);
		return change_list(c, parent->i, F_CHILDREN, number, NULL, e);
	}
	return 0;
}

int
change_remove(struct change *c, int64_t id, struct err *e)
{
	struct change_entry *entry;

	if (change_status(c, id) == ST_IN_PROGRESS)
		return err_set(e, ERR_USAGE, "task %lld is in progress", (long long)id);
	if ((entry = touch(c, id, e)) == NULL)
		return -1;
	if (entry->task == NULL)
		return err_set(e, ERR_USAGE, "task %lld is not in the file yet", (long long)id);
	/* No task may be left that tells that the id was given. */
	entry->removed = c->numbered = true;
	return 0;
}

void
change_restored(struct change *c, int64_t gen)
{
	struct val *data = val_map();

	val_put(data, "generation", val_int(gen));
	change_tell(c, "file.restored", 0, 0, data);
	c->numbered = true;
}

void
change_adopt(struct change *c)
{
	/* By an outline there is none without an id. */
	for (size_t i = 0; c->tasks->whole && i < c->tasks->n; i++) {
		const struct task *t = &c->tasks->v[i];
		struct change_entry *entry;

		if (task_is_set(t, F_ID))
			continue;
		if ((entry = change_find(c, t->id)) == NULL)
			entry = add_entry(c, t->id, t);
		put(entry, F_ID, val_int(t->id));
		change_tell(c, "task.adopted", t->id, 0, NULL);
		c->numbered = true;
	}
}

int64_t
change_next_id(const struct change *c)
{
	return c->next_id;
}

void
change_events(const struct change *c, int64_t gen, int64_t *seq, struct buf *lines)
{
	for (size_t i = 0; i < c->nevents; i++)
		event_line(lines, ++*seq, gen, c->now, &(struct event){ .topic = c->events[i].topic,
		    .task = c->events[i].id, .attempt = c->events[i].attempt,
		    .depth = depth_of(c, c->events[i].id), .data = c->events[i].data,
		    .redact = c->redact });
}
