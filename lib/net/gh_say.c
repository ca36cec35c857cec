/*
 * What people get to read: every text that leaves gh goes through here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "net/gh_impl.h"
#include "net/http.h"

#define ERRORS_SHOWN 10

/* Redacted before it is cut: half a secret would not be known any more. */
static void
clean(const struct gh *g, const char *text, struct buf *out)
{
	struct redact own = { 0 };
	struct buf once = { 0 }, twice = { 0 };

	redact_add(&own, g->opts.token);
	redact_text(&own, text, strlen(text), &once);
	redact_text(g->opts.redact, buf_str(&once), once.len, &twice);
	for (size_t i = 0; i < twice.len; i++)
		if (strchr("\r\n\t", twice.data[i]) != NULL)
			twice.data[i] = ' ';
	str_visible(out, buf_str(&twice), twice.len, false);
	redact_release(&own);
	buf_release(&once);
	buf_release(&twice);
}

__attribute__((format(printf, 2, 0))) static void
format(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	buf_reserve(b, (size_t)n + 1);
	vsnprintf(b->data, (size_t)n + 1, fmt, ap);
	b->len = (size_t)n;
}

void
gh_why(const struct gh *g, struct gh_answer *a, const char *fmt, ...)
{
	struct buf text = { 0 }, out = { 0 };
	va_list ap;

	va_start(ap, fmt);
	format(&text, fmt, ap);
	va_end(ap);
	clean(g, buf_str(&text), &out);
	buf_cut(&out, str_cut(buf_str(&out), out.len, sizeof a->why - 1));
	memcpy(a->why, buf_str(&out), out.len + 1);
	buf_release(&text);
	buf_release(&out);
}

void
gh_log(const struct gh *g, int level, const char *fmt, ...)
{
	struct buf text = { 0 }, out = { 0 };
	va_list ap;

	if (g->opts.log == NULL || !log_wants(g->opts.log, (enum log_level)level))
		return;
	va_start(ap, fmt);
	format(&text, fmt, ap);
	va_end(ap);
	clean(g, buf_str(&text), &out);
	log_write(g->opts.log, (enum log_level)level, 0, 0, "github: %s", buf_str(&out));
	buf_release(&text);
	buf_release(&out);
}

static const char *
text_of(const struct val *map, const char *key, const char *otherwise)
{
	const char *s = val_text(val_get(map, key));

	return s != NULL ? s : otherwise;
}

/* "Issue.title missing_field: text" */
static void
say_error(struct buf *b, const struct val *one)
{
	const char *field = val_text(val_get(one, "field")), *message = val_text(val_get(one, "message"));
	const char *code = text_of(one, "code", text_of(one, "type", NULL));

	if (val_text(one) != NULL)
		buf_puts(b, val_text(one));
	if (field != NULL)
		buf_printf(b, "%s.%s ", text_of(one, "resource", ""), field);
	if (code != NULL)
		buf_puts(b, code);
	if (message != NULL)
		buf_printf(b, "%s%s", code ? ": " : "", message);
}

void
gh_said(struct buf *b, const struct val *body)
{
	const struct val *errors = val_get(body, "errors");
	const char *sep = "";

	if (val_text(val_get(body, "message")) != NULL) {
		buf_puts(b, val_text(val_get(body, "message")));
		sep = ": ";
	}
	for (size_t i = 0; errors != NULL && errors->kind == VAL_LIST && i < errors->n && i < ERRORS_SHOWN; i++) {
		struct buf one = { 0 };

		say_error(&one, errors->v[i]);
		if (one.len > 0) {
			buf_printf(b, "%s%s", sep, one.data);
			sep = "; ";
		}
		buf_release(&one);
	}
}

void
gh_explain(const struct gh *g, const struct http_reply *reply, const char *said, struct gh_answer *a)
{
	const char *needs = http_header(reply, "x-accepted-github-permissions");
	const char *sso = http_header(reply, "x-github-sso");
	const char *site = sso != NULL ? strstr(sso, "url=") : NULL;
	struct buf b = { 0 };

	if (a->end == GH_AUTH)
		buf_printf(&b, "the token of %s was refused: ", g->opts.token_source);
	buf_puts(&b, *said != '\0' ? said : "no reason given");
	if (a->end == GH_MISSING)
		buf_puts(&b, "; it is not there, or the token may not see it");
	if (a->end == GH_REFUSED && site != NULL)
		buf_printf(&b, "; authorize the token for SSO: %s", site + strlen("url="));
	else if (a->end == GH_REFUSED && needs != NULL)
		buf_printf(&b, "; needs %s", needs);
	gh_why(g, a, "%s (HTTP %d)", buf_str(&b), reply->status);
	buf_release(&b);
}
