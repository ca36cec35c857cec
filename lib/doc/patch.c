#include "doc/patch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/vec.h"

/* How many bytes at the start of both are equal. */
static size_t
same_start(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	while (n - i >= 64 && memcmp(a + i, b + i, 64) == 0)
		i += 64;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

static size_t
same_end(const char *a, const char *b, size_t n)
{
	size_t i = 0;

	while (n - i >= 64 && memcmp(a - i - 64, b - i - 64, 64) == 0)
		i += 64;
	while (i < n && a[-1 - (ptrdiff_t)i] == b[-1 - (ptrdiff_t)i])
		i++;
	return i;
}

void
patch_add(struct patch *p, const struct buf *old, size_t start, size_t end, const char *new,
    size_t len)
{
	const char *text = buf_str(old);
	size_t common = end - start < len ? end - start : len, head, tail;

	head = same_start(text + start, new, common);
	tail = same_end(text + end, new + len, common - head);
	start += head;
	end -= tail;
	new += head;
	len -= head + tail;
	if (start == end && len == 0)
		return;
	p->v = vec_room(p->v, &p->cap, p->n, sizeof *p->v);
	p->v[p->n++] = (struct patch_run){ (uint32_t)start, (uint32_t)end,
	    (uint32_t)p->ink.len, (uint32_t)len };
	buf_append(&p->ink, new, len);
}

void
patch_release(struct patch *p)
{
	free(p->v);
	buf_release(&p->ink);
	*p = (struct patch){ 0 };
}

static void
add_part(struct iovec *v, size_t *n, const struct buf *from, size_t start, size_t len)
{
	/* struct iovec is for reading, too; nothing is written through it. */
	union {
		const char *in;
		void *out;
	} at = { .in = buf_str(from) + start };

	if (len > 0)
		v[(*n)++] = (struct iovec){ at.out, len };
}

struct iovec *
patch_parts(const struct patch *p, const struct buf *old, size_t *n, size_t *size)
{
	struct iovec *v = xcalloc(2 * p->n + 1, sizeof *v);
	size_t from = 0;

	*n = *size = 0;
	for (size_t i = 0; i < p->n; i++) {
		add_part(v, n, old, from, p->v[i].start - from);
		add_part(v, n, &p->ink, p->v[i].at, p->v[i].len);
		from = p->v[i].end;
	}
	add_part(v, n, old, from, old->len - from);
	for (size_t i = 0; i < *n; i++)
		*size += v[i].iov_len;
	return v;
}

void
patch_apply(const struct patch *p, const struct buf *old, struct buf *new)
{
	size_t n, size;
	struct iovec *v = patch_parts(p, old, &n, &size);

	buf_cut(new, 0);
	buf_reserve(new, size);
	for (size_t i = 0; i < n; i++)
		buf_append(new, v[i].iov_base, v[i].iov_len);
	free(v);
}

/* ---- as bytes: the number of runs, the runs, the ink; numbers as the machine has them ---- */

void
patch_print(const struct patch *p, struct buf *out)
{
	uint64_t n = p->n;

	buf_append(out, &n, sizeof n);
	if (n > 0)
		buf_append(out, p->v, p->n * sizeof *p->v);
	buf_append(out, buf_str(&p->ink), p->ink.len);
}

int
patch_parse(struct patch *p, const char *s, size_t len, size_t old_len)
{
	uint64_t n, from = 0, ink = 0;

	*p = (struct patch){ 0 };
	if (len < sizeof n)
		return -1;
	memcpy(&n, s, sizeof n);
	s += sizeof n;
	len -= sizeof n;
	if (n > len / sizeof *p->v)
		return -1;
	p->v = xcalloc(n + 1, sizeof *p->v);
	p->n = n;
	memcpy(p->v, s, n * sizeof *p->v);
	buf_append(&p->ink, s + n * sizeof *p->v, len - n * sizeof *p->v);
	for (size_t i = 0; i < n; i++) {
		const struct patch_run *r = &p->v[i];

		if (r->start < from || r->end < r->start || r->end > old_len || r->at != ink) {
			patch_release(p);
			return -1;
		}
		from = r->end;
		ink += r->len;
	}
	if (ink != p->ink.len) {
		patch_release(p);
		return -1;
	}
	return 0;
}
