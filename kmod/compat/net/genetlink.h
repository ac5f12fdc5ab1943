/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dump's parsed attributes are in struct genl_info since 6.6, before that
 * beside it.
 */
#ifndef CMAP_COMPAT_NET_GENETLINK_H
#define CMAP_COMPAT_NET_GENETLINK_H

#include_next <net/genetlink.h>
#include <linux/version.h>

static inline struct nlattr **cmap_compat_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif /* CMAP_COMPAT_NET_GENETLINK_H */
