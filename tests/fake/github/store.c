#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/json.h"

#define FIRST_ID INT64_C(3000000000)
#define DEFAULT_NOW "2026-01-02T03:04:05Z"

const char *
store_text(const struct val *map, const char *key)
{
	const char *s = val_text(val_get(map, key));

	return s ? s : "";
}

int64_t
store_int(const struct val *map, const char *key)
{
	return val_number(val_get(map, key), 0);
}

void
store_put(struct val *map, const char *key, const char *text)
{
	val_put(map, key, text ? val_str(text) : val_null());
}

void
store_put_int(struct val *map, const char *key, int64_t i)
{
	val_put(map, key, val_int(i));
}

struct val *
store_list(struct val *map, const char *key)
{
	struct val *list = val_get(map, key);

	if (!list || list->kind != VAL_LIST) {
		val_put(map, key, val_list());
		list = val_get(map, key);
	}
	return list;
}

bool
store_has(const struct val *list, const char *text)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (list->v[i]->kind == VAL_STR && strcasecmp(list->v[i]->s, text) == 0)
			return true;
	return false;
}

bool
store_has_int(const struct val *list, int64_t n)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (val_number(list->v[i], n + 1) == n)
			return true;
	return false;
}

bool
store_remove(struct val *list, size_t at)
{
	if (at >= list->n)
		return false;
	val_free(list->v[at]);
	memmove(list->v + at, list->v + at + 1, (list->n - at - 1) * sizeof *list->v);
	list->n--;
	return true;
}

bool
store_remove_text(struct val *list, const char *text)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (list->v[i]->kind == VAL_STR && strcasecmp(list->v[i]->s, text) == 0)
			return store_remove(list, i);
	return false;
}

bool
store_remove_int(struct val *list, int64_t n)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (val_number(list->v[i], n + 1) == n)
			return store_remove(list, i);
	return false;
}

void
store_init(struct store *s)
{
	static const char *const lists[] = { "users", "tokens", "repos", "projects" };
	const char *text = getenv("ORCH_TEST_NOW");
	int64_t now;

	if (!text || clock_parse(text, &now) == -1)
		clock_parse(DEFAULT_NOW, &now);
	s->state = val_map();
	store_put_int(s->state, "now", now);
	store_put_int(s->state, "next_id", FIRST_ID);
	val_put(s->state, "options", val_map());
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		val_put(s->state, lists[i], val_list());
}

int
store_load(struct store *s, const char *path, struct err *e)
{
	FILE *f = fopen(path, "r");
	struct buf text = { 0 };
	char bytes[65536];
	struct val *state;
	size_t n;

	if (!f)
		return 0;
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		buf_append(&text, bytes, n);
	fclose(f);
	state = json_parse(buf_str(&text), text.len, e);
	buf_release(&text);
	if (!state)
		return -1;
	val_free(s->state);
	s->state = state;
	return 0;
}

int
store_save(const struct store *s, const char *path)
{
	char *temporary = xasprintf("%s.new", path);
	struct buf text = { 0 };
	FILE *f = fopen(temporary, "w");
	int r = -1;

	json_print(&text, s->state);
	if (f && fwrite(buf_str(&text), 1, text.len, f) == text.len)
		r = 0;
	if (f && fclose(f) != 0)
		r = -1;
	if (r == 0)
		r = rename(temporary, path);
	buf_release(&text);
	free(temporary);
	return r;
}

void
store_release(struct store *s)
{
	for (size_t i = 0; i < s->kept_n; i++)
		val_free(s->kept[i]);
	val_free(s->state);
}

int64_t
store_now(const struct store *s)
{
	return store_int(s->state, "now");
}

int64_t
store_new_id(struct store *s)
{
	int64_t id = store_int(s->state, "next_id");

	store_put_int(s->state, "next_id", id + 1);
	return id;
}

int64_t
store_option(const struct store *s, const char *name, int64_t otherwise)
{
	const struct val *v = val_get(val_get(s->state, "options"), name);

	if (v && v->kind == VAL_BOOL)
		return v->b;
	return val_number(v, otherwise);
}

struct val *
store_find(const struct val *list, const char *key, int64_t n)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (val_number(val_get(list->v[i], key), n + 1) == n)
			return list->v[i];
	return NULL;
}

struct val *
store_named(const struct val *list, const char *key, const char *name)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (strcasecmp(store_text(list->v[i], key), name) == 0)
			return list->v[i];
	return NULL;
}

struct val *
store_user(const struct store *s, const char *login)
{
	return store_named(val_get(s->state, "users"), "login", login);
}

struct val *
store_token(const struct store *s, const char *token)
{
	const struct val *list = val_get(s->state, "tokens");

	for (size_t i = 0; list && i < list->n; i++)
		if (strcmp(store_text(list->v[i], "token"), token) == 0)
			return list->v[i];
	return NULL;
}

/* What is called so now goes before what was called so once. */
struct val *
store_repo(const struct store *s, const char *owner, const char *name, bool *renamed)
{
	const struct val *list = val_get(s->state, "repos");
	struct val *found = NULL;
	char *full = xasprintf("%s/%s", owner, name);

	*renamed = false;
	for (size_t i = 0; !found && i < list->n; i++)
		if (strcasecmp(store_text(list->v[i], "owner"), owner) == 0 &&
		    strcasecmp(store_text(list->v[i], "name"), name) == 0)
			found = list->v[i];
	for (size_t i = 0; !found && i < list->n; i++)
		if (store_has(val_get(list->v[i], "former"), full)) {
			found = list->v[i];
			*renamed = true;
		}
	free(full);
	return found;
}

struct val *
store_repo_id(const struct store *s, int64_t id)
{
	return store_find(val_get(s->state, "repos"), "id", id);
}

/* Most have their number as their place. */
struct val *
store_issue(const struct val *repo, int64_t number)
{
	const struct val *list = val_get(repo, "issues");

	if (number > 0 && list && (size_t)number <= list->n &&
	    store_int(list->v[number - 1], "number") == number)
		return list->v[number - 1];
	return store_find(list, "number", number);
}

struct val *
store_issue_id(const struct store *s, int64_t id, struct val **repo)
{
	const struct val *list = val_get(s->state, "repos");
	struct val *issue;

	for (size_t i = 0; i < list->n; i++)
		if ((issue = store_find(val_get(list->v[i], "issues"), "id", id)) != NULL) {
			*repo = list->v[i];
			return issue;
		}
	return NULL;
}

struct val *
store_comment(const struct val *repo, int64_t id, struct val **issue)
{
	const struct val *list = val_get(repo, "issues");
	struct val *comment;

	for (size_t i = 0; list && i < list->n; i++)
		if ((comment = store_find(val_get(list->v[i], "comments"), "id", id)) != NULL) {
			*issue = list->v[i];
			return comment;
		}
	return NULL;
}

struct val *
store_label(const struct val *repo, const char *name)
{
	return store_named(val_get(repo, "labels"), "name", name);
}

struct val *
store_project(const struct store *s, const char *owner, int64_t number)
{
	const struct val *list = val_get(s->state, "projects");

	for (size_t i = 0; i < list->n; i++)
		if (store_int(list->v[i], "number") == number &&
		    strcasecmp(store_text(list->v[i], "owner"), owner) == 0)
			return list->v[i];
	return NULL;
}
