/*
 * event_mark - how far the numbers of events have gone, should the log forget it
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/event.h"
#include "task/project.h"

#define MARK	  "state/events"
#define DIGITS	  20
#define GROUPS	  "state/groups"
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
seen_by(int dir, const char *name)
{
	struct buf text = { 0 };
	struct err none;
	struct val *v = NULL;
	int64_t seen = 0;

	if (fs_read(dir, name, GROUP_MAX, &text, &none) == 0 &&
	    (v = json_parse(buf_str(&text), text.len, &none)) != NULL)
		seen = val_number(val_get(v, "seen"), 0);
	if (seen > EVENT_SEQ_MAX)
		seen = 0;
	val_free(v);
	buf_release(&text);
	return seen;
}

static int64_t
seen_by_groups(const struct project *p)
{
	int fd = fs_open_dir(p->orch_fd, GROUPS);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t most = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		int64_t seen = str_ends(entry->d_name, ".json") ? seen_by(fd, entry->d_name) : 0;

		most = seen > most ? seen : most;
	}
	if (dir != NULL)
		closedir(dir);
	else if (fd != -1)
		close(fd);
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
