/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the genetlink family share: netlink*.c ask, dump.c answers, event.c tells. */
#ifndef CMAP_NETLINK_H
#define CMAP_NETLINK_H

#include "cryptomap.h"

struct cmap_drop_record;
struct cmap_flow;
struct cmap_sa;
struct cmap_sa_key;
struct cmap_selector;
struct genl_info;
struct netlink_callback;
struct sk_buff;

extern struct genl_family cmap_genl_family;

/* multicast groups, by their place in the family */
enum cmap_group {
	CMAP_GROUP_EVENTS,
	CMAP_GROUP_DROPS,
};

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
extern const struct nla_policy cmap_policy_sa_move[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_get[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_flush[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_sa_new[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_flow[CMAP_FLOW_A_MAX + 1];
extern const struct nla_policy cmap_policy_trace[CMAP_A_MAX + 1];
extern const struct nla_policy cmap_policy_none[CMAP_A_MAX + 1];

/* attr.c: the get functions return 0, or -EINVAL with a text and the attribute in @extack */
int cmap_attr_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr, const char *text);
/** cmap_attr_no_duplicates() - no attribute of one level twice, but @repeats (0: none) */
int cmap_attr_no_duplicates(const struct nlattr *head, int len, int repeats,
			    struct netlink_ext_ack *extack);
/**
 * cmap_attr_addr() - any address
 * @family: in: which it must be of, AF_UNSPEC: either; out: which it is of
 */
int cmap_attr_addr(const struct nlattr *attr, u8 *family, union cmap_addr *addr,
		   struct netlink_ext_ack *extack);
/** cmap_attr_has_ports() - do packets of this protocol have ports that rules can name? */
bool cmap_attr_has_ports(u8 protocol);
/**
 * cmap_attr_host() - an address of a host, not of nobody or of many
 * @family: in: which it must be of, AF_UNSPEC: either; out: which it is of
 */
int cmap_attr_host(const struct nlattr *attr, u8 *family, union cmap_addr *addr,
		   struct netlink_ext_ack *extack);
int cmap_attr_selector(const struct nlattr *local, const struct nlattr *remote,
		       struct cmap_selector *selector, struct netlink_ext_ack *extack);
int cmap_attr_spi(const struct nlattr *attr, __be32 *spi, struct netlink_ext_ack *extack);
/** cmap_attr_key() - PROTO, DST and, if it is there, SPI */
int cmap_attr_key(struct genl_info *info, struct cmap_sa_key *key);
/** cmap_attr_filter() - MAP_NAME and PEER_ADDR, where they are there */
int cmap_attr_filter(struct nlattr **attrs, struct cmap_filter *filter,
		     struct netlink_ext_ack *extack);

/** cmap_netlink_begin() - what each request is checked for first; @needs: attributes it must have, 0 ends the list */
int cmap_netlink_begin(struct genl_info *info, const u8 *needs);

/** cmap_netlink_dump() - check the request of a dump, for every part of it again, and read its filter */
int cmap_netlink_dump(struct netlink_callback *cb, struct cmap_filter *filter);

/* netlink_map.c, netlink_sa.c: the commands */
int cmap_netlink_entry_set(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_entry_del(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_map_del(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_link_set(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_link_del(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_spi_alloc(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_sa_new(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_sa_enable(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_sa_move(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_sa_del(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_sa_get(struct sk_buff *skb, struct genl_info *info);
int cmap_netlink_sa_flush(struct sk_buff *skb, struct genl_info *info);

/* trace.c */
int cmap_netlink_trace(struct sk_buff *request, struct genl_info *info);

/* dump.c: replies, and parts of them. The put functions return 0 or -EMSGSIZE. */
int cmap_dump_entries(struct sk_buff *skb, struct netlink_callback *cb);
int cmap_dump_links(struct sk_buff *skb, struct netlink_callback *cb);
int cmap_dump_sas(struct sk_buff *skb, struct netlink_callback *cb);
/** cmap_dump_reply_new() - an empty reply; NULL: no memory */
struct sk_buff *cmap_dump_reply_new(struct genl_info *info, void **head);
/** cmap_dump_reply_send() - send it, or throw it away if @err. Return: @err, or of sending */
int cmap_dump_reply_send(struct genl_info *info, struct sk_buff *skb, void *head, int err);
int cmap_dump_reply_key(struct genl_info *info, const struct cmap_sa_key *key);
int cmap_dump_reply_sa(struct genl_info *info, const struct cmap_sa_key *key);
int cmap_dump_reply_count(struct genl_info *info, unsigned int count);
int cmap_dump_reply_stats(struct genl_info *info);
int cmap_dump_put_addr(struct sk_buff *skb, int type, u8 family, const union cmap_addr *addr);
int cmap_dump_put_proxies(struct sk_buff *skb, int local, int remote,
			  const struct cmap_selector *selector);
int cmap_dump_put_flow(struct sk_buff *skb, const struct cmap_flow *flow);
int cmap_dump_put_reason(struct sk_buff *skb, enum cmap_drop reason);
/** cmap_dump_put_dropped() - as DROPS_GET tells it. @left_out: 0: no DROPPED */
int cmap_dump_put_dropped(struct sk_buff *skb, const struct cmap_drop_record *rec, u64 left_out);
int cmap_dump_put_key(struct sk_buff *skb, const struct cmap_sa_key *key);
/** cmap_dump_put_sa() - all of an SA but its keys. cmap_net.lock held */
int cmap_dump_put_sa(struct sk_buff *skb, const struct cmap_sa *sa);

/* event.c: to the group "drops" */
bool cmap_netlink_wants_drops(struct cmap_net *cn);
void cmap_netlink_dropped(struct cmap_net *cn, const struct cmap_drop_record *rec, u64 left_out);

#endif /* CMAP_NETLINK_H */
