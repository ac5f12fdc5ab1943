/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of SAs, from the words of a command. What was read is wiped where it
 * stood; the caller wipes the key.
 */
#ifndef TOOLS_KEY_H
#define TOOLS_KEY_H

#include <stddef.h>

#include "args.h"

struct key {
	uint8_t bytes[CMAP_KEY_MAX];
	size_t length;
};

/** key_algorithm() - "ALG [KEY | -]": the algorithm's number, and its key unless a key-file brings it */
bool key_algorithm(struct args *a, const char *what, const char *const *names, int *alg, struct key *key);

/** key_file() - "PATH": a file with the lines "enc HEX" and "auth HEX" */
bool key_file(struct args *a, struct key *enc, struct key *auth);

#endif
