/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of a command: keywords by unique prefix, and values. Each getter
 * says on standard error what is wrong, what would be right, and the command's
 * usage; the command then returns CMAP_USAGE.
 */
#ifndef TOOLS_ARGS_H
#define TOOLS_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/cryptomap.h>

#include "addr.h"
#include "cmap.h"

/* what words_match() returns besides an index */
#define WORDS_NONE	(-1)
#define WORDS_AMBIGUOUS	(-2)

/**
 * words_match() - the index of @word in @words
 * @words: NULL-ended
 *
 * An exact match wins, else a prefix that only one of them has.
 */
int words_match(const char *word, const char *const *words);

/** struct args - the words of a command, and how far they are read */
struct args {
	const struct command *cmd;
	char **argv;
	int argc, at;
};

/**
 * struct args_proxy - an address range with protocol and ports, enum cmap_proxy_attr
 * @any: it was the word "any": 0.0.0.0/0 until args_same_family() knows better
 * @port_hi: 0: any port
 */
struct args_proxy {
	struct addr addr;
	bool any;
	uint8_t prefix;
	uint8_t protocol;
	uint16_t port_lo, port_hi;
};

/** args_more() - is there a word left? */
bool args_more(const struct args *a);

/** args_peek() - the next word without taking it; NULL at the end. */
const char *args_peek(const struct args *a);

/** args_fail() - say what is wrong, and the usage; returns CMAP_USAGE. */
__attribute__((format(printf, 2, 3)))
int args_fail(const struct args *a, const char *fmt, ...);

/** args_keyword() - take a word of @words; its index, or -1 after having said what is wrong. */
int args_keyword(struct args *a, const char *const *words);

/** args_word() - take the value of @what; NULL after having said that it is missing. */
const char *args_word(struct args *a, const char *what);

/* take a value of the kind; false after having said what is wrong */
bool args_number(struct args *a, const char *what, uint64_t min, uint64_t max, uint64_t *value);
bool args_u32(struct args *a, const char *what, uint32_t min, uint32_t max, uint32_t *value);
bool args_address(struct args *a, const char *what, struct addr *addr);
/* ADDRESS[/LENGTH], "any" or "any6"; a missing length is a host; host bits must be zero */
bool args_prefix(struct args *a, const char *what, struct args_proxy *proxy);
/* a protocol's name or number */
bool args_protocol(struct args *a, const char *what, uint8_t *protocol);
/* N or LOW-HIGH */
bool args_ports(struct args *a, const char *what, struct args_proxy *proxy);
/* a map's name */
const char *args_map(struct args *a);

/** args_same_family() - "any" beside an IPv6 range means ::/0. */
void args_same_family(struct args_proxy *local, struct args_proxy *remote);

/** args_end() - true if no word is left, else says so. */
bool args_end(struct args *a);

/** args_once() - *@seen becomes true; false after having said that @what was given twice. */
bool args_once(struct args *a, const char *what, bool *seen);

#endif
