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
#include "view.h"

#define PAGE 30
#define PAGE_MAX 100
#define PAGES_MAX 100
#define CURSOR "Y3Vyc29yOnYyOpK"

/* One link: the same path by the id of the repository, the same query, another page. */
static void
put_link(struct call *c, struct buf *b, const char *rel, size_t page, const struct list_key *after)
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
		view_encode(b, c->query->key[i]);
		buf_putc(b, '=');
		view_encode(b, store_text(c->query, c->query->key[i]));
		between = "&";
	}
	if (after)
		buf_printf(b, "%safter=" CURSOR "%" PRIx64 "-%" PRIx64, between, (uint64_t)after->by,
		    (uint64_t)after->id);
	if (!after || c->repo)
		buf_printf(b, "%spage=%zu", after ? "&" : between, page);
	buf_printf(b, ">; rel=\"%s\"", rel);
}

/*
 * Where the page begins that comes after this cursor.  It holds the key of the last one
 * seen, which may have moved since: what comes is what is sorted behind that key.
 */
static size_t
after_cursor(const struct list_key *keys, size_t n, const char *cursor)
{
	const struct list_key *first = keys, *final = keys + n - 1;
	bool down = n > 1 && (first->by != final->by ? first->by > final->by : first->id > final->id);
	struct list_key last = { 0 };
	char *end;
	size_t i;

	if (strncmp(cursor, CURSOR, strlen(CURSOR)) != 0)
		return 0;
	last.by = strtoll(cursor + strlen(CURSOR), &end, 16);
	last.id = *end ? strtoll(end + 1, NULL, 16) : 0;
	for (i = 0; i < n; i++)
		if (keys[i].by != last.by ? (keys[i].by > last.by) != down : keys[i].id != last.id &&
		    (keys[i].id > last.id) != down)
			break;
	return i;
}

bool
list_page(struct call *c, const struct list_key *keys, size_t n, size_t *from, size_t *to)
{
	size_t per = (size_t)api_query_int(c, "per_page", PAGE), page = (size_t)api_query_int(c, "page", 1), pages;
	bool issues = c->repo && !c->issue && strstr(c->q->path, "/issues") && !strstr(c->q->path, "/comments");
	const char *cursor = api_query(c, "after");
	struct buf links = { 0 };
	bool long_list;

	per = per == 0 ? PAGE : per > PAGE_MAX ? PAGE_MAX : per;
	page = page == 0 ? 1 : page;
	pages = (n + per - 1) / per;
	long_list = (issues && (pages >= PAGES_MAX || store_option(c->s, "cursors", 0))) || !c->repo;
	if (issues && !*cursor && page >= PAGES_MAX) {
		api_fail(c, 422, "Pagination with the page parameter is not supported for large datasets, "
		    "please use cursor based pagination (after/before)");
		return false;
	}
	*from = *cursor ? after_cursor(keys, n, cursor) : page > pages ? n : (page - 1) * per;
	*to = n - *from > per ? *from + per : n;
	if (*to < n)
		put_link(c, &links, "next", page + 1, long_list ? &keys[*to - 1] : NULL);
	if (*to < n && !long_list)
		put_link(c, &links, "last", pages, NULL);
	if (*from > 0 && !long_list) {
		put_link(c, &links, "prev", page - 1, NULL);
		put_link(c, &links, "first", 1, NULL);
	}
	if (links.len > 0)
		http_put(c->r, "Link", "%s", links.data);
	buf_release(&links);
	return true;
}

void
list_answer(struct call *c, struct val *items)
{
	struct list_key *keys = xcalloc(items->n + 1, sizeof *keys);
	struct val *out = val_list();
	size_t from, to;

	for (size_t i = 0; i < items->n; i++)
		keys[i].by = (int64_t)i;
	if (list_page(c, keys, items->n, &from, &to)) {
		for (size_t i = from; i < to; i++)
			val_push(out, val_copy(items->v[i]));
		api_json(c, 200, out);
	} else
		val_free(out);
	val_free(items);
	free(keys);
}
