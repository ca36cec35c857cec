/*
 * github - a GitHub of our own, on loopback, for the tests
 *
 *	github PORT_FILE [--state FILE]
 *
 * Listens on a free port of 127.0.0.1 and then writes the number of the port and a
 * newline into PORT_FILE: whole, by rename, or into it if it is a FIFO.  Ends when its
 * standard input does, or on TERM.  With --state the memory is read from FILE, if it is
 * there, and written back at the end.
 *
 * What it answers is told in routes.c, what a test may ask of it in control.h, what can go
 * wrong in faults.h, and what it finds wrong with requests in check.h.  All of it is of
 * GitHub's documents; what they do not say is as the real one was seen to behave.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api.h"
#include "base/alloc.h"
#include "base/err.h"

static void
tell_port(const char *path, int port)
{
	struct stat st;
	bool fifo = stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
	char *temporary = fifo ? xstrdup(path) : xasprintf("%s.new", path);
	FILE *f = fopen(temporary, "w");

	if (!f || fprintf(f, "%d\n", port) < 0 || fclose(f) != 0 || (!fifo && rename(temporary, path) == -1))
		err(1, "%s", path);
	free(temporary);
}

int
main(int argc, char **argv)
{
	struct fake f = { 0 };
	struct err e = { 0 };

	if (argc != 2 && !(argc == 4 && strcmp(argv[2], "--state") == 0))
		errx(2, "usage: github PORT_FILE [--state FILE]");
	store_init(&f.store);
	if (argc == 4)
		f.state_path = argv[3];
	if (f.state_path && store_load(&f.store, f.state_path, &e) == -1)
		errx(1, "%s: %s", f.state_path, e.msg);
	f.log = val_list();
	f.violations = val_list();
	f.faults = val_list();
	f.snapshots = val_map();
	f.http.serve = api_serve;
	f.http.arg = &f;
	if (http_open(&f.http) == -1)
		err(1, "127.0.0.1");
	tell_port(argv[1], f.http.port);
	http_run(&f.http);
	if (f.state_path && store_save(&f.store, f.state_path) == -1)
		warn("%s", f.state_path);
	http_release(&f.http);
	store_release(&f.store);
	val_free(f.log);
	val_free(f.violations);
	val_free(f.faults);
	val_free(f.snapshots);
	return 0;
}
