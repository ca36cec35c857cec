#include "alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *done_before;

void
xnomem_done(const char *what)
{
	done_before = what;
}

void
xnomem(void)
{
	char line[128];
	int n = snprintf(line, sizeof line, "orch: out of memory%s%s\n", done_before ? ": " : "",
	    done_before ? done_before : "");

	if (n < 0 || write(STDERR_FILENO, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0)
		_exit(71);
	_exit(71);
}

/* Nothing is allocated here: whoever calls this trusts nothing any more. */
void
xabort(const char *fmt, ...)
{
	char line[512] = "orch: internal error: ", *end = strchr(line, '\0');
	size_t room = sizeof line - (size_t)(end - line) - 1, len;	/* one for the newline */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(end, room, fmt, ap);
	va_end(ap);
	len = strlen(line);
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		abort();
	abort();
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (p == NULL)
		xnomem();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (p == NULL)
		xnomem();
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (p == NULL)
		xnomem();
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xstrndup(const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *p = xmalloc(len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

int
xregcomp(regex_t *re, const char *pattern, int flags)
{
	int rc = regcomp(re, pattern, flags);

	if (rc == REG_ESPACE)
		xnomem();
	return rc;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	if (vasprintf(&p, fmt, ap) < 0)
		xnomem();
	va_end(ap);
	return p;
}
