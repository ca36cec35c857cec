#include "outlines.h"

#include <string.h>

#include "base/buf.h"

static const char *const pieces[] = {
	"", "", "\n", "\n\n", " ", "  ", "    ", "#", " # x", "- ", "  -", ": ", "\t", "\r\n", "\"", "'",
	"|", ">-\n", "[", "[a, b]", "&a ", "? k\n", "---\n", "...\n", "\xc2\x85", "\xef\xbb\xbf", "1", "23", "zzz",
	"  - id: 7\n", "- id: 8\n", "      - id: 6\n", "    id: 9\n", "    title: new\n", "    status: done\n",
	"    body: |\n      deep\n", "    body: |\n", "      more\n", "x: y\n", "next_id: 12\n", "  next_id: 3\n",
	"tasks:\n", "other:\n  - id: 5\n",
};

static size_t
pick_place(struct dice *d, const struct buf *text, size_t from)
{
	size_t at = from + (text->len > from ? dice(d, (unsigned)(text->len - from + 1)) : 0);
	const char *newline;

	if (once(d, 3) || at >= text->len)
		return at;
	/* What matters stands where lines begin. */
	newline = memchr(text->data + at, '\n', text->len - at);
	return newline == NULL ? text->len : (size_t)(newline - text->data) + 1;
}

void
outlines_damage(struct dice *d, const struct buf *text, struct patch *p)
{
	unsigned n = 1 + dice(d, 3);
	size_t from = 0;

	for (unsigned i = 0; i < n && from <= text->len; i++) {
		const char *piece = pieces[dice(d, sizeof pieces / sizeof *pieces)];
		size_t at = pick_place(d, text, from), end = at;

		if (once(d, 2))
			end = pick_place(d, text, at);
		if (end - at > 200)
			end = at + dice(d, 200);
		patch_add(p, text, at, end, piece, strlen(piece));
		from = end + 1;
	}
}

bool
outlines_same(const struct outline *a, const struct outline *b)
{
	return a->list == b->list && a->end == b->end && a->dash == b->dash && a->mark == b->mark &&
	    a->n == b->n && memcmp(a->v, b->v, a->n * sizeof *a->v) == 0 &&
	    a->v[a->n].start == b->v[b->n].start;
}

enum outlines_end
outlines_compare(const struct outline *o, const struct buf *text, const struct patch *patch,
    const struct outline_names *names)
{
	struct outline read = { 0 }, patched = { 0 };
	struct buf new = { 0 };
	enum outlines_end end;
	bool can_read, can_patch;

	patch_apply(patch, text, &new);
	can_read = outline_read(&read, buf_str(&new), new.len, names);
	can_patch = outline_patch(&patched, o, text, patch, names);
	if (!can_patch)
		end = can_read ? OUTLINES_SLOW : OUTLINES_NONE;
	else if (!can_read || !outlines_same(&read, &patched) ||
	    !outline_fits(&patched, buf_str(&new), new.len, names))
		end = OUTLINES_WRONG;
	else
		end = OUTLINES_SAME;
	outline_release(&read);
	outline_release(&patched);
	buf_release(&new);
	return end;
}
