/*
 * sync_board_find - which board it is, and what it is made of
 *
 * Asked once, by REST and then by GraphQL, and remembered until one of the ids is refused or
 * orch.yml names another board, field or id.  What cannot be had is told once in a run, and the
 * rest of the run is done.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_board.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"

#define REST_PROJECTS "rest_projects"

/* ---- what the configuration says ---- */

static char *
copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

/* "acme/1" */
static int
read_name(struct board *b, const char *name, struct err *e)
{
	const char *slash = strchr(name, '/');

	if (slash == NULL || slash == name || num_id(slash + 1, &b->number) == -1 ||
	    b->number > INT32_MAX)
		return err_set(e, ERR_CONFIG, "gh.board: '%s' is not OWNER/NUMBER", name);
	b->owner = xstrndup(name, (size_t)(slash - name));
	return 0;
}

/* 1: no board is named. */
static int
read_want(struct board *b, const struct config *config, struct err *e)
{
	const char *env = getenv("ORCH_PROJECT"), *name = config_text(config, "gh.board");
	const char *id = config_text(config, "gh.board_id");

	if (env != NULL && *env != '\0' && (id == NULL || strcmp(env, id) != 0)) {
		id = env;
		name = NULL;
	}
	if (name == NULL && id == NULL)
		return 1;
	if (name != NULL && read_name(b, name, e) == -1)
		return -1;
	b->name = xstrdup(name != NULL ? name : id);
	b->want_id = copy(id);
	b->want_field_id = copy(config_text(config, "gh.board_field_id"));
	b->want_field = copy(config_text(config, "gh.board_field"));
	return 0;
}

void
sync_board_close(struct sync *s)
{
	struct board *b = s->board;

	if (b == NULL)
		return;
	board_forget_found(b);
	free(b->name);
	free(b->owner);
	free(b->want_id);
	free(b->want_field_id);
	free(b->want_field);
	free(b->next_etag);
	free(b);
	s->board = NULL;
}

/* ---- what GitHub says ---- */

void
board_give_up(struct sync *s, int code, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	if (!s->board->over)
		sync_left(s, "card", 0, 0, code, "%s", text);
	s->board->over = true;
	free(text);
}

/* Whether it is told again: each token is, once a day.  Who asks for the board alone has failed. */
static int
barred(struct sync *s, bool *again)
{
	char *key = xasprintf("board %s %s", s->board->name, s->token_hash);

	*again = sync_state_lacks(&s->state, key, s->now) && s->opts->way != SYNC_BOARD;
	if (!*again)
		sync_state_learn(&s->state, key, s->now);
	free(key);
	return s->opts->way == SYNC_BOARD ? ERR_FAILED : ERR_NONE;
}

int
board_failed(struct sync *s, const struct gh_answer *a, struct err *e)
{
	const char *name = s->board->name;
	bool again = false, over = s->board->over;

	if (sync_ends(a, e))
		return -1;
	if (a->end == GH_MISSING)
		board_give_up(s, barred(s, &again), "the board %s is not there, or the token may not see it "
		    "(its scope or permission for projects): %s", name, a->why);
	else if (a->end == GH_REFUSED)
		board_give_up(s, barred(s, &again), "the board %s: the token has no scope or permission for "
		    "it: %s", name, a->why);
	else
		board_give_up(s, a->end == GH_UNSURE ? ERR_BUSY : ERR_FAILED, "the board %s: %s", name, a->why);
	if (again && !over)
		sync_account_again(s->report);
	return 0;
}

static void
list_names(struct buf *out, const struct vec_str *names)
{
	for (size_t i = 0; i < names->n; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", names->v[i]);
	if (names->n == 0)
		buf_puts(out, "none");
}

bool
board_lacks(struct sync *s, enum board_column column)
{
	struct board *b = s->board;
	struct vec_str names = { 0 };
	struct buf wanted = { 0 }, has = { 0 };

	if (b->chosen[column] != -1)
		return false;
	if (!b->lacking[column]) {
		board_names(&s->p->config, column, &names);
		list_names(&wanted, &names);
		list_names(&has, &b->options);
		sync_left(s, "card", 0, 0, ERR_CONFIG, "the board %s has no column of gh.columns.%s (%s); "
		    "it has: %s", b->name, board_column_name(column), buf_str(&wanted), buf_str(&has));
	}
	b->lacking[column] = true;
	vec_str_release(&names);
	buf_release(&wanted);
	buf_release(&has);
	return true;
}

/* Of another board than the one that is remembered: its cards are others. */
static void
forget_cards(struct sync *s, const char *id)
{
	const char *was = val_text(val_get(s->state.board, "id"));

	if (was == NULL || strcmp(was, id) == 0)
		return;
	for (size_t i = 0; i < s->state.n; i++) {
		struct sync_issue *issue = s->state.v[i];

		if (issue->item == NULL && issue->column == NULL)
			continue;
		free(issue->item);
		free(issue->column);
		issue->item = issue->column = NULL;
		issue->dirty = true;
	}
}

int
board_save(struct sync *s, struct err *e)
{
	val_free(s->state.board);
	s->state.board = board_json(s->board);
	return sync_state_save(&s->state, e);
}

/* 1: it has what is needed. */
static int
judge(struct sync *s, struct board *b, struct err *e)
{
	struct buf has = { 0 };

	if (b->field_id == NULL) {
		list_names(&has, &b->fields);
		board_give_up(s, ERR_CONFIG, "the board %s has no field '%s' to choose from (gh.board_field); "
		    "it has: %s", b->name, b->want_field, buf_str(&has));
		buf_release(&has);
		b->door = NULL;
		return 0;
	}
	if (b->want_id != NULL && strcmp(b->want_id, b->id) != 0)
		project_note(s->p, "gh.board_id is of another board than gh.board, which counts: mend it "
		    "with 'orch-sync-gh board --setup'");
	board_choose(b, &s->p->config, true);
	forget_cards(s, b->id);
	return sync_state_save_issues(&s->state, e) == -1 || board_save(s, e) == -1 ? -1 : 1;
}

int
board_find(struct sync *s, struct err *e)
{
	struct board *b = s->board;
	struct gh_answer a = { 0 };
	bool tried = false;
	int r = 0;

	board_forget_found(b);
	b->fresh = true;
	a.end = GH_MISSING;
	if (b->owner != NULL && !sync_state_lacks(&s->state, REST_PROJECTS, s->now)) {
		tried = true;
		b->door = &board_rest;
		r = board_rest.find(s, b, &a, e);
	}
	if (r == 0 && a.end == GH_MISSING) {
		board_forget_found(b);
		b->door = &board_graphql;
		r = board_graphql.find(s, b, &a, e);
		if (r == 0 && a.end == GH_OK && tried)
			sync_state_learn(&s->state, REST_PROJECTS, s->now);
	}
	if (r == 0 && a.end == GH_OK) {
		r = judge(s, b, e);
	} else if (r == 0) {
		b->door = NULL;
		r = board_failed(s, &a, e);
	}
	gh_answer_release(&a);
	return r;
}

int
board_named(struct sync *s, struct err *e)
{
	int r;

	if (s->board == NULL) {
		s->board = xcalloc(1, sizeof *s->board);
		if ((r = read_want(s->board, &s->p->config, e)) == -1)
			return -1;
		s->board->over = r == 1;
	}
	return s->board->name != NULL;
}

int
board_open(struct sync *s, struct err *e)
{
	int r = board_named(s, e);
	struct board *b = s->board;

	if (r != 1 || b->over)
		return r == -1 ? -1 : 0;
	if (b->door != NULL)
		return 1;
	if (board_read(b, s->state.board)) {
		board_choose(b, &s->p->config, true);
		return 1;
	}
	return board_find(s, e);
}
