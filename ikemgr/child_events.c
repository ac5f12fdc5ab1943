/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel tells, and what it means for flows and their pairs: requests, lifetimes, idle pairs, odd packets. */
#include <string.h>

#include "child.h"
#include "exchange.h"
#include "ike.h"
#include "lookup.h"
#include "rekey.h"
#include "recovery.h"

#define SEC		1000u
#define MARGIN_MIN	2u
#define MARGIN_MAX	30u	/* seconds of its life that a pair has left when it is made anew (install.c) */

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

	/* a dynamic entry never begins, nor does a responder-only one */
	if (!lookup_entry(ike, acq->map, acq->seq, &entry) || entry.manual || entry.template || entry.responder_only)
		return;
	if (entry.per_host) {
		host_of(&acq->flow.src, &local);
		host_of(&acq->flow.dst, &remote);
	}
	flow = flow_get(ike, acq->map, acq->seq, &local, &remote);
	if (!flow)
		return;
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

/* A pair that has carried nothing in its whole life is not made again (IOS). */
static bool idle(const struct child_sa *child)
{
	const struct ike_world *world = &child->flow->ike->world;
	struct kernel_sa_info in, out;

	if (world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_in, &child->local, &in) ||
	    world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_out, &child->remote, &out))
		return false;
	return !in.stats.in_packets && !out.stats.out_packets;
}

void child_rekey(struct child_sa *child, const char *reason)
{
	struct flow *flow = child->flow;

	report_rekey(child, reason, NULL);
	child->rekeying = true;
	rekey_begin(flow);
	flow->local = child->local;
	timer_stop(&flow->request);
	flow_report_request(flow, EV_SA_REQUEST, 0);
	flow_negotiate(flow);
}

/* Why there shall be no pair after @child; NULL: there shall. */
static const char *why_not_again(const struct child_sa *child)
{
	const struct flow *flow = child->flow;
	struct lookup_entry entry;

	if (child->state == CHILD_OLD || child != TAILQ_FIRST(&flow->children))
		return "newer pair";
	if (idle(child))
		return "idle";
	return lookup_entry(flow->ike, flow->map, flow->seq, &entry) && entry.responder_only ? "responder only" : NULL;
}

static void life_soft(struct child_sa *child, const char *reason)
{
	const char *why = why_not_again(child);

	if (why)
		report_rekey(child, reason, why);
	else
		child_rekey(child, reason);
}

static void on_soft_expire(void *arg, const struct kernel_sa_info *info)
{
	struct child_sa *child = child_find(arg, info->proto, info->spi, info->inbound, NULL);

	if (!child || child->rekeying)
		return;
	child->flow->rate = (info->stats.in_bytes + info->stats.out_bytes) / (info->age_seconds ? info->age_seconds : 1);
	life_soft(child, info->reason);
}

static void life_over(void *arg)
{
	child_end(arg, "lifetime", true);
}

static void shortened_soft(void *arg)
{
	struct child_sa *child = arg;

	timer_start(&child->shortened, child->flow->ike->loop, (uint64_t)child_life_left(child) * SEC, life_over, child);
	if (!child->rekeying)
		life_soft(child, "seconds");
}

void child_lifetime_set(struct child_sa *child, uint32_t seconds)
{
	uint32_t left, margin;

	if (!seconds || seconds >= child->life_seconds || child->state == CHILD_OLD)
		return;
	child->life_seconds = child->flow->peer_seconds = seconds;
	left = child_life_left(child);
	margin = seconds / 5 < MARGIN_MAX ? seconds / 5 : MARGIN_MAX;
	if (margin < MARGIN_MIN)
		margin = MARGIN_MIN;
	timer_start(&child->shortened, child->flow->ike->loop, left > margin ? (uint64_t)(left - margin) * SEC : 0, shortened_soft, child);
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
	timer_start(&child->old, ike->loop, ike->schedule.linger, life_over, child);
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
	child_end(child, "idle", true);
}

static void on_used(void *arg, uint8_t proto, uint32_t spi, const struct addr *dst)
{
	struct child_sa *child = child_find(arg, proto, spi, true, NULL);

	(void)dst;
	if (child)
		child_enable(child);
}

static void on_moved(void *arg, uint8_t proto, uint32_t spi, const struct addr *src, uint16_t sport)
{
	struct child_sa *child = child_find(arg, proto, spi, true, NULL);

	if (child)
		natt_moved(child, src, sport);
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
	rekey_invalid_spi(ike, spi);
	recovery_invalid_spi(ike, proto, spi, src, dst);
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
	.moved = on_moved,
	.invalid_spi = on_invalid_spi,
	.not_ipsec = on_not_ipsec,
	.drop = on_drop,
};
