/*
 * orch-run - runs tasks and prints the ids of those that are fit for the next stage
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "task/config.h"
#include "task/ready.h"
#include "task/select.h"
#include "work/dispatch.h"
#include "work/run.h"

enum { OPT_READY = CMD_FIRST, OPT_TIMEOUT };

static const struct opt opts[] = {
	{ "ready", 0, OPT_FLAG, 0, "run all that is ready, until nothing is", OPT_READY },
	{ "jobs", 'j', OPT_TEXT, "N", "run up to N at the same time (config: workers)", 'j' },
	{ "timeout", 0, OPT_TEXT, "D", "stop everything after D (90s, 2h)", OPT_TIMEOUT },
	CMD_OPT_PRINT,
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-run",
	.purpose = "run tasks",
	.usage = (const char *const[]){
		"[-n] [-j N] [--timeout D] next [-- COMMAND [ARG ..]]",
		"[-n] [-j N] [--timeout D] SELECTOR .. [-- COMMAND [ARG ..]]",
		"[-n] [-j N] [--timeout D] --ready [-- COMMAND [ARG ..]]",
		NULL,
	},
	.opts = opts,
};

struct request {
	struct run_opts run;
	bool ready, next;
	struct cmd *cmd;
};

/* "17" or "17,19": a person who writes that means these, retry_at or not. */
static bool
only_ids(const char *word)
{
	return word[strspn(word, "0123456789,")] == '\0';
}

static int
parse(struct cmd *c, struct request *q, struct err *e)
{
	const char *value;
	int64_t n;
	int key, ways;

	q->run.named = true;
	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		switch (key) {
		case OPT_READY:
			q->ready = true;
			break;
		case 'j':
			if (num_int(value, 1, 256, &n) == -1)
				return err_set(e, ERR_USAGE, "--jobs: '%s' is not 1 to 256", value);
			q->run.workers = (int)n;
			break;
		case OPT_TIMEOUT:
			if (num_duration(value, &q->run.timeout_ms) == -1 || q->run.timeout_ms == 0)
				return err_set(e, ERR_USAGE, "--timeout: '%s' is no duration", value);
			break;
		case OPT_OPERAND:
			if (c->opt.operands)	/* behind "--": the command */
				break;
			if (strcmp(value, "next") == 0)
				q->next = true;
			else if (cmd_operand(c, value, e) == -1)
				return -1;
			q->run.named &= only_ids(value);
			break;
		default:
			return -1;
		}
	}
	q->run.named &= c->select != NULL;
	ways = q->ready + q->next + (c->select != NULL);
	if (ways != 1)
		return err_set(e, ERR_USAGE, "%s: next, ids, - or --ready", ways == 0 ?
		    "say what to run" : "only one of these can be said");
	if ((q->run.command = opt_rest(&c->opt)) != NULL && q->run.command[0] == NULL)
		return err_set(e, ERR_USAGE, "a command is missing after '--'");
	return 0;
}

static void
report(void *arg, int64_t task, int number, int status, const char *message)
{
	const struct request *q = arg;

	if (task == 0)
		cmd_warn(q->cmd, "%s", message);
	else if (status != 0)
		cmd_warn(q->cmd, "task %lld: %s", (long long)task, message);
	else
		cmd_say(q->cmd, "task %lld, attempt %d: %s", (long long)task, number, message);
	if (task != 0 && (status == 0 || q->cmd->print_all)) {
		printf("%lld\n", (long long)task);
		fflush(stdout);
	}
}

/* -n: the ids that would be claimed first, in order; nothing is touched. */
static int
dry_run(struct cmd *c, const struct request *q, const struct vec_id *only, struct err *e)
{
	struct tasks tasks = { 0 };
	struct ready_rules rules;
	struct vec_id ready = { 0 };
	size_t shown = 0;

	cmd_rules(c, &rules);
	rules.include_new = q->run.command != NULL;
	rules.ignore_retry_at = q->run.named;
	if (store_read(&c->project, &tasks, e) == -1)
		return -1;
	ready_list(&tasks, &rules, &ready);
	for (size_t i = 0; i < ready.n && !(q->next && shown > 0); i++)
		if (only == NULL || vec_id_has(only, ready.v[i])) {
			printf("%lld\n", (long long)ready.v[i]);
			shown++;
		}
	vec_id_release(&ready);
	tasks_release(&tasks);
	return shown > 0 || only != NULL ? 0 : 1;
}

/* What happened is told to those that want to know; that they fail is no failure of ours.
 * Gives what the whole ends with: `r` is what the run did. */
static int
dispatch(struct cmd *c, int64_t deadline, int r, struct err *e)
{
	struct err own = { 0 };
	int given = c->dry_run ? 0 :
	    dispatch_events(&c->project, cmd_about.name, deadline, cmd_report_subscription, c, &own);

	if (given == 1)
		err_set(&own, ERR_TIMEOUT, "the time was up: what subscriptions were not given is left for the "
		    "next run");
	if (given == 0)
		return r;
	if (r == -1)
		cmd_warn(c, "subscriptions: %s", own.msg);
	else
		*e = own;
	return -1;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct request q = { .cmd = c };
	struct tasks tasks = { 0 };
	struct vec_id ids = { 0 };
	int64_t deadline;
	int r = -1;

	if (parse(c, &q, e) == -1 || cmd_open_to_change(c, e) == -1)
		return -1;
	deadline = q.run.timeout_ms > 0 ? clock_mono() + q.run.timeout_ms : 0;
	q.run.claimer = cmd_about.name;
	q.run.report = report;
	q.run.arg = &q;
	q.run.one = q.next;
	if (q.run.workers == 0)
		q.run.workers = (int)config_int(&c->project.config, "workers");
	if (c->select != NULL) {
		if (store_read(&c->project, &tasks, e) == -1)
			return -1;
		if (cmd_select(c, &tasks, NULL, &ids, e) == -1)
			goto done;
		q.run.only = &ids;
		if (ids.n == 0) {
			r = 0;
			goto done;
		}
	}
	r = c->dry_run ? dry_run(c, &q, q.run.only, e) : run_tasks(&c->project, &q.run, e);
	if (r == 1 && !c->quiet && c->select == NULL)
		fprintf(stderr, "%s: nothing is ready (orch-list --ready --explain says why)\n",
		    cmd_about.name);
done:
	r = dispatch(c, deadline, r, e);
	tasks_release(&tasks);
	vec_id_release(&ids);
	return r;
}
