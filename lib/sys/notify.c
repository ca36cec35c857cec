#include "sys/notify.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"

#define MESSAGE_MAX 1024
#define USEC_MAX (INT64_C(366) * 24 * 3600 * 1000000)

static bool
address(struct notify *n, const char *name)
{
	size_t len = strlen(name);

	/* A path needs its NUL, a name of the abstract space is as long as it is. */
	if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof n->to.sun_path)
		return false;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, name, len);
	if (*name == '@')
		n->to.sun_path[0] = '\0';
	n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (*name == '/'));
	return true;
}

/* Half of it, as sd_watchdog_enabled(3) advises; one that is for another process is not ours. */
static int64_t
watchdog(const char *usec, const char *pid)
{
	int64_t every, whose;

	if (usec == NULL || num_int(usec, 1, USEC_MAX, &every) == -1)
		return 0;
	if (pid != NULL && (num_int(pid, 1, INT32_MAX, &whose) == -1 || whose != getpid()))
		return 0;
	return every >= 2000 ? every / 2000 : 1;
}

void
notify_open(struct notify *n)
{
	static const char *const names[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID",
		"LISTEN_FDS", "LISTEN_FDNAMES" };
	const char *name = getenv(names[0]);

	*n = (struct notify){ .fd = -1 };
	if (name != NULL && address(n, name))
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (n->fd != -1)
		n->watchdog_ms = watchdog(getenv(names[1]), getenv(names[2]));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
}

void
notify_close(struct notify *n)
{
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
}

void
notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;
	int len;

	if (n->fd == -1)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len > 0)
		sendto(n->fd, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1,
		    MSG_NOSIGNAL, (const struct sockaddr *)&n->to, n->len);
}

int64_t
notify_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}
