/*
 * fsck_event_line - the fields of an event, as orch-fsck wants them
 */
#ifndef ORCH_WORK_FSCK_EVENT_LINE_H
#define ORCH_WORK_FSCK_EVENT_LINE_H

struct err;
struct val;

/* ERR_INVALID: a field that no command can have written so, or that is missing. */
int	fsck_event_line(const struct val *line, struct err *);

#endif
