/*
 * Text about a repository, made for a prompt or a terminal: never longer than
 * asked for, always whole lines of valid UTF-8, and whatever is left out is
 * counted in a line that is part of the length.  A diff is printed twice, to
 * measure and to cut, so that a huge one costs time but no memory.
 *
 * Diffs are made as text whatever attributes or bytes say of a file: who wrote
 * it does not choose what is seen of it.
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
#define RENAMES    200		/* files compared with each other at most */
#define SHARE_MIN  400		/* bytes; less of a file would say nothing */
#define STAT_FILES 200		/* that are named */
#define STAT_NAME  200		/* bytes of a name */

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

static void
cutter_end(struct cutter *c)
{
	if (c->bytes == 0)
		return;
	cutter_back(c);
	if (c->max >= LAST_LINE)
		buf_printf(c->out, "... %zu more\n", c->lines);
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
	cutter_end(&c);
	rc = 0;
done:
	git_tree_free(tree);
	gitlib_at_close(&at);
	return rc;
}

/* ---- diffs ---- */

/* The room is shared among the files: a large one does not push out a small one. */
struct sharing {
	size_t *size;		/* of what each file has to show */
	size_t n, cap, all;
	size_t at;		/* the file after the one that is printed */
	size_t room, share;	/* left; at most for each */
	struct buf *out, file;
	size_t left;		/* bytes left out of all files */
	size_t unseen, files;	/* those of files of which nothing is shown */
};

static void
clean_line(struct buf *text, const git_diff_line *line)
{
	if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
	    line->origin == GIT_DIFF_LINE_DELETION)
		buf_putc(text, line->origin);
	str_clean(text, line->content, line->content_len);
}

static int
measure_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line,
    void *arg)
{
	struct sharing *s = arg;
	struct buf text = { 0 };

	(void)delta;
	(void)hunk;
	if (line->origin == GIT_DIFF_LINE_FILE_HDR || s->n == 0) {
		s->size = vec_room(s->size, &s->cap, s->n, sizeof *s->size);
		s->size[s->n++] = 0;
	}
	clean_line(&text, line);
	s->size[s->n - 1] += text.len;
	s->all += text.len;
	buf_release(&text);
	return 0;
}

/* The largest share with which all files fit: what small ones leave is for the others. */
static size_t
fair_share(const struct sharing *s)
{
	size_t low = 0, high = s->room;

	while (low < high) {
		size_t middle = high - (high - low) / 2, sum = 0;

		for (size_t i = 0; i < s->n && sum <= s->room; i++)
			sum += s->size[i] < middle ? s->size[i] : middle;
		if (sum <= s->room)
			low = middle;
		else
			high = middle - 1;
	}
	return low > SHARE_MIN ? low : SHARE_MIN;
}

/* Whole lines, unless they are so long that little of the room would be used. */
static size_t
cut_at(const struct buf *text, size_t max)
{
	size_t n = max;

	while (n > 0 && text->data[n - 1] != '\n')
		n--;
	return n > max / 2 ? n : str_cut(text->data, text->len, max);
}

/* What was printed of the file before goes out. */
static void
end_file(struct sharing *s)
{
	size_t size = s->at > 0 ? s->size[s->at - 1] : 0;
	size_t max = s->share < s->room ? s->share : s->room, before = s->out->len, n;

	if (size <= max) {
		buf_append(s->out, s->file.data, s->file.len);
	} else if (max <= 2 * LAST_LINE) {
		s->unseen += size;
		s->files++;
		s->left += size;
	} else {
		n = cut_at(&s->file, max - LAST_LINE);
		buf_append(s->out, s->file.data, n);
		buf_printf(s->out, "%s[... %zu bytes left out ...]\n",
		    s->file.data[n - 1] == '\n' ? "" : "\n", size - n);
		s->left += size - n;
	}
	s->room -= s->out->len - before;
	buf_cut(&s->file, 0);
}

static int
share_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line,
    void *arg)
{
	struct sharing *s = arg;

	(void)delta;
	(void)hunk;
	if (line->origin == GIT_DIFF_LINE_FILE_HDR || s->at == 0) {
		end_file(s);
		s->at++;
	}
	if (s->file.len <= s->room)
		clean_line(&s->file, line);
	return 0;
}

static int
add_diff(git_diff *diff, size_t max, struct buf *out, size_t *left)
{
	struct sharing s = { .room = max, .share = max, .out = out };
	int rc = git_diff_print(diff, GIT_DIFF_FORMAT_PATCH, measure_line, &s);

	if (s.all > max) {
		s.room = max > LAST_LINE ? max - LAST_LINE : 0;
		s.share = fair_share(&s);
	}
	if (rc == 0 && (rc = git_diff_print(diff, GIT_DIFF_FORMAT_PATCH, share_line, &s)) == 0)
		end_file(&s);
	if (s.files > 0 && max > LAST_LINE)
		buf_printf(out, "[... %zu bytes left out ...]\n", s.unseen);
	*left = s.left;
	buf_release(&s.file);
	free(s.size);
	return rc;
}

/* "M +12 -3, 400 bytes: lib/a.c".  The name is the last, so that it cannot say the rest. */
static int
stat_line(struct buf *line, git_diff *diff, size_t i, size_t *added, size_t *deleted)
{
	git_patch *patch = NULL;
	const git_diff_delta *d = git_diff_get_delta(diff, i);
	const char *name = d->new_file.path ? d->new_file.path : d->old_file.path;
	size_t len = str_cut(name, strlen(name), STAT_NAME), more = 0, less = 0;
	int rc = git_patch_from_diff(&patch, diff, i);

	if (rc == 0 && patch != NULL) {
		git_patch_line_stats(NULL, &more, &less, patch);
		d = git_patch_get_delta(patch);
	}
	buf_printf(line, "%c +%zu -%zu, %llu bytes", git_diff_status_char(d->status), more, less,
	    (unsigned long long)d->new_file.size);
	if (d->new_file.mode != d->old_file.mode && d->new_file.mode != GIT_FILEMODE_BLOB &&
	    d->new_file.mode != 0)
		buf_printf(line, ", mode %06o", (unsigned)d->new_file.mode);
	buf_puts(line, ": ");
	str_visible(line, name, len, false);
	buf_puts(line, name[len] != '\0' ? "...\n" : "\n");
	*added += more;
	*deleted += less;
	git_patch_free(patch);
	return rc;
}

static int
add_stat(git_diff *diff, size_t max, struct buf *out, size_t *left)
{
	struct buf lines = { 0 }, head = { 0 };
	size_t n = git_diff_num_deltas(diff), added = 0, deleted = 0;
	struct cutter c;
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		size_t before = lines.len;

		rc = stat_line(&lines, diff, i, &added, &deleted);
		if (i >= STAT_FILES)
			buf_cut(&lines, before);
	}
	cutter_init(&c, out, max);
	buf_printf(&head, "%zu file%s changed, +%zu -%zu\n", n, n == 1 ? "" : "s", added, deleted);
	if (n > 0)
		cutter_add(&c, head.data, head.len);
	for (const char *s = buf_str(&lines); *s != '\0';) {
		size_t len = strcspn(s, "\n") + 1;

		cutter_add(&c, s, len);
		s += len;
	}
	/* Those that are not among the lines are left out as well. */
	for (size_t i = STAT_FILES; i < n; i++) {
		c.bytes++;
		c.lines++;
	}
	cutter_end(&c);
	*left = c.bytes;
	buf_release(&head);
	buf_release(&lines);
	return rc;
}

static int
print_diff(git_repository *repo, const git_commit *from, const git_commit *to, bool stat,
    size_t max, struct buf *out, size_t *left, struct err *e)
{
	git_diff_options opts;
	git_diff_find_options find = { .version = GIT_DIFF_FIND_OPTIONS_VERSION };
	git_tree *old = NULL, *new = NULL;
	git_diff *diff = NULL;
	size_t ignored = 0;
	int rc;

	git_diff_options_init(&opts, GIT_DIFF_OPTIONS_VERSION);
	opts.flags = GIT_DIFF_FORCE_TEXT;
	find.flags = GIT_DIFF_FIND_RENAMES;
	find.rename_limit = RENAMES;
	rc = git_commit_tree(&old, from);
	if (rc == 0)
		rc = git_commit_tree(&new, to);
	if (rc == 0)
		rc = git_diff_tree_to_tree(&diff, repo, old, new, &opts);
	if (rc == 0)
		rc = git_diff_find_similar(diff, &find);
	if (rc == 0)
		rc = (stat ? add_stat : add_diff)(diff, max, out, left ? left : &ignored);
	if (rc != 0)
		gitlib_fail(e, ERR_FAILED, "cannot compare two commits");
	git_diff_free(diff);
	git_tree_free(new);
	git_tree_free(old);
	return rc == 0 ? 0 : -1;
}

int
git_changes(const char *path, const char *base_id, bool stat, size_t max, struct buf *out,
    size_t *left, struct err *e)
{
	struct git_at at;
	int rc = -1;

	if (gitlib_at(&at, path, base_id, e) == 0)
		rc = print_diff(at.repo, at.base, at.head, stat, max, out, left, e);
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
	rc = print_diff(g->repo, parting, tip, stat, max, out, NULL, e);
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
		cutter_end(&c);
	else
		rc = gitlib_fail(e, ERR_FAILED, "cannot read the log of '%s'", path);
done:
	git_revwalk_free(walk);
	gitlib_at_close(&at);
	return rc;
}
