/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Main mode with pre-shared keys (RFC 2409 5.4), both roles: the table at the
 * end, and one step function per message.
 *
 *	initiator                       responder
 *	1  HDR, SA                 -->
 *	                           <--  2  HDR, SA
 *	3  HDR, KE, Ni             -->
 *	                           <--  4  HDR, KE, Nr
 *	5  HDR*, IDii, HASH_I      -->
 *	                           <--  6  HDR*, IDir, HASH_R
 */
#include <stdlib.h>
#include <string.h>

#include "auth_psk.h"
#include "ike.h"
#include "lookup.h"
#include "proposal.h"
#include "report.h"
#include "vendor.h"

#define FROM_PEER	"IKE_MESG_FROM_PEER, IKE_MM_EXCH"
#define PROCESS		"IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE"
#define COMPLETE	"IKE_MESG_INTERNAL, IKE_PROCESS_COMPLETE"

void main_mode_free(struct main_mode *mm)
{
	if (!mm)
		return;
	free(mm->sai_b);
	free(mm);
}

static struct exchange *main_mode_new(struct ike_sa *sa, bool initiator)
{
	struct exchange *x = exchange_new(sa, ISAKMP_XCHG_MAIN, 0, initiator);

	if (!x)
		return NULL;
	x->mm = calloc(1, sizeof(*x->mm));
	if (!x->mm) {
		exchange_free(x);
		return NULL;
	}
	return x;
}

static int keep_sai(struct exchange *x, const uint8_t *body, size_t len)
{
	x->mm->sai_b = malloc(len);
	if (!x->mm->sai_b)
		return -1;
	memcpy(x->mm->sai_b, body, len);
	x->mm->sai_len = len;
	return 0;
}

static void put_vendor(struct exchange *x, struct wire_buf *b, enum vendor_kind kind, const char *name)
{
	size_t len;
	const uint8_t *id = vendor_bytes(kind, &len);
	struct event ev;

	build_payload(b, ISAKMP_PL_VID, id, len);
	exchange_event(x, &ev, EV_VENDOR_OUT);
	ev.vendor_out.name = name;
	exchange_emit(x, &ev);
}

/* DPD goes with the first message of each side, where most peers look for it, and with the key exchange, where routers do. */
static void put_vendors(struct exchange *x, struct wire_buf *b, bool first)
{
	if (first)
		natt_vendors(x, b);
	put_vendor(x, b, VENDOR_DPD, "DPD");
	if (first)
		put_vendor(x, b, VENDOR_IKEMGR, "ikemgr");
}

static void put_nonce(struct wire_buf *b, uint8_t *nonce, size_t *len)
{
	crypto_random(nonce, ISAKMP_NONCE_LEN);
	*len = ISAKMP_NONCE_LEN;
	build_payload(b, ISAKMP_PL_NONCE, nonce, *len);
}

static void put_ke(struct exchange *x, struct wire_buf *b)
{
	size_t len;
	const uint8_t *value = crypto_dh_public(x->dh, &len);

	build_payload(b, ISAKMP_PL_KE, value, len);
}

/* --- starting --- */

static void cannot_start(struct ike *ike, struct ike_sa *sa, const char *why)
{
	struct event ev;

	sa_event(sa, &ev, EV_REQUEST_FAILED);
	ev.request_failed.why = why;
	event_emit(ike->hub, &ev);
	sa_discard(sa);
}

static int send_first(struct exchange *x, const struct proposal_policy *own, size_t count)
{
	struct wire_buf b;
	const uint8_t *sai;
	size_t len;

	exchange_begin(x, &b, false);
	proposal_ike_offer(&b, own, count);
	sai = build_body(&b, &len);
	if (!sai || keep_sai(x, sai, len)) {
		build_free(&b);
		return -1;
	}
	put_vendors(x, &b, true);
	sa_state_set(x->sa, IKE_I_MM1, "IKE_MESG_FROM_IPSEC, IKE_SA_REQ_MM");
	report_begin(x, "main");
	x->awaits = 2;
	return exchange_send(x, &b, true);
}

struct ike_sa *main_mode_start(struct ike *ike, const struct addr *local, const struct addr *remote)
{
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct ike_sa *sa = sa_new(ike, local, remote, NULL);
	size_t count = lookup_policies(ike, own);
	struct exchange *x;

	if (!sa)
		return NULL;
	natt_begin(sa);
	if (!auth_psk_found(sa, "start")) {
		cannot_start(ike, sa, "no-key");
		return NULL;
	}
	if (!count) {
		cannot_start(ike, sa, "no-policy");
		return NULL;
	}
	x = main_mode_new(sa, true);
	if (!x || send_first(x, own, count)) {
		sa_discard(sa);
		return NULL;
	}
	return sa;
}

/*
 * Anybody can begin a main mode with a forged address. Past the limit the one
 * goes that waits longest for its peer to show that it gets our answers.
 */
static bool make_room(struct ike *ike)
{
	struct ike_sa *sa, *oldest = NULL;
	struct peer *peer;

	ike->half_open = sa_half_open(ike);
	if (ike->half_open < IKE_HALF_OPEN_MAX)
		return true;
	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (!sa->initiator && !sa->deleted && sa->state <= IKE_R_MM2 &&
			    (!oldest || sa->created < oldest->created))
				oldest = sa;
		}
	}
	if (!oldest)
		return false;
	sa_discard(oldest);
	return true;
}

struct exchange *main_mode_respond(struct ike *ike, const struct addr *local, const struct addr *remote,
				   const struct message *m)
{
	struct ike_sa *sa = make_room(ike) ? sa_new(ike, local, remote, m->header.icookie) : NULL;
	struct exchange *x;

	if (!sa)
		return NULL;
	sa->local_port = m->local_port;
	sa->remote_port = m->remote_port;
	x = main_mode_new(sa, false);
	if (!x)
		sa_discard(sa);
	return x;
}

/* --- messages 1 and 2: the policy --- */

static void take_choice(struct ike_sa *sa, const struct proposal_ike_choice *c)
{
	sa->encryption = c->values.encryption;
	sa->key_bits = c->values.key_bits;
	sa->hash = c->values.hash;
	sa->auth = c->values.auth;
	sa->group = c->values.group;
	sa->lifetime = c->values.life_seconds;
	sa->configured_life = c->policy->values.life_seconds;
	sa->shortened = !sa->initiator && c->offered_seconds > sa->lifetime;
	sa->policy_line.file = c->policy->file;
	sa->policy_line.line = c->policy->line;
}

/* Who has no key here is no peer of ours, and gets no answer. */
static void refuse_policy(struct exchange *x, const struct message *m, bool is_peer, const char *text)
{
	struct event ev;

	exchange_event(x, &ev, EV_NO_POLICY);
	ev.no_policy.text = text;
	exchange_emit(x, &ev);
	if (is_peer)
		info_notify_clear(x, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	exchange_vendors(x, m);
	sa_refuse(x->sa, "Phase1 SA policy proposal not accepted");
}

static enum step message_1(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA);
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct proposal_ike_compare why;
	struct proposal_ike_choice choice;
	size_t count = lookup_policies(x->sa->peer->ike, own);
	bool have_key;

	if (keep_sai(x, offer->body, offer->body_len))
		return STEP_DROP;
	sa_state_set(x->sa, IKE_R_MM1, FROM_PEER);
	exchange_payload(x, "SA");
	exchange_vendors(x, m);
	have_key = auth_psk_found(x->sa, "policy");
	if (proposal_ike_choose(offer, own, count, have_key, report_policy, x, &choice, &why)) {
		refuse_policy(x, m, have_key, why.text);
		return STEP_FAIL;
	}
	take_choice(x->sa, &choice);
	report_lifetime(x, &choice);
	exchange_vendors(x, m);
	sa_state_set(x->sa, IKE_R_MM1, PROCESS);
	exchange_begin(x, reply, false);
	proposal_ike_reply(reply, &choice);
	put_vendors(x, reply, true);
	x->sa->word = SA_MM_SA_SETUP;
	return STEP_OK;
}

static void half_open_end(void *arg)
{
	exchange_died(arg);
}

static void after_2(struct exchange *x)
{
	struct ike *ike = x->sa->peer->ike;

	sa_state_set(x->sa, IKE_R_MM2, COMPLETE);
	timer_start(&x->timer, ike->loop, ike->schedule.half_open, half_open_end, x);
}

static enum step message_2(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *answer = parse_find(&m->index, ISAKMP_PL_SA);
	static const uint8_t none[ISAKMP_COOKIE_LEN];
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct proposal_ike_compare why;
	struct proposal_ike_choice choice;
	struct ike_sa *sa = x->sa;
	size_t count = lookup_policies(sa->peer->ike, own);
	const char *attribute = "SA";

	(void)reply;
	if (!memcmp(m->header.rcookie, none, sizeof(none)))
		return exchange_dropped(x, DROP_BAD_VALUE, "the responder's cookie is zero");
	if (proposal_ike_check(answer, own, count, NULL, NULL, &choice, &why, &attribute)) {
		report_not_offered(x, attribute);
		return exchange_dropped(x, DROP_BAD_VALUE, "the answer is not what we offered: %s", why.text);
	}
	x->dh = crypto_dh_new(choice.values.group);
	if (!x->dh)
		return exchange_dropped(x, DROP_BAD_VALUE, "no Diffie-Hellman group %u", choice.values.group);
	memcpy(sa->rcookie, m->header.rcookie, sizeof(sa->rcookie));
	sa_state_set(sa, IKE_I_MM2, FROM_PEER);
	exchange_payload(x, "SA");
	exchange_vendors(x, m);
	auth_psk_found(sa, "policy");
	proposal_ike_check(answer, own, count, report_policy, x, &choice, &why, &attribute);
	take_choice(sa, &choice);
	report_lifetime(x, &choice);
	exchange_vendors(x, m);
	sa_state_set(sa, IKE_I_MM2, PROCESS);
	return exchange_work(x, true, false, NULL) ? STEP_FAIL : STEP_WAIT;
}

static enum step send_3(struct exchange *x, struct wire_buf *reply)
{
	exchange_begin(x, reply, false);
	put_ke(x, reply);
	put_nonce(reply, x->nonce_i, &x->nonce_i_len);
	put_vendors(x, reply, false);
	natt_put(x, reply);
	x->sa->word = SA_MM_SA_SETUP;
	return STEP_OK;
}

static void after_3(struct exchange *x)
{
	sa_state_set(x->sa, IKE_I_MM3, COMPLETE);
}

/* --- messages 3 and 4: keys --- */

/* The peer's public value and nonce. What cannot be a public value is dropped: the true message may still come. */
static bool take_ke(struct exchange *x, const struct message *m, uint8_t *nonce, size_t *nonce_len)
{
	const struct parse_payload *ke = parse_find(&m->index, ISAKMP_PL_KE);
	const struct parse_payload *n = parse_find(&m->index, ISAKMP_PL_NONCE);
	const char *why = "";

	if (crypto_dh_set_peer(x->dh, ke->body, ke->body_len, &why)) {
		exchange_dropped(x, DROP_BAD_VALUE, "KE payload: %s", why);
		return false;
	}
	memcpy(nonce, n->body, n->body_len);
	*nonce_len = n->body_len;
	return true;
}

static void keys_arrived(struct exchange *x, const struct message *m, enum ike_state state)
{
	struct ike_sa *sa = x->sa;

	sa_state_set(sa, state, FROM_PEER);
	exchange_payload(x, "KE");
	exchange_payload(x, "NONCE");
	auth_psk_found(sa, "keys");
	sa->conn_id = sa->peer->ike->next_conn_id++;
	exchange_vendors(x, m);
	natt_take(x, m);
	sa_state_set(sa, state, PROCESS);
}

static enum step message_3(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	(void)reply;
	if (!x->dh)
		x->dh = crypto_dh_new((uint16_t)x->sa->group);
	if (!x->dh)
		return exchange_dropped(x, DROP_BAD_VALUE, "no Diffie-Hellman group %u", x->sa->group);
	if (!take_ke(x, m, x->nonce_i, &x->nonce_i_len))
		return STEP_DROP;
	keys_arrived(x, m, IKE_R_MM3);
	return exchange_work(x, true, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

static enum step send_4(struct exchange *x, struct wire_buf *reply)
{
	exchange_begin(x, reply, false);
	put_ke(x, reply);
	put_nonce(reply, x->nonce_r, &x->nonce_r_len);
	put_vendors(x, reply, false);
	natt_put(x, reply);
	x->sa->word = SA_MM_KEY_EXCH;
	if (!auth_psk_keys(x))
		return STEP_OK;
	sa_delete(x->sa, "No pre-shared key", false);
	return STEP_FAIL;
}

static void after_4(struct exchange *x)
{
	sa_state_set(x->sa, IKE_R_MM4, COMPLETE);
}

static enum step message_4(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	(void)reply;
	if (!take_ke(x, m, x->nonce_r, &x->nonce_r_len))
		return STEP_DROP;
	keys_arrived(x, m, IKE_I_MM4);
	return exchange_work(x, false, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

/* --- messages 5 and 6: who we are --- */

/* ID payload (RFC 2407 4.6.2: protocol UDP, port 500) and the HASH that proves it */
static int put_identity(struct exchange *x, struct wire_buf *b)
{
	const struct addr *local = &x->sa->peer->local;
	uint8_t hash[ISAKMP_HASH_MAX];
	const uint8_t *id;
	size_t len;

	/* a NAT may change the port, and then it says nothing (IOS) */
	build_id(b, local->length == 4 ? IPSEC_ID_IPV4_ADDR : IPSEC_ID_IPV6_ADDR, IPPROTO_UDP,
		 natt_found(x->sa) ? 0 : ISAKMP_PORT, local->bytes, local->length);
	id = build_body(b, &len);
	if (!id || auth_psk_hash(x, x->initiator, id, len, hash))
		return -1;
	report_own_id(x);
	build_payload(b, ISAKMP_PL_HASH, hash, x->sa->keys->hash_len);
	return 0;
}

static bool first_contact(const struct ike_sa *sa)
{
	struct ike *ike = sa->peer->ike;
	struct child_sa *child;
	struct flow *flow;

	if (sa_established(ike, &sa->peer->local, &sa->peer->remote))
		return false;
	TAILQ_FOREACH(flow, &ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (addr_equal(&child->remote, &sa->peer->remote) &&
			    addr_equal(&child->local, &sa->peer->local))
				return false;
		}
	}
	return true;
}

static enum step send_5(struct exchange *x, struct wire_buf *reply)
{
	bool contact = first_contact(x->sa);
	uint8_t spi[2 * ISAKMP_COOKIE_LEN];
	struct event ev;

	if (auth_psk_keys(x)) {
		sa_delete(x->sa, "No pre-shared key", false);
		return STEP_FAIL;
	}
	if (contact) {
		exchange_event(x, &ev, EV_INITIAL_CONTACT);
		ev.initial_contact.own = true;
		exchange_emit(x, &ev);
	}
	exchange_begin(x, reply, true);
	if (put_identity(x, reply))
		return STEP_FAIL;
	if (contact) {
		memcpy(spi, x->sa->icookie, ISAKMP_COOKIE_LEN);
		memcpy(spi + ISAKMP_COOKIE_LEN, x->sa->rcookie, ISAKMP_COOKIE_LEN);
		build_notify(reply, IPSEC_PROTO_ISAKMP, ISAKMP_N_INITIAL_CONTACT, spi, sizeof(spi), NULL, 0);
	}
	natt_float(x->sa);
	x->sa->word = SA_MM_KEY_EXCH;
	return STEP_OK;
}

static void after_5(struct exchange *x)
{
	sa_state_set(x->sa, IKE_I_MM5, COMPLETE);
}

static bool authentic(struct exchange *x, const struct message *m)
{
	const struct parse_payload *id = parse_find(&m->index, ISAKMP_PL_ID);
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);

	if (auth_psk_verify(x, id, hash))
		return true;
	report_auth_failed(x);
	exchange_dropped(x, DROP_BAD_HASH, "HASH does not verify: the pre-shared keys differ, or it was forged");
	return false;
}

static const struct parse_payload *find_notify(const struct message *m, uint16_t type)
{
	const struct parse_payload *p;
	struct parse_notify n;

	for (p = parse_find(&m->index, ISAKMP_PL_NOTIFY); p; p = parse_find_next(&m->index, p)) {
		parse_notify(p, &n);
		if (n.type == type)
			return p;
	}
	return NULL;
}

static void report_inserted(struct exchange *x)
{
	struct event ev;

	exchange_event(x, &ev, EV_PEER_INSERTED);
	exchange_emit(x, &ev);
}

static enum step message_5(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	struct ike_sa *sa = x->sa;
	struct event ev;

	if (!authentic(x, m))
		return STEP_DROP;
	sa_state_set(sa, IKE_R_MM5, FROM_PEER);
	exchange_payload(x, "ID");
	report_peer_id(x, parse_find(&m->index, ISAKMP_PL_ID));
	exchange_payload(x, "HASH");
	info_notifies(x, m);
	report_authenticated(x);
	if (find_notify(m, ISAKMP_N_INITIAL_CONTACT)) {
		unsigned int deleted = sa_initial_contact(sa, x->created);

		exchange_event(x, &ev, EV_INITIAL_CONTACT);
		ev.initial_contact.deleted = deleted;
		exchange_emit(x, &ev);
	}
	report_inserted(x);
	sa_state_set(sa, IKE_R_MM5, PROCESS);
	exchange_event(x, &ev, EV_KEY_ENGINE);
	exchange_emit(x, &ev);
	/* our answer continues the chain behind the message just accepted */
	x->iv = m->iv;
	exchange_begin(x, reply, true);
	return put_identity(x, reply) ? STEP_FAIL : STEP_OK;
}

static void finish(struct exchange *x)
{
	x->sa->keys->iv = x->iv;
	exchange_finish(x, false, "");
	sa_complete(x->sa);
}

static void after_6(struct exchange *x)
{
	sa_state_set(x->sa, IKE_P1_COMPLETE, COMPLETE);
	finish(x);
}

static enum step message_6(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	(void)reply;
	if (!authentic(x, m))
		return STEP_DROP;
	exchange_payload(x, "ID");
	report_peer_id(x, parse_find(&m->index, ISAKMP_PL_ID));
	exchange_payload(x, "HASH");
	info_notifies(x, m);
	report_authenticated(x);
	report_inserted(x);
	sa_state_set(x->sa, IKE_I_MM6, FROM_PEER);
	sa_state_set(x->sa, IKE_I_MM6, PROCESS);
	sa_state_set(x->sa, IKE_P1_COMPLETE, COMPLETE);
	return STEP_OK;
}

#define SA_	EXCHANGE_PL(ISAKMP_PL_SA)
#define KE_	EXCHANGE_PL(ISAKMP_PL_KE)
#define NONCE_	EXCHANGE_PL(ISAKMP_PL_NONCE)
#define ID_	EXCHANGE_PL(ISAKMP_PL_ID)
#define HASH_	EXCHANGE_PL(ISAKMP_PL_HASH)
#define NOTIFY_	EXCHANGE_PL(ISAKMP_PL_NOTIFY)
#define CR_	EXCHANGE_PL(ISAKMP_PL_CR)
#define NAT_D_	EXCHANGE_PL(ISAKMP_PL_NAT_D)

/*
 * A certificate request says what the peer could also do, and NAT-D what it
 * guesses of the path: neither changes a main mode with pre-shared keys. Only
 * a responder that has seen its cookie again repeats (message 4): before, it
 * would send several datagrams for one that may be forged.
 */
const struct exchange_row main_mode_rows[] = {
	{ ISAKMP_XCHG_MAIN, false, 1, SA_, 0, 0, false, message_1, NULL, after_2, false, 3 },
	{ ISAKMP_XCHG_MAIN, true, 2, SA_, 0, 0, false, message_2, send_3, after_3, true, 4 },
	{ ISAKMP_XCHG_MAIN, false, 3, KE_ | NONCE_, CR_ | NAT_D_, CR_ | NAT_D_, false, message_3, send_4, after_4, true, 5 },
	{ ISAKMP_XCHG_MAIN, true, 4, KE_ | NONCE_, CR_ | NAT_D_, CR_ | NAT_D_, false, message_4, send_5, after_5, true, 6 },
	{ ISAKMP_XCHG_MAIN, false, 5, ID_ | HASH_, NOTIFY_, NOTIFY_, true, message_5, NULL, after_6, false, 0 },
	{ ISAKMP_XCHG_MAIN, true, 6, ID_ | HASH_, NOTIFY_, NOTIFY_, true, message_6, NULL, finish, false, 0 },
};
const unsigned int main_mode_row_count = sizeof(main_mode_rows) / sizeof(main_mode_rows[0]);
