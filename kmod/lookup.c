// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which rule of a crypto map decides about a packet.
 *
 * Entries are asked in ascending sequence; in an entry the first rule that
 * matches decides: permit protects, deny goes on to the next entry, as does an
 * entry in which nothing matches. Nothing at all: in clear. Of a long map an
 * index answers that; of a short one, or while it changes, a walk does.
 */
#include <linux/slab.h>
#include "cryptomap.h"
#include "index.h"

#define INDEX_RULES	16		/* maps with fewer lines are walked through */

static void denied(void *what)
{
	cmap_map_matched(what, 1);
}

static struct cmap_rule *walk(const struct cmap_map *map, const struct cmap_flow *flow,
			      bool mirrored)
{
	const struct cmap_entry *entry;
	struct cmap_rule *rule;
	unsigned int i;

	list_for_each_entry_rcu(entry, &map->entries, node) {
		for (i = 0; i < entry->rules; i++) {
			rule = entry->rule[i];
			if (!(mirrored ? cmap_acl_match_mirrored : cmap_acl_match)(
					&rule->selector, flow, rule->action == CMAP_RULE_PERMIT))
				continue;
			if (rule->action == CMAP_RULE_PERMIT)
				return rule;
			denied(rule);
			break;
		}
	}
	return NULL;
}

static struct cmap_rule *lookup(const struct cmap_link *link, const struct cmap_flow *flow,
				bool mirrored)
{
	const struct cmap_map *map = rcu_dereference(link->map);
	const struct cmap_index *index = rcu_dereference(map->index);

	return index ? cmap_index_lookup(index, flow, mirrored, denied) : walk(map, flow, mirrored);
}

struct cmap_rule *cmap_map_lookup(const struct cmap_link *link, const struct cmap_flow *flow)
{
	return lookup(link, flow, false);
}

struct cmap_rule *cmap_map_lookup_mirrored(const struct cmap_link *link,
					   const struct cmap_flow *flow)
{
	return lookup(link, flow, true);
}

/* The lines of all entries, in the order of the walk; deny goes on with the next entry. */
static struct cmap_index *make_index(const struct cmap_map *map, u32 count)
{
	struct cmap_index_line *lines = kvmalloc_array(count, sizeof(*lines), GFP_KERNEL);
	const struct cmap_entry *entry;
	struct cmap_index *index;
	u32 at = 0, next, i;

	if (!lines)
		return NULL;
	list_for_each_entry(entry, &map->entries, node) {
		next = at + entry->rules;
		for (i = 0; i < entry->rules; i++, at++)
			lines[at] = (struct cmap_index_line){
				.selector = &entry->rule[i]->selector,
				.what = entry->rule[i],
				.permit = entry->rule[i]->action == CMAP_RULE_PERMIT,
				.next = next,
			};
	}
	index = cmap_index_make(lines, count);
	kvfree(lines);
	return index;
}

/* Maps that changed and are long get their index. Without memory packets walk on. */
void cmap_lookup_work(struct work_struct *work)
{
	struct cmap_net *cn = container_of(to_delayed_work(work), struct cmap_net, index_work);
	const struct cmap_entry *entry;
	struct cmap_map *map;
	u32 count;

	mutex_lock(&cn->lock);
	list_for_each_entry(map, &cn->maps, node) {
		if (rcu_access_pointer(map->index))
			continue;
		count = 0;
		list_for_each_entry(entry, &map->entries, node)
			count += entry->rules;
		if (count >= INDEX_RULES)
			rcu_assign_pointer(map->index, make_index(map, count));
		cond_resched();
	}
	mutex_unlock(&cn->lock);
}
