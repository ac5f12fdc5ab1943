/* SPDX-License-Identifier: GPL-2.0-only */
/* Unaligned access moved from asm/ to linux/ in 6.12. */
#ifndef CMAP_COMPAT_LINUX_UNALIGNED_H
#define CMAP_COMPAT_LINUX_UNALIGNED_H

#include <linux/version.h>

#if KERNEL_VERSION(6, 12, 0) <= LINUX_VERSION_CODE
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* CMAP_COMPAT_LINUX_UNALIGNED_H */
