/*
 * store_tell - an event of its own, which belongs to no commit
 *
 * What a killed holder left is settled first: its events may not stand before ours, for
 * they would be cut off.  The file itself is not read for that, but where it must tell
 * whether it was exchanged.
 */
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/lock.h"
#include "task/event.h"
#include "task/project.h"
#include "task/record.h"
#include "task/store.h"
#include "task/store_impl.h"

/* Without a record of any commit there is nothing to settle, and the log alone has numbers. */
static int
settle(struct store *s, struct err *e)
{
	struct record before;
	int64_t task;

	if (record_peek(s->state_fd, &s->last, &before, e) == -1)
		return -1;
	if (s->last.gen > 0)
		return store_settle(s, e);
	return event_settle(s->p, &s->tail, &s->last.seq, &task, e);
}

int
store_tell(struct project *p, const struct store_opts *opts, const struct event *ev, int64_t *seq,
    struct err *e)
{
	struct store s = { .p = p, .opts = opts, .state_fd = -1, .backup_fd = -1, .evidence_fd = -1,
	    .file = { .dirfd = -1 } };
	struct lock lock = { .fd = -1 };
	struct buf line = { 0 };
	int64_t wait = opts->wait_ms == 0 ? LOCK_WAIT_MS : opts->wait_ms < 0 ? 0 : opts->wait_ms;
	int r = -1;

	if (project_prepare(p, e) == -1 || (s.state_fd = project_dir(p, "state", e)) == -1 ||
	    (s.backup_fd = project_dir(p, "backup", e)) == -1 ||
	    lock_take(&lock, p->orch_fd, wait, opts->command ? opts->command : "orch", e) == -1)
		goto done;
	if (fs_open(&s.file, p->tasks, e) == -1 || settle(&s, e) == -1)
		goto done;
	*seq = s.last.seq + 1;
	event_line(&line, *seq, 0, clock_now(), ev);
	if ((r = event_tell(p, &line, e)) == 0)
		event_mark_set(p, *seq);
done:
	fs_close(&s.file);
	lock_release(&lock);
	buf_release(&line);
	buf_release(&s.tail.lines);
	buf_release(&s.disk);
	if (s.state_fd != -1)
		close(s.state_fd);
	if (s.backup_fd != -1)
		close(s.backup_fd);
	if (s.evidence_fd != -1)
		close(s.evidence_fd);
	return r;
}
