/*
 * fsck_setup - what the work needs besides the tasks: drivers, programs, a repository
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"
#include "base/vec.h"
#include "doc/val.h"
#include "net/git.h"
#include "sys/path.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/sidecar.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/fsck.h"
#include "work/probe.h"

/* ---- config ---- */

static int
check_drivers(struct findings *f, const struct project *p, struct err *e)
{
	struct vec_str ids = { 0 };
	struct agent agent;
	struct err bad = { 0 };

	if (agent_files(p, &ids, e) == -1)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		if (agent_load(&agent, p, ids.v[i], &bad) == 0)
			agent_release(&agent);
		else
			fsck_add_err(f, "config", 0, ids.v[i], &bad);
	}
	vec_str_release(&ids);
	return 0;
}

/* What every attempt reads must be there, in one of the three places. */
static void
check_assets(struct findings *f, const struct project *p)
{
	static const struct { const char *kind, *name; } needed[] = {
		{ "prompts", "run.md" }, { "prompts", "system.md" }, { "schema", "result.json" },
	};

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		char *place = xasprintf("%s/%s", needed[i].kind, needed[i].name);
		struct buf text = { 0 };
		struct err bad = { 0 };
		int r = project_asset(p, needed[i].kind, needed[i].name, &text, NULL, &bad);

		if (r == 1)
			fsck_add(f, "config", 0, place, "it is missing in '%s'", p->share);
		else if (r == -1)
			fsck_add(f, "config", 0, place, "%s", bad.msg);
		buf_release(&text);
		free(place);
	}
}

/* A file where a folder belongs would hide nothing and serve nothing. */
static void
check_folders(struct findings *f, const struct project *p)
{
	static const char *const names[] = {
		"orch.d", "orch.d/prompts", "orch.d/agents", "orch.d/hooks",
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = path_join(p->dir, names[i]);
		struct stat st;

		if (lstat(path, &st) == 0 && !path_is_dir(path))
			fsck_add(f, "config", 0, names[i], "it is no folder: move it away");
		free(path);
	}
}

/* ---- agents ---- */

/* One finding for an agent, whoever and how many name it. */
static void
check_agent(struct findings *f, const struct project *p, struct table *seen, int64_t task,
    const char *place, const char *id)
{
	struct err bad = { 0 };

	/* To look for a program takes a while: no more than so many are looked for in vain. */
	if (id == NULL || table_get(seen, id) != 0 || fsck_enough(f, "agent"))
		return;
	table_put(seen, id, 1);
	if (probe_agent(p, id, &bad) == -1)
		fsck_add(f, "agent", task, place, "%s", bad.msg);
}

/* Those that an agent's work may go to, or come from. */
static void
check_stand_ins(struct findings *f, const struct project *p, struct table *seen)
{
	static const char *const keys[] = { "fallback", "steal" };
	const struct val *agents = config_val(&p->config, "agents");

	for (size_t i = 0; agents != NULL && i < agents->n; i++)
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			const struct val *list = val_get(agents->v[i], keys[k]);
			char *place = xasprintf("agents.%s.%s", agents->key[i], keys[k]);

			for (size_t n = 0; list != NULL && n < list->n; n++)
				check_agent(f, p, seen, 0, place, val_text(val_at(list, n)));
			free(place);
		}
}

static void
check_agents(struct findings *f, const struct project *p, const struct tasks *tasks)
{
	static const char *const single[] = { "router.default", "router.agent", "review.arbiter",
		"review.arbiter_fallback" };
	static const char *const lists[] = { "router.agents", "review.reviewers", "review.veto" };
	const struct val *rules = config_val(&p->config, "router.rules");
	struct table seen = { 0 };

	for (size_t i = 0; tasks != NULL && i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		char *place;

		if (state_ended(t->status))
			continue;
		place = xasprintf("task %lld", (long long)t->id);
		check_agent(f, p, &seen, t->id, place, task_text(t, F_AGENT));
		free(place);
	}
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		check_agent(f, p, &seen, 0, single[i], config_text(&p->config, single[i]));
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct val *list = config_val(&p->config, lists[i]);

		for (size_t n = 0; list != NULL && n < list->n; n++)
			check_agent(f, p, &seen, 0, lists[i], val_text(list->v[n]));
	}
	for (size_t i = 0; rules != NULL && i < rules->n; i++)
		check_agent(f, p, &seen, 0, "router.rules",
		    val_text(val_get(val_at(rules, i), "agent")));
	check_stand_ins(f, p, &seen);
	table_release(&seen);
}

/* What is known of the agents; who has nothing to read it with takes every limit for reached. */
static void
check_state(struct findings *f, const struct project *p)
{
	static const char place[] = ".orch/state/" SIDECAR_FILE;
	struct val *value = NULL;
	struct err bad = { 0 };

	if (sidecar_read(p, &value, &bad) == -1)
		fsck_add(f, "agent", 0, place, "%s", bad.msg);
	else if (val_truth(val_get(value, SIDECAR_DAMAGED), false))
		fsck_add(f, "agent", 0, place, "it is damaged, and no agent gets work: look at what "
		    "is kept of it, then orch-agent reset");
	val_free(value);
}

/* ---- git ---- */

static void
check_git(struct findings *f, const struct repo *repo)
{
	const char *base = config_text(repo->config, "base");
	struct err bad = { 0 };
	struct buf text = { 0 };
	struct git *git = git_open(repo->dir, &bad);

	if (base == NULL)
		base = "HEAD";
	if (git == NULL)
		fsck_add(f, "git", 0, repo->dir, "%s: run git init, or set isolation: none", bad.msg);
	/* Compared with itself a commit costs nothing; only a missing one fails. */
	else if (git_branch_diff(git, base, base, true, 0, &text, &bad) == -1)
		fsck_add(f, "git", 0, git_dir(git), "there is no commit '%s' for a work tree to "
		    "begin at: %s", base, bad.msg);
	buf_release(&text);
	git_close(git);
}

/* Each repository that an attempt which is still to come needs a work tree of, once. */
static void
check_repositories(struct findings *f, const struct project *p, const struct tasks *tasks)
{
	struct table seen = { 0 };

	for (size_t i = 0; tasks != NULL && i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		const char *isolation = task_text(t, F_ISOLATION);
		struct err unknown = { 0 };
		const struct repo *repo;

		if (state_ended(t->status))
			continue;
		if ((repo = repo_of(p, t, &unknown)) == NULL) {
			fsck_add_task(f, "git", t->id, "%s", unknown.msg);
			continue;
		}
		if (strcmp(isolation ? isolation : config_text(repo->config, "isolation"), "none") == 0 ||
		    table_get(&seen, repo->dir) != 0)
			continue;
		table_put(&seen, repo->dir, 1);
		check_git(f, repo);
	}
	table_release(&seen);
}

int
fsck_setup(struct findings *f, const struct project *p, const struct tasks *tasks, struct err *e)
{
	int r = check_drivers(f, p, e);

	check_assets(f, p);
	check_folders(f, p);
	check_agents(f, p, tasks);
	check_state(f, p);
	check_repositories(f, p, tasks);
	return r;
}
