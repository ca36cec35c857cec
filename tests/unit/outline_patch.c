/*
 * outline_patch - patched, an outline is the one that a reading of the new text has
 *
 * Random files, and edits of two kinds: those that commands make, for which it must say
 * yes, and pieces of task files put anywhere, for which it may say no.
 */
#include "base/buf.h"
#include "doc/outline.h"

#include "../lib/outlines.h"
#include "../lib/tap.h"

#define ROUNDS 40000

static const struct outline_names names = { .list = "tasks", .mark = "next_id",
	.wanted = { "id", "status", "title", "agent", "priority", "created_at", "depends_on", "retry_at" } };

static struct dice d = { .seed = 7 };

#define N(a) ((unsigned)(sizeof(a) / sizeof *(a)))
#define ONE_OF(a) ((a)[dice(&d, N(a))])

static const char *const heads[] = {
	"tasks:\n", "next_id: 9\ntasks:\n", "---\nversion: 1\nnext_id: 99 # c\n\n# the list\ntasks: # here\n",
	"# yaml\n\nnote: |\n  tasks:\n   - id: 1\ntasks:\n\n  # the first\n",
};

static const char *const tails[] = {
	"", "", "# end\n", "next_id: 12\n", "\nother:\n  - a\nnext_id: 7\n", "    # deep\n\nnote: >\n  - id: 3\n",
};

/* A value, at the column of the keys; '@' is that many blanks. */
static const char *const values[] = {
	"title: plain\n", "title: \"q: x\" # y\n", "status: done\n", "status: new\n", "agent: sh\n", "priority: low\n",
	"created_at: 2026-11-21T10:25:00Z\n", "depends_on: [1, 2]\n", "depends_on:\n@- 1\n@- 2\n",
	"verify:\n@  - make\n", "body: |\n@  text\n\n@  - id: 4\n", "body: |\n@  text\n@# less\n",
	"history:\n@  - at: x\n@    status: new\n", "\n", "# a comment\n", "@# one deeper\n",
	"note: >-\n@  a\n@  b\n", "x: {a: 1}\n", "body: two\n@  lines\n",
};

static void
put_value(struct buf *b, const char *value, unsigned col)
{
	for (const char *p = value; *p != '\0'; p++)
		if (*p == '@')
			buf_printf(b, "%*s", (int)col, "");
		else
			buf_putc(b, *p);
}

static void
put_item(struct buf *b, unsigned id, unsigned dash)
{
	buf_printf(b, "%*s- id: %u\n", (int)dash, "", id);
	for (unsigned k = dice(&d, 6); k > 0; k--) {
		const char *value = ONE_OF(values);

		if (*value != '\n' && *value != '@')
			buf_printf(b, "%*s", (int)dash + 2, "");
		put_value(b, value, dash + 2);
	}
}

static void
make_file(struct buf *b, unsigned dash)
{
	unsigned n = 1 + dice(&d, 5);

	buf_cut(b, 0);
	buf_puts(b, ONE_OF(heads));
	for (unsigned i = 0; i < n; i++)
		put_item(b, 1 + i, dash);
	buf_puts(b, ONE_OF(tails));
	if (once(&d, 6))
		buf_cut(b, b->len - 1);
}

static size_t
line_end(const struct buf *b, size_t at)
{
	const char *p = memchr(b->data + at, '\n', b->len - at);

	return p == NULL ? b->len : (size_t)(p - b->data) + 1;
}

/* Key `k` of the item number i, and where its value ends. */
static void
find_key(const struct outline *o, const struct buf *b, size_t i, unsigned k, uint32_t *from,
    uint32_t *to)
{
	struct outline_key key;
	uint32_t at = o->v[i].start;

	*from = *to = at;
	while (outline_next(o, i, b->data, &at, &key)) {
		*from = key.key;
		*to = at;
		if (k-- == 0)
			break;
	}
}

/* What a command does: a value set, put in or taken out, next_id, items added or removed. */
static void
edit(const struct outline *o, const struct buf *b, struct patch *p)
{
	unsigned dash = o->dash;
	size_t i = dice(&d, (unsigned)o->n);
	uint32_t from, to;
	struct buf new = { 0 };

	if (o->mark < o->list && once(&d, 3)) {
		buf_printf(&new, "next_id: %u", 1 + dice(&d, 2000));
		patch_add(p, b, o->mark, line_end(b, o->mark) - 1, new.data, new.len);
		buf_cut(&new, 0);
	}
	for (unsigned more = 1 + dice(&d, 3); more > 0 && i < o->n; more--, i += 1 + dice(&d, 2)) {
		unsigned how = dice(&d, 8);

		find_key(o, b, i, dice(&d, 4), &from, &to);
		buf_cut(&new, 0);
		if (how < 4) {
			put_value(&new, values[dice(&d, 9)], dash + 2);
			/* The first key stands behind the dash. */
			patch_add(p, b, from, line_end(b, from), new.data, new.len);
		} else if (how < 6) {
			buf_printf(&new, "%*s", (int)dash + 2, "");
			put_value(&new, values[dice(&d, 9)], dash + 2);
			patch_add(p, b, line_end(b, from), line_end(b, from), new.data, new.len);
		} else if (how == 6 && from > o->v[i].start + dash + 2) {
			patch_add(p, b, from - dash - 2, to, "", 0);
		} else if (how == 7 && o->n > 1) {
			patch_add(p, b, o->v[i].start, o->v[i + 1].start, "", 0);
		}
	}
	buf_cut(&new, 0);
	if (once(&d, 4) && i < o->n + 3 && (p->n == 0 || p->v[p->n - 1].end < o->end) &&
	    b->data[o->end - 1] == '\n') {
		for (unsigned more = 1 + dice(&d, 2); more > 0; more--)
			put_item(&new, 50 + more, dash);
		patch_add(p, b, o->end, o->end, new.data, new.len);
	}
	buf_release(&new);
}

static void
random_edits(bool by_command)
{
	unsigned count[OUTLINES_WRONG + 1] = { 0 }, files = 0;
	struct buf b = { 0 };

	for (unsigned i = 0; i < ROUNDS && count[OUTLINES_WRONG] < 3; i++) {
		struct outline o;
		struct patch p = { 0 };
		enum outlines_end end;

		make_file(&b, once(&d, 3) ? 0 : 2);
		if (!outline_read(&o, buf_str(&b), b.len, &names))
			continue;
		files++;
		if (by_command)
			edit(&o, &b, &p);
		else
			outlines_damage(&d, &b, &p);
		end = outlines_compare(&o, &b, &p, &names);
		count[end]++;
		if (end == OUTLINES_WRONG) {
			printf("# round %u:\n%s\n# with\n", i, buf_str(&b));
			for (size_t k = 0; k < p.n; k++)
				printf("# %u to %u: '%.*s'\n", p.v[k].start, p.v[k].end, (int)p.v[k].len,
				    buf_str(&p.ink) + p.v[k].at);
		}
		patch_release(&p);
		outline_release(&o);
	}
	printf("# %u texts: %u outlines the same, %u slow, %u have none\n", files, count[OUTLINES_SAME],
	    count[OUTLINES_SLOW], count[OUTLINES_NONE]);
	is_int(count[OUTLINES_WRONG], 0, by_command ? "edits by commands: none is wrong" :
	    "pieces anywhere: none is wrong");
	ok(files > ROUNDS / 2, "many texts have an outline");
	if (by_command)
		ok(count[OUTLINES_SAME] > ROUNDS / 2 && count[OUTLINES_SLOW] * 1000 < count[OUTLINES_SAME],
		    "nearly all are patched");
	else
		ok(count[OUTLINES_SAME] > ROUNDS / 10 && count[OUTLINES_NONE] > ROUNDS / 10,
		    "of both kinds there are many");
	buf_release(&b);
}

int
main(void)
{
	random_edits(true);
	random_edits(false);
	return done_testing();
}
