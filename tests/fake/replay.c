/*
 * replay - an agent that does again what a real one did
 *
 *	replay [-n] FOLDER [ARG ..]
 *
 * FOLDER is one of tests/data/transcripts.  Standard input is read to its end, as the
 * CLIs do; then the bytes of FOLDER/stdout and FOLDER/stderr are written, the stream
 * first that was first, a line a write; FOLDER/usage, if there is one, becomes the file
 * usage.json in $ORCH_OUT; then FOLDER/how says how it ended:
 *
 *	exit N | signal SIGNAME		so it ended
 *	stopped WHY | signalled		but only because it was made to: it hangs here
 *					until a signal comes (-n: it does not wait)
 *	first stderr			stderr came before stdout
 *
 * One that died of SIGKILL does not hear the others.  125: FOLDER cannot be read.
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TROUBLE 125

struct how {
	int exit, signal;	/* one of them; signal 0: exit */
	bool waits, stderr_first;
};

static FILE *
open_file(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "r");
	if (!f)
		err(TROUBLE, "%s", path);
	return f;
}

static int
signal_of(const char *name)
{
	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) && strcmp(sigabbrev_np(i), name + strlen("SIG")) == 0)
			return i;
	errx(TROUBLE, "no signal %s", name);
}

static void
read_how(struct how *how, const char *folder)
{
	FILE *f = open_file(folder, "how");
	char line[128], word[32], value[32];

	while (fgets(line, sizeof line, f)) {
		*value = '\0';
		if (sscanf(line, "%31s %31s", word, value) < 1)
			continue;
		if (strcmp(word, "exit") == 0)
			how->exit = (int)strtol(value, NULL, 10);
		else if (strcmp(word, "signal") == 0)
			how->signal = signal_of(value);
		else if (strcmp(word, "stopped") == 0 || strcmp(word, "signalled") == 0)
			how->waits = true;
		else if (strcmp(word, "first") == 0)
			how->stderr_first = strcmp(value, "stderr") == 0;
		else if (*word != '#')
			errx(TROUBLE, "%s/how: '%s'?", folder, word);
	}
	fclose(f);
}

static void
copy(const char *folder, const char *name, int fd)
{
	FILE *f = open_file(folder, name);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) > 0)
		if (write(fd, line, (size_t)n) != n)
			err(TROUBLE, "%s", name);
	free(line);
	fclose(f);
}

static void
leave_usage(const char *folder)
{
	const char *out = getenv("ORCH_OUT");
	char from[4096], to[4096], bytes[4096];
	FILE *in, *f;
	size_t n;

	snprintf(from, sizeof from, "%s/usage", folder);
	in = fopen(from, "r");
	if (!in || !out)
		return;
	snprintf(to, sizeof to, "%s/usage.json", out);
	f = fopen(to, "w");
	if (!f)
		err(TROUBLE, "%s", to);
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		fwrite(bytes, 1, n, f);
	fclose(f);
	fclose(in);
}

static void
wait_for_signal(const struct how *how)
{
	static const int heard[] = { SIGTERM, SIGHUP, SIGINT };
	sigset_t set;
	int sig;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof heard / sizeof *heard; i++)
		sigaddset(&set, heard[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	do
		sigwait(&set, &sig);
	while (how->signal == SIGKILL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int
main(int argc, char **argv)
{
	struct how how = { 0 };
	bool waits = argc < 2 || strcmp(argv[1], "-n") != 0;
	const char *folder = argv[waits ? 1 : 2];
	char rest[4096];

	if (!folder)
		errx(TROUBLE, "which folder?");
	read_how(&how, folder);
	while (read(STDIN_FILENO, rest, sizeof rest) > 0)
		;
	copy(folder, how.stderr_first ? "stderr" : "stdout", how.stderr_first ? 2 : 1);
	copy(folder, how.stderr_first ? "stdout" : "stderr", how.stderr_first ? 1 : 2);
	leave_usage(folder);
	if (how.waits && waits)
		wait_for_signal(&how);
	if (how.signal) {
		signal(how.signal, SIG_DFL);
		raise(how.signal);
	}
	return how.exit;
}
