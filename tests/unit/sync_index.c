/*
 * sync_index: after any moves it finds what a look at all of the issues finds
 */
#include "work/sync_index.h"

#include "../lib/dice.h"
#include "../lib/tap.h"
#include "work/sync_state.h"

#define N 40

/* The first by number, of those that have the key. */
static const struct sync_issue *
first(const struct sync_issue *v, int64_t key)
{
	for (size_t i = 0; i < N; i++)
		if (key != 0 && v[i].task == key)
			return &v[i];
	return NULL;
}

int
main(void)
{
	struct sync_issue v[N] = { 0 };
	struct sync_index x = { 0 };
	struct dice d = { .seed = 99 };
	int wrong = 0, found = 0;
	size_t having = 0;

	for (size_t i = 0; i < N; i++)
		v[i].number = (int64_t)i + 1;
	for (int i = 0; i < 5000; i++) {
		struct sync_issue *one = &v[dice(&d, N)];
		int64_t to = dice(&d, N), key = dice(&d, N);

		sync_index_move(&x, one, one->task, to);
		one->task = to;
		wrong += sync_index_find(&x, key) != first(v, key);
		found += first(v, key) != NULL;
	}
	for (size_t i = 0; i < N; i++)
		having += v[i].task != 0;
	is_int(wrong, 0, "it finds what is there, and of several the first");
	ok(found > 1000 && found < 4900, "or nothing: %d of 5000 were found", found);
	is_int((int64_t)x.n, (int64_t)having, "those without a number are not in it");
	sync_index_release(&x);
	return done_testing();
}
