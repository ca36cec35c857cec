/*
 * router_impl - what the files of router share with each other only
 */
#ifndef ORCH_WORK_ROUTER_IMPL_H
#define ORCH_WORK_ROUTER_IMPL_H

#include <stdbool.h>

#include "work/router.h"

#define ROUTER_FOLDER	  "route"	/* below .orch */
#define ROUTER_RECORD	  "route.json"
#define ROUTER_INPUT	  "input.json"
#define ROUTER_RECORD_MAX (1u << 20)
#define ROUTER_INPUT_MAX  (16u << 20)	/* a body of a MiB, each byte of it escaped */

/* The prefixes of the files of a call that is made, and made once more. */
#define ROUTER_TRIES 2
extern const char *const router_tries[ROUTER_TRIES];

/* Is that folder about this question?  Two may have one hash, if somebody wants that. */
bool	router_is_about(int dir, const struct router_question *);

/* The answer of a folder, checked anew; NULL: none that can be used. */
struct val *router_read(const struct router *, int dir, const struct router_question *);

#endif
