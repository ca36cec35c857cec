#include "work/fsck_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "net/git.h"
#include "sys/fs.h"
#include "sys/lock_state.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/oneline.h"

struct looking {
	struct fsck_locks *list;
	const struct project *p;
	enum fsck_kill kill;
};

/* One lock file: where it is, and what it is for. */
struct where {
	int dirfd;
	const char *name;
	char *place;
	int64_t task;
	enum {
		OF_RUN,		/* held for as long as an attempt lasts, by whoever lives on of it */
		OF_STATE,	/* the state lock or its gate: for milliseconds */
		OF_COMMAND,	/* for as long as one command works; a child has no business with it */
	} use;
};

/* In .orch/state; those of GitHub stand in folders there. */
static const char *const of_commands[] = { "cron.lock", "land.lock", "serve.lock" };

#define GITHUB "state/gh"
#define LANDING "orch-land.lock"	/* in the .git folder: land.h */

static bool
is_ours(const struct lock_process *p)
{
	return strcmp(p->command, "orch") == 0 || str_starts(p->command, "orch-");
}

/* A keeper that has outlived its orch-run is what it should be. */
static enum lock_verdict
verdict_of(const struct lock_state *s, const struct where *w)
{
	if (w->use == OF_RUN && s->verdict == LOCK_INHERITED)
		for (size_t i = 0; i < s->n; i++)
			if (is_ours(&s->v[i]))
				return LOCK_HELD;
	return s->verdict;
}

/* A command that is stopped keeps nobody else from all work: who stopped it lets it go on. */
static bool
may_kill(enum lock_verdict verdict, const struct where *w)
{
	if (w->use == OF_STATE)
		return verdict == LOCK_INHERITED || verdict == LOCK_STOPPED || verdict == LOCK_HUNG;
	return w->use == OF_COMMAND && verdict == LOCK_INHERITED;
}

static struct val *
processes_of(const struct lock_state *s)
{
	struct val *list = val_list();

	for (size_t i = 0; i < s->n; i++) {
		struct val *v = val_map();
		const char state[] = { s->v[i].state, '\0' };

		val_add(v, "pid", val_int(s->v[i].pid));
		val_add(v, "command", val_str(s->v[i].command));
		val_add(v, "state", val_str(state));
		val_push(list, v);
	}
	return list;
}

static int64_t
hung_after(const struct where *w)
{
	return w->use == OF_STATE ? LOCK_HUNG_MS : 0;
}

/* Ends all that have it; true if nobody has it any more in such a way. */
static bool
end_all(const struct lock_state *s, const struct where *w, struct buf *message)
{
	struct lock_state now = { 0 };
	struct err e = { 0 };
	bool gone;

	for (size_t i = 0; i < s->n; i++)
		if (lock_kill(w->dirfd, w->name, &s->v[i], LOCK_KILL_MS, &e) == -1)
			buf_printf(message, "; %s", e.msg);
	gone = lock_state(&now, w->dirfd, w->name, hung_after(w), &e) == 0 &&
	    !may_kill(now.verdict, w);
	lock_state_release(&now);
	return gone;
}

static void
add(const struct looking *l, const struct where *w, struct lock_state *s)
{
	struct fsck_locks *list = l->list;
	struct fsck_lock lock = { .place = xstrdup(w->place), .task = w->task,
	    .processes = processes_of(s) };
	enum lock_verdict seen = s->verdict;
	struct buf text = { 0 };

	/* Said, and advised, is what it means for this lock. */
	s->verdict = verdict_of(s, w);
	lock.verdict = lock_verdict_name(s->verdict);
	lock.stale = s->verdict != LOCK_HELD;
	lock_state_text(s, &text);
	if (may_kill(seen, w) && l->kill == FSCK_KILL_DRY)
		buf_puts(&text, "; would be ended");
	else if (may_kill(seen, w) && l->kill == FSCK_KILL && end_all(s, w, &text)) {
		buf_puts(&text, "; ended");
		lock.ended = true;
	} else if (lock.stale && (w->use != OF_RUN || s->verdict != LOCK_INHERITED)) {
		buf_puts(&text, "; ");
		lock_state_remedy(s, &text);
	} else if (lock.stale) {
		buf_puts(&text, "; it is free when that program ends");
	}
	lock.message = oneline(buf_str(&text), text.len);
	buf_release(&text);
	list->v = vec_room(list->v, &list->cap, list->n, sizeof *list->v);
	list->v[list->n++] = lock;
}

static void
add_broken(const struct looking *l, const struct where *w, const struct err *bad)
{
	struct fsck_locks *list = l->list;

	list->v = vec_room(list->v, &list->cap, list->n, sizeof *list->v);
	list->v[list->n++] = (struct fsck_lock){ .place = xstrdup(w->place), .task = w->task,
	    .verdict = "broken", .message = oneline(bad->msg, strlen(bad->msg)), .stale = true,
	    .processes = val_list() };
}

static void
look(const struct looking *l, const struct where *w)
{
	struct lock_state s = { 0 };
	struct err bad = { 0 };

	if (lock_state(&s, w->dirfd, w->name, hung_after(w), &bad) == -1)
		add_broken(l, w, &bad);
	else if (s.verdict != LOCK_FREE)
		add(l, w, &s);
	lock_state_release(&s);
}

/* ---- where they are ---- */

/* The names in a folder of .orch, sorted; none if there is no such folder. */
static int
names_in(const struct project *p, const char *folder, int *fd, struct vec_str *names, struct err *e)
{
	struct dirent *entry;
	DIR *dir = NULL;
	int again;

	*fd = fs_open_dir(p->orch_fd, folder);
	if (*fd == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 :
		    err_sys(e, "cannot open '%s/%s'", p->orch, folder);
	if ((again = fs_openat(*fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1 &&
	    (dir = fdopendir(again)) == NULL)
		close(again);
	if (dir == NULL)
		return err_sys(e, "cannot read '%s/%s'", p->orch, folder);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			vec_str_push(names, entry->d_name);
	closedir(dir);
	vec_str_sort(names);
	return 0;
}

static void
look_state(const struct looking *l)
{
	static const char *const names[] = { "lock", "lock.gate" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct where w = { l->p->orch_fd, names[i], xasprintf(".orch/%s", names[i]), 0, OF_STATE };

		look(l, &w);
		free(w.place);
	}
}

/* A lock file that may be in each folder of a folder, and `deeper` folders below. */
static int
look_below(const struct looking *l, const char *folder, int64_t task, int deeper, struct err *e)
{
	struct vec_str names = { 0 };
	int fd, dir, r = names_in(l->p, folder, &fd, &names, e);

	for (size_t i = 0; i < names.n && r == 0; i++) {
		struct where w = { .name = "lock", .task = task };
		char *below;

		if ((dir = fs_open_dir(fd, names.v[i])) == -1)
			continue;
		w.dirfd = dir;
		w.place = xasprintf(".orch/%s/%s/lock", folder, names.v[i]);
		look(l, &w);
		free(w.place);
		close(dir);
		below = deeper > 0 ? path_join(folder, names.v[i]) : NULL;
		if (below != NULL)
			r = look_below(l, below, task, deeper - 1, e);
		free(below);
	}
	if (fd != -1)
		close(fd);
	vec_str_release(&names);
	return r;
}

/* Those of its attempts that are judged: review, and review/ROUND/AGENT. */
static int
look_reviews(const struct looking *l, int64_t task, const char *runs, struct err *e)
{
	struct vec_str names = { 0 };
	int fd, dir, r = names_in(l->p, runs, &fd, &names, e);

	for (size_t i = 0; i < names.n && r == 0; i++) {
		struct where w = { .name = "lock", .task = task };
		char *folder = xasprintf("%s/%s/review", runs, names.v[i]);

		if ((dir = fs_open_dir(l->p->orch_fd, folder)) != -1) {
			w.dirfd = dir;
			w.place = xasprintf(".orch/%s/lock", folder);
			look(l, &w);
			free(w.place);
			close(dir);
			r = look_below(l, folder, task, 1, e);
		}
		free(folder);
	}
	if (fd != -1)
		close(fd);
	vec_str_release(&names);
	return r;
}

static int
look_runs(const struct looking *l, struct err *e)
{
	struct vec_str names = { 0 };
	int fd, dir, r = names_in(l->p, "runs", &fd, &names, e);
	int64_t id;

	for (size_t i = 0; i < names.n && r == 0; i++) {
		struct where w = { .name = "lock" };
		char *runs = xasprintf("runs/%s", names.v[i]);

		if (num_id(names.v[i], &id) == 0 && (dir = fs_open_dir(fd, names.v[i])) != -1) {
			w.dirfd = dir;
			w.task = id;
			w.place = xasprintf(".orch/%s/lock", runs);
			look(l, &w);
			free(w.place);
			close(dir);
			r = look_reviews(l, id, runs, e);
		}
		free(runs);
	}
	if (fd != -1)
		close(fd);
	vec_str_release(&names);
	return r;
}

static int
look_slots(const struct looking *l, struct err *e)
{
	struct vec_str names = { 0 };
	int fd, r = names_in(l->p, "slots", &fd, &names, e);

	for (size_t i = 0; i < names.n; i++) {
		struct where w = { fd, names.v[i], xasprintf(".orch/slots/%s", names.v[i]), 0, OF_RUN };

		look(l, &w);
		free(w.place);
	}
	if (fd != -1)
		close(fd);
	vec_str_release(&names);
	return r;
}

/* ---- of commands ---- */

static void
look_command(const struct looking *l, int dirfd, const char *name, const char *place)
{
	struct where w = { dirfd, name, xstrdup(place), 0, OF_COMMAND };

	look(l, &w);
	free(w.place);
}

static void
look_commands(const struct looking *l)
{
	int fd = fs_open_dir(l->p->orch_fd, "state");

	for (size_t i = 0; fd != -1 && i < sizeof of_commands / sizeof *of_commands; i++) {
		char *place = xasprintf(".orch/state/%s", of_commands[i]);

		look_command(l, fd, of_commands[i], place);
		free(place);
	}
	if (fd != -1)
		close(fd);
}

/* HOST/NUMBER.lock */
static int
look_github(const struct looking *l, struct err *e)
{
	struct vec_str hosts = { 0 };
	int fd, dir, r = names_in(l->p, GITHUB, &fd, &hosts, e);

	for (size_t i = 0; i < hosts.n && r == 0; i++) {
		char *folder = path_join(GITHUB, hosts.v[i]);
		struct vec_str names = { 0 };

		r = names_in(l->p, folder, &dir, &names, e);
		for (size_t k = 0; k < names.n; k++) {
			char *place = xasprintf(".orch/%s/%s", folder, names.v[k]);

			if (str_ends(names.v[k], ".lock"))
				look_command(l, dir, names.v[k], place);
			free(place);
		}
		if (dir != -1)
			close(dir);
		vec_str_release(&names);
		free(folder);
	}
	if (fd != -1)
		close(fd);
	vec_str_release(&hosts);
	return r;
}

/* Whoever lands there, of whatever list. */
static void
look_landing(const struct looking *l, const struct repo *repo, struct vec_str *seen)
{
	struct err none = { 0 };
	struct git *git = git_open(repo->dir, &none);
	char *folder = git != NULL ? realpath(git_dir(git), NULL) : NULL, *place;
	size_t own = strlen(l->p->dir);
	int fd = -1;

	if (folder != NULL && !vec_str_has(seen, folder) &&
	    (fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1) {
		vec_str_push(seen, folder);
		place = path_join(folder, LANDING);
		look_command(l, fd, LANDING, strncmp(place, l->p->dir, own) == 0 && place[own] == '/' ?
		    place + own + 1 : place);
		free(place);
		close(fd);
	}
	free(folder);
	git_close(git);
}

/* A project that is not there, or is no repository, is the matter of another check. */
static void
look_landings(const struct looking *l)
{
	struct vec_str names = { 0 }, seen = { 0 };
	const struct repo *repo;
	struct err none = { 0 };

	look_landing(l, repo_own(l->p), &seen);
	repo_names(l->p, &names);
	for (size_t i = 0; i < names.n; i++)
		if ((repo = repo_find(l->p, names.v[i], &none)) != NULL)
			look_landing(l, repo, &seen);
	vec_str_release(&names);
	vec_str_release(&seen);
}

int
fsck_locks(struct fsck_locks *list, const struct project *p, enum fsck_kill kill, struct err *e)
{
	struct looking l = { list, p, kill };
	struct err second = { 0 };
	int r;

	if (p->orch_fd == -1)
		return 0;
	look_state(&l);
	r = look_runs(&l, e);
	look_commands(&l);
	look_landings(&l);
	if (r == 0)
		r = look_below(&l, "route", 0, 0, e);
	if (r == 0)
		r = look_github(&l, e);
	return look_slots(&l, r == 0 ? e : &second) == -1 ? -1 : r;
}

void
fsck_locks_release(struct fsck_locks *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].place);
		free(list->v[i].message);
		val_free(list->v[i].processes);
	}
	free(list->v);
	*list = (struct fsck_locks){ 0 };
}

struct val *
fsck_lock_value(const struct fsck_lock *lock)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "lock", val_str(lock->place));
	val_add(v, "verdict", val_str(lock->verdict));
	val_add(v, "message", val_str(lock->message));
	if (lock->task != 0)
		val_add(v, "task", val_int(lock->task));
	val_add(v, "stale", val_bool(lock->stale));
	val_add(v, "ended", val_bool(lock->ended));
	val_add(v, "processes", val_copy(lock->processes));
	return v;
}
