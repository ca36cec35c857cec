#include "task/event_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/event_log.h"
#include "task/pattern.h"

static const char word_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/* First words that the suite tells of, or may come to. */
static const char *const reserved[] = {
	"agent", "file", "job", "orch", "plan", "review", "subscription", "sync", "task", NULL,
};

bool
event_topic_good(const char *topic)
{
	const char *s = topic;

	if (strlen(topic) > EVENT_TOPIC_MAX)
		return false;
	for (;;) {
		size_t len = strspn(s, word_chars);

		if (len == 0)
			return false;
		s += len;
		if (*s == '\0')
			return true;
		if (*s++ != '.')
			return false;
	}
}

bool
event_topic_reserved(const char *topic)
{
	size_t len = strcspn(topic, ".");

	for (int i = 0; reserved[i] != NULL; i++)
		if (strlen(reserved[i]) == len && strncmp(reserved[i], topic, len) == 0)
			return true;
	return false;
}

static bool
is_pattern(const char *topic)
{
	size_t len = strlen(topic);
	char *stem;
	bool good;

	if (strcmp(topic, "*") == 0)
		return true;
	if (len < 3 || strcmp(topic + len - 2, ".*") != 0)
		return event_topic_good(topic);
	stem = xstrndup(topic, len - 2);
	good = event_topic_good(stem);
	free(stem);
	return good;
}

int
event_filter_topics(struct event_filter *f, const char *text, struct err *e)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		char *one = xstrndup(text, len);

		if (!is_pattern(one)) {
			err_set(e, ERR_INVALID, "'%.120s' is no topic: words of letters, digits, - and _, "
			    "joined by dots; .* at the end for all below", one);
			free(one);
			return -1;
		}
		vec_str_take(&f->topics, one);
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static bool
path_good(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[0] != '.' && path[len - 1] != '.' && strstr(path, "..") == NULL &&
	    strpbrk(path, " \t\r\n") == NULL;
}

int
event_filter_where(struct event_filter *f, const char *text, struct err *e)
{
	struct event_where *w = &f->where[f->n];
	size_t len = strcspn(text, "=!?~");
	const char *mark = text + len, *rest = mark + 1;

	if (f->n == EVENT_WHERE_MAX)
		return err_set(e, ERR_INVALID, "more than %d conditions", EVENT_WHERE_MAX);
	*w = (struct event_where){ .path = xstrndup(text, len) };
	switch (*mark) {
	case '=':
		w->test = WHERE_IS;
		break;
	case '!':
		w->test = *rest++ == '=' ? WHERE_IS_NOT : WHERE_EXISTS;
		break;
	case '?':
		w->test = WHERE_EXISTS;
		break;
	case '~':
		w->test = WHERE_MATCHES;
		break;
	}
	if (*mark == '\0' || !path_good(w->path) || (w->test == WHERE_EXISTS && (*mark != '?' || *rest))) {
		err_set(e, ERR_INVALID, "'%.120s' is no condition: FIELD=VALUE, FIELD!=VALUE, FIELD? or FIELD~REGEX",
		    text);
		goto fail;
	}
	if (w->test == WHERE_MATCHES && pattern_compile(&w->re, rest, e) == -1) {
		err_prefix(e, "'%.120s'", text);
		goto fail;
	}
	if (w->test == WHERE_IS || w->test == WHERE_IS_NOT)
		w->value = xstrdup(rest);
	f->n++;
	return 0;
fail:
	free(w->path);
	return -1;
}

int
event_filter_source(struct event_filter *f, const char *source, struct err *e)
{
	if (f->n == EVENT_WHERE_MAX)
		return err_set(e, ERR_USAGE, "more than %d conditions", EVENT_WHERE_MAX);
	f->where[f->n++] = (struct event_where){ WHERE_IS, xstrdup("source"), xstrdup(source), { 0 } };
	return 0;
}

void
event_filter_release(struct event_filter *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->where[i].test == WHERE_MATCHES)
			regfree(&f->where[i].re);
		free(f->where[i].path);
		free(f->where[i].value);
	}
	vec_str_release(&f->topics);
	*f = (struct event_filter){ 0 };
}

/* Is a value with this text written so, but for quotes?  Numbers can be written in many ways,
 * small whole ones in one. */
static bool
is_literal(const char *text)
{
	static const char digits[] = "0123456789";
	size_t len = strlen(text), first = *text == '-';

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~' || strchr("\"\\/", text[i]) != NULL)
			return false;
	if (len == 0 || strchr("[{", *text) != NULL)
		return false;
	if (strchr("-0123456789", *text) == NULL)
		return true;
	return len <= 15 && text[first] != '\0' && text[first + strspn(text + first, digits)] == '\0' &&
	    (text[first] != '0' || strcmp(text, "0") == 0);
}

/* The name of the value at that place, in quotes; NULL: it has none, or not one that is plain. */
static char *
key_of(const char *path)
{
	const char *dot = strrchr(path, '.'), *key = dot != NULL ? dot + 1 : path;

	return key[strspn(key, word_chars)] != '\0' || strchr("0123456789", *key) != NULL ? NULL :
	    xasprintf("\"%s\"", key);
}

void
event_filter_hint(const struct event_filter *f, struct event_hint *hint)
{
	const char *topic = f->topics.n == 1 ? f->topics.v[0] : "*";
	size_t len = strlen(topic);

	*hint = (struct event_hint){ 0 };
	if (len > 1)
		hint->v[hint->n++].text = topic[len - 1] == '*' ? xasprintf("\"%.*s", (int)len - 1, topic) :
		    xasprintf("\"%s\"", topic);
	for (size_t i = 0; i < f->n && hint->n < EVENT_HINTS; i++) {
		const struct event_where *w = &f->where[i];
		struct event_sign *sign = &hint->v[hint->n];

		if (w->test == WHERE_IS_NOT)
			continue;
		sign->key = key_of(w->path);
		sign->text = w->test == WHERE_IS && is_literal(w->value) ? xstrdup(w->value) : NULL;
		hint->n += sign->key != NULL || sign->text != NULL;
	}
}

void
event_hint_release(struct event_hint *hint)
{
	for (; hint->n > 0; hint->n--) {
		free(hint->v[hint->n - 1].key);
		free(hint->v[hint->n - 1].text);
	}
}

bool
event_filter_topic(const struct event_filter *f, const struct event_seen *ev)
{
	for (size_t i = 0; i < f->topics.n; i++) {
		const char *topic = f->topics.v[i];
		size_t len = strlen(topic);

		if (topic[len - 1] == '*') {
			if (ev->topic_len > len - 1 && memcmp(topic, ev->topic, len - 1) == 0)
				return true;
		} else if (ev->topic_len == len && memcmp(topic, ev->topic, len) == 0) {
			return true;
		}
	}
	return f->topics.n == 0;
}

/* A scalar as it is, a list or map as JSON. */
static char *
text_of(const struct val *v)
{
	struct buf b = { 0 };

	if (v->kind == VAL_LIST || v->kind == VAL_MAP)
		json_print(&b, v);
	else
		val_plain(&b, v);
	return buf_detach(&b);
}

static bool
holds(const struct event_where *w, const struct val *event)
{
	const struct val *v = val_path(event, w->path);
	char *text;
	bool yes;

	if (v == NULL || v->kind == VAL_NULL)
		return w->test == WHERE_IS_NOT;
	if (w->test == WHERE_EXISTS)
		return true;
	text = text_of(v);
	if (w->test == WHERE_MATCHES)
		text[str_cut(text, strlen(text), PATTERN_TEXT_MAX)] = '\0';
	if (w->test == WHERE_MATCHES)
		yes = regexec(&w->re, text, 0, NULL, 0) == 0;
	else
		yes = (strcmp(text, w->value) == 0) == (w->test == WHERE_IS);
	free(text);
	return yes;
}

bool
event_filter_holds(const struct event_filter *f, const struct val *event)
{
	for (size_t i = 0; i < f->n; i++)
		if (!holds(&f->where[i], event))
			return false;
	return true;
}
