#include "hub.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

/* Becomes the fake: its life is standard input, the port comes by descriptor 3. */
static _Noreturn void
become(const char *argv0, int life, int port)
{
	const char *slash = strrchr(argv0, '/');
	char path[4096];

	snprintf(path, sizeof path, "%.*s/../fake/github", slash ? (int)(slash - argv0) : 1, slash ? argv0 : ".");
	if (dup2(life, STDIN_FILENO) == -1 || dup2(port, 3) == -1)
		_exit(126);
	execl(path, "github", "/dev/fd/3", (char *)NULL);
	_exit(127);
}

int
hub_start(struct hub *h, const char *argv0)
{
	int life[2], port[2];
	char text[16] = "";
	ssize_t n;

	if (pipe2(life, O_CLOEXEC) == -1 || pipe2(port, O_CLOEXEC) == -1)
		return -1;
	h->pid = fork();
	if (h->pid == 0)
		become(argv0, life[0], port[1]);
	close(life[0]);
	close(port[1]);
	h->life = life[1];
	n = h->pid == -1 ? -1 : read(port[0], text, sizeof text - 1);
	close(port[0]);
	h->port = n > 0 ? (int)strtol(text, NULL, 10) : 0;
	snprintf(h->url, sizeof h->url, "http://127.0.0.1:%d", h->port);
	return h->port > 0 ? 0 : -1;
}

char *
hub_raw(const struct hub *h, const char *request)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons((uint16_t)h->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = strlen(request), sent = 0;
	struct buf answer = { 0 };
	char bytes[65536];
	ssize_t n = 0;

	if (fd == -1 || connect(fd, (struct sockaddr *)&at, sizeof at) == -1)
		n = -1;
	for (; n >= 0 && sent < len; sent += (size_t)n)
		if ((n = send(fd, request + sent, len - sent, MSG_NOSIGNAL)) <= 0)
			break;
	while (n > 0 && (n = recv(fd, bytes, sizeof bytes, 0)) > 0)
		buf_append(&answer, bytes, (size_t)n);
	if (fd != -1)
		close(fd);
	return buf_detach(&answer);
}

char *
hub_control(const struct hub *h, const char *call, const char *json)
{
	char *request = xasprintf("%s /_fake/%s HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n"
	    "Content-Length: %zu\r\n\r\n%s", json ? "POST" : "GET", call, json ? strlen(json) : 0, json ? json : "");
	char *answer = hub_raw(h, request), *body = strstr(answer, "\r\n\r\n");

	body = body && strncmp(answer, "HTTP/1.1 200 ", 13) == 0 ? xstrdup(body + 4) : NULL;
	free(answer);
	free(request);
	return body;
}

void
hub_stop(struct hub *h)
{
	close(h->life);
	if (h->pid > 0)
		waitpid(h->pid, NULL, 0);
	h->pid = 0;
}
