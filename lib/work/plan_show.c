/*
 * plan_show - a plan for people and for programs: by wave, and in it as it is written
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/plan.h"

/* Numbers of the tasks, sorted by wave; as many as there are, caller frees. */
static size_t *
by_wave(const struct plan *p)
{
	size_t *first = xcalloc((size_t)p->waves + 2, sizeof *first);
	size_t *order = xcalloc(p->n + 1, sizeof *order);

	for (size_t i = 0; i < p->n; i++)
		first[p->v[i].wave + 1]++;
	for (int64_t w = 1; w <= p->waves; w++)
		first[w + 1] += first[w];
	for (size_t i = 0; i < p->n; i++)
		order[first[p->v[i].wave]++] = i;
	free(first);
	return order;
}

static void
put_needs(const struct plan *p, const struct plan_task *t, struct buf *out)
{
	for (size_t i = 0; i < t->needs.n; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", p->v[t->needs.v[i] - 1].id);
	if (t->needs.n == 0)
		buf_putc(out, '-');
}

void
plan_text(const struct plan *p, struct buf *out)
{
	size_t *order = by_wave(p);

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_task *t = &p->v[order[i]];
		const char *agent = val_text(val_get(t->fields, "agent"));

		buf_printf(out, "%lld\t%s\t%s\t%s\t", (long long)t->wave,
		    p->stages.v[t->stage], t->id, agent ? agent : "-");
		put_needs(p, t, out);
		buf_printf(out, "\t%s\n", val_text(val_get(t->fields, "title")));
	}
	free(order);
}

void
plan_json(const struct plan *p, struct buf *out)
{
	size_t *order = by_wave(p);

	for (size_t i = 0; i < p->n; i++) {
		const struct plan_task *t = &p->v[order[i]];
		struct val *map = val_map(), *needs = val_list();

		val_add(map, "schema", val_int(1));
		val_add(map, "plan", val_str(p->name));
		val_add(map, "mode", val_str(plan_mode_name(p->mode)));
		val_add(map, "wave", val_int(t->wave));
		val_add(map, "stage", val_str(p->stages.v[t->stage]));
		val_add(map, "id", val_str(t->id));
		for (size_t k = 0; k < t->needs.n; k++)
			val_push(needs, val_str(p->v[t->needs.v[k] - 1].id));
		val_add(map, "needs", needs);
		val_add(map, "fields", val_copy(t->fields));
		json_print(out, map);
		buf_putc(out, '\n');
		val_free(map);
	}
	free(order);
}
