/*
 * yaml_parse(): events into a tree.
 *
 * Nodes come from a pool (yaml_pool.h) in the order of the text, so that a walk
 * over the tree is a walk through memory, and are freed all at once.  A scalar
 * node is 48 bytes, a key 24; the few that have an anchor, a tag or a target
 * are allocated behind a struct yaml_prop (flag `props`).
 *
 * Keys and anchor names are interned.  So "is this key twice in this map" is one
 * visit per pair when the map closes, comparing a stamp in the name with the
 * number of the map, and needs neither a table per map nor a quadratic search.
 *
 * Aliases can make a small text a huge value.  Each anchored node knows how
 * many nodes and levels it has when all in it is expanded; an alias adds them
 * to where it stands, and the sums are bounded.  Nothing is ever expanded here.
 */
#include "doc/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml_event.h"
#include "doc/yaml_pool.h"

/* A node with properties; what is expanded counts nodes and levels below. */
struct full {
	struct yaml_prop prop;
	uint32_t nodes;
	uint32_t height;
	bool open;			/* its end was not read yet */
	struct yaml_node node;
};

struct level {
	struct yaml_node *node;
	struct yaml_node **tail;
	const struct yaml_key *key;	/* waits for its value */
	uint32_t nodes, height;
};

struct build {
	struct yaml *y;
	struct yaml_reader r;
	struct yaml_pool pool;
	uint32_t maps;			/* closed so far: the stamp */
	uint64_t expanded;		/* nodes behind aliases */
	uint32_t taken;			/* keys and values so far */
	struct yaml_node **alias_tail;
	unsigned depth;
	struct level level[YAML_DEPTH_MAX];
};

static struct full *
full_of(struct yaml_node *node)
{
	return (struct full *)(void *)((char *)node - offsetof(struct full, node));
}

const struct yaml_prop *
yaml_prop(const struct yaml_node *node)
{
	if (!node->props)
		return NULL;
	return (const struct yaml_prop *)(const void *)
	    ((const char *)node - offsetof(struct full, node));
}

static int
refuse_text(struct build *b, uint32_t at, const char *why, const char *text, size_t len,
    struct err *e)
{
	struct buf seen = { 0 };

	str_visible(&seen, text, str_cut(text, len, 60), false);
	yaml_refuse(e, b->r.name, b->r.text, b->r.len, at, "%s '%s'", why, buf_str(&seen));
	buf_release(&seen);
	return -1;
}

static struct yaml_node *
new_node(struct build *b, const struct yaml_event *ev)
{
	struct yaml_name *name;
	struct yaml_node *n;

	if (ev->anchor == NULL && ev->tag == NULL && ev->step != YAML_STEP_ALIAS) {
		n = arena_take(&b->pool.arena, sizeof *n);
		*n = (struct yaml_node){ 0 };
	} else {
		struct full *f = arena_take(&b->pool.arena, sizeof *f);

		*f = (struct full){ .node.props = true, .nodes = 1 };
		f->prop.start = ev->prop;
		f->prop.end = ev->step == YAML_STEP_ALIAS ? ev->end : ev->prop_end;
		if (ev->tag != NULL)
			f->prop.tag = yaml_intern(&b->pool, ev->tag, strlen(ev->tag))->text;
		n = &f->node;
		if (ev->anchor != NULL) {
			name = yaml_intern(&b->pool, ev->anchor, strlen(ev->anchor));
			name->anchored = n;
			f->prop.anchor = name->text;
		}
	}
	n->style = ev->style;
	n->start = ev->start;
	return n;
}

/*
 * The node of an alias, linked with the others.  What it stands for is added to
 * the sums of where it is.
 */
static struct yaml_node *
new_alias(struct build *b, const struct yaml_event *ev, struct err *e)
{
	struct yaml_name *name = yaml_intern(&b->pool, ev->text, ev->len);
	struct full *f;
	struct yaml_node *node;
	struct level *l = b->depth > 0 ? &b->level[b->depth - 1] : NULL;

	if (name->anchored == NULL) {
		refuse_text(b, ev->start, "nothing has the anchor of", ev->text, ev->len, e);
		return NULL;
	}
	f = full_of(name->anchored);
	if (f->open) {
		refuse_text(b, ev->start, "an alias inside what it stands for,", ev->text,
		    ev->len, e);
		return NULL;
	}
	b->expanded += f->nodes;
	if (b->expanded > YAML_ALIAS_MAX) {
		yaml_refuse(e, b->r.name, b->r.text, b->r.len, ev->start,
		    "aliases stand for more than %d values", YAML_ALIAS_MAX);
		return NULL;
	}
	if (b->depth + f->height > YAML_DEPTH_MAX) {
		yaml_refuse(e, b->r.name, b->r.text, b->r.len, ev->start,
		    "nested more than %d deep through aliases", YAML_DEPTH_MAX);
		return NULL;
	}
	if (l != NULL) {
		l->nodes += f->nodes;
		l->height = f->height > l->height ? f->height : l->height;
	}
	node = new_node(b, ev);
	node->kind = YAML_ALIAS;
	node->end = ev->end;
	node->text = name->text;
	node->len = ev->len;
	full_of(node)->prop.target = name->anchored;
	*b->alias_tail = node;
	b->alias_tail = &full_of(node)->prop.next;
	return node;
}

/* An alias may stand for a key; an anchor on a key can be used like any other. */
static int
take_key(struct build *b, const struct yaml_event *ev, struct err *e)
{
	struct level *l = &b->level[b->depth - 1];
	struct yaml_key *key;
	struct yaml_node *node = NULL;
	const char *text = ev->text;
	size_t len = ev->len;

	if (ev->step == YAML_STEP_ALIAS) {
		node = new_alias(b, ev, e);
		if (node == NULL)
			return -1;
		node = full_of(node)->prop.target;
		text = node->text;
		len = node->len;
	}
	if ((ev->step != YAML_STEP_SCALAR && ev->step != YAML_STEP_ALIAS) || text == NULL)
		return yaml_refuse(e, b->r.name, b->r.text, b->r.len, ev->start,
		    "a key must be text, not a list or a map");
	key = arena_take(&b->pool.arena, sizeof *key);
	*key = (struct yaml_key){
		.kind = ev->step == YAML_STEP_ALIAS ? YAML_ALIAS : YAML_SCALAR,
		.style = ev->style,
		.start = ev->prop,
		.end = ev->end,
		.len = (uint32_t)len,
		.text = yaml_intern(&b->pool, text, len)->text,
	};
	if (ev->anchor != NULL) {
		node = new_node(b, ev);
		node->end = ev->end;
		node->text = key->text;
		node->len = key->len;
	}
	if (yaml_is_merge(key))
		l->node->merge = true;
	l->key = key;
	return 0;
}

static void
add_node(struct build *b, struct yaml_node *node)
{
	struct level *l;

	if (b->depth == 0) {
		b->y->root = node;
		return;
	}
	l = &b->level[b->depth - 1];
	node->key = l->key;
	l->key = NULL;
	*l->tail = node;
	l->tail = &node->next;
	l->node->n++;
	l->nodes++;
}

static int
take_leaf(struct build *b, const struct yaml_event *ev, struct err *e)
{
	struct yaml_node *node;

	if (ev->step == YAML_STEP_ALIAS) {
		node = new_alias(b, ev, e);
		if (node == NULL)
			return -1;
	} else {
		node = new_node(b, ev);
		node->kind = YAML_SCALAR;
		node->end = ev->end;
		node->implicit = ev->implicit;
		node->text = arena_text(&b->pool.arena, ev->text, ev->len);
		node->len = ev->len;
	}
	add_node(b, node);
	return 0;
}

static void
take_open(struct build *b, const struct yaml_event *ev)
{
	struct yaml_node *node = new_node(b, ev);

	node->kind = ev->step == YAML_STEP_MAP ? YAML_MAP : YAML_SEQ;
	if (node->props)
		full_of(node)->open = true;
	add_node(b, node);
	b->level[b->depth++] = (struct level){ .node = node, .tail = &node->child, .nodes = 1 };
}

/* What "<<" may stand for: a map, or a list of maps. */
static bool
can_merge(const struct yaml_node *v, bool list)
{
	v = yaml_deref(v);
	if (v->kind == YAML_MAP)
		return true;
	if (v->kind != YAML_SEQ || !list)
		return false;
	for (v = v->child; v != NULL; v = v->next)
		if (!can_merge(v, false))
			return false;
	return true;
}

static int
check_keys(struct build *b, const struct yaml_node *map, struct err *e)
{
	b->maps++;
	if (map->merge && map->n > YAML_MERGE_MAX)
		return yaml_refuse(e, b->r.name, b->r.text, b->r.len, map->start,
		    "a merge key in a map of more than %d keys", YAML_MERGE_MAX);
	for (const struct yaml_node *v = map->child; v != NULL; v = v->next) {
		struct yaml_name *name = yaml_name_of(v->key->text);

		if (name->stamp == b->maps)
			return refuse_text(b, v->key->start, "duplicate key", v->key->text,
			    v->key->len, e);
		name->stamp = b->maps;
		if (map->merge && yaml_is_merge(v->key) && !can_merge(v, true))
			return yaml_refuse(e, b->r.name, b->r.text, b->r.len, v->start,
			    "a merge key needs a map or a list of maps");
	}
	return 0;
}

static int
take_close(struct build *b, const struct yaml_event *ev, struct err *e)
{
	struct level *l = &b->level[--b->depth], *up;
	struct yaml_node *node = l->node;
	uint32_t height = l->height + 1;

	/* Without a bracket a collection ends where its last child does. */
	node->end = ev->end;
	for (const struct yaml_node *v = node->child; ev->end == 0 && v != NULL; v = v->next)
		if (v->next == NULL) {
			node->end = v->end;
			if (v->implicit && v->props && yaml_prop(v)->end > v->end)
				node->end = yaml_prop(v)->end;
		}
	if (node->props) {
		struct full *f = full_of(node);

		f->nodes = l->nodes;
		f->height = height;
		f->open = false;
	}
	if (b->depth > 0) {
		up = l - 1;
		up->nodes += l->nodes - 1;
		up->height = height > up->height ? height : up->height;
	}
	return node->kind == YAML_MAP ? check_keys(b, node, e) : 0;
}

static int
build(struct build *b, struct err *e)
{
	struct yaml_event ev;
	int rc = 0;

	while (rc == 0) {
		if (yaml_next(&b->r, &ev, e) < 0)
			return -1;
		if (ev.step == YAML_DONE)
			break;
		if (ev.step != YAML_STEP_CLOSE && ++b->taken > YAML_VALUES_MAX)
			return yaml_refuse(e, b->r.name, b->r.text, b->r.len, ev.start,
			    "more than %d keys and values", YAML_VALUES_MAX);
		if (ev.step == YAML_STEP_CLOSE)
			rc = take_close(b, &ev, e);
		else if (b->depth > 0 && b->level[b->depth - 1].node->kind == YAML_MAP &&
		    b->level[b->depth - 1].key == NULL)
			rc = take_key(b, &ev, e);
		else if (ev.step == YAML_STEP_SCALAR || ev.step == YAML_STEP_ALIAS)
			rc = take_leaf(b, &ev, e);
		else
			take_open(b, &ev);
	}
	b->y->close = b->r.close;
	return rc;
}

static bool
first_break_is_crlf(const char *text, size_t len)
{
	const char *lf = memchr(text, '\n', len);

	return lf != NULL && lf > text && lf[-1] == '\r';
}

int
yaml_parse(struct yaml *y, const char *text, size_t len, const char *name, struct err *e)
{
	struct build *b = xcalloc(1, sizeof *b);
	int rc = -1;

	*y = (struct yaml){ .text = text, .len = len };
	b->y = y;
	b->pool.arena.hint = len;
	b->alias_tail = &y->alias;
	if (yaml_open(&b->r, text, len, name, e) < 0)
		goto done;
	y->bom = b->r.bom > 0;
	y->crlf = first_break_is_crlf(text, len);
	if (build(b, e) < 0)
		goto done;
	if (y->root != NULL && y->root->implicit && !y->root->props)
		y->root = NULL;
	rc = 0;
done:
	y->arena = yaml_pool_close(&b->pool);
	if (rc < 0)
		yaml_release(y);
	yaml_close(&b->r);
	free(b);
	return rc;
}

void
yaml_release(struct yaml *y)
{
	arena_release(&y->arena);
	*y = (struct yaml){ 0 };
}
