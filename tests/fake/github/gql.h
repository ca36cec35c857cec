/*
 * gql - the part of the GraphQL language that clients of boards use (spec October 2021)
 *
 * gql_parse() turns a document with one operation into a value; variables are put in their
 * place, fragments where they are spread:
 *
 *	{"kind": "query", "sel": [{"name", "alias", "args": {}, "sel": []}, {"on", "sel"}]}
 *
 * Directives, block strings, subscriptions and documents of several operations are errors.
 * gql_check() and gql_run() walk such a selection over a table of types (graphql.c).
 */
#ifndef FAKE_GQL_H
#define FAKE_GQL_H

#include <stddef.h>

struct val;

#define GQL_DEPTH 16
#define GQL_MESSAGE 256

/* The caller frees; NULL with a sentence in message. */
struct val *gql_parse(const char *query, const struct val *variables, char message[GQL_MESSAGE]);

#endif
