/*
 * SKILL.md: what is one, and what is said about what is none.
 */
#include "work/skill.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "task/project.h"

static char *dir;

static const struct wanted {
	const char *file;		/* NULL: a folder without one */
	const char *description, *text;	/* NULL: refused, */
	const char *why;		/* with this in the message */
} wanted[] = {
	{ "---\ndescription: d\n---\ntext\n", "d", "text\n", NULL },
	{ "---\nname: s\ndescription: d\n---\n", "d", "", NULL },
	{ "---\r\nname: s\r\ndescription: d\r\n---\r\ntext\r\n", "d", "text\r\n", NULL },
	{ "---\ndescription: d\n--- \t\n\n---\nmore", "d", "\n---\nmore", NULL },
	{ "---\ndescription: d\n---", "d", "", NULL },
	{ "---\ndescription: |\n  two\n  lines \\x1b\n---\nx", "two lines \\x1b", "x", NULL },
	{ "---\ndescription: d\nother: [1, 2]\n---\nx", "d", "x", NULL },
	{ NULL, NULL, NULL, "there is no skill 's'" },
	{ "", NULL, NULL, "no front matter" },
	{ "text\n---\ndescription: d\n---\n", NULL, NULL, "no front matter" },
	{ "---\ndescription: d\n", NULL, NULL, "no front matter" },
	{ "----\ndescription: d\n----\n", NULL, NULL, "no front matter" },
	{ "---\n---\ntext", NULL, NULL, "description: it is missing" },
	{ "---\ndescription: '  '\n---\ntext", NULL, NULL, "description: it is missing" },
	{ "---\ndescription: 5\n---\ntext", NULL, NULL, "description: it is missing" },
	{ "---\n- description\n---\ntext", NULL, NULL, "description: it is missing" },
	{ "---\nname: t\ndescription: d\n---\n", NULL, NULL, "name: 't' is not its folder's" },
	{ "---\ndescription: [d\n---\n", NULL, NULL, "SKILL.md:" },
	{ "---\na: 1\na: 2\n---\n", NULL, NULL, "SKILL.md:3" },
};

static void
put_file(const char *text)
{
	char *path = xasprintf("%s/orch.d/skills/s/SKILL.md", dir);
	FILE *f = text ? fopen(path, "w") : NULL;

	if ((!text && unlink(path) == -1) || (text && (!f || fputs(text, f) < 0 || fclose(f) != 0)))
		abort();
	free(path);
}

int
main(void)
{
	static const char *const folders[] = { "orch.d", "orch.d/skills", "orch.d/skills/s" };
	static const char *const names[] = { "", ".", "..", "../s", "s/", "/etc", ".s" };
	static char share[] = "share/orch";
	struct project p = { .share = share, .orch_fd = -1, .log = { .fd = -1 } };
	struct vec_str all = { 0 };
	struct skill s;
	struct err e = { 0 };

	p.dir = dir = xstrdup("/tmp/orch-skill.XXXXXX");
	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char *path = xasprintf("%s/%s", dir, folders[i]);

		if (mkdir(path, 0700) == -1)
			abort();
		free(path);
	}
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		const struct wanted *w = &wanted[i];
		int r;

		put_file("x");
		put_file(w->file);
		r = skill_load(&s, &p, "s", &e);
		if (w->why) {
			ok(r == -1 && e.code == ERR_CONFIG && strstr(e.msg, w->why), "refused: %s", e.msg);
		} else if (ok(r == 0, "file %zu %s", i, r == 0 ? "" : e.msg)) {
			is(s.description, w->description, "... its description");
			is(s.text, w->text, "... its text");
			ok(strstr(s.dir, "/orch.d/skills/s") != NULL, "... its folder");
		}
		skill_release(&s);
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ok(skill_load(&s, &p, names[i], &e) == -1 && e.code == ERR_CONFIG, "no name: '%s'",
		    names[i]);
	ok(skill_names(&p, &all, &e) == 0 && all.n == 1 && strcmp(all.v[0], "s") == 0,
	    "all that there are");
	vec_str_release(&all);
	fs_remove_tree(AT_FDCWD, dir, &e);
	free(dir);
	return done_testing();
}
