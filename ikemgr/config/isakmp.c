/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: lines of "crypto isakmp". Out: policies, keys and global settings in the
 * model.
 */
#include <string.h>

#include "config/match.h"

#define POLICY_LIFETIME 86400	/* IOS: default of a policy, seconds */
#define RETRY 2			/* IOS: seconds between repeated keepalives */

/* ---- policies ---- */

void isakmp_policy(struct reader *r, const struct match_args *a, int data)
{
	struct config *c = r->c;

	(void)data;
	for (size_t i = 0; i < c->policies; i++) {
		if (a->count && c->policy[i]->priority != a->arg[0].number)
			continue;
		if (!a->negate) {
			r->policy = c->policy[i];
			return;
		}
		arena_remove(&c->policy, &c->policies, i--);
	}
	if (a->negate) {
		r->policy = NULL;
		return;
	}
	r->policy = arena_alloc(c->arena, sizeof(*r->policy));
	*r->policy = (struct config_policy){ .at = reader_here(r), .priority = a->arg[0].number,
		.encryption = IKE_ENC_DES, .hash = IKE_HASH_SHA, .auth = IKE_AUTH_RSA_SIG, .group = IKE_GROUP_MODP768,
		.lifetime = POLICY_LIFETIME };
	arena_append(c->arena, &c->policy, &c->policies, r->policy);
}

void isakmp_policy_default(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->no_default_policy = a->negate;
}

void isakmp_encryption(struct reader *r, const struct match_args *a, int key_bits)
{
	struct config_policy *p = r->policy;

	p->encryption_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
	p->key_bits = 0;
	if (a->negate || key_bits < 0) {
		p->encryption = IKE_ENC_DES;
	} else if (!key_bits) {
		p->encryption = IKE_ENC_3DES;
	} else {
		p->encryption = IKE_ENC_AES;
		p->key_bits = (uint16_t)key_bits;
	}
}

void isakmp_hash(struct reader *r, const struct match_args *a, int hash)
{
	r->policy->hash_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
	r->policy->hash = a->negate ? IKE_HASH_SHA : (uint16_t)hash;
}

void isakmp_auth(struct reader *r, const struct match_args *a, int auth)
{
	r->policy->auth_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
	r->policy->auth = a->negate ? IKE_AUTH_RSA_SIG : (uint16_t)auth;
}

void isakmp_group(struct reader *r, const struct match_args *a, int group)
{
	r->policy->group_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
	r->policy->group = a->negate ? IKE_GROUP_MODP768 : (uint16_t)group;
}

void isakmp_lifetime(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->policy->lifetime_at = a->negate ? (struct config_at){ 0 } : reader_here(r);
	r->policy->lifetime = a->negate ? POLICY_LIFETIME : a->arg[0].number;
}

/* ---- keys ---- */

static const struct match_choice key_for[] = {
	{ "address", 0, "define shared key with IP address" },
	{ "hostname", 1, "define shared key with hostname" },
	{ NULL, 0, NULL },
};

static const struct match_choice no_xauth[] = {
	{ "no-xauth", 0, "bypasses XAuth for this peer" },
	{ NULL, 0, NULL },
};

/* "2001:db8::/32", or a host without a prefix */
static bool ipv6_prefix(struct reader *r, size_t i, struct config_psk *psk)
{
	if (i >= r->line->words) {
		reader_error(r, i, "incomplete command; expected X:X::X/N");
		return false;
	}
	psk->prefix = 128;
	if (reader_address6(&r->line->word[i], &psk->addr) || reader_prefix6(&r->line->word[i], &psk->addr, &psk->prefix))
		return true;
	reader_error(r, i, "no IPv6 prefix; expected X:X::X/N");
	return false;
}

/* "A.B.C.D [MASK]": @i moves behind it. No mask is a host, but 0.0.0.0 alone is everybody. */
static bool ipv4_peers(struct reader *r, size_t *i, struct config_psk *psk)
{
	const struct lexer_line *line = r->line;
	struct addr any;

	if (*i >= line->words || !reader_address(&line->word[*i], &psk->addr)) {
		reader_error(r, *i, "%s; expected A.B.C.D (the peer's address) or ipv6 X:X::X/N",
			     *i < line->words ? "no address" : "incomplete command");
		return false;
	}
	psk->prefix = addr_in(&psk->addr).s_addr ? 32 : 0;
	(*i)++;
	if (*i >= line->words || !reader_address(&line->word[*i], &any))
		return true;
	if (!reader_netmask(&line->word[*i], &psk->prefix)) {
		reader_error(r, *i, "no netmask; expected one such as 255.255.255.0: ones, then zeros");
		return false;
	}
	(*i)++;
	return true;
}

/* Behind "address": the peers and "no-xauth". */
static bool key_peers(struct reader *r, size_t i, struct config_psk *psk)
{
	if (i < r->line->words && lexer_is(&r->line->word[i], "ipv6")) {
		if (!ipv6_prefix(r, ++i, psk))
			return false;
		i++;
	} else if (!ipv4_peers(r, &i, psk)) {
		return false;
	}
	if (i < r->line->words) {
		if (!match_choose(r, i, no_xauth, "A.B.C.D (netmask)", false))
			return false;
		psk->no_xauth = true;
		i++;
	}
	reader_mask_addr(&psk->addr, psk->prefix);
	return match_end(r, i);
}

/*
 * "[0|6] KEY address PEERS". A key may itself be "0": it is one if what follows
 * the next word does not read like the end of the command.
 */
static bool key_line(struct reader *r, size_t i, struct config_psk *psk, const struct lexer_word **key)
{
	const struct lexer_line *line = r->line;
	const struct match_choice *kind;

	if (i + 2 < line->words && line->word[i].length == 1 && (line->word[i].text[0] == '0' || line->word[i].text[0] == '6') &&
	    (lexer_starts(&line->word[i + 2], "address") || lexer_starts(&line->word[i + 2], "hostname"))) {
		if (line->word[i].text[0] == '6') {
			reader_error(r, i, "encrypted keys (type 6) are not supported; expected the key in plain text");
			return false;
		}
		i++;
	}
	if (i >= line->words) {
		reader_error(r, i, "incomplete command; expected the key");
		return false;
	}
	*key = &line->word[i];
	if ((*key)->length > CONFIG_KEY_MAX) {
		reader_error(r, i, "key too long; expected at most %d characters", CONFIG_KEY_MAX);
		return false;
	}
	kind = match_choose(r, ++i, key_for, NULL, false);
	if (!kind)
		return false;
	if (kind->value) {
		reader_error(r, i, "keys for host names are not supported; expected address A.B.C.D");
		return false;
	}
	return key_peers(r, i + 1, psk);
}

void isakmp_key(struct reader *r, const struct match_args *a, int data)
{
	struct config *c = r->c;
	struct config_psk *psk = arena_alloc(c->arena, sizeof(*psk));
	const struct lexer_word *key;

	(void)data;
	r->secret = true;
	psk->at = reader_here(r);
	if (!key_line(r, a->tail, psk, &key))
		return;
	for (size_t i = 0; i < c->psks; i++) {
		struct config_psk *have = c->psk[i];

		if (have->prefix != psk->prefix || !addr_equal(&have->addr, &psk->addr))
			continue;
		if (a->negate)
			arena_remove(&c->psk, &c->psks, i);
		else if (have->length != key->length || memcmp(have->key, key->text, key->length))
			reader_error(r, r->line->words + 1,
				     "another key for this address stands on line %u; expected one key (take the other back with no crypto isakmp key)",
				     have->at.line);
		return;
	}
	if (a->negate) {
		reader_warn(r, r->line->words + 1, "there is no key for this address");
		return;
	}
	psk->key = arena_secret(c->arena, key->text, key->length);
	psk->length = key->length;
	arena_append(c->arena, &c->psk, &c->psks, psk);
}

/* ---- settings ---- */

void isakmp_identity(struct reader *r, const struct match_args *a, int identity)
{
	(void)a;
	r->c->identity = (enum config_identity)identity;
}

void isakmp_keepalive(struct reader *r, const struct match_args *a, int periodic)
{
	r->c->keepalive = a->negate ? 0 : a->arg[0].number;
	r->c->keepalive_retry = !a->negate && a->count > 1 ? a->arg[1].number : RETRY;
	r->c->keepalive_periodic = !a->negate && periodic == KEEPALIVE_PERIODIC;
}

void isakmp_nat_keepalive(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->nat_keepalive = a->negate ? 0 : a->arg[0].number;
}

void isakmp_fragmentation(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->ike_fragmentation = !a->negate;
}

void isakmp_nat_transparency(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->nat_transparency = !a->negate;
}

void isakmp_spi_recovery(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->invalid_spi_recovery = !a->negate;
}

void isakmp_log_session(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->log_session = !a->negate;
}

void isakmp_admission(struct reader *r, const struct match_args *a, int which)
{
	uint32_t number = a->negate ? 0 : a->arg[0].number;

	if (which != ADMISSION_NEGOTIATING)
		r->c->admission_active = number;
	if (which != ADMISSION_ACTIVE)
		r->c->admission_negotiating = number;
}

void isakmp_hostname(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	r->c->hostname = reader_string(r, a->arg[0].word);
}
