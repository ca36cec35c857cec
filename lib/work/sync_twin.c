#include "work/sync_twin.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "work/sync_away.h"
#include "work/sync_comment.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_mark.h"
#include "work/sync_trust.h"

/* ---- which one counts ---- */

/* The issue that is given up for that one; NULL: none. */
static struct sync_issue *
younger(const struct sync *s, const struct sync_remote *r)
{
	const char *body = val_text(val_get(r->json, "body"));
	char uid[SYNC_UID_LEN + 1];
	struct sync_issue *own;

	if (!r->ours || body == NULL || !sync_mark_uid(body, uid) ||
	    sync_state_by_number(&s->state, r->number) != NULL)
		return NULL;
	own = sync_state_by_uid(&s->state, uid);
	return own != NULL && own->marked && own->task != 0 && own->gone == NULL && own->away == 0 &&
	    own->number > r->number ? own : NULL;
}

int
sync_twin(struct sync *s, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct sync_issue *own = younger(s, s->remote[i]);
		struct val *gh;
		char *note;
		int r;

		if (own == NULL)
			continue;
		gh = sync_link_map(s, s->remote[i]->json);
		note = xasprintf("its issue was made twice: %lld counts, %lld is closed",
		    (long long)s->remote[i]->number, (long long)own->number);
		r = sync_away_repin(s, &own, gh, s->remote[i]->number, note, e);
		val_free(gh);
		free(note);
		if (r == -1)
			return -1;
	}
	return 0;
}

/* ---- the other one ---- */

/* It is still there, open, and the one that it was. */
static bool
is_open(const struct sync_issue *twin, const struct gh_answer *answer)
{
	const char *state = val_text(val_get(answer->body, "state"));

	return answer->moved == NULL && val_number(val_get(answer->body, "id"), 0) == twin->id &&
	    state != NULL && strcmp(state, "open") == 0;
}

/* The uid of the task that an issue of ours is of. */
static bool
uid_of(struct sync *s, const struct gh_answer *answer, char uid[SYNC_UID_LEN + 1])
{
	const char *body = answer->end == GH_OK ? val_text(val_get(answer->body, "body")) : NULL;

	return body != NULL && sync_is_ours(s, answer->body) && sync_mark_uid(body, uid);
}

/*
 * Are both of one task?  The numbers of a task file may be a person's slip, and what is closed
 * by one of those is gone from everybody's sight.
 */
static int
is_twin(struct sync *s, const struct gh_answer *twin, int64_t number, bool *yes, struct err *e)
{
	char uid[SYNC_UID_LEN + 1], other[SYNC_UID_LEN + 1];
	struct gh_answer answer = { 0 };
	const struct sync_issue *kept;
	char *path;
	int r;

	*yes = false;
	if (!uid_of(s, twin, uid) || (kept = sync_state_by_uid(&s->state, uid)) == NULL ||
	    kept->number >= number)
		return 0;
	path = sync_issue_path(s, kept->number, "%s", "");
	if ((r = sync_get(s, path, GH_MAP, NULL, &answer, e)) == 0)
		*yes = uid_of(s, &answer, other) && strcmp(uid, other) == 0;
	gh_answer_release(&answer);
	free(path);
	return r;
}

static int
close_one(struct sync *s, struct sync_issue *twin, struct err *e)
{
	char *path = sync_issue_path(s, twin->number, "%s", "");
	struct gh_answer answer = { 0 };
	struct val *body = val_map();
	int r = sync_get(s, path, GH_MAP, NULL, &answer, e);
	bool over = r == 0 && (answer.end == GH_GONE || answer.end == GH_MISSING ||
	    (answer.end == GH_OK && !is_open(twin, &answer)));
	bool same = false;

	if (r == 0 && answer.end == GH_OK && !over && (r = is_twin(s, &answer, twin->number, &same, e)) == 0 &&
	    !same) {
		over = true;
		sync_left(s, "link", 0, twin->number, ERR_NONE,
		    "no task names it any more, and it stays as it is (orch-sync-gh link)");
	}
	val_add(body, "state", val_str("closed"));
	val_add(body, "state_reason", val_str("not_planned"));
	if (r == 0 && answer.end == GH_OK && !over && sync_may_write(s, "patch", 0, twin->number,
	    "closed: it was made twice") &&
	    (r = sync_write(s, "PATCH", path, body, &answer, e)) == 0)
		over = answer.end == GH_OK;
	if (r == 0 && answer.end != GH_OK && !over) {
		sync_left(s, "patch", 0, twin->number, ERR_BUSY, "%s", answer.why);
		r = sync_ends(&answer, e) ? -1 : 0;
	}
	if (over) {
		free(twin->gone);
		twin->gone = xstrdup("unlinked");
		twin->dirty = true;
	}
	gh_answer_release(&answer);
	val_free(body);
	free(path);
	return r;
}

int
sync_twin_close(struct sync *s, struct err *e)
{
	for (size_t i = 0; i < s->state.n; i++)
		if (s->state.v[i]->gone != NULL && strcmp(s->state.v[i]->gone, "twin") == 0 &&
		    close_one(s, s->state.v[i], e) == -1)
			return -1;
	return sync_state_save_issues(&s->state, e);
}

/* ---- comments ---- */

struct sync_said {
	int64_t number, id;
	char *key, *body;
};

static struct sync_said *
said_before(const struct sync_twins *t, int64_t number, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].number == number && strcmp(t->v[i].key, key) == 0)
			return &t->v[i];
	return NULL;
}

static void
too_many(struct sync_twins *t, int64_t number, int64_t id)
{
	if (vec_id_has(&t->ids, id))
		return;
	vec_id_push(&t->ids, id);
	vec_id_push(&t->numbers, number);
}

/* Of the state there is one, which is edited. */
static void
see_status(struct sync_twins *t, struct sync_issue *issue, int64_t id)
{
	int64_t own = issue->status_comment;

	if (own == 0 || own == id)
		return;
	too_many(t, issue->number, own < id ? id : own);
	if (own < id)
		return;
	issue->status_comment = id;
	free(issue->status_text);
	issue->status_text = NULL;
	issue->dirty = true;
}

void
sync_twins_see(struct sync_twins *t, struct sync_issue *issue, const struct sync_key *key, int64_t id,
    const char *body)
{
	char *name;
	struct sync_said *first;

	if (strcmp(key->kind, "status") == 0) {
		see_status(t, issue, id);
		return;
	}
	name = sync_comment_key(key);
	if ((first = said_before(t, issue->number, name)) == NULL) {
		t->v = vec_room(t->v, &t->cap, t->n, sizeof *t->v);
		t->v[t->n++] = (struct sync_said){ issue->number, id, name, xstrdup(body) };
		return;
	}
	if (first->id != id && strcmp(first->body, body) == 0) {
		too_many(t, issue->number, first->id < id ? id : first->id);
		first->id = first->id < id ? first->id : id;
	}
	free(name);
}

int
sync_twins_remove(struct sync *s, struct sync_twins *t, bool *left, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < t->ids.n && r == 0; i++) {
		struct sync_issue *issue = sync_state_by_number(&s->state, t->numbers.v[i]);
		char *path = sync_comment_path(s, issue, t->ids.v[i]);
		struct gh_answer answer = { 0 };

		if (!sync_may_write(s, "comment", issue->task, issue->number, "removed: it was there twice")) {
			*left = true;
		} else if ((r = sync_write(s, "DELETE", path, NULL, &answer, e)) == 0 &&
		    answer.end != GH_OK && answer.end != GH_MISSING) {
			*left = true;
			sync_left(s, "comment", issue->task, issue->number, ERR_BUSY, "%s", answer.why);
			r = sync_ends(&answer, e) ? -1 : 0;
		}
		gh_answer_release(&answer);
		free(path);
	}
	return r;
}

void
sync_twins_release(struct sync_twins *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].key);
		free(t->v[i].body);
	}
	free(t->v);
	vec_id_release(&t->ids);
	vec_id_release(&t->numbers);
	*t = (struct sync_twins){ 0 };
}
