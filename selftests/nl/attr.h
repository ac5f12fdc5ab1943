/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tree of netlink attributes, each of which can be harmed: what goes out is
 * what the tree says, with the harm in it.
 */
#ifndef NL_ATTR_H
#define NL_ATTR_H

#include <stdbool.h>
#include <stdint.h>

/* What is done to one attribute */
enum harm {
	HARM_NONE,
	HARM_GONE,		/* left out */
	HARM_TWICE,
	HARM_SHORT,		/* payload shorter */
	HARM_EMPTY,		/* no payload */
	HARM_LONG,		/* one byte more */
	HARM_HUGE,		/* 300 bytes more */
	HARM_LIE_BEYOND,	/* nla_len goes beyond what is around it */
	HARM_LIE_HEADER,	/* nla_len is less than the header's own */
	HARM_NESTED_FLAG,	/* NLA_F_NESTED where it isn't one, or missing where it is */
	HARM_FOREIGN_BEFORE,	/* an attribute that doesn't exist in front of it */
	HARM_LAST,
};
/** harm_names[] - words for each, as "too short" */
extern const char *const harm_names[];

#define KIDS	32

/**
 * struct node - an attribute
 * @name: for messages
 * @nest: it has @kid instead of @data
 * @optional: leaving it out is no harm
 * @repeats: giving it twice is no harm
 */
struct node {
	const char *name;
	uint16_t type;
	bool nest, optional, repeats;
	unsigned int length;
	unsigned char data[96];
	struct node *kid[KIDS];
	unsigned int kids;
	enum harm harm;
};

/** node_add() - a new attribute below @to, with @length bytes of payload; aborts if there is no room */
struct node *node_add(struct node *to, const char *name, uint16_t type, const void *data, unsigned int length);
struct node *node_nest(struct node *to, const char *name, uint16_t type);
struct node *node_u8(struct node *to, const char *name, uint16_t type, uint8_t v);
struct node *node_u16(struct node *to, const char *name, uint16_t type, uint16_t v);
struct node *node_u32(struct node *to, const char *name, uint16_t type, uint32_t v);
struct node *node_u64(struct node *to, const char *name, uint16_t type, uint64_t v);
struct node *node_address(struct node *to, const char *name, uint16_t type, const char *text);
struct node *node_string(struct node *to, const char *name, uint16_t type, const char *text);

/** node_may() - mark it as optional; returns it */
struct node *node_may(struct node *node);

/** node_find() - the first of that type below @in, or NULL */
struct node *node_find(struct node *in, uint16_t type);

/** node_drop() - leave the one of that type out */
void node_drop(struct node *in, uint16_t type);

/** node_set() - another payload, of any length, for one that is there; aborts if it isn't */
void node_set(struct node *in, uint16_t type, const void *data, unsigned int length);
void node_set8(struct node *in, uint16_t type, uint8_t v);
void node_set16(struct node *in, uint16_t type, uint16_t v);
void node_set32(struct node *in, uint16_t type, uint32_t v);
void node_set64(struct node *in, uint16_t type, uint64_t v);
void node_set_address(struct node *in, uint16_t type, const char *text);
void node_set_string(struct node *in, uint16_t type, const char *text);

/** node_put() - write @node, with what is done to it, at @at. Return: bytes */
unsigned int node_put(unsigned char *at, const struct node *node);

/** node_release() - free what is below @node */
void node_release(struct node *node);

#endif /* NL_ATTR_H */
