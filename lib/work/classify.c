/*
 * The verdict about a run, by the rules of its driver.  Order matters: how the
 * process ended, then the structured events, then text, and of several rules the
 * first.  What is said for people is taken from the event that decided.
 */
#include "work/classify.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"
#include "work/agent.h"
#include "work/classify_impl.h"
#include "work/oneline.h"

/* ---- patterns ---- */

/*
 * A pattern sees so many bytes of a value or of a line: what an error says stands in
 * its first words, and an expression takes the square of the length of a text that is
 * made for that.
 */
#define SEEN_MAX 4096
#define GROUPS	 4

static bool
finds(const regex_t *re, const char *s, size_t len, regmatch_t m[GROUPS])
{
	m[0].rm_so = 0;
	m[0].rm_eo = (regoff_t)(len < SEEN_MAX ? len : SEEN_MAX);
	return regexec(re, s, GROUPS, m, REG_STARTEND) == 0;
}

/* The first line of a text that it finds, NULL: none; *len: of the line. */
static const char *
finds_line(const regex_t *re, const struct buf *text, size_t *len)
{
	const char *s = buf_str(text), *end = s + text->len, *nl;
	regmatch_t m[GROUPS];

	for (; s < end; s += *len + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		*len = (size_t)((nl ? nl : end) - s);
		if (finds(re, s, *len, m))
			return s;
	}
	return NULL;
}

/* ---- when to come back ---- */

static int64_t
reset_in(const struct agent_rule *rule, const char *text, int64_t now)
{
	regmatch_t m[GROUPS];
	int64_t at = 0;
	char *s;

	if (!rule->reset || !text || !finds(rule->reset, text, strlen(text), m))
		return 0;
	for (int i = 1; i < GROUPS && at == 0; i++) {
		if (m[i].rm_so < 0)
			continue;
		s = xstrndup(text + m[i].rm_so, (size_t)(m[i].rm_eo - m[i].rm_so));
		at = classify_reset_time(s, now);
		free(s);
	}
	return at;
}

static int64_t
reset_field(const struct classify_reading *r, int64_t now)
{
	char *s = classify_field_text(r, AGENT_F_RESET);
	int64_t at = s ? classify_reset_time(s, now) : 0;

	free(s);
	return at;
}

/* ---- rules ---- */

/* Is it an event of the rule?  *text: its value, caller frees, NULL: none. */
static bool
event_fits(const struct agent_rule *rule, const struct val *event, char **text)
{
	const struct val *v = NULL;
	regmatch_t m[GROUPS];

	*text = NULL;
	if (!jsonl_match(&rule->event, event))
		return false;
	if (rule->event.path) {
		v = jsonl_pick(&rule->event, event);
		if (!v)
			return false;
		*text = jsonl_text(v);
	}
	if (!rule->re || finds(rule->re, *text, strlen(*text), m))
		return true;
	free(*text);
	*text = NULL;
	return false;
}

/* The newest event that fits says most. */
static bool
some_event_fits(const struct agent_rule *rule, const struct jsonl *events, size_t from,
    char **text)
{
	for (size_t i = events->n; i-- > from; )
		if (event_fits(rule, events->v[i], text))
			return true;
	return false;
}

/* What is asked of a list: of which events it hears. */
enum hearing {
	ALL,		/* every one, and stderr, and the exit status */
	EVENTS,		/* rules on events only */
	NEWEST,		/* events since the last progress; stderr if there was none */
};

static bool
rule_fits(const struct agent_rule *rule, const struct classify_reading *r, enum hearing h,
    char **text)
{
	size_t len;

	*text = NULL;
	if (rule->exit != -1 && rule->exit != r->end->exit)
		return false;
	if (rule->errtext && ((h == NEWEST && r->after > 0)
	    || !finds_line(rule->errtext, &r->errtext, &len)))
		return false;
	if (rule->has_absent && jsonl_seen(&rule->absent, &r->events))
		return false;
	return !rule->has_event
	    || some_event_fits(rule, &r->events, h == NEWEST ? r->after : 0, text);
}

/*
 * The first rule that fits, or NULL.  Of a program that we stopped the error rules hear
 * only events: its exit status and last words are of our making.
 */
static const struct agent_rule *
first_rule(const struct agent_rule_list *l, const struct classify_reading *r, enum hearing h,
    char **text)
{
	for (size_t i = 0; i < l->n; i++)
		if ((h != EVENTS || l->v[i].has_event) && rule_fits(&l->v[i], r, h, text))
			return &l->v[i];
	*text = NULL;
	return NULL;
}

/* ---- the verdict ---- */

static bool
exit_allowed(const struct classify_reading *r)
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

/* The last event that `ok.last` names; the number of events where it names none. */
static size_t
last_event(const struct classify_reading *r)
{
	size_t i = r->t->has_last ? r->events.n : 0;

	while (i-- > 0)
		if (jsonl_match(&r->t->last, r->events.v[i]))
			return i;
	return r->events.n;
}

/* Is there such an event?  Of those that `ok.last` names only the last one counts. */
static bool
seen(const struct agent_sel_list *sels, const struct classify_reading *r)
{
	size_t last = last_event(r);

	for (size_t i = 0; i < r->events.n; i++) {
		if (i < last && last < r->events.n && jsonl_match(&r->t->last, r->events.v[i]))
			continue;
		for (size_t j = 0; j < sels->n; j++)
			if (jsonl_match(&sels->v[j], r->events.v[i]))
				return true;
	}
	return false;
}

/*
 * Without a terminal event to look for, only an end of its own is a good one.
 */
static bool
is_good(const struct classify_reading *r)
{
	bool needs = r->t->need.n > 0;

	if (!exit_allowed(r) && !(r->stopped && needs))
		return false;
	if (r->stopped && !needs)
		return false;
	if (needs && !seen(&r->t->need, r))
		return false;
	return !seen(&r->t->not, r);
}

/* Is there an "error: " in it? */
static bool
calls_itself_error(const char *s, size_t len)
{
	static const char word[] = "error: ";

	for (size_t n = sizeof word - 1; len >= n; s++, len--)
		if (strncasecmp(s, word, n) == 0)
			return true;
	return false;
}

/* The line of a text that a rule found, or the last one that calls itself an error. */
static char *
telling_line(const struct buf *text, const regex_t *re)
{
	const char *s = buf_str(text), *end = s + text->len, *nl, *found = NULL;
	size_t len = 0, n;

	if (re) {
		found = finds_line(re, text, &len);
		return found ? oneline(found, len) : NULL;
	}
	for (; s < end; s += n + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		n = (size_t)((nl ? nl : end) - s);
		if (calls_itself_error(s, n)) {
			found = s;
			len = n;
		}
	}
	return found ? oneline(found, len) : NULL;
}

/* The words that say most about a failure that no event explains. */
static char *
last_words(const struct classify_reading *r, const regex_t *re)
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
with_last_words(const struct classify_reading *r, const char *what, const regex_t *re)
{
	char *words = last_words(r, re), *s;

	s = *words ? xasprintf("%s: %s", what, words) : xstrdup(what);
	free(words);
	return s;
}

static void
decide(struct classify_report *out, const char *class, char *message)
{
	out->class = xstrdup(class);
	out->message = oneline(message, strlen(message));
	free(message);
}

/* A sentence of the event that decided; a bare number or word needs more beside it. */
static char *
rule_message(const struct classify_report *out, const struct classify_reading *r,
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
	if (rule->exit > 0 && !rule->errtext && r->errtext.len == 0)
		return xasprintf("%s: exit status %d", rule->class, rule->exit);
	return with_last_words(r, rule->class, rule->errtext);
}

/* True if a rule of the list decided; `name` is the list's in the driver. */
static bool
try_rules(struct classify_report *out, const struct classify_reading *r, const char *name,
    const struct agent_rule_list *l, enum hearing h)
{
	int64_t now = r->end->now;
	char *text;
	const struct agent_rule *rule = first_rule(l, r, h, &text);

	if (!rule)
		return false;
	decide(out, rule->class, rule_message(out, r, rule, text));
	out->rule = xasprintf("%s.%zu", name, (size_t)(rule - l->v));
	if (!text && rule->errtext)
		text = telling_line(&r->errtext, rule->errtext);
	out->evidence = text && *text ? oneline(text, strlen(text)) : NULL;
	/* A time of an event is a time; one in a sentence is what we make of it. */
	out->reset_at = reset_field(r, now);
	if (out->reset_at == 0)
		out->reset_at = reset_in(rule, text, now);
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
	if (strcmp(how, "over_budget") == 0)
		return xstrdup("stopped: it used more tokens or money than it may");
	return xstrdup("stopped on request");
}

/* The CLI said nothing that we know: perhaps it is another version. */
static char *
no_result_message(const struct classify_reading *r)
{
	const struct val *v = val_get(r->a->table, "verified");
	const struct val *need = val_path(r->a->table, "ok.need");
	struct buf b = { 0 };

	if (need && need->kind == VAL_LIST)
		need = val_at(need, 0);
	buf_printf(&b, "exit status 0, but no event '%s' (driver %s", val_text(need), r->a->id);
	for (size_t i = 0; v && i < v->n; i++) {
		buf_puts(&b, i ? ", " : " was verified with version ");
		val_plain(&b, v->v[i]);
	}
	buf_putc(&b, ')');
	return buf_detach(&b);
}

static void
judge_failure(struct classify_report *out, const struct classify_reading *r)
{
	const char *name;
	char *what;

	if (r->end->exit == 0) {
		decide(out, "no_result", r->t->need.n > 0 ? no_result_message(r)
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
judge(struct classify_report *out, const struct classify_reading *r)
{
	int exit = r->end->exit;

	if (!r->end->started) {
		decide(out, "missing_tool", with_last_words(r, "it could not be started", NULL));
	} else if (is_good(r)) {
		out->good = true;
		if (!try_rules(out, r, "soft", &r->t->soft, ALL))
			decide(out, "ok", xstrdup(""));
	} else if (r->stopped) {
		if (!try_rules(out, r, "error", &r->t->error, EVENTS)
		    && !try_rules(out, r, "evidence", &r->t->evidence, NEWEST))
			decide(out, r->end->stopped, stopped_message(r->end->stopped));
	} else if ((exit == 126 || exit == 127) && !r->a->answer_is_exit) {
		decide(out, "missing_tool", with_last_words(r, exit == 127
		    ? "exit status 127 (a command was not found)"
		    : "exit status 126 (a command could not be executed)", NULL));
	} else if (!try_rules(out, r, "error", &r->t->error, ALL)) {
		judge_failure(out, r);
	}
}

/* ---- reading ---- */

/* The end of a stream that is longer than it may be, from a whole line on. */
static const char *
tail_of(const char *s, size_t *len)
{
	const char *end = s + *len, *nl;

	if (*len <= CLASSIFY_MAX)
		return s;
	s = end - CLASSIFY_MAX;
	nl = memchr(s, '\n', CLASSIFY_MAX);
	s = nl ? nl + 1 : end;
	*len = (size_t)(end - s);
	return s;
}

/* A CLI whose own setting asks for one document instead of lines is understood too. */
static void
read_events(struct classify_reading *r)
{
	size_t len = r->end->out_len;
	const char *out = tail_of(r->end->out, &len);

	if (r->t->format == AGENT_TEXT)
		return;
	jsonl_read(&r->events, out, len, r->t->format == AGENT_JSON);
	if (r->events.n == 0 && r->t->format == AGENT_JSONL)
		jsonl_read(&r->events, out, len, true);
	for (size_t i = r->events.n; i-- > 0 && r->after == 0; )
		for (size_t j = 0; j < r->t->progress.n; j++)
			if (jsonl_match(&r->t->progress.v[j], r->events.v[i]))
				r->after = i + 1;
}

void
classify(struct classify_report *out, const struct agent *a, const struct classify_ending *end)
{
	struct classify_reading r = { .a = a, .t = a->rules, .end = end };
	size_t len = end->err_len;
	const char *errtext = tail_of(end->errtext, &len);

	*out = (struct classify_report){ 0 };
	r.stopped = end->stopped && *end->stopped;
	read_events(&r);
	if (end->usage)
		jsonl_read(&r.usage, end->usage, end->usage_len, true);
	oneline_plain(&r.errtext, errtext, len);
	classify_fields(out, &r);
	judge(out, &r);
	jsonl_release(&r.events);
	jsonl_release(&r.usage);
	buf_release(&r.errtext);
}

void
classify_release(struct classify_report *r)
{
	free(r->class);
	free(r->message);
	free(r->rule);
	free(r->evidence);
	free(r->text);
	val_free(r->json);
	free(r->session);
	free(r->session_odd);
	free(r->model);
	free(r->denied);
	*r = (struct classify_report){ 0 };
}
