/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_netdev_dummy() exists since 6.10; before, the caller brought the memory.
 * Two device features have become bits of their own.
 */
#ifndef CMAP_COMPAT_LINUX_NETDEVICE_H
#define CMAP_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 10, 0) > LINUX_VERSION_CODE
static inline struct net_device *cmap_alloc_netdev_dummy(void)
{
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

#define alloc_netdev_dummy(priv) cmap_alloc_netdev_dummy()
#define cmap_free_netdev_dummy(dev) kfree(dev)
#else
#define cmap_free_netdev_dummy(dev) free_netdev(dev)
#endif

/* Its transmission needs no lock of the stack's. */
static inline void cmap_netdev_set_lockless(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* It stays in its network namespace. */
static inline void cmap_netdev_set_immutable(struct net_device *dev)
{
#ifdef NETIF_F_NETNS_LOCAL
	dev->features |= NETIF_F_NETNS_LOCAL;
#else
	dev->netns_immutable = true;
#endif
}

#endif /* CMAP_COMPAT_LINUX_NETDEVICE_H */
