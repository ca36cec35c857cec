#include "work/sync_status.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "net/backoff.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/sync_account.h"
#include "work/sync_merge.h"
#include "work/sync_state.h"
#include "work/sync_view.h"

static void
put_time(struct val *map, const char *key, int64_t t)
{
	char text[CLOCK_MAX];

	if (t == 0)
		return;
	clock_format(t, text);
	val_add(map, key, val_str(text));
}

static void
hold(struct val *list, int64_t task, int64_t number, const char *why)
{
	struct val *one = val_map();

	if (task != 0)
		val_add(one, "task", val_int(task));
	val_add(one, "number", val_int(number));
	val_add(one, "why", val_str(why));
	val_push(list, one);
}

/* Issues that are not what they were, and tasks that a person must look at for them. */
static struct val *
held(const struct project *p, const struct sync_state *s, const struct tasks *tasks)
{
	struct val *list = val_list();

	for (size_t i = 0; i < s->n; i++) {
		const struct sync_issue *issue = s->v[i];
		const struct task *t = tasks_find(tasks, issue->task);

		if (issue->gone == NULL && t != NULL && view_is_kept(p, t))
			hold(list, issue->task, issue->number,
			    "its task is kept here (no_gh, local-only, project): nothing is written");
		else if (issue->gone != NULL && issue->task != 0 && strcmp(issue->gone, "unlinked") != 0)
			hold(list, issue->task, issue->number, issue->gone);
		else if (issue->refused != NULL)
			hold(list, issue->task, issue->number,
			    "a text by somebody who is not trusted was held back");
		else if (issue->gone == NULL && t == NULL && issue->task != 0)
			hold(list, issue->task, issue->number, "its task has left the file");
		else if (sync_issue_full(issue) && t != NULL && !state_ended(t->status))
			hold(list, issue->task, issue->number, "it has 100 comments of ours and gets no more");
	}
	return list;
}

/* The lines of the last run that were left. */
static struct val *
left(const struct val *report)
{
	const struct val *lines = val_get(report, "lines");
	struct val *list = val_list();

	for (size_t i = 0; lines != NULL && i < lines->n; i++)
		if (val_truth(val_get(lines->v[i], "left"), false))
			val_push(list, val_copy(lines->v[i]));
	return list;
}

/* Those that were taken to another repository. */
static struct val *
elsewhere(const struct sync_state *s)
{
	struct val *list = val_list(), *one;

	for (size_t i = 0; i < s->n; i++) {
		const struct sync_issue *issue = s->v[i];

		if (issue->away == 0 || issue->gone != NULL || issue->task == 0)
			continue;
		one = val_map();
		val_add(one, "task", val_int(issue->task));
		val_add(one, "number", val_int(issue->number));
		if (issue->url != NULL)
			val_add(one, "url", val_str(issue->url));
		val_push(list, one);
	}
	return list;
}

/* ---- conflicts ---- */

static void
note_conflict(struct val *list, const struct sync_issue *issue, const char *part, bool here,
    int64_t now)
{
	bool text = strcmp(part, "title") == 0 || strcmp(part, "body") == 0;
	struct val *one = val_map();

	put_time(one, "at", now);
	val_add(one, "task", val_int(issue->task));
	val_add(one, "number", val_int(issue->number));
	val_add(one, "part", val_str(part));
	val_add(one, "won", val_str(here ? "github" : "task"));
	if (text)
		val_add(one, "kept", val_str("history"));
	val_push(list, one);
}

void
sync_status_conflicts(struct sync_state *s, const struct sync_issue *issue,
    const struct merge_out *out, int64_t now)
{
	struct val *list = val_list(), *all = val_list();

	for (size_t i = 0; s->conflicts != NULL && i < s->conflicts->n; i++)
		val_push(list, val_copy(s->conflicts->v[i]));
	for (size_t i = 0; i < out->lost_here.n; i++)
		note_conflict(list, issue, out->lost_here.v[i], true, now);
	for (size_t i = 0; i < out->lost_there.n; i++)
		note_conflict(list, issue, out->lost_there.v[i], false, now);
	for (size_t i = list->n > SYNC_CONFLICTS_MAX ? list->n - SYNC_CONFLICTS_MAX : 0; i < list->n; i++)
		val_push(all, val_copy(list->v[i]));
	val_free(list);
	val_free(s->conflicts);
	s->conflicts = all;
}

static void
conflict_text(const struct val *one, struct buf *out)
{
	bool here = strcmp(val_text(val_get(one, "won")), "github") == 0;

	buf_printf(out, "conflict\ttask %lld #%lld: %s, %s: that of %s counts",
	    (long long)val_number(val_get(one, "task"), 0),
	    (long long)val_number(val_get(one, "number"), 0), val_text(val_get(one, "part")),
	    val_text(val_get(one, "at")), here ? "GitHub" : "the task");
	if (val_get(one, "kept") != NULL)
		buf_puts(out, ", the other is in the history of the task");
	buf_putc(out, '\n');
}

/* ---- back-off ---- */

static int
backoff(const char *host, const char *token, struct val *v, struct err *e)
{
	struct backoff b;
	struct val *list, *all;
	char text[CLOCK_MAX];
	int r;

	if (token == NULL)
		return 0;
	if (backoff_open_hash(&b, host, token, e) == -1)
		return -1;
	if ((r = backoff_list(&b, clock_now_ms(), &list, e)) == 0) {
		all = val_list();
		for (size_t i = 0; i < list->n; i++) {
			struct val *one = val_map();

			val_add(one, "resource", val_str(list->key[i]));
			clock_format((list->v[i]->i + 999) / 1000, text);
			val_add(one, "until", val_str(text));
			val_push(all, one);
		}
		val_add(v, "backoff", all);
		val_free(list);
	}
	backoff_close(&b);
	return r;
}

static struct val *
describe(const struct project *p, const struct sync_pin *pin, const struct sync_state *s,
    const struct tasks *tasks)
{
	const char *error = val_text(val_get(s->report, "error"));
	struct val *v = val_map();
	int64_t linked = 0;

	for (size_t i = 0; i < s->n; i++)
		linked += s->v[i]->gone == NULL && s->v[i]->task != 0;
	val_add(v, "schema", val_int(1));
	val_add(v, "host", val_str(pin->host));
	val_add(v, "repo", val_str(pin->repo));
	val_add(v, "repo_id", val_int(pin->id));
	put_time(v, "last_run", val_number(val_get(s->report, "at"), 0));
	if (error != NULL)
		val_add(v, "error", val_str(error));
	put_time(v, "since", s->since);
	val_add(v, "linked", val_int(linked));
	val_add(v, "outbox", val_int((int64_t)s->outbox->n));
	val_add(v, "left", left(s->report));
	val_add(v, "held", held(p, s, tasks));
	val_add(v, "elsewhere", elsewhere(s));
	val_add(v, "conflicts", s->conflicts != NULL ? val_copy(s->conflicts) : val_list());
	return v;
}

int
sync_status(struct project *p, struct val **v, struct err *e)
{
	struct sync_state s;
	struct sync_pin pin;
	struct tasks tasks = { 0 };
	int r;

	if (sync_pin_read(p, &pin, e) == -1)
		return -1;
	if (pin.id == 0)
		return err_set(e, ERR_NO, "no synchronisation has run yet");
	if ((r = sync_state_look(&s, p, &pin, e)) == 0) {
		if ((r = store_read(p, &tasks, e)) == 0) {
			*v = describe(p, &pin, &s, &tasks);
			if ((r = backoff(pin.host, s.token, *v, e)) == -1)
				val_free(*v);
		}
		tasks_release(&tasks);
		sync_state_close(&s);
	}
	sync_pin_release(&pin);
	return r;
}

void
sync_status_text(const struct val *v, struct buf *out)
{
	static const char *const facts[] = { "last_run", "error", "since", "linked", "outbox" };
	const struct val *list = val_get(v, "left");
	size_t later = 0;

	buf_printf(out, "repository\t%s on %s, number %lld\n", val_text(val_get(v, "repo")),
	    val_text(val_get(v, "host")), (long long)val_number(val_get(v, "repo_id"), 0));
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		if (val_get(v, facts[i]) != NULL) {
			buf_printf(out, "%s\t", facts[i]);
			val_plain(out, val_get(v, facts[i]));
			buf_putc(out, '\n');
		}
	for (size_t i = 0; i < list->n; i++) {
		if (sync_account_is_later(list->v[i]) && later++ > 0)
			continue;
		buf_puts(out, "left\t");
		sync_account_text(list->v[i], out);
		buf_putc(out, '\n');
	}
	if (later > 1)
		buf_printf(out, "left\t" SYNC_LATER "\n", later - 1);
	list = val_get(v, "held");
	for (size_t i = 0; i < list->n; i++)
		buf_printf(out, "held\ttask %lld #%lld: %s\n",
		    (long long)val_number(val_get(list->v[i], "task"), 0),
		    (long long)val_number(val_get(list->v[i], "number"), 0),
		    val_text(val_get(list->v[i], "why")));
	list = val_get(v, "elsewhere");
	for (size_t i = 0; i < list->n; i++) {
		const char *url = val_text(val_get(list->v[i], "url"));

		buf_printf(out, "elsewhere\ttask %lld #%lld: ",
		    (long long)val_number(val_get(list->v[i], "task"), 0),
		    (long long)val_number(val_get(list->v[i], "number"), 0));
		str_visible(out, url != NULL ? url : "", url != NULL ? strlen(url) : 0, false);
		buf_putc(out, '\n');
	}
	list = val_get(v, "conflicts");
	for (size_t i = 0; i < list->n; i++)
		conflict_text(list->v[i], out);
	list = val_get(v, "backoff");
	for (size_t i = 0; list != NULL && i < list->n; i++)
		buf_printf(out, "backoff\t%s until %s\n", val_text(val_get(list->v[i], "resource")),
		    val_text(val_get(list->v[i], "until")));
}
