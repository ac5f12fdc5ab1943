/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aggressive mode with pre-shared keys (RFC 2409 5.4), both roles: the table at
 * the end, and one step function per message.
 *
 *	initiator                             responder
 *	1  HDR, SA, KE, Ni, IDii         -->
 *	                                 <--  2  HDR, SA, KE, Nr, IDir, HASH_R
 *	3  HDR*, HASH_I                  -->
 *
 * It costs a message pair less than main mode and lets the key be chosen by the
 * initiator's name. Its price: identities go in clear, and message 2 gives
 * whoever asks for it a hash to try keys on. So it is answered only where the
 * configuration says so, and begun only where it says so.
 *
 * Before message 3 nothing shows that the initiator's address is its own. The
 * responder sends message 2 once for each message 1, never by a timer, and no
 * more than one and a half times the bytes that came: what the peer can do
 * without is left out then, and if that is not enough, there is no answer.
 */
#include <stdlib.h>
#include <string.h>

#include "auth_psk.h"
#include "identity.h"
#include "ike.h"
#include "lookup.h"
#include "phase1.h"
#include "report.h"

#define FROM_PEER	"IKE_MESG_FROM_PEER, IKE_AM_EXCH"

#define GENERIC		4u	/* a payload's head */
#define VENDOR		(GENERIC + 16u)

/* One exchange has one group: only policies with that one are offered. Returns how many. */
static size_t policies(const struct ike *ike, struct proposal_policy *own, uint16_t group)
{
	size_t i, kept = 0, count = lookup_policies(ike, own);

	for (i = 0; i < count; i++) {
		if (own[i].values.group == group)
			own[kept++] = own[i];
	}
	return kept;
}

static int keep(uint8_t **to, size_t *to_len, const void *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return -1;
	memcpy(copy, data, len);
	free(*to);
	*to = copy;
	*to_len = len;
	return 0;
}

/* --- starting, message 1 --- */

static int put_first(struct exchange *x, struct wire_buf *b)
{
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	size_t count = policies(x->sa->peer->ike, own, crypto_dh_group(x->dh)), len;
	struct parse_id id;
	const uint8_t *body;

	if (!count || phase1_put_offer(x, b, own, count))
		return -1;
	phase1_put_ke(x, b, &x->nonce_i);
	/* whether there is a NAT that changes the port is not known yet */
	if (!identity_put(x->sa, b, 0, &id))
		return -1;
	body = build_body(b, &len);
	if (!body || keep(&x->p1->idi_b, &x->p1->idi_len, body, len))
		return -1;
	report_own_id(x, &id);
	return 0;
}

static void send_1(struct exchange *x)
{
	struct wire_buf b;

	exchange_begin(x, &b, false);
	if (put_first(x, &b)) {
		build_free(&b);
		sa_delete(x->sa, "No reason", false);
		return;
	}
	phase1_put_vendors(x, &b, true);
	sa_state_set(x->sa, IKE_I_AM1, "IKE_MESG_FROM_IPSEC, IKE_SA_REQ_AM");
	report_begin(x, "aggressive");
	x->sa->word = SA_AG_INIT_EXCH;
	x->awaits = 2;
	if (exchange_send(x, &b, true))
		sa_delete(x->sa, "No reason", false);
}

int aggressive_mode_start(struct ike_sa *sa, const struct proposal_policy *own)
{
	struct exchange *x = phase1_new(sa, ISAKMP_XCHG_AGGRESSIVE, true);

	if (!x)
		return -1;
	x->dh = crypto_dh_new(own[0].values.group);
	return x->dh ? exchange_work(x, true, false, send_1) : -1;
}

/* --- responder: message 1, message 2 --- */

struct exchange *aggressive_mode_respond(struct ike *ike, const struct addr *local, const struct addr *remote,
					 const struct message *m, char *why)
{
	struct ike_sa *sa = phase1_admit(ike, local, remote, m, why);
	struct exchange *x;

	if (!sa)
		return NULL;
	sa->aggressive = true;
	sa->word = SA_AG_NO_STATE;
	x = phase1_new(sa, ISAKMP_XCHG_AGGRESSIVE, false);
	if (!x)
		sa_discard(sa);
	return x;
}

void aggressive_mode_refuse(struct ike *ike, const struct addr *local, const struct addr *remote, const struct message *m)
{
	struct ike_sa *sa = sa_new(ike, local, remote, m->header.icookie);
	struct exchange *x;

	if (!sa)
		return;
	sa->aggressive = true;
	sa->word = SA_AG_NO_STATE;
	sa->bytes_in = m->length;
	sa->local_port = m->local_port;
	sa->remote_port = m->remote_port;
	x = phase1_new(sa, ISAKMP_XCHG_AGGRESSIVE, false);
	if (x)
		info_notify_clear(x, ISAKMP_N_UNSUPPORTED_EXCHANGE_TYPE);
	sa_discard(sa);
}

/* What message 2 cannot do without, in bytes */
static size_t answer_length(const struct exchange *x)
{
	size_t ke;

	crypto_dh_peer(x->dh, &ke);	/* ours is as long */
	return ISAKMP_HEADER_LEN + GENERIC + x->p1->answer_len + GENERIC + ke + GENERIC + ISAKMP_NONCE_LEN +
	       GENERIC + identity_length(x->sa) + GENERIC + crypto_hash_len((uint16_t)x->sa->hash);
}

/* The chosen transform, as it will be sent: the offer is not there any more when Diffie-Hellman is done. */
static int keep_answer(struct exchange *x, const struct proposal_ike_choice *choice)
{
	const uint8_t *body;
	struct wire_buf b;
	size_t len;
	int err = -1;

	exchange_begin(x, &b, false);
	proposal_ike_reply(&b, choice);
	body = build_body(&b, &len);
	if (body)
		err = keep(&x->p1->answer, &x->p1->answer_len, body, len);
	build_free(&b);
	return err;
}

static enum step choose(struct exchange *x, struct message *m)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA);
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct proposal_ike_compare why;
	struct proposal_ike_choice choice;
	struct ike_sa *sa = x->sa;
	size_t count = lookup_policies(sa->peer->ike, own);
	bool have_key = auth_psk_found(sa, "policy");

	if (proposal_ike_choose(offer, own, count, have_key, report_policy, x, &choice, &why)) {
		phase1_refuse_policy(x, m, have_key, why.text);
		return STEP_FAIL;
	}
	phase1_take_choice(sa, &choice);
	report_lifetime(x, &choice);
	exchange_vendors(x, m);
	x->dh = crypto_dh_new((uint16_t)sa->group);
	if (!x->dh || keep_answer(x, &choice))
		return exchange_dropped(x, DROP_BAD_VALUE, "no Diffie-Hellman group %u", sa->group);
	return STEP_OK;
}

static enum step message_1(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA), *id = parse_find(&m->index, ISAKMP_PL_ID);
	struct ike_sa *sa = x->sa;
	enum step step;

	(void)reply;
	if (!identity_take(sa, id))
		return exchange_dropped(x, DROP_BAD_VALUE, "an identity of %u bytes, more than %u", id->body_len - 4u, IKE_ID_MAX);
	if (phase1_keep_sai(x, offer->body, offer->body_len) || keep(&x->p1->idi_b, &x->p1->idi_len, id->body, id->body_len))
		return STEP_DROP;
	exchange_payload(x, "SA");
	exchange_payload(x, "ID");
	identity_guess(sa);
	report_peer_id(x, id, sa->profile[0] ? sa->profile : NULL);
	exchange_vendors(x, m);
	step = choose(x, m);
	if (step != STEP_OK)
		return step;
	if (!phase1_take_ke(x, m, &x->nonce_i))
		return STEP_DROP;
	if (answer_length(x) > exchange_room(x))
		return exchange_dropped(x, DROP_BAD_VALUE, "%zu bytes to be answered by %zu: more than one and a half times as many go to nobody who has not shown that he receives",
					m->length, answer_length(x));
	if (!admission_compute(x))
		return STEP_DROP;
	exchange_payload(x, "KE");
	exchange_payload(x, "NONCE");
	sa->conn_id = sa->peer->ike->next_conn_id++;
	sa_state_set(sa, IKE_R_AM_AAA_AWAIT, FROM_PEER);
	return exchange_work(x, true, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

/* NAT-D goes only with its vendor ID; our own ID is of the least use. Vendor IDs for which there is no room stay out. */
static void put_extras(struct exchange *x, struct wire_buf *b)
{
	size_t room = exchange_room(x), natt = VENDOR + 2 * (GENERIC + crypto_hash_len((uint16_t)x->sa->hash));
	bool speaks = x->sa->natt != NATT_NONE;

	if (speaks && b->len + natt <= room) {
		natt_vendors(x, b);
		natt_put(x, b);
	} else {
		x->sa->natt = NATT_NONE;
	}
	phase1_put_vendors(x, b, false);
	phase1_put_own_vendor(x, b);
}

static enum step send_2(struct exchange *x, struct wire_buf *reply)
{
	exchange_begin(x, reply, false);
	build_payload(reply, ISAKMP_PL_SA, x->p1->answer, x->p1->answer_len);
	phase1_put_ke(x, reply, &x->nonce_r);
	if (auth_psk_keys(x)) {
		sa_delete(x->sa, "No pre-shared key", false);
		return STEP_FAIL;
	}
	if (phase1_put_identity(x, reply))
		return STEP_FAIL;
	put_extras(x, reply);
	x->sa->word = SA_AG_INIT_EXCH;
	return STEP_OK;
}

static void after_2(struct exchange *x)
{
	sa_state_set(x->sa, IKE_R_AM2, "IKE_MESG_FROM_AAA, PRESHARED_KEY_REPLY");
	phase1_half_open(x);
}

/* --- initiator: message 2, message 3 --- */

static enum step message_2(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *answer = parse_find(&m->index, ISAKMP_PL_SA), *id = parse_find(&m->index, ISAKMP_PL_ID);
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);
	static const uint8_t none[ISAKMP_COOKIE_LEN];
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct proposal_ike_compare why;
	struct proposal_ike_choice choice;
	struct ike_sa *sa = x->sa;
	size_t count = policies(sa->peer->ike, own, crypto_dh_group(x->dh));
	const char *attribute = "SA";

	(void)reply;
	if (!memcmp(m->header.rcookie, none, sizeof(none)))
		return exchange_dropped(x, DROP_BAD_VALUE, "the responder's cookie is zero");
	if (proposal_ike_check(answer, own, count, NULL, NULL, &choice, &why, &attribute)) {
		report_not_offered(x, attribute);
		return exchange_dropped(x, DROP_BAD_VALUE, "the answer is not what we offered: %s", why.text);
	}
	if (!identity_take(sa, id))
		return exchange_dropped(x, DROP_BAD_VALUE, "an identity of %u bytes, more than %u", id->body_len - 4u, IKE_ID_MAX);
	if (!phase1_take_ke(x, m, &x->nonce_r) || keep(&x->p1->idr_b, &x->p1->idr_len, id->body, id->body_len) ||
	    keep(&x->p1->hash, &x->p1->hash_len, hash->body, hash->body_len))
		return STEP_DROP;
	memcpy(sa->rcookie, m->header.rcookie, sizeof(sa->rcookie));
	exchange_payload(x, "SA");
	exchange_vendors(x, m);
	auth_psk_found(sa, "policy");
	proposal_ike_check(answer, own, count, report_policy, x, &choice, &why, &attribute);
	phase1_take_choice(sa, &choice);
	report_lifetime(x, &choice);
	exchange_payload(x, "KE");
	exchange_payload(x, "NONCE");
	if (!sa->conn_id)
		sa->conn_id = sa->peer->ike->next_conn_id++;
	natt_take(x, m);
	return exchange_work(x, false, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

/* Message 2 was not the peer's, or it has another key: all that came of it goes, and the true one may still come. */
static enum step not_authentic(struct exchange *x)
{
	struct ike_sa *sa = x->sa;

	report_auth_failed(x);
	exchange_dropped(x, DROP_BAD_HASH, "HASH does not verify: the pre-shared keys differ, or it was forged");
	crypto_keys_free(sa->keys);
	sa->keys = NULL;
	memset(sa->rcookie, 0, sizeof(sa->rcookie));
	sa->natt = NATT_NONE;
	sa->nat_here = sa->nat_there = false;
	exchange_reopen(x);
	return STEP_DROP;
}

static enum step send_3(struct exchange *x, struct wire_buf *reply)
{
	struct parse_payload id = { .type = ISAKMP_PL_ID, .next = ISAKMP_PL_HASH, .body = x->p1->idr_b, .body_len = (uint16_t)x->p1->idr_len };
	uint8_t hash[ISAKMP_HASH_MAX];
	bool contact;

	if (auth_psk_keys(x)) {
		sa_delete(x->sa, "No pre-shared key", false);
		return STEP_FAIL;
	}
	if (!auth_psk_verify(x, x->p1->idr_b, x->p1->idr_len, x->p1->hash, x->p1->hash_len))
		return not_authentic(x);
	natt_partner(x->sa, &id);
	if (!phase1_identity(x, &id))
		return STEP_FAIL;
	exchange_payload(x, "HASH");
	report_authenticated(x);
	phase1_inserted(x);
	contact = phase1_first_contact(x);
	exchange_begin(x, reply, true);
	if (auth_psk_hash(x, true, x->p1->idi_b, x->p1->idi_len, hash))
		return STEP_FAIL;
	build_payload(reply, ISAKMP_PL_HASH, hash, x->sa->keys->hash_len);
	/* the hashes are of the ports by which they go (RFC 3947 4) */
	natt_float(x->sa);
	natt_put(x, reply);
	if (contact)
		phase1_put_initial_contact(x, reply);
	return STEP_OK;
}

static void after_3(struct exchange *x)
{
	sa_state_set(x->sa, IKE_P1_COMPLETE, FROM_PEER);
	phase1_finish(x);
}

/* --- responder: message 3 --- */

/* The initiator has floated before it made its NAT-D hashes. */
static void take_ports(struct exchange *x, const struct message *m)
{
	struct ike_sa *sa = x->sa;
	bool moved = sa->local_port != m->local_port || sa->remote_port != m->remote_port;
	struct event ev;

	sa->local_port = m->local_port;
	sa->remote_port = m->remote_port;
	natt_take(x, m);
	if (!moved)
		return;
	sa_event(sa, &ev, EV_PORT_FLOATED);
	event_emit(sa->peer->ike->hub, &ev);
}

static enum step message_3(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);
	struct parse_payload id = { .type = ISAKMP_PL_ID, .body = x->p1->idi_b, .body_len = (uint16_t)x->p1->idi_len };

	(void)reply;
	if (!auth_psk_verify(x, x->p1->idi_b, x->p1->idi_len, hash->body, hash->body_len)) {
		report_auth_failed(x);
		return exchange_dropped(x, DROP_BAD_HASH, "HASH does not verify: the pre-shared keys differ, or it was forged");
	}
	exchange_payload(x, "HASH");
	take_ports(x, m);
	natt_partner(x->sa, &id);
	info_notifies(x, m);
	report_authenticated(x);
	phase1_initial_contact(x, m);
	phase1_inserted(x);
	return STEP_OK;
}

#define SA_	EXCHANGE_PL(ISAKMP_PL_SA)
#define KE_	EXCHANGE_PL(ISAKMP_PL_KE)
#define NONCE_	EXCHANGE_PL(ISAKMP_PL_NONCE)
#define ID_	EXCHANGE_PL(ISAKMP_PL_ID)
#define HASH_	EXCHANGE_PL(ISAKMP_PL_HASH)
#define MORE_	(EXCHANGE_PL(ISAKMP_PL_NOTIFY) | EXCHANGE_PL(ISAKMP_PL_CR) | EXCHANGE_PL(ISAKMP_PL_NAT_D) | \
		 EXCHANGE_PL(ISAKMP_PL_NAT_D_07))

/* Message 3 may come in clear (RFC 2409 5): then its sender saves the time that the keys take. */
const struct exchange_row aggressive_mode_rows[] = {
	{ ISAKMP_XCHG_AGGRESSIVE, false, 1, SA_ | KE_ | NONCE_ | ID_, MORE_, MORE_, EXCHANGE_CLEAR, message_1, send_2, after_2, false, 3 },
	{ ISAKMP_XCHG_AGGRESSIVE, true, 2, SA_ | KE_ | NONCE_ | ID_ | HASH_, MORE_, MORE_, EXCHANGE_CLEAR, message_2, send_3, after_3, false, 0 },
	{ ISAKMP_XCHG_AGGRESSIVE, false, 3, HASH_, MORE_, MORE_, EXCHANGE_EITHER, message_3, NULL, after_3, false, 0 },
};
const unsigned int aggressive_mode_row_count = sizeof(aggressive_mode_rows) / sizeof(aggressive_mode_rows[0]);
