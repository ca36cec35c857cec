/*
 * outline: the line scanner against libyaml
 *
 * Of a text that libyaml takes the scanner says no, or where exactly each item, each
 * of its keys and each simple value stands; and the lines of an item, read alone, have
 * the value that the item has in the whole.  After a change the outline that is patched is
 * the one that is read.  A text that begins with a NUL is choices for tests/lib/hand.h
 * instead.
 */
#include "../lib/fuzz.h"
#include "../lib/hand.h"
#include "../lib/outlines.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/outline.h"
#include "doc/val.h"
#include "doc/yaml.h"

static const struct outline_names names = { .list = "tasks", .mark = "next_id",
	.wanted = { "id", "status", "title" } };
#define WANTED 3

/* The line of `at`. */
static uint32_t
line_of(const char *text, uint32_t at)
{
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

static void
check_value(const char *text, const struct outline_key *k, const struct yaml_node *n)
{
	uint32_t quote = k->kind == OUTLINE_SINGLE || k->kind == OUTLINE_DOUBLE;
	int style = k->kind == OUTLINE_SINGLE ? YAML_SINGLE : k->kind == OUTLINE_DOUBLE ?
	    YAML_DOUBLE : k->kind == OUTLINE_FLOW ? YAML_FLOW : YAML_PLAIN;

	if (k->kind == OUTLINE_OTHER)
		return;
	must(n->style == style, "'%s': style %d, %d said", n->key->text, n->style, style);
	must(n->start == k->at - quote && n->end == k->at + k->len + quote, "'%s': %u-%u, not %u-%u",
	    n->key->text, n->start, n->end, k->at, k->at + k->len);
	if (k->kind != OUTLINE_FLOW)
		must(n->kind == YAML_SCALAR && n->len == k->len &&
		    memcmp(n->text, text + k->at, k->len) == 0, "'%s': '%s'", n->key->text, n->text);
}

/* The lines of the item number i as a text of their own. */
static void
check_alone(const char *text, const struct outline *o, size_t i, const struct yaml_node *item)
{
	uint32_t start = o->v[i].start;
	struct val *whole = yaml_value(item), *part;
	struct err e = { 0 };
	struct yaml y;
	int rc = yaml_parse(&y, text + start, o->v[i + 1].start - start, "alone", &e);

	must(rc == 0, "%s", e.msg);
	must(y.root != NULL && y.root->kind == YAML_SEQ && y.root->n == 1, "item %zu", i);
	part = yaml_value(y.root->child);
	must(val_same(whole, part), "item %zu has another value alone", i);
	must(item->start - start == y.root->child->start, "item %zu", i);
	val_free(whole);
	val_free(part);
	yaml_release(&y);
}

static void
check_item(const char *text, const struct outline *o, size_t i, const struct yaml_node *item)
{
	const struct yaml_node *n = item->child;
	uint32_t at = o->v[i].start;
	struct outline_key k;

	must(item->kind == YAML_MAP && item->style == YAML_BLOCK, "item %zu is no block map", i);
	must(line_of(text, item->start) == o->v[i].start, "item %zu at %u", i, item->start);
	must(text[o->v[i].start + o->dash] == '-' && item->end <= o->v[i + 1].start, "item %zu", i);
	while (outline_next(o, i, text, &at, &k)) {
		must(n != NULL, "item %zu: a key too many at %u", i, k.key);
		must(n->key->start == k.key && n->key->len == k.key_len, "item %zu: '%s' at %u, not %u", i,
		    n->key->text, n->key->start, k.key);
		check_value(text, &k, n);
		n = n->next;
	}
	must(n == NULL, "item %zu: '%s' was passed over", i, n->key->text);
	for (size_t w = 0; w < WANTED; w++) {
		n = yaml_own(item, names.wanted[w]);
		must(o->v[i].wanted[w] == (n != NULL ? n->key->start : OUTLINE_NONE), "item %zu: '%s'", i,
		    names.wanted[w]);
	}
	check_alone(text, o, i, item);
}

static void
check_patches(const char *text, size_t len, const struct outline *o)
{
	const struct buf old = buf_view(text, len);
	struct dice d = dice_of(text, len);

	must(outline_fits(o, text, len, &names), "it does not fit");
	for (int i = 0; i < 4; i++) {
		struct patch p = { 0 };

		outlines_damage(&d, &old, &p);
		must(outlines_compare(o, &old, &p, &names) != OUTLINES_WRONG, "patch %d", i);
		patch_release(&p);
	}
}

static void
check_text(const char *text, size_t len)
{
	struct outline o = { 0 };
	struct err e = { 0 };
	struct yaml y;
	bool yes = outline_read(&o, text, len, &names);

	if (yes && yaml_parse(&y, text, len, "t", &e) == 0) {
		const struct yaml_node *list = yaml_own(y.root, "tasks"), *item;
		const struct yaml_node *mark = yaml_own(y.root, "next_id");
		size_t i = 0;

		must(list != NULL, "there are no tasks");
		must(o.mark == (mark != NULL ? mark->key->start : OUTLINE_NONE), "next_id at %u", o.mark);
		must(o.end <= len && o.list <= o.end && o.v[o.n].start == o.end, "the end, %u", o.end);
		must(list->kind == YAML_SEQ ? list->n == o.n : o.n == 0, "%zu items", o.n);
		must(list->end <= o.end || o.n == 0, "%u", list->end);
		if (list->kind == YAML_SEQ)
			for (item = list->child; item != NULL; item = item->next, i++)
				check_item(text, &o, i, item);
		if (list->next != NULL && o.n > 0)
			must(list->next->key->start >= o.end, "'%s' in the list", list->next->key->text);
		yaml_release(&y);
	}
	if (yes) {
		check_patches(text, len, &o);
		outline_release(&o);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dice d = { .data = data + 1, .left = len > 0 ? len - 1 : 0 };
	struct buf made = { 0 };
	char *text = text_of(data, len);

	if (len > 0 && *data == 0) {
		hand_file(&d, &made);
		check_text(buf_str(&made), made.len);
		buf_release(&made);
	} else
		check_text(text, len);
	free(text);
	return 0;
}
