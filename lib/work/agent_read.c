/*
 * The verdict about a call, by the rules of its driver.  Order matters: how the
 * process ended, then the structured events, then text, and of several rules the
 * first.  What is said for people is taken from the event that decided.
 */
#include "work/agent.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "work/agent_table.h"
#include "work/oneline.h"

/* ---- when to come back ---- */

#define GROUPS 4

static int64_t
reset_in(const struct agent_rule *rule, const char *text, int64_t now)
{
	regmatch_t m[GROUPS];
	int64_t at = 0;
	char *s;

	if (!rule->reset || !text || regexec(rule->reset, text, GROUPS, m, 0) != 0)
		return 0;
	for (int i = 1; i < GROUPS && at == 0; i++) {
		if (m[i].rm_so < 0)
			continue;
		s = xstrndup(text + m[i].rm_so, (size_t)(m[i].rm_eo - m[i].rm_so));
		at = agent_reset_time(s, now);
		free(s);
	}
	return at;
}

static int64_t
reset_field(const struct agent_reading *r, int64_t now)
{
	char *s = agent_field_text(r, AGENT_F_RESET);
	int64_t at = s ? agent_reset_time(s, now) : 0;

	free(s);
	return at;
}

/* ---- rules ---- */

/* Is it an event of the rule?  *text: its value, caller frees, NULL: none. */
static bool
event_fits(const struct agent_rule *rule, const struct val *event, char **text)
{
	const struct val *v = NULL;

	*text = NULL;
	if (!jsonl_match(&rule->event, event))
		return false;
	if (rule->event.path) {
		v = jsonl_pick(&rule->event, event);
		if (!v)
			return false;
		*text = jsonl_text(v);
	}
	if (!rule->re || regexec(rule->re, *text, 0, NULL, 0) == 0)
		return true;
	free(*text);
	*text = NULL;
	return false;
}

/* The newest event that fits says most. */
static bool
some_event_fits(const struct agent_rule *rule, const struct jsonl *events, char **text)
{
	for (size_t i = events->n; i-- > 0; )
		if (event_fits(rule, events->v[i], text))
			return true;
	return false;
}

static bool
rule_fits(const struct agent_rule *rule, const struct agent_reading *r, char **text)
{
	*text = NULL;
	if (rule->exit != -1 && rule->exit != r->end->exit)
		return false;
	if (rule->errtext && regexec(rule->errtext, buf_str(&r->errtext), 0, NULL, 0) != 0)
		return false;
	if (rule->has_absent && jsonl_seen(&rule->absent, &r->events))
		return false;
	return !rule->has_event || some_event_fits(rule, &r->events, text);
}

/*
 * The first rule that fits, or NULL.  Of a program that we stopped only events are
 * heard: its exit status and last words are of our making.
 */
static const struct agent_rule *
first_rule(const struct agent_rule_list *l, const struct agent_reading *r, bool events_only,
    char **text)
{
	for (size_t i = 0; i < l->n; i++)
		if ((!events_only || l->v[i].has_event) && rule_fits(&l->v[i], r, text))
			return &l->v[i];
	*text = NULL;
	return NULL;
}

/* ---- the verdict ---- */

static bool
exit_allowed(const struct agent_reading *r)
{
	const struct val *v = val_path(r->a->table, "ok.exit");

	if (r->end->exit < 0)
		return false;
	if (!v || v->kind == VAL_INT)
		return r->end->exit == val_number(v, 0);
	for (size_t i = 0; i < v->n; i++)
		if (val_number(v->v[i], -1) == r->end->exit)
			return true;
	return false;
}

/*
 * Without a terminal event to look for, only an end of its own is a good one.
 */
static bool
is_good(const struct agent_reading *r)
{
	if (!exit_allowed(r) && !(r->stopped && r->t->has_need))
		return false;
	if (r->stopped && !r->t->has_need)
		return false;
	if (r->t->has_need && !jsonl_seen(&r->t->need, &r->events))
		return false;
	return !r->t->has_not || !jsonl_seen(&r->t->not, &r->events);
}

/* The line of a text that a rule found, or the last one that calls itself an error. */
static char *
telling_line(const struct buf *text, const regex_t *re)
{
	const char *s = buf_str(text), *nl;
	char *line = NULL, *found = NULL;
	size_t n;

	for (; *s; s += n) {
		nl = strchr(s, '\n');
		n = nl ? (size_t)(nl - s) + 1 : strlen(s);
		line = xstrndup(s, nl ? n - 1 : n);
		if (re ? !found && regexec(re, line, 0, NULL, 0) == 0
		    : strcasestr(line, "error: ") != NULL) {
			free(found);
			found = oneline(line, strlen(line));
		}
		free(line);
	}
	return found;
}

/* The words that say most about a failure that no event explains. */
static char *
last_words(const struct agent_reading *r, const regex_t *re)
{
	char *s = re || !r->a->answer_is_exit ? telling_line(&r->errtext, re) : NULL;

	if (!s)
		s = oneline_last(buf_str(&r->errtext), r->errtext.len);
	if (*s || r->t->format != AGENT_TEXT)
		return s;
	free(s);
	return oneline_last(r->end->out, r->end->out_len);
}

/* "what: last words", or "what" where there are none. */
static char *
with_last_words(const struct agent_reading *r, const char *what, const regex_t *re)
{
	char *words = last_words(r, re), *s;

	s = *words ? xasprintf("%s: %s", what, words) : xstrdup(what);
	free(words);
	return s;
}

static void
decide(struct agent_report *out, const char *class, char *message)
{
	out->class = xstrdup(class);
	out->message = oneline(message, strlen(message));
	free(message);
}

/* A sentence of the event that decided; a bare number or word needs more beside it. */
static char *
rule_message(const struct agent_report *out, const struct agent_reading *r,
    const struct agent_rule *rule, const char *text)
{
	if (text && strchr(text, ' '))
		return xstrdup(text);
	if (strcmp(rule->class, "empty") == 0)
		return xstrdup("the agent ended without an answer");
	if (out->text && *out->text && r->t->format != AGENT_TEXT)
		return xstrdup(out->text);
	if (text && *text)
		return xasprintf("%s: %s", rule->class, text);
	return with_last_words(r, rule->class, rule->errtext);
}

/* True if a rule of the list decided. */
static bool
try_rules(struct agent_report *out, const struct agent_reading *r,
    const struct agent_rule_list *l, bool events_only, int64_t now)
{
	char *text;
	const struct agent_rule *rule = first_rule(l, r, events_only, &text);

	if (!rule)
		return false;
	decide(out, rule->class, rule_message(out, r, rule, text));
	out->reset_at = reset_in(rule, text, now);
	if (out->reset_at == 0)
		out->reset_at = reset_field(r, now);
	free(text);
	return true;
}

static char *
stopped_message(const char *how)
{
	if (strcmp(how, "timeout") == 0)
		return xstrdup("stopped: its time was up");
	if (strcmp(how, "idle") == 0)
		return xstrdup("stopped: it was silent for too long");
	if (strcmp(how, "output") == 0)
		return xstrdup("stopped: it wrote more than is allowed");
	return xstrdup("stopped on request");
}

/* The CLI said nothing that we know: perhaps it is another version. */
static char *
no_result_message(const struct agent_reading *r)
{
	const struct val *v = val_get(r->a->table, "verified");
	struct buf b = { 0 };

	buf_printf(&b, "exit status 0, but no event '%s' (driver %s",
	    val_text(val_path(r->a->table, "ok.need")), r->a->id);
	for (size_t i = 0; v && i < v->n; i++) {
		buf_puts(&b, i ? ", " : " was verified with version ");
		val_plain(&b, v->v[i]);
	}
	buf_putc(&b, ')');
	return buf_detach(&b);
}

static void
judge_failure(struct agent_report *out, const struct agent_reading *r)
{
	const char *name;
	char *what;

	if (r->end->exit == 0) {
		decide(out, "no_result", r->t->has_need ? no_result_message(r)
		    : xstrdup("exit status 0, but the driver calls it a failure"));
	} else if (r->end->exit > 0) {
		what = xasprintf("exit status %d", r->end->exit);
		decide(out, "failed", with_last_words(r, what, NULL));
		free(what);
	} else {
		name = sigabbrev_np(r->end->signal);
		what = xasprintf("killed by signal %d (%s%s)", r->end->signal,
		    name ? "SIG" : "", name ? name : "unknown");
		decide(out, "crashed", with_last_words(r, what, NULL));
		free(what);
	}
}

static void
judge(struct agent_report *out, const struct agent_reading *r, int64_t now)
{
	int exit = r->end->exit;

	if (!r->end->started) {
		decide(out, "missing_tool", with_last_words(r, "it could not be started", NULL));
	} else if (is_good(r)) {
		out->good = true;
		if (!try_rules(out, r, &r->t->soft, false, now))
			decide(out, "ok", xstrdup(""));
	} else if (r->stopped) {
		if (!try_rules(out, r, &r->t->error, true, now)
		    && !try_rules(out, r, &r->t->evidence, false, now))
			decide(out, r->end->stopped, stopped_message(r->end->stopped));
	} else if ((exit == 126 || exit == 127) && !r->a->answer_is_exit) {
		decide(out, "missing_tool", with_last_words(r, exit == 127
		    ? "exit status 127 (a command was not found)"
		    : "exit status 126 (a command could not be executed)", NULL));
	} else if (!try_rules(out, r, &r->t->error, false, now)) {
		judge_failure(out, r);
	}
}

int
agent_read(const struct agent *a, const struct agent_ending *end, struct agent_report *out,
    struct err *e)
{
	struct agent_reading r = { .a = a, .t = a->rules, .end = end };

	(void)e;	/* whatever the bytes are, there is a verdict */
	*out = (struct agent_report){ 0 };
	r.stopped = end->stopped && *end->stopped;
	if (r.t->format != AGENT_TEXT)
		jsonl_read(&r.events, end->out, end->out_len, r.t->format == AGENT_JSON);
	oneline_plain(&r.errtext, end->errtext, end->err_len);
	agent_read_fields(out, &r);
	judge(out, &r, clock_now());
	jsonl_release(&r.events);
	buf_release(&r.errtext);
	return 0;
}

void
agent_report_release(struct agent_report *r)
{
	free(r->class);
	free(r->message);
	free(r->text);
	val_free(r->json);
	free(r->session);
	free(r->denied);
	*r = (struct agent_report){ 0 };
}
