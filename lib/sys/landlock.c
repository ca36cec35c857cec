/*
 * The C library has no functions for these calls, and its headers may be older than the
 * ABI that is needed here, so that the numbers of linux/landlock.h are repeated.
 */
#include "sys/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"

enum {
	WRITE_FILE = 1 << 1,
	REMOVE_DIR = 1 << 4,
	REMOVE_FILE = 1 << 5,
	MAKE_CHAR = 1 << 6,
	MAKE_DIR = 1 << 7,
	MAKE_REG = 1 << 8,
	MAKE_SOCK = 1 << 9,
	MAKE_FIFO = 1 << 10,
	MAKE_BLOCK = 1 << 11,
	MAKE_SYM = 1 << 12,
	REFER = 1 << 13,
	TRUNCATE = 1 << 14,
};

#define OF_FILES   (WRITE_FILE | TRUNCATE)
#define OF_FOLDERS (OF_FILES | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | \
	MAKE_FIFO | MAKE_SYM | REFER)
#define HANDLED    (OF_FOLDERS | MAKE_CHAR | MAKE_BLOCK)

#define VERSION	      1u	/* flag of landlock_create_ruleset(2) */
#define PATH_BENEATH  1		/* type of rule */
#define ABI_SCOPES    6
#define SCOPE_SIGNALS (1 << 1)

struct ruleset {
	uint64_t fs, net, scopes;
};

struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

int
landlock_abi(void)
{
	const char *test = getenv("ORCH_TEST_LANDLOCK");
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);
	int64_t less;

	if (abi < 0)
		return 0;
	if (test != NULL && num_int(test, 0, abi, &less) == 0)
		return (int)less;
	return (int)abi;
}

int
landlock_check(struct err *e)
{
	int abi = landlock_abi();

	if (abi == 0)
		return err_set(e, ERR_FAILED, "this kernel has no Landlock");
	if (abi < LANDLOCK_ABI_NEEDED)
		return err_set(e, ERR_FAILED, "this kernel has Landlock %d, %d is needed", abi,
		    LANDLOCK_ABI_NEEDED);
	return 0;
}

static int
allow(int ruleset, const char *path, struct err *e)
{
	struct beneath rule = { .parent = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;
	int r = -1;

	if (rule.parent == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 : err_sys(e, "cannot open '%s'", path);
	if (fstat(rule.parent, &st) == 0) {
		rule.allowed = S_ISDIR(st.st_mode) ? OF_FOLDERS : OF_FILES;
		r = (int)syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0);
	}
	if (r == -1)
		err_sys(e, "cannot allow '%s' with Landlock", path);
	close(rule.parent);
	return r;
}

int
landlock_make(int *fd, char *const *paths, struct err *e)
{
	struct ruleset set = { .fs = HANDLED };
	size_t size = sizeof set.fs;

	*fd = -1;
	if (landlock_check(e) == -1)
		return -1;
	if (landlock_abi() >= ABI_SCOPES) {
		set.scopes = SCOPE_SIGNALS;
		size = sizeof set;
	}
	if ((*fd = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0)) == -1)
		return err_sys(e, "cannot set up Landlock");
	for (; *paths != NULL; paths++)
		if (allow(*fd, *paths, e) == -1) {
			close(*fd);
			*fd = -1;
			return -1;
		}
	return 0;
}

int
landlock_enter(int fd)
{
	return (int)syscall(SYS_landlock_restrict_self, fd, 0);
}
