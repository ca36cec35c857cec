/*
 * sync_marked - issues that have our mark, and whose task does not know of them
 *
 * So it is when what is remembered was lost after an issue was made, and in a copy of a project.
 * The task of that uid names the issue again.  One whose file was put back from before it had a
 * uid takes over the issue of its title, if that is open, was made after the task, and has the
 * mark of no other.  A mark counts only in what our own login wrote: others can copy it.
 */
#ifndef ORCH_WORK_SYNC_MARKED_H
#define ORCH_WORK_SYNC_MARKED_H

struct err;
struct sync;

/*
 * After sync_list(), of all that it found; `ours` of those is right from then on.  Where nothing
 * is remembered and a task would get an issue, closed ones of our login are asked for, too.
 */
int	sync_marked(struct sync *, struct err *);

#endif
