/*
 * task_get - the fields of a task
 *
 * The picture was checked when it was made, or the bytes were when they were written:
 * what stands in a field has its type, so nothing here can fail.
 */
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/task_impl.h"

bool
task_is_set(const struct task *t, enum field f)
{
	return task_part_raw(t, f) != NULL;
}

const char *
task_text(const struct task *t, enum field f)
{
	const struct task_part *part = task_part_raw(t, f);

	if (part == NULL || part->kind == PART_FLOW)
		return NULL;
	if (part->kind == PART_TEXT)
		return part->text;
	return part->node->kind == YAML_SCALAR ? part->node->text : NULL;
}

enum priority
task_priority(const struct task *t)
{
	const char *text = task_text(t, F_PRIORITY);

	for (int i = 0; text != NULL && field_table[F_PRIORITY].words[i] != NULL; i++)
		if (strcmp(text, field_table[F_PRIORITY].words[i]) == 0)
			return (enum priority)i;
	return PRIORITY_NORMAL;
}

int64_t
task_int(const struct task *t, enum field f, int64_t otherwise)
{
	const char *text = task_text(t, f);
	int64_t i;

	return text != NULL && num_int(text, INT64_MIN, INT64_MAX, &i) == 0 ? i : otherwise;
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
	const struct task_part *part = task_part(t, f);

	return part != NULL && part->kind == PART_NODE && part->node->kind == YAML_SEQ ?
	    part->node->child : NULL;
}

void
task_texts(const struct task *t, enum field f, struct vec_str *out)
{
	for (const struct yaml_node *n = items(t, f); n != NULL; n = n->next)
		vec_str_push(out, yaml_deref(n)->text);
}

/*
 * "1, 2, 3" between brackets, which need no libyaml: a claim looks at the dependencies of
 * every task that waits.  False if it is anything else.
 */
static bool
plain_ids(const char *p, const char *end, struct vec_id *out)
{
	size_t before = out->n;

	while (p < end) {
		char digits[24];
		size_t n = strspn(p, "0123456789");
		int64_t id;

		if (n == 0 || n >= sizeof digits)
			break;
		memcpy(digits, p, n);
		digits[n] = '\0';
		p += n;
		p += strspn(p, " ");
		if (num_id(digits, &id) == -1 || (p < end && *p != ',') || (p == end && p[0] != ']'))
			break;
		vec_id_push(out, id);
		if (p == end)
			return true;
		p += 1 + strspn(p + 1, " ");
	}
	out->n = before;
	return false;
}

void
task_ids(const struct task *t, enum field f, struct vec_id *out)
{
	const struct task_part *part = task_part_raw(t, f);
	int64_t id;

	if (part != NULL && part->kind == PART_FLOW) {
		const char *text = t->more->of->text.data + part->at;

		if (text[0] == '[' && plain_ids(text + 1, text + part->len - 1, out))
			return;
	}
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
	const struct task_part *part = task_part(t, f);

	return part != NULL && part->kind == PART_NODE && part->node->kind == YAML_SEQ ?
	    part->node->n : 0;
}

struct val *
task_value(const struct task *t, enum field f)
{
	const struct task_part *part = task_part(t, f);

	if (part == NULL)
		return NULL;
	return part->kind == PART_TEXT ? yaml_scalar_value(part->text, part->len, part->plain) :
	    yaml_value(part->node);
}

struct val *
task_map(const struct task *t)
{
	return yaml_value(task_node(t));
}
