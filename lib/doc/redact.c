/*
 * redact - the one function that takes secrets out of a text
 *
 * The text is looked at without what nobody sees in it; where something was left out is
 * remembered, and a position is led back through that.  Marks that stand in it cut it into
 * segments.  Known secrets, and what looks like one where they stand in it, cut these into
 * pieces, and the pieces are looked through once more for what looks like a secret.  So a second
 * run sees the pieces of the first one, or less, and finds nothing: this is why it may be run
 * twice.
 *
 * However many secrets there are, the text is walked once: eight bytes at each position
 * are hashed and looked up in a set of bits, and only what is in it is compared.
 */
#include "doc/redact.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/redact_impl.h"
#include "doc/val.h"

#define MARK_LEN (sizeof REDACT_MARK - 1)
#define HEAD 8				/* bytes of a secret that are hashed; REDACT_MIN has them */
#define BITS (1 << 15)

_Static_assert(HEAD <= REDACT_MIN, "every secret has a head");

/* Something that nobody sees stood in the raw text before the byte `at` of what is seen. */
struct gap {
	size_t at;
	size_t len;
};

struct walk {
	const struct vec_str *secrets;
	uint64_t bits[BITS / 64];
	struct buf seen;
	struct gap *gap;
	size_t gaps, cap;
	size_t next, skipped;		/* gaps that are behind, and their bytes */
	const char *raw;
	size_t raw_len, flushed;
	struct buf *out;
};

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool
is_unseen(uint32_t cp)
{
	if (cp < 0x80)
		return cp == 0x7f || (cp < 0x20 && !(cp >= '\t' && cp <= '\r'));
	return cp != STR_BAD && (str_unseen(cp) || (cp >= 0xfe00 && cp <= 0xfe0f));
}

static void
see(struct walk *w)
{
	uint32_t cp;

	w->seen = buf_view(w->raw, w->raw_len);
	for (size_t i = 0, n; i < w->raw_len; i += n) {
		unsigned char c = (unsigned char)w->raw[i];

		cp = c;
		n = c < 0x80 ? 1 : str_decode(w->raw + i, w->raw_len - i, &cp);
		if (!is_unseen(cp)) {
			if (w->gaps > 0)
				buf_append(&w->seen, w->raw + i, n);
			continue;
		}
		if (w->gaps == 0) {
			w->seen = (struct buf){ 0 };
			buf_append(&w->seen, w->raw, i);
		}
		if (w->gaps > 0 && w->gap[w->gaps - 1].at == w->seen.len) {
			w->gap[w->gaps - 1].len += n;
			continue;
		}
		w->gap = vec_room(w->gap, &w->cap, w->gaps, sizeof *w->gap);
		w->gap[w->gaps++] = (struct gap){ w->seen.len, n };
	}
}

static void
forget(struct walk *w)
{
	if (w->gaps > 0)
		buf_release(&w->seen);
	free(w->gap);
}

static void
learn(struct redact *r, const char *form, size_t len)
{
	char *s = xstrndup(form, len);

	if (len >= REDACT_MIN && !vec_str_has(&r->secrets, s))
		vec_str_push(&r->secrets, s);
	free(s);
}

static void
learn_percent(struct redact *r, const char *s, size_t len, const char *digits)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (isalnum(c) || strchr("-._~", c)) {
			buf_putc(&b, s[i]);
			continue;
		}
		buf_putc(&b, '%');
		buf_putc(&b, digits[c >> 4]);
		buf_putc(&b, digits[c & 15]);
	}
	learn(r, b.data, b.len);
	buf_release(&b);
}

static void
learn_json(struct redact *r, const char *s, size_t len)
{
	struct val *v = val_strn(s, len);
	struct buf b = { 0 };

	json_print(&b, v);
	learn(r, b.data + 1, b.len - 2);
	buf_release(&b);
	val_free(v);
}

/* The letters that depend on the secret alone when `before` bytes of a group precede it. */
static void
learn_base64(struct redact *r, const char *s, size_t len, size_t before, const char *alphabet)
{
	struct buf b = { 0 };

	for (size_t bit = (8 * before + 5) / 6 * 6; bit + 6 <= 8 * (before + len); bit += 6) {
		size_t at = bit / 8 - before, shift = bit % 8;
		unsigned two = (unsigned)(unsigned char)s[at] << 8;

		if (at + 1 < len)
			two |= (unsigned char)s[at + 1];
		buf_putc(&b, alphabet[two >> (10 - shift) & 63]);
	}
	learn(r, b.data, b.len);
	buf_release(&b);
}

static void
add(struct redact *r, const char *s, size_t len)
{
	struct walk w = { .raw = s, .raw_len = len };
	size_t bad;

	if (len < REDACT_MIN)
		return;
	learn_percent(r, s, len, "0123456789ABCDEF");
	learn_percent(r, s, len, "0123456789abcdef");
	/* What is no UTF-8 cannot stand in a text as it is. */
	if (str_utf8(s, len, &bad)) {
		see(&w);
		learn(r, w.seen.data, w.seen.len);
		learn_json(r, w.seen.data, w.seen.len);
		forget(&w);
	}
	for (size_t before = 0; before < 3; before++) {
		learn_base64(r, s, len, before, base64);
		learn_base64(r, s, len, before, base64url);
	}
}

void
redact_add(struct redact *r, const char *secret)
{
	size_t len;

	secret += strspn(secret, " \t\r\n");
	for (len = strlen(secret); len > 0 && strchr(" \t\r\n", secret[len - 1]); len--)
		continue;
	add(r, secret, len);
	for (size_t at = 0, n; at < len; at += n + 1) {
		n = strcspn(secret + at, "\n");
		if (n < len && n >= 16 && strcspn(secret + at, " \t\r\n") == n)
			add(r, secret + at, n);
	}
}

static void
add_parts(struct redact *r, const char *s, const char *separators)
{
	for (size_t n; *s != '\0'; s += n + (s[n] != '\0')) {
		char *part;

		n = strcspn(s, separators);
		part = xstrndup(s, n);
		redact_add(r, part);
		free(part);
	}
}

static bool
names_secret(const char *name, size_t len)
{
	static const char *const ends[] = { "TOKEN", "SECRET", "KEY", "PASSWORD", NULL };

	for (size_t i = 0; ends[i]; i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && strncasecmp(name + len - n, ends[i], n) == 0)
			return true;
	}
	return false;
}

void
redact_environment(struct redact *r, char *const *env)
{
	for (; *env; env++) {
		const char *value = strchr(*env, '=');

		if (value == NULL)
			continue;
		if (names_secret(*env, (size_t)(value - *env)))
			redact_add(r, value + 1);
		if (str_starts(*env, "ORCH_SECRETS=")) {
			add_parts(r, value + 1, "\n");
			add_parts(r, value + 1, "\n\t ,");
		}
	}
}

static uint64_t
head(const char *s)
{
	uint64_t x;

	memcpy(&x, s, sizeof x);
	return x;
}

static size_t
hash(uint64_t x)
{
	return (size_t)(x * UINT64_C(0x9e3779b97f4a7c15) >> 49);
}

/* The longest secret that stands at `s`, 0 if none does. */
static size_t
known(const struct walk *w, const char *s, size_t len)
{
	uint64_t x = head(s);
	size_t h = hash(x), best = 0;

	if (!(w->bits[h / 64] >> h % 64 & 1))
		return 0;
	for (size_t i = 0; i < w->secrets->n; i++) {
		const char *secret = w->secrets->v[i];
		size_t n;

		if (head(secret) != x)
			continue;
		n = strlen(secret);
		if (n > best && n <= len && memcmp(s, secret, n) == 0)
			best = n;
	}
	return best;
}

/* Where the byte `at` of what is seen stands in the raw text.  Called in ascending order. */
static size_t
raw_place(struct walk *w, size_t at)
{
	while (w->next < w->gaps && w->gap[w->next].at <= at)
		w->skipped += w->gap[w->next++].len;
	return at + w->skipped;
}

static void
take_out(struct walk *w, size_t from, size_t to)
{
	from = raw_place(w, from);
	buf_append(w->out, w->raw + w->flushed, from - w->flushed);
	buf_puts(w->out, REDACT_MARK);
	w->flushed = raw_place(w, to - 1) + 1;
}

static void
walk_piece(struct walk *w, size_t from, size_t to)
{
	struct redact_piece p = { .s = w->seen.data, .len = to, .done = from,
		.last = to == w->seen.len };
	struct redact_hit h;

	for (size_t at = from; at < to; at++) {
		if (!redact_pattern(&p, at, &h))
			continue;
		take_out(w, h.from, h.to);
		p.done = h.to;
		at = h.to - 1;
	}
}

struct hits {
	struct redact_hit *v;
	size_t n, cap;
};

static void
add_hit(struct hits *hits, size_t from, size_t to)
{
	hits->v = vec_room(hits->v, &hits->cap, hits->n, sizeof *hits->v);
	hits->v[hits->n++] = (struct redact_hit){ from, to };
}

/* Those that begin within one another are one; those side by side are two. */
static void
find_known(const struct walk *w, size_t from, size_t to, struct hits *hits)
{
	size_t n;

	for (size_t at = from; w->secrets && w->secrets->n > 0 && at + HEAD <= to; at++) {
		struct redact_hit *last = hits->n > 0 ? &hits->v[hits->n - 1] : NULL;

		if ((n = known(w, w->seen.data + at, to - at)) == 0)
			continue;
		if (last == NULL || at >= last->to)
			add_hit(hits, at, at + n);
		else if (at + n > last->to)
			last->to = at + n;
	}
}

/* A known secret may be a part of what looks like one, which is whole only with it. */
static void
find_around(const struct walk *w, size_t from, size_t to, struct hits *hits)
{
	struct redact_piece p = { .s = w->seen.data, .len = to, .done = from,
		.last = to == w->seen.len };
	struct hits known = *hits, all = { 0 };
	struct redact_hit h;
	size_t k = 0;

	for (size_t at = from; at < to; at++) {
		if (!redact_pattern(&p, at, &h))
			continue;
		p.done = h.to;
		at = h.to - 1;
		for (; k < known.n && known.v[k].to <= h.from; k++)
			add_hit(&all, known.v[k].from, known.v[k].to);
		for (; k < known.n && known.v[k].from < h.to; k++) {
			h.from = known.v[k].from < h.from ? known.v[k].from : h.from;
			h.to = known.v[k].to > h.to ? known.v[k].to : h.to;
		}
		if (all.n > 0 && h.from < all.v[all.n - 1].to)
			all.v[all.n - 1].to = h.to > all.v[all.n - 1].to ? h.to : all.v[all.n - 1].to;
		else
			add_hit(&all, h.from, h.to);
	}
	for (; k < known.n; k++)
		add_hit(&all, known.v[k].from, known.v[k].to);
	free(known.v);
	*hits = all;
}

static void
walk_segment(struct walk *w, size_t from, size_t to)
{
	struct hits hits = { 0 };
	size_t piece = from;

	find_known(w, from, to, &hits);
	if (hits.n > 0)
		find_around(w, from, to, &hits);
	for (size_t i = 0; i < hits.n; i++) {
		walk_piece(w, piece, hits.v[i].from);
		take_out(w, hits.v[i].from, hits.v[i].to);
		piece = hits.v[i].to;
	}
	walk_piece(w, piece, to);
	free(hits.v);
}

/* Where the next mark stands; the end, if there is none. */
static size_t
next_mark(const struct walk *w, size_t from)
{
	const char *s = w->seen.data + from, *end = w->seen.data + w->seen.len;

	for (; (s = memchr(s, REDACT_MARK[0], (size_t)(end - s))) != NULL; s++)
		if ((size_t)(end - s) >= MARK_LEN && memcmp(s, REDACT_MARK, MARK_LEN) == 0)
			return (size_t)(s - w->seen.data);
	return w->seen.len;
}

void
redact_text(const struct redact *r, const char *s, size_t len, struct buf *out)
{
	struct walk w = { .secrets = r ? &r->secrets : NULL, .raw = s, .raw_len = len, .out = out };

	if (len == 0)
		return;
	for (size_t i = 0; r && i < r->secrets.n; i++) {
		size_t h = hash(head(r->secrets.v[i]));

		w.bits[h / 64] |= UINT64_C(1) << h % 64;
	}
	see(&w);
	for (size_t from = 0; from < w.seen.len;) {
		size_t to = next_mark(&w, from);

		walk_segment(&w, from, to);
		from = to + (to < w.seen.len ? MARK_LEN : 0);
	}
	buf_append(out, s + w.flushed, len - w.flushed);
	forget(&w);
}

char *
redact_string(const struct redact *r, char *s)
{
	struct buf b = { 0 };

	if (s == NULL)
		return NULL;
	redact_text(r, s, strlen(s), &b);
	free(s);
	return b.data ? buf_detach(&b) : xstrdup("");
}

/* A key that is another one's secret must not take its value away. */
static void
put(const struct redact *r, struct val *map, const char *key, struct val *v)
{
	char *name = redact_string(r, xstrdup(key));
	struct buf b = { 0 };

	buf_puts(&b, name);
	for (int i = 2; val_get(map, buf_str(&b)); i++) {
		buf_cut(&b, 0);
		buf_printf(&b, "%s (%d)", name, i);
	}
	val_add(map, buf_str(&b), v);
	buf_release(&b);
	free(name);
}

struct val *
redact_val(const struct redact *r, const struct val *v)
{
	struct val *c;

	if (v->kind == VAL_STR) {
		c = val_null();
		c->kind = VAL_STR;
		c->s = redact_string(r, xstrdup(v->s));
		return c;
	}
	if (v->kind != VAL_LIST && v->kind != VAL_MAP)
		return val_copy(v);
	c = v->kind == VAL_LIST ? val_list() : val_map();
	for (size_t i = 0; i < v->n; i++)
		if (v->kind == VAL_LIST)
			val_push(c, redact_val(r, v->v[i]));
		else
			put(r, c, v->key[i], redact_val(r, v->v[i]));
	return c;
}

void
redact_release(struct redact *r)
{
	vec_str_release(&r->secrets);
}
