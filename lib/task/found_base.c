#include "task/found_base.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/backup.h"
#include "task/project.h"
#include "task/record.h"
#include "task/task_impl.h"

/* A task by its id and what it says: the bytes of its lines, or its values. */
struct print {
	int64_t id;
	size_t at;		/* its place in the picture */
	char hash[FS_HASH_MAX];
};

struct prints {
	const struct tasks *of;
	struct print *v;
	size_t n;
};

static int
compare(const void *a, const void *b)
{
	const struct print *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Where the lines of a task start; its length without what is blank behind it. */
static const char *
lines_of(const struct tasks *ts, size_t i, size_t *len)
{
	const char *start = ts->text.data + ts->outline.v[i].start;
	const char *end = ts->text.data + ts->outline.v[i + 1].start;

	while (end > start && (end[-1] == '\n' || end[-1] == ' '))
		end--;
	*len = (size_t)(end - start);
	return start;
}

static void
print_lines(const struct tasks *ts, size_t i, struct print *p)
{
	size_t len;
	const char *start = lines_of(ts, i, &len);

	fs_hash(start, len, p->hash);
}

static void
print_values(const struct task *t, struct print *p)
{
	struct val *map = task_map(t);
	struct buf text = { 0 };

	json_print(&text, map);
	fs_hash(text.data, text.len, p->hash);
	buf_release(&text);
	val_free(map);
}

/* One that a person wrote without an id is in no generation of the commands; in an outline
 * all have one. */
static struct prints
prints_of(const struct tasks *ts)
{
	struct prints p = { ts, xcalloc(ts->n + 1, sizeof *p.v), 0 };

	for (size_t i = 0; i < ts->n; i++) {
		struct print *print = &p.v[p.n];

		if (ts->whole && !task_is_set(&ts->v[i], F_ID))
			continue;
		*print = (struct print){ .id = ts->v[i].id, .at = i };
		if (ts->whole)
			print_values(&ts->v[i], print);
		else
			print_lines(ts, i, print);
		p.n++;
	}
	qsort(p.v, p.n, sizeof *p.v, compare);
	return p;
}

/* ---- how far apart two tasks are ---- */

/* A task in parts, sorted: its lines, or its keys with their values. */
static struct vec_str
parts_of(const struct prints *p, const struct print *print)
{
	struct vec_str parts = { 0 };
	struct val *map;
	const char *s;
	size_t len;

	if (p->of->whole) {
		map = task_map(&p->of->v[print->at]);
		for (size_t i = 0; i < map->n; i++) {
			struct buf text = { 0 };

			buf_printf(&text, "%s ", map->key[i]);
			json_print(&text, map->v[i]);
			vec_str_take(&parts, buf_detach(&text));
		}
		val_free(map);
	} else {
		s = lines_of(p->of, print->at, &len);
		for (const char *end = s + len; s < end;) {
			const char *eol = memchr(s, '\n', (size_t)(end - s));

			eol = eol != NULL ? eol : end;
			vec_str_take(&parts, xstrndup(s, (size_t)(eol - s)));
			s = eol + 1;
		}
	}
	vec_str_sort(&parts);
	return parts;
}

/*
 * What the copy has and a generation has not weighs more than anything that it lacks: a
 * person cannot have read what was written later.
 */
#define ADDED	((uint64_t)1 << 32)
#define REMOVED	((uint64_t)1)
#define NUMBERED ((uint64_t)1 << 56)	/* another next_id: whoever copied it saw another file */

/* From `g`, a task of a generation, to `c`, that of the copy; either may be NULL. */
static uint64_t
apart(const struct prints *gen, const struct print *g, const struct prints *copy,
    const struct print *c)
{
	struct vec_str x = { 0 }, y = { 0 };
	size_t i = 0, j = 0;
	uint64_t n = 0;

	if (g != NULL)
		x = parts_of(gen, g);
	if (c != NULL)
		y = parts_of(copy, c);
	while (i < x.n || j < y.n) {
		int order = i == x.n ? 1 : j == y.n ? -1 : strcmp(x.v[i], y.v[j]);

		n += order < 0 ? REMOVED : order > 0 ? ADDED : 0;
		i += order <= 0;
		j += order >= 0;
	}
	vec_str_release(&x);
	vec_str_release(&y);
	return n;
}

/* Not counted further than to `most`. */
static uint64_t
distance(const struct prints *gen, const struct prints *copy, uint64_t most)
{
	size_t i = 0, j = 0;
	uint64_t n = 0;

	while ((i < gen->n || j < copy->n) && n < most) {
		const struct print *g = &gen->v[i], *c = &copy->v[j];
		int order = i == gen->n ? 1 : j == copy->n ? -1 : compare(g, c);

		if (order != 0 || strcmp(g->hash, c->hash) != 0)
			n += apart(gen, order <= 0 ? g : NULL, copy, order >= 0 ? c : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	return n;
}

/* The copy, by its lines where it has an outline, and by its values. */
struct copy {
	const struct tasks *whole;
	struct tasks lined;
	struct prints by_lines, by_values;
	bool has_lines;
};

static void
copy_init(struct copy *c, const struct tasks *mine)
{
	struct buf text = buf_view(buf_str(&mine->text), mine->text.len);
	struct err ignored = { 0 };

	*c = (struct copy){ .whole = mine };
	if (tasks_load_known(&c->lined, &text, "copy", &ignored) == 0 && !c->lined.whole) {
		c->by_lines = prints_of(&c->lined);
		c->has_lines = true;
	}
}

static void
copy_release(struct copy *c)
{
	tasks_release(&c->lined);
	free(c->by_lines.v);
	free(c->by_values.v);
}

/* How far the copy is from a generation, `most` and more being all the same; UINT64_MAX
 * if that is no task file. */
static uint64_t
copy_distance(struct copy *c, const struct buf *gen, uint64_t most)
{
	struct buf text = buf_view(buf_str(gen), gen->len);
	struct tasks ts = { 0 };
	struct prints p;
	struct err ignored = { 0 };
	uint64_t n;
	int r;

	/* An outline reads no task, so that it may be asked about bytes that nobody knows. */
	r = c->has_lines ? tasks_load_known(&ts, &text, "generation", &ignored) :
	    tasks_load(&ts, &text, "generation", &ignored);
	if (r == -1)
		return UINT64_MAX;
	if (ts.whole && c->by_values.v == NULL)
		c->by_values = prints_of(c->whole);
	p = prints_of(&ts);
	n = ts.written != c->whole->written && ts.written > 0 && c->whole->written > 0 ? NUMBERED : 0;
	n += distance(&p, ts.whole ? &c->by_values : &c->by_lines, most);
	free(p.v);
	tasks_release(&ts);
	return n;
}

static int
look_at_backups(const struct project *p, struct copy *c, uint64_t best, int64_t *gen,
    struct buf *base, struct err *e)
{
	int dir = fs_open_dir(p->orch_fd, "backup");
	struct backups list = { 0 };
	struct buf text = { 0 };
	int r = 0;

	if (dir == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/backup'", p->orch);
	r = backup_list(dir, &list, e);
	for (size_t i = 0; r == 0 && best > 0 && i < list.n; i++) {
		uint64_t n;

		if ((r = backup_load(dir, list.v[i].gen, &text, e)) != 0) {
			r = r == 1 ? 0 : -1;
			continue;
		}
		if (text.len == 0 || (n = copy_distance(c, &text, best)) >= best)
			continue;
		best = n;
		*gen = list.v[i].gen;
		buf_cut(base, 0);
		buf_append(base, text.data, text.len);
	}
	buf_release(&text);
	backup_release(&list);
	close(dir);
	return r;
}

int
found_base(const struct project *p, const struct record *last, const struct buf *last_text,
    const struct tasks *mine, int64_t *gen, struct buf *base, struct err *e)
{
	struct copy c;
	int r;

	copy_init(&c, mine);
	*gen = last->gen;
	buf_append(base, buf_str(last_text), last_text->len);
	r = look_at_backups(p, &c, copy_distance(&c, last_text, UINT64_MAX), gen, base, e);
	copy_release(&c);
	return r;
}
