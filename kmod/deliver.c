// SPDX-License-Identifier: GPL-2.0-only
/*
 * A decrypted packet comes in and leaves into the stack, as if just received
 * on its interface: through a queue and a NAPI instance per CPU, so that GRO
 * puts trains together and the stack does not grow, and marked, so that the
 * check for clear packets lets it pass. Where GRO is switched off the stack's
 * own queue does, and costs no further round of the softirq.
 *
 * The mark is a metadata dst of our own. Only kernel code can attach one, so
 * no sender can forge it; it costs no allocation, and routing replaces it. One
 * per CPU: its reference count is not shared.
 *
 * The queues are our own (not gro_cells) because a waiting packet names its
 * device without a reference, and they must be emptied of a device that goes.
 */
#include <linux/cpu.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/dst_metadata.h>
#include "deliver.h"

#define QUEUE_MAX 1000	/* as net.core.netdev_max_backlog's default */

struct cell {
	struct sk_buff_head queue;
	struct napi_struct napi;
	struct metadata_dst *mark;
	struct work_struct flush;
};

static struct cell __percpu *cells;
static struct net_device *dummy;
static u32 magic;
static bool used;
static const struct net_device *going;
static DEFINE_MUTEX(going_lock);	/* one flush at a time; protects @going */

static int poll(struct napi_struct *napi, int budget)
{
	struct cell *cell = container_of(napi, struct cell, napi);
	struct sk_buff *skb;
	int done = 0;

	while (done < budget) {
		skb = __skb_dequeue(&cell->queue);
		if (!skb)
			break;
		napi_gro_receive(napi, skb);
		done++;
	}
	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

bool cmap_deliver(struct sk_buff *skb)
{
	struct cell *cell = this_cpu_ptr(cells);

	dst_hold(&cell->mark->dst);
	skb_dst_set(skb, &cell->mark->dst);
	if (netif_elide_gro(skb->dev))
		return netif_rx(skb) == NET_RX_SUCCESS;
	if (unlikely(!(skb->dev->flags & IFF_UP) || skb_queue_len(&cell->queue) >= QUEUE_MAX)) {
		dev_core_stats_rx_dropped_inc(skb->dev);
		kfree_skb(skb);
		return false;
	}
	if (unlikely(!READ_ONCE(used)))
		WRITE_ONCE(used, true);
	__skb_queue_tail(&cell->queue, skb);
	if (skb_queue_len(&cell->queue) == 1)
		napi_schedule(&cell->napi);
	return true;
}

bool cmap_deliver_marked(const struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);
	const struct metadata_dst *md;

	if (!dst || !(dst->flags & DST_METADATA))
		return false;
	md = container_of(dst, const struct metadata_dst, dst);
	return md->type == METADATA_HW_PORT_MUX && !md->u.port_info.lower_dev &&
	       md->u.port_info.port_id == magic;
}

/*
 * On every CPU: take the device's packets out of the queue, and have NAPI
 * finish what GRO holds. New ones can't come: the device is down.
 */
static void flush(struct work_struct *work)
{
	struct cell *cell = container_of(work, struct cell, flush);
	struct sk_buff *skb, *next;

	local_bh_disable();
	skb_queue_walk_safe(&cell->queue, skb, next) {
		if (skb->dev != going)
			continue;
		__skb_unlink(skb, &cell->queue);
		kfree_skb(skb);
	}
	local_bh_enable();
	napi_disable(&cell->napi);
	napi_enable(&cell->napi);
	local_bh_disable();
	if (!skb_queue_empty(&cell->queue))
		napi_schedule(&cell->napi);
	local_bh_enable();
}

void cmap_deliver_flush(const struct net_device *dev)
{
	int cpu;

	if (!READ_ONCE(used))
		return;
	mutex_lock(&going_lock);
	going = dev;
	cpus_read_lock();
	for_each_online_cpu(cpu)
		schedule_work_on(cpu, &per_cpu_ptr(cells, cpu)->flush);
	for_each_online_cpu(cpu)
		flush_work(&per_cpu_ptr(cells, cpu)->flush);
	cpus_read_unlock();
	going = NULL;
	mutex_unlock(&going_lock);
}

static void free_cells(void)
{
	struct cell *cell;
	int cpu;

	for_each_possible_cpu(cpu) {
		cell = per_cpu_ptr(cells, cpu);
		if (!cell->mark)
			continue;
		napi_disable(&cell->napi);
		netif_napi_del(&cell->napi);
		__skb_queue_purge(&cell->queue);
		/* Packets in the stack may still carry it: the last one frees it. */
		dst_release(&cell->mark->dst);
	}
	free_percpu(cells);
	cmap_free_netdev_dummy(dummy);
}

int cmap_deliver_init(void)
{
	struct cell *cell;
	int cpu;

	dummy = alloc_netdev_dummy(0);
	cells = alloc_percpu(struct cell);
	if (!dummy || !cells) {
		free_percpu(cells);
		if (dummy)
			cmap_free_netdev_dummy(dummy);
		return -ENOMEM;
	}
	magic = get_random_u32();
	for_each_possible_cpu(cpu) {
		cell = per_cpu_ptr(cells, cpu);
		__skb_queue_head_init(&cell->queue);
		INIT_WORK(&cell->flush, flush);
		cell->mark = metadata_dst_alloc(0, METADATA_HW_PORT_MUX, GFP_KERNEL);
		if (!cell->mark) {
			free_cells();
			return -ENOMEM;
		}
		cell->mark->u.port_info.port_id = magic;
		set_bit(NAPI_STATE_NO_BUSY_POLL, &cell->napi.state);
		netif_napi_add(dummy, &cell->napi, poll);
		napi_enable(&cell->napi);
	}
	return 0;
}

void cmap_deliver_exit(void)
{
	free_cells();
}
