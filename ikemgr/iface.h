/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces of the network namespace: a name (Linux name or alternative
 * name) to its index and MTU, its addresses, and word when either changes.
 */
#ifndef IKEMGR_IFACE_H
#define IKEMGR_IFACE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "addr.h"

/** struct iface - one interface, as the kernel has it */
struct iface {
	uint32_t ifindex;
	char ifname[16];
	uint32_t mtu;
	uint32_t below;			/* the interface that its packets leave by; 0: none, or not told */
};

/** iface_find() - by Linux name or alternative name (any length). false: there is none. */
bool iface_find(const char *name, struct iface *out);

/**
 * iface_address() - the interface's address of @family (AF_INET, AF_INET6)
 * @preferred: taken if the interface has it (length 0: no preference)
 *
 * Else its first primary address of global scope. One that must not be used
 * yet or any more (RFC 4862) is none. false: it has none.
 */
bool iface_address(uint32_t ifindex, int family, const struct addr *preferred, struct addr *out);

/**
 * iface_create() - a link of @kind, up; @mtu 0: the kind's own
 * @below: the interface that its packets leave by, 0: not known
 *
 * Returns 0, or a negative errno.
 */
int iface_create(const char *ifname, const char *kind, uint32_t mtu, uint32_t below);

/**
 * iface_made() - the links of @kind that iface_create() made, also those of a
 * process that ended without taking them away: they carry a mark
 */
void iface_made(const char *kind, void (*each)(void *arg, uint32_t ifindex), void *arg);

/** iface_delete() - take a link away. */
void iface_delete(uint32_t ifindex);

/** iface_add_address() - give the link an address; one that it has already is no error. Returns 0, or a negative errno. */
int iface_add_address(uint32_t ifindex, const struct addr *addr, uint8_t prefix);

/** struct iface_prefix - an address of an interface */
struct iface_prefix {
	struct addr addr;
	uint8_t prefix;
};

/**
 * iface_only_addresses() - take away what addresses the link has besides @keep
 *
 * A link-local one stays if @keep has none: the kernel gives each link one.
 */
void iface_only_addresses(uint32_t ifindex, const struct iface_prefix *keep, size_t count);

/** iface_set_mtu() - Returns 0, or a negative errno. */
int iface_set_mtu(uint32_t ifindex, uint32_t mtu);

/** iface_set_below() - a link of @kind gets another interface that its packets leave by. Returns 0, or a negative errno. */
int iface_set_below(uint32_t ifindex, const char *kind, uint32_t below);

/** struct iface_watch - reports changes of links and addresses */
struct iface_watch;

/** iface_watch_new() - @changed is called once after a burst of changes. NULL: no netlink socket. */
struct iface_watch *iface_watch_new(uv_loop_t *loop, void (*changed)(void *arg), void *arg);

/** iface_watch_free() - the loop must still run once for its handles to go. */
void iface_watch_free(struct iface_watch *w);

#endif
