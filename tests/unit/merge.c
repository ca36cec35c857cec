/*
 * merge - the cases of tests/data/merge, and random ones.
 *
 * The random part makes a file, lets a machine and a person change it apart from
 * each other, and holds the merge against what the header promises, field by field
 * and with the plainest code that says it.  ORCH_TEST_TRIALS sets how many.
 */
#include "task/merge.h"

#include <stdlib.h>

#include "../lib/cases.h"
#include "../lib/tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/edit.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/task.h"

static bool
load(struct tasks *ts, const char *text)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, text);
	if (tasks_load(ts, &b, "t", &e) == 0)
		return true;
	printf("# %s\n", e.msg);
	return false;
}

static void
show(const char *what, const char *text)
{
	printf("# %s\n#   ", what);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			printf("\n#   ");
		else if (*text != '\r')
			putchar(*text);
	printf("|\n");
}

static void
write_notes(const struct merge_notes *notes, struct buf *b)
{
	for (size_t i = 0; i < notes->n; i++) {
		const struct merge_note *n = &notes->v[i];
		long long id = (long long)n->task;

		switch (n->kind) {
		case MERGE_FIELD:
			if (id == 0)
				buf_puts(b, "field -");
			else
				buf_printf(b, "field %lld", id);
			buf_printf(b, " %s: %s / %s\n", n->field, n->kept ? n->kept : "-",
			    n->lost ? n->lost : "-");
			break;
		case MERGE_PUT_BACK:
			buf_printf(b, "put back %lld\n", id);
			break;
		case MERGE_STAYS:
			buf_printf(b, "stays %lld\n", id);
			break;
		case MERGE_RENUMBERED:
			buf_printf(b, "renumbered %lld: %s\n", id, n->kept);
			break;
		case MERGE_REMOVED:
			buf_printf(b, "removed %lld\n", id);
			break;
		}
	}
}

/* A section with one line end at last; caller frees. */
static char *
section(const struct cases *c, const char *name, const char *otherwise)
{
	const char *s = case_or(c, name, case_or(c, otherwise, ""));
	struct buf b = { 0 };

	buf_puts(&b, s);
	while (b.len > 0 && b.data[b.len - 1] == '\n')
		buf_cut(&b, b.len - 1);
	buf_putc(&b, '\n');
	return buf_detach(&b);
}

static void
check_case(const struct cases *c)
{
	char *text[3] = { section(c, "base", "base"), section(c, "last", "base"),
	    section(c, "mine", "base") };
	char *want = section(c, "expect", "refused"), *notes = section(c, "notes", "");
	struct tasks ts[3] = { 0 };
	struct merge_notes got = { 0 };
	struct buf out = { 0 }, lines = { 0 };
	struct err e = { 0 };
	bool refused = case_get(c, "refused") != NULL;
	int rc;

	for (int i = 0; i < 3; i++)
		if (!load(&ts[i], text[i])) {
			ok(false, "%s: cannot be loaded", c->name);
			goto done;
		}
	rc = merge_tasks(&ts[0], &ts[1], &ts[2], "tasks.yml", &out, &got, &e);
	if (refused) {
		want[strlen(want) - 1] = '\0';
		ok(rc == -1 && e.code == ERR_INVALID && strstr(e.msg, want) != NULL &&
		    out.len == 0 && got.n == 0, "%s", c->name);
		goto done;
	}
	if (!ok(rc == 0 && strcmp(buf_str(&out), want) == 0, "%s", c->name))
		show(rc == 0 ? "got" : e.msg, buf_str(&out));
	write_notes(&got, &lines);
	if (strcmp(notes, "\n") == 0)
		notes[0] = '\0';
	if (!ok(strcmp(buf_str(&lines), notes) == 0, "%s: what is reported", c->name))
		show("got", buf_str(&lines));
	ok(merge_conflicts(&got) == (strstr(buf_str(&lines), "field") != NULL ||
	    strstr(buf_str(&lines), "back") != NULL || strstr(buf_str(&lines), "stays") != NULL ||
	    strstr(buf_str(&lines), "renumbered") != NULL), "%s: conflicts or none", c->name);
done:
	for (int i = 0; i < 3; i++) {
		free(text[i]);
		tasks_release(&ts[i]);
	}
	free(want);
	free(notes);
	merge_release(&got);
	buf_release(&out);
	buf_release(&lines);
}

static void
check_cases(void)
{
	struct cases c;

	if (!ok(cases_open(&c, "tests/data/merge/merge.txt") == 0, "merge.txt"))
		return;
	while (cases_next(&c))
		check_case(&c);
	free(c.text);
}

/* xorshift: the same numbers on every machine. */
static uint64_t seed = 88172645463325252u;
static unsigned titles, remarks;

static unsigned
chance(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

static const char *const words[] = { "a", "b", "c", "two words", "no" };
static const char *const persons[] = { "body", "labels", "priority", "depends_on", "agent",
    "verify", "colour" };
static const char *const machines[] = { "status", "reason", "attempts", "tried_agents",
    "history", "updated_at", "last_error" };

static const char *
some_of(const char *const *list, unsigned n)
{
	return list[chance(n)];
}

static struct val *
some_list(bool ids)
{
	struct val *v = val_list();

	for (unsigned i = 0; i < (ids ? 9u : 5u); i++)
		if (chance(3) == 0)
			val_push(v, ids ? val_int((int64_t)i + 1) : val_str(words[i]));
	return v;
}

static struct val *
some_time(void)
{
	char text[CLOCK_MAX];

	clock_format(1790000000 + chance(50), text);
	return val_str(text);
}

static struct val *
some_history(void)
{
	struct val *v = val_list();

	for (unsigned i = 0, n = chance(14); i < n; i++) {
		struct val *line = val_map();

		val_put(line, "at", some_time());
		val_put(line, "status", val_str("new"));
		val_put(line, "note", val_str(some_of(words, 5)));
		val_push(v, line);
	}
	return v;
}

static struct val *
some_value(const char *key)
{
	static const char *const priorities[] = { "urgent", "high", "low" };
	static const char *const states[] = { "routed", "in_progress", "done" };
	static const char *const lines[] = { "one\ntwo\n", "one\n\ntwo", "short", "" };

	if (strcmp(key, "body") == 0 || strcmp(key, "last_error") == 0)
		return val_str(some_of(lines, 4));
	if (strcmp(key, "labels") == 0 || strcmp(key, "verify") == 0 ||
	    strcmp(key, "tried_agents") == 0)
		return some_list(false);
	if (strcmp(key, "depends_on") == 0)
		return some_list(true);
	if (strcmp(key, "priority") == 0)
		return val_str(some_of(priorities, 3));
	if (strcmp(key, "status") == 0)
		return val_str(some_of(states, 3));
	if (strcmp(key, "attempts") == 0)
		return val_int(chance(4));
	if (strcmp(key, "updated_at") == 0)
		return some_time();
	if (strcmp(key, "history") == 0)
		return some_history();
	return val_str(some_of(words, 5));
}

static struct val *
new_title(void)
{
	char text[32];

	snprintf(text, sizeof text, "title %u", ++titles);
	return val_str(text);
}

/* id 0: none. */
static struct val *
new_task(int64_t id)
{
	struct val *v = val_map();

	if (id > 0)
		val_put(v, "id", val_int(id));
	val_put(v, "title", new_title());
	for (unsigned i = chance(4); i > 0; i--) {
		const char *key = chance(2) ? some_of(persons, 7) : some_of(machines, 7);

		val_put(v, key, some_value(key));
	}
	if (id > 0 && chance(3) == 0) {
		struct val *list = val_list();

		val_push(list, val_int(id));
		val_put(v, "depends_on", list);
	}
	return v;
}

struct hand {
	struct edit_op op[200];
	struct val *own[200];
	size_t n;
};

static void
add(struct hand *h, enum edit_kind kind, const struct yaml_node *map, const char *key,
    struct val *v)
{
	h->own[h->n] = v;
	h->op[h->n++] = (struct edit_op){ kind, map, key, v };
}

/* What a command added has come into the person's text on some other way. */
static void
copy_new(struct hand *h, const struct tasks *last, int64_t *next)
{
	const struct task *t = last->n > 0 ? &last->v[last->n - 1] : NULL;
	struct val *v;

	if (t == NULL || t->id < *next)
		return;
	v = task_map(t);
	if (chance(2))
		val_put(v, "body", some_value("body"));
	if (chance(2))
		val_put(v, "status", some_value("status"));
	if (chance(2))
		val_drop(v, "labels");
	add(h, EDIT_APPEND, NULL, "tasks", v);
	*next = t->id + 1;
}

/* One side's changes: some fields, some tasks gone, some new ones. */
static void
change(struct hand *h, const struct tasks *ts, const struct tasks *last)
{
	bool person = last != NULL;
	int64_t next = ts->next_id;
	unsigned news = chance(3) == 0 ? 1 + chance(2) : 0;

	for (size_t i = 0; i < ts->n && h->n < 150; i++) {
		const struct task *t = &ts->v[i];
		const char *done[4];
		size_t n = 0;

		if (chance(8) == 0) {
			add(h, EDIT_REMOVE, task_node(t), NULL, NULL);
			continue;
		}
		if (!person && task_int(t, F_ID, 0) == 0)
			add(h, EDIT_PUT, task_node(t), "id", val_int(t->id));
		if (person && task_int(t, F_ID, 0) != 0 && chance(6) == 0)
			add(h, EDIT_PUT, task_node(t), "title", new_title());
		for (unsigned k = chance(2) ? chance(4) : 0; k > 0; k--) {
			bool own = chance(4) != 0;
			const char *key = some_of(own == person ? persons : machines, 7);
			bool twice = false;

			for (size_t d = 0; d < n; d++)
				twice = twice || done[d] == key;
			if (twice)
				continue;
			done[n++] = key;
			if (chance(5) == 0)
				add(h, EDIT_DROP, task_node(t), key, NULL);
			else
				add(h, EDIT_PUT, task_node(t), key, some_value(key));
		}
	}
	if (person && chance(5) == 0)
		copy_new(h, last, &next);
	for (; news > 0; news--)
		add(h, EDIT_APPEND, NULL, "tasks", new_task(person && chance(2) ? 0 : next++));
	if (!person || chance(3) == 0)
		add(h, EDIT_PUT, NULL, "next_id", val_int(next + chance(2)));
	if (chance(4) == 0)
		add(h, EDIT_PUT, NULL, chance(2) ? "owner" : "mood", val_int(chance(3)));
}

/* `last`: it is the person's turn. */
static char *
apply(const struct tasks *ts, const struct tasks *last)
{
	struct hand h = { 0 };
	struct buf out = { 0 };
	struct err e = { 0 };

	change(&h, ts, last);
	if (edit_apply(&ts->yaml, h.op, h.n, field_order(), "t", &out, &e) == -1)
		printf("# %s\n", e.msg);
	for (size_t i = 0; i < h.n; i++)
		val_free(h.own[i]);
	if (out.data == NULL)
		buf_puts(&out, "");
	return buf_detach(&out);
}

/* Comments where they end what is before them: at tasks, and at the end. */
static char *
with_comments(char *text)
{
	struct buf b = { 0 };
	const char *eol = strstr(text, "\r\n") ? "\r\n" : "\n";

	for (char *line = text, *next; *line != '\0'; line = next) {
		size_t blanks = strspn(line, " "), len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		if (blanks < 3 && strncmp(line + blanks, "- ", 2) == 0 && chance(4) == 0)
			buf_printf(&b, "%*s# remark %u%s", (int)blanks, "", ++remarks, eol);
		buf_append(&b, line, (size_t)(next - line));
	}
	if (b.len > 0 && b.data[b.len - 1] == '\n' && chance(4) == 0)
		buf_printf(&b, "# remark %u%s", ++remarks, eol);
	free(text);
	return buf_detach(&b);
}

static char *
some_base(void)
{
	struct val *root = val_map(), *list = val_list();
	struct buf b = { 0 }, text = { 0 };
	const char *eol = chance(6) ? "\n" : "\r\n";
	int64_t id = 1;

	for (unsigned i = 0, n = chance(7); i < n; i++, id += 1 + (chance(4) == 0))
		val_push(list, new_task(chance(8) == 0 ? 0 : id));
	if (chance(5) != 0)
		val_put(root, "next_id", val_int(id + chance(2)));
	if (chance(4) == 0)
		val_put(root, "owner", val_int(chance(3)));
	if (chance(12) == 0 && list->n > 0)
		buf_puts(&b, "# json\n");
	val_put(root, "tasks", list);
	if (b.len > 0)
		json_print(&b, root);
	else
		edit_document(&b, root);
	val_free(root);
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\n')
			buf_puts(&text, eol);
		else
			buf_putc(&text, b.data[i]);
	buf_release(&b);
	return with_comments(buf_detach(&text));
}

/* One round: what was, what became of it on both sides, and the merge. */
struct round {
	struct tasks base, last, mine, result;
	struct buf out;
	struct merge_notes notes;
	const char *wrong;		/* the first promise that was not kept */
};

static const struct val *
value(const struct val *map, const char *key)
{
	const struct val *v = val_get(map, key);

	return v != NULL && v->kind == VAL_NULL ? NULL : v;
}

static const struct merge_note *
note_of(const struct round *r, enum merge_kind kind, int64_t id, const char *field)
{
	for (size_t i = 0; i < r->notes.n; i++) {
		const struct merge_note *n = &r->notes.v[i];

		if (n->kind == kind && n->task == id &&
		    (field == NULL || (n->field != NULL && strcmp(n->field, field) == 0)))
			return n;
	}
	return NULL;
}

static bool
in_list(const struct val *list, const struct val *v)
{
	for (size_t i = 0; list != NULL && i < list->n; i++)
		if (val_same(list->v[i], v))
			return true;
	return false;
}

static bool
is_persons(const char *key)
{
	for (size_t i = 0; i < sizeof persons / sizeof *persons; i++)
		if (strcmp(key, persons[i]) == 0)
			return true;
	return strcmp(key, "title") == 0 || strcmp(key, "owner") == 0 || strcmp(key, "mood") == 0;
}

/* An item is there if both have it, or if the one that has it added it. */
static bool
sets_kept(const struct val *b, const struct val *l, const struct val *m, const struct val *r)
{
	const struct val *from[] = { b, l, m, r };

	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; from[k] != NULL && i < from[k]->n; i++) {
			const struct val *v = from[k]->v[i];
			bool in_l = in_list(l, v), in_m = in_list(m, v);

			if (in_list(r, v) != ((in_l && in_m) || ((in_l || in_m) && !in_list(b, v))))
				return false;
		}
	return true;
}

static bool
history_kept(const struct val *l, const struct val *m, const struct val *r)
{
	size_t n = l != NULL ? l->n : 0;

	for (size_t i = 0; m != NULL && i < m->n; i++)
		n += !in_list(l, m->v[i]);
	for (size_t i = 0; r != NULL && i < r->n; i++)
		if ((!in_list(l, r->v[i]) && !in_list(m, r->v[i])) || (i > 0 &&
		    strcmp(val_text(val_get(r->v[i - 1], "at")),
		    val_text(val_get(r->v[i], "at"))) > 0))
			return false;
	return r != NULL && r->n == (n < 20 ? n : 20);
}

static bool
field_kept(const struct round *g, int64_t id, const char *key, const struct val *b,
    const struct val *l, const struct val *m, const struct val *r)
{
	if (val_same(m, b))
		return val_same(r, l);
	if (val_same(l, b) || val_same(l, m))
		return val_same(r, m);
	if (strcmp(key, "labels") == 0 || strcmp(key, "verify") == 0 ||
	    strcmp(key, "tried_agents") == 0 || strcmp(key, "depends_on") == 0)
		return sets_kept(b, l, m, r);
	if (strcmp(key, "history") == 0)
		return history_kept(l, m, r);
	if (strcmp(key, "updated_at") == 0) {
		const char *tl = l ? val_text(l) : "", *tm = m ? val_text(m) : "";

		return val_same(r, strcmp(tl, tm) < 0 ? m : l);
	}
	return note_of(g, MERGE_FIELD, id, key) != NULL && val_same(r, is_persons(key) ? m : l);
}

/* The person's ids as the notes say that they are now, where they are the person's. */
static void
follow(const struct round *g, struct val *m, const struct val *b)
{
	struct val *list = val_get(m, "depends_on");

	for (size_t i = 0; list != NULL && !val_same(list, val_get(b, "depends_on")) &&
	    i < list->n; i++) {
		const struct merge_note *n = note_of(g, MERGE_RENUMBERED, list->v[i]->i, NULL);

		if (n != NULL)
			list->v[i]->i = strtoll(n->kept, NULL, 10);
	}
}

static bool
fields_kept(const struct round *g, int64_t id, const struct val *b, const struct val *l,
    const struct val *m, const struct val *r)
{
	const struct val *from[] = { b, l, m, r };

	for (size_t k = 0; k < 4; k++)
		for (size_t i = 0; from[k] != NULL && i < from[k]->n; i++) {
			const char *key = from[k]->key[i];

			if (!field_kept(g, id, key, value(b, key), value(l, key), value(m, key),
			    value(r, key))) {
				printf("# task %lld: %s\n", (long long)id, key);
				return false;
			}
		}
	return true;
}

/* Every title is one task's own as long as it has no id. */
static const struct task *
titled(const struct tasks *ts, const struct task *t)
{
	for (size_t i = 0; i < ts->n; i++)
		if (task_int(&ts->v[i], F_ID, 0) == 0 &&
		    strcmp(task_text(&ts->v[i], F_TITLE), task_text(t, F_TITLE)) == 0)
			return &ts->v[i];
	return NULL;
}

static struct val *
map_of(const struct task *t)
{
	return t != NULL ? task_map(t) : NULL;
}

/* `wrong` or NULL: a task of `mine`; `found` counts those of the result. */
static const char *
mine_wrong(const struct round *g, const struct task *t, size_t *found)
{
	int64_t id = task_int(t, F_ID, 0);
	const struct task *was = id > 0 ? tasks_find(&g->base, id) : titled(&g->base, t);
	const struct task *is = was != NULL || id > 0 ? tasks_find(&g->last, was ? was->id : id) :
	    NULL;
	const struct merge_note *moved = was == NULL && id > 0 ?
	    note_of(g, MERGE_RENUMBERED, id, NULL) : NULL;
	int64_t now = moved != NULL ? strtoll(moved->kept, NULL, 10) : is != NULL ?
	    task_int(is, F_ID, 0) : id;
	const struct task *r = now > 0 ? tasks_find(&g->result, now) : titled(&g->result, t);
	struct val *b = map_of(was), *l = map_of(is), *m = map_of(t), *v = map_of(r);
	const char *wrong = NULL;

	if (was != NULL && is == NULL && val_same(b, m))
		wrong = r == NULL ? NULL : "what was archived is gone";
	else if (r == NULL)
		wrong = "a task of the person's is lost";
	else if (was != NULL && is == NULL && note_of(g, MERGE_STAYS, was->id, NULL) == NULL)
		wrong = "what stays though it was archived is reported";
	else if (was == NULL && id > 0 && id < g->last.next_id && id >= g->base.next_id &&
	    moved == NULL && (is == NULL ||
	    strcmp(task_text(is, F_TITLE), task_text(t, F_TITLE)) != 0))
		wrong = "an id is used once";
	else {
		follow(g, m, b);
		if (moved != NULL)
			val_put(m, "id", val_int(now));
		if (!fields_kept(g, t->id, b, is != NULL && moved == NULL ? l : b, m, v))
			wrong = "each side's changes are there";
	}
	*found += r != NULL;
	val_free(b);
	val_free(l);
	val_free(m);
	val_free(v);
	return wrong;
}

static const struct task *
in_mine(const struct round *g, const struct task *t)
{
	const struct task *was = tasks_find(&g->base, t->id), *m;

	if (was == NULL) {
		m = tasks_find(&g->mine, t->id);
		return m != NULL && task_int(m, F_ID, 0) != 0 &&
		    strcmp(task_text(m, F_TITLE), task_text(t, F_TITLE)) == 0 ? m : NULL;
	}
	m = task_int(was, F_ID, 0) == 0 ? titled(&g->mine, was) : tasks_find(&g->mine, t->id);
	return m != NULL && (task_int(was, F_ID, 0) == 0 || task_int(m, F_ID, 0) != 0) ? m : NULL;
}

static const char *
last_wrong(const struct round *g, const struct task *t, size_t *found)
{
	const struct task *was = tasks_find(&g->base, t->id), *r;
	struct val *b = map_of(was), *l = map_of(t), *v;
	const char *wrong = NULL;

	r = task_int(t, F_ID, 0) == 0 ? titled(&g->result, t) : tasks_find(&g->result, t->id);
	if (r != NULL && task_int(r, F_ID, 0) != task_int(t, F_ID, 0))
		r = NULL;
	v = map_of(r);
	if (in_mine(g, t) != NULL)
		goto done;
	*found += r != NULL;
	if (was != NULL && task_int(t, F_ID, 0) != 0)
		val_put(b, "id", val_int(was->id));
	if (was != NULL && t->status != ST_IN_PROGRESS && val_same(b, l)) {
		if (r != NULL || note_of(g, MERGE_REMOVED, t->id, NULL) == NULL)
			wrong = "what the person removed is removed, and reported";
	} else if (!val_same(v, l))
		wrong = "what is new or worked on is there";
	else if (was != NULL && note_of(g, MERGE_PUT_BACK, t->id, NULL) == NULL)
		wrong = "what is put back is reported";
done:
	val_free(b);
	val_free(l);
	val_free(v);
	return wrong;
}

static int64_t
next_of(const struct tasks *ts)
{
	int64_t next = ts->next_id;

	for (size_t i = 0; i < ts->n; i++)
		next -= task_int(&ts->v[i], F_ID, 0) == 0;
	return next;
}

static struct val *
root_of(const struct tasks *ts)
{
	struct val *v = ts->yaml.root != NULL ? yaml_value(ts->yaml.root) : val_map();

	val_drop(v, "tasks");
	val_drop(v, "next_id");
	return v;
}

static const char *
root_wrong(const struct round *g)
{
	struct val *b = root_of(&g->base), *l = root_of(&g->last), *m = root_of(&g->mine);
	struct val *r = root_of(&g->result);
	bool kept = fields_kept(g, 0, b, l, m, r);
	int64_t next = next_of(&g->result);

	val_free(b);
	val_free(l);
	val_free(m);
	val_free(r);
	if (!kept)
		return "the keys of the file";
	return next < next_of(&g->base) || next < next_of(&g->last) || next < next_of(&g->mine) ?
	    "next_id never goes back" : NULL;
}

/* No value has a '#'. */
static bool
same_comments(const char *a, const char *b)
{
	for (;; a++, b++) {
		size_t n;

		a = strchr(a, '#');
		b = strchr(b, '#');
		if (a == NULL || b == NULL)
			return a == b;
		n = strcspn(a, "\r\n");
		if (strcspn(b, "\r\n") != n || strncmp(a, b, n) != 0)
			return false;
	}
}

static const char *
result_wrong(struct round *g)
{
	const char *wrong = root_wrong(g);
	size_t found = 0;

	for (size_t i = 0; wrong == NULL && i < g->mine.n; i++)
		wrong = mine_wrong(g, &g->mine.v[i], &found);
	for (size_t i = 0; wrong == NULL && i < g->last.n; i++)
		wrong = last_wrong(g, &g->last.v[i], &found);
	if (wrong == NULL && found != g->result.n)
		wrong = "as many tasks as there should be";
	if (wrong == NULL && !same_comments(buf_str(&g->mine.text), buf_str(&g->out)))
		wrong = "the person's comments, in their order";
	return wrong;
}

/* A merge whose outcome is known: the same bytes as `want`, or the same values. */
static bool
becomes(const struct tasks *base, const struct tasks *last, const struct tasks *mine,
    const struct tasks *want, bool bytes)
{
	struct merge_notes notes = { 0 };
	struct buf out = { 0 };
	struct err e = { 0 };
	struct tasks ts = { 0 };
	struct val *a = NULL, *b = NULL;
	bool same = merge_tasks(base, last, mine, "t", &out, &notes, &e) == 0;

	if (same && bytes)
		same = strcmp(buf_str(&out), buf_str(&want->text)) == 0;
	same = same && !merge_conflicts(&notes);
	if (same && !bytes && (same = load(&ts, buf_str(&out)))) {
		same = ts.n == want->n && ts.next_id == want->next_id;
		for (size_t i = 0; same && i < want->n; i++) {
			const struct task *t = tasks_find(&ts, want->v[i].id);

			a = map_of(t);
			b = map_of(&want->v[i]);
			same = val_same(a, b);
			val_free(a);
			val_free(b);
		}
		a = root_of(&ts);
		b = root_of(want);
		same = same && val_same(a, b);
		val_free(a);
		val_free(b);
		tasks_release(&ts);
	}
	merge_release(&notes);
	buf_release(&out);
	return same;
}

static void
release_round(struct round *g)
{
	tasks_release(&g->base);
	tasks_release(&g->last);
	tasks_release(&g->mine);
	tasks_release(&g->result);
	merge_release(&g->notes);
	buf_release(&g->out);
}

/* Did the person remove a task that is being worked on? */
static bool
took_running(const struct round *g)
{
	for (size_t i = 0; i < g->base.n; i++)
		if (g->base.v[i].status == ST_IN_PROGRESS && in_mine(g, &g->base.v[i]) == NULL)
			return true;
	return false;
}

static bool
play(size_t *reported)
{
	struct round g = { 0 };
	struct err e = { 0 };
	char *base = some_base(), *last = NULL, *mine = NULL;

	if (!load(&g.base, base))
		g.wrong = "the file is one";
	else {
		last = chance(10) ? apply(&g.base, NULL) : strdup(base);
		if (load(&g.last, last))
			mine = with_comments(apply(&g.base, &g.last));
		if (mine == NULL || !load(&g.mine, mine))
			g.wrong = "both sides are files";
		else if (merge_tasks(&g.base, &g.last, &g.mine, "t", &g.out, &g.notes, &e) == -1)
			g.wrong = e.msg;
		else if (!load(&g.result, buf_str(&g.out)))
			g.wrong = "the result is a file";
		else
			g.wrong = result_wrong(&g);
	}
	if (g.wrong == NULL && !becomes(&g.base, &g.last, &g.base, &g.last, false))
		g.wrong = "without a person it is the machine's";
	if (g.wrong == NULL && !becomes(&g.last, &g.last, &g.last, &g.last, true))
		g.wrong = "without changes it stays";
	if (g.wrong == NULL && next_of(&g.mine) >= next_of(&g.base) && !took_running(&g) &&
	    !becomes(&g.base, &g.base, &g.mine, &g.mine, true))
		g.wrong = "without a machine it is the person's";
	if (g.wrong != NULL) {
		struct buf lines = { 0 };

		printf("# %s\n", g.wrong);
		show("base", base);
		show("last", last ? last : "");
		show("mine", mine ? mine : "");
		show("result", buf_str(&g.out));
		write_notes(&g.notes, &lines);
		show("notes", buf_str(&lines));
		buf_release(&lines);
	}
	for (size_t i = 0; i < g.notes.n; i++)
		reported[g.notes.v[i].kind]++;
	free(base);
	free(last);
	free(mine);
	release_round(&g);
	return g.wrong == NULL;
}

static void
check_random(unsigned trials)
{
	static const char *const kinds[] = { [MERGE_FIELD] = "fields", [MERGE_PUT_BACK] = "put back",
	    [MERGE_STAYS] = "stay", [MERGE_RENUMBERED] = "renumbered", [MERGE_REMOVED] = "removed" };
	size_t reported[5] = { 0 };
	unsigned wrong = 0;

	for (unsigned i = 0; i < trials && wrong < 3; i++)
		wrong += !play(reported);
	is_int(wrong, 0, "random merges keep what is promised");
	for (size_t i = 0; i < 5; i++)
		ok(reported[i] > trials / 100, "%zu %s", reported[i], kinds[i]);
}

int
main(void)
{
	const char *n = getenv("ORCH_TEST_TRIALS");

	check_cases();
	check_random(n ? (unsigned)strtoul(n, NULL, 10) : 3000);
	return done_testing();
}
