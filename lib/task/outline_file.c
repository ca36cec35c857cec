#include "task/outline_file.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/patch.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/task.h"

#define NAME	 "state/outline"
#define ITEM_MIN 4		/* bytes of an item: "- a:" */

/* The items follow it, and numbers are as the machine has them. */
struct head {
	char sum[FS_HASH_MAX];		/* of all behind it */
	char kind[FS_HASH_MAX];		/* who writes and who reads it mean the same */
	char text[FS_HASH_MAX];
	uint32_t len;			/* of the text */
	uint32_t list, end, dash, mark, n;
};

static_assert(sizeof(struct head) >= sizeof(struct outline_item), "see outline_file_read()");

#define SUMMED offsetof(struct head, kind)

/* Of the rules that the text was checked by, of what an item is, and of the names in it. */
static void
kind_of(const struct outline_names *names, char kind[FS_HASH_MAX])
{
	const uint32_t layout[] = { TASKS_RULES, sizeof(struct outline_item) };
	struct buf b = { 0 };

	buf_append(&b, layout, sizeof layout);
	buf_printf(&b, "%s\n%s\n", names->list, names->mark);
	for (size_t i = 0; i < OUTLINE_WANTED && names->wanted[i] != NULL; i++)
		buf_printf(&b, "%s\n", names->wanted[i]);
	fs_hash(b.data, b.len, kind);
	buf_release(&b);
}

/* Are these bytes whole, and of that text? */
static bool
is_of(const struct buf *b, const struct head *h, const char *hash, const struct buf *text,
    const struct outline_names *names)
{
	char sum[FS_HASH_MAX], kind[FS_HASH_MAX];

	if (memcmp(h->text, hash, sizeof h->text) != 0 || h->len != text->len ||
	    b->len != sizeof *h + (size_t)h->n * sizeof(struct outline_item))
		return false;
	kind_of(names, kind);
	fs_hash(b->data + SUMMED, b->len - SUMMED, sum);
	return memcmp(h->kind, kind, sizeof kind) == 0 && memcmp(h->sum, sum, sizeof sum) == 0;
}

#ifdef ORCH_DEBUG
static void
check(const struct outline *o, const struct buf *text, const struct outline_names *names)
{
	struct outline read;

	if (!outline_read(&read, buf_str(text), text->len, names) || read.n != o->n ||
	    read.list != o->list || read.end != o->end || read.dash != o->dash ||
	    read.mark != o->mark || memcmp(read.v, o->v, o->n * sizeof *o->v) != 0)
		xabort("the outline that was kept is not that of the text");
	outline_release(&read);
}
#endif

void
outline_file_read(const struct project *p, const char *hash, const struct buf *text,
    struct outline *o)
{
	size_t most = sizeof(struct head) + (text->len / ITEM_MIN + 1) * sizeof *o->v;
	struct outline_names names;
	struct buf b = { 0 };
	struct err none = { 0 };
	struct head h;

	*o = (struct outline){ 0 };
	if (p->orch_fd == -1 || fs_read(p->orch_fd, NAME, most, &b, &none) != 0 || b.len < sizeof h)
		goto done;
	tasks_outline_names(&names);
	memcpy(&h, b.data, sizeof h);
	if (!is_of(&b, &h, hash, text, &names))
		goto done;
	*o = (struct outline){ .list = h.list, .end = h.end, .dash = h.dash, .mark = h.mark,
	    .n = h.n, .cap = (size_t)h.n + 1 };
	/* Where the head was there is room for the end of the list. */
	memmove(b.data, b.data + sizeof h, o->n * sizeof *o->v);
	o->v = (void *)buf_detach(&b);
	o->v[o->n].start = o->end;
	if (!outline_fits(o, buf_str(text), text->len, &names))
		outline_release(o);
#ifdef ORCH_DEBUG
	else
		check(o, text, &names);
#endif
done:
	buf_release(&b);
}

static void
keep(const struct project *p, const struct outline *o, size_t len, const char *hash,
    const struct outline_names *names)
{
	struct head h;
	struct err none = { 0 };
	struct iovec part[] = {
		{ &h, sizeof h }, { o->v, o->n * sizeof *o->v },
	};
	struct iovec summed[] = {
		{ (char *)&h + SUMMED, sizeof h - SUMMED }, part[1],
	};

	memset(&h, 0, sizeof h);
	memcpy(h.text, hash, sizeof h.text);
	kind_of(names, h.kind);
	h.len = (uint32_t)len;
	h.list = o->list;
	h.end = o->end;
	h.dash = o->dash;
	h.mark = o->mark;
	h.n = (uint32_t)o->n;
	fs_hash_parts(summed, 2, h.sum);
	(void)fs_cache(p->orch_fd, NAME, part, 2, &none);
}

void
outline_file_write(const struct project *p, const struct tasks *tasks, const struct patch *patch,
    const char *hash)
{
	struct outline_names names;
	struct outline o;
	size_t len = tasks->text.len;

	tasks_outline_names(&names);
	if (tasks->whole || !outline_patch(&o, &tasks->outline, &tasks->text, patch, &names))
		return;
	for (size_t i = 0; i < patch->n; i++)
		len += patch->v[i].len - (patch->v[i].end - patch->v[i].start);
	keep(p, &o, len, hash, &names);
	outline_release(&o);
}
