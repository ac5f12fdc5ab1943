/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The router's debug lines from the daemon's events (ikemgr/event.h says which
 * event becomes which lines), in the dialect of IOS 15.x. An event is rendered
 * by itself; only a counter line that follows a syslog line waits for it.
 */
#ifndef TOOLS_DEBUG_H
#define TOOLS_DEBUG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define DEBUG_ISAKMP	1u
#define DEBUG_IPSEC	2u

/**
 * struct debug - where lines go
 * @subsystems: which of the router's debugs are on
 * @timestamps: "*Nov 21 08:33:43.377: " in front of each record's first line
 * @event: the event being rendered
 * @shown: the current record belongs to a debug that is on
 * @pending: an event whose last line waits for the syslog line in between
 */
struct debug {
	FILE *f;
	unsigned int subsystems;
	bool timestamps;
	const json_t *event;
	bool shown;
	json_t *pending;
};

/** debug_render() - print the lines of @event; none for events that a router does not show. */
void debug_render(struct debug *d, const json_t *event);

/** debug_finish() - print what still waits. */
void debug_finish(struct debug *d);

/* --- what the renderers of both subsystems share --- */

/** struct debug_type - an event's name and its renderer */
struct debug_type {
	const char *type;
	void (*render)(struct debug *d);
};

/* ended by a NULL type */
extern const struct debug_type debug_isakmp_types[];
extern const struct debug_type debug_ipsec_types[];

/** debug_line() - a record's first line (no newline in @fmt), if @subsystem is on. */
__attribute__((format(printf, 3, 4)))
void debug_line(struct debug *d, unsigned int subsystem, const char *fmt, ...);

/** debug_more() - a further line of the same record: no timestamp. */
__attribute__((format(printf, 2, 3)))
void debug_more(struct debug *d, const char *fmt, ...);

/** debug_isakmp() - "ISAKMP:(1001):" and the text; leading blanks are the message's own. */
__attribute__((format(printf, 2, 3)))
void debug_isakmp(struct debug *d, const char *fmt, ...);

/** debug_paren() - "ISAKMP (1001): " and the text. */
__attribute__((format(printf, 2, 3)))
void debug_paren(struct debug *d, const char *fmt, ...);

/* fields of the event; 0, "" or false where absent */
unsigned long long debug_u(const struct debug *d, const char *key);
const char *debug_s(const struct debug *d, const char *key);
bool debug_b(const struct debug *d, const char *key);

#endif
