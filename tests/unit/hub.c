/* The fake GitHub, started from C: it lives, answers, is told and ends. */
#include "../lib/hub.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"

static const char request[] = "GET /repos/acme/app HTTP/1.1\r\nHost: fake\r\nUser-Agent: test\r\n"
    "Accept: application/vnd.github+json\r\nX-GitHub-Api-Version: 2022-11-28\r\n"
    "Authorization: Bearer t\r\nConnection: close\r\n\r\n";

int
main(int argc, char **argv)
{
	struct hub h;
	char *s;
	int status = -1;

	(void)argc;
	alarm(60);
	ok(hub_start(&h, argv[0]) == 0, "it starts");
	s = hub_control(&h, "seed", "{\"tokens\":[{\"token\":\"t\",\"login\":\"ana\"}],"
	    "\"repos\":[{\"owner\":\"acme\",\"name\":\"app\",\"private\":false}]}");
	ok(s && strstr(s, "\"repos\":["), "it is told what is there");
	free(s);
	s = hub_raw(&h, request);
	ok(strncmp(s, "HTTP/1.1 200 OK\r\n", 17) == 0 && strstr(s, "\"full_name\":\"acme/app\""), "it answers");
	free(s);
	s = hub_control(&h, "violations", NULL);
	ok(s && !*s, "there is nothing to note");
	free(s);
	s = hub_control(&h, "log", NULL);
	ok(s && strstr(s, "\"path\":\"/repos/acme/app\""), "the request is in the log");
	free(s);
	s = hub_control(&h, "nonsense", "{}");
	ok(s == NULL, "what it does not know is refused");
	s = hub_raw(&h, "nonsense\r\n\r\n");
	ok(strncmp(s, "HTTP/1.1 400 ", 13) == 0, "what is no request is answered, too");
	free(s);
	close(h.life);
	waitpid(h.pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ends when its standard input does");
	return done_testing();
}
