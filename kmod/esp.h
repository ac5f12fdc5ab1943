/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ESP (RFC 4303) of one SA: its keyed transforms, the layout of its packets,
 * and the two operations on them. Knows nothing of what is outside the ESP
 * header (IPv4, IPv6, UDP) nor of what is inside (tunnel, transport).
 */
#ifndef CMAP_ESP_H
#define CMAP_ESP_H

#include <linux/ip.h>
#include <linux/kernel.h>
#include <linux/types.h>

struct crypto_aead;
struct crypto_shash;
struct crypto_skcipher;
struct crypto_sync_skcipher;
struct cmap_sa;
struct netlink_ext_ack;
struct sk_buff;

#define CMAP_ESP_IV_MAX		16	/* AES-CBC, RFC 3602 */
#define CMAP_ESP_ICV_MAX	32	/* HMAC-SHA2-512-256, RFC 4868 */
#define CMAP_ESP_DRIVER_MAX	192
#define CMAP_ESP_REQUEST_MAX	2048	/* largest request of a synchronous driver */

/** enum cmap_esp_form - how a cipher is used */
enum cmap_esp_form {
	CMAP_ESP_NULL,
	CMAP_ESP_CBC,
	CMAP_ESP_CTR,		/* RFC 3686 */
	CMAP_ESP_AEAD,		/* RFC 4106, RFC 7634 */
	CMAP_ESP_GMAC,		/* RFC 4543: nothing is encrypted */
};

/**
 * struct cmap_esp - the keyed transforms of an SA; constant after init
 * @form: how the cipher is used
 * @align: the cipher's block size, at least 4 (RFC 4303 2.4); pad length and
 *	next header included, the ciphertext is a multiple of it
 * @iv_len: bytes of IV on the wire
 * @icv_len: bytes of ICV on the wire
 * @salt: CBC: secret, random; makes the IVs unpredictable (see esp.c)
 * @simd: synchronous driver that may only be called where the SIMD unit is
 *	usable; NULL if there is none
 * @plain: synchronous driver that works everywhere; NULL if @async is used, or
 *	for the NULL cipher
 * @async: asynchronous driver; only where there is no synchronous one, or by
 *	the module parameter force_async
 * @mac: keyed hash; NULL without authentication, or with a combined mode
 * @aead_simd, @aead: the same two of a combined mode (GCM, GMAC, ChaCha20-
 *	Poly1305), NULL for others; @aead_async: where there is no other
 * @authentic: packets are authenticated, by @mac or by a combined mode
 * @esn: 64-bit sequence numbers; the high half is not sent but authenticated
 * @nonce: of CTR and combined modes: salt, 4 bytes; part of the key
 * @driver: names of the drivers in use, for CMAP_A_DRIVER
 */
struct cmap_esp {
	u8 form;
	u8 align;
	u8 iv_len;
	u8 icv_len;
	u8 salt[CMAP_ESP_IV_MAX];
	struct crypto_sync_skcipher *simd;
	struct crypto_sync_skcipher *plain;
	struct crypto_skcipher *async;
	struct crypto_shash *mac;
	struct crypto_aead *aead_simd;
	struct crypto_aead *aead;
	struct crypto_aead *aead_async;
	bool authentic;
	bool esn;
	u8 nonce[4];
	char driver[CMAP_ESP_DRIVER_MAX];
};

/**
 * cmap_esp_cipher_key_fault() - what is wrong with the length of a cipher's key
 * @cipher: enum cmap_cipher, not CMAP_CIPHER_NULL
 * @len: bytes
 *
 * Return: text for the user that says the right length, or NULL if it is right.
 */
const char *cmap_esp_cipher_key_fault(u16 cipher, unsigned int len);

/**
 * cmap_esp_init() - allocate and key the transforms
 * @esp: where to, zeroed. (This and cmap_esp_destroy() are in esp_init.c.)
 * @cipher: enum cmap_cipher
 * @key: cipher key, NULL for CMAP_CIPHER_NULL; not kept
 * @key_len: its bytes
 * @auth: enum cmap_auth
 * @auth_key: authentication key, NULL for CMAP_AUTH_NONE; not kept
 * @auth_len: its bytes
 * @icv_len: of a combined mode: 8, 12 or 16; 0: 16
 * @esn: extended sequence numbers
 * @extack: text of a refusal; may be NULL
 *
 * Checks the algorithms' numbers and key lengths itself. May sleep.
 *
 * Return: 0; -EINVAL unknown algorithm, wrong key length, or neither cipher
 * nor authentication; -EOPNOTSUPP this kernel lacks the algorithm (named in
 * the text); -ENOMEM. Nothing is left allocated on error.
 */
int cmap_esp_init(struct cmap_esp *esp, u16 cipher, const u8 *key, unsigned int key_len,
		  u16 auth, const u8 *auth_key, unsigned int auth_len, u8 icv_len, bool esn,
		  struct netlink_ext_ack *extack);

/**
 * cmap_esp_destroy() - free and wipe the transforms
 *
 * Nobody may use @esp any more: call it after a grace period, when the last
 * reference to the SA is gone (asynchronous operations hold one). May sleep:
 * from a work (queue_rcu_work()), not from an RCU callback.
 */
void cmap_esp_destroy(struct cmap_esp *esp);

/** cmap_esp_head() - bytes between the outer header and the payload */
static inline unsigned int cmap_esp_head(const struct cmap_esp *esp)
{
	return sizeof(struct ip_esp_hdr) + esp->iv_len;
}

/** cmap_esp_tail() - bytes behind a payload of @len: padding, its length, next header, ICV */
static inline unsigned int cmap_esp_tail(const struct cmap_esp *esp, unsigned int len)
{
	return ALIGN(len + 2, esp->align) - len + esp->icv_len;
}

/** cmap_esp_room() - the largest payload whose ESP packet, ESP header on, has at most @len bytes */
static inline unsigned int cmap_esp_room(const struct cmap_esp *esp, unsigned int len)
{
	unsigned int fixed = cmap_esp_head(esp) + esp->icv_len + 2;

	if (len < fixed)
		return 0;
	return round_down(len - fixed + 2, esp->align) - 2;
}

/**
 * cmap_esp_seal() - encrypt and authenticate one packet
 * @sa: outbound SA; the caller is in an RCU read-side section
 * @skb: the ESP packet to be: linear, writable, skb->data at the ESP header,
 *	skb->len as cmap_esp_head() + payload + cmap_esp_tail(). The payload is
 *	in its place unless @from is given.
 * @from: NULL, or the skb whose bytes from skb->data on are the payload (any
 *	shape: cloned, with frags). Consumed in every case.
 * @payload: bytes of payload
 * @next_header: protocol of the payload (IPPROTO_IPIP, ...)
 * @number: the packet's sequence number; the low half is sent
 *
 * Return: 0 done; -EINPROGRESS: an asynchronous driver has it, holds a
 * reference to @sa, and calls cmap_out_done() with @skb in softirq context;
 * another error: the packet is useless. @skb is never freed here.
 */
int cmap_esp_seal(struct cmap_sa *sa, struct sk_buff *skb, struct sk_buff *from,
		  unsigned int payload, u8 next_header, u64 number);

/**
 * cmap_esp_open() - verify and decrypt one packet
 * @sa: inbound SA; the caller is in an RCU read-side section
 * @pskb: the packet, skb->data at the ESP header, skb->len to the end of the
 *	ICV, at least one block of ciphertext and a multiple of blocks (checked
 *	by the caller). If it can't be decrypted in place it is replaced by a
 *	fresh linear one with the same headers in front.
 * @number: the whole sequence number, as cmap_replay_number() recovered it
 *
 * On success the ESP header and IV are still in front and the ICV behind, the
 * payload with its trailer is in clear and linear. In every case the header is
 * as it was; a packet that is not authentic may have been decrypted.
 *
 * Return: 0; -EBADMSG not authentic; -EINPROGRESS: as for cmap_esp_seal(),
 * cmap_in_done() is called; -ENOMEM; another error of the crypto API.
 */
int cmap_esp_open(struct cmap_sa *sa, struct sk_buff **pskb, u64 number);

/* Memory of the module's own, for all SAs */
int cmap_esp_module_init(void);
void cmap_esp_module_exit(void);

#endif /* CMAP_ESP_H */
