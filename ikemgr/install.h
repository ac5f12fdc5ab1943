/* SPDX-License-Identifier: GPL-2.0-only */
/* From a finished quick mode to the kernel: KEYMAT of each direction (RFC 2409 5.5), soft lifetimes, SA_NEW. */
#ifndef IKEMGR_INSTALL_H
#define IKEMGR_INSTALL_H

#include <stdbool.h>

#include "exchange.h"
#include "lookup.h"
#include "proposal.h"
#include "sa.h"

/** struct install - what both directions share */
struct install {
	const struct exchange *x;
	const struct child_sa *child;
	const char *map;
	uint32_t seq;
	const struct proxy *local, *remote;
	const struct proposal_esp *values;
	struct lookup_options options;
	uint64_t rate;			/* bytes per second that the flow had, 0: not known */
	bool pfs;
};

/**
 * install_half() - one direction into the kernel: one SA, or ESP's and the AH's around it
 * @standby: outbound only
 *
 * Returns 0, or a negative errno (reported): then nothing of it is there.
 */
int install_half(const struct install *in, bool inbound, bool standby);

/** install_remove() - one direction of @child out of the kernel. */
void install_remove(const struct ike *ike, const struct child_sa *child, bool inbound);

/** install_algorithms() - what the kernel calls the algorithms of @values, into @sa; keys are left alone. */
void install_algorithms(const struct proposal_esp *values, uint8_t proto, struct kernel_sa *sa);

/**
 * install_values() - what the kernel has, in the values of a transform set
 * @sa: of the pair's protocol; @ah: the AH around it, or NULL
 * @own: the entry's sets, of which one tells how long AES's keys are: the kernel does not
 */
void install_values(const struct kernel_sa_info *sa, const struct kernel_sa_info *ah, const struct proposal_entry *own,
		    struct proposal_esp *values);

/** install_describe() - fill in what @child says about its transform. */
void install_describe(struct child_sa *child, const struct proposal_esp *values);

#endif
