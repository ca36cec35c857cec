/*
 * tmpl - text templates: {{name}} and {{#if name}}...{{/if}}
 *
 * A value is inserted as it is and never expanded again.  Blocks nest to
 * TMPL_DEPTH_MAX and are true when the value is not empty.  An #if or /if that
 * stands alone on its line takes the line with it.  An unknown name (also where
 * a block is false), an unclosed block or tag is an error with line and column;
 * a tag keeps to one line and may have blanks inside its braces; "{{{{" is a
 * literal "{{".
 */
#ifndef ORCH_DOC_TMPL_H
#define ORCH_DOC_TMPL_H

#include <stddef.h>

struct buf;
struct err;

#define TMPL_DEPTH_MAX 16

struct tmpl_var {
	const char *name;	/* [a-z][a-z0-9_]* */
	const char *value;	/* NULL counts as empty */
};

/* `name` of the template for messages.  0, or -1 with ERR_CONFIG and out cut back. */
int	tmpl_expand(struct buf *out, const char *name, const char *text, size_t len,
	    const struct tmpl_var *, size_t n, struct err *);

#endif
