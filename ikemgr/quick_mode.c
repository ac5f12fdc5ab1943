/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quick mode (RFC 2409 5.5), both roles, with and without PFS: the table at
 * the end, and one step function per message.
 *
 *	initiator                                       responder
 *	1  HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr -->
 *	                                            <-- 2  HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr
 *	3  HDR*, HASH(3)                            -->
 *
 * The inbound SA is in the kernel before the message goes out that lets the
 * peer use it; the outbound SA stands by until the peer surely has its side.
 *
 * A responder that sets the commit bit in message 2 says when that is (RFC 2408
 * 3.1), by the notify CONNECTED: in an informational message, of this message
 * id or another, or as some do in a fourth message of quick mode:
 *
 *	                                            <-- 4  HDR*, HASH(4), N(CONNECTED)
 *
 * It may be lost, or never be sent: it is not waited for beyond COMMIT_MS. We
 * never set the bit: message 3 tells us the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamic.h"
#include "natt_oa.h"
#include "qm_id.h"
#include "qm_report.h"
#include "quick_mode.h"
#include "report.h"
#include "route.h"

#define FROM_PEER	"IKE_MESG_FROM_PEER, IKE_QM_EXCH"

void quick_mode_free(struct quick_mode *q)
{
	if (!q)
		return;
	qm_pair_release_entry(q);
	free(q->idci);
	free(q->idcr);
	free(q->answer);
	if (!q->handed_over)
		free(q->child);
	free(q);
}

static uint8_t wire_protocol(const struct quick_mode *q)
{
	return q->proto == IPPROTO_AH ? IPSEC_PROTO_AH : IPSEC_PROTO_ESP;
}

static struct quick_mode *quick_mode_new(struct exchange *x, const struct lookup_entry *entry,
					 const struct proxy *local, const struct proxy *remote)
{
	struct quick_mode *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	strncpy(q->map, entry->map, CMAP_NAME_MAX);
	q->seq = entry->seq;
	q->options = lookup_options(ike_of(x), entry, &x->sa->peer->local);
	q->proto = IPPROTO_ESP;
	q->local = *local;
	q->remote = *remote;
	x->qmode = q;
	return q;
}

/* --- hashes --- */

static bool hash_verifies(struct exchange *x, const struct message *m, unsigned int number)
{
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);
	const struct ike_keys *keys = x->sa->keys;
	uint8_t expected[ISAKMP_HASH_MAX];
	const uint8_t *rest;
	size_t len;
	int err;

	rest = parse_after(&m->index, hash, &len);
	if (number == 1)
		err = crypto_hash1(keys, x->msgid, rest, len, expected);
	else if (number == 2)
		err = crypto_hash2(keys, x->msgid, x->nonce_i, rest, len, expected);
	else
		err = crypto_hash3(keys, x->msgid, x->nonce_i, x->nonce_r, expected);
	if (!err && hash->body_len == keys->hash_len && crypto_equal(expected, hash->body, hash->body_len))
		return true;
	exchange_dropped(x, DROP_BAD_HASH, "HASH(%u) does not verify", number);
	return false;
}

/* Begin a message with room for its HASH. */
static size_t begin(struct exchange *x, struct wire_buf *b)
{
	exchange_begin(x, b, true);
	return build_hash(b, x->sa->keys->hash_len);
}

static int seal(struct exchange *x, struct wire_buf *b, size_t hash, unsigned int number)
{
	uint8_t digest[ISAKMP_HASH_MAX];
	size_t len;
	const uint8_t *rest = build_after(b, hash, &len);

	if (!rest || (number == 1 ? crypto_hash1(x->sa->keys, x->msgid, rest, len, digest) :
				    crypto_hash2(x->sa->keys, x->msgid, x->nonce_i, rest, len, digest)))
		return -1;
	build_patch(b, hash, digest, x->sa->keys->hash_len);
	return 0;
}

static void put_ke(struct exchange *x, struct wire_buf *b)
{
	size_t len;
	const uint8_t *value = crypto_dh_public(x->dh, &len);

	build_payload(b, ISAKMP_PL_KE, value, len);
}

/* The peer's public value, where PFS was agreed: it must be there then, and only then. */
static bool take_ke(struct exchange *x, const struct message *m)
{
	const struct parse_payload *ke = parse_find(&m->index, ISAKMP_PL_KE);
	const char *why = "";

	if (!x->qmode->pfs)
		return true;
	if (!ke) {
		exchange_dropped(x, DROP_MISSING_PAYLOAD, "PFS was agreed, but KE is missing");
		return false;
	}
	exchange_payload(x, "KE");
	if (!x->dh)
		x->dh = crypto_dh_new(x->qmode->values.group);
	if (!x->dh || crypto_dh_set_peer(x->dh, ke->body, ke->body_len, &why)) {
		exchange_dropped(x, DROP_BAD_VALUE, "KE payload: %s", why);
		return false;
	}
	return true;
}

static void refuse_protocol(struct exchange *x, uint8_t protocol, uint16_t type, uint32_t spi)
{
	uint32_t wire = htonl(spi);

	info_notify(x->sa, protocol, type, (const uint8_t *)&wire, sizeof(wire), NULL, 0);
}

static void refuse(struct exchange *x, uint16_t type, uint32_t spi)
{
	refuse_protocol(x, x->qmode ? wire_protocol(x->qmode) : IPSEC_PROTO_ESP, type, spi);
}

/* --- starting --- */

/* The entry, with the modes that its sets have for these proxies; false: it is gone, or has no set left. */
static bool entry_of(const struct exchange *x, const struct quick_mode *q, struct lookup_entry *entry)
{
	if (!lookup_entry(ike_of(x), q->map, q->seq, entry))
		return false;
	lookup_mode(entry, &x->sa->peer->local, &x->sa->peer->remote, natt_form(x->sa), &q->local, &q->remote);
	return entry->proposal.sets;
}

static bool offers_transport(const struct lookup_entry *entry)
{
	size_t i;

	for (i = 0; i < entry->proposal.sets; i++) {
		if (entry->sets[i].values.encaps == IPSEC_ENCAPS_TRANSPORT)
			return true;
	}
	return false;
}

static int send_1(struct exchange *x, struct flow *flow, const struct lookup_entry *entry)
{
	struct proposal_entry own = entry->proposal;
	struct quick_mode *q = x->qmode;
	uint32_t spi = htonl(q->spi_in), ah_spi = htonl(q->ah_in);
	struct wire_buf b;
	size_t hash = begin(x, &b);

	own.life_seconds = proposal_life_smaller(own.life_seconds, flow->peer_seconds);
	own.life_kilobytes = proposal_life_smaller(own.life_kilobytes, flow->peer_kilobytes);
	proposal_esp_offer(&b, &own, (const uint8_t *)&spi, (const uint8_t *)&ah_spi);
	exchange_put_nonce(&b, &x->nonce_i);
	if (q->pfs)
		put_ke(x, &b);
	qm_id_put(&b, &flow->local_proxy);
	qm_id_put(&b, &flow->remote_proxy);
	natt_oa_put(x, &b, offers_transport(entry) ? IPSEC_ENCAPS_TRANSPORT : IPSEC_ENCAPS_TUNNEL);
	if (seal(x, &b, hash, 1)) {
		build_free(&b);
		return -1;
	}
	x->awaits = 2;
	q->asked = uv_now(ike_of(x)->loop);
	if (exchange_send(x, &b, true))
		return -1;
	qm_state_set(x, QM_I_QM1, "IKE_MESG_INTERNAL, IKE_INIT_QM");
	return 0;
}

/* Our public value is computed: the first message can go. */
static void public_ready(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct lookup_entry entry;

	if (!q->flow || !entry_of(x, q, &entry) || send_1(x, q->flow, &entry))
		quick_mode_failed(x);
}

static int start(struct exchange *x, struct flow *flow, const struct lookup_entry *entry)
{
	struct quick_mode *q = quick_mode_new(x, entry, &flow->local_proxy, &flow->remote_proxy);

	if (!q || crypto_phase2_iv(x->sa->keys, x->msgid, &x->iv))
		return -1;
	report_begin(x, "quick");
	if (qm_pair_reserve_offered(x, &entry->proposal))
		return -1;
	q->pfs = entry->proposal.group;
	if (q->pfs) {
		x->dh = crypto_dh_new(entry->proposal.group);
		return x->dh ? exchange_work(x, true, false, public_ready) : -1;
	}
	return send_1(x, flow, entry);
}

int quick_mode_start(struct ike_sa *sa, struct flow *flow)
{
	struct lookup_entry entry;
	struct exchange *x;
	struct event ev;

	if (!lookup_entry(sa->peer->ike, flow->map, flow->seq, &entry))
		entry.proposal.sets = 0;
	else
		lookup_mode(&entry, &sa->peer->local, &sa->peer->remote, natt_form(sa), &flow->local_proxy,
			    &flow->remote_proxy);
	if (!entry.proposal.sets) {
		sa_event(sa, &ev, EV_REQUEST_FAILED);
		ev.request_failed.why = "no-transform";
		event_emit(sa->peer->ike->hub, &ev);
		return -1;
	}
	x = exchange_new(sa, ISAKMP_XCHG_QUICK, sa_message_id(sa), true);
	if (!x)
		return -1;
	flow->quick = x;
	if (start(x, flow, &entry)) {
		quick_mode_failed(x);
		flow->quick = NULL;
		exchange_free(x);
		return -1;
	}
	x->qmode->flow = flow;
	return 0;
}

/* --- message 1: the responder chooses --- */

static int keep_ids(struct quick_mode *q, const struct message *m)
{
	const struct parse_payload *ci = parse_find(&m->index, ISAKMP_PL_ID);
	const struct parse_payload *cr = ci ? parse_find_next(&m->index, ci) : NULL;

	if (!ci)
		return 0;
	q->idci = malloc(ci->body_len);
	q->idcr = malloc(cr->body_len);
	if (!q->idci || !q->idcr)
		return -1;
	memcpy(q->idci, ci->body, ci->body_len);
	memcpy(q->idcr, cr->body, cr->body_len);
	q->idci_len = ci->body_len;
	q->idcr_len = cr->body_len;
	return 0;
}

static enum step refuse_offer(struct exchange *x, const struct message *m, const struct proxy *local,
			      const struct proxy *remote, enum lookup_verdict verdict, const struct lookup_entry *entry,
			      const char *why)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA);
	struct parse_proposal p;

	qm_report_refusal(x, offer, local, remote, verdict, &entry->proposal, why);
	memset(&p, 0, sizeof(p));
	parse_proposal_next(offer, &p);
	refuse_protocol(x, p.protocol, ISAKMP_N_NO_PROPOSAL_CHOSEN, p.spi_size == 4 ? parse_be32(p.spi) : 0);
	exchange_finish(x, true, "QM rejected");
	qm_state_set(x, QM_READY, FROM_PEER);
	return STEP_FAIL;
}

/* The peer has as much as a peer may have. */
static enum step refuse_more(struct exchange *x, const struct proposal_esp_choice *choice, const char *why)
{
	exchange_dropped(x, DROP_LIMIT, "%s", why);
	refuse_protocol(x, choice->offer.protocol, ISAKMP_N_NO_PROPOSAL_CHOSEN, parse_be32(choice->spi));
	exchange_finish(x, true, "QM rejected");
	return STEP_FAIL;
}

/* The SA payload of the answer is written now: the choice points into the received message. */
static int keep_answer(struct exchange *x, const struct proposal_esp_choice *choice)
{
	struct quick_mode *q = x->qmode;
	uint32_t spi = htonl(q->spi_in), ah_spi = htonl(q->ah_in);
	const uint8_t *body;
	struct wire_buf b;
	int err = -1;

	exchange_begin(x, &b, true);
	proposal_esp_reply(&b, choice, (const uint8_t *)&spi, (const uint8_t *)&ah_spi);
	body = build_body(&b, &q->answer_len);
	if (body)
		q->answer = malloc(q->answer_len);
	if (q->answer) {
		memcpy(q->answer, body, q->answer_len);
		err = 0;
	}
	build_free(&b);
	return err;
}

/* Our lifetime, if it is shorter than the offered one, which may be none; else 0 */
static uint32_t shorter(uint32_t ours, uint32_t offered)
{
	return !offered || ours < offered ? ours : 0;
}

/* RESPONDER_LIFETIME, where we take less than was offered (RFC 2407 4.6.3.1) */
static void put_lifetime(const struct exchange *x, struct wire_buf *b)
{
	const struct quick_mode *q = x->qmode;
	uint32_t seconds = shorter(q->values.life_seconds, q->offered_seconds);
	uint32_t kilobytes = shorter(q->values.life_kilobytes, q->offered_kilobytes);
	uint32_t spi = htonl(q->spi_in);
	uint8_t data[24];
	size_t len;

	if (!seconds && !kilobytes)
		return;
	len = proposal_lifetimes_body(wire_protocol(q), seconds, kilobytes, data);
	build_notify(b, wire_protocol(q), ISAKMP_N_RESPONDER_LIFETIME, &spi, sizeof(spi), data, len);
}

/* A peer that takes our longer lifetime, and keeps its own, would end the next pair before we renew it. */
static void remember_offered(const struct quick_mode *q, struct flow *flow)
{
	flow->peer_seconds = q->offered_seconds;
	flow->peer_kilobytes = q->offered_kilobytes;
}

/* Message 2. The pair is installed before it goes out. */
static enum step answer(struct exchange *x, struct wire_buf *reply)
{
	struct quick_mode *q = x->qmode;
	size_t hash = begin(x, reply);

	build_payload(reply, ISAKMP_PL_SA, q->answer, q->answer_len);
	exchange_put_nonce(reply, &x->nonce_r);
	if (q->pfs)
		put_ke(x, reply);
	if (q->idci) {
		build_payload(reply, ISAKMP_PL_ID, q->idci, q->idci_len);
		build_payload(reply, ISAKMP_PL_ID, q->idcr, q->idcr_len);
	}
	natt_oa_put(x, reply, natt_plain(q->values.encaps));
	put_lifetime(x, reply);
	if (!seal(x, reply, hash, 2) && !qm_pair_install(x)) {
		/* the peer's packets may come before its last message: what answers them must find its way */
		route_now(x->sa->peer->ike);
		return STEP_OK;
	}
	refuse(x, ISAKMP_N_NO_PROPOSAL_CHOSEN, q->spi_out);
	return STEP_FAIL;
}

static void take_choice(struct quick_mode *q, const struct proposal_esp_choice *choice)
{
	q->values = choice->values;
	q->proto = choice->offer.protocol == IPSEC_PROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
	q->spi_out = parse_be32(choice->spi);
	q->ah_out = choice->bundled ? parse_be32(choice->ah.spi) : 0;
}

static int prepare(struct exchange *x, const struct message *m, const struct proposal_esp_choice *choice)
{
	struct quick_mode *q = x->qmode;

	take_choice(q, choice);
	q->pfs = choice->values.group;
	q->offered_seconds = choice->offered_seconds;
	q->offered_kilobytes = choice->offered_kilobytes;
	exchange_payload(x, "NONCE");
	if (!exchange_take_nonce(m, &x->nonce_i))
		return -1;
	if (!take_ke(x, m)) {
		refuse(x, ISAKMP_N_INVALID_KEY_INFORMATION, q->spi_out);
		return -1;
	}
	if (q->idci) {
		exchange_payload(x, "ID");
		exchange_payload(x, "ID");
	}
	if (qm_pair_reserve(x, q->proto, &q->spi_in) || (choice->bundled && qm_pair_reserve(x, IPPROTO_AH, &q->ah_in)))
		return -1;
	qm_report_spi(x, q->spi_in);
	return keep_answer(x, choice);
}

/* The entry for these identities. In transport mode with a NAT they are first taken as the addresses that we see. */
static enum lookup_verdict look_up(const struct exchange *x, const struct message *m, struct proxy *local,
				   struct proxy *remote, struct lookup_entry *entry, struct proposal_esp_choice *choice)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA);
	struct proxy own = *local, peer = *remote;

	if (natt_oa_take(x, m, &own, &peer) && lookup_responder(x->sa, &own, &peer, offer, entry, choice) == LOOKUP_OK &&
	    natt_plain(choice->values.encaps) == IPSEC_ENCAPS_TRANSPORT) {
		*local = own;
		*remote = peer;
		return LOOKUP_OK;
	}
	return lookup_responder(x->sa, local, remote, offer, entry, choice);
}

static enum step message_1(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *offer = parse_find(&m->index, ISAKMP_PL_SA);
	enum lookup_verdict verdict = LOOKUP_PROXY;
	struct proposal_esp_choice choice;
	struct proxy local = { 0 }, remote = { 0 };
	struct dynamic *dynamic = NULL;
	struct lookup_entry entry;
	char bound[ADMISSION_WHY];
	const char *why = NULL;
	struct event ev;

	if (!hash_verifies(x, m, 1))
		return STEP_DROP;
	if (!admission_quick(x->sa, parse_find(&m->index, ISAKMP_PL_KE), bound))
		return exchange_dropped(x, DROP_LIMIT, "%s", bound);
	sa_message_id_take(x->sa, x->msgid);
	exchange_event(x, &ev, EV_NODE_NEW);
	exchange_emit(x, &ev);
	exchange_payload(x, "HASH");
	exchange_payload(x, "SA");
	if (qm_id_get(x, m, &remote, &local, &why))
		verdict = look_up(x, m, &local, &remote, &entry, &choice);
	if (verdict != LOOKUP_OK)
		return refuse_offer(x, m, &local, &remote, verdict, &entry, why);
	if (!admission_child(x->sa, bound))
		return refuse_more(x, &choice, bound);
	if (entry.template) {
		dynamic = dynamic_get(x->sa, &entry, &local, &remote);
		if (!dynamic)
			return refuse_offer(x, m, &local, &remote, LOOKUP_NO_MAP, &entry, why);
	}
	qm_report_choice(x, offer, &entry, &local, &remote);
	if (!quick_mode_new(x, &entry, &local, &remote)) {
		dynamic_put(dynamic);
		return STEP_FAIL;
	}
	x->qmode->dynamic = dynamic;
	if (keep_ids(x->qmode, m) || prepare(x, m, &choice))
		return STEP_FAIL;
	qm_state_set(x, QM_SPI_STARVE, FROM_PEER);
	if (!x->qmode->pfs)
		return answer(x, reply);
	return exchange_work(x, true, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

static void after_2(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct flow shown = { .ike = ike_of(x), .seq = q->seq, .local_proxy = q->local, .remote_proxy = q->remote };
	struct flow *flow = flow_find(ike_of(x), q->map, q->seq, &q->local, &q->remote);

	if (flow)
		remember_offered(q, flow);
	qm_state_set(x, QM_R_QM2, "IKE_MESG_INTERNAL, IKE_GOT_SPI");
	qm_report_installed(x, q->map, q->seq, &q->local, &q->remote);
	/* the flow itself is found, or made, when message 3 proves the peer */
	memcpy(shown.map, q->map, sizeof(shown.map));
	q->child->flow = &shown;
	child_report(q->child);
	q->child->flow = NULL;
}

static enum step message_3(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	struct quick_mode *q = x->qmode;
	struct ike *ike = ike_of(x);

	(void)reply;
	if (!hash_verifies(x, m, 3))
		return STEP_DROP;
	if (ike->world.kernel->sa_enable(ike->world.kernel_ctx, q->proto, q->spi_out, &x->sa->peer->remote)) {
		event_daemon(ike->hub, "error", "outbound SA cannot be enabled: %s",
			     ike->world.kernel->error(ike->world.kernel_ctx));
		return STEP_FAIL;
	}
	return STEP_OK;
}

static void after_3(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct flow *flow = flow_get(ike_of(x), q->map, q->seq, &q->local, &q->remote);
	struct child_sa *child = q->child;

	if (!flow) {
		quick_mode_failed(x);
		return;
	}
	exchange_finish(x, false, "QM done (await)");
	qm_state_set(x, QM_COMPLETE, FROM_PEER);
	qm_report_enabled(x, q->spi_out);
	child->state = CHILD_ACTIVE;
	q->handed_over = true;
	q->child = NULL;
	if (q->dynamic)
		dynamic_supersede(q->dynamic);
	qm_pair_release_entry(q);
	child_add(flow, child, 0, false);
	remember_offered(q, flow);
}

/* --- message 2: the initiator checks --- */

/* The lifetime that the responder says it will use instead (RFC 2407 4.6.3.1) */
static void take_lifetime(struct quick_mode *q, const struct message *m)
{
	const struct parse_payload *p;
	struct flow *flow = q->flow;
	uint32_t seconds, kilobytes;
	struct parse_notify n;

	for (p = parse_find(&m->index, ISAKMP_PL_NOTIFY); p; p = parse_find_next(&m->index, p)) {
		parse_notify(p, &n);
		if (n.type != ISAKMP_N_RESPONDER_LIFETIME || n.protocol == IPSEC_PROTO_ISAKMP ||
		    proposal_lifetimes(n.protocol, n.data, n.len, &seconds, &kilobytes))
			continue;
		flow->peer_seconds = seconds ? seconds : flow->peer_seconds;
		flow->peer_kilobytes = kilobytes ? kilobytes : flow->peer_kilobytes;
	}
	/* what it has offered meanwhile, when both ends began at once, holds too */
	q->values.life_seconds = proposal_life_smaller(q->values.life_seconds, flow->peer_seconds);
	q->values.life_kilobytes = proposal_life_smaller(q->values.life_kilobytes, flow->peer_kilobytes);
}

/* An authenticated answer that is not to be accepted: the peer is told, and the exchange ends. */
static enum step refuse_answer(struct exchange *x, uint16_t type, uint32_t spi, const char *text)
{
	exchange_dropped(x, DROP_BAD_VALUE, "the answer is not what we offered: %s", text);
	refuse(x, type, spi);
	exchange_finish(x, true, "QM rejected");
	return STEP_FAIL;
}

static enum step finish_2(struct exchange *x, struct wire_buf *reply)
{
	uint8_t digest[ISAKMP_HASH_MAX];
	size_t hash;

	if (qm_pair_install(x)) {
		refuse(x, ISAKMP_N_NO_PROPOSAL_CHOSEN, x->qmode->spi_out);
		return STEP_FAIL;
	}
	hash = begin(x, reply);
	if (crypto_hash3(x->sa->keys, x->msgid, x->nonce_i, x->nonce_r, digest))
		return STEP_FAIL;
	build_patch(reply, hash, digest, x->sa->keys->hash_len);
	return STEP_OK;
}

/* Does the answer, of mode @encaps, have the ID payloads that we sent? */
static bool same_ids(struct exchange *x, const struct message *m, uint16_t encaps, struct proxy *local, struct proxy *remote)
{
	struct proxy own_local = proxy_on_wire(&x->qmode->local), own_remote = proxy_on_wire(&x->qmode->remote);
	const char *why;

	return qm_id_get(x, m, local, remote, &why) && natt_oa_same(x, encaps, &own_local, local) &&
	       natt_oa_same(x, encaps, &own_remote, remote);
}

static enum step message_2(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *answered = parse_find(&m->index, ISAKMP_PL_SA);
	struct quick_mode *q = x->qmode;
	struct proposal_esp_compare why;
	struct proposal_esp_choice choice;
	struct proxy local, remote;
	struct lookup_entry entry;

	if (!hash_verifies(x, m, 2))
		return STEP_DROP;
	q->waited = (uint32_t)(uv_now(ike_of(x)->loop) - q->asked);
	exchange_payload(x, "HASH");
	exchange_payload(x, "SA");
	if (!q->flow || !entry_of(x, q, &entry))
		return refuse_answer(x, ISAKMP_N_NO_PROPOSAL_CHOSEN, 0, "the map entry is gone");
	if (proposal_esp_check(answered, &entry.proposal, NULL, NULL, &choice, &why))
		return refuse_answer(x, ISAKMP_N_NO_PROPOSAL_CHOSEN, 0, why.text);
	if (!same_ids(x, m, natt_plain(choice.values.encaps), &local, &remote))
		return refuse_answer(x, ISAKMP_N_INVALID_ID_INFORMATION, parse_be32(choice.spi), "other proxy identities");
	qm_report_choice(x, answered, &entry, &local, &remote);
	q->commit = m->header.flags & ISAKMP_FLAG_COMMIT;
	take_choice(q, &choice);
	qm_pair_keep_chosen(x);
	take_lifetime(q, m);
	exchange_payload(x, "NONCE");
	if (!exchange_take_nonce(m, &x->nonce_r))
		return STEP_FAIL;
	if (!take_ke(x, m))
		return refuse_answer(x, ISAKMP_N_INVALID_KEY_INFORMATION, q->spi_out, "KE");
	exchange_payload(x, "ID");
	exchange_payload(x, "ID");
	info_notifies(x, m);
	if (!q->pfs)
		return finish_2(x, reply);
	return exchange_work(x, false, true, NULL) ? STEP_FAIL : STEP_WAIT;
}

static void commits(struct exchange *x)
{
	char text[ADDR_TEXT];

	x->awaits = 4;
	event_daemon(ike_of(x)->hub, "info", "peer %s set the commit bit: the outbound SA waits for its CONNECTED, at most %u ms",
		     addr_text(&x->sa->peer->remote, text), qm_pair_switch_after(x));
}

static void done(struct exchange *x)
{
	struct quick_mode *q = x->qmode;
	struct child_sa *child = q->child;
	struct flow *flow = q->flow;

	exchange_finish(x, false, "No Error");
	qm_state_set(x, QM_COMPLETE, FROM_PEER);
	qm_report_installed(x, q->map, q->seq, NULL, NULL);
	q->handed_over = true;
	q->child = NULL;
	child->flow = flow;
	child_report(child);
	child_add(flow, child, qm_pair_switch_after(x), x->sa->peer_dpd && !x->sa->peer_prompt);
	q->flow = NULL;
	flow_quick_done(flow, true);
	if (q->commit)
		commits(x);
}

/* --- message 4: CONNECTED --- */

static enum step message_4(struct exchange *x, struct message *m, struct wire_buf *reply)
{
	const struct parse_payload *hash = parse_find(&m->index, ISAKMP_PL_HASH);
	uint8_t expected[ISAKMP_HASH_MAX];
	const uint8_t *rest;
	size_t len;

	(void)reply;
	rest = parse_after(&m->index, hash, &len);
	if (crypto_hash1(x->sa->keys, x->msgid, rest, len, expected) || hash->body_len != x->sa->keys->hash_len ||
	    !crypto_equal(expected, hash->body, hash->body_len))
		return exchange_dropped(x, DROP_BAD_HASH, "HASH(4) does not verify");
	exchange_payload(x, "HASH");
	info_notifies(x, m);
	return STEP_OK;
}

#define HASH_	EXCHANGE_PL(ISAKMP_PL_HASH)
#define SA_	EXCHANGE_PL(ISAKMP_PL_SA)
#define NONCE_	EXCHANGE_PL(ISAKMP_PL_NONCE)
#define KE_	EXCHANGE_PL(ISAKMP_PL_KE)
#define ID_	EXCHANGE_PL(ISAKMP_PL_ID)
#define NOTIFY_	EXCHANGE_PL(ISAKMP_PL_NOTIFY)
#define OA_	(EXCHANGE_PL(ISAKMP_PL_NAT_OA) | EXCHANGE_PL(ISAKMP_PL_NAT_OA_07))	/* older drafts' is of a private type */

/*
 * The responder repeats message 2: only so does it learn that message 3 was
 * lost. In the other direction the repeated message 2 brings message 3 again.
 */
const struct exchange_row quick_mode_rows[] = {
	{ ISAKMP_XCHG_QUICK, false, 1, HASH_ | SA_ | NONCE_, KE_ | ID_ | NOTIFY_ | OA_, ID_ | NOTIFY_ | OA_, true, message_1, answer, after_2, true, 3 },
	{ ISAKMP_XCHG_QUICK, true, 2, HASH_ | SA_ | NONCE_, KE_ | ID_ | NOTIFY_ | OA_, ID_ | NOTIFY_ | OA_, true, message_2, finish_2, done, false, 0 },
	{ ISAKMP_XCHG_QUICK, false, 3, HASH_, NOTIFY_, NOTIFY_, true, message_3, NULL, after_3, false, 0 },
	{ ISAKMP_XCHG_QUICK, true, 4, HASH_ | NOTIFY_, 0, NOTIFY_, true, message_4, NULL, NULL, false, 0 },
};
const unsigned int quick_mode_row_count = sizeof(quick_mode_rows) / sizeof(quick_mode_rows[0]);
