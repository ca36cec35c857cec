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
	int64_t tokens_in, tokens_out;
	int64_t ms;			/* "seconds" in files, with up to three decimals */
	double cost_usd, estimated_usd;
};

/* A map by the names above, with what is above zero; the caller's. */
struct val *usage_value(const struct usage *);
/* By the names above; what is absent, or no number, is zero. */
void	usage_read(struct usage *, const struct val *);

/* Adds it to what the task has used. */
int	usage_add(struct change *, int64_t task, const struct usage *, struct err *);

/* Seconds as a file has them, in milliseconds; absent, below zero or no number is zero. */
int64_t	usage_ms(const struct val *);
/* And back: 2, or 1.5. */
struct val *usage_seconds(int64_t ms);

#endif
