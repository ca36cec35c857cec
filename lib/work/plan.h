/*
 * plan - a manifest of stages and tasks (orch-plan(5)), read and checked whole
 *
 * plan_read() refuses what cannot be run as it is written, with line and column: what the
 * schema (share/orch/schema/plan.json) or the fields of tasks do not allow, ids that are
 * there twice or are no names, tiers and dependencies that do not exist, an order that
 * the mode does not have, cycles.  A plan that was read has a wave for each task, and its
 * order is in `needs` alone: of the mode and the barriers nothing is left to know, but that
 * manual-batching asks between two waves.
 */
#ifndef ORCH_WORK_PLAN_H
#define ORCH_WORK_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

struct buf;
struct err;
struct project;
struct val;

#define PLAN_TEXT_MAX  (16u << 20)	/* bytes of a manifest */
#define PLAN_TASKS_MAX 20000
#define PLAN_LINKS_MAX 100000		/* dependencies, those of barriers too */
#define PLAN_NAME_MAX  64		/* bytes of a name or an id */

enum plan_mode { PLAN_PARALLEL, PLAN_SEQUENTIAL, PLAN_BATCHING, PLAN_DEPENDENCIES };

struct plan_task {
	char *id;
	size_t stage;			/* index in `stages` */
	struct val *fields;		/* of the task, by their names in orch-tasks(5); without
					   depends_on, key, plan and stage */
	struct vec_id needs;		/* numbers of tasks, from 1, ascending, each once */
	int64_t wave;			/* from 1 */
	uint32_t start;			/* where it stands in the manifest */
};

struct plan {
	char *name;
	enum plan_mode mode;
	struct vec_str stages;
	struct plan_task *v;		/* in the order of the manifest; number 1 is v[0] */
	size_t n, cap;
	int64_t waves;
	struct vec_str warnings;	/* "plan.yml:3:7: agent x: ...", one for each agent that
					   cannot be started as things are */
};

/* `name` stands in messages: "plan.yml:3:7: ...".  ERR_INVALID, ERR_CONFIG (the schema). */
int	plan_read(struct plan *, const struct project *, const char *text, size_t len,
	    const char *name, struct err *);
void	plan_release(struct plan *);

const char *plan_mode_name(enum plan_mode);

/* Is it small letters and digits, joined by single hyphens? */
int	plan_is_name(const char *);

/*
 * The parts that are not NULL as one text: line ends are '\n', blank lines around a part
 * go, one blank line stands between two, one line end behind the last.  NULL: nothing is
 * left.  Caller frees.
 */
char	*plan_prompt(const char *const *parts, size_t n);

/* A line for each task: wave, stage, id, agent, what it needs, title, separated by tabs;
 * the same as JSON objects. */
void	plan_text(const struct plan *, struct buf *);
void	plan_json(const struct plan *, struct buf *);

#endif
