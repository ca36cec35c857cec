/*
 * sync_view - an issue as one side sees it
 *
 * Three sides have one form, so that sync_merge.h can hold them against each other: the task
 * as its issue would be, the issue as GitHub tells it, and what both were when they last
 * agreed (the base, which is kept as JSON).  What GitHub would alter is altered in all of them
 * in the same way: no side differs from another because of a carriage return, a blank at an
 * end, a mark of ours, or a text that is too long.
 *
 * Strings are never NULL but where it is said.  { 0 } may be released, and read into; the
 * makers replace what is there without releasing it.
 */
#ifndef ORCH_WORK_SYNC_VIEW_H
#define ORCH_WORK_SYNC_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct buf;
struct err;
struct project;
struct task;
struct val;

/* Labels like "status:done": what we write for the parts of a task that no issue has. */
enum view_managed { VIEW_STATUS, VIEW_AGENT, VIEW_PRIORITY, VIEW_COMPLEXITY, VIEW_MANAGED_N };

/* Parts of a view. */
enum {
	SIDE_TITLE = 1, SIDE_BODY = 2, SIDE_LABELS = 4, SIDE_MANAGED = 8, SIDE_STATE = 16,
	SIDE_ASSIGNEES = 32, SIDE_PARENT = 64, SIDE_BLOCKED = 128,
};

/* Code points.  GitHub takes bodies of 65536, and we add to them; a label that is longer
 * stays where it is. */
#define VIEW_TITLE_MAX 256
#define VIEW_BODY_MAX  65000
#define VIEW_BODY_CLIP 60000	/* what is left of a longer one */
#define VIEW_LABEL_MAX 50
#define VIEW_LABELS_MAX 100	/* of an issue, with those that are managed */

#define VIEW_HUMAN "needs-human"	/* a label: sync_owner.h */

/* What of a managed label was written over already, while the task's own value was `local`. */
struct view_back {
	char *local;			/* NULL: nothing */
	struct vec_str seen;
};

struct view {
	char *title;
	char *body;			/* of a person: no marker, no managed block, LF, no blank end */
	bool cut;			/* the issue's is longer, and this is what is left of it */
	struct vec_str labels;		/* of people: sync_set.h */
	struct vec_str managed[VIEW_MANAGED_N];	/* values; more than one only where people made them */
	bool human;			/* of an issue: it has VIEW_HUMAN, which is in no other set */
	bool open;
	char *state_reason;		/* as GitHub names it; NULL: none */
	struct vec_str assignees;	/* logins */
	int64_t parent;			/* database id of the parent's issue, 0: none */
	char *parent_url;		/* an issue may tell this one only (then SIDE_PARENT is in
					   `unsaid`); or NULL */
	struct vec_id blocked_by;	/* database ids */
	bool blocked_known;
	int64_t blocked_count;		/* a hint: how many GitHub counts; -1: it does not say */
	bool locked;
	int64_t updated_at;		/* seconds, GitHub's clock; 0: of a task */
	unsigned unsaid;		/* SIDE_*: nothing is known of these */
	size_t kept_labels;		/* of a task: too long, or too many, for an issue */

	/* Of a base only; sync_merge.h reads and writes these. */
	unsigned foreign;		/* 1u << view_managed: the value is of somebody else */
	struct view_back back[VIEW_MANAGED_N];
	struct view *sent;		/* what a write that nobody confirmed was to make of it */
};

/*
 * Of a task: the issues of its relatives, and what is done to a text before it leaves.
 *
 * A text that differs from that of the issue in nothing but what is done to it before it
 * leaves stands as it does in the issue: it is no change, whether a person wrote it there or
 * we did.
 */
struct view_links {
	int64_t parent;			/* 0: it has no parent */
	const struct vec_id *blocked_by;	/* NULL: none */
	unsigned unsaid;		/* SIDE_PARENT, SIDE_BLOCKED: some relative has no issue yet */
	void (*outgoing)(const void *arg, const char *, size_t, struct buf *out);	/* may be NULL */
	const void *arg;
	bool agent;			/* an agent wrote its texts, which are made harmless */
	const struct view *told;	/* the issue, as far as it is known; or NULL */
};

/*
 * Of an issue from the API.  Needed are id, number, title, state and updated_at (ERR_INVALID);
 * all else may be missing, and is then in `unsaid`.  Blockers are in no issue: view_blocked().
 */
int	view_of_issue(struct view *, const struct val *issue, struct err *);
/* What .../dependencies/blocked_by said, all its pages; what .../parent said, NULL: none. */
int	view_blocked(struct view *, const struct val *issues, struct err *);
void	view_parent(struct view *, const struct val *issue);

/* Has it no_gh or local-only, or works in another project, so that nothing of it leaves? */
bool	view_is_kept(const struct project *, const struct task *);

/* links: NULL, nothing is known of its relatives. */
void	view_of_task(struct view *, const struct task *, const struct view_links *);
/* Appended: a label of its list, as view_of_task() has it. */
void	view_task_label(struct buf *, const char *label, const struct view_links *);

void	view_copy(struct view *to, const struct view *from);
void	view_release(struct view *);

/* As a base is kept: {"schema":1, ...}.  ERR_INVALID: then it counts as lost. */
struct val *view_json(const struct view *);
int	view_read(struct view *, const struct val *, struct err *);

/* The name of a label as GitHub writes it: blanks are single, and none at its ends. */
void	view_label(struct buf *, const char *);
/* Is it one of ours, which says something?  Then *value (may be NULL) gets what follows. */
bool	view_is_managed(const char *label, enum view_managed *, const char **value);
const char *view_prefix(enum view_managed);		/* "status:" */

/* All labels that the issue has, or is to have, those that are managed first; appended. */
void	view_labels(const struct view *, struct vec_str *);

/* Appended: the text of a person in the body of an issue, in the form of `body`. */
void	view_text(struct buf *, const char *body);

#endif
