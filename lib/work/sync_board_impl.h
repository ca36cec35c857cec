/*
 * sync_board_impl - what the parts of sync_board share
 *
 * A board is found once (sync_board_find.c) and remembered in the file of the repository; a door
 * is the way to it, REST or GraphQL, which name the same things by different ids: cards by a
 * number or by a node id, options alike.
 */
#ifndef ORCH_WORK_SYNC_BOARD_IMPL_H
#define ORCH_WORK_SYNC_BOARD_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "task/state.h"

struct buf;
struct config;
struct err;
struct gh_answer;
struct sync;
struct sync_issue;
struct val;

enum board_column { BOARD_WAITING, BOARD_IN_PROGRESS, BOARD_REVIEW, BOARD_DONE, BOARD_COLUMNS };

#define BOARD_PAGES_MAX 500
#define BOARD_ARCHIVED "archived"	/* in the place of a column: the card is left alone */

struct board {
	/* What the configuration says. */
	char *name;			/* "acme/1", or the node id: for people */
	char *owner;			/* NULL: it is known by its node id only */
	int64_t number;
	char *want_id;			/* node id, or NULL */
	char *want_field_id;		/* likewise; or its number */
	char *want_field;

	/* What was found; `door` is NULL before. */
	const struct board_door *door;
	bool users;			/* its owner is no organization */
	char *id;			/* node id */
	int64_t field;			/* number, 0: not known */
	char *field_id, *field_name;
	struct vec_str option_ids, options;	/* as they stand on the board */
	int chosen[BOARD_COLUMNS];	/* the options that are our columns, -1: none */
	char *etag;			/* of the list of cards, if it was one page; or NULL */
	struct vec_str fields;		/* other fields with options */

	/* Of this run. */
	bool fresh;			/* it was found out in this run */
	bool over;			/* nothing more can be done with it, and that is told */
	bool lacking[BOARD_COLUMNS];	/* told likewise */
	bool waits;			/* a card that was moved could not be followed yet */
	int failed;			/* cards in a row that could not be put */
	char *next_etag;		/* see sync_board_done() */
};

struct board_item {
	char *id;
	bool archived;
};

/* The cards of a board and their options, "" for none, one beside the other. */
struct board_cards {
	struct vec_str items, options;
	char *etag;
	bool same;			/* nothing changed since the etag was told */
};

/* Each gives 0 with the end in the answer, or -1.  What is not GH_OK has no result. */
struct board_door {
	const char *name;
	/* Fills id, field, options of the board. */
	int (*find)(struct sync *, struct board *, struct gh_answer *, struct err *);
	/* The card of an issue, made if there is none; to repeat it does no harm. */
	int (*add)(struct sync *, const struct board *, const struct sync_issue *, struct board_item *,
	    struct gh_answer *, struct err *);
	int (*move)(struct sync *, const struct board *, const char *item, const char *option,
	    struct gh_answer *, struct err *);
	/* Is the card archived? */
	int (*look)(struct sync *, const struct board *, const char *item, struct board_item *,
	    struct gh_answer *, struct err *);
	/* All cards that are not archived. */
	int (*list)(struct sync *, const struct board *, const char *etag, struct board_cards *,
	    struct gh_answer *, struct err *);
	bool numbers;			/* cards are named by numbers */
};

extern const struct board_door board_rest, board_graphql;

/* ---- sync_board_column.c: pure ---- */

enum board_column board_column_of(enum status);
const char *board_column_name(enum board_column);	/* "in_progress" */

/* Sets board->chosen: the ids of orch.yml where the board has them, else the names. */
void	board_choose(struct board *, const struct config *, bool ids);
/* The names that a column may have, as the configuration lists them; appended. */
void	board_names(const struct config *, enum board_column, struct vec_str *);
/* The column that an option stands for, chosen or by name; -1: none of ours. */
int	board_column_by_option(const struct board *, const struct config *, const char *option);
/* The status that a person asks for who moves a card there; NULL: none can be. */
const char *board_request(enum board_column);

/*
 * A field of the board: taken if it is the one that is wanted.  `options` is a list of
 * {id, name}, where a name is a text or {"raw": text}; a field without options is none.  True
 * as soon as no other can be meant any more.
 */
bool	board_take_field(struct board *, int64_t number, const char *id, const char *name,
	    const struct val *options);
void	board_forget_found(struct board *);
/* A text, or {"raw": text}; or NULL. */
const char *board_raw(const struct val *);

/* As it is remembered, and back: false where it is of another board, field or form. */
struct val *board_json(const struct board *);
bool	board_read(struct board *, const struct val *);

bool	board_is_number(const char *item);
void	board_item_release(struct board_item *);
void	board_cards_release(struct board_cards *);

/* ---- sync_board_find.c ---- */

/* Does the configuration name a board?  1, 0, or -1: it does so wrongly. */
int	board_named(struct sync *, struct err *);
/* 1: s->board is found; 0: there is none, or not now, which is told; -1: the run ends. */
int	board_open(struct sync *, struct err *);
/* Asks for it again, by name where an id is not there any more.  The same. */
int	board_find(struct sync *, struct err *);
/* Writes down what is known of it. */
int	board_save(struct sync *, struct err *);

/* Nothing more of it in this run, for that reason (enum err_code), which is told once. */
void	board_give_up(struct sync *, int code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same after an answer.  0, or -1: the run ends. */
int	board_failed(struct sync *, const struct gh_answer *, struct err *);
/* True: it has no such column, which is told once in a run. */
bool	board_lacks(struct sync *, enum board_column);

#endif
