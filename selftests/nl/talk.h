/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The socket to the genetlink family "cryptomap": bytes of a message go out,
 * the kernel's answer with its extended ACK comes back.
 */
#ifndef NL_TALK_H
#define NL_TALK_H

#include <linux/netlink.h>
#include <stdint.h>

/** struct answer - how a request ended */
struct answer {
	int error;		/* positive errno, 0: done */
	char text[256];
	uint32_t offset;	/* of the attribute at fault, 0: none */
	int missing;		/* NLMSGERR_ATTR_MISS_TYPE, -1: none */
};

extern int talk_family;		/* the family's message type */
#define TALK_GROUPS	2
extern const char *const talk_group_names[TALK_GROUPS];	/* its multicast groups */
extern unsigned char talk_buffer[];	/* where the next message is built */

/** talk_open() - in the caller's network namespace; ends the program if the module isn't there */
void talk_open(void);
void talk_close(void);

/** talk_begin() - a message's headers at @at. Return: their bytes */
unsigned int talk_begin(unsigned char *at, uint16_t type, uint8_t command, uint8_t version, uint16_t flags);

/**
 * talk_ask() - send the buffer's first @length bytes
 * @see: called with every message of a reply but the last; may be NULL
 */
struct answer talk_ask(unsigned int length, void (*see)(const struct nlmsghdr *head, void *data), void *data);

/** talk_join() - that one of the groups. Return: 0 or a positive errno */
int talk_join(unsigned int group);

/** talk_die() - a failed result that ends the program */
_Noreturn void talk_die(const char *what);

#endif /* NL_TALK_H */
