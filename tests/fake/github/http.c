#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/num.h"

struct http_connection {
	int fd;
	unsigned id;
	unsigned served;
	uint64_t last;		/* turn of the loop at which it last had something to do */
	struct buf in;
	struct buf out;
	size_t sent;
	enum http_end end;	/* what happens when `out` is sent */
	bool waiting;		/* stalled or held: nothing more is read */
	bool again;
	bool continued;		/* "100 Continue" was said */
	int held;
};

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

int
http_open(struct http *h)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->listener == -1 || bind(h->listener, (struct sockaddr *)&at, sizeof at) == -1 ||
	    listen(h->listener, HTTP_CONNECTIONS) == -1 ||
	    getsockname(h->listener, (struct sockaddr *)&at, &len) == -1)
		return -1;
	h->port = ntohs(at.sin_port);
	return 0;
}

const char *
http_get(const struct http_request *r, const char *name)
{
	for (size_t i = 0; i < r->headers; i++)
		if (strcasecmp(r->header[i].name, name) == 0)
			return r->header[i].value;
	return NULL;
}

void
http_put(struct http_reply *r, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *value;

	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	buf_printf(&r->head, "%s: %s\r\n", name, value);
	free(value);
}

static const char *
reason(int status)
{
	static const struct { int status; const char *text; } known[] = {
		{ 200, "OK" }, { 201, "Created" }, { 204, "No Content" }, { 301, "Moved Permanently" },
		{ 302, "Found" }, { 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
		{ 410, "Gone" }, { 411, "Length Required" }, { 422, "Unprocessable Entity" },
		{ 429, "Too Many Requests" }, { 451, "Unavailable For Legal Reasons" },
		{ 500, "Internal Server Error" }, { 502, "Bad Gateway" }, { 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].text;
	return "Something Else";
}

static void
drop(struct http *h, size_t slot, bool reset)
{
	struct http_connection *c = h->c[slot];
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	close(c->fd);
	if (c->held > 0)
		close(c->held);
	buf_release(&c->in);
	buf_release(&c->out);
	free(c);
	h->c[slot] = NULL;
}

static void
queue(struct http_connection *c, struct http_reply *r)
{
	size_t body;

	c->end = r->end;
	c->held = r->held;
	c->again = r->again;
	c->waiting = r->end == HTTP_STALL || r->end == HTTP_HOLD;
	if (!r->no_reply && r->end != HTTP_STALL && r->end != HTTP_DROP && !r->again) {
		buf_printf(&c->out, "HTTP/1.1 %d %s\r\n", r->status, reason(r->status));
		buf_append(&c->out, buf_str(&r->head), r->head.len);
		if (r->status != 204 && r->status != 304)
			buf_printf(&c->out, "Content-Length: %zu\r\n", r->body.len);
		buf_puts(&c->out, "\r\n");
		body = r->end == HTTP_RESET && r->cut < r->body.len ? r->cut : r->body.len;
		if (r->status != 204 && r->status != 304)
			buf_append(&c->out, buf_str(&r->body), body);
	}
	buf_release(&r->head);
	buf_release(&r->body);
}

/* A reply of the server itself, which ends the connection. */
static void
refuse(struct http_connection *c, int status)
{
	struct http_reply r = { .status = status, .end = HTTP_CLOSE };

	http_put(&r, "Connection", "close");
	queue(c, &r);
}

/* Splits the head, whose lines end in CR LF or LF.  False: it is not one. */
static bool
split(char *head, struct http_request *q)
{
	char *line, *next, *space, *colon;

	for (line = head; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line && line[strlen(line) - 1] == '\r')
			line[strlen(line) - 1] = '\0';
		if (line == head) {
			q->method = line;
			if ((space = strchr(line, ' ')) == NULL)
				return false;
			*space = '\0';
			q->path = space + 1;
			if ((space = strrchr(q->path, ' ')) == NULL || strncmp(space, " HTTP/1.", 8) != 0)
				return false;
			*space = '\0';
		} else if (*line) {
			if ((colon = strchr(line, ':')) == NULL || q->headers == HTTP_HEADERS)
				return false;
			*colon++ = '\0';
			colon += strspn(colon, " \t");
			q->header[q->headers++] = (struct http_header){ line, colon };
		}
	}
	if (*q->path != '/')
		return false;
	if ((q->query = strchr(q->path, '?')) != NULL)
		*q->query++ = '\0';
	return true;
}

/* Serves the next request if it is whole.  True: there was one. */
static bool
next_request(struct http *h, struct http_connection *c)
{
	struct http_request q = { .connection = c->id, .nth = c->served + 1, .again = c->again };
	struct http_reply r = { 0 };
	const char *end = c->in.len ? memmem(c->in.data, c->in.len, "\r\n\r\n", 4) : NULL, *value;
	char *head;
	size_t at;
	int64_t length = 0;
	bool done = false;

	if (!end) {
		if (c->in.len > HTTP_HEAD_MAX)
			refuse(c, 431);
		return false;
	}
	at = (size_t)(end - c->in.data) + 4;
	head = xstrndup(c->in.data, at - 2);
	if (!split(head, &q) || http_get(&q, "transfer-encoding")) {
		refuse(c, 400);
		goto done;
	}
	value = http_get(&q, "content-length");
	q.has_length = value != NULL;
	if (value && num_int(value, 0, HTTP_BODY_MAX, &length) == -1) {
		refuse(c, 413);
		goto done;
	}
	if (c->in.len < at + (size_t)length) {
		value = http_get(&q, "expect");
		if (value && strcasecmp(value, "100-continue") == 0 && !c->continued) {
			buf_puts(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
			c->continued = true;
		}
		goto done;
	}
	q.body = c->in.data + at;
	q.length = (size_t)length;
	h->serve(h->arg, &q, &r);
	value = http_get(&q, "connection");
	if (r.end == HTTP_KEEP && value && strcasecmp(value, "close") == 0)
		r.end = HTTP_CLOSE;
	queue(c, &r);
	c->continued = false;
	if (!c->again) {
		c->served++;
		at += (size_t)length;
		memmove(c->in.data, c->in.data + at, c->in.len - at);
		buf_cut(&c->in, c->in.len - at);
	}
	done = true;
done:
	free(head);
	return done;
}

/* A free place, or that of the connection that has been idle longest; none: the bound. */
static size_t
find_room(const struct http *h)
{
	size_t found = HTTP_CONNECTIONS;

	for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
		const struct http_connection *c = h->c[i];

		if (!c)
			return i;
		if (c->served > 0 && !c->waiting && c->in.len == 0 && c->out.len == 0 &&
		    (found == HTTP_CONNECTIONS || c->last < h->c[found]->last))
			found = i;
	}
	return found;
}

static void
accept_one(struct http *h)
{
	const int one = 1;
	size_t slot = find_room(h);
	int fd;

	if (slot == HTTP_CONNECTIONS ||
	    (fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) == -1)
		return;
	if (h->c[slot])
		drop(h, slot, false);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	h->c[slot] = xcalloc(1, sizeof *h->c[slot]);
	h->c[slot]->fd = fd;
	h->c[slot]->id = ++h->connections;
}

/* Sends what there is; false: the connection is over. */
static bool
send_some(struct http *h, size_t slot)
{
	struct http_connection *c = h->c[slot];
	ssize_t n;

	while (c->sent < c->out.len) {
		n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
		if (n == -1 && errno == EAGAIN)
			return true;
		if (n == -1) {
			drop(h, slot, false);
			return false;
		}
		c->sent += (size_t)n;
	}
	buf_cut(&c->out, 0);
	c->sent = 0;
	if (c->end == HTTP_KEEP)
		return true;
	drop(h, slot, c->end == HTTP_RESET);
	return false;
}

static void
work(struct http *h, size_t slot, short events)
{
	struct http_connection *c = h->c[slot];
	char bytes[65536];
	ssize_t n;

	c->last = h->turn;
	if (events & (POLLIN | POLLHUP | POLLERR | POLLRDHUP)) {
		n = recv(c->fd, bytes, sizeof bytes, 0);
		if (n == 0 || (n == -1 && errno != EAGAIN) || c->in.len > HTTP_HEAD_MAX + HTTP_BODY_MAX) {
			drop(h, slot, false);
			return;
		}
		if (n > 0)
			buf_append(&c->in, bytes, (size_t)n);
	}
	while (!c->waiting && c->end == HTTP_KEEP && next_request(h, c))
		;
	if (!c->waiting)
		send_some(h, slot);
}

void
http_resume(struct http *h)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
		struct http_connection *c = h->c[i];

		if (!c || !c->waiting || c->end != HTTP_HOLD)
			continue;
		c->waiting = false;
		c->end = HTTP_KEEP;
		if (c->held > 0)
			close(c->held);
		c->held = 0;
	}
}

/* What waits for nothing but its turn: replies that http_resume() let go. */
static void
sweep(struct http *h)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
		if (h->c[i] && !h->c[i]->waiting && (h->c[i]->again || h->c[i]->out.len > 0))
			work(h, i, 0);
}

void
http_run(struct http *h)
{
	struct sigaction sa = { .sa_handler = stop };
	struct pollfd p[HTTP_CONNECTIONS + 2];
	size_t slot[HTTP_CONNECTIONS + 2], n;
	sigset_t block, before;
	char byte[256];

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigprocmask(SIG_BLOCK, &block, &before);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	while (!stopped) {
		p[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
		n = 2;
		for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
			struct http_connection *c = h->c[i];

			if (!c)
				continue;
			slot[n] = i;
			p[n++] = (struct pollfd){ .fd = c->fd, .events = (short)(POLLIN |
			    (c->out.len > c->sent && !c->waiting ? POLLOUT : 0)) };
		}
		p[1] = (struct pollfd){ .events = POLLIN,
		    .fd = find_room(h) < HTTP_CONNECTIONS ? h->listener : -1 };
		h->turn++;
		if (ppoll(p, n, NULL, &before) <= 0)
			continue;
		if (p[0].revents && read(STDIN_FILENO, byte, sizeof byte) <= 0)
			break;
		for (size_t i = 2; i < n; i++)
			if (p[i].revents && h->c[slot[i]])
				work(h, slot[i], p[i].revents);
		if (p[1].revents)
			accept_one(h);
		sweep(h);
	}
}

void
http_release(struct http *h)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
		if (h->c[i])
			drop(h, i, false);
	if (h->listener > 0)
		close(h->listener);
}
