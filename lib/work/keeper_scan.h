/*
 * keeper_scan - looks in a stream, as it comes, for the event that ends an agent's work,
 * and for how much it has used
 *
 * The lines that are kept on the disk are head and tail; this sees all of them.  A
 * line of more than KEEPER_LINE_MAX bytes is passed over.  Memory: that much, and what
 * one line of it is as a value.
 */
#ifndef ORCH_WORK_KEEPER_SCAN_H
#define ORCH_WORK_KEEPER_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct agent_meter;
struct jsonl_sel;

#define KEEPER_LINE_MAX (128 << 10)

struct keeper_scan {
	const struct jsonl_sel *what;	/* borrowed; NULL: nothing is looked for */
	struct agent_meter *meter;	/* borrowed; NULL: nothing is measured */
	char *line;			/* the beginning of one that is not whole yet */
	size_t len;
	bool over;			/* it is too long: until its end nothing is taken */
};

/* Takes the next bytes.  Has one of the lines that end in them such an event? */
bool	keeper_scan(struct keeper_scan *, const char *, size_t);
void	keeper_scan_release(struct keeper_scan *);

#endif
