/*
 * control - what a test asks of the fake, below /_fake/; nothing of it counts as a request
 *
 * GET  /_fake/log		a line a request: {n, method, path, query, status, billed,
 *				token (its name or login), body, time, connection, nth (on it), fault,
 *				etag (If-None-Match was sent)}; status 0: no answer
 * GET  /_fake/violations	a line each: {n, rule, text}
 * GET  /_fake/dump		the whole state (store.h)
 * GET  /_fake/faults		the queue, with what was seen and has struck
 * POST /_fake/seed		users, tokens, repos, issues, projects (seed.c):
 *	{"issues": [{"repo": "acme/app", "title": "Many", "count": 1000}]}
 * POST /_fake/person		what a person does in the browser (person.c):
 *	{"as": "ana", "issue": 3, "do": "close", "reason": "not_planned"}
 * POST /_fake/clock		{"set": "2026-01-02T03:04:05Z"} or {"advance": 60}
 * POST /_fake/fault		a fault or a list of them (faults.h), behind those there are:
 *	{"kind": "reset-after", "method": "POST", "path": "/issues$", "nth": 2}
 * POST /_fake/clear		no faults, log, violations any more
 * POST /_fake/clear-faults	only those
 * POST /_fake/release		lets go what is held
 * POST /_fake/snapshot		{"name": "a"}: for faults of the kind stale
 * POST /_fake/options		sets some of:
 *	rest_projects sub_issues dependencies issue_types rate_headers	(all true)
 *	pace		two writes within a second are a violation (false)
 *	cursors		links of the issues list have `after` (false)
 *	create_limit	so many POSTs in `create_window` seconds (3600), then 403 (0: any)
 *	since_after	`since` means later than, not then or later (false)
 *	workflows	closing an issue moves it to Done on its boards, and the reverse (false)
 *	keep		so many writes ago can be answered by stale (0, at most 16)
 *	tick		each write advances the clock by so many seconds first (0)
 * POST /_fake/save		writes the file of --state now
 *
 * 200 with a map that says what was made, or 400 {"error": ..}.
 */
#ifndef FAKE_CONTROL_H
#define FAKE_CONTROL_H

struct fake;
struct http_reply;
struct http_request;
struct store;
struct val;

void	control_serve(struct fake *, const struct http_request *, struct http_reply *);

/* Both: NULL and what is wrong, or what was made. */
struct val *seed_put(struct store *, const struct val *, const char **wrong);
struct val *person_do(struct store *, const struct val *, const char **wrong);

#endif
