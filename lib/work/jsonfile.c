#include "work/jsonfile.h"

#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"

int
jsonfile_write(int dirfd, const char *name, struct val *v, struct err *e)
{
	struct buf text = { 0 };
	int r;

	json_print(&text, v);
	buf_putc(&text, '\n');
	r = fs_replace(dirfd, name, text.data, text.len, 0600, e);
	buf_release(&text);
	val_free(v);
	return r;
}

struct val *
jsonfile_peek(int dirfd, const char *name, size_t max)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	struct val *v = NULL;

	if (dirfd != -1 && fs_read(dirfd, name, max, &text, &ignored) == 0)
		v = json_parse(buf_str(&text), text.len, &ignored);
	buf_release(&text);
	return v;
}
