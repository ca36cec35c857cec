/*
 * sync_state: a file of state that somebody else wrote, or that is damaged
 *
 * It stands in all places at once: the pin, the repository, an issue.  It is refused or read;
 * what was read can be looked at, learnt to, saved, and is then read again as the same.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fuzz.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/sync_impl.h"
#include "work/sync_outbox.h"
#include "work/sync_status.h"

#define PLACE "state/gh/h.example/7"

static char place[] = "/tmp/orch-fuzz.XXXXXX";
static char tasks[sizeof place + sizeof "/tasks.yml"];
static struct project project = { .orch_fd = -1, .log = { .fd = -1 } };

static void
leave(void)
{
	struct err ignored = { 0 };

	fs_remove_tree(AT_FDCWD, place, &ignored);
}

static void
begin(void)
{
	static const char *const dirs[] = { "state", "state/gh", "state/gh/h.example", PLACE };

	setenv("ORCH_TEST_NOSYNC", "1", 1);
	must(mkdtemp(place) != NULL, "%s", place);
	atexit(leave);
	project.dir = project.orch = place;
	snprintf(tasks, sizeof tasks, "%s/tasks.yml", place);
	project.tasks = tasks;
	project.orch_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		must(mkdirat(project.orch_fd, dirs[i], 0700) == 0, "%s", dirs[i]);
}

static void
put(const char *name, const uint8_t *data, size_t len)
{
	int fd = openat(project.orch_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd != -1 && write(fd, data, len) == (ssize_t)len, "%s", name);
	close(fd);
}

/* What the rest of a run asks of it. */
static void
look(struct sync_state *s)
{
	struct sync sync = { .p = &project, .now = 1767323045 };
	struct sync_issue *issue;

	must(s->outbox != NULL && s->outbox->kind == VAL_LIST, "the outbox");
	sync.state = *s;
	sync_outbox_has_issue(&sync, "x");
	sync_outbox_has_comment(&sync, "x");
	sync_state_by_id(s, 1);
	sync_state_by_task(s, 1);
	sync_state_by_uid(s, "x");
	must((issue = sync_state_by_number(s, 5)) == NULL || issue->number == 5, "%lld",
	    issue == NULL ? 0 : (long long)issue->number);
	sync_state_lacks(s, "labels", 1767323045);
	sync_state_learn(s, "labels", 1767323045);
	must(sync_state_lacks(s, "labels", 1767323045), "what was learnt is known");
	for (size_t i = 0; i < s->n; i++)
		s->v[i]->dirty = true;
}

static void
status(void)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct val *v = NULL;

	if (sync_status(&project, &v, &e) == 0) {
		sync_status_text(v, &text);
		must(text.len > 0, "nothing is told");
	}
	val_free(v);
	buf_release(&text);
}

static char *
written(void)
{
	static const char *const files[] = { "state/gh/h.example/7.json", PLACE "/5.json" };
	struct buf all = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < 2; i++)
		fs_read(project.orch_fd, files[i], JSON_TEXT_MAX, &all, &e);
	return all.data != NULL ? buf_detach(&all) : text_of(NULL, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char host[] = "h.example", repo[] = "o/r";
	struct sync_pin pin = { .host = host, .repo = repo, .id = 7 }, found;
	struct sync_state s;
	struct err e = { 0 };
	char *once, *twice;

	if (project.orch_fd == -1)
		begin();
	put("state/gh/pin.json", data, len);
	put("state/gh/h.example/7.json", data, len);
	put(PLACE "/5.json", data, len);
	if (sync_pin_read(&project, &found, &e) == 0) {
		must(found.id > 0 && found.host != NULL && found.repo != NULL, "a pin that says nothing");
		sync_pin_release(&found);
	}
	if (sync_state_look(&s, &project, &pin, &e) == 0) {
		look(&s);
		sync_state_close(&s);
	}
	status();
	for (int i = 0; i < 2 && sync_state_open(&s, &project, &pin, &e) == 0; i++) {
		once = written();
		look(&s);
		must(sync_state_save(&s, &e) == 0 && sync_state_save_issues(&s, &e) == 0, "%s", e.msg);
		sync_state_close(&s);
		twice = written();
		must(i == 0 || strcmp(once, twice) == 0, "saved:\n%s\nand again:\n%s", once, twice);
		free(once);
		free(twice);
	}
	return 0;
}
