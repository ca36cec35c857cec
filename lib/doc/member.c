#include "doc/member.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "doc/val.h"

void
members_read(const struct member *m, const struct val *map, void *object)
{
	for (; m->key != NULL; m++) {
		const struct val *v = val_get(map, m->key);
		void *at = (char *)object + m->offset;

		switch (m->type) {
		case MEMBER_TEXT:
			*(char **)at = val_text(v) != NULL ? xstrdup(val_text(v)) : NULL;
			break;
		case MEMBER_NUMBER:
			*(int64_t *)at = val_number(v, 0);
			break;
		case MEMBER_TRUTH:
			*(bool *)at = val_truth(v, false);
			break;
		case MEMBER_VALUE:
			*(struct val **)at = v != NULL ? val_copy(v) : NULL;
			break;
		}
	}
}

void
members_write(const struct member *m, const void *object, struct val *map)
{
	for (; m->key != NULL; m++) {
		const void *at = (const char *)object + m->offset;
		struct val *v = NULL;

		if (m->type == MEMBER_TEXT && *(char *const *)at != NULL)
			v = val_str(*(char *const *)at);
		else if (m->type == MEMBER_NUMBER && *(const int64_t *)at != 0)
			v = val_int(*(const int64_t *)at);
		else if (m->type == MEMBER_TRUTH && *(const bool *)at)
			v = val_bool(true);
		else if (m->type == MEMBER_VALUE && *(struct val *const *)at != NULL)
			v = val_copy(*(struct val *const *)at);
		if (v != NULL)
			val_add(map, m->key, v);
	}
}

void
members_release(const struct member *m, void *object)
{
	for (; m->key != NULL; m++) {
		void *at = (char *)object + m->offset;

		if (m->type == MEMBER_TEXT)
			free(*(char **)at);
		else if (m->type == MEMBER_VALUE)
			val_free(*(struct val **)at);
	}
}
