#include "work/suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "task/project.h"

#define PREFIX "orch-"

/* As the option table of each command has it: tests/cli/orch.t compares the two. */
static const struct {
	const char *name, *purpose;
} purposes[] = {
	{ "add", "add tasks" },
	{ "agent", "show agents, hold them back, examine how their runs ended" },
	{ "answer", "answer the question of a task" },
	{ "cancel", "withdraw tasks" },
	{ "context", "print the prompt of a task" },
	{ "cron", "make tasks on a schedule" },
	{ "delegate", "make parts of a task tasks of their own, wait for them" },
	{ "edit", "edit the task file in an editor" },
	{ "event", "tell of events and follow them" },
	{ "fsck", "check the files of a project" },
	{ "gc", "archive finished tasks, remove what is old" },
	{ "graph", "print the graph of tasks for Graphviz" },
	{ "hook", "do what a hook of git is for" },
	{ "inbox", "print what waits for a person" },
	{ "init", "set up a project in a git repository" },
	{ "land", "merge finished branches, one at a time" },
	{ "list", "select, order and print tasks" },
	{ "plan", "run a manifest of stages and tasks" },
	{ "retry", "put parked and ended tasks back" },
	{ "review", "have finished work judged" },
	{ "route", "choose agents for tasks" },
	{ "run", "run tasks" },
	{ "serve", "do what is due, until told to end" },
	{ "set", "change fields of tasks" },
	{ "show", "show a task, its attempts and their logs" },
	{ "status", "print counts and problems" },
	{ "sync-gh", "synchronise tasks with GitHub issues" },
};

const char *
suite_purpose(const char *name)
{
	for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
		if (strcmp(purposes[i].name, name) == 0)
			return purposes[i].purpose;
	return "";
}

char *
suite_dir(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	exe[n > 0 ? n : 0] = '\0';
	return n > 0 ? path_dir(exe) : xstrdup("");
}

void
suite_names(const char *dir, struct vec_str *names)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (str_starts(entry->d_name, PREFIX) &&
		    faccessat(dirfd(d), entry->d_name, X_OK, 0) == 0)
			vec_str_push(names, entry->d_name + strlen(PREFIX));
	if (d != NULL)
		closedir(d);
	vec_str_sort(names);
}

char *
suite_program(const char *dir, const char *name)
{
	char *file, *path;

	/* A name with a slash would lead out of the folder. */
	if (*name == '\0' || strchr(name, '/') != NULL)
		return NULL;
	file = xasprintf("%s%s", PREFIX, name);
	path = *dir != '\0' ? path_join(dir, file) : NULL;
	if (path == NULL || access(path, X_OK) == -1 || path_is_dir(path)) {
		free(path);
		path = getenv("PATH") ? proc_find(file, getenv("PATH")) : NULL;
	}
	free(file);
	return path;
}

int
suite_run(const struct project *p, const char *name, const struct vec_str *words, int out, int *status,
    int *stopped, struct err *e)
{
	char *dir = suite_dir(), *program = suite_program(dir, name);
	struct vec_str args = { 0 };
	int ended = 0, r;

	if (program == NULL) {
		r = err_set(e, ERR_SYSTEM, "%s%s is neither in '%s' nor on PATH", PREFIX, name, dir);
	} else {
		vec_str_push(&args, program);
		vec_str_push(&args, p->named ? "-f" : "-C");
		vec_str_push(&args, p->named ? p->tasks : p->dir);
		for (size_t i = 0; i < words->n; i++)
			vec_str_push(&args, words->v[i]);
		r = proc_helper(vec_str_argv(&args), out, &ended, stopped, e);
	}
	if (r == 0)
		*status = err_worse(*status, WIFEXITED(ended) ? WEXITSTATUS(ended) : err_exit(ERR_BUSY));
	vec_str_release(&args);
	free(program);
	free(dir);
	return r;
}

char *
suite_page(const char *dir, const char *name)
{
	/* A package has them compressed. */
	static const struct { const char *dir, *end; } places[] = {
		{ "../share/man/man1", "" }, { "../share/man/man1", ".gz" }, { "../../../man", "" },
	};
	char *page = NULL;

	for (size_t i = 0; page == NULL && i < sizeof places / sizeof *places; i++) {
		page = xasprintf("%s/%s/%s%s.1%s", dir, places[i].dir, PREFIX, name, places[i].end);
		if (!path_exists(page)) {
			free(page);
			page = NULL;
		}
	}
	return page;
}
