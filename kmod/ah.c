// SPDX-License-Identifier: GPL-2.0-only
/* AH (RFC 4302): see ah.h. */
#include <linux/errno.h>
#include "cryptomap.h"

int cmap_ah_init(struct cmap_ah *ah, u16 auth, const u8 *key, unsigned int len,
		 struct netlink_ext_ack *extack)
{
	return -EOPNOTSUPP;
}

void cmap_ah_destroy(struct cmap_ah *ah)
{
}

int cmap_ah_seal(struct cmap_sa *sa, struct sk_buff *skb, unsigned int offset, u8 next_header,
		 u64 number)
{
	return -EOPNOTSUPP;
}

int cmap_ah_open(struct cmap_sa *sa, struct sk_buff *skb, unsigned int offset, u64 number)
{
	return -EOPNOTSUPP;
}
