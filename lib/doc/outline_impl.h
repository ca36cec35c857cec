/*
 * outline_impl - what the files of outline share with each other only
 */
#ifndef ORCH_DOC_OUTLINE_IMPL_H
#define ORCH_DOC_OUTLINE_IMPL_H

#include "doc/outline.h"

/*
 * The outline of some whole lines of a text, with places in them: of its first ones, or, if
 * *inside, of some that begin where an item does, or what is behind the list.  *inside
 * becomes whether the list goes on at their end.  There may be no items.
 */
bool	outline_scan(struct outline *, const char *lines, size_t len, const struct outline_names *,
	    bool *inside);

#endif
