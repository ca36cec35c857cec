#include "work/emit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/event.h"
#include "task/event_filter.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/group.h"
#include "work/reading.h"
#include "work/subscribe.h"

static int
check_words(const struct emit_wish *w, struct err *e)
{
	static const char *const priorities[] = { "low", "normal", "high", "urgent", NULL };
	const char *near = NULL;
	bool known = w->priority == NULL;

	if (!event_topic_good(w->topic))
		return err_set(e, ERR_USAGE, "'%.120s' is no topic: words of letters, digits, - and _, joined by "
		    "dots, at most %d bytes", w->topic, EVENT_TOPIC_MAX);
	if (event_topic_reserved(w->topic))
		return err_set(e, ERR_USAGE, "topic '%.120s': only orch itself tells of %.*s.*", w->topic,
		    (int)strcspn(w->topic, "."), w->topic);
	for (int i = 0; !known && priorities[i] != NULL; i++)
		known = strcmp(priorities[i], w->priority) == 0;
	if (!known)
		near = str_nearest(w->priority, priorities);
	if (!known)
		return err_set(e, ERR_USAGE, "--priority: '%.40s' is not low, normal, high or urgent%s%s%s",
		    w->priority, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	if (w->ttl_ms != 0 && w->ttl_ms < 1000)
		return err_set(e, ERR_USAGE, "--ttl: at least a second");
	return 0;
}

bool
emit_source_good(const char *source)
{
	struct buf shown = { 0 };
	bool plain;

	str_visible(&shown, source, strlen(source), false);
	plain = strcmp(buf_str(&shown), source) == 0;
	buf_release(&shown);
	return plain && *source != '\0' && strlen(source) <= EMIT_SOURCE_MAX;
}

static int
check_source(const char *source, struct err *e)
{
	if (!emit_source_good(source))
		return err_set(e, ERR_USAGE, "--source: a line of at most %d bytes, without control characters",
		    EMIT_SOURCE_MAX);
	return 0;
}

static int
check_task(struct project *p, int64_t id, struct err *e)
{
	struct archive_lookup *archive;
	struct tasks tasks = { 0 };
	bool there;

	if (id == 0)
		return 0;
	if (store_read(p, &tasks, e) == -1)
		return -1;
	archive = archive_lookup_new(p);
	there = tasks_find(&tasks, id) != NULL || archive_ask(archive, id) != NULL;
	archive_lookup_free(archive);
	tasks_release(&tasks);
	return there ? 0 : err_set(e, ERR_USAGE, "no task %lld", (long long)id);
}

/* What a reader of the log would make of it: too deep a value is none. */
static int
check_line(const struct event *ev, struct err *e)
{
	struct buf line = { 0 };
	struct val *back;

	event_line(&line, INT64_MAX, 0, clock_now(), ev);
	back = json_parse(buf_str(&line), line.len - 1, e);
	buf_release(&line);
	val_free(back);
	return back == NULL ? err_prefix(e, "the data cannot be told") : 0;
}

static int
parse_data(const struct emit_wish *w, struct val **data, struct err *e)
{
	struct buf line = { 0 };
	bool fits;

	if (w->data == NULL)
		return 0;
	if ((*data = json_parse(w->data, w->data_len, e)) == NULL)
		return err_prefix(e, "the data is no JSON");
	json_print(&line, *data);
	fits = line.len <= EMIT_DATA_MAX;
	buf_release(&line);
	return fits ? 0 : err_set(e, ERR_INVALID, "the data is longer than %d bytes", EMIT_DATA_MAX);
}

int
emit(struct project *p, const struct store_opts *opts, const struct emit_wish *w, int64_t *seq,
    struct err *e)
{
	const char *own = getenv(SUBSCRIBE_NAME);
	struct event ev = { .topic = w->topic, .source = w->source, .priority = w->priority,
	    .task = w->task, .ttl = (w->ttl_ms + 999) / 1000, .depth = event_depth(),
	    .redact = p->redact };
	struct val *data = NULL;
	int r = -1;

	if (ev.source == NULL)
		ev.source = own != NULL && str_is_name(own) ? own : "orch-event";
	if (check_words(w, e) == -1 || check_source(ev.source, e) == -1 || parse_data(w, &data, e) == -1)
		goto done;
	ev.data = data;
	if (check_line(&ev, e) == -1 || check_task(p, w->task, e) == -1)
		goto done;
	if (!opts->dry_run) {
		r = store_tell(p, opts, &ev, seq, e);
	} else if ((r = reading_newest(p, seq, e)) == 0) {
		++*seq;
	}
done:
	val_free(data);
	return r;
}
