#include "work/cron_unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fault.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/project.h"
#include "work/cron_ask.h"
#include "work/cron_line.h"

#define UNIT_MAX (64u << 10)
#define SLUG_MAX 32
#define HEAD	 "# Written by orch-cron install --systemd; orch-cron uninstall takes it out.\n"
#define WANTS	 "timers.target.wants"

static const char *const suffix[CRON_UNITS] = { ".service", ".timer" };
static const char *const step[CRON_UNITS] = { "unit-service", "unit-timer" };

/* ---- their text ---- */

/* A word of ExecStart; the path of the program is looked for as it is, dollars and all. */
static void
word(struct buf *b, const char *s, bool program)
{
	buf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		if (*s == '%' || (*s == '$' && !program))
			buf_putc(b, *s);
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

/* The rest of the line; what stands behind the path keeps a backslash or a blank off its end. */
static void
description(struct buf *b, const char *path)
{
	buf_puts(b, "[Unit]\nDescription=orch-cron tick of ");
	for (; *path != '\0'; path++) {
		if (*path == '%')
			buf_putc(b, '%');
		buf_putc(b, *path);
	}
	buf_puts(b, " (orch)\n\n");
}

static void
service(struct buf *b, const struct project *p, const char *program)
{
	buf_puts(b, HEAD);
	description(b, cron_line_path(p));
	buf_puts(b, "[Service]\nType=oneshot\nExecStart=");
	word(b, program, true);
	buf_printf(b, " %s ", cron_line_option(p));
	word(b, cron_line_path(p), false);
	buf_puts(b, " tick --log\nSuccessExitStatus=75\nUMask=0077\n");
}

static void
timer(struct buf *b, const struct project *p)
{
	buf_puts(b, HEAD);
	description(b, cron_line_path(p));
	buf_puts(b, "[Timer]\nOnCalendar=minutely\nAccuracySec=1s\nPersistent=true\n\n"
	    "[Install]\nWantedBy=timers.target\n");
}

/* ---- where they are ---- */

static char *
unit_dir(struct err *e)
{
	char *orch = path_config_home(e), *config, *dir;

	if (orch == NULL)
		return NULL;
	config = path_dir(orch);
	dir = path_join(config, "systemd/user");
	free(config);
	free(orch);
	return dir;
}

static char *
unit_name(const struct project *p)
{
	const char *path = cron_line_path(p);
	char hash[FS_HASH_MAX];
	struct buf b = { 0 };

	fs_hash(path, strlen(path), hash);
	buf_puts(&b, "orch-tick-");
	str_slug(&b, path_base(p->dir), SLUG_MAX);
	buf_printf(&b, "-%s", hash);
	return buf_detach(&b);
}

int
cron_unit_look(struct cron_unit *u, const struct project *p, const char *program, struct err *e)
{
	int r = 0;

	*u = (struct cron_unit){ .dir = unit_dir(e), .name = unit_name(p) };
	if (u->dir == NULL)
		return -1;
	service(&u->file[CRON_UNIT_SERVICE].want, p, program);
	timer(&u->file[CRON_UNIT_TIMER].want, p);
	for (int i = 0; i < CRON_UNITS && r == 0; i++) {
		u->file[i].name = xasprintf("%s%s", u->name, suffix[i]);
		u->file[i].path = path_join(u->dir, u->file[i].name);
		r = fs_read(AT_FDCWD, u->file[i].path, UNIT_MAX, &u->file[i].is, e);
		u->file[i].there = r == 0;
		if (r == 0 && !str_starts(buf_str(&u->file[i].is), HEAD))
			u->foreign = true;
		r = r == 1 ? 0 : r;
	}
	return r;
}

void
cron_unit_release(struct cron_unit *u)
{
	for (int i = 0; i < CRON_UNITS; i++) {
		free(u->file[i].name);
		free(u->file[i].path);
		buf_release(&u->file[i].is);
		buf_release(&u->file[i].want);
	}
	free(u->dir);
	free(u->name);
	*u = (struct cron_unit){ 0 };
}

bool
cron_unit_there(const struct cron_unit *u)
{
	return u->file[CRON_UNIT_SERVICE].there || u->file[CRON_UNIT_TIMER].there;
}

static bool
is_same(const struct cron_unit *u, int i)
{
	return u->file[i].there && strcmp(buf_str(&u->file[i].is), buf_str(&u->file[i].want)) == 0;
}

bool
cron_unit_same(const struct cron_unit *u)
{
	return is_same(u, CRON_UNIT_SERVICE) && is_same(u, CRON_UNIT_TIMER);
}

/* ---- systemd ---- */

/* Its exit status, 127 where there is no such program. */
static int
systemctl(const struct vec_str *more, struct buf *why, struct err *e)
{
	struct vec_str words = { 0 };
	struct buf out = { 0 }, said = { 0 };
	int status;

	vec_str_push(&words, "systemctl");
	vec_str_push(&words, "--user");
	for (size_t i = 0; i < more->n; i++)
		vec_str_push(&words, more->v[i]);
	status = cron_ask(&(struct cron_ask){ .words = &words }, &out, &said, e);
	if (status == -1 && e->sys == ENOENT)
		status = 127;
	if (status > 0 && why->len == 0)
		buf_printf(why, "%s", said.len > 0 ? buf_str(&said) : "systemctl is not to be had");
	vec_str_release(&words);
	buf_release(&out);
	buf_release(&said);
	return status;
}

static int
ask(const struct cron_unit *u, const char *question)
{
	struct vec_str words = { 0 };
	struct buf why = { 0 };
	struct err ignored = { 0 };
	int status;

	vec_str_push(&words, "--quiet");
	vec_str_push(&words, question);
	vec_str_push(&words, u->file[CRON_UNIT_TIMER].name);
	status = systemctl(&words, &why, &ignored);
	vec_str_release(&words);
	buf_release(&why);
	return status;
}

bool
cron_unit_runs(const struct cron_unit *u)
{
	return ask(u, "is-enabled") == 0 && ask(u, "is-active") == 0;
}

void
cron_unit_commands(const struct cron_unit *u, bool remove, struct vec_str *lines)
{
	if (!remove)
		vec_str_push(lines, "systemctl --user daemon-reload");
	vec_str_take(lines, xasprintf("systemctl --user %s --now %s", remove ? "disable" : "enable",
	    u->file[CRON_UNIT_TIMER].name));
	if (remove)
		vec_str_push(lines, "systemctl --user daemon-reload");
}

static int
reload(struct vec_str *did, struct buf *why, struct err *e)
{
	struct vec_str words = { 0 };
	int status;

	vec_str_push(&words, "daemon-reload");
	if ((status = systemctl(&words, why, e)) == 0)
		vec_str_push(did, "systemctl --user daemon-reload");
	vec_str_release(&words);
	return status;
}

static int
turn(const struct cron_unit *u, const char *verb, struct vec_str *did, struct buf *why, struct err *e)
{
	struct vec_str words = { 0 };
	int status;

	vec_str_push(&words, verb);
	vec_str_push(&words, "--now");
	vec_str_push(&words, u->file[CRON_UNIT_TIMER].name);
	if ((status = systemctl(&words, why, e)) == 0)
		vec_str_take(did, xasprintf("systemctl --user %s --now %s", verb, u->file[CRON_UNIT_TIMER].name));
	vec_str_release(&words);
	return status;
}

/* When it came last, which Persistent=true has systemd keep. */
static void
forget(const struct cron_unit *u)
{
	struct vec_str words = { 0 };
	struct buf why = { 0 };
	struct err ignored = { 0 };

	vec_str_push(&words, "clean");
	vec_str_push(&words, "--what=state");
	vec_str_push(&words, u->file[CRON_UNIT_TIMER].name);
	systemctl(&words, &why, &ignored);
	vec_str_release(&words);
	buf_release(&why);
}

/* ---- changes ---- */

int
cron_unit_put(const struct cron_unit *u, struct vec_str *did, struct buf *why, struct err *e)
{
	int dir, r = 0;

	if (path_make(u->dir, e) == -1)
		return -1;
	if ((dir = fs_openat(AT_FDCWD, u->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_sys(e, "cannot open '%s'", u->dir);
	for (int i = 0; i < CRON_UNITS && r == 0; i++) {
		const struct buf *want = &u->file[i].want;

		if (is_same(u, i))
			continue;
		fault_step(step[i]);
		r = fs_replace(dir, u->file[i].name, buf_str(want), want->len, 0644, e);
	}
	close(dir);
	if (r == -1)
		return -1;
	fault_step("unit-enable");
	if ((r = reload(did, why, e)) == 0)
		r = turn(u, "enable", did, why, e);
	return r == -1 ? -1 : r != 0;
}

/* With what a kill left of its replacing. */
static int
remove_file(int dir, const char *name, struct err *e)
{
	char *left = xasprintf(".%s.orch-new", name);

	unlinkat(dir, left, 0);
	free(left);
	return unlinkat(dir, name, 0) == 0 || errno == ENOENT ? 0 : err_sys(e, "cannot remove '%s'", name);
}

int
cron_unit_remove(const struct cron_unit *u, struct vec_str *did, struct buf *why, struct err *e)
{
	const char *timer_name = u->file[CRON_UNIT_TIMER].name;
	int dir = fs_openat(AT_FDCWD, u->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r, off;
	char *wanted;

	if (dir == -1)
		return err_sys(e, "cannot open '%s'", u->dir);
	fault_step("unit-disable");
	if ((off = turn(u, "disable", did, why, e)) == 0)
		forget(u);
	/* The link goes also where no systemd takes it out; the timer goes last: by it the rest is found. */
	wanted = xasprintf(WANTS "/%s", timer_name);
	fault_step("unit-remove");
	r = off == -1 ? -1 : unlinkat(dir, wanted, 0) == 0 || errno == ENOENT || errno == ENOTDIR ? 0 :
	    err_sys(e, "cannot remove '%s/%s'", u->dir, wanted);
	if (r == 0 && (r = remove_file(dir, u->file[CRON_UNIT_SERVICE].name, e)) == 0) {
		fault_step("unit-remove");
		r = remove_file(dir, timer_name, e);
	}
	if (r == 0 && (r = fs_sync_names(dir, e)) == 0 && off == 0)
		r = reload(did, why, e) == -1 ? -1 : 0;
	free(wanted);
	close(dir);
	return r == -1 ? -1 : off != 0;
}
