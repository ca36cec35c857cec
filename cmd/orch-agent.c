/*
 * orch-agent - shows agents, holds them back, and examines what came of their runs
 *
 * The first operand is a verb, the others are agents.  A verb is one line of a table; what
 * it asks or changes stands in lib/work, so that this file only reads the line and prints.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/sig.h"
#include "work/agent.h"
#include "work/agents.h"
#include "work/classify.h"

enum { KEY_STDOUT = CMD_FIRST, KEY_STDERR, KEY_EXIT, KEY_SIGNAL, KEY_KILLED, KEY_MODEL };

static const struct opt opts[] = {
	{ "stdout", 0, OPT_FILE, "FILE", "what it wrote to standard output", KEY_STDOUT },
	{ "stderr", 0, OPT_FILE, "FILE", "what it wrote to standard error", KEY_STDERR },
	{ "exit", 0, OPT_TEXT, "N", "its exit status", KEY_EXIT },
	{ "signal", 0, OPT_TEXT, "S", "the signal that it died of", KEY_SIGNAL },
	{ "killed", 0, OPT_TEXT, "[=WHY]", "we stopped it: timeout, idle, output or asked", KEY_KILLED },
	{ "model", 0, OPT_TEXT, "MODEL", "the model that it was told to use", KEY_MODEL },
	{ "json", 0, OPT_FLAG, 0, "list: print one JSON object a line", CMD_JSON },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-agent",
	.purpose = "show agents, hold them back, examine how their runs ended",
	.usage = (const char *const[]){
		"[list] [--json] [AGENT ..]",
		"[-n] pause|drain|stop|resume|reset [AGENT ..]",
		"classify AGENT [--stdout FILE] [--stderr FILE] --exit N|--signal S [--killed[=WHY]]",
		NULL,
	},
	.opts = opts,
};

struct asked;

struct verb {
	const char *name;
	int (*run)(struct cmd *, const struct asked *, struct err *);
	enum agents_act act;		/* for those that change something */
};

/* The line, as it was given. */
struct asked {
	const struct verb *verb;	/* NULL: none was given */
	struct vec_str agents;
	bool json;
	const char *out, *errtext;	/* files, NULL: it wrote nothing */
	const char *model;
	int exit, signal;		/* exit -1: not told; signal 0: not told */
	const char *killed;		/* NULL: not by us */
};

/* ---- classify ---- */

/* Releases the value. */
static void
print_json(struct val *v)
{
	struct buf line = { 0 };

	json_print(&line, v);
	puts(buf_str(&line));
	buf_release(&line);
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
	if (a->agents.n != 1)
		return err_set(e, ERR_USAGE, "classify: one agent is expected");
	if (cmd_open(c, e) == -1 || agent_load(&agent, &c->project, a->agents.v[0], e) == -1)
		return -1;
	if ((a->out != NULL && cmd_read(a->out, CLASSIFY_MAX, &out, e) == -1) ||
	    (a->errtext != NULL && cmd_read(a->errtext, CLASSIFY_MAX, &errtext, e) == -1))
		goto done;
	end.out = buf_str(&out);
	end.out_len = out.len;
	end.errtext = buf_str(&errtext);
	end.err_len = errtext.len;
	end.model = a->model ? a->model : agent.model;
	classify(&report, &agent, &end);
	print_json(classify_told(agent.id, &report));
	classify_release(&report);
	r = 0;
done:
	buf_release(&out);
	buf_release(&errtext);
	agent_release(&agent);
	return r;
}

/* ---- the others ---- */

static int
verb_list(struct cmd *c, const struct asked *a, struct err *e)
{
	struct val *list = NULL;
	struct buf text = { 0 };

	if (cmd_open(c, e) == -1 || agents_list(&c->project, &a->agents, &list, e) == -1)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		if (a->json) {
			print_json(val_copy(list->v[i]));
			continue;
		}
		buf_cut(&text, 0);
		agents_text(list->v[i], &text);
		cmd_text(buf_str(&text));
		putchar('\n');
	}
	buf_release(&text);
	val_free(list);
	return 0;
}

static int
verb_act(struct cmd *c, const struct asked *a, struct err *e)
{
	struct vec_str changed = { 0 };
	int r = cmd_open_to_change(c, e);

	if (r == 0)
		r = agents_act(&c->project, &c->store, a->verb->act, &a->agents, &changed, e);
	for (size_t i = 0; i < changed.n; i++)
		puts(changed.v[i]);
	vec_str_release(&changed);
	return r;
}

/* ---- the line ---- */

static const struct verb verbs[] = {
	{ "list", verb_list, 0 },
	{ "classify", verb_classify, 0 },
	{ "pause", verb_act, AGENTS_PAUSE },
	{ "drain", verb_act, AGENTS_DRAIN },
	{ "stop", verb_act, AGENTS_STOP },
	{ "resume", verb_act, AGENTS_RESUME },
	{ "reset", verb_act, AGENTS_RESET },
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
	err_set(e, ERR_USAGE, "no verb '%s'%s%s%s", buf_str(&quote), near ? ", did you mean '" : "",
	    near ? near : "", near ? "'?" : "");
	buf_release(&quote);
	return NULL;
}

static int
take_option(struct asked *a, int key, const char *value, struct err *e)
{
	static const char *const why[] = { "timeout", "idle", "output", "asked", NULL };
	int64_t n = 0;

	switch (key) {
	case CMD_JSON:
		a->json = true;
		return 0;
	case KEY_STDOUT:
	case KEY_STDERR:
	case KEY_MODEL:
		*(key == KEY_STDOUT ? &a->out : key == KEY_STDERR ? &a->errtext : &a->model) = value;
		return 0;
	case KEY_EXIT:
		if (num_int(value, 0, 255, &n) == -1)
			return err_set(e, ERR_USAGE, "--exit: '%s' is no number from 0 to 255", value);
		a->exit = (int)n;
		return 0;
	case KEY_SIGNAL:
		if ((a->signal = sig_number(value)) == 0)
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
	const char *value;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR || (key != OPT_OPERAND && take_option(&a, key, value, e) == -1))
			goto done;
		if (key == OPT_OPERAND && a.verb != NULL)
			vec_str_push(&a.agents, value);
		else if (key == OPT_OPERAND && (a.verb = find_verb(value, e)) == NULL)
			goto done;
	}
	a.verb = a.verb ? a.verb : &verbs[0];
	r = a.verb->run(c, &a, e);
done:
	vec_str_release(&a.agents);
	return r;
}
