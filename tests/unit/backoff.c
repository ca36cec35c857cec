#include "net/backoff.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/limit.h"
#include "scratch.h"

#define NOW INT64_C(1795256700000)
#define HOUR INT64_C(3600000)
#define TOKEN "ghp_0123456789abcdefghijABCDEFGHIJ012345"

static struct err e;

static void
opened(struct backoff *b, const char *host, const char *token)
{
	if (backoff_open(b, host, token, &e) == -1)
		ok(false, "cannot open: %s", e.msg);
}

static int64_t
look(struct backoff *b, const char *resource, int64_t now)
{
	unsigned int before;
	int64_t until = -1;

	if (backoff_look(b, resource, now, &until, &before, &e) == -1)
		ok(false, "cannot look: %s", e.msg);
	return until;
}

static unsigned int
before(struct backoff *b, int64_t now)
{
	unsigned int n = 99;
	int64_t until;

	backoff_look(b, "core", now, &until, &n, &e);
	return n;
}

static void
test_shared(void)
{
	struct backoff mine, other, stranger, elsewhere;
	int status = -1;
	pid_t pid;

	opened(&mine, "github.com", TOKEN);
	opened(&stranger, "github.com", TOKEN "x");
	opened(&elsewhere, "ghe.example.com", TOKEN);
	is_int(look(&mine, "core", NOW), 0, "at first nothing has to wait");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		opened(&other, "github.com", TOKEN);
		_exit(backoff_note(&other, BACKOFF_ALL, NOW, NOW + 30000, false, &e) == 0 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "another process is told to wait");
	is_int(look(&mine, "core", NOW), NOW + 30000, "and so does this one");
	is_int(look(&mine, "graphql", NOW + 29999), NOW + 30000, "for every resource, until then");
	is_int(look(&mine, "core", NOW + 30000), 0, "and no longer");
	is_int(look(&stranger, "core", NOW), 0, "another token does not wait");
	is_int(look(&elsewhere, "core", NOW), 0, "nor does another host");
	backoff_note(&mine, BACKOFF_ALL, NOW, NOW + 10000, false, &e);
	is_int(look(&mine, "core", NOW), NOW + 30000, "a shorter wait does not shorten a longer one");
	backoff_close(&mine);
	backoff_close(&stranger);
	backoff_close(&elsewhere);
}

static void
test_resources(void)
{
	struct backoff b;

	opened(&b, "github.com", "of one resource");
	backoff_note(&b, "graphql", NOW, NOW + 5000, false, &e);
	is_int(look(&b, "core", NOW), 0, "a quota that is used up is that of its resource");
	is_int(look(&b, "graphql", NOW), NOW + 5000, "which waits");
	for (int i = 0; i < 100; i++) {
		char name[24];

		snprintf(name, sizeof name, "resource_%d", i);
		backoff_note(&b, name, NOW, NOW + 9000, false, &e);
	}
	is_int(look(&b, "core", NOW), NOW + 9000, "more names than there can be count for all");
	backoff_close(&b);
}

static void
test_secondary(void)
{
	struct backoff b;

	opened(&b, "github.com", "of the second kind");
	is_int(before(&b, NOW), 0, "nothing came before the first secondary limit");
	backoff_note(&b, BACKOFF_ALL, NOW, NOW + 60000, true, &e);
	is_int(before(&b, NOW + 60000), 1, "one came before the next");
	backoff_note(&b, BACKOFF_ALL, NOW + 60000, NOW + 180000, true, &e);
	is_int(before(&b, NOW + 180000), 2, "two before the third");
	backoff_note(&b, BACKOFF_ALL, NOW + 180000, NOW + 200000, false, &e);
	is_int(before(&b, NOW + 180001), 2, "other limits are not counted");
	is_int(before(&b, NOW + 200001 + HOUR), 0, "an hour without forgets them");
	backoff_note(&b, BACKOFF_ALL, NOW + 200001 + HOUR, NOW + 300000 + HOUR, true, &e);
	is_int(before(&b, NOW + 300000 + HOUR), 1, "and it begins with one again");
	backoff_close(&b);
}

/* Times that a clock noted which was wrong. */
static void
test_clock(void)
{
	struct backoff b;

	opened(&b, "github.com", "of another clock");
	backoff_note(&b, "core", NOW + 2 * HOUR, NOW + 2 * HOUR + 60000, false, &e);
	is_int(look(&b, "core", NOW), NOW + 60000, "a clock that is set back by two hours leaves the wait as it was");
	is_int(look(&b, "core", NOW + 60000), 0, "and it ends");
	backoff_note(&b, "core", NOW, NOW + LIMIT_WAIT_MAX + 1, false, &e);
	is_int(look(&b, "core", NOW), 0, "what lies beyond all waits is no time of ours");
	is_int(look(&b, "core", NOW + 10), NOW + LIMIT_WAIT_MAX + 1, "but the longest is");
	backoff_close(&b);
}

static int64_t
turn(struct backoff *b, int64_t now, int64_t interval, int want)
{
	int64_t at = -1;
	int r = backoff_turn(b, now, interval, &at, &e);

	if (r != want)
		ok(false, "a turn gave %d: %s", r, e.msg);
	return at;
}

static void
test_pace(void)
{
	struct backoff b, other;
	int64_t at = 0;

	opened(&b, "github.com", "of writes");
	opened(&other, "github.com", "of writes");
	is_int(turn(&b, NOW, 1000, 0), NOW, "the first write may go at once");
	is_int(turn(&other, NOW, 1000, 0), NOW + 1000, "the next one, of another process, a second later");
	is_int(turn(&b, NOW + 100, 1000, 0), NOW + 2000, "and the one after that");
	is_int(turn(&b, NOW + 9000, 1000, 0), NOW + 9000, "who comes late does not wait");
	is_int(turn(&b, NOW + 9000, 0, 0), NOW + 9000, "without an interval nobody does");
	is_int(turn(&b, NOW + 9001, 1000, 0), NOW + 10000, "and no place is taken");
	for (int i = 5; i < BACKOFF_HOUR_MAX; i++)
		at = turn(&b, NOW + 20000 + i * 1000, 1000, 0);
	is_int(at, NOW + 20000 + (BACKOFF_HOUR_MAX - 1) * 1000, "so many in an hour");
	is_int(turn(&b, NOW + 2 * HOUR / 3, 1000, 1), NOW + HOUR, "and no more before the next");
	is_int(turn(&b, NOW + HOUR, 1000, 0), NOW + HOUR, "which begins anew");
	is_int(turn(&b, NOW - 2 * HOUR, 1000, 0), NOW - 2 * HOUR + 1000, "a clock that is set back changes no pace");
	backoff_close(&b);
	backoff_close(&other);
}

/* Where it stands, who can read it, and what a broken one does. */
static void
test_file(void)
{
	struct backoff b;
	struct stat st;
	struct buf text = { 0 };

	opened(&b, "../Evil/host:8443", TOKEN);
	ok(strchr(b.name, '/') == NULL && strstr(b.name, "..") == NULL, "a host cannot name another folder: %s",
	    b.name);
	ok(strstr(b.name, TOKEN) == NULL && strstr(b.name, "ghp_") == NULL, "and the token does not stand in the name");
	backoff_note(&b, "core", NOW, NOW + 1000, true, &e);
	ok(fstatat(b.dirfd, b.name, &st, 0) == 0 && (st.st_mode & 0777) == 0600, "the file is private");
	ok(fstat(b.dirfd, &st) == 0 && (st.st_mode & 0777) == 0700, "so is its folder");
	ok(fs_read(b.dirfd, b.name, 65536, &text, &e) == 0 && strstr(text.data, "ghp_") == NULL, "no token in it");
	for (size_t i = 0; i < 7; i++) {
		static const char *const texts[] = { "", "{", "[]", "{\"until\":7,\"secondary\":-3,\"noted\":\"x\"}",
			"{\"until\":{\"all\":1e300,\"core\":-5},\"noted\":9223372036854775807}",
			"{\"until\":{\"all\":9223372036854775807},\"hour\":9223372036854775807,\"write\":-1}",
			"{\"noted\":-9223372036854775808,\"writes\":-9,\"secondary\":9223372036854775807}" };

		fs_replace(b.dirfd, b.name, texts[i], strlen(texts[i]), 0600, &e);
		is_int(look(&b, "core", NOW), 0, "a file that says nothing says nothing");
		is_int(turn(&b, NOW, 1000, 0), NOW, "and paces nothing");
		ok(backoff_note(&b, "core", NOW, NOW + 1000, true, &e) == 0 && look(&b, "core", NOW) == NOW + 1000,
		    "and is written anew");
	}
	backoff_close(&b);
	ok(chmod("orch/gh", 0777) == 0 && backoff_open(&b, "github.com", TOKEN, &e) == -1,
	    "a folder that others write is refused: %s", e.msg);
	buf_release(&text);
}

int
main(void)
{
	scratch_make();
	setenv("XDG_STATE_HOME", scratch, 1);
	test_shared();
	test_resources();
	test_secondary();
	test_clock();
	test_pace();
	test_file();
	scratch_remove();
	return done_testing();
}
