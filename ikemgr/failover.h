/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several "set peer" in an entry: which one a flow uses, and when it goes on to
 * another. The peer in use stays until it fails; the preferred one ("default")
 * is the next after any other one's SAs have ended.
 */
#ifndef IKEMGR_FAILOVER_H
#define IKEMGR_FAILOVER_H

#include <stdbool.h>

struct addr;
struct flow;
struct ike;

/** failover_reset() - use the preferred peer, or the first. */
void failover_reset(struct flow *flow);

/** failover_next() - the peer in use has failed. false: all have, one after the other; the preferred one is to be tried anew. */
bool failover_next(struct flow *flow);

/** failover_dead() - the peer at @dead is found dead while SAs were up: its flows use the preferred peer, or the next. */
void failover_dead(struct ike *ike, const struct addr *dead);

/** failover_use() - a pair with @remote carries the traffic of @flow, whoever began it. */
void failover_use(struct flow *flow, const struct addr *remote);

/** failover_ended() - the last pair of @flow is gone; @reason: as EV_CHILD_DELETED. */
void failover_ended(struct flow *flow, const char *reason);

#endif
