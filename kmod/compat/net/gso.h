/* SPDX-License-Identifier: GPL-2.0-only */
/* Split from linux/netdevice.h in 6.6 (and some stable kernels before). */
#ifndef CMAP_COMPAT_NET_GSO_H
#define CMAP_COMPAT_NET_GSO_H

#if __has_include_next(<net/gso.h>)
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

#endif /* CMAP_COMPAT_NET_GSO_H */
