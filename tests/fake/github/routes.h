/*
 * routes - which handler answers which path, and what a request to it may hold
 *
 * route_answer() finds repository and issue of the path, checks that the token may see
 * them, checks query and body (check.h), and calls the handler, which answers.  Paths are
 * /repos/OWNER/NAME/.. and /repositories/ID/..; a name that the repository no longer has is
 * redirected, by 301 for GET and 307 for what changes something.
 */
#ifndef FAKE_ROUTES_H
#define FAKE_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct val;

void	route_answer(struct call *);

/* Answers with one page of a list, which it owns, and Link to the others. */
void	list_answer(struct call *, struct val *items);
/* For what is long: which part of the list, sorted by these upwards or downwards, is on the
 * page asked for; puts Link.  False: answered. */
struct list_key {
	int64_t by;
	int64_t id;		/* where `by` is the same */
};
bool	list_page(struct call *, const struct list_key *, size_t n, size_t *from, size_t *to);
/* issues.c */
void	issue_list(struct call *);
void	issue_get(struct call *);
void	issue_create(struct call *);
void	issue_update(struct call *);
void	issue_lock(struct call *);
void	issue_unlock(struct call *);
/* labels.c */
void	label_list(struct call *);
void	label_create(struct call *);
void	label_get(struct call *);
void	label_update(struct call *);
void	label_delete(struct call *);
void	label_of_issue(struct call *);
void	label_add(struct call *);
void	label_set(struct call *);
void	label_remove(struct call *);
/* Can they be put on an issue?  false: answered. */
bool	label_check(struct call *, const struct val *names);
/* Puts them on the issue, made if they are not there. */
void	label_apply(struct call *, const struct val *names, bool replace);
/* comments.c */
void	comment_list(struct call *);
void	comment_of_issue(struct call *);
void	comment_get(struct call *);
void	comment_create(struct call *);
void	comment_update(struct call *);
void	comment_delete(struct call *);
void	reaction_list(struct call *);
void	reaction_create(struct call *);
void	reaction_create_comment(struct call *);
/* links.c */
void	child_list(struct call *);
void	child_add(struct call *);
void	child_remove(struct call *);
void	parent_get(struct call *);
void	blocker_list(struct call *);
void	blocker_add(struct call *);
void	blocker_remove(struct call *);
void	type_list(struct call *);
void	assignee_add(struct call *);
void	assignee_remove(struct call *);
/* people.c */
void	repo_get(struct call *);
void	user_get(struct call *);
void	rate_get(struct call *);
void	permission_get(struct call *);
/* board.c */
void	board_list(struct call *);
void	board_get(struct call *);
void	board_fields(struct call *);
void	board_items(struct call *);
void	board_item(struct call *);
void	board_add(struct call *);
void	board_update(struct call *);
void	board_delete(struct call *);
/* Does the token have this scope (or "project" for "read:project")? */
bool	board_scope(const struct call *, const char *scope);
/* Sets a single select field; false: no such field or option, or the item is archived. */
bool	board_set(struct call *, struct val *item, struct val *field, const struct val *value);
/* graphql.c */
void	graphql_answer(struct call *);

#endif
