#include "work/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/task.h"
#include "work/health.h"
#include "work/list.h"
#include "work/pool.h"

#define KIND_WIDTH  8		/* the longest name */
#define SINCE_WIDTH 20		/* as clock_format() writes it */
#define INDENT	    "    "

static const char *const kind_names[] = {
	[INBOX_QUESTION] = "question",
	[INBOX_PARKED] = "parked",
	[INBOX_FAILED] = "failed",
	[INBOX_REVIEW] = "review",
	[INBOX_BLOCKED] = "blocked",
	[INBOX_AGENT] = "agent",
};

const char *
inbox_kind_name(enum inbox_kind kind)
{
	return kind_names[kind];
}

static bool
has_text(const struct task *t, enum field field)
{
	const char *text = task_text(t, field);

	return text != NULL && *text != '\0';
}

bool
inbox_asks(const struct task *t)
{
	return t->status == ST_NEEDS_REVIEW && has_text(t, F_QUESTION) && !has_text(t, F_ANSWER);
}

/* ---- what waits ---- */

static bool
has_children(const struct task *t, const struct tasks *tasks, struct archive_lookup *archive)
{
	struct vec_id ids = { 0 };
	bool yes = false;

	task_ids(t, F_CHILDREN, &ids);
	for (size_t i = 0; i < ids.n && !yes; i++)
		yes = tasks_find(tasks, ids.v[i]) != NULL || archive_ask(archive, ids.v[i]) != NULL;
	vec_id_release(&ids);
	return yes;
}

static bool
is_reviewed(const struct task *t, const struct inbox_rules *rules)
{
	const char *reason = task_text(t, F_REASON);

	/* With another reason nobody checked it, or the reviewers could not decide. */
	return rules->reviewers && (reason == NULL || strcmp(reason, "review") == 0);
}

bool
inbox_waits(const struct task *t, const struct tasks *tasks, const struct inbox_rules *rules,
    enum inbox_kind *kind)
{
	switch (t->status) {
	case ST_NEEDS_REVIEW:
		*kind = inbox_asks(t) ? INBOX_QUESTION : INBOX_PARKED;
		return true;
	case ST_FAILED:
		*kind = INBOX_FAILED;
		return true;
	case ST_IN_REVIEW:
		*kind = INBOX_REVIEW;
		return !is_reviewed(t, rules);
	case ST_BLOCKED:
		*kind = INBOX_BLOCKED;
		return !has_children(t, tasks, rules->archive);
	default:
		return false;
	}
}

/* "reason: last error", without what the reason says already. */
static char *
reason_of(const struct task *t, const char *otherwise)
{
	const char *reason = task_text(t, F_REASON), *error = task_text(t, F_LAST_ERROR);

	if (reason == NULL || error == NULL || strstr(reason, error) != NULL)
		return xstrdup(reason ? reason : error ? error : otherwise);
	return xasprintf("%s: %s", reason, error);
}

static char *
text_of(const struct task *t, enum inbox_kind kind)
{
	switch (kind) {
	case INBOX_QUESTION:
		return xstrdup(task_text(t, F_QUESTION));
	case INBOX_REVIEW:
		return reason_of(t, "review");
	case INBOX_BLOCKED:
		return xstrdup("it waits for children and has none");
	case INBOX_PARKED:
	case INBOX_FAILED:
	case INBOX_AGENT:
		break;
	}
	return reason_of(t, "no reason was given");
}

int64_t
inbox_since(const struct task *t)
{
	struct val *history = task_value(t, F_HISTORY);
	int64_t at = task_time(t, F_UPDATED_AT, task_time(t, F_CREATED_AT, INT64_MIN));

	for (size_t i = history ? history->n : 0; i-- > 0;) {
		const char *status = val_text(val_get(val_at(history, i), "status"));
		const char *when = val_text(val_get(val_at(history, i), "at"));

		if (status == NULL || strcmp(status, state_name(t->status)) != 0)
			continue;
		/* A time that a person has spoiled is as if there were none. */
		if (when != NULL)
			(void)clock_parse(when, &at);
		break;
	}
	val_free(history);
	return at;
}

static int
compare(const void *a, const void *b)
{
	const struct inbox_entry *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	if (x->task == NULL || y->task == NULL)
		return x->task != y->task ? x->task == NULL ? -1 : 1 : strcmp(x->agent, y->agent);
	return x->task->id < y->task->id ? -1 : x->task->id > y->task->id;
}

void
inbox_collect(struct inbox *box, const struct tasks *tasks, const struct vec_id *ids,
    const struct inbox_rules *rules)
{
	*box = (struct inbox){ 0 };
	for (size_t i = 0; i < ids->n; i++) {
		const struct task *t = tasks_find(tasks, ids->v[i]);
		enum inbox_kind kind;

		if (!inbox_waits(t, tasks, rules, &kind))
			continue;
		box->v = vec_room(box->v, &box->cap, box->n, sizeof *box->v);
		box->v[box->n++] = (struct inbox_entry){
			.task = t, .status = state_name(t->status), .kind = kind, .since = inbox_since(t),
			.text = text_of(t, kind),
		};
	}
	if (box->n > 0)
		qsort(box->v, box->n, sizeof *box->v, compare);
}

static void
add_agent(struct inbox *box, const char *name, const struct pool_answer *closed)
{
	box->v = vec_room(box->v, &box->cap, box->n, sizeof *box->v);
	box->v[box->n++] = (struct inbox_entry){
		.agent = xstrdup(name), .kind = INBOX_AGENT, .status = pool_state_name(closed->state),
		.since = closed->since != 0 ? closed->since : INT64_MIN, .text = xstrdup(closed->why),
	};
}

/* What everybody shares is the suite's; who paused or drains one knows of it. */
static bool
needs_person(const struct pool *pool, const char *agent, struct pool_answer *a)
{
	pool_ask(pool, agent, true, a);
	return a->state == POOL_DISABLED ||
	    (a->state == POOL_STOPPED && pool_held(pool, agent) == POOL_STOPPED);
}

void
inbox_agents(struct inbox *box, const struct project *p, const struct tasks *tasks,
    const struct pool *pool)
{
	struct vec_str agents = { 0 };
	struct pool_answer a;

	if (pool_suite_closed(pool, &a))
		add_agent(box, "suite", &a);
	health_agents(p, tasks, pool, &agents);
	for (size_t i = 0; i < agents.n; i++)
		if (needs_person(pool, agents.v[i], &a))
			add_agent(box, agents.v[i], &a);
	vec_str_release(&agents);
	if (box->n > 0)
		qsort(box->v, box->n, sizeof *box->v, compare);
}

void
inbox_release(struct inbox *box)
{
	for (size_t i = 0; i < box->n; i++) {
		free(box->v[i].text);
		free(box->v[i].agent);
	}
	free(box->v);
	*box = (struct inbox){ 0 };
}

/* ---- how it is told ---- */

static void
put_lines(struct buf *out, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\n");

		if (len > 0) {
			buf_puts(out, INDENT);
			str_visible(out, text, len, false);
		}
		buf_putc(out, '\n');
		/* The line end of the last line begins no other. */
		if (text[len] == '\0' || text[len + 1] == '\0')
			return;
		text += len + 1;
	}
}

static void
put_entry(struct buf *out, const struct inbox_entry *entry, int width,
    const struct list_colour *colour)
{
	const char *name = kind_names[entry->kind];
	const char *title = entry->task ? task_text(entry->task, F_TITLE) : entry->agent;
	char when[CLOCK_MAX] = "-", id[24] = "-";

	if (entry->since != INT64_MIN)
		clock_format(entry->since, when);
	if (entry->task != NULL)
		snprintf(id, sizeof id, "%lld", (long long)entry->task->id);
	buf_printf(out, "%*s  %s%-*s%s  %-*s  ", width, id,
	    colour->on ? colour->sgr(entry->task ? entry->status : "failed") : "", KIND_WIDTH, name,
	    colour->on ? colour->sgr("") : "", SINCE_WIDTH, when);
	str_visible(out, title, strlen(title), false);
	buf_putc(out, '\n');
	put_lines(out, entry->text);
}

void
inbox_text(const struct inbox *box, const struct list_colour *colour, struct buf *out)
{
	int width = 1, n;

	for (size_t i = 0; i < box->n; i++)
		if (box->v[i].task != NULL &&
		    (n = snprintf(NULL, 0, "%lld", (long long)box->v[i].task->id)) > width)
			width = n;
	for (size_t i = 0; i < box->n; i++)
		put_entry(out, &box->v[i], width, colour);
}

void
inbox_json(const struct inbox *box, struct buf *out)
{
	for (size_t i = 0; i < box->n; i++) {
		const struct inbox_entry *entry = &box->v[i];
		struct val *map = val_map();

		val_add(map, "schema", val_int(1));
		if (entry->task != NULL)
			val_add(map, "id", val_int(entry->task->id));
		val_add(map, "kind", val_str(kind_names[entry->kind]));
		if (entry->task == NULL)
			val_add(map, "agent", val_str(entry->agent));
		val_add(map, "status", val_str(entry->status));
		if (entry->since != INT64_MIN)
			val_add(map, "since", val_time(entry->since));
		if (entry->task != NULL)
			val_add(map, "title", val_str(task_text(entry->task, F_TITLE)));
		val_add(map, entry->kind == INBOX_QUESTION ? "question" : "reason",
		    val_str(entry->text));
		json_print(out, map);
		buf_putc(out, '\n');
		val_free(map);
	}
}
