/*
 * login - asks an agent's own program whether there is a login
 *
 * The driver's `auth:` says with which arguments, and which exit status means yes.  The
 * program gets nothing to read, its output goes nowhere, and it is killed, with its group,
 * after LOGIN_MS.  Never under the state lock.
 */
#ifndef ORCH_WORK_LOGIN_H
#define ORCH_WORK_LOGIN_H

struct agent;
struct err;
struct project;

#define LOGIN_MS 30000

enum login { LOGIN_UNKNOWN, LOGIN_GOOD, LOGIN_REFUSED };

/* -1: the program is not there, or could not be run.  LOGIN_UNKNOWN: nothing asks, or
 * there was no answer in time. */
int	login_ask(const struct project *, const struct agent *, enum login *, struct err *);

const char *login_name(enum login);	/* "good" */

#endif
