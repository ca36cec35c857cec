/*
 * outline_file - the outline that a commit leaves: it is that of the text, and whatever
 * else stands there is as if nothing did
 */
#include "task/outline_file.h"

#include "../lib/dice.h"
#include "../lib/outlines.h"
#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"
#include "task/store.h"

#define KEPT ".orch/state/outline"
#define TASKS "# mine\nnext_id: 4\ntasks:\n  - id: 1\n    title: one\n    body: |\n      - id: 7\n" \
	"  - id: 2\n    title: two\n    depends_on: [1]\n\n  # the third\n" \
	"  - id: 3\n    status: done\n    title: three\n"

/* Where its parts stand: three sums of 17 bytes, and numbers behind them. */
enum { KIND = 17, TEXT = 34, NUMBERS = 52, LEN = NUMBERS, LIST, END, DASH, MARK, N, ITEMS = 76, ITEM = 36 };

static struct project p;

struct job {
	int64_t id;		/* of the task that gets the value; 0: a task is added */
	const char *value;
};

static int
work(struct change *c, void *arg, struct err *e)
{
	const struct job *j = arg;
	struct val *fields;
	int64_t id;
	int r;

	if (j->id != 0)
		return change_set(c, j->id, F_SUMMARY, val_str(j->value), e);
	fields = val_map();
	val_put(fields, "title", val_str(j->value));
	r = change_add(c, fields, &id, e);
	val_free(fields);
	return r;
}

static bool
change(int64_t id, const char *value)
{
	struct store_opts opts = { .command = "test" };
	struct job j = { id, value };
	struct err e = { 0 };

	if (store_update(&p, &opts, work, &j, &e) == 0)
		return true;
	printf("# %s\n", e.msg);
	return false;
}

/* The text as it is, and the outline that is kept of it; true if there is one. */
static bool
read_kept(struct buf *text, struct outline *o)
{
	char hash[FS_HASH_MAX];
	struct err e = { 0 };

	if (fs_read(AT_FDCWD, "tasks.yml", FS_FILE_MAX, text, &e) != 0)
		printf("# %s\n", e.msg);
	fs_hash(text->data, text->len, hash);
	outline_file_read(&p, hash, text, o);
	return o->n > 0;
}

/* 1: what is kept is what a reading says; 0: nothing is; -1: something else. */
static int
kept(void)
{
	struct outline_names names;
	struct outline read, o;
	struct buf text = { 0 };
	int r = 0;

	if (read_kept(&text, &o)) {
		tasks_outline_names(&names);
		r = -1;
		if (outline_read(&read, text.data, text.len, &names)) {
			r = outlines_same(&read, &o) ? 1 : -1;
			outline_release(&read);
		}
		outline_release(&o);
	}
	buf_release(&text);
	return r;
}

static void
writing(void)
{
	struct stat st;
	const char *before;
	char copy[65536];

	ok(kept() == 0 && !there(KEPT), "a text of a person has none");
	ok(change(1, "first") && kept() == 0, "nor the first commit, which has read all of it");
	ok(change(1, "second") && kept() == 1, "the second leaves one");
	ok(stat(KEPT, &st) == 0 && (st.st_mode & 0777) == 0600, "for its owner alone");
	ok(change(2, "a longer text, which moves all that follows") && kept() == 1, "a field");
	ok(change(0, "four") && kept() == 1, "a task that is added");
	ok(change(3, "x: y # z\nand - more") && kept() == 1, "a text of two lines");
	snprintf(copy, sizeof copy, "%s", get("tasks.yml"));
	before = strstr(copy, "title: two");
	ok(before != NULL, "there is a second task");
	put("tasks.yml", TASKS);
	ok(kept() == 0, "it is of no other text");
	put("tasks.yml", copy);
	ok(kept() == 1, "but of the same, whoever wrote it");
	unlink(KEPT);
	ok(kept() == 0 && change(1, "once more") && kept() == 1, "one that is gone comes back");
}

/* What stands there, whole. */
static struct buf
take(void)
{
	struct buf b = { 0 };
	struct err e = { 0 };

	if (fs_read(AT_FDCWD, KEPT, FS_FILE_MAX, &b, &e) != 0)
		printf("Bail out! %s\n", e.msg);
	return b;
}

static void
give(const void *data, size_t len)
{
	FILE *f = fopen(KEPT, "we");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) == EOF)
		printf("# cannot write %s\n", KEPT);
}

static void
torn(void)
{
	struct buf b = take();
	struct dice d = { .seed = 99 };
	size_t bad = 0;

	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		give(b.data, b.len);
		bad += kept() != 0;
		b.data[i] ^= 1;
	}
	is_int((int64_t)bad, 0, "a bit that is another, at each of its bytes");
	for (size_t len = 0; len < b.len; len++) {
		give(b.data, len);
		bad += kept() != 0;
	}
	is_int((int64_t)bad, 0, "cut at each of its bytes");
	for (int i = 0; i < 300; i++) {
		struct buf noise = { 0 };

		for (unsigned n = dice(&d, 400); n > 0; n--)
			buf_putc(&noise, (char)dice(&d, 256));
		give(buf_str(&noise), noise.len);
		bad += kept() != 0;
		buf_cut(&noise, 0);
		buf_append(&noise, b.data, b.len);
		buf_append(&noise, b.data, 1 + dice(&d, (unsigned)b.len));
		give(noise.data, noise.len);
		bad += kept() != 0;
		buf_release(&noise);
	}
	is_int((int64_t)bad, 0, "noise, and noise behind it");
	give(b.data, b.len);
	is_int(kept(), 1, "and then as it was");
	buf_release(&b);
}

static size_t
place_of(int number)
{
	return NUMBERS + (size_t)(number - LEN) * 4;
}

static uint32_t
number_at(const struct buf *b, size_t at)
{
	uint32_t n;

	memcpy(&n, b->data + at, sizeof n);
	return n;
}

/* With this number in it, and a sum that is right. */
static int
forged(struct buf *b, size_t at, uint32_t value)
{
	uint32_t was = number_at(b, at);
	char sum[FS_HASH_MAX];
	int r;

	memcpy(b->data + at, &value, sizeof value);
	fs_hash(b->data + KIND, b->len - KIND, sum);
	memcpy(b->data, sum, sizeof sum);
	give(b->data, b->len);
	r = kept();
	memcpy(b->data + at, &was, sizeof was);
	return r;
}

static void
sums(void)
{
	struct buf b = take();
	const uint32_t n = number_at(&b, place_of(N)), len = number_at(&b, place_of(LEN));
	const uint32_t values[] = { 0, 1, 2, len - 1, len, len + 1, len * 2, n, n - 1, n + 1, INT32_MAX,
	    UINT32_MAX - 3, UINT32_MAX - 1, UINT32_MAX };
	struct dice d = { .seed = 5 };
	unsigned wrong = 0, tried = 0;

	is_int((int64_t)b.len, ITEMS + (int64_t)n * ITEM, "the places of its parts are those");
	is_int(forged(&b, place_of(LEN), len), 1, "a sum made here is believed");
	for (size_t at = NUMBERS; at < b.len; at += 4) {
		for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
			/* That a key is not there can only be told by reading. */
			bool none = at >= ITEMS && (at - ITEMS) % ITEM != 0 && values[i] == UINT32_MAX;

			if (!none && at != place_of(MARK)) {
				tried++;
				wrong += forged(&b, at, values[i]) == (values[i] == number_at(&b, at) ? 0 : 1);
			}
		}
		for (int i = 0; i < 20; i++) {
			uint32_t value = dice(&d, len);

			tried++;
			wrong += forged(&b, at, value) == (value == number_at(&b, at) ? 0 : 1);
		}
	}
	ok(wrong == 0 && tried > 1000, "one number that is another is never believed: %u of %u", wrong, tried);
	give(b.data, b.len);
	buf_release(&b);
}

/* Other things than a file in its place stop nobody, and are left alone. */
static void
strange(void)
{
	static const char *const lines[] = {
		"ln -s ../../mine $k", "ln -s nowhere $k", "ln -s outline $k", "mkfifo $k", "mkdir $k", ": >$k",
		"head -c 100000 /dev/zero >$k", "truncate -s 8G $k", "cp tasks.yml $k", "echo x >$k; chmod 0 $k",
	};
	char line[128];

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct tasks tasks;
		struct err e = { 0 };

		put("mine", "mine\n");
		snprintf(line, sizeof line, "k=%s; rm -rf $k; %s", KEPT, lines[i]);
		(void)shell(line);
		ok(kept() == 0, "none: %s", lines[i]);
		ok(store_read(&p, &tasks, &e) == 0 && tasks.n == 4, "readers go on");
		tasks_release(&tasks);
		ok(change(2, lines[i]) && change(3, lines[i]), "and so do commits");
		ok(kept() != -1, "nothing wrong is kept");
		is(get("mine"), "mine\n", "what is not ours is left alone");
	}
	(void)shell("rm -rf " KEPT);
	ok(change(2, "after all that") && kept() == 1, "and then there is one again");
}

int
main(void)
{
	struct err e = { 0 };

	scratch_make();
	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("ORCH_DIR");
	unsetenv("ORCH_TASKS");
	setenv("ORCH_TEST_NOW", "2026-01-02T03:04:05Z", 1);
	put("tasks.yml", TASKS);
	if (mkdir(".orch", 0700) == -1 || project_find(&p, NULL, NULL, "test", &e) == -1)
		printf("Bail out! %s\n", e.msg);
	writing();
	torn();
	sums();
	strange();
	project_release(&p);
	scratch_remove();
	return done_testing();
}
