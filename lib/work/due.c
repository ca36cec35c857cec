#include "work/due.h"

#include <unistd.h>

#include "base/err.h"
#include "base/vec.h"
#include "task/ready.h"
#include "task/store.h"
#include "work/attempt.h"
#include "work/env.h"
#include "work/propagate.h"
#include "work/review.h"

static void
running(const struct tasks *tasks, struct vec_id *ids)
{
	for (size_t i = 0; i < tasks->n; i++)
		if (tasks->v[i].status == ST_IN_PROGRESS)
			vec_id_push(ids, tasks->v[i].id);
}

static void
add_all(struct vec_id *to, const struct vec_id *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		vec_id_push(to, ids->v[i]);
}

static void
choose(const struct tasks *tasks, const struct ready_rules *rules, const struct vec_id *ran,
    struct vec_id *ids)
{
	struct vec_id ready = { 0 };

	ready_list(tasks, rules, &ready);
	for (size_t i = 0; i < ready.n; i++)
		if (task_is_set(tasks_find(tasks, ready.v[i]), F_RETRY_AT) ||
		    vec_id_has(ran, ready.v[i]))
			vec_id_push(ids, ready.v[i]);
	vec_id_release(&ready);
}

int
due_recover(struct project *p, const struct ready_rules *rules, bool look_only,
    struct vec_id *ids, struct vec_str *problems, int *status, struct err *e)
{
	static const struct store_opts opts = { .command = "orch-retry" };
	struct tasks tasks = { 0 };
	struct vec_id ran = { 0 }, settled = { 0 };
	struct propagated followed = { 0 };
	int r = -1;

	if (store_read(p, &tasks, e) == -1)
		return -1;
	running(&tasks, &ran);
	if (!look_only) {
		tasks_release(&tasks);
		/* A result that is settled now is checked first, by commands of the task. */
		env_hide(environ);
		if ((ran.n > 0 && attempt_adopt_all(p, &settled, problems, status, e) == -1) ||
		    review_left(p, problems, status, e) == -1 ||
		    propagate_all(p, &opts, &followed, e) == -1 || store_read(p, &tasks, e) == -1)
			goto done;
		add_all(&ran, &followed.back);
		add_all(&ran, &followed.joined);
	}
	choose(&tasks, rules, &ran, ids);
	tasks_release(&tasks);
	r = 0;
done:
	vec_id_release(&ran);
	vec_id_release(&settled);
	propagated_release(&followed);
	return r;
}
