/*
 * attempt_session.c - the session that an attempt goes on in, and what is left of a lost one's
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/fs.h"
#include "task/field.h"
#include "task/project.h"
#include "work/agent.h"
#include "work/attempt_impl.h"
#include "work/classify.h"
#include "work/session.h"

const char *
attempt_session(const struct attempt *a, const struct agent *agent, const struct task *t)
{
	char *why = session_hindrance(a->project, t, a->number - 1, agent);
	bool goes_on = why == NULL;

	free(why);
	return goes_on ? task_text(t, F_SESSION) : NULL;
}

void
attempt_salvage(const struct attempt *a, const struct agent *agent, struct outcome *o)
{
	struct buf out = { 0 };
	struct err ignored = { 0 };
	struct classify_report report;
	struct classify_ending ending = { .started = true, .exit = -1, .signal = SIGKILL,
		.stopped = "asked", .errtext = "", .now = clock_now() };

	if (fs_read(a->run_fd, "stdout", ATTEMPT_STREAM_MAX, &out, &ignored) == 0) {
		ending.out = buf_str(&out);
		ending.out_len = out.len;
		classify(&report, agent, &ending);
		o->session = report.session;
		o->session_odd = report.session_odd;
		report.session = report.session_odd = NULL;
		classify_release(&report);
	}
	buf_release(&out);
}
