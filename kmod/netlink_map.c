// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about crypto maps, their entries and their bindings: attributes come
 * in, what map.c and link.c are to do goes out.
 */
#include <net/genetlink.h>
#include <linux/slab.h>
#include "cryptomap.h"
#include "netlink.h"

static int get_rules(const struct nlattr *nest, struct cmap_entry_spec *spec,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CMAP_RULE_A_MAX + 1];
	const struct nlattr *attr;
	int rem, err;

	nla_for_each_nested(attr, nest, rem) {
		err = nla_parse_nested(tb, CMAP_RULE_A_MAX, attr, cmap_policy_rule, extack);
		if (!err)
			err = cmap_attr_no_duplicates(nla_data(attr), nla_len(attr), 0, extack);
		if (err)
			return err;
		if (!tb[CMAP_RULE_A_ACTION] || !tb[CMAP_RULE_A_LOCAL] || !tb[CMAP_RULE_A_REMOTE])
			return cmap_attr_refuse(extack, attr, "a rule needs ACTION, LOCAL and REMOTE");
		err = cmap_attr_selector(tb[CMAP_RULE_A_LOCAL], tb[CMAP_RULE_A_REMOTE],
				   &spec->rule[spec->rules].selector, extack);
		if (err)
			return err;
		spec->rule[spec->rules++].action = nla_get_u8(tb[CMAP_RULE_A_ACTION]);
	}
	return 0;
}

static int count_rules(const struct nlattr *nest, unsigned int *count,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem;

	*count = 0;
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != CMAP_A_RULE || !(attr->nla_type & NLA_F_NESTED))
			return cmap_attr_refuse(extack, attr, "RULES holds nested RULE attributes only");
		if (++*count > CMAP_RULES_MAX)
			return cmap_attr_refuse(extack, attr, "an entry has at most 512 rules");
	}
	if (rem)
		return cmap_attr_refuse(extack, nest, "bytes are left over behind the last RULE");
	return 0;
}

static int get_peers(struct genl_info *info, struct cmap_entry_spec *spec)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CMAP_A_PEER)
			continue;
		if (spec->peers == CMAP_PEERS_MAX)
			return cmap_attr_refuse(info->extack, attr, "an entry has at most 16 peers");
		err = cmap_attr_host(attr, &spec->family, &spec->peer[spec->peers++], info->extack);
		if (err)
			return err;
	}
	return 0;
}

int cmap_netlink_entry_set(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_MAP_NAME, CMAP_A_SEQ, 0 };
	struct cmap_entry_spec *spec;
	const struct nlattr *list = info->attrs[CMAP_A_RULES];
	unsigned int rules = 0;
	int err;

	err = cmap_netlink_begin(info, needs);
	if (!err && list)
		err = count_rules(list, &rules, info->extack);
	if (err)
		return err;
	spec = kvzalloc(struct_size(spec, rule, rules), GFP_KERNEL);
	if (!spec)
		return -ENOMEM;
	spec->name = nla_data(info->attrs[CMAP_A_MAP_NAME]);
	spec->seq = nla_get_u32(info->attrs[CMAP_A_SEQ]);
	if (info->attrs[CMAP_A_ENTRY_FLAGS])
		spec->flags = nla_get_u32(info->attrs[CMAP_A_ENTRY_FLAGS]);
	spec->hold = info->attrs[CMAP_A_HOLD] ? nla_get_u32(info->attrs[CMAP_A_HOLD]) :
						CMAP_HOLD_DEFAULT;
	err = get_peers(info, spec);
	if (!err && info->attrs[CMAP_A_LOCAL_ADDR]) {
		spec->has_local = true;
		err = cmap_attr_host(info->attrs[CMAP_A_LOCAL_ADDR], &spec->family, &spec->local,
			       info->extack);
	}
	if (!err && list)
		err = get_rules(list, spec, info->extack);
	if (!err)
		err = cmap_map_entry_set(cmap_net(genl_info_net(info)), spec,
					 !(info->nlhdr->nlmsg_flags & NLM_F_REPLACE) ||
					 (info->nlhdr->nlmsg_flags & NLM_F_CREATE),
					 info->nlhdr->nlmsg_flags & NLM_F_REPLACE, info->extack);
	kvfree(spec);
	return err;
}

int cmap_netlink_entry_del(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_MAP_NAME, CMAP_A_SEQ, 0 };

	return cmap_netlink_begin(info, needs) ?:
	       cmap_map_entry_del(cmap_net(genl_info_net(info)),
				  nla_data(info->attrs[CMAP_A_MAP_NAME]),
				  nla_get_u32(info->attrs[CMAP_A_SEQ]), info->extack);
}

int cmap_netlink_map_del(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_MAP_NAME, 0 };

	return cmap_netlink_begin(info, needs) ?:
	       cmap_map_del(cmap_net(genl_info_net(info)),
			    nla_data(info->attrs[CMAP_A_MAP_NAME]), info->extack);
}

int cmap_netlink_link_set(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_IFINDEX, CMAP_A_MAP_NAME, 0 };
	struct cmap_mss mss = {};

	if (info->attrs[CMAP_A_TCP_MSS])
		mss.ipv4 = nla_get_u16(info->attrs[CMAP_A_TCP_MSS]);
	if (info->attrs[CMAP_A_TCP_MSS6])
		mss.ipv6 = nla_get_u16(info->attrs[CMAP_A_TCP_MSS6]);
	return cmap_netlink_begin(info, needs) ?:
	       cmap_map_link_set(cmap_net(genl_info_net(info)),
				 nla_get_u32(info->attrs[CMAP_A_IFINDEX]),
				 nla_data(info->attrs[CMAP_A_MAP_NAME]), mss, info->extack);
}

int cmap_netlink_link_del(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_IFINDEX, 0 };

	return cmap_netlink_begin(info, needs) ?:
	       cmap_map_link_del(cmap_net(genl_info_net(info)),
				 nla_get_u32(info->attrs[CMAP_A_IFINDEX]), info->extack);
}
