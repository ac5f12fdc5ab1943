/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bounded queue in which a rule's first packets wait for its SA.
 */
#ifndef CMAP_HOLD_H
#define CMAP_HOLD_H

#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/cryptomap.h>

struct cmap_hold;

#define CMAP_HOLD_SECONDS 30
#define CMAP_HOLD_ALL	4096	/* packets that wait in all queues of a namespace */

/**
 * struct cmap_hold - packets of one permit rule that wait for an outbound SA
 * @queue: the packets, oldest first; its lock protects @max and @closed too
 * @all: how many wait in all queues of the namespace
 * @max: most packets that wait; 0: none
 * @closed: cmap_hold_purge() was called, nothing waits any more
 * @timer: fires when the oldest has waited CMAP_HOLD_SECONDS
 * @dropped: tells about a packet that is thrown away, before it is freed;
 *	softirq or process context
 */
struct cmap_hold {
	struct sk_buff_head queue;
	atomic_t *all;
	unsigned int max;
	bool closed;
	struct timer_list timer;
	void (*dropped)(struct cmap_hold *hold, struct sk_buff *skb, enum cmap_drop reason);
};

/** cmap_hold_init() - make an empty queue for at most @max packets, and CMAP_HOLD_ALL in all that share @all */
void cmap_hold_init(struct cmap_hold *hold, atomic_t *all, unsigned int max,
		    void (*dropped)(struct cmap_hold *hold, struct sk_buff *skb,
				    enum cmap_drop reason));

/**
 * cmap_hold_push() - let a packet wait
 *
 * The packet keeps its route (a reference is taken) and its IPCB.
 *
 * Return: true: it is in the queue; false: no room, the caller still owns it.
 */
bool cmap_hold_push(struct cmap_hold *hold, struct sk_buff *skb);

/**
 * cmap_hold_take() - move waiting packets, in order, to @list; skb->dev is set again
 * @wanted: which; the others keep their places. The queue's lock is held.
 * @arg: for @wanted
 */
void cmap_hold_take(struct cmap_hold *hold, struct sk_buff_head *list,
		    bool (*wanted)(const struct sk_buff *skb, const void *arg), const void *arg);

/**
 * cmap_hold_purge() - drop what waits, for @reason, and let nothing wait again
 *
 * When it returns the timer does not run any more.
 */
void cmap_hold_purge(struct cmap_hold *hold, enum cmap_drop reason);

#endif /* CMAP_HOLD_H */
