/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Original addresses of transport mode through a NAT (RFC 3947 5.2): what the
 * two ends call themselves and each other in quick mode is not what the other
 * one sees. Our kernel needs them for nothing: it makes the checksums anew (RFC
 * 3948 3.1.2). Peers may, and identities do.
 */
#ifndef IKEMGR_NATT_OA_H
#define IKEMGR_NATT_OA_H

#include <stdbool.h>
#include <stdint.h>

struct exchange;
struct message;
struct proxy;
struct wire_buf;

/** natt_oa_put() - NAT-OAi and NAT-OAr, if there is a NAT, for an offer or a choice of @encaps (tunnel or transport) */
void natt_oa_put(const struct exchange *x, struct wire_buf *b, uint16_t encaps);

/**
 * natt_oa_take() - message 1: identities that are the initiator's original addresses become those that we see
 * @local, @remote: as in the ID payloads
 *
 * Returns whether they changed.
 */
bool natt_oa_take(const struct exchange *x, const struct message *m, struct proxy *local, struct proxy *remote);

/**
 * natt_oa_same() - message 2: does @got mean @own?
 *
 * The same, or, in transport mode with a NAT, hosts: which address they have is said differently on both sides.
 */
bool natt_oa_same(const struct exchange *x, uint16_t encaps, const struct proxy *own, const struct proxy *got);

#endif
