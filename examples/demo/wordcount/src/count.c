#include "count.h"

#include <ctype.h>

void
count_stream(FILE *in, struct count *n)
{
	int c, before = ' ';

	while ((c = getc(in)) != EOF) {
		n->bytes++;
		if (isspace(c) && !isspace(before))
			n->words++;
		before = c;

		if (c == '\n')
			n->lines++;
	}
}
