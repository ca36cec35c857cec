/* field - the table against itself, and each rule by both ways in. */
#include "task/field.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "task/state.h"

#include "../lib/tap.h"

static void
test_table(void)
{
	const char *const *order = field_order();
	int bad = 0;

	for (int f = 0; f < FIELD_N; f++) {
		const struct field_def *d = &field_table[f];

		bad += d->name == NULL || d->help == NULL || strcmp(d->name, order[f]) != 0 ||
		    field_find(d->name) != f;
		bad += (d->type == FIELD_WORD) != (d->words != NULL);
		bad += d->type == FIELD_INT && d->min >= d->max;
	}
	is_int(bad, 0, "every field has a name, a place in the order, is found, has its bounds");
	ok(order[FIELD_N] == NULL, "the order ends");
	is_int(field_find("colour"), -1, "an unknown field");
	is_int(field_find(""), -1, "an empty name");
	is_int(field_find("aaa"), -1, "before all");
	is_int(field_find("zzz"), -1, "after all");
	for (size_t i = 0; state_names()[i] != NULL; i++)
		bad += strcmp(field_table[F_STATUS].words[i], state_names()[i]) != 0;
	is_int(bad, 0, "the words of status are the states");
}

static void
test_need(void)
{
	struct err e = { 0 };
	enum field f = F_ID;

	is_int(field_need("title", &f, &e), 0, "need: known");
	is_int(f, F_TITLE, "need: which");
	is_int(field_need("lables", &f, &e), -1, "need: unknown");
	is_int(e.code, ERR_USAGE, "need: is misuse");
	is(e.msg, "no field 'lables', did you mean 'labels'?", "need: nearest");
	field_need("qqqqqq", &f, &e);
	is(e.msg, "no field 'qqqqqq': see orch-tasks(5)", "need: nothing near");
}

/* YAML of a value, and the message ("" = right). */
static const struct {
	const char *field, *yaml, *want;
} checks[] = {
	{ "id", "1", "" },
	{ "id", "999999999999999999", "" },
	{ "id", "1000000000000000000", "id: '1000000000000000000' is not a task id" },
	{ "id", "0", "id: '0' is not a task id" },
	{ "id", "-1", "id: '-1' is not a task id" },
	{ "id", "\"1\"", "id: number expected, found text '1'" },
	{ "id", "1.0", "id: '1.0' is not a task id" },
	{ "id", "true", "id: number expected, found true or false" },
	{ "id", "[1]", "id: number expected, found list" },
	{ "id", "../x", "id: number expected, found text '../x'" },
	{ "title", "mend it", "" },
	{ "title", "''", "title: must not be empty" },
	{ "title", "\"a\\nb\"", "title: must be one line" },
	{ "title", "404", "title: text expected, found number '404' (write it in quotes)" },
	{ "title", "true", "title: text expected, found true or false (write it in quotes)" },
	{ "title", "\"\\e[31mred\"", "" },
	{ "title", "{a: 1}", "title: text expected, found map" },
	{ "body", "|\n  a\n  b\n", "" },
	{ "body", "''", "" },
	{ "labels", "[a, b]", "" },
	{ "labels", "[]", "" },
	{ "labels", "5", "labels: list of text expected, found number '5'" },
	{ "labels", "a", "labels: list of text expected, found text 'a'" },
	{ "labels", "[a, 5]", "labels: item 2: text expected, found number '5' (write it in quotes)" },
	{ "labels", "[a, [b]]", "labels: item 2: text expected, found list" },
	{ "priority", "low", "" },
	{ "priority", "hihg",
	    "priority: 'hihg' is not one of urgent high normal low" },
	{ "priority", "Low", "priority: 'Low' is not one of urgent high normal low" },
	{ "priority", "\"low \"", "priority: 'low ' is not one of urgent high normal low" },
	{ "priority", "\"\\e[1m\"",
	    "priority: '\\x1b[1m' is not one of urgent high normal low" },
	{ "priority", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee",
	    "priority: 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...' "
	    "is not one of urgent high normal low" },
	{ "created_at", "2026-11-21T10:25:00Z", "" },
	{ "created_at", "\"2026-11-21T10:25:00+01:00\"", "" },
	{ "created_at", "2026-11-21",
	    "created_at: '2026-11-21' is not a time such as 2026-11-21T10:25:00Z" },
	{ "created_at", "17", "created_at: text expected, found number '17' (write it in quotes)" },
	{ "depends_on", "[1, 2]", "" },
	{ "depends_on", "[1, 0]", "depends_on: item 2: '0' is not a task id" },
	{ "depends_on", "[1, '2']", "depends_on: item 2: number expected, found text '2'" },
	{ "depends_on", "3", "depends_on: list of task ids expected, found number '3'" },
	{ "join", "all", "" },
	{ "join", "2", "" },
	{ "join", "0", "join: '0' is not a whole number from 1 to 1000000" },
	{ "join", "most", "join: 'most' is not one of all any" },
	{ "join", "[1]", "join: all, any or a number expected, found list" },
	{ "max_attempts", "5", "" },
	{ "max_attempts", "101", "max_attempts: '101' is not a whole number from 1 to 100" },
	{ "max_attempts", "99999999999999999999", "*" },
	{ "max_attempts", "1e1",
	    "max_attempts: '1e1' is not a whole number from 1 to 100" },
	{ "timeout", "2h", "" },
	{ "timeout", "90", "" },
	{ "timeout", "8d", "timeout: '8d' is not within 1s to 7d" },
	{ "timeout", "0", "timeout: '0' is not within 1s to 7d" },
	{ "timeout", "soon", "timeout: 'soon' is not a duration such as 90s, 30m or 2h" },
	{ "timeout", "1.5", "timeout: duration expected, found number '1.5'" },
	{ "budget", "2.5", "" },
	{ "budget", "3", "" },
	{ "budget", "-1", "budget: a budget is a decimal number, 0 or more" },
	{ "budget", "{cost_usd: 1.5, tokens: 100000}", "" },
	{ "budget", "{cost_usd: lots}",
	    "budget: cost_usd: a decimal number, 0 or more, expected" },
	{ "budget", "much", "budget: number or map of numbers expected, found text 'much'" },
	{ "needs_help", "true", "" },
	{ "needs_help", "yes", "needs_help: true or false expected, found text 'yes'" },
	{ "verify", "[make check]", "" },
	{ "agent_profile", "{role: tester}", "" },
	{ "agent_profile", "tester", "agent_profile: map expected, found text 'tester'" },
	{ "history", "[{at: x}]", "" },
	{ "history", "[x]", "history: item 1: map expected, found text 'x'" },
	{ "history", "{}", "history: list of maps expected, found map" },
};

static void
test_check(void)
{
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		enum field f = (enum field)field_find(checks[i].field);
		const char *want = checks[i].want, *hint;
		const struct yaml_node *node, *where;
		struct err e = { 0 }, e2 = { 0 };
		struct buf text = { 0 };
		struct yaml y;
		struct val *v;
		int r, r2;

		buf_printf(&text, "v: %s\n", checks[i].yaml);
		if (!ok(yaml_parse(&y, text.data, text.len, "t", &e) == 0, "parses: %s",
		    checks[i].yaml))
			continue;
		node = yaml_get(y.root, "v");
		v = yaml_value(node);
		r = field_check_node(f, node, &where, &e);
		r2 = field_check(f, v, &e2);
		is_int(r, *want == '\0' ? 0 : -1, checks[i].yaml);
		is_int(r2, r, "... by value too");
		ok(where != NULL, "... and where");
		if (*want != '*') {
			is(e.msg, want, "... message");
			/* A value has lost how its number was written. */
			if ((hint = strstr(want, " (write")) != NULL)
				e.msg[hint - want] = '\0';
			if (v->kind != VAL_REAL)
				is(e2.msg, e.msg, "... and the same by value");
		}
		val_free(v);
		yaml_release(&y);
		buf_release(&text);
	}
}

/* What is right for its field, but read by nobody. */
static void
test_meaning(void)
{
	static const struct {
		const char *yaml, *want;
	} budgets[] = {
		{ "1.5", "" }, { "{}", "" },
		{ "{attempts: 2, seconds: 1.5, tokens: 100, cost_usd: 0.5}", "" },
		{ "{token: 1}", "budget: 'token' is not one of attempts tokens seconds cost_usd" },
		{ "{tokens: 1, time: 2}", "budget: 'time' is not one of attempts tokens seconds cost_usd" },
		{ "{tokens: 1.5}", "budget: tokens: a whole number expected" },
		{ "{attempts: 1.0}", "budget: attempts: a whole number expected" },
		{ "{\"a\\eb\": 1}", "budget: 'a\\x1bb' is not one of attempts tokens seconds cost_usd" },
	};

	for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
		struct err e = { 0 }, e2 = { 0 };
		const struct yaml_node *node, *where = NULL;
		struct buf text = { 0 };
		struct yaml y;
		struct val *v;

		buf_printf(&text, "v: %s\n", budgets[i].yaml);
		if (!ok(yaml_parse(&y, text.data, text.len, "t", &e) == 0, "parses: %s", budgets[i].yaml))
			continue;
		node = yaml_get(y.root, "v");
		v = yaml_value(node);
		is_int(field_check_node(F_BUDGET, node, &where, &e), 0, "it can be read");
		is_int(field_check_meaning_node(F_BUDGET, node, &where, &e), *budgets[i].want ? -1 : 0,
		    budgets[i].yaml);
		is_int(field_check_meaning(F_BUDGET, v, &e2), *budgets[i].want ? -1 : 0, "by value too");
		is(e.msg, budgets[i].want, "is said");
		is(e2.msg, budgets[i].want, "likewise");
		val_free(v);
		yaml_release(&y);
		buf_release(&text);
	}
}

static void
test_where(void)
{
	static const char text[] = "v: [a, &x b, 7]\nw: *x\nn: 0x1\n";
	const struct yaml_node *where;
	struct err e = { 0 };
	struct yaml y;
	size_t line, col;

	if (yaml_parse(&y, text, sizeof text - 1, "t", &e) == -1) {
		ok(false, "%s", e.msg);
		return;
	}
	field_check_node(F_LABELS, yaml_get(y.root, "v"), &where, &e);
	yaml_place(&y, where->start, &line, &col);
	is_int((int64_t)(line * 100 + col), 114, "where: the item at fault");
	is_int(field_check_node(F_TITLE, yaml_own(y.root, "w"), &where, &e), 0, "an alias");
	is_int(field_check_node(F_ID, yaml_own(y.root, "n"), &where, &e), -1, "a hex number");
	is(e.msg, "id: '0x1' is not a task id", "... is refused where it can be seen");
	yaml_release(&y);
}

static void
test_parse(void)
{
	static const struct {
		const char *field, *text, *want;	/* JSON, or "!message" */
	} t[] = {
		{ "title", "mend", "\"mend\"" },
		{ "title", "17", "\"17\"" },
		{ "title", "", "!title: must not be empty (to unset it, drop it)" },
		{ "title", "a\nb", "!title: must be one line" },
		{ "title", "\xff", "!title: text is not valid UTF-8" },
		{ "max_attempts", "3", "3" },
		{ "max_attempts", "x", "!max_attempts: number expected, found text 'x'" },
		{ "max_attempts", "03", "!max_attempts: number expected, found text '03'" },
		{ "max_attempts", "1000", "!max_attempts: '1000' is not a whole number from 1 to 100" },
		{ "labels", "a, b,c", "[\"a\",\"b\",\"c\"]" },
		{ "labels", "a", "[\"a\"]" },
		{ "labels", "a,,b", "!labels: an item of the list is empty" },
		{ "labels", "a,", "!labels: an item of the list is empty" },
		{ "depends_on", "3,5", "[3,5]" },
		{ "depends_on", "3,x", "!depends_on: item 2: number expected, found text 'x'" },
		{ "depends_on", "03", "!depends_on: item 1: number expected, found text '03'" },
		{ "priority", "hihg", "!priority: 'hihg' is not one of urgent high normal low" },
		{ "join", "2", "2" },
		{ "join", "any", "\"any\"" },
		{ "timeout", "2h", "\"2h\"" },
		{ "budget", "0.5", "0.5" },
		{ "budget", "{\"tokens\":5}", "{\"tokens\":5}" },
		{ "needs_help", "true", "true" },
		{ "needs_help", "yes", "!needs_help: true or false expected, found text 'yes'" },
		{ "agent_profile", "{\"role\":\"x\"}", "{\"role\":\"x\"}" },
		{ "agent_profile", "[1]", "!agent_profile: map expected, found list" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct err e = { 0 };
		struct buf b = { 0 };
		struct val *v = field_parse((enum field)field_find(t[i].field), t[i].text, &e);

		if (v != NULL)
			json_print(&b, v);
		else
			buf_printf(&b, "!%s", e.msg);
		is(buf_str(&b), t[i].want, t[i].text);
		if (v == NULL)
			is_int(e.code, ERR_USAGE, "... is misuse");
		val_free(v);
		buf_release(&b);
	}
}

/* Whose word counts in a merge (DESIGN §3: text is people's, flow is the suite's). */
static void
test_persons(void)
{
	static const char *const persons[] = { "key", "title", "body", "labels", "priority",
	    "depends_on", "parent_id", "join", "agent", "agent_model", "max_attempts", "timeout",
	    "idle_timeout", "budget", "command", "verify", "isolation", "sandbox" };
	static const char *const machines[] = { "id", "uid", "created_at", "updated_at", "event_depth", "job",
	    "status", "reason", "children", "attempts", "retried_after", "retried_usage", "retry_at", "last_error",
	    "error_class", "branch", "worktree", "session", "tried_agents", "summary",
	    "question", "answer", "usage", "review_decision", "review_notes", "review_calls", "history", "gh" };

	for (size_t i = 0; i < sizeof persons / sizeof *persons; i++)
		ok(field_is_persons((enum field)field_find(persons[i])), "%s is people's",
		    persons[i]);
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		ok(!field_is_persons((enum field)field_find(machines[i])), "%s is not",
		    machines[i]);
}

int
main(void)
{
	test_table();
	test_persons();
	test_need();
	test_check();
	test_meaning();
	test_where();
	test_parse();
	return done_testing();
}
