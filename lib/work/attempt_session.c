/*
 * attempt_session.c - an agent's session, from one attempt to the next
 *
 * An agent that was cut off goes on where it was, if its driver knows how to resume:
 * after an attempt that lost its keeper, was stopped on request, asked a question or
 * said that it was not done yet.  Any other end begins anew, because what went wrong
 * may be in the session.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/field.h"
#include "task/project.h"
#include "work/agent.h"
#include "work/attempt_impl.h"
#include "work/classify.h"

/* A text of a file in the run folder of the attempt before, caller frees. */
static char *
former_text(const struct attempt *a, const char *file, const char *key)
{
	char *name = xasprintf("runs/%lld/%d/%s", (long long)a->task, a->number - 1, file);
	struct buf text = { 0 };
	struct err ignored = { 0 };
	struct val *v = NULL;
	char *found = NULL;

	if (fs_read(a->project->orch_fd, name, ATTEMPT_RECORD_MAX, &text, &ignored) == 0)
		v = json_parse(buf_str(&text), text.len, &ignored);
	if (val_text(val_get(v, key)) != NULL)
		found = xstrdup(val_text(val_get(v, key)));
	val_free(v);
	buf_release(&text);
	free(name);
	return found;
}

const char *
attempt_session(const struct attempt *a, const struct agent *agent, const struct task *t)
{
	static const enum outcome_class again[] = { OUTCOME_ORPHANED, OUTCOME_INTERRUPTED,
		OUTCOME_CONTINUE, OUTCOME_ASKS };
	const char *session = task_text(t, F_SESSION);
	char *class = former_text(a, "outcome.json", "class");
	char *same = former_text(a, "attempt.json", "agent");
	bool resumes = false;

	for (size_t i = 0; class != NULL && i < sizeof again / sizeof *again; i++)
		resumes = resumes || strcmp(class, outcome_name(again[i])) == 0;
	resumes = resumes && same != NULL && strcmp(same, a->agent) == 0 &&
	    val_path(agent->table, "argv.resume") != NULL;
	free(class);
	free(same);
	return resumes ? session : NULL;
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
		report.session = NULL;
		classify_release(&report);
	}
	buf_release(&out);
}
