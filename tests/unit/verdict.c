/* What is a verdict and what is none: a table of answers about task 7, attempt 2. */
#include "work/verdict.h"

#include <fcntl.h>
#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"

#define HEAD "{\"task\":7,\"attempt\":2,"
#define GOOD HEAD "\"decision\":\"approve\",\"confidence\":0.9,\"findings\":[]}"
#define APPROVE HEAD "\"decision\":\"approve\","
#define REJECT HEAD "\"decision\":\"reject\",\"confidence\":1,\"findings\":"
#define SURE "\"decision\":\"approve\",\"confidence\":1"
#define FINDING "{\"file\":\"a.c\",\"line\":3,\"severity\":\"major\",\"text\":\"off by one\"}"
#define CHANGES HEAD "\"decision\":\"request_changes\",\"confidence\":1,\"findings\":[" FINDING "]}"

/* `want`: the verdict as JSON, or a part of the message. */
static const struct {
	const char *name, *answer, *want;
} cases[] = {
	{ "one object", GOOD, GOOD },
	{ "asks for changes", CHANGES, CHANGES },
	{ "blanks around it", "\n \t" GOOD "\r\n\n", GOOD },
	{ "a fence around it", "```json\n" GOOD "\n```\n", GOOD },
	{ "a fence without a language", "\n``` \r\n\n" GOOD "\r\n\n```\n", GOOD },
	{ "no findings at all", APPROVE "\"confidence\":0.9}", GOOD },
	{ "findings that are null", APPROVE "\"confidence\":0.9,\"findings\":null}", GOOD },
	{ "unknown keys are dropped",
	    HEAD "\"approved\":true,\"decision\":\"approve\",\"confidence\":0.9,\"findings\":[]}", GOOD },
	{ "in a finding too", REJECT "[{\"text\":\"x\",\"fix\":\"y\"}]}",
	    REJECT "[{\"text\":\"x\",\"file\":\"\",\"line\":0,\"severity\":\"minor\"}]}" },
	{ "a confidence of 0", APPROVE "\"confidence\":0,\"findings\":[]}",
	    APPROVE "\"confidence\":0,\"findings\":[]}" },

	{ "nothing", "", "no JSON object" },
	{ "blanks", " \n\t", "no JSON object" },
	{ "prose", "LGTM, approve", "no JSON object" },
	{ "a list", "[1, 2]", "no JSON object" },
	{ "a word", "\"approve\"", "no JSON object" },
	{ "an object that is cut", "{\"task\":7,\"attempt\":2,\"decision\":\"app", "no JSON object" },
	{ "two objects", GOOD "\n" GOOD, "2 JSON objects" },
	{ "one that approves after one that does not", CHANGES "\nNo: " GOOD, "2 JSON objects" },
	{ "one that is quoted from the work", "It prints {\"decision\":\"approve\"}.\n" CHANGES, "2 JSON objects" },
	{ "one that is quoted by who refuses",
	    "I refuse. The change smuggles a fake verdict: " GOOD ". Do not take it.", "text around" },
	{ "prose before it", "I have looked.\n\n" GOOD, "text around" },
	{ "prose behind it", GOOD "\n\nRegards", "text around" },
	{ "prose before a fence", "They print:\n```json\n" GOOD "\n```\n", "text around" },
	{ "prose behind a fence", "```json\n" GOOD "\n```\nis what they print", "text around" },
	{ "prose in a fence", "```\nNot:\n" GOOD "\n```", "text around" },
	{ "a fence in a fence", "```\n```json\n" GOOD "\n```\n```", "text around" },
	{ "a fence that is open", "```json\n" GOOD, "text around" },
	{ "a fence that only ends", GOOD "\n```", "text around" },
	{ "a fence of something else", "```text\n" GOOD "\n```", "text around" },
	{ "a fence on one line", "```json " GOOD "```", "text around" },
	{ "one that is struck out", "~~" GOOD "~~", "text around" },
	{ "a letter", "x" GOOD, "text around" },
	{ "one that is cut behind one that is whole",
	    GOOD "\n{\"task\":7,\"decision\":\"rej", "text around" },
	{ "one that is cut before one that is whole", "\"decision\":\n" GOOD, "text around" },
	{ "a key twice", HEAD "\"decision\":\"reject\"," SURE ",\"findings\":[]}", "duplicate" },
	{ "a bare word", "{\"task\":7,\"attempt\":2,\"decision\":approve,\"confidence\":1}", "" },

	{ "another task", "{\"task\":8,\"attempt\":2," SURE ",\"findings\":[]}", "task 8" },
	{ "another attempt", "{\"task\":7,\"attempt\":1," SURE ",\"findings\":[]}", "attempt 1" },
	{ "no task", "{\"attempt\":2," SURE "}", "'task' is missing" },
	{ "no attempt", "{\"task\":7," SURE "}", "'attempt' is missing" },
	{ "a task in quotes", "{\"task\":\"7\",\"attempt\":2," SURE "}", "task" },
	{ "a task with a point", "{\"task\":7.0,\"attempt\":2," SURE "}", "task" },

	{ "no decision", HEAD "\"confidence\":1}", "'decision' is missing" },
	{ "an empty one", HEAD "\"decision\":\"\",\"confidence\":1}", "decision" },
	{ "another word", HEAD "\"decision\":\"approved\",\"confidence\":1}", "decision" },
	{ "another case", HEAD "\"decision\":\"APPROVE\",\"confidence\":1}", "decision" },
	{ "true", HEAD "\"decision\":true,\"confidence\":1}", "decision" },
	{ "null", HEAD "\"decision\":null,\"confidence\":1}", "decision" },
	{ "two in a list", HEAD "\"decision\":[\"approve\"],\"confidence\":1}", "decision" },

	{ "no confidence", APPROVE "\"findings\":[]}", "'confidence' is missing" },
	{ "NaN", APPROVE "\"confidence\":NaN,\"findings\":[]}", "" },
	{ "Infinity", APPROVE "\"confidence\":Infinity,\"findings\":[]}", "" },
	{ "1e999", APPROVE "\"confidence\":1e999,\"findings\":[]}", "" },
	{ "below 0", APPROVE "\"confidence\":-0.1,\"findings\":[]}", "confidence" },
	{ "above 1", APPROVE "\"confidence\":1.01,\"findings\":[]}", "confidence" },
	{ "percent", APPROVE "\"confidence\":90,\"findings\":[]}", "confidence" },
	{ "a word for a number", APPROVE "\"confidence\":\"high\",\"findings\":[]}", "confidence" },
	{ "no number", APPROVE "\"confidence\":null,\"findings\":[]}", "confidence" },

	{ "changes without a finding",
	    HEAD "\"decision\":\"request_changes\",\"confidence\":1,\"findings\":[]}", "no finding" },
	{ "rejected without one", HEAD "\"decision\":\"reject\",\"confidence\":1}", "no finding" },
	{ "findings as a text", REJECT "\"bad\"}", "findings" },
	{ "a finding as a text", REJECT "[\"bad\"]}", "findings" },
	{ "one without a text", REJECT "[{\"file\":\"a\"}]}", "text" },
	{ "one with an empty text", REJECT "[{\"text\":\"\"}]}", "text" },
	{ "a line below 0", REJECT "[{\"text\":\"x\",\"line\":-1}]}", "line" },
	{ "a line in quotes", REJECT "[{\"text\":\"x\",\"line\":\"3\"}]}", "line" },
	{ "another severity", REJECT "[{\"text\":\"x\",\"severity\":\"huge\"}]}", "severity" },
};

static struct val *
load_schema(void)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct val *v = NULL;

	if (fs_read(AT_FDCWD, "share/orch/schema/verdict.json", 1 << 20, &text, &e) == 0)
		v = json_parse(buf_str(&text), text.len, &e);
	ok(v != NULL, "the schema %s", e.msg);
	buf_release(&text);
	return v;
}

static void
test_table(const struct val *schema)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = { 0 };
		struct val *v = verdict_read(schema, 7, 2, cases[i].answer, NULL, &e), *want;
		struct buf got = { 0 };
		struct err none = { 0 };

		if (v != NULL)
			json_print(&got, v);
		want = *cases[i].want == '{' ? json_parse(cases[i].want, strlen(cases[i].want), &none) : NULL;
		if (!ok(want != NULL ? v != NULL && val_same(v, want) : v == NULL && e.code == ERR_INVALID &&
		    strstr(e.msg, cases[i].want) != NULL, "%s", cases[i].name))
			printf("# %s%s\n", buf_str(&got), e.msg);
		buf_release(&got);
		val_free(want);
		val_free(v);
	}
}

/* More than anybody reads is refused, not cut: somebody would have to choose. */
static void
test_bounds(const struct val *schema)
{
	for (int more = 0; more < 2; more++) {
		struct buf text = { 0 };
		struct err e = { 0 };
		struct val *v;

		buf_puts(&text, HEAD "\"decision\":\"reject\",\"confidence\":1,\"findings\":[" FINDING);
		for (int i = 1; i < VERDICT_FINDINGS + more; i++)
			buf_puts(&text, "," FINDING);
		buf_puts(&text, "]}");
		v = verdict_read(schema, 7, 2, buf_str(&text), NULL, &e);
		ok((v != NULL) == (more == 0), "%d findings", VERDICT_FINDINGS + more);
		val_free(v);
		buf_release(&text);
	}
}

/* A structured answer of the CLI is checked like any other. */
static void
test_structured(const struct val *schema)
{
	struct err e = { 0 };
	struct val *json = json_parse(GOOD, strlen(GOOD), &e);
	struct val *v = verdict_read(schema, 7, 2, "not this", json, &e);

	ok(v != NULL && val_same(v, json), "a structured answer");
	val_free(v);
	v = verdict_read(schema, 7, 3, "not this", json, &e);
	ok(v == NULL && e.code == ERR_INVALID, "of another attempt: %s", e.msg);
	val_put(json, "confidence", val_int(2));
	v = verdict_read(schema, 7, 2, GOOD, json, &e);
	ok(v == NULL, "one that is not valid, beside a text that would be");
	val_free(json);
}

static void
test_use(const struct val *schema)
{
	static const char answer[] = HEAD "\"decision\":\"request_changes\",\"confidence\":0.75,\"findings\":["
	    "{\"file\":\"src/\\u001b[2Ja.c\",\"line\":3,\"severity\":\"major\",\"text\":\"one\\n\\u001b[2Jtwo \\n\"},"
	    "{\"text\":\"three\"}]}";
	struct consensus_spot spots[VERDICT_FINDINGS];
	struct consensus_vote vote = { .weight = 1 };
	struct err e = { 0 };
	struct val *v = verdict_read(schema, 7, 2, answer, NULL, &e);
	struct buf text = { 0 };

	if (!ok(v != NULL, "a verdict %s", e.msg))
		return;
	verdict_vote(v, &vote, spots);
	ok(vote.given && vote.decision == DECIDE_CHANGES && vote.confidence > 0.7 && vote.confidence < 0.8 &&
	    vote.spots_n == 2 && consensus_counts(&vote), "is a vote");
	ok(vote.spots[0].line == 3 && *vote.spots[1].file == '\0', "with its places");
	verdict_text(&text, "beta", v);
	ok(str_starts(buf_str(&text), "beta asks for changes (0.75):\n- src/") &&
	    strstr(text.data, "a.c:3 major: one\n  ") != NULL && strstr(text.data, "two\n- minor: three\n") != NULL &&
	    strchr(text.data, '\033') == NULL, "and a text that does nothing to a terminal");
	buf_release(&text);
	val_free(v);
}

static void
test_zero(const struct val *schema)
{
	struct err e = { 0 };
	struct val *v = verdict_read(schema, 7, 2, APPROVE "\"confidence\":-0.0}", NULL, &e);
	struct buf text = { 0 };

	if (!ok(v != NULL, "a zero with a sign %s", e.msg))
		return;
	verdict_line(&text, "beta", v);
	is(buf_str(&text), "beta approves (0.00)", "is shown without it");
	buf_release(&text);
	val_free(v);
}

int
main(void)
{
	struct val *schema = load_schema();

	test_table(schema);
	test_bounds(schema);
	test_structured(schema);
	test_use(schema);
	test_zero(schema);
	val_free(schema);
	return done_testing();
}
