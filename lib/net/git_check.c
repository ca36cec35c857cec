#include "net/git.h"

#include <git2.h>

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
