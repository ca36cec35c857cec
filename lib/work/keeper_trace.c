/*
 * Where a container is, as a file: written before the program is started, so that
 * whoever finds a free run lock finds the container too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/contain.h"
#include "sys/fs.h"
#include "work/jsonfile.h"
#include "work/keeper.h"
#include "work/keeper_life.h"

#define TRACE_MAX (64u << 10)

static struct val *
process_val(pid_t pid, uint64_t start)
{
	struct val *v = val_map();

	val_put(v, "pid", val_int(pid));
	val_put(v, "start", val_int((int64_t)start));
	return v;
}

int
keeper_write_trace(const struct keeper_spec *s, const struct contain_trace *t, struct err *e)
{
	char *name = xasprintf("%s" KEEPER_TRACE, s->name);
	struct val *v = val_map();
	int rc;

	val_put(v, "schema", val_int(1));
	val_put(v, "kind", val_str(contain_name(t->kind)));
	val_put(v, "keeper", process_val(t->maker.pid, t->maker.start));
	val_put(v, "boot", val_str(t->maker.boot));
	val_put(v, "host", val_str(t->maker.host));
	val_put(v, "space", val_int((int64_t)t->maker.space));
	if (t->init > 0) {
		val_put(v, "init", process_val(t->init, t->init_start));
		val_put(v, "inside", val_int((int64_t)t->space));
	}
	if (t->cgroup[0] != '\0')
		val_put(v, "cgroup", val_str(t->cgroup));
	val_put(v, "sealed", val_bool(t->sealed));
	rc = jsonfile_write(s->run_fd, name, v, e);
	free(name);
	return rc;
}

/* A process of the map; false if it is none. */
static bool
parse_process(const struct val *v, pid_t *pid, uint64_t *start)
{
	int64_t n = val_number(val_get(v, "pid"), 0), since = val_number(val_get(v, "start"), 0);

	*pid = (pid_t)n;
	*start = (uint64_t)since;
	return n > 1 && n <= INT32_MAX && since > 0;
}

/* A text that fits, or "". */
static bool
parse_text(const struct val *v, const char *key, char *out, size_t size)
{
	const char *text = val_text(val_get(v, key));
	int n = snprintf(out, size, "%s", text ? text : "");

	return n >= 0 && (size_t)n < size;
}

static int
parse(const struct val *v, struct contain_trace *t)
{
	const struct val *init = val_get(v, "init");
	bool space;

	*t = (struct contain_trace){ .kind = contain_kind_of(val_text(val_get(v, "kind"))) };
	space = t->kind == CONTAIN_PIDNS || t->kind == CONTAIN_USERNS;
	t->maker.space = (uint64_t)val_number(val_get(v, "space"), 0);
	t->space = (uint64_t)val_number(val_get(v, "inside"), 0);
	if (val_number(val_get(v, "schema"), 0) != 1 || t->kind == CONTAIN_NONE ||
	    !parse_process(val_get(v, "keeper"), &t->maker.pid, &t->maker.start) ||
	    !parse_text(v, "boot", t->maker.boot, sizeof t->maker.boot) ||
	    !parse_text(v, "host", t->maker.host, sizeof t->maker.host) ||
	    !parse_text(v, "cgroup", t->cgroup, sizeof t->cgroup) ||
	    (space && !parse_process(init, &t->init, &t->init_start)) ||
	    (t->kind == CONTAIN_CGROUP && t->cgroup[0] != '/'))
		return -1;
	return 0;
}

/* 1: there is one; 0: there is none. */
static int
read_trace(int run_fd, const char *name, struct contain_trace *t, struct err *e)
{
	char *file = xasprintf("%s" KEEPER_TRACE, name);
	struct buf b = { 0 };
	struct val *v = NULL;
	int rc = fs_read(run_fd, file, TRACE_MAX, &b, e);

	if (rc != 0) {
		rc = rc == 1 ? 0 : -1;
		goto done;
	}
	rc = 1;
	if ((v = json_parse(buf_str(&b), b.len, e)) == NULL)
		rc = err_prefix(e, "%s", file);
	else if (parse(v, t) == -1)
		rc = err_set(e, ERR_INVALID, "%s: not the container of a keeper", file);
done:
	val_free(v);
	buf_release(&b);
	free(file);
	return rc;
}

int
keeper_end(int run_fd, const char *name, int64_t deadline, struct err *e)
{
	struct contain_trace t;
	int rc = read_trace(run_fd, name, &t, e);

	return rc == 1 ? contain_end(&t, deadline, e) : rc;
}

int
keeper_ask(int run_fd, const char *name, struct err *e)
{
	struct contain_trace t;
	int rc = read_trace(run_fd, name, &t, e);

	return rc == 1 ? contain_ask(&t, e) : rc;
}
