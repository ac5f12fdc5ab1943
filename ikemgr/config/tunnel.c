/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: "crypto ipsec profile" and the tunnel lines of interfaces. Out: profiles,
 * and for each protected tunnel what a router makes of its profile: the crypto
 * map TunnelN-head-0 with entry 65537.
 *
 * A tunnel in mode ipsec has the map itself: all that is routed to it is
 * protected. Packets of a GRE tunnel leave through another interface, from host
 * to host, and that is where they are protected: its map gets the entry.
 */
#include <string.h>

#include "config/match.h"

#define FIRST_SEQ 65537		/* 65536 is the router's template */
#define PROTO_GRE 47

/* ---- profiles ---- */

static struct reader_profile *find_profile(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->profile_count; i++)
		if (!strcmp(r->profiles[i]->name, name))
			return r->profiles[i];
	return NULL;
}

void profile_head(struct reader *r, const struct match_args *a, int data)
{
	const char *name = reader_string(r, a->arg[0].word);
	struct reader_profile *p = find_profile(r, name);

	(void)data;
	if (a->negate) {
		for (size_t i = 0; i < r->profile_count; i++)
			if (r->profiles[i] == p)
				arena_remove(&r->profiles, &r->profile_count, i);
		if (!p)
			reader_warn(r, a->arg[0].index, "there is no such IPsec profile");
		return;
	}
	if (!p) {
		p = arena_alloc(r->c->arena, sizeof(*p));
		p->name = name;
		p->entry = *map_new_entry(r, name, FIRST_SEQ);
		arena_append(r->c->arena, &r->profiles, &r->profile_count, p);
	}
	r->profile = p;
	r->entry = &p->entry;
}

void profile_responder(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->profile->responder_only = !a->negate;
}

/* ---- the tunnel's lines ---- */

/*
 * Words @i.. as an address of either family. Documents show IPv6 addresses with
 * a blank behind the first colon: such a one, pasted, is taken.
 */
static bool address(struct reader *r, size_t i, struct addr *out)
{
	const struct lexer_line *line = r->line;
	struct lexer_word joined;
	const char *text;

	if (line->words - i == 1)
		return reader_address(&line->word[i], out) || reader_address6(&line->word[i], out);
	if (line->words - i != 2)
		return false;
	text = arena_format(r->c->arena, "%s%s", reader_string(r, &line->word[i]), reader_string(r, &line->word[i + 1]));
	joined = (struct lexer_word){ .text = text, .length = strlen(text) };
	return reader_address6(&joined, out);
}

void tunnel_source(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (!r->iface)
		return;
	r->iface->source.length = 0;
	r->iface->source_interface = NULL;
	if (!a->negate && a->tail < r->line->words && !address(r, a->tail, &r->iface->source)) {
		r->iface->source.length = 0;
		r->iface->source_interface = interface_name(r, a->tail);
	}
}

void tunnel_destination(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (r->iface && (a->negate || a->tail == r->line->words || !address(r, a->tail, &r->iface->destination)))
		r->iface->destination.length = 0;
}

void tunnel_mode(struct reader *r, const struct match_args *a, int data)
{
	const struct lexer_word *w = &r->line->word[a->tail];
	size_t left = r->line->words - a->tail;
	enum reader_tunnel mode = TUNNEL_OTHER;

	(void)data;
	if (!r->iface)
		return;
	if (a->negate || (left == 2 && lexer_is(&w[0], "gre") && lexer_is(&w[1], "ip")))
		mode = TUNNEL_GRE;
	else if (left == 2 && lexer_is(&w[0], "ipsec") && lexer_is(&w[1], "ipv4"))
		mode = TUNNEL_IPSEC4;
	else if (left == 2 && lexer_is(&w[0], "ipsec") && lexer_is(&w[1], "ipv6"))
		mode = TUNNEL_IPSEC6;
	r->iface->tunnel = mode;
}

void tunnel_protection(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (!r->iface)
		return;
	r->iface->profile = a->negate ? NULL : reader_string(r, a->arg[0].word);
	if (!a->negate)
		r->iface->profile_mark = reader_mark(r, a->arg[0].index);
}

/* ---- when all is read ---- */

static struct reader_map *find_map(struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->map_count; i++)
		if (!strcmp(r->maps[i]->map.name, name))
			return r->maps[i];
	return NULL;
}

static struct reader_map *make_map(struct reader *r, const struct reader_interface *b, const struct config_at *at)
{
	struct reader_map *m = arena_alloc(r->c->arena, sizeof(*m));

	m->map.name = arena_format(r->c->arena, "%s-head-0", b->interface.full);
	m->map.at = *at;
	m->map.six = b->destination.length == 16;
	m->map.made = true;
	m->map.local_address = b->source;
	m->map.local_interface = b->source_interface;
	arena_append(r->c->arena, &r->maps, &r->map_count, m);
	return m;
}

/* The list of one rule: everything of the family, or GRE between the ends. */
static struct reader_acl *make_list(struct reader *r, const struct reader_interface *b, const struct addr *source,
				    const struct config_at *at)
{
	struct config_rule *rule = arena_alloc(r->c->arena, sizeof(*rule));
	struct reader_acl *acl = arena_alloc(r->c->arena, sizeof(*acl));
	struct config_arena *a = r->c->arena;
	bool six = b->tunnel == TUNNEL_IPSEC6;
	char from[ADDR_TEXT], to[ADDR_TEXT];
	const char *text;

	rule->at = *at;
	rule->permit = true;
	rule->local.addr.length = rule->remote.addr.length = six ? 16 : 4;
	text = six ? "permit ipv6 any any" : "permit ip any any";
	if (b->tunnel == TUNNEL_GRE) {
		six = source->length == 16;
		rule->protocol = PROTO_GRE;
		rule->local = (struct config_side){ .addr = *source, .prefix = (uint8_t)(source->length * 8) };
		rule->remote = (struct config_side){ .addr = b->destination, .prefix = (uint8_t)(source->length * 8) };
		text = arena_format(a, "permit gre host %s host %s", addr_text(source, from), addr_text(&b->destination, to));
	}
	acl->acl.name = arena_format(a, "%s-head-0-ACL", b->interface.full);
	acl->acl.at = *at;
	acl->acl.six = six;
	acl->acl.made = acl->acl.used = true;
	arena_append(a, &acl->acl.rule, &acl->acl.rules, rule);
	arena_append(a, &acl->acl.text, &acl->acl.lines, (void *)(uintptr_t)text);
	arena_append(a, &r->acls, &r->acl_count, acl);
	return acl;
}

static void make_entry(struct reader *r, struct reader_map *m, const struct reader_interface *b,
		       const struct reader_profile *p, const struct reader_acl *acl)
{
	struct reader_entry *e = arena_alloc(r->c->arena, sizeof(*e));
	struct config_peer *peer = arena_alloc(r->c->arena, sizeof(*peer));

	*e = p->entry;
	e->sets = 0;			/* they are resolved already */
	e->entry.map = m->map.name;
	e->entry.seq = FIRST_SEQ;
	for (size_t i = 0; i < m->entries; i++)
		if (m->entry[i]->entry.seq >= e->entry.seq)
			e->entry.seq = m->entry[i]->entry.seq + 1;
	e->entry.profile = p->name;
	e->entry.keep_up = !p->responder_only;
	e->entry.responder_only = p->responder_only;
	e->entry.acl_name = acl->acl.name;
	e->entry.acl_at = acl->acl.at;
	*peer = (struct config_peer){ .at = acl->acl.at, .addr = b->destination };
	arena_append(r->c->arena, &e->entry.peer, &e->entry.peers, peer);
	arena_append(r->c->arena, &m->entry, &m->entries, e);
}

/* The interface that a GRE tunnel's packets leave by, and the tunnel's address there. NULL: reported. */
static struct reader_interface *underlay(struct reader *r, const struct reader_interface *b, struct addr *source)
{
	bool six = b->destination.length == 16;
	struct reader_interface *f;

	*source = b->source;
	if (b->source_interface) {
		f = interface_get(r, b->source_interface);
		*source = six ? f->interface.address6 : f->interface.address;
		if (source->length)
			return f;
		reader_error_at(r, &b->profile_mark, "interface %s, the tunnel's source, has no address here; expected ip address below it, or tunnel source A.B.C.D",
				b->source_interface);
		return NULL;
	}
	for (size_t i = 0; i < r->iface_count; i++) {
		f = r->ifaces[i];
		if (f != b && (addr_equal(source, &f->interface.address) || addr_equal(source, &f->interface.address6)))
			return f;
	}
	reader_error_at(r, &b->profile_mark, "no interface has the tunnel's source address; expected tunnel source and the name of an interface");
	return NULL;
}

static bool complete(struct reader *r, const struct reader_interface *b, const struct reader_profile *p)
{
	const char *lack = NULL;

	if (!p) {
		reader_error_at(r, &b->profile_mark, "there is no such IPsec profile; expected the name of a crypto ipsec profile");
		return false;
	}
	if (b->tunnel == TUNNEL_OTHER) {
		reader_error_at(r, &b->profile_mark, "this tunnel mode cannot be protected here; expected tunnel mode ipsec ipv4, ipsec ipv6 or gre ip");
		return false;
	}
	if (!b->destination.length)
		lack = "tunnel destination";
	else if (!b->source.length && !b->source_interface)
		lack = "tunnel source";
	else if (b->source.length && b->source.length != b->destination.length)
		reader_error_at(r, &b->profile_mark, "the tunnel's source and destination are not of the same family");
	if (lack)
		reader_error_at(r, &b->profile_mark, "the tunnel is incomplete, nothing would be protected: %s is missing, or no address", lack);
	return !lack && (!b->source.length || b->source.length == b->destination.length);
}

static void protect(struct reader *r, struct reader_interface *b)
{
	const struct reader_profile *p = find_profile(r, b->profile);
	const struct config_at at = { r->at_file, b->profile_mark.line };
	struct reader_interface *f = b;
	struct addr source;
	struct reader_map *m;

	if (!complete(r, b, p))
		return;
	if (b->interface.map_name) {
		reader_error_at(r, &b->map_mark, "a tunnel has either a crypto map or protection");
		return;
	}
	b->interface.profile = b->profile;
	b->interface.tunnel = b->tunnel != TUNNEL_GRE;
	if (b->tunnel == TUNNEL_GRE) {
		f = underlay(r, b, &source);
		if (!f)
			return;
	}
	m = f->interface.map_name ? find_map(r, f->interface.map_name) : NULL;
	if (!m) {
		m = make_map(r, b, &at);
		f->interface.map_name = m->map.name;
		f->interface.map_at = at;
		f->map_mark = b->profile_mark;
	}
	make_entry(r, m, b, p, make_list(r, b, &source, &at));
}

void tunnel_finish(struct reader *r)
{
	for (size_t i = 0; i < r->profile_count; i++) {
		check_sets(r, &r->profiles[i]->entry);
		/* told once, however many tunnels have it */
		if (!identity_of(r, &r->profiles[i]->entry.isakmp))
			r->profiles[i]->entry.isakmp.name = NULL;
	}
	/* an underlay that no line names is appended: it has no protection itself */
	for (size_t i = 0; i < r->iface_count; i++)
		if (r->ifaces[i]->profile)
			protect(r, r->ifaces[i]);
}

void tunnel_profiles(struct reader *r)
{
	struct config *c = r->c;

	for (size_t i = 0; i < r->profile_count; i++) {
		struct config_profile *p = arena_alloc(c->arena, sizeof(*p));
		struct reader_entry *e = &r->profiles[i]->entry;

		check_inherit(c, &e->entry);
		e->entry.isakmp = e->isakmp.name ? config_isakmp_profile_find(c, e->isakmp.name) : NULL;
		e->entry.own_isakmp = e->entry.isakmp;
		*p = (struct config_profile){ .name = r->profiles[i]->name, .entry = &e->entry,
					      .responder_only = r->profiles[i]->responder_only };
		arena_append(c->arena, &c->profile, &c->profiles, p);
	}
}
