/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diffie-Hellman on the curves of RFC 5903, computed by Nettle in the same
 * time for every private value. A public value is x | y, each as long as the
 * curve's prime; the shared secret is x alone (RFC 5903 7).
 *
 * GMP's numbers, which Nettle uses, are in secure memory: crypto_init() has
 * told GMP where to get it.
 */
#include <string.h>

#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>

#include "crypto.h"
#include "crypto_group.h"

struct ecp {
	struct crypto_group group;
	const struct ecc_curve *(*curve)(void);
	uint8_t top;		/* bits of the private value's first byte */
};

static void choose(const struct crypto_group *g, uint8_t *x);
static int power(const struct crypto_group *g, const uint8_t *x, uint8_t *out);
static const char *check(const struct crypto_group *g, const uint8_t *y);
static int agree(const struct crypto_group *g, const uint8_t *x, const uint8_t *y, uint8_t *out);

#define ECP(n, len, get, mask) { \
	.group = { .number = (n), .private_len = (len), .public_len = 2 * (len), .secret_len = (len), \
		   .choose = choose, .power = power, .check = check, .agree = agree }, \
	.curve = get, .top = mask }

static const struct ecp ecp[] = {
	ECP(19, 32, nettle_get_secp_256r1, 0xff),
	ECP(20, 48, nettle_get_secp_384r1, 0xff),
	ECP(21, 66, nettle_get_secp_521r1, 0x01),
};

const struct crypto_group *crypto_ecp(uint16_t number)
{
	for (size_t i = 0; i < sizeof(ecp) / sizeof(ecp[0]); i++)
		if (ecp[i].group.number == number)
			return &ecp[i].group;
	return NULL;
}

static const struct ecp *ecp_of(const struct crypto_group *g)
{
	return (const struct ecp *)g;	/* its first member */
}

static void import_number(mpz_t n, const uint8_t *bytes, size_t len)
{
	mpz_init(n);
	mpz_import(n, len, 1, 1, 1, 0, bytes);
}

static void export_number(uint8_t *bytes, size_t len, const mpz_t n)
{
	size_t used = (mpz_sizeinbase(n, 2) + 7) / 8;

	memset(bytes, 0, len);
	mpz_export(bytes + len - used, NULL, 1, 1, 1, 0, n);
}

/* @x as a scalar. -1: it is 0, or not below the curve's order. Cleared with ecc_scalar_clear() in both cases. */
static int scalar(const struct ecp *e, struct ecc_scalar *s, const uint8_t *x)
{
	mpz_t n;
	int ret;

	ecc_scalar_init(s, e->curve());
	import_number(n, x, e->group.private_len);
	ret = ecc_scalar_set(s, n) ? 0 : -1;
	mpz_clear(n);
	return ret;
}

/* x | y as a point. -1: a coordinate is not below the prime, or the point is not on the curve. */
static int point(const struct ecp *e, struct ecc_point *p, const uint8_t *bytes)
{
	size_t len = e->group.secret_len;
	mpz_t x, y;
	int ret;

	ecc_point_init(p, e->curve());
	import_number(x, bytes, len);
	import_number(y, bytes + len, len);
	ret = ecc_point_set(p, x, y) ? 0 : -1;
	mpz_clear(x);
	mpz_clear(y);
	return ret;
}

/* @p's coordinates, into @x and, unless that is NULL, @y. */
static void coordinates(const struct ecp *e, const struct ecc_point *p, uint8_t *x, uint8_t *y)
{
	mpz_t nx, ny;

	mpz_init(nx);
	mpz_init(ny);
	ecc_point_get(p, nx, ny);
	export_number(x, e->group.secret_len, nx);
	if (y)
		export_number(y, e->group.secret_len, ny);
	mpz_clear(nx);
	mpz_clear(ny);
}

static void choose(const struct crypto_group *g, uint8_t *x)
{
	const struct ecp *e = ecp_of(g);
	struct ecc_scalar s;
	int bad;

	do {	/* 1 .. order-1, each as likely; what is thrown away says nothing of what is kept */
		crypto_random(x, g->private_len);
		x[0] &= e->top;
		bad = scalar(e, &s, x);
		ecc_scalar_clear(&s);
	} while (bad);
}

static int power(const struct crypto_group *g, const uint8_t *x, uint8_t *out)
{
	const struct ecp *e = ecp_of(g);
	struct ecc_scalar s;
	struct ecc_point p;
	int ret = scalar(e, &s, x);

	if (!ret) {
		ecc_point_init(&p, e->curve());
		ecc_point_mul_g(&p, &s);
		coordinates(e, &p, out, out + g->secret_len);
		ecc_point_clear(&p);
	}
	ecc_scalar_clear(&s);
	return ret;
}

/* The curves have a prime order: whatever point is on one generates all of it, but for the one at infinity, which has no x and y. */
static const char *check(const struct crypto_group *g, const uint8_t *y)
{
	struct ecc_point p;
	int ret = point(ecp_of(g), &p, y);

	ecc_point_clear(&p);
	return ret ? "the public value is not a point of the group's curve" : NULL;
}

static int agree(const struct crypto_group *g, const uint8_t *x, const uint8_t *y, uint8_t *out)
{
	const struct ecp *e = ecp_of(g);
	struct ecc_scalar s;
	struct ecc_point p;
	int ret = scalar(e, &s, x) | point(e, &p, y);

	if (!ret) {
		ecc_point_mul(&p, &s, &p);
		coordinates(e, &p, out, NULL);
	}
	ecc_point_clear(&p);
	ecc_scalar_clear(&s);
	return ret;
}
