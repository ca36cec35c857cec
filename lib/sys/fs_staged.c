#include "sys/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sys/fs_priv.h"

int
fs_staged(struct fs_file *f, struct buf *b, struct err *e)
{
	char name[FS_SIDE_MAX];
	int found;

	fs_side_name(f->name, "new", name);
	found = fs_read(f->dirfd, name, FS_FILE_MAX, b, e);
	/* A link or a folder of that name is not ours; fs_stage() removes it. */
	if (found == 1 || (found == -1 && e->code == ERR_INVALID))
		return 0;
	if (found == -1)
		return err_prefix(e, "what an interrupted change of '%s' staged", f->path);
	if (fstatat(f->dirfd, name, &f->staged, AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, "cannot look at '%s'", name);
	/* Given its name by a link, and killed before the other one was removed. */
	if (f->st.st_nlink > 0 && fs_same_inode(&f->staged, &f->st))
		return 0;
	f->temp = xstrdup(name);
	return 1;
}

int
fs_staged_peek(const char *path, char out[FS_IDENTITY_MAX], struct err *e)
{
	struct fs_file f = { .dirfd = -1 };
	char name[FS_SIDE_MAX];
	int r = 0;

	out[0] = '\0';
	if (fs_open(&f, path, e) == -1)
		return -1;
	fs_side_name(f.name, "new", name);
	if (fstatat(f.dirfd, name, &f.staged, AT_SYMLINK_NOFOLLOW) == 0)
		fs_staged_name(&f, out);
	else if (errno != ENOENT)
		r = err_sys(e, "cannot look at '%s'", name);
	fs_close(&f);
	return r;
}

void
fs_staged_name(const struct fs_file *f, char out[FS_IDENTITY_MAX])
{
	snprintf(out, FS_IDENTITY_MAX, "%llu.%lld.%09ld", (unsigned long long)f->staged.st_ino,
	    (long long)f->staged.st_mtim.tv_sec, f->staged.st_mtim.tv_nsec);
}
