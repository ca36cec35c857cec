/*
 * orch-cron - schedules: when they come, what is wrong with them, what they say
 *
 * The first operand is a verb, one line of a table; the others belong to the verb.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/cron.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/schedule.h"

enum { KEY_FROM = CMD_FIRST, KEY_COUNT, KEY_TZ, KEY_JOB, KEY_JSON, KEY_END };

static const struct opt opts[] = {
	{ "from", 0, OPT_TEXT, "TIME", "next: after this time (RFC 3339), not now", KEY_FROM },
	{ "count", 0, OPT_TEXT, "N", "next: print N times (1)", KEY_COUNT },
	{ "tz", 0, OPT_TEXT, "ZONE", "next: in this time zone, not that of the machine", KEY_TZ },
	{ "job", 0, OPT_TEXT, "NAME", "next, explain: the job that H in a schedule depends on", KEY_JOB },
	{ "json", 0, OPT_FLAG, 0, "next: print one JSON object a line", KEY_JSON },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-cron",
	.purpose = "tell when schedules come",
	.usage = (const char *const[]){
		"next [--from TIME] [--count N] [--tz ZONE] [--job NAME] [--json] SCHEDULE",
		"check SCHEDULE",
		"explain [--job NAME] SCHEDULE",
		NULL,
	},
	.opts = opts,
};

struct asked {
	struct vec_str words;
	const char *value[KEY_END - CMD_FIRST];	/* of options, "" for a flag; NULL: not given */
};

static const char *
given(const struct asked *a, int key)
{
	return a->value[key - CMD_FIRST];
}

/* ---- the verbs ---- */

/* For people also what is special about it. */
static void
print_time(const struct cmd *c, const char *at, const char *reason)
{
	struct buf note = { 0 };

	puts(at);
	if (c->quiet || strcmp(reason, cron_reason_name(CRON_GAP)) != 0)
		return;
	fflush(stdout);
	buf_printf(&note, "%s is for a time that the clock passes over", at);
	cmd_message("note: ", buf_str(&note));
	buf_release(&note);
}

static int
verb_next(struct cmd *c, const struct asked *a, struct err *e)
{
	struct schedule_ask ask = { .text = a->words.v[0], .job = given(a, KEY_JOB), .zone = given(a, KEY_TZ),
		.after = clock_now(), .count = 1 };
	const char *from = given(a, KEY_FROM), *count = given(a, KEY_COUNT);
	struct val *list = NULL;

	if (from != NULL && clock_parse(from, &ask.after) == -1)
		return err_set(e, ERR_USAGE, "--from: '%.40s' is no time like 2026-03-29T02:30:00+01:00", from);
	if (count != NULL && num_int(count, 1, SCHEDULE_COUNT_MAX, &ask.count) == -1)
		return err_set(e, ERR_USAGE, "--count: '%.40s' is no number from 1 to %d", count, SCHEDULE_COUNT_MAX);
	if (schedule_next(&ask, &list, e) == -1)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		struct buf line = { 0 };

		if (given(a, KEY_JSON) != NULL) {
			json_print(&line, list->v[i]);
			puts(buf_str(&line));
		} else
			print_time(c, val_text(val_get(list->v[i], "at")), val_text(val_get(list->v[i], "reason")));
		buf_release(&line);
	}
	if ((int64_t)list->n < ask.count)
		cmd_warn(c, "it does not come more often within 400 years");
	val_free(list);
	return 0;
}

static int
verb_check(struct cmd *c, const struct asked *a, struct err *e)
{
	struct vec_str warnings = { 0 };
	struct cron cron;
	int r = cron_parse(&cron, a->words.v[0], NULL, &warnings, e);

	for (size_t i = 0; i < warnings.n && r == 0; i++)
		cmd_warn(c, "%s", warnings.v[i]);
	vec_str_release(&warnings);
	return r;
}

static int
verb_explain(struct cmd *c, const struct asked *a, struct err *e)
{
	struct schedule_ask ask = { .text = a->words.v[0], .job = given(a, KEY_JOB) };
	struct buf text = { 0 };
	int r = schedule_explain(&ask, &text, e);

	(void)c;
	fputs(buf_str(&text), stdout);
	buf_release(&text);
	return r;
}

/* ---- the line ---- */

#define BIT(key) (1u << ((key) - CMD_FIRST))

static const struct verb {
	const char *name;
	int (*run)(struct cmd *, const struct asked *, struct err *);
	unsigned options;	/* that it knows */
	const char *operand;	/* the one that it takes, NULL: none */
} verbs[] = {
	{ "next", verb_next, BIT(KEY_FROM) | BIT(KEY_COUNT) | BIT(KEY_TZ) | BIT(KEY_JOB) | BIT(KEY_JSON), "schedule" },
	{ "check", verb_check, 0, "schedule" },
	{ "explain", verb_explain, BIT(KEY_JOB), "schedule" },
};
#define VERBS (sizeof verbs / sizeof *verbs)

static const struct verb *
find_verb(const char *name, struct err *e)
{
	const char *names[VERBS + 1] = { NULL };
	int i;

	for (size_t k = 0; k < VERBS; k++)
		names[k] = verbs[k].name;
	return (i = cmd_verb(name, names, e)) == -1 ? NULL : &verbs[i];
}

/* What another verb would know is misuse, not something to pass over. */
static int
check_verb(const struct asked *a, const struct verb *verb, struct err *e)
{
	for (const struct opt *o = opts; o->key >= CMD_FIRST && o->key < KEY_END; o++)
		if (given(a, o->key) != NULL && (verb->options & BIT(o->key)) == 0)
			return err_set(e, ERR_USAGE, "%s knows no --%s", verb->name, o->name);
	if (verb->operand == NULL && a->words.n > 0)
		return err_set(e, ERR_USAGE, "%s: no argument is expected: '%.80s'", verb->name, a->words.v[0]);
	if (verb->operand != NULL && a->words.n != 1)
		return err_set(e, ERR_USAGE, "%s: one %s is expected%s", verb->name, verb->operand,
		    a->words.n > 1 ? ": put it in quotes" : "");
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	const struct verb *verb = NULL;
	struct asked a = { 0 };
	const char *value;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			goto done;
		if (key != OPT_OPERAND)
			a.value[key - CMD_FIRST] = value != NULL ? value : "";
		else if (verb != NULL)
			vec_str_push(&a.words, value);
		else if ((verb = find_verb(value, e)) == NULL)
			goto done;
	}
	if (verb == NULL)
		err_set(e, ERR_USAGE, "a verb is expected: next, check or explain");
	else if (check_verb(&a, verb, e) == 0)
		r = verb->run(c, &a, e);
done:
	vec_str_release(&a.words);
	return r;
}
