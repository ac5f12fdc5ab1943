/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Informational exchanges (RFC 2409 5.7): notifies and deletes, both ways.
 *
 * What comes in is acted on only with a HASH that verifies. Without one it is
 * reported, because it often explains a failure, and nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "dpd.h"
#include "exchange.h"
#include "ike.h"
#include "proposal.h"
#include "report.h"

#define NOTIFY_INPUT	"IKE_MESG_FROM_PEER, IKE_INFO_NOTIFY"

/* The name a router prints; a number where it has none. */
static const char *notify_name(uint16_t type, char *buf, size_t room)
{
	const char *name = parse_notify_name(type);

	if (name)
		snprintf(buf, room, "%s", name);
	else
		snprintf(buf, room, "type %u", type);
	return buf;
}

/* --- out --- */

/* Finish message @b of @x: HASH over what follows it, at @hash. */
static int seal(struct exchange *x, struct wire_buf *b, size_t hash)
{
	uint8_t digest[ISAKMP_HASH_MAX];
	size_t len;
	const uint8_t *rest = build_after(b, hash, &len);

	if (!rest || crypto_hash1(x->sa->keys, x->msgid, rest, len, digest))
		return -1;
	build_patch(b, hash, digest, x->sa->keys->hash_len);
	return 0;
}

/* A node that lives for one message. */
static struct exchange *begin(struct ike_sa *sa, struct wire_buf *b, size_t *hash)
{
	struct exchange *x = exchange_new(sa, ISAKMP_XCHG_INFO, sa_message_id(sa), true);
	struct event ev;

	if (!x)
		return NULL;
	if (crypto_phase2_iv(sa->keys, x->msgid, &x->iv)) {
		exchange_free(x);
		return NULL;
	}
	exchange_event(x, &ev, EV_NODE_NEW);
	exchange_emit(x, &ev);
	exchange_begin(x, b, true);
	*hash = build_hash(b, sa->keys->hash_len);
	return x;
}

static void finish(struct exchange *x, struct wire_buf *b, size_t hash)
{
	struct event ev;

	if (seal(x, b, hash))
		build_free(b);
	else
		exchange_send(x, b, false);
	exchange_event(x, &ev, EV_NODE_PURGED);
	exchange_emit(x, &ev);
	exchange_free(x);
}

static void report_notify_out(struct exchange *x, uint8_t protocol, uint16_t type, const uint8_t *spi, uint8_t spi_size,
			      bool protected)
{
	char name[48];
	struct event ev;

	exchange_event(x, &ev, EV_NOTIFY_OUT);
	ev.notify.number = type;
	ev.notify.name = notify_name(type, name, sizeof(name));
	ev.notify.protocol = protocol;
	ev.notify.spi = spi_size == 4 ? parse_be32(spi) : 0;
	ev.notify.authenticated = protected;
	exchange_emit(x, &ev);
}

void info_notify(struct ike_sa *sa, uint8_t protocol, uint16_t type, const uint8_t *spi, uint8_t spi_size,
		 const uint8_t *data, size_t len)
{
	struct exchange *x;
	struct wire_buf b;
	size_t hash;

	x = begin(sa, &b, &hash);
	if (!x)
		return;
	report_notify_out(x, protocol, type, spi, spi_size, true);
	build_notify(&b, protocol, type, spi, spi_size, data, len);
	finish(x, &b, hash);
}

void info_are_you_there(struct ike_sa *sa, uint32_t sequence)
{
	uint8_t cookies[2 * ISAKMP_COOKIE_LEN];
	uint32_t wire = htonl(sequence);

	memcpy(cookies, sa->icookie, ISAKMP_COOKIE_LEN);
	memcpy(cookies + ISAKMP_COOKIE_LEN, sa->rcookie, ISAKMP_COOKIE_LEN);
	info_notify(sa, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, cookies, sizeof(cookies), (const uint8_t *)&wire,
		    sizeof(wire));
}

void info_find_peer(struct ike_sa *sa, uint16_t port)
{
	uint16_t before = sa->remote_port;

	sa->remote_port = port;
	info_are_you_there(sa, crypto_random_below(INT32_MAX));
	sa->remote_port = before;
}

void info_notify_clear(struct exchange *x, uint16_t type)
{
	struct ike *ike = x->sa->peer->ike;
	uint64_t now = uv_now(ike->loop);
	uint32_t msgid = x->msgid;
	struct wire_buf b;

	if (now - ike->clear_since >= 1000) {
		ike->clear_since = now;
		ike->clear_notifies = 0;
	}
	if (ike->clear_notifies++ >= IKE_CLEAR_NOTIFIES || !admission_take(ike, &x->sa->peer->remote, ADMISSION_NOTIFY, 1)) {
		exchange_dropped(x, DROP_LIMIT, "no notify is sent: this peer, or all together, had too many in this second");
		return;
	}
	x->sa->word = sa_no_state(x->sa);
	report_notify_out(x, IPSEC_PROTO_ISAKMP, type, NULL, 0, false);
	build_init(&b);
	build_header(&b, x->sa->icookie, x->sa->rcookie, ISAKMP_XCHG_INFO, 0, crypto_random_msgid());
	build_notify(&b, IPSEC_PROTO_ISAKMP, type, NULL, 0, NULL, 0);
	exchange_send(x, &b, false);
	x->msgid = msgid;
}

static void report_delete_out(struct exchange *x, unsigned int protocol, const uint32_t *spis, unsigned int count)
{
	struct event ev;
	unsigned int i;

	exchange_event(x, &ev, EV_DELETE_OUT);
	ev.del.protocol = protocol;
	for (i = 0; i < count && i < EVENT_SPIS; i++)
		ev.del.spis[ev.del.spi_count++] = spis[i];
	exchange_emit(x, &ev);
}

void info_delete_sa(struct ike_sa *sa)
{
	uint8_t cookies[2 * ISAKMP_COOKIE_LEN];
	struct exchange *x;
	struct wire_buf b;
	size_t hash;

	x = begin(sa, &b, &hash);
	if (!x)
		return;
	memcpy(cookies, sa->icookie, ISAKMP_COOKIE_LEN);
	memcpy(cookies + ISAKMP_COOKIE_LEN, sa->rcookie, ISAKMP_COOKIE_LEN);
	report_delete_out(x, IPSEC_PROTO_ISAKMP, NULL, 0);
	build_delete(&b, IPSEC_PROTO_ISAKMP, sizeof(cookies), 1, cookies);
	finish(x, &b, hash);
}

void info_delete_child(struct ike_sa *sa, uint8_t protocol, uint32_t spi)
{
	uint32_t wire = htonl(spi);
	struct exchange *x;
	struct wire_buf b;
	size_t hash;

	x = begin(sa, &b, &hash);
	if (!x)
		return;
	report_delete_out(x, protocol, &spi, 1);
	build_delete(&b, protocol, IPSEC_SPI_LEN, 1, &wire);
	finish(x, &b, hash);
}

/* --- in --- */

static void report_notify_in(struct exchange *x, const struct parse_notify *n, bool authenticated)
{
	char name[48];
	struct event ev;

	exchange_event(x, &ev, EV_NOTIFY_IN);
	ev.notify.number = n->type;
	ev.notify.name = notify_name(n->type, name, sizeof(name));
	ev.notify.protocol = n->protocol;
	ev.notify.spi = n->spi_size == 4 ? parse_be32(n->spi) : 0;
	ev.notify.authenticated = authenticated;
	ev.notify.data = n->data;
	ev.notify.length = n->len;
	exchange_emit(x, &ev);
}

static uint8_t ip_protocol(uint8_t protocol)
{
	return protocol == IPSEC_PROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
}

/*
 * Our quick mode that a refusal means: by our SPI if the peer names it, else
 * the only one that still waits for its answer.
 */
static struct exchange *refused(struct ike_sa *sa, const struct parse_notify *n)
{
	struct exchange *x, *only = NULL;
	unsigned int waiting = 0;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		if (x->type != ISAKMP_XCHG_QUICK || !x->initiator || x->finished)
			continue;
		if (n->spi_size == 4 && quick_mode_spi(x, ip_protocol(n->protocol)) == parse_be32(n->spi))
			return x;
		waiting++;
		only = x;
	}
	return waiting == 1 ? only : NULL;
}

static void quick_mode_refused(struct exchange *node, const struct parse_notify *n)
{
	struct exchange *x = refused(node->sa, n);
	struct event ev;

	if (!x)
		return;
	exchange_event(x, &ev, EV_SPI_DELETED);
	ev.spi.spi = quick_mode_spi(x, ip_protocol(n->protocol));
	ev.spi.initiator = true;
	exchange_emit(x, &ev);
	exchange_finish(x, true, "Delete Larval");
	quick_mode_failed(x);
}

/* RFC 3706: answer with the same cookies and sequence number. */
static void are_you_there(struct exchange *x, const struct parse_notify *n)
{
	uint8_t cookies[2 * ISAKMP_COOKIE_LEN];
	struct event ev;

	if (n->len != 4) {
		exchange_dropped(x, DROP_BAD_VALUE, "R-U-THERE with %u bytes of sequence number, not 4", n->len);
		return;
	}
	exchange_event(x, &ev, EV_DPD_IN);
	ev.dpd.name = n->type == ISAKMP_N_R_U_THERE ? "R_U_THERE" : "R_U_THERE_ACK";
	ev.dpd.sequence = parse_be32(n->data);
	exchange_emit(x, &ev);
	if (n->type != ISAKMP_N_R_U_THERE) {
		dpd_answered(x->sa, parse_be32(n->data));
		child_answered(x->sa->peer->ike, &x->sa->peer->remote, parse_be32(n->data));
		return;
	}
	memcpy(cookies, x->sa->icookie, ISAKMP_COOKIE_LEN);
	memcpy(cookies + ISAKMP_COOKIE_LEN, x->sa->rcookie, ISAKMP_COOKIE_LEN);
	info_notify(x->sa, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE_ACK, cookies, sizeof(cookies), n->data, n->len);
}

static void responder_lifetime(struct exchange *x, const struct parse_notify *n)
{
	struct child_sa *child;
	uint32_t seconds, kilobytes;

	if (proposal_lifetimes(n->protocol, n->data, n->len, &seconds, &kilobytes)) {
		exchange_dropped(x, DROP_BAD_VALUE, "RESPONDER_LIFETIME that is no list of lifetimes");
		return;
	}
	if (n->protocol == IPSEC_PROTO_ISAKMP)
		sa_lifetime_set(x->sa, seconds);
	/* in quick mode itself there is no pair yet: see there */
	if (n->protocol == IPSEC_PROTO_ISAKMP || n->spi_size != IPSEC_SPI_LEN)
		return;
	child = child_find(x->sa->peer->ike, ip_protocol(n->protocol), parse_be32(n->spi), false, &x->sa->peer->remote);
	if (child)
		child_lifetime_set(child, seconds);
}

/*
 * The peer does not have the SA that we send to: the next packet makes a new
 * pair. A new pair may be one that it has not installed yet.
 */
static void invalid_spi(struct exchange *x, const struct parse_notify *n)
{
	struct ike *ike = x->sa->peer->ike;
	struct child_sa *child;
	uint32_t spi;

	if (n->spi_size != 4 && n->len != 4)
		return;
	spi = parse_be32(n->spi_size == 4 ? n->spi : n->data);
	child = child_find(ike, ip_protocol(n->protocol), spi, false, &x->sa->peer->remote);
	if (child && sa_owns(x->sa, child) && !child->manual && uv_now(ike->loop) - child->created >= ike->schedule.spi_settled)
		child_end(child, "invalid-spi", true);
}

static void act_on(struct exchange *x, const struct parse_notify *n)
{
	struct event ev;

	switch (n->type) {
	case ISAKMP_N_INITIAL_CONTACT:
		if (x->type == ISAKMP_XCHG_INFO) {
			unsigned int deleted = sa_initial_contact(x->sa, x->sa->created);

			exchange_event(x, &ev, EV_INITIAL_CONTACT);
			ev.initial_contact.deleted = deleted;
			exchange_emit(x, &ev);
		}
		return;
	case ISAKMP_N_R_U_THERE:
	case ISAKMP_N_R_U_THERE_ACK:
		are_you_there(x, n);
		return;
	case ISAKMP_N_RESPONDER_LIFETIME:
		responder_lifetime(x, n);
		return;
	case ISAKMP_N_INVALID_SPI:
		if (x->type == ISAKMP_XCHG_INFO)
			invalid_spi(x, n);
		return;
	case ISAKMP_N_CONNECTED:
		quick_mode_connected(x->sa, x->msgid, n->spi_size == IPSEC_SPI_LEN ? parse_be32(n->spi) : 0);
		return;
	}
	if (n->type <= ISAKMP_N_ERROR_MAX && x->type == ISAKMP_XCHG_INFO)
		quick_mode_refused(x, n);
}

/* In main mode the peer proves itself with the same message, but the notify is under encryption only: it is reported. */
void info_notifies(struct exchange *x, const struct message *m)
{
	const struct parse_payload *p;
	struct parse_notify n;

	for (p = parse_find(&m->index, ISAKMP_PL_NOTIFY); p; p = parse_find_next(&m->index, p)) {
		parse_notify(p, &n);
		report_notify_in(x, &n, true);
		if (!exchange_is_phase1(x->type))
			act_on(x, &n);
		if (x->sa->deleted)
			return;
	}
}

/* @budget: how many SPIs of this message are still looked for: each costs a walk over all pairs */
static void delete_children(struct exchange *x, const struct parse_delete *d, unsigned int *budget)
{
	struct child_sa *child;
	unsigned int i;
	struct event ev;

	for (i = 0; i < d->count; i++) {
		if (!*budget) {
			exchange_dropped(x, DROP_LIMIT, "more than %u SPIs to delete in one message", IKE_DELETES_MAX);
			return;
		}
		--*budget;
		child = child_find(x->sa->peer->ike, ip_protocol(d->protocol), parse_be32(d->spi + 4 * i), false,
				   &x->sa->peer->remote);
		if (!child || !sa_owns(x->sa, child))
			continue;
		exchange_event(x, &ev, EV_KEY_ENGINE);
		exchange_emit(x, &ev);
		child_peer_deleted(child);
	}
}

static bool delete_is_ours(const struct ike_sa *sa, const uint8_t *cookies)
{
	return !memcmp(cookies, sa->icookie, ISAKMP_COOKIE_LEN) &&
	       !memcmp(cookies + ISAKMP_COOKIE_LEN, sa->rcookie, ISAKMP_COOKIE_LEN);
}

static void delete_payload(struct exchange *x, const struct parse_payload *p, unsigned int *budget)
{
	struct ike_sa *sa = x->sa, *other;
	struct parse_delete d;
	struct event ev;
	unsigned int i;

	parse_delete(p, &d);
	exchange_payload(x, "DELETE");
	exchange_event(x, &ev, EV_DELETE_IN);
	ev.del.protocol = d.protocol;
	for (i = 0; d.spi_size == 4 && i < d.count && i < EVENT_SPIS; i++)
		ev.del.spis[ev.del.spi_count++] = parse_be32(d.spi + 4 * i);
	exchange_emit(x, &ev);
	if (d.protocol == IPSEC_PROTO_ESP || d.protocol == IPSEC_PROTO_AH)
		delete_children(x, &d, budget);
	if (d.protocol != IPSEC_PROTO_ISAKMP)
		return;
	/* a peer may delete an older SA under a newer one */
	TAILQ_FOREACH(other, &sa->peer->sas, link) {
		for (i = 0; i < d.count; i++) {
			if (!other->deleted && delete_is_ours(other, d.spi + 2 * ISAKMP_COOKIE_LEN * i))
				sa_delete(other, "No reason", false);
		}
	}
}

static bool authentic(const struct exchange *x, const struct message *m)
{
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);
	uint8_t expected[ISAKMP_HASH_MAX];
	const uint8_t *rest;
	size_t len;

	if (!hash || hash->body_len != x->sa->keys->hash_len)
		return false;
	rest = parse_after(&m->index, hash, &len);
	return !crypto_hash1(x->sa->keys, x->msgid, rest, len, expected) &&
	       crypto_equal(expected, hash->body, hash->body_len);
}

void info_input(struct ike_sa *sa, struct message *m)
{
	struct exchange *x = exchange_new(sa, ISAKMP_XCHG_INFO, m->header.message_id, false);
	unsigned int budget = IKE_DELETES_MAX;
	const struct parse_payload *p;
	struct event ev;

	if (!x)
		return;
	if (!authentic(x, m)) {
		exchange_dropped(x, DROP_BAD_HASH, "HASH of an informational message does not verify");
		exchange_free(x);
		return;
	}
	sa_message_id_take(sa, x->msgid);
	sa->confirmed = true;
	natt_follow(sa, m->local_port, m->remote_port);
	exchange_event(x, &ev, EV_NODE_NEW);
	exchange_emit(x, &ev);
	exchange_payload(x, "HASH");
	info_notifies(x, m);
	for (p = parse_find(&m->index, ISAKMP_PL_DELETE); p && !sa->deleted; p = parse_find_next(&m->index, p))
		delete_payload(x, p, &budget);
	exchange_finish(x, false, "Informational (in) state 1");
	if (parse_find(&m->index, ISAKMP_PL_NOTIFY) && !sa->deleted)
		sa_state_set(sa, sa->state, NOTIFY_INPUT);
}

void info_clear(struct ike_sa *sa, const struct message *m)
{
	const struct parse_payload *p = parse_find(&m->index, ISAKMP_PL_NOTIFY);
	struct exchange *x = sa->main;
	struct parse_notify n;

	if (!x)
		return;
	if (!p) {
		exchange_dropped(x, DROP_NOT_ENCRYPTED, "an informational message in clear; only notifies are read then");
		return;
	}
	for (; p; p = parse_find_next(&m->index, p)) {
		parse_notify(p, &n);
		report_notify_in(x, &n, false);
	}
	exchange_dropped(x, DROP_NOT_AUTHENTICATED, "informational message in clear: it is shown, not acted on");
	sa_state_set(sa, sa->state, NOTIFY_INPUT);
	report_syslog(x, "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of Informational mode failed with peer at ", "");
}
