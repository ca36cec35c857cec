#include "work/subscribe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/event.h"
#include "task/project.h"
#include "task/store.h"
#include "work/group.h"
#include "work/reading.h"

#define TIMEOUT_MS 60000

static const struct val *
configured(const struct project *p)
{
	return config_val(&p->config, "subscriptions");
}

static size_t
count(const struct project *p)
{
	const struct val *list = configured(p);

	return list != NULL ? list->n : 0;
}

static const char *
name_of(const struct project *p, size_t i)
{
	return val_text(val_get(configured(p)->v[i], "name"));
}

/* "90s", or a number of seconds. */
static int64_t
span(const struct val *v)
{
	int64_t ms = TIMEOUT_MS;

	if (v != NULL && v->kind == VAL_INT)
		ms = v->i * 1000;
	else if (val_text(v) != NULL)
		num_duration(val_text(v), &ms);
	return ms;
}

static int
load_one(struct subscription *s, const struct val *map, struct err *e)
{
	const struct val *where = val_get(map, "where");

	s->name = val_text(val_get(map, "name"));
	s->run = val_get(map, "run");
	s->timeout_ms = span(val_get(map, "timeout"));
	if (event_filter_topics(&s->filter, val_text(val_get(map, "topic")), e) == -1)
		return -1;
	for (size_t i = 0; where != NULL && i < where->n; i++)
		if (event_filter_where(&s->filter, val_text(where->v[i]), e) == -1)
			return -1;
	return 0;
}

int
subscribe_load(struct subscriptions *list, const struct project *p, struct err *e)
{
	*list = (struct subscriptions){ 0 };
	list->v = xcalloc(count(p), sizeof *list->v);
	for (; list->n < count(p); list->n++)
		if (load_one(&list->v[list->n], configured(p)->v[list->n], e) == -1) {
			list->n++;
			subscribe_release(list);
			e->code = ERR_CONFIG;
			return -1;
		}
	return 0;
}

void
subscribe_release(struct subscriptions *list)
{
	for (size_t i = 0; i < list->n; i++)
		event_filter_release(&list->v[i].filter);
	free(list->v);
	*list = (struct subscriptions){ 0 };
}

bool
subscribe_has(const struct project *p, const char *name)
{
	for (size_t i = 0; i < count(p); i++)
		if (strcmp(name_of(p, i), name) == 0)
			return true;
	return false;
}

/* ---- changes ---- */

static int
begin_at(struct group *g, void *arg, struct err *e)
{
	(void)e;
	if (g->made)
		return 1;
	g->seen = *(const int64_t *)arg;
	return 0;
}

int
subscribe_begin(struct project *p, const char *command, struct err *e)
{
	for (size_t i = 0; i < count(p); i++) {
		int64_t newest = 0;

		if (!group_exists(p, name_of(p, i)) && (reading_newest(p, &newest, e) == -1 ||
		    group_change(p, name_of(p, i), command, begin_at, &newest, e) == -1))
			return -1;
	}
	return 0;
}

static int
resume(struct group *g, void *arg, struct err *e)
{
	(void)arg;
	(void)e;
	if (!g->made || (g->suspended == 0 && g->failures == 0))
		return 1;
	g->suspended = 0;
	g->failures = 0;
	return 0;
}

int
subscribe_resume(struct project *p, const struct store_opts *opts, const char *name, struct err *e)
{
	if (!subscribe_has(p, name))
		return err_set(e, ERR_USAGE, "no subscription '%.80s' in orch.yml", name);
	return opts->dry_run ? 0 : group_change(p, name, opts->command, resume, NULL, e);
}

/* ---- what there is to tell ---- */

/* One whose file is damaged is told of like one that is suspended: somebody must look. */
static int
read_anyway(const struct project *p, const char *name, struct group *g, struct err *e)
{
	if (group_read(p, name, g, e) != -1)
		return 0;
	if (e->code != ERR_INVALID)
		return -1;
	g->error = xstrdup(e->msg);
	*e = (struct err){ 0 };
	return 1;
}

static struct val *
told(const char *name, const struct val *map, const struct group *g, int64_t newest)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "name", val_str(name));
	val_add(v, "kind", val_str(map != NULL ? "subscription" : "group"));
	val_add(v, "state", val_str(g->suspended != 0 ? "suspended" : !g->made ? "new" :
	    g->seen > newest ? "beyond" : "open"));
	if (map != NULL) {
		val_add(v, "topic", val_copy(val_get(map, "topic")));
		val_add(v, "run", val_copy(val_get(map, "run")));
	}
	if (g->made) {
		val_add(v, "seen", val_int(g->seen));
		val_add(v, "lag", val_int(newest > g->seen ? newest - g->seen : 0));
	}
	val_add(v, "pending", val_int((int64_t)g->n));
	if (g->n > 0) {
		val_add(v, "oldest", val_int(g->v[0].seq));
		val_add(v, "since", val_time(g->v[0].at));
	}
	val_add(v, "redelivered", val_int(g->redelivered));
	val_add(v, "missed", val_int(g->missed));
	val_add(v, "errors", val_int(g->errors));
	val_add(v, "failures", val_int(g->failures));
	if (g->error != NULL)
		val_add(v, "error", val_str(g->error));
	if (g->suspended != 0)
		val_add(v, "suspended", val_time(g->suspended));
	return v;
}

static int
push(struct val *list, const struct project *p, const char *name, const struct val *map,
    int64_t newest, struct err *e)
{
	struct group g;
	int r = read_anyway(p, name, &g, e);
	struct val *v;

	if (r == -1)
		return -1;
	v = told(name, map, &g, newest);
	if (r == 1)
		val_put(v, "state", val_str("damaged"));
	val_push(list, v);
	group_release(&g);
	return 0;
}

int
subscribe_list(const struct project *p, struct val **list, struct err *e)
{
	struct vec_str names = { 0 };
	int64_t newest = 0;
	int r = -1;

	*list = val_list();
	if (reading_newest(p, &newest, e) == -1 || event_groups(p, &names, e) == -1)
		goto done;
	for (size_t i = 0; i < count(p); i++)
		if (push(*list, p, name_of(p, i), configured(p)->v[i], newest, e) == -1)
			goto done;
	for (size_t i = 0; i < names.n; i++)
		if (!subscribe_has(p, names.v[i]) && push(*list, p, names.v[i], NULL, newest, e) == -1)
			goto done;
	r = 0;
done:
	if (r == -1) {
		val_free(*list);
		*list = NULL;
	}
	vec_str_release(&names);
	return r;
}

/* Without its newline. */
static void
as_text(const struct val *v, struct buf *out)
{
	static const char *const numbers[] = { "lag", "pending", "redelivered", "missed", "errors", NULL };
	const char *since = val_text(val_get(v, "since")), *error = val_text(val_get(v, "error"));

	buf_printf(out, "%s\t%s", val_text(val_get(v, "name")), val_text(val_get(v, "state")));
	for (int i = 0; numbers[i] != NULL; i++)
		buf_printf(out, "\t%s %lld", numbers[i], (long long)val_number(val_get(v, numbers[i]), 0));
	buf_printf(out, "\t%s\t%s", since ? since : "-", error ? error : "-");
}

int
subscribe_lines(const struct project *p, bool json, listen_fn *fn, void *arg, struct err *e)
{
	struct val *list;
	struct buf line = { 0 };

	if (subscribe_list(p, &list, e) == -1)
		return -1;
	for (size_t i = 0, enough = 0; i < list->n && !enough; i++) {
		buf_cut(&line, 0);
		if (json)
			json_print(&line, list->v[i]);
		else
			as_text(list->v[i], &line);
		enough = fn(arg, buf_str(&line)) != 0;
	}
	buf_release(&line);
	val_free(list);
	return 0;
}

int
subscribe_suspended(const struct project *p, struct val **list, struct err *e)
{
	*list = val_list();
	for (size_t i = 0; i < count(p); i++) {
		struct group g;
		int r = read_anyway(p, name_of(p, i), &g, e);

		if (r == -1) {
			val_free(*list);
			*list = NULL;
			return -1;
		}
		if (r == 1 || g.suspended != 0) {
			struct val *v = val_map();

			val_add(v, "name", val_str(name_of(p, i)));
			if (r == 0)
				val_add(v, "since", val_time(g.suspended));
			val_add(v, "error", val_str(g.error ? g.error : ""));
			val_push(*list, v);
		}
		group_release(&g);
	}
	return 0;
}
