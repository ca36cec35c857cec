#include "work/usage.h"

#include <stddef.h>

#include "doc/val.h"
#include "task/store.h"

static double
real_of(const struct val *v)
{
	return v == NULL ? 0 : v->kind == VAL_REAL ? v->r : (double)val_number(v, 0);
}

int
usage_add(struct change *c, int64_t task, const struct val *more, struct err *e)
{
	static const char *const counts[] = { "input_tokens", "output_tokens", "seconds" };
	struct val *usage = change_get(c, task, F_USAGE);
	double cost = real_of(val_get(more, "cost_usd"));
	int64_t n;

	if (more == NULL || more->n == 0) {
		val_free(usage);
		return 0;
	}
	if (usage == NULL || usage->kind != VAL_MAP) {
		val_free(usage);
		usage = val_map();
	}
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		if ((n = val_number(val_get(more, counts[i]), 0)) > 0)
			val_put(usage, counts[i],
			    val_int(val_number(val_get(usage, counts[i]), 0) + n));
	if (cost > 0)
		val_put(usage, "cost_usd", val_real(real_of(val_get(usage, "cost_usd")) + cost));
	return change_set(c, task, F_USAGE, usage, e);
}
