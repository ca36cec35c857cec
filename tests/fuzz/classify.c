/*
 * classify: whatever a program wrote and however it ended, there is a verdict
 *
 * Two bytes choose a shipped driver and how the run ended; then stands what it wrote
 * to standard output, and behind a NUL what it wrote to standard error.  A success
 * needs an object on standard output, a report is clean and can be printed, and the
 * same bytes give the same report.
 */
#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/agent.h"
#include "work/classify.h"
#include "work/outcome.h"

#define AGENTS 6

static const char *const ids[AGENTS] = { "claude", "codex", "copilot", "gemini", "opencode", "qwen" };

static const struct agent *
driver(size_t i)
{
	static struct agent agents[AGENTS];
	static char nowhere[] = "/nowhere", share[] = "share/orch";
	struct project p = { .dir = nowhere, .share = share, .orch_fd = -1, .log = { .fd = -1 } };
	struct err e = { 0 };

	if (agents[i].id == NULL)
		must(agent_load(&agents[i], &p, ids[i], &e) == 0, "%s", e.msg);
	return &agents[i];
}

static void
check_text(const char *s)
{
	must(s == NULL || str_utf8(s, strlen(s), NULL), "%s", s);
}

static void
check_report(const struct classify_report *r)
{
	const struct classify_tokens *t = &r->tokens;

	must(r->class != NULL && r->message != NULL, "no verdict");
	must(strchr(r->message, '\n') == NULL && strchr(r->message, '\033') == NULL, "%s", r->message);
	must((*r->message == '\0') == (strcmp(r->class, "ok") == 0), "%s: %s", r->class, r->message);
	must(r->good || outcome_of(r->class) != OUTCOME_OK, "%s", r->class);
	must(r->session == NULL || (*r->session != '-' && strpbrk(r->session, " \n/\"'$") == NULL),
	    "%s", r->session);
	must(t->in >= -1 && t->cached >= -1 && t->out >= -1 && t->reasoning >= -1, "tokens");
	must(r->cost_usd == r->cost_usd && r->cost_usd <= 1e300, "cost");
	check_text(r->message);
	check_text(r->evidence);
	check_text(r->text);
	check_text(r->model);
	check_text(r->denied);
}

static void
print(struct buf *out, const struct classify_report *r)
{
	struct val *v = classify_value(r), *back;
	struct err e = { 0 };

	json_print(out, v);
	back = json_parse(buf_str(out), out->len, &e);
	must(back != NULL && val_same(v, back), "%s: %s", buf_str(out), e.msg);
	val_free(back);
	val_free(v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const stops[] = { "", "", "timeout", "idle", "output", "asked", "", "" };
	struct classify_report a, b;
	struct buf first = { 0 }, second = { 0 };
	struct classify_ending end = { .started = true, .now = 1893456000 };
	const struct agent *agent;
	char *text;

	if (len < 2)
		return 0;
	agent = driver(data[0] % AGENTS);
	end.stopped = stops[data[0] / AGENTS % 8];
	end.exit = data[1] < 200 ? data[1] % 4 : -1;
	end.signal = end.exit == -1 ? data[1] % 32 + 1 : 0;
	text = text_of(data + 2, len - 2);
	end.out = text;
	end.out_len = strnlen(text, len - 2);
	end.errtext = text + end.out_len + (end.out_len < len - 2);
	end.err_len = (size_t)(text + len - 2 - end.errtext);
	classify(&a, agent, &end);
	check_report(&a);
	must(!a.good || memchr(end.out, '{', end.out_len) != NULL, "a success without an event");
	print(&first, &a);
	classify(&b, agent, &end);
	print(&second, &b);
	must(strcmp(buf_str(&first), buf_str(&second)) == 0, "%s", buf_str(&second));
	classify_release(&a);
	classify_release(&b);
	buf_release(&first);
	buf_release(&second);
	free(text);
	return 0;
}
