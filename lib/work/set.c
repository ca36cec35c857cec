#include "work/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/select.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/add.h"

struct assignment {
	enum field field;
	enum { SET_VALUE, SET_ADD, SET_REMOVE } what;
	const char *text;		/* borrowed */
};

struct setting {
	const struct select *select;
	const struct ready_rules *rules;
	struct vec_id *ids;
	const struct assignment *v;
	size_t n;
	bool json;
	struct vec_id *changed;
};

bool
set_is_assignment(const char *word)
{
	const char *equals = strchr(word, '=');

	return equals != NULL && equals > word && equals[-1] != '!' &&
	    !str_starts(word, "tree=");
}

/* Who may change it, and what to type instead. */
static int
check_owner(enum field field, struct err *e)
{
	const struct field_def *def = &field_table[field];

	if (field == F_STATUS)
		return err_set(e, ERR_USAGE, "status is not set by hand: it changes with what is "
		    "done (orch-route, orch-run, orch-answer, orch-retry, orch-cancel)");
	if (def->owner != FIELD_PERSON)
		return err_set(e, ERR_USAGE, "%s is written by the commands only", def->name);
	return 0;
}

static int
parse(const char *word, struct assignment *a, struct err *e)
{
	const char *equals = strchr(word, '=');
	size_t len = (size_t)(equals - word);
	char *name;
	int r;

	a->text = equals + 1;
	a->what = SET_VALUE;
	if (word[len - 1] == '+' || word[len - 1] == '-')
		a->what = word[--len] == '+' ? SET_ADD : SET_REMOVE;
	name = xstrndup(word, len);
	if ((r = field_need(name, &a->field, e)) == 0)
		r = check_owner(a->field, e);
	if (r == 0 && a->what != SET_VALUE && *a->text == '\0')
		r = err_set(e, ERR_USAGE, "%s: an item is missing", name);
	free(name);
	return r;
}

static struct val *
value_of(const struct assignment *a, bool json, struct err *e)
{
	struct val *v;

	if (!json)
		return field_parse(a->field, a->text, e);
	if ((v = json_parse(a->text, strlen(a->text), e)) == NULL) {
		e->code = ERR_USAGE;
		err_prefix(e, "%s", field_table[a->field].name);
	}
	return v;
}

int
set_routed(struct change *c, int64_t id, const char *how, struct err *e)
{
	struct state_facts facts = { .has_agent = true };
	struct val *reason = change_get(c, id, F_ROUTE_REASON);
	bool stale = reason != NULL;
	char *note;
	int r;

	val_free(reason);
	if (stale && change_set(c, id, F_ROUTE_REASON, val_str(how), e) == -1)
		return -1;
	if (change_status(c, id) != ST_NEW)
		return 0;
	note = xasprintf("agent %s", how);
	r = change_event(c, id, EV_ROUTE, &facts, NULL, note, e);
	free(note);
	return r;
}

/* An item as change_list() wants it; with `json` it was written as JSON. */
static char *
item_of(const struct assignment *a, bool json, struct err *e)
{
	struct buf text = { 0 };
	struct val *v;

	if (!json)
		return xstrdup(a->text);
	if ((v = value_of(a, true, e)) == NULL)
		return NULL;
	val_plain(&text, v);
	val_free(v);
	return buf_detach(&text);
}

static int
apply_item(struct change *c, int64_t id, const struct assignment *a, bool json, struct err *e)
{
	char *item = item_of(a, json, e);
	int r;

	if (item == NULL)
		return -1;
	r = change_list(c, id, a->field, a->what == SET_ADD ? item : NULL,
	    a->what == SET_REMOVE ? item : NULL, e);
	free(item);
	return r;
}

/* What may be absent, and when. */
static int
check_removal(const struct change *c, int64_t id, enum field field, struct err *e)
{
	if (field == F_TITLE)
		return err_set(e, ERR_USAGE, "title cannot be removed");
	if (field == F_AGENT && change_status(c, id) != ST_NEW)
		return err_set(e, ERR_USAGE, "agent: only a new task has none; give it another");
	return 0;
}

/* What was done lies in a branch of the repository where it was done. */
static int
check_move(const struct change *c, int64_t id, const struct assignment *a, bool json, struct err *e)
{
	struct val *now = change_get(c, id, F_PROJECT), *new = NULL;
	bool worked = change_status(c, id) == ST_IN_PROGRESS || change_is_set(c, id, F_BRANCH);
	int r = 0;

	if (worked && *a->text != '\0' && (new = value_of(a, json, e)) == NULL)
		r = -1;
	if (r == 0 && worked && (now == NULL || new == NULL ? now != new : !val_same(now, new)))
		r = err_set(e, ERR_USAGE, "project: its work is in the other one already: add a new task");
	val_free(now);
	val_free(new);
	return r;
}

static int
apply_value(struct change *c, int64_t id, const struct assignment *a, bool json, struct err *e)
{
	struct val *v;

	if (a->field == F_PROJECT && check_move(c, id, a, json, e) == -1)
		return -1;
	if (*a->text == '\0')
		return check_removal(c, id, a->field, e) == -1 ? -1 :
		    change_set(c, id, a->field, NULL, e);
	if ((v = value_of(a, json, e)) == NULL)
		return -1;
	if ((a->field == F_TITLE && add_check_title(v, e) == -1) ||
	    (a->field == F_AGENT && set_routed(c, id, "set by hand", e) == -1)) {
		val_free(v);
		return -1;
	}
	return change_set(c, id, a->field, v, e);
}

/* Whatever is wrong with a value here, it was typed. */
static int
apply(struct change *c, int64_t id, const struct assignment *a, bool json, struct err *e)
{
	int r = a->what == SET_VALUE ? apply_value(c, id, a, json, e) :
	    apply_item(c, id, a, json, e);

	if (r == -1 && e->code == ERR_INVALID)
		e->code = ERR_USAGE;
	return r;
}

/* True if some assigned field differs from what it was. */
static bool
differs(const struct change *c, int64_t id, const struct setting *s)
{
	const struct task *t = tasks_find(change_tasks(c), id);
	bool yes = false;

	for (size_t i = 0; i < s->n && !yes; i++) {
		struct val *old = t ? task_value(t, s->v[i].field) : NULL;
		struct val *new = change_get(c, id, s->v[i].field);

		yes = !val_same(old, new);
		val_free(old);
		val_free(new);
	}
	return yes;
}

static int
set_all(struct change *c, void *arg, struct err *e)
{
	struct setting *s = arg;

	s->changed->n = 0;
	s->ids->n = 0;
	if (select_run(s->select, change_tasks(c), s->rules, s->ids, e) == -1)
		return -1;
	for (size_t i = 0; i < s->ids->n; i++) {
		int64_t id = s->ids->v[i];

		for (size_t k = 0; k < s->n; k++)
			if (apply(c, id, &s->v[k], s->json, e) == -1)
				return err_prefix(e, "task %lld", (long long)id);
		if (differs(c, id, s))
			vec_id_push(s->changed, id);
	}
	return 0;
}

/* A name of a project is one that orch.yml has. */
static int
check_project(const struct project *p, const struct assignment *a, bool json, struct err *e)
{
	struct val *v;
	int r;

	if (a->field != F_PROJECT || a->what != SET_VALUE || *a->text == '\0')
		return 0;
	if ((v = value_of(a, json, e)) == NULL)
		return -1;
	r = val_text(v) == NULL ? 0 : repo_check_name(p, val_text(v), e);
	val_free(v);
	return r;
}

int
set_fields(struct project *p, const struct store_opts *opts, const struct select *select,
    const struct ready_rules *rules, const struct vec_str *assignments, bool json,
    struct vec_id *selected, struct vec_id *changed, struct err *e)
{
	struct assignment *v = xcalloc(assignments->n, sizeof *v);
	struct setting s = { select, rules, selected, v, assignments->n, json, changed };
	int r = 0;

	for (size_t i = 0; i < assignments->n && r == 0; i++)
		if ((r = parse(assignments->v[i], &v[i], e)) == 0)
			r = check_project(p, &v[i], json, e);
	if (r == 0)
		r = store_update(p, opts, set_all, &s, e);
	free(v);
	return r;
}
