#ifndef COUNT_H
#define COUNT_H

#include <stdio.h>

/* What is in a text. */
struct count {
	long lines;
	long words;
	long bytes;
};

/* Adds what is left of the stream. */
void	count_stream(FILE *, struct count *);

#endif
