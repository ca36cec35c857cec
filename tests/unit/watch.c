#include "sys/watch.h"

#include "../lib/tap.h"
#include "base/err.h"
#include "scratch.h"

static void
touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	close(fd);
}

int
main(void)
{
	struct watch w = { .fd = -1 };
	struct err e = { 0 };
	int dir, fd;

	watch_close(&w);
	scratch_make();
	mkdir("a", 0700);
	mkdir("b", 0700);
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	is_int(watch_open(&w, &e), 0, "opened");
	is_int(watch_add(&w, dir, "a", &e), 0, "a folder");
	is_int(watch_add(&w, dir, "b", &e), 0, "another");
	is_int(watch_wait(&w, 0, &e), 0, "nothing has happened");
	touch("a/new");
	is_int(watch_wait(&w, -1, &e), 1, "a new file is told, without a time");
	is_int(watch_wait(&w, 0, &e), 0, "once");
	fd = open("b/old", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	is_int(watch_wait(&w, -1, &e), 1, "in the other folder too");
	is_int(write(fd, "x", 1), 1, "written");
	is_int(watch_wait(&w, -1, &e), 1, "what is written");
	close(fd);
	is_int(watch_wait(&w, -1, &e), 1, "what is closed after writing");
	rename("b/old", "a/old");
	is_int(watch_wait(&w, -1, &e), 1, "what is renamed");
	for (int i = 0; i < 2000; i++)
		touch("a/many");
	is_int(watch_wait(&w, -1, &e), 1, "much of it");
	is_int(watch_wait(&w, 0, &e), 0, "all at once");
	is_int(watch_add(&w, dir, "none", &e), -1, "no such folder");
	is(e.msg, "cannot watch 'none': No such file or directory", "is told");
	is_int(watch_add(&w, dir, "a/new", &e), -1, "no folder");
	watch_close(&w);
	watch_close(&w);
	is_int(w.fd, -1, "closed, twice");
	close(dir);
	scratch_remove();
	return done_testing();
}
