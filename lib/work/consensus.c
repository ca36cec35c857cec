#include "work/consensus.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"

static const char *const names[DECISIONS] = {
	[DECIDE_APPROVE] = "approve",
	[DECIDE_CHANGES] = "request_changes",
	[DECIDE_REJECT] = "reject",
};

const char *
decision_name(enum decision d)
{
	return names[d];
}

int
decision_find(const char *name)
{
	for (int d = 0; d < DECISIONS; d++)
		if (strcmp(names[d], name) == 0)
			return d;
	return -1;
}

/* A comparison with NaN is false. */
bool
consensus_counts(const struct consensus_vote *v)
{
	return v->given && v->decision < DECISIONS && v->confidence >= 0 && v->confidence <= 1 &&
	    v->weight >= 0 && isfinite(v->weight);
}

static bool
decide_by_veto(struct consensus *c, const struct consensus_vote *v, size_t n)
{
	c->decision = DECIDE_APPROVE;
	for (size_t i = 0; i < n; i++)
		if (consensus_counts(&v[i]) && v[i].veto && v[i].decision > c->decision)
			c->decision = v[i].decision;
	c->by_veto = c->decision != DECIDE_APPROVE;
	return c->by_veto;
}

static bool
is_unheard(const struct consensus_vote *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].veto && !consensus_counts(&v[i]))
			return true;
	return false;
}

/* The one way to write a file of the tree; false: it is none. */
static bool
tidy(struct buf *out, const char *file)
{
	if (*file == '/')
		return false;
	for (size_t len; *file != '\0'; file += len + (file[len] == '/')) {
		len = strcspn(file, "/");
		if (len == 0 || (len == 1 && *file == '.'))
			continue;
		if (len == 2 && strncmp(file, "..", 2) == 0) {
			if (out->len == 0)
				return false;
			while (out->data[out->len - 1] != '/')
				buf_cut(out, out->len - 1);
			buf_cut(out, out->len - 1);
			continue;
		}
		buf_putc(out, '/');
		buf_append(out, file, len);
	}
	return out->len > 0;
}

static bool
same_file(const char *a, const char *b)
{
	struct buf one = { 0 }, other = { 0 };
	bool same = tidy(&one, a) && tidy(&other, b) && strcmp(buf_str(&one), buf_str(&other)) == 0;

	buf_release(&one);
	buf_release(&other);
	return same;
}

static bool
overlaps(const struct consensus_spot *a, const struct consensus_spot *b)
{
	return (a->line == b->line || a->line == 0 || b->line == 0) && same_file(a->file, b->file);
}

static bool
meet(struct consensus *c, const struct consensus_vote *v, size_t one, size_t other)
{
	for (size_t i = 0; i < v[one].spots_n; i++)
		for (size_t k = 0; k < v[other].spots_n; k++)
			if (overlaps(&v[one].spots[i], &v[other].spots[k])) {
				c->one = one;
				c->other = other;
				c->spot = i;
				return true;
			}
	return false;
}

static bool
contradict(struct consensus *c, const struct consensus_vote *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n && consensus_counts(&v[i]); k++)
			if (v[i].decision == DECIDE_APPROVE && consensus_counts(&v[k]) &&
			    v[k].decision != DECIDE_APPROVE && meet(c, v, i, k))
				return true;
	return false;
}

static enum consensus_end
weigh(struct consensus *c, const struct consensus_vote *v, size_t n)
{
	double sum[DECISIONS] = { 0 }, against;

	for (size_t i = 0; i < n; i++)
		if (consensus_counts(&v[i]))
			sum[v[i].decision] += v[i].weight;
	against = sum[DECIDE_CHANGES] + sum[DECIDE_REJECT];
	/* A sum that has no value any more decides nothing. */
	if (!(sum[DECIDE_APPROVE] > against) && !(sum[DECIDE_APPROVE] < against))
		return CONSENSUS_TIE;
	c->decision = sum[DECIDE_APPROVE] > against ? DECIDE_APPROVE :
	    sum[DECIDE_REJECT] >= sum[DECIDE_CHANGES] ? DECIDE_REJECT : DECIDE_CHANGES;
	return CONSENSUS_DECIDED;
}

void
consensus(struct consensus *c, const struct consensus_vote *v, size_t n, size_t quorum)
{
	*c = (struct consensus){ .end = CONSENSUS_SHORT };
	for (size_t i = 0; i < n; i++)
		c->counted += consensus_counts(&v[i]);
	if (decide_by_veto(c, v, n))
		c->end = CONSENSUS_DECIDED;
	else if (is_unheard(v, n))
		c->end = CONSENSUS_UNHEARD;
	else if (c->counted > 0 && c->counted >= quorum)
		c->end = contradict(c, v, n) ? CONSENSUS_CONFLICT : weigh(c, v, n);
}
