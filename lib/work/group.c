#include "work/group.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/event.h"
#include "task/project.h"
#include "task/store.h"

#define SUFFIX	 ".json"
#define FILE_MAX (1u << 20)	/* bytes of one */

/* ---- pending ---- */

struct group_event *
group_find(const struct group *g, int64_t seq)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].seq == seq)
			return &g->v[i];
	return NULL;
}

void
group_add(struct group *g, int64_t seq, int64_t now)
{
	g->v = vec_room(g->v, &g->cap, g->n, sizeof *g->v);
	g->v[g->n++] = (struct group_event){ .seq = seq, .count = 1, .at = now };
}

void
group_drop(struct group *g, int64_t seq)
{
	struct group_event *ev = group_find(g, seq);

	if (ev == NULL)
		return;
	memmove(ev, ev + 1, (size_t)(g->v + g->n - ev - 1) * sizeof *ev);
	g->n--;
}

/* ---- the file ---- */

static char *
file_of(const char *name)
{
	return xasprintf(EVENT_GROUPS "/%s" SUFFIX, name);
}

/* A person may have written what cannot be counted on from. */
static int64_t
count_of(const struct val *v, const char *key)
{
	int64_t n = val_number(val_get(v, key), 0);

	return n < 0 ? 0 : n > EVENT_SEQ_MAX ? EVENT_SEQ_MAX : n;
}

static int
from_value(struct group *g, const struct val *v)
{
	const struct val *pending = val_get(v, "pending");
	const char *error = val_text(val_get(v, "error"));

	g->seen = val_number(val_get(v, "seen"), -1);
	if (val_number(val_get(v, "schema"), 0) != 1 || g->seen < 0 ||
	    g->seen > EVENT_SEQ_MAX || (pending != NULL && (pending->kind != VAL_LIST ||
	    pending->n > GROUP_PENDING_MAX)))
		return -1;
	g->made = true;
	g->redelivered = count_of(v, "redelivered");
	g->missed = count_of(v, "missed");
	g->errors = count_of(v, "errors");
	g->failures = count_of(v, "failures");
	g->suspended = val_seconds(val_get(v, "suspended"));
	g->error = error != NULL ? xstrdup(error) : NULL;
	for (size_t i = 0; pending != NULL && i < pending->n; i++) {
		int64_t seq = val_number(val_get(pending->v[i], "seq"), 0);

		if (seq <= 0 || seq > g->seen)
			return -1;
		group_add(g, seq, val_seconds(val_get(pending->v[i], "at")));
		if (count_of(pending->v[i], "count") > 0)
			g->v[i].count = count_of(pending->v[i], "count");
	}
	return 0;
}

static struct val *
to_value(const struct group *g)
{
	struct val *v = val_map(), *pending = val_list();

	for (size_t i = 0; i < g->n; i++) {
		struct val *item = val_map();

		val_add(item, "seq", val_int(g->v[i].seq));
		val_add(item, "count", val_int(g->v[i].count));
		val_add(item, "at", val_time(g->v[i].at));
		val_push(pending, item);
	}
	val_add(v, "schema", val_int(1));
	val_add(v, "seen", val_int(g->seen));
	val_add(v, "pending", pending);
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

int
group_read(const struct project *p, const char *name, struct group *g, struct err *e)
{
	struct buf text = { 0 };
	struct err bad = { 0 };
	struct val *v = NULL;
	char *file = file_of(name);
	int r;

	*g = (struct group){ 0 };
	r = p->orch_fd == -1 ? 1 : fs_read(p->orch_fd, file, FILE_MAX, &text, e);
	if (r == 0 && ((v = json_parse(buf_str(&text), text.len, &bad)) == NULL || from_value(g, v) == -1)) {
		group_release(g);
		r = err_set(e, ERR_INVALID, "'%s/%s' is damaged: what the group has seen is not known; "
		    "without the file it begins anew", p->orch, file);
	}
	val_free(v);
	buf_release(&text);
	free(file);
	return r;
}

bool
group_exists(const struct project *p, const char *name)
{
	char *file = file_of(name);
	bool is = p->orch_fd != -1 && faccessat(p->orch_fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	free(file);
	return is;
}

void
group_release(struct group *g)
{
	free(g->v);
	free(g->error);
	*g = (struct group){ 0 };
}

static int
write_group(struct project *p, const char *name, const struct group *g, struct err *e)
{
	struct val *v = to_value(g);
	struct buf text = { 0 };
	char *file = xasprintf("%s" SUFFIX, name);
	int dir = project_dir(p, EVENT_GROUPS, e), r = -1;

	json_print(&text, v);
	buf_putc(&text, '\n');
	/* What it has seen may have been told a moment ago, and not be on the disk yet. */
	if (dir != -1 && (faccessat(p->orch_fd, EVENT_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == -1 ||
	    fs_sync_file(p->orch_fd, EVENT_FILE, e) == 0))
		r = fs_replace(dir, file, text.data, text.len, 0600, e);
	if (r == 0)
		event_mark_set(p, g->seen);
	if (dir != -1)
		close(dir);
	free(file);
	buf_release(&text);
	val_free(v);
	return r;
}

int
group_change(struct project *p, const char *name, const char *command, group_fn *fn, void *arg,
    struct err *e)
{
	struct lock lock = { .fd = -1 };
	struct group g = { 0 };
	int r = -1;

	if (project_prepare(p, e) == -1 || lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, command, e) == -1)
		return -1;
	if (group_read(p, name, &g, e) != -1 && (r = fn(&g, arg, e)) == 0)
		r = write_group(p, name, &g, e);
	lock_release(&lock);
	group_release(&g);
	return r == 1 ? 0 : r;
}

int
group_claim(struct lock *lock, struct project *p, const char *name, struct err *e)
{
	char *file = xasprintf("%s.lock", name);
	int dir = project_prepare(p, e) == -1 ? -1 : project_dir(p, EVENT_GROUPS, e), r = -1;

	if (dir != -1) {
		r = lock_try(lock, dir, file, e);
		close(dir);
	}
	free(file);
	return r;
}

/* ---- acknowledging ---- */

struct acking {
	const char *name;
	const struct vec_id *ends;	/* pairs: from and to */
};

static int
ack(struct group *g, void *arg, struct err *e)
{
	const struct acking *a = arg;
	const struct vec_id *ends = a->ends;
	size_t n = g->n;

	if (!g->made)
		return err_set(e, ERR_USAGE, "there is no group '%s'", a->name);
	for (size_t k = 0; k < ends->n; k += 2)
		if (ends->v[k + 1] > g->seen)
			return err_set(e, ERR_USAGE, "group '%s' has not come to event %lld yet", a->name,
			    (long long)ends->v[k + 1]);
	for (size_t k = 0; k < ends->n; k += 2)
		for (size_t i = g->n; i-- > 0;)
			if (g->v[i].seq >= ends->v[k] && g->v[i].seq <= ends->v[k + 1])
				group_drop(g, g->v[i].seq);
	/* Again is as good as once. */
	return g->n == n;
}

int
group_ack_ids(struct project *p, const char *name, const char *command, const struct vec_id *seqs,
    struct err *e)
{
	struct vec_id ends = { 0 };
	struct acking a = { name, &ends };
	int r = 0;

	for (size_t i = 0; i < seqs->n; i++) {
		vec_id_push(&ends, seqs->v[i]);
		vec_id_push(&ends, seqs->v[i]);
	}
	if (seqs->n > 0)
		r = group_change(p, name, command, ack, &a, e);
	vec_id_release(&ends);
	return r;
}

int
group_ack_all(struct project *p, const struct store_opts *opts, const char *name,
    const struct vec_str *words, struct err *e)
{
	struct vec_id ends = { 0 };
	struct acking a = { name, &ends };
	int r = str_is_name(name) ? 0 : err_set(e, ERR_USAGE, "'%.80s' is no name of a group", name);

	for (size_t i = 0; r == 0 && i < words->n; i++) {
		const char *dots = strstr(words->v[i], "..");
		char *first = xstrndup(words->v[i], dots ? (size_t)(dots - words->v[i]) : strlen(words->v[i]));
		int64_t from = 0, to = 0;

		if (num_id(first, &from) == -1 || num_id(dots ? dots + 2 : first, &to) == -1 || from > to)
			r = err_set(e, ERR_USAGE, "'%.40s' is no number of an event", words->v[i]);
		vec_id_push(&ends, from);
		vec_id_push(&ends, to);
		free(first);
	}
	if (r == 0 && !opts->dry_run)
		r = group_change(p, name, opts->command, ack, &a, e);
	vec_id_release(&ends);
	return r;
}
