/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AH (RFC 4302) of one SA: its keyed hash, the layout of its header, and the
 * two operations on a packet. It sees the whole IP packet, because it protects
 * the outer header too, with what changes on the way taken as zero.
 */
#ifndef CMAP_AH_H
#define CMAP_AH_H

#include <linux/kernel.h>
#include <linux/types.h>

#define CMAP_AH_FRONT_MAX	256	/* bytes of IP header, options and extension headers in front of AH */

struct cmap_sa;
struct crypto_shash;
struct netlink_ext_ack;
struct sk_buff;

/**
 * struct cmap_ah - the keyed hash of an SA; constant after init
 * @icv_len: bytes of ICV on the wire
 * @mac: NULL: the SA is not AH
 */
struct cmap_ah {
	u8 icv_len;
	struct crypto_shash *mac;
};

/**
 * cmap_ah_init() - allocate and key the hash
 * @ah: where to, zeroed
 * @auth: enum cmap_auth, not CMAP_AUTH_NONE
 * @key: not kept
 * @len: its bytes
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENOMEM as cmap_esp_init(). May sleep.
 */
int cmap_ah_init(struct cmap_ah *ah, u16 auth, const u8 *key, unsigned int len,
		 struct netlink_ext_ack *extack);
void cmap_ah_destroy(struct cmap_ah *ah);

/** cmap_ah_len() - bytes of the AH header: 12 and the ICV, padded to 4 (IPv4) or 8 (IPv6) bytes, RFC 4302 2.2, 3.3.3.2.1 */
static inline unsigned int cmap_ah_len(const struct cmap_ah *ah, u8 family)
{
	return ALIGN(12 + ah->icv_len, family == AF_INET6 ? 8 : 4);
}

/**
 * cmap_ah_seal() - fill in the AH header of a finished packet
 * @sa: outbound AH SA
 * @skb: linear, writable, skb->data at the outer IP header, which is as it
 *	will be sent (total length and addresses too; protocol AH); the AH
 *	header's room is cmap_ah_len() bytes at @offset, behind extension
 *	headers that go in front of it
 * @offset: from skb->data
 * @next_header: protocol of what follows the AH header
 * @number: sequence number; with ESN its high half goes into the ICV
 *
 * Return: 0; -EINVAL: options or extension headers as in cmap_ah_open(); an error
 * of the crypto API.
 */
int cmap_ah_seal(struct cmap_sa *sa, struct sk_buff *skb, unsigned int offset, u8 next_header,
		 u64 number);

/**
 * cmap_ah_open() - check a packet's ICV
 * @sa: inbound AH SA
 * @skb: any shape, skb->data at the outer IP header
 * @offset: of the AH header, which can be read (pulled, cmap_ah_len() bytes)
 * @number: as cmap_replay_number() recovered it
 *
 * Return: 0; -EBADMSG not authentic; -ENOMEM; -EINVAL: an IP option or
 * extension header that can't be (RFC 4302 3.3.3.1), or more than
 * CMAP_AH_FRONT_MAX bytes of them.
 */
int cmap_ah_open(struct cmap_sa *sa, struct sk_buff *skb, unsigned int offset, u64 number);

#endif /* CMAP_AH_H */
