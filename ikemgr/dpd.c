/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dead peer detection: see dpd.h.
 *
 * On demand, the peer is asked when packets went out and none came in for an
 * interval; periodically, at each interval. It is asked again every few
 * seconds; when DPD_ASKS questions are not answered, all SAs with it end, and
 * what waits goes to the entry's next peer.
 */
#include <string.h>

#include "config/model.h"
#include "crypto.h"
#include "dpd.h"
#include "exchange.h"
#include "ike.h"
#include "lookup.h"
#include "sa.h"

#define SEC		1000u
#define DPD_ASKS	5	/* IOS */

static void interval_over(void *arg);
static void no_answer(void *arg);

/* Packets of all pairs with the peer, each way. Sums only tell whether something changed: pairs come and go. */
static void count(const struct ike_sa *sa, uint64_t *in, uint64_t *out)
{
	const struct peer *peer = sa->peer;
	const struct ike_world *world = &peer->ike->world;
	const struct child_sa *child;
	struct kernel_sa_info info;
	const struct flow *flow;

	*in = *out = 0;
	TAILQ_FOREACH(flow, &peer->ike->flows, link) {
		TAILQ_FOREACH(child, &flow->children, link) {
			if (!sa_owns(sa, child))
				continue;
			if (!world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_in, &child->local, &info))
				*in += info.stats.in_packets;
			if (!world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_out, &child->remote, &info))
				*out += info.stats.out_packets;
		}
	}
}

static void wait_interval(struct ike_sa *sa)
{
	const struct ike *ike = sa->peer->ike;

	sa->dpd_asked = 0;
	if (ike->config->keepalive)
		timer_start(&sa->dpd, ike->loop, (uint64_t)ike->config->keepalive * SEC, interval_over, sa);
}

static void ask(struct ike_sa *sa)
{
	const struct ike *ike = sa->peer->ike;

	if (!sa->dpd_asked++)
		sa->dpd_sequence = crypto_random_below(INT32_MAX);
	else
		sa->dpd_sequence++;
	info_are_you_there(sa, sa->dpd_sequence);
	timer_start(&sa->dpd, ike->loop, (uint64_t)ike->config->keepalive_retry * SEC, no_answer, sa);
}

static void interval_over(void *arg)
{
	struct ike_sa *sa = arg;
	uint64_t in, out;
	bool quiet;

	count(sa, &in, &out);
	quiet = in == sa->dpd_in && out != sa->dpd_out;
	sa->dpd_in = in;
	sa->dpd_out = out;
	/* of several SAs with a peer the newest asks */
	if (sa_newest(sa) == sa && (quiet || sa->peer->ike->config->keepalive_periodic))
		ask(sa);
	else
		wait_interval(sa);
}

/* The entries' next peers, for flows that used this one. */
static void next_peers(struct ike *ike, const struct addr *dead)
{
	struct lookup_entry entry;
	struct flow *flow;
	struct addr peer;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		peer = flow_peer(flow);
		if (addr_equal(&peer, dead) && lookup_entry(ike, flow->map, flow->seq, &entry))
			flow->peer_index = (flow->peer_index + 1) % entry.peer_count;
	}
}

static void no_answer(void *arg)
{
	struct ike_sa *sa = arg;
	struct addr remote = sa->peer->remote;
	struct ike *ike = sa->peer->ike;
	char text[ADDR_TEXT];

	sa->errors++;
	if (sa->dpd_asked < DPD_ASKS) {
		ask(sa);
		return;
	}
	event_daemon(ike->hub, "info", "peer %s does not answer: all SAs with it end", addr_text(&remote, text));
	sa_delete(sa, "peers alive", false);
	next_peers(ike, &remote);
	child_end_partner(sa, UINT64_MAX, "dead", false);
}

void dpd_start(struct ike_sa *sa)
{
	if (!sa->peer_dpd || !sa->peer->ike->config->keepalive)
		return;
	count(sa, &sa->dpd_in, &sa->dpd_out);
	wait_interval(sa);
}

void dpd_stop(struct ike_sa *sa)
{
	timer_stop(&sa->dpd);
}

void dpd_answered(struct ike_sa *sa, uint32_t sequence)
{
	if (sa->dpd_asked && sequence == sa->dpd_sequence)
		wait_interval(sa);
}
