/* env - what an attempt inherits: a table of names, then the list as a container */
#include "work/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"

#include "../lib/tap.h"

/* NAME=VALUE, and whether it passes without and with `env: [MINE, TEAM_*, ...]`. */
static const struct {
	const char *line;
	bool plain, listed;
} lines[] = {
	{ "PATH=/bin", true, true },
	{ "HOME=/h", true, true },
	{ "LC_ALL=C", true, true },
	{ "LC_=C", true, true },
	{ "ANTHROPIC_API_KEY=k", false, false },
	{ "OPENAI_BASE_URL=u", false, false },
	{ "https_proxy=http://p", true, true },
	{ "TZ=Asia/Kathmandu", true, true },
	{ "PATH=", true, true },
	{ "MINE=1", false, true },
	{ "TEAM_A=1", false, true },
	{ "TEAM_=1", false, true },
	{ "TEAM=1", false, false },
	{ "MINE2=1", false, false },
	{ "XMINE=1", false, false },
	{ "SECRET=1", false, false },
	{ "PATHX=1", false, false },
	{ "PAT=1", false, false },
	{ "ORCH_DIR=/elsewhere", false, false },
	{ "ORCH_ATTEMPT=9/9", false, false },
	{ "TMPDIR=/tmp", false, false },
	{ "=x", false, false },
	{ "no equals sign", false, false },
	{ "", false, false },
	/* never, and all of these are listed */
	{ "LD_PRELOAD=x.so", false, false },
	{ "LD_LIBRARY_PATH=/x", false, false },
	{ "LD_AUDIT=x", false, false },
	{ "GIT_DIR=/x", false, false },
	{ "GIT_SSH_COMMAND=x", false, false },
	{ "BASH_ENV=/x", false, false },
	{ "BASH_FUNC_ls%%=() { id; }", false, false },
	{ "ENV=/x", false, false },
	{ "IFS=x", false, false },
	{ "GH_TOKEN=t", false, false },
	{ "GITHUB_TOKEN=t", false, false },
	{ "GLIBC_TUNABLES=x", false, false },
};

static const char everything[] = "env: [MINE, 'TEAM_*', 'LD_*', 'GIT_*', 'BASH_*', ENV, IFS, "
    "'GH_*', GITHUB_TOKEN, LD_PRELOAD, 'GLIBC_*']\n";

static void
passes(const struct config *config, const char *line, bool want, const char *how)
{
	char copy[128];
	char *from[] = { copy, NULL };
	struct vec_str env = { 0 };

	snprintf(copy, sizeof copy, "%s", line);
	env_pass(&env, from, config, NULL);
	ok(env.n == (want ? 1 : 0) && (!want || strcmp(env.v[0], line) == 0), "%s, %s: %s",
	    how, want ? "passes" : "stays out", line);
	vec_str_release(&env);
}

static void
table(void)
{
	struct config none = { 0 }, listed = { 0 };
	struct err e = { 0 };

	if (!ok(config_add(&listed, everything, strlen(everything), "orch.yml", &e) == 0,
	    "the list is read"))
		printf("# %s\n", e.msg);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		passes(&none, lines[i].line, lines[i].plain, "by default");
		passes(&listed, lines[i].line, lines[i].listed, "listed");
	}
	config_release(&listed);
	config_release(&none);
}

/* A single star names all, but for what is never passed. */
static void
star(void)
{
	static const char all[] = "env: ['*']\n";
	struct config config = { 0 };
	struct err e = { 0 };

	ok(config_add(&config, all, strlen(all), "orch.yml", &e) == 0, "a star is a pattern");
	passes(&config, "SECRET=1", true, "star");
	passes(&config, "GITHUB_TOKEN=t", false, "star");
	passes(&config, "LD_PRELOAD=x", false, "star");
	config_release(&config);
}

/* What a driver lists is for its program only; the tracker's token it cannot list. */
static void
own(void)
{
	char key[] = "ANTHROPIC_API_KEY=k", other[] = "OPENAI_API_KEY=k", token[] = "GH_TOKEN=t";
	char *from[] = { key, other, token, NULL };
	struct vec_str env = { 0 };
	struct config none = { 0 };
	struct val *names = val_list();

	val_push(names, val_str("ANTHROPIC_*"));
	val_push(names, val_str("GH_*"));
	env_pass(&env, from, &none, names);
	is_int((int64_t)env.n, 1, "a driver's own key passes, no other one");
	is(env_get(&env, "ANTHROPIC_API_KEY"), "k", "with its value");
	vec_str_release(&env);
	val_free(names);
}

/* The password of a proxy is for nobody who is not said to get it. */
static void
proxy(void)
{
	static const char *const t[][2] = {
		{ "http_proxy=http://me:secret@host:3128/", "http_proxy=http://host:3128/" },
		{ "HTTPS_PROXY=http://me@host", "HTTPS_PROXY=http://host" },
		{ "all_proxy=me:s@cret@host:1", "all_proxy=host:1" },
		{ "ALL_PROXY=socks5h://me:x@[::1]:1080", "ALL_PROXY=socks5h://[::1]:1080" },
		{ "HTTP_PROXY=http://host/@x", "HTTP_PROXY=http://host/@x" },
		{ "no_proxy=me:secret@host", "no_proxy=me:secret@host" },
		{ "https_proxy=", "https_proxy=" },
		{ "HOME=/home/a:b@c", "HOME=/home/a:b@c" },
	};
	static const char named[] = "env: [http_proxy]\n";
	struct config none = { 0 }, listed = { 0 };
	struct err e = { 0 };
	char copy[64], *from[] = { copy, NULL };

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct vec_str env = { 0 };

		snprintf(copy, sizeof copy, "%s", t[i][0]);
		env_pass(&env, from, &none, NULL);
		is(env.v[0], t[i][1], t[i][0]);
		vec_str_release(&env);
	}
	ok(config_add(&listed, named, strlen(named), "orch.yml", &e) == 0, "it may be named");
	passes(&listed, t[0][0], true, "named");
	snprintf(copy, sizeof copy, "%s", t[0][0]);
	env_hide(from);
	ok(*copy == '\0' && strcmp(from[0], t[0][0]) == 0, "and nobody reads it in our memory");
	free(from[0]);
	config_release(&listed);
}

/* The memory is wiped, the variables are there still, the token is not. */
static void
hide(void)
{
	char path[] = "PATH=/bin", key[] = "SOME_KEY=secret", token[] = "GITHUB_TOKEN=secret";
	char *env[] = { token, path, key, NULL };
	static const char zeros[sizeof token] = { 0 };

	env_hide(env);
	ok(memcmp(key, zeros, sizeof key) == 0, "a key is overwritten, its name too");
	ok(memcmp(token, zeros, sizeof token) == 0, "a token is overwritten");
	ok(env[0] == path && strcmp(path, "PATH=/bin") == 0, "what all may have stays");
	is(env[1], "SOME_KEY=secret", "the key is elsewhere");
	ok(env[2] == NULL, "the token is nowhere");
	free(env[1]);
}

static void
list(void)
{
	struct vec_str env = { 0 };

	ok(env_get(&env, "A") == NULL, "nothing in an empty list");
	env_set(&env, "AB", "1");
	env_set(&env, "A", "2");
	is(env_get(&env, "A"), "2", "a name is not found by its beginning");
	is(env_get(&env, "AB"), "1", "nor another one lost");
	env_set(&env, "A", "");
	is(env_get(&env, "A"), "", "replaced by the empty value");
	is_int((int64_t)env.n, 2, "no name stands twice");
	env_set(&env, "A", "x=y");
	is(env_get(&env, "A"), "x=y", "a value may hold an equals sign");
	ok(env_get(&env, "B") == NULL, "absent is NULL");
	vec_str_release(&env);
}

int
main(void)
{
	table();
	star();
	own();
	proxy();
	hide();
	list();
	return done_testing();
}
