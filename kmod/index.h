/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An index over the lines of a crypto map's access lists: it answers what a
 * walk through them would, without the walk. It knows nothing of maps, and
 * selftests/unit/test_index.c compiles it in user space beside such a walk.
 */
#ifndef CMAP_INDEX_H
#define CMAP_INDEX_H

#include "selector.h"

struct cmap_index;

/**
 * struct cmap_index_line - a line, for cmap_index_make()
 * @selector: what it covers; stays as long as the index
 * @what: whose it is
 * @permit: the line ends the walk
 * @next: number of the line at which the walk goes on behind this one if it
 *	is no permit: the first of the next entry
 */
struct cmap_index_line {
	const struct cmap_selector *selector;
	void *what;
	bool permit;
	u32 next;
};

/**
 * cmap_index_make() - an index over @count lines in the order of the walk
 * @lines: copied
 *
 * May sleep. Return: the index, or NULL without memory.
 */
struct cmap_index *cmap_index_make(const struct cmap_index_line *lines, u32 count);

/** cmap_index_retire() - free it after a grace period; it was unpublished. NULL is fine */
void cmap_index_retire(struct cmap_index *index);

/**
 * cmap_index_lookup() - the first line that a packet falls under
 * @mirrored: it comes in: its source is the remote side
 * @denied: called for each deny that sends the walk to the next entry
 *
 * Return: @what of the permit line at which the walk ends, or NULL. RCU.
 */
void *cmap_index_lookup(const struct cmap_index *index, const struct cmap_flow *flow, bool mirrored,
			void (*denied)(void *what));

#endif /* CMAP_INDEX_H */
