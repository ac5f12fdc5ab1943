/* SPDX-License-Identifier: GPL-2.0-only */
/* Split from linux/netdevice.h in 6.5. */
#ifndef CMAP_COMPAT_NET_GSO_H
#define CMAP_COMPAT_NET_GSO_H

#include <linux/version.h>

#if KERNEL_VERSION(6, 5, 0) <= LINUX_VERSION_CODE
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

#endif /* CMAP_COMPAT_NET_GSO_H */
