#include "work/run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/table.h"
#include "base/vec.h"
#include "net/git.h"
#include "sys/fs.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/attempt.h"
#include "work/env.h"
#include "work/propagate.h"
#include "work/review.h"

#include <fcntl.h>

/* A worker: the process that carries one attempt, and the pipe with its last word. */
struct worker {
	pid_t pid;
	int fd;			/* its message, until end of file */
	int64_t task;
	int number;
	struct buf message;
};

struct scheduler {
	struct project *p;
	const struct run_opts *opts;
	struct worker *v;
	size_t n, cap;
	struct vec_id had;	/* tasks that had their turn in this call */
	struct vec_id barred;	/* those of a repository that is of no use */
	struct vec_str why;	/* of the last claim that found nothing */
	int64_t deadline;	/* clock_mono, 0: none */
	int sig_fd;
	bool stopping;		/* no further claims */
	bool late;		/* because the deadline passed */
	int why_status;		/* the worst of those */
	size_t started;
	bool settled;		/* an attempt whose process had gone got where it should */
	int status;
};

static const int stops[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, 0 };

static void
tell(const struct scheduler *s, int64_t task, int number, int status, const char *message)
{
	if (s->opts->report != NULL)
		s->opts->report(s->opts->arg, task, number, status, message);
}

/* The second line of a worker's message, if there is one, is a warning. */
static void
tell_end(const struct scheduler *s, struct worker *w, int status)
{
	const char *text = buf_str(&w->message), *end = strchr(text, '\n');
	char *warning = end ? xasprintf("task %lld: %s", (long long)w->task, end + 1) : NULL;

	if (end)
		buf_cut(&w->message, (size_t)(end - text));
	tell(s, w->task, w->number, status, buf_str(&w->message));
	if (warning)
		tell(s, 0, 0, 0, warning);
	free(warning);
}

/* The worker's whole life.  It never returns into the scheduler. */
__attribute__((noreturn)) static void
work(struct scheduler *s, struct attempt *a, int fd)
{
	struct err e = { 0 };
	char *message = NULL;
	int status;

	for (size_t i = 0; i < s->n; i++)
		close(s->v[i].fd);
	close(s->sig_fd);
	a->stop_fd = sig_fd(stops, &e);
	/* Should the keeper be killed, what it started falls to us and is swept. */
	if (a->stop_fd == -1 || proc_become_subreaper(&e) == -1 ||
	    (status = attempt_run(a, &message, &e)) == -1) {
		status = err_exit(e.code);
		message = xstrdup(e.msg);
	}
	/* The message is advice for the terminal; the task's file has it too. */
	if (message != NULL && fs_write_all(fd, message, strlen(message)) == -1)
		log_write(&s->p->log, LOG_WARN, a->task, a->number, "%s", message);
	_exit(status);
}

static int
start(struct scheduler *s, struct attempt *a, struct err *e)
{
	struct worker w = { .task = a->task, .number = a->number };
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC) == -1)
		return err_sys(e, "cannot make a pipe");
	if (s->started == 0)
		git_share();
	fflush(NULL);
	if ((w.pid = fork()) == -1) {
		err_sys(e, "cannot fork");
		close(pipes[0]);
		close(pipes[1]);
		return -1;
	}
	if (w.pid == 0) {
		close(pipes[0]);
		work(s, a, pipes[1]);
	}
	close(pipes[1]);
	w.fd = pipes[0];
	s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
	s->v[s->n++] = w;
	s->started++;
	return 0;
}

/* One claim and its worker: 0 started, 1 nothing can be claimed now, -1 error. */
static int
claim_and_start(struct scheduler *s, struct err *e)
{
	struct attempt_wish wish = {
		.only = s->opts->only, .except = s->opts->only ? &s->had : &s->barred,
		.named = s->opts->named, .command = s->opts->command,
		.workers = s->opts->workers, .claimer = s->opts->claimer,
	};
	struct attempt a;
	int r;

	vec_str_release(&s->why);
	if ((r = attempt_claim(&a, s->p, &wish, &s->why, &s->why_status, e)) != 0)
		return r;
	vec_id_push(&s->had, a.task);
	r = start(s, &a, e);
	attempt_release(&a);
	return r;
}

static void
stop_all(struct scheduler *s)
{
	s->stopping = true;
	for (size_t i = 0; i < s->n; i++)
		kill(s->v[i].pid, SIGTERM);
}

/* A worker's pipe has something, or its end. */
static void
hear(struct scheduler *s, size_t i)
{
	struct worker *w = &s->v[i];
	char chunk[4096];
	ssize_t n = read(w->fd, chunk, sizeof chunk);
	int wait_status, status;

	if (n > 0) {
		buf_append(&w->message, chunk, (size_t)n);
		return;
	}
	if (n == -1 && errno == EINTR)
		return;
	close(w->fd);
	while (waitpid(w->pid, &wait_status, 0) == -1 && errno == EINTR)
		continue;
	/* A worker that was killed has not settled: the next tick adopts its attempt. */
	status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 75;
	if (!WIFEXITED(wait_status) && w->message.len == 0)
		buf_printf(&w->message, "its worker was killed by signal %d; the next tick goes on",
		    WTERMSIG(wait_status));
	/* Who was stopped because the time was up tells of the time, not of a retry. */
	s->status = err_worse(s->status, s->late && status == 75 ? 124 : status);
	tell_end(s, w, status);
	buf_release(&w->message);
	s->v[i] = s->v[--s->n];
}

/* Waits until a worker says something, a signal comes, or the time is up. */
static int
wait_for_news(struct scheduler *s, struct err *e)
{
	struct pollfd *fds = xcalloc(s->n + 1, sizeof *fds);
	int64_t left = s->deadline && !s->stopping ? s->deadline - clock_mono() : -1;
	int n, signo, r = -1;

	for (size_t i = 0; i < s->n; i++)
		fds[i] = (struct pollfd){ .fd = s->v[i].fd, .events = POLLIN };
	fds[s->n] = (struct pollfd){ .fd = s->sig_fd, .events = POLLIN };
	if (s->deadline && !s->stopping && left < 0)
		left = 0;
	n = poll(fds, s->n + 1, left > 60000 ? 60000 : (int)left);
	if (n == -1 && errno != EINTR) {
		err_sys(e, "cannot wait");
		goto done;
	}
	if (s->deadline && !s->stopping && clock_mono() >= s->deadline) {
		s->late = true;
		stop_all(s);
	}
	if (n > 0 && fds[s->n].revents)
		while ((signo = sig_next(s->sig_fd)) != 0)
			stop_all(s);
	/* From the end, because hear() moves the last one into a gap. */
	for (size_t i = s->n; n > 0 && i-- > 0;)
		if (fds[i].revents)
			hear(s, i);
	r = 0;
done:
	free(fds);
	return r;
}

static size_t
places(const struct scheduler *s)
{
	if (s->stopping || (s->opts->one && s->started > 0))
		return 0;
	return s->opts->one ? 1 : (size_t)s->opts->workers;
}

/* What is left over when nothing runs any more decides about the status. */
static int
conclude(struct scheduler *s)
{
	if (s->late)
		return err_worse(s->status, 124);
	if (s->opts->one && s->started > 0)
		return s->status;
	for (size_t i = 0; i < s->why.n; i++)
		tell(s, 0, 0, s->why_status, s->why.v[i]);
	/* Nothing was run, and nothing need be done about that: the honest answer is no. */
	if (s->started == 0 && !s->settled && s->why_status == 0)
		return err_worse(s->status, 1);
	return err_worse(s->status, s->why_status);
}

/* Is there a repository with a commit that a work tree can be made from? */
static int
check_repository(const struct repo *repo, struct err *e)
{
	struct git *git = git_open(repo->dir, e);
	int r = git == NULL ? -1 : git_check(git, config_text(repo->config, "base"), e);

	git_close(git);
	if (r == -1)
		err_prefix(e, "no work tree can be made (isolation: none does without)");
	return r == -1 && repo->name != NULL ? err_prefix(e, "project %s", repo->name) : r;
}

/* May it be run in this call, and does it want a work tree? */
static bool
wants_tree(const struct scheduler *s, const struct task *t, const struct repo *repo)
{
	const struct run_opts *opts = s->opts;
	const char *own = task_text(t, F_ISOLATION);
	bool runs = t->status == ST_ROUTED || (t->status == ST_NEW && opts->command);

	return runs && (opts->only == NULL || vec_id_has(opts->only, t->id)) &&
	    strcmp(own ? own : config_text(repo->config, "isolation"), "worktree") == 0;
}

/*
 * Before anything is claimed: what is wrong with a repository is wrong with every attempt in
 * it.  The list's own being of no use is an error; tasks of another project are passed over.
 */
static int
check_repositories(struct scheduler *s, struct err *e)
{
	enum { UNSEEN, GOOD, BAD } is;
	struct table seen = { 0 };
	struct tasks tasks = { 0 };
	int r = store_read(s->p, &tasks, e);

	for (size_t i = 0; r == 0 && i < tasks.n; i++) {
		struct err why = { 0 };
		const struct repo *repo = repo_of(s->p, &tasks.v[i], &why);

		/* One that is not there is told of by the claim. */
		if (repo == NULL || !wants_tree(s, &tasks.v[i], repo))
			continue;
		if ((is = table_get(&seen, repo->dir)) == UNSEEN) {
			is = check_repository(repo, &why) == 0 ? GOOD : BAD;
			table_put(&seen, repo->dir, is);
			if (is == BAD && repo->name != NULL)
				tell(s, tasks.v[i].id, 0, 69, why.msg);
		}
		if (is == BAD && repo->name == NULL) {
			*e = why;
			r = -1;
		} else if (is == BAD) {
			vec_id_push(&s->had, tasks.v[i].id);
			vec_id_push(&s->barred, tasks.v[i].id);
			s->status = err_worse(s->status, 69);
		}
	}
	table_release(&seen);
	tasks_release(&tasks);
	return r;
}

/*
 * Attempts whose processes are gone come first, and calls of reviewers that nobody comes back
 * to, then what follows from tasks that ended.
 * What cannot be settled now stays for the next tick and stops nobody.
 */
static int
adopt_first(struct scheduler *s, struct err *e)
{
	struct vec_id settled = { 0 };
	struct vec_str problems = { 0 };
	struct propagated followed = { 0 };
	struct store_opts opts = { .command = s->opts->claimer };
	int r = attempt_adopt_all(s->p, &settled, &problems, &s->status, e);

	if (r == 0)
		r = review_left(s->p, &problems, &s->status, e);
	for (size_t i = 0; i < problems.n; i++)
		tell(s, 0, 0, s->status, problems.v[i]);
	for (size_t i = 0; i < settled.n; i++)
		tell(s, settled.v[i], 0, 0, "settled: its process had gone");
	s->settled = settled.n > 0 && s->opts->only != NULL;
	if (r == 0)
		r = propagate_all(s->p, &opts, &followed, e);
	propagated_release(&followed);
	vec_id_release(&settled);
	vec_str_release(&problems);
	return r;
}

int
run_tasks(struct project *p, const struct run_opts *opts, struct err *e)
{
	struct scheduler s = { .p = p, .opts = opts, .sig_fd = -1 };
	int r = -1, claimed;

	env_hide(environ);
	if (adopt_first(&s, e) == -1 || check_repositories(&s, e) == -1)
		goto done;
	if (opts->timeout_ms > 0)
		s.deadline = clock_mono() + opts->timeout_ms;
	if ((s.sig_fd = sig_fd(stops, e)) == -1)
		goto done;
	for (;;) {
		claimed = 0;
		while (s.n < places(&s) && (claimed = claim_and_start(&s, e)) == 0)
			continue;
		if (claimed == -1) {
			/* What runs is brought to its end before the error is told. */
			s.stopping = true;
			r = -2;
		}
		if (s.n == 0)
			break;
		if (wait_for_news(&s, e) == -1)
			goto done;
	}
	r = r == -2 ? -1 : conclude(&s);
done:
	if (s.sig_fd != -1)
		close(s.sig_fd);
	free(s.v);
	vec_id_release(&s.had);
	vec_id_release(&s.barred);
	vec_str_release(&s.why);
	return r;
}
