#include "scripted.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS 64

struct connection {
	int fd;			/* -1: none */
	int number;
	struct buf in;
};

static void
send_all(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, s, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		s += n;
		len -= (size_t)n;
	}
}

static void
say(int fd, const struct scripted_act *a, const char *url)
{
	size_t len = a->len > 0 ? a->len : strlen(a->say);
	const char *s = a->say, *mark;
	char blanks[65536];

	while (a->len == 0 && (mark = strstr(s, "@URL@")) != NULL) {
		send_all(fd, s, (size_t)(mark - s));
		send_all(fd, url, strlen(url));
		s = mark + strlen("@URL@");
	}
	send_all(fd, s, len - (size_t)(s - a->say));
	memset(blanks, ' ', sizeof blanks);
	for (size_t left = a->fill, n; left > 0; left -= n) {
		n = left < sizeof blanks ? left : sizeof blanks;
		send_all(fd, blanks, n);
	}
}

/* The length of a whole request at the start of what came, 0: not yet. */
static size_t
whole(const struct buf *in)
{
	const char *end = in->len > 0 ? strstr(in->data, "\r\n\r\n") : NULL, *p;
	size_t body = 0;

	if (end == NULL)
		return 0;
	for (p = in->data; p < end; p = strstr(p, "\r\n") + 2)
		if (strncasecmp(p, "content-length:", 15) == 0)
			body = strtoul(p + 15, NULL, 10);
	body += (size_t)(end + 4 - in->data);
	return in->len >= body ? body : 0;
}

static void
finish(struct connection *c, enum scripted_then then)
{
	struct linger now = { 1, 0 };

	if (then == SCRIPTED_KEEP || then == SCRIPTED_HANG)
		return;
	if (then == SCRIPTED_RESET)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(c->fd);
	c->fd = -1;
	buf_release(&c->in);
}

static void
note(int log, const struct connection *c, size_t len)
{
	char line[32];
	int n = snprintf(line, sizeof line, "\n==== %d\n", c->number);

	if (write(log, c->in.data, len) == -1 || write(log, line, (size_t)n) == -1)
		_exit(1);
}

static _Noreturn void
serve(const struct scripted *s, int listener, const struct scripted_act *acts, size_t n)
{
	struct connection c[CONNECTIONS];
	size_t done = 0;
	int number = 0;

	for (size_t i = 0; i < CONNECTIONS; i++)
		c[i] = (struct connection){ .fd = -1 };
	for (;;) {
		struct pollfd p[CONNECTIONS + 1];

		for (size_t i = 0; i < CONNECTIONS; i++)
			p[i] = (struct pollfd){ .fd = c[i].fd, .events = POLLIN };
		p[CONNECTIONS] = (struct pollfd){ .fd = listener, .events = POLLIN };
		poll(p, CONNECTIONS + 1, -1);
		for (size_t i = 0; i < CONNECTIONS; i++) {
			char chunk[65536];
			ssize_t got;
			size_t len;

			if (c[i].fd == -1 || p[i].fd != c[i].fd || p[i].revents == 0)
				continue;
			got = read(c[i].fd, chunk, sizeof chunk);
			if (got <= 0) {
				finish(&c[i], SCRIPTED_CLOSE);
				continue;
			}
			buf_append(&c[i].in, chunk, (size_t)got);
			if ((len = whole(&c[i].in)) == 0)
				continue;
			const struct scripted_act *a = &acts[done < n ? done : n - 1];

			note(s->log, &c[i], len);
			done++;
			buf_release(&c[i].in);
			say(c[i].fd, a, s->url);
			finish(&c[i], a->then);
		}
		for (size_t i = 0; p[CONNECTIONS].revents != 0 && i < CONNECTIONS; i++)
			if (c[i].fd == -1) {
				c[i].fd = accept(listener, NULL, NULL);
				c[i].number = ++number;
				break;
			}
	}
}

void
scripted_start(struct scripted *s, const struct scripted_act *acts, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	s->log = memfd_create("requests", MFD_CLOEXEC);
	if (listener == -1 || s->log == -1 || bind(listener, (struct sockaddr *)&at, sizeof at) == -1 ||
	    listen(listener, 16) == -1 || getsockname(listener, (struct sockaddr *)&at, &len) == -1) {
		printf("Bail out! no server on loopback\n");
		exit(1);
	}
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
	fflush(stdout);
	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(s, listener, acts, n);
	}
	close(listener);
}

const char *
scripted_heard(const struct scripted *s, struct buf *b)
{
	char chunk[4096];
	ssize_t n;

	buf_cut(b, 0);
	while ((n = pread(s->log, chunk, sizeof chunk, (off_t)b->len)) > 0)
		buf_append(b, chunk, (size_t)n);
	return buf_str(b);
}

int
scripted_count(const struct scripted *s, const char *start)
{
	struct buf b = { 0 };
	const char *p = scripted_heard(s, &b), *end;
	int n = 0;

	for (; (end = strstr(p, "\n==== ")) != NULL; p = strchr(end + 1, '\n') + 1)
		n += strncmp(p, start, strlen(start)) == 0;
	buf_release(&b);
	return n;
}

void
scripted_stop(struct scripted *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->log);
}
