#include "work/sync_view.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/task.h"
#include "work/sync_mark.h"
#include "work/sync_set.h"
#include "work/sync_text.h"

#define WASHED_MAX 4		/* times */

static const char *const prefixes[VIEW_MANAGED_N] = {
	[VIEW_STATUS] = "status:",
	[VIEW_AGENT] = "agent:",
	[VIEW_PRIORITY] = "priority:",
	[VIEW_COMPLEXITY] = "complexity:",
};

/* ---- labels ---- */

const char *
view_prefix(enum view_managed m)
{
	return prefixes[m];
}

void
view_label(struct buf *out, const char *label)
{
	size_t start = out->len;
	bool gap = false;

	for (; *label != '\0'; label++) {
		if ((unsigned char)*label <= ' ' || *label == 0x7f) {
			gap = out->len > start;
			continue;
		}
		if (gap)
			buf_putc(out, ' ');
		gap = false;
		buf_putc(out, *label);
	}
}

static bool
is_word_of(const char *word, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcasecmp(word, *list) == 0)
			return true;
	return false;
}

/* The name of an agent is that of its file. */
static bool
is_name(const char *s)
{
	size_t n = 0;

	for (; isalnum((unsigned char)s[n]) || (s[n] != '\0' && strchr("._-", s[n]) != NULL); n++)
		continue;
	return n > 0 && s[n] == '\0' && s[0] != '.';
}

bool
view_is_managed(const char *label, enum view_managed *which, const char **value)
{
	const char *const *const words[VIEW_MANAGED_N] = {
		[VIEW_STATUS] = state_names(),
		[VIEW_PRIORITY] = field_table[F_PRIORITY].words,
		[VIEW_COMPLEXITY] = field_table[F_COMPLEXITY].words,
	};

	for (int m = 0; m < VIEW_MANAGED_N; m++) {
		size_t n = strlen(prefixes[m]);

		if (strncasecmp(label, prefixes[m], n) != 0)
			continue;
		*which = (enum view_managed)m;
		if (value != NULL)
			*value = label + n;
		return m == VIEW_AGENT ? is_name(label + n) : is_word_of(label + n, words[m]);
	}
	return false;
}

static void
add_managed(struct view *v, enum view_managed m, const char *value)
{
	char *word = xstrdup(value);

	for (char *c = word; m != VIEW_AGENT && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	sync_set_add(&v->managed[m], word);
	free(word);
}

/* `of_task`: a label like ours in its list means nothing, the fields do. */
static void
add_label(struct view *v, const char *label, bool of_task)
{
	struct buf name = { 0 };
	enum view_managed m;
	const char *value;

	view_label(&name, label);
	if (view_is_managed(buf_str(&name), &m, &value)) {
		if (!of_task)
			add_managed(v, m, value);
	} else if (strcasecmp(buf_str(&name), VIEW_HUMAN) == 0) {
		v->human = !of_task;
	} else if (name.len > 0 && sync_text_length(buf_str(&name)) <= VIEW_LABEL_MAX) {
		sync_set_add(&v->labels, buf_str(&name));
	} else if (name.len > 0) {
		v->kept_labels++;
	}
	buf_release(&name);
}

void
view_labels(const struct view *v, struct vec_str *out)
{
	size_t n = 0;

	for (int m = 0; m < VIEW_MANAGED_N; m++)
		for (size_t i = 0; i < v->managed[m].n; i++, n++)
			vec_str_take(out, xasprintf("%s%s", prefixes[m], v->managed[m].v[i]));
	for (size_t i = 0; i < v->labels.n && n < VIEW_LABELS_MAX; i++, n++)
		vec_str_push(out, v->labels.v[i]);
}

/* ---- texts ---- */

static void
append_text(struct buf *out, const char *text)
{
	size_t start = out->len;

	for (; *text != '\0'; text++) {
		if (*text != '\r')
			buf_putc(out, *text);
		else if (text[1] != '\n')
			buf_putc(out, '\n');
	}
	while (out->len > start && strchr(" \t\n", out->data[out->len - 1]) != NULL)
		buf_cut(out, out->len - 1);
}

void
view_text(struct buf *out, const char *body)
{
	char *text = sync_mark_person(body);

	append_text(out, text);
	free(text);
}

/* One line, at most so many code points; the last of them says that there were more. */
static char *
title_of(const char *s)
{
	struct buf line = { 0 }, cut = { 0 };
	size_t n = 0, i;

	view_label(&line, s);
	for (i = 0; i < line.len && n < VIEW_TITLE_MAX - 1; n++)
		for (i++; i < line.len && ((unsigned char)line.data[i] & 0xc0) == 0x80; i++)
			continue;
	if (i < line.len && sync_text_length(line.data + i) > 1) {
		buf_append(&cut, line.data, i);
		buf_puts(&cut, "\xe2\x80\xa6");
		buf_release(&line);
		line = cut;
	}
	return line.data ? buf_detach(&line) : xstrdup("");
}

/* A text that hardly fits is clipped on both sides alike, else it would seem to be edited. */
static char *
clipped(struct buf *text, bool *is_cut)
{
	struct buf cut = { 0 };

	*is_cut = sync_text_length(buf_str(text)) > VIEW_BODY_MAX;
	if (*is_cut) {
		sync_text_clip(&cut, buf_str(text), VIEW_BODY_CLIP);
		buf_release(text);
		*text = cut;
	}
	return text->data ? buf_detach(text) : xstrdup("");
}

static char *
body_of(const char *s)
{
	struct buf text = { 0 };

	append_text(&text, s);
	return clipped(&text, &(bool){ false });
}

/* ---- an issue ---- */

static void
read_labels(struct view *v, const struct val *list)
{
	if (list == NULL || list->kind != VAL_LIST) {
		v->unsaid |= SIDE_LABELS | SIDE_MANAGED;
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		const struct val *item = list->v[i];
		const char *name = val_text(item->kind == VAL_MAP ? val_get(item, "name") : item);

		if (name != NULL)
			add_label(v, name, false);
	}
}

static void
read_assignees(struct view *v, const struct val *list)
{
	if (list == NULL || list->kind != VAL_LIST) {
		v->unsaid |= SIDE_ASSIGNEES;
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		const char *login = val_text(val_get(list->v[i], "login"));

		if (login != NULL)
			sync_set_add(&v->assignees, login);
	}
}

/* A URL that is null says that there is no parent; one that is missing says nothing. */
static void
read_relatives(struct view *v, const struct val *issue)
{
	const struct val *url = val_get(issue, "parent_issue_url");
	const struct val *counts = val_get(issue, "issue_dependencies_summary");

	v->unsaid |= SIDE_BLOCKED;
	v->blocked_count = val_number(val_get(counts, "total_blocked_by"),
	    val_number(val_get(counts, "blocked_by"), -1));
	if (url == NULL || url->kind != VAL_NULL)
		v->unsaid |= SIDE_PARENT;
	if (val_text(url) != NULL)
		v->parent_url = xstrdup(val_text(url));
}

static int
missing(const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "the issue has no %s", what);
}

int
view_of_issue(struct view *v, const struct val *issue, struct err *e)
{
	const char *title = val_text(val_get(issue, "title"));
	const char *state = val_text(val_get(issue, "state"));
	const char *reason = val_text(val_get(issue, "state_reason"));
	const char *when = val_text(val_get(issue, "updated_at"));
	const struct val *body = val_get(issue, "body");
	struct buf text = { 0 }, plain = { 0 };
	int64_t updated_at;

	*v = (struct view){ .blocked_count = -1 };
	if (val_number(val_get(issue, "id"), 0) <= 0)
		return missing("id", e);
	if (val_number(val_get(issue, "number"), 0) <= 0)
		return missing("number", e);
	if (title == NULL || title[strspn(title, " \t\r\n")] == '\0')
		return missing("title", e);
	if (state == NULL || (strcmp(state, "open") != 0 && strcmp(state, "closed") != 0))
		return missing("state that is known", e);
	if (when == NULL || clock_parse(when, &updated_at) == -1)
		return missing("time of its last change", e);
	v->title = title_of(title);
	view_text(&text, val_text(body) ? val_text(body) : "");
	append_text(&plain, buf_str(&text));
	v->body = clipped(&plain, &v->cut);
	buf_release(&text);
	if (body == NULL)
		v->unsaid |= SIDE_BODY;
	v->open = strcmp(state, "open") == 0;
	v->state_reason = reason ? xstrdup(reason) : NULL;
	v->updated_at = updated_at;
	v->locked = val_truth(val_get(issue, "locked"), false);
	read_labels(v, val_get(issue, "labels"));
	read_assignees(v, val_get(issue, "assignees"));
	read_relatives(v, issue);
	return 0;
}

int
view_blocked(struct view *v, const struct val *issues, struct err *e)
{
	struct vec_id ids = { 0 };

	if (issues == NULL || issues->kind != VAL_LIST)
		return err_set(e, ERR_INVALID, "blockers are no list");
	for (size_t i = 0; i < issues->n; i++) {
		int64_t id = val_number(val_get(issues->v[i], "id"), 0);

		if (id <= 0) {
			vec_id_release(&ids);
			return err_set(e, ERR_INVALID, "a blocker has no id");
		}
		sync_ids_add(&ids, id);
	}
	vec_id_release(&v->blocked_by);
	v->blocked_by = ids;
	v->blocked_known = true;
	v->unsaid &= ~(unsigned)SIDE_BLOCKED;
	return 0;
}

void
view_parent(struct view *v, const struct val *issue)
{
	v->parent = val_number(val_get(issue, "id"), 0);
	v->unsaid &= ~(unsigned)SIDE_PARENT;
}

/* ---- a task ---- */

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

static const struct part title_part = { title_of, sync_text_title, VIEW_TITLE_MAX, "(no title)" };
static const struct part body_part = { body_of, sync_text_neutral, VIEW_BODY_MAX, "" };

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
		add_label(v, buf_str(&label), true);
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
	bool is = is_name(agent) && (strcmp(clean, agent) == 0 || (links->told != NULL &&
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

	add_managed(v, VIEW_STATUS, state_name(t->status));
	for (int m = VIEW_AGENT; m < VIEW_MANAGED_N; m++) {
		const char *value = task_text(t, fields[m]);

		if (value != NULL && (m != VIEW_AGENT || is_told(value, links)))
			add_managed(v, (enum view_managed)m, value);
	}
}

bool
view_is_kept(const struct task *t)
{
	return task_has(t, F_LABELS, "no_gh") || task_has(t, F_LABELS, "local-only");
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

/* ---- all ---- */

static char *
copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

void
view_copy(struct view *to, const struct view *from)
{
	*to = (struct view){ .open = from->open, .parent = from->parent,
		.blocked_known = from->blocked_known, .blocked_count = from->blocked_count,
		.locked = from->locked, .updated_at = from->updated_at, .unsaid = from->unsaid,
		.foreign = from->foreign, .human = from->human, .cut = from->cut };
	to->title = copy(from->title);
	to->body = copy(from->body);
	to->state_reason = copy(from->state_reason);
	to->parent_url = copy(from->parent_url);
	sync_set_copy(&to->labels, &from->labels);
	sync_set_copy(&to->assignees, &from->assignees);
	sync_ids_copy(&to->blocked_by, &from->blocked_by);
	for (int m = 0; m < VIEW_MANAGED_N; m++) {
		sync_set_copy(&to->managed[m], &from->managed[m]);
		to->back[m].local = copy(from->back[m].local);
		sync_set_copy(&to->back[m].seen, &from->back[m].seen);
	}
	/* What was sent was made of a base, and has none itself. */
	if (from->sent != NULL) {
		to->sent = xcalloc(1, sizeof *to->sent);
		view_copy(to->sent, from->sent);
	}
}

void
view_release(struct view *v)
{
	if (v->sent != NULL) {
		view_release(v->sent);
		free(v->sent);
	}
	free(v->title);
	free(v->body);
	free(v->state_reason);
	free(v->parent_url);
	vec_str_release(&v->labels);
	vec_str_release(&v->assignees);
	vec_id_release(&v->blocked_by);
	for (int m = 0; m < VIEW_MANAGED_N; m++) {
		vec_str_release(&v->managed[m]);
		free(v->back[m].local);
		vec_str_release(&v->back[m].seen);
	}
	*v = (struct view){ 0 };
}
