#include "work/sync_relation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "work/sync_away.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_mark.h"
#include "work/sync_merge.h"

#define SUB_ISSUES "sub_issues"
#define DEPENDENCIES "dependencies"
#define JUST_NOW 2		/* seconds: a time that another change may have, too */

static bool
lacks(const struct sync *s, const char *what)
{
	return sync_state_lacks(&s->state, what, s->now);
}

/* ---- what they are ---- */

/* The id of the issue of a task, archived or not; 0: it has none, or nobody is to hear of it. */
static int64_t
issue_of(const struct sync *s, int64_t task)
{
	const struct sync_issue *issue = sync_state_by_task(&s->state, task);

	return issue != NULL && issue->gone == NULL && !issue->kept ? issue->id : 0;
}

void
sync_relation_links(const struct sync *s, const struct task *t, struct view_links *links,
    struct vec_id *blocked)
{
	int64_t parent = task_int(t, F_PARENT_ID, 0);
	struct vec_id ids = { 0 };

	*links = (struct view_links){ .blocked_by = blocked };
	if (parent != 0 && (links->parent = issue_of(s, parent)) == 0)
		links->unsaid |= SIDE_PARENT;
	task_ids(t, F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n; i++) {
		int64_t id = issue_of(s, ids.v[i]);

		if (id != 0)
			vec_id_push(blocked, id);
		else
			links->unsaid |= SIDE_BLOCKED;
	}
	vec_id_sort(blocked);
	vec_id_release(&ids);
	sync_link_wash(s, t, links);
	/* What the host does not have is neither there nor missing. */
	if (lacks(s, SUB_ISSUES))
		links->unsaid |= SIDE_PARENT;
	if (lacks(s, DEPENDENCIES))
		links->unsaid |= SIDE_BLOCKED;
}

/* The number that "#N" stands for in a text of `issue`; 0: it is in another repository. */
static int64_t
number_in(const struct sync *s, const struct sync_issue *issue, int64_t id)
{
	const struct sync_issue *other = sync_state_by_id(&s->state, id);

	if (other == NULL || other->away != (issue != NULL ? issue->away : 0))
		return 0;
	return other->away != 0 ? other->away_number : other->number;
}

void
sync_relation_block(const struct sync *s, const struct sync_issue *issue,
    const struct view_links *links, struct sync_links *out)
{
	*out = (struct sync_links){ 0 };
	if (lacks(s, SUB_ISSUES) && links->parent != 0)
		out->parent = number_in(s, issue, links->parent);
	for (size_t i = 0; lacks(s, DEPENDENCIES) && i < links->blocked_by->n; i++) {
		int64_t number = number_in(s, issue, links->blocked_by->v[i]);

		if (number != 0)
			vec_id_push(&out->blocked_by, number);
	}
	vec_id_sort(&out->blocked_by);
}

unsigned
sync_relation_lacking(const struct sync *s)
{
	return (lacks(s, SUB_ISSUES) ? (unsigned)SIDE_PARENT : 0) |
	    (lacks(s, DEPENDENCIES) ? (unsigned)SIDE_BLOCKED : 0);
}

char *
sync_relation_text(const struct sync_links *links)
{
	struct buf b = { 0 };

	if (links->parent != 0)
		buf_printf(&b, "%lld:", (long long)links->parent);
	for (size_t i = 0; i < links->blocked_by.n; i++)
		buf_printf(&b, " %lld", (long long)links->blocked_by.v[i]);
	return buf_detach(&b);
}

void
sync_relation_note(struct sync_issue *issue, const char *text)
{
	free(issue->block);
	issue->block = *text != '\0' ? xstrdup(text) : NULL;
}

void
sync_relation_seen(struct sync_issue *issue, const struct val *json)
{
	const char *body = val_text(val_get(json, "body"));
	struct sync_links links = { 0 };
	char *text;

	if (val_get(json, "body") == NULL)
		return;
	if (body != NULL)
		sync_mark_links(body, &links);
	text = sync_relation_text(&links);
	/* Beside a long text there is no room for all of it. */
	if (body == NULL || strlen(body) < VIEW_BODY_MAX || issue->block == NULL ||
	    !str_starts(issue->block, text))
		sync_relation_note(issue, text);
	free(text);
	sync_links_release(&links);
}

/* ---- reading ---- */

/* An answer to a question that a host may not know: 1 if it does not, or -1 to end. */
static int
judge(struct sync *s, const struct gh_answer *answer, const char *what, struct err *e)
{
	if (answer->end == GH_OK)
		return 0;
	if (answer->end == GH_MISSING || answer->end == GH_GONE) {
		sync_state_learn(&s->state, what, s->now);
		return 1;
	}
	return sync_ends(answer, e) ? -1 : 1;
}

static int
read_blockers(struct sync *s, struct sync_remote *r, struct err *e)
{
	char *path = sync_issue_path(s, r->number, "/dependencies/blocked_by?per_page=100");
	struct gh_answer answer = { 0 };
	struct err why = { 0 };
	int result = sync_get(s, path, GH_LIST, NULL, &answer, e);

	if (result == 0 && (result = judge(s, &answer, DEPENDENCIES, e)) == 0 &&
	    answer.next == NULL && view_blocked(&r->view, answer.body, &why) == -1)
		sync_left(s, "blocked_by", 0, r->number, ERR_FAILED, "%s", why.msg);
	gh_answer_release(&answer);
	free(path);
	return result == -1 ? -1 : 0;
}

/* ".../issues/17" -> 17 of our repository; 0 of another one. */
static int64_t
url_number(const struct sync *s, const char *url)
{
	char *tail = sync_path(s, "/issues/");
	const char *at = strstr(url, tail);
	int64_t number = 0;

	if (at != NULL)
		number = strtoll(at + strlen(tail), NULL, 10);
	free(tail);
	return number;
}

static int
read_parent(struct sync *s, struct sync_remote *r, struct err *e)
{
	const struct sync_issue *known = r->view.parent_url == NULL ? NULL :
	    sync_state_by_number(&s->state, url_number(s, r->view.parent_url));
	struct gh_answer answer = { 0 };
	char *path;
	int result;

	if (known != NULL && known->id != 0) {
		r->view.parent = known->id;
		r->view.unsaid &= ~(unsigned)SIDE_PARENT;
		return 0;
	}
	path = sync_issue_path(s, r->number, "/parent");
	if ((result = sync_get(s, path, GH_MAP, NULL, &answer, e)) == 0) {
		/* It had one, so that this is no word about the host. */
		if (answer.end == GH_MISSING && r->view.parent_url == NULL)
			view_parent(&r->view, NULL);
		else if ((result = judge(s, &answer, SUB_ISSUES, e)) == 0)
			view_parent(&r->view, answer.body);
	}
	gh_answer_release(&answer);
	free(path);
	return result == -1 ? -1 : 0;
}

/* An issue that lost its parent may say nothing of parents at all. */
static bool
may_be_orphan(const struct sync *s, const struct sync_remote *r, const struct sync_issue *issue)
{
	return r->view.parent_url == NULL && issue->base != NULL && issue->base->parent != 0 &&
	    (r->view.updated_at != issue->base->updated_at || r->view.updated_at + JUST_NOW >= s->now);
}

int
sync_relation_read(struct sync *s, struct sync_remote *r, const struct sync_issue *issue,
    struct err *e)
{
	size_t known = issue->base != NULL ? issue->base->blocked_by.n : 0;

	if ((r->view.unsaid & SIDE_PARENT) && !lacks(s, SUB_ISSUES) &&
	    (r->view.parent_url != NULL || may_be_orphan(s, r, issue)) &&
	    read_parent(s, r, e) == -1)
		return -1;
	if (r->view.blocked_count < 0 || lacks(s, DEPENDENCIES))
		return 0;
	/* None is what nobody need be asked for. */
	if ((size_t)r->view.blocked_count == known && (known == 0 || issue->base->blocked_known)) {
		for (size_t i = 0; i < known; i++)
			vec_id_push(&r->view.blocked_by, issue->base->blocked_by.v[i]);
		r->view.blocked_known = true;
		r->view.unsaid &= ~(unsigned)SIDE_BLOCKED;
		return 0;
	}
	return read_blockers(s, r, e);
}

/* ---- writing ---- */

static bool
is_so_already(const struct gh_answer *answer)
{
	return answer->end == GH_INVALID && (strcasestr(answer->why, "already") != NULL ||
	    strcasestr(answer->why, "duplicate") != NULL);
}

/*
 * 0: it is so now.  1: it is not, which was told.  -1: the run must end.  A DELETE
 * that finds nothing is as good.
 */
static int
ask(struct sync *s, const struct sync_issue *issue, const char *side, const char *method,
    char *path, const char *key, int64_t id, struct err *e)
{
	bool parent = strcmp(side, "parent") == 0, add = strcmp(method, "POST") == 0;
	struct gh_answer answer = { 0 };
	struct val *body = NULL;
	char *detail = xasprintf("%s the issue with the id %lld", add ? "add" : "remove",
	    (long long)id);
	int r = 1;

	if (key != NULL) {
		body = val_map();
		val_add(body, key, val_int(id));
		if (add && parent)
			val_add(body, "replace_parent", val_bool(true));
	}
	if (sync_may_write(s, side, issue->task, issue->number, detail)) {
		r = sync_write(s, method, path, body, &answer, e);
		if (r == 0 && (add ? is_so_already(&answer) : answer.end == GH_MISSING))
			answer.end = GH_OK;
		if (r == 0 && answer.end != GH_OK) {
			r = judge(s, &answer, parent ? SUB_ISSUES : DEPENDENCIES, e);
			if (r == 1 && !lacks(s, parent ? SUB_ISSUES : DEPENDENCIES))
				sync_left(s, side, issue->task, issue->number,
				    answer.end == GH_UNSURE ? ERR_BUSY : ERR_FAILED, "%s", answer.why);
		}
	}
	gh_answer_release(&answer);
	val_free(body);
	free(detail);
	free(path);
	return r;
}

static int
write_parent(struct sync *s, struct sync_issue *issue, const struct view *merged, struct err *e)
{
	int64_t id = merged->parent != 0 ? merged->parent : issue->base->parent;
	const struct sync_issue *other = sync_state_by_id(&s->state, id);

	if (other == NULL)
		return 1;		/* of another repository: a person's */
	return merged->parent != 0 ? ask(s, issue, "parent", "POST", sync_issue_path(s,
	    other->number, "/sub_issues"), "sub_issue_id", issue->id, e) :
	    ask(s, issue, "parent", "DELETE", sync_issue_path(s, other->number,
	    "/sub_issue"), "sub_issue_id", issue->id, e);
}

static int
write_blockers(struct sync *s, struct sync_issue *issue, const struct view *merged, struct err *e)
{
	const struct vec_id *now = &issue->base->blocked_by, *then = &merged->blocked_by;
	int r = 0, one;

	for (size_t i = 0; i < then->n && r != -1; i++) {
		if (vec_id_has(now, then->v[i]))
			continue;
		one = ask(s, issue, "blocked_by", "POST", sync_issue_path(s,
		    issue->number, "/dependencies/blocked_by"), "issue_id",
		    then->v[i], e);
		r = one != 0 ? one : r;
	}
	for (size_t i = 0; i < now->n && r != -1; i++) {
		if (vec_id_has(then, now->v[i]))
			continue;
		one = ask(s, issue, "blocked_by", "DELETE", sync_issue_path(s,
		    issue->number, "/dependencies/blocked_by/%lld", (long long)now->v[i]), NULL, now->v[i], e);
		r = one != 0 ? one : r;
	}
	return r;
}

int
sync_relation_write(struct sync *s, struct sync_issue *issue, const struct merge_out *out,
    struct err *e)
{
	static const struct {
		unsigned side;
		const char *what;
		int (*write)(struct sync *, struct sync_issue *, const struct view *, struct err *);
	} sides[] = {
		{ SIDE_PARENT, SUB_ISSUES, write_parent },
		{ SIDE_BLOCKED, DEPENDENCIES, write_blockers },
	};

	for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
		int r;

		if (!(out->issue & sides[i].side) || lacks(s, sides[i].what))
			continue;
		if ((r = sides[i].write(s, issue, &out->merged, e)) == -1)
			return -1;
		/* Repeating it does no harm, so that it is enough to note what is there. */
		if (r == 0) {
			merge_sending(issue->base, &out->merged, sides[i].side);
			merge_sent(issue->base, 0);
			issue->dirty = true;
		}
	}
	return sync_state_save_issues(&s->state, e);
}
