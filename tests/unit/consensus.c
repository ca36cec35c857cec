/*
 * What verdicts amount to: a table.  A reviewer is a word: a, c or r (approves, asks for
 * changes, rejects) or - (is missing), then what is said of it:
 *
 *	!	it has a veto
 *	*W	its weight (1)
 *	%C	its confidence (1)
 *	@FILE:LINE	a finding, several if there are several
 */
#include "work/consensus.h"

#include <math.h>
#include <stdlib.h>

#include "../lib/tap.h"

#define MOST 8

static const struct {
	const char *name, *votes;
	size_t quorum;
	const char *want;
} cases[] = {
	/* all of one mind */
	{ "one approves", "a", 1, "approve" },
	{ "one asks for changes", "c", 1, "request_changes" },
	{ "one rejects", "r", 1, "reject" },
	{ "all approve", "a a a", 3, "approve" },
	{ "all ask for changes", "c c", 2, "request_changes" },
	{ "all reject", "r r", 2, "reject" },

	/* missing */
	{ "nobody at all", "", 1, "short" },
	{ "nobody, and no quorum", "", 0, "short" },
	{ "all are missing", "- -", 1, "short" },
	{ "all are missing, and no quorum", "- -", 0, "short" },
	{ "one is missing of two", "a -", 2, "short" },
	{ "one is missing of two, and one is enough", "a -", 1, "approve" },
	{ "one is missing of three, two are enough", "a - a", 2, "approve" },
	{ "the quorum is more than there are", "a a", 3, "short" },
	{ "changes do not need less", "c -", 2, "short" },
	{ "a rejection neither", "- r", 2, "short" },

	/* majority */
	{ "two to one for it", "a a c", 3, "approve" },
	{ "two to one against it", "a c c", 3, "request_changes" },
	{ "changes and a rejection together are against it", "a c r", 3, "reject" },
	{ "most of those against it ask for changes", "a c c r", 4, "request_changes" },
	{ "most of those against it reject", "a r r c", 4, "reject" },
	{ "half of them reject", "c r", 2, "reject" },

	/* ties */
	{ "one to one", "a c", 2, "tie" },
	{ "one to one, rejecting", "r a", 2, "tie" },
	{ "two to two", "a c r a", 4, "tie" },
	{ "one to one, the third is missing, two are enough", "a - c", 2, "tie" },
	{ "nobody has weight", "a*0 c*0", 2, "tie" },
	{ "one that approves without weight", "a*0", 1, "tie" },

	/* weights */
	{ "the heavier one approves", "a*2 c", 2, "approve" },
	{ "the heavier one does not", "a c*1.5", 2, "request_changes" },
	{ "one heavy against two light", "a*3 c c", 3, "approve" },
	{ "as heavy as both", "a*2 c c", 3, "tie" },
	{ "without weight it is only heard", "a r*0", 2, "approve" },
	{ "but it makes the quorum up", "a r*0 -", 2, "approve" },
	{ "rejecting is the heavier part", "c r*2 a", 3, "reject" },
	{ "asking for changes is", "c*2 r a", 3, "request_changes" },

	/* vetoes */
	{ "a veto against two", "c! a a", 3, "request_changes!" },
	{ "a veto that rejects", "a r! a", 3, "reject!" },
	{ "the stricter of two vetoes", "c! r! a", 3, "reject!" },
	{ "a veto that approves is one vote", "a! c c", 3, "request_changes" },
	{ "and not against one", "a! c", 2, "tie" },
	{ "a veto needs no quorum", "c! - -", 3, "request_changes!" },
	{ "nor weight", "c!*0 a*9", 2, "request_changes!" },
	{ "a veto that is missing may be one", "-! a", 1, "unheard" },
	{ "whatever the others say", "-! c r", 1, "unheard" },
	{ "also without the quorum", "-! a", 2, "unheard" },
	{ "and before an arbiter is asked", "a@x:1 c@x:1 -!", 2, "unheard" },
	{ "one of two", "a! -! a", 1, "unheard" },
	{ "but not if the other one objects", "c! -! a", 1, "request_changes!" },
	{ "a veto decides before an arbiter is asked", "a@x:1 c!@x:1", 2, "request_changes!" },
	{ "a veto that asks for changes, another that approves", "c! a!", 2, "request_changes!" },

	/* conflicts */
	{ "the same line of the same file", "a@x.c:3 c@x.c:3", 2, "conflict 0 1 0" },
	{ "whoever has the majority", "a@x.c:3 a c@x.c:3", 3, "conflict 0 2 0" },
	{ "or the weight", "a*9@x.c:3 r@x.c:3", 2, "conflict 0 1 0" },
	{ "another line", "a@x.c:3 a c@x.c:4", 3, "approve" },
	{ "another file", "a@x.c:3 a c@y.c:3", 3, "approve" },
	{ "the whole file", "a@x.c:0 a c@x.c:4", 3, "conflict 0 2 0" },
	{ "the whole file from the other side", "a@x.c:7 a c@x.c:0", 3, "conflict 0 2 0" },
	{ "nowhere in particular is no place", "a@:0 a c@:0", 3, "approve" },
	{ "the same file from its folder", "a@./x.c:3 a c@x.c:3", 3, "conflict 0 2 0" },
	{ "the same file, written otherwise", "a@a//b:3 a c@a/./b:3", 3, "conflict 0 2 0" },
	{ "the same file by way of another folder", "a@a/../x:3 a c@b/c/../.././x:0", 3, "conflict 0 2 0" },
	{ "a folder above has not the same name", "a@a/x:3 a c@x:3", 3, "approve" },
	{ "nor one that begins like it", "a@a/x:3 a c@ax:3", 3, "approve" },
	{ "what leaves the tree is no file of it", "a@../x:3 a c@../x:3", 3, "approve" },
	{ "also if it comes back", "a@a/../../x:3 a c@x:3", 3, "approve" },
	{ "nor is what is absolute", "a@/x:3 a c@/x:3", 3, "approve" },
	{ "nor the tree itself", "a@.:0 a c@a/..:0", 3, "approve" },
	{ "the second finding", "a@y:1@x:2 c@z:5@x:2 a", 3, "conflict 0 1 1" },
	{ "both against it have no conflict", "c@x:1 r@x:1 c", 3, "request_changes" },
	{ "both for it neither", "a@x:1 a@x:1", 2, "approve" },
	{ "one that is missing has none", "a@x:1 -@x:1 a", 2, "approve" },
	{ "without the quorum nobody is asked", "a@x:1 c@x:1 -", 3, "short" },

	/* numbers that are none */
	{ "sure as NaN", "a%nan", 1, "short" },
	{ "infinitely sure", "a%inf", 1, "short" },
	{ "surer than sure", "a%1.5", 1, "short" },
	{ "less than not sure", "a%-0.5", 1, "short" },
	{ "not sure at all is sure enough", "a%0", 1, "approve" },
	{ "a weight that is NaN", "a*nan", 1, "short" },
	{ "a weight without end", "a*inf c", 1, "request_changes" },
	{ "a weight below nothing", "a*-1 c", 1, "request_changes" },
	{ "NaN is no veto, but may be one", "r!%nan a", 1, "unheard" },
	{ "nor is a veto whose weight is NaN", "a!*nan a", 1, "unheard" },
	{ "nor a conflict", "a@x:1 c%nan@x:1", 1, "approve" },
	{ "nor one from the other side", "a%nan@x:1 c@x:1", 1, "request_changes" },
	{ "sums beyond all numbers", "a*1e308 a*1e308 c*1e308 c*1e308", 4, "tie" },
	{ "a decision that there is none of", "?", 1, "short" },
};

static struct consensus_spot spots[MOST][MOST];
static char files[MOST][MOST][16];

/* One word; what is behind it. */
static const char *
read_vote(const char *s, struct consensus_vote *v, size_t i)
{
	char *end;

	*v = (struct consensus_vote){ .given = *s != '-', .confidence = 1, .weight = 1, .spots = spots[i],
		.decision = *s == 'c' ? DECIDE_CHANGES : *s == 'r' ? DECIDE_REJECT :
		    *s == '?' ? DECISIONS : DECIDE_APPROVE };
	for (s++; *s != ' ' && *s != '\0';) {
		char what = *s++;

		if (what == '!')
			v->veto = true;
		if (what == '*') {
			v->weight = strtod(s, &end);
			s = end;
		}
		if (what == '%') {
			v->confidence = strtod(s, &end);
			s = end;
		}
		if (what == '@') {
			size_t len = strcspn(s, ":");

			memcpy(files[i][v->spots_n], s, len);
			files[i][v->spots_n][len] = '\0';
			spots[i][v->spots_n].file = files[i][v->spots_n];
			spots[i][v->spots_n++].line = strtoll(s + len + 1, &end, 10);
			s = end;
		}
	}
	return s + (*s == ' ');
}

static void
test_table(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct consensus_vote v[MOST];
		struct consensus c;
		char got[64];
		size_t n = 0;

		for (const char *s = cases[i].votes; *s != '\0'; n++)
			s = read_vote(s, &v[n], n);
		consensus(&c, v, n, cases[i].quorum);
		switch (c.end) {
		case CONSENSUS_SHORT:
			snprintf(got, sizeof got, "short");
			break;
		case CONSENSUS_UNHEARD:
			snprintf(got, sizeof got, "unheard");
			break;
		case CONSENSUS_TIE:
			snprintf(got, sizeof got, "tie");
			break;
		case CONSENSUS_CONFLICT:
			snprintf(got, sizeof got, "conflict %zu %zu %zu", c.one, c.other, c.spot);
			break;
		case CONSENSUS_DECIDED:
			snprintf(got, sizeof got, "%s%s", decision_name(c.decision), c.by_veto ? "!" : "");
			break;
		}
		is(got, cases[i].want, cases[i].name);
	}
}

/* Without a valid verdict that approves nothing is approved, whatever else there is. */
static void
test_never_by_itself(void)
{
	static const char words[] = "-cr?";
	size_t approved = 0, tried = 0;

	for (int a = 0; a < 4; a++)
		for (int b = 0; b < 4; b++)
			for (int d = 0; d < 4; d++)
				for (size_t quorum = 0; quorum < 4; quorum++) {
					char text[] = { words[a], ' ', words[b], ' ', words[d], '\0' };
					struct consensus_vote v[3];
					struct consensus c;
					const char *s = text;

					for (size_t n = 0; n < 3; n++)
						s = read_vote(s, &v[n], n);
					consensus(&c, v, 3, quorum);
					tried++;
					approved += c.end == CONSENSUS_DECIDED && c.decision == DECIDE_APPROVE;
				}
	is_int((int64_t)tried, 256, "all that do not approve");
	is_int((int64_t)approved, 0, "approve nothing");
}

/* Who comes first does not matter. */
static void
test_order(void)
{
	static const char *const words[] = { "a", "c", "r", "-", "c!", "-!", "a*2", "a@x:1", "c@x:1" };
	size_t n = sizeof words / sizeof *words, differ = 0;

	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n; b++)
			for (size_t d = 0; d < n; d++) {
				const size_t order[3] = { a, b, d };
				struct consensus_vote one[3], other[3];
				struct consensus c, e;

				for (size_t i = 0; i < 3; i++) {
					read_vote(words[order[i]], &one[i], i);
					read_vote(words[order[2 - i]], &other[i], i + 3);
				}
				consensus(&c, one, 3, 2);
				consensus(&e, other, 3, 2);
				differ += c.end != e.end || c.counted != e.counted ||
				    (c.end == CONSENSUS_DECIDED && c.decision != e.decision);
			}
	is_int((int64_t)differ, 0, "whoever comes first, the same comes of it");
}

static void
test_names(void)
{
	is_int(decision_find("reject"), DECIDE_REJECT, "a name");
	is_int(decision_find("Approve"), -1, "no name");
	is_int(decision_find(""), -1, "nothing");
}

int
main(void)
{
	test_table();
	test_never_by_itself();
	test_order();
	test_names();
	return done_testing();
}
