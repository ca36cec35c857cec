/*
 * vec - growing arrays
 *
 * vec_room() is the one rule of growth; the two lists that everything needs,
 * strings and numbers, stand beside it.  { 0 } is a valid empty list.
 */
#ifndef ORCH_BASE_VEC_H
#define ORCH_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes room for element number `n` (that is, n + 1 elements) of `size` bytes
 * and returns the array, moved or not:
 *
 *	v->item = vec_room(v->item, &v->cap, v->n, sizeof *v->item);
 *	v->item[v->n++] = x;
 */
void	*vec_room(void *array, size_t *cap, size_t n, size_t size);

/* A list of strings that it owns.  After vec_str_argv() v[n] is NULL. */
struct vec_str {
	char **v;
	size_t n;
	size_t cap;
};

void	 vec_str_push(struct vec_str *, const char *);		/* copies */
void	 vec_str_take(struct vec_str *, char *);		/* owns from now on */
bool	 vec_str_has(const struct vec_str *, const char *);
void	 vec_str_sort(struct vec_str *);			/* byte order */
char	*const *vec_str_argv(struct vec_str *);			/* NULL-terminated; borrowed */
void	 vec_str_release(struct vec_str *);

/* A list of numbers, usually task ids. */
struct vec_id {
	int64_t *v;
	size_t n;
	size_t cap;
};

void	 vec_id_push(struct vec_id *, int64_t);
bool	 vec_id_has(const struct vec_id *, int64_t);
void	 vec_id_sort(struct vec_id *);
bool	 vec_id_has_sorted(const struct vec_id *, int64_t);	/* of a list that is sorted */
void	 vec_id_release(struct vec_id *);

#endif
