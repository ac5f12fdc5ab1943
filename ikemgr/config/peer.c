/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: a finished configuration, and what is known of a peer. Out: its key, the
 * ISAKMP profile that its identity fits, the mode in which it is asked.
 */
#include <string.h>
#include <strings.h>

#include "config/model.h"

/* ---- names ---- */

bool config_host_is(const struct config *c, const char *name, const struct addr *addr)
{
	for (size_t i = 0; i < c->hosts; i++)
		if (!strcasecmp(c->host[i]->name, name) && addr_equal(&c->host[i]->addr, addr))
			return true;
	return false;
}

void config_ask_locals(const struct config *c, void (*ask)(void *ctx, struct config_local *l), void *ctx)
{
	for (size_t i = 0; i < c->keyrings; i++)
		if (c->keyring[i]->local.ask)
			ask(ctx, &c->keyring[i]->local);
	for (size_t i = 0; i < c->isakmp_profiles; i++)
		if (c->isakmp_profile[i]->local.ask)
			ask(ctx, &c->isakmp_profile[i]->local);
}

bool config_local_fits(const struct config_local *l, const struct addr *local)
{
	if (!local->length || (!l->interface && !l->address.length && !l->address6.length))
		return true;
	return addr_equal(local->length == 4 ? &l->address : &l->address6, local);
}

/* ---- keys ---- */

static bool text_is(const char *text, const void *data, size_t length)
{
	return strlen(text) == length && !strncasecmp(text, data, length);
}

/* Which keyrings are asked: the profile's; without a profile all. */
static bool in_scope(const struct config_psk *k, const struct config_psk_query *q)
{
	if (k->keyring && !config_local_fits(&k->keyring->local, q->local))
		return false;
	if (!q->profile)
		return true;
	if (!k->keyring)
		return q->profile->default_keyring;
	for (size_t i = 0; i < q->profile->keyrings; i++)
		if (q->profile->keyring[i] == k->keyring)
			return true;
	return false;
}

static const struct config_psk *by_name(const struct config *c, const struct config_psk_query *q)
{
	for (size_t i = 0; i < c->psks; i++) {
		const struct config_psk *k = c->psk[i];

		if (k->hostname && in_scope(k, q) && text_is(k->hostname, q->id, q->id_length))
			return k;
	}
	return NULL;
}

/* The longest prefix; of equal ones the default keyring's, then the first. A name that has the address is a host's. */
static const struct config_psk *by_address(const struct config *c, const struct config_psk_query *q, const struct addr *addr)
{
	const struct config_psk *best = NULL;
	int length, best_length = -1;

	for (size_t i = 0; i < c->psks; i++) {
		const struct config_psk *k = c->psk[i];

		if (!in_scope(k, q))
			continue;
		if (k->hostname ? config_host_is(c, k->hostname, addr) : addr_inside(addr, &k->addr, k->prefix))
			length = k->hostname ? addr->length * 8 : k->prefix;
		else
			continue;
		if (length > best_length || (length == best_length && best->keyring && !k->keyring)) {
			best = k;
			best_length = length;
		}
	}
	return best;
}

static const struct config_psk *by_id_address(const struct config *c, const struct config_psk_query *q)
{
	struct addr addr = { .length = (uint8_t)q->id_length };

	memcpy(addr.bytes, q->id, q->id_length);
	return by_address(c, q, &addr);
}

const struct config_psk *config_psk_lookup(const struct config *c, const struct config_psk_query *q)
{
	const struct config_peer_policy *policy = q->initiate_aggressive ? config_peer_policy_find(c, q->remote) : NULL;
	bool address = q->id_type == IPSEC_ID_IPV4_ADDR || q->id_type == IPSEC_ID_IPV6_ADDR;
	const struct config_psk *k = NULL;

	if (policy && policy->password)
		return policy->password;
	if (q->id_type && !address)
		k = by_name(c, q);
	if (!k)
		k = by_address(c, q, q->remote);
	/* a peer behind a NAT has an address of its own inside */
	if (!k && address)
		k = by_id_address(c, q);
	return k;
}

const struct config_psk *config_psk_find(const struct config *c, const struct addr *peer)
{
	const struct addr none = { 0 };

	return config_psk_lookup(c, &(struct config_psk_query){ .local = &none, .remote = peer });
}

/* ---- crypto isakmp peer ---- */

const struct config_peer_policy *config_peer_policy_find(const struct config *c, const struct addr *peer)
{
	for (size_t i = 0; i < c->peer_policies; i++) {
		const struct config_peer_policy *p = c->peer_policy[i];

		if (p->hostname ? config_host_is(c, p->hostname, peer) : addr_equal(&p->addr, peer))
			return p;
	}
	return NULL;
}

/* ---- crypto isakmp profile ---- */

const struct config_isakmp_profile *config_isakmp_profile_find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->isakmp_profiles; i++)
		if (!strcmp(c->isakmp_profile[i]->name, name))
			return c->isakmp_profile[i];
	return NULL;
}

/* "gw.example.net" is of the domain "example.net", "u@example.net" too: a separator stands before it. */
static bool in_domain(const struct config_match *m, const char *data, size_t length)
{
	size_t n = strlen(m->text);
	char before;

	if (length <= n || strncasecmp(data + length - n, m->text, n))
		return false;
	before = data[length - n - 1];
	return before == '.' || (m->type == IPSEC_ID_USER_FQDN && before == '@');
}

static bool match_fits(const struct config_match *m, uint8_t type, const void *data, size_t length)
{
	struct addr addr = { 0 };

	if (m->type != type)
		return false;
	if (type == IPSEC_ID_KEY_ID)
		return strlen(m->text) == length && !memcmp(m->text, data, length);
	if (type == IPSEC_ID_FQDN || type == IPSEC_ID_USER_FQDN)
		return m->domain ? in_domain(m, data, length) : text_is(m->text, data, length);
	addr.length = (uint8_t)length;
	memcpy(addr.bytes, data, length);
	return addr_inside(&addr, &m->addr, m->prefix);
}

bool config_isakmp_profile_fits(const struct config_isakmp_profile *p, const struct addr *local, uint8_t type, const void *data,
				size_t length)
{
	if (!config_local_fits(&p->local, local))
		return false;
	for (size_t i = 0; i < p->matches; i++)
		if (match_fits(p->match[i], type, data, length))
			return true;
	return false;
}

/* How much of an identity a profile names: an address' prefix; a whole name beats a domain, a longer domain a shorter. */
static unsigned int closeness(const struct config_isakmp_profile *p, uint8_t type, const void *data, size_t length)
{
	unsigned int best = 0;

	for (size_t i = 0; i < p->matches; i++) {
		const struct config_match *m = p->match[i];
		unsigned int close;

		if (!match_fits(m, type, data, length))
			continue;
		close = 1 + (m->text ? m->domain ? (unsigned int)strlen(m->text) : CONFIG_ID_MAX + 1 : m->prefix);
		if (close > best)
			best = close;
	}
	return best;
}

const struct config_isakmp_profile *config_isakmp_profile_match(const struct config *c, const struct addr *local, uint8_t type,
								const void *data, size_t length)
{
	const struct config_isakmp_profile *best = NULL;
	unsigned int close, most = 0;

	for (size_t i = 0; i < c->isakmp_profiles; i++) {
		const struct config_isakmp_profile *p = c->isakmp_profile[i];

		close = config_local_fits(&p->local, local) ? closeness(p, type, data, length) : 0;
		if (close > most) {
			best = p;
			most = close;
		}
	}
	return best;
}

bool config_aggressive(const struct config *c, const struct config_isakmp_profile *profile, const struct addr *peer)
{
	const struct config_peer_policy *policy = config_peer_policy_find(c, peer);

	return (profile && profile->aggressive) || (policy && (policy->password || policy->self.type));
}
