/* SPDX-License-Identifier: GPL-2.0-only */
/* The keyed hashes of ESP and AH: their names and keys, and one over a packet. */
#ifndef CMAP_HASH_H
#define CMAP_HASH_H

#include <linux/types.h>

struct crypto_shash;
struct netlink_ext_ack;
struct sk_buff;

/**
 * struct cmap_hash_input - what an ICV covers, in this order
 * @head: bytes in front that are not as in the packet (AH's copy of the headers); @head_len of them
 * @skb: any shape
 * @offset: where to begin in @skb
 * @len: bytes of @skb
 * @high: behind all that, without being sent: high half of an extended
 *	sequence number (RFC 4303 2.2.1, RFC 4302 2.5.1), if @esn
 */
struct cmap_hash_input {
	const u8 *head;
	unsigned int head_len;
	struct sk_buff *skb;
	unsigned int offset;
	unsigned int len;
	__be32 high;
	bool esn;
};

/** cmap_hash_key_fault() - what is wrong with a key of @len bytes for enum cmap_auth, not NONE; NULL: nothing */
const char *cmap_hash_key_fault(u16 auth, unsigned int len);

/**
 * cmap_hash_init() - allocate and key a hash
 * @mac: the caller frees it with crypto_free_shash(), also after an error
 * @icv_len: its truncated length
 * @auth: enum cmap_auth, not NONE
 * @key: not kept
 *
 * May sleep. Return: 0; -EINVAL wrong key length, -EOPNOTSUPP this kernel
 * lacks it, with a text in @extack; -ENOMEM.
 */
int cmap_hash_init(struct crypto_shash **mac, u8 *icv_len, u16 auth, const u8 *key,
		   unsigned int key_len, struct netlink_ext_ack *extack);

/** cmap_hash_packet() - @out: HASH_MAX_DIGESTSIZE bytes of room. Return: 0 or an error of the crypto API */
int cmap_hash_packet(struct crypto_shash *mac, const struct cmap_hash_input *in, u8 *out);

#endif /* CMAP_HASH_H */
