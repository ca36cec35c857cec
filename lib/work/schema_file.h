/*
 * schema_file - the schemas that are shipped: read to check answers, printed to ask for them
 */
#ifndef ORCH_WORK_SCHEMA_FILE_H
#define ORCH_WORK_SCHEMA_FILE_H

struct err;
struct project;
struct val;

/* Of schema/NAME; caller frees.  NULL: ERR_CONFIG, it is missing or no JSON. */
struct val *schema_file(const struct project *, const char *name, struct err *);

/* For a CLI: what is about the file itself is none of its business.  Caller frees. */
char	*schema_file_text(const struct val *schema);

#endif
