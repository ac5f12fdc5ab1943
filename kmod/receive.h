/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a packet of an inbound SA to the packet that was protected. Its second
 * half, cmap_in_done(), is esp.c's to call.
 */
#ifndef CMAP_RECEIVE_H
#define CMAP_RECEIVE_H

struct cmap_place;
struct cmap_sa;
struct sk_buff;

/**
 * cmap_receive() - undo IPsec and hand what was inside to the stack
 * @sa: inbound
 * @skb: consumed. skb->data at the outer header; the AH or ESP header can be
 *	read directly
 * @outer: up to AH, ESP, or the UDP around it
 * @iif: interface where it came in
 *
 * RCU, bottom halves off.
 */
void cmap_receive(struct cmap_sa *sa, struct sk_buff *skb, const struct cmap_place *outer,
		  int iif);

#endif /* CMAP_RECEIVE_H */
