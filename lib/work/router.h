/*
 * router - a model is asked who does a task, once for each question
 *
 * What is asked is made of the catalogue (agents and skills that can be had, within
 * router.agents), the title, labels and body of the task, and what a person has answered
 * to a question about it: nothing else.  A question has its folder, .orch/route/HASH, for
 * a call (call.h) and at most one more that is shown what was wrong with the answer.
 * There the answer stays, in route.json, for whoever asks the same again: the same task
 * after a kill, or another one with the same words.
 *
 *	router_open(&r, p, e)		what is the same for all tasks
 *	router_question(&r, t, &q)	what is asked about a task
 *	router_known(&r, &q)		an answer that lies there
 *	router_ask(&r, &q, &asked, e)	that, or the model's; takes up to minutes
 *	...				the commit that uses it
 *	router_used(&r, &q, record, e)	from here on it is no one's alone
 *	router_close(&r)
 *
 * The answer is a map:
 *
 *	{schema, at, task, agent, model, class, message, reset_at, tries,
 *	 usage: {input_tokens, output_tokens, cost_usd, seconds}, answer: {...}}
 *
 * `class` is "ok" and `answer` as schema/route.json says, valid in every respect, or it is
 * one of outcome.h and `message` says what went wrong.  `task` has to bear the usage; it is
 * 0 when that is booked.
 */
#ifndef ORCH_WORK_ROUTER_H
#define ORCH_WORK_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "sys/fs.h"
#include "work/agent.h"

struct err;
struct project;
struct task;
struct val;

struct router {
	struct project *project;
	struct agent agent;		/* whose model is asked */
	const char *model;		/* NULL: as the agent's */
	struct vec_str agents, skills;	/* names that an answer may hold */
	char *catalogue;		/* the same for the model */
	char *system, *prompt;		/* the two templates */
	char *system_path, *prompt_path;
	struct val *schema;
};

/* ERR_CONFIG: router.agent is not set, or it or a template is not valid.  ERR_FAILED:
 * there is nothing to choose from. */
int	router_open(struct router *, struct project *, struct err *);
void	router_close(struct router *);

struct router_question {
	int64_t task;
	char *input;			/* all that is asked, as JSON: the same, the same answer */
	char hash[FS_HASH_MAX];		/* of it */
	char *text;			/* the task and the answer for the prompt, not washed */
	char *answered;			/* NULL: nobody was asked */
};

void	router_question(const struct router *, const struct task *, struct router_question *);
void	router_question_release(struct router_question *);

/* An answer of class "ok", caller frees; NULL: there is none, or somebody asks just now. */
struct val *router_known(const struct router *, const struct router_question *);

/*
 * The answer, or what went wrong; caller frees.  *asked: it was got just now, not found.
 * NULL: nothing is decided.  ERR_BUSY: no slot is free, the agent is held back or its day
 * spent, or somebody else asks for too long.
 */
struct val *router_ask(struct router *, const struct router_question *, bool *asked, struct err *);

/* To be called when the commit is made: the usage is booked, and what is no answer is not
 * kept for the next who asks. */
int	router_used(const struct router *, const struct router_question *, const struct val *,
	    struct err *);

/* Is it this task that has to bear the usage? */
bool	router_owes(const struct val *record, int64_t task);
/* Is there an answer in it? */
bool	router_answered(const struct val *record);

/* ---- router_catalogue.c ---- */

/* Fills agents, skills and catalogue. */
int	router_catalogue(struct router *, struct err *);

/*
 * Is that an answer?  Absent and null keys become empty, unknown ones are dropped.
 * ERR_INVALID says what is wrong, for people and for the model; ERR_CONFIG: the schema is.
 */
int	router_check(const struct router *, struct val *answer, struct err *);

#endif
