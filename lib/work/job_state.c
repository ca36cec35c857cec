#include "work/job_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/table.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"
#include "work/cron_due.h"
#include "work/oneline.h"

static const char *const trouble_names[] = {
	[JOB_WELL] = "well",
	[JOB_INVALID] = "invalid",
	[JOB_SUSPENDED] = "suspended",
	[JOB_HELD] = "held",
	[JOB_BLOCKED] = "blocked",
};

const char *
job_trouble_name(enum job_trouble trouble)
{
	return trouble_names[trouble];
}

/* ---- its tasks ---- */

/* As a tick does it (tick_make.c): the first that is not ended, or the first of those that
 * only a person moves on. */
static void
stands_in_way(const struct job_states *s, struct job_state *j, const struct task *t,
    const struct inbox_rules *rules)
{
	enum inbox_kind kind;
	bool person;

	if (j->job->overlap == OVERLAP_ALLOW)
		return;
	/* Only what is made up for waits. */
	if (j->job->overlap == OVERLAP_REPLACE &&
	    (j->job->catch_up != CATCH_UP_ALL || j->known == NULL || j->known->held_by != t->id))
		return;
	person = inbox_waits(t, s->tasks, rules, &kind);
	if (j->holder == NULL || (person && !j->by_person)) {
		j->holder = t;
		j->by_person = person;
		j->waits = kind;
	}
	if (j->known != NULL && j->known->held_by == t->id)
		j->held_since = j->known->held_since;
}

static void
look_at_tasks(struct job_states *s, const struct inbox_rules *rules)
{
	struct table index = { 0 };

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].job->id != NULL)
			table_put(&index, s->v[i].job->id, (int64_t)i + 1);
	for (size_t i = 0; i < s->tasks->n; i++) {
		const struct task *t = &s->tasks->v[i];
		const char *job = task_text(t, F_JOB);
		int64_t at = job != NULL ? table_get(&index, job) : 0;
		struct job_state *j = at != 0 ? &s->v[at - 1] : NULL;

		if (j == NULL)
			continue;
		if (!state_ended(t->status))
			stands_in_way(s, j, t, rules);
		/* What was withdrawn tells nothing. */
		else if ((t->status == ST_DONE || t->status == ST_FAILED) &&
		    (j->ended == NULL || t->id > j->ended->id))
			j->ended = t;
	}
	table_release(&index);
}

/* ---- one job ---- */

/* What is found now, else what a tick was told when it made the task. */
static struct job_state
known_of(struct job_states *s, const struct project *p, const struct job *job)
{
	struct job_state j = { .job = job };
	const char *told = NULL, *text = NULL;
	struct err why = { 0 };

	if (job->id != NULL && (j.known = cron_state_find(&s->cron, job->id)) != NULL)
		text = told = j.known->last_error;
	if (job_check(p, job, &s->zones, &j.times, &why) == -1 ||
	    (s->tasks != NULL && job_check_links(job, s->tasks, s->archive, &why) == -1))
		text = why.msg;
	if (text != NULL)
		j.error = xstrdup(text);
	if (told != NULL && strcmp(told, text) == 0)
		j.error_at = j.known->last_error_at;
	return j;
}

static enum job_trouble
trouble_of(const struct job_state *j, int64_t now)
{
	if (j->job->bad == NULL && !j->job->enabled)
		return JOB_WELL;
	if (j->error != NULL)
		return JOB_INVALID;
	if (j->known != NULL && j->known->suspended != 0)
		return JOB_SUSPENDED;
	if (j->holder != NULL && j->by_person)
		return JOB_HELD;
	return j->holder != NULL && cron_due_count(j->job, &j->times, j->held_since, now,
	    JOB_BLOCKED_SLOTS + 1) > JOB_BLOCKED_SLOTS ? JOB_BLOCKED : JOB_WELL;
}

/* ---- all of them ---- */

static bool
load(struct job_states *s, const struct project *p)
{
	struct err state = { 0 };
	bool sound = jobs_read(p, &s->jobs, &s->broken) == 0;

	/* Without jobs nobody asks for it, whatever is there. */
	if ((!sound || s->jobs.n > 0) && cron_state_look(&s->cron, p, &state) == -1 && sound) {
		s->broken = state;
		sound = false;
	}
	s->damage = s->cron.damage;
	s->none.bad = s->broken.msg;
	return sound;
}

void
job_states_read(struct job_states *s, const struct project *p, const struct tasks *tasks, int64_t now)
{
	const struct val *reviewers = config_val(&p->config, "review.reviewers");
	struct inbox_rules rules = { .reviewers = reviewers != NULL && reviewers->n > 0 };
	bool sound;

	*s = (struct job_states){ .read = true, .now = now, .tasks = tasks, .cron = { .dir = -1, .lock.fd = -1 } };
	sound = load(s, p);
	s->n = sound ? s->jobs.n : 1;
	if (s->n == 0)
		return;
	rules.archive = s->archive = archive_lookup_new(p);
	s->v = xcalloc(s->n, sizeof *s->v);
	for (size_t i = 0; i < s->n; i++)
		s->v[i] = known_of(s, p, sound ? &s->jobs.v[i] : &s->none);
	if (tasks != NULL)
		look_at_tasks(s, &rules);
	for (size_t i = 0; i < s->n; i++) {
		if (!s->v[i].by_person && s->v[i].held_since == 0)
			s->v[i].holder = NULL;
		s->v[i].trouble = trouble_of(&s->v[i], now);
	}
}

void
job_states_release(struct job_states *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].error);
	free(s->v);
	if (s->read)
		cron_state_release(&s->cron);
	zones_release(&s->zones);
	jobs_release(&s->jobs);
	archive_lookup_free(s->archive);
	*s = (struct job_states){ 0 };
}

/* ---- what is told ---- */

const struct task *
job_state_last(const struct job_states *s, const struct job_state *j)
{
	const struct task *t;

	if (s->tasks == NULL || j->known == NULL || j->known->last_task == 0)
		return NULL;
	if ((t = tasks_find(s->tasks, j->known->last_task)) == NULL)
		t = archive_ask(s->archive, j->known->last_task);
	return t;
}

int64_t
job_state_since(const struct job_state *j)
{
	return j->trouble == JOB_INVALID ? j->error_at : j->trouble == JOB_SUSPENDED ?
	    j->known->suspended : j->trouble == JOB_WELL ? 0 : j->held_since;
}

const char *
job_state_last_error(const struct job_state *j)
{
	const char *text;

	if (j->ended == NULL || j->ended->status != ST_FAILED)
		return NULL;
	if ((text = task_text(j->ended, F_LAST_ERROR)) == NULL)
		text = task_text(j->ended, F_REASON);
	return text != NULL ? text : "no reason was given";
}

/* What a person can type, so that it lets the job go. */
static void
say_what_helps(const struct job_state *j, struct buf *out)
{
	static const char *const first[] = {
		[INBOX_QUESTION] = "orch-answer", [INBOX_PARKED] = "orch-retry",
		[INBOX_REVIEW] = "orch-review --approve",
	};
	long long id = (long long)j->holder->id;
	size_t kind = (size_t)j->waits;

	if (j->by_person && kind < sizeof first / sizeof *first && first[kind] != NULL)
		buf_printf(out, "%s %lld, ", first[kind], id);
	else if (!j->by_person)
		buf_printf(out, "orch-show %lld, ", id);
	buf_printf(out, "orch-cancel %lld", id);
}

/* What strangers wrote is in it. */
static void
say_error(const char *text, struct buf *out)
{
	char *line = oneline(text, strlen(text));

	buf_puts(out, line);
	free(line);
}

void
job_state_say(const struct job_state *j, struct buf *out)
{
	const char *error;

	switch (j->trouble) {
	case JOB_INVALID:
		say_error(j->error, out);
		break;
	case JOB_SUSPENDED:
		buf_puts(out, "its tasks failed one after another");
		if ((error = job_state_last_error(j)) != NULL) {
			buf_printf(out, ", the last, task %lld: ", (long long)j->ended->id);
			say_error(error, out);
		}
		buf_printf(out, " (orch-cron enable %s)", j->job->id);
		break;
	case JOB_HELD:
	case JOB_BLOCKED:
		buf_printf(out, "task %lld, %s, ", (long long)j->holder->id, state_name(j->holder->status));
		if (j->trouble == JOB_HELD)
			buf_puts(out, "waits for a person; until then the job makes none (");
		else
			buf_printf(out, "has taken more than %d of its slots (", JOB_BLOCKED_SLOTS);
		say_what_helps(j, out);
		buf_putc(out, ')');
		break;
	case JOB_WELL:
	case JOB_TROUBLES:
		break;
	}
}
