// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hold queue of a permit rule: packets come in that have no SA yet, and
 * leave in order when the SA is there, or are dropped and counted when they
 * have waited too long, when there are too many, or when the rule goes.
 *
 * A waiting packet holds its route and its conntrack entry. That is why a
 * network namespace purges the queues before conntrack's own teardown waits
 * for those entries.
 */
#include <linux/atomic.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <net/dst.h>
#include <net/ip.h>
#include "hold.h"

/* What IP left in skb->cb is needed again when the packet goes on. */
struct hold_cb {
	union {
		struct inet_skb_parm ipv4;
		struct inet6_skb_parm ipv6;
	} ip;
	unsigned long since;
};

static struct hold_cb *cb_of(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct hold_cb) > sizeof(skb->cb));
	return (struct hold_cb *)skb->cb;
}

static void drop_all(struct cmap_hold *hold, struct sk_buff_head *list, enum cmap_drop reason)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list))) {
		skb->dev = skb_dst(skb)->dev;
		hold->dropped(hold, skb, reason);
		kfree_skb(skb);
	}
}

static void timed_out(struct timer_list *timer)
{
	struct cmap_hold *hold = container_of(timer, struct cmap_hold, timer);
	unsigned long age = CMAP_HOLD_SECONDS * HZ;
	struct sk_buff_head old;
	struct sk_buff *skb;

	__skb_queue_head_init(&old);
	spin_lock_bh(&hold->queue.lock);
	while ((skb = skb_peek(&hold->queue))) {
		unsigned long end = cb_of(skb)->since + age;

		if (time_before(jiffies, end)) {
			if (!hold->closed)
				mod_timer(&hold->timer, end);
			break;
		}
		__skb_unlink(skb, &hold->queue);
		atomic_dec(hold->all);
		__skb_queue_tail(&old, skb);
	}
	spin_unlock_bh(&hold->queue.lock);
	drop_all(hold, &old, CMAP_DROP_HOLD_TIMEOUT);
}

void cmap_hold_init(struct cmap_hold *hold, atomic_t *all, unsigned int max,
		    void (*dropped)(struct cmap_hold *hold, struct sk_buff *skb,
				    enum cmap_drop reason))
{
	skb_queue_head_init(&hold->queue);
	hold->all = all;
	hold->max = max;
	hold->closed = false;
	hold->dropped = dropped;
	timer_setup(&hold->timer, timed_out, 0);
}

bool cmap_hold_push(struct cmap_hold *hold, struct sk_buff *skb)
{
	bool room;

	if (!READ_ONCE(hold->max) || !skb_dst_force(skb))
		return false;
	spin_lock_bh(&hold->queue.lock);
	room = !hold->closed && skb_queue_len(&hold->queue) < hold->max &&
	       atomic_add_unless(hold->all, 1, CMAP_HOLD_ALL);
	if (room) {
		cb_of(skb)->since = jiffies;
		__skb_queue_tail(&hold->queue, skb);
		if (skb_queue_len(&hold->queue) == 1)
			mod_timer(&hold->timer, jiffies + CMAP_HOLD_SECONDS * HZ);
	}
	spin_unlock_bh(&hold->queue.lock);
	return room;
}

void cmap_hold_take(struct cmap_hold *hold, struct sk_buff_head *list,
		    bool (*wanted)(const struct sk_buff *skb, const void *arg), const void *arg)
{
	struct sk_buff *skb, *next;

	spin_lock_bh(&hold->queue.lock);
	skb_queue_walk_safe(&hold->queue, skb, next) {
		if (!wanted(skb, arg))
			continue;
		__skb_unlink(skb, &hold->queue);
		atomic_dec(hold->all);
		__skb_queue_tail(list, skb);
	}
	spin_unlock_bh(&hold->queue.lock);
	/* The device may be gone since, the route says which one it is now. */
	skb_queue_walk(list, skb)
		skb->dev = skb_dst(skb)->dev;
}

void cmap_hold_purge(struct cmap_hold *hold, enum cmap_drop reason)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	spin_lock_bh(&hold->queue.lock);
	hold->closed = true;
	atomic_sub(skb_queue_len(&hold->queue), hold->all);
	skb_queue_splice_tail_init(&hold->queue, &list);
	spin_unlock_bh(&hold->queue.lock);
	timer_delete_sync(&hold->timer);
	drop_all(hold, &list, reason);
}
