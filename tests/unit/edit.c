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
 * The random part is that of tests/lib/trial.h.
 */
#include <glob.h>
#include <stdlib.h>
#include <time.h>

#include "../lib/hand.h"
#include "../lib/tap.h"
#include "../lib/trial.h"
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

/* Texts that need care: each is written, read back, and put over values of every style. */
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

	for (size_t i = 0; i < hand_nasty_count(); i++)
		for (size_t h = 0; h < sizeof holders / sizeof *holders; h++) {
			struct val *v = val_str(hand_nasty[i]);
			struct edit_op op = { .kind = EDIT_PUT, .key = "k", .value = v };
			struct buf out = { 0 };
			struct err e = { 0 };
			struct yaml y, back;

			yaml_parse(&y, holders[h], strlen(holders[h]), "t", &e);
			if (edit_apply(&y, &op, 1, NULL, "t", &out, &e) < 0 ||
			    yaml_parse(&back, buf_str(&out), out.len, "new", &e) < 0) {
				show(e.msg, hand_nasty[i]);
				show("in", holders[h]);
				bad++;
			} else {
				if (strcmp(yaml_get(back.root, "k")->text, hand_nasty[i]) != 0 ||
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

/* Some of the trials that `make fuzz` does by the hundred thousand. */
static void
check_random(unsigned trials)
{
	struct dice d = { .seed = 88172645463325252u };
	struct trial_sum s = { 0 };

	trial_many(&s, &d, trials, 3, NULL);
	printf("# %u random edits, %u refused\n", s.trials, s.refused);
	is_int(s.wrong, 0, "random edits do what they should");
	ok(s.trials > trials / 10 * 9, "nearly all of the random files are valid");
	ok(s.refused * 100 < s.trials * 3, "fewer than 3 %% are refused");
	ok(s.unproved * 1000 < s.trials, "and hardly any because the plan was not proved");
}

/* A map of 100,000 keys gives way to one with all of them and some more. */
static void
check_large(void)
{
	struct val *v = val_map();
	struct edit_op op = { .kind = EDIT_PUT, .key = "k", .value = v };
	struct buf text = { 0 }, out = { 0 };
	struct err e = { 0 };
	clock_t start = clock();
	struct yaml y;
	char key[16];

	buf_puts(&text, "k:\n");
	for (int i = 0; i < 100000; i++) {
		buf_printf(&text, "  a%d: %d\n", i, i);
		snprintf(key, sizeof key, "a%d", 99999 - i);
		val_add(v, key, val_int(99999 - i));
		snprintf(key, sizeof key, "b%d", i);
		if (i % 100 == 0)
			val_add(v, key, val_null());
	}
	ok(yaml_parse(&y, buf_str(&text), text.len, "t", &e) == 0 &&
	    edit_apply(&y, &op, 1, NULL, "t", &out, &e) == 0 && out.len > text.len,
	    "100,000 keys and 1,000 new ones");
	ok(clock() - start < 8 * CLOCKS_PER_SEC, "in less than eight seconds");
	yaml_release(&y);
	buf_release(&text);
	buf_release(&out);
	val_free(v);
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
	check_large();
	check_random(n ? (unsigned)strtoul(n, NULL, 10) : 4000);
	return done_testing();
}
