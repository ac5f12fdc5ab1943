/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event as few bytes: what is remembered of thousands of peers must be
 * small, and hardly anybody asks for it. An event is about 30 bytes; as JSON
 * it would be a thousand and more.
 */
#ifndef IKEMGR_EVENT_PACK_H
#define IKEMGR_EVENT_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define EVENT_PACK_MAX	4096	/* bytes of one event; a longer one is not packed */

/** struct event_words - texts that many events share, kept once */
struct event_words;

/** event_words_new() - NULL without memory */
struct event_words *event_words_new(void);
void event_words_free(struct event_words *words);

/**
 * event_pack() - @ev, of the time @time, into @out
 * @local: an address that need not be written where the event has the same
 *
 * Returns the bytes used; 0: it does not fit.
 */
size_t event_pack(struct event_words *words, const struct event *ev, double time, const char *local,
		  uint8_t out[EVENT_PACK_MAX]);

/**
 * event_unpack() - the event back from @in, into @ev; returns its time
 * @peer: what stands for an event's peer, where it has one
 *
 * Texts point into @in and @words. At most 128 of a byte string's bytes are there.
 */
double event_unpack(const struct event_words *words, const uint8_t *in, const char *local, const char *peer,
		    struct event *ev);

#endif
