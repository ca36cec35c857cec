/*
 * sync_view_impl - what views of an issue (sync_view.c) and of a task (sync_view_task.c) share
 */
#ifndef ORCH_WORK_SYNC_VIEW_IMPL_H
#define ORCH_WORK_SYNC_VIEW_IMPL_H

#include <stdbool.h>

#include "work/sync_view.h"

/* One line, at most so many code points; the last of them says that there were more. */
char	*view_title(const char *);

/* A text that hardly fits is clipped on both sides alike, else it would seem to be edited. */
char	*view_body(const char *);

/* `of_task`: a label like ours in its list means nothing, the fields do. */
void	view_add_label(struct view *, const char *label, bool of_task);
void	view_add_managed(struct view *, enum view_managed, const char *value);

/* The name of an agent is that of its file. */
bool	view_is_agent(const char *);

#endif
