/*
 * sync_merge - a table of three sides, and what holds for any: asked again it asks for
 * nothing, no change of a person goes, and machines that share an issue come to rest
 */
#include "work/sync_merge.h"

#include <stdlib.h>

#include "../lib/cases.h"
#include "../lib/dice.h"
#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "work/sync_set.h"

#define TABLE "tests/data/github/merge.table"
#define ROUNDS (getenv("LONG") != NULL ? 20000 : 2000)

static const char *const side_names[] = {
	"title", "body", "labels", "managed", "state", "assignees", "parent", "blocked",
};
static const char *const managed_names[] = { "status", "agent", "priority", "complexity" };
static const char *const managed_keys[] = { "S", "A", "P", "C" };

/* ---- sides ---- */

static void
set_text(char **to, const char *s)
{
	free(*to);
	*to = xstrdup(s);
}

static void
set_list(struct vec_str *to, const char *list)
{
	char *copy = xstrdup(list), *rest = copy, *item;

	vec_str_release(to);
	while ((item = strsep(&rest, ",")) != NULL)
		if (*item != '\0')
			sync_set_add(to, item);
	free(copy);
}

static void
set_ids(struct vec_id *to, const char *list)
{
	struct vec_str items = { 0 };

	set_list(&items, list);
	for (size_t i = 0; i < items.n; i++)
		sync_ids_add(to, strtoll(items.v[i], NULL, 10));
	vec_str_release(&items);
}

static void
set_word(struct view *v, const char *key, const char *value)
{
	for (int m = 0; m < VIEW_MANAGED_N; m++)
		if (strcmp(key, managed_keys[m]) == 0)
			set_list(&v->managed[m], value);
	if (strcmp(key, "T") == 0)
		set_text(&v->title, value);
	else if (strcmp(key, "B") == 0)
		set_text(&v->body, value);
	else if (strcmp(key, "L") == 0)
		set_list(&v->labels, value);
	else if (strcmp(key, "parent") == 0)
		v->parent = strtoll(value, NULL, 10);
	else if (strcmp(key, "blocked") == 0)
		set_ids(&v->blocked_by, value);
	else if (strcmp(key, "at") == 0)
		v->updated_at = strtoll(value, NULL, 10);
	else if (strcmp(key, "closed") == 0) {
		v->open = false;
		free(v->state_reason);
		v->state_reason = *value != '\0' ? xstrdup(value) : NULL;
	}
}

static bool
is_end(enum status s)
{
	return s == ST_DONE || s == ST_CANCELLED || s == ST_SKIPPED;
}

/* As view_of_task() would: a status is open or closed, and a label. */
static void
set_status(struct view *v, enum status s)
{
	set_list(&v->managed[VIEW_STATUS], state_name(s));
	v->open = !is_end(s);
	free(v->state_reason);
	v->state_reason = v->open ? NULL : xstrdup(s == ST_DONE ? "completed" : "not_planned");
}

static void
make(struct view *v, const char *words)
{
	char *copy = xstrdup(words), *rest = copy, *word, *equals;

	*v = (struct view){ .open = true, .blocked_known = true, .blocked_count = -1 };
	v->title = xstrdup("t");
	v->body = xstrdup("b");
	set_list(&v->managed[VIEW_STATUS], "new");
	while ((word = strsep(&rest, " ")) != NULL)
		if ((equals = strchr(word, '=')) != NULL) {
			*equals = '\0';
			set_word(v, word, equals + 1);
		}
	free(copy);
}

static enum status
status_of(const struct view *v)
{
	return (enum status)state_find(v->managed[VIEW_STATUS].v[0]);
}

/* ---- the table ---- */

static void
bits_text(struct buf *b, unsigned bits, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bits & 1u << i)
			buf_printf(b, "%s%s", b->len > 0 ? "+" : "", names[i]);
}

static void
list_text(struct buf *b, const struct vec_str *list)
{
	for (size_t i = 0; i < list->n; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "", list->v[i]);
}

/* What a view holds under a key of the table. */
static void
view_text_of(struct buf *b, const struct view *v, const char *key)
{
	for (int m = 0; m < VIEW_MANAGED_N; m++)
		if (strcmp(key, managed_keys[m]) == 0)
			list_text(b, &v->managed[m]);
	if (strcmp(key, "T") == 0)
		buf_puts(b, v->title);
	else if (strcmp(key, "B") == 0)
		buf_puts(b, v->body);
	else if (strcmp(key, "L") == 0)
		list_text(b, &v->labels);
	else if (strcmp(key, "closed") == 0)
		buf_puts(b, v->open ? "open" : v->state_reason ? v->state_reason : "");
	else if (strcmp(key, "parent") == 0)
		buf_int(b, v->parent);
	for (size_t i = 0; strcmp(key, "blocked") == 0 && i < v->blocked_by.n; i++)
		buf_printf(b, "%s%lld", i > 0 ? "," : "", (long long)v->blocked_by.v[i]);
}

static bool
has_note(const struct merge_out *out, const char *text)
{
	for (size_t i = 0; i < out->notes.n; i++)
		if (strstr(out->notes.v[i], text) != NULL)
			return true;
	return false;
}

/* The value of a word of `want` as it came out; false: there is no such key. */
static bool
got(struct buf *b, const struct merge_out *out, const char *key, const char *value)
{
	if (strcmp(key, "verb") == 0)
		buf_puts(b, out->verb == MERGE_KEEP ? "keep" : merge_verb_name(out->verb));
	else if (strcmp(key, "task") == 0)
		bits_text(b, out->task, side_names, 8);
	else if (strcmp(key, "issue") == 0)
		bits_text(b, out->issue, side_names, 8);
	else if (strcmp(key, "managed") == 0)
		bits_text(b, out->managed, managed_names, 4);
	else if (strcmp(key, "notes") == 0)
		buf_int(b, (int64_t)out->notes.n);
	else if (strcmp(key, "note") == 0)
		buf_puts(b, has_note(out, value) ? value : "no such note");
	else if (strcmp(key, "reason") == 0)
		buf_puts(b, out->reason && strstr(out->reason, value) ? value : "another");
	else if (strncmp(key, "base.", 5) == 0)
		view_text_of(b, &out->base, key + 5);
	else
		view_text_of(b, &out->merged, key);
	return true;
}

/* A word without a value. */
static bool
holds(const struct merge_out *out, const char *word)
{
	return (strcmp(word, "queued") == 0 && out->queued) ||
	    (strcmp(word, "back") == 0 && out->held_back) ||
	    (strcmp(word, "stale") == 0 && out->stale) ||
	    (strcmp(word, "refused") == 0 && out->refused != NULL) ||
	    (strcmp(word, "open") == 0 && out->merged.open) ||
	    (strcmp(word, "base.open") == 0 && out->base.open) ||
	    (strcmp(word, "ours") == 0 && out->closed_by_us) ||
	    (strcmp(word, "not-ours") == 0 && !out->closed_by_us);
}

static bool
check_word(const struct merge_out *out, char *word)
{
	char *colon = strchr(word, ':');
	struct buf b = { 0 };
	bool good;

	if (colon == NULL) {
		good = holds(out, word);
		if (!good)
			printf("# not so: %s\n", word);
		return good;
	}
	*colon = '\0';
	got(&b, out, word, colon + 1);
	good = strcmp(buf_str(&b), colon + 1) == 0;
	if (!good)
		printf("# %s: got '%s', want '%s'\n", word, buf_str(&b), colon + 1);
	buf_release(&b);
	return good;
}

static bool
check(const struct merge_out *out, const char *want)
{
	static const char *const always[] = { "verb:keep", "task:", "issue:", "managed:", "notes:0" };
	char *copy = xstrdup(want), *rest = copy, *word;
	bool good = true;

	for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
		char *one = xstrdup(always[i]), *key = xstrndup(one, strcspn(one, ":") + 1);
		const char *said = strstr(want, key);

		if (said == NULL || (said != want && said[-1] != ' '))
			good = check_word(out, one) && good;
		free(one);
		free(key);
	}
	if ((strstr(want, "queued") != NULL) != out->queued ||
	    (strstr(want, "stale") != NULL) != out->stale) {
		printf("# queued %d, stale %d\n", out->queued, out->stale);
		good = false;
	}
	while ((word = strsep(&rest, " ")) != NULL)
		good = (*word == '\0' || check_word(out, word)) && good;
	free(copy);
	return good;
}

static bool
flag(const struct cases *c, const char *name)
{
	return strstr(case_or(c, "flags", ""), name) != NULL;
}

static void
run_case(const struct cases *c)
{
	struct view base, local, remote;
	struct merge_in in = { .local = &local, .remote = &remote };
	struct merge_out out;
	struct vec_id known = { 0 };
	const char *ids = strstr(case_or(c, "flags", ""), "known=");
	char *refused;

	make(&base, case_or(c, "base", ""));
	make(&local, case_or(c, "local", ""));
	make(&remote, case_or(c, "remote", ""));
	in.status = status_of(&local);
	set_status(&local, in.status);
	in.base = strcmp(case_or(c, "base", ""), "lost") == 0 ? NULL : &base;
	in.held = flag(c, "held");
	in.closed_by_us = flag(c, "ours");
	in.text_trusted = !flag(c, "untrusted");
	refused = xasprintf("%s\n\n%s", remote.title, remote.body);
	in.refused = flag(c, "refused") ? refused : NULL;
	if (ids != NULL) {
		set_ids(&known, ids + 6);
		in.known = &known;
	}
	sync_merge(&in, &out);
	ok(check(&out, case_or(c, "want", "")), "%s", c->name);
	merge_out_release(&out);
	free(refused);
	vec_id_release(&known);
	view_release(&base);
	view_release(&local);
	view_release(&remote);
}

static void
test_table(void)
{
	struct cases c;
	int n = 0;

	if (cases_open(&c, TABLE) == -1) {
		printf("Bail out! cannot open %s\n", TABLE);
		exit(1);
	}
	while (cases_next(&c)) {
		run_case(&c);
		n++;
	}
	ok(n > 80, "%d cases were read", n);
	free(c.text);
}

/* ---- writes ---- */

/* A base from which `sent` was on its way, the task and the issue as they are now. */
static void
after_write(const char *base_words, const char *sent_words, const char *local_words,
    const char *remote_words, struct merge_out *out)
{
	struct view base, sent, local, remote;
	struct merge_in in = { .base = &base, .local = &local, .remote = &remote, .text_trusted = true };

	make(&base, base_words);
	make(&sent, sent_words);
	make(&local, local_words);
	make(&remote, remote_words);
	in.status = status_of(&local);
	set_status(&local, in.status);
	merge_sending(&base, &sent, SIDE_TITLE | SIDE_BODY | SIDE_LABELS | SIDE_MANAGED | SIDE_STATE);
	sync_merge(&in, out);
	view_release(&base);
	view_release(&sent);
	view_release(&local);
	view_release(&remote);
}

static void
test_unconfirmed(void)
{
	struct merge_out out;

	after_write("S=in_review", "S=done closed=completed", "S=routed", "S=done closed=completed", &out);
	ok(check(&out, "issue:managed+state open S:routed ours"), "our own closing is no person's");
	merge_out_release(&out);
	after_write("S=failed", "S=routed", "S=done", "S=routed", &out);
	ok(check(&out, "issue:managed+state S:done"), "nor our label a request");
	merge_out_release(&out);
	after_write("S=failed L=a", "S=routed L=b", "S=needs_review L=b", "S=failed,routed L=a,b", &out);
	ok(check(&out, "issue:labels+managed S:needs_review L:b"), "nor one that was there by half");
	merge_out_release(&out);
	after_write("T=old", "T=sent", "T=newer", "T=sent", &out);
	ok(check(&out, "issue:title T:newer"), "our own text is no edit");
	merge_out_release(&out);
	after_write("T=old", "T=sent", "T=newer", "T=person", &out);
	ok(check(&out, "task:title T:person notes:1"), "that of a person is");
	merge_out_release(&out);
	after_write("S=failed", "S=routed", "S=failed", "S=done", &out);
	ok(check(&out, "verb:done"), "and another label is a request");
	merge_out_release(&out);
	after_write("S=in_review", "S=done closed=completed", "S=done", "S=in_review", &out);
	ok(check(&out, "issue:managed+state S:done"), "what was not carried out is done again");
	merge_out_release(&out);
}

/* One merge with that issue, and the write that follows from it. */
static unsigned
round_of(struct view *base, const struct view *local, const char *remote_words, size_t *notes)
{
	struct view remote;
	struct merge_in in = { .base = base, .local = local, .remote = &remote, .text_trusted = true,
		.status = status_of(local) };
	struct merge_out out;
	unsigned issue;

	make(&remote, remote_words);
	sync_merge(&in, &out);
	view_release(base);
	view_copy(base, &out.base);
	if ((issue = out.issue) != 0) {
		merge_sending(base, &out.merged, issue);
		merge_sent(base, 7);
	}
	*notes = out.notes.n;
	merge_out_release(&out);
	view_release(&remote);
	return issue;
}

static void
test_once(void)
{
	struct view base, local;
	size_t notes;

	make(&base, "S=routed");
	make(&local, "S=routed");
	ok(round_of(&base, &local, "S=blocked at=7", &notes) == SIDE_MANAGED && notes == 1,
	    "blocked cannot be asked for: it is written over and told");
	is_int(base.updated_at, 7, "the reply tells when");
	is_int(round_of(&base, &local, "S=routed at=7", &notes), 0, "then all is well");
	ok(round_of(&base, &local, "S=blocked at=8", &notes) == 0 && notes == 0,
	    "the same again is left, and not told");
	ok(round_of(&base, &local, "S=failed at=9", &notes) == SIDE_MANAGED && notes == 1, "not another");
	set_status(&local, ST_IN_REVIEW);
	is_int(round_of(&base, &local, "S=blocked at=10", &notes), SIDE_MANAGED,
	    "nor when the task moved on");
	view_release(&base);
	view_release(&local);
}

/* ---- a model of machines, an issue, and people ---- */

/* One machine with its task, as sync.c would drive it. */
struct machine {
	struct view task, base;
	bool has_base, ours;
	enum status status;
	const char *refuses;		/* an agent that it does not have; or NULL */
};

struct world {
	struct dice d;
	struct view issue;
	int64_t clock;
	int writes, notes;
};

static const char *const texts[] = { "one", "two", "three", "" };
static const char *const labels[] = { "bug", "ui", "docs", "later" };
static const char *const agents[] = { "claude", "codex" };
static const char *const priorities[] = { "urgent", "high", "normal", "low" };

#define PICK(d, list) (list)[dice(d, sizeof (list) / sizeof *(list))]

static void
toggle(struct dice *d, struct vec_str *set)
{
	const char *label = PICK(d, labels);
	struct vec_str out = { 0 };

	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->v[i], label) != 0)
			sync_set_add(&out, set->v[i]);
	if (!sync_set_has(set, label))
		sync_set_add(&out, label);
	vec_str_release(set);
	*set = out;
}

static void
edit(struct dice *d, struct view *v)
{
	switch (dice(d, 6)) {
	case 0:
		set_text(&v->title, texts[dice(d, 3)]);
		break;
	case 1:
		set_text(&v->body, PICK(d, texts));
		break;
	case 2: case 3:
		toggle(d, &v->labels);
		break;
	case 4:
		set_list(&v->managed[VIEW_PRIORITY], once(d, 4) ? "" : PICK(d, priorities));
		break;
	default:
		set_list(&v->managed[VIEW_AGENT], PICK(d, agents));
		break;
	}
}

/* What a person does to an issue, which also has labels of the status. */
static void
edit_issue(struct world *w)
{
	struct dice *d = &w->d;
	struct view *v = &w->issue;

	w->clock++;
	v->updated_at = w->clock;
	if (dice(d, 3) > 0) {
		edit(d, v);
	} else if (dice(d, 2) > 0) {
		set_list(&v->managed[VIEW_STATUS], once(d, 4) ? "" :
		    state_name((enum status)(ST_NEW + dice(d, 10))));
	} else if (v->open) {
		set_word(v, "closed", once(d, 2) ? "completed" : "not_planned");
	} else {
		v->open = true;
		free(v->state_reason);
		v->state_reason = xstrdup("reopened");
	}
}

static void
edit_task(struct world *w, struct machine *m)
{
	if (once(&w->d, 3)) {
		m->status = (enum status)(ST_NEW + dice(&w->d, 10));
		set_status(&m->task, m->status);
	} else {
		edit(&w->d, &m->task);
	}
}

static enum state_event
event_of(enum merge_verb verb, enum status s)
{
	switch (verb) {
	case MERGE_DONE:
		return EV_CLOSE;
	case MERGE_CANCEL:
		return EV_CANCEL;
	case MERGE_APPROVE:
		return EV_REVIEW_APPROVE;
	case MERGE_PARK:
		return EV_ASK;
	default:
		return s == ST_DONE || s == ST_CANCELLED ? EV_REOPEN : EV_RETRY;
	}
}

/* What sync_apply() does: the state table may refuse. */
static void
apply(struct machine *m, const struct merge_out *out)
{
	struct state_facts facts = { .has_agent = m->task.managed[VIEW_AGENT].n > 0 };
	struct err ignored;
	enum status next;

	if (out->task & SIDE_TITLE)
		set_text(&m->task.title, out->merged.title);
	if (out->task & SIDE_BODY)
		set_text(&m->task.body, out->merged.body);
	if (out->task & SIDE_LABELS)
		sync_set_copy(&m->task.labels, &out->merged.labels);
	for (int i = VIEW_AGENT; i < VIEW_MANAGED_N; i++)
		if ((out->managed & 1u << i) && (i != VIEW_AGENT || m->refuses == NULL ||
		    !sync_set_has(&out->merged.managed[i], m->refuses)))
			sync_set_copy(&m->task.managed[i], &out->merged.managed[i]);
	if (out->verb != MERGE_KEEP && state_next(m->status, event_of(out->verb, m->status), &facts,
	    &next, &ignored) == 0) {
		m->status = next;
		set_status(&m->task, next);
	}
}

static void
ask(const struct machine *m, const struct world *w, struct merge_out *out)
{
	struct merge_in in = { .base = m->has_base ? &m->base : NULL, .local = &m->task,
		.remote = &w->issue, .status = m->status, .closed_by_us = m->ours,
		.text_trusted = true };

	sync_merge(&in, out);
}

static void
take_base(struct machine *m, const struct merge_out *out)
{
	view_release(&m->base);
	view_copy(&m->base, &out->base);
	m->has_base = true;
	m->ours = out->closed_by_us;
}

static void
put(struct view *to, const struct merge_out *out)
{
	unsigned s = out->issue;

	if (s & SIDE_TITLE)
		set_text(&to->title, out->merged.title);
	if (s & SIDE_BODY)
		set_text(&to->body, out->merged.body);
	if (s & SIDE_LABELS)
		sync_set_copy(&to->labels, &out->merged.labels);
	for (int i = 0; (s & SIDE_MANAGED) && i < VIEW_MANAGED_N; i++)
		sync_set_copy(&to->managed[i], &out->merged.managed[i]);
	if (s & SIDE_STATE) {
		to->open = out->merged.open;
		free(to->state_reason);
		to->state_reason = out->merged.state_reason ? xstrdup(out->merged.state_reason) : NULL;
	}
}

/* One run.  `die`: 1, after the task was committed; 2, before the reply; 0: not. */
static bool
run(struct world *w, struct machine *m, unsigned die)
{
	struct merge_out out;
	bool quiet = true;

	ask(m, w, &out);
	apply(m, &out);
	quiet = out.task == 0 && out.verb == MERGE_KEEP && out.issue == 0;
	w->notes += (int)out.notes.n;
	if (die == 1) {
		merge_out_release(&out);
		return quiet;
	}
	take_base(m, &out);
	merge_out_release(&out);
	ask(m, w, &out);
	if (out.task != 0 || out.verb != MERGE_KEEP || out.notes.n > 0)
		w->notes += 100000;
	take_base(m, &out);
	if (out.issue != 0) {
		quiet = false;
		w->writes++;
		w->issue.updated_at = ++w->clock;
		merge_sending(&m->base, &out.merged, out.issue);
		put(&w->issue, &out);
		if (die != 2) {
			merge_sent(&m->base, w->clock);
			if (out.issue & SIDE_STATE)
				m->ours = !out.merged.open;
		}
	}
	merge_out_release(&out);
	return quiet;
}

static void
world_begin(struct world *w, uint64_t seed)
{
	*w = (struct world){ .d = { .seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1 }, .clock = 1000 };
	make(&w->issue, once(&w->d, 2) ? "S=new L=bug" : "S= L=bug");
	w->issue.updated_at = 1000;
	for (int i = 0; i < 8; i++)
		dice(&w->d, 2);
}

static void
machine_begin(struct machine *m)
{
	*m = (struct machine){ .status = ST_NEW };
	make(&m->task, "S=new L=bug");
	m->task.unsaid = SIDE_ASSIGNEES | SIDE_PARENT | SIDE_BLOCKED;
}

static void
machine_end(struct machine *m)
{
	view_release(&m->task);
	view_release(&m->base);
}

/* After any edits of both sides: a run settles it, and the next has nothing to do. */
static void
test_rest(void)
{
	int again = 0, asked = 0, kept = 0, died = 0;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct world w;
		struct machine m;

		world_begin(&w, seed);
		machine_begin(&m);
		run(&w, &m, 0);
		for (int i = 0; i < 4; i++) {
			for (unsigned k = dice(&w.d, 4); k > 0; k--)
				edit_issue(&w);
			for (unsigned k = dice(&w.d, 4); k > 0; k--)
				edit_task(&w, &m);
			if (once(&w.d, 20)) {
				view_release(&m.base);
				m.has_base = false;
				m.ours = false;
			}
			run(&w, &m, dice(&w.d, 3));
		}
		w.notes = 0;
		run(&w, &m, 0);
		asked += w.notes >= 100000;
		run(&w, &m, 0);		/* what was refused may be put back */
		w.writes = w.notes = 0;
		again += !run(&w, &m, 0);
		kept += w.writes;
		died += w.notes;
		machine_end(&m);
		view_release(&w.issue);
	}
	is_int(asked, 0, "asked again it asks for nothing of the task");
	is_int(again, 0, "at rest nothing is to be done");
	is_int(kept + died, 0, "nor written, nor told");
}

/* What a person did to the text, to a label and to the state is there after a run; and what
 * was done here where no person did anything to the same. */
static void
test_people(void)
{
	int text = 0, label = 0, reopened = 0, ours = 0, here = 0;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct world w;
		struct machine m;
		struct view before, mine;
		struct vec_str was = { 0 };
		bool closed_by_person = false, was_open;

		world_begin(&w, seed);
		machine_begin(&m);
		run(&w, &m, 0);
		sync_set_copy(&was, &m.base.labels);
		was_open = w.issue.open;
		for (unsigned k = 1 + dice(&w.d, 4); k > 0; k--)
			edit_issue(&w);
		closed_by_person = was_open && !w.issue.open;
		for (unsigned k = dice(&w.d, 4); k > 0; k--)
			edit_task(&w, &m);
		view_copy(&before, &w.issue);
		view_copy(&mine, &m.task);
		run(&w, &m, once(&w.d, 4) ? 2 : 0);
		run(&w, &m, 0);
		/* `t` is no text that anybody writes. */
		text += strcmp(before.title, "t") != 0 && strcmp(w.issue.title, before.title) != 0;
		text += strcmp(before.title, "t") != 0 && strcmp(m.task.title, before.title) != 0;
		for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
			bool had = sync_set_has(&was, labels[i]), has = sync_set_has(&before.labels, labels[i]);

			if (had == has)
				here += sync_set_has(&w.issue.labels, labels[i]) !=
				    sync_set_has(&mine.labels, labels[i]);
			else
				label += sync_set_has(&w.issue.labels, labels[i]) != has ||
				    sync_set_has(&m.task.labels, labels[i]) != has;
		}
		here += strcmp(before.title, "t") == 0 && strcmp(w.issue.title, mine.title) != 0;
		here += strcmp(before.body, "b") == 0 && strcmp(w.issue.body, mine.body) != 0;
		reopened += closed_by_person && w.issue.open;
		/* And a later change of the task's status does not open it either. */
		for (int i = 0; i < 4; i++) {
			m.status = (enum status)(ST_NEW + dice(&w.d, 10));
			set_status(&m.task, m.status);
			run(&w, &m, 0);
		}
		ours += closed_by_person && w.issue.open;
		view_release(&before);
		view_release(&mine);
		vec_str_release(&was);
		machine_end(&m);
		view_release(&w.issue);
	}
	is_int(text, 0, "no title of a person goes");
	is_int(label, 0, "no label that a person added or removed comes back or goes");
	is_int(here, 0, "nor does what was done here alone");
	is_int(reopened, 0, "what a person closed is not opened");
	is_int(ours, 0, "nor when the task moves on");
}

/* Texts and labels of both machines are those of the issue. */
static bool
agree(const struct machine *m, const struct world *w)
{
	bool agent = m->refuses != NULL ||
	    sync_set_same(&m->task.managed[VIEW_AGENT], &w->issue.managed[VIEW_AGENT]);

	return agent && strcmp(m->task.title, w->issue.title) == 0 && strcmp(m->task.body, w->issue.body) == 0 &&
	    sync_set_same(&m->task.labels, &w->issue.labels) &&
	    sync_set_same(&m->task.managed[VIEW_PRIORITY], &w->issue.managed[VIEW_PRIORITY]);
}

/*
 * Two clones of one project, each with its own task and base, sync with one issue in any
 * order while all three are edited; when the edits end they come to rest.
 */
static void
test_two(void)
{
	int restless = 0, apart = 0, most = 0, states = 0;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct world w;
		struct machine m[2];
		int quiet = 0, runs = 0;

		world_begin(&w, seed);
		machine_begin(&m[0]);
		machine_begin(&m[1]);
		/* Some have no agent in common. */
		if (once(&w.d, 2)) {
			m[0].refuses = agents[0];
			m[1].refuses = agents[1];
			set_list(&m[0].task.managed[VIEW_AGENT], agents[1]);
			set_list(&m[1].task.managed[VIEW_AGENT], agents[0]);
		}
		for (int i = 0; i < 12; i++) {
			unsigned who = dice(&w.d, 4);

			if (who < 2)
				edit_task(&w, &m[who]);
			else if (who == 2)
				edit_issue(&w);
			else
				run(&w, &m[dice(&w.d, 2)], dice(&w.d, 8) < 3 ? dice(&w.d, 3) : 0);
		}
		/* What waits for the end of an attempt finds it. */
		for (int i = 0; i < 2; i++)
			if (m[i].status == ST_IN_PROGRESS) {
				m[i].status = once(&w.d, 2) ? ST_FAILED : ST_IN_REVIEW;
				set_status(&m[i].task, m[i].status);
			}
		for (runs = 0; runs < 60 && quiet < 6; runs++)
			quiet = run(&w, &m[runs % 2], 0) ? quiet + 1 : 0;
		restless += quiet < 6;
		most = runs > most ? runs : most;
		apart += !agree(&m[0], &w) || !agree(&m[1], &w);
		states += m[0].task.open != m[1].task.open;
		machine_end(&m[0]);
		machine_end(&m[1]);
		view_release(&w.issue);
	}
	is_int(restless, 0, "two machines and people come to rest");
	printf("# after %d runs at most\n", most);
	is_int(apart, 0, "texts, labels, priority, and an agent that both have, are the same everywhere");
	printf("# %d of %d ended with the task open on one machine alone\n", states, ROUNDS);
}

int
main(void)
{
	test_table();
	test_unconfirmed();
	test_once();
	test_rest();
	test_people();
	test_two();
	return done_testing();
}
