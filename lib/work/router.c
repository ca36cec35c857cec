#include "work/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/tmpl.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"
#include "work/call.h"
#include "work/classify.h"
#include "work/fence.h"
#include "work/jsonfile.h"
#include "work/outcome.h"

#define FOLDER	   "route"
#define RECORD	   "route.json"
#define INPUT	   "input.json"
#define RECORD_MAX (1u << 20)
#define INPUT_MAX  (4u << 20)
#define TASK_MAX   (16u << 10)	/* bytes of a task that the model sees */
#define REPLY_MAX  (4u << 10)	/* of an answer that it is shown again */

/* The prefixes of the files of a call that is made, and made once more. */
static const char *const tries[] = { "", "again." };

#define TRIES (sizeof tries / sizeof *tries)

/* ---- what is the same for all tasks ---- */

static int
read_asset(const struct project *p, const char *kind, const char *name, char **text, char **path,
    struct err *e)
{
	struct buf b = { 0 };
	int r = project_asset(p, kind, name, &b, path, e);

	if (r == 1)
		err_set(e, ERR_CONFIG, "no %s/%s: is orch installed whole?", kind, name);
	*text = buf_detach(&b);
	return r == 0 ? 0 : -1;
}

static int
read_schema(struct router *r, struct err *e)
{
	char *text = NULL, *path = NULL;
	int rc = read_asset(r->project, "schema", "route.json", &text, &path, e);

	if (rc == 0 && (r->schema = json_parse(text, strlen(text), e)) == NULL)
		rc = err_prefix(e, "%s", path);
	free(text);
	free(path);
	return rc;
}

int
router_open(struct router *r, struct project *p, struct err *e)
{
	const char *agent = config_text(&p->config, "router.agent");

	*r = (struct router){ .project = p, .model = config_text(&p->config, "router.model") };
	if (agent == NULL)
		return err_set(e, ERR_CONFIG, "router.mode: llm needs router.agent, the agent to ask");
	if (agent_load(&r->agent, p, agent, e) == 0 &&
	    read_asset(p, "prompts", "route-system.md", &r->system, &r->system_path, e) == 0 &&
	    read_asset(p, "prompts", "route.md", &r->prompt, &r->prompt_path, e) == 0 &&
	    read_schema(r, e) == 0 && router_catalogue(r, e) == 0)
		return 0;
	router_close(r);
	return -1;
}

void
router_close(struct router *r)
{
	agent_release(&r->agent);
	vec_str_release(&r->agents);
	vec_str_release(&r->skills);
	free(r->catalogue);
	free(r->system);
	free(r->prompt);
	free(r->system_path);
	free(r->prompt_path);
	val_free(r->schema);
	*r = (struct router){ 0 };
}

/* ---- the question ---- */

static const char *
text_or_empty(const struct task *t, enum field f)
{
	const char *s = task_text(t, f);

	return s ? s : "";
}

void
router_question(const struct router *r, const struct task *t, struct router_question *q)
{
	const char *title = text_or_empty(t, F_TITLE), *body = text_or_empty(t, F_BODY);
	const char *asked = text_or_empty(t, F_QUESTION), *answer = text_or_empty(t, F_ANSWER);
	struct val *v = val_map(), *list = val_list();
	struct vec_str labels = { 0 };
	struct buf text = { 0 }, input = { 0 }, answered = { 0 };

	*q = (struct router_question){ .task = t->id };
	task_texts(t, F_LABELS, &labels);
	buf_printf(&text, "title: %s\n", title);
	for (size_t i = 0; i < labels.n; i++) {
		buf_printf(&text, "%s%s", i ? ", " : "labels: ", labels.v[i]);
		val_push(list, val_str(labels.v[i]));
	}
	buf_printf(&text, "%s\n%s", labels.n ? "\n" : "", body);
	if (*answer != '\0')
		buf_printf(&answered, "question: %s\nanswer: %s\n", asked, answer);
	val_add(v, "agent", val_str(r->agent.id));
	val_add(v, "model", val_str(r->model ? r->model : r->agent.model ? r->agent.model : ""));
	val_add(v, "system", val_str(r->system));
	val_add(v, "prompt", val_str(r->prompt));
	val_add(v, "schema", val_copy(r->schema));
	val_add(v, "catalogue", val_str(r->catalogue));
	val_add(v, "title", val_str(title));
	val_add(v, "labels", list);
	val_add(v, "body", val_str(body));
	val_add(v, "answered", val_str(buf_str(&answered)));
	json_print(&input, v);
	fs_hash(input.data, input.len, q->hash);
	q->input = buf_detach(&input);
	q->text = buf_detach(&text);
	q->answered = answered.len > 0 ? buf_detach(&answered) : NULL;
	vec_str_release(&labels);
	val_free(v);
}

void
router_question_release(struct router_question *q)
{
	free(q->input);
	free(q->text);
	free(q->answered);
	*q = (struct router_question){ 0 };
}

/* ---- the record ---- */

bool
router_answered(const struct val *record)
{
	const char *class = val_text(val_get(record, "class"));

	return class != NULL && strcmp(class, outcome_name(OUTCOME_OK)) == 0;
}

/* Is that folder about this question?  Two may have one hash, if somebody wants that. */
static bool
is_about(int dir, const struct router_question *q)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	bool yes = fs_read(dir, INPUT, INPUT_MAX, &text, &ignored) == 0 &&
	    strcmp(buf_str(&text), q->input) == 0;

	buf_release(&text);
	return yes;
}

/* The answer of a folder, checked anew; NULL: none that can be used. */
static struct val *
read_record(const struct router *r, int dir, const struct router_question *q)
{
	struct val *v = is_about(dir, q) ? jsonfile_peek(dir, RECORD, RECORD_MAX) : NULL;
	struct val *answer = val_get(v, "answer");
	struct err ignored = { 0 };

	if (v == NULL || (router_answered(v) && answer != NULL && router_check(r, answer, &ignored) == 0))
		return v;
	val_free(v);
	return NULL;
}

struct val *
router_known(const struct router *r, const struct router_question *q)
{
	int all = r->project->orch_fd == -1 ? -1 : fs_open_dir(r->project->orch_fd, FOLDER);
	int dir = all == -1 ? -1 : fs_open_dir(all, q->hash);
	struct val *v = dir == -1 ? NULL : read_record(r, dir, q);

	if (dir != -1)
		close(dir);
	if (all != -1)
		close(all);
	return v;
}

bool
router_owes(const struct val *record, int64_t task)
{
	return val_number(val_get(record, "task"), 0) == task;
}

int
router_used(const struct router *r, const struct router_question *q, const struct val *record,
    struct err *e)
{
	char *name = xasprintf("%s/%s", FOLDER, q->hash);
	struct call c;
	struct val *v;
	int rc = call_open(&c, r->project, &r->agent, name, 0, e);

	free(name);
	if (rc == -1)
		return -1;
	if (router_answered(record)) {
		v = val_copy(record);
		val_put(v, "task", val_int(0));
		rc = jsonfile_write(c.dir, RECORD, v, e);
	}
	for (size_t i = 0; !router_answered(record) && i < TRIES && rc == 0; i++)
		rc = call_forget(&c, tries[i], e);
	call_close(&c);
	return rc;
}

/* ---- asking ---- */

/* What is being asked, and what has come of it so far. */
struct asking {
	struct router *r;
	const struct router_question *q;
	struct call call;
	struct val *answer;		/* valid */
	const char *class;
	char *message;			/* what went wrong */
	struct buf refused;		/* that, and the answer itself, for the model */
	struct val *usage;
	int tries;
};

static int
make_nonce(char out[33], struct err *e)
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return err_sys(e, "no random numbers can be had");
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return 0;
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
	char nonce[33], *catalogue, *task, *answer, *error;
	int rc;

	if (make_nonce(nonce, e) == -1)
		return -1;
	catalogue = block(nonce, "catalogue", r->catalogue, INPUT_MAX);
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

/* The schema for the CLI: what is about the file itself is none of its business. */
static char *
schema_text(const struct router *r)
{
	struct val *v = val_copy(r->schema);
	struct buf out = { 0 };

	val_drop(v, "$schema");
	val_drop(v, "$id");
	json_print(&out, v);
	val_free(v);
	return buf_detach(&out);
}

static void
add(struct val *usage, const char *key, int64_t more)
{
	if (more > 0)
		val_put(usage, key, val_int(val_number(val_get(usage, key), 0) + more));
}

static void
count(struct asking *a, const struct classify_report *report, int64_t ms)
{
	const struct val *cost = val_get(a->usage, "cost_usd");

	add(a->usage, "input_tokens", report->tokens.in);
	add(a->usage, "output_tokens", report->tokens.out);
	add(a->usage, "seconds", (ms + 500) / 1000);
	if (report->cost_usd > 0)
		val_put(a->usage, "cost_usd", val_real(report->cost_usd + (cost ? cost->r : 0)));
	a->tries++;
}

static void
fail(struct asking *a, enum outcome_class class, const char *message)
{
	a->class = outcome_name(class);
	free(a->message);
	a->message = xstrdup(message);
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
		count(a, &report, ms);
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
	val_add(v, "class", val_str(a->class));
	val_add(v, "message", val_str(a->message));
	val_add(v, "tries", val_int(a->tries));
	if (a->answer != NULL)
		val_add(v, "answer", a->answer);
	val_add(v, "usage", a->usage);
	a->answer = a->usage = NULL;
	return v;
}

/* What is asked stands in the folder before anything that may answer it. */
static int
prepare(const struct asking *a, struct err *e)
{
	if (is_about(a->call.dir, a->q))
		return 0;
	if (call_clear(&a->call, e) == -1)
		return -1;
	return fs_replace(a->call.dir, INPUT, a->q->input, strlen(a->q->input), 0600, e);
}

static int
ask(struct asking *a, struct err *e)
{
	char *schema = schema_text(a->r);
	int rc = prepare(a, e) == -1 ? -1 : 1;

	for (size_t i = 0; i < TRIES && rc == 1; i++)
		rc = try_once(a, tries[i], schema, e);
	free(schema);
	/* What a person has to mend is an answer too: it can be told. */
	if (rc == -1 && (e->code == ERR_FAILED || e->code == ERR_CONFIG)) {
		fail(a, OUTCOME_SETUP_FAILED, e->msg);
		rc = 0;
	}
	return rc == -1 ? -1 : 0;
}

struct val *
router_ask(struct router *r, const struct router_question *q, struct err *e)
{
	const struct config *config = &r->project->config;
	struct asking a = { .r = r, .q = q, .usage = val_map() };
	char *name = xasprintf("%s/%s", FOLDER, q->hash);
	int64_t most = (int64_t)TRIES * (config_int(config, "router.timeout") + 2 * config_int(config, "grace"));
	struct val *v = NULL;

	if (call_open(&a.call, r->project, &r->agent, name, most, e) == -1)
		goto done;
	if ((v = read_record(r, a.call.dir, q)) == NULL && ask(&a, e) == 0) {
		v = record_of(&a);
		if (jsonfile_write(a.call.dir, RECORD, val_copy(v), e) == -1) {
			val_free(v);
			v = NULL;
		}
	}
	call_close(&a.call);
done:
	val_free(a.answer);
	val_free(a.usage);
	free(a.message);
	buf_release(&a.refused);
	free(name);
	return v;
}
