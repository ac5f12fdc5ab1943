/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What main mode and aggressive mode have in common: how a phase 1 exchange
 * begins, its payloads, the policy that was chosen, and how it is refused.
 */
#ifndef IKEMGR_PHASE1_H
#define IKEMGR_PHASE1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"
#include "proposal.h"

/**
 * struct phase1 - what only phase 1 needs
 * @sai_b: body of the initiator's SA payload
 *
 * Aggressive mode alone, because its message is gone when Diffie-Hellman is done:
 * @idi_b, @idr_b: bodies of the ID payloads
 * @hash: the responder's HASH_R
 * @answer: body of our SA payload
 */
struct phase1 {
	uint8_t *sai_b, *idi_b, *idr_b, *hash, *answer;
	size_t sai_len, idi_len, idr_len, hash_len, answer_len;
};

/** phase1_start() - main mode, or aggressive mode where the configuration says so; @profile: the ISAKMP profile, NULL: none. NULL: failed (reported). */
struct ike_sa *phase1_start(struct ike *ike, const struct addr *local, const struct addr *remote, const char *profile);

/** phase1_renew() - the same with the peer of @before, by its ports and for its profile */
struct ike_sa *phase1_renew(const struct ike_sa *before);

/** phase1_new() - main or aggressive mode of @sa (enum isakmp_exchange). NULL without memory. */
struct exchange *phase1_new(struct ike_sa *sa, uint8_t type, bool initiator);

/** phase1_free() - NULL is fine. */
void phase1_free(struct phase1 *p1);

/** phase1_admit() - the SA for a first message @m of a peer; NULL: not admitted, @why (ADMISSION_WHY bytes) says why. */
struct ike_sa *phase1_admit(struct ike *ike, const struct addr *local, const struct addr *remote, const struct message *m,
			    char *why);

/** phase1_half_open() - a responder waits so long for the peer to show that it gets what we send. */
void phase1_half_open(struct exchange *x);

/* --- payloads of ours --- */

/** phase1_put_offer() - the SA payload with our policies; its body is kept for the HASHes. -1 without memory. */
int phase1_put_offer(struct exchange *x, struct wire_buf *b, const struct proposal_policy *own, size_t count);

/** phase1_put_vendors() - vendor IDs; @first: with the first message of each side */
void phase1_put_vendors(struct exchange *x, struct wire_buf *b, bool first);

/** phase1_put_own_vendor() - our own vendor ID */
void phase1_put_own_vendor(struct exchange *x, struct wire_buf *b);

/** phase1_put_ke() - our public value and a nonce, which is kept in @nonce. */
void phase1_put_ke(struct exchange *x, struct wire_buf *b, struct crypto_bytes *nonce);

/** phase1_put_identity() - ID payload (RFC 2407 4.6.2) and the HASH that proves it. -1: no hash. */
int phase1_put_identity(struct exchange *x, struct wire_buf *b);

/** phase1_first_contact() - do we know of nothing with this peer? Then INITIAL-CONTACT is to be sent: reported. */
bool phase1_first_contact(struct exchange *x);

/** phase1_put_initial_contact() - that notify. */
void phase1_put_initial_contact(struct exchange *x, struct wire_buf *b);

/* --- payloads of the peer --- */

/** phase1_keep_sai() - the body of the initiator's SA payload. -1 without memory. */
int phase1_keep_sai(struct exchange *x, const uint8_t *body, size_t len);

/** phase1_take_choice() - the agreed transform into x->sa. */
void phase1_take_choice(struct ike_sa *sa, const struct proposal_ike_choice *c);

/** phase1_refuse_policy() - no offer fits, @text: the closest miss: the SA ends. Who has no key here (@is_peer) gets no answer. */
void phase1_refuse_policy(struct exchange *x, const struct message *m, bool is_peer, const char *text);

/**
 * phase1_take_ke() - the peer's public value, and its nonce into @nonce
 *
 * What cannot be a public value is dropped (false, reported): the true message may still come.
 */
bool phase1_take_ke(struct exchange *x, const struct message *m, struct crypto_bytes *nonce);

/** phase1_authentic() - does the peer's HASH fit to its ID? Else reported. */
bool phase1_authentic(struct exchange *x, const struct message *m);

/**
 * phase1_identity() - the authenticated peer's ID payload: reported; may it have that identity?
 *
 * If not, it is told so, and the SA ends.
 */
bool phase1_identity(struct exchange *x, const struct parse_payload *id);

/** phase1_initial_contact() - if @m says so: what was established before with this peer ends; reported. */
void phase1_initial_contact(struct exchange *x, const struct message *m);

/** phase1_inserted() - EV_PEER_INSERTED */
void phase1_inserted(struct exchange *x);

/** phase1_finish() - the exchange is over, the SA is established. */
void phase1_finish(struct exchange *x);

#endif
