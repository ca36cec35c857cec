#include "work/sync_order.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/cancel.h"
#include "work/fence.h"
#include "work/move.h"
#include "work/oneline.h"
#include "work/reply.h"
#include "work/route.h"
#include "work/set.h"

#define NOTE_MAX 4000		/* bytes of the history that keep a text for a later attempt */

struct ordering {
	struct change *c;
	struct project *p;
	int64_t task;
	struct sync_order *o;
	struct vec_id *moved;
	bool dry_run;
};

const char *
sync_order_name(const struct sync_order *o)
{
	static const char *const names[] = {
		[SYNC_RETRY] = "/retry", [SYNC_ASSIGN] = "/assign", [SYNC_UNBLOCK] = "/unblock",
		[SYNC_CLOSE] = "/close", [SYNC_CONTEXT] = "/context", [SYNC_PRIORITY] = "/priority",
		[SYNC_HELP] = "/help", [SYNC_WRONG] = "a command", [SYNC_UNKNOWN] = "a command",
	};

	return names[o->command.verb];
}

void
sync_order_release(struct sync_order *o)
{
	sync_command_release(&o->command);
	free(o->by);
	free(o->why);
	*o = (struct sync_order){ 0 };
}

/* ---- what came of it ---- */

static int
refuse(struct ordering *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
refuse(struct ordering *a, const char *fmt, ...)
{
	va_list ap;

	a->o->end = ORDER_REFUSED;
	free(a->o->why);
	va_start(ap, fmt);
	if (vasprintf(&a->o->why, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	return 0;
}

/* Of a function that gives 1 where the state table refuses. */
static int
moved(struct ordering *a, int r, const struct err *why, struct err *e)
{
	if (r == 1)
		return refuse(a, "the task %s", why->msg);
	if (r == -1)
		*e = *why;
	else
		vec_id_push(a->moved, a->task);
	return r;
}

/* What a value is refused for is a matter of the comment, all else of this machine. */
static int
set(struct ordering *a, enum field f, struct val *v, struct err *e)
{
	struct err why = { 0 };

	if (change_set(a->c, a->task, f, v, &why) == 0)
		return 0;
	if (why.code == ERR_INVALID || why.code == ERR_USAGE)
		return refuse(a, "%s", why.msg);
	*e = why;
	return -1;
}

/* "put back by ana on GitHub"; caller frees. */
static char *
by(const struct ordering *a, const char *what)
{
	return xasprintf("%s by %s on GitHub", what, a->o->by != NULL ? a->o->by : "somebody");
}

static bool
has(const struct ordering *a, enum field f)
{
	struct val *v = change_get(a->c, a->task, f);
	bool is = v != NULL && (v->kind != VAL_STR || *v->s != '\0');

	val_free(v);
	return is;
}

static enum status
status(const struct ordering *a)
{
	return change_status(a->c, a->task);
}

static bool
asks(const struct ordering *a)
{
	return status(a) == ST_NEEDS_REVIEW && has(a, F_QUESTION) && !has(a, F_ANSWER);
}

/* ---- texts ---- */

/* What was said last stands first: what does not fit into a prompt is cut at its end. */
static int
add_context(struct ordering *a, const char *text, struct err *e)
{
	struct val *old = change_get(a->c, a->task, F_ANSWER);
	struct buf all = { 0 }, cut = { 0 };
	int r;

	buf_puts(&all, text);
	if (val_text(old) != NULL && *val_text(old) != '\0')
		buf_printf(&all, "\n\nAnd before that:\n%s", val_text(old));
	fence_cut(&cut, buf_str(&all), all.len, SYNC_ORDER_ANSWER_MAX);
	r = set(a, F_ANSWER, val_str(buf_str(&cut)), e);
	val_free(old);
	buf_release(&all);
	buf_release(&cut);
	return r;
}

/*
 * An attempt that is running and then asks takes `answer` away, as that is the one to its
 * question.  So what was said meanwhile is kept in the history, too, where prompts find it.
 */
static char *
kept(const struct ordering *a, const char *text)
{
	char *line = oneline(text, strlen(text)), *note;
	struct buf whole = { 0 }, seen = { 0 };

	if (status(a) != ST_IN_PROGRESS) {
		note = xasprintf("told by %s on GitHub: %s", a->o->by, line);
	} else {
		buf_append(&whole, text, str_cut(text, strlen(text), NOTE_MAX));
		for (size_t i = 0; i < whole.len; i++)
			if (whole.data[i] == '\n' || whole.data[i] == '\t')
				whole.data[i] = ' ';
		str_visible(&seen, buf_str(&whole), whole.len, false);
		note = xasprintf("answered: %s", buf_str(&seen));
	}
	free(line);
	buf_release(&whole);
	buf_release(&seen);
	return note;
}

/* Where a question is open it is the answer. */
static int
say(struct ordering *a, struct err *e)
{
	const char *text = a->o->command.text;
	char *note;
	int r;

	if (text == NULL)
		return 0;
	if (asks(a)) {
		if ((r = reply_record(a->c, a->task, text, e)) == 0)
			vec_id_push(a->moved, a->task);
	} else if ((r = add_context(a, text, e)) == 0 && a->o->end == ORDER_OPEN) {
		note = kept(a, text);
		r = change_note(a->c, a->task, note, e);
		free(note);
	}
	return r;
}

/* ---- verbs ---- */

static int
put_back(struct ordering *a, struct err *e)
{
	char *note = by(a, "put back");
	struct err why = { 0 };
	int r = moved(a, move_task_back(a->c, a->p, a->task, note, &why), &why, e);

	free(note);
	return r;
}

/* What is said behind the command answers a question before that goes. */
static int
retry(struct ordering *a, struct err *e)
{
	bool answers = asks(a) && a->o->command.text != NULL;

	if ((answers && say(a, e) == -1) || put_back(a, e) == -1)
		return -1;
	return answers || a->o->end != ORDER_OPEN ? 0 : say(a, e);
}

static int
unblock(struct ordering *a, struct err *e)
{
	struct state_facts facts = { .has_agent = has(a, F_AGENT) };
	struct err why = { 0 };
	enum status next;
	char *note;
	int r;

	if (asks(a))
		return a->o->command.text != NULL ? say(a, e) :
		    refuse(a, "the task asks something: write the answer behind the command");
	if (status(a) == ST_NEEDS_REVIEW)
		return retry(a, e);
	if (state_next(status(a), EV_JOIN, &facts, &next, &why) == -1)
		return refuse(a, "the task %s", why.msg);
	note = by(a, "told not to wait for its children");
	r = change_event(a->c, a->task, EV_JOIN, &facts, NULL, note, e);
	free(note);
	if (r == 0)
		vec_id_push(a->moved, a->task);
	return r == 0 ? say(a, e) : -1;
}

/* It is in progress until the last of its processes is gone, as with orch-cancel. */
static int
end_attempt(struct ordering *a, const char *reason, struct err *e)
{
	struct val *attempts = change_get(a->c, a->task, F_ATTEMPTS);

	a->o->attempt = (int)val_number(attempts, 0);
	val_free(attempts);
	return a->dry_run ? 0 : cancel_mark(a->p, a->task, a->o->attempt, reason, e);
}

static int
withdraw(struct ordering *a, struct err *e)
{
	const char *text = a->o->command.text;
	struct err why = { 0 };
	char *head, *line, *reason;
	int r;

	if (status(a) == ST_CANCELLED)
		return 0;
	head = by(a, "closed");
	line = text != NULL ? oneline(text, strlen(text)) : xstrdup("");
	reason = xasprintf("%s%s%s", head, *line != '\0' ? ": " : "", line);
	r = status(a) == ST_IN_PROGRESS ? end_attempt(a, reason, e) :
	    moved(a, move_task_away(a->c, a->task, reason, &why), &why, e);
	free(reason);
	free(line);
	free(head);
	return r;
}

/* ---- the agent ---- */

/* NULL: there is none, which is told without a path or anything else of this machine. */
static char *
find_agent(struct ordering *a, const char *name, bool *trouble, struct err *e)
{
	struct err why = { 0 };
	char *found = agent_find(a->p, name, &why);

	*trouble = false;
	if (found != NULL && route_agent_works(a->p, found, !has(a, F_COMMAND), &why) == 0)
		return found;
	if (why.code == ERR_SYSTEM) {
		*trouble = true;
		*e = why;
	} else if (found != NULL) {
		refuse(a, "agent %s is not enabled or not installed here", found);
	} else {
		refuse(a, "there is no agent of that name here");
	}
	free(found);
	return NULL;
}

/* A session and a model belong to the agent that had them. */
static int
drop_foreign(struct ordering *a, const char *agent, struct err *e)
{
	struct val *old = change_get(a->c, a->task, F_AGENT);
	bool same = val_text(old) != NULL && strcmp(val_text(old), agent) == 0;

	val_free(old);
	return same || (change_set(a->c, a->task, F_SESSION, NULL, e) == 0 &&
	    change_set(a->c, a->task, F_AGENT_MODEL, NULL, e) == 0) ? 0 : -1;
}

static int
assign(struct ordering *a, struct err *e)
{
	struct state_facts facts = { .has_agent = true };
	enum status next, now = status(a);
	struct err why = { 0 };
	bool trouble;
	char *agent;
	int r = -1;

	if (now == ST_IN_PROGRESS) {
		a->o->end = ORDER_WAITS;
		return 0;
	}
	if ((now == ST_DONE || now == ST_CANCELLED) &&
	    state_next(now, EV_ROUTE, &facts, &next, &why) == -1)
		return refuse(a, "the task %s", why.msg);
	if ((agent = find_agent(a, a->o->command.argument, &trouble, e)) == NULL)
		return trouble ? -1 : 0;
	if (drop_foreign(a, agent, e) == 0 &&
	    set_routed(a->c, a->task, "set on GitHub", e) == 0 &&
	    change_set(a->c, a->task, F_AGENT, val_str(agent), e) == 0)
		r = state_parked(now) && !asks(a) ? put_back(a, e) : 0;
	if (r == 0)
		r = say(a, e);
	free(agent);
	return r;
}

/* ---- all ---- */

static int
carry_out(struct ordering *a, struct err *e)
{
	switch (a->o->command.verb) {
	case SYNC_RETRY:
		return retry(a, e);
	case SYNC_ASSIGN:
		return assign(a, e);
	case SYNC_UNBLOCK:
		return unblock(a, e);
	case SYNC_CLOSE:
		return withdraw(a, e);
	case SYNC_PRIORITY:
		if (set(a, F_PRIORITY, val_str(a->o->command.argument), e) == -1)
			return -1;
		return a->o->end == ORDER_OPEN ? say(a, e) : 0;
	case SYNC_CONTEXT:
		return say(a, e);
	case SYNC_HELP:
	case SYNC_WRONG:
	case SYNC_UNKNOWN:
	case SYNC_NONE:
		break;
	}
	return 0;
}

int
sync_order_apply(struct change *c, struct project *p, int64_t task, struct sync_order *o,
    bool dry_run, struct vec_id *moved_ids, struct err *e)
{
	struct ordering a = { .c = c, .p = p, .task = task, .o = o, .moved = moved_ids,
		.dry_run = dry_run };
	struct val *gh = change_get(c, task, F_GH);
	int r = 0;

	o->end = ORDER_OPEN;
	o->attempt = 0;
	o->before = false;
	if (change_status(c, task) == ST_NONE) {
		r = refuse(&a, "the task is in the task file no more");
	} else if (gh == NULL || gh->kind != VAL_MAP ||
	    val_number(val_get(gh, "number"), 0) != o->number) {
		o->end = ORDER_PASSED;
	} else if (val_number(val_get(gh, "comment"), 0) >= o->comment) {
		o->end = ORDER_DONE;
		o->before = true;
	} else if ((r = carry_out(&a, e)) == 0 && o->end == ORDER_OPEN) {
		o->end = ORDER_DONE;
		val_put(gh, "comment", val_int(o->comment));
		r = change_set(c, task, F_GH, gh, e);
		gh = NULL;
	}
	val_free(gh);
	return r;
}
