/* SPDX-License-Identifier: GPL-2.0-only */
/* Identities of phase 1: see identity.h. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "config/model.h"
#include "crypto.h"
#include "identity.h"
#include "ike.h"
#include "lookup.h"

/* --- ours --- */

struct own {
	uint8_t type;
	const void *data;
	size_t length;
	char name[IKE_ID_MAX + 1];
};

static void own_address(struct own *own, const struct addr *addr)
{
	own->type = addr->length == 4 ? IPSEC_ID_IPV4_ADDR : IPSEC_ID_IPV6_ADDR;
	own->data = addr->bytes;
	own->length = addr->length;
}

static void own_name(struct own *own, uint8_t type, const char *text)
{
	own->type = type;
	own->data = text;
	own->length = strlen(text);
}

/* "HOST.DOMAIN" */
static void own_hostname(struct own *own, const struct config *c)
{
	bool whole = !c->domain || strchr(c->hostname, '.');

	snprintf(own->name, sizeof(own->name), "%s%s%s", c->hostname, whole ? "" : ".", whole ? "" : c->domain);
	own_name(own, IPSEC_ID_FQDN, own->name);
}

static const struct config_self *configured(const struct ike_sa *sa, const struct config *c)
{
	static const struct config_self unsaid;
	const struct config_isakmp_profile *profile = config_isakmp_profile_find(c, sa->profile);
	const struct config_peer_policy *policy = sa->aggressive && sa->initiator ? config_peer_policy_find(c, &sa->peer->remote) : NULL;

	if (policy && policy->self.type)
		return &policy->self;
	return profile ? &profile->self : &unsaid;
}

static void own_identity(const struct ike_sa *sa, struct own *own)
{
	const struct config *c = sa->peer->ike->config;
	const struct config_self *self = configured(sa, c);
	bool hostname = self->type ? self->type == IPSEC_ID_FQDN && !self->text : c->identity == CONFIG_IDENTITY_HOSTNAME;

	if (hostname && c->hostname)
		own_hostname(own, c);
	else if (self->text)
		own_name(own, self->type, self->text);
	else
		own_address(own, self->addr.length ? &self->addr : &sa->peer->local);
}

size_t identity_length(const struct ike_sa *sa)
{
	struct own own;

	own_identity(sa, &own);
	return own.length + 4;
}

bool identity_put(const struct ike_sa *sa, struct wire_buf *b, uint16_t port, struct parse_id *id)
{
	const uint8_t *body;
	struct own own;
	size_t len;

	own_identity(sa, &own);
	build_id(b, own.type, IPPROTO_UDP, port, own.data, (uint16_t)own.length);
	body = build_body(b, &len);
	if (!body)
		return false;
	*id = (struct parse_id){ .type = own.type, .protocol = IPPROTO_UDP, .port = port, .data = body + len - own.length,
				 .len = (uint16_t)own.length };
	return true;
}

/* --- the peer's --- */

bool identity_take(struct ike_sa *sa, const struct parse_payload *p)
{
	struct parse_id id;

	parse_id(p, &id);
	if (id.len > IKE_ID_MAX)
		return false;
	sa->peer_id.type = id.type;
	sa->peer_id.length = (uint8_t)id.len;
	memcpy(sa->peer_id.data, id.data, id.len);
	return true;
}

static void set_profile(struct ike_sa *sa, const struct config_isakmp_profile *p)
{
	snprintf(sa->profile, sizeof(sa->profile), "%s", p ? p->name : "");
}

static const struct config_isakmp_profile *match(const struct ike_sa *sa)
{
	return config_isakmp_profile_match(sa->peer->ike->config, &sa->peer->local, sa->peer_id.type, sa->peer_id.data,
					   sa->peer_id.length);
}

void identity_guess(struct ike_sa *sa)
{
	set_profile(sa, match(sa));
}

static bool same_key(const struct config_psk *a, const struct config_psk *b)
{
	return a && b && a->length == b->length && crypto_equal(a->key, b->key, a->length);
}

/* Main mode has chosen the key by the address alone: is it one of those that the profile's peers have? */
static bool key_of_profile(const struct ike_sa *sa, const struct config_isakmp_profile *p)
{
	const struct config *c = sa->peer->ike->config;
	struct config_psk_query q;
	const struct config_psk *used;

	lookup_psk_query(sa, c, &q);
	used = config_psk_lookup(c, &q);
	q.profile = p;
	return same_key(used, config_psk_lookup(c, &q));
}

static bool fits(const struct ike_sa *sa, const struct config_isakmp_profile *p)
{
	return p && config_isakmp_profile_fits(p, &sa->peer->local, sa->peer_id.type, sa->peer_id.data, sa->peer_id.length);
}

enum identity_verdict identity_check(struct ike_sa *sa, const char **profile)
{
	const struct config *c = sa->peer->ike->config;
	const struct config_isakmp_profile *p;

	*profile = NULL;
	if (sa->profile[0]) {
		p = config_isakmp_profile_find(c, sa->profile);
		*profile = fits(sa, p) ? p->name : NULL;
		return *profile ? IDENTITY_OK : IDENTITY_PROFILE;
	}
	p = match(sa);
	if (p && key_of_profile(sa, p)) {
		set_profile(sa, p);
	} else if (p && !sa->initiator) {
		*profile = p->name;
		return IDENTITY_KEYRING;
	}
	*profile = sa->profile[0] ? p->name : NULL;
	return IDENTITY_OK;
}

const char *identity_text(uint8_t type, const uint8_t *data, size_t length, char *buf)
{
	size_t i;

	buf[0] = '\0';
	switch (type) {
	case IPSEC_ID_IPV4_ADDR:
	case IPSEC_ID_IPV6_ADDR:
		inet_ntop(type == IPSEC_ID_IPV4_ADDR ? AF_INET : AF_INET6, data, buf, IDENTITY_TEXT);
		break;
	case IPSEC_ID_FQDN:
	case IPSEC_ID_USER_FQDN:
	case IPSEC_ID_KEY_ID:
		/* what a peer sends goes to terminals and logs: nothing but printable characters of it */
		for (i = 0; i < length && i < IDENTITY_TEXT - 1; i++)
			buf[i] = data[i] > 0x20 && data[i] < 0x7f ? (char)data[i] : '?';
		buf[i] = '\0';
		break;
	default:
		for (i = 0; i < length && 2 * i < IDENTITY_TEXT - 2; i++)
			sprintf(buf + 2 * i, "%02x", data[i]);
	}
	return buf;
}
