/*
 * sync_pages - a list of GitHub's, page by page
 *
 * Each item is shown to a function, in the order of the list, until that has seen enough.  The
 * next page is where GitHub says that it is.
 */
#ifndef ORCH_WORK_SYNC_PAGES_H
#define ORCH_WORK_SYNC_PAGES_H

struct err;
struct sync;
struct val;

enum sync_pages {
	PAGES_ALL = 0,		/* every item was seen */
	PAGES_STOPPED = 1,	/* the function wanted no more */
	PAGES_MORE,		/* there are more pages than were to be read */
	PAGES_NONE,		/* what has the list is gone, missing or elsewhere: `e` says so */
	PAGES_REFUSED,		/* a page was not to be had: `e` says why, and the run may go on */
};

/*
 * One of those, or -1 for what ends the run.  url: is freed.  max: of pages.  take: 0 go on,
 * 1 that is enough, -1; the item is borrowed.
 */
int	sync_pages(struct sync *, char *url, int max,
	    int (*take)(struct sync *, const struct val *item, void *arg, struct err *), void *arg,
	    struct err *e);

#endif
