/*
 * store_read - a picture without the lock
 *
 * Readers see a whole file at every instant, since it is only ever exchanged.  The record
 * may be of the commit that is just under way, so the file may be the generation of
 * either slot.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/found.h"
#include "task/outline_file.h"
#include "task/project.h"
#include "task/record.h"
#include "task/store.h"

static int
read_records(const struct project *p, struct record *last, struct record *before, struct err *e)
{
	int state, r;

	*last = *before = (struct record){ 0 };
	if (p->orch_fd == -1)
		return 0;
	state = fs_open_dir(p->orch_fd, "state");
	if (state == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/state'", p->orch);
	r = record_read(p, state, last, before, e);
	close(state);
	return r;
}

static bool
is_known(const struct record *r, const struct buf *text)
{
	return r->rules == TASKS_RULES && record_is(r, text);
}

static int
load(struct tasks *tasks, const struct project *p, struct buf *text, struct err *e)
{
	return tasks_load(tasks, text, path_base(p->tasks), e);
}

/* A text that no record knows: whatever it is, something is shown if that can be. */
static int
read_unknown(const struct project *p, const struct record *last, struct buf *text,
    struct tasks *tasks, struct err *e)
{
	struct buf newest = { 0 };
	struct err unfound = { 0 };
	char why[ERR_MSG_MAX] = "the file is damaged or gone";
	int64_t gen = 0;
	int damaged = found_damage(p, last, text, &gen, &newest, &unfound), r = -1;

	if (gen == 0 && last->gen > 0 && text->len == 0)
		return found_lost(p, e);
	if (damaged != 1) {
		if ((r = load(tasks, p, text, e)) == 0)
			goto done;
		if (damaged == -1)
			*e = unfound;
		snprintf(why, sizeof why, "%s", e->msg);
	}
	/* The newest generation in its place, with a note that says so. */
	if (gen > 0 && (r = load(tasks, p, &newest, e)) == 0)
		project_note(p, "%s; what is shown is generation %lld", why, (long long)gen);
done:
	buf_release(&newest);
	return r;
}

/* Is it neither what a commit left nor anything that a person can have made of it? */
static int
refuse_damage(const struct project *p, const struct buf *text, int64_t *next, struct err *e)
{
	struct record last, before;
	struct buf newest = { 0 };
	int64_t gen = 0;
	int r;

	if (read_records(p, &last, &before, e) == -1)
		return -1;
	*next = last.hash[0] != '\0' ? last.next : 0;
	if (record_is(&last, text) || record_is(&before, text))
		return 0;
	if ((r = found_damage(p, &last, text, &gen, &newest, e)) == 1)
		r = err_set(e, ERR_INVALID, "%s: is damaged or gone: the next change, or orch-fsck "
		    "--restore, brings generation %lld back", path_base(p->tasks), (long long)gen);
	else if (r == 0 && last.gen > 0 && text->len == 0)
		r = found_lost(p, e);
	buf_release(&newest);
	return r;
}

int
store_read_file(const struct project *p, struct tasks *tasks, struct store_refused *refused,
    struct err *e)
{
	struct fs_file file = { .dirfd = -1 };
	struct store_refused what = { 0 };
	int64_t next;
	int r = -1;

	if (fs_open(&file, p->tasks, e) == 0 && fs_load(&file, &what.text, e) == 0) {
		if (refuse_damage(p, &what.text, &next, e) == 0)
			r = tasks_load_or_tree(tasks, &what.text, &what.yaml, path_base(p->tasks), e);
		else
			what.damaged = e->code == ERR_INVALID;
	}
	fs_close(&file);
	if (r == 0)
		tasks_raise(tasks, next);
	if (r == -1 && refused != NULL)
		*refused = what;
	else
		store_refused_release(&what);
	return r;
}

void
store_refused_release(struct store_refused *r)
{
	yaml_release(&r->yaml);
	buf_release(&r->text);
}

/* The picture of what was read from the file, which takes the text over. */
static int
picture(const struct project *p, const struct fs_file *file, struct buf *text,
    struct tasks *tasks, struct err *e)
{
	struct record last, before;
	struct outline outline;
	bool is_last;

	if (read_records(p, &last, &before, e) == -1)
		return -1;
	if (file->st.st_nlink == 0 && p->named && last.gen == 0)
		return err_set(e, ERR_USAGE, "there is no '%s'", p->tasks);
	if (!(is_last = is_known(&last, text)) && !is_known(&before, text))
		return read_unknown(p, &last, text, tasks, e);
	outline_file_read(p, is_last ? last.hash : before.hash, text, &outline);
	return tasks_load_outlined(tasks, text, &outline, path_base(p->tasks), e);
}

int
store_read(const struct project *p, struct tasks *tasks, struct err *e)
{
	struct fs_file file = { .dirfd = -1 };
	struct buf text = { 0 };
	int r = -1;

	if (fs_open(&file, p->tasks, e) == 0 && fs_load(&file, &text, e) == 0)
		r = picture(p, &file, &text, tasks, e);
	buf_release(&text);
	fs_close(&file);
	return r;
}

int
store_look(const struct project *p, struct store_look *look, struct tasks *tasks, struct err *e)
{
	struct buf text = { 0 };
	int r = -1;

	*look = (struct store_look){ .file = { .dirfd = -1 } };
	if (fs_open(&look->file, p->tasks, e) == 0 && fs_hold(&look->file, &text, e) == 0)
		r = picture(p, &look->file, &text, tasks, e);
	buf_release(&text);
	if (r == -1)
		fs_close(&look->file);
	return r;
}

void
store_look_end(struct store_look *look, struct tasks *tasks)
{
	tasks_release(tasks);
	fs_close(&look->file);
}
