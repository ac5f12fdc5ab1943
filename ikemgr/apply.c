/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration into the kernel: see apply.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adopt.h"
#include "apply.h"
#include "config/model.h"
#include "dynamic.h"
#include "iface.h"
#include "ike.h"
#include "lookup.h"
#include "manual.h"
#include "route.h"

#define BINDINGS_MAX 256
#define TUNNEL_OVERHEAD	62	/* what the module's tunnels leave for encapsulation of the MTU below, */
#define TUNNEL_MTU	1438	/* and their MTU where nothing is known of that */

/* struct bound - one interface that a map is on, by our doing */
struct bound {
	uint32_t ifindex;
	char map[CMAP_NAME_MAX + 1];
	uint16_t mss, mss6;
	bool keep;
};

/*
 * @missing: names of interfaces that were reported as absent or without
 * address, so that each is told once
 */
struct apply {
	struct ike *ike;
	const struct apply_names *names;
	struct bound bound[BINDINGS_MAX];
	size_t bound_count;
	uint32_t made[BINDINGS_MAX];	/* tunnel links */
	size_t made_count;
	bool on;			/* a map is on some interface */
	bool exact;			/* our tunnels get what is configured and nothing else: not while it is in force already */
	char missing[BINDINGS_MAX][64];
	size_t missing_count;
};

int apply_names_add(struct apply_names *names, const char *name, size_t length, const char *ifname)
{
	void *more = reallocarray(names->pair, names->count + 1, sizeof(*names->pair));

	if (!more)
		return -1;
	names->pair = more;
	snprintf(names->pair[names->count].name, sizeof(names->pair[0].name), "%.*s", (int)length, name);
	snprintf(names->pair[names->count].ifname, sizeof(names->pair[0].ifname), "%s", ifname);
	names->count++;
	return 0;
}

struct apply *apply_new(struct ike *ike, const struct apply_names *names)
{
	struct apply *a = calloc(1, sizeof(*a));

	if (a) {
		a->ike = ike;
		a->names = names;
	}
	return a;
}

static const struct kernel_ops *kernel(const struct apply *a)
{
	return a->ike->world.kernel;
}

static void *ctx(const struct apply *a)
{
	return a->ike->world.kernel_ctx;
}

/* --- interfaces --- */

static const char *linux_name(const struct apply *a, const char *name)
{
	char full[CONFIG_NAME_MAX + 1], asked[CONFIG_NAME_MAX + 1];
	size_t n;

	config_interface_full(name, asked);
	for (n = 0; n < a->names->count; n++) {
		config_interface_full(a->names->pair[n].name, full);
		if (!strcasecmp(full, asked))
			return a->names->pair[n].ifname;
	}
	return NULL;
}

static bool find_interface(const struct apply *a, const char *name, struct iface *out)
{
	const char *given = linux_name(a, name);
	char full[CONFIG_NAME_MAX + 1];

	if (given)
		return iface_find(given, out);
	config_interface_full(name, full);
	return iface_find(name, out) || iface_find(full, out);
}

static bool known_missing(struct apply *a, const char *name, bool is_missing)
{
	size_t n;

	for (n = 0; n < a->missing_count && strcmp(a->missing[n], name); n++)
		;
	if (n < a->missing_count) {
		if (!is_missing)
			memmove(a->missing[n], a->missing[--a->missing_count], sizeof(a->missing[n]));
		return true;
	}
	if (is_missing && n < BINDINGS_MAX)
		snprintf(a->missing[a->missing_count++], sizeof(a->missing[0]), "%s", name);
	return false;
}

static bool addresses(uint32_t ifindex, const struct config_interface *i, struct ike_binding *out)
{
	static const struct addr none;
	bool four = iface_address(ifindex, AF_INET, i ? &i->address : &none, &out->local);
	bool six = iface_address(ifindex, AF_INET6, i ? &i->address6 : &none, &out->local6);

	return four || six;
}

/* The addresses that IKE and ESP use: of the map's local-address interface, or the interface's own. */
static bool local_addresses(const struct apply *a, const struct config *config, const struct config_interface *i,
			    const struct iface *iface, struct ike_binding *out)
{
	const struct config_interface *local;
	struct iface other;

	if (i->map && i->map->local_address.length) {
		out->local = i->map->local_address.length == 4 ? i->map->local_address : (struct addr){ 0 };
		out->local6 = i->map->local_address.length == 16 ? i->map->local_address : (struct addr){ 0 };
		return true;
	}
	if (!i->map || !i->map->local_interface)
		return addresses(iface->ifindex, i, out);
	local = config_interface_find(config, i->map->local_interface);
	if (!find_interface(a, i->map->local_interface, &other))
		return false;
	return addresses(other.ifindex, local, out);
}

/* "local-address INTERFACE" of a keyring or profile, and the file does not tell its address: it has what it has. */
static void ask_local(void *arg, struct config_local *l)
{
	char line[sizeof(((struct apply *)0)->missing[0])];
	struct ike_binding found = { 0 };
	struct apply *a = arg;
	struct iface iface;
	bool any = find_interface(a, l->interface, &iface) && addresses(iface.ifindex, NULL, &found);

	l->address = found.local;
	l->address6 = found.local6;
	snprintf(line, sizeof(line), "local-address %s", l->interface);
	if (!known_missing(a, line, !any) && !any)
		event_daemon(a->ike->hub, "warning", "local-address %s: there is no such interface, or it has no address: what is limited to it is for no peer until it has one",
			     l->interface);
}

static void report_missing(struct apply *a, const struct config_interface *i, const char *what)
{
	if (!known_missing(a, i->full, true))
		event_daemon(a->ike->hub, "error", "%s:%u: interface %s: %s", i->at.file, i->at.line, i->name, what);
}

static struct bound *bound_find(struct apply *a, uint32_t ifindex)
{
	size_t n;

	for (n = 0; n < a->bound_count; n++) {
		if (a->bound[n].ifindex == ifindex)
			return &a->bound[n];
	}
	return NULL;
}

static bool is_made(const struct apply *a, uint32_t ifindex)
{
	size_t n;

	for (n = 0; n < a->made_count; n++) {
		if (a->made[n] == ifindex)
			return true;
	}
	return false;
}

static void address_tunnel(const struct apply *a, const struct config_interface *i, uint32_t ifindex)
{
	const struct iface_prefix configured[] = { { i->address, i->prefix }, { i->address6, i->prefix6 }, { i->link_local, 64 } };
	struct iface_prefix keep[3];
	size_t n, count = 0;

	for (n = 0; n < 3; n++) {
		if (configured[n].addr.length)
			keep[count++] = configured[n];
	}
	if (a->exact)
		iface_only_addresses(ifindex, keep, count);
	for (n = 0; n < count; n++)
		iface_add_address(ifindex, &keep[n].addr, keep[n].prefix);
}

static struct iface below_of(const struct apply *a, const struct config_interface *i)
{
	struct iface below = { 0 };

	if (i->map->local_interface)
		find_interface(a, i->map->local_interface, &below);
	return below;
}

/* A tunnel that was there before, as it would have been made now. */
static void adjust_tunnel(const struct apply *a, const struct config_interface *i, struct iface *tunnel)
{
	struct iface below = below_of(a, i);
	uint32_t mtu = i->mtu ? i->mtu : below.mtu > TUNNEL_OVERHEAD ? below.mtu - TUNNEL_OVERHEAD : TUNNEL_MTU;

	if (below.ifindex && below.ifindex != tunnel->below)
		iface_set_below(tunnel->ifindex, CMAP_LINK_KIND, below.ifindex);
	if (mtu != tunnel->mtu && !iface_set_mtu(tunnel->ifindex, mtu))
		tunnel->mtu = mtu;
}

/* A tunnel in mode ipsec needs no more than its lines: the link is made if it is not there. */
static bool make_tunnel(struct apply *a, const struct config_interface *i, struct iface *out)
{
	const char *given = linux_name(a, i->name), *ifname = given ? given : i->full;
	struct iface below = below_of(a, i);
	int err;

	if (a->made_count == BINDINGS_MAX)
		return false;
	err = strlen(ifname) < sizeof(out->ifname) ? iface_create(ifname, CMAP_LINK_KIND, i->mtu, below.ifindex) : -EINVAL;
	if (err || !iface_find(ifname, out)) {
		if (!known_missing(a, i->full, true))
			event_daemon(a->ike->hub, "error", "%s:%u: interface %s cannot be made: %s", i->at.file, i->at.line, ifname,
				     err == -EOPNOTSUPP ? "this cryptomap module makes no tunnel links" : strerror(-err));
		return false;
	}
	a->made[a->made_count++] = out->ifindex;
	return true;
}

/* Tunnels that we made and that are no longer bound go. */
static void remove_tunnels(struct apply *a)
{
	size_t n, kept = 0;

	for (n = 0; n < a->made_count; n++) {
		if (bound_find(a, a->made[n]))
			a->made[kept++] = a->made[n];
		else
			iface_delete(a->made[n]);
	}
	a->made_count = kept;
}

static bool bind_map(struct apply *a, const struct config_interface *i, uint32_t ifindex)
{
	struct bound *b = bound_find(a, ifindex);

	if (b && !strcmp(b->map, i->map_name) && b->mss == i->mss && b->mss6 == i->mss6) {
		b->keep = true;
		return true;
	}
	if (kernel(a)->link_set(ctx(a), ifindex, i->map_name, i->mss, i->mss6)) {
		event_daemon(a->ike->hub, "error", "%s:%u: crypto map %s on interface %s: %s", i->map_at.file,
			     i->map_at.line, i->map_name, i->name, kernel(a)->error(ctx(a)));
		return false;
	}
	if (!b)
		b = &a->bound[a->bound_count++];
	b->ifindex = ifindex;
	snprintf(b->map, sizeof(b->map), "%s", i->map_name);
	b->mss = i->mss;
	b->mss6 = i->mss6;
	b->keep = true;
	return true;
}

static void unbind_rest(struct apply *a)
{
	size_t n, kept = 0;

	for (n = 0; n < a->bound_count; n++) {
		if (a->bound[n].keep)
			a->bound[kept++] = a->bound[n];
		else
			kernel(a)->link_del(ctx(a), a->bound[n].ifindex);
	}
	a->bound_count = kept;
	if (a->on != (kept > 0))
		event_syslog(a->ike->hub, "%%CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is %s", kept ? "ON" : "OFF");
	a->on = kept;
}

static bool has_entries(const struct config_map *map)
{
	size_t n;

	for (n = 0; map && n < map->entries; n++) {
		if (!map->entry[n]->incomplete)
			return true;
	}
	return false;
}

static bool binding_of(struct apply *a, const struct config *config, const struct config_interface *i,
		       struct ike_binding *out)
{
	struct iface iface;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", i->full);
	snprintf(out->map, sizeof(out->map), "%s", i->map_name);
	if (!find_interface(a, i->name, &iface) && !(i->tunnel && make_tunnel(a, i, &iface))) {
		if (i->tunnel)
			return true;
		report_missing(a, i, "no interface has this name or alternative name; its crypto map is bound when it appears (or give the name with -i)");
		return true;
	}
	if (i->tunnel && is_made(a, iface.ifindex)) {
		if (a->exact)
			adjust_tunnel(a, i, &iface);
		address_tunnel(a, i, iface.ifindex);
	}
	if (!bind_map(a, i, iface.ifindex))
		return false;
	snprintf(out->ifname, sizeof(out->ifname), "%s", iface.ifname);
	out->ifindex = iface.ifindex;
	out->mtu = iface.mtu;
	if (local_addresses(a, config, i, &iface, out))
		known_missing(a, i->full, false);
	else
		report_missing(a, i, "it has no address: IKE cannot be spoken from it until it has one");
	return true;
}

void apply_interfaces(struct apply *a, const struct config *config)
{
	struct ike_binding bindings[BINDINGS_MAX];
	unsigned int count = 0;
	size_t n;

	config_ask_locals(config, ask_local, a);
	for (n = 0; n < a->bound_count; n++)
		a->bound[n].keep = false;
	for (n = 0; n < config->interfaces && count < BINDINGS_MAX; n++) {
		const struct config_interface *i = config->interface[n];

		if (i->map_name && has_entries(i->map) && binding_of(a, config, i, &bindings[count]))
			count++;
	}
	unbind_rest(a);
	remove_tunnels(a);
	ike_bindings(a->ike, bindings, count);
	manual_install(a->ike);
	route_refresh(a->ike);
	ike_tunnels(a->ike);
}

/* --- entries --- */

/*
 * As entry @map @seq. What a template's list permits is never sent or taken in
 * clear, and never asked for: its packets don't wait. An entry that stands for
 * a dynamic map has no rules itself.
 */
static void set_entry(struct apply *a, const struct config_entry *e, const char *map, uint32_t seq)
{
	struct addr peers[CONFIG_PEERS_MAX];
	struct kernel_entry entry = { .map = map, .seq = seq, .peers = peers,
				      .hold = e->template ? 0 : CMAP_HOLD_DEFAULT, .per_host = e->per_host };
	size_t count = e->acl ? e->acl->rules : 0, n;
	struct kernel_rule *rules = calloc(count ? count : 1, sizeof(*rules));

	if (!rules)
		return;
	for (n = 0; n < e->peers; n++)
		peers[entry.peer_count++] = e->peer[n]->addr;
	for (n = 0; n < count; n++) {
		rules[n].permit = e->acl->rule[n]->permit;
		lookup_proxies(e->acl->rule[n], &rules[n].local, &rules[n].remote);
	}
	entry.rules = rules;
	entry.rule_count = (unsigned int)n;
	if (kernel(a)->entry_set(ctx(a), &entry, true))
		event_daemon(a->ike->hub, "error", "%s:%u: crypto map %s %u: %s", e->at.file, e->at.line, map, seq,
			     kernel(a)->error(ctx(a)));
	free(rules);
}

/* The @nth template with a list of what @map's entries stand for; NULL: there are not so many. */
static const struct config_entry *guard(const struct config *c, const char *map, uint32_t nth)
{
	const struct config_map *m = c ? config_map_find(c, map) : NULL, *d;
	size_t i, j;

	for (i = 0; m && i < m->entries; i++) {
		d = m->entry[i]->incomplete ? NULL : m->entry[i]->dynamic;
		for (j = 0; d && j < d->entries; j++) {
			if (!d->entry[j]->incomplete && d->entry[j]->acl && !nth--)
				return d->entry[j];
		}
	}
	return NULL;
}

/* Behind all temporary entries, because those come first (dynamic.h). */
static void set_guards(struct apply *a, const struct config *old, const struct config *config)
{
	const struct config_entry *e, *before;
	uint32_t nth;
	size_t n;

	for (n = 0; n < config->maps; n++) {
		for (nth = 0; (e = guard(config, config->map[n]->name, nth)); nth++) {
			before = guard(old, config->map[n]->name, nth);
			if (!before || !config_acl_equal(before->acl, e->acl))
				set_entry(a, e, config->map[n]->name, DYNAMIC_GUARD_FIRST + nth);
		}
	}
}

static void delete_guards(struct apply *a, const struct config *old, const struct config *config)
{
	uint32_t nth;
	size_t n;

	for (n = 0; n < old->maps; n++) {
		for (nth = 0; guard(old, old->map[n]->name, nth); nth++) {
			if (!guard(config, old->map[n]->name, nth))
				kernel(a)->entry_del(ctx(a), old->map[n]->name, DYNAMIC_GUARD_FIRST + nth);
		}
	}
}

static const struct config_entry *complete(const struct config *c, const char *map, uint32_t seq)
{
	const struct config_entry *e = c ? config_entry_find(c, map, seq) : NULL;

	return e && !e->incomplete ? e : NULL;
}

static void set_entries(struct apply *a, const struct config *old, const struct config *config)
{
	const struct config_entry *e, *before;
	size_t n, m;

	for (n = 0; n < config->maps; n++) {
		for (m = 0; m < config->map[n]->entries; m++) {
			e = config->map[n]->entry[m];
			before = complete(old, e->map, e->seq);
			if (!e->incomplete && !(before && config_entry_kernel_equal(before, e)))
				set_entry(a, e, e->map, e->seq);
		}
	}
}

static void delete_entries(struct apply *a, const struct config *old, const struct config *config)
{
	size_t n, m;

	for (n = 0; n < old->maps; n++) {
		for (m = 0; m < old->map[n]->entries; m++) {
			const struct config_entry *e = old->map[n]->entry[m];

			if (!e->incomplete && !complete(config, e->map, e->seq))
				kernel(a)->entry_del(ctx(a), e->map, e->seq);
		}
	}
}

/* --- what an ended daemon left behind --- */

struct leftover {
	struct apply *a;
	const struct config *config;
	struct { char map[CMAP_NAME_MAX + 1]; uint32_t seq; } *entry;	/* temporary ones of dynamic maps, mostly */
	struct { uint32_t ifindex; char map[CMAP_NAME_MAX + 1]; } link[BINDINGS_MAX];	/* with maps that are not configured */
	size_t entries, links;
	bool adopted;			/* temporary entries that are not of ours by now go, too */
};

/* A map of ours is on it: if that is still so, nothing changes. */
static void left_binding(struct apply *a, const struct kernel_link *link)
{
	struct bound *b = &a->bound[a->bound_count];

	if (a->bound_count == BINDINGS_MAX)
		return;
	memset(b, 0, sizeof(*b));
	b->ifindex = link->ifindex;
	snprintf(b->map, sizeof(b->map), "%s", link->map);
	b->mss = link->mss;
	b->mss6 = link->mss6;
	a->bound_count++;
}

static void left_rule(void *arg, const struct kernel_rule_info *rule)
{
	struct leftover *l = arg;
	void *more;

	if (rule->index || !rule->seq || complete(l->config, rule->map, rule->seq) ||
	    dynamic_seq(rule->seq) != l->adopted || dynamic_find(l->a->ike, rule->map, rule->seq))
		return;
	more = reallocarray(l->entry, l->entries + 1, sizeof(*l->entry));
	if (!more)
		return;
	l->entry = more;
	snprintf(l->entry[l->entries].map, sizeof(l->entry[0].map), "%s", rule->map);
	l->entry[l->entries++].seq = rule->seq;
}

/* A map that is not configured may be somebody else's, but not one on a tunnel of ours. */
static void left_link(void *arg, const struct kernel_link *link)
{
	struct leftover *l = arg;

	if (config_map_find(l->config, link->map)) {
		left_binding(l->a, link);
		return;
	}
	if (!is_made(l->a, link->ifindex) || l->links == BINDINGS_MAX)
		return;
	l->link[l->links].ifindex = link->ifindex;
	snprintf(l->link[l->links++].map, sizeof(l->link[0].map), "%s", link->map);
}

/* Tunnels: routes that others made to them stay, so they are used again; remove_tunnels() takes away what is configured no more. */
static void left_tunnel(void *arg, uint32_t ifindex)
{
	struct apply *a = arg;

	if (a->made_count < BINDINGS_MAX)
		a->made[a->made_count++] = ifindex;
}

static void clear_entries(struct leftover *l)
{
	const struct apply *a = l->a;
	size_t n;

	for (n = 0; n < l->config->maps; n++)
		kernel(a)->rule_dump(ctx(a), l->config->map[n]->name, left_rule, l);
	for (n = 0; n < l->entries; n++)
		kernel(a)->entry_del(ctx(a), l->entry[n].map, l->entry[n].seq);
	free(l->entry);
}

static void clear_leftovers(struct apply *a, const struct config *config)
{
	struct leftover *l = calloc(1, sizeof(*l));
	uint32_t count;
	size_t n;

	if (!l)
		return;
	l->a = a;
	l->config = config;
	iface_made(CMAP_LINK_KIND, left_tunnel, a);
	kernel(a)->link_dump(ctx(a), left_link, l);
	for (n = 0; n < l->links; n++) {
		kernel(a)->link_del(ctx(a), l->link[n].ifindex);
		kernel(a)->sa_flush(ctx(a), l->link[n].map, NULL, &count);
		kernel(a)->map_del(ctx(a), l->link[n].map);
	}
	clear_entries(l);
	free(l);
}

/* Temporary entries of dynamic maps whose SAs could not be taken over */
static void clear_temporary(struct apply *a, const struct config *config)
{
	struct leftover *l = calloc(1, sizeof(*l));

	if (!l)
		return;
	dynamic_sweep(a->ike);
	l->a = a;
	l->config = config;
	l->adopted = true;
	clear_entries(l);
	free(l);
}

/* --- all of it --- */

/*
 * 1. pairs that are configured no more end, while their peers can still be
 * told; 2. entries come and change; SAs that an ended daemon left and that fit
 * them become pairs of ours; 3. bindings follow; 4. entries that nothing is left
 * of go last: a bound map is never without its rules meanwhile.
 */
void apply_config(struct apply *a, const struct config *old, const struct config *config)
{
	unsigned int pairs = 0;

	if (!old)
		clear_leftovers(a, config);
	a->missing_count = 0;
	config_ask_locals(config, ask_local, a);
	ike_configure(a->ike, config);
	set_entries(a, old, config);
	set_guards(a, old, config);
	if (!old) {
		pairs = adopt_pairs(a->ike);
		clear_temporary(a, config);
	}
	a->exact = true;
	apply_interfaces(a, config);
	a->exact = false;
	if (old) {
		delete_entries(a, old, config);
		delete_guards(a, old, config);
	}
	if (pairs)
		event_daemon(a->ike->hub, "info", "%u pairs of SAs of an ended daemon are taken over", pairs);
	adopt_renew(a->ike);
}

void apply_free(struct apply *a)
{
	free(a);
}

void apply_end(struct apply *a, const struct config *config)
{
	size_t n;

	if (!a)
		return;
	for (n = 0; n < a->bound_count; n++)
		a->bound[n].keep = false;
	unbind_rest(a);
	remove_tunnels(a);
	for (n = 0; config && n < config->maps; n++) {
		if (has_entries(config->map[n]))
			kernel(a)->map_del(ctx(a), config->map[n]->name);
	}
	free(a);
}
