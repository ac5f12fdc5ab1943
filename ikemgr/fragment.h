/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IKE messages in pieces, as Cisco and Microsoft do it in IKEv1 (vendor ID
 * "FRAGMENTATION", payload type 132): for paths on which IP fragments are lost.
 *
 *	ISAKMP header, whose next payload is 132
 *	next payload 0 (1 byte), reserved (1), length (2)
 *	fragment ID (2), number from 1 on (1), is it the last? (1)
 *	a piece of the message, whose header is in the first one
 *
 * Pieces are not protected: whoever knows the cookies can spoil a message, as
 * it can spoil any by answering first. They cost at most FRAGMENT_MESSAGE_MAX
 * bytes per SA for some seconds, and nothing is answered to them.
 */
#ifndef IKEMGR_FRAGMENT_H
#define IKEMGR_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "timer.h"

#define FRAGMENT_MESSAGE_MAX	16384u	/* bytes: no peer needs more */
#define FRAGMENTS_MAX		64u	/* pieces of one message */

struct exchange;
struct ike;
struct ike_sa;

/**
 * struct fragments - the one message of an SA of which some pieces are there; zeroed: none
 * @id: that all pieces carry; @before: of the message before, whose late pieces are ignored
 * @last: number of the last piece, 0: not there yet
 * @length: bytes that are there
 */
struct fragments {
	uint16_t id, before;
	bool has_before;
	uint8_t last;
	unsigned int count;
	size_t length;
	struct {
		uint8_t *data;
		size_t len;
	} piece[FRAGMENTS_MAX];
	struct timer timer;
};

/**
 * fragment_take() - a datagram of @sa whose first payload is a fragment
 * @data, @len: with its ISAKMP header
 * @why: FRAGMENT_WHY bytes: DROP reason in words
 *
 * Returns 1 when a message is complete: *@message (malloc'ed), *@message_len;
 * 0 if pieces are still missing; -1 if the piece is refused, for *@reason.
 */
#define FRAGMENT_WHY 128
int fragment_take(struct ike_sa *sa, const uint8_t *data, size_t len, uint8_t **message, size_t *message_len,
		  enum event_drop *reason, char *why);

/** fragment_free() - @sa ends: what is there of a message is freed. */
void fragment_free(struct ike_sa *sa);

/** fragment_spoken() - the peer sent the vendor ID @vid: does it take pieces in main or aggressive mode? */
bool fragment_spoken(const uint8_t *vid, size_t len);

/**
 * fragment_send() - x->sent on its way, in pieces if the peer takes them and the message is too big for the path
 * @may_cut: false: the message goes as it is
 *
 * Too big is what exceeds the interface's MTU, or 1280 bytes with IP and UDP
 * headers; if that was sent twice without an answer, with IPv4 576 bytes, which
 * pass everywhere (RFC 791 3.2).
 */
void fragment_send(struct exchange *x, bool may_cut);

#endif
