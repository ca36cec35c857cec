#include "work/sync_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/member.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/jsonfile.h"
#include "work/sync_name.h"
#include "work/sync_view.h"

#define FOLDER "state/gh"
#define PIN "pin.json"
#define DAY (INT64_C(24) * 3600)

static const struct member pin_members[] = {
	MEMBER(sync_pin, host, TEXT), MEMBER(sync_pin, repo, TEXT), MEMBER(sync_pin, named, TEXT),
	MEMBER(sync_pin, id, NUMBER), { 0 },
};

static const struct member state_members[] = {
	MEMBER(sync_state, since, NUMBER), MEMBER(sync_state, etag, TEXT), MEMBER(sync_state, etag_url, TEXT),
	MEMBER(sync_state, token, TEXT), MEMBER(sync_state, login, TEXT),
	MEMBER(sync_state, full_at, NUMBER), MEMBER(sync_state, skew, NUMBER),
	MEMBER(sync_state, checked_at, NUMBER), MEMBER(sync_state, comments_since, NUMBER),
	MEMBER(sync_state, orders, TRUTH),
	MEMBER(sync_state, outbox, VALUE), MEMBER(sync_state, missing, VALUE),
	MEMBER(sync_state, people, VALUE), MEMBER(sync_state, board, VALUE),
	MEMBER(sync_state, report, VALUE), MEMBER(sync_state, conflicts, VALUE), { 0 },
};

static const struct member issue_members[] = {
	MEMBER(sync_issue, number, NUMBER), MEMBER(sync_issue, id, NUMBER), MEMBER(sync_issue, node_id, TEXT),
	MEMBER(sync_issue, away, NUMBER), MEMBER(sync_issue, away_number, NUMBER),
	MEMBER(sync_issue, arrived, TRUTH), MEMBER(sync_issue, etag, TEXT),
	MEMBER(sync_issue, url, TEXT), MEMBER(sync_issue, task, NUMBER), MEMBER(sync_issue, uid, TEXT),
	MEMBER(sync_issue, pending, TRUTH), MEMBER(sync_issue, marked, TRUTH), MEMBER(sync_issue, closed_by_us, TRUTH),
	MEMBER(sync_issue, gated, TRUTH), MEMBER(sync_issue, refused, TEXT), MEMBER(sync_issue, gone, TEXT),
	MEMBER(sync_issue, approved, TEXT),
	MEMBER(sync_issue, status_comment, NUMBER), MEMBER(sync_issue, status_text, TEXT),
	MEMBER(sync_issue, commented, NUMBER), MEMBER(sync_issue, cursor, NUMBER),
	MEMBER(sync_issue, comments, NUMBER),
	MEMBER(sync_issue, made, NUMBER), MEMBER(sync_issue, hour, NUMBER), MEMBER(sync_issue, in_hour, NUMBER),
	MEMBER(sync_issue, mute, NUMBER), MEMBER(sync_issue, tells, NUMBER),
	MEMBER(sync_issue, clipped, TRUTH), MEMBER(sync_issue, flagged, TRUTH), MEMBER(sync_issue, assigned, TEXT),
	MEMBER(sync_issue, comments_known, TRUTH), MEMBER(sync_issue, block, TEXT),
	MEMBER(sync_issue, told, TEXT), MEMBER(sync_issue, item, TEXT), MEMBER(sync_issue, column, TEXT), { 0 },
};

static struct val *
to_map(const struct member *m, const void *object)
{
	struct val *map = val_map();

	val_add(map, "schema", val_int(1));
	members_write(m, object, map);
	return map;
}

/* A map of this version in a file.  1: there is none. */
static int
read_map(int dir, const char *name, struct val **map, struct err *e)
{
	struct buf text = { 0 };
	int r = fs_read(dir, name, JSON_TEXT_MAX, &text, e);

	*map = NULL;
	if (r == 0 && (*map = json_parse(buf_str(&text), text.len, e)) == NULL)
		r = -1;
	if (r == 0 && ((*map)->kind != VAL_MAP || val_number(val_get(*map, "schema"), 0) != 1)) {
		val_free(*map);
		*map = NULL;
		r = err_set(e, ERR_INVALID, "is not of a form that this version knows");
	}
	buf_release(&text);
	return r == -1 ? err_prefix(e, "%s", name) : r;
}

/* ---- the repository ---- */

int
sync_pin_read(const struct project *p, struct sync_pin *pin, struct err *e)
{
	struct val *map;
	int r;

	*pin = (struct sync_pin){ 0 };
	if (p->orch_fd == -1 || (r = read_map(p->orch_fd, FOLDER "/" PIN, &map, e)) == 1)
		return 0;
	if (r == 0) {
		members_read(pin_members, map, pin);
		/* They become part of paths, here and there. */
		if (pin->host == NULL || pin->repo == NULL || pin->id <= 0 ||
		    !sync_name_host(pin->host) || !sync_name_repo(pin->repo)) {
			r = err_set(e, ERR_INVALID, "%s: does not say which repository", PIN);
			sync_pin_release(pin);
		}
	}
	val_free(map);
	return r;
}

int
sync_pin_write(struct project *p, const struct sync_pin *pin, struct err *e)
{
	int dir, r;

	if (project_prepare(p, e) == -1 || (dir = project_dir(p, FOLDER, e)) == -1)
		return -1;
	r = jsonfile_write(dir, PIN, to_map(pin_members, pin), e);
	close(dir);
	return r;
}

void
sync_pin_release(struct sync_pin *pin)
{
	members_release(pin_members, pin);
	*pin = (struct sync_pin){ 0 };
}

/* ---- issues ---- */

static void
issue_free(struct sync_issue *issue)
{
	members_release(issue_members, issue);
	if (issue->base != NULL) {
		view_release(issue->base);
		free(issue->base);
	}
	free(issue);
}

static struct sync_issue *
issue_read(const struct val *map)
{
	struct sync_issue *issue = xcalloc(1, sizeof *issue);
	const struct val *base = val_get(map, "base");
	struct err lost = { 0 };

	members_read(issue_members, map, issue);
	if (base != NULL) {
		issue->base = xcalloc(1, sizeof *issue->base);
		if (view_read(issue->base, base, &lost) == -1) {
			free(issue->base);
			issue->base = NULL;
		}
	}
	return issue;
}

/* Where the number stands, or would stand. */
static size_t
place(const struct sync_state *s, int64_t number)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->v[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
insert(struct sync_state *s, struct sync_issue *issue)
{
	size_t at = place(s, issue->number);

	s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
	memmove(s->v + at + 1, s->v + at, (s->n - at) * sizeof *s->v);
	s->v[at] = issue;
	s->n++;
}

/* "17.json" -> 17; 0 for any other name. */
static int64_t
name_number(const char *name)
{
	char digits[24];
	size_t len = strlen(name);
	int64_t number;

	if (!str_ends(name, ".json") || len - 5 >= sizeof digits)
		return 0;
	memcpy(digits, name, len - 5);
	digits[len - 5] = '\0';
	return num_id(digits, &number) == 0 ? number : 0;
}

static int
read_issues(struct sync_state *s, const struct project *p, struct err *e)
{
	struct dirent *entry;
	int fd = dup(s->issues_dir);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL) {
		if (fd != -1)
			close(fd);
		return err_sys(e, "cannot read '%s/%s'", FOLDER, s->name);
	}
	rewinddir(d);
	while ((entry = readdir(d)) != NULL) {
		int64_t number = name_number(entry->d_name);
		struct sync_issue *issue;
		struct err why = { 0 };
		struct val *map;

		if (number == 0)
			continue;
		if (read_map(s->issues_dir, entry->d_name, &map, &why) == -1) {
			project_note(p, "what was known of issue %lld is lost: %s",
			    (long long)number, why.msg);
			continue;
		}
		issue = issue_read(map);
		val_free(map);
		issue->number = number;
		insert(s, issue);
	}
	closedir(d);
	/* By number they mostly are in the order of these as well. */
	for (size_t i = 0; i < s->n; i++) {
		sync_index_move(&s->by_task, s->v[i], 0, s->v[i]->task);
		sync_index_move(&s->by_id, s->v[i], 0, s->v[i]->id);
	}
	return 0;
}

/* ---- all of it ---- */

static int
read_all(struct sync_state *s, const struct project *p, struct err *e)
{
	struct val *map = NULL;
	int r = read_map(s->dir, s->name, &map, e);

	if (r == 0)
		members_read(state_members, map, s);
	val_free(map);
	if (r == -1)
		return err_prefix(e, ".orch/" FOLDER);
	return s->issues_dir == -1 ? 0 : read_issues(s, p, e);
}

static void
state_init(struct sync_state *s, const struct sync_pin *pin, char **folder)
{
	*s = (struct sync_state){ .dir = -1, .issues_dir = -1, .lock.fd = -1, .repo_id = pin->id };
	s->name = xasprintf("%lld.json", (long long)pin->id);
	*folder = xasprintf("%s/%s", FOLDER, pin->host);
}

/* What is of another kind counts as absent. */
static void
be(struct val **v, enum val_kind kind)
{
	if (*v != NULL && (*v)->kind == kind)
		return;
	val_free(*v);
	*v = kind == VAL_LIST ? val_list() : val_map();
}

static void
fill(struct sync_state *s)
{
	be(&s->outbox, VAL_LIST);
	be(&s->missing, VAL_MAP);
	be(&s->people, VAL_MAP);
}

int
sync_state_open(struct sync_state *s, struct project *p, const struct sync_pin *pin, struct err *e)
{
	char *folder, *lock = xasprintf("%lld.lock", (long long)pin->id), *name;
	int r;

	state_init(s, pin, &folder);
	name = xasprintf("%s/%lld", folder, (long long)pin->id);
	/* What is sent is logged, whether or not the task file is changed first. */
	if (project_prepare(p, e) == -1 || (s->dir = project_dir(p, folder, e)) == -1 ||
	    (s->issues_dir = project_dir(p, name, e)) == -1)
		r = -1;
	else if ((r = lock_try(&s->lock, s->dir, lock, e)) == 1)
		r = lock_busy(s->dir, lock, e);
	else if (r == 0)
		r = read_all(s, p, e);
	fill(s);
	free(name);
	free(lock);
	free(folder);
	if (r == -1)
		sync_state_close(s);
	return r;
}

int
sync_state_look(struct sync_state *s, struct project *p, const struct sync_pin *pin, struct err *e)
{
	char *folder, *name = NULL;
	int r = 0;

	state_init(s, pin, &folder);
	if (p->orch_fd != -1 && (s->dir = fs_open_dir(p->orch_fd, folder)) != -1) {
		name = xasprintf("%lld", (long long)pin->id);
		s->issues_dir = fs_open_dir(s->dir, name);
		r = read_all(s, p, e);
	}
	fill(s);
	free(name);
	free(folder);
	if (r == -1)
		sync_state_close(s);
	return r;
}

void
sync_state_close(struct sync_state *s)
{
	for (size_t i = 0; i < s->n; i++)
		issue_free(s->v[i]);
	free(s->v);
	sync_index_release(&s->by_task);
	sync_index_release(&s->by_id);
	members_release(state_members, s);
	free(s->name);
	lock_release(&s->lock);
	if (s->issues_dir != -1)
		close(s->issues_dir);
	if (s->dir != -1)
		close(s->dir);
	*s = (struct sync_state){ .dir = -1, .issues_dir = -1, .lock.fd = -1 };
}

int
sync_state_save(struct sync_state *s, struct err *e)
{
	if (s->lock.fd == -1)
		return 0;
	return jsonfile_write(s->dir, s->name, to_map(state_members, s), e);
}

static int
issue_put(struct sync_state *s, const struct sync_issue *issue, struct err *e)
{
	struct val *map = to_map(issue_members, issue);
	char *name = xasprintf("%lld.json", (long long)issue->number);
	struct buf text = { 0 };
	int r;

	if (issue->base != NULL)
		val_add(map, "base", view_json(issue->base));
	json_print(&text, map);
	buf_putc(&text, '\n');
	r = fs_put(s->issues_dir, name, text.data, text.len, 0600, e);
	buf_release(&text);
	free(name);
	val_free(map);
	return r;
}

int
sync_state_save_issues(struct sync_state *s, struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < s->n && s->lock.fd != -1; i++) {
		if (!s->v[i]->dirty)
			continue;
		if (issue_put(s, s->v[i], e) == -1)
			return -1;
		any = true;
	}
	if (any && fs_sync_names(s->issues_dir, e) == -1)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		s->v[i]->dirty = false;
	return 0;
}

struct sync_issue *
sync_state_by_number(const struct sync_state *s, int64_t number)
{
	size_t at = place(s, number);

	return at < s->n && s->v[at]->number == number ? s->v[at] : NULL;
}

struct sync_issue *
sync_state_by_id(const struct sync_state *s, int64_t id)
{
	return sync_index_find(&s->by_id, id);
}

struct sync_issue *
sync_state_by_task(const struct sync_state *s, int64_t task)
{
	return sync_index_find(&s->by_task, task);
}

struct sync_issue *
sync_state_by_uid(const struct sync_state *s, const char *uid)
{
	for (size_t i = 0; i < s->n && uid != NULL; i++)
		if (s->v[i]->uid != NULL && strcmp(s->v[i]->uid, uid) == 0)
			return s->v[i];
	return NULL;
}

struct sync_issue *
sync_state_issue(struct sync_state *s, int64_t number)
{
	struct sync_issue *issue = sync_state_by_number(s, number);

	if (issue == NULL) {
		issue = xcalloc(1, sizeof *issue);
		issue->number = number;
		insert(s, issue);
	}
	issue->dirty = true;
	return issue;
}

void
sync_state_bind(struct sync_state *s, struct sync_issue *issue, int64_t task)
{
	sync_index_move(&s->by_task, issue, issue->task, task);
	issue->task = task;
	issue->dirty = true;
}

void
sync_state_identify(struct sync_state *s, struct sync_issue *issue, int64_t id)
{
	sync_index_move(&s->by_id, issue, issue->id, id);
	issue->id = id;
	issue->dirty = true;
}

/* A file that comes back is forgotten again. */
void
sync_state_forget(struct sync_state *s, struct sync_issue *issue)
{
	size_t at = place(s, issue->number);
	char *name = xasprintf("%lld.json", (long long)issue->number);

	if (s->lock.fd != -1)
		unlinkat(s->issues_dir, name, 0);
	free(name);
	sync_index_move(&s->by_task, issue, issue->task, 0);
	sync_index_move(&s->by_id, issue, issue->id, 0);
	issue_free(issue);
	s->n--;
	memmove(s->v + at, s->v + at + 1, (s->n - at) * sizeof *s->v);
}

bool
sync_state_lacks(const struct sync_state *s, const char *what, int64_t now)
{
	int64_t until = val_number(val_get(s->missing, what), 0);

	return until > now && until <= now + DAY;
}

void
sync_state_learn(struct sync_state *s, const char *what, int64_t now)
{
	val_put(s->missing, what, val_int(now + DAY));
}

bool
sync_issue_full(const struct sync_issue *issue)
{
	return issue->made >= SYNC_COMMENTS_MAX;
}
