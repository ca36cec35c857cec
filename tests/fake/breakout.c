/*
 * An agent that tries to change what is outside of its work tree, the folder that it is
 * started in, each time in another way:
 *
 *	breakout VICTIM
 *
 * VICTIM is an absolute folder with files 0 to 19 and an empty folder "folder".  For each
 * way one line says whether it went: "NAME yes" or "NAME no: why".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *victim;

/* A path below the victim: one of a few buffers. */
static const char *
at(const char *name)
{
	static char path[4][4096];
	static int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof path[n], "%s/%s", victim, name);
	return path[n];
}

static int
put(const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_APPEND | flags, 0600), r;

	if (fd == -1)
		return -1;
	r = write(fd, "broken\n", 7) == 7 ? 0 : -1;
	close(fd);
	return r;
}

static int
below(const char *before, const char *name)
{
	char path[8192];

	snprintf(path, sizeof path, "%s%s", before, at(name));
	return put(path, 0);
}

static int write_it(void) { return put(at("0"), 0); }
static int create_it(void) { return put(at("new"), O_CREAT); }
static int truncate_it(void) { return truncate(at("1"), 0); }

static int
open_truncated(void)
{
	int fd = open(at("2"), O_RDONLY | O_TRUNC);

	return fd == -1 ? -1 : close(fd);
}

static int rename_it(void) { return rename(at("3"), at("renamed")); }
static int rename_into_tree(void) { return rename(at("4"), "taken"); }

static int
rename_over(void)
{
	return put("mine", O_CREAT) == -1 ? -1 : rename("mine", at("5"));
}

static int
link_it(void)
{
	return link(at("6"), "linked") == -1 ? -1 : put("linked", 0);
}

static int
link_there(void)
{
	return put("mine", O_CREAT) == -1 ? -1 : link("mine", at("linked"));
}

static int
symlink_out(void)
{
	return symlink(at("7"), "leads-out") == -1 ? -1 : put("leads-out", 0);
}

static int symlink_there(void) { return symlink("x", at("link")); }
static int unlink_it(void) { return unlink(at("8")); }
static int remove_folder(void) { return rmdir(at("folder")); }
static int make_folder(void) { return mkdir(at("made"), 0700); }
static int make_fifo(void) { return mkfifo(at("fifo"), 0600); }
static int make_socket(void) { return mknod(at("socket"), S_IFSOCK | 0600, 0); }
static int by_proc_root(void) { return below("/proc/self/root", "9"); }
static int by_root_of_first(void) { return below("/proc/1/root", "10"); }
static int by_dots(void) { return below("../../../../../../../../../../../../../..", "11"); }
static int change_mode(void) { return chmod(at("12"), 0777); }
static int change_times(void) { return utimensat(AT_FDCWD, at("13"), NULL, 0); }

/* What is open, opened once more to be written, and what is beside it. */
static int
by_descriptor(void)
{
	char path[64];
	struct stat st;
	int r = -1;

	for (int fd = 0; fd < 256 && r == -1; fd++) {
		if (fstat(fd, &st) == -1)
			continue;
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		if (S_ISREG(st.st_mode))
			r = put(path, 0);
		else if (S_ISDIR(st.st_mode))
			r = 0;
	}
	return r;
}

static int
trace_above(void)
{
	char path[512], name[32];
	DIR *dir = opendir("/proc");
	struct dirent *d;
	int r = -1, status;

	while (r == -1 && (d = readdir(dir)) != NULL) {
		FILE *f;

		snprintf(path, sizeof path, "/proc/%s/comm", d->d_name);
		if ((f = fopen(path, "re")) == NULL)
			continue;
		if (fgets(name, sizeof name, f) != NULL && strcmp(name, "orch-keeper\n") == 0 &&
		    (r = (int)ptrace(PTRACE_ATTACH, atoi(d->d_name), NULL, NULL)) == 0) {
			waitpid(atoi(d->d_name), &status, 0);
			ptrace(PTRACE_DETACH, atoi(d->d_name), NULL, NULL);
		}
		fclose(f);
	}
	closedir(dir);
	return r;
}

/* In a process of its own: 0 if `how` went. */
static int
apart(int (*how)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		_exit(how() == 0 ? 0 : errno);
	}
	waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0 ? 0 : -1;
}

static int write_late(void) { return put(at("14"), 0); }
static int in_a_session(void) { return apart(write_late); }

static int
remount(void)
{
	mount(NULL, victim, NULL, MS_REMOUNT | MS_BIND, NULL);
	mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL);
	umount2(victim, MNT_DETACH);
	return put(at("15"), 0);
}

static int
remount_apart(void)
{
	unshare(CLONE_NEWUSER | CLONE_NEWNS);
	return remount();
}

static int with_mounts(void) { return apart(remount); }
static int with_namespaces(void) { return apart(remount_apart); }

int
main(int argc, char **argv)
{
	static const struct { const char *name; int (*way)(void); } ways[] = {
		{ "write", write_it }, { "create", create_it }, { "truncate", truncate_it },
		{ "open-truncated", open_truncated }, { "rename", rename_it },
		{ "rename-into-tree", rename_into_tree }, { "rename-over", rename_over },
		{ "link", link_it }, { "link-there", link_there }, { "symlink", symlink_out },
		{ "symlink-there", symlink_there }, { "unlink", unlink_it },
		{ "rmdir", remove_folder }, { "mkdir", make_folder }, { "mkfifo", make_fifo },
		{ "socket", make_socket }, { "proc-root", by_proc_root },
		{ "root-of-first", by_root_of_first }, { "dots", by_dots },
		{ "descriptor", by_descriptor }, { "ptrace", trace_above },
		{ "setsid", in_a_session }, { "remount", with_mounts },
		{ "namespaces", with_namespaces }, { "mode", change_mode },
		{ "times", change_times },
	};

	if (argc != 2)
		return 2;
	victim = argv[1];
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (ways[i].way() == 0)
			printf("%s yes\n", ways[i].name);
		else
			printf("%s no: %s\n", ways[i].name, strerror(errno));
		fflush(stdout);
	}
	return 0;
}
