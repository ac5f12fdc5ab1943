// SPDX-License-Identifier: GPL-2.0-only
/*
 * An index over access lists: a packet's 5-tuple comes in, the line at which a
 * walk would end goes out.
 *
 * Lines that have the same family and prefix lengths have one shape. There are
 * few shapes, however many lines: for each, the packet's addresses are cut to
 * its lengths and looked up in a hash table, where the lines with those networks
 * hang in the order of the walk. Of all shapes the first line counts. What is
 * in a chain by accident does no harm, as every line is compared in full.
 *
 * The walk goes on behind the entry when a deny decides; so do we, for lines
 * from there on.
 */
#ifdef __KERNEL__
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/socket.h>
#endif
#include "index.h"

#define NONE U32_MAX

/**
 * struct shape - what lines can have in common
 * @family: of their addresses
 * @local: prefix length of that side
 * @remote: and of this
 * @first: the first line that has it
 */
struct shape {
	u8 family;
	u8 local;
	u8 remote;
	u32 first;
};

/* @link: the next one in its chain */
struct line {
	struct cmap_index_line is;
	u32 link;
};

/**
 * struct cmap_index
 * @rcu: freed after a grace period
 * @seed: of the hash
 * @mask: number of chains minus one
 * @count: of @line
 * @shapes: of @shape
 * @shape: in order of their first lines
 * @chain: first line of each, NONE ends
 * @line: in the order of the walk
 */
struct cmap_index {
	struct rcu_head rcu;
	u32 seed;
	u32 mask;
	u32 count;
	u32 shapes;
	struct shape *shape;
	u32 *chain;
	struct line line[];
};

/* The chain for addresses that are @local and @remote to us */
static u32 chain_of(const struct cmap_index *index, const struct shape *s,
		    const union cmap_addr *local, const union cmap_addr *remote)
{
	union cmap_addr key[2];

	cmap_addr_cut(s->family, s->local, local, &key[0]);
	cmap_addr_cut(s->family, s->remote, remote, &key[1]);
	return jhash2((const u32 *)key, sizeof(key) / 4,
		      index->seed ^ (s->local << 8 | s->remote)) & index->mask;
}

static struct shape *shape_of(struct cmap_index *index, const struct cmap_selector *s)
{
	u32 i;

	for (i = 0; i < index->shapes; i++)
		if (index->shape[i].family == s->family &&
		    index->shape[i].local == s->local.prefix &&
		    index->shape[i].remote == s->remote.prefix)
			return &index->shape[i];
	return NULL;
}

/* In the order of the lines, so that the shapes are in order of their first ones. */
static int find_shapes(struct cmap_index *index)
{
	u32 i, room = 0;

	for (i = 0; i < index->count; i++) {
		const struct cmap_selector *s = index->line[i].is.selector;
		struct shape *more;

		if (shape_of(index, s))
			continue;
		if (index->shapes == room) {
			room += 16;
			more = krealloc(index->shape, room * sizeof(*more), GFP_KERNEL);
			if (!more)
				return -ENOMEM;
			index->shape = more;
		}
		index->shape[index->shapes++] = (struct shape){
			.family = s->family, .local = s->local.prefix,
			.remote = s->remote.prefix, .first = i,
		};
	}
	return 0;
}

/* From the last to the first, so that each chain is in order. */
static void fill_chains(struct cmap_index *index)
{
	u32 i;

	for (i = 0; i <= index->mask; i++)
		index->chain[i] = NONE;
	for (i = index->count; i-- > 0;) {
		const struct cmap_selector *s = index->line[i].is.selector;
		u32 chain = chain_of(index, shape_of(index, s), &s->local.addr, &s->remote.addr);

		index->line[i].link = index->chain[chain];
		index->chain[chain] = i;
	}
}

static void destroy(struct cmap_index *index)
{
	kfree(index->shape);
	kvfree(index->chain);
	kvfree(index);
}

struct cmap_index *cmap_index_make(const struct cmap_index_line *lines, u32 count)
{
	struct cmap_index *index = kvzalloc(struct_size(index, line, count), GFP_KERNEL);
	u32 i;

	if (!index)
		return NULL;
	index->seed = get_random_u32();
	index->count = count;
	index->mask = roundup_pow_of_two(count + 1) - 1;
	index->chain = kvmalloc_array(index->mask + 1, sizeof(*index->chain), GFP_KERNEL);
	for (i = 0; i < count; i++)
		index->line[i].is = lines[i];
	if (!index->chain || find_shapes(index)) {
		destroy(index);
		return NULL;
	}
	fill_chains(index);
	return index;
}

static void destroy_rcu(struct rcu_head *rcu)
{
	destroy(container_of(rcu, struct cmap_index, rcu));
}

void cmap_index_retire(struct cmap_index *index)
{
	if (index)
		call_rcu(&index->rcu, destroy_rcu);
}

/* The first line from @from on that the packet falls under, or NONE */
static u32 first_match(const struct cmap_index *index, const struct cmap_flow *flow, bool mirrored,
		       u32 from)
{
	const union cmap_addr *local = mirrored ? &flow->daddr : &flow->saddr;
	const union cmap_addr *remote = mirrored ? &flow->saddr : &flow->daddr;
	const struct cmap_index_line *line;
	const struct shape *s;
	u32 best = NONE, i;

	for (s = index->shape; s < index->shape + index->shapes && s->first < best; s++) {
		if (s->family != flow->family)
			continue;
		for (i = index->chain[chain_of(index, s, local, remote)]; i < best;
		     i = index->line[i].link) {
			line = &index->line[i].is;
			if (i >= from &&
			    (mirrored ? cmap_acl_match_mirrored : cmap_acl_match)(line->selector, flow,
										  line->permit))
				best = i;
		}
	}
	return best;
}

void *cmap_index_lookup(const struct cmap_index *index, const struct cmap_flow *flow, bool mirrored,
			void (*denied)(void *what))
{
	const struct cmap_index_line *line;
	u32 at = 0;

	for (;;) {
		at = first_match(index, flow, mirrored, at);
		if (at == NONE)
			return NULL;
		line = &index->line[at].is;
		if (line->permit)
			return line->what;
		denied(line->what);
		at = line->next;
	}
}
