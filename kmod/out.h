/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the way out share: out.c decides and sends, fragment.c
 * makes packets fit, outer.c puts headers around them.
 */
#ifndef CMAP_OUT_H
#define CMAP_OUT_H

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/ip.h>
#include "cryptomap.h"

/**
 * struct cmap_passage - one packet's, or one GSO train's, way out
 * @cn: the namespace
 * @link: NULL once the packet has waited: its interface may be another by now
 * @rule: what protects it
 * @sa: and with what; NULL: nothing yet
 * @flow: its 5-tuple
 * @dst: route to the peer; not referenced
 * @room: largest packet that, when protected, fits into the path
 * @mtu: largest packet that is protected whole; what is between @room and
 *	@mtu is cut up when it is protected
 */
struct cmap_passage {
	struct cmap_net *cn;
	struct cmap_link *link;
	struct cmap_rule *rule;
	struct cmap_sa *sa;
	const struct cmap_flow *flow;
	struct dst_entry *dst;
	unsigned int room;
	unsigned int mtu;
};

static inline bool cmap_out_is_ipv6(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6);
}

/** cmap_out_is_local() - was it sent by this host, not forwarded? */
static inline bool cmap_out_is_local(struct sk_buff *skb)
{
	return cmap_out_is_ipv6(skb) ? !(IP6CB(skb)->flags & IP6SKB_FORWARDED) :
				       !(IPCB(skb)->flags & IPSKB_FORWARDED);
}

/* --- out.c --- */

/** cmap_out_train() - protect and send @list: one packet, or a train's segments, of @bytes */
void cmap_out_train(const struct cmap_passage *p, struct sk_buff *list, unsigned int packets,
		    unsigned int bytes);

/** cmap_out_drop() - count and free */
void cmap_out_drop(const struct cmap_passage *p, struct sk_buff *skb, enum cmap_drop reason);

/* --- fragment.c --- */

/** cmap_fragment_send() - on to cmap_out_train(), whole or cut up, or refused. @p->dst is set */
void cmap_fragment_send(struct cmap_passage *p, struct sk_buff *skb);

/* --- outer.c --- */

/**
 * struct cmap_split - where a packet is taken apart
 * @front: bytes of it that stay in front of what is protected; 0 in tunnel mode
 * @next: where in them the protocol of what follows is
 * @protocol: of what is protected, as ESP or AH names it
 */
struct cmap_split {
	unsigned int front;
	unsigned int next;
	u8 protocol;
};

/**
 * cmap_outer_split() - where do @sa's headers go in this packet?
 *
 * Return: false: nowhere, it is a fragment (RFC 4303 3.3.4) or broken.
 */
bool cmap_outer_split(const struct cmap_sa *sa, const struct sk_buff *skb,
		      struct cmap_split *split);

/** cmap_outer_len() - bytes that @sa puts in front of a packet, or behind its IP header */
unsigned int cmap_outer_len(const struct cmap_sa *sa);

/** cmap_outer_esp() - of a wrapped packet: bytes from the outer IP header to ESP's */
static inline unsigned int cmap_outer_esp(const struct cmap_sa *sa, const struct sk_buff *skb)
{
	unsigned int at = skb_transport_offset(skb);

	if (unlikely(sa->bundle))
		return at + cmap_ah_len(&sa->bundle->ah, sa->key.family);
	return sa->encap ? at + sizeof(struct udphdr) : at;
}

/**
 * cmap_outer_room() - the largest packet that has at most @path bytes when it is protected
 * @front: as in struct cmap_split
 */
unsigned int cmap_outer_room(const struct cmap_sa *sa, unsigned int front, unsigned int path);

/**
 * cmap_outer_wrap() - make room around what is protected, write the outer headers
 * @skb: consumed, unless NULL is returned
 * @id: IPv4 identification, used in tunnel mode without DF
 * @df: IPv4 DF, used in tunnel mode
 * @from: set to the skb from which the payload is still to be fetched, or NULL
 *
 * Return: the packet to be, from its outer IP header on, all there but what
 * ESP and AH write themselves; its transport header is what stands behind the
 * IP header: AH, UDP or ESP. NULL: no memory.
 */
struct sk_buff *cmap_outer_wrap(const struct cmap_passage *p, struct sk_buff *skb,
				const struct cmap_split *split, u16 id, bool df,
				struct sk_buff **from);

/** cmap_outer_route() - the cached way to the peer; NULL: none. RCU; no reference is taken */
struct dst_entry *cmap_outer_route(struct cmap_sa *sa, const struct net_device *out);

#endif /* CMAP_OUT_H */
