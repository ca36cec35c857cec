/*
 * schema - checks a value against a JSON Schema
 *
 * The part of JSON Schema 2020-12 that the suite's schemas use: type, enum,
 * const, properties, required, additionalProperties (bool), items, minItems,
 * maxItems, minLength, maxLength (code points), minimum, maximum.  An integer
 * is a number without point and exponent; 1.0 is none, unlike in the standard,
 * so that who asks for one can read it with val_number().  A keyword that is
 * not known and not an annotation ($schema, $id, title, description, default,
 * examples, $comment) is an error of the schema, so that a schema never promises
 * what is not checked; the first call reports it, whatever the value is.
 */
#ifndef ORCH_DOC_SCHEMA_H
#define ORCH_DOC_SCHEMA_H

struct err;
struct val;
struct vec_str;

/*
 * 0, or -1 with ERR_INVALID "at delegations.0.title: text expected, found
 * number".  ERR_CONFIG: the schema itself is at fault.  With `prune`, keys that
 * "additionalProperties": false would refuse are removed from `value` instead,
 * also where another rule refuses the value afterwards.
 */
int	schema_check(const struct val *schema, struct val *value, int prune, struct err *);

/*
 * The same; with ERR_INVALID `where` (may be NULL) gets the way to what is refused, from the
 * top: keys, and numbers of items as text.  The last one may be a key that is not known.
 */
int	schema_check_where(const struct val *schema, struct val *value, int prune,
	    struct vec_str *where, struct err *);

#endif
