#include "work/agent.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "sys/proc.h"
#include "task/config.h"
#include "task/project.h"
#include "work/agent_table.h"

#define KIND	"agents"
#define SUFFIX	".yml"

#define AGENT_ID_MAX 64

/* An id is a file name and a part of a configuration path: nothing clever in it. */
bool
agent_is_id(const char *id)
{
	size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return n > 0 && n <= AGENT_ID_MAX && id[n] == '\0' && id[0] != '-';
}

int
agent_files(const struct project *p, struct vec_str *names, struct err *e)
{
	return project_assets(p, KIND, SUFFIX, names, e);
}

/* A file whose name is none is nobody's; orch-fsck tells of it. */
int
agent_ids(const struct project *p, struct vec_str *ids, struct err *e)
{
	struct vec_str names = { 0 };
	int rc = agent_files(p, &names, e);

	for (size_t i = 0; i < names.n && rc == 0; i++)
		if (agent_is_id(names.v[i]))
			vec_str_push(ids, names.v[i]);
	vec_str_release(&names);
	return rc;
}

char *
agent_find(const struct project *p, const char *name, struct err *e)
{
	struct vec_str ids = { 0 };
	char *found = NULL;
	int rc = agent_ids(p, &ids, e);

	for (size_t i = 0; i < ids.n && rc == 0 && found == NULL; i++)
		if (strcasecmp(ids.v[i], name) == 0)
			found = xstrdup(ids.v[i]);
	vec_str_release(&ids);
	return found;
}

static int
unknown(const struct project *p, const char *id, struct err *e)
{
	struct vec_str ids = { 0 };
	struct buf list = { 0 };
	int rc = agent_ids(p, &ids, e);

	if (rc == 0) {
		for (size_t i = 0; i < ids.n; i++)
			buf_printf(&list, "%s%s", i ? ", " : "", ids.v[i]);
		rc = err_set(e, ERR_CONFIG, "no agent '%.*s' (there are: %s)", AGENT_ID_MAX, id,
		    ids.n ? buf_str(&list) : "none");
	}
	buf_release(&list);
	vec_str_release(&ids);
	return rc;
}

static bool
is_word(const struct val *map, const char *key, const char *word)
{
	const char *s = val_text(val_get(map, key));

	return s && strcmp(s, word) == 0;
}

/* The node that a step leads to; NULL: none. */
static const struct yaml_node *
below(const struct yaml_node *n, const char *step)
{
	int64_t i;

	n = yaml_deref(n);
	if (n->kind == YAML_MAP)
		return yaml_get(n, step);
	if (n->kind != YAML_SEQ || num_int(step, 0, INT64_MAX, &i) == -1)
		return NULL;
	for (n = n->child; n && i > 0; i--)
		n = n->next;
	return n;
}

/* Puts "PATH:LINE:COLUMN: a.b.0: " before the message. */
static int
fault(const struct agent *a, const struct yaml *y, const struct agent_where *w, struct err *e)
{
	const struct yaml_node *n = y->root, *next;
	struct buf steps = { 0 };
	size_t line, column;
	uint32_t at = n ? n->start : 0;

	for (size_t i = w->n; i-- > 0; ) {
		buf_printf(&steps, "%s%s", steps.len ? "." : "", w->step[i]);
		next = n ? below(n, w->step[i]) : NULL;
		if (next)
			at = w->key && i == 0 && next->key ? next->key->start : next->start;
		n = next;
	}
	yaml_place(y, at, &line, &column);
	if (steps.len)
		err_prefix(e, "%s", buf_str(&steps));
	buf_release(&steps);
	return err_prefix(e, "%s:%zu:%zu", a->path, line, column);
}

static int
check_table(struct agent *a, struct agent_where *w, struct err *e)
{
	const char *id;

	a->rules = agent_table_new(a->table, w, e);
	if (!a->rules)
		return -1;
	id = val_text(val_get(a->table, "id"));
	if (!id || strcmp(id, a->id) == 0)
		return 0;
	err_set(e, ERR_CONFIG, "'%s' is not the name of the file", id);
	return agent_where_in(w, "id");
}

static int
read_table(struct agent *a, const struct buf *text, struct err *e)
{
	struct agent_where where = { 0 };
	struct yaml y = { 0 };
	const struct val *bin;
	int64_t grace;
	int rc;

	if (yaml_parse(&y, buf_str(text), text->len, a->path, e) == -1) {
		if (e->code == ERR_INVALID)
			e->code = ERR_CONFIG;
		return -1;
	}
	a->table = y.root ? yaml_value(y.root) : val_map();
	rc = check_table(a, &where, e);
	if (rc == -1)
		fault(a, &y, &where, e);
	yaml_release(&y);
	if (rc == -1)
		return -1;
	bin = val_get(a->table, "bin");
	a->given = !bin || bin->n == 0;
	a->prompt_on_stdin = is_word(a->table, "stdin", "prompt");
	a->answer_is_exit = is_word(a->table, "answer", "exit");
	grace = val_number(val_get(a->table, "timeout_grace_s"), -1);
	a->grace_ms = grace < 0 ? INT64_MAX : 1000 * grace;
	return 0;
}

static void
read_config(struct agent *a, const struct config *config)
{
	const char *model = config_agent_text(config, a->id, "model");
	const char *level = config_agent_text(config, a->id, "permission");
	const struct val *args = config_agent_val(config, a->id, "args");

	a->model = model ? xstrdup(model) : NULL;
	a->args = args ? val_copy(args) : NULL;
	a->perm = AGENT_PERM_EDIT;
	for (enum agent_perm i = AGENT_PERM_READ; level && i <= AGENT_PERM_FULL; i++)
		if (strcmp(agent_perm_names[i], level) == 0)
			a->perm = i;
}

int
agent_load(struct agent *a, const struct project *p, const char *id, struct err *e)
{
	struct buf text = { 0 };
	char *name = NULL;
	int rc;

	*a = (struct agent){ 0 };
	if (!agent_is_id(id))
		return err_set(e, ERR_CONFIG, "no agent '%.*s': a name is small letters, digits, '-' and '_', "
		    "and does not begin with '-'", AGENT_ID_MAX, id);
	name = xasprintf("%s%s", id, SUFFIX);
	rc = project_asset(p, KIND, name, &text, &a->path, e);
	if (rc == 1) {
		rc = unknown(p, id, e);
	} else if (rc == 0) {
		a->id = xstrdup(id);
		read_config(a, &p->config);
		rc = read_table(a, &text, e);
	}
	if (rc == -1)
		agent_release(a);
	buf_release(&text);
	free(name);
	return rc;
}

void
agent_release(struct agent *a)
{
	agent_table_free(a->rules);
	val_free(a->table);
	val_free(a->args);
	free(a->model);
	free(a->path);
	free(a->id);
	*a = (struct agent){ 0 };
}

/* A name with a slash must be absolute: where we stand means nothing. */
static char *
find(const char *name, const char *path)
{
	if (*name == '/')
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	return strchr(name, '/') ? NULL : proc_find(name, path);
}

char *
agent_program(const struct agent *a, const struct project *p, const char *path, struct err *e)
{
	const struct val *bins = val_get(a->table, "bin");
	const char *bin, *first = NULL;
	char *found = NULL;

	if (a->given) {
		err_set(e, ERR_CONFIG, "agent %s: give the command to run after '--'", a->id);
		return NULL;
	}
	bin = config_agent_text(&p->config, a->id, "bin");
	if (bin) {
		found = find(bin, path);
		if (!found)
			err_set(e, ERR_FAILED, "agent %s: '%s' cannot be executed "
			    "(agents.%s.bin)", a->id, bin, a->id);
		return found;
	}
	for (size_t i = 0; i < bins->n && !found; i++) {
		bin = val_text(bins->v[i]);
		if (!bin)
			continue;
		first = first ? first : bin;
		found = find(bin, path);
	}
	if (!found)
		err_set(e, ERR_FAILED, "agent %s: '%s' is not on PATH", a->id,
		    first ? first : a->id);
	return found;
}
