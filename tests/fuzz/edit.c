/*
 * edit: the trial of tests/lib/trial.h on any text
 *
 * The bytes up to the first NUL are the text; those behind it are the choices that
 * decide which operations are done.  Without a NUL the text itself decides.
 */
#include "../lib/fuzz.h"
#include "../lib/trial.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len > 0 ? memchr(data, '\0', len) : NULL;
	size_t n = nul != NULL ? (size_t)(nul - data) : len;
	struct dice d = dice_of(data, n);
	struct trial_result r;
	char *text = text_of(data, n);

	if (nul != NULL)
		d = (struct dice){ .data = nul + 1, .left = len - n - 1 };
	must(trial(text, n, &d, &r) != TRIAL_WRONG, "%s\n%s\n%s", r.why, buf_str(&r.put),
	    buf_str(&r.after));
	/* What the planner makes the proof should never have to refuse. */
	if (getenv("ORCH_FUZZ_PLANNER") != NULL)
		must(strstr(r.why, "not changed") == NULL, "%s", r.why);
	trial_release(&r);
	free(text);
	return 0;
}
