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
#include "task/field.h"
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
	vec_str_release(&w->undone);
	free(w->project);
	*w = (struct hook_wish){ .add = NULL };
}

bool
hook_wish_empty(const struct hook_wish *w)
{
	return (w->add == NULL || w->add->n == 0) && w->retry.n == 0 && w->answer.n == 0 &&
	    w->push.n == 0 && w->undone.n == 0;
}

void
hook_undone(struct hook_wish *w, enum err_code code, char *line)
{
	vec_str_take(&w->undone, line);
	w->status = err_worse(w->status, err_exit(code));
}

/* ---- trailers ---- */

void
hook_trailers(const char *message, struct vec_str *found)
{
	const char *line = message, *end;
	struct buf whole = { 0 };	/* the one that may go on */
	bool first = true, blank = false;

	for (; *line != '\0'; line = end + (*end == '\n')) {
		size_t len = strcspn(line, "\n"), blanks = strspn(line, " \t");

		end = line + len;
		while (len > 0 && isspace((unsigned char)line[len - 1]))
			len--;
		if (len == 0) {
			blank = true;
			continue;
		}
		if (whole.len > 0 && !blank && blanks > 0) {
			buf_putc(&whole, ' ');
			buf_append(&whole, line + blanks, len - blanks);
			continue;
		}
		if (whole.len > 0)
			vec_str_push(found, buf_str(&whole));
		buf_cut(&whole, 0);
		/* Another paragraph: what was found was not in the last one. */
		if (blank) {
			vec_str_release(found);
			first = blank = false;
		}
		if (!first && strncasecmp(line, "Orch-", 5) == 0)
			buf_append(&whole, line, len);
	}
	if (whole.len > 0)
		vec_str_push(found, buf_str(&whole));
	buf_release(&whole);
}

/* Those that are heard; that there are more is told, and from which on. */
static void
heard(struct hook_wish *w, const struct git_said *said, struct vec_str *trailers)
{
	hook_trailers(said->message, trailers);
	if (trailers->n <= HOOK_TRAILERS_MAX)
		return;
	hook_undone(w, ERR_USAGE, xasprintf("commit %.12s has %zu trailers, more than %d: left out from '%.80s' on",
	    said->id, trailers->n, HOOK_TRAILERS_MAX, trailers->v[HOOK_TRAILERS_MAX]));
	while (trailers->n > HOOK_TRAILERS_MAX)
		free(trailers->v[--trailers->n]);
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
	struct val *shown = visible(title);
	struct err e = { 0 };

	if (field_check(F_TITLE, shown, &e) == -1)
		hook_undone(w, ERR_USAGE, xasprintf("Orch-Add '%.80s': %s", title, e.msg));
	else
		wish_task(w, title, xasprintf("Asked for by commit %.12s.", said->id),
		    key_of("commit", said->at, said->author, title), NULL);
	val_free(shown);
}

static void
wish_answer(struct hook_wish *w, const char *trailer, const char *value)
{
	size_t n = strcspn(value, " \t");
	char *id = xstrndup(value, n);
	int64_t task;

	value += n + strspn(value + n, " \t");
	if (num_id(id, &task) == 0 && *value != '\0') {
		vec_id_push(&w->answer, task);
		vec_str_push(&w->text, value);
	} else {
		hook_undone(w, ERR_USAGE, xasprintf("the trailer '%.80s' is no id and answer", trailer));
	}
	free(id);
}

static void
wish(struct hook_wish *w, const struct git_said *said, const char *trailer)
{
	const char *value;
	int64_t task;

	if ((value = value_of(trailer, "Orch-Add")) != NULL && *value != '\0') {
		wish_add(w, said, value);
	} else if ((value = value_of(trailer, "Orch-Retry")) != NULL && num_id(value, &task) == 0) {
		if (!vec_id_has(&w->retry, task))
			vec_id_push(&w->retry, task);
	} else if ((value = value_of(trailer, "Orch-Answer")) != NULL) {
		wish_answer(w, trailer, value);
	} else {
		hook_undone(w, ERR_USAGE, xasprintf("the trailer '%.80s' says nothing that is known", trailer));
	}
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

/* Of those that were left out then one may be heard now. */
static int
former_trailers(const struct git_hook *h, const struct git_moved *moved, struct vec_str *old,
    struct err *e)
{
	struct git_said said = { .at = 0 };
	struct hook_wish told = { .add = NULL };
	int r = 0;

	if (str_starts(moved->how, "commit (amend): ") && !is_nothing(moved->was) &&
	    (r = git_hook_said(h, moved->was, &said, e)) == 0)
		heard(&told, &said, old);
	hook_wish_release(&told);
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
	heard(w, &said, &trailers);
	if (trailers.n > 0 && (r = former_trailers(h, &moved, &old, e)) == -1)
		goto done;
	for (size_t i = 0; i < trailers.n; i++)
		if (!vec_str_has(&old, trailers.v[i]))
			wish(w, &said, trailers.v[i]);
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

static int
merged(const struct git_hook *h, const struct val *trust, const char *id, struct hook_wish *w,
    struct err *e)
{
	struct git_said said = { .at = 0 };
	struct vec_str trailers = { 0 };
	int r = git_hook_said(h, id, &said, e);

	if (r == 0 && is_trusted(trust, said.author))
		heard(w, &said, &trailers);
	for (size_t i = 0; i < trailers.n; i++) {
		const char *title = value_of(trailers.v[i], "Orch-Add");

		if (title != NULL && *title != '\0')
			wish_add(w, &said, title);
	}
	vec_str_release(&trailers);
	git_said_release(&said);
	return r;
}

int
hook_after_merge(const struct git_hook *h, const struct config *config, struct hook_wish *w,
    struct err *e)
{
	const struct val *trust = config_val(config, "hooks.trust");
	struct git_moved moved = { .how = NULL };
	struct vec_str ids = { 0 };
	size_t left = 0;
	int r = 0;

	if (trust == NULL || (r = git_hook_moved(h, &moved, e)) != 0 || is_nothing(moved.was) ||
	    (r = git_hook_between(h, moved.was, moved.is, HOOK_COMMITS_MAX, &ids, &left, e)) == -1)
		goto done;
	for (size_t i = 0; i < ids.n && r == 0; i++)
		r = merged(h, trust, ids.v[i], w, e);
	if (left > 0)
		hook_undone(w, ERR_USAGE, xasprintf("%zu commits came in, more than %d: the last %zu are left out, "
		    "with what they ask for", ids.n + left, HOOK_COMMITS_MAX, left));
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

/* Where the file cannot be had for one, it cannot for the next, which is not tried. */
static bool
is_general(const struct err *e)
{
	return e->code == ERR_BUSY || e->code == ERR_SYSTEM || e->code == ERR_CONFIG;
}

static int
retry(struct project *p, const struct store_opts *opts, const struct ready_rules *rules,
    int64_t task, struct hook_wish *w, struct vec_str *told, struct err *e)
{
	struct select *select = select_new();
	struct moved moved = { 0 };
	char *word = xasprintf("%lld", (long long)task);
	int r;

	if ((r = select_word(select, word, e)) == 0 &&
	    (r = move_back(p, opts, select, rules, &moved, e)) == 0) {
		for (size_t i = 0; i < moved.there.n; i++)
			vec_str_take(told, xasprintf("task %lld: put back", (long long)moved.there.v[i]));
		for (size_t i = 0; i < moved.refused.n; i++)
			vec_str_push(&w->undone, moved.refused.v[i]);
		w->status = err_worse(w->status, moved.status);
	}
	free(word);
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

static int
answer(struct project *p, const struct store_opts *opts, int64_t task, const char *text,
    struct vec_str *told, struct err *e)
{
	if (reply_give(p, opts, task, text, strlen(text), e) == -1)
		return -1;
	vec_str_take(told, xasprintf("task %lld: answered", (long long)task));
	return 0;
}

static void
add_undone(struct hook_wish *w, const struct err *e)
{
	const char *title = val_text(val_get(w->add->v[0], "title"));

	hook_undone(w, e->code, w->add->n == 1 ? xasprintf("not added: '%.80s': %s", title, e->msg) :
	    xasprintf("not added: '%.80s' and %zu more: %s", title, w->add->n - 1, e->msg));
}

void
hook_do(struct project *p, const struct store_opts *opts, const struct ready_rules *rules,
    struct hook_wish *w, struct vec_str *told)
{
	struct err e = { 0 };
	bool stop = false;

	/* Each in a commit of its own: one that cannot be done undoes no other. */
	if (w->add != NULL && w->add->n > 0 && add(p, opts, w->add, told, &e) == -1) {
		add_undone(w, &e);
		stop = is_general(&e);
	}
	for (size_t i = 0; i < w->answer.n; i++) {
		long long task = w->answer.v[i];

		if (!stop && answer(p, opts, task, w->text.v[i], told, &e) == 0)
			continue;
		hook_undone(w, e.code, xasprintf("Orch-Answer %lld: %s", task, e.msg));
		stop = is_general(&e);
	}
	for (size_t i = 0; i < w->retry.n; i++) {
		long long task = w->retry.v[i];

		if (!stop && retry(p, opts, rules, task, w, told, &e) == 0)
			continue;
		hook_undone(w, e.code, xasprintf("Orch-Retry %lld: %s", task, e.msg));
		stop = is_general(&e);
	}
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
