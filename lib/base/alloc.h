/*
 * alloc - memory that is there, or the process is not
 *
 * These commands live for milliseconds and no durable state depends on an
 * orderly end, so running out of memory ends the process at once with status
 * 71 and a message (see DESIGN 5); no caller checks for NULL.  Everything is
 * released with free(3).  What must not be survived either has its door here too.
 */
#ifndef ORCH_BASE_ALLOC_H
#define ORCH_BASE_ALLOC_H

#include <regex.h>
#include <stddef.h>

void	*xmalloc(size_t);
void	*xcalloc(size_t n, size_t size);
void	*xrealloc(void *, size_t);
char	*xstrdup(const char *);
char	*xstrndup(const char *, size_t);	/* copies at most n bytes, adds NUL */
/* regcomp(3), but for having no memory: that says nothing about the pattern. */
int	xregcomp(regex_t *, const char *pattern, int flags);
char	*xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* What xmalloc() does without memory, for a library that only says that there is none. */
void	xnomem(void) __attribute__((noreturn));
/* What the message of that end adds: what has been done by then, at most 80 bytes that
 * stay; NULL: nothing. */
void	xnomem_done(const char *);
/* abort(3) with one line on standard error: the program contradicts itself. */
void	xabort(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
