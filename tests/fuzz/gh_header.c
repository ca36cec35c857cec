/*
 * gh_header: headers of a reply that matter, a line each
 *
 *	Link, Retry-After, X-RateLimit-Remaining, -Reset, Date, the message, the status
 *
 * A next page is a whole URL.  What has to be waited for lies ahead, and not beyond what is
 * ever waited for; a date that is understood is one of this calendar.
 */
#include "../lib/fuzz.h"
#include "base/err.h"
#include "net/gh_impl.h"
#include "net/limit.h"

#define URL "https://api.github.com/repositories/1/issues?page=1"
#define LINES 7

static void
check_next(const char *link)
{
	char *next = NULL, *origin, *again = NULL;
	struct err e = { 0 };
	int r = gh_next(link, URL, &next);

	must((r == 0) == (next != NULL) && r >= -1 && r <= 1, "%d %s", r, next);
	if (r != 0)
		return;
	must(strchr(next, '\n') == NULL && strchr(next, '\r') == NULL && strchr(next, ' ') == NULL, "%s", next);
	must(strstr(next, ":") != NULL, "%s", next);
	/* Where it has an origin it is whole: seen from elsewhere it is the same. */
	if ((origin = http_origin(next, &e)) != NULL) {
		again = http_resolve("https://elsewhere.example/x/y", next, &e);
		must(again != NULL && strcmp(again, next) == 0, "%s\n%s", next, again);
	}
	free(again);
	free(origin);
	free(next);
}

static void
check_limit(char *line[LINES], int64_t now, unsigned int before)
{
	static const int statuses[] = { 200, 201, 304, 403, 404, 429, 500, 503 };
	struct limit_seen s = { .message = line[5], .retry_after = line[1], .remaining = line[2],
		.reset = line[3], .date = line[4], .now = now, .before = before };
	struct limit l;

	for (size_t i = 0; i < 2 * sizeof statuses / sizeof *statuses; i++) {
		s.status = statuses[i / 2];
		s.rate_limited = i % 2;
		l = limit_judge(&s);
		must((l.kind == LIMIT_NONE) == (l.until == 0), "%d %lld", l.kind, (long long)l.until);
		must(l.kind == LIMIT_NONE || (l.until > now && l.until <= now + LIMIT_WAIT_MAX),
		    "%d: %lld", s.status, (long long)(l.until - now));
		/* A permission is no limit, and no success is one that stops. */
		must(s.status != 404 || s.rate_limited || l.kind == LIMIT_NONE, "%d", l.kind);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len), *line[LINES] = { NULL }, *at = text;
	int64_t ms = 0;

	for (int i = 0; i < LINES && at != NULL; i++) {
		line[i] = at;
		if ((at = strchr(at, '\n')) != NULL)
			*at++ = '\0';
		/* An empty line: there is no such header. */
		if (*line[i] == '\0')
			line[i] = NULL;
	}
	if (line[0] != NULL)
		check_next(line[0]);
	if (line[4] != NULL && limit_date(line[4], &ms) == 0)
		must(ms % 1000 == 0 && ms > INT64_C(-62200000000000) && ms < INT64_C(253402300800000),
		    "%s: %lld", line[4], (long long)ms);
	check_limit(line, INT64_C(1767323045000), len > 0 ? data[0] : 0);
	free(text);
	return 0;
}
