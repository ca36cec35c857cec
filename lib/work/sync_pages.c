#include "work/sync_pages.h"

#include <stdlib.h>

#include "base/err.h"
#include "doc/val.h"
#include "work/sync_impl.h"

int
sync_pages(struct sync *s, char *url, int max,
    int (*take)(struct sync *, const struct val *, void *, struct err *), void *arg, struct err *e)
{
	int r = PAGES_ALL;

	for (int page = 0; url != NULL && r == PAGES_ALL; page++) {
		struct gh_answer answer = { 0 };

		if (page == max) {
			r = PAGES_MORE;
			break;
		}
		if (sync_get(s, url, GH_LIST, NULL, &answer, e) == -1) {
			r = -1;
		} else if (answer.end == GH_GONE || answer.end == GH_MISSING ||
		    (answer.end != GH_OK && answer.moved != NULL)) {
			err_set(e, ERR_FAILED, "%s", answer.why);
			r = PAGES_NONE;
		} else if (sync_ends(&answer, e)) {
			r = -1;
		} else if (answer.end != GH_OK) {
			err_set(e, ERR_FAILED, "%s", answer.why);
			r = PAGES_REFUSED;
		}
		for (size_t i = 0; r == PAGES_ALL && i < answer.body->n; i++)
			r = take(s, answer.body->v[i], arg, e);
		free(url);
		url = answer.next;
		answer.next = NULL;
		gh_answer_release(&answer);
	}
	free(url);
	return r;
}
