/*
 * replace - the least that a durable change of a file costs: it is read, written under
 * another name, synced, renamed, and the folder is synced
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX (64 << 20)

int
main(int argc, char **argv)
{
	int in = open(argc > 1 ? argv[1] : "", O_RDONLY), out, dir;
	char *text = malloc(MAX);
	ssize_t n = in != -1 && text != NULL ? read(in, text, MAX) : -1;

	out = open("replace.new", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dir = open(".", O_RDONLY | O_DIRECTORY);
	if (n <= 0 || out == -1 || dir == -1 || write(out, text, (size_t)n) != n || fsync(out) == -1 ||
	    close(out) == -1 || rename("replace.new", "replaced") == -1 || fsync(dir) == -1) {
		perror("replace");
		return 1;
	}
	return 0;
}
