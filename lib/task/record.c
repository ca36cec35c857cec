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
#include "base/num.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "doc/val.h"
#include "task/backup.h"
#include "task/event.h"
#include "task/project.h"

#define HEAD_SIZE 512		/* of the record; patch, tail and sidecar follow it */
#define FILE_UNIT 4096		/* a file that seldom grows is faster to sync */

static const char *const slot_name[] = { "store.0", "store.1" };

static bool
scan(const char *head, struct record *r)
{
	char text[HEAD_SIZE + 1], sum[FS_HASH_MAX], want[FS_HASH_MAX];
	int used = 0, more = 0;

	memcpy(text, head, HEAD_SIZE);
	text[HEAD_SIZE] = '\0';
	if (sscanf(text, "gen=%" SCNd64 " hash=%16[0-9a-f] rules=%d was=%16[0-9a-f] staged=%63[0-9.] events=%"
	    SCNd64 " seq=%" SCNd64 " next=%" SCNd64 " base=%" SCNd64 " size=%" SCNd64
	    " patch=%16[0-9a-f] tail=%" SCNd64 " size=%" SCNd64 " lines=%16[0-9a-f]%n",
	    &r->gen, r->hash, &r->rules, r->was, r->staged, &r->events, &r->seq, &r->next, &r->base,
	    &r->patch_size, r->patch_hash, &r->tail, &r->lines_size, r->lines_hash, &used) != 14)
		return false;
	r->beside = r->beside_size = 0;
	if (sscanf(text + used, " beside=%" SCNd64 " size=%" SCNd64 " value=%16[0-9a-f]%n", &r->beside,
	    &r->beside_size, r->beside_hash, &more) == 3)
		used += more;
	if (sscanf(text + used, " sum=%16[0-9a-f]", sum) != 1)
		return false;
	fs_hash(text, (size_t)used, want);
	return strcmp(sum, want) == 0 && r->gen > 0 && r->events >= 0 && r->seq >= 0 &&
	    r->patch_size >= 0 && r->tail >= 0 && r->lines_size >= 0 && r->beside >= 0 &&
	    r->beside_size >= 0;
}

/* The slot's record, gen 0 if it holds none. */
static int
read_slot(int state_fd, int slot, struct record *r, struct err *e)
{
	struct buf head = { 0 };
	int got = fs_read_at(state_fd, slot_name[slot], 0, HEAD_SIZE, &head, e);

	if (got == 1 || (got == 0 && (head.len < HEAD_SIZE || !scan(head.data, r))))
		*r = (struct record){ 0 };
	r->slot = slot;
	buf_release(&head);
	return got == -1 ? -1 : 0;
}

/* ---- without a record ---- */

/* The newest backup is the generation before the one that the file had. */
static int
newest_backup(const struct project *p, int64_t *gen, struct err *e)
{
	struct backups list = { 0 };
	int r, fd = fs_openat(p->orch_fd, "backup", O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/backup'", p->orch);
	r = backup_list(fd, &list, e);
	if (list.n > 0 && list.v[0].gen >= *gen)
		*gen = list.v[0].gen + 1;
	backup_release(&list);
	close(fd);
	return r;
}

/* No number, and no id, that the suite tells of in the log may be given again. */
static void
raise(struct record *r, const struct val *line)
{
	int64_t seq = val_number(val_get(line, "seq"), 0), gen = val_number(val_get(line, "gen"), 0);
	int64_t task = val_get(line, "source") == NULL ? val_number(val_get(line, "task"), 0) : 0;

	if (seq > r->seq && seq <= EVENT_SEQ_MAX)
		r->seq = seq;
	if (gen > r->gen && gen <= EVENT_SEQ_MAX)
		r->gen = gen;
	if (task >= r->next && task < NUM_ID_MAX)
		r->next = task + 1;
}

static int
newest_event(const struct project *p, struct record *r, struct err *e)
{
	struct buf text = { 0 };
	struct err not_json;
	int got = fs_read(p->orch_fd, EVENT_FILE, FS_FILE_MAX, &text, e);

	for (const char *at = buf_str(&text), *end = at + text.len, *stop; at < end; at = stop + 1) {
		struct val *line;

		if ((stop = memchr(at, '\n', (size_t)(end - at))) == NULL)
			stop = end;
		line = json_parse(at, (size_t)(stop - at), &not_json);
		raise(r, line);
		val_free(line);
	}
	r->events = r->tail = (int64_t)text.len;
	buf_release(&text);
	return got == -1 ? -1 : 0;
}

int
record_peek(int state_fd, struct record *newest, struct record *before, struct err *e)
{
	struct record slot[2];
	bool newer;

	if (read_slot(state_fd, 0, &slot[0], e) == -1 || read_slot(state_fd, 1, &slot[1], e) == -1)
		return -1;
	/* Of two that tell of one generation the one that stands alone is the later. */
	newer = slot[1].gen > slot[0].gen || (slot[1].gen == slot[0].gen && slot[1].base == -1);
	*newest = slot[newer];
	*before = slot[!newer];
	return 0;
}

int
record_read(const struct project *p, int state_fd, struct record *newest,
    struct record *before, struct err *e)
{
	if (record_peek(state_fd, newest, before, e) == -1)
		return -1;
	if (newest->gen > 0)
		return 0;
	if (newest_backup(p, &newest->gen, e) == -1)
		return -1;
	return newest_event(p, newest, e);
}

enum slot_state { SLOT_MISSING, SLOT_RECORD, SLOT_DROPPED, SLOT_DAMAGED };

static enum slot_state
slot_state(int state_fd, int slot)
{
	struct record r = { 0 };
	struct buf head = { 0 };
	struct err none;
	enum slot_state state = SLOT_MISSING;
	int got = fs_read_at(state_fd, slot_name[slot], 0, HEAD_SIZE, &head, &none);

	if (got == 0)
		state = head.len < HEAD_SIZE ? SLOT_DAMAGED : scan(head.data, &r) ? SLOT_RECORD :
		    strspn(buf_str(&head), " ") < HEAD_SIZE ? SLOT_DAMAGED : SLOT_DROPPED;
	buf_release(&head);
	return state;
}

bool
record_damaged(int state_fd)
{
	return slot_state(state_fd, 0) == SLOT_DAMAGED || slot_state(state_fd, 1) == SLOT_DAMAGED;
}

bool
record_lost(int state_fd)
{
	enum slot_state a = slot_state(state_fd, 0), b = slot_state(state_fd, 1);

	return a != SLOT_RECORD && b != SLOT_RECORD &&
	    (a == SLOT_DAMAGED || b == SLOT_DAMAGED || (a == SLOT_MISSING && b == SLOT_MISSING));
}

int
record_write(int state_fd, struct record *r, const struct patch *patch,
    const struct event_tail *tail, const struct buf *beside, struct err *e)
{
	struct buf out = { 0 }, bytes = { 0 };
	char sum[FS_HASH_MAX];
	int rc;

	patch_print(patch, &bytes);
	r->patch_size = (int64_t)bytes.len;
	fs_hash(bytes.data, bytes.len, r->patch_hash);
	r->tail = tail->at;
	r->lines_size = (int64_t)tail->lines.len;
	fs_hash(tail->lines.data, tail->lines.len, r->lines_hash);
	buf_printf(&out, "gen=%" PRId64 " hash=%s rules=%d was=%s staged=%s events=%" PRId64 " seq=%"
	    PRId64 " next=%" PRId64 " base=%" PRId64 " size=%" PRId64 " patch=%s tail=%" PRId64
	    " size=%" PRId64 " lines=%s", r->gen, r->hash, r->rules, r->was, r->staged, r->events, r->seq,
	    r->next, r->base, r->patch_size, r->patch_hash, r->tail, r->lines_size, r->lines_hash);
	if (r->beside > 0) {
		r->beside_size = (int64_t)beside->len;
		fs_hash(beside->data, beside->len, r->beside_hash);
		buf_printf(&out, " beside=%" PRId64 " size=%" PRId64 " value=%s", r->beside, r->beside_size,
		    r->beside_hash);
	}
	fs_hash(out.data, out.len, sum);
	buf_printf(&out, " sum=%s\n", sum);
	while (out.len < HEAD_SIZE)
		buf_putc(&out, ' ');
	buf_append(&out, bytes.data, bytes.len);
	buf_append(&out, tail->lines.data, tail->lines.len);
	if (r->beside > 0)
		buf_append(&out, beside->data, beside->len);
	while (out.len % FILE_UNIT != 0)
		buf_putc(&out, '\0');
	rc = fs_patch(state_fd, slot_name[r->slot], 0, out.data, out.len, e);
	buf_release(&bytes);
	buf_release(&out);
	return rc;
}

int
record_drop(int state_fd, const struct record *r, struct err *e)
{
	char head[HEAD_SIZE];

	memset(head, ' ', sizeof head);
	return fs_patch(state_fd, slot_name[r->slot], 0, head, sizeof head, e);
}

/* A part of what follows the head; 1: it is not what was written there. */
static int
read_part(int state_fd, const struct record *r, int64_t at, int64_t size, const char *want,
    struct buf *bytes, struct err *e)
{
	char hash[FS_HASH_MAX];
	int rc = fs_read_at(state_fd, slot_name[r->slot], HEAD_SIZE + at, (size_t)size, bytes, e);

	if (rc != 0)
		return rc;
	fs_hash(buf_str(bytes), bytes->len, hash);
	return strcmp(hash, want) != 0;
}

int
record_patch(int state_fd, const struct record *r, size_t base_len, struct patch *patch,
    struct err *e)
{
	struct buf bytes = { 0 };
	int rc = read_part(state_fd, r, 0, r->patch_size, r->patch_hash, &bytes, e);

	*patch = (struct patch){ 0 };
	if (rc == 0 && patch_parse(patch, bytes.data, bytes.len, base_len) == -1)
		rc = 1;
	buf_release(&bytes);
	return rc;
}

int
record_tail(int state_fd, const struct record *r, struct event_tail *tail, struct err *e)
{
	int rc = 0;

	tail->at = r->tail;
	buf_cut(&tail->lines, 0);
	if (r->lines_size > 0)
		rc = read_part(state_fd, r, r->patch_size, r->lines_size, r->lines_hash, &tail->lines, e);
	if (rc == 1) {
		buf_cut(&tail->lines, 0);
		rc = 0;
	}
	return rc;
}

int
record_beside(int state_fd, const struct record *r, struct buf *text, struct err *e)
{
	if (r->beside == 0)
		return 1;
	return read_part(state_fd, r, r->patch_size + r->lines_size, r->beside_size, r->beside_hash,
	    text, e);
}

bool
record_is(const struct record *r, const struct buf *text)
{
	char hash[FS_HASH_MAX];

	if (r->gen == 0 || r->hash[0] == '\0')
		return false;
	fs_hash(buf_str(text), text->len, hash);
	return strcmp(hash, r->hash) == 0;
}
