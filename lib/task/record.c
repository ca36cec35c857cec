#include "task/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/backup.h"
#include "task/event.h"
#include "task/project.h"

#define SLOT_SIZE 512

static bool
scan(const char *slot, struct record *r)
{
	char text[SLOT_SIZE + 1], sum[FS_HASH_MAX], want[FS_HASH_MAX];
	int used = 0;

	memcpy(text, slot, SLOT_SIZE);
	text[SLOT_SIZE] = '\0';
	if (sscanf(text, "gen=%" SCNd64 " hash=%16[0-9a-f] staged=%63[0-9.] events=%" SCNd64
	    " seq=%" SCNd64 " next=%" SCNd64 "%n sum=%16[0-9a-f]", &r->gen, r->hash, r->staged,
	    &r->events, &r->seq, &r->next, &used, sum) != 7)
		return false;
	fs_hash(text, (size_t)used, want);
	return strcmp(sum, want) == 0 && r->gen > 0 && r->events >= 0 && r->seq >= 0;
}

/* ---- without a record ---- */

/* The newest backup is the generation before the one that the file had. */
static int
newest_backup(const struct project *p, int64_t *gen, struct err *e)
{
	struct backups list = { 0 };
	int fd = openat(p->orch_fd, "backup", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/backup'", p->orch);
	r = backup_list(fd, &list, e);
	if (list.n > 0 && list.v[0].gen >= *gen)
		*gen = list.v[0].gen + 1;
	backup_release(&list);
	close(fd);
	return r;
}

/* The last whole line of the event log knows a generation and a number too. */
static int
newest_event(const struct project *p, struct record *r, struct err *e)
{
	struct buf text = { 0 };
	struct err not_json = { 0 };
	struct val *line = NULL;
	const char *start;
	int got = fs_read(p->orch_fd, EVENT_FILE, FS_FILE_MAX, &text, e);

	if (got == 0 && text.len > 1) {
		start = memrchr(text.data, '\n', text.len - 1);
		start = start ? start + 1 : text.data;
		line = json_parse(start, text.len - (size_t)(start - text.data), &not_json);
		r->seq = val_number(val_get(line, "seq"), 0);
		if (r->gen < val_number(val_get(line, "gen"), 0))
			r->gen = val_number(val_get(line, "gen"), 0);
	}
	r->events = (int64_t)text.len;
	val_free(line);
	buf_release(&text);
	return got == -1 ? -1 : 0;
}

int
record_read(const struct project *p, int state_fd, struct record *newest,
    struct record *before, struct err *e)
{
	struct record slot[2] = { { .slot = 0 }, { .slot = 1 } };
	struct buf text = { 0 };
	int r = fs_read(state_fd, RECORD_FILE, 2 * SLOT_SIZE, &text, e);

	if (r == -1)
		return -1;
	for (int i = 0; i < 2; i++)
		if (text.len < (size_t)(i + 1) * SLOT_SIZE ||
		    !scan(text.data + i * SLOT_SIZE, &slot[i]))
			slot[i] = (struct record){ .slot = i };
	buf_release(&text);
	*newest = slot[slot[1].gen > slot[0].gen];
	*before = slot[slot[1].gen <= slot[0].gen];
	if (newest->gen > 0)
		return 0;
	if (newest_backup(p, &newest->gen, e) == -1)
		return -1;
	return newest_event(p, newest, e);
}

int
record_write(int state_fd, const struct record *r, struct err *e)
{
	char slot[SLOT_SIZE], sum[FS_HASH_MAX];
	int n = snprintf(slot, sizeof slot, "gen=%" PRId64 " hash=%s staged=%s events=%"
	    PRId64 " seq=%" PRId64 " next=%" PRId64, r->gen, r->hash, r->staged, r->events,
	    r->seq, r->next);

	fs_hash(slot, (size_t)n, sum);
	n += snprintf(slot + n, sizeof slot - (size_t)n, " sum=%s", sum);
	memset(slot + n, ' ', sizeof slot - (size_t)n);
	slot[SLOT_SIZE - 1] = '\n';
	return fs_patch(state_fd, RECORD_FILE, (off_t)r->slot * SLOT_SIZE, slot, sizeof slot, e);
}
