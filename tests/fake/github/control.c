#include "control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/clock.h"
#include "doc/json.h"
#include "faults.h"

static void
lines(struct http_reply *r, const struct val *list)
{
	for (size_t i = 0; i < list->n; i++) {
		json_print(&r->body, list->v[i]);
		buf_putc(&r->body, '\n');
	}
}

static struct val *
done(void)
{
	struct val *v = val_map();

	val_put(v, "ok", val_bool(true));
	return v;
}

static struct val *
set_clock(struct fake *f, const struct val *body, const char **wrong)
{
	const char *text = val_text(val_get(body, "set"));
	int64_t now = store_now(&f->store) + store_int(body, "advance");

	if (text && clock_parse(text, &now) == -1) {
		*wrong = "no time";
		return NULL;
	}
	store_put_int(f->store.state, "now", now);
	return done();
}

static struct val *
add_fault(struct fake *f, const struct val *body, const char **wrong)
{
	struct val *v;

	if (body->kind == VAL_LIST) {
		for (size_t i = 0; i < body->n; i++) {
			v = add_fault(f, body->v[i], wrong);
			if (!v)
				return NULL;
			val_free(v);
		}
		return done();
	}
	if (!fault_known(store_text(body, "kind"))) {
		*wrong = "no such kind of fault";
		return NULL;
	}
	if (strcmp(store_text(body, "kind"), "stale") == 0 && !val_get(body, "snapshot") &&
	    !store_option(&f->store, "keep", 0)) {
		*wrong = "stale needs a snapshot, or the option keep";
		return NULL;
	}
	val_push(f->faults, val_copy(body));
	return done();
}

static struct val *
set_options(struct fake *f, const struct val *body)
{
	struct val *options = val_get(f->store.state, "options");

	for (size_t i = 0; i < body->n; i++)
		val_put(options, body->key[i], val_copy(body->v[i]));
	return done();
}

static void
empty(struct val **list)
{
	val_free(*list);
	*list = val_list();
}

static struct val *
post(struct fake *f, const char *what, const struct val *body, const char **wrong)
{
	struct val *v;

	if (strcmp(what, "seed") == 0)
		return seed_put(&f->store, body, wrong);
	if (strcmp(what, "person") == 0) {
		v = person_do(&f->store, body, wrong);
		if (v)
			store_changed(&f->store);
		return v;
	}
	if (strcmp(what, "clock") == 0)
		return set_clock(f, body, wrong);
	if (strcmp(what, "fault") == 0)
		return add_fault(f, body, wrong);
	if (strcmp(what, "options") == 0)
		return set_options(f, body);
	if (strcmp(what, "snapshot") == 0) {
		val_put(f->snapshots, store_text(body, "name"), val_copy(val_get(f->store.state, "repos")));
		return done();
	}
	if (strcmp(what, "release") == 0) {
		http_resume(&f->http);
		return done();
	}
	if (strcmp(what, "clear-faults") == 0) {
		empty(&f->faults);
		return done();
	}
	if (strcmp(what, "clear") == 0) {
		empty(&f->log);
		empty(&f->faults);
		empty(&f->violations);
		return done();
	}
	if (strcmp(what, "save") == 0 && f->state_path && store_save(&f->store, f->state_path) == 0)
		return done();
	*wrong = "no such call";
	return NULL;
}

void
control_serve(struct fake *f, const struct http_request *q, struct http_reply *r)
{
	const char *what = q->path + strlen("/_fake/"), *wrong = "no JSON";
	struct val *body, *v = NULL;

	r->status = 200;
	http_put(r, "Content-Type", "application/json");
	if (strcmp(q->method, "GET") == 0) {
		if (strcmp(what, "log") == 0)
			lines(r, f->log);
		else if (strcmp(what, "violations") == 0)
			lines(r, f->violations);
		else if (strcmp(what, "faults") == 0)
			lines(r, f->faults);
		else if (strcmp(what, "dump") == 0)
			json_print(&r->body, f->store.state);
		else
			r->status = 404;
		return;
	}
	body = q->length > 0 ? api_parse(q->body, q->length) : val_map();
	if (body)
		v = post(f, what, body, &wrong);
	if (!v) {
		r->status = 400;
		v = val_map();
		store_put(v, "error", wrong);
	}
	json_print(&r->body, v);
	val_free(v);
	val_free(body);
}
