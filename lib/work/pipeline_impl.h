/*
 * pipeline_impl - what the files of pipeline share with each other only
 */
#ifndef ORCH_WORK_PIPELINE_IMPL_H
#define ORCH_WORK_PIPELINE_IMPL_H

#include "work/pipeline.h"

struct scratch {
	char *dir;		/* absolute */
	char *suite;		/* folder of the programs */
	int fd;			/* of dir; -1: not made */
};

/* Makes the folder in $TMPDIR and the files of the project in it. */
int	scratch_make(struct scratch *, struct err *);

/* What a goal runs: sh "goal.sh" SUITE. */
#define SCRATCH_GOAL "goal.sh"

#endif
