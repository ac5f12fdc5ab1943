/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Both SA tables as JSON. IKE SAs come from sa.h alone. IPsec SAs are joined:
 * the kernel's permit rules and counters, the flows that serve them, their
 * SA pairs, and the kernel's data for each SA.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "config/model.h"
#include "dynamic.h"
#include "ike.h"
#include "lookup.h"
#include "rekey.h"
#include "sa.h"
#include "wire.h"

#define IP_HEADER	20
#define IPV6_HEADER	40
#define UDP_HEADER	8
#define ESP_HEADER	8

/* --- show isakmp sa --- */

static const char *auth_name(uint32_t auth)
{
	switch (auth) {
	case IKE_AUTH_PSK:
		return "pre-share";
	case IKE_AUTH_RSA_SIG:
		return "rsa-sig";
	default:
		return "rsa-encr";
	}
}

static json_t *isakmp_sa(const struct peer *peer, const struct ike_sa *sa)
{
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	json_t *o;

	addr_text(&peer->local, local);
	addr_text(&peer->remote, remote);
	o = json_pack("{s:s, s:s, s:s, s:i, s:s, s:i, s:s, s:s, s:I, s:s, s:b}",
		      "dst", sa->initiator ? remote : local, "src", sa->initiator ? local : remote,
		      "local", local, "local_port", (int)sa->local_port,
		      "peer", remote, "peer_port", (int)sa->remote_port,
		      "state", sa_word_name(sa->word), "fsm", sa_state_name(sa->state),
		      "conn_id", (json_int_t)sa->conn_id, "role", sa->initiator ? "I" : "R", "deleted", (int)sa->deleted);
	if (sa->encryption)
		json_object_update_new(o, json_pack("{s:s, s:s, s:s, s:I}", "encryption", sa_encryption_name(sa),
						    "hash", sa_hash_name(sa), "auth", auth_name(sa->auth),
						    "group", (json_int_t)sa->group));
	json_object_update_new(o, json_pack("{s:I, s:I, s:b, s:b, s:b}", "lifetime", (json_int_t)sa->lifetime,
					    "left", (json_int_t)sa_life_left(sa), "dpd", (int)sa->peer_dpd,
					    "natt", (int)natt_found(sa), "fragmentation", (int)sa->peer_fragments));
	if (natt_name(sa))
		json_object_set_new(o, "natt_form", json_string(natt_name(sa)));
	return o;
}

json_t *answer_isakmp_sa(struct ike *ike)
{
	json_t *list = json_array();
	const struct ike_sa *sa;
	struct peer *peer;

	for (peer = sa_peers(ike); peer; peer = TAILQ_NEXT(peer, link))
		TAILQ_FOREACH(sa, &peer->sas, link)
			json_array_append_new(list, isakmp_sa(peer, sa));
	return list;
}

json_t *answer_admission(struct ike *ike)
{
	const struct admission *a = &ike->admission;
	struct admission_state s = admission_state(ike);

	return json_pack("{s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:{s:I, s:I, s:I}, s:I}",
			 "max_active", (json_int_t)s.max_active, "max_negotiating", (json_int_t)s.max_negotiating,
			 "active", (json_int_t)s.active, "negotiating", (json_int_t)s.negotiating,
			 "incoming", "requests", (json_int_t)a->incoming, "accepted", (json_int_t)a->incoming_accepted,
			 "rejected", (json_int_t)a->incoming_rejected,
			 "outgoing", "requests", (json_int_t)a->outgoing, "accepted", (json_int_t)a->outgoing_accepted,
			 "rejected", (json_int_t)a->outgoing_rejected,
			 "reasons", "low", (json_int_t)a->low, "active", (json_int_t)a->active,
			 "negotiating", (json_int_t)a->negotiating,
			 "dropped", (json_int_t)a->dropped);
}

/* --- show ipsec sa --- */

/* The permit rules of one map, as the kernel has them. */
struct rules {
	struct kernel_rule_info *rule;
	size_t count, room;
	bool failed;
};

static void collect(void *arg, const struct kernel_rule_info *rule)
{
	struct rules *r = arg;
	struct kernel_rule_info *more;

	/* the lists of dynamic maps have no SAs of their own */
	if (!rule->permit || r->failed || rule->seq >= DYNAMIC_GUARD_FIRST)
		return;
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 16;

		more = realloc(r->rule, room * sizeof(*more));
		if (!more) {
			r->failed = true;
			return;
		}
		r->rule = more;
		r->room = room;
	}
	r->rule[r->count++] = *rule;
}

static bool rules_read(struct ike *ike, const char *map, struct rules *rules, char *error)
{
	const struct kernel_ops *kernel = ike->world.kernel;
	int rc;

	memset(rules, 0, sizeof(*rules));
	rc = kernel->rule_dump(ike->world.kernel_ctx, map, collect, rules);
	if (!rc && !rules->failed)
		return true;
	snprintf(error, KERNEL_ERROR, "the kernel's crypto maps can't be read: %s",
		 rules->failed ? "out of memory" : kernel->error(ike->world.kernel_ctx));
	free(rules->rule);
	return false;
}

static json_t *proxy_json(const struct proxy *p)
{
	char addr[ADDR_TEXT], mask[ADDR_TEXT];
	struct addr m = { .length = p->addr.length };

	for (unsigned int bit = 0; bit < p->prefix; bit++)
		m.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return json_pack("{s:s, s:i, s:s, s:i, s:i}", "addr", addr_text(&p->addr, addr), "prefix", (int)p->prefix,
			 "mask", addr_text(&m, mask), "protocol", (int)p->protocol,
			 "port", p->port_lo == p->port_hi ? (int)p->port_lo : 0);
}

/* @sign: 1, or -1 to take away */
static void add_drops(json_t *into, const struct kernel_drops *drops, int sign)
{
	for (unsigned int i = 0; i < drops->count; i++) {
		const char *name = drops->drop[i].name;
		json_int_t now = json_integer_value(json_object_get(into, name)) + sign * (json_int_t)drops->drop[i].packets;

		if (now > 0)
			json_object_set_new(into, name, json_integer(now));
		else
			json_object_del(into, name);
	}
}

/* Each protocol's SA shows its own transforms: AH's stand first (proposal_esp_words()). */
static const char *transform_of(const struct child_sa *child, uint8_t proto)
{
	static char text[sizeof(child->transform_show)];
	size_t ah = child->ah_in || child->proto == IPPROTO_AH ? strcspn(child->transform_show, " ") : 0;

	if (proto == IPPROTO_AH)
		snprintf(text, sizeof(text), "%.*s", (int)ah, child->transform_show);
	else
		snprintf(text, sizeof(text), "%s", child->transform_show + ah + (ah > 0));
	return text;
}

static json_t *one_sa(const struct child_sa *child, const struct kernel_sa_info *info)
{
	static const char *const states[] = {
		[CHILD_STANDBY] = "standby", [CHILD_ACTIVE] = "active", [CHILD_OLD] = "old"
	};
	const struct kernel_stats *st = &info->stats;
	bool in = info->inbound;
	json_t *o, *drops = json_object();

	add_drops(drops, &info->drops, 1);
	o = json_pack("{s:s, s:s, s:I, s:s, s:s, s:I, s:b, s:s, s:i, s:I, s:I, s:I, s:o}",
		      "dir", in ? "in" : "out", "protocol", info->proto == IPPROTO_AH ? "AH" : "ESP",
		      "spi", (json_int_t)info->spi, "transform", transform_of(child, info->proto),
		      "mode", child->mode == IPSEC_ENCAPS_TRANSPORT ? child->udp ? "Transport UDP-Encaps" : "Transport" :
			      child->udp ? "Tunnel UDP-Encaps" : "Tunnel", "conn_id", (json_int_t)(in ? child->conn_in : child->conn_out),
		      "initiator", (int)child->initiator, "state", states[child->state],
		      "iv_length", (int)child->iv_length, "replay_window", (json_int_t)info->replay_window,
		      "packets", (json_int_t)(in ? st->in_packets : st->out_packets),
		      "bytes", (json_int_t)(in ? st->in_bytes : st->out_bytes), "drops", drops);
	if (child->esn)
		json_object_set_new(o, "esn", json_true());
	if (!child->manual)
		json_object_set_new(o, "left_seconds", json_integer(child_life_left(child)));
	if (info->soft_seconds && child->state == CHILD_ACTIVE)
		json_object_set_new(o, "rekey_seconds", json_integer(info->soft_seconds > info->age_seconds ?
								     info->soft_seconds - info->age_seconds : 0));
	if (info->soft_bytes && child->state == CHILD_ACTIVE) {
		uint64_t bytes = in ? st->in_bytes : st->out_bytes;

		json_object_set_new(o, "rekey_kilobytes", json_integer((json_int_t)(bytes < info->soft_bytes ?
										    (info->soft_bytes - bytes) / 1024 : 0)));
	}
	/* of what was agreed: the kernel's inbound limits are a little wider (install.c) */
	if (child->life_kilobytes) {
		uint64_t used = ((in ? st->in_bytes : st->out_bytes) + 1023) / 1024;

		json_object_set_new(o, "left_kilobytes", json_integer((json_int_t)(used < child->life_kilobytes ?
										   child->life_kilobytes - used : 0)));
	}
	return o;
}

/*
 * What fits into one packet of the path: CISCO's arithmetic. The
 * ESP trailer's two bytes come off a whole number of cipher blocks.
 */
static unsigned int plaintext_mtu(const struct child_sa *child, unsigned int mtu)
{
	unsigned int header = child->remote.length == 16 ? IPV6_HEADER : IP_HEADER;
	unsigned int overhead = header + child->ah_length + (child->udp ? UDP_HEADER : 0);
	unsigned int block = child->block_length ? child->block_length : 4;
	/* in transport mode the packet's own header counts for its size */
	unsigned int own = child->mode == IPSEC_ENCAPS_TRANSPORT ? header : 0;

	if (child->proto == IPPROTO_AH)
		return mtu < overhead ? 0 : mtu - overhead + own;
	overhead += ESP_HEADER + child->iv_length + child->icv_length;
	if (mtu < overhead + block)
		return 0;
	return own + (mtu - overhead) / block * block - 2;
}

/* One permit rule, or a flow that a peer made within one, while its object is put together. */
struct ident {
	struct ike *ike;
	const struct ike_binding *binding;
	json_t *json, *sas, *out_drops, *in_drops;
	struct kernel_stats stats;	/* of the SAs shown */
};

static void ident_sa(struct ident *id, const struct child_sa *child, uint8_t proto, uint32_t spi,
		     const struct addr *dst)
{
	const struct kernel_ops *kernel = id->ike->world.kernel;
	struct kernel_sa_info info = { 0 };

	/* gone between the daemon's view and now: not shown */
	if (!spi || kernel->sa_get(id->ike->world.kernel_ctx, proto, spi, dst, &info))
		return;
	info.proto = proto;
	json_array_append_new(id->sas, one_sa(child, &info));
	if (proto != child->proto)
		return;		/* the AH around ESP counts the same packets again */
	add_drops(info.inbound ? id->in_drops : id->out_drops, &info.drops, 1);
	id->stats.out_packets += info.stats.out_packets;
	id->stats.in_packets += info.stats.in_packets;
	id->stats.out_errors += info.stats.out_errors;
	id->stats.in_errors += info.stats.in_errors;
}

static const struct child_sa *outbound(const struct flow *flow)
{
	const struct child_sa *child, *any = NULL;

	TAILQ_FOREACH(child, &flow->children, link) {
		if (child->out_gone)
			continue;
		if (child->state == CHILD_ACTIVE)
			return child;
		if (!any)
			any = child;
	}
	return any;
}

static void ident_flow(struct ident *id, const struct flow *flow)
{
	const struct child_sa *child = outbound(flow);

	json_object_set_new(id->json, "requesting", json_boolean(flow->quick || flow->waiting_for));
	json_object_set_new(id->json, "rekeys", json_integer(flow->rekeys));
	if (flow->rekeys)
		json_object_set_new(id->json, "rekey_lost", json_integer(rekey_lost(flow)));
	if (child) {
		json_object_set_new(id->json, "current_spi", json_integer(child->spi_out));
		json_object_set_new(id->json, "plaintext_mtu", json_integer(plaintext_mtu(child, id->binding->mtu)));
		json_object_set_new(id->json, "pfs_group", json_integer(child->pfs_group));
	}
	TAILQ_FOREACH(child, &flow->children, link) {
		if (!child->in_gone) {
			ident_sa(id, child, child->proto, child->spi_in, &child->local);
			ident_sa(id, child, IPPROTO_AH, child->ah_in, &child->local);
		}
		if (!child->out_gone) {
			ident_sa(id, child, child->proto, child->spi_out, &child->remote);
			ident_sa(id, child, IPPROTO_AH, child->ah_out, &child->remote);
		}
	}
}

static struct addr entry_peer(struct ike *ike, const char *map, uint32_t seq)
{
	struct lookup_entry entry;
	struct addr none = { 0 };

	return lookup_entry(ike, map, seq, &entry) && entry.peer_count ? entry.peers[0] : none;
}

static uint64_t since(uint64_t now, uint64_t zero)
{
	return now >= zero ? now - zero : now;
}

static void ident_drops(struct ident *id, const struct kernel_rule_info *rule, const struct answer_zero *zero)
{
	if (rule) {
		json_object_clear(id->out_drops);
		json_object_clear(id->in_drops);
		add_drops(id->out_drops, &rule->out_drops, 1);
		add_drops(id->in_drops, &rule->in_drops, 1);
	}
	if (zero) {
		add_drops(id->out_drops, &zero->out_drops, -1);
		add_drops(id->in_drops, &zero->in_drops, -1);
	}
	json_object_set_new(id->json, "out_drops", id->out_drops);
	json_object_set_new(id->json, "in_drops", id->in_drops);
}

/* Counters of the rule since they were cleared; of the SAs for a flow that is no rule. */
static void ident_counters(struct ident *id, const struct kernel_rule_info *rule, const struct answer_zero *cleared)
{
	const struct kernel_stats *stats = rule ? &rule->stats : &id->stats, none = { 0 };
	const struct kernel_stats *zero = cleared ? &cleared->stats : &none;

	json_object_update_new(id->json, json_pack("{s:I, s:I, s:I, s:I}",
		"out_packets", (json_int_t)since(stats->out_packets, zero->out_packets),
		"in_packets", (json_int_t)since(stats->in_packets, zero->in_packets),
		"send_errors", (json_int_t)since(stats->out_errors, zero->out_errors),
		"recv_errors", (json_int_t)since(stats->in_errors, zero->in_errors)));
}

static const struct answer_zero *zero_find(const struct answer_zeros *zeros, const char *map, uint32_t seq,
					    const struct proxy *local, const struct proxy *remote)
{
	const struct answer_zero *z;

	STAILQ_FOREACH(z, zeros, link)
		if (!strcmp(z->map, map) && z->seq == seq && proxy_equal(&z->local, local) &&
		    proxy_equal(&z->remote, remote))
			return z;
	return NULL;
}

static struct addr current_peer(struct ike *ike, const struct ike_binding *b, uint32_t seq, const struct flow *flow)
{
	if (!flow)
		return entry_peer(ike, b->map, seq);
	return TAILQ_EMPTY(&flow->children) ? flow_peer(flow) : TAILQ_FIRST(&flow->children)->remote;
}

/*
 * One block of the output. @flow may be NULL (nothing was negotiated yet),
 * @rule NULL for a flow that is only part of one.
 */
static json_t *ident_json(struct ike *ike, const struct ike_binding *binding, uint32_t seq, const struct proxy *local,
			  const struct proxy *remote, const struct flow *flow, const struct kernel_rule_info *rule,
			  const struct answer_zero *zero)
{
	struct addr peer = current_peer(ike, binding, seq, flow);
	struct addr from = flow && flow->local.length ? flow->local : *ike_binding_address(binding, &peer);
	const struct child_sa *child = flow ? TAILQ_FIRST(&flow->children) : NULL;
	char text[ADDR_TEXT];
	struct ident id = { .ike = ike, .binding = binding, .sas = json_array(),
			    .out_drops = json_object(), .in_drops = json_object() };

	if (child)
		from = child->local;
	id.json = json_pack("{s:I, s:o, s:o}", "seq", (json_int_t)seq, "local_proxy", proxy_json(local),
			    "remote_proxy", proxy_json(remote));
	if (peer.length)
		json_object_set_new(id.json, "current_peer", json_string(addr_text(&peer, text)));
	json_object_update_new(id.json, json_pack("{s:i, s:b, s:s}", "port", child && child->udp ? child->udp_port : ISAKMP_PORT, "requesting", 0,
						  "local", addr_text(&from, text)));
	json_object_update_new(id.json, json_pack("{s:s, s:i, s:i, s:i, s:i}", "remote", addr_text(&peer, text),
						  "path_mtu", (int)binding->mtu, "plaintext_mtu", (int)binding->mtu,
						  "current_spi", 0, "pfs_group", 0));
	if (flow && flow->dynamic)
		json_object_set_new(id.json, "dynamic", json_true());
	if (flow)
		ident_flow(&id, flow);
	ident_counters(&id, rule, zero);
	ident_drops(&id, rule, zero);
	json_object_set_new(id.json, "sas", id.sas);
	return id.json;
}

static int by_address(const void *a, const void *b)
{
	const struct flow *x = *(const struct flow *const *)a, *y = *(const struct flow *const *)b;

	return x < y ? -1 : x > y;
}

/* The blocks of one interface: every permit rule, then the flows that are no rule. NULL without memory. */
static json_t *idents(struct ike *ike, const struct ike_binding *b, const struct rules *rules,
		      const struct answer_filter *filter, const struct answer_zeros *zeros)
{
	const struct flow **rule_flows = calloc(rules->count + 1, sizeof(*rule_flows)), *flow;
	json_t *list = rule_flows ? json_array() : NULL;
	size_t count = 0;
	struct addr peer;

	for (size_t i = 0; list && i < rules->count; i++) {
		const struct kernel_rule_info *r = &rules->rule[i];

		flow = flow_find(ike, b->map, r->seq, &r->local, &r->remote);
		if (flow)
			rule_flows[count++] = flow;
		peer = current_peer(ike, b, r->seq, flow);
		if (filter->peer.length && !addr_equal(&filter->peer, &peer))
			continue;
		json_array_append_new(list, ident_json(ike, b, r->seq, &r->local, &r->remote, flow, r,
						       zero_find(zeros, r->map, r->seq, &r->local, &r->remote)));
	}
	if (count)
		qsort(rule_flows, count, sizeof(*rule_flows), by_address);
	for (flow = sa_flows(ike); list && flow; flow = TAILQ_NEXT(flow, link)) {
		if (TAILQ_EMPTY(&flow->children) || strcmp(flow->map, b->map) ||
		    bsearch(&flow, rule_flows, count, sizeof(*rule_flows), by_address))
			continue;
		peer = current_peer(ike, b, flow->seq, flow);
		if (!filter->peer.length || addr_equal(&filter->peer, &peer))
			json_array_append_new(list, ident_json(ike, b, flow->seq, &flow->local_proxy, &flow->remote_proxy, flow,
							       NULL, NULL));
	}
	free(rule_flows);
	return list;
}

/* Interfaces answer to every spelling that the configuration takes, and to the kernel's name. */
static bool wanted(const struct ike_binding *b, const struct answer_filter *filter)
{
	char asked[CONFIG_NAME_MAX + 1], name[CONFIG_NAME_MAX + 1];

	if (!b->ifindex || !b->map[0] || (filter->map && strcmp(filter->map, b->map)))
		return false;
	if (!filter->interface || !strcmp(filter->interface, b->ifname))
		return true;
	config_interface_full(filter->interface, asked);
	config_interface_full(b->name, name);
	return !strcmp(asked, name);
}

/* Of an interface's two addresses, the one of the family that its map's first peer has. */
static const struct addr *shown_local(const struct ike *ike, const struct ike_binding *b)
{
	const struct config_map *map = config_map_find(ike->config, b->map);
	const struct addr *local = &b->local;

	if (map && map->entries && map->entry[0]->peers)
		local = ike_binding_address(b, &map->entry[0]->peer[0]->addr);
	return local->length ? local : b->local.length ? &b->local : &b->local6;
}

json_t *answer_ipsec_sa(struct ike *ike, const struct answer_filter *filter, const struct answer_zeros *zeros,
			char *error)
{
	json_t *list = json_array(), *blocks;
	char text[ADDR_TEXT];
	struct rules rules;

	for (unsigned int i = 0; i < ike->binding_count; i++) {
		const struct ike_binding *b = &ike->bindings[i];

		if (!wanted(b, filter))
			continue;
		if (!rules_read(ike, b->map, &rules, error)) {
			json_decref(list);
			return NULL;
		}
		blocks = idents(ike, b, &rules, filter, zeros);
		free(rules.rule);
		if (!blocks) {
			snprintf(error, KERNEL_ERROR, "out of memory");
			json_decref(list);
			return NULL;
		}
		if (filter->peer.length && !json_array_size(blocks))
			json_decref(blocks);
		else
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:i, s:o}", "interface", b->name,
				"ifname", b->ifname, "map", b->map, "local", addr_text(shown_local(ike, b), text),
				"mtu", (int)b->mtu, "idents", blocks));
	}
	return list;
}

/* --- clear crypto sa counters --- */

void answer_zero_free(struct answer_zeros *zeros)
{
	struct answer_zero *z;

	while ((z = STAILQ_FIRST(zeros))) {
		STAILQ_REMOVE_HEAD(zeros, link);
		free(z);
	}
}

int answer_zero_all(struct ike *ike, struct answer_zeros *zeros, char *error)
{
	struct rules rules;
	int count = 0;

	if (!rules_read(ike, NULL, &rules, error))
		return -1;
	answer_zero_free(zeros);
	for (size_t i = 0; i < rules.count; i++) {
		const struct kernel_rule_info *r = &rules.rule[i];
		struct answer_zero *z = calloc(1, sizeof(*z));

		if (!z)
			break;
		memcpy(z->map, r->map, sizeof(z->map));
		z->seq = r->seq;
		z->local = r->local;
		z->remote = r->remote;
		z->stats = r->stats;
		z->out_drops = r->out_drops;
		z->in_drops = r->in_drops;
		STAILQ_INSERT_TAIL(zeros, z, link);
		count++;
	}
	free(rules.rule);
	return count;
}
