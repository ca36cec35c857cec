/*
 * tzif_impl - what tzif.c and tzif_rule.c share: the rule of a TZ string
 */
#ifndef ORCH_DOC_TZIF_IMPL_H
#define ORCH_DOC_TZIF_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/tzif.h"

struct err;

struct tzif_date {
	enum { TZIF_JULIAN, TZIF_DAY, TZIF_WEEKDAY } kind;	/* Jn, n, Mm.w.d */
	int month, week, day;
	int32_t time;				/* seconds, local */
};

struct tzif_type {
	int32_t offset;
	bool dst;
	char abbr[TZIF_ABBR_MAX];
};

struct tzif_rule {
	struct tzif_type std, dst;		/* dst.abbr "": there is none */
	struct tzif_date start, end;		/* of daylight saving */
};

/* All of the text must be one. */
int	tzif_rule_parse(struct tzif_rule *, const char *, size_t, struct err *);
/* Any instant; `from` and `until` are those that the rule alone gives. */
void	tzif_rule_at(const struct tzif_rule *, int64_t t, struct tzif_span *);

#endif
