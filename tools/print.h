/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output: JSON objects in, text or JSON on standard output. Getters take
 * missing keys as empty, so that a text line never depends on an optional one.
 */
#ifndef TOOLS_PRINT_H
#define TOOLS_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cmap.h"

/**
 * print_json() - an array, one element per line, or indented with -p; any other value on one line
 * Sorted by nothing: keys stay in the order they came in.
 */
void print_json(const struct cmap *c, const json_t *value);

/** print_list() - @list as JSON, or each element by @text; takes the reference. */
void print_list(const struct cmap *c, json_t *list, void (*text)(const struct cmap *c, const json_t *entry));

/* values of an object; 0, "" or false where the key is absent or of another type */
uint64_t print_u64(const json_t *o, const char *key);
const char *print_text(const json_t *o, const char *key);
bool print_bool(const json_t *o, const char *key);

/** print_proxy() - " 10.1.0.0/24 port 80"; the protocol is @with_protocol " proto tcp" in front. */
void print_proxy(const json_t *proxy, bool with_protocol);
void print_proxy_to(FILE *f, const json_t *proxy, bool with_protocol);

/** print_drops() - "\n    drops: no-sa 3 replay-old 1"; nothing when there are none. */
void print_drops(const json_t *drops);

/** print_flow() - " tcp 10.1.0.2:40000 > [2001:db8::1]:80"; nothing for NULL. */
void print_flow(FILE *f, const json_t *flow);

/** print_protocol() - "tcp", "47", "ip" for 0, into @buf (16 bytes); returns @buf. */
const char *print_protocol(unsigned int protocol, char *buf);

#endif
