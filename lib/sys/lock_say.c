/*
 * lock_say - what a waiting person is told about a lock, and what to do about it
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/lock.h"
#include "sys/lock_priv.h"
#include "sys/lock_state.h"

#define NAMED_MAX 4	/* processes that a line names */
#define KILL "`orch-fsck --locks --kill`"

const char *
lock_verdict_name(enum lock_verdict v)
{
	static const char *const names[] = {
		[LOCK_FREE] = "free",
		[LOCK_HELD] = "held",
		[LOCK_INHERITED] = "inherited",
		[LOCK_STOPPED] = "stopped",
		[LOCK_HUNG] = "hung",
		[LOCK_FOREIGN] = "foreign",
		[LOCK_UNSEEN] = "unseen",
	};

	return names[v];
}

static const char *
say_letter(char state)
{
	switch (state) {
	case 'T':
		return ", stopped";
	case 't':
		return ", stopped by a debugger";
	case 'D':
		return ", waiting for a device";
	case 'Z':
		return ", ended";
	default:
		return "";
	}
}

/* "pid 4711 (orch-retry, state T, stopped)" */
static void
say_process(const struct lock_process *p, struct buf *out)
{
	buf_printf(out, "pid %jd (%s, state %c%s)", (intmax_t)p->pid, p->command, p->state,
	    say_letter(p->state));
}

static void
say_all(const struct lock_state *s, struct buf *out)
{
	for (size_t i = 0; i < s->n && i < NAMED_MAX; i++) {
		buf_puts(out, i == 0 ? " by " : " and ");
		say_process(&s->v[i], out);
	}
	if (s->n > NAMED_MAX)
		buf_printf(out, " and %zu more", s->n - NAMED_MAX);
}

static void
say_origin(const struct lock_state *s, struct buf *out)
{
	const char *has = s->n == 1 ? "has" : "have";

	if (s->holder.pid != 0 && (s->taker == 0 || s->taker == s->holder.pid))
		buf_printf(out, ", which %s it from pid %jd (%s), which is gone", has,
		    (intmax_t)s->holder.pid, s->holder.command);
	else
		buf_printf(out, ", which %s it from pid %jd, which is gone", has,
		    (intmax_t)s->taker);
}

void
lock_state_text(const struct lock_state *s, struct buf *out)
{
	buf_puts(out, s->verdict == LOCK_FREE ? "free" : "held");
	if (s->verdict == LOCK_FREE)
		return;
	if (s->age_ms >= 0)
		buf_printf(out, " for %jd s", (intmax_t)(s->age_ms / 1000));
	say_all(s, out);
	if (s->verdict == LOCK_INHERITED)
		say_origin(s, out);
	else if (s->verdict == LOCK_FOREIGN)
		buf_puts(out, ", which is no command of orch");
	else if (s->verdict == LOCK_UNSEEN && s->taker != 0)
		buf_printf(out, " by pid %jd, which cannot be seen", (intmax_t)s->taker);
	else if (s->verdict == LOCK_UNSEEN)
		buf_puts(out, " by a process that cannot be seen");
}

void
lock_state_remedy(const struct lock_state *s, struct buf *out)
{
	switch (s->verdict) {
	case LOCK_INHERITED:
		buf_puts(out, KILL " ends what has it");
		break;
	case LOCK_STOPPED:
	case LOCK_FOREIGN:
		if (s->v[0].state == 'T')
			buf_printf(out, "`kill -CONT %jd` lets it go on", (intmax_t)s->v[0].pid);
		else if (s->v[0].state == 't')
			buf_puts(out, "its debugger lets it go on");
		else
			buf_puts(out, "it is free when that program ends");
		break;
	case LOCK_HUNG:
		buf_puts(out, KILL " ends it");
		break;
	case LOCK_UNSEEN:
		buf_puts(out, "`orch-fsck --locks` shows it to its user, or to root");
		break;
	case LOCK_FREE:
	case LOCK_HELD:
		break;
	}
}

int
lock_busy(int dirfd, const char *name, struct err *e)
{
	bool gate = str_ends(name, ".gate");
	const char *what = gate ? "gate of the lock" : "lock";
	/* All others are held for as long as the work takes. */
	int64_t hung_ms = gate || strcmp(name, "lock") == 0 ? LOCK_HUNG_MS : 0;
	struct lock_state s = { 0 };
	struct buf text = { 0 }, remedy = { 0 };
	struct err unread;

	if (lock_state(&s, dirfd, name, hung_ms, &unread) == -1) {
		err_set(e, ERR_BUSY, "%s held by another process: %s", what, unread.msg);
	} else if (s.verdict == LOCK_FREE) {
		err_set(e, ERR_BUSY, "%s held by another process until just now", what);
	} else {
		lock_state_text(&s, &text);
		lock_state_remedy(&s, &remedy);
		err_set(e, ERR_BUSY, "%s %s%s%s", what, buf_str(&text), remedy.len > 0 ? "; " : "",
		    buf_str(&remedy));
	}
	lock_state_release(&s);
	buf_release(&text);
	buf_release(&remedy);
	return -1;
}
