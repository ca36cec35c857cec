/*
 * sync_board_setup - writes the ids of a board into orch.yml
 *
 * The file is a person's: what is written are the values of a few keys below `gh`, by splices
 * that are proved (doc/edit.h), over the file as it stands at that moment and in the order that
 * the store keeps for the task file (sys/fs.h).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"
#include "work/sync_board.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"

#define FILE_NAME "orch.yml"
#define TRIES 5			/* a person who saves at the same time */
#define OPS_MAX (3 + 2 * BOARD_COLUMNS)

static const char *const order[] = {
	"gh", "repo", "host", "board", "board_id", "board_field", "board_field_id", "board_options",
	"todo", "in_progress", "review", "done", "board_pull", "columns", NULL,
};

/* What is to stand in orch.yml: {board_id, board_field_id, board_options: {todo, ..}}. */
static struct val *
wanted(const struct board *b)
{
	struct val *gh = val_map(), *options = val_map();

	val_add(gh, "board_id", val_str(b->id));
	val_add(gh, "board_field_id", val_str(b->field_id));
	for (int c = 0; c < BOARD_COLUMNS; c++)
		if (b->chosen[c] != -1)
			val_add(options, board_column_name((enum board_column)c),
			    val_str(b->option_ids.v[b->chosen[c]]));
	val_add(gh, "board_options", options);
	return gh;
}

/* ---- the text ---- */

struct ops {
	struct edit_op v[OPS_MAX];
	size_t n;
};

static void
put(struct ops *ops, const struct yaml_node *map, const char *key, const struct val *v)
{
	ops->v[ops->n++] = (struct edit_op){ .kind = v != NULL ? EDIT_PUT : EDIT_DROP, .map = map,
		.key = key, .value = v };
}

/* A map that stands there itself; NULL: it has to be made. */
static const struct yaml_node *
own_map(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = map != NULL ? yaml_own(map, key) : NULL;

	return n != NULL && n->kind == YAML_MAP ? n : NULL;
}

/* Ids of columns that the board does not have any more go. */
static void
put_options(struct ops *ops, const struct yaml_node *gh, const struct val *options)
{
	const struct yaml_node *map = own_map(gh, "board_options");

	if (map == NULL) {
		put(ops, gh, "board_options", options);
		return;
	}
	for (int c = 0; c < BOARD_COLUMNS; c++) {
		const char *key = board_column_name((enum board_column)c);

		put(ops, map, key, val_get(options, key));
	}
}

static int
edit(const struct buf *old, const struct val *gh, struct buf *new, struct err *e)
{
	struct ops ops = { .n = 0 };
	const struct yaml_node *map;
	struct yaml tree;
	int r;

	if (yaml_parse(&tree, buf_str(old), old->len, FILE_NAME, e) == -1)
		return -1;
	map = own_map(tree.root, "gh");
	if (map == NULL) {
		put(&ops, NULL, "gh", gh);
	} else {
		put(&ops, map, "board_id", val_get(gh, "board_id"));
		put(&ops, map, "board_field_id", val_get(gh, "board_field_id"));
		put_options(&ops, map, val_get(gh, "board_options"));
	}
	/* A key that gets its map from elsewhere would lose what that has. */
	if (map == NULL && tree.root != NULL && yaml_get(tree.root, "gh") != NULL &&
	    yaml_get(tree.root, "gh")->kind == YAML_MAP)
		r = err_set(e, ERR_INVALID, "%s: gh stands elsewhere (an alias or a merge key)", FILE_NAME);
	else
		r = edit_apply(&tree, ops.v, ops.n, order, FILE_NAME, new, e);
	yaml_release(&tree);
	return r;
}

/* ---- the file ---- */

/* What a writer that was killed in between left: a person may have saved it in that instant. */
static int
keep_leftover(struct sync *s, struct fs_file *f, struct err *e)
{
	struct buf left = { 0 };
	char hash[FS_HASH_MAX];
	char *name;
	int r = fs_leftover(f, &left, e), dir;

	if (r == 1 && (dir = project_dir(s->p, "conflicts", e)) != -1) {
		fs_hash(buf_str(&left), left.len, hash);
		name = xasprintf("%s.%s", FILE_NAME, hash);
		if ((r = fs_keep(f, dir, name, e)) == 0 && (r = fs_settle(f, e)) == 0)
			project_note(s->p, "what stood in %s before a killed command changed it is kept: "
			    ".orch/conflicts/%s", FILE_NAME, name);
		free(name);
		close(dir);
	} else if (r == 1) {
		r = -1;
	}
	buf_release(&left);
	return r;
}

/* 0 done, 1 there is nothing to change, 2 somebody saved meanwhile. */
static int
write_once(struct sync *s, struct fs_file *f, const struct val *gh, struct err *e)
{
	struct buf old = { 0 }, new = { 0 };
	int r = fs_load(f, &old, e);

	if (r == 0 && (r = edit(&old, gh, &new, e)) == -1)
		err_prefix(e, "the ids cannot be written into %s", FILE_NAME);
	if (r == 0 && old.len == new.len && memcmp(buf_str(&old), buf_str(&new), old.len) == 0)
		r = 1;
	else if (r == 0 && !s->opts->dry_run && (r = fs_stage(f, new.data, new.len, e)) == 0 &&
	    (r = fs_swap(f, &old, e)) == 1)
		r = 2;
	else if (r == 0 && !s->opts->dry_run)
		r = fs_settle(f, e);
	buf_release(&old);
	buf_release(&new);
	return r;
}

static int
write_ids(struct sync *s, const struct val *gh, struct err *e)
{
	char *path = path_join(s->p->dir, FILE_NAME);
	struct fs_file f = { .dirfd = -1 };
	struct lock lock = { .fd = -1 };
	int r = 2;

	if (!s->opts->dry_run && lock_take(&lock, s->p->orch_fd, LOCK_WAIT_MS,
	    s->store->command, e) == -1)
		r = -1;
	else if (fs_open(&f, path, e) == -1 || (!s->opts->dry_run && keep_leftover(s, &f, e) == -1))
		r = -1;
	for (int try = 0; r == 2 && try < TRIES; try++)
		r = write_once(s, &f, gh, e);
	if (r == 2)
		r = err_set(e, ERR_BUSY, "%s is being changed all the time", FILE_NAME);
	fs_close(&f);
	lock_release(&lock);
	free(path);
	return r;
}

/* ---- all of it ---- */

static void
tell(struct sync *s, const struct val *gh, const char *prefix)
{
	for (size_t i = 0; i < gh->n; i++) {
		if (gh->v[i]->kind == VAL_MAP) {
			for (size_t k = 0; k < gh->v[i]->n; k++)
				sync_did(s, "board", 0, 0, "%s%s.%s: %s", prefix, gh->key[i],
				    gh->v[i]->key[k], val_text(gh->v[i]->v[k]));
			continue;
		}
		sync_did(s, "board", 0, 0, "%s%s: %s", prefix, gh->key[i], val_text(gh->v[i]));
	}
}

int
sync_board_setup(struct sync *s, struct err *e)
{
	struct board *b;
	struct val *gh;
	int r = board_named(s, e);

	if (r == 0)
		return err_set(e, ERR_CONFIG, "no board is named: put gh.board: OWNER/NUMBER into orch.yml");
	if (r == -1)
		return -1;
	b = s->board;
	/* Names count here: the ids are what is to be mended. */
	if (b->owner != NULL) {
		free(b->want_id);
		b->want_id = NULL;
	}
	free(b->want_field_id);
	b->want_field_id = NULL;
	if ((r = board_find(s, e)) != 1)
		return r;
	board_choose(b, &s->p->config, false);
	for (int c = 0; c < BOARD_COLUMNS; c++)
		board_lacks(s, (enum board_column)c);
	gh = wanted(b);
	if ((r = write_ids(s, gh, e)) == 1)
		sync_did(s, "board", 0, 0, "%s says so already", FILE_NAME);
	else if (r == 0)
		tell(s, gh, "gh.");
	if (r != -1) {
		/* From now on orch.yml names them, which makes no other board of it. */
		b->want_id = b->want_id != NULL ? b->want_id : xstrdup(b->id);
		b->want_field_id = xstrdup(b->field_id);
		r = board_save(s, e);
	}
	val_free(gh);
	return r;
}
