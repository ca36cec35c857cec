#include "task/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/tzif.h"
#include "sys/fs.h"
#include "sys/path.h"

#define FOLDER "/usr/share/zoneinfo"
#define LOCAL "/etc/localtime"
#define NAME_MAX_BYTES 128

static bool
is_name(const char *s)
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-";
	size_t len = strlen(s);

	if (len > NAME_MAX_BYTES)
		return false;
	for (;; s++) {
		size_t n = strspn(s, set);

		s += n;
		if (n == 0 || *s != '/')
			return n > 0 && *s == '\0';
	}
}

/* A file of the zone, through links: most names of the tz database are some.  errno in e->sys. */
static struct tzif *
read_file(const char *path, struct err *e)
{
	struct buf bytes = { 0 };
	struct tzif *zone = NULL;
	char *real = path_absolute(path, e);
	int r = real != NULL ? fs_read(AT_FDCWD, real, TZIF_SIZE_MAX, &bytes, e) : -1;

	if (r == 1)
		e->sys = ENOENT;
	if (r == 0) {
		zone = tzif_read(buf_str(&bytes), bytes.len, e);
		if (zone == NULL)
			err_prefix(e, "'%s'", path);
	}
	buf_release(&bytes);
	free(real);
	return zone;
}

static const struct tzif *
keep(struct zones *all, const char *name, struct tzif *zone)
{
	if (zone == NULL)
		return NULL;
	all->v = vec_room(all->v, &all->cap, all->n, sizeof *all->v);
	all->v[all->n++] = (struct zone){ xstrdup(name), zone };
	return zone;
}

static const struct tzif *
find(const struct zones *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].name, name) == 0)
			return all->v[i].zone;
	return NULL;
}

static struct tzif *
read_name(const char *name, struct err *e)
{
	const char *dir = getenv("TZDIR");
	struct tzif *zone;
	char *path;

	if (strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0)
		return tzif_posix("UTC0", e);
	path = path_join(dir != NULL && *dir != '\0' ? dir : FOLDER, name);
	zone = read_file(path, e);
	if (zone == NULL && (e->sys == ENOENT || e->sys == ENOTDIR))
		err_set(e, ERR_INVALID, "no time zone '%s': there is no %s", name, path);
	free(path);
	return zone;
}

const struct tzif *
zones_get(struct zones *all, const char *name, struct err *e)
{
	const struct tzif *zone = find(all, name);
	struct buf shown = { 0 };

	if (zone != NULL)
		return zone;
	if (is_name(name)) {
		if ((zone = keep(all, name, read_name(name, e))) == NULL)
			e->code = ERR_INVALID;
		return zone;
	}
	str_visible(&shown, name, str_cut(name, strlen(name), NAME_MAX_BYTES), false);
	err_set(e, ERR_INVALID, "'%s' is no name of a time zone, which is one like Europe/Berlin", buf_str(&shown));
	buf_release(&shown);
	return NULL;
}

/* What TZ may be beyond a name: the path of a file or a TZ string. */
static const struct tzif *
read_tz(struct zones *all, const char *tz, struct err *e)
{
	struct err why = { 0 };
	struct tzif *zone;

	tz += *tz == ':';
	if (*tz == '\0')
		return zones_get(all, "UTC", e);
	if (*tz == '/')
		return keep(all, tz, read_file(tz, e));
	if (is_name(tz) && zones_get(all, tz, e) != NULL)
		return find(all, tz);
	/* "EST5" is a name by its letters too. */
	if ((zone = tzif_posix(tz, &why)) == NULL && !is_name(tz))
		err_set(e, ERR_CONFIG, "it is neither a time zone nor a rule for one");
	return keep(all, tz, zone);
}

/* The zone that /etc/localtime means where the files of the zones are not installed. */
static const char *
link_name(char *target, size_t size)
{
	ssize_t n = readlink(LOCAL, target, size - 1);
	const char *name;

	target[n > 0 ? n : 0] = '\0';
	name = strstr(target, "/zoneinfo/");
	return n <= 0 ? "UTC" : name != NULL ? name + strlen("/zoneinfo/") : target;
}

const struct tzif *
zones_default(struct zones *all, struct err *e)
{
	const char *tz = getenv("TZ");
	const struct tzif *zone = find(all, tz != NULL ? tz : LOCAL);
	char target[PATH_MAX];

	if (zone != NULL)
		return zone;
	if (tz != NULL) {
		if ((zone = read_tz(all, tz, e)) == NULL)
			err_prefix(e, "TZ");
	} else if ((zone = keep(all, LOCAL, read_file(LOCAL, e))) == NULL && e->sys == ENOENT)
		zone = zones_get(all, link_name(target, sizeof target), e);
	if (zone == NULL)
		e->code = ERR_CONFIG;
	return zone;
}

const struct tzif *
zones_of(struct zones *all, const char *name, struct err *e)
{
	return name != NULL ? zones_get(all, name, e) : zones_default(all, e);
}

void
zones_release(struct zones *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->v[i].name);
		tzif_free(all->v[i].zone);
	}
	free(all->v);
	*all = (struct zones){ 0 };
}
