/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: lines of "crypto isakmp". Out: policies and global settings in the model.
 * Keys: psk.c; profiles and peers: identity.c.
 */
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
