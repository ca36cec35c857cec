/*
 * store - what the fake GitHub remembers
 *
 * One value (doc/val.h) holds it all, so that it can be dumped, kept in a file and copied
 * for old answers.  Times are seconds since 1970, people are logins, labels are names,
 * links between issues are database ids:
 *
 *	now, next_id, options {}
 *	users    [{login, id, type, members []}]
 *	tokens   [{token, login, scopes [], permission, limit, used, reset, penalty}]
 *	repos    [{id, owner, name, former [], private, has_issues, labels [{id, name, color,
 *	           description}], collaborators {login: role}, types [{id, name}],
 *	           next_number, issues [..]}]
 *	issue    {id, number, title, body, user, state, state_reason, labels [], assignees [],
 *	          locked, pull, association, created_at, updated_at, closed_at, closed_by,
 *	          type, parent, children [], blocked_by [], reactions [], comments [..], gone,
 *	          moved {owner, repo, number}, extra {}, omit []}
 *	comment  {id, user, body, association, created_at, updated_at, reactions []}
 *	projects [{id, owner, number, title, fields [{id, name, data_type, options [{id,
 *	           name}]}], items [{id, issue, archived, values {field id: value}}]}]
 *
 * Ids begin above 2^31, as GitHub's do.  Getters borrow; NULL: there is none.
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "doc/val.h"

#define STORE_KEPT_MAX 16

enum role { ROLE_NONE, ROLE_READ, ROLE_TRIAGE, ROLE_WRITE, ROLE_MAINTAIN, ROLE_ADMIN };

struct store {
	struct val *state;
	int64_t writes;			/* changes of repositories so far */
	struct val *kept[STORE_KEPT_MAX];	/* repos as they were after write number [..] */
	int64_t kept_write[STORE_KEPT_MAX];
	size_t kept_n;
	char base[160];			/* "http://127.0.0.1:PORT/api/v3", of this request */
};

struct err;

void	store_init(struct store *);
int	store_load(struct store *, const char *path, struct err *);	/* no file: 0 */
int	store_save(const struct store *, const char *path);
void	store_release(struct store *);

int64_t	store_now(const struct store *);
int64_t	store_new_id(struct store *);
/* An option of control: see control.h.  `otherwise` where it was not set. */
int64_t	store_option(const struct store *, const char *name, int64_t otherwise);

struct val *store_user(const struct store *, const char *login);
struct val *store_token(const struct store *, const char *token);
struct val *store_repo(const struct store *, const char *owner, const char *name, bool *renamed);
struct val *store_repo_id(const struct store *, int64_t id);
struct val *store_issue(const struct val *repo, int64_t number);
struct val *store_issue_id(const struct store *, int64_t id, struct val **repo);
struct val *store_comment(const struct val *repo, int64_t id, struct val **issue);
struct val *store_label(const struct val *repo, const char *name);
struct val *store_project(const struct store *, const char *owner, int64_t number);
/* The map of the list whose `key` is this number or this text (in any case). */
struct val *store_find(const struct val *list, const char *key, int64_t);
struct val *store_named(const struct val *list, const char *key, const char *);

/* New ones, borrowed; what is not given has a default. */
struct val *store_add_user(struct store *, const char *login, const char *type);
struct val *store_add_label(struct store *, struct val *repo, const char *name, const char *color,
	    const char *description);
struct val *store_add_issue(struct store *, struct val *repo, const char *user, const char *title,
	    const char *body);
struct val *store_add_comment(struct store *, struct val *issue, const char *user, const char *body);
struct val *store_add_item(struct store *, struct val *project, int64_t issue);

/* The role of a login in a repository. */
enum role store_role(const struct store *, const struct val *repo, const char *login);
enum role store_role_named(const char *);
const char *store_association(const struct store *, const struct val *repo, const char *login);

/* The issue was changed now. */
void	store_touch(struct store *, struct val *issue);
/* open <-> closed with its reason and times. */
void	store_set_state(struct store *, struct val *issue, const char *state, const char *reason,
	    const char *by);
/* Puts an item where this option is, NULL: nowhere. */
void	store_move(struct store *, struct val *item, const struct val *field, const char *option);
/* Puts a parent in place of what was there; 0: none. */
void	store_set_parent(struct store *, struct val *issue, int64_t parent);
/* After a change: the repositories are kept for stale answers if option "keep" asks for it. */
void	store_changed(struct store *);

/* Members of maps: "" and 0 where there are none. */
const char *store_text(const struct val *map, const char *key);
int64_t	store_int(const struct val *map, const char *key);
void	store_put(struct val *map, const char *key, const char *text);	/* NULL: null */
void	store_put_int(struct val *map, const char *key, int64_t);
struct val *store_list(struct val *map, const char *key);	/* made if it is not there */
/* Lists of texts (in any case) and of numbers. */
bool	store_has(const struct val *list, const char *);
bool	store_has_int(const struct val *list, int64_t);
bool	store_remove(struct val *list, size_t at);
bool	store_remove_text(struct val *list, const char *);
bool	store_remove_int(struct val *list, int64_t);

#endif
