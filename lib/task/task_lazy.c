/*
 * task_lazy - a picture of bytes that are known to be good
 *
 * The outline tells where each task stands, and its id and status.  The other fields of
 * a task are found when the first of them is asked for: a walk over the lines of its
 * keys.  A plain or simply quoted value is read right there; what is more than that makes
 * libyaml read the lines of this one task, as a document of their own (a window).
 */
#include "task/task_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/val.h"

/* ---- the outline ---- */

/*
 * The fields that a list or a claim asks of every task; with the first two they are noted
 * on the way, so that nobody walks over the task again.
 */
static const uint8_t noted[OUTLINE_WANTED] = {
	F_ID, F_STATUS, F_TITLE, F_AGENT, F_PRIORITY, F_CREATED_AT, F_DEPENDS_ON, F_RETRY_AT,
};

enum { WANT_ID, WANT_STATUS };

/* The plain word behind the ':' of the key at `at`; "" if there is anything else. */
static void
word_at(const char *text, uint32_t at, char *word, size_t size)
{
	const char *p = text + at, *end;
	size_t n = 0;

	while (*p++ != ':')
		;
	while (*p == ' ')
		p++;
	for (; *p > ' ' && n < size - 1; p++)
		word[n++] = *p;
	for (end = p; *end == ' '; end++)
		;
	if (*end != '\n' && *end != '\0' && (*end != '#' || end == p))
		n = 0;
	word[n] = '\0';
}

static bool
outline_task(struct tasks *ts, size_t i)
{
	const struct outline_item *item = &ts->outline.v[i];
	const char *text = ts->text.data;
	struct task *t = &ts->v[i];
	char word[24];
	int status;

	if (item->wanted[WANT_ID] == OUTLINE_NONE)
		return false;
	word_at(text, item->wanted[WANT_ID], word, sizeof word);
	if (num_id(word, &t->id) == -1)
		return false;
	t->status = ST_NEW;
	if (item->wanted[WANT_STATUS] != OUTLINE_NONE) {
		word_at(text, item->wanted[WANT_STATUS], word, sizeof word);
		if ((status = state_find(word)) == -1)
			return false;
		t->status = (enum status)status;
	}
	t->more = &ts->more[i];
	t->more->of = ts;
	return true;
}

static bool
outline_next_id(struct tasks *ts)
{
	char word[24];

	ts->next_id = 1;
	if (ts->outline.mark != OUTLINE_NONE) {
		word_at(ts->text.data, ts->outline.mark, word, sizeof word);
		if (num_id(word, &ts->next_id) == -1)
			return false;
		ts->written = ts->next_id;
	}
	for (size_t i = 0; i < ts->n; i++)
		if (ts->next_id <= ts->v[i].id)
			ts->next_id = ts->v[i].id + 1;
	return true;
}

void
tasks_outline_names(struct outline_names *names)
{
	*names = (struct outline_names){ .list = "tasks", .mark = "next_id" };
	for (size_t i = 0; i < OUTLINE_WANTED; i++)
		names->wanted[i] = field_table[noted[i]].name;
}

bool
tasks_outline(struct tasks *ts)
{
	struct outline_names names;
	size_t first, again;
	bool good = true;

	tasks_outline_names(&names);
	if (ts->outline.n == 0 &&
	    !outline_read(&ts->outline, buf_str(&ts->text), ts->text.len, &names))
		return false;
	ts->n = ts->outline.n;
	ts->v = xcalloc(ts->n, sizeof *ts->v);
	ts->more = xcalloc(ts->n, sizeof *ts->more);
	for (size_t i = 0; i < ts->n && good; i++)
		good = outline_task(ts, i);
	if (good && outline_next_id(ts) && tasks_index(ts, &first, &again) == 0)
		return true;
	outline_release(&ts->outline);
	free(ts->v);
	free(ts->more);
	free(ts->by_id);
	ts->v = NULL;
	ts->more = NULL;
	ts->by_id = NULL;
	ts->n = 0;
	return false;
}

/* ---- windows ---- */

/*
 * The bytes were read as a whole before and the outline is exact, or two readers do not
 * agree about a text: then nothing that is said of it can be relied on.
 */
static void
disagree(const struct task *t, const char *why)
{
	xabort("task %lld stands otherwise than it was read: %s", (long long)t->id, why);
}

static void
read_window(const struct task *t)
{
	struct tasks *ts = t->more->of;
	size_t head = strlen(TASK_WINDOW_HEAD), i = (size_t)(t->more - ts->more);
	const struct outline_item *item = &ts->outline.v[i];
	size_t len = item[1].start - item->start;
	struct task_window *w = xmalloc(sizeof *w + head + len + 1);
	const struct yaml_node *list;
	struct err e = { 0 };

	memcpy(w->text, TASK_WINDOW_HEAD, head);
	memcpy(w->text + head, ts->text.data + item->start, len);
	w->text[head + len] = '\0';
	if (yaml_parse(&w->yaml, w->text, head + len, "window", &e) == -1) {
		if (e.code == ERR_SYSTEM)	/* nothing is said of the text: there is no memory */
			xnomem();
		disagree(t, e.msg);
	}
	w->next = ts->window;
	ts->window = w;
	list = yaml_own(w->yaml.root, "tasks");
	if (list == NULL || list->kind != YAML_SEQ || list->n != 1 || list->child->kind != YAML_MAP)
		disagree(t, "it is not one map");
	t->more->node = list->child;
	t->more->tree = &w->yaml;
}

const struct yaml_node *
task_node(const struct task *t)
{
	if (t->more->node == NULL)
		read_window(t);
	return t->more->node;
}

const struct yaml *
task_tree(const struct task *t)
{
	(void)task_node(t);
	return t->more->tree;
}

/* ---- fields ---- */

static bool
is_null_text(const char *text, size_t len)
{
	return (len == 1 && *text == '~') || (len == 4 && (memcmp(text, "null", 4) == 0 ||
	    memcmp(text, "Null", 4) == 0 || memcmp(text, "NULL", 4) == 0));
}

static struct task_part *
add_part(const struct task *t, struct task_part part)
{
	struct task_part *p = arena_take(&t->more->of->arena, sizeof *p);

	part.next = t->more->part;
	*p = part;
	t->more->part = p;
	return p;
}

static struct task_part *
find_part(const struct task *t, enum field f)
{
	struct task_part *p = t->more->part;

	while (p != NULL && p->field != f)
		p = p->next;
	return p;
}

/* A key of the outline as a part; NULL: it is null. */
static struct task_part *
add_key(const struct task *t, enum field f, const struct outline_key *k)
{
	static const uint8_t kinds[] = {
		[OUTLINE_PLAIN] = PART_PLAIN, [OUTLINE_SINGLE] = PART_QUOTED,
		[OUTLINE_DOUBLE] = PART_QUOTED, [OUTLINE_FLOW] = PART_FLOW,
		[OUTLINE_OTHER] = PART_LATER,
	};

	if (k->kind == OUTLINE_PLAIN && is_null_text(t->more->of->text.data + k->at, k->len))
		return NULL;
	return add_part(t, (struct task_part){ .field = (uint8_t)f, .kind = kinds[k->kind],
	    .at = k->at, .len = k->len });
}

/* All other fields of the task, in one walk over its lines. */
static void
look_for_all(const struct task *t)
{
	const struct tasks *ts = t->more->of;
	size_t i = (size_t)(t->more - ts->more);
	uint32_t at = ts->outline.v[i].start;
	struct outline_key k;
	int f;

	t->more->all = true;
	while (outline_next(&ts->outline, i, ts->text.data, &at, &k)) {
		f = field_find_n(ts->text.data + k.key, k.key_len);
		if (f != -1 && find_part(t, (enum field)f) == NULL)
			add_key(t, (enum field)f, &k);
	}
}

/* The part as it was found, looked for if need be; NULL: absent. */
static struct task_part *
look_for(const struct task *t, enum field f)
{
	const struct tasks *ts = t->more->of;
	struct task_part *part = find_part(t, f);
	size_t i = (size_t)(t->more - ts->more);
	struct outline_key k;

	if (part != NULL || t->more->all)
		return part;
	for (size_t w = 0; w < OUTLINE_WANTED; w++) {
		if (noted[w] != f)
			continue;
		if (ts->outline.v[i].wanted[w] == OUTLINE_NONE)
			return NULL;
		outline_key(&ts->outline, i, ts->text.data, ts->outline.v[i].wanted[w], &k);
		return add_key(t, f, &k);
	}
	look_for_all(t);
	return find_part(t, f);
}

/* What libyaml read; `next` and `field` stay. */
static void
set_part(struct task_part *part, const struct yaml_node *node)
{
	const struct yaml_prop *prop = yaml_prop(node);

	part->kind = PART_NODE;
	part->node = node;
	if (node->kind != YAML_SCALAR)
		return;
	if (yaml_scalar_kind(node) == VAL_NULL) {
		part->kind = PART_NONE;
	} else if (prop == NULL || prop->tag == NULL) {
		part->plain = node->style == YAML_PLAIN;
		part->len = node->len;
		part->kind = PART_TEXT;
		part->text = node->text;
	}
}

void
task_part_add(const struct task *t, enum field f, const struct yaml_node *node)
{
	set_part(add_part(t, (struct task_part){ .field = (uint8_t)f }), node);
}

/* Reads what was only found. */
static void
read_part(const struct task *t, struct task_part *part)
{
	struct tasks *ts = t->more->of;

	switch (part->kind) {
	case PART_PLAIN:
	case PART_QUOTED:
		part->plain = part->kind == PART_PLAIN;
		part->text = arena_text(&ts->arena, ts->text.data + part->at, part->len);
		part->kind = PART_TEXT;
		break;
	case PART_FLOW:
	case PART_LATER:
		set_part(part, yaml_own(task_node(t), field_table[part->field].name));
		break;
	}
}

const struct task_part *
task_part_raw(const struct task *t, enum field f)
{
	struct task_part *part = look_for(t, f);

	if (part == NULL)
		return NULL;
	if (part->kind != PART_FLOW)
		read_part(t, part);
	return part->kind == PART_NONE ? NULL : part;
}

const struct task_part *
task_part(const struct task *t, enum field f)
{
	struct task_part *part = look_for(t, f);

	if (part == NULL)
		return NULL;
	read_part(t, part);
	return part->kind == PART_NONE ? NULL : part;
}
