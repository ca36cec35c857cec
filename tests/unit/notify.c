#include "sys/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "scratch.h"
#include "sys/alarm.h"
#include "base/clock.h"
#include "base/err.h"

#include <poll.h>
#include <time.h>

/* What is sent comes to a socket of that address. */
static void
sends(const char *name, struct sockaddr_un *to, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct notify n;
	char text[2000];
	ssize_t got;

	is_int(bind(fd, (struct sockaddr *)to, len), 0, "a socket");
	setenv("NOTIFY_SOCKET", name, 1);
	notify_open(&n);
	ok(n.fd != -1 && getenv("NOTIFY_SOCKET") == NULL, "is taken out of the environment");
	notify_send(&n, "READY=%d", 1);
	got = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
	text[got > 0 ? got : 0] = '\0';
	is(text, "READY=1", "is told");
	notify_send(&n, "STATUS=%01500d", 1);
	is_int(recv(fd, text, sizeof text, MSG_DONTWAIT), 1023, "what is too long is cut");
	for (int i = 0; i < 5000; i++)
		notify_send(&n, "WATCHDOG=1");
	ok(true, "who does not read holds up nobody");
	close(fd);
	notify_send(&n, "READY=1");
	notify_close(&n);
	notify_close(&n);
	ok(n.fd == -1, "nor who is gone");
}

static int64_t
watchdog(const char *usec, const char *pid)
{
	struct notify n;

	setenv("NOTIFY_SOCKET", "/nobody", 1);
	if (usec != NULL)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", pid, 1);
	notify_open(&n);
	notify_close(&n);
	return getenv("WATCHDOG_USEC") || getenv("WATCHDOG_PID") ? -1 : n.watchdog_ms;
}

static void
alarms(void)
{
	struct err e = { 0 };
	struct pollfd p = { .events = POLLIN };
	int wall = alarm_wall(&e), mono = alarm_mono(&e);

	alarm_set_mono(mono, clock_mono() + 3600000);
	is_int(alarm_read(mono), 0, "an hour from now is not now");
	alarm_set_mono(mono, clock_mono() - 5);
	p.fd = mono;
	is_int(poll(&p, 1, -1), 1, "what has passed is now");
	is_int(alarm_read(mono), 1, "it is told");
	is_int(alarm_read(mono), 0, "once");
	alarm_set_mono(mono, 1);
	alarm_set_mono(mono, 0);
	is_int(alarm_read(mono), 0, "never is never");
	setenv("ORCH_TEST_NOW", "2020-01-01T00:00:00Z", 1);
	alarm_set_wall(wall, clock_now() + 3600);
	is_int(alarm_read(wall), 0, "an hour ahead of a clock that stands");
	alarm_set_wall(wall, clock_now() - 10);
	p.fd = wall;
	is_int(poll(&p, 1, -1), 1, "what has passed there is now");
	is_int(alarm_read(wall), 1, "and told");
	unsetenv("ORCH_TEST_NOW");
	alarm_set_wall(wall, time(NULL) - 1);
	is_int(poll(&p, 1, -1), 1, "on the true clock too");
	alarm_set_wall(wall, 0);
	is_int(alarm_read(wall), 0, "it can be taken back");
	close(wall);
	close(mono);
}

int
main(void)
{
	static const char *const bad[] = { "", "@", "/", "relative", "vsock:2:1", NULL };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct notify n;
	char longer[200], path[300], pid[16];

	scratch_make();
	ok(getcwd(path, sizeof to.sun_path - 8) != NULL, "a place for it");
	snprintf(path + strlen(path), 8, "/socket");
	memcpy(to.sun_path, path, strlen(path));
	sends(path, &to, (socklen_t)(sizeof to.sun_family + strlen(path) + 1));
	to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(path, sizeof path, "@orch-notify-%d", (int)getpid());
	memcpy(to.sun_path + 1, path + 1, strlen(path + 1));
	sends(path, &to, (socklen_t)(sizeof to.sun_family + strlen(path)));
	memset(longer, 'x', sizeof longer);
	longer[0] = '/';
	longer[sizeof longer - 1] = '\0';
	for (size_t i = 0; bad[i] != NULL; i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		notify_open(&n);
		is_int(n.fd, -1, "no address");
		notify_send(&n, "READY=1");
	}
	setenv("NOTIFY_SOCKET", longer, 1);
	notify_open(&n);
	is_int(n.fd, -1, "one that is too long");

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	is_int(watchdog(NULL, NULL), 0, "no watchdog");
	is_int(watchdog("30000000", NULL), 15000, "half of its time");
	is_int(watchdog("30000000", pid), 15000, "ours");
	is_int(watchdog("30000000", "1"), 0, "another's");
	is_int(watchdog("1", pid), 1, "as often as can be");
	is_int(watchdog("0", pid), 0, "zero is none");
	is_int(watchdog("-1", pid), 0, "nor what is none");
	is_int(watchdog("soon", pid), 0, "nor a word");
	ok(notify_usec() > 0, "a time in microseconds");
	alarms();
	scratch_remove();
	return done_testing();
}
