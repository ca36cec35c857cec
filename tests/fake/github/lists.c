/*
 * lists - pages of a list
 *
 * A page is told by its number, as GitHub does: what is changed between two pages moves
 * the others.  From page 100 on there is only `after`, a cursor: the links of a list that
 * long (or of any, with the option "cursors") have it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "routes.h"

#define PAGE 30
#define PAGE_MAX 100
#define PAGES_MAX 100
#define CURSOR "Y3Vyc29yOnYyOpK"

/* A part of a query, encoded: what is not of RFC 3986 2.3. */
static void
encode(struct buf *b, const char *s)
{
	for (; *s; s++)
		if ((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') ||
		    strchr("-._~", *s))
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

/* One link: the same path by the id of the repository, the same query, another page. */
static void
put_link(struct call *c, struct buf *b, const char *rel, size_t page, int64_t after)
{
	const char *rest = c->q->path, *between = "?";

	if (b->len > 0)
		buf_puts(b, ", ");
	if (c->repo) {
		rest = strstr(rest, "/issues");
		if (!rest)
			rest = strstr(c->q->path, "/labels");
		buf_printf(b, "<%s/repositories/%" PRId64 "%s", c->s->base, store_int(c->repo, "id"), rest ? rest : "");
	} else
		buf_printf(b, "<%s%s", c->s->base, strncmp(rest, "/api/v3/", 8) == 0 ? rest + 7 : rest);
	for (size_t i = 0; i < c->query->n; i++) {
		if (strcmp(c->query->key[i], "page") == 0 || strcmp(c->query->key[i], "after") == 0)
			continue;
		buf_puts(b, between);
		encode(b, c->query->key[i]);
		buf_putc(b, '=');
		encode(b, store_text(c->query, c->query->key[i]));
		between = "&";
	}
	if (after)
		buf_printf(b, "%safter=" CURSOR "%" PRIx64, between, (uint64_t)after);
	if (!after || c->repo)
		buf_printf(b, "%spage=%zu", after ? "&" : between, page);
	buf_printf(b, ">; rel=\"%s\"", rel);
}

/* Where the page begins that comes after this cursor; the list is sorted. */
static size_t
after_cursor(const struct val *items, const char *cursor)
{
	int64_t id = 0;

	if (strncmp(cursor, CURSOR, strlen(CURSOR)) == 0)
		id = strtoll(cursor + strlen(CURSOR), NULL, 16);
	for (size_t i = 0; i < items->n; i++)
		if (store_int(items->v[i], "id") == id)
			return i + 1;
	return 0;
}

void
list_answer(struct call *c, struct val *items)
{
	size_t per = (size_t)api_query_int(c, "per_page", PAGE), page = (size_t)api_query_int(c, "page", 1);
	bool issues = c->repo && !c->issue && strstr(c->q->path, "/issues") && !strstr(c->q->path, "/comments");
	const char *cursor = api_query(c, "after");
	struct val *out = val_list();
	struct buf links = { 0 };
	size_t from, pages;
	bool long_list;

	per = per == 0 ? PAGE : per > PAGE_MAX ? PAGE_MAX : per;
	page = page == 0 ? 1 : page;
	pages = (items->n + per - 1) / per;
	long_list = (issues && (pages >= PAGES_MAX || store_option(c->s, "cursors", 0))) || !c->repo;
	if (issues && !*cursor && page >= PAGES_MAX) {
		api_fail(c, 422, "Pagination with the page parameter is not supported for large datasets, "
		    "please use cursor based pagination (after/before)");
		goto done;
	}
	from = *cursor ? after_cursor(items, cursor) : (page - 1) * per;
	for (size_t i = from; i < items->n && i < from + per; i++)
		val_push(out, val_copy(items->v[i]));
	if (from + per < items->n)
		put_link(c, &links, "next", page + 1, long_list ? store_int(items->v[from + per - 1], "id") : 0);
	if (from + per < items->n && !long_list)
		put_link(c, &links, "last", pages, 0);
	if (from > 0 && !long_list) {
		put_link(c, &links, "prev", page - 1, 0);
		put_link(c, &links, "first", 1, 0);
	}
	if (links.len > 0)
		http_put(c->r, "Link", "%s", links.data);
	api_json(c, 200, out);
	out = NULL;
done:
	val_free(out);
	val_free(items);
	buf_release(&links);
}
