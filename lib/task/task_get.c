/*
 * task_get - the fields of a task
 *
 * The picture was checked when it was loaded: a node that stands in task->field
 * has the type of its field, so nothing here can fail.
 */
#include "task/task.h"

#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/val.h"

const char *
task_text(const struct task *t, enum field f)
{
	const struct yaml_node *n = t->field[f];

	return n != NULL && n->kind == YAML_SCALAR ? n->text : NULL;
}

int64_t
task_int(const struct task *t, enum field f, int64_t otherwise)
{
	const char *text = task_text(t, f);
	int64_t i;

	return text != NULL && num_int(text, INT64_MIN, INT64_MAX, &i) == 0 ? i : otherwise;
}

bool
task_bool(const struct task *t, enum field f)
{
	const char *text = task_text(t, f);

	/* The core schema writes it true, True or TRUE. */
	return text != NULL && (text[0] == 't' || text[0] == 'T');
}

int64_t
task_time(const struct task *t, enum field f, int64_t otherwise)
{
	const char *text = task_text(t, f);
	int64_t at;

	return text != NULL && clock_parse(text, &at) == 0 ? at : otherwise;
}

int64_t
task_span(const struct task *t, enum field f, int64_t otherwise)
{
	const char *text = task_text(t, f);
	int64_t ms;

	return text != NULL && num_duration(text, &ms) == 0 ? ms : otherwise;
}

static const struct yaml_node *
items(const struct task *t, enum field f)
{
	const struct yaml_node *n = t->field[f];

	return n != NULL && n->kind == YAML_SEQ ? n->child : NULL;
}

void
task_texts(const struct task *t, enum field f, struct vec_str *out)
{
	for (const struct yaml_node *n = items(t, f); n != NULL; n = n->next)
		vec_str_push(out, yaml_deref(n)->text);
}

void
task_ids(const struct task *t, enum field f, struct vec_id *out)
{
	int64_t id;

	for (const struct yaml_node *n = items(t, f); n != NULL; n = n->next)
		if (num_id(yaml_deref(n)->text, &id) == 0)
			vec_id_push(out, id);
}

bool
task_has(const struct task *t, enum field f, const char *text)
{
	for (const struct yaml_node *n = items(t, f); n != NULL; n = n->next) {
		const struct yaml_node *item = yaml_deref(n);

		if (item->kind == YAML_SCALAR && strcmp(item->text, text) == 0)
			return true;
	}
	return false;
}

size_t
task_count(const struct task *t, enum field f)
{
	const struct yaml_node *n = t->field[f];

	return n != NULL && n->kind == YAML_SEQ ? n->n : 0;
}

struct val *
task_value(const struct task *t, enum field f)
{
	return t->field[f] != NULL ? yaml_value(t->field[f]) : NULL;
}

struct val *
task_map(const struct task *t)
{
	return yaml_value(t->node);
}
