#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "cmd.h"

int
cmd_verb(const char *name, const char *const names[], struct err *e)
{
	struct buf quote = { 0 };
	const char *near;

	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	near = str_nearest(name, names);
	str_visible(&quote, name, str_cut(name, strlen(name), 80), false);
	err_set(e, ERR_USAGE, "no verb '%s'%s%s%s", buf_str(&quote), near ? ", did you mean '" : "",
	    near ? near : "", near ? "'?" : "");
	buf_release(&quote);
	return -1;
}

static const struct cmd_line *
find_line(const struct cmd_line *lines, const char *name, struct err *e)
{
	const char *names[CMD_OPTIONS + 1] = { NULL };
	int i;

	for (size_t k = 0; lines[k].verb != NULL && k < CMD_OPTIONS; k++)
		names[k] = lines[k].verb;
	return (i = cmd_verb(name, names, e)) == -1 ? NULL : &lines[i];
}

static int
check_line(const struct cmd_asked *a, const struct cmd_line *line, struct err *e)
{
	for (const struct opt *o = cmd_about.opts; o->name != NULL; o++)
		if (o->key >= CMD_FIRST && o->key < CMD_FIRST + CMD_OPTIONS &&
		    a->value[o->key - CMD_FIRST] != NULL && (line->options & CMD_BIT(o->key)) == 0)
			return err_set(e, ERR_USAGE, "%s knows no --%s", line->verb, o->name);
	if (line->most == 0 && a->words.n > 0)
		return err_set(e, ERR_USAGE, "%s: no argument is expected: '%.80s'", line->verb, a->words.v[0]);
	if (a->words.n < line->least || a->words.n > line->most)
		return err_set(e, ERR_USAGE, "%s: expected: %s", line->verb, line->operands);
	return 0;
}

static int
run_line(struct cmd *c, struct cmd_asked *a, const struct cmd_line *line, struct err *e)
{
	if (check_line(a, line, e) == -1 || (line->project == CMD_READS && cmd_open(c, e) == -1) ||
	    (line->project == CMD_CHANGES && cmd_open_to_change(c, e) == -1))
		return -1;
	a->verb = line->verb;
	return line->run(c, a, e);
}

int
cmd_verbs(struct cmd *c, const struct cmd_line *lines, struct err *e)
{
	const struct cmd_line *line = NULL;
	struct cmd_asked a = { 0 };
	const char *value;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR)
			goto done;
		if (key != OPT_OPERAND)
			a.value[key - CMD_FIRST] = value != NULL ? value : "";
		else if (line != NULL)
			vec_str_push(&a.words, value);
		else if ((line = find_line(lines, value, e)) == NULL)
			goto done;
	}
	r = line != NULL ? run_line(c, &a, line, e) :
	    err_set(e, ERR_USAGE, "a verb is expected: %s, %s ..", lines[0].verb, lines[1].verb);
done:
	vec_str_release(&a.words);
	return r;
}
