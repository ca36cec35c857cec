/*
 * pipeline_scratch.c - the project of the diagnostic: its configuration, what a goal runs,
 * and the agents that judge
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "work/pipeline_impl.h"

static const char config[] =
    "isolation: none\n"
    "workers: 8\n"
    "slots: 8\n"
    "max_attempts: 100\n"
    "same_error_limit: 100\n"
    "breaker:\n"
    "  failures: 100\n"
    "retry:\n"
    "  base: 0s\n"
    "router:\n"
    "  default: part\n"
    "review:\n"
    "  reviewers: [pleased, critical]\n"
    "  arbiter: arbiter\n";

/* What a goal runs: it divides itself, and is done when all of its parts are. */
static const char goal[] =
    "set -eu\n"
    "if [ -z \"$(\"$1/orch-list\" \"$ORCH_TASK\" -o children)\" ]; then\n"
    "	exec \"$1/orch-delegate\" --json - <<'END'\n"
    "{\"title\":\"One part\",\"suggested_agent\":\"part\"}\n"
    "{\"title\":\"Another beside it\",\"suggested_agent\":\"part\"}\n"
    "{\"title\":\"What follows from both\",\"suggested_agent\":\"part\",\"depends_on\":[0,1]}\n"
    "END\n"
    "fi\n"
    "done=$(\"$1/orch-list\" \"tree=$ORCH_TASK\" @done -o id | wc -l)\n"
    "[ \"$done\" -eq 3 ] || { echo \"$done of 3 parts are done\" >&2; exit 1; }\n";

/* A reviewer: its word about goals; parts are good as they are. */
static const char critic[] =
    "set -eu\n"
    "decision=$1 findings=\n"
    "prompt=$(cat)\n"
    "work=$(printf '%s\\n' \"$prompt\" |\n"
    "	sed -n 's/^You judge task \\([0-9]*\\), attempt \\([0-9]*\\)\\..*/\"task\":\\1,\"attempt\":\\2/p')\n"
    "case $prompt in\n"
    "*'title: Goal '*) ;;\n"
    "*) decision=approve ;;\n"
    "esac\n"
    "[ \"$decision\" = approve ] ||\n"
    "	findings='{\"file\":\"\",\"line\":0,\"severity\":\"minor\",\"text\":\"It could be more.\"}'\n"
    "printf '{%s,\"decision\":\"%s\",\"confidence\":0.5,\"findings\":[%s]}\\n' \"$work\" \"$decision\" "
    "\"$findings\"\n";

static const struct {
	const char *id, *script, *argument;
} drivers[] = {
	{ "part", NULL, NULL },
	{ "pleased", "pleased.sh", "approve" },
	{ "critical", "critical.sh", "request_changes" },
	{ "arbiter", "arbiter.sh", "approve" },
};

static int
put(int dirfd, const char *name, const char *text, struct err *e)
{
	return fs_put(dirfd, name, text, strlen(text), 0600, e);
}

/* Each judge is a program of its own: copies of one would be one judge. */
static int
put_judge(const struct scratch *s, size_t i, struct err *e)
{
	char *text;
	int r;

	if (drivers[i].script == NULL)
		return 0;
	text = xasprintf("# %s\n%s", drivers[i].id, critic);
	r = put(s->fd, drivers[i].script, text, e);
	free(text);
	return r;
}

static int
put_driver(const struct scratch *s, int dirfd, size_t i, struct err *e)
{
	struct buf text = { 0 };
	char *name = xasprintf("%s.yml", drivers[i].id);
	int r;

	buf_printf(&text, "id: %s\nbin: [/bin/sh]\nstdin: prompt\nformat: text\nanswer: %s\n"
	    "argv:\n", drivers[i].id, drivers[i].script ? "json" : "exit");
	if (drivers[i].script != NULL)
		buf_printf(&text, "  run: []\n  review: ['%s/%s', %s]\n", s->dir,
		    drivers[i].script, drivers[i].argument);
	else
		buf_puts(&text, "  run: [-c, 'exit 0']\n");
	buf_puts(&text, "perm: {read: [], edit: [], full: []}\nok: {exit: [0]}\n");
	r = put(dirfd, name, buf_str(&text), e);
	buf_release(&text);
	free(name);
	return r;
}

static int
put_drivers(const struct scratch *s, struct err *e)
{
	char *path = path_join(s->dir, "orch.d/agents");
	int dirfd = -1, r = path_make(path, e);

	if (r == 0 && (dirfd = fs_open_dir(AT_FDCWD, path)) == -1)
		r = err_sys(e, "cannot open '%s'", path);
	for (size_t i = 0; i < sizeof drivers / sizeof *drivers && r == 0; i++)
		r = put_judge(s, i, e) == -1 ? -1 : put_driver(s, dirfd, i, e);
	if (dirfd != -1)
		close(dirfd);
	free(path);
	return r;
}

int
scratch_make(struct scratch *s, struct err *e)
{
	const char *tmp = getenv("TMPDIR");

	s->dir = path_join(tmp != NULL && *tmp == '/' ? tmp : "/tmp", "orch-pipeline.XXXXXX");
	/* It stands between these marks in a driver. */
	if (strchr(s->dir, '\'') != NULL)
		return err_set(e, ERR_CONFIG, "TMPDIR has a quotation mark in its name");
	if (mkdtemp(s->dir) == NULL)
		return err_sys(e, "cannot make '%s'", s->dir);
	if ((s->fd = fs_open_dir(AT_FDCWD, s->dir)) == -1)
		return err_sys(e, "cannot open '%s'", s->dir);
	if (put(s->fd, "tasks.yml", "tasks: []\n", e) == -1 ||
	    put(s->fd, "orch.yml", config, e) == -1 || put(s->fd, SCRATCH_GOAL, goal, e) == -1)
		return -1;
	return put_drivers(s, e);
}
