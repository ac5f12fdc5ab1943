// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keyed hashes: a packet, in any shape, comes in; its digest goes out. They
 * are synchronous everywhere.
 */
#include <crypto/hash.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include "cryptomap.h"
#include "hash.h"

/**
 * struct algorithm - a hash as RFC and kernel know it
 * @name: what the kernel calls it
 * @missing: text of the refusal if the kernel lacks it
 * @bad_key: text of the refusal of a key length
 * @key_len: bytes (RFC 2403, 2404, 4868)
 * @icv_len: truncated length
 */
struct algorithm {
	const char *name;
	const char *missing;
	const char *bad_key;
	u8 key_len;
	u8 icv_len;
};

/**
 * struct work - the hash that a CPU is at; bottom halves are off. On the stack
 *	it would be cleared for every packet, where the kernel clears stacks.
 * @desc: a struct shash_desc with room for any driver's state
 */
struct work {
	u8 desc[sizeof(struct shash_desc) + HASH_MAX_DESCSIZE] __aligned(ARCH_SLAB_MINALIGN);
};

static DEFINE_PER_CPU(struct work, work);

static const struct algorithm algorithms[] = {
	[CMAP_AUTH_HMAC_MD5_96] = {
		.name = "hmac(md5)", .icv_len = 12, .key_len = 16,
		.missing = "this kernel has no hmac(md5)",
		.bad_key = "an HMAC-MD5 key has 16 bytes",
	},
	[CMAP_AUTH_HMAC_SHA1_96] = {
		.name = "hmac(sha1)", .icv_len = 12, .key_len = 20,
		.missing = "this kernel has no hmac(sha1)",
		.bad_key = "an HMAC-SHA1 key has 20 bytes",
	},
	[CMAP_AUTH_HMAC_SHA2_256_128] = {
		.name = "hmac(sha256)", .icv_len = 16, .key_len = 32,
		.missing = "this kernel has no hmac(sha256)",
		.bad_key = "an HMAC-SHA2-256 key has 32 bytes",
	},
	[CMAP_AUTH_HMAC_SHA2_384_192] = {
		.name = "hmac(sha384)", .icv_len = 24, .key_len = 48,
		.missing = "this kernel has no hmac(sha384)",
		.bad_key = "an HMAC-SHA2-384 key has 48 bytes",
	},
	[CMAP_AUTH_HMAC_SHA2_512_256] = {
		.name = "hmac(sha512)", .icv_len = 32, .key_len = 64,
		.missing = "this kernel has no hmac(sha512)",
		.bad_key = "an HMAC-SHA2-512 key has 64 bytes",
	},
};

const char *cmap_hash_key_fault(u16 auth, unsigned int len)
{
	return len == algorithms[auth].key_len && len ? NULL : algorithms[auth].bad_key;
}

int cmap_hash_init(struct crypto_shash **mac, u8 *icv_len, u16 auth, const u8 *key,
		   unsigned int key_len, struct netlink_ext_ack *extack)
{
	const struct algorithm *alg = &algorithms[auth];
	const char *fault = cmap_hash_key_fault(auth, key_len);
	struct crypto_shash *tfm;

	if (fault)
		return cmap_refuse(extack, fault, -EINVAL);
	tfm = crypto_alloc_shash(alg->name, 0, 0);
	if (IS_ERR(tfm)) {
		if (PTR_ERR(tfm) == -ENOMEM)
			return -ENOMEM;
		return cmap_refuse(extack, alg->missing, -EOPNOTSUPP);
	}
	*mac = tfm;
	*icv_len = alg->icv_len;
	return crypto_shash_setkey(tfm, key, key_len);
}

/* A packet in pieces */
static int update(struct shash_desc *desc, const struct cmap_hash_input *in)
{
	unsigned int consumed = 0, n;
	struct skb_seq_state state;
	const u8 *data;
	int err = 0;

	if (in->offset + in->len <= skb_headlen(in->skb))
		return crypto_shash_update(desc, in->skb->data + in->offset, in->len);
	skb_prepare_seq_read(in->skb, in->offset, in->offset + in->len, &state);
	while ((n = skb_seq_read(consumed, &data, &state)) != 0) {
		/* A block ends where the memory does, not where we asked for. */
		n = min(n, in->len - consumed);
		err = crypto_shash_update(desc, data, n);
		consumed += n;
		if (err || consumed == in->len) {
			skb_abort_seq_read(&state);
			break;
		}
	}
	return err;
}

int cmap_hash_packet(struct crypto_shash *mac, const struct cmap_hash_input *in, u8 *out)
{
	struct shash_desc *desc = (void *)this_cpu_ptr(&work)->desc;
	int err;

	desc->tfm = mac;
	if (!in->head_len && !in->esn && in->offset + in->len <= skb_headlen(in->skb)) {
		err = crypto_shash_digest(desc, in->skb->data + in->offset, in->len, out);
		goto done;
	}
	err = crypto_shash_init(desc);
	if (!err && in->head_len)
		err = crypto_shash_update(desc, in->head, in->head_len);
	if (!err)
		err = update(desc, in);
	if (!err)
		err = crypto_shash_finup(desc, (const u8 *)&in->high, in->esn ? sizeof(in->high) : 0,
					 out);
done:
	/* Whoever finishes a hash wipes it. */
	if (unlikely(err))
		shash_desc_zero(desc);
	return err;
}
