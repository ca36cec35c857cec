#include "work/sync_trust.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_away.h"
#include "work/sync_impl.h"
#include "work/sync_mark.h"

#define DAY (INT64_C(24) * 3600)
#define PEOPLE_MAX 1000			/* remembered; more are asked for again */

static const char *
author(const struct val *json)
{
	return val_text(val_path(json, "user.login"));
}

bool
sync_is_ours(const struct sync *s, const struct val *json)
{
	const char *login = author(json);

	return login != NULL && s->state.login != NULL && strcasecmp(login, s->state.login) == 0;
}

bool
sync_may_be_ours(const struct sync *s, const struct val *json)
{
	const char *type = val_text(val_path(json, "user.type"));

	return s->state.login != NULL ? sync_is_ours(s, json) :
	    type != NULL && strcmp(type, "Bot") == 0;
}

/* Does gh.trusted name it, or is it one of those that stand for it? */
static bool
names(const struct sync *s, const char *association)
{
	static const char *const otherwise[] = { "OWNER", "MEMBER", "COLLABORATOR" };
	const struct val *list = config_val(&s->p->config, "gh.trusted");

	if (association == NULL)
		return false;
	if (list == NULL) {
		for (size_t i = 0; i < sizeof otherwise / sizeof *otherwise; i++)
			if (strcmp(association, otherwise[i]) == 0)
				return true;
		return false;
	}
	for (size_t i = 0; i < list->n; i++) {
		const char *word = val_text(list->v[i]);

		if (word != NULL && strcasecmp(word, association) == 0)
			return true;
	}
	return false;
}

/* "permission" knows admin, write, read and none; triage and maintain are in "role_name". */
static bool
may_triage(const struct val *body)
{
	static const char *const enough[] = { "admin", "maintain", "write", "triage" };
	const char *permission = val_text(val_get(body, "permission"));
	const char *role = val_text(val_get(body, "role_name"));

	for (size_t i = 0; i < sizeof enough / sizeof *enough; i++)
		if ((permission != NULL && strcmp(permission, enough[i]) == 0) ||
		    (role != NULL && strcmp(role, enough[i]) == 0))
			return true;
	return false;
}

static int
ask(struct sync *s, const char *login, struct err *e)
{
	struct gh_answer answer = { 0 };
	struct buf path = { 0 };
	struct val *known;
	bool yes;
	int r;

	buf_printf(&path, "/repos/%s/collaborators/", s->pin.repo);
	gh_path_part(&path, login);
	buf_puts(&path, "/permission");
	if ((r = sync_get(s, buf_str(&path), GH_MAP, NULL, &answer, e)) == 0 &&
	    sync_ends(&answer, e))
		r = -1;
	if (r == 0) {
		yes = answer.end == GH_OK && may_triage(answer.body);
		if (s->state.people->n >= PEOPLE_MAX) {
			val_free(s->state.people);
			s->state.people = val_map();
		}
		known = val_map();
		val_add(known, "trusted", val_bool(yes));
		val_add(known, "until", val_int(s->now + DAY));
		val_put(s->state.people, login, known);
		r = yes;
	}
	gh_answer_release(&answer);
	buf_release(&path);
	return r;
}

int
sync_trust(struct sync *s, const struct val *json, struct err *e)
{
	const char *login = author(json);
	const struct val *known;
	int64_t until;

	if (login == NULL)
		return 0;
	if (names(s, val_text(val_get(json, "author_association"))) || sync_is_ours(s, json))
		return 1;
	if (!names(s, "COLLABORATOR"))
		return 0;
	known = val_get(s->state.people, login);
	until = val_number(val_get(known, "until"), 0);
	if (until > s->now && until <= s->now + DAY)
		return val_truth(val_get(known, "trusted"), false);
	return ask(s, login, e);
}

const char *
sync_trust_own(const struct sync *s, const struct val *comment)
{
	const char *created = val_text(val_get(comment, "created_at"));
	const char *updated = val_text(val_get(comment, "updated_at"));
	const char *body = val_text(val_get(comment, "body"));

	if (!config_bool(&s->p->config, "gh.own_commands"))
		return "it is by the login of the token (gh.own_commands)";
	if (body == NULL || sync_mark_ours(body))
		return "it has a mark of ours";
	if (created == NULL || updated == NULL || strcmp(created, updated) != 0)
		return "it was edited, and is by the login of the token";
	return NULL;
}

int
sync_trust_issue(struct sync *s, struct sync_issue *issue, const struct sync_remote *r, struct err *e)
{
	const char *body = val_text(val_get(r->json, "body"));
	const struct view *base = issue->base, *v = &r->view;
	char uid[SYNC_UID_LEN + 1];
	int trusted = 1;

	if (!issue->marked && issue->uid != NULL && body != NULL && sync_mark_uid(body, uid) &&
	    strcmp(uid, issue->uid) == 0) {
		if (sync_know_login(s, e) == -1)
			return -1;
		issue->marked = sync_may_be_ours(s, r->json);
	}
	if (base != NULL && strcmp(base->title, v->title) == 0 &&
	    ((v->unsaid & SIDE_BODY) || strcmp(base->body, v->body) == 0))
		return 0;
	/* An answer that does not say whose it is proves nothing. */
	if (author(r->json) == NULL && base != NULL)
		return 0;
	if (!issue->marked && (trusted = sync_trust(s, r->json, e)) == -1)
		return -1;
	issue->gated = trusted == 0;
	issue->dirty = true;
	return 0;
}

static bool
was_moved(const struct view *base, const struct view *now)
{
	if (base == NULL || base->open != now->open)
		return true;
	return !now->open && strcmp(base->state_reason != NULL ? base->state_reason : "",
	    now->state_reason != NULL ? now->state_reason : "") != 0;
}

/* 1 yes, 0 no or nobody knows, -1 the run must end. */
static int
closed_by_trusted(struct sync *s, int64_t number, struct err *e)
{
	char *path = sync_issue_path(s, number, "%s", "");
	struct gh_answer answer = { 0 };
	int r = sync_get(s, path, GH_MAP, NULL, &answer, e);
	struct val *who = val_map();

	if (r == 0 && sync_ends(&answer, e))
		r = -1;
	if (r == 0 && answer.end == GH_OK && val_get(answer.body, "closed_by") != NULL) {
		val_add(who, "user", val_copy(val_get(answer.body, "closed_by")));
		r = sync_trust(s, who, e);
	}
	val_free(who);
	gh_answer_release(&answer);
	free(path);
	return r;
}

int
sync_trust_state(struct sync *s, const struct sync_issue *issue, const struct sync_remote *r,
    bool *doubted, struct err *e)
{
	const struct view *v = &r->view;
	int trusted;

	*doubted = false;
	if (issue->marked || !was_moved(issue->base, v))
		return 0;
	trusted = author(r->json) == NULL ? !issue->gated : sync_trust(s, r->json, e);
	if (trusted == 0 && !v->open && v->state_reason != NULL &&
	    (strcmp(v->state_reason, "not_planned") == 0 || strcmp(v->state_reason, "duplicate") == 0))
		trusted = 1;		/* that starts nothing, whoever did it */
	else if (trusted == 0 && !v->open)
		trusted = closed_by_trusted(s, r->number, e);
	*doubted = trusted == 0;
	return trusted == -1 ? -1 : 0;
}

char *
sync_trust_approval(const struct view *v)
{
	return xasprintf("%s\n\n%s", v->title, v->body);
}

bool
sync_trust_text(const struct sync_issue *issue, const struct view *v)
{
	char *text;
	bool yes;

	if (!issue->gated || issue->approved == NULL || v == NULL)
		return !issue->gated;
	text = sync_trust_approval(v);
	yes = strcmp(text, issue->approved) == 0;
	free(text);
	return yes;
}

int
sync_know_login(struct sync *s, struct err *e)
{
	struct gh_answer answer = { 0 };
	const char *login;
	int r;

	if (s->state.login != NULL)
		return 0;
	if ((r = sync_get(s, "/user", GH_MAP, NULL, &answer, e)) == 0 && sync_ends(&answer, e))
		r = -1;
	/* An app's token is nobody's: its login is learnt from what it writes. */
	if (r == 0 && answer.end == GH_OK &&
	    (login = val_text(val_get(answer.body, "login"))) != NULL)
		s->state.login = xstrdup(login);
	gh_answer_release(&answer);
	return r;
}
