/*
 * review_left - rounds of review with calls that may not be booked yet
 *
 * Before the first call of a round is made there is a note of it, an empty file
 * ID.ATTEMPT.ROUND in .orch/asked; it goes when all calls of the round are booked and
 * nobody is asked any more.  Where whoever asked was killed, and the task went on without a
 * word of them (a person decided, or withdrew it), the next tick finds the note.  A task
 * that still waits for the verdicts is left alone: who judges it uses and books them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/store.h"
#include "work/review_impl.h"

#define FOLDER	  "asked"
#define NAME_SIZE 64

static void
name_of(const struct review_call *of, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%lld.%d.%lld", (long long)of->task, of->attempt, (long long)of->round);
}

static bool
read_name(const char *name, struct review_call *of)
{
	char text[NAME_SIZE], *attempt, *round;
	int64_t number;

	if (strlen(name) >= sizeof text)
		return false;
	memcpy(text, name, strlen(name) + 1);
	if ((attempt = strchr(text, '.')) == NULL || (round = strchr(attempt + 1, '.')) == NULL)
		return false;
	*attempt++ = *round++ = '\0';
	if (num_id(text, &of->task) == -1 || num_int(attempt, 0, INT32_MAX, &number) == -1 ||
	    num_id(round, &of->round) == -1)
		return false;
	of->attempt = (int)number;
	return true;
}

int
review_left_note(struct project *p, const struct review_call *of, struct err *e)
{
	char name[NAME_SIZE];
	int dir = project_dir(p, FOLDER, e), rc;

	if (dir == -1)
		return -1;
	name_of(of, name);
	rc = faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : fs_replace(dir, name, "", 0, 0600, e);
	close(dir);
	return rc;
}

int
review_left_forget(struct project *p, const struct review_call *of, struct err *e)
{
	char name[NAME_SIZE];
	int dir = project_dir(p, FOLDER, e), rc;

	if (dir == -1)
		return -1;
	name_of(of, name);
	/* One that came back would have all booked again. */
	rc = fs_remove_tree(dir, name, e) == -1 || fs_sync_names(dir, e) == -1 ? -1 : 0;
	close(dir);
	return rc;
}

/* ---- the tick ---- */

struct booking {
	struct project *p;
	const struct review_call *of;
};

static int
book(struct change *c, void *arg, struct err *e)
{
	const struct booking *b = arg;

	return review_book(c, b->p, b->of->task, b->of->attempt, b->of->round, e);
}

static bool
is_awaited(const struct task *t, const struct review_call *of)
{
	return t != NULL && t->status == ST_IN_REVIEW && task_int(t, F_ATTEMPTS, 0) == of->attempt &&
	    task_int(t, F_REVIEW_ROUND, 0) + 1 == of->round;
}

/* As it is now that nobody else can have it judged. */
static int
look_again(struct project *p, const struct review_call *of, bool *awaited, struct err *e)
{
	struct tasks tasks = { 0 };
	int rc = store_read(p, &tasks, e);

	*awaited = rc == 0 && is_awaited(tasks_find(&tasks, of->task), of);
	tasks_release(&tasks);
	return rc;
}

static int
settle(struct project *p, const struct review_call *of, struct err *e)
{
	const struct store_opts opts = { .wait_ms = LOCK_SETTLE_MS, .command = "orch-review" };
	char *name = xasprintf("runs/%lld/%d/review", (long long)of->task, of->attempt);
	int dir = fs_open_dir(p->orch_fd, name), rc = -1, left = 0;
	struct booking b = { p, of };
	struct lock lock = { .fd = -1 };
	bool awaited;

	/* Without the folder there is nothing that could tell. */
	if (dir == -1 && errno == ENOENT) {
		rc = review_left_forget(p, of, e);
		goto done;
	}
	if (dir == -1) {
		err_sys(e, "cannot open '%s'", name);
		goto done;
	}
	/* Who has it judged just now books that. */
	if ((rc = lock_try(&lock, dir, "lock", e)) != 0 || (rc = look_again(p, of, &awaited, e)) == -1 || awaited)
		goto done;
	if ((left = review_past_all(p, of, 0, e)) == -1 || store_update(p, &opts, book, &b, e) == -1)
		rc = -1;
	else if (left == 0)
		rc = review_left_forget(p, of, e);
done:
	lock_release(&lock);
	if (dir != -1)
		close(dir);
	free(name);
	return rc == -1 ? -1 : 0;
}

int
review_left(struct project *p, struct vec_str *problems, int *status, struct err *e)
{
	int rc = project_prepare(p, e), fd = rc == -1 ? -1 : fs_open_dir(p->orch_fd, FOLDER);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct tasks tasks = { 0 };
	struct review_call of;
	struct dirent *d;
	bool looked = false;

	if (dir == NULL && fd != -1)
		close(fd);
	while (dir != NULL && rc == 0 && (d = readdir(dir)) != NULL) {
		struct err one = { 0 };

		if (!read_name(d->d_name, &of))
			continue;
		if (!looked && (rc = store_read(p, &tasks, e)) == -1)
			break;
		looked = true;
		if (is_awaited(tasks_find(&tasks, of.task), &of) || settle(p, &of, &one) == 0)
			continue;
		*status = err_worse(*status, err_exit(one.code));
		vec_str_take(problems, xasprintf("task %lld: what its reviewers have cost: %s",
		    (long long)of.task, one.msg));
	}
	if (dir != NULL)
		closedir(dir);
	tasks_release(&tasks);
	return rc;
}
