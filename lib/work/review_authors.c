/*
 * review_authors - who made what is judged, by whatever name
 *
 * That is told by the records of the attempts, not by what the task says now: whoever had one
 * of them, also if it has left nothing that can be seen, because another may go on with what
 * it left.  What the children made, of all generations, was made for their parent: its
 * authors are those of all below it too.
 *
 * A name is not who bears it.  Two agents that run the same file with the same model are one
 * and the same; a model that nobody names is the program's own, and another one than any that
 * is named.  What a shell, an interpreter or a launcher does is said by the name it is called
 * by and by its command line; there these must be equal too, or name the same file, or the
 * program of the other (review_program.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/path.h"
#include "task/archive.h"
#include "task/project.h"
#include "work/delegate_family.h"
#include "work/jsonfile.h"
#include "work/review_impl.h"

#define RECORD_MAX (1u << 20)
#define WORDS_MAX  (1u << 20)	/* bytes of a command line */

/* ---- who had an attempt ---- */

struct val *
review_attempt_record(const struct review_work *w, int64_t id, int attempt)
{
	char name[96];

	snprintf(name, sizeof name, "runs/%lld/%d/attempt.json", (long long)id, attempt);
	return jsonfile_peek(w->project->orch_fd, name, RECORD_MAX);
}

static char *
copy_text(const struct val *v, const char *key)
{
	const char *s = val_text(val_get(v, key));

	return s != NULL && *s != '\0' ? xstrdup(s) : NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
free_author(struct review_author *a)
{
	free(a->agent);
	free(a->program);
	free(a->model);
	free(a->words);
}

/* Owns what it is given. */
static void
add_author(struct review_work *w, struct review_author a)
{
	bool known = a.agent == NULL;

	for (size_t i = 0; i < w->authors_n && !known; i++)
		known = strcmp(w->authors[i].agent, a.agent) == 0 &&
		    same_text(w->authors[i].program, a.program) && same_text(w->authors[i].model, a.model) &&
		    same_text(w->authors[i].words, a.words);
	if (known) {
		free_author(&a);
		return;
	}
	w->authors = vec_room(w->authors, &w->authors_cap, w->authors_n, sizeof *w->authors);
	w->authors[w->authors_n++] = a;
}

/* Its command line as it was. */
static char *
read_words(const struct review_work *w, int64_t id, int attempt)
{
	char *name = xasprintf("runs/%lld/%d/argv", (long long)id, attempt);
	struct err ignored = { 0 };
	struct buf text = { 0 };
	bool has = fs_read(w->project->orch_fd, name, WORDS_MAX, &text, &ignored) == 0;

	free(name);
	if (has)
		return buf_detach(&text);
	buf_release(&text);
	return NULL;
}

/* What one left uncommitted another may have committed; so all of them, by what the task and
 * by what the attempts say, of which one may have been taken back and the other be gone. */
static void
add_authors_of(struct review_work *w, const struct task *t)
{
	int attempts = (int)task_int(t, F_ATTEMPTS, 0);
	size_t before = w->authors_n;
	struct vec_str tried = { 0 };
	const char *agent = task_text(t, F_AGENT);

	for (int n = attempts; n > 0; n--) {
		struct val *v = review_attempt_record(w, t->id, n);

		add_author(w, (struct review_author){ copy_text(v, "agent"), copy_text(v, "program"),
		    copy_text(v, "model"), read_words(w, t->id, n) });
		val_free(v);
	}
	task_texts(t, F_TRIED_AGENTS, &tried);
	for (size_t i = 0; i < tried.n; i++)
		add_author(w, (struct review_author){ .agent = xstrdup(tried.v[i]) });
	/* Nobody knows: whoever it can have been. */
	if (w->authors_n == before && agent != NULL && (attempts > 0 || t == w->task))
		add_author(w, (struct review_author){ .agent = xstrdup(agent) });
	vec_str_release(&tried);
}

int
review_authors_find(struct review_work *w, struct err *e)
{
	struct family family = { .tasks = &w->tasks, .archive = archive_lookup_new(w->project) };
	struct vec_id below = { 0 };
	const struct task *t;
	int rc;

	add_authors_of(w, w->task);
	family_below(&family, w->task->id, &below);
	for (size_t i = 0; i < below.n; i++)
		if (below.v[i] != w->task->id && (t = family_find(&family, below.v[i])) != NULL)
			add_authors_of(w, t);
	rc = archive_failed(family.archive, e);
	archive_lookup_free(family.archive);
	family_release(&family);
	vec_id_release(&below);
	return rc;
}

void
review_authors_release(struct review_work *w)
{
	for (size_t i = 0; i < w->authors_n; i++)
		free_author(&w->authors[i]);
	free(w->authors);
	w->authors = NULL;
	w->authors_n = w->authors_cap = 0;
}

/* ---- who is who ---- */

/* What an agent is, names apart; borrowed but for the program. */
struct nature {
	char *program;			/* NULL: it cannot be found */
	const char *model;
	const struct val *argv, *args;	/* NULL: not known */
	bool launches;			/* what it runs stands among its arguments */
	char *words;			/* those, owned */
};

static bool
same_value(const struct val *a, const struct val *b)
{
	return a == NULL || b == NULL ? a == b : val_same(a, b);
}

static void
free_nature(struct nature *n)
{
	free(n->program);
	free(n->words);
}

/* By a launcher, or from a copy.  Of what somebody calls by hand no model is known: it may be
 * any. */
static bool
same_program(const struct project *p, const struct nature *a, const struct nature *b)
{
	const struct review_line_of one = { a->program, a->launches ? a->words : NULL };
	const struct review_line_of other = { b->program, b->launches ? b->words : NULL };
	bool any = (a->launches && a->model == NULL) || (b->launches && b->model == NULL);

	return a->program != NULL && b->program != NULL && (any || same_text(a->model, b->model)) &&
	    review_runs_same(&one, &other, p->dir);
}

static bool
same_nature(const struct project *p, const struct nature *a, const struct nature *b)
{
	if (same_program(p, a, b))
		return true;
	if (a->program == NULL || b->program == NULL || !review_same_file(a->program, b->program) ||
	    !same_text(a->model, b->model))
		return false;
	return !review_is_runner(a->program) || (strcmp(path_base(a->program), path_base(b->program)) == 0 &&
	    a->argv != NULL && b->argv != NULL && val_same(a->argv, b->argv) && same_value(a->args, b->args));
}

/* What its command line has no place for makes no difference. */
static bool
takes_model(const struct agent *agent)
{
	struct buf text = { 0 };
	bool yes;

	json_print(&text, agent->table);
	yes = strstr(buf_str(&text), "{model") != NULL;
	buf_release(&text);
	return yes;
}

/* As it would be asked now. */
static struct nature
nature_of(const struct project *p, const struct agent *agent)
{
	const struct val *argv = val_get(agent->table, "argv");
	struct err ignored = { 0 };
	struct buf words = { 0 };
	struct nature n = {
		.program = agent_program(agent, p, getenv("PATH") ? getenv("PATH") : "", &ignored),
		.model = takes_model(agent) ? agent->model : NULL,
		.argv = argv, .args = agent->args,
	};

	if (argv != NULL)
		json_print(&words, argv);
	if (agent->args != NULL)
		json_print(&words, agent->args);
	n.words = buf_detach(&words);
	n.launches = n.program != NULL && review_is_runner(n.program);
	return n;
}

bool
review_same_judge(const struct project *p, const struct agent *a, const struct agent *b)
{
	struct nature one = nature_of(p, a), other = nature_of(p, b);
	bool same = strcmp(a->id, b->id) == 0 || same_nature(p, &one, &other);

	free_nature(&one);
	free_nature(&other);
	return same;
}

/* As it was called then, as far as that is known; else as it would be now. */
static bool
is_same_author(const struct project *p, const struct review_author *author, const struct nature *judge)
{
	struct agent agent = { 0 };
	struct err ignored = { 0 };
	struct nature was = { 0 };
	bool same;

	if (agent_load(&agent, p, author->agent, &ignored) == 0)
		was = nature_of(p, &agent);
	if (author->program != NULL) {
		free(was.program);
		was.program = xstrdup(author->program);
		if (agent.id == NULL || takes_model(&agent))
			was.model = author->model;
		was.launches = agent.given || review_is_runner(was.program);
	}
	if (author->words != NULL) {
		free(was.words);
		was.words = xstrdup(author->words);
	}
	same = same_nature(p, &was, judge);
	free_nature(&was);
	agent_release(&agent);
	return same;
}

bool
review_is_author(const struct review_work *w, const struct agent *agent)
{
	struct nature judge = nature_of(w->project, agent);
	bool yes = false;

	for (size_t i = 0; i < w->authors_n && !yes; i++)
		yes = strcmp(w->authors[i].agent, agent->id) == 0 ||
		    is_same_author(w->project, &w->authors[i], &judge);
	free_nature(&judge);
	return yes;
}
