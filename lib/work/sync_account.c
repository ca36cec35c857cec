#include "work/sync_account.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "doc/val.h"
#include "task/task.h"

void
sync_account_add(struct sync_account *r, const char *what, int64_t task, int64_t number, bool left,
    const char *detail)
{
	struct val *line = val_map();

	val_add(line, "schema", val_int(1));
	val_add(line, "do", val_str(what));
	if (task != 0)
		val_add(line, "task", val_int(task));
	if (number != 0)
		val_add(line, "number", val_int(number));
	if (detail != NULL && *detail != '\0')
		val_add(line, "detail", val_str(detail));
	if (left)
		val_add(line, "left", val_bool(true));
	r->left += left;
	if (r->lines == NULL)
		r->lines = val_list();
	val_push(r->lines, line);
}

bool
sync_account_has(const struct sync_account *r, const char *what, int64_t task, int64_t number,
    bool left, const char *detail)
{
	for (size_t i = 0; r->lines != NULL && i < r->lines->n; i++) {
		const struct val *line = r->lines->v[i];
		const char *text = val_text(val_get(line, "detail"));

		if (val_number(val_get(line, "number"), 0) == number &&
		    val_number(val_get(line, "task"), 0) == task &&
		    val_truth(val_get(line, "left"), false) == left &&
		    strcmp(val_text(val_get(line, "do")), what) == 0 &&
		    strcmp(text != NULL ? text : "", detail != NULL ? detail : "") == 0)
			return true;
	}
	return false;
}

void
sync_account_later(struct sync_account *r)
{
	val_add(r->lines->v[r->lines->n - 1], "later", val_bool(true));
}

void
sync_account_again(struct sync_account *r)
{
	val_add(r->lines->v[r->lines->n - 1], "again", val_bool(true));
}

bool
sync_account_is_later(const struct val *line)
{
	return val_truth(val_get(line, "later"), false);
}

void
sync_account_fit(struct sync_account *r, const struct tasks *tasks)
{
	size_t n = 0;

	for (size_t i = 0; i < r->changed.n; i++) {
		const struct task *t = tasks_find(tasks, r->changed.v[i]);

		if (t != NULL && (t->status == ST_NEW || t->status == ST_ROUTED))
			r->changed.v[n++] = t->id;
	}
	r->changed.n = n;
}

void
sync_account_release(struct sync_account *r)
{
	val_free(r->lines);
	vec_id_release(&r->changed);
	vec_str_release(&r->notes);
	*r = (struct sync_account){ 0 };
}

struct val *
sync_account_sums(const struct sync_account *r)
{
	struct val *sums = val_map();

	val_add(sums, "schema", val_int(1));
	val_add(sums, "do", val_str("sums"));
	val_add(sums, "requests", val_int(r->requests));
	val_add(sums, "billed", val_int(r->billed));
	val_add(sums, "writes", val_int(r->writes));
	val_add(sums, "seconds", val_int(r->seconds));
	val_add(sums, "changed", val_int((int64_t)r->changed.n));
	val_add(sums, "left", val_int((int64_t)r->left));
	return sums;
}

void
sync_account_plan(const struct sync_account *r, char out[SYNC_PLAN_MAX])
{
	char time[NUM_DURATION_MAX];

	num_duration_text(r->seconds * 1000, time);
	snprintf(out, SYNC_PLAN_MAX, "%lld writes, which take %s at least, after %lld requests",
	    (long long)r->writes, time, (long long)r->requests);
}

void
sync_account_text(const struct val *line, struct buf *out)
{
	int64_t task = val_number(val_get(line, "task"), 0);
	int64_t number = val_number(val_get(line, "number"), 0);
	const char *detail = val_text(val_get(line, "detail"));

	buf_puts(out, val_text(val_get(line, "do")));
	if (task != 0)
		buf_printf(out, " task %lld", (long long)task);
	if (number != 0)
		buf_printf(out, " #%lld", (long long)number);
	if (detail != NULL)
		buf_printf(out, ": %s", detail);
}
