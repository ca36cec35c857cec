/*
 * delegate_request.c - what an attempt asks for while it runs
 *
 * Nothing is changed from inside an attempt, so the request is a line in the one folder
 * that it may write.  Its own process wrote it, or the agent by hand: it is read like any
 * text of a stranger when the attempt is settled.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/archive.h"
#include "task/project.h"
#include "task/store.h"
#include "work/add.h"
#include "work/delegate.h"
#include "work/delegate_family.h"

bool
delegate_plans(const struct task *t)
{
	return task_has(t, F_LABELS, DELEGATE_PLAN) && task_count(t, F_CHILDREN) == 0;
}

void
delegate_append(struct val *list, const struct val *more)
{
	int64_t offset = (int64_t)list->n;

	for (size_t i = 0; i < more->n; i++) {
		struct val *part = val_copy(more->v[i]), *depends = val_get(part, "depends_on");

		for (size_t k = 0; depends != NULL && k < depends->n; k++)
			depends->v[k]->i += offset;
		val_push(list, part);
	}
}

/* One line: an array of parts. */
static int
take_line(const struct val *schema, const char *line, size_t len, struct val *list, struct err *e)
{
	struct val *more = json_parse(line, len, e);
	int r = more != NULL ? delegate_check(schema, &more, NULL, e) : -1;

	if (r == 0)
		delegate_append(list, more);
	val_free(more);
	return r;
}

int
delegate_requested(int out, const struct val *schema, struct val **list, struct err *e)
{
	struct buf text = { 0 };
	int r = fs_read(out, DELEGATE_REQUESTS, DELEGATE_TEXT_MAX, &text, e);
	size_t number = 0;

	*list = NULL;
	if (r != 0)
		return r == 1 ? 0 : -1;
	*list = val_list();
	for (const char *line = buf_str(&text), *end = line + text.len; line < end && r == 0;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop != NULL ? stop : end) - line);

		number++;
		if (n > 0 && (r = take_line(schema, line, n, *list, e)) == -1)
			err_prefix(e, "%s: line %zu", DELEGATE_REQUESTS, number);
		line += n + (stop != NULL);
	}
	buf_release(&text);
	if (r == -1 || (*list)->n == 0) {
		val_free(*list);
		*list = NULL;
	}
	return r;
}

/* All that can be refused is refused at once, while somebody can still ask otherwise. */
static int
check_all(struct project *p, int64_t task, int out, const struct val *schema,
    const struct val *list, struct err *e)
{
	struct delegated d = { 0 };
	struct val *all = NULL;
	int r;

	if (delegate_requested(out, schema, &all, e) == -1)
		return -1;
	if (all == NULL)
		all = val_list();
	delegate_append(all, list);
	r = delegate_try(p, task, all, &d, e);
	delegated_release(&d);
	val_free(all);
	return r;
}

/* The task of "17/2"; 0: that is no attempt at a task. */
static int64_t
task_of(const char *attempt)
{
	char *id = xstrndup(attempt, strcspn(attempt, "/"));
	int64_t task;

	if (num_id(id, &task) == -1)
		task = 0;
	free(id);
	return task;
}

int
delegate_request(struct project *p, const char *attempt, const char *out, const char *parent,
    bool dry_run, const struct val *schema, const struct val *list, struct err *e)
{
	int64_t task = task_of(attempt), named = task;
	struct buf line = { 0 };
	off_t before;
	int fd, r = -1;

	if (task == 0 || out == NULL || (parent != NULL && num_id(parent, &named) == -1) ||
	    named != task)
		return err_set(e, ERR_USAGE, "the task of the attempt delegates and no other: nothing is "
		    "changed from inside an attempt (%s)", attempt);
	if (list->n == 0)
		return 0;
	if ((fd = fs_open_dir(AT_FDCWD, out)) == -1)
		return err_sys(e, "cannot open '%s'", out);
	if (check_all(p, task, fd, schema, list, e) == -1)
		goto done;
	json_print(&line, list);
	buf_putc(&line, '\n');
	r = dry_run ? 0 : fs_append(fd, DELEGATE_REQUESTS, buf_str(&line), line.len, &before, e);
done:
	close(fd);
	buf_release(&line);
	return r;
}

int
delegate_asked(const struct project *p, int64_t parent, struct vec_str *asked, struct err *e)
{
	struct tasks tasks = { 0 };
	struct family family = { .tasks = &tasks };
	struct vec_id children = { 0 };
	struct buf text = { 0 };
	int r;

	if (store_read(p, &tasks, e) == -1)
		return -1;
	family.archive = archive_lookup_new(p);
	family_children(&family, parent, &children);
	for (size_t i = 0; i < children.n; i++) {
		const struct task *t = family_find(&family, children.v[i]);

		if (t == NULL)
			continue;
		add_identity(&text, task_text(t, F_TITLE), task_text(t, F_BODY));
		vec_str_take(asked, buf_detach(&text));
	}
	r = archive_failed(family.archive, e);
	archive_lookup_free(family.archive);
	family_release(&family);
	vec_id_release(&children);
	tasks_release(&tasks);
	return r;
}
