/*
 * The proof: is the new text the old tree with the operations applied, and
 * nothing else?
 *
 * The new text streams by as events, held against the old tree and the
 * operations.  Whatever no operation is about must have the same kind, text,
 * tag, anchor and place in the order of its collection, and be quoted if it was
 * (so that its type is the same).  What was put must read as the value that was
 * wanted.  Then the comments of both texts must be the same ones in the same
 * order.  How the splices were made is not looked at here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/table.h"
#include "doc/edit_plan.h"

struct check {
	const struct edit *ed;
	struct yaml_reader r;
	struct yaml_event ev;		/* the next one */
	struct edit_notes notes;
	struct err *e;
};

static int	check_node(struct check *, const struct yaml_node *old);
static int	check_put(struct check *, const struct yaml_node *old, const struct val *);

static int
differs(struct check *ck, const char *what)
{
	struct err place;

	yaml_refuse(&place, "new text", ck->r.text, ck->r.len, ck->ev.start, "%s", what);
	return err_set(ck->e, ERR_INVALID, "%s: not changed, since more than was meant would "
	    "have changed (%s)", ck->ed->name, place.msg);
}

/* Goes on to the next event, and notes the comments on the way. */
static int
advance(struct check *ck)
{
	struct yaml_event *ev = &ck->ev;

	if (yaml_next(&ck->r, ev, ck->e) < 0)
		return err_prefix(ck->e, "%s: not changed, since the new text would not be valid",
		    ck->ed->name);
	if (ev->step == YAML_STEP_SCALAR || ev->step == YAML_STEP_ALIAS)
		edit_notes_scalar(&ck->notes, ck->r.text, ck->r.len, ev->start, ev->end, ev->style);
	else if (ev->step == YAML_DONE)
		edit_notes_to(&ck->notes, ck->r.text, ck->r.len, (uint32_t)ck->r.len,
		    (uint32_t)ck->r.len);
	return 0;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Kind, anchor and tag of what comes next. */
static bool
same_shape(const struct check *ck, const struct yaml_node *old)
{
	static const enum yaml_step step[] = {
		[YAML_SCALAR] = YAML_STEP_SCALAR,
		[YAML_SEQ] = YAML_STEP_SEQ,
		[YAML_MAP] = YAML_STEP_MAP,
		[YAML_ALIAS] = YAML_STEP_ALIAS,
	};
	const struct yaml_prop *p = yaml_prop(old);

	return ck->ev.step == step[old->kind] &&
	    same_text(ck->ev.anchor, p ? p->anchor : NULL) &&
	    same_text(ck->ev.tag, p ? p->tag : NULL);
}

static int
check_key(struct check *ck, const struct yaml_key *key)
{
	const struct yaml_event *ev = &ck->ev;
	const char *old = ck->ed->text + key->start;
	size_t len = key->end - key->start;

	if (ev->end - ev->prop != len || memcmp(ck->r.text + ev->prop, old, len) != 0)
		return differs(ck, "another key was expected");
	return advance(ck);
}

static int
check_new_scalar(struct check *ck, const struct val *v)
{
	const struct yaml_event *ev = &ck->ev;
	struct yaml_scalar s = { 0 };
	bool same;

	if (ev->step != YAML_STEP_SCALAR)
		return differs(ck, "a scalar was expected");
	yaml_resolve(&s, ev->text, ev->style == YAML_PLAIN, ev->tag);
	same = s.kind == (int)v->kind;
	if (same && v->kind == VAL_STR)
		same = strcmp(ev->text, v->s) == 0;
	else if (same && v->kind == VAL_INT)
		same = s.i == v->i;
	else if (same && v->kind == VAL_BOOL)
		same = s.b == v->b;
	else if (same && v->kind == VAL_REAL)
		same = !(s.r < v->r || s.r > v->r);
	return same ? advance(ck) : differs(ck, "another value was written");
}

/* A value without a past: all of it is new. */
static int
check_new(struct check *ck, const struct val *v)
{
	bool map = v->kind == VAL_MAP;

	if (!map && v->kind != VAL_LIST)
		return check_new_scalar(ck, v);
	if (ck->ev.step != (map ? YAML_STEP_MAP : YAML_STEP_SEQ))
		return differs(ck, "a list or a map was expected");
	if (advance(ck) < 0)
		return -1;
	for (size_t i = 0; i < v->n; i++) {
		if (map && (ck->ev.step != YAML_STEP_SCALAR || strcmp(ck->ev.text, v->key[i]) != 0))
			return differs(ck, "another key was expected");
		if ((map && advance(ck) < 0) || check_new(ck, v->v[i]) < 0)
			return -1;
	}
	return ck->ev.step == YAML_STEP_CLOSE ? advance(ck) : differs(ck, "one too many");
}

static int
check_list(struct check *ck, const struct yaml_node *old, const struct val *v)
{
	uint32_t n, *match = edit_match(old, v, &n), i = 0, j = 0;
	const struct yaml_node *item = old->child;
	int rc = advance(ck);

	while (rc == 0 && (i < n || j < v->n)) {
		uint32_t stop = i, stop_j;

		while (stop < n && match[stop] == EDIT_NONE)
			stop++;
		stop_j = stop < n ? match[stop] : (uint32_t)v->n;
		for (; rc == 0 && i < stop && j < stop_j; i++, j++, item = item->next)
			rc = check_put(ck, item, v->v[j]);
		for (; i < stop; i++)
			item = item->next;
		for (; rc == 0 && j < stop_j; j++)
			rc = check_new(ck, v->v[j]);
		if (rc == 0 && i < n) {
			rc = check_node(ck, item);
			item = item->next;
			i++;
			j++;
		}
	}
	free(match);
	if (rc == 0 && ck->ev.step != YAML_STEP_CLOSE)
		return differs(ck, "one too many");
	return rc == 0 ? advance(ck) : rc;
}

/* Is the next key another one than that of `pair`, perhaps one that is new? */
static bool
next_differs(const struct check *ck, const struct yaml_node *pair)
{
	return ck->ev.step == YAML_STEP_SCALAR &&
	    (pair == NULL || strcmp(ck->ev.text, pair->key->text) != 0);
}

static int
check_pairs(struct check *ck, const struct yaml_node *pair, const struct val *v,
    const struct table *old, const struct table *new)
{
	size_t seen = 0;
	int64_t in;

	while (pair != NULL || ck->ev.step != YAML_STEP_CLOSE) {
		if (next_differs(ck, pair) && table_get(old, ck->ev.text) == 0 &&
		    (in = table_get(new, ck->ev.text)) > 0) {
			if (advance(ck) < 0 || check_new(ck, v->v[in - 1]) < 0)
				return -1;
			seen++;
			continue;
		}
		if (pair == NULL)
			return differs(ck, "one too many");
		in = table_get(new, pair->key->text);
		if (in > 0) {
			if (check_key(ck, pair->key) < 0 || check_put(ck, pair, v->v[in - 1]) < 0)
				return -1;
			seen++;
		}
		pair = pair->next;
	}
	return seen == v->n ? advance(ck) : differs(ck, "one is missing");
}

static int
check_map(struct check *ck, const struct yaml_node *old, const struct val *v)
{
	struct table was = { 0 }, will = { 0 };
	int rc;

	edit_index_node(&was, old);
	edit_index_val(&will, v);
	rc = advance(ck) < 0 ? -1 : check_pairs(ck, old->child, v, &was, &will);
	table_release(&was);
	table_release(&will);
	return rc;
}

/* A value that was put in the place of another. */
static int
check_put(struct check *ck, const struct yaml_node *old, const struct val *v)
{
	const struct yaml_prop *p = yaml_prop(old);
	const char *anchor = p && old->kind != YAML_ALIAS ? p->anchor : NULL;

	if (edit_same(old, v))
		return check_node(ck, old);
	if (!same_text(ck->ev.anchor, anchor))
		return differs(ck, "an anchor was lost");
	if (old->kind == YAML_SEQ && v->kind == VAL_LIST && ck->ev.step == YAML_STEP_SEQ)
		return check_list(ck, old, v);
	if (old->kind == YAML_MAP && v->kind == VAL_MAP && ck->ev.step == YAML_STEP_MAP)
		return check_map(ck, old, v);
	return check_new(ck, v);
}

/* A list that items were appended to. */
static int
check_extended(struct check *ck, const struct yaml_node *old, const struct edit_op *const *op,
    size_t n)
{
	if (ck->ev.step != YAML_STEP_SEQ)
		return differs(ck, "a list was expected");
	if (old != NULL && old->kind == YAML_SEQ && !same_shape(ck, old))
		return differs(ck, "an anchor was lost");
	if (advance(ck) < 0)
		return -1;
	if (old != NULL && old->kind == YAML_SEQ)
		for (old = old->child; old != NULL; old = old->next)
			if (!edit_removed(ck->ed, old) && check_node(ck, old) < 0)
				return -1;
	for (size_t i = 0; i < n; i++)
		if (check_new(ck, op[i]->value) < 0)
			return -1;
	return ck->ev.step == YAML_STEP_CLOSE ? advance(ck) : differs(ck, "one too many");
}

/* The operations on one key; of one map they stand together, sorted by key. */
static size_t
ops_on(const struct edit_op *const *op, size_t n, const char *key, size_t *count)
{
	size_t i = 0;

	while (i < n && strcmp(op[i]->key, key) != 0)
		i++;
	for (*count = 0; i + *count < n && strcmp(op[i + *count]->key, key) == 0; ++*count)
		;
	return i;
}

static int
check_by_ops(struct check *ck, const struct yaml_node *old, const struct edit_op *const *op,
    size_t n)
{
	if (op[0]->kind == EDIT_APPEND)
		return check_extended(ck, old, op, n);
	return old != NULL ? check_put(ck, old, op[0]->value) : check_new(ck, op[0]->value);
}

/*
 * The keys that must have been added: those that are to be there, were not, and
 * are not inherited with the wanted value.
 */
static size_t
missing(const struct yaml_node *old, const struct edit_op *const *op, size_t n)
{
	size_t must = 0;

	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *in;

		if (op[i]->kind == EDIT_DROP || yaml_own(old, op[i]->key) != NULL ||
		    (i > 0 && strcmp(op[i - 1]->key, op[i]->key) == 0))
			continue;
		in = yaml_get(old, op[i]->key);
		must += in == NULL || op[i]->kind != EDIT_PUT || !edit_same(in, op[i]->value);
	}
	return must;
}

/* A mapping that has operations; `old` is NULL where there was no root. */
static int
check_ops(struct check *ck, const struct yaml_node *old, const struct edit_op *const *op,
    size_t n)
{
	const struct yaml_node *pair = old ? old->child : NULL;
	size_t i, count, added = 0;
	int rc;

	while (pair != NULL || ck->ev.step != YAML_STEP_CLOSE) {
		if (next_differs(ck, pair) &&
		    (i = ops_on(op, n, ck->ev.text, &count)) < n && op[i]->kind != EDIT_DROP &&
		    yaml_own(old, ck->ev.text) == NULL) {
			if (advance(ck) < 0 || check_by_ops(ck, NULL, op + i, count) < 0)
				return -1;
			added++;
			continue;
		}
		if (pair == NULL)
			return differs(ck, "one too many");
		i = ops_on(op, n, pair->key->text, &count);
		if (i == n || op[i]->kind != EDIT_DROP) {
			if (check_key(ck, pair->key) < 0)
				return -1;
			rc = i < n ? check_by_ops(ck, pair, op + i, count) : check_node(ck, pair);
			if (rc < 0)
				return -1;
		}
		pair = pair->next;
	}
	return added == missing(old, op, n) ? advance(ck) : differs(ck, "one is missing");
}

/* What no operation names, though one may be about something inside of it. */
static int
check_node(struct check *ck, const struct yaml_node *old)
{
	const struct edit_op *const *op;
	size_t n;

	if (!same_shape(ck, old))
		return differs(ck, "something else was expected");
	if (old->kind == YAML_SCALAR || old->kind == YAML_ALIAS) {
		if (ck->ev.len != old->len || memcmp(ck->ev.text, old->text, old->len) != 0 ||
		    (ck->ev.style == YAML_PLAIN) != (old->style == YAML_PLAIN))
			return differs(ck, "another text was expected");
		return advance(ck);
	}
	if (advance(ck) < 0)
		return -1;
	op = edit_ops_of(ck->ed, old, &n);
	if (n > 0)
		return check_ops(ck, old, op, n);
	for (const struct yaml_node *v = old->child; v != NULL; v = v->next) {
		if (v->key == NULL && edit_removed(ck->ed, v))
			continue;
		if ((v->key != NULL && check_key(ck, v->key) < 0) || check_node(ck, v) < 0)
			return -1;
	}
	return ck->ev.step == YAML_STEP_CLOSE ? advance(ck) : differs(ck, "one too many");
}

static int
check_notes(struct check *ck)
{
	const struct edit_notes *old = &ck->ed->notes, *new = &ck->notes;

	for (size_t i = 0; i < old->n || i < new->n; i++) {
		const struct edit_note *a = &old->v[i], *b = &new->v[i];

		if (i == old->n || i == new->n || a->end - a->start != b->end - b->start ||
		    memcmp(ck->ed->text + a->start, ck->r.text + b->start, a->end - a->start) != 0)
			return err_set(ck->e, ERR_INVALID, "%s: not changed, since a comment "
			    "would have been lost", ck->ed->name);
	}
	return 0;
}

int
edit_check(struct edit *ed, const struct buf *out)
{
	struct check ck = { .ed = ed, .e = ed->e };
	const struct edit_op *const *op;
	size_t n;
	int rc = -1;

	edit_notes_begin(&ck.notes, buf_str(out), out->len);
	if (yaml_open(&ck.r, buf_str(out), out->len, "new text", ed->e) < 0)
		goto done;
	if (advance(&ck) < 0)
		goto done;
	if (ed->y->root != NULL)
		rc = check_node(&ck, ed->y->root);
	else if (ck.ev.step != YAML_STEP_MAP)
		rc = differs(&ck, "a map was expected");
	else {
		op = edit_ops_of(ed, NULL, &n);
		rc = advance(&ck) < 0 ? -1 : check_ops(&ck, NULL, op, n);
	}
	if (rc == 0 && ck.ev.step != YAML_DONE)
		rc = differs(&ck, "more than one value");
	if (rc == 0)
		rc = check_notes(&ck);
done:
	yaml_close(&ck.r);
	free(ck.notes.v);
	return rc;
}
