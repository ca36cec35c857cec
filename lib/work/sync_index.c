#include "work/sync_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "work/sync_state.h"

/* Where an issue of that number stands under the key, or would stand. */
static size_t
place(const struct sync_index *x, int64_t key, int64_t number)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct sync_index_entry *at = &x->v[middle];

		if (at->key < key || (at->key == key && at->issue->number < number))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct sync_issue *
sync_index_find(const struct sync_index *x, int64_t key)
{
	size_t at = place(x, key, 0);

	return key != 0 && at < x->n && x->v[at].key == key ? x->v[at].issue : NULL;
}

void
sync_index_move(struct sync_index *x, struct sync_issue *issue, int64_t from, int64_t to)
{
	size_t at = place(x, from, issue->number);

	if (from == to)
		return;
	if (from != 0) {
		x->n--;
		memmove(x->v + at, x->v + at + 1, (x->n - at) * sizeof *x->v);
	}
	if (to == 0)
		return;
	at = place(x, to, issue->number);
	x->v = vec_room(x->v, &x->cap, x->n, sizeof *x->v);
	memmove(x->v + at + 1, x->v + at, (x->n - at) * sizeof *x->v);
	x->v[at] = (struct sync_index_entry){ .key = to, .issue = issue };
	x->n++;
}

void
sync_index_release(struct sync_index *x)
{
	free(x->v);
	*x = (struct sync_index){ 0 };
}
