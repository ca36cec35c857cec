/*
 * Lines, columns and comments of the old text, by bytes.
 *
 * Structure always comes from the tree, never from here: a comment may stand
 * at any column.  Lines end where libyaml ends them, at LF, CR, CR LF, NEL, LS
 * and PS, since that is where a comment ends for it, too.
 */
#include <string.h>

#include "base/vec.h"
#include "doc/edit_plan.h"

/* The bytes of the line break at `at`, 0 if there is none. */
static uint32_t
break_at(const char *text, size_t len, uint32_t at)
{
	const char *p = text + at;
	size_t left = len - at;

	if (left == 0)
		return 0;
	if (*p == '\n')
		return 1;
	if (*p == '\r')
		return left > 1 && p[1] == '\n' ? 2 : 1;
	if (left > 1 && memcmp(p, "\xc2\x85", 2) == 0)
		return 2;
	if (left > 2 && (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
		return 3;
	return 0;
}

/* Do these bytes end with a line break?  None at all are as good as one. */
bool
edit_ends_line(const char *text, size_t len)
{
	const char *p = text + len;

	if (len == 0 || p[-1] == '\n' || p[-1] == '\r')
		return true;
	if (len >= 2 && memcmp(p - 2, "\xc2\x85", 2) == 0)
		return true;
	return len >= 3 && (memcmp(p - 3, "\xe2\x80\xa8", 3) == 0 ||
	    memcmp(p - 3, "\xe2\x80\xa9", 3) == 0);
}

/* Is `at` behind a line break, or at the start?  Not between CR and LF. */
static bool
behind_break(const struct edit *ed, uint32_t at)
{
	const char *p = ed->text + at;

	if (at > ed->first && p[-1] == '\r' && at < ed->len && *p == '\n')
		return false;
	return edit_ends_line(ed->text + ed->first, at - ed->first);
}

uint32_t
edit_stop_of(const char *text, size_t len, uint32_t at)
{
	while (at < len && break_at(text, len, at) == 0)
		at++;
	return at;
}

uint32_t
edit_line_start(const struct edit *ed, uint32_t at)
{
	while (!behind_break(ed, at))
		at--;
	return at;
}

uint32_t
edit_line_stop(const struct edit *ed, uint32_t at)
{
	return edit_stop_of(ed->text, ed->len, at);
}

uint32_t
edit_line_next(const struct edit *ed, uint32_t at)
{
	at = edit_line_stop(ed, at);
	return at + break_at(ed->text, ed->len, at);
}

/* A block scalar that keeps its blank lines ends behind a break, all else before one. */
uint32_t
edit_line_after(const struct edit *ed, uint32_t end)
{
	return end > ed->first && behind_break(ed, end) ? end : edit_line_next(ed, end);
}

uint32_t
edit_col(const struct edit *ed, uint32_t at)
{
	return at - edit_line_start(ed, at);
}

uint32_t
edit_skip_blanks(const struct edit *ed, uint32_t at)
{
	while (at < ed->len && (ed->text[at] == ' ' || ed->text[at] == '\t'))
		at++;
	return at;
}

uint32_t
edit_back_blanks(const struct edit *ed, uint32_t at)
{
	while (at > ed->first && (ed->text[at - 1] == ' ' || ed->text[at - 1] == '\t'))
		at--;
	return at;
}

uint32_t
edit_skip_space(const struct edit *ed, uint32_t at)
{
	for (;;) {
		at = edit_skip_blanks(ed, at);
		if (at < ed->len && ed->text[at] == '#')
			at = edit_line_stop(ed, at);
		if (break_at(ed->text, ed->len, at) == 0)
			return at;
		at += break_at(ed->text, ed->len, at);
	}
}

bool
edit_starts_line(const struct edit *ed, uint32_t at)
{
	return behind_break(ed, edit_back_blanks(ed, at));
}

/* Is the line at `at` blank from there on?  The end of the text is no line. */
bool
edit_blank_line(const struct edit *ed, uint32_t at)
{
	return at < ed->len && break_at(ed->text, ed->len, edit_skip_blanks(ed, at)) > 0;
}

/*
 * The end of the lines that belong to an entry at column `col` whose content
 * ends at `end`: the rest of its last line, and comment lines that are indented
 * deeper than the entry, with blank lines between them.
 */
uint32_t
edit_region(const struct edit *ed, uint32_t end, uint32_t col)
{
	uint32_t region = edit_line_after(ed, end), at = region;

	while (at < ed->len) {
		uint32_t word = edit_skip_blanks(ed, at);

		if (word < ed->len && ed->text[word] == '#' && word - at > col)
			region = edit_line_next(ed, at);
		else if (!edit_blank_line(ed, at))
			break;
		at = edit_line_next(ed, at);
	}
	return region;
}

/*
 * May a block scalar with its content at column `col` end before the line that
 * starts at `at`?  Not if comments or blanks there would become content.
 */
bool
edit_literal_fits(const struct edit *ed, uint32_t at, uint32_t col)
{
	while (at < ed->len) {
		uint32_t word = edit_skip_blanks(ed, at);

		if (word == ed->len)
			return word - at <= col;
		if (ed->text[word] == '#')
			return word - at < col;
		if (break_at(ed->text, ed->len, word) == 0)
			return true;
		if (word - at > col || memchr(ed->text + at, '\t', word - at) != NULL)
			return false;
		at = word + break_at(ed->text, ed->len, word);
	}
	return true;
}

/* The line end of the line at `at`; of the last line, that of the first. */
const char *
edit_eol(const struct edit *ed, uint32_t at)
{
	at = edit_line_stop(ed, at);
	if (at < ed->len && ed->text[at] == '\r')
		return edit_line_next(ed, at) - at == 2 ? "\r\n" : "\r";
	return at == ed->len && ed->y->crlf ? "\r\n" : "\n";
}

static uint32_t
next_hash(const char *text, size_t len, uint32_t at)
{
	const char *p = at < len ? memchr(text + at, '#', len - at) : NULL;

	return p ? (uint32_t)(p - text) : (uint32_t)len;
}

void
edit_notes_begin(struct edit_notes *s, const char *text, size_t len)
{
	*s = (struct edit_notes){ .next = next_hash(text, len, 0) };
}

/*
 * Notes the comments between what was looked at before and `start`, and goes on
 * behind `end`.  Called for every scalar in the order of the text: outside of
 * scalars a '#' can only start a comment, inside it never does.
 */
void
edit_notes_to(struct edit_notes *s, const char *text, size_t len, uint32_t start, uint32_t end)
{
	while (s->next < start) {
		struct edit_note note = { s->next, edit_stop_of(text, len, s->next) };

		s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
		s->v[s->n++] = note;
		s->next = next_hash(text, len, note.end);
	}
	if (s->next < end)
		s->next = next_hash(text, len, end);
}

/* The header of a block scalar counts as outside, for the comment it may have. */
void
edit_notes_scalar(struct edit_notes *s, const char *text, size_t len, uint32_t start, uint32_t end,
    int style)
{
	if (style == YAML_LITERAL || style == YAML_FOLDED)
		start = edit_stop_of(text, len, start);
	edit_notes_to(s, text, len, start, end > start ? end : start);
}

static void
notes_of(struct edit_notes *s, const struct yaml *y, const struct yaml_node *n)
{
	for (; n != NULL && s->next < y->len; n = n->next) {
		const struct yaml_key *k = n->key;

		if (k != NULL)
			edit_notes_scalar(s, y->text, y->len, k->start, k->end, k->style);
		if (n->child != NULL)
			notes_of(s, y, n->child);
		else if (n->kind == YAML_SCALAR || n->kind == YAML_ALIAS)
			edit_notes_scalar(s, y->text, y->len, n->start, n->end, n->style);
	}
}

/* All comments of a parsed text. */
void
edit_notes_tree(struct edit_notes *s, const struct yaml *y)
{
	edit_notes_begin(s, y->text, y->len);
	notes_of(s, y, y->root);
	edit_notes_to(s, y->text, y->len, (uint32_t)y->len, (uint32_t)y->len);
}

/* The number of the first comment at or behind `at`. */
size_t
edit_notes_from(const struct edit *ed, uint32_t at)
{
	size_t low = 0, high = ed->notes.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ed->notes.v[mid].start < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
