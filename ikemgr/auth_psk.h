/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authentication by pre-shared key (RFC 2409 5.4): the keys of phase 1 come
 * from it, and HASH_I and HASH_R prove that both ends have it.
 */
#ifndef IKEMGR_AUTH_PSK_H
#define IKEMGR_AUTH_PSK_H

#include <stdbool.h>

#include "exchange.h"

/** auth_psk_found() - is there a key for the peer? Reports EV_PSK with @context. */
bool auth_psk_found(struct ike_sa *sa, const char *context);

/** auth_psk_keys() - SKEYID and all that follows from it into sa->keys; the chain starts in x->iv. -1: no key or no memory (reported). */
int auth_psk_keys(struct exchange *x);

/** auth_psk_hash() - the HASH payload that goes with the ID payload body @id; @initiator: HASH_I. @out: hash_len bytes. */
int auth_psk_hash(const struct exchange *x, bool initiator, const uint8_t *id, size_t id_len, uint8_t *out);

/** auth_psk_verify() - is @hash the peer's for the ID payload body @id? Constant time. */
bool auth_psk_verify(const struct exchange *x, const uint8_t *id, size_t id_len, const uint8_t *hash, size_t hash_len);

#endif
