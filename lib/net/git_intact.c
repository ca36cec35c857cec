/*
 * Is a linked work tree still the one that git has on record?
 *
 * Whoever works in it can write to it and to its record.  With a repository of his own in
 * place of its .git file, or a record that leads elsewhere, all that is read there would be
 * his word, commits would land where no branch of ours is, and git itself would run the
 * programs that his configuration names.  So both files are read as plain bytes before
 * libgit2 or git opens anything in it.
 */
#include "net/git.h"

#include <fcntl.h>
#include <git2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "net/git_impl.h"
#include "sys/fs.h"

#define LINE_MAX_BYTES 8192	/* a path and some more */

/* The parts by which a work tree and its record name each other. */
struct bond {
	const char *where;	/* the work tree */
	char *record;		/* git's folder of it */
	char *link;		/* its .git file */
};

/* The first line of a file, without the slashes and blanks at its end. */
static int
read_line(int dirfd, const char *name, const char *shown, struct buf *line, struct err *e)
{
	int r = fs_read(dirfd, name, LINE_MAX_BYTES, line, e);
	size_t n;

	if (r == 1)
		return err_set(e, ERR_FAILED, "its %s is gone", shown);
	if (r == -1)
		return e->code == ERR_SYSTEM ? -1 :
		    err_set(e, ERR_FAILED, "its %s is no plain file", shown);
	n = strcspn(buf_str(line), "\r\n");
	while (n > 0 && strchr("/ \t", line->data[n - 1]) != NULL)
		n--;
	buf_cut(line, n);
	return 0;
}

/* The file says this or that, and nothing else. */
static int
check_line(int dirfd, const char *name, const char *shown, const char *one, const char *other,
    struct err *e)
{
	struct buf line = { 0 };
	int r = read_line(dirfd, name, shown, &line, e);

	if (r == 0 && strcmp(buf_str(&line), one) != 0 &&
	    (other == NULL || strcmp(buf_str(&line), other) != 0))
		r = err_set(e, ERR_FAILED, "its %s leads elsewhere", shown);
	buf_release(&line);
	return r;
}

static int
check_tree(const struct bond *b, struct err *e)
{
	int fd = fs_open_dir(AT_FDCWD, b->where), r;
	char *said = xasprintf("gitdir: %s", b->record);

	r = fd == -1 ? err_set(e, ERR_FAILED, "it is gone, or no folder") :
	    check_line(fd, ".git", ".git", said, NULL, e);
	if (fd != -1)
		close(fd);
	free(said);
	return r;
}

static int
check_record(const struct git *g, const struct bond *b, struct err *e)
{
	int fd = fs_open_dir(AT_FDCWD, b->record), r;
	struct buf head = { 0 };
	struct stat st;

	if (fd == -1)
		return err_set(e, ERR_FAILED, "its record '%s' is no folder", b->record);
	r = check_line(fd, "gitdir", "record (gitdir)", b->link, NULL, e);
	if (r == 0)
		r = check_line(fd, "commondir", "record (commondir)", g->dir, "../..", e);
	if (r == 0)
		r = read_line(fd, "HEAD", "record (HEAD)", &head, e);
	/* libgit2 would write through a link. */
	if (r == 0 && fstatat(fd, "index", &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		r = err_set(e, ERR_FAILED, "its record (index) is no plain file");
	close(fd);
	buf_release(&head);
	return r;
}

int
gitlib_intact(const struct git *g, git_worktree *wt, struct err *e)
{
	char *where = gitlib_folder(git_worktree_path(wt));
	struct bond b = {
		.where = where,
		.record = xasprintf("%s/worktrees/%s", g->dir, git_worktree_name(wt)),
		.link = xasprintf("%s/.git", where),
	};
	int r = check_tree(&b, e) == -1 || check_record(g, &b, e) == -1 ? -1 : 0;

	if (r == -1)
		err_prefix(e, "the work tree '%s' is not the project's any more", where);
	free(b.link);
	free(b.record);
	free(where);
	return r;
}

int
git_work_intact(struct git *g, const char *path, struct err *e)
{
	struct git_place p = { .dirfd = -1 };
	git_worktree *wt = NULL;
	int r = -1;

	if (git_place_open(&p, path, false, e) == -1)
		goto done;
	if ((wt = git_place_record(g, &p)) == NULL)
		err_set(e, ERR_FAILED, "the work tree '%s' is not the project's any more: "
		    "git has no record of it", p.path);
	else
		r = gitlib_intact(g, wt, e);
done:
	git_worktree_free(wt);
	git_place_close(&p);
	return r;
}
