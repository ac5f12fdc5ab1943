// SPDX-License-Identifier: GPL-2.0-only
/*
 * PACKET IN: what is addressed to us as ESP, AH or ESP in UDP comes in
 * (LOCAL_IN, after the filter and reassembly), and leaves as the packet that
 * was protected, received on the same interface.
 *
 *	cmap_in_hook	where does IPsec start (locate.c)? UDP: natt.c
 *	find_sa		SPI → SA
 *	take		the hooks behind ours; then receive.c
 *
 * An SPI that we don't have is dropped and counted on a bound interface;
 * elsewhere it may belong to XFRM and goes on.
 */
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "deliver.h"
#include "locate.h"
#include "natt.h"
#include "pmtu.h"
#include "receive.h"

/* Where the packet came in; a VRF's device takes the place of its member's in skb->dev. */
static int iif_of(const struct sk_buff *skb, u8 family)
{
	int iif = family == AF_INET ? IPCB(skb)->iif : IP6CB(skb)->iif;

	return iif ?: skb->dev->ifindex;
}

/* ------------------------------------------------------------------------- */
/* Refusals                                                                   */

/* IPsec that no SA of ours is for: waits for its keys, or is dropped, on a bound interface; else somebody else's. */
static unsigned int refuse_unknown(struct cmap_net *cn, struct sk_buff *skb,
				   const struct cmap_place *outer, u8 proto, __be32 spi)
{
	struct cmap_link *link = cmap_map_link(cn, iif_of(skb, outer->family));
	struct cmap_sa_key key = { .spi = spi, .family = outer->family, .proto = proto };
	struct cmap_sa *early;
	union cmap_addr saddr;

	if (!link)
		return NF_ACCEPT;
	cmap_locate_addresses(skb, outer->family, &saddr, &key.daddr);
	early = cmap_sa_lookup_early(cn, &key);
	if (early && cmap_early_keep(early, skb, iif_of(skb, outer->family)))
		return NF_STOLEN;
	cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link, .skb = skb,
						.key = &key }, CMAP_DROP_INVALID_SPI);
	cmap_netlink_invalid_spi(cn, outer->family, &saddr, &key.daddr, spi, proto, link->ifindex);
	return NF_DROP;
}

static unsigned int refuse_truncated(struct cmap_net *cn, struct sk_buff *skb,
				     const struct cmap_place *outer)
{
	struct cmap_link *link = cmap_map_link(cn, iif_of(skb, outer->family));
	struct cmap_sa_key key = { .family = outer->family, .proto = outer->protocol };
	union cmap_addr saddr;

	if (!link)
		return NF_ACCEPT;
	cmap_locate_addresses(skb, outer->family, &saddr, &key.daddr);
	cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link, .skb = skb,
						.key = &key }, CMAP_DROP_TRUNCATED);
	return NF_DROP;
}

/* ------------------------------------------------------------------------- */
/* The hook                                                                   */

static const struct udphdr *udp_header(const struct sk_buff *skb, const struct cmap_place *outer)
{
	return (const void *)(skb->data + outer->offset);
}

/* The SPI can be read. */
static __be32 spi_of(const struct sk_buff *skb, const struct cmap_place *outer)
{
	const void *header = skb->data + outer->offset;

	if (outer->protocol == IPPROTO_AH)
		return ((const struct ip_auth_hdr *)header)->spi;
	if (outer->protocol == IPPROTO_UDP)
		header += sizeof(struct udphdr);
	return ((const struct ip_esp_hdr *)header)->spi;
}

static struct cmap_sa *find_sa(struct cmap_net *cn, const struct sk_buff *skb,
			       const struct cmap_place *outer)
{
	u8 proto = outer->protocol == IPPROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
	union cmap_addr daddr = {};

	if (outer->family == AF_INET)
		daddr.ip = ip_hdr(skb)->daddr;
	else
		daddr.ip6 = ipv6_hdr(skb)->daddr;
	return cmap_sa_lookup(cn, outer->family, &daddr, spi_of(skb, outer), proto);
}

/* Where a packet goes on that a hook behind ours gave to user space and got back. */
static int resume(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	u8 family = ip_hdr(skb)->version == 4 ? AF_INET : AF_INET6;
	struct cmap_net *cn = cmap_net(net);
	struct cmap_sa *sa = NULL;
	struct cmap_place outer;

	local_bh_disable();
	rcu_read_lock();
	if (cmap_locate(skb, 0, family, &outer))
		sa = find_sa(cn, skb, &outer);
	if (sa) {
		cmap_receive(sa, skb, &outer, iif_of(skb, family));
	} else {
		cmap_drop_count(&(struct cmap_dropped){
			.cn = cn, .in = true, .skb = skb,
			.link = cmap_map_link(cn, iif_of(skb, family)) }, CMAP_DROP_TEARDOWN);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	local_bh_enable();
	return 0;
}

static unsigned int take(struct cmap_sa *sa, struct sk_buff *skb,
			 const struct nf_hook_state *state, const struct cmap_place *outer)
{
	local_bh_disable();
	if (cmap_main_tail(skb, state, cmap_in_hook, resume))
		cmap_receive(sa, skb, outer, iif_of(skb, outer->family));
	local_bh_enable();
	return NF_STOLEN;
}

static unsigned int ipsec(struct cmap_net *cn, struct sk_buff *skb,
			  const struct nf_hook_state *state, const struct cmap_place *outer)
{
	unsigned int len = outer->protocol == IPPROTO_AH ? sizeof(struct ip_auth_hdr) :
							   sizeof(struct ip_esp_hdr);
	struct cmap_sa *sa;

	if (!pskb_may_pull(skb, outer->offset + len))
		return refuse_truncated(cn, skb, outer);
	sa = find_sa(cn, skb, outer);
	if (unlikely(!sa))
		return refuse_unknown(cn, skb, outer, outer->protocol, spi_of(skb, outer));
	return take(sa, skb, state, outer);
}

static unsigned int keepalive(struct cmap_net *cn, struct sk_buff *skb,
			      const struct cmap_place *outer)
{
	if (!cmap_map_link(cn, iif_of(skb, outer->family)))
		return NF_ACCEPT;
	atomic64_inc(&cn->keepalives);
	consume_skb(skb);
	return NF_STOLEN;
}

/* Elsewhere than on 4500 the first bytes of anything may look like an SPI. */
static bool is_for_us(const struct cmap_sa *sa, const struct udphdr *uh)
{
	return uh->dest == htons(CMAP_NATT_PORT) ||
	       (sa && sa->encap && uh->dest == READ_ONCE(sa->encap_dport));
}

/* One datagram; what is not ours goes on to a socket, also what is damaged. */
static unsigned int datagram(struct cmap_net *cn, struct sk_buff *skb,
			     const struct nf_hook_state *state, const struct cmap_place *outer)
{
	enum cmap_natt what = cmap_natt_read(skb, outer);
	struct cmap_sa *sa = NULL;

	if (what == CMAP_NATT_OTHER)
		return NF_ACCEPT;
	if (what == CMAP_NATT_ESP)
		sa = find_sa(cn, skb, outer);
	if (!is_for_us(sa, udp_header(skb, outer)) || !cmap_natt_verify(skb, outer))
		return NF_ACCEPT;
	if (what == CMAP_NATT_KEEPALIVE)
		return keepalive(cn, skb, outer);
	if (unlikely(!sa))
		return refuse_unknown(cn, skb, outer, IPPROTO_ESP, spi_of(skb, outer));
	return take(sa, skb, state, outer);
}

/* What GRO has put together may be of several SAs, and some of it a socket's. */
static unsigned int train(struct cmap_net *cn, struct sk_buff *skb,
			  const struct nf_hook_state *state, const struct cmap_place *outer)
{
	struct sk_buff *list = cmap_natt_segment(skb), *seg, *next;

	if (!list)
		return NF_ACCEPT;
	skb_list_walk_safe(list, seg, next) {
		skb_mark_not_on_list(seg);
		switch (datagram(cn, seg, state, outer)) {
		case NF_ACCEPT:
			if (cmap_main_tail(seg, state, cmap_in_hook, state->okfn))
				state->okfn(state->net, state->sk, seg);
			break;
		case NF_DROP:
			kfree_skb(seg);
			break;
		}
	}
	return NF_STOLEN;
}

/* Put together by GRO, and its first datagram is for us? */
static bool is_train(struct cmap_net *cn, struct sk_buff *skb, const struct cmap_place *outer)
{
	struct cmap_sa *sa = NULL;

	if (likely(!skb_is_gso(skb)) || !pskb_may_pull(skb, outer->offset + sizeof(struct udphdr)))
		return false;
	if (cmap_natt_read(skb, outer) == CMAP_NATT_ESP)
		sa = find_sa(cn, skb, outer);
	return is_for_us(sa, udp_header(skb, outer));
}

static unsigned int classify(struct cmap_net *cn, struct sk_buff *skb,
			     const struct nf_hook_state *state, const struct cmap_place *outer)
{
	switch (outer->protocol) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return ipsec(cn, skb, state, outer);
	case IPPROTO_UDP:
		return is_train(cn, skb, outer) ? train(cn, skb, state, outer) :
						  datagram(cn, skb, state, outer);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		cmap_pmtu_icmp(cn, skb, outer);
		return NF_ACCEPT;
	default:
		return NF_ACCEPT;
	}
}

static unsigned int gather(struct cmap_net *cn, struct sk_buff *skb, struct cmap_place *outer)
{
	struct cmap_link *link = cmap_map_link(cn, iif_of(skb, AF_INET6));
	unsigned int verdict = cmap_locate_gather(cn->net, skb, outer);

	if (verdict == NF_DROP)
		cmap_drop_count(&(struct cmap_dropped){ .cn = cn, .in = true, .link = link,
							.skb = skb }, CMAP_DROP_BAD_FRAGMENT);
	return verdict;
}

unsigned int cmap_in_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct cmap_net *cn = cmap_net(state->net);
	struct cmap_place outer;
	unsigned int verdict;

	if (!cmap_locate(skb, 0, state->pf, &outer))
		return NF_ACCEPT;
	if (unlikely(outer.protocol == NEXTHDR_FRAGMENT && outer.family == AF_INET6)) {
		verdict = gather(cn, skb, &outer);
		if (verdict != NF_ACCEPT)
			return verdict;
	}
	return classify(cn, skb, state, &outer);
}

/* ------------------------------------------------------------------------- */

void cmap_in_dev_gone(struct net_device *dev)
{
	cmap_deliver_flush(dev);
}

int cmap_in_init(void)
{
	return cmap_deliver_init();
}

void cmap_in_exit(void)
{
	cmap_deliver_exit();
}
