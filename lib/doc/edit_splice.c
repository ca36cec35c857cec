/*
 * Splices: the changes of bytes that a plan comes down to.
 *
 * They are collected in any order and applied in the order of the text.  Of
 * several at one place insertions come before what is cut, and of insertions
 * the deepest first: a line that belongs to the last field of a task stands
 * before the task that is appended behind it.  Two that overlap mean that two
 * operations meant the same bytes; that is refused, never resolved.
 *
 * Comments in what is cut are not: two helpers write them again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/vec.h"
#include "doc/edit_plan.h"

void
edit_put_text(struct edit *ed, uint32_t start, uint32_t end, const struct buf *text,
    uint16_t depth, bool line)
{
	struct edit_splice *s;

	if (start == end && text->len == 0)
		return;
	ed->splice = vec_room(ed->splice, &ed->cap, ed->splices, sizeof *ed->splice);
	s = &ed->splice[ed->splices];
	*s = (struct edit_splice){
		.start = start,
		.end = end,
		.ink = (uint32_t)ed->ink.len,
		.len = (uint32_t)text->len,
		.order = (uint32_t)ed->splices++,
		.depth = depth,
		.line = line && text->len > 0,
	};
	buf_append(&ed->ink, buf_str(text), text->len);
}

/*
 * Bytes that go leave the comments in them, each with its line end and the
 * blanks behind that.  Where only blanks follow on the line, those go, too, and
 * the line end behind them is that of the last comment.
 */
void
edit_keep_notes(const struct edit *ed, uint32_t start, uint32_t *end, struct buf *out)
{
	size_t i = edit_notes_from(ed, start), stop = edit_notes_from(ed, *end);
	bool last = edit_blank_line(ed, *end);

	for (; i < stop; i++) {
		const struct edit_note *note = &ed->notes.v[i];
		uint32_t next = edit_line_next(ed, note->end);

		if (out->len > 0 ? out->data[out->len - 1] != ' ' : !edit_starts_line(ed, start))
			buf_putc(out, ' ');
		buf_append(out, ed->text + note->start, note->end - note->start);
		if (last && i + 1 == stop) {
			*end = edit_skip_blanks(ed, *end);
			break;
		}
		buf_append(out, ed->text + note->end, edit_skip_blanks(ed, next) - note->end);
		/* What follows is now the first on its line, where no tab may be. */
		if (i + 1 == stop && *end < ed->len && ed->text[*end] == '\t')
			*end = edit_skip_blanks(ed, *end);
	}
}

/*
 * Lines that go leave their comments: those that had a line of their own where
 * they were, others at column `col`.  With `flat` none stands deeper than that,
 * since a block scalar in front would take it for its own.
 */
void
edit_keep_lines(const struct edit *ed, uint32_t start, uint32_t end, uint32_t col, bool flat,
    struct buf *out)
{
	for (size_t i = edit_notes_from(ed, start); i < ed->notes.n; i++) {
		const struct edit_note *note = &ed->notes.v[i];
		uint32_t at = edit_col(ed, note->start);

		if (note->start >= end)
			break;
		if (!edit_starts_line(ed, note->start) || (flat && at > col))
			at = col;
		edit_pad(out, at);
		buf_append(out, ed->text + note->start, note->end - note->start);
		buf_puts(out, edit_eol(ed, note->end));
	}
}

static int
compare(const void *va, const void *vb)
{
	const struct edit_splice *a = va, *b = vb;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if ((a->start == a->end) != (b->start == b->end))
		return a->start == a->end ? -1 : 1;
	if (a->depth != b->depth)
		return a->depth > b->depth ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static const struct yaml_node *
last_leaf(const struct yaml_node *n)
{
	while (n != NULL && n->child != NULL)
		for (n = n->child; n->next != NULL; n = n->next)
			;
	return n;
}

/*
 * A block scalar that ends the text without a newline has none in its value;
 * with a line behind it, it would get one.  Its header is told to chomp.
 */
static void
chomp_last(struct edit *ed)
{
	const struct yaml_node *n = last_leaf(ed->y->root);
	struct buf chomp = { 0 };
	uint32_t at;

	if (n == NULL || (n->style != YAML_LITERAL && n->style != YAML_FOLDED) ||
	    n->end != ed->len || edit_line_start(ed, n->end) == n->end)
		return;
	for (size_t i = 0; i < ed->splices; i++)
		if (ed->splice[i].end > n->start && ed->splice[i].start < n->end)
			return;
	at = n->start + 1;
	while (at < ed->len && ed->text[at] >= '1' && ed->text[at] <= '9')
		at++;
	if (at == ed->len || ed->text[at] == '-')
		return;
	buf_putc(&chomp, '-');
	edit_put_text(ed, at, at + (ed->text[at] == '+'), &chomp, 0, false);
	buf_release(&chomp);
}

int
edit_splice_all(struct edit *ed, struct buf *out)
{
	uint32_t at = 0;
	bool line = false;

	for (size_t i = 0; i < ed->splices; i++)
		line = line || (ed->splice[i].line && ed->splice[i].start == ed->len);
	if (line)
		chomp_last(ed);
	if (ed->splices > 1)
		qsort(ed->splice, ed->splices, sizeof *ed->splice, compare);
	buf_reserve(out, ed->len + ed->ink.len + 2);
	for (size_t i = 0; i < ed->splices; i++) {
		const struct edit_splice *s = &ed->splice[i];

		if (s->start < at)
			return edit_refuse(ed, s->start, "two changes of the same place");
		buf_append(out, ed->text + at, s->start - at);
		if (s->line && out->len > ed->first && !edit_ends_line(out->data, out->len))
			buf_puts(out, edit_eol(ed, ed->len));
		buf_append(out, ed->ink.data + s->ink, s->len);
		at = s->end;
	}
	buf_append(out, ed->text + at, ed->len - at);
	return 0;
}
