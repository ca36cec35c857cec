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
 * by and by its command line; there these must be equal too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
}

/* Owns what it is given. */
static void
add_author(struct review_work *w, struct review_author a)
{
	bool known = a.agent == NULL;

	for (size_t i = 0; i < w->authors_n && !known; i++)
		known = strcmp(w->authors[i].agent, a.agent) == 0 &&
		    same_text(w->authors[i].program, a.program) && same_text(w->authors[i].model, a.model);
	if (known) {
		free_author(&a);
		return;
	}
	w->authors = vec_room(w->authors, &w->authors_cap, w->authors_n, sizeof *w->authors);
	w->authors[w->authors_n++] = a;
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
		    copy_text(v, "model") });
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
};

/* Versions stand behind some of the names. */
static bool
is_runner(const char *program)
{
	static const char *const runners[] = {
		"sh", "ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "toybox", "zsh",
		"bun", "deno", "java", "lua", "node", "nodejs", "perl", "php", "python", "ruby", "tclsh",
		"asdf", "bunx", "bwrap", "coreutils", "docker", "env", "firejail", "mise", "nice", "nix",
		"npx", "pipx", "podman", "proto-shim", "ssh", "sudo", "timeout", "uv", "uvx", "volta-shim",
	};
	struct err ignored = { 0 };
	char *path = path_absolute(program, &ignored);
	const char *name = path_base(path != NULL ? path : program);
	size_t len = strlen(name);
	bool yes = false;

	while (len > 1 && strchr("0123456789.-", name[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
		yes = yes || (strlen(runners[i]) == len && strncmp(runners[i], name, len) == 0);
	free(path);
	return yes;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat one, other;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	    one.st_ino == other.st_ino;
}

static bool
same_value(const struct val *a, const struct val *b)
{
	return a == NULL || b == NULL ? a == b : val_same(a, b);
}

static bool
same_nature(const struct nature *a, const struct nature *b)
{
	if (a->program == NULL || b->program == NULL || !same_file(a->program, b->program) ||
	    !same_text(a->model, b->model))
		return false;
	return !is_runner(a->program) || (strcmp(path_base(a->program), path_base(b->program)) == 0 &&
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
	struct err ignored = { 0 };

	return (struct nature){
		.program = agent_program(agent, p, getenv("PATH") ? getenv("PATH") : "", &ignored),
		.model = takes_model(agent) ? agent->model : NULL,
		.argv = val_get(agent->table, "argv"), .args = agent->args,
	};
}

bool
review_same_judge(const struct project *p, const struct agent *a, const struct agent *b)
{
	struct nature one = nature_of(p, a), other = nature_of(p, b);
	bool same = strcmp(a->id, b->id) == 0 || same_nature(&one, &other);

	free(one.program);
	free(other.program);
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
	}
	same = same_nature(&was, judge);
	free(was.program);
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
	free(judge.program);
	return yes;
}
