/* SPDX-License-Identifier: GPL-2.0-only */
/* The last packets that were dropped, as DROPS_GET, EV_DROPPED and the tracepoint tell them. */
#ifndef CMAP_RING_H
#define CMAP_RING_H

#include "cryptomap.h"

/**
 * struct cmap_drop_record - one packet that was not delivered
 * @time: CLOCK_REALTIME, in ns
 * @number: sequence number; 0: not known
 * @flow: inner 5-tuple; family 0: not known
 * @key: of the SA, or what an SA was looked for by; proto 0: none
 * @saddr: with @key: outer source
 * @ifindex: 0: not known
 * @len: from the IP header on that was there; 0: not known
 * @seq: of @map's entry; 0: not known
 * @reason: enum cmap_drop
 * @in: inbound
 * @map: empty: none
 */
struct cmap_drop_record {
	u64 time;
	u64 number;
	struct cmap_flow flow;
	struct cmap_sa_key key;
	union cmap_addr saddr;
	int ifindex;
	u32 len;
	u32 seq;
	u8 reason;
	bool in;
	char map[CMAP_NAME_MAX + 1];
};

/** cmap_ring_note() - remember a drop, tell who listens. @rule: NULL or whose errors counter counted it. BH off, RCU */
void cmap_ring_note(const struct cmap_dropped *d, const struct cmap_rule *rule,
		    enum cmap_drop reason);

/* DROPS_GET: a copy of the ring is made at the start, in order */
int cmap_ring_dump_start(struct netlink_callback *cb);
int cmap_ring_dump(struct sk_buff *skb, struct netlink_callback *cb);
int cmap_ring_dump_done(struct netlink_callback *cb);

#endif /* CMAP_RING_H */
