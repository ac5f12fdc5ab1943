/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A configuration into the kernel: entries of crypto maps, and which map is on
 * which interface. What did not change is not touched.
 */
#ifndef IKEMGR_APPLY_H
#define IKEMGR_APPLY_H

#include <stddef.h>

struct config;
struct ike;

/** struct apply_names - "-i NAME=IF": what the configuration calls NAME is Linux' IF */
struct apply_names {
	struct { char name[64], ifname[64]; } *pair;
	size_t count;
};

/** apply_names_add() - NAME is @name's first @length bytes. -1 without memory. */
int apply_names_add(struct apply_names *names, const char *name, size_t length, const char *ifname);

/** struct apply - what this daemon has put into the kernel */
struct apply;

/** apply_new() - nothing yet; both arguments outlive it. NULL without memory. */
struct apply *apply_new(struct ike *ike, const struct apply_names *names);

/**
 * apply_config() - make the kernel and @ike follow @config
 * @old: what is in force, NULL at the start: then what an ended daemon left
 *	behind of these maps is taken over, as far as it is configured, else cleared
 *
 * What the kernel refuses is reported with its own text; the rest is loaded.
 */
void apply_config(struct apply *a, const struct config *old, const struct config *config);

/** apply_interfaces() - links or addresses have changed: bind what can be bound now. */
void apply_interfaces(struct apply *a, const struct config *config);

/** apply_free() - all stays in the kernel, for the next daemon. NULL is fine. */
void apply_free(struct apply *a);

/** apply_end() - take bindings and maps of @config out of the kernel, and free. */
void apply_end(struct apply *a, const struct config *config);

#endif
