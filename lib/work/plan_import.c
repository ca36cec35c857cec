#include "work/plan_import.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/store.h"
#include "work/plan.h"

struct importing {
	const struct plan *plan;
	struct vec_id *ids;
	struct vec_str *differs;
};

/* What the plan has already, by key. */
struct found {
	const struct task **v;
	size_t n, cap;
	struct table keys;		/* places in `v`, from 1 */
};

char *
plan_held(const char *name, int64_t wave)
{
	return xasprintf("wave %lld of plan %s waits for approval (orch-plan approve %s)",
	    (long long)wave, name, name);
}

static char *
key_of(const struct plan *p, size_t i)
{
	return xasprintf("%s/%s", p->name, p->v[i].id);
}

/* ---- what is there ---- */

/* Of the archive (else NULL) the newest copy counts, of what the file does not have. */
static void
find_in(struct found *f, const struct tasks *tasks, const struct tasks *file,
    const struct archive *archive, const char *plan)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		const char *of = task_text(t, F_PLAN), *key;

		if (of == NULL || strcmp(of, plan) != 0)
			continue;
		if (archive != NULL && (tasks_find(file, t->id) != NULL ||
		    archive_find(archive, t->id) != t))
			continue;
		f->v = vec_room(f->v, &f->cap, f->n, sizeof *f->v);
		f->v[f->n++] = t;
		if ((key = task_text(t, F_KEY)) != NULL)
			table_put(&f->keys, key, (int64_t)f->n);
	}
}

static int
find_tasks(const struct change *c, const char *plan, struct found *f, struct err *e)
{
	const struct archive *archive = archive_ask_all(change_archive(c));

	if (archive_failed(change_archive(c), e) == -1)
		return -1;
	find_in(f, change_tasks(c), change_tasks(c), NULL, plan);
	for (size_t i = archive->n; i-- > 0;)
		find_in(f, archive->v[i].tasks, change_tasks(c), archive, plan);
	return 0;
}

/* ---- made ---- */

/* `first` is the id of number 1. */
static struct val *
fields_of(const struct plan *p, size_t i, int64_t first)
{
	const struct plan_task *t = &p->v[i];
	struct val *fields = val_copy(t->fields), *needs = val_list();
	char *key = key_of(p, i);

	val_put(fields, "key", val_str(key));
	val_put(fields, "plan", val_str(p->name));
	val_put(fields, "stage", val_str(p->stages.v[t->stage]));
	for (size_t k = 0; k < t->needs.n; k++)
		val_push(needs, val_int(first + t->needs.v[k] - 1));
	if (needs->n > 0)
		val_put(fields, "depends_on", needs);
	else
		val_free(needs);
	free(key);
	return fields;
}

/* Nothing of the wave starts until it is approved. */
static int
hold(struct change *c, const struct plan *p, const struct plan_task *t, int64_t id, struct err *e)
{
	char *reason;
	int r;

	if (p->mode != PLAN_BATCHING || t->wave == 1)
		return 0;
	reason = plan_held(p->name, t->wave);
	r = change_event(c, id, EV_ASK, NULL, reason, NULL, e);
	free(reason);
	return r;
}

static int
make(struct change *c, const struct importing *m, struct err *e)
{
	const struct plan *p = m->plan;
	/* Nothing was added before, so that the ids follow each other from here on: a task
	 * may need one that comes behind it. */
	int64_t first = change_tasks(c)->next_id, id;
	int r = 0;

	for (size_t i = 0; i < p->n && r == 0; i++) {
		struct val *fields = fields_of(p, i, first);

		if ((r = change_add(c, fields, &id, e)) == 0 && id != first + (int64_t)i)
			abort();
		if (r == 0)
			r = hold(c, p, &p->v[i], id, e);
		vec_id_push(m->ids, id);
		val_free(fields);
	}
	return r;
}

/* ---- there already ---- */

/* Whom the manifest has and the tasks have not, or the other way round. */
static int
refuse_others(const struct plan *p, const char *which, const char *without, size_t more,
    struct err *e)
{
	struct buf b = { 0 };

	if (more > 1)
		buf_printf(&b, " and %zu more", more - 1);
	err_set(e, ERR_INVALID, "plan '%s' was imported %s '%s'%s: nothing is changed; give the "
	    "plan another name", p->name, without, which, buf_str(&b));
	buf_release(&b);
	return -1;
}

static int
check_same_tasks(const struct plan *p, const struct found *f, struct err *e)
{
	struct table keys = { 0 };
	struct vec_str texts = { 0 };
	const char *first = NULL;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < p->n; i++) {
		vec_str_take(&texts, key_of(p, i));
		table_put(&keys, texts.v[i], 1);
		if (table_get(&f->keys, texts.v[i]) == 0 && n++ == 0)
			first = p->v[i].id;
	}
	if (n > 0)
		r = refuse_others(p, first, "without", n, e);
	for (size_t i = 0; r == 0 && i < f->n; i++) {
		const char *key = task_text(f->v[i], F_KEY);

		if ((key == NULL || table_get(&keys, key) == 0) && n++ == 0)
			first = key ? key : "a task without a key";
	}
	if (r == 0 && n > 0)
		r = refuse_others(p, first, "with", n, e);
	table_release(&keys);
	vec_str_release(&texts);
	return r;
}

static void
compare_field(const struct task *t, const char *name, const struct val *want, struct buf *out)
{
	struct val *is = task_value(t, (enum field)field_find(name));

	if (want == NULL ? is != NULL : is == NULL || !val_same(is, want))
		buf_printf(out, "%s%s", out->len > 0 ? ", " : "", name);
	val_free(is);
}

/* Is it still as the manifest has it?  A line if not. */
static void
compare(const struct plan *p, size_t i, const struct task *t, const struct val *want,
    struct vec_str *differs)
{
	struct buf names = { 0 };

	for (size_t k = 0; k < want->n; k++)
		if (strcmp(want->key[k], "agent") != 0 && strcmp(want->key[k], "agent_model") != 0)
			compare_field(t, want->key[k], want->v[k], &names);
	if (val_get(want, "depends_on") == NULL)
		compare_field(t, "depends_on", NULL, &names);
	if (val_get(want, "body") == NULL)
		compare_field(t, "body", NULL, &names);
	if (names.len > 0)
		vec_str_take(differs, xasprintf("task %lld (%s) differs from the manifest in %s and "
		    "stays as it is", (long long)t->id, p->v[i].id, buf_str(&names)));
	buf_release(&names);
}

static int
take(const struct importing *m, const struct found *f, struct err *e)
{
	const struct plan *p = m->plan;

	if (check_same_tasks(p, f, e) == -1)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		char *key = key_of(p, i);

		vec_id_push(m->ids, f->v[table_get(&f->keys, key) - 1]->id);
		free(key);
	}
	for (size_t i = 0; i < p->n; i++) {
		struct val *want = fields_of(p, i, 1), *needs = val_get(want, "depends_on");

		for (size_t k = 0; needs != NULL && k < needs->n; k++)
			needs->v[k]->i = m->ids->v[needs->v[k]->i - 1];
		compare(p, i, f->v[table_get(&f->keys, val_text(val_get(want, "key"))) - 1], want,
		    m->differs);
		val_free(want);
	}
	return 0;
}

static int
import(struct change *c, void *arg, struct err *e)
{
	const struct importing *m = arg;
	struct found f = { 0 };
	int r;

	m->ids->n = 0;
	vec_str_release(m->differs);
	if ((r = find_tasks(c, m->plan->name, &f, e)) == 0)
		r = f.n == 0 ? make(c, m, e) : take(m, &f, e);
	free(f.v);
	table_release(&f.keys);
	return r;
}

int
plan_import(struct project *p, const struct store_opts *opts, const struct plan *plan,
    struct vec_id *ids, struct vec_str *differs, struct err *e)
{
	struct importing m = { plan, ids, differs };

	return store_update(p, opts, import, &m, e);
}
