/*
 * orch-agent - examines agents and what came of their runs
 *
 * The first operand is a verb, the second an agent.  A verb is one line of a table; what
 * it asks or changes stands in lib/work, so that this file only reads the line and prints.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/agent.h"
#include "work/classify.h"
#include "work/outcome.h"

enum { KEY_STDOUT = CMD_FIRST, KEY_STDERR, KEY_EXIT, KEY_SIGNAL, KEY_KILLED, KEY_MODEL };

static const struct opt opts[] = {
	{ "stdout", 0, OPT_FILE, "FILE", "what it wrote to standard output", KEY_STDOUT },
	{ "stderr", 0, OPT_FILE, "FILE", "what it wrote to standard error", KEY_STDERR },
	{ "exit", 0, OPT_TEXT, "N", "its exit status", KEY_EXIT },
	{ "signal", 0, OPT_TEXT, "S", "the signal that it died of", KEY_SIGNAL },
	{ "killed", 0, OPT_TEXT, "[=WHY]", "we stopped it: timeout, idle, output or asked", KEY_KILLED },
	{ "model", 0, OPT_TEXT, "MODEL", "the model that it was told to use", KEY_MODEL },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-agent",
	.purpose = "examine agents and how their runs ended",
	.usage = (const char *const[]){
		"classify AGENT [--stdout FILE] [--stderr FILE] --exit N|--signal S [--killed[=WHY]]",
		NULL,
	},
	.opts = opts,
};

/* The line, as it was given. */
struct asked {
	const char *verb, *agent;
	const char *out, *errtext;	/* files, NULL: it wrote nothing */
	const char *model;
	int exit, signal;		/* exit -1: not told; signal 0: not told */
	const char *killed;		/* NULL: not by us */
};

/* ---- classify ---- */

static int
read_stream(const char *path, struct buf *text, struct err *e)
{
	return path == NULL ? 0 : cmd_read(path, CLASSIFY_MAX, text, e);
}

static void
print_report(const char *agent, const struct classify_report *report)
{
	struct val *v = val_map(), *told = classify_value(report);
	struct buf line = { 0 };

	val_add(v, "schema", val_int(1));
	val_add(v, "agent", val_str(agent));
	for (size_t i = 0; i < told->n; i++)
		val_add(v, told->key[i], val_copy(told->v[i]));
	/* Of what ended well the answer decides, and nobody gave us one. */
	if (strcmp(report->class, "ok") != 0)
		val_add(v, "treated_as", val_str(outcome_name(outcome_of(report->class))));
	json_print(&line, v);
	puts(buf_str(&line));
	buf_release(&line);
	val_free(told);
	val_free(v);
}

static int
verb_classify(struct cmd *c, const struct asked *a, struct err *e)
{
	struct buf out = { 0 }, errtext = { 0 };
	struct classify_report report = { 0 };
	struct agent agent = { 0 };
	struct classify_ending end = {
		.started = true, .exit = a->signal ? -1 : a->exit, .signal = a->signal,
		.stopped = a->killed ? a->killed : "", .now = clock_now(),
	};
	int r = -1;

	if (a->exit == -1 && a->signal == 0)
		return err_set(e, ERR_USAGE, "say how it ended: --exit N or --signal S");
	if (a->out && a->errtext && strcmp(a->out, "-") == 0 && strcmp(a->errtext, "-") == 0)
		return err_set(e, ERR_USAGE, "standard input can be read once only");
	if (cmd_open(c, e) == -1 || agent_load(&agent, &c->project, a->agent, e) == -1)
		return -1;
	if (read_stream(a->out, &out, e) == -1 || read_stream(a->errtext, &errtext, e) == -1)
		goto done;
	end.out = buf_str(&out);
	end.out_len = out.len;
	end.errtext = buf_str(&errtext);
	end.err_len = errtext.len;
	end.model = a->model ? a->model : agent.model;
	classify(&report, &agent, &end);
	print_report(agent.id, &report);
	classify_release(&report);
	r = 0;
done:
	buf_release(&out);
	buf_release(&errtext);
	agent_release(&agent);
	return r;
}

/* ---- the line ---- */

static const struct verb {
	const char *name;
	int (*run)(struct cmd *, const struct asked *, struct err *);
} verbs[] = {
	{ "classify", verb_classify },
};

#define VERBS (sizeof verbs / sizeof *verbs)

static const struct verb *
find_verb(const char *name, struct err *e)
{
	const char *names[VERBS + 1] = { NULL }, *near;
	struct buf quote = { 0 };

	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
		names[i] = verbs[i].name;
	}
	near = str_nearest(name, names);
	str_visible(&quote, name, str_cut(name, strlen(name), 80), false);
	err_set(e, ERR_USAGE, "no verb '%s', %s '%s'%s", buf_str(&quote),
	    near ? "did you mean" : "there is", near ? near : names[0], near ? "?" : "");
	buf_release(&quote);
	return NULL;
}

/* "15", "TERM" and "SIGTERM" are one; 0: nothing is called so. */
static int
signal_of(const char *name)
{
	int64_t n;

	if (num_int(name, 1, NSIG - 1, &n) == 0)
		return (int)n;
	if (str_starts(name, "SIG"))
		name += strlen("SIG");
	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) != NULL && strcmp(sigabbrev_np(i), name) == 0)
			return i;
	return 0;
}

static int
take_option(struct asked *a, int key, const char *value, struct err *e)
{
	static const char *const why[] = { "timeout", "idle", "output", "asked", NULL };
	int64_t n = 0;

	switch (key) {
	case KEY_STDOUT:
		a->out = value;
		return 0;
	case KEY_STDERR:
		a->errtext = value;
		return 0;
	case KEY_MODEL:
		a->model = value;
		return 0;
	case KEY_EXIT:
		if (num_int(value, 0, 255, &n) == -1)
			return err_set(e, ERR_USAGE, "--exit: '%s' is no number from 0 to 255", value);
		a->exit = (int)n;
		return 0;
	case KEY_SIGNAL:
		if ((a->signal = signal_of(value)) == 0)
			return err_set(e, ERR_USAGE, "--signal: '%s' is no signal", value);
		return 0;
	case KEY_KILLED:
		a->killed = value ? value : why[0];
		for (size_t i = 0; why[i]; i++)
			if (strcmp(why[i], a->killed) == 0)
				return 0;
		return err_set(e, ERR_USAGE, "--killed: '%s' is not timeout, idle, output or asked",
		    value);
	}
	return -1;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct asked a = { .exit = -1 };
	const struct verb *verb;
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			return -1;
		if (key != OPT_OPERAND) {
			if (take_option(&a, key, value, e) == -1)
				return -1;
		} else if (a.verb == NULL) {
			a.verb = value;
		} else if (a.agent == NULL) {
			a.agent = value;
		} else {
			return err_set(e, ERR_USAGE, "one agent is expected, found '%s' too", value);
		}
	}
	if (a.verb == NULL)
		return err_set(e, ERR_USAGE, "a verb is missing, for example '%s'", verbs[0].name);
	if ((verb = find_verb(a.verb, e)) == NULL)
		return -1;
	if (a.agent == NULL)
		return err_set(e, ERR_USAGE, "%s: an agent is missing", verb->name);
	return verb->run(c, &a, e);
}
