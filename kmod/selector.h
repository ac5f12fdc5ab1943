/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selectors and 5-tuples, alone. Nothing here knows of packets, maps or SAs, so
 * that unit tests can compile it in user space.
 */
#ifndef CMAP_SELECTOR_H
#define CMAP_SELECTOR_H

#ifdef __KERNEL__
#include <linux/byteorder/generic.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/types.h>
#endif

/** union cmap_addr - an IPv4 or IPv6 address; unused bytes are zero */
union cmap_addr {
	__be32 ip;
	struct in6_addr ip6;
};

/**
 * struct cmap_proxy - one side of a rule, or of an SA's proxy identity
 * @addr: network, host bits zero
 * @prefix: bits of @addr that count
 * @port_lo: in host byte order
 * @port_hi: 0 with @port_lo 0: any port
 */
struct cmap_proxy {
	union cmap_addr addr;
	u8 prefix;
	u16 port_lo;
	u16 port_hi;
};

/**
 * struct cmap_selector - what a rule or an SA covers
 * @family: AF_INET or AF_INET6
 * @protocol: 0: any
 * @local: our side, source of outbound packets
 * @remote: the peer's side
 */
struct cmap_selector {
	u8 family;
	u8 protocol;
	struct cmap_proxy local;
	struct cmap_proxy remote;
};

/**
 * struct cmap_flow - a packet's 5-tuple
 * @fragment: not the first fragment, so that ports are unknown
 * @ports: @sport and @dport are valid; host byte order
 *
 * No padding: it is compared and hashed as a whole.
 */
struct cmap_flow {
	union cmap_addr saddr;
	union cmap_addr daddr;
	u8 family;
	u8 protocol;
	bool fragment;
	bool ports;
	u16 sport;
	u16 dport;
};

/** cmap_addr_cut() - the first @prefix bits of @addr, the rest zero */
static inline void cmap_addr_cut(u8 family, u8 prefix, const union cmap_addr *addr,
				 union cmap_addr *out)
{
	const __be32 *in = (const __be32 *)addr;
	__be32 *to = (__be32 *)out;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < (family == AF_INET ? 1 : 4) && prefix; i++) {
		to[i] = prefix >= 32 ? in[i] : in[i] & htonl(~0U << (32 - prefix));
		prefix -= prefix >= 32 ? 32 : prefix;
	}
}

/* --- acl.c --- */

/** cmap_acl_match() - does an outbound packet fall under @s? A later fragment: see @permit in the file */
bool cmap_acl_match(const struct cmap_selector *s, const struct cmap_flow *flow, bool permit);

/** cmap_acl_match_mirrored() - the same for an inbound packet: source is the remote side */
bool cmap_acl_match_mirrored(const struct cmap_selector *s, const struct cmap_flow *flow, bool permit);

/** cmap_acl_match_addresses() - does @s look at nothing but IPv4 addresses, and cover these? */
bool cmap_acl_match_addresses(const struct cmap_selector *s, __be32 local, __be32 remote);

/** cmap_acl_contains() - is all that @inner covers covered by @outer? */
bool cmap_acl_contains(const struct cmap_selector *outer, const struct cmap_selector *inner);

/** cmap_acl_equal() - the same line? */
bool cmap_acl_equal(const struct cmap_selector *a, const struct cmap_selector *b);

#endif /* CMAP_SELECTOR_H */
