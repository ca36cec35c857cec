/*
 * gc_worktrees - work trees and branches of finished tasks whose work has arrived
 *
 * Merged decides, not the name: the base must have every commit of the branch, the work
 * tree must be clean.  The name only narrows it: a branch that does not begin with
 * "orch/" was a person's idea and stays.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git.h"
#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/path.h"
#include "task/archive.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/env.h"
#include "work/gc.h"
#include "work/place.h"
#include "work/probe.h"

#define OURS "orch/"

extern char **environ;

/* A repository, opened when a task of it is first looked at. */
struct place {
	const struct repo *repo;
	struct git *git;		/* NULL: there is none */
	const char *base;		/* NULL: HEAD */
};

struct trees {
	struct gc *gc;
	struct place *v;
	size_t n, cap;
	const struct place *at;		/* of the task that is looked at */
	const struct tasks *tasks;
};

/* A task that has not ended and works on the same branch, or NULL. */
static const struct task *
user_of(const struct tasks *tasks, const char *branch)
{
	for (size_t i = 0; i < tasks->n; i++) {
		const char *other = task_text(&tasks->v[i], F_BRANCH);

		if (other != NULL && !state_ended(tasks->v[i].status) && strcmp(other, branch) == 0)
			return &tasks->v[i];
	}
	return NULL;
}

/*
 * The run lock of a task that could be started again, so that no attempt begins in a
 * work tree that is about to go.  An archived one cannot.
 */
static int
guard(const struct trees *w, const struct task *t, struct lock *lock, struct err *e)
{
	char *name;
	int fd, held;

	if (tasks_find(w->tasks, t->id) == NULL)
		return 0;
	if (w->gc->wish->dry_run)
		return probe_attempt(w->gc->p, t->id, e);
	name = xasprintf("runs/%lld", (long long)t->id);
	fd = project_dir(w->gc->p, name, e);
	free(name);
	if (fd == -1)
		return -1;
	held = lock_try(lock, fd, "lock", e);
	close(fd);
	return held;
}

/* before_remove has its say first, about what could go. */
static int
remove_tree(const struct trees *w, const struct task *t, const char *tree,
    const struct lock *run, struct err *e)
{
	struct buf why = { 0 };
	int r = git_work_removable(w->at->git, tree, e);

	if (r == 0 && !w->gc->wish->dry_run) {
		r = place_remove(w->gc->p, w->at->repo, t, tree, run, &why, e);
		if (r == 1)
			r = err_set(e, ERR_FAILED, "the hook %s", buf_str(&why));
		if (r == 0)
			r = git_work_remove(w->at->git, tree, e);
	}
	buf_release(&why);
	return r;
}

/* The tree, then the branch, which could not go while the tree has it. */
static void
clear(const struct trees *w, const struct task *t, const char *branch, const char *tree,
    const struct lock *run)
{
	bool dry = w->gc->wish->dry_run;
	struct err e = { 0 };
	int r;

	if (tree != NULL) {
		r = remove_tree(w, t, tree, run, &e);
		if (r == -1 && e.code == ERR_FAILED) {
			gc_kept(w->gc, "worktree", xstrdup(tree), t->id, -1, e.msg);
			return;
		}
		if (r == -1) {
			gc_failed(w->gc, "worktree", xstrdup(tree), t->id, &e);
			return;
		}
		gc_gone(w->gc, "worktree", xstrdup(tree), t->id, -1);
	}
	if (branch == NULL)
		return;
	r = dry ? 0 : git_branch_drop(w->at->git, branch, w->at->base, &e);
	if (r == -1)
		gc_kept(w->gc, "branch", xstrdup(branch), t->id, -1, e.msg);
	else if (r == 0)
		gc_gone(w->gc, "branch", xstrdup(branch), t->id, -1);
}

/* Both are there as far as they are not NULL, and nobody is at work in them. */
static void
judge(const struct trees *w, const struct task *t, const char *branch, const char *tree)
{
	const char *kind = branch != NULL ? "branch" : "worktree", *what = branch ? branch : tree;
	const struct task *user = branch != NULL ? user_of(w->tasks, branch) : NULL;
	struct lock lock = { .fd = -1 };
	struct err e = { 0 };
	char why[64];
	int held;

	if (user != NULL) {
		snprintf(why, sizeof why, "task %lld works on it", (long long)user->id);
		gc_kept(w->gc, kind, xstrdup(what), t->id, -1, why);
	} else if ((held = guard(w, t, &lock, &e)) == -1) {
		gc_failed(w->gc, kind, xstrdup(what), t->id, &e);
	} else if (held == 1) {
		gc_kept(w->gc, kind, xstrdup(what), t->id, -1, "an attempt holds it");
	} else {
		clear(w, t, branch, tree, &lock);
	}
	lock_release(&lock);
}

/* Where there is no such project, or no repository, there is nothing to clear. */
static bool
find_place(struct trees *w, const struct task *t)
{
	struct err e = { 0 };
	const struct repo *repo = repo_of(w->gc->p, t, &e);
	struct place *at;

	if (repo == NULL)
		return false;
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].repo == repo) {
			w->at = &w->v[i];
			return w->at->git != NULL;
		}
	w->v = vec_room(w->v, &w->cap, w->n, sizeof *w->v);
	w->at = at = &w->v[w->n++];
	*at = (struct place){ .repo = repo, .git = git_open(repo->dir, &e),
		.base = config_text(repo->config, "base") };
	return at->git != NULL;
}

static void
look_at(struct trees *w, const struct task *t)
{
	const char *branch = task_text(t, F_BRANCH), *tree = task_text(t, F_WORKTREE);
	struct err e = { 0 };
	int merged, on;

	if (branch == NULL || !str_starts(branch, OURS) || !find_place(w, t))
		return;
	if (tree != NULL && !path_exists(tree))
		tree = NULL;
	merged = git_merged(w->at->git, branch, w->at->base, &e);
	if (merged == 2 && tree == NULL)
		return;
	if (merged == -1) {
		gc_failed(w->gc, "branch", xstrdup(branch), t->id, &e);
	} else if (merged == 0) {
		gc_kept(w->gc, "branch", xstrdup(branch), t->id, -1, "it is not merged");
	} else if (tree != NULL && merged == 1 && (on = git_on_branch(tree, branch, &e)) != 1) {
		gc_kept(w->gc, "worktree", xstrdup(tree), t->id, -1,
		    on == 0 ? "another branch is checked out there" : e.msg);
	} else {
		judge(w, t, merged == 1 ? branch : NULL, tree);
	}
}

/* Has any of the repositories a hook that is run before a work tree goes? */
static bool
has_hook(const struct project *p)
{
	static const char key[] = "worktree.hooks.before_remove";
	bool has = config_text(&p->config, key) != NULL;
	struct vec_str names = { 0 };

	repo_names(p, &names);
	for (size_t i = 0; i < names.n && !has; i++) {
		struct err e = { 0 };
		const struct repo *repo = repo_find(p, names.v[i], &e);

		has = repo != NULL && config_text(repo->config, key) != NULL;
	}
	vec_str_release(&names);
	return has;
}

int
gc_worktrees(struct gc *gc, struct err *e)
{
	struct archive_lookup *lookup = archive_lookup_new(gc->p);
	int64_t older = gc_age(gc, "gc.runs_after");
	struct tasks tasks = { 0 };
	struct trees w = { .gc = gc, .tasks = &tasks };
	const struct archive *archive;
	int r = -1;

	/* A hook is a program like any other that is started for a task. */
	if (!gc->wish->dry_run && has_hook(gc->p)) {
		env_hide(environ);
		if (proc_become_subreaper(e) == -1)
			goto done;
	}
	if (store_read(gc->p, &tasks, e) == -1)
		goto done;
	archive = archive_ask_all(lookup);
	if (archive_failed(lookup, e) == -1)
		goto done;
	for (size_t i = 0; i < tasks.n; i++) {
		const struct task *t = &tasks.v[i];

		if ((t->status == ST_DONE || t->status == ST_CANCELLED) &&
		    gc->now - gc_since(gc, t) >= older)
			look_at(&w, t);
	}
	for (size_t i = 0; i < archive->n; i++)
		for (size_t k = 0; k < archive->v[i].tasks->n; k++) {
			const struct task *t = &archive->v[i].tasks->v[k];

			if (tasks_find(&tasks, t->id) == NULL && gc->now - gc_since(gc, t) >= older)
				look_at(&w, t);
		}
	r = 0;
done:
	for (size_t i = 0; i < w.n; i++)
		git_close(w.v[i].git);
	free(w.v);
	tasks_release(&tasks);
	archive_lookup_free(lookup);
	return r;
}
