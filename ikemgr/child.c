/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of IPsec SAs: how one takes over from the one before, so that nothing
 * is lost, and how they end. flow.c asks for them.
 *
 * A pair's inbound SA is in the kernel before the peer can know of it. The
 * initiator's outbound SA stands by until the peer shows that it has the pair
 * (its first packet), or surely has it. The pair before keeps its inbound SA;
 * whoever made the new pair deletes the old one some seconds later, and where a
 * peer never does, we do it when nothing comes by it any more.
 *
 * Two quick modes may cross, each end having begun one. Then both pairs stay
 * until the next change: if each end took the other's for the old one, both
 * would go.
 */
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "exchange.h"
#include "failover.h"
#include "ike.h"
#include "install.h"
#include "recovery.h"
#include "rekey.h"
#include "route.h"

#define SEC		1000u
#define ASKS_MAX	5	/* R-U-THERE; the first repeated after ASK_MS, then twice as long each: 31 s */
#define ASK_MS		1000u
#define OLD_LOOKS	3u	/* so many times the time of an old pair, when it is the peer's to take away */

/* --- events --- */

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

static struct child_sa *find_esp(struct ike *ike, uint8_t proto, uint32_t spi, bool inbound, const struct addr *remote)
{
	struct child_sa *child;

	if (inbound) {
		LIST_FOREACH(child, &ike->children_by_spi_in[bucket_number(spi)], by_spi_in) {
			if (has_spi(child, proto, spi, true) && (!remote || addr_equal(remote, &child->remote)))
				return child;
		}
		return NULL;
	}
	LIST_FOREACH(child, &ike->children_by_spi_out[bucket_number(spi)], by_spi_out) {
		if (has_spi(child, proto, spi, false) && (!remote || addr_equal(remote, &child->remote)))
			return child;
	}
	return NULL;
}

struct child_sa *child_find(struct ike *ike, uint8_t proto, uint32_t spi, bool inbound, const struct addr *remote)
{
	struct child_sa *child = find_esp(ike, proto, spi, inbound, remote);
	struct flow *flow;

	if (child || proto != IPPROTO_AH)
		return child;
	/* the AH around ESP: few have that */
	TAILQ_FOREACH(flow, &ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (has_spi(child, proto, spi, inbound) && (!remote || addr_equal(remote, &child->remote)))
				return child;
		}
	}
	return NULL;
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

void child_unlink(struct child_sa *child)
{
	TAILQ_REMOVE(&child->flow->children, child, link);
	LIST_REMOVE(child, by_remote);
	LIST_REMOVE(child, by_spi_in);
	LIST_REMOVE(child, by_spi_out);
}

static void child_link(struct child_sa *child)
{
	struct ike *ike = child->flow->ike;

	TAILQ_INSERT_HEAD(&child->flow->children, child, link);
	LIST_INSERT_HEAD(&ike->children_by_remote[bucket_addr(&child->remote, 0)], child, by_remote);
	LIST_INSERT_HEAD(&ike->children_by_spi_in[bucket_number(child->spi_in)], child, by_spi_in);
	LIST_INSERT_HEAD(&ike->children_by_spi_out[bucket_number(child->spi_out)], child, by_spi_out);
}

static void old_end(void *arg)
{
	child_end(arg, "rekeyed", true);
}

static uint64_t packets_in(const struct child_sa *child)
{
	const struct ike_world *world = &child->flow->ike->world;
	struct kernel_sa_info info;

	if (world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_in, &child->local, &info))
		return child->old_packets;
	return info.stats.in_packets;
}

/* The peer made a newer pair and does not take this one away: it stays as long as something comes by it. */
static void look_at_old(void *arg)
{
	struct child_sa *child = arg;
	struct ike *ike = child->flow->ike;
	uint64_t packets = packets_in(child);

	if (packets == child->old_packets) {
		child_end(child, "rekeyed", true);
		return;
	}
	child->old_packets = packets;
	timer_start(&child->old, ike->loop, OLD_LOOKS * ike->schedule.old_pair, look_at_old, child);
}

static void replace(struct child_sa *child, bool ours)
{
	struct ike *ike = child->flow->ike;

	child->state = CHILD_OLD;
	child->old_packets = packets_in(child);
	if (ours)
		timer_start(&child->old, ike->loop, ike->schedule.old_pair, old_end, child);
	else
		timer_start(&child->old, ike->loop, OLD_LOOKS * ike->schedule.old_pair, look_at_old, child);
}

/* @child carries the traffic now: what was there before is on its way out. */
static void take_over(struct child_sa *child)
{
	struct child_sa *other;
	bool replaced = false;

	child->state = CHILD_ACTIVE;
	timer_stop(&child->enable);
	failover_use(child->flow, &child->remote);
	TAILQ_FOREACH(other, &child->flow->children, link) {
		if (other == child || other->state != CHILD_ACTIVE)
			continue;
		replaced = true;
		if (other->created <= child->begun)
			replace(other, child->initiator && addr_equal(&other->remote, &child->remote));
	}
	if (replaced)
		rekey_taken_over(child->flow);
	/* a responder's first pair is told by EV_OUTBOUND_ENABLED alone */
	if (replaced || child->initiator)
		report_spi(child, EV_OUTBOUND_CURRENT, child->spi_out);
}

void child_enable(struct child_sa *child)
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
	struct ike_sa *sa = sa_of_child(child);

	if (!child->ask || !sa || child->asked == ASKS_MAX) {
		child_enable(child);
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

	LIST_FOREACH(child, &ike->children_by_remote[bucket_addr(remote, 0)], by_remote) {
		if (child->state != CHILD_STANDBY || !child->asked || child->ask_sequence != sequence ||
		    !addr_equal(&child->remote, remote))
			continue;
		child_enable(child);
		return;
	}
}

/* A peer that makes pair after pair for the same traffic keeps the last ones. */
static void bound_pairs(struct flow *flow)
{
	const struct child_sa *child;
	unsigned int count = 0;

	TAILQ_FOREACH(child, &flow->children, link)
		count++;
	if (count > IKE_PAIRS_MAX)
		child_end(TAILQ_LAST(&flow->children, child_list), "more pairs than one flow may have", true);
}

void child_add(struct flow *flow, struct child_sa *child, uint32_t ms, bool ask)
{
	child->flow = flow;
	/* whoever made it: nobody needs to ask any more */
	if (!flow->quick) {
		sa_wait_end(flow);
		timer_stop(&flow->request);
	}
	child_link(child);
	bound_pairs(flow);
	route_changed(flow->ike);
	child->created = uv_now(flow->ike->loop);
	child->enable_ms = ms;
	child->ask = ask;
	if (child->state == CHILD_ACTIVE)
		take_over(child);
	else
		timer_start(&child->enable, flow->ike->loop, ms, standby_over, child);
}

void child_adopt(struct flow *flow, struct child_sa *child, bool standby, bool used)
{
	child->flow = flow;
	child->renew = true;
	child->used = used;
	child_link(child);
	route_changed(flow->ike);
	if (!standby) {
		take_over(child);
		return;
	}
	child->state = CHILD_OLD;
	from_kernel(child, false, true);
	timer_start(&child->old, flow->ike->loop, flow->ike->schedule.old_pair, old_end, child);
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
	timer_stop(&child->shortened);
	from_kernel(child, true, true);
	recovery_ended(child);
	report_child(child, true, EV_CHILD_DELETED, reason);
	report_child(child, false, EV_CHILD_DELETED, reason);
	notify = notify && !child->manual;
	sa = notify ? sa_of_child(child) : NULL;
	if (sa)
		tell_peer(sa, child);
	else if (notify)
		report_spi(child, EV_DELETE_IGNORED, child->spi_in);
	rekey_pair_ends(child);
	child_unlink(child);
	free(child);
	if (TAILQ_EMPTY(&flow->children))
		failover_ended(flow, reason);
	route_changed(flow->ike);
	flow_release(flow);
}

static void lingered(void *arg)
{
	child_end(arg, "peer", false);
}

void child_peer_deleted(struct child_sa *child)
{
	struct flow *flow = child->flow;
	struct child_sa *newest = TAILQ_FIRST(&flow->children);

	report_spi(child, EV_CHILD_DELETE_IN, child->spi_out);
	/* who takes an older pair away has the newer one */
	if (newest != child)
		child_enable(newest);
	if (TAILQ_FIRST(&flow->children) == child && !TAILQ_NEXT(child, link) && !flow->quick) {
		child_end(child, "peer", false);
		return;
	}
	/* the flow goes on with another pair, or will: what is on its way to this one still counts */
	child->state = CHILD_OLD;
	timer_stop(&child->enable);
	from_kernel(child, false, true);
	timer_start(&child->old, flow->ike->loop, flow->ike->schedule.linger, lingered, child);
}

unsigned int child_end_partner(struct ike_sa *sa, uint64_t since, const char *reason, bool notify)
{
	struct child_sa *child, *next;
	struct flow *flow, *more;
	unsigned int count = 0;

	for (flow = TAILQ_FIRST(&sa->peer->ike->flows); flow; flow = more) {
		more = TAILQ_NEXT(flow, link);
		for (child = TAILQ_FIRST(&flow->children); child; child = next) {
			next = TAILQ_NEXT(child, link);
			if (child->created > since || !sa_owns(sa, child))
				continue;
			child_end(child, reason, notify);
			count++;
		}
	}
	return count;
}

static void move(struct child_sa *child, uint16_t port)
{
	const struct ike *ike = child->flow->ike;
	const struct kernel_ops *kernel = ike->world.kernel;
	void *ctx = ike->world.kernel_ctx;

	child->udp_port = port;
	if ((!child->in_gone && kernel->sa_move(ctx, child->proto, child->spi_in, &child->local, port, ISAKMP_NATT_PORT)) ||
	    (!child->out_gone && kernel->sa_move(ctx, child->proto, child->spi_out, &child->remote, ISAKMP_NATT_PORT, port)))
		event_daemon(ike->hub, "error", "an SA cannot be moved to the peer's port %u: %s", port, kernel->error(ctx));
}

void child_claim(const struct ike_sa *sa)
{
	struct child_sa *child;
	struct flow *flow;

	TAILQ_FOREACH(flow, &sa->peer->ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (sa_owns(sa, child))
				memcpy(child->partner, sa->partner, PARTNER_LEN);
		}
	}
}

void child_follow(const struct ike_sa *sa)
{
	struct child_sa *child;
	struct flow *flow;

	TAILQ_FOREACH(flow, &sa->peer->ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (child->udp && child->udp_port != sa->remote_port && sa_owns(sa, child))
				move(child, sa->remote_port);
		}
	}
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
