/*
 * sync_code - which bytes of a Markdown text surely are code
 *
 * By GitHub Flavored Markdown 0.29 4.5 (fences) and 6.3 (spans), but with all doubt on the
 * side of "no code": who trusts this must not be wrong, since a name in code calls nobody
 * and a name beside it does.  So only fences that begin in the first column count, and
 * spans that end on their own line; a paragraph in which a backtick stays alone or is
 * escaped has none, and neither has a cell of a table.  Fences in lists and quotations and
 * code by indentation are not known as code.
 */
#ifndef ORCH_WORK_SYNC_CODE_H
#define ORCH_WORK_SYNC_CODE_H

#include <stdbool.h>
#include <stddef.h>

struct sync_code {
	bool *is;		/* one for each byte */
	size_t open;		/* where a fence begins that is not closed; the end of the text */
	bool odd;		/* a fence that is not closed, or that may be one and is not known */
};

/*
 * `html`: the text is shown with its tags, and from the first one on nothing is sure.
 * Release with sync_code_release().
 */
void	sync_code_find(struct sync_code *, const char *, size_t len, bool html);
void	sync_code_release(struct sync_code *);

#endif
