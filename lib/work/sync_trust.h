/*
 * sync_trust - whose text may start work, or steer it
 *
 * Unknown means no.  GitHub tells with each issue and comment how its author is associated with
 * the repository, and tells too little of members whose membership is private: of others it is
 * asked what they may do, which is believed for a day.
 */
#ifndef ORCH_WORK_SYNC_TRUST_H
#define ORCH_WORK_SYNC_TRUST_H

#include <stdbool.h>

struct err;
struct sync;
struct sync_issue;
struct sync_remote;
struct val;
struct view;

/* Of the author of an issue or comment: 1 yes, 0 no, -1 the run must end. */
int	sync_trust(struct sync *, const struct val *json, struct err *);

/* Is it by the login of our own token?  False while that is not known. */
bool	sync_is_ours(const struct sync *, const struct val *json);

/* The same, but where the token is an app's, which is nobody: then it is what some app wrote. */
bool	sync_may_be_ours(const struct sync *, const struct val *json);

/*
 * Why a comment by our own login is no command, NULL if it may be one (gh.own_commands).  What
 * we write has its mark from the first instant on: where there is none in a comment that never
 * was edited a person wrote it, whatever is remembered of it here.
 */
const char *sync_trust_own(const struct sync *, const struct val *comment);

/*
 * Whether what changed in the text of an issue that goes with a task may count, noted in the
 * file of the issue: its author is asked about anew, as trust may end, and files may be lost.
 */
int	sync_trust_issue(struct sync *, struct sync_issue *, const struct sync_remote *, struct err *);

/*
 * *doubted: it was closed or opened again, which its author may do, and neither the author nor
 * who closed it is trusted (of whom GitHub is asked): work that waits for it may not start by
 * that.  GitHub does not tell who opened one.
 */
int	sync_trust_state(struct sync *, const struct sync_issue *, const struct sync_remote *,
	    bool *doubted, struct err *);

/* May this text of it reach a prompt?  Of those we made, and of authors who are trusted, each. */
bool	sync_trust_text(const struct sync_issue *, const struct view *);

/* The text, for `approved`; caller frees. */
char	*sync_trust_approval(const struct view *);

/* Finds out whose token it is, if that is not known yet and can be. */
int	sync_know_login(struct sync *, struct err *);

#endif
