/*
 * fs_spare - a new content is written over a file that nobody has any use for, and over
 * no other
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/xattr.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"
#include "sys/fs.h"

#define NEW "tasks: [new]\n"
#define OLD "old and longer than what comes: must not be seen behind it\n"

/* A fresh folder with "t.yml" and, in "b", a file that may be written over. */
static int
fresh(void)
{
	static int n;
	char name[16];

	snprintf(name, sizeof name, "%d", n++);
	if (chdir(scratch) == -1 || mkdir(name, 0700) == -1 || chdir(name) == -1 ||
	    mkdir("b", 0700) == -1)
		printf("# no folder\n");
	put("t.yml", "tasks: []\n");
	put("b/spare", OLD);
	return open("b", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static ino_t
inode(const char *name)
{
	struct stat st = { 0 };

	return stat(name, &st) == 0 ? st.st_ino : 0;
}

/* A commit of NEW with b/spare; true if the content took that file's place on the disk. */
static bool
commit(int dir)
{
	struct fs_file f;
	struct buf old = { 0 };
	struct err e = { 0 };
	ino_t spare = inode("b/spare");
	int held = open("b/spare", O_PATH | O_CLOEXEC);	/* its number is not given again */
	bool good = fs_open(&f, "t.yml", &e) == 0 && fs_load(&f, &old, &e) == 0;

	fs_spare(&f, dir, "spare");
	good = good && fs_stage(&f, NEW, strlen(NEW), &e) == 0 && fs_swap(&f, &old, &e) == 0 &&
	    fs_keep(&f, dir, "g1", &e) == 0 && fs_settle(&f, &e) == 0;
	ok(good && strcmp(get("t.yml"), NEW) == 0, "committed: %s", good ? "" : e.msg);
	is(get("b/g1"), "tasks: []\n", "what it was is kept");
	is_int(count_names("orch-"), 0, "and nothing is left beside it");
	fs_close(&f);
	buf_release(&old);
	if (held != -1)
		close(held);
	return inode("t.yml") == spare;
}

static void
test_reused(void)
{
	struct stat st = { 0 };
	char value[8];
	int has, dir = fresh();

	chmod("t.yml", 0640);
	chmod("b/spare", 0666);
	(void)setxattr("b/spare", "user.stale", "x", 1, 0);
	has = setxattr("t.yml", "user.mine", "y", 1, 0) == 0 ? 1 : -1;
	ok(commit(dir), "written over the spare file");
	ok(!there("b/spare"), "which is none any more");
	ok(stat("t.yml", &st) == 0 && (st.st_mode & 07777) == 0640, "mode as it was");
	is_int(getxattr("t.yml", "user.stale", value, sizeof value), -1,
	    "no attribute of the spare file");
	is_int(getxattr("t.yml", "user.mine", value, sizeof value), has, "those of the task file");
	close(dir);
}

/* What is made anew has nothing of the spare file either. */
static void
test_no_file_before(void)
{
	struct fs_file f;
	struct buf old = { 0 };
	struct err e = { 0 };
	struct stat st = { 0 };
	char value[8];
	int dir = fresh();

	unlink("t.yml");
	chmod("b/spare", 0666);
	(void)setxattr("b/spare", "user.stale", "x", 1, 0);
	ok(fs_open(&f, "t.yml", &e) == 0 && fs_load(&f, &old, &e) == 0, "no file");
	fs_spare(&f, dir, "spare");
	ok(fs_stage(&f, NEW, strlen(NEW), &e) == 0 && fs_swap(&f, &old, &e) == 0, "made");
	fs_close(&f);
	ok(stat("t.yml", &st) == 0 && (st.st_mode & 07777) == 0600 && !there("b/spare"), "0600");
	is_int(getxattr("t.yml", "user.stale", value, sizeof value), -1, "and no attribute");
	is(get("t.yml"), NEW, "with the new content");
	close(dir);
}

static void
test_somebody_looks(void)
{
	int dir = fresh(), fd = open("b/spare", O_RDONLY | O_CLOEXEC);
	char text[sizeof OLD] = { 0 };
	void *map;

	ok(!commit(dir), "not while somebody reads it");
	is_int(read(fd, text, sizeof text - 1), (int64_t)strlen(OLD), "he");
	is(text, OLD, "reads what was there");
	close(fd);
	close(dir);

	dir = fresh();
	fd = open("b/spare", O_RDONLY | O_CLOEXEC);
	map = mmap(NULL, strlen(OLD), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	ok(map != MAP_FAILED && !commit(dir), "not while somebody has it mapped");
	ok(memcmp(map, OLD, strlen(OLD)) == 0, "he sees what was there");
	munmap(map, strlen(OLD));
	close(dir);

	dir = fresh();
	fd = open("b/spare", O_WRONLY | O_CLOEXEC);
	ok(!commit(dir), "not while somebody writes it");
	close(fd);
	close(dir);

	dir = fresh();
	fd = open("b/spare", O_RDONLY | O_CLOEXEC);
	fcntl(fd, F_SETSIG, SIGURG);
	ok(fcntl(fd, F_SETLEASE, F_RDLCK) == 0 && !commit(dir), "nor wait for his lease");
	close(fd);
	close(dir);
}

static void
test_not_a_file_of_ours(void)
{
	int dir = fresh();

	ok(link("b/spare", "b/second") == 0 && !commit(dir), "not with another name");
	ok(strcmp(get("b/second"), OLD) == 0 && there("b/spare"), "which keeps its content");
	close(dir);

	dir = fresh();
	put("precious", "mine\n");
	ok(unlink("b/spare") == 0 && symlink("../precious", "b/spare") == 0 && !commit(dir),
	    "not through a link");
	ok(strcmp(get("precious"), "mine\n") == 0 && there("b/spare"),
	    "what it leads to is untouched");
	close(dir);

	dir = fresh();
	ok(unlink("b/spare") == 0 && mkfifo("b/spare", 0600) == 0 && !commit(dir) &&
	    there("b/spare"), "no FIFO");
	close(dir);

	dir = fresh();
	ok(unlink("b/spare") == 0 && mkdir("b/spare", 0700) == 0 && !commit(dir) &&
	    there("b/spare"), "no folder");
	close(dir);

	dir = fresh();
	ok(unlink("b/spare") == 0 && !commit(dir), "none is fine");
	close(dir);

	dir = fresh();
	if (geteuid() == 0)
		ok(chown("b/spare", 65534, 65534) == 0 && !commit(dir), "not another's");
	close(dir);
}

int
main(void)
{
	signal(SIGURG, SIG_IGN);
	scratch_make();
	test_reused();
	test_no_file_before();
	test_somebody_looks();
	test_not_a_file_of_ours();
	scratch_remove();
	return done_testing();
}
