/* SPDX-License-Identifier: GPL-2.0-only */
/* "ip tcp adjust-mss" of a binding: what the SYNs that pass its interface may ask for. */
#ifndef CMAP_MSS_H
#define CMAP_MSS_H

#include "cryptomap.h"

struct cmap_passage;

/** cmap_mss_wanted() - does any binding of the namespace say something? */
static inline bool cmap_mss_wanted(const struct cmap_net *cn)
{
	return unlikely(READ_ONCE(cn->mss_links));
}

/** cmap_mss_protected() - a packet that p->sa will protect. RCU */
void cmap_mss_protected(const struct cmap_passage *p, struct sk_buff *skb);

/** cmap_mss_clear() - a packet that leaves by @link as it is. RCU */
void cmap_mss_clear(const struct cmap_link *link, struct sk_buff *skb);

/** cmap_mss_in() - a packet that comes in by an interface, decrypted or clear. RCU */
void cmap_mss_in(struct cmap_net *cn, struct sk_buff *skb, const struct net_device *in);

/** cmap_mss_set() - change what a link says. cmap_net.lock held. Return: whether it said something else before */
bool cmap_mss_set(struct cmap_net *cn, struct cmap_link *link, struct cmap_mss mss);

#endif /* CMAP_MSS_H */
