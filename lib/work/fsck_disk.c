/*
 * fsck_disk - room, and what the file system can do
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/config.h"
#include "task/project.h"
#include "work/fsck.h"

#define FREE_MIN  (100ull << 20)	/* bytes: less is too little on any disk */
#define FREE_FINE (1ull << 30)		/* more is enough, however large the disk */

/* Less than one of a hundred, of a total that is known. */
static bool
is_short(uint64_t rest, uint64_t total)
{
	return total > 0 && rest < total / 100;
}

void
fsck_room(struct findings *f, const char *place, const struct statvfs *fs)
{
	uint64_t size = fs->f_frsize ? fs->f_frsize : 1, rest = (uint64_t)fs->f_bavail * size;

	if ((fs->f_flag & ST_RDONLY) != 0)
		fsck_add(f, "disk", 0, place, "the file system is read-only");
	if (fs->f_blocks > 0 && (rest < FREE_MIN ||
	    (rest < FREE_FINE && is_short(fs->f_bavail, fs->f_blocks))))
		fsck_add(f, "disk", 0, place, "there are %llu MiB free: make room, or the next command "
		    "is refused", (unsigned long long)(rest >> 20));
	if (is_short(fs->f_favail, fs->f_files))
		fsck_add(f, "disk", 0, place, "there are %llu files free of %llu: remove some, or the "
		    "next command is refused", (unsigned long long)fs->f_favail,
		    (unsigned long long)fs->f_files);
}

/* Whoever has allowed a network file system was told what it cannot do. */
void
fsck_kind(struct findings *f, const char *place, const char *kind, bool network, bool allowed)
{
	static const char *const simple[] = { "vfat", "exfat", "ntfs" };

	if (network && !allowed)
		fsck_add(f, "fs", 0, place, "it is on %s, where a lock may not exclude other machines: "
		    "move the project, or set allow_network_fs if only one uses it", kind);
	for (size_t i = 0; i < sizeof simple / sizeof *simple; i++)
		if (strcmp(kind, simple[i]) == 0)
			fsck_add(f, "fs", 0, place, "it is on %s, where two names may not be exchanged: what "
			    "an editor saves in the instant of a change can be lost", kind);
}

int
fsck_disk(struct findings *f, const struct project *p, struct err *e)
{
	struct err unknown = { 0 };
	struct statvfs room;
	bool network;
	const char *kind;
	int fd = fs_openat(AT_FDCWD, p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), at, r = 0;

	if (fd == -1)
		return err_sys(e, "cannot open '%s'", p->dir);
	at = p->orch_fd != -1 ? p->orch_fd : fd;
	kind = fs_kind(at, &network);
	fsck_kind(f, p->orch, kind, network, f->unset || config_bool(&p->config, "allow_network_fs"));
	if (fstatvfs(at, &room) == 0)
		fsck_room(f, p->orch, &room);
	else
		r = err_sys(e, "cannot look at the file system of '%s'", p->orch);
	if (p->orch_fd != -1 && lock_probe(p->orch_fd, "lock", &unknown) == -1 &&
	    unknown.code == ERR_SYSTEM)
		fsck_add(f, "fs", 0, p->orch, "%s", unknown.msg);
	close(fd);
	return r;
}
