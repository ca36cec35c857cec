/*
 * plan_import - the tasks of a plan, made in one commit, once
 *
 * A task of the plan NAME has `plan` NAME, its `stage`, `key` "NAME/ID", and its order in
 * `depends_on`; whoever runs it needs no manifest.  In manual-batching the tasks behind
 * the first wave are parked (needs_review), so that nobody starts them before a person
 * has said so: plan_approve() of plan_state.h.
 */
#ifndef ORCH_WORK_PLAN_IMPORT_H
#define ORCH_WORK_PLAN_IMPORT_H

#include <stdint.h>

struct err;
struct plan;
struct project;
struct store_opts;
struct vec_id;
struct vec_str;

/*
 * The ids, in the order of the manifest, go to `ids`.  If the plan is there already, archived
 * tasks count, nothing is made; `differs` gets a line for each task that is no longer as
 * the manifest says (agent and model aside, which the router may have changed).
 * ERR_INVALID: the plan that is there has other tasks than the manifest.
 */
int	plan_import(struct project *, const struct store_opts *, const struct plan *,
	    struct vec_id *ids, struct vec_str *differs, struct err *);

/* Why a task of that wave is parked: how it is known again.  Caller frees. */
char	*plan_held(const char *name, int64_t wave);

#endif
