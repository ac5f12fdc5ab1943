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
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/jhash.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include "cryptomap.h"
#include "flow.h"

#define BUCKETS	2048	/* of two slots each: 256 KB per CPU */
#define WAYS	2

/**
 * struct slot - one remembered answer, a cache line
 * @flow: the question
 * @where: and where it was asked, and which way the packet went; 0: empty
 * @generation: of the namespace before the walk
 * @match: the answer
 */
struct slot {
	struct cmap_flow flow;
	u32 where;
	u32 generation;
	struct cmap_match match;
} __aligned(64);

/** struct cmap_flow_cache - one CPU's; in a bucket the last one found or stored is in front */
struct cmap_flow_cache {
	u32 seed;
	struct slot (*bucket)[WAYS];
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

static void read_ports(const struct sk_buff *skb, int offset, struct cmap_flow *flow)
{
	const __be16 *ports;
	__be16 _ports[2];

	if (flow->fragment || !has_ports(flow->protocol))
		return;
	ports = skb_header_pointer(skb, offset, sizeof(_ports), _ports);
	if (!ports) {
		/* Too short for its ports: they are as unknown as a later fragment's. */
		flow->fragment = true;
		return;
	}
	flow->ports = true;
	flow->sport = ntohs(ports[0]);
	flow->dport = ntohs(ports[1]);
}

static bool dissect_ipv4(const struct sk_buff *skb, int offset, struct cmap_flow *flow)
{
	const struct iphdr *iph;
	struct iphdr _iph;

	iph = skb_header_pointer(skb, offset, sizeof(_iph), &_iph);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return false;
	memset(flow, 0, sizeof(*flow));
	flow->family = AF_INET;
	flow->protocol = iph->protocol;
	flow->saddr.ip = iph->saddr;
	flow->daddr.ip = iph->daddr;
	flow->fragment = iph->frag_off & htons(IP_OFFSET);
	read_ports(skb, offset + iph->ihl * 4, flow);
	return true;
}

/*
 * Walk the extension headers that stand in front of what a selector means by
 * "protocol" (RFC 4301 4.4.1.1); a later fragment's tell nothing (RFC 8200 4.5:
 * they are part of the payload).
 *
 * Return: offset of the header of the protocol @next, or -1.
 */
static int skip_extensions(const struct sk_buff *skb, int offset, u8 *next, bool *later)
{
	const struct frag_hdr *fragment;
	const struct ipv6_opt_hdr *ext;
	struct ipv6_opt_hdr _ext;
	struct frag_hdr _fragment;

	*later = false;
	while (*next == NEXTHDR_HOP || *next == NEXTHDR_ROUTING || *next == NEXTHDR_DEST ||
	       *next == NEXTHDR_FRAGMENT) {
		if (*next == NEXTHDR_FRAGMENT) {
			fragment = skb_header_pointer(skb, offset, sizeof(_fragment), &_fragment);
			if (!fragment)
				return -1;
			*next = fragment->nexthdr;
			offset += sizeof(*fragment);
			*later = fragment->frag_off & htons(IP6_OFFSET);
			if (*later)
				return offset;
			continue;
		}
		ext = skb_header_pointer(skb, offset, sizeof(_ext), &_ext);
		if (!ext)
			return -1;
		*next = ext->nexthdr;
		offset += ipv6_optlen(ext);
	}
	return offset;
}

static bool dissect_ipv6(const struct sk_buff *skb, int offset, struct cmap_flow *flow)
{
	const struct ipv6hdr *iph;
	struct ipv6hdr _iph;

	iph = skb_header_pointer(skb, offset, sizeof(_iph), &_iph);
	if (!iph || iph->version != 6)
		return false;
	memset(flow, 0, sizeof(*flow));
	flow->family = AF_INET6;
	flow->protocol = iph->nexthdr;
	flow->saddr.ip6 = iph->saddr;
	flow->daddr.ip6 = iph->daddr;
	offset = skip_extensions(skb, offset + sizeof(*iph), &flow->protocol, &flow->fragment);
	if (offset < 0)
		return false;
	read_ports(skb, offset, flow);
	return true;
}

bool cmap_flow_dissect(const struct sk_buff *skb, int offset, struct cmap_flow *flow)
{
	const u8 *version;
	u8 _version;

	version = skb_header_pointer(skb, offset, sizeof(_version), &_version);
	if (!version)
		return false;
	return *version >> 4 == 6 ? dissect_ipv6(skb, offset, flow) :
				    dissect_ipv4(skb, offset, flow);
}

/* ICMPv6 types 130-132 and 143: MLD; 133-137: ND */
static bool is_link_type(u8 type, u8 hop_limit)
{
	if (type >= NDISC_ROUTER_SOLICITATION && type <= NDISC_REDIRECT)
		return hop_limit == 255;	/* RFC 4861 6.1, 7.1, 8.1 */
	return hop_limit == 1 &&		/* RFC 3810 5 */
	       ((type >= ICMPV6_MGM_QUERY && type <= ICMPV6_MGM_REDUCTION) ||
		type == ICMPV6_MLD2_REPORT);
}

bool cmap_flow_is_link_talk(const struct sk_buff *skb, int offset)
{
	const struct ipv6hdr *iph;
	struct ipv6hdr _iph;
	const u8 *type;
	bool fragment;
	u8 _type, next;

	iph = skb_header_pointer(skb, offset, sizeof(_iph), &_iph);
	if (!iph || (iph->hop_limit != 255 && iph->hop_limit != 1))
		return false;
	next = iph->nexthdr;
	offset = skip_extensions(skb, offset + sizeof(*iph), &next, &fragment);
	if (offset < 0 || fragment || next != NEXTHDR_ICMP)
		return false;
	type = skb_header_pointer(skb, offset, sizeof(_type), &_type);
	return type && is_link_type(*type, iph->hop_limit);
}

static u32 hash(const struct cmap_flow *flow, u32 seed)
{
	if (flow->family == AF_INET)
		return jhash_3words((__force u32)flow->saddr.ip, (__force u32)flow->daddr.ip,
				    flow->sport << 16 | flow->dport, seed + flow->protocol);
	return jhash2((const u32 *)flow, sizeof(*flow) / sizeof(u32), seed);
}

static bool same(const struct cmap_flow *a, const struct cmap_flow *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;
	u64 differ = 0;
	unsigned int i;

	BUILD_BUG_ON(sizeof(*a) % sizeof(*x));
	for (i = 0; i < sizeof(*a) / sizeof(*x); i++)
		differ |= get_unaligned(x + i) ^ get_unaligned(y + i);
	return !differ;
}

static bool holds(const struct slot *slot, const struct cmap_flow *flow, u32 where, u32 generation)
{
	return slot->where == where && slot->generation == generation && same(&slot->flow, flow);
}

static void walk(const struct cmap_link *link, const struct cmap_flow *flow, bool inbound,
		 struct cmap_match *match)
{
	if (inbound) {
		match->rule = cmap_map_lookup_mirrored(link, flow);
		match->sa = NULL;
	} else {
		match->rule = cmap_map_lookup(link, flow);
		match->sa = match->rule ? cmap_sa_select(match->rule, flow) : NULL;
	}
}

void cmap_flow_lookup(struct cmap_net *cn, const struct cmap_link *link,
		      const struct cmap_flow *flow, bool inbound, struct cmap_match *match)
{
	/* Before the walk; pairs with the release in cmap_main_changed(). */
	u32 generation = smp_load_acquire(&cn->generation);
	struct cmap_flow_cache *cache = this_cpu_ptr(cn->flows);
	u32 where = (u32)link->ifindex << 1 | inbound;
	struct slot *slot;

	slot = cache->bucket[hash(flow, cache->seed + inbound) % BUCKETS];
	if (likely(holds(&slot[0], flow, where, generation))) {
		*match = slot[0].match;
		return;
	}
	if (holds(&slot[1], flow, where, generation)) {
		swap(slot[0], slot[1]);
		*match = slot[0].match;
		return;
	}
	walk(link, flow, inbound, match);
	slot[1] = slot[0];
	slot[0].flow = *flow;
	slot[0].where = where;
	slot[0].match = *match;
	slot[0].generation = generation;
}

bool cmap_flow_is_peer(const struct cmap_link *link, u8 family, const union cmap_addr *addr)
{
	const struct cmap_map *map = rcu_dereference(link->map);
	const struct cmap_entry *entry;
	unsigned int i;

	list_for_each_entry_rcu(entry, &map->entries, node)
		for (i = 0; i < entry->peers; i++)
			if (entry->family == family &&
			    !memcmp(&entry->peer[i], addr, sizeof(*addr)))
				return true;
	return false;
}

int cmap_flow_init(struct cmap_net *cn)
{
	struct cmap_flow_cache *cache;
	int cpu;

	if (cn->flows)
		return 0;
	cn->flows = alloc_percpu(struct cmap_flow_cache);
	if (!cn->flows)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		cache = per_cpu_ptr(cn->flows, cpu);
		cache->seed = get_random_u32();
		cache->bucket = kvzalloc_node(BUCKETS * sizeof(*cache->bucket), GFP_KERNEL,
					      cpu_to_node(cpu));
		if (!cache->bucket) {
			cmap_flow_exit(cn);
			return -ENOMEM;
		}
	}
	return 0;
}

void cmap_flow_exit(struct cmap_net *cn)
{
	int cpu;

	if (!cn->flows)
		return;
	for_each_possible_cpu(cpu)
		kvfree(per_cpu_ptr(cn->flows, cpu)->bucket);
	free_percpu(cn->flows);
	cn->flows = NULL;
}
