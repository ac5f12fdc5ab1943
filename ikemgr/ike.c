/* SPDX-License-Identifier: GPL-2.0-only */
/* One instance of the manager: made, configured, stopped, freed. See ike.h. */
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "config/model.h"
#include "dynamic.h"
#include "exchange.h"
#include "ike.h"
#include "lookup.h"
#include "manual.h"
#include "route.h"
#include "workers.h"

#define FIRST_CONN_ID 1001	/* IOS: software crypto engine */

const struct ike_schedule ike_schedule_default = {
	.retransmit = { 1000, 2000, 4000, 8000, 15000 },
	.death = 30000,
	.half_open = 30000,
	.request = 30000,
	.node_purge = 50000,
	.sa_purge = 60000,
	.old_pair = 10000,
	.linger = 3000,
	.tunnel = 5000,
	.fragment = 10000,
	.spi_settled = 5000,
};

int ike_init(struct ike *ike, uv_loop_t *loop, struct event_hub *hub, const struct ike_world *world)
{
	memset(ike, 0, sizeof(*ike));
	ike->loop = loop;
	ike->hub = hub;
	ike->world = *world;
	ike->schedule = ike_schedule_default;
	ike->next_conn_id = FIRST_CONN_ID;
	ike->next_child_id = 1;
	TAILQ_INIT(&ike->peers);
	TAILQ_INIT(&ike->flows);
	TAILQ_INIT(&ike->dynamics);
	ike->workers = workers_new(loop);
	return ike->workers ? 0 : -1;
}

/*
 * Freed in this order: IKE SAs with their exchanges (which point to flows),
 * then flows with their pairs. The kernel is not told.
 */
void ike_fini(struct ike *ike)
{
	struct child_sa *child;
	struct flow *flow;

	ike->stopping = true;
	timer_stop(&ike->tunnels);
	route_free(ike);
	timer_stop(&ike->renewal);
	while (!TAILQ_EMPTY(&ike->peers)) {
		/* the last SA frees the peer */
		sa_discard(TAILQ_FIRST(&TAILQ_FIRST(&ike->peers)->sas));
	}
	while ((flow = TAILQ_FIRST(&ike->flows))) {
		while ((child = TAILQ_FIRST(&flow->children))) {
			timer_stop(&child->enable);
			timer_stop(&child->old);
			timer_stop(&child->shortened);
			child_unlink(child);
			free(child);
		}
		timer_stop(&flow->request);
		flow_unlink(flow);
		free(flow);
	}
	dynamic_free_all(ike);
	free(ike->bindings);
	ike->bindings = NULL;
	ike->binding_count = 0;
	workers_free(ike->workers);
	ike->workers = NULL;
}

/* What peers have made and nothing serves any more: temporary entries leave the kernel with it. */
static void release_flows(struct ike *ike)
{
	struct flow *flow, *next;

	for (flow = TAILQ_FIRST(&ike->flows); flow; flow = next) {
		next = TAILQ_NEXT(flow, link);
		timer_stop(&flow->request);
		flow_release(flow);
	}
}

void ike_stop(struct ike *ike)
{
	ike->stopping = true;
	timer_stop(&ike->tunnels);
	timer_stop(&ike->renewal);
	child_end_all(ike, NULL, NULL, NULL, UINT64_MAX, "shutdown", true);
	sa_clear_ike(ike, 0);
	release_flows(ike);
	route_end(ike);
}

/* A flow is one permit rule of one entry: is it still configured so? */
static bool still_configured(struct flow *flow)
{
	uint32_t index;

	/* its number is taken by an entry of the file now */
	if (flow->dynamic && config_entry_find(flow->ike->config, flow->map, flow->seq))
		return false;
	if (!lookup_rule(flow->ike, flow->map, flow->seq, &flow->local_proxy, &flow->remote_proxy, &index, &flow->line))
		return false;
	if (flow->rule_index != UINT32_MAX)
		flow->rule_index = index;
	return true;
}

/* Pairs with a peer that the entry no longer names; a flow made for such a pair alone goes with it. */
static void end_strangers(struct flow *flow, const struct config *old)
{
	struct child_sa *child, *next;
	struct lookup_entry entry;
	unsigned int i;

	if (!lookup_entry(flow->ike, flow->map, flow->seq, &entry))
		return;
	for (child = TAILQ_FIRST(&flow->children); child; child = next) {
		next = TAILQ_NEXT(child, link);
		for (i = 0; i < entry.peer_count && !addr_equal(&entry.peers[i], &child->remote); i++)
			;
		if (i == entry.peer_count || child->manual != entry.manual || (child->manual && manual_changed(flow, old)))
			child_end(child, "reload", true);
	}
}

/* Lines of events point into the old configuration. */
static void forget_lines(struct ike *ike)
{
	struct peer *peer;
	struct ike_sa *sa;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link)
			sa->policy_line.file = NULL;
	}
}

static const struct config_psk *key_of(const struct ike_sa *sa, const struct config *c)
{
	struct config_psk_query q;

	lookup_psk_query(sa, c, &q);
	return sa->profile[0] && !q.profile ? NULL : config_psk_lookup(c, &q);
}

static bool same_key(const struct ike_sa *sa, const struct config *old, const struct config *config)
{
	const struct config_psk *before = key_of(sa, old), *now = key_of(sa, config);

	return before && now && before->length == now->length && crypto_equal(before->key, now->key, now->length);
}

/* Who was authenticated by a key that is gone, or another now, has to do it again. */
static void revoke_keys(struct ike *ike, const struct config *old, const struct config *config)
{
	struct peer *peer;
	struct ike_sa *sa;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (!same_key(sa, old, config))
				sa_delete(sa, "No reason", true);
		}
	}
}

void ike_configure(struct ike *ike, const struct config *config)
{
	const struct config *old = ike->config;
	struct flow *flow, *next;

	forget_lines(ike);
	ike->config = config;
	if (old)
		revoke_keys(ike, old, config);
	for (flow = TAILQ_FIRST(&ike->flows); flow; flow = next) {
		next = TAILQ_NEXT(flow, link);
		if (!still_configured(flow))
			flow_free(flow, "reload");
		else
			end_strangers(flow, old);
	}
	lookup_each_rule(ike);
	route_changed(ike);
}

void ike_bindings(struct ike *ike, const struct ike_binding *bindings, unsigned int count)
{
	struct ike_binding *copy = calloc(count ? count : 1, sizeof(*copy));

	if (!copy)
		return;
	if (count)
		memcpy(copy, bindings, count * sizeof(*copy));
	free(ike->bindings);
	ike->bindings = copy;
	ike->binding_count = count;
}

static void tunnels_again(void *arg)
{
	ike_tunnels(arg);
}

void ike_tunnels(struct ike *ike)
{
	struct lookup_entry entry;
	struct flow *flow;
	unsigned int i;
	bool any = false;

	for (flow = TAILQ_FIRST(&ike->flows); flow && !ike->stopping; flow = TAILQ_NEXT(flow, link)) {
		if (flow->rule_index == UINT32_MAX || !lookup_entry(ike, flow->map, flow->seq, &entry) || !entry.keep_up)
			continue;
		any = true;
		for (i = 0; i < ike->binding_count; i++) {
			const struct ike_binding *b = &ike->bindings[i];
			struct addr peer = flow_peer(flow);

			if (!b->ifindex || strcmp(b->map, flow->map) || !ike_binding_address(b, &peer)->length)
				continue;
			flow_want(flow, b->ifindex);
			break;
		}
	}
	if (any)
		timer_start(&ike->tunnels, ike->loop, ike->schedule.tunnel, tunnels_again, ike);
	else
		timer_stop(&ike->tunnels);
}

const struct ike_binding *ike_binding_local(const struct ike *ike, const struct addr *local)
{
	unsigned int i;

	for (i = 0; i < ike->binding_count; i++) {
		if (ike_binding_has(&ike->bindings[i], local))
			return &ike->bindings[i];
	}
	return NULL;
}
