/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what an IPsec header has protected to the packet that its sender meant:
 * the inner packet of a tunnel, or in transport mode the outer header with the
 * payload behind it again.
 */
#ifndef CMAP_INNER_H
#define CMAP_INNER_H

#include <linux/types.h>
#include <linux/cryptomap.h>

struct cmap_place;
struct cmap_sa;
struct sk_buff;

/**
 * cmap_inner_strip() - cut off the trailer of a decrypted ESP packet (RFC 4303 2.4)
 * @skb: linear, skb->data at the ESP header, skb->len to the end of the ICV;
 *	skb->data is at the payload afterwards, of skb->len bytes
 * @next_header: what the payload is; IPPROTO_NONE: a dummy packet (2.6)
 */
enum cmap_drop cmap_inner_strip(const struct cmap_sa *sa, struct sk_buff *skb, u8 *next_header);

/**
 * cmap_inner_unwrap() - make the packet that was protected
 * @sa: its mode, and the family of what is inside
 * @skb: writable in front of the payload; skb->data at the payload, network
 *	header at the outer header. Afterwards both are at the inner header.
 * @outer: @name_at, and @offset: how much of the outer headers stays in
 *	transport mode
 * @next_header: what the payload is
 */
enum cmap_drop cmap_inner_unwrap(const struct cmap_sa *sa, struct sk_buff *skb,
				 const struct cmap_place *outer, u8 next_header);

#endif /* CMAP_INNER_H */
