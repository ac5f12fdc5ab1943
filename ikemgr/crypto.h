/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cryptography of IKEv1 on libgcrypt: the PRF, SKEYID and what is derived
 * from it, IVs, the HASH payloads, CBC, random numbers; and on GMP and Nettle,
 * which are faster at it: Diffie-Hellman.
 *
 * Values come in and go out as bytes; nothing here knows messages or peers.
 * Algorithms are named by their phase 1 attribute values (wire.h: enum
 * ike_encryption, ike_hash, ike_group). Secrets live in libgcrypt's secure
 * memory and are wiped by the destructors. All functions that can fail return
 * 0 or -1, and 'const char *' errors say why.
 */
#ifndef IKEMGR_CRYPTO_H
#define IKEMGR_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/**
 * crypto_init() - set libgcrypt up, once, before any other call and before
 * privileges are dropped (the secure memory is locked with mlock)
 * @why: a text on failure
 *
 * Returns 0, or -1: version too old, self test failed.
 */
int crypto_init(const char **why);

/** crypto_fini() - release libgcrypt's secure memory (last call, for leak checkers) */
void crypto_fini(void);

/** struct crypto_bytes - one piece of a scattered input */
struct crypto_bytes {
	const void *data;
	size_t len;
};

/* ---- algorithms ---- */

/** crypto_cipher_ok() - is there such a cipher: DES, 3DES (key_bits 0), AES (128, 192, 256)? */
bool crypto_cipher_ok(uint16_t cipher, uint16_t key_bits);

/** crypto_block_len() - of DES, 3DES: 8, AES: 16; 0: unknown */
size_t crypto_block_len(uint16_t cipher);

/** crypto_key_len() - bytes of key: DES 8, 3DES 24, AES key_bits/8 */
size_t crypto_key_len(uint16_t cipher, uint16_t key_bits);

/** crypto_hash_len() - output of a hash and of its HMAC, in bytes; 0: unknown */
size_t crypto_hash_len(uint16_t hash);

/** crypto_group_len() - length of the public value in bytes; 0: unknown group */
size_t crypto_group_len(uint16_t group);

/* ---- random ---- */

/** crypto_random() - @len unpredictable bytes (nonces, cookies) */
void crypto_random(void *out, size_t len);

/** crypto_random_cookie() - a cookie, not zero */
void crypto_random_cookie(uint8_t cookie[ISAKMP_COOKIE_LEN]);

/** crypto_random_msgid() - a message id in host byte order, not zero (RFC 2409 5.5); the caller checks that it is unused */
uint32_t crypto_random_msgid(void);

/** crypto_random_below() - evenly distributed 0..@bound-1, for jitter; @bound >= 1 */
uint32_t crypto_random_below(uint32_t bound);

/** crypto_equal() - constant-time compare of two MACs of @len bytes */
bool crypto_equal(const void *a, const void *b, size_t len);

/** crypto_wipe() - overwrite a secret; not optimised away */
void crypto_wipe(void *p, size_t len);

/* ---- Diffie-Hellman ---- */

struct crypto_dh;

/**
 * crypto_dh_new() - a key pair's container
 * @group: enum ike_group
 *
 * Returns NULL if the group is unknown or memory is short. Free it with
 * crypto_dh_free(). An object is used by one thread at a time and touches
 * nothing else, so that crypto_dh_generate() and crypto_dh_agree() may run in
 * a worker thread (workers.h); the owner must not touch it meanwhile.
 */
struct crypto_dh *crypto_dh_new(uint16_t group);

/** crypto_dh_free() - wipes the secrets; NULL is fine */
void crypto_dh_free(struct crypto_dh *dh);

/**
 * crypto_dh_generate() - choose the private exponent, compute the public value
 *
 * The exponent has twice the bits of the group's strength (RFC 3526 section 8)
 * where the prime is a safe one, else the size of the (sub)group. Slow (0.02..3
 * ms): worker thread.
 */
int crypto_dh_generate(struct crypto_dh *dh);

/** crypto_dh_set_private() - a private value that is known, for published figures: its length is the group's. -1: it is not one */
int crypto_dh_set_private(struct crypto_dh *dh, const uint8_t *x, size_t len);

/** crypto_dh_public() - our public value, crypto_group_len() bytes with leading zeros; good while @dh lives */
const uint8_t *crypto_dh_public(const struct crypto_dh *dh, size_t *len);

/**
 * crypto_dh_set_peer() - check and keep a copy of the peer's public value y
 * @why: set on failure: its length, or what is wrong with the value
 *
 * MODP: RFC 2631 2.1.5: 1 < y < p-1, and y^q = 1 in group 24 (0.3 ms); ECP: a
 * point of the curve; else the secret could be guessed. The length must be the
 * group's (RFC 2409 5: leading zeros are not left out). Fast but for group 24.
 */
int crypto_dh_set_peer(struct crypto_dh *dh, const uint8_t *y, size_t len,
		       const char **why);

/** crypto_dh_peer() - what crypto_dh_set_peer() kept; NULL if nothing */
const uint8_t *crypto_dh_peer(const struct crypto_dh *dh, size_t *len);

/** crypto_dh_agree() - compute g^xy from the peer's value. Slow: worker thread. */
int crypto_dh_agree(struct crypto_dh *dh);

/** crypto_dh_secret() - g^xy, padded to the modulus' length, or a point's x (RFC 5903 7); NULL before crypto_dh_agree() */
const uint8_t *crypto_dh_secret(const struct crypto_dh *dh, size_t *len);

/** crypto_dh_group() - its group */
uint16_t crypto_dh_group(const struct crypto_dh *dh);

/* ---- hash and PRF ---- */

/** crypto_hash() - hash(parts[0] | parts[1] | ...), e.g. for NAT-D and IVs; @out: crypto_hash_len() bytes */
int crypto_hash(uint16_t hash, const struct crypto_bytes *parts, size_t n, uint8_t *out);

/** crypto_prf() - HMAC-hash(key, parts[0] | parts[1] | ...) (RFC 2409 3.2, 4) */
int crypto_prf(uint16_t hash, const void *key, size_t key_len,
	       const struct crypto_bytes *parts, size_t n, uint8_t *out);

/* ---- phase 1 keys ---- */

/**
 * struct crypto_iv - the CBC chaining value of one exchange
 *
 * Copy it, work on the copy, assign it back once the message is accepted: a
 * forged or repeated message must not move the chain.
 */
struct crypto_iv {
	uint8_t block[ISAKMP_BLOCK_MAX];
};

/**
 * struct ike_keys - what phase 1 yields; allocated in secure memory
 * @cipher, @key_bits, @hash: negotiated (wire.h values)
 * @hash_len, @block_len, @key_len: in bytes
 * @skeyid, @skeyid_d, @skeyid_a, @skeyid_e: @hash_len bytes each (RFC 2409 5)
 * @key: the encryption key, @key_len bytes (appendix B)
 * @iv: phase 1's chain: starts at hash(g^xi | g^xr); after phase 1 its last
 *	block, from which crypto_phase2_iv() starts every other exchange
 */
struct ike_keys {
	uint16_t cipher;
	uint16_t key_bits;
	uint16_t hash;
	size_t hash_len;
	size_t block_len;
	size_t key_len;
	uint8_t skeyid[ISAKMP_HASH_MAX];
	uint8_t skeyid_d[ISAKMP_HASH_MAX];
	uint8_t skeyid_a[ISAKMP_HASH_MAX];
	uint8_t skeyid_e[ISAKMP_HASH_MAX];
	uint8_t key[32];
	struct crypto_iv iv;
};

/**
 * struct crypto_phase1 - what phase 1's keys are made of
 * @psk: the pre-shared key
 * @ni, @nr: bodies of the nonce payloads, initiator's and responder's
 * @gxi, @gxr: public values, initiator's and responder's
 * @gxy: the shared secret
 */
struct crypto_phase1 {
	uint16_t cipher;
	uint16_t key_bits;
	uint16_t hash;
	struct crypto_bytes psk;
	struct crypto_bytes ni, nr;
	struct crypto_bytes gxi, gxr;
	struct crypto_bytes gxy;
	const uint8_t *icookie, *rcookie;
};

/**
 * crypto_keys_psk() - SKEYID, SKEYID_d/a/e, encryption key and first IV for
 * pre-shared key authentication (RFC 2409 5, 5.4, appendix B)
 * @why: a text on failure
 *
 * Returns the keys, for crypto_keys_free(); NULL: unknown algorithm, no memory.
 * A DES key that is weak is passed over for the next 8 bytes (appendix B).
 */
struct ike_keys *crypto_keys_psk(const struct crypto_phase1 *in, const char **why);

/** crypto_keys_free() - wipe and free; NULL is fine */
void crypto_keys_free(struct ike_keys *keys);

/**
 * crypto_stretch() - RFC 2409 appendix B: a key longer than the PRF's output
 * @skeyid_e: @hash_len bytes
 * @out: @len bytes: SKEYID_e itself, cut, if it is long enough, else
 *	K1 | K2 ..., K1 = prf(SKEYID_e, 0), Ki = prf(SKEYID_e, Ki-1)
 */
int crypto_stretch(uint16_t hash, const uint8_t *skeyid_e, uint8_t *out, size_t len);

/** crypto_phase2_iv() - hash(last phase 1 block | M-ID) (RFC 2409 appendix B): first IV of quick mode, informational ... */
int crypto_phase2_iv(const struct ike_keys *keys, uint32_t message_id, struct crypto_iv *iv);

/**
 * crypto_encrypt(), crypto_decrypt() - CBC in place
 * @iv: in: chaining value; out: last ciphertext block
 * @data: what follows the ISAKMP header, @len a multiple of keys->block_len
 */
int crypto_encrypt(const struct ike_keys *keys, struct crypto_iv *iv, uint8_t *data, size_t len);
int crypto_decrypt(const struct ike_keys *keys, struct crypto_iv *iv, uint8_t *data, size_t len);

/**
 * struct crypto_auth - input of HASH_I and HASH_R (RFC 2409 5)
 * @sai_b: body of the initiator's SA payload of MM1, as sent
 * @id_b: body of the ID payload of whoever makes the HASH
 */
struct crypto_auth {
	struct crypto_bytes gxi, gxr;
	const uint8_t *icookie, *rcookie;
	struct crypto_bytes sai_b;
	struct crypto_bytes id_b;
};

/** crypto_hash_i() - prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b); @out: hash_len bytes */
int crypto_hash_i(const struct ike_keys *keys, const struct crypto_auth *in, uint8_t *out);

/** crypto_hash_r() - prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b) */
int crypto_hash_r(const struct ike_keys *keys, const struct crypto_auth *in, uint8_t *out);

/* ---- phase 2 ---- */

/**
 * crypto_hash1() - prf(SKEYID_a, M-ID | rest): quick mode's HASH(1) and the
 * HASH of informational exchanges (RFC 2409 5.5, 5.7)
 * @rest: everything after the HASH payload, without padding
 */
int crypto_hash1(const struct ike_keys *keys, uint32_t message_id,
		 const void *rest, size_t len, uint8_t *out);

/** crypto_hash2() - prf(SKEYID_a, M-ID | Ni_b | rest): quick mode's HASH(2) */
int crypto_hash2(const struct ike_keys *keys, uint32_t message_id,
		 struct crypto_bytes ni_b, const void *rest, size_t len, uint8_t *out);

/** crypto_hash3() - prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b): quick mode's HASH(3) */
int crypto_hash3(const struct ike_keys *keys, uint32_t message_id,
		 struct crypto_bytes ni_b, struct crypto_bytes nr_b, uint8_t *out);

/**
 * struct crypto_phase2 - what the keys of an IPsec SA are made of (RFC 2409 5.5)
 * @protocol: IPSEC_PROTO_ESP
 * @spi: of the SA's receiver, in wire order: inbound and outbound SAs differ by it
 * @ni_b, @nr_b: quick mode's nonce bodies
 * @gxy: quick mode's own shared secret (PFS), or len 0
 */
struct crypto_phase2 {
	uint8_t protocol;
	uint8_t spi[IPSEC_SPI_LEN];
	struct crypto_bytes ni_b, nr_b;
	struct crypto_bytes gxy;
};

/**
 * crypto_keymat() - KEYMAT of one SA, as long as needed
 * @out: @len bytes; the cipher's key first, then the authentication key
 *	(RFC 2407 4.4.1.1 → RFC 2401's order). The caller wipes it.
 */
int crypto_keymat(const struct ike_keys *keys, const struct crypto_phase2 *in,
		  uint8_t *out, size_t len);

/**
 * crypto_secure_alloc() - @len bytes of locked memory, zeroed, for secrets
 * (keys, PSKs, KEYMAT, numbers); NULL: there is none. Any thread may call it.
 *
 * Not swapped where the process may lock memory, and not in a core file.
 */
void *crypto_secure_alloc(size_t len);

/** crypto_secure_free() - wipes it; NULL is fine */
void crypto_secure_free(void *p);

/** crypto_secure_size() - the bytes that @p has: as many as were asked for, or more */
size_t crypto_secure_size(const void *p);

/** crypto_secure_is() - does @p point into such memory (of at most 16 KiB a piece)? For tests. */
bool crypto_secure_is(const void *p);

#endif
