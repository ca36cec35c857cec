/*
 * archive.c - reading the archive, and finding in it
 */
#include "task/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/table.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "task/archive_impl.h"
#include "task/project.h"

/* "2026-11.yml" and nothing else. */
static bool
is_name(const char *name)
{
	static const char form[] = "dddd-dd.yml";
	size_t i = 0;

	for (; form[i] != '\0' && name[i] != '\0'; i++)
		if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return form[i] == name[i];
}

int
archive_names(const struct project *p, struct vec_str *names, struct err *e)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	if (p->orch_fd == -1)
		return 0;
	fd = fs_open_dir(p->orch_fd, ARCHIVE_DIR);
	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/" ARCHIVE_DIR "'", p->orch);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return err_sys(e, "cannot read '%s/" ARCHIVE_DIR "'", p->orch);
	}
	while ((entry = readdir(dir)) != NULL)
		if (is_name(entry->d_name))
			vec_str_push(names, entry->d_name);
	closedir(dir);
	vec_str_sort(names);
	return 0;
}

int
archive_load(const struct project *p, const char *name, struct tasks *tasks, struct err *e)
{
	struct buf text = { 0 };
	char *path = xasprintf(ARCHIVE_DIR "/%s", name), *shown = xasprintf(".orch/%s", path);
	int r = fs_read(p->orch_fd, path, FS_FILE_MAX, &text, e);

	if (r == 0)
		r = tasks_load(tasks, &text, shown, e);
	buf_release(&text);
	free(shown);
	free(path);
	return r;
}

int
archive_read(struct archive *a, const struct project *p, struct err *e)
{
	struct vec_str names = { 0 };
	struct tasks *tasks;
	int r;

	*a = (struct archive){ 0 };
	r = archive_names(p, &names, e);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		tasks = xcalloc(1, sizeof *tasks);
		/* 1: a name that somebody has just taken away. */
		if ((r = archive_load(p, names.v[i], tasks, e)) == 0) {
			a->v = vec_room(a->v, &a->cap, a->n, sizeof *a->v);
			a->v[a->n++] = (struct archive_file){ xstrdup(names.v[i]), tasks };
		} else {
			free(tasks);
		}
		r = r == 1 ? 0 : r;
	}
	vec_str_release(&names);
	if (r == -1)
		archive_release(a);
	return r;
}

void
archive_release(struct archive *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].name);
		tasks_release(a->v[i].tasks);
		free(a->v[i].tasks);
	}
	free(a->v);
	*a = (struct archive){ 0 };
}

const struct task *
archive_find(const struct archive *a, int64_t id)
{
	const struct task *t = NULL;

	for (size_t i = a->n; i-- > 0 && t == NULL;)
		t = tasks_find(a->v[i].tasks, id);
	return t;
}

const char *
archive_place(const struct archive *a, const struct task *t)
{
	for (size_t i = 0; i < a->n; i++)
		if (tasks_find(a->v[i].tasks, t->id) == t)
			return a->v[i].name;
	return NULL;
}

/* ---- asked for now and then ---- */

struct archive_lookup {
	const struct project *p;
	struct archive archive;
	struct table keys;		/* of the archive, to the ids */
	struct err failed;
	bool read, has_keys;
};

struct archive_lookup *
archive_lookup_new(const struct project *p)
{
	struct archive_lookup *l = xcalloc(1, sizeof *l);

	l->p = p;
	return l;
}

void
archive_lookup_free(struct archive_lookup *l)
{
	if (l == NULL)
		return;
	table_release(&l->keys);
	archive_release(&l->archive);
	free(l);
}

const struct archive *
archive_ask_all(struct archive_lookup *l)
{
	static const struct archive none;

	if (l == NULL)
		return &none;
	if (!l->read && archive_read(&l->archive, l->p, &l->failed) == -1)
		l->archive = none;
	l->read = true;
	return &l->archive;
}

const struct task *
archive_ask(struct archive_lookup *l, int64_t id)
{
	return archive_find(archive_ask_all(l), id);
}

const struct task *
archive_ask_key(struct archive_lookup *l, const char *key)
{
	const struct archive *a = archive_ask_all(l);
	const char *other;
	int64_t id;

	if (a->n == 0)
		return NULL;
	/* The table keeps what came first: so the newest goes in first. */
	for (size_t i = l->has_keys ? 0 : a->n; i-- > 0;)
		for (size_t k = a->v[i].tasks->n; k-- > 0;)
			if ((other = task_text(&a->v[i].tasks->v[k], F_KEY)) != NULL)
				table_put(&l->keys, other, a->v[i].tasks->v[k].id);
	l->has_keys = true;
	id = table_get(&l->keys, key);
	return id != 0 ? archive_find(a, id) : NULL;
}

int
archive_failed(const struct archive_lookup *l, struct err *e)
{
	if (l == NULL || l->failed.code == ERR_NONE)
		return 0;
	*e = l->failed;
	return -1;
}
