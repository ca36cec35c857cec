/*
 * The skills that a task asks for.  Each gets its share of the room, so that a long one
 * does not push out those behind it; one that cannot be had is named as missing,
 * because the work can go on without it.
 */
#include "work/context_parts.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "task/project.h"
#include "work/context.h"
#include "work/fence.h"
#include "work/skill.h"

#define MARKERS 256	/* bytes that are left for the markers around the part */

struct chosen {
	struct buf text;
	size_t room;		/* of it that is given out */
};

static void
put_skill(struct buf *out, const struct project *p, const char *name)
{
	struct skill s;
	struct err e = { 0 };

	if (skill_load(&s, p, name, &e) == -1) {
		buf_printf(out, "(not available: %s)\n", e.msg);
		return;
	}
	buf_printf(out, "== skill %s ==\n%s\nfolder: %s\n\n%s", s.name, s.description, s.dir, s.text);
	if (out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	skill_release(&s);
}

/* Whoever needs no more than an equal share gets all; the rest is shared by the others. */
static void
share(struct chosen *v, size_t n, size_t cap)
{
	size_t left = cap, open = n, each;
	bool changed = true;

	while (open > 0 && changed) {
		each = left / open;
		changed = false;
		for (size_t i = 0; i < n; i++) {
			if (v[i].room > 0 || v[i].text.len > each)
				continue;
			v[i].room = v[i].text.len;
			left -= v[i].room;
			open--;
			changed = true;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].room == 0)
			v[i].room = left / open;
}

int64_t
context_skills(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	struct vec_str names = { 0 };
	struct chosen *v;
	size_t left = 0;

	(void)e;
	skill_chosen(in->task, &names);
	v = xcalloc(names.n + 1, sizeof *v);
	for (size_t i = 0; i < names.n; i++) {
		buf_puts(&v[i].text, i > 0 ? "\n" : "");
		put_skill(&v[i].text, in->project, names.v[i]);
	}
	share(v, names.n, cap > MARKERS ? cap - MARKERS : 0);
	for (size_t i = 0; i < names.n; i++) {
		left += fence_cut(out, buf_str(&v[i].text), v[i].text.len, v[i].room);
		buf_release(&v[i].text);
	}
	free(v);
	vec_str_release(&names);
	return (int64_t)left;
}
