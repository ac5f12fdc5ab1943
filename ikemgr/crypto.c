/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nonces, secrets and message bytes enter; keys, IVs, HASHes and ciphertext
 * leave. See crypto.h. Diffie-Hellman is in crypto_dh.c, memory in
 * crypto_memory.c.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <gcrypt.h>
#include <gmp.h>

#include "crypto.h"

#define SECMEM_FIRST	(256 * 1024)	/* bytes of locked memory to start with */
#define SECMEM_MORE	(256 * 1024)	/* and by how much it grows */

/* GMP's numbers are secrets, or stand beside them. It cannot be refused memory. */
static void *gmp_allocate(size_t len)
{
	void *p = crypto_secure_alloc(len);

	if (!p)
		abort();
	return p;
}

static void gmp_free(void *p, size_t len)
{
	(void)len;
	crypto_secure_free(p);
}

static void *gmp_reallocate(void *p, size_t old, size_t len)
{
	void *grown;

	(void)old;
	if (len <= crypto_secure_size(p))
		return p;
	grown = gmp_allocate(len);
	memcpy(grown, p, crypto_secure_size(p));
	crypto_secure_free(p);
	return grown;
}

int crypto_init(const char **why)
{
	/* the kernel's random numbers: libgcrypt's own generator looks at clocks and resource usage each time it is asked */
	gcry_control(GCRYCTL_SET_PREFERRED_RNG_TYPE, GCRY_RNG_TYPE_SYSTEM);
	if (!gcry_check_version("1.10.0")) {
		*why = "libgcrypt is older than 1.10";
		return -1;
	}
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return 0;
	/* Where mlock is not allowed secrets may be swapped, but are still wiped. */
	gcry_control(GCRYCTL_DISABLE_SECMEM_WARN);
	gcry_control(GCRYCTL_AUTO_EXPAND_SECMEM, SECMEM_MORE);
	gcry_control(GCRYCTL_INIT_SECMEM, SECMEM_FIRST, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	mp_set_memory_functions(gmp_allocate, gmp_reallocate, gmp_free);
	return 0;
}

void crypto_fini(void)
{
	gcry_control(GCRYCTL_TERM_SECMEM);
}

/* ---- algorithms ---- */

static int cipher_algo(uint16_t cipher, uint16_t key_bits)
{
	switch (cipher) {
	case IKE_ENC_DES:
		return key_bits ? GCRY_CIPHER_NONE : GCRY_CIPHER_DES;
	case IKE_ENC_3DES:
		return key_bits ? GCRY_CIPHER_NONE : GCRY_CIPHER_3DES;
	case IKE_ENC_AES:
		return key_bits == 128 ? GCRY_CIPHER_AES128 :
		       key_bits == 192 ? GCRY_CIPHER_AES192 :
		       key_bits == 256 ? GCRY_CIPHER_AES256 : GCRY_CIPHER_NONE;
	default:
		return GCRY_CIPHER_NONE;
	}
}

static int hash_algo(uint16_t hash)
{
	switch (hash) {
	case IKE_HASH_MD5: return GCRY_MD_MD5;
	case IKE_HASH_SHA: return GCRY_MD_SHA1;
	case IKE_HASH_SHA256: return GCRY_MD_SHA256;
	case IKE_HASH_SHA384: return GCRY_MD_SHA384;
	case IKE_HASH_SHA512: return GCRY_MD_SHA512;
	default: return GCRY_MD_NONE;
	}
}

bool crypto_cipher_ok(uint16_t cipher, uint16_t key_bits)
{
	return cipher_algo(cipher, key_bits) != GCRY_CIPHER_NONE;
}

size_t crypto_block_len(uint16_t cipher)
{
	switch (cipher) {
	case IKE_ENC_DES:
	case IKE_ENC_3DES:
		return 8;
	case IKE_ENC_AES:
		return 16;
	default:
		return 0;
	}
}

size_t crypto_key_len(uint16_t cipher, uint16_t key_bits)
{
	int algo = cipher_algo(cipher, key_bits);

	return algo == GCRY_CIPHER_NONE ? 0 : gcry_cipher_get_algo_keylen(algo);
}

size_t crypto_hash_len(uint16_t hash)
{
	int algo = hash_algo(hash);

	return algo == GCRY_MD_NONE ? 0 : gcry_md_get_algo_dlen(algo);
}

/* ---- random ---- */

void crypto_random(void *out, size_t len)
{
	gcry_randomize(out, len, GCRY_STRONG_RANDOM);
}

void crypto_random_cookie(uint8_t cookie[ISAKMP_COOKIE_LEN])
{
	static const uint8_t zero[ISAKMP_COOKIE_LEN];

	do
		crypto_random(cookie, ISAKMP_COOKIE_LEN);
	while (!memcmp(cookie, zero, sizeof(zero)));
}

uint32_t crypto_random_msgid(void)
{
	uint32_t id;

	do
		crypto_random(&id, sizeof(id));
	while (!id);
	return id;
}

uint32_t crypto_random_below(uint32_t bound)
{
	uint32_t reject = -bound % bound, r;	/* 2^32 mod bound values too many */

	do
		crypto_random(&r, sizeof(r));
	while (r < reject);
	return r % bound;
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	while (len--)
		diff |= *x++ ^ *y++;
	return !diff;
}

void crypto_wipe(void *p, size_t len)
{
	explicit_bzero(p, len);
}

/* ---- hash and PRF ---- */

/* @key NULL: plain hash. */
static int digest(uint16_t hash, const void *key, size_t key_len,
		  const struct crypto_bytes *parts, size_t n, uint8_t *out)
{
	int algo = hash_algo(hash);
	unsigned int flags = GCRY_MD_FLAG_SECURE | (key ? GCRY_MD_FLAG_HMAC : 0);
	gcry_md_hd_t md;
	int ret = -1;

	if (algo == GCRY_MD_NONE || gcry_md_open(&md, algo, flags))
		return -1;
	if (!key || !gcry_md_setkey(md, key, key_len)) {
		for (size_t i = 0; i < n; i++)
			if (parts[i].len)
				gcry_md_write(md, parts[i].data, parts[i].len);
		memcpy(out, gcry_md_read(md, algo), gcry_md_get_algo_dlen(algo));
		ret = 0;
	}
	gcry_md_close(md);
	return ret;
}

int crypto_hash(uint16_t hash, const struct crypto_bytes *parts, size_t n, uint8_t *out)
{
	return digest(hash, NULL, 0, parts, n, out);
}

int crypto_prf(uint16_t hash, const void *key, size_t key_len,
	       const struct crypto_bytes *parts, size_t n, uint8_t *out)
{
	return digest(hash, key ? key : "", key_len, parts, n, out);
}

/* ---- phase 1 keys ---- */

int crypto_stretch(uint16_t hash, const uint8_t *skeyid_e, uint8_t *out, size_t len)
{
	size_t hash_len = crypto_hash_len(hash), have = 0;
	uint8_t k[ISAKMP_HASH_MAX];
	struct crypto_bytes in = { "", 1 };	/* K1's input: a single zero byte */
	int ret = 0;

	if (!hash_len)
		return -1;
	if (len <= hash_len) {
		memcpy(out, skeyid_e, len);
		return 0;
	}
	while (have < len && !ret) {
		size_t take = len - have < hash_len ? len - have : hash_len;

		ret = crypto_prf(hash, skeyid_e, hash_len, &in, 1, k);
		if (ret)
			break;
		memcpy(out + have, k, take);
		have += take;
		in = (struct crypto_bytes){ k, hash_len };
	}
	crypto_wipe(k, sizeof(k));
	return ret;
}

/*
 * A cipher handle with the key set. libgcrypt refuses weak keys; 3DES and AES
 * take what they get (RFC 2409 names weak keys for DES alone), and a DES key
 * was chosen so that it is not weak.
 */
static gpg_error_t open_cipher(gcry_cipher_hd_t *hd, uint16_t cipher, uint16_t key_bits,
			       const uint8_t *key)
{
	gpg_error_t err = gcry_cipher_open(hd, cipher_algo(cipher, key_bits),
					   GCRY_CIPHER_MODE_CBC, GCRY_CIPHER_SECURE);

	if (err)
		return err;
	if (cipher == IKE_ENC_3DES)
		gcry_cipher_ctl(*hd, GCRYCTL_SET_ALLOW_WEAK_KEY, NULL, 1);
	err = gcry_cipher_setkey(*hd, key, crypto_key_len(cipher, key_bits));
	if (cipher == IKE_ENC_3DES && gpg_err_code(err) == GPG_ERR_WEAK_KEY)
		err = 0;
	if (err)
		gcry_cipher_close(*hd);
	return err;
}

/* RFC 2409 appendix B: the first 8 bytes of SKEYID_e that are no weak or semi-weak key. */
static int des_key(struct ike_keys *k, const char **why)
{
	for (size_t at = 0; at + 8 <= k->hash_len; at += 8) {
		gcry_cipher_hd_t hd;

		if (!open_cipher(&hd, IKE_ENC_DES, 0, k->skeyid_e + at)) {
			gcry_cipher_close(hd);
			memcpy(k->key, k->skeyid_e + at, 8);
			return 0;
		}
	}
	*why = "SKEYID_e yields only weak DES keys";
	return -1;
}

/* RFC 2409 5: SKEYID_d, _a and _e differ by the one before and a counter. */
static int derive(const struct ike_keys *k, const struct crypto_phase1 *in,
		  const uint8_t *before, uint8_t counter, uint8_t *out)
{
	const struct crypto_bytes parts[] = {
		{ before, before ? k->hash_len : 0 },
		in->gxy,
		{ in->icookie, ISAKMP_COOKIE_LEN },
		{ in->rcookie, ISAKMP_COOKIE_LEN },
		{ &counter, 1 },
	};

	return crypto_prf(k->hash, k->skeyid, k->hash_len, parts, 5, out);
}

static int fill_keys(struct ike_keys *k, const struct crypto_phase1 *in, const char **why)
{
	const struct crypto_bytes nonces[] = { in->ni, in->nr };
	const struct crypto_bytes publics[] = { in->gxi, in->gxr };
	uint8_t iv[ISAKMP_HASH_MAX];

	if (crypto_prf(k->hash, in->psk.data, in->psk.len, nonces, 2, k->skeyid) ||
	    derive(k, in, NULL, 0, k->skeyid_d) ||
	    derive(k, in, k->skeyid_d, 1, k->skeyid_a) ||
	    derive(k, in, k->skeyid_a, 2, k->skeyid_e) ||
	    crypto_hash(k->hash, publics, 2, iv)) {
		*why = "libgcrypt refuses the hash";
		return -1;
	}
	memcpy(k->iv.block, iv, k->block_len);
	if (k->cipher == IKE_ENC_DES)
		return des_key(k, why);
	if (crypto_stretch(k->hash, k->skeyid_e, k->key, k->key_len)) {
		*why = "libgcrypt refuses the hash";
		return -1;
	}
	return 0;
}

struct ike_keys *crypto_keys_psk(const struct crypto_phase1 *in, const char **why)
{
	struct ike_keys *k;

	if (!crypto_cipher_ok(in->cipher, in->key_bits) || !crypto_hash_len(in->hash)) {
		*why = "unknown cipher or hash";
		return NULL;
	}
	k = crypto_secure_alloc(sizeof(*k));
	if (!k) {
		*why = "out of secure memory";
		return NULL;
	}
	k->cipher = in->cipher;
	k->key_bits = in->key_bits;
	k->hash = in->hash;
	k->hash_len = crypto_hash_len(in->hash);
	k->block_len = crypto_block_len(in->cipher);
	k->key_len = crypto_key_len(in->cipher, in->key_bits);
	if (fill_keys(k, in, why)) {
		crypto_keys_free(k);
		return NULL;
	}
	return k;
}

void crypto_keys_free(struct ike_keys *keys)
{
	crypto_secure_free(keys);
}

int crypto_phase2_iv(const struct ike_keys *keys, uint32_t message_id, struct crypto_iv *iv)
{
	const uint32_t mid = htonl(message_id);
	const struct crypto_bytes parts[] = {
		{ keys->iv.block, keys->block_len },
		{ &mid, sizeof(mid) },
	};
	uint8_t out[ISAKMP_HASH_MAX];

	if (crypto_hash(keys->hash, parts, 2, out))
		return -1;
	memset(iv, 0, sizeof(*iv));
	memcpy(iv->block, out, keys->block_len);
	return 0;
}

int crypto_encrypt(const struct ike_keys *keys, struct crypto_iv *iv, uint8_t *data, size_t len)
{
	gcry_cipher_hd_t hd;
	int ret = -1;

	if (!len || len % keys->block_len ||
	    open_cipher(&hd, keys->cipher, keys->key_bits, keys->key))
		return -1;
	if (!gcry_cipher_setiv(hd, iv->block, keys->block_len) &&
	    !gcry_cipher_encrypt(hd, data, len, NULL, 0)) {
		memcpy(iv->block, data + len - keys->block_len, keys->block_len);
		ret = 0;
	}
	gcry_cipher_close(hd);
	return ret;
}

int crypto_decrypt(const struct ike_keys *keys, struct crypto_iv *iv, uint8_t *data, size_t len)
{
	struct crypto_iv last = { { 0 } };
	gcry_cipher_hd_t hd;
	int ret = -1;

	if (!len || len % keys->block_len ||
	    open_cipher(&hd, keys->cipher, keys->key_bits, keys->key))
		return -1;
	memcpy(last.block, data + len - keys->block_len, keys->block_len);
	if (!gcry_cipher_setiv(hd, iv->block, keys->block_len) &&
	    !gcry_cipher_decrypt(hd, data, len, NULL, 0)) {
		*iv = last;
		ret = 0;
	}
	gcry_cipher_close(hd);
	return ret;
}

int crypto_hash_i(const struct ike_keys *keys, const struct crypto_auth *in, uint8_t *out)
{
	const struct crypto_bytes parts[] = {
		in->gxi, in->gxr,
		{ in->icookie, ISAKMP_COOKIE_LEN }, { in->rcookie, ISAKMP_COOKIE_LEN },
		in->sai_b, in->id_b,
	};

	return crypto_prf(keys->hash, keys->skeyid, keys->hash_len, parts, 6, out);
}

int crypto_hash_r(const struct ike_keys *keys, const struct crypto_auth *in, uint8_t *out)
{
	const struct crypto_bytes parts[] = {
		in->gxr, in->gxi,
		{ in->rcookie, ISAKMP_COOKIE_LEN }, { in->icookie, ISAKMP_COOKIE_LEN },
		in->sai_b, in->id_b,
	};

	return crypto_prf(keys->hash, keys->skeyid, keys->hash_len, parts, 6, out);
}

/* ---- phase 2 ---- */

int crypto_hash1(const struct ike_keys *keys, uint32_t message_id,
		 const void *rest, size_t len, uint8_t *out)
{
	return crypto_hash2(keys, message_id, (struct crypto_bytes){ NULL, 0 }, rest, len, out);
}

int crypto_hash2(const struct ike_keys *keys, uint32_t message_id,
		 struct crypto_bytes ni_b, const void *rest, size_t len, uint8_t *out)
{
	const uint32_t mid = htonl(message_id);
	const struct crypto_bytes parts[] = { { &mid, sizeof(mid) }, ni_b, { rest, len } };

	return crypto_prf(keys->hash, keys->skeyid_a, keys->hash_len, parts, 3, out);
}

int crypto_hash3(const struct ike_keys *keys, uint32_t message_id,
		 struct crypto_bytes ni_b, struct crypto_bytes nr_b, uint8_t *out)
{
	const uint32_t mid = htonl(message_id);
	const uint8_t zero = 0;
	const struct crypto_bytes parts[] = { { &zero, 1 }, { &mid, sizeof(mid) }, ni_b, nr_b };

	return crypto_prf(keys->hash, keys->skeyid_a, keys->hash_len, parts, 4, out);
}

int crypto_keymat(const struct ike_keys *keys, const struct crypto_phase2 *in,
		  uint8_t *out, size_t len)
{
	uint8_t k[ISAKMP_HASH_MAX];
	struct crypto_bytes parts[] = {
		{ NULL, 0 },		/* K1 has none before it */
		in->gxy,
		{ &in->protocol, 1 },
		{ in->spi, IPSEC_SPI_LEN },
		in->ni_b, in->nr_b,
	};
	size_t have = 0;
	int ret = 0;

	while (have < len) {
		size_t take = len - have < keys->hash_len ? len - have : keys->hash_len;

		ret = crypto_prf(keys->hash, keys->skeyid_d, keys->hash_len, parts, 6, k);
		if (ret)
			break;
		memcpy(out + have, k, take);
		have += take;
		parts[0] = (struct crypto_bytes){ k, keys->hash_len };
	}
	crypto_wipe(k, sizeof(k));
	return ret;
}
