/*
 * Lines of many processes, and files that are renamed under them.  fault_step() is replaced
 * by one that acts in the instant before a renaming.
 */
#include "sys/log_file.h"

#include <signal.h>
#include <sys/resource.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"
#include "sys/fault.h"
#include "sys/lock.h"

#define WRITERS 8
#define LINES	1000

static void (*before_rename)(void);

void
fault_step(const char *name)
{
	void (*act)(void) = before_rename;

	if (act != NULL && strcmp(name, "rename") == 0) {
		before_rename = NULL;
		act();
	}
}

static int
here(const char *name)
{
	mkdir(name, 0700);
	return fs_open_dir(AT_FDCWD, name);
}

/* All that stands in the files of a folder, in the order of their names. */
static void
gather(const char *folder, struct buf *all, size_t *files, size_t *longest)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort);
	struct err e;

	*files = *longest = 0;
	buf_cut(all, 0);
	for (int i = 0; i < n; i++) {
		struct buf one = { 0 };
		char path[PATH_MAX];

		snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
		if (strncmp(entry[i]->d_name, "orch", 4) == 0 &&
		    fs_read(AT_FDCWD, path, 64u << 20, &one, &e) == 0) {
			buf_append(all, buf_str(&one), one.len);
			*longest = one.len > *longest ? one.len : *longest;
			++*files;
		}
		buf_release(&one);
		free(entry[i]);
	}
	free(entry);
}

static void
write_lines(const char *folder, int writer, int64_t max, int files)
{
	struct log_file f;
	char line[64];

	log_file_open(&f, here(folder), max, files);
	for (int i = 0; i < LINES; i++) {
		int n = snprintf(line, sizeof line, "%d %d and some more\n", writer, i);

		log_file_put(&f, line, (size_t)n);
	}
	log_file_close(&f);
}

static void
write_at_once(const char *folder, int64_t max, int files)
{
	for (int w = 0; w < WRITERS; w++)
		if (fork() == 0) {
			write_lines(folder, w, max, files);
			_exit(0);
		}
	while (wait(NULL) > 0)
		continue;
}

/* Each line whole, those of a writer in their order; how many there are. */
static int
count(const struct buf *all, bool *good)
{
	int next[WRITERS] = { 0 }, n = 0;

	*good = true;
	for (const char *s = buf_str(all); *s != '\0'; n++) {
		char want[64];
		int w = 0, i = 0;

		if (sscanf(s, "%d %d", &w, &i) != 2 || w < 0 || w >= WRITERS || i < next[w]) {
			*good = false;
			break;
		}
		snprintf(want, sizeof want, "%d %d and some more\n", w, i);
		if (strncmp(s, want, strlen(want)) != 0) {
			*good = false;
			break;
		}
		next[w] = i + 1;
		s += strlen(want);
	}
	return n;
}

static void
test_many(void)
{
	struct buf all = { 0 };
	size_t files, longest;
	bool good;

	write_at_once("all", 3000, 100000);
	gather("all", &all, &files, &longest);
	is_int(count(&all, &good), WRITERS * LINES, "no line of many writers is lost by a rotation");
	ok(good, "none is torn, and names sort as they were written");
	ok(files > 1, "there were rotations");
	printf("# %zu files, the longest %zu bytes\n", files, longest);
	write_at_once("few", 3000, 3);
	gather("few", &all, &files, &longest);
	is_int((int64_t)files, 3, "no more files than said");
	ok(count(&all, &good) > 0 && good, "what is left is whole");
	buf_release(&all);
}

static struct log_file one;

static void
put_one(const char *line)
{
	log_file_put(&one, line, strlen(line));
}

static void
is_file(const char *name, const char *want, const char *what)
{
	struct buf text = { 0 };
	struct err e;

	is(fs_read(AT_FDCWD, name, 1 << 20, &text, &e) == 0 ? buf_str(&text) : NULL, want, what);
	buf_release(&text);
}

static void
test_names(void)
{
	struct stat st;

	log_file_open(&one, here("one"), 10, 3);
	put_one("a line of more than ten\n");
	is_file("one/orch.log", "a line of more than ten\n", "an empty file takes any line");
	put_one("b\n");
	put_one("c\n");
	is_file("one/orch-000000001.log", "a line of more than ten\n", "a full one is renamed");
	is_file("one/orch.log", "b\nc\n", "the next has what comes then");
	put_one("dddddd\n");
	put_one("eeeeee\n");
	is_file("one/orch.log", "eeeeee\n", "and so on");
	ok(access("one/orch-000000001.log", F_OK) == -1, "the oldest goes");
	is_file("one/orch-000000003.log", "dddddd\n", "numbers do not come again");
	stat("one/orch-000000003.log", &st);
	is_int(st.st_mode & 07777, 0600, "it is private");
	is_int(log_file_number("orch-000000003.log"), 3, "the number of a name");
	is_int(log_file_number("orch-12345678901.log"), 12345678901, "of a large one");
	ok(log_file_number("orch.log") == 0 && log_file_number("orch-.log") == 0 &&
	    log_file_number("orch-x.log") == 0 && log_file_number("orch-1.log.gz") == 0,
	    "what is none");
	put("one/orch-999999999.log", "x\n");
	put_one("ffffff\n");
	is_file("one/orch-1000000000.log", "eeeeee\n", "a longer number is a number, too");
	unlink("one/orch-999999999.log");
	unlink("one/orch-1000000000.log");
}

static void
no_descriptors(void)
{
	struct rlimit none;

	getrlimit(RLIMIT_NOFILE, &none);
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
}

static void
test_trouble(void)
{
	struct rlimit was, small;
	struct lock lock;
	struct err e;
	int fd;

	unlink("one/orch.log");
	put_one("gggg\n");
	is_file("one/orch.log", "gggg\n", "a file that is removed is made again");
	put("one/orch.log", "torn");
	put_one("hhh\n");
	is_file("one/orch.log", "torn\nhhh\n", "a torn end is not gone on with");

	getrlimit(RLIMIT_NOFILE, &was);
	before_rename = no_descriptors;
	put_one("iiiii\n");
	setrlimit(RLIMIT_NOFILE, &was);
	is_file("one/orch-000000001.log", "torn\nhhh\niiiii\n",
	    "where no new file can be made the old one goes on");
	put_one("jj\n");
	is_file("one/orch.log", "jj\n", "until it can");

	fd = here("one");
	is_int(lock_try(&lock, fd, "lock", &e), 0, "somebody else is renaming");
	put_one("kkkkkkkkk\n");
	is_file("one/orch.log", "jj\nkkkkkkkkk\n", "nobody waits for that");
	lock_release(&lock);
	close(fd);

	unlink("one/orch.log");
	put("one/orch.log", "1234567\n");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small = (struct rlimit){ 9, was.rlim_max };
	setrlimit(RLIMIT_FSIZE, &small);
	put_one("l\n");
	put_one("m\n");
	setrlimit(RLIMIT_FSIZE, &was);
	is_file("one/orch.log", "m\n", "a rotated file has room where a full one has none");
	is_file("one/orch-000000002.log", "1234567\nl", "a line that was cut stays cut");

	unlink("one/orch.log");
	mkfifo("one/orch.log", 0600);
	put_one("n\n");
	ok(true, "what is no file is not waited for");
	unlink("one/orch.log");
	ok(symlink("elsewhere", "one/orch.log") == 0, "a link");
	put_one("o\n");
	ok(access("one/elsewhere", F_OK) == -1, "is not followed");
	log_file_close(&one);
}

int
main(void)
{
	scratch_make();
	test_many();
	test_names();
	test_trouble();
	scratch_remove();
	return done_testing();
}
