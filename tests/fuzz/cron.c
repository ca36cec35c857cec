/*
 * cron: a line with a schedule, behind it perhaps one with a TZ string
 *
 * What is refused has a column in the text.  What is taken can be said, comes where its own
 * fields say, in order, and is found backwards as it is found forwards.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/cron.h"
#include "doc/tzif.h"

#define SLOTS 20

static bool
minute_fits(const struct cron *c, const struct tzif *zone, int64_t t)
{
	struct tzif_span span;
	struct civil date;
	int64_t wall, day;

	tzif_at(zone, t, &span);
	wall = civil_floor(t + span.offset, 60);
	day = civil_floor(wall, 1440);
	wall -= day * 1440;
	civil_date(day, &date);
	return (c->min >> wall % 60 & 1) && (c->hour >> wall / 60 & 1) && (c->mon >> date.month & 1);
}

static void
check_when(const struct cron *c, const struct tzif *zone, int64_t from)
{
	struct cron_job job = { c, zone, cron_jitter("job", 1 + from % 500) };
	struct cron_slot slot[SLOTS], back[SLOTS];
	size_t n = 0;

	for (int64_t t = from; n < SLOTS && cron_next(&job, t, &slot[n]); t = slot[n++].due) {
		const struct cron_slot *s = &slot[n];

		must(s->due > t && s->due - s->at == job.jitter && s->at % 60 == 0, "%lld", (long long)s->at);
		must(s->reason == (minute_fits(c, zone, s->at) ? CRON_NORMAL : CRON_GAP), "%lld is %s",
		    (long long)s->at, cron_reason_name(s->reason));
		must(s->reason == CRON_NORMAL || !c->wild, "a wildcard catches up");
	}
	/* Nobody looks back over more than 400 years. */
	while (n > 0 && slot[n - 1].at - slot[0].at > CIVIL_ERA_DAYS * INT64_C(86400))
		n--;
	if (n == 0)
		return;
	must(cron_slots(&job, slot[0].at - 1, slot[n - 1].due, back, SLOTS) == n, "%zu forwards", n);
	for (size_t i = 0; i < n; i++)
		must(back[n - 1 - i].at == slot[i].at && back[n - 1 - i].reason == slot[i].reason, "slot %zu", i);
}

static bool
has_column(const char *msg, size_t len)
{
	size_t column = 0;

	return sscanf(msg, "column %zu: ", &column) == 1 && column >= 1 && column <= len + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len), *rest = strchr(text, '\n');
	struct vec_str warnings = { 0 };
	struct err e = { 0 }, none = { 0 };
	struct tzif *zone;
	struct cron c;

	if (rest != NULL)
		*rest++ = '\0';
	zone = tzif_posix(rest != NULL ? rest : "", &none);
	if (zone == NULL)
		zone = tzif_posix("CET-1CEST,M3.5.0,M10.5.0/3", &none);
	if (cron_parse(&c, text, "job", &warnings, &e) == -1)
		must(e.code == ERR_INVALID && has_column(e.msg, strlen(text)), "%s", e.msg);
	else {
		struct buf b = { 0 };

		cron_say(&b, &c);
		must(b.len > 0 && strstr(buf_str(&b), "  ") == NULL && b.data[b.len - 1] != ' ', "'%s'", buf_str(&b));
		buf_release(&b);
		check_when(&c, zone, INT64_C(1774746000));	/* 29 March 2026 */
		check_when(&c, zone, INT64_C(4102444799));
	}
	for (size_t i = 0; i < warnings.n; i++)
		must(has_column(warnings.v[i], strlen(text)), "%s", warnings.v[i]);
	vec_str_release(&warnings);
	tzif_free(zone);
	free(text);
	return 0;
}
