/*
 * fsck_worktree - work trees and branches whose task is in no file any more
 *
 * orch-gc goes by the tasks, so that what belongs to none stays for ever.  Work may be in
 * them that is nowhere else: they are named and left.  One that another task names is that
 * task's, and a number that was not given out yet is a newer one's.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/table.h"
#include "base/vec.h"
#include "net/git.h"
#include "sys/path.h"
#include "task/archive.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/task.h"
#include "work/attempt.h"
#include "work/fsck.h"
#include "work/probe.h"

struct look {
	struct findings *f;
	const struct project *p;
	const struct tasks *tasks;
	struct table used;	/* branches and paths that tasks name */
};

static void
note_used(struct look *l, const struct tasks *tasks)
{
	static const enum field fields[] = { F_BRANCH, F_WORKTREE };

	for (size_t i = 0; i < tasks->n; i++)
		for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
			const char *text = task_text(&tasks->v[i], fields[k]);

			if (text != NULL)
				table_put(&l->used, text, tasks->v[i].id);
		}
}

/* "17-fix-it": 17, if there was a task of that number and is none; else 0. */
static int64_t
former_task(const struct look *l, const char *name)
{
	const char *dash = strchr(name, '-');
	char *number = dash ? xstrndup(name, (size_t)(dash - name)) : NULL;
	struct err unknown = { 0 };
	int64_t id = 0;

	if (number == NULL || num_id(number, &id) == -1 || id >= l->tasks->next_id ||
	    tasks_find(l->tasks, id) != NULL || fsck_archived(l->f, id) ||
	    probe_attempt(l->p, id, &unknown) != 0)
		id = 0;
	free(number);
	return id;
}

static void
check_branches(const struct look *l, const struct repo *repo)
{
	struct vec_str names = { 0 };
	struct err none = { 0 };
	struct git *git = git_open(repo->dir, &none);
	char *ours = attempt_branches(repo);
	int64_t id;

	/* Where there is no repository there is no branch; the check of git says if one is needed. */
	if (git != NULL && git_branches(git, ours, &names, &none) == 0)
		for (size_t i = 0; i < names.n; i++)
			if (table_get(&l->used, names.v[i]) == 0 &&
			    (id = former_task(l, names.v[i] + strlen(ours))) != 0)
				fsck_add(l->f, "orphan", id, names.v[i], "there is no task %lld any more: "
				    "git branch -d removes the branch if it is merged", (long long)id);
	vec_str_release(&names);
	free(ours);
	git_close(git);
}

static void
check_trees(const struct look *l, const struct repo *repo)
{
	struct err homeless = { 0 };
	char *root = attempt_worktrees(repo, &homeless);
	struct vec_str names = { 0 };
	DIR *dir = root != NULL ? opendir(root) : NULL;
	struct dirent *entry;
	int64_t id;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		vec_str_push(&names, entry->d_name);
	vec_str_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		char *path = path_join(root, names.v[i]);

		if (table_get(&l->used, path) == 0 && (id = former_task(l, names.v[i])) != 0)
			fsck_add(l->f, "orphan", id, path, "there is no task %lld any more: git worktree "
			    "remove removes the work tree if all in it is committed", (long long)id);
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
	vec_str_release(&names);
	free(root);
}

void
fsck_worktrees(struct findings *f, const struct project *p, const struct tasks *tasks)
{
	struct look l = { .f = f, .p = p, .tasks = tasks };
	struct vec_str names = { 0 };

	note_used(&l, tasks);
	for (size_t i = 0; f->archive != NULL && i < f->archive->n; i++)
		note_used(&l, f->archive->v[i].tasks);
	check_trees(&l, repo_own(p));
	check_branches(&l, repo_own(p));
	repo_names(p, &names);
	for (size_t i = 0; i < names.n; i++) {
		struct err unknown = { 0 };
		const struct repo *repo = repo_find(p, names.v[i], &unknown);

		if (repo == NULL || repo->name == NULL)
			continue;
		check_trees(&l, repo);
		check_branches(&l, repo);
	}
	vec_str_release(&names);
	table_release(&l.used);
}
