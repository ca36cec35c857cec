/*
 * hub - the fake GitHub for unit tests in C
 *
 *	struct hub h;
 *	if (hub_start(&h, argv[0]) == -1) ...
 *	free(hub_control(&h, "seed", "{\"repos\":[{\"owner\":\"acme\",\"name\":\"app\"}]}"));
 *	... requests to h.url ...
 *	log = hub_control(&h, "log", NULL);	lines of JSON
 *	hub_stop(&h);
 *
 * The program is build/VARIANT/fake/github, found beside the test, whose argv[0] is
 * build/VARIANT/unit/NAME.  It ends with the test even if that is killed.  What control
 * knows is in tests/fake/github/control.h.
 */
#ifndef ORCH_TESTS_HUB_H
#define ORCH_TESTS_HUB_H

#include <sys/types.h>

struct hub {
	pid_t pid;
	int life;		/* while this is open it lives */
	int port;
	char url[64];		/* "http://127.0.0.1:PORT" */
};

int	hub_start(struct hub *, const char *argv0);		/* 0, or -1 */
/* The body of the answer, which the caller frees; NULL: refused.  POST with `json`, GET without. */
char	*hub_control(const struct hub *, const char *call, const char *json);
/* One request as it is written here, on a connection of its own: the whole answer. */
char	*hub_raw(const struct hub *, const char *request);
void	hub_stop(struct hub *);

#endif
