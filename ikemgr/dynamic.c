/* SPDX-License-Identifier: GPL-2.0-only */
/* Temporary entries of dynamic crypto maps: see dynamic.h. */
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "dynamic.h"
#include "ike.h"
#include "lookup.h"
#include "sa.h"

struct dynamic *dynamic_find(const struct ike *ike, const char *map, uint32_t seq)
{
	struct dynamic *d;

	if (!dynamic_seq(seq))
		return NULL;
	TAILQ_FOREACH(d, &ike->dynamics, link) {
		if (d->seq == seq && !strcmp(d->map, map))
			return d;
	}
	return NULL;
}

/* Does an entry of @map stand for the dynamic map @name? */
static bool refers(const struct config *c, const char *map, const char *name)
{
	const struct config_map *m = config_map_find(c, map);
	size_t i;

	for (i = 0; m && i < m->entries; i++) {
		if (m->entry[i]->dynamic && !strcmp(m->entry[i]->dynamic_name, name))
			return true;
	}
	return false;
}

static bool allows(const struct config_entry *template, const struct addr *peer)
{
	size_t i;

	for (i = 0; i < template->peers; i++) {
		if (addr_equal(&template->peer[i]->addr, peer))
			return true;
	}
	return !template->peers;
}

const struct config_entry *dynamic_template(const struct dynamic *d)
{
	const struct config *c = d->ike->config;
	const struct config_entry *t = config_template_find(c, d->template_map, d->template_seq);

	return t && !t->incomplete && refers(c, d->map, d->template_map) && allows(t, &d->remote) ? t : NULL;
}

/* --- made and freed --- */

static struct dynamic *same(const struct ike *ike, const struct dynamic *like)
{
	struct dynamic *d;

	TAILQ_FOREACH(d, &ike->dynamics, link) {
		if (d->template_seq == like->template_seq && addr_equal(&d->remote, &like->remote) &&
		    addr_equal(&d->local, &like->local) && proxy_equal(&d->local_proxy, &like->local_proxy) &&
		    proxy_equal(&d->remote_proxy, &like->remote_proxy) && !strcmp(d->map, like->map) &&
		    !strcmp(d->template_map, like->template_map))
			return d;
	}
	return NULL;
}

/* The lowest free sequence of its map, and the place in the list for it; false: none is free. */
static bool number(struct ike *ike, struct dynamic *d)
{
	struct dynamic *other;
	int order;

	d->seq = DYNAMIC_SEQ_FIRST;
	TAILQ_FOREACH(other, &ike->dynamics, link) {
		order = strcmp(other->map, d->map);
		/* profiles of tunnels make entries with such numbers, too */
		while (config_entry_find(ike->config, d->map, d->seq))
			d->seq++;
		if (order > 0 || (!order && other->seq > d->seq))
			break;
		if (!order)
			d->seq = other->seq + 1;
	}
	while (config_entry_find(ike->config, d->map, d->seq))
		d->seq++;
	if (d->seq > DYNAMIC_SEQ_LAST)
		return false;
	if (other)
		TAILQ_INSERT_BEFORE(other, d, link);
	else
		TAILQ_INSERT_TAIL(&ike->dynamics, d, link);
	return true;
}

static int into_kernel(struct ike *ike, const struct dynamic *d)
{
	struct kernel_rule rule = { .permit = true, .local = d->local_proxy, .remote = d->remote_proxy };
	struct kernel_entry entry = { .map = d->map, .seq = d->seq, .peers = &d->remote, .peer_count = 1, .rules = &rule,
				      .rule_count = 1, .hold = CMAP_HOLD_DEFAULT };
	int err = ike->world.kernel->entry_set(ike->world.kernel_ctx, &entry, true);

	if (err)
		event_daemon(ike->hub, "error", "crypto map %s %u, made of dynamic map %s/%u: %s", d->map, d->seq,
			     d->template_map, d->template_seq, ike->world.kernel->error(ike->world.kernel_ctx));
	return err;
}

static struct dynamic *make(struct ike *ike, const struct dynamic *like)
{
	struct dynamic *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	*d = *like;
	if (!number(ike, d)) {
		free(d);
		return NULL;
	}
	if (into_kernel(ike, d)) {
		TAILQ_REMOVE(&ike->dynamics, d, link);
		free(d);
		return NULL;
	}
	return d;
}

struct dynamic *dynamic_get(const struct ike_sa *sa, struct lookup_entry *entry, const struct proxy *local,
			    const struct proxy *remote)
{
	struct dynamic like = { .ike = sa->peer->ike, .template_seq = entry->template->seq, .local = sa->peer->local,
				.remote = sa->peer->remote, .local_proxy = *local, .remote_proxy = *remote };
	struct dynamic *d;

	strncpy(like.map, entry->map, CMAP_NAME_MAX);
	strncpy(like.template_map, entry->template->map, CMAP_NAME_MAX);
	d = same(like.ike, &like);
	if (!d)
		d = make(like.ike, &like);
	if (d)
		entry->seq = d->seq;
	return dynamic_hold(d);
}

static void insert(struct ike *ike, struct dynamic *d)
{
	struct dynamic *other;
	int order;

	TAILQ_FOREACH(other, &ike->dynamics, link) {
		order = strcmp(other->map, d->map);
		if (order > 0 || (!order && other->seq > d->seq)) {
			TAILQ_INSERT_BEFORE(other, d, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&ike->dynamics, d, link);
}

/* May template @t be what it was made of? Asked as if it were so. */
static bool fits(struct dynamic *d, const struct config_entry *t)
{
	struct event_line line;
	uint32_t rule;

	strncpy(d->template_map, t->map, CMAP_NAME_MAX);
	d->template_seq = t->seq;
	return lookup_rule(d->ike, d->map, d->seq, &d->local_proxy, &d->remote_proxy, &rule, &line);
}

static bool find_template(struct dynamic *d)
{
	const struct config_map *m = config_map_find(d->ike->config, d->map);
	size_t i, j;

	for (i = 0; m && i < m->entries; i++) {
		for (j = 0; m->entry[i]->dynamic && j < m->entry[i]->dynamic->entries; j++) {
			if (fits(d, m->entry[i]->dynamic->entry[j]))
				return true;
		}
	}
	return false;
}

void dynamic_adopt(struct ike *ike, const struct kernel_sa_info *sa)
{
	struct dynamic *d;

	if (!dynamic_seq(sa->seq) || config_entry_find(ike->config, sa->map, sa->seq) || dynamic_find(ike, sa->map, sa->seq))
		return;
	d = calloc(1, sizeof(*d));
	if (!d)
		return;
	d->ike = ike;
	memcpy(d->map, sa->map, sizeof(d->map));
	d->seq = sa->seq;
	d->local = sa->inbound ? sa->dst : sa->src;
	d->remote = sa->inbound ? sa->src : sa->dst;
	d->local_proxy = sa->local;
	d->remote_proxy = sa->remote;
	insert(ike, d);
	if (find_template(d))
		return;
	TAILQ_REMOVE(&ike->dynamics, d, link);
	free(d);
}

void dynamic_sweep(struct ike *ike)
{
	struct dynamic *d, *next;

	for (d = TAILQ_FIRST(&ike->dynamics); d; d = next) {
		next = TAILQ_NEXT(d, link);
		if (!d->users)
			dynamic_put(dynamic_hold(d));
	}
}

struct dynamic *dynamic_hold(struct dynamic *d)
{
	if (d)
		d->users++;
	return d;
}

void dynamic_put(struct dynamic *d)
{
	struct ike *ike;

	if (!d || --d->users)
		return;
	ike = d->ike;
	TAILQ_REMOVE(&ike->dynamics, d, link);
	ike->world.kernel->entry_del(ike->world.kernel_ctx, d->map, d->seq);
	free(d);
}

void dynamic_free_all(struct ike *ike)
{
	struct dynamic *d;

	while ((d = TAILQ_FIRST(&ike->dynamics))) {
		TAILQ_REMOVE(&ike->dynamics, d, link);
		free(d);
	}
}

/* --- peers that want the same --- */

static bool sides_overlap(const struct proxy *a, const struct proxy *b)
{
	uint8_t prefix = a->prefix < b->prefix ? a->prefix : b->prefix;

	return addr_inside(&a->addr, &b->addr, prefix) && (!a->protocol || !b->protocol || a->protocol == b->protocol) &&
	       (!a->port_hi || !b->port_hi || (a->port_lo <= b->port_hi && b->port_lo <= a->port_hi));
}

/* Has the peer of @sa the key with which @d was made? Without an SA any more, the one for that address. */
static bool same_key(const struct ike_sa *sa, const struct dynamic *d)
{
	const struct ike_sa *other = sa_established(d->ike, &d->local, &d->remote);
	const struct config_psk *k = config_psk_find(d->ike->config, &d->remote);
	struct lookup_psk mine, theirs;

	if (!lookup_key(sa, &mine) || (other ? !lookup_key(other, &theirs) : !k))
		return false;
	if (!other)
		theirs.key = (struct crypto_bytes){ k->key, k->length };
	return mine.key.len == theirs.key.len && crypto_equal(mine.key.data, theirs.key.data, mine.key.len);
}

bool dynamic_refuses(const struct ike_sa *sa, const struct config_entry *template, const char *map,
		     const struct proxy *local, const struct proxy *remote)
{
	const struct ike *ike = sa->peer->ike;
	const struct dynamic *d;

	if (!template->acl_name && !remote->prefix)
		return true;
	TAILQ_FOREACH(d, &ike->dynamics, link) {
		if (!strcmp(d->map, map) && !addr_equal(&d->remote, &sa->peer->remote) &&
		    sides_overlap(local, &d->local_proxy) && sides_overlap(remote, &d->remote_proxy) &&
		    !same_key(sa, d))
			return true;
	}
	return false;
}

void dynamic_supersede(const struct dynamic *d)
{
	struct flow *flow, *next;

	for (flow = TAILQ_FIRST(&d->ike->flows); flow; flow = next) {
		const struct dynamic *other = flow->dynamic;

		next = TAILQ_NEXT(flow, link);
		if (other && other != d && !strcmp(other->map, d->map) && !addr_equal(&other->remote, &d->remote) &&
		    proxy_equal(&other->local_proxy, &d->local_proxy) && proxy_equal(&other->remote_proxy, &d->remote_proxy))
			flow_free(flow, "peer has another address");
	}
}
