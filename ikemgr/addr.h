/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An IP address of either family, and its conversions. Pure values: compared,
 * copied and printed here, nothing else.
 */
#ifndef IKEMGR_ADDR_H
#define IKEMGR_ADDR_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define ADDR_TEXT INET6_ADDRSTRLEN

/** struct addr - length 4 (IPv4), 16 (IPv6) or 0 (none); bytes in network order */
struct addr {
	uint8_t length;
	uint8_t bytes[16];
};

static inline struct addr addr_v4(struct in_addr in)
{
	struct addr a = { .length = 4 };

	memcpy(a.bytes, &in, 4);
	return a;
}

/** addr_in() - the IPv4 address in @a; 0.0.0.0 if it holds none. */
static inline struct in_addr addr_in(const struct addr *a)
{
	struct in_addr in = { 0 };

	if (a->length == 4)
		memcpy(&in, a->bytes, 4);
	return in;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

/* Every event has two of them: inet_ntop() would be a twentieth of a handshake. */
static inline void addr_dotted(const uint8_t *bytes, char *to)
{
	for (unsigned int i = 0; i < 4; i++) {
		if (bytes[i] >= 100)
			*to++ = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			*to++ = (char)('0' + bytes[i] / 10 % 10);
		*to++ = (char)('0' + bytes[i] % 10);
		*to++ = i < 3 ? '.' : '\0';
	}
}

/** addr_text() - print into @buf (ADDR_TEXT bytes); returns @buf. No address gives "". */
static inline const char *addr_text(const struct addr *a, char *buf)
{
	if (a->length == 4)
		addr_dotted(a->bytes, buf);
	else if (!a->length || !inet_ntop(AF_INET6, a->bytes, buf, ADDR_TEXT))
		buf[0] = '\0';
	return buf;
}

/** addr_parse() - read dotted or colon text; false if it is neither. */
static inline bool addr_parse(const char *text, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, a->bytes) == 1)
		a->length = 4;
	else if (inet_pton(AF_INET6, text, a->bytes) == 1)
		a->length = 16;
	return a->length != 0;
}

/** addr_inside() - is @a within @net/@prefix? */
static inline bool addr_inside(const struct addr *a, const struct addr *net, unsigned int prefix)
{
	unsigned int whole = prefix / 8, bits = prefix % 8;

	if (a->length != net->length || prefix > a->length * 8u || memcmp(a->bytes, net->bytes, whole))
		return false;
	return !bits || !((a->bytes[whole] ^ net->bytes[whole]) >> (8 - bits));
}

#endif
