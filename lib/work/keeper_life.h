/*
 * keeper_life - what the files of keeper share; for lib/work/keeper*.c only
 */
#ifndef ORCH_WORK_KEEPER_LIFE_H
#define ORCH_WORK_KEEPER_LIFE_H

struct contain_trace;
struct err;
struct keeper_result;
struct keeper_spec;

/* What a keeper hears; blocked before it is forked.  Ends with 0. */
extern const int keeper_signals[];

/* In the forked process: all of it.  The exit status, 0 if there is a result. */
int	keeper_live(const struct keeper_spec *);

/* The first thing it does. */
int	keeper_detach(const struct keeper_spec *, struct err *);

/* NAMEcontainer.json, durable: before the program is started. */
int	keeper_write_trace(const struct keeper_spec *, const struct contain_trace *,
	    struct err *);

/* NAMEresult.json, durable. */
int	keeper_write(const struct keeper_spec *, const struct keeper_result *, struct err *);

#endif
