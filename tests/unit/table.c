/* table - what is found, what is not, which number counts, and growth */
#include "base/table.h"

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/vec.h"

#define MANY 50000

static void
test_few(void)
{
	struct table t = { 0 };
	char text[] = "a";

	is_int(table_get(&t, "a"), 0, "an empty table has nothing");
	table_put(&t, text, 7);
	is_int(table_get(&t, "a"), 7, "a text is found by its bytes");
	is_int(table_get(&t, "b"), 0, "another is not");
	is_int(table_get(&t, "aa"), 0, "nor one that begins with it");
	is_int(table_get(&t, ""), 0, "nor the empty one");
	table_put(&t, "", INT64_MAX);
	is_int(table_get(&t, ""), INT64_MAX, "which is a text like others");
	table_put(&t, "a", 8);
	is_int(table_get(&t, "a"), 7, "the first number stays");
	is_int((int64_t)t.n, 2, "and nothing is counted twice");
	table_release(&t);
	table_release(&t);
	is_int(table_get(&t, "a"), 0, "released");
}

static void
test_many(void)
{
	struct table t = { 0 };
	struct vec_str texts = { 0 };
	bool all = true, none = true;

	for (int i = 0; i < 2 * MANY; i++)
		vec_str_take(&texts, xasprintf("\303\251%d", i));
	for (int i = 0; i < MANY; i++)
		table_put(&t, texts.v[i], i + 1);
	for (int i = 0; i < MANY; i++) {
		all &= table_get(&t, texts.v[i]) == i + 1;
		none &= table_get(&t, texts.v[MANY + i]) == 0;
	}
	ok(all, "all of many are found");
	ok(none, "and no other");
	ok(t.n == MANY && 2 * t.n <= t.cap, "there is always room");
	table_release(&t);
	vec_str_release(&texts);
}

int
main(void)
{
	test_few();
	test_many();
	return done_testing();
}
