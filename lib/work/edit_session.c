#include "work/edit_session.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "task/project.h"
#include "task/store.h"

#define COPY	 "tasks.yml"	/* by its name editors know what it is */
#define OPENED	 "opened.yml"
#define MAKING	 "making.yml"
#define KEPT_MAX 16

/* ---- the folder of a session ---- */

static int
open_dir(int parent, const char *name)
{
	return (int)TEMP_FAILURE_RETRY(openat(parent, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

static bool
is_same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && memcmp(buf_str(a), buf_str(b), a->len) == 0;
}

static bool
has_copy(int parent, const char *name)
{
	char *copy = path_join(name, COPY);
	bool there = faccessat(parent, copy, F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	free(copy);
	return there;
}

/* Number `n`: becomes this session's if it is what is looked for; told of if it was left. */
static int
look_at(struct edit_session *s, int n, bool resume, struct err *e)
{
	char *name = xasprintf("%d", n), *file = xasprintf("%d.lock", n);
	struct lock lock = { .fd = -1 };
	bool kept = has_copy(s->parent, name), wanted = s->name == NULL && kept == resume;
	int r = 0;

	if (!kept && !wanted)
		goto done;
	if ((r = lock_try(&lock, s->parent, file, e)) != 0)
		goto done;
	kept = has_copy(s->parent, name);	/* it may have come to its end just now */
	if (s->name == NULL && kept == resume) {
		s->lock = lock;
		s->name = name;
		name = NULL;
		goto done;
	}
	if (kept && !resume)
		project_note(s->p, "an edit that was not finished is kept in '%s/edit/%s/" COPY
		    "': orch-edit --resume goes on with it", s->p->orch, name);
	lock_release(&lock);
done:
	free(name);
	free(file);
	return r == -1 ? -1 : 0;
}

/*
 * Is there nothing in that folder that is not in the file as it was opened, not even what
 * an editor puts beside a file that it has open?  *at is when the copy was made.
 */
static bool
is_idle(int parent, const char *name, time_t *at)
{
	struct buf copy = { 0 }, opened = { 0 };
	struct dirent *entry;
	struct err unread;
	struct stat st;
	int fd = open_dir(parent, name);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	bool idle = dir != NULL && fstatat(fd, COPY, &st, AT_SYMLINK_NOFOLLOW) == 0;

	while (idle && (entry = readdir(dir)) != NULL)
		idle = entry->d_name[0] == '.' ? entry->d_name[1 + (entry->d_name[1] == '.')] == '\0' :
		    strcmp(entry->d_name, COPY) == 0 || strcmp(entry->d_name, OPENED) == 0;
	idle = idle && fs_read(fd, COPY, FS_FILE_MAX, &copy, &unread) == 0 &&
	    fs_read(fd, OPENED, FS_FILE_MAX, &opened, &unread) == 0 && is_same(&copy, &opened);
	if (idle)
		*at = st.st_mtime;
	buf_release(&copy);
	buf_release(&opened);
	if (dir != NULL)
		closedir(dir);
	else if (fd != -1)
		close(fd);
	return idle;
}

/*
 * All places are taken.  Where a session was killed before anything was saved nothing is
 * lost; the oldest of those goes first, since its editor may have outlived it.
 */
static int
take_idle(struct edit_session *s, struct err *e)
{
	time_t at, oldest = 0;
	int r = 0;

	for (int n = 1; n <= KEPT_MAX && r != -1; n++) {
		char *name = xasprintf("%d", n), *file = xasprintf("%d.lock", n);
		struct lock lock = { .fd = -1 };

		if ((r = lock_try(&lock, s->parent, file, e)) == 0 &&
		    is_idle(s->parent, name, &at) && (s->name == NULL || at < oldest)) {
			struct lock former = s->lock;

			s->lock = lock;
			lock = former;
			free(s->name);
			s->name = name;
			name = NULL;
			oldest = at;
		}
		lock_release(&lock);
		free(name);
		free(file);
	}
	return r == -1 ? -1 : 0;
}

static int
choose(struct edit_session *s, bool resume, struct err *e)
{
	char *below;

	if (project_prepare(s->p, e) == -1 || (s->parent = project_dir(s->p, "edit", e)) == -1)
		return -1;
	for (int n = 1; n <= KEPT_MAX; n++)
		if (look_at(s, n, resume, e) == -1)
			return -1;
	if (s->name == NULL && !resume && take_idle(s, e) == -1)
		return -1;
	if (s->name == NULL && resume)
		return err_set(e, ERR_NO, "there is no edit to go on with");
	if (s->name == NULL)
		return err_set(e, ERR_BUSY, "'%s/edit' has %d edits that are not finished",
		    s->p->orch, KEPT_MAX);
	/* Without a copy in it, a folder is what a kill left of a beginning or an end. */
	if (!resume && fs_remove_tree(s->parent, s->name, e) == -1)
		return -1;
	below = xasprintf("edit/%s", s->name);
	s->dir = project_dir(s->p, below, e);
	s->path = xasprintf("%s/%s/" COPY, s->p->orch, below);
	free(below);
	return s->dir == -1 ? -1 : 0;
}

static int
make_temporary(struct edit_session *s, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *path = path_join(tmp != NULL && *tmp == '/' ? tmp : "/tmp", "orch-edit.XXXXXX");
	char *parent = path_dir(path);
	int r = -1;

	if (mkdtemp(path) == NULL) {
		err_sys(e, "cannot make a folder in '%s'", parent);
		goto done;
	}
	s->name = xstrdup(path_base(path));
	s->path = path_join(path, COPY);
	if ((s->parent = open_dir(AT_FDCWD, parent)) == -1 ||
	    (s->dir = open_dir(s->parent, s->name)) == -1)
		err_sys(e, "cannot open '%s'", path);
	else
		r = 0;
done:
	free(parent);
	free(path);
	return r;
}

/* ---- begin ---- */

/* What cannot be read cannot be merged with: the person mends the file itself. */
static int
open_file(struct edit_session *s, struct err *e)
{
	struct tasks tasks;
	off_t before;

	s->spent = true;
	if (store_read_file(s->p, &tasks, NULL, e) == -1)
		return -1;
	buf_append(&s->base, buf_str(&tasks.text), tasks.text.len);
	tasks_release(&tasks);
	/* The copy gets its name when it is whole: half of one would remove tasks. */
	if (fs_append(s->dir, OPENED, buf_str(&s->base), s->base.len, &before, e) == -1 ||
	    fs_append(s->dir, MAKING, buf_str(&s->base), s->base.len, &before, e) == -1 ||
	    fs_rename(s->dir, MAKING, COPY, e) == -1)
		return err_prefix(e, "there is no copy to edit");
	return 0;
}

static int
open_kept(struct edit_session *s, struct err *e)
{
	int r = fs_read(s->dir, OPENED, FS_FILE_MAX, &s->base, e);

	if (r == 1)
		r = err_set(e, ERR_INVALID, "beside '%s' there is no '" OPENED "': it cannot be "
		    "known what was changed", s->path);
	return r;
}

int
edit_begin(struct edit_session *s, struct project *p, bool dry_run, bool resume, struct err *e)
{
	*s = (struct edit_session){ .p = p, .dry_run = dry_run, .parent = -1, .dir = -1,
	    .lock = { .fd = -1 } };
	if ((dry_run ? make_temporary(s, e) : choose(s, resume, e)) == -1)
		return -1;
	return resume ? open_kept(s, e) : open_file(s, e);
}

/* ---- the editor ---- */

static char *
editor_of(void)
{
	static const char *const variables[] = { "VISUAL", "EDITOR" };
	const char *path = getenv("PATH");
	char *editor = NULL;

	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL && *value != '\0')
			return xstrdup(value);
	}
	if ((editor = proc_find("editor", path)) == NULL)
		editor = proc_find("vi", path);
	return editor;
}

/*
 * The shell splits what the user has set up, as for git and crontab; the name of the file
 * is an argument and never a part of what the shell reads.
 */
static int
run_editor(const struct edit_session *s, int *status, struct err *e)
{
	char *editor = editor_of(), *line;
	int r;

	if (editor == NULL)
		return err_set(e, ERR_CONFIG, "there is no editor: set EDITOR");
	line = xasprintf("%s \"$@\"", editor);
	r = proc_foreground((char *[]){ (char[]){ "/bin/sh" }, (char[]){ "-c" }, line, editor,
	    s->path, NULL }, status, e);
	if (r == 0 && *status != 0)
		err_set(e, ERR_NO, "the editor '%s' ended with status %d: nothing was changed", editor,
		    WIFSIGNALED(*status) ? 128 + WTERMSIG(*status) : WEXITSTATUS(*status));
	free(line);
	free(editor);
	return r;
}

/* An empty file is taken for a change of mind, as an empty message of a commit is. */
static int
read_copy(struct edit_session *s, struct err *e)
{
	int r;

	s->spent = false;
	r = fs_read(s->dir, COPY, FS_FILE_MAX, &s->mine, e);
	if (r == -1)
		return -1;
	s->spent = r == 1 || s->mine.len == 0 || is_same(&s->base, &s->mine);
	if (r == 0 && (s->mine.len > 0 || s->base.len == 0))
		return 0;
	return err_set(e, ERR_NO, "'%s' is %s: nothing was changed", s->path,
	    r == 1 ? "gone" : "empty");
}

int
edit_run(struct edit_session *s, struct err *e)
{
	struct err ignored = { 0 };
	int status = 0;

	if (run_editor(s, &status, e) == -1)
		return -1;
	if (read_copy(s, status == 0 ? e : &ignored) == -1 || status != 0)
		return -1;
	return is_same(&s->base, &s->mine) ? 1 : 0;
}

int
edit_merge(struct edit_session *s, const struct store_opts *opts, struct vec_id *changed,
    struct err *e)
{
	/* In its own name first: the same line may be good in the file. */
	if (tasks_check(&s->mine, s->path, e) == -1)
		return -1;
	if (store_merge(s->p, opts, &s->base, &s->mine, changed, e) == -1)
		return -1;
	s->spent = true;
	return 0;
}

/* ---- end ---- */

void
edit_end(struct edit_session *s)
{
	struct err e = { 0 };

	if (s->name != NULL && !s->spent && !s->dry_run)
		project_note(s->p, "what was edited is kept in '%s': orch-edit --resume goes on "
		    "with it", s->path);
	else if (s->name != NULL && s->parent != -1 &&
	    fs_remove_tree(s->parent, s->name, &e) == -1)
		project_note(s->p, "%s", e.msg);
	lock_release(&s->lock);
	if (s->dir != -1)
		close(s->dir);
	if (s->parent != -1)
		close(s->parent);
	free(s->name);
	free(s->path);
	buf_release(&s->base);
	buf_release(&s->mine);
}
