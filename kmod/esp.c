// SPDX-License-Identifier: GPL-2.0-only
/*
 * ESP's transforms (RFC 4303): a packet with room for header and trailer comes
 * in and leaves encrypted and authenticated, or the other way round.
 *
 * Synchronous drivers are the rule: the request lives on the stack, nothing is
 * allocated and nothing is ever in flight. On x86 before 6.16 the fast CBC is
 * only reachable as the internal algorithm "__cbc(aes)", which may be called
 * where the SIMD unit is usable; a plain one stands by for elsewhere. Where a
 * kernel has no synchronous driver at all, an asynchronous one is used: one
 * block of memory per operation, and its completion runs the same second half.
 * Both end in cmap_out_done() or cmap_in_done(), which own the packet.
 *
 * IV (RFC 3602 3, RFC 2451 2.3 ask for unpredictable ones): the sequence
 * number is put where the IV goes, and encryption starts there, chained from
 * the SA's secret random salt. What comes out, E(number ^ salt), is a fresh
 * block no observer can foretell (NIST SP 800-38A, appendix C, first method),
 * and CBC goes on from it: one call of the cipher, no random bytes per packet.
 */
#include <asm/simd.h>
#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <crypto/internal/simd.h>
#include <crypto/skcipher.h>
#include <linux/crypto.h>
#include <linux/moduleparam.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/skbuff.h>
#include <linux/unaligned.h>
#include "cryptomap.h"
#include "esp.h"

static bool force_async;
module_param(force_async, bool, 0644);
MODULE_PARM_DESC(force_async, "For tests: new SAs use the asynchronous path, through cryptd");

/**
 * struct algorithm - a cipher or hash as RFC and kernel know it
 * @name: what the kernel calls it
 * @missing: text of the refusal if the kernel lacks it
 * @bad_key: text of the refusal of a key length
 * @key_len: key lengths, 0 ends
 * @block: cipher: block and IV size
 * @icv_len: hash: truncated length
 * @internal: cipher: may exist as an internal SIMD driver
 */
struct algorithm {
	const char *name;
	const char *missing;
	const char *bad_key;
	u8 key_len[3];
	u8 block;
	u8 icv_len;
	bool internal;
};

static const struct algorithm ciphers[] = {
	[CMAP_CIPHER_DES_CBC] = {
		.name = "cbc(des)", .block = 8, .key_len = { 8 },
		.missing = "this kernel has no cbc(des)",
		.bad_key = "a DES key has 8 bytes",
	},
	[CMAP_CIPHER_3DES_CBC] = {
		.name = "cbc(des3_ede)", .block = 8, .key_len = { 24 },
		.missing = "this kernel has no cbc(des3_ede)",
		.bad_key = "a 3DES key has 24 bytes",
	},
	[CMAP_CIPHER_AES_CBC] = {
		.name = "cbc(aes)", .block = 16, .key_len = { 16, 24, 32 }, .internal = true,
		.missing = "this kernel has no cbc(aes)",
		.bad_key = "an AES key has 16, 24 or 32 bytes",
	},
};

static const struct algorithm auths[] = {
	[CMAP_AUTH_HMAC_MD5_96] = {
		.name = "hmac(md5)", .icv_len = 12, .key_len = { 16 },
		.missing = "this kernel has no hmac(md5)",
		.bad_key = "an HMAC-MD5 key has 16 bytes",
	},
	[CMAP_AUTH_HMAC_SHA1_96] = {
		.name = "hmac(sha1)", .icv_len = 12, .key_len = { 20 },
		.missing = "this kernel has no hmac(sha1)",
		.bad_key = "an HMAC-SHA1 key has 20 bytes",
	},
	[CMAP_AUTH_HMAC_SHA2_256_128] = {
		.name = "hmac(sha256)", .icv_len = 16, .key_len = { 32 },
		.missing = "this kernel has no hmac(sha256)",
		.bad_key = "an HMAC-SHA2-256 key has 32 bytes",
	},
	[CMAP_AUTH_HMAC_SHA2_384_192] = {
		.name = "hmac(sha384)", .icv_len = 24, .key_len = { 48 },
		.missing = "this kernel has no hmac(sha384)",
		.bad_key = "an HMAC-SHA2-384 key has 48 bytes",
	},
	[CMAP_AUTH_HMAC_SHA2_512_256] = {
		.name = "hmac(sha512)", .icv_len = 32, .key_len = { 64 },
		.missing = "this kernel has no hmac(sha512)",
		.bad_key = "an HMAC-SHA2-512 key has 64 bytes",
	},
};

/* ------------------------------------------------------------------------- */
/* Set up and tear down                                                       */

static int refuse(struct netlink_ext_ack *extack, const char *text, int err)
{
	if (extack)
		extack->_msg = text;
	return err;
}

static const char *key_fault(const struct algorithm *alg, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(alg->key_len); i++)
		if (len && alg->key_len[i] == len)
			return NULL;
	return alg->bad_key;
}

const char *cmap_esp_cipher_key_fault(u16 cipher, unsigned int len)
{
	return cipher < ARRAY_SIZE(ciphers) ? key_fault(&ciphers[cipher], len) : NULL;
}

const char *cmap_esp_auth_key_fault(u16 auth, unsigned int len)
{
	return key_fault(&auths[auth], len);
}

static int check_key(const struct algorithm *alg, unsigned int len,
		     struct netlink_ext_ack *extack)
{
	const char *fault = key_fault(alg, len);

	return fault ? refuse(extack, fault, -EINVAL) : 0;
}

static void note_driver(struct cmap_esp *esp, const char *name)
{
	if (esp->driver[0])
		strlcat(esp->driver, " ", sizeof(esp->driver));
	strlcat(esp->driver, name, sizeof(esp->driver));
}

/* A keyed synchronous driver, NULL if there is none, or an error. */
static struct crypto_sync_skcipher *sync_driver(struct cmap_esp *esp, const char *name, u32 type,
						u32 mask, const u8 *key, unsigned int key_len)
{
	struct crypto_sync_skcipher *tfm;
	int err;

	tfm = crypto_alloc_sync_skcipher(name, type, mask);
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

static int async_driver(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
			unsigned int key_len, struct netlink_ext_ack *extack)
{
	struct crypto_skcipher *tfm = ERR_PTR(-ENOENT);
	char name[CRYPTO_MAX_ALG_NAME];

	if (force_async) {
		snprintf(name, sizeof(name), "cryptd(%s)", alg->name);
		tfm = crypto_alloc_skcipher(name, 0, 0);
	}
	if (IS_ERR(tfm))
		tfm = crypto_alloc_skcipher(alg->name, 0, 0);
	if (IS_ERR(tfm)) {
		if (PTR_ERR(tfm) == -ENOMEM)
			return -ENOMEM;
		return refuse(extack, alg->missing, -EOPNOTSUPP);
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
	int err;

	err = check_key(alg, key_len, extack);
	if (err)
		return err;
	esp->align = alg->block;
	esp->iv_len = alg->block;
	get_random_bytes(esp->salt, sizeof(esp->salt));
	if (force_async)
		return async_driver(esp, alg, key, key_len, extack);

	if (alg->internal) {
		snprintf(name, sizeof(name), "__%s", alg->name);
		tfm = sync_driver(esp, name, CRYPTO_ALG_INTERNAL, CRYPTO_ALG_INTERNAL, key,
				  key_len);
		if (IS_ERR(tfm))
			return PTR_ERR(tfm);
		esp->simd = tfm;
	}
	tfm = sync_driver(esp, alg->name, 0, 0, key, key_len);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	esp->plain = tfm;
	if (tfm)
		return 0;
	return async_driver(esp, alg, key, key_len, extack);
}

static int init_auth(struct cmap_esp *esp, const struct algorithm *alg, const u8 *key,
		     unsigned int key_len, struct netlink_ext_ack *extack)
{
	struct crypto_shash *tfm;
	int err;

	err = check_key(alg, key_len, extack);
	if (err)
		return err;
	tfm = crypto_alloc_shash(alg->name, 0, 0);
	if (IS_ERR(tfm)) {
		if (PTR_ERR(tfm) == -ENOMEM)
			return -ENOMEM;
		return refuse(extack, alg->missing, -EOPNOTSUPP);
	}
	esp->mac = tfm;
	esp->authentic = true;
	esp->icv_len = alg->icv_len;
	note_driver(esp, crypto_shash_driver_name(tfm));
	return crypto_shash_setkey(tfm, key, key_len);
}

int cmap_esp_init(struct cmap_esp *esp, u16 cipher, const u8 *key, unsigned int key_len,
		  u16 auth, const u8 *auth_key, unsigned int auth_len, u8 icv_len, bool esn,
		  struct netlink_ext_ack *extack)
{
	int err = 0;

	if (cipher > CMAP_CIPHER_MAX)
		return refuse(extack, "unknown cipher", -EINVAL);
	if (cipher >= ARRAY_SIZE(ciphers))
		return refuse(extack, "this module has no such cipher", -EOPNOTSUPP);
	if (auth > CMAP_AUTH_MAX)
		return refuse(extack, "unknown authentication algorithm", -EINVAL);
	if (cipher == CMAP_CIPHER_NULL && auth == CMAP_AUTH_NONE)
		return refuse(extack, "neither a cipher nor authentication", -EINVAL);
	if (cipher == CMAP_CIPHER_NULL && key_len)
		return refuse(extack, "the NULL cipher takes no key", -EINVAL);
	if (auth == CMAP_AUTH_NONE && auth_len)
		return refuse(extack, "an authentication key without an algorithm", -EINVAL);

	esp->align = 4;
	if (cipher != CMAP_CIPHER_NULL)
		err = init_cipher(esp, &ciphers[cipher], key, key_len, extack);
	else
		note_driver(esp, "null");
	if (!err && auth != CMAP_AUTH_NONE)
		err = init_auth(esp, &auths[auth], auth_key, auth_len, extack);
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
	if (esp->mac)
		crypto_free_shash(esp->mac);
	memzero_explicit(esp, sizeof(*esp));
}

/* ------------------------------------------------------------------------- */
/* The hash                                                                   */

static noinline_for_stack int digest(struct crypto_shash *tfm, struct sk_buff *skb,
				     unsigned int len, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, tfm);
	unsigned int consumed = 0, n;
	struct skb_seq_state state;
	const u8 *data;
	int err;

	desc->tfm = tfm;
	if (len <= skb_headlen(skb)) {
		err = crypto_shash_digest(desc, skb->data, len, out);
		goto wipe;
	}
	err = crypto_shash_init(desc);
	if (err)
		goto wipe;
	skb_prepare_seq_read(skb, 0, len, &state);
	while ((n = skb_seq_read(consumed, &data, &state)) != 0) {
		/* A block ends where the memory does, not where we asked for. */
		n = min(n, len - consumed);
		err = crypto_shash_update(desc, data, n);
		consumed += n;
		if (err) {
			skb_abort_seq_read(&state);
			goto wipe;
		}
	}
	err = crypto_shash_final(desc, out);
wipe:
	shash_desc_zero(desc);
	return err;
}

static int write_icv(const struct cmap_esp *esp, struct sk_buff *skb)
{
	u8 mac[HASH_MAX_DIGESTSIZE];
	unsigned int covered = skb->len - esp->icv_len;
	int err;

	if (!esp->mac)
		return 0;
	err = digest(esp->mac, skb, covered, mac);
	if (!err)
		memcpy(skb->data + covered, mac, esp->icv_len);
	return err;
}

static int check_icv(const struct cmap_esp *esp, struct sk_buff *skb)
{
	u8 mac[HASH_MAX_DIGESTSIZE], icv[CMAP_ESP_ICV_MAX];
	unsigned int covered = skb->len - esp->icv_len;
	int err;

	if (!esp->mac)
		return 0;
	err = digest(esp->mac, skb, covered, mac);
	if (err)
		return err;
	if (skb_copy_bits(skb, covered, icv, esp->icv_len))
		return -EBADMSG;
	return crypto_memneq(mac, icv, esp->icv_len) ? -EBADMSG : 0;
}

/* ------------------------------------------------------------------------- */
/* The cipher                                                                 */

/* nonce block, payload's head and frags, trailer */
#define SG_MAX (MAX_SKB_FRAGS + 3)

/**
 * struct job - one operation of the cipher; on the stack, or one allocation
 *	with the driver's request behind it
 * @sa: the SA; an asynchronous job holds a reference
 * @skb: the ESP packet; linear, the result is written there
 * @from: where the input's frags are, NULL when in place; consumed
 * @sealing: encrypt, else decrypt
 * @len: bytes the cipher works on
 * @iv: the chain's start; the driver changes it
 * @dst: where to; in place also where from
 * @src: where from, when out of place: SG_MAX entries, this CPU's until the
 *	cipher has them, or behind an asynchronous job
 */
struct job {
	struct cmap_sa *sa;
	struct sk_buff *skb;
	struct sk_buff *from;
	bool sealing;
	unsigned int len;
	u8 iv[CMAP_ESP_IV_MAX] __aligned(CRYPTO_MINALIGN);
	struct scatterlist dst;
	struct scatterlist *src;
};

/* Too much for the stack; bottom halves are off while it is used. */
static DEFINE_PER_CPU(struct scatterlist [SG_MAX], scatter);

static noinline_for_stack int run_sync(struct crypto_sync_skcipher *tfm, struct job *job)
{
	SYNC_SKCIPHER_REQUEST_ON_STACK(req, tfm);

	skcipher_request_set_sync_tfm(req, tfm);
	skcipher_request_set_callback(req, 0, NULL, NULL);
	skcipher_request_set_crypt(req, job->from ? job->src : &job->dst, &job->dst, job->len,
				   job->iv);
	return job->sealing ? crypto_skcipher_encrypt(req) : crypto_skcipher_decrypt(req);
}

/* The second half, the same for every driver: what follows the cipher. */
static int finish(struct job *job, int err)
{
	consume_skb(job->from);
	job->from = NULL;
	if (!err && job->sealing)
		err = write_icv(&job->sa->esp, job->skb);
	return err;
}

static void completed(crypto_completion_data_t *data, int err)
{
	struct job *job = crypto_get_completion_data(data);
	struct cmap_net *cn = job->sa->cn;
	struct cmap_sa *sa = job->sa;
	struct net_device *dev;

	/* Only a backlogged request reports this, and we never ask for that. */
	if (err == -EINPROGRESS)
		return;
	local_bh_disable();
	rcu_read_lock();
	dev = job->skb->dev;
	err = finish(job, err);
	if (job->sealing)
		cmap_out_done(sa, job->skb, err);
	else
		cmap_in_done(sa, job->skb, err);
	kfree_sensitive(job);
	cmap_sa_put(sa);
	dev_put(dev);
	if (atomic_dec_and_test(&cn->async_pending))
		wake_up_var(&cn->async_pending);
	rcu_read_unlock();
	local_bh_enable();
}

static int run_async(struct crypto_skcipher *tfm, struct job *local)
{
	size_t before = ALIGN(sizeof(struct job) + SG_MAX * sizeof(struct scatterlist),
			      CRYPTO_MINALIGN);
	struct cmap_net *cn = local->sa->cn;
	struct skcipher_request *req;
	struct net_device *dev;
	struct job *job;
	int err;

	job = kmalloc(before + sizeof(*req) + crypto_skcipher_reqsize(tfm), GFP_ATOMIC);
	if (!job)
		return finish(local, -ENOMEM);
	*job = *local;
	if (job->from) {
		job->src = (struct scatterlist *)(job + 1);
		memcpy(job->src, local->src, SG_MAX * sizeof(struct scatterlist));
	}
	req = (void *)job + before;
	skcipher_request_set_tfm(req, tfm);
	skcipher_request_set_callback(req, 0, completed, job);
	skcipher_request_set_crypt(req, job->from ? job->src : &job->dst, &job->dst, job->len,
				   job->iv);
	cmap_sa_hold(job->sa);
	dev = job->skb->dev;
	dev_hold(dev);
	atomic_inc(&cn->async_pending);
	err = job->sealing ? crypto_skcipher_encrypt(req) : crypto_skcipher_decrypt(req);
	if (err == -EINPROGRESS)
		return err;
	err = finish(job, err);
	cmap_sa_put(job->sa);
	dev_put(dev);
	kfree_sensitive(job);
	if (atomic_dec_and_test(&cn->async_pending))
		wake_up_var(&cn->async_pending);
	return err;
}

static int run(struct job *job)
{
	const struct cmap_esp *esp = &job->sa->esp;

	if (esp->async)
		return run_async(esp->async, job);
	if (esp->simd && crypto_simd_usable())
		return finish(job, run_sync(esp->simd, job));
	if (esp->plain)
		return finish(job, run_sync(esp->plain, job));
	return finish(job, 0);
}

/* ------------------------------------------------------------------------- */
/* Packets                                                                    */

static bool has_cipher(const struct cmap_esp *esp)
{
	return esp->iv_len;
}

/*
 * Point job->src at the frags of job->from, from @offset on; between the SA's
 * own blocks (nonce and trailer, which are already in place) when sealing.
 * What no scatterlist can hold, or no cipher reads, is copied into place.
 */
static int gather(struct job *job, unsigned int offset, unsigned int payload)
{
	const struct cmap_esp *esp = &job->sa->esp;
	u8 *data = job->skb->data + cmap_esp_head(esp);
	struct scatterlist *src = job->src;
	unsigned int tail;
	int n;

	if (!has_cipher(esp) || skb_has_frag_list(job->from)) {
		int err = skb_copy_bits(job->from, offset, data, payload);

		consume_skb(job->from);
		job->from = NULL;
		return err;
	}
	sg_init_table(src, skb_shinfo(job->from)->nr_frags + 3);
	if (job->sealing)
		sg_set_buf(src++, data - esp->iv_len, esp->iv_len);
	n = skb_to_sgvec_nomark(job->from, src, offset, payload);
	if (n < 0)
		return n;
	src += n;
	if (job->sealing) {
		tail = job->len - esp->iv_len - payload;
		sg_set_buf(src++, data + payload, tail);
	}
	sg_mark_end(src - 1);
	return 0;
}

static void write_header(const struct cmap_sa *sa, struct sk_buff *skb, u64 number)
{
	struct ip_esp_hdr *esph = (void *)skb->data;
	unsigned int iv_len = sa->esp.iv_len;

	esph->spi = sa->key.spi;
	esph->seq_no = htonl(number);
	if (!iv_len)
		return;
	memset(esph->enc_data, 0, iv_len);
	put_unaligned_be64(number, esph->enc_data + iv_len - sizeof(u64));
}

/* RFC 4303 2.4: padding counts 1, 2, 3, ... */
static void write_trailer(u8 *at, unsigned int padding, u8 next_header)
{
	unsigned int i;

	for (i = 0; i < padding; i++)
		at[i] = i + 1;
	at[padding] = padding;
	at[padding + 1] = next_header;
}

int cmap_esp_seal(struct cmap_sa *sa, struct sk_buff *skb, struct sk_buff *from,
		  unsigned int payload, u8 next_header, u64 number)
{
	const struct cmap_esp *esp = &sa->esp;
	unsigned int head = cmap_esp_head(esp);
	struct job job;
	int err;

	write_header(sa, skb, number);
	write_trailer(skb->data + head + payload, skb->len - head - payload - esp->icv_len - 2,
		      next_header);
	job.sa = sa;
	job.src = this_cpu_ptr(scatter);
	job.skb = skb;
	job.from = from;
	job.sealing = true;
	job.len = skb->len - sizeof(struct ip_esp_hdr) - esp->icv_len;
	memcpy(job.iv, esp->salt, sizeof(job.iv));
	sg_init_one(&job.dst, skb->data + sizeof(struct ip_esp_hdr), job.len);
	if (from) {
		err = gather(&job, 0, payload);
		if (err)
			return finish(&job, err);
	}
	return run(&job);
}

/* A linear skb with everything of @skb but the ciphertext. */
static struct sk_buff *fresh(const struct sk_buff *skb, unsigned int head)
{
	unsigned int before = skb->data - skb_network_header(skb);
	struct sk_buff *to;

	to = alloc_skb(skb_headroom(skb) + skb->len, GFP_ATOMIC);
	if (!to)
		return NULL;
	/* With the same headroom the copied header offsets stay right. */
	skb_reserve(to, skb_headroom(skb));
	skb_put(to, skb->len);
	skb_copy_header(to, skb);
	if (skb_mac_header_was_set(skb))
		before = skb->data - skb_mac_header(skb);
	if (skb_copy_bits(skb, -(int)before, to->data - before, before + head)) {
		kfree_skb(to);
		return NULL;
	}
	return to;
}

int cmap_esp_open(struct cmap_sa *sa, struct sk_buff **pskb, u64 number)
{
	const struct cmap_esp *esp = &sa->esp;
	unsigned int head = cmap_esp_head(esp);
	struct sk_buff *skb = *pskb;
	struct job job;
	int err;

	err = check_icv(esp, skb);
	if (err)
		return err;
	job.sa = sa;
	job.src = this_cpu_ptr(scatter);
	job.from = NULL;
	job.sealing = false;
	job.len = skb->len - head - esp->icv_len;
	if (skb_is_nonlinear(skb) || skb_cloned(skb)) {
		*pskb = fresh(skb, head);
		if (!*pskb) {
			*pskb = skb;
			return -ENOMEM;
		}
		job.from = skb;
	}
	job.skb = *pskb;
	memcpy(job.iv, job.skb->data + sizeof(struct ip_esp_hdr), esp->iv_len);
	sg_init_one(&job.dst, job.skb->data + head, job.len);
	if (job.from) {
		err = gather(&job, head, job.len);
		if (err)
			return finish(&job, err);
	}
	return run(&job);
}

void cmap_esp_drain(struct cmap_net *cn)
{
	wait_var_event(&cn->async_pending, !atomic_read(&cn->async_pending));
}
