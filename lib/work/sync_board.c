#include "work/sync_board.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"

#define CARD "card"
#define FAILED_MAX 3		/* cards in a row that could not be put */
#define ROUNDS_MAX 3		/* with one card */

/* ---- one card ---- */

static void
set(char **to, const char *s)
{
	char *copy = s != NULL ? xstrdup(s) : NULL;

	free(*to);
	*to = copy;
}

static int
note(struct sync *s, struct sync_issue *issue, const char *item, const char *column,
    struct err *e)
{
	set(&issue->item, item);
	set(&issue->column, column);
	issue->dirty = true;
	return sync_state_save_issues(&s->state, e);
}

static int
leave_archived(struct sync *s, struct sync_issue *issue, const char *item, struct err *e)
{
	sync_did(s, CARD, issue->task, issue->number, "it is archived on the board: left alone");
	return note(s, issue, item, BOARD_ARCHIVED, e);
}

/*
 * After an answer that is no success.  1: the board was found out again, once more then; 0: the
 * card is left to the next run, or the board; -1: the run ends.
 */
static int
refused(struct sync *s, const struct sync_issue *issue, const struct gh_answer *a, int code,
    struct err *e)
{
	struct board *b = s->board;

	if (a->end == GH_REFUSED || sync_ends(a, e))
		return board_failed(s, a, e);
	if ((a->end == GH_MISSING || a->end == GH_INVALID) && !b->fresh)
		return board_find(s, e);
	sync_left(s, CARD, issue->task, issue->number, a->end == GH_UNSURE ? ERR_BUSY : code, "%s",
	    a->why);
	if (++b->failed >= FAILED_MAX)
		board_give_up(s, code, "the board %s takes no cards: the others are left", b->name);
	return 0;
}

/* A second time for the same card: it was told of. */
static bool
may_again(struct sync *s)
{
	if (s->opts->max_writes >= 0 && s->report->writes >= s->opts->max_writes)
		return false;
	s->report->writes++;
	return true;
}

/* 1: it is on the board, or would be in a dry run. */
static int
add(struct sync *s, struct sync_issue *issue, struct err *e)
{
	struct board *b = s->board;
	int r = 1;

	if (!sync_may_write(s, CARD, issue->task, issue->number, "onto the board"))
		return s->opts->dry_run;
	for (int round = 0; r == 1; round++) {
		struct board_item item = { 0 };
		struct gh_answer a = { 0 };
		bool there;

		if (round > 0 && !may_again(s))
			return 0;
		r = b->door->add(s, b, issue, &item, &a, e);
		there = r == 0 && a.end == GH_OK;
		/* An issue that is new is not to be had at once. */
		if (there)
			r = item.archived ? leave_archived(s, issue, item.id, e) :
			    note(s, issue, item.id, NULL, e);
		else if (r == 0)
			r = refused(s, issue, &a, a.end == GH_MISSING ? ERR_BUSY : ERR_FAILED, e);
		if (there && r == 0)
			r = item.archived ? 0 : 2;
		board_item_release(&item);
		gh_answer_release(&a);
	}
	return r == 2 ? 1 : r;
}

/* A card refused what is asked of it.  1: because it is archived, which is noted. */
static int
look_archived(struct sync *s, struct sync_issue *issue, struct err *e)
{
	struct board_item item = { 0 };
	struct gh_answer a = { 0 };
	int r = s->board->door->look(s, s->board, issue->item, &item, &a, e);

	if (r == 0 && a.end == GH_OK && item.archived)
		r = leave_archived(s, issue, item.id, e) == -1 ? -1 : 1;
	else if (r == 0 && sync_ends(&a, e))
		r = -1;
	board_item_release(&item);
	gh_answer_release(&a);
	return r;
}

/* 1: once more, from the start. */
static int
move(struct sync *s, struct sync_issue *issue, enum board_column column, bool again, struct err *e)
{
	struct board *b = s->board;
	int at = b->chosen[column];
	char *detail = xasprintf("to '%s'", b->options.v[at]);
	struct gh_answer a = { 0 };
	bool may = again ? may_again(s) : sync_may_write(s, CARD, issue->task, issue->number, detail);
	int r = 0;

	free(detail);
	if (!may)
		return 0;
	if ((r = b->door->move(s, b, issue->item, b->option_ids.v[at], &a, e)) == -1)
		return -1;
	if (a.end == GH_OK) {
		b->failed = 0;
		r = note(s, issue, issue->item, board_column_name(column), e);
	} else if (a.end == GH_INVALID && (r = look_archived(s, issue, e)) != 0) {
		r = r == 1 ? 0 : -1;
	} else if (a.end == GH_MISSING && !again) {
		/* Somebody took it off the board, or the board is not there any more. */
		set(&issue->item, NULL);
		r = b->fresh ? 1 : board_find(s, e);
	} else {
		r = refused(s, issue, &a, ERR_FAILED, e);
	}
	gh_answer_release(&a);
	return r;
}

static int
put(struct sync *s, struct sync_issue *issue, enum board_column column, struct err *e)
{
	struct board *b = s->board;
	bool dry = s->opts->dry_run;
	int r = 1;

	for (int round = 0; r == 1 && round < ROUNDS_MAX; round++) {
		bool fits = issue->item != NULL && board_is_number(issue->item) == b->door->numbers;

		if (board_lacks(s, column))
			return 0;
		if (fits || (r = add(s, issue, e)) == 1)
			r = move(s, issue, column, round > 0 && !dry, e);
	}
	return r == -1 ? -1 : 0;
}

/* ---- all of them ---- */

/* What a person asks for with the card, and could not be done yet, is not undone. */
static bool
waits(const struct sync *s, const struct sync_issue *issue)
{
	const struct sync_remote *r = sync_remote_find(s, issue->number);

	return r != NULL && r->card != NULL;
}

static bool
is_due(const struct sync *s, const struct task *t, const struct sync_issue *issue,
    enum board_column column)
{
	if (issue == NULL || issue->gone != NULL || issue->kept || !sync_wants(s, t->id) || waits(s, issue))
		return false;
	if (issue->column != NULL)
		return strcmp(issue->column, BOARD_ARCHIVED) != 0 &&
		    strcmp(issue->column, board_column_name(column)) != 0;
	/* A new board is not filled with all that ever was, unless that is asked for. */
	return column != BOARD_DONE || issue->item != NULL || s->opts->way == SYNC_BOARD;
}

/* Where the cards really are.  With gh.board_pull that is a person's word, which a run hears. */
static int
look(struct sync *s, struct err *e)
{
	struct board *b = s->board;
	struct board_cards cards = { 0 };
	struct gh_answer a = { 0 };
	int r = b->door->list(s, b, NULL, &cards, &a, e);

	if (r == 0 && a.end != GH_OK)
		r = board_failed(s, &a, e);
	for (size_t i = 0; r == 0 && !b->over && i < s->state.n; i++) {
		struct sync_issue *issue = s->state.v[i];
		int column = -1;

		for (size_t k = 0; issue->item != NULL && k < cards.items.n; k++)
			if (strcmp(cards.items.v[k], issue->item) == 0)
				column = board_column_by_option(b, &s->p->config, cards.options.v[k]);
		if (issue->column == NULL || (column != -1 &&
		    strcmp(issue->column, board_column_name((enum board_column)column)) == 0))
			continue;
		set(&issue->column, column != -1 ? board_column_name((enum board_column)column) : NULL);
		issue->dirty = true;
	}
	if (r == 0)
		r = sync_state_save_issues(&s->state, e);
	gh_answer_release(&a);
	board_cards_release(&cards);
	return r;
}

int
sync_board(struct sync *s, struct err *e)
{
	bool alone = s->opts->way == SYNC_BOARD;
	struct tasks tasks = { 0 };
	int r = board_named(s, e);

	if (r == 0 && alone)
		return err_set(e, ERR_CONFIG, "no board is named: put gh.board: OWNER/NUMBER into orch.yml");
	if (r != 1)
		return r;
	if (alone && ((r = board_open(s, e)) != 1 ||
	    (!config_bool(&s->p->config, "gh.board_pull") && (r = look(s, e)) == -1)))
		return r;
	r = store_read(s->p, &tasks, e);
	sync_keep(s, &tasks);
	for (size_t i = 0; i < tasks.n && r == 0; i++) {
		const struct task *t = &tasks.v[i];
		struct sync_issue *issue = sync_state_by_task(&s->state, t->id);
		enum board_column column = board_column_of(t->status);

		if (!is_due(s, t, issue, column))
			continue;
		if ((r = board_open(s, e)) != 1)
			break;
		r = put(s, issue, column, e);
		if (s->board->over)
			break;
	}
	for (size_t i = 0; i < s->state.n && r == 0 && s->opts->dry_run; i++) {
		struct sync_issue *issue = s->state.v[i];
		const struct sync_remote *remote = sync_remote_find(s, issue->number);

		/* A task is made of it by the run alone. */
		if (remote != NULL && remote->fresh && (r = board_open(s, e)) == 1)
			r = put(s, issue, BOARD_WAITING, e);
	}
	tasks_release(&tasks);
	return r;
}
