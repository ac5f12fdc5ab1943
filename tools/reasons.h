/* SPDX-License-Identifier: GPL-2.0-only */
/* Why packets are dropped, for people: what each reason means, and where to look next. */
#ifndef TOOLS_REASONS_H
#define TOOLS_REASONS_H

/**
 * struct reason - a drop reason
 * @name: as the module tells it, "no-sa"
 * @meaning: what was wrong with the packet
 * @look: what to look at next
 */
struct reason {
	const char *name, *meaning, *look;
};

/** reasons_find() - NULL: a newer module's, not known here */
const struct reason *reasons_find(const char *name);

/* all of them, in the order of enum cmap_drop; ended by a NULL name */
extern const struct reason reasons[];

#endif
