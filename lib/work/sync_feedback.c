#include "work/sync_feedback.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/cancel.h"
#include "work/sync_command.h"
#include "work/sync_comment.h"
#include "work/sync_impl.h"
#include "work/sync_order.h"

/* ---- the commit ---- */

static bool
goes_with(const struct change *c, const struct sync *s, int64_t task)
{
	struct val *gh = change_get(c, task, F_GH);
	bool yes = change_status(c, task) == ST_NONE || val_number(val_get(gh, "repo_id"), 0) == s->pin.id;

	val_free(gh);
	return yes;
}

/* Those before it of the same issue that wait: it is behind them, or overtakes. */
static bool
held_up(struct sync_feedback *f, size_t at)
{
	struct sync_order *o = &f->v[at];
	bool refused = false, waits = false;

	for (size_t i = at; i-- > 0 && f->v[i].number == o->number;) {
		refused = refused || f->v[i].end == ORDER_REFUSED;
		waits = waits || f->v[i].end == ORDER_WAITS;
	}
	return refused || (waits && o->command.verb != SYNC_CLOSE);
}

/* What waited before it is over: nothing is left for it to be done to. */
static void
overtake(struct sync_feedback *f, size_t at)
{
	for (size_t i = at; i-- > 0 && f->v[i].number == f->v[at].number;)
		if (f->v[i].end == ORDER_WAITS) {
			f->v[i].end = ORDER_DONE;
			f->v[i].before = true;
		}
}

int
sync_feedback_apply(struct change *c, struct sync *s, struct sync_feedback *f,
    struct vec_id *changed, struct vec_id *moved, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].end != ORDER_PASSED && f->v[i].end != ORDER_ASKS)
			f->v[i].end = ORDER_OPEN;
	for (size_t i = 0; i < f->n; i++) {
		struct sync_order *o = &f->v[i];
		const struct sync_issue *issue = sync_state_by_number(&s->state, o->number);

		if (o->end != ORDER_OPEN)
			continue;
		o->end = ORDER_WAITS;
		if (!sync_wants(s, issue->task) || held_up(f, i))
			continue;
		if (!goes_with(c, s, issue->task)) {
			o->end = ORDER_PASSED;
			continue;
		}
		if (sync_order_apply(c, s->p, issue->task, o, s->opts->dry_run, moved, e) == -1)
			return err_prefix(e, "comment %lld of issue %lld", (long long)o->comment,
			    (long long)o->number);
		if (o->end == ORDER_DONE && !o->before)
			vec_id_push(changed, issue->task);
		if (o->end == ORDER_DONE && o->command.verb == SYNC_CLOSE)
			overtake(f, i);
	}
	return 0;
}

/* ---- after it ---- */

/* Cursors stand behind the last of those that nothing is left of; the next question begins
 * where something is left. */
static void
advance(struct sync *s, struct sync_feedback *f)
{
	bool left = false, any = f->more;
	int64_t since = f->since;

	for (size_t i = 0; i < f->n; i++) {
		struct sync_issue *issue = sync_state_by_number(&s->state, f->v[i].number);

		if (i == 0 || f->v[i].number != f->v[i - 1].number)
			left = false;
		left = left || !f->v[i].settled;
		if (left) {
			since = f->v[i].updated_at < since ? f->v[i].updated_at : since;
			any = true;
		} else if (issue->cursor < f->v[i].comment) {
			issue->cursor = f->v[i].comment;
			issue->dirty = true;
		}
	}
	s->state.orders = any;
	s->state.comments_since = since;
}

/* "/assign of ana" */
static char *
describe(const struct sync_order *o)
{
	return xasprintf("%s of %s", sync_order_name(o), o->by);
}

static void
tell(struct sync *s, const struct sync_order *o, int64_t task)
{
	char *what = describe(o);

	if (o->end == ORDER_DONE && !o->before)
		sync_did(s, "update", task, o->number, "%s", what);
	else if (o->end == ORDER_WAITS && sync_wants(s, task))
		sync_left(s, "update", task, o->number, ERR_BUSY, "%s waits", what);
	else if (o->end == ORDER_PASSED && o->why != NULL && sync_wants(s, task))
		sync_left(s, "update", task, o->number, ERR_NONE, "%s is passed over: %s", what, o->why);
	free(what);
}

/* The attempt is marked, so whoever settles it cancels its task; this only hastens its end. */
static void
end_attempt(struct sync *s, const struct sync_order *o, int64_t task)
{
	struct err why = { 0 };

	if (o->attempt != 0 && o->end == ORDER_DONE && !s->opts->dry_run &&
	    cancel_stop(s->p, task, o->attempt, false, &why) == -1)
		sync_left(s, "update", task, o->number, why.code, "its attempt cannot be asked to "
		    "end: %s", why.msg);
}

void
sync_feedback_done(struct sync *s, struct sync_feedback *f)
{
	if (!f->asked)
		return;
	for (size_t i = 0; i < f->n; i++) {
		struct sync_order *o = &f->v[i];
		int64_t task = sync_state_by_number(&s->state, o->number)->task;

		/* Who only pulls writes nothing, not even an eye. */
		o->settled = o->end == ORDER_PASSED ||
		    (o->end == ORDER_DONE && s->opts->way == SYNC_PULL);
		tell(s, o, task);
		end_attempt(s, o, task);
	}
	advance(s, f);
}

/* ---- what the person sees ---- */

/* GitHub takes the same one twice as one, so it may be repeated. */
static int
react(struct sync *s, struct sync_order *o, int64_t task, const char *content, struct err *e)
{
	char *path = sync_path(s, "/issues/comments/%lld/reactions", (long long)o->comment);
	char *what = describe(o);
	struct gh_answer answer = { 0 };
	struct val *body = val_map();
	int r = 0;

	val_add(body, "content", val_str(content));
	if (sync_may_write(s, "react", task, o->number, what) &&
	    (r = sync_write(s, "POST", path, body, &answer, e)) == 0) {
		/* What is refused (locked, deleted) would be so again, and is but a courtesy. */
		o->settled = answer.end != GH_UNSURE;
		if (sync_ends(&answer, e))
			r = -1;
		else if (answer.end != GH_OK)
			sync_left(s, "react", task, o->number, answer.end == GH_UNSURE ? ERR_BUSY :
			    ERR_NONE, "%s", answer.why);
	}
	o->settled = o->settled && r == 0;
	gh_answer_release(&answer);
	val_free(body);
	free(what);
	free(path);
	return r;
}

static char *
answer_text(const struct sync_order *o)
{
	if (o->end == ORDER_REFUSED)
		return xasprintf("`%s` was not carried out: %s.", sync_order_name(o), o->why);
	return o->command.why != NULL ? xasprintf("%s.", o->command.why) :
	    xstrdup(sync_command_help());
}

static int
reply(struct sync *s, struct sync_order *o, struct sync_issue *issue, struct err *e)
{
	char *text;
	int r;

	if (!config_bool(&s->p->config, "gh.comments") || sync_issue_full(issue))
		return react(s, o, issue->task, "confused", e);
	text = answer_text(o);
	r = sync_comment_post(s, issue, "answer", o->comment, text, e);
	o->settled = r == 1 || (r == 0 && issue->mute > s->now);
	free(text);
	return r == -1 ? -1 : 0;
}

int
sync_feedback_answer(struct sync *s, struct sync_feedback *f, struct err *e)
{
	int64_t stuck = 0;
	int r = sync_twins_remove(s, &f->twins, &f->more, e);

	for (size_t i = 0; i < f->n && r == 0; i++) {
		struct sync_order *o = &f->v[i];
		struct sync_issue *issue = sync_state_by_number(&s->state, o->number);

		o->settled = o->settled || issue->kept;
		if (o->settled || o->number == stuck)
			continue;
		if (o->end == ORDER_DONE)
			r = react(s, o, issue->task, "eyes", e);
		else if ((o->end == ORDER_REFUSED || o->end == ORDER_ASKS) && sync_wants(s, issue->task))
			r = reply(s, o, issue, e);
		if (!o->settled)
			stuck = o->number;
	}
	if (f->n == 0 || s->opts->dry_run)
		return r;
	advance(s, f);
	if (sync_state_save_issues(&s->state, r == -1 ? &(struct err){ 0 } : e) == -1 ||
	    sync_state_save(&s->state, r == -1 ? &(struct err){ 0 } : e) == -1)
		return -1;
	return r;
}
