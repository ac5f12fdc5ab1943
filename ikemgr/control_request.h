/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of the control socket, without the socket. Enters: one line.
 * Leaves: the reply, after the instance did what was asked. control.h tells
 * the requests.
 */
#ifndef IKEMGR_CONTROL_REQUEST_H
#define IKEMGR_CONTROL_REQUEST_H

#include <jansson.h>
#include <stddef.h>

#include "answer.h"
#include "event.h"

#define CONTROL_ISAKMP	1u	/* subsystems of debug */
#define CONTROL_IPSEC	2u

/** struct control_state - what requests act on, and what they leave for later ones */
struct control_state {
	struct ike *ike;
	struct answer_zeros zeros;
};

/** struct control_reply - @json: a new reference, NULL without memory; @subsystems: not 0: events shall follow */
struct control_reply {
	json_t *json;
	unsigned int subsystems;
};

void control_state_init(struct control_state *st, struct ike *ike);
void control_state_free(struct control_state *st);

/** control_request() - do what @line (without its newline) asks. */
void control_request(struct control_state *st, const char *line, size_t length, struct control_reply *reply);

/** control_subsystems() - which debugs an event belongs to. */
unsigned int control_subsystems(enum event_type type);

#endif
