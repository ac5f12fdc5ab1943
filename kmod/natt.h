/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UDP datagrams to us that may carry ESP (RFC 3948), beside those for the IKE
 * daemon, which has a socket on the same port.
 */
#ifndef CMAP_NATT_H
#define CMAP_NATT_H

#include <linux/types.h>

struct cmap_place;
struct sk_buff;

#define CMAP_NATT_PORT	4500

/** enum cmap_natt - what a datagram is (RFC 3948 2), by its first bytes */
enum cmap_natt {
	CMAP_NATT_OTHER,	/* the non-ESP marker, or too short */
	CMAP_NATT_KEEPALIVE,
	CMAP_NATT_ESP,		/* if there is such an SPI */
};

/** cmap_natt_read() - @skb->data at the outer header; UDP header and what decides can be read directly afterwards */
enum cmap_natt cmap_natt_read(struct sk_buff *skb, const struct cmap_place *outer);

/** cmap_natt_verify() - whole and undamaged? Cuts off what is behind the datagram; the stack drops and counts the rest */
bool cmap_natt_verify(struct sk_buff *skb, const struct cmap_place *outer);

/**
 * cmap_natt_segment() - take apart what GRO has put together
 *
 * Return: a list of datagrams, skb->data at the outer header, and @skb is
 * consumed; NULL: no memory, and it is not.
 */
struct sk_buff *cmap_natt_segment(struct sk_buff *skb);

#endif /* CMAP_NATT_H */
