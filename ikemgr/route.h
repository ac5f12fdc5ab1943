/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reverse route injection ("reverse-route"): which routes there should be to
 * what is behind the peers, and which of them are there. netroute.c puts them
 * into the kernel.
 */
#ifndef IKEMGR_ROUTE_H
#define IKEMGR_ROUTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

#define ROUTE_PROTOCOL	50	/* of our routes, as rtnetlink has it: ESP's number */
#define ROUTE_METRIC	65536u	/* behind every route that a user may have to the same network; "distance" is another */

struct ike;

/** struct route - to @net/@prefix, through @gateway (length 0: none) out of @ifindex */
struct route {
	struct addr net, gateway;
	uint8_t prefix;
	uint32_t ifindex, metric;
};

/** struct route_ops - the kernel's main table; on the loop's thread */
struct route_ops {
	/* 0 or a negative errno; EEXIST: there is one to that network with that metric */
	int (*add)(void *ctx, const struct route *route);
	int (*del)(void *ctx, const struct route *route);
	/* how packets get to @to out of @ifindex: the next hop, which is @to itself on the same link. false: not at all */
	bool (*via)(void *ctx, const struct addr *to, uint32_t ifindex, struct addr *gateway);
	/* ours, also those of an ended daemon */
	void (*dump)(void *ctx, void (*fn)(void *arg, const struct route *route), void *arg);
};

/** struct routes - what an instance has put into the kernel */
struct routes;

/** route_changed() - SAs have come or gone: routes follow as soon as the loop runs. */
void route_changed(struct ike *ike);

/** route_now() - the same at once. */
void route_now(struct ike *ike);

/**
 * route_refresh() - configuration, interfaces or addresses have changed: look what is in the kernel, and make it right
 *
 * At the start this finds what an ended daemon left behind: it is kept or taken away.
 */
void route_refresh(struct ike *ike);

/** route_end() - no routes are wanted any more: all are taken away. */
void route_end(struct ike *ike);

/** route_free() - forget; the kernel is not told. */
void route_free(struct ike *ike);

/** route_json() - "show crypto route": a list. */
json_t *route_json(struct ike *ike);

#endif
