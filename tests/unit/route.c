/* Which agent a task gets, and routing as one commit. */
#include "work/route.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"

static char *dir;

/* ---- the scene: agents a and b are installed, c is not ---- */

static void
put_file(const char *name, const char *text, mode_t mode)
{
	char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) == -1)
		abort();
	free(path);
}

static void
make_scene(void)
{
	static const char *const folders[] = { "orch.d", "orch.d/agents", "bin" };
	char *path, *share;
	struct err e = { 0 };

	dir = xstrdup("/tmp/orch-route.XXXXXX");
	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < 3; i++) {
		path = xasprintf("%s/%s", dir, folders[i]);
		if (mkdir(path, 0700) == -1)
			abort();
		free(path);
	}
	put_file("orch.d/agents/a.yml", "bin: [a]\nargv: {run: []}\n", 0600);
	put_file("orch.d/agents/b.yml", "bin: [b]\nargv: {run: []}\n", 0600);
	put_file("orch.d/agents/c.yml", "bin: [c]\nargv: {run: []}\n", 0600);
	put_file("orch.d/agents/broken.yml", "bin: [a]\nargv: {rum: []}\n", 0600);
	put_file("bin/a", "#!/bin/sh\n", 0700);
	put_file("bin/b", "#!/bin/sh\n", 0700);
	put_file("bin/cat", "#!/bin/sh\n", 0700);
	path = xasprintf("%s/bin", dir);
	share = path_absolute("share/orch", &e);
	setenv("PATH", path, 1);
	setenv("ORCH_SHARE", share, 1);
	setenv("HOME", dir, 1);
	setenv("XDG_CONFIG_HOME", dir, 1);
	free(path);
	free(share);
}

static const char tasks_yml[] =
    "next_id: 100\n"
    "tasks:\n"
    "  - {id: 1, title: plain}\n"
    "  - {id: 2, title: labelled, labels: [docs, 'agent:b', 'agent:c']}\n"
    "  - {id: 3, title: Fix the Parser, labels: [bug], priority: urgent}\n"
    "  - {id: 4, title: clean up, command: make clean}\n"
    "  - {id: 5, title: unknown agent, labels: ['agent:nobody']}\n"
    "  - {id: 6, title: not installed, labels: ['agent:c']}\n"
    "  - {id: 7, title: broken, labels: ['agent:broken']}\n"
    "  - {id: 8, title: escape, labels: [\"agent:../a\"]}\n"
    "  - {id: 9, title: done, status: done, agent: a}\n"
    "  - {id: 10, title: keyed, key: nightly, labels: [deep], project: web}\n"
    "  - {id: 11, title: has one, status: routed, agent: a, session: s-1, route_reason: default}\n";

struct wish {
	const char *config;
	int64_t id;
	const char *agent;	/* of the caller */
	unsigned turn;
	const char *want;	/* the agent; NULL: refused */
	const char *reason;	/* or what the refusal says */
	const char *extra;	/* as JSON, NULL: none */
};

#define ROBIN "router: {mode: round_robin, agents: [a, b]}\n"
#define RULES "router:\n  default: a\n  rules:\n" \
	"    - {label: docs, agent: a}\n" \
	"    - {title: '^fix .*parser', priority: urgent, agent: b, model: big, complexity: complex}\n" \
	"    - {key: nightly, project: web, label: deep, skills: [night], profile: {role: owl}}\n" \
	"    - {priority: low, agent: c}\n"

static const struct wish wishes[] = {
	{ "router: {default: a}\n", 1, NULL, 0, "a", "default", NULL },
	{ "router: {default: a}\n", 1, "b", 0, "b", "command line", NULL },
	{ "router: {default: a}\n", 2, NULL, 0, "b", "label agent:b", NULL },
	{ "router: {default: a}\n", 2, "a", 0, "a", "command line", NULL },
	{ "router: {default: a}\n", 4, NULL, 0, "sh", "command", NULL },
	{ "router: {default: c}\n", 4, NULL, 0, "sh", "command", NULL },
	{ "", 1, NULL, 0, NULL, "router.default is not set", NULL },
	{ "", 5, NULL, 0, NULL, "no agent 'nobody'", NULL },
	{ "", 6, NULL, 0, NULL, "agent c: 'c' is not on PATH", NULL },
	{ "", 7, NULL, 0, NULL, "unknown key 'rum'", NULL },
	{ "", 8, NULL, 0, NULL, "no agent '../a'", NULL },
	{ "", 77, NULL, 0, NULL, "no task 77", NULL },
	{ "router: {default: cmd}\n", 1, NULL, 0, NULL, "agent cmd", NULL },
	{ "router: {default: cat}\n", 1, NULL, 0, "cat", "default", NULL },
	{ "agents: {a: {enabled: false}}\nrouter: {default: a}\n", 1, NULL, 0, NULL,
	    "agent a is not enabled", NULL },
	{ "agents: {c: {bin: /bin/sh}}\n", 6, NULL, 0, "c", "label agent:c", NULL },
	/* rules */
	{ RULES, 1, NULL, 0, "a", "default", NULL },
	{ RULES, 2, NULL, 0, "b", "label agent:b", NULL },
	{ RULES, 3, NULL, 0, "b", "rule 2", "{\"agent_model\":\"big\",\"complexity\":\"complex\"}" },
	{ RULES, 10, NULL, 0, "a", "rule 3, default",
	    "{\"agent_profile\":{\"role\":\"owl\"},\"selected_skills\":[\"night\"]}" },
	/* round robin */
	{ ROBIN, 1, NULL, 0, "a", "round robin", NULL },
	{ ROBIN, 1, NULL, 1, "b", "round robin", NULL },
	{ ROBIN, 1, NULL, 2, "a", "round robin", NULL },
	{ ROBIN, 4, NULL, 0, "sh", "command", NULL },
	{ "router: {mode: round_robin}\n", 1, NULL, 1, "b", "round robin", NULL },
	{ "router: {mode: round_robin, agents: [c, b]}\n", 1, NULL, 0, "b", "round robin", NULL },
	{ "router: {mode: round_robin, agents: [c]}\n", 1, NULL, 0, NULL, "agent c: 'c' is not", NULL },
};

static void
load_tasks(struct tasks *t, const char *text)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	buf_puts(&b, text);
	if (tasks_load(t, &b, "tasks.yml", &e) == -1)
		ok(false, "tasks: %s", e.msg);
}

static void
test_choose(void)
{
	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		const struct wish *w = &wishes[i];
		struct project p = { 0 };
		struct tasks tasks = { 0 };
		struct route r = { 0 };
		struct buf extra = { 0 };
		struct err e = { 0 };
		int rc;

		put_file("orch.yml", "", 0600);
		if (!ok(project_at(&p, dir, "orch-route", &e) == 0, "project %s", e.msg))
			continue;
		if (config_add(&p.config, w->config, strlen(w->config), "orch.yml", &e) == -1)
			ok(false, "config: %s", e.msg);
		load_tasks(&tasks, tasks_yml);
		rc = route_choose(&r, &p, &tasks, w->id, w->agent, w->turn, NULL, &e);
		if (w->want) {
			is(rc == 0 ? r.agent : e.msg, w->want, "agent");
			is(r.reason, w->reason, "reason");
			if (r.extra)
				json_print(&extra, r.extra);
			is(r.extra ? buf_str(&extra) : NULL, w->extra, "extra");
			is(r.warning, NULL, "no warning");
		} else {
			ok(rc == -1 && strstr(e.msg, w->reason)
			    && (e.code == ERR_FAILED || e.code == ERR_USAGE || e.code == ERR_CONFIG),
			    "refused: %s", e.msg);
		}
		buf_release(&extra);
		route_release(&r);
		tasks_release(&tasks);
		project_release(&p);
	}
}

/* Round robin goes on after the newest task that it gave away. */
static void
test_goes_on(void)
{
	static const char text[] = "next_id: 9\ntasks:\n"
	    "  - {id: 1, title: x, status: done, agent: b, route_reason: round robin}\n"
	    "  - {id: 5, title: x, status: done, agent: a, route_reason: 'rule 1, round robin'}\n"
	    "  - {id: 2, title: x, status: done, agent: a, route_reason: round robin}\n"
	    "  - {id: 6, title: x}\n";
	struct project p = { 0 };
	struct tasks tasks = { 0 };
	struct route r = { 0 };
	struct err e = { 0 };

	put_file("orch.yml", ROBIN, 0600);
	load_tasks(&tasks, text);
	if (ok(project_at(&p, dir, "orch-route", &e) == 0, "project %s", e.msg)
	    && ok(route_choose(&r, &p, &tasks, 6, NULL, 0, NULL, &e) == 0, "chosen %s", e.msg))
		is(r.agent, "b", "after a comes b");
	route_release(&r);
	tasks_release(&tasks);
	project_release(&p);
}

/* ---- as one commit ---- */

static void
check_task(const struct tasks *t, int64_t id, enum status status, const char *agent,
    const char *warning)
{
	const struct task *task = tasks_find(t, id);
	const char *got = task_text(task, F_ROUTE_WARNING);

	ok(task->status == status, "task %d is %s", (int)id, state_name(task->status));
	is(task_text(task, F_AGENT), agent, "its agent");
	ok(warning ? got && strstr(got, warning) : !got, "its warning: %s", got ? got : "none");
}

static void
test_commit(void)
{
	struct project p = { 0 };
	struct tasks tasks = { 0 };
	struct vec_id ids = { 0 };
	struct routes routes = { 0 };
	struct err e = { 0 };
	struct buf before = { 0 }, after = { 0 };

	put_file("orch.yml", ROBIN, 0600);
	put_file("tasks.yml", tasks_yml, 0600);
	if (!ok(project_at(&p, dir, "orch-route", &e) == 0
	    && project_prepare(&p, &e) == 0, "project %s", e.msg))
		return;
	for (int64_t id = 1; id <= 11; id++)
		vec_id_push(&ids, id);
	vec_id_push(&ids, 55);

	ok(route_tasks(&p, &ids, NULL, true, &routes, &e) == 0, "a dry run");
	is_int((int64_t)routes.n, 12, "tells of each task");
	ok(fs_read(AT_FDCWD, p.tasks, 1 << 20, &before, &e) == 0
	    && strcmp(before.data, tasks_yml) == 0, "a dry run writes nothing");
	buf_release(&before);

	ok(route_tasks(&p, &ids, NULL, false, &routes, &e) == 0, "routed what can be");
	for (size_t i = 0; i < routes.n; i++) {
		const struct route_line *line = &routes.v[i];
		static const int64_t good[] = { 1, 2, 3, 4, 10, 11 };
		bool wanted = false;

		for (size_t k = 0; k < sizeof good / sizeof *good; k++)
			wanted = wanted || good[k] == line->id;
		ok((line->code == ERR_NONE) == wanted, "task %d: %s", (int)line->id, line->reason);
	}
	if (ok(store_read(&p, &tasks, &e) == 0, "read %s", e.msg)) {
		check_task(&tasks, 1, ST_ROUTED, "a", NULL);
		check_task(&tasks, 2, ST_ROUTED, "b", NULL);
		check_task(&tasks, 3, ST_ROUTED, "b", NULL);
		check_task(&tasks, 4, ST_ROUTED, "sh", NULL);
		check_task(&tasks, 5, ST_NEW, NULL, "no agent 'nobody'");
		check_task(&tasks, 6, ST_NEW, NULL, "agent c: 'c' is not on PATH");
		check_task(&tasks, 9, ST_DONE, "a", NULL);
		check_task(&tasks, 10, ST_ROUTED, "a", NULL);
		check_task(&tasks, 11, ST_ROUTED, "a", NULL);
		is(task_text(tasks_find(&tasks, 11), F_SESSION), "s-1", "what was routed passes through");
		tasks_release(&tasks);
	}

	/* What cannot be routed is said once; the file does not change each time. */
	vec_id_release(&ids);
	vec_id_push(&ids, 5);
	ok(fs_read(AT_FDCWD, p.tasks, 1 << 20, &before, &e) == 0, "before");
	ok(route_tasks(&p, &ids, NULL, false, &routes, &e) == 0 && routes.n == 1 &&
	    routes.v[0].code == ERR_CONFIG, "again");
	ok(fs_read(AT_FDCWD, p.tasks, 1 << 20, &after, &e) == 0
	    && strcmp(before.data, after.data) == 0, "the file is as it was");
	vec_id_push(&ids, 11);
	ok(route_tasks(&p, &ids, "b", false, &routes, &e) == 0, "with an agent given");
	if (store_read(&p, &tasks, &e) == 0) {
		check_task(&tasks, 5, ST_ROUTED, "b", NULL);
		check_task(&tasks, 11, ST_ROUTED, "b", NULL);
		is(task_text(tasks_find(&tasks, 11), F_SESSION), NULL,
		    "another agent has no use for the session");
		tasks_release(&tasks);
	}
	buf_release(&before);
	buf_release(&after);
	vec_id_release(&ids);
	routes_release(&routes);
	project_release(&p);
}

int
main(void)
{
	struct err e = { 0 };

	make_scene();
	test_choose();
	test_goes_on();
	test_commit();
	fs_remove_tree(AT_FDCWD, dir, &e);
	free(dir);
	return done_testing();
}
