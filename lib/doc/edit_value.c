/*
 * One value gives way to another.
 *
 * Whatever the layouts, that is at most two splices.  The first is on the line
 * of the key or dash: the old text there gives way to the head of the new one
 * (a whole scalar, "|-", "[a, b]", or nothing).  The second is whole lines
 * below: the old ones (body of a block scalar, lines of a block collection)
 * give way to the tail.  Comments are in neither, or are written again.
 *
 *	tasks: []  # none            tasks:  # none
 *	       ^^ head          ->     - id: 1
 *	next: 1                      next: 1
 */
#include <string.h>

#include "doc/edit_plan.h"

struct hole {
	uint32_t start, end;		/* on the line of the key or dash */
	uint32_t body, body_end;	/* whole lines below */
	bool blank;			/* a blank belongs in front of the head */
	bool colon;			/* and before that the ':' that "? key" lacks */
	bool below;			/* a block collection on lines of its own */
};

/* The line below; inside brackets nothing is ever put there, so it is not looked for. */
static uint32_t
below(const struct edit *ed, const struct edit_site *site, uint32_t at)
{
	return site->flow ? at : edit_line_next(ed, at);
}

static void
hole_of_null(const struct edit *ed, const struct edit_site *site, struct hole *h)
{
	h->start = h->end = site->node->start;
	h->blank = true;
	if (site->flow && site->after != EDIT_NONE) {
		h->start = h->end = edit_skip_blanks(ed, h->start);
		h->blank = h->start == site->node->start;
	}
	if (site->key != NULL && site->after == EDIT_NONE) {
		h->colon = true;
		if (!site->flow)
			h->start = h->end = edit_line_stop(ed, h->start);
	}
	h->body = h->body_end = below(ed, site, h->end);
}

static void
hole_of_block(const struct edit *ed, const struct edit_site *site, struct hole *h)
{
	const struct yaml_node *n = site->node;

	h->body_end = edit_line_after(ed, n->end);
	if (edit_starts_line(ed, n->start) && site->col >= 0) {
		h->below = true;
		h->blank = true;
		h->start = h->end = site->after;
		h->body = edit_line_start(ed, n->start);
		return;
	}
	h->start = n->start;
	h->end = edit_content_stop(ed, n->start);
	h->body = edit_line_next(ed, n->start);
	if (h->body > h->body_end)
		h->body_end = h->body;
}

static struct hole
hole_of(const struct edit *ed, const struct edit_site *site)
{
	const struct yaml_node *n = site->node;
	struct hole h = { .start = n->start, .end = n->end };

	if (n->implicit)
		hole_of_null(ed, site, &h);
	else if (n->style == YAML_BLOCK && (n->kind == YAML_MAP || n->kind == YAML_SEQ))
		hole_of_block(ed, site, &h);
	else if (n->kind == YAML_SCALAR && (n->style == YAML_LITERAL || n->style == YAML_FOLDED)) {
		for (h.end = h.start + 1; h.end < ed->len; h.end++)
			if (strchr("+-123456789", ed->text[h.end]) == NULL)
				break;
		h.body = h.body_end = edit_line_next(ed, h.start);
		if (n->end > h.end)
			h.body_end = edit_line_after(ed, n->end);
	} else
		h.body = h.body_end = below(ed, site, h.end);
	return h;
}

/* The text of a new block collection is cut in two where its first line ends. */
static void
split(struct buf *text, const char *eol, struct buf *tail)
{
	const char *cut = text->data ? strstr(text->data, eol) : NULL;

	if (cut == NULL)
		return;
	buf_puts(tail, cut + strlen(eol));
	buf_puts(tail, eol);
	buf_cut(text, (size_t)(cut - text->data));
}

/* Does a new collection stand in brackets? */
static bool
wants_flow(const struct edit_site *site, const struct val *v, const struct edit_ink *ink)
{
	const struct yaml_node *old = site->node;
	bool bracket = old->style == YAML_FLOW && (old->kind == YAML_MAP || old->kind == YAML_SEQ);
	uint32_t col = (uint32_t)(site->col < 0 ? 0 : site->col);

	if (site->flow || v->n == 0)
		return true;
	if (site->col < 0)
		return false;
	if (bracket && old->n > 0)
		return true;
	if (site->key != NULL)
		col += site->key->end - site->key->start + 2;
	if (bracket && v->kind == VAL_LIST)
		col = 0;
	return (v->kind == VAL_LIST || bracket) && edit_fits_flow(v, ink, col);
}

/*
 * Head and tail of a new collection in block style.  Behind a dash it starts on
 * the dash's line, at the column where the old item stood; behind a key on the
 * next line; as the root where the old root stood.
 */
static void
compose_block(const struct edit *ed, const struct edit_site *site, const struct hole *h,
    const struct val *v, const struct edit_ink *ink, struct buf *head, struct buf *tail)
{
	uint32_t col = (uint32_t)(site->col < 0 ? 0 : site->col);
	bool beside = site->key == NULL && !(site->node->props && site->node->kind != YAML_ALIAS);

	if (beside) {
		col = edit_col(ed, h->start) + h->blank;
		edit_write_block(head, v, ink, col);
		split(head, ink->eol, tail);
		return;
	}
	if (site->key == NULL)
		col += ink->habit.dash;
	else
		col += v->kind == VAL_LIST ? ink->habit.list : ink->habit.step;
	edit_pad(tail, col);
	edit_write_block(tail, v, ink, col);
	buf_puts(tail, ink->eol);
}

static void
compose(const struct edit *ed, const struct edit_site *site, struct hole *h,
    const struct val *v, struct buf *head, struct buf *tail)
{
	struct edit_ink ink = edit_ink_of(ed, site, site->node);
	uint32_t col = (uint32_t)(site->col < 0 ? 0 : site->col), body = col + ink.habit.step;
	const struct yaml_node *n = site->node;
	bool scalar = v->kind != VAL_LIST && v->kind != VAL_MAP;

	if (n->kind == YAML_SCALAR && n->style == YAML_LITERAL && h->body < h->body_end &&
	    n->text[0] != '\0' && strchr(" \t\n", n->text[0]) == NULL)
		body = edit_skip_blanks(ed, h->body) - h->body;
	if (body <= col || body > col + 9)
		body = col + ink.habit.step;
	/* In a collection the last line may be a literal at any column behind this one. */
	ink.no_literal = site->flow || site->col < 0 ||
	    !edit_literal_fits(ed, h->body_end, scalar ? body : col + 1) ||
	    edit_notes_from(ed, h->start) != edit_notes_from(ed, h->end);
	if (scalar) {
		edit_write_scalar(head, v, n, &ink, col, body);
		if (head->data[0] != '|')
			return;
		split(head, ink.eol, tail);
		if (h->below)
			h->body = edit_line_next(ed, h->start);	/* no comment may come between */
	} else if (wants_flow(site, v, &ink))
		edit_write_flow(head, v, &ink);
	else
		compose_block(ed, site, h, v, &ink, head, tail);
}

/*
 * A value whose new text is all below leaves no blank behind its key, and no
 * blank line if it stood on one of its own.
 */
static void
close_hole(const struct edit *ed, struct hole *h)
{
	h->blank = false;
	if (h->start == h->end)
		return;
	if (edit_starts_line(ed, h->start) && edit_blank_line(ed, h->end)) {
		h->start = edit_line_start(ed, h->start);
		h->end = edit_line_next(ed, h->end);
	} else
		h->start = edit_back_blanks(ed, h->start);
}

/*
 * The columns that a value on a line of its own lacks, so that it is deeper
 * than its key: the header of a block scalar may stand where nothing else may.
 */
static uint32_t
short_of(const struct edit *ed, const struct edit_site *site, uint32_t at)
{
	int col;

	if (site->flow || !edit_starts_line(ed, at))
		return 0;
	col = (int)edit_col(ed, at);
	return col <= site->col ? (uint32_t)(site->col + 1 - col) : 0;
}

static void
splice(struct edit *ed, const struct edit_site *site, struct hole *h, struct buf *head,
    struct buf *tail)
{
	struct buf text = { 0 };

	if (head->len == 0 && !h->colon)
		close_hole(ed, h);
	if (h->colon) {
		if (!site->flow) {
			buf_puts(&text, edit_eol(ed, h->start));
			edit_pad(&text, (uint32_t)site->col);
		}
		buf_putc(&text, ':');
	}
	if (head->len > 0)
		edit_pad(&text, h->blank ? 1 : short_of(ed, site, h->start));
	buf_append(&text, buf_str(head), head->len);
	if (site->node->style == YAML_FLOW)
		edit_keep_notes(ed, h->start, &h->end, &text);
	if (h->end < ed->len && ed->text[h->end] == '#')
		buf_putc(&text, ' ');
	edit_put_text(ed, h->start, h->end, &text, site->depth, false);
	edit_keep_lines(ed, h->body, h->body_end, (uint32_t)(site->col < 0 ? 0 : site->col),
	    tail->len > 0, tail);
	edit_put_text(ed, h->body, h->body_end, tail, site->depth, true);
	buf_release(&text);
}

/* A tag stays if it says what the new value is anyway. */
static bool
tag_fits(const struct yaml_node *n, const struct val *v)
{
	const struct yaml_prop *p = n->kind == YAML_ALIAS ? NULL : yaml_prop(n);
	const char *tag = p && p->tag ? strrchr(p->tag, ':') + 1 : NULL;

	if (tag == NULL)
		return true;
	switch (v->kind) {
	case VAL_STR:
		return strcmp(tag, "str") == 0;
	case VAL_INT:
		return strcmp(tag, "int") == 0;
	case VAL_REAL:
		return strcmp(tag, "float") == 0;
	case VAL_BOOL:
		return strcmp(tag, "bool") == 0;
	case VAL_NULL:
		return strcmp(tag, "null") == 0;
	case VAL_LIST:
		return strcmp(tag, "seq") == 0;
	case VAL_MAP:
		return strcmp(tag, "map") == 0;
	}
	return false;
}

int
edit_replace(struct edit *ed, const struct edit_site *site, const struct val *v)
{
	struct hole h = hole_of(ed, site);
	struct buf head = { 0 }, tail = { 0 };

	if (edit_guard_gone(ed, site->node->start, site->node->end) < 0)
		return -1;
	if (!tag_fits(site->node, v))
		return edit_refuse(ed, site->node->start, "its tag does not fit the new value");
	if (h.below && site->after == EDIT_NONE)
		return edit_refuse(ed, site->node->start, "its key or dash was not found");
	compose(ed, site, &h, v, &head, &tail);
	splice(ed, site, &h, &head, &tail);
	buf_release(&head);
	buf_release(&tail);
	return 0;
}

int
edit_value(struct edit *ed, const struct edit_site *site, const struct val *v)
{
	const struct yaml_node *n = site->node;

	if (edit_same(n, v))
		return 0;
	if (n->kind == YAML_SEQ && v->kind == VAL_LIST && n->n > 0 && v->n > 0)
		return edit_list(ed, site, v);
	if (n->kind == YAML_MAP && v->kind == VAL_MAP && n->n > 0 && v->n > 0)
		return edit_map(ed, site, v);
	return edit_replace(ed, site, v);
}

/*
 * The items of a list that operations remove are marked, and those that others
 * are about.  Operations are found by their place, so this is for lists of many.
 */
static struct edit_change
mark_items(const struct edit *ed, const struct yaml_node *list)
{
	struct edit_change c = edit_change_of(list);

	for (uint32_t i = 0; ed->removes && i < c.n; i++) {
		struct edit_slot *s = &c.slot[i];

		s->inside = edit_any_in(ed, s->node);
		if (edit_removed(ed, s->node)) {
			s->what = EDIT_GONE;
			c.kept--;
		}
	}
	return c;
}

/* The list without the items that operations remove. */
int
edit_remove(struct edit *ed, const struct edit_site *site)
{
	struct edit_change c = mark_items(ed, site->node);
	int rc = edit_change_run(ed, site, &c);

	edit_change_release(&c);
	return rc;
}

/*
 * Items at the end of what is, or may become, a list; those that are removed from
 * it go in the same change, so that the new ones find their place.
 */
int
edit_extend(struct edit *ed, const struct edit_site *site, const struct val *items)
{
	const struct yaml_node *n = site->node;
	struct edit_change c;
	uint32_t after;
	int rc;

	if (n->kind == YAML_ALIAS)
		return edit_refuse(ed, n->start, "it is an alias, '*%s'", n->text);
	if (n->kind == YAML_SCALAR && yaml_scalar_kind(n) == VAL_NULL)
		return edit_replace(ed, site, items);
	if (n->kind != YAML_SEQ)
		return edit_refuse(ed, n->start, "it is not a list");
	c = mark_items(ed, n);
	after = edit_last_kept(&c);
	for (size_t i = 0; i < items->n; i++)
		edit_change_add(&c, &(struct edit_add){ .after = after, .rank = i,
		    .val = items->v[i] });
	rc = edit_change_run(ed, site, &c);
	edit_change_release(&c);
	return rc;
}
