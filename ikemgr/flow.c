/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows: the permit rules of map entries, and parts of them that peers ask for.
 * Traffic of a flow wants a pair of IPsec SAs: which peer is asked, under which
 * IKE SA, and what happens when it does not answer. child.c has the pairs.
 */
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "dynamic.h"
#include "exchange.h"
#include "failover.h"
#include "ike.h"
#include "lookup.h"
#include "phase1.h"

#define REQUESTS_MAX	2	/* IOS: "count = 2" ends the request */

static void request_again(void *arg);

/* --- events --- */

void flow_event(const struct flow *flow, struct event *ev, enum event_type type)
{
	struct addr peer = flow_peer(flow);

	memset(ev, 0, sizeof(*ev));
	ev->type = type;
	addr_text(&flow->local, ev->local);
	addr_text(&peer, ev->peer);
	ev->local_port = ev->peer_port = ISAKMP_PORT;
	if (flow->line.file) {
		ev->lines[0] = flow->line;
		ev->line_count = 1;
	}
}

void flow_report_request(const struct flow *flow, enum event_type type, unsigned int count)
{
	char words[PROPOSAL_WORDS];
	struct lookup_entry entry;
	struct addr peer;
	struct event ev;
	size_t i;

	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry))
		return;
	peer = flow_peer(flow);
	lookup_mode(&entry, &flow->local, &peer, NATT_NONE, &flow->local_proxy, &flow->remote_proxy);
	for (i = 0; i < entry.proposal.sets; i++) {
		flow_event(flow, &ev, type);
		ev.request.map = flow->map;
		ev.request.seq = flow->seq;
		proxy_event(&flow->local_proxy, &ev.request.local_proxy);
		proxy_event(&flow->remote_proxy, &ev.request.remote_proxy);
		ev.request.protocol = entry.sets[i].values.transform == ESP_ABSENT ? "AH" : "ESP";
		ev.request.transform = proposal_esp_words(&entry.sets[i].values, words);
		ev.request.mode = entry.sets[i].values.encaps == IPSEC_ENCAPS_TRANSPORT ? "Transport" : "Tunnel";
		ev.request.life_seconds = entry.proposal.life_seconds;
		ev.request.life_kilobytes = entry.proposal.life_kilobytes;
		ev.request.keysize = entry.sets[i].values.key_bits;
		ev.request.count = count;
		event_emit(flow->ike->hub, &ev);
		if (type == EV_REQUEST_TIMER)
			break;
	}
}

static void report_why(const struct flow *flow, enum event_type type, const char *why, const struct ike_sa *sa)
{
	struct event ev;

	if (sa)
		sa_event(sa, &ev, type);
	else
		flow_event(flow, &ev, type);
	ev.request_failed.why = why;
	event_emit(flow->ike->hub, &ev);
}

/* --- flows --- */

struct flow *sa_flows(struct ike *ike)
{
	return TAILQ_FIRST(&ike->flows);
}

static bool flow_before(const struct flow *a, const struct flow *b)
{
	int order = strcmp(a->map, b->map);

	if (order)
		return order < 0;
	return a->seq != b->seq ? a->seq < b->seq : a->rule_index < b->rule_index;
}

static void flow_insert(struct flow *flow)
{
	struct flow *other;

	/* a configuration is mostly in order */
	TAILQ_FOREACH_REVERSE(other, &flow->ike->flows, flow_list, link) {
		if (!flow_before(flow, other)) {
			TAILQ_INSERT_AFTER(&flow->ike->flows, other, flow, link);
			return;
		}
	}
	TAILQ_INSERT_HEAD(&flow->ike->flows, flow, link);
}

static unsigned int flow_bucket(uint32_t seq, const struct proxy *local, const struct proxy *remote)
{
	return bucket_addr(&local->addr, bucket_addr(&remote->addr, seq));
}

void flow_unlink(struct flow *flow)
{
	TAILQ_REMOVE(&flow->ike->flows, flow, link);
	LIST_REMOVE(flow, by_proxies);
}

struct flow *flow_find(struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		       const struct proxy *remote)
{
	struct flow *flow;

	LIST_FOREACH(flow, &ike->flows_by_proxies[flow_bucket(seq, local, remote)], by_proxies) {
		if (flow->seq == seq && !strcmp(flow->map, map) && proxy_equal(&flow->local_proxy, local) &&
		    proxy_equal(&flow->remote_proxy, remote))
			return flow;
	}
	return NULL;
}

struct flow *flow_get(struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		      const struct proxy *remote)
{
	struct flow *flow = flow_find(ike, map, seq, local, remote);
	uint32_t index;

	if (flow)
		return flow;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;
	flow->ike = ike;
	strncpy(flow->map, map, CMAP_NAME_MAX);
	flow->seq = seq;
	flow->dynamic = dynamic_hold(dynamic_find(ike, map, seq));
	flow->local_proxy = *local;
	flow->remote_proxy = *remote;
	flow->rule_index = UINT32_MAX;
	lookup_rule(ike, map, seq, local, remote, &index, &flow->line);
	TAILQ_INIT(&flow->children);
	failover_reset(flow);
	flow_insert(flow);
	LIST_INSERT_HEAD(&ike->flows_by_proxies[flow_bucket(seq, local, remote)], flow, by_proxies);
	return flow;
}

void flow_free(struct flow *flow, const char *reason)
{
	struct child_sa *child;

	flow->rule_index = 0;	/* child_end() must not free it */
	if (flow->quick)
		exchange_abandon(flow->quick);
	while ((child = TAILQ_FIRST(&flow->children)))
		child_end(child, reason, true);
	sa_wait_end(flow);
	timer_stop(&flow->request);
	flow_unlink(flow);
	dynamic_put(flow->dynamic);
	free(flow);
}

/* A subset flow, made by a peer's quick mode, lives as long as something uses it. */
void flow_release(struct flow *flow)
{
	if (flow->rule_index != UINT32_MAX || !TAILQ_EMPTY(&flow->children) || flow->quick || flow->waiting_for)
		return;
	flow_free(flow, "");
}

/* --- negotiation on our own account --- */

/* Our address towards the peer in use: of its family, on the interface that the last request came from. */
static void flow_address(struct flow *flow)
{
	const struct ike *ike = flow->ike;
	struct addr peer = flow_peer(flow);
	unsigned int i;

	for (i = 0; i < ike->binding_count && flow->ifindex; i++) {
		if (ike->bindings[i].ifindex == flow->ifindex && !strcmp(ike->bindings[i].map, flow->map))
			flow->local = *ike_binding_address(&ike->bindings[i], &peer);
	}
}

/* Only peers of its ISAKMP profile serve an entry that names one. */
static bool serves_profile(const struct ike_sa *sa, const char *profile)
{
	return !profile || !strcmp(profile, sa->profile);
}

static struct ike_sa *phase1_under_way(const struct flow *flow, const struct addr *remote, const char *profile)
{
	struct peer *peer;
	struct ike_sa *sa;

	LIST_FOREACH(peer, &flow->ike->peers_by_remote[bucket_addr(remote, 0)], by_remote) {
		if (!addr_equal(&peer->remote, remote) || !addr_equal(&peer->local, &flow->local))
			continue;
		TAILQ_FOREACH(sa, &peer->sas, link) {
			/* a responder's SA counts when the peer has proved its address */
			if (!sa->deleted && sa->state < IKE_P1_COMPLETE && (sa->initiator || sa->state >= IKE_R_MM3) &&
			    serves_profile(sa, profile))
				return sa;
		}
	}
	return NULL;
}

/* The peer that has the pair in use; without one, whoever is at that address. */
static struct ike_sa *usable(const struct flow *flow, const struct addr *remote, const char *profile)
{
	const struct child_sa *child = TAILQ_FIRST(&flow->children);
	struct ike_sa *sa = NULL;

	if (child && addr_equal(&child->remote, remote) && addr_equal(&child->local, &flow->local)) {
		sa = sa_of_child(child);
		return sa && serves_profile(sa, profile) ? sa : NULL;
	}
	sa = sa_established(flow->ike, &flow->local, remote);
	while (sa && (sa->deleted || sa->state != IKE_P1_COMPLETE || !serves_profile(sa, profile)))
		sa = TAILQ_NEXT(sa, link);
	return sa;
}

void flow_negotiate(struct flow *flow)
{
	struct addr remote = flow_peer(flow);
	struct lookup_entry entry;
	const char *profile;
	struct ike_sa *sa;

	/* the next peer may be of the other family */
	if (flow->local.length != remote.length)
		flow_address(flow);

	if (flow->ike->stopping || flow->quick || flow->waiting_for)
		return;
	if (!timer_running(&flow->request)) {
		flow->requests = 0;
		timer_start(&flow->request, flow->ike->loop, flow->ike->schedule.request, request_again, flow);
	}
	if (!remote.length || flow->local.length != remote.length) {
		report_why(flow, EV_REQUEST_FAILED, remote.length ? "no-address" : "no-peer", NULL);
		return;
	}
	profile = lookup_entry(flow->ike, flow->map, flow->seq, &entry) ? entry.isakmp : NULL;
	sa = usable(flow, &remote, profile);
	if (sa) {
		report_why(flow, EV_REQUEST_ATTACHED, "idle", sa);
		if (quick_mode_start(sa, flow))
			flow_quick_done(flow, false);
		return;
	}
	sa = phase1_under_way(flow, &remote, profile);
	if (sa)
		report_why(flow, EV_REQUEST_ATTACHED, "budding", sa);
	else
		sa = phase1_start(flow->ike, &flow->local, &remote, profile);
	if (sa)
		sa_wait(sa, flow);
	else if (failover_next(flow))
		flow_negotiate(flow);
}

/* The key engine asks again, and then gives up: the next packet asks anew. */
static void request_again(void *arg)
{
	struct flow *flow = arg;

	if (flow->waiting_for || flow->quick) {
		timer_start(&flow->request, flow->ike->loop, flow->ike->schedule.request, request_again, flow);
		return;
	}
	flow->requests++;
	flow_report_request(flow, EV_REQUEST_TIMER, flow->requests);
	if (flow->requests >= REQUESTS_MAX) {
		flow_release(flow);
		return;
	}
	flow_report_request(flow, EV_SA_REQUEST, 0);
	timer_start(&flow->request, flow->ike->loop, flow->ike->schedule.request, request_again, flow);
	flow_negotiate(flow);
}

static void not_rekeying(struct flow *flow)
{
	struct child_sa *child;

	TAILQ_FOREACH(child, &flow->children, link)
		child->rekeying = false;
}

void flow_phase1_failed(struct flow *flow)
{
	if (flow->ike->stopping)
		return;
	if (failover_next(flow)) {
		flow_negotiate(flow);
		return;
	}
	/* all peers failed: the next packet asks anew, or the end of the pair that is there */
	timer_stop(&flow->request);
	not_rekeying(flow);
	flow_release(flow);
}

void flow_quick_died(struct flow *flow)
{
	if (flow->ike->stopping || flow->quick || flow->waiting_for)
		return;
	/* the only peer may have lost its phase 1 alone */
	failover_next(flow);
	flow_negotiate(flow);
}

void flow_quick_done(struct flow *flow, bool ok)
{
	flow->quick = NULL;
	if (ok) {
		timer_stop(&flow->request);
		flow->requests = 0;
		return;
	}
	not_rekeying(flow);
}

static bool serves(const struct flow *flow)
{
	const struct child_sa *child;

	TAILQ_FOREACH(child, &flow->children, link) {
		if (child->state != CHILD_OLD && !child->out_gone)
			return true;
	}
	return false;
}

void flow_want(struct flow *flow, uint32_t ifindex)
{
	/* asked already: the request's own timer sets the pace; a pair that stands by needs no second one */
	if (flow->quick || flow->waiting_for || timer_running(&flow->request) || serves(flow))
		return;
	flow->peers_failed = 0;
	flow->ifindex = ifindex;
	flow_address(flow);
	if (flow->local.length)
		flow_report_request(flow, EV_SA_REQUEST, 0);
	flow_negotiate(flow);
}
