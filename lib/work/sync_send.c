/*
 * sync_send - the one door to GitHub: what is asked of it, and what it is told
 *
 * Every text of a body and every variable of GraphQL is redacted here, whoever made it and
 * whatever was done to it before: texts that are compared or cut are redacted where that is
 * done, too, so that here nothing is left to be taken out of them.  What stays as it is:
 *
 *	words of GitHub's and of ours, which stand in no text but in a place that knows only
 *	them ("not_planned", "status:in_progress"): a secret of that name is none;
 *	what the issue has already, where it is written again (sync_rewrite()): a person wrote
 *	it there, and it is not ours to alter.
 *
 * A path has names that were configured, and what GitHub told.  Where a name looks like a
 * secret nothing is sent: without it the path would be another one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_impl.h"
#include "work/sync_mark.h"

/* ---- texts ---- */

static bool
is_word(const char *text)
{
	static const char *const words[] = { "completed", "not_planned", "reopened", "duplicate",
		VIEW_HUMAN };
	enum view_managed m;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return view_is_managed(text, &m, NULL) && m != VIEW_AGENT;
}

/* So many bytes at its front are what the issue has. */
static size_t
known(const struct view *told, const char *text)
{
	struct vec_str labels = { 0 };
	size_t n;
	bool is;

	if (told == NULL)
		return 0;
	view_labels(told, &labels);
	is = strcmp(text, told->title) == 0 || vec_str_has(&labels, text);
	vec_str_release(&labels);
	if (is)
		return strlen(text);
	n = strlen(told->body);
	/* Behind the text of a person stands what is ours. */
	return str_starts(text, told->body) &&
	    (text[n] == '\0' || str_starts(text + n, "\n\n" SYNC_MARK)) ? n : 0;
}

static char *
clean_text(const struct sync *s, const char *text, const struct view *told)
{
	size_t n = is_word(text) ? strlen(text) : known(told, text);
	struct buf out = { 0 };

	buf_append(&out, text, n);
	redact_text(s->p->redact, text + n, strlen(text + n), &out);
	return out.data != NULL ? buf_detach(&out) : xstrdup("");
}

/* A copy; names of members are ours. */
static struct val *
clean(const struct sync *s, const struct val *v, const struct view *told)
{
	struct val *copy;
	char *text;

	if (val_text(v) != NULL) {
		text = clean_text(s, val_text(v), told);
		copy = val_str(text);
		free(text);
		return copy;
	}
	if (v->kind != VAL_LIST && v->kind != VAL_MAP)
		return val_copy(v);
	copy = v->kind == VAL_LIST ? val_list() : val_map();
	for (size_t i = 0; i < v->n; i++)
		if (v->kind == VAL_LIST)
			val_push(copy, clean(s, v->v[i], told));
		else
			val_add(copy, v->key[i], clean(s, v->v[i], told));
	return copy;
}

/* A URL that is whole is one that GitHub told. */
static bool
may_be_asked(const char *path, struct gh_answer *answer)
{
	struct buf out = { 0 };
	bool same;

	if (*path != '/')
		return true;
	redact_text(NULL, path, strlen(path), &out);
	same = strcmp(buf_str(&out), path) == 0;
	if (!same) {
		gh_answer_release(answer);
		answer->end = GH_INVALID;
		snprintf(answer->why, sizeof answer->why,
		    "what looks like a secret is the name of something: nothing was asked for");
	}
	buf_release(&out);
	return same;
}

/* ---- answers ---- */

/* The time, and whether what is written is heard of. */
static int
learn(struct sync *s, int r, bool write, const struct gh_answer *answer)
{
	if (r == -1)
		return -1;
	if (answer->date > 0) {
		s->now = answer->date / 1000;
		s->timed = true;
	}
	if (write)
		s->unsure = answer->end == GH_UNSURE ? s->unsure + 1 : 0;
	return 0;
}

int
sync_get(struct sync *s, const char *path, enum gh_want want, const char *etag, struct gh_answer *answer,
    struct err *e)
{
	if (!may_be_asked(path, answer))
		return 0;
	return learn(s, gh_get(s->gh, path, want, etag, answer, e), false, answer);
}

int
sync_rewrite(struct sync *s, const char *method, const char *path, const struct val *body,
    const struct view *told, struct gh_answer *answer, struct err *e)
{
	struct val *out;
	int r;

	if (!may_be_asked(path, answer))
		return 0;
	out = body != NULL ? clean(s, body, told) : NULL;
	r = learn(s, gh_write(s->gh, method, path, out, answer, e), true, answer);
	val_free(out);
	return r;
}

int
sync_write(struct sync *s, const char *method, const char *path, const struct val *body,
    struct gh_answer *answer, struct err *e)
{
	return sync_rewrite(s, method, path, body, NULL, answer, e);
}

int
sync_graphql(struct sync *s, const char *query, struct val *variables, bool write,
    struct gh_answer *answer, struct err *e)
{
	struct val *out = clean(s, variables, NULL);
	int r = learn(s, gh_graphql(s->gh, query, out, write, answer, e), write, answer);

	val_free(out);
	val_free(variables);
	return r;
}
