/*
 * event_mark - how far the numbers of events have gone, should the log forget it
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/event.h"
#include "task/project.h"

#define MARK	  "state/events"
#define DIGITS	  20
#define SUFFIX	  ".json"
#define GROUP_MAX (1u << 20)	/* bytes of one */

int64_t
event_mark(const struct project *p)
{
	struct buf text = { 0 };
	struct err none;
	int64_t seq = 0;

	/* Twice, so that one which is just being written is not taken for another. */
	if (p->orch_fd != -1 && fs_read_at(p->orch_fd, MARK, 0, 2 * DIGITS + 1, &text, &none) == 0 &&
	    text.len == 2 * DIGITS + 1 && memcmp(text.data, text.data + DIGITS, DIGITS) == 0) {
		buf_cut(&text, DIGITS);
		if (num_int(buf_str(&text) + strspn(buf_str(&text), "0"), 1, EVENT_SEQ_MAX, &seq) == -1)
			seq = 0;
	}
	buf_release(&text);
	return seq;
}

void
event_mark_set(struct project *p, int64_t seq)
{
	char text[2 * DIGITS + 2];
	struct iovec part = { text, 2 * DIGITS + 1 };
	struct err none;

	if (seq <= event_mark(p))
		return;
	snprintf(text, sizeof text, "%0*lld%0*lld\n", DIGITS, (long long)seq, DIGITS, (long long)seq);
	(void)fs_cache(p->orch_fd, MARK, &part, 1, &none);
}

/* What a group has seen was given; one that is damaged says nothing. */
static int64_t
seen_by(const struct project *p, const char *name)
{
	char *file = xasprintf(EVENT_GROUPS "/%s" SUFFIX, name);
	struct buf text = { 0 };
	struct err none;
	struct val *v = NULL;
	int64_t seen = 0;

	if (fs_read(p->orch_fd, file, GROUP_MAX, &text, &none) == 0 &&
	    (v = json_parse(buf_str(&text), text.len, &none)) != NULL)
		seen = val_number(val_get(v, "seen"), 0);
	if (seen > EVENT_SEQ_MAX)
		seen = 0;
	val_free(v);
	buf_release(&text);
	free(file);
	return seen;
}

int
event_groups(const struct project *p, struct vec_str *names, struct err *e)
{
	struct dirent *entry;
	DIR *dir;
	int fd = p->orch_fd == -1 ? -1 : fs_open_dir(p->orch_fd, EVENT_GROUPS);

	if (fd == -1)
		return p->orch_fd == -1 || errno == ENOENT ? 0 :
		    err_sys(e, "cannot open '%s/" EVENT_GROUPS "'", p->orch);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return err_sys(e, "cannot read '%s/" EVENT_GROUPS "'", p->orch);
	}
	while ((entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (*entry->d_name != '.' && str_ends(entry->d_name, SUFFIX))
			vec_str_take(names, xstrndup(entry->d_name, len - strlen(SUFFIX)));
	}
	closedir(dir);
	vec_str_sort(names);
	return 0;
}

static int64_t
seen_by_groups(const struct project *p)
{
	struct vec_str names = { 0 };
	struct err none;
	int64_t most = 0;

	(void)event_groups(p, &names, &none);
	for (size_t i = 0; i < names.n; i++) {
		int64_t seen = seen_by(p, names.v[i]);

		most = seen > most ? seen : most;
	}
	vec_str_release(&names);
	return most;
}

void
event_mark_raise(const struct project *p, int64_t *seq)
{
	int64_t known = event_mark(p);

	if (known == 0)
		known = seen_by_groups(p);
	if (known > *seq)
		*seq = known;
}
