/*
 * alarm - an instant as a descriptor
 *
 * timerfd_create(2), to be polled.  One of the wall clock notices that the clock was set
 * (TFD_TIMER_CANCEL_ON_SET), one of the other measures time as clock_mono() does.  Neither
 * costs anything while it is not set.
 */
#ifndef ORCH_SYS_ALARM_H
#define ORCH_SYS_ALARM_H

#include <stdint.h>

struct err;

int	alarm_wall(struct err *);
int	alarm_mono(struct err *);

/* Seconds since 1970; 0: never.  Of a clock that is stopped for tests the instant is as far
 * ahead as it says. */
void	alarm_set_wall(int fd, int64_t at);
/* As clock_mono(), in milliseconds; 0: never.  What has passed is now. */
void	alarm_set_mono(int fd, int64_t at);

/* 1: it has come, 0: it has not, -1: the clock was set meanwhile.  Not set any more, but for 0. */
int	alarm_read(int fd);

#endif
