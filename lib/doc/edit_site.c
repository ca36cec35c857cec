/*
 * Where a value stands, how things look there, and whether it may be touched.
 *
 * The tree knows no parents, so a site is made on the way down: the column of
 * the keys or dashes around the value, the byte behind its ':' or '-', whether
 * brackets are open, and whether all is quoted there as in JSON.  New text is
 * laid out like what stands next to it, else like the file at large.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "doc/edit_plan.h"

int
edit_refuse(struct edit *ed, uint32_t at, const char *fmt, ...)
{
	char why[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	return yaml_refuse(ed->e, ed->name, ed->text, ed->len, at, "cannot edit this: %s", why);
}

/* Does what stands elsewhere change with the inside of this collection? */
int
edit_guard(struct edit *ed, const struct yaml_node *c)
{
	for (const struct yaml_node *a = ed->y->alias; a != NULL; a = yaml_prop(a)->next) {
		const struct yaml_node *t = yaml_prop(a)->target;

		if (t->start <= c->start && c->end <= t->end)
			return edit_refuse(ed, c->start, "it has the anchor '&%s', which is used "
			    "elsewhere", a->text);
	}
	return 0;
}

/* Is something in [start, end) used from outside of it? */
int
edit_guard_gone(struct edit *ed, uint32_t start, uint32_t end)
{
	for (const struct yaml_node *a = ed->y->alias; a != NULL; a = yaml_prop(a)->next) {
		const struct yaml_node *t = yaml_prop(a)->target;

		if (t->start >= start && t->start <= end && (a->start < start || a->start >= end))
			return edit_refuse(ed, t->start, "it has the anchor '&%s', which is used "
			    "elsewhere", a->text);
	}
	return 0;
}

/* The columns from a dash to the item behind it, 0 if that is not on its line. */
static uint32_t
dash_of(const struct edit *ed, const struct yaml_node *list)
{
	const struct yaml_node *item = list->child;
	const struct yaml_prop *p = yaml_prop(item);
	uint32_t start = p ? p->start : item->start;

	return item->implicit || edit_starts_line(ed, start) ? 0 : start - list->start;
}

/* Takes over the layout of what is nested directly in a block collection. */
void
edit_habit_of(const struct edit *ed, const struct yaml_node *node, struct edit_habit *h)
{
	uint32_t col, in;

	if (node->style != YAML_BLOCK || node->child == NULL)
		return;
	if (node->kind == YAML_SEQ) {
		if (dash_of(ed, node) > 0)
			h->dash = dash_of(ed, node);
		return;
	}
	col = edit_col(ed, node->start);
	for (const struct yaml_node *v = node->child; v != NULL; v = v->next) {
		if (v->style != YAML_BLOCK || v->child == NULL)
			continue;
		in = edit_col(ed, v->start);
		if (v->kind == YAML_MAP && in > col)
			h->step = in - col;
		else if (v->kind == YAML_SEQ && in >= col) {
			h->list = in - col;
			edit_habit_of(ed, v, h);
		}
	}
}

/* New text for what is at or in `near`: laid out as beside it, and as in its last item. */
struct edit_ink
edit_ink_of(const struct edit *ed, const struct edit_site *site, const struct yaml_node *near)
{
	struct edit_ink ink = { .habit = ed->habit, .flow = site->flow, .quote = site->quote };
	const struct yaml_node *n = near->child;

	/* A whole file may be one line of JSON: its end is not looked for every time. */
	if (ink.flow || near->style == YAML_FLOW) {
		ink.eol = ed->y->crlf ? "\r\n" : "\n";
		return ink;
	}
	ink.eol = edit_eol(ed, near->start);
	if (site->up != NULL)
		edit_habit_of(ed, site->up, &ink.habit);
	edit_habit_of(ed, near, &ink.habit);
	if (near->kind != YAML_SEQ || n == NULL)
		return ink;
	while (n->next != NULL)
		n = n->next;
	edit_habit_of(ed, n, &ink.habit);
	return ink;
}

static bool
all_quoted(const struct yaml_node *map)
{
	for (const struct yaml_node *v = map->child; v != NULL; v = v->next)
		if (v->key->style != YAML_DOUBLE)
			return false;
	return true;
}

/* The end of what stands on the line of `at` from there on, before blanks and a comment. */
uint32_t
edit_content_stop(const struct edit *ed, uint32_t at)
{
	size_t i = edit_notes_from(ed, at);
	uint32_t stop = edit_line_stop(ed, at);

	if (i < ed->notes.n && ed->notes.v[i].start < stop)
		stop = ed->notes.v[i].start;
	return edit_back_blanks(ed, stop);
}

/* Behind the dash of an item that starts at `at`, on its line or on one above. */
static uint32_t
behind_dash(const struct edit *ed, uint32_t at)
{
	at = edit_back_blanks(ed, at);
	while (at > ed->first && edit_line_start(ed, at) == at) {
		uint32_t above = edit_line_start(ed, at - 1 - (ed->text[at - 1] == '\n' &&
		    at - 1 > ed->first && ed->text[at - 2] == '\r'));

		at = edit_content_stop(ed, above);
		if (at <= above)
			at = above;
	}
	return at > ed->first && ed->text[at - 1] == '-' ? at : EDIT_NONE;
}

/* The site of a child of what stands at `site`. */
struct edit_site
edit_child(const struct edit *ed, const struct edit_site *site, const struct yaml_node *child)
{
	const struct yaml_node *up = site->node;
	const struct yaml_prop *p = yaml_prop(child);
	struct edit_site in = {
		.node = child,
		.up = up,
		.key = child->key,
		.after = EDIT_NONE,
		.flow = site->flow || up->style == YAML_FLOW,
		.quote = site->quote,
		.depth = (uint16_t)(site->depth + 1),
	};

	if (!in.flow)
		in.col = (int)edit_col(ed, up->start);
	if (up->kind == YAML_MAP && up->n > 0)
		in.quote = in.flow && all_quoted(up);
	if (child->kind != YAML_ALIAS && p != NULL)
		in.after = p->end;
	else if (child->key != NULL) {
		uint32_t colon = edit_skip_space(ed, child->key->end);

		if (colon < child->start && ed->text[colon] == ':')
			in.after = colon + 1;
	} else if (!in.flow)
		in.after = behind_dash(ed, child->start);
	return in;
}
