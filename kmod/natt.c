// SPDX-License-Identifier: GPL-2.0-only
/*
 * A UDP datagram comes in; whether it is ESP, a keepalive, or somebody else's
 * goes out. That no socket has to be told about it (UDP_ENCAP) leaves the port
 * to the IKE daemon alone.
 */
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/gso.h>
#include "cryptomap.h"
#include "natt.h"
#include "locate.h"

#define KEEPALIVE	0xff	/* RFC 3948 2.3 */
#define ESP_LEN		sizeof(struct ip_esp_hdr)

static const struct udphdr *udp_header(const struct sk_buff *skb, const struct cmap_place *outer)
{
	return (const void *)(skb->data + outer->offset);
}

enum cmap_natt cmap_natt_read(struct sk_buff *skb, const struct cmap_place *outer)
{
	unsigned int payload = outer->offset + sizeof(struct udphdr);
	const u8 *data;

	if (!pskb_may_pull(skb, payload + 1))
		return CMAP_NATT_OTHER;
	data = skb->data + payload;
	if (data[0] == KEEPALIVE &&
	    udp_header(skb, outer)->len == htons(sizeof(struct udphdr) + 1))
		return CMAP_NATT_KEEPALIVE;
	if (ntohs(udp_header(skb, outer)->len) < sizeof(struct udphdr) + ESP_LEN ||
	    !pskb_may_pull(skb, payload + ESP_LEN))
		return CMAP_NATT_OTHER;
	data = skb->data + payload;
	return ((const struct ip_esp_hdr *)data)->spi ? CMAP_NATT_ESP : CMAP_NATT_OTHER;
}

bool cmap_natt_verify(struct sk_buff *skb, const struct cmap_place *outer)
{
	unsigned int len = outer->offset + ntohs(udp_header(skb, outer)->len);

	if (len > skb->len || pskb_trim_rcsum(skb, len))
		return false;
	/* RFC 3948 2.1: the sender should not compute one; IPv6 may do without here (RFC 6935 5). */
	return !udp_header(skb, outer)->check ||
	       !nf_checksum(skb, NF_INET_LOCAL_IN, outer->offset, IPPROTO_UDP, outer->family);
}

struct sk_buff *cmap_natt_segment(struct sk_buff *skb)
{
	unsigned int link = skb_mac_header_was_set(skb) ? -skb_mac_offset(skb) : 0;
	struct sk_buff *list, *seg;

	/* Segments keep what is in front of them, for those who look at the wire. */
	__skb_push(skb, link);
	list = __skb_gso_segment(skb, 0, false);
	if (IS_ERR_OR_NULL(list)) {
		__skb_pull(skb, link);
		return NULL;
	}
	for (seg = list; seg; seg = seg->next)
		__skb_pull(seg, link);
	consume_skb(skb);
	return list;
}
