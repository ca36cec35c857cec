#include "work/sync.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "net/gh_auth.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/sync_away.h"
#include "work/sync_board.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_owner.h"
#include "work/sync_repo.h"

#define UNSURE_MAX 3		/* writes in a row without an answer */
#define LOOK_MS 2000		/* how old the picture may be when a task's first write is sent */

extern char **environ;

/* ---- the report ---- */

/* Titles are a stranger's, or have what nobody is to see. */
static char *
clean(const struct sync *s, const char *text)
{
	struct buf washed = { 0 }, seen = { 0 };

	redact_text(s->p->redact, text, strlen(text), &washed);
	str_visible(&seen, buf_str(&washed), washed.len, false);
	buf_release(&washed);
	return buf_detach(&seen);
}

__attribute__((format(printf, 6, 0))) static void
line(struct sync *s, const char *what, int64_t task, int64_t number, bool left, const char *fmt,
    va_list ap)
{
	char *raw, *detail;

	if (vasprintf(&raw, fmt, ap) == -1)
		xnomem();
	detail = clean(s, raw);
	/* Who looks again sees much that was told already. */
	if (s->looks == 0 || !sync_account_has(s->report, what, task, number, left, detail))
		sync_account_add(s->report, what, task, number < SYNC_UNMADE ? number : 0, left, detail);
	free(detail);
	free(raw);
}

void
sync_did(struct sync *s, const char *what, int64_t task, int64_t number, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(s, what, task, number, false, fmt, ap);
	va_end(ap);
}

void
sync_left(struct sync *s, const char *what, int64_t task, int64_t number, int code,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line(s, what, task, number, true, fmt, ap);
	va_end(ap);
	s->report->status = err_worse(s->report->status, err_exit(code));
}

/* ---- answers ---- */

bool
sync_ends(const struct gh_answer *answer, struct err *e)
{
	enum err_code code;

	switch (answer->end) {
	case GH_AUTH:
		code = ERR_AUTH;
		break;
	case GH_LIMITED:
		code = ERR_BUSY;
		break;
	case GH_LEGAL:
	case GH_DOWN:
	case GH_ELSEWHERE:
		code = ERR_FAILED;
		break;
	default:
		return false;
	}
	err_set(e, code, "%s", answer->why);
	return true;
}

/* ORCH_TEST_LOOK: ms in the place of LOOK_MS.  Where the clock stands still nothing grows old. */
static bool
is_old(const struct sync *s)
{
	const char *test = getenv("ORCH_TEST_LOOK");
	int64_t ms = LOOK_MS;

	if (test != NULL ? num_int(test, 0, INT64_MAX, &ms) == -1 : getenv("ORCH_TEST_NOW") != NULL)
		return false;
	return clock_mono() - s->looked >= ms;
}

/* What belongs to one task is written in one go. */
static bool
is_fresh(struct sync *s)
{
	if (s->look == LOOK_FIRST)
		s->look = is_old(s) && !s->opts->dry_run ? LOOK_NOW : LOOK_NOT;
	return s->look == LOOK_NOT;
}

bool
sync_may_write(struct sync *s, const char *what, int64_t task, int64_t number, const char *detail)
{
	bool enough = s->opts->max_writes >= 0 && s->report->writes >= s->opts->max_writes;

	if (enough || s->unsure >= UNSURE_MAX) {
		sync_left(s, what, task, number, ERR_BUSY, "%s: %s", detail, enough ?
		    "no more writes this time" : "GitHub answers no writes");
		sync_account_later(s->report);
		return false;
	}
	if (!is_fresh(s))
		return false;
	s->report->writes++;
	sync_did(s, what, task, number, "%s", detail);
	return !s->opts->dry_run;
}

char *
sync_path(const struct sync *s, const char *fmt, ...)
{
	char *tail, *path;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&tail, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	path = xasprintf("/repos/%s%s", s->pin.repo, tail);
	free(tail);
	return path;
}

/* ---- issues of this run ---- */

struct sync_remote *
sync_remote_find(const struct sync *s, int64_t number)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->remote[i]->number == number)
			return s->remote[i];
	return NULL;
}

void
sync_remote_free(struct sync_remote *r)
{
	if (r == NULL)
		return;
	view_release(&r->view);
	vec_str_release(&r->labelled);
	free(r->etag);
	val_free(r->json);
	free(r);
}

struct sync_remote *
sync_remote_add(struct sync *s, struct val *json, struct err *e)
{
	return sync_remote_add_as(s, json, val_number(val_get(json, "number"), 0), e);
}

struct sync_remote *
sync_remote_add_as(struct sync *s, struct val *json, int64_t number, struct err *e)
{
	struct sync_remote *r = xcalloc(1, sizeof *r);
	const char *at = val_text(val_get(json, "updated_at"));
	int64_t when;

	r->json = json;
	r->number = number;
	r->id = val_number(val_get(json, "id"), 0);
	if (val_get(json, "pull_request") != NULL &&
	    val_get(json, "pull_request")->kind == VAL_MAP)
		goto none;
	if (r->number <= 0 || r->id <= 0 || at == NULL || clock_parse(at, &when) == -1) {
		err_set(e, ERR_FAILED, "GitHub's answer has an issue without number, id or time");
		goto none;
	}
	if (view_of_issue(&r->view, json, e) == -1)
		goto none;
	for (size_t i = 0; i < s->n; i++)
		if (s->remote[i]->number == r->number) {
			/* Pages overlap when something changes meanwhile: the later one counts. */
			sync_remote_free(s->remote[i]);
			s->remote[i] = r;
			return r;
		}
	s->remote = vec_room(s->remote, &s->cap, s->n, sizeof *s->remote);
	s->remote[s->n++] = r;
	return r;
none:
	sync_remote_free(r);
	return NULL;
}

void
sync_know(struct sync *s)
{
	vec_id_release(&s->known);
	for (size_t i = 0; i < s->state.n; i++)
		if (s->state.v[i]->task != 0 && s->state.v[i]->gone == NULL)
			vec_id_push(&s->known, s->state.v[i]->id);
	vec_id_sort(&s->known);
}

void
sync_keep(struct sync *s, const struct tasks *tasks)
{
	for (size_t i = 0; i < s->state.n; i++)
		s->state.v[i]->kept = false;
	for (size_t i = 0; i < tasks->n; i++) {
		struct sync_issue *issue = sync_state_by_task(&s->state, tasks->v[i].id);

		if (issue != NULL)
			issue->kept = issue->unread || view_is_kept(s->p, &tasks->v[i]);
	}
}

bool
sync_wants(const struct sync *s, int64_t task)
{
	return s->opts->only == NULL || vec_id_has(s->opts->only, task);
}

int64_t
sync_task_number(const struct sync *s, const struct task *t)
{
	struct val *gh = task_is_set(t, F_GH) ? task_value(t, F_GH) : NULL;
	struct sync_at at;

	sync_at_read(s, gh, &at);
	val_free(gh);
	return at.number;
}

/* ---- the run ---- */

static int
open_client(struct sync *s, struct err *e)
{
	const char *host, *repo, *owner;
	struct gh_credential credential = { 0 };
	const struct val *command = config_val(&s->p->config, "gh.token_command");
	struct vec_str argv = { 0 };
	char hash[FS_HASH_MAX];
	int r;

	for (size_t i = 0; command != NULL && i < command->n; i++)
		if (val_text(command->v[i]) != NULL)
			vec_str_push(&argv, val_text(command->v[i]));
	if ((r = sync_repo_named(s->p, &host, &repo, e)) == 0 && (r = sync_owner(s->p, &owner, e)) == 0 &&
	    (r = gh_auth(host, argv.n > 0 ? &argv : NULL, environ, &credential, e)) == 0) {
		struct gh_options options = {
			.host = host, .token = credential.token,
			.token_source = credential.source, .redact = s->p->redact,
			.write_interval_ms = config_int(&s->p->config, "gh.write_interval"),
			.log = &s->p->log, .read_only = s->opts->dry_run,
		};

		if (credential.note != NULL)
			vec_str_push(&s->report->notes, credential.note);
		/* From here on it is in nothing that is told, stored or logged. */
		redact_add(s->p->redact, credential.token);
		fs_hash(credential.token, strlen(credential.token), hash);
		s->token_hash = xstrdup(hash);
		r = gh_open(&s->gh, &options, e);
	}
	gh_credential_release(&credential);
	vec_str_release(&argv);
	return r;
}

static int
open_state(struct sync *s, struct err *e)
{
	if ((s->opts->dry_run ? sync_state_look(&s->state, s->p, &s->pin, e) :
	    sync_state_open(&s->state, s->p, &s->pin, e)) == -1)
		return -1;
	/* Until the server tells its time again. */
	if (!s->timed)
		s->now += s->state.skew;
	/* What belongs to a token is of no use with another one. */
	if (s->state.token == NULL || strcmp(s->state.token, s->token_hash) != 0) {
		free(s->state.token);
		free(s->state.login);
		free(s->state.etag);
		s->state.token = xstrdup(s->token_hash);
		s->state.login = s->state.etag = NULL;
	}
	return 0;
}

static int
steps(struct sync *s, struct err *e)
{
	if (open_client(s, e) == -1 || sync_repo_pin(s, e) == -1 || open_state(s, e) == -1)
		return -1;
	if (s->asked || s->opts->way == SYNC_LINK)
		s->state.checked_at = s->asked ? s->now : 0;
	if (!s->opts->dry_run && sync_settle(s, e) == -1)
		return -1;
	s->gh->repo_id = s->pin.id;
	if (s->opts->way == SYNC_LINK)
		return sync_repo_check(s, e) == -1 ? -1 : sync_link_person(s, s->opts->task, s->opts->number, e);
	if (s->opts->way == SYNC_BOARD)
		return s->opts->setup && sync_board_setup(s, e) == -1 ? -1 : sync_board(s, e);
	if (sync_pull(s, e) == -1)
		return -1;
	if (s->opts->way != SYNC_PULL && (sync_push(s, e) == -1 || sync_board(s, e) == -1))
		return -1;
	return 0;
}

/* No faster than they may follow each other, and than they may be in an hour. */
static int64_t
least_seconds(const struct sync *s)
{
	int64_t interval = config_int(&s->p->config, "gh.write_interval"), writes = s->report->writes;
	int64_t hours = interval > 0 && writes > 0 ? (writes - 1) / BACKOFF_HOUR_MAX : 0;

	return hours * 3600 + (writes - hours * BACKOFF_HOUR_MAX) * interval / 1000;
}

static void
put_error(const struct sync *s, struct val *report, const char *why)
{
	char *text = clean(s, why);

	val_add(report, "error", val_str(text));
	free(text);
}

/* What `orch-sync-gh status` tells of it. */
static void
remember(struct sync *s, int r, const struct err *why)
{
	struct val *report = val_map();
	struct err ignored = { 0 };

	val_add(report, "at", val_int(clock_now()));
	if (s->report->lines != NULL)
		val_add(report, "lines", val_copy(s->report->lines));
	if (r == -1)
		put_error(s, report, why->msg);
	val_free(s->state.report);
	s->state.report = report;
	s->state.skew = s->now - clock_now();
	/* Nothing rests on it, and what went wrong is told already. */
	sync_state_save(&s->state, &ignored);
}

int
sync_run(struct project *p, const struct store_opts *store, const struct sync_opts *opts,
    struct sync_account *report, struct err *e)
{
	struct sync s = { .p = p, .store = store, .opts = opts, .report = report,
		.now = clock_now(), .state = { .dir = -1, .issues_dir = -1, .lock.fd = -1 } };
	int r;

	r = steps(&s, e);
	if (s.gh != NULL) {
		report->requests = s.gh->requests;
		report->billed = s.gh->billed;
	}
	if (opts->dry_run)
		report->seconds = least_seconds(&s);
	if (s.state.lock.fd != -1)
		remember(&s, r, e);
	for (size_t i = 0; i < s.n; i++)
		sync_remote_free(s.remote[i]);
	free(s.remote);
	free(s.etag);
	free(s.etag_url);
	vec_id_release(&s.known);
	free(s.token_hash);
	sync_board_close(&s);
	gh_close(s.gh);
	sync_state_close(&s.state);
	sync_pin_release(&s.pin);
	return r;
}
