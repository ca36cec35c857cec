#include "work/sync_repo.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/sync_away.h"
#include "work/sync_impl.h"
#include "work/sync_name.h"

#define CHECK_EVERY 600			/* seconds */

int
sync_repo_named(const struct project *p, const char **host, const char **repo, struct err *e)
{
	const char *env = getenv("GITHUB_REPO");

	*host = config_text(&p->config, "gh.host");
	*repo = env != NULL && *env != '\0' ? env : config_text(&p->config, "gh.repo");
	if (*repo == NULL)
		return err_set(e, ERR_CONFIG, "no repository is named: put gh.repo: OWNER/NAME into orch.yml");
	if (!sync_name_repo(*repo))
		return err_set(e, ERR_CONFIG, "gh.repo: '%s' is not OWNER/NAME", *repo);
	if (!sync_name_host(*host))
		return err_set(e, ERR_CONFIG, "gh.host: '%s' is no name of a host", *host);
	return 0;
}

/* What GitHub says of the name: its number, and how it is called now (caller frees). */
static int
ask(struct sync *s, const char *repo, int64_t *id, char **name, struct err *e)
{
	struct gh_answer answer = { 0 };
	char *path = xasprintf("/repos/%s", repo);
	int r = sync_get(s, path, GH_MAP, NULL, &answer, e);

	*name = NULL;
	if (r == 0 && answer.end == GH_OK) {
		const char *full = val_text(val_get(answer.body, "full_name"));

		s->asked = true;
		*id = val_number(val_get(answer.body, "id"), 0);
		*name = xstrdup(full != NULL ? full : repo);
		if (*id <= 0)
			r = err_set(e, ERR_FAILED, "%s: GitHub's answer has no number", repo);
	} else if (r == 0 && !sync_ends(&answer, e)) {
		err_set(e, ERR_FAILED, "%s: cannot be seen with this token: %s", repo, answer.why);
		r = -1;
	} else {
		r = -1;
	}
	gh_answer_release(&answer);
	free(path);
	if (r == -1) {
		free(*name);
		*name = NULL;
	}
	return r;
}

/* The tasks must not name another repository: a copied file, or state of another project. */
static int
check_tasks(struct sync *s, const char *repo, int64_t id, struct err *e)
{
	struct tasks tasks = { 0 };
	int r = store_read(s->p, &tasks, e);

	for (size_t i = 0; r == 0 && i < tasks.n; i++) {
		struct val *gh = task_value(&tasks.v[i], F_GH);
		int64_t other = sync_at_home(gh);

		if (other != 0 && other != id)
			r = err_set(e, ERR_CONFIG, "task %lld belongs to the repository of number "
			    "%lld, not to %s, which is %lld: 'orch-sync-gh unlink %lld' lets it go",
			    (long long)tasks.v[i].id, (long long)other, repo, (long long)id,
			    (long long)tasks.v[i].id);
		val_free(gh);
	}
	tasks_release(&tasks);
	return r;
}

/* Takes the name over. */
static int
note(struct sync *s, const char *host, const char *named, char *name, int64_t id, struct err *e)
{
	bool first = s->pin.id == 0;
	struct sync_pin pin = { .host = xstrdup(host), .repo = name, .named = xstrdup(named), .id = id };

	if (first)
		vec_str_take(&s->report->notes, xasprintf("from now on this project goes with %s on "
		    "%s, number %lld", name, host, (long long)id));
	else if (strcasecmp(s->pin.repo, name) != 0)
		vec_str_take(&s->report->notes, xasprintf("the repository is called %s now", name));
	sync_pin_release(&s->pin);
	s->pin = pin;
	return s->opts->dry_run ? 0 : sync_pin_write(s->p, &s->pin, e);
}

static int
another(const struct sync *s, const char *host, const char *repo, int64_t id, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s on %s is another repository, number %lld: this project goes "
	    "with %s on %s, number %lld; unlink its tasks and remove .orch/state/gh/pin.json if that "
	    "is meant", repo, host, (long long)id, s->pin.repo, s->pin.host, (long long)s->pin.id);
}

static bool
leads_there(const struct sync_pin *pin, const char *host, const char *repo)
{
	return pin->id != 0 && strcmp(pin->host, host) == 0 && (strcasecmp(pin->repo, repo) == 0 ||
	    (pin->named != NULL && strcasecmp(pin->named, repo) == 0));
}

int
sync_repo_pin(struct sync *s, struct err *e)
{
	const char *host, *repo;
	char *name;
	int64_t id;

	if (sync_repo_named(s->p, &host, &repo, e) == -1 || sync_pin_read(s->p, &s->pin, e) == -1)
		return -1;
	if (leads_there(&s->pin, host, repo))
		return check_tasks(s, s->pin.repo, s->pin.id, e);
	if (ask(s, repo, &id, &name, e) == -1)
		return -1;
	if ((s->pin.id != 0 && (s->pin.id != id || strcmp(s->pin.host, host) != 0) &&
	    another(s, host, repo, id, e) == -1) || check_tasks(s, name, id, e) == -1) {
		free(name);
		return -1;
	}
	return note(s, host, repo, name, id, e);
}

int
sync_repo_check(struct sync *s, struct err *e)
{
	const char *host, *repo;
	char *name;
	int64_t id;

	if (s->state.checked_at <= s->now && s->now - s->state.checked_at < CHECK_EVERY)
		return 0;
	if (sync_repo_named(s->p, &host, &repo, e) == -1 || ask(s, s->pin.repo, &id, &name, e) == -1)
		return -1;
	if (id != s->pin.id) {
		another(s, host, s->pin.repo, id, e);
		free(name);
		return -1;
	}
	s->state.checked_at = s->now;
	if (strcasecmp(s->pin.repo, name) != 0)
		return note(s, host, repo, name, id, e);
	free(name);
	return 0;
}
