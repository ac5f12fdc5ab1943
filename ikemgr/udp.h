/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP port 500: datagrams in with the local address they came to, datagrams out from the address asked for. */
#ifndef IKEMGR_UDP_H
#define IKEMGR_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "addr.h"

struct udp;

typedef void (*udp_fn)(void *arg, const struct addr *local, const struct addr *remote, uint16_t remote_port,
		       const uint8_t *data, size_t len);

/** udp_open() - bind the port for all local addresses; @error: 256 bytes for the reason. NULL on failure. */
struct udp *udp_open(uv_loop_t *loop, uint16_t port, udp_fn fn, void *arg, char *error);

/** udp_send() - a struct ike_world send; ctx is the struct udp. A failure is a lost datagram. */
void udp_send(void *ctx, const struct addr *local, const struct addr *remote, uint16_t remote_port, const void *data,
	      size_t len);

/** udp_close() - the loop must still run once for its handle to go. */
void udp_close(struct udp *u);

#endif
