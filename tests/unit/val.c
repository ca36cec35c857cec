/* Values: what getters answer, who owns what, and what equal means. */
#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "doc/val.h"

static void
plain(const struct val *v, const char *want)
{
	struct buf b = { 0 };

	val_plain(&b, v);
	is(buf_str(&b), want, "as typed");
	buf_release(&b);
}

static void
reals(void)
{
	static const double some[] = { 0.1, 1.0 / 3, 1e300, 5e-324, -2.5, 123456789.125 };
	struct val *v;

	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		struct buf b = { 0 };
		double back;

		v = val_real(some[i]);
		val_plain(&b, v);
		back = strtod(buf_str(&b), NULL);
		ok(!(back < some[i] || back > some[i]) && strchr(b.data, '.'),
		    "%s reads back, and has a point", buf_str(&b));
		buf_release(&b);
		val_free(v);
	}
}

static void
scalars(void)
{
	struct val *v[] = { val_null(), val_bool(true), val_int(INT64_MIN), val_real(1.5),
	    val_real(3), val_real(1e20), val_str("a b"), val_strn("abcdef", 3) };
	static const char *const want[] = { "", "true", "-9223372036854775808", "1.5", "3.0",
	    "1.0e+20", "a b", "abc" };

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		plain(v[i], want[i]);
		val_free(v[i]);
	}
}

static void
absent(void)
{
	struct val *s = val_str("x"), *i = val_int(7), *b = val_bool(false);

	ok(val_get(NULL, "a") == NULL && val_get(s, "a") == NULL, "no key in nothing or a text");
	ok(val_at(NULL, 0) == NULL && val_at(s, 0) == NULL, "no item in nothing or a text");
	ok(val_path(NULL, "a.b") == NULL && val_path(s, "a.b") == NULL, "no path either");
	ok(val_text(NULL) == NULL && val_text(i) == NULL, "no text in a number");
	is_int(val_number(s, 5), 5, "a text is no number");
	is_int(val_number(i, 5), 7, "a number is");
	ok(val_truth(i, true) && !val_truth(b, true), "truth only from true and false");
	val_free(s);
	val_free(i);
	val_free(b);
	val_free(NULL);
}

static struct val *
sample(void)
{
	struct val *m = val_map(), *l = val_list(), *in = val_map();

	val_put(in, "title", val_str("t"));
	val_push(l, val_int(1));
	val_push(l, in);
	val_put(m, "a", val_bool(true));
	val_put(m, "list", l);
	return m;
}

static void
maps(void)
{
	struct val *m = sample(), *c = val_copy(m), *swap = val_map();

	is(val_text(val_path(m, "list.1.title")), "t", "a path through list and map");
	ok(val_path(m, "list.2") == NULL && val_path(m, "list.x") == NULL &&
	    val_path(m, "list.") == NULL && val_path(m, "lis") == NULL, "paths to nothing");
	ok(val_same(m, c), "a copy is the same");
	val_put(c, "a", val_bool(false));
	ok(!val_same(m, c) && c->n == 2, "put replaces in place");
	ok(val_drop(c, "a") && !val_drop(c, "a") && c->n == 1, "drop, once");
	is(c->key[0], "list", "what stays moves up");
	val_put(swap, "list", val_copy(val_get(m, "list")));
	val_put(swap, "a", val_bool(true));
	ok(val_same(m, swap) && val_same(swap, m), "the order of a map does not count");
	val_push(val_get(swap, "list"), val_null());
	ok(!val_same(m, swap), "that of a list does, and its length");
	ok(!val_same(m, NULL) && val_same(NULL, NULL), "nothing is only the same as nothing");
	is(val_kind_name(VAL_LIST), "list", "kinds have names");
	val_put(swap, "at", val_time(1767323045));
	is(val_text(val_get(swap, "at")), "2026-01-02T03:04:05Z", "a time is a text");
	is_int(val_seconds(val_get(swap, "at")), 1767323045, "that is read back");
	ok(val_seconds(NULL) == 0 && val_seconds(m) == 0 && val_seconds(val_get(c, "a")) == 0, "nothing else is one");
	val_free(m);
	val_free(c);
	val_free(swap);
}

static void
test_some(void)
{
	static const char *const keys[] = { "b", "none", "a" };
	struct val *v = val_map(), *some;

	val_add(v, "a", val_int(1));
	val_add(v, "b", val_str("x"));
	val_add(v, "c", val_null());
	some = val_some(v, keys, sizeof keys / sizeof *keys);
	is_int((int64_t)some->n, 2, "those of the keys that are there");
	is(some->key[0], "b", "in their order");
	is_int(val_number(val_get(some, "a"), 0), 1, "with their values");
	val_free(v);
	is(val_text(val_get(some, "b")), "x", "which are copies");
	val_free(some);
}

int
main(void)
{
	test_some();
	scalars();
	reals();
	absent();
	maps();
	return done_testing();
}
