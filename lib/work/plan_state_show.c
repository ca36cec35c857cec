/*
 * plan_state_show - how far a plan is, for people and for programs
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/task.h"
#include "work/oneline.h"
#include "work/plan_state.h"
#include "work/show.h"

#define TAIL_MAX 1000	/* bytes of what an attempt printed */

/* The last lines, not the whole of it; the first may be cut. */
static void
put_tail(const struct project *p, const struct task *t, const char *stream, struct buf *out)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	const char *line;
	size_t from;

	if (show_file(p, t->id, (int)task_int(t, F_ATTEMPTS, 0), stream, &text, &ignored) == 0) {
		from = text.len > TAIL_MAX ? text.len - TAIL_MAX : 0;
		line = from > 0 ? memchr(text.data + from, '\n', text.len - from) : NULL;
		if (line != NULL)
			from = (size_t)(line - text.data) + 1;
		str_clean(out, buf_str(&text) + from, text.len - from);
		if (out->len > 0 && out->data[out->len - 1] != '\n')
			buf_putc(out, '\n');
	}
	buf_release(&text);
}

/* What the last attempt of a task printed in the end, if it went wrong; else "". */
static char *
tail_of(const struct plan_line *line, const struct project *p)
{
	struct buf b = { 0 };
	const struct task *t = line->task;

	if (t->status != ST_DONE && task_is_set(t, F_ERROR_CLASS)) {
		put_tail(p, t, "stdout", &b);
		put_tail(p, t, "stderr", &b);
	}
	return b.len > 0 ? buf_detach(&b) : xstrdup("");
}

/* One that failed is told by its error, not by what was made of it; any other by its reason. */
static const char *
why(const struct task *t)
{
	const char *reason = task_text(t, F_REASON), *error = task_text(t, F_LAST_ERROR);

	if (t->status == ST_DONE)
		return "";
	if (error != NULL && (reason == NULL || t->status == ST_FAILED))
		return error;
	return reason ? reason : "";
}

static void
put_lines(const char *text, struct buf *out)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		buf_puts(out, "    ");
		str_visible(out, text, len, true);
		buf_putc(out, '\n');
	}
}

void
plan_state_sums(const struct plan_state *s, struct buf *out)
{
	const char *sep = "";

	buf_printf(out, "plan %s: ", s->name);
	for (int v = 0; v < PLAN_VERDICTS; v++, sep = ", ")
		buf_printf(out, "%s%zu %s", sep, s->sum[v], plan_verdict_name((enum plan_verdict)v));
	buf_printf(out, " of %zu", s->n);
}

void
plan_state_text(const struct plan_state *s, const struct project *p, struct buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct plan_line *line = &s->v[i];
		const struct task *t = line->task;
		const char *stage = task_text(t, F_STAGE);
		char *tail = tail_of(line, p), *reason = oneline(why(t), strlen(why(t)));

		buf_printf(out, "%s\t%lld\t%s\t%lld\t%s\t%s\t%s\n", plan_verdict_name(line->verdict),
		    (long long)t->id, line->name, (long long)line->wave, stage ? stage : "-",
		    state_name(t->status), reason);
		put_lines(tail, out);
		free(tail);
		free(reason);
	}
	plan_state_sums(s, out);
	buf_putc(out, '\n');
}

static struct val *
task_value_of(const struct plan_line *line, const struct project *p)
{
	const struct task *t = line->task;
	const char *stage = task_text(t, F_STAGE);
	char *tail = tail_of(line, p);
	struct val *map = val_map();

	val_add(map, "id", val_int(t->id));
	val_add(map, "name", val_str(line->name));
	val_add(map, "wave", val_int(line->wave));
	if (stage != NULL)
		val_add(map, "stage", val_str(stage));
	val_add(map, "verdict", val_str(plan_verdict_name(line->verdict)));
	val_add(map, "status", val_str(state_name(t->status)));
	if (t->status != ST_DONE && task_is_set(t, F_ERROR_CLASS))
		val_add(map, "class", val_str(task_text(t, F_ERROR_CLASS)));
	if (*why(t) != '\0')
		val_add(map, "reason", val_str(why(t)));
	if (*tail != '\0')
		val_add(map, "output", val_str(tail));
	free(tail);
	return map;
}

void
plan_state_json(const struct plan_state *s, const struct project *p, struct buf *out)
{
	struct val *map = val_map(), *tasks = val_list();

	val_add(map, "schema", val_int(1));
	val_add(map, "plan", val_str(s->name));
	val_add(map, "total", val_int((int64_t)s->n));
	for (int v = 0; v < PLAN_VERDICTS; v++)
		val_add(map, plan_verdict_name((enum plan_verdict)v), val_int((int64_t)s->sum[v]));
	for (size_t i = 0; i < s->n; i++)
		val_push(tasks, task_value_of(&s->v[i], p));
	val_add(map, "tasks", tasks);
	json_print(out, map);
	buf_putc(out, '\n');
	val_free(map);
}
