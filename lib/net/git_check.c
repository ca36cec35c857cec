#include "net/git.h"

#include <git2.h>
#include <string.h>

#include "net/git_impl.h"

int
git_check(const struct git *g, const char *base, struct err *e)
{
	git_commit *commit;

	if (gitlib_commit(g, base, &commit, e) == -1)
		return -1;
	git_commit_free(commit);
	return 0;
}

int
git_on_branch(const char *path, const char *branch, struct err *e)
{
	git_reference *head = NULL;
	struct git_at at;
	int r = -1;

	if (gitlib_at(&at, path, NULL, e) == -1)
		goto done;
	if (git_repository_head(&head, at.repo) != 0) {
		gitlib_fail(e, ERR_FAILED, "the work tree '%s' has no head", path);
		goto done;
	}
	r = git_reference_is_branch(head) && strcmp(git_reference_shorthand(head), branch) == 0;
done:
	git_reference_free(head);
	gitlib_at_close(&at);
	return r;
}
