#include "work/cron_install.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/project.h"
#include "work/cron_ask.h"
#include "work/cron_line.h"
#include "work/cron_tab.h"
#include "work/cron_unit.h"
#include "work/suite.h"

#define LOCK_NAME     "install.lock"
#define LOCK_PAUSE_MS 20
#define LEFT	      69	/* as ERR_FAILED: a person has to go on */

extern char **environ;

struct installing {
	const struct project *p;
	const struct cron_install *ask;
	char *program;
	struct lock lock;
	char *mark;
	struct buf crontab;
	struct err unread;		/* why the crontab is not known; ERR_NONE: it is */
	struct cron_unit unit;
	struct cron_installed *out;
};

void
cron_installed_release(struct cron_installed *i)
{
	buf_release(&i->lines);
	vec_str_release(&i->notes);
}

/* ---- what is there ---- */

static int
take_turn(struct lock *lock, struct err *e)
{
	int64_t deadline = clock_mono() + LOCK_WAIT_MS;
	char *home = path_state_home(e);
	int dir = -1, r = -1;

	if (home == NULL || path_make(home, e) == -1)
		goto done;
	if ((dir = fs_openat(AT_FDCWD, home, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		err_sys(e, "cannot open '%s'", home);
		goto done;
	}
	while ((r = lock_try(lock, dir, LOCK_NAME, e)) == 1 && clock_mono() < deadline)
		poll(NULL, 0, LOCK_PAUSE_MS);
	if (r == 1)
		err_set(e, ERR_BUSY, "somebody else installs: '%s/" LOCK_NAME "' is held", home);
done:
	if (dir != -1)
		close(dir);
	free(home);
	return r == 0 ? 0 : -1;
}

static int
begin(struct installing *i, struct err *e)
{
	char *dir = suite_dir();

	i->program = path_join(dir, "orch-cron");
	free(dir);
	if (!cron_line_can(i->program) || !cron_line_can(cron_line_path(i->p)))
		return err_set(e, ERR_INVALID, "there is a control character in the path of the project or of "
		    "the program, or it is no UTF-8: cron and systemd cannot have it");
	if (!i->ask->dry_run && take_turn(&i->lock, e) == -1)
		return -1;
	i->mark = cron_line_mark(i->p);
	if (cron_tab_read(&i->crontab, &i->unread) != -1)
		i->unread.code = ERR_NONE;
	return cron_unit_look(&i->unit, i->p, i->program, e);
}

static void
end(struct installing *i)
{
	lock_release(&i->lock);
	cron_unit_release(&i->unit);
	buf_release(&i->crontab);
	free(i->mark);
	free(i->program);
}

/* ---- what is told ---- */

static void
show(struct installing *i, char sign, const char *line)
{
	buf_printf(&i->out->lines, "%c%s\n", sign, line);
}

static void
show_lines(struct installing *i, char sign, const struct buf *text)
{
	char *copy = xstrdup(buf_str(text)), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")) != NULL && (rest != NULL || *line != '\0'))
		show(i, sign, line);
	free(copy);
}

static void
show_commands(struct installing *i, const struct vec_str *commands)
{
	for (size_t k = 0; k < commands->n; k++)
		buf_printf(&i->out->lines, "$ %s\n", commands->v[k]);
}

static void
note(struct installing *i, char *text)
{
	vec_str_take(&i->out->notes, text);
}

/* What a tick reads of the environment of whoever starts it. */
static void
note_environment(struct installing *i)
{
	static const char *const names[] = { "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "TZ=", "TZDIR=" };
	struct buf list = { 0 };

	for (char **v = environ; v != NULL && *v != NULL; v++) {
		bool read = str_starts(*v, "ORCH_") && !str_starts(*v, "ORCH_DIR=") &&
		    !str_starts(*v, "ORCH_TASKS=") && !str_starts(*v, "ORCH_TEST_");

		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			read = read || str_starts(*v, names[k]);
		if (read)
			buf_printf(&list, "%s%.*s", list.len > 0 ? ", " : "", (int)strcspn(*v, "="), *v);
	}
	if (list.len > 0)
		note(i, xasprintf("a tick will not have this from your environment: %s", buf_str(&list)));
	buf_release(&list);
}

/* Debian's cron and cronie hold a lock on their file as long as they run. */
static void
note_daemon(struct installing *i)
{
	int dir = fs_openat(AT_FDCWD, "/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err ignored = { 0 };

	if (dir == -1 || lock_probe(dir, "crond.pid", &ignored) == 0)
		note(i, xstrdup("no cron is seen at work (nobody holds '/run/crond.pid')"));
	if (dir != -1)
		close(dir);
}

static void
note_linger(struct installing *i)
{
	const char *user = getenv("USER");
	char *path;

	if (user == NULL || *user == '\0' || strchr(user, '/') != NULL)
		return;
	path = path_join("/var/lib/systemd/linger", user);
	if (!path_exists(path))
		note(i, xasprintf("it runs only while you are logged in: loginctl enable-linger %s", user));
	free(path);
}

static void
note_commands(struct installing *i, const struct buf *why, bool remove)
{
	struct vec_str commands = { 0 };
	struct buf text = { 0 };

	cron_unit_commands(&i->unit, remove, &commands);
	for (size_t k = 0; k < commands.n; k++)
		buf_printf(&text, "%s%s", k > 0 ? " && " : "", commands.v[k]);
	note(i, xasprintf("your systemd is not to be reached: %s", buf_str(why)));
	note(i, xasprintf("where it is, type: %s", buf_str(&text)));
	vec_str_release(&commands);
	buf_release(&text);
}

/* ---- the crontab ---- */

/* line NULL: out of it.  1: it is so already. */
static int
change_crontab(struct installing *i, const char *line, struct err *e)
{
	struct buf text = { 0 };
	struct vec_str gone = { 0 };
	int r = 1;

	if (cron_line_put(&i->crontab, i->mark, line, &text, &gone))
		r = i->ask->dry_run ? cron_tab_can(&text, e) : cron_tab_write(&text, i->lock.fd, e);
	if (r == 0) {
		show(i, '+', "++ crontab");
		for (size_t k = 0; k < gone.n; k++)
			show(i, '-', gone.v[k]);
		if (line != NULL)
			show(i, '+', line);
	}
	vec_str_release(&gone);
	buf_release(&text);
	return r;
}

static int
install_crontab(struct installing *i, struct err *e)
{
	char *line;
	int r;

	if (cron_unit_there(&i->unit))
		return err_set(e, ERR_FAILED, "it is installed as a timer of systemd ('%s'): orch-cron uninstall first",
		    i->unit.file[CRON_UNIT_TIMER].path);
	line = cron_line_of(i->p, i->program);
	if (i->unread.code == ERR_NONE) {
		r = change_crontab(i, line, e);
	} else {
		*e = i->unread;
		r = -1;
	}
	if (r == -1 && e->code == ERR_FAILED)
		note(i, xasprintf("orch-cron install --systemd needs no crontab; or add with crontab -e: %s", line));
	free(line);
	if (r == 0)
		note_environment(i);
	if (r != -1)
		note_daemon(i);
	return r == -1 ? -1 : 0;
}

/* ---- the timer ---- */

static void
show_unit(struct installing *i, int k)
{
	const char *path = i->unit.file[k].path;

	buf_printf(&i->out->lines, "+++ %s\n", path);
	if (i->unit.file[k].there)
		show_lines(i, '-', &i->unit.file[k].is);
	show_lines(i, '+', &i->unit.file[k].want);
}

static bool
in_crontab(const struct installing *i)
{
	struct buf without = { 0 };
	struct vec_str gone = { 0 };
	bool yes = cron_line_put(&i->crontab, i->mark, NULL, &without, &gone);

	vec_str_release(&gone);
	buf_release(&without);
	return yes;
}

static int
install_systemd(struct installing *i, struct err *e)
{
	struct vec_str did = { 0 };
	struct buf why = { 0 };
	int r = 0;

	if (strpbrk(i->program, "\"'\\") != NULL)
		return err_set(e, ERR_INVALID, "systemd runs no program with a quote or a backslash in its path");
	if (i->unread.code == ERR_NONE && in_crontab(i))
		return err_set(e, ERR_FAILED, "it is installed in the crontab: orch-cron uninstall first");
	if (i->unread.code != ERR_NONE && cron_ask_is_there("crontab"))
		note(i, xasprintf("whether the crontab has it too is not known: %s", i->unread.msg));
	if (i->unit.foreign)
		return err_set(e, ERR_FAILED, "'%s' or the file beside it is not of orch-cron: it stays as it is",
		    i->unit.file[CRON_UNIT_TIMER].path);
	if (!cron_unit_same(&i->unit) || !cron_unit_runs(&i->unit)) {
		if (i->ask->dry_run)
			cron_unit_commands(&i->unit, false, &did);
		else
			r = cron_unit_put(&i->unit, &did, &why, e);
		for (int k = 0; r != -1 && k < CRON_UNITS; k++)
			if (!i->unit.file[k].there ||
			    strcmp(buf_str(&i->unit.file[k].is), buf_str(&i->unit.file[k].want)) != 0)
				show_unit(i, k);
		show_commands(i, &did);
		note_environment(i);
	}
	if (r == 1) {
		note_commands(i, &why, false);
		i->out->status = LEFT;
	}
	if (r == 0)
		note_linger(i);
	vec_str_release(&did);
	buf_release(&why);
	return r == -1 ? -1 : 0;
}

/* ---- out of both ---- */

static int
remove_units(struct installing *i, struct err *e)
{
	struct vec_str did = { 0 };
	struct buf why = { 0 };
	int r = 0;

	if (i->ask->dry_run)
		cron_unit_commands(&i->unit, true, &did);
	else
		r = cron_unit_remove(&i->unit, &did, &why, e);
	for (int k = 0; r != -1 && k < CRON_UNITS; k++)
		if (i->unit.file[k].there)
			buf_printf(&i->out->lines, "--- %s\n", i->unit.file[k].path);
	show_commands(i, &did);
	/* A timer that a systemd out of reach still has goes with its file at its next reload. */
	if (r == 1) {
		i->out->status = LEFT;
		note(i, xasprintf("your systemd is not to be reached; where it is, type: "
		    "systemctl --user stop %s; systemctl --user daemon-reload", i->unit.file[CRON_UNIT_TIMER].name));
	}
	vec_str_release(&did);
	buf_release(&why);
	return r == -1 ? -1 : 0;
}

static void
note_by_hand(struct installing *i, const struct err *e)
{
	if (e->code == ERR_FAILED)
		note(i, xasprintf("take out with crontab -e each line that ends with '%s'", i->mark + 1));
}

static int
uninstall(struct installing *i, struct err *e)
{
	if (i->unread.code == ERR_NONE && change_crontab(i, NULL, e) == -1) {
		note_by_hand(i, e);
		return -1;
	}
	if (i->unit.foreign) {
		note(i, xasprintf("'%s' or the file beside it is not of orch-cron: it stays as it is",
		    i->unit.file[CRON_UNIT_TIMER].path));
		i->out->status = LEFT;
	} else if (cron_unit_there(&i->unit) && remove_units(i, e) == -1) {
		return -1;
	}
	/* Without crontab(1) there is no crontab. */
	if (i->unread.code == ERR_NONE || !cron_ask_is_there("crontab"))
		return 0;
	*e = i->unread;
	note_by_hand(i, e);
	return -1;
}

int
cron_install(const struct cron_install *ask, struct cron_installed *out, struct err *e)
{
	struct installing i = { .p = ask->project, .ask = ask, .lock.fd = -1, .out = out };
	int r;

	*out = (struct cron_installed){ 0 };
	if ((r = begin(&i, e)) == 0)
		r = ask->remove ? uninstall(&i, e) : ask->systemd ? install_systemd(&i, e) :
		    install_crontab(&i, e);
	if (r == 0 && out->lines.len == 0 && out->status == 0)
		note(&i, xstrdup(ask->remove ? "it is not installed" : "it is installed already"));
	end(&i);
	return r;
}
