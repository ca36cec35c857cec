/*
 * attempt_start.c - everything up to the end of the agent: run folder, work tree,
 * prompt, command line, keeper
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/git.h"
#include "net/git_land.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "task/config.h"
#include "task/field.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/agent.h"
#include "work/agent_meter.h"
#include "work/attempt_impl.h"
#include "work/cancel.h"
#include "work/context.h"
#include "work/env.h"
#include "work/jsonfile.h"
#include "work/jsonl.h"
#include "work/place.h"

#define SWEEP_MS   10000
#define SANDBOX_MS 30000	/* for a program that does nothing */

extern char **environ;

/* ---- the run folder ---- */

int
attempt_open(struct attempt *a, struct err *e)
{
	char name[64];

	snprintf(name, sizeof name, "runs/%lld/%d", (long long)a->task, a->number);
	if ((a->run_fd = project_dir(a->project, name, e)) == -1)
		return -1;
	a->run_dir = path_join(a->project->orch, name);
	return 0;
}

/* What is made in the run folder is on the disk when write_record() has come back. */
static int
make_folder(struct attempt *a, const char *name, struct err *e)
{
	int fd = fs_put_dir(a->run_fd, name, e);

	if (fd == -1)
		return -1;
	close(fd);
	return 0;
}

static int
write_text(struct attempt *a, const char *name, const struct buf *text, struct err *e)
{
	return fs_put(a->run_fd, name, buf_str(text), text->len, 0600, e);
}

/* attempt.json: what somebody else needs to go on with this attempt.  The last file, and
 * with it the names of all are synced. */
static int
write_record(struct attempt *a, const struct agent *agent, const struct task *t, const char *program,
    const struct vec_str *env, struct err *e)
{
	const char *model = a->model ? a->model : task_text(t, F_AGENT_MODEL);
	char *found = strchr(program, '/') == NULL ? proc_find(program, env_get(env, "PATH")) : NULL;
	struct val *v = val_map();

	val_put(v, "schema", val_int(1));
	val_put(v, "task", val_int(a->task));
	val_put(v, "attempt", val_int(a->number));
	val_put(v, "agent", val_str(a->agent));
	if (model != NULL || (model = agent->model) != NULL)
		val_put(v, "model", val_str(model));
	val_put(v, "program", val_str(found ? found : program));
	free(found);
	if (a->worktree != NULL) {
		val_put(v, "branch", val_str(a->branch));
		val_put(v, "worktree", val_str(a->worktree));
		val_put(v, "base", val_str(a->base_id));
		if (a->head_id[0] != '\0')
			val_put(v, "head", val_str(a->head_id));
	}
	val_put(v, "sandbox", val_str(sandbox_name(a->sandbox)));
	return jsonfile_write(a->run_fd, "attempt.json", v, e);
}

static char *
copy_text(const struct val *v, const char *key)
{
	const char *text = val_text(val_get(v, key));

	return text ? xstrdup(text) : NULL;
}

/* 1: the attempt was killed before it had written one. */
int
attempt_read_record(struct attempt *a, struct err *e)
{
	struct buf text = { 0 };
	struct val *v = NULL;
	struct err damaged = { 0 };
	int r = fs_read(a->run_fd, "attempt.json", ATTEMPT_RECORD_MAX, &text, e);

	if (r == -1)
		r = attempt_put_aside(a, "attempt.json", e);

	if (r == 0 && (v = json_parse(buf_str(&text), text.len, &damaged)) != NULL) {
		a->agent = copy_text(v, "agent");
		a->model = copy_text(v, "model");
		a->branch = copy_text(v, "branch");
		a->worktree = copy_text(v, "worktree");
		a->base_id = copy_text(v, "base");
	}
	/* One that does not tell all is as good as none. */
	if (r == 0 && (a->agent == NULL ||
	    (a->worktree != NULL && (a->branch == NULL || a->base_id == NULL)))) {
		free(a->worktree);
		a->worktree = NULL;
		r = 1;
	}
	val_free(v);
	buf_release(&text);
	return r;
}

/* ---- the work tree ---- */

const char *
attempt_setting(const struct attempt *a, const struct task *t, enum field field, const char *key)
{
	const char *text = task_text(t, field);

	return text ? text : config_text(a->repo->config, key);
}

/* The name of its folder and a hash of the path tell a repository's work trees from another's. */
static char *
worktrees_of(const struct repo *repo, struct err *e)
{
	const char *configured = config_text(repo->config, "worktrees");
	char hash[FS_HASH_MAX], *root, *state;

	if (configured != NULL)
		return path_join(repo->dir, configured);
	if ((state = path_state_home(e)) == NULL)
		return NULL;
	fs_hash(repo->dir, strlen(repo->dir), hash);
	root = xasprintf("%s/worktrees/%s-%.8s", state, path_base(repo->dir), hash);
	free(state);
	return root;
}

char *
attempt_worktrees(const struct repo *repo, struct err *e)
{
	char *root = worktrees_of(repo, e), *below;

	if (root == NULL || *repo->prefix == '\0')
		return root;
	below = xasprintf("%s/%.*s", root, (int)strlen(repo->prefix) - 1, repo->prefix);
	free(root);
	return below;
}

char *
attempt_branches(const struct repo *repo)
{
	return xasprintf("orch/%s", repo->prefix);
}

/* One that the task file cannot name would never be found again. */
static int
check_path(const char *path, struct err *e)
{
	struct val *v = val_str(path);
	int r = field_check(F_WORKTREE, v, e);

	val_free(v);
	return r == -1 ? err_set(e, ERR_CONFIG, "no work tree can be made in a folder whose path "
	    "has a line break in it or is no UTF-8") : 0;
}

/* Right in the folder. */
static bool
is_below(const char *folder, const char *path)
{
	char *dir = path_dir(path);
	bool is = strcmp(dir, folder) == 0;

	free(dir);
	return is;
}

static int
make_worktree(struct attempt *a, const struct task *t, struct err *e)
{
	struct buf slug = { 0 };
	struct git *git = NULL;
	char *root = NULL, *path = NULL, *branches = attempt_branches(a->repo);
	const char *branch = task_text(t, F_BRANCH), *former = task_text(t, F_WORKTREE);
	int r = -1;

	if (strcmp(attempt_setting(a, t, F_ISOLATION, "isolation"), "none") == 0) {
		r = 0;
		goto done;
	}
	if ((root = attempt_worktrees(a->repo, e)) == NULL)
		goto done;
	buf_printf(&slug, "%lld-", (long long)t->id);
	str_slug(&slug, task_text(t, F_TITLE), 40);
	/* Whoever renames it does not move what was done: the place of the branch stays. */
	if (branch != NULL && former != NULL && is_below(root, former) && strncmp(path_base(former),
	    buf_str(&slug), strcspn(buf_str(&slug), "-") + 1) == 0) {
		buf_cut(&slug, 0);
		buf_puts(&slug, path_base(former));
	}
	a->branch = branch ? xstrdup(branch) : xasprintf("%s%s", branches, buf_str(&slug));
	path = path_join(root, buf_str(&slug));
	if (check_path(path, e) == -1)
		goto done;
	a->worktree = path;
	path = NULL;
	if (place_begin(a, e) == -1 || (git = git_open(a->repo->dir, e)) == NULL)
		goto done;
	r = git_work_add(git, a->worktree, a->branch, config_text(a->repo->config, "base"), &a->base_id, e);
	if (r == 0)
		r = attempt_unlock(a, e);
	/* What is there already is the work of those before (review_work.c). */
	if (r == 0 && git_tip(git, a->branch, a->head_id, e) == -1)
		r = -1;
done:
	git_close(git);
	buf_release(&slug);
	free(branches);
	free(root);
	free(path);
	return r;
}

/* ---- what the agent gets ---- */

void
attempt_env(const struct attempt *a, const struct agent *agent, struct vec_str *env)
{
	char *tmp = path_join(a->run_dir, "tmp"), *out = path_join(a->run_dir, "out");
	char *answer = path_join(a->run_dir, ATTEMPT_ANSWER);
	char *prompt = path_join(a->run_dir, "prompt.md");
	char text[64];

	env_pass(env, environ, &a->project->config,
	    agent ? val_get(agent->table, "env_pass") : NULL);
	env_set(env, "TERM", "dumb");
	env_set(env, "TMPDIR", tmp);
	snprintf(text, sizeof text, "%lld/%d", (long long)a->task, a->number);
	env_set(env, "ORCH_ATTEMPT", text);
	snprintf(text, sizeof text, "%lld", (long long)a->task);
	env_set(env, "ORCH_TASK", text);
	env_set(env, "ORCH_OUT", out);
	env_set(env, "ORCH_RESULT", answer);
	env_set(env, "ORCH_PROMPT", prompt);
	env_set(env, "ORCH_PROJECT", a->project->dir);
	env_set(env, "ORCH_DIR", a->project->dir);
	env_set(env, "ORCH_TASKS", a->project->tasks);
	if (a->worktree != NULL) {
		env_set(env, "ORCH_WORKTREE", a->worktree);
		env_set(env, "ORCH_BRANCH", a->branch);
	}
	place_env(a, env);
	free(tmp);
	free(out);
	free(answer);
	free(prompt);
}

/* A line an argument or a variable's name: evidence, and never a secret value. */
static int
write_list(struct attempt *a, const char *file, const struct vec_str *list, bool names,
    struct err *e)
{
	struct buf text = { 0 };
	int r;

	for (size_t i = 0; i < list->n; i++) {
		size_t len = names ? strcspn(list->v[i], "=") : strlen(list->v[i]);

		str_visible(&text, list->v[i], len, false);
		buf_putc(&text, '\n');
	}
	r = write_text(a, file, &text, e);
	buf_release(&text);
	return r;
}

static int
build_prompt(struct attempt *a, const struct tasks *tasks, const struct task *t,
    struct err *e)
{
	char *answer = path_join(a->run_dir, ATTEMPT_ANSWER);
	struct context_input input = {
		.project = a->project, .repo = a->repo, .tasks = tasks, .task = t, .attempt = a->number,
		.worktree = a->worktree, .base_id = a->base_id, .answer_file = answer,
	};
	struct context context = { 0 };
	int r = context_build(&context, &input, e);

	if (r == 0 && (write_text(a, "prompt.md", &context.prompt, e) == -1 ||
	    write_text(a, "system.md", &context.system, e) == -1))
		r = -1;
	context_release(&context);
	free(answer);
	return r;
}

static int
fill_argv(struct attempt *a, const struct agent *agent, const struct task *t,
    const char *session, struct vec_str *argv, struct vec_str *env, struct err *e)
{
	char *system = path_join(a->run_dir, "system.md");
	char *last = path_join(a->run_dir, "out/last.txt");
	char *usage = path_join(a->run_dir, "out/usage.json");
	char *out = path_join(a->run_dir, "out");
	const char *cwd = a->worktree ? a->worktree : a->repo->dir;
	struct agent_var vars[] = {
		{ .name = "cwd", .value = cwd },
		{ .name = "model", .value = a->model ? a->model : task_text(t, F_AGENT_MODEL) },
		{ .name = "session", .value = session },
		{ .name = "system_file", .value = system },
		{ .name = "last_file", .value = last },
		{ .name = "usage_file", .value = usage },
		{ .name = "dir", .value = out },
		{ .name = "title", .value = task_text(t, F_TITLE) },
		{ .name = "command", .value = task_text(t, F_COMMAND) },
		{ .name = "argv", .list = (const char *const *)a->command },
	};
	char *program = NULL;
	int r = -1;

	if (a->command != NULL)
		program = xstrdup(a->command[0]);
	else if ((program = agent_program(agent, a->project, env_get(env, "PATH"), e)) == NULL)
		goto done;
	r = agent_argv(agent, session ? AGENT_RESUME : AGENT_RUN, agent->perm, program, vars,
	    sizeof vars / sizeof *vars, argv, env, e);
done:
	free(program);
	free(system);
	free(last);
	free(usage);
	free(out);
	return r;
}

/* ---- the process ---- */

static int
open_cwd(const char *dir, struct err *e)
{
	int fd = fs_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd == -1 ? err_sys(e, "cannot open '%s'", dir) : fd;
}

/* The event with which the agent tells its result, where it talks in JSON lines. */
static bool
result_event(const struct agent *agent, struct jsonl_sel *event)
{
	const struct val *need = NULL;
	const char *format = NULL;
	struct err ignored = { 0 };

	if (agent != NULL) {
		need = val_path(agent->table, "ok.need");
		format = val_text(val_get(agent->table, "format"));
	}
	if (need != NULL && need->kind == VAL_LIST)	/* one for each of its output formats */
		need = need->n > 0 ? need->v[0] : NULL;
	/* The driver was checked when it was loaded. */
	return need != NULL && format != NULL && strcmp(format, "jsonl") == 0 &&
	    jsonl_compile(event, JSONL_EVENT, val_text(need), &ignored) == 0;
}

int
attempt_keep(struct attempt *a, const char *name, const struct agent *agent,
    struct vec_str *argv, struct vec_str *env, const struct attempt_limits *limits,
    struct keeper_result *result, struct err *e)
{
	int keep[] = { a->run.fd, a->slot.fd, a->worker.fd, a->ports.fd, -1 }, cwd, r;
	int64_t grace = config_int(&a->project->config, "grace");
	const char *dir = a->worktree ? a->worktree : a->repo->dir;
	struct err swept = { 0 };
	struct jsonl_sel told = { 0 };
	struct sandbox box;
	struct keeper_spec spec = {
		.name = name, .run_fd = a->run_fd,
		.input = agent != NULL && agent->prompt_on_stdin ? "prompt.md" : NULL,
		.envp = vec_str_argv(env), .mounts = box.mounts,
		.timeout_ms = limits->timeout, .idle_ms = limits->idle,
		.grace_ms = limits->grace < grace ? limits->grace : grace,
		.result_ms = grace, .keep = keep,
		.max_tokens = a->reserve.v[POOL_TOKENS],
		.max_cost = (double)a->reserve.v[POOL_COST] / (double)POOL_DOLLAR,
	};

	if (cancel_asked(a->run_fd)) {
		err_set(e, ERR_FAILED, "it is cancelled");
		return 1;
	}
	/* An adopted attempt has neither slot nor worker: the agent that needed them is gone. */
	for (int i = 1; i <= 2; i++)
		if (keep[i] == -1)
			keep[i] = a->run.fd;
	if ((cwd = open_cwd(dir, e)) == -1)
		return -1;
	if (sandbox_make(&box, a, dir, env_get(env, "PATH"), e) == -1) {
		sandbox_release(&box);
		close(cwd);
		return -1;
	}
	for (size_t i = 0; i < argv->n; i++)
		vec_str_push(&box.argv, argv->v[i]);
	spec.argv = vec_str_argv(&box.argv);
	spec.cwd_fd = cwd;
	spec.ruleset = box.ruleset;
	if (result_event(agent, &told))
		spec.result = &told;
	if (agent != NULL && (spec.max_tokens > 0 || spec.max_cost > 0))
		spec.meter = agent_meter_new(agent);
	r = keeper_run(&spec, a->stop_fd, result, e);
	agent_meter_free(spec.meter);
	if (spec.result != NULL)
		jsonl_sel_release(&told);
	sandbox_release(&box);
	close(cwd);
	/* A keeper that was killed left us what it had started: nothing of it may live on. */
	if (r != 0 && (attempt_clear(a, &swept) == -1 ||
	    proc_sweep(clock_mono() + SWEEP_MS, &swept) == -1)) {
		*e = swept;
		r = -1;
	}
	return r == 1 && keeper_salvage(a->run_fd, name, e) == -1 ? -1 : r;
}

int
attempt_shell(struct attempt *a, const char *name, const char *command, int64_t timeout,
    struct keeper_result *result, struct err *e)
{
	struct vec_str argv = { 0 }, env = { 0 };
	struct attempt_limits limits = { .timeout = timeout, .grace = INT64_MAX };
	int r;

	vec_str_push(&argv, "/bin/sh");
	vec_str_push(&argv, "-c");
	vec_str_push(&argv, command);
	attempt_env(a, NULL, &env);
	r = attempt_keep(a, name, NULL, &argv, &env, &limits, result, e);
	vec_str_release(&argv);
	vec_str_release(&env);
	return r;
}

/* Are the paths that orch.yml names such as can be granted? */
static int
plan_sandbox(const struct attempt *a, const char *path, struct err *e)
{
	struct sandbox box;
	int r = sandbox_make(&box, a, a->worktree ? a->worktree : a->repo->dir, path, e);

	sandbox_release(&box);
	return r;
}

/*
 * A sandbox that was asked for is tried with a program that does nothing, so that it is
 * refused before the agent has cost anything.
 */
static int
try_sandbox(struct attempt *a, struct vec_str *env, struct err *e)
{
	struct attempt_limits limits = { .timeout = SANDBOX_MS, .grace = 0 };
	struct keeper_result result = { 0 };
	struct vec_str argv = { 0 };
	struct buf text = { 0 };
	int r;

	if (a->sandbox == SANDBOX_NONE)
		return plan_sandbox(a, env_get(env, "PATH"), e);
	vec_str_push(&argv, "/bin/true");
	r = attempt_keep(a, "sandbox.", NULL, &argv, env, &limits, &result, e);
	if (r == 0 && result.exit != 0) {
		if (result.started && fs_read(a->run_fd, "sandbox.stderr", ATTEMPT_STREAM_MAX, &text, e) == 0)
			buf_cut(&text, strcspn(buf_str(&text), "\n"));
		r = err_set(e, ERR_FAILED, "sandbox: %s cannot be had here: %s", sandbox_name(a->sandbox),
		    result.started ? buf_str(&text) : result.error);
	}
	buf_release(&text);
	vec_str_release(&argv);
	return r == 0 ? 0 : -1;
}

/*
 * Everything up to the end of the agent.  0: there is a result.  1: the attempt
 * could not be started, the outcome says why.  -1: the supervision failed.
 */
int
attempt_start(struct attempt *a, const struct agent *agent, const struct tasks *tasks,
    const struct task *t, struct keeper_result *result, struct outcome *o, struct err *e)
{
	struct vec_str argv = { 0 }, env = { 0 };
	const struct config *config = &a->project->config;
	const char *session = attempt_session(a, agent, t);	/* before its folder is made anew */
	struct attempt_limits limits = {
		.timeout = task_span(t, F_TIMEOUT, config_int(config, "timeout")),
		.idle = task_span(t, F_IDLE_TIMEOUT, config_int(config, "idle_timeout")),
		.grace = agent->grace_ms,
	};
	int r = 1;

	if (a->reserve.v[POOL_TIME] > 0 && a->reserve.v[POOL_TIME] < limits.timeout)
		limits.timeout = a->reserve.v[POOL_TIME];
	if (make_worktree(a, t, e) == -1 || make_folder(a, "out", e) == -1 ||
	    make_folder(a, "tmp", e) == -1 || place_lease(a, e) == -1)
		goto failed;
	attempt_env(a, agent, &env);
	if (try_sandbox(a, &env, e) == -1 || place_prepare(a, e) == -1 ||
	    build_prompt(a, tasks, t, e) == -1 || fill_argv(a, agent, t, session, &argv, &env, e) == -1 ||
	    write_list(a, "argv", &argv, false, e) == -1 ||
	    write_list(a, "env", &env, true, e) == -1 || write_record(a, agent, t, argv.v[0], &env, e) == -1)
		goto failed;
	log_write(&a->project->log, LOG_INFO, a->task, a->number, "%s starts in '%s'",
	    a->agent, a->worktree ? a->worktree : a->repo->dir);
	r = attempt_keep(a, "", agent, &argv, &env, &limits, result, e);
	if (r == 1) {
		attempt_lost(a, o, e);
		attempt_salvage(a, agent, o);
	}
	goto done;
failed:
	attempt_setup_failed(o, e);
done:
	vec_str_release(&argv);
	vec_str_release(&env);
	return r;
}
