#include "work/sync_name.h"

#include <string.h>

#define NAME_MAX_LEN 100		/* of an owner or a repository */

/* GitHub allows letters, digits and "._-" in names; "." and ".." are none. */
static bool
is_name(const char *s, size_t len)
{
	return len > 0 && len <= NAME_MAX_LEN && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-") >= len && strspn(s, ".") < len;
}

bool
sync_name_repo(const char *repo)
{
	const char *slash = strchr(repo, '/');

	return slash != NULL && is_name(repo, (size_t)(slash - repo)) &&
	    is_name(slash + 1, strlen(slash + 1));
}

bool
sync_name_host(const char *s)
{
	size_t len = strcspn(s, ":");

	if (s[len] == ':' && (s[len + 1] == '\0' || strlen(s + len + 1) > 5 ||
	    strspn(s + len + 1, "0123456789") != strlen(s + len + 1)))
		return false;
	return len > 0 && len <= 253 && s[0] != '.' && s[0] != '-' &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len && strstr(s, "..") == NULL;
}
