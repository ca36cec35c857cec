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

/* Nothing is there: was it ever?  What was put aside and not written since is unknown. */
static struct val *
nothing(int state_fd)
{
	struct stat st;

	return fstatat(state_fd, ASIDE, &st, AT_SYMLINK_NOFOLLOW) == 0 ? unknown() : val_map();
}

static int
put_aside(const struct project *p, int state_fd, struct err *e)
{
	struct err why = *e;

	*e = (struct err){ 0 };
	if (fs_remove_tree(state_fd, ASIDE, e) == -1 ||
	    fs_rename(state_fd, SIDECAR_FILE, ASIDE, e) == -1)
		return -1;
	project_note(p, "'%s/state/" SIDECAR_FILE "' was damaged and is kept as '" ASIDE "' (%s): "
	    "no agent gets work until `orch-agent reset`", p->orch, why.msg);
	return 0;
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

/* ---- under the lock ---- */

struct val *
sidecar_value(struct sidecar *s, struct err *e)
{
	struct val *file = NULL;
	int r;

	if (s->now != NULL)
		return s->now;
	r = s->state_fd == -1 ? 1 : read_file(s->state_fd, &file, e);
	if (r == 0)
		s->was = holds(file, s->gen);
	else if (r == 1)
		s->was = s->state_fd == -1 ? val_map() : nothing(s->state_fd);
	else if (e->code == ERR_INVALID && (s->dry_run || put_aside(s->p, s->state_fd, e) == 0))
		s->was = unknown();
	else
		return NULL;
	s->now = val_copy(s->was);
	return s->now;
}

int
sidecar_write(const struct sidecar *s, int64_t gen, struct err *e)
{
	if (s->now == NULL || val_same(s->now, s->was))
		return 0;
	return replace(s->state_fd, gen, s->now, gen > 0 ? s->was : NULL, e);
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
		r = replace(state_fd, 0, val_get(file, "before"), NULL, e);
	val_free(file);
	return r;
}

/* ---- without it ---- */

/*
 * Was the newest generation committed, or is it on its way?  The record is written before
 * the exchange; until then the file still has what is to be replaced.
 */
static int
committed(const struct project *p, int state_fd, int64_t *gen, struct err *e)
{
	struct record last, before;
	struct fs_file file = { .dirfd = -1 };
	struct buf text = { 0 };
	char hash[FS_HASH_MAX];
	int r = -1;

	if (record_read(p, state_fd, &last, &before, e) == -1 || fs_open(&file, p->tasks, e) == -1 ||
	    fs_load(&file, &text, e) == -1)
		goto done;
	fs_hash(buf_str(&text), text.len, hash);
	*gen = strcmp(hash, last.was) == 0 && strcmp(hash, last.hash) != 0 ? last.gen - 1 : last.gen;
	r = 0;
done:
	buf_release(&text);
	fs_close(&file);
	return r;
}

int
sidecar_read(const struct project *p, struct val **value, struct err *e)
{
	struct val *file = NULL;
	int64_t gen = 0;
	int state_fd = p->orch_fd == -1 ? -1 : fs_open_dir(p->orch_fd, "state"), r;

	*value = NULL;
	if (state_fd == -1 && (p->orch_fd == -1 || errno == ENOENT)) {
		*value = val_map();
		return 0;
	}
	if (state_fd == -1)
		return err_sys(e, "cannot open '%s/state'", p->orch);
	r = read_file(state_fd, &file, e);
	if (r == 1) {
		*value = nothing(state_fd);
	} else if (r == -1 && e->code == ERR_INVALID) {
		project_note(p, "'%s/state/" SIDECAR_FILE "' is damaged: %s", p->orch, e->msg);
		*e = (struct err){ 0 };
		*value = unknown();
	} else if (r == 0 && (val_get(file, "before") == NULL || committed(p, state_fd, &gen, e) == 0)) {
		*value = holds(file, gen);
	} else {
		val_free(file);
	}
	close(state_fd);
	return *value == NULL ? -1 : 0;
}
