/* SPDX-License-Identifier: GPL-2.0-only */
/* Identities of quick mode (RFC 2407 4.6.2): ID payloads are addresses or subnets, which become proxies. */
#ifndef IKEMGR_QM_ID_H
#define IKEMGR_QM_ID_H

#include <stdbool.h>

#include "exchange.h"
#include "kernel.h"

/** qm_id_put() - ID payload of one side: an address for a host, else its subnet (IOS) */
void qm_id_put(struct wire_buf *b, const struct proxy *p);

/**
 * qm_id_get() - IDci and IDcr of @m; without them the SA is for the two endpoints themselves (RFC 2409 5.5)
 * @first: the initiator's
 *
 * false: what is there cannot be a proxy.
 */
bool qm_id_get(struct exchange *x, const struct message *m, struct proxy *first, struct proxy *second);

#endif
