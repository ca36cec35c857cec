/*
 * What a merge has to report.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "doc/json.h"
#include "task/merge_impl.h"

static char *
line_of(const struct val *v)
{
	struct buf b = { 0 };

	if (v == NULL)
		return NULL;
	json_print(&b, v);
	return buf_detach(&b);
}

void
note_add(struct merge_notes *notes, enum merge_kind kind, int64_t task, const char *field,
    const struct val *kept, const struct val *lost)
{
	notes->v = vec_room(notes->v, &notes->cap, notes->n, sizeof *notes->v);
	notes->v[notes->n++] = (struct merge_note){
		.kind = kind,
		.task = task,
		.field = field != NULL ? xstrdup(field) : NULL,
		.kept = line_of(kept),
		.lost = line_of(lost),
	};
}

bool
merge_conflicts(const struct merge_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		if (notes->v[i].kind != MERGE_REMOVED)
			return true;
	return false;
}

void
merge_release(struct merge_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		free(notes->v[i].field);
		free(notes->v[i].kept);
		free(notes->v[i].lost);
	}
	free(notes->v);
	*notes = (struct merge_notes){ 0 };
}
