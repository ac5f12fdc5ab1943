/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT traversal (RFC 3947, and drafts 02 and 03 of it): who speaks which form
 * of it, whether there is a NAT on the way, and on which side, and what follows
 * from that: IKE's port 4500, ESP in UDP, keepalives.
 */
#ifndef IKEMGR_NATT_H
#define IKEMGR_NATT_H

#include <stdbool.h>
#include <stdint.h>

#include "vendor.h"

struct addr;
struct child_sa;
struct exchange;
struct ike_sa;
struct message;
struct parse_payload;
struct wire_buf;

/** enum natt - the form that both ends speak; a later one is the better one */
enum natt {
	NATT_NONE,
	NATT_02,	/* the drafts: private numbers of payloads and encapsulations, port 4500 as well */
	NATT_03,
	NATT_07,	/* other numbers of payloads, which GDOI has as well; encapsulations as in the RFC */
	NATT_RFC3947,
};

/** natt_payload() - the number that NAT-D (or, @original, NAT-OA) has in that form */
uint8_t natt_payload(enum natt form, bool original);

/** natt_vendors() - vendor IDs: the initiator's, all; the responder's, the best of those it got */
void natt_vendors(struct exchange *x, struct wire_buf *b);

/** natt_spoken() - the peer has sent that vendor ID */
void natt_spoken(struct ike_sa *sa, enum vendor_kind kind);

/** natt_put() - NAT-D payloads: the hash of the peer's address and port, then of ours (RFC 3947 3.2) */
void natt_put(struct exchange *x, struct wire_buf *b);

/** natt_take() - the peer's NAT-D payloads: is there a NAT, and whose? Reports what it finds. */
void natt_take(struct exchange *x, const struct message *m);

/** natt_name() - of what both speak: "rfc3947", "07", "03", "02"; NULL: nothing */
const char *natt_name(const struct ike_sa *sa);

/** natt_found() - is there a NAT on the way of @sa? */
bool natt_found(const struct ike_sa *sa);

/**
 * natt_begin() - the ports of a new main mode of ours
 * @before: an SA with the peer, NULL: none; if it has passed a NAT, its ports are taken
 */
void natt_begin(struct ike_sa *sa, const struct ike_sa *before);

/** natt_float() - the initiator's: from now on by port 4500 (RFC 3947 4), if there is a NAT */
void natt_float(struct ike_sa *sa);

/**
 * natt_follow() - an authentic message of @sa came from that port to that port of ours
 *
 * The responder learns so that the initiator has floated; and behind a NAT
 * that has forgotten its mapping a peer comes back by another port: its pairs
 * are moved there.
 */
void natt_follow(struct ike_sa *sa, uint16_t local_port, uint16_t remote_port);

/** natt_authenticated() - the last message @m of phase 1 is authentic: the responder follows the port; the initiator reports */
void natt_authenticated(struct exchange *x, const struct message *m);

/**
 * natt_partner() - the peer of @sa has proved its identity @id
 *
 * Several peers behind one NAT have one address, and their ports change: what
 * one of them says (INITIAL-CONTACT, silence) must not end the others' SAs.
 */
void natt_partner(struct ike_sa *sa, const struct parse_payload *id);

/**
 * natt_moved() - the kernel has seen an authentic packet of @child from elsewhere
 *
 * Somebody on the way can do that with a packet that it holds back, so it
 * proves nothing: the peer is asked at that port, and natt_follow() goes by its
 * answer. A peer that cannot be asked is followed with its next message.
 */
void natt_moved(const struct child_sa *child, const struct addr *from, uint16_t port);

/** natt_form() - in which form @sa's children need ESP in UDP; NATT_NONE: there is no NAT */
enum natt natt_form(const struct ike_sa *sa);

/** natt_encaps() - @encaps (tunnel or transport) on the wire, where ESP needs to be in UDP of that form (RFC 3947 5.1) */
uint16_t natt_encaps(enum natt form, uint16_t encaps);

/** natt_plain() - tunnel or transport, of any of their forms; others as they are */
uint16_t natt_plain(uint16_t encaps);

/** natt_keepalive() - begin to send keepalives (RFC 3948 4), if there is a NAT in front of us */
void natt_keepalive(struct ike_sa *sa);

#endif
