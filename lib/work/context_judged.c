/*
 * What a reviewer sees of an attempt besides the task and the branch: what the agent says
 * of it, what our own checks said, what other reviewers did, and why an answer of the
 * reviewer's own could not be used.
 */
#include <string.h>

#include "base/buf.h"
#include "base/vec.h"
#include "task/task.h"
#include "work/context.h"
#include "work/context_parts.h"

static void
put_list(struct buf *out, const char *name, const struct task *t, enum field f)
{
	struct vec_str l = { 0 };

	task_texts(t, f, &l);
	for (size_t i = 0; i < l.n; i++)
		buf_printf(out, "%s%s\n", i ? "- " : name, l.v[i]);
	vec_str_release(&l);
}

int64_t
context_summary(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	const char *summary = task_text(in->task, F_SUMMARY);

	(void)cap;
	(void)e;
	if (summary && *summary)
		buf_printf(out, "%s\n", summary);
	put_list(out, "accomplished:\n- ", in->task, F_ACCOMPLISHED);
	put_list(out, "remaining:\n- ", in->task, F_REMAINING);
	put_list(out, "files changed:\n- ", in->task, F_FILES_CHANGED);
	return 0;
}

static int64_t
put(struct buf *out, const char *text)
{
	if (text && *text)
		buf_puts(out, text);
	return 0;
}

int64_t
context_checks(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	(void)cap;
	(void)e;
	return put(out, in->judged->checks);
}

int64_t
context_verdicts(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	(void)cap;
	(void)e;
	return put(out, in->judged->verdicts);
}

int64_t
context_refused(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	(void)cap;
	(void)e;
	return put(out, in->judged->refused);
}
