/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packets of a measurement, made before it begins: a shape and a number
 * come in, an Ethernet frame leaves, plain or as ESP with a valid ICV.
 *
 * One side is 10.1.0.1 or 2001:db8:1::1, the other 10.2.a.b or
 * 2001:db8:2::a:b, where a:b is the SA's index plus 1; the outer addresses are
 * 192.0.2.2 -> 192.0.2.1 or 2001:db8:a::2 -> 2001:db8:a::1. The SA with index
 * i has SPI 0x10000 + i; all have the same keys (see packet.c).
 */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX 1664

/**
 * struct shape - what is measured
 * @v6: IPv6, inner and outer
 * @gcm: AES-128-GCM, else AES-128-CBC and HMAC-SHA1
 * @udp: ESP in UDP (RFC 3948)
 * @size: of the inner packet, from its IP header on
 * @flows: different 5-tuples, spread evenly over the SAs
 * @sas: SAs
 */
struct shape {
	bool v6, gcm, udp;
	unsigned int size, flows, sas;
};

struct frame {
	uint16_t length;
	unsigned char bytes[FRAME_MAX];
};

/** packet_plain() - packet @n, of flow @n modulo the number of flows */
void packet_plain(const struct shape *s, unsigned int n, const unsigned char *to, struct frame *frame);

/** packet_esp() - the same, encrypted with sequence number @sequence of its SA */
void packet_esp(const struct shape *s, unsigned int n, uint32_t sequence, const unsigned char *to,
		struct frame *frame);

/** packet_sa() - index of the SA of packet @n */
unsigned int packet_sa(const struct shape *s, unsigned int n);

#endif /* BENCH_PACKET_H */
