/* SPDX-License-Identifier: GPL-2.0-only */
/* What members a type of event has: for whoever walks over all of them, into JSON (event.c) or bytes (event_pack.c). */
#ifndef IKEMGR_EVENT_MEMBER_H
#define IKEMGR_EVENT_MEMBER_H

#include "event.h"

enum event_kind {
	STRING, CHARS, BOOL, UINT, U32, U64, PROXY, ATTRS, BYTES, PAYLOADS, SPIS, DROP,
};

/** struct event_member - one member: its JSON name (NULL ends a list), kind, place, and where its count or length is */
struct event_member {
	const char *name;
	enum event_kind kind;
	size_t offset, count;
};

/** event_members() - those of @type, which is one (event_type_name() has a name for it) */
const struct event_member *event_members(enum event_type type);

#endif
