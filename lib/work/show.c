#include "work/show.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/task.h"
#include "work/keeper.h"

#define FILE_MAX_BYTES (16u << 20)
#define NAME_WIDTH 17		/* of the column of field names */

/* ---- attempts ---- */

int
show_file(const struct project *p, int64_t task, int number, const char *name, struct buf *out,
    struct err *e)
{
	char *path;
	int r;

	if (p->orch_fd == -1)
		return 1;
	path = xasprintf("runs/%lld/%d/%s", (long long)task, number, name);
	r = fs_read(p->orch_fd, path, FILE_MAX_BYTES, out, e);
	free(path);
	return r;
}

static struct val *
record(const struct project *p, int64_t task, int number, const char *name)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	struct val *v = NULL;

	if (show_file(p, task, number, name, &text, &ignored) == 0)
		v = json_parse(buf_str(&text), text.len, &ignored);
	buf_release(&text);
	return v;
}

static char *
text_of(const struct val *v, const char *key)
{
	const char *text = val_text(val_get(v, key));

	return text ? xstrdup(text) : NULL;
}

static void
add_attempt(struct show_attempts *list, const struct project *p, int64_t task, int number)
{
	struct val *attempt = record(p, task, number, "attempt.json");
	struct val *result = record(p, task, number, "result.json");
	struct val *outcome = record(p, task, number, "outcome.json");
	struct val *container = record(p, task, number, KEEPER_TRACE);

	list->v = vec_room(list->v, &list->cap, list->n, sizeof *list->v);
	list->v[list->n++] = (struct show_attempt){
		.number = number,
		.agent = text_of(attempt, "agent"),
		.class = text_of(outcome, "class"),
		.message = text_of(outcome, "message"),
		.ms = val_number(val_get(result, "ms"), -1),
		.path = xasprintf("%s/runs/%lld/%d", p->orch, (long long)task, number),
		.container = text_of(container, "kind"),
		.sealed = val_truth(val_get(container, "sealed"), false),
		.sandbox = text_of(attempt, "sandbox"),
	};
	val_free(container);
	val_free(attempt);
	val_free(result);
	val_free(outcome);
}

static int
by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
show_attempts(struct show_attempts *list, const struct project *p, int64_t task, struct err *e)
{
	struct vec_id numbers = { 0 };
	struct dirent *entry;
	char *path = xasprintf("%s/runs/%lld", p->orch, (long long)task);
	DIR *dir = opendir(path);
	int64_t n;
	int r = 0;

	*list = (struct show_attempts){ 0 };
	if (dir == NULL && errno != ENOENT) {
		r = err_sys(e, "cannot read '%s'", path);
		goto done;
	}
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (num_int(entry->d_name, 1, INT32_MAX, &n) == 0)
			vec_id_push(&numbers, n);
	if (numbers.n > 0)
		qsort(numbers.v, numbers.n, sizeof *numbers.v, by_number);
	for (size_t i = 0; i < numbers.n; i++)
		add_attempt(list, p, task, (int)numbers.v[i]);
done:
	if (dir != NULL)
		closedir(dir);
	vec_id_release(&numbers);
	free(path);
	return r;
}

void
show_attempts_release(struct show_attempts *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].agent);
		free(list->v[i].class);
		free(list->v[i].message);
		free(list->v[i].path);
		free(list->v[i].container);
		free(list->v[i].sandbox);
	}
	free(list->v);
	*list = (struct show_attempts){ 0 };
}

const struct show_attempt *
show_attempt(const struct show_attempts *list, int number)
{
	for (size_t i = list->n; i-- > 0;)
		if (number == 0 || list->v[i].number == number)
			return &list->v[i];
	return NULL;
}

/* ---- text ---- */

/* What it is; where it stands and how it runs; what came out; reviews; history. */
static bool
starts_group(enum field f)
{
	return f == F_STATUS || f == F_SUMMARY || f == F_REVIEW_DECISION || f == F_HISTORY;
}

static void
name_column(struct buf *b, const char *name)
{
	buf_printf(b, "%-*s", NAME_WIDTH, name);
}

/* Text of several lines stands below its name, indented. */
static void
put_text(struct buf *b, const char *name, const char *text)
{
	size_t len = strlen(text);

	name_column(b, name);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (memchr(text, '\n', len) == NULL) {
		buf_append(b, text, len);
		buf_putc(b, '\n');
		return;
	}
	while (b->data[b->len - 1] == ' ')
		buf_cut(b, b->len - 1);
	buf_putc(b, '\n');
	for (const char *end = text + len; text < end;) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((eol ? eol : end) - text);

		buf_puts(b, n > 0 ? "    " : "");
		buf_append(b, text, n);
		buf_putc(b, '\n');
		text += n + 1;
	}
}

/* "2026-11-21T10:25:00Z  done  attempt 1: ok" */
static void
put_history(struct buf *b, const struct val *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *at = val_text(val_get(list->v[i], "at"));
		const char *status = val_text(val_get(list->v[i], "status"));
		const char *note = val_text(val_get(list->v[i], "note"));

		name_column(b, i == 0 ? field_table[F_HISTORY].name : "");
		buf_printf(b, "%s  %s%s%s\n", at ? at : "?", status ? status : "?",
		    note ? "  " : "", note ? note : "");
	}
}

/* One item a line; further lines of an item stand below its first. */
static void
put_list(struct buf *b, const char *name, const struct val *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct buf item = { 0 };

		if (list->v[i]->kind == VAL_LIST || list->v[i]->kind == VAL_MAP)
			json_print(&item, list->v[i]);
		else
			val_plain(&item, list->v[i]);
		name_column(b, i == 0 ? name : "");
		for (const char *c = buf_str(&item); *c != '\0'; c++) {
			buf_putc(b, *c);
			if (*c == '\n')
				name_column(b, "");
		}
		buf_putc(b, '\n');
		buf_release(&item);
	}
	if (list->n == 0)
		put_text(b, name, "[]");
}

/* Ids and short words fit on one line: "3 5 8". */
static void
put_words(struct buf *b, const char *name, const struct val *list)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < list->n; i++) {
		buf_puts(&line, i > 0 ? " " : "");
		val_plain(&line, list->v[i]);
	}
	put_text(b, name, list->n > 0 ? buf_str(&line) : "[]");
	buf_release(&line);
}

static void
put_field(struct buf *b, enum field f, const struct val *v)
{
	const char *name = field_table[f].name;
	struct buf text = { 0 };

	if (f == F_HISTORY && v->kind == VAL_LIST) {
		put_history(b, v);
	} else if (v->kind == VAL_LIST && (f == F_LABELS || field_table[f].type == FIELD_IDS)) {
		put_words(b, name, v);
	} else if (v->kind == VAL_LIST) {
		put_list(b, name, v);
	} else {
		if (v->kind == VAL_MAP)
			json_print(&text, v);
		else
			val_plain(&text, v);
		put_text(b, name, buf_str(&text));
	}
	buf_release(&text);
}

static void
put_attempt(struct buf *b, const struct show_attempt *a)
{
	char duration[NUM_DURATION_MAX] = "-";

	/* To the second from ten on: nobody asks for the rest. */
	if (a->ms >= 0)
		num_duration_text(a->ms < 10000 ? a->ms : (a->ms + 500) / 1000 * 1000, duration);
	buf_printf(b, "attempt %d  %s  %s  %s  %s\n", a->number, a->agent ? a->agent : "-",
	    a->class ? a->class : a->ms >= 0 ? "not settled" : "not ended", duration, a->path);
}

void
show_text(const struct task *t, const char *archived, const struct show_attempts *attempts,
    struct buf *b)
{
	bool apart = false;

	for (int f = 0; f < FIELD_N; f++) {
		struct val *v = task_value(t, (enum field)f);

		/* What a person left out is shown as what it means. */
		if (v == NULL && f == F_ID)
			v = val_int(t->id);
		if (v == NULL && f == F_STATUS)
			v = val_str(state_name(t->status));
		apart = apart || starts_group((enum field)f);
		if (v == NULL)
			continue;
		if (apart && f != F_ID)
			buf_putc(b, '\n');
		apart = false;
		put_field(b, (enum field)f, v);
		if (f == F_STATUS && archived != NULL)
			put_text(b, "archived", archived);
		val_free(v);
	}
	if (attempts->n > 0)
		buf_putc(b, '\n');
	for (size_t i = 0; i < attempts->n; i++)
		put_attempt(b, &attempts->v[i]);
}

/* ---- JSON ---- */

static struct val *
text_or_null(const char *text)
{
	return text ? val_str(text) : val_null();
}

static struct val *
attempt_value(const struct show_attempt *a)
{
	struct val *v = val_map();

	val_add(v, "number", val_int(a->number));
	val_add(v, "agent", text_or_null(a->agent));
	val_add(v, "class", text_or_null(a->class));
	val_add(v, "message", text_or_null(a->message));
	val_add(v, "seconds", a->ms < 0 ? val_null() : val_real((double)a->ms / 1000));
	val_add(v, "path", val_str(a->path));
	val_add(v, "container", text_or_null(a->container));
	val_add(v, "sealed", val_bool(a->sealed));
	val_add(v, "sandbox", text_or_null(a->sandbox));
	return v;
}

struct val *
show_value(const struct task *t, const char *archived, const struct show_attempts *attempts)
{
	struct val *v = val_map(), *map = task_map(t), *list = val_list();

	for (size_t i = 0; i < attempts->n; i++)
		val_push(list, attempt_value(&attempts->v[i]));
	val_put(v, "schema", val_int(1));
	val_put(v, "id", val_int(t->id));
	val_put(v, "status", val_str(state_name(t->status)));
	for (size_t i = 0; i < map->n; i++)
		val_put(v, map->key[i], val_copy(map->v[i]));
	val_put(v, "schema", val_int(1));
	if (archived != NULL)
		val_put(v, "archived", val_bool(true));
	val_put(v, "attempt_list", list);
	val_free(map);
	return v;
}
