// SPDX-License-Identifier: GPL-2.0-only
/*
 * ESP's algorithms: what the RFCs and the kernel call them, which keys they
 * take, and which of the kernel's drivers an SA gets.
 *
 * Synchronous drivers are the rule: nothing is ever in flight, and packets
 * keep their order. On x86 before 6.16 the fast CBC, CTR and GCM are only
 * reachable as internal algorithms ("__gcm(aes)"), which may be called where
 * the SIMD unit is usable; a plain one stands by for elsewhere. Where a kernel
 * has no synchronous driver at all, an asynchronous one is used.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include "cryptomap.h"
#include "esp.h"
#include "hash.h"

static bool force_async;
module_param(force_async, bool, 0644);
MODULE_PARM_DESC(force_async, "For tests: new SAs use the asynchronous path, through cryptd or pcrypt");

/**
 * struct algorithm - a cipher as RFC and kernel know it
 * @name: what the kernel calls it
 * @missing: text of the refusal if the kernel lacks it
 * @bad_key: text of the refusal of a key length
 * @key_len: key lengths, 0 ends; with the nonce
 * @form: how it is used
 * @align: the ciphertext is a multiple of it
 * @iv_len: bytes of IV on the wire
 * @internal: may exist as an internal SIMD driver
 * @short_icv: ICVs of 8 and 12 bytes are defined, too
 */
struct algorithm {
	const char *name;
	const char *missing;
	const char *bad_key;
	u8 key_len[3];
	enum cmap_esp_form form;
	u8 align;
	u8 iv_len;
	bool internal;
	bool short_icv;
};

static const struct algorithm ciphers[] = {
	[CMAP_CIPHER_DES_CBC] = {
		.name = "cbc(des)", .form = CMAP_ESP_CBC, .align = 8, .iv_len = 8, .key_len = { 8 },
		.missing = "this kernel has no cbc(des)",
		.bad_key = "a DES key has 8 bytes",
	},
	[CMAP_CIPHER_3DES_CBC] = {
		.name = "cbc(des3_ede)", .form = CMAP_ESP_CBC, .align = 8, .iv_len = 8,
		.key_len = { 24 },
		.missing = "this kernel has no cbc(des3_ede)",
		.bad_key = "a 3DES key has 24 bytes",
	},
	[CMAP_CIPHER_AES_CBC] = {
		.name = "cbc(aes)", .form = CMAP_ESP_CBC, .align = 16, .iv_len = 16,
		.key_len = { 16, 24, 32 }, .internal = true,
		.missing = "this kernel has no cbc(aes)",
		.bad_key = "an AES key has 16, 24 or 32 bytes",
	},
	[CMAP_CIPHER_AES_CTR] = {
		.name = "ctr(aes)", .form = CMAP_ESP_CTR, .align = 4, .iv_len = 8,
		.key_len = { 20, 28, 36 }, .internal = true,
		.missing = "this kernel has no ctr(aes)",
		.bad_key = "an AES-CTR key has 20, 28 or 36 bytes, with its nonce of 4",
	},
	[CMAP_CIPHER_AES_GCM] = {
		.name = "gcm(aes)", .form = CMAP_ESP_AEAD, .align = 4, .iv_len = 8,
		.key_len = { 20, 28, 36 }, .internal = true, .short_icv = true,
		.missing = "this kernel has no gcm(aes)",
		.bad_key = "an AES-GCM key has 20, 28 or 36 bytes, with its salt of 4",
	},
	[CMAP_CIPHER_AES_GMAC] = {
		.name = "gcm(aes)", .form = CMAP_ESP_GMAC, .align = 4, .iv_len = 8,
		.key_len = { 20, 28, 36 }, .internal = true,
		.missing = "this kernel has no gcm(aes)",
		.bad_key = "an AES-GMAC key has 20, 28 or 36 bytes, with its salt of 4",
	},
	[CMAP_CIPHER_CHACHA20_POLY1305] = {
		.name = "rfc7539(chacha20,poly1305)", .form = CMAP_ESP_AEAD, .align = 4, .iv_len = 8,
		.key_len = { 36 },
		.missing = "this kernel has no rfc7539(chacha20,poly1305)",
		.bad_key = "a ChaCha20-Poly1305 key has 36 bytes, with its salt of 4",
	},
};

const char *cmap_esp_cipher_key_fault(u16 cipher, unsigned int len)
{
	const struct algorithm *alg = &ciphers[cipher];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(alg->key_len); i++)
		if (len && alg->key_len[i] == len)
			return NULL;
	return alg->bad_key;
}

static void note_driver(struct cmap_esp *esp, const char *name)
{
	if (esp->driver[0])
		strlcat(esp->driver, " ", sizeof(esp->driver));
	strlcat(esp->driver, name, sizeof(esp->driver));
}

static void internal_name(char *to, const struct algorithm *alg)
{
	snprintf(to, CRYPTO_MAX_ALG_NAME, "__%s", alg->name);
}

/* ------------------------------------------------------------------------- */
/* Ciphers                                                                    */

/* A keyed synchronous driver, NULL if there is none, or an error. */
static struct crypto_sync_skcipher *sync_cipher(struct cmap_esp *esp, const char *name, u32 flags,
						const u8 *key, unsigned int key_len)
{
	struct crypto_sync_skcipher *tfm = crypto_alloc_sync_skcipher(name, flags, flags);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm) == -ENOMEM ? tfm : NULL;
	err = crypto_sync_skcipher_setkey(tfm, key, key_len);
	if (err) {
		crypto_free_sync_skcipher(tfm);
		return ERR_PTR(err);
	}
	note_driver(esp, crypto_tfm_alg_driver_name(crypto_skcipher_tfm(&tfm->base)));
	return tfm;
}

/*
 * For tests: a template that answers later, around the driver that is used otherwise, and by that
 * driver's name: only so does it find its own instance again when the next SA asks for it.
 */
static int wrapped_name(char *to, const char *around, const char *driver)
{
	return snprintf(to, CRYPTO_MAX_ALG_NAME, "%s(%s)", around, driver) < CRYPTO_MAX_ALG_NAME ?
	       0 : -ENAMETOOLONG;
}

static struct crypto_skcipher *wrapped_cipher(const struct algorithm *alg)
{
	struct crypto_skcipher *inner = crypto_alloc_skcipher(alg->name, 0, CRYPTO_ALG_ASYNC);
	char name[CRYPTO_MAX_ALG_NAME];
	int err;

	if (IS_ERR(inner))
		return inner;
	err = wrapped_name(name, "cryptd",
			   crypto_tfm_alg_driver_name(crypto_skcipher_tfm(inner)));
	crypto_free_skcipher(inner);
	return err ? ERR_PTR(err) : crypto_alloc_skcipher(name, 0, 0);
}

static int async_cipher(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
			unsigned int key_len, struct netlink_ext_ack *extack)
{
	struct crypto_skcipher *tfm = ERR_PTR(-ENOENT);

	if (force_async)
		tfm = wrapped_cipher(alg);
	if (IS_ERR(tfm))
		tfm = crypto_alloc_skcipher(alg->name, 0, 0);
	if (IS_ERR(tfm)) {
		if (PTR_ERR(tfm) == -ENOMEM)
			return -ENOMEM;
		return cmap_refuse(extack, alg->missing, -EOPNOTSUPP);
	}
	esp->async = tfm;
	note_driver(esp, crypto_tfm_alg_driver_name(crypto_skcipher_tfm(tfm)));
	return crypto_skcipher_setkey(tfm, key, key_len);
}

static int init_cipher(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
		       unsigned int key_len, struct netlink_ext_ack *extack)
{
	struct crypto_sync_skcipher *tfm;
	char name[CRYPTO_MAX_ALG_NAME];

	if (force_async)
		return async_cipher(esp, alg, key, key_len, extack);
	if (alg->internal) {
		internal_name(name, alg);
		tfm = sync_cipher(esp, name, CRYPTO_ALG_INTERNAL, key, key_len);
		if (IS_ERR(tfm))
			return PTR_ERR(tfm);
		esp->simd = tfm;
	}
	tfm = sync_cipher(esp, alg->name, 0, key, key_len);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	esp->plain = tfm;
	return tfm ? 0 : async_cipher(esp, alg, key, key_len, extack);
}

/* ------------------------------------------------------------------------- */
/* Combined modes                                                             */

static int key_aead(struct crypto_aead *tfm, const struct cmap_esp *esp, const u8 *key,
		    unsigned int key_len)
{
	return crypto_aead_setkey(tfm, key, key_len) ?: crypto_aead_setauthsize(tfm, esp->icv_len);
}

/* As sync_cipher(); one whose request has no room in esp.c's memory is none. */
static struct crypto_aead *sync_aead(struct cmap_esp *esp, const char *name, u32 flags,
				     const u8 *key, unsigned int key_len)
{
	struct crypto_aead *tfm = crypto_alloc_aead(name, flags, flags | CRYPTO_ALG_ASYNC);
	int err;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm) == -ENOMEM ? tfm : NULL;
	if (crypto_aead_reqsize(tfm) + sizeof(struct aead_request) > CMAP_ESP_REQUEST_MAX) {
		crypto_free_aead(tfm);
		return NULL;
	}
	err = key_aead(tfm, esp, key, key_len);
	if (err) {
		crypto_free_aead(tfm);
		return ERR_PTR(err);
	}
	note_driver(esp, crypto_aead_driver_name(tfm));
	return tfm;
}

/* Before 6.3 cryptd around a combined mode that is not internal fails the kernel's self-test. */
static struct crypto_aead *wrapped_aead(const struct algorithm *alg, bool internal)
{
	u32 flags = internal ? CRYPTO_ALG_INTERNAL : 0;
	char name[CRYPTO_MAX_ALG_NAME];
	struct crypto_aead *inner;
	int err;

	if (internal)
		internal_name(name, alg);
	inner = crypto_alloc_aead(internal ? name : alg->name, flags, flags | CRYPTO_ALG_ASYNC);
	if (IS_ERR(inner))
		return inner;
	err = wrapped_name(name, internal ? "cryptd" : "pcrypt", crypto_aead_driver_name(inner));
	crypto_free_aead(inner);
	return err ? ERR_PTR(err) : crypto_alloc_aead(name, flags, flags);
}

static int async_aead(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
		      unsigned int key_len, struct netlink_ext_ack *extack)
{
	struct crypto_aead *tfm = ERR_PTR(-ENOENT);

	if (force_async && alg->internal)
		tfm = wrapped_aead(alg, true);
	if (force_async && IS_ERR(tfm))
		tfm = wrapped_aead(alg, false);
	if (IS_ERR(tfm))
		tfm = crypto_alloc_aead(alg->name, 0, 0);
	if (IS_ERR(tfm)) {
		if (PTR_ERR(tfm) == -ENOMEM)
			return -ENOMEM;
		return cmap_refuse(extack, alg->missing, -EOPNOTSUPP);
	}
	esp->aead_async = tfm;
	note_driver(esp, crypto_aead_driver_name(tfm));
	return key_aead(tfm, esp, key, key_len);
}

static int init_aead(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
		     unsigned int key_len, struct netlink_ext_ack *extack)
{
	char name[CRYPTO_MAX_ALG_NAME];
	struct crypto_aead *tfm;

	if (force_async)
		return async_aead(esp, alg, key, key_len, extack);
	if (alg->internal) {
		internal_name(name, alg);
		tfm = sync_aead(esp, name, CRYPTO_ALG_INTERNAL, key, key_len);
		if (IS_ERR(tfm))
			return PTR_ERR(tfm);
		esp->aead_simd = tfm;
	}
	tfm = sync_aead(esp, alg->name, 0, key, key_len);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	esp->aead = tfm;
	return tfm ? 0 : async_aead(esp, alg, key, key_len, extack);
}

/* ------------------------------------------------------------------------- */

static bool is_combined(const struct algorithm *alg)
{
	return alg->form == CMAP_ESP_AEAD || alg->form == CMAP_ESP_GMAC;
}

static int init_encryption(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
			   unsigned int key_len, u8 icv_len, struct netlink_ext_ack *extack)
{
	esp->form = alg->form;
	esp->align = alg->align;
	esp->iv_len = alg->iv_len;
	if (alg->form == CMAP_ESP_CBC) {
		get_random_bytes(esp->salt, sizeof(esp->salt));
	} else {
		key_len -= sizeof(esp->nonce);
		memcpy(esp->nonce, key + key_len, sizeof(esp->nonce));
	}
	if (!is_combined(alg))
		return init_cipher(esp, alg, key, key_len, extack);
	esp->icv_len = icv_len ?: 16;
	esp->authentic = true;
	return init_aead(esp, alg, key, key_len, extack);
}

static int init_auth(struct cmap_esp *esp, u16 auth, const u8 *key, unsigned int key_len,
		     struct netlink_ext_ack *extack)
{
	int err = cmap_hash_init(&esp->mac, &esp->icv_len, auth, key, key_len, extack);

	if (err)
		return err;
	esp->authentic = true;
	note_driver(esp, crypto_shash_driver_name(esp->mac));
	return 0;
}

/* Do the parts fit together? Text of the refusal, or NULL. */
static const char *misfit(const struct algorithm *alg, u16 auth, u8 icv_len, bool esn)
{
	bool combined = alg && is_combined(alg);

	if (combined && auth != CMAP_AUTH_NONE)
		return "a combined mode authenticates by itself";
	if (!combined && icv_len)
		return "only a combined mode has an ICV length of choice";
	if (icv_len && icv_len != 16 && !(alg->short_icv && (icv_len == 8 || icv_len == 12)))
		return "the ICV has 16 bytes, AES-GCM's may have 8 or 12";
	if (combined || auth != CMAP_AUTH_NONE)
		return NULL;
	if (!alg)
		return "neither a cipher nor authentication";
	if (alg->form == CMAP_ESP_CTR)
		return "AES-CTR needs authentication (RFC 3686 3)";
	return esn ? "extended sequence numbers need authentication" : NULL;
}

static const char *fault(u16 cipher, unsigned int key_len, u16 auth, unsigned int auth_len,
			 u8 icv_len, bool esn)
{
	if (cipher > CMAP_CIPHER_MAX)
		return "unknown cipher";
	if (auth > CMAP_AUTH_MAX)
		return "unknown authentication algorithm";
	if (cipher == CMAP_CIPHER_NULL && key_len)
		return "the NULL cipher takes no key";
	if (auth == CMAP_AUTH_NONE && auth_len)
		return "an authentication key without an algorithm";
	if (cipher == CMAP_CIPHER_NULL)
		return misfit(NULL, auth, icv_len, esn);
	return cmap_esp_cipher_key_fault(cipher, key_len) ?:
	       misfit(&ciphers[cipher], auth, icv_len, esn);
}

int cmap_esp_init(struct cmap_esp *esp, u16 cipher, const u8 *key, unsigned int key_len,
		  u16 auth, const u8 *auth_key, unsigned int auth_len, u8 icv_len, bool esn,
		  struct netlink_ext_ack *extack)
{
	const char *text = fault(cipher, key_len, auth, auth_len, icv_len, esn);
	int err = 0;

	if (text)
		return cmap_refuse(extack, text, -EINVAL);
	esp->align = 4;
	esp->esn = esn;
	if (cipher == CMAP_CIPHER_NULL)
		note_driver(esp, "null");
	else
		err = init_encryption(esp, &ciphers[cipher], key, key_len, icv_len, extack);
	if (!err && auth != CMAP_AUTH_NONE)
		err = init_auth(esp, auth, auth_key, auth_len, extack);
	if (err)
		cmap_esp_destroy(esp);
	return err;
}

void cmap_esp_destroy(struct cmap_esp *esp)
{
	if (esp->simd)
		crypto_free_sync_skcipher(esp->simd);
	if (esp->plain)
		crypto_free_sync_skcipher(esp->plain);
	if (esp->async)
		crypto_free_skcipher(esp->async);
	if (esp->aead_simd)
		crypto_free_aead(esp->aead_simd);
	if (esp->aead)
		crypto_free_aead(esp->aead);
	if (esp->aead_async)
		crypto_free_aead(esp->aead_async);
	if (esp->mac)
		crypto_free_shash(esp->mac);
	memzero_explicit(esp, sizeof(*esp));
}
