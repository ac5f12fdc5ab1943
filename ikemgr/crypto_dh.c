/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diffie-Hellman: a group enters, a public value leaves; the peer's public
 * value enters, the shared secret leaves. What differs between groups is in
 * crypto_modp.c and crypto_ecp.c.
 *
 * Nothing here is shared between objects, so that each may be worked on in a
 * thread of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "crypto_group.h"

/**
 * struct crypto_dh - one exchange's half
 * @x: the private value (secure memory)
 * @secret: g^xy (in the same block)
 * @pub, @peer: public values, in normal memory
 */
struct crypto_dh {
	const struct crypto_group *group;
	uint8_t *x, *secret;
	uint8_t *pub, *peer;
	bool have_pub, have_peer, have_secret;
};

static const struct crypto_group *find_group(uint16_t group)
{
	const struct crypto_group *g = crypto_modp(group);

	return g ? g : crypto_ecp(group);
}

size_t crypto_group_len(uint16_t group)
{
	const struct crypto_group *g = find_group(group);

	return g ? g->public_len : 0;
}

struct crypto_dh *crypto_dh_new(uint16_t group)
{
	const struct crypto_group *g = find_group(group);
	struct crypto_dh *dh;

	if (!g)
		return NULL;
	dh = calloc(1, sizeof(*dh));
	if (!dh)
		return NULL;
	dh->group = g;
	dh->pub = calloc(2, g->public_len);
	dh->x = crypto_secure_alloc(g->private_len + g->secret_len);
	if (!dh->pub || !dh->x) {
		crypto_dh_free(dh);
		return NULL;
	}
	dh->peer = dh->pub + g->public_len;
	dh->secret = dh->x + g->private_len;
	return dh;
}

void crypto_dh_free(struct crypto_dh *dh)
{
	if (!dh)
		return;
	crypto_secure_free(dh->x);
	free(dh->pub);
	free(dh);
}

int crypto_dh_generate(struct crypto_dh *dh)
{
	dh->group->choose(dh->group, dh->x);
	dh->have_secret = false;
	dh->have_pub = !dh->group->power(dh->group, dh->x, dh->pub);
	return dh->have_pub ? 0 : -1;
}

int crypto_dh_set_private(struct crypto_dh *dh, const uint8_t *x, size_t len)
{
	dh->have_pub = false;
	dh->have_secret = false;
	if (len != dh->group->private_len)
		return -1;
	memcpy(dh->x, x, len);
	dh->have_pub = !dh->group->power(dh->group, dh->x, dh->pub);
	return dh->have_pub ? 0 : -1;
}

const uint8_t *crypto_dh_public(const struct crypto_dh *dh, size_t *len)
{
	*len = dh->have_pub ? dh->group->public_len : 0;
	return dh->have_pub ? dh->pub : NULL;
}

int crypto_dh_set_peer(struct crypto_dh *dh, const uint8_t *y, size_t len,
		       const char **why)
{
	const struct crypto_group *g = dh->group;

	dh->have_peer = false;
	dh->have_secret = false;
	if (len != g->public_len) {
		*why = len < g->public_len ? "the public value is shorter than the group's values" :
					     "the public value is longer than the group's values";
		return -1;
	}
	*why = g->check(g, y);
	if (*why)
		return -1;
	memcpy(dh->peer, y, len);
	dh->have_peer = true;
	return 0;
}

const uint8_t *crypto_dh_peer(const struct crypto_dh *dh, size_t *len)
{
	*len = dh->have_peer ? dh->group->public_len : 0;
	return dh->have_peer ? dh->peer : NULL;
}

int crypto_dh_agree(struct crypto_dh *dh)
{
	if (!dh->have_peer || !dh->have_pub)
		return -1;
	dh->have_secret = !dh->group->agree(dh->group, dh->x, dh->peer, dh->secret);
	return dh->have_secret ? 0 : -1;
}

const uint8_t *crypto_dh_secret(const struct crypto_dh *dh, size_t *len)
{
	*len = dh->have_secret ? dh->group->secret_len : 0;
	return dh->have_secret ? dh->secret : NULL;
}

uint16_t crypto_dh_group(const struct crypto_dh *dh)
{
	return dh->group->number;
}
