/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPsec made by hand, for tests: one sender's SA of each kind, and packets that
 * are right. Uses libgcrypt, so nothing of the kernel's is held to itself.
 */
#ifndef WIRE_SEAL_H
#define WIRE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX	2048
#define SEAL_PORT	9000	/* where the datagrams inside go to */

/* struct seal_ends - the addresses of both gateways and of the hosts behind them */
struct seal_ends {
	uint8_t us[16], peer[16];
	uint8_t host[16], far[16];
};

/**
 * struct seal_sa - an SA as its sender has it
 * @spi: of AH and ESP together: AH's; ESP's is the next one
 * @number: the last one that was used
 */
struct seal_sa {
	const char *name;
	bool six, esp, ah, gcm, transport, udp, esn;
	uint32_t spi;
	uint64_t number;
};

/**
 * struct seal_packet - an IP packet
 * @at: what is authenticated starts there: AH or ESP
 * @esp: ESP starts there; 0: there is none
 */
struct seal_packet {
	uint8_t data[PACKET_MAX];
	size_t len, at, esp;
};

extern struct seal_sa seal_sas[];
extern const size_t seal_sa_count;
extern const struct seal_ends seal_ends4, seal_ends6;

void seal_init(void);

/* seal_print() - the receiver's SAs, maps and bindings, as lines for cmap -batch */
void seal_print(const char *dev);

/* seal_packet() - the next packet of @sa around a datagram with @text */
void seal_packet(struct seal_sa *sa, const uint8_t *text, size_t len, struct seal_packet *out);

/* seal_ip_len() - the outer IP header says the packet's length, and its checksum is right */
void seal_ip_len(struct seal_packet *p);

/* seal_sum() - the Internet checksum of @len bytes, added to @sum */
uint16_t seal_sum(const uint8_t *data, size_t len, uint32_t sum);

static inline void seal_put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void seal_put32(uint8_t *at, uint32_t value)
{
	seal_put16(at, value >> 16);
	seal_put16(at + 2, value & 0xffff);
}

#endif /* WIRE_SEAL_H */
