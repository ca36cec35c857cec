#include "work/dot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/vec.h"
#include "task/task.h"

#define NONE SIZE_MAX

/* Light enough for black text; skipped and cancelled are also dashed. */
static const struct {
	const char *fill, *style;
} looks[STATUS_N] = {
	[ST_NEW] = { "#ffffff", "filled" },
	[ST_ROUTED] = { "#dce9f7", "filled" },
	[ST_IN_PROGRESS] = { "#8ec7f2", "filled" },
	[ST_BLOCKED] = { "#c9c6ea", "filled" },
	[ST_IN_REVIEW] = { "#e6c7ee", "filled" },
	[ST_NEEDS_REVIEW] = { "#ffe08a", "filled" },
	[ST_DONE] = { "#b6e3b0", "filled" },
	[ST_FAILED] = { "#f4a6a0", "filled" },
	[ST_SKIPPED] = { "#e4e4e4", "filled,dashed" },
	[ST_CANCELLED] = { "#e4e4e4", "filled,dashed" },
};

/* The selected tasks as a forest; numbers are places in the picture. */
struct forest {
	const struct tasks *tasks;
	bool *in;		/* is it selected? */
	size_t *up;		/* its parent, if that is selected too, else NONE */
	size_t *child, *next;	/* first child, next of the same parent; NONE */
	bool *seen;
};

/* ---- text ---- */

/* Within quotes: a backslash would begin an escape, an ampersand an entity. */
static void
put_quoted(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(out, '\\');
		if (*s == '&')
			buf_puts(out, "&amp;");
		else
			buf_putc(out, *s);
	}
}

/* `id title`, cut between two code points. */
static void
put_label(struct buf *out, const struct task *t)
{
	const char *title = task_text(t, F_TITLE);
	struct buf b = { 0 };
	size_t len = strlen(title), used = 0;
	uint32_t cp;

	for (int n = 0; n < DOT_TITLE_MAX && used < len; n++)
		used += str_decode(title + used, len - used, &cp);
	buf_printf(&b, "%lld ", (long long)t->id);
	str_visible(&b, title, used, false);
	buf_puts(&b, used < len ? ".." : "");
	put_quoted(out, buf_str(&b));
	buf_release(&b);
}

static void
put_indent(struct buf *out, size_t depth)
{
	for (size_t i = 0; i <= depth; i++)
		buf_putc(out, '\t');
}

static void
put_node(const struct forest *f, size_t i, size_t depth, struct buf *out)
{
	const struct task *t = &f->tasks->v[i];

	put_indent(out, depth);
	buf_printf(out, "t%lld [label=\"", (long long)t->id);
	put_label(out, t);
	buf_printf(out, "\", tooltip=\"%s\", fillcolor=\"%s\", style=\"%s\"];\n",
	    state_name(t->status), looks[t->status].fill, looks[t->status].style);
}

/* ---- clusters ---- */

static size_t
place_of(const struct forest *f, int64_t id)
{
	const struct task *t = id != 0 ? tasks_find(f->tasks, id) : NULL;
	size_t i = t != NULL ? (size_t)(t - f->tasks->v) : NONE;

	return i != NONE && f->in[i] ? i : NONE;
}

static void
plant(struct forest *f, const struct vec_id *ids)
{
	size_t n = f->tasks->n + 1;

	f->in = xcalloc(n, sizeof *f->in);
	f->seen = xcalloc(n, sizeof *f->seen);
	f->up = xcalloc(n, sizeof *f->up);
	f->child = xcalloc(n, sizeof *f->child);
	f->next = xcalloc(n, sizeof *f->next);
	for (size_t i = 0; i < n; i++)
		f->up[i] = f->child[i] = f->next[i] = NONE;
	for (size_t i = 0; i < ids->n; i++)
		f->in[tasks_find(f->tasks, ids->v[i]) - f->tasks->v] = true;
	/* From the end, so that the first child is the first of the file. */
	for (size_t i = f->tasks->n; i-- > 0;) {
		size_t up = f->in[i] ? place_of(f, task_int(&f->tasks->v[i], F_PARENT_ID, 0)) : NONE;

		if (up == NONE || up == i)
			continue;
		f->up[i] = up;
		f->next[i] = f->child[up];
		f->child[up] = i;
	}
}

static void
open_cluster(const struct forest *f, size_t i, size_t depth, struct buf *out)
{
	const struct task *t = &f->tasks->v[i];

	put_indent(out, depth);
	buf_printf(out, "subgraph cluster_%lld {\n", (long long)t->id);
	put_indent(out, depth + 1);
	buf_puts(out, "label=\"");
	put_label(out, t);
	buf_puts(out, "\";\n");
}

/* A task and all below it.  Down to the first child, then on to the next, else up: the way
 * back is in `up`, so that nothing has to be remembered but how deep the clusters are. */
static void
put_family(struct forest *f, size_t top, struct buf *out)
{
	size_t i = top, level = 0;

	for (;;) {
		size_t depth = level < DOT_DEPTH_MAX ? level : DOT_DEPTH_MAX;
		bool parent = f->child[i] != NONE && !f->seen[f->child[i]];

		f->seen[i] = true;
		if (parent && level < DOT_DEPTH_MAX)
			open_cluster(f, i, depth, out);
		put_node(f, i, depth + (parent && level < DOT_DEPTH_MAX), out);
		if (parent) {
			i = f->child[i];
			level++;
			continue;
		}
		while (i != top && (f->next[i] == NONE || f->seen[f->next[i]])) {
			i = f->up[i];
			if (--level < DOT_DEPTH_MAX) {
				put_indent(out, level);
				buf_puts(out, "}\n");
			}
		}
		if (i == top)
			return;
		i = f->next[i];
	}
}

static void
put_edges(const struct forest *f, struct buf *out)
{
	struct vec_id needs = { 0 };

	for (size_t i = 0; i < f->tasks->n; i++) {
		needs.n = 0;
		if (f->in[i])
			task_ids(&f->tasks->v[i], F_DEPENDS_ON, &needs);
		for (size_t k = 0; k < needs.n; k++)
			if (place_of(f, needs.v[k]) != NONE)
				buf_printf(out, "\tt%lld -> t%lld;\n", (long long)needs.v[k],
				    (long long)f->tasks->v[i].id);
	}
	vec_id_release(&needs);
}

void
dot_graph(const struct tasks *tasks, const struct vec_id *ids, struct buf *out)
{
	struct forest f = { .tasks = tasks };

	plant(&f, ids);
	buf_puts(out, "digraph orch {\n\trankdir=LR;\n"
	    "\tgraph [fontname=\"sans-serif\", style=\"rounded\"];\n"
	    "\tnode [fontname=\"sans-serif\", shape=\"box\"];\n");
	for (size_t i = 0; i < tasks->n; i++)
		if (f.in[i] && f.up[i] == NONE)
			put_family(&f, i, out);
	/* A ring of parents, as a hand edit may leave it, has no top. */
	for (size_t i = 0; i < tasks->n; i++)
		if (f.in[i] && !f.seen[i])
			put_family(&f, i, out);
	put_edges(&f, out);
	buf_puts(out, "}\n");
	free(f.in);
	free(f.seen);
	free(f.up);
	free(f.child);
	free(f.next);
}
