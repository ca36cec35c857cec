#include "task/project.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/redact.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/repo.h"

extern char **environ;

#define CONFIG_FILE_MAX (1u << 20)
#define ASSET_MAX	(1u << 20)
#define DOTGIT_MAX	4096u

/* A link to nothing is there too: it is to be refused, not passed over for whatever
 * lies in a folder above. */
static bool
holds(const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	struct stat st;
	bool yes = lstat(path, &st) == 0;

	free(path);
	return yes;
}

/*
 * If `dir` is the top of a linked work tree (its .git is a file that names a
 * folder below main/.git/worktrees), the top of the main one; else NULL.
 */
static char *
main_worktree(const char *dir)
{
	static const char mark[] = "gitdir: /";
	char *dotgit = path_join(dir, ".git"), *top = NULL, *at;
	struct buf text = { 0 };
	struct err e = { 0 };

	if (fs_read(AT_FDCWD, dotgit, DOTGIT_MAX, &text, &e) == 0 &&
	    str_starts(buf_str(&text), mark) &&
	    (at = strstr(text.data, "/.git/worktrees/")) != NULL)
		top = xstrndup(text.data + strlen(mark) - 1,
		    (size_t)(at - text.data) - strlen(mark) + 1);
	buf_release(&text);
	free(dotgit);
	return top;
}

/* The look-up starts there: a copy of tasks.yml that is tracked and checked out in a linked work
 * tree must not be found. */
char *
project_main(const char *dir)
{
	char *at = xstrdup(dir), *up, *top, *start = NULL;

	while (strcmp(at, "/") != 0 && !holds(at, ".git")) {
		up = path_dir(at);
		free(at);
		at = up;
	}
	if ((top = main_worktree(at)) != NULL) {
		start = xasprintf("%s%s", top, dir + strlen(at));
		while (!path_is_dir(start) && strlen(start) > strlen(top)) {
			up = path_dir(start);
			free(start);
			start = up;
		}
		free(top);
	}
	free(at);
	return start ? start : xstrdup(dir);
}

/* Walks up from `dir` (absolute); the project's folder, or NULL. */
static char *
walk_up(const char *dir)
{
	char *at = project_main(dir), *up;

	while (!holds(at, "tasks.yml") && !holds(at, ".orch")) {
		if (strcmp(at, "/") == 0) {
			free(at);
			return NULL;
		}
		up = path_dir(at);
		free(at);
		at = up;
	}
	return at;
}

static bool
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The text of the orch.yml in a folder becomes one layer of the configuration; none is fine. */
static int
config_layer(const struct project *p, const char *dir, struct config *c, struct err *e)
{
	char *path = path_join(dir, "orch.yml"), *real = realpath(path, NULL);
	struct buf text = { 0 };
	int r = 0;

	/* People keep their configuration behind links; a link to nothing is a mistake.
	 * The home of an account for a service may be /dev/null. */
	if (real == NULL && errno != ENOENT && errno != ENOTDIR)
		r = err_sys(e, "cannot read '%s'", path);
	else if (real == NULL && is_link(path))
		r = err_set(e, ERR_CONFIG, "'%s' is a symbolic link to nothing", path);
	if (r == 0 && real != NULL)
		r = fs_read(AT_FDCWD, real, CONFIG_FILE_MAX, &text, e);
	if (r == -1 && e->code == ERR_INVALID)
		e->code = ERR_CONFIG;
	if (r == 0 && real != NULL)
		r = config_add(c, buf_str(&text), text.len, strcmp(dir, p->dir) == 0 ? "orch.yml" : path, e);
	buf_release(&text);
	free(real);
	free(path);
	return r == -1 ? -1 : 0;
}

/* A task file of another name has a state of its own: its ids are its own too. */
static bool
is_default(const struct project *p)
{
	return strcmp(path_base(p->tasks), "tasks.yml") == 0;
}

static int
open_below(int fd, const char *name, struct err *e)
{
	int below = fd == -1 ? -1 : fs_private_dir(fd, name, e);

	if (fd != -1)
		close(fd);
	return below;
}

/* Opens p->orch, folder by folder, each checked and made if it is missing. */
static int
open_state(struct project *p, struct err *e)
{
	int fd = (int)TEMP_FAILURE_RETRY(open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (fd == -1)
		return err_sys(e, "cannot open '%s'", p->dir);
	fd = open_below(fd, ".orch", e);
	if (!is_default(p)) {
		fd = open_below(fd, "files", e);
		fd = open_below(fd, path_base(p->tasks), e);
	}
	p->orch_fd = fd;
	return fd == -1 ? -1 : 0;
}

int
project_config(const struct project *p, const char *dir, struct config *c, struct err *e)
{
	if (p->user != NULL && config_layer(p, p->user, c, e) == -1)
		return -1;
	return config_layer(p, dir, c, e) == -1 ? -1 : config_add_env(c, environ, e);
}

static void
wash(const void *redact, const char *text, size_t len, struct buf *out)
{
	redact_text(redact, text, len, out);
}

/* Everything that follows from the folder: paths, configuration, .orch if it is there.
 * `config` as in project_find_anyway(). */
static int
load(struct project *p, const char *command, struct err *config, struct err *e)
{
	struct err none = { 0 };

	p->orch_fd = -1;
	p->redact = xcalloc(1, sizeof *p->redact);
	redact_environment(p->redact, environ);
	p->log = (struct log){ .fd = -1, .level = LOG_INFO, .command = command,
		.wash = wash, .wash_with = p->redact };
	p->orch = is_default(p) ? path_join(p->dir, ".orch") :
	    xasprintf("%s/.orch/files/%s", p->dir, path_base(p->tasks));
	p->user = path_config_home(&none);
	if ((p->share = path_share(e)) == NULL)
		return -1;
	if (project_config(p, p->dir, &p->config, e) == -1) {
		if (config == NULL || e->code != ERR_CONFIG)
			return -1;
		*config = *e;
		config_release(&p->config);
	}
	p->repos = repos_new(p);
	return path_exists(p->orch) ? open_state(p, e) : 0;
}

static const char *
given(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value ? value : NULL;
}

int
project_find_anyway(struct project *p, const char *dir, const char *file, const char *command,
    struct err *config, struct err *e)
{
	char *start = NULL, *folder;
	int r = -1;

	*p = (struct project){ .orch_fd = -1, .log = { .fd = -1 } };
	/* What is said on the command line counts before all that the environment says. */
	if (dir == NULL && file == NULL) {
		dir = given("ORCH_DIR");
		file = given("ORCH_TASKS");
	}
	if ((start = path_absolute(dir ? dir : ".", e)) == NULL) {
		e->code = ERR_USAGE;
		goto done;
	}
	if (!path_is_dir(start)) {
		err_set(e, ERR_USAGE, "'%s' is not a folder", start);
		goto done;
	}
	p->named = file != NULL;
	if (file != NULL) {
		char *named = path_join(start, file), *real = realpath(named, NULL);

		/* What a link names has one state and one lock, however it is called. */
		if (real != NULL) {
			free(named);
			named = real;
		}
		if (*path_base(named) == '\0') {
			err_set(e, ERR_INVALID, "'%s' is a folder, not a task file", named);
			free(named);
			goto done;
		}
		folder = path_dir(named);
		p->dir = path_absolute(folder, e);
		if (p->dir != NULL)
			p->tasks = path_join(p->dir, path_base(named));
		free(folder);
		free(named);
		if (p->dir == NULL) {
			e->code = ERR_USAGE;
			goto done;
		}
	} else {
		if ((p->dir = walk_up(start)) == NULL) {
			err_set(e, ERR_USAGE,
			    "no tasks.yml or .orch in '%s' or above: run orch-init", start);
			goto done;
		}
		p->tasks = path_join(p->dir, "tasks.yml");
	}
	p->notes = xcalloc(1, sizeof *p->notes);
	r = load(p, command, config, e);
done:
	free(start);
	if (r == -1)
		project_release(p);
	return r;
}

int
project_find(struct project *p, const char *dir, const char *file, const char *command,
    struct err *e)
{
	return project_find_anyway(p, dir, file, command, NULL, e);
}

int
project_at(struct project *p, const char *dir, const char *command, struct err *e)
{
	*p = (struct project){ .orch_fd = -1, .log = { .fd = -1 } };
	if ((p->dir = path_absolute(dir, e)) == NULL) {
		e->code = ERR_USAGE;
		return -1;
	}
	p->tasks = path_join(p->dir, "tasks.yml");
	p->notes = xcalloc(1, sizeof *p->notes);
	if (load(p, command, NULL, e) == -1) {
		project_release(p);
		return -1;
	}
	return 0;
}

void
project_release(struct project *p)
{
	if (p->orch_fd != -1)
		close(p->orch_fd);
	if (p->log_file != NULL)
		log_file_close(p->log_file);
	free(p->log_file);
	config_release(&p->config);
	repos_free(p->repos);
	free(p->dir);
	free(p->tasks);
	free(p->orch);
	free(p->user);
	free(p->share);
	if (p->notes != NULL)
		vec_str_release(p->notes);
	free(p->notes);
	if (p->redact != NULL)
		redact_release(p->redact);
	free(p->redact);
	*p = (struct project){ .orch_fd = -1, .log = { .fd = -1 } };
}

void
project_note(const struct project *p, const char *fmt, ...)
{
	char said[ERR_MSG_MAX], *text;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof said, fmt, ap);
	va_end(ap);
	text = redact_string(p->redact, xstrdup(said));
	if (p->notes == NULL || !vec_str_has(p->notes, text))
		log_write(&p->log, LOG_WARN, 0, 0, "%s", text);
	if (p->notes != NULL && !vec_str_has(p->notes, text))
		vec_str_push(p->notes, text);
	free(text);
}

/* The log is advice: a command goes on without it, and says so. */
static void
open_log(struct project *p)
{
	struct err why = { 0 };
	int dir = fs_private_dir(p->orch_fd, "log", &why);

	p->log_file = xcalloc(1, sizeof *p->log_file);
	*p->log_file = (struct log_file){ .dirfd = -1, .fd = -1 };
	if (dir == -1) {
		project_note(p, "nothing is logged: %s", why.msg);
		return;
	}
	log_file_open(p->log_file, dir, config_int(&p->config, "log.max_bytes"),
	    (int)config_int(&p->config, "log.files"));
	p->log.level = log_level_of(config_text(&p->config, "log.level"));
	p->log.put = log_file_put;
	p->log.put_to = p->log_file;
	if (p->log_file->fd == -1)
		project_note(p, "nothing is logged: '.orch/log/%s' cannot be opened", LOG_FILE);
}

int
project_prepare(struct project *p, struct err *e)
{
	static const char ignore[] = "*\n";
	struct fs_file f = { 0 };

	if (p->log_file != NULL)
		return 0;
	/* Nothing is made beside what can never be a task file. */
	if (p->orch_fd == -1) {
		if (fs_open(&f, p->tasks, e) == -1)
			return -1;
		fs_close(&f);
		if (open_state(p, e) == -1)
			return -1;
	}
	/* Written in place, because whoever else is the first here writes the same. */
	if (faccessat(p->orch_fd, ".gitignore", F_OK, AT_SYMLINK_NOFOLLOW) == -1 &&
	    fs_patch(p->orch_fd, ".gitignore", 0, ignore, sizeof ignore - 1, e) == -1)
		return -1;
	open_log(p);
	return 0;
}

int
project_dir(struct project *p, const char *name, struct err *e)
{
	char *path = xstrdup(name), *part = path, *slash;
	int at = p->orch_fd, next;

	if (at == -1)
		err_set(e, ERR_SYSTEM, "'%s' is not there", p->orch);
	for (; at != -1 && part != NULL; part = slash) {
		if ((slash = strchr(part, '/')) != NULL)
			*slash++ = '\0';
		next = fs_private_dir(at, part, e);
		if (at != p->orch_fd)
			close(at);
		at = next;
	}
	free(path);
	return at;
}

/* The three places of an asset, in the order in which they win. */
static char *
asset_place(const struct project *p, int place)
{
	switch (place) {
	case 0:
		return path_join(p->dir, "orch.d");
	case 1:
		return p->user ? xstrdup(p->user) : NULL;
	default:
		return xstrdup(p->share);
	}
}

#define ASSET_PLACES 3

int
project_asset(const struct project *p, const char *kind, const char *name, struct buf *out,
    char **path, struct err *e)
{
	int r = 1;

	if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
		return err_set(e, ERR_CONFIG, "'%s' is no name for one of %s", name, kind);
	for (int i = 0; i < ASSET_PLACES && r == 1; i++) {
		char *place = asset_place(p, i);
		char *file = place ? xasprintf("%s/%s/%s", place, kind, name) : NULL;

		if (file != NULL)
			r = fs_read(AT_FDCWD, file, ASSET_MAX, out, e);
		if (r == 0 && path != NULL) {
			*path = file;
			file = NULL;
		}
		free(file);
		free(place);
	}
	return r;
}

static int
list_folder(const char *dir, const char *suffix, struct vec_str *names, struct err *e)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (d == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 :
		    err_sys(e, "cannot read '%s'", dir);
	while ((entry = readdir(d)) != NULL) {
		char *name;

		if (entry->d_name[0] == '.' || !str_ends(entry->d_name, suffix))
			continue;
		name = xstrndup(entry->d_name, strlen(entry->d_name) - strlen(suffix));
		if (vec_str_has(names, name))
			free(name);
		else
			vec_str_take(names, name);
	}
	closedir(d);
	return 0;
}

int
project_assets(const struct project *p, const char *kind, const char *suffix,
    struct vec_str *names, struct err *e)
{
	int r = 0;

	for (int i = 0; i < ASSET_PLACES && r == 0; i++) {
		char *place = asset_place(p, i), *dir;

		if (place == NULL)
			continue;
		dir = path_join(place, kind);
		r = list_folder(dir, suffix, names, e);
		free(dir);
		free(place);
	}
	vec_str_sort(names);
	return r;
}
