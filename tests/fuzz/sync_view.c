/*
 * sync_view: JSON as an issue of GitHub's, and as a base that was kept
 *
 * A view is within its bounds; kept and read back it is the same; what is written of it and
 * told again makes no difference, so that nobody seems to have changed anything; and held
 * against itself nothing is to be done.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "work/sync_mark.h"
#include "work/sync_merge.h"
#include "work/sync_text.h"
#include "work/sync_view.h"

static const char uid[] = "0123456789abcdef0123456789abcdef";

static char *
kept(const struct view *v)
{
	struct val *map = view_json(v);
	struct buf b = { 0 };

	json_print(&b, map);
	val_free(map);
	return buf_detach(&b);
}

static void
check_bounds(const struct view *v)
{
	must(*v->title != '\0' && strpbrk(v->title, "\n\r\t") == NULL &&
	    sync_text_length(v->title) <= VIEW_TITLE_MAX, "%s", v->title);
	must(sync_text_length(v->body) <= VIEW_BODY_MAX && strchr(v->body, '\r') == NULL, "%s", v->body);
	for (size_t i = 0; i < v->labels.n; i++)
		must(*v->labels.v[i] != '\0' && sync_text_length(v->labels.v[i]) <= VIEW_LABEL_MAX,
		    "%s", v->labels.v[i]);
}

static void
check_kept(const struct view *v)
{
	char *text = kept(v), *again;
	struct err e = { 0 };
	struct val *map = json_parse(text, strlen(text), &e);
	struct view back = { 0 };

	must(map != NULL && view_read(&back, map, &e) == 0, "%s: %s", e.msg, text);
	again = kept(&back);
	must(strcmp(text, again) == 0, "%s\n%s", text, again);
	view_release(&back);
	val_free(map);
	free(again);
	free(text);
}

/* The issue again, with what would be written of it. */
static void
check_written(const struct view *v, const struct val *issue)
{
	char *body = sync_mark_body(v->body, uid, NULL);
	struct val *map = val_copy(issue), *labels = val_list();
	struct vec_str names = { 0 };
	struct err e = { 0 };
	struct view told = { 0 };
	char *a, *b;

	view_labels(v, &names);
	for (size_t i = 0; i < names.n; i++)
		val_push(labels, val_str(names.v[i]));
	val_put(map, "title", val_str(v->title));
	if (!(v->unsaid & SIDE_BODY))
		val_put(map, "body", val_str(body));
	if (!(v->unsaid & SIDE_LABELS))
		val_put(map, "labels", val_copy(labels));
	must(view_of_issue(&told, map, &e) == 0, "%s", e.msg);
	a = kept(v);
	b = kept(&told);
	must(strcmp(a, b) == 0, "told:\n%s\nagain:\n%s", a, b);
	free(a);
	free(b);
	view_release(&told);
	vec_str_release(&names);
	val_free(labels);
	val_free(map);
	free(body);
}

static void
check_merge(const struct view *v)
{
	struct merge_in in = { .base = v, .local = v, .remote = v, .status = ST_ROUTED,
		.text_trusted = true };
	struct merge_out out;

	sync_merge(&in, &out);
	must((out.task & (SIDE_TITLE | SIDE_BODY | SIDE_LABELS)) == 0 &&
	    (out.issue & (SIDE_TITLE | SIDE_BODY | SIDE_LABELS)) == 0 && !out.stale, "%x %x",
	    out.task, out.issue);
	merge_out_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len);
	struct err e = { 0 };
	struct val *json = json_parse(text, len, &e);
	struct view v = { 0 };

	if (json != NULL && view_read(&v, json, &e) == 0) {
		check_kept(&v);
		view_release(&v);
	}
	if (json != NULL && view_of_issue(&v, json, &e) == 0) {
		check_bounds(&v);
		check_kept(&v);
		/* That marker would be ours. */
		if (strstr(v.body, uid) == NULL)
			check_written(&v, json);
		check_merge(&v);
		view_release(&v);
	}
	val_free(json);
	free(text);
	return 0;
}
