/*
 * What is done about an outcome: one row per class, then the caps.  A class that
 * only a person can mend parks; one that is a limit of the agent, not a fault of
 * the work, uses no attempt up; the rest is tried again until the same error has
 * come too often or the attempts are used up.
 */
#include "work/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "task/config.h"

#define RESET_AHEAD_MAX 86400	/* seconds: a parsed reset is a guess */
#define OVERFLOW_MAX	2	/* context overflows before a person looks */
#define FINGERPRINT_MAX 200

/* clang-format off */
const struct outcome_policy outcome_policy[OUTCOME_N] = {
	/*                           event              verdict        counts backoff */
	[OUTCOME_OK]               = { EV_FINISH,         VERDICT_RETRY, true,  false },
	[OUTCOME_CONTINUE]         = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  false },
	[OUTCOME_ASKS]             = { EV_ASK,            VERDICT_PARK,  true,  false },
	[OUTCOME_DELEGATED]        = { EV_DELEGATE,       VERDICT_RETRY, true,  false },
	[OUTCOME_RATE_LIMITED]     = { EV_ATTEMPT_FAILED, VERDICT_RETRY, false, true  },
	[OUTCOME_OVERLOADED]       = { EV_ATTEMPT_FAILED, VERDICT_RETRY, false, true  },
	[OUTCOME_AUTH]             = { EV_ATTEMPT_FAILED, VERDICT_PARK,  false, false },
	[OUTCOME_BILLING]          = { EV_ATTEMPT_FAILED, VERDICT_PARK,  false, false },
	[OUTCOME_MISSING_TOOL]     = { EV_ATTEMPT_FAILED, VERDICT_PARK,  false, false },
	[OUTCOME_CONTEXT_OVERFLOW] = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  false },
	[OUTCOME_TIMEOUT]          = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  true  },
	[OUTCOME_IDLE]             = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  true  },
	[OUTCOME_CRASHED]          = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  true  },
	[OUTCOME_INVALID_OUTPUT]   = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  true  },
	[OUTCOME_NO_WORK]          = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  true  },
	[OUTCOME_REFUSED]          = { EV_ATTEMPT_FAILED, VERDICT_PARK,  true,  false },
	[OUTCOME_VERIFY_FAILED]    = { EV_VERIFY_FAILED,  VERDICT_RETRY, true,  true  },
	[OUTCOME_SETUP_FAILED]     = { EV_ATTEMPT_FAILED, VERDICT_RETRY, true,  true  },
	[OUTCOME_ORPHANED]         = { EV_ORPHANED,       VERDICT_RETRY, true,  false },
	[OUTCOME_INTERRUPTED]      = { EV_ATTEMPT_FAILED, VERDICT_RETRY, false, false },
	[OUTCOME_OVER_BUDGET]      = { EV_ATTEMPT_FAILED, VERDICT_FAIL,  true,  false },
};
/* clang-format on */

/* ---- the same error? ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
ends_word(char c)
{
	return c == '\0' || strchr(" \t\"'`(),;<>[]{}", c) != NULL;
}

/* A word: a path is only "/", runs of digits and long hex runs are only "#". */
static void
fold_word(struct buf *out, const char *s, size_t len)
{
	size_t n, digits;

	if (memchr(s, '/', len)) {
		buf_putc(out, '/');
		return;
	}
	while (len > 0) {
		for (n = 0, digits = 0; n < len && is_hex(s[n]); n++)
			digits += is_digit(s[n]);
		if (digits > 0 && (digits == n || n >= 7)) {
			buf_putc(out, '#');
		} else {
			n = 1;
			if (!is_digit(*s))
				buf_putc(out, *s);
			else if (out->len == 0 || out->data[out->len - 1] != '#')
				buf_putc(out, '#');
		}
		s += n;
		len -= n;
	}
}

char *
outcome_fingerprint(const struct outcome *o)
{
	const char *s = o->message ? o->message : "", *start;
	struct buf raw = { 0 }, folded = { 0 };

	buf_printf(&raw, "%s: ", outcome_name(o->class));
	while (*s && raw.len < FINGERPRINT_MAX) {
		for (start = s; !ends_word(*s); s++)
			;
		fold_word(&raw, start, (size_t)(s - start));
		if (*s)
			buf_putc(&raw, *s++);
	}
	str_fold(&folded, buf_str(&raw));
	buf_cut(&folded, str_cut(buf_str(&folded), folded.len, FINGERPRINT_MAX));
	buf_release(&raw);
	return buf_detach(&folded);
}

/* ---- the decision ---- */

/* min(base * 2^(n-1), cap) +- jitter percent, in seconds; a base of 0 is no wait. */
int64_t
outcome_backoff(int n, uint32_t random, const struct config *config)
{
	int64_t wait = config_int(config, "retry.base") / 1000;
	int64_t cap = config_int(config, "retry.cap") / 1000;
	int64_t spread;

	for (; n > 1 && wait < cap; n--)
		wait *= 2;
	if (wait > cap)
		wait = cap;
	spread = wait * config_int(config, "retry.jitter") / 100;
	wait += (int64_t)(random % (uint64_t)(2 * spread + 1)) - spread;
	return wait;
}

static int64_t
when(const struct outcome_policy *p, const struct outcome_history *h, const struct config *config)
{
	int64_t latest = h->now + RESET_AHEAD_MAX;

	if (!p->backoff)
		return 0;
	if (h->reset_at > h->now)
		return h->reset_at < latest ? h->reset_at : latest;
	return h->now + outcome_backoff(p->counts ? h->attempts : h->same, h->random, config);
}

static void
park_repeated(struct outcome_decision *d, int same)
{
	static const char *const words[] = { "", "once", "twice", "three times", "four times",
	    "five times" };

	d->verdict = VERDICT_PARK;
	if (same < (int)(sizeof words / sizeof *words))
		snprintf(d->reason, sizeof d->reason, "the same error %s", words[same]);
	else
		snprintf(d->reason, sizeof d->reason, "the same error %d times", same);
}

/* Going on in the same session is no error, so it cannot be the same one. */
static bool
repeated(enum outcome_class class, const struct outcome_history *h, const struct config *config)
{
	if (class == OUTCOME_CONTINUE)
		return false;
	if (class == OUTCOME_CONTEXT_OVERFLOW && h->same >= OVERFLOW_MAX)
		return true;
	return h->same >= config_int(config, "same_error_limit");
}

static void
explain_park(struct outcome_decision *d, enum outcome_class class)
{
	if (class == OUTCOME_REFUSED)
		snprintf(d->reason, sizeof d->reason, "refused: a person must look");
	else if (class == OUTCOME_SETUP_FAILED)
		snprintf(d->reason, sizeof d->reason, "setup_failed: a retry cannot mend it");
	else if (d->event != EV_ASK)
		snprintf(d->reason, sizeof d->reason, "%s: the agent cannot work until a person "
		    "mends it", outcome_name(class));
}

void
outcome_decide(enum outcome_class class, const struct outcome_history *h,
    const struct config *config, struct outcome_decision *d)
{
	const struct outcome_policy *p = &outcome_policy[class];

	*d = (struct outcome_decision){ .event = p->event, .verdict = p->verdict };
	if (p->event == EV_FINISH || p->event == EV_DELEGATE)
		return;
	if (p->verdict == VERDICT_PARK || h->hopeless) {
		d->verdict = VERDICT_PARK;
		explain_park(d, class);
		return;
	}
	if (p->verdict == VERDICT_FAIL) {
		snprintf(d->reason, sizeof d->reason, "over budget: the attempt was stopped");
		return;
	}
	if (p->counts && repeated(class, h, config)) {
		park_repeated(d, h->same);
		return;
	}
	if (p->counts && h->attempts >= h->max_attempts) {
		d->verdict = VERDICT_FAIL;
		snprintf(d->reason, sizeof d->reason, "attempts used up (%d of %d)",
		    h->attempts, h->max_attempts);
		return;
	}
	d->retry_at = when(p, h, config);
}
