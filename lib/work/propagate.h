/*
 * propagate - what follows from tasks that ended, or came back
 *
 * Tasks that depend on one that ended badly (failed, cancelled, skipped) are skipped, and
 * so are theirs; `reason` names the task that is to blame.  When the last one that is to
 * blame is back, or done because a person says so, a skipped task comes back by itself.  A
 * task that comes back, from whatever end, while its children may still meet its join waits
 * for them again.  A parent leaves `blocked` when its `join` (all, any, or a number of
 * children that are done) is met, or can no longer be met: then `children.on_failure` says
 * whether it goes on all the same, is parked, or failed.
 *
 * All of it belongs to the commit in which the tasks moved.  The state table guards each
 * step, so that nothing happens twice: whoever comes second finds the task where it is.
 */
#ifndef ORCH_WORK_PROPAGATE_H
#define ORCH_WORK_PROPAGATE_H

#include <stdbool.h>

#include "base/vec.h"

struct change;
struct err;
struct project;
struct store_opts;
struct tasks;

/* What followed, each in the order in which it did. */
struct propagated {
	struct vec_id skipped;
	struct vec_id back;		/* from `skipped` */
	struct vec_id joined;		/* parents that are blocked no more, wherever they went */
};

void	propagated_release(struct propagated *);

/*
 * For tasks that this change brought to an end, back from one, or into `blocked` (whose
 * children may have ended before).  Of others it is not asked, as it looks at all tasks.
 * `out` is added to; NULL: nobody wants to know.
 */
int	propagate(struct change *, const struct project *, const struct vec_id *moved,
	    struct propagated *out, struct err *);

/* The same for one that this change has moved, if it has ended or waits for its children:
 * whoever waits for it hears of that in the same commit. */
int	propagate_end(struct change *, const struct project *, int64_t task, struct err *);

/* Is there a task that something may follow from?  False: propagate_all() does nothing. */
bool	propagate_may(const struct tasks *);

/*
 * The same for every task of the file, whoever moved what: for a tick.  A commit of its
 * own; nothing is written, and no lock taken, if nothing follows.
 */
int	propagate_all(struct project *, const struct store_opts *, struct propagated *,
	    struct err *);

#endif
