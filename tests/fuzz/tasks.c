/*
 * tasks: any text as a task file
 *
 * It is refused with a place, or every getter works for every field of every task,
 * ids are all different and found, and next_id is above them.  The picture that reads
 * of the file what is asked for answers the same.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/task.h"

static void
check_field(const struct task *t, enum field f)
{
	struct vec_str texts = { 0 };
	struct vec_id ids = { 0 };
	struct val *v = task_value(t, f);
	struct err e = { 0 };
	size_t n = task_count(t, f);

	must(v == NULL || field_check(f, v, &e) == 0, "%s: %s", field_table[f].name, e.msg);
	must(v != NULL || (task_text(t, f) == NULL && n == 0), "%s", field_table[f].name);
	task_int(t, f, 0);
	task_time(t, f, 0);
	task_span(t, f, 0);
	if (field_table[f].type == FIELD_TEXTS) {
		task_texts(t, f, &texts);
		must(texts.n == n, "%s: %zu of %zu", field_table[f].name, texts.n, n);
		for (size_t i = 0; i < texts.n; i++)
			must(task_has(t, f, texts.v[i]), "%s: %s", field_table[f].name, texts.v[i]);
	} else if (field_table[f].type == FIELD_IDS) {
		task_ids(t, f, &ids);
		must(ids.n == n, "%s: %zu of %zu", field_table[f].name, ids.n, n);
	}
	vec_str_release(&texts);
	vec_id_release(&ids);
	val_free(v);
}

/* The same file as one that was checked before. */
static void
check_known(const struct tasks *ts, const uint8_t *data, size_t len)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct tasks known;
	int rc;

	buf_append(&text, data, len);
	rc = tasks_load_known(&known, &text, "t", &e);
	must(rc == 0, "%s", e.msg);
	must(known.n == ts->n && known.next_id == ts->next_id, "%zu tasks, %lld", known.n,
	    (long long)known.next_id);
	for (size_t i = 0; i < ts->n; i++) {
		const struct task *a = &ts->v[i], *b = &known.v[i];
		struct val *x = task_map(a), *y;

		must(a->id == b->id && a->status == b->status &&
		    task_priority(a) == task_priority(b), "task %lld", (long long)a->id);
		for (int f = 0; f < FIELD_N; f++) {
			struct val *v = task_value(a, (enum field)f), *w = task_value(b, (enum field)f);

			must((v == NULL) == (w == NULL) && (v == NULL || val_same(v, w)), "task %lld: %s",
			    (long long)a->id, field_table[f].name);
			val_free(v);
			val_free(w);
		}
		y = task_map(b);
		must(val_same(x, y), "task %lld", (long long)a->id);
		val_free(x);
		val_free(y);
	}
	tasks_release(&known);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct tasks ts;
	char *copy = text_of(data, len);

	buf_append(&text, data, len);
	if (tasks_load(&ts, &text, "t", &e) < 0) {
		must(e.code == ERR_INVALID && has_place(e.msg, "t", copy, len), "%s", e.msg);
	} else {
		for (size_t i = 0; i < ts.n; i++) {
			const struct task *t = &ts.v[i];
			struct val *map = task_map(t);

			must(t->id > 0 && t->id < ts.next_id, "id %lld", (long long)t->id);
			must(tasks_find(&ts, t->id) == t, "id %lld", (long long)t->id);
			must(map != NULL && map->kind == VAL_MAP && task_text(t, F_TITLE) != NULL, "id %lld",
			    (long long)t->id);
			for (int f = 0; f < FIELD_N; f++)
				check_field(t, (enum field)f);
			val_free(map);
		}
		must(tasks_find(&ts, ts.next_id) == NULL, "next_id %lld", (long long)ts.next_id);
		check_known(&ts, data, len);
		tasks_release(&ts);
	}
	must(text.len == 0, "the text was not taken");
	free(copy);
	return 0;
}
