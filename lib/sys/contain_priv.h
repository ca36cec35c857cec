/*
 * contain_priv - what the files of contain share with each other only
 */
#ifndef ORCH_SYS_CONTAIN_PRIV_H
#define ORCH_SYS_CONTAIN_PRIV_H

#include <stdint.h>

struct contain;
struct contain_mount;
struct contain_trace;
struct err;

/* Make one of their kind: 0, or 1 if it cannot be had here; `e` says why. */
int	contain_space_make(struct contain *, const struct contain_mount *, const int *keep,
	    struct err *);
int	contain_group_make(struct contain *, struct err *);

int	contain_space_start(struct contain *, struct err *);
int	contain_space_ended(struct contain *, int *status);
/* A signal for the program's group; 0: kill everything. */
void	contain_space_signal(struct contain *, int sig);

/* For an init: mounts what shall be; -1: not all of it.  Then the descriptor of a folder
 * that was opened before is made to lead to what is mounted there now. */
int	contain_seal(const struct contain_mount *);
int	contain_enter(int dir, struct err *);

void	contain_group_kill(int group);
/* 1: nothing is in it any more; 0: at `deadline` there still was something. */
int	contain_group_wait(int group, int64_t deadline);
void	contain_group_remove(const char *path);
/* contain_end() for a group: by its path, which is gone with it. */
int	contain_group_end(const struct contain_trace *, int64_t deadline, struct err *);

/* A few bytes into a file of /proc or a cgroup, in one write.  0, -1 with errno. */
int	contain_put(int dirfd, const char *path, const char *text);

#endif
