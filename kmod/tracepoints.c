// SPDX-License-Identifier: GPL-2.0-only
/* The bodies of the tracepoints, see trace_cmap.h. */
#define CREATE_TRACE_POINTS
#include "trace_cmap.h"
