/*
 * change_cut.c - tasks that leave a whole picture go with their lines
 *
 * The editor keeps the comments of what it removes, which is right for a value that
 * somebody drops and wrong for a task that has moved to the archive with them.  So the
 * lines are cut first; that nothing else went with them is proved by reading what is left.
 */
#include "task/change_impl.h"

#include <string.h>

#include "base/err.h"
#include "doc/val.h"
#include "task/task_lines.h"

static bool
is_removed(const struct change *c, size_t i)
{
	return c->of_task[i] > 0 && c->v[c->of_task[i] - 1].removed;
}

/* The text without their lines; `cut` says who had lines of its own. */
static void
cut_lines(const struct change *c, bool *cut, struct buf *text)
{
	const struct tasks *ts = c->tasks;
	struct task_lines l;
	size_t at = 0;

	for (size_t i = 0; i < ts->n; i++) {
		cut[i] = is_removed(c, i) && task_lines_find(&ts->v[i], &l) && l.start >= at;
		if (!cut[i])
			continue;
		buf_append(text, ts->text.data + at, l.start - at);
		at = l.end;
	}
	buf_append(text, ts->text.data + at, ts->text.len - at);
}

static bool
same(struct val *a, struct val *b)
{
	bool is = val_same(a, b);

	val_free(a);
	val_free(b);
	return is;
}

/* Is it the old picture but for them? */
static bool
is_rest(const struct change *c, const bool *cut, const struct tasks *rest)
{
	const struct tasks *ts = c->tasks;
	const struct yaml_node *a = ts->yaml.root->child, *b;
	size_t kept = 0;

	if (rest->yaml.root == NULL || rest->yaml.root->n != ts->yaml.root->n)
		return false;
	b = rest->yaml.root->child;
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		if (strcmp(a->key->text, b->key->text) != 0 || (strcmp(a->key->text, "tasks") != 0 &&
		    !same(yaml_value(a), yaml_value(b))))
			return false;
	for (size_t i = 0; i < ts->n; i++)
		if (!cut[i] && (kept == rest->n ||
		    !same(task_map(&ts->v[i]), task_map(&rest->v[kept++]))))
			return false;
	return kept == rest->n;
}

bool
change_cut(const struct change *c, const char *name, bool *cut, struct tasks *rest)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	bool good;

	cut_lines(c, cut, &text);
	good = tasks_load(rest, &text, name, &ignored) == 0;
	if (good && !is_rest(c, cut, rest)) {
		tasks_release(rest);
		good = false;
	}
	buf_release(&text);
	return good;
}
