/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: lines of "crypto map". Out: maps and their entries, names in them not
 * resolved yet: a router's configuration may name what comes further down.
 */
#include <string.h>
#include <strings.h>

#include "config/match.h"

#define DAY 86400u
#define INHERIT UINT32_MAX	/* replay window: the global one */

/* Crypto maps, or dynamic maps: names of the two have nothing to do with each other. */
struct maps {
	struct reader_map ***map;
	size_t *count;
};

static struct maps crypto_maps(struct reader *r)
{
	return (struct maps){ &r->maps, &r->map_count };
}

static struct maps dynamic_maps(struct reader *r)
{
	return (struct maps){ &r->dynamics, &r->dynamic_count };
}

static struct reader_map *find_map(struct maps maps, const struct lexer_word *w, size_t *index)
{
	for (size_t i = 0; i < *maps.count; i++) {
		const char *name = (*maps.map)[i]->map.name;

		if (strlen(name) != w->length || memcmp(name, w->text, w->length))
			continue;
		*index = i;
		return (*maps.map)[i];
	}
	return NULL;
}

static struct reader_map *make_map(struct reader *r, struct maps maps, const struct lexer_word *w)
{
	size_t index;
	struct reader_map *m = find_map(maps, w, &index);

	if (m)
		return m;
	m = arena_alloc(r->c->arena, sizeof(*m));
	m->map.name = reader_string(r, w);
	m->map.at = reader_here(r);
	arena_append(r->c->arena, maps.map, maps.count, m);
	return m;
}

struct reader_entry *map_new_entry(struct reader *r, const char *map, uint32_t seq)
{
	struct reader_entry *e = arena_alloc(r->c->arena, sizeof(*e));

	e->entry = (struct config_entry){ .at = reader_here(r), .map = map, .seq = seq, .replay_window = INHERIT };
	return e;
}

static void remove_map(struct reader *r, struct maps maps, const struct match_args *a)
{
	struct reader_map *m;
	size_t index, i;

	m = find_map(maps, a->arg[0].word, &index);
	if (m && a->count == 1) {
		arena_remove(maps.map, maps.count, index);
		return;
	}
	for (i = 0; m && i < m->entries; i++) {
		if (m->entry[i]->entry.seq != a->arg[1].number)
			continue;
		arena_remove(&m->entry, &m->entries, i);
		return;
	}
	reader_warn(r, a->arg[a->count - 1].index, "there is no such %s map%s", maps.map == &r->maps ? "crypto" : "dynamic", m ? " entry" : "");
}

/* An entry that is there already is entered again, by its kind or without one. */
static void enter_again(struct reader *r, const struct match_args *a, int kind)
{
	static const char *const word[] = {
		[ENTRY_ISAKMP] = "ipsec-isakmp", [ENTRY_MANUAL] = "ipsec-manual", [ENTRY_DYNAMIC] = "ipsec-isakmp dynamic",
	};
	const struct config_entry *e = &r->entry->entry;
	int is = e->manual ? ENTRY_MANUAL : e->dynamic_name ? ENTRY_DYNAMIC : ENTRY_ISAKMP;

	if (kind == is || (kind == ENTRY_EXISTING && is != ENTRY_DYNAMIC))
		return;
	reader_error(r, a->arg[1].index + 1, "this entry stands already on line %u as %s; expected the same kind, or another sequence",
		     e->at.line, word[is]);
}

static struct reader_entry *find_entry(const struct reader_map *m, uint32_t seq)
{
	for (size_t i = 0; i < m->entries; i++)
		if (m->entry[i]->entry.seq == seq)
			return m->entry[i];
	return NULL;
}

/* "crypto dynamic-map NAME SEQ" */
void map_template(struct reader *r, const struct match_args *a, int data)
{
	struct reader_map *m;

	(void)data;
	if (a->negate) {
		remove_map(r, dynamic_maps(r), a);
		return;
	}
	m = make_map(r, dynamic_maps(r), a->arg[0].word);
	r->entry = find_entry(m, a->arg[1].number);
	if (r->entry)
		return;
	r->entry = map_new_entry(r, m->map.name, a->arg[1].number);
	r->entry->entry.template = true;
	arena_append(r->c->arena, &m->entry, &m->entries, r->entry);
}

void map_entry(struct reader *r, const struct match_args *a, int kind)
{
	struct reader_map *m;
	size_t i;

	if (a->negate) {
		remove_map(r, crypto_maps(r), a);
		return;
	}
	if (kind == ENTRY_EXISTING) {
		m = find_map(crypto_maps(r), a->arg[0].word, &i);
		if (!m || !find_entry(m, a->arg[1].number)) {
			r->entry = map_new_entry(r, "", a->arg[1].number);
			reader_error(r, r->line->words, "incomplete command for a new entry; expected ipsec-isakmp or ipsec-manual");
			return;
		}
	}
	m = make_map(r, crypto_maps(r), a->arg[0].word);
	r->entry = find_entry(m, a->arg[1].number);
	if (r->entry) {
		enter_again(r, a, kind);
	} else {
		r->entry = map_new_entry(r, m->map.name, a->arg[1].number);
		r->entry->entry.manual = kind == ENTRY_MANUAL;
		arena_append(r->c->arena, &m->entry, &m->entries, r->entry);
	}
	if (kind == ENTRY_DYNAMIC) {
		r->entry->entry.dynamic_name = reader_string(r, a->arg[2].word);
		r->entry->dynamic_mark = reader_mark(r, a->arg[2].index);
	}
}

/* "crypto map ipv6 NAME ...": the same, but for how it is shown, and which list of a name it means. */
void map_entry6(struct reader *r, const struct match_args *a, int kind)
{
	struct reader_map *m;
	size_t index;

	map_entry(r, a, kind);
	m = find_map(crypto_maps(r), a->arg[0].word, &index);
	if (m && !a->negate)
		m->map.six = true;
}

void map_local_address(struct reader *r, const struct match_args *a, int data)
{
	struct reader_map *m = make_map(r, crypto_maps(r), a->arg[0].word);

	(void)data;
	if (a->negate) {
		m->map.local_interface = NULL;
		m->map.local_at = (struct config_at){ 0 };
		return;
	}
	m->map.local_interface = interface_name(r, a->tail);
	m->map.local_at = reader_here(r);
}

void map_description(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->entry->entry.description = a->negate ? NULL : reader_rest(r, a->tail);
}

static const struct match_choice peer_default[] = {
	{ "default", 1, "go back to this peer after others were used" },
	{ NULL, 0, NULL },
};

/* A name has a letter; what has none is an address that is none. */
static bool peer_name(const struct lexer_word *w)
{
	for (size_t i = 0; i < w->length; i++)
		if ((w->text[i] | 0x20) >= 'a' && (w->text[i] | 0x20) <= 'z')
			return !memchr(w->text, ':', w->length) && w->length <= CONFIG_ID_MAX;
	return false;
}

static bool same_peer(const struct config_peer *p, const char *name, const struct addr *addr)
{
	if (name || p->name)
		return name && p->name && !strcasecmp(name, p->name);
	return addr_equal(&p->addr, addr);
}

void map_peer(struct reader *r, const struct match_args *a, int data)
{
	struct config_entry *e = &r->entry->entry;
	const struct lexer_word *w = &r->line->word[a->tail];
	struct addr addr = { 0 };
	struct config_peer *peer;
	const char *name = NULL;
	size_t i;

	(void)data;
	if (a->negate && a->tail == r->line->words) {
		e->peers = 0;
		return;
	}
	if (a->tail == r->line->words) {
		reader_error(r, a->tail, "incomplete command; expected A.B.C.D or X:X::X (the peer's address)");
		return;
	}
	if (!reader_address(w, &addr) && !reader_address6(w, &addr)) {
		if (!peer_name(w)) {
			reader_error(r, a->tail, "no address; expected A.B.C.D or X:X::X (the peer's address)");
			return;
		}
		addr.length = 0;
		name = reader_string(r, w);
	}
	for (i = 0; i < e->peers && !same_peer(e->peer[i], name, &addr); i++)
		;
	if (a->negate) {
		if (i < e->peers)
			arena_remove(&e->peer, &e->peers, i);
		else
			reader_warn(r, a->tail, "this entry has no such peer");
		return;
	}
	if (a->tail + 1 < r->line->words &&
	    (!match_choose(r, a->tail + 1, peer_default, "the end of the line", false) || !match_end(r, a->tail + 2)))
		return;
	if (i == CONFIG_PEERS_MAX) {
		reader_error(r, a->tail, "too many peers; expected at most %d in one entry", CONFIG_PEERS_MAX);
		return;
	}
	peer = arena_alloc(r->c->arena, sizeof(*peer));
	*peer = (struct config_peer){ .at = reader_here(r), .name = name, .addr = addr, .preferred = a->tail + 1 < r->line->words };
	if (i < e->peers)
		e->peer[i] = peer;
	else
		arena_append(r->c->arena, &e->peer, &e->peers, peer);
}

void map_sets(struct reader *r, const struct match_args *a, int data)
{
	struct reader_entry *e = r->entry;

	(void)data;
	e->set = NULL;
	e->sets = 0;
	if (a->negate)
		return;
	e->entry.set_at = reader_here(r);
	if (a->tail == r->line->words)
		reader_error(r, a->tail, "incomplete command; expected the name of a transform set");
	if (r->line->words - a->tail > CONFIG_SETS_MAX) {
		reader_error(r, a->tail + CONFIG_SETS_MAX, "too many transform sets; expected at most %d", CONFIG_SETS_MAX);
		return;
	}
	for (size_t i = a->tail; i < r->line->words; i++) {
		struct reader_name *n = arena_alloc(r->c->arena, sizeof(*n));

		n->name = reader_string(r, &r->line->word[i]);
		n->mark = reader_mark(r, i);
		arena_append(r->c->arena, &e->set, &e->sets, n);
	}
}

void map_pfs(struct reader *r, const struct match_args *a, int group)
{
	r->entry->entry.pfs_group = a->negate ? 0 : (uint16_t)group;
	r->entry->entry.pfs_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
}

/* An entry's own lifetime is known by its line; check.c puts the global one where there is none. */
void map_lifetime(struct reader *r, const struct match_args *a, int life)
{
	const struct config_at here = a->negate ? (struct config_at){ 0 } : reader_here(r);
	struct config_entry *e = &r->entry->entry;

	if (life == LIFE_SECONDS || life == LIFE_DAYS || life == LIFE_ALL) {
		e->life_seconds = a->negate ? 0 : a->arg[0].number * (life == LIFE_DAYS ? DAY : 1);
		e->life_seconds_at = here;
	}
	if (life == LIFE_KILOBYTES || life == LIFE_DISABLE || life == LIFE_ALL) {
		e->life_kilobytes = a->negate || life == LIFE_DISABLE ? 0 : a->arg[0].number;
		e->life_kilobytes_at = here;
	}
}

void map_idle(struct reader *r, const struct match_args *a, int back_to_default)
{
	r->entry->entry.idle_seconds = a->negate ? 0 : a->arg[0].number;
	r->entry->entry.idle_default = !a->negate && back_to_default;
}

static void name_profile(struct reader *r, const struct match_args *a, unsigned int arg, struct reader_name *n)
{
	*n = (struct reader_name){ 0 };
	if (a->negate)
		return;
	n->name = reader_string(r, a->arg[arg].word);
	n->mark = reader_mark(r, a->arg[arg].index);
}

void map_isakmp(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	name_profile(r, a, 0, &r->entry->isakmp);
}

/* For all entries that name none themselves. */
void map_isakmp_all(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	name_profile(r, a, 1, &make_map(r, crypto_maps(r), a->arg[0].word)->isakmp);
}

void map_df(struct reader *r, const struct match_args *a, int df)
{
	(void)a;
	r->entry->entry.df = (enum config_df)df;
}

void map_window(struct reader *r, const struct match_args *a, int window)
{
	r->entry->entry.replay_window = a->negate ? INHERIT : (uint32_t)window;
}

void map_per_host(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->entry->entry.per_host = !a->negate;
}

void map_parallel(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->entry->entry.parallel = !a->negate;
}

/* Is @w the number of an extended list, or a name? Other numbers are lists of other kinds. */
static bool acl_name(const struct lexer_word *w)
{
	uint64_t n;

	if (w->length > CONFIG_NAME_MAX)
		return false;
	if (!reader_number(w, &n))
		return w->text[0] < '0' || w->text[0] > '9';
	return (n >= 100 && n <= 199) || (n >= 2000 && n <= 2699);
}

void map_acl(struct reader *r, const struct match_args *a, int data)
{
	struct reader_entry *e = r->entry;

	(void)data;
	if (a->negate) {
		e->entry.acl_name = NULL;
		return;
	}
	if (a->tail == r->line->words || !acl_name(&r->line->word[a->tail])) {
		reader_error(r, a->tail, "%s; expected one of: <100-199>, <2000-2699>, the name of an extended access list",
			     a->tail == r->line->words ? "incomplete command" : "no extended access list");
		return;
	}
	if (!match_end(r, a->tail + 1))
		return;
	e->entry.acl_name = reader_string(r, &r->line->word[a->tail]);
	e->entry.acl_at = reader_here(r);
	e->acl_mark = reader_mark(r, a->tail);
}
