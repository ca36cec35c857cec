/* job - what jobs.yml may say, and that one bad job leaves the others alone. */
#include "task/job.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"

#include "../lib/tap.h"

#define J(REST) "jobs: [{id: a, schedule: '@daily', task: {title: t}" REST "}]"

static const struct {
	const char *text, *bad;		/* bad: of the first job; NULL: none */
} one[] = {
	{ J(""), NULL },
	{ J(", enabled: False, catch_up: all, overlap: queue, deadline: 6h, jitter: 10m"), NULL },
	{ J(", timezone: , jitter: ~"), NULL },
	{ "jobs: [7]", "jobs.yml:1:8: a mapping is expected" },
	{ "jobs: [{}]", "jobs.yml:1:8: a job without id" },
	{ "jobs: [{id: a}]", "jobs.yml:1:8: a job without schedule" },
	{ "jobs: [{id: a, schedule: '@daily'}]", "jobs.yml:1:8: a job without task" },
	{ "jobs: [{id: a/b}]", "jobs.yml:1:13: id: letters, digits, '.', '-' and '_' are expected, "
	    "at most 64 bytes, the first no '.' or '-'" },
	{ "jobs: [{id: .a}]", "jobs.yml:1:13: id: letters, digits, '.', '-' and '_' are expected, "
	    "at most 64 bytes, the first no '.' or '-'" },
	{ "jobs: [{id: 7}]", "jobs.yml:1:13: id: text expected, found number '7' (write it in quotes)" },
	{ J(", timezon: UTC"), "jobs.yml:1:63: unknown key 'timezon', did you mean 'timezone'?" },
	{ J(", when: now"), "jobs.yml:1:60: unknown key 'when': see orch-jobs(5)" },
	{ J(", enabled: 'true'"), "jobs.yml:1:63: enabled: true or false expected, found text 'true'" },
	{ J(", overlap: never"),
	    "jobs.yml:1:63: overlap: 'never' is not one of skip queue replace allow" },
	{ J(", deadline: 5s"), "jobs.yml:1:64: deadline: '5s' is not within 1m to 366d" },
	{ J(", suspend_after: -1"),
	    "jobs.yml:1:69: suspend_after: '-1' is not a whole number from 0 to 1000" },
	{ "jobs: [{id: a, schedule: x, task: t}]", "jobs.yml:1:35: task: a mapping is expected" },
	{ "jobs: [{id: a, schedule: x, task: {}}]", "jobs.yml:1:35: task: title is missing" },
	{ "jobs: [{id: a, schedule: x, task: {title: ''}}]",
	    "jobs.yml:1:43: task: title: must not be empty" },
	{ "jobs: [{id: a, schedule: x, task: {title: t, titel: u}}]",
	    "jobs.yml:1:53: task: no field 'titel', did you mean 'title'?" },
	{ "jobs: [{id: a, schedule: x, task: {title: t, key: k}}]",
	    "jobs.yml:1:51: task: key cannot be given" },
	{ "jobs: [{id: a, schedule: x, task: {title: t, status: done}}]",
	    "jobs.yml:1:54: task: status cannot be given" },
	{ "jobs: [{id: a, schedule: x, task: {title: t, labels: l}}]",
	    "jobs.yml:1:54: task: labels: list of text expected, found text 'l'" },
	{ "jobs: [{id: a, schedule: x, task: {title: '{{day}}'}}]", "jobs.yml:1:35: task: "
	    "title:1:1: unknown name 'day'" },
};

static const struct {
	const char *text, *error;	/* of the file; NULL: none, and no job */
} whole[] = {
	{ "", NULL }, { "# nothing\n", NULL }, { "jobs:\n", NULL }, { "version: 1\njobs: []\n", NULL },
	{ "job: []\n", "jobs.yml:1:1: unknown key 'job', did you mean 'jobs'?" },
	{ "- id: a\n", "jobs.yml:1:1: a mapping with 'jobs' is expected" },
	{ "jobs: {a: 1}\n", "jobs.yml:1:7: jobs: a list of at most 10000 is expected" },
	{ "jobs: 3\n", "jobs.yml:1:7: jobs: a list of at most 10000 is expected" },
	{ "jobs:\n- id: a\n\tschedule: b\n", "jobs.yml:3:1: " },
	{ "jobs: []\njobs: []\n", "jobs.yml:2:1: " },
};

static int
parse(struct jobs *jobs, const char *text, struct err *e)
{
	struct buf b = { 0 };

	buf_puts(&b, text);
	return jobs_parse(jobs, &b, e);
}

static void
test_fields(void)
{
	struct jobs jobs;
	struct err e = { 0 };
	struct buf json = { 0 };
	struct val *v;

	parse(&jobs, "jobs: [{id: a, schedule: x, task: {title: 'Do {{date}} of {{job}}', body: '{{slot}}\n"
	    "\n{{{{x', labels: [l], budget: 2}}]", &e);
	v = job_fields(&jobs.v[0], "2026-11-22", "2026-11-22T03:00:00+01:00", &e);
	json_print(&json, v);
	is(buf_str(&json), "{\"title\":\"Do 2026-11-22 of a\",\"body\":\"2026-11-22T03:00:00+01:00\\n{{x\","
	    "\"labels\":[\"l\"],\"budget\":2}", "the task of a slot");
	val_free(v);
	buf_release(&json);
	jobs_release(&jobs);
}

static void
test_many(void)
{
	struct jobs jobs;
	struct err e = { 0 };

	ok(parse(&jobs, "jobs:\n- {id: a, schedule: x, task: {title: t}}\n- {schedule: y, id: b}\n"
	    "- &c {id: c, schedule: z, jitter: 90, task: &t {title: t}}\n- {id: a, schedule: x, task: *t}\n"
	    "- *c\n- {<<: *c, id: d}\n", &e) == 0, "six jobs: %s", e.msg);
	is_int((long long)jobs.n, 6, "are all there");
	ok(jobs_find(&jobs, "a") == &jobs.v[0] && jobs.v[0].bad == NULL, "the first of a name has it");
	is(jobs.v[3].bad, "jobs.yml:5:3: there are two jobs 'a'", "the second not");
	ok(jobs_find(&jobs, "b") != NULL, "a bad one has a name");
	is(jobs.v[1].bad, "jobs.yml:3:3: a job without task", "and says what is wrong");
	is(jobs.v[4].bad, "jobs.yml:6:3: there are two jobs 'c'", "an alias is the same again");
	ok(jobs_find(&jobs, "d") != NULL && jobs_find(&jobs, "d")->bad == NULL &&
	    jobs_find(&jobs, "d")->jitter == 90, "a merge is not");
	ok(jobs_find(&jobs, "e") == NULL, "nobody has another name");
	jobs_release(&jobs);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
		struct jobs jobs;
		struct err e = { 0 };

		ok(parse(&jobs, one[i].text, &e) == 0 && jobs.n == 1, "%s: %s", one[i].text, e.msg);
		is(jobs.n == 1 && jobs.v[0].bad != NULL ? jobs.v[0].bad : "", one[i].bad ? one[i].bad : "",
		    "what is wrong with it");
		jobs_release(&jobs);
	}
	for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
		const char *error = whole[i].error;
		struct jobs jobs;
		struct err e = { 0 };
		int r = parse(&jobs, whole[i].text, &e);

		ok(error == NULL ? r == 0 && jobs.n == 0 : r == -1 && e.code == ERR_INVALID &&
		    strncmp(e.msg, error, strlen(error)) == 0, "%s: %s", whole[i].text, e.msg);
		jobs_release(&jobs);
	}
	test_fields();
	test_many();
	return done_testing();
}
