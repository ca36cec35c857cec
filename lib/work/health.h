/*
 * health - how the suite as a whole does: the level, since when and why
 */
#ifndef ORCH_WORK_HEALTH_H
#define ORCH_WORK_HEALTH_H

struct pool;
struct pool_health;
struct project;
struct tasks;
struct vec_str;

/* The agents that are in use, each once: of tasks that are routed or run, and of those that
 * have had work, unless orch.yml has disabled them. */
void	health_agents(const struct project *, const struct tasks *, const struct pool *,
	    struct vec_str *);

/* The level by what the pool knows alone: nothing is looked for on PATH. */
void	health_level(const struct project *, const struct tasks *, const struct pool *,
	    struct pool_health *);

#endif
