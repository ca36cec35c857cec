/* fsck - what a disk and a file system must be like. */
#include "work/fsck.h"

#include <stdlib.h>
#include <sys/statvfs.h>

#include "../lib/tap.h"
#include "base/buf.h"

/* "disk" or "fs" for each finding. */
static void
said(struct findings *f, const char *want, const char *what)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < f->n; i++)
		buf_printf(&b, "%s%s", i > 0 ? " " : "", f->v[i].check);
	is(buf_str(&b), want, what);
	buf_release(&b);
	fsck_release(f);
}

static void
test_room(void)
{
	enum { BLOCK = 4096, MIB = (1 << 20) / BLOCK, GIB = 1024 * MIB };
	static const struct {
		const char *what, *want;
		struct statvfs fs;
	} t[] = {
		{ "room enough", "", { .f_blocks = 100ul * GIB, .f_bavail = 50ul * GIB } },
		{ "less than 100 MiB", "disk", { .f_blocks = GIB, .f_bavail = 100 * MIB - 1 } },
		{ "100 MiB of little", "", { .f_blocks = GIB, .f_bavail = 100 * MIB } },
		{ "less than one of a hundred", "disk", { .f_blocks = 20ul * GIB, .f_bavail = 200 * MIB } },
		{ "which is much of a large disk", "", { .f_blocks = 1000ul * GIB, .f_bavail = GIB } },
		{ "full", "disk", { .f_blocks = GIB } },
		{ "one that does not count", "", { 0 } },
		{ "few files left", "disk", { .f_blocks = GIB, .f_bavail = GIB, .f_files = 1000,
		    .f_favail = 9 } },
		{ "some files left", "", { .f_blocks = GIB, .f_bavail = GIB, .f_files = 1000,
		    .f_favail = 10 } },
		{ "read-only", "disk", { .f_blocks = GIB, .f_bavail = GIB, .f_flag = ST_RDONLY } },
		{ "read-only and full", "disk disk", { .f_blocks = GIB, .f_flag = ST_RDONLY } },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct findings f = { 0 };
		struct statvfs fs = t[i].fs;

		fs.f_frsize = BLOCK;
		fsck_room(&f, ".orch", &fs);
		said(&f, t[i].want, t[i].what);
	}
}

static void
test_kind(void)
{
	static const struct {
		const char *kind;
		bool network, allowed;
		const char *want;
	} t[] = {
		{ "ext4", false, false, "" },
		{ "unknown", false, false, "" },
		{ "nfs", true, false, "fs" },
		{ "nfs", true, true, "" },
		{ "vfat", false, true, "fs" },
		{ "exfat", false, false, "fs" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct findings f = { 0 };

		fsck_kind(&f, ".orch", t[i].kind, t[i].network, t[i].allowed);
		said(&f, t[i].want, t[i].kind);
	}
}

/* Of each check so many are told of; the other checks have nothing to do with it. */
static void
test_many(void)
{
	struct findings f = { .fix = true };

	for (int64_t i = 1; i <= FSCK_MANY; i++)
		fsck_add_task(&f, "links", i, "one");
	ok(fsck_may_fix(&f), "the last of those that are told of can be mended");
	ok(fsck_enough(&f, "links") && !fsck_enough(&f, "cycle"), "one more is one too many");
	fsck_add_task(&f, "links", 1, "one too many");
	ok(!fsck_may_fix(&f), "what is not told of is not mended");
	fsck_fixed(&f);
	ok(f.n == FSCK_MANY && !f.v[f.n - 1].fixed && fsck_unfixed(&f) == f.n, "nor marked");
	fsck_add_task(&f, "cycle", 1, "another");
	is_int((int64_t)f.n, FSCK_MANY + 1, "another check");
	fsck_forget(&f, 10);
	fsck_add_task(&f, "links", 1, "again");
	is_int((int64_t)f.n, 11, "there is room for what was taken back");
	fsck_release(&f);
}

int
main(void)
{
	test_room();
	test_many();
	test_kind();
	return done_testing();
}
