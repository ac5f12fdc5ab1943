/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be done to a good packet on its way. */
#ifndef WIRE_HARM_H
#define WIRE_HARM_H

#include "seal.h"

/**
 * struct harm - one way to change a packet
 * @name: for reports
 * @weight: how often, against the others'
 * @due: the packet has to be delivered still
 * @apply: NULL: nothing is done. Returns false if the packet can't be changed
 *	so; else *forged says whether it may not be delivered any more
 */
struct harm {
	const char *name;
	unsigned int weight;
	bool due;
	bool (*apply)(const struct seal_sa *sa, struct seal_packet *p, bool *forged);
};

extern const struct harm harms[];
extern const size_t harm_count;

void harm_seed(uint64_t seed);

/* harm_pick() - a random number below @n */
unsigned int harm_pick(unsigned int n);

#endif /* WIRE_HARM_H */
