/*
 * The room is given out before the prompt is put together.  What the template and
 * the markers take is measured with all parts empty; the rest is handed to the
 * parts in the order of their rank, to each at most its cap; then they are cut and
 * inserted where the template has them.  So the whole is never larger than
 * context.max_bytes, and what matters most is there whatever else is large.
 *
 * After an attempt that did not fit into its model's context the prompt gets half
 * the room.
 */
#include "work/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/tmpl.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/task.h"
#include "work/context_parts.h"
#include "work/delegate.h"
#include "work/fence.h"

#define PROFILE_CAP (4u << 10)
#define CHANGES_CAP (16u << 10)
#define LOG_SHARE   4		/* the log gets this part of context.diff */

/* In the order of rank: who gets room first. */
struct part_def {
	const char *name;
	const char *cap;	/* key of the configuration, NULL: none, see cap_of() */
	context_part_fn *gather;
};

static const struct part_def of_attempt[] = {
	{ "task", "context.task", context_task },
	{ "answers", "context.answers", context_answers },
	{ "review", "context.review", context_review },
	{ "attempts", "context.attempts", context_attempts },
	{ "results", "context.results", context_results },
	{ "family", "context.parent", context_family },
	{ "profile", NULL, context_profile },
	{ "skills", "context.skills", context_skills },
	{ "instructions", "context.instructions", context_instructions },
	{ "log", "context.diff", context_log },
	{ "diff", "context.diff", context_diff },
	{ "tree", "context.tree", context_tree },
};

static const struct part_def of_review[] = {
	{ "task", "context.task", context_task },
	{ "changes", NULL, context_changes },
	{ "refused", NULL, context_refused },
	{ "verdicts", "context.review", context_verdicts },
	{ "answers", "context.answers", context_answers },
	{ "notes", "context.review", context_review },
	{ "summary", "context.results", context_summary },
	{ "checks", "context.attempts", context_checks },
	{ "log", "context.diff", context_log },
	{ "diff", "context.diff", context_diff },
};

#define PARTS (CONTEXT_PARTS - 1)
#define COUNT(defs) (sizeof (defs) / sizeof *(defs))
_Static_assert(COUNT(of_attempt) <= PARTS && COUNT(of_review) <= PARTS,
    "the system part has a line too");

struct build {
	const struct context_input *in;
	struct context *out;
	const struct part_def *defs;
	size_t n;
	char nonce[80];			/* the caller's may be longer than FENCE_NONCE_MAX */
	struct buf text[PARTS];		/* all there is */
	struct buf block[PARTS];	/* cut, between markers */
	size_t left_out[PARTS];
	size_t cap[PARTS];
};

/* ---- the template ---- */

static int
expand(struct buf *out, const struct context_input *in, const char *name,
    const struct tmpl_var *vars, size_t n, struct err *e)
{
	struct buf text = { 0 };
	char *path = NULL;
	int rc = project_asset(in->project, "prompts", name, &text, &path, e);

	if (rc == 1)
		rc = err_set(e, ERR_CONFIG, "no prompts/%s: is orch installed whole?", name);
	else if (rc == 0)
		rc = tmpl_expand(out, path, buf_str(&text), text.len, vars, n, e);
	buf_release(&text);
	free(path);
	return rc;
}

static int
build_system(struct build *b, struct err *e)
{
	const char *own = task_text(b->in->task, F_PRODUCES);
	const char *produces = own ? own : config_text(b->in->repo->config, "produces");
	char *path = xasprintf("%s/runs/%lld/%d/out/result.json", b->in->project->orch,
	    (long long)b->in->task->id, b->in->attempt);
	const struct tmpl_var vars[] = {
		{ "nonce", b->nonce },
		{ "answer_file", b->in->answer_file ? b->in->answer_file : path },
		{ "plan", delegate_plans(b->in->task) ? "yes" : NULL },
		{ "commits", produces && strcmp(produces, "commits") == 0 ? "yes" : NULL },
	};
	int r = b->in->judged ? expand(&b->out->system, b->in, "review-system.md", vars, 1, e) :
	    expand(&b->out->system, b->in, "system.md", vars, sizeof vars / sizeof *vars, e);

	free(path);
	return r;
}

#define FIXED_VARS 3

static int
build_prompt(struct build *b, struct buf *out, struct err *e)
{
	struct tmpl_var vars[FIXED_VARS + PARTS] = { { 0 } };
	char id[24], attempt[24];

	snprintf(id, sizeof id, "%lld", (long long)b->in->task->id);
	snprintf(attempt, sizeof attempt, "%d", b->in->attempt);
	vars[0] = (struct tmpl_var){ "system", buf_str(&b->out->system) };
	vars[1] = (struct tmpl_var){ "id", id };
	vars[2] = (struct tmpl_var){ "attempt", attempt };
	for (size_t i = 0; i < b->n; i++)
		vars[FIXED_VARS + i] = (struct tmpl_var){ b->defs[i].name, buf_str(&b->block[i]) };
	return expand(out, b->in, b->in->judged ? "review.md" : "run.md", vars, FIXED_VARS + b->n, e);
}

/* ---- the steps ---- */

static size_t
cap_of(const struct config *config, const struct part_def *def)
{
	size_t cap = PROFILE_CAP, log;

	/* No configuration takes from a reviewer what there is to see. */
	if (!def->cap)
		return def->gather == context_changes ? CHANGES_CAP : cap;
	cap = (size_t)config_int(config, def->cap);
	log = cap / LOG_SHARE;
	if (def->gather == context_log)
		return log;
	return def->gather == context_diff ? cap - log : cap;
}

static int
gather(struct build *b, struct err *e)
{
	int64_t left;

	for (size_t i = 0; i < b->n; i++) {
		b->cap[i] = cap_of(&b->in->project->config, &b->defs[i]);
		left = b->cap[i] > 0 ? b->defs[i].gather(b->in, b->cap[i], &b->text[i], e) : 0;
		if (left == -1)
			return err_prefix(e, "part '%s' of the prompt", b->defs[i].name);
		b->left_out[i] = (size_t)left;
	}
	return 0;
}

/* What is left for the parts when everything around them has its room. */
static int
room(struct build *b, size_t *left, struct err *e)
{
	const struct buf empty = { 0 };
	struct buf frame = { 0 };
	size_t max = (size_t)config_int(&b->in->project->config, "context.max_bytes");
	int rc;

	if (!b->in->judged && context_overflowed(b->in))
		max /= 2;
	for (size_t i = 0; i < b->n; i++)
		if (b->text[i].len > 0)
			fence_put(&b->block[i], b->nonce, b->defs[i].name, &empty);
	rc = build_prompt(b, &frame, e);
	if (rc == 0 && frame.len >= max)
		rc = err_set(e, ERR_CONFIG, "context.max_bytes: the rules alone take %zu bytes "
		    "of %zu", frame.len, max);
	*left = rc == 0 ? max - frame.len : 0;
	buf_release(&frame);
	return rc;
}

static void
hand_out(struct build *b, size_t left)
{
	struct buf content = { 0 };
	size_t cap, markers;

	for (size_t i = 0; i < b->n; i++) {
		/* The cap is for the part as it stands there, markers and all. */
		markers = b->block[i].len;
		cap = b->cap[i] > markers ? b->cap[i] - markers : 0;
		cap = cap < left ? cap : left;
		buf_cut(&content, 0);
		buf_cut(&b->block[i], 0);
		b->left_out[i] += fence_cut(&content, buf_str(&b->text[i]), b->text[i].len, cap);
		if (content.len > 0)
			fence_put(&b->block[i], b->nonce, b->defs[i].name, &content);
		left -= content.len;
	}
	buf_release(&content);
}

static void
account(struct build *b)
{
	struct context *c = b->out;

	c->part[c->n++] = (struct context_part){ "system", c->system.len, c->system.len, 0 };
	for (size_t i = 0; i < b->n; i++)
		c->part[c->n++] = (struct context_part){ b->defs[i].name, b->block[i].len,
		    b->cap[i], b->left_out[i] };
}

/* The caller's; else it hangs on all that will stand between the markers. */
static int
choose_nonce(struct build *b, struct err *e)
{
	struct buf all = { 0 };
	int r;

	if (b->in->nonce && *b->in->nonce) {
		snprintf(b->nonce, sizeof b->nonce, "%s", b->in->nonce);
		return 0;
	}
	buf_printf(&all, "%s %lld %d", b->in->judged ? "review" : "run", (long long)b->in->task->id,
	    b->in->attempt);
	for (size_t i = 0; i < b->n; i++) {
		buf_printf(&all, "\n%s %zu\n", b->defs[i].name, b->text[i].len);
		buf_append(&all, buf_str(&b->text[i]), b->text[i].len);
	}
	r = fence_nonce(b->in->project, &all, b->nonce, e);
	buf_release(&all);
	return r;
}

static void
wash(struct build *b)
{
	for (size_t i = 0; i < b->n; i++)
		fence_wash(&b->text[i], b->nonce);
}

int
context_build(struct context *c, const struct context_input *in, struct err *e)
{
	struct build b = { .in = in, .out = c, .defs = in->judged ? of_review : of_attempt,
		.n = in->judged ? COUNT(of_review) : COUNT(of_attempt) };
	size_t left;
	int rc = -1;

	*c = (struct context){ 0 };
	if (gather(&b, e) == -1 || choose_nonce(&b, e) == -1 || build_system(&b, e) == -1)
		goto done;
	wash(&b);
	if (room(&b, &left, e) == -1)
		goto done;
	hand_out(&b, left);
	rc = build_prompt(&b, &c->prompt, e);
	account(&b);
done:
	for (size_t i = 0; i < b.n; i++) {
		buf_release(&b.text[i]);
		buf_release(&b.block[i]);
	}
	if (rc == -1)
		context_release(c);
	return rc;
}

void
context_release(struct context *c)
{
	buf_release(&c->system);
	buf_release(&c->prompt);
	*c = (struct context){ 0 };
}
