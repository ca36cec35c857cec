#include "work/hook.h"

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"

static const char *
joined(const struct vec_str *v)
{
	static struct buf text;

	buf_cut(&text, 0);
	for (size_t i = 0; i < v->n; i++)
		buf_printf(&text, "%s|", v->v[i]);
	return buf_str(&text);
}

static void
trailers(const char *message, const char *want, const char *what)
{
	struct vec_str found = { 0 };

	hook_trailers(message, &found);
	is(joined(&found), want, what);
	vec_str_release(&found);
}

static void
push(const char *lines, const char *want, const char *what)
{
	struct hook_wish w = { .add = NULL };
	struct err e = { 0 };

	is(hook_before_push(lines, &w, &e) == 0 ? joined(&w.push) : "refused", want, what);
	hook_wish_release(&w);
}

#define ID   " 1111111111111111111111111111111111111111 "
#define NONE " 0000000000000000000000000000000000000000 "

int
main(void)
{
	trailers("", "", "no message");
	trailers("Orch-Add: x\n", "", "a subject has no trailers");
	trailers("Orch-Add: x\nOrch-Add: y", "", "nor has the paragraph of it");
	trailers("s\n\nOrch-Add: x", "Orch-Add: x|", "one, without a newline");
	trailers("s\r\n\r\nOrch-Add: x \t\r\nOther: y\r\norch-retry: 1\r\n", "Orch-Add: x|orch-retry: 1|",
	    "CRLF, blanks at the end, small letters, others between");
	trailers("s\n\nOrch-Add: x\n\n\n", "Orch-Add: x|", "empty lines behind");
	trailers("s\n\nOrch-Add: x\n\nOther: y\n", "", "not in the last paragraph");
	trailers("s\n\n Orch-Add: x\n> Orch-Add: y\n", "", "quoted or indented");
	trailers("s\n\nOrch-Add: x\n  goes on \n\ttoo\nOrch-Retry: 1\n", "Orch-Add: x goes on too|Orch-Retry: 1|",
	    "what is folded");
	trailers("s\n\nOrch-Add: a\n Orch-Add: b\r\nOther: y\n goes on\n Orch-Add: z\n", "Orch-Add: a Orch-Add: b|",
	    "a line that goes on is no trailer, nor is one behind another's");
	trailers("s\n\nOrch-Add: a\n\n b\nOrch-Add: c", "Orch-Add: c|", "none goes on in the next paragraph");
	trailers("s\n\nOrch-Add: a\n b", "Orch-Add: a b|", "the last line, without a newline");
	push("", "", "nothing is pushed");
	push("refs/heads/a" ID "refs/heads/b" NONE "\n", "refused", "a line with a blank at its end");
	push("refs/heads/a" ID "refs/heads/b 1\n", "a|b|", "both names");
	push("refs/heads/a" ID "refs/heads/a 1\nHEAD" ID "refs/heads/c 1\n", "a|c|", "each once");
	push("(delete)" NONE "refs/heads/b 1\n", "", "a branch that is removed");
	push("refs/tags/a" ID "refs/tags/a 1\n", "", "a tag");
	push("refs/heads/a\n", "refused", "too few words");
	push("a b c d e f g h\n", "refused", "too many");
	return done_testing();
}
