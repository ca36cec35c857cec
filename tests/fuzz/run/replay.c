/*
 * replay - a fuzz target without its fuzzer: once for every file of its corpus
 *
 *	NAME [FILE..]
 *
 * Without operands the files of tests/fuzz/corpus/NAME.  Each stands in a buffer of
 * its own size, so that V=asan sees every byte too many.  The name of a file is
 * told before its turn, since a target that finds a fault ends the process.
 */
#include <glob.h>

#include "../../lib/fuzz.h"
#include "../../lib/tap.h"

static bool
replay(const char *path)
{
	FILE *f = fopen(path, "r");
	uint8_t *data;
	size_t len;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0)
		return false;
	len = (size_t)ftell(f);
	rewind(f);
	data = malloc(len > 0 ? len : 1);
	len = fread(data, 1, len, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return true;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char pattern[256];
	glob_t g = { 0 };

	for (int i = 1; i < argc; i++)
		ok(replay(argv[i]), "%s", argv[i]);
	if (argc == 1) {
		snprintf(pattern, sizeof pattern, "tests/fuzz/corpus/%s/*", name ? name + 1 : argv[0]);
		ok(glob(pattern, 0, NULL, &g) == 0 && g.gl_pathc >= 10, "there are %zu files",
		    g.gl_pathc);
		for (size_t i = 0; i < g.gl_pathc; i++) {
			printf("# %s\n", g.gl_pathv[i]);
			fflush(stdout);
			if (!replay(g.gl_pathv[i]))
				ok(false, "%s cannot be read", g.gl_pathv[i]);
		}
		ok(true, "all of them keep the promises of %s", pattern);
		globfree(&g);
	}
	return done_testing();
}
