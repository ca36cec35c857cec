#include "base/err.h"

#include <errno.h>

#include "../lib/tap.h"

static void
test_set(void)
{
	struct err e = { 0 };

	is_int(err_set(&e, ERR_INVALID, "line %d", 3), -1, "a setter returns -1");
	is(e.msg, "line 3", "the message");
	is_int(e.code, ERR_INVALID, "the code");
	is_int(err_prefix(&e, "file '%s'", "x"), -1, "so does a prefix");
	is(e.msg, "file 'x': line 3", "the message with its prefix");
	is_int(e.code, ERR_INVALID, "the code is kept");
}

static void
test_sys(void)
{
	struct err e = { 0 };

	errno = ENOENT;
	is_int(err_sys(&e, "cannot open '%s'", "x"), -1, "err_sys returns -1");
	is(e.msg, "cannot open 'x': No such file or directory", "errno's text");
	ok(e.code == ERR_SYSTEM && e.sys == ENOENT, "code and errno");
	err_prefix(&e, "read");
	is_int(e.sys, ENOENT, "a prefix keeps errno");
	err_set(&e, ERR_BUSY, "later");
	is_int(e.sys, 0, "a new error has none");
}

static void
test_long(void)
{
	struct err e = { 0 };

	err_set(&e, ERR_USAGE, "%5000s", "x");
	is_int((int64_t)strlen(e.msg), ERR_MSG_MAX - 1, "a long message is cut");
	err_prefix(&e, "%5000s", "y");
	is_int((int64_t)strlen(e.msg), ERR_MSG_MAX - 1, "with a prefix too");
	errno = EIO;
	err_sys(&e, "%5000s", "z");
	is_int((int64_t)strlen(e.msg), ERR_MSG_MAX - 1, "and with errno's text");
}

static void
test_exit(void)
{
	static const struct {
		enum err_code code;
		int status;
	} t[] = {
		{ ERR_NONE, 0 }, { ERR_NO, 1 }, { ERR_USAGE, 2 }, { ERR_INVALID, 65 },
		{ ERR_FAILED, 69 }, { ERR_SYSTEM, 71 }, { ERR_BUSY, 75 }, { ERR_AUTH, 77 },
		{ ERR_CONFIG, 78 }, { ERR_TIMEOUT, 124 },
	};
	static const int order[] = { 71, 78, 77, 65, 69, 75, 124, 2, 1, 0 };
	const size_t n = sizeof order / sizeof *order;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++)
		is_int(err_exit(t[i].code), t[i].status, "exit status");
	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			ok(err_worse(order[i], order[j]) == order[i] &&
			    err_worse(order[j], order[i]) == order[i],
			    "%d is no better than %d", order[i], order[j]);
	is_int(err_worse(139, 71), 139, "a status nobody knows is the worst");
}

int
main(void)
{
	test_set();
	test_sys();
	test_long();
	test_exit();
	return done_testing();
}
