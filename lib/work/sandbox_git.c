#include "work/sandbox.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "net/git.h"
#include "sys/path.h"
#include "task/repo.h"
#include "work/attempt.h"

/* Git's folder, and its record of the work tree, which is NULL where there is none. */
static int
find_git(const struct attempt *a, char **dir, char **record, struct err *e)
{
	struct git *git;

	*record = NULL;
	*dir = path_join(a->repo->dir, ".git");
	if (a->worktree == NULL)
		return 0;
	if ((git = git_open(a->repo->dir, e)) == NULL)
		return -1;
	free(*dir);
	*dir = xstrdup(git_dir(git));
	*record = git_work_record(git, a->worktree);
	git_close(git);
	return 0;
}

int
sandbox_make(struct sandbox *s, const struct attempt *a, const char *cwd, const char *path,
    struct err *e)
{
	char *git = NULL, *record = NULL;
	int r = find_git(a, &git, &record, e);

	if (r == 0)
		r = sandbox_make_for(s, a, git, record, cwd, path, e);
	else
		*s = (struct sandbox){ 0 };
	free(git);
	free(record);
	return r;
}
