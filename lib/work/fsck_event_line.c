/*
 * fsck_event_line - the fields of an event: what event_line() could have written
 */
#include "work/fsck_event_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/event.h"
#include "task/event_filter.h"
#include "task/field.h"
#include "work/emit.h"

/* Of numbers: the least and the greatest that it may be; all but the first two may be absent. */
static const struct {
	const char *key;
	int64_t min, max;
	bool needed;
} numbers[] = {
	{ "schema", 1, 1, true },
	{ "seq", 1, EVENT_SEQ_MAX, true },
	{ "gen", 1, EVENT_SEQ_MAX, false },
	{ "task", 1, NUM_ID_MAX, false },
	{ "attempt", 1, INT32_MAX, false },
	{ "ttl", 1, NUM_DURATION_LIMIT / 1000, false },
	{ "depth", 1, EVENT_DEPTH_MAX, false },
};

/* "topic: ... is not good", with the value as JSON, which is safe to show. */
static int
refuse(const char *key, const struct val *v, const char *what, struct err *e)
{
	struct buf shown = { 0 };

	if (v == NULL)
		return err_set(e, ERR_INVALID, "it is no event: it has no %s", key);
	json_print(&shown, v);
	err_set(e, ERR_INVALID, "its %s is %s: %.60s", key, what, buf_str(&shown));
	buf_release(&shown);
	return -1;
}

static bool
is_time(const struct val *v)
{
	int64_t at;

	return val_text(v) != NULL && clock_parse(val_text(v), &at) == 0;
}

int
fsck_event_line(const struct val *line, struct err *e)
{
	const struct val *at = val_get(line, "at"), *topic = val_get(line, "topic");
	const struct val *source = val_get(line, "source"), *priority = val_get(line, "priority");
	struct err why = { 0 };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		const struct val *v = val_get(line, numbers[i].key);

		if (v == NULL ? numbers[i].needed : v->kind != VAL_INT || v->i < numbers[i].min ||
		    v->i > numbers[i].max)
			return refuse(numbers[i].key, v, "none that can be", e);
	}
	if (!is_time(at))
		return refuse("at", at, "no time", e);
	if (val_text(topic) == NULL || !event_topic_good(val_text(topic)))
		return refuse("topic", topic, "no topic", e);
	if (source != NULL && (val_text(source) == NULL || !emit_source_good(val_text(source))))
		return refuse("source", source, "no line of text", e);
	if (priority != NULL && field_check(F_PRIORITY, priority, &why) == -1)
		return refuse("priority", priority, "none that can be", e);
	return 0;
}
