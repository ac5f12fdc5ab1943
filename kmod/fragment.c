// SPDX-License-Identifier: GPL-2.0-only
/*
 * Size: a packet or a GSO train comes in, and leaves for cmap_out_train() in
 * packets that fit into the path to the peer when they are protected; or it is
 * refused, and its sender learns what fits (RFC 4301 8.2.1).
 *
 * What is too big is cut up before encryption if it may be cut up at all: the
 * receiving gateway has less work so. It is encrypted whole, and the outer
 * packet cut up, if the SA says so; in transport mode, where fragments must
 * not be encrypted (RFC 4303 3.3.4); and where the path leaves less room than
 * any link must have for the inner family (RFC 791 3.2, RFC 8200 5).
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include "cryptomap.h"
#include "out.h"

/* The passage whose packet is being cut up; bottom halves off. */
static DEFINE_PER_CPU(const struct cmap_passage *, fragmenting);

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) : skb->len <= mtu;
}

/* As ip_fragment() and ip6_forward(): what was put together from fragments may be cut up again. */
static bool may_fragment(const struct cmap_passage *p, struct sk_buff *skb)
{
	if (cmap_out_is_ipv6(skb))
		return skb->ignore_df && IP6CB(skb)->frag_max_size <= p->mtu;
	if (!(ip_hdr(skb)->frag_off & htons(IP_DF)) ||
	    (p->sa->df == CMAP_DF_CLEAR && p->sa->mode == CMAP_MODE_TUNNEL))
		return true;
	return skb->ignore_df && IPCB(skb)->frag_max_size <= p->mtu;
}

/* Encrypt it whole, though it is too big? */
static bool fragment_after(const struct cmap_passage *p, struct sk_buff *skb)
{
	const struct cmap_sa *sa = p->sa;

	if (sa->mode == CMAP_MODE_TRANSPORT)
		return may_fragment(p, skb);
	if (!(sa->wire_flags & CMAP_SA_F_FRAGMENT_AFTER))
		return false;
	if (sa->df == CMAP_DF_CLEAR)
		return true;
	return (sa->df == CMAP_DF_COPY || sa->key.family == AF_INET6) && may_fragment(p, skb);
}

static void measure(struct cmap_passage *p, struct sk_buff *skb, unsigned int front)
{
	p->room = cmap_outer_room(p->sa, front, dst_mtu(p->dst));
	p->mtu = max_t(unsigned int, p->room, cmap_out_is_ipv6(skb) ? IPV6_MIN_MTU : IPV4_MIN_MTU);
	if (skb->len > p->mtu && fragment_after(p, skb))
		p->mtu = cmap_outer_room(p->sa, front, IP_MAX_MTU);
}

/* RFC 4301 8.2.1: the sender learns what fits before encapsulation. */
static void refuse(const struct cmap_passage *p, struct sk_buff *skb)
{
	if (cmap_out_is_local(skb))
		skb_dst_update_pmtu_no_confirm(skb, p->mtu);
	if (cmap_out_is_ipv6(skb))
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, p->mtu);
	else
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(p->mtu));
	cmap_out_drop(p, skb, CMAP_DROP_FRAG_NEEDED);
}

static int fragment_done(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	const struct cmap_passage *p = this_cpu_read(fragmenting);

	cmap_out_train(p, skb, 1, skb->len);
	/* The next fragment is still in the stack's hands, and ours: a packet on
	 * the way out may have brought us here for another one.
	 */
	this_cpu_write(fragmenting, p);
	return 0;
}

/* The stack takes the smaller of what it finds here and of the route's MTU, ... */
static int fragment_ipv4(const struct cmap_passage *p, struct sk_buff *skb)
{
	if (!IPCB(skb)->frag_max_size || IPCB(skb)->frag_max_size > p->mtu)
		IPCB(skb)->frag_max_size = p->mtu;
	return ip_do_fragment(p->cn->net, skb->sk, skb, fragment_done);
}

/* ... for IPv6 it must be the smaller. */
static int fragment_ipv6(const struct cmap_passage *p, struct sk_buff *skb)
{
	unsigned int max = min(p->mtu, ip6_skb_dst_mtu(skb));

	if (!IP6CB(skb)->frag_max_size || IP6CB(skb)->frag_max_size > max)
		IP6CB(skb)->frag_max_size = max;
	return ipv6_stub->ipv6_fragment(p->cn->net, skb->sk, skb, fragment_done);
}

static void fragment(const struct cmap_passage *p, struct sk_buff *skb)
{
	const struct cmap_passage *outer = this_cpu_read(fragmenting);
	int err;

	this_cpu_write(fragmenting, p);
	err = cmap_out_is_ipv6(skb) ? fragment_ipv6(p, skb) : fragment_ipv4(p, skb);
	this_cpu_write(fragmenting, outer);
	if (err)
		cmap_out_drop(p, NULL, err == -EMSGSIZE ? CMAP_DROP_FRAG_NEEDED :
							 CMAP_DROP_NOMEM);
}

static void single(const struct cmap_passage *p, struct sk_buff *skb)
{
	if (likely(skb->len <= p->mtu))
		cmap_out_train(p, skb, 1, skb->len);
	else
		fragment(p, skb);
}

/* A GSO train: the segments get the headroom here, once, and come out linear with checksums. */
static void segment(const struct cmap_passage *p, struct sk_buff *skb)
{
	unsigned int head = cmap_outer_len(p->sa) + LL_RESERVED_SPACE(p->dst->dev);
	bool fit = fits(skb, p->mtu);
	unsigned int packets = 0, bytes = 0;
	struct sk_buff *list, *seg, *next;

	if (skb_cow_head(skb, head)) {
		cmap_out_drop(p, skb, CMAP_DROP_NOMEM);
		return;
	}
	list = skb_gso_segment(skb, 0);
	if (IS_ERR(list)) {
		cmap_out_drop(p, skb, CMAP_DROP_NOMEM);
		return;
	}
	if (!list) {
		/* Only its sizes looked like a train's. */
		skb_gso_reset(skb);
		single(p, skb);
		return;
	}
	consume_skb(skb);
	if (fit) {
		skb_list_walk_safe(list, seg, next) {
			packets++;
			bytes += seg->len;
		}
		cmap_out_train(p, list, packets, bytes);
		return;
	}
	skb_list_walk_safe(list, seg, next) {
		skb_mark_not_on_list(seg);
		single(p, seg);
	}
}

void cmap_fragment_send(struct cmap_passage *p, struct sk_buff *skb)
{
	struct cmap_split split;

	if (unlikely(!cmap_outer_split(p->sa, skb, &split))) {
		cmap_out_drop(p, skb, CMAP_DROP_NO_LOCAL);
		return;
	}
	measure(p, skb, split.front);
	if (unlikely(!fits(skb, p->mtu)) &&
	    (p->sa->mode == CMAP_MODE_TRANSPORT || !may_fragment(p, skb)))
		refuse(p, skb);
	else if (skb_is_gso(skb))
		segment(p, skb);
	else
		single(p, skb);
}
