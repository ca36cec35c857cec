/*
 * edits - random edits of files that look written by hand
 *
 *	edits TRIALS [SEED [FOLDER]]
 *
 * With a folder the texts and what was put go there (trial.h).  Prints what was done
 * and refused, and ends with 1 if an edit was wrong or more than 3 % were refused.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../lib/trial.h"

int
main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
	struct dice d = { .seed = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 88172645463325253u };
	struct trial_sum s = { 0 };

	trial_many(&s, &d, n, 3, argc > 3 ? argv[3] : NULL);
	printf("%u texts (%u not valid), %u edits of %u operations\n", s.texts, s.invalid, s.trials,
	    s.ops);
	printf("wrong:   %u\nrefused: %u (%.2f %%), of which not proved: %u\n", s.wrong, s.refused,
	    s.trials ? 100.0 * s.refused / s.trials : 0, s.unproved);
	for (size_t i = 0; i < 16 && s.reason[i].n > 0; i++)
		printf("  %6u  %s\n", s.reason[i].n, s.reason[i].text);
	return s.wrong > 0 || s.refused * 100 > s.trials * 3;
}
