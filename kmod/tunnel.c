// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnel devices, as "tunnel mode ipsec" has them: a link kind. A packet that
 * the stack has routed to one comes in, behind all its hooks and queues, and
 * leaves for out.c, which asks the map that is bound to the device. There is
 * no header of the device's own.
 *
 * The device is up as its SA is: carrier is there while an outbound SA of the
 * map carries traffic. Without it nothing is sent, so nothing asks for an SA
 * either: the manager keeps one.
 *
 * A map knows its device (cmap_map.tunnel), so that what its SAs decrypt can
 * come in there. The pointer holds no reference: NETDEV_UNREGISTER unbinds,
 * which clears it, before the grace period that the device waits for.
 */
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/module.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/rtnetlink.h>
#include "tunnel.h"

#define KIND	"cryptomap"

/* What a 1500-byte path leaves for AES-CBC with HMAC-SHA1 or -SHA2-256, as a router has it */
#define OVERHEAD	(ETH_DATA_LEN - 1438)

#define FEATURES	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | \
			 NETIF_F_GSO_SOFTWARE)

/**
 * struct cmap_tunnel - a device's private part
 * @underlay: interface index of "link DEV", or 0: the route to the peer is
 *	looked up in that one's VRF
 */
struct cmap_tunnel {
	int underlay;
};

/* ------------------------------------------------------------------------- */
/* Packets                                                                    */

/* What a packet socket or a traffic-control action put here has none, or another device's. */
static bool has_route(struct sk_buff *skb, struct net_device *dev)
{
	struct dst_entry *dst = skb_dst(skb);

	if (likely(dst && !(dst->flags & DST_METADATA)))
		return true;
	if (skb->protocol == htons(ETH_P_IP)) {
		struct flowi4 fl4 = {
			.daddr = ip_hdr(skb)->daddr,
			.saddr = ip_hdr(skb)->saddr,
			.flowi4_oif = dev->ifindex,
			.flowi4_flags = FLOWI_FLAG_ANYSRC,
		};
		struct rtable *rt = __ip_route_output_key(dev_net(dev), &fl4);

		dst = IS_ERR(rt) ? NULL : &rt->dst;
	} else {
		struct flowi6 fl6 = {
			.daddr = ipv6_hdr(skb)->daddr,
			.saddr = ipv6_hdr(skb)->saddr,
			.flowi6_oif = dev->ifindex,
			.flowi6_flags = FLOWI_FLAG_ANYSRC,
		};

		dst = ip6_route_output(dev_net(dev), NULL, &fl6);
		if (dst->error) {
			dst_release(dst);
			dst = NULL;
		}
	}
	if (!dst)
		return false;
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	return true;
}

static void tell_sender(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

static netdev_tx_t xmit(struct sk_buff *skb, struct net_device *dev)
{
	skb_reset_network_header(skb);
	if (unlikely((skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6)) ||
		     !pskb_inet_may_pull(skb))) {
		/* Not IP: there is nobody to tell. */
		DEV_STATS_INC(dev, tx_errors);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	/* Queues have used it since IP did. */
	memset(skb->cb, 0, max(sizeof(struct inet_skb_parm), sizeof(struct inet6_skb_parm)));
	rcu_read_lock();
	if (unlikely(!has_route(skb, dev))) {
		DEV_STATS_INC(dev, tx_carrier_errors);
		tell_sender(skb);
		kfree_skb(skb);
	} else if (unlikely(!cmap_out_tunnel(skb))) {
		tell_sender(skb);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

int cmap_tunnel_oif(const struct net_device *dev)
{
	int underlay = READ_ONCE(((const struct cmap_tunnel *)netdev_priv(dev))->underlay);
	struct net_device *link;

	link = underlay ? dev_get_by_index_rcu(dev_net(dev), underlay) : NULL;
	return link ? l3mdev_master_ifindex_rcu(link) : 0;
}

/* ------------------------------------------------------------------------- */
/* Its map                                                                    */

static struct net_device *device_of(const struct cmap_net *cn, const struct cmap_map *map)
{
	return rcu_dereference_protected(map->tunnel, lockdep_is_held(&cn->lock));
}

static bool carries(const struct cmap_rule *rule)
{
	const struct cmap_seat *seat;

	list_for_each_entry(seat, &rule->sas, node)
		if (test_bit(CMAP_SA_ENABLED, &seat->sa->flags))
			return true;
	return false;
}

static bool has_sa(const struct cmap_map *map)
{
	const struct cmap_entry *entry;
	unsigned int i;

	list_for_each_entry(entry, &map->entries, node)
		for (i = 0; i < entry->rules; i++)
			if (carries(entry->rule[i]))
				return true;
	return false;
}

void cmap_tunnel_carrier(struct cmap_net *cn, struct cmap_map *map)
{
	struct net_device *dev = device_of(cn, map);

	if (!dev)
		return;
	if (has_sa(map))
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
}

bool cmap_tunnel_may_bind(const struct cmap_net *cn, const struct cmap_map *map,
			  const struct net_device *dev)
{
	return !map->links || (!device_of(cn, map) && !cmap_is_tunnel(dev));
}

void cmap_tunnel_bind(struct cmap_net *cn, struct cmap_map *map, struct net_device *dev)
{
	if (!cmap_is_tunnel(dev))
		return;
	rcu_assign_pointer(map->tunnel, dev);
	cmap_tunnel_carrier(cn, map);
}

void cmap_tunnel_unbind(struct cmap_net *cn, struct cmap_map *map, struct net_device *dev)
{
	if (!cmap_is_tunnel(dev))
		return;
	rcu_assign_pointer(map->tunnel, NULL);
	netif_carrier_off(dev);
}

/* ------------------------------------------------------------------------- */
/* The device                                                                 */

static int init(struct net_device *dev)
{
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static void destroy(struct net_device *dev)
{
	free_percpu(dev->tstats);
}

static int iflink(const struct net_device *dev)
{
	return READ_ONCE(((const struct cmap_tunnel *)netdev_priv(dev))->underlay);
}

const struct net_device_ops cmap_tunnel_ops = {
	.ndo_init = init,
	.ndo_start_xmit = xmit,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_get_iflink = iflink,
};

/* No headroom is asked for: a forwarded packet would be copied for it, and is copied for its cipher anyway. */
static void setup(struct net_device *dev)
{
	static const struct device_type type = { .name = KIND };

	dev->netdev_ops = &cmap_tunnel_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->features |= FEATURES;
	dev->hw_features |= FEATURES;
	dev->hw_enc_features |= FEATURES;
	cmap_netdev_set_lockless(dev);
	/* Its map and its SAs are this namespace's. */
	cmap_netdev_set_immutable(dev);
	netif_keep_dst(dev);
	dev->mtu = ETH_DATA_LEN - OVERHEAD;
	dev->min_mtu = IPV4_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU - OVERHEAD;
	dev->needs_free_netdev = true;
	dev->priv_destructor = destroy;
	SET_NETDEV_DEVTYPE(dev, &type);
	netif_carrier_off(dev);
}

/* The interface below: "link DEV" */
static int set_underlay(struct net_device *dev, const struct nlattr *attr, struct net_device **link,
			struct netlink_ext_ack *extack)
{
	struct cmap_tunnel *tunnel = netdev_priv(dev);

	*link = __dev_get_by_index(dev_net(dev), nla_get_u32(attr));
	if (!*link) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "there is no interface below with this index");
		return -ENODEV;
	}
	WRITE_ONCE(tunnel->underlay, (*link)->ifindex);
	return 0;
}

static int newlink(struct net *src_net, struct net_device *dev, struct nlattr *tb[],
		   struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct net_device *link;
	int err;

	if (tb[IFLA_LINK]) {
		err = set_underlay(dev, tb[IFLA_LINK], &link, extack);
		if (err)
			return err;
		if (!tb[IFLA_MTU] && link->mtu >= IPV4_MIN_MTU + OVERHEAD)
			dev->mtu = min(link->mtu - OVERHEAD, dev->max_mtu);
	}
	return register_netdevice(dev);
}

/* Another interface below; the MTU is set by itself. */
static int changelink(struct net_device *dev, struct nlattr *tb[], struct nlattr *data[],
		      struct netlink_ext_ack *extack)
{
	struct net_device *link;

	return tb[IFLA_LINK] ? set_underlay(dev, tb[IFLA_LINK], &link, extack) : 0;
}

static struct rtnl_link_ops link_ops __read_mostly = {
	.kind = KIND,
	.priv_size = sizeof(struct cmap_tunnel),
	.setup = setup,
	.newlink = newlink,
	.changelink = changelink,
};

int cmap_tunnel_init(void)
{
	return rtnl_link_register(&link_ops);
}

void cmap_tunnel_exit(void)
{
	rtnl_link_unregister(&link_ops);
}

MODULE_ALIAS_RTNL_LINK(KIND);
