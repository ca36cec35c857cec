/*
 * usage - what a task has cost: input_tokens, output_tokens, seconds, cost_usd, and of that
 * estimated_usd, which was not told but reckoned by a price table
 */
#ifndef ORCH_WORK_USAGE_H
#define ORCH_WORK_USAGE_H

#include <stdint.h>

struct change;
struct err;
struct val;

/* What is not above zero was not used, or not told. */
struct usage {
	int64_t tokens_in, tokens_out, seconds;
	double cost_usd, estimated_usd;
};

/* By the names above; what is absent, or no number, is zero. */
void	usage_read(struct usage *, const struct val *);

/* Adds it to what the task has used. */
int	usage_add(struct change *, int64_t task, const struct usage *, struct err *);

#endif
