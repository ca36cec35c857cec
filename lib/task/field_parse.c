/*
 * field_parse - a value for a field from the text of a command line
 *
 * The text is read as the type of the field suggests and then checked like any
 * other value, so that what a person types and what a file may hold are the same.
 */
#include "task/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"

/*
 * The items of "a, b,c"; NULL if one is empty.  Blanks around a text are dropped;
 * an id has none.
 */
static struct val *
split(const char *text, bool blanks, struct err *e)
{
	struct val *list = val_list();

	for (;;) {
		size_t n, len = strcspn(text, ",");
		const char *next = text + len;

		while (blanks && len > 0 && (*text == ' ' || *text == '\t'))
			text++, len--;
		for (n = len; blanks && n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'); n--)
			;
		if (n == 0) {
			val_free(list);
			err_set(e, ERR_USAGE, "an item of the list is empty");
			return NULL;
		}
		val_push(list, val_strn(text, n));
		if (*next == '\0')
			return list;
		text = next + 1;
	}
}

/* A number if it reads as one, else the text: the check says what is wrong with it. */
static struct val *
number_or_text(const char *text)
{
	int64_t i;
	double r;

	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return val_str(text);
	if (num_int(text, INT64_MIN, INT64_MAX, &i) == 0)
		return val_int(i);
	return num_real(text, &r) == 0 ? val_real(r) : val_str(text);
}

static struct val *
ids_of(struct val *texts)
{
	struct val *ids = val_list();

	for (size_t i = 0; i < texts->n; i++)
		val_push(ids, number_or_text(val_text(texts->v[i])));
	val_free(texts);
	return ids;
}

static struct val *
read_text(enum field_type type, const char *text, struct err *e)
{
	struct val *v;

	switch (type) {
	case FIELD_INT:
	case FIELD_REAL:
	case FIELD_JOIN:
		return number_or_text(text);
	case FIELD_BUDGET:
		return text[0] == '{' ? json_parse(text, strlen(text), e) : number_or_text(text);
	case FIELD_BOOL:
		if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
			return val_bool(text[0] == 't');
		return val_str(text);
	case FIELD_TEXTS:
		return split(text, true, e);
	case FIELD_IDS:
		v = split(text, false, e);
		return v != NULL ? ids_of(v) : NULL;
	case FIELD_MAP:
	case FIELD_MAPS:
		return json_parse(text, strlen(text), e);
	case FIELD_TEXT:
	case FIELD_LINE:
	case FIELD_WORD:
	case FIELD_TIME:
	case FIELD_SPAN:
		return val_str(text);
	}
	abort();
}

struct val *
field_parse_as(const struct field_def *d, const char *text, struct err *e)
{
	struct val *v = NULL;
	size_t bad;

	if (text[0] == '\0') {
		err_set(e, ERR_USAGE, "%s: must not be empty (to unset it, drop it)",
		    d->name);
		return NULL;
	}
	if (!str_utf8(text, strlen(text), &bad)) {
		err_set(e, ERR_USAGE, "%s: text is not valid UTF-8", d->name);
		return NULL;
	}
	if ((v = read_text(d->type, text, e)) == NULL) {
		err_prefix(e, "%s", d->name);
	} else if (field_check_as(d, v, e) == -1 || field_check_meaning_as(d, v, e) == -1) {
		val_free(v);
		v = NULL;
	}
	if (v == NULL)
		e->code = ERR_USAGE;
	return v;
}

struct val *
field_parse(enum field f, const char *text, struct err *e)
{
	return field_parse_as(&field_table[f], text, e);
}
