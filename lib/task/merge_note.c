/*
 * What a merge has to report.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
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

#define SHOWN_MAX 80		/* bytes of a value in a message */

static void
put_value(struct buf *out, const char *value)
{
	size_t n = value ? str_cut(value, strlen(value), SHOWN_MAX) : 0;

	if (value == NULL)
		buf_puts(out, "nothing");
	else
		buf_append(out, value, n);
	if (value != NULL && value[n] != '\0')
		buf_puts(out, "...");
}

void
merge_text(const struct merge_note *n, struct buf *out)
{
	if (n->task != 0)
		buf_printf(out, "task %lld: ", (long long)n->task);
	switch (n->kind) {
	case MERGE_FIELD:
		buf_printf(out, "%s was changed on both sides: kept is ", n->field);
		put_value(out, n->kept);
		buf_puts(out, ", not ");
		put_value(out, n->lost);
		break;
	case MERGE_PUT_BACK:
		buf_puts(out, "was removed by hand, but is at work or was changed since: it stays");
		break;
	case MERGE_STAYS:
		buf_puts(out, "was archived, but changed by hand: it stays");
		break;
	case MERGE_RENUMBERED:
		buf_printf(out, "its id was given to another task meanwhile: it is %s now", n->kept);
		break;
	case MERGE_REMOVED:
		buf_puts(out, "was removed by hand");
		break;
	}
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
