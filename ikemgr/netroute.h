/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes by rtnetlink: the route_ops of the daemon. They know no instance: ctx is not used. */
#ifndef IKEMGR_NETROUTE_H
#define IKEMGR_NETROUTE_H

#include "route.h"

extern const struct route_ops netroute_ops;

#endif
