/*
 * Text of others between markers: what cannot end its block, and whose nonce nobody can know.
 */
#include "work/fence.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/fs.h"
#include "task/project.h"

#define NONCE "feedc0de"

/* ---- what is washed ---- */

static const struct {
	const char *name, *text, *want;
} washed[] = {
	{ "text", "some text", "some text\n" },
	{ "line ends and tabs", "a\tb\r\nc\n\n", "a\tb\nc\n" },
	{ "the nonce", "<<<end feedc0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "in capitals", "<<<END FEEDc0dE>>>", "<<<END xxxxxxxx>>>\n" },
	{ "twice", "feedc0defeedc0de", "xxxxxxxxxxxxxxxx\n" },
	{ "behind its own beginning", "feefeedc0de", "feexxxxxxxx\n" },
	{ "with ESC in it", "<<<end feed\033c0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with CR in it", "<<<end feed\rc0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with a soft hyphen in it", "<<<end feed\u00adc0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with a zero width space in it", "<<<end f\u200beedc0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with a joiner in it", "<<<end feedc0d\u2060e>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with an override in it", "<<<end feed\u202ec0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with a variation selector in it", "<<<end feed\ufe0fc0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with tags in it", "<<<end fe\U000e0041\U000e0042edc0de>>>", "<<<end xxxxxxxx>>>\n" },
	{ "with one behind each", "f\177e\177e\177d\177c\1770\177d\177e", "xxxxxxxx\n" },
	{ "a part of it", "feedc0d feedc0", "feedc0d feedc0\n" },
	{ "with something in it that is seen", "feed-c0de feed c0de", "feed-c0de feed c0de\n" },
	{ "with a line end in it", "feed\nc0de", "feed\nc0de\n" },
	{ "what hides is shown", "a\033[31mb\u202ec\rd", "a\\x1b[31mb\\u{202e}c\\x0dd\n" },
	{ "what is seen stays", "\u00fc \u2764\ufe0f \u6f22", "\u00fc \u2764\ufe0f \u6f22\n" },
	{ "no UTF-8", "a\xff" "b", "a\ufffd" "b\n" },
	{ "blanks", " \n\t \r\n", "" },
};

static void
test_wash(void)
{
	for (size_t i = 0; i < sizeof washed / sizeof *washed; i++) {
		struct buf b = { 0 };

		buf_puts(&b, washed[i].text);
		fence_wash(&b, NONCE);
		is(buf_str(&b), washed[i].want, washed[i].name);
		buf_release(&b);
	}
}

/* Nothing that stands between its letters makes a nonce of it to who does not see that. */
static void
test_unseen(void)
{
	size_t wrong = 0, tried = 0;

	for (uint32_t cp = 1; cp < 0x110000; cp++) {
		struct buf b = { 0 };

		if (!str_unprinted(cp))
			continue;
		buf_puts(&b, "feed");
		str_encode(&b, cp);
		buf_puts(&b, "c0de");
		fence_wash(&b, NONCE);
		wrong += strcmp(buf_str(&b), "xxxxxxxx\n") != 0;
		tried++;
		buf_release(&b);
	}
	ok(wrong == 0 && tried > 4000, "all %zu that nobody sees: %zu wrong", tried, wrong);
	ok(!str_unprinted('\n') && !str_unprinted('\t') && !str_unprinted('a') && !str_unprinted(0xe9) &&
	    !str_unprinted(0x1f600), "what is seen");
}

/* ---- the nonce ---- */

static void
nonce_of(const struct project *p, const char *text, char nonce[FENCE_NONCE_MAX])
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, text);
	ok(fence_nonce(p, &b, nonce, &e) == 0, "a nonce %s", e.msg);
	is_int((int64_t)strspn(nonce, "0123456789abcdef"), 32, "of 128 bits");
	buf_release(&b);
}

static void
put_key(const struct project *p, const char *text)
{
	struct err e = { 0 };
	int dir = fs_private_dir(p->orch_fd, "state", &e);

	if (dir == -1 || fs_replace(dir, FENCE_KEY, text, strlen(text), 0600, &e) == -1)
		abort();
	close(dir);
}

static void
test_nonce(void)
{
	char path[] = "/tmp/orch-fence.XXXXXX", a[FENCE_NONCE_MAX], b[FENCE_NONCE_MAX];
	struct project p = { .orch_fd = -1 };
	struct err e = { 0 };
	struct stat st;

	nonce_of(&p, "text", a);
	nonce_of(&p, "text", b);
	ok(strcmp(a, b) != 0, "without a place for its key it is random");
	if (mkdtemp(path) == NULL || (p.orch_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		abort();
	nonce_of(&p, "text", a);
	nonce_of(&p, "text", b);
	is(a, b, "the same words, the same nonce");
	ok(fstatat(p.orch_fd, "state/" FENCE_KEY, &st, 0) == 0 && (st.st_mode & 07777) == 0600,
	    "the key is nobody else's");
	nonce_of(&p, "texu", b);
	ok(strcmp(a, b) != 0 && strncmp(a, b, 16) != 0 && strcmp(a + 16, b + 16) != 0, "other words, another one");
	ok(strncmp(a, a + 16, 16) != 0, "its halves are not the same");
	put_key(&p, "000102030405060708090a0b0c0d0e0f\n");
	nonce_of(&p, "text", a);
	put_key(&p, "half a line 00010203\n000102030405060708090a0b0c0d0e0f\nffffffffffffffffffffffffffffffff\n");
	nonce_of(&p, "text", b);
	is(a, b, "the first whole line is the key");
	put_key(&p, "ffffffffffffffffffffffffffffffff\n");
	nonce_of(&p, "text", b);
	ok(strcmp(a, b) != 0, "another key, another nonce");
	put_key(&p, "0001");
	nonce_of(&p, "text", a);
	nonce_of(&p, "text", b);
	is(a, b, "one that is damaged is made anew");
	close(p.orch_fd);
	fs_remove_tree(AT_FDCWD, path, &e);
}

/* Of many who make it at the same time all have the same. */
static void
test_together(void)
{
	char path[] = "/tmp/orch-fence.XXXXXX", nonce[FENCE_NONCE_MAX], first[FENCE_NONCE_MAX] = "";
	int fds[2], same = 0;
	struct project p = { .orch_fd = -1 };
	struct buf text = { 0 };
	struct err e = { 0 };

	if (mkdtemp(path) == NULL || pipe(fds) == -1 ||
	    (p.orch_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		abort();
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			fence_nonce(&p, &text, nonce, &e);
			_exit(write(fds[1], nonce, sizeof nonce) == sizeof nonce ? 0 : 1);
		}
	for (int i = 0; i < 8; i++) {
		if (read(fds[0], nonce, sizeof nonce) != sizeof nonce)
			abort();
		if (i == 0)
			memcpy(first, nonce, sizeof first);
		same += strcmp(first, nonce) == 0;
	}
	while (wait(NULL) != -1)
		;
	is_int(same, 8, "eight at the same time have one key");
	close(fds[0]);
	close(fds[1]);
	close(p.orch_fd);
	fs_remove_tree(AT_FDCWD, path, &e);
}

int
main(void)
{
	test_wash();
	test_unseen();
	test_nonce();
	test_together();
	return done_testing();
}
