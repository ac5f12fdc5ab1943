/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who we say we are, and whether the peer may be who it says it is: ID payloads
 * (RFC 2407 4.6.2) and ISAKMP profiles.
 */
#ifndef IKEMGR_IDENTITY_H
#define IKEMGR_IDENTITY_H

#include <stdbool.h>

#include "build.h"
#include "parse.h"
#include "sa.h"

/** enum identity_verdict - what identity_check() found */
enum identity_verdict {
	IDENTITY_OK,
	IDENTITY_PROFILE,	/* our side names a profile, and the peer's identity does not fit it */
	IDENTITY_KEYRING,	/* it fits a profile, but the key that the peer has used is in none of its keyrings */
};

/**
 * identity_put() - our ID payload: of the peer policy or profile, else as "crypto isakmp identity" says
 * @port: 500, or 0: it says nothing
 * @id: a view of it, good until the next append. false without memory.
 */
bool identity_put(const struct ike_sa *sa, struct wire_buf *b, uint16_t port, struct parse_id *id);

/** identity_length() - bytes of the body of our ID payload */
size_t identity_length(const struct ike_sa *sa);

/** identity_take() - the peer's, into sa->peer_id. false: longer than IKE_ID_MAX. */
bool identity_take(struct ike_sa *sa, const struct parse_payload *p);

/**
 * identity_guess() - the profile that sa->peer_id fits, into sa->profile, before the peer has proved it
 *
 * Aggressive mode's responder needs it to choose the key.
 */
void identity_guess(struct ike_sa *sa);

/**
 * identity_check() - may an authenticated peer be sa->peer_id?
 * @profile: the profile that it fits, NULL: none; if it may be used it goes into sa->profile
 */
enum identity_verdict identity_check(struct ike_sa *sa, const char **profile);

/** identity_text() - an identity for people: an address, a name; of other types its bytes in hex. @buf: IDENTITY_TEXT bytes */
#define IDENTITY_TEXT 512
const char *identity_text(uint8_t type, const uint8_t *data, size_t length, char *buf);

#endif
