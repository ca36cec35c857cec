/*
 * land_record - what is written down: land.json before, the task and the event after
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/jsonfile.h"
#include "work/land.h"

#define NAME "land.json"
#define RECORD_MAX (64u << 10)
#define OUTPUT_KEPT 1000	/* bytes of a failed check in last_error */

/* ---- land.json ---- */

int
land_announce(struct land *l, const struct landing *x, struct err *e)
{
	struct val *v;
	int dir = project_dir(l->p, "state", e), r;

	if (dir == -1)
		return -1;
	v = val_map();
	val_add(v, "schema", val_int(1));
	val_add(v, "task", val_int(x->task));
	val_add(v, "attempt", val_int(x->number));
	val_add(v, "branch", val_str(x->branch));
	val_add(v, "was", val_str(x->was));
	val_add(v, "target", val_str(x->at->target));
	if (x->at->repo->name != NULL)
		val_add(v, "project", val_str(x->at->repo->name));
	val_add(v, "id", val_str(x->id));
	r = jsonfile_write(dir, NAME, v, e);
	close(dir);
	return r;
}

int
land_forget(struct land *l, struct err *e)
{
	int dir = project_dir(l->p, "state", e), r;

	if (dir == -1)
		return -1;
	r = fs_remove_tree(dir, NAME, e);
	close(dir);
	return r;
}

/* 1: there is none, or none that can be used. */
static int
read_record(struct land *l, struct landing *x, char **project, char **target, struct err *e)
{
	struct buf text = { 0 };
	struct err damaged = { 0 };
	struct val *v = NULL;
	const char *branch, *was, *id, *onto;
	int dir = project_dir(l->p, "state", e), r = -1;

	if (dir == -1)
		return -1;
	r = fs_read(dir, NAME, RECORD_MAX, &text, e);
	close(dir);
	if (r != 0)
		goto done;
	r = 1;
	if ((v = json_parse(buf_str(&text), text.len, &damaged)) == NULL)
		goto done;
	branch = val_text(val_get(v, "branch"));
	was = val_text(val_get(v, "was"));
	id = val_text(val_get(v, "id"));
	onto = val_text(val_get(v, "target"));
	if (branch == NULL || onto == NULL || was == NULL || id == NULL ||
	    strlen(was) >= sizeof x->was || strlen(id) >= sizeof x->id)
		goto done;
	x->task = val_number(val_get(v, "task"), 0);
	x->number = (int)val_number(val_get(v, "attempt"), 0);
	x->branch = xstrdup(branch);
	*target = xstrdup(onto);
	*project = val_text(val_get(v, "project")) ? xstrdup(val_text(val_get(v, "project"))) : NULL;
	memcpy(x->was, was, strlen(was) + 1);
	memcpy(x->id, id, strlen(id) + 1);
	r = 0;
done:
	val_free(v);
	buf_release(&text);
	return r;
}

int
land_left(struct land *l, char **project, struct err *e)
{
	struct landing x = { 0 };
	char *target = NULL;
	int r = read_record(l, &x, project, &target, e);

	free(x.branch);
	free(target);
	return r;
}

int
land_recover(struct land *l, struct err *e)
{
	struct landing x = { .run = { .fd = -1 } };
	const struct repo *repo;
	struct buf text = { 0 };
	struct err gone = { 0 };
	char *project = NULL, *target = NULL, tip[GIT_ID_MAX];
	int r = read_record(l, &x, &project, &target, e);

	if (r == 0 && (repo = repo_find(l->p, project, e)) == NULL) {
		r = -1;
	} else if (r == 0 && (x.at = land_site(l, repo))->bad.code != ERR_NONE) {
		*e = x.at->bad;
		r = err_prefix(e, "a landing that was killed cannot be brought to its end: project %s", repo->name);
	}
	/* A commit that is not there any more is one that nothing refers to. */
	if (r == 0 && (r = git_tip(x.at->git, target, tip, e)) == 0 &&
	    git_has(x.at->git, tip, x.id, &gone) == 1)
		r = land_finish(l, &x, target, &text, e);
	if (r != -1)
		r = land_forget(l, e);
	buf_release(&text);
	free(x.branch);
	free(project);
	free(target);
	return r;
}

/* ---- the task ---- */

struct telling {
	const struct landing *landing;
	const char *note;		/* what landed, NULL: it is parked */
	const char *class, *reason, *error;
};

/* The note of the last line of history; caller frees, NULL: none. */
static char *
last_note(struct val *history)
{
	const char *note = NULL;
	char *copy;

	if (history != NULL && history->kind == VAL_LIST && history->n > 0)
		note = val_text(val_get(history->v[history->n - 1], "note"));
	copy = note ? xstrdup(note) : NULL;
	val_free(history);
	return copy;
}

bool
land_landed(const struct task *t, char was[GIT_ID_MAX], char id[GIT_ID_MAX])
{
	char *note = last_note(task_value(t, F_HISTORY));
	bool is = note != NULL &&
	    sscanf(note, "landed on %*s as %40[0-9a-f], was %40[0-9a-f]", id, was) == 2;

	free(note);
	return is;
}

static int
tell_landed(struct change *c, void *arg, struct err *e)
{
	const struct telling *w = arg;
	int64_t id = w->landing->task;
	struct state_facts facts = { 0 };
	char *last;
	bool told;

	/* A person may have reopened it meanwhile: then only the log tells. */
	if (change_status(c, id) != ST_DONE) {
		struct val *data = val_map();

		val_put(data, "note", val_str(w->note));
		change_tell(c, "task.landed", id, w->landing->number, data);
		return 0;
	}
	last = last_note(change_get(c, id, F_HISTORY));
	told = last != NULL && strcmp(last, w->note) == 0;
	free(last);
	return told ? 0 : change_event(c, id, EV_LAND, &facts, NULL, w->note, e);
}

static int
tell_parked(struct change *c, void *arg, struct err *e)
{
	const struct telling *w = arg;
	int64_t id = w->landing->task;
	struct state_facts facts = { 0 };

	if (change_set(c, id, F_LAST_ERROR, val_str(w->error), e) == -1 ||
	    change_set(c, id, F_ERROR_CLASS, val_str(w->class), e) == -1)
		return -1;
	return change_event(c, id, EV_LAND_FAILED, &facts, w->reason, w->reason, e);
}

int
land_finish(struct land *l, const struct landing *x, const char *target, struct buf *text,
    struct err *e)
{
	struct store_opts opts = { .wait_ms = LOCK_SETTLE_MS, .command = l->wish->command };
	struct err stays = { 0 };
	char *note = xasprintf("landed on %s as %s, was %s", target, x->id, x->was);
	struct telling w = { .landing = x, .note = note };
	int carried = git_carry(x->at->git, x->branch, x->was, x->id, &stays), r;

	if (carried == -1)
		buf_printf(text, "its branch stays where it was: %s", stays.msg);
	if ((r = store_update(l->p, &opts, tell_landed, &w, e)) == 0)
		log_write(&l->p->log, LOG_INFO, x->task, x->number, "%s", note);
	free(note);
	return r;
}

/* The last lines of what a check said. */
static const char *
tail(const char *output)
{
	size_t len = strlen(output);
	const char *s = output, *line;

	if (len > OUTPUT_KEPT) {
		s = output + len - OUTPUT_KEPT;
		if ((line = strchr(s, '\n')) != NULL && line[1] != '\0')
			return line + 1;
		/* A single long line begins with a whole letter. */
		while (((unsigned char)*s & 0xc0) == 0x80)
			s++;
	}
	return s;
}

int
land_park(struct land *l, const struct landing *x, const char *class, const char *reason,
    const char *output, struct err *e)
{
	struct store_opts opts = { .wait_ms = LOCK_SETTLE_MS, .command = l->wish->command };
	const char *end = tail(output);
	char *error = xasprintf("%s%s%s", reason, *end ? "\n" : "", end);
	struct telling w = { .landing = x, .class = class, .reason = reason, .error = error };
	int r = store_update(l->p, &opts, tell_parked, &w, e);

	if (r == 0)
		log_write(&l->p->log, LOG_WARN, x->task, x->number, "parked: %s", reason);
	free(error);
	return r;
}
