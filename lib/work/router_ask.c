/*
 * One question to a model, and what becomes of its answer.  What it may see is put together
 * here, from the question alone; what others wrote stands between markers with a nonce.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/tmpl.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "work/call.h"
#include "work/call_book.h"
#include "work/classify.h"
#include "work/fence.h"
#include "work/jsonfile.h"
#include "work/outcome.h"
#include "work/pool.h"
#include "work/router_impl.h"
#include "work/schema_file.h"

#define CATALOGUE_MAX (64u << 10)	/* bytes of the catalogue that the model sees, */
#define TASK_MAX      (16u << 10)	/* of a task, */
#define REPLY_MAX     (4u << 10)	/* of an answer that it is shown again */

/* What is being asked, and what has come of it so far. */
struct asking {
	struct router *r;
	const struct router_question *q;
	struct call call;
	struct val *answer;		/* valid */
	char *message;			/* what went wrong */
	struct buf refused;		/* that, and the answer itself, for the model */
	struct call_told told;		/* with that message */
};

static int
make_nonce(const struct asking *a, char nonce[FENCE_NONCE_MAX], struct err *e)
{
	const char *const texts[] = { a->r->catalogue, a->q->text, a->q->answered, buf_str(&a->refused) };
	struct buf all = { 0 };
	int r;

	buf_printf(&all, "route %lld", (long long)a->q->task);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		buf_printf(&all, "\n%zu %zu\n%s", i, texts[i] ? strlen(texts[i]) : 0, texts[i] ? texts[i] : "");
	r = fence_nonce(a->r->project, &all, nonce, e);
	buf_release(&all);
	return r;
}

/* One block between markers, cut to `cap`; NULL: there is nothing. */
static char *
block(const char *nonce, const char *title, const char *text, size_t cap)
{
	struct buf all = { 0 }, kept = { 0 }, out = { 0 };

	if (text == NULL || *text == '\0')
		return NULL;
	buf_puts(&all, text);
	fence_wash(&all, nonce);
	fence_cut(&kept, buf_str(&all), all.len, cap);
	fence_put(&out, nonce, title, &kept);
	buf_release(&all);
	buf_release(&kept);
	return buf_detach(&out);
}

static int
build(const struct asking *a, struct buf *system, struct buf *prompt, struct err *e)
{
	const struct router *r = a->r;
	char nonce[FENCE_NONCE_MAX], *catalogue, *task, *answer, *error;
	int rc;

	if (make_nonce(a, nonce, e) == -1)
		return -1;
	catalogue = block(nonce, "catalogue", r->catalogue, CATALOGUE_MAX);
	task = block(nonce, "task", a->q->text, TASK_MAX);
	answer = block(nonce, "answer", a->q->answered, TASK_MAX);
	error = block(nonce, "error", a->refused.data, REPLY_MAX);
	rc = tmpl_expand(system, r->system_path, r->system, strlen(r->system),
	    &(struct tmpl_var){ "nonce", nonce }, 1, e);
	if (rc == 0) {
		const struct tmpl_var vars[] = {
			{ "system", buf_str(system) }, { "nonce", nonce }, { "catalogue", catalogue },
			{ "task", task }, { "answer", answer }, { "error", error },
		};

		rc = tmpl_expand(prompt, r->prompt_path, r->prompt, strlen(r->prompt), vars,
		    sizeof vars / sizeof *vars, e);
	}
	free(catalogue);
	free(task);
	free(answer);
	free(error);
	return rc;
}

static void
fail(struct asking *a, enum outcome_class class, const char *message)
{
	free(a->message);
	a->message = xstrdup(message);
	a->told.class = class;
	a->told.message = a->message;
}

/* The answer is kept if it is one; else what is wrong with it, for the next try. */
static int
judge(struct asking *a, const struct classify_report *report, struct err *e)
{
	struct val *v = report->json ? val_copy(report->json) :
	    report->text ? json_extract(report->text, strlen(report->text)) : NULL;

	if (v == NULL)
		err_set(e, ERR_INVALID, "there is no JSON object in it");
	else if (router_check(a->r, v, e) == 0) {
		a->answer = v;
		fail(a, OUTCOME_OK, "");
		return 0;
	}
	val_free(v);
	if (e->code != ERR_INVALID)
		return -1;
	fail(a, OUTCOME_INVALID_OUTPUT, e->msg);
	buf_cut(&a->refused, 0);
	buf_printf(&a->refused, "%s\n\n%s", e->msg, report->text ? report->text : "");
	*e = (struct err){ 0 };
	return 0;
}

/* One call.  1: ask again. */
static int
try_once(struct asking *a, const char *name, const char *schema, struct err *e)
{
	const struct config *config = &a->r->project->config;
	struct buf system = { 0 }, prompt = { 0 };
	struct classify_report report = { 0 };
	int64_t ms = 0;
	int rc = build(a, &system, &prompt, e);
	struct call_wish wish = {
		.name = name, .system = buf_str(&system), .prompt = buf_str(&prompt),
		.schema = schema, .model = a->r->model,
		.timeout_ms = config_int(config, "router.timeout"),
	};

	if (rc == 0 && (rc = call_ask(&a->call, &wish, &report, &ms, e)) == 0) {
		call_told_by(&a->told, &a->r->agent, &report, ms);
		if (report.good)
			rc = judge(a, &report, e);
		else
			fail(a, outcome_of(report.class), report.message);
		/* A call that failed is not made again: the same would come of it. */
		if (rc == 0 && report.good && a->answer == NULL)
			rc = 1;
		classify_release(&report);
	}
	buf_release(&system);
	buf_release(&prompt);
	return rc;
}

static struct val *
record_of(struct asking *a)
{
	struct val *v = val_map();
	const char *model = a->r->model ? a->r->model : a->r->agent.model;
	char at[CLOCK_MAX];

	clock_format(clock_now(), at);
	val_add(v, "schema", val_int(1));
	val_add(v, "at", val_str(at));
	val_add(v, "task", val_int(a->q->task));
	val_add(v, "agent", val_str(a->r->agent.id));
	if (model != NULL)
		val_add(v, "model", val_str(model));
	call_told_put(&a->told, v);
	if (a->answer != NULL)
		val_add(v, "answer", a->answer);
	a->answer = NULL;
	return v;
}

/* What is asked stands in the folder before anything that may answer it. */
static int
prepare(const struct asking *a, struct err *e)
{
	if (router_is_about(a->call.dir, a->q))
		return 0;
	if (call_clear(&a->call, e) == -1)
		return -1;
	return fs_replace(a->call.dir, ROUTER_INPUT, a->q->input, strlen(a->q->input), 0600, e);
}

static int
ask(struct asking *a, struct err *e)
{
	char *schema = schema_file_text(a->r->schema);
	int rc = prepare(a, e) == -1 ? -1 : 1;

	for (int i = 0; i < ROUTER_TRIES && rc == 1; i++)
		rc = try_once(a, router_tries[i], schema, e);
	free(schema);
	/* What a person has to mend, or a limit that stands, is an answer too: it can be told. */
	if (rc == -1 && (e->code == ERR_FAILED || e->code == ERR_CONFIG)) {
		fail(a, a->call.closed == POOL_COOLING && a->told.tries == 0 ?
		    OUTCOME_RATE_LIMITED : OUTCOME_SETUP_FAILED, e->msg);
		rc = 0;
	}
	return rc == -1 ? -1 : 0;
}

struct val *
router_ask(struct router *r, const struct router_question *q, bool *asked, struct err *e)
{
	const struct config *config = &r->project->config;
	struct asking a = { .r = r, .q = q };
	char *name = xasprintf("%s/%s", ROUTER_FOLDER, q->hash);
	int64_t most = ROUTER_TRIES * (config_int(config, "router.timeout") + 2 * config_int(config, "grace"));
	struct val *v = NULL;

	if (call_open(&a.call, r->project, &r->agent, name, most, e) == -1)
		goto done;
	v = router_read(r, a.call.dir, q);
	*asked = v == NULL;
	if (*asked && ask(&a, e) == 0) {
		v = record_of(&a);
		if (jsonfile_write(a.call.dir, ROUTER_RECORD, val_copy(v), e) == -1) {
			val_free(v);
			v = NULL;
		}
	}
	call_close(&a.call);
done:
	val_free(a.answer);
	free(a.message);
	buf_release(&a.refused);
	free(name);
	return v;
}
