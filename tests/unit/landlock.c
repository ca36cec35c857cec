/*
 * What a domain of Landlock lets through; what it does for an attempt is in sandbox.t.
 */
#include "sys/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/err.h"
#include "scratch.h"

static int
touch(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | flags, 0600);

	return fd == -1 ? -1 : close(fd);
}

/* In the child: each answers with 0 or an errno. */
static int
try(int ruleset, int what)
{
	int r = -1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || landlock_enter(ruleset) == -1)
		return 255;
	switch (what) {
	case 0:
		r = touch("in/new", O_CREAT);
		break;
	case 1:
		r = touch("out/new", O_CREAT);
		break;
	case 2:
		r = touch("alone", O_TRUNC);
		break;
	case 3:
		r = truncate("out/file", 0);
		break;
	case 4:
		r = rename("in/file", "out/taken");
		break;
	case 5:
		r = mknod("in/null", S_IFCHR | 0600, 0x103);
		break;
	case 6:
		r = open("out/file", O_RDONLY);
		break;
	case 7:
		r = kill(getppid(), 0);
		break;
	}
	return r == -1 ? errno : 0;
}

static int
tried(int ruleset, int what)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try(ruleset, what));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_domain(void)
{
	char in[] = "in", alone[] = "alone", gone[] = "gone";
	char *paths[] = { in, gone, alone, NULL };
	struct err e = { 0 };
	int fd;

	mkdir("in", 0700);
	mkdir("out", 0700);
	touch("in/file", O_CREAT);
	touch("out/file", O_CREAT);
	touch("alone", O_CREAT);
	is_int(landlock_make(&fd, paths, &e), 0, "a ruleset, one of its paths is not there");
	is_int(tried(fd, 0), 0, "a file is made below a path");
	is_int(tried(fd, 1), EACCES, "and nowhere else");
	is_int(tried(fd, 2), 0, "a file by itself is written");
	is_int(tried(fd, 3), EACCES, "another is not truncated");
	ok(tried(fd, 4) != 0, "nothing is moved out");
	ok(tried(fd, 5) != 0, "no device is made");
	is_int(tried(fd, 6), 0, "all can be read");
	if (landlock_abi() >= 6)
		is_int(tried(fd, 7), EPERM, "no signal goes out");
	close(fd);
}

static void
test_absent(void)
{
	char *none[] = { NULL };
	struct err e = { 0 };
	int fd;

	setenv("ORCH_TEST_LANDLOCK", "0", 1);
	is_int(landlock_make(&fd, none, &e), -1, "a kernel without it");
	is(e.msg, "this kernel has no Landlock", "says so");
	is_int(e.code, ERR_FAILED, "for good");
	is_int(fd, -1, "and there is nothing to close");
	unsetenv("ORCH_TEST_LANDLOCK");
}

int
main(void)
{
	struct err e = { 0 };

	scratch_make();
	test_absent();
	if (landlock_check(&e) == 0)
		test_domain();
	else
		printf("# not to be had here: %s\n", e.msg);
	scratch_remove();
	return done_testing();
}
