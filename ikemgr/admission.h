/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may keep us busy: what is granted to senders that have proved nothing
 * yet, and to peers that have proved who they are.
 *
 * Before authentication. Anybody can send a first message, also with a forged
 * address. What it costs us is bounded: exchanges in negotiation by number (the
 * source that holds most of them makes room for others); first messages,
 * Diffie-Hellman and refusals by number in a second and source; bytes that go
 * out by those that came in (exchange_room()).
 *
 * After it: what one peer may hold open, by number.
 *
 * Each refusal is an event that names the bound (DROP_LIMIT).
 */
#ifndef IKEMGR_ADMISSION_H
#define IKEMGR_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

struct exchange;
struct ike;
struct ike_sa;

#define IKE_HALF_OPEN_MAX	1000	/* exchanges in negotiation, all peers together; IOS' default */
#define IKE_BURIED_MAX		64	/* SAs that never came to be, and are still shown as deleted */
#define IKE_QUICK_MAX		1024	/* open quick modes that a peer began, in one IKE SA */
#define IKE_NODES_MAX		256	/* exchanges of one IKE SA that are over, and answer repetitions */
#define IKE_IDS_MAX		65536	/* message ids of one IKE SA; then a new one has to come */
#define IKE_CHILDREN_MAX	2048	/* pairs of IPsec SAs with one peer: two for each rule that a map may have, and as many again */
#define IKE_PAIRS_MAX		8	/* pairs for the same proxies */
#define IKE_DELETES_MAX		256	/* SPIs of one message that are looked for */
#define IKE_ANSWER_PERCENT	150	/* bytes out for bytes in, before the peer has shown that it receives */

#define ADMISSION_SETS		256
#define ADMISSION_WAYS		4
#define ADMISSION_WHY		200

/** enum admission_kind - what a source may ask for so often; rates are in admission.c */
enum admission_kind {
	ADMISSION_BEGIN,	/* first messages that begin an exchange */
	ADMISSION_COMPUTE,	/* Diffie-Hellman for a peer that is not authenticated */
	ADMISSION_PFS,		/* the same for one that is */
	ADMISSION_NOTIFY,	/* notifies without authentication, sent to it */
	ADMISSION_KINDS
};

/** struct admission_source - one address; @addr.length 0: free. @tokens: thousandths, when it was last looked at (@at, uv_now()) */
struct admission_source {
	struct addr addr;
	uint64_t at;
	uint32_t tokens[ADMISSION_KINDS];
};

/**
 * struct admission - sources, and what show crypto call admission statistics counts
 * @low: refused for want of memory; @active, @negotiating: for the limit of that name
 * @dropped: messages that a rate limit dropped
 */
struct admission {
	struct admission_source source[ADMISSION_SETS][ADMISSION_WAYS];
	struct admission_source unproven;	/* all together, who have not shown that they receive */
	uint64_t incoming, incoming_accepted, incoming_rejected;
	uint64_t outgoing, outgoing_accepted, outgoing_rejected;
	uint64_t low, active, negotiating, dropped;
};

/** admission_take() - may @remote have @count more of @kind now? Counts it; false also counts as dropped. */
bool admission_take(struct ike *ike, const struct addr *remote, enum admission_kind kind, unsigned int count);

/**
 * admission_incoming() - may @remote, of which we know nothing, begin an exchange?
 * @length: of its first message, bytes: a long one has more to compare, and counts as several
 * @why: ADMISSION_WHY bytes, filled in for false
 *
 * Makes room: SAs of other exchanges may be gone afterwards.
 */
bool admission_incoming(struct ike *ike, const struct addr *local, const struct addr *remote, size_t length, char *why);

/** admission_outgoing() - may we begin one? @why: as above. Counts it. */
bool admission_outgoing(struct ike *ike, const struct addr *local, const struct addr *remote, char *why);

/** admission_failed() - no memory for what was admitted. */
void admission_failed(struct ike *ike, bool incoming);

/**
 * admission_compute() - may the peer of @x, not authenticated yet, have Diffie-Hellman computed? False: reported.
 *
 * Who has not sent our cookie (aggressive mode's first message) may be forged: such share one limit.
 */
bool admission_compute(struct exchange *x);

/** admission_quick() - may the peer open one more quick mode under @sa, @pfs: with Diffie-Hellman? False: @why says why not. */
bool admission_quick(const struct ike_sa *sa, bool pfs, char *why);

/** admission_child() - may the peer of @sa have one more pair of IPsec SAs? False: @why says why not. */
bool admission_child(const struct ike_sa *sa, char *why);

/**
 * admission_bury() - free what died before its peer was authenticated, but for the last IKE_BURIED_MAX
 *
 * Others than the caller's own SA may go: not from within a walk over SAs.
 */
void admission_bury(struct ike *ike);

/** admission_trim() - free exchanges of @sa that are over, but for the last IKE_NODES_MAX */
void admission_trim(struct ike_sa *sa);

/** struct admission_state - what is there now, and the limits that hold; 0: none */
struct admission_state {
	unsigned int active, negotiating, max_active, max_negotiating;
};

/** admission_state() - count. */
struct admission_state admission_state(const struct ike *ike);

#endif
