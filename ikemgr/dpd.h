/* SPDX-License-Identifier: GPL-2.0-only */
/* Dead peer detection (RFC 3706), our side: "crypto isakmp keepalive". The peer's questions are answered by info.c. */
#ifndef IKEMGR_DPD_H
#define IKEMGR_DPD_H

#include <stdint.h>

struct ike_sa;

/** dpd_start() - @sa is established: watch the peer, if that is configured and the peer answers such questions. */
void dpd_start(struct ike_sa *sa);

/** dpd_stop() - @sa ends. */
void dpd_stop(struct ike_sa *sa);

/** dpd_answered() - the peer answered R-U-THERE number @sequence under @sa. */
void dpd_answered(struct ike_sa *sa, uint32_t sequence);

#endif
