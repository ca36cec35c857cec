/*
 * change_state.c - the status of a task moves, with a line of its history and an event
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/change_impl.h"

/* One more line of history; the newest TASK_HISTORY_MAX stay. */
static struct val *
history_with(struct val *history, int64_t now, enum status status, const char *note)
{
	struct val *list = val_list(), *line = val_map();
	size_t n = history ? history->n : 0;
	char when[CLOCK_MAX];

	for (size_t i = n >= TASK_HISTORY_MAX ? n - TASK_HISTORY_MAX + 1 : 0; i < n; i++)
		val_push(list, val_copy(history->v[i]));
	clock_format(now, when);
	val_put(line, "at", val_str(when));
	val_put(line, "status", val_str(state_name(status)));
	if (note != NULL && *note)
		val_put(line, "note", val_str(note));
	val_push(list, line);
	val_free(history);
	return list;
}

void
change_tell_state(struct change *c, int64_t id, enum status from, enum status to,
    enum state_event event, const char *reason, const char *note)
{
	struct val *data = val_map();
	char *topic = xasprintf("task.%s", event == EV_LAND ? "landed" : state_name(to));

	val_put(data, "event", val_str(state_event_name(event)));
	if (from != ST_NONE)
		val_put(data, "from", val_str(state_name(from)));
	if (reason != NULL)
		val_put(data, "reason", val_str(reason));
	if (note != NULL)
		val_put(data, "note", val_str(note));
	change_tell(c, topic, id, (int)change_int(c, id, F_ATTEMPTS), data);
	free(topic);
}

int
change_event(struct change *c, int64_t id, enum state_event event,
    const struct state_facts *facts, const char *reason, const char *note, struct err *e)
{
	enum status from = change_status(c, id), to;

	if (from == ST_NONE)
		return err_set(e, ERR_USAGE, "no task %lld", (long long)id);
	if (state_next(from, event, facts, &to, e) == -1)
		return err_prefix(e, "task %lld", (long long)id);
	if (change_record(c, id, F_STATUS, val_str(state_name(to)), e) == -1 ||
	    change_record(c, id, F_REASON, reason ? val_str(reason) : NULL, e) == -1 ||
	    change_record(c, id, F_HISTORY,
		history_with(change_get(c, id, F_HISTORY), c->now, to, note), e) == -1)
		return -1;
	change_tell_state(c, id, from, to, event, reason, note);
	return 0;
}

int
change_note(struct change *c, int64_t id, const char *note, struct err *e)
{
	enum status status = change_status(c, id);

	if (status == ST_NONE)
		return err_set(e, ERR_USAGE, "no task %lld", (long long)id);
	return change_record(c, id, F_HISTORY, history_with(change_get(c, id, F_HISTORY), c->now, status,
	    note), e);
}
