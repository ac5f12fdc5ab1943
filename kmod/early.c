// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet comes in for an SPI that is reserved and has no keys yet, or for AH
 * that is to have ESP in it and has not, and leaves when it has them: back into
 * the stack, as if it came in then.
 *
 * The responder of a quick mode may use the pair of SAs as soon as it has
 * answered. The initiator can have the keys only when it has read the answer,
 * and computed: what comes meanwhile is not lost.
 *
 * A packet waits without its device, route and conntrack entry, so that none
 * of them has to wait for it when it goes.
 */
#include <linux/atomic.h>
#include <linux/netdevice.h>
#include <net/dst.h>
#include "cryptomap.h"

static int *ifindex_of(struct sk_buff *skb)
{
	return (int *)skb->cb;
}

void cmap_early_init(struct cmap_early *early)
{
	skb_queue_head_init(&early->queue);
	early->closed = false;
}

bool cmap_early_keep(struct cmap_sa *sa, struct sk_buff *skb, int ifindex)
{
	struct cmap_early *early = &sa->early;
	bool closed, room;

	spin_lock_bh(&early->queue.lock);
	closed = early->closed;
	room = !closed && skb_queue_len(&early->queue) < CMAP_EARLY_MAX &&
	       atomic_add_unless(&sa->cn->held, 1, CMAP_HOLD_ALL);
	if (room || closed) {
		skb_dst_drop(skb);
		nf_reset_ct(skb);
	}
	if (room) {
		skb->dev = NULL;
		*ifindex_of(skb) = ifindex;
		__skb_queue_tail(&early->queue, skb);
	}
	spin_unlock_bh(&early->queue.lock);
	if (closed)
		netif_rx(skb);
	return room || closed;
}

static void take(struct cmap_early *early, struct sk_buff_head *list)
{
	__skb_queue_head_init(list);
	spin_lock_bh(&early->queue.lock);
	early->closed = true;
	skb_queue_splice_tail_init(&early->queue, list);
	spin_unlock_bh(&early->queue.lock);
}

void cmap_early_move(struct cmap_sa *from, struct cmap_sa *to)
{
	struct sk_buff_head list;

	take(&from->early, &list);
	spin_lock_bh(&to->early.queue.lock);
	skb_queue_splice_tail(&list, &to->early.queue);
	spin_unlock_bh(&to->early.queue.lock);
}

void cmap_early_release(struct cmap_sa *sa)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	take(&sa->early, &list);
	local_bh_disable();
	rcu_read_lock();
	while ((skb = __skb_dequeue(&list))) {
		atomic_dec(&sa->cn->held);
		skb->dev = dev_get_by_index_rcu(sa->cn->net, *ifindex_of(skb));
		if (skb->dev)
			netif_rx(skb);
		else
			kfree_skb(skb);		/* so it came in by nothing */
	}
	rcu_read_unlock();
	local_bh_enable();
}

void cmap_early_purge(struct cmap_sa *sa)
{
	struct cmap_net *cn = sa->cn;
	struct sk_buff_head list;
	struct sk_buff *skb;

	take(&sa->early, &list);
	rcu_read_lock();
	while ((skb = __skb_dequeue(&list))) {
		atomic_dec(&cn->held);
		cmap_drop_count(&(struct cmap_dropped){
			.cn = cn, .in = true, .skb = skb, .key = &sa->key,
			.link = cmap_map_link(cn, *ifindex_of(skb)) }, CMAP_DROP_INVALID_SPI);
		kfree_skb(skb);
	}
	rcu_read_unlock();
}
