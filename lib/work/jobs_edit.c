/*
 * jobs_edit - changes of jobs.yml that a command makes
 *
 * What an edit would make of the file is read as a tick would read it before it is written.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/cron.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "task/archive.h"
#include "task/job.h"
#include "task/store.h"
#include "task/zone.h"
#include "work/cron_state.h"
#include "work/job_check.h"
#include "work/jobs.h"
#include "work/person_file.h"

/* The first item of that id, bad or not; NULL: there is none. */
static const struct yaml_node *
item_of(const struct yaml *tree, const char *id)
{
	const struct yaml_node *root = tree->root != NULL ? yaml_deref(tree->root) : NULL;
	const struct yaml_node *list = root != NULL && root->kind == YAML_MAP ? yaml_get(root, "jobs") : NULL;

	for (const struct yaml_node *n = list != NULL && list->kind == YAML_SEQ ? list->child : NULL;
	    n != NULL; n = n->next) {
		const struct yaml_node *map = yaml_deref(n);
		const struct yaml_node *key = map->kind == YAML_MAP ? yaml_get(map, "id") : NULL;

		if (key != NULL && key->kind == YAML_SCALAR && strcmp(key->text, id) == 0)
			return n;
	}
	return NULL;
}

static int
need_item(const struct yaml *tree, const char *id, const struct yaml_node **n, struct err *e)
{
	if ((*n = item_of(tree, id)) == NULL)
		return err_set(e, ERR_USAGE, "there is no job '%.80s'", id);
	return 0;
}

/* ---- add ---- */

struct adding {
	const struct project *p;
	const char *id;
	struct val *job;
};

/* "timezone=Europe/Berlin" or "agent=claude". */
static int
take_word(struct val *job, struct val *task, const char *word, struct err *e)
{
	size_t len = strcspn(word, "=");
	const struct field_def *d;
	struct buf key = { 0 };
	enum field f;
	struct val *v = NULL;

	if (word[len] == '\0')
		return err_set(e, ERR_USAGE, "'%.80s' is no KEY=VALUE", word);
	buf_append(&key, word, len);
	if ((d = field_def_find(job_keys, buf_str(&key))) != NULL)
		v = field_parse_as(d, word + len + 1, e);
	else if (field_need(buf_str(&key), &f, e) == 0)
		v = field_parse(f, word + len + 1, e);
	if (v != NULL)
		val_put(d != NULL ? job : task, buf_str(&key), v);
	buf_release(&key);
	return v != NULL ? 0 : -1;
}

static struct val *
make_job(const struct vec_str *words, struct err *e)
{
	struct val *job = val_map(), *task = val_map();

	val_add(job, "id", val_str(words->v[0]));
	val_add(job, "schedule", val_str(words->v[1]));
	val_add(task, "title", val_str(words->v[2]));
	for (size_t i = 3; i < words->n; i++)
		if (take_word(job, task, words->v[i], e) == -1) {
			val_free(job);
			val_free(task);
			return NULL;
		}
	val_add(job, "task", task);
	return job;
}

/* Of "jobs.yml:8:12: task: title: ..." what is behind the place, which is in no file yet. */
static const char *
without_place(const char *bad)
{
	const char *rest = bad + (str_starts(bad, JOBS_FILE ":") ? strlen(JOBS_FILE ":") : 0);

	rest += strspn(rest, "0123456789:");
	return rest > bad && *rest == ' ' ? rest + 1 : bad;
}

/* What it depends on may still come. */
static void
warn_of_links(const struct project *p, struct val *task, struct vec_str *warnings)
{
	struct archive_lookup *archive;
	struct job job = { .task = task };
	struct tasks tasks;
	struct err e = { 0 };

	if (store_read(p, &tasks, &e) == -1)
		return;
	archive = archive_lookup_new(p);
	if (job_check_links(&job, &tasks, archive, &e) == -1)
		vec_str_take(warnings, xasprintf("%s: until it is there, the job makes no task", e.msg));
	archive_lookup_free(archive);
	tasks_release(&tasks);
}

/* Would it be as it should? */
static int
check_new(const struct adding *a, const struct buf *text, struct err *e)
{
	struct job_times times;
	struct zones zones = { 0 };
	struct buf copy = { 0 };
	const struct job *job;
	struct jobs jobs;
	int r;

	buf_append(&copy, text->data, text->len);
	if ((r = jobs_parse(&jobs, &copy, e)) == 0 && (job = jobs_find(&jobs, a->id)) != NULL &&
	    (r = job_check(a->p, job, &zones, &times, e)) == -1 && job->bad != NULL)
		r = err_set(e, ERR_INVALID, "%s", without_place(job->bad));
	zones_release(&zones);
	jobs_release(&jobs);
	return r;
}

static int
add(const struct yaml *tree, void *arg, struct buf *text, struct err *e)
{
	const struct adding *a = arg;
	const struct edit_op op = { EDIT_APPEND, NULL, "jobs", a->job };

	if (item_of(tree, a->id) != NULL)
		return err_set(e, ERR_USAGE, "there is a job '%s' already", a->id);
	if (edit_apply(tree, &op, 1, job_order, JOBS_FILE, text, e) == -1)
		return -1;
	return check_new(a, text, e);
}

int
jobs_add(struct project *p, const struct store_opts *opts, const struct vec_str *words,
    struct vec_str *warnings, struct buf *would, struct err *e)
{
	struct adding a = { .p = p, .id = words->v[0] };
	struct cron cron;
	int r;

	if (job_check_id(a.id, e) == -1 || cron_parse(&cron, words->v[1], a.id, warnings, e) == -1 ||
	    (a.job = make_job(words, e)) == NULL)
		return -1;
	r = person_file_edit(p, opts, JOBS_FILE, add, &a, would, e);
	if (r != -1)
		warn_of_links(p, val_get(a.job, "task"), warnings);
	val_free(a.job);
	return r == -1 ? -1 : 0;
}

/* ---- remove, enable, disable ---- */

static int
drop(const struct yaml *tree, void *arg, struct buf *text, struct err *e)
{
	struct edit_op op = { .kind = EDIT_REMOVE };

	if (need_item(tree, arg, &op.map, e) == -1)
		return -1;
	return edit_apply(tree, &op, 1, job_order, JOBS_FILE, text, e);
}

/* It was meant: one of that name that is added later has nothing to make up for. */
static int
forget(struct project *p, const char *id, struct err *e)
{
	struct cron_job_state *job;
	struct cron_state s;
	int r = cron_state_open(&s, p, e);

	/* A tick that is at work sees that it is gone. */
	if (r == 0 && (job = cron_state_find(&s, id)) != NULL) {
		job->gone = CRON_GONE_TICKS + 1;
		r = cron_state_save(&s, e);
	}
	cron_state_release(&s);
	return r == -1 ? -1 : 0;
}

int
jobs_remove(struct project *p, const struct store_opts *opts, const char *id, struct buf *would,
    struct err *e)
{
	char *name = xstrdup(id);
	int r = person_file_edit(p, opts, JOBS_FILE, drop, name, would, e);

	free(name);
	return r == -1 ? -1 : opts->dry_run ? 0 : forget(p, id, e);
}

struct switching {
	const char *id;
	bool on;
};

static int
turn(const struct yaml *tree, void *arg, struct buf *text, struct err *e)
{
	const struct switching *s = arg;
	struct val *on = val_bool(s->on);
	struct edit_op op = { EDIT_PUT, NULL, "enabled", on };
	const struct yaml_node *key;
	int r;

	if ((r = need_item(tree, s->id, &op.map, e)) == 0) {
		key = op.map->kind == YAML_MAP ? yaml_get(op.map, "enabled") : NULL;
		/* A job without the key is enabled. */
		if (s->on && key == NULL)
			buf_append(text, tree->text, tree->len);
		else
			r = edit_apply(tree, &op, 1, job_order, JOBS_FILE, text, e);
	}
	val_free(on);
	return r;
}

/* What failed until now does not count any more, and nothing of the past is made up for. */
static int
forgive(struct project *p, const char *id, int64_t now, struct err *e)
{
	struct cron_job_state *job;
	struct cron_state s;
	struct tasks tasks;
	int r = cron_state_open(&s, p, e);

	if (r == 1)
		r = err_set(e, ERR_BUSY, "a tick is at work");
	if (r == 0 && (job = cron_state_find(&s, id)) != NULL && job->suspended != 0 &&
	    (r = store_read(p, &tasks, e)) == 0) {
		job->forgiven = tasks.next_id - 1;
		job->suspended = job->next = 0;
		job->base = now;
		tasks_release(&tasks);
		r = cron_state_save(&s, e);
	}
	cron_state_release(&s);
	return r;
}

int
jobs_enable(struct project *p, const struct store_opts *opts, const char *id, bool on, int64_t now,
    struct buf *would, struct err *e)
{
	struct switching s = { id, on };

	if (person_file_edit(p, opts, JOBS_FILE, turn, &s, would, e) == -1)
		return -1;
	return on && !opts->dry_run ? forgive(p, id, now, e) : 0;
}
