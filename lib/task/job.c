#include "task/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/table.h"
#include "base/vec.h"
#include "doc/tmpl.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/project.h"

#define SECOND INT64_C(1000)
#define DAY (24 * 3600 * SECOND)
#define SUSPEND_AFTER 5

static const char *const catch_ups[] = { "latest", "skip", "all", NULL };
static const char *const overlaps[] = { "skip", "queue", "replace", "allow", NULL };

/* clang-format off */
const struct field_def job_keys[] = {
	{ "id", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "its name: letters, digits, '.', '-' and '_'" },
	{ "schedule", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "when it is due; see orch-schedule(7)" },
	{ "timezone", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "such as Europe/Berlin; absent: cron.timezone, else that of the machine" },
	{ "enabled", FIELD_BOOL, FIELD_PERSON, NULL, 0, 0,
	    "false: it rests; absent: true" },
	{ "catch_up", FIELD_WORD, FIELD_PERSON, catch_ups, 0, 0,
	    "what becomes of slots that nobody was there for; absent: latest" },
	{ "overlap", FIELD_WORD, FIELD_PERSON, overlaps, 0, 0,
	    "what becomes of a slot while a task of the job is not ended; absent: skip" },
	{ "deadline", FIELD_SPAN, FIELD_PERSON, NULL, 60 * SECOND, 366 * DAY,
	    "a slot older than this is let go; absent: none is" },
	{ "jitter", FIELD_SPAN, FIELD_PERSON, NULL, 0, DAY,
	    "moves each slot by a part of this span, which follows from the id" },
	{ "suspend_after", FIELD_INT, FIELD_PERSON, NULL, 0, 1000,
	    "tasks that failed one after another until it is suspended; absent: 5, 0: never" },
	{ 0 },
};
/* clang-format on */

const char *const job_order[] = {
	"version", "jobs", "id", "schedule", "timezone", "enabled", "catch_up", "overlap", "deadline",
	"jitter", "suspend_after", "task", NULL,
};

/* ---- what is wrong ---- */

/* "jobs.yml:3:5: " before what is said. */
static int
at(const struct jobs *jobs, uint32_t offset, struct err *e)
{
	size_t line, col;

	yaml_place(&jobs->yaml, offset, &line, &col);
	e->code = ERR_INVALID;
	return err_prefix(e, "%s:%zu:%zu", JOBS_FILE, line, col);
}

static int
unknown(const char *key, const char *const *names, struct err *e)
{
	const char *near = str_nearest(key, names);

	if (near != NULL)
		return err_set(e, ERR_INVALID, "unknown key '%.64s', did you mean '%s'?", key, near);
	return err_set(e, ERR_INVALID, "unknown key '%.64s': see orch-jobs(5)", key);
}

/* ---- one job ---- */

const char *
job_zone(const struct job *job, const struct project *p)
{
	return job->timezone != NULL ? job->timezone : config_text(&p->config, "cron.timezone");
}

int
job_check_id(const char *id, struct err *e)
{
	if (!str_is_name(id))
		return err_set(e, ERR_INVALID, "id: letters, digits, '.', '-' and '_' are expected, "
		    "at most %d bytes, the first no '.' or '-'", STR_NAME_MAX);
	return 0;
}

static int64_t
seconds(const char *text)
{
	int64_t ms = 0;

	num_duration(text, &ms);
	return ms / 1000;
}

static int
word(const char *const *words, const char *text)
{
	int i = 0;

	while (strcmp(words[i], text) != 0)
		i++;
	return i;
}

/* The value, known to be right for its key. */
static void
take(struct job *job, const char *key, const char *text)
{
	if (strcmp(key, "id") == 0)
		job->id = text;
	else if (strcmp(key, "schedule") == 0)
		job->schedule = text;
	else if (strcmp(key, "timezone") == 0)
		job->timezone = text;
	else if (strcmp(key, "enabled") == 0)
		job->enabled = *text == 't' || *text == 'T';	/* of the words of YAML */
	else if (strcmp(key, "catch_up") == 0)
		job->catch_up = (enum job_catch_up)word(catch_ups, text);
	else if (strcmp(key, "overlap") == 0)
		job->overlap = (enum job_overlap)word(overlaps, text);
	else if (strcmp(key, "deadline") == 0)
		job->deadline = seconds(text);
	else if (strcmp(key, "jitter") == 0)
		job->jitter = seconds(text);
	else
		num_int(text, 0, INT64_MAX, &job->suspend_after);
}

/* A field of the template is one that a person may set; the key is ours. */
static int
check_field(const char *name, const struct yaml_node *n, const struct yaml_node **where, struct err *e)
{
	enum field f;

	if (field_need(name, &f, e) == -1)
		return -1;
	if (field_table[f].owner != FIELD_PERSON || f == F_KEY)
		return err_set(e, ERR_INVALID, "%s cannot be given", name);
	if (field_check_node(f, n, where, e) == -1)
		return -1;
	return field_check_meaning_node(f, n, where, e);
}

/* *where is what is at fault, also in the next one. */
static int
check_task(struct job *job, const struct yaml_node *map, const struct yaml_node **where, struct err *e)
{
	struct val *fields;

	if (map->kind != YAML_MAP)
		return err_set(e, ERR_INVALID, "a mapping is expected");
	job->task = yaml_value(map);
	for (size_t i = 0; i < job->task->n; i++) {
		const struct yaml_node *n = yaml_get(map, job->task->key[i]);

		*where = n;
		if (check_field(job->task->key[i], n, where, e) == -1)
			return -1;
	}
	*where = map;
	if (yaml_get(map, "title") == NULL)
		return err_set(e, ERR_INVALID, "title is missing");
	if ((fields = job_fields(job, "", "", e)) == NULL)
		return -1;
	val_free(fields);
	return 0;
}

static bool
empty(const struct yaml_node *n)
{
	return yaml_deref(n)->kind == YAML_SCALAR && yaml_scalar_kind(yaml_deref(n)) == VAL_NULL;
}

static int
check_key(struct job *job, const char *key, const struct yaml_node *n, const struct yaml_node **where,
    struct err *e)
{
	const struct field_def *d = field_def_find(job_keys, key);

	*where = n;
	if (strcmp(key, "task") == 0)
		return check_task(job, n, where, e) == -1 ? err_prefix(e, "task") : 0;
	if (d == NULL)
		return unknown(key, job_order + 2, e);
	if (empty(n))
		return 0;
	if (field_check_node_as(d, n, where, e) == -1 || (d == job_keys && job_check_id(n->text, e) == -1))
		return -1;
	take(job, key, n->text);
	return 0;
}

/* Whatever else is wrong with it, it is told of by its name. */
static void
name_it(struct job *job)
{
	const struct yaml_node *id = yaml_get(yaml_deref(job->node), "id");
	struct err ignored = { 0 };

	if (id != NULL && yaml_scalar_kind(id) == VAL_STR && job_check_id(id->text, &ignored) == 0)
		job->id = id->text;
}

/* *where is what is at fault. */
static int
check_job(struct job *job, const struct yaml_node **where, struct err *e)
{
	const struct yaml_node *map = yaml_deref(job->node);
	struct val *all;
	int r = 0;

	if (map->kind != YAML_MAP)
		return err_set(e, ERR_INVALID, "a mapping is expected");
	name_it(job);
	all = yaml_value(map);
	for (size_t i = 0; r == 0 && i < all->n; i++)
		r = check_key(job, all->key[i], yaml_get(map, all->key[i]), where, e);
	val_free(all);
	if (r == -1 || (job->id != NULL && job->schedule != NULL && job->task != NULL))
		return r;
	*where = job->node;
	return err_set(e, ERR_INVALID, "a job without %s",
	    job->id == NULL ? "id" : job->schedule == NULL ? "schedule" : "task");
}

/* ---- all of them ---- */

static int
count(struct jobs *jobs, struct err *e)
{
	static const char *const known[] = { "version", "jobs", NULL };
	const struct yaml_node *root = jobs->yaml.root == NULL ? NULL : yaml_deref(jobs->yaml.root);

	if (root == NULL)
		return 0;
	if (root->kind != YAML_MAP) {
		err_set(e, ERR_INVALID, "a mapping with 'jobs' is expected");
		return at(jobs, root->start, e);
	}
	for (const struct yaml_node *n = root->child; n != NULL; n = n->next)
		if (strcmp(n->key->text, "jobs") != 0 && strcmp(n->key->text, "version") != 0 &&
		    strncmp(n->key->text, "x-", 2) != 0) {
			unknown(n->key->text, known, e);
			return at(jobs, n->key->start, e);
		}
	if (yaml_get(root, "jobs") == NULL || empty(yaml_get(root, "jobs")))
		return 0;
	jobs->list = yaml_get(root, "jobs");
	if (jobs->list->kind != YAML_SEQ || jobs->list->n > JOBS_MAX) {
		err_set(e, ERR_INVALID, "jobs: a list of at most %d is expected", JOBS_MAX);
		return at(jobs, jobs->list->start, e);
	}
	jobs->n = jobs->list->n;
	return 0;
}

int
jobs_parse(struct jobs *jobs, struct buf *text, struct err *e)
{
	struct table ids = { 0 };
	size_t i = 0;

	*jobs = (struct jobs){ .text = *text };
	*text = (struct buf){ 0 };
	if (yaml_parse(&jobs->yaml, buf_str(&jobs->text), jobs->text.len, JOBS_FILE, e) == -1) {
		jobs->yaml.text = NULL;
		return -1;
	}
	if (count(jobs, e) == -1)
		return -1;
	jobs->v = xcalloc(jobs->n, sizeof *jobs->v);
	for (const struct yaml_node *n = i < jobs->n ? jobs->list->child : NULL; n != NULL; n = n->next) {
		const struct yaml_node *where = n;
		struct job *job = &jobs->v[i++];
		struct err bad = { 0 };
		int r;

		*job = (struct job){ .enabled = true, .suspend_after = SUSPEND_AFTER, .node = n };
		r = check_job(job, &where, &bad);
		if (job->id != NULL && table_get(&ids, job->id) != 0) {
			r = err_set(&bad, ERR_INVALID, "there are two jobs '%s'", job->id);
			where = n;
			job->id = NULL;
		}
		if (r == -1) {
			at(jobs, where->start, &bad);
			job->bad = xstrdup(bad.msg);
		}
		if (job->id != NULL)
			table_put(&ids, job->id, (int64_t)i);
	}
	table_release(&ids);
	return 0;
}

int
jobs_load(const struct project *p, struct buf *text, struct err *e)
{
	char *path = path_join(p->dir, JOBS_FILE);
	struct fs_file f = { .dirfd = -1 };
	int r = fs_open(&f, path, e);

	if (r == 0 && f.st.st_nlink != 0)
		r = fs_load(&f, text, e);
	fs_close(&f);
	free(path);
	return r;
}

int
jobs_read(const struct project *p, struct jobs *jobs, struct err *e)
{
	struct buf text = { 0 };
	int r;

	*jobs = (struct jobs){ 0 };
	if ((r = jobs_load(p, &text, e)) == 0)
		r = jobs_parse(jobs, &text, e);
	buf_release(&text);
	return r;
}

void
jobs_release(struct jobs *jobs)
{
	for (size_t i = 0; jobs->v != NULL && i < jobs->n; i++) {
		val_free(jobs->v[i].task);
		free(jobs->v[i].bad);
	}
	free(jobs->v);
	if (jobs->yaml.text != NULL)
		yaml_release(&jobs->yaml);
	buf_release(&jobs->text);
	*jobs = (struct jobs){ 0 };
}

const struct job *
jobs_find(const struct jobs *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->n; i++)
		if (jobs->v[i].id != NULL && strcmp(jobs->v[i].id, id) == 0)
			return &jobs->v[i];
	return NULL;
}

/* ---- its task ---- */

static int
expand(struct val *fields, const char *key, const struct tmpl_var *vars, size_t n, struct err *e)
{
	const char *text = val_text(val_get(fields, key));
	struct buf out = { 0 };

	if (text == NULL || strstr(text, "{{") == NULL)
		return 0;
	if (tmpl_expand(&out, key, text, strlen(text), vars, n, e) == -1) {
		buf_release(&out);
		e->code = ERR_INVALID;
		return -1;
	}
	val_put(fields, key, val_str(buf_str(&out)));
	buf_release(&out);
	return 0;
}

struct val *
job_fields(const struct job *job, const char *date, const char *slot, struct err *e)
{
	const struct tmpl_var vars[] = { { "date", date }, { "slot", slot }, { "job", job->id } };
	struct val *fields = val_copy(job->task);

	if (expand(fields, "title", vars, sizeof vars / sizeof *vars, e) == 0 &&
	    expand(fields, "body", vars, sizeof vars / sizeof *vars, e) == 0)
		return fields;
	val_free(fields);
	return NULL;
}
