#include "sys/lock_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "sys/lock_priv.h"

static bool
is_stopped(char state)
{
	return state == 'T' || state == 't';
}

/* "orch", "orch-run": what /proc calls the commands of the suite. */
static bool
is_ours(const struct lock_process *p)
{
	return p->writer || strcmp(p->command, "orch") == 0 ||
	    strncmp(p->command, "orch-", 5) == 0;
}

/*
 * Puts the process that everything is said about in front: the one that the file
 * names, if it has the lock and is that one still; else the one that took it, says
 * the kernel.  False: neither has it, so those that do have it from somebody.
 */
static bool
put_first(struct lock_state *s)
{
	pid_t pid = s->alive == 1 ? s->holder.pid : 0;
	struct lock_process first;

	for (int turn = 0; turn < 2; turn++, pid = s->taker) {
		for (size_t i = 0; i < s->n && pid != 0; i++) {
			if (s->v[i].pid != pid)
				continue;
			first = s->v[i];
			s->v[i] = s->v[0];
			s->v[0] = first;
			return true;
		}
	}
	return false;
}

/*
 * What stands in the file stays there after a release, and a foreign flock(1) writes
 * nothing: it counts only if that process has the lock, or has left it to a child.
 */
static enum lock_verdict
judge(struct lock_state *s, int64_t hung_ms)
{
	bool has = put_first(s);
	bool left = !has && s->holder.pid != 0 &&
	    (s->taker == s->holder.pid || (s->taker == 0 && s->alive == 0));
	struct lock_process *p = s->v;

	if (s->n == 0)
		return LOCK_UNSEEN;
	if (has && s->alive == 1 && p->pid == s->holder.pid) {
		p->writer = true;
		memcpy(p->command, s->holder.command, sizeof p->command);
	}
	if (!left && !p->writer)
		s->age_ms = -1;
	if (left || (!has && s->taker != 0))
		return LOCK_INHERITED;
	if (!is_ours(p))
		return LOCK_FOREIGN;
	if (is_stopped(p->state))
		return LOCK_STOPPED;
	return hung_ms > 0 && s->age_ms > hung_ms ? LOCK_HUNG : LOCK_HELD;
}

/*
 * Measured by a clock that runs on while the machine sleeps and that nobody sets;
 * of another boot it says nothing.
 */
static int64_t
age_of(const struct lock_holder *h)
{
	int64_t ms = clock_mono() - h->up;
	char boot[40];

	if (h->pid == 0 || lock_boot_id(boot) == -1 || strcmp(boot, h->boot) != 0)
		return -1;
	return ms >= 0 ? ms : -1;
}

int
lock_state(struct lock_state *s, int dirfd, const char *name, int64_t hung_ms, struct err *e)
{
	struct stat file;
	int held = lock_probe(dirfd, name, e);

	*s = (struct lock_state){ .alive = -1, .age_ms = -1 };
	if (held == -1 || lock_read_holder(dirfd, name, &s->holder, e) == -1)
		return -1;
	s->alive = lock_alive(&s->holder);
	if (held == 0)
		return 0;
	if (fstatat(dirfd, name, &file, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at lock file '%s'", name);
	s->age_ms = age_of(&s->holder);
	lock_scan(s, &file);
	s->verdict = judge(s, hung_ms);
	/* Nobody has it that we can see: has it been let go of while we looked? */
	if (s->verdict == LOCK_UNSEEN && (held = lock_probe(dirfd, name, e)) != 1) {
		s->verdict = LOCK_FREE;
		s->age_ms = -1;
	}
	return held == -1 ? -1 : 0;
}

void
lock_state_release(struct lock_state *s)
{
	free(s->v);
	*s = (struct lock_state){ 0 };
}
