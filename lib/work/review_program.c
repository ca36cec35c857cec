/*
 * review_program - do two command lines run the same program?
 *
 * Of a launcher (sh, env, node) all arguments are looked at, word by word, so that a script
 * within one is found: each that names a file is what it runs.  A name that is looked for on
 * PATH counts only if it is the program of the other: two scripts may well both call grep.
 * A copy, byte by byte, is the same program.  What a script calls is not seen.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "sys/proc.h"
#include "work/review_impl.h"

#define WORDS_MAX   1000		/* of a command line; what comes after is not looked at */
#define COMPARE_MAX (256 << 20)		/* larger ones of one size are taken for the same */
#define BETWEEN	    " \t\r\n\\'\"`;&|()<>{}[],=$"

enum kind { PROGRAM, NAMED, ON_PATH };

struct files {
	struct { char *path; enum kind kind; } *v;
	size_t n, cap;
};

/* Versions stand behind some of the names. */
bool
review_is_runner(const char *program)
{
	static const char *const runners[] = {
		"sh", "ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "toybox", "zsh",
		"bun", "deno", "java", "lua", "node", "nodejs", "perl", "php", "python", "ruby", "tclsh",
		"asdf", "bunx", "bwrap", "coreutils", "docker", "env", "firejail", "mise", "nice", "nix",
		"nohup", "npx", "pipx", "podman", "proto-shim", "setsid", "ssh", "stdbuf", "sudo", "timeout",
		"uv", "uvx", "volta-shim", "xargs",
	};
	struct err ignored = { 0 };
	char *path = path_absolute(program, &ignored);
	const char *name = path_base(path != NULL ? path : program);
	size_t len = strlen(name);
	bool yes = false;

	while (len > 1 && strchr("0123456789.-", name[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
		yes = yes || (strlen(runners[i]) == len && strncmp(runners[i], name, len) == 0);
	free(path);
	return yes;
}

static bool
same_content(const char *a, const char *b, off_t size)
{
	char one[1 << 14], other[1 << 14];
	int fd = fs_openat(AT_FDCWD, a, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int fd2 = fs_openat(AT_FDCWD, b, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool same = fd != -1 && fd2 != -1;
	ssize_t n;

	for (off_t at = 0; same && at < size; at += n) {
		n = pread(fd, one, sizeof one, at);
		same = n > 0 && pread(fd2, other, (size_t)n, at) == n && memcmp(one, other, (size_t)n) == 0;
	}
	if (fd != -1)
		close(fd);
	if (fd2 != -1)
		close(fd2);
	return same;
}

bool
review_same_file(const char *a, const char *b)
{
	struct stat one, other;

	if (strcmp(a, b) == 0)
		return true;
	if (stat(a, &one) == -1 || stat(b, &other) == -1)
		return false;
	if (one.st_dev == other.st_dev && one.st_ino == other.st_ino)
		return true;
	return S_ISREG(one.st_mode) && S_ISREG(other.st_mode) && one.st_size == other.st_size &&
	    one.st_size > 0 && (one.st_size > COMPARE_MAX || same_content(a, b, one.st_size));
}

/* Owns the path. */
static void
add(struct files *f, char *path, enum kind kind)
{
	struct stat st;

	if (path == NULL || stat(path, &st) == -1 || !S_ISREG(st.st_mode) || review_is_runner(path)) {
		free(path);
		return;
	}
	f->v = vec_room(f->v, &f->cap, f->n, sizeof *f->v);
	f->v[f->n].path = path;
	f->v[f->n++].kind = kind;
}

static void
find(struct files *f, const struct review_line_of *l, const char *dir)
{
	const char *path = getenv("PATH") ? getenv("PATH") : "";

	add(f, xstrdup(l->program), PROGRAM);
	for (const char *s = l->words != NULL ? l->words : ""; *s != '\0' && f->n < WORDS_MAX;) {
		size_t len = strcspn(s, BETWEEN);
		char *word = xstrndup(s, len);

		if (strchr(word, '/') != NULL)
			add(f, path_join(dir, word), NAMED);
		else if (len > 0)
			add(f, proc_find(word, path), ON_PATH);
		free(word);
		s += len + strspn(s + len, BETWEEN);
	}
}

static void
release(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->v[i].path);
	free(f->v);
}

bool
review_runs_same(const struct review_line_of *a, const struct review_line_of *b, const char *dir)
{
	struct files one = { 0 }, other = { 0 };
	bool same = false;

	find(&one, a, dir);
	find(&other, b, dir);
	for (size_t i = 0; i < one.n && !same; i++)
		for (size_t k = 0; k < other.n && !same; k++) {
			if ((one.v[i].kind == ON_PATH && other.v[k].kind != PROGRAM) ||
			    (other.v[k].kind == ON_PATH && one.v[i].kind != PROGRAM))
				continue;
			same = review_same_file(one.v[i].path, other.v[k].path);
		}
	release(&one);
	release(&other);
	return same;
}
