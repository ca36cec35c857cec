#include "work/keeper_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "work/agent_meter.h"
#include "work/jsonl.h"

/*
 * Most lines are no such event, and that shows without reading them as JSON: a value
 * that is asked for must stand in the line.  (One that is written with escapes is
 * missed, and then the agent's own end is waited for.)
 */
static bool
may_be(const struct jsonl_sel *what, const char *line, size_t len)
{
	if (len == 0 || memchr("{[ \t", *line, 4) == NULL)
		return false;
	for (size_t i = 0; i < what->n; i++)
		if (what->cond[i].test == JSONL_IS &&
		    memmem(line, len, what->cond[i].value, strlen(what->cond[i].value)) == NULL)
			return false;
	return true;
}

static bool
look(const struct keeper_scan *s, const char *line, size_t len)
{
	struct jsonl events = { 0 };
	bool asked = s->what != NULL && may_be(s->what, line, len), seen;

	if (!asked && s->meter == NULL)
		return false;
	jsonl_read(&events, line, len, false);
	seen = asked && jsonl_seen(s->what, &events);
	for (size_t i = 0; s->meter != NULL && i < events.n; i++)
		agent_meter_add(s->meter, events.v[i]);
	jsonl_release(&events);
	return seen;
}

static void
keep(struct keeper_scan *s, const char *data, size_t len)
{
	s->over = s->over || s->len + len > KEEPER_LINE_MAX;
	if (s->over || len == 0)
		return;
	if (s->line == NULL)
		s->line = xmalloc(KEEPER_LINE_MAX);
	memcpy(s->line + s->len, data, len);
	s->len += len;
}

bool
keeper_scan(struct keeper_scan *s, const char *data, size_t len)
{
	const char *end;
	bool seen = false;

	if (s->what == NULL && s->meter == NULL)
		return false;
	while ((end = memchr(data, '\n', len)) != NULL) {
		size_t n = (size_t)(end - data);

		if (s->len > 0 || s->over) {
			keep(s, data, n);
			seen = (!s->over && look(s, s->line, s->len)) || seen;
		} else if (n <= KEEPER_LINE_MAX) {
			seen = look(s, data, n) || seen;
		}
		s->len = 0;
		s->over = false;
		data = end + 1;
		len -= n + 1;
	}
	keep(s, data, len);
	return seen;
}

void
keeper_scan_release(struct keeper_scan *s)
{
	free(s->line);
	*s = (struct keeper_scan){ 0 };
}
