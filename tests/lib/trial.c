#include "trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "doc/edit.h"
#include "doc/json.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "hand.h"
#include "notes.h"

#define OPS_MAX 24
#define MAPS_MAX 64
#define REFUSED "cannot edit this: "

/* A map of the old tree, what it is in the value, and what it became. */
struct place {
	const struct yaml_node *node;
	struct val *val;
	const struct yaml_node *now;
	bool used;
	char path[200];		/* JSON, without brackets: "tasks",0 */
};

struct job {
	struct dice *d;
	const char *text;
	size_t len;
	struct yaml y, now;
	struct val *want;
	struct place place[MAPS_MAX];
	size_t places;
	struct edit_op op[OPS_MAX];
	struct place *at[OPS_MAX];	/* the place of an operation; NULL: of an item */
	struct val *own[OPS_MAX];
	size_t n;
	bool puts_only;			/* of scalars, for keys that are there */
	struct trial_result *r;
};

__attribute__((format(printf, 2, 3))) static bool
wrong(struct job *j, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->r->why, sizeof j->r->why, fmt, ap);
	va_end(ap);
	return false;
}

/* ---- what to do ---- */

/* All maps that are reached without an alias or a merge. */
static void
find_maps(struct job *j, const struct yaml_node *n, struct val *v, const char *path)
{
	char in[160];
	size_t i = 0;

	if (n == NULL || v == NULL || strlen(path) > 100 || j->places == MAPS_MAX)
		return;
	if (n->kind == YAML_MAP) {
		struct place *p = &j->place[j->places++];

		*p = (struct place){ .node = n, .val = v };
		snprintf(p->path, sizeof p->path, "%s", path);
	} else if (n->kind != YAML_SEQ)
		return;
	for (const struct yaml_node *c = n->child; c != NULL; c = c->next, i++) {
		const char *comma = *path ? "," : "";

		if (c->key == NULL)
			snprintf(in, sizeof in, "%s%s%zu", path, comma, i);
		else {
			struct val *key = val_str(c->key->text);
			struct buf b = { 0 };

			if (strcmp(c->key->text, "<<") != 0 && strlen(key->s) < 20) {
				json_print(&b, key);
				snprintf(in, sizeof in, "%s%s%s", path, comma, buf_str(&b));
			}
			val_free(key);
			if (b.len == 0)
				continue;
			buf_release(&b);
		}
		find_maps(j, c, c->key ? val_get(v, c->key->text) : val_at(v, i), in);
	}
}

/* A list that is there, with its head or tail gone and one more: what a history does. */
static struct val *
rotated(struct dice *d, const struct val *old)
{
	struct val *v = val_list();

	for (size_t i = dice(d, 2); i + dice(d, 2) < old->n; i++)
		if (!once(d, 6))
			val_push(v, val_copy(old->v[i]));
	val_push(v, hand_value(d, 1));
	return v;
}

/* A map that is there, with some keys gone, changed or new. */
static struct val *
altered(struct dice *d, const struct val *old)
{
	struct val *v = val_map();

	for (size_t i = 0; i < old->n; i++)
		if (!once(d, 4))
			val_put(v, old->key[i], once(d, 3) ? hand_value(d, 1) : val_copy(old->v[i]));
	if (once(d, 3))
		val_put(v, "fresh", hand_value(d, 1));
	return v;
}

/* An item of a list that no operation is in. */
static bool
can_go(const struct job *j, const struct yaml_node *list, const struct yaml_node *item)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct yaml_node *at = j->op[i].map;

		if (at != NULL && at->start >= item->start && at->start < item->end)
			return false;
	}
	return list->kind == YAML_SEQ;
}

static bool
goes(const struct job *j, const struct yaml_node *item)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->op[i].kind == EDIT_REMOVE && j->op[i].map == item)
			return true;
	return false;
}

static bool
has_op(const struct job *j, const struct place *p, const char *key)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->op[i].kind != EDIT_REMOVE && j->at[i] == p &&
		    strcmp(j->op[i].key, key) == 0)
			return true;
	return false;
}

static void
push_op(struct job *j, struct place *p, enum edit_kind kind, const char *key, struct val *v)
{
	size_t i = j->n++;

	j->op[i] = (struct edit_op){ .kind = kind, .key = key, .value = v };
	if (p != NULL && (p->node != j->y.root || dice(j->d, 2)))
		j->op[i].map = p->node;
	j->at[i] = p;
	j->own[i] = v;
	if (p != NULL)
		p->used = true;
}

static void
plan_key(struct job *j, struct place *p, const char *key)
{
	struct val *old = val_get(p->val, key), *v, *list;
	const struct yaml_node *own = yaml_own(p->node, key);

	if (j->n == OPS_MAX || has_op(j, p, key))
		return;
	if (once(j->d, 5)) {
		push_op(j, p, EDIT_DROP, key, NULL);
		val_drop(p->val, key);
		j->puts_only = false;
		return;
	}
	if (old != NULL && old->kind == VAL_LIST && dice(j->d, 2))
		v = rotated(j->d, old);
	else if (old != NULL && old->kind == VAL_MAP && dice(j->d, 2))
		v = altered(j->d, old);
	else
		v = hand_value(j->d, 0);
	j->puts_only = j->puts_only && own != NULL && v->kind != VAL_LIST && v->kind != VAL_MAP;
	if (once(j->d, 4) && (old == NULL || old->kind == VAL_LIST || old->kind == VAL_NULL)) {
		list = old && old->kind == VAL_LIST ? val_copy(old) : val_list();
		val_push(list, val_copy(v));
		val_put(p->val, key, list);
		push_op(j, p, EDIT_APPEND, key, v);
		j->puts_only = false;
	} else {
		val_put(p->val, key, val_copy(v));
		push_op(j, p, EDIT_PUT, key, v);
	}
}

/* One map anywhere: its own keys mostly, or new ones. */
static void
plan_anywhere(struct job *j)
{
	static const char *const fresh[] = { "k", "two words", "no", "a: b", "z", "labels", "-" };
	struct place *p = &j->place[dice(j->d, (unsigned)j->places)];

	for (unsigned n = 1 + dice(j->d, 3); n > 0; n--) {
		const struct yaml_node *c = p->node->child;

		for (unsigned i = p->node->n > 0 ? dice(j->d, p->node->n) : 0; i > 0; i--)
			c = c->next;
		if (c == NULL || once(j->d, 5))
			plan_key(j, p, fresh[dice(j->d, 7)]);
		else if (strcmp(c->key->text, "<<") != 0)
			plan_key(j, p, c->key->text);
	}
}

/* Items leave a list that has the value `v`, from the last on. */
static void
plan_removal(struct job *j, const struct yaml_node *list, struct val *v, unsigned one_in)
{
	const struct yaml_node *item[64], *c = list->child;
	size_t n = 0;

	for (; c != NULL && n < 64; c = c->next)
		item[n++] = c;
	while (n-- > 0 && j->n < OPS_MAX - 4) {
		if (n >= v->n || !once(j->d, one_in) || !can_go(j, list, item[n]))
			continue;
		push_op(j, NULL, EDIT_REMOVE, NULL, NULL);
		j->op[j->n - 1].map = item[n];
		j->puts_only = false;
		val_free(v->v[n]);
		memmove(v->v + n, v->v + n + 1, (v->n - n - 1) * sizeof *v->v);
		v->n--;
	}
}

/* Of a list that is the value of some map, where nothing else is done. */
static void
plan_items(struct job *j)
{
	struct place *p = &j->place[dice(j->d, (unsigned)j->places)];

	for (const struct yaml_node *c = p->node->child; c != NULL; c = c->next) {
		struct val *v = val_get(p->val, c->key->text);

		if (c->kind == YAML_SEQ && c->n > 0 && v != NULL && v->kind == VAL_LIST &&
		    strcmp(c->key->text, "<<") != 0) {
			plan_removal(j, c, v, 2);
			return;
		}
	}
	plan_anywhere(j);
}

/* What commands do: fields of some tasks, next_id, a new task at the end. */
static void
plan_tasks(struct job *j, struct place *root, const struct yaml_node *tasks)
{
	struct val *list = val_get(root->val, "tasks"), *v;
	bool null = list == NULL || list->kind == VAL_NULL;

	for (size_t i = 0; i < j->places && j->n < OPS_MAX - 8; i++) {
		struct place *p = &j->place[i];
		unsigned commas = 0;

		for (const char *s = p->path; *s != '\0'; s++)
			commas += *s == ',';
		if (strncmp(p->path, "\"tasks\",", 8) != 0 || commas != 1 || dice(j->d, tasks->n) > 1)
			continue;
		for (unsigned n = 1 + dice(j->d, 4); n > 0; n--)
			plan_key(j, p, hand_keys[1 + dice(j->d, HAND_KEYS - 1)]);
	}
	if (once(j->d, 3)) {
		j->puts_only = j->puts_only && yaml_own(root->node, "next_id") != NULL;
		push_op(j, root, EDIT_PUT, "next_id", val_int(77));
		val_put(root->val, "next_id", val_int(77));
	}
	if (list != NULL && tasks->kind == YAML_SEQ && once(j->d, 4))
		plan_removal(j, tasks, list, 3);
	for (unsigned n = once(j->d, 3) ? 1 + dice(j->d, 2) : 0; n > 0; n--) {
		v = val_map();
		val_put(v, "id", val_int(70 + n));
		val_put(v, "title", val_str(hand_nasty[dice(j->d, (unsigned)hand_nasty_count())]));
		val_put(v, "labels", hand_value(j->d, 0));
		if (once(j->d, 3))
			val_put(v, "usage", hand_value(j->d, 0));
		if (null)
			val_put(root->val, "tasks", list = val_list());
		null = false;
		val_push(list, val_copy(v));
		push_op(j, root, EDIT_APPEND, "tasks", v);
		j->puts_only = false;
	}
}

static void
plan(struct job *j)
{
	const struct yaml_node *tasks = yaml_own(j->y.root, "tasks");
	bool list = tasks != NULL && (tasks->kind == YAML_SEQ ||
	    (tasks->kind == YAML_SCALAR && yaml_scalar_kind(tasks) == VAL_NULL));

	j->puts_only = true;
	find_maps(j, j->y.root, j->want, "");
	if (j->y.root == NULL) {	/* its first keys */
		struct val *v = hand_value(j->d, 0);

		val_free(j->want);
		j->want = val_map();
		val_put(j->want, "k", val_copy(v));
		push_op(j, NULL, EDIT_PUT, "k", v);
		j->puts_only = false;
	} else if (j->places > 0 && (!list || once(j->d, 4)))
		(once(j->d, 4) ? plan_items : plan_anywhere)(j);
	else if (j->places > 0)
		plan_tasks(j, &j->place[0], tasks);
}

/* ---- is the rest as it was? ---- */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct place *
place_of(struct job *j, const struct yaml_node *n)
{
	for (size_t i = 0; i < j->places; i++)
		if (j->place[i].node == n && j->place[i].used)
			return &j->place[i];
	return NULL;
}

static const struct edit_op *
op_on(const struct job *j, const struct place *p, const char *key)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->op[i].kind != EDIT_REMOVE && j->at[i] == p &&
		    strcmp(j->op[i].key, key) == 0)
			return &j->op[i];
	return NULL;
}

static bool	same(struct job *, const struct yaml_node *, const struct yaml_node *);

static bool
same_key(struct job *j, const struct yaml_node *a, const struct yaml_node *b)
{
	if (b == NULL || b->key == NULL || strcmp(a->key->text, b->key->text) != 0 ||
	    a->key->style != b->key->style || a->key->kind != b->key->kind)
		return wrong(j, "the key '%s' is not where it was", a->key->text);
	return true;
}

/* The map of some operations: every other entry, and the order of all. */
static bool
same_around(struct job *j, struct place *p, const struct yaml_node *now)
{
	const struct yaml_node *b = now->child;

	p->now = now;
	for (const struct yaml_node *a = p->node->child; a != NULL; a = a->next) {
		const struct edit_op *op = op_on(j, p, a->key->text);

		if (op != NULL && op->kind == EDIT_DROP)
			continue;
		while (b != NULL && yaml_own(p->node, b->key->text) == NULL)
			b = b->next;		/* a new one */
		if (!same_key(j, a, b))
			return false;
		if (op == NULL && !same(j, a, b))
			return false;
		if (op != NULL && op->kind == EDIT_APPEND && a->kind == YAML_SEQ) {
			const struct yaml_node *x = a->child, *y = b->child;

			for (; x != NULL; x = x->next) {
				if (goes(j, x))
					continue;
				if (y == NULL || !same(j, x, y))
					return false;
				y = y->next;
			}
		}
		b = b->next;
	}
	while (b != NULL && yaml_own(p->node, b->key->text) == NULL)
		b = b->next;
	return b == NULL || wrong(j, "the key '%s' should not be there", b->key->text);
}

static bool
same(struct job *j, const struct yaml_node *a, const struct yaml_node *b)
{
	const struct yaml_prop *p = yaml_prop(a), *q = yaml_prop(b);
	struct place *place = place_of(j, a);
	const char *text = a->text ? a->text : "a collection";

	if (a->kind != b->kind || !same_text(a->text, b->text))
		return wrong(j, "'%s' became '%s'", text, b->text ? b->text : "a collection");
	if (!same_text(p ? p->anchor : NULL, q ? q->anchor : NULL) ||
	    !same_text(p ? p->tag : NULL, q ? q->tag : NULL))
		return wrong(j, "an anchor or tag of '%s'", text);
	if (place != NULL)
		return same_around(j, place, b);
	if ((a->style != b->style && b->n > 0) || a->implicit != b->implicit)
		return wrong(j, "the style of '%s'", text);
	if (a->kind != YAML_SEQ && a->kind != YAML_MAP)
		return true;
	a = a->child;
	for (b = b->child; a != NULL; a = a->next) {
		if (goes(j, a))
			continue;
		if (b == NULL || (a->key != NULL && !same_key(j, a, b)) || !same(j, a, b))
			return b != NULL || wrong(j, "an entry is missing");
		b = b->next;
	}
	return b == NULL || wrong(j, "an entry should not be there");
}

/* ---- lines ---- */

static size_t
break_len(const char *t, size_t len, size_t at)
{
	if (at >= len)
		return 0;
	if (t[at] == '\r')
		return at + 1 < len && t[at + 1] == '\n' ? 2 : 1;
	if (t[at] == '\n')
		return 1;
	if (at + 1 < len && memcmp(t + at, "\xc2\x85", 2) == 0)
		return 2;
	return at + 2 < len && t[at] == '\xe2' && t[at + 1] == '\x80' &&
	    (t[at + 2] == '\xa8' || t[at + 2] == '\xa9') ? 3 : 0;
}

/* The end of the line at `at`, its break included. */
static size_t
line_end(const char *t, size_t len, size_t at)
{
	while (at < len && break_len(t, len, at) == 0)
		at++;
	return at + break_len(t, len, at);
}

/* Marks the lines that [from, to] has a part in; `line` has a flag a byte. */
static void
mark(const struct job *j, bool *line, size_t from, size_t to)
{
	for (size_t at = 0; at < j->len;) {
		size_t end = line_end(j->text, j->len, at);

		if (at <= to && (from < end || end == j->len))
			memset(line + at, true, end - at);
		at = end;
	}
}

static void
mark_flows(const struct job *j, bool *line, const struct yaml_node *n)
{
	for (const struct yaml_node *c = n->child; c != NULL; c = c->next)
		mark_flows(j, line, c);
	if (n->style != YAML_FLOW || n->child == NULL)
		return;
	for (size_t i = n->start; i < n->end; i++)
		if (line[i]) {
			mark(j, line, n->start, n->end - 1);
			break;
		}
}

/* A line of a comment may move to another column. */
static size_t
trim(const char *t, size_t from, size_t to)
{
	size_t word = from;

	if (from == 0 && to >= 3 && memcmp(t, "\xef\xbb\xbf", 3) == 0)
		word = from = 3;
	while (word < to && (t[word] == ' ' || t[word] == '\t'))
		word++;
	return word < to && t[word] == '#' ? word : from;
}

/* Where a map starts, and its key or dash, behind which "{}" may come. */
static void
mark_start(const struct job *j, bool *line, const struct yaml_node *map)
{
	size_t at = map->start;

	/* Back over blanks and lines of comments. */
	for (;;) {
		size_t from;

		while (at > 0 && strchr(" \t\r\n", j->text[at - 1]) != NULL)
			at--;
		for (from = at; from > 0 && strchr("\r\n", j->text[from - 1]) == NULL; from--)
			;
		if (from == 0 || (trim(j->text, from, at) == from && j->text[from] != '#'))
			break;
		at = from;
	}
	mark(j, line, map->start, map->start);
	mark(j, line, at > 0 ? at - 1 : 0, at);
	if (map->key != NULL)
		mark(j, line, map->key->start, map->start);
}

/* An item from its dash to the next item's, and the line where its list starts. */
static bool
mark_item(const struct job *j, bool *line, const struct yaml_node *n,
    const struct yaml_node *item)
{
	const struct yaml_node *last = NULL;

	for (const struct yaml_node *c = n->child; c != NULL; last = c, c = c->next) {
		size_t from = last != NULL ? last->end : n->start, to = c->end;

		if (c != item && mark_item(j, line, c, item))
			return true;
		if (c != item)
			continue;
		while (from < c->start && line_end(j->text, j->len, from) <= c->start &&
		    trim(j->text, from, line_end(j->text, j->len, from)) != from)
			from = line_end(j->text, j->len, from);
		mark(j, line, c->start, to > c->start ? to - 1 : to);
		if (last != NULL && from > 0 && strchr("\r\n", j->text[from - 1]) == NULL &&
		    line_end(j->text, j->len, from) <= c->start)
			from = line_end(j->text, j->len, from);
		mark(j, line, from < c->start ? from : c->start, c->start);
		mark_start(j, line, n);
		if (last == NULL && c->next != NULL)
			mark(j, line, c->start, c->next->start);
		if (n->style == YAML_FLOW)
			mark(j, line, n->start, n->end - 1);
		return true;
	}
	return false;
}

/* The lines that may change. */
static void
mark_touched(struct job *j, bool *line)
{
	const struct yaml_node *n = j->y.root;

	for (size_t i = 0; i < j->n; i++) {
		const struct yaml_node *map, *c, *next;

		if (j->op[i].kind == EDIT_REMOVE) {
			mark_item(j, line, j->y.root, j->op[i].map);
			continue;
		}
		map = j->at[i]->node;
		c = yaml_own(map, j->op[i].key);
		if (!(c != NULL && j->op[i].kind == EDIT_APPEND && c->kind == YAML_SEQ && c->n > 0 &&
		    c->style == YAML_BLOCK) && c != NULL)
			mark(j, line, c->key->start, c->end > c->key->start ? c->end - 1 : c->end);
		if (c != NULL && c->style != YAML_BLOCK && c->kind == YAML_SEQ)
			mark(j, line, c->start, c->end);
		if (c == NULL || j->op[i].kind == EDIT_DROP)
			mark_start(j, line, map);
		for (next = map->child; next != NULL && next != c; next = next->next)
			if (op_on(j, j->at[i], next->key->text) == NULL)
				break;
		if (c != NULL && c == next && c->next != NULL)	/* the first ones go */
			mark(j, line, map->start, c->next->key->start);
		for (next = map->child; next != NULL && next->next != NULL; next = next->next)
			if (next->next == c && memchr(j->text + next->end, '?',
			    c->key->start - next->end) != NULL)
				mark(j, line, next->end, c->key->start);
		for (next = c; next != NULL && j->op[i].kind == EDIT_DROP; next = next->next)
			mark(j, line, next->key->start, next->key->start);
		if (c != NULL && c->key->start > 0 && j->text[c->key->start - 1] == '\n')
			mark(j, line, c->key->start - 1, c->key->start - 1);
		if (map->style == YAML_FLOW)
			mark(j, line, map->start, map->end - 1);
		if (c != NULL && c->next == NULL && map->style != YAML_FLOW && c->implicit)
			mark(j, line, c->end, c->end);
	}
	mark_flows(j, line, j->y.root);
	mark_flows(j, line, j->y.root);
	while (n->child != NULL)
		for (n = n->child; n->next != NULL; n = n->next)
			;
	if (j->len > 0 && n->kind == YAML_SCALAR && n->end == j->len)
		mark(j, line, n->start, n->start);	/* it may be told to chomp */
}

static bool
is_blank(const char *t, size_t from, size_t to)
{
	while (from < to && (t[from] == ' ' || t[from] == '\t'))
		from++;
	return from + break_len(t, to, from) == to;
}

/* All lines but blank ones that may not change stand in the new text, in order. */
static bool
lines_kept(struct job *j, const bool *line)
{
	const char *now = buf_str(&j->r->after);
	size_t len = j->r->after.len, at = 0;

	for (size_t from = 0, to; from < j->len; from = to) {
		size_t a = 0, n, m, end;

		to = line_end(j->text, j->len, from);
		if (line[from] || is_blank(j->text, from, to))
			continue;
		a = trim(j->text, from, to);
		n = to - a;
		if (to == j->len)
			while (n > 0 && strchr("\r\n", j->text[a + n - 1]) != NULL)
				n--;
		for (;; at = end) {
			size_t b;

			if (at >= len)
				return wrong(j, "the line '%.*s' was changed", (int)(to - from),
				    j->text + from);
			end = line_end(now, len, at);
			b = trim(now, at, end);
			m = end - b;
			if (m >= n && memcmp(now + b, j->text + a, n) == 0 && (m == n || to == j->len))
				break;
		}
		at = end;
	}
	return true;
}

/* Where values were only replaced: all between them, byte for byte. */
static bool
all_kept(struct job *j, const bool *line)
{
	const char *now = buf_str(&j->r->after), *p = now, *end = now + j->r->after.len;

	for (size_t from = 0, to; from < j->len; from = to) {
		for (to = from; to < j->len && line[to] == line[from]; to++)
			;
		if (line[from])
			continue;
		if (from == 0 && strncmp(now, j->text, to) != 0)
			return wrong(j, "the start was changed");
		p = memmem(p, (size_t)(end - p), j->text + from, to - from);
		if (p == NULL)
			return wrong(j, "'%.*s' was changed", (int)(to - from), j->text + from);
		p += to - from;
		if (to == j->len && (size_t)(end - now) >= to - from &&
		    memcmp(end - (to - from), j->text + from, to - from) != 0)
			return wrong(j, "the end was changed");
	}
	return true;
}

static bool
notes_kept(struct job *j)
{
	struct buf a = { 0 }, b = { 0 };
	bool good = notes_of(&a, j->text, j->len) == 0 &&
	    notes_of(&b, buf_str(&j->r->after), j->r->after.len) == 0 &&
	    strcmp(buf_str(&a), buf_str(&b)) == 0;

	if (!good)
		wrong(j, "a comment was lost or moved");
	buf_release(&a);
	buf_release(&b);
	return good;
}

/* The same again, but for what appends. */
static bool
again_nothing(struct job *j)
{
	struct edit_op op[OPS_MAX];
	struct buf out = { 0 };
	struct err e = { 0 };
	size_t n = 0;
	bool good;

	for (size_t i = 0; i < j->n; i++)
		if (j->op[i].kind != EDIT_APPEND && j->op[i].kind != EDIT_REMOVE) {
			op[n] = j->op[i];
			if (j->at[i] != NULL)
				op[n].map = j->at[i]->now;
			n++;
		}
	if (edit_apply(&j->now, op, n, hand_keys, "t", &out, &e) < 0)
		good = wrong(j, "refused the second time: %s", e.msg);
	else
		good = (out.len == j->r->after.len &&
		    memcmp(buf_str(&out), buf_str(&j->r->after), out.len) == 0) ||
		    wrong(j, "changed the second time");
	buf_release(&out);
	return good;
}

static bool
judge(struct job *j)
{
	struct err e = { 0 };
	struct val *got = NULL;
	bool *line = NULL, good = false;

	if (yaml_parse(&j->now, buf_str(&j->r->after), j->r->after.len, "new", &e) < 0)
		return wrong(j, "%s", e.msg);
	got = yaml_value(j->now.root);
	if (!val_same(got, j->want)) {
		wrong(j, "another value");
		goto done;
	}
	if (!notes_kept(j))
		goto done;
	if (j->y.root != NULL) {
		if (!same(j, j->y.root, j->now.root))
			goto done;
		line = calloc(j->len + 2, sizeof *line);
		mark_touched(j, line);
		if (!lines_kept(j, line) || (j->puts_only && !all_kept(j, line)))
			goto done;
	}
	good = again_nothing(j);
done:
	free(line);
	val_free(got);
	yaml_release(&j->now);
	return good;
}

/* What was written anew, no part of it kept, for readers of another kind. */
static void
tell_puts(struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->op[i].kind == EDIT_REMOVE)
			return;			/* the numbers of items are others now */
	for (size_t i = 0; i < j->n; i++) {
		const struct yaml_node *old;
		struct val *key;

		if (j->op[i].kind != EDIT_PUT || j->at[i] == NULL)
			continue;
		old = yaml_own(j->at[i]->node, j->op[i].key);
		if (old != NULL && (old->kind != YAML_SCALAR || yaml_prop(old) != NULL))
			continue;
		key = val_str(j->op[i].key);
		buf_printf(&j->r->put, "[[%s%s", j->at[i]->path, *j->at[i]->path ? "," : "");
		json_print(&j->r->put, key);
		buf_puts(&j->r->put, "],");
		json_print(&j->r->put, j->op[i].value);
		buf_puts(&j->r->put, "]\n");
		val_free(key);
	}
}

enum trial_end
trial(const char *text, size_t len, struct dice *d, struct trial_result *r)
{
	struct job j = { .d = d, .text = text, .len = len, .r = r };
	enum trial_end end = TRIAL_DONE;
	struct err e = { 0 };

	*r = (struct trial_result){ 0 };
	if (yaml_parse(&j.y, text, len, "t", &e) < 0) {
		snprintf(r->why, sizeof r->why, "%s", e.msg);
		return TRIAL_NOT_YAML;
	}
	j.want = yaml_value(j.y.root);
	plan(&j);
	r->ops = j.n;
	if (edit_apply(&j.y, j.op, j.n, hand_keys, "t", &r->after, &e) < 0) {
		snprintf(r->why, sizeof r->why, "%s", e.msg);
		end = r->after.len == 0 ? TRIAL_REFUSED : TRIAL_WRONG;
	} else if (!judge(&j))
		end = TRIAL_WRONG;
	tell_puts(&j);
	yaml_release(&j.y);
	val_free(j.want);
	for (size_t i = 0; i < j.n; i++)
		val_free(j.own[i]);
	return end;
}

void
trial_release(struct trial_result *r)
{
	buf_release(&r->after);
	buf_release(&r->put);
}

/* ---- many ---- */

static void
show(const char *what, const char *text)
{
	printf("# %s\n#   ", what);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			printf("$\n#   ");
		else if (*text == '\r')
			printf("^M");
		else if (*text == '\t')
			printf("^I");
		else
			putchar(*text);
	printf("|\n");
}

/* The message without its place and what it quotes. */
static void
count_reason(struct trial_sum *s, const char *msg)
{
	char text[64];
	const char *p = strstr(msg, REFUSED);
	size_t i;

	p = p != NULL ? p + strlen(REFUSED) : strstr(msg, "not changed");
	snprintf(text, sizeof text, "%.63s", p != NULL ? p : msg);
	if (strncmp(text, "not changed", 11) == 0)
		s->unproved++;
	text[strcspn(text, "'")] = '\0';
	for (i = 0; i < 15 && s->reason[i].n > 0; i++)
		if (strcmp(s->reason[i].text, text) == 0)
			break;
	memcpy(s->reason[i].text, text, sizeof text);
	s->reason[i].n++;
}

static void
keep(const char *dir, unsigned i, const char *ending, const struct buf *b)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/%06u.%s", dir, i, ending);
	f = fopen(path, "w");
	if (f == NULL || fwrite(buf_str(b), 1, b->len, f) != b->len || fclose(f) != 0)
		abort();
}

void
trial_many(struct trial_sum *s, struct dice *d, unsigned n, unsigned most, const char *dir)
{
	const char *only = getenv("ORCH_TEST_SHOW");

	for (unsigned i = 0; i < n; i++) {
		struct trial_result r;
		struct buf text = { 0 };
		enum trial_end end;

		hand_file(d, &text);
		end = trial(buf_str(&text), text.len, d, &r);
		s->texts++;
		if (end == TRIAL_NOT_YAML)
			s->invalid++;
		else {
			s->trials++;
			s->ops += (unsigned)r.ops;
		}
		if (end == TRIAL_REFUSED) {
			s->refused++;
			count_reason(s, r.why);
		}
		s->wrong += end == TRIAL_WRONG;
		if (dir != NULL && end == TRIAL_DONE && r.put.len > 0) {
			keep(dir, i, "old", &text);
			keep(dir, i, "yml", &r.after);
			keep(dir, i, "json", &r.put);
		}
		if ((end == TRIAL_WRONG && s->wrong <= most) || (only != NULL &&
		    strstr(r.why, only) != NULL && end != TRIAL_DONE)) {
			show(r.why, buf_str(&text));
			show("put", buf_str(&r.put));
			show("after", buf_str(&r.after));
		}
		buf_release(&text);
		trial_release(&r);
	}
}
