/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hash tables of queue(3) lists: an array of BUCKETS list heads, and the
 * number of the bucket that a key belongs to. Objects are in their table's list
 * as long as they live. What peers choose (cookies) is kept by the bounds of
 * dispatch.c from filling a bucket.
 */
#ifndef IKEMGR_BUCKET_H
#define IKEMGR_BUCKET_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define BUCKETS 1024

/** bucket_bytes() - of @len bytes; @seed: what else is in the key */
static inline unsigned int bucket_bytes(const void *data, size_t len, uint32_t seed)
{
	const uint8_t *p = data;
	uint32_t hash = 2166136261u ^ seed;	/* FNV-1a */

	while (len--)
		hash = (hash ^ *p++) * 16777619u;
	return (hash ^ hash >> 15) % BUCKETS;
}

/** bucket_addr() - of an address */
static inline unsigned int bucket_addr(const struct addr *a, uint32_t seed)
{
	return bucket_bytes(a->bytes, a->length, seed);
}

/** bucket_number() - of a number, such as an SPI */
static inline unsigned int bucket_number(uint32_t n)
{
	return bucket_bytes(&n, sizeof(n), 0);
}

#endif
