/*
 * labels - of a repository and of an issue
 *
 * Names are compared in any case and keep the case that they were made with.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "check.h"
#include "routes.h"
#include "view.h"

#define NAME_MAX_LABEL 50
#define DESCRIPTION_MAX 100
#define LABELS_MAX 100

static struct val *
all(const struct call *c)
{
	const struct val *labels = val_get(c->repo, "labels");
	struct val *list = val_list();

	for (size_t i = 0; labels && i < labels->n; i++)
		val_push(list, view_label(c->s, c->repo, labels->v[i]));
	return list;
}

static struct val *
of_issue(const struct call *c)
{
	const struct val *labels = val_get(c->issue, "labels");
	struct val *list = val_list();

	for (size_t i = 0; labels && i < labels->n; i++)
		val_push(list, view_label(c->s, c->repo, store_label(c->repo, labels->v[i]->s)));
	return list;
}

static bool
may(struct call *c, enum role role)
{
	if (c->role >= role)
		return true;
	api_fail(c, 403, "Must have admin rights to Repository.");
	return false;
}

static bool
check_label(struct call *c, const char *name, const char *color, const char *description)
{
	const char *field = NULL;

	if (name && (!*name || strlen(name) > NAME_MAX_LABEL))
		field = "name";
	else if (color && (strlen(color) != 6 || strspn(color, "0123456789abcdefABCDEF") != 6))
		field = "color";
	else if (description && strlen(description) > DESCRIPTION_MAX)
		field = "description";
	if (!field)
		return true;
	check_violation(c, "limit", "the %s of a label", field);
	api_invalid(c, "Label", field, "invalid", NULL);
	return false;
}

void
label_list(struct call *c)
{
	list_answer(c, all(c));
}

void
label_create(struct call *c)
{
	const char *name = store_text(c->body, "name"), *color = val_text(val_get(c->body, "color"));
	const char *description = val_text(val_get(c->body, "description"));

	if (!may(c, ROLE_WRITE) || !check_label(c, name, color, description))
		return;
	if (store_label(c->repo, name))
		api_invalid(c, "Label", "name", "already_exists", NULL);
	else
		api_json(c, 201, view_label(c->s, c->repo, store_add_label(c->s, c->repo, name, color, description)));
}

/* The label that the path names.  NULL: answered. */
static struct val *
named(struct call *c, const char *name)
{
	struct val *label = store_label(c->repo, name);

	if (!label)
		api_fail(c, 404, "Not Found");
	return label;
}

void
label_get(struct call *c)
{
	struct val *label = named(c, c->wild[0]);

	if (label)
		api_json(c, 200, view_label(c->s, c->repo, label));
}

/* A new name is new on every issue too, whose time stays as it was. */
void
label_update(struct call *c)
{
	const char *name = val_text(val_get(c->body, "new_name")), *color = val_text(val_get(c->body, "color"));
	const char *description = val_text(val_get(c->body, "description"));
	struct val *issues = store_list(c->repo, "issues"), *label;

	if (!may(c, ROLE_WRITE) || (label = named(c, c->wild[0])) == NULL ||
	    !check_label(c, name, color, description))
		return;
	for (size_t i = 0; name && i < issues->n; i++)
		if (store_remove_text(store_list(issues->v[i], "labels"), store_text(label, "name")))
			val_push(store_list(issues->v[i], "labels"), val_str(name));
	if (name)
		store_put(label, "name", name);
	if (color)
		store_put(label, "color", color);
	if (description)
		store_put(label, "description", description);
	api_json(c, 200, view_label(c->s, c->repo, label));
}

void
label_delete(struct call *c)
{
	struct val *labels = store_list(c->repo, "labels"), *issues = store_list(c->repo, "issues");
	struct val *label;

	if (!may(c, ROLE_WRITE) || (label = named(c, c->wild[0])) == NULL)
		return;
	for (size_t i = 0; i < issues->n; i++)
		store_remove_text(store_list(issues->v[i], "labels"), store_text(label, "name"));
	for (size_t i = 0; i < labels->n; i++)
		if (labels->v[i] == label) {
			store_remove(labels, i);
			break;
		}
	api_empty(c);
}

void
label_of_issue(struct call *c)
{
	list_answer(c, of_issue(c));
}

bool
label_check(struct call *c, const struct val *names)
{
	for (size_t i = 0; names && i < names->n; i++) {
		const char *name = names->v[i]->kind == VAL_STR ? names->v[i]->s : store_text(names->v[i], "name");

		if (!store_label(c->repo, name) && !check_label(c, name, NULL, NULL))
			return false;
	}
	if (names && names->n > LABELS_MAX) {
		api_invalid(c, "Issue", "labels", "custom", "an issue has at most 100 labels");
		return false;
	}
	return true;
}

void
label_apply(struct call *c, const struct val *names, bool replace)
{
	struct val *list = store_list(c->issue, "labels"), *label;
	struct val *now = replace ? val_list() : val_copy(list);

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i]->kind == VAL_STR ? names->v[i]->s : store_text(names->v[i], "name");

		label = store_label(c->repo, name);
		if (!label && c->role < ROLE_WRITE)
			continue;
		if (!label)
			label = store_add_label(c->s, c->repo, name, NULL, NULL);
		if (!store_has(now, name))
			val_push(now, val_str(store_text(label, "name")));
	}
	if (val_same(now, list)) {
		val_free(now);
		return;
	}
	val_put(c->issue, "labels", now);
	store_touch(c->s, c->issue);
}

static void
change(struct call *c, bool replace)
{
	const struct val *names = c->body && c->body->kind == VAL_LIST ? c->body : val_get(c->body, "labels");
	struct val *none = val_list();

	if (may(c, ROLE_TRIAGE) && label_check(c, names)) {
		label_apply(c, names ? names : none, replace);
		api_json(c, 200, of_issue(c));
	}
	val_free(none);
}

void
label_add(struct call *c)
{
	change(c, false);
}

void
label_set(struct call *c)
{
	change(c, true);
}

/* One, or without a name all. */
void
label_remove(struct call *c)
{
	struct val *labels = store_list(c->issue, "labels");

	if (!may(c, ROLE_TRIAGE))
		return;
	if (c->wild[1] && !store_remove_text(labels, c->wild[1])) {
		api_fail(c, 404, "Label does not exist");
		return;
	}
	store_touch(c->s, c->issue);
	if (c->wild[1])
		api_json(c, 200, of_issue(c));
	else {
		val_put(c->issue, "labels", val_list());
		api_empty(c);
	}
}
