/*
 * attempt_usage.c - what an attempt used, where a CLI counts its whole session
 *
 * A resumed run of such a CLI tells what earlier runs of the session have told already.
 * So what was told is kept as usage.json in the folder of the attempt, and what is booked
 * is the difference to the newest one before it that is of the same session.
 */
#include <stdio.h>
#include <string.h>

#include "doc/val.h"
#include "task/project.h"
#include "work/attempt_impl.h"
#include "work/jsonfile.h"

#define USAGE	  "usage.json"
#define USAGE_MAX 4096

static int
keep(const struct attempt *a, const struct outcome *o, struct err *e)
{
	struct val *v = val_map();

	val_put(v, "schema", val_int(1));
	val_put(v, "session", val_str(o->session));
	val_put(v, "input_tokens", val_int(o->tokens_in));
	val_put(v, "output_tokens", val_int(o->tokens_out));
	val_put(v, "cost_usd", val_real(o->cost_usd));
	return jsonfile_write(a->run_fd, USAGE, v, e);
}

/* What the session had told before, caller frees; NULL: it is new. */
static struct val *
told_before(const struct attempt *a, const char *session)
{
	char name[96];

	for (int n = a->number - 1; n > 0; n--) {
		struct val *v;
		const char *of;

		snprintf(name, sizeof name, "runs/%lld/%d/" USAGE, (long long)a->task, n);
		v = jsonfile_peek(a->project->orch_fd, name, USAGE_MAX);
		of = val_text(val_get(v, "session"));
		if (of != NULL && strcmp(of, session) == 0)
			return v;
		val_free(v);
	}
	return NULL;
}

/* A count is -1 where it was not told; one that went back has begun anew with nothing. */
static int64_t
more(int64_t now, const struct val *before)
{
	int64_t n = val_number(before, 0);

	if (now < 0 || n < 0)
		return now;
	return now > n ? now - n : 0;
}

int
attempt_usage(const struct attempt *a, struct outcome *o, struct err *e)
{
	struct val *before;
	const struct val *cost;

	if (o->session == NULL || !(o->tokens_total || o->cost_total))
		return 0;
	if (keep(a, o, e) == -1)
		return -1;
	before = told_before(a, o->session);
	if (o->tokens_total) {
		o->tokens_in = more(o->tokens_in, val_get(before, "input_tokens"));
		o->tokens_out = more(o->tokens_out, val_get(before, "output_tokens"));
	}
	cost = val_get(before, "cost_usd");
	if (o->cost_total && o->cost_usd >= 0 && cost != NULL && cost->kind == VAL_REAL && cost->r > 0)
		o->cost_usd = o->cost_usd > cost->r ? o->cost_usd - cost->r : 0;
	val_free(before);
	return 0;
}
