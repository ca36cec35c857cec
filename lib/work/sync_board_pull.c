/*
 * sync_board_pull - a card that a person moved asks for something
 *
 * The list of cards is held against where each was when it was last put or seen.  A card that is
 * elsewhere becomes a label of the status in this run's view of the issue, as if the person had
 * set that, and the merge decides.  What it decided is known when the card counts as seen: until
 * then, and if all is killed in between, it is found again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/sync_board.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"
#include "work/sync_list.h"
#include "work/sync_merge.h"
#include "work/sync_set.h"

static void
seen(struct sync_issue *issue, const char *column)
{
	char *copy = xstrdup(column);

	free(issue->column);
	issue->column = copy;
	issue->dirty = true;
}

static struct sync_issue *
issue_of(const struct sync *s, const char *item)
{
	for (size_t i = 0; i < s->state.n; i++)
		if (s->state.v[i]->item != NULL && strcmp(s->state.v[i]->item, item) == 0)
			return s->state.v[i];
	return NULL;
}

/* The label becomes part of the view, unless a person set another one meanwhile. */
static int
ask_for(struct sync *s, struct sync_issue *issue, const char *column, const char *status,
    struct err *e)
{
	struct sync_remote *r = sync_remote_find(s, issue->number);
	struct vec_str *labels;

	if (r == NULL) {
		if (sync_list_one(s, issue->number, e) == -1)
			return -1;
		r = sync_remote_find(s, issue->number);
	}
	if (r == NULL || issue->base == NULL) {
		s->board->waits = true;
		return 0;
	}
	labels = &r->view.managed[VIEW_STATUS];
	if (!sync_set_same(labels, &issue->base->managed[VIEW_STATUS])) {
		seen(issue, column);
		return 0;
	}
	r->card = column;
	sync_set_copy(&r->labelled, labels);
	vec_str_release(labels);
	sync_set_add(labels, status);
	return 0;
}

static int
moved(struct sync *s, const struct task *t, struct sync_issue *issue, enum board_column column,
    struct err *e)
{
	const char *name = board_column_name(column), *status = board_request(column);

	if (column == board_column_of(t->status) || strcmp(issue->column, BOARD_ARCHIVED) == 0) {
		seen(issue, name);
		return 0;
	}
	if (status != NULL)
		return ask_for(s, issue, name, status, e);
	sync_did(s, "card", issue->task, issue->number, "moved to '%s' by somebody: that cannot be asked "
	    "for, it goes back", s->board->options.v[s->board->chosen[column]]);
	seen(issue, name);
	return 0;
}

static int
follow(struct sync *s, const struct board_cards *cards, struct err *e)
{
	struct board *b = s->board;
	struct tasks tasks = { 0 };
	int r = store_read(s->p, &tasks, e);

	for (size_t i = 0; r == 0 && i < cards->items.n; i++) {
		struct sync_issue *issue = issue_of(s, cards->items.v[i]);
		int column = board_column_by_option(b, &s->p->config, cards->options.v[i]);
		const struct task *t;

		if (issue == NULL || issue->column == NULL || issue->gone != NULL || column == -1 ||
		    b->chosen[column] == -1 || (t = tasks_find(&tasks, issue->task)) == NULL ||
		    strcmp(issue->column, board_column_name((enum board_column)column)) == 0)
			continue;
		if (sync_wants(s, t->id))
			r = moved(s, t, issue, (enum board_column)column, e);
		else
			b->waits = true;
	}
	tasks_release(&tasks);
	return r;
}

/* Is there a card that could have been moved? */
static bool
has_cards(const struct sync *s)
{
	for (size_t i = 0; i < s->state.n; i++)
		if (s->state.v[i]->column != NULL && s->state.v[i]->gone == NULL)
			return true;
	return false;
}

int
sync_board_pull(struct sync *s, struct err *e)
{
	struct board_cards cards = { 0 };
	struct gh_answer a = { 0 };
	int r;

	if (!config_bool(&s->p->config, "gh.board_pull") || !has_cards(s))
		return 0;
	if ((r = board_open(s, e)) != 1)
		return r;
	r = s->board->door->list(s, s->board, s->board->etag, &cards, &a, e);
	if (r == 0 && a.end != GH_OK)
		r = board_failed(s, &a, e);
	else if (r == 0 && !cards.same)
		r = follow(s, &cards, e);
	free(s->board->next_etag);
	s->board->next_etag = cards.etag;
	cards.etag = NULL;
	gh_answer_release(&a);
	board_cards_release(&cards);
	return r;
}

void
sync_board_took(struct sync *s, struct sync_remote *r, struct sync_issue *issue,
    struct merge_out *out)
{
	const unsigned bit = 1u << VIEW_STATUS;

	if (r->card == NULL)
		return;
	sync_set_copy(&r->view.managed[VIEW_STATUS], &r->labelled);
	if (out->stale || out->queued) {
		s->board->waits = true;
		if (!out->stale)
			sync_set_copy(&out->base.managed[VIEW_STATUS], &r->labelled);
		return;
	}
	sync_set_copy(&out->base.managed[VIEW_STATUS], &r->labelled);
	out->base.foreign = (out->base.foreign & ~bit) | (issue->base->foreign & bit);
	seen(issue, r->card);
	r->card = NULL;
}

/* Only what was followed need not be read again. */
void
sync_board_done(struct sync *s)
{
	struct board *b = s->board;

	if (b == NULL || b->door == NULL || b->over || (b->next_etag == NULL && !b->waits))
		return;
	free(b->etag);
	b->etag = b->waits ? NULL : b->next_etag;
	if (b->waits)
		free(b->next_etag);
	b->next_etag = NULL;
	val_free(s->state.board);
	s->state.board = board_json(b);
}
