/*
 * What the work tree shows: the project's own instructions, its files, and the work
 * that is on the branch already.  A work tree belongs to whoever worked in it, so
 * files are opened without following links and only if they are regular.
 *
 * A folder that is in no repository has no tree; whatever else fails is said in the
 * prompt, for nothing here decides whether the work can go on.
 */
#include "work/context_parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/git.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/context.h"
#include "work/fence.h"

#define READ_MAX   (1u << 20)	/* of an instruction file, whatever is kept of it */
#define GIT_MAX	   (8u << 20)	/* the bound of context.max_bytes */
#define MARKERS	   256		/* bytes that stand around a part, at most */
#define NOTE_MAX   80		/* bytes of a line of our own behind the files */
#define README_MAX (2u << 10)	/* only its head: it is written for others */

static const char *
folder(const struct context_input *in)
{
	return in->worktree ? in->worktree : in->repo->dir;
}

/* The head of a regular file; nothing if it is not there or not one. */
static void
read_file(int dir, const char *name, struct buf *out)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char chunk[16384];
	struct stat st;
	ssize_t n;

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		while (out->len < READ_MAX && (n = read(fd, chunk, sizeof chunk)) > 0)
			buf_append(out, chunk, (size_t)n);
	close(fd);
}

/* Returns the bytes left out. */
static size_t
put_file(struct buf *out, const char *name, const struct buf *text, size_t max)
{
	size_t left;

	if (text->len == 0)
		return 0;
	buf_printf(out, "%s== %s ==\n", out->len ? "\n" : "", name);
	left = fence_cut(out, text->data, text->len, max);
	if (out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
	return left;
}

static int
told(int rc, struct buf *out, struct err *e)
{
	if (rc == -1)
		buf_printf(out, "(not available: %s)\n", e->msg);
	*e = (struct err){ 0 };
	return 0;
}

int64_t
context_instructions(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	static const char *const readmes[] = { "README.md", "README", "README.txt", NULL };
	struct buf agents = { 0 }, claude = { 0 }, readme = { 0 };
	int dir = open(folder(in), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t left = 0;

	(void)cap;
	if (dir == -1)
		return told(err_sys(e, "cannot open '%s'", folder(in)), out, e);
	read_file(dir, "AGENTS.md", &agents);
	read_file(dir, "CLAUDE.md", &claude);
	left += put_file(out, "AGENTS.md", &agents, READ_MAX);
	/* Many projects keep one as a copy of the other. */
	if (claude.len != agents.len || memcmp(buf_str(&claude), buf_str(&agents), claude.len) != 0)
		left += put_file(out, "CLAUDE.md", &claude, READ_MAX);
	for (size_t i = 0; readmes[i] && readme.len == 0; i++) {
		read_file(dir, readmes[i], &readme);
		left += put_file(out, readmes[i], &readme, README_MAX);
	}
	buf_release(&agents);
	buf_release(&claude);
	buf_release(&readme);
	close(dir);
	return (int64_t)left;
}

static bool
in_repository(const struct context_input *in)
{
	struct err ignored = { 0 };
	struct git *git = git_open(folder(in), &ignored);

	git_close(git);
	return git != NULL;
}

int64_t
context_tree(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	int rc = git_names(folder(in), GIT_MAX, out, e);

	(void)cap;
	/* Asked last, because to open a repository is the most of it. */
	if (rc == -1 && !in_repository(in)) {
		*e = (struct err){ 0 };
		return 0;
	}
	return told(rc, out, e);
}

int64_t
context_diff(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	size_t left = 0;

	if (!in->base_id)
		return 0;
	cap = cap > MARKERS ? cap - MARKERS : 0;
	told(git_changes(folder(in), in->base_id, false, cap, out, &left, e), out, e);
	return (int64_t)left;
}

/* Who judges is told what there is to see, and if there is nothing, that and why. */
int64_t
context_changes(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	size_t left = 0;

	if (!in->base_id || !in->worktree) {
		buf_puts(out, "There is no diff to show: it was worked in the project's folder itself, not on "
		    "a branch.\n");
		return 0;
	}
	told(git_changes(folder(in), in->base_id, true, cap - MARKERS - NOTE_MAX, out, &left, e), out, e);
	if (out->len == 0)
		buf_puts(out, "There is no diff to show: nothing was committed.\n");
	else if (config_int(&in->project->config, "context.diff") == 0)
		buf_puts(out, "The diff itself is not shown (context.diff: 0).\n");
	return (int64_t)left;
}

int64_t
context_log(const struct context_input *in, size_t cap, struct buf *out, struct err *e)
{
	(void)cap;
	if (!in->base_id)
		return 0;
	return told(git_log(folder(in), in->base_id, GIT_MAX, out, e), out, e);
}
