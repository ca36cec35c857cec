/*
 * notify - tells a service manager how a service does
 *
 * The protocol of sd_notify(3), by hand: a datagram of NAME=VALUE lines to the socket that
 * $NOTIFY_SOCKET names, a path or '@' and a name of the abstract space.  Who has none is told
 * nothing, and a manager that does not listen is no error: a message is sent once, without
 * waiting.
 *
 * notify_open() takes NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and LISTEN_* out of the
 * environment: they are for this process and not for what it starts.
 */
#ifndef ORCH_SYS_NOTIFY_H
#define ORCH_SYS_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd;				/* -1: nobody is told */
	struct sockaddr_un to;
	socklen_t len;
	int64_t watchdog_ms;		/* it wants to hear WATCHDOG=1 so often; 0: not */
};

void	notify_open(struct notify *);
void	notify_close(struct notify *);

/* "READY=1", or several lines; foreign text has to be made visible before. */
void	notify_send(const struct notify *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Microseconds of CLOCK_MONOTONIC, for MONOTONIC_USEC= beside RELOADING=1. */
int64_t	notify_usec(void);

#endif
