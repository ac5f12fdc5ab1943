/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of SAs that an ended daemon left in the kernel, where they carry
 * traffic on: they become pairs of this daemon, whose IKE SAs are new. Then
 * each peer gets a new IKE SA, and what was used gets a new pair, so that
 * nothing depends any more on what has died with the other daemon.
 */
#ifndef IKEMGR_ADOPT_H
#define IKEMGR_ADOPT_H

struct ike;

/**
 * adopt_pairs() - take over the pairs in the kernel that serve what is configured
 *
 * The flows are there, the interfaces need not be. SAs of our entries that
 * cannot be a pair, or that serve nothing configured, are deleted. Returns how
 * many pairs there are.
 */
unsigned int adopt_pairs(struct ike *ike);

/** adopt_renew() - begin with the new IKE SAs and pairs, some at a time; the interfaces are there. */
void adopt_renew(struct ike *ike);

#endif
