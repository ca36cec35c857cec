/*
 * scratch - a folder for one test, and small helpers with files in it
 *
 * scratch_make() changes into a new folder below $TMPDIR or /tmp;
 * scratch_remove() takes it away with all that is in it.
 */
#ifndef ORCH_TESTS_SCRATCH_H
#define ORCH_TESTS_SCRATCH_H

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/fs.h"

static char scratch[PATH_MAX];

__attribute__((unused)) static void
scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(scratch, sizeof scratch, "%s/orch-unit.XXXXXX", tmp ? tmp : "/tmp");
	if (mkdtemp(scratch) == NULL || chdir(scratch) == -1) {
		printf("Bail out! cannot make %s\n", scratch);
		exit(1);
	}
	umask(022);
}

__attribute__((unused)) static void
scratch_remove(void)
{
	struct err e = { 0 };

	if (chdir("/") == -1 || fs_remove_tree(AT_FDCWD, scratch, &e) == -1)
		printf("# left %s: %s\n", scratch, e.msg);
}

/* Writes into the file, as an editor does that saves in place. */
__attribute__((unused)) static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "we");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) == EOF)
		printf("# cannot write %s\n", name);
}

/* As an editor does that writes a new file and renames it. */
__attribute__((unused)) static void
put_by_rename(const char *name, const char *text)
{
	put("person~", text);
	if (rename("person~", name) == -1)
		printf("# cannot rename to %s\n", name);
}

/* The content, NULL if there is none; good until the next call but three. */
__attribute__((unused)) static const char *
get(const char *name)
{
	static char text[4][65536];
	static int turn;
	char *out = text[turn++ % 4];
	FILE *f = fopen(name, "re");

	if (f == NULL)
		return NULL;
	out[fread(out, 1, sizeof text[0] - 1, f)] = '\0';
	fclose(f);
	return out;
}

__attribute__((unused)) static bool
there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

/* Entries of the working folder whose name contains `part`. */
__attribute__((unused)) static int
count_names(const char *part)
{
	struct dirent *entry;
	DIR *dir = opendir(".");
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += strstr(entry->d_name, part) != NULL;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* Waits for a child: its exit status, or 1000 + the signal that ended it. */
__attribute__((unused)) static int
ended(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) <= 0)
		return -1;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Runs a line of shell in the working folder: did it end with 0? */
__attribute__((unused)) static bool
shell(const char *line)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	return ended(pid) == 0;
}

#endif
