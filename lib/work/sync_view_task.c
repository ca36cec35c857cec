/*
 * sync_view_task - what an issue of a task says
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/repo.h"
#include "task/task.h"
#include "work/sync_mark.h"
#include "work/sync_set.h"
#include "work/sync_text.h"
#include "work/sync_view_impl.h"

#define WASHED_MAX 4		/* times */

static char *
washed(const struct view_links *links, const char *s)
{
	struct buf out = { 0 };

	if (links == NULL || links->outgoing == NULL)
		return xstrdup(s);
	links->outgoing(links->arg, s, strlen(s), &out);
	return out.data ? buf_detach(&out) : xstrdup("");
}

/* Without the marks of other tasks; an agent's own text comes after. */
static char *
unmarked(const struct view_links *links, const char *s)
{
	char *clean = washed(links, s);
	struct buf out = { 0 };

	if (strstr(clean, SYNC_MARK) == NULL)
		return clean;
	sync_mark_strip(&out, clean);
	free(clean);
	return out.data ? buf_detach(&out) : xstrdup("");
}

/*
 * As it leaves: in the form of all views, and with nothing left that would be taken out.  What
 * was put on one line or cut may look like a secret only then.
 */
static char *
outgoing(const struct view_links *links, const char *s, char *(*form)(const char *))
{
	char *text = xstrdup(s);
	bool same = false;

	for (int i = 0; i < WASHED_MAX && !same; i++) {
		char *clean = unmarked(links, text), *next = form(clean);

		same = strcmp(next, text) == 0;
		free(clean);
		free(text);
		text = next;
	}
	return text;
}

/* Title and body, and what an agent's becomes. */
struct part {
	char *(*form)(const char *);
	void (*harmless)(struct buf *, const char *, size_t max);
	size_t max;
	const char *otherwise;		/* if nothing is left of it */
};

static const struct part title_part = { view_title, sync_text_title, VIEW_TITLE_MAX, "(no title)" };
static const struct part body_part = { view_body, sync_text_neutral, VIEW_BODY_MAX, "" };

static char *
harmless(const struct part *part, char *text)
{
	struct buf b = { 0 };
	char *made;

	part->harmless(&b, text, part->max);
	made = part->form(b.len > 0 ? buf_str(&b) : part->otherwise);
	buf_release(&b);
	free(text);
	return made;
}

static char *
text_of(const struct view_links *links, const char *s, const char *told, const struct part *part)
{
	bool agent = links != NULL && links->agent, same;
	char *text = outgoing(links, s ? s : "", part->form), *theirs;

	if (agent)
		text = harmless(part, text);
	if (told == NULL || strcmp(text, told) == 0)
		return text;
	theirs = outgoing(links, told, part->form);
	same = strcmp(text, theirs) == 0;
	if (!same && agent) {
		theirs = harmless(part, theirs);
		same = strcmp(text, theirs) == 0;
	}
	free(theirs);
	if (!same)
		return text;
	free(text);
	return xstrdup(told);
}

static char *
label_of(const char *s)
{
	struct buf name = { 0 };

	view_label(&name, s);
	return name.data ? buf_detach(&name) : xstrdup("");
}

/* Of several labels that become the same that one which is written as in the task. */
void
view_task_label(struct buf *out, const char *label, const struct view_links *links)
{
	const struct view *told = links ? links->told : NULL;
	char *name = label_of(label), *clean = outgoing(links, label, label_of);
	bool found = strcmp(name, clean) == 0 || (told != NULL && sync_set_has(&told->labels, name));

	if (found) {
		free(clean);
		clean = name;
		name = NULL;
	}
	for (size_t i = 0; told != NULL && i < told->labels.n && !found; i++) {
		char *theirs = outgoing(links, told->labels.v[i], label_of);

		if ((found = strcmp(theirs, clean) == 0)) {
			free(clean);
			clean = xstrdup(told->labels.v[i]);
		}
		free(theirs);
	}
	buf_puts(out, clean);
	free(clean);
	free(name);
}

static void
task_labels(struct view *v, const struct task *t, const struct view_links *links)
{
	struct vec_str labels = { 0 };

	task_texts(t, F_LABELS, &labels);
	for (size_t i = 0; i < labels.n; i++) {
		struct buf label = { 0 };

		view_task_label(&label, labels.v[i], links);
		view_add_label(v, buf_str(&label), true);
		buf_release(&label);
	}
	vec_str_release(&labels);
}

/* As many as an issue can have: those that it has already go before others. */
static void
cut_labels(struct view *v, const struct view *told)
{
	struct vec_str all = v->labels;
	size_t max = VIEW_LABELS_MAX;

	for (int m = 0; m < VIEW_MANAGED_N; m++)
		max -= v->managed[m].n;
	if (all.n <= max)
		return;
	v->kept_labels += all.n - max;
	v->labels = (struct vec_str){ 0 };
	for (int known = 1; known >= 0; known--)
		for (size_t i = 0; i < all.n && v->labels.n < max; i++)
			if ((told != NULL && sync_set_has(&told->labels, all.v[i])) == (known == 1))
				sync_set_add(&v->labels, all.v[i]);
	vec_str_release(&all);
}

/* An agent whose name is somebody's secret goes without its label. */
static bool
is_told(const char *agent, const struct view_links *links)
{
	char *clean = washed(links, agent);
	bool is = view_is_agent(agent) && (strcmp(clean, agent) == 0 || (links->told != NULL &&
	    sync_set_has(&links->told->managed[VIEW_AGENT], agent)));

	free(clean);
	return is;
}

static void
task_managed(struct view *v, const struct task *t, const struct view_links *links)
{
	static const enum field fields[VIEW_MANAGED_N] = {
		[VIEW_AGENT] = F_AGENT, [VIEW_PRIORITY] = F_PRIORITY, [VIEW_COMPLEXITY] = F_COMPLEXITY,
	};

	view_add_managed(v, VIEW_STATUS, state_name(t->status));
	for (int m = VIEW_AGENT; m < VIEW_MANAGED_N; m++) {
		const char *value = task_text(t, fields[m]);

		if (value != NULL && (m != VIEW_AGENT || is_told(value, links)))
			view_add_managed(v, (enum view_managed)m, value);
	}
}

bool
view_is_kept(const struct project *p, const struct task *t)
{
	return task_has(t, F_LABELS, "no_gh") || task_has(t, F_LABELS, "local-only") || repo_is_foreign(p, t);
}

void
view_of_task(struct view *v, const struct task *t, const struct view_links *links)
{
	const struct view *told = links ? links->told : NULL;
	bool done = t->status == ST_DONE;

	*v = (struct view){ .blocked_count = -1, .unsaid = SIDE_ASSIGNEES };
	v->title = text_of(links, task_text(t, F_TITLE), told ? told->title : NULL, &title_part);
	v->body = text_of(links, task_text(t, F_BODY), told ? told->body : NULL, &body_part);
	task_labels(v, t, links);
	task_managed(v, t, links);
	cut_labels(v, told);
	v->open = !done && t->status != ST_CANCELLED && t->status != ST_SKIPPED;
	if (!v->open)
		v->state_reason = xstrdup(done ? "completed" : "not_planned");
	v->unsaid |= links ? links->unsaid : (unsigned)(SIDE_PARENT | SIDE_BLOCKED);
	v->parent = links ? links->parent : 0;
	if (links != NULL && links->blocked_by != NULL)
		sync_ids_copy(&v->blocked_by, links->blocked_by);
	v->blocked_known = (v->unsaid & SIDE_BLOCKED) == 0;
}
