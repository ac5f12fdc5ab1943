/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the genetlink family share: netlink.c asks, dump.c answers, event.c tells. */
#ifndef CMAP_NETLINK_H
#define CMAP_NETLINK_H

#include "cryptomap.h"

struct cmap_flow;
struct cmap_sa;
struct cmap_sa_key;
struct cmap_selector;
struct genl_info;
struct netlink_callback;
struct sk_buff;

extern struct genl_family cmap_genl_family;

/* policy.c */
extern const struct nla_policy cmap_policy_proxy[CMAP_PROXY_A_MAX + 1];
extern const struct nla_policy cmap_policy_rule[CMAP_RULE_A_MAX + 1];
extern const struct nla_policy cmap_policy_entry_set[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_entry[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_map[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_link_set[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_link[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_spi_alloc[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_key[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_get[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_flush[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_new[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_none[CMAP_A_MAX + 1];

/** struct cmap_filter - what narrows a dump; @map NULL: any */
struct cmap_filter {
	const char *map;
	bool has_peer;
	union cmap_addr peer;
};

/** cmap_netlink_dump() - check the request of a dump, for every part of it again, and read its filter */
int cmap_netlink_dump(struct netlink_callback *cb, struct cmap_filter *filter);

/* dump.c: replies, and parts of them. The put functions return 0 or -EMSGSIZE. */
int cmap_dump_entries(struct sk_buff *skb, struct netlink_callback *cb);
int cmap_dump_links(struct sk_buff *skb, struct netlink_callback *cb);
int cmap_dump_sas(struct sk_buff *skb, struct netlink_callback *cb);
int cmap_dump_reply_key(struct genl_info *info, const struct cmap_sa_key *key);
int cmap_dump_reply_sa(struct genl_info *info, const struct cmap_sa_key *key);
int cmap_dump_reply_count(struct genl_info *info, unsigned int count);
int cmap_dump_reply_stats(struct genl_info *info);
int cmap_dump_put_addr(struct sk_buff *skb, int type, u8 family, const union cmap_addr *addr);
int cmap_dump_put_proxies(struct sk_buff *skb, int local, int remote,
			  const struct cmap_selector *selector);
int cmap_dump_put_flow(struct sk_buff *skb, const struct cmap_flow *flow);
int cmap_dump_put_key(struct sk_buff *skb, const struct cmap_sa_key *key);
/** cmap_dump_put_sa() - all of an SA but its keys. cmap_net.lock held */
int cmap_dump_put_sa(struct sk_buff *skb, const struct cmap_sa *sa);

#endif /* CMAP_NETLINK_H */
