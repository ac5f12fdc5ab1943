// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ICMP error comes in that says that our ESP, AH or ESP in UDP did not fit
 * (RFC 1191, RFC 8201); the routing of that flow learns the path MTU, and with
 * it the routes that SAs keep (dst_check() sees that they are stale).
 *
 * Anybody can send such an error. It is believed if it quotes a packet that we
 * have sent: of an outbound SA, by SPI, addresses, ports and a sequence number
 * that has been used (RFC 4301 8.2.1 leaves the choice to us).
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/udp.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "cryptomap.h"
#include "locate.h"
#include "out.h"
#include "pmtu.h"

/**
 * struct report - what an error says
 * @sa: whose packet was too big
 * @mtu: what fits
 * @at: where the quoted packet starts, from skb->data on
 */
struct report {
	struct cmap_sa *sa;
	u32 mtu;
	unsigned int at;
};

/* The parts of a packet that tell whose it is. */
struct quote {
	union cmap_addr saddr;
	union cmap_addr daddr;
	__be32 spi;
	u32 number;
	bool udp;
	__be16 sport;
	__be16 dport;
	u8 proto;
};

static bool read_numbers(const struct sk_buff *skb, unsigned int at, struct quote *quote)
{
	const struct udphdr *uh;
	const __be32 *words;
	struct udphdr _uh;
	__be32 _words[2];

	if (quote->udp) {
		uh = skb_header_pointer(skb, at, sizeof(_uh), &_uh);
		if (!uh)
			return false;
		quote->sport = uh->source;
		quote->dport = uh->dest;
		at += sizeof(*uh);
	}
	if (quote->proto == IPPROTO_AH)
		at += offsetof(struct ip_auth_hdr, spi);
	/* What quotes only 8 bytes behind the IP header has no SPI in UDP, and is not believed. */
	words = skb_header_pointer(skb, at, sizeof(_words), _words);
	if (!words)
		return false;
	quote->spi = words[0];
	quote->number = ntohl(words[1]);
	return true;
}

static void read_addresses(const void *header, u8 family, struct quote *quote)
{
	const struct ipv6hdr *ip6h = header;
	const struct iphdr *iph = header;

	memset(quote, 0, sizeof(*quote));
	if (family == AF_INET) {
		quote->saddr.ip = iph->saddr;
		quote->daddr.ip = iph->daddr;
	} else {
		quote->saddr.ip6 = ip6h->saddr;
		quote->daddr.ip6 = ip6h->daddr;
	}
}

/* @at: of the quoted IP header, which can be read directly */
static bool read_quote(const struct sk_buff *skb, unsigned int at, u8 family, struct quote *quote)
{
	const struct iphdr *iph = (const void *)(skb->data + at);
	struct cmap_place outer;

	if (iph->version != (family == AF_INET ? 4 : 6) ||
	    (family == AF_INET && (iph->ihl < 5 || iph->frag_off & htons(IP_OFFSET))))
		return false;
	if (!cmap_locate(skb, at, family, &outer))
		return false;
	if (outer.protocol != IPPROTO_ESP && outer.protocol != IPPROTO_AH &&
	    outer.protocol != IPPROTO_UDP)
		return false;
	read_addresses(iph, family, quote);
	quote->udp = outer.protocol == IPPROTO_UDP;
	quote->proto = outer.protocol == IPPROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
	return read_numbers(skb, at + outer.offset, quote);
}

/* Have we sent this? Of an extended number only the low half is on the wire. */
static bool is_sent(const struct cmap_sa *sa, const struct quote *quote)
{
	if (memcmp(&quote->saddr, &sa->saddr, sizeof(sa->saddr)) || quote->udp != sa->encap)
		return false;
	if (sa->encap && (quote->sport != READ_ONCE(sa->encap_sport) ||
			  quote->dport != READ_ONCE(sa->encap_dport)))
		return false;
	return sa->wire_flags & CMAP_SA_F_ESN || quote->number <= atomic64_read(&sa->sequence);
}

/* The number that a packet of a bundle quotes is that of AH, which stands first. */
static struct cmap_sa *sender(struct cmap_net *cn, u8 family, const struct quote *quote)
{
	struct cmap_sa *sa = cmap_sa_lookup_out(cn, family, &quote->daddr, quote->spi,
						quote->proto);

	return sa && is_sent(sa, quote) ? sa : NULL;
}

static bool read_mtu(const struct sk_buff *skb, const struct cmap_place *outer, u32 *mtu)
{
	const struct icmp6hdr *icmp6h = (const void *)(skb->data + outer->offset);
	const struct icmphdr *icmph = (const void *)(skb->data + outer->offset);

	if (outer->family == AF_INET) {
		*mtu = ntohs(icmph->un.frag.mtu);
		return icmph->type == ICMP_DEST_UNREACH && icmph->code == ICMP_FRAG_NEEDED &&
		       *mtu >= IPV4_MIN_MTU;
	}
	*mtu = ntohl(icmp6h->icmp6_mtu);
	return icmp6h->icmp6_type == ICMPV6_PKT_TOOBIG && *mtu >= IPV6_MIN_MTU;
}

static bool read_report(struct cmap_net *cn, struct sk_buff *skb, const struct cmap_place *outer,
			struct report *report)
{
	unsigned int header = outer->family == AF_INET ? sizeof(struct iphdr) :
							 sizeof(struct ipv6hdr);
	struct quote quote;

	if (outer->protocol != (outer->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return false;
	BUILD_BUG_ON(sizeof(struct icmphdr) != sizeof(struct icmp6hdr));
	report->at = outer->offset + sizeof(struct icmphdr);
	if (!pskb_may_pull(skb, report->at) || !read_mtu(skb, outer, &report->mtu))
		return false;
	if (!pskb_may_pull(skb, report->at + header) ||
	    !read_quote(skb, report->at, outer->family, &quote))
		return false;
	report->sa = sender(cn, outer->family, &quote);
	return report->sa && !nf_checksum(skb, NF_INET_LOCAL_IN, outer->offset, outer->protocol,
					  outer->family);
}

/* "ip_no_pmtu_disc" 1 and 2: what others say about our paths is not listened to; 3: only if it is checked as here. */
static bool is_wanted(const struct net *net, u8 family)
{
	int no_discovery = READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc);

	return family != AF_INET || !no_discovery || no_discovery == 3;
}

void cmap_pmtu_icmp(struct cmap_net *cn, struct sk_buff *skb, const struct cmap_place *outer)
{
	const struct dst_entry *route;
	struct report report;
	int oif;

	if (!read_report(cn, skb, outer, &report) || !is_wanted(cn->net, outer->family))
		return;
	route = cmap_outer_route(report.sa, skb->dev);
	if (!route || report.mtu >= dst_mtu(route))
		return;
	oif = l3mdev_master_ifindex_rcu(skb->dev);
	/* These read the flow from the header at skb->data. */
	__skb_pull(skb, report.at);
	if (outer->family == AF_INET)
		ipv4_update_pmtu(skb, cn->net, report.mtu, oif, report.sa->key.proto);
	else
		ip6_update_pmtu(skb, cn->net, htonl(report.mtu), oif, 0,
				sock_net_uid(cn->net, NULL));
	__skb_push(skb, report.at);
	atomic64_inc(&cn->path_mtus);
}

bool cmap_pmtu_is_about_us(struct cmap_net *cn, struct sk_buff *skb, u8 family)
{
	struct cmap_place outer;
	struct report report;

	return cmap_locate(skb, 0, family, &outer) && read_report(cn, skb, &outer, &report);
}
