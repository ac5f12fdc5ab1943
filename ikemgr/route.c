/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reverse route injection: see route.h. What is wanted is computed anew from
 * flows and configuration each time, sorted, and compared with what is there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "dynamic.h"
#include "exchange.h"
#include "ike.h"
#include "lookup.h"
#include "route.h"
#include "sa.h"

/*
 * struct wanted - a route and what it is for
 * @hop: the next hop as a router shows it: the peer, or "remote-peer" A
 * @there: in the kernel; @refused: it did not take it (told once)
 */
struct wanted {
	struct route route;
	struct addr hop;
	uint32_t tag;
	uint8_t distance;
	bool always, there, refused;
};

/* @stale: interfaces have changed: the ways to the peers may be others */
struct routes {
	struct wanted *route;
	size_t count, room;
	bool stale;
};

/* --- lists of them --- */

static struct wanted *append(struct routes *list)
{
	void *more;

	if (list->count == list->room) {
		more = reallocarray(list->route, list->room ? 2 * list->room : 64, sizeof(*list->route));
		if (!more)
			return NULL;
		list->route = more;
		list->room = list->room ? 2 * list->room : 64;
	}
	memset(&list->route[list->count], 0, sizeof(*list->route));
	return &list->route[list->count++];
}

static int by_addr(const struct addr *a, const struct addr *b)
{
	return a->length != b->length ? (int)a->length - b->length : memcmp(a->bytes, b->bytes, a->length);
}

/* The kernel has one route of a network and metric: that is what makes two the same. */
static int by_network(const void *left, const void *right)
{
	const struct route *a = &((const struct wanted *)left)->route, *b = &((const struct wanted *)right)->route;
	int order = by_addr(&a->net, &b->net);

	if (!order)
		order = (int)a->prefix - b->prefix;
	return order ? order : a->metric < b->metric ? -1 : a->metric > b->metric;
}

static bool same_way(const struct route *a, const struct route *b)
{
	return a->ifindex == b->ifindex && addr_equal(&a->gateway, &b->gateway);
}

/* Several flows, by protocol or port, to one network need one route. */
static void sort(struct routes *list)
{
	size_t i, kept = 0;

	if (list->count)
		qsort(list->route, list->count, sizeof(*list->route), by_network);
	for (i = 0; i < list->count; i++) {
		if (!kept || by_network(&list->route[kept - 1], &list->route[i]))
			list->route[kept++] = list->route[i];
	}
	list->count = kept;
}

/* --- what is wanted --- */

/* The way to @w's hop. Asking the kernel each time for each would be slow: it is known while nothing changes. */
static bool find_way(const struct ike *ike, struct wanted *w)
{
	const struct routes *now = ike->routes;
	const struct wanted *old = NULL;

	if (now->count && !now->stale)
		old = bsearch(w, now->route, now->count, sizeof(*w), by_network);
	if (old && old->there && old->route.ifindex == w->route.ifindex && addr_equal(&old->hop, &w->hop)) {
		w->route.gateway = old->route.gateway;
		return true;
	}
	return ike->world.route->via(ike->world.route_ctx, &w->hop, w->route.ifindex, &w->route.gateway);
}

static void want(struct ike *ike, struct routes *list, const struct config_entry *e, const struct ike_binding *b,
		 const struct addr *peer, const struct proxy *remote)
{
	const struct addr *hop = e->routes.gateway.length ? &e->routes.gateway : peer;
	struct wanted *w;

	/* no next hop can be of the other family: what leads such packets to the interface is the user's */
	w = hop->length == remote->addr.length ? append(list) : NULL;
	if (!w)
		return;
	w->route = (struct route){ .net = remote->addr, .prefix = remote->prefix, .ifindex = b->ifindex,
				   .metric = e->routes.distance ? e->routes.distance : ROUTE_METRIC };
	w->hop = *hop;
	w->tag = e->routes.tag;
	w->distance = e->routes.distance;
	w->always = e->routes.always;
	if (!find_way(ike, w))
		list->count--;
}

/* The interface that a flow's packets leave by: the one with the map, and with our address if there are several. */
static const struct ike_binding *binding_of(const struct ike *ike, const char *map, const struct addr *local)
{
	const struct ike_binding *any = NULL;
	unsigned int i;

	for (i = 0; i < ike->binding_count; i++) {
		const struct ike_binding *b = &ike->bindings[i];

		if (!b->ifindex || strcmp(b->map, map))
			continue;
		if (local && ike_binding_has(b, local))
			return b;
		if (!any)
			any = b;
	}
	return any;
}

static const struct config_entry *entry_of(const struct flow *flow)
{
	if (flow->dynamic)
		return dynamic_template(flow->dynamic);
	return config_entry_find(flow->ike->config, flow->map, flow->seq);
}

static void want_flow(struct ike *ike, struct routes *list, const struct flow *flow, const struct addr *local, const struct addr *remote)
{
	const struct config_entry *e = entry_of(flow);
	const struct ike_binding *b;

	if (!e || !e->routes.wanted || e->routes.always)
		return;
	b = binding_of(ike, flow->map, local);
	if (b)
		want(ike, list, e, b, remote, &flow->remote_proxy);
}

static void want_flows(struct ike *ike, struct routes *list)
{
	const struct child_sa *child;
	struct flow *flow;

	TAILQ_FOREACH(flow, &ike->flows, link) {
		child = TAILQ_FIRST(&flow->children);
		if (child)
			want_flow(ike, list, flow, &child->local, &child->remote);
	}
}

/* Pairs whose flow the peer's last message will find or make */
static void want_pending(struct ike *ike, struct routes *list)
{
	const struct exchange *x;
	const struct peer *peer;
	const struct ike_sa *sa;
	struct flow shown;

	TAILQ_FOREACH(peer, &ike->peers, link) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			TAILQ_FOREACH(x, &sa->exchanges, link) {
				if (quick_mode_pending(x, &shown))
					want_flow(ike, list, &shown, &peer->local, &peer->remote);
			}
		}
	}
}

/* "static": the networks of the entry's list, through its first peer, whether there are SAs or not */
static void want_list(struct ike *ike, struct routes *list, const struct config_entry *e)
{
	const struct ike_binding *b = binding_of(ike, e->map, NULL);
	struct proxy local, remote;
	size_t i;

	for (i = 0; b && i < e->acl->rules; i++) {
		if (!e->acl->rule[i]->permit)
			continue;
		lookup_proxies(e->acl->rule[i], &local, &remote);
		want(ike, list, e, b, &e->peer[0]->addr, &remote);
	}
}

/* Does any line of the configuration ask for routes? */
static bool want_static(struct ike *ike, struct routes *list)
{
	const struct config *c = ike->config;
	const struct config_entry *e;
	bool any = false;
	size_t i, j;

	for (i = 0; i < c->maps; i++) {
		for (j = 0; j < c->map[i]->entries; j++) {
			e = c->map[i]->entry[j];
			any = any || e->routes.wanted;
			if (e->routes.wanted && e->routes.always && !e->incomplete)
				want_list(ike, list, e);
		}
	}
	for (i = 0; i < c->dynamics && !any; i++) {
		for (j = 0; j < c->dynamic[i]->entries; j++)
			any = any || c->dynamic[i]->entry[j]->routes.wanted;
	}
	return any;
}

/* --- what is there, made what is wanted --- */

static void report(struct ike *ike, const struct wanted *w, bool added)
{
	char mask[ADDR_TEXT], net[ADDR_TEXT], via[ADDR_TEXT];
	struct addr m = { .length = w->route.net.length };
	struct event ev;
	unsigned int bit;

	for (bit = 0; bit < w->route.prefix; bit++)
		m.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	memset(&ev, 0, sizeof(ev));
	ev.type = EV_ROUTE;
	ev.route.added = added;
	ev.route.net = addr_text(&w->route.net, net);
	ev.route.mask = addr_text(&m, mask);
	ev.route.via = addr_text(w->hop.length ? &w->hop : &w->route.gateway, via);
	ev.route.tag = w->tag;
	ev.route.distance = w->distance;
	event_emit(ike->hub, &ev);
}

static void remove_one(struct ike *ike, const struct wanted *w)
{
	if (!w->there)
		return;
	ike->world.route->del(ike->world.route_ctx, &w->route);
	report(ike, w, false);
}

static void add_one(struct ike *ike, struct wanted *w)
{
	char net[ADDR_TEXT], via[ADDR_TEXT];
	int err = ike->world.route->add(ike->world.route_ctx, &w->route);

	w->there = !err;
	if (!err) {
		report(ike, w, true);
		return;
	}
	if (!w->refused)
		event_daemon(ike->hub, "warning", "reverse-route: no route to %s/%u via %s: %s", addr_text(&w->route.net, net), w->route.prefix,
			     addr_text(&w->route.gateway, via), err == -EEXIST ? "there is another one to that network, with the same metric" : strerror(-err));
	w->refused = true;
}

/* Both lists are sorted. What changes its way goes before it comes. */
static void compare(struct ike *ike, struct routes *now, struct routes *next)
{
	size_t i = 0, j = 0;
	int order;

	while (i < now->count || j < next->count) {
		order = i == now->count ? 1 : j == next->count ? -1 : by_network(&now->route[i], &next->route[j]);
		if (order < 0) {
			remove_one(ike, &now->route[i++]);
		} else if (order > 0) {
			add_one(ike, &next->route[j++]);
		} else if (same_way(&now->route[i].route, &next->route[j].route) && now->route[i].there) {
			next->route[j++].there = true;
			i++;
		} else {
			remove_one(ike, &now->route[i]);
			next->route[j].refused = now->route[i++].refused;
			add_one(ike, &next->route[j++]);
		}
	}
}

static void sync_all(struct ike *ike)
{
	struct routes *now = ike->routes, *next;

	timer_stop(&ike->route_timer);
	if (!ike->world.route || !now)
		return;
	next = calloc(1, sizeof(*next));
	if (!next)
		return;
	if (!ike->stopping && ike->config && want_static(ike, next)) {
		want_flows(ike, next);
		want_pending(ike, next);
	}
	sort(next);
	compare(ike, now, next);
	free(now->route);
	free(now);
	ike->routes = next;
}

static void due(void *arg)
{
	sync_all(arg);
}

void route_now(struct ike *ike)
{
	sync_all(ike);
}

void route_changed(struct ike *ike)
{
	/* before the first refresh nothing is known of the kernel */
	if (ike->routes && !timer_running(&ike->route_timer))
		timer_start(&ike->route_timer, ike->loop, 0, due, ike);
}

static void found(void *arg, const struct route *route)
{
	struct wanted *w = append(arg);

	if (!w)
		return;
	w->route = *route;
	w->there = true;
}

/* What we know of those that are there is kept, and which were refused. */
static void remember(const struct routes *before, struct routes *now)
{
	size_t i, there = now->count;
	const struct wanted *old;
	struct wanted *w;

	for (i = 0; i < before->count; i++) {
		old = &before->route[i];
		w = there ? bsearch(old, now->route, there, sizeof(*w), by_network) : NULL;
		if (w) {
			w->hop = old->hop;
			w->tag = old->tag;
			w->distance = old->distance;
		} else if (old->refused && (w = append(now))) {
			*w = *old;
		}
	}
	sort(now);
}

void route_refresh(struct ike *ike)
{
	struct routes *now;

	if (!ike->world.route)
		return;
	now = calloc(1, sizeof(*now));
	if (!now)
		return;
	ike->world.route->dump(ike->world.route_ctx, found, now);
	sort(now);
	if (ike->routes)
		remember(ike->routes, now);
	now->stale = true;
	route_free(ike);
	ike->routes = now;
	sync_all(ike);
}

void route_end(struct ike *ike)
{
	sync_all(ike);
}

void route_free(struct ike *ike)
{
	timer_stop(&ike->route_timer);
	if (ike->routes)
		free(ike->routes->route);
	free(ike->routes);
	ike->routes = NULL;
}

/* --- shown --- */

static const char *interface_of(const struct ike *ike, uint32_t ifindex)
{
	unsigned int i;

	for (i = 0; i < ike->binding_count; i++) {
		if (ike->bindings[i].ifindex == ifindex)
			return ike->bindings[i].name;
	}
	return "";
}

json_t *route_json(struct ike *ike)
{
	char net[ADDR_TEXT], mask[ADDR_TEXT], via[ADDR_TEXT];
	json_t *list = json_array();
	size_t i;

	for (i = 0; ike->routes && i < ike->routes->count; i++) {
		const struct wanted *w = &ike->routes->route[i];
		struct addr m = { .length = w->route.net.length };
		unsigned int bit;

		for (bit = 0; bit < w->route.prefix; bit++)
			m.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		if (w->there)
			json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:I, s:s, s:s, s:b}",
				"net", addr_text(&w->route.net, net), "mask", addr_text(&m, mask), "prefix", (int)w->route.prefix,
				"distance", (int)w->distance, "tag", (json_int_t)w->tag, "via", addr_text(&w->hop, via),
				"interface", interface_of(ike, w->route.ifindex), "static", (int)w->always));
	}
	return list;
}
