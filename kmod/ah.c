// SPDX-License-Identifier: GPL-2.0-only
/*
 * AH (RFC 4302): a finished packet comes in and gets its ICV, or is checked
 * against it. What changes on the way is taken as zero, or as the receiver
 * will see it (3.3.3.1), in a copy of the headers: the packet keeps its own.
 */
#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <linux/errno.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ah.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "hash.h"

#define ICV_MAX		32
#define AH_MAX		ALIGN(sizeof(struct ip_auth_hdr) + ICV_MAX, 8)

int cmap_ah_init(struct cmap_ah *ah, u16 auth, const u8 *key, unsigned int len,
		 struct netlink_ext_ack *extack)
{
	int err;

	if (auth == CMAP_AUTH_NONE || auth > CMAP_AUTH_MAX)
		return cmap_refuse(extack, "AH needs an authentication algorithm", -EINVAL);
	err = cmap_hash_init(&ah->mac, &ah->icv_len, auth, key, len, extack);
	if (err)
		cmap_ah_destroy(ah);
	return err;
}

void cmap_ah_destroy(struct cmap_ah *ah)
{
	if (ah->mac)
		crypto_free_shash(ah->mac);
	memset(ah, 0, sizeof(*ah));
}

/* ------------------------------------------------------------------------- */
/* IPv4                                                                       */

/* RFC 4302 appendix A1: options that nobody changes on the way */
static bool is_immutable(u8 option)
{
	switch (option) {
	case IPOPT_SEC:			/* security */
	case 0x80 | 5:			/* extended security */
	case IPOPT_CIPSO:		/* commercial security */
	case IPOPT_RA:			/* router alert */
	case 0x80 | 21:			/* sender-directed multi-destination delivery */
		return true;
	default:
		return false;
	}
}

static int mute_options(struct iphdr *iph, u8 *at, unsigned int left)
{
	while (left && *at != IPOPT_END) {
		unsigned int len = 1;

		if (*at != IPOPT_NOOP) {
			if (left < 2 || at[1] < 2 || at[1] > left)
				return -EINVAL;
			len = at[1];
			/* A source route ends at the packet's destination (3.3.3.1.1.2). */
			if ((*at == IPOPT_LSRR || *at == IPOPT_SSRR) && len >= 7 && at[2] <= len)
				memcpy(&iph->daddr, at + len - 4, sizeof(iph->daddr));
			if (!is_immutable(*at))
				memset(at, 0, len);
		}
		at += len;
		left -= len;
	}
	return 0;
}

/* RFC 4302 3.3.3.1.1; @len: bytes in front of AH */
static int mute_ipv4(u8 *headers, unsigned int len)
{
	struct iphdr *iph = (struct iphdr *)headers;

	if (iph->ihl * 4 != len)
		return -EINVAL;
	iph->tos = 0;
	iph->frag_off = 0;
	iph->ttl = 0;
	iph->check = 0;
	return mute_options(iph, headers + sizeof(*iph), len - sizeof(*iph));
}

/* ------------------------------------------------------------------------- */
/* IPv6                                                                       */

/* Hop-by-hop and destination options: the third-highest bit says "may change on the way" (RFC 8200 4.2). */
static int mute_tlvs(u8 *at, unsigned int left)
{
	while (left) {
		unsigned int len = 1;

		if (*at != IPV6_TLV_PAD1) {
			if (left < 2 || at[1] + 2 > left)
				return -EINVAL;
			len = at[1] + 2;
			if (*at & 0x20)
				memset(at + 2, 0, len - 2);
		}
		at += len;
		left -= len;
	}
	return 0;
}

/* As at its last hop (3.3.3.1.2.2): the addresses in front are those that were visited. */
static int settle_route(struct ipv6hdr *iph, u8 *at, unsigned int len)
{
	struct ipv6_rt_hdr *route = (struct ipv6_rt_hdr *)at;
	struct in6_addr *addr = (struct in6_addr *)(at + 8), last;
	unsigned int count = (len - 8) / sizeof(*addr);

	if (!route->segments_left)
		return 0;
	if (route->type != IPV6_SRCRT_TYPE_0 || route->segments_left > count || (len - 8) % 16)
		return -EINVAL;
	at = (u8 *)&addr[count - route->segments_left];
	last = addr[count - 1];
	memmove(at + sizeof(last), at, (route->segments_left - 1) * sizeof(last));
	memcpy(at, &iph->daddr, sizeof(last));
	iph->daddr = last;
	route->segments_left = 0;
	return 0;
}

/* RFC 4302 3.3.3.1.2; @len: bytes in front of AH */
static int mute_ipv6(u8 *headers, unsigned int len)
{
	struct ipv6hdr *iph = (struct ipv6hdr *)headers;
	unsigned int at = sizeof(*iph), size;
	u8 next = iph->nexthdr;
	int err = 0;

	ip6_flow_hdr(iph, 0, 0);
	iph->hop_limit = 0;
	while (!err && at < len) {
		if (len - at < 8)
			return -EINVAL;
		size = (headers[at + 1] + 1) * 8;
		if (size > len - at)
			return -EINVAL;
		switch (next) {
		case NEXTHDR_HOP:
		case NEXTHDR_DEST:
			err = mute_tlvs(headers + at + 2, size - 2);
			break;
		case NEXTHDR_ROUTING:
			err = settle_route(iph, headers + at, size);
			break;
		default:
			return -EINVAL;
		}
		next = headers[at];
		at += size;
	}
	return err;
}

/* ------------------------------------------------------------------------- */

static noinline_for_stack int digest(const struct cmap_sa *sa, struct sk_buff *skb,
				     unsigned int offset, u64 number, u8 *mac)
{
	u8 headers[CMAP_AH_FRONT_MAX + AH_MAX] __aligned(8);
	unsigned int len = cmap_ah_len(&sa->ah, sa->key.family);
	struct cmap_hash_input in = {
		.head = headers,
		.head_len = offset + len,
		.skb = skb,
		.offset = offset + len,
		.len = skb->len - offset - len,
		.high = htonl(number >> 32),
		.esn = sa->wire_flags & CMAP_SA_F_ESN,
	};
	int err;

	if (offset > CMAP_AH_FRONT_MAX || skb_copy_bits(skb, 0, headers, offset + len))
		return -EINVAL;
	err = sa->key.family == AF_INET6 ? mute_ipv6(headers, offset) : mute_ipv4(headers, offset);
	if (err)
		return err;
	memset(headers + offset + sizeof(struct ip_auth_hdr), 0, sa->ah.icv_len);
	return cmap_hash_packet(sa->ah.mac, &in, mac);
}

int cmap_ah_seal(struct cmap_sa *sa, struct sk_buff *skb, unsigned int offset, u8 next_header,
		 u64 number)
{
	struct ip_auth_hdr *ah = (void *)(skb->data + offset);
	unsigned int len = cmap_ah_len(&sa->ah, sa->key.family);
	u8 mac[HASH_MAX_DIGESTSIZE];
	int err;

	memset(ah, 0, len);
	ah->nexthdr = next_header;
	ah->hdrlen = len / 4 - 2;
	ah->spi = sa->key.spi;
	ah->seq_no = htonl(number);
	err = digest(sa, skb, offset, number, mac);
	if (!err)
		memcpy(ah->auth_data, mac, sa->ah.icv_len);
	return err;
}

int cmap_ah_open(struct cmap_sa *sa, struct sk_buff *skb, unsigned int offset, u64 number)
{
	const struct ip_auth_hdr *ah = (void *)(skb->data + offset);
	u8 mac[HASH_MAX_DIGESTSIZE];
	int err = digest(sa, skb, offset, number, mac);

	if (err)
		return err;
	return crypto_memneq(mac, ah->auth_data, sa->ah.icv_len) ? -EBADMSG : 0;
}
