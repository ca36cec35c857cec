/*
 * person_file - a command changes a YAML file that is a person's: orch.yml, jobs.yml
 *
 * By splices that are proved (doc/edit.h), over the file as it stands at that moment and in
 * the order that the store keeps for the task file (sys/fs.h), under the state lock.
 */
#ifndef ORCH_WORK_PERSON_FILE_H
#define ORCH_WORK_PERSON_FILE_H

struct buf;
struct err;
struct project;
struct store_opts;
struct yaml;

/*
 * What is to stand there instead.  Called again with another tree if somebody saved in
 * between.  The root is NULL if there is nothing yet.  The same text: nothing is to be done.
 */
typedef int person_edit(const struct yaml *, void *arg, struct buf *text, struct err *);

/*
 * `name`: of a file in the project's folder, made with mode 0600 if missing.  0 done, or with
 * dry_run proved; 1 there is nothing to change.  ERR_INVALID: what stands there cannot be read
 * or edited.  `would`, if not NULL, gets what a dry run would write: "+++ NAME" and the lines that
 * go and come, behind - and +.
 */
int	person_file_edit(struct project *, const struct store_opts *, const char *name,
	    person_edit *, void *arg, struct buf *would, struct err *);

#endif
