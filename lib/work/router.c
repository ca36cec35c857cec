#include "work/router.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/tmpl.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"
#include "work/call.h"
#include "work/jsonfile.h"
#include "work/outcome.h"
#include "work/router_impl.h"
#include "work/schema_file.h"
#include "work/sync_text.h"

const char *const router_tries[ROUTER_TRIES] = { "", "again." };

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

/* A name that a template must not use is found before anybody is asked. */
static int
check_templates(const struct router *r, struct err *e)
{
	static const struct tmpl_var vars[] = { { "nonce", NULL }, { "system", NULL },
		{ "catalogue", NULL }, { "task", NULL }, { "answer", NULL }, { "error", NULL } };
	struct buf out = { 0 };
	int rc = tmpl_expand(&out, r->system_path, r->system, strlen(r->system), vars, 1, e);

	if (rc == 0)
		rc = tmpl_expand(&out, r->prompt_path, r->prompt, strlen(r->prompt), vars,
		    sizeof vars / sizeof *vars, e);
	buf_release(&out);
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
	    check_templates(r, e) == 0 &&
	    (r->schema = schema_file(p, "route.json", e)) != NULL && router_catalogue(r, e) == 0)
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
	char *title = sync_text_prompt(t, F_TITLE), *body = sync_text_prompt(t, F_BODY);
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
	free(title);
	free(body);
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

bool
router_is_about(int dir, const struct router_question *q)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	bool yes = fs_read(dir, ROUTER_INPUT, ROUTER_INPUT_MAX, &text, &ignored) == 0 &&
	    strcmp(buf_str(&text), q->input) == 0;

	buf_release(&text);
	return yes;
}

struct val *
router_read(const struct router *r, int dir, const struct router_question *q)
{
	struct val *v = router_is_about(dir, q) ? jsonfile_peek(dir, ROUTER_RECORD, ROUTER_RECORD_MAX) : NULL;
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
	int all = r->project->orch_fd == -1 ? -1 : fs_open_dir(r->project->orch_fd, ROUTER_FOLDER);
	int dir = all == -1 ? -1 : fs_open_dir(all, q->hash);
	struct val *v = dir == -1 ? NULL : router_read(r, dir, q);

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
	char *name = xasprintf("%s/%s", ROUTER_FOLDER, q->hash);
	struct call c;
	struct val *v;
	int rc = call_open(&c, r->project, &r->agent, name, 0, e);

	free(name);
	if (rc == -1)
		return -1;
	if (router_answered(record)) {
		v = val_copy(record);
		val_put(v, "task", val_int(0));
		rc = jsonfile_write(c.dir, ROUTER_RECORD, v, e);
	}
	for (int i = 0; !router_answered(record) && i < ROUTER_TRIES && rc == 0; i++)
		rc = call_forget(&c, router_tries[i], e);
	call_close(&c);
	return rc;
}
