#include "sys/watch.h"

#include "../lib/tap.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "scratch.h"

static void
touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	close(fd);
}

/* ---- with names ---- */

struct heard {
	int named, gone, folder;
	char names[400];
};

static void
hear(void *arg, const struct watch_event *event)
{
	struct heard *h = arg;
	size_t n = strlen(h->names);

	h->folder = event->folder;
	h->named += event->kind == WATCH_NAME;
	h->gone += event->kind == WATCH_GONE;
	if (event->kind == WATCH_NAME && !strstr(h->names, event->name))
		snprintf(h->names + n, sizeof h->names - n, "%s ", event->name);
}

static void
with_names(void)
{
	struct watch w = { .fd = -1 };
	struct heard h = { 0 };
	struct err e = { 0 };
	int folder, other, fd;

	mkdir("c", 0700);
	mkdir("d", 0700);
	is_int(watch_open(&w, &e), 0, "opened once more");
	ok((folder = watch_folder(&w, "c", false, &e)) > 0, "a folder by its path");
	ok((other = watch_folder(&w, "d", true, &e)) > 0 && other != folder, "another, for what is closed");
	is_int(watch_folder(&w, "./c", false, &e), folder, "by another name it is the same");
	is_int(watch_folder(&w, "none", false, &e), -1, "one that is not there");
	is_int(e.sys, ENOENT, "is told as such");
	watch_read(&w, hear, &h);
	is_int(h.named, 0, "nothing has happened");
	touch("c/new");
	rename("c/new", "c/name");
	watch_read(&w, hear, &h);
	is(h.names, "new name ", "names are told");
	is_int(h.folder, folder, "with the folder");
	h = (struct heard){ 0 };
	touch("d/x");
	watch_read(&w, hear, &h);
	is_int(h.named, 1, "a file that was made and closed is closed");
	fd = open("d/x", O_WRONLY | O_CLOEXEC);
	is_int(write(fd, "x", 1), 1, "written");
	watch_read(&w, hear, &h);
	is_int(h.named, 1, "one that is open yet is not");
	close(fd);
	watch_read(&w, hear, &h);
	ok(h.named == 2 && h.folder == other, "and then is");
	watch_drop(&w, other);
	touch("d/x");
	h = (struct heard){ 0 };
	watch_read(&w, hear, &h);
	is_int(h.named + h.gone, 0, "of what was dropped nothing is heard");
	rename("c", "moved");
	watch_read(&w, hear, &h);
	ok(h.gone == 1 && h.folder == folder, "a folder that is moved is gone");
	ok((folder = watch_folder(&w, "d", false, &e)) > 0, "that one again");
	unlink("d/x");
	rmdir("d");
	h = (struct heard){ 0 };
	watch_read(&w, hear, &h);
	ok(h.gone == 1 && h.folder == folder, "so is one that was removed");
	watch_close(&w);
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
	with_names();
	scratch_remove();
	return done_testing();
}
