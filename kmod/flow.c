// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet comes in; the permit rule that protects it and the SA to use come
 * out. The answer for a flow is kept per CPU, so that maps and access lists are
 * walked once per flow and nothing shared is written per packet.
 *
 * What makes the cache right: whoever changes a map, a binding, a rule or the
 * choice of an SA first unpublishes the old object, then moves the namespace's
 * generation on, then frees after a grace period. We read the generation
 * before the walk, so that an answer made while things change is stored under
 * the old number and never used again; and an answer under the current number
 * can only point to what is still there for the rest of our RCU section.
 */
#include <linux/ip.h>
#include <linux/jhash.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <net/ip.h>
#include "cryptomap.h"
#include "flow.h"

#define SLOTS 256

/**
 * struct slot - one remembered answer
 * @flow: the question
 * @link: and where it was asked
 * @inbound: and which way the packet went
 * @filled: there is an answer
 * @generation: of the namespace before the walk
 * @match: the answer
 */
struct slot {
	struct cmap_flow flow;
	const struct cmap_link *link;
	bool inbound;
	bool filled;
	unsigned int generation;
	struct cmap_match match;
};

struct cmap_flow_cache {
	u32 seed;
	struct slot slot[SLOTS];
};

static bool has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

bool cmap_flow_dissect(const struct sk_buff *skb, int offset, struct cmap_flow *flow)
{
	const struct iphdr *iph;
	const __be16 *ports;
	struct iphdr _iph;
	__be16 _ports[2];

	iph = skb_header_pointer(skb, offset, sizeof(_iph), &_iph);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return false;
	memset(flow, 0, sizeof(*flow));
	flow->family = AF_INET;
	flow->protocol = iph->protocol;
	flow->saddr.ip = iph->saddr;
	flow->daddr.ip = iph->daddr;
	flow->fragment = iph->frag_off & htons(IP_OFFSET);
	if (flow->fragment || !has_ports(iph->protocol))
		return true;
	ports = skb_header_pointer(skb, offset + iph->ihl * 4, sizeof(_ports), _ports);
	if (!ports) {
		/* Too short for its ports: they are as unknown as a later fragment's. */
		flow->fragment = true;
		return true;
	}
	flow->ports = true;
	flow->sport = ntohs(ports[0]);
	flow->dport = ntohs(ports[1]);
	return true;
}

void cmap_flow_lookup(struct cmap_net *cn, const struct cmap_link *link,
		      const struct cmap_flow *flow, bool inbound, struct cmap_match *match)
{
	/* Before the walk; pairs with the release in cmap_main_changed(). */
	unsigned int generation = smp_load_acquire(&cn->generation);
	struct cmap_flow_cache *cache = this_cpu_ptr(cn->flows);
	struct slot *slot;

	slot = &cache->slot[jhash(flow, sizeof(*flow), cache->seed + inbound) % SLOTS];
	if (slot->filled && slot->generation == generation && slot->link == link &&
	    slot->inbound == inbound && !memcmp(&slot->flow, flow, sizeof(*flow))) {
		*match = slot->match;
		return;
	}
	if (inbound) {
		match->rule = cmap_map_lookup_mirrored(link, flow);
		match->sa = NULL;
	} else {
		match->rule = cmap_map_lookup(link, flow);
		match->sa = match->rule ? cmap_sa_select(match->rule, flow) : NULL;
	}
	slot->flow = *flow;
	slot->link = link;
	slot->inbound = inbound;
	slot->filled = true;
	slot->match = *match;
	slot->generation = generation;
}

bool cmap_flow_is_peer(const struct cmap_link *link, const union cmap_addr *addr)
{
	const struct cmap_map *map = rcu_dereference(link->map);
	const struct cmap_entry *entry;
	unsigned int i;

	list_for_each_entry_rcu(entry, &map->entries, node)
		for (i = 0; i < entry->peers; i++)
			if (entry->family == AF_INET && entry->peer[i].ip == addr->ip)
				return true;
	return false;
}

int cmap_flow_init(struct cmap_net *cn)
{
	int cpu;

	if (cn->flows)
		return 0;
	cn->flows = alloc_percpu(struct cmap_flow_cache);
	if (!cn->flows)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		per_cpu_ptr(cn->flows, cpu)->seed = get_random_u32();
	return 0;
}

void cmap_flow_exit(struct cmap_net *cn)
{
	free_percpu(cn->flows);
	cn->flows = NULL;
}
