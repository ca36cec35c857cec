#include "sys/alarm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

static int
create(int clock, struct err *e)
{
	int fd = timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK);

	return fd == -1 ? err_sys(e, "cannot make a timer") : fd;
}

int
alarm_wall(struct err *e)
{
	return create(CLOCK_REALTIME, e);
}

int
alarm_mono(struct err *e)
{
	return create(CLOCK_BOOTTIME, e);
}

/* Where clock_now() stands still, what it says is counted from the true time. */
static int64_t
true_time(int64_t at)
{
	struct timespec now;

	if (getenv("ORCH_TEST_NOW") == NULL)
		return at;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec + 1 + at - clock_now();
}

void
alarm_set_wall(int fd, int64_t at)
{
	struct itimerspec when = { .it_value.tv_sec = at > 0 ? (time_t)true_time(at) : 0 };

	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL);
}

void
alarm_set_mono(int fd, int64_t at)
{
	struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at / 1000), .tv_nsec = at % 1000 * 1000000 } };

	timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
}

int
alarm_read(int fd)
{
	uint64_t times;

	if (read(fd, &times, sizeof times) == (ssize_t)sizeof times)
		return 1;
	return errno == ECANCELED ? -1 : 0;
}
