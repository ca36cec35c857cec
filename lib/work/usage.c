#include "work/usage.h"

#include <stddef.h>

#include "doc/val.h"
#include "task/store.h"

static double
real_of(const struct val *v)
{
	return v == NULL ? 0 : v->kind == VAL_REAL ? v->r : (double)val_number(v, 0);
}

static void
add_count(struct val *usage, const char *key, int64_t more)
{
	if (more > 0)
		val_put(usage, key, val_int(val_number(val_get(usage, key), 0) + more));
}

static void
add_dollars(struct val *usage, const char *key, double more)
{
	if (more > 0)
		val_put(usage, key, val_real(real_of(val_get(usage, key)) + more));
}

int64_t
usage_ms(const struct val *v)
{
	double ms = real_of(v) * 1000 + 0.5;

	return ms >= 1e15 ? INT64_C(1000000000000000) : ms >= 1 ? (int64_t)ms : 0;
}

struct val *
usage_seconds(int64_t ms)
{
	return ms % 1000 == 0 ? val_int(ms / 1000) : val_real((double)ms / 1000);
}

void
usage_read(struct usage *u, const struct val *v)
{
	*u = (struct usage){
		.tokens_in = val_number(val_get(v, "input_tokens"), 0),
		.tokens_out = val_number(val_get(v, "output_tokens"), 0),
		.ms = usage_ms(val_get(v, "seconds")),
		.cost_usd = real_of(val_get(v, "cost_usd")),
		.estimated_usd = real_of(val_get(v, "estimated_usd")),
	};
}

/* Each part on top of what stands there. */
static void
add_all(struct val *usage, const struct usage *more)
{
	add_count(usage, "input_tokens", more->tokens_in);
	add_count(usage, "output_tokens", more->tokens_out);
	if (more->ms > 0)
		val_put(usage, "seconds", usage_seconds(usage_ms(val_get(usage, "seconds")) + more->ms));
	add_dollars(usage, "cost_usd", more->cost_usd);
	add_dollars(usage, "estimated_usd", more->estimated_usd);
}

struct val *
usage_value(const struct usage *u)
{
	struct val *v = val_map();

	add_all(v, u);
	return v;
}

int
usage_add(struct change *c, int64_t task, const struct usage *more, struct err *e)
{
	struct val *usage = change_get(c, task, F_USAGE);

	if (usage == NULL || usage->kind != VAL_MAP) {
		val_free(usage);
		usage = val_map();
	}
	add_all(usage, more);
	if (usage->n == 0) {
		val_free(usage);
		return 0;
	}
	return change_set(c, task, F_USAGE, usage, e);
}
