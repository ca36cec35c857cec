/*
 * Entries of a block collection: whole lines that go or come.
 *
 * Lines that go leave their comments behind, at the column of the entry.  Where
 * the first entry stands on the line of its parent ("- id: 1") what follows it
 * moves up.  New entries come at the end of the region of the one before, which
 * is its last line of content and the comment lines that are indented deeper.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "doc/edit_plan.h"

struct block {
	struct edit *ed;
	const struct edit_site *site;
	const struct edit_change *c;
	uint32_t col;
};

static const struct yaml_node *
node(const struct block *b, uint32_t i)
{
	return b->c->slot[i].node;
}

static bool
goes(const struct block *b, uint32_t i)
{
	return b->c->slot[i].what == EDIT_GONE;
}

/* The '?' of a key, which stands before it at the column of the map. */
static uint32_t
question_mark(const struct block *b, uint32_t i)
{
	const struct edit *ed = b->ed;
	uint32_t at = node(b, i)->key->start, least = i > 0 ? node(b, i - 1)->end : ed->first;

	if (edit_col(ed, at) == b->col)
		return at;
	while (at > least)
		if (ed->text[--at] == '?' && edit_col(ed, at) == b->col)
			return at;
	return node(b, i)->key->start;
}

/* Where an entry starts: its key, its '?' or its dash. */
static uint32_t
start_of(const struct block *b, uint32_t i)
{
	const struct edit *ed = b->ed;
	uint32_t at;

	if (i == 0)
		return b->site->node->start;
	if (b->site->node->kind == YAML_MAP)
		return question_mark(b, i);
	for (at = edit_line_after(ed, node(b, i - 1)->end); at < ed->len;
	    at = edit_line_next(ed, at)) {
		uint32_t word = edit_skip_blanks(ed, at);

		if (word < ed->len && ed->text[word] == '-')
			return word;
	}
	return ed->len;
}

static const struct yaml_node *
last_leaf(const struct yaml_node *n)
{
	while (n->child != NULL)
		for (n = n->child; n->next != NULL; n = n->next)
			;
	return n;
}

static bool
ends_in_block_scalar(const struct yaml_node *n)
{
	n = last_leaf(n);
	return n->kind == YAML_SCALAR && (n->style == YAML_LITERAL || n->style == YAML_FOLDED);
}

/* Would a blank line behind this entry become part of it? */
static bool
takes_blank_lines(const struct block *b, uint32_t i)
{
	const struct yaml_node *n = last_leaf(node(b, i));

	if (!ends_in_block_scalar(n))
		return false;
	return memchr(b->ed->text + n->start, '+', strcspn(b->ed->text + n->start, " \t\r\n")) !=
	    NULL;
}

static bool
blank_line_before(const struct block *b, uint32_t i)
{
	uint32_t stop = edit_line_start(b->ed, start_of(b, i));

	for (uint32_t at = edit_line_after(b->ed, node(b, i - 1)->end); at < stop;
	    at = edit_line_next(b->ed, at))
		if (edit_blank_line(b->ed, at))
			return true;
	return false;
}

/* Entries first .. last go, and the first stands on its parent's line. */
static void
remove_head(const struct block *b, uint32_t last)
{
	struct edit *ed = b->ed;
	uint32_t start = start_of(b, 0), end = start_of(b, last + 1);
	struct buf text = { 0 };

	for (size_t i = edit_notes_from(ed, start); i < ed->notes.n; i++) {
		const struct edit_note *note = &ed->notes.v[i];

		if (note->start >= end)
			break;
		buf_append(&text, ed->text + note->start, note->end - note->start);
		buf_puts(&text, edit_eol(ed, note->end));
		edit_pad(&text, b->col);
	}
	edit_put_text(ed, start, end, &text, b->site->depth, false);
	buf_release(&text);
}

/* Does a block scalar stand at the end of this entry, or may one come there? */
static bool
may_swallow(const struct block *b, uint32_t i)
{
	if (ends_in_block_scalar(node(b, i)) || b->c->slot[i].what != EDIT_KEEP ||
	    b->c->slot[i].inside)
		return true;
	for (size_t k = 0; k < b->c->adds; k++)
		if (b->c->add[k].after == i)
			return true;
	return false;
}

/*
 * The end of lines that go.  With blank lines on both sides those behind go,
 * too; comment lines behind go (and come again less indented) where a block
 * scalar in front would take them for its own.
 */
static uint32_t
lines_end(const struct block *b, uint32_t first, uint32_t last)
{
	const struct edit *ed = b->ed;
	uint32_t end = edit_line_after(ed, node(b, last)->end);

	if (first > 0 && may_swallow(b, first - 1))
		end = edit_region(ed, node(b, last)->end, b->col);
	if (first > 0 && (takes_blank_lines(b, first - 1) ||
	    (last + 1 < b->c->n && blank_line_before(b, first))))
		while (edit_blank_line(ed, end))
			end = edit_line_next(ed, end);
	return end;
}

static void
remove_lines(const struct block *b, uint32_t first, uint32_t last)
{
	uint32_t start = edit_line_start(b->ed, start_of(b, first));
	uint32_t end = lines_end(b, first, last);
	struct buf notes = { 0 };

	edit_keep_lines(b->ed, start, end, b->col, first > 0 && may_swallow(b, first - 1), &notes);
	edit_put_text(b->ed, start, end, &notes, b->site->depth, false);
	buf_release(&notes);
}

static void
remove_run(const struct block *b, uint32_t first, uint32_t last)
{
	if (first == 0 && !edit_starts_line(b->ed, start_of(b, 0)))
		remove_head(b, last);
	else
		remove_lines(b, first, last);
}

static void
write_entry(const struct block *b, const struct edit_add *add, const struct edit_ink *ink,
    struct buf *text)
{
	if (add->key != NULL)
		edit_write_pair(text, add->key, add->val, ink, b->col);
	else
		edit_write_item(text, add->val, ink, b->col);
}

/* In front of the first entry, which moves down one line. */
static void
add_before(const struct block *b, const struct edit_add *add, struct edit_ink *ink)
{
	struct buf text = { 0 };
	uint32_t first = 0;

	while (goes(b, first))
		first++;
	write_entry(b, add, ink, &text);
	buf_puts(&text, ink->eol);
	edit_pad(&text, b->col);
	edit_put_text(b->ed, start_of(b, first), start_of(b, first), &text, b->site->depth, false);
	buf_release(&text);
}

static void
add_behind(const struct block *b, const struct edit_add *add, struct edit_ink *ink)
{
	struct edit *ed = b->ed;
	uint32_t i = add->after, at = edit_region(ed, node(b, i)->end, b->col);
	struct buf text = { 0 };
	bool apart = false;

	if (b->site->node->kind == YAML_SEQ && b->c->n > 1)
		apart = !takes_blank_lines(b, i) && blank_line_before(b, i > 0 ? i : 1);
	ink->no_literal = !edit_literal_fits(ed, at, b->col + 1);
	if (apart)
		buf_puts(&text, ink->eol);
	edit_pad(&text, b->col);
	write_entry(b, add, ink, &text);
	buf_puts(&text, ink->eol);
	edit_put_text(ed, at, at, &text, b->site->depth, true);
	buf_release(&text);
}

int
edit_block(struct edit *ed, const struct edit_site *site, const struct edit_change *c)
{
	struct block b = { ed, site, c, edit_col(ed, site->node->start) };
	struct edit_ink ink = edit_ink_of(ed, site, site->node);

	for (uint32_t i = 0, last; i < c->n; i = last + 1) {
		last = i;
		if (!goes(&b, i))
			continue;
		while (last + 1 < c->n && goes(&b, last + 1))
			last++;
		remove_run(&b, i, last);
	}
	for (size_t i = 0; i < c->adds; i++)
		if (c->add[i].after == EDIT_NONE)
			add_before(&b, &c->add[i], &ink);
		else
			add_behind(&b, &c->add[i], &ink);
	return 0;
}
