#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/str.h"
#include "cmd.h"

int
cmd_ask(const char *question)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	FILE *tty = fd != -1 ? fdopen(fd, "r+") : NULL;
	struct buf text = { 0 };
	char line[16];
	int yes = 0;

	if (tty == NULL)
		return 0;
	str_visible(&text, question, strlen(question), false);
	fprintf(tty, "%s [y/N] ", buf_str(&text));
	fflush(tty);
	if (fgets(line, sizeof line, tty) != NULL)
		yes = *line == 'y' || *line == 'Y';
	buf_release(&text);
	fclose(tty);
	return yes;
}
