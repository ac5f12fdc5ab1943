/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Diffie-Hellman group can do, for crypto_dh.c alone: MODP groups are
 * in crypto_modp.c, elliptic curves in crypto_ecp.c.
 *
 * Numbers are bytes, most significant first, of the lengths given here. The
 * functions keep no state, so that any thread may call them; they work in
 * secure memory, and take the same time for every private value.
 */
#ifndef IKEMGR_CRYPTO_GROUP_H
#define IKEMGR_CRYPTO_GROUP_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct crypto_group - one group
 * @number: enum ike_group
 * @private_len, @public_len, @secret_len: bytes of the private value, of what the KE payload carries, of g^xy
 * @choose: a random private value into @x
 * @power: the public value of @x into @out. -1: @x is not one, or no memory
 * @check: may the peer's public value @y be used? NULL, or why not
 * @agree: the shared secret of @x and the peer's @y, which was checked, into @out. -1: as above
 */
struct crypto_group {
	uint16_t number;
	size_t private_len, public_len, secret_len;
	void (*choose)(const struct crypto_group *g, uint8_t *x);
	int (*power)(const struct crypto_group *g, const uint8_t *x, uint8_t *out);
	const char *(*check)(const struct crypto_group *g, const uint8_t *y);
	int (*agree)(const struct crypto_group *g, const uint8_t *x, const uint8_t *y, uint8_t *out);
};

/** crypto_modp(), crypto_ecp() - the group of that number, or NULL */
const struct crypto_group *crypto_modp(uint16_t number);
const struct crypto_group *crypto_ecp(uint16_t number);

#endif
