#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/path.h"
#include "task/event.h"
#include "task/job.h"
#include "task/project.h"
#include "task/sidecar.h"
#include "work/serve_impl.h"

#define COMMAND "orch-serve"
#define LET_GO_MS 300
#define LET_GO_PAUSE_MS 10

/* ---- one server ---- */

int
serve_take(struct serve *s, struct err *e)
{
	int state = project_dir(s->p, "state", e), r = -1;

	if (state == -1)
		return -1;
	/* A child of one that was killed has it until it has become another program. */
	for (int64_t until = clock_mono() + LET_GO_MS; (r = lock_try(&s->lock, state, SERVE_LOCK, e)) == 1 &&
	    clock_mono() < until;)
		poll(NULL, 0, LET_GO_PAUSE_MS);
	if (r == 1) {
		lock_busy(state, SERVE_LOCK, e);
		r = err_prefix(e, "another orch-serve is at work");
	} else if (r == 0) {
		r = lock_write_holder(&s->lock, COMMAND, e);
	}
	close(state);
	return r;
}

/* Is it that file?  What is held is not let go, as a child may still be about to close it. */
static bool
holds(const struct serve *s)
{
	char *path = path_join(s->p->orch, "state/" SERVE_LOCK);
	struct stat own, there;
	bool yes = fstat(s->lock.fd, &own) == 0 && stat(path, &there) == 0 && own.st_dev == there.st_dev &&
	    own.st_ino == there.st_ino;

	free(path);
	return yes;
}

int
serve_take_again(struct serve *s, struct err *e)
{
	struct project *p = s->p, fresh;
	struct err ignored = { 0 };

	/* That its configuration may be wrong is for the next look to tell. */
	if (project_find_anyway(&fresh, p->named ? NULL : p->dir, p->named ? p->tasks : NULL, COMMAND, &ignored,
	    e) == -1)
		return -1;
	if (project_prepare(&fresh, e) == -1) {
		project_release(&fresh);
		return -1;
	}
	project_release(p);
	*p = fresh;
	if (holds(s))
		return 0;
	lock_release(&s->lock);
	return serve_take(s, e);
}

/* ---- what is watched ---- */

static void
watch_one(struct serve *s, const char *dir, bool needed)
{
	struct err e = { 0 };

	if (watch_folder(&s->watch, dir, false, &e) != -1 || !needed)
		return;
	/* What is not there (yet) is waited for where it belongs, or by the minute. */
	s->blind = true;
	if (!s->blind_said && e.sys != ENOENT) {
		serve_say(s, LOG_WARN, "%s: changes are looked for each minute", e.msg);
		s->blind_said = true;
	}
}

/* The file and, if it is a link, what it leads to. */
static void
watch_file(struct serve *s, const char *dir, const char *name)
{
	char *path = path_join(dir, name), *real = realpath(path, NULL), *folder;

	vec_str_push(&s->names, path_base(path));
	if (real != NULL && strcmp(real, path) != 0) {
		vec_str_push(&s->names, path_base(real));
		folder = path_dir(real);
		watch_one(s, folder, true);
		free(folder);
	}
	free(real);
	free(path);
}

/* The folder above, in which a project that is gone comes back. */
static void
watch_above(struct serve *s)
{
	char *above = path_dir(s->p->dir);

	vec_str_push(&s->names, path_base(s->p->dir));
	watch_one(s, above, true);
	free(above);
}

void
serve_watch(struct serve *s)
{
	struct err e = { 0 };
	char *state = path_join(s->p->orch, "state");

	watch_close(&s->watch);
	vec_str_release(&s->names);
	s->lives = 0;
	s->blind = s->moved = false;
	if (watch_open(&s->watch, &e) == -1) {
		s->blind = true;
		if (!s->blind_said)
			serve_say(s, LOG_WARN, "%s: changes are looked for each minute", e.msg);
		s->blind_said = true;
	} else {
		watch_one(s, s->p->dir, true);
		watch_file(s, s->p->dir, path_base(s->p->tasks));
		watch_file(s, s->p->dir, JOBS_FILE);
		watch_file(s, s->p->dir, "orch.yml");
		vec_str_push(&s->names, ".orch");
		watch_one(s, state, true);
		vec_str_push(&s->names, SIDECAR_FILE);
		vec_str_push(&s->names, SERVE_LOCK);
		if (s->look.tells) {
			watch_one(s, s->p->orch, true);
			vec_str_push(&s->names, EVENT_FILE);
		}
		if (s->p->user != NULL) {
			watch_one(s, s->p->user, false);
			watch_file(s, s->p->user, "orch.yml");
		}
		if (s->looked && s->look.gone)
			watch_above(s);
	}
	if (!s->blind)
		s->blind_said = false;
	free(state);
}

/* ---- attempts ---- */

static bool
still_lives(const struct serve *s, int64_t id)
{
	for (size_t i = 0; i < s->look.n; i++)
		if (s->look.lives[i] == id)
			return true;
	return false;
}

static bool
is_watched(const struct serve *s, int64_t id)
{
	for (size_t i = 0; i < s->lives; i++)
		if (s->life[i] == id)
			return true;
	return false;
}

/* What ended before it was watched is asked for: nobody tells of that any more. */
static void
watch_life(struct serve *s, int64_t id)
{
	char *dir = xasprintf("%s/runs/%lld", s->p->orch, (long long)id), name[48];
	struct err e = { 0 };
	int folder = watch_folder(&s->watch, dir, true, &e);

	if (folder == -1) {
		s->blind = true;
	} else {
		s->life[s->lives] = id;
		s->life_folder[s->lives++] = folder;
		snprintf(name, sizeof name, "runs/%lld/lock", (long long)id);
		if (s->look.dead == 0 && lock_probe(s->p->orch_fd, name, &e) == 0)
			s->again = true;
	}
	free(dir);
}

void
serve_watch_lives(struct serve *s)
{
	if (s->watch.fd == -1)
		return;
	for (size_t i = s->lives; i-- > 0;)
		if (!still_lives(s, s->life[i])) {
			watch_drop(&s->watch, s->life_folder[i]);
			s->lives--;
			s->life[i] = s->life[s->lives];
			s->life_folder[i] = s->life_folder[s->lives];
		}
	for (size_t i = 0; i < s->look.n; i++)
		if (!is_watched(s, s->look.lives[i]))
			watch_life(s, s->look.lives[i]);
}

/* ---- what happened ---- */

struct heard {
	struct serve *s;
	bool matters;
};

static void
hear(void *arg, const struct watch_event *event)
{
	struct heard *h = arg;
	struct serve *s = h->s;
	bool life = false;

	for (size_t i = 0; i < s->lives; i++)
		life = life || s->life_folder[i] == event->folder;
	/* The folder of an attempt's files may go; it is not watched any more then. */
	if (event->kind == WATCH_GONE && !life)
		s->moved = true;
	if (event->kind != WATCH_NAME || (life ? strcmp(event->name, "lock") == 0 :
	    vec_str_has(&s->names, event->name)))
		h->matters = true;
}

bool
serve_watched(struct serve *s)
{
	struct heard h = { .s = s };

	watch_read(&s->watch, hear, &h);
	return h.matters;
}

void
serve_place_release(struct serve *s)
{
	watch_close(&s->watch);
	vec_str_release(&s->names);
	lock_release(&s->lock);
}
