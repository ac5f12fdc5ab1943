/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet to the rule and SA that protect it: its 5-tuple, and the
 * per-CPU cache in front of the walk through maps and access lists.
 */
#ifndef CMAP_FLOW_H
#define CMAP_FLOW_H

#include <linux/types.h>

struct cmap_flow;
union cmap_addr;
struct cmap_link;
struct cmap_net;
struct cmap_rule;
struct cmap_sa;
struct sk_buff;

/**
 * struct cmap_match - what protects a flow; all valid in the RCU read-side
 *	section of the lookup
 * @rule: the permit rule, NULL: goes in clear
 * @sa: the outbound SA, NULL: none yet
 */
struct cmap_match {
	struct cmap_rule *rule;
	struct cmap_sa *sa;
};

/**
 * cmap_flow_dissect() - read the 5-tuple of the IP packet at @offset
 *
 * IPv6: behind hop-by-hop, routing, destination options and fragment headers.
 * Ports that can't be read (later fragments, truncated packets) are marked as
 * unknown by @flow->fragment.
 *
 * Return: false if it is no IP packet that can be read.
 */
bool cmap_flow_dissect(const struct sk_buff *skb, int offset, struct cmap_flow *flow);

/**
 * cmap_flow_lookup() - the rule and SA for a flow on a link
 * @inbound: the packet comes in: rules are compared mirrored, no SA is looked for
 *
 * Asks the CPU's cache, then the maps. Caller: RCU read-side section, bottom
 * halves off.
 */
void cmap_flow_lookup(struct cmap_net *cn, const struct cmap_link *link,
		      const struct cmap_flow *flow, bool inbound, struct cmap_match *match);

/**
 * cmap_flow_is_link_talk() - is the IPv6 packet at @offset neighbour discovery or MLD?
 *
 * Without these there is no way to a peer; no map may ask for their protection.
 * Their hop limits (255 and 1) say that they were not forwarded.
 */
bool cmap_flow_is_link_talk(const struct sk_buff *skb, int offset);

/** cmap_flow_is_peer() - is this address a peer of an entry of the link's map? RCU */
bool cmap_flow_is_peer(const struct cmap_link *link, u8 family, const union cmap_addr *addr);

/** cmap_flow_init() - allocate a namespace's cache, once; later calls do nothing. May sleep. */
int cmap_flow_init(struct cmap_net *cn);

/** cmap_flow_exit() - free it; no hook of the namespace runs any more */
void cmap_flow_exit(struct cmap_net *cn);

#endif /* CMAP_FLOW_H */
