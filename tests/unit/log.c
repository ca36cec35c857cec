#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/str.h"

static int out[2];	/* a packet socket, so that one read is one write */
static char line[3 * LOG_LINE_MAX];
static char pid[32];

/* What one call wrote, without the newline; "" if nothing. */
static const char *
written(void)
{
	ssize_t n = recv(out[0], line, sizeof line - 1, MSG_DONTWAIT);

	line[n > 0 ? n : 0] = '\0';
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}

static void
test_format(const struct log *l)
{
	char want[200];

	log_write(l, LOG_INFO, 17, 2, "took %d of %s", 3, "them");
	snprintf(want, sizeof want, "2026-11-21T10:25:00Z info orch-run %s 17/2 took 3 of them", pid);
	is(written(), want, "a line about an attempt");
	log_write(l, LOG_WARN, 17, 0, "x");
	snprintf(want, sizeof want, "2026-11-21T10:25:00Z warn orch-run %s 17 x", pid);
	is(written(), want, "about a task");
	log_write(l, LOG_ERROR, 0, 0, "a\nb\x1b[2J");
	snprintf(want, sizeof want, "2026-11-21T10:25:00Z error orch-run %s - a\\x0ab\\x1b[2J", pid);
	is(written(), want, "about nothing, and what a stranger wrote is made visible");
	log_write(l, LOG_ERROR, 0, 0, "%s", "");
	snprintf(want, sizeof want, "2026-11-21T10:25:00Z error orch-run %s - ", pid);
	is(written(), want, "nothing said");
}

static void
test_level(struct log l)
{
	log_write(&l, LOG_DEBUG, 0, 0, "x");
	is(written(), "", "more detail than asked for is not written");
	l.level = LOG_DEBUG;
	log_write(&l, LOG_DEBUG, 0, 0, "x");
	ok(strstr(written(), " debug ") != NULL, "asked for, it is");
	l.fd = -1;
	log_write(&l, LOG_ERROR, 0, 0, "x");
	is(written(), "", "a log that goes nowhere");
	ok(!log_wants(&l, LOG_ERROR), "wants nothing");
	is_int(log_level_of("warn"), LOG_WARN, "a level by its name");
	is_int(log_level_of("much"), LOG_INFO, "and by none");
}

/* Texts of every length around the bound, of characters of three bytes. */
static void
test_cut(const struct log *l)
{
	static char text[3 * LOG_LINE_MAX];
	bool good = true;
	size_t longest = 0, bad;

	for (size_t n = LOG_LINE_MAX - 100; n < LOG_LINE_MAX + 100; n++) {
		memset(text, 'x', n);
		for (size_t i = n % 3; i + 3 <= n; i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		text[n] = '\0';
		log_write(l, LOG_INFO, 0, 0, "%s", text);
		written();
		good &= str_utf8(line, strlen(line), &bad);
		if (strlen(line) + 1 > longest)
			longest = strlen(line) + 1;
	}
	ok(good, "no code point is cut in two");
	is_int((int64_t)longest, LOG_LINE_MAX, "the longest line");
	memset(text, '\x01', sizeof text - 1);
	log_write(l, LOG_INFO, 0, 0, "%s", text);
	ok(strlen(written()) + 1 <= LOG_LINE_MAX, "made visible, it still keeps to the bound");
}

static void
instead(const void *mark, const char *text, size_t len, struct buf *b)
{
	(void)text;
	buf_printf(b, "%s of %zu\n", (const char *)mark, len);
}

static void
test_wash(struct log l)
{
	l.wash = instead;
	l.wash_with = "washed";
	log_write(&l, LOG_ERROR, 0, 0, "a %s", "secret");
	ok(strstr(written(), " - washed of 8\\x0a") != NULL, "a text is washed before it is made visible");
}

static void
test_lost(struct log l)
{
	l.fd = open("/dev/full", O_WRONLY);
	errno = ENOENT;
	log_write(&l, LOG_ERROR, 0, 0, "x");
	is_int(errno, ENOENT, "a message that cannot be written changes nothing, not even errno");
	close(l.fd);
}

int
main(void)
{
	struct log l = { .level = LOG_INFO, .command = "orch-run" };

	setenv("ORCH_TEST_NOW", "2026-11-21T10:25:00Z", 1);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	if (!ok(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, out) == 0, "a socket"))
		return done_testing();
	l.fd = out[1];
	test_format(&l);
	test_level(l);
	test_cut(&l);
	test_wash(l);
	test_lost(l);
	close(out[0]);
	close(out[1]);
	return done_testing();
}
