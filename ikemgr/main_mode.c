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
#include <string.h>

#include "auth_psk.h"
#include "ike.h"
#include "lookup.h"
#include "phase1.h"
#include "report.h"

#define FROM_PEER	"IKE_MESG_FROM_PEER, IKE_MM_EXCH"
#define PROCESS		"IKE_MESG_INTERNAL, IKE_PROCESS_MAIN_MODE"
#define COMPLETE	"IKE_MESG_INTERNAL, IKE_PROCESS_COMPLETE"

/* --- starting --- */

static int send_first(struct exchange *x, const struct proposal_policy *own, size_t count)
{
	struct wire_buf b;

	exchange_begin(x, &b, false);
	if (phase1_put_offer(x, &b, own, count)) {
		build_free(&b);
		return -1;
	}
	phase1_put_vendors(x, &b, true);
	sa_state_set(x->sa, IKE_I_MM1, "IKE_MESG_FROM_IPSEC, IKE_SA_REQ_MM");
	report_begin(x, "main");
	x->awaits = 2;
	return exchange_send(x, &b, true);
}

int main_mode_start(struct ike_sa *sa, const struct proposal_policy *own, size_t count)
{
	struct exchange *x = phase1_new(sa, ISAKMP_XCHG_MAIN, true);

	return x ? send_first(x, own, count) : -1;
}

struct exchange *main_mode_respond(struct ike *ike, const struct addr *local, const struct addr *remote,
				   const struct message *m, char *why)
{
	struct ike_sa *sa = phase1_admit(ike, local, remote, m, why);
	struct exchange *x = sa ? phase1_new(sa, ISAKMP_XCHG_MAIN, false) : NULL;

	if (sa && !x)
		sa_discard(sa);
	return x;
}

/* --- messages 1 and 2: the policy --- */

static enum step message_1(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA);
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct proposal_ike_compare why;
	struct proposal_ike_choice choice;
	size_t count = lookup_policies(x->sa->peer->ike, own);
	bool have_key;

	if (phase1_keep_sai(x, offer->body, offer->body_len))
		return STEP_DROP;
	sa_state_set(x->sa, IKE_R_MM1, FROM_PEER);
	exchange_payload(x, "SA");
	exchange_vendors(x, m);
	have_key = auth_psk_found(x->sa, "policy");
	if (proposal_ike_choose(offer, own, count, have_key, report_policy, x, &choice, &why)) {
		phase1_refuse_policy(x, m, have_key, why.text);
		return STEP_FAIL;
	}
	phase1_take_choice(x->sa, &choice);
	report_lifetime(x, &choice);
	exchange_vendors(x, m);
	sa_state_set(x->sa, IKE_R_MM1, PROCESS);
	exchange_begin(x, reply, false);
	proposal_ike_reply(reply, &choice);
	phase1_put_vendors(x, reply, true);
	x->sa->word = SA_MM_SA_SETUP;
	return STEP_OK;
}

static void after_2(struct exchange *x)
{
	sa_state_set(x->sa, IKE_R_MM2, COMPLETE);
	phase1_half_open(x);
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
	phase1_take_choice(sa, &choice);
	report_lifetime(x, &choice);
	exchange_vendors(x, m);
	sa_state_set(sa, IKE_I_MM2, PROCESS);
	return exchange_work(x, true, false, NULL) ? STEP_FAIL : STEP_WAIT;
}

static enum step send_3(struct exchange *x, struct wire_buf *reply)
{
	exchange_begin(x, reply, false);
	phase1_put_ke(x, reply, &x->nonce_i);
	phase1_put_vendors(x, reply, false);
	natt_put(x, reply);
	x->sa->word = SA_MM_SA_SETUP;
	return STEP_OK;
}

static void after_3(struct exchange *x)
{
	sa_state_set(x->sa, IKE_I_MM3, COMPLETE);
}

/* --- messages 3 and 4: keys --- */

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
	if (!admission_compute(x))
		return STEP_DROP;
	if (!x->dh)
		x->dh = crypto_dh_new((uint16_t)x->sa->group);
	if (!x->dh)
		return exchange_dropped(x, DROP_BAD_VALUE, "no Diffie-Hellman group %u", x->sa->group);
	if (!phase1_take_ke(x, m, &x->nonce_i))
		return STEP_DROP;
	keys_arrived(x, m, IKE_R_MM3);
	return exchange_work(x, true, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

static enum step send_4(struct exchange *x, struct wire_buf *reply)
{
	exchange_begin(x, reply, false);
	phase1_put_ke(x, reply, &x->nonce_r);
	phase1_put_vendors(x, reply, false);
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
	if (!phase1_take_ke(x, m, &x->nonce_r))
		return STEP_DROP;
	keys_arrived(x, m, IKE_I_MM4);
	return exchange_work(x, false, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

/* --- messages 5 and 6: who we are --- */

static enum step send_5(struct exchange *x, struct wire_buf *reply)
{
	bool contact;

	if (auth_psk_keys(x)) {
		sa_delete(x->sa, "No pre-shared key", false);
		return STEP_FAIL;
	}
	contact = phase1_first_contact(x);
	exchange_begin(x, reply, true);
	if (phase1_put_identity(x, reply))
		return STEP_FAIL;
	if (contact)
		phase1_put_initial_contact(x, reply);
	natt_float(x->sa);
	x->sa->word = SA_MM_KEY_EXCH;
	return STEP_OK;
}

static void after_5(struct exchange *x)
{
	sa_state_set(x->sa, IKE_I_MM5, COMPLETE);
}

static enum step message_5(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	struct ike_sa *sa = x->sa;
	struct event ev;

	if (!phase1_authentic(x, m))
		return STEP_DROP;
	sa_state_set(sa, IKE_R_MM5, FROM_PEER);
	if (!phase1_identity(x, parse_find(&m->index, ISAKMP_PL_ID)))
		return STEP_FAIL;
	exchange_payload(x, "HASH");
	info_notifies(x, m);
	report_authenticated(x);
	natt_authenticated(x, m);
	phase1_initial_contact(x, m);
	phase1_inserted(x);
	sa_state_set(sa, IKE_R_MM5, PROCESS);
	exchange_event(x, &ev, EV_KEY_ENGINE);
	exchange_emit(x, &ev);
	/* our answer continues the chain behind the message just accepted */
	x->iv = m->iv;
	exchange_begin(x, reply, true);
	return phase1_put_identity(x, reply) ? STEP_FAIL : STEP_OK;
}

static void after_6(struct exchange *x)
{
	sa_state_set(x->sa, IKE_P1_COMPLETE, COMPLETE);
	phase1_finish(x);
}

static enum step message_6(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	(void)reply;
	if (!phase1_authentic(x, m))
		return STEP_DROP;
	if (!phase1_identity(x, parse_find(&m->index, ISAKMP_PL_ID)))
		return STEP_FAIL;
	exchange_payload(x, "HASH");
	info_notifies(x, m);
	report_authenticated(x);
	natt_authenticated(x, m);
	phase1_inserted(x);
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
#define NAT_D_	(EXCHANGE_PL(ISAKMP_PL_NAT_D) | EXCHANGE_PL(ISAKMP_PL_NAT_D_07))

/*
 * A certificate request says what the peer could also do, and NAT-D what it
 * guesses of the path: neither changes a main mode with pre-shared keys. Only
 * a responder that has seen its cookie again repeats (message 4): before, it
 * would send several datagrams for one that may be forged.
 */
const struct exchange_row main_mode_rows[] = {
	{ ISAKMP_XCHG_MAIN, false, 1, SA_, 0, 0, EXCHANGE_CLEAR, message_1, NULL, after_2, false, 3 },
	{ ISAKMP_XCHG_MAIN, true, 2, SA_, 0, 0, EXCHANGE_CLEAR, message_2, send_3, after_3, true, 4 },
	{ ISAKMP_XCHG_MAIN, false, 3, KE_ | NONCE_, CR_ | NAT_D_, CR_ | NAT_D_, EXCHANGE_CLEAR, message_3, send_4, after_4, true, 5 },
	{ ISAKMP_XCHG_MAIN, true, 4, KE_ | NONCE_, CR_ | NAT_D_, CR_ | NAT_D_, EXCHANGE_CLEAR, message_4, send_5, after_5, true, 6 },
	{ ISAKMP_XCHG_MAIN, false, 5, ID_ | HASH_, NOTIFY_, NOTIFY_, EXCHANGE_ENCRYPTED, message_5, NULL, after_6, false, 0 },
	{ ISAKMP_XCHG_MAIN, true, 6, ID_ | HASH_, NOTIFY_, NOTIFY_, EXCHANGE_ENCRYPTED, message_6, NULL, phase1_finish, false, 0 },
};
const unsigned int main_mode_row_count = sizeof(main_mode_rows) / sizeof(main_mode_rows[0]);
