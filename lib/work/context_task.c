/*
 * What the task file knows: the task, the person's words about it, and the tasks
 * around it, archived ones too where their results are asked for.
 */
#include "work/context_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/field.h"
#include "task/archive.h"
#include "task/repo.h"
#include "task/task.h"
#include "work/context.h"
#include "work/fence.h"
#include "work/jsonl.h"
#include "work/sync_text.h"

#define SHARE_MIN 128	/* bytes: who has so many children is not told of the last ones */

static void
put_line(struct buf *out, const char *name, const char *value)
{
	if (value && *value)
		buf_printf(out, "%s: %s\n", name, value);
}

static void
put_texts(struct buf *out, const char *name, struct vec_str *l, const char *sep)
{
	for (size_t i = 0; i < l->n; i++)
		buf_printf(out, "%s%s", i ? sep : name, l->v[i]);
	if (l->n > 0)
		buf_putc(out, '\n');
	vec_str_release(l);
}

static void
put_list(struct buf *out, const char *name, const struct task *t, enum field f, const char *sep)
{
	struct vec_str l = { 0 };

	task_texts(t, f, &l);
	put_texts(out, name, &l, sep);
}

int64_t
context_task(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	const struct task *t = in->task;
	char *body = sync_text_prompt(t, F_BODY), *title = sync_text_prompt(t, F_TITLE);
	struct vec_str checks = { 0 };

	(void)cap;
	(void)e;
	repo_verify(in->repo, t, true, &checks);
	buf_printf(out, "id: %lld\n", (long long)t->id);
	put_line(out, "title", *title != '\0' ? title : "(none)");
	put_list(out, "labels: ", t, F_LABELS, ", ");
	put_line(out, "priority", task_text(t, F_PRIORITY));
	put_line(out, "command", task_text(t, F_COMMAND));
	put_texts(out, "checks that will be run afterwards:\n  ", &checks, "\n  ");
	if (*body != '\0')
		buf_printf(out, "\n%s\n", body);
	free(body);
	free(title);
	return 0;
}

/* Keys as they stand there; a list on one line. */
int64_t
context_profile(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	struct val *map = task_value(in->task, F_AGENT_PROFILE);
	char *s;

	(void)cap;
	(void)e;
	for (size_t i = 0; map && map->kind == VAL_MAP && i < map->n; i++) {
		const struct val *v = map->v[i];

		buf_printf(out, "%s: ", map->key[i]);
		for (size_t j = 0; v->kind == VAL_LIST && j < v->n; j++) {
			s = jsonl_text(v->v[j]);
			buf_printf(out, "%s%s", j ? ", " : "", s);
			free(s);
		}
		if (v->kind != VAL_LIST) {
			s = jsonl_text(v);
			buf_puts(out, s);
			free(s);
		}
		buf_putc(out, '\n');
	}
	val_free(map);
	return 0;
}

/* One task as others see it: what it is, how it stands, what came of it. */
static void
put_task(struct buf *out, const char *what, const struct task *t)
{
	const char *title = task_text(t, F_TITLE);

	buf_printf(out, "%s %lld (%s): %s\n", what, (long long)t->id, state_name(t->status),
	    title ? title : "");
	put_line(out, "  summary", task_text(t, F_SUMMARY));
	if (t->status != ST_DONE) {
		put_line(out, "  reason", task_text(t, F_REASON));
		put_line(out, "  error", task_text(t, F_LAST_ERROR));
	}
}

static void
put_tasks(struct buf *out, const char *what, const struct context_input *in,
    const struct task *of, int64_t except)
{
	struct vec_id ids = { 0 };
	const struct task *t;

	task_ids(of, F_CHILDREN, &ids);
	for (size_t i = 0; i < ids.n; i++)
		if (ids.v[i] != except && (t = tasks_find(in->tasks, ids.v[i])) != NULL)
			put_task(out, what, t);
	vec_id_release(&ids);
}

int64_t
context_family(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	const struct task *parent;

	(void)cap;
	(void)e;
	parent = tasks_find(in->tasks, task_int(in->task, F_PARENT_ID, 0));
	if (parent) {
		put_task(out, "parent", parent);
		put_tasks(out, "beside this one: task", in, parent, in->task->id);
	}
	return 0;
}

static void
put_result(struct buf *out, const char *what, const struct task *t)
{
	put_task(out, what, t);
	put_line(out, "  project", task_text(t, F_PROJECT));
	put_line(out, "  branch", task_text(t, F_BRANCH));
	put_list(out, "  remaining: ", t, F_REMAINING, "; ");
	put_list(out, "  files changed: ", t, F_FILES_CHANGED, ", ");
}

/* Of each as much as of any other: what one has to say hides none of those behind it. */
static size_t
put_results(struct buf *out, const char *what, const struct context_input *in,
    struct archive_lookup *archive, const struct vec_id *ids, size_t share)
{
	struct buf one = { 0 };
	size_t left = 0;

	for (size_t i = 0; i < ids->n; i++) {
		const struct task *t = tasks_find(in->tasks, ids->v[i]);

		buf_cut(&one, 0);
		if (t == NULL && (t = archive_ask(archive, ids->v[i])) == NULL)
			buf_printf(&one, "%s %lld does not exist\n", what, (long long)ids->v[i]);
		else
			put_result(&one, what, t);
		left += fence_cut(out, buf_str(&one), one.len, share);
	}
	buf_release(&one);
	return left;
}

/* If all of it has room, nothing is cut. */
int64_t
context_results(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	struct archive_lookup *archive = archive_lookup_new(in->project);
	struct vec_id children = { 0 }, before = { 0 };
	struct buf all = { 0 };
	size_t share = SIZE_MAX, left = 0;

	(void)e;
	task_ids(in->task, F_CHILDREN, &children);
	task_ids(in->task, F_DEPENDS_ON, &before);
	for (int turn = 0; turn < 2 && (turn == 0 || all.len > cap); turn++) {
		if (turn == 1)
			share = cap / (children.n + before.n + 1);	/* one for the marks around it */
		if (share < SHARE_MIN)
			share = SHARE_MIN;
		buf_cut(&all, 0);
		left = put_results(&all, "child", in, archive, &children, share);
		left += put_results(&all, "task", in, archive, &before, share);
	}
	buf_append(out, buf_str(&all), all.len);
	buf_release(&all);
	archive_lookup_free(archive);
	vec_id_release(&children);
	vec_id_release(&before);
	return (int64_t)left;
}

int64_t
context_review(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	const char *notes = task_text(in->task, F_REVIEW_NOTES);
	const char *decision = task_text(in->task, F_REVIEW_DECISION);

	(void)cap;
	(void)e;
	/* What was approved and is done again leaves nothing to be put right. */
	if (!notes || !*notes || (decision && strcmp(decision, "approve") == 0))
		return 0;
	put_line(out, "decision", decision);
	buf_printf(out, "%s\n", notes);
	return 0;
}

static const char *
note_at(const struct val *history, size_t i)
{
	return val_text(val_get(val_at(history, i), "note"));
}

/* The fields hold the newest question and answer only; the history tells of those before,
 * on one line each. */
static void
put_earlier(struct buf *out, const struct task *t, bool newest_is_known)
{
	static const char answered[] = "answered: ", asks[] = "asks: ";
	struct val *history = task_value(t, F_HISTORY);
	const char *note, *question;

	for (size_t i = history ? history->n : 0; i-- > 0; ) {
		note = note_at(history, i);
		if (!note || !str_starts(note, answered))
			continue;
		if (newest_is_known) {
			newest_is_known = false;
			continue;
		}
		question = i > 0 ? note_at(history, i - 1) : NULL;
		question = question ? strstr(question, asks) : NULL;
		buf_putc(out, '\n');
		put_line(out, "earlier question", question ? question + strlen(asks) : NULL);
		put_line(out, "earlier answer", note + strlen(answered));
	}
	val_free(history);
}

int64_t
context_answers(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	const char *answer = task_text(in->task, F_ANSWER);
	bool known = answer && *answer;

	(void)cap;
	(void)e;
	if (known) {
		put_line(out, "question", task_text(in->task, F_QUESTION));
		put_line(out, "answer", answer);
	}
	put_earlier(out, in->task, known);
	return 0;
}
