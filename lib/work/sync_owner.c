#include "work/sync_owner.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_away.h"
#include "work/sync_impl.h"
#include "work/sync_report.h"
#include "work/sync_set.h"

int
sync_owner(const struct project *p, const char **name, struct err *e)
{
	const char *owner = config_text(&p->config, "gh.owner");

	*name = owner != NULL && *owner == '@' ? owner + 1 : owner;
	if (owner != NULL && !sync_report_is_owner(*name))
		return err_set(e, ERR_CONFIG, "gh.owner: '%s' is no login and no ORGANIZATION/TEAM", owner);
	return 0;
}

/* One write; `login`: the assignment, NULL: the label.  1: it was not done, which is told. */
static int
set(struct sync *s, struct sync_issue *issue, const char *login, bool on, struct err *e)
{
	char *path = sync_issue_path(s, issue->number, "/%s", login != NULL ? "assignees" :
	    on ? "labels" : "labels/" VIEW_HUMAN);
	char *detail = xasprintf("%s %s%s", login != NULL ? "assignees" : "labels", on ? "+" : "-",
	    login != NULL ? login : VIEW_HUMAN);
	struct gh_answer answer = { 0 };
	struct val *body = NULL, *list;
	int r = 1;

	if (on || login != NULL) {
		list = val_list();
		val_push(list, val_str(login != NULL ? login : VIEW_HUMAN));
		body = val_map();
		val_add(body, login != NULL ? "assignees" : "labels", list);
	}
	if (sync_may_write(s, "patch", issue->task, issue->number, detail) &&
	    (r = sync_write(s, on ? "POST" : "DELETE", path, body, &answer, e)) == 0 &&
	    answer.end != GH_OK && (on || answer.end != GH_MISSING)) {
		sync_left(s, "patch", issue->task, issue->number, answer.end == GH_UNSURE ? ERR_BUSY :
		    ERR_FAILED, "%s", answer.why);
		r = sync_ends(&answer, e) ? -1 : 1;
	}
	gh_answer_release(&answer);
	val_free(body);
	free(detail);
	free(path);
	return r;
}

int
sync_owner_call(struct sync *s, struct sync_issue *issue, const char *login, struct err *e)
{
	const struct view *base = issue->base;
	bool theirs = base != NULL && issue->assigned == NULL && sync_set_has(&base->assignees, login);

	if (sync_owner_let_go(s, issue, e) == -1)
		return -1;
	/* Noted first: what may have been set can be taken back, and repeating that does no harm. */
	issue->flagged = true;
	if (!theirs) {
		free(issue->assigned);
		issue->assigned = xstrdup(login);
	}
	issue->dirty = true;
	if (sync_state_save_issues(&s->state, e) == -1 || set(s, issue, NULL, true, e) == -1)
		return -1;
	if (issue->base != NULL)
		issue->base->human = true;
	return set(s, issue, login, true, e) == -1 ? -1 : 0;
}

int
sync_owner_let_go(struct sync *s, struct sync_issue *issue, struct err *e)
{
	int r;

	if (issue->flagged && (r = set(s, issue, NULL, false, e)) != 1) {
		if (r == -1)
			return -1;
		issue->flagged = false;
		if (issue->base != NULL)
			issue->base->human = false;
		issue->dirty = true;
	}
	if (issue->assigned != NULL && (r = set(s, issue, issue->assigned, false, e)) != 1) {
		if (r == -1)
			return -1;
		free(issue->assigned);
		issue->assigned = NULL;
		issue->dirty = true;
	}
	return sync_state_save_issues(&s->state, e);
}
