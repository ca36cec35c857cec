#include "work/person_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/yaml.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"

#define TRIES 5			/* a person who saves at the same time */

struct edited {
	struct project *p;
	const struct store_opts *opts;
	const char *name;
	person_edit *edit;
	void *arg;
	struct buf *would;
	struct fs_file file;
};

/* What a writer that was killed in between left: a person may have saved it in that instant. */
static int
keep_leftover(struct edited *f, struct err *e)
{
	struct buf left = { 0 };
	char hash[FS_HASH_MAX];
	char *name;
	int r = fs_leftover(&f->file, &left, e), dir;

	if (r == 1 && (dir = project_dir(f->p, "conflicts", e)) != -1) {
		fs_hash(buf_str(&left), left.len, hash);
		name = xasprintf("%s.%s", f->name, hash);
		if ((r = fs_keep(&f->file, dir, name, e)) == 0 && (r = fs_settle(&f->file, e)) == 0)
			project_note(f->p, "what stood in %s before a killed command changed it is kept: "
			    ".orch/conflicts/%s", f->name, name);
		free(name);
		close(dir);
	} else if (r == 1) {
		r = -1;
	}
	buf_release(&left);
	return r;
}

static int
make(struct edited *f, const struct buf *old, struct buf *new, struct err *e)
{
	struct yaml tree;
	int r;

	if (yaml_parse(&tree, buf_str(old), old->len, f->name, e) == -1)
		return -1;
	r = f->edit(&tree, f->arg, new, e);
	yaml_release(&tree);
	return r;
}

/* The lines from an offset to another, each behind a sign. */
static void
show(struct buf *out, char sign, const struct buf *text, size_t from, size_t to)
{
	while (from < to) {
		const char *line = text->data + from, *end = memchr(line, '\n', to - from);
		size_t len = end != NULL ? (size_t)(end - line) : to - from;

		buf_putc(out, sign);
		str_visible(out, line, len, false);
		buf_putc(out, '\n');
		from += len + 1;
	}
}

static bool
begins(const struct buf *text, size_t at, size_t head)
{
	return at == head || text->data[at - 1] == '\n';
}

/* What is alike at both ends is left out, by whole lines. */
static void
show_change(struct edited *f, const struct buf *old, const struct buf *new)
{
	const char *a = buf_str(old), *b = buf_str(new);
	size_t least = old->len < new->len ? old->len : new->len, head = 0, tail = 0;

	for (size_t i = 0; i < least && a[i] == b[i]; i++)
		if (a[i] == '\n')
			head = i + 1;
	/* From the end: a line that is alike begins behind a newline, or the head, in both. */
	for (size_t i = 1; i <= least - head && a[old->len - i] == b[new->len - i]; i++)
		if (begins(old, old->len - i, head) && begins(new, new->len - i, head))
			tail = i;
	buf_printf(f->would, "+++ %s\n", f->name);
	show(f->would, '-', old, head, old->len - tail);
	show(f->would, '+', new, head, new->len - tail);
}

/* 0 done, 1 there is nothing to change, 2 somebody saved meanwhile. */
static int
edit_once(struct edited *f, struct err *e)
{
	struct buf old = { 0 }, new = { 0 };
	int r = fs_load(&f->file, &old, e);

	if (r == 0)
		r = make(f, &old, &new, e);
	if (r == 0 && old.len == new.len && memcmp(buf_str(&old), buf_str(&new), old.len) == 0)
		r = 1;
	else if (r == 0 && !f->opts->dry_run && (r = fs_stage(&f->file, new.data, new.len, e)) == 0 &&
	    (r = fs_swap(&f->file, &old, e)) == 1)
		r = 2;
	else if (r == 0 && !f->opts->dry_run)
		r = fs_settle(&f->file, e);
	if (r == 0 && f->opts->dry_run && f->would != NULL)
		show_change(f, &old, &new);
	buf_release(&old);
	buf_release(&new);
	return r;
}

int
person_file_edit(struct project *p, const struct store_opts *opts, const char *name,
    person_edit *edit, void *arg, struct buf *would, struct err *e)
{
	struct edited f = { p, opts, name, edit, arg, would, { .dirfd = -1 } };
	char *path = path_join(p->dir, name);
	struct lock lock = { .fd = -1 };
	int r = 2;

	if (!opts->dry_run && (project_prepare(p, e) == -1 ||
	    lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, opts->command, e) == -1))
		r = -1;
	else if (fs_open(&f.file, path, e) == -1 || (!opts->dry_run && keep_leftover(&f, e) == -1))
		r = -1;
	for (int try = 0; r == 2 && try < TRIES; try++)
		r = edit_once(&f, e);
	if (r == 2)
		r = err_set(e, ERR_BUSY, "%s is being changed all the time", name);
	fs_close(&f.file);
	lock_release(&lock);
	free(path);
	return r;
}
