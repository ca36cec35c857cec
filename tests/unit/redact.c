/*
 * redact: what is a secret goes, what only looks like one stays, twice is once, and no
 * text makes it slow
 *
 * Tokens are put together here from parts, so that no scanner takes this file for a leak.
 */
#include "doc/redact.h"

#include <stdlib.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"

#define M REDACT_MARK
#define A36 "abcdefghijklmnopqrstuvwxyz0123456789"
#define JWT "eyJ" "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
#define LINE64 "MIIEpAIBAAKCAQEAq7BFUpkGp3+LQmlQYx2eqzDV+xeG8kx/sQFV18S5JhzGeIJN"
#define ZW "\xe2\x80\x8b"

static char *
once(const struct redact *r, const char *s, size_t len)
{
	struct buf b = { 0 };

	redact_text(r, s, len, &b);
	return b.data ? buf_detach(&b) : xstrdup("");
}

static const struct {
	const char *in, *out;
} patterns[] = {
	{ "t=ghp_" A36 ".", "t=" M "." },
	{ "gho_" A36 " ghu_" A36 " ghr_" A36, M " " M " " M },
	{ "ghs_" A36, M },
	{ "x ghs_123456_" JWT " y", "x " M " y" },
	{ "ghs_" A36 ". Then", M ". Then" },
	{ "github_pat_" "11ABCDEFG0abcdefghijkl_" A36 ",", M "," },
	{ "OPENAI=sk-" A36, "OPENAI=" M },
	{ "sk-proj-" "Ab3-" A36 "_x", M },
	{ "sk-ant-" "api03-abcdefg-hijk", M },
	{ "sk-" "abcdefghijklmnopqrstuvwx", M },
	{ "(AKIA" "IOSFODNN7EXAMPLE)", "(" M ")" },
	{ "ASIA" "IOSFODNN7EXAMPLE", M },
	{ "xoxb-" "123456789012-abcdef", M },
	{ "xoxp-" "123456789012-abcdef xapp-" "1-A0123-456", M " " M },
	{ "key=AIza" "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY&x", "key=" M "&x" },
	{ "cookie " JWT ";", "cookie " M ";" },
	{ "eyJ" "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIx", M },
	/* what stands before a token is no letter of it */
	{ "{\"text\":\"line\\nghp_" A36 "\"}", "{\"text\":\"line\\n" M "\"}" },
	{ "a%3Dghp_" A36 "%20b", "a%3D" M "%20b" },
	{ "a\\u003dghp_" A36, "a\\u003d" M },
	{ "\x1b[32mghp_" A36 "\x1b[0m", "\x1b[32m" M "\x1b[0m" },
	{ "\\u001b[1;32msk-" A36, "\\u001b[1;32m" M },
	/* Authorization */
	{ "Authorization: Bearer abc.def-123\nAccept: x", "Authorization: Bearer " M "\nAccept: x" },
	{ "authorization: token 0123", "authorization: token " M },
	{ "-H 'Authorization: Basic dTpw' url", "-H 'Authorization: Basic " M "' url" },
	{ "{\"Authorization\": \"Bearer abc\", \"a\": 1}", "{\"Authorization\": \"Bearer " M "\", \"a\": 1}" },
	{ "{\\\"Authorization\\\":\\\"Bearer abc\\\"}", "{\\\"Authorization\\\":\\\"Bearer " M "\\\"}" },
	{ "Authorization: Bearer abc\\nAccept: x", "Authorization: Bearer " M "\\nAccept: x" },
	{ "h[\"Authorization\"] = \"hunter2hunter2\";", "h[\"Authorization\"] = \"" M "\";" },
	{ "Proxy-Authorization: hunter2hunter2\n", "Proxy-Authorization: " M "\n" },
	{ "Authorization: Digest username=\"a\", response=\"0123456789\"\nx",
	  "Authorization: " M "\nx" },
	{ "AUTHORIZATION=Basic%20dTpwcHA=", "AUTHORIZATION=Basic%20" M },
	/* URLs */
	{ "git clone https://user:pw@host/x", "git clone https://" M "@host/x" },
	{ "https://abcdef0123456789@host", "https://" M "@host" },
	{ "https://tok3n@host/x and http://a@b", "https://" M "@host/x and http://" M "@b" },
	{ "https://abcdef0123456789:@host", "https://" M "@host" },
	{ "https://a:b@c@host/p@q", "https://" M "@host/p@q" },
	{ "postgres://app:pw@db:5432/x", "postgres://" M "@db:5432/x" },
	{ "\"https:\\/\\/u:p@host\\/x\"", "\"https:\\/\\/" M "@host\\/x\"" },
	/* PEM */
	{ "a\n-----BEGIN RSA PRIVATE KEY-----\n" LINE64 "\n" LINE64 "\nabc=\n-----END RSA PRIVATE KEY-----\nb",
	  "a\n" M "\nb" },
	{ "-----BEGIN PRIVATE KEY-----\\n" LINE64 "\\nabcd\\n-----END PRIVATE KEY-----\\n", M "\\n" },
	{ "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" LINE64
	  "\n-----END EC PRIVATE KEY-----", M },
	{ "-----BEGIN OPENSSH PRIVATE KEY-----\n" LINE64 "\n" LINE64 "\nAbC", M },
	{ "-----BEGIN PRIVATE KEY-----\n" LINE64 "\nand so on", M "\nand so on" },
	{ "x " LINE64 "\n" LINE64 "\nabc=\n-----END PRIVATE KEY-----\n", "x " M "\n" },
	{ "+-----BEGIN PRIVATE KEY-----\n+" LINE64 "\n+abc=\n+-----END PRIVATE KEY-----\n", "+" M "\n" },
	{ "> -----BEGIN PGP PRIVATE KEY BLOCK-----\n> Version: GnuPG v2\n>\n> " LINE64
	  "\n> -----END PGP PRIVATE KEY BLOCK-----", "> " M },
	/* nobody sees what stands between */
	{ "ghp_abcde" ZW "fghijklmnop" ZW "qrstuvwxyz", M },
	{ "gh\xc2\xadp_" A36, M },
	{ "g\xf3\xa0\x80\xa0hp_" A36 ZW "!", M ZW "!" },
	/* what was redacted before */
	{ "Authorization: Bearer " M, "Authorization: Bearer " M },
	{ M M, M M },
};

static const char *const clean[] = {
	"", " ", "a", "\n",
	"309e5af8b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6 e54a504",
	"550e8400-e29b-41d4-a716-446655440000",
	"sky-blue, task-list, desk-top, risk-averse-investor-behaviour-2024, ask-me-anything-123456",
	"sk-learn sk-learn-contrib-tools sk-",
	"git-task-abcdefghijklmnopqrstuvwxyz0123456789",
	"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
	"awAAAABJRU5ErkJggg==",
	"//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEuanMiXX0=",
	"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	"Authorization is needed", "the authorization of users: see below", "Authorization: none",
	"Authorization: only members may write here", "authorization", "Authorization:", "Authorization: Bearer",
	"curl -H \"Authorization: Bearer $TOKEN\"",
	"Basic authentication, a bearer of news, the token is kept",
	"https://example.org/@user/a:b@c", "https://example.org:8080/x?mail=a@b.org", "ssh://git@github.com/o/r.git",
	"git@github.com:o/r.git", "ana@example.org", "a@example.org", "std::string a://", "://user:pw@host",
	"-----BEGIN CERTIFICATE-----\n" LINE64 "\n-----END CERTIFICATE-----",
	"-----BEGIN PUBLIC KEY-----\n" LINE64 "\n-----END PUBLIC KEY-----",
	"the line -----BEGIN RSA PRIVATE KEY----- begins a key and -----END RSA PRIVATE KEY----- ends it",
	"----- ---- -----BEGIN -----END ",
	"ghp_ gho_x ghostwriter highp_abcdefghijklmnop github_pattern_matching",
	"AKIA AKIATASK ASIAPACIFIC akiaiosfodnn7example",
	"xox-o xoxo-hugs AIzawa eyJ eyJ.eyJ.x",
	"na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x9d\xa4\xef\xb8\x8f" ZW,
	"bytes \xff\xfe\xc3 and a cut one \xe2\x82",
};

static void
test_patterns(void)
{
	char what[32];

	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		char *s = once(NULL, patterns[i].in, strlen(patterns[i].in));
		char *again = once(NULL, s, strlen(s));

		snprintf(what, sizeof what, "pattern %zu", i);
		is(s, patterns[i].out, what);
		is(again, s, "and once more changes nothing");
		free(s);
		free(again);
	}
	for (size_t i = 0; i < sizeof clean / sizeof *clean; i++) {
		char *s = once(NULL, clean[i], strlen(clean[i]));

		is(s, clean[i], "stays as it is");
		free(s);
	}
}

static void
test_values(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "a hunter2/hunter2 b", "a " M " b" },
		{ "xhunter2/hunter2x", "x" M "x" },
		{ "hun" ZW "ter2/" ZW "hunter2", M },
		{ "hu\x01nter2/hunter2", M },
		{ "?t=hunter2%2Fhunter2&", "?t=" M "&" },
		{ "?t=hunter2%2fhunter2&", "?t=" M "&" },
		{ "say \"quote\"me\" or \\\"quote\\\"me\\\"", "say \"" M "\" or \\\"" M "\\\"" },
		{ "printf | base64: aHVudGVyMi9odW50ZXIy", "printf | base64: " M },
		{ "short", "short" },
		{ "hunter2/hunter2hunter2/hunter2", M M },
		{ "hunter2/hunter2-and-more", M },
		{ "https://me:hunter2/hunter2@host/", "https://me:" M "@host/" },
		{ "redacted [redacted] redacted", M " " M " " M },
	};
	struct redact r = { 0 };

	redact_add(&r, " hunter2/hunter2\n");
	redact_add(&r, "hunter2/hunter2-and-more");
	redact_add(&r, "quote\"me");
	redact_add(&r, "short");
	redact_add(&r, "redacted");
	redact_add(&r, "");
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *s = once(&r, t[i].in, strlen(t[i].in));

		is(s, t[i].out, t[i].in);
		free(s);
	}
	redact_release(&r);
}

/* Where both overlap all of both goes, whichever begins first. */
static void
test_overlap(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "k=AIza" "SyA1234567890abcdefghijklmnopqrstuvwx.", "k=" M "." },
		{ "ghp_" "abc12345678def0123 12345678", M " " M },
		{ "yghp_" "abcdefghijkl", M "efghijkl" },
		{ "Bearer of 12345678 https://u:p12345678q@host", "Bearer of " M " https://" M "@host" },
		{ "12345678abcdefgh-xyz", M "-xyz" },
		{ "sk-" "ant-abcdefgh12345678ghp_abcdefghij", M },
		{ "1234567812345678", M M },
	};
	struct redact r = { 0 };

	redact_add(&r, "12345678");
	redact_add(&r, "5678abcdefgh");
	redact_add(&r, "yghp_" "abcd");
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		char *s = once(&r, t[i].in, strlen(t[i].in)), *again = once(&r, s, strlen(s));

		is(s, t[i].out, t[i].in);
		is(again, s, "and once more changes nothing");
		free(s);
		free(again);
	}
	redact_release(&r);
}

/* Every place at which a group of base64 can begin, with what stands around it. */
static void
test_base64(void)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct redact r = { 0 };

	redact_add(&r, "8bytes?>");
	for (size_t before = 0; before < 4; before++) {
		char plain[32] = "", coded[64] = "", *s;
		size_t len, n = 0;

		memset(plain, 'x', before);
		snprintf(plain + before, sizeof plain - before, "8bytes?>tail");
		len = strlen(plain);
		for (size_t i = 0; i + 3 <= len; i += 3) {
			uint32_t g = (uint32_t)plain[i] << 16 | (uint32_t)plain[i + 1] << 8 |
			    (uint32_t)plain[i + 2];

			for (int shift = 18; shift >= 0; shift -= 6)
				coded[n++] = abc[g >> shift & 63];
		}
		s = once(&r, coded, n);
		ok(strstr(s, M) && strlen(s) <= n + strlen(M) - 9, "after %zu bytes: %s -> %s", before,
		    coded, s);
		free(s);
	}
	redact_release(&r);
}

static void
test_environment(void)
{
	static const char lines[] = "first-line-of-the-key-0\nno secret at all\nsecond-line-of-key-0";
	char key[128];
	char *env[] = { (char[]){ "GH_TOKEN=token-value" }, (char[]){ "my_secret=secret-value" },
		(char[]){ "PGPASSWORD=password-value" }, key, (char[]){ "HOME=/home/somebody" },
		(char[]){ "A_TOKEN=short" }, (char[]){ "TOKEN_FILE=/path/of/file" },
		(char[]){ "ORCH_SECRETS=one-secret,two-secret\nand a phrase" }, (char[]){ "broken" }, NULL };
	static const char text[] = "token-value secret-value password-value /home/somebody short "
	    "/path/of/file one-secret two-secret and a phrase first-line-of-the-key-0 no secret at all "
	    "second-line-of-key-0 broken";
	struct redact r = { 0 };
	char *s;

	snprintf(key, sizeof key, "DEPLOY_KEY=%s", lines);
	redact_environment(&r, env);
	s = once(&r, text, strlen(text));
	is(s, M " " M " " M " /home/somebody short /path/of/file " M " " M " " M " " M
	    " no secret at all " M " broken", "names tell which variables hold secrets");
	free(s);
	s = once(&r, lines, strlen(lines));
	is(s, M, "a key of several lines goes as a whole");
	free(s);
	redact_release(&r);
}

static void
test_val(void)
{
	struct redact r = { 0 };
	struct val *v = val_map(), *list = val_list(), *c;

	redact_add(&r, "the-secret");
	redact_add(&r, "the-other-one");
	val_put(v, "the-secret", val_int(1));
	val_put(v, "the-other-one", val_int(2));
	val_push(list, val_str("x the-secret"));
	val_push(list, val_bool(true));
	val_put(v, "list", list);
	c = redact_val(&r, v);
	is_int(val_number(val_get(c, M), 0), 1, "a key is redacted");
	is_int(val_number(val_get(c, M " (2)"), 0), 2, "and keeps its value beside another one");
	is(val_text(val_path(c, "list.0")), "x " M, "a string deep inside");
	ok(val_truth(val_path(c, "list.1"), false), "other values are copied");
	is(val_text(val_path(v, "list.0")), "x the-secret", "the original stays");
	ok(redact_string(&r, NULL) == NULL, "no string stays none");
	val_free(v);
	val_free(c);
	redact_release(&r);
}

/* Parts of secrets, of what surrounds them and of what hides them, in any order. */
static void
test_random(void)
{
	static const char *const parts[] = { "ghp_", "ghs_", "eyJ", ".", "sk-", "sk-ant-", "AKIA", "AIza",
		"xoxb-", "Authorization", ": ", ":", "Bearer ", "Digest ", "\"", "'", "\\n", "\n", " ", "https",
		"://", "user:pw", "@", "-----BEGIN ", "PRIVATE KEY-----", "-----END ", "PRIVATE KEY-----", A36,
		"ABCDEFGHIJ0123456789", LINE64, "abc=", "known-secret", "redacted", M, "[", "]", ZW, "\xc3\xa9",
		"\xc3", "\x80", "\x1b[1m", "%3D", "x", "foobarbaz", "secret-of-bytes\xa9", "\t", "Proc-Type: 4\n" };
	size_t n = sizeof parts / sizeof *parts, bad = 0, cut = 0, leaked = 0;
	uint64_t x = 88172645463325252u;
	struct redact r = { 0 };

	redact_add(&r, "known-secret");
	redact_add(&r, "redacted");
	redact_add(&r, "FGHIJ012");
	redact_add(&r, "pwx@ghp_");
	redact_add(&r, "\xa9" "secret-of-bytes");
	for (int i = 0; i < 60000; i++) {
		struct buf in = { 0 };
		char *one, *two;
		size_t at;

		for (int k = 0; k < 12; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			buf_puts(&in, parts[x % n]);
		}
		one = once(&r, in.data, in.len);
		two = once(&r, one, strlen(one));
		if (strcmp(one, two) != 0 && bad++ == 0)
			printf("# %s\n# %s\n# %s\n", in.data, one, two);
		cut += str_utf8(in.data, in.len, &at) && !str_utf8(one, strlen(one), &at);
		leaked += strstr(one, "known-secret") != NULL;
		free(one);
		free(two);
		buf_release(&in);
	}
	is_int((int64_t)bad, 0, "twice is once");
	is_int((int64_t)cut, 0, "no code point is cut in two");
	is_int((int64_t)leaked, 0, "a known secret never stays");
	redact_release(&r);
}

static double
seconds_of(const struct redact *r, const char *part, size_t size)
{
	struct buf in = { 0 }, out = { 0 };
	struct timespec a, b;

	while (in.len < size)
		buf_puts(&in, part);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	redact_text(r, in.data, in.len, &out);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	buf_release(&in);
	buf_release(&out);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* Eight times the text may take sixteen times as long, not sixty-four times. */
static void
test_linear(void)
{
	static const char *const hostile[] = { "sk-", "ghp_", "eyJ", "eyJaaaaaaaaaa.", "AKIA", "xoxb-", "AIza", "-",
		"-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\nA: -----BEGIN PRIVATE KEY-----\n", " \n", "aaaaaaaaaa", "://", "a://b",
		"a://b:", "https://x", "authorization: ", "authorization\" : a ", "authorization: a b ",
		"authorization ", "'authorization", M, "[redacted", ZW, ("a" ZW), "known-secre", "known-secret", "[1;",
		"\\n", "%20sk-", "\"\\\"", "A: b\n" };
	struct redact r = { 0 };

	redact_add(&r, "known-secret");
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		double small = seconds_of(&r, hostile[i], 1 << 17);
		double large = seconds_of(&r, hostile[i], 1 << 20);

		ok(large < 16 * small + 0.05, "1 MiB of hostile text %zu: %.0f ms", i, large * 1000);
	}
	redact_release(&r);
}

int
main(void)
{
	test_patterns();
	test_values();
	test_overlap();
	test_base64();
	test_environment();
	test_val();
	test_random();
	test_linear();
	return done_testing();
}
