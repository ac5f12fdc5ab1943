/* SPDX-License-Identifier: GPL-2.0-only */
/* Bounds for those who have proved nothing yet, and for each peer: see admission.h. */
#include <stdio.h>
#include <string.h>

#include "admission.h"
#include "config/model.h"
#include "exchange.h"
#include "ike.h"

#define SHORT	256u		/* bytes of a first message that cost one token */
#define TOKEN	1000u		/* a token's thousandths: what a millisecond brings at one a second */

/*
 * A first message costs us some microseconds, and a source may be forged: the
 * rate is high, so that a peer whose address a flood uses gets through it.
 * Diffie-Hellman costs milliseconds, and only a source that receives gets it.
 */
static const struct { uint32_t rate, burst; } limits[ADMISSION_KINDS] = {
	[ADMISSION_BEGIN] = { 1000, 1000 },
	[ADMISSION_COMPUTE] = { 50, 200 },
	[ADMISSION_PFS] = { 200, 1024 },
	[ADMISSION_NOTIFY] = { 2, 10 },
};

/* --- rates --- */

/* Who has a /64 has all its addresses. */
static struct addr source_of(const struct addr *remote)
{
	struct addr source = *remote;

	if (source.length == 16)
		memset(source.bytes + 8, 0, 8);
	return source;
}

static unsigned int set_of(const struct addr *source)
{
	uint32_t hash = 2166136261u;	/* FNV-1a; who makes collisions forgets only what is known of such sources */
	unsigned int i;

	for (i = 0; i < source->length; i++)
		hash = (hash ^ source->bytes[i]) * 16777619u;
	return (hash ^ hash >> 16) % ADMISSION_SETS;
}

/* A source that is not known has asked for nothing for long: it finds all limits untouched. */
static struct admission_source *source_find(struct admission *a, const struct addr *remote, uint64_t now)
{
	struct addr addr = source_of(remote);
	struct admission_source *way = a->source[set_of(&addr)], *oldest = way;
	unsigned int i;

	for (i = 0; i < ADMISSION_WAYS; i++) {
		if (way[i].addr.length && addr_equal(&way[i].addr, &addr))
			return &way[i];
		if (!way[i].addr.length || (oldest->addr.length && way[i].at < oldest->at))
			oldest = &way[i];
	}
	oldest->addr = addr;
	oldest->at = now;
	for (i = 0; i < ADMISSION_KINDS; i++)
		oldest->tokens[i] = limits[i].burst * TOKEN;
	return oldest;
}

static void refill(struct admission_source *s, uint64_t now)
{
	uint64_t gone = now - s->at;
	unsigned int i;

	for (i = 0; i < ADMISSION_KINDS; i++) {
		uint64_t full = limits[i].burst * TOKEN, more = s->tokens[i] + gone * limits[i].rate;

		s->tokens[i] = (uint32_t)(more < full ? more : full);
	}
	s->at = now;
}

static bool take(struct ike *ike, struct admission_source *s, enum admission_kind kind, unsigned int count)
{
	refill(s, uv_now(ike->loop));
	if (s->tokens[kind] < count * TOKEN) {
		ike->admission.dropped++;
		return false;
	}
	s->tokens[kind] -= count * TOKEN;
	return true;
}

bool admission_take(struct ike *ike, const struct addr *remote, enum admission_kind kind, unsigned int count)
{
	return take(ike, source_find(&ike->admission, remote, uv_now(ike->loop)), kind, count);
}

bool admission_compute(struct exchange *x)
{
	const struct peer *peer = x->sa->peer;
	char remote[ADDR_TEXT];

	if (!x->sa->proven && !take(peer->ike, &peer->ike->admission.unproven, ADMISSION_COMPUTE, 1)) {
		exchange_dropped(x, DROP_LIMIT, "more than %u key exchanges a second with peers that have not shown that they receive",
				 limits[ADMISSION_COMPUTE].rate);
		return false;
	}
	if (admission_take(peer->ike, &peer->remote, ADMISSION_COMPUTE, 1))
		return true;
	exchange_dropped(x, DROP_LIMIT, "more than %u key exchanges a second from %s, which is not authenticated",
			 limits[ADMISSION_COMPUTE].rate, addr_text(&peer->remote, remote));
	return false;
}

/* --- exchanges in negotiation --- */

static bool negotiates(const struct ike_sa *sa)
{
	return !sa->deleted && sa->state < IKE_P1_COMPLETE;
}

struct admission_state admission_state(const struct ike *ike)
{
	struct admission_state s = { 0 };
	const struct peer *peer;
	const struct ike_sa *sa;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			s.negotiating += negotiates(sa);
			s.active += !sa->deleted && sa->state == IKE_P1_COMPLETE;
		}
	}
	s.max_active = ike->config ? ike->config->admission_active : 0;
	s.max_negotiating = ike->config && ike->config->admission_negotiating ? ike->config->admission_negotiating :
			    IKE_HALF_OPEN_MAX;
	return s;
}

static struct ike_sa *oldest_dead(const struct ike *ike, unsigned int *dead)
{
	struct ike_sa *sa, *oldest = NULL;
	struct peer *peer;

	*dead = 0;
	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (!sa->deleted || sa->initiator || sa->established)
				continue;
			++*dead;
			if (!oldest || sa->created < oldest->created)
				oldest = sa;
		}
	}
	return oldest;
}

/* What was refused, or got no further, is shown for a while as deleted; not more of it than fits a screen. */
void admission_bury(struct ike *ike)
{
	struct ike_sa *sa;
	unsigned int dead;

	while ((sa = oldest_dead(ike, &dead)) && dead > IKE_BURIED_MAX)
		sa_discard(sa);
}

/* The one that has waited longest for its peer to show that it receives; if all have shown it, the oldest. */
static struct ike_sa *weakest(const struct peer *peer)
{
	struct ike_sa *sa, *weak = NULL;

	TAILQ_FOREACH(sa, &peer->sas, link) {
		if (sa->initiator || !negotiates(sa))
			continue;
		if (!weak || sa->proven < weak->proven || (sa->proven == weak->proven && sa->created < weak->created))
			weak = sa;
	}
	return weak;
}

static unsigned int held(const struct peer *peer)
{
	const struct ike_sa *sa;
	unsigned int count = 0;

	TAILQ_FOREACH(sa, &peer->sas, link)
		count += !sa->initiator && negotiates(sa);
	return count;
}

/*
 * The source that holds most exchanges gives one up; among equals the one whose
 * weakest is oldest. So a flood from few addresses pushes out its own, and one
 * from many forged addresses leaves each the time that the limit allows.
 */
static struct ike_sa *victim(const struct ike *ike)
{
	struct ike_sa *weak, *sa = NULL;
	const struct peer *peer;
	unsigned int most = 0, count;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		count = held(peer);
		if (!count || count < most)
			continue;
		weak = weakest(peer);
		if (sa && count == most && (weak->proven > sa->proven || (weak->proven == sa->proven && weak->created >= sa->created)))
			continue;
		sa = weak;
		most = count;
	}
	/* who has but one, and answers, is nobody's flood */
	return sa && (most > 1 || !sa->proven) ? sa : NULL;
}

static bool make_room(struct ike *ike, unsigned int limit, char *why)
{
	struct ike_sa *sa = victim(ike);
	char remote[ADDR_TEXT];

	ike->admission.negotiating++;
	ike->admission.incoming_rejected++;
	if (!sa) {
		snprintf(why, ADMISSION_WHY, "%u exchanges are in negotiation already", limit);
		return false;
	}
	if (sa->main)
		exchange_dropped(sa->main, DROP_LIMIT, "%u exchanges are in negotiation: the oldest of %s makes room", limit,
				 addr_text(&sa->peer->remote, remote));
	sa_discard(sa);
	ike->admission.incoming_accepted--;
	return true;
}

/* The limits are for new peers: nobody who is here already is put out by them (IOS). */
static bool known(struct ike *ike, const struct addr *local, const struct addr *remote)
{
	return sa_established(ike, local, remote);
}

bool admission_incoming(struct ike *ike, const struct addr *local, const struct addr *remote, size_t length, char *why)
{
	struct admission *a = &ike->admission;
	struct admission_state s;
	char text[ADDR_TEXT];

	admission_bury(ike);
	a->incoming++;
	if (!admission_take(ike, remote, ADMISSION_BEGIN, 1 + (unsigned int)(length / SHORT))) {
		a->incoming_rejected++;
		snprintf(why, ADMISSION_WHY, "more than %u first messages a second from %s", limits[ADMISSION_BEGIN].rate,
			 addr_text(remote, text));
		return false;
	}
	s = admission_state(ike);
	if (s.max_active && s.active >= s.max_active && !known(ike, local, remote)) {
		a->active++;
		a->incoming_rejected++;
		snprintf(why, ADMISSION_WHY, "crypto call admission limit ike sa %u is reached", s.max_active);
		return false;
	}
	/* more than one, when the limit was lowered */
	for (; s.negotiating >= s.max_negotiating; s.negotiating--) {
		if (!make_room(ike, s.max_negotiating, why))
			return false;
	}
	a->incoming_accepted++;
	return true;
}

/* What others begin does not keep us from beginning: only our own count, and only against a configured limit. */
static unsigned int begun(const struct ike *ike)
{
	const struct peer *peer;
	const struct ike_sa *sa;
	unsigned int count = 0;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link)
			count += sa->initiator && negotiates(sa);
	}
	return count;
}

bool admission_outgoing(struct ike *ike, const struct addr *local, const struct addr *remote, char *why)
{
	const struct config *config = ike->config;
	struct admission *a = &ike->admission;

	a->outgoing++;
	if (known(ike, local, remote)) {
		a->outgoing_accepted++;
		return true;
	}
	if (config->admission_active && admission_state(ike).active >= config->admission_active) {
		a->active++;
		snprintf(why, ADMISSION_WHY, "crypto call admission limit ike sa %u is reached", config->admission_active);
	} else if (config->admission_negotiating && begun(ike) >= config->admission_negotiating) {
		a->negotiating++;
		snprintf(why, ADMISSION_WHY, "crypto call admission limit ike in-negotiation-sa %u is reached",
			 config->admission_negotiating);
	} else {
		a->outgoing_accepted++;
		return true;
	}
	a->outgoing_rejected++;
	return false;
}

void admission_failed(struct ike *ike, bool incoming)
{
	struct admission *a = &ike->admission;

	a->low++;
	if (incoming) {
		a->incoming_accepted--;
		a->incoming_rejected++;
	} else {
		a->outgoing_accepted--;
		a->outgoing_rejected++;
	}
}

/* --- peers that are authenticated --- */

bool admission_quick(const struct ike_sa *sa, bool pfs, char *why)
{
	const struct peer *peer = sa->peer;
	const struct exchange *x;
	unsigned int open = 0;

	TAILQ_FOREACH(x, &sa->exchanges, link)
		open += x->type == ISAKMP_XCHG_QUICK && !x->initiator && !x->finished && x->awaits > 1;
	if (open >= IKE_QUICK_MAX) {
		snprintf(why, ADMISSION_WHY, "%u quick modes of this peer are open already", open);
		return false;
	}
	if (pfs && !admission_take(peer->ike, &peer->remote, ADMISSION_PFS, 1)) {
		snprintf(why, ADMISSION_WHY, "more than %u quick modes with PFS a second", limits[ADMISSION_PFS].rate);
		return false;
	}
	return true;
}

bool admission_child(const struct ike_sa *sa, char *why)
{
	const struct ike *ike = sa->peer->ike;
	const struct child_sa *child;
	unsigned int count = 0;

	LIST_FOREACH(child, &ike->children_by_remote[bucket_addr(&sa->peer->remote, 0)], by_remote)
		count += sa_owns(sa, child);
	if (count < IKE_CHILDREN_MAX)
		return true;
	snprintf(why, ADMISSION_WHY, "this peer has %u pairs of IPsec SAs already", count);
	return false;
}

void admission_trim(struct ike_sa *sa)
{
	struct exchange *x, *next;

	for (x = TAILQ_FIRST(&sa->exchanges); x && sa->nodes > IKE_NODES_MAX; x = next) {
		next = TAILQ_NEXT(x, link);
		if (x->finished)
			exchange_free(x);
	}
}
