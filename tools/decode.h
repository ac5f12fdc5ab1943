/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of the family to JSON. One table names them; text output is made
 * from the same objects.
 */
#ifndef TOOLS_DECODE_H
#define TOOLS_DECODE_H

#include <jansson.h>
#include <netlink/attr.h>

/**
 * decode_message() - the top-level attributes of one message as an object
 *
 * Keys are the attributes' names in lower case; SPIs are numbers in host
 * order, addresses text, enums their words ("aes-cbc"). An attribute that a
 * newer kernel sends is left out. NULL when the bytes make no sense.
 */
json_t *decode_message(struct nlattr *head, int length);

/** decode_event_name() - "acquire" for CMAP_CMD_EV_ACQUIRE; NULL if @cmd is no event. */
const char *decode_event_name(int cmd);

/* names of enum cmap_cipher, cmap_auth, cmap_mode and cmap_df, NULL-ended, by number */
extern const char *const decode_ciphers[];
extern const char *const decode_auths[];
extern const char *const decode_modes[];
extern const char *const decode_df[];

#endif
