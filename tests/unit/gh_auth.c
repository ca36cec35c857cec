#include "net/gh_auth.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "net/gh_auth_impl.h"
#include "scratch.h"
#include "sys/proc.h"

/* As App tokens are: long, with dots. */
#define LONG_TOKEN_LEN 2000

static struct gh_credential c;
static struct err e;
static struct vec_str env, command;

/* The environment of a person with nothing set, and the fakes first on PATH. */
static void
begin(void)
{
	vec_str_release(&env);
	vec_str_release(&command);
	vec_str_take(&env, xasprintf("PATH=%s/bin:/usr/bin:/bin", scratch));
	vec_str_take(&env, xasprintf("HOME=%s/home", scratch));
	gh_credential_release(&c);
	e = (struct err){ 0 };
}

static int
auth(const char *host)
{
	gh_credential_release(&c);
	e = (struct err){ 0 };
	return gh_auth(host, command.n > 0 ? &command : NULL, vec_str_argv(&env), &c, &e);
}

static void
program(const char *name, const char *text)
{
	put(name, text);
	if (chmod(name, 0755) == -1)
		ok(false, "cannot make %s", name);
}

static void
no_gh(void)
{
	unlink("bin/gh");
	/* Debian's may be on the rest of PATH. */
	program("bin/gh", "#!/bin/sh\nexit 1\n");
}

static void
gives(const char *host, const char *token, const char *source)
{
	int r = auth(host);

	ok(r == 0 && strcmp(c.token, token) == 0 && strstr(c.source, source) != NULL, "%s: the token of %s", host,
	    source);
	if (r != 0 || strcmp(c.token, token) != 0)
		printf("# got: %s %s %s\n", r == 0 ? c.token : "-", r == 0 ? c.source : "-", e.msg);
}

static void
refuses(const char *host, const char *why)
{
	ok(auth(host) == -1 && e.code == ERR_AUTH && strstr(e.msg, why) != NULL, "%s: refused: %s", host, e.msg);
	ok(strstr(e.msg, "hush") == NULL, "and nothing secret is said");
	ok(c.token == NULL && c.source == NULL && c.note == NULL, "nor kept");
}

static void
test_order(void)
{
	begin();
	program("bin/gh", "#!/bin/sh\nechoed=$*\necho \"gh-says-$(echo $echoed | tr ' ' _)\"\n");
	program("bin/vault", "#!/bin/sh\necho \"  vault-$1  \"\n");
	put("home/.config/gh/hosts.yml", "github.com:\n    oauth_token: from-file\n");
	chmod("home/.config/gh/hosts.yml", 0600);
	gives("github.com", "gh-says-auth_token_--hostname_github.com", "gh auth token");
	vec_str_push(&command, "vault");
	vec_str_push(&command, "two words");
	auth("github.com");
	ok(c.token == NULL, "what has a blank in it is no token: %s", e.msg);
	begin();
	vec_str_push(&command, "vault");
	vec_str_push(&command, "$(id)");
	gives("github.com", "vault-$(id)", "gh.token_command");
	vec_str_push(&env, "GITHUB_TOKEN=github-token");
	gives("github.com", "github-token", "GITHUB_TOKEN");
	vec_str_push(&env, "GH_TOKEN=gh-token");
	gives("github.com", "gh-token", "GH_TOKEN");
	gives("GitHub.com", "gh-token", "GH_TOKEN");
	gives("acme.ghe.com", "gh-token", "GH_TOKEN");
	gives("ghe.example.com", "vault-$(id)", "gh.token_command");
	gives("github.com.example.com", "vault-$(id)", "gh.token_command");
	vec_str_push(&env, "GITHUB_ENTERPRISE_TOKEN=server-2");
	gives("ghe.example.com", "server-2", "GITHUB_ENTERPRISE_TOKEN");
	vec_str_push(&env, "GH_ENTERPRISE_TOKEN=server-1");
	gives("ghe.example.com", "server-1", "GH_ENTERPRISE_TOKEN");
	gives("github.com", "gh-token", "GH_TOKEN");
	begin();
	vec_str_push(&env, "GH_TOKEN=");
	vec_str_push(&env, "GITHUB_TOKEN= \t");
	refuses("github.com", "GITHUB_TOKEN gave no token");
	begin();
	vec_str_push(&env, "GH_TOKEN=hush\x01hush");
	refuses("github.com", "GH_TOKEN gave something that is no token");
	begin();
	vec_str_push(&env, "GH_TOKEN=hush\nX-Header: 1");
	refuses("github.com", "something that is no token");
	begin();
	no_gh();
	gives("github.com", "from-file", "hosts.yml");
	refuses("other.example.com", "no token for other.example.com");
	begin();
	ok(auth("-x") == -1 && e.code == ERR_CONFIG, "an option is no host: %s", e.msg);
	ok(auth("a b") == -1 && e.code == ERR_CONFIG, "nor is what has a blank");
	unlink("home/.config/gh/hosts.yml");
}

static void
test_long(void)
{
	char token[LONG_TOKEN_LEN + 1];
	struct buf text = { 0 };

	memset(token, 'x', LONG_TOKEN_LEN);
	memcpy(token, "ghs_123_ey.", 11);
	token[LONG_TOKEN_LEN] = '\0';
	begin();
	vec_str_take(&env, xasprintf("GH_TOKEN=%s", token));
	gives("github.com", token, "GH_TOKEN");
	begin();
	buf_printf(&text, "#!/bin/sh\necho %s\n", token);
	program("bin/vault", buf_str(&text));
	vec_str_push(&command, "vault");
	gives("github.com", token, "gh.token_command");
	begin();
	program("bin/gh", buf_str(&text));
	gives("github.com", token, "gh auth token");
	begin();
	no_gh();
	buf_cut(&text, 0);
	buf_printf(&text, "github.com:\n    oauth_token: %s\n", token);
	put("home/.config/gh/hosts.yml", buf_str(&text));
	gives("github.com", token, "hosts.yml");
	unlink("home/.config/gh/hosts.yml");
	buf_release(&text);
}

/* A token_command that fails is an error: what comes behind it is not meant. */
static void
test_command(void)
{
	static const struct {
		const char *script, *why;
	} t[] = {
		{ "#!/bin/sh\necho hush; echo hush-hush >&2; exit 3\n", "gh.token_command: it ended with status 3" },
		{ "#!/bin/sh\nkill -TERM $$\n", "ended by signal 15" },
		{ "#!/bin/sh\n:\n", "gave no token" },
		{ "#!/bin/sh\necho hush; echo hush\n", "something that is no token" },
		{ "#!/bin/sh\nprintf 'hush\\000hush'\n", "something that is no token" },
		{ "#!/bin/sh\nexec cat /dev/zero\n", "it said too much" },
		{ "#!/no/such/shell\n", "gh.token_command: " },
	};
	char *script = xasprintf("#!/bin/sh\nread -r x <%s/life &\necho given\n", scratch);
	char *slow = xasprintf("#!/bin/sh\necho hush\nread -r x <%s/life\n", scratch);
	struct buf said = { 0 };
	int64_t from;

	program("bin/gh", "#!/bin/sh\necho of-gh\n");
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin();
		program("bin/vault", t[i].script);
		vec_str_push(&command, "vault");
		refuses("github.com", t[i].why);
	}
	begin();
	vec_str_push(&command, "no-such-program");
	refuses("github.com", "no program 'no-such-program' on PATH");
	begin();
	vec_str_push(&command, "bin/vault");
	refuses("github.com", "no program");
	begin();
	vec_str_take(&command, xasprintf("%s/bin/gh", scratch));
	gives("github.com", "of-gh", "gh.token_command");
	/* What it leaves running has the pipe, and is not waited for. */
	begin();
	mkfifo("life", 0600);
	program("bin/vault", script);
	vec_str_push(&command, "vault");
	from = clock_mono();
	gives("github.com", "given", "gh.token_command");
	ok(clock_mono() - from < GH_AUTH_MS / 2, "without waiting for what it left");
	put("life", "\n");
	program("bin/vault", slow);
	ok(gh_auth_ask(&command, vec_str_argv(&env), false, 50, &said, &e) == -1 && e.code == ERR_AUTH &&
	    strstr(e.msg, "it took too long") != NULL, "who does not answer is not waited for: %s", e.msg);
	buf_release(&said);
	free(script);
	free(slow);
}

/* What the programs get to see. */
static void
test_environment(void)
{
	struct buf seen = { 0 };
	char *script = xasprintf("#!/bin/sh\n{ env; pwd; cat; } >%s/seen\necho token\n", scratch);

	begin();
	program("bin/gh", script);
	program("bin/vault", script);
	vec_str_push(&env, "GH_TOKEN_OTHER=hush");
	vec_str_push(&env, "GH_ENTERPRISE_TOKEN=hush");
	vec_str_push(&env, "GH_DEBUG=1");
	vec_str_push(&env, "LD_PRELOAD=/evil");
	vec_str_push(&env, "BASH_ENV=/evil");
	vec_str_push(&env, "VAULT_ADDR=here");
	vec_str_push(&env, "GH_CONFIG_DIR=/nowhere");
	gives("github.com", "token", "gh auth token");
	ok(fs_read(AT_FDCWD, "seen", 65536, &seen, &e) == 0, "gh was run");
	ok(strstr(seen.data, "hush") == NULL, "it gets no token, or it would say that one");
	ok(strstr(seen.data, "GH_DEBUG") == NULL && strstr(seen.data, "/evil") == NULL, "and nothing that changes it");
	ok(strstr(seen.data, "GH_CONFIG_DIR=/nowhere\n") != NULL && strstr(seen.data, "GH_PROMPT_DISABLED=1\n") != NULL,
	    "but where its files are, and that nobody answers");
	ok(strstr(seen.data, "\n/\n") != NULL, "it stands in /");
	vec_str_push(&command, "vault");
	gives("github.com", "token", "gh.token_command");
	ok(fs_read(AT_FDCWD, "seen", 65536, &seen, &e) == 0, "token_command was run");
	ok(strstr(seen.data, "VAULT_ADDR=here\n") != NULL && strstr(seen.data, "GH_DEBUG=1\n") != NULL,
	    "it gets what was set for it");
	ok(strstr(seen.data, "/evil") == NULL, "but what would run something else");
	buf_release(&seen);
	free(script);
}

static void
test_file(void)
{
	static const struct {
		const char *text, *token;
	} t[] = {
		{ "github.com:\n    user: ana\n    oauth_token: gho_one\n    git_protocol: https\n", "gho_one" },
		{ "github.com:\n    user: ana\n    oauth_token: \"\"\n", NULL },
		{ "github.com:\n    users:\n        ana:\n        bob: {oauth_token: gho_bob}\n    user: bob\n",
		    "gho_bob" },
		{ "github.com:\n    users:\n        ana:\n            oauth_token: gho_ana\n    user: bob\n", NULL },
		{ "github.com:\n    users:\n        ana:\n            oauth_token: gho_ana\n", NULL },
		{ "github.com:\n    oauth_token: gho_top\n    user: ana\n    users: {ana: {oauth_token: gho_ana}}\n",
		    "gho_top" },
		{ "ghe.example.com:\n    oauth_token: gho_other\n", NULL },
		{ "GitHub.com: {oauth_token: gho_case}\n", "gho_case" },
		{ "github.com:\n    oauth_token: 12345678\n", NULL },
		{ "github.com:\n    oauth_token: \"a b\"\n", NULL },
		{ "github.com: [x]\n", NULL },
		{ "- x\n", NULL },
		{ "", NULL },
		{ "github.com:\n  oauth_token: gho_hush\n oops\n", NULL },
		{ "\xff\xfe", NULL },
	};

	no_gh();
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		begin();
		put("home/.config/gh/hosts.yml", t[i].text);
		chmod("home/.config/gh/hosts.yml", 0600);
		if (t[i].token != NULL) {
			gives("github.com", t[i].token, "hosts.yml");
			ok(c.note == NULL, "a private file needs no note");
		} else
			refuses("github.com", "no token for github.com");
	}
	begin();
	put("home/.config/gh/hosts.yml", t[0].text);
	chmod("home/.config/gh/hosts.yml", 0640);
	gives("github.com", "gho_one", "hosts.yml");
	ok(c.note != NULL && strstr(c.note, "can be read by others (mode 640)") != NULL && strstr(c.note,
	    "gho_") == NULL,
	    "a file that others can read is noted: %s", c.note);
	put("xdg/gh/hosts.yml", "github.com: {oauth_token: of-xdg}\n");
	vec_str_take(&env, xasprintf("XDG_CONFIG_HOME=%s/xdg", scratch));
	gives("github.com", "of-xdg", "hosts.yml");
	put("cfg/hosts.yml", "github.com: {oauth_token: of-cfg}\n");
	vec_str_take(&env, xasprintf("GH_CONFIG_DIR=%s/cfg", scratch));
	gives("github.com", "of-cfg", "hosts.yml");
	unlink("cfg/hosts.yml");
	if (symlink("../xdg/gh/hosts.yml", "cfg/hosts.yml") == 0)
		gives("github.com", "of-xdg", "hosts.yml");
	unlink("cfg/hosts.yml");
	if (mkfifo("cfg/hosts.yml", 0600) == 0)
		refuses("github.com", "no token");
}

/* What other programs called gh may do: then it has no token, and the file counts. */
static void
test_odd_gh(void)
{
	static const char *const scripts[] = {
		"#!/bin/sh\necho 'A new release of gh is available: 2.23.0 -> 2.62.0'\necho gho_hush\n",
		"#!/bin/sh\necho '! authentication failed'\n",
		"#!/bin/sh\necho 'gho_hush gho_hush'\n",
		"#!/bin/sh\nprintf '\\033[32mgho_hush\\033[0m\\n'\n",
		"#!/bin/sh\necho gho_hush; exit 4\n",
		"#!/bin/sh\nkill -KILL $$\n",
		"#!/bin/sh\nexec cat /dev/zero\n",
		"#!/bin/sh\n:\n",
		"#!/no/such/shell\n",
		"",
	};
	char *hangs = xasprintf("#!/bin/sh\ntrap '' TERM\necho hush\nread -r x <%s/life\n", scratch);
	struct vec_str argv = { 0 };
	struct buf said = { 0 };

	put("home/.config/gh/hosts.yml", "github.com:\n    oauth_token: from-file\n");
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		begin();
		program("bin/gh", scripts[i]);
		gives("github.com", "from-file", "hosts.yml");
		refuses("other.example.com", "no token for other.example.com");
	}
	begin();
	program("bin/gh", hangs);
	vec_str_push(&argv, "gh");
	ok(gh_auth_ask(&argv, vec_str_argv(&env), true, 50, &said, &e) == -1 && e.code == ERR_AUTH &&
	    strstr(e.msg, "it took too long") != NULL, "a gh that hangs is killed: %s", e.msg);
	unlink("home/.config/gh/hosts.yml");
	vec_str_release(&argv);
	buf_release(&said);
	free(hangs);
}

/* gh itself, as Debian has it (2.23) or a newer one; GITHUB.md 2.8. */
static void
test_real_gh(void)
{
	char *real = proc_find("gh", "/usr/local/bin:/usr/bin:/bin");

	if (real == NULL) {
		ok(true, "# SKIP gh is not installed (make deps): it was not asked for a token");
		return;
	}
	begin();
	unlink("bin/gh");
	if (symlink(real, "bin/gh") == -1)
		ok(false, "cannot link %s", real);
	unlink("cfg/hosts.yml");
	put("cfg/hosts.yml", "github.com:\n    user: ana\n    oauth_token: gho_real\n"
	    "ghe.example.com:\n    user: ana\n    oauth_token: gho_server\n");
	chmod("cfg/hosts.yml", 0600);
	vec_str_take(&env, xasprintf("GH_CONFIG_DIR=%s/cfg", scratch));
	gives("github.com", "gho_real", "gh auth token");
	gives("ghe.example.com", "gho_server", "gh auth token");
	refuses("other.example.com", "no token for other.example.com");
	/* It would say that of the environment, for which there is another host. */
	vec_str_push(&env, "GH_ENTERPRISE_TOKEN=server-1");
	gives("github.com", "gho_real", "gh auth token");
	vec_str_push(&env, "GH_TOKEN=cloud");
	gives("github.com", "cloud", "GH_TOKEN");
	gives("ghe.example.com", "server-1", "GH_ENTERPRISE_TOKEN");
	begin();
	vec_str_take(&env, xasprintf("GH_CONFIG_DIR=%s/cfg", scratch));
	vec_str_push(&env, "GH_TOKEN=cloud");
	gives("ghe.example.com", "gho_server", "gh auth token");

	/* Neither an alias nor an extension takes the place of "auth". */
	begin();
	vec_str_take(&env, xasprintf("GH_CONFIG_DIR=%s/cfg", scratch));
	put("cfg/config.yml", "aliases:\n    auth: '!echo hush'\n");
	program("home/.local/share/gh/extensions/gh-auth/gh-auth", "#!/bin/sh\necho hush\n");
	gives("github.com", "gho_real", "gh auth token");

	/* The active one of several accounts, whether gh knows of these (2.40) or the file is read. */
	put("cfg/hosts.yml", "github.com:\n    git_protocol: https\n    users:\n        ana:\n"
	    "            oauth_token: gho_ana\n        bob:\n            oauth_token: gho_bob\n"
	    "    user: bob\n    oauth_token: gho_bob\n");
	gives("github.com", "gho_bob", "gh auth token");
	put("cfg/hosts.yml", "github.com:\n    users:\n        ana:\n            oauth_token: gho_ana\n"
	    "        bob:\n            oauth_token: gho_bob\n    user: ana\n");
	gives("github.com", "gho_ana", "");
	put("cfg/hosts.yml", "github.com: [x\n");
	refuses("github.com", "no token for github.com");
	unlink("cfg/hosts.yml");
	refuses("github.com", "no token for github.com");
	free(real);
}

int
main(void)
{
	static const char *const dirs[] = { "bin", "home", "home/.config", "home/.config/gh", "xdg", "xdg/gh", "cfg",
		"home/.local", "home/.local/share", "home/.local/share/gh", "home/.local/share/gh/extensions",
		"home/.local/share/gh/extensions/gh-auth" };

	signal(SIGPIPE, SIG_IGN);
	scratch_make();
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		mkdir(dirs[i], 0700);
	test_order();
	test_long();
	test_command();
	test_environment();
	test_file();
	test_odd_gh();
	test_real_gh();
	begin();
	vec_str_release(&env);
	scratch_remove();
	return done_testing();
}
