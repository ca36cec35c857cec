/*
 * task_lines.c - from the tree back to the lines
 */
#include "task/task_lines.h"

#include <string.h>

#include "task/task.h"

static size_t
line_start(const char *text, size_t at)
{
	while (at > 0 && text[at - 1] != '\n')
		at--;
	return at;
}

/* Only a comment, or nothing, from `at` to the end of the line. */
static bool
says_nothing(const char *text, size_t at)
{
	at += strspn(text + at, " \t\r");
	return text[at] == '#' || text[at] == '\n' || text[at] == '\0';
}

/*
 * From the mapping back to its dash, which stands on its line or, with comments in
 * between, on one above.
 */
static bool
find_dash(const char *text, size_t node, struct task_lines *l)
{
	size_t at = line_start(text, node), dash = at + strspn(text + at, " ");

	if (text[dash] == '-' && dash < node) {
		*l = (struct task_lines){ .start = at, .column = dash - at };
		return dash + 1 + strspn(text + dash + 1, " ") == node;
	}
	if (dash != node)
		return false;
	while (at > 0) {
		at = line_start(text, at - 1);
		dash = at + strspn(text + at, " ");
		if (text[dash] == '-') {
			*l = (struct task_lines){ .start = at, .column = dash - at };
			return says_nothing(text, dash + 1);
		}
		if (!says_nothing(text, dash))
			return false;
	}
	return false;
}

bool
task_lines_find(const struct task *t, struct task_lines *l)
{
	const struct yaml_node *map = task_node(t);
	const char *text = task_tree(t)->text;
	size_t end = map->end;

	if (map->style != YAML_BLOCK || yaml_prop(map) != NULL || !find_dash(text, map->start, l))
		return false;
	if (end > 0 && text[end - 1] != '\n')
		end += strcspn(text + end, "\n");
	if (text[end] == '\n' && text[end - 1] != '\n')
		end++;
	l->end = end;
	return true;
}
