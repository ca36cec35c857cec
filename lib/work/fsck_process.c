/*
 * fsck_process - programs that have outlived their attempt
 *
 * Every process of an attempt, however far down, has ORCH_ATTEMPT and ORCH_PROJECT in
 * the environment that it was started with.  While the attempt lives its run lock is
 * held; a process of one whose lock is free got out of the keeper's reach, or the
 * keeper was killed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "task/project.h"
#include "work/fsck.h"
#include "work/probe.h"

#define ENVIRON_MAX (256u << 10)	/* ours come first enough */

/* A file of /proc, whose size is not known; false if it cannot be read. */
static bool
read_proc(const char *pid, const char *name, struct buf *text)
{
	char path[80], chunk[4096];
	ssize_t n = 0;
	int fd;

	buf_cut(text, 0);
	snprintf(path, sizeof path, "/proc/%.20s/%s", pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	while (text->len < ENVIRON_MAX && (n = read(fd, chunk, sizeof chunk)) > 0)
		buf_append(text, chunk, (size_t)n);
	close(fd);
	return n != -1;
}

/* The value of a variable in a block of "NAME=VALUE\0"; NULL: it is not set. */
static const char *
variable(const struct buf *block, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = buf_str(block), *end = at + block->len; at < end; at += strlen(at) + 1)
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return at + len + 1;
	return NULL;
}

/* "17/2" of this project, its task file included; 0: none of ours. */
static int64_t
task_of(const struct project *p, const struct buf *block)
{
	const char *attempt = variable(block, "ORCH_ATTEMPT");
	const char *dir = variable(block, "ORCH_PROJECT"), *tasks = variable(block, "ORCH_TASKS");
	int64_t id = 0;
	char *text;

	if (attempt == NULL || dir == NULL || strcmp(dir, p->dir) != 0 || tasks == NULL ||
	    strcmp(tasks, p->tasks) != 0)
		return 0;
	text = xstrndup(attempt, strcspn(attempt, "/"));
	if (num_id(text, &id) == -1)
		id = 0;
	free(text);
	return id;
}

static void
check_process(struct findings *f, const struct project *p, const char *pid, struct buf *block)
{
	struct err unknown = { 0 };
	struct buf name = { 0 };
	int64_t task;

	/* A lock that is free now was not just let go of by an attempt that ends: its
	 * processes are gone before it, so the one that is left is looked at again. */
	if (!read_proc(pid, "environ", block) || (task = task_of(p, block)) == 0 ||
	    probe_attempt(p, task, &unknown) != 0 || !read_proc(pid, "environ", block) ||
	    task_of(p, block) != task || !read_proc(pid, "comm", &name))
		goto done;
	fsck_add_task(f, "attempt", task, "process %s (%.*s) has outlived attempt %s: end it with kill",
	    pid, (int)strcspn(buf_str(&name), "\n"), buf_str(&name), variable(block, "ORCH_ATTEMPT"));
done:
	buf_release(&name);
}

int
fsck_processes(struct findings *f, const struct project *p, struct err *e)
{
	struct buf block = { 0 };
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int64_t pid;

	if (dir == NULL)
		return err_sys(e, "cannot read '/proc'");
	while ((entry = readdir(dir)) != NULL)
		if (num_int(entry->d_name, 1, INT32_MAX, &pid) == 0 && pid != getpid())
			check_process(f, p, entry->d_name, &block);
	closedir(dir);
	buf_release(&block);
	return 0;
}
