/*
 * sync_index - issues by a number of theirs
 *
 * Of several with one number the issue whose own number is the lowest is found.  0 is no
 * number: such issues are not in it.  The issues are borrowed.  { 0 } is a valid empty index.
 */
#ifndef ORCH_WORK_SYNC_INDEX_H
#define ORCH_WORK_SYNC_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct sync_issue;

struct sync_index {
	struct sync_index_entry {
		int64_t key;
		struct sync_issue *issue;
	} *v;				/* by key, then by the issue's number */
	size_t n, cap;
};

/* NULL: there is none. */
struct sync_issue *sync_index_find(const struct sync_index *, int64_t key);

/* Its number was `from`, and becomes `to`; either may be 0. */
void	sync_index_move(struct sync_index *, struct sync_issue *, int64_t from, int64_t to);

void	sync_index_release(struct sync_index *);

#endif
