/*
 * What earlier attempts came to, from .orch/runs/ID/N/outcome.json, the newest
 * first.  An attempt gets a share of the room, so that one long log does not push
 * all others out, and reading stops when the room is full: the part does not grow
 * with the count.
 */
#include "work/context_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/task.h"
#include "work/context.h"
#include "work/fence.h"
#include "work/jsonfile.h"

#define OUTCOME_BYTES (2u << 20)
#define SHARE	      2		/* one attempt gets at most this part of the room */

/* The record of an attempt; NULL: none, or none that can be read. */
static struct val *
outcome_of(const struct context_input *in, int attempt)
{
	char name[96];

	snprintf(name, sizeof name, "runs/%lld/%d/outcome.json", (long long)in->task->id, attempt);
	return jsonfile_peek(in->project->orch_fd, name, OUTCOME_BYTES);
}

static const char *
text_of(const struct val *v, const char *key)
{
	const char *s = val_text(val_get(v, key));

	return s && *s ? s : NULL;
}

/* The end of what a check printed says why it failed.  Returns the bytes left out. */
static size_t
put_attempt(struct buf *out, const struct val *v, int attempt, size_t room)
{
	const char *class = text_of(v, "class"), *s;
	struct buf head = { 0 };
	size_t left;

	buf_printf(&head, "attempt %d: %s\n", attempt, class ? class : "unknown");
	if ((s = text_of(v, "message")) != NULL)
		buf_printf(&head, "message: %s\n", s);
	if ((s = text_of(v, "summary")) != NULL)
		buf_printf(&head, "summary: %s\n", s);
	left = fence_cut(out, buf_str(&head), head.len, room);
	if ((s = text_of(v, "verify")) != NULL && head.len < room) {
		buf_puts(out, "output of the check:\n");
		left += fence_cut_head(out, s, strlen(s), room - head.len);
		if (out->data[out->len - 1] != '\n')
			buf_putc(out, '\n');
	}
	buf_release(&head);
	return left;
}

int64_t
context_attempts(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	size_t start = out->len, left = 0;
	struct val *v;

	(void)e;
	for (int n = in->attempt - 1; n > 0 && out->len - start < cap; n--) {
		v = outcome_of(in, n);
		if (!v)
			continue;
		if (out->len > start)
			buf_putc(out, '\n');
		left += put_attempt(out, v, n, cap / SHARE);
		val_free(v);
	}
	return (int64_t)left;
}

char *
context_base(const struct project *p, const struct task *t)
{
	char name[96], *base = NULL;
	struct val *v;

	snprintf(name, sizeof name, "runs/%lld/%lld/attempt.json", (long long)t->id,
	    (long long)task_int(t, F_ATTEMPTS, 0));
	v = jsonfile_peek(p->orch_fd, name, OUTCOME_BYTES);
	if (text_of(v, "base") != NULL)
		base = xstrdup(text_of(v, "base"));
	val_free(v);
	return base;
}

bool
context_overflowed(const struct context_input *in)
{
	struct val *v = in->attempt > 1 ? outcome_of(in, in->attempt - 1) : NULL;
	const char *class = text_of(v, "class");
	bool yes = class && strcmp(class, "context_overflow") == 0;

	val_free(v);
	return yes;
}
