/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of an entry's peers a flow uses: see failover.h. */
#include <string.h>

#include "failover.h"
#include "ike.h"
#include "lookup.h"
#include "sa.h"

struct addr flow_peer(const struct flow *flow)
{
	struct lookup_entry entry;
	struct addr none = { 0 };

	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry) || !entry.peer_count)
		return none;
	return entry.peers[flow->peer_index % entry.peer_count];
}

/* What is known of the peer before is not true of another. */
static void choose(struct flow *flow, unsigned int index)
{
	if (index != flow->peer_index)
		flow->peer_seconds = flow->peer_kilobytes = 0;
	flow->peer_index = index;
}

void failover_reset(struct flow *flow)
{
	struct lookup_entry entry;

	flow->peers_failed = 0;
	choose(flow, lookup_entry(flow->ike, flow->map, flow->seq, &entry) ? entry.default_peer : 0);
}

bool failover_next(struct flow *flow)
{
	struct lookup_entry entry;

	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry) || ++flow->peers_failed >= entry.peer_count) {
		failover_reset(flow);
		return false;
	}
	choose(flow, (flow->peer_index + 1) % entry.peer_count);
	return true;
}

void failover_dead(struct ike *ike, const struct addr *dead)
{
	struct lookup_entry entry;
	struct flow *flow;
	unsigned int now;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		if (!lookup_entry(ike, flow->map, flow->seq, &entry) || !entry.peer_count)
			continue;
		now = flow->peer_index % entry.peer_count;
		if (!addr_equal(&entry.peers[now], dead))
			continue;
		/* if it was the preferred one itself, that would be tried in vain */
		choose(flow, entry.has_default && now != entry.default_peer ? entry.default_peer : (now + 1) % entry.peer_count);
		flow->peers_failed = 0;
		/* the next packet need not wait for an answer from the dead */
		if (!flow->quick && !flow->waiting_for)
			timer_stop(&flow->request);
	}
}

void failover_use(struct flow *flow, const struct addr *remote)
{
	struct lookup_entry entry;
	unsigned int i;

	flow->peers_failed = 0;
	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry))
		return;
	for (i = 0; i < entry.peer_count; i++) {
		if (addr_equal(&entry.peers[i], remote))
			choose(flow, i);
	}
}

void failover_ended(struct flow *flow, const char *reason)
{
	struct lookup_entry entry;

	/* as on a router, this is how changed lifetimes take effect */
	if (!strcmp(reason, "clear"))
		flow->peer_seconds = flow->peer_kilobytes = 0;
	/* failover_dead() has chosen already */
	if (!strcmp(reason, "dead") || !lookup_entry(flow->ike, flow->map, flow->seq, &entry) || !entry.has_default)
		return;
	/* "idle-time S" keeps the peer, "idle-time S default" does not (IOS) */
	if (strcmp(reason, "idle") || entry.idle_default)
		choose(flow, entry.default_peer);
}
