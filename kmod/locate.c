// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet to us comes in; where ESP, AH, UDP or ICMP start in it goes out.
 *
 * We see IPv6 packets before the stack has looked at the headers behind
 * hop-by-hop options. What it would have to act on (a routing header with
 * segments left, an option that may not be skipped) goes on to it.
 */
#include <linux/netfilter.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include "cryptomap.h"
#include "locate.h"

/* RFC 8200 4.2: the two highest bits of an option's type say what to do if it is unknown; 0: skip it. */
static bool may_skip_options(const struct sk_buff *skb, int offset, int len)
{
	const u8 *option;
	u8 _option[2];
	int end = offset + len;

	for (offset += sizeof(struct ipv6_opt_hdr); offset < end;) {
		option = skb_header_pointer(skb, offset, 1, _option);
		if (!option || option[0] & 0xc0)
			return false;
		if (option[0] == IPV6_TLV_PAD1) {
			offset++;
			continue;
		}
		option = skb_header_pointer(skb, offset, sizeof(_option), _option);
		if (!option)
			return false;
		offset += sizeof(_option) + option[1];
	}
	return offset == end;
}

static bool no_segments_left(const struct sk_buff *skb, int offset)
{
	const struct ipv6_rt_hdr *routing;
	struct ipv6_rt_hdr _routing;

	routing = skb_header_pointer(skb, offset, sizeof(_routing), &_routing);
	return routing && !routing->segments_left;
}

/* One extension header; false: not one, or one that we don't walk over. */
static bool skip_extension(const struct sk_buff *skb, unsigned int at, struct cmap_place *outer)
{
	int offset = at + outer->offset;
	const struct ipv6_opt_hdr *ext;
	struct ipv6_opt_hdr _ext;

	ext = skb_header_pointer(skb, offset, sizeof(_ext), &_ext);
	if (!ext)
		return false;
	if (outer->protocol == NEXTHDR_ROUTING && !no_segments_left(skb, offset))
		return false;
	if (outer->protocol == NEXTHDR_DEST && !may_skip_options(skb, offset, ipv6_optlen(ext)))
		return false;
	outer->name_at = outer->offset;
	outer->protocol = ext->nexthdr;
	outer->offset += ipv6_optlen(ext);
	return true;
}

bool cmap_locate(const struct sk_buff *skb, unsigned int at, u8 family,
		 struct cmap_place *outer)
{
	const struct ipv6hdr *ip6h = (const void *)(skb->data + at);
	const struct iphdr *iph = (const void *)(skb->data + at);

	outer->family = family;
	if (family == AF_INET) {
		outer->protocol = iph->protocol;
		outer->name_at = offsetof(struct iphdr, protocol);
		outer->offset = iph->ihl * 4;
		return true;
	}
	outer->protocol = ip6h->nexthdr;
	outer->name_at = offsetof(struct ipv6hdr, nexthdr);
	outer->offset = sizeof(struct ipv6hdr);
	while (outer->protocol == NEXTHDR_HOP || outer->protocol == NEXTHDR_ROUTING ||
	       outer->protocol == NEXTHDR_DEST)
		if (!skip_extension(skb, at, outer))
			return false;
	return true;
}

/*
 * Behind anything but hop-by-hop options the stack, which might get the packet
 * back, would no longer find its way.
 */
static bool may_gather(const struct sk_buff *skb, const struct cmap_place *outer)
{
	const struct frag_hdr *fragment;
	struct frag_hdr _fragment;

	if (outer->name_at != offsetof(struct ipv6hdr, nexthdr) &&
	    (outer->name_at != sizeof(struct ipv6hdr) ||
	     ipv6_hdr(skb)->nexthdr != NEXTHDR_HOP))
		return false;
	fragment = skb_header_pointer(skb, outer->offset, sizeof(_fragment), &_fragment);
	return fragment && (fragment->nexthdr == IPPROTO_ESP || fragment->nexthdr == IPPROTO_AH ||
			    fragment->nexthdr == IPPROTO_UDP);
}

unsigned int cmap_locate_gather(struct net *net, struct sk_buff *skb, struct cmap_place *outer)
{
	int err;

	if (!may_gather(skb, outer))
		return NF_ACCEPT;
	err = nf_ct_frag6_gather(net, skb, IP6_DEFRAG_LOCAL_DELIVER);
	if (err)
		return err == -EINPROGRESS ? NF_STOLEN : NF_DROP;
	if (!cmap_locate(skb, 0, AF_INET6, outer))
		outer->protocol = NEXTHDR_NONE;
	return NF_ACCEPT;
}

void cmap_locate_addresses(const struct sk_buff *skb, u8 family, union cmap_addr *saddr,
			   union cmap_addr *daddr)
{
	memset(saddr, 0, sizeof(*saddr));
	memset(daddr, 0, sizeof(*daddr));
	if (family == AF_INET) {
		saddr->ip = ip_hdr(skb)->saddr;
		daddr->ip = ip_hdr(skb)->daddr;
	} else {
		saddr->ip6 = ipv6_hdr(skb)->saddr;
		daddr->ip6 = ipv6_hdr(skb)->daddr;
	}
}
