#include "work/told.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/jsonfile.h"

#define FILE_NAME "cron.told"
#define SIZE_MAX_BYTES (64u << 10)

static bool
is_known(const struct val *at, int64_t now)
{
	int64_t then = val_number(at, 0);

	return then <= now && now - then < TOLD_AGAIN_S;
}

/* Those that are known still, but for `text` itself; of too many not the oldest. */
static struct val *
others(const struct val *old, const char *text, int64_t now)
{
	struct val *all = val_map();
	size_t known = 0, passed = 0;

	if (old == NULL || old->kind != VAL_MAP)
		return all;
	for (size_t i = 0; i < old->n; i++)
		known += is_known(old->v[i], now);
	for (size_t i = 0; i < old->n; i++) {
		if (!is_known(old->v[i], now) || strcmp(old->key[i], text) == 0)
			continue;
		if (passed++ + TOLD_MAX > known)
			val_put(all, old->key[i], val_int(val_number(old->v[i], 0)));
	}
	return all;
}

bool
told_new(struct project *p, const char *text, int64_t now)
{
	struct err ignored = { 0 };
	char hash[FS_HASH_MAX];
	struct val *file, *told, *v;
	const struct val *was;
	bool isnew;
	int dir;

	fs_hash(text, strlen(text), hash);
	if (project_prepare(p, &ignored) == -1 || (dir = project_dir(p, "state", &ignored)) == -1)
		return true;
	file = jsonfile_peek(dir, FILE_NAME, SIZE_MAX_BYTES);
	was = val_get(val_get(file, "told"), hash);
	isnew = was == NULL || !is_known(was, now);
	if (isnew) {
		told = others(val_get(file, "told"), hash, now);
		val_put(told, hash, val_int(now));
		v = val_map();
		val_put(v, "schema", val_int(1));
		val_put(v, "told", told);
		jsonfile_write(dir, FILE_NAME, v, &ignored);
	}
	val_free(file);
	close(dir);
	return isnew;
}

bool
told_new_logged(struct project *p, const char *text, int64_t now)
{
	char *logged = xasprintf("log: %s", text);
	bool isnew = told_new(p, logged, now);

	free(logged);
	return isnew;
}
