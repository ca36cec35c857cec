#include "work/init.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "net/git.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/cron_line.h"
#include "work/fence.h"

struct making {
	struct project *p;
	const struct init_opts *opts;
	struct init_report *report;
};

/* ---- the repository ---- */

/*
 * git_open() leads from a linked work tree to the main one, and so does the look-up
 * of a project: one that is made here would never be found.
 */
static bool
is_linked(const char *dir, const char *root)
{
	size_t len = strlen(root);
	bool linked = strncmp(dir, root, len) != 0 || (dir[len] != '/' && dir[len] != '\0');
	char *at = xstrdup(dir), *up, *dotgit;

	while (!linked && strlen(at) > len) {
		dotgit = path_join(at, ".git");
		linked = path_exists(dotgit);
		free(dotgit);
		up = path_dir(at);
		free(at);
		at = up;
	}
	free(at);
	return linked;
}

/* A line for .git/info/exclude: anchored at the top, and no pattern. */
static char *
exclude_line(const char *root, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	struct buf line = { 0 };

	for (const char *s = path + strlen(root) + (strcmp(root, "/") == 0 ? -1 : 0); *s; s++) {
		if (strchr("\\*?[", *s) != NULL)
			buf_putc(&line, '\\');
		buf_putc(&line, *s == '\n' ? '?' : *s);
	}
	free(path);
	return buf_detach(&line);
}

static int
exclude(const struct making *m, struct git *git, struct err *e)
{
	const char *names[] = { path_base(m->p->tasks), "jobs.yml", ".orch/" };
	struct vec_str lines = { 0 };
	int r;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		vec_str_take(&lines, exclude_line(git_root(git), m->p->dir, names[i]));
	r = git_exclude(git, (const char *const *)vec_str_argv(&lines), e);
	vec_str_release(&lines);
	return r;
}

/* *git stays NULL where there is none and there need not be one. */
static int
find_git(struct making *m, struct git **git, struct err *e)
{
	struct err none = { 0 };
	struct buf text = { 0 };

	if ((*git = git_open(m->p->dir, &none)) == NULL) {
		if (m->opts->no_git && none.code == ERR_CONFIG)
			return 0;
		*e = none;
		return none.code == ERR_CONFIG ? err_set(e, ERR_CONFIG,
		    "'%s' is not in a git repository: make one, or give --no-git", m->p->dir) : -1;
	}
	if (git_root(*git) == NULL)
		return err_set(e, ERR_CONFIG, "'%s' is a repository without a work tree", m->p->dir);
	if (is_linked(m->p->dir, git_root(*git)))
		return err_set(e, ERR_USAGE, "'%s' is a linked work tree: the project belongs into '%s'",
		    m->p->dir, git_root(*git));
	m->report->git = true;
	/* Compared with itself a commit costs nothing; only a missing one fails. */
	m->report->no_commit = git_branch_diff(*git, "HEAD", "HEAD", true, 0, &text, &none) == -1;
	buf_release(&text);
	return 0;
}

/* Tasks, prompts and logs name the folder, in one line each. */
static int
check_name(const struct project *p, struct err *e)
{
	return cron_line_can(p->dir) ? 0 : err_set(e, ERR_USAGE, "'%s' cannot be a project: there is a control "
	    "character in the path, or it is no UTF-8", p->dir);
}

/* ---- files ---- */

static void
tell(struct making *m, bool made, const char *name)
{
	vec_str_push(made ? &m->report->made : &m->report->kept, name);
}

static int
make_folder(struct making *m, const char *name, struct err *e)
{
	char *path = path_join(m->p->dir, name);
	int r = 0;
	bool made;

	path[strlen(path) - 1] = '\0';
	made = !path_is_dir(path);
	if (made && !m->opts->dry_run && mkdir(path, 0777) == -1)
		r = err_sys(e, "cannot make folder '%s'", path);
	if (r == 0)
		tell(m, made, name);
	free(path);
	return r;
}

/* Whole or not at all, and never over a file that somebody makes at this moment. */
static int
make_file(struct making *m, const char *path, const struct buf *text, struct err *e)
{
	struct fs_file f = { .dirfd = -1 };
	struct buf nothing = { 0 };
	int r = fs_open(&f, path, e), swapped = 1;

	if (r == 0 && f.st.st_nlink == 0 && m->opts->dry_run)
		swapped = 0;
	else if (r == 0 && f.st.st_nlink == 0 && (r = fs_load(&f, &nothing, e)) == 0 &&
	    f.st.st_nlink == 0 &&	/* still */
	    ((r = fs_stage(&f, text->data, text->len, e)) == -1 ||
	    (r = swapped = fs_swap(&f, &nothing, e)) == -1 ||
	    (swapped == 0 && (r = fs_settle(&f, e)) == -1)))
		r = -1;
	fs_close(&f);
	buf_release(&nothing);
	if (r == -1)
		return -1;
	tell(m, swapped == 0, path_base(path));
	return 0;
}

static void
schema_line(const struct project *p, const char *name, struct buf *text)
{
	buf_printf(text, "# yaml-language-server: $schema=%s/schema/%s\n", p->share, name);
}

static int
make_tasks(struct making *m, struct err *e)
{
	struct buf text = { 0 };
	int r;

	schema_line(m->p, "tasks.json", &text);
	buf_puts(&text, "next_id: 1\ntasks: []\n");
	r = make_file(m, m->p->tasks, &text, e);
	buf_release(&text);
	return r;
}

/* Every key with its default as a comment: what nobody has chosen is not set, or it
 * would win over the user's own file. */
static int
make_config(struct making *m, struct err *e)
{
	struct buf text = { 0 }, sample = { 0 };
	char *path = path_join(m->p->dir, "orch.yml");
	int r;

	schema_line(m->p, "orch.json", &text);
	if (m->opts->no_git)
		buf_puts(&text, "isolation: none\nworkers: 1\n");
	buf_putc(&text, '\n');
	config_sample(&sample);
	for (const char *s = buf_str(&sample); *s != '\0';) {
		size_t n = strcspn(s, "\n");

		if (n > 0 && *s != '#')
			buf_putc(&text, '#');
		buf_append(&text, s, n);
		buf_putc(&text, '\n');
		s += n + (s[n] == '\n');
	}
	r = make_file(m, path, &text, e);
	free(path);
	buf_release(&sample);
	buf_release(&text);
	return r;
}

static int
nothing(struct change *c, void *arg, struct err *e)
{
	(void)c;
	(void)arg;
	(void)e;
	return 0;
}

/* A task file that was there once is not made anew. */
static int
bring_back(struct project *p, const struct init_opts *opts, struct err *e)
{
	const struct store_opts store = { .dry_run = opts->dry_run, .command = opts->command };

	return p->orch_fd == -1 || path_exists(p->tasks) ? 0 :
	    store_update(p, &store, nothing, NULL, e);
}

int
init_project(struct project *p, const struct init_opts *opts, struct init_report *report,
    struct err *e)
{
	static const char *const folders[] = {
		"orch.d/", "orch.d/prompts/", "orch.d/agents/", "orch.d/hooks/",
	};
	struct making m = { .p = p, .opts = opts, .report = report };
	struct lock lock = { .fd = -1 };
	struct git *git = NULL;
	bool had = p->orch_fd != -1;
	int r = -1;

	*report = (struct init_report){ 0 };
	if (check_name(p, e) == -1 || find_git(&m, &git, e) == -1 ||
	    bring_back(p, opts, e) == -1)
		goto done;
	if (!opts->dry_run && (project_prepare(p, e) == -1 ||
	    lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, opts->command, e) == -1 ||
	    fence_prepare(p, e) == -1))
		goto done;
	tell(&m, !had, ".orch/");
	/* git looks away before there is anything to see. */
	if (git != NULL && !opts->track && !opts->dry_run && exclude(&m, git, e) == -1)
		goto done;
	if (make_tasks(&m, e) == -1 || make_config(&m, e) == -1)
		goto done;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (make_folder(&m, folders[i], e) == -1)
			goto done;
	r = 0;
done:
	lock_release(&lock);
	git_close(git);
	if (r == -1)
		init_release(report);
	return r;
}

void
init_release(struct init_report *r)
{
	vec_str_release(&r->made);
	vec_str_release(&r->kept);
	*r = (struct init_report){ 0 };
}

int
init_agents(const struct project *p, struct vec_str *names, struct vec_str *paths, struct err *e)
{
	struct vec_str ids = { 0 };
	struct agent agent;
	struct err ignored = { 0 };
	char *program;
	int r = agent_ids(p, &ids, e);

	/* What is wrong with a driver is for orch-fsck to say. */
	for (size_t i = 0; r == 0 && i < ids.n; i++) {
		if (agent_load(&agent, p, ids.v[i], &ignored) == -1)
			continue;
		program = agent_program(&agent, p, getenv("PATH"), &ignored);
		if (program != NULL) {
			vec_str_push(names, ids.v[i]);
			vec_str_take(paths, program);
		}
		agent_release(&agent);
	}
	vec_str_release(&ids);
	return r;
}

/* ---- offers ---- */

char *
init_offer(const struct project *p, const char *bin)
{
	struct buf line = { 0 };
	char *run;

	if (!cron_line_can(bin) || !cron_line_can(p->dir))
		return NULL;
	run = path_join(bin, "orch-run");
	buf_puts(&line, "*/5 * * * * ");
	cron_line_word(&line, run);
	buf_puts(&line, " -q -C ");
	cron_line_word(&line, p->dir);
	buf_puts(&line, " --ready >/dev/null");
	free(run);
	return buf_detach(&line);
}
