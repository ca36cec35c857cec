/*
 * event_filter - which events are meant: topics, and conditions on what stands in them
 *
 *	task.done		that topic
 *	task.*			all below "task."; "*" alone is all
 *	a,b.*			several
 *
 *	task=17			the value there, as plain text, is 17
 *	data.host!=here		it is not, or there is none
 *	data.error?		there is one that is not null
 *	data.text~^disk		the regular expression (pattern.h) is found in its first 4 KiB
 *
 * The place is a path of val_path() in the event.  All conditions must hold.
 */
#ifndef ORCH_TASK_EVENT_FILTER_H
#define ORCH_TASK_EVENT_FILTER_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

struct err;
struct event_seen;
struct val;

#define EVENT_TOPIC_MAX 100	/* bytes of a topic */
#define EVENT_WHERE_MAX 16	/* conditions of one filter */

struct event_where {
	enum { WHERE_IS, WHERE_IS_NOT, WHERE_EXISTS, WHERE_MATCHES } test;
	char *path;
	char *value;		/* WHERE_IS, WHERE_IS_NOT */
	regex_t re;		/* WHERE_MATCHES */
};

/* { 0 } lets all through. */
struct event_filter {
	struct vec_str topics;	/* none: all */
	struct event_where where[EVENT_WHERE_MAX];
	size_t n;
};

/* Is it a topic: words of letters, digits, '-' and '_', joined by dots? */
bool	event_topic_good(const char *);
/* Is it one of the suite's own (task.done), which nobody else may tell of? */
bool	event_topic_reserved(const char *);

/* Both add to the filter; ERR_INVALID "'x': reason". */
int	event_filter_topics(struct event_filter *, const char *text, struct err *);
int	event_filter_where(struct event_filter *, const char *text, struct err *);
/* Only what that one told. */
int	event_filter_source(struct event_filter *, const char *source, struct err *);
void	event_filter_release(struct event_filter *);

/* What stands in every line that is meant, as the log writes it but for blanks: a topic, if it
 * is one, keys, and values that can be written in one way only. */
struct event_hint;
void	event_filter_hint(const struct event_filter *, struct event_hint *);
void	event_hint_release(struct event_hint *);

/* By its topic alone: could it be meant? */
bool	event_filter_topic(const struct event_filter *, const struct event_seen *);
/* Do all conditions hold? */
bool	event_filter_holds(const struct event_filter *, const struct val *event);

#endif
