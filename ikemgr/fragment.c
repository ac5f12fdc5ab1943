/* SPDX-License-Identifier: GPL-2.0-only */
/* IKE messages in pieces: see fragment.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "exchange.h"
#include "fragment.h"
#include "ike.h"
#include "parse.h"

#define HEAD_LEN	8u		/* of the fragment payload */
#define LAST		1u
#define AT_NEXT		16u		/* in the ISAKMP header */
#define AT_EXCHANGE	18u
#define AT_FLAGS	19u
#define AT_MESSAGE_ID	20u
#define AT_LENGTH	24u

#define UDP_LEN		8u
#define MARKER_LEN	4u
#define SURE_FOUR	576u
#define SURE_SIX	1280u
#define TRIES		2u

#define CAPABILITY_AT	16u		/* behind the vendor ID; Microsoft has none */
#define CAPABLE		0xc0000000u	/* main mode, aggressive mode */

/* --- in --- */

static void forget(struct fragments *f)
{
	unsigned int i;

	timer_stop(&f->timer);
	for (i = 0; i < FRAGMENTS_MAX; i++) {
		free(f->piece[i].data);
		f->piece[i].data = NULL;
		f->piece[i].len = 0;
	}
	f->count = 0;
	f->length = 0;
	f->last = 0;
}

void fragment_free(struct ike_sa *sa)
{
	if (sa->fragments)
		forget(sa->fragments);
	free(sa->fragments);
	sa->fragments = NULL;
}

static void waited(void *arg)
{
	struct ike_sa *sa = arg;
	struct event ev;

	sa_event(sa, &ev, EV_PACKET_DROPPED);
	ev.packet_dropped.reason = DROP_FRAGMENT;
	ev.packet_dropped.detail = "pieces of a message are missing: what came is forgotten";
	event_emit(sa->peer->ike->hub, &ev);
	forget(sa->fragments);
}

/* struct piece - the fragment payload of a datagram */
struct piece {
	uint16_t id;
	uint8_t number;
	bool last;
	const uint8_t *data;
	size_t len;
};

static bool read_piece(const uint8_t *data, size_t len, struct piece *p, char *why)
{
	const uint8_t *head = data + ISAKMP_HEADER_LEN;

	if (len <= ISAKMP_HEADER_LEN + HEAD_LEN)
		snprintf(why, FRAGMENT_WHY, "a fragment of %zu bytes has no piece of a message", len);
	else if (head[0] || parse_be16(head + 2) != len - ISAKMP_HEADER_LEN)
		snprintf(why, FRAGMENT_WHY, "a fragment payload is alone in its message and fills it; this one says %u of %zu bytes",
			 parse_be16(head + 2), len - ISAKMP_HEADER_LEN);
	else if (!head[6] || head[6] > FRAGMENTS_MAX)
		snprintf(why, FRAGMENT_WHY, "fragment number %u; 1 to %u are possible", head[6], FRAGMENTS_MAX);
	else {
		*p = (struct piece){ .id = parse_be16(head + 4), .number = head[6], .last = head[7] & LAST,
				     .data = head + HEAD_LEN, .len = len - ISAKMP_HEADER_LEN - HEAD_LEN };
		return true;
	}
	return false;
}

/* Is @p another message's: by its ID, or, as some peers number all messages alike, by what it says? */
static bool is_other(const struct fragments *f, const struct piece *p)
{
	unsigned int at = p->number - 1u;

	if (!f->count)
		return false;
	if (p->id != f->id || (f->last && (p->number > f->last || (p->last && p->number != f->last))))
		return true;
	if (p->last && !f->last) {
		for (; at < FRAGMENTS_MAX; at++) {
			if (at != p->number - 1u && f->piece[at].data)
				return true;
		}
		return false;
	}
	return f->piece[at].data && (f->piece[at].len != p->len || memcmp(f->piece[at].data, p->data, p->len));
}

static bool keep(struct fragments *f, const struct piece *p)
{
	unsigned int at = p->number - 1u;

	if (f->piece[at].data)
		return true;
	f->piece[at].data = malloc(p->len);
	if (!f->piece[at].data)
		return false;
	memcpy(f->piece[at].data, p->data, p->len);
	f->piece[at].len = p->len;
	f->length += p->len;
	f->count++;
	if (p->last)
		f->last = p->number;
	return true;
}

/* All pieces are there: the message, or NULL without memory. */
static uint8_t *join(const struct fragments *f)
{
	uint8_t *message = malloc(f->length), *at = message;
	unsigned int i;

	for (i = 0; message && i < f->last; i++) {
		memcpy(at, f->piece[i].data, f->piece[i].len);
		at += f->piece[i].len;
	}
	return message;
}

int fragment_take(struct ike_sa *sa, const uint8_t *data, size_t len, uint8_t **message, size_t *message_len,
		  enum event_drop *reason, char *why)
{
	struct ike *ike = sa->peer->ike;
	struct fragments *f;
	struct piece p;

	*reason = DROP_FRAGMENT;
	snprintf(why, FRAGMENT_WHY, "no memory");
	if (!ike->config->ike_fragmentation) {
		snprintf(why, FRAGMENT_WHY, "a fragment, and \"crypto isakmp fragmentation\" is not configured");
		return -1;
	}
	if (!read_piece(data, len, &p, why))
		return -1;
	if (!sa->fragments)
		sa->fragments = calloc(1, sizeof(*sa->fragments));
	f = sa->fragments;
	if (!f)
		return -1;
	if (f->has_before && p.id == f->before && p.id != f->id) {
		snprintf(why, FRAGMENT_WHY, "a late fragment of a message that is complete, or was given up");
		return -1;
	}
	if (is_other(f, &p)) {
		f->has_before = p.id != f->id;
		f->before = f->id;
		forget(f);
	}
	if (f->length + p.len > FRAGMENT_MESSAGE_MAX) {
		forget(f);
		snprintf(why, FRAGMENT_WHY, "a message of more than %u bytes in fragments", FRAGMENT_MESSAGE_MAX);
		return -1;
	}
	f->id = p.id;
	if (!keep(f, &p))
		return -1;
	timer_start(&f->timer, ike->loop, ike->schedule.fragment, waited, sa);
	if (!f->last || f->count < f->last)
		return 0;
	*message = join(f);
	*message_len = f->length;
	f->has_before = false;
	forget(f);
	return *message ? 1 : -1;
}

bool fragment_spoken(const uint8_t *vid, size_t len)
{
	return len < CAPABILITY_AT + 4 || parse_be32(vid + CAPABILITY_AT) & CAPABLE;
}

/* --- out --- */

/* Bytes of an IP packet that may go out whole */
static size_t path_limit(const struct exchange *x)
{
	const struct peer *peer = x->sa->peer;
	const struct ike_binding *binding = ike_binding_local(peer->ike, &peer->local);
	size_t mtu = binding && binding->mtu ? binding->mtu : SURE_SIX;

	if (peer->local.length == 4 && x->sent_count + x->echoes >= TRIES)
		return SURE_FOUR;
	if (peer->local.length == 16 || mtu >= SURE_SIX)
		return SURE_SIX;
	return mtu < SURE_FOUR ? SURE_FOUR : mtu;
}

static size_t ip_overhead(const struct ike_sa *sa)
{
	return (sa->peer->local.length == 4 ? 20u : 40u) + UDP_LEN +
	       (sa->local_port == ISAKMP_NATT_PORT ? MARKER_LEN : 0);
}

static void put(const struct ike_sa *sa, const uint8_t *data, size_t len)
{
	const struct peer *peer = sa->peer;
	struct ike *ike = peer->ike;

	ike->world.send(ike->world.send_ctx, &peer->local, sa->local_port, &peer->remote, sa->remote_port, data, len);
}

static void put16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void report_piece(const struct exchange *x, unsigned int number, size_t len, bool last)
{
	struct event ev;

	exchange_event(x, &ev, EV_FRAGMENT_OUT);
	ev.fragment.id = x->fragment_id;
	ev.fragment.number = number;
	ev.fragment.last = last;
	ev.fragment.length = (unsigned int)len;
	exchange_emit(x, &ev);
}

/*
 * The header is that of phase 1, in clear, and message ID 0, whatever is in
 * pieces: what is behind it is told by the message itself.
 */
static void put_piece(struct exchange *x, unsigned int number, const uint8_t *piece, size_t len, bool last)
{
	uint8_t data[SURE_SIX] = { 0 }, *head = data + ISAKMP_HEADER_LEN;
	size_t whole = ISAKMP_HEADER_LEN + HEAD_LEN + len;

	memcpy(data, x->sent, AT_NEXT + 2u);
	data[AT_NEXT] = ISAKMP_PL_FRAGMENT;
	data[AT_EXCHANGE] = x->sent[AT_EXCHANGE] == ISAKMP_XCHG_AGGRESSIVE ? ISAKMP_XCHG_AGGRESSIVE : ISAKMP_XCHG_MAIN;
	put16(data + AT_LENGTH + 2, whole);
	put16(head + 2, HEAD_LEN + len);
	put16(head + 4, x->fragment_id);
	head[6] = (uint8_t)number;
	head[7] = last ? LAST : 0;
	memcpy(head + HEAD_LEN, piece, len);
	report_piece(x, number, whole, last);
	put(x->sa, data, whole);
}

void fragment_send(struct exchange *x, bool may_cut)
{
	struct ike_sa *sa = x->sa;
	size_t limit = path_limit(x), room = limit - ip_overhead(sa), at = 0, len;
	unsigned int number = 0;

	if (!may_cut || !sa->peer_fragments || !sa->peer->ike->config->ike_fragmentation || x->sent_len <= room) {
		put(sa, x->sent, x->sent_len);
		return;
	}
	room -= ISAKMP_HEADER_LEN + HEAD_LEN;
	if (x->fragment_size != room)
		x->fragment_id = ++sa->fragment_id;
	x->fragment_size = room;
	for (; at < x->sent_len; at += len) {
		len = x->sent_len - at < room ? x->sent_len - at : room;
		put_piece(x, ++number, x->sent + at, len, at + len == x->sent_len);
	}
}
