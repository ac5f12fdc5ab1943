/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows and their pairs of IPsec SAs: who asks for one, who makes the next,
 * and how the change loses nothing.
 *
 * A pair's inbound SA is in the kernel before the peer can know of it. The
 * initiator's outbound SA stands by until the peer shows that it has the pair
 * (its first packet), or surely has it. The pair before keeps its inbound SA;
 * whoever made the new pair deletes the old one some seconds later.
 */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "ike.h"
#include "install.h"
#include "lookup.h"

#define SEC		1000u
#define REQUESTS_MAX	2	/* CISCO 3.6: "count = 2" ends the request */
#define ASKS_MAX	5	/* R-U-THERE; the first repeated after ASK_MS, then twice as long each: 31 s */
#define ASK_MS		1000u
#define LINGER		(3 * SEC)	/* the peer's last packets may come after its DELETE */

static void request_again(void *arg);

/* --- events --- */

static void flow_event(const struct flow *flow, struct event *ev, enum event_type type)
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

static void report_request(const struct flow *flow, enum event_type type, unsigned int count)
{
	char words[PROPOSAL_WORDS];
	struct lookup_entry entry;
	struct addr peer;
	struct event ev;
	size_t i;

	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry))
		return;
	peer = flow_peer(flow);
	lookup_mode(&entry, &flow->local, &peer, &flow->local_proxy, &flow->remote_proxy);
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

static void report_child(const struct child_sa *child, bool inbound, enum event_type type, const char *reason)
{
	const struct flow *flow = child->flow;
	struct event ev;

	flow_event(flow, &ev, type);
	addr_text(&child->local, ev.local);
	addr_text(&child->remote, ev.peer);
	ev.child.inbound = inbound;
	addr_text(inbound ? &child->local : &child->remote, ev.child.dest);
	ev.child.spi = inbound ? child->spi_in : child->spi_out;
	ev.child.transform = child->transform;
	ev.child.sa_conn_id = inbound ? child->conn_in : child->conn_out;
	ev.child.life_kilobytes = child->life_kilobytes;
	ev.child.life_seconds = child->life_seconds;
	ev.child.map = flow->map;
	ev.child.seq = flow->seq;
	proxy_event(&flow->local_proxy, &ev.child.local_proxy);
	proxy_event(&flow->remote_proxy, &ev.child.remote_proxy);
	ev.child.reason = reason;
	event_emit(flow->ike->hub, &ev);
}

static void report_spi(const struct child_sa *child, enum event_type type, uint32_t spi)
{
	struct event ev;

	flow_event(child->flow, &ev, type);
	addr_text(&child->local, ev.local);
	addr_text(&child->remote, ev.peer);
	ev.spi.spi = spi;
	ev.spi.initiator = child->initiator;
	event_emit(child->flow->ike->hub, &ev);
}

/* --- flows --- */

struct flow *sa_flows(struct ike *ike)
{
	return TAILQ_FIRST(&ike->flows);
}

struct addr flow_peer(const struct flow *flow)
{
	struct lookup_entry entry;
	struct addr none = { 0 };

	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry) || !entry.peer_count)
		return none;
	return entry.peers[flow->peer_index % entry.peer_count];
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

	TAILQ_FOREACH(other, &flow->ike->flows, link) {
		if (flow_before(flow, other)) {
			TAILQ_INSERT_BEFORE(other, flow, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&flow->ike->flows, flow, link);
}

struct flow *flow_get(struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		      const struct proxy *remote)
{
	struct flow *flow;
	uint32_t index;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		if (flow->seq == seq && !strcmp(flow->map, map) && proxy_equal(&flow->local_proxy, local) &&
		    proxy_equal(&flow->remote_proxy, remote))
			return flow;
	}
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;
	flow->ike = ike;
	strncpy(flow->map, map, CMAP_NAME_MAX);
	flow->seq = seq;
	flow->local_proxy = *local;
	flow->remote_proxy = *remote;
	flow->rule_index = UINT32_MAX;
	lookup_rule(ike, map, seq, local, remote, &index, &flow->line);
	TAILQ_INIT(&flow->children);
	flow_insert(flow);
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
	TAILQ_REMOVE(&flow->ike->flows, flow, link);
	free(flow);
}

/* A subset flow, made by a peer's quick mode, lives as long as something uses it. */
static void flow_release(struct flow *flow)
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

static struct ike_sa *phase1_under_way(const struct flow *flow, const struct addr *remote)
{
	struct peer *peer;
	struct ike_sa *sa;

	TAILQ_FOREACH(peer, &flow->ike->peers, link) {
		if (!addr_equal(&peer->remote, remote) || !addr_equal(&peer->local, &flow->local))
			continue;
		TAILQ_FOREACH(sa, &peer->sas, link) {
			/* a responder's SA counts when the peer has proved its address */
			if (!sa->deleted && sa->state < IKE_P1_COMPLETE && (sa->initiator || sa->state >= IKE_R_MM3))
				return sa;
		}
	}
	return NULL;
}

void flow_negotiate(struct flow *flow)
{
	struct addr remote = flow_peer(flow);
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
	sa = sa_established(flow->ike, &flow->local, &remote);
	if (sa) {
		report_why(flow, EV_REQUEST_ATTACHED, "idle", sa);
		if (quick_mode_start(sa, flow))
			flow_quick_done(flow, false);
		return;
	}
	sa = phase1_under_way(flow, &remote);
	if (sa)
		report_why(flow, EV_REQUEST_ATTACHED, "budding", sa);
	else
		sa = main_mode_start(flow->ike, &flow->local, &remote);
	if (sa)
		sa_wait(sa, flow);
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
	report_request(flow, EV_REQUEST_TIMER, flow->requests);
	if (flow->requests >= REQUESTS_MAX) {
		flow_release(flow);
		return;
	}
	report_request(flow, EV_SA_REQUEST, 0);
	timer_start(&flow->request, flow->ike->loop, flow->ike->schedule.request, request_again, flow);
	flow_negotiate(flow);
}

void flow_phase1_failed(struct flow *flow)
{
	struct lookup_entry entry;

	if (flow->ike->stopping || !lookup_entry(flow->ike, flow->map, flow->seq, &entry) || !entry.peer_count)
		return;
	flow->peer_index = (flow->peer_index + 1) % entry.peer_count;
	if (flow->peer_index)
		flow_negotiate(flow);
	else
		timer_stop(&flow->request);	/* all peers failed: the next packet asks anew */
}

void flow_quick_done(struct flow *flow, bool ok)
{
	struct child_sa *child;

	flow->quick = NULL;
	if (ok) {
		timer_stop(&flow->request);
		flow->requests = 0;
		return;
	}
	TAILQ_FOREACH(child, &flow->children, link)
		child->rekeying = false;
}

/* --- pairs --- */

uint32_t child_life_left(const struct child_sa *child)
{
	uint64_t gone = (uv_now(child->flow->ike->loop) - child->created) / SEC;

	return gone >= child->life_seconds ? 0 : child->life_seconds - (uint32_t)gone;
}

static bool has_spi(const struct child_sa *child, uint8_t proto, uint32_t spi, bool inbound)
{
	if (proto == child->proto)
		return spi == (inbound ? child->spi_in : child->spi_out);
	return proto == IPPROTO_AH && spi && spi == (inbound ? child->ah_in : child->ah_out);
}

struct child_sa *child_find(struct ike *ike, uint8_t proto, uint32_t spi, bool inbound, const struct addr *remote)
{
	struct child_sa *child;
	struct flow *flow;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (has_spi(child, proto, spi, inbound) &&
			    (!remote || addr_equal(remote, &child->remote)))
				return child;
		}
	}
	return NULL;
}

static void old_end(void *arg)
{
	child_end(arg, "rekeyed", true);
}

/* @child carries the traffic now: what was there before is on its way out. */
static void take_over(struct child_sa *child)
{
	struct ike *ike = child->flow->ike;
	struct child_sa *other;
	bool replaced = false;

	child->state = CHILD_ACTIVE;
	timer_stop(&child->enable);
	TAILQ_FOREACH(other, &child->flow->children, link) {
		if (other == child || other->state != CHILD_ACTIVE)
			continue;
		other->state = CHILD_OLD;
		replaced = true;
		if (child->initiator && addr_equal(&other->remote, &child->remote))
			timer_start(&other->old, ike->loop, ike->schedule.old_pair, old_end, other);
	}
	/* a responder's first pair is told by EV_OUTBOUND_ENABLED alone */
	if (replaced || child->initiator)
		report_spi(child, EV_OUTBOUND_CURRENT, child->spi_out);
}

static void enable(struct child_sa *child)
{
	struct ike *ike = child->flow->ike;

	if (child->state != CHILD_STANDBY)
		return;
	if (ike->world.kernel->sa_enable(ike->world.kernel_ctx, child->proto, child->spi_out, &child->remote)) {
		event_daemon(ike->hub, "error", "outbound SA cannot be enabled: %s",
			     ike->world.kernel->error(ike->world.kernel_ctx));
		child_end(child, "kernel", true);
		return;
	}
	take_over(child);
}

/*
 * The peer has had its time. If it can be asked, packets wait for its answer:
 * some install their SAs only when quick mode's last message comes, and a slow
 * one would lose all that is sent before. Without an answer traffic goes at last.
 */
static void standby_over(void *arg)
{
	struct child_sa *child = arg;
	struct ike *ike = child->flow->ike;
	struct ike_sa *sa = sa_established(ike, &child->local, &child->remote);

	if (!child->ask || !sa || child->asked == ASKS_MAX) {
		enable(child);
		return;
	}
	if (!child->asked++)
		child->ask_sequence = crypto_random_below(INT32_MAX);
	info_are_you_there(sa, child->ask_sequence);
	timer_start(&child->enable, ike->loop, ASK_MS << (child->asked - 1), standby_over, child);
}

void child_answered(struct ike *ike, const struct addr *remote, uint32_t sequence)
{
	struct child_sa *child;
	struct flow *flow;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (child->state != CHILD_STANDBY || !child->asked || child->ask_sequence != sequence ||
			    !addr_equal(&child->remote, remote))
				continue;
			enable(child);
			return;
		}
	}
}

void child_add(struct flow *flow, struct child_sa *child, uint32_t ms, bool ask)
{
	child->flow = flow;
	/* whoever made it: nobody needs to ask any more */
	if (!flow->quick) {
		sa_wait_end(flow);
		timer_stop(&flow->request);
	}
	TAILQ_INSERT_HEAD(&flow->children, child, link);
	child->created = uv_now(flow->ike->loop);
	child->enable_ms = ms;
	child->ask = ask;
	if (child->state == CHILD_ACTIVE)
		take_over(child);
	else
		timer_start(&child->enable, flow->ike->loop, ms, standby_over, child);
}

void child_resent(struct child_sa *child)
{
	if (child->state == CHILD_STANDBY)
		timer_start(&child->enable, child->flow->ike->loop, child->enable_ms, standby_over, child);
}

void child_report(const struct child_sa *child)
{
	report_child(child, true, EV_CHILD_CREATED, NULL);
	report_child(child, false, EV_CHILD_CREATED, NULL);
}

static void from_kernel(struct child_sa *child, bool in, bool out)
{
	struct ike *ike = child->flow->ike;

	if (out && !child->out_gone) {
		child->out_gone = true;
		install_remove(ike, child, false);
	}
	if (in && !child->in_gone) {
		child->in_gone = true;
		install_remove(ike, child, true);
	}
}

static void tell_peer(struct ike_sa *sa, const struct child_sa *child)
{
	info_delete_child(sa, child->proto == IPPROTO_AH ? IPSEC_PROTO_AH : IPSEC_PROTO_ESP, child->spi_in);
	if (child->ah_in)
		info_delete_child(sa, IPSEC_PROTO_AH, child->ah_in);
}

void child_end(struct child_sa *child, const char *reason, bool notify)
{
	struct flow *flow = child->flow;
	struct ike_sa *sa;

	timer_stop(&child->enable);
	timer_stop(&child->old);
	from_kernel(child, true, true);
	report_child(child, true, EV_CHILD_DELETED, reason);
	report_child(child, false, EV_CHILD_DELETED, reason);
	notify = notify && !child->manual;
	sa = notify ? sa_established(flow->ike, &child->local, &child->remote) : NULL;
	if (sa)
		tell_peer(sa, child);
	else if (notify)
		report_spi(child, EV_DELETE_IGNORED, child->spi_in);
	TAILQ_REMOVE(&flow->children, child, link);
	free(child);
	flow_release(flow);
}

static void lingered(void *arg)
{
	child_end(arg, "peer", false);
}

void child_peer_deleted(struct child_sa *child)
{
	struct flow *flow = child->flow;

	report_spi(child, EV_CHILD_DELETE_IN, child->spi_out);
	if (TAILQ_FIRST(&flow->children) == child && !TAILQ_NEXT(child, link)) {
		child_end(child, "peer", false);
		return;
	}
	/* the flow goes on with another pair: what is on its way to this one still counts */
	child->state = CHILD_OLD;
	timer_stop(&child->enable);
	from_kernel(child, false, true);
	timer_start(&child->old, flow->ike->loop, LINGER, lingered, child);
}

unsigned int child_end_all(struct ike *ike, const struct addr *local, const struct addr *remote, const char *map,
			   uint64_t since, const char *reason, bool notify)
{
	struct child_sa *child, *next;
	struct flow *flow, *more;
	unsigned int count = 0;

	for (flow = TAILQ_FIRST(&ike->flows); flow; flow = more) {
		more = TAILQ_NEXT(flow, link);
		for (child = TAILQ_FIRST(&flow->children); child; child = next) {
			next = TAILQ_NEXT(child, link);
			if ((local && !addr_equal(local, &child->local)) ||
			    (remote && !addr_equal(remote, &child->remote)) ||
			    (map && strcmp(map, flow->map)) || child->created > since)
				continue;
			child_end(child, reason, notify);
			count++;
		}
	}
	return count;
}

/* --- the kernel's events --- */

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
	flow->ifindex = ifindex;
	flow_address(flow);
	if (flow->local.length)
		report_request(flow, EV_SA_REQUEST, 0);
	flow_negotiate(flow);
}

/* "level per-host": the packet's own addresses, where the rule has networks */
static void host_of(const struct addr *a, struct proxy *p)
{
	p->addr = *a;
	p->prefix = (uint8_t)(a->length * 8);
}

static void on_acquire(void *arg, const struct kernel_acquire *acq)
{
	struct proxy local = acq->local, remote = acq->remote;
	struct lookup_entry entry;
	struct ike *ike = arg;
	struct flow *flow;

	if (!lookup_entry(ike, acq->map, acq->seq, &entry) || entry.manual)
		return;
	if (entry.per_host) {
		host_of(&acq->flow.src, &local);
		host_of(&acq->flow.dst, &remote);
	}
	flow = flow_get(ike, acq->map, acq->seq, &local, &remote);
	if (!flow)
		return;
	if (TAILQ_EMPTY(&flow->children) && entry.has_default)
		flow->peer_index = entry.default_peer;
	flow_want(flow, acq->ifindex);
	flow_release(flow);
}

static void report_rekey(const struct child_sa *child, const char *reason, const char *why)
{
	struct event ev;

	flow_event(child->flow, &ev, EV_REKEY);
	addr_text(&child->local, ev.local);
	addr_text(&child->remote, ev.peer);
	ev.rekey.map = child->flow->map;
	ev.rekey.seq = child->flow->seq;
	ev.rekey.spi = child->spi_in;
	ev.rekey.reason = reason;
	ev.rekey.skipped = why;
	ev.rekey.why = why;
	event_emit(child->flow->ike->hub, &ev);
}

/* A pair that has carried nothing in its whole life is not made again (CISCO 5.6). */
static bool idle(const struct child_sa *child)
{
	const struct ike_world *world = &child->flow->ike->world;
	struct kernel_sa_info in, out;

	if (world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_in, &child->local, &in) ||
	    world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_out, &child->remote, &out))
		return false;
	return !in.stats.in_packets && !out.stats.out_packets;
}

static void on_soft_expire(void *arg, const struct kernel_sa_info *info)
{
	struct child_sa *child = child_find(arg, info->proto, info->spi, info->inbound, NULL);
	struct flow *flow;

	if (!child || child->rekeying)
		return;
	flow = child->flow;
	if (child->state == CHILD_OLD || child != TAILQ_FIRST(&flow->children)) {
		report_rekey(child, info->reason, "newer pair");
		return;
	}
	if (idle(child)) {
		report_rekey(child, info->reason, "idle");
		return;
	}
	report_rekey(child, info->reason, NULL);
	child->rekeying = true;
	flow->rate = (info->stats.in_bytes + info->stats.out_bytes) / (info->age_seconds ? info->age_seconds : 1);
	flow->local = child->local;
	timer_stop(&flow->request);
	report_request(flow, EV_SA_REQUEST, 0);
	flow_negotiate(flow);
}

static void life_over(void *arg)
{
	child_end(arg, "lifetime", true);
}

/*
 * Outbound ends first (install.c): what the peer still sends is taken for a
 * moment, and what we want to send waits for the next pair.
 */
static void on_hard_expire(void *arg, const struct kernel_sa_info *info)
{
	struct child_sa *child = child_find(arg, info->proto, info->spi, info->inbound, NULL);
	struct ike *ike = arg;

	if (!child)
		return;
	if (info->inbound) {
		child->in_gone = true;
		life_over(child);
		return;
	}
	child->out_gone = true;
	child->state = CHILD_OLD;
	timer_stop(&child->enable);
	timer_start(&child->old, ike->loop, LINGER, life_over, child);
}

/* Somebody else took an SA away; EV_SA_DEL also follows our own deletions, which are forgotten by then. */
static void on_deleted(void *arg, const struct kernel_sa_info *info)
{
	struct child_sa *child = child_find(arg, info->proto, info->spi, info->inbound, NULL);

	if (!child || (info->inbound ? child->in_gone : child->out_gone))
		return;
	if (info->inbound)
		child->in_gone = true;
	else
		child->out_gone = true;
	child_end(child, "kernel", true);
}

/* Packets that the SA of the other direction has carried; UINT64_MAX: it cannot be asked. */
static uint64_t other_packets(const struct child_sa *child, bool inbound)
{
	const struct ike_world *world = &child->flow->ike->world;
	struct kernel_sa_info info;

	if (world->kernel->sa_get(world->kernel_ctx, child->proto, inbound ? child->spi_out : child->spi_in,
				  inbound ? &child->remote : &child->local, &info))
		return UINT64_MAX;
	return inbound ? info.stats.out_packets : info.stats.in_packets;
}

/* One direction was unused for the idle time: if the other one was, too, and still is, the pair ends. */
static void on_idle(void *arg, const struct kernel_sa_info *info)
{
	struct child_sa *child = child_find(arg, info->proto, info->spi, info->inbound, NULL);
	struct lookup_entry entry;
	struct flow *flow;
	bool both;

	if (!child || child->manual || info->proto != child->proto)
		return;
	if (info->inbound) {
		child->idle_in = true;
		child->idle_in_packets = info->stats.in_packets;
		both = child->idle_out && other_packets(child, true) == child->idle_out_packets;
	} else {
		child->idle_out = true;
		child->idle_out_packets = info->stats.out_packets;
		both = child->idle_in && other_packets(child, false) == child->idle_in_packets;
	}
	if (!both)
		return;
	flow = child->flow;
	if (lookup_entry(flow->ike, flow->map, flow->seq, &entry) && entry.idle_default && entry.has_default)
		flow->peer_index = entry.default_peer;
	child_end(child, "idle", true);
}

static void on_used(void *arg, uint8_t proto, uint32_t spi, const struct addr *dst)
{
	struct child_sa *child = child_find(arg, proto, spi, true, NULL);

	(void)dst;
	if (child)
		enable(child);
}

static void on_invalid_spi(void *arg, uint8_t proto, uint32_t spi, const struct addr *src, const struct addr *dst, uint32_t ifindex)
{
	struct ike *ike = arg;
	char from[ADDR_TEXT], to[ADDR_TEXT];
	const char *name = "?";
	unsigned int i;

	for (i = 0; i < ike->binding_count; i++) {
		if (ike->bindings[i].ifindex == ifindex)
			name = ike->bindings[i].name;
	}
	event_syslog(ike->hub, "%%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=%s, prot=%u, spi=0x%X(%u), srcaddr=%s, input interface=%s",
		     addr_text(dst, to), proto, spi, spi, addr_text(src, from), name);
}

static void on_not_ipsec(void *arg, const char *map, uint32_t seq, uint32_t ifindex, const struct kernel_flow *flow)
{
	char from[ADDR_TEXT], to[ADDR_TEXT];
	struct ike *ike = arg;

	(void)map;
	(void)seq;
	(void)ifindex;
	event_syslog(ike->hub, "%%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. (ip) vrf/dest_addr= /%s, src_addr= %s, prot= %d",
		     addr_text(&flow->dst, to), addr_text(&flow->src, from), flow->protocol);
}

static void on_drop(void *arg, uint32_t spi, const struct addr *src, const struct addr *dst, uint32_t conn_id,
		    const char *reason, uint64_t sequence, const struct kernel_flow *flow)
{
	char from[ADDR_TEXT], to[ADDR_TEXT], inner_from[ADDR_TEXT], inner_to[ADDR_TEXT];
	struct ike *ike = arg;

	addr_text(src, from);
	addr_text(dst, to);
	if (!strncmp(reason, "replay", 6))
		event_syslog(ike->hub, "%%CRYPTO-4-PKT_REPLAY_ERR: decrypt: replay check failed\n        connection id=%u, sequence number=%llu",
			     conn_id, (unsigned long long)sequence);
	else if (!strcmp(reason, "bad-icv"))
		event_syslog(ike->hub, "%%CRYPTO-4-RECVD_PKT_MAC_ERR: decrypt: mac verify failed for connection id=%u local=%s remote=%s spi=%X seqno=%llX",
			     conn_id, to, from, spi, (unsigned long long)sequence);
	else if (!strcmp(reason, "identity") && flow)
		event_syslog(ike->hub, "%%CRYPTO-4-RECVD_PKT_INV_IDENTITY: identity doesn't match negotiated identity\n (ip) dest_addr= %s, src_addr= %s, prot= %d",
			     addr_text(&flow->dst, inner_to), addr_text(&flow->src, inner_from), flow->protocol);
}

const struct kernel_events ike_kernel_events = {
	.acquire = on_acquire,
	.soft_expire = on_soft_expire,
	.hard_expire = on_hard_expire,
	.sa_deleted = on_deleted,
	.idle = on_idle,
	.used = on_used,
	.invalid_spi = on_invalid_spi,
	.not_ipsec = on_not_ipsec,
	.drop = on_drop,
};
