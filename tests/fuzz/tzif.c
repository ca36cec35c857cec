/*
 * tzif: whatever the bytes are, what is taken as a zone is one
 *
 * The bytes are a file, and as text a TZ string.  Around each change and at the ends of time:
 * an instant lies in its span, all of a span says the same, and a local time comes back.
 */
#include "../lib/fuzz.h"
#include "base/err.h"
#include "doc/tzif.h"

static void
check_at(const struct tzif *z, int64_t t)
{
	struct tzif_span s, end;
	int64_t local, back[2];
	unsigned n;

	tzif_at(z, t, &s);
	must(s.from <= t && (t < s.until || s.until == INT64_MAX), "%lld", (long long)t);
	must(s.offset >= -93600 && s.offset <= 93600 && s.abbr != NULL && strlen(s.abbr) < TZIF_ABBR_MAX, "a span");
	tzif_at(z, s.until == INT64_MAX ? s.until : s.until - 1, &end);
	must(end.from == s.from && end.until == s.until && end.offset == s.offset, "%lld", (long long)t);
	if (s.from > INT64_MIN) {
		tzif_at(z, s.from - 1, &end);
		must(end.until == s.from, "%lld", (long long)t);
	}
	if (__builtin_add_overflow(t, s.offset, &local))
		return;
	n = tzif_instants(z, local, back);
	must(n <= 2 && (n < 2 || back[0] < back[1]), "%u", n);
	for (unsigned i = 0; i < n; i++) {
		tzif_at(z, back[i], &end);
		must(back[i] + end.offset == local, "%lld", (long long)local);
	}
	/* Near the ends of time there is no room to look for it. */
	must(n == 2 || (n == 1 && back[0] == t) || t < INT64_MIN + 200000 || t > INT64_MAX - 200000,
	    "%lld lost", (long long)t);
}

static void
check(const struct tzif *z)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_C(1) << 40, INT64_MAX - 1,
	    INT64_MAX };
	struct tzif_span s;
	int64_t t = INT64_MIN;

	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		check_at(z, times[i]);
	for (int i = 0; i < 100; i++, t = s.until) {
		tzif_at(z, t, &s);
		if (s.until == INT64_MAX)
			break;
		check_at(z, s.until - 1);
		check_at(z, s.until);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err e = { 0 };
	char *text = text_of(data, len);
	struct tzif *file = tzif_read(data, len, &e), *rule;

	must(file != NULL || (e.code == ERR_INVALID && e.msg[0] != '\0'), "no reason");
	e = (struct err){ 0 };
	rule = tzif_posix(text, &e);
	must(rule != NULL || (e.code == ERR_INVALID && e.msg[0] != '\0'), "no reason");
	if (file != NULL)
		check(file);
	if (rule != NULL)
		check(rule);
	tzif_free(file);
	tzif_free(rule);
	free(text);
	return 0;
}
