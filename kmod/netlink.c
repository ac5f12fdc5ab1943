// SPDX-License-Identifier: GPL-2.0-only
/*
 * The genetlink family: its commands, and what all requests have in common.
 * netlink_map.c and netlink_sa.c read them, dump.c answers, event.c tells.
 */
#include <net/genetlink.h>
#include <linux/ctype.h>
#include "cryptomap.h"
#include "netlink.h"
#include "ring.h"

static const char * const missing[CMAP_A_MAX + 1] = {
	[CMAP_A_MAP_NAME] = "MAP_NAME is missing",
	[CMAP_A_SEQ] = "SEQ is missing",
	[CMAP_A_IFINDEX] = "IFINDEX is missing",
	[CMAP_A_DIR] = "DIR is missing",
	[CMAP_A_PROTO] = "PROTO is missing",
	[CMAP_A_SPI] = "SPI is missing",
	[CMAP_A_SRC] = "SRC is missing",
	[CMAP_A_DST] = "DST is missing",
	[CMAP_A_LOCAL_PROXY] = "LOCAL_PROXY is missing",
	[CMAP_A_REMOTE_PROXY] = "REMOTE_PROXY is missing",
	[CMAP_A_FLOW] = "FLOW is missing",
	[CMAP_A_ENCAP_SPORT] = "ENCAP_SPORT is missing",
	[CMAP_A_ENCAP_DPORT] = "ENCAP_DPORT is missing",
};

static int check_name(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	const char *c = nla_data(attr);

	if (!*c)
		return cmap_attr_refuse(extack, attr, "MAP_NAME is empty");
	if (strlen(c) + 1 != nla_len(attr))
		return cmap_attr_refuse(extack, attr, "MAP_NAME goes on behind its end");
	for (; *c; c++)
		if (!isascii(*c) || !isgraph(*c))
			return cmap_attr_refuse(extack, attr,
				      "MAP_NAME has a blank or a character that can't be printed");
	return 0;
}

/* What the core checks for families whose flags are only its own */
static int check_header(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *head = nlmsg_data(nlh);
	u16 flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO;

	if (head->cmd == CMAP_CMD_ENTRY_SET)
		flags |= NLM_F_REPLACE | NLM_F_EXCL | NLM_F_CREATE;
	else if ((nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		flags |= NLM_F_DUMP;
	if (nlh->nlmsg_flags & ~flags)
		return cmap_attr_refuse(extack, NULL, "a flag of the message header that the command has not");
	if (head->reserved)
		return cmap_attr_refuse(extack, NULL, "the header's reserved field must be 0");
	if (head->version != CMAP_GENL_VERSION)
		return cmap_attr_refuse(extack, NULL, "the family's version is 1");
	return 0;
}

/* What all requests have in common: the header, no duplicates, a good name */
static int check(const struct nlmsghdr *nlh, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	int err = check_header(nlh, extack);

	if (!err)
		err = cmap_attr_no_duplicates(nlmsg_attrdata(nlh, GENL_HDRLEN),
				    nlmsg_attrlen(nlh, GENL_HDRLEN), CMAP_A_PEER, extack);
	if (!err && attrs[CMAP_A_MAP_NAME])
		err = check_name(attrs[CMAP_A_MAP_NAME], extack);
	return err;
}

int cmap_netlink_begin(struct genl_info *info, const u8 *needs)
{
	int err = check(info->nlhdr, info->attrs, info->extack);

	for (; !err && *needs; needs++) {
		if (info->attrs[*needs])
			continue;
		info->extack->miss_type = *needs;
		err = cmap_attr_refuse(info->extack, NULL, missing[*needs]);
	}
	return err;
}

static int stats_get(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { 0 };

	return cmap_netlink_begin(info, needs) ?: cmap_dump_reply_stats(info);
}

int cmap_netlink_dump(struct netlink_callback *cb, struct cmap_filter *filter)
{
	struct nlattr **attrs = cmap_compat_dump_attrs(cb);
	int err = check(cb->nlh, attrs, cb->extack);

	if (!err)
		err = cmap_attr_filter(attrs, filter, cb->extack);
	if (!err && (attrs[CMAP_A_SPI] || attrs[CMAP_A_PROTO] || attrs[CMAP_A_DST]))
		err = cmap_attr_refuse(cb->extack,
				       attrs[CMAP_A_SPI] ?: attrs[CMAP_A_PROTO] ?: attrs[CMAP_A_DST],
				       "a dump is narrowed by MAP_NAME and PEER_ADDR only");
	return err;
}

/* --- the family --- */

#define DO(c, f, p)							\
	{ .cmd = (c), .doit = (f), .policy = (p), .maxattr = CMAP_A_MAX,	\
	  .flags = GENL_UNS_ADMIN_PERM }
#define DUMP(c, f, p)							\
	{ .cmd = (c), .dumpit = (f), .policy = (p), .maxattr = CMAP_A_MAX,	\
	  .flags = GENL_UNS_ADMIN_PERM }

static const struct genl_ops ops[] = {
	DO(CMAP_CMD_ENTRY_SET, cmap_netlink_entry_set, cmap_policy_entry_set),
	DO(CMAP_CMD_ENTRY_DEL, cmap_netlink_entry_del, cmap_policy_entry),
	DUMP(CMAP_CMD_ENTRY_GET, cmap_dump_entries, cmap_policy_map),
	DO(CMAP_CMD_MAP_DEL, cmap_netlink_map_del, cmap_policy_map),
	DO(CMAP_CMD_LINK_SET, cmap_netlink_link_set, cmap_policy_link_set),
	DO(CMAP_CMD_LINK_DEL, cmap_netlink_link_del, cmap_policy_link),
	DUMP(CMAP_CMD_LINK_GET, cmap_dump_links, cmap_policy_none),
	DO(CMAP_CMD_SPI_ALLOC, cmap_netlink_spi_alloc, cmap_policy_spi_alloc),
	DO(CMAP_CMD_SA_NEW, cmap_netlink_sa_new, cmap_policy_sa_new),
	DO(CMAP_CMD_SA_ENABLE, cmap_netlink_sa_enable, cmap_policy_sa_key),
	DO(CMAP_CMD_SA_MOVE, cmap_netlink_sa_move, cmap_policy_sa_move),
	DO(CMAP_CMD_SA_DEL, cmap_netlink_sa_del, cmap_policy_sa_key),
	{
		.cmd = CMAP_CMD_SA_GET,
		.doit = cmap_netlink_sa_get,
		.dumpit = cmap_dump_sas,
		.policy = cmap_policy_sa_get,
		.maxattr = CMAP_A_MAX,
		.flags = GENL_UNS_ADMIN_PERM,
	},
	DO(CMAP_CMD_SA_FLUSH, cmap_netlink_sa_flush, cmap_policy_sa_flush),
	DO(CMAP_CMD_STATS_GET, stats_get, cmap_policy_none),
	DO(CMAP_CMD_TRACE, cmap_netlink_trace, cmap_policy_trace),
	{
		.cmd = CMAP_CMD_DROPS_GET,
		.start = cmap_ring_dump_start,
		.dumpit = cmap_ring_dump,
		.done = cmap_ring_dump_done,
		.policy = cmap_policy_none,
		.maxattr = CMAP_A_MAX,
		.flags = GENL_UNS_ADMIN_PERM,
	},
};

/* Events name addresses and SPIs of others' traffic: for administrators only. */
static const struct genl_multicast_group groups[] = {
	[CMAP_GROUP_EVENTS] = { .name = CMAP_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[CMAP_GROUP_DROPS] = { .name = CMAP_MCGRP_DROPS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family cmap_genl_family __ro_after_init = {
	.name = CMAP_GENL_NAME,
	.version = CMAP_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	/* The core would refuse NLM_F_REPLACE and NLM_F_CREATE; cmap_netlink_begin() does the rest of its check. */
	.resv_start_op = __CMAP_CMD_LAST,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init cmap_netlink_init(void)
{
	return genl_register_family(&cmap_genl_family);
}

void cmap_netlink_exit(void)
{
	genl_unregister_family(&cmap_genl_family);
}
