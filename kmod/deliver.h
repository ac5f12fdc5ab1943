/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decrypted packets on their way into the stack, and the mark they carry.
 */
#ifndef CMAP_DELIVER_H
#define CMAP_DELIVER_H

#include <linux/types.h>

struct net_device;
struct sk_buff;

int cmap_deliver_init(void);

/** cmap_deliver_exit() - drop what waits; nobody may deliver any more. May sleep */
void cmap_deliver_exit(void);

/**
 * cmap_deliver() - hand a decrypted packet to the stack as received on skb->dev
 *
 * skb->data at the inner IP header, everything of the outer packet removed.
 * Marks it, and owns it. Bottom halves off.
 *
 * Return: false: the queue is full, or the device is down; the packet is gone.
 */
bool cmap_deliver(struct sk_buff *skb);

/** cmap_deliver_marked() - was this packet decrypted by us? skb_dst_drop() takes the mark off */
bool cmap_deliver_marked(const struct sk_buff *skb);

/** cmap_deliver_flush() - @dev is down and goes: forget what came from it. May sleep */
void cmap_deliver_flush(const struct net_device *dev);

#endif /* CMAP_DELIVER_H */
