/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Completion callbacks of asynchronous crypto got the request until 6.3, since
 * then they get its data pointer. 6.1 and 6.2 have the names of the change-over.
 */
#ifndef CMAP_COMPAT_LINUX_CRYPTO_H
#define CMAP_COMPAT_LINUX_CRYPTO_H

#include_next <linux/crypto.h>
#include <linux/version.h>

#if KERNEL_VERSION(6, 3, 0) <= LINUX_VERSION_CODE
#define crypto_completion_data_t void

static inline void *crypto_get_completion_data(crypto_completion_data_t *data)
{
	return data;
}
#endif

#endif /* CMAP_COMPAT_LINUX_CRYPTO_H */
