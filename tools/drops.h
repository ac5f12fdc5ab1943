/* SPDX-License-Identifier: GPL-2.0-only */
/* The line of one dropped packet. */
#ifndef TOOLS_DROPS_H
#define TOOLS_DROPS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/** drops_line() - print a drop of DROPS_GET or EV_DROPPED; @meaning: and what its reason means */
void drops_line(FILE *f, const json_t *drop, bool meaning);

#endif
