/*
 * The door to libyaml: text in, events with byte spans out (yaml_event.h).
 *
 * libyaml tells positions as marks, and a mark is not what an editor of bytes
 * needs.  These are the corrections, each with its test in tests/unit/yaml.c:
 *
 *  - index and column count code points after the BOM.  A cursor walks along
 *    with the events, which come in the order of the text, so that all look-ups
 *    together are one pass, and a run of ASCII is one step.
 *  - a start includes anchor and tag: skipped here, and given apart.
 *  - a block scalar runs on over the blank lines after it: cut back to its last
 *    line of content, unless '+' makes the blank lines content.
 *  - an implicit null lies where the next token is: moved back behind its ':'.
 *  - the end of a block collection is the start of whatever comes next, comments
 *    and all: not given at all; the tree takes the end of the last descendant.
 *
 * libyaml reads flow collections in time that is quadratic in their depth; we
 * stop asking at YAML_DEPTH_MAX, and it never reads more than one line or 1024
 * characters ahead.  Bytes are checked before it sees them (yaml_text.c), since
 * for those it has no positions to tell.
 */
#include "doc/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml_event.h"

#define CORE_TAG "tag:yaml.org,2002:"
#define QUOTE_MAX 60		/* bytes of the text that a message shows */

/* What the next event of an open collection is. */
enum want { WANT_ITEM, WANT_KEY, WANT_VALUE };

struct inside {
	yaml_parser_t parser;
	yaml_event_t event;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_break(char c)
{
	return c == '\n' || c == '\r';
}

static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The first byte from `at` on that is not ASCII, or the end. */
static size_t
next_high(const struct yaml_reader *r, size_t at)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t w;

	for (; r->len - at >= sizeof w; at += sizeof w) {
		memcpy(&w, r->text + at, sizeof w);
		if (w & high)
			break;
	}
	while (at < r->len && (unsigned char)r->text[at] < 0x80)
		at++;
	return at;
}

int
yaml_open(struct yaml_reader *r, const char *text, size_t len, const char *name, struct err *e)
{
	struct inside *in;

	*r = (struct yaml_reader){ .text = text, .len = len, .name = name };
	if (yaml_check_text(r, e) < 0)
		return -1;
	r->at = r->high = r->bom;
	r->last = (uint32_t)r->bom;
	r->close = (uint32_t)len;
	in = xcalloc(1, sizeof *in);
	if (!yaml_parser_initialize(&in->parser)) {
		free(in);
		return err_set(e, ERR_SYSTEM, "out of memory");
	}
	yaml_parser_set_encoding(&in->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&in->parser, (const unsigned char *)text + r->bom,
	    len - r->bom);
	r->inside = in;
	return 0;
}

void
yaml_close(struct yaml_reader *r)
{
	struct inside *in = r->inside;

	if (in == NULL)
		return;
	yaml_event_delete(&in->event);
	yaml_parser_delete(&in->parser);
	free(in);
	r->inside = NULL;
}

/*
 * The byte at which the character number `index` starts.  From the last one that
 * was asked for it goes in steps: a run of ASCII, a character that is not.
 */
static uint32_t
byte_of(struct yaml_reader *r, size_t index)
{
	size_t i = r->seen, at = r->at;

	while (i > index) {
		i -= !goes_on(r->text[--at]);
		r->high = at;
	}
	while (i < index && at < r->len) {
		if (at >= r->high)
			r->high = next_high(r, at);
		if (at < r->high) {
			size_t run = r->high - at < index - i ? r->high - at : index - i;

			at += run;
			i += run;
			continue;
		}
		for (at++; at < r->len && goes_on(r->text[at]); at++)
			;
		i++;
	}
	r->seen = i;
	r->at = at;
	return (uint32_t)at;
}

/* The line around `at`, trimmed, cut and made safe to print. */
static void
quote_line(const struct yaml_reader *r, size_t at, struct buf *out)
{
	size_t from = at < r->len ? at : r->len, to = from;

	while (from > r->bom && !is_break(r->text[from - 1]))
		from--;
	while (to < r->len && !is_break(r->text[to]))
		to++;
	while (from < to && is_blank(r->text[from]))
		from++;
	while (to > from && is_blank(r->text[to - 1]))
		to--;
	str_visible(out, r->text + from, str_cut(r->text + from, to - from, QUOTE_MAX), false);
	if (to - from > QUOTE_MAX)
		buf_puts(out, "...");
}

/* What libyaml says, and what a person has usually done. */
static const struct {
	const char *problem, *hint;
} hints[] = {
	{ "mapping values are not allowed in this context",
	    "a text with ': ' in it needs quotes; or the indentation is wrong" },
	{ "did not find expected key",
	    "wrong indentation, or a text that needs quotes" },
	{ "could not find expected ':'", "a ':' after the key is missing" },
	{ "did not find expected '-' indicator", "wrong indentation, or a '-' is missing" },
	{ "found unexpected end of stream", "a quote or bracket is not closed" },
	{ "did not find expected ',' or ']'", "a ',' or ']' is missing" },
	{ "did not find expected ',' or '}'", "a ',' or '}' is missing" },
	{ "found character that cannot start any token",
	    "a text that starts with this character needs quotes" },
};

/* Where a line begins that only git writes, or r->len. */
static size_t
merge_marker(const struct yaml_reader *r)
{
	static const char marks[2][9] = { "<<<<<<< ", ">>>>>>> " };
	const char *at = r->text, *end = r->text + r->len;

	while (end - at > 8) {
		if (memcmp(at, marks[0], 8) == 0 || memcmp(at, marks[1], 8) == 0)
			return (size_t)(at - r->text);
		if ((at = memchr(at, '\n', (size_t)(end - at))) == NULL)
			break;
		at++;
	}
	return r->len;
}

static int
syntax_error(struct yaml_reader *r, struct err *e)
{
	const yaml_parser_t *p = &((struct inside *)r->inside)->parser;
	const char *problem = p->problem ? p->problem : "not valid", *hint = NULL;
	const yaml_mark_t *mark = &p->problem_mark;
	struct buf line = { 0 };
	size_t at;

	if (p->error == YAML_MEMORY_ERROR)
		return err_set(e, ERR_SYSTEM, "out of memory");
	if ((at = merge_marker(r)) < r->len) {
		quote_line(r, at, &line);
		yaml_refuse(e, r->name, r->text, r->len, at,
		    "a merge that nobody has settled: '%s'", buf_str(&line));
		goto done;
	}
	if (p->context && (strstr(p->context, "simple key") || strstr(p->context, "quoted")))
		mark = &p->context_mark;
	at = byte_of(r, mark->index);
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strcmp(problem, hints[i].problem) == 0)
			hint = hints[i].hint;
	if (at < r->len && r->text[at] == '\t')
		hint = "a tab cannot be used for indentation";
	quote_line(r, at, &line);
	yaml_refuse(e, r->name, r->text, r->len, at, "%s%s%s%s in '%s'",
	    hint ? hint : problem, hint ? " (" : "", hint ? problem : "", hint ? ")" : "",
	    buf_str(&line));
done:
	buf_release(&line);
	return -1;
}

static int
refuse(struct yaml_reader *r, size_t at, const char *why, struct err *e)
{
	return yaml_refuse(e, r->name, r->text, r->len, at, "%s", why);
}

/* A line may begin with a BOM, which libyaml passes over. */
static bool
is_line_bom(const struct yaml_reader *r, size_t at)
{
	return r->len - at >= 3 && memcmp(r->text + at, "\xef\xbb\xbf", 3) == 0 &&
	    (at == 0 || is_break(r->text[at - 1]));
}

/* Blanks, line ends and comments from `at` on. */
static size_t
skip_space(const struct yaml_reader *r, size_t at)
{
	while (at < r->len) {
		if (r->text[at] == '#')
			while (at < r->len && !is_break(r->text[at]))
				at++;
		else if (is_blank(r->text[at]) || is_break(r->text[at]))
			at++;
		else if (is_line_bom(r, at))
			at += 3;
		else
			break;
	}
	return at;
}

static bool
in_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '_' || c == '-';
}

/*
 * One "&name" or "!tag".  A name ends where libyaml ends it, which may be in front
 * of a value that begins with ':' ("&a:b" is ":b" with an anchor).
 */
static size_t
skip_prop(const struct yaml_reader *r, size_t at)
{
	bool verbatim = r->text[at] == '!' && at + 1 < r->len && r->text[at + 1] == '<';

	if (r->text[at] == '&') {
		for (at++; at < r->len && in_name(r->text[at]); at++)
			;
		return at;
	}
	if (verbatim)
		while (at < r->len && r->text[at] != '>')
			at++;
	while (at < r->len && !is_blank(r->text[at]) && !is_break(r->text[at]) &&
	    strchr(",[]{}", r->text[at]) == NULL)
		at++;
	return at;
}

/* Sets prop_end and start behind the `n` properties that stand at ev->prop. */
static void
split_props(const struct yaml_reader *r, struct yaml_event *ev, unsigned n)
{
	size_t at = ev->prop;

	for (; n > 0; n--) {
		at = skip_prop(r, skip_space(r, at));
		ev->prop_end = (uint32_t)at;
	}
	ev->start = (uint32_t)skip_space(r, at);
}

/* The columns of content of a block scalar with its indicators before `header`. */
static size_t
content_indent(const struct yaml_reader *r, size_t start, size_t header, size_t body, size_t end)
{
	size_t col = 0;
	int parent = r->depth > 0 ? r->col[r->depth - 1] : -1;

	for (size_t i = start; i < header; i++)
		if (r->text[i] >= '1' && r->text[i] <= '9')
			return (size_t)((parent > 0 ? parent : 0) + r->text[i] - '0');
	for (size_t i = body; i < end; i++)
		if (is_break(r->text[i]))
			col = 0;
		else if (r->text[i] == ' ')
			col++;
		else
			return col;
	return SIZE_MAX;	/* nothing but blank lines */
}

/* Cuts the blank lines off a block scalar that libyaml ends at `end`. */
static uint32_t
block_end(const struct yaml_reader *r, size_t start, size_t end)
{
	size_t header = start + 1, body, indent;

	while (header < end && strchr("+-123456789", r->text[header]) != NULL)
		header++;
	if (memchr(r->text + start, '+', header - start) != NULL)
		return (uint32_t)end;
	for (body = header; body < end && r->text[body] != '\n'; body++)
		if (r->text[body] == '\r' && (body + 1 == end || r->text[body + 1] != '\n'))
			break;
	body += body < end;
	indent = content_indent(r, start, header, body, end);
	while (end > body) {
		size_t stop = end, from;

		if (r->text[stop - 1] == '\n')
			stop--;
		if (stop > body && r->text[stop - 1] == '\r')
			stop--;
		for (from = stop; from > body && r->text[from - 1] == ' '; from--)
			;
		if ((from > body && !is_break(r->text[from - 1])) || stop - from > indent)
			return (uint32_t)stop;
		end = from;
	}
	return (uint32_t)header;
}

/*
 * libyaml puts an implicit null at the next token.  As the value of a key it
 * belongs behind the ':' that follows the key, or behind the key if none does.
 */
static void
place_null(const struct yaml_reader *r, struct yaml_event *ev)
{
	size_t at, colon;

	ev->implicit = true;
	if (ev->prop < ev->end) {
		ev->start = ev->prop_end = ev->end;
		return;
	}
	if (r->depth == 0 || r->want[r->depth - 1] != WANT_VALUE)
		return;
	at = r->last;
	colon = skip_space(r, at);
	if (colon <= ev->start && colon < r->len && r->text[colon] == ':')
		at = colon + 1;
	ev->prop = ev->prop_end = ev->start = ev->end = (uint32_t)at;
}

static int
style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return YAML_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return YAML_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return YAML_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return YAML_FOLDED;
	default:
		return YAML_PLAIN;
	}
}

static int
refuse_tag(struct yaml_reader *r, const struct yaml_event *ev, struct err *e)
{
	size_t n = strlen(CORE_TAG);
	struct buf seen = { 0 };

	if (strncmp(ev->tag, CORE_TAG, n) == 0)
		yaml_refuse(e, r->name, r->text, r->len, ev->prop,
		    "the tag '!!%s' does not fit its value", ev->tag + n);
	else {
		str_visible(&seen, ev->tag, strlen(ev->tag), false);
		yaml_refuse(e, r->name, r->text, r->len, ev->prop, "custom tag '%s'",
		    buf_str(&seen));
	}
	buf_release(&seen);
	return -1;
}

static int
take_scalar(struct yaml_reader *r, const yaml_event_t *in, struct yaml_event *ev, struct err *e)
{
	struct yaml_scalar s;

	ev->step = YAML_STEP_SCALAR;
	ev->style = (uint8_t)style_of(in->data.scalar.style);
	ev->text = (const char *)in->data.scalar.value;
	ev->len = (uint32_t)in->data.scalar.length;
	ev->anchor = (const char *)in->data.scalar.anchor;
	ev->tag = (const char *)in->data.scalar.tag;
	ev->end = byte_of(r, in->end_mark.index);
	if (ev->style == YAML_PLAIN && ev->len == 0)
		place_null(r, ev);
	else if (r->text[ev->prop] == '&' || r->text[ev->prop] == '!') {
		split_props(r, ev, 1);
		if (r->text[ev->start] == '&' || r->text[ev->start] == '!')
			split_props(r, ev, 2);
	}
	if (in->data.scalar.length > YAML_SCALAR_MAX)
		return refuse(r, ev->start, "a value of more than 1 MiB", e);
	if (ev->style == YAML_DOUBLE && memchr(ev->text, '\0', ev->len) != NULL)
		return refuse(r, ev->start, "a NUL character in a text", e);
	if (ev->prop_end > ev->prop && ev->tag == NULL &&
	    memchr(r->text + ev->prop, '!', ev->prop_end - ev->prop) != NULL)
		return refuse(r, ev->prop, "custom tag '!'", e);
	if (ev->style == YAML_LITERAL || ev->style == YAML_FOLDED)
		ev->end = block_end(r, ev->start, ev->end);
	if (ev->tag != NULL && yaml_resolve(&s, ev->text, ev->style == YAML_PLAIN, ev->tag) < 0)
		return refuse_tag(r, ev, e);
	return 0;
}

static int
take_open(struct yaml_reader *r, const yaml_event_t *in, struct yaml_event *ev, struct err *e)
{
	bool map = in->type == YAML_MAPPING_START_EVENT, flow;
	size_t line;

	ev->step = map ? YAML_STEP_MAP : YAML_STEP_SEQ;
	if (map) {
		ev->anchor = (const char *)in->data.mapping_start.anchor;
		ev->tag = (const char *)in->data.mapping_start.tag;
		flow = in->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	} else {
		ev->anchor = (const char *)in->data.sequence_start.anchor;
		ev->tag = (const char *)in->data.sequence_start.tag;
		flow = in->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	}
	ev->style = flow ? YAML_FLOW : YAML_BLOCK;
	if (ev->anchor != NULL || ev->tag != NULL)
		split_props(r, ev, (ev->anchor != NULL) + (ev->tag != NULL));
	if (ev->tag != NULL && strcmp(ev->tag, map ? CORE_TAG "map" : CORE_TAG "seq") != 0)
		return refuse_tag(r, ev, e);
	if (r->depth == YAML_DEPTH_MAX)
		return refuse(r, ev->start, "nested more than 64 deep", e);
	for (line = ev->start; line > r->bom && !is_break(r->text[line - 1]); line--)
		if (flow)
			break;
	r->col[r->depth] = flow ? -1 : (int32_t)(ev->start - line);
	r->bracket[r->depth] = flow && r->text[ev->start] == (map ? '{' : '[');
	r->want[r->depth] = map ? WANT_KEY : WANT_ITEM;
	r->depth++;
	return 0;
}

static void
take_event(struct yaml_reader *r, const yaml_event_t *in, struct yaml_event *ev)
{
	switch (in->type) {
	case YAML_ALIAS_EVENT:
		ev->step = YAML_STEP_ALIAS;
		ev->text = (const char *)in->data.alias.anchor;
		ev->len = (uint32_t)strlen(ev->text);
		ev->end = byte_of(r, in->end_mark.index);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		ev->step = YAML_STEP_CLOSE;
		if (r->bracket[--r->depth])
			ev->end = byte_of(r, in->end_mark.index);
		break;
	default:
		ev->step = YAML_DONE;
		ev->prop = ev->prop_end = ev->start = ev->end = r->close;
		break;
	}
}

int
yaml_next(struct yaml_reader *r, struct yaml_event *ev, struct err *e)
{
	struct inside *in = r->inside;
	yaml_event_t *event = &in->event;
	int rc = 0;

	for (;;) {
		yaml_event_delete(event);
		if (!yaml_parser_parse(&in->parser, event))
			return syntax_error(r, e);
		if (event->type == YAML_DOCUMENT_START_EVENT) {
			if (r->begun)
				return refuse(r, byte_of(r, event->start_mark.index),
				    "a second document starts here, one is allowed", e);
			r->begun = true;
			r->last = byte_of(r, event->end_mark.index);
		} else if (event->type == YAML_DOCUMENT_END_EVENT) {
			if (!event->data.document_end.implicit)
				r->close = byte_of(r, event->start_mark.index);
		} else if (event->type != YAML_STREAM_START_EVENT)
			break;
	}
	*ev = (struct yaml_event){ .prop = byte_of(r, event->start_mark.index) };
	ev->prop_end = ev->start = ev->prop;
	if (event->type == YAML_SCALAR_EVENT)
		rc = take_scalar(r, event, ev, e);
	else if (event->type == YAML_SEQUENCE_START_EVENT ||
	    event->type == YAML_MAPPING_START_EVENT)
		rc = take_open(r, event, ev, e);
	else
		take_event(r, event, ev);
	if (ev->end > r->last)
		r->last = ev->end;
	if (r->depth > 0 && ev->step != YAML_STEP_SEQ && ev->step != YAML_STEP_MAP) {
		uint8_t *want = &r->want[r->depth - 1];

		*want = *want == WANT_KEY ? WANT_VALUE : *want == WANT_VALUE ? WANT_KEY : *want;
	}
	return rc;
}
