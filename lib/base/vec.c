#include "vec.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

void *
vec_room(void *array, size_t *cap, size_t n, size_t size)
{
	if (n < *cap)
		return array;
	*cap = n < 4 ? 8 : n + n / 2 + 1;
	return xrealloc(array, *cap * size);
}

void
vec_str_take(struct vec_str *l, char *s)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n++] = s;
}

void
vec_str_push(struct vec_str *l, const char *s)
{
	vec_str_take(l, xstrdup(s));
}

bool
vec_str_has(const struct vec_str *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
vec_str_sort(struct vec_str *l)
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof *l->v, compare);
}

char *const *
vec_str_argv(struct vec_str *l)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n] = NULL;
	return l->v;
}

void
vec_str_release(struct vec_str *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct vec_str){ 0 };
}

void
vec_id_push(struct vec_id *l, int64_t id)
{
	l->v = vec_room(l->v, &l->cap, l->n, sizeof *l->v);
	l->v[l->n++] = id;
}

bool
vec_id_has(const struct vec_id *l, int64_t id)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] == id)
			return true;
	return false;
}

static int
compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

void
vec_id_sort(struct vec_id *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, compare_ids);
}

bool
vec_id_has_sorted(const struct vec_id *l, int64_t id)
{
	return l->n > 0 && bsearch(&id, l->v, l->n, sizeof id, compare_ids) != NULL;
}

void
vec_id_release(struct vec_id *l)
{
	free(l->v);
	*l = (struct vec_id){ 0 };
}
