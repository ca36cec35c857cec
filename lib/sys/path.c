#include "path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"

char *
path_join(const char *dir, const char *name)
{
	size_t len = strlen(dir);

	if (*name == '/' || len == 0)
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, dir[len - 1] == '/' ? "" : "/", name);
}

char *
path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	while (slash > path && slash[-1] == '/')
		slash--;
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *
path_absolute(const char *path, struct err *e)
{
	char *real = realpath(path, NULL);

	if (real == NULL && errno == ENOMEM)
		xnomem();
	if (real == NULL)
		err_sys(e, "cannot resolve '%s'", path);
	return real;
}

bool
path_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool
path_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Another process may make the same folder at the same time. */
static int
make_one(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno == EEXIST && path_is_dir(dir))
		return 0;
	return err_sys(e, "cannot make folder '%s'", dir);
}

int
path_make(const char *dir, struct err *e)
{
	char *copy, *p;
	int rc = 0;

	if (path_is_dir(dir))
		return 0;
	copy = xstrdup(dir);
	for (p = copy; rc == 0 && *p != '\0'; p++) {
		if (*p != '/' || p == copy || p[-1] == '/')
			continue;
		*p = '\0';
		rc = path_is_dir(copy) ? 0 : make_one(copy, e);
		*p = '/';
	}
	if (rc == 0)
		rc = make_one(copy, e);
	free(copy);
	return rc;
}

/* The base directory specification has relative values ignored. */
static char *
home(const char *variable, const char *below_home, struct err *e)
{
	const char *dir = getenv(variable);

	if (dir != NULL && *dir == '/')
		return path_join(dir, "orch");
	dir = getenv("HOME");
	if (dir != NULL && *dir == '/')
		return path_join(dir, below_home);
	err_set(e, ERR_CONFIG, "neither %s nor HOME is set to an absolute path", variable);
	return NULL;
}

char *
path_config_home(struct err *e)
{
	return home("XDG_CONFIG_HOME", ".config/orch", e);
}

char *
path_state_home(struct err *e)
{
	return home("XDG_STATE_HOME", ".local/state/orch", e);
}

/* The folder of the program that runs, NULL if /proc does not say. */
static char *
program_dir(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	return path_dir(exe);
}

/* share/orch of the folder `levels` above dir; NULL if it is not there. */
static char *
share_above(const char *dir, int levels)
{
	char *at = xstrdup(dir), *up, *share;

	while (levels-- > 0) {
		up = path_dir(at);
		free(at);
		at = up;
	}
	share = path_join(at, "share/orch");
	free(at);
	if (path_is_dir(share))
		return share;
	free(share);
	return NULL;
}

char *
path_share(struct err *e)
{
	const char *given = getenv("ORCH_SHARE");
	char *dir, *share = NULL;

	if (given != NULL && *given != '\0') {
		if (path_is_dir(given))
			return xstrdup(given);
		err_set(e, ERR_CONFIG, "ORCH_SHARE is '%s', which is no folder", given);
		return NULL;
	}
	dir = program_dir();
	if (dir != NULL)
		share = share_above(dir, 1);
	if (dir != NULL && share == NULL)
		share = share_above(dir, 3);
	free(dir);
	if (share != NULL)
		return share;
	if (path_is_dir(ORCH_SHARE))
		return xstrdup(ORCH_SHARE);
	err_set(e, ERR_CONFIG, "cannot find the shipped defaults; set ORCH_SHARE to share/orch");
	return NULL;
}
