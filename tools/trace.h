/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps of a packet's way, as text. */
#ifndef TOOLS_TRACE_H
#define TOOLS_TRACE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/** trace_text() - print TRACE's reply; @len: of the packet, 0: not said */
void trace_text(FILE *f, const json_t *reply, uint64_t len);

#endif
