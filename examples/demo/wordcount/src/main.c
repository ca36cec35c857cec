#include <stdio.h>
#include <unistd.h>

#include "count.h"

static const char usage[] = "usage: wordcount [-clw] [file ...]\n";

static int
add_file(const char *name, struct count *n)
{
	FILE *in = fopen(name, "r");

	if (in == NULL) {
		perror(name);
		return 1;
	}
	count_stream(in, n);
	fclose(in);
	return 0;
}

int
main(int argc, char **argv)
{
	struct count n = { 0 };
	int ch, what = 0, failed = 0;

	while ((ch = getopt(argc, argv, "clw")) != -1) {
		switch (ch) {
		case 'c':
		case 'l':
		case 'w':
			what = ch;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind == argc)
		count_stream(stdin, &n);
	for (; optind < argc; optind++)
		failed |= add_file(argv[optind], &n);

	if (what == 'c')
		printf("%ld\n", n.bytes);
	else if (what == 'l')
		printf("%ld\n", n.lines);
	else if (what == 'w')
		printf("%ld\n", n.words);
	else
		printf("%ld %ld %ld\n", n.lines, n.words, n.bytes);
	return failed;
}
