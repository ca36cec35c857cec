#include "work/call.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "sys/watch.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/sidecar.h"
#include "work/agent.h"
#include "work/attempt.h"
#include "work/budget.h"
#include "work/classify.h"
#include "work/env.h"
#include "work/keeper.h"
#include "work/pool.h"
#include "work/slot.h"

#define LOOK_MS	   200		/* a lock that is let go of is not told */
#define KILL_MS	   10000
#define OUTPUT_MAX (8 << 20)	/* bytes that an answer may have with all around it */

extern char **environ;

/* ---- the folder ---- */

/* Waits until whoever asks there has ended. */
static int
take_lock(struct call *c, int64_t wait_ms, struct err *e)
{
	int64_t deadline = clock_mono() + wait_ms;
	struct watch w = { .fd = -1 };
	int r, done = -1;

	if (watch_open(&w, e) == -1 || watch_add(&w, c->dir, ".", e) == -1)
		goto done;
	while ((r = lock_try(&c->lock, c->dir, "lock", e)) == 1 && clock_mono() < deadline)
		if (watch_wait(&w, LOOK_MS, e) == -1)
			goto done;
	if (r == 1)
		err_set(e, ERR_BUSY, "another process asks agent %s the same just now ('%s')",
		    c->agent->id, c->path);
	done = r == 0 ? 0 : -1;
done:
	watch_close(&w);
	return done;
}

/* Removes all but the lock; or what fs_replace() had not finished when it was killed. */
static int
clean(const struct call *c, bool all, struct err *e)
{
	int fd = fs_openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (dir == NULL)
		return err_sys(e, "cannot read '%s'", c->path);
	while (r == 0 && (d = readdir(dir)) != NULL) {
		const char *name = d->d_name;
		bool half = *name == '.' && str_ends(name, ".orch-new");

		if (half || (all && *name != '.' && strcmp(name, "lock") != 0))
			r = fs_remove_tree(c->dir, name, e);
	}
	closedir(dir);
	return r;
}

int
call_clear(const struct call *c, struct err *e)
{
	return clean(c, true, e);
}

/* Who removes what is old has the lock too: the folder that it guards must still be there. */
static bool
is_there(const struct call *c)
{
	struct stat mine, now;

	return fstat(c->dir, &mine) == 0 && lstat(c->path, &now) == 0 &&
	    mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

int
call_open(struct call *c, struct project *p, const struct agent *agent, const char *name,
    int64_t wait_ms, struct err *e)
{
	*c = (struct call){ .project = p, .agent = agent, .dir = -1, .lock = { .fd = -1 },
	    .slot = { .fd = -1 }, .path = path_join(p->orch, name), .mark = xstrdup(name) };
	while ((c->dir = project_dir(p, name, e)) != -1 && take_lock(c, wait_ms, e) == 0) {
		if (is_there(c) && clean(c, false, e) == 0)
			return 0;
		if (is_there(c))
			break;
		lock_release(&c->lock);
		close(c->dir);
	}
	call_close(c);
	return -1;
}

void
call_close(struct call *c)
{
	lock_release(&c->lock);
	lock_release(&c->slot);
	if (c->dir != -1)
		close(c->dir);
	free(c->path);
	free(c->mark);
	*c = (struct call){ .dir = -1, .lock = { .fd = -1 }, .slot = { .fd = -1 } };
}

/* ---- what lies there ---- */

static int
read_stream(const struct call *c, const char *name, const char *stream, struct buf *text,
    struct err *e)
{
	char *file = xasprintf("%s%s", name, stream);
	int r = fs_read(c->dir, file, KEEPER_HEAD_MAX + KEEPER_TAIL_MAX + 1024, text, e);

	free(file);
	return r == -1 ? -1 : 0;
}

/* What was written, judged as the driver says. */
static int
look(const struct call *c, const struct call_wish *wish, const struct keeper_result *result,
    struct classify_report *report, struct err *e)
{
	struct buf out = { 0 }, errtext = { 0 };
	struct classify_ending end = {
		.started = result->started, .exit = result->exit, .signal = result->signal,
		.stopped = keeper_stop_name(result->stop),
		.model = wish->model ? wish->model : c->agent->model, .now = clock_now(),
	};
	int r = -1;

	if (read_stream(c, wish->name, "stdout", &out, e) == 0 &&
	    read_stream(c, wish->name, "stderr", &errtext, e) == 0) {
		end.out = buf_str(&out);
		end.out_len = out.len;
		end.errtext = buf_str(&errtext);
		end.err_len = errtext.len;
		classify(report, c->agent, &end);
		r = 0;
	}
	buf_release(&out);
	buf_release(&errtext);
	return r;
}

/* Its keeper was killed: what that had started ends too. */
static int
end_former(const struct call *c, const char *name, struct err *e)
{
	char *project = xasprintf("ORCH_PROJECT=%s", c->project->dir);
	char *mark = xasprintf("ORCH_ATTEMPT=%s", c->mark);
	char *marks[] = { mark, project, NULL };
	int r = keeper_end(c->dir, name, clock_mono() + KILL_MS, e);

	/* What no keeper wrote names no container. */
	if (r == -1 && e->code == ERR_INVALID) {
		*e = (struct err){ 0 };
		r = 0;
	}
	if (r != -1)
		r = proc_kill_marked(marks, clock_mono() + KILL_MS, e);
	free(mark);
	free(project);
	return r == -1 ? -1 : keeper_salvage(c->dir, name, e);
}

/* The end of what was asked before, killed if no keeper tells of it. */
static int
read_former(const struct call *c, const char *name, struct keeper_result *result, struct err *e)
{
	int r = keeper_read(c->dir, name, result, e);

	if (r == 0)
		return 0;
	/* What no keeper wrote is no result. */
	if (r == -1 && e->code != ERR_INVALID)
		return -1;
	*e = (struct err){ 0 };
	*result = (struct keeper_result){ .started = true, .exit = -1, .signal = SIGKILL,
		.stop = KEEPER_ASKED };
	return end_former(c, name, e);
}

/*
 * The answer to what was asked before: whole, or in what a killed keeper left, where the
 * driver can tell that it had come.  0: there is one.  1: it must be asked; what failed is
 * no answer.
 */
static int
find_former(const struct call *c, const struct call_wish *wish, struct classify_report *report,
    int64_t *ms, struct err *e)
{
	struct keeper_result result;

	if (read_former(c, wish->name, &result, e) == -1 || look(c, wish, &result, report, e) == -1)
		return -1;
	*ms = result.ms;
	if (report->good)
		return 0;
	classify_release(report);
	return 1;
}

int
call_former(const struct call *c, const char *name, struct classify_report *report, int64_t *ms,
    struct err *e)
{
	const struct call_wish wish = { .name = name };
	char *trace = xasprintf("%s" KEEPER_TRACE, name);
	bool ran = faccessat(c->dir, trace, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	struct keeper_result result;

	free(trace);
	if (!ran)
		return 1;
	if (read_former(c, name, &result, e) == -1 || look(c, &wish, &result, report, e) == -1)
		return -1;
	*ms = result.ms;
	if (report->good || result.signal != SIGKILL || result.stop != KEEPER_ASKED ||
	    report->cost_usd > 0 || report->tokens.in > 0 || report->tokens.out > 0)
		return 0;
	/* It was killed, which is nothing against its agent. */
	classify_release(report);
	return 1;
}

int
call_forget(const struct call *c, const char *name, struct err *e)
{
	char *file = xasprintf("%sresult.json", name);
	int r = fs_remove_tree(c->dir, file, e);

	free(file);
	return r;
}

/* ---- asking ---- */

static int
put_file(const struct call *c, const char *prefix, const char *name, const char *text,
    struct err *e)
{
	char *file = xasprintf("%s%s", prefix, name);
	int r = fs_replace(c->dir, file, text, strlen(text), 0600, e);

	free(file);
	return r;
}

static int
make_folder(const struct call *c, const char *name, struct err *e)
{
	int fd = fs_private_dir(c->dir, name, e);

	return fd == -1 ? -1 : close(fd);
}

/* A line an argument or a variable's name: evidence, and never a secret value. */
static int
put_list(const struct call *c, const struct call_wish *wish, const char *name,
    const struct vec_str *list, bool names, struct err *e)
{
	struct buf text = { 0 };
	int r;

	for (size_t i = 0; i < list->n; i++) {
		str_visible(&text, list->v[i], names ? strcspn(list->v[i], "=") : strlen(list->v[i]),
		    false);
		buf_putc(&text, '\n');
	}
	r = put_file(c, wish->name, name, buf_str(&text), e);
	buf_release(&text);
	return r;
}

/*
 * Where it stands: programs look for instructions in their folder and in those above it,
 * and a call must see nothing but its prompt.
 */
static char *
open_nowhere(int *fd, struct err *e)
{
	char *state = path_state_home(e), *dir;

	*fd = -1;
	if (state == NULL)
		return NULL;
	dir = path_join(state, "empty");
	free(state);
	if (path_make(dir, e) == 0 &&
	    (*fd = fs_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err_sys(e, "cannot open '%s'", dir);
	if (*fd != -1)
		return dir;
	free(dir);
	return NULL;
}

static void
fill_env(const struct call *c, struct vec_str *env)
{
	char *tmp = path_join(c->path, "tmp");

	env_pass(env, environ, &c->project->config, val_get(c->agent->table, "env_pass"));
	env_set(env, "TERM", "dumb");
	env_set(env, "TMPDIR", tmp);
	env_set(env, "ORCH_ATTEMPT", c->mark);
	env_set(env, "ORCH_PROJECT", c->project->dir);
	free(tmp);
}

static int
fill_argv(const struct call *c, const struct call_wish *wish, const char *cwd,
    struct vec_str *argv, struct vec_str *env, struct err *e)
{
	char *system = xasprintf("%s/%ssystem.md", c->path, wish->name);
	char *schema = path_join(c->path, "schema.json");
	char *last = xasprintf("%s/out/%slast.txt", c->path, wish->name);
	char *usage = xasprintf("%s/out/%susage.json", c->path, wish->name);
	char *out = wish->reviews ? path_join(c->path, "out") : NULL;
	struct agent_var vars[] = {
		{ .name = "cwd", .value = cwd },
		{ .name = "model", .value = wish->model },
		{ .name = "system_file", .value = system },
		{ .name = "system", .value = wish->system },
		{ .name = "schema_file", .value = wish->schema ? schema : NULL },
		{ .name = "schema_json", .value = wish->schema },
		{ .name = "last_file", .value = last },
		{ .name = "usage_file", .value = usage },
		{ .name = "title", .value = c->mark },
		{ .name = "dir", .value = out },
	};
	char *program = agent_program(c->agent, c->project, env_get(env, "PATH"), e);
	int r = program == NULL ? -1 : agent_argv(c->agent,
	    wish->reviews ? AGENT_REVIEW : AGENT_ROUTER, wish->reviews ? AGENT_PERM_READ : AGENT_PERM_NONE,
	    program, vars, sizeof vars / sizeof *vars, argv, env, e);

	free(program);
	free(system);
	free(schema);
	free(last);
	free(usage);
	free(out);
	return r;
}

/* All that the program needs, and its command line. */
static int
prepare(const struct call *c, const struct call_wish *wish, const char *cwd, struct vec_str *argv,
    struct vec_str *env, struct err *e)
{
	fill_env(c, env);
	return make_folder(c, "out", e) == -1 || make_folder(c, "tmp", e) == -1 ||
	    put_file(c, wish->name, "system.md", wish->system, e) == -1 ||
	    put_file(c, wish->name, "prompt.md", wish->prompt, e) == -1 ||
	    (wish->schema && put_file(c, "", "schema.json", wish->schema, e) == -1) ||
	    fill_argv(c, wish, cwd, argv, env, e) == -1 ||
	    put_list(c, wish, "argv", argv, false, e) == -1 ||
	    put_list(c, wish, "env", env, true, e) == -1 ? -1 : 0;
}

/* One call must not leave there what the next one reads. */
static void
seal(struct sandbox *box, const char *dir)
{
	if (dir != NULL && box->n < CONTAIN_MOUNTS)
		box->mounts[box->n++] = (struct contain_mount){ dir, false };
}

/* As keeper_run(). */
static int
keep(const struct call *c, const struct call_wish *wish, const char *dir, int cwd,
    struct vec_str *argv, struct vec_str *env, struct keeper_result *result, struct err *e)
{
	const struct attempt as = { .project = c->project, .agent = c->agent->id, .run_dir = c->path,
		.repo = repo_own(c->project),
		.sandbox = sandbox_of(c->project, repo_own(c->project), NULL, c->agent->id) };
	int64_t grace = config_int(&c->project->config, "grace");
	int held[] = { c->lock.fd, c->slot.fd, -1 }, r;
	char *input = xasprintf("%sprompt.md", wish->name);
	struct sandbox box;
	struct keeper_spec spec = {
		.name = wish->name, .run_fd = c->dir,
		.envp = vec_str_argv(env), .cwd_fd = cwd, .mounts = box.mounts,
		.input = c->agent->prompt_on_stdin ? input : NULL,
		.timeout_ms = wish->timeout_ms, .max_output = OUTPUT_MAX,
		.grace_ms = c->agent->grace_ms < grace ? c->agent->grace_ms : grace, .keep = held,
	};

	if ((r = sandbox_make_for(&box, &as, NULL, NULL, dir, env_get(env, "PATH"), e)) == 0) {
		for (size_t i = 0; i < argv->n; i++)
			vec_str_push(&box.argv, argv->v[i]);
		seal(&box, dir);
		seal(&box, wish->sealed);
		spec.argv = vec_str_argv(&box.argv);
		spec.ruleset = box.ruleset;
		r = keeper_run(&spec, -1, result, e);
	}
	sandbox_release(&box);
	free(input);
	return r;
}

/* What holds an agent back, and is not its own doing: whoever wants the call waits. */
static bool
is_held(enum pool_state state)
{
	static const enum pool_state held[] = { POOL_DAMAGED, POOL_STOPPED, POOL_PAUSED,
		POOL_DRAINING, POOL_SPENT };

	for (size_t i = 0; i < sizeof held / sizeof *held; i++)
		if (state == held[i])
			return true;
	return false;
}

/* A call is work like any other: an agent that is closed (pool.h) gets none. */
static int
check_open(struct call *c, struct err *e)
{
	struct val *state = NULL;
	struct pool_answer answer;
	struct pool pool;

	if (sidecar_read(c->project, &state, e) == -1)
		return -1;
	pool_at(&pool, state, clock_now());
	pool_ask(&pool, c->agent->id, false, &answer);
	if (answer.state == POOL_OPEN)
		budget_call_spent(c->project, &pool, c->agent, &answer);
	val_free(state);
	c->closed = answer.state;
	return answer.state == POOL_OPEN ? 0 :
	    err_set(e, is_held(answer.state) ? ERR_BUSY : ERR_FAILED, "agent %s is %s", c->agent->id,
	    answer.why);
}

static int
take_slot(struct call *c, struct err *e)
{
	int r = check_open(c, e);

	if (r == 0 && c->slot.fd == -1)
		r = slot_take(&c->slot, c->project, c->agent->id, false, e);
	return r == 1 ? err_set(e, ERR_BUSY, "agent %s has no free slot", c->agent->id) : r;
}

int
call_ask(struct call *c, const struct call_wish *wish, struct classify_report *report, int64_t *ms,
    struct err *e)
{
	struct vec_str argv = { 0 }, env = { 0 };
	struct keeper_result result = { 0 };
	char *cwd = NULL;
	int cwd_fd = -1, r = find_former(c, wish, report, ms, e);

	if (r != 1)
		return r;
	r = -1;
	if (take_slot(c, e) == -1 || (cwd = open_nowhere(&cwd_fd, e)) == NULL ||
	    prepare(c, wish, cwd, &argv, &env, e) == -1)
		goto done;
	r = keep(c, wish, cwd, cwd_fd, &argv, &env, &result, e);
	*ms = result.ms;
	if (r == 0)
		r = look(c, wish, &result, report, e);
	/* It was killed; what it had started is ended, and may have answered. */
	else if (r == 1 && (r = find_former(c, wish, report, ms, e)) == 1)
		r = err_set(e, ERR_BUSY, "the call of agent %s was killed before it had answered",
		    c->agent->id);
done:
	if (cwd_fd != -1)
		close(cwd_fd);
	free(cwd);
	vec_str_release(&argv);
	vec_str_release(&env);
	return r;
}
