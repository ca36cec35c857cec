/*
 * orch-agent - shows agents, holds them back, and examines what came of their runs
 *
 * The first operand is a verb, one line of a table; the others are agents.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/sig.h"
#include "work/agent.h"
#include "work/agents.h"
#include "work/classify.h"

enum { FILE_STDOUT, FILE_STDERR, FILE_USAGE, FILES };	/* what classify reads */
enum { KEY_FILE = CMD_FIRST, KEY_EXIT = KEY_FILE + FILES, KEY_SIGNAL, KEY_KILLED, KEY_MODEL };

static const struct opt opts[] = {
	{ "stdout", 0, OPT_FILE, "FILE", "what it wrote to standard output", KEY_FILE + FILE_STDOUT },
	{ "stderr", 0, OPT_FILE, "FILE", "what it wrote to standard error", KEY_FILE + FILE_STDERR },
	{ "usage", 0, OPT_FILE, "FILE", "what it told of its usage in a file", KEY_FILE + FILE_USAGE },
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
		"[list|probe] [--json] [AGENT ..]",
		"[-n] pause|drain|stop|resume|reset [AGENT ..]",
		"classify AGENT [--stdout FILE] [--stderr FILE] [--usage FILE] --exit N|--signal S [--killed[=WHY]]",
		NULL,
	},
	.opts = opts,
};

struct asked;

struct verb {
	const char *name;
	int (*run)(struct cmd *, const struct asked *, struct err *);
	enum agents_act act;		/* for those that change something */
	bool asks;			/* for their logins, before they are listed */
};

/* The line, as it was given. */
struct asked {
	const struct verb *verb;	/* NULL: none was given */
	struct vec_str agents;
	bool json;
	const char *file[FILES];	/* NULL: it wrote nothing */
	const char *model;
	int exit, signal;		/* exit -1: not told; signal 0: not told */
	const char *killed;		/* NULL: not by us */
};

/* ---- classify ---- */

static int
verb_classify(struct cmd *c, const struct asked *a, struct err *e)
{
	struct buf text[FILES] = { { 0 } }, line = { 0 };
	struct val *told;
	struct classify_report report = { 0 };
	struct agent agent = { 0 };
	struct classify_ending end = {
		.started = true, .exit = a->signal ? -1 : a->exit, .signal = a->signal,
		.stopped = a->killed ? a->killed : "", .now = clock_now(),
	};
	int inputs = 0, r;

	for (size_t i = 0; i < FILES; i++)
		inputs += a->file[i] != NULL && strcmp(a->file[i], "-") == 0;
	if (a->exit == -1 && a->signal == 0)
		return err_set(e, ERR_USAGE, "say how it ended: --exit N or --signal S");
	if (a->exit != -1 && a->signal != 0)
		return err_set(e, ERR_USAGE, "--exit and --signal: it ended in one way only");
	if (inputs > 1)
		return err_set(e, ERR_USAGE, "standard input can be read once only");
	if (a->agents.n != 1)
		return err_set(e, ERR_USAGE, "classify: one agent is expected");
	if (cmd_open(c, e) == -1 || agent_load(&agent, &c->project, a->agents.v[0], e) == -1)
		return -1;
	r = 0;
	for (size_t i = 0; i < FILES && r == 0; i++)
		if (a->file[i] != NULL)
			r = cmd_read(a->file[i], CLASSIFY_MAX, &text[i], e);
	if (r == 0) {
		end.out = buf_str(&text[FILE_STDOUT]);
		end.out_len = text[FILE_STDOUT].len;
		end.errtext = buf_str(&text[FILE_STDERR]);
		end.err_len = text[FILE_STDERR].len;
		end.usage = text[FILE_USAGE].len ? buf_str(&text[FILE_USAGE]) : NULL;
		end.usage_len = text[FILE_USAGE].len;
		end.model = a->model ? a->model : agent.model;
		classify(&report, &agent, &end);
		told = classify_told(agent.id, &report);
		json_print(&line, told);
		puts(buf_str(&line));
		val_free(told);
		classify_release(&report);
	}
	for (size_t i = 0; i < FILES; i++)
		buf_release(&text[i]);
	buf_release(&line);
	agent_release(&agent);
	return r;
}

/* ---- the others ---- */

static int
verb_list(struct cmd *c, const struct asked *a, struct err *e)
{
	struct val *list = NULL;
	struct buf text = { 0 };
	bool asks = a->verb->asks;
	int status = 0;

	if ((asks ? cmd_open_to_change(c, e) : cmd_open(c, e)) == -1 || (asks && !c->dry_run &&
	    agents_probe(&c->project, &c->store, &a->agents, &status, e) == -1) ||
	    agents_list(&c->project, &a->agents, &list, e) == -1)
		return -1;
	for (size_t i = 0; i < list->n; i++) {
		buf_cut(&text, 0);
		if (a->json)
			json_print(&text, list->v[i]);
		else
			agents_text(list->v[i], &text);
		buf_putc(&text, '\n');
		cmd_text(buf_str(&text));
	}
	buf_release(&text);
	val_free(list);
	return status;
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
	{ "list", verb_list, 0, false },
	{ "probe", verb_list, 0, true },
	{ "classify", verb_classify, 0, false },
	{ "pause", verb_act, AGENTS_PAUSE, false },
	{ "drain", verb_act, AGENTS_DRAIN, false },
	{ "stop", verb_act, AGENTS_STOP, false },
	{ "resume", verb_act, AGENTS_RESUME, false },
	{ "reset", verb_act, AGENTS_RESET, false },
};

static const struct verb *
find_verb(const char *name, struct err *e)
{
	const char *names[sizeof verbs / sizeof *verbs + 1] = { NULL };
	int i;

	for (size_t k = 0; k < sizeof verbs / sizeof *verbs; k++)
		names[k] = verbs[k].name;
	return (i = cmd_verb(name, names, e)) == -1 ? NULL : &verbs[i];
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
	case KEY_FILE + FILE_STDOUT:
	case KEY_FILE + FILE_STDERR:
	case KEY_FILE + FILE_USAGE:
		a->file[key - KEY_FILE] = value;
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
