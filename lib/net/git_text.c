/*
 * Text about a repository, made for a prompt or a terminal: never longer than
 * asked for, always whole lines of valid UTF-8, and whatever is left out is
 * counted in a last line that is part of the length.  A diff is cut while
 * libgit2 prints it, so that a huge one costs time but no memory.
 */
#include "net/git.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git_impl.h"

#define LAST_LINE  48		/* room for the line that counts what is missing */
#define STAT_WIDTH 80
#define RENAMES    200		/* files compared with each other at most */

/* Lines that are gathered up to a limit.  Once one did not fit, none is taken. */
struct cutter {
	struct buf *out;
	size_t start;		/* length of `out` before */
	size_t max;
	size_t keep;		/* length of `out` that leaves room for the last line */
	size_t bytes, lines;	/* left out */
};

static size_t
used(const struct cutter *c)
{
	return c->out->len - c->start;
}

/*
 * Takes a piece of whole lines.  While all fits, no room is set aside for the
 * last line; `keep` remembers how far to go back if there has to be one.
 */
static void
cutter_add(struct cutter *c, const char *s, size_t len)
{
	if (c->bytes == 0 && used(c) + len <= c->max) {
		buf_append(c->out, s, len);
		if (used(c) + LAST_LINE <= c->max)
			c->keep = c->out->len;
		return;
	}
	c->bytes += len;
	c->lines++;
}

static void
cutter_init(struct cutter *c, struct buf *out, size_t max)
{
	*c = (struct cutter){ .out = out, .start = out->len, .max = max, .keep = out->len };
}

/* Takes back what is in the way of the last line. */
static void
cutter_back(struct cutter *c)
{
	const char *s = c->out->data + c->keep;

	c->bytes += c->out->len - c->keep;
	for (; s < c->out->data + c->out->len; s++)
		c->lines += *s == '\n';
	buf_cut(c->out, c->keep);
}

enum cut_unit { CUT_LINES, CUT_BYTES };

static void
cutter_end(struct cutter *c, enum cut_unit unit)
{
	if (c->bytes == 0)
		return;
	cutter_back(c);
	if (c->max < LAST_LINE)
		return;
	if (unit == CUT_LINES)
		buf_printf(c->out, "... %zu more\n", c->lines);
	else
		buf_printf(c->out, "[... %zu bytes left out ...]\n", c->bytes);
}

/* ---- names ---- */

static int
add_name(const char *root, const git_tree_entry *entry, void *arg)
{
	const char *name = git_tree_entry_name(entry);
	struct buf line = { 0 };

	if (git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		return 0;
	str_visible(&line, root, strlen(root), false);
	str_visible(&line, name, strlen(name), false);
	buf_putc(&line, '\n');
	cutter_add(arg, line.data, line.len);
	buf_release(&line);
	return 0;
}

int
git_names(const char *path, size_t max, struct buf *out, struct err *e)
{
	struct cutter c;
	struct git_at at;
	git_tree *tree = NULL;
	int rc = -1;

	cutter_init(&c, out, max);
	if (gitlib_at(&at, path, NULL, e) == -1)
		goto done;
	/* git's order within trees is the byte order of whole names */
	if (git_commit_tree(&tree, at.head) != 0 ||
	    git_tree_walk(tree, GIT_TREEWALK_PRE, add_name, &c) != 0) {
		gitlib_fail(e, ERR_FAILED, "cannot list the files of '%s'", path);
		goto done;
	}
	cutter_end(&c, CUT_LINES);
	rc = 0;
done:
	git_tree_free(tree);
	gitlib_at_close(&at);
	return rc;
}

/* ---- diffs ---- */

static int
add_diff_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line,
    void *arg)
{
	struct buf text = { 0 };

	(void)delta;
	(void)hunk;
	if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
	    line->origin == GIT_DIFF_LINE_DELETION)
		buf_putc(&text, line->origin);
	str_clean(&text, line->content, line->content_len);
	cutter_add(arg, buf_str(&text), text.len);
	buf_release(&text);
	return 0;
}

static int
add_stat(git_diff *diff, struct cutter *c)
{
	git_diff_stats *stats = NULL;
	git_buf text = GIT_BUF_INIT;
	struct buf clean = { 0 };
	int rc = git_diff_get_stats(&stats, diff);

	if (rc == 0 && git_diff_stats_files_changed(stats) > 0)
		rc = git_diff_stats_to_buf(&text, stats, GIT_DIFF_STATS_FULL, STAT_WIDTH);
	if (rc == 0 && text.size > 0)
		str_clean(&clean, text.ptr, text.size);
	for (const char *s = buf_str(&clean); *s != '\0';) {
		size_t n = strcspn(s, "\n");

		n += s[n] == '\n';
		cutter_add(c, s, n);
		s += n;
	}
	buf_release(&clean);
	git_buf_dispose(&text);
	git_diff_stats_free(stats);
	return rc;
}

static int
print_diff(git_repository *repo, const git_commit *from, const git_commit *to, bool stat,
    size_t max, struct buf *out, struct err *e)
{
	git_diff_find_options find = { .version = GIT_DIFF_FIND_OPTIONS_VERSION };
	git_tree *old = NULL, *new = NULL;
	git_diff *diff = NULL;
	struct cutter c;
	int rc;

	cutter_init(&c, out, max);
	find.flags = GIT_DIFF_FIND_RENAMES;
	find.rename_limit = RENAMES;
	rc = git_commit_tree(&old, from);
	if (rc == 0)
		rc = git_commit_tree(&new, to);
	if (rc == 0)
		rc = git_diff_tree_to_tree(&diff, repo, old, new, NULL);
	if (rc == 0)
		rc = git_diff_find_similar(diff, &find);
	if (rc == 0)
		rc = stat ? add_stat(diff, &c) :
		    git_diff_print(diff, GIT_DIFF_FORMAT_PATCH, add_diff_line, &c);
	if (rc == 0)
		cutter_end(&c, CUT_BYTES);
	else
		gitlib_fail(e, ERR_FAILED, "cannot compare two commits");
	git_diff_free(diff);
	git_tree_free(new);
	git_tree_free(old);
	return rc == 0 ? 0 : -1;
}

int
git_changes(const char *path, const char *base_id, bool stat, size_t max, struct buf *out,
    struct err *e)
{
	struct git_at at;
	int rc = -1;

	if (gitlib_at(&at, path, base_id, e) == 0)
		rc = print_diff(at.repo, at.base, at.head, stat, max, out, e);
	gitlib_at_close(&at);
	return rc;
}

int
git_branch_diff(struct git *g, const char *branch, const char *base, bool stat, size_t max,
    struct buf *out, struct err *e)
{
	git_commit *tip = NULL, *from = NULL, *parting = NULL;
	git_oid id;
	int rc = -1;

	if (gitlib_commit(g, branch, &tip, e) == -1 || gitlib_commit(g, base, &from, e) == -1)
		goto done;
	if (gitlib_parting(g->repo, tip, from, &id, e) == -1)
		goto done;
	if (git_commit_lookup(&parting, g->repo, &id) != 0) {
		gitlib_fail(e, ERR_FAILED, "cannot read the commit where '%s' began", branch);
		goto done;
	}
	rc = print_diff(g->repo, parting, tip, stat, max, out, e);
done:
	git_commit_free(parting);
	git_commit_free(from);
	git_commit_free(tip);
	return rc;
}

/* ---- log ---- */

static int
add_commit(git_repository *repo, const git_oid *id, struct cutter *c)
{
	git_commit *commit = NULL;
	git_buf digits = GIT_BUF_INIT;
	struct buf line = { 0 };
	const char *subject;
	int rc;

	rc = git_commit_lookup(&commit, repo, id);
	if (rc == 0)
		rc = git_object_short_id(&digits, (git_object *)commit);
	if (rc == 0) {
		subject = git_commit_summary(commit);
		buf_printf(&line, "%s ", digits.ptr);
		if (subject != NULL)
			str_visible(&line, subject, strlen(subject), false);
		buf_putc(&line, '\n');
		cutter_add(c, line.data, line.len);
	}
	buf_release(&line);
	git_buf_dispose(&digits);
	git_commit_free(commit);
	return rc;
}

int
git_log(const char *path, const char *base_id, size_t max, struct buf *out, struct err *e)
{
	git_revwalk *walk = NULL;
	struct git_at at;
	struct cutter c;
	git_oid id;
	int rc, next;

	cutter_init(&c, out, max);
	if ((rc = gitlib_at(&at, path, base_id, e)) == -1)
		goto done;
	next = git_revwalk_new(&walk, at.repo);
	if (next == 0)
		next = git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
	if (next == 0)
		next = git_revwalk_push(walk, git_commit_id(at.head));
	if (next == 0)
		next = git_revwalk_hide(walk, git_commit_id(at.base));
	while (next == 0 && (next = git_revwalk_next(&id, walk)) == 0)
		next = add_commit(at.repo, &id, &c);
	if (next == GIT_ITEROVER)
		cutter_end(&c, CUT_LINES);
	else
		rc = gitlib_fail(e, ERR_FAILED, "cannot read the log of '%s'", path);
done:
	git_revwalk_free(walk);
	gitlib_at_close(&at);
	return rc;
}
