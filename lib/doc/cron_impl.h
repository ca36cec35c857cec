/*
 * cron_impl - what the parts of cron.h share: days that fit, and how they are called
 */
#ifndef ORCH_DOC_CRON_IMPL_H
#define ORCH_DOC_CRON_IMPL_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct cron;

/* FNV-1a of 64 bits (G. Fowler, L. C. Noll, K.-P. Vo) of the two texts, one after the other. */
uint64_t cron_hash(const char *, const char *more);

/* The first day >= `day` that fits, before `end`; else `end`.  Days are those of civil.h. */
int64_t	cron_day_up(const struct cron *, int64_t day, int64_t end);
/* The last day <= `day` that fits, not before `end`; else `end` - 1. */
int64_t	cron_day_down(const struct cron *, int64_t day, int64_t end);

/* "on day 1-7 of the month", "on Monday". */
void	cron_say_dom(struct buf *, const struct cron *);
void	cron_say_dow(struct buf *, const struct cron *);

#endif
