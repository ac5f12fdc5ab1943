/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Temporary entries of dynamic crypto maps: who is answered by a template
 * (crypto dynamic-map) gets an entry of its own in the crypto map, numbered
 * from 65536 on, with its address as peer and the proxies that it asked for.
 * The entry lives as long as its flow or the quick mode that made it.
 */
#ifndef IKEMGR_DYNAMIC_H
#define IKEMGR_DYNAMIC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "addr.h"
#include "kernel.h"

#define DYNAMIC_SEQ_FIRST	65536u		/* IOS */
#define DYNAMIC_SEQ_LAST	98303u
#define DYNAMIC_GUARD_FIRST	98304u		/* the templates' own access lists, for the module: see apply.c */

struct config_entry;
struct flow;
struct ike;
struct ike_sa;
struct lookup_entry;

/**
 * struct dynamic - a temporary entry
 * @map, @seq: the entry; @template_map, @template_seq: what it was made of
 * @local, @remote: the addresses that the peer was authenticated with
 * @users: flows and quick modes
 */
struct dynamic {
	TAILQ_ENTRY(dynamic) link;	/* in ike->dynamics, by map and sequence */
	struct ike *ike;
	char map[CMAP_NAME_MAX + 1], template_map[CMAP_NAME_MAX + 1];
	uint32_t seq, template_seq;
	struct addr local, remote;
	struct proxy local_proxy, remote_proxy;
	unsigned int users;
};

/** dynamic_find() - the temporary entry @map @seq, or NULL. */
struct dynamic *dynamic_find(const struct ike *ike, const char *map, uint32_t seq);

/**
 * dynamic_get() - the entry for a quick mode under @sa that @entry's template answers; made, also in the kernel, if needed
 * @entry: from lookup_responder(); its sequence is filled in
 *
 * One more user. NULL: the kernel refuses it (reported), or no memory.
 */
struct dynamic *dynamic_get(const struct ike_sa *sa, struct lookup_entry *entry, const struct proxy *local,
			    const struct proxy *remote);

/** dynamic_hold() - one more user of @d; NULL is fine. Returns @d. */
struct dynamic *dynamic_hold(struct dynamic *d);

/** dynamic_put() - one user less: the last one takes it out of the kernel. NULL is fine. */
void dynamic_put(struct dynamic *d);

/** dynamic_template() - what @d was made of; NULL: it is configured so no more. */
const struct config_entry *dynamic_template(const struct dynamic *d);

/**
 * dynamic_refuses() - may the peer of @sa not have an entry of @map with these proxies?
 *
 * It may not have the whole Internet behind it, unless a template's list says
 * so, nor what another peer with another key has: who is authenticated by a
 * key may still not take others' traffic.
 */
bool dynamic_refuses(const struct ike_sa *sa, const struct config_entry *template, const char *map,
		     const struct proxy *local, const struct proxy *remote);

/** dynamic_supersede() - the peer of @d has proved that it lives: flows of other addresses with its proxies end. */
void dynamic_supersede(const struct dynamic *d);

/** dynamic_seq() - is @seq a number of temporary entries? Tunnels' profiles make entries with such ones, too. */
static inline bool dynamic_seq(uint32_t seq)
{
	return seq >= DYNAMIC_SEQ_FIRST && seq <= DYNAMIC_SEQ_LAST;
}

/**
 * dynamic_adopt() - the entry of an SA that an ended daemon left in the kernel
 *
 * Made again, of the first template that may have made it, if it is of a temporary
 * entry. It has no user yet. Not in the kernel: there it still is.
 */
void dynamic_adopt(struct ike *ike, const struct kernel_sa_info *sa);

/** dynamic_sweep() - what was adopted and serves nothing goes, also out of the kernel. */
void dynamic_sweep(struct ike *ike);

/** dynamic_free_all() - silently: the kernel is not told. */
void dynamic_free_all(struct ike *ike);

#endif
