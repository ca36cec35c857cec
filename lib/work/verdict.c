#include "work/verdict.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/scan.h"
#include "doc/schema.h"
#include "doc/val.h"

/* ---- reading ---- */

static void
fill(struct val *map, const char *key, struct val *value)
{
	const struct val *v = val_get(map, key);

	if (v == NULL || v->kind == VAL_NULL)
		val_put(map, key, value);
	else
		val_free(value);
}

/* Models leave out what does not apply; the schema has all keys, because some APIs take
 * no other. */
static void
fill_gaps(struct val *verdict)
{
	struct val *findings;

	fill(verdict, "findings", val_list());
	findings = val_get(verdict, "findings");
	for (size_t i = 0; findings->kind == VAL_LIST && i < findings->n; i++) {
		if (findings->v[i]->kind != VAL_MAP)
			continue;
		fill(findings->v[i], "file", val_str(""));
		fill(findings->v[i], "line", val_int(0));
		fill(findings->v[i], "severity", val_str("minor"));
	}
}

int
verdict_check(const struct val *schema, int64_t task, int attempt, struct val *v, struct err *e)
{
	int64_t of;

	if (v->kind != VAL_MAP)
		return err_set(e, ERR_INVALID, "a JSON object is expected");
	fill_gaps(v);
	if (schema_check(schema, v, 1, e) == -1)
		return -1;
	if ((of = val_number(val_get(v, "task"), 0)) != task)
		return err_set(e, ERR_INVALID, "it is about task %lld, and task %lld was to be judged",
		    (long long)of, (long long)task);
	if ((of = val_number(val_get(v, "attempt"), -1)) != attempt)
		return err_set(e, ERR_INVALID, "it is about attempt %lld, and attempt %d was to be judged",
		    (long long)of, attempt);
	if (val_get(v, "findings")->n == 0 &&
	    decision_find(val_text(val_get(v, "decision"))) != DECIDE_APPROVE)
		return err_set(e, ERR_INVALID, "it does not approve, but has no finding that says why");
	return 0;
}

/* Narrows a text to what is between the blanks around it. */
static void
trim(struct scan_span *s, const char *text)
{
	static const char blanks[] = " \t\r\n";

	while (s->len > 0 && strchr(blanks, text[s->start]) != NULL) {
		s->start++;
		s->len--;
	}
	while (s->len > 0 && strchr(blanks, text[s->start + s->len - 1]) != NULL)
		s->len--;
}

/* Takes off the one fence that may be around all of it: a line "```" or "```json" and a
 * line "```".  What is not quite that stays, and is text around the object. */
static void
unfence(struct scan_span *s, const char *text)
{
	static const char *const opens[] = { "```json", "```" };
	static const char closes[] = "\n```";
	const size_t close = sizeof closes - 1;
	const char *begin = text + s->start;

	for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
		size_t line = strlen(opens[i]);

		if (strncmp(begin, opens[i], line) != 0)
			continue;
		line += strspn(begin + line, " \t\r");
		if (begin[line] != '\n' || line + close > s->len ||
		    strncmp(begin + s->len - close, closes, close) != 0)
			continue;
		s->start += line;
		s->len -= line + close;
		trim(s, text);
		return;
	}
}

/* The object that is the whole of a text.  Around it there is always something else to be
 * said, perhaps that it is only quoted: then nobody knows what was meant. */
static struct val *
read_whole(const char *text, struct err *e)
{
	struct scan_span whole = { 0, strlen(text) };
	struct scan_list objects = { 0 };
	struct val *v = NULL;

	trim(&whole, text);
	unfence(&whole, text);
	scan_objects(&objects, text, strlen(text));
	if (objects.n == 0)
		err_set(e, ERR_INVALID, "there is no JSON object in it");
	else if (objects.n > 1)
		err_set(e, ERR_INVALID, "there are %zu JSON objects in it, and one is expected", objects.n);
	else if (objects.v[0].start != whole.start || objects.v[0].len != whole.len)
		err_set(e, ERR_INVALID, "there is text around the JSON object, and nothing but it is expected");
	else
		v = json_parse(text + whole.start, whole.len, e);
	scan_release(&objects);
	return v;
}

struct val *
verdict_read(const struct val *schema, int64_t task, int attempt, const char *text,
    const struct val *json, struct err *e)
{
	struct val *v = json != NULL ? val_copy(json) : read_whole(text != NULL ? text : "", e);

	if (v == NULL || verdict_check(schema, task, attempt, v, e) == 0)
		return v;
	val_free(v);
	return NULL;
}

/* ---- using ---- */

static double
confidence_of(const struct val *verdict)
{
	const struct val *v = val_get(verdict, "confidence");

	/* There is a -0.0, which people need not see. */
	return v->kind == VAL_REAL ? v->r + 0.0 : (double)val_number(v, 0);
}

void
verdict_vote(const struct val *verdict, struct consensus_vote *vote, struct consensus_spot *spots)
{
	const struct val *findings = val_get(verdict, "findings");

	vote->given = true;
	vote->decision = (enum decision)decision_find(val_text(val_get(verdict, "decision")));
	vote->confidence = confidence_of(verdict);
	vote->spots = spots;
	for (vote->spots_n = 0; vote->spots_n < findings->n && vote->spots_n < VERDICT_FINDINGS; vote->spots_n++) {
		const struct val *f = findings->v[vote->spots_n];

		spots[vote->spots_n].file = val_text(val_get(f, "file"));
		spots[vote->spots_n].line = val_number(val_get(f, "line"), 0);
	}
}

void
verdict_line(struct buf *out, const char *agent, const struct val *verdict)
{
	static const char *const does[DECISIONS] = { "approves", "asks for changes", "rejects" };

	buf_printf(out, "%s %s (%.2f)", agent,
	    does[decision_find(val_text(val_get(verdict, "decision")))], confidence_of(verdict));
}

/* What others wrote, with its further lines below the first. */
static void
put_text(struct buf *out, const char *text)
{
	struct buf clean = { 0 };

	str_visible(&clean, text, strlen(text), true);
	while (clean.len > 0 && strchr(" \t\r\n", clean.data[clean.len - 1]) != NULL)
		buf_cut(&clean, clean.len - 1);
	for (size_t i = 0; i < clean.len; i++) {
		buf_putc(out, clean.data[i]);
		if (clean.data[i] == '\n')
			buf_puts(out, "  ");
	}
	buf_putc(out, '\n');
	buf_release(&clean);
}

void
verdict_text(struct buf *out, const char *agent, const struct val *verdict)
{
	const struct val *findings = val_get(verdict, "findings");

	verdict_line(out, agent, verdict);
	buf_puts(out, findings->n > 0 ? ":\n" : "\n");
	for (size_t i = 0; i < findings->n; i++) {
		const struct val *f = findings->v[i];
		const char *file = val_text(val_get(f, "file"));
		int64_t line = val_number(val_get(f, "line"), 0);

		buf_puts(out, "- ");
		str_visible(out, file, strlen(file), false);
		if (line > 0 && *file != '\0')
			buf_printf(out, ":%lld", (long long)line);
		buf_printf(out, "%s%s: ", *file != '\0' ? " " : "", val_text(val_get(f, "severity")));
		put_text(out, val_text(val_get(f, "text")));
	}
}
