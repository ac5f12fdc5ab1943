/* SPDX-License-Identifier: GPL-2.0-only */
/* What both modes of phase 1 do: see phase1.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_psk.h"
#include "config/model.h"
#include "identity.h"
#include "ike.h"
#include "lookup.h"
#include "phase1.h"
#include "report.h"

void phase1_free(struct phase1 *p1)
{
	if (!p1)
		return;
	free(p1->sai_b);
	free(p1->idi_b);
	free(p1->idr_b);
	free(p1->hash);
	free(p1->answer);
	free(p1);
}

struct exchange *phase1_new(struct ike_sa *sa, uint8_t type, bool initiator)
{
	struct exchange *x = exchange_new(sa, type, 0, initiator);

	if (!x)
		return NULL;
	x->p1 = calloc(1, sizeof(*x->p1));
	if (!x->p1) {
		exchange_free(x);
		return NULL;
	}
	return x;
}

static void cannot_start(struct ike_sa *sa, const char *why)
{
	struct event ev;

	sa_event(sa, &ev, EV_REQUEST_FAILED);
	ev.request_failed.why = why;
	event_emit(sa->peer->ike->hub, &ev);
	sa_discard(sa);
}

static bool begins_aggressive(struct ike *ike, const char *profile, const struct addr *remote)
{
	const struct config *c = ike->config;

	if (!config_aggressive(c, profile ? config_isakmp_profile_find(c, profile) : NULL, remote))
		return false;
	if (c->aggressive != CONFIG_AGGRESSIVE_DISABLED)
		return true;
	event_syslog(ike->hub, "%%CRYPTO-5-IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled");
	return false;
}

/* @before: an SA with the same peer, by whose ports it goes; NULL: none */
static struct ike_sa *start(struct ike *ike, const struct addr *local, const struct addr *remote, const char *profile,
			    const struct ike_sa *before)
{
	bool aggressive = begins_aggressive(ike, profile, remote);
	struct ike_sa *sa = sa_request(ike, local, remote, profile, aggressive);
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	size_t count = lookup_policies(ike, own);
	char full[ADMISSION_WHY];
	const char *why;

	if (!sa)
		return NULL;
	natt_begin(sa, before);
	why = !admission_outgoing(ike, local, remote, full) ? full : !auth_psk_found(sa, "start") ? "no-key" : !count ? "no-policy" : NULL;
	if (why) {
		cannot_start(sa, why);
		return NULL;
	}
	if (aggressive ? aggressive_mode_start(sa, own) : main_mode_start(sa, own, count)) {
		sa_discard(sa);
		return NULL;
	}
	return sa;
}

struct ike_sa *phase1_start(struct ike *ike, const struct addr *local, const struct addr *remote, const char *profile)
{
	return start(ike, local, remote, profile, sa_established(ike, local, remote));
}

struct ike_sa *phase1_renew(const struct ike_sa *before)
{
	return start(before->peer->ike, &before->peer->local, &before->peer->remote, before->profile[0] ? before->profile : NULL, before);
}

struct ike_sa *phase1_admit(struct ike *ike, const struct addr *local, const struct addr *remote, const struct message *m,
			    char *why)
{
	struct ike_sa *sa;

	if (!admission_incoming(ike, local, remote, m->length, why))
		return NULL;
	sa = sa_new(ike, local, remote, m->header.icookie);
	if (!sa) {
		admission_failed(ike, true);
		snprintf(why, ADMISSION_WHY, "out of memory");
		return NULL;
	}
	sa->bytes_in = m->length;
	sa->local_port = m->local_port;
	sa->remote_port = m->remote_port;
	return sa;
}

void phase1_half_open(struct exchange *x)
{
	exchange_half_open(x);
}

/* --- payloads of ours --- */

int phase1_keep_sai(struct exchange *x, const uint8_t *body, size_t len)
{
	x->p1->sai_b = malloc(len);
	if (!x->p1->sai_b)
		return -1;
	memcpy(x->p1->sai_b, body, len);
	x->p1->sai_len = len;
	return 0;
}

int phase1_put_offer(struct exchange *x, struct wire_buf *b, const struct proposal_policy *own, size_t count)
{
	const uint8_t *sai;
	size_t len;

	proposal_ike_offer(b, own, count);
	sai = build_body(b, &len);
	return sai ? phase1_keep_sai(x, sai, len) : -1;
}

/* The responder answers to who has it. */
static bool offers_fragments(const struct exchange *x)
{
	return x->sa->peer->ike->config->ike_fragmentation && (x->initiator || x->sa->peer_fragments);
}

/*
 * DPD goes with the first message of each side, where most peers look for it,
 * and with the key exchange, where routers do. They send XAUTH there as
 * initiators, and Unity as responders. Unity goes to routers alone: with it
 * strongSwan's plugin of that name has no traffic selectors left for hosts.
 */
void phase1_put_vendors(struct exchange *x, struct wire_buf *b, bool first)
{
	if (first)
		natt_vendors(x, b);
	if (!first && !x->initiator && x->sa->peer_router)
		exchange_put_vendor(x, b, VENDOR_UNITY, "Unity");
	exchange_put_vendor(x, b, VENDOR_DPD, "DPD");
	if (first)
		phase1_put_own_vendor(x, b);
	if (first && offers_fragments(x))
		exchange_put_vendor(x, b, VENDOR_FRAGMENTATION, "IKE Fragmentation");
	if (!first && x->initiator)
		exchange_put_vendor(x, b, VENDOR_XAUTH, "XAUTH");
}

void phase1_put_own_vendor(struct exchange *x, struct wire_buf *b)
{
	exchange_put_vendor(x, b, VENDOR_IKEMGR, "ikemgr");
}

void phase1_put_ke(struct exchange *x, struct wire_buf *b, struct crypto_bytes *nonce)
{
	size_t len;
	const uint8_t *value = crypto_dh_public(x->dh, &len);

	build_payload(b, ISAKMP_PL_KE, value, len);
	exchange_put_nonce(b, nonce);
}

int phase1_put_identity(struct exchange *x, struct wire_buf *b)
{
	/* a NAT may change the port, and then it says nothing (IOS); aggressive mode doesn't know yet */
	uint16_t port = x->sa->aggressive || natt_found(x->sa) ? 0 : ISAKMP_PORT;
	uint8_t hash[ISAKMP_HASH_MAX];
	const uint8_t *body;
	struct parse_id id;
	size_t len;

	if (!identity_put(x->sa, b, port, &id))
		return -1;
	report_own_id(x, &id);
	body = build_body(b, &len);
	if (auth_psk_hash(x, x->initiator, body, len, hash))
		return -1;
	build_payload(b, ISAKMP_PL_HASH, hash, x->sa->keys->hash_len);
	return 0;
}

static bool strangers(const struct ike_sa *sa)
{
	struct ike *ike = sa->peer->ike;
	struct child_sa *child;

	if (sa_established(ike, &sa->peer->local, &sa->peer->remote))
		return false;
	LIST_FOREACH(child, &ike->children_by_remote[bucket_addr(&sa->peer->remote, 0)], by_remote) {
		if (addr_equal(&child->remote, &sa->peer->remote) && addr_equal(&child->local, &sa->peer->local))
			return false;
	}
	return true;
}

bool phase1_first_contact(struct exchange *x)
{
	struct event ev;

	if (!strangers(x->sa))
		return false;
	exchange_event(x, &ev, EV_INITIAL_CONTACT);
	ev.initial_contact.own = true;
	exchange_emit(x, &ev);
	return true;
}

void phase1_put_initial_contact(struct exchange *x, struct wire_buf *b)
{
	uint8_t spi[2 * ISAKMP_COOKIE_LEN];

	memcpy(spi, x->sa->icookie, ISAKMP_COOKIE_LEN);
	memcpy(spi + ISAKMP_COOKIE_LEN, x->sa->rcookie, ISAKMP_COOKIE_LEN);
	build_notify(b, IPSEC_PROTO_ISAKMP, ISAKMP_N_INITIAL_CONTACT, spi, sizeof(spi), NULL, 0);
}

/* --- payloads of the peer --- */

void phase1_take_choice(struct ike_sa *sa, const struct proposal_ike_choice *c)
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

void phase1_refuse_policy(struct exchange *x, const struct message *m, bool is_peer, const char *text)
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

bool phase1_take_ke(struct exchange *x, const struct message *m, struct crypto_bytes *nonce)
{
	const struct parse_payload *ke = parse_find(&m->index, ISAKMP_PL_KE);
	const char *why = "";

	if (crypto_dh_set_peer(x->dh, ke->body, ke->body_len, &why)) {
		exchange_dropped(x, DROP_BAD_VALUE, "KE payload: %s", why);
		return false;
	}
	return exchange_take_nonce(m, nonce);
}

bool phase1_authentic(struct exchange *x, const struct message *m)
{
	const struct parse_payload *id = parse_find(&m->index, ISAKMP_PL_ID);
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);

	if (auth_psk_verify(x, id->body, id->body_len, hash->body, hash->body_len)) {
		natt_partner(x->sa, id);
		return true;
	}
	report_auth_failed(x);
	exchange_dropped(x, DROP_BAD_HASH, "HASH does not verify: the pre-shared keys differ, or it was forged");
	return false;
}

bool phase1_identity(struct exchange *x, const struct parse_payload *id)
{
	enum identity_verdict verdict = IDENTITY_PROFILE;
	const char *profile = NULL;

	if (identity_take(x->sa, id))
		verdict = identity_check(x->sa, &profile);
	exchange_payload(x, "ID");
	report_peer_id(x, id, profile);
	if (verdict == IDENTITY_OK)
		return true;
	report_identity_refused(x, verdict == IDENTITY_KEYRING ? profile : NULL);
	info_notify_clear(x, ISAKMP_N_INVALID_ID_INFORMATION);
	sa_refuse(x->sa, "Peer identity not accepted");
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

void phase1_initial_contact(struct exchange *x, const struct message *m)
{
	struct event ev;

	if (!find_notify(m, ISAKMP_N_INITIAL_CONTACT))
		return;
	exchange_event(x, &ev, EV_INITIAL_CONTACT);
	ev.initial_contact.deleted = sa_initial_contact(x->sa, x->created);
	exchange_emit(x, &ev);
}

void phase1_inserted(struct exchange *x)
{
	struct event ev;

	exchange_event(x, &ev, EV_PEER_INSERTED);
	exchange_emit(x, &ev);
}

void phase1_finish(struct exchange *x)
{
	x->sa->keys->iv = x->iv;
	exchange_finish(x, false, "");
	sa_complete(x->sa);
}
