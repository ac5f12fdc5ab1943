/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon knows, as JSON: the data of control.h's show replies.
 * Enters: an instance (read only) and filters. Leaves: a new reference.
 */
#ifndef IKEMGR_ANSWER_H
#define IKEMGR_ANSWER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "addr.h"
#include "kernel.h"

struct ike;

/** struct answer_zero - counters of one permit rule at the last "clear crypto sa counters" */
struct answer_zero {
	STAILQ_ENTRY(answer_zero) link;
	char map[CMAP_NAME_MAX + 1];
	uint32_t seq;
	struct proxy local, remote;
	struct kernel_stats stats;
	struct kernel_drops out_drops, in_drops;
};

STAILQ_HEAD(answer_zeros, answer_zero);

/** struct answer_filter - NULL, or length 0: all */
struct answer_filter {
	const char *map, *interface;
	struct addr peer;
};

/* "show isakmp sa" */
json_t *answer_isakmp_sa(struct ike *ike);

/**
 * answer_ipsec_sa() - "show ipsec sa"
 * @zeros: what is subtracted from the kernel's counters
 * @error: KERNEL_ERROR bytes: why the kernel did not answer
 *
 * NULL with @error.
 */
json_t *answer_ipsec_sa(struct ike *ike, const struct answer_filter *filter, const struct answer_zeros *zeros,
			char *error);

/** answer_zero_all() - note the counters of all rules in @zeros, in place of what it held. How many, or -1 with @error. */
int answer_zero_all(struct ike *ike, struct answer_zeros *zeros, char *error);

/** answer_zero_free() - empty @zeros. */
void answer_zero_free(struct answer_zeros *zeros);

/* "show call admission" */
json_t *answer_admission(struct ike *ike);

/* "show isakmp policy" */
json_t *answer_isakmp_policy(struct ike *ike);

/* "show isakmp key": whose keys there are */
json_t *answer_isakmp_key(struct ike *ike);

/* "show isakmp profile" */
json_t *answer_isakmp_profile(struct ike *ike);

/* "show isakmp peers" */
json_t *answer_isakmp_peers(struct ike *ike);

/* "show ipsec profile"; @name NULL: all */
json_t *answer_profiles(struct ike *ike, const char *name);

/* "show ipsec security-association-lifetime": what holds where an entry says nothing */
json_t *answer_lifetime(struct ike *ike);

/* "show ipsec transform-set"; @name NULL: all */
json_t *answer_transform_sets(struct ike *ike, const char *name);

/* "show map"; @map NULL: all */
json_t *answer_map(struct ike *ike, const char *map);

/* "show dynamic-map"; @name NULL: all */
json_t *answer_dynamic_map(struct ike *ike, const char *name);

#endif
