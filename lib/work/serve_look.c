#include "work/serve_look.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/sip.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "task/archive.h"
#include "task/event.h"
#include "task/job.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/sidecar.h"
#include "task/store.h"
#include "work/pool.h"

_Static_assert(sizeof(struct serve_look) <= PIPE_BUF, "a look goes through a pipe at once");

/* ---- stamps ---- */

/* A file by what it is and, for `whole`, when it was changed. */
static void
stamp(uint64_t *sum, const char *path, bool whole)
{
	static const unsigned char key[SIP_KEY];	/* nobody means to deceive it */
	struct stat st;
	uint64_t parts[6];

	if (stat(path, &st) == -1)
		return;
	memcpy(parts, (uint64_t[]){ *sum, (uint64_t)st.st_dev, (uint64_t)st.st_ino, 0, 0, 0 }, sizeof parts);
	if (whole) {
		parts[3] = (uint64_t)st.st_size;
		parts[4] = (uint64_t)st.st_mtim.tv_sec;
		parts[5] = (uint64_t)st.st_mtim.tv_nsec;
	}
	*sum = sip_hash(key, parts, sizeof parts) | 1;
}

static void
stamp_in(uint64_t *sum, const char *dir, const char *name, bool whole)
{
	char *path = path_join(dir, name);

	stamp(sum, path, whole);
	free(path);
}

static void
take_stamps(struct serve_look *l, const struct project *p)
{
	stamp(&l->stamp[STAMP_TASKS], p->tasks, true);
	stamp_in(&l->stamp[STAMP_JOBS], p->dir, JOBS_FILE, true);
	stamp_in(&l->stamp[STAMP_CONFIG], p->dir, "orch.yml", true);
	if (p->user != NULL)
		stamp_in(&l->stamp[STAMP_CONFIG], p->user, "orch.yml", true);
	stamp_in(&l->stamp[STAMP_AGENTS], p->orch, "state/" SIDECAR_FILE, true);
	stamp_in(&l->stamp[STAMP_EVENTS], p->orch, EVENT_FILE, true);
	stamp(&l->stamp[STAMP_PLACE], p->dir, false);
	stamp_in(&l->stamp[STAMP_PLACE], p->orch, "state", false);
	stamp_in(&l->stamp[STAMP_PLACE], p->orch, "state/" SERVE_LOCK, false);
	l->jobs = l->stamp[STAMP_JOBS] != 0;
}

/* ---- tasks ---- */

static void
problem(struct serve_look *l, const struct err *e)
{
	const char *text = e->msg;
	struct buf b = { 0 };
	size_t n;

	l->status = err_exit(e->code);
	str_visible(&b, text, strlen(text), false);
	n = str_cut(buf_str(&b), b.len, sizeof l->problem - 1);
	memcpy(l->problem, buf_str(&b), n);
	l->problem[n] = '\0';
	buf_release(&b);
}

static void
comes_back(struct serve_look *l, int64_t at, int64_t now)
{
	if (at > now && (l->due == 0 || at < l->due))
		l->due = at;
}

/* Has it no process any more?  Unknown is no. */
static bool
is_dead(const struct project *p, int64_t id)
{
	struct err unknown = { 0 };
	char name[48];
	int held;

	if (p->orch_fd == -1)
		return true;
	snprintf(name, sizeof name, "runs/%lld/lock", (long long)id);
	held = lock_probe(p->orch_fd, name, &unknown);
	return held == 0;
}

static void
look_at(struct serve_look *l, const struct project *p, const struct task *t, int64_t now)
{
	int64_t at;

	switch (t->status) {
	case ST_NEW:
		l->fresh++;
		break;
	case ST_IN_REVIEW:
		l->judged += l->reviews;
		break;
	case ST_IN_PROGRESS:
		l->running++;
		l->dead += is_dead(p, t->id);
		if (l->n < SERVE_LIVES)
			l->lives[l->n++] = t->id;
		break;
	case ST_ROUTED:
		at = task_time(t, F_RETRY_AT, 0);
		if (at <= now + READY_RETRY_AHEAD_MAX)
			comes_back(l, at, now);
		break;
	default:
		break;
	}
}

/*
 * What a person has to mend is a problem: every change would be refused.  A damaged file is
 * none, as the next change mends it.
 */
static bool
is_refused(struct serve_look *l, const struct project *p)
{
	struct store_refused refused = { 0 };
	struct tasks tasks = { 0 };
	struct err e = { 0 };
	bool yes = store_read_file(p, &tasks, &refused, &e) == -1 && !refused.damaged;

	if (yes)
		problem(l, &e);
	store_refused_release(&refused);
	tasks_release(&tasks);
	return yes;
}

static void
look_at_tasks(struct serve_look *l, const struct project *p, int64_t now)
{
	struct ready_rules rules = { .project = p, .now = now, .archive = archive_lookup_new(p) };
	struct tasks tasks = { 0 };
	struct vec_id ready = { 0 };
	struct err e = { 0 };

	if (store_read(p, &tasks, &e) == -1) {
		problem(l, &e);
	} else if (p->notes->n == 0 || !is_refused(l, p)) {
		/* A note: what was read is not what stands in the file. */
		ready_list(&tasks, &rules, &ready);
		l->ready = (int64_t)ready.n;
		for (size_t i = 0; i < tasks.n; i++)
			look_at(l, p, &tasks.v[i], now);
		if (archive_failed(rules.archive, &e) == -1)
			problem(l, &e);
	}
	vec_id_release(&ready);
	tasks_release(&tasks);
	archive_lookup_free(rules.archive);
}

/* When agents that are closed for a time are open again. */
static void
look_at_agents(struct serve_look *l, const struct project *p, int64_t now)
{
	struct val *value = NULL;
	struct err unknown = { 0 };
	struct pool_answer answer;
	struct pool pool;

	if (p->orch_fd == -1 || sidecar_read(p, &value, &unknown) == -1)
		return;
	pool_at(&pool, value, now);
	for (size_t i = 0; pool_agents(&pool) != NULL && i < pool_agents(&pool)->n; i++) {
		pool_ask(&pool, pool_agents(&pool)->key[i], true, &answer);
		comes_back(l, answer.until, now);
	}
	val_free(value);
}

static bool
has_items(const struct val *list)
{
	return list != NULL && list->n > 0;
}

void
serve_look_now(struct serve_look *l, const struct project *serves)
{
	struct err config = { 0 }, e = { 0 };
	struct project p;
	const char *repo;
	int64_t now = clock_now();

	memset(l, 0, sizeof *l);
	if (project_find_anyway(&p, serves->named ? NULL : serves->dir, serves->named ? serves->tasks : NULL,
	    "orch-serve", &config, &e) == -1) {
		l->gone = true;
		problem(l, &e);
		return;
	}
	/* In its place the look-up finds whatever project lies above: never that. */
	if (strcmp(p.dir, serves->dir) != 0 || (p.orch_fd == -1 && !path_exists(p.tasks))) {
		l->gone = true;
		err_set(&e, ERR_NO, "the project is gone");
		problem(l, &e);
	} else {
		take_stamps(l, &p);
		if (config.code != ERR_NONE)
			problem(l, &config);
	}
	if (*l->problem == '\0') {
		l->workers = (int)config_int(&p.config, "serve.jobs");
		l->sync_ms = config_int(&p.config, "serve.sync_every");
		l->drain_ms = config_int(&p.config, "serve.drain");
		l->reviews = has_items(config_val(&p.config, "review.reviewers"));
		l->tells = has_items(config_val(&p.config, "subscriptions"));
		l->syncs = (repo = config_text(&p.config, "gh.repo")) != NULL && *repo != '\0';
		look_at_tasks(l, &p, now);
		look_at_agents(l, &p, now);
	}
	project_release(&p);
}

/* ---- in a child ---- */

int
serve_look_begin(const struct project *p, struct proc *proc, struct err *e)
{
	struct serve_look look;
	int ends[2], r;

	*proc = (struct proc){ .pidfd = -1 };
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return err_sys(e, "cannot make a pipe");
	if ((r = proc_fork(proc, e)) == 1) {
		/* Not the lock of the server, above all. */
		if (proc_close_others(&ends[1], 1) == -1)
			_exit(71);
		serve_look_now(&look, p);
		_exit(fs_write_all(ends[1], &look, sizeof look) == -1 ? 71 : 0);
	}
	close(ends[1]);
	if (r == -1)
		close(ends[0]);
	return r == -1 ? -1 : ends[0];
}

int
serve_look_read(int fd, struct serve_look *l)
{
	ssize_t n = read(fd, l, sizeof *l);

	close(fd);
	l->problem[sizeof l->problem - 1] = '\0';
	return n == (ssize_t)sizeof *l ? 0 : -1;
}
