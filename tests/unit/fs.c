#include "sys/fs.h"

#include <errno.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"

static void
test_read(void)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	put("r", "hello");
	is_int(fs_read(AT_FDCWD, "r", 5, &b, &e), 0, "read");
	is(buf_str(&b), "hello", "the content");
	is_int(fs_read(AT_FDCWD, "none", 5, &b, &e), 1, "1: it does not exist");
	is_int(fs_read(AT_FDCWD, "no/none", 5, &b, &e), 1, "nor its folder");
	is_int((int64_t)b.len, 0, "and there is no content");
	is_int(fs_read(AT_FDCWD, "r", 4, &b, &e), -1, "larger than the bound");
	ok(e.code == ERR_INVALID && strstr(e.msg, "'r' is larger than 4 bytes"), "%s", e.msg);
	put("empty", "");
	is_int(fs_read(AT_FDCWD, "empty", 0, &b, &e), 0, "an empty file");
	is(buf_str(&b), "", "has no content");
	is_int(fs_read(AT_FDCWD, "/proc/self/stat", 4096, &b, &e), 0, "a file without a size");
	ok(b.len > 20, "is read to its end");
	buf_release(&b);
}

static void
test_replace(void)
{
	struct err e = { 0 };
	struct stat st;

	umask(077);
	is_int(fs_replace(AT_FDCWD, "p", "one", 3, 0644, &e), 0, "a new file");
	umask(022);
	stat("p", &st);
	is_int(st.st_mode & 07777, 0644, "its mode, whatever the umask");
	put(".p.orch-new", "left by somebody who was killed");
	is_int(fs_replace(AT_FDCWD, "p", "two", 3, 0600, &e), 0, "replaced");
	is(get("p"), "two", "the content");
	ok(!there(".p.orch-new"), "nothing is left");
	mkdir("folder", 0700);
	put("folder/x", "");
	is_int(fs_replace(AT_FDCWD, "folder", "x", 1, 0600, &e), -1, "a folder is not replaced");
	ok(e.code == ERR_SYSTEM && strstr(e.msg, "'folder'"), "%s", e.msg);
	ok(!there(".folder.orch-new"), "nothing is left");
	ok(symlink("p", "link") == 0 && fs_replace(AT_FDCWD, "link", "x", 1, 0600, &e) == 0,
	    "a link is replaced itself");
	is(get("p"), "two", "not what it leads to");
	is_int(fs_put(AT_FDCWD, "put", "one", 3, 0640, &e), 0, "a file whose name is synced later");
	stat("put", &st);
	ok(strcmp(get("put"), "one") == 0 && (st.st_mode & 07777) == 0640 && !there(".put.orch-new"),
	    "is there likewise");
	is_int(fs_sync_names(AT_FDCWD, &e), 0, "now it is");
}

static void
test_append(void)
{
	struct err e = { 0 };
	struct stat st;
	off_t before = -1;

	umask(0);
	is_int(fs_append(AT_FDCWD, "a", "one\n", 4, &before, &e), 0, "append to nothing");
	umask(022);
	is_int(before, 0, "it was empty");
	stat("a", &st);
	is_int(st.st_mode & 07777, 0600, "made private");
	is_int(fs_append(AT_FDCWD, "a", "two\n", 4, &before, &e), 0, "append");
	is_int(before, 4, "the length before");
	is(get("a"), "one\ntwo\n", "the content");
	is_int(fs_truncate(AT_FDCWD, "a", before, &e), 0, "take it back");
	is(get("a"), "one\n", "taken back");
	is_int(fs_truncate(AT_FDCWD, "a", 5, &e), -1, "nothing is made longer");
	is_int(e.code, ERR_INVALID, "invalid");
	is_int(fs_truncate(AT_FDCWD, "none", 0, &e), 0, "what is not there is short enough");
	is_int(fs_truncate(AT_FDCWD, "none", 1, &e), -1, "but not long enough");
	is_int(fs_patch(AT_FDCWD, "a", 1, "NE!", 3, &e), 0, "patch");
	is(get("a"), "oNE!", "the content");
	is_int(fs_patch(AT_FDCWD, "new", 0, "x", 1, &e), 0, "patch what is not there");
	is(get("new"), "x", "the content");
	ok(symlink("a", "alink") == 0 && fs_append(AT_FDCWD, "alink", "x", 1, &before, &e) == -1,
	    "not through a link");
	ok(e.code == ERR_INVALID && strstr(e.msg, "symbolic link"), "%s", e.msg);
}

static void
test_hash(void)
{
	char a[FS_HASH_MAX], b[FS_HASH_MAX];

	fs_hash("", 0, a);
	is(a, "2d06800538d394c2", "XXH3 of nothing, from its specification");
	fs_hash("a", 1, b);
	ok(strcmp(a, b) != 0 && strlen(b) == 16, "another content has another");
}

static void
test_kind(void)
{
	bool network = true;
	const char *kind = fs_kind(AT_FDCWD, &network);
	int proc = open("/proc", O_RDONLY | O_CLOEXEC);

	ok(*kind != '\0', "this is %s", kind);
	ok(!network || strcmp(kind, "unknown") != 0, "an unknown one is not called a network");
	is(fs_kind(proc, &network), "unknown", "nobody keeps files in /proc");
	is(fs_kind(-1, &network), "unknown", "nor in a closed descriptor");
	close(proc);
}

/* All that a commit does; the content is replaced by `text`. */
static int
commit(const char *path, const char *text, const char *backup, struct err *e)
{
	struct buf old = { 0 };
	struct fs_file f = { 0 };
	int rc;

	rc = fs_open(&f, path, e);
	if (rc == 0)
		rc = fs_load(&f, &old, e);
	if (rc == 0)
		rc = fs_stage(&f, text, strlen(text), e);
	if (rc == 0)
		rc = fs_swap(&f, &old, e);
	if (rc == 0)
		rc = fs_keep(&f, AT_FDCWD, backup, e);
	if (rc == 0)
		rc = fs_settle(&f, e);
	fs_close(&f);
	buf_release(&old);
	return rc;
}

static void
test_swap(void)
{
	struct err e = { 0 };
	struct stat st;

	put("t.yml", "old");
	is_int(commit("t.yml", "new", "g1", &e), 0, "a commit");
	is(get("t.yml"), "new", "the new content");
	is(get("g1"), "old", "the former content is the backup");
	stat("t.yml", &st);
	is_int((int64_t)st.st_nlink, 1, "one name only");
	is_int(count_names("orch-"), 0, "nothing is left");

	umask(0777);
	is_int(commit("made.yml", "first", "none", &e), 0, "a commit into nothing");
	umask(022);
	is(get("made.yml"), "first", "creates the file");
	stat("made.yml", &st);
	is_int(st.st_mode & 07777, 0600, "private, whatever the umask");
	ok(!there("none"), "and there is no backup");

	is_int(commit("made.yml", "", "g2", &e), 0, "an empty content");
	is(get("made.yml"), "", "is one as well");
}

static void
test_links(void)
{
	struct err e = { 0 };
	struct stat st;

	mkdir("far", 0700);
	put("far/real.yml", "old");
	if (symlink("far/real.yml", "l1") == -1 || symlink("l1", "l2") == -1)
		printf("# no links\n");
	is_int(commit("l2", "new", "g3", &e), 0, "through two links");
	is(get("far/real.yml"), "new", "the file at their end is changed");
	ok(lstat("l2", &st) == 0 && S_ISLNK(st.st_mode), "the link is still one");

	put("h1", "old");
	if (link("h1", "h2") == -1)
		printf("# no hard links\n");
	is_int(commit("h1", "new", "g4", &e), 0, "one of two hard links");
	is(get("h2"), "old", "is not written through");
	is(get("h1"), "new", "but replaced");
}

static void
test_close(void)
{
	struct fs_file f = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	fs_close(&f);
	fs_close(&f);
	ok(fcntl(0, F_GETFD) != -1, "closing what was never open closes nothing");
	put("c", "old");
	fs_open(&f, "c", &e);
	fs_load(&f, &b, &e);
	is_int(fs_stage(&f, "new", 3, &e), 0, "stage");
	ok(there(".c.orch-new"), "it is there");
	fs_close(&f);
	ok(!there(".c.orch-new"), "and gone with the close");
	is(get("c"), "old", "nothing has changed");
	is_int(fs_open(&f, "c/x", &e), -1, "below a file");
	fs_close(&f);
	is_int(fs_open(&f, "no/c", &e), -1, "in no folder");
	ok(e.code == ERR_SYSTEM && strstr(e.msg, "'no/c'"), "%s", e.msg);
	fs_close(&f);
	buf_release(&b);
}

static void
test_private_dir(void)
{
	struct err e = { 0 };
	struct stat st;
	int fd;

	umask(0);
	fd = fs_private_dir(AT_FDCWD, "mine", &e);
	umask(022);
	ok(fd > 2, "made");
	stat("mine", &st);
	is_int(st.st_mode & 07777, 0700, "with mode 0700");
	is_int(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC, "closed on exec");
	close(fd);
	fd = fs_private_dir(AT_FDCWD, "mine", &e);
	ok(fd > 2, "opened");
	close(fd);
	umask(0);
	fd = fs_put_dir(AT_FDCWD, "put.d", &e);
	umask(022);
	stat("put.d", &st);
	ok(fd > 2 && (st.st_mode & 07777) == 0700, "one whose name is synced later is private too");
	close(fd);
	chmod("mine", 0720);
	is_int(fs_private_dir(AT_FDCWD, "mine", &e), -1, "not if the group may write");
	ok(e.code == ERR_SYSTEM && strstr(e.msg, "mode 0720"), "%s", e.msg);
	ok(symlink("mine", "minelink") == 0 && fs_private_dir(AT_FDCWD, "minelink", &e) == -1,
	    "not through a link");
	put("minefile", "");
	is_int(fs_private_dir(AT_FDCWD, "minefile", &e), -1, "no file");
	ok(strstr(e.msg, "'minefile' is a file, not a folder"), "%s", e.msg);
	chmod("mine", 0700);
	if (geteuid() == 0 && chown("mine", 1, 1) == 0) {
		is_int(fs_private_dir(AT_FDCWD, "mine", &e), -1, "not another's");
		ok(strstr(e.msg, "belongs to user 1"), "%s", e.msg);
	}
}

/* A chain of folders deeper than any path may be long. */
static int
make_chain(int depth)
{
	int fd = open("tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

	while (fd != -1 && depth-- > 0) {
		next = mkdirat(fd, "d", 0700) == -1 ? -1 :
		    openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static void
test_remove_tree(void)
{
	struct err e = { 0 };
	char name[64];

	put("outside", "stays");
	mkdir("outdir", 0700);
	put("outdir/f", "stays");
	mkdir("tree", 0700);
	is_int(make_chain(1500), 0, "a tree fifteen hundred folders deep");
	mkdir("tree/0", 0700);
	mkdir("tree/0/1", 0700);
	put("tree/0/1/file", "");
	put("tree/2", "a file with a name that a moved folder might want");
	mkdir("tree/closed", 0700);
	mkdir("tree/closed/in", 0700);
	put("tree/closed/in/f", "");
	chmod("tree/closed/in", 0);
	chmod("tree/closed", 0500);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "tree/w%d", i);
		mkdir(name, 0700);
		snprintf(name, sizeof name, "tree/w%d/x", i);
		mkdir(name, 0700);
		snprintf(name, sizeof name, "tree/w%d/x/y", i);
		put(name, "");
	}
	if (symlink("../outside", "tree/l") == -1 || symlink("../outdir", "tree/ld") == -1 ||
	    mkfifo("tree/fifo", 0600) == -1)
		printf("# no links\n");
	is_int(fs_remove_tree(AT_FDCWD, "tree", &e), 0, "is removed");
	ok(!there("tree"), "all of it");
	is(get("outside"), "stays", "a link is not followed");
	is(get("outdir/f"), "stays", "not even to a folder");
	is_int(fs_remove_tree(AT_FDCWD, "tree", &e), 0, "once more is fine");
	is_int(fs_remove_tree(AT_FDCWD, "outside", &e), 0, "a file is a tree as well");
	ok(symlink("outdir", "ol") == 0 && fs_remove_tree(AT_FDCWD, "ol", &e) == 0,
	    "of a link, the link is removed");
	ok(!there("ol") && there("outdir/f"), "and nothing else");
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* How long a commit of that size takes, for the reader of the output only. */
static void
measure(size_t len)
{
	char *text = malloc(len + 1);
	struct err e = { 0 };
	int64_t start;
	int rc = 0;

	memset(text, 'x', len);
	text[len] = '\0';
	put("m.yml", "");
	start = now_us();
	for (int i = 0; rc == 0 && i < 20; i++)
		rc = commit("m.yml", text, "mb", &e);
	is_int(rc, 0, "twenty commits");
	printf("# %zu bytes: %jd us a commit%s\n", len, (intmax_t)(now_us() - start) / 20,
	    getenv("ORCH_TEST_NOSYNC") ? " without fsync" : "");
	free(text);
}

int
main(void)
{
	scratch_make();
	test_read();
	test_replace();
	test_append();
	test_hash();
	test_kind();
	test_swap();
	test_links();
	test_close();
	test_private_dir();
	test_remove_tree();
	measure(4096);
	measure(1400000);
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	measure(4096);
	measure(1400000);
	scratch_remove();
	return done_testing();
}
