/* SPDX-License-Identifier: GPL-2.0-only */
/* SAs of ipsec-manual entries: made from the configuration's keys, as soon as their map is on an interface. */
#ifndef IKEMGR_MANUAL_H
#define IKEMGR_MANUAL_H

#include <stdbool.h>

struct config;
struct flow;
struct ike;

/** manual_install() - the pairs of all manual entries whose map is bound; those that are there stay. */
void manual_install(struct ike *ike);

/** manual_changed() - has @flow's entry other keys, or others for its pair, than it had in @old? */
bool manual_changed(const struct flow *flow, const struct config *old);

#endif
