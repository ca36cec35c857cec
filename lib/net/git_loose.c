/*
 * What lies in a work tree and in no commit: changed and untracked files, or those
 * that git was told to ignore.
 */
#include "net/git.h"

#include <git2.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "net/git_impl.h"

#define NAMED 3		/* files that are named; the rest is counted */

static const char *
name_of(const git_status_entry *s)
{
	const git_diff_delta *d = s->index_to_workdir ? s->index_to_workdir : s->head_to_index;

	return d->new_file.path != NULL ? d->new_file.path : d->old_file.path;
}

/* As git had it last, though libgit2 takes it for changed or deleted. */
static bool
is_same(const struct gitlib_look *look, const git_status_entry *s, const char *name)
{
	const char *filter;

	return (s->status & ~(unsigned int)(GIT_STATUS_WT_MODIFIED | GIT_STATUS_WT_DELETED)) == 0 &&
	    gitlib_look(look, name, &filter) == GITLIB_SAME;
}

int
gitlib_loose(git_repository *repo, bool ignored, size_t *n, struct buf *names, struct err *e)
{
	git_status_options opts = {
		.version = GIT_STATUS_OPTIONS_VERSION,
		.flags = ignored ? GIT_STATUS_OPT_INCLUDE_IGNORED :
		    GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS,
	};
	git_status_list *list = NULL;
	struct gitlib_look look;
	size_t all;

	*n = 0;
	if (gitlib_look_begin(&look, repo, e) == -1)
		return -1;
	if (git_status_list_new(&list, repo, &opts) != 0) {
		gitlib_look_end(&look);
		return gitlib_fail(e, ERR_FAILED, "cannot read the state of the files");
	}
	all = git_status_list_entrycount(list);
	for (size_t i = 0; i < all; i++) {
		const git_status_entry *s = git_status_byindex(list, i);
		const char *name = name_of(s);

		if (((s->status & GIT_STATUS_IGNORED) != 0) != ignored ||
		    is_same(&look, s, name) || ++*n > NAMED)
			continue;
		buf_puts(names, *n > 1 ? ", " : "");
		str_visible(names, name, strlen(name), false);
	}
	if (*n > NAMED)
		buf_printf(names, " and %zu more", *n - NAMED);
	git_status_list_free(list);
	gitlib_look_end(&look);
	return 0;
}

int
git_loose(const char *path, bool ignored, size_t *n, struct buf *names, struct err *e)
{
	struct git_at at;
	int rc = gitlib_at(&at, path, NULL, e);

	if (rc == 0)
		rc = gitlib_loose(at.repo, ignored, n, names, e);
	gitlib_at_close(&at);
	return rc == 0 ? 0 : err_prefix(e, "the work tree '%s'", path);
}
