// SPDX-License-Identifier: GPL-2.0-only
/*
 * ESP's transforms (RFC 4303): a packet with room for header and trailer comes
 * in and leaves encrypted and authenticated, or the other way round.
 *
 * Synchronous drivers are the rule (see esp_init.c): nothing is allocated and
 * nothing is ever in flight. With an asynchronous one there is one block of
 * memory per operation, and its completion runs the same second half. Both end
 * in cmap_out_done() or cmap_in_done(), which own the packet.
 *
 * IV of CBC (RFC 3602 3, RFC 2451 2.3 ask for unpredictable ones): the sequence
 * number is put where the IV goes, and encryption starts there, chained from
 * the SA's secret random salt. What comes out, E(number ^ salt), is a fresh
 * block no observer can foretell (NIST SP 800-38A, appendix C, first method),
 * and CBC goes on from it: one call of the cipher, no random bytes per packet.
 *
 * IV of CTR and the combined modes: the sequence number itself. It only has to
 * be unique for a key (RFC 3686 2.1, 4106 3.1, 7634 2), and is, in 64 bits.
 */
#include <asm/simd.h>
#include <crypto/aead.h>
#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <crypto/internal/simd.h>
#include <crypto/skcipher.h>
#include <linux/crypto.h>
#include <linux/scatterlist.h>
#include <linux/skbuff.h>
#include <linux/unaligned.h>
#include "cryptomap.h"
#include "esp.h"
#include "hash.h"

/* in front of the payload, payload's head and frags, trailer */
#define SG_MAX (MAX_SKB_FRAGS + 3)

/**
 * struct job - one operation of a cipher; this CPU's, or one allocation with
 *	the driver's request behind it
 * @sa: the SA; an asynchronous job holds a reference
 * @skb: the ESP packet; the result is written there, linear
 * @from: where the input's frags are, NULL when in place; consumed
 * @sealing: encrypt, else decrypt
 * @number: the packet's whole sequence number
 * @covered: combined modes: bytes in front that are authenticated only
 * @len: bytes the cipher works on
 * @saved: with extended sequence numbers, see lay_header()
 * @iv: the chain's start, counter block or nonce; the driver may change it
 * @dst: where to; in place also where from. A combined mode has three parts: what
 *	is only authenticated, what is encrypted, the ICV (which drivers find at
 *	once if it is a part of its own). GMAC and others use the last one, for all
 * @src: where from, when out of place: SG_MAX entries, this CPU's until the
 *	cipher has them, or behind an asynchronous job
 */
struct job {
	struct cmap_sa *sa;
	struct sk_buff *skb;
	struct sk_buff *from;
	bool sealing;
	u64 number;
	unsigned int covered;
	unsigned int len;
	u32 saved;
	u8 iv[CMAP_ESP_IV_MAX] __aligned(CRYPTO_MINALIGN);
	struct scatterlist dst[3];
	struct scatterlist *src;
};

/**
 * struct scratch - what is too much for the stack (many kernels clear all of
 *	it for every packet), and what drivers take the physical address of;
 *	bottom halves are off while it is used
 * @job: the operation under way
 * @src: its job.src
 * @request: a synchronous one's, with what its driver needs
 */
struct scratch {
	struct job job;
	struct scatterlist src[SG_MAX];
	u8 request[CMAP_ESP_REQUEST_MAX] __aligned(CRYPTO_MINALIGN);
};

static DEFINE_PER_CPU(struct scratch *, scratch);

static bool is_combined(const struct cmap_esp *esp)
{
	return esp->form == CMAP_ESP_AEAD || esp->form == CMAP_ESP_GMAC;
}

/* ------------------------------------------------------------------------- */
/* The hash                                                                   */

static int digest(const struct job *job, struct sk_buff *skb, u8 *mac)
{
	const struct cmap_esp *esp = &job->sa->esp;
	struct cmap_hash_input in = {
		.skb = skb,
		.len = skb->len - esp->icv_len,
		.high = htonl(job->number >> 32),
		.esn = esp->esn,
	};

	return cmap_hash_packet(esp->mac, &in, mac);
}

static int write_icv(const struct job *job)
{
	const struct cmap_esp *esp = &job->sa->esp;
	u8 mac[HASH_MAX_DIGESTSIZE];
	int err = digest(job, job->skb, mac);

	if (!err)
		memcpy(skb_tail_pointer(job->skb) - esp->icv_len, mac, esp->icv_len);
	return err;
}

static int check_icv(const struct job *job)
{
	const struct cmap_esp *esp = &job->sa->esp;
	u8 mac[HASH_MAX_DIGESTSIZE], icv[CMAP_ESP_ICV_MAX];
	struct sk_buff *skb = job->skb;
	int err = digest(job, skb, mac);

	if (err)
		return err;
	if (skb_copy_bits(skb, skb->len - esp->icv_len, icv, esp->icv_len))
		return -EBADMSG;
	return crypto_memneq(mac, icv, esp->icv_len) ? -EBADMSG : 0;
}

/* ------------------------------------------------------------------------- */
/* The cipher                                                                 */

/*
 * What a combined mode authenticates must lie in one piece. With extended
 * sequence numbers that is SPI, high half, low half: the SPI moves to the four
 * bytes in front of the packet, the high half takes its place, and
 * restore_header() puts everything back.
 */
static u8 *lay_header(struct job *job)
{
	u8 *data = job->skb->data;

	if (likely(!job->sa->esp.esn))
		return data;
	job->saved = get_unaligned((u32 *)(data - 4));
	memcpy(data - 4, data, 4);
	put_unaligned_be32(job->number >> 32, data);
	return data - 4;
}

static void restore_header(const struct job *job)
{
	u8 *data = job->skb->data;

	if (likely(!job->sa->esp.esn))
		return;
	memcpy(data, data - 4, 4);
	put_unaligned(job->saved, (u32 *)(data - 4));
}

static struct scatterlist *target(struct job *job)
{
	return &job->dst[job->sa->esp.form == CMAP_ESP_AEAD ? 0 : 2];
}

static struct scatterlist *source(struct job *job)
{
	return job->from ? job->src : target(job);
}

static int run_cipher(struct skcipher_request *req, struct job *job)
{
	skcipher_request_set_crypt(req, source(job), target(job), job->len, job->iv);
	return job->sealing ? crypto_skcipher_encrypt(req) : crypto_skcipher_decrypt(req);
}

static int run_aead(struct aead_request *req, struct job *job)
{
	aead_request_set_crypt(req, source(job), target(job), job->len, job->iv);
	aead_request_set_ad(req, job->covered);
	return job->sealing ? crypto_aead_encrypt(req) : crypto_aead_decrypt(req);
}

static int sync_cipher(struct crypto_sync_skcipher *tfm, struct job *job)
{
	struct skcipher_request *req = (void *)this_cpu_read(scratch)->request;

	BUILD_BUG_ON(sizeof(*req) + MAX_SYNC_SKCIPHER_REQSIZE > CMAP_ESP_REQUEST_MAX);
	skcipher_request_set_sync_tfm(req, tfm);
	skcipher_request_set_callback(req, 0, NULL, NULL);
	return run_cipher(req, job);
}

static int sync_aead(struct crypto_aead *tfm, struct job *job)
{
	struct aead_request *req = (void *)this_cpu_read(scratch)->request;

	aead_request_set_tfm(req, tfm);
	aead_request_set_callback(req, 0, NULL, NULL);
	return run_aead(req, job);
}

/* The second half, the same for every driver: what follows the cipher. */
static int finish(struct job *job, int err)
{
	const struct cmap_esp *esp = &job->sa->esp;

	if (job->covered)
		restore_header(job);
	if (!err && job->sealing && esp->mac)
		err = write_icv(job);
	consume_skb(job->from);
	return err;
}

void cmap_esp_async_begin(struct cmap_sa *sa, struct net_device *dev)
{
	cmap_sa_hold(sa);
	dev_hold(dev);
	atomic_inc(&sa->cn->async_pending);
}

void cmap_esp_async_end(struct cmap_sa *sa, struct net_device *dev)
{
	struct cmap_net *cn = sa->cn;

	cmap_sa_put(sa);
	dev_put(dev);
	if (atomic_dec_and_test(&cn->async_pending))
		wake_up_var(&cn->async_pending);
}

static void completed(crypto_completion_data_t *data, int err)
{
	struct job *job = crypto_get_completion_data(data);
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
	cmap_esp_async_end(sa, dev);
	rcu_read_unlock();
	local_bh_enable();
}

static size_t request_size(const struct cmap_esp *esp)
{
	if (esp->aead_async)
		return sizeof(struct aead_request) + crypto_aead_reqsize(esp->aead_async);
	return sizeof(struct skcipher_request) + crypto_skcipher_reqsize(esp->async);
}

/* @req: request_size() bytes */
static int submit(struct job *job, void *req)
{
	const struct cmap_esp *esp = &job->sa->esp;

	if (esp->aead_async) {
		aead_request_set_tfm(req, esp->aead_async);
		aead_request_set_callback(req, 0, completed, job);
		return run_aead(req, job);
	}
	skcipher_request_set_tfm(req, esp->async);
	skcipher_request_set_callback(req, 0, completed, job);
	return run_cipher(req, job);
}

static int run_async(struct job *local)
{
	size_t before = ALIGN(sizeof(struct job) + SG_MAX * sizeof(struct scatterlist),
			      CRYPTO_MINALIGN);
	struct net_device *dev = local->skb->dev;
	struct job *job;
	int err;

	job = kmalloc(before + request_size(&local->sa->esp), GFP_ATOMIC);
	if (!job)
		return finish(local, -ENOMEM);
	*job = *local;
	if (job->from) {
		job->src = (struct scatterlist *)(job + 1);
		memcpy(job->src, local->src, SG_MAX * sizeof(struct scatterlist));
	}
	cmap_esp_async_begin(job->sa, dev);
	err = submit(job, (void *)job + before);
	if (err == -EINPROGRESS)
		return err;
	err = finish(job, err);
	cmap_esp_async_end(job->sa, dev);
	kfree_sensitive(job);
	return err;
}

static int run(struct job *job)
{
	const struct cmap_esp *esp = &job->sa->esp;

	if (esp->aead_simd && crypto_simd_usable())
		return finish(job, sync_aead(esp->aead_simd, job));
	if (esp->aead)
		return finish(job, sync_aead(esp->aead, job));
	if (esp->async || esp->aead_async)
		return run_async(job);
	if (esp->simd && crypto_simd_usable())
		return finish(job, sync_cipher(esp->simd, job));
	if (esp->plain)
		return finish(job, sync_cipher(esp->plain, job));
	return finish(job, 0);
}

/* ------------------------------------------------------------------------- */
/* What the cipher works on                                                   */

/* Point dst at what is only authenticated, at what is encrypted, and at the ICV. */
static void lay_aead(struct job *job, unsigned int text)
{
	const struct cmap_esp *esp = &job->sa->esp;
	unsigned int head = cmap_esp_head(esp);
	u8 *data = job->skb->data;
	u8 *header = lay_header(job);
	struct page *page;
	unsigned int at;

	job->len = job->sealing ? 0 : esp->icv_len;
	if (esp->form == CMAP_ESP_GMAC) {	/* RFC 4543 3.3: all of the packet */
		job->covered = data - header + head + text;
		sg_set_buf(&job->dst[2], header, job->covered + esp->icv_len);
		return;
	}
	job->len += text;
	job->covered = data - header + sizeof(struct ip_esp_hdr);
	sg_set_buf(&job->dst[0], header, job->covered);
	page = sg_page(&job->dst[0]);
	at = job->dst[0].offset + (data - header) + head;
	sg_set_page(&job->dst[1], page, text, at);
	sg_set_page(&job->dst[2], page, esp->icv_len, at + text);
}

/* The header is written, and @text bytes of payload and trailer stand, or will stand, behind it. */
static void lay_out(struct job *job, unsigned int text)
{
	const struct cmap_esp *esp = &job->sa->esp;
	unsigned int head = cmap_esp_head(esp);
	u8 *data = job->skb->data;
	const u8 *iv = data + sizeof(struct ip_esp_hdr);

	job->covered = 0;
	job->len = text;
	if (esp->form == CMAP_ESP_CBC) {
		memcpy(job->iv, job->sealing ? esp->salt : iv, esp->iv_len);
		if (job->sealing) {		/* the IV is made from the number in its place */
			job->len += esp->iv_len;
			head -= esp->iv_len;
		}
	} else if (esp->form != CMAP_ESP_NULL) {
		memcpy(job->iv, esp->nonce, sizeof(esp->nonce));
		memcpy(job->iv + sizeof(esp->nonce), iv, esp->iv_len);
		/* CTR's blocks count from 1 (RFC 3686 4); a combined mode takes 12 bytes. */
		put_unaligned_be32(1, job->iv + sizeof(esp->nonce) + esp->iv_len);
	}
	if (is_combined(esp))
		lay_aead(job, text);
	else
		sg_set_buf(&job->dst[2], data + head, job->len);
}

/*
 * Point job->src at the frags of job->from: @len bytes from @offset on, between
 * what the cipher works on in front of the payload and the trailer, which are
 * already in place.
 */
static int gather(struct job *job, unsigned int offset, unsigned int len, unsigned int text)
{
	const struct cmap_esp *esp = &job->sa->esp;
	u8 *data = job->skb->data + cmap_esp_head(esp);
	struct scatterlist *src = job->src;
	int n;

	sg_init_table(src, skb_shinfo(job->from)->nr_frags + 3);
	if (is_combined(esp))
		sg_set_page(src++, sg_page(job->dst), job->dst->length, job->dst->offset);
	else if (esp->form == CMAP_ESP_CBC && job->sealing)
		sg_set_buf(src++, data - esp->iv_len, esp->iv_len);
	if (!job->sealing && is_combined(esp))
		len += esp->icv_len;
	n = skb_to_sgvec_nomark(job->from, src, offset, len);
	if (n < 0)
		return n;
	src += n;
	if (job->sealing)
		sg_set_buf(src++, data + len, text - len);
	sg_mark_end(src - 1);
	return 0;
}

/*
 * The input of @job->from: gathered for the cipher. What no scatterlist can
 * hold, or no cipher writes, is copied into place.
 */
static int fetch(struct job *job, unsigned int offset, unsigned int len, unsigned int text)
{
	const struct cmap_esp *esp = &job->sa->esp;
	unsigned int icv;
	int err;

	if (esp->form != CMAP_ESP_NULL && esp->form != CMAP_ESP_GMAC &&
	    !skb_has_frag_list(job->from))
		return gather(job, offset, len, text);
	icv = job->sealing ? 0 : esp->icv_len;
	err = skb_copy_bits(job->from, offset, job->skb->data + cmap_esp_head(esp), len + icv);
	consume_skb(job->from);
	job->from = NULL;
	return err;
}

/* ------------------------------------------------------------------------- */
/* Packets                                                                    */

static void write_header(const struct cmap_sa *sa, struct sk_buff *skb, u64 number)
{
	struct ip_esp_hdr *esph = (void *)skb->data;
	unsigned int iv_len = sa->esp.iv_len;

	esph->spi = sa->key.spi;
	esph->seq_no = htonl(number);
	if (!iv_len)
		return;
	if (iv_len > sizeof(u64))
		memset(esph->enc_data, 0, iv_len - sizeof(u64));
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

/* The CPU's job is this one now. */
static struct job *begin(struct cmap_sa *sa, struct sk_buff *skb, u64 number, bool sealing)
{
	struct scratch *mine = this_cpu_read(scratch);

	mine->job.sa = sa;
	mine->job.skb = skb;
	mine->job.from = NULL;
	mine->job.sealing = sealing;
	mine->job.number = number;
	mine->job.src = mine->src;
	return &mine->job;
}

int cmap_esp_seal(struct cmap_sa *sa, struct sk_buff *skb, struct sk_buff *from,
		  unsigned int payload, u8 next_header, u64 number)
{
	const struct cmap_esp *esp = &sa->esp;
	unsigned int head = cmap_esp_head(esp);
	unsigned int text = skb->len - head - esp->icv_len;
	struct job *job;
	int err;

	write_header(sa, skb, number);
	write_trailer(skb->data + head + payload, text - payload - 2, next_header);
	job = begin(sa, skb, number, true);
	job->from = from;
	lay_out(job, text);
	if (from) {
		err = fetch(job, 0, payload, text);
		if (err)
			return finish(job, err);
	}
	return run(job);
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
	unsigned int text = (*pskb)->len - head - esp->icv_len;
	struct job *job = begin(sa, *pskb, number, false);
	int err;

	if (esp->mac) {
		err = check_icv(job);
		if (err)
			return err;
	}
	if (skb_is_nonlinear(job->skb) || skb_cloned(job->skb)) {
		job->from = job->skb;
		job->skb = fresh(job->from, head);
		if (!job->skb)
			return -ENOMEM;
		*pskb = job->skb;
	}
	lay_out(job, text);
	if (job->from) {
		err = fetch(job, head, text, text);
		if (err)
			return finish(job, err);
	}
	return run(job);
}

void cmap_esp_drain(struct cmap_net *cn)
{
	wait_var_event(&cn->async_pending, !atomic_read(&cn->async_pending));
}

int cmap_esp_module_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu(scratch, cpu) = kmalloc_node(sizeof(struct scratch), GFP_KERNEL,
						     cpu_to_node(cpu));
		if (!per_cpu(scratch, cpu)) {
			cmap_esp_module_exit();
			return -ENOMEM;
		}
		sg_init_table(per_cpu(scratch, cpu)->job.dst, 3);
	}
	return 0;
}

void cmap_esp_module_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kfree_sensitive(per_cpu(scratch, cpu));
}
