/*
 * Opening a repository, and the few questions about it as a whole.  Each opened
 * object counts as one user of libgit2, which is set up by the first and torn
 * down by the last.  The environment (GIT_DIR and its like) is not consulted:
 * what is opened is what was named.
 */
#include "net/git.h"

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/git_impl.h"
#include "sys/fs.h"
#include "sys/path.h"

#define EXCLUDE_MAX (1u << 20)

int
gitlib_fail(struct err *e, enum err_code code, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (last == NULL || last->message == NULL)
		return err_set(e, code, "%s", text);
	/* A full disk, a lock that somebody holds: not the fault of what was asked for. */
	if (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_NOMEMORY)
		code = ERR_SYSTEM;
	return err_set(e, code, "%s: %s", text, last->message);
}

char *
gitlib_folder(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

int
gitlib_commit(const struct git *g, const char *name, git_commit **commit, struct err *e)
{
	const char *where = g->root != NULL ? g->root : g->dir;
	git_reference *ref = NULL;
	git_object *object = NULL;
	int rc = -1, found;

	/* A branch comes before a tag of the same name, unlike in git's own rules. */
	if (name == NULL)
		found = git_repository_head(&ref, g->repo);
	else if ((found = git_branch_lookup(&ref, g->repo, name, GIT_BRANCH_LOCAL)) != 0)
		found = git_revparse_single(&object, g->repo, name);
	if (found == 0 && ref != NULL)
		found = git_reference_peel(&object, ref, GIT_OBJECT_COMMIT);
	if (found == 0)
		found = git_object_peel((git_object **)commit, object, GIT_OBJECT_COMMIT);
	if (found == 0)
		rc = 0;
	else if (git_repository_head_unborn(g->repo) == 1)
		err_set(e, ERR_FAILED, "the repository '%s' has no commit yet", where);
	else
		gitlib_fail(e, ERR_FAILED, "no commit '%s' in '%s'", name ? name : "HEAD", where);
	git_object_free(object);
	git_reference_free(ref);
	return rc;
}

int
gitlib_parting(git_repository *repo, const git_commit *a, const git_commit *b, git_oid *id,
    struct err *e)
{
	if (git_merge_base(id, repo, git_commit_id(a), git_commit_id(b)) != 0)
		return gitlib_fail(e, ERR_FAILED, "the branches have no commit in common");
	return 0;
}

static int
commit_of_id(git_repository *repo, const char *hex, git_commit **commit, struct err *e)
{
	git_oid id;

	if (strlen(hex) != GIT_OID_HEXSZ || git_oid_fromstr(&id, hex) != 0)
		return err_set(e, ERR_FAILED, "'%s' is no id of a commit", hex);
	if (git_commit_lookup(commit, repo, &id) != 0)
		return gitlib_fail(e, ERR_FAILED, "no commit '%s'", hex);
	return 0;
}

static int
commit_of_head(git_repository *repo, const char *path, git_commit **commit, struct err *e)
{
	git_oid id;
	int rc = git_reference_name_to_id(&id, repo, "HEAD");

	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_FAILED, "the work tree '%s' has no commit yet", path);
	if (rc != 0 || git_commit_lookup(commit, repo, &id) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot read HEAD of '%s'", path);
	return 0;
}

int
gitlib_at(struct git_at *at, const char *path, const char *base_id, struct err *e)
{
	*at = (struct git_at){ 0 };
	git_libgit2_init();
	if (git_repository_open_ext(&at->repo, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) != 0)
		return gitlib_fail(e, ERR_FAILED, "cannot open the work tree '%s'", path);
	if (git_repository_is_bare(at->repo))
		return err_set(e, ERR_FAILED, "'%s' is no work tree", path);
	if (commit_of_head(at->repo, path, &at->head, e) == -1)
		return -1;
	return base_id != NULL ? commit_of_id(at->repo, base_id, &at->base, e) : 0;
}

void
gitlib_at_close(struct git_at *at)
{
	git_commit_free(at->base);
	git_commit_free(at->head);
	git_repository_free(at->repo);
	git_libgit2_shutdown();
}

/* In place of a linked work tree's repository, the one it belongs to. */
static int
open_main(git_repository **repo)
{
	git_repository *linked = *repo;
	int rc;

	if (!git_repository_is_worktree(linked))
		return 0;
	*repo = NULL;
	rc = git_repository_open(repo, git_repository_commondir(linked));
	git_repository_free(linked);
	return rc;
}

/*
 * Why nothing was opened.  For a folder that belongs to somebody else libgit2
 * 1.5 says "not found" too, but complains about safe.directory.
 */
static void
explain(const char *dir, int rc, struct err *e)
{
	const git_error *last = git_error_last();

	if (rc == GIT_ENOTFOUND && last != NULL && last->klass == GIT_ERROR_CONFIG)
		err_set(e, ERR_CONFIG, "the repository of '%s' belongs to somebody else "
		    "(git config --global --add safe.directory DIR allows it)", dir);
	else if (rc == GIT_ENOTFOUND)
		err_set(e, ERR_CONFIG, "'%s' is not in a git repository", dir);
	else
		gitlib_fail(e, ERR_CONFIG, "cannot open the repository of '%s'", dir);
}

struct git *
git_open(const char *dir, struct err *e)
{
	struct git *g = xcalloc(1, sizeof *g);
	int rc;

	git_libgit2_init();
	rc = git_repository_open_ext(&g->repo, dir, 0, NULL);
	if (rc == 0)
		rc = open_main(&g->repo);
	if (rc != 0) {
		explain(dir, rc, e);
		git_close(g);
		return NULL;
	}
	/* A file "commondir" in there would put another configuration in place of its own. */
	if (strcmp(git_repository_path(g->repo), git_repository_commondir(g->repo)) != 0) {
		err_set(e, ERR_CONFIG, "the repository '%s' is led elsewhere by the file commondir in it",
		    git_repository_path(g->repo));
		git_close(g);
		return NULL;
	}
	g->dir = gitlib_folder(git_repository_commondir(g->repo));
	if (!git_repository_is_bare(g->repo))
		g->root = gitlib_folder(git_repository_workdir(g->repo));
	return g;
}

/* One user more, which is there until the process ends. */
void
git_share(void)
{
	git_libgit2_init();
}

void
git_close(struct git *g)
{
	if (g == NULL)
		return;
	git_repository_free(g->repo);
	free(g->dir);
	free(g->root);
	free(g);
	git_libgit2_shutdown();
}

const char *
git_dir(const struct git *g)
{
	return g->dir;
}

const char *
git_root(const struct git *g)
{
	return g->root;
}

char *
git_head(const struct git *g)
{
	git_reference *ref = NULL;
	char *name = NULL;

	if (git_repository_head(&ref, g->repo) == 0 && git_reference_is_branch(ref))
		name = xstrdup(git_reference_shorthand(ref));
	git_reference_free(ref);
	return name;
}

/* True if the text has the line; blanks at a line's end are git's to ignore. */
static bool
has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *s = text; s != NULL && *s != '\0'; s += *s == '\n') {
		size_t n = strcspn(s, "\n"), end = n;

		while (end > 0 && strchr(" \t\r", s[end - 1]) != NULL)
			end--;
		if (end == len && memcmp(s, line, len) == 0)
			return true;
		s += n;
	}
	return false;
}

int
gitlib_dir(const struct git *g, const char *name, struct err *e)
{
	char *path = path_join(g->dir, name);
	int fd = -1;

	if (mkdir(path, 0777) == -1 && errno != EEXIST)
		err_sys(e, "cannot make the folder '%s'", path);
	else if ((fd = fs_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err_sys(e, "cannot open '%s'", path);
	free(path);
	return fd;
}

int
git_exclude(struct git *g, const char *const *lines, struct err *e)
{
	struct buf old = { 0 }, more = { 0 };
	off_t before;
	int dirfd, rc = -1;

	if ((dirfd = gitlib_dir(g, "info", e)) == -1)
		return -1;
	if (fs_read(dirfd, "exclude", EXCLUDE_MAX, &old, e) == -1)
		goto done;
	if (old.len > 0 && old.data[old.len - 1] != '\n')
		buf_putc(&more, '\n');
	for (; *lines != NULL; lines++)
		if (!has_line(buf_str(&old), *lines) && !has_line(buf_str(&more), *lines))
			buf_printf(&more, "%s\n", *lines);
	/* a single newline would mend the file's end, but nobody asked for it */
	if (more.len > 1)
		rc = fs_append(dirfd, "exclude", more.data, more.len, &before, e);
	else
		rc = 0;
done:
	close(dirfd);
	buf_release(&more);
	buf_release(&old);
	return rc;
}
