/*
 * review_book - what the calls of reviewers have cost, each booked once
 *
 * A call is booked as soon as it has been made, whatever comes of it: somebody else may
 * decide meanwhile, or change or withdraw the task.  What a kill left unbooked goes before the
 * next look at that attempt, whoever judges it then, with a person's verdict, or with the next
 * tick (review_left.c).  The task
 * keeps the names of the calls that are booked, so that none is booked twice; they go only
 * in the commit of a decision, when nobody else can be asking.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/str.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/store.h"
#include "work/call_book.h"
#include "work/jsonfile.h"
#include "work/review_impl.h"

char *
review_call_key(int attempt, const char *seat, const struct val *record)
{
	return xasprintf("%d/%s/%lld", attempt, seat, (long long)val_number(val_get(record, "call"), 0));
}

static void
tell(struct change *c, int64_t id, int attempt, const char *seat, const struct val *record)
{
	static const char *const told[] = { "agent", "model", "class", "message", "tries", "usage", "verdict" };
	struct val *data = val_some(record, told, sizeof told / sizeof *told);

	if (str_ends(seat, REVIEW_ARBITER))
		val_add(data, "arbiter", val_bool(true));
	change_tell(c, "task.verdict", id, attempt, data);
}

/* The newest call of that seat. */
static int
book_seat(struct change *c, struct project *p, const struct task *t, int attempt, int folder,
    const char *seat, struct err *e)
{
	char *name = xasprintf("%s/" REVIEW_RECORD, seat), *key;
	struct val *record = jsonfile_peek(folder, name, REVIEW_RECORD_MAX);
	struct call_told told;
	int rc = 0;

	free(name);
	if (record == NULL)
		return 0;
	key = review_call_key(attempt, seat, record);
	if (!task_has(t, F_REVIEW_CALLS, key)) {
		call_told_read(&told, record);
		tell(c, t->id, attempt, seat, record);
		if (call_book(c, p, t->id, &told, e) == -1 ||
		    change_list(c, t->id, F_REVIEW_CALLS, key, NULL, e) == -1)
			rc = -1;
	}
	free(key);
	val_free(record);
	return rc;
}

int
review_book(struct change *c, struct project *p, int64_t id, int attempt, int64_t round, struct err *e)
{
	const struct task *t = tasks_find(change_tasks(c), id);
	char *name = xasprintf("runs/%lld/%d/review/%lld", (long long)id, attempt, (long long)round);
	int fd = fs_open_dir(p->orch_fd, name), rc = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	free(name);
	if (dir == NULL && fd != -1)
		close(fd);
	/* Who is not in the file any more could be told twice. */
	while (dir != NULL && t != NULL && rc == 0 && (d = readdir(dir)) != NULL)
		if (*d->d_name != '.')
			rc = book_seat(c, p, t, attempt, fd, d->d_name, e);
	if (dir != NULL)
		closedir(dir);
	return rc;
}

static int
book(struct change *c, void *arg, struct err *e)
{
	const struct review_work *w = arg;

	return review_book(c, w->project, w->task->id, w->attempt, w->round, e);
}

int
review_book_now(const struct review_work *w, struct err *e)
{
	const struct store_opts opts = { .wait_ms = LOCK_SETTLE_MS, .command = "orch-review" };
	struct review_work as = *w;

	return store_update(w->project, &opts, book, &as, e);
}

/* Of this attempt only: somebody may have come back late from one before. */
int
review_book_end(struct change *c, int64_t id, int attempt, struct err *e)
{
	struct val *calls = change_get(c, id, F_REVIEW_CALLS);
	char *of = xasprintf("%d/", attempt);
	int rc = 0;

	for (size_t i = 0; calls != NULL && i < calls->n && rc == 0; i++)
		if (str_starts(val_text(calls->v[i]), of))
			rc = change_list(c, id, F_REVIEW_CALLS, NULL, val_text(calls->v[i]), e);
	free(of);
	val_free(calls);
	return rc;
}
