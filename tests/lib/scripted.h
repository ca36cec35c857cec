/*
 * scripted - a server on loopback that says what it was told to, request by request
 *
 *	scripted_start(&s, acts, n)	a child; its acts in the order in which requests come,
 *					over whatever connection; the last one is repeated
 *	s.url				"http://127.0.0.1:PORT"
 *	scripted_heard(&s)		all requests so far, each followed by a line "==== C" with
 *					the number of its connection
 *	scripted_stop(&s)
 *
 * What is said is bytes, so that they can be wrong.  "@URL@" becomes s.url (where `len` is 0).
 */
#ifndef ORCH_TESTS_SCRIPTED_H
#define ORCH_TESTS_SCRIPTED_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

enum scripted_then {
	SCRIPTED_KEEP,		/* the connection stays */
	SCRIPTED_CLOSE,		/* an end in order */
	SCRIPTED_RESET,		/* RST */
	SCRIPTED_HANG,		/* nothing more comes; it stays open */
};

struct scripted_act {
	const char *say;
	size_t len;		/* 0: strlen(say) */
	enum scripted_then then;
	size_t fill;		/* so many blanks after what is said */
};

struct scripted {
	char url[64];
	pid_t pid;
	int log;
};

void	scripted_start(struct scripted *, const struct scripted_act *, size_t n);
const char *scripted_heard(const struct scripted *, struct buf *);
/* How many requests began with this text ("": all). */
int	scripted_count(const struct scripted *, const char *start);
void	scripted_stop(struct scripted *);

#endif
