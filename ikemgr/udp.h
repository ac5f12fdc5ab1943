/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UDP ports 500 and 4500: datagrams in with the local address they came to,
 * datagrams out from the address asked for. On 4500 the non-ESP marker (RFC
 * 3948 2.2) is taken off and put on here; ESP itself the kernel has taken.
 */
#ifndef IKEMGR_UDP_H
#define IKEMGR_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "addr.h"

struct udp;

typedef void (*udp_fn)(void *arg, const struct addr *local, uint16_t local_port, const struct addr *remote,
		       uint16_t remote_port, const uint8_t *data, size_t len);

/** udp_open() - bind both ports for all local addresses; @error: 256 bytes for the reason. NULL on failure. */
struct udp *udp_open(uv_loop_t *loop, udp_fn fn, void *arg, char *error);

/** udp_send() - a struct ike_world send; ctx is the struct udp. A failure is a lost datagram. */
void udp_send(void *ctx, const struct addr *local, uint16_t local_port, const struct addr *remote, uint16_t remote_port,
	      const void *data, size_t len);

/** udp_close() - the loop must still run once for its handle to go. */
void udp_close(struct udp *u);

#endif
