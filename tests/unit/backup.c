#include "task/backup.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"

#define NOW  1763720000		/* 2025-11-21T10:13:20Z */
#define HOUR 3600
#define DAY  86400
#define MIB  ((int64_t)1 << 20)
#define MANY 400

static int dir;

/* ---- the plan ---- */

/*
 * A run is so many generations, the newest so many seconds old, each so much older
 * than the one before; what is kept of all is given as numbers, newest = 0.
 */
struct run {
	int n;
	int64_t age, step;
	int64_t size;
};

static const struct plan_case {
	const char *name;
	struct run run[4];
	const char *kept;
} cases[] = {
	{ "nothing", { { 0 } }, "" },
	{ "one", { { 1, 0, 0, 10 } }, "0" },
	{ "one of another age", { { 1, 9000 * DAY, 0, 10 } }, "0" },
	{ "one larger than all may be", { { 1, 0, 0, 65 * MIB } }, "0" },
	{ "twenty at the same time", { { 20, 0, 0, 10 } }, "0-19" },
	{ "twenty that are years old", { { 20, 4000 * DAY, DAY, 10 } }, "0-19" },
	{ "thirty in one minute", { { 30, 0, 1, 10 } }, "0-19" },
	/* It is 10:13:20; the next came at 09:56:40, 09:41:40, .. */
	{ "after twenty the newest of each hour",
	    { { 20, 0, 0, 10 }, { 40, 1000, 900, 10 } }, "0-20,24,28,32,36,40,44,48,52,56" },
	{ "an hour of which one of the twenty is has its own already",
	    { { 19, 0, 0, 10 }, { 1, 1000, 0, 10 }, { 3, 1001, 1, 10 }, { 2, HOUR + 1000, 1, 10 } },
	    "0-19,23" },
	{ "twenty-four hours, then days: the newest of the day before yesterday",
	    { { 20, 0, 0, 10 }, { 50, HOUR, HOUR, 10 } }, "0-42,54" },
	{ "twenty-four hours, fourteen days",
	    { { 20, 0, 0, 10 }, { 23, HOUR, HOUR, 10 }, { 40, 2 * DAY, DAY, 10 } }, "0-54" },
	{ "the day ends at midnight, not after so many hours",
	    { { 20, 0, 0, 10 }, { 23, HOUR, HOUR, 10 }, { 2, 30 * HOUR, 1, 10 },
	    { 2, 40 * HOUR, 1, 10 } }, "0-42,45" },
	{ "a long rest removes nothing that a short one would not",
	    { { 20, 0, 0, 10 }, { 10, 300 * DAY, HOUR, 10 } }, "0-29" },
	{ "the future is a time like others",
	    { { 20, -2 * HOUR, 0, 10 }, { 3, -HOUR, 1, 10 }, { 2, 0, 1, 10 } }, "0-20,23" },
	{ "all of it is of the future: a clock that begins in 1970",
	    { { 20, -20000 * DAY, 0, 10 }, { 5, -19999 * DAY, HOUR, 10 } }, "0-24" },
	{ "one wrong hour of the future costs one",
	    { { 20, 0, 0, 10 }, { 9, -9000 * DAY, 1, 10 }, { 2, HOUR, 1, 10 } }, "0-20,29" },
	{ "the clock was set back: numbers count, not times",
	    { { 20, 5 * HOUR, 0, 10 }, { 2, -3 * HOUR, 1, 10 }, { 2, HOUR, 1, 10 } }, "0-20,22" },
	{ "and an hour that came twice is one",
	    { { 20, 0, 0, 10 }, { 2, -HOUR, 1, 10 }, { 2, 0, 1, 10 } }, "0-20" },
	{ "before 1970 an hour ends where it should",
	    { { 20, NOW, 0, 10 }, { 1, NOW + 1, 0, 10 }, { 1, NOW + 2, 0, 10 } }, "0-20" },
	{ "64 MiB are all that is kept", { { 10, 0, 0, 16 * MIB } }, "0-3" },
	{ "to the byte", { { 1, 0, 0, 32 * MIB }, { 1, 0, 0, 32 * MIB - 1 }, { 2, 0, 0, 1 } },
	    "0-2" },
	{ "what is too large is not passed over for what is older",
	    { { 1, 0, 0, 40 * MIB }, { 1, 0, 0, 30 * MIB }, { 5, 0, 0, 1 } }, "0" },
	{ "the newest stays, whatever its size",
	    { { 1, 0, 0, 100 * MIB }, { 5, 0, 0, 10 } }, "0" },
	{ "nor does the sum overflow",
	    { { 1, 0, 0, 1 }, { 3, 0, 0, INT64_MAX } }, "0" },
	{ "the size of those that go does not count",
	    { { 20, 0, 0, 1 * MIB }, { 10, 1, 0, 60 * MIB }, { 1, 5 * HOUR, 0, 1 * MIB } },
	    "0-19,30" },
};

/* "0-19,20,24": the numbers that are not doomed. */
static const char *
say_kept(const bool *doomed, size_t n)
{
	static char text[4096];
	size_t len = 0, end;

	text[0] = '\0';
	for (size_t i = 0; i < n; i = end + 1) {
		end = i;
		if (doomed[i])
			continue;
		while (end + 1 < n && !doomed[end + 1])
			end++;
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%zu", len > 0 ? "," : "",
		    i);
		if (end > i)
			len += (size_t)snprintf(text + len, sizeof text - len, "-%zu", end);
	}
	return text;
}

static size_t
fill(const struct plan_case *c, struct backup *v)
{
	size_t n = 0;

	for (int r = 0; r < 4; r++)
		for (int i = 0; i < c->run[r].n; i++, n++)
			v[n] = (struct backup){ .size = c->run[r].size,
			    .at = NOW - c->run[r].age - i * c->run[r].step };
	for (size_t i = 0; i < n; i++)
		v[i].gen = (int64_t)(n - i);
	return n;
}

static void
test_plan(void)
{
	struct backup v[MANY];
	bool doomed[MANY];
	size_t n;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		n = fill(&cases[i], v);
		backup_plan(v, n, doomed);
		is(say_kept(doomed, n), cases[i].kept, cases[i].name);
	}
}

/* Takes out what the plan says; how many are left. */
static size_t
thin(struct backup *v, size_t n)
{
	bool doomed[MANY];
	size_t kept = 0;

	backup_plan(v, n, doomed);
	for (size_t i = 0; i < n; i++)
		if (!doomed[i])
			v[kept++] = v[i];
	return kept;
}

/* A year with a commit each 37 minutes, thinned after each of them, as it is in life. */
static void
test_year(void)
{
	struct backup v[MANY];
	size_t n = 0, most = 0, hours = 0, days = 0, last;
	int64_t at = NOW - 365 * DAY;

	for (int64_t gen = 0; at < NOW; gen++, at += 37 * 60) {
		memmove(v + 1, v, n * sizeof *v);
		v[0] = (struct backup){ .gen = gen, .at = at, .size = 1000 };
		n = thin(v, n + 1);
		most = n > most ? n : most;
	}
	ok(most <= BACKUP_NEWEST + BACKUP_HOURS + BACKUP_DAYS && n < MANY,
	    "never more than %zu", most);
	for (size_t i = 0; i < n; i++) {
		hours += i == 0 || v[i].at / HOUR != v[i - 1].at / HOUR;
		days += i == 0 || v[i].at / DAY != v[i - 1].at / DAY;
	}
	ok(hours >= BACKUP_HOURS, "%zu hours in the end", hours);
	is_int((int64_t)days, BACKUP_DAYS, "and fourteen days");
	last = n - 1;
	is_int(v[last].at / DAY, v[0].at / DAY - BACKUP_DAYS + 1, "one after the other");
	ok((v[last].at + 37 * 60) / DAY > v[last].at / DAY, "of the oldest one the last of the day");
	is_int((int64_t)thin(v, n), (int64_t)n, "thinned again, nothing goes");
}

/* ---- the folder ---- */

/* A folder of its own, empty. */
static void
fresh(void)
{
	struct err e = { 0 };

	if (dir > 0)
		close(dir);
	if (chdir(scratch) == -1 || fs_remove_tree(AT_FDCWD, "b", &e) == -1 ||
	    mkdir("b", 0700) == -1 || chdir("b") == -1)
		printf("# no folder: %s\n", e.msg);
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
put_backup(int64_t gen, const char *text, int64_t at)
{
	struct timespec t[2] = { { .tv_sec = at }, { .tv_sec = at } };
	char name[BACKUP_NAME_MAX];

	backup_name(gen, name);
	put(name, text);
	if (utimensat(AT_FDCWD, name, t, 0) == -1)
		printf("# no time for %s\n", name);
}

/* "3 2 1" */
static const char *
say_list(const struct backups *l)
{
	static char text[4096];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < l->n && len < sizeof text; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%" PRId64,
		    i > 0 ? " " : "", l->v[i].gen);
	return text;
}

static const char *
listed(void)
{
	struct backups l = { 0 };
	struct err e = { 0 };
	const char *text;

	is_int(backup_list(dir, &l, &e), 0, "listed");
	text = say_list(&l);
	backup_release(&l);
	return text;
}

static void
test_names(void)
{
	static const char *const not_ours[] = {
		"gX.yml", "g.yml", "g1.yml", "g00000001.yml", "g0000000001.yml", "g000000001.yml~",
		".g000000001.yml.orch-new", "g000000001.yaml", "h000000001.yml", "g-00000001.yml",
		"g+00000001.yml", "g00000000a.yml", "g99999999999999999999.yml", "g9223372036854775807.yml",
		"g000000001-saved.yml",
		"g 00000001.yml", "g000000001", "G000000001.yml",
	};
	static const char *const odd[] = { "g000000101.yml", "g000000102.yml", "g000000103.yml",
	    "g000000104.yml", "g000000105.yml" };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct backups l = { 0 };
	struct err e = { 0 };
	char name[BACKUP_NAME_MAX];
	int left = 0, s;

	backup_name(0, name);
	is(name, "g000000000.yml", "nine digits");
	backup_name(1234567890123, name);
	is(name, "g1234567890123.yml", "or more");
	fresh();
	is(listed(), "", "an empty folder");
	for (size_t i = 0; i < sizeof not_ours / sizeof *not_ours; i++)
		put(not_ours[i], "mine");
	put("elsewhere", "mine");
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, odd[4], strlen(odd[4]));
	ok(symlink("elsewhere", odd[0]) == 0 && symlink("nowhere", odd[1]) == 0 &&
	    mkdir(odd[2], 0700) == 0 && mkfifo(odd[3], 0600) == 0 &&
	    bind(s, (struct sockaddr *)&address, sizeof address) == 0, "all kinds of things");
	close(s);
	is(listed(), "", "that are no backups");
	for (int64_t gen = 200; gen < 230; gen++)
		put_backup(gen, "ours", NOW);
	put_backup(1000000000, "ours", NOW);
	is_int(backup_list(dir, &l, &e), 0, "thirty-one backups");
	is_int((int64_t)l.n, 31, "are listed");
	ok(l.v[0].gen == 1000000000 && l.v[1].gen == 229 && l.v[30].gen == 200, "newest first");
	ok(l.v[0].at == NOW && l.v[0].size == 4, "with time and size");
	backup_release(&l);
	ok(l.n == 0 && l.v == NULL, "released");
	is_int(backup_rotate(dir, &e), 0, "rotated");
	is(listed(), "1000000000 229 228 227 226 225 224 223 222 221 220 219 218 217 216 215 214 "
	    "213 212 211", "twenty are left");
	for (size_t i = 0; i < sizeof not_ours / sizeof *not_ours; i++)
		left += there(not_ours[i]) && strcmp(get(not_ours[i]), "mine") == 0;
	is_int(left, (int64_t)(sizeof not_ours / sizeof *not_ours), "other names are untouched");
	left = 0;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		left += there(odd[i]);
	ok(left == 5 && there("elsewhere"), "so is what is no file");
}

static void
test_rotate(void)
{
	struct err e = { 0 };

	fresh();
	is_int(backup_rotate(dir, &e), 0, "nothing to rotate");
	for (int64_t gen = 1; gen <= 60; gen++)
		put_backup(gen, "x", NOW - (60 - gen) * HOUR / 4);
	is_int(backup_rotate(dir, &e), 0, "a quarter of an hour each");
	/* 10:13, 09:58 .. 05:28 are the twenty; then 04:58, 03:58, ... */
	is(listed(), "60 59 58 57 56 55 54 53 52 51 50 49 48 47 46 45 44 43 42 41 39 35 31 27 23 19 "
	    "15 11 7 3", "after the twenty the last of each hour");
	is_int(backup_rotate(dir, &e), 0, "once more");
	is_int(count_names("g0000000"), 30, "changes nothing");
	ok(there(BACKUP_RETIRED) && !there(BACKUP_SPARE), "of those that went one stays, retired");
	backup_settled(dir);
	ok(!there(BACKUP_RETIRED) && there(BACKUP_SPARE), "and is spare when the folder is on the disk");
	backup_clear(dir);
	backup_clear(dir);
	is_int(count_names(""), 32, "or not even that");
}

/* Sparse files: what is counted is what a person sees as their size. */
static void
test_bytes(void)
{
	struct err e = { 0 };
	char name[BACKUP_NAME_MAX];

	fresh();
	for (int64_t gen = 1; gen <= 6; gen++) {
		put_backup(gen, "", NOW);
		backup_name(gen, name);
		if (truncate(name, 20 * MIB) == -1)
			printf("# no size\n");
	}
	is_int(backup_rotate(dir, &e), 0, "six of 20 MiB");
	is(listed(), "6 5 4", "three are no more than 64");
}

static void
test_load(void)
{
	struct buf text = { 0 };
	struct err e = { 0 };

	fresh();
	put_backup(7, "tasks: []\n", NOW);
	is_int(backup_load(dir, 7, &text, &e), 0, "loaded");
	is(buf_str(&text), "tasks: []\n", "whole");
	is_int(backup_load(dir, 8, &text, &e), 1, "1: there is no such generation");
	is_int((int64_t)text.len, 0, "and nothing of the former one is left");
	mkfifo("g000000009.yml", 0600);
	is_int(backup_load(dir, 9, &text, &e), -1, "a FIFO is refused, at once");
	ok(e.code == ERR_INVALID && strstr(e.msg, "g000000009.yml"), "%s", e.msg);
	unlink("g000000009.yml");
	if (symlink("g000000007.yml", "g000000009.yml") == -1)
		printf("# no link\n");
	is_int(backup_load(dir, 9, &text, &e), -1, "a link is refused");
	ok(e.code == ERR_INVALID && strstr(e.msg, "symbolic link"), "%s", e.msg);
	unlink("g000000009.yml");
	put_backup(9, "", NOW);
	if (truncate("g000000009.yml", 65 * MIB) == -1)
		printf("# no size\n");
	is_int(backup_load(dir, 9, &text, &e), -1, "one that is too large is refused");
	ok(e.code == ERR_INVALID, "%s", e.msg);
	buf_release(&text);
}

/* Runs as somebody who may not write here, where this process may do all. */
static int
as_stranger(int (*fn)(void))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) == -1 || setuid(65534) == -1))
			_exit(9);
		_exit(fn());
	}
	return ended(pid);
}

static int
rotate_closed(void)
{
	struct err e = { 0 };

	if (backup_rotate(dir, &e) != -1 || e.code != ERR_SYSTEM)
		return 1;
	return strcmp(e.msg, "cannot remove backup 'g000000001.yml': Permission denied") == 0 ? 0 : 2;
}

static int
list_closed(void)
{
	struct backups l = { 0 };
	struct err e = { 0 };

	return backup_list(dir, &l, &e) == -1 && e.code == ERR_SYSTEM && l.v == NULL ? 0 : 1;
}

static void
test_failures(void)
{
	struct backups l = { 0 };
	struct err e = { 0 };
	int fd;

	fresh();
	for (int64_t gen = 1; gen <= 25; gen++)
		put_backup(gen, "x", NOW);
	if (chmod(".", 0555) == -1)
		printf("# no mode\n");
	is_int(as_stranger(&rotate_closed), 0, "a folder that is closed: the oldest is named");
	is_int(count_names("g0000000"), 25, "and nothing has gone");
	if (chmod(".", 0) == -1)
		printf("# no mode\n");
	is_int(as_stranger(&list_closed), 0, "one that cannot be read");
	if (chmod(".", 0700) == -1)
		printf("# no mode\n");
	put("file", "");
	fd = open("file", O_RDONLY | O_CLOEXEC);
	is_int(backup_list(fd, &l, &e), -1, "a file for a folder");
	ok(e.code == ERR_SYSTEM, "%s", e.msg);
	close(fd);
	is_int(backup_rotate(-1, &e), -1, "nothing at all");
	is_int(e.code, ERR_SYSTEM, "is an error");
	is_int(count_names("g0000000"), 25, "and all are there still");
}

int
main(void)
{
	scratch_make();
	test_plan();
	test_year();
	test_names();
	test_rotate();
	test_bytes();
	test_load();
	test_failures();
	close(dir);
	scratch_remove();
	return done_testing();
}
