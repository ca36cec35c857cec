/*
 * fs_attr - a replaced file keeps its owner, mode, ACL and user attributes
 *
 * What matters is that nobody gains access by the replacement.  An owner that
 * cannot be kept becomes ours; a group that cannot be kept loses its access, and
 * the ACL, whose mask and group entry were about that group, goes with it.  What the
 * new file has of its own, as an ACL from its folder's default, is removed.
 */
#include "fs_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"

#define ACL "system.posix_acl_access"

/* The kernel's own bounds (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
#define LIST_MAX  65536
#define VALUE_MAX 65536

static bool
is_kept(const char *name, bool with_acl)
{
	if (strcmp(name, ACL) == 0)
		return with_acl;
	return strncmp(name, "user.", 5) == 0;
}

static int
copy_one(int from, int to, const char *name, void *value)
{
	ssize_t n = fgetxattr(from, name, value, VALUE_MAX);

	if (n == -1)	/* gone since it was listed, or never ours to read */
		return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
	if (fsetxattr(to, name, value, (size_t)n, 0) == 0 || errno == ENOTSUP)
		return 0;
	return -1;
}

int
fs_drop_attributes(int fd, const char *path, struct err *e)
{
	char *list = xmalloc(LIST_MAX);
	ssize_t n = flistxattr(fd, list, LIST_MAX);
	int rc = 0;

	for (char *name = list; rc == 0 && name < list + n; name += strlen(name) + 1)
		if (is_kept(name, true) && fremovexattr(fd, name) == -1 && errno != ENODATA)
			rc = err_sys(e, "cannot remove the attribute '%s' of the new '%s'", name, path);
	free(list);
	return rc;
}

static int
copy_extended(int from, int to, bool with_acl, const char *path, struct err *e)
{
	char *list = xmalloc(LIST_MAX), *value = xmalloc(VALUE_MAX), *name;
	ssize_t n = flistxattr(from, list, LIST_MAX);
	int rc = -1;

	if (n == -1 && errno != ENOTSUP) {
		err_sys(e, "cannot list the attributes of '%s'", path);
		goto done;
	}
	for (name = list; name < list + n; name += strlen(name) + 1) {
		if (is_kept(name, with_acl) && copy_one(from, to, name, value) == -1) {
			err_sys(e, "cannot copy the attribute '%s' of '%s'", name, path);
			goto done;
		}
	}
	rc = 0;
done:
	free(list);
	free(value);
	return rc;
}

/* The mode comes last: changing the owner clears bits, setting an ACL sets some. */
int
fs_copy_attributes(int from, const struct stat *st, int to, const char *path, struct err *e)
{
	mode_t mode = st->st_mode & 07777;
	bool group = true;

	if (fchown(to, st->st_uid, st->st_gid) == -1 && fchown(to, (uid_t)-1, st->st_gid) == -1) {
		group = false;
		mode &= ~(mode_t)(S_IRWXG | S_ISGID);
	}
	if (fs_drop_attributes(to, path, e) == -1 || copy_extended(from, to, group, path, e) == -1)
		return -1;
	if (fchmod(to, mode) == -1)
		return err_sys(e, "cannot set the mode of the new '%s'", path);
	return 0;
}
