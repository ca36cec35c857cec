/*
 * What may stand in the place of a file, and disks that do not want: every case
 * ends in a message, and what was there is there still.
 */
#include "sys/fs.h"

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"
#include "sys/sig.h"

#define OLD    "tasks: []\n"
#define NOBODY 65534

static void
refused(const char *path, enum err_code code, const char *part)
{
	struct fs_file f = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };
	int rc;

	rc = fs_open(&f, path, &e);
	if (rc == 0)
		rc = fs_load(&f, &b, &e);
	fs_close(&f);
	is_int(rc, -1, path);
	is_int(e.code, code, "with its code");
	ok(strstr(e.msg, part) != NULL && strstr(e.msg, path) != NULL, "%s", e.msg);
	buf_release(&b);
}

static void
make_socket(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s", name);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) == -1)
		printf("# no socket\n");
	close(fd);
}

static void
test_kinds(void)
{
	struct fs_file f = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	mkdir("folder", 0700);
	if (symlink("nothing", "dangling") == -1 || symlink("loop2", "loop1") == -1 ||
	    symlink("loop1", "loop2") == -1 || mkfifo("fifo", 0600) == -1)
		printf("# no links\n");
	make_socket("socket");
	put("big", "");
	refused("folder", ERR_INVALID, "a folder");
	refused("folder/", ERR_INVALID, "a folder");
	refused("/", ERR_INVALID, "a folder");
	refused("dangling", ERR_INVALID, "to nothing");
	refused("loop1", ERR_INVALID, "in a circle");
	refused("fifo", ERR_INVALID, "a FIFO");
	refused("socket", ERR_INVALID, "a socket");
	refused("/dev/zero", ERR_INVALID, "a device");
	refused("big/", ERR_SYSTEM, "Not a directory");
	refused("none/", ERR_SYSTEM, "No such file");
	if (truncate("big", (off_t)FS_FILE_MAX + 1) == 0)
		refused("big", ERR_INVALID, "64 MiB");
	if (truncate("big", (off_t)FS_FILE_MAX) == 0) {
		fs_open(&f, "big", &e);
		is_int(fs_load(&f, &b, &e), 0, "64 MiB exactly are read");
		is_int((int64_t)b.len, FS_FILE_MAX, "all of them");
		fs_close(&f);
		buf_release(&b);
	}
}

/* The small readers and writers refuse the same things, without waiting for any. */
static void
test_small(void)
{
	static const char *const names[] = { "folder", "dangling", "loop1", "fifo", "socket" };
	struct buf b = { 0 };
	struct err e = { 0 };
	off_t before;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		is_int(fs_read(AT_FDCWD, names[i], 100, &b, &e), -1, names[i]);
		is_int(e.code, ERR_INVALID, e.msg);
		is_int(fs_append(AT_FDCWD, names[i], "x", 1, &before, &e), -1, names[i]);
		is_int(e.code, ERR_INVALID, e.msg);
		is_int(fs_patch(AT_FDCWD, names[i], 0, "x", 1, &e), -1, names[i]);
		is_int(fs_truncate(AT_FDCWD, names[i], 0, &e), -1, names[i]);
	}
	is_int(fs_read(AT_FDCWD, "/dev/zero", 100, &b, &e), -1, "/dev/zero");
	ok(!there("nothing"), "nothing was made through the dangling link");
	buf_release(&b);
}

/* A staged name that somebody has planted. */
static void
test_planted(void)
{
	struct fs_file f = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	put("t.yml", OLD);
	put("victim", "untouched");
	if (symlink("victim", ".t.yml.orch-new") == -1 || symlink("victim", ".t.yml.orch-mark") == -1)
		printf("# no links\n");
	fs_open(&f, "t.yml", &e);
	fs_load(&f, &b, &e);
	is_int(fs_stage(&f, "new", 3, &e), 0, "a planted link is no obstacle");
	is_int(fs_swap(&f, &b, &e), 0, "swapped");
	fs_close(&f);
	is(get("victim"), "untouched", "nor written through");
	is(get("t.yml"), "new", "the file is new");
	mkdir(".t.yml.orch-new", 0700);
	fs_open(&f, "t.yml", &e);
	fs_load(&f, &b, &e);
	is_int(fs_stage(&f, "new", 3, &e), -1, "a planted folder is one");
	ok(e.code == ERR_SYSTEM, "%s", e.msg);
	fs_close(&f);
	rmdir(".t.yml.orch-new");
	buf_release(&b);
}

static int
commit(const char *path, const char *text, size_t len, struct err *e)
{
	struct buf old = { 0 };
	struct fs_file f = { 0 };
	int rc;

	rc = fs_open(&f, path, e);
	if (rc == 0)
		rc = fs_load(&f, &old, e);
	if (rc == 0)
		rc = fs_stage(&f, text, len, e);
	if (rc == 0)
		rc = fs_swap(&f, &old, e);
	if (rc == 0)
		rc = fs_keep(&f, AT_FDCWD, "backup", e);
	if (rc == 0)
		rc = fs_settle(&f, e);
	fs_close(&f);
	buf_release(&old);
	return rc;
}

/* An ACL in the form of the attribute: version 2, then tag, rights, id, little endian. */
struct acl {
	uint32_t version;
	struct { uint16_t tag, rights; uint32_t id; } entry[5];
};

static const struct acl acl = { 2, {
	{ 0x01, 6, UINT32_MAX },	/* owner rw */
	{ 0x02, 6, 12345 },		/* user 12345 rw */
	{ 0x04, 4, UINT32_MAX },	/* group r */
	{ 0x10, 6, UINT32_MAX },	/* mask rw */
	{ 0x20, 0, UINT32_MAX },	/* others nothing */
} };

static void
test_attributes(void)
{
	struct acl got = { 0 };
	struct err e = { 0 };
	char value[16] = "";
	struct stat st;

	put("attr", OLD);
	chmod("attr", 0604);
	if (geteuid() == 0 && chown("attr", 1000, 1001) == -1)
		printf("# no chown\n");
	if (setxattr("attr", "user.note", "kept", 4, 0) == -1) {
		ok(true, "# SKIP no extended attributes here: %s", strerror(errno));
		return;
	}
	is_int(commit("attr", "new", 3, &e), 0, "a file with attributes");
	stat("attr", &st);
	is_int(st.st_mode & 07777, 0604, "keeps its mode");
	if (geteuid() == 0)
		ok(st.st_uid == 1000 && st.st_gid == 1001, "keeps its owner and group");
	is_int(getxattr("attr", "user.note", value, sizeof value), 4, "keeps the attribute");
	is(value, "kept", "with its value");
	if (setxattr("attr", "system.posix_acl_access", &acl, sizeof acl, 0) == -1) {
		ok(true, "# SKIP no ACL here: %s", strerror(errno));
		return;
	}
	is_int(commit("attr", "newer", 5, &e), 0, "a file with an ACL");
	is_int(getxattr("attr", "system.posix_acl_access", &got, sizeof got), sizeof acl,
	    "keeps the ACL");
	ok(memcmp(&got, &acl, sizeof acl) == 0, "as it was");
	stat("attr", &st);
	is_int(st.st_mode & 07777, 0660, "and the mode that belongs to it");
}

/* A folder's default ACL must not open a file that was closed. */
static void
test_default_acl(void)
{
	struct err e = { 0 };
	struct acl got;
	struct stat st;

	mkdir("shared", 0700);
	if (setxattr("shared", "system.posix_acl_default", &acl, sizeof acl, 0) == -1) {
		ok(true, "# SKIP no ACL here: %s", strerror(errno));
		return;
	}
	put("shared/f", OLD);
	removexattr("shared/f", "system.posix_acl_access");
	chmod("shared/f", 0640);
	is_int(commit("shared/f", "new", 3, &e), 0, "a file without an ACL");
	is_int(getxattr("shared/f", "system.posix_acl_access", &got, sizeof got), -1, "gets none");
	stat("shared/f", &st);
	is_int(st.st_mode & 07777, 0640, "and keeps its mode");
}

/* Runs a test as another user, or in a mount namespace of its own. */
static int
apart(int (*test)(void))
{
	pid_t pid = fork();

	if (pid != 0)
		return ended(pid);
	sig_start();
	_exit(test());
}

static bool
become_nobody(void)
{
	return geteuid() != 0 || (setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 &&
	    setuid(NOBODY) == 0);
}

#define NO_RIGHTS 77

static int
as_nobody_in_closed_folder(void)
{
	struct err e = { 0 };

	if (!become_nobody())
		return NO_RIGHTS;
	if (commit("closed/t.yml", "new", 3, &e) != -1 || e.code != ERR_SYSTEM)
		return 1;
	return e.sys == EACCES ? 0 : 2;
}

static int
as_nobody_with_foreign_group(void)
{
	struct err e = { 0 };
	struct stat st;

	if (!become_nobody())
		return NO_RIGHTS;
	if (commit("open/t.yml", "new", 3, &e) != -1)
		return 1;	/* the backup goes to a folder that is closed */
	if (stat("open/t.yml", &st) == -1 || st.st_gid != NOBODY)
		return 2;
	return (st.st_mode & 07777) == 0604 ? 0 : 3;
}

static void
report(int status, const char *what)
{
	if (status == NO_RIGHTS)
		ok(true, "# SKIP %s: not permitted here", what);
	else
		is_int(status, 0, what);
}

static void
test_as_nobody(void)
{
	chmod(".", 0755);
	mkdir("closed", 0755);
	put("closed/t.yml", OLD);
	chmod("closed", 0555);
	report(apart(as_nobody_in_closed_folder), "a folder that cannot be written");
	is(get("closed/t.yml"), OLD, "the file is as it was");
	mkdir("open", 0777);
	chmod("open", 0777);
	put("open/t.yml", OLD);
	chmod("open/t.yml", 0664);
	if (geteuid() != 0 || chown("open/t.yml", NOBODY, 0) == -1)
		return;
	report(apart(as_nobody_with_foreign_group), "a group that cannot be kept gets nothing");
	is(get("open/t.yml"), "new", "the file is new");
}

/* Who may not mount may do so as root of a user namespace with one user in it. */
static bool
enter_namespace(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS) == 0)
		return true;
	if (unshare(CLONE_NEWNS | CLONE_NEWUSER) == -1)
		return false;
	put("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "0 %u 1", (unsigned int)uid);
	put("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "0 %u 1", (unsigned int)gid);
	put("/proc/self/gid_map", map);
	return geteuid() == 0 && getegid() == 0;
}

/* A small disk of our own. */
static bool
mount_small(void)
{
	mkdir("disk", 0755);
	if (!enter_namespace())
		return false;
	(void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return mount("tmpfs", "disk", "tmpfs", 0, "size=64k") == 0;
}

static int
on_full_disk(void)
{
	static char text[100000];
	struct err e = { 0 };
	off_t before;

	if (!mount_small() || chdir("disk") == -1)
		return NO_RIGHTS;
	memset(text, 'x', sizeof text);
	put("t.yml", OLD);
	put("log", "first\n");
	if (commit("t.yml", text, sizeof text, &e) != -1 || e.code != ERR_SYSTEM || e.sys != ENOSPC)
		return 1;
	if (strcmp(get("t.yml"), OLD) != 0 || count_names("orch-") != 0)
		return 2;
	if (fs_append(AT_FDCWD, "log", text, sizeof text, &before, &e) != -1 || e.sys != ENOSPC)
		return 3;
	if (strcmp(get("log"), "first\n") != 0)
		return 4;
	if (fs_replace(AT_FDCWD, "log", text, sizeof text, 0600, &e) != -1 || e.sys != ENOSPC)
		return 5;
	if (strcmp(get("log"), "first\n") != 0 || count_names("orch-") != 0)
		return 6;
	return commit("t.yml", "new", 3, &e) == 0 && strcmp(get("t.yml"), "new") == 0 ? 0 : 7;
}

static int
on_read_only_disk(void)
{
	struct err e = { 0 };
	off_t before;

	if (!mount_small())
		return NO_RIGHTS;
	put("disk/t.yml", OLD);
	if (mount(NULL, "disk", NULL, MS_REMOUNT | MS_RDONLY, NULL) == -1)
		return NO_RIGHTS;
	if (commit("disk/t.yml", "new", 3, &e) != -1 || e.code != ERR_SYSTEM || e.sys != EROFS)
		return 1;
	if (fs_append(AT_FDCWD, "disk/t.yml", "x", 1, &before, &e) != -1 || e.sys != EROFS)
		return 2;
	if (fs_private_dir(AT_FDCWD, "disk/d", &e) != -1 || e.sys != EROFS)
		return 3;
	return strcmp(get("disk/t.yml"), OLD) == 0 ? 0 : 4;
}

/* The task file is a link to another disk: the backup is copied. */
static int
across_disks(void)
{
	struct err e = { 0 };

	if (!mount_small())
		return NO_RIGHTS;
	put("disk/t.yml", OLD);
	if (symlink("disk/t.yml", "across.yml") == -1)
		return 1;
	if (commit("across.yml", "new", 3, &e) != 0)
		return 2;
	if (strcmp(get("disk/t.yml"), "new") != 0 || strcmp(get("backup"), OLD) != 0)
		return 3;
	return chdir("disk") == 0 && count_names("orch-") == 0 ? 0 : 4;
}

static int
with_small_files_only(void)
{
	struct rlimit limit = { 4096, 4096 };
	static char text[10000];
	struct err e = { 0 };
	off_t before;

	if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
		return NO_RIGHTS;
	memset(text, 'x', sizeof text);
	if (commit("t.yml", text, sizeof text, &e) != -1 || e.code != ERR_SYSTEM || e.sys != EFBIG)
		return 1;
	if (strcmp(get("t.yml"), OLD) != 0 || count_names("t.yml.orch-") != 0)
		return 2;
	if (fs_append(AT_FDCWD, "log", text, sizeof text, &before, &e) != -1 || e.sys != EFBIG)
		return 3;
	return strcmp(get("log"), "first\n") == 0 ? 0 : 4;
}

/* From none that is left to more than enough. */
static int
with_few_descriptors(void)
{
	struct rlimit limit = { 0, 64 };
	struct err e = { 0 };
	int rc, failed = 0;

	for (limit.rlim_cur = 3; limit.rlim_cur <= 8; limit.rlim_cur++) {
		if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
			return NO_RIGHTS;
		rc = commit("few.yml", "new", 3, &e);
		failed += rc == -1;
		limit.rlim_cur += 8;
		setrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur -= 8;
		if (rc == -1 && (e.sys != EMFILE || strcmp(get("few.yml"), OLD) != 0))
			return 1;
		if (count_names("few.yml.orch-") != 0)
			return 2;
	}
	return failed > 0 && strcmp(get("few.yml"), "new") == 0 ? 0 : 3;
}

static void
test_disks(void)
{
	put("t.yml", OLD);
	put("few.yml", OLD);
	put("log", "first\n");
	report(apart(on_full_disk), "a full disk");
	report(apart(on_read_only_disk), "a disk that is read-only");
	report(apart(across_disks), "a link to another disk");
	report(apart(with_small_files_only), "a limit for the size of files");
	report(apart(with_few_descriptors), "few descriptors left");
	is(get("t.yml"), OLD, "the file is as it was");
}

static void
test_names(void)
{
	char name[300];
	struct err e = { 0 };

	memset(name, 'n', sizeof name);
	name[244] = '\0';
	is_int(commit(name, "x", 1, &e), 0, "a name of 244 bytes");
	name[244] = 'n';
	name[250] = '\0';
	is_int(commit(name, "x", 1, &e), -1, "one that leaves no room for ours is refused");
	ok(e.sys == ENAMETOOLONG && !there(name), "and not made");
	is_int(commit("with\nnewline \xff", "x", 1, &e), 0, "an odd name");
	is(get("with\nnewline \xff"), "x", "is a name");
}

int
main(void)
{
	scratch_make();
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	test_kinds();
	test_small();
	test_planted();
	test_attributes();
	test_default_acl();
	test_as_nobody();
	test_disks();
	test_names();
	scratch_remove();
	return done_testing();
}
