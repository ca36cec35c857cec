#include "task/repo.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"

#define SECTION "projects"

struct other {
	struct repo repo;
	char *name, *dir;
	struct config config;
};

struct repos {
	struct repo own;
	struct other **v;	/* those that were asked for */
	size_t n, cap;
	char *prefix;
};

/* What tells the list from any other one that leads work in the same repository. */
static char *
prefix_of(const char *tasks)
{
	char *dir = path_dir(tasks), hash[FS_HASH_MAX], *prefix;
	struct buf b = { 0 };

	/* A number in front is that of a task. */
	buf_puts(&b, isdigit((unsigned char)*path_base(dir)) ? "l" : "");
	str_slug(&b, path_base(dir), 40);
	fs_hash(tasks, strlen(tasks), hash);
	prefix = xasprintf("%s-%.8s/", buf_str(&b), hash);
	buf_release(&b);
	free(dir);
	return prefix;
}

struct repos *
repos_new(const struct project *p)
{
	struct repos *all = xcalloc(1, sizeof *all);

	all->own = (struct repo){ .dir = p->dir, .config = &p->config, .prefix = "" };
	all->prefix = prefix_of(p->tasks);
	return all;
}

static void
free_other(struct other *o)
{
	config_release(&o->config);
	free(o->name);
	free(o->dir);
	free(o);
}

void
repos_free(struct repos *all)
{
	if (all == NULL)
		return;
	for (size_t i = 0; i < all->n; i++)
		free_other(all->v[i]);
	free(all->v);
	free(all->prefix);
	free(all);
}

const struct repo *
repo_own(const struct project *p)
{
	return &p->repos->own;
}

void
repo_names(const struct project *p, struct vec_str *names)
{
	const struct val *section = config_val(&p->config, SECTION);

	for (size_t i = 0; section != NULL && i < section->n; i++)
		vec_str_push(names, section->key[i]);
}

int
repo_check_name(const struct project *p, const char *name, struct err *e)
{
	struct vec_str names = { 0 };
	const char *near;

	if (val_get(config_val(&p->config, SECTION), name) != NULL)
		return 0;
	repo_names(p, &names);
	near = str_nearest(name, (const char *const *)vec_str_argv(&names));
	if (near != NULL)
		err_set(e, ERR_USAGE, "project: orch.yml has no '%.64s' in projects, did you mean '%s'?", name, near);
	else
		err_set(e, ERR_USAGE, "project: orch.yml has no '%.64s' in projects", name);
	vec_str_release(&names);
	return -1;
}

/* "~/x" is in the home, "x" beside the project's files. */
static char *
folder_of(const struct project *p, const char *text)
{
	const char *home = getenv("HOME");

	return str_starts(text, "~/") && home != NULL && *home == '/' ? path_join(home, text + 2) :
	    path_join(p->dir, text);
}

/* The work would begin at one commit and be told of another: what stands in a linked work tree
 * is not what the repository's HEAD has. */
static int
check_folder(const char *dir, struct err *e)
{
	char *main = project_main(dir);
	int r = path_is_dir(dir) ? 0 : err_set(e, ERR_CONFIG, "'%s' is not a folder", dir);

	if (r == 0 && strcmp(main, dir) != 0)
		r = err_set(e, ERR_CONFIG, "'%s' is in a linked work tree: name '%s'", dir, main);
	free(main);
	return r;
}

/* Reads what there is to know of it; NULL with the error set. */
static struct other *
look(const struct project *p, const char *name, const char *text, struct err *e)
{
	struct other *o = xcalloc(1, sizeof *o);
	char *folder = folder_of(p, text);

	o->name = xstrdup(name);
	if (*text == '\0')
		err_set(e, ERR_CONFIG, "its folder is not named");
	else
		o->dir = path_absolute(folder, e);
	if (o->dir != NULL && (strcmp(o->dir, p->dir) == 0 || (check_folder(o->dir, e) == 0 &&
	    project_config(p, o->dir, &o->config, e) == 0))) {
		o->repo = (struct repo){ .name = o->name, .dir = o->dir, .config = &o->config,
			.prefix = p->repos->prefix };
		if (strcmp(o->dir, p->dir) == 0)
			o->repo = p->repos->own;
		free(folder);
		return o;
	}
	e->code = ERR_CONFIG;
	err_prefix(e, "project %s", name);
	free(folder);
	free_other(o);
	return NULL;
}

const struct repo *
repo_find(const struct project *p, const char *name, struct err *e)
{
	struct repos *all = p->repos;
	const char *text;
	struct other *o;

	if (name == NULL)
		return &all->own;
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i]->name, name) == 0)
			return &all->v[i]->repo;
	if ((text = val_text(val_get(config_val(&p->config, SECTION), name))) == NULL) {
		repo_check_name(p, name, e);
		e->code = ERR_CONFIG;
		return NULL;
	}
	if ((o = look(p, name, text, e)) == NULL)
		return NULL;
	all->v = vec_room(all->v, &all->cap, all->n, sizeof *all->v);
	all->v[all->n++] = o;
	return &o->repo;
}

const struct repo *
repo_of(const struct project *p, const struct task *t, struct err *e)
{
	return repo_find(p, task_text(t, F_PROJECT), e);
}

bool
repo_is_foreign(const struct project *p, const struct task *t)
{
	struct err unknown = { 0 };
	const struct repo *repo = repo_of(p, t, &unknown);

	return repo == NULL || repo->name != NULL;
}

void
repo_verify(const struct repo *repo, const struct task *t, bool changed, struct vec_str *commands)
{
	const struct val *list = config_val(repo->config, "verify");

	if (task_is_set(t, F_VERIFY)) {
		task_texts(t, F_VERIFY, commands);
		return;
	}
	for (size_t i = 0; changed && list != NULL && i < list->n; i++)
		vec_str_push(commands, val_text(list->v[i]));
}
