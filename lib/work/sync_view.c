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
#include "work/sync_view_impl.h"

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
bool
view_is_agent(const char *s)
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
		return m == VIEW_AGENT ? view_is_agent(label + n) : is_word_of(label + n, words[m]);
	}
	return false;
}

void
view_add_managed(struct view *v, enum view_managed m, const char *value)
{
	char *word = xstrdup(value);

	for (char *c = word; m != VIEW_AGENT && *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	sync_set_add(&v->managed[m], word);
	free(word);
}

/* `of_task`: a label like ours in its list means nothing, the fields do. */
void
view_add_label(struct view *v, const char *label, bool of_task)
{
	struct buf name = { 0 };
	enum view_managed m;
	const char *value;

	view_label(&name, label);
	if (view_is_managed(buf_str(&name), &m, &value)) {
		if (!of_task)
			view_add_managed(v, m, value);
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
char *
view_title(const char *s)
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

char *
view_body(const char *s)
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
			view_add_label(v, name, false);
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
	v->title = view_title(title);
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
