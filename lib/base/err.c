#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const int exit_status[] = {
	[ERR_NONE] = 0,
	[ERR_NO] = 1,
	[ERR_USAGE] = 2,
	[ERR_INVALID] = 65,
	[ERR_FAILED] = 69,
	[ERR_SYSTEM] = 71,
	[ERR_BUSY] = 75,
	[ERR_AUTH] = 77,
	[ERR_CONFIG] = 78,
	[ERR_TIMEOUT] = 124,
};

/* Worst first.  A status that is not listed ranks before all of them. */
static const int severity[] = { 71, 78, 77, 65, 69, 75, 124, 2, 1, 0 };

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->sys = 0;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	va_list ap;
	size_t len;
	int saved = errno;

	e->code = ERR_SYSTEM;
	e->sys = saved;
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof e->msg - len, ": %s", strerror(saved));
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[ERR_MSG_MAX];
	va_list ap;
	size_t len;

	memcpy(old, e->msg, sizeof old);
	va_start(ap, fmt);
	vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	len = strlen(e->msg);
	snprintf(e->msg + len, sizeof e->msg - len, ": %s", old);
	return -1;
}

int
err_exit(enum err_code code)
{
	return exit_status[code];
}

static size_t
rank(int status)
{
	for (size_t i = 0; i < sizeof severity / sizeof *severity; i++)
		if (severity[i] == status)
			return i + 1;
	return 0;
}

int
err_worse(int a, int b)
{
	return rank(a) <= rank(b) ? a : b;
}
