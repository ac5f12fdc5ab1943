// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crypto maps bound to interfaces: bindings come and go by user's wish, and go
 * with their interface. Packets find them by its index.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "cryptomap.h"
#include "mss.h"
#include "tunnel.h"

static struct hlist_head *bucket(const struct cmap_net *cn, int ifindex)
{
	return (struct hlist_head *)&cn->links[ifindex % ARRAY_SIZE(cn->links)];
}

struct cmap_link *cmap_map_link(const struct cmap_net *cn, int ifindex)
{
	struct cmap_link *link;

	hlist_for_each_entry_rcu(link, bucket(cn, ifindex), node,
				 lockdep_is_held(&cn->lock))
		if (link->ifindex == ifindex)
			return link;
	return NULL;
}

static struct cmap_map *link_map(struct cmap_net *cn, const struct cmap_link *link)
{
	return rcu_dereference_protected(link->map, lockdep_is_held(&cn->lock));
}

static void link_free(struct rcu_head *rcu)
{
	struct cmap_link *link = container_of(rcu, struct cmap_link, rcu);

	free_percpu(link->drops);
	kfree(link);
}

static void link_remove(struct cmap_net *cn, struct cmap_link *link)
{
	struct cmap_map *map = link_map(cn, link);

	hlist_del_rcu(&link->node);
	cmap_mss_set(cn, link, (struct cmap_mss){});
	cn->map_changes++;
	cmap_main_changed(cn);
	cmap_tunnel_unbind(cn, map, link->dev);
	cmap_map_unbind(cn, map);
	cmap_netlink_link(cn, link->ifindex, link->dev->name, NULL);
	call_rcu(&link->rcu, link_free);
	cmap_main_unuse(cn);
}

static struct cmap_link *link_new(struct net_device *dev)
{
	struct cmap_link *link = kzalloc(sizeof(*link), GFP_KERNEL);
	int cpu;

	if (!link)
		return NULL;
	link->drops = alloc_percpu(struct cmap_drops);
	if (!link->drops) {
		kfree(link);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(link->drops, cpu)->syncp);
	link->dev = dev;
	link->ifindex = dev->ifindex;
	return link;
}

static void told(struct cmap_net *cn, const struct cmap_link *link)
{
	cn->map_changes++;
	cmap_netlink_link(cn, link->ifindex, link->dev->name, link_map(cn, link)->name);
}

static int link_set(struct cmap_net *cn, struct net_device *dev, const char *name,
		    struct cmap_mss mss, struct netlink_ext_ack *extack)
{
	struct cmap_map *map = cmap_map_find(cn, name), *was;
	struct cmap_link *link = cmap_map_link(cn, dev->ifindex);
	int err;

	if (!map) {
		NL_SET_ERR_MSG(extack, "there is no such crypto map");
		return -ENOENT;
	}
	was = link ? link_map(cn, link) : NULL;
	if (was == map) {
		if (cmap_mss_set(cn, link, mss))
			told(cn, link);
		return 0;
	}
	if (!cmap_tunnel_may_bind(cn, map, dev)) {
		NL_SET_ERR_MSG(extack, "a tunnel device has its crypto map for itself");
		return -EBUSY;
	}
	if (link) {
		map->links++;
		rcu_assign_pointer(link->map, map);
		cmap_main_changed(cn);
		cmap_tunnel_unbind(cn, was, dev);
		cmap_map_unbind(cn, was);
	} else {
		link = link_new(dev);
		if (!link)
			return -ENOMEM;
		err = cn->dying ? -ENODEV : cmap_main_use(cn);
		if (err) {
			link_free(&link->rcu);
			NL_SET_ERR_MSG(extack, "could not register the netfilter hooks");
			return err;
		}
		map->links++;
		rcu_assign_pointer(link->map, map);
		hlist_add_head_rcu(&link->node, bucket(cn, dev->ifindex));
		cmap_main_changed(cn);
	}
	cmap_tunnel_bind(cn, map, dev);
	cmap_mss_set(cn, link, mss);
	told(cn, link);
	return 0;
}

int cmap_map_link_set(struct cmap_net *cn, int ifindex, const char *name, struct cmap_mss mss,
		      struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err = -ENODEV;

	/* The RTNL keeps the device from going away between the look-up and the notifier. */
	rtnl_lock();
	mutex_lock(&cn->lock);
	dev = __dev_get_by_index(cn->net, ifindex);
	if (dev && dev->reg_state == NETREG_REGISTERED)
		err = link_set(cn, dev, name, mss, extack);
	else
		NL_SET_ERR_MSG(extack, "there is no interface with this index");
	mutex_unlock(&cn->lock);
	rtnl_unlock();
	return err;
}

int cmap_map_link_del(struct cmap_net *cn, int ifindex, struct netlink_ext_ack *extack)
{
	struct cmap_link *link;

	mutex_lock(&cn->lock);
	link = cmap_map_link(cn, ifindex);
	if (link)
		link_remove(cn, link);
	else
		NL_SET_ERR_MSG(extack, "no crypto map is bound to this interface");
	mutex_unlock(&cn->lock);
	return link ? 0 : -ENOENT;
}

int cmap_map_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct cmap_net *cn = cmap_net(dev_net(dev));
	struct cmap_link *link;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	mutex_lock(&cn->lock);
	link = cmap_map_link(cn, dev->ifindex);
	if (link)
		link_remove(cn, link);
	mutex_unlock(&cn->lock);
	cmap_in_dev_gone(dev);
	return NOTIFY_DONE;
}

void cmap_map_flush(struct cmap_net *cn)
{
	static const struct cmap_filter all = {};
	struct cmap_link *link;
	struct hlist_node *tmp;
	unsigned int i;

	mutex_lock(&cn->lock);
	cn->dying = true;
	for (i = 0; i < ARRAY_SIZE(cn->links); i++)
		hlist_for_each_entry_safe(link, tmp, &cn->links[i], node)
			link_remove(cn, link);
	cmap_map_remove_all(cn);
	mutex_unlock(&cn->lock);
	/* What is left are reservations of SPIs. */
	cmap_sa_flush(cn, &all);
}
