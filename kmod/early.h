/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that come before the keys of their SA.
 */
#ifndef CMAP_EARLY_H
#define CMAP_EARLY_H

#include <linux/skbuff.h>

struct cmap_sa;

#define CMAP_EARLY_MAX 32	/* packets that wait for one SPI */

/**
 * struct cmap_early - packets for an SPI without keys
 * @queue: the packets, oldest first, without device, route and conntrack entry
 * @closed: nothing waits any more; the queue's lock protects it
 */
struct cmap_early {
	struct sk_buff_head queue;
	bool closed;
};

/** cmap_early_init() - an empty queue */
void cmap_early_init(struct cmap_early *early);

/**
 * cmap_early_keep() - let a packet wait for the keys of @sa, which has CMAP_SA_EARLY
 * @ifindex: of the interface that it came in by
 *
 * The keys may have come since the lookup: then it goes through the stack again at once.
 * Softirq. Return: true: taken; false: no room, the caller still owns it.
 */
bool cmap_early_keep(struct cmap_sa *sa, struct sk_buff *skb, int ifindex);

/** cmap_early_move() - what waits for @from waits for @to; nothing waits for @from again */
void cmap_early_move(struct cmap_sa *from, struct cmap_sa *to);

/** cmap_early_release() - @sa has its keys: what waits goes through the stack again. Process context */
void cmap_early_release(struct cmap_sa *sa);

/** cmap_early_purge() - @sa is gone: what waits is dropped as what has no SA, and counted. Any context */
void cmap_early_purge(struct cmap_sa *sa);

#endif /* CMAP_EARLY_H */
