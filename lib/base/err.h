/*
 * err - one error value for the whole suite
 *
 * A function that can fail takes a `struct err *` as its last argument and
 * returns -1 (or NULL) after filling it in; it never prints and never exits.
 * Setters return -1, so that a failing line reads
 *
 *	return err_sys(e, "cannot open '%s'", path);
 *
 * Each caller may put its own words in front, once, with err_prefix().  Only
 * cmd/ prints the message and turns the code into an exit status.  The value
 * lives in the caller's frame and holds no memory to release; { 0 } is "no
 * error".  A NULL `struct err *` is not allowed.
 */
#ifndef ORCH_BASE_ERR_H
#define ORCH_BASE_ERR_H

#define ERR_MSG_MAX 1024

/* The reasons a command can end with; err_exit() is the table of statuses. */
enum err_code {
	ERR_NONE = 0,
	ERR_NO,		/* the honest answer is no                       -> 1   */
	ERR_USAGE,	/* misuse, no such id                            -> 2   */
	ERR_INVALID,	/* a file, a schedule or a reply is not valid    -> 65  */
	ERR_FAILED,	/* failed for good, or a person is needed        -> 69  */
	ERR_SYSTEM,	/* the system refused: disk, permission, memory  -> 71  */
	ERR_BUSY,	/* busy, locked, rate-limited, will be retried   -> 75  */
	ERR_AUTH,	/* credentials are missing or refused            -> 77  */
	ERR_CONFIG,	/* configuration is wrong                        -> 78  */
	ERR_TIMEOUT,	/* the time given by the caller passed           -> 124 */
};

struct err {
	enum err_code code;
	int sys;			/* errno behind it, 0 if none */
	char msg[ERR_MSG_MAX];		/* one line, no full stop, cut if longer */
};

/* Both return -1.  err_sys() is ERR_SYSTEM and appends ": " and errno's text. */
int	err_set(struct err *, enum err_code, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
int	err_sys(struct err *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Puts "text: " before the message, keeping code and errno.  Returns -1. */
int	err_prefix(struct err *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The exit status of DESIGN 5 for a code. */
int	err_exit(enum err_code);

/* Of two exit statuses the worse: 71, 78, 77, 65, 69, 75, 124, 2, 1, 0. */
int	err_worse(int, int);

#endif
