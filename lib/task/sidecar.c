#include "task/sidecar.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "task/record.h"

#define ASIDE  SIDECAR_FILE ".damaged"
#define TRIES  10
#define STAGED "." SIDECAR_FILE ".orch-new"	/* what a kill in fs_replace() leaves */

/* ---- the file ---- */

static bool
is_shape(const struct val *file)
{
	const struct val *value = val_get(file, "value"), *before = val_get(file, "before");

	return val_number(val_get(file, "schema"), 0) == 1 &&
	    val_number(val_get(file, "gen"), -1) >= 0 &&
	    value != NULL && value->kind == VAL_MAP && (before == NULL || before->kind == VAL_MAP);
}

/* The whole file.  1: there is none.  ERR_INVALID: it is damaged. */
static int
read_file(int state_fd, struct val **file, struct err *e)
{
	struct buf text = { 0 };
	int r = fs_read(state_fd, SIDECAR_FILE, SIDECAR_MAX, &text, e);

	*file = NULL;
	if (r == 0 && (*file = json_parse(buf_str(&text), text.len, e)) == NULL)
		r = -1;
	buf_release(&text);
	if (r != 0)
		return r;
	if (val_number(val_get(*file, "schema"), 0) > 1)
		r = err_set(e, ERR_FAILED, "'state/" SIDECAR_FILE "' is of a later version of orch");
	else if (!is_shape(*file))
		r = err_set(e, ERR_INVALID, "it has another shape");
	if (r == -1) {
		val_free(*file);
		*file = NULL;
	}
	return r;
}

/* What holds after generation `gen`; the rest goes. */
static struct val *
holds(struct val *file, int64_t gen)
{
	const struct val *before = val_get(file, "before");
	bool happened = before == NULL || val_number(val_get(file, "gen"), 0) <= gen;
	struct val *value = val_copy(happened ? val_get(file, "value") : before);

	val_free(file);
	return value;
}

static struct val *
unknown(void)
{
	struct val *value = val_map();

	val_put(value, SIDECAR_DAMAGED, val_bool(true));
	return value;
}

/* What was put aside and not written since is unknown. */
static bool
was_put_aside(int state_fd)
{
	struct stat st;

	return fstatat(state_fd, ASIDE, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
replace(int state_fd, int64_t gen, const struct val *value, const struct val *before, struct err *e)
{
	struct val *file = val_map();
	struct buf text = { 0 };
	int r;

	val_add(file, "schema", val_int(1));
	val_add(file, "gen", val_int(gen));
	val_add(file, "value", val_copy(value));
	if (before != NULL)
		val_add(file, "before", val_copy(before));
	json_print(&text, file);
	buf_putc(&text, '\n');
	r = text.len > SIDECAR_MAX ? err_set(e, ERR_INVALID, "'state/" SIDECAR_FILE "' would be too long") :
	    fs_replace(state_fd, SIDECAR_FILE, text.data, text.len, 0600, e);
	buf_release(&text);
	val_free(file);
	return r;
}

/* ---- what holds ---- */

/* 1: it is not what was written there. */
static int
read_carried(int state_fd, const struct record *last, struct val **value, struct err *e)
{
	struct buf text = { 0 };
	struct err not_json = { 0 };
	int r = record_beside(state_fd, last, &text, e);

	if (r == 0 && ((*value = json_parse(buf_str(&text), text.len, &not_json)) == NULL ||
	    (*value)->kind != VAL_MAP)) {
		val_free(*value);
		*value = NULL;
		r = 1;
	}
	buf_release(&text);
	return r;
}

static bool
is_lost(int state_fd, const struct record *last)
{
	return last->gen > 0 && last->hash[0] == '\0' && record_lost(state_fd);
}

/* How much is known of what holds after a generation. */
enum known { KNOWN, KNOWN_NOT, KNOWN_BROKEN, KNOWN_ERROR };

/* KNOWN_BROKEN: because agents.json is damaged.  Of both *e says why. */
static enum known
look(int state_fd, const struct record *last, struct val **value, struct err *e)
{
	bool lost = is_lost(state_fd, last);
	int64_t since = lost ? last->gen : last->beside;
	struct val *file = NULL;
	int r = read_file(state_fd, &file, e);

	*value = NULL;
	if (r == -1)
		return e->code == ERR_INVALID ? KNOWN_BROKEN : KNOWN_ERROR;
	if (r == 1 && was_put_aside(state_fd)) {
		err_set(e, ERR_INVALID, "it was damaged before");
		return KNOWN_NOT;
	}
	if (r == 0 && val_number(val_get(file, "gen"), 0) >= since) {
		*value = holds(file, last->gen);
		return KNOWN;
	}
	val_free(file);
	/* Who carries the first one leaves a file, too. */
	if (lost && r == 0) {
		err_set(e, ERR_INVALID, "the records that carried it are lost");
		return KNOWN_NOT;
	}
	if (last->beside == 0) {
		*value = val_map();
		return KNOWN;
	}
	if ((r = read_carried(state_fd, last, value, e)) == 1)
		err_set(e, ERR_INVALID, "the record that carries it is damaged");
	return r == 0 ? KNOWN : r == 1 ? KNOWN_NOT : KNOWN_ERROR;
}

/* ---- under the lock ---- */

/* That nothing is known stands in the file from now on, until somebody takes it out. */
static int
give_up(struct sidecar *s, bool broken, struct err *e)
{
	struct err why = *e;

	*e = (struct err){ 0 };
	s->was = unknown();
	if (s->dry_run)
		return 0;
	if (broken && (fs_remove_tree(s->state_fd, ASIDE, e) == -1 ||
	    fs_rename(s->state_fd, SIDECAR_FILE, ASIDE, e) == -1))
		return -1;
	if (broken)
		project_note(s->p, "'%s/state/" SIDECAR_FILE "' was damaged and is kept as '" ASIDE
		    "' (%s): no agent gets work until `orch-agent reset`", s->p->orch, why.msg);
	else
		project_note(s->p, "what was known of the agents is lost (%s): no agent gets work until "
		    "`orch-agent reset`", why.msg);
	return replace(s->state_fd, s->last->gen, s->was, NULL, e);
}

struct val *
sidecar_value(struct sidecar *s, struct err *e)
{
	enum known known = KNOWN;

	if (s->now != NULL)
		return s->now;
	if (s->state_fd == -1)
		s->was = val_map();
	else
		known = look(s->state_fd, s->last, &s->was, e);
	if (known == KNOWN_ERROR ||
	    (known != KNOWN && give_up(s, known == KNOWN_BROKEN, e) == -1))
		return NULL;
	s->now = val_copy(s->was);
	return s->now;
}

static bool
is_changed(const struct sidecar *s)
{
	return s->now != NULL && !val_same(s->now, s->was);
}

/* What the last record carries goes on as it is, even where agents.json is newer.  1: it is
 * to be told anew, or there is nothing. */
static int
carry_on(const struct sidecar *s, struct record *next, struct buf *text, struct err *e)
{
	int r;

	if (is_changed(s))
		return 1;
	if ((r = record_beside(s->state_fd, s->last, text, e)) == 0)
		next->beside = s->last->beside;
	return r;
}

int
sidecar_carry(struct sidecar *s, struct record *next, struct buf *text, struct err *e)
{
	int r = carry_on(s, next, text, e);

	if (r != 1)
		return r;
	buf_cut(text, 0);
	/* What no record says any more is said by the file, before this one says less. */
	if ((s->last->beside > 0 || is_lost(s->state_fd, s->last)) && sidecar_value(s, e) == NULL)
		return -1;
	if (!is_changed(s))
		return 0;
	json_print(text, s->now);
	if (text->len <= SIDECAR_CARRIED_MAX)
		next->beside = next->gen;
	return 0;
}

/* From here on records carry it: a file says so, should they be lost. */
static int
leave_file(const struct sidecar *s, struct err *e)
{
	struct stat st;

	if (fstatat(s->state_fd, SIDECAR_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return replace(s->state_fd, s->last->gen, s->was, NULL, e);
}

int
sidecar_write(const struct sidecar *s, const struct record *next, struct err *e)
{
	if (!is_changed(s))
		return 0;
	if (next == NULL)
		return replace(s->state_fd, s->last->gen, s->now, NULL, e);
	if (next->beside == 0)
		return replace(s->state_fd, next->gen, s->now, s->was, e);
	return s->last->beside == 0 ? leave_file(s, e) : 0;
}

void
sidecar_release(struct sidecar *s)
{
	val_free(s->was);
	val_free(s->now);
	s->was = s->now = NULL;
}

int
sidecar_take_back(int state_fd, int64_t gen, struct err *e)
{
	struct val *file = NULL;
	int r;

	if (fs_remove_tree(state_fd, STAGED, e) == -1)
		return -1;
	r = read_file(state_fd, &file, e);
	/* A damaged one is for whoever wants to know what it says. */
	if (r == 1 || (r == -1 && e->code == ERR_INVALID)) {
		*e = (struct err){ 0 };
		return 0;
	}
	if (r == 0 && val_get(file, "before") != NULL && val_number(val_get(file, "gen"), 0) == gen)
		r = replace(state_fd, gen - 1, val_get(file, "before"), NULL, e);
	val_free(file);
	return r;
}

/* ---- without it ---- */

/* Could the newest generation have another value than the one before?  If so its record
 * carries that, or none, and it stands in the file. */
static bool
is_its_own(int state_fd, const struct record *last)
{
	struct stat st;

	return last->beside > 0 ? last->beside == last->gen :
	    last->gen > 0 && fstatat(state_fd, SIDECAR_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * The record of the newest generation that was committed.  The newest record of all is
 * written before the exchange; until then the file still has what is to be replaced.
 */
static int
committed(const struct project *p, int state_fd, struct record *last, struct err *e)
{
	struct record before;
	struct fs_file file = { .dirfd = -1 };
	struct buf text = { 0 };
	char hash[FS_HASH_MAX];
	int r = -1;

	if (record_read(p, state_fd, last, &before, e) == -1)
		return -1;
	if (!is_its_own(state_fd, last))
		return 0;
	if (fs_open(&file, p->tasks, e) == -1 || fs_load(&file, &text, e) == -1)
		goto done;
	fs_hash(buf_str(&text), text.len, hash);
	if (strcmp(hash, last->was) == 0 && strcmp(hash, last->hash) != 0) {
		if (before.gen == 0)
			before.gen = last->gen - 1;
		*last = before;
	}
	r = 0;
done:
	buf_release(&text);
	fs_close(&file);
	return r;
}

int
sidecar_read(const struct project *p, struct val **value, struct err *e)
{
	struct record last;
	enum known known = KNOWN_NOT;
	int state_fd = p->orch_fd == -1 ? -1 : fs_open_dir(p->orch_fd, "state");

	*value = NULL;
	if (state_fd == -1 && (p->orch_fd == -1 || errno == ENOENT)) {
		*value = val_map();
		return 0;
	}
	if (state_fd == -1)
		return err_sys(e, "cannot open '%s/state'", p->orch);
	/* A record that is being written over while it is read is no longer the one to read. */
	for (int i = 0; i < TRIES && known == KNOWN_NOT; i++) {
		*e = (struct err){ 0 };
		known = committed(p, state_fd, &last, e) == 0 ? look(state_fd, &last, value, e) : KNOWN_ERROR;
	}
	if (known == KNOWN_NOT || known == KNOWN_BROKEN) {
		if (known == KNOWN_BROKEN)
			project_note(p, "'%s/state/" SIDECAR_FILE "' is damaged: %s", p->orch, e->msg);
		else
			project_note(p, "what was known of the agents is lost: %s", e->msg);
		*e = (struct err){ 0 };
		*value = unknown();
	}
	close(state_fd);
	return known == KNOWN_ERROR ? -1 : 0;
}
