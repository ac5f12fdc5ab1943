/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The outer headers of a packet that is addressed to us: where IPsec starts in
 * it, behind IP options, IPv6 extension headers and UDP.
 */
#ifndef CMAP_LOCATE_H
#define CMAP_LOCATE_H

#include <linux/types.h>

struct net;
struct sk_buff;
union cmap_addr;

/**
 * struct cmap_place - what follows an IP header and its options
 * @family: of the header
 * @protocol: of what follows
 * @name_at: where the byte is that names it; from the header on
 * @offset: where it starts; from the header on
 */
struct cmap_place {
	u8 family;
	u8 protocol;
	u16 name_at;
	u16 offset;
};

/**
 * cmap_locate() - find what follows an IP header
 * @at: where the header is, from skb->data on; it can be read directly
 * @family: of that header
 * @outer: @name_at and @offset count from the header on
 *
 * IPv6: behind hop-by-hop, routing and destination options headers, as far as
 * nobody has to do anything for them. A fragment header is an end.
 *
 * Return: false: can't be read, or the stack has to see it first.
 */
bool cmap_locate(const struct sk_buff *skb, unsigned int at, u8 family,
		 struct cmap_place *outer);

/**
 * cmap_locate_gather() - put IPv6 fragments of IPsec and UDP together
 * @skb: skb->data at the network header
 * @outer: of the fragment; of the whole packet on success
 *
 * IPv6 does so behind LOCAL_IN; conntrack in front of it, where it runs.
 *
 * Return: an NF verdict: NF_STOLEN: it waits for the others; NF_DROP: they
 * don't fit; NF_ACCEPT: look at @outer->protocol.
 */
unsigned int cmap_locate_gather(struct net *net, struct sk_buff *skb, struct cmap_place *outer);

/** cmap_locate_addresses() - of the network header */
void cmap_locate_addresses(const struct sk_buff *skb, u8 family, union cmap_addr *saddr,
			   union cmap_addr *daddr);

#endif /* CMAP_LOCATE_H */
