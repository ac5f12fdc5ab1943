/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diffie-Hellman modulo a prime: RFC 2409 6.1 and 6.2, RFC 3526, and group 24
 * of RFC 5114. GMP's mpn_sec functions compute: they take the same time and
 * touch the same memory for every exponent, and work in memory given to them.
 */
#include <string.h>

#include <gmp.h>

#include "crypto.h"
#include "crypto_group.h"

#define LIMB_BYTES	(GMP_NUMB_BITS / 8)
#define LIMBS(bytes)	(((bytes) + LIMB_BYTES - 1) / LIMB_BYTES)

/**
 * struct modp - one group
 * @prime, @order, @generator: hexadecimal; no order: the prime p is a safe one and 2 generates, so that only 1 and p-1
 *	are in a small subgroup; an order q: the values that may be used are those with y^q = 1
 */
struct modp {
	struct crypto_group group;
	const char *prime, *order, *generator;
};

static void choose(const struct crypto_group *g, uint8_t *x);
static int power_of_generator(const struct crypto_group *g, const uint8_t *x, uint8_t *out);
static const char *check(const struct crypto_group *g, const uint8_t *y);
static int agree(const struct crypto_group *g, const uint8_t *x, const uint8_t *y, uint8_t *out);

#define GROUP(n, bits, exponent) \
	.group = { .number = (n), .private_len = (exponent) / 8, .public_len = (bits) / 8, .secret_len = (bits) / 8, \
		   .choose = choose, .power = power_of_generator, .check = check, .agree = agree }
#define SAFE(n, bits, exponent, p) { GROUP(n, bits, exponent), .prime = p, .generator = "02" }

/*
 * The private exponent is as long as the group is strong: RFC 3526 8's first
 * estimate (90, 110, 130 and 150 bits for groups 5 and 14 to 16), twice, and
 * not less than NIST's (SP 800-57: 112, 128 and 152 bits for 14 to 16). The
 * primes are safe ones, so a short exponent loses nothing. Groups 1 and 2 get
 * more than they can use.
 */
static const struct modp modp[] = {
	SAFE(1, 768, 192,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620ffffffffffffffff"),
	SAFE(2, 1024, 192,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff"),
	SAFE(5, 1536, 192,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	  "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	  "9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff"),
	SAFE(14, 2048, 224,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	  "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	  "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
	  "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"
	  "3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff"),
	SAFE(15, 3072, 264,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	  "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	  "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
	  "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"
	  "3995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33"
	  "a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7"
	  "abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864"
	  "d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e2"
	  "08e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff"),
	SAFE(16, 4096, 304,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	  "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	  "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
	  "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"
	  "3995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33"
	  "a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7"
	  "abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864"
	  "d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e2"
	  "08e24fa074e5ab3143db5bfce0fd108e4b82d120a92108011a723c12a787e6d7"
	  "88719a10bdba5b2699c327186af4e23c1a946834b6150bda2583e9ca2ad44ce8"
	  "dbbbc2db04de8ef92e8efc141fbecaa6287c59474e6bc05d99b2964fa090c3a2"
	  "233ba186515be7ed1f612970cee2d7afb81bdd762170481cd0069127d5b05aa9"
	  "93b4ea988d8fddc186ffb7dc90a6c08f4df435c934063199ffffffffffffffff"),
	/* RFC 5114 2.3: a subgroup of prime order, whose size is the exponent's */
	{ GROUP(24, 2048, 256), .prime =
	  "87a8e61db4b6663cffbbd19c651959998ceef608660dd0f25d2ceed4435e3b00"
	  "e00df8f1d61957d4faf7df4561b2aa3016c3d91134096faa3bf4296d830e9a7c"
	  "209e0c6497517abd5a8a9d306bcf67ed91f9e6725b4758c022e0b1ef4275bf7b"
	  "6c5bfc11d45f9088b941f54eb1e59bb8bc39a0bf12307f5c4fdb70c581b23f76"
	  "b63acae1caa6b7902d52526735488a0ef13c6d9a51bfa4ab3ad8347796524d8e"
	  "f6a167b5a41825d967e144e5140564251ccacb83e6b486f6b3ca3f7971506026"
	  "c0b857f689962856ded4010abd0be621c3a3960a54e710c375f26375d7014103"
	  "a4b54330c198af126116d2276e11715f693877fad7ef09cadb094ae91e1a1597", .order =
	  "8cf83642a709a097b447997640129da299b1a47d1eb3750ba308b0fe64f5fbd3", .generator =
	  "3fb32c9b73134d0b2e77506660edbd484ca7b18f21ef205407f4793a1a0ba125"
	  "10dbc15077be463fff4fed4aac0bb555be3a6c1b0c6b47b1bc3773bf7e8c6f62"
	  "901228f8c28cbb18a55ae31341000a650196f931c77a57f2ddf463e5e9ec144b"
	  "777de62aaab8a8628ac376d282d6ed3864e67982428ebc831d14348f6f2f9193"
	  "b5045af2767164e1dfc967c1fb3f2e55a4bd1bffe83b9c80d052b985d182ea0a"
	  "db2a3b7313d3fe14c8484b1e052588b9b7d2bbd2df016199ecd06e1557cd0915"
	  "b3353bbb64e0ec377fd028370df92b52c7891428cdc67eb6184b523d1db246c3"
	  "2f63078490f00ef8d647d148d47954515e2327cfef98c582664b4c0f6cc41659" },
};

const struct crypto_group *crypto_modp(uint16_t number)
{
	for (size_t i = 0; i < sizeof(modp) / sizeof(modp[0]); i++)
		if (modp[i].group.number == number)
			return &modp[i].group;
	return NULL;
}

static const struct modp *modp_of(const struct crypto_group *g)
{
	return (const struct modp *)g;	/* its first member */
}

static uint8_t nibble(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Hexadecimal @hex, right-aligned in @len bytes. */
static void hex_bytes(const char *hex, uint8_t *out, size_t len)
{
	size_t n = strlen(hex) / 2;

	memset(out, 0, len - n);
	for (size_t i = 0; i < n; i++)
		out[len - n + i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

static void to_limbs(mp_limb_t *to, const uint8_t *bytes, size_t len)
{
	memset(to, 0, LIMBS(len) * sizeof(*to));
	for (size_t i = 0; i < len; i++)
		to[i / LIMB_BYTES] |= (mp_limb_t)bytes[len - 1 - i] << i % LIMB_BYTES * 8;
}

static void to_bytes(uint8_t *bytes, const mp_limb_t *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[len - 1 - i] = (uint8_t)(from[i / LIMB_BYTES] >> i % LIMB_BYTES * 8);
}

/* @base^@x mod p, all but @x of public_len bytes. */
static int power(const struct modp *m, const uint8_t *base, const uint8_t *x, size_t x_len, uint8_t *out)
{
	size_t len = m->group.public_len;
	mp_size_t n = (mp_size_t)LIMBS(len), xn = (mp_size_t)LIMBS(x_len);
	mp_size_t scratch = mpn_sec_powm_itch(n, x_len * 8, n);
	mp_limb_t *memory = crypto_secure_alloc((size_t)(xn + 3 * n + scratch) * sizeof(*memory));
	mp_limb_t *e = memory, *b = e + xn, *p = b + n, *r = p + n, *work = r + n;
	uint8_t prime[ISAKMP_DH_MAX];

	if (!memory)
		return -1;
	hex_bytes(m->prime, prime, len);
	to_limbs(p, prime, len);
	to_limbs(b, base, len);
	to_limbs(e, x, x_len);
	mpn_sec_powm(r, b, n, e, x_len * 8, p, n, work);
	to_bytes(out, r, len);
	crypto_secure_free(memory);
	return 0;
}

static void choose(const struct crypto_group *g, uint8_t *x)
{
	const struct modp *m = modp_of(g);
	uint8_t order[ISAKMP_DH_MAX];

	if (!m->order) {
		crypto_random(x, g->private_len);
		x[0] |= 0x80;
		return;
	}
	hex_bytes(m->order, order, g->private_len);
	do
		crypto_random(x, g->private_len);
	while (memcmp(x, order, g->private_len) >= 0);	/* says nothing of the one that is kept */
}

static int power_of_generator(const struct crypto_group *g, const uint8_t *x, uint8_t *out)
{
	const struct modp *m = modp_of(g);
	uint8_t base[ISAKMP_DH_MAX];

	hex_bytes(m->generator, base, g->public_len);
	return power(m, base, x, g->private_len, out);
}

static bool is_small(const uint8_t *y, size_t len, uint8_t value)
{
	for (size_t i = 0; i < len - 1; i++)
		if (y[i])
			return false;
	return y[len - 1] == value;
}

/* Is y^q = 1? Costs a computation, but not one that the peer could not have had for a good value too. */
static bool in_subgroup(const struct modp *m, const uint8_t *y)
{
	size_t len = m->group.public_len;
	uint8_t order[ISAKMP_DH_MAX], r[ISAKMP_DH_MAX];

	hex_bytes(m->order, order, m->group.private_len);
	return !power(m, y, order, m->group.private_len, r) && is_small(r, len, 1);
}

/* RFC 2631 2.1.5: 0, 1 and p-1 make the secret guessable, and so does any value of a small subgroup. */
static const char *check(const struct crypto_group *g, const uint8_t *y)
{
	const struct modp *m = modp_of(g);
	size_t len = g->public_len;
	uint8_t prime[ISAKMP_DH_MAX];

	if (is_small(y, len, 0))
		return "the public value is 0";
	if (is_small(y, len, 1))
		return "the public value is 1";
	hex_bytes(m->prime, prime, len);
	if (memcmp(y, prime, len) >= 0)
		return "the public value is not below the group's prime";
	prime[len - 1] &= 0xfe;
	if (!memcmp(y, prime, len))
		return "the public value is the group's prime less 1";
	if (m->order && !in_subgroup(m, y))
		return "the public value is not in the group's subgroup";
	return NULL;
}

static int agree(const struct crypto_group *g, const uint8_t *x, const uint8_t *y, uint8_t *out)
{
	return power(modp_of(g), y, x, g->private_len, out);
}
