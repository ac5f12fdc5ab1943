/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: the pieces that the lines left. Out: the finished model: names resolved,
 * defaults filled in, contradictions and classic mistakes reported.
 */
#include <stdlib.h>
#include <string.h>

#include "config/match.h"

/* ---- policies ---- */

static int by_priority(const void *left, const void *right)
{
	const struct config_policy *a = *(struct config_policy *const *)left, *b = *(struct config_policy *const *)right;

	return (int)a->priority - (int)b->priority;
}

/*
 * What a router tries when nothing is configured (IOS 12.4(20)T and later):
 * priorities 65507 to 65514, each suite once with RSA signatures and once with
 * pre-shared keys, of which only the latter can be used here.
 */
static void default_policies(struct reader *r)
{
	static const struct config_policy suite[] = {
		{ .encryption = IKE_ENC_AES, .key_bits = 128, .hash = IKE_HASH_SHA, .group = IKE_GROUP_MODP1536 },
		{ .encryption = IKE_ENC_AES, .key_bits = 128, .hash = IKE_HASH_MD5, .group = IKE_GROUP_MODP1536 },
		{ .encryption = IKE_ENC_3DES, .hash = IKE_HASH_SHA, .group = IKE_GROUP_MODP1024 },
		{ .encryption = IKE_ENC_3DES, .hash = IKE_HASH_MD5, .group = IKE_GROUP_MODP1024 },
	};
	static const uint16_t auth[] = { IKE_AUTH_RSA_SIG, IKE_AUTH_PSK };
	struct config *c = r->c;

	for (unsigned int i = 0; i < 8; i++) {
		struct config_policy *p = arena_alloc(c->arena, sizeof(*p));

		*p = suite[i / 2];
		p->at.file = "";
		p->priority = 65507 + i;
		p->auth = auth[i % 2];
		p->lifetime = 86400;
		p->built_in = true;
		arena_append(c->arena, &c->policy, &c->policies, p);
	}
}

static void check_policies(struct reader *r)
{
	struct config *c = r->c;
	bool usable = false;

	if (!c->policies && !r->no_default_policy)
		default_policies(r);
	if (c->policies)
		qsort(c->policy, c->policies, sizeof(*c->policy), by_priority);
	for (size_t i = 0; i < c->policies; i++) {
		struct config_policy *p = c->policy[i];
		struct reader_mark m = { .line = p->auth_at.line ? p->auth_at.line : p->at.line };

		if (p->auth != IKE_AUTH_PSK)
			p->unusable = p->auth == IKE_AUTH_RSA_SIG ? "authentication rsa-sig is not supported" :
								    "authentication rsa-encr is not supported";
		usable = usable || !p->unusable;
		if (!p->unusable || p->built_in)
			continue;
		reader_warn_at(r, &m, "policy %u is not used: %s%s; authentication pre-share is what can be used", p->priority,
			       p->unusable, p->auth_at.line ? "" : ", and it is the default");
	}
	if (!usable && r->map_count)
		reader_warn_at(r, &(struct reader_mark){ 0 }, "no ISAKMP policy can be used: nothing will be negotiated; expected one with authentication pre-share");
}

/* ---- access lists ---- */

static void finish_acl(struct reader *r, struct reader_acl *b)
{
	struct config_arena *a = r->c->arena;

	for (size_t i = 0; i < b->statements; i++) {
		const struct reader_statement *s = b->statement[i];
		size_t lines = b->acl.lines;

		arena_append(a, &b->acl.text, &lines, (void *)s->text);
		b->acl.lines = lines;
		for (size_t j = 0; j < s->rules; j++)
			arena_append(a, &b->acl.rule, &b->acl.rules, s->rule[j]);
	}
	arena_append(a, &r->c->acl, &r->c->acls, &b->acl);
}

static bool everything(const struct config_rule *rule)
{
	return rule->permit && !rule->protocol && !rule->local.prefix && !rule->remote.prefix;
}

static uint16_t port_on_wire(const struct config_side *side)
{
	return side->port_lo == side->port_hi ? side->port_lo : 0;
}

/* Are two rules of the line the same in ID payloads? They have the line's addresses and protocol. */
static bool alike(const struct reader_statement *s)
{
	for (size_t i = 0; i < s->rules; i++) {
		for (size_t j = 0; j < i; j++) {
			if (port_on_wire(&s->rule[i]->local) == port_on_wire(&s->rule[j]->local) &&
			    port_on_wire(&s->rule[i]->remote) == port_on_wire(&s->rule[j]->remote))
				return true;
		}
	}
	return false;
}

static void check_used_acl(struct reader *r, struct reader_acl *b)
{
	for (size_t i = 0; i < b->statements; i++) {
		const struct reader_statement *s = b->statement[i];

		if (s->ports_open)
			reader_warn_at(r, &s->mark, "IKEv1 can negotiate one port or all, no range: the peer is offered all ports, and must accept that");
		if (s->ports_open && alike(s))
			reader_warn_at(r, &s->mark, "its ranges of ports are all the same to a peer, and take each other's SAs; expected one range");
		if (s->rules && everything(s->rule[0]))
			reader_warn_at(r, &s->mark, "permit ip any any protects all that leaves the interface, and drops all that comes in clear");
	}
	if (b->acl.rules > CONFIG_RULES_MAX)
		reader_error_at(r, &(struct reader_mark){ .line = b->acl.at.line },
				"access list %s has %zu rules; expected at most %d in a crypto access list", b->acl.name, b->acl.rules,
				CONFIG_RULES_MAX);
}

/* An IPv4 list and an IPv6 list may have the same name: a map means the one of its own family. */
static struct reader_acl *find_acl(struct reader *r, const char *name, bool six)
{
	struct reader_acl *other = NULL;

	for (size_t i = 0; i < r->acl_count; i++) {
		if (strcmp(r->acls[i]->acl.name, name))
			continue;
		if (r->acls[i]->acl.six == six)
			return r->acls[i];
		other = r->acls[i];
	}
	return other;
}

/* ---- crypto map entries ---- */

static void resolve_acl(struct reader *r, struct reader_entry *b, bool six)
{
	struct reader_acl *acl;

	if (!b->entry.acl_name)
		return;
	acl = find_acl(r, b->entry.acl_name, six);
	if (!acl) {
		reader_warn_at(r, &b->acl_mark, "there is no such access list");
		return;
	}
	b->entry.acl = &acl->acl;
	if (!acl->acl.used) {
		acl->acl.used = true;
		check_used_acl(r, acl);
	}
}

static struct config_transform_set *find_set(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->c->sets; i++)
		if (!strcmp(r->c->set[i]->name, name))
			return r->c->set[i];
	return NULL;
}

void check_sets(struct reader *r, struct reader_entry *b)
{
	for (size_t i = 0; i < b->sets; i++) {
		struct config_transform_set *set = find_set(r, b->set[i]->name);

		if (!set)
			reader_error_at(r, &b->set[i]->mark, "there is no such transform set; expected the name of a crypto ipsec transform-set");
		else if (set->unsupported && !set->broken)
			reader_error_at(r, &b->set[i]->mark, "this transform set (line %u) cannot be used: %s is not supported",
					set->at.line, set->unsupported);
		else
			arena_append(r->c->arena, &b->entry.set, &b->entry.sets, set);
	}
}

/* "set security-association ..." of the entry, else the global one. */
void check_inherit(const struct config *c, struct config_entry *e)
{
	if (!e->life_seconds_at.line) {
		e->life_seconds = c->life_seconds;
		e->life_seconds_at = c->life_seconds_at;
	}
	if (!e->life_kilobytes_at.line) {
		e->life_kilobytes = c->life_kilobytes;
		e->life_kilobytes_at = c->life_kilobytes_at;
	}
	if (e->replay_window == UINT32_MAX)
		e->replay_window = c->replay_window;
	if (!e->idle_seconds)
		e->idle_seconds = c->idle_seconds;
}

static void check_complete(struct reader *r, struct config_entry *e, bool sets, const char *keys)
{
	const char *missing[5];
	unsigned int n = 0;

	if (!e->peers)
		missing[n++] = "set peer";
	if (!sets)
		missing[n++] = "set transform-set";
	if (!e->acl_name)
		missing[n++] = "match address";
	else if (!e->acl)
		missing[n++] = "its access list";
	else if (!e->acl->rules)
		missing[n++] = "a line in its access list";
	if (keys)
		missing[n++] = keys;
	if (!n)
		return;
	e->incomplete = missing[0];
	for (unsigned int i = 1; i < n; i++)
		e->incomplete = arena_format(r->c->arena, "%s%s%s", e->incomplete, i + 1 < n ? ", " : " and ", missing[i]);
	reader_warn_at(r, &(struct reader_mark){ .line = e->at.line },
		       "crypto map %s %u is incomplete and disabled, what it should protect goes out in clear: %s is missing", e->map, e->seq,
		       e->incomplete);
}

/* Peers by name have the addresses that "ip host" says, also where that line comes later. */
static void resolve_peers(struct reader *r, struct config_entry *e)
{
	for (size_t i = 0; i < e->peers; i++) {
		struct config_peer *p = e->peer[i];
		const struct config_host *h;

		if (!p->name)
			continue;
		h = identity_resolve(r->c, p->name);
		if (h)
			p->addr = h->addr;
		else
			reader_error_at(r, &(struct reader_mark){ .line = p->at.line, .word = p->name },
					"the address of this name is not known; expected ip host %s A.B.C.D, or the address here", p->name);
	}
}

/* A key for each peer. */
static void check_peers(struct reader *r, const struct config_entry *e)
{
	const struct addr none = { 0 };

	for (size_t i = 0; i < e->peers; i++) {
		char text[ADDR_TEXT];
		struct reader_mark m = { .line = e->peer[i]->at.line, .word = addr_text(&e->peer[i]->addr, text) };
		struct config_psk_query q = { .local = &none, .remote = &e->peer[i]->addr, .profile = e->isakmp,
					      .initiate_aggressive = config_aggressive(r->c, e->isakmp, &e->peer[i]->addr) };

		if (!q.remote->length || config_psk_lookup(r->c, &q))
			continue;
		if (e->isakmp && config_psk_find(r->c, q.remote))
			reader_warn_at(r, &m, "the keyrings of profile %s have no pre-shared key for this peer", e->isakmp->name);
		else
			reader_warn_at(r, &m, "there is no pre-shared key for this peer; expected crypto isakmp key KEY address %s%s",
				       e->peer[i]->addr.length == 16 ? "ipv6 " : "", text);
	}
}

static void resolve_profile(struct reader *r, const struct reader_map *m, struct reader_entry *b)
{
	b->entry.isakmp = identity_of(r, &b->isakmp);
	b->entry.own_isakmp = b->entry.isakmp;
	if (!b->isakmp.name)
		b->entry.isakmp = m->map.isakmp;
}

static int by_sequence(const void *left, const void *right)
{
	const struct reader_entry *a = *(struct reader_entry *const *)left, *b = *(struct reader_entry *const *)right;

	return a->entry.seq < b->entry.seq ? -1 : a->entry.seq > b->entry.seq;
}

/* Peer and list are optional in a template: it answers whoever is authenticated, for whatever it asks for. */
static void check_template(struct reader *r, struct config_entry *e, bool sets)
{
	if (!sets)
		e->incomplete = "set transform-set";
	else if (e->acl_name && (!e->acl || !e->acl->rules))
		e->incomplete = e->acl ? "a line in its access list" : "its access list";
	if (e->routes.always) {
		reader_warn_at(r, &(struct reader_mark){ .line = e->routes.at.line },
			       "static has no effect here: what is behind a peer is known when it is there");
		e->routes.always = false;
	}
	if (e->incomplete)
		reader_warn_at(r, &(struct reader_mark){ .line = e->at.line },
			       "dynamic map %s %u is incomplete and answers nobody: %s is missing", e->map, e->seq, e->incomplete);
}

static void check_dynamic_map(struct reader *r, struct reader_map *m)
{
	struct config *c = r->c;

	if (m->entries)
		qsort(m->entry, m->entries, sizeof(*m->entry), by_sequence);
	for (size_t i = 0; i < m->entries; i++) {
		struct reader_entry *b = m->entry[i];

		resolve_acl(r, b, false);
		resolve_profile(r, m, b);
		resolve_peers(r, &b->entry);
		check_sets(r, b);
		check_inherit(c, &b->entry);
		check_template(r, &b->entry, b->sets || b->entry.sets);
		check_peers(r, &b->entry);
		arena_append(c->arena, &m->map.entry, &m->map.entries, &b->entry);
	}
	arena_append(c->arena, &c->dynamic, &c->dynamics, &m->map);
}

/* An entry that stands for a dynamic map, and its place among the others */
static void check_reference(struct reader *r, const struct reader_map *m, size_t at)
{
	struct reader_entry *b = m->entry[at];
	struct config_entry *e = &b->entry;
	size_t i;

	if (e->peers || b->sets || e->acl_name || e->routes.wanted)
		reader_error_at(r, &b->dynamic_mark, "this entry has no lines of its own; expected them below crypto dynamic-map %s", e->dynamic_name);
	for (i = 0; i < r->c->dynamics; i++)
		if (!strcmp(r->c->dynamic[i]->name, e->dynamic_name))
			e->dynamic = r->c->dynamic[i];
	if (!e->dynamic) {
		reader_error_at(r, &b->dynamic_mark, "there is no such dynamic map; expected the name of a crypto dynamic-map");
		return;
	}
	for (i = 0; i < e->dynamic->entries && e->dynamic->entry[i]->incomplete; i++)
		;
	if (i == e->dynamic->entries)
		e->incomplete = "a complete entry of its dynamic map";
	for (i = at + 1; i < m->entries && (m->entry[i]->entry.dynamic_name || m->entry[i]->entry.profile); i++)
		;
	if (i < m->entries)
		reader_warn_at(r, &b->dynamic_mark, "entry %u stands behind this dynamic entry, which may answer its peer first: give the dynamic entry the highest sequence",
			       m->entry[i]->entry.seq);
}

static void check_map(struct reader *r, struct reader_map *m)
{
	struct config *c = r->c;

	m->map.isakmp = identity_of(r, &m->isakmp);
	if (m->entries)
		qsort(m->entry, m->entries, sizeof(*m->entry), by_sequence);
	for (size_t i = 0; i < m->entries; i++) {
		struct reader_entry *b = m->entry[i];

		if (b->entry.dynamic_name) {
			check_reference(r, m, i);
			arena_append(c->arena, &m->map.entry, &m->map.entries, &b->entry);
			continue;
		}
		resolve_acl(r, b, m->map.six);
		resolve_profile(r, m, b);
		resolve_peers(r, &b->entry);
		check_sets(r, b);
		check_inherit(c, &b->entry);
		check_complete(r, &b->entry, b->sets || b->entry.sets, b->entry.manual ? session_key_check(r, b) : NULL);
		if (!b->entry.manual)
			check_peers(r, &b->entry);
		arena_append(c->arena, &m->map.entry, &m->map.entries, &b->entry);
	}
	arena_append(c->arena, &c->map, &c->maps, &m->map);
}

/* ---- interfaces ---- */

static void check_interface(struct reader *r, struct reader_interface *b)
{
	struct config *c = r->c;

	arena_append(c->arena, &c->interface, &c->interfaces, &b->interface);
	if (!b->interface.map_name) {
		if (b->interface.mss || b->interface.mss6)
			reader_ignore_as(r, "tcp adjust-mss (no crypto map is on the interface)", b->mss_line);
		return;
	}
	for (size_t i = 0; i < c->maps; i++)
		if (!strcmp(c->map[i]->name, b->interface.map_name))
			b->interface.map = c->map[i];
	if (!b->interface.map && !r->lost_map)
		reader_error_at(r, &b->map_mark, "there is no such crypto map; expected the name of a crypto map NAME SEQ ipsec-isakmp");
}

/* ---- all ---- */

static bool is_named(const struct config *c, const struct config_map *dynamic)
{
	for (size_t i = 0; i < c->maps; i++)
		for (size_t j = 0; j < c->map[i]->entries; j++)
			if (c->map[i]->entry[j]->dynamic == dynamic)
				return true;
	return false;
}

static void check_unused(struct reader *r)
{
	for (size_t i = 0; i < r->c->sets; i++) {
		const struct config_transform_set *set = r->c->set[i];

		if (set->unsupported && !set->broken)
			reader_warn_at(r, &(struct reader_mark){ .line = set->at.line, .word = set->name },
				       "this transform set cannot be used: %s is not supported", set->unsupported);
	}
	for (size_t i = 0; i < r->c->dynamics; i++) {
		const struct config_map *m = r->c->dynamic[i];

		if (!is_named(r->c, m))
			reader_ignore_as(r, arena_format(r->c->arena, "crypto dynamic-map %s (no crypto map names it)", m->name), m->at.line);
	}
	for (size_t i = 0; i < r->acl_count; i++) {
		struct reader_acl *b = r->acls[i];

		if (!b->acl.used)
			reader_ignore_as(r, arena_format(r->c->arena, "access-list %s (no crypto map matches it)", b->acl.name), b->acl.at.line);
	}
}

void check_config(struct reader *r)
{
	r->defer = NULL;
	r->secret = false;
	check_policies(r);
	identity_finish(r);
	tunnel_finish(r);
	for (size_t i = 0; i < r->acl_count; i++)
		finish_acl(r, r->acls[i]);
	for (size_t i = 0; i < r->dynamic_count; i++)
		check_dynamic_map(r, r->dynamics[i]);
	for (size_t i = 0; i < r->map_count; i++)
		check_map(r, r->maps[i]);
	for (size_t i = 0; i < r->iface_count; i++)
		check_interface(r, r->ifaces[i]);
	tunnel_profiles(r);
	check_unused(r);
}
