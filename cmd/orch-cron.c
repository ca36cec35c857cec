/*
 * orch-cron - jobs on a schedule: makes their tasks, changes them, says when they come
 *
 * The first operand is a verb, one line of a table; the others belong to the verb.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/cron.h"
#include "work/cron_install.h"
#include "work/dispatch.h"
#include "work/jobs.h"
#include "work/schedule.h"
#include "work/tend.h"
#include "work/tick.h"
#include "work/told.h"

enum { KEY_FROM = CMD_FIRST, KEY_COUNT, KEY_TZ, KEY_JOB, KEY_NOW, KEY_JSON, KEY_LOG, KEY_SYSTEMD };

static const struct opt opts[] = {
	{ "from", 0, OPT_TEXT, "TIME", "next: after this time (RFC 3339), not now", KEY_FROM },
	{ "count", 0, OPT_TEXT, "N", "next: print N times (1)", KEY_COUNT },
	{ "tz", 0, OPT_TEXT, "ZONE", "next: in this time zone, not that of the machine", KEY_TZ },
	{ "job", 0, OPT_TEXT, "NAME", "next, check, explain: the job that H in a schedule depends on", KEY_JOB },
	{ "now", 0, OPT_TEXT, "TIME", "tick: as if it were this time (RFC 3339)", KEY_NOW },
	{ "json", 0, OPT_FLAG, 0, "next, list: print one JSON object a line", KEY_JSON },
	{ "log", 0, OPT_FLAG, 0, "tick: messages to the log, what is new also to stderr", KEY_LOG },
	{ "systemd", 0, OPT_FLAG, 0, "install: a timer of systemd, no line in the crontab", KEY_SYSTEMD },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-cron",
	.purpose = "make tasks on a schedule",
	.usage = (const char *const[]){
		"[-n] tick [--log] [--now TIME]",
		"list [--json]",
		"[-n] add ID SCHEDULE TITLE [KEY=VALUE ..]",
		"[-n] remove|enable|disable|run ID",
		"[-n] install [--systemd] | uninstall",
		"next [--from TIME] [--count N] [--tz ZONE] [--job NAME] [--json] SCHEDULE",
		"check|explain [--job NAME] SCHEDULE",
		NULL,
	},
	.opts = opts,
};

static const char *
given(const struct cmd_asked *a, int key)
{
	return a->value[key - CMD_FIRST];
}

/* ---- the verbs on schedules ---- */

static void
print(struct buf *text)
{
	fputs(buf_str(text), stdout);
	fflush(stdout);
	buf_release(text);
}

/* How it begins: "warning: ". */
static void
tell(const struct cmd *c, const char *level, struct vec_str *lines)
{
	for (size_t i = 0; i < lines->n && !c->quiet; i++)
		cmd_message(level, lines->v[i]);
	vec_str_release(lines);
}

static int
verb_next(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct schedule_ask ask = { .text = a->words.v[0], .job = given(a, KEY_JOB), .zone = given(a, KEY_TZ),
		.from = given(a, KEY_FROM), .count = given(a, KEY_COUNT), .json = given(a, KEY_JSON) != NULL };
	struct vec_str notes = { 0 };
	struct buf lines = { 0 };
	int r = schedule_next(&ask, &lines, &notes, e);

	print(&lines);
	tell(c, "note: ", &notes);
	if (r == 1)
		cmd_warn(c, "it does not come more often within 400 years");
	return r == -1 ? -1 : 0;
}

static int
verb_check(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct vec_str warnings = { 0 };
	struct cron cron;
	int r = cron_parse(&cron, a->words.v[0], given(a, KEY_JOB), &warnings, e);

	tell(c, "warning: ", &warnings);
	return r;
}

static int
verb_explain(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct schedule_ask ask = { .text = a->words.v[0], .job = given(a, KEY_JOB) };
	struct buf text = { 0 };
	int r = schedule_explain(&ask, &text, e);

	(void)c;
	print(&text);
	return r;
}

/* ---- the verbs on jobs ---- */

/* --log: cron mails what comes to stderr, the same thing not each minute. */
static struct cmd *logging;
static bool
hear(const char *text)
{
	return !logging->open || told_new(&logging->project, text, clock_now());
}

static int
verb_tick(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	const char *when = given(a, KEY_NOW);
	int64_t now = clock_now();
	struct err own = { 0 };
	struct ticked t;
	int r;

	if (given(a, KEY_LOG) != NULL && !c->dry_run) {
		logging = c;
		cmd_message_hear = hear;
		c->any_config = true;
	}
	cmd_message_daily = true;
	if (cmd_open_to_change(c, e) == -1)
		return -1;
	if (when != NULL && clock_parse(when, &now) == -1)
		return err_set(e, ERR_USAGE, "--now: '%.40s' is no time like 2026-03-29T02:30:00+01:00", when);
	r = tick(&c->project, &c->store, now, &t, e);
	for (size_t i = 0; i < t.problems.n; i++)
		cmd_message("", t.problems.v[i]);
	for (size_t i = 0; i < t.notes.n; i++) {
		if (c->dry_run)
			puts(t.notes.v[i]);
		else if (logging == NULL)
			cmd_say(c, "%s", t.notes.v[i]);
	}
	if (logging == NULL)
		cmd_print_ids(&t.made);
	fflush(stdout);
	/* Attempts are settled, subscriptions get their events; what went wrong first is told. */
	if (!c->dry_run && !t.busy && (tend(&c->project, &c->store, &t.status, r == -1 ? &own : e) == -1 ||
	    dispatch_events(&c->project, cmd_about.name, 0, cmd_report_subscription, c, r == -1 ? &own : e) == -1))
		r = -1;
	r = r == -1 ? -1 : t.status;
	ticked_release(&t);
	return r;
}

static int
verb_list(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct buf text = { 0 };
	int r = jobs_print(&c->project, clock_now(), given(a, KEY_JSON) != NULL, &text, e);

	print(&text);
	return r;
}

static int
verb_add(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct vec_str warnings = { 0 };
	struct buf would = { 0 };
	int r = jobs_add(&c->project, &c->store, &a->words, &warnings, &would, e);

	print(&would);
	tell(c, "warning: ", &warnings);
	return r;
}

/* remove, enable, disable */
static int
verb_turn(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	const char *id = a->words.v[0];
	struct buf would = { 0 };
	int r = strcmp(a->verb, "remove") == 0 ? jobs_remove(&c->project, &c->store, id, &would, e) :
	    jobs_enable(&c->project, &c->store, id, strcmp(a->verb, "enable") == 0, clock_now(), &would, e);

	print(&would);
	return r;
}

static int
verb_run(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct ticked t;
	int r = tick_run(&c->project, &c->store, a->words.v[0], clock_now(), &t, e);

	cmd_print_ids(&t.made);
	ticked_release(&t);
	return r;
}

static int
verb_install(struct cmd *c, const struct cmd_asked *a, struct err *e)
{
	struct cron_install ask = { .project = &c->project, .systemd = given(a, KEY_SYSTEMD) != NULL,
		.remove = strcmp(a->verb, "uninstall") == 0, .dry_run = c->dry_run };
	struct cron_installed done;
	int r = cron_install(&ask, &done, e);

	cmd_text(c->quiet ? "" : buf_str(&done.lines));
	tell(c, "note: ", &done.notes);
	cron_installed_release(&done);
	return r == -1 ? -1 : done.status;
}

/* ---- the line ---- */

static const struct cmd_line lines[] = {
	{ "tick", verb_tick, CMD_BIT(KEY_NOW) | CMD_BIT(KEY_LOG), 0, 0, "", CMD_ALONE },
	{ "list", verb_list, CMD_BIT(KEY_JSON), 0, 0, "", CMD_READS },
	{ "add", verb_add, 0, 3, 100, "ID SCHEDULE TITLE [KEY=VALUE ..]", CMD_CHANGES },
	{ "remove", verb_turn, 0, 1, 1, "ID", CMD_CHANGES },
	{ "enable", verb_turn, 0, 1, 1, "ID", CMD_CHANGES },
	{ "disable", verb_turn, 0, 1, 1, "ID", CMD_CHANGES },
	{ "run", verb_run, 0, 1, 1, "ID", CMD_CHANGES },
	{ "install", verb_install, CMD_BIT(KEY_SYSTEMD), 0, 0, "", CMD_CHANGES },
	{ "uninstall", verb_install, 0, 0, 0, "", CMD_CHANGES },
	{ "next", verb_next, CMD_BIT(KEY_FROM) | CMD_BIT(KEY_COUNT) | CMD_BIT(KEY_TZ) | CMD_BIT(KEY_JOB) |
	    CMD_BIT(KEY_JSON), 1, 1, "a SCHEDULE in quotes", CMD_ALONE },
	{ "check", verb_check, CMD_BIT(KEY_JOB), 1, 1, "a SCHEDULE in quotes", CMD_ALONE },
	{ "explain", verb_explain, CMD_BIT(KEY_JOB), 1, 1, "a SCHEDULE in quotes", CMD_ALONE },
	{ 0 },
};

int
cmd_run(struct cmd *c, struct err *e)
{
	return cmd_verbs(c, lines, e);
}
