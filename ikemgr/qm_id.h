/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identities of quick mode (RFC 2407 4.6.2): ID payloads are addresses, subnets
 * or ranges, which become proxies.
 *
 * Of ports an ID payload has one, or none, which means all. What has a range of
 * ports is offered with all of them (IOS), and both ends keep to their own lists.
 */
#ifndef IKEMGR_QM_ID_H
#define IKEMGR_QM_ID_H

#include <stdbool.h>

#include "exchange.h"
#include "kernel.h"

/** qm_id_put() - ID payload of one side: an address for a host, else its subnet (IOS); of a range of ports: all ports */
void qm_id_put(struct wire_buf *b, const struct proxy *p);

/**
 * qm_id_get() - IDci and IDcr of @m; without them the SA is for the two endpoints themselves (RFC 2409 5.5)
 * @first: the initiator's
 *
 * false: what is there cannot be a proxy, and @why is in words what.
 */
bool qm_id_get(struct exchange *x, const struct message *m, struct proxy *first, struct proxy *second, const char **why);

#endif
