/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dead peer detection: see dpd.h.
 *
 * On demand, the peer is asked when none of its packets came in for an interval
 * and some went out since the last one; periodically, at each interval. It is asked again every few
 * seconds; when DPD_ASKS questions are not answered, all SAs with it end, and
 * what waits goes to the entry's next peer.
 */
#include <string.h>

#include "config/model.h"
#include "crypto.h"
#include "dpd.h"
#include "exchange.h"
#include "failover.h"
#include "ike.h"
#include "sa.h"

#define SEC		1000u
#define DPD_ASKS	5	/* IOS */
#define DPD_LOOKS	4	/* at the counters, in an interval */

static void interval_over(void *arg);
static void no_answer(void *arg);

/* Packets of all pairs with the peer, each way. Sums only tell whether something changed: pairs come and go. */
static void count(const struct ike_sa *sa, uint64_t *in, uint64_t *out)
{
	const struct peer *peer = sa->peer;
	const struct ike_world *world = &peer->ike->world;
	const struct child_sa *child;
	struct kernel_sa_info info;

	*in = *out = 0;
	LIST_FOREACH(child, &peer->ike->children_by_remote[bucket_addr(&peer->remote, 0)], by_remote) {
		if (!sa_owns(sa, child))
			continue;
		if (!world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_in, &child->local, &info))
			*in += info.stats.in_packets;
		if (!world->kernel->sa_get(world->kernel_ctx, child->proto, child->spi_out, &child->remote, &info))
			*out += info.stats.out_packets;
	}
}

/* The peer's ISAKMP profile may say other times; what it says is on demand. */
static const struct config_isakmp_profile *own_times(const struct ike_sa *sa)
{
	const struct config_isakmp_profile *p = config_isakmp_profile_find(sa->peer->ike->config, sa->profile);

	return p && p->keepalive ? p : NULL;
}

static uint64_t interval(const struct ike_sa *sa)
{
	const struct config_isakmp_profile *p = own_times(sa);

	return (uint64_t)(p ? p->keepalive : sa->peer->ike->config->keepalive) * SEC;
}

static uint64_t retry(const struct ike_sa *sa)
{
	const struct config_isakmp_profile *p = own_times(sa);

	return (uint64_t)(p ? p->keepalive_retry : sa->peer->ike->config->keepalive_retry) * SEC;
}

static bool periodic(const struct ike_sa *sa)
{
	return !own_times(sa) && sa->peer->ike->config->keepalive_periodic;
}

static void look_again(struct ike_sa *sa)
{
	if (interval(sa))
		timer_start(&sa->dpd, sa->peer->ike->loop, interval(sa) / (periodic(sa) ? 1 : DPD_LOOKS), interval_over, sa);
}

/* The peer is there: look again when an interval is over, or a part of it. */
static void wait_interval(struct ike_sa *sa)
{
	sa->dpd_asked = sa->dpd_quiet = 0;
	count(sa, &sa->dpd_in, &sa->dpd_out);
	look_again(sa);
}

static void ask(struct ike_sa *sa)
{
	const struct ike *ike = sa->peer->ike;

	if (!sa->dpd_asked++) {
		sa->dpd_sequence = crypto_random_below(INT32_MAX);
		count(sa, &sa->dpd_in, &sa->dpd_out);
	} else {
		sa->dpd_sequence++;
	}
	info_are_you_there(sa, sa->dpd_sequence);
	timer_start(&sa->dpd, ike->loop, retry(sa), no_answer, sa);
}

static void interval_over(void *arg)
{
	struct ike_sa *sa = arg;
	uint64_t in, out;

	count(sa, &in, &out);
	/* of several SAs with a peer the newest asks */
	if (sa_newest(sa) != sa)
		wait_interval(sa);
	else if (periodic(sa))
		ask(sa);
	else if (in != sa->dpd_in)
		wait_interval(sa);
	else if (++sa->dpd_quiet >= DPD_LOOKS && out != sa->dpd_out)
		ask(sa);
	else
		look_again(sa);
}

static void report(const struct ike_sa *sa, const char *what)
{
	struct event ev;

	sa_event(sa, &ev, EV_DPD);
	ev.dpd_timer.what = what;
	event_emit(sa->peer->ike->hub, &ev);
}

static void no_answer(void *arg)
{
	struct ike_sa *sa = arg;
	struct addr remote = sa->peer->remote;
	struct ike *ike = sa->peer->ike;
	uint64_t in, out;
	char text[ADDR_TEXT];

	/* an IPsec packet proves as much as an answer (RFC 3706 5.5) */
	count(sa, &in, &out);
	if (in != sa->dpd_in) {
		wait_interval(sa);
		return;
	}
	sa->errors++;
	report(sa, "missed");
	if (sa->dpd_asked < DPD_ASKS) {
		ask(sa);
		return;
	}
	report(sa, "dead");
	event_daemon(ike->hub, "info", "peer %s does not answer: all SAs with it end", addr_text(&remote, text));
	sa_dead(sa);
	failover_dead(ike, &remote);
	child_end_partner(sa, UINT64_MAX, "dead", false);
}

void dpd_start(struct ike_sa *sa)
{
	if (!sa->peer_dpd || !interval(sa))
		return;
	report(sa, "enabled");
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
