/*
 * dot_svg - a graph drawn by Graphviz
 *
 * Text and picture are files in memory: no pipe has to be filled while it reads, and what
 * it could not write is not lost unseen, as it would be (dot ends with 0 on a full disk).
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/proc.h"
#include "work/dot.h"

#define PROGRAM "dot"

static int
wait_for(struct proc *p)
{
	struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
	int status = 0;

	while (proc_reap(p, &status) == 0)
		poll(&fd, 1, -1);
	return status;
}

/* A file in memory with that text, to be read from its start. */
static int
memory(const struct buf *text, struct err *e)
{
	int fd = memfd_create(PROGRAM, MFD_CLOEXEC);

	if (fd != -1 && fs_write_all(fd, buf_str(text), text->len) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	err_sys(e, "cannot keep the graph in memory");
	if (fd != -1)
		close(fd);
	return -1;
}

static int
read_back(int fd, struct buf *out, struct err *e)
{
	char chunk[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, chunk, sizeof chunk, at)) > 0) {
		buf_append(out, chunk, (size_t)n);
		at += n;
	}
	return n == 0 ? 0 : err_sys(e, "cannot read what %s drew", PROGRAM);
}

/* Runs it to its end. */
static int
draw(const char *path, int in, int out, struct err *e)
{
	char *program = xstrdup(path), option[] = "-Tsvg", *argv[] = { program, option, NULL };
	int cwd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status, r = -1;
	struct proc_spec spec = { .argv = argv, .envp = environ, .cwd = cwd, .in = in, .out = out,
		.err = STDERR_FILENO, .death_signal = SIGKILL };
	struct proc proc = { .pidfd = -1 };

	if (cwd == -1) {
		err_sys(e, "cannot open the working directory");
	} else if ((r = proc_spawn(&proc, &spec, e)) == 0) {
		status = wait_for(&proc);
		if (WIFSIGNALED(status))
			r = err_set(e, ERR_FAILED, "%s died by signal %d", path, WTERMSIG(status));
		else if (WEXITSTATUS(status) != 0)
			r = err_set(e, ERR_FAILED, "%s ended with %d", path, WEXITSTATUS(status));
	}
	if (cwd != -1)
		close(cwd);
	free(program);
	return r;
}

int
dot_svg(const struct buf *text, struct buf *svg, struct err *e)
{
	const struct buf nothing = { 0 };
	char *path = getenv("PATH") ? proc_find(PROGRAM, getenv("PATH")) : NULL;
	int in = -1, out = -1, r = -1;

	if (path == NULL)
		err_set(e, ERR_FAILED, "no program '%s' on PATH: install Graphviz (Debian: graphviz)",
		    PROGRAM);
	else if ((in = memory(text, e)) != -1 && (out = memory(&nothing, e)) != -1 &&
	    draw(path, in, out, e) == 0)
		r = read_back(out, svg, e);
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	free(path);
	return r;
}
