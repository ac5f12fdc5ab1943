/* SPDX-License-Identifier: GPL-2.0-only */
/* What the step functions have to tell, as events: values in, event_emit() out. */
#ifndef IKEMGR_REPORT_H
#define IKEMGR_REPORT_H

#include "exchange.h"
#include "proposal.h"

/** report_begin() - EV_BEGIN, @mode "main" or "quick" */
void report_begin(const struct exchange *x, const char *mode);

/** report_policy() - a proposal_ike_report for struct exchange: EV_POLICY_CHECK */
void report_policy(void *arg, const struct proposal_ike_compare *c);

/** report_lifetime() - EV_LIFETIME of the agreed policy */
void report_lifetime(const struct exchange *x, const struct proposal_ike_choice *c);

/** report_not_offered() - EV_NOT_OFFERED and its %CRYPTO line */
void report_not_offered(const struct exchange *x, const char *attribute);

/** report_own_id(), report_peer_id() - EV_ID; @profile: which it fits, NULL: none */
void report_own_id(const struct exchange *x, const struct parse_id *id);
void report_peer_id(const struct exchange *x, const struct parse_payload *id, const char *profile);

/** report_identity_refused() - EV_IDENTITY_REFUSED; @profile: it fits that one, but its key is another; NULL: it does not fit ours */
void report_identity_refused(const struct exchange *x, const char *profile);

/** report_authenticated(), report_auth_failed() - EV_AUTH, and the %CRYPTO line */
void report_authenticated(const struct exchange *x);
void report_auth_failed(const struct exchange *x);

/** report_proposal() - a proposal_esp_report for struct exchange: EV_PROPOSAL */
void report_proposal(void *arg, const struct proposal_esp_compare *c);

/** report_syslog() - an EV_SYSLOG of the exchange's peer: @before, the peer's address, @after */
void report_syslog(const struct exchange *x, const char *before, const char *after);

#endif
