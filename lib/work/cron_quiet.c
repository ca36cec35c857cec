#include "work/cron_quiet.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "task/config.h"
#include "task/project.h"

#define FILE_NAME "cron.quiet"
#define STATE_NAME "cron.json"
#define SIZE_MAX_BYTES 256
#define DAY (INT64_C(24) * 3600)

/* What it is bound to.  Without a cron.json there is nothing to be bound to. */
static bool
bound_to(const struct project *p, int dir, const struct buf *jobs, char key[FS_HASH_MAX])
{
	const char *zone = config_text(&p->config, "cron.timezone");
	char text[FS_HASH_MAX];
	struct buf b = { 0 };
	struct stat st;

	if (fstatat(dir, STATE_NAME, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	fs_hash(buf_str(jobs), jobs->len, text);
	buf_printf(&b, "%s %s %ju %ju %jd.%09ld", text, zone != NULL ? zone : "", (uintmax_t)st.st_ino,
	    (uintmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	fs_hash(buf_str(&b), b.len, key);
	buf_release(&b);
	return true;
}

static void
line(struct buf *b, const char *key, int64_t from, int64_t until)
{
	char sum[FS_HASH_MAX];

	buf_printf(b, "%s %" PRId64 " %" PRId64, key, from, until);
	fs_hash(buf_str(b), b->len, sum);
	buf_printf(b, " %s\n", sum);
}

bool
cron_quiet(const struct project *p, const struct buf *jobs, int64_t now)
{
	int dir = p->orch_fd != -1 ? fs_open_dir(p->orch_fd, "state") : -1;
	char key[FS_HASH_MAX], was[FS_HASH_MAX];
	struct buf text = { 0 }, same = { 0 };
	struct err ignored = { 0 };
	int64_t from, until;
	bool yes = false;

	if (dir == -1)
		return false;
	if (fs_read(dir, FILE_NAME, SIZE_MAX_BYTES, &text, &ignored) == 0 &&
	    sscanf(buf_str(&text), "%16s %" SCNd64 " %" SCNd64, was, &from, &until) == 3) {
		line(&same, was, from, until);
		yes = strcmp(buf_str(&same), buf_str(&text)) == 0 && from <= now && now < until &&
		    bound_to(p, dir, jobs, key) && strcmp(key, was) == 0;
	}
	buf_release(&text);
	buf_release(&same);
	close(dir);
	return yes;
}

void
cron_quiet_note(const struct project *p, const struct buf *jobs, int64_t now, int64_t until)
{
	int dir = p->orch_fd != -1 ? fs_open_dir(p->orch_fd, "state") : -1;
	struct err ignored = { 0 };
	char key[FS_HASH_MAX];
	struct buf b = { 0 };

	if (dir == -1)
		return;
	if (bound_to(p, dir, jobs, key)) {
		line(&b, key, now, until < now + DAY ? until : now + DAY);
		fs_cache(dir, FILE_NAME, &(struct iovec){ b.data, b.len }, 1, &ignored);
	}
	buf_release(&b);
	close(dir);
}
