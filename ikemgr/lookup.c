/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration, asked by negotiation: see lookup.h. */
#include <stdio.h>
#include <string.h>

#include "config/model.h"
#include "dynamic.h"
#include "ike.h"
#include "lookup.h"
#include "sa.h"

static struct event_line line_of(const struct config_at *at)
{
	struct event_line line = { .file = at->line ? at->file : NULL, .line = at->line };

	return line;
}

void lookup_psk_query(const struct ike_sa *sa, const struct config *c, struct config_psk_query *q)
{
	*q = (struct config_psk_query){
		.local = &sa->peer->local, .remote = &sa->peer->remote,
		.profile = config_isakmp_profile_find(c, sa->profile),
		.initiate_aggressive = sa->aggressive && sa->initiator,
	};
	/* only aggressive mode's responder knows the name before it needs the key */
	if (sa->aggressive && !sa->initiator) {
		q->id_type = sa->peer_id.type;
		q->id = sa->peer_id.data;
		q->id_length = sa->peer_id.length;
	}
}

bool lookup_key(const struct ike_sa *sa, struct lookup_psk *out)
{
	const struct config *c = sa->peer->ike->config;
	struct config_psk_query q;
	const struct config_psk *psk;

	lookup_psk_query(sa, c, &q);
	psk = config_psk_lookup(c, &q);
	if (!psk)
		return false;
	*out = (struct lookup_psk){ .key = { psk->key, psk->length }, .line = line_of(&psk->at), .host = psk->hostname,
				    .keyring = psk->keyring ? psk->keyring->name : NULL };
	return true;
}

const char *lookup_profiles(const struct ike *ike, char *buf, size_t room)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ike->config->isakmp_profiles && used < room; i++)
		used += (size_t)snprintf(buf + used, room - used, "%s ", ike->config->isakmp_profile[i]->name);
	return used ? buf : NULL;
}

size_t lookup_policies(const struct ike *ike, struct proposal_policy *out)
{
	const struct config *c = ike->config;
	size_t i, count = 0;

	for (i = 0; i < c->policies && count < PROPOSAL_POLICIES_MAX; i++) {
		const struct config_policy *p = c->policy[i];
		struct event_line line = line_of(&p->at);

		if (p->unusable)
			continue;
		out[count++] = (struct proposal_policy){
			.priority = p->priority, .file = line.file, .line = line.line,
			.values = { .encryption = p->encryption, .key_bits = p->key_bits, .hash = p->hash,
				    .group = p->group, .auth = p->auth, .life_seconds = p->lifetime },
		};
	}
	return count;
}

static void describe(const struct config_entry *e, struct lookup_entry *out)
{
	struct event_line pfs = line_of(&e->pfs_at);
	size_t i;

	memset(out, 0, sizeof(*out));
	out->map = e->map;
	out->seq = e->seq;
	out->line = line_of(&e->at);
	out->replay_window = e->replay_window;
	out->idle_seconds = e->idle_seconds;
	out->idle_default = e->idle_default;
	out->per_host = e->per_host;
	out->parallel = e->parallel;
	out->manual = e->manual;
	out->keep_up = e->keep_up;
	out->responder_only = e->responder_only;
	out->template = e->template ? e : NULL;
	out->isakmp = e->isakmp ? e->isakmp->name : NULL;
	for (i = 0; i < e->peers && i < CMAP_PEERS_MAX; i++) {
		if (e->peer[i]->preferred && !out->has_default) {
			out->default_peer = (unsigned int)i;
			out->has_default = true;
		}
		out->peers[out->peer_count++] = e->peer[i]->addr;
	}
	for (i = 0; i < e->sets && i < PROPOSAL_SETS_MAX; i++) {
		const struct config_transform_set *s = e->set[i];
		struct event_line line = line_of(&s->at);

		out->sets[i] = (struct proposal_set){
			.name = s->name, .file = line.file, .line = line.line,
			.tunnel_too = !s->mode_required,
			.values = { .transform = s->transform, .key_bits = s->key_bits, .auth = s->auth,
				    .encaps = s->mode, .ah = s->ah, .esn = s->esn },
		};
	}
	out->proposal = (struct proposal_entry){
		.set = out->sets, .sets = i, .group = e->pfs_group, .life_seconds = e->life_seconds,
		.life_kilobytes = e->life_kilobytes, .pfs_file = pfs.file, .pfs_line = pfs.line,
	};
}

static const struct config_entry *find(const struct ike *ike, const char *map, uint32_t seq)
{
	const struct config_entry *e = ike->config ? config_entry_find(ike->config, map, seq) : NULL;
	const struct dynamic *d = ike->config && !e ? dynamic_find(ike, map, seq) : NULL;

	if (d)
		e = dynamic_template(d);
	return e && !e->incomplete ? e : NULL;
}

/* A temporary entry has one peer, and is no template any more. */
static void describe_dynamic(const struct dynamic *d, struct lookup_entry *out)
{
	out->map = d->map;
	out->seq = d->seq;
	out->peers[0] = d->remote;
	out->peer_count = 1;
	out->default_peer = 0;
	out->has_default = false;
	out->per_host = false;
}

bool lookup_entry(const struct ike *ike, const char *map, uint32_t seq, struct lookup_entry *out)
{
	const struct config_entry *e = find(ike, map, seq);

	if (!e)
		return false;
	describe(e, out);
	if (e->template)
		describe_dynamic(dynamic_find(ike, map, seq), out);
	return true;
}

static enum cmap_df df_of(enum config_df df)
{
	return df == CONFIG_DF_SET ? CMAP_DF_SET : df == CONFIG_DF_CLEAR ? CMAP_DF_CLEAR : CMAP_DF_COPY;
}

struct lookup_options lookup_options(const struct ike *ike, const struct lookup_entry *entry, const struct addr *local)
{
	const struct config *c = ike->config;
	const struct config_entry *e = entry->template ? entry->template : config_entry_find(c, entry->map, entry->seq);
	enum config_fragmentation fragmentation = c->fragmentation;
	enum config_df df = c->df;
	unsigned int i;

	for (i = 0; i < ike->binding_count; i++) {
		const struct ike_binding *b = &ike->bindings[i];
		const struct config_interface *f = config_interface_find(c, b->name);

		if (!f || strcmp(b->map, entry->map) || !ike_binding_has(b, local))
			continue;
		if (f->df != CONFIG_DF_INHERIT)
			df = f->df;
		if (f->fragmentation != CONFIG_FRAGMENT_INHERIT)
			fragmentation = f->fragmentation;
		break;
	}
	if (e && e->df != CONFIG_DF_INHERIT)
		df = e->df;
	return (struct lookup_options){ .replay_window = entry->replay_window, .idle_seconds = entry->idle_seconds,
					.df = df_of(df), .fragment_after = fragmentation == CONFIG_FRAGMENT_AFTER,
					.parallel = entry->parallel };
}

static bool is_host(const struct proxy *p, const struct addr *host)
{
	return p->prefix == host->length * 8 && addr_equal(&p->addr, host);
}

void lookup_mode(struct lookup_entry *entry, const struct addr *local, const struct addr *remote, enum natt natt,
		 const struct proxy *local_proxy, const struct proxy *remote_proxy)
{
	size_t i, kept = 0;

	entry->proposal.natt = natt;
	if (is_host(local_proxy, local) && is_host(remote_proxy, remote))
		return;
	for (i = 0; i < entry->proposal.sets; i++) {
		struct proposal_set *set = &entry->sets[i];

		if (set->values.encaps == IPSEC_ENCAPS_TRANSPORT && !set->tunnel_too)
			continue;
		set->values.encaps = IPSEC_ENCAPS_TUNNEL;
		entry->sets[kept++] = *set;
	}
	entry->proposal.sets = kept;
}

void lookup_proxies(const struct config_rule *rule, struct proxy *local, struct proxy *remote)
{
	*local = (struct proxy){ .addr = rule->local.addr, .prefix = rule->local.prefix, .protocol = rule->protocol,
				 .port_lo = rule->local.port_lo, .port_hi = rule->local.port_hi };
	*remote = (struct proxy){ .addr = rule->remote.addr, .prefix = rule->remote.prefix, .protocol = rule->protocol,
				  .port_lo = rule->remote.port_lo, .port_hi = rule->remote.port_hi };
}

/* A rule with a range of ports is what a peer means that names its networks and protocol, and all ports. */
static bool same_on_wire(const struct config_rule *rule, const struct proxy *local, const struct proxy *remote,
			 const struct proxy *l, const struct proxy *r)
{
	struct proxy wire_l = proxy_on_wire(l), wire_r = proxy_on_wire(r);

	return rule->permit && proxy_equal(local, &wire_l) && proxy_equal(remote, &wire_r);
}

/*
 * First match decides; a deny that holds the proxies ends this entry's list.
 * A template without a list holds everything: there is no @rule then.
 */
static bool match(const struct config_entry *e, const struct proxy *local, const struct proxy *remote, uint32_t *index,
		  const struct config_rule **rule)
{
	struct proxy l, r;
	size_t i;

	*index = 0;
	*rule = NULL;
	if (e->template && !e->acl_name)
		return true;
	for (i = 0; e->acl && i < e->acl->rules; i++) {
		*rule = e->acl->rule[i];
		lookup_proxies(*rule, &l, &r);
		if ((!proxy_inside(local, &l) || !proxy_inside(remote, &r)) && !same_on_wire(*rule, local, remote, &l, &r))
			continue;
		*index = (uint32_t)i;
		return (*rule)->permit;
	}
	return false;
}

bool lookup_rule(const struct ike *ike, const char *map, uint32_t seq, const struct proxy *local,
		 const struct proxy *remote, uint32_t *index, struct event_line *line)
{
	const struct config_entry *e = find(ike, map, seq);
	const struct config_rule *rule;

	memset(line, 0, sizeof(*line));
	if (!e || !match(e, local, remote, index, &rule))
		return false;
	*line = line_of(rule ? &rule->at : &e->at);
	return true;
}

static void entry_flows(struct ike *ike, const struct config_entry *e)
{
	struct proxy local, remote;
	struct flow *flow;
	size_t i;

	for (i = 0; e->acl && i < e->acl->rules; i++) {
		if (!e->acl->rule[i]->permit)
			continue;
		lookup_proxies(e->acl->rule[i], &local, &remote);
		flow = flow_get(ike, e->map, e->seq, &local, &remote);
		if (flow)
			flow->rule_index = (uint32_t)i;
	}
}

void lookup_each_rule(struct ike *ike)
{
	const struct config *c = ike->config;
	size_t i, j;

	for (i = 0; i < c->maps; i++) {
		for (j = 0; j < c->map[i]->entries; j++) {
			if (!c->map[i]->entry[j]->incomplete)
				entry_flows(ike, c->map[i]->entry[j]);
		}
	}
}

static bool has_peer(const struct config_entry *e, const struct addr *remote)
{
	size_t i;

	for (i = 0; i < e->peers; i++) {
		if (addr_equal(&e->peer[i]->addr, remote))
			return true;
	}
	return false;
}

/* What a quick mode asks for, while the entries are tried */
struct quest {
	const struct ike_sa *ike_sa;
	struct proxy *local_proxy, *remote_proxy;
	const struct parse_payload *sa;
	struct lookup_entry *entry;
	struct proposal_esp_choice *choice;
	enum lookup_verdict verdict;
};

static void narrow(const struct config_rule *rule, struct proxy *local, struct proxy *remote)
{
	struct proxy l, r;

	if (!rule)
		return;
	lookup_proxies(rule, &l, &r);
	if (proxy_inside(local, &l) && proxy_inside(remote, &r))
		return;
	*local = l;
	*remote = r;
}

/* @map: whose entry it is, or is to be made of this template */
static bool try_one(struct quest *q, const struct config_entry *e, const char *map)
{
	enum lookup_verdict verdict = LOOKUP_PEER;
	const struct config_rule *rule;
	struct proposal_esp_compare why;
	uint32_t index;

	if (e->incomplete || e->manual)
		return false;
	if (has_peer(e, &q->ike_sa->peer->remote) || (e->template && !e->peers)) {
		verdict = e->isakmp && strcmp(e->isakmp->name, q->ike_sa->profile) ? LOOKUP_PROFILE : LOOKUP_PROXY;
		if (verdict == LOOKUP_PROXY && match(e, q->local_proxy, q->remote_proxy, &index, &rule) &&
		    !(e->template && dynamic_refuses(q->ike_sa, e, map, q->local_proxy, q->remote_proxy))) {
			describe(e, q->entry);
			q->entry->map = map;
			lookup_mode(q->entry, &q->ike_sa->peer->local, &q->ike_sa->peer->remote, natt_form(q->ike_sa),
				    q->local_proxy, q->remote_proxy);
			if (!proposal_esp_choose(q->sa, &q->entry->proposal, NULL, NULL, q->choice, &why)) {
				q->verdict = LOOKUP_OK;
				narrow(rule, q->local_proxy, q->remote_proxy);
				return true;
			}
			verdict = why.reason == PROPOSAL_PFS_MISSING ? LOOKUP_PFS : LOOKUP_TRANSFORM;
		}
	}
	if (verdict > q->verdict)
		q->verdict = verdict;
	return false;
}

static bool try_entry(struct quest *q, const struct config_entry *e)
{
	size_t i;

	if (!e->dynamic)
		return try_one(q, e, e->map);
	for (i = 0; i < e->dynamic->entries; i++) {
		if (try_one(q, e->dynamic->entry[i], e->map))
			return true;
	}
	return false;
}

enum lookup_verdict lookup_responder(const struct ike_sa *ike_sa, struct proxy *local_proxy, struct proxy *remote_proxy,
				     const struct parse_payload *sa, struct lookup_entry *entry,
				     struct proposal_esp_choice *choice)
{
	struct quest q = { .ike_sa = ike_sa, .local_proxy = local_proxy, .remote_proxy = remote_proxy, .sa = sa,
			   .entry = entry, .choice = choice, .verdict = LOOKUP_NO_MAP };
	const struct ike *ike = ike_sa->peer->ike;
	const struct config_map *map;
	unsigned int i;
	size_t j;

	for (i = 0; i < ike->binding_count; i++) {
		if (!ike_binding_has(&ike->bindings[i], &ike_sa->peer->local))
			continue;
		map = config_map_find(ike->config, ike->bindings[i].map);
		for (j = 0; map && j < map->entries; j++) {
			if (try_entry(&q, map->entry[j]))
				return LOOKUP_OK;
		}
	}
	return q.verdict;
}
