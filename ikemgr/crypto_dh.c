/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diffie-Hellman over the MODP groups of IKE: a group enters, a public value
 * leaves; the peer's public value enters, the shared secret leaves.
 *
 * Nothing here is shared between objects, so that each may be worked on in a
 * thread of its own.
 */
#include <stdlib.h>
#include <string.h>

#include <gcrypt.h>

#include "crypto.h"

/*
 * RFC 2409 6.1, 6.2 and RFC 3526 2..5; the generator is 2 in all. The length
 * of the private exponent is RFC 3526 8's larger estimate of the group's
 * strength, twice; the primes are safe, so a short exponent loses nothing. The
 * groups without an estimate of their own get more than they can use.
 */
static const struct modp {
	uint16_t group;
	unsigned int bits;
	unsigned int exponent;
	const char *prime;
} modp[] = {
	{ 1, 768, 256,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a63a3620ffffffffffffffff" },
	{ 2, 1024, 256,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff" },
	{ 5, 1536, 256,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	  "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	  "9ed529077096966d670c354e4abc9804f1746c08ca237327ffffffffffffffff" },
	{ 14, 2048, 320,
	  "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	  "020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	  "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	  "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	  "98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	  "9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
	  "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"
	  "3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff" },
	{ 15, 3072, 420,
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
	  "08e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff" },
	{ 16, 4096, 480,
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
	  "93b4ea988d8fddc186ffb7dc90a6c08f4df435c934063199ffffffffffffffff" },
};

/**
 * struct crypto_dh - one exchange's half
 * @p, @x: the prime; the private exponent (secure memory)
 * @pub, @peer: public values, padded to the modulus, in normal memory
 * @secret: g^xy, padded, in secure memory
 */
struct crypto_dh {
	const struct modp *group;
	gcry_mpi_t p, x;
	size_t len;
	uint8_t *pub, *peer, *secret;
	bool have_pub, have_peer, have_secret;
};

static const struct modp *find_group(uint16_t group)
{
	for (size_t i = 0; i < sizeof(modp) / sizeof(modp[0]); i++)
		if (modp[i].group == group)
			return &modp[i];
	return NULL;
}

size_t crypto_group_len(uint16_t group)
{
	const struct modp *g = find_group(group);

	return g ? g->bits / 8 : 0;
}

struct crypto_dh *crypto_dh_new(uint16_t group)
{
	const struct modp *g = find_group(group);
	struct crypto_dh *dh;

	if (!g)
		return NULL;
	dh = calloc(1, sizeof(*dh));
	if (!dh)
		return NULL;
	dh->group = g;
	dh->len = g->bits / 8;
	dh->pub = calloc(2, dh->len);
	dh->secret = crypto_secure_alloc(dh->len);
	if (!dh->pub || !dh->secret ||
	    gcry_mpi_scan(&dh->p, GCRYMPI_FMT_HEX, g->prime, 0, NULL)) {
		crypto_dh_free(dh);
		return NULL;
	}
	dh->peer = dh->pub + dh->len;
	return dh;
}

void crypto_dh_free(struct crypto_dh *dh)
{
	if (!dh)
		return;
	gcry_mpi_release(dh->p);
	gcry_mpi_release(dh->x);
	crypto_secure_free(dh->secret);
	free(dh->pub);
	free(dh);
}

/* @base^x mod p into @out, padded with zeros on the left to the modulus' length. */
static int power(const struct crypto_dh *dh, gcry_mpi_t base, uint8_t *out)
{
	gcry_mpi_t r = gcry_mpi_snew(dh->group->bits);
	size_t len = 0;
	int ret = -1;

	gcry_mpi_powm(r, base, dh->x, dh->p);
	if (!gcry_mpi_print(GCRYMPI_FMT_USG, out, dh->len, &len, r)) {
		memmove(out + dh->len - len, out, len);
		memset(out, 0, dh->len - len);
		ret = 0;
	}
	gcry_mpi_release(r);
	return ret;
}

int crypto_dh_generate(struct crypto_dh *dh)
{
	gcry_mpi_t two;
	int ret;

	gcry_mpi_release(dh->x);
	dh->x = gcry_mpi_snew(dh->group->exponent);
	gcry_mpi_randomize(dh->x, dh->group->exponent, GCRY_STRONG_RANDOM);
	gcry_mpi_set_highbit(dh->x, dh->group->exponent - 1);
	two = gcry_mpi_set_ui(NULL, 2);
	ret = power(dh, two, dh->pub);
	gcry_mpi_release(two);
	dh->have_pub = !ret;
	return ret;
}

const uint8_t *crypto_dh_public(const struct crypto_dh *dh, size_t *len)
{
	*len = dh->have_pub ? dh->len : 0;
	return dh->have_pub ? dh->pub : NULL;
}

/* RFC 2631 2.1.5, for a safe prime: 0, 1 and p-1 make the secret guessable. */
static const char *check_public(const struct crypto_dh *dh, gcry_mpi_t y)
{
	const char *why = NULL;
	gcry_mpi_t top;

	if (!gcry_mpi_cmp_ui(y, 0))
		return "the public value is 0";
	if (!gcry_mpi_cmp_ui(y, 1))
		return "the public value is 1";
	top = gcry_mpi_new(dh->group->bits);
	gcry_mpi_sub_ui(top, dh->p, 1);
	if (gcry_mpi_cmp(y, dh->p) >= 0)
		why = "the public value is not below the group's prime";
	else if (!gcry_mpi_cmp(y, top))
		why = "the public value is the group's prime less 1";
	gcry_mpi_release(top);
	return why;
}

int crypto_dh_set_peer(struct crypto_dh *dh, const uint8_t *y, size_t len,
		       const char **why)
{
	gcry_mpi_t value;

	dh->have_peer = false;
	dh->have_secret = false;
	if (len != dh->len) {
		*why = len < dh->len ? "the public value is shorter than the group's prime" :
				       "the public value is longer than the group's prime";
		return -1;
	}
	if (gcry_mpi_scan(&value, GCRYMPI_FMT_USG, y, len, NULL)) {
		*why = "out of memory";
		return -1;
	}
	*why = check_public(dh, value);
	gcry_mpi_release(value);
	if (*why)
		return -1;
	memcpy(dh->peer, y, len);
	dh->have_peer = true;
	return 0;
}

const uint8_t *crypto_dh_peer(const struct crypto_dh *dh, size_t *len)
{
	*len = dh->have_peer ? dh->len : 0;
	return dh->have_peer ? dh->peer : NULL;
}

int crypto_dh_agree(struct crypto_dh *dh)
{
	gcry_mpi_t y;
	int ret;

	if (!dh->have_peer || !dh->have_pub ||
	    gcry_mpi_scan(&y, GCRYMPI_FMT_USG, dh->peer, dh->len, NULL))
		return -1;
	ret = power(dh, y, dh->secret);
	gcry_mpi_release(y);
	dh->have_secret = !ret;
	return ret;
}

const uint8_t *crypto_dh_secret(const struct crypto_dh *dh, size_t *len)
{
	*len = dh->have_secret ? dh->len : 0;
	return dh->have_secret ? dh->secret : NULL;
}

uint16_t crypto_dh_group(const struct crypto_dh *dh)
{
	return dh->group->group;
}
