/*
 * review_past - calls of reviewers whose answer nobody waits for any more
 *
 * Whoever asked was killed, and then the task said something else, others are asked, or a
 * person decided: nobody comes back to the question.  Its keeper went on, and what it has
 * cost is to be paid all the same.  So it gets a record like any other (review_ask.c), but
 * without a verdict, which review_book.c finds.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/call.h"
#include "work/call_book.h"
#include "work/classify.h"
#include "work/jsonfile.h"
#include "work/review_impl.h"

const char *const review_tries[REVIEW_TRIES] = { "", "again." };

char *
review_input_name(int64_t call)
{
	return xasprintf("%lld.input", (long long)call);
}

int
review_past_call(const struct review_call *of, struct call *call, int64_t number, struct err *e)
{
	char *input = review_input_name(number), at[CLOCK_MAX];
	struct classify_report reports[REVIEW_TRIES] = { { 0 } };
	struct call_told told = { 0 };
	struct buf asked = { 0 };
	struct val *v;
	int rc = fs_read(call->dir, input, FS_HASH_MAX, &asked, e);

	for (int i = 0; i < REVIEW_TRIES && rc != -1; i++) {
		char *name = xasprintf("%lld.%s", (long long)number, review_tries[i]);
		int64_t ms = 0;
		int r = call_former(call, name, &reports[i], &ms, e);

		if (r == 0)
			call_told_by(&told, call->agent, &reports[i], ms);
		else if (r == -1)
			rc = -1;
		free(name);
	}
	if (rc == 0 && told.tries == 0)
		rc = 1;
	if (rc == 0) {
		v = val_map();
		clock_format(clock_now(), at);
		val_add(v, "schema", val_int(1));
		val_add(v, "at", val_str(at));
		val_add(v, "task", val_int(of->task));
		val_add(v, "attempt", val_int(of->attempt));
		val_add(v, "agent", val_str(call->agent->id));
		if (call->agent->model != NULL)
			val_add(v, "model", val_str(call->agent->model));
		val_add(v, "call", val_int(number));
		val_add(v, "failures", val_int(0));
		val_add(v, "input", val_str(buf_str(&asked)));
		call_told_put(&told, v);
		rc = jsonfile_write(call->dir, REVIEW_RECORD, v, e);
	}
	for (int i = 0; i < REVIEW_TRIES; i++)
		classify_release(&reports[i]);
	buf_release(&asked);
	free(input);
	return rc;
}

static bool
has_input(const struct call *call, int64_t number)
{
	char *input = review_input_name(number);
	bool has = faccessat(call->dir, input, F_OK, 0) == 0;

	free(input);
	return has;
}

/* The calls of a seat after the one that its record tells of.  1: one runs. */
static int
past_seat(struct project *p, const struct review_call *of, const char *seat, int64_t wait_ms, struct err *e)
{
	size_t len = strlen(seat) - (str_ends(seat, REVIEW_ARBITER) ? strlen(REVIEW_ARBITER) : 0);
	char *id = xasprintf("%.*s", (int)len, seat);
	char *name = xasprintf("runs/%lld/%d/review/%lld/%s", (long long)of->task, of->attempt,
	    (long long)of->round, seat);
	struct agent agent = { 0 };
	struct err why = { 0 };
	struct val *record;
	struct call call;
	int64_t number;
	int rc = 0;

	/* What only its driver could read nobody can. */
	if (agent_load(&agent, p, id, &why) == -1)
		goto done;
	if (call_open(&call, p, &agent, name, wait_ms, &why) == -1) {
		rc = why.code == ERR_BUSY ? 1 : -1;
		if (rc == -1)
			*e = why;
		goto done;
	}
	record = jsonfile_peek(call.dir, REVIEW_RECORD, REVIEW_RECORD_MAX);
	number = val_number(val_get(record, "call"), 0);
	val_free(record);
	/* The first that has run is the only one: before another is asked it is booked. */
	for (rc = 1; rc == 1 && has_input(&call, ++number); )
		rc = review_past_call(of, &call, number, e);
	rc = rc == -1 ? -1 : 0;
	call_close(&call);
done:
	agent_release(&agent);
	free(name);
	free(id);
	return rc;
}

int
review_past_all(struct project *p, const struct review_call *of, int64_t wait_ms, struct err *e)
{
	char *name = xasprintf("runs/%lld/%d/review/%lld", (long long)of->task, of->attempt,
	    (long long)of->round);
	int fd = fs_open_dir(p->orch_fd, name), rc = 0, left = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	free(name);
	if (dir == NULL && fd != -1)
		close(fd);
	while (dir != NULL && rc != -1 && (d = readdir(dir)) != NULL)
		if (*d->d_name != '.' && (rc = past_seat(p, of, d->d_name, wait_ms, e)) == 1)
			left = 1;
	if (dir != NULL)
		closedir(dir);
	return rc == -1 ? -1 : left;
}
