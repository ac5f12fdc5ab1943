/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tunnel devices: "ip link add NAME type cryptomap". A map that permits
 * everything is bound to one; what is routed there is encrypted, and what its
 * SAs decrypt comes in there.
 */
#ifndef CMAP_TUNNEL_H
#define CMAP_TUNNEL_H

#include <linux/netdevice.h>
#include "cryptomap.h"

extern const struct net_device_ops cmap_tunnel_ops;

/** cmap_is_tunnel() - is it one of our devices? */
static inline bool cmap_is_tunnel(const struct net_device *dev)
{
	return dev->netdev_ops == &cmap_tunnel_ops;
}

/** cmap_tunnel_sent() - a packet that was routed to @dev is on its way. Softirqs disabled */
static inline void cmap_tunnel_sent(struct net_device *dev, unsigned int bytes)
{
	if (unlikely(cmap_is_tunnel(dev)))
		dev_sw_netstats_tx_add(dev, 1, bytes);
}

/** cmap_tunnel_dropped() - it is not */
static inline void cmap_tunnel_dropped(struct net_device *dev)
{
	if (unlikely(cmap_is_tunnel(dev)))
		dev_core_stats_tx_dropped_inc(dev);
}

/**
 * cmap_tunnel_enter() - a decrypted packet comes in on the tunnel device of @sa's map, if there is one
 *
 * skb->data at the inner header. RCU.
 *
 * Return: whether there is one.
 */
static inline bool cmap_tunnel_enter(const struct cmap_sa *sa, struct sk_buff *skb)
{
	const struct cmap_rule *rule = rcu_dereference(sa->rule);
	const struct cmap_entry *entry = rule ? rcu_dereference(rule->entry) : NULL;
	struct net_device *dev = entry ? rcu_dereference(entry->map->tunnel) : NULL;

	if (likely(!dev))
		return false;
	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb->mac_len = 0;
	return true;
}

/** cmap_tunnel_received() - a packet was delivered on @dev. Softirqs disabled */
static inline void cmap_tunnel_received(struct net_device *dev, unsigned int bytes)
{
	if (unlikely(cmap_is_tunnel(dev)))
		dev_sw_netstats_rx_add(dev, bytes);
}

/** cmap_tunnel_oif() - the interface or VRF that the route to the peer is bound to; 0: none. RCU */
int cmap_tunnel_oif(const struct net_device *dev);

/** cmap_tunnel_may_bind() - may @map, so far not bound to @dev, be? A tunnel device has its map for itself */
bool cmap_tunnel_may_bind(const struct cmap_net *cn, const struct cmap_map *map,
			  const struct net_device *dev);

/** cmap_tunnel_bind() - @map is bound to @dev now. cmap_net.lock held */
void cmap_tunnel_bind(struct cmap_net *cn, struct cmap_map *map, struct net_device *dev);

/** cmap_tunnel_unbind() - and not any more. cmap_net.lock held */
void cmap_tunnel_unbind(struct cmap_net *cn, struct cmap_map *map, struct net_device *dev);

/** cmap_tunnel_carrier() - the outbound SAs of @map are others: up if one carries traffic. cmap_net.lock held */
void cmap_tunnel_carrier(struct cmap_net *cn, struct cmap_map *map);

int cmap_tunnel_init(void);
void cmap_tunnel_exit(void);

#endif /* CMAP_TUNNEL_H */
