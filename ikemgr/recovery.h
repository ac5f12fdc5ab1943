/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Invalid SPI recovery ("crypto isakmp invalid-spi-recovery"): a peer sends to
 * an SA that we don't have, because we were restarted, or our DELETE was lost.
 * It is told so under an IKE SA, which is made if there is none.
 */
#ifndef IKEMGR_RECOVERY_H
#define IKEMGR_RECOVERY_H

#include <stdint.h>

#include "addr.h"

struct ike;
struct ike_sa;
struct child_sa;

#define RECOVERY_PEERS		32	/* remembered, so that each is spoken to at most once in RECOVERY_MS */
#define RECOVERY_MS		60000u
#define RECOVERY_SPIS		64	/* of ours that ended lately: packets under way to them are no reason */
#define RECOVERY_SPI_MS		20000u

/** struct recovery - what an instance remembers */
struct recovery {
	struct { struct addr peer; uint32_t spi; uint64_t when; } told[RECOVERY_PEERS];
	struct { uint32_t spi; uint64_t when; } ended[RECOVERY_SPIS];
	unsigned int next_told, next_ended;
};

/** recovery_invalid_spi() - ESP or AH came from @src to @dst, for an SPI that the kernel does not have. */
void recovery_invalid_spi(struct ike *ike, uint8_t proto, uint32_t spi, const struct addr *src, const struct addr *dst);

/** recovery_established() - @sa is: tell what waited for it. */
void recovery_established(struct ike_sa *sa);

/** recovery_ended() - @child ends by our doing. */
void recovery_ended(const struct child_sa *child);

#endif
