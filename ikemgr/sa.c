/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peers and IKE SAs: made, found, their one state setter, their lifetime and
 * their end. flow.c has the flows, child.c their pairs of IPsec SAs.
 *
 * An IKE SA is renewed before its lifetime ends if there are IPsec SAs with
 * its peer: by its initiator first, by its responder if the initiator did not.
 * The new one takes over, the old one is deleted some seconds later. IPsec SAs
 * don't notice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dpd.h"
#include "exchange.h"
#include "fragment.h"
#include "ike.h"
#include "lookup.h"
#include "manual.h"
#include "phase1.h"
#include "recovery.h"

#define SEC 1000u

static const char *const words[] = {
	[SA_MM_NO_STATE] = "MM_NO_STATE", [SA_MM_SA_SETUP] = "MM_SA_SETUP",
	[SA_MM_KEY_EXCH] = "MM_KEY_EXCH", [SA_QM_IDLE] = "QM_IDLE",
	[SA_AG_NO_STATE] = "AG_NO_STATE", [SA_AG_INIT_EXCH] = "AG_INIT_EXCH",
};

static const struct { const char *name; uint32_t next; } states[IKE_STATE_MAX] = {
	[IKE_READY] = { "IKE_READY", 1 << IKE_I_MM1 | 1 << IKE_R_MM1 | 1 << IKE_I_AM1 | 1 << IKE_R_AM_AAA_AWAIT },
	[IKE_I_AM1] = { "IKE_I_AM1", 1 << IKE_P1_COMPLETE },
	[IKE_R_AM_AAA_AWAIT] = { "IKE_R_AM_AAA_AWAIT", 1 << IKE_R_AM2 },
	[IKE_R_AM2] = { "IKE_R_AM2", 1 << IKE_P1_COMPLETE },
	[IKE_I_MM1] = { "IKE_I_MM1", 1 << IKE_I_MM2 },
	[IKE_I_MM2] = { "IKE_I_MM2", 1 << IKE_I_MM3 },
	[IKE_I_MM3] = { "IKE_I_MM3", 1 << IKE_I_MM4 },
	[IKE_I_MM4] = { "IKE_I_MM4", 1 << IKE_I_MM5 },
	[IKE_I_MM5] = { "IKE_I_MM5", 1 << IKE_I_MM6 },
	[IKE_I_MM6] = { "IKE_I_MM6", 1 << IKE_P1_COMPLETE },
	[IKE_R_MM1] = { "IKE_R_MM1", 1 << IKE_R_MM2 },
	[IKE_R_MM2] = { "IKE_R_MM2", 1 << IKE_R_MM3 },
	[IKE_R_MM3] = { "IKE_R_MM3", 1 << IKE_R_MM4 },
	[IKE_R_MM4] = { "IKE_R_MM4", 1 << IKE_R_MM5 },
	[IKE_R_MM5] = { "IKE_R_MM5", 1 << IKE_P1_COMPLETE },
	[IKE_P1_COMPLETE] = { "IKE_P1_COMPLETE", 0 },
	[IKE_DEST_SA] = { "IKE_DEST_SA", 0 },
};

const char *sa_word_name(enum sa_word word)
{
	return words[word];
}

const char *sa_state_name(enum ike_state state)
{
	return states[state].name;
}

const char *sa_encryption_name(const struct ike_sa *sa)
{
	switch (sa->encryption) {
	case IKE_ENC_DES:
		return "des";
	case IKE_ENC_3DES:
		return "3des";
	case IKE_ENC_AES:
		return sa->key_bits == 256 ? "aes 256" : sa->key_bits == 192 ? "aes 192" : "aes";
	default:
		return "unknown";
	}
}

const char *sa_hash_name(const struct ike_sa *sa)
{
	switch (sa->hash) {
	case IKE_HASH_MD5:
		return "md5";
	case IKE_HASH_SHA:
		return "sha";
	case IKE_HASH_SHA256:
		return "sha256";
	case IKE_HASH_SHA384:
		return "sha384";
	case IKE_HASH_SHA512:
		return "sha512";
	default:
		return "unknown";
	}
}

uint32_t sa_life_left(const struct ike_sa *sa)
{
	uint64_t gone = (uv_now(sa->peer->ike->loop) - sa->established) / SEC;

	if (!sa->established || sa->deleted || gone >= sa->lifetime)
		return 0;
	return sa->lifetime - (uint32_t)gone;
}

/* --- events --- */

void sa_event(const struct ike_sa *sa, struct event *ev, enum event_type type)
{
	const struct peer *peer = sa->peer;

	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	addr_text(&peer->local, ev->local);
	addr_text(&peer->remote, ev->peer);
	ev->local_port = sa->local_port;
	ev->peer_port = sa->remote_port;
	ev->conn_id = sa->conn_id;
	ev->role = sa->initiator ? 'I' : 'R';
	ev->state = words[sa->word];
	ev->sa = sa->number;
	ev->peer_handle = peer->handle;
	if (sa->policy_line.file) {
		ev->lines[0] = sa->policy_line;
		ev->line_count = 1;
	}
}

static void emit(const struct ike_sa *sa, struct event *ev)
{
	event_emit(sa->peer->ike->hub, ev);
}

bool sa_state_set(struct ike_sa *sa, enum ike_state state, const char *input)
{
	bool legal = state == sa->state || state == IKE_DEST_SA || states[sa->state].next & 1u << state;
	struct event ev;

	sa_event(sa, &ev, EV_STATE);
	ev.state_change.input = input;
	ev.state_change.old_state = states[sa->state].name;
	ev.state_change.new_state = states[state].name;
	ev.state_change.illegal = !legal;
	emit(sa, &ev);
	if (legal)
		sa->state = state;
	return legal;
}

/* --- objects --- */

struct peer *sa_peers(struct ike *ike)
{
	return TAILQ_FIRST(&ike->peers);
}

struct peer *peer_get(struct ike *ike, const struct addr *local, const struct addr *remote, bool *created)
{
	struct peer *peer;

	*created = false;
	LIST_FOREACH(peer, &ike->peers_by_remote[bucket_addr(remote, 0)], by_remote) {
		if (addr_equal(&peer->local, local) && addr_equal(&peer->remote, remote))
			return peer;
	}
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	peer->ike = ike;
	peer->local = *local;
	peer->remote = *remote;
	peer->handle = ++ike->next_handle;
	TAILQ_INIT(&peer->sas);
	TAILQ_INSERT_TAIL(&ike->peers, peer, link);
	LIST_INSERT_HEAD(&ike->peers_by_remote[bucket_addr(remote, 0)], peer, by_remote);
	*created = true;
	return peer;
}

static unsigned int live_sas(const struct peer *peer)
{
	const struct ike_sa *sa;
	unsigned int count = 0;

	TAILQ_FOREACH(sa, &peer->sas, link)
		count += !sa->deleted;
	return count;
}

static struct ike_sa *make(struct ike *ike, const struct addr *local, const struct addr *remote, const uint8_t *icookie,
			   const char *profile, bool aggressive)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));
	struct event ev;
	bool created;

	if (sa)
		sa->peer = peer_get(ike, local, remote, &created);
	if (!sa || !sa->peer) {
		free(sa);
		return NULL;
	}
	sa->initiator = !icookie;
	sa->aggressive = aggressive;
	sa->word = sa_no_state(sa);
	snprintf(sa->profile, sizeof(sa->profile), "%s", profile ? profile : "");
	sa->local_port = sa->remote_port = ISAKMP_PORT;
	sa->number = ++ike->next_number;
	sa->created = uv_now(ike->loop);
	TAILQ_INIT(&sa->exchanges);
	TAILQ_INIT(&sa->waiting);
	if (icookie) {
		memcpy(sa->icookie, icookie, sizeof(sa->icookie));
		crypto_random_cookie(sa->rcookie);
	} else {
		crypto_random_cookie(sa->icookie);
	}
	TAILQ_INSERT_HEAD(&sa->peer->sas, sa, link);
	LIST_INSERT_HEAD(&ike->sas_by_cookie[bucket_bytes(sa->icookie, sizeof(sa->icookie), 0)], sa, by_cookie);
	sa_event(sa, &ev, EV_SA_CREATED);
	ev.sa_created.new_peer = live_sas(sa->peer) == 1;
	ev.sa_created.refcount = live_sas(sa->peer);
	ev.sa_created.profile = profile;
	ev.sa_created.aggressive = aggressive;
	emit(sa, &ev);
	return sa;
}

struct ike_sa *sa_new(struct ike *ike, const struct addr *local, const struct addr *remote, const uint8_t *icookie)
{
	return make(ike, local, remote, icookie, NULL, false);
}

struct ike_sa *sa_request(struct ike *ike, const struct addr *local, const struct addr *remote, const char *profile,
			  bool aggressive)
{
	return make(ike, local, remote, NULL, profile, aggressive);
}

void sa_discard(struct ike_sa *sa)
{
	struct peer *peer = sa->peer;
	struct ike_sa *other;

	timer_stop(&sa->life);
	timer_stop(&sa->nat_keepalive);
	fragment_free(sa);
	dpd_stop(sa);
	timer_stop(&sa->purge);
	while (!TAILQ_EMPTY(&sa->waiting))
		sa_wait_end(TAILQ_FIRST(&sa->waiting));
	while (!TAILQ_EMPTY(&sa->exchanges))
		exchange_free(TAILQ_FIRST(&sa->exchanges));
	if (sa->main)
		exchange_free(sa->main);
	crypto_keys_free(sa->keys);
	free(sa->used_ids);
	TAILQ_REMOVE(&peer->sas, sa, link);
	LIST_REMOVE(sa, by_cookie);
	TAILQ_FOREACH(other, &peer->sas, link) {
		if (other->replaces == sa)
			other->replaces = NULL;
	}
	free(sa);
	if (TAILQ_EMPTY(&peer->sas)) {
		TAILQ_REMOVE(&peer->ike->peers, peer, link);
		LIST_REMOVE(peer, by_remote);
		free(peer);
	}
}

static bool zero(const uint8_t *cookie)
{
	static const uint8_t none[ISAKMP_COOKIE_LEN];

	return !memcmp(cookie, none, sizeof(none));
}

/*
 * Cookies alone tell the SA. A message without responder cookie is a first one
 * (or its repetition) and belongs to the SA that this peer began with it; an
 * answer to our first message brings a responder cookie that we don't know yet.
 */
struct ike_sa *sa_find(struct ike *ike, const uint8_t *icookie, const uint8_t *rcookie, const struct addr *remote)
{
	struct ike_sa *sa;

	LIST_FOREACH(sa, &ike->sas_by_cookie[bucket_bytes(icookie, ISAKMP_COOKIE_LEN, 0)], by_cookie) {
		if (memcmp(sa->icookie, icookie, ISAKMP_COOKIE_LEN))
			continue;
		if (!memcmp(sa->rcookie, rcookie, ISAKMP_COOKIE_LEN) || (sa->initiator && zero(sa->rcookie)))
			return sa;
		if (zero(rcookie) && !sa->initiator && addr_equal(&sa->peer->remote, remote))
			return sa;
	}
	return NULL;
}

struct ike_sa *sa_established(struct ike *ike, const struct addr *local, const struct addr *remote)
{
	struct peer *peer;
	struct ike_sa *sa;

	LIST_FOREACH(peer, &ike->peers_by_remote[bucket_addr(remote, 0)], by_remote) {
		if (!addr_equal(&peer->remote, remote) || (local->length && !addr_equal(&peer->local, local)))
			continue;
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (sa->state == IKE_P1_COMPLETE && !sa->deleted)
				return sa;
		}
	}
	return NULL;
}

bool sa_same_partner(const struct ike_sa *a, const struct ike_sa *b)
{
	return a->peer == b->peer && !memcmp(a->partner, b->partner, PARTNER_LEN);
}

/* Of a pair that was there before us we don't know whose it is but by its port. */
static bool is_partner(const struct ike_sa *sa, const struct child_sa *child)
{
	static const uint8_t unknown[PARTNER_LEN];

	return !memcmp(child->partner, sa->partner, PARTNER_LEN) ||
	       (child->udp && child->udp_port == sa->remote_port && !memcmp(child->partner, unknown, PARTNER_LEN));
}

bool sa_owns(const struct ike_sa *sa, const struct child_sa *child)
{
	return addr_equal(&child->remote, &sa->peer->remote) && addr_equal(&child->local, &sa->peer->local) &&
	       is_partner(sa, child);
}

static bool usable(const struct ike_sa *sa)
{
	return sa->state == IKE_P1_COMPLETE && !sa->deleted;
}

struct ike_sa *sa_newest(const struct ike_sa *sa)
{
	struct ike_sa *other;

	TAILQ_FOREACH(other, &sa->peer->sas, link) {
		if (usable(other) && sa_same_partner(other, sa))
			return other;
	}
	return NULL;
}

struct ike_sa *sa_of_child(const struct child_sa *child)
{
	const struct peer *peer;
	struct ike_sa *sa;

	LIST_FOREACH(peer, &child->flow->ike->peers_by_remote[bucket_addr(&child->remote, 0)], by_remote) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (usable(sa) && sa_owns(sa, child))
				return sa;
		}
	}
	return NULL;
}

unsigned int sa_half_open(const struct ike *ike)
{
	const struct peer *peer;
	const struct ike_sa *sa;
	unsigned int count = 0;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link)
			count += !sa->initiator && !sa->deleted && sa->state < IKE_P1_COMPLETE;
	}
	return count;
}

/* --- message ids: none is used twice under one SA (RFC 2409 5.5) --- */

static size_t id_place(const struct ike_sa *sa, uint32_t msgid)
{
	size_t low = 0, high = sa->used_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sa->used_ids[mid] < msgid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool sa_message_id_used(const struct ike_sa *sa, uint32_t msgid)
{
	size_t at = id_place(sa, msgid);

	return at < sa->used_count && sa->used_ids[at] == msgid;
}

bool sa_message_id_take(struct ike_sa *sa, uint32_t msgid)
{
	size_t at = id_place(sa, msgid);

	if (at < sa->used_count && sa->used_ids[at] == msgid)
		return false;
	if (sa->used_count == sa->used_room) {
		size_t room = sa->used_room ? 2 * sa->used_room : 64;
		uint32_t *ids = reallocarray(sa->used_ids, room, sizeof(*ids));

		if (!ids)
			return false;
		sa->used_ids = ids;
		sa->used_room = room;
	}
	memmove(sa->used_ids + at + 1, sa->used_ids + at, (sa->used_count - at) * sizeof(*sa->used_ids));
	sa->used_ids[at] = msgid;
	sa->used_count++;
	return true;
}

uint32_t sa_message_id(struct ike_sa *sa)
{
	uint32_t msgid = crypto_random_msgid();

	while (sa_message_id_used(sa, msgid))
		msgid = crypto_random_msgid();
	sa_message_id_take(sa, msgid);
	return msgid;
}

/* --- waiting flows --- */

void sa_wait(struct ike_sa *sa, struct flow *flow)
{
	sa_wait_end(flow);
	flow->waiting_for = sa;
	TAILQ_INSERT_TAIL(&sa->waiting, flow, wait);
}

void sa_wait_end(struct flow *flow)
{
	if (!flow->waiting_for)
		return;
	TAILQ_REMOVE(&flow->waiting_for->waiting, flow, wait);
	flow->waiting_for = NULL;
}

/* --- lifetime --- */

static void life_end(void *arg)
{
	sa_delete(arg, "IKE SA Lifetime Exceeded", true);
}

/* Those of responder-only entries are no reason for us to begin anything. */
static bool has_children(const struct ike_sa *sa)
{
	const struct child_sa *child;
	struct lookup_entry entry;
	const struct flow *flow;

	TAILQ_FOREACH(flow, &sa->peer->ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (sa_owns(sa, child) && !(lookup_entry(sa->peer->ike, flow->map, flow->seq, &entry) && entry.responder_only))
				return true;
		}
	}
	return false;
}

static bool newer_exists(const struct ike_sa *sa)
{
	const struct ike_sa *other;

	for (other = TAILQ_FIRST(&sa->peer->sas); other && other != sa; other = TAILQ_NEXT(other, link)) {
		/* who begins a new one is not known before it is authenticated; with a forged address it may be anybody */
		if (!other->deleted && (other->state == IKE_P1_COMPLETE ? sa_same_partner(other, sa) :
					other->initiator || other->state >= IKE_R_MM3))
			return true;
	}
	return false;
}

static void life_soft(void *arg)
{
	struct ike_sa *sa = arg, *fresh;
	struct ike *ike = sa->peer->ike;

	timer_start(&sa->life, ike->loop, (uint64_t)sa_life_left(sa) * SEC, life_end, sa);
	if (ike->stopping || !has_children(sa) || newer_exists(sa))
		return;
	fresh = phase1_renew(sa);
	if (fresh)
		fresh->replaces = sa;
}

/*
 * How long before its end an IKE SA is renewed: a tenth of its life, at most a
 * minute, plus as much again at random, so that a gateway's many SAs don't all
 * renew at once. The responder waits half as long for the initiator.
 */
static uint32_t renewal_margin(const struct ike_sa *sa)
{
	uint32_t base = sa->lifetime / 10 < 60 ? sa->lifetime / 10 : 60;
	uint32_t margin = base + crypto_random_below(base + 1);

	return sa->initiator ? margin : base / 2;
}

static void start_waiting(struct ike_sa *sa)
{
	struct flow *flow;

	while ((flow = TAILQ_FIRST(&sa->waiting)) && sa->state == IKE_P1_COMPLETE) {
		sa_wait_end(flow);
		if (quick_mode_start(sa, flow))
			flow_quick_done(flow, false);
	}
}

void sa_complete(struct ike_sa *sa)
{
	struct ike *ike = sa->peer->ike;
	uint8_t data[24];

	sa->word = SA_QM_IDLE;
	sa->established = uv_now(ike->loop);
	timer_start(&sa->life, ike->loop, (uint64_t)(sa->lifetime - renewal_margin(sa)) * SEC, life_soft, sa);
	dpd_start(sa);
	natt_keepalive(sa);
	child_claim(sa);
	start_waiting(sa);
	sa_state_set(sa, IKE_P1_COMPLETE, "IKE_MESG_INTERNAL, IKE_PHASE1_COMPLETE");
	recovery_established(sa);
	if (sa->shortened) {
		uint8_t spi[2 * ISAKMP_COOKIE_LEN];
		size_t len = proposal_lifetimes_body(IPSEC_PROTO_ISAKMP, sa->lifetime, 0, data);

		memcpy(spi, sa->icookie, ISAKMP_COOKIE_LEN);
		memcpy(spi + ISAKMP_COOKIE_LEN, sa->rcookie, ISAKMP_COOKIE_LEN);
		info_notify(sa, IPSEC_PROTO_ISAKMP, ISAKMP_N_RESPONDER_LIFETIME, spi, sizeof(spi), data, len);
	}
	if (sa->replaces) {
		timer_start(&sa->replaces->life, ike->loop, ike->schedule.old_pair, life_end, sa->replaces);
		sa->replaces = NULL;
	}
}

void sa_lifetime_set(struct ike_sa *sa, uint32_t seconds)
{
	uint64_t left;

	if (!seconds || seconds >= sa->lifetime)
		return;
	sa->lifetime = seconds;
	left = sa_life_left(sa);
	if (left > renewal_margin(sa))
		left -= renewal_margin(sa);
	timer_start(&sa->life, sa->peer->ike->loop, left * SEC, life_soft, sa);
}

/* --- the end --- */

static void purge(void *arg)
{
	struct ike_sa *sa = arg;
	struct event ev;

	sa_event(sa, &ev, EV_SA_PURGED);
	emit(sa, &ev);
	sa_discard(sa);
}

static void report_deletion(const struct ike_sa *sa, const char *reason, bool paranoid)
{
	struct event ev;

	sa_event(sa, &ev, EV_SA_DELETE);
	ev.sa_delete.reason = reason;
	ev.sa_delete.paranoid = paranoid;
	emit(sa, &ev);
}

/*
 * 1. the peer is told, while the SA still works; 2. the SA is dead for
 * everybody; 3. its exchanges end; 4. flows that waited look for another way.
 */
static void end(struct ike_sa *sa, const char *reason, bool notify, const char *input)
{
	struct ike *ike = sa->peer->ike;
	struct exchange *x, *next;
	struct flow *flow, *more;
	struct event ev;

	if (sa->deleted)
		return;
	timer_stop(&sa->life);
	timer_stop(&sa->nat_keepalive);
	fragment_free(sa);
	dpd_stop(sa);
	report_deletion(sa, reason, !notify);
	if (notify && sa->state == IKE_P1_COMPLETE)
		info_delete_sa(sa);
	sa_state_set(sa, IKE_DEST_SA, input);
	sa->deleted = true;
	report_deletion(sa, reason, false);
	sa->word = sa_no_state(sa);
	sa_event(sa, &ev, EV_PEER_UNLOCKED);
	ev.peer_unlocked.refcount = live_sas(sa->peer);
	emit(sa, &ev);
	if (sa->main)
		exchange_finish(sa->main, false, "IKE deleted");
	for (x = TAILQ_FIRST(&sa->exchanges); x; x = next) {
		next = TAILQ_NEXT(x, link);
		if (x->finished)
			continue;
		exchange_finish(x, false, "IKE deleted");
		if (x->type == ISAKMP_XCHG_QUICK)
			quick_mode_failed(x);
	}
	for (flow = TAILQ_FIRST(&sa->waiting); flow; flow = more) {
		more = TAILQ_NEXT(flow, wait);
		sa_wait_end(flow);
		flow_phase1_failed(flow);
	}
	timer_start(&sa->purge, ike->loop, ike->schedule.sa_purge, purge, sa);
}

void sa_delete(struct ike_sa *sa, const char *reason, bool notify)
{
	end(sa, reason, notify, "IKE_MESG_INTERNAL, IKE_PHASE1_DEL");
}

void sa_dead(struct ike_sa *sa)
{
	end(sa, "peers alive", false, "IKE_MESG_FROM_TIMER, IKE_TIMER_PEERS_ALIVE");
}

void sa_refuse(struct ike_sa *sa, const char *reason)
{
	end(sa, reason, false, sa->aggressive ? "IKE_MESG_FROM_PEER, IKE_AM_EXCH" : "IKE_MESG_FROM_PEER, IKE_MM_EXCH");
}

/*
 * What the peer established with us before this main mode began is unknown to
 * it now. What was established since is not: both ends may have started at once.
 */
unsigned int sa_initial_contact(struct ike_sa *sa, uint64_t since)
{
	struct ike_sa *other, *next;
	unsigned int count = 0;

	count = child_end_partner(sa, since, "initial-contact", false);
	for (other = TAILQ_FIRST(&sa->peer->sas); other; other = next) {
		next = TAILQ_NEXT(other, link);
		if (other == sa || other->deleted || !other->established || other->established > since ||
		    !sa_same_partner(other, sa))
			continue;
		sa_delete(other, "Receive initial contact", false);
		count++;
	}
	return count;
}

/* --- clear --- */

unsigned int sa_clear_ipsec(struct ike *ike, const struct addr *peer, const char *map)
{
	unsigned int count = child_end_all(ike, NULL, peer, map, UINT64_MAX, "clear", true);

	manual_install(ike);
	return count;
}

static unsigned int clear_ike(struct ike *ike, uint32_t conn_id, const struct addr *local, const struct addr *remote,
			      const char *reason)
{
	unsigned int count = 0;
	struct peer *peer;
	struct ike_sa *sa;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		if ((local && !addr_equal(local, &peer->local)) || (remote && !addr_equal(remote, &peer->remote)))
			continue;
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (sa->deleted || (conn_id && sa->conn_id != conn_id))
				continue;
			sa_delete(sa, reason, true);
			count++;
		}
	}
	return count;
}

unsigned int sa_clear_ike(struct ike *ike, uint32_t conn_id)
{
	return clear_ike(ike, conn_id, NULL, NULL, "BY user command");
}

unsigned int sa_clear_session(struct ike *ike, const struct addr *local, const struct addr *remote)
{
	unsigned int count = child_end_all(ike, local, remote, NULL, UINT64_MAX, "clear", true);

	manual_install(ike);
	return count + clear_ike(ike, 0, local, remote, "BY user command");
}
