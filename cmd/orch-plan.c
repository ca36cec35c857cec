/*
 * orch-plan - a manifest of stages and tasks: checked, shown, imported, run, followed
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "work/plan.h"
#include "work/plan_import.h"
#include "work/plan_run.h"
#include "work/plan_state.h"

enum { OPT_TIMEOUT = CMD_FIRST };

static const struct opt opts[] = {
	{ "jobs", 'j', OPT_TEXT, "N", "run: up to N attempts at the same time", 'j' },
	{ "json", 0, OPT_FLAG, 0, "show, summary: print JSON", CMD_JSON },
	{ "timeout", 0, OPT_TEXT, "D", "run, follow: stop after D (90s, 2h)", OPT_TIMEOUT },
	{ "yes", 'y', OPT_FLAG, 0, "run: every wave is approved", 'y' },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-plan",
	.purpose = "run a manifest of stages and tasks",
	.usage = (const char *const[]){
		"validate FILE",
		"[--json] show FILE",
		"[-n] import FILE",
		"[-ny] [-j N] [--timeout D] run FILE",
		"[-n] approve NAME",
		"[--timeout D] follow NAME",
		"[--json] summary NAME",
		NULL,
	},
	.opts = opts,
};

struct request {
	struct cmd *cmd;
	const struct verb *verb;	/* NULL: not said yet */
	const char *what;		/* FILE or NAME */
	const char *jobs;
	int64_t timeout_ms;
	bool json, yes;
};

/* What a verb does with the manifest, or with the plan of that name (`plan` is NULL). */
struct verb {
	const char *name;
	int (*fn)(struct request *, const struct plan *, struct err *);	/* NULL: no more */
	bool file, changes;
};

static void
print(struct buf *out)
{
	cmd_text(buf_str(out));
	fflush(stdout);
	buf_release(out);
}

static int
show(struct request *q, const struct plan *plan, struct err *e)
{
	struct buf out = { 0 };

	(void)e;
	(q->json ? plan_json : plan_text)(plan, &out);
	print(&out);
	return 0;
}

/* Prints the ids, but not those of a plan that is about to run. */
static int
import(struct request *q, const struct plan *plan, struct err *e)
{
	struct vec_str differs = { 0 };
	struct vec_id ids = { 0 };
	int r = plan_import(&q->cmd->project, &q->cmd->store, plan, &ids, &differs, e);

	for (size_t i = 0; r == 0 && i < differs.n; i++)
		cmd_warn(q->cmd, "%s", differs.v[i]);
	if (r == 0 && q->verb->fn == import)
		cmd_print_ids(&ids);
	vec_str_release(&differs);
	vec_id_release(&ids);
	return r;
}

static int
run(struct request *q, const struct plan *plan, struct err *e)
{
	struct cmd *c = q->cmd;
	const struct plan_run_opts o = { .name = plan->name, .jobs = q->jobs, .yes = q->yes,
		.timeout_ms = q->timeout_ms, .quiet = c->quiet, .verbose = c->verbose,
		.ask = cmd_ask };
	struct plan_look l;
	struct buf sums = { 0 };
	int r = import(q, plan, e);

	if (r == 0 && c->dry_run)
		return show(q, plan, e);
	if (r == -1 || (r = plan_run(&c->project, &c->store, &o, e)) == -1 ||
	    plan_look(&l, &c->project, plan->name, e) == -1)
		return -1;
	plan_state_sums(&l.state, &sums);
	if (!c->quiet)
		cmd_message("", buf_str(&sums));
	buf_release(&sums);
	plan_look_end(&l);
	return r;
}

static int
summary(struct request *q, const struct plan *plan, struct err *e)
{
	struct plan_look l;
	struct buf out = { 0 };
	int r;

	(void)plan;
	if (plan_look(&l, &q->cmd->project, q->what, e) == -1)
		return -1;
	(q->json ? plan_state_json : plan_state_text)(&l.state, &q->cmd->project, &out);
	print(&out);
	r = plan_state_exit(&l.state);
	plan_look_end(&l);
	return r;
}

static int
approve(struct request *q, const struct plan *plan, struct err *e)
{
	struct vec_id ids = { 0 };
	int r = plan_approve(&q->cmd->project, &q->cmd->store, q->what, &ids, e);

	(void)plan;
	if (r == 0)
		cmd_print_ids(&ids);
	vec_id_release(&ids);
	return r;
}

static void
moved(void *arg, const struct plan_line *line)
{
	struct buf out = { 0 };

	(void)arg;
	buf_printf(&out, "%lld\t%s\t%s\t%lld\n", (long long)line->task->id, line->name,
	    state_name(line->task->status), (long long)task_int(line->task, F_ATTEMPTS, 0));
	print(&out);
}

static int
follow(struct request *q, const struct plan *plan, struct err *e)
{
	int r = plan_follow(&q->cmd->project, q->what, q->timeout_ms, moved, q, e);

	return r == 0 ? summary(q, plan, e) : r;
}

static const struct verb verbs[] = {
	{ "validate", NULL, true, false }, { "show", show, true, false },
	{ "import", import, true, true }, { "run", run, true, true },
	{ "approve", approve, false, true }, { "follow", follow, false, false },
	{ "summary", summary, false, false },
};

#define VERBS (sizeof verbs / sizeof *verbs)

static int
parse_word(struct request *q, const char *word, struct err *e)
{
	const char *names[VERBS + 1] = { NULL };
	int i;

	if (q->what != NULL)
		return err_set(e, ERR_USAGE, "one word too many: '%s'", word);
	if (q->verb != NULL) {
		q->what = word;
		return 0;
	}
	for (size_t k = 0; k < VERBS; k++)
		names[k] = verbs[k].name;
	if ((i = cmd_verb(word, names, e)) != -1)
		q->verb = &verbs[i];
	return i == -1 ? -1 : 0;
}

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int64_t n;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR || (key == OPT_OPERAND && parse_word(q, value, e) == -1))
			return -1;
		q->json |= key == CMD_JSON;
		q->yes |= key == 'y';
		q->jobs = key == 'j' ? value : q->jobs;
		if (key == 'j' && num_int(value, 1, 256, &n) == -1)
			return err_set(e, ERR_USAGE, "--jobs: '%s' is not 1 to 256", value);
		if (key == OPT_TIMEOUT &&
		    (num_duration(value, &q->timeout_ms) == -1 || q->timeout_ms == 0))
			return err_set(e, ERR_USAGE, "--timeout: '%s' is no duration", value);
	}
	if (q->verb == NULL)
		return err_set(e, ERR_USAGE, "say validate, show, import, run, approve, follow or summary");
	if (q->what == NULL)
		return err_set(e, ERR_USAGE, "%s: a %s is missing", q->verb->name,
		    q->verb->file ? "file" : "name");
	return 0;
}

static int
with_manifest(struct request *q, struct err *e)
{
	struct buf text = { 0 };
	struct plan plan;
	int r = -1;

	if (cmd_read(q->what, PLAN_TEXT_MAX, &text, e) == 0 && plan_read(&plan, &q->cmd->project,
	    buf_str(&text), text.len, strcmp(q->what, "-") == 0 ? "standard input" : q->what, e) == 0) {
		for (size_t i = 0; q->verb->fn == NULL && i < plan.warnings.n; i++)
			cmd_warn(q->cmd, "%s", plan.warnings.v[i]);
		r = q->verb->fn ? q->verb->fn(q, &plan, e) : 0;
		plan_release(&plan);
	}
	buf_release(&text);
	return r;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .cmd = c };

	if (parse(c, &q, e) == -1 ||
	    (q.verb->changes ? cmd_open_to_change(c, e) : cmd_open(c, e)) == -1)
		return -1;
	return q.verb->file ? with_manifest(&q, e) : q.verb->fn(&q, NULL, e);
}
