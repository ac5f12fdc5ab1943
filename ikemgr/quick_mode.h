/* SPDX-License-Identifier: GPL-2.0-only */
/* What quick_mode.c (messages) and qm_pair.c (the pair that comes of them) share; exchange.h is for everybody else. */
#ifndef IKEMGR_QUICK_MODE_H
#define IKEMGR_QUICK_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"
#include "ike.h"
#include "lookup.h"
#include "proposal.h"

/**
 * struct quick_mode - what only quick mode needs
 * @flow: the initiator's; NULL when it is told, or gone
 * @dynamic: responder: the temporary entry that answers, until the flow has it
 * @proto: IPPROTO_ESP or IPPROTO_AH: what @spi_in and @spi_out are of; known with the choice
 * @spi_in, @ah_in: reserved, or of the installed inbound SA: of ESP, and of AH around it;
 *	the initiator reserves what its sets may need, and gives back what was not chosen
 * @offered_seconds, @offered_kilobytes: the lifetimes that the peer offers; 0: none
 * @child: the pair being made, until the flow owns it (@handed_over)
 * @commit: the responder will say when its side is there
 * @asked, @waited: when message 1 went out, and how many ms the answer took
 * @answer: responder: body of the SA payload that answers
 */
struct quick_mode {
	struct flow *flow;
	struct dynamic *dynamic;
	char map[CMAP_NAME_MAX + 1];
	uint32_t seq;
	struct proxy local, remote;
	struct lookup_options options;
	uint8_t proto;
	uint32_t spi_in, spi_out;
	uint32_t ah_in, ah_out;
	uint32_t offered_seconds, offered_kilobytes;
	struct proposal_esp values;
	uint8_t *idci, *idcr;
	size_t idci_len, idcr_len;
	struct child_sa *child;
	bool out_installed;
	bool pfs;
	bool handed_over;
	bool commit;
	uint64_t asked;
	uint32_t waited;
	uint8_t *answer;
	size_t answer_len;
};

static inline struct ike *ike_of(const struct exchange *x)
{
	return x->sa->peer->ike;
}

static inline const struct kernel_ops *kernel_of(const struct exchange *x)
{
	return ike_of(x)->world.kernel;
}

/** qm_pair_release_entry() - the temporary entry of a dynamic map, if it is one, has this user no more. */
void qm_pair_release_entry(struct quick_mode *q);

/** qm_pair_reserve() - an inbound SPI of @proto from the kernel. -1: none (reported). */
int qm_pair_reserve(const struct exchange *x, uint8_t proto, uint32_t *spi);

/** qm_pair_reserve_offered() - initiator: one SPI of each protocol that our sets name. -1: none (reported). */
int qm_pair_reserve_offered(struct exchange *x, const struct proposal_entry *own);

/** qm_pair_keep_chosen() - initiator: what was reserved for other sets is given back. */
void qm_pair_keep_chosen(struct exchange *x);

/** qm_pair_install() - both halves into the kernel: inbound works at once, outbound stands by. -1: not possible (reported). */
int qm_pair_install(struct exchange *x);

/** qm_pair_switch_after() - initiator: how many ms the peer surely needs to have its side, once it has message 3 (child_add()) */
uint32_t qm_pair_switch_after(const struct exchange *x);

#endif
