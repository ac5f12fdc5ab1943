/* SPDX-License-Identifier: GPL-2.0-only */
/* What flow.c, child.c and child_events.c share; sa.h is for everybody else. */
#ifndef IKEMGR_CHILD_H
#define IKEMGR_CHILD_H

#include "event.h"
#include "sa.h"

/** flow_event() - fill @ev's head in for @flow. */
void flow_event(const struct flow *flow, struct event *ev, enum event_type type);

/** flow_report_request() - EV_SA_REQUEST or EV_REQUEST_TIMER, for each transform set. */
void flow_report_request(const struct flow *flow, enum event_type type, unsigned int count);

/** flow_release() - a flow that a peer or a host pair made lives as long as something uses it. */
void flow_release(struct flow *flow);

/** child_enable() - the peer has the pair: outbound may carry traffic. */
void child_enable(struct child_sa *child);

/** flow_unlink(), child_unlink() - out of the lists that it is found in, before it is freed. */
void flow_unlink(struct flow *flow);
void child_unlink(struct child_sa *child);

#endif
