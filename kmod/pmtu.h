/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What routers on the way to a peer tell about the size of our packets.
 */
#ifndef CMAP_PMTU_H
#define CMAP_PMTU_H

#include <linux/types.h>

struct cmap_net;
struct cmap_place;
struct sk_buff;

/**
 * cmap_pmtu_icmp() - ICMP to us: does it say that our IPsec packets are too big?
 * @skb: skb->data at the network header; goes on to the stack in any case
 * @outer: of @skb
 */
void cmap_pmtu_icmp(struct cmap_net *cn, struct sk_buff *skb, const struct cmap_place *outer);

/** cmap_pmtu_is_about_us() - does this packet say so? @skb as above */
bool cmap_pmtu_is_about_us(struct cmap_net *cn, struct sk_buff *skb, u8 family);

#endif /* CMAP_PMTU_H */
