/*
 * The least that a change of a YAML file can cost that reads it with libyaml: one
 * pass over its events, then the same bytes written beside it, synced, renamed over
 * it, and the folder synced.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

static int
count_events(const unsigned char *text, size_t len)
{
	yaml_parser_t parser;
	yaml_event_t event;
	int n = 0, done = 0;

	yaml_parser_initialize(&parser);
	yaml_parser_set_input_string(&parser, text, len);
	while (!done) {
		if (!yaml_parser_parse(&parser, &event))
			return -1;
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		n++;
	}
	yaml_parser_delete(&parser);
	return n;
}

int
main(int argc, char **argv)
{
	struct stat st;
	unsigned char *text;
	int fd, dir;

	if (argc != 2 || (fd = open(argv[1], O_RDONLY)) == -1 || fstat(fd, &st) == -1 ||
	    (text = malloc((size_t)st.st_size)) == NULL ||
	    read(fd, text, (size_t)st.st_size) != st.st_size || close(fd) == -1)
		return 71;
	if (count_events(text, (size_t)st.st_size) < 1)
		return 65;
	if ((fd = open("pass.new", O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1 ||
	    write(fd, text, (size_t)st.st_size) != st.st_size || fsync(fd) == -1 ||
	    close(fd) == -1 || rename("pass.new", argv[1]) == -1 ||
	    (dir = open(".", O_RDONLY | O_DIRECTORY)) == -1 || fsync(dir) == -1)
		return 71;
	free(text);
	return 0;
}
