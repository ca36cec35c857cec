#include "net/backoff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/limit.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"

#define FILE_MAX_BYTES (64u << 10)
#define HOUR INT64_C(3600000)
#define NUMBER_MAX (INT64_C(1) << 53)
#define CLOCK_SLACK 60000	/* between processes, and what a clock is corrected by */
#define RESOURCES_MAX 32	/* that have a wait of their own: more is no answer of GitHub's */

/* It must be private, whoever made it. */
static int
need_dir(struct backoff *b, struct err *e)
{
	if (b->dirfd == -1 && path_make(b->dir, e) == 0)
		b->dirfd = fs_private_dir(AT_FDCWD, b->dir, e);
	return b->dirfd == -1 ? -1 : 0;
}

/* Another process may have made it meanwhile. */
static int
look_for_dir(struct backoff *b, struct err *e)
{
	if (b->dirfd != -1 || (access(b->dir, F_OK) == -1 && errno == ENOENT))
		return 0;
	return need_dir(b, e);
}

int
backoff_open(struct backoff *b, const char *host, const char *token, struct err *e)
{
	char hash[FS_HASH_MAX];

	fs_hash(token, strlen(token), hash);
	return backoff_open_hash(b, host, hash, e);
}

int
backoff_open_hash(struct backoff *b, const char *host, const char *hash, struct err *e)
{
	char *home = path_state_home(e);
	struct buf name = { 0 };

	*b = (struct backoff){ .dirfd = -1 };
	if (home == NULL)
		return -1;
	b->dir = path_join(home, "gh");
	str_slug(&name, host, 100);
	buf_printf(&name, "-%s.json", hash);
	b->name = buf_detach(&name);
	free(home);
	if (look_for_dir(b, e) == 0)
		return 0;
	backoff_close(b);
	return -1;
}

void
backoff_close(struct backoff *b)
{
	if (b->dirfd != -1)
		close(b->dirfd);
	free(b->dir);
	free(b->name);
	*b = (struct backoff){ .dirfd = -1 };
}

/* Always a map with a map "until" in it. */
static int
load(const struct backoff *b, struct val **v, struct err *e)
{
	struct buf text = { 0 };
	struct err ignored = { 0 };
	int r = b->dirfd == -1 ? 1 : fs_read(b->dirfd, b->name, FILE_MAX_BYTES, &text, &ignored);

	*v = r == 0 ? json_parse(buf_str(&text), text.len, &ignored) : NULL;
	buf_release(&text);
	if (r == -1 && ignored.code == ERR_SYSTEM) {
		*e = ignored;
		return -1;
	}
	if (*v == NULL || (*v)->kind != VAL_MAP) {
		val_free(*v);
		*v = val_map();
	}
	if (val_get(*v, "until") == NULL || val_get(*v, "until")->kind != VAL_MAP)
		val_put(*v, "until", val_map());
	return 0;
}

static int
save(const struct backoff *b, struct val *v, int64_t now, struct err *e)
{
	struct buf text = { 0 };
	int r;

	val_put(v, "noted", val_int(now));
	json_print(&text, v);
	buf_putc(&text, '\n');
	r = fs_replace(b->dirfd, b->name, text.data, text.len, 0600, e);
	buf_release(&text);
	return r;
}

/* What is no number that was written here counts as 0. */
static int64_t
number(const struct val *map, const char *key)
{
	int64_t n = val_number(val_get(map, key), 0);

	return n < 0 || n > NUMBER_MAX ? 0 : n;
}

static bool
set_back(const struct val *v, int64_t now)
{
	return number(v, "noted") > now + CLOCK_SLACK;
}

static void
shift(struct val *time, int64_t by)
{
	if (time != NULL && time->kind == VAL_INT && __builtin_add_overflow(time->i, by, &time->i))
		time->i = 0;
}

/* Everything was noted by a clock that was ahead. */
static void
mend(struct val *v, int64_t now)
{
	int64_t by = now - number(v, "noted");
	struct val *until = val_get(v, "until");

	if (!set_back(v, now))
		return;
	for (size_t i = 0; i < until->n; i++)
		shift(until->v[i], by);
	shift(val_get(v, "write"), by);
	shift(val_get(v, "hour"), by);
}

/* Loads under the lock, which stays where that succeeds. */
static int
begin(struct backoff *b, struct lock *lock, struct val **v, int64_t now, struct err *e)
{
	if (need_dir(b, e) == -1 || lock_take(lock, b->dirfd, LOCK_WAIT_MS, "orch-sync-gh", e) == -1)
		return -1;
	if (load(b, v, e) == -1) {
		lock_release(lock);
		return -1;
	}
	mend(*v, now);
	return 0;
}

/* The later of what holds for all and for the resource; 0: neither is ahead. */
static int64_t
ahead(const struct val *v, const char *resource, int64_t now)
{
	const struct val *until = val_get(v, "until");
	int64_t all = number(until, BACKOFF_ALL);
	int64_t own = number(until, resource), last = all > own ? all : own;

	/* Nothing that is noted lies so far ahead: it is no time of ours. */
	return last > now && last - now <= LIMIT_WAIT_MAX ? last : 0;
}

int
backoff_look(struct backoff *b, const char *resource, int64_t now, int64_t *until, unsigned int *before,
    struct err *e)
{
	struct lock lock = { .fd = -1 };
	struct val *v;
	int64_t n;
	int r = 0;

	if (look_for_dir(b, e) == -1 || load(b, &v, e) == -1)
		return -1;
	if (set_back(v, now)) {
		val_free(v);
		if (begin(b, &lock, &v, now, e) == -1)
			return -1;
		r = save(b, v, now, e);
		lock_release(&lock);
	}
	*until = ahead(v, resource, now);
	n = number(v, "secondary");
	if (number(val_get(v, "until"), BACKOFF_ALL) + HOUR < now)
		n = 0;
	*before = n > 16 ? 16 : (unsigned int)n;
	val_free(v);
	return r;
}

int
backoff_list(const struct backoff *b, int64_t now, struct val **list, struct err *e)
{
	struct val *v, *until;

	if (load(b, &v, e) == -1)
		return -1;
	mend(v, now);
	until = val_get(v, "until");
	*list = val_map();
	for (size_t i = 0; i < until->n; i++)
		if (ahead(v, until->key[i], now) != 0 && number(until, until->key[i]) > now)
			val_add(*list, until->key[i], val_int(number(until, until->key[i])));
	if (number(v, "writes") >= BACKOFF_HOUR_MAX && number(v, "hour") + HOUR > now &&
	    number(v, "hour") <= now + HOUR)
		val_add(*list, "writes", val_int(number(v, "hour") + HOUR));
	val_free(v);
	return 0;
}

int
backoff_note(struct backoff *b, const char *resource, int64_t now, int64_t until, bool secondary,
    struct err *e)
{
	struct lock lock = { .fd = -1 };
	struct val *v, *map;
	int64_t n, last;
	int r;

	if (begin(b, &lock, &v, now, e) == -1)
		return -1;
	map = val_get(v, "until");
	last = number(map, BACKOFF_ALL);
	if (secondary) {
		n = number(v, "secondary");
		val_put(v, "secondary", val_int(n > 0 && last + HOUR >= now ? n + 1 : 1));
	}
	if (val_get(map, resource) == NULL && map->n >= RESOURCES_MAX)
		resource = BACKOFF_ALL;
	if (ahead(v, resource, now) < until)
		val_put(map, resource, val_int(until));
	r = save(b, v, now, e);
	lock_release(&lock);
	val_free(v);
	return r;
}

int
backoff_turn(struct backoff *b, int64_t now, int64_t interval, int64_t *at, struct err *e)
{
	struct lock lock = { .fd = -1 };
	struct val *v;
	int64_t next, hour, writes;
	int r;

	*at = now;
	if (interval <= 0)
		return 0;
	if (begin(b, &lock, &v, now, e) == -1)
		return -1;
	hour = number(v, "hour");
	writes = number(v, "writes");
	if (hour + HOUR <= now || hour > now + HOUR) {
		hour = now;
		writes = 0;
	}
	next = number(v, "write");
	/* Farther ahead than everybody who may wait in the row: no time of ours. */
	if (next > now && next - now <= BACKOFF_HOUR_MAX * interval)
		*at = next;
	if (writes >= BACKOFF_HOUR_MAX) {
		*at = hour + HOUR;
		r = 1;
	} else {
		val_put(v, "write", val_int(*at + interval));
		val_put(v, "hour", val_int(hour));
		val_put(v, "writes", val_int(writes + 1));
		r = save(b, v, now, e);
	}
	lock_release(&lock);
	val_free(v);
	return r;
}
