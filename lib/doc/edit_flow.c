/*
 * Entries of a flow collection: text between brackets and commas.
 *
 * An entry goes with one comma, and leaves its comments.  A new one comes with
 * one, on a line of its own where its neighbours have that, else on the line.
 */
#include <stdlib.h>
#include <string.h>

#include "doc/edit_plan.h"

struct flow {
	struct edit *ed;
	const struct edit_site *site;
	const struct edit_change *c;
};

static const struct yaml_node *
node(const struct flow *f, uint32_t i)
{
	return f->c->slot[i].node;
}

static bool
goes(const struct flow *f, uint32_t i)
{
	return f->c->slot[i].what == EDIT_GONE;
}

static uint32_t
start_of(const struct flow *f, uint32_t i)
{
	const struct yaml_node *n = node(f, i);
	const struct yaml_prop *p = yaml_prop(n);
	uint32_t at, mark;

	if (n->key == NULL)
		return p ? p->start : n->start;
	at = n->key->start;
	mark = edit_back_blanks(f->ed, at);
	if (mark > f->site->node->start && mark < at && f->ed->text[mark - 1] == '?')
		return mark - 1;
	return at;
}

/* "{a: , b: 1}": the blank behind a ':' without a value belongs to it. */
static uint32_t
end_of(const struct flow *f, uint32_t i)
{
	const struct yaml_node *n = node(f, i);

	return n->implicit ? edit_skip_blanks(f->ed, n->end) : n->end;
}

/* Cuts [start, end), but not the comments there nor the ends of their lines. */
static void
cut(const struct flow *f, uint32_t start, uint32_t end)
{
	struct buf text = { 0 };

	edit_keep_notes(f->ed, start, &end, &text);
	edit_put_text(f->ed, start, end, &text, f->site->depth, false);
	buf_release(&text);
}

static void
remove_run(const struct flow *f, uint32_t first, uint32_t last)
{
	if (last + 1 < f->c->n)
		cut(f, start_of(f, first), start_of(f, last + 1));
	else
		cut(f, end_of(f, first - 1), end_of(f, last));
}

static void
write_entry(const struct edit_add *add, const struct edit_ink *ink, struct buf *text)
{
	if (add->key != NULL) {
		edit_write_key(text, add->key, ink);
		buf_puts(text, ": ");
	}
	edit_write_flow(text, add->val, ink);
}

/* A line end and the blanks in front of `at`, which is the first on its line. */
static void
new_line(const struct flow *f, uint32_t at, const struct edit_ink *ink, struct buf *text)
{
	uint32_t start = edit_line_start(f->ed, at);

	buf_puts(text, ink->eol);
	buf_append(text, f->ed->text + start, at - start);
}

static uint32_t
next_kept(const struct flow *f, uint32_t i)
{
	while (i < f->c->n && goes(f, i))
		i++;
	return i;
}

/* In front of an entry: "new, old", or "new," on a line of its own. */
static void
add_before(const struct flow *f, const struct edit_add *add, const struct edit_ink *ink,
    uint32_t i)
{
	struct buf text = { 0 };
	uint32_t at = start_of(f, i);

	write_entry(add, ink, &text);
	if (edit_starts_line(f->ed, at)) {
		buf_putc(&text, ',');
		new_line(f, at, ink, &text);
	} else
		buf_puts(&text, ", ");
	edit_put_text(f->ed, at, at, &text, f->site->depth, false);
	buf_release(&text);
}

/* Behind an entry on its line: "old, new". */
static void
add_beside(const struct flow *f, const struct edit_add *add, const struct edit_ink *ink)
{
	uint32_t end = end_of(f, add->after);
	struct buf text = { 0 };

	if (f->ed->text[end - 1] == ':')
		buf_putc(&text, ' ');
	buf_puts(&text, ", ");
	write_entry(add, ink, &text);
	edit_put_text(f->ed, end, end, &text, f->site->depth, false);
	buf_release(&text);
}

/*
 * Behind the last entry, on a line of its own as that has one; `stop` is the end
 * of the line before.  A comma goes to where the old entry ends, before any
 * comment; if there is one already the new entry gets one, too.
 */
static void
add_below(const struct flow *f, const struct edit_add *add, const struct edit_ink *ink,
    bool trailing, uint32_t stop)
{
	uint32_t i = add->after, end = end_of(f, i);
	bool first = add == f->c->add || add[-1].after != i;
	struct buf text = { 0 };

	if (!trailing && first) {
		buf_puts(&text, f->ed->text[end - 1] == ':' ? " ," : ",");
		edit_put_text(f->ed, end, end, &text, f->site->depth, false);
		buf_cut(&text, 0);
	} else if (!trailing)
		buf_putc(&text, ',');
	new_line(f, start_of(f, i), ink, &text);
	write_entry(add, ink, &text);
	if (trailing)
		buf_putc(&text, ',');
	edit_put_text(f->ed, stop, stop, &text, f->site->depth, false);
	buf_release(&text);
}

static void
add_last(const struct flow *f, const struct edit_add *add, const struct edit_ink *ink)
{
	const struct edit *ed = f->ed;
	uint32_t end = end_of(f, add->after), comma, stop;
	bool trailing;

	if (add->after + 1 < f->c->n || !edit_starts_line(ed, start_of(f, add->after))) {
		add_beside(f, add, ink);
		return;
	}
	comma = edit_skip_space(ed, end);
	trailing = comma < ed->len && ed->text[comma] == ',';
	stop = edit_line_stop(ed, trailing ? comma : end);
	if (stop < f->site->node->end)
		add_below(f, add, ink, trailing, stop);
	else
		add_beside(f, add, ink);	/* the bracket is on this line */
}

int
edit_flow(struct edit *ed, const struct edit_site *site, const struct edit_change *c)
{
	struct flow f = { ed, site, c };
	struct edit_ink ink = edit_ink_of(ed, site, site->node);
	bool bracket = strchr("[{", ed->text[site->node->start]) != NULL;

	ink.flow = true;
	if (!bracket && (c->adds > 0 || c->kept < c->n))
		return edit_refuse(ed, site->node->start, "a pair in a list without braces");
	if (c->n > 0)
		ink.quote = edit_child(ed, site, c->slot[0].node).quote;
	for (uint32_t i = 0, last; i < c->n; i = last + 1) {
		last = i;
		if (!goes(&f, i))
			continue;
		while (last + 1 < c->n && goes(&f, last + 1))
			last++;
		remove_run(&f, i, last);
	}
	for (size_t i = 0; i < c->adds; i++) {
		const struct edit_add *add = &c->add[i];
		uint32_t next = next_kept(&f, add->after == EDIT_NONE ? 0 : add->after + 1);

		if (next < c->n)
			add_before(&f, add, &ink, next);
		else
			add_last(&f, add, &ink);
	}
	return 0;
}
