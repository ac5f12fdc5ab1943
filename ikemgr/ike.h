/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One instance of the manager: configuration, objects, and the seams to the
 * world outside (datagrams, kernel, interfaces), so that two instances can
 * talk to each other inside one program.
 */
#ifndef IKEMGR_IKE_H
#define IKEMGR_IKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "addr.h"
#include "bucket.h"
#include "admission.h"
#include "event.h"
#include "kernel.h"
#include "recovery.h"
#include "timer.h"

struct config;
struct dynamic;
struct flow;
struct peer;
struct route_ops;
struct routes;

/** struct ike_binding - an interface that a map is applied to */
struct ike_binding {
	char name[64];			/* as in the configuration: "FastEthernet4" */
	char ifname[64];		/* the kernel's: "eth1"; "" while there is none */
	uint32_t ifindex;		/* 0: no such interface now */
	char map[CMAP_NAME_MAX + 1];
	struct addr local, local6;	/* its addresses, or those of the map's local-address; length 0: none */
	uint32_t mtu;
};

/** struct ike_world - what an instance needs from outside; all on the loop's thread */
struct ike_world {
	/* send a datagram, from port 500 or 4500; failures are lost datagrams. The non-ESP marker is not in @data */
	void (*send)(void *ctx, const struct addr *local, uint16_t local_port, const struct addr *remote,
		     uint16_t remote_port, const void *data, size_t len);
	void *send_ctx;
	const struct kernel_ops *kernel;
	void *kernel_ctx;
	const struct route_ops *route;	/* NULL: no routes are made */
	void *route_ctx;
};

#define IKE_RETRANSMITS 5

/**
 * struct ike_schedule - times in milliseconds
 *
 * A router sends again five times, 10 s apart, and gives up after 60 s. We end
 * at the same moment after as many tries, but make the first ones sooner, so
 * that one lost datagram costs a second: 1, 2, 4, 8, 15 s apart, then 30 s.
 */
struct ike_schedule {
	uint32_t retransmit[IKE_RETRANSMITS];	/* before the 1st..5th repetition */
	uint32_t death;			/* after the last repetition */
	uint32_t half_open;		/* a responder waits for MM3 */
	uint32_t request;		/* the key engine asks again, IOS */
	uint32_t node_purge;		/* a finished node answers duplicates so long, IOS */
	uint32_t sa_purge;		/* a dead SA is shown so long */
	uint32_t old_pair;		/* a replaced pair stays so long */
	uint32_t linger;		/* what was on its way when a pair ended may come so long */
	uint32_t tunnel;		/* a tunnel without SAs is tried so often */
	uint32_t fragment;		/* what came of a message in pieces waits so long for the next one */
	uint32_t spi_settled;		/* INVALID-SPI about a younger pair is no reason to end it */
};

extern const struct ike_schedule ike_schedule_default;

#define IKE_CLEAR_NOTIFIES 100		/* unauthenticated notifies sent per second, all peers together */

struct ike {
	uv_loop_t *loop;
	struct event_hub *hub;
	const struct config *config;	/* owned by the caller of ike_configure() */
	struct ike_world world;
	struct ike_schedule schedule;

	TAILQ_HEAD(, peer) peers;
	TAILQ_HEAD(flow_list, flow) flows;
	/* the same objects, by what they are looked up by */
	LIST_HEAD(, peer) peers_by_remote[BUCKETS];
	LIST_HEAD(, ike_sa) sas_by_cookie[BUCKETS];
	LIST_HEAD(, flow) flows_by_proxies[BUCKETS];
	LIST_HEAD(, child_sa) children_by_remote[BUCKETS], children_by_spi_in[BUCKETS], children_by_spi_out[BUCKETS];
	TAILQ_HEAD(, dynamic) dynamics;
	struct ike_binding *bindings;
	unsigned int binding_count;

	uint32_t next_conn_id, next_child_id, next_number, next_handle;
	struct admission admission;
	unsigned int clear_notifies;	/* sent in the second that began at clear_since */
	uint64_t clear_since;
	struct workers *workers;	/* for Diffie-Hellman */
	struct timer tunnels;
	struct routes *routes;		/* reverse routes; NULL: route_refresh() was not called yet */
	struct timer route_timer;
	struct recovery recovery;
	struct timer renewal;		/* of what was adopted: adopt.c */
	bool stopping;
};

/** ike_init() - an instance with nothing configured; @world is copied. -1 without memory or descriptors. */
int ike_init(struct ike *ike, uv_loop_t *loop, struct event_hub *hub, const struct ike_world *world);

/** ike_fini() - free all objects without telling peers or the kernel (ike_stop() does that before); then the loop must run. */
void ike_fini(struct ike *ike);

/** ike_stop() - DELETE to every peer, all SAs out of the kernel. */
void ike_stop(struct ike *ike);

/** ike_configure() - take @config (the caller keeps the old one until this returns); flows that it no longer has go. */
void ike_configure(struct ike *ike, const struct config *config);

/** ike_bindings() - replace the table of bound interfaces (copied). */
void ike_bindings(struct ike *ike, const struct ike_binding *bindings, unsigned int count);

/** ike_tunnels() - negotiate for the tunnels that have no SAs (flows whose entry is kept up), now and from time to time. */
void ike_tunnels(struct ike *ike);

/** ike_binding_address() - the one of @b that reaches @remote: of the same family; length 0: none. */
static inline const struct addr *ike_binding_address(const struct ike_binding *b, const struct addr *remote)
{
	return remote->length == 16 ? &b->local6 : &b->local;
}

/** ike_binding_has() - is @addr an address of @b? */
static inline bool ike_binding_has(const struct ike_binding *b, const struct addr *addr)
{
	return addr->length && addr_equal(ike_binding_address(b, addr), addr);
}

/** ike_binding_local() - the binding that owns local address @local, or NULL. */
const struct ike_binding *ike_binding_local(const struct ike *ike, const struct addr *local);

/** ike_input() - a datagram from @remote to @local, without non-ESP marker: the only door for what peers send. */
void ike_input(struct ike *ike, const struct addr *local, uint16_t local_port, const struct addr *remote,
	       uint16_t remote_port, const uint8_t *data, size_t len);

/** ike_kernel_events - the kernel's events; arg is the struct ike. */
extern const struct kernel_events ike_kernel_events;

#endif
