/*
 * view - what the fake remembers, in the shape of GitHub's answers
 *
 * Each returns a value that the caller owns.  URLs begin with store.base.  The members
 * "extra" and "omit" of an issue or a comment go last: they add, replace and drop.
 */
#ifndef FAKE_VIEW_H
#define FAKE_VIEW_H

#include <stdint.h>

struct buf;
struct store;
struct val;

/* GitHub's opaque ids hold the database id, behind a prefix that tells the kind. */
struct val *view_node(const char *prefix, int64_t id);
int64_t	view_node_id(const char *prefix, const char *node);	/* 0: another kind */
struct val *view_time(int64_t);					/* 0: null */
/* Percent-encoded: all but what RFC 3986 2.3 calls unreserved. */
void	view_encode(struct buf *, const char *);

struct val *view_user(const struct store *, const char *login);	/* "": null */
struct val *view_repo(const struct store *, const struct val *repo, const char *login);
struct val *view_label(const struct store *, const struct val *repo, const struct val *label);
struct val *view_type(const struct val *type);
struct val *view_issue(const struct store *, const struct val *repo, const struct val *issue);
struct val *view_comment(const struct store *, const struct val *repo, const struct val *issue,
	    const struct val *comment);
struct val *view_reaction(const struct store *, const struct val *reaction);
struct val *view_project(const struct store *, const struct val *project);
struct val *view_field(const struct store *, const struct val *project, const struct val *field);
struct val *view_item(const struct store *, const struct val *project, const struct val *item);

#endif
