/* SPDX-License-Identifier: GPL-2.0-only */
/* The last negotiation of every peer, packed (event_pack.h). The hub's own: others ask event_record() of event.h. */
#ifndef IKEMGR_EVENT_RECORD_H
#define IKEMGR_EVENT_RECORD_H

#include <jansson.h>

#include "event.h"

struct event_records;

/** event_records_new() - NULL without memory */
struct event_records *event_records_new(void);
void event_records_free(struct event_records *records);

/** event_records_add() - remember @ev with its peer, if that has a record; EV_SA_CREATED begins one. */
void event_records_add(struct event_records *records, const struct event *ev, double time);

/** event_records_json() - what event_record() returns */
json_t *event_records_json(const struct event_records *records, const char *peer);

#endif
