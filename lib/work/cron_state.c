#include "work/cron_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/member.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/jsonfile.h"

#define FILE_NAME "cron.json"
#define LOCK_NAME "cron.lock"
#define SCHEMA 1

static const struct member members[] = {
	MEMBER(cron_job_state, sched_key, TEXT), MEMBER(cron_job_state, base, NUMBER),
	MEMBER(cron_job_state, next, NUMBER), MEMBER(cron_job_state, looked, NUMBER),
	MEMBER(cron_job_state, last_slot, NUMBER), MEMBER(cron_job_state, last_run, NUMBER),
	MEMBER(cron_job_state, last_task, NUMBER), MEMBER(cron_job_state, missed, NUMBER),
	MEMBER(cron_job_state, last_skipped, NUMBER), MEMBER(cron_job_state, skipped_for, TEXT),
	MEMBER(cron_job_state, held_by, NUMBER), MEMBER(cron_job_state, held_since, NUMBER),
	MEMBER(cron_job_state, held_by_person, TRUTH),
	MEMBER(cron_job_state, suspended, NUMBER), MEMBER(cron_job_state, forgiven, NUMBER),
	MEMBER(cron_job_state, last_error, TEXT), MEMBER(cron_job_state, last_error_at, NUMBER),
	MEMBER(cron_job_state, gone, NUMBER),
	{ 0 },
};

struct cron_job_state *
cron_state_find(const struct cron_state *s, const char *id)
{
	int64_t i = table_get(&s->index, id);

	return i != 0 ? s->v[i - 1] : NULL;
}

struct cron_job_state *
cron_state_of(struct cron_state *s, const char *id)
{
	struct cron_job_state *job = cron_state_find(s, id);

	if (job != NULL)
		return job;
	job = xcalloc(1, sizeof *job);
	job->id = xstrdup(id);
	s->v = vec_room(s->v, &s->cap, s->n, sizeof(struct cron_job_state *));
	s->v[s->n++] = job;
	table_put(&s->index, job->id, (int64_t)s->n);
	return job;
}

static int
take(struct cron_state *s, const struct val *map, struct err *e)
{
	const struct val *jobs = val_get(map, "jobs");

	if (map->kind != VAL_MAP || val_number(val_get(map, "schema"), 0) != SCHEMA)
		return err_set(e, ERR_INVALID, "it is not of a form that this version knows");
	s->tick = val_number(val_get(map, "tick"), 0);
	for (size_t i = 0; jobs != NULL && jobs->kind == VAL_MAP && i < jobs->n; i++)
		members_read(members, jobs->v[i], cron_state_of(s, jobs->key[i]));
	return 0;
}

/* What cannot be read counts as lost, and a person hears of it. */
static int
load(struct cron_state *s, const struct project *p, struct err *e)
{
	struct buf text = { 0 };
	struct err why = { 0 };
	struct val *map = NULL;
	int r = fs_read(s->dir, FILE_NAME, JSON_TEXT_MAX, &text, e);

	if (r == 0 && ((map = json_parse(buf_str(&text), text.len, &why)) == NULL ||
	    take(s, map, &why) == -1)) {
		err_set(&s->damage, ERR_INVALID, "%s", why.msg);
		project_note(p, CRON_STATE_DAMAGED, why.msg);
		s->changed = true;
	}
	val_free(map);
	buf_release(&text);
	return r == -1 ? -1 : 0;
}

int
cron_state_look(struct cron_state *s, const struct project *p, struct err *e)
{
	*s = (struct cron_state){ .dir = -1, .lock.fd = -1 };
	if (p->orch_fd == -1 || (s->dir = fs_open_dir(p->orch_fd, "state")) == -1)
		return 0;
	return load(s, p, e);
}

int
cron_state_open(struct cron_state *s, const struct project *p, struct err *e)
{
	int r;

	*s = (struct cron_state){ .dir = -1, .lock.fd = -1 };
	if ((s->dir = fs_private_dir(p->orch_fd, "state", e)) == -1)
		return -1;
	r = lock_try(&s->lock, s->dir, LOCK_NAME, e);
	return r != 0 ? r : load(s, p, e);
}

bool
cron_state_count_gone(struct cron_state *s)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		if (!s->v[i]->seen || s->v[i]->gone != 0)
			s->changed = true;
		s->v[i]->gone = s->v[i]->seen ? 0 : s->v[i]->gone + 1;
		any = any || s->v[i]->gone != 0;
	}
	return any;
}

int
cron_state_save(struct cron_state *s, struct err *e)
{
	struct val *map = val_map(), *jobs = val_map();

	val_add(map, "schema", val_int(SCHEMA));
	val_add(map, "tick", val_int(s->tick));
	for (size_t i = 0; i < s->n; i++) {
		struct val *job = val_map();

		if (s->v[i]->gone > CRON_GONE_TICKS) {
			val_free(job);
			continue;
		}
		members_write(members, s->v[i], job);
		val_add(jobs, s->v[i]->id, job);
	}
	val_add(map, "jobs", jobs);
	s->changed = false;
	return jsonfile_write(s->dir, FILE_NAME, map, e);
}

void
cron_state_release(struct cron_state *s)
{
	for (size_t i = 0; i < s->n; i++) {
		members_release(members, s->v[i]);
		free(s->v[i]->id);
		free(s->v[i]);
	}
	free(s->v);
	table_release(&s->index);
	lock_release(&s->lock);
	if (s->dir != -1)
		close(s->dir);
	*s = (struct cron_state){ .dir = -1, .lock.fd = -1 };
}
