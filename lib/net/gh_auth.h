/*
 * gh_auth - the token for a host of GitHub's, and where it came from
 *
 * In this order, the first one that has one:
 *
 *	GH_TOKEN, GITHUB_TOKEN			github.com and *.ghe.com
 *	GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN	all other hosts
 *	token_command				from the configuration; one that fails is an
 *						error, and nothing behind it is asked
 *	gh auth token --hostname HOST		where gh is on PATH
 *	${GH_CONFIG_DIR}/hosts.yml		else $XDG_CONFIG_HOME/gh/, else ~/.config/gh/
 *
 * Tokens have no length that is known: those of an App are longer than 500 bytes.  One is
 * printable ASCII without blanks; anything else is refused.  It stands in no argument,
 * message or log, and messages have nothing of what a program or a file said.
 *
 * Programs are started without a shell (proc.h), in "/", with nothing to read and nowhere to
 * complain, and are killed with their group after GH_AUTH_MS or more than GH_AUTH_MAX bytes.
 * gh gets what it needs to find its files and its keyring, and no token; token_command what
 * is given as `env`, but for variables that make a loader or a shell run something else.
 */
#ifndef ORCH_NET_GH_AUTH_H
#define ORCH_NET_GH_AUTH_H

struct err;
struct vec_str;

#define GH_AUTH_MS 30000
#define GH_AUTH_MAX (64u << 10)

struct gh_credential {
	char *token;
	char *source;	/* "GH_TOKEN", "gh auth token", ...: for a person */
	char *note;	/* what a person should mend, though it works; or NULL */
};

/*
 * token_command: argv, a program on PATH or with its absolute path; NULL or empty: none.
 * ERR_AUTH if there is no token or it cannot be had, with what to do about that.
 */
int	gh_auth(const char *host, const struct vec_str *token_command, char *const *env,
	    struct gh_credential *, struct err *);	/* ERR_CONFIG: that is no host */
void	gh_credential_release(struct gh_credential *);

#endif
