/*
 * sync_report - what people read of a task in its issue
 *
 * The shares of the parts add up to less than SYNC_TEXT_MAX: that is what the numbers
 * below are chosen for, and what a test fills up.
 */
#include "work/sync_report.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "task/state.h"
#include "task/task.h"
#include "work/sync_mark.h"
#include "work/sync_text.h"
#include "work/usage.h"

#define SUMMARY_MAX 12000
#define QUESTION_MAX 6000
#define ERROR_MAX 4000
#define VERIFY_MAX 8000
#define LIST_MAX 5000		/* of one list, and one item more */
#define ITEM_MAX 300		/* before it is made harmless */
#define LINE_MAX 200
#define LOGIN_MAX 39
#define TEAM_MAX 100

struct report {
	struct buf text;
	const struct redact *redact;
};

/* "in_progress" as people say it. */
static void
put_words(struct report *r, const char *name)
{
	for (; *name != '\0'; name++)
		buf_putc(&r->text, *name == '_' ? ' ' : *name);
}

static char *
washed(const struct report *r, const char *s)
{
	return redact_string(r->redact, xstrdup(s));
}

static void
put_inline(struct report *r, const char *s, size_t max)
{
	char *clean = washed(r, s);

	sync_text_inline(&r->text, clean, max);
	free(clean);
}

/* A name as code, if it is one. */
static void
put_name(struct report *r, const char *s)
{
	char *clean = washed(r, s), *line = sync_text_line(clean, LINE_MAX);

	if (*line != '\0' && strchr(line, '`') == NULL)
		buf_printf(&r->text, "`%s`", line);
	else
		sync_text_inline(&r->text, line, LINE_MAX);
	free(line);
	free(clean);
}

static void
put_section(struct report *r, const char *title, const char *s, size_t max,
    void (*put)(struct buf *, const char *, size_t))
{
	char *clean;

	if (s == NULL || *s == '\0')
		return;
	clean = washed(r, s);
	buf_printf(&r->text, "\n\n**%s**\n\n", title);
	put(&r->text, clean, max);
	while (r->text.len > 0 && r->text.data[r->text.len - 1] == '\n')
		buf_cut(&r->text, r->text.len - 1);
	free(clean);
}

static void
put_list(struct report *r, const char *title, const struct vec_str *list)
{
	size_t begin, i;

	if (list->n == 0)
		return;
	buf_printf(&r->text, "\n\n**%s**\n", title);
	begin = r->text.len;
	for (i = 0; i < list->n && sync_text_length(buf_str(&r->text) + begin) < LIST_MAX; i++) {
		buf_puts(&r->text, "\n- ");
		put_inline(r, list->v[i], ITEM_MAX);
	}
	if (i < list->n)
		buf_printf(&r->text, "\n- and %zu more", list->n - i);
}

/* "`claude`, model `opus`" */
static void
put_agent(struct report *r, const char *agent, const char *model)
{
	if (agent == NULL)
		return;
	buf_puts(&r->text, "\n- Agent: ");
	put_name(r, agent);
	if (model == NULL)
		return;
	buf_puts(&r->text, ", model ");
	put_name(r, model);
}

static void
put_branch(struct report *r, const char *branch)
{
	if (branch == NULL)
		return;
	buf_puts(&r->text, "\n- Branch: ");
	put_name(r, branch);
}

static void
put_status(struct report *r, const char *status, const char *reason)
{
	buf_puts(&r->text, "\n- Status: **");
	put_words(r, status);
	buf_puts(&r->text, "**");
	if (reason == NULL || *reason == '\0')
		return;
	buf_puts(&r->text, ", ");
	put_inline(r, reason, LINE_MAX);
}

static void
put_cost(struct report *r, const struct task *t)
{
	struct val *v = task_value(t, F_USAGE);
	char span[NUM_DURATION_MAX];
	struct usage u;

	usage_read(&u, v);
	val_free(v);
	if (u.cost_usd > 0)
		buf_printf(&r->text, "\n- Cost: $%.2f%s", u.cost_usd,
		    u.estimated_usd > 0 ? ", in part estimated" : "");
	if (u.tokens_in > 0 || u.tokens_out > 0)
		buf_printf(&r->text, "\n- Tokens: %lld in, %lld out", (long long)u.tokens_in,
		    (long long)u.tokens_out);
	if (u.ms >= 1000) {
		num_duration_text(u.ms / 1000 * 1000, span);
		buf_printf(&r->text, "\n- Time: %s", span);
	}
}

/* Names of classes are of ours, but a file may hold anything. */
static void
put_error(struct report *r, const char *error, const char *class)
{
	struct buf title = { 0 };

	buf_puts(&title, "Last error");
	if (class && strspn(class, "abcdefghijklmnopqrstuvwxyz_") == strlen(class))
		buf_printf(&title, ", %s", class);
	put_section(r, title.data, error, ERROR_MAX, sync_text_fence);
	buf_release(&title);
}

static bool
open_question(const struct task *t)
{
	const char *answer = task_text(t, F_ANSWER);

	return t->status == ST_NEEDS_REVIEW && task_text(t, F_QUESTION) &&
	    (answer == NULL || *answer == '\0');
}

static char *
finish(struct report *r, const char *uid, int64_t attempt, const char *kind)
{
	struct sync_key k = { .attempt = attempt };
	char *comment;

	snprintf(k.uid, sizeof k.uid, "%s", uid ? uid : "");
	snprintf(k.kind, sizeof k.kind, "%s", kind);
	comment = sync_mark_comment(buf_str(&r->text), &k);
	buf_release(&r->text);
	return comment;
}

char *
sync_report_status(const struct task *t, const struct redact *redact)
{
	struct report r = { .redact = redact };
	int64_t attempts = task_int(t, F_ATTEMPTS, 0), most = task_int(t, F_MAX_ATTEMPTS, 0);

	buf_printf(&r.text, "**Task %lld**\n", (long long)t->id);
	put_status(&r, state_name(t->status), task_text(t, F_REASON));
	if (attempts > 0 && most > 0)
		buf_printf(&r.text, "\n- Attempts: %lld of %lld", (long long)attempts, (long long)most);
	else if (attempts > 0)
		buf_printf(&r.text, "\n- Attempts: %lld", (long long)attempts);
	put_agent(&r, task_text(t, F_AGENT), task_text(t, F_AGENT_MODEL));
	put_branch(&r, task_text(t, F_BRANCH));
	put_cost(&r, t);
	if (open_question(t))
		put_section(&r, "Question", task_text(t, F_QUESTION), QUESTION_MAX, sync_text_neutral);
	put_error(&r, task_text(t, F_LAST_ERROR), task_text(t, F_ERROR_CLASS));
	if (state_parked(t->status))
		buf_puts(&r.text, "\n\nA person is needed: `/retry`, `/unblock`, `/assign`, `/close`; "
		    "`/help` says more.");
	return finish(&r, task_text(t, F_UID), 0, "status");
}

static char *
copy_of(const struct task *t, enum field f)
{
	const char *s = task_text(t, f);

	return s ? xstrdup(s) : NULL;
}

void
sync_result_of(struct sync_result *s, const struct task *t)
{
	*s = (struct sync_result){
		.uid = copy_of(t, F_UID),
		.attempt = task_int(t, F_ATTEMPTS, 0),
		.status = xstrdup(state_name(t->status)),
		.reason = copy_of(t, F_REASON),
		.agent = copy_of(t, F_AGENT),
		.model = copy_of(t, F_AGENT_MODEL),
		.branch = copy_of(t, F_BRANCH),
		.summary = copy_of(t, F_SUMMARY),
		.question = open_question(t) ? copy_of(t, F_QUESTION) : NULL,
		.error = copy_of(t, F_LAST_ERROR),
		.error_class = copy_of(t, F_ERROR_CLASS),
	};
	task_texts(t, F_ACCOMPLISHED, &s->accomplished);
	task_texts(t, F_REMAINING, &s->remaining);
	task_texts(t, F_BLOCKERS, &s->blockers);
	task_texts(t, F_FILES_CHANGED, &s->files);
}

void
sync_result_release(struct sync_result *s)
{
	free(s->uid);
	free(s->status);
	free(s->reason);
	free(s->agent);
	free(s->model);
	free(s->branch);
	free(s->summary);
	free(s->question);
	free(s->error);
	free(s->error_class);
	free(s->verify);
	free(s->owner);
	vec_str_release(&s->accomplished);
	vec_str_release(&s->remaining);
	vec_str_release(&s->blockers);
	vec_str_release(&s->files);
	*s = (struct sync_result){ 0 };
}

/* A login (those of Enterprise Managed Users have one '_'), or ORG/TEAM. */
bool
sync_report_is_owner(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t n = slash != NULL ? (size_t)(slash - name) : strlen(name);
	static const char login[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	if (n == 0 || n > LOGIN_MAX || !isalnum((unsigned char)*name) || strspn(name, login) != n)
		return false;
	return slash == NULL || (isalnum((unsigned char)slash[1]) &&
	    strlen(slash + 1) <= TEAM_MAX && strspn(slash + 1, login) == strlen(slash + 1));
}

/* The one name that is meant to call somebody. */
static void
put_owner(struct report *r, const char *owner)
{
	if (owner == NULL || !sync_report_is_owner(owner))
		return;
	buf_printf(&r->text, "\n\n@%s: this task needs you.", owner);
}

char *
sync_report_result(const struct sync_result *s, const struct redact *redact)
{
	struct report r = { .redact = redact };

	buf_printf(&r.text, "**Attempt %lld**\n", (long long)s->attempt);
	if (s->status)
		put_status(&r, s->status, s->reason);
	put_agent(&r, s->agent, s->model);
	put_branch(&r, s->branch);
	put_section(&r, "Summary", s->summary, SUMMARY_MAX, sync_text_neutral);
	put_list(&r, "Done", &s->accomplished);
	put_list(&r, "Remaining", &s->remaining);
	put_list(&r, "Blocked by", &s->blockers);
	put_list(&r, "Files", &s->files);
	put_section(&r, "Question", s->question, QUESTION_MAX, sync_text_neutral);
	put_section(&r, "Verification", s->verify, VERIFY_MAX, sync_text_fence);
	put_error(&r, s->error, s->error_class);
	put_owner(&r, s->owner);
	return finish(&r, s->uid, s->attempt, "result");
}
