/* Drivers: loading and command lines. */
#include "work/agent.h"

#include <stdlib.h>
#include <unistd.h>

#include "../lib/cases.h"
#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"

static struct project
project_of(const char *share)
{
	static char nowhere[] = "tests/data/agents/nowhere";

	return (struct project){ .dir = nowhere, .share = xstrdup(share), .orch_fd = -1,
	    .log = { .fd = -1 } };
}

/* ---- loading ---- */

static void
test_shipped(void)
{
	static const char *const ids[] = { "cat", "claude", "cmd", "codex", "copilot", "gemini",
	    "opencode", "qwen", "sh" };
	struct project p = project_of("share/orch");
	struct vec_str have = { 0 };
	struct err e = { 0 };

	ok(agent_ids(&p, &have, &e) == 0, "ids");
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct agent a = { 0 };

		ok(vec_str_has(&have, ids[i]), "shipped: %s", ids[i]);
		ok(agent_load(&a, &p, ids[i], &e) == 0, "loads: %s %s", ids[i], e.msg);
		agent_release(&a);
	}
	vec_str_release(&have);
	free(p.share);
}

static void
test_load(void)
{
	struct project p = project_of("tests/data/agents");
	struct agent a = { 0 };
	struct err e = { 0 };

	if (ok(agent_load(&a, &p, "demo", &e) == 0, "demo loads %s", e.msg)) {
		is(a.id, "demo", "id");
		is(a.path, "tests/data/agents/agents/demo.yml", "path");
		ok(a.prompt_on_stdin && !a.answer_is_exit && !a.given, "flags");
		is_int(a.grace_ms, 5000, "grace");
	}
	agent_release(&a);
	ok(agent_load(&a, &p, "shell", &e) == 0 && a.answer_is_exit && !a.prompt_on_stdin,
	    "exit is the answer");
	ok(a.grace_ms == INT64_MAX, "as much grace as there is, unless told");
	agent_release(&a);
	ok(agent_load(&a, &p, "given", &e) == 0 && a.given, "no program of its own");
	agent_release(&a);
	ok(agent_load(&a, &p, "nobody", &e) == -1 && e.code == ERR_CONFIG, "nobody");
	is(e.msg, "no agent 'nobody' (there are: demo, given, plain, shell, steps)", "names them all");
	ok(agent_load(&a, &p, "../demo", &e) == -1 && e.code == ERR_CONFIG, "%s", e.msg);
	ok(agent_load(&a, &p, "", &e) == -1 && e.code == ERR_CONFIG, "%s", e.msg);
	free(p.share);
}

/* The first line of a bad driver says what must be said about it. */
static void
test_bad(void)
{
	static const char mark[] = "# says: ";
	struct project p = project_of("tests/data/agents/bad");
	struct vec_str ids = { 0 };
	struct err e = { 0 };
	struct agent a;

	ok(agent_ids(&p, &ids, &e) == 0 && ids.n >= 20, "bad drivers");
	for (size_t i = 0; i < ids.n; i++) {
		char *name = xasprintf("%s.yml", ids.v[i]), *want, *nl;
		struct buf text = { 0 };

		if (project_asset(&p, "agents", name, &text, NULL, &e) != 0)
			continue;
		want = text.data + sizeof mark - 1;
		nl = strchr(want, '\n');
		*nl = '\0';
		ok(agent_load(&a, &p, ids.v[i], &e) == -1 && e.code == ERR_CONFIG
		    && strstr(e.msg, want) && strstr(e.msg, name), "%s: %s", ids.v[i], e.msg);
		buf_release(&text);
		free(name);
	}
	vec_str_release(&ids);
	free(p.share);
}

/* ---- programs ---- */

static void
test_program(void)
{
	struct project p = project_of("tests/data/agents");
	struct agent a = { 0 };
	struct err e = { 0 };
	char *s;

	if (agent_load(&a, &p, "demo", &e) == 0) {
		s = agent_program(&a, &p, "/nowhere:/bin", &e);
		ok(!s && e.code == ERR_FAILED, "not there");
		is(e.msg, "agent demo: 'demo-native' is not on PATH", "says who is missing");
		free(s);
	}
	agent_release(&a);
	if (agent_load(&a, &p, "shell", &e) == 0) {
		s = agent_program(&a, &p, "/nowhere", &e);
		is(s, "/bin/sh", "an absolute program needs no PATH");
		free(s);
	}
	agent_release(&a);
	if (agent_load(&a, &p, "given", &e) == 0)
		ok(!agent_program(&a, &p, "/bin", &e) && e.code == ERR_CONFIG, "%s", e.msg);
	agent_release(&a);
	free(p.share);
}

/* ---- command lines ---- */

static const char *const given[] = { "my-agent", "--flag", "two words", NULL };

static const struct agent_var all[] = {
	{ .name = "cwd", .value = "/work tree" },
	{ .name = "model", .value = "big" },
	{ .name = "session", .value = "th-1" },
	{ .name = "system", .value = "say \"no\"\n\\ \x01" },
	{ .name = "system_file", .value = "/run/system.md" },
	{ .name = "left", .value = "{model} $(id)" },
	{ .name = "budget_usd", .value = "2" },
	{ .name = "command", .value = "make; echo $?" },
	{ .name = "argv", .list = given },
};

static const struct agent_var few[] = {
	{ .name = "cwd", .value = "/w" },
	{ .name = "session", .value = "" },
	{ .name = "system_file", .value = "/run/system.md" },
	{ .name = "left", .value = "l" },
	{ .name = "right", .value = "{model} $(id)" },
};

struct line {
	const char *agent;
	enum agent_mode mode;
	enum agent_perm perm;
	const struct agent_var *vars;
	size_t n;
	const char *want;	/* arguments with '|' between; NULL: refused */
	const char *env;	/* likewise; or what the refusal says */
};

#define ALL all, sizeof all / sizeof *all
#define FEW few, sizeof few / sizeof *few
#define DEMO_ENV "HOME=/h|DEMO_UPDATE=0|DEMO_CONFIG={\"a\":{\"prompt\":" \
	"\"{file:/run/system.md}\"},\"deny\":{\"*\":1}}"

static const struct line lines[] = {
	{ "demo", AGENT_RUN, AGENT_PERM_EDIT, ALL,
	    "/bin/demo|exec|-m|big|-c|rules=\"say \\\"no\\\"\\n\\\\ \\u0001\"|--sandbox|write|"
	    "--json|-C|/work tree|-", DEMO_ENV },
	{ "demo", AGENT_RUN, AGENT_PERM_NONE, FEW,
	    "/bin/demo|exec|--pair|l|{model} $(id)|--json|-C|/w|-", DEMO_ENV },
	{ "demo", AGENT_ROUTER, AGENT_PERM_READ, FEW,
	    "/bin/demo|exec|--system-file|/run/system.md|--pair|l|{model} $(id)|"
	    "--sandbox|read-only|--json|--no-tools|", DEMO_ENV "|DEMO_THINK=0|DEMO_DENY=edit,shell" },
	{ "demo", AGENT_RESUME, AGENT_PERM_NONE, ALL,
	    "/bin/demo|exec|-m|big|-c|rules=\"say \\\"no\\\"\\n\\\\ \\u0001\"|--json|resume|th-1|-",
	    DEMO_ENV },
	{ "demo", AGENT_RESUME, AGENT_PERM_NONE, FEW, NULL, "{session} is not set" },
	{ "demo", AGENT_REVIEW, AGENT_PERM_READ, FEW,
	    "/bin/demo|exec|--pair|l|{model} $(id)|--sandbox|read-only|--json|-C|/w|-",
	    DEMO_ENV "|DEMO_DENY=edit,shell" },
	{ "demo", AGENT_RUN, AGENT_PERM_FULL, FEW, NULL, "no permission level 'full'" },
	{ "demo", AGENT_RUN, AGENT_PERM_NONE, few, 1, NULL, "{system_file} is not set" },
	{ "plain", AGENT_RESUME, AGENT_PERM_NONE, ALL, NULL, "cannot resume a session" },
	{ "plain", AGENT_ROUTER, AGENT_PERM_NONE, ALL, NULL, "cannot route" },
	{ "shell", AGENT_RUN, AGENT_PERM_EDIT, ALL, "/bin/demo|-c|make; echo $?",
	    "HOME=/h|DEMO_NESTED=1|DEMO_UPDATE=1" },
	{ "shell", AGENT_RUN, AGENT_PERM_EDIT, FEW, NULL, "{command} is not set" },
	{ "shell", AGENT_RUN, AGENT_PERM_READ, ALL, NULL, "no permission level 'read'" },
	{ "given", AGENT_RUN, AGENT_PERM_NONE, ALL, "my-agent|--flag|two words",
	    "HOME=/h|DEMO_NESTED=1|DEMO_UPDATE=1" },
	{ "given", AGENT_RUN, AGENT_PERM_NONE, FEW, NULL, "{argv} is not set" },
};

static char *
joined(const struct vec_str *l)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < l->n; i++)
		buf_printf(&b, "%s%s", i ? "|" : "", l->v[i]);
	return buf_detach(&b);
}

static void
test_argv(void)
{
	struct project p = project_of("tests/data/agents");

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const struct line *l = &lines[i];
		struct vec_str argv = { 0 }, env = { 0 };
		struct agent a = { 0 };
		struct err e = { 0 };
		char *got, *got_env, *what = xasprintf("argv %zu: %s", i, l->agent);
		int rc;

		vec_str_push(&env, "HOME=/h");
		vec_str_push(&env, "DEMO_NESTED=1");
		vec_str_push(&env, "DEMO_UPDATE=1");
		rc = agent_load(&a, &p, l->agent, &e);
		if (rc == 0)
			rc = agent_argv(&a, l->mode, l->perm, "/bin/demo", l->vars, l->n,
			    &argv, &env, &e);
		got = joined(&argv);
		got_env = joined(&env);
		if (l->want) {
			is(rc == 0 ? got : e.msg, l->want, what);
			is(got_env, l->env, "its environment");
		} else {
			ok(rc == -1 && e.code == ERR_CONFIG && strstr(e.msg, l->env),
			    "%s: %s", what, e.msg);
		}
		free(got);
		free(got_env);
		free(what);
		vec_str_release(&argv);
		vec_str_release(&env);
		agent_release(&a);
	}
	free(p.share);
}

/* ---- the shipped drivers ---- */

#define VARS 8

static int
number_of(const char *word, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return ok(false, "'%s' is known", word);
}

/* Cuts a section into variables. */
static size_t
read_vars(char *text, struct agent_var *vars)
{
	size_t n = 0;
	char *line, *equals, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		equals = strchr(line, '=');
		if (!equals || n == VARS)
			abort();
		*equals = '\0';
		vars[n++] = (struct agent_var){ .name = line, .value = equals + 1 };
	}
	return n;
}

static void
test_lines(void)
{
	static const char *const modes[] = { "run", "router", "resume", "review" };
	static const char *const perms[] = { "none", "read", "edit", "full" };
	struct project p = project_of("share/orch");
	struct cases c;

	if (!ok(cases_open(&c, "tests/data/agents/lines.txt") == 0, "lines.txt"))
		return;
	while (cases_next(&c)) {
		enum agent_mode mode = number_of(case_get(&c, "mode"), modes, 4);
		enum agent_perm perm = number_of(case_or(&c, "perm", "none"), perms, 4);
		char *vars_text = xstrdup(case_get(&c, "vars")), *want = xstrdup(case_get(&c, "argv"));
		struct vec_str argv = { 0 }, env = { 0 };
		struct agent_var vars[VARS];
		struct agent a = { 0 };
		struct buf got = { 0 };
		struct err e = { 0 };
		size_t n = read_vars(vars_text, vars), len = strlen(want);
		const char *want_env;

		while (len > 0 && want[len - 1] == '\n' && want[len - 2] == '\n')
			want[--len] = '\0';
		if (len > 0 && want[len - 1] == '\n')
			want[len - 1] = '\0';
		if (agent_load(&a, &p, case_get(&c, "agent"), &e) == -1 ||
		    agent_argv(&a, mode, perm, "/bin/it", vars, n, &argv, &env, &e) == -1) {
			buf_puts(&got, e.msg);
			vec_str_release(&argv);
		}
		for (size_t i = 1; i < argv.n; i++)
			buf_printf(&got, "%s%s", i > 1 ? "\n" : "", argv.v[i]);
		is(buf_str(&got), want, c.name);
		if ((want_env = case_get(&c, "env")) != NULL) {
			buf_cut(&got, 0);
			for (size_t i = 0; i < env.n; i++)
				buf_printf(&got, "%s\n", env.v[i]);
			ok(strstr(buf_str(&got), want_env) != NULL, "its environment: %s", want_env);
		}
		buf_release(&got);
		vec_str_release(&argv);
		vec_str_release(&env);
		agent_release(&a);
		free(vars_text);
		free(want);
	}
	free(c.text);
	free(p.share);
}

/* What orch.yml says: a model where the task names none, arguments, a program. */
static void
test_configured(void)
{
	static const char yml[] = "agents: {demo: {model: small, args: [--quiet, \"{model}\"], "
	    "bin: /bin/cat}}\n";
	struct project p = project_of("tests/data/agents");
	struct vec_str argv = { 0 }, env = { 0 };
	struct agent a = { 0 };
	struct err e = { 0 };
	char *s;

	ok(config_add(&p.config, yml, sizeof yml - 1, "orch.yml", &e) == 0, "config %s", e.msg);
	ok(agent_load(&a, &p, "demo", &e) == 0 && agent_argv(&a, AGENT_RUN, AGENT_PERM_EDIT,
	    "/bin/cat", FEW, &argv, &env, &e) == 0, "argv %s", e.msg);
	s = joined(&argv);
	is(s, "/bin/cat|exec|-m|small|--pair|l|{model} $(id)|--sandbox|write|--quiet|{model}|"
	    "--json|-C|/w|-", "model and arguments");
	free(s);
	s = agent_program(&a, &p, "/nowhere", &e);
	is(s, "/bin/cat", "program");
	free(s);
	vec_str_release(&argv);
	vec_str_release(&env);
	agent_release(&a);
	config_release(&p.config);
	free(p.share);
}

static void
test_long_argument(void)
{
	struct project p = project_of("tests/data/agents");
	struct vec_str argv = { 0 }, env = { 0 };
	struct agent a = { 0 };
	struct err e = { 0 };
	char *big = xmalloc(200000);
	struct agent_var v = { .name = "command", .value = big };

	memset(big, 'x', 199999);
	big[199999] = '\0';
	ok(agent_load(&a, &p, "shell", &e) == 0 && agent_argv(&a, AGENT_RUN, AGENT_PERM_EDIT,
	    "/bin/sh", &v, 1, &argv, &env, &e) == -1 && e.code == ERR_CONFIG, "%s", e.msg);
	vec_str_release(&argv);
	agent_release(&a);
	free(big);
	free(p.share);
}

int
main(void)
{
	test_shipped();
	test_load();
	test_bad();
	test_program();
	test_argv();
	test_lines();
	test_configured();
	test_long_argument();
	return done_testing();
}
