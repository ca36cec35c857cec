/*
 * redact_pattern - what secrets look like
 *
 * Each pattern has a letter by which it is entered, looks back a bounded number of bytes,
 * and either matches, so that the bytes it went over are behind it, or gives up after a
 * bounded number, or can begin only where a run of its letters begins: this is what keeps
 * the whole linear.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "doc/redact_impl.h"

/* What a run of letters may consist of; bits of a class. */
enum {
	DIGIT = 1,
	UPPER = 2,
	LOWER = 4,
	UNDER = 8,
	DASH = 16,
	BASE64 = 32,		/* + / = */
	TOKEN68 = 64,		/* . ~ and what tokens of no standard have: : % ! * @ # */
	ALNUM = DIGIT | UPPER | LOWER,
	WORD = ALNUM | UNDER,
	URL64 = WORD | DASH,
};

static unsigned
class(char c)
{
	if (c >= '0' && c <= '9')
		return DIGIT;
	if (c >= 'A' && c <= 'Z')
		return UPPER;
	if (c >= 'a' && c <= 'z')
		return LOWER;
	if (c == '_')
		return UNDER;
	if (c == '-')
		return DASH;
	if (c == '+' || c == '/' || c == '=')
		return BASE64;
	return c != '\0' && strchr(".~:%!*@#", c) ? TOKEN68 : 0;
}

static size_t
run(const struct redact_piece *p, size_t at, unsigned of)
{
	size_t n = at;

	while (n < p->len && class(p->s[n]) & of)
		n++;
	return n - at;
}

static bool
here(const struct redact_piece *p, size_t at, const char *word)
{
	size_t n = strlen(word);

	return p->len - at >= n && memcmp(p->s + at, word, n) == 0;
}

static bool
here_any_case(const struct redact_piece *p, size_t at, const char *word)
{
	size_t n = strlen(word);

	return p->len - at >= n && strncasecmp(p->s + at, word, n) == 0;
}

/* How many bytes before `at` a pattern may look at. */
static size_t
behind(const struct redact_piece *p, size_t at)
{
	return at - p->done;
}

static bool
all_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/*
 * May a token begin at `at`?  Not in the middle of a word; but what ends an escape is no
 * letter of a word: \n and \u003d as in JSON, %3D as in a URL, [1m as of a terminal,
 * whose ESC is among what nobody sees.
 */
static bool
fresh(const struct redact_piece *p, size_t at, unsigned word)
{
	size_t n = behind(p, at);
	const char *s = p->s + at;

	if (n == 0 || !(class(s[-1]) & word))
		return true;
	if (n >= 2 && s[-2] == '\\' && strchr("nrtbf", s[-1]))
		return true;
	if (n >= 3 && s[-3] == '%' && all_hex(s - 2, 2))
		return true;
	if (n >= 6 && s[-6] == '\\' && s[-5] == 'u' && all_hex(s - 4, 4))
		return true;
	if (s[-1] != 'm')
		return false;
	for (s -= 2; n >= 2 && n + 16 > behind(p, at); n--, s--)
		if (*s == '[')
			return true;
		else if (!isdigit((unsigned char)*s) && *s != ';' && *s != ':')
			return false;
	return false;
}

static bool
hit(struct redact_hit *h, size_t from, size_t to)
{
	h->from = from;
	h->to = to;
	return true;
}

/* A prefix and at least `least` letters after it. */
static bool
prefixed(const struct redact_piece *p, size_t at, const char *prefix, unsigned of, size_t least,
    struct redact_hit *h)
{
	size_t n;

	if (!here(p, at, prefix) || !fresh(p, at, ALNUM))
		return false;
	n = run(p, at + strlen(prefix), of);
	return n >= least && hit(h, at, at + strlen(prefix) + n);
}

/* The parts of a JWT after the first, each with its dot; where they end. */
static size_t
dotted(const struct redact_piece *p, size_t at)
{
	size_t n;

	while (at < p->len && p->s[at] == '.' && (n = run(p, at + 1, URL64)) > 0)
		at += 1 + n;
	return at;
}

static bool
jwt(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	size_t n;

	if (!here(p, at, "eyJ") || !fresh(p, at, URL64))
		return false;
	n = at + run(p, at, URL64);
	if (n - at < 10 || n == p->len || p->s[n] != '.' || run(p, n + 1, URL64) < 8)
		return false;
	return hit(h, at, dotted(p, n));
}

static bool
github(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	if (prefixed(p, at, "github_pat_", WORD, 10, h))
		return true;
	if (p->len - at < 4 || !strchr("pousr", p->s[at + 2]) || p->s[at + 2] == '\0' ||
	    p->s[at + 1] != 'h' || p->s[at + 3] != '_' || !fresh(p, at, ALNUM))
		return false;
	h->from = at;
	h->to = at + 4 + run(p, at + 4, p->s[at + 2] == 's' ? URL64 : WORD);
	if (h->to - at < 14)
		return false;
	/* ghs_APPID_JWT: https://docs.github.com/en/rest/apps, since 2026-04-27. */
	if (p->s[at + 2] == 's' && memmem(p->s + at, h->to - at, "eyJ", 3))
		h->to = dotted(p, h->to);
	return true;
}

/* A word such as sk-learn-contrib has neither a digit, nor a capital, nor a long part. */
static bool
sk(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	size_t n, part = 0, longest = 0;
	bool mixed = false;

	if (!here(p, at, "sk-") || !fresh(p, at, URL64))
		return false;
	n = run(p, at + 3, URL64);
	for (size_t i = at + 3; i < at + 3 + n; i++) {
		mixed |= (class(p->s[i]) & (DIGIT | UPPER)) != 0;
		part = p->s[i] == '-' ? 0 : part + 1;
		longest = part > longest ? part : longest;
	}
	if (!(here(p, at, "sk-ant-") && n >= 12) && !(n >= 16 && (mixed || longest >= 16)))
		return false;
	return hit(h, at, at + 3 + n);
}

static bool
slack(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	size_t n;

	if (prefixed(p, at, "xapp-", ALNUM | DASH, 10, h))
		return true;
	if (p->len - at < 5 || !here(p, at, "xox") || !(class(p->s[at + 3]) & (LOWER | DIGIT)) ||
	    p->s[at + 4] != '-' || !fresh(p, at, ALNUM))
		return false;
	n = run(p, at + 5, ALNUM | DASH);
	return n >= 10 && hit(h, at, at + 5 + n);
}

/* Ends what stands on one line: where a newline is, or is written as \n. */
static bool
line_ends(const struct redact_piece *p, size_t at)
{
	return p->s[at] == '\n' || p->s[at] == '\r' || (p->s[at] == '\\' && at + 1 < p->len &&
	    (p->s[at + 1] == 'n' || p->s[at + 1] == 'r'));
}

static size_t
skip(const struct redact_piece *p, size_t at, const char *set)
{
	while (at < p->len && p->s[at] != '\0' && strchr(set, p->s[at]))
		at++;
	return at;
}

/* Long, and not such as prose is made of. */
static bool
secretish(const char *s, size_t n)
{
	if (n < 8)
		return false;
	for (size_t i = 0; i < n; i++)
		if (isdigit((unsigned char)s[i]) || strchr("=+/_:", s[i]))
			return true;
	return false;
}

/*
 * What follows "Authorization:" in a scheme that is not known, or in none: all up to the
 * end of the line or the quote, if it is one word, or has a word that looks like a secret.
 */
static bool
credentials(struct redact_piece *p, size_t at, char quote, struct redact_hit *h)
{
	size_t words = 0, word = at, n;
	bool found = false, plain = at < p->prose;

	for (n = at; n < p->len && !line_ends(p, n) && !(quote && p->s[n] == quote); n++) {
		if (plain && words > 1)
			return false;
		if (p->s[n] != ' ' && p->s[n] != '\t' && p->s[n] != '"')
			continue;
		found = found || secretish(p->s + word, n - word);
		words += n > word;
		word = n + 1;
	}
	found = found || secretish(p->s + word, n - word);
	words += n > word;
	if (!found && n > p->prose)
		p->prose = n;
	if (!found && !(words == 1 && n - at >= 8 && (n < p->len || p->last)))
		return false;
	return hit(h, at, n);
}

/* RFC 9110 11.6.2, in a header, in JSON, in a shell line, in an assignment. */
static bool
authorization(struct redact_piece *p, size_t at, struct redact_hit *h)
{
	static const char *const schemes[] = { "bearer", "basic", "token", NULL };
	char quote = '\0';
	size_t n;

	if (!here_any_case(p, at, "authorization"))
		return false;
	if (behind(p, at) > 0 && strchr("\"'`", p->s[at - 1]))
		quote = p->s[at - 1];
	at = skip(p, at + strlen("authorization"), "\\\"'`]");
	n = skip(p, at, " \t");
	if (n == p->len || (p->s[n] != ':' && p->s[n] != '='))
		return false;
	at = skip(p, n + 1, " \t");
	n = skip(p, at, "\\\"'`");
	if (n > at)
		quote = p->s[n - 1];
	for (size_t i = 0; schemes[i]; i++) {
		size_t len = strlen(schemes[i]);
		size_t blank;

		if (!here_any_case(p, n, schemes[i]))
			continue;
		blank = skip(p, n + len, " \t");
		if (here(p, n + len, "%20"))
			blank = n + len + 3;
		if (blank == n + len)
			continue;
		len = run(p, blank, URL64 | BASE64 | TOKEN68);
		return len > 0 && hit(h, blank, blank + len);
	}
	return n < p->len && credentials(p, n, quote, h);
}

/* RFC 3986 3.2.1.  `at` is the colon of "://", whose slashes JSON may have escaped. */
static bool
userinfo(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	size_t from = at + 1, end = 0, colon = 0, n;
	bool web = behind(p, at) >= 4 && (!strncasecmp(p->s + at - 4, "http", 4) ||
	    (behind(p, at) >= 5 && !strncasecmp(p->s + at - 5, "https", 5)));

	if (behind(p, at) == 0 || !(class(p->s[at - 1]) & ALNUM))
		return false;
	for (int i = 0; i < 2; i++) {
		from = skip(p, from, "\\");
		if (from == p->len || p->s[from++] != '/')
			return false;
	}
	for (n = from; n < p->len && (unsigned char)p->s[n] > ' ' && !strchr("/?#\"'`<>\\", p->s[n]); n++)
		if (p->s[n] == '@')
			end = n;
	for (n = from; n < end && colon == 0; n++)
		if (p->s[n] == ':')
			colon = n;
	if (end == 0)
		return false;
	if (colon > 0 && colon + 1 < end)
		return hit(h, from, end);
	return web && (colon > 0 ? colon : end) > from && hit(h, from, end);
}

/* "-----BEGIN RSA PRIVATE KEY-----" or the same with END; where it ends, or 0. */
static size_t
boundary(const struct redact_piece *p, size_t at, const char *word)
{
	size_t from, to;

	if (!here(p, at, word))
		return 0;
	from = at + strlen(word);
	for (to = from; to < p->len && to - from < 64; to++)
		if (!(class(p->s[to]) & (UPPER | DIGIT)) && p->s[to] != ' ')
			break;
	if (!memmem(p->s + from, to - from, "PRIVATE KEY", 11) || !here(p, to, "-----"))
		return 0;
	return to + 5;
}

/* What may stand between two lines of a key: quoted, indented, in a patch, in JSON. */
static size_t
between(const struct redact_piece *p, size_t at)
{
	for (;;) {
		size_t n = skip(p, at, " \t\r\n\"',>|#*");

		if (n + 1 < p->len && p->s[n] == '\\' && strchr("nrt\\", p->s[n + 1]))
			n += 2;
		else if (n > at && n + 1 < p->len && p->s[n] == '+' && p->s[n - 1] == '\n')
			n++;
		if (n == at)
			return at;
		at = n;
	}
}

/* "Proc-Type: 4,ENCRYPTED" (RFC 1421 4.6.1), "Version: GnuPG v2": where the line ends, or 0. */
static size_t
pem_header(const struct redact_piece *p, size_t at)
{
	size_t n = run(p, at, ALNUM | DASH);

	if (n == 0 || n > 32 || !here(p, at + n, ": "))
		return 0;
	for (n += at; n < p->len && n - at < 160; n++)
		if (line_ends(p, n))
			return n;
	return 0;
}

/* A key from its first line on, to its last or as far as it goes. */
static bool
pem(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	size_t end = boundary(p, at, "-----BEGIN "), n, len;
	bool body = false;
	int headers = 0;

	if (end == 0)
		return false;
	for (;;) {
		n = between(p, end);
		if (body && boundary(p, n, "-----END "))
			return hit(h, at, boundary(p, n, "-----END "));
		if (!body && headers++ < 8 && (len = pem_header(p, n)) > 0) {
			end = len;
			continue;
		}
		len = run(p, n, ALNUM | BASE64);
		/* The line that ends the key is short, and so is one that was cut. */
		if (len < 20 && !(body && len > 0 && (p->s[n + len - 1] == '=' ||
		    (n + len == p->len && p->last) || boundary(p, between(p, n + len), "-----END "))))
			break;
		body = true;
		end = n + len;
	}
	return body && hit(h, at, end);
}

/* A key whose first line is missing: back from its last one. */
static bool
pem_end(const struct redact_piece *p, size_t at, struct redact_hit *h)
{
	size_t end = boundary(p, at, "-----END "), from = at, n, to;
	bool body = false;

	if (end == 0)
		return false;
	for (;;) {
		for (to = from; to > p->done; to--)
			if (to - p->done >= 2 && p->s[to - 2] == '\\' && strchr("nrt", p->s[to - 1]))
				to--;
			else if (!strchr(" \t\r\n\"',>|#*\\", p->s[to - 1]) || p->s[to - 1] == '\0')
				break;
		for (n = to; n > p->done && class(p->s[n - 1]) & (ALNUM | BASE64); n--)
			if (n - p->done >= 2 && p->s[n - 2] == '\\' && strchr("nrt", p->s[n - 1]))
				break;
		if (to == n || (to - n < 20 && from != at))
			break;
		body |= to - n >= 20;
		from = n;
	}
	return body && hit(h, from, end);
}

bool
redact_pattern(struct redact_piece *p, size_t at, struct redact_hit *h)
{
	switch (p->s[at]) {
	case 'g':
		return github(p, at, h);
	case 's':
		return sk(p, at, h);
	case 'e':
		return jwt(p, at, h);
	case 'x':
		return slack(p, at, h);
	case 'a':
		return authorization(p, at, h);
	case 'A':
		return prefixed(p, at, "AKIA", UPPER | DIGIT, 16, h) ||
		    prefixed(p, at, "ASIA", UPPER | DIGIT, 16, h) ||
		    prefixed(p, at, "AIza", URL64, 30, h) || authorization(p, at, h);
	case ':':
		return userinfo(p, at, h);
	case '-':
		return pem(p, at, h) || pem_end(p, at, h);
	default:
		return false;
	}
}
