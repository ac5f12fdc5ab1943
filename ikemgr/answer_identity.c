/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who peers are, as JSON: keys by whom they are for, ISAKMP profiles, and the
 * peers that are there with the names that they gave. Keys stay where they are.
 */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "config/model.h"
#include "identity.h"
#include "ike.h"
#include "sa.h"

static const char *mask_text(uint8_t length, unsigned int prefix, char *buf)
{
	struct addr mask = { .length = length };

	for (unsigned int bit = 0; bit < prefix; bit++)
		mask.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return addr_text(&mask, buf);
}

json_t *answer_isakmp_key(struct ike *ike)
{
	const struct config *c = ike->config;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->psks; i++) {
		const struct config_psk *k = c->psk[i];
		const char *keyring = k->keyring ? k->keyring->name : "default";
		char addr[ADDR_TEXT], mask[ADDR_TEXT];

		if (k->hostname)
			json_array_append_new(list, json_pack("{s:s, s:s}", "keyring", keyring, "hostname", k->hostname));
		else
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i}", "keyring", keyring,
				"address", addr_text(&k->addr, addr), "mask", mask_text(k->addr.length, k->prefix, mask),
				"prefix", (int)k->prefix));
	}
	return list;
}

/* --- show isakmp profile --- */

static json_t *match_json(const struct config_match *m)
{
	char addr[ADDR_TEXT], mask[ADDR_TEXT];

	switch (m->type) {
	case IPSEC_ID_IPV4_ADDR:
		return json_pack("{s:s, s:s, s:s}", "type", "ip-address", "name", addr_text(&m->addr, addr), "mask", mask_text(4, m->prefix, mask));
	case IPSEC_ID_IPV6_ADDR:
		return json_pack("{s:s, s:s, s:i}", "type", "ipv6-address", "name", addr_text(&m->addr, addr), "prefix", (int)m->prefix);
	default:
		return json_pack("{s:s, s:b, s:s}", "type", m->type == IPSEC_ID_FQDN ? "fqdn" : m->type == IPSEC_ID_USER_FQDN ? "user-fqdn" : "group",
				 "domain", (int)m->domain, "name", m->text);
	}
}

static const char *presented(const struct config *c, const struct config_self *self)
{
	if (self->type == IPSEC_ID_FQDN || (!self->type && c->identity == CONFIG_IDENTITY_HOSTNAME && c->hostname))
		return "fqdn";
	return self->type == IPSEC_ID_USER_FQDN ? "user-fqdn" : "ip-address";
}

json_t *answer_isakmp_profile(struct ike *ike)
{
	const struct config *c = ike->config;
	json_t *list = json_array();

	for (size_t i = 0; c && i < c->isakmp_profiles; i++) {
		const struct config_isakmp_profile *p = c->isakmp_profile[i];
		json_t *matches = json_array(), *keyrings = json_array(), *o;

		for (size_t j = 0; j < p->matches; j++)
			json_array_append_new(matches, match_json(p->match[j]));
		for (size_t j = 0; j < p->keyrings; j++)
			json_array_append_new(keyrings, json_string(p->keyring[j]->name));
		if (p->default_keyring && p->keyrings)
			json_array_append_new(keyrings, json_string("default"));
		o = json_pack("{s:s, s:o, s:s, s:o, s:b}", "name", p->name, "matches", matches, "presented", presented(c, &p->self),
			      "keyrings", keyrings, "aggressive", (int)p->aggressive);
		if (p->self.text)
			json_object_set_new(o, "self", json_string(p->self.text));
		if (p->description)
			json_object_set_new(o, "description", json_string(p->description));
		json_array_append_new(list, o);
	}
	return list;
}

/* --- show isakmp peers --- */

static json_t *peer_json(struct ike *ike, const struct peer *peer, const struct ike_sa *sa)
{
	const struct config_peer_policy *policy = config_peer_policy_find(ike->config, &peer->remote);
	char local[ADDR_TEXT], remote[ADDR_TEXT], id[IDENTITY_TEXT];
	json_t *o;

	addr_text(&peer->local, local);
	addr_text(&peer->remote, remote);
	o = json_pack("{s:s, s:i, s:s, s:s}", "peer", remote, "port", (int)sa->remote_port, "local", local,
		      "id", identity_text(sa->peer_id.type, sa->peer_id.data, sa->peer_id.length, id));
	if (sa->profile[0])
		json_object_set_new(o, "profile", json_string(sa->profile));
	if (policy && policy->description)
		json_object_set_new(o, "description", json_string(policy->description));
	return o;
}

json_t *answer_isakmp_peers(struct ike *ike)
{
	json_t *list = json_array();
	const struct ike_sa *sa;
	struct peer *peer;

	for (peer = sa_peers(ike); peer; peer = TAILQ_NEXT(peer, link)) {
		TAILQ_FOREACH(sa, &peer->sas, link) {
			if (sa->deleted || sa->state != IKE_P1_COMPLETE)
				continue;
			json_array_append_new(list, peer_json(ike, peer, sa));
			break;
		}
	}
	return list;
}
