/*
 * One task after the other: who may judge it, each of them asked, counted, an arbiter if
 * that is needed, the commit.  What is wrong with one task stops no other.
 */
#include "work/review.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/env.h"
#include "work/oneline.h"
#include "work/review_impl.h"
#include "work/route.h"
#include "work/schema_file.h"
#include "work/verdict.h"

#define ARBITERS 2

extern char **environ;

struct reviewing {
	struct project *p;
	const struct review_wish *wish;
	struct val *schema;
	struct review_seat *seats;	/* the reviewers, then the arbiters */
	size_t reviewers, n;
};

/* ---- the agents ---- */

static int
add_seat(struct reviewing *r, const char *id, bool arbiter, struct err *e)
{
	const struct config *config = &r->p->config;
	const struct val *veto = config_val(config, "review.veto");
	struct review_seat *s = &r->seats[r->n];

	for (size_t i = 0; i < r->n; i++)
		if (r->seats[i].arbiter == arbiter && strcmp(r->seats[i].agent.id, id) == 0)
			return 0;
	*s = (struct review_seat){ .arbiter = arbiter };
	if (agent_load(&s->agent, r->p, id, e) == -1)
		return -1;
	s->weight = config_agent_real(config, id, "review_weight");
	for (size_t i = 0; !arbiter && veto != NULL && i < veto->n; i++)
		s->veto = s->veto || strcmp(val_text(veto->v[i]), id) == 0;
	r->n++;
	return 0;
}

/* A veto that nobody is asked for would be one in name only. */
static int
check_vetoes(const struct reviewing *r, struct err *e)
{
	const struct val *veto = config_val(&r->p->config, "review.veto");

	for (size_t i = 0; veto != NULL && i < veto->n; i++) {
		const char *id = val_text(veto->v[i]);
		bool found = false;

		for (size_t k = 0; k < r->reviewers; k++)
			found = found || strcmp(r->seats[k].agent.id, id) == 0;
		if (!found)
			return err_set(e, ERR_CONFIG, "review.veto: '%s' is none of the reviewers", id);
	}
	return 0;
}

/* Who is no agent at all is misuse of the call, or of orch.yml, not a task's misfortune. */
static int
open_agents(struct reviewing *r, struct err *e)
{
	const struct config *config = &r->p->config;
	const struct val *list = config_val(config, "review.reviewers");
	const char *arbiters[ARBITERS] = { config_text(config, "review.arbiter"),
		config_text(config, "review.arbiter_fallback") };
	size_t n = r->wish->reviewers ? r->wish->reviewers->n : list ? list->n : 0;

	r->seats = xcalloc(n + ARBITERS, sizeof *r->seats);
	for (size_t i = 0; i < n; i++)
		if (add_seat(r, r->wish->reviewers ? r->wish->reviewers->v[i] : val_text(list->v[i]), false, e) == -1)
			return -1;
	r->reviewers = r->n;
	if (check_vetoes(r, e) == -1)
		return -1;
	for (size_t i = 0; i < ARBITERS; i++)
		if (arbiters[i] != NULL && *arbiters[i] != '\0' && add_seat(r, arbiters[i], true, e) == -1)
			return -1;
	r->schema = schema_file(r->p, "verdict.json", e);
	return r->schema != NULL ? 0 : -1;
}

static void
clear_seats(struct reviewing *r)
{
	for (size_t i = 0; i < r->n; i++) {
		val_free(r->seats[i].record);
		r->seats[i].record = NULL;
		r->seats[i].why = (struct err){ 0 };
		r->seats[i].asked = false;
	}
}

static void
close_agents(struct reviewing *r)
{
	clear_seats(r);
	for (size_t i = 0; i < r->n; i++)
		agent_release(&r->seats[i].agent);
	free(r->seats);
	val_free(r->schema);
}

/* ---- asking ---- */

static int
ask(struct reviewing *r, const struct review_work *w, struct review_seat *s, const char *verdicts,
    struct err *e)
{
	const struct review_call of = { w->task->id, w->attempt, w->round };

	if (review_work_look(w, e) == -1)
		return -1;
	s->asked = true;
	if (route_agent_works(r->p, s->agent.id, true, &s->why) == -1)
		return 0;
	if (review_left_note(r->p, &of, e) == -1)
		return -1;
	return review_ask(w, s, r->schema, verdicts, e);
}

/* All verdicts that are there, as they are told. */
static char *
said(const struct reviewing *r, void (*how)(struct buf *, const char *, const struct val *),
    const char *between)
{
	struct buf out = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		const struct review_seat *s = &r->seats[i];
		char *name = review_seat_title(s);

		if (s->asked && review_verdict(s->record) != NULL) {
			buf_puts(&out, out.len > 0 ? between : "");
			how(&out, name, review_verdict(s->record));
		}
		free(name);
	}
	return buf_detach(&out);
}

/* The first arbiter that gives a verdict decides; nobody does in his own cause. */
static int
arbitrate(struct reviewing *r, const struct review_work *w, int *decision, struct err *e)
{
	char *verdicts = said(r, verdict_text, "");
	int rc = 0;

	*decision = -1;
	for (size_t i = r->reviewers; i < r->n && rc == 0 && *decision == -1; i++) {
		struct review_seat *s = &r->seats[i];
		const struct val *v;
		bool voted = false;

		for (size_t k = 0; k < r->reviewers; k++)
			voted = voted || (r->seats[k].asked &&
			    review_same_judge(r->p, &r->seats[k].agent, &s->agent));
		if (voted || review_is_author(w, &s->agent))
			continue;
		rc = ask(r, w, s, verdicts, e);
		if ((v = review_verdict(s->record)) != NULL)
			*decision = decision_find(val_text(val_get(v, "decision")));
	}
	free(verdicts);
	return rc;
}

/* ---- counting ---- */

/* Reviewers may write where it lies; what lies elsewhere stays as it is, and is nowhere. */
static void
find_in_tree(const struct review_work *w, const struct consensus_vote *vote, struct consensus_spot *spots)
{
	const char *tree = w->worktree != NULL ? w->worktree : w->repo->dir;

	for (size_t i = 0; i < vote->spots_n; i++)
		if (str_starts(spots[i].file, tree) && spots[i].file[strlen(tree)] == '/')
			spots[i].file += strlen(tree) + strspn(spots[i].file + strlen(tree), "/");
}

static void
count(const struct reviewing *r, const struct review_work *w, struct consensus *c, size_t *asked)
{
	const struct config *config = &r->p->config;
	size_t quorum = (size_t)config_int(config, "review.quorum");
	struct consensus_vote *votes = xcalloc(r->reviewers + 1, sizeof *votes);
	struct consensus_spot (*spots)[VERDICT_FINDINGS] = xcalloc(r->reviewers + 1, sizeof *spots);

	*asked = 0;
	for (size_t i = 0; i < r->reviewers; i++) {
		const struct review_seat *s = &r->seats[i];

		if (!s->asked)
			continue;
		votes[*asked].weight = s->weight;
		votes[*asked].veto = s->veto;
		if (review_verdict(s->record) != NULL) {
			verdict_vote(review_verdict(s->record), &votes[*asked], spots[*asked]);
			find_in_tree(w, &votes[*asked], spots[*asked]);
		}
		(*asked)++;
	}
	consensus(c, votes, *asked, quorum > 0 ? quorum : *asked);
	free(votes);
	free(spots);
}

/* ---- what came of it ---- */

/* Why nothing is decided, and who can do something about it: the agents that are missing,
 * now, later, or nobody but a person. */
static void
explain(const struct reviewing *r, const struct consensus *c, size_t asked, struct review_line *line)
{
	size_t quorum = (size_t)config_int(&r->p->config, "review.quorum");
	struct buf out = { 0 };
	bool later = false, again = false;

	if (c->end == CONSENSUS_SHORT)
		buf_printf(&out, "%zu of %zu verdicts", c->counted, quorum > 0 ? quorum : asked);
	else if (c->end == CONSENSUS_UNHEARD)
		buf_puts(&out, "a verdict with a veto is missing");
	else
		buf_puts(&out, c->end == CONSENSUS_TIE ? "the reviewers are equal, and no arbiter decides" :
		    "the reviewers contradict each other, and no arbiter decides");
	for (size_t i = 0; i < r->n; i++) {
		const struct review_seat *s = &r->seats[i];
		int status;
		char *text;

		if (!s->asked || review_verdict(s->record) != NULL)
			continue;
		status = review_missing_status(s);
		later = later || status == 75;
		again = again || status == 65;
		text = review_missing(s);
		buf_printf(&out, "; %s", text);
		free(text);
	}
	line->status = later ? 75 : again ? 65 : 69;
	line->text = buf_detach(&out);
}

static void
take_verdicts(const struct reviewing *r, struct review_line *line)
{
	line->verdicts = val_list();
	for (size_t i = 0; i < r->n; i++) {
		const struct review_seat *s = &r->seats[i];
		const struct val *verdict = review_verdict(s->record);
		struct val *v;

		if (!s->asked)
			continue;
		v = val_map();
		val_add(v, "agent", val_str(s->agent.id));
		if (s->arbiter)
			val_add(v, "arbiter", val_bool(true));
		if (verdict != NULL)
			val_add(v, "verdict", val_copy(verdict));
		else if (s->record != NULL) {
			val_add(v, "class", val_copy(val_get(s->record, "class")));
			val_add(v, "message", val_copy(val_get(s->record, "message")));
		} else {
			val_add(v, "message", val_str(s->why.msg));
		}
		val_push(line->verdicts, v);
	}
}

static void
note(struct review_line *line, int status, const char *text)
{
	free(line->text);
	line->status = status;
	line->text = xstrdup(text);
}

/* All that was asked in it is booked. */
static int
end_round(const struct reviewing *r, const struct review_work *w, struct review_result *result, struct err *e)
{
	const struct review_call of = { w->task->id, w->attempt, w->round };
	int left = review_past_all(r->p, &of, review_call_ms(r->p), e);

	result->left = left == 1;
	return left == -1 || review_book_now(w, e) == -1 ||
	    (left == 0 && review_left_forget(r->p, &of, e) == -1) ? -1 : 0;
}

/* What was decided, or not, is written down. */
static int
conclude(struct reviewing *r, const struct review_work *w, const struct consensus *c, size_t asked,
    int decision, struct review_line *line, struct err *e)
{
	struct review_result result = { .seats = r->seats, .n = r->n, .decision = decision,
		.rounds = r->wish->rounds > 0 ? r->wish->rounds : config_int(&r->p->config, "review.max_rounds"),
		.by = said(r, verdict_line, ", ") };
	char *why = NULL, *told;
	int rc;

	if (decision == -1) {
		explain(r, c, asked, line);
		told = xasprintf("review: %s", line->text);
		why = oneline(told, strlen(told));
		free(told);
		/* What time mends needs nobody. */
		result.why = line->status != 75 ? why : NULL;
	}
	/* Nobody comes back to this round. */
	if ((decision == -1 || ((rc = review_work_same(w, e)) == 0 &&
	    (rc = end_round(r, w, &result, e)) == 0)) &&
	    (rc = review_record(w, &result, e)) == 0 && decision != -1) {
		line->decision = decision;
		note(line, result.reached == ST_DONE ? 0 : result.reached == ST_ROUTED ? 1 : 69, result.by);
		if (*result.reason != '\0' && decision != DECIDE_REJECT)
			note(line, 69, result.reason);
	}
	free(why);
	free(result.by);
	return rc;
}

/* Who has a veto and made the work can neither judge nor be passed over: a person decides, and
 * nobody is asked in vain. */
static int
check_judges(const struct reviewing *r, const struct review_work *w, struct err *e)
{
	bool some = false;

	for (size_t i = 0; i < r->reviewers; i++) {
		bool author = review_is_author(w, &r->seats[i].agent);

		if (author && r->seats[i].veto)
			return err_set(e, ERR_FAILED, "nobody may judge it: %s has a veto (review.veto) and had "
			    "an attempt at it or below it, under this or another name", r->seats[i].agent.id);
		some = some || !author;
	}
	return some ? 0 : err_set(e, ERR_FAILED, "nobody may judge it: %s", r->reviewers > 0 ?
	    "all reviewers had an attempt at it or below it, under this or another name" :
	    "review.reviewers is not set (a person can: --approve, --changes)");
}

static int
judge(struct reviewing *r, const struct review_work *w, struct review_line *line, struct err *e)
{
	struct consensus c;
	size_t asked;
	int decision = -1, rc = review_book_now(w, e) == -1 ? -1 : check_judges(r, w, e);

	for (size_t i = 0; i < r->reviewers && rc == 0; i++)
		if (!review_is_author(w, &r->seats[i].agent))
			rc = ask(r, w, &r->seats[i], NULL, e);
	if (rc == -1)
		return -1;
	count(r, w, &c, &asked);
	if (c.end == CONSENSUS_DECIDED)
		decision = (int)c.decision;
	else if (c.end == CONSENSUS_TIE || c.end == CONSENSUS_CONFLICT)
		rc = arbitrate(r, w, &decision, e);
	if (rc == 0)
		rc = conclude(r, w, &c, asked, decision, line, e);
	take_verdicts(r, line);
	return rc;
}

/* ---- one task ---- */

/* What is done already goes on in a pipeline. */
static bool
is_done(const struct review_work *w, struct review_line *line)
{
	if (w->task == NULL || w->task->status != ST_DONE)
		return false;
	note(line, 0, "is done");
	return true;
}

static void
tell_plan(const struct reviewing *r, const struct review_work *w, struct review_line *line)
{
	struct buf out = { 0 };
	struct err why = { 0 };

	if (check_judges(r, w, &why) == -1) {
		note(line, err_exit(why.code), why.msg);
		return;
	}
	for (size_t i = 0; i < r->reviewers; i++)
		if (!review_is_author(w, &r->seats[i].agent))
			buf_printf(&out, "%s%s", out.len > 0 ? ", " : "", r->seats[i].agent.id);
	buf_puts(&out, " would judge it");
	note(line, 0, buf_str(&out));
	buf_release(&out);
}

/* What agents cannot judge as it is stays, and a person finds out why without having seen the
 * warning.  Where there are no reviewers all is a person's anyway. */
static int
park(const struct reviewing *r, const struct review_work *w, const struct err *because, struct err *e)
{
	struct review_result result = { .decision = -1 };
	struct err why = { 0 };
	char *told, *line;
	int rc = 0;

	if (because->code != ERR_FAILED || r->wish->dry_run || r->reviewers == 0 || w->task == NULL ||
	    w->task->status != ST_IN_REVIEW)
		return 0;
	told = xasprintf("review: %s", because->msg);
	result.why = line = oneline(told, strlen(told));
	/* If it is another one meanwhile, that is no reason any more. */
	if (review_record(w, &result, &why) == -1 && why.code == ERR_SYSTEM) {
		*e = why;
		rc = -1;
	}
	free(line);
	free(told);
	return rc;
}

static int
review_one(struct reviewing *r, struct review_line *line, struct err *e)
{
	struct review_work w;
	struct err why = { 0 };
	int rc = review_work_open(&w, r->p, line->id, !r->wish->dry_run, &why);

	line->attempt = w.attempt;
	if (rc == -1 && is_done(&w, line))
		goto done;
	clear_seats(r);
	if (rc == 0 && r->wish->dry_run)
		tell_plan(r, &w, line);
	else if (rc == 0)
		rc = judge(r, &w, line, &why);
	if (rc == -1) {
		note(line, err_exit(why.code), why.msg);
		if (park(r, &w, &why, e) == -1)
			why = *e;
	}
done:
	review_work_release(&w);
	/* A disk that refuses would refuse the others too. */
	if (rc == -1 && why.code == ERR_SYSTEM) {
		*e = why;
		return -1;
	}
	return 0;
}

int
review_tasks(struct project *p, const struct vec_id *ids, const struct review_wish *wish,
    struct reviews *out, struct err *e)
{
	struct reviewing r = { .p = p, .wish = wish };
	int rc = open_agents(&r, e);

	reviews_release(out);
	out->v = xcalloc(ids->n + 1, sizeof *out->v);
	out->cap = ids->n + 1;
	if (rc == 0 && !wish->dry_run)
		env_hide(environ);
	for (size_t i = 0; i < ids->n && rc == 0; i++) {
		struct review_line *line = &out->v[out->n++];

		*line = (struct review_line){ .id = ids->v[i], .decision = -1 };
		rc = review_one(&r, line, e);
	}
	close_agents(&r);
	return rc;
}

void
reviews_release(struct reviews *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].text);
		val_free(r->v[i].verdicts);
	}
	free(r->v);
	*r = (struct reviews){ 0 };
}

struct val *
review_line_value(const struct review_line *line)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "id", val_int(line->id));
	val_add(v, "attempt", val_int(line->attempt));
	if (line->decision != -1)
		val_add(v, "decision", val_str(decision_name((enum decision)line->decision)));
	val_add(v, "status", val_int(line->status));
	val_add(v, "text", val_str(line->text));
	if (line->verdicts != NULL)
		val_add(v, "verdicts", val_copy(line->verdicts));
	return v;
}
