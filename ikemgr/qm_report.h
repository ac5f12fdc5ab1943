/* SPDX-License-Identifier: GPL-2.0-only */
/* What quick mode has to tell of offers, proxies and pairs, as events. */
#ifndef IKEMGR_QM_REPORT_H
#define IKEMGR_QM_REPORT_H

#include "exchange.h"
#include "lookup.h"

/** qm_report_spi() - EV_SPI: our inbound SPI is there */
void qm_report_spi(const struct exchange *x, uint32_t spi);

/** qm_report_choice() - the offered transforms up to the one that @entry took */
void qm_report_choice(struct exchange *x, const struct parse_payload *offer, const struct lookup_entry *entry,
		      const struct proxy *local, const struct proxy *remote);

/**
 * qm_report_refusal() - the offered transforms, each refused for @verdict, and EV_PHASE2_REFUSED
 * @own: LOOKUP_TRANSFORM, LOOKUP_PFS: what they did not suit
 * @why: LOOKUP_PROXY: what is wrong with the ID payloads, in words; may be NULL
 */
void qm_report_refusal(struct exchange *x, const struct parse_payload *offer, const struct proxy *local,
		       const struct proxy *remote, enum lookup_verdict verdict, const struct proposal_entry *own,
		       const char *why);

/** qm_report_installed() - key engine: map found; the responder also shows the proxies again (@local NULL: initiator) */
void qm_report_installed(const struct exchange *x, const char *map, uint32_t seq, const struct proxy *local,
			 const struct proxy *remote);

/** qm_report_enabled() - key engine: outbound enabled by message 3 */
void qm_report_enabled(const struct exchange *x, uint32_t spi);

#endif
