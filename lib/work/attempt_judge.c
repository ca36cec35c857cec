/*
 * attempt_judge.c - what came of it: evidence first, then the checks of our own
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/git.h"
#include "sys/fs.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/agent.h"
#include "work/answer.h"
#include "work/attempt_impl.h"
#include "work/cancel.h"
#include "work/classify.h"
#include "work/delegate.h"
#include "work/oneline.h"
#include "work/schema_file.h"

#define VERIFY_TAIL	4000		/* bytes of a failed check that are kept */

/* An outcome of our own making: something before or around the agent went wrong. */
void
attempt_outcome(struct outcome *o, enum outcome_class class, const char *message)
{
	struct buf text = { 0 };

	outcome_release(o);
	*o = (struct outcome){ .class = class, .tokens_in = -1, .tokens_out = -1, .cost_usd = -1 };
	str_visible(&text, message, strlen(message), false);
	o->message = buf_detach(&text);
}

void
attempt_lost(const struct attempt *a, struct outcome *o, const struct err *e)
{
	attempt_outcome(o, cancel_asked(a->run_fd) ? OUTCOME_INTERRUPTED : OUTCOME_ORPHANED, e->msg);
}

/* What a person must mend is not tried again; a full disk or a busy lock is. */
void
attempt_setup_failed(struct outcome *o, const struct err *e)
{
	static const int lasting[] = { EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOTDIR, EPERM };

	attempt_outcome(o, OUTCOME_SETUP_FAILED, e->msg);
	o->hopeless = e->code != ERR_SYSTEM && e->code != ERR_BUSY;
	for (size_t i = 0; e->code == ERR_SYSTEM && i < sizeof lasting / sizeof *lasting; i++)
		o->hopeless = o->hopeless || e->sys == lasting[i];
}

/* ---- judging ---- */

/* The answer file must be a regular file that the agent put there, in the folder that
 * it was given: neither is a link. */
static int
read_answer(struct attempt *a, const struct agent *agent, struct buf *answer, struct err *e)
{
	static const char *const names[] = { ATTEMPT_ANSWER, "out/last.txt" };
	int r = 1, out = fs_open_dir(a->run_fd, "out");

	if (out == -1)
		return errno == ENOENT ? 1 : err_sys(e, "its output folder is no folder any more");
	/* codex and its kind write their last message into a file of their own. */
	for (size_t i = 0; i < (agent->answer_is_exit ? 1 : 2) && r == 1; i++)
		r = fs_read(out, names[i] + strlen("out/"), ATTEMPT_RECORD_MAX, answer, e);
	close(out);
	return r;
}

/* What a CLI tells of its run in a file instead of its stream.  Without it, or if it cannot
 * be read, nothing is told. */
static void
read_usage(const struct attempt *a, struct classify_ending *ending, struct buf *usage)
{
	struct err ignored = { 0 };
	int out = fs_open_dir(a->run_fd, "out");

	if (out == -1)
		return;
	if (fs_read(out, "usage.json", ATTEMPT_RECORD_MAX, usage, &ignored) == 0) {
		ending->usage = buf_str(usage);
		ending->usage_len = usage->len;
	}
	close(out);
}

static int
read_stream(struct attempt *a, const char *name, struct buf *text, struct err *e)
{
	return fs_read(a->run_fd, name, ATTEMPT_STREAM_MAX, text, e) == -1 ? -1 : 0;
}

/*
 * What the work tree says: commits and changes since the attempt's base.  The agent
 * could do with it what it liked; one that is gone, broken, or on another branch is
 * a result that cannot be used, not a failure of ours.
 */
static int
look_at_work(const struct attempt *a, struct outcome_facts *facts, struct vec_str *files,
    struct err *e)
{
	struct git_work work = { 0 };
	int on;

	if (a->worktree == NULL)
		return 0;
	if (git_work(a->worktree, a->base_id, &work, files, e) == -1 ||
	    (on = git_on_branch(a->worktree, a->branch, e)) == -1)
		return -1;
	if (on == 0)
		return err_set(e, ERR_FAILED, "the work tree is not on its branch '%s' any more",
		    a->branch);
	facts->committed = work.commits > 0;
	facts->changed = work.commits > 0 || work.dirty > 0;
	return 0;
}

/* Whatever it looks like, it is this.  Its session and what it has used up stay. */
static void
overrule(struct outcome *o, struct outcome *by)
{
	by->session = o->session;
	by->session_odd = o->session_odd;
	by->tokens_in = o->tokens_in;
	by->tokens_out = o->tokens_out;
	by->cost_usd = o->cost_usd;
	by->tokens_total = o->tokens_total;
	by->cost_total = o->cost_total;
	by->cost_priced = o->cost_priced;
	o->session = o->session_odd = NULL;
	outcome_release(o);
	*o = *by;
}

/*
 * A CLI that will not even begin, when it was told to go on in a session, does not know that
 * session any more.  What ends so is not resumed, so the next attempt begins a new one.
 */
static void
notice_lost_session(const struct attempt *a, const struct agent *agent, const struct task *t,
    struct outcome *o)
{
	const char *session = attempt_session(a, agent, t);
	char *message;

	if (session == NULL || o->detail == NULL || strcmp(o->detail, "config") != 0)
		return;
	message = xasprintf("%s (session '%s' is gone: the next attempt begins a new one)",
	    o->message, session);
	attempt_outcome(o, OUTCOME_CRASHED, message);
	free(message);
}

/* The delegations that it noted while it ran. */
static int
read_requests(const struct attempt *a, const struct val *schema, struct val **requested,
    struct err *e)
{
	int out = fs_open_dir(a->run_fd, "out"), r;

	if (out == -1)
		return 0;
	r = delegate_requested(out, schema, requested, e);
	close(out);
	return r;
}

int
attempt_judge(struct attempt *a, const struct agent *agent, const struct task *t,
    const struct keeper_result *result, struct outcome *o, struct vec_str *files,
    struct err *e)
{
	struct buf out = { 0 }, errtext = { 0 }, answer = { 0 }, usage = { 0 };
	struct classify_ending ending = {
		.started = result->started, .exit = result->exit, .signal = result->signal,
		.stopped = keeper_stop_name(result->stop),
		.model = a->model ? a->model : task_text(t, F_AGENT_MODEL) ?
		    task_text(t, F_AGENT_MODEL) : agent->model,
		.now = clock_now(),
	};
	struct outcome_facts facts = {
		.ending = &ending, .produces = attempt_setting(a, t, F_PRODUCES, "produces"),
		.plan = a->plans,
	};
	struct val *schema = schema_file(a->project, ANSWER_SCHEMA, e), *requested = NULL;
	struct vec_str asked = { 0 };
	struct outcome by = { 0 };
	struct err useless = { 0 };
	int r = -1, have = 1;

	if (schema == NULL || (task_is_set(t, F_CHILDREN) &&
	    delegate_asked(a->project, t->id, &asked, e) == -1) || read_stream(a, "stdout", &out, e) == -1 ||
	    read_stream(a, "stderr", &errtext, e) == -1)
		goto done;
	if (attempt_intact(a, &useless) == -1)
		attempt_setup_failed(&by, &useless);
	else if (look_at_work(a, &facts, files, &useless) == -1 ||
	    (have = read_answer(a, agent, &answer, &useless)) == -1 ||
	    read_requests(a, schema, &requested, &useless) == -1)
		attempt_outcome(&by, OUTCOME_INVALID_OUTPUT, useless.msg);
	else if (result->stop == KEEPER_ASKED)
		attempt_outcome(&by, OUTCOME_INTERRUPTED, "stopped on request");
	ending.out = buf_str(&out);
	ending.out_len = out.len;
	ending.errtext = buf_str(&errtext);
	ending.err_len = errtext.len;
	read_usage(a, &ending, &usage);
	if (result->out_bytes > KEEPER_HEAD_MAX + KEEPER_TAIL_MAX)
		facts.left_out = result->out_bytes - KEEPER_HEAD_MAX - KEEPER_TAIL_MAX;
	if (have == 0) {
		facts.file = buf_str(&answer);
		facts.file_len = answer.len;
	}
	facts.requested = requested;
	facts.redact = a->project->redact;
	facts.asked = &asked;
	r = outcome_judge(o, agent, schema, &facts, e);
	if (r == 0)
		notice_lost_session(a, agent, t, o);
	/* Stopped or not, a good result counts. */
	if (r == 0 && by.message != NULL &&
	    (by.class != OUTCOME_INTERRUPTED || o->class != OUTCOME_OK))
		overrule(o, &by);
	else
		outcome_release(&by);
	if (r == 0)
		r = attempt_usage(a, o, e);
done:
	val_free(schema);
	val_free(requested);
	vec_str_release(&asked);
	buf_release(&out);
	buf_release(&errtext);
	buf_release(&answer);
	buf_release(&usage);
	return r;
}

/* ---- checking ---- */

static void
tail_of_check(struct attempt *a, const char *name, struct buf *tail)
{
	static const char *const streams[] = { "stdout", "stderr" };
	struct err ignored = { 0 };

	for (size_t i = 0; i < 2; i++) {
		struct buf text = { 0 };
		char *file = xasprintf("%s%s", name, streams[i]);
		size_t from = 0;

		if (fs_read(a->run_fd, file, ATTEMPT_STREAM_MAX, &text, &ignored) == 0) {
			if (text.len > VERIFY_TAIL)
				from = text.len - VERIFY_TAIL;
			str_clean(tail, buf_str(&text) + from, text.len - from);
		}
		buf_release(&text);
		free(file);
	}
}

/* One verify command: 0 passed, 1 failed, -1 the supervision failed. */
static int
check_one(struct attempt *a, const struct task *t, const char *command, size_t number,
    struct outcome *o, struct buf *output, struct err *e)
{
	struct keeper_result result = { 0 };
	char *name = xasprintf("verify-%zu.", number), *message = NULL;
	int64_t timeout = task_span(t, F_TIMEOUT, config_int(&a->project->config, "timeout"));
	int r = attempt_shell(a, name, command, timeout, &result, e);

	/* Whose keeper was killed has said nothing: it is asked once more. */
	if (r == 1 && !cancel_asked(a->run_fd))
		r = attempt_shell(a, name, command, timeout, &result, e);
	if (r == 1)
		attempt_lost(a, o, e);
	/* One that had to be stopped has not passed, whatever it says then. */
	if (r == 0 && (!result.started || result.exit != 0 || result.stop != KEEPER_NOT)) {
		if (result.stop != KEEPER_NOT)
			message = xasprintf("'%s' was stopped: %s", command,
			    keeper_stop_name(result.stop));
		else if (result.signal != 0)
			message = xasprintf("'%s' died by signal %d", command, result.signal);
		else
			message = xasprintf("'%s' ended with %d", command, result.exit);
		tail_of_check(a, name, output);
		attempt_outcome(o, result.stop == KEEPER_ASKED ? OUTCOME_INTERRUPTED :
		    OUTCOME_VERIFY_FAILED, message);
		r = 1;
	}
	free(message);
	free(name);
	return r;
}

static int
commit_leftovers(const struct attempt *a, const struct task *t, struct err *e)
{
	char *message = xasprintf("%s\n\nTask %lld, attempt %d, by %s.\n", task_text(t, F_TITLE),
	    (long long)a->task, a->number, a->agent);
	int r = attempt_unlock(a, e) == -1 ? -1 : git_commit_all(a->worktree, message, e);

	free(message);
	return r == -1 ? -1 : 0;
}

/*
 * Whoever takes the branch does not get all that the checks saw: files that they
 * changed, a repository within the work tree; or, where the branch has nothing new,
 * files that git ignores, which are not worth a word next to real work.
 */
static int
look_for_loose(const struct attempt *a, const struct git_work *work, struct buf *loose,
    struct err *e)
{
	size_t n;

	if (git_loose(a->worktree, false, &n, loose, e) == -1)
		return -1;
	return n > 0 || work->commits > 0 ? 0 : git_loose(a->worktree, true, &n, loose, e);
}

/* What was checked is what the branch has, or nothing was checked: then 1.  Its commit is
 * named, so that it can be had again. */
static int
look_after_checks(const struct attempt *a, const char *head, struct outcome *o,
    struct buf *loose, struct err *e)
{
	struct git_work work;
	char *message;
	int on;

	if (attempt_intact(a, e) == -1 ||
	    git_work(a->worktree, a->base_id, &work, NULL, e) == -1 ||
	    (on = git_on_branch(a->worktree, a->branch, e)) == -1)
		return -1;
	if (on == 1 && strcmp(work.head, head) == 0)
		return look_for_loose(a, &work, loose, e);
	message = xasprintf("the checks did not leave '%s' at %s, where they began",
	    a->branch, head);
	attempt_outcome(o, OUTCOME_VERIFY_FAILED, message);
	free(message);
	return 1;
}

int
attempt_verify(struct attempt *a, const struct task *t, const struct vec_str *commands,
    struct outcome *o, struct buf *output, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < commands->n && r == 0; i++)
		r = check_one(a, t, commands->v[i], i + 1, o, output, e);
	return r;
}

/* Those that may fail; one that does leaves a line.  They are numbered behind the others. */
static int
check_optional(struct attempt *a, const struct task *t, size_t before, struct outcome *o,
    struct vec_str *warnings, struct err *e)
{
	struct vec_str commands = { 0 };
	int r = 0;

	task_texts(t, F_OPTIONAL_VERIFY, &commands);
	for (size_t i = 0; i < commands.n && r == 0; i++) {
		struct outcome its = { 0 };
		struct buf output = { 0 };

		r = check_one(a, t, commands.v[i], before + i + 1, &its, &output, e);
		if (r == 1 && its.class == OUTCOME_VERIFY_FAILED) {
			vec_str_take(warnings, oneline(its.message, strlen(its.message)));
			r = 0;
		} else if (r == 1) {
			/* It was not the check that failed: we were stopped. */
			outcome_release(o);
			*o = its;
			its = (struct outcome){ 0 };
		}
		outcome_release(&its);
		buf_release(&output);
	}
	vec_str_release(&commands);
	return r;
}

/*
 * The leftovers of a success are committed on its branch, then the checks run on
 * exactly that.  0: all passed (*checked: there were some), 1: one failed.
 */
int
attempt_check(struct attempt *a, const struct task *t, struct outcome *o, struct vec_str *commands,
    struct buf *output, struct buf *loose, struct vec_str *warnings, bool *checked, struct err *e)
{
	struct git_work work = { 0 };
	int r;

	if (a->worktree != NULL && (commit_leftovers(a, t, e) == -1 ||
	    git_work(a->worktree, a->base_id, &work, NULL, e) == -1)) {
		attempt_outcome(o, OUTCOME_INVALID_OUTPUT, e->msg);
		return 1;
	}
	memcpy(a->tip_id, work.head, sizeof a->tip_id);
	repo_verify(a->repo, t, a->worktree == NULL || work.commits > 0, commands);
	r = attempt_verify(a, t, commands, o, output, e);
	if (r == 0)
		r = check_optional(a, t, commands->n, o, warnings, e);
	if (r == 0 && a->worktree != NULL &&
	    (r = look_after_checks(a, work.head, o, loose, e)) == -1) {
		attempt_outcome(o, OUTCOME_INVALID_OUTPUT, e->msg);
		r = 1;
	}
	*checked = r == 0 && commands->n > 0;
	return r;
}
