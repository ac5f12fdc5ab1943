/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that are lost in a rekeying: see rekey.h. Of the drops that the
 * module counts for the flow's rule those are looked at that a change of SAs
 * can cause, not what is too big for the path.
 */
#include <string.h>

#include "ike.h"
#include "lookup.h"
#include "rekey.h"
#include "sa.h"

struct search {
	const struct flow *flow;
	uint32_t rule;
	uint64_t lost;
};

static bool caused_by_change(const char *name)
{
	static const char *const names[] = { "no-sa", "hold-timeout", "sa-expired", "sequence-overflow", "replay-duplicate",
					     "replay-old", "bad-icv", "identity" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static uint64_t sum(const struct kernel_drops *drops)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < drops->count; i++) {
		if (caused_by_change(drops->drop[i].name))
			count += drops->drop[i].packets;
	}
	return count;
}

static void on_rule(void *arg, const struct kernel_rule_info *rule)
{
	struct search *s = arg;

	if (rule->permit && rule->seq == s->flow->seq && rule->index == s->rule && !strcmp(rule->map, s->flow->map))
		s->lost += sum(&rule->out_drops) + sum(&rule->in_drops);
}

/* Of the rule that the flow is, or is a part of */
static uint64_t lost_so_far(const struct flow *flow)
{
	const struct ike_world *world = &flow->ike->world;
	struct search s = { .flow = flow };
	struct event_line line;

	/* a temporary entry has one rule, whatever its template has */
	if (lookup_rule(flow->ike, flow->map, flow->seq, &flow->local_proxy, &flow->remote_proxy, &s.rule, &line)) {
		if (flow->dynamic)
			s.rule = 0;
		world->kernel->rule_dump(world->kernel_ctx, flow->map, on_rule, &s);
	}
	return s.lost;
}

void rekey_begin(struct flow *flow)
{
	if (flow->rekeying)
		return;
	flow->rekeying = true;
	flow->lost_before = lost_so_far(flow);
	flow->lost = 0;
}

void rekey_taken_over(struct flow *flow)
{
	rekey_begin(flow);
	flow->rekeys++;
}

static uint64_t lost_now(const struct flow *flow)
{
	uint64_t now = lost_so_far(flow);

	/* a rule that is configured anew counts from 0 */
	return now > flow->lost_before ? now - flow->lost_before : 0;
}

void rekey_pair_ends(const struct child_sa *child)
{
	struct flow *flow = child->flow;
	const struct child_sa *other;

	if (child->state != CHILD_OLD || !flow->rekeying)
		return;
	flow->ended_spi = child->spi_in;
	TAILQ_FOREACH(other, &flow->children, link) {
		if (other != child && other->state == CHILD_OLD)
			return;
	}
	flow->lost += lost_now(flow);
	flow->rekeying = false;
}

/* The module tells one a second: there are as many at least. */
void rekey_invalid_spi(struct ike *ike, uint32_t spi)
{
	struct flow *flow;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		if (flow->ended_spi == spi)
			flow->lost++;
	}
}

int64_t rekey_lost(const struct flow *flow)
{
	if (!flow->rekeys)
		return -1;
	return (int64_t)(flow->lost + (flow->rekeying ? lost_now(flow) : 0));
}
