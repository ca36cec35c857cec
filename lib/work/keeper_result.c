/*
 * The result of a keeper as a file: one JSON object that is there whole or not at
 * all.  Reading it back is strict, as it decides what an attempt was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/contain.h"
#include "sys/fs.h"
#include "work/jsonfile.h"
#include "work/keeper.h"
#include "work/keeper_life.h"

#define RESULT_MAX (64 << 10)

static const char *const stop_names[] = {
	[KEEPER_NOT] = "",
	[KEEPER_TIMEOUT] = "timeout",
	[KEEPER_IDLE] = "idle",
	[KEEPER_ASKED] = "asked",
	[KEEPER_OUTPUT] = "output",
	[KEEPER_RESULT] = "result",
	[KEEPER_BUDGET] = "over_budget",
};

#define STOPS (sizeof stop_names / sizeof *stop_names)

const char *
keeper_stop_name(enum keeper_stop stop)
{
	return stop_names[stop];
}

/* Names of files may be no UTF-8; JSON is. */
static struct val *
text_val(const char *s)
{
	struct buf b = { 0 };
	struct val *v;

	str_clean(&b, s, strlen(s));
	v = val_str(buf_str(&b));
	buf_release(&b);
	return v;
}

int
keeper_write(const struct keeper_spec *s, const struct keeper_result *r, struct err *e)
{
	char *name = xasprintf("%sresult.json", s->name);
	struct val *v = val_map();
	int rc;

	val_put(v, "schema", val_int(1));
	val_put(v, "started", val_bool(r->started));
	val_put(v, "exit", val_int(r->exit));
	val_put(v, "signal", val_int(r->signal));
	val_put(v, "stop", val_str(keeper_stop_name(r->stop)));
	val_put(v, "ms", val_int(r->ms));
	val_put(v, "stdout_bytes", val_int(r->out_bytes));
	val_put(v, "stderr_bytes", val_int(r->err_bytes));
	val_put(v, "swept", val_int(r->swept));
	val_put(v, "error", text_val(r->error));
	val_put(v, "container", val_str(contain_name(r->container)));
	val_put(v, "sealed", val_bool(r->sealed));
	rc = jsonfile_write(s->run_fd, name, v, e);
	free(name);
	return rc;
}

static int
stop_of(const char *name, enum keeper_stop *stop)
{
	for (size_t i = 0; name != NULL && i < STOPS; i++)
		if (strcmp(name, stop_names[i]) == 0) {
			*stop = (enum keeper_stop)i;
			return 0;
		}
	return -1;
}

static bool
is_kind(const struct val *v, const char *key, enum val_kind kind)
{
	const struct val *item = val_get(v, key);

	return item != NULL && item->kind == kind;
}

static int
parse_result(const struct val *v, struct keeper_result *r)
{
	static const char *const numbers[] = { "exit", "signal", "ms", "stdout_bytes",
		"stderr_bytes", "swept" };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!is_kind(v, numbers[i], VAL_INT))
			return -1;
	if (val_number(val_get(v, "schema"), 0) != 1 || !is_kind(v, "started", VAL_BOOL) ||
	    !is_kind(v, "error", VAL_STR))
		return -1;
	r->started = val_truth(val_get(v, "started"), false);
	r->exit = (int)val_number(val_get(v, "exit"), -1);
	r->signal = (int)val_number(val_get(v, "signal"), 0);
	r->ms = val_number(val_get(v, "ms"), 0);
	r->out_bytes = val_number(val_get(v, "stdout_bytes"), 0);
	r->err_bytes = val_number(val_get(v, "stderr_bytes"), 0);
	r->swept = (int)val_number(val_get(v, "swept"), 0);
	snprintf(r->error, sizeof r->error, "%s", val_text(val_get(v, "error")));
	r->container = contain_kind_of(val_text(val_get(v, "container")));
	r->sealed = val_truth(val_get(v, "sealed"), false);
	return stop_of(val_text(val_get(v, "stop")), &r->stop);
}

int
keeper_read(int run_fd, const char *name, struct keeper_result *r, struct err *e)
{
	char *file = xasprintf("%sresult.json", name);
	struct buf b = { 0 };
	struct val *v = NULL;
	int rc;

	*r = (struct keeper_result){ .exit = -1 };
	if ((rc = fs_read(run_fd, file, RESULT_MAX, &b, e)) != 0)
		goto done;
	if ((v = json_parse(buf_str(&b), b.len, e)) == NULL)
		rc = err_prefix(e, "%s", file);
	else if (parse_result(v, r) == -1)
		rc = err_set(e, ERR_INVALID, "%s: not the result of a keeper", file);
done:
	val_free(v);
	buf_release(&b);
	free(file);
	return rc;
}
