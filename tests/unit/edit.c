/*
 * Edits: the cases of tests/data/edit, and random ones.
 *
 * A case is a text file: the text before, the operations, the text after or the
 * words of the refusal.
 *
 *	=== before [crlf] [bom] [noeol]
 *	=== edit
 *	order id title status		(optional: the order of keys)
 *	put tasks.0 status: done	(map, then key and value as YAML; "." is the root)
 *	drop tasks.0 agent
 *	append . tasks: {id: 3}
 *	remove tasks.1			(an item of a list)
 *	=== after [crlf] [bom] [noeol]	or:  === refused
 *
 * Each is done twice: the second time it must change nothing, unless it appends or
 * removes an item.
 * The random part builds files as a person might have written them, changes
 * some tasks at random, and compares values and the bytes of the other tasks.
 */
#include <glob.h>
#include <stdlib.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "doc/yaml.h"

#define OPS_MAX 16
#define NAMES_MAX 32

struct script {
	struct yaml y;
	struct edit_op op[OPS_MAX];
	struct val *value[OPS_MAX];		/* {key: value}, owned */
	size_t n;
	char *names[NAMES_MAX + 1];
	size_t nnames;
	bool once;				/* a second time it would do something else */
};

static const struct yaml_node *
node_at(const struct yaml_node *n, const char *path)
{
	char part[64];

	if (strcmp(path, ".") == 0)
		return NULL;
	while (n != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(part, sizeof part, "%.*s", (int)len, path);
		if (n->kind == YAML_MAP)
			n = yaml_own(n, part);
		else {
			long i = strtol(part, NULL, 10);

			for (n = n->child; n != NULL && i > 0; i--)
				n = n->next;
		}
		path += len + (path[len] == '.');
	}
	return n;
}

static struct val *
value_of(const char *text)
{
	struct err e = { 0 };
	struct yaml y;
	struct val *v;

	if (yaml_parse(&y, text, strlen(text), "value", &e) < 0) {
		printf("# %s\n", e.msg);
		return val_map();
	}
	v = yaml_value(y.root);
	yaml_release(&y);
	return v;
}

static void
add_op(struct script *s, const char *verb, const char *path, const char *rest)
{
	struct edit_op *op = &s->op[s->n];
	struct val *v;

	op->map = node_at(s->y.root, path);
	if (strcmp(verb, "remove") == 0) {
		op->kind = EDIT_REMOVE;
		s->once = true;
		s->n++;
		return;
	}
	op->kind = strcmp(verb, "put") == 0 ? EDIT_PUT : strcmp(verb, "drop") == 0 ? EDIT_DROP :
	    EDIT_APPEND;
	s->once = s->once || op->kind == EDIT_APPEND;
	v = op->kind == EDIT_DROP ? val_map() : value_of(rest);
	if (op->kind == EDIT_DROP)
		val_put(v, rest, val_null());
	s->value[s->n++] = v;
	op->key = v->n ? v->key[0] : "?";
	op->value = v->n ? v->v[0] : v;
}

static void
read_script(struct script *s, char *text)
{
	for (char *line = text, *end; *line != '\0'; line = end) {
		char verb[16] = "", path[64] = "";
		int used = 0;

		end = line + strcspn(line, "\n");
		if (*end != '\0')
			*end++ = '\0';
		if (sscanf(line, "%15s %n", verb, &used) < 1 || verb[0] == '#')
			continue;
		if (strcmp(verb, "order") == 0) {
			for (char *w = line + used, *next; *w != '\0'; w = next) {
				size_t len = strcspn(w, " ");

				next = w + len + (w[len] == ' ');
				s->names[s->nnames++] = xstrndup(w, len);
			}
			continue;
		}
		sscanf(line, "%15s %63s %n", verb, path, &used);
		add_op(s, verb, path, line + used);
	}
}

static void
release_script(struct script *s)
{
	for (size_t i = 0; i < s->n; i++)
		val_free(s->value[i]);
	for (size_t i = 0; i < s->nnames; i++)
		free(s->names[i]);
}

/* Does the script to the text. */
static int
run(const char *text, size_t len, const char *edit, struct buf *out, bool *once,
    struct err *e)
{
	struct script s = { 0 };
	char *copy = xstrdup(edit);
	int rc = -1;

	if (yaml_parse(&s.y, text, len, "t", e) < 0)
		goto done;
	read_script(&s, copy);
	*once = s.once;
	rc = edit_apply(&s.y, s.op, s.n, s.nnames ? (const char *const *)s.names : NULL, "t", out,
	    e);
	yaml_release(&s.y);
done:
	release_script(&s);
	free(copy);
	return rc;
}

static char *
read_file(const char *path)
{
	struct buf b = { 0 };
	char block[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0)
		buf_append(&b, block, n);
	if (f != NULL)
		fclose(f);
	return buf_detach(&b);
}

/* The part that starts with "=== name", as its flags say. */
static bool
part(const char *file, const char *name, struct buf *out)
{
	char head[32];
	const char *p, *flags, *end;
	struct buf b = { 0 };

	snprintf(head, sizeof head, "=== %s", name);
	p = strstr(file, head);
	if (p == NULL)
		return false;
	flags = p + strlen(head);
	p = flags + strcspn(flags, "\n") + 1;
	end = strstr(p, "=== ");
	while (end != NULL && end > p && end[-1] != '\n')
		end = strstr(end + 1, "=== ");
	end = end ? end : p + strlen(p);
	buf_append(&b, flags, (size_t)(p - flags));
	if (strstr(b.data, "bom"))
		buf_puts(out, "\xef\xbb\xbf");
	for (; p < end; p++) {
		if (*p == '\n' && strstr(b.data, "crlf"))
			buf_putc(out, '\r');
		buf_putc(out, *p);
	}
	if (strstr(b.data, "noeol"))
		buf_cut(out, out->len - (strstr(b.data, "crlf") ? 2 : 1));
	buf_release(&b);
	return true;
}

static void
show(const char *what, const char *text)
{
	printf("# %s\n#   ", what);
	for (; *text != '\0'; text++)
		if (*text == '\n')
			printf("$\n#   ");
		else if (*text == '\r')
			printf("^M");
		else
			putchar(*text);
	printf("|\n");
}

static void
check_case(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char *file = read_file(path);
	struct buf before = { 0 }, edit = { 0 }, after = { 0 }, got = { 0 }, again = { 0 };
	struct err e = { 0 };
	bool refused, once = false;
	int rc;

	if (!part(file, "before", &before) || !part(file, "edit", &edit)) {
		ok(false, "%s: not a case", name);
		goto done;
	}
	refused = part(file, "refused", &after);
	if (!refused)
		part(file, "after", &after);
	rc = run(buf_str(&before), before.len, buf_str(&edit), &got, &once, &e);
	if (refused) {
		buf_cut(&after, after.len - 1);
		if (!ok(rc < 0 && strstr(e.msg, buf_str(&after)) && got.len == 0, "%s", name))
			show(rc < 0 ? e.msg : "was not refused", buf_str(&got));
		goto done;
	}
	if (!ok(rc == 0 && strcmp(buf_str(&got), buf_str(&after)) == 0, "%s", name)) {
		show(rc < 0 ? e.msg : "got", buf_str(&got));
		show("want", buf_str(&after));
		goto done;
	}
	if (!once) {
		rc = run(buf_str(&got), got.len, buf_str(&edit), &again, &once, &e);
		if (!ok(rc == 0 && strcmp(buf_str(&got), buf_str(&again)) == 0, "%s, again", name))
			show(rc < 0 ? e.msg : "changed", buf_str(&again));
	}
done:
	free(file);
	buf_release(&before);
	buf_release(&edit);
	buf_release(&after);
	buf_release(&got);
	buf_release(&again);
}

static void
check_cases(void)
{
	glob_t g = { 0 };

	ok(glob("tests/data/edit/*.case", 0, NULL, &g) == 0 && g.gl_pathc >= 60,
	    "there are %zu cases", g.gl_pathc);
	for (size_t i = 0; i < g.gl_pathc; i++)
		check_case(g.gl_pathv[i]);
	globfree(&g);
}

/*
 * Texts that YAML readers of some version take for something else, or that need
 * care: each is written, read back, and put over values of every style.
 */
static const char *const nasty[] = {
	"", " ", "a ", " a", "~", "null", "True", "no", "On", "y", "=", "<<", "0", "-1", "+1", "012",
	"0o7", "0x1f", "1_000", "1e3", "1.5", ".5", ".inf", "-.INF", ".nan", "1:30", "12:30:45",
	"2026-11-21", "2026-11-21T10:25:00Z", "2026-11-21 10:25:00", "a: b", "a:", ":a", "a #b",
	"#a", "- a", "-", "-a", "--- a", "...", "? a", "?a", "[a]", "{a}", "a, b", "&a", "*a", "!a",
	"|", ">", "%a", "@a", "`a", "'a'", "\"a\"", "it's", "\\n", "a\"b\\c'd", "\t", "a\tb", "a\nb",
	"a\nb\n", "a\n\nb\n", "\na", "  a\nb", "\ta\nb", "a\n", "a\n\n", "\n", "a\n  \n", "a\n b \n",
	"a\r\nb", "\x01", "\x7f", "\xc2\x85", "a\xe2\x80\xa8" "b", "\xef\xbb\xbf" "a", "h\xc3\xa9llo",
	"\xf0\x9f\x98\x80", "key: |\n  x", "# c\nd", "a\n# b", "---\na", "a]", "a}", "x?", "a,b",
};
#define NASTY (sizeof nasty / sizeof *nasty)

static void
check_scalars(void)
{
	static const char *const holders[] = {
		"k: old\nz: 1\n", "k: 'old' # c\nz: 1\n", "k: \"old\"\nz: 1\n", "k:\nz: 1\n",
		"k: |\n  old\nz: 1\n", "k: > # c\n  old\n\nz: 1\n", "{k: old, z: 1}\n",
		"{\"k\": \"old\", \"z\": 1}\n", "k: [old, 2]\nz: 1\n", "k:\n- old\nz: 1\n",
		"k:\n    a: 1\nz: 1\n", "z: 1\n", "z: 1", "z: 1\r\nk: 5\r\n",
	};
	size_t bad = 0;

	for (size_t i = 0; i < NASTY; i++)
		for (size_t h = 0; h < sizeof holders / sizeof *holders; h++) {
			struct val *v = val_str(nasty[i]);
			struct edit_op op = { .kind = EDIT_PUT, .key = "k", .value = v };
			struct buf out = { 0 };
			struct err e = { 0 };
			struct yaml y, back;

			yaml_parse(&y, holders[h], strlen(holders[h]), "t", &e);
			if (edit_apply(&y, &op, 1, NULL, "t", &out, &e) < 0 ||
			    yaml_parse(&back, buf_str(&out), out.len, "new", &e) < 0) {
				show(e.msg, nasty[i]);
				show("in", holders[h]);
				bad++;
			} else {
				if (strcmp(yaml_get(back.root, "k")->text, nasty[i]) != 0 ||
				    yaml_scalar_kind(yaml_get(back.root, "k")) != VAL_STR) {
					show("written", buf_str(&out));
					bad++;
				}
				yaml_release(&back);
			}
			yaml_release(&y);
			buf_release(&out);
			val_free(v);
		}
	is_int((int64_t)bad, 0, "texts that need care, over every style");
}

static void
scalar_is(struct val *v, const char *want)
{
	struct buf b = { 0 };

	edit_scalar(&b, v);
	is(buf_str(&b), want, "written as");
	buf_release(&b);
	val_free(v);
}

static void
check_writing(void)
{
	struct val *v = value_of("{a: 1, b: [x, w], c: {d: [{e: f, g: h}], i: []}, j: {}}");
	struct buf b = { 0 };

	edit_document(&b, v);
	is(buf_str(&b), "a: 1\nb: [x, w]\nc:\n  d:\n    - e: f\n      g: h\n  i: []\nj: {}\n",
	    "a new document");
	buf_release(&b);
	val_free(v);
	scalar_is(val_str("fix it"), "fix it");
	scalar_is(val_str("no"), "\"no\"");
	scalar_is(val_str("say \"no\": no"), "'say \"no\": no'");
	scalar_is(val_str("a\nb"), "|-\n  a\n  b");
	scalar_is(val_str("a\nb\n"), "|\n  a\n  b");
	scalar_is(val_str(" a\nb\n"), "|2\n   a\n  b");
	scalar_is(val_str("a\n\n"), "\"a\\n\\n\"");
	scalar_is(val_str("1.2.3"), "\"1.2.3\"");
	scalar_is(val_str("v1.2"), "v1.2");
	scalar_is(val_int(-5), "-5");
	scalar_is(val_real(2), "2.0");
	scalar_is(val_bool(false), "false");
	scalar_is(val_null(), "null");
}

/* xorshift: the same numbers on every machine. */
static uint64_t seed = 88172645463325252u;

static unsigned
chance(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

/* How one random file is laid out. */
struct layout {
	const char *eol;
	unsigned top;		/* column of the dashes */
	unsigned dash;
	unsigned step;
	unsigned list;
	bool blank;		/* blank lines between tasks */
	bool comments;
};

static void
eol(struct buf *b, const struct layout *l)
{
	if (l->comments && chance(6) == 0)
		buf_printf(b, "%*s# c%u", (int)chance(3) + 1, "", chance(1000));
	buf_puts(b, l->eol);
}

static void
comment(struct buf *b, const struct layout *l)
{
	if (!l->comments || chance(5) != 0)
		return;
	if (chance(3) == 0)
		buf_puts(b, l->eol);
	buf_printf(b, "%*s# line %u: - x%s", (int)chance(12), "", chance(1000), l->eol);
}

static void
some_scalar(struct buf *b, const struct layout *l, unsigned col)
{
	static const char *const texts[] = { "new", "'single quoted'", "\"double # quoted\"", "12",
	    "true", "~", "fix the thing", "h\xc3\xa9llo", "2026-11-20T10:00:00Z", "\"\"", "0.25" };

	switch (chance(8)) {
	case 0:
		buf_puts(b, "  plain on two");
		buf_puts(b, l->eol);
		buf_printf(b, "%*slines", (int)(col + l->step), "");
		eol(b, l);
		break;
	case 1:
		buf_printf(b, " %s%s", chance(2) ? "|" : ">-", l->comments && chance(3) == 0 ?
		    " # header" : "");
		buf_puts(b, l->eol);
		for (unsigned i = 0, n = 1 + chance(3); i < n; i++)
			buf_printf(b, "%*stext # no comment%s", (int)(col + l->step), "", l->eol);
		if (chance(3) == 0)
			buf_puts(b, l->eol);
		break;
	case 2:
		eol(b, l);	/* a null */
		break;
	default:
		buf_printf(b, " %s", texts[chance(sizeof texts / sizeof *texts)]);
		eol(b, l);
		break;
	}
}

static void
some_value(struct buf *b, const struct layout *l, unsigned col)
{
	unsigned n = 1 + chance(3);

	switch (chance(6)) {
	case 0:
		buf_puts(b, n == 1 ? " []" : " [a, 'b', \"c\"]");
		eol(b, l);
		break;
	case 1:
		buf_printf(b, " [a,%s%*sb # in%s%*s]", l->eol, (int)col + 2, "", l->eol, (int)col + 1, "");
		eol(b, l);
		break;
	case 2:
		eol(b, l);
		for (unsigned i = 0; i < n; i++) {
			comment(b, l);
			buf_printf(b, "%*s-%*s", (int)(col + l->list), "", (int)l->dash - 1, "");
			if (chance(3) == 0) {
				buf_printf(b, "at: x%u", i);
				eol(b, l);
				buf_printf(b, "%*snote: y", (int)(col + l->list + l->dash), "");
			} else
				buf_printf(b, "%c", 'a' + (char)i);
			eol(b, l);
		}
		break;
	case 3:
		eol(b, l);
		for (unsigned i = 0; i < n; i++) {
			comment(b, l);
			buf_printf(b, "%*s%c: %u", (int)(col + l->step), "", 'a' + (char)i, chance(50));
			eol(b, l);
		}
		break;
	case 4:
		buf_puts(b, n == 1 ? " {}" : " {a: 1, b: x}");
		eol(b, l);
		break;
	default:
		some_scalar(b, l, col);
		break;
	}
}

static const char *const keys[] = { "id", "title", "body", "labels", "status", "agent",
    "attempts", "updated_at", "summary", "history", "usage", NULL };
#define KEYS 11

static void
some_task(struct buf *b, const struct layout *l, int id)
{
	unsigned col = l->top + l->dash;
	bool first = true;

	for (unsigned k = 0; k < KEYS; k++) {
		if (k > 1 && chance(3) == 0)
			continue;
		if (!first)
			comment(b, l);
		if (first)
			buf_printf(b, "%*s-%*s", (int)l->top, "", (int)l->dash - 1, "");
		else
			buf_printf(b, "%*s", (int)col, "");
		buf_printf(b, chance(9) ? "%s:" : "\"%s\":", keys[k]);
		if (k == 0) {
			buf_printf(b, " %d", id);
			eol(b, l);
		} else
			some_value(b, l, col);
		first = false;
	}
}

static struct layout
some_file(struct buf *b)
{
	struct layout l = { .eol = chance(5) ? "\n" : "\r\n", .top = chance(3) * 2,
	    .dash = chance(4) ? 2 : 4, .step = chance(3) ? 2 : 4, .list = chance(2) ? 2 : 0,
	    .blank = chance(2), .comments = chance(3) != 0 };
	int n = 1 + (int)chance(5);

	if (chance(8) == 0)
		buf_puts(b, "\xef\xbb\xbf");
	comment(b, &l);
	buf_printf(b, "next_id: %d", n + 1);
	eol(b, &l);
	buf_puts(b, "tasks:");
	eol(b, &l);
	for (int i = 1; i <= n; i++) {
		some_task(b, &l, i);
		if (l.blank && i < n)
			buf_puts(b, l.eol);
	}
	comment(b, &l);
	if (chance(3) == 0) {
		buf_puts(b, "other: x");
		eol(b, &l);
	}
	if (chance(6) == 0)
		buf_cut(b, b->len - strlen(l.eol));
	return l;
}

static struct val *
new_value(unsigned depth)
{
	static const char *const texts[] = { "done", "two words", "a: b", "line\nline\n", "no",
	    "2026-11-21T10:25:00Z", "x # y", "" };
	struct val *v;
	unsigned n = chance(4);

	switch (chance(depth ? 6 : 9)) {
	case 0:
		return val_int((int64_t)chance(100));
	case 1:
		return val_null();
	case 2:
		return val_bool(chance(2));
	case 6:
		v = val_list();
		for (unsigned i = 0; i < n; i++)
			val_push(v, val_str(texts[chance(2)]));
		return v;
	case 7:
		v = val_list();
		for (unsigned i = 0; i < n; i++)
			val_push(v, chance(4) ? val_str("a") : new_value(depth + 1));
		return v;
	case 8:
		v = val_map();
		for (unsigned i = 0; i < n; i++)
			val_put(v, (const char *const[]){ "a", "b", "at", "note" }[chance(4)],
			    new_value(depth + 1));
		return v;
	default:
		return chance(3) ? val_str(texts[chance(8)]) : val_str(nasty[chance(NASTY)]);
	}
}

/* A list that is there, rotated: what a history does. */
static struct val *
rotated(const struct val *old)
{
	struct val *v = val_list();

	for (size_t i = chance(2); i < old->n; i++)
		val_push(v, val_copy(old->v[i]));
	val_push(v, new_value(0));
	return v;
}

struct trial {
	struct edit_op op[OPS_MAX];
	struct val *own[OPS_MAX];
	size_t n;
	bool touched[8];
	bool removed[8];
	struct val *want;		/* the whole, as it should become */
};

static void
plan_task(struct trial *t, const struct yaml_node *map, struct val *task)
{
	bool used[KEYS] = { false };

	for (unsigned i = 0, n = 1 + chance(4); i < n; i++) {
		unsigned k = 1 + chance(KEYS - 1);
		struct edit_op *op = &t->op[t->n];
		const struct val *old = val_get(task, keys[k]);
		struct val *v;

		if (used[k])
			continue;
		used[k] = true;
		*op = (struct edit_op){ .map = map, .key = keys[k] };
		if (chance(5) == 0) {
			op->kind = EDIT_DROP;
			val_drop(task, keys[k]);
			t->n++;
			continue;
		}
		v = old && old->kind == VAL_LIST && chance(2) ? rotated(old) : new_value(0);
		if (chance(4) == 0 && (old == NULL || old->kind == VAL_LIST ||
		    old->kind == VAL_NULL)) {
			struct val *list = old && old->kind == VAL_LIST ? val_copy(old) : val_list();

			op->kind = EDIT_APPEND;
			val_push(list, val_copy(v));
			val_put(task, keys[k], list);
		} else {
			op->kind = EDIT_PUT;
			val_put(task, keys[k], val_copy(v));
		}
		t->own[t->n] = v;
		op->value = v;
		t->n++;
	}
}

static void
plan_trial(struct trial *t, const struct yaml *y)
{
	const struct yaml_node *tasks = yaml_get(y->root, "tasks"), *task = tasks->child;
	struct val *v, *all, *list;

	t->want = yaml_value(y->root);
	all = val_get(t->want, "tasks");
	for (unsigned i = 0; i < tasks->n; i++, task = task->next)
		if (t->n < OPS_MAX - 8 && chance(6) == 0) {
			t->removed[i] = true;
			t->op[t->n++] = (struct edit_op){ .kind = EDIT_REMOVE, .map = task };
		} else if (t->n < OPS_MAX - 8 && chance(tasks->n) < 2) {
			t->touched[i] = true;
			plan_task(t, task, val_at(all, i));
		}
	list = val_list();
	for (unsigned i = 0; i < all->n; i++)
		if (!t->removed[i])
			val_push(list, val_copy(all->v[i]));
	val_put(t->want, "tasks", list);
	if (chance(2)) {
		v = t->own[t->n] = val_int(77);
		val_put(t->want, "next_id", val_int(77));
		t->op[t->n++] = (struct edit_op){ .kind = EDIT_PUT, .key = "next_id", .value = v };
	}
	if (chance(2)) {
		v = t->own[t->n] = val_map();
		val_put(v, "id", val_int(76));
		val_put(v, "title", val_str(nasty[chance(NASTY)]));
		val_put(v, "labels", new_value(0));
		val_push(val_get(t->want, "tasks"), val_copy(v));
		t->op[t->n++] = (struct edit_op){ .kind = EDIT_APPEND, .key = "tasks", .value = v };
	}
}

/* The bytes of the tasks that were not meant are where they were in the list, and equal. */
static bool
others_equal(const struct trial *t, const struct yaml *a, const struct yaml *b)
{
	const struct yaml_node *x = yaml_get(a->root, "tasks")->child;
	const struct yaml_node *y = yaml_get(b->root, "tasks")->child;

	for (unsigned i = 0; x != NULL; x = x->next, i++) {
		if (t->removed[i])
			continue;
		if (!t->touched[i] && (x->end - x->start != y->end - y->start ||
		    memcmp(a->text + x->start, b->text + y->start, x->end - x->start) != 0))
			return false;
		y = y->next;
	}
	return true;
}

static bool
ends_without_eol(const struct buf *b)
{
	return b->len > 0 && b->data[b->len - 1] != '\n';
}

static void
check_random(unsigned trials)
{
	unsigned wrong = 0, refused = 0, done = 0;

	for (unsigned i = 0; i < trials; i++) {
		struct buf before = { 0 }, out = { 0 };
		struct trial t = { 0 };
		struct yaml y, back;
		struct err e = { 0 };
		struct val *got;

		some_file(&before);
		if (yaml_parse(&y, buf_str(&before), before.len, "t", &e) < 0) {
			buf_release(&before);
			continue;
		}
		plan_trial(&t, &y);
		done++;
		if (edit_apply(&y, t.op, t.n, keys, "t", &out, &e) < 0) {
			refused++;
			if (getenv("ORCH_TEST_SHOW"))
				show(e.msg, buf_str(&before));
		} else if (yaml_parse(&back, buf_str(&out), out.len, "new", &e) < 0) {
			wrong++;
		} else {
			got = yaml_value(back.root);
			if (!val_same(got, t.want) || (!ends_without_eol(&before) &&
			    !others_equal(&t, &y, &back))) {
				wrong++;
				show("before", buf_str(&before));
				show("after", buf_str(&out));
			}
			val_free(got);
			yaml_release(&back);
		}
		yaml_release(&y);
		val_free(t.want);
		for (size_t k = 0; k < t.n; k++)
			val_free(t.own[k]);
		buf_release(&before);
		buf_release(&out);
	}
	printf("# %u random edits, %u refused\n", done, refused);
	is_int(wrong, 0, "random edits do what they should");
	ok(done > trials / 2, "most of the random files are valid");
	ok(refused * 50 < done, "fewer than 2 %% are refused");
}

int
main(int argc, char **argv)
{
	const char *n = getenv("ORCH_TEST_TRIALS");

	if (argc > 1) {
		check_case(argv[1]);
		return done_testing();
	}
	check_writing();
	check_cases();
	check_scalars();
	check_random(n ? (unsigned)strtoul(n, NULL, 10) : 4000);
	return done_testing();
}
