// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each command of the genetlink family may carry, and in what form. What
 * a policy does not list is refused by the core.
 */
#include <net/genetlink.h>
#include "cryptomap.h"
#include "netlink.h"

static struct netlink_range_validation seq_range = { CMAP_SEQ_MIN, CMAP_SEQ_MAX };
static struct netlink_range_validation hold_range = { 0, CMAP_HOLD_MAX };
static struct netlink_range_validation len_range = { 1, 65535 };
static struct netlink_range_validation one_range = { 1, U32_MAX };
static struct netlink_range_validation one64_range = { 1, S64_MAX };

#define NAME	{ .type = NLA_NUL_STRING, .len = CMAP_NAME_MAX }
#define ADDR	{ .type = NLA_BINARY, .len = sizeof(struct in6_addr) }
#define SEQ	NLA_POLICY_FULL_RANGE(NLA_U32, &seq_range)
#define NEST(p)	NLA_POLICY_NESTED(p)
#define PROTO	NLA_POLICY_RANGE(NLA_U8, IPPROTO_ESP, IPPROTO_AH)

const struct nla_policy cmap_policy_proxy[CMAP_PROXY_A_MAX + 1] = {
	[CMAP_PROXY_A_ADDR] = ADDR,
	[CMAP_PROXY_A_PREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[CMAP_PROXY_A_PROTOCOL] = { .type = NLA_U8 },
	[CMAP_PROXY_A_PORT_LO] = { .type = NLA_U16 },
	[CMAP_PROXY_A_PORT_HI] = { .type = NLA_U16 },
};

const struct nla_policy cmap_policy_rule[CMAP_RULE_A_MAX + 1] = {
	[CMAP_RULE_A_ACTION] = NLA_POLICY_MAX(NLA_U8, __CMAP_RULE_ACTION_LAST - 1),
	[CMAP_RULE_A_LOCAL] = NEST(cmap_policy_proxy),
	[CMAP_RULE_A_REMOTE] = NEST(cmap_policy_proxy),
};

const struct nla_policy cmap_policy_entry_set[CMAP_A_MAX + 1] = {
	[CMAP_A_MAP_NAME] = NAME,
	[CMAP_A_SEQ] = SEQ,
	[CMAP_A_PEER] = ADDR,
	[CMAP_A_LOCAL_ADDR] = ADDR,
	[CMAP_A_RULES] = { .type = NLA_NESTED },
	[CMAP_A_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &hold_range),
	[CMAP_A_ENTRY_FLAGS] = NLA_POLICY_MASK(NLA_U32, CMAP_ENTRY_F_ALL),
};

const struct nla_policy cmap_policy_entry[CMAP_A_MAX + 1] = {
	[CMAP_A_MAP_NAME] = NAME,
	[CMAP_A_SEQ] = SEQ,
};

const struct nla_policy cmap_policy_map[CMAP_A_MAX + 1] = {
	[CMAP_A_MAP_NAME] = NAME,
};

const struct nla_policy cmap_policy_link_set[CMAP_A_MAX + 1] = {
	[CMAP_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &one_range),
	[CMAP_A_MAP_NAME] = NAME,
	[CMAP_A_TCP_MSS] = NLA_POLICY_MIN(NLA_U16, CMAP_TCP_MSS_MIN),
	[CMAP_A_TCP_MSS6] = NLA_POLICY_MIN(NLA_U16, CMAP_TCP_MSS_MIN),
};

const struct nla_policy cmap_policy_link[CMAP_A_MAX + 1] = {
	[CMAP_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &one_range),
};

const struct nla_policy cmap_policy_spi_alloc[CMAP_A_MAX + 1] = {
	[CMAP_A_PROTO] = PROTO,
	[CMAP_A_DST] = ADDR,
};

const struct nla_policy cmap_policy_sa_key[CMAP_A_MAX + 1] = {
	[CMAP_A_PROTO] = PROTO,
	[CMAP_A_SPI] = { .type = NLA_BE32 },
	[CMAP_A_DST] = ADDR,
};

const struct nla_policy cmap_policy_sa_move[CMAP_A_MAX + 1] = {
	[CMAP_A_PROTO] = PROTO,
	[CMAP_A_SPI] = { .type = NLA_BE32 },
	[CMAP_A_DST] = ADDR,
	[CMAP_A_ENCAP_SPORT] = { .type = NLA_U16 },
	[CMAP_A_ENCAP_DPORT] = { .type = NLA_U16 },
};

const struct nla_policy cmap_policy_sa_get[CMAP_A_MAX + 1] = {
	[CMAP_A_PROTO] = PROTO,
	[CMAP_A_SPI] = { .type = NLA_BE32 },
	[CMAP_A_DST] = ADDR,
	[CMAP_A_MAP_NAME] = NAME,
	[CMAP_A_PEER_ADDR] = ADDR,
};

const struct nla_policy cmap_policy_sa_flush[CMAP_A_MAX + 1] = {
	[CMAP_A_MAP_NAME] = NAME,
	[CMAP_A_PEER_ADDR] = ADDR,
};

const struct nla_policy cmap_policy_sa_new[CMAP_A_MAX + 1] = {
	[CMAP_A_DIR] = NLA_POLICY_MAX(NLA_U8, __CMAP_DIR_LAST - 1),
	[CMAP_A_PROTO] = PROTO,
	[CMAP_A_SPI] = { .type = NLA_BE32 },
	[CMAP_A_SRC] = ADDR,
	[CMAP_A_DST] = ADDR,
	[CMAP_A_MAP_NAME] = NAME,
	[CMAP_A_SEQ] = SEQ,
	[CMAP_A_LOCAL_PROXY] = NEST(cmap_policy_proxy),
	[CMAP_A_REMOTE_PROXY] = NEST(cmap_policy_proxy),
	[CMAP_A_CIPHER] = NLA_POLICY_MAX(NLA_U16, CMAP_CIPHER_MAX),
	[CMAP_A_CIPHER_KEY] = { .type = NLA_BINARY, .len = CMAP_KEY_MAX },
	[CMAP_A_AUTH] = NLA_POLICY_MAX(NLA_U16, CMAP_AUTH_MAX),
	[CMAP_A_AUTH_KEY] = { .type = NLA_BINARY, .len = CMAP_KEY_MAX },
	[CMAP_A_REPLAY_WINDOW] = NLA_POLICY_MAX(NLA_U32, CMAP_REPLAY_MAX),
	[CMAP_A_SA_FLAGS] = NLA_POLICY_MASK(NLA_U32, CMAP_SA_F_ALL),
	[CMAP_A_CONN_ID] = { .type = NLA_U32 },
	[CMAP_A_SEQ_NUMBER] = { .type = NLA_U64 },
	[CMAP_A_LIFE_SOFT_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &one_range),
	[CMAP_A_LIFE_HARD_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &one_range),
	[CMAP_A_LIFE_SOFT_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U64, &one64_range),
	[CMAP_A_LIFE_HARD_BYTES] = NLA_POLICY_FULL_RANGE(NLA_U64, &one64_range),
	[CMAP_A_MODE] = NLA_POLICY_MAX(NLA_U8, __CMAP_MODE_LAST - 1),
	[CMAP_A_ENCAP_SPORT] = { .type = NLA_U16 },
	[CMAP_A_ENCAP_DPORT] = { .type = NLA_U16 },
	[CMAP_A_ICV_LEN] = { .type = NLA_U8 },
	[CMAP_A_DF] = NLA_POLICY_MAX(NLA_U8, __CMAP_DF_LAST - 1),
	[CMAP_A_AH_SPI] = { .type = NLA_BE32 },
	[CMAP_A_IDLE_SECONDS] = NLA_POLICY_FULL_RANGE(NLA_U32, &one_range),
};

const struct nla_policy cmap_policy_flow[CMAP_FLOW_A_MAX + 1] = {
	[CMAP_FLOW_A_SRC] = ADDR,
	[CMAP_FLOW_A_DST] = ADDR,
	[CMAP_FLOW_A_PROTOCOL] = { .type = NLA_U8 },
	[CMAP_FLOW_A_SPORT] = { .type = NLA_U16 },
	[CMAP_FLOW_A_DPORT] = { .type = NLA_U16 },
};

const struct nla_policy cmap_policy_trace[CMAP_A_MAX + 1] = {
	[CMAP_A_FLOW] = NEST(cmap_policy_flow),
	[CMAP_A_LEN] = NLA_POLICY_FULL_RANGE(NLA_U32, &len_range),
	[CMAP_A_DF] = NLA_POLICY_MAX(NLA_U8, __CMAP_DF_LAST - 1),
	[CMAP_A_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &one_range),
};

const struct nla_policy cmap_policy_none[CMAP_A_MAX + 1];
