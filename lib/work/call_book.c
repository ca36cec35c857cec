#include "work/call_book.h"

#include <string.h>

#include "base/num.h"
#include "doc/val.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/agent_end.h"
#include "work/classify.h"
#include "work/pool.h"

static int64_t
above_zero(int64_t n)
{
	return n > 0 ? n : 0;
}

void
call_told_by(struct call_told *told, const struct agent *agent, const struct classify_report *report,
    int64_t ms)
{
	double cost = report->cost_usd > 0 ? report->cost_usd : 0;

	told->agent = agent->id;
	told->class = report->good ? OUTCOME_OK : outcome_of(report->class);
	told->message = report->message;
	told->reset_at = report->reset_at;
	told->used.tokens_in += above_zero(report->tokens.in);
	told->used.tokens_out += above_zero(report->tokens.out);
	told->used.ms += ms;
	told->used.cost_usd += cost;
	told->used.estimated_usd += report->cost_priced ? cost : 0;
	told->tries++;
}

void
call_told_put(const struct call_told *told, struct val *record)
{
	val_put(record, "class", val_str(outcome_name(told->class)));
	val_put(record, "message", val_str(told->message ? told->message : ""));
	if (told->reset_at > 0)
		val_put(record, "reset_at", val_int(told->reset_at));
	val_put(record, "tries", val_int(told->tries));
	val_put(record, "usage", usage_value(&told->used));
}

void
call_told_read(struct call_told *told, const struct val *record)
{
	const char *class = val_text(val_get(record, "class"));
	int found = class ? outcome_find(class) : -1;

	*told = (struct call_told){
		.agent = val_text(val_get(record, "agent")),
		.class = found == -1 ? OUTCOME_INVALID_OUTPUT : (enum outcome_class)found,
		.message = val_text(val_get(record, "message")),
		.reset_at = val_number(val_get(record, "reset_at"), 0),
		.tries = (int)val_number(val_get(record, "tries"), 0),
	};
	usage_read(&told->used, val_get(record, "usage"));
}

int
call_book(struct change *c, struct project *p, int64_t task, const struct call_told *told,
    struct err *e)
{
	const struct pool_end end = {
		.agent = told->agent, .class = told->class, .reset_at = told->reset_at,
		.message = told->message,
		.used = { .v = {
			[POOL_TIME] = told->used.ms,
			[POOL_TOKENS] = told->used.tokens_in + told->used.tokens_out,
			[POOL_COST] = pool_dollars(told->used.cost_usd),
		} },
	};
	struct pool_answer now;
	struct val *beside;
	struct pool pool;

	if (told->agent == NULL || told->tries == 0)
		return 0;
	if ((beside = change_beside(c, e)) == NULL)
		return -1;
	pool_at(&pool, beside, change_now(c));
	agent_end(c, p, &pool, task, 0, &end, num_random(), &now);
	return change_status(c, task) == ST_NONE ? 0 : usage_add(c, task, &told->used, e);
}
