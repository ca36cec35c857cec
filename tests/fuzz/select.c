/*
 * select: operands against a naive reading of orch-select(7)
 *
 * Each line is an operand; a line "-" makes what follows standard input.  Where all
 * are taken, every task is judged by itself here and the answer must be the same.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/ready.h"
#include "task/select.h"
#include "task/task.h"

static const char file[] =
    "next_id: 12\n"
    "tasks:\n"
    "  - {id: 1, title: one, status: done, labels: [docs, a b], agent: x}\n"
    "  - {id: 3, title: three, children: [4, 5], labels: [api], priority: high}\n"
    "  - {id: 2, title: two, status: routed, depends_on: [1], gh: {issue: 5}}\n"
    "  - {id: 4, title: four, parent_id: 3, status: in_progress, attempts: 2}\n"
    "  - {id: 5, title: five, parent_id: 3, status: routed, agent: y, labels: []}\n"
    "  - {id: 9, title: \"n=1, x\", parent_id: 4, status: blocked, body: ''}\n"
    "  - {id: 11, title: all, status: routed, priority: urgent, depends_on: [9]}\n";

struct word {
	enum { IDS, FIELD, TREE, ALL, NEXT } kind;
	enum field field;
	bool negate;
	struct vec_str texts;
};

/* The operand in parts; false: it is not one, or has a value that the library judges. */
static bool
read_word(struct word *w, const char *s)
{
	const char *eq = strchr(s, '='), *text = s;
	int f = -1;

	*w = (struct word){ .kind = IDS };
	if (strcmp(s, "all") == 0 || strcmp(s, "next") == 0) {
		w->kind = *s == 'a' ? ALL : NEXT;
		return true;
	}
	if (*s == '@' || *s == '+') {
		w->kind = FIELD;
		w->field = *s == '@' ? F_STATUS : F_LABELS;
		text = s + 1;
	} else if (eq != NULL) {
		char *name = strndup(s, (size_t)(eq - s));
		size_t n = strlen(name);

		w->negate = n > 0 && name[n - 1] == '!';
		if (w->negate)
			name[n - 1] = '\0';
		f = strcmp(name, "label") == 0 ? F_LABELS : field_find(name);
		w->kind = strcmp(name, "tree") == 0 ? TREE : FIELD;
		free(name);
		if (w->kind == FIELD && f == -1)
			return false;
		w->field = (enum field)(f == -1 ? 0 : f);
		text = eq + 1;
	}
	for (;; text++) {
		size_t n = strcspn(text, ",");

		vec_str_take(&w->texts, strndup(text, n));
		text += n;
		if (*text == '\0')
			return true;
	}
}

/* Is `t` the task `root` or below it?  As either side says it, rings and all. */
static bool
below(const struct tasks *ts, int64_t root, int64_t id, unsigned depth)
{
	const struct task *t = tasks_find(ts, id);
	struct vec_id children = { 0 };
	bool found = id == root;

	if (found || t == NULL || depth > ts->n)
		return found;
	found = task_int(t, F_PARENT_ID, 0) != 0 &&
	    below(ts, root, task_int(t, F_PARENT_ID, 0), depth + 1);
	for (size_t i = 0; i < ts->n && !found; i++) {
		children.n = 0;
		task_ids(&ts->v[i], F_CHILDREN, &children);
		found = vec_id_has(&children, id) && below(ts, root, ts->v[i].id, depth + 1);
	}
	vec_id_release(&children);
	return found;
}

static bool
in_range(const char *text, int64_t id)
{
	long long low, high;
	int n = sscanf(text, "%lld..%lld", &low, &high);

	return n == 2 ? id >= low && id <= high : n == 1 && id == low;
}

static bool
is_absent(const struct task *t, enum field f)
{
	struct val *v = task_value(t, f);

	val_free(v);
	return v == NULL;
}

static bool
field_is(const struct task *t, enum field f, const char *want)
{
	const char *text = task_text(t, f);

	if (*want == '\0')
		return is_absent(t, f) ||
		    (text != NULL ? *text == '\0' : task_count(t, f) == 0 && f != F_GH && f != F_USAGE);
	if (f == F_STATUS)
		return strcmp(state_name(t->status), want) == 0;
	if (f == F_PRIORITY)
		return strcmp(field_table[f].words[task_priority(t)], want) == 0;
	return text != NULL ? strcmp(text, want) == 0 : task_has(t, f, want);
}

static bool
word_meets(const struct word *w, const struct tasks *ts, const struct task *t)
{
	for (size_t i = 0; i < w->texts.n; i++) {
		const char *s = w->texts.v[i];

		if (w->kind == FIELD ? field_is(t, w->field, s) : w->kind == TREE ?
		    below(ts, strtoll(s, NULL, 10), t->id, 0) : in_range(s, t->id))
			return !w->negate;
	}
	return w->negate || w->kind == ALL || w->kind == NEXT;
}

static bool
is_named(const struct word *w)
{
	if (w->kind != IDS)
		return false;
	for (size_t i = 0; i < w->texts.n; i++)
		if (strstr(w->texts.v[i], "..") != NULL)
			return false;
	return true;
}

static void
check(const struct word *word, size_t n, const struct tasks *ts, const struct vec_id *got)
{
	bool named = false, next = false;

	for (size_t i = 0; i < n; i++) {
		named = named || is_named(&word[i]);
		next = next || word[i].kind == NEXT;
	}
	for (size_t i = 0; i < ts->n; i++) {
		bool hit = n > 0, by_name = false;

		for (size_t k = 0; k < n; k++)
			if (is_named(&word[k]))
				by_name = by_name || word_meets(&word[k], ts, &ts->v[i]);
			else
				hit = hit && word_meets(&word[k], ts, &ts->v[i]);
		hit = hit && (!named || by_name);
		must(next ? !vec_id_has(got, ts->v[i].id) || hit : vec_id_has(got, ts->v[i].id) == hit,
		    "task %lld", (long long)ts->v[i].id);
	}
	must(!next || got->n <= 1, "%zu are next", got->n);
	for (size_t i = 0; i < got->n; i++)
		for (size_t k = 0; k < i; k++)
			must(got->v[i] != got->v[k], "twice");
}

#define WORDS 8

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ready_rules rules = { .now = 1800000000 };
	char *text = text_of(data, len), *line = text, *nl;
	struct word word[WORDS] = { 0 };
	struct select *s = select_new();
	struct vec_id got = { 0 };
	struct buf copy = { 0 };
	struct tasks ts;
	struct err e = { 0 };
	size_t n = 0;
	bool taken = true, in = false;

	buf_puts(&copy, file);
	must(tasks_load(&ts, &copy, "t", &e) == 0, "%s", e.msg);
	for (; taken && !in && n < WORDS && *line != '\0'; line = nl) {
		nl = line + strcspn(line, "\n");
		if (*nl != '\0')
			*nl++ = '\0';
		in = strcmp(line, "-") == 0;
		if (in)
			taken = select_stdin(s, nl, len - (size_t)(nl - text), &e) == 0;
		else if (select_word(s, line, &e) == 0)
			must(read_word(&word[n++], line), "'%s' was taken", line);
		else
			taken = false;
		must(taken || ((e.code == ERR_USAGE || e.code == ERR_INVALID) && e.msg[0] != '\0'), "%s",
		    e.msg);
	}
	if (taken && select_run(s, &ts, &rules, &got, &e) == 0 && !in)
		check(word, n, &ts, &got);
	for (size_t i = 0; i < WORDS; i++)
		vec_str_release(&word[i].texts);
	vec_id_release(&got);
	select_free(s);
	tasks_release(&ts);
	free(text);
	return 0;
}
