/*
 * hand: the same trial on texts that look written by hand, every choice of which is
 * the fuzzer's
 */
#include "../lib/fuzz.h"
#include "../lib/hand.h"
#include "../lib/trial.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dice d = { .data = data, .left = len };
	struct trial_result r;
	struct buf text = { 0 };

	hand_file(&d, &text);
	must(trial(buf_str(&text), text.len, &d, &r) != TRIAL_WRONG, "%s\n%s\n%s\n%s", r.why,
	    buf_str(&text), buf_str(&r.put), buf_str(&r.after));
	trial_release(&r);
	buf_release(&text);
	return 0;
}
