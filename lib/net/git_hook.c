#include "net/git_hook.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git.h"
#include "net/git_impl.h"
#include "sys/path.h"

struct git_hook {
	git_repository *repo;
};

struct git_hook *
git_hook_open(struct err *e)
{
	const char *dir = getenv("GIT_DIR");
	bool named = dir != NULL && *dir != '\0';
	struct git_hook *h = xcalloc(1, sizeof *h);

	git_libgit2_init();
	if (git_repository_open_ext(&h->repo, named ? dir : ".",
	    named ? GIT_REPOSITORY_OPEN_NO_SEARCH : 0, NULL) == 0)
		return h;
	gitlib_fail(e, ERR_CONFIG, "cannot open the repository '%s'", named ? dir : ".");
	git_hook_close(h);
	return NULL;
}

void
git_hook_close(struct git_hook *h)
{
	if (h == NULL)
		return;
	git_repository_free(h->repo);
	free(h);
	git_libgit2_shutdown();
}

int
git_hook_moved(const struct git_hook *h, struct git_moved *moved, struct err *e)
{
	git_reflog *log = NULL;
	const git_reflog_entry *last;
	const char *how;
	int r = 1;

	*moved = (struct git_moved){ .how = NULL };
	if (git_reflog_read(&log, h->repo, "HEAD") != 0)
		return gitlib_fail(e, ERR_CONFIG, "cannot read the log of HEAD");
	if ((last = git_reflog_entry_byindex(log, 0)) != NULL) {
		git_oid_tostr(moved->was, sizeof moved->was, git_reflog_entry_id_old(last));
		git_oid_tostr(moved->is, sizeof moved->is, git_reflog_entry_id_new(last));
		how = git_reflog_entry_message(last);
		moved->how = xstrdup(how ? how : "");
		r = 0;
	}
	git_reflog_free(log);
	return r;
}

int
git_hook_said(const struct git_hook *h, const char *id, struct git_said *said, struct err *e)
{
	git_commit *commit = NULL;
	git_oid oid;

	*said = (struct git_said){ .at = 0 };
	if (gitlib_id(id, &oid, e) == -1)
		return -1;
	if (git_commit_lookup(&commit, h->repo, &oid) != 0)
		return gitlib_fail(e, ERR_CONFIG, "no commit '%s'", id);
	git_oid_tostr(said->id, sizeof said->id, &oid);
	said->author = xstrdup(git_commit_author(commit)->email);
	said->committer = xstrdup(git_commit_committer(commit)->email);
	said->at = git_commit_author(commit)->when.time;
	said->message = xstrdup(git_commit_message(commit));
	git_commit_free(commit);
	return 0;
}

void
git_said_release(struct git_said *said)
{
	free(said->author);
	free(said->committer);
	free(said->message);
	*said = (struct git_said){ .at = 0 };
}

int
git_hook_between(const struct git_hook *h, const char *was, const char *is, size_t max,
    struct vec_str *ids, size_t *left, struct err *e)
{
	git_revwalk *walk = NULL;
	git_oid from, to, id;
	char hex[41];
	int r = -1;

	*left = 0;
	if (gitlib_id(was, &from, e) == -1 || gitlib_id(is, &to, e) == -1)
		return -1;
	if (git_revwalk_new(&walk, h->repo) != 0 ||
	    git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE) != 0 ||
	    git_revwalk_push(walk, &to) != 0 || git_revwalk_hide(walk, &from) != 0) {
		gitlib_fail(e, ERR_CONFIG, "cannot go through the commits of '%s'", is);
		goto done;
	}
	while (git_revwalk_next(&id, walk) == 0) {
		if (ids->n == max) {
			++*left;
			continue;
		}
		git_oid_tostr(hex, sizeof hex, &id);
		vec_str_push(ids, hex);
	}
	r = 0;
done:
	git_revwalk_free(walk);
	return r;
}

static int
take(const git_config_entry *entry, void *values)
{
	vec_str_push(values, entry->value ? entry->value : "");
	return 0;
}

void
git_hook_config(const struct git_hook *h, const char *key, struct vec_str *values)
{
	git_config *config = NULL;

	if (git_repository_config_snapshot(&config, h->repo) == 0)
		(void)git_config_get_multivar_foreach(config, key, NULL, take, values);
	git_config_free(config);
}

static bool
is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

char *
git_hooks_dir(const struct git *g, bool *inside)
{
	git_config *config = NULL;
	git_buf named = { 0 };
	char *dir, *real;

	if (git_repository_config_snapshot(&config, g->repo) == 0 &&
	    git_config_get_path(&named, config, "core.hooksPath") == 0)
		dir = path_join(g->root != NULL ? g->root : g->dir, named.ptr);
	else
		dir = path_join(g->dir, "hooks");
	git_buf_dispose(&named);
	git_config_free(config);
	/* Through links and "..", as far as it is there. */
	real = realpath(dir, NULL);
	*inside = (real == NULL && strstr(dir, "..") == NULL && (is_below(dir, g->dir) ||
	    (g->root != NULL && is_below(dir, g->root)))) || (real != NULL &&
	    (is_below(real, g->dir) || (g->root != NULL && is_below(real, g->root))));
	free(real);
	return dir;
}
