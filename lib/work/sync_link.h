/*
 * sync_link - a task and an issue become one
 *
 * The task names the issue (`gh`, `uid`), which is committed first; then the file of the issue
 * names the task.  Whoever finds only one of the two makes the other.
 */
#ifndef ORCH_WORK_SYNC_LINK_H
#define ORCH_WORK_SYNC_LINK_H

#include <stdint.h>

struct err;
struct project;
struct store_opts;
struct sync;
struct sync_account;
struct task;
struct val;
struct vec_id;
struct view_links;

/* {host, repo_id, number, id, node_id, url} of GitHub's JSON of an issue. */
struct val *sync_link_map(const struct sync *, const struct val *issue);

/* The file of an issue that goes with the task, from what the task says (`gh`); not saved yet. */
void	sync_link_know(struct sync *, int64_t task, const char *uid, const struct val *gh);

/* The issue was made for the task, by this run or one that broke off. */
int	sync_link_made(struct sync *, int64_t task, const char *uid, const struct val *issue,
	    struct err *);

/*
 * What the task says of its issue, written into the file of the issue where that is missing;
 * the other way round, a task that was put back from a backup names its issue again.
 */
int	sync_link_mend(struct sync *, struct err *);

/* The texts of that task go through it before they are held against its issue. */
void	sync_link_wash(const struct sync *, const struct task *, struct view_links *);

/*
 * Inside a run: the task and the issue, which is asked for, become one because a person says so.
 * The texts of the issue count from then on.  ERR_USAGE: there is no such task or issue, or one
 * of the two goes with another.
 */
int	sync_link_person(struct sync *, int64_t task, int64_t number, struct err *);

/* The tasks let go of their issues, and get the label no_gh; the report's `changed` gets them. */
int	sync_unlink(struct project *, const struct store_opts *, const struct vec_id *tasks,
	    struct sync_account *, struct err *);

#endif
