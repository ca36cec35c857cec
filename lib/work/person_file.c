#include "work/person_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
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
	buf_release(&old);
	buf_release(&new);
	return r;
}

int
person_file_edit(struct project *p, const struct store_opts *opts, const char *name,
    person_edit *edit, void *arg, struct err *e)
{
	struct edited f = { p, opts, name, edit, arg, { .dirfd = -1 } };
	char *path = path_join(p->dir, name);
	struct lock lock = { .fd = -1 };
	int r = 2;

	if (!opts->dry_run && lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, opts->command, e) == -1)
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
