#include "base/opt.h"

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"

enum { KEY_BODY = OPT_FIRST, KEY_TAGS, KEY_SECRET, KEY_BACK };

static const struct opt options[] = {
	{ "label", 'l', OPT_LABEL, "LABEL", "give it a label", 'l' },
	{ "labels", 0, OPT_LABEL, "LABEL", "the same", 'l' },
	{ "body-file", 0, OPT_FILE, "FILE", "take the body from FILE", KEY_BODY },
	{ "priority", 'p', OPT_WORD, "urgent|high|normal|low", "how soon", 'p' },
	{ "secret", 0, OPT_FLAG, NULL, NULL, KEY_SECRET },
	{ "prune", 0, OPT_FLAG, NULL, "forget the rest", KEY_TAGS },
	{ "back", 'b', OPT_TEXT, "[=GEN]", "go back", KEY_BACK },
	OPT_DRY_RUN,
	OPT_COMMON,
};

static const struct opt_cmd cmd = {
	.name = "orch-add",
	.purpose = "add tasks",
	.usage = (const char *const[]){ "[OPTION].. TITLE", "[OPTION].. -", NULL },
	.opts = options,
};

/*
 * Writes what the parser says about up to eight arguments as one line: the
 * letter or number of each key, its value in brackets, operands in quotes.
 */
static void
parse(struct buf *out, struct err *e, const char *const *args)
{
	char words[8][64], *argv[10] = { words[0] };
	struct opt_state s;
	const char *value;
	int argc = 1, key;

	snprintf(words[0], sizeof words[0], "orch-add");
	for (; args[argc - 1] != NULL && argc < 8; argc++) {
		snprintf(words[argc], sizeof words[argc], "%s", args[argc - 1]);
		argv[argc] = words[argc];
	}
	opt_start(&s, &cmd, argc, argv);
	while ((key = opt_next(&s, &value, e)) != OPT_END) {
		buf_puts(out, out->len > 0 ? " " : "");
		if (key == OPT_ERROR) {
			buf_puts(out, "error");
			break;
		}
		if (key == OPT_OPERAND)
			buf_printf(out, "'%s'", value);
		else if (key < 256)
			buf_printf(out, "%c", key);
		else
			buf_printf(out, "%d", key);
		if (key != OPT_OPERAND && value != NULL)
			buf_printf(out, "[%s]", value);
	}
	for (char **r = opt_rest(&s); key == OPT_END && r != NULL && *r != NULL; r++)
		buf_printf(out, " +%s", *r);
}

static void
test_parse(void)
{
	static const struct {
		const char *args[8], *want, *message;
	} t[] = {
		{ { NULL }, "", NULL },
		{ { "a", "b" }, "'a' 'b'", NULL },
		{ { "--label", "x", "t" }, "l[x] 't'", NULL },
		{ { "t", "--label=x" }, "'t' l[x]", NULL },
		{ { "--label=" }, "l[]", NULL },
		{ { "--label=a=b" }, "l[a=b]", NULL },
		{ { "-l", "x" }, "l[x]", NULL },
		{ { "-lx" }, "l[x]", NULL },
		{ { "-l=x" }, "l[=x]", NULL },
		{ { "-l", "" }, "l[]", NULL },
		{ { "-nqv", "t" }, "n q v 't'", NULL },
		{ { "-nlx", "t" }, "n l[x] 't'", NULL },
		{ { "-nl", "x", "t" }, "n l[x] 't'", NULL },
		{ { "-l", "--quiet" }, "l[--quiet]", NULL },
		{ { "-" }, "'-'", NULL },
		{ { "-l", "-" }, "l[-]", NULL },
		{ { "" }, "''", NULL },
		{ { "--", "-q", "--label" }, "'-q' '--label' +-q +--label", NULL },
		{ { "a", "--", "b", "--", "c" }, "'a' 'b' '--' 'c' +b +-- +c", NULL },
		{ { "--" }, "", NULL },
		{ { "-l", "--", "x" }, "l[--] 'x'", NULL },
		/* Shortened. */
		{ { "--body", "f" }, "300[f]", NULL },
		{ { "--bo=f" }, "300[f]", NULL },
		{ { "--lab=x" }, "l[x]", NULL },
		{ { "--label=x" }, "l[x]", NULL },
		{ { "--hel" }, "h", NULL },
		{ { "--help" }, "h", NULL },
		{ { "--help-table" }, "256", NULL },
		{ { "--version" }, "257", NULL },
		{ { "--secret" }, "302", NULL },
		/* An argument that may be left out is no word of its own. */
		{ { "--back" }, "303", NULL },
		{ { "--back", "x" }, "303 'x'", NULL },
		{ { "--back=3", "x" }, "303[3] 'x'", NULL },
		{ { "--back=" }, "303[]", NULL },
		{ { "--ba=3" }, "303[3]", NULL },
		{ { "-b", "-q" }, "303 q", NULL },
		{ { "-nb3" }, "n 303[3]", NULL },
		/* Misuse. */
		{ { "--pr" }, "error", "option '--pr' is ambiguous: '--priority' or '--prune'" },
		{ { "--ver" }, "error", "option '--ver' is ambiguous: '--verbose' or '--version'" },
		{ { "--lable", "x" }, "error", "unknown option '--lable', did you mean '--label'?" },
		{ { "--lable=x" }, "error", "unknown option '--lable', did you mean '--label'?" },
		{ { "--xyzzy" }, "error", "unknown option '--xyzzy'" },
		{ { "--=x" }, "error", "unknown option '--'" },
		{ { "--help-tabel" }, "error", "unknown option '--help-tabel'" },
		{ { "--secre" }, "error", "unknown option '--secre'" },
		{ { "--quiet=x" }, "error", "option '--quiet' takes no argument" },
		{ { "--quie=" }, "error", "option '--quiet' takes no argument" },
		{ { "--label" }, "error", "option '--label' needs an argument: LABEL" },
		{ { "--body" }, "error", "option '--body-file' needs an argument: FILE" },
		{ { "-l" }, "error", "option '-l' needs an argument: LABEL" },
		{ { "-nl" }, "n error", "option '-l' needs an argument: LABEL" },
		{ { "-x" }, "error", "unknown option '-x'" },
		{ { "-nx" }, "n error", "unknown option '-x'" },
		{ { "-q=x" }, "q error", "unknown option '-='" },
		{ { "-\xc3\xa9" }, "error", "unknown option '-\xc3\xa9'" },
		{ { "-\x1b[2J" }, "error", "unknown option '-\\x1b'" },
		{ { "--a\nb\x1b" }, "error", "unknown option '--a\\x0ab\\x1b'" },
		{ { "---q" }, "error", "unknown option '---q'" },
		{ { "-1" }, "error", "unknown option '-1'" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct buf b = { 0 };
		struct err e = { 0 };

		parse(&b, &e, t[i].args);
		is(buf_str(&b), t[i].want, "parse");
		if (t[i].message != NULL)
			is(e.msg, t[i].message, "message");
		is_int(e.code, t[i].message ? ERR_USAGE : ERR_NONE, "code");
		buf_release(&b);
	}
}

/* A process may be started without even a name. */
static void
test_no_argv(void)
{
	char *argv[] = { NULL };
	struct err e = { 0 };
	struct opt_state s;
	const char *value;

	opt_start(&s, &cmd, 0, argv);
	is_int(opt_next(&s, &value, &e), OPT_END, "argc 0 is the end");
	ok(opt_rest(&s) == NULL, "and there is no rest");
}

static void
test_help(void)
{
	struct buf b = { 0 };

	opt_help(&b, &cmd);
	is(buf_str(&b),
	    "Usage: orch-add [OPTION].. TITLE\n"
	    "       orch-add [OPTION].. -\n"
	    "\n"
	    "add tasks\n"
	    "\n"
	    "  -l, --label LABEL     give it a label\n"
	    "      --labels LABEL    the same\n"
	    "      --body-file FILE  take the body from FILE\n"
	    "  -p, --priority urgent|high|normal|low\n"
	    "                        how soon\n"
	    "      --prune           forget the rest\n"
	    "  -b, --back[=GEN]      go back\n"
	    "  -n, --dry-run         say what would be done, change nothing\n"
	    "  -C, --directory DIR   find the project from DIR\n"
	    "  -f, --file FILE       use this task file; its folder is the project\n"
	    "  -q, --quiet           print errors only\n"
	    "  -v, --verbose         say what is being done\n"
	    "  -h, --help            print this help\n"
	    "      --version         print the version\n", "help");
	buf_release(&b);
}

static void
test_table(void)
{
	struct buf b = { 0 };

	opt_table(&b, &cmd);
	is(buf_str(&b),
	    "command\torch-add\tadd tasks\n"
	    "label\tl\tlabel\tLABEL\tgive it a label\n"
	    "labels\t-\tlabel\tLABEL\tthe same\n"
	    "body-file\t-\tfile\tFILE\ttake the body from FILE\n"
	    "priority\tp\tword\turgent|high|normal|low\thow soon\n"
	    "prune\t-\tflag\t-\tforget the rest\n"
	    "back\tb\ttext\t[=GEN]\tgo back\n"
	    "dry-run\tn\tflag\t-\tsay what would be done, change nothing\n"
	    "directory\tC\tdir\tDIR\tfind the project from DIR\n"
	    "file\tf\tfile\tFILE\tuse this task file; its folder is the project\n"
	    "quiet\tq\tflag\t-\tprint errors only\n"
	    "verbose\tv\tflag\t-\tsay what is being done\n"
	    "help\th\tflag\t-\tprint this help\n"
	    "version\t-\tflag\t-\tprint the version\n", "table");
	buf_release(&b);
}

int
main(void)
{
	test_parse();
	test_no_argv();
	test_help();
	test_table();
	return done_testing();
}
