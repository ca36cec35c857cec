#include "sys/path.h"

#include "../lib/tap.h"
#include "scratch.h"

static void
check_text(char *got, const char *want, const char *what)
{
	is(got, want, what);
	free(got);
}

static void
test_text(void)
{
	check_text(path_join("a", "b"), "a/b", "join");
	check_text(path_join("a/", "b"), "a/b", "no second slash");
	check_text(path_join("/", "b"), "/b", "join to the root");
	check_text(path_join("a", "/b"), "/b", "an absolute name stands alone");
	check_text(path_join("", "b"), "b", "join to nothing");
	check_text(path_dir("a/b"), "a", "dir");
	check_text(path_dir("a"), ".", "dir of a plain name");
	check_text(path_dir("/a"), "/", "dir below the root");
	check_text(path_dir("/"), "/", "dir of the root");
	check_text(path_dir("a//b"), "a", "dir with two slashes");
	check_text(path_dir("a/b/"), "a/b", "dir with a slash at the end");
	check_text(path_dir(""), ".", "dir of nothing");
	is(path_base("a/b"), "b", "base");
	is(path_base("b"), "b", "base of a plain name");
	is(path_base("a/"), "", "base with a slash at the end");
}

static void
test_disk(void)
{
	struct err e = { 0 };
	struct stat st;
	char *real;

	is_int(path_make("x/y//z", &e), 0, "make folders");
	ok(path_is_dir("x/y/z"), "they are there");
	stat("x/y", &st);
	is_int(st.st_mode & 07777, 0700, "and private");
	is_int(path_make("x/y/z/", &e), 0, "once more is fine");
	put("file", "");
	is_int(path_make("file/z", &e), -1, "not below a file");
	ok(e.code == ERR_SYSTEM && strstr(e.msg, "'file'"), "which the message names");
	is_int(path_make("file", &e), -1, "not in the place of a file");
	ok(path_exists("file") && !path_is_dir("file"), "a file is no folder");
	ok(symlink("nothing", "dangling") == 0 && !path_exists("dangling"),
	    "a link to nothing does not exist");
	real = path_absolute("x/../x/y", &e);
	ok(real != NULL && *real == '/' && strstr(real, "/x/y"), "absolute");
	free(real);
	ok(path_absolute("no/such", &e) == NULL && strstr(e.msg, "'no/such'"), "no such path");
}

static void
test_home(void)
{
	struct err e = { 0 };

	setenv("HOME", "/h", 1);
	unsetenv("XDG_CONFIG_HOME");
	setenv("XDG_STATE_HOME", "/s/", 1);
	check_text(path_config_home(&e), "/h/.config/orch", "configuration below HOME");
	check_text(path_state_home(&e), "/s/orch", "state where XDG_STATE_HOME says");
	setenv("XDG_STATE_HOME", "relative", 1);
	check_text(path_state_home(&e), "/h/.local/state/orch", "a relative value is ignored");
	setenv("HOME", "", 1);
	ok(path_config_home(&e) == NULL && e.code == ERR_CONFIG, "an empty HOME is none");
	unsetenv("HOME");
	ok(path_config_home(&e) == NULL && e.code == ERR_CONFIG, "no HOME");
}

static void
test_share(const char *self)
{
	struct err e = { 0 };
	char *dir;

	setenv("ORCH_SHARE", "x", 1);
	check_text(path_share(&e), "x", "ORCH_SHARE first");
	setenv("ORCH_SHARE", "no such", 1);
	ok(path_share(&e) == NULL && e.code == ERR_CONFIG, "ORCH_SHARE must be a folder");
	unsetenv("ORCH_SHARE");
	dir = path_share(&e);
	ok(dir != NULL && path_is_dir(dir), "found beside the build folder of %s", self);
	printf("# %s\n", dir ? dir : e.msg);
	free(dir);
}

int
main(int argc, char **argv)
{
	(void)argc;
	scratch_make();
	test_text();
	test_disk();
	test_home();
	test_share(argv[0]);
	scratch_remove();
	return done_testing();
}
