#include "work/question.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "doc/val.h"
#include "task/store.h"
#include "task/task.h"
#include "work/oneline.h"

#define LABEL "ambiguous"

bool
question_answered(const struct task *t)
{
	const char *answer = task_text(t, F_ANSWER);

	return answer != NULL && *answer != '\0';
}

/* Once an attempt was made it is known what was done with it. */
bool
question_due(const struct task *t)
{
	return (t->status == ST_NEW || t->status == ST_ROUTED) && task_has(t, F_LABELS, LABEL) &&
	    task_int(t, F_ATTEMPTS, 0) == 0 && !question_answered(t);
}

int
question_ask(struct change *c, const struct task *t, const char *question, struct err *e)
{
	char *line = oneline(question, strlen(question)), *note = xasprintf("asks: %s", line);
	int rc = -1;

	if (change_set(c, t->id, F_QUESTION, val_str(question), e) == 0 &&
	    change_set(c, t->id, F_ANSWER, NULL, e) == 0)
		rc = change_event(c, t->id, EV_ASK, NULL, NULL, note, e);
	free(note);
	free(line);
	return rc;
}
