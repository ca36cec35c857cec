/* config - layers, defaults, what is refused and where, the sample. */
#include "task/config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/field.h"

#include "../lib/tap.h"

static int
add(struct config *c, const char *text, struct err *e)
{
	*e = (struct err){ 0 };
	return config_add(c, text, strlen(text), "orch.yml", e);
}

/* environ as execve(2) wants it, of constants. */
static int
add_env(struct config *c, const char *const *v, struct err *e)
{
	char *env[32] = { 0 };
	int r;

	for (size_t i = 0; v[i] != NULL; i++)
		env[i] = xstrdup(v[i]);
	r = config_add_env(c, env, e);
	for (size_t i = 0; env[i] != NULL; i++)
		free(env[i]);
	return r;
}

/* Every default is a value that the file would take. */
static void
test_table(void)
{
	for (const struct config_key *k = config_table; k->path != NULL; k++) {
		struct config c = { 0 };
		struct buf text = { 0 };
		struct err e = { 0 };
		size_t depth = 0;

		ok(k->help != NULL && config_find(k->path) == k, "%s", k->path);
		ok((k->type == CONFIG_WORD) == (k->words != NULL), "... words");
		if (k->otherwise == NULL || *k->otherwise == '=')
			continue;
		for (const char *p = k->path; *p != '\0'; p++) {
			if (*p != '.') {
				buf_putc(&text, *p == '*' ? 'x' : *p);
				continue;
			}
			buf_puts(&text, ":\n");
			for (size_t i = 0; i <= depth; i++)
				buf_putc(&text, ' ');
			depth++;
		}
		buf_printf(&text, ": %s\n", k->otherwise);
		ok(add(&c, buf_str(&text), &e) == 0, "... its default is right: %s", e.msg);
		config_release(&c);
		buf_release(&text);
	}
}

static void
test_defaults(void)
{
	struct config c = { 0 };

	is_int(config_int(&c, "workers"), 4, "workers");
	is_int(config_int(&c, "timeout"), 7200000, "timeout in ms");
	is_int(config_int(&c, "retry.base"), 60000, "retry.base");
	is_int(config_int(&c, "context.max_bytes"), 98304, "context.max_bytes");
	is_int(config_int(&c, "agents.codex.slots"), 2, "slots of an agent: those of all");
	ok(config_bool(&c, "agents.codex.enabled"), "an agent is enabled");
	ok(!config_bool(&c, "allow_network_fs"), "allow_network_fs");
	is(config_text(&c, "accept"), "checked", "accept");
	is(config_text(&c, "base"), NULL, "base is absent");
	is(config_text(&c, "router.mode"), "rules", "router.mode");
	ok(config_val(&c, "router.rules") == NULL, "no rules");
	ok(config_val(&c, "agents") == NULL, "a section");
	ok(config_find("retry") == NULL, "a section is no key");
	ok(config_find("agents..slots") == NULL, "a name is not empty");
	ok(config_find("nothing") == NULL, "unknown");
}

static void
test_layers(void)
{
	static const char *const env[] = { "PATH=/bin", "ORCH_DIR=/x", "ORCH_RETRY_BASE=5s",
		"ORCH_WORKERS=9", "ORCH_AGENTS_CODEX_SLOTS=3", "ORCH_ENV=A,B",
		"ORCH_ROUTER_RULES=[{label: a, agent: sh}]", "ORCH_BASE=", "ORCHESTRA=1",
		"ORCH_CONTEXT_TREE=1K", "ORCH_ALLOW_NETWORK_FS=true", "ORCH_", "ORCH_X", NULL };
	struct config c = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	ok(add(&c, "# user\nworkers: 2\nslots: 7\nretry:\n  base: 10s\n  cap: 30m\n"
	    "review:\n  reviewers: [a, b]\nbase: main\nagents:\n  claude: {slots: 1}\n"
	    "  gpt.5: {slots: 6}\n", &e) == 0, "user %s", e.msg);
	ok(add(&c, "workers: 3\nretry: {cap: 0, jitter: 0}\nreview: {reviewers: [c]}\n"
	    "base:\nagents: {claude: {enabled: false, model: ''}}\n", &e) == 0,
	    "project %s", e.msg);
	is_int(config_int(&c, "workers"), 3, "the project wins");
	is_int(config_int(&c, "retry.base"), 10000, "a map merges by key");
	is_int(config_int(&c, "retry.cap"), 0, "0 is a value");
	ok(!config_bool(&c, "agents.claude.enabled"), "false is a value");
	is(config_text(&c, "agents.claude.model"), "", "\"\" is a value");
	is_int(config_int(&c, "agents.claude.slots"), 1, "a map below a map merges too");
	is_int(config_int(&c, "agents.codex.slots"), 7, "slots of another agent");
	is_int(config_int(&c, "agents.gpt.5.slots"), 6, "a name with a point");
	is(config_text(&c, "base"), "main", "a key without value says nothing");
	json_print(&b, config_val(&c, "review.reviewers"));
	is(buf_str(&b), "[\"c\"]", "a list is replaced");

	ok(add_env(&c, env, &e) == 0, "environment %s", e.msg);
	is_int(config_int(&c, "retry.base"), 5000, "the environment wins");
	is_int(config_int(&c, "workers"), 9, "... as a number");
	is_int(config_int(&c, "agents.codex.slots"), 3, "... for an agent");
	is_int(config_int(&c, "agents.claude.slots"), 1, "... and no other");
	is_int(config_int(&c, "context.tree"), 1024, "... as a size");
	ok(config_bool(&c, "allow_network_fs"), "... as a truth");
	is(config_text(&c, "base"), "", "... empty");
	buf_cut(&b, 0);
	json_print(&b, config_val(&c, "env"));
	json_print(&b, config_val(&c, "router.rules"));
	is(buf_str(&b), "[\"A\",\"B\"][{\"label\":\"a\",\"agent\":\"sh\"}]", "... list and tree");
	buf_release(&b);
	config_release(&c);
	config_release(&c);
}

static void
test_files(void)
{
	static const struct {
		const char *text, *want;	/* "" = right */
	} t[] = {
		{ "", "" },
		{ "# only a comment\n", "" },
		{ "~\n", "" },
		{ "workers: 256\n", "" },
		{ "timeout: 90\n", "" },
		{ "context: {tree: 4096}\n", "" },
		{ "retry:\n", "" },
		{ "agents: {codex: }\n", "" },
		{ "router:\n  rules:\n  - {label: docs, title: '^fix', key: k, project: p, "
		    "priority: low, agent: codex, model: m, profile: {role: r}, skills: [s], "
		    "complexity: simple}\n", "" },
		{ "a\n", "orch.yml:1:1: map of keys expected" },
		{ "- a\n", "orch.yml:1:1: map of keys expected" },
		{ "# x\n\nwokers: 3\n",
		    "orch.yml:3:1: unknown key 'wokers', did you mean 'workers'?" },
		{ "retry:\n  bsae: 5s\n",
		    "orch.yml:2:3: unknown key 'retry.bsae', did you mean 'retry.base'?" },
		{ "agents:\n  codex:\n    slot: 5\n", "orch.yml:3:5: unknown key "
		    "'agents.codex.slot', did you mean 'agents.codex.slots'?" },
		{ "zzzzzz: 1\n", "orch.yml:1:1: unknown key 'zzzzzz': see orch.yml(5)" },
		{ "retry.base: 5s\n", "orch.yml:1:1: unknown key 'retry.base': see orch.yml(5)" },
		{ "'*': 5s\n", "orch.yml:1:1: unknown key '*': see orch.yml(5)" },
		{ "<<: {workers: 2}\n", "orch.yml:1:1: unknown key '<<': see orch.yml(5)" },
		{ "workers: {a: 1}\n", "orch.yml:1:1: workers: number expected, found map" },
		{ "workers: 0\n",
		    "orch.yml:1:1: workers: '0' is not a whole number from 1 to 256" },
		{ "workers: 257\n",
		    "orch.yml:1:1: workers: '257' is not a whole number from 1 to 256" },
		{ "workers: '4'\n", "orch.yml:1:1: workers: number expected, found text '4'" },
		{ "workers: 4.5\n",
		    "orch.yml:1:1: workers: '4.5' is not a whole number from 1 to 256" },
		{ "timeout: 2x\n", "orch.yml:1:1: timeout: '2x' is not a duration such as "
		    "90s, 30m or 2h" },
		{ "timeout: 8d\n", "orch.yml:1:1: timeout: '8d' is not within 1s to 7d" },
		{ "context: {max_bytes: 9M}\n", "orch.yml:1:11: context.max_bytes: '9M' is not "
		    "within 1024 to 8388608 bytes" },
		{ "context: {max_bytes: lots}\n", "orch.yml:1:11: context.max_bytes: 'lots' is "
		    "not a size such as 4096, 64K or 16M" },
		{ "context: {max_bytes: [1]}\n",
		    "orch.yml:1:11: context.max_bytes: size expected, found list" },
		{ "context: 64K\n", "orch.yml:1:1: context: map expected" },
		{ "accept: never\n",
		    "orch.yml:1:1: accept: 'never' is not one of checked unchecked" },
		{ "allow_network_fs: yes\n",
		    "orch.yml:1:1: allow_network_fs: true or false expected, found text 'yes'" },
		{ "base: 1.0\n", "orch.yml:1:1: base: text expected, found number '1.0' "
		    "(write it in quotes)" },
		{ "env: HOME\n", "orch.yml:1:1: env: list of text expected, found text 'HOME'" },
		{ "env:\n- A\n- 5\n", "orch.yml:3:3: env: item 2: text expected, found number '5' "
		    "(write it in quotes)" },
		{ "router:\n  rules: {}\n",
		    "orch.yml:2:3: router.rules: list of maps expected, found map" },
		{ "router:\n  rules:\n  - {label: a, agnet: b}\n",
		    "orch.yml:3:16: unknown key 'agnet', did you mean 'agent'?" },
		{ "router:\n  rules:\n  - label: a\n",
		    "orch.yml:3:5: a rule without agent or another thing to set" },
		{ "router:\n  rules:\n  - title: '('\n    agent: b\n", "*" },
		{ "router:\n  rules:\n  - priority: top\n    agent: b\n", "orch.yml:3:5: priority: "
		    "'top' is not one of urgent high normal low" },
		{ "workers: 3\nworkers: 4\n", "*" },
		{ "workers: [\n", "*" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct config c = { 0 };
		struct err e;
		int r = add(&c, t[i].text, &e);

		is_int(r, *t[i].want == '\0' ? 0 : -1, t[i].text);
		if (*t[i].want != '*')
			is(e.msg, t[i].want, "... message");
		else
			ok(strncmp(e.msg, "orch.yml:", 9) == 0, "... %s", e.msg);
		is_int(e.code, r == 0 ? ERR_NONE : ERR_CONFIG, "... code");
		config_release(&c);
	}
}

static void
test_env(void)
{
	static const struct {
		const char *var, *want;
	} t[] = {
		{ "ORCH_WORKERS=x", "ORCH_WORKERS: number expected, found text 'x'" },
		{ "ORCH_WORKERS=", "ORCH_WORKERS: must not be empty (to unset it, drop it)" },
		{ "ORCH_WORKERS=0", "ORCH_WORKERS: '0' is not a whole number from 1 to 256" },
		{ "ORCH_ACCEPT=no", "ORCH_ACCEPT: 'no' is not one of checked unchecked" },
		{ "ORCH_CONTEXT_TREE=x",
		    "ORCH_CONTEXT_TREE: 'x' is not a size such as 4096, 64K or 16M" },
		{ "ORCH_ENV=a,,b", "ORCH_ENV: an item of the list is empty" },
		{ "ORCH_ROUTER_RULES=[{lable: x}]",
		    "ORCH_ROUTER_RULES:1:3: unknown key 'lable', did you mean 'label'?" },
		{ "ORCH_ROUTER_RULES=", "ORCH_ROUTER_RULES: must not be empty" },
		{ "ORCH_ROUTER_RULES=[", "*" },
		{ "ORCH_AGENTS__SLOTS=5", "" },
		{ "ORCH_AGENTS_SLOTS=x", "" },
		{ "ORCH_WORKERSX=x", "" },
		{ "ORCH_WORKER=x", "" },
		{ "orch_workers=x", "" },
		{ "ORCH_TEST_NOW=x", "" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		const char *const env[] = { t[i].var, NULL };
		struct config c = { 0 };
		struct err e = { 0 };
		int r;

		r = add_env(&c, env, &e);
		is_int(r, *t[i].want == '\0' ? 0 : -1, t[i].var);
		is_int(e.code, r == 0 ? ERR_NONE : ERR_CONFIG, "... code");
		if (*t[i].want != '*')
			is(e.msg, t[i].want, "... message");
		config_release(&c);
	}
}

/* With the comments gone and the rest uncommented it says what the defaults say. */
static void
test_sample(void)
{
	struct config c = { 0 }, none = { 0 };
	struct buf b = { 0 }, text = { 0 };
	struct err e;
	int bad = 0;

	config_sample(&b);
	for (const char *s = buf_str(&b); *s != '\0'; s += strspn(s, "\n")) {
		size_t len = strcspn(s, "\n");

		bad += *s != '#' || len > 90;
		if (!(s[1] == ' ' && s[2] != ' ')) {
			buf_append(&text, s + 1, len - 1);
			buf_putc(&text, '\n');
		}
		s += len;
	}
	is_int(bad, 0, "sample: every line is a comment, none is long");
	ok(add(&c, buf_str(&b), &e) == 0 && c.map->n == 0, "sample: says nothing as it is");
	ok(add(&c, buf_str(&text), &e) == 0, "sample: is right when uncommented: %s", e.msg);
	for (const struct config_key *k = config_table; k->path != NULL; k++) {
		if (k->type == CONFIG_INT || k->type == CONFIG_SPAN || k->type == CONFIG_SIZE)
			bad += config_int(&c, k->path) != config_int(&none, k->path);
		if (k->type == CONFIG_TEXT || k->type == CONFIG_WORD)
			bad += (config_text(&c, k->path) == NULL) != (k->otherwise == NULL);
	}
	is_int(bad, 0, "sample: holds the defaults");
	ok(strstr(buf_str(&text), "\nretry:\n  base: 60s\n  cap: 1h\n") != NULL, "sample: sections");
	if (getenv("CONFIG_SAMPLE") != NULL)
		fputs(buf_str(&b), stderr);
	config_release(&c);
	buf_release(&b);
	buf_release(&text);
}

int
main(void)
{
	test_table();
	test_defaults();
	test_layers();
	test_files();
	test_env();
	test_sample();
	return done_testing();
}
