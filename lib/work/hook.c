#include "work/hook.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/sip.h"
#include "base/str.h"
#include "doc/val.h"
#include "net/git_hook.h"
#include "task/config.h"
#include "task/project.h"
#include "task/select.h"
#include "task/store.h"
#include "task/task.h"
#include "work/add.h"
#include "work/move.h"
#include "work/reply.h"

#define HEADS "refs/heads/"

const char *const hook_names[] = {
	[HOOK_POST_COMMIT] = "post-commit", [HOOK_POST_MERGE] = "post-merge",
	[HOOK_PRE_PUSH] = "pre-push", [HOOK_POST_RECEIVE] = "post-receive", [HOOK_KINDS] = NULL,
};

void
hook_wish_release(struct hook_wish *w)
{
	val_free(w->add);
	vec_id_release(&w->retry);
	vec_id_release(&w->answer);
	vec_str_release(&w->text);
	vec_str_release(&w->push);
	free(w->project);
	*w = (struct hook_wish){ .add = NULL };
}

bool
hook_wish_empty(const struct hook_wish *w)
{
	return (w->add == NULL || w->add->n == 0) && w->retry.n == 0 && w->answer.n == 0 &&
	    w->push.n == 0;
}

/* ---- trailers ---- */

void
hook_trailers(const char *message, struct vec_str *found)
{
	const char *line = message, *end;
	bool first = true, blank = false;

	for (; *line != '\0'; line = end + (*end == '\n')) {
		size_t len = strcspn(line, "\n");

		end = line + len;
		while (len > 0 && isspace((unsigned char)line[len - 1]))
			len--;
		if (len == 0) {
			blank = true;
			continue;
		}
		/* Another paragraph: what was found was not in the last one. */
		if (blank) {
			vec_str_release(found);
			first = false;
			blank = false;
		}
		if (!first && found->n < HOOK_TRAILERS_MAX && strncasecmp(line, "Orch-", 5) == 0)
			vec_str_take(found, xstrndup(line, len));
	}
}

/* What stands behind "KEY:", or NULL. */
static const char *
value_of(const char *trailer, const char *key)
{
	size_t n = strlen(key);

	if (strncasecmp(trailer, key, n) != 0 || trailer[n] != ':')
		return NULL;
	trailer += n + 1;
	return trailer + strspn(trailer, " \t");
}

/* Made of what stays when a commit is picked, rebased or amended. */
static char *
key_of(const char *kind, int64_t at, const char *who, const char *what)
{
	static const unsigned char public[SIP_KEY] = "orch-hook";
	struct buf text = { 0 };
	char *key;

	buf_puts(&text, who);
	buf_putc(&text, '\n');
	buf_puts(&text, what);
	key = xasprintf("%s-%lld-%016llx", kind, (long long)at,
	    (unsigned long long)sip_hash(public, text.data, text.len));
	buf_release(&text);
	return key;
}

static struct val *
visible(const char *text)
{
	struct buf shown = { 0 };
	struct val *v;

	str_visible(&shown, text, strlen(text), false);
	v = val_str(buf_str(&shown));
	buf_release(&shown);
	return v;
}

static void
wish_task(struct hook_wish *w, const char *title, char *body, char *key, const char *label)
{
	struct val *task = val_map(), *labels;

	val_add(task, "title", visible(title));
	val_add(task, "body", visible(body));
	val_add(task, "key", val_str(key));
	if (label != NULL) {
		labels = val_list();
		val_push(labels, val_str(label));
		val_add(task, "labels", labels);
	}
	if (w->add == NULL)
		w->add = val_list();
	val_push(w->add, task);
	free(body);
	free(key);
}

static void
wish_add(struct hook_wish *w, const struct git_said *said, const char *title)
{
	wish_task(w, title, xasprintf("Asked for by commit %.12s.", said->id),
	    key_of("commit", said->at, said->author, title), NULL);
}

static int
wish(struct hook_wish *w, const struct git_said *said, const char *trailer, struct err *e)
{
	const char *value;
	char *id;
	int64_t task;
	size_t n;
	int r = 0;

	if ((value = value_of(trailer, "Orch-Add")) != NULL && *value != '\0') {
		wish_add(w, said, value);
		return 0;
	}
	if ((value = value_of(trailer, "Orch-Retry")) != NULL && num_id(value, &task) == 0) {
		vec_id_push(&w->retry, task);
		return 0;
	}
	if ((value = value_of(trailer, "Orch-Answer")) == NULL)
		return err_set(e, ERR_USAGE, "the trailer '%.80s' says nothing that is known", trailer);
	n = strcspn(value, " \t");
	id = xstrndup(value, n);
	value += n + strspn(value + n, " \t");
	if (num_id(id, &task) == 0 && *value != '\0') {
		vec_id_push(&w->answer, task);
		vec_str_push(&w->text, value);
	} else {
		r = err_set(e, ERR_USAGE, "the trailer '%.80s' is no id and answer", trailer);
	}
	free(id);
	return r;
}

/* ---- commits and merges ---- */

static bool
is_nothing(const char *id)
{
	return id[strspn(id, "0")] == '\0';
}

/* What a person wrote just now; git says otherwise of all that it made out of something. */
static bool
is_own(const char *how)
{
	return str_starts(how, "commit: ") || str_starts(how, "commit (initial): ") ||
	    str_starts(how, "commit (amend): ");
}

static int
former_trailers(const struct git_hook *h, const struct git_moved *moved, struct vec_str *old,
    struct err *e)
{
	struct git_said said = { .at = 0 };
	int r = 0;

	if (str_starts(moved->how, "commit (amend): ") && !is_nothing(moved->was) &&
	    (r = git_hook_said(h, moved->was, &said, e)) == 0)
		hook_trailers(said.message, old);
	git_said_release(&said);
	return r;
}

int
hook_after_commit(const struct git_hook *h, struct hook_wish *w, struct err *e)
{
	struct git_moved moved;
	struct git_said said = { .at = 0 };
	struct vec_str trailers = { 0 }, old = { 0 };
	int r = git_hook_moved(h, &moved, e);

	if (r != 0 || !is_own(moved.how)) {
		free(moved.how);
		return r == -1 ? -1 : 0;
	}
	if ((r = git_hook_said(h, moved.is, &said, e)) == -1 ||
	    strcmp(said.author, said.committer) != 0)
		goto done;
	hook_trailers(said.message, &trailers);
	if (trailers.n > 0 && (r = former_trailers(h, &moved, &old, e)) == -1)
		goto done;
	for (size_t i = 0; i < trailers.n; i++)
		if (!vec_str_has(&old, trailers.v[i]) && wish(w, &said, trailers.v[i], e) == -1)
			r = -1;
done:
	vec_str_release(&old);
	vec_str_release(&trailers);
	git_said_release(&said);
	free(moved.how);
	return r;
}

static bool
is_trusted(const struct val *trust, const char *author)
{
	for (size_t i = 0; trust != NULL && trust->kind == VAL_LIST && i < trust->n; i++)
		if (strcmp(val_text(trust->v[i]), author) == 0)
			return true;
	return false;
}

int
hook_after_merge(const struct git_hook *h, const struct config *config, struct hook_wish *w,
    struct err *e)
{
	const struct val *trust = config_val(config, "hooks.trust");
	struct git_moved moved = { .how = NULL };
	struct vec_str ids = { 0 };
	int r = 0;

	if (trust == NULL || (r = git_hook_moved(h, &moved, e)) != 0 || is_nothing(moved.was) ||
	    (r = git_hook_between(h, moved.was, moved.is, HOOK_COMMITS_MAX, &ids, e)) == -1)
		goto done;
	for (size_t i = 0; i < ids.n && r == 0; i++) {
		struct git_said said = { .at = 0 };
		struct vec_str trailers = { 0 };

		if ((r = git_hook_said(h, ids.v[i], &said, e)) == 0 && is_trusted(trust, said.author))
			hook_trailers(said.message, &trailers);
		for (size_t k = 0; k < trailers.n; k++) {
			const char *title = value_of(trailers.v[k], "Orch-Add");

			if (title != NULL && *title != '\0')
				wish_add(w, &said, title);
		}
		vec_str_release(&trailers);
		git_said_release(&said);
	}
done:
	free(moved.how);
	vec_str_release(&ids);
	return r == -1 ? -1 : 0;
}

/* ---- pushes ---- */

/* The words of a line; ids and refs have no blanks.  How many there are, at most `max`. */
static size_t
split(char *line, char *words[], size_t max)
{
	char *rest = line, *word;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL) {
		if (n == max)
			return max + 1;
		words[n++] = word;
	}
	return n;
}

static void
wish_push(struct hook_wish *w, const char *ref)
{
	if (str_starts(ref, HEADS) && !vec_str_has(&w->push, ref + strlen(HEADS)))
		vec_str_push(&w->push, ref + strlen(HEADS));
}

static int
each_line(const char *lines, size_t words, int (*fn)(void *, char *word[]), void *arg,
    struct err *e)
{
	char *word[5], *text = xstrdup(lines), *rest = text, *line;
	int r = 0;

	while (r == 0 && (line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			r = split(line, word, words) == words ? fn(arg, word) : err_set(e, ERR_INVALID,
			    "what git says of the push is not understood");
	free(text);
	return r;
}

static int
pushed(void *arg, char *word[])
{
	struct hook_wish *w = arg;

	/* Nothing is left to be verified of a branch that is removed. */
	if (!is_nothing(word[1])) {
		wish_push(w, word[0]);
		wish_push(w, word[2]);
	}
	return 0;
}

int
hook_before_push(const char *lines, struct hook_wish *w, struct err *e)
{
	return each_line(lines, 4, pushed, w, e);
}

struct receiving {
	struct hook_wish *w;
	const struct vec_str *patterns;
};

static int
received(void *arg, char *word[])
{
	struct receiving *r = arg;
	const char *branch;
	bool wanted = false;
	char *title;

	if (is_nothing(word[1]) || !str_starts(word[2], HEADS))
		return 0;
	branch = word[2] + strlen(HEADS);
	for (size_t i = 0; i < r->patterns->n && !wanted; i++)
		wanted = fnmatch(r->patterns->v[i], branch, 0) == 0;
	if (!wanted)
		return 0;
	title = xasprintf("Look at the branch %s", branch);
	wish_task(r->w, title, xasprintf("It was pushed: %s, before that %s.", word[1],
	    is_nothing(word[0]) ? "nothing" : word[0]), key_of("push", 0, branch, word[1]), "pushed");
	free(title);
	return 0;
}

int
hook_after_receive(const struct git_hook *h, const char *lines, struct hook_wish *w,
    struct err *e)
{
	struct vec_str project = { 0 }, patterns = { 0 };
	struct receiving receiving = { w, &patterns };
	int r = 0;

	git_hook_config(h, "orch.project", &project);
	git_hook_config(h, "orch.branch", &patterns);
	if (project.n > 0 && patterns.n > 0) {
		w->project = xstrdup(project.v[project.n - 1]);
		r = each_line(lines, 3, received, &receiving, e);
	}
	vec_str_release(&project);
	vec_str_release(&patterns);
	return r;
}

/* ---- doing it ---- */

static int
retry(struct project *p, const struct store_opts *opts, const struct ready_rules *rules,
    const struct vec_id *ids, struct vec_str *told, int *status, struct err *e)
{
	struct select *select = select_new();
	struct moved moved = { 0 };
	int r = 0;

	for (size_t i = 0; i < ids->n && r == 0; i++) {
		char *word = xasprintf("%lld", (long long)ids->v[i]);

		r = select_word(select, word, e);
		free(word);
	}
	if (r == 0 && (r = move_back(p, opts, select, rules, &moved, e)) == 0) {
		for (size_t i = 0; i < moved.there.n; i++)
			vec_str_take(told, xasprintf("task %lld: put back", (long long)moved.there.v[i]));
		for (size_t i = 0; i < moved.refused.n; i++)
			vec_str_push(told, moved.refused.v[i]);
		*status = err_worse(*status, moved.status);
	}
	moved_release(&moved);
	select_free(select);
	return r;
}

static int
add(struct project *p, const struct store_opts *opts, const struct val *list,
    struct vec_str *told, struct err *e)
{
	struct vec_id ids = { 0 };
	int r = add_tasks(p, opts, list, NULL, true, &ids, e);

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		const char *title = val_text(val_get(list->v[i], "title"));

		vec_str_take(told, opts->dry_run ? xasprintf("would add: %s", title) :
		    xasprintf("task %lld: %s", (long long)ids.v[i], title));
	}
	vec_id_release(&ids);
	return r;
}

int
hook_do(struct project *p, const struct store_opts *opts, const struct ready_rules *rules,
    const struct hook_wish *w, struct vec_str *told, int *status, struct err *e)
{
	int r = 0;

	/* One that cannot be done stops no other; the last one is told. */
	if (w->add != NULL && w->add->n > 0)
		r = add(p, opts, w->add, told, e);
	for (size_t i = 0; i < w->answer.n; i++) {
		if (reply_give(p, opts, w->answer.v[i], w->text.v[i], strlen(w->text.v[i]), e) == -1)
			r = -1;
		else
			vec_str_take(told, xasprintf("task %lld: answered", (long long)w->answer.v[i]));
	}
	if (w->retry.n > 0 && retry(p, opts, rules, &w->retry, told, status, e) == -1)
		r = -1;
	return r;
}

/* ---- the gate ---- */

/* 1: it may not be pushed. */
static int
judge(const struct task *t, const char *branch, struct vec_str *told)
{
	const char *reason = task_text(t, F_REASON);

	if (t->status == ST_DONE)
		return 0;
	if (t->status == ST_IN_REVIEW) {
		if (reason != NULL && strcmp(reason, "unchecked") == 0)
			vec_str_take(told, xasprintf("'%s' is of task %lld, which no check has verified",
			    branch, (long long)t->id));
		return 0;
	}
	vec_str_take(told, xasprintf("'%s' is of task %lld, which is %s%s%s: not verified, not pushed "
	    "(git push --no-verify pushes it)", branch, (long long)t->id, state_name(t->status),
	    reason ? ", " : "", reason ? reason : ""));
	return 1;
}

int
hook_judge(struct project *p, const struct hook_wish *w, struct vec_str *told, struct err *e)
{
	struct tasks tasks = { 0 };
	int refused = 0;

	if (store_read(p, &tasks, e) == -1)
		return -1;
	for (size_t i = 0; i < tasks.n; i++) {
		const char *branch = task_text(&tasks.v[i], F_BRANCH);

		if (branch != NULL && vec_str_has(&w->push, branch))
			refused |= judge(&tasks.v[i], branch, told);
	}
	tasks_release(&tasks);
	return refused;
}
