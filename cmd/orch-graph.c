/*
 * orch-graph - the dependency graph of tasks, for Graphviz or drawn by it
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/vec.h"
#include "cmd.h"
#include "work/dot.h"

enum { OPT_SVG = CMD_FIRST };

static const struct opt opts[] = {
	{ "svg", 0, OPT_FLAG, 0, "have Graphviz draw it", OPT_SVG },
	OPT_COMMON,
};

const struct opt_cmd cmd_about = {
	.name = "orch-graph",
	.purpose = "print the graph of tasks for Graphviz",
	.usage = (const char *const[]){ "[--svg] [SELECTOR ..]", NULL },
	.opts = opts,
};

int
cmd_run(struct cmd *c, struct err *e)
{
	struct tasks tasks = { 0 };
	struct vec_id ids = { 0 };
	struct buf out = { 0 }, drawn = { 0 };
	const char *value;
	bool svg = false;
	int key, r = -1;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == OPT_ERROR || (key == OPT_OPERAND && cmd_operand(c, value, e) == -1))
			return -1;
		svg |= key == OPT_SVG;
	}
	if (cmd_open(c, e) == -1 || store_read(&c->project, &tasks, e) == -1)
		return -1;
	if (cmd_select(c, &tasks, "all", &ids, e) == 0) {
		dot_graph(&tasks, &ids, &out);
		r = svg ? dot_svg(&out, &drawn, e) : 0;
	}
	/* Titles in it are visible already. */
	if (r == 0)
		fwrite(buf_str(svg ? &drawn : &out), 1, svg ? drawn.len : out.len, stdout);
	buf_release(&out);
	buf_release(&drawn);
	vec_id_release(&ids);
	tasks_release(&tasks);
	return r;
}
