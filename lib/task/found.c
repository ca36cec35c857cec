#include "task/found.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/patch.h"
#include "doc/val.h"
#include "sys/path.h"
#include "task/backup.h"
#include "task/found_base.h"
#include "task/project.h"
#include "task/record.h"
#include "task/store.h"
#include "task/task.h"

/* ---- generations ---- */

/* A folder of .orch for reading; -1 without an error if there is none. */
static int
open_folder(const struct project *p, const char *name)
{
	return p->orch_fd == -1 ? -1 : fs_open_dir(p->orch_fd, name);
}

int
found_last(const struct project *p, const struct record *last, struct buf *out, struct err *e)
{
	int state = open_folder(p, "state"), backup = open_folder(p, "backup"), r = 1;
	struct buf base = { 0 };
	struct patch patch = { 0 };

	if (state == -1 || last->gen == 0 || last->hash[0] == '\0')
		goto done;
	if (last->base >= 0 && (backup == -1 ||
	    (r = backup_load(backup, last->base, &base, e)) != 0))
		goto done;
	if ((r = record_patch(state, last, base.len, &patch, e)) != 0)
		goto done;
	patch_apply(&patch, &base, out);
	r = record_is(last, out) ? 0 : 1;
done:
	patch_release(&patch);
	buf_release(&base);
	if (state != -1)
		close(state);
	if (backup != -1)
		close(backup);
	return r;
}

/* Does it read as a task file? */
static bool
is_valid(const struct buf *text)
{
	struct err why = { 0 };

	if (tasks_check(text, "generation", &why) == 0)
		return true;
	if (why.code == ERR_SYSTEM)	/* no memory: an older one must not be taken for it */
		xnomem();
	return false;
}

/* Are these the bytes that the last commit replaced? */
static bool
was(const struct record *last, const struct buf *text)
{
	char hash[FS_HASH_MAX];

	fs_hash(buf_str(text), text->len, hash);
	return last->was[0] == '\0' || strcmp(hash, last->was) == 0;
}

static int
newest_backup(const struct project *p, const struct record *last, int64_t *gen, struct buf *out,
    struct err *e)
{
	struct backups list = { 0 };
	int dir = open_folder(p, "backup"), r = 1;

	/* What is not there, or is no folder of ours, has none; what cannot be opened may. */
	if (dir == -1)
		return p->orch_fd == -1 || errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 1 :
		    err_sys(e, "cannot open the folder of backups in '%s'", p->orch);
	if (backup_list(dir, &list, e) == -1)
		r = -1;
	for (size_t i = 0; i < list.n && r == 1; i++) {
		if (*gen > 0 && list.v[i].gen > *gen)
			continue;
		r = backup_load(dir, list.v[i].gen, out, e);
		/* The record knows what the newest one was, damage that reads well or not. */
		if (r == 0 && (out->len == 0 || !is_valid(out) ||
		    (list.v[i].gen == last->gen - 1 && !was(last, out))))
			r = 1;
		if (r == 0)
			*gen = list.v[i].gen;
	}
	backup_release(&list);
	close(dir);
	return r;
}

int
found_newest(const struct project *p, const struct record *last, int64_t *gen, struct buf *out,
    struct err *e)
{
	int r = 1;

	if (*gen == 0 || *gen >= last->gen)
		r = found_last(p, last, out, e);
	/* Who committed it had checked it, by the rules of then. */
	if (r == 0 && out->len > 0 && (last->rules == TASKS_RULES || is_valid(out))) {
		*gen = last->gen;
		return 0;
	}
	return r == -1 ? -1 : newest_backup(p, last, gen, out, e);
}

/* ---- damage ---- */

/* A prefix that ends in the middle of a line with more lines to come was cut by nobody
 * who can read. */
static bool
is_cut(const struct buf *text, const struct buf *of)
{
	return text->len > 0 && text->len + 1 < of->len &&
	    memcmp(text->data, of->data, text->len) == 0 && text->data[text->len - 1] != '\n';
}

static bool
is_damaged(const struct buf *text, const struct buf *generation)
{
	if (text->len == 0)
		return generation->len > 0;
	return memchr(text->data, '\0', text->len) != NULL || is_cut(text, generation);
}

/* Was it cut from any of the backups? */
static int
is_cut_backup(const struct project *p, const struct buf *text, struct err *e)
{
	struct backups list = { 0 };
	struct buf gen = { 0 };
	int dir = open_folder(p, "backup"), r = 0;

	if (dir == -1)
		return 0;
	r = backup_list(dir, &list, e);
	for (size_t i = 0; i < list.n && r == 0; i++)
		if (list.v[i].size > (int64_t)text->len &&
		    (r = backup_load(dir, list.v[i].gen, &gen, e)) != -1)
			r = r == 0 && is_cut(text, &gen);
	buf_release(&gen);
	backup_release(&list);
	close(dir);
	return r;
}

int
found_damage(const struct project *p, const struct record *last, const struct buf *text,
    int64_t *gen, struct buf *newest, struct err *e)
{
	int r;

	*gen = 0;
	if (last->gen == 0)
		return 0;
	if ((r = found_newest(p, last, gen, newest, e)) != 0) {
		*gen = 0;
		return r == 1 ? 0 : -1;
	}
	if (is_damaged(text, newest))
		return 1;
	/* Whole lines are what a person leaves. */
	if (text->len == 0 || text->data[text->len - 1] == '\n')
		return 0;
	return is_cut_backup(p, text, e);
}

/* ---- edits ---- */

/* One without an id has only the number foreseen for it, which another may have got. */
static const struct task *
find_again(const struct tasks *last, const struct tasks *now, size_t i)
{
	return task_is_set(&now->v[i], F_ID) ? tasks_find(last, now->v[i].id) : NULL;
}

static void
note_hand(struct found *f, const struct tasks *last, const struct tasks *now)
{
	for (size_t i = 0; i < now->n; i++) {
		const struct task *was = find_again(last, now, i);

		if (was == NULL || was->status == now->v[i].status)
			continue;
		f->hand = vec_room(f->hand, &f->hand_cap, f->nhand, sizeof *f->hand);
		f->hand[f->nhand++] = (struct found_hand){ was->id, was->status,
		    now->v[i].status };
	}
}

static bool
all_there(const struct tasks *last, const struct tasks *mine)
{
	size_t n = 0;

	for (size_t i = 0; i < mine->n; i++)
		n += find_again(last, mine, i) != NULL;
	return n == last->n;
}

/*
 * A person's edit of the last generation stands as it is, unless tasks are gone: then
 * the merge has something to say.
 */
static int
judge_edit(struct found *f, const struct project *p, const struct record *last,
    const struct buf *last_text, const struct tasks *mine, struct err *e)
{
	static const char last_name[] = "the last generation";
	struct tasks then = { 0 }, base = { 0 }, both = { 0 };
	struct buf base_text = { 0 }, merged = { 0 }, view = buf_view(buf_str(last_text), last_text->len);
	const char *name = path_base(p->tasks);
	int r = -1;

	/* Mostly it is only asked which tasks there were, and of what status. */
	if ((last->rules == TASKS_RULES ? tasks_load_known(&then, &view, last_name, e) :
	    tasks_load(&then, &view, last_name, e)) == -1 ||
	    found_base(p, last, last_text, mine, &f->gen, &base_text, e) == -1)
		goto done;
	f->kind = f->gen == last->gen ? FOUND_EDITED : FOUND_STALE;
	if (f->kind == FOUND_EDITED && all_there(&then, mine)) {
		note_hand(f, &then, mine);
		r = 0;
		goto done;
	}
	tasks_release(&then);
	if (tasks_view(&then, last_text, last_name, e) == -1 ||
	    tasks_view(&base, &base_text, "generation", e) == -1 ||
	    merge_tasks(&base, &then, mine, name, &merged, &f->notes, e) == -1 ||
	    tasks_view(&both, &merged, name, e) == -1)
		goto done;
	/* What an older copy says of a status that has changed since is nobody's doing. */
	note_hand(f, &then, &both);
	tasks_release(&both);
	r = 0;
	if (merged.len == f->text.len && memcmp(merged.data, f->text.data, merged.len) == 0)
		goto done;
	buf_release(&f->text);
	f->text = merged;
	merged = (struct buf){ 0 };
	f->rewrite = true;
done:
	tasks_release(&base);
	tasks_release(&then);
	buf_release(&base_text);
	buf_release(&merged);
	return r;
}

int
found_judge(struct found *f, const struct project *p, const struct record *last,
    const struct buf *text, struct err *e)
{
	struct buf newest = { 0 };
	struct tasks mine = { 0 };
	int64_t gen;
	int r;

	*f = (struct found){ .kind = FOUND_FIRST };
	if ((r = found_damage(p, last, text, &gen, &newest, e)) == 1) {
		*f = (struct found){ .kind = FOUND_DAMAGED, .rewrite = true, .gen = gen,
		    .text = newest };
		newest = (struct buf){ 0 };
	}
	if (r == 0 && last->gen > 0 && text->len == 0)
		r = found_lost(p, e);
	if (r != 0)
		goto done;
	buf_append(&f->text, buf_str(text), text->len);
	r = -1;
	if (tasks_view(&mine, text, path_base(p->tasks), e) == -1)
		goto done;
	/* It was had already, unless it is none that anybody would take for a file. */
	if (gen == 0 || gen != last->gen) {
		buf_release(&newest);
		r = found_last(p, last, &newest, e);
	} else {
		r = 0;
	}
	if (r == 0)
		r = judge_edit(f, p, last, &newest, &mine, e);
	else if (r == 1) {
		f->unknown = last->gen > 0;	/* nothing to hold it against */
		r = 0;
	}
done:
	tasks_release(&mine);
	buf_release(&newest);
	if (r == -1)
		found_release(f);
	return r == -1 ? -1 : 0;
}

int
found_lost(const struct project *p, struct err *e)
{
	return err_set(e, ERR_INVALID, "%s: is empty or gone, and no generation is left to take its "
	    "place: bring it back, or remove '%s/state' to start anew", path_base(p->tasks), p->orch);
}

void
found_release(struct found *f)
{
	buf_release(&f->text);
	merge_release(&f->notes);
	free(f->hand);
	*f = (struct found){ 0 };
}

/* ---- events ---- */

static const char *const note_topic[] = {
	[MERGE_FIELD] = "task.conflict",
	[MERGE_PUT_BACK] = "task.kept",
	[MERGE_STAYS] = "task.kept",
	[MERGE_RENUMBERED] = "task.renumbered",
	[MERGE_REMOVED] = "task.removed",
};

static void
put_text(struct val *map, const char *key, const char *text)
{
	if (text != NULL)
		val_put(map, key, val_str(text));
}

void
found_tell_hand(struct change *c, int64_t task, enum status from, enum status to)
{
	struct val *data = val_map();

	val_put(data, "from", val_str(state_name(from)));
	val_put(data, "to", val_str(state_name(to)));
	change_tell(c, "task.edited", task, 0, data);
}

void
found_tell(const struct found *f, struct change *c)
{
	struct val *data;

	if ((f->kind == FOUND_STALE || f->kind == FOUND_DAMAGED) && !f->asked) {
		data = val_map();
		val_put(data, "generation", val_int(f->gen));
		change_tell(c, f->kind == FOUND_STALE ? "file.merged" : "file.restored", 0, 0, data);
	}
	for (size_t i = 0; i < f->nhand; i++)
		found_tell_hand(c, f->hand[i].task, f->hand[i].from, f->hand[i].to);
	for (size_t i = 0; i < f->notes.n; i++) {
		const struct merge_note *n = &f->notes.v[i];

		data = val_map();
		put_text(data, "field", n->field);
		put_text(data, "kept", n->kept);
		put_text(data, "lost", n->lost);
		change_tell(c, note_topic[n->kind], n->task, 0, data);
	}
}
