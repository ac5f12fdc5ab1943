/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crypto.c and crypto_dh.c against published figures (RFC 2202, 4231, 3602,
 * FIPS 81, the MODP primes, RFC 5903, RFC 5114, NIST's for IKEv1) and against
 * RFC 2409's formulas worked out by another program
 * (selftests/vectors/ikev1_keys.py).
 */
#include <pthread.h>

#include "crypto.h"
#include "tap.h"
#include "vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint16_t hash_id(const json_t *c)
{
	const char *name = json_string_value(json_object_get(c, "hash"));

	return !strcmp(name, "md5") ? IKE_HASH_MD5 : !strcmp(name, "sha1") ? IKE_HASH_SHA :
	       !strcmp(name, "sha256") ? IKE_HASH_SHA256 : !strcmp(name, "sha384") ? IKE_HASH_SHA384 :
	       IKE_HASH_SHA512;
}

static uint16_t cipher_id(const json_t *c)
{
	const char *name = json_string_value(json_object_get(c, "cipher"));

	return !strcmp(name, "des") ? IKE_ENC_DES : !strcmp(name, "3des") ? IKE_ENC_3DES : IKE_ENC_AES;
}

static void test_prf(const char *file)
{
	json_t *doc = vectors_load(file), *c;
	size_t i;

	json_array_foreach(json_object_get(doc, "cases"), i, c) {
		uint8_t key[256], data[256], want[64], got[64];
		size_t key_len = vectors_hex(c, "key", key, sizeof(key));
		size_t len = vectors_hex(c, "data", data, sizeof(data));
		size_t n = vectors_hex(c, "digest", want, sizeof(want));
		struct crypto_bytes parts[] = { { data, len / 3 }, { data + len / 3, 0 },
						{ data + len / 3, len - len / 3 } };
		int ret = crypto_prf(hash_id(c), key, key_len, parts, 3, got);

		ok(!ret && !memcmp(got, want, n), "%s: HMAC-%s case %d", file,
		   json_string_value(json_object_get(c, "hash")),
		   (int)json_integer_value(json_object_get(c, "case")));
	}
	json_decref(doc);
}

/* Both ways, in two calls, so that the IV chains. */
static void try_cbc(const char *what, const struct ike_keys *k, const struct crypto_iv *first,
		    const uint8_t *plain, const uint8_t *cipher, size_t len)
{
	uint8_t buf[128];
	struct crypto_iv iv = *first;
	size_t cut = len > k->block_len ? k->block_len : len;
	int ret;

	memcpy(buf, plain, len);
	ret = crypto_encrypt(k, &iv, buf, cut);
	if (len > cut)
		ret |= crypto_encrypt(k, &iv, buf + cut, len - cut);
	ok(!ret && !memcmp(buf, cipher, len), "%s: encrypted", what);
	ok(!memcmp(iv.block, cipher + len - k->block_len, k->block_len), "%s: the IV is the last block", what);
	iv = *first;
	ret = crypto_decrypt(k, &iv, buf, cut);
	if (len > cut)
		ret |= crypto_decrypt(k, &iv, buf + cut, len - cut);
	ok(!ret && !memcmp(buf, plain, len), "%s: decrypted", what);
}

static void test_cbc(const char *file)
{
	json_t *doc = vectors_load(file), *c;
	size_t i;

	json_array_foreach(json_object_get(doc, "cases"), i, c) {
		bool aes = !json_object_get(c, "cipher") || json_object_get(c, "type");
		struct ike_keys k = { 0 };
		struct crypto_iv iv = { { 0 } };
		uint8_t plain[128], cipher[128];
		size_t len;
		char what[64];

		if (aes && strcmp(json_string_value(json_object_get(c, "type")), "aes-cbc"))
			continue;	/* whole ESP packets: the kernel's business */
		k.cipher = aes ? IKE_ENC_AES : cipher_id(c);
		k.key_len = vectors_hex(c, "key", k.key, sizeof(k.key));
		k.key_bits = aes ? (uint16_t)(k.key_len * 8) : 0;
		k.block_len = crypto_block_len(k.cipher);
		vectors_hex(c, "iv", iv.block, sizeof(iv.block));
		len = vectors_hex(c, "plain", plain, sizeof(plain));
		vectors_hex(c, aes ? "cipher" : "encrypted", cipher, sizeof(cipher));
		snprintf(what, sizeof(what), "%s case %d", file,
			 (int)json_integer_value(json_object_get(c, "case")));
		try_cbc(what, &k, &iv, plain, cipher, len);
	}
	json_decref(doc);
}

static void check_hex(const json_t *c, const char *key, const uint8_t *got, size_t len, int ret)
{
	uint8_t want[256];
	size_t n = vectors_hex(c, key, want, sizeof(want));

	ok(!ret && n == len && !memcmp(want, got, n), "ikev1 %s %s-%d: %s",
	   json_string_value(json_object_get(c, "hash")),
	   json_object_get(c, "cipher") ? json_string_value(json_object_get(c, "cipher")) : "NIST",
	   (int)json_integer_value(json_object_get(c, "key_bits")), key);
}

struct inputs {
	uint8_t psk[64], ni[64], nr[64], gxi[256], gxr[256], gxy[256];
	uint8_t icookie[8], rcookie[8], sai[64], idi[64], idr[64], rest[128], pfs[256];
	size_t sai_len, idi_len, idr_len, rest_len;
	uint32_t msgid;
	struct crypto_phase1 p1;
	struct crypto_phase2 p2;
};

static void read_inputs(const json_t *c, struct inputs *in)
{
	memset(in, 0, sizeof(*in));
#define FIELD(f) ((struct crypto_bytes){ in->f, vectors_hex(c, #f, in->f, sizeof(in->f)) })
	in->p1 = (struct crypto_phase1){
		.cipher = cipher_id(c), .hash = hash_id(c),
		.key_bits = (uint16_t)json_integer_value(json_object_get(c, "key_bits")),
		.psk = FIELD(psk), .ni = FIELD(ni), .nr = FIELD(nr),
		.gxi = FIELD(gxi), .gxr = FIELD(gxr), .gxy = FIELD(gxy),
		.icookie = in->icookie, .rcookie = in->rcookie,
	};
	vectors_hex(c, "icookie", in->icookie, 8);
	vectors_hex(c, "rcookie", in->rcookie, 8);
	in->sai_len = vectors_hex(c, "sai_b", in->sai, sizeof(in->sai));
	in->idi_len = vectors_hex(c, "idi_b", in->idi, sizeof(in->idi));
	in->idr_len = vectors_hex(c, "idr_b", in->idr, sizeof(in->idr));
	in->rest_len = vectors_hex(c, "rest", in->rest, sizeof(in->rest));
	in->msgid = (uint32_t)json_integer_value(json_object_get(c, "msgid"));
	in->p2.protocol = IPSEC_PROTO_ESP;
	vectors_hex(c, "spi", in->p2.spi, 4);
	in->p2.ni_b = in->p1.ni;
	in->p2.nr_b = in->p1.nr;
}

static void check_phase2(const json_t *c, const struct ike_keys *k, struct inputs *in)
{
	uint8_t out[96];
	int ret;

	ret = crypto_hash1(k, in->msgid, in->rest, in->rest_len, out);
	check_hex(c, "hash1", out, k->hash_len, ret);
	ret = crypto_hash2(k, in->msgid, in->p1.ni, in->rest, in->rest_len, out);
	check_hex(c, "hash2", out, k->hash_len, ret);
	ret = crypto_hash3(k, in->msgid, in->p1.ni, in->p1.nr, out);
	check_hex(c, "hash3", out, k->hash_len, ret);
	ret = crypto_keymat(k, &in->p2, out, sizeof(out));
	check_hex(c, "keymat", out, sizeof(out), ret);
	in->p2.gxy = FIELD(pfs);
	ret = crypto_keymat(k, &in->p2, out, sizeof(out));
	check_hex(c, "keymat_pfs", out, sizeof(out), ret);
}

static void test_keys(void)
{
	json_t *doc = vectors_load("ikev1_keys.json"), *c;
	size_t i;

	json_array_foreach(json_object_get(doc, "cases"), i, c) {
		struct inputs in;
		struct crypto_auth auth;
		struct crypto_iv iv;
		struct ike_keys *k;
		const char *why = "";
		uint8_t out[64];
		int ret;

		read_inputs(c, &in);
		k = crypto_keys_psk(&in.p1, &why);
		if (!ok(k != NULL, "ikev1 keys%s", why))
			continue;
		check_hex(c, "skeyid", k->skeyid, k->hash_len, 0);
		check_hex(c, "skeyid_d", k->skeyid_d, k->hash_len, 0);
		check_hex(c, "skeyid_a", k->skeyid_a, k->hash_len, 0);
		check_hex(c, "skeyid_e", k->skeyid_e, k->hash_len, 0);
		check_hex(c, "key", k->key, k->key_len, 0);
		check_hex(c, "iv", k->iv.block, k->block_len, 0);
		ret = crypto_phase2_iv(k, in.msgid, &iv);
		check_hex(c, "iv2", iv.block, k->block_len, ret);
		auth = (struct crypto_auth){ in.p1.gxi, in.p1.gxr, in.icookie, in.rcookie,
					     { in.sai, in.sai_len }, { in.idi, in.idi_len } };
		ret = crypto_hash_i(k, &auth, out);
		check_hex(c, "hash_i", out, k->hash_len, ret);
		auth.id_b = (struct crypto_bytes){ in.idr, in.idr_len };
		ret = crypto_hash_r(k, &auth, out);
		check_hex(c, "hash_r", out, k->hash_len, ret);
		check_phase2(c, k, &in);
		crypto_keys_free(k);
	}
	json_decref(doc);
}

/*
 * NIST's figures for IKEv1 (CAVP, SP 800-135, with signatures). They differ
 * from pre-shared keys in SKEYID alone, prf(Ni | Nr, g^xy), which is the same
 * function of other inputs.
 */
static void test_nist(void)
{
	json_t *doc = vectors_load("nist_ikev1.json"), *c;
	size_t i;

	json_array_foreach(json_object_get(doc, "cases"), i, c) {
		uint8_t nonces[16], gxy[256], icookie[8], rcookie[8];
		size_t ni = vectors_hex(c, "ni", nonces, 8), nr = vectors_hex(c, "nr", nonces + ni, sizeof(nonces) - ni);
		size_t len = vectors_hex(c, "gxy", gxy, sizeof(gxy));
		struct crypto_phase1 in = {
			.cipher = IKE_ENC_AES, .key_bits = 128, .hash = hash_id(c), .psk = { nonces, ni + nr },
			.ni = { gxy, len }, .gxi = { gxy, len }, .gxr = { gxy, len }, .gxy = { gxy, len },
			.icookie = icookie, .rcookie = rcookie,
		};
		const char *why = "";
		struct ike_keys *k;

		vectors_hex(c, "icookie", icookie, 8);
		vectors_hex(c, "rcookie", rcookie, 8);
		k = crypto_keys_psk(&in, &why);
		if (!ok(k != NULL, "NIST, IKEv1%s", why))
			continue;
		check_hex(c, "skeyid", k->skeyid, k->hash_len, 0);
		check_hex(c, "skeyid_d", k->skeyid_d, k->hash_len, 0);
		check_hex(c, "skeyid_a", k->skeyid_a, k->hash_len, 0);
		check_hex(c, "skeyid_e", k->skeyid_e, k->hash_len, 0);
		crypto_keys_free(k);
	}
	json_decref(doc);
}

/* RFC 2409 appendix B: longer than the PRF: K1 | K2 ...; else SKEYID_e itself. */
static void test_stretch(void)
{
	uint8_t e[64], out[72], k1[20], k2[20], zero = 0;
	struct crypto_bytes in = { &zero, 1 };

	memset(e, 0x42, sizeof(e));
	crypto_stretch(IKE_HASH_SHA, e, out, 16);
	ok(!memcmp(out, e, 16), "stretch: 16 of 20 bytes are SKEYID_e's own");
	crypto_stretch(IKE_HASH_SHA, e, out, 20);
	ok(!memcmp(out, e, 20), "stretch: 20 of 20 bytes are SKEYID_e's own");
	crypto_prf(IKE_HASH_SHA, e, 20, &in, 1, k1);
	in = (struct crypto_bytes){ k1, 20 };
	crypto_prf(IKE_HASH_SHA, e, 20, &in, 1, k2);
	crypto_stretch(IKE_HASH_SHA, e, out, 32);
	ok(!memcmp(out, k1, 20) && !memcmp(out + 20, k2, 12), "stretch: 32 bytes are K1 | K2, cut");
	ok(crypto_stretch(99, e, out, 8) == -1, "stretch: an unknown hash is refused");
}

struct half {
	struct crypto_dh *dh;
	int ret;
};

static void *generate(void *arg)
{
	struct half *h = arg;

	h->ret = crypto_dh_generate(h->dh);
	return NULL;
}

static void *agree(void *arg)
{
	struct half *h = arg;

	h->ret = crypto_dh_agree(h->dh);
	return NULL;
}

/* Both halves at once, as the daemon's workers do it. */
static int both(struct half h[2], void *(*fn)(void *))
{
	pthread_t t[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, fn, &h[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	return h[0].ret | h[1].ret;
}

static void test_agreement(uint16_t group)
{
	struct half h[2] = { { crypto_dh_new(group), -1 }, { crypto_dh_new(group), -1 } };
	const uint8_t *pub[2], *secret[2];
	const char *why = NULL;
	size_t len[2], slen[2];
	int ret = both(h, generate);

	for (int i = 0; i < 2; i++)
		pub[i] = crypto_dh_public(h[i].dh, &len[i]);
	ok(!ret && len[0] == crypto_group_len(group) && len[1] == len[0] && memcmp(pub[0], pub[1], len[0]),
	   "group %u: two different public values of %zu bytes", group, len[0]);
	ret = crypto_dh_set_peer(h[0].dh, pub[1], len[1], &why) |
	      crypto_dh_set_peer(h[1].dh, pub[0], len[0], &why);
	ok(!ret, "group %u: each takes the other's value", group);
	ok(!crypto_dh_secret(h[0].dh, &slen[0]) && !slen[0], "group %u: no secret before", group);
	ret = both(h, agree);
	for (int i = 0; i < 2; i++)
		secret[i] = crypto_dh_secret(h[i].dh, &slen[i]);
	ok(!ret && slen[0] == (group >= 19 && group <= 21 ? len[0] / 2 : len[0]) && slen[1] == slen[0] && !memcmp(secret[0], secret[1], slen[0]),
	   "group %u: the same secret on both sides", group);
	crypto_dh_free(h[0].dh);
	crypto_dh_free(h[1].dh);
}

static void refuse(struct crypto_dh *dh, const uint8_t *y, size_t len, const char *want)
{
	const char *why = NULL;
	int ret = crypto_dh_set_peer(dh, y, len, &why);

	ok(ret == -1 && why && strstr(why, want), "group %u: refused: %s", crypto_dh_group(dh), want);
}

/* The prime that crypto_dh.c holds is the published one: p-1 and p are refused, p-2 is not. */
static void test_degenerate(const json_t *g, uint16_t group)
{
	struct crypto_dh *dh = crypto_dh_new(group);
	uint8_t p[ISAKMP_DH_MAX + 1] = { 0 }, y[ISAKMP_DH_MAX + 1] = { 0 };
	size_t len = vectors_hex(g, "prime", p, ISAKMP_DH_MAX), n;
	const uint8_t *secret, *pub;
	const char *why = NULL;

	ok(len == crypto_group_len(group), "group %u: %zu bytes", group, len);
	refuse(dh, y, len, "is 0");
	y[len - 1] = 1;
	refuse(dh, y, len, "is 1");
	refuse(dh, p, len, "not below");
	p[len - 1]--;
	refuse(dh, p, len, "less 1");
	refuse(dh, p, len - 1, "shorter");
	refuse(dh, p, len + 1, "longer");
	memset(y, 0xff, len);
	refuse(dh, y, len, "not below");
	p[len - 1]--;
	ok(!crypto_dh_set_peer(dh, p, len, &why), "group %u: p-2 is taken", group);
	memset(y, 0, len);
	y[len - 1] = 2;
	ok(!crypto_dh_set_peer(dh, y, len, &why) && crypto_dh_agree(dh) == -1,
	   "group %u: 2 is taken; no secret without a value of our own", group);
	ok(!crypto_dh_generate(dh) && !crypto_dh_agree(dh), "group %u: computed", group);
	secret = crypto_dh_secret(dh, &n);
	pub = crypto_dh_public(dh, &n);
	ok(!memcmp(secret, pub, n), "group %u: the generator's power is the public value", group);
	crypto_dh_free(dh);
}

/* A published pair of halves, whose private values are known: from both sides. */
static void test_published(const json_t *c)
{
	static const char *const side[][3] = { { "private_i", "public_i", "public_r" },
					       { "private_r", "public_r", "public_i" } };
	uint16_t group = (uint16_t)json_integer_value(json_object_get(c, "group"));
	const char *source = json_string_value(json_object_get(c, "source")), *why = NULL;
	uint8_t x[66], pub[256], peer[256], want[256];
	size_t i;

	for (i = 0; i < 2; i++) {
		struct crypto_dh *dh = crypto_dh_new(group);
		size_t x_len = vectors_hex(c, side[i][0], x, sizeof(x)), n = 0, secret_len = 0;
		size_t len = vectors_hex(c, side[i][1], pub, sizeof(pub));
		size_t want_len = vectors_hex(c, "secret", want, sizeof(want));
		const uint8_t *got, *secret;

		ok(crypto_dh_set_private(dh, x, x_len - 1) == -1, "%s: a private value that is short is none", source);
		ok(!crypto_dh_set_private(dh, x, x_len), "%s: %s", source, side[i][0]);
		got = crypto_dh_public(dh, &n);
		ok(got && n == len && !memcmp(got, pub, n), "%s: %s", source, side[i][1]);
		len = vectors_hex(c, side[i][2], peer, sizeof(peer));
		ok(!crypto_dh_set_peer(dh, peer, len, &why) && !crypto_dh_agree(dh), "%s: agreed with %s", source, side[i][2]);
		secret = crypto_dh_secret(dh, &secret_len);
		ok(secret && secret_len == want_len && !memcmp(secret, want, want_len), "%s: the secret, from %s", source,
		   side[i][0]);
		crypto_dh_free(dh);
	}
}

/* What a peer must not send: its value is @c's public_r, with one thing wrong. */
static void test_bad_point(const json_t *c)
{
	uint16_t group = (uint16_t)json_integer_value(json_object_get(c, "group"));
	struct crypto_dh *dh = crypto_dh_new(group);
	uint8_t y[133] = { 0 }, x[66] = { 0 };
	size_t len = crypto_group_len(group);

	refuse(dh, y, len, "not a point");	/* where some write the point at infinity */
	vectors_hex(c, "public_r", y, sizeof(y));
	refuse(dh, y, len - 1, "shorter");
	refuse(dh, y, len + 1, "longer");
	y[len - 1] ^= 1;
	refuse(dh, y, len, "not a point");
	memset(y, 0xff, len);
	refuse(dh, y, len, "not a point");	/* coordinates not below the prime */
	ok(crypto_dh_set_private(dh, x, len / 2) == -1, "group %u: 0 is no private value", group);
	memset(x, 0xff, sizeof(x));
	ok(crypto_dh_set_private(dh, x, len / 2) == -1, "group %u: nor is what is above the order", group);
	crypto_dh_free(dh);
}

/* Group 24's subgroup is small in its group: nearly all values below p are outside. */
static void test_subgroup(void)
{
	struct crypto_dh *dh = crypto_dh_new(24);
	uint8_t y[256] = { 0 };

	refuse(dh, y, sizeof(y), "is 0");
	y[255] = 1;
	refuse(dh, y, sizeof(y), "is 1");
	y[255] = 2;
	refuse(dh, y, sizeof(y), "subgroup");
	memset(y, 0xff, sizeof(y));
	refuse(dh, y, sizeof(y), "not below");
	crypto_dh_free(dh);
}

static void test_dh_published(void)
{
	json_t *doc = vectors_load("dh.json"), *c;
	size_t i;

	json_array_foreach(json_object_get(doc, "cases"), i, c) {
		test_published(c);
		if (json_integer_value(json_object_get(c, "group")) != 24)
			test_bad_point(c);
	}
	test_subgroup();
	json_decref(doc);
}

static void test_dh(void)
{
	static const uint16_t groups[] = { 1, 2, 5, 14, 15, 16, 19, 20, 21, 24 };
	json_t *doc = vectors_load("modp_primes.json"), *g;
	size_t i;

	for (i = 0; i < COUNT(groups); i++)
		test_agreement(groups[i]);
	json_array_foreach(doc, i, g) {
		uint16_t group = (uint16_t)json_integer_value(json_object_get(g, "group"));

		if (group > 16)
			ok(!crypto_group_len(group) && !crypto_dh_new(group), "group %u is not ours", group);
		else
			test_degenerate(g, group);
	}
	ok(!crypto_dh_new(0) && !crypto_dh_new(3) && !crypto_dh_new(22) && !crypto_dh_new(25), "unknown groups are refused");
	json_decref(doc);
}

static void test_algorithms(void)
{
	static const struct {
		uint16_t cipher, bits;
		size_t key, block;
	} t[] = {
		{ IKE_ENC_DES, 0, 8, 8 }, { IKE_ENC_3DES, 0, 24, 8 }, { IKE_ENC_AES, 128, 16, 16 },
		{ IKE_ENC_AES, 192, 24, 16 }, { IKE_ENC_AES, 256, 32, 16 },
	};
	static const size_t hash[] = { 0, 16, 20, 0, 32, 48, 64, 0 };

	for (size_t i = 0; i < COUNT(t); i++)
		ok(crypto_cipher_ok(t[i].cipher, t[i].bits) && crypto_block_len(t[i].cipher) == t[i].block &&
		   crypto_key_len(t[i].cipher, t[i].bits) == t[i].key,
		   "cipher %u-%u: key %zu, block %zu", t[i].cipher, t[i].bits, t[i].key, t[i].block);
	ok(!crypto_cipher_ok(IKE_ENC_AES, 0) && !crypto_cipher_ok(IKE_ENC_AES, 64) &&
	   !crypto_cipher_ok(IKE_ENC_DES, 64) && !crypto_cipher_ok(IKE_ENC_BLOWFISH, 128),
	   "unknown ciphers and key lengths are refused");
	for (uint16_t i = 0; i < COUNT(hash); i++)
		ok(crypto_hash_len(i) == hash[i], "hash %u: %zu bytes", i, hash[i]);
}

/* A SKEYID_e that starts with a weak DES key cannot be had on demand; the cipher's own refusal can. */
static void test_des_weak(void)
{
	static const uint8_t weak[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	struct ike_keys k = { .cipher = IKE_ENC_DES, .block_len = 8, .key_len = 8 };
	struct crypto_iv iv = { { 0 } };
	uint8_t data[8] = { 0 };

	memcpy(k.key, weak, 8);
	ok(crypto_encrypt(&k, &iv, data, 8) == -1, "DES: a weak key is refused");
	k.cipher = IKE_ENC_3DES;
	k.key_len = 24;
	for (int i = 0; i < 3; i++)
		memcpy(k.key + 8 * i, weak, 8);
	ok(!crypto_encrypt(&k, &iv, data, 8), "3DES: whatever the peer also derives is taken");
}

static void test_misuse(void)
{
	struct ike_keys k = { .cipher = IKE_ENC_AES, .key_bits = 128, .block_len = 16, .key_len = 16 };
	struct crypto_iv iv = { { 7 } }, before = iv;
	struct crypto_phase1 p1 = { .cipher = IKE_ENC_CAST, .hash = IKE_HASH_SHA };
	const char *why = NULL;
	uint8_t data[32] = { 0 };

	ok(crypto_decrypt(&k, &iv, data, 15) == -1 && crypto_decrypt(&k, &iv, data, 0) == -1 &&
	   crypto_encrypt(&k, &iv, data, 17) == -1, "CBC: no part of a block");
	ok(!memcmp(&iv, &before, sizeof(iv)), "CBC: a refusal leaves the IV alone");
	ok(!crypto_keys_psk(&p1, &why) && why, "keys: an unknown cipher is refused");
	p1 = (struct crypto_phase1){ .cipher = IKE_ENC_DES, .hash = IKE_HASH_TIGER };
	ok(!crypto_keys_psk(&p1, &why) && why, "keys: an unknown hash is refused");
	crypto_keys_free(NULL);
	crypto_dh_free(NULL);
	crypto_secure_free(NULL);
}

static void *fill_secure(void *arg)
{
	static const size_t len[] = { 1, 63, 64, 65, 336, 1000, 16384, 16385, 100000 };
	uint8_t *p[COUNT(len)];
	bool *good = arg;

	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < COUNT(len); i++) {
			p[i] = crypto_secure_alloc(len[i]);
			*good = *good && p[i] && !((uintptr_t)p[i] & 15) && crypto_secure_size(p[i]) >= len[i] &&
				crypto_secure_is(p[i]) == (len[i] <= 16384);
			for (size_t k = 0; k < len[i]; k++)
				*good = *good && !p[i][k];
			memset(p[i], 0xff, len[i]);
		}
		for (size_t i = COUNT(len); i--; )
			crypto_secure_free(p[i]);
	}
	return NULL;
}

/* Aligned, zeroed also when it was used before, and from several threads at once. */
static void test_memory(void)
{
	bool good[2] = { true, true };
	pthread_t t[2];
	int on_stack;

	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, fill_secure, &good[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	ok(good[0] && good[1], "secure memory: zeroed, aligned, as long as asked for");
	ok(!crypto_secure_is(&on_stack), "other memory is not secure");
}

static void test_random(void)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 }, zero[32] = { 0 };
	bool in_range = true, both_ends[2] = { false, false };

	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	ok(memcmp(a, b, 32) && memcmp(a, zero, 32), "random bytes differ");
	ok(!crypto_equal(a, b, 32) && crypto_equal(a, a, 32) && crypto_equal(a, b, 0), "crypto_equal()");
	memcpy(b, a, 32);
	b[31] ^= 1;
	ok(!crypto_equal(a, b, 32), "crypto_equal() sees the last bit");
	crypto_random_cookie(a);
	ok(memcmp(a, zero, 8) && crypto_random_msgid(), "cookie and message id are not zero");
	for (int i = 0; i < 1000; i++) {
		uint32_t r = crypto_random_below(3);

		in_range = in_range && r < 3;
		both_ends[0] = both_ends[0] || r == 0;
		both_ends[1] = both_ends[1] || r == 2;
	}
	ok(in_range && both_ends[0] && both_ends[1] && !crypto_random_below(1), "random_below()");
	crypto_wipe(a, sizeof(a));
	ok(!memcmp(a, zero, 32), "crypto_wipe()");
}

int main(void)
{
	const char *why = "";

	if (!ok(!crypto_init(&why), "libgcrypt is ready %s", why))
		return done_testing();
	test_algorithms();
	test_prf("rfc2202.json");
	test_prf("rfc4231.json");
	test_cbc("rfc3602.json");
	test_cbc("cbc.json");
	test_stretch();
	test_keys();
	test_nist();
	test_dh();
	test_dh_published();
	test_des_weak();
	test_misuse();
	test_memory();
	test_random();
	crypto_fini();
	return done_testing();
}
