/*
 * orch-status - prints how many tasks are where, and what needs somebody
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/ready.h"
#include "work/metrics.h"
#include "work/status.h"

enum { OPT_PROMETHEUS = CMD_FIRST };

static const struct opt opts[] = {
	{ "json", 0, OPT_FLAG, 0, "print one JSON object", CMD_JSON },
	{ "prometheus", 0, OPT_FLAG, 0, "print metrics for Prometheus", OPT_PROMETHEUS },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-status",
	.purpose = "print counts and problems",
	.usage = (const char *const[]){ "[--json | --prometheus]", NULL },
	.opts = opts,
};

static void
print_json(const struct cmd *c, const struct status_report *r)
{
	struct val *v = status_value(&c->project, r);
	struct buf text = { 0 };

	json_print(&text, v);
	puts(buf_str(&text));
	buf_release(&text);
	val_free(v);
}

static void
print_metrics(struct cmd *c, const struct tasks *tasks, const struct ready_rules *rules,
    const struct status_report *r)
{
	struct buf text = { 0 };

	metrics_text(&c->project, tasks, rules, r, &text);
	fputs(buf_str(&text), stdout);
	buf_release(&text);
}

static void
print_job(const struct job_state *j)
{
	int64_t at = job_state_since(j);
	struct buf text = { 0 };
	char since[CLOCK_MAX];

	clock_format(at, since);
	job_state_say(j, &text);
	printf("job\t%s\t%s%s%s: ", j->job->id != NULL ? j->job->id : JOBS_FILE,
	    job_trouble_name(j->trouble), at != 0 ? " since " : "", at != 0 ? since : "");
	cmd_text(buf_str(&text));
	putchar('\n');
	buf_release(&text);
}

static void
print_text(const struct status_report *r)
{
	char since[CLOCK_MAX];

	for (int s = ST_NEW; s < STATUS_N; s++) {
		const char *name = state_name((enum status)s), *colour = cmd_colour(name);

		if (r->counts[s] > 0)
			printf("%s%s%s\t%zu\n", colour, name, *colour ? cmd_colour("") : "",
			    r->counts[s]);
	}
	if (r->tasks > 0)
		printf("ready\t%zu\n", r->ready);
	if (*r->level_why != '\0') {
		clock_format(r->level_since, since);
		printf("%s\t%s%s%s", r->level, r->level_since > 0 ? "since " : "",
		    r->level_since > 0 ? since : "", r->level_since > 0 ? ", " : "");
		cmd_text(r->level_why);
		putchar('\n');
	}
	for (size_t i = 0; i < r->suspended->n; i++) {
		const struct val *s = r->suspended->v[i];
		const char *at = val_text(val_get(s, "since"));

		printf("subscription\t%s\t%s%s%s", val_text(val_get(s, "name")), at ? "suspended since " : "",
		    at ? at : "", at ? ": " : "");
		cmd_text(val_text(val_get(s, "error")));
		putchar('\n');
	}
	for (size_t i = 0; i < r->jobs.n; i++)
		if (r->jobs.v[i].trouble != JOB_WELL)
			print_job(&r->jobs.v[i]);
	if (r->problems > 0)
		putchar('\n');
	for (size_t i = 0; i < r->problems; i++) {
		const struct status_problem *p = &r->problem[i];

		printf("%lld\t%s\t", (long long)p->task, state_name(p->status));
		cmd_text(p->text);
		putchar('\n');
	}
}

static int
parse(struct cmd *c, int *form, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_OPERAND)
			return err_set(e, ERR_USAGE, "no argument is expected: '%s'", value);
		if (key == OPT_ERROR)
			return -1;
		if (*form != 0 && *form != key)
			return err_set(e, ERR_USAGE, "only one of --json and --prometheus can be given");
		*form = key;
	}
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct status_report report = { 0 };
	struct tasks tasks = { 0 };
	struct ready_rules rules;
	int form = 0, r;

	if (parse(c, &form, e) == -1 || cmd_open(c, e) == -1 ||
	    store_read(&c->project, &tasks, e) == -1)
		return -1;
	cmd_rules(c, &rules);
	r = status_collect(&report, &c->project, &tasks, &rules, e);
	if (r == 0 && form == CMD_JSON)
		print_json(c, &report);
	else if (r == 0 && form == OPT_PROMETHEUS)
		print_metrics(c, &tasks, &rules, &report);
	else if (r == 0)
		print_text(&report);
	status_release(&report);
	tasks_release(&tasks);
	return r;
}
