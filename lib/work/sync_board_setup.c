/*
 * sync_board_setup - writes the ids of a board into orch.yml
 *
 * The file is a person's: what is written are the values of a few keys below `gh`, as
 * person_file.h has it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "task/project.h"
#include "work/person_file.h"
#include "work/sync_board.h"
#include "work/sync_board_impl.h"
#include "work/sync_impl.h"

#define FILE_NAME "orch.yml"
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

/* arg: what is to stand in orch.yml. */
static int
edit(const struct yaml *tree, void *arg, struct buf *new, struct err *e)
{
	const struct yaml_node *map = own_map(tree->root, "gh"), *other;
	const struct val *gh = arg;
	struct ops ops = { .n = 0 };

	if (map == NULL) {
		put(&ops, NULL, "gh", gh);
	} else {
		put(&ops, map, "board_id", val_get(gh, "board_id"));
		put(&ops, map, "board_field_id", val_get(gh, "board_field_id"));
		put_options(&ops, map, val_get(gh, "board_options"));
	}
	/* A key that gets its map from elsewhere would lose what that has. */
	other = map == NULL && tree->root != NULL ? yaml_get(tree->root, "gh") : NULL;
	if (other != NULL && other->kind == YAML_MAP)
		return err_set(e, ERR_INVALID, "gh stands elsewhere (an alias or a merge key)");
	return edit_apply(tree, ops.v, ops.n, order, FILE_NAME, new, e);
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
	if ((r = person_file_edit(s->p, s->store, FILE_NAME, edit, gh, NULL, e)) == -1)
		err_prefix(e, "the ids cannot be written into %s", FILE_NAME);
	else if (r == 1)
		sync_did(s, "board", 0, 0, "%s says so already", FILE_NAME);
	else
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
