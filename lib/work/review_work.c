/*
 * review_work - what a reviewer judges: the task, its branch, and what its checks said
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/git.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/jsonfile.h"
#include "work/keeper.h"
#include "work/review_impl.h"

#define RECORD_MAX  (1u << 20)
#define STREAM_MAX  (KEEPER_HEAD_MAX + KEEPER_TAIL_MAX + 1024)
#define CHECK_TAIL  2000	/* bytes of what a check printed */

static const char *
text_of(const struct val *v, const char *key)
{
	const char *s = val_text(val_get(v, key));

	return s != NULL && *s != '\0' ? s : NULL;
}

/* ---- what it is ---- */

/* All of the task that a reviewer is shown, or that says what is asked for. */
static const enum field terms[] = {
	F_TITLE, F_BODY, F_LABELS, F_COMMAND, F_DEPENDS_ON, F_VERIFY, F_OPTIONAL_VERIFY, F_PRODUCES,
	F_QUESTION, F_ANSWER, F_SUMMARY, F_ACCOMPLISHED, F_REMAINING, F_FILES_CHANGED, F_REVIEW_NOTES,
};

static void
hash_terms(const struct task *t, char hash[FS_HASH_MAX])
{
	struct val *all = val_map();
	struct buf text = { 0 };

	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
		struct val *v = task_value(t, terms[i]);

		if (v != NULL)
			val_add(all, field_table[terms[i]].name, v);
	}
	json_print(&text, all);
	fs_hash(buf_str(&text), text.len, hash);
	buf_release(&text);
	val_free(all);
}

bool
review_work_awaits(const struct review_work *w, const struct task *now)
{
	char hash[FS_HASH_MAX];

	if (now == NULL || now->status != ST_IN_REVIEW || task_int(now, F_ATTEMPTS, 0) != w->attempt)
		return false;
	hash_terms(now, hash);
	return strcmp(hash, w->terms) == 0;
}

int
review_work_look(const struct review_work *w, struct err *e)
{
	struct tasks now = { 0 };
	int rc = store_read(w->project, &now, e);

	if (rc == 0 && !review_work_awaits(w, tasks_find(&now, w->task->id)))
		rc = err_set(e, ERR_BUSY, REVIEW_CHANGED);
	tasks_release(&now);
	return rc;
}

static char *
copy_text(const struct val *v, const char *key)
{
	return text_of(v, key) ? xstrdup(text_of(v, key)) : NULL;
}

/* Nobody approves what cannot be shown. */
static int
look_at_branch(struct review_work *w, char head[41], struct err *e)
{
	struct git_work work = { 0 };
	int on;

	*head = '\0';
	if (w->worktree == NULL)
		return 0;
	if ((on = git_on_branch(w->worktree, w->branch, e)) == -1 ||
	    git_work(w->worktree, w->base, &work, NULL, e) == -1) {
		e->code = ERR_FAILED;
		return err_prefix(e, "its work cannot be shown");
	}
	if (on == 0)
		return err_set(e, ERR_FAILED, "its work cannot be shown: '%s' is not on the branch '%s'",
		    w->worktree, w->branch);
	memcpy(head, work.head, sizeof work.head);
	return 0;
}

static bool
has_changed(const struct review_work *w)
{
	return w->worktree == NULL || strcmp(w->head, w->base) != 0;
}

/* What the checks said is of that commit and of those commands, and of no other. */
static int
look_at_checks(const struct review_work *w, struct err *e)
{
	char *name = xasprintf("runs/%lld/%d/outcome.json", (long long)w->task->id, w->attempt);
	struct val *v = jsonfile_peek(w->project->orch_fd, name, RECORD_MAX);
	const struct val *checks = val_get(v, "checks");
	const char *tip = text_of(v, "tip"), *what = NULL;
	struct vec_str verify = { 0 };

	repo_verify(w->repo, w->task, has_changed(w), &verify);
	if (*w->head != '\0' && (tip == NULL || strcmp(tip, w->head) != 0))
		what = "its branch is not at the commit";
	else if (checks == NULL || checks->n != verify.n)
		what = "its list of checks (verify) is not the one";
	for (size_t i = 0; what == NULL && i < verify.n; i++)
		if (val_text(checks->v[i]) == NULL || strcmp(val_text(checks->v[i]), verify.v[i]) != 0)
			what = "its list of checks (verify) is not the one";
	vec_str_release(&verify);
	val_free(v);
	free(name);
	return what == NULL ? 0 : err_set(e, ERR_FAILED, "%s with which attempt %d was checked: have it done "
	    "again (orch-review --changes TEXT), or decide yourself (--approve)", what, w->attempt);
}

static void
put_output(struct buf *out, int dir, const char *check, const char *stream)
{
	char *name = xasprintf("%s%s", check, stream);
	struct err ignored = { 0 };
	struct buf text = { 0 };
	size_t from;

	if (fs_read(dir, name, STREAM_MAX, &text, &ignored) == 0 && text.len > 0) {
		from = text.len > CHECK_TAIL ? text.len - CHECK_TAIL : 0;
		if (from > 0)
			buf_printf(out, "[... %zu bytes left out ...]\n", from);
		buf_append(out, text.data + from, text.len - from);
		if (out->data[out->len - 1] != '\n')
			buf_putc(out, '\n');
	}
	buf_release(&text);
	free(name);
}

/* What the run folder says; the commands are named by the task. */
static char *
read_checks(const struct review_work *w)
{
	char *folder = xasprintf("runs/%lld/%d", (long long)w->task->id, w->attempt);
	int dir = fs_open_dir(w->project->orch_fd, folder);
	struct vec_str commands = { 0 };
	struct buf out = { 0 };

	repo_verify(w->repo, w->task, has_changed(w), &commands);
	for (size_t i = 0; dir != -1; i++) {
		struct keeper_result result = { 0 };
		struct err ignored = { 0 };
		char name[32];

		snprintf(name, sizeof name, "verify-%zu.", i + 1);
		if (keeper_read(dir, name, &result, &ignored) != 0)
			break;
		if (i < commands.n)
			buf_printf(&out, "%s: ", commands.v[i]);
		else
			buf_printf(&out, "check %zu: ", i + 1);
		buf_printf(&out, "exit status %d\n", result.exit);
		put_output(&out, dir, name, "stdout");
		put_output(&out, dir, name, "stderr");
	}
	if (out.len == 0)
		buf_puts(&out, "None were run.\n");
	if (dir != -1)
		close(dir);
	vec_str_release(&commands);
	free(folder);
	return buf_detach(&out);
}

/* ---- opening ---- */

static int
check_status(const struct task *t, struct err *e)
{
	enum status next;

	if (t == NULL)
		return err_set(e, ERR_USAGE, "there is no such task");
	if (state_next(t->status, EV_REVIEW_APPROVE, NULL, &next, e) == 0)
		return 0;
	if (t->status == ST_IN_PROGRESS)
		e->code = ERR_BUSY;
	return -1;
}

static int
read_picture(struct review_work *w, int64_t id, struct err *e)
{
	tasks_release(&w->tasks);
	if (store_read(w->project, &w->tasks, e) == -1)
		return -1;
	w->task = tasks_find(&w->tasks, id);
	if (w->task != NULL)
		w->attempt = (int)task_int(w->task, F_ATTEMPTS, 0);
	if (check_status(w->task, e) == -1 || (w->repo = repo_of(w->project, w->task, e)) == NULL)
		return -1;
	w->round = task_int(w->task, F_REVIEW_ROUND, 0) + 1;
	hash_terms(w->task, w->terms);
	return 0;
}

static int
take_lock(struct review_work *w, struct err *e)
{
	char *name = xasprintf("runs/%lld/%d/review", (long long)w->task->id, w->attempt);
	int dir = project_dir(w->project, name, e), r = -1;

	if (dir != -1) {
		r = lock_try(&w->lock, dir, "lock", e);
		close(dir);
	}
	free(name);
	return r == 1 ? err_set(e, ERR_BUSY, "somebody else has it judged just now") : r;
}

int
review_work_open(struct review_work *w, struct project *p, int64_t id, bool alone, struct err *e)
{
	struct val *record;
	int attempt;

	*w = (struct review_work){ .project = p, .lock = { .fd = -1 } };
	if (read_picture(w, id, e) == -1)
		return -1;
	/* Who had it judged before may have decided since that look. */
	do {
		if (!alone)
			break;
		lock_release(&w->lock);
		attempt = w->attempt;
		if (take_lock(w, e) == -1 || read_picture(w, id, e) == -1)
			return -1;
	} while (w->attempt != attempt);
	record = review_attempt_record(w, id, w->attempt);
	w->branch = copy_text(record, "branch");
	w->worktree = copy_text(record, "worktree");
	w->base = copy_text(record, "base");
	if (review_authors_find(w, e) == -1) {
		val_free(record);
		return -1;
	}
	if (record == NULL || (w->worktree != NULL && (w->branch == NULL || w->base == NULL))) {
		val_free(record);
		return err_set(e, ERR_FAILED, "its work cannot be shown: nothing is known of attempt %d",
		    w->attempt);
	}
	val_free(record);
	if (look_at_branch(w, w->head, e) == -1 || look_at_checks(w, e) == -1)
		return -1;
	w->checks = read_checks(w);
	return 0;
}

void
review_work_release(struct review_work *w)
{
	lock_release(&w->lock);
	tasks_release(&w->tasks);
	review_authors_release(w);
	free(w->branch);
	free(w->worktree);
	free(w->base);
	free(w->checks);
	*w = (struct review_work){ .lock = { .fd = -1 } };
}

int
review_work_same(const struct review_work *w, struct err *e)
{
	struct review_work now = *w;

	if (look_at_branch(&now, now.head, e) == -1)
		return -1;
	if (strcmp(now.head, w->head) != 0)
		return err_set(e, ERR_BUSY, "its branch moved while it was judged");
	return 0;
}
