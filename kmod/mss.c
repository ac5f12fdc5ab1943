// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCP SYN passes a bound interface, in or out, protected or not; it goes on
 * with an MSS option that asks for no more than the binding allows ("ip tcp
 * adjust-mss"). Each end learns from the other's SYN how much to send, so that
 * both directions fit also where ICMP errors get lost. An MSS is never raised,
 * and none is added: without one 536 bytes are sent (RFC 9293 3.7.1).
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "flow.h"
#include "mss.h"
#include "out.h"

static bool is_ipv6(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 6;
}

/* skb->data at the IP header. Return: offset of the TCP header of a SYN, or -1 */
static int find_syn(const struct sk_buff *skb)
{
	const struct tcphdr *th;
	struct tcphdr _th;
	__be16 fragment;
	u8 protocol;
	int at;

	if (is_ipv6(skb)) {
		protocol = ipv6_hdr(skb)->nexthdr;
		at = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &protocol, &fragment);
		if (at < 0)
			return -1;
		fragment &= htons(IP6_OFFSET);
	} else {
		protocol = ip_hdr(skb)->protocol;
		at = ip_hdrlen(skb);
		fragment = ip_hdr(skb)->frag_off & htons(IP_OFFSET);
	}
	if (protocol != IPPROTO_TCP || fragment)
		return -1;
	th = skb_header_pointer(skb, at, sizeof(_th), &_th);
	return th && th->syn ? at : -1;
}

/* The options of a TCP header are well formed up to the MSS. Return: offset of its value, or 0 */
static unsigned int find_option(const u8 *header, unsigned int len)
{
	unsigned int at = sizeof(struct tcphdr);

	while (at + TCPOLEN_MSS <= len && header[at] != TCPOPT_EOL) {
		if (header[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (header[at] == TCPOPT_MSS)
			return header[at + 1] == TCPOLEN_MSS ? at + 2 : 0;
		if (header[at + 1] < 2)
			return 0;
		at += header[at + 1];
	}
	return 0;
}

static void lower(struct sk_buff *skb, unsigned int at, u16 most)
{
	unsigned int len, option;
	struct tcphdr *th;
	u16 was, now = most;

	if (skb_ensure_writable(skb, at + sizeof(*th)))
		return;
	len = ((struct tcphdr *)(skb->data + at))->doff * 4;
	if (len < sizeof(*th) || skb_ensure_writable(skb, at + len))
		return;
	th = (struct tcphdr *)(skb->data + at);
	option = find_option((const u8 *)th, len);
	if (!option)
		return;
	was = get_unaligned_be16((u8 *)th + option);
	if (was <= most)
		return;
	put_unaligned_be16(most, (u8 *)th + option);
	/* RFC 1071 2(B): of words that stand at an odd byte the sum has the bytes swapped. */
	if (option & 1) {
		was = swab16(was);
		now = swab16(now);
	}
	inet_proto_csum_replace2(&th->check, skb, htons(was), htons(now), false);
}

static u16 said(const struct cmap_link *link, const struct sk_buff *skb)
{
	return is_ipv6(skb) ? READ_ONCE(link->mss.ipv6) : READ_ONCE(link->mss.ipv4);
}

/* What fits into the way to the peer, TCP without options; 0: not known */
static u16 path_mss(struct cmap_sa *sa, const struct net_device *dev, bool ipv6)
{
	unsigned int path, inner;

	if (!cmap_outer_route(sa, dev))
		return 0;
	cmap_out_mtu(sa, &path, &inner);
	if (ipv6)
		inner = max_t(unsigned int, inner, IPV6_MIN_MTU) - sizeof(struct ipv6hdr);
	else
		inner = max_t(unsigned int, inner, IPV4_MIN_MTU) - sizeof(struct iphdr);
	return min_t(unsigned int, inner - sizeof(struct tcphdr), U16_MAX);
}

void cmap_mss_protected(const struct cmap_passage *p, struct sk_buff *skb)
{
	const struct net_device *dev = skb_dst(skb)->dev;
	const struct cmap_link *link = p->link ?: cmap_map_link(p->cn, dev->ifindex);
	u16 most = link ? said(link, skb) : 0;
	int at = most ? find_syn(skb) : -1;

	if (at < 0)
		return;
	if (most == CMAP_TCP_MSS_PATH)
		most = path_mss(p->sa, dev, is_ipv6(skb));
	if (most)
		lower(skb, at, most);
}

void cmap_mss_clear(const struct cmap_link *link, struct sk_buff *skb)
{
	u16 most = said(link, skb);
	int at = most && most != CMAP_TCP_MSS_PATH ? find_syn(skb) : -1;

	if (at >= 0)
		lower(skb, at, most);
}

/* Of the SA that will carry the answer to what came in */
static u16 answer_mss(struct cmap_net *cn, const struct cmap_link *link, const struct sk_buff *skb,
		      const struct net_device *in)
{
	struct cmap_match match = {};
	struct cmap_flow flow;
	u16 mss = 0;

	if (!cmap_flow_dissect(skb, 0, &flow))
		return 0;
	swap(flow.saddr, flow.daddr);
	swap(flow.sport, flow.dport);
	local_bh_disable();
	cmap_flow_lookup(cn, link, &flow, false, &match);
	if (match.sa)
		mss = path_mss(match.sa, in, flow.family == AF_INET6);
	local_bh_enable();
	return mss;
}

void cmap_mss_in(struct cmap_net *cn, struct sk_buff *skb, const struct net_device *in)
{
	const struct cmap_link *link = cmap_map_link(cn, in->ifindex);
	u16 most = link ? said(link, skb) : 0;
	int at = most ? find_syn(skb) : -1;

	if (at < 0)
		return;
	if (most == CMAP_TCP_MSS_PATH)
		most = answer_mss(cn, link, skb, in);
	if (most)
		lower(skb, at, most);
}

bool cmap_mss_set(struct cmap_net *cn, struct cmap_link *link, struct cmap_mss mss)
{
	bool was = link->mss.ipv4 || link->mss.ipv6;
	bool other = link->mss.ipv4 != mss.ipv4 || link->mss.ipv6 != mss.ipv6;

	lockdep_assert_held(&cn->lock);
	WRITE_ONCE(link->mss.ipv4, mss.ipv4);
	WRITE_ONCE(link->mss.ipv6, mss.ipv6);
	WRITE_ONCE(cn->mss_links, cn->mss_links - was + (mss.ipv4 || mss.ipv6));
	return other;
}
