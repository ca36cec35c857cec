/*
 * table - numbers by text
 *
 * What was put in first stays: a second number for the same text is passed over.
 * Finding and putting take the time of one look at the text, however many there
 * are.  The table borrows its texts, which must outlive it unchanged.  { 0 } is a
 * valid empty table.
 */
#ifndef ORCH_BASE_TABLE_H
#define ORCH_BASE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_slot {
	const char *text;	/* NULL: free */
	uint64_t hash;
	int64_t number;
};

struct table {
	struct table_slot *v;
	size_t n;
	size_t cap;		/* 0 or a power of two, never more than half in use */
};

void	 table_put(struct table *, const char *text, int64_t number);
int64_t	 table_get(const struct table *, const char *text);	/* 0: it is not there */
void	 table_release(struct table *);

#endif
