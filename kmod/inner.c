// SPDX-License-Identifier: GPL-2.0-only
/*
 * A decrypted payload comes in, the packet that was protected goes out, with
 * lengths and checksum right: nothing behind us looks at the payload again
 * before the stack does.
 */
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "inner.h"
#include "locate.h"

enum cmap_drop cmap_inner_strip(const struct cmap_sa *sa, struct sk_buff *skb, u8 *next_header)
{
	unsigned int head = cmap_esp_head(&sa->esp);
	unsigned int len = skb->len - head - sa->esp.icv_len - 2;
	const u8 *payload = skb->data + head;
	unsigned int padding = payload[len];
	unsigned int i;

	*next_header = payload[len + 1];
	if (*next_header == IPPROTO_NONE)
		return CMAP_DROP_UNSPEC;
	if (padding > len)
		return CMAP_DROP_BAD_PADDING;
	len -= padding;
	for (i = 0; i < padding; i++)
		if (payload[len + i] != i + 1)
			return CMAP_DROP_BAD_PADDING;
	__skb_pull(skb, head);
	__skb_trim(skb, len);
	return CMAP_DROP_UNSPEC;
}

/* ------------------------------------------------------------------------- */
/* Tunnel mode                                                                */

/* The inner packet must be whole; what follows it hides its length (RFC 4303 2.7). */
static enum cmap_drop check_ipv4(struct sk_buff *skb)
{
	const struct iphdr *iph;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return CMAP_DROP_BAD_INNER;
	iph = (const struct iphdr *)skb->data;
	if (iph->version != 4 || iph->ihl < 5 || !pskb_may_pull(skb, iph->ihl * 4))
		return CMAP_DROP_BAD_INNER;
	iph = (const struct iphdr *)skb->data;
	len = ntohs(iph->tot_len);
	if (len < iph->ihl * 4 || len > skb->len || ip_fast_csum((const u8 *)iph, iph->ihl))
		return CMAP_DROP_BAD_INNER;
	return pskb_trim(skb, len) ? CMAP_DROP_NOMEM : CMAP_DROP_UNSPEC;
}

/* A length of 0 would be that of a jumbogram (RFC 2675), which no packet around it can carry. */
static enum cmap_drop check_ipv6(struct sk_buff *skb)
{
	const struct ipv6hdr *iph;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return CMAP_DROP_BAD_INNER;
	iph = (const struct ipv6hdr *)skb->data;
	len = sizeof(*iph) + ntohs(iph->payload_len);
	if (iph->version != 6 || len > skb->len ||
	    (!iph->payload_len && iph->nexthdr == NEXTHDR_HOP))
		return CMAP_DROP_BAD_INNER;
	return pskb_trim(skb, len) ? CMAP_DROP_NOMEM : CMAP_DROP_UNSPEC;
}

static void set_headers(struct sk_buff *skb, u8 family)
{
	skb_reset_network_header(skb);
	if (family == AF_INET) {
		skb->protocol = htons(ETH_P_IP);
		skb_set_transport_header(skb, ip_hdr(skb)->ihl * 4);
	} else {
		skb->protocol = htons(ETH_P_IPV6);
		skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	}
}

static u8 dsfield(const struct sk_buff *skb, u8 family)
{
	return family == AF_INET ? ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));
}

static enum cmap_drop unwrap_tunnel(const struct cmap_sa *sa, struct sk_buff *skb, u8 next_header)
{
	u8 family = sa->selector.family;
	u8 outer_dsfield = dsfield(skb, sa->key.family);
	enum cmap_drop reason;

	if (next_header != (family == AF_INET ? IPPROTO_IPIP : IPPROTO_IPV6))
		return CMAP_DROP_BAD_NEXT_HEADER;
	reason = family == AF_INET ? check_ipv4(skb) : check_ipv6(skb);
	if (reason)
		return reason;
	set_headers(skb, family);
	/* RFC 6040 4.2 */
	if (INET_ECN_decapsulate(skb, outer_dsfield, dsfield(skb, family)) > 1)
		return CMAP_DROP_ECN;
	return CMAP_DROP_UNSPEC;
}

/* ------------------------------------------------------------------------- */
/* Transport mode (RFC 4301 5.2.1: the outer header is the packet's own)      */

static enum cmap_drop unwrap_transport(const struct cmap_sa *sa, struct sk_buff *skb,
				       const struct cmap_place *outer, u8 next_header)
{
	const u8 *header = skb_network_header(skb);
	struct iphdr *iph;

	memmove(__skb_push(skb, outer->offset), header, outer->offset);
	skb->data[outer->name_at] = next_header;
	set_headers(skb, sa->key.family);
	if (sa->key.family == AF_INET) {
		iph = ip_hdr(skb);
		iph->tot_len = htons(skb->len);
		ip_send_check(iph);
		return CMAP_DROP_UNSPEC;
	}
	/* A jumbogram's length stands in an option. */
	if (!ipv6_hdr(skb)->payload_len)
		return CMAP_DROP_BAD_INNER;
	ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	return CMAP_DROP_UNSPEC;
}

enum cmap_drop cmap_inner_unwrap(const struct cmap_sa *sa, struct sk_buff *skb,
				 const struct cmap_place *outer, u8 next_header)
{
	if (sa->mode == CMAP_MODE_TRANSPORT)
		return unwrap_transport(sa, skb, outer, next_header);
	return unwrap_tunnel(sa, skb, next_header);
}
