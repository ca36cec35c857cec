#include "work/skill.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/task.h"
#include "work/oneline.h"

#define KIND	   "skills"
#define FILE_NAME  "SKILL.md"
#define FENCE	   "---"
#define LABEL_MARK "skill:"

/* ---- one ---- */

/* The length of the line at `at` that is nothing but a fence, its end included; 0: it is
 * another one. */
static size_t
fence_at(const char *text, size_t at)
{
	size_t len = strlen(FENCE);

	if (strncmp(text + at, FENCE, len) != 0)
		return 0;
	len += strspn(text + at + len, " \t\r");
	if (text[at + len] != '\0' && text[at + len] != '\n')
		return 0;
	return len + (text[at + len] == '\n');
}

/* Where the fence that ends the front matter begins, and the text behind it. */
static int
find_text(const char *text, size_t *end, size_t *rest)
{
	size_t at = fence_at(text, 0), fence;
	const char *nl;

	if (at == 0)
		return -1;
	while ((fence = fence_at(text, at)) == 0) {
		if ((nl = strchr(text + at, '\n')) == NULL)
			return -1;
		at = (size_t)(nl + 1 - text);
	}
	*end = at;
	*rest = at + fence;
	return 0;
}

/* The fence that opens it is a start of a document in YAML: lines keep their numbers. */
static int
read_front(struct skill *s, const char *text, size_t len, const char *path, struct err *e)
{
	struct yaml y = { 0 };
	struct val *v;
	const char *name, *description;
	int rc = -1;

	if (yaml_parse(&y, text, len, path, e) == -1)
		return -1;
	v = y.root ? yaml_value(y.root) : val_map();
	name = val_text(val_get(v, "name"));
	description = val_text(val_get(v, "description"));
	if (name != NULL && strcmp(name, s->name) != 0)
		err_set(e, ERR_CONFIG, "%s: name: '%s' is not its folder's", path, name);
	else if (description == NULL || description[strspn(description, " \t\n")] == '\0')
		err_set(e, ERR_CONFIG, "%s: description: it is missing", path);
	else
		rc = 0;
	if (rc == 0)
		s->description = oneline(description, strlen(description));
	val_free(v);
	yaml_release(&y);
	return rc;
}

static int
read_skill(struct skill *s, const struct buf *file, const char *path, struct err *e)
{
	const char *text = buf_str(file);
	size_t end, rest;

	if (strlen(text) != file->len)
		return err_set(e, ERR_CONFIG, "%s: a NUL byte cannot be part of a text", path);
	if (find_text(text, &end, &rest) == -1)
		return err_set(e, ERR_CONFIG, "%s: it has no front matter between two lines of '%s'",
		    path, FENCE);
	if (read_front(s, text, end, path, e) == -1)
		return -1;
	s->text = xstrdup(text + rest);
	s->dir = path_dir(path);
	return 0;
}

int
skill_load(struct skill *s, const struct project *p, const char *name, struct err *e)
{
	struct buf file = { 0 };
	char *kind = NULL, *path = NULL;
	int rc;

	*s = (struct skill){ 0 };
	/* A name is a folder's: nothing leads out of where they lie. */
	if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
		return err_set(e, ERR_CONFIG, "'%s' is no name of a skill", name);
	kind = xasprintf("%s/%s", KIND, name);
	s->name = xstrdup(name);
	rc = project_asset(p, kind, FILE_NAME, &file, &path, e);
	if (rc == 1)
		rc = err_set(e, ERR_CONFIG, "there is no skill '%s'", name);
	else if (rc == 0)
		rc = read_skill(s, &file, path, e);
	if (rc == -1) {
		if (e->code == ERR_INVALID)
			e->code = ERR_CONFIG;
		skill_release(s);
	}
	buf_release(&file);
	free(path);
	free(kind);
	return rc;
}

void
skill_release(struct skill *s)
{
	free(s->name);
	free(s->description);
	free(s->text);
	free(s->dir);
	*s = (struct skill){ 0 };
}

/* ---- several ---- */

int
skill_names(const struct project *p, struct vec_str *names, struct err *e)
{
	return project_assets(p, KIND, "", names, e);
}

static void
add_once(struct vec_str *names, const char *name)
{
	if (!vec_str_has(names, name))
		vec_str_push(names, name);
}

void
skill_chosen(const struct task *t, struct vec_str *names)
{
	struct val *profile = task_value(t, F_AGENT_PROFILE);
	const struct val *own = val_get(profile, "skills");
	struct vec_str list = { 0 };

	task_texts(t, F_SELECTED_SKILLS, &list);
	for (size_t i = 0; own != NULL && own->kind == VAL_LIST && i < own->n; i++)
		if (val_text(own->v[i]) != NULL)
			vec_str_push(&list, own->v[i]->s);
	for (size_t i = 0; i < list.n; i++)
		add_once(names, list.v[i]);
	vec_str_release(&list);
	task_texts(t, F_LABELS, &list);
	for (size_t i = 0; i < list.n; i++)
		if (str_starts(list.v[i], LABEL_MARK))
			add_once(names, list.v[i] + strlen(LABEL_MARK));
	vec_str_release(&list);
	val_free(profile);
}
