/*
 * attempt.c - from the claimed task to the settled one
 *
 * attempt_run() is a recipe: start, judge, check, settle.  The first leaves
 * attempt.json and the keeper's result.json behind, so that attempt_adopt_all() can
 * do the rest for an attempt whose worker was killed.
 */
#include "work/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/attempt_impl.h"
#include "work/cancel.h"
#include "work/delegate.h"
#include "work/place.h"
#include "work/settle.h"

void
attempt_release(struct attempt *a)
{
	lock_release(&a->run);
	lock_release(&a->slot);
	lock_release(&a->worker);
	lock_release(&a->ports);
	if (a->run_fd != -1)
		close(a->run_fd);
	if (a->stop_fd != -1)
		close(a->stop_fd);
	free(a->agent);
	free(a->model);
	free(a->run_dir);
	free(a->branch);
	free(a->worktree);
	free(a->base_id);
	*a = (struct attempt){ .run = { .fd = -1 }, .slot = { .fd = -1 }, .worker = { .fd = -1 },
	    .ports = { .fd = -1 }, .run_fd = -1, .stop_fd = -1 };
}

void
attempt_key(const struct attempt *a, char out[ATTEMPT_KEY_MAX])
{
	snprintf(out, ATTEMPT_KEY_MAX, "%lld/%d", (long long)a->task, a->number);
}

/* ---- the recipe ---- */

/* Judges, checks and settles what the keeper left; `o` may be decided already. */
static int
finish(struct attempt *a, const struct agent *agent, const struct task *t,
    const struct keeper_result *result, bool decided, struct outcome *o, char **message,
    struct err *e)
{
	struct vec_str files = { 0 }, warnings = { 0 }, verify = { 0 };
	struct buf output = { 0 }, loose = { 0 }, why = { 0 };
	struct settle_facts facts = {
		.exit_is_check = agent != NULL && agent->answer_is_exit,
		.task_fault = agent != NULL && (agent->answer_is_exit || agent->given),
		.ms = result->ms,
	};
	int r = -1, refused = 0;
	bool cancelled = cancel_asked(a->run_fd);

	if (!cancelled && (place_lease(a, e) == -1 ||
	    (!decided && (refused = place_after(a, &why, e)) == -1)))
		goto done;
	if (!decided && attempt_judge(a, agent, t, result, o, &files, e) == -1)
		goto done;
	if (refused == 1 && o->class == OUTCOME_OK)
		attempt_outcome(o, OUTCOME_VERIFY_FAILED, buf_str(&why));
	if (!cancelled && o->class == OUTCOME_OK &&
	    attempt_check(a, t, o, &verify, &output, &loose, &warnings, &facts.checked, e) == -1)
		goto done;
	facts.verify = &verify;
	facts.warnings = &warnings;
	if (loose.len > 0)
		facts.loose = buf_str(&loose);
	if (output.len > 0)
		facts.verify_output = buf_str(&output);
	if (a->worktree != NULL)
		facts.files = &files;
	r = settle_attempt(a, o, &facts, message, e);
done:
	buf_release(&why);
	buf_release(&output);
	buf_release(&loose);
	vec_str_release(&verify);
	vec_str_release(&warnings);
	vec_str_release(&files);
	return r;
}

int
attempt_run(struct attempt *a, char **message, struct err *e)
{
	struct tasks tasks = { 0 };
	struct agent agent = { 0 };
	struct outcome o = { 0 };
	struct keeper_result result = { 0 };
	const struct task *t;
	int r = -1, decided;

	if (attempt_open(a, e) == -1 || store_read(a->project, &tasks, e) == -1)
		return -1;
	if ((t = tasks_find(&tasks, a->task)) == NULL) {
		err_set(e, ERR_FAILED, "task %lld is gone from the file", (long long)a->task);
		goto done;
	}
	if ((a->repo = repo_of(a->project, t, e)) == NULL)
		goto done;
	a->sandbox = sandbox_of(a->project, a->repo, t, a->agent);
	a->plans = delegate_plans(t);
	if (agent_load(&agent, a->project, a->agent, e) == -1) {
		attempt_setup_failed(&o, e);
		decided = 1;
	} else {
		/* Who knows no such level, a shell, is held by what it can write. */
		if (a->plans && val_path(agent.table, "perm.read") != NULL)
			agent.perm = AGENT_PERM_READ;
		decided = attempt_start(a, &agent, &tasks, t, &result, &o, e);
	}
	if (decided != -1)
		r = finish(a, &agent, t, &result, decided == 1, &o, message, e);
done:
	outcome_release(&o);
	agent_release(&agent);
	tasks_release(&tasks);
	return r;
}

/* ---- adopting ---- */

/* A result waits until its project is there again, unless it is not wanted any more. */
static int
find_repo(struct attempt *a, const struct task *t, struct err *e)
{
	if ((a->repo = repo_of(a->project, t, e)) == NULL && cancel_asked(a->run_fd)) {
		*e = (struct err){ 0 };
		a->repo = repo_own(a->project);
	}
	return a->repo == NULL ? -1 : 0;
}

/* The run lock of this task is ours: whatever held it is gone. */
static int
adopt(struct attempt *a, const struct task *t, char **message, struct err *e)
{
	struct agent agent = { 0 };
	struct outcome o = { 0 };
	struct keeper_result result = { 0 };
	struct err ignored = { 0 };
	int r = -1, found = 1, known;
	bool decided = true;

	if (attempt_open(a, e) == -1 || attempt_clear(a, e) == -1 || find_repo(a, t, e) == -1 ||
	    (known = attempt_read_record(a, e)) == -1)
		goto done;
	if (a->agent == NULL)
		a->agent = xstrdup(task_text(t, F_AGENT) ? task_text(t, F_AGENT) : "cmd");
	a->plans = delegate_plans(t);
	a->sandbox = sandbox_of(a->project, a->repo, t, a->agent);
	if (known == 0 && (found = keeper_read(a->run_fd, "", &result, e)) == -1 &&
	    (found = attempt_put_aside(a, "result.json", e)) == -1)
		goto done;
	/* A killed keeper leaves its streams in pieces. */
	if (found == 1 && keeper_salvage(a->run_fd, "", e) == -1)
		goto done;
	if (found == 1) {
		attempt_outcome(&o, OUTCOME_ORPHANED, "its processes are gone and left no result");
		if (agent_load(&agent, a->project, a->agent, &ignored) == 0)
			attempt_salvage(a, &agent, &o);
	} else if ((decided = agent_load(&agent, a->project, a->agent, e) == -1))
		attempt_setup_failed(&o, e);
	log_write(&a->project->log, LOG_WARN, a->task, a->number, "adopted: %s",
	    found == 1 ? "no result" : "its result is settled now");
	r = finish(a, decided ? NULL : &agent, t, &result, decided, &o, message, e);
done:
	outcome_release(&o);
	agent_release(&agent);
	return r;
}

/* 1: it lives. */
static int
adopt_one(struct project *p, const struct task *t, struct vec_id *done, struct err *e)
{
	struct attempt a = { .project = p, .task = t->id, .run = { .fd = -1 }, .slot = { .fd = -1 },
	    .worker = { .fd = -1 }, .ports = { .fd = -1 }, .run_fd = -1, .stop_fd = -1,
	    .number = (int)task_int(t, F_ATTEMPTS, 0) };
	struct tasks again = { 0 };
	const struct task *now;
	char name[48], *message = NULL;
	int dir, r;

	snprintf(name, sizeof name, "runs/%lld", (long long)t->id);
	if ((dir = project_dir(p, name, e)) == -1)
		return -1;
	r = lock_try(&a.run, dir, "lock", e);
	close(dir);
	if (r != 0)
		return r;
	/* Its worker may have settled it between our reading and our lock. */
	if ((r = store_read(p, &again, e)) == -1)
		goto done;
	now = tasks_find(&again, t->id);
	if (now != NULL && now->status == ST_IN_PROGRESS &&
	    task_int(now, F_ATTEMPTS, 0) == a.number) {
		r = adopt(&a, now, &message, e);
		if (r == 0)
			vec_id_push(done, t->id);
	}
	tasks_release(&again);
done:
	free(message);
	attempt_release(&a);
	return r == -1 ? -1 : 0;
}

int
attempt_adopt(struct project *p, int64_t task, int *number, struct err *e)
{
	struct tasks tasks = { 0 };
	struct vec_id ignored = { 0 };
	const struct task *t;
	int r = 0;

	if (store_read(p, &tasks, e) == -1 || project_prepare(p, e) == -1)
		r = -1;
	else if ((t = tasks_find(&tasks, task)) != NULL && t->status == ST_IN_PROGRESS) {
		*number = (int)task_int(t, F_ATTEMPTS, 0);
		r = adopt_one(p, t, &ignored, e);
	}
	vec_id_release(&ignored);
	tasks_release(&tasks);
	return r;
}

int
attempt_adopt_all(struct project *p, struct vec_id *done, struct vec_str *problems,
    int *status, struct err *e)
{
	struct tasks tasks = { 0 };

	if (store_read(p, &tasks, e) == -1 || project_prepare(p, e) == -1) {
		tasks_release(&tasks);
		return -1;
	}
	for (size_t i = 0; i < tasks.n; i++) {
		const struct task *t = &tasks.v[i];
		struct err one = { 0 };
		int r = t->status == ST_IN_PROGRESS ? adopt_one(p, t, done, &one) : 0;

		/* Who wanted it cancelled may have been killed before saying so to it. */
		if (r == 1)
			r = cancel_stop(p, t->id, (int)task_int(t, F_ATTEMPTS, 0), false, &one);
		if (r != -1)
			continue;
		*status = err_worse(*status, err_exit(one.code));
		vec_str_take(problems, xasprintf("task %lld: %s", (long long)tasks.v[i].id, one.msg));
	}
	tasks_release(&tasks);
	return 0;
}
