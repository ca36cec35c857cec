#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/vec.h"
#include "task/archive.h"
#include "task/ready.h"
#include "task/select.h"
#include "work/subscribe.h"

#define STDIN_MAX (64u << 20)

int
cmd_next(struct cmd *c, const char **value, struct err *e)
{
	for (;;) {
		int key = opt_next(&c->opt, value, e);

		switch (key) {
		case 'C':
			c->dir = *value;
			break;
		case 'f':
			c->file = *value;
			break;
		case 'q':
			c->quiet = true;
			break;
		case 'v':
			c->verbose = true;
			break;
		case 'n':
			c->dry_run = true;
			break;
		case CMD_PRINT:
			c->print_all = strcmp(*value, "all") == 0;
			if (!c->print_all && strcmp(*value, "fit") != 0) {
				err_set(e, ERR_USAGE, "--print: '%s' is not fit or all", *value);
				return OPT_ERROR;
			}
			break;
		default:
			return key;
		}
	}
}

int
cmd_only_json(struct cmd *c, bool *json, struct err *e)
{
	const char *value;
	int key;

	while ((key = cmd_next(c, &value, e)) != OPT_END) {
		if (key == CMD_JSON)
			*json = true;
		else if (key == OPT_OPERAND)
			return err_set(e, ERR_USAGE, "no argument is expected: '%s'", value);
		else
			return -1;
	}
	return 0;
}

int
cmd_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	char chunk[65536];
	ssize_t n;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-") != 0 &&
	    (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return err_sys(e, "cannot open '%s'", path);
	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || out->len + (size_t)n > max)
			break;
		buf_append(out, chunk, (size_t)n);
	}
	if (n == -1)
		err_sys(e, "cannot read '%s'", fd == STDIN_FILENO ? "standard input" : path);
	else if (n > 0)
		err_set(e, ERR_INVALID, "'%s' is longer than %zu bytes", path, max);
	if (fd != STDIN_FILENO)
		close(fd);
	return n == 0 ? 0 : -1;
}

int
cmd_operand(struct cmd *c, const char *word, struct err *e)
{
	struct buf text = { 0 };
	int r;

	if (c->select == NULL)
		c->select = select_new();
	if (strcmp(word, "-") != 0)
		return select_word(c->select, word, e);
	if ((r = cmd_read("-", STDIN_MAX, &text, e)) == 0)
		r = select_stdin(c->select, buf_str(&text), text.len, e);
	buf_release(&text);
	return r;
}

int
cmd_open(struct cmd *c, struct err *e)
{
	if (project_find_anyway(&c->project, c->dir, c->file, cmd_about.name,
	    c->any_config ? &c->config : NULL, e) == -1)
		return -1;
	c->open = true;
	cmd_message_redact = c->project.redact;
	c->archive = archive_lookup_new(&c->project);
	c->store = (struct store_opts){ .dry_run = c->dry_run, .command = cmd_about.name };
	return 0;
}

int
cmd_open_to_change(struct cmd *c, struct err *e)
{
	const char *attempt = getenv("ORCH_ATTEMPT");

	if (attempt != NULL && *attempt != '\0' && !c->dry_run)
		return err_set(e, ERR_USAGE, "nothing is changed from inside an attempt (%s)", attempt);
	c->changes = !c->dry_run;
	if (cmd_open(c, e) == -1)
		return -1;
	if (c->changes)
		cmd_message_project = &c->project;
	if (c->config.code != ERR_NONE) {
		*e = c->config;
		return -1;
	}
	return c->dry_run ? 0 : subscribe_begin(&c->project, cmd_about.name, e);
}

void
cmd_rules(const struct cmd *c, struct ready_rules *rules)
{
	*rules = (struct ready_rules){
		.project = &c->project,
		.now = clock_now(),
		.aging_hours = config_int(&c->project.config, "aging_hours"),
		.archive = c->archive,
	};
}

int
cmd_select_all(struct cmd *c, const struct tasks *tasks, const struct archive *archive,
    const char *otherwise, struct vec_id *ids, struct err *e)
{
	struct ready_rules rules;

	cmd_rules(c, &rules);
	if (c->select == NULL) {
		c->select = select_new();
		if (otherwise != NULL && select_word(c->select, otherwise, e) == -1)
			return -1;
	}
	return select_run_all(c->select, tasks, archive, &rules, ids, e);
}

int
cmd_select(struct cmd *c, const struct tasks *tasks, const char *otherwise,
    struct vec_id *ids, struct err *e)
{
	return cmd_select_all(c, tasks, NULL, otherwise, ids, e);
}

void
cmd_print_ids(const struct vec_id *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		printf("%lld\n", (long long)ids->v[i]);
}

void
cmd_text(const char *text)
{
	struct buf line = { 0 };

	if (!isatty(STDOUT_FILENO)) {
		fputs(text, stdout);
		return;
	}
	str_visible(&line, text, strlen(text), true);
	fputs(buf_str(&line), stdout);
	buf_release(&line);
}

const char *
cmd_colour(const char *status)
{
	static const struct { const char *status, *sgr; } table[] = {
		{ "done", "\033[32m" }, { "in_progress", "\033[36m" },
		{ "in_review", "\033[35m" }, { "needs_review", "\033[33m" },
		{ "blocked", "\033[34m" }, { "failed", "\033[31m" },
		{ "cancelled", "\033[2m" }, { "skipped", "\033[2m" }, { "", "\033[0m" },
	};
	const char *force = getenv("CLICOLOR_FORCE"), *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool forced = force != NULL && strcmp(force, "0") != 0;
	bool able = term != NULL && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);

	if ((no != NULL && *no) || (!forced && !able))
		return "";
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(status, table[i].status) == 0)
			return table[i].sgr;
	return "";
}
