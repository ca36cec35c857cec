/*
 * orch-hook - does what commits, merges and pushes mean for tasks, for git's hooks
 *
 * A person waits for git, and git for its hooks: what takes longer than a second is done by a
 * child that goes on alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/vec.h"
#include "cmd.h"
#include "net/git_hook.h"
#include "sys/brief.h"
#include "sys/lock.h"
#include "task/ready.h"
#include "work/hook.h"

#define WAIT_MS	  800		/* of the second, the rest is for starting */
#define LINES_MAX (16u << 20)

static const struct opt opts[] = {
	OPT_DRY_RUN,
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-hook",
	.purpose = "do what a hook of git is for",
	.usage = (const char *const[]){
		"[-n] post-commit | post-merge | pre-push | post-receive [-- ARG..]", NULL },
	.opts = opts,
};

/* The arguments of git's say nothing that is needed. */
static int
parse(struct cmd *c, int *kind, struct err *e)
{
	const char *value, *name = NULL;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key != OPT_OPERAND)
			return -1;
		if (name == NULL)
			name = value;
	}
	if (name == NULL)
		return err_set(e, ERR_USAGE, "which hook? (post-commit, post-merge, pre-push, post-receive)");
	return (*kind = cmd_verb(name, hook_names, e)) == -1 ? -1 : 0;
}

/* 1: there is no project, so there is nothing to do. */
static int
find_project(struct cmd *c, const struct hook_wish *w, struct err *e)
{
	int r;

	if (w->project != NULL && c->dir == NULL)
		c->dir = w->project;
	r = cmd_open_to_change(c, e);
	if (r == -1 && c->dir == NULL && e->code == ERR_USAGE)
		return 1;
	return r;
}

static int
ask_git(struct cmd *c, int kind, const char *lines, struct hook_wish *w, struct err *e)
{
	struct git_hook *git = git_hook_open(e);
	int r = -1;

	if (git == NULL)
		return -1;
	if (kind == HOOK_POST_COMMIT)
		r = hook_after_commit(git, w, e);
	else if (kind == HOOK_POST_RECEIVE)
		r = hook_after_receive(git, lines, w, e);
	else if ((r = find_project(c, w, e)) == 0)
		r = hook_after_merge(git, &c->project.config, w, e);
	git_hook_close(git);
	return r;
}

static void
tell(struct cmd *c, const struct vec_str *told, int level, bool quiet)
{
	for (size_t i = 0; i < told->n; i++) {
		if (!quiet)
			cmd_message("", told->v[i]);
		log_write(&c->project.log, (enum log_level)level, 0, 0, "%s", told->v[i]);
	}
}

static int
gate(struct cmd *c, const struct hook_wish *w, struct err *e)
{
	struct vec_str told = { 0 };
	int r = cmd_open(c, e);

	if (r == -1 && c->dir == NULL && e->code == ERR_USAGE)
		return 0;
	if (r == 0 && (r = hook_judge(&c->project, w, &told, e)) >= 0)
		tell(c, &told, LOG_WARN, c->quiet);
	vec_str_release(&told);
	/* Unknown is no yes. */
	return r;
}

/* Nobody may listen any more: the log is told, too. */
static int
work(struct cmd *c, int kind, const char *lines, struct hook_wish *w, struct err *e)
{
	struct ready_rules rules;
	struct vec_str told = { 0 };
	int r;

	if (kind == HOOK_PRE_PUSH)
		return gate(c, w, e);
	r = ask_git(c, kind, lines, w, e);
	if (r == 1 || hook_wish_empty(w))
		return r == -1 ? -1 : 0;
	if (r == -1)
		hook_undone(w, e->code, xstrdup(e->msg));
	if (!c->open && (r = find_project(c, w, e)) != 0)
		return r == 1 ? 0 : -1;
	cmd_rules(c, &rules);
	c->store.wait_ms = LOCK_SETTLE_MS;
	if (!c->dry_run && project_prepare(&c->project, e) == -1)
		return -1;
	hook_do(&c->project, &c->store, &rules, w, &told);
	tell(c, &told, LOG_INFO, c->quiet);
	tell(c, &w->undone, LOG_WARN, false);
	vec_str_release(&told);
	return w->status;
}

/* What the child has to say, and its status; or that it goes on. */
static int
wait_for(struct cmd *c, struct brief *b, int kind, struct err *e)
{
	struct buf said = { 0 };
	int status = 0, ended = brief_wait(b, WAIT_MS, kind == HOOK_PRE_PUSH, &said, &status);

	fputs(buf_str(&said), stderr);
	buf_release(&said);
	if (ended)
		return kind == HOOK_PRE_PUSH && status != 0 ? 1 : status;
	if (kind == HOOK_PRE_PUSH)
		return err_set(e, ERR_NO, "the tasks cannot be read now, so the push is refused "
		    "(git push --no-verify pushes)");
	if (!c->quiet)
		cmd_message("", "the tasks are busy: it goes on in the background, .orch/log/orch.log tells the end");
	return 0;
}

int
cmd_run(struct cmd *c, struct err *e)
{
	const char *attempt = getenv("ORCH_ATTEMPT");
	struct hook_wish wish = { .add = NULL };
	struct buf lines = { 0 };
	struct brief brief;
	int kind = -1, r;

	if (parse(c, &kind, e) == -1)
		return -1;
	if (attempt != NULL && *attempt != '\0')
		return 0;
	r = kind == HOOK_PRE_PUSH || kind == HOOK_POST_RECEIVE ? cmd_read("-", LINES_MAX, &lines, e) : 0;
	if (r == 0 && kind == HOOK_PRE_PUSH)
		r = hook_before_push(buf_str(&lines), &wish, e);
	if (r == 0 && (kind != HOOK_PRE_PUSH || wish.push.n > 0)) {
		fflush(NULL);
		if ((r = brief_fork(&brief, e)) == 1)
			r = work(c, kind, buf_str(&lines), &wish, e);
		else if (r == 0)
			r = wait_for(c, &brief, kind, e);
	}
	buf_release(&lines);
	hook_wish_release(&wish);
	return r;
}
