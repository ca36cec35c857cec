/*
 * What libgit2 cannot tell of a file in a work tree: that a sparse checkout leaves it
 * out, and whether it is changed where git runs a program to have it (git-lfs and the
 * like).  Of the latter nothing but its size and time can be known without that program.
 */
#include <git2.h>
#include <git2/sys/index.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/str.h"
#include "net/git_impl.h"
#include "sys/path.h"

int
gitlib_look_begin(struct gitlib_look *l, git_repository *repo, struct err *e)
{
	*l = (struct gitlib_look){ .repo = repo };
	if (git_repository_index(&l->index, repo) == 0 &&
	    git_repository_config_snapshot(&l->config, repo) == 0)
		return 0;
	gitlib_look_end(l);
	return gitlib_fail(e, ERR_FAILED, "cannot read index and configuration");
}

void
gitlib_look_end(struct gitlib_look *l)
{
	git_index_free(l->index);
	git_config_free(l->config);
	*l = (struct gitlib_look){ 0 };
}

/* The filter of the file, if it is one that is a program: borrowed, else NULL. */
static const char *
filter_of(const struct gitlib_look *l, const char *path)
{
	static const char *const keys[] = { "clean", "process" };
	const char *name = NULL, *program;
	bool runs = false;

	if (git_attr_get(&name, l->repo, GIT_ATTR_CHECK_FILE_THEN_INDEX, path, "filter") != 0 ||
	    git_attr_value(name) != GIT_ATTR_VALUE_STRING)
		return NULL;
	for (size_t i = 0; i < sizeof keys / sizeof *keys && !runs; i++) {
		char *key = xasprintf("filter.%s.%s", name, keys[i]);

		runs = git_config_get_string(&program, l->config, key) == 0 && *program != '\0';
		free(key);
	}
	return runs ? name : NULL;
}

/* Size 0 stands for "look again" in the index of a file as new as the index itself. */
static bool
is_untouched(const git_index_entry *was, const struct stat *st)
{
	return (was->file_size == 0 || was->file_size == (uint32_t)st->st_size) &&
	    was->mtime.seconds == (int32_t)st->st_mtim.tv_sec &&
	    was->mtime.nanoseconds == (uint32_t)st->st_mtim.tv_nsec;
}

enum gitlib_file
gitlib_look(const struct gitlib_look *l, const char *path, const char **filter)
{
	const git_index_entry *was = git_index_get_bypath(l->index, path, 0);
	char *full = path_join(git_repository_workdir(l->repo), path);
	struct stat st;
	bool there = lstat(full, &st) == 0;

	free(full);
	*filter = NULL;
	if (was != NULL && !there && (was->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE))
		return GITLIB_SAME;
	if ((*filter = filter_of(l, path)) == NULL)
		return GITLIB_PLAIN;
	return was != NULL && there && is_untouched(was, &st) ? GITLIB_SAME : GITLIB_FILTERED;
}
