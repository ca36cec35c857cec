/*
 * yaml: spans of a tree, and its values against libyaml's own
 *
 * Every span lies in the text, in that of its parent and behind its sibling's; the
 * span of a plain or quoted scalar, read alone, is that scalar; the tree has the
 * nodes and texts that libyaml's loader finds; a refusal names a place of the text.
 */
#include <yaml.h>

#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "doc/yaml.h"

static size_t nodes;

/* The scalar in a text of its own, laid out so that its lines stay where they may be. */
static void
check_alone(const struct yaml *y, const struct yaml_node *n, bool flow, bool root)
{
	struct buf b = { 0 };
	struct yaml alone;
	struct err e = { 0 };
	const struct yaml_node *got;
	int rc;

	buf_puts(&b, flow ? "[" : root ? "--- " : "- ");
	buf_append(&b, y->text + n->start, n->end - n->start);
	buf_puts(&b, flow ? ",\n ]" : "\n");
	rc = yaml_parse(&alone, buf_str(&b), b.len, "alone", &e);
	must(rc == 0, "%s in '%s'", e.msg, buf_str(&b));
	got = root && !flow ? alone.root : alone.root->child;
	must(got != NULL && got->kind == YAML_SCALAR && got->style == n->style &&
	    got->len == n->len && memcmp(got->text, n->text, n->len) == 0, "'%s'", buf_str(&b));
	yaml_release(&alone);
	buf_release(&b);
}

/* From `at` on; where it ends. */
static uint32_t
check_node(const struct yaml *y, const struct yaml_node *n, uint32_t at, bool flow, bool root)
{
	const struct yaml_prop *p = yaml_prop(n);
	uint32_t count = 0, start = n->start;

	nodes++;
	if (n->key != NULL) {
		must(n->key->start >= at && n->key->start <= n->key->end, "key at %u", n->key->start);
		must(strlen(n->key->text) == n->key->len, "key at %u", n->key->start);
		at = n->key->end;
		nodes++;
	}
	if (p != NULL) {
		must(p->start >= at && p->start <= p->end, "properties at %u", p->start);
		must(n->kind == YAML_ALIAS || (p->end <= n->start), "value at %u", n->start);
	}
	must(start >= at && start <= n->end && n->end <= y->len, "%u-%u behind %u", start, n->end, at);
	if (n->kind == YAML_SCALAR || n->kind == YAML_ALIAS) {
		must(n->child == NULL && strlen(n->text) == n->len, "at %u", start);
		must(!n->implicit || (n->start == n->end && n->len == 0), "at %u", start);
		if (n->kind == YAML_SCALAR && !n->implicit && n->style != YAML_LITERAL &&
		    n->style != YAML_FOLDED && (p == NULL || p->tag == NULL))
			check_alone(y, n, flow, root);
		must(n->kind != YAML_ALIAS || yaml_deref(n)->kind != YAML_ALIAS, "at %u", start);
		return p != NULL && p->end > n->end ? p->end : n->end;
	}
	at = n->start;
	flow = flow || n->style == YAML_FLOW;
	for (const struct yaml_node *c = n->child; c != NULL; c = c->next, count++) {
		must((c->key != NULL) == (n->kind == YAML_MAP), "at %u", c->start);
		at = check_node(y, c, at, flow, false);
		must(n->kind != YAML_MAP || yaml_own(n, c->key->text) == c, "key at %u", c->key->start);
	}
	must(count == n->n, "%u of %u", count, n->n);
	must(at <= n->end, "%u, ends at %u", at, n->end);
	return n->end;
}

/* libyaml's document against ours, aliases followed in both. */
static void
check_same(yaml_document_t *d, int index, const struct yaml_node *n)
{
	const yaml_node_t *m = yaml_document_get_node(d, index);

	n = yaml_deref(n);
	must(m != NULL && n != NULL, "a node is missing");
	if (m->type == YAML_SCALAR_NODE) {
		must(n->kind == YAML_SCALAR && n->len == m->data.scalar.length &&
		    memcmp(n->text, m->data.scalar.value, n->len) == 0, "'%s'", m->data.scalar.value);
		return;
	}
	if (m->type == YAML_SEQUENCE_NODE) {
		yaml_node_item_t *i = m->data.sequence.items.start;

		must(n->kind == YAML_SEQ, "at %u", n->start);
		for (n = n->child; n != NULL && i < m->data.sequence.items.top; n = n->next, i++)
			if (n->kind != YAML_ALIAS)
				check_same(d, *i, n);
		must(n == NULL && i == m->data.sequence.items.top, "another number of items");
		return;
	}
	must(n->kind == YAML_MAP, "at %u", n->start);
	n = n->child;
	for (yaml_node_pair_t *i = m->data.mapping.pairs.start; i < m->data.mapping.pairs.top; i++) {
		const yaml_node_t *k = yaml_document_get_node(d, i->key);

		must(n != NULL && k->type == YAML_SCALAR_NODE &&
		    strcmp(n->key->text, (const char *)k->data.scalar.value) == 0, "a key");
		if (n->kind != YAML_ALIAS)
			check_same(d, i->value, n);
		n = n->next;
	}
	must(n == NULL, "another number of keys");
}

static void
check_loaded(const struct yaml *y)
{
	yaml_document_t d;
	yaml_parser_t p;
	size_t skip = y->bom ? 3 : 0;

	yaml_parser_initialize(&p);
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)y->text + skip, y->len - skip);
	if (yaml_parser_load(&p, &d)) {
		if (y->root != NULL)
			check_same(&d, 1, y->root);
		yaml_document_delete(&d);
	} else	/* the one thing that its loader refuses and its parser does not */
		must(p.context != NULL && strstr(p.context, "duplicate anchor"), "%s", p.problem);
	yaml_parser_delete(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len);
	struct err e = { 0 };
	struct yaml y;

	nodes = 0;
	if (yaml_parse(&y, text, len, "t", &e) < 0) {
		must(e.code == ERR_INVALID && has_place(e.msg, "t", text, len), "%s", e.msg);
	} else {
		if (y.root != NULL) {
			check_node(&y, y.root, y.bom ? 3 : 0, false, true);
			val_free(yaml_value(y.root));
		}
		must(y.close <= len, "%u", y.close);
		check_loaded(&y);
		yaml_release(&y);
	}
	free(text);
	return 0;
}
