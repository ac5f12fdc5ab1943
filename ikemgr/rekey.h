/* SPDX-License-Identifier: GPL-2.0-only */
/* What the change from one pair of SAs to the next has cost a flow: the packets that its rule's counters have lost meanwhile. */
#ifndef IKEMGR_REKEY_H
#define IKEMGR_REKEY_H

#include <stdint.h>

struct child_sa;
struct flow;
struct ike;

/** rekey_begin() - another pair will carry @flow's packets: what is lost is counted from here. Nothing, if that goes on already. */
void rekey_begin(struct flow *flow);

/** rekey_taken_over() - the other pair carries them */
void rekey_taken_over(struct flow *flow);

/** rekey_pair_ends() - the last of the pairs before ends with @child: the count is final */
void rekey_pair_ends(const struct child_sa *child);

/** rekey_invalid_spi() - a packet came by an SPI that we don't have: is it one of a replaced pair? */
void rekey_invalid_spi(struct ike *ike, uint32_t spi);

/** rekey_lost() - packets lost in the last change, or in that which goes on; -1: there was none. */
int64_t rekey_lost(const struct flow *flow);

#endif
