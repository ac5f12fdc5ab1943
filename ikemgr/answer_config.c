/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration as JSON, for the show commands about it. Keys stay where
 * they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "config/model.h"
#include "dynamic.h"
#include "ike.h"
#include "sa.h"
#include "wire.h"

/* the configuration's words; AES with its size */
static const char *encryption_words(const struct config_policy *p)
{
	switch (p->encryption) {
	case IKE_ENC_DES:
		return "des";
	case IKE_ENC_3DES:
		return "3des";
	default:
		return p->key_bits == 256 ? "aes 256" : p->key_bits == 192 ? "aes 192" : "aes";
	}
}

static const char *hash_words(uint16_t hash)
{
	switch (hash) {
	case IKE_HASH_MD5:
		return "md5";
	case IKE_HASH_SHA256:
		return "sha256";
	case IKE_HASH_SHA384:
		return "sha384";
	case IKE_HASH_SHA512:
		return "sha512";
	default:
		return "sha";
	}
}

static const char *auth_words(uint16_t auth)
{
	switch (auth) {
	case IKE_AUTH_RSA_SIG:
		return "rsa-sig";
	case IKE_AUTH_PSK:
		return "pre-share";
	default:
		return "rsa-encr";
	}
}

json_t *answer_isakmp_policy(struct ike *ike)
{
	const struct config *c = ike->config;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->policies; i++) {
		const struct config_policy *p = c->policy[i];

		json_array_append_new(list, json_pack("{s:I, s:b, s:s, s:s, s:s, s:i, s:I}",
			"priority", (json_int_t)p->priority, "default", (int)p->built_in,
			"encryption", encryption_words(p), "hash", hash_words(p->hash), "auth", auth_words(p->auth),
			"group", (int)p->group, "lifetime", (json_int_t)p->lifetime));
	}
	return list;
}

/* "esp-aes 256 esp-sha-hmac" as shows have it: ["esp-256-aes", "esp-sha-hmac"]; but "esp-gcm 256" */
static json_t *transforms(const char *words)
{
	json_t *list = json_array();
	char copy[128], name[64], *save;
	const char *word;

	snprintf(copy, sizeof(copy), "%s", words);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		unsigned long bits = strtoul(word, NULL, 10);

		size_t last = json_array_size(list) - 1;
		const char *before;

		if (bits == 128)
			continue;
		if (bits) {
			before = json_string_value(json_array_get(list, last));
			if (strcmp(before, "esp-aes"))
				snprintf(name, sizeof(name), "%s %lu", before, bits);
			else
				snprintf(name, sizeof(name), "esp-%lu-aes", bits);
			json_array_set_new(list, json_array_size(list) - 1, json_string(name));
		} else {
			json_array_append_new(list, json_string(word));
		}
	}
	return list;
}

static json_t *set_json(const struct config_transform_set *s)
{
	return json_pack("{s:s, s:o, s:s}", "name", s->name, "transforms", transforms(s->words),
			 "mode", s->mode == IPSEC_ENCAPS_TRANSPORT ? "Transport" : "Tunnel");
}

/* What @e says of SAs, for an entry or a profile */
static void sa_lines_json(const struct config_entry *e, json_t *o)
{
	json_t *sets = json_array();

	for (size_t i = 0; i < e->sets; i++)
		json_array_append_new(sets, set_json(e->set[i]));
	if (e->idle_seconds)
		json_object_set_new(o, "idle_seconds", json_integer(e->idle_seconds));
	if (e->per_host)
		json_object_set_new(o, "per_host", json_true());
	if (e->parallel)
		json_object_set_new(o, "parallel", json_true());
	if (e->df != CONFIG_DF_INHERIT)
		json_object_set_new(o, "df", json_string(e->df == CONFIG_DF_SET ? "set" : e->df == CONFIG_DF_CLEAR ? "clear" : "copy"));
	json_object_update_new(o, json_pack("{s:I, s:I, s:i, s:o}", "life_seconds", (json_int_t)e->life_seconds,
		"life_kilobytes", (json_int_t)e->life_kilobytes, "pfs_group", (int)e->pfs_group, "transform_sets", sets));
}

json_t *answer_profiles(struct ike *ike, const char *name)
{
	const struct config *c = ike->config;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->profiles; i++) {
		const struct config_profile *p = c->profile[i];
		json_t *o;

		if (name && strcmp(name, p->name))
			continue;
		o = json_pack("{s:s}", "name", p->name);
		if (p->responder_only)
			json_object_set_new(o, "responder_only", json_true());
		sa_lines_json(p->entry, o);
		json_array_append_new(list, o);
	}
	return list;
}

json_t *answer_lifetime(struct ike *ike)
{
	const struct config *c = ike->config;
	json_t *o = json_object();

	if (!c)
		return o;
	json_object_update_new(o, json_pack("{s:I, s:I}", "life_seconds", (json_int_t)c->life_seconds,
		"life_kilobytes", (json_int_t)c->life_kilobytes));
	if (c->idle_seconds)
		json_object_set_new(o, "idle_seconds", json_integer(c->idle_seconds));
	return o;
}

json_t *answer_transform_sets(struct ike *ike, const char *name)
{
	const struct config *c = ike->config;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->sets; i++)
		if (!name || !strcmp(name, c->set[i]->name))
			json_array_append_new(list, set_json(c->set[i]));
	return list;
}

/* The peer that an entry's newest SA pair is with. */
static void current_peer(struct ike *ike, const char *map, uint32_t seq, json_t *o)
{
	const struct child_sa *child;
	struct flow *flow;
	char text[ADDR_TEXT];

	for (flow = sa_flows(ike); flow; flow = TAILQ_NEXT(flow, link)) {
		child = TAILQ_FIRST(&flow->children);
		if (child && flow->seq == seq && !strcmp(flow->map, map)) {
			json_object_set_new(o, "current_peer", json_string(addr_text(&child->remote, text)));
			return;
		}
	}
}

static void acl_json(const struct config_entry *e, json_t *o)
{
	json_t *lines = json_array();
	char text[512];

	if (e->acl_name)
		json_object_set_new(o, "acl", json_string(e->acl_name));
	if (e->acl && e->acl->six)
		json_object_set_new(o, "acl6", json_true());
	for (size_t i = 0; e->acl && i < e->acl->lines; i++) {
		if (e->acl->six)
			snprintf(text, sizeof(text), "%s", e->acl->text[i]);
		else
			snprintf(text, sizeof(text), "access-list %s %s", e->acl->name, e->acl->text[i]);
		json_array_append_new(lines, json_string(text));
	}
	json_object_set_new(o, "acl_lines", lines);
}

/* SPIs alone: keys stay where they are. */
static json_t *session_keys(const struct config_entry *e)
{
	static const char *const word[] = { [CONFIG_INBOUND] = "Inbound", [CONFIG_OUTBOUND] = "Outbound" };
	json_t *list = json_array();

	for (unsigned int d = 0; d < CONFIG_DIRECTIONS; d++) {
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "direction", word[d], "protocol", "esp",
						      "spi", (json_int_t)e->esp[d].spi));
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "direction", word[d], "protocol", "ah",
						      "spi", (json_int_t)e->ah[d].spi));
	}
	return list;
}

static json_t *interfaces_json(const struct config *c, const struct config_map *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->interfaces; i++)
		if (c->interface[i]->map == m)
			json_array_append_new(list, json_string(c->interface[i]->full));
	return list;
}

/* @m: the crypto map, or the dynamic map of a template */
static json_t *entry_json(struct ike *ike, const struct config_map *m, const struct config_entry *e)
{
	json_t *peers = json_array(), *o;
	const struct config *c = ike->config;
	json_t *preferred = NULL;
	char text[ADDR_TEXT];

	for (size_t i = 0; i < e->peers; i++) {
		addr_text(&e->peer[i]->addr, text);
		json_array_append_new(peers, json_string(text));
		if (e->peer[i]->preferred)
			preferred = json_string(text);
	}
	o = json_pack("{s:s, s:I, s:s, s:o}", "map", e->map, "seq", (json_int_t)e->seq, "type", e->manual ? "ipsec-manual" : "ipsec-isakmp",
		      "peers", peers);
	if (e->description)
		json_object_set_new(o, "description", json_string(e->description));
	if (preferred)
		json_object_set_new(o, "default_peer", preferred);
	if (e->responder_only)
		json_object_set_new(o, "responder_only", json_true());
	sa_lines_json(e, o);
	if (e->manual)
		json_object_set_new(o, "session_keys", session_keys(e));
	if (e->profile)
		json_object_set_new(o, "profile", json_string(e->profile));
	if (m->six)
		json_object_set_new(o, "ipv6", json_true());
	if (m->local_interface)
		json_object_set_new(o, "local_interface", json_string(m->local_interface));
	if (e->dynamic_name)
		json_object_set_new(o, "dynamic_map", json_string(e->dynamic_name));
	if (!e->template)
		current_peer(ike, e->map, e->seq, o);
	acl_json(e, o);
	json_object_update_new(o, json_pack("{s:b, s:o}", "complete", !e->incomplete, "interfaces", interfaces_json(c, m)));
	return o;
}

/* --- temporary entries --- */

static size_t side_text(char *out, size_t room, const struct proxy *p)
{
	char addr[ADDR_TEXT], wildcard[ADDR_TEXT];
	struct addr w = { .length = p->addr.length };
	int n;

	addr_text(&p->addr, addr);
	for (unsigned int bit = p->prefix; bit < p->addr.length * 8u; bit++)
		w.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	if (!p->prefix)
		n = snprintf(out, room, " any");
	else if (p->prefix == p->addr.length * 8)
		n = snprintf(out, room, " host %s", addr);
	else if (p->addr.length == 16)
		n = snprintf(out, room, " %s/%u", addr, p->prefix);
	else
		n = snprintf(out, room, " %s %s", addr, addr_text(&w, wildcard));
	if (p->port_hi && p->port_lo == p->port_hi)
		n += snprintf(out + n, room - (size_t)n, " eq %u", p->port_lo);
	else if (p->port_hi)
		n += snprintf(out + n, room - (size_t)n, " range %u %u", p->port_lo, p->port_hi);
	return (size_t)n;
}

/* The list of one line that a temporary entry has; it has no name. */
static json_t *proxies_text(const struct dynamic *d)
{
	static const struct { uint8_t number; const char *name; } protocols[] = {
		{ IPPROTO_ICMP, "icmp" }, { IPPROTO_TCP, "tcp" }, { IPPROTO_UDP, "udp" }, { IPPROTO_GRE, "gre" },
	};
	const struct proxy *l = &d->local_proxy;
	char text[256], number[4];
	const char *protocol = l->addr.length == 16 ? "ipv6" : "ip";
	size_t n;

	if (l->protocol) {
		snprintf(number, sizeof(number), "%u", l->protocol);
		protocol = number;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (l->protocol == protocols[i].number)
			protocol = protocols[i].name;
	n = (size_t)snprintf(text, sizeof(text), "access-list  permit %s", protocol);
	n += side_text(text + n, sizeof(text) - n, l);
	side_text(text + n, sizeof(text) - n, &d->remote_proxy);
	return json_string(text);
}

static json_t *dynamic_json(struct ike *ike, const struct config_map *m, const struct dynamic *d,
			    const struct config_entry *template)
{
	json_t *o = entry_json(ike, m, template);
	char text[CONFIG_NAME_MAX + 16], addr[ADDR_TEXT];

	snprintf(text, sizeof(text), "%s/%u", d->template_map, d->template_seq);
	json_object_update_new(o, json_pack("{s:s, s:I, s:[s], s:s, s:s, s:[o], s:b}", "map", d->map, "seq", (json_int_t)d->seq,
					    "peers", addr_text(&d->remote, addr), "dynamic", text, "acl", "",
					    "acl_lines", proxies_text(d), "acl6", d->local_proxy.addr.length == 16));
	json_object_del(o, "default_peer");
	current_peer(ike, d->map, d->seq, o);
	return o;
}

json_t *answer_dynamic_map(struct ike *ike, const char *name)
{
	const struct config *c = ike->config;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->dynamics; i++) {
		const struct config_map *m = c->dynamic[i];

		for (size_t j = 0; (!name || !strcmp(name, m->name)) && j < m->entries; j++)
			json_array_append_new(list, entry_json(ike, m, m->entry[j]));
	}
	return list;
}

json_t *answer_map(struct ike *ike, const char *map)
{
	const struct config *c = ike->config;
	const struct dynamic *d;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->maps; i++) {
		const struct config_map *m = c->map[i];

		if (map && strcmp(map, m->name))
			continue;
		for (size_t j = 0; j < m->entries; j++)
			json_array_append_new(list, entry_json(ike, m, m->entry[j]));
		TAILQ_FOREACH(d, &ike->dynamics, link) {
			const struct config_entry *template = strcmp(d->map, m->name) ? NULL : dynamic_template(d);

			if (template)
				json_array_append_new(list, dynamic_json(ike, m, d, template));
		}
	}
	return list;
}
