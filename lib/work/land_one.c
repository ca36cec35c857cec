/*
 * land_one - one task: whether it may land, the tries, and what came of it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "net/git.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/attempt_impl.h"
#include "work/jsonfile.h"
#include "work/land.h"
#include "work/probe.h"

#define OURS       "orch/"
#define RECORD_MAX (1u << 20)
#define TRIES	   3		/* the target may move while the checks run */

static void
say(struct land *l, const struct landing *x, const char *result, const char *commit,
    const char *text, enum err_code code)
{
	struct land_line line = { .task = x->task, .result = result, .branch = x->branch,
	    .target = x->at ? x->at->target : NULL, .commit = commit,
	    .text = text && *text ? text : NULL, .code = code };

	l->status = err_worse(l->status, err_exit(code));
	l->wish->report(l->wish->arg, &line);
}

static void
keep(struct land *l, const struct landing *x, enum err_code code, const char *why)
{
	say(l, x, "kept", NULL, why, code);
}

/* ---- may it? ---- */

/* A task that has not ended and works on the same branch, or NULL. */
static const struct task *
user_of(const struct tasks *tasks, const char *branch)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const char *other = task_text(&tasks->v[i], F_BRANCH);

		if (other != NULL && !state_ended(tasks->v[i].status) && strcmp(other, branch) == 0)
			return &tasks->v[i];
	}
	return NULL;
}

/* It waits for a run or for a person. */
static enum err_code
code_of(enum status status)
{
	return state_ended(status) || state_parked(status) ? ERR_FAILED : ERR_BUSY;
}

/* 0: its branch may be tried.  1: not, and that was said. */
static int
may(struct land *l, struct landing *x, const struct tasks *tasks, const struct task *t, struct err *e)
{
	struct state_facts facts = { 0 };
	const struct task *user;
	enum status next;
	const char *branch = task_text(t, F_BRANCH);
	char why[64];
	int r;

	x->number = (int)task_int(t, F_ATTEMPTS, 0);
	x->branch = branch ? xstrdup(branch) : NULL;
	if (state_next(t->status, EV_LAND, &facts, &next, e) == -1) {
		keep(l, x, code_of(t->status), e->msg);
		return 1;
	}
	if (branch == NULL || !str_starts(branch, OURS)) {
		keep(l, x, ERR_NONE, branch ? "its branch is not one of ours" : "it has no branch");
		return 1;
	}
	if ((user = user_of(tasks, branch)) != NULL) {
		snprintf(why, sizeof why, "task %lld works on its branch", (long long)user->id);
		keep(l, x, ERR_BUSY, why);
		return 1;
	}
	if ((r = git_tip(x->at->git, branch, x->was, e)) == 2)
		keep(l, x, ERR_NONE, "its branch is gone");
	return r == 0 ? 0 : r == 2 ? 1 : -1;
}

/* A person who approved by hand has seen what he liked. */
static bool
by_hand(const struct task *t)
{
	struct val *history = task_value(t, F_HISTORY);
	bool is = false;

	for (size_t i = 0; history != NULL && i < history->n; i++) {
		const char *note = val_text(val_get(history->v[i], "note"));

		if (note != NULL && str_starts(note, "review: "))
			is = str_starts(note, "review: approved by hand");
	}
	val_free(history);
	return is;
}

/*
 * Its attempt passed, or whoever reviews approved: that is what made it done.  A person who closed
 * it, here or on a tracker, said nothing of its branch; nor does a history that begins later.
 */
static bool
accepted(const struct task *t)
{
	struct val *history = task_value(t, F_HISTORY);
	size_t n = history != NULL ? history->n : 0;
	const char *note = NULL, *status;
	bool is;
	int end = 0;

	for (; n > 0; n--) {
		status = val_text(val_get(history->v[n - 1], "status"));
		if (status == NULL || strcmp(status, state_name(ST_DONE)) != 0)
			break;
		note = val_text(val_get(history->v[n - 1], "note"));
	}
	if (note != NULL)
		sscanf(note, "attempt %*d: ok%n", &end);
	is = note != NULL && (end > 0 || str_starts(note, "review: "));
	val_free(history);
	return is;
}

/* What reviewers approved is the commit that was checked (review_work.c), and nothing that came
 * onto the branch after it.  Where the record is gone nobody knows. */
static bool
is_another(const struct land *l, const struct landing *x, const struct task *t)
{
	const char *decision = task_text(t, F_REVIEW_DECISION), *tip;
	char name[96];
	struct val *v;
	bool is;

	if (decision == NULL || strcmp(decision, "approve") != 0 || by_hand(t))
		return false;
	snprintf(name, sizeof name, "runs/%lld/%d/outcome.json", (long long)x->task, x->number);
	v = jsonfile_peek(l->p->orch_fd, name, RECORD_MAX);
	tip = val_text(val_get(v, "tip"));
	is = tip != NULL && strcmp(tip, x->was) != 0;
	val_free(v);
	return is;
}

/* The task's own checks and those of the repository. */
static void
commands_of(const struct repo *repo, const struct task *t, struct vec_str *commands)
{
	const struct val *more = config_val(repo->config, "land.verify");

	repo_verify(repo, t, true, commands);
	for (size_t i = 0; more != NULL && i < more->n; i++)
		if (!vec_str_has(commands, val_text(more->v[i])))
			vec_str_push(commands, val_text(more->v[i]));
}

/* ---- the tries ---- */

static int
park(struct land *l, const struct landing *x, const char *class, const char *reason,
    const char *output, struct err *e)
{
	if (land_park(l, x, class, reason, output, e) == -1)
		return -1;
	say(l, x, "parked", NULL, reason, ERR_FAILED);
	return 1;
}

static int
park_conflict(struct land *l, const struct landing *x, const struct buf *files, struct err *e)
{
	char *reason = xasprintf("does not fit on %s: conflict in %s", x->at->target, buf_str(files));
	int r = 1;

	if (l->wish->dry_run)
		say(l, x, "kept", NULL, reason, ERR_FAILED);
	else
		r = park(l, x, "land_conflict", reason, "", e);
	free(reason);
	return r;
}

/* 0: the checks have passed.  1: not, and that was said. */
static int
check(struct land *l, const struct landing *x, const struct task *t, struct err *e)
{
	struct vec_str commands = { 0 };
	struct outcome o = { 0 };
	struct buf output = { 0 };
	char *reason = NULL;
	bool may_be = l->wish->unchecked ||
	    strcmp(config_text(x->at->repo->config, "accept"), "unchecked") == 0;
	int r = 0;

	commands_of(x->at->repo, t, &commands);
	if (commands.n > 0)
		r = land_verify(l, x, t, &commands, &o, &output, e);
	if (commands.n == 0 && !may_be) {
		keep(l, x, ERR_FAILED, "nothing verifies it (verify, land.verify, --unchecked)");
		r = 1;
	} else if (r == 1 && o.class != OUTCOME_VERIFY_FAILED) {
		l->stopped = o.class == OUTCOME_INTERRUPTED;
		keep(l, x, ERR_BUSY, o.message);
	} else if (r == 1) {
		reason = xasprintf("on %s %s", x->at->target, o.message);
		r = park(l, x, "verify_failed", reason, buf_str(&output), e);
	}
	free(reason);
	buf_release(&output);
	outcome_release(&o);
	vec_str_release(&commands);
	return r;
}

/* The target moves, the rest follows.  2: it was not where it should be. */
static int
advance(struct land *l, const struct landing *x, struct err *e)
{
	struct land_site *s = x->at;
	struct buf text = { 0 };
	struct err second = { 0 };
	int r = -1;

	if (land_announce(l, x, e) == -1)
		return -1;
	if (strcmp(x->id, x->onto) != 0 && (r = git_advance(s->git, s->target, x->onto, x->id,
	    s->tasks, s->held->fd, e)) != 0) {
		if (land_forget(l, &second) == -1)
			log_write(&l->p->log, LOG_WARN, x->task, x->number, "%s", second.msg);
		return r == 1 ? 2 : -1;
	}
	if ((r = land_finish(l, x, s->target, &text, e)) == 0 && (r = land_forget(l, e)) == 0)
		say(l, x, "landed", x->id, buf_str(&text), ERR_NONE);
	buf_release(&text);
	return r;
}

/* 0: landed, or would.  1: not, and that was said.  2: the target has moved. */
static int
try(struct land *l, struct landing *x, const struct task *t, struct err *e)
{
	struct land_site *s = x->at;
	struct buf files = { 0 };
	char was[GIT_ID_MAX], id[GIT_ID_MAX];
	bool landed = land_landed(t, was, id);
	bool meant = landed || accepted(t) || vec_id_has(l->wish->named, x->task);
	int r;

	if (*s->tip != '\0')
		memcpy(x->onto, s->tip, sizeof x->onto);
	else if (git_tip(s->git, s->target, x->onto, e) != 0)
		return e->code ? -1 : err_set(e, ERR_FAILED, "the branch '%s' is gone", s->target);
	r = git_has(s->git, x->onto, x->was, e);
	/* Where the branch could not follow, it is tried again, and nothing else. */
	if (r == 0 && landed && strcmp(was, x->was) == 0 &&
	    (r = git_has(s->git, x->onto, id, e)) == 1 && !l->wish->dry_run &&
	    git_carry(s->git, x->branch, was, id, e) == -1) {
		keep(l, x, ERR_NONE, e->msg);
		return 1;
	}
	if (r != 0) {
		if (r == 1)
			keep(l, x, ERR_NONE, "the target has all of it");
		return r;
	}
	if (!(landed && strcmp(id, x->was) == 0) && is_another(l, x, t)) {
		keep(l, x, ERR_FAILED, "its branch is not what was approved: have it done again (orch-reopen)");
		return 1;
	}
	r = git_replay(s->git, x->was, x->onto, x->id, &files, e);
	/* What somebody squashed into the target has nothing new: there the branch only follows. */
	if (r != -1 && !meant && (r == 1 || strcmp(x->id, x->onto) != 0)) {
		keep(l, x, ERR_FAILED, "it was closed, and nobody accepted its work: name its id if it is to land");
		r = 1;
	} else if (r == 1) {
		r = park_conflict(l, x, &files, e);
	}
	buf_release(&files);
	if (r != 0)
		return r;
	if (l->wish->dry_run) {
		memcpy(s->tip, x->id, sizeof s->tip);
		say(l, x, "fits", NULL, NULL, ERR_NONE);
		return 0;
	}
	if (git_advance_check(s->git, s->target, s->tasks, e) == -1)
		return -1;
	/* What comes to nothing new was verified when it landed. */
	if (strcmp(x->id, x->onto) != 0 && (r = check(l, x, t, e)) != 0)
		return r;
	return advance(l, x, e);
}

/* ---- one task ---- */

/* 0: it can be landed where it belongs.  1: not, and that was said. */
static int
find_site(struct land *l, struct landing *x, const struct task *t, struct err *e)
{
	const struct repo *repo = repo_of(l->p, t, e);
	char was[GIT_ID_MAX], id[GIT_ID_MAX];

	/* What has landed before its project went is nobody's concern. */
	if (repo == NULL && land_landed(t, was, id)) {
		keep(l, x, ERR_NONE, e->msg);
		return 1;
	}
	if (repo == NULL)
		return -1;
	if ((x->at = land_site(l, repo)) == NULL) {
		keep(l, x, ERR_BUSY, "it belongs to another project since just now");
		return 1;
	}
	if (x->at->bad.code == ERR_NONE)
		return 0;
	*e = x->at->bad;
	return err_prefix(e, "project %s", repo->name);
}

/* 0 taken, 1 an attempt has it, -1. */
static int
guard(struct land *l, struct landing *x, struct err *e)
{
	char *name;
	int fd, r;

	if (l->wish->dry_run)
		return probe_attempt(l->p, x->task, e);
	name = xasprintf("runs/%lld", (long long)x->task);
	fd = project_dir(l->p, name, e);
	free(name);
	if (fd == -1)
		return -1;
	r = lock_try(&x->run, fd, "lock", e);
	close(fd);
	return r;
}

static int
land(struct land *l, struct landing *x, struct err *e)
{
	struct tasks tasks = { 0 };
	const struct task *t;
	int r = guard(l, x, e);

	if (r == 1)
		keep(l, x, ERR_BUSY, "an attempt holds it");
	if (r != 0 || (r = store_read(l->p, &tasks, e)) == -1)
		return r;
	if ((t = tasks_find(&tasks, x->task)) == NULL) {
		r = err_set(e, ERR_FAILED, "it is gone from the file");
		goto done;
	}
	if ((r = find_site(l, x, t, e)) == 0 && (r = may(l, x, &tasks, t, e)) == 0)
		r = 2;
	for (int i = 0; i < TRIES && r == 2; i++)
		r = try(l, x, t, e);
	if (r == 2)
		keep(l, x, ERR_BUSY, "the target moves all the time");
done:
	tasks_release(&tasks);
	return r;
}

void
land_one(struct land *l, int64_t id)
{
	struct landing x = { .task = id, .run = { .fd = -1 } };
	struct err e = { 0 };

	if (land(l, &x, &e) == -1)
		keep(l, &x, e.code, e.msg);
	lock_release(&x.run);
	free(x.branch);
}
