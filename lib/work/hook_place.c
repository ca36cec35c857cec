#include "work/hook_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/git.h"
#include "net/git_hook.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "work/hook.h"

#define HOOK_MAX (64u << 10)
#define MODE	 0755

struct placing {
	const struct hook_place *opts;
	struct hook_placed *done;
	const char *share;
	char *folder;
	int dirfd;		/* of it; -1: it is not there */
};

enum stands { NOTHING, OURS, SOMEBODYS };

/* What stands in the place of the hook; *text is of one of ours. */
static int
look(const struct placing *p, const char *name, enum stands *what, struct buf *text, struct err *e)
{
	struct stat st;
	const char *second;
	int r;

	*what = NOTHING;
	if (p->dirfd == -1 || (fstatat(p->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT))
		return 0;
	*what = SOMEBODYS;
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)HOOK_MAX)
		return 0;
	if ((r = fs_read(p->dirfd, name, HOOK_MAX, text, e)) != 0)
		return r == 1 ? 0 : -1;
	second = strchr(buf_str(text), '\n');
	if (second != NULL && strncmp(second + 1, HOOK_MARK, strlen(HOOK_MARK)) == 0)
		*what = OURS;
	return 0;
}

static char *
path_of(const struct placing *p, const char *name)
{
	return path_join(p->folder, name);
}

static bool
is_there(const struct placing *p, const char *name)
{
	struct stat st;

	return p->dirfd != -1 && fstatat(p->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
read_sample(const struct placing *p, const char *name, struct buf *text, struct err *e)
{
	char *path = xasprintf("%s/hooks/%s.sample", p->share, name);
	int r = fs_read(AT_FDCWD, path, HOOK_MAX, text, e);

	if (r == 1)
		r = err_set(e, ERR_SYSTEM, "'%s' is not there", path);
	free(path);
	return r;
}

static int
open_folder(struct placing *p, struct err *e)
{
	if (p->dirfd != -1 || p->opts->dry_run)
		return 0;
	if (mkdir(p->folder, 0777) == -1 && errno != EEXIST)
		return err_sys(e, "cannot make folder '%s'", p->folder);
	p->dirfd = fs_openat(AT_FDCWD, p->folder, O_RDONLY | O_DIRECTORY);
	return p->dirfd == -1 ? err_sys(e, "cannot open '%s'", p->folder) : 0;
}

/* Somebody's own hook: out of the way if a person said so.  1: it stays. */
static int
step_aside(struct placing *p, const char *name, struct err *e)
{
	char *before = xasprintf("%s" HOOK_BEFORE, name), *path = path_of(p, name);
	int r = 0;

	if (!p->opts->chain) {
		vec_str_take(&p->done->told, xasprintf("'%s' is there already and stays: give --chain, or "
		    "call it there: orch-hook %s -- \"$@\"", path, name));
		r = 1;
	} else if (is_there(p, before)) {
		vec_str_take(&p->done->told, xasprintf("'%s' stays: there is a %s, too", path, before));
		r = 1;
	} else if (!p->opts->dry_run) {
		r = fs_rename(p->dirfd, name, before, e);
	}
	free(before);
	free(path);
	return r;
}

/* Never over a file that somebody makes at this moment.  1: somebody did. */
static int
put_new(const struct placing *p, const char *name, const struct buf *text, struct err *e)
{
	char *path = path_of(p, name);
	struct fs_file f = { .dirfd = -1 };
	struct buf nothing = { 0 };
	int r = fs_open(&f, path, e);

	if (r == 0 && (r = fs_load(&f, &nothing, e)) == 0)
		r = f.st.st_nlink != 0 ? 1 : fs_stage(&f, text->data, text->len, e);
	if (r == 0 && (r = fs_swap(&f, &nothing, e)) == 0)
		r = fs_settle(&f, e);
	if (r == 0 && fchmodat(p->dirfd, name, MODE, 0) == -1)
		r = err_sys(e, "cannot make '%s' a program", path);
	fs_close(&f);
	buf_release(&nothing);
	free(path);
	return r;
}

static int
put(struct placing *p, const char *name, struct err *e)
{
	struct buf sample = { 0 }, old = { 0 };
	enum stands what;
	int r = -1;

	if (read_sample(p, name, &sample, e) == -1 || look(p, name, &what, &old, e) == -1)
		goto done;
	if (what == OURS && old.len == sample.len && memcmp(old.data, sample.data, old.len) == 0) {
		vec_str_take(&p->done->kept, path_of(p, name));
		r = 0;
		goto done;
	}
	if (what == SOMEBODYS && (r = step_aside(p, name, e)) != 0) {
		r = r == 1 ? 0 : -1;
		goto done;
	}
	r = open_folder(p, e);
	if (r == 0 && !p->opts->dry_run)
		r = what == OURS ? fs_replace(p->dirfd, name, sample.data, sample.len, MODE, e) :
		    put_new(p, name, &sample, e);
	if (r == 0)
		vec_str_take(&p->done->made, path_of(p, name));
	else if (r == 1)
		r = err_set(e, ERR_BUSY, "'%s/%s' was made just now by somebody else", p->folder, name);
done:
	buf_release(&sample);
	buf_release(&old);
	return r;
}

static int
take_out(struct placing *p, const char *name, struct err *e)
{
	char *before = xasprintf("%s" HOOK_BEFORE, name);
	struct buf old = { 0 };
	enum stands what;
	int r = look(p, name, &what, &old, e);

	if (r == 0 && what == OURS) {
		if (!p->opts->dry_run && unlinkat(p->dirfd, name, 0) == -1)
			r = err_sys(e, "cannot remove '%s' in '%s'", name, p->folder);
		else if (!p->opts->dry_run && is_there(p, before))
			r = fs_rename(p->dirfd, before, name, e);
		if (r == 0)
			vec_str_take(&p->done->removed, path_of(p, name));
	}
	buf_release(&old);
	free(before);
	return r;
}

/* Those that are asked for: of the list, or what goes with the repository. */
static int
wanted(const struct placing *p, bool bare, bool want[HOOK_KINDS], struct err *e)
{
	const char *rest = p->opts->list;

	for (int k = 0; k < HOOK_KINDS; k++)
		want[k] = rest == NULL && (p->opts->remove || bare == (k == HOOK_POST_RECEIVE));
	while (rest != NULL) {
		size_t n = strcspn(rest, ",");
		int kind = 0;

		while (kind < HOOK_KINDS &&
		    (strlen(hook_names[kind]) != n || strncmp(hook_names[kind], rest, n) != 0))
			kind++;
		if (kind == HOOK_KINDS)
			return err_set(e, ERR_USAGE, "--hooks: '%.*s' is not one of post-commit, post-merge, "
			    "pre-push, post-receive", (int)n, rest);
		want[kind] = true;
		rest = rest[n] == ',' ? rest + n + 1 : NULL;
	}
	return 0;
}

int
hook_place_is_bare(const char *dir)
{
	struct err none;
	struct git *git = git_open(dir, &none);
	int bare = git != NULL && git_root(git) == NULL;

	git_close(git);
	return bare;
}

int
hook_place(const char *dir, const char *share, const struct hook_place *opts,
    struct hook_placed *done, struct err *e)
{
	struct placing p = { .opts = opts, .done = done, .share = share, .dirfd = -1 };
	struct git *git = git_open(dir, e);
	bool want[HOOK_KINDS], inside;
	int r = -1;

	*done = (struct hook_placed){ .made = { 0 } };
	if (git == NULL || wanted(&p, git_root(git) == NULL, want, e) == -1)
		goto done;
	p.folder = git_hooks_dir(git, &inside);
	if (!inside) {
		err_set(e, ERR_CONFIG, "core.hooksPath names '%s', which other repositories use, too: "
		    "put hooks there by hand, from '%s/hooks'", p.folder, share);
		goto done;
	}
	p.dirfd = fs_openat(AT_FDCWD, p.folder, O_RDONLY | O_DIRECTORY);
	for (int k = 0; k < HOOK_KINDS; k++)
		if (want[k] && (opts->remove ? take_out : put)(&p, hook_names[k], e) == -1)
			goto done;
	r = 0;
done:
	if (p.dirfd != -1)
		close(p.dirfd);
	free(p.folder);
	git_close(git);
	return r;
}

void
hook_placed_release(struct hook_placed *d)
{
	vec_str_release(&d->made);
	vec_str_release(&d->removed);
	vec_str_release(&d->kept);
	vec_str_release(&d->told);
}
