#include "base/vec.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/alloc.h"

static void
test_room(void)
{
	struct pair {
		int64_t a, b;
	} *v = NULL;
	size_t cap = 0, n = 0, moved = 0;
	bool good = true;

	for (; n < 100000; n++) {
		size_t before = cap;

		v = vec_room(v, &cap, n, sizeof *v);
		moved += cap != before;
		good &= cap > n;
		v[n] = (struct pair){ (int64_t)n, -(int64_t)n };
	}
	for (size_t i = 0; i < n; i++)
		good &= v[i].a == (int64_t)i && v[i].b == -(int64_t)i;
	ok(good, "room for every element, and all are kept");
	ok(moved < 40, "the array grows by a factor");
	free(v);
}

static void
test_str(void)
{
	struct vec_str l = { 0 };
	char text[] = "pear";

	ok(!vec_str_has(&l, "pear"), "an empty list has nothing");
	vec_str_sort(&l);
	ok(vec_str_argv(&l)[0] == NULL, "and is an empty argv");
	vec_str_push(&l, text);
	text[0] = 'b';
	vec_str_take(&l, xstrdup("Apple"));
	vec_str_push(&l, "fig");
	ok(vec_str_has(&l, "pear") && !vec_str_has(&l, "bear"), "a push copies");
	vec_str_sort(&l);
	is(l.v[0], "Apple", "byte order: capitals first");
	is(l.v[2], "pear", "and the last");
	ok(vec_str_argv(&l)[3] == NULL && l.n == 3, "NULL behind the last, not counted");
	for (int i = 0; i < 100; i++) {
		vec_str_push(&l, "x");
		if (vec_str_argv(&l)[l.n] != NULL)
			break;
	}
	is_int((int64_t)l.n, 103, "at every length");
	vec_str_release(&l);
	vec_str_release(&l);
	ok(l.v == NULL && l.n == 0, "released");
}

static void
test_id(void)
{
	struct vec_id l = { 0 };

	ok(!vec_id_has(&l, 1), "an empty list has nothing");
	for (int64_t i = 0; i < 1000; i++)
		vec_id_push(&l, i * i);
	ok(l.n == 1000 && vec_id_has(&l, 998001) && !vec_id_has(&l, 2), "what was pushed");
	vec_id_release(&l);
	ok(l.v == NULL && l.n == 0, "released");
	vec_id_sort(&l);
	ok(!vec_id_has_sorted(&l, 1), "nothing is sorted already");
	for (int64_t i = 0; i < 1000; i++)
		vec_id_push(&l, i * 7919 % 1000 - 500);
	vec_id_sort(&l);
	ok(l.v[0] == -500 && l.v[999] == 499 && vec_id_has_sorted(&l, 17) &&
	    !vec_id_has_sorted(&l, 500), "sorted");
	vec_id_release(&l);
}

int
main(void)
{
	test_room();
	test_str();
	test_id();
	return done_testing();
}
