/*
 * gh_auth_impl - where gh_auth looks when the environment has no token
 */
#ifndef ORCH_NET_GH_AUTH_IMPL_H
#define ORCH_NET_GH_AUTH_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "net/gh_auth.h"

struct buf;

/* The value of a variable that is not empty; NULL. */
const char *gh_auth_variable(char *const *env, const char *name);

/*
 * What the program printed, within `ms`; `gh`: with the environment that gh gets.  0: it ended well.
 * 1: there is no such program.  -1 with ERR_AUTH: it failed; nothing of what it said is in
 * the message.
 */
int	gh_auth_ask(const struct vec_str *argv, char *const *env, bool gh, int64_t ms, struct buf *said,
	    struct err *);

/* From hosts.yml: 1, *token, the file as *source, perhaps a *note; 0: it has none. */
int	gh_auth_file(const char *host, char *const *env, struct gh_credential *);

#endif
