/*
 * orch-event - tells of events, gives them to whoever follows, shows who has seen which
 *
 * The first operand is a verb, one line of a table; the others belong to the verb.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/vec.h"
#include "cmd.h"
#include "task/event_filter.h"
#include "work/emit.h"
#include "work/group.h"
#include "work/listen.h"
#include "work/subscribe.h"

enum { KEY_DATA = CMD_FIRST, KEY_PRIORITY, KEY_TTL, KEY_TASK, KEY_SOURCE, KEY_GROUP, KEY_TOPIC, KEY_WHERE,
	KEY_MAX, KEY_ONCE, KEY_WAIT, KEY_AFTER, KEY_NOW, KEY_AGE, KEY_RESUME, KEY_JSON,
	KEY_END };

static const struct opt opts[] = {
	{ "data", 0, OPT_TEXT, "JSON", "emit: what there is to say; - reads it from standard input", KEY_DATA },
	{ "priority", 0, OPT_WORD, "low|normal|high|urgent", "emit: how much it matters (normal)", KEY_PRIORITY },
	{ "ttl", 0, OPT_TEXT, "D", "emit: forget it after D (90s, 2h)", KEY_TTL },
	{ "task", 0, OPT_ID, "ID", "emit: the task that it is about", KEY_TASK },
	{ "source", 0, OPT_TEXT, "S", "emit: who tells it; latest, follow: only his", KEY_SOURCE },
	{ "group", 0, OPT_TEXT, "G", "follow, ack: for this group", KEY_GROUP },
	{ "topic", 0, OPT_TEXT, "T,..", "follow, latest: only of these topics", KEY_TOPIC },
	{ "where", 0, OPT_TEXT, "COND", "follow, latest: only where F=V, F!=V, F? or F~RE", KEY_WHERE },
	{ "max", 0, OPT_TEXT, "N", "follow: end after N events", KEY_MAX },
	{ "once", 0, OPT_FLAG, 0, "follow: end when there is no more", KEY_ONCE },
	{ "wait", 0, OPT_TEXT, "D", "follow: end after D", KEY_WAIT },
	{ "after", 0, OPT_TEXT, "SEQ", "follow: begin behind this number", KEY_AFTER },
	{ "from-now", 0, OPT_FLAG, 0, "follow: begin with what comes next", KEY_NOW },
	{ "max-age", 0, OPT_TEXT, "D", "latest: no older than D", KEY_AGE },
	{ "resume", 0, OPT_TEXT, "NAME", "subscriptions: run a suspended one again", KEY_RESUME },
	{ "json", 0, OPT_FLAG, 0, "subscriptions: print one JSON object a line", KEY_JSON },
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-event",
	.purpose = "tell of events and follow them",
	.usage = (const char *const[]){
		"[-n] emit TOPIC [--data JSON] [--priority P] [--ttl D] [--task ID] [--source S]",
		"follow [--group G] [--topic T] [--where COND] [--max N] [--once|--wait D] [--after SEQ|--from-now]",
		"latest [--topic T] [--where COND] [--source S] [--max-age D]",
		"[-n] ack --group G SEQ|FROM..TO ..",
		"[-n] subscriptions [--json] [--resume NAME]",
		NULL,
	},
	.opts = opts,
};

struct asked {
	struct vec_str words;
	const char *value[KEY_END - CMD_FIRST];	/* of options, "" for a flag; NULL: not given */
	struct event_filter filter;
};

static const char *
given(const struct asked *a, int key)
{
	return a->value[key - CMD_FIRST];
}

static int
duration(const struct asked *a, int key, int64_t *ms, struct err *e)
{
	if (given(a, key) == NULL || (num_duration(given(a, key), ms) == 0 && *ms > 0))
		return 0;
	return err_set(e, ERR_USAGE, "'%.40s' is no duration", given(a, key));
}

static int
number(const struct asked *a, int key, int64_t *n, struct err *e)
{
	if (given(a, key) == NULL || num_int(given(a, key), key == KEY_AFTER ? 0 : 1, NUM_ID_MAX, n) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "'%.40s' is no number that fits here", given(a, key));
}

/* ---- the verbs ---- */

static int
verb_emit(struct cmd *c, struct asked *a, struct err *e)
{
	struct emit_wish wish = { .topic = a->words.n == 1 ? a->words.v[0] : NULL, .data = given(a, KEY_DATA),
		.priority = given(a, KEY_PRIORITY), .source = given(a, KEY_SOURCE) };
	struct buf text = { 0 };
	int64_t seq = 0;
	int r = -1;

	if (wish.topic == NULL)
		return err_set(e, ERR_USAGE, "emit: one topic is expected");
	if (duration(a, KEY_TTL, &wish.ttl_ms, e) == -1 || number(a, KEY_TASK, &wish.task, e) == -1)
		return -1;
	/* Blanks and line ends may make it longer than what is kept of it. */
	if (wish.data != NULL && strcmp(wish.data, "-") != 0)
		buf_puts(&text, wish.data);
	else if (wish.data != NULL && cmd_read("-", 4 * EMIT_DATA_MAX, &text, e) == -1)
		goto done;
	if (wish.data != NULL)
		wish.data = buf_str(&text);
	wish.data_len = text.len;
	if (cmd_open_to_change(c, e) == 0 && (r = emit(&c->project, &c->store, &wish, &seq, e)) == 0)
		printf("%lld\n", (long long)seq);
done:
	buf_release(&text);
	return r;
}

static int
print_line(void *arg, const char *line)
{
	(void)arg;
	cmd_text(line);
	putchar('\n');
	return fflush(stdout) != 0;
}

static int
verb_follow(struct cmd *c, struct asked *a, struct err *e)
{
	struct listen_opts how = { .filter = &a->filter, .group = given(a, KEY_GROUP), .command = cmd_about.name,
		.once = given(a, KEY_ONCE) != NULL, .dry_run = c->dry_run };

	if (number(a, KEY_MAX, &how.max, e) == -1 || number(a, KEY_AFTER, &how.after, e) == -1 ||
	    duration(a, KEY_WAIT, &how.wait_ms, e) == -1)
		return -1;
	if (given(a, KEY_NOW) != NULL)
		how.after = LISTEN_NOW;
	/* Who follows for nobody changes nothing. */
	if ((how.group != NULL ? cmd_open_to_change(c, e) : cmd_open(c, e)) == -1)
		return -1;
	return listen_events(&c->project, &how, print_line, NULL, e);
}

static int
verb_latest(struct cmd *c, struct asked *a, struct err *e)
{
	int64_t age_ms = 0;

	if (duration(a, KEY_AGE, &age_ms, e) == -1 || cmd_open(c, e) == -1)
		return -1;
	return listen_latest(&c->project, &a->filter, (age_ms + 999) / 1000, print_line, NULL, e);
}

static int
verb_ack(struct cmd *c, struct asked *a, struct err *e)
{
	if (given(a, KEY_GROUP) == NULL || a->words.n == 0)
		return err_set(e, ERR_USAGE, "ack: --group G and numbers are expected");
	return cmd_open_to_change(c, e) == -1 ? -1 :
	    group_ack_all(&c->project, &c->store, given(a, KEY_GROUP), &a->words, e);
}

static int
verb_subscriptions(struct cmd *c, struct asked *a, struct err *e)
{
	const char *resume = given(a, KEY_RESUME);

	if (resume != NULL)
		return cmd_open_to_change(c, e) == -1 ? -1 :
		    subscribe_resume(&c->project, &c->store, resume, e);
	return cmd_open(c, e) == -1 ? -1 :
	    subscribe_lines(&c->project, given(a, KEY_JSON) != NULL, print_line, NULL, e);
}

/* ---- the line ---- */

#define BIT(key) (1u << ((key) - CMD_FIRST))
#define FILTER	 (BIT(KEY_TOPIC) | BIT(KEY_WHERE) | BIT(KEY_SOURCE))

static const char *const names[] = { "emit", "follow", "latest", "ack", "subscriptions", NULL };

static const struct verb {
	int (*run)(struct cmd *, struct asked *, struct err *);
	unsigned options;	/* that it knows */
	bool words;		/* it takes operands */
} verbs[] = {
	{ verb_emit, BIT(KEY_DATA) | BIT(KEY_PRIORITY) | BIT(KEY_TTL) | BIT(KEY_TASK) | BIT(KEY_SOURCE), true },
	{ verb_follow, FILTER | BIT(KEY_GROUP) | BIT(KEY_MAX) | BIT(KEY_ONCE) | BIT(KEY_WAIT) |
	    BIT(KEY_AFTER) | BIT(KEY_NOW), false },
	{ verb_latest, FILTER | BIT(KEY_AGE), false },
	{ verb_ack, BIT(KEY_GROUP), true },
	{ verb_subscriptions, BIT(KEY_RESUME) | BIT(KEY_JSON), false },
};

static int
take_option(struct asked *a, int key, const char *value, struct err *e)
{
	int r = 0;

	a->value[key - CMD_FIRST] = value != NULL ? value : "";
	if (key == KEY_TOPIC)
		r = event_filter_topics(&a->filter, value, e);
	else if (key == KEY_WHERE)
		r = event_filter_where(&a->filter, value, e);
	else if (key == KEY_SOURCE)
		r = event_filter_source(&a->filter, value, e);
	if (r == -1)
		e->code = ERR_USAGE;
	return r;
}

/* What another verb would know is misuse, not something to pass over. */
static int
check_verb(const struct asked *a, int verb, struct err *e)
{
	if (!verbs[verb].words && a->words.n > 0)
		return err_set(e, ERR_USAGE, "%s: no argument is expected: '%.80s'", names[verb], a->words.v[0]);
	for (const struct opt *o = opts; o->key >= CMD_FIRST && o->key < KEY_END; o++)
		if (given(a, o->key) != NULL && (verbs[verb].options & BIT(o->key)) == 0)
			return err_set(e, ERR_USAGE, "%s knows no --%s", names[verb], o->name);
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	struct asked a = { 0 };
	const char *value;
	int key, verb = -1, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR || (key != OPT_OPERAND && take_option(&a, key, value, e) == -1))
			goto done;
		if (key == OPT_OPERAND && verb != -1)
			vec_str_push(&a.words, value);
		else if (key == OPT_OPERAND && (verb = cmd_verb(value, names, e)) == -1)
			goto done;
	}
	if (verb == -1)
		err_set(e, ERR_USAGE, "a verb is expected: emit, follow, latest, ack or subscriptions");
	else if (check_verb(&a, verb, e) == 0)
		r = verbs[verb].run(c, &a, e);
done:
	event_filter_release(&a.filter);
	vec_str_release(&a.words);
	return r;
}
