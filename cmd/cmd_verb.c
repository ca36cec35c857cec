#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "cmd.h"

int
cmd_verb(const char *name, const char *const names[], struct err *e)
{
	struct buf quote = { 0 };
	const char *near;

	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	near = str_nearest(name, names);
	str_visible(&quote, name, str_cut(name, strlen(name), 80), false);
	err_set(e, ERR_USAGE, "no verb '%s'%s%s%s", buf_str(&quote), near ? ", did you mean '" : "",
	    near ? near : "", near ? "'?" : "");
	buf_release(&quote);
	return -1;
}
