// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands around a protected packet. The packet and its SA come in; room
 * for the SA's headers, with the outer ones written, goes out. And the route
 * to the peer, cached per SA.
 *
 *	tunnel		outer IP | [AH] [UDP] ESP | whole packet
 *	transport	IP header and its extensions | [AH] [UDP] ESP | rest
 *
 * A packet allocates nothing if it is linear, its own, and has room.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include "cryptomap.h"
#include "out.h"
#include "tunnel.h"

/* ------------------------------------------------------------------------- */
/* The route to the peer                                                      */

/**
 * struct cmap_route - a cached route
 * @dst: a reference is held
 * @cookie: what IPv6 tells a stale one by
 * @rcu: freed after a grace period
 */
struct cmap_route {
	struct dst_entry *dst;
	u32 cookie;
	struct rcu_head rcu;
};

static struct dst_entry *lookup_ipv4(const struct cmap_sa *sa, int oif)
{
	struct flowi4 fl4 = {
		.daddr = sa->key.daddr.ip,
		.saddr = sa->saddr.ip,
		.flowi4_proto = sa->key.proto,
		.flowi4_oif = oif,
	};
	struct rtable *rt = __ip_route_output_key(sa->cn->net, &fl4);

	return IS_ERR(rt) ? NULL : &rt->dst;
}

static struct dst_entry *lookup_ipv6(const struct cmap_sa *sa, int oif, u32 *cookie)
{
	struct flowi6 fl6 = {
		.daddr = sa->key.daddr.ip6,
		.saddr = sa->saddr.ip6,
		.flowi6_proto = sa->key.proto,
		.flowi6_oif = oif,
	};
	struct dst_entry *dst = ip6_route_output(sa->cn->net, NULL, &fl6);

	if (dst->error) {
		dst_release(dst);
		return NULL;
	}
	*cookie = rt6_get_cookie(dst_rt6_info(dst));
	return dst;
}

/*
 * The SA owns one reference to its route; packets use it under RCU without
 * one. A stale route is replaced by whoever sees it first; if somebody else
 * was faster, or there is no memory, ours still lives on in this section.
 */
static noinline struct dst_entry *renew(struct cmap_sa *sa, const struct net_device *out,
					struct cmap_route *old)
{
	int oif = cmap_is_tunnel(out) ? cmap_tunnel_oif(out) : l3mdev_master_ifindex_rcu(out);
	struct cmap_route *route;
	struct dst_entry *dst;
	u32 cookie = 0;

	dst = sa->key.family == AF_INET6 ? lookup_ipv6(sa, oif, &cookie) : lookup_ipv4(sa, oif);
	if (!dst)
		return NULL;
	route = kmalloc(sizeof(*route), GFP_ATOMIC);
	if (!route) {
		dst_release(dst);
		return dst;
	}
	route->dst = dst;
	route->cookie = cookie;
	if (cmpxchg((__force struct cmap_route **)&sa->route, old, route) != old) {
		dst_release(dst);
		kfree(route);
	} else if (old) {
		dst_release(old->dst);
		kfree_rcu(old, rcu);
	}
	return dst;
}

struct dst_entry *cmap_outer_route(struct cmap_sa *sa, const struct net_device *out)
{
	struct cmap_route *route = rcu_dereference(sa->route);

	if (likely(route && dst_check(route->dst, route->cookie)))
		return route->dst;
	return renew(sa, out, route);
}

void cmap_out_forget(struct cmap_sa *sa)
{
	struct cmap_route *route = rcu_replace_pointer(sa->route, NULL, true);

	if (!route)
		return;
	dst_release(route->dst);
	kfree_rcu(route, rcu);
}

/* ------------------------------------------------------------------------- */
/* Sizes                                                                      */

static unsigned int ip_header_len(u8 family)
{
	return family == AF_INET6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

static bool is_ah(const struct cmap_sa *sa)
{
	return sa->key.proto == IPPROTO_AH;
}

/* Between the IP header and ESP, or of AH alone */
static unsigned int shim_len(const struct cmap_sa *sa)
{
	if (unlikely(is_ah(sa)))
		return cmap_ah_len(&sa->ah, sa->key.family);
	if (unlikely(sa->bundle))
		return cmap_ah_len(&sa->bundle->ah, sa->key.family);
	return sa->encap ? sizeof(struct udphdr) : 0;
}

unsigned int cmap_outer_len(const struct cmap_sa *sa)
{
	return (sa->mode == CMAP_MODE_TUNNEL ? ip_header_len(sa->key.family) : 0) + shim_len(sa) +
	       (is_ah(sa) ? 0 : cmap_esp_head(&sa->esp));
}

unsigned int cmap_outer_room(const struct cmap_sa *sa, unsigned int front, unsigned int path)
{
	unsigned int around = shim_len(sa);

	around += sa->mode == CMAP_MODE_TUNNEL ? ip_header_len(sa->key.family) : front;
	if (unlikely(path <= around))
		return 0;
	path -= around;
	return front + (is_ah(sa) ? path : cmap_esp_room(&sa->esp, path));
}

void cmap_out_mtu(struct cmap_sa *sa, unsigned int *path, unsigned int *inner)
{
	struct cmap_route *route;

	*path = 0;
	*inner = 0;
	rcu_read_lock();
	route = rcu_dereference(sa->route);
	if (route && dst_check(route->dst, route->cookie)) {
		*path = dst_mtu(route->dst);
		*inner = cmap_outer_room(sa, sa->mode == CMAP_MODE_TUNNEL ? 0 :
					     ip_header_len(sa->key.family), *path);
	}
	rcu_read_unlock();
}

/* ------------------------------------------------------------------------- */
/* Where the headers go                                                       */

static bool split_ipv4(const struct sk_buff *skb, struct cmap_split *split)
{
	const struct iphdr *iph = ip_hdr(skb);

	split->front = iph->ihl * 4;
	split->next = offsetof(struct iphdr, protocol);
	split->protocol = iph->protocol;
	return !ip_is_fragment(iph);
}

/* RFC 4303 3.1.1: behind what is for each hop, in front of what is for the destination alone */
static bool split_ipv6(const struct sk_buff *skb, struct cmap_split *split)
{
	unsigned int at = sizeof(struct ipv6hdr), next = offsetof(struct ipv6hdr, nexthdr);
	u8 protocol = ipv6_hdr(skb)->nexthdr;
	const struct ipv6_opt_hdr *ext;
	struct ipv6_opt_hdr _ext;

	split->front = at;
	split->next = next;
	split->protocol = protocol;
	while (protocol == NEXTHDR_HOP || protocol == NEXTHDR_ROUTING || protocol == NEXTHDR_DEST) {
		bool hops = protocol != NEXTHDR_DEST;

		ext = skb_header_pointer(skb, at, sizeof(_ext), &_ext);
		if (!ext)
			return false;
		protocol = ext->nexthdr;
		next = at;
		at += ipv6_optlen(ext);
		if (hops) {
			split->front = at;
			split->next = next;
			split->protocol = protocol;
		}
	}
	return protocol != NEXTHDR_FRAGMENT && split->front <= skb->len;
}

bool cmap_outer_split(const struct cmap_sa *sa, const struct sk_buff *skb,
		      struct cmap_split *split)
{
	bool ipv6 = cmap_out_is_ipv6(skb);

	if (unlikely(sa->mode == CMAP_MODE_TRANSPORT))
		return ipv6 ? split_ipv6(skb, split) : split_ipv4(skb, split);
	split->front = 0;
	split->protocol = ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	if (sa->key.family == AF_INET6)
		split->next = offsetof(struct ipv6hdr, nexthdr);
	else
		split->next = offsetof(struct iphdr, protocol);
	return true;
}

/* ------------------------------------------------------------------------- */
/* Room                                                                       */

static bool fits_in_place(const struct sk_buff *skb, unsigned int head, unsigned int tail)
{
	return !skb_is_nonlinear(skb) && !skb_cloned(skb) && !skb_shared(skb) &&
	       skb_headroom(skb) >= head && skb_tailroom(skb) >= tail;
}

/* The socket goes on waiting for its bytes to leave (TSQ), with what it was charged. */
static void move_owner(struct sk_buff *to, struct sk_buff *from)
{
	to->sk = from->sk;
	to->destructor = from->destructor;
	to->truesize = from->truesize;
	from->sk = NULL;
	from->destructor = NULL;
}

/* A fresh linear skb with @head bytes of room in front, space for @len, and @tail behind. */
static struct sk_buff *fresh(struct sk_buff *skb, unsigned int head, unsigned int tail)
{
	struct sk_buff *to = alloc_skb(head + skb->len + tail, GFP_ATOMIC);

	if (!to)
		return NULL;
	skb_dst_drop(skb);
	skb_reserve(to, head);
	skb_copy_header(to, skb);
	skb_unset_mac_header(to);
	if (skb->sk)
		move_owner(to, skb);
	return to;
}

/* Copy @from's packet to @at, with the checksum that it may still lack. */
static int copy_and_checksum(struct sk_buff *from, u8 *at)
{
	unsigned int start;
	__sum16 *sum;

	if (from->ip_summed != CHECKSUM_PARTIAL)
		return skb_copy_bits(from, 0, at, from->len);
	start = skb_checksum_start_offset(from);
	if (skb_csum_is_sctp(from) || start > skb_headlen(from)) {
		int err = skb_csum_hwoffload_help(from, 0);

		return err ?: skb_copy_bits(from, 0, at, from->len);
	}
	skb_copy_and_csum_dev(from, at);
	/* 0 would say "no checksum" in UDP; in TCP both mean the same */
	sum = (__sum16 *)(at + start + from->csum_offset);
	if (!*sum)
		*sum = CSUM_MANGLED_0;
	return 0;
}

/*
 * Make @head bytes of room behind the first @front ones of a packet, and @tail
 * at its end. In place where the skb allows it, else a fresh one, with the rest
 * of the packet copied there (*from is NULL) or, if @leave, left for the cipher
 * to fetch (*from is the old skb, from there on).
 */
static struct sk_buff *make_room(struct sk_buff *skb, unsigned int front, unsigned int head,
				 unsigned int reserve, unsigned int tail, bool leave,
				 struct sk_buff **from)
{
	unsigned int len = skb->len;
	struct sk_buff *to;

	*from = NULL;
	if (fits_in_place(skb, head + reserve, tail)) {
		if (skb->ip_summed == CHECKSUM_PARTIAL && skb_csum_hwoffload_help(skb, 0))
			return NULL;
		__skb_push(skb, head);
		__skb_put(skb, tail);
		memmove(skb->data, skb->data + head, front);
		return skb;
	}
	if (front && !pskb_may_pull(skb, front))
		return NULL;
	to = fresh(skb, reserve, head + tail);
	if (!to)
		return NULL;
	__skb_put(to, head + len + tail);
	if (leave && skb->ip_summed != CHECKSUM_PARTIAL) {
		memcpy(to->data, skb->data, front);
		__skb_pull(skb, front);
		*from = skb;
		return to;
	}
	if (copy_and_checksum(skb, to->data + head)) {
		kfree_skb(to);
		return NULL;
	}
	memmove(to->data, to->data + head, front);
	consume_skb(skb);
	return to;
}

/* ------------------------------------------------------------------------- */
/* Headers                                                                    */

/* RFC 4301 5.1.2.1 */
static void write_ipv4(const struct cmap_passage *p, struct sk_buff *skb, u8 tos, bool df, u16 id)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->frag_off = df ? htons(IP_DF) : 0;
	iph->id = df ? 0 : htons(id);
	iph->ttl = ip4_dst_hoplimit(p->dst);
	iph->saddr = p->sa->saddr.ip;
	iph->daddr = p->sa->key.daddr.ip;
}

/*
 * RFC 4301 5.1.2.2. To the network an SA is one flow, whose packets should not
 * overtake each other (RFC 6437 2): its random SPI makes the flow label.
 */
static void write_ipv6(const struct cmap_passage *p, struct sk_buff *skb, u8 tos)
{
	struct ipv6hdr *iph = ipv6_hdr(skb);

	ip6_flow_hdr(iph, tos, p->sa->key.spi & IPV6_FLOWLABEL_MASK);
	iph->hop_limit = ip6_dst_hoplimit(p->dst);
	iph->saddr = p->sa->saddr.ip6;
	iph->daddr = p->sa->key.daddr.ip6;
}

/* AH covers the length, so it must be there before ip_local_out() writes it again. */
static void write_length(struct sk_buff *skb, u8 family)
{
	if (family == AF_INET6)
		ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	else
		ip_hdr(skb)->tot_len = htons(skb->len);
}

/* RFC 3948 2.1; with IPv6 the checksum follows when the packet is finished. */
static void write_udp(const struct cmap_sa *sa, struct sk_buff *skb)
{
	struct udphdr *uh = udp_hdr(skb);

	uh->source = READ_ONCE(sa->encap_sport);
	uh->dest = READ_ONCE(sa->encap_dport);
	uh->len = htons(skb->len - skb_transport_offset(skb));
	uh->check = 0;
}

static u8 first_protocol(const struct cmap_sa *sa)
{
	if (unlikely(sa->bundle))
		return IPPROTO_AH;
	return sa->encap ? IPPROTO_UDP : sa->key.proto;
}

struct sk_buff *cmap_outer_wrap(const struct cmap_passage *p, struct sk_buff *skb,
				const struct cmap_split *split, u16 id, bool df,
				struct sk_buff **from)
{
	const struct cmap_sa *sa = p->sa;
	u8 tos = cmap_out_is_ipv6(skb) ? ipv6_get_dsfield(ipv6_hdr(skb)) : ip_hdr(skb)->tos;
	unsigned int tail = is_ah(sa) ? 0 : cmap_esp_tail(&sa->esp, skb->len - split->front);
	struct sk_buff *to;

	to = make_room(skb, split->front, cmap_outer_len(sa), LL_RESERVED_SPACE(p->dst->dev), tail,
		       !is_ah(sa), from);
	if (unlikely(!to))
		return NULL;
	to->ip_summed = CHECKSUM_NONE;
	skb_reset_network_header(to);
	if (likely(sa->mode == CMAP_MODE_TUNNEL)) {
		skb_set_transport_header(to, ip_header_len(sa->key.family));
		/* DSCP and ECN are copied: RFC 4301, RFC 6040 4.1 normal mode. */
		if (sa->key.family == AF_INET6)
			write_ipv6(p, to, tos);
		else
			write_ipv4(p, to, tos, df, id);
	} else {
		skb_set_transport_header(to, split->front);
	}
	to->data[split->next] = first_protocol(sa);
	write_length(to, sa->key.family);
	if (sa->encap)
		write_udp(sa, to);
	return to;
}
