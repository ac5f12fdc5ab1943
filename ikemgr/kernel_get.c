/* SPDX-License-Identifier: GPL-2.0-only */
/* Attributes of the cryptomap family as the daemon's structs: see kernel_get.h. */
#include <string.h>

#include "kernel_get.h"

bool kernel_get_addr(const struct nlattr *a, struct addr *out)
{
	int len = a ? nla_len(a) : 0;

	memset(out, 0, sizeof(*out));
	if (len != 4 && len != 16)
		return false;
	out->length = (uint8_t)len;
	memcpy(out->bytes, nla_data(a), (size_t)len);
	return true;
}

void kernel_get_text(const struct nlattr *a, char *out, size_t room)
{
	size_t len = a ? (size_t)nla_len(a) : 0;

	if (len >= room)
		len = room - 1;
	if (len)
		memcpy(out, nla_data(a), len);
	out[len] = '\0';
}

uint8_t kernel_get_u8(const struct nlattr *a)
{
	return a && nla_len(a) >= 1 ? nla_get_u8(a) : 0;
}

uint16_t kernel_get_u16(const struct nlattr *a)
{
	return a && nla_len(a) >= 2 ? nla_get_u16(a) : 0;
}

uint32_t kernel_get_u32(const struct nlattr *a)
{
	return a && nla_len(a) >= 4 ? nla_get_u32(a) : 0;
}

uint64_t kernel_get_u64(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a && nla_len(a) >= 8)
		memcpy(&v, nla_data(a), 8);
	return v;
}

void kernel_get_proxy(struct nlattr *nest, struct proxy *out)
{
	struct nlattr *tb[CMAP_PROXY_A_MAX + 1];

	memset(out, 0, sizeof(*out));
	if (!nest || nla_parse_nested(tb, CMAP_PROXY_A_MAX, nest, NULL))
		return;
	kernel_get_addr(tb[CMAP_PROXY_A_ADDR], &out->addr);
	out->prefix = kernel_get_u8(tb[CMAP_PROXY_A_PREFIX]);
	out->protocol = kernel_get_u8(tb[CMAP_PROXY_A_PROTOCOL]);
	out->port_lo = kernel_get_u16(tb[CMAP_PROXY_A_PORT_LO]);
	out->port_hi = kernel_get_u16(tb[CMAP_PROXY_A_PORT_HI]);
}

void kernel_get_flow(struct nlattr *nest, struct kernel_flow *out)
{
	struct nlattr *tb[CMAP_FLOW_A_MAX + 1];

	memset(out, 0, sizeof(*out));
	if (!nest || nla_parse_nested(tb, CMAP_FLOW_A_MAX, nest, NULL))
		return;
	kernel_get_addr(tb[CMAP_FLOW_A_SRC], &out->src);
	kernel_get_addr(tb[CMAP_FLOW_A_DST], &out->dst);
	out->protocol = kernel_get_u8(tb[CMAP_FLOW_A_PROTOCOL]);
	out->sport = kernel_get_u16(tb[CMAP_FLOW_A_SPORT]);
	out->dport = kernel_get_u16(tb[CMAP_FLOW_A_DPORT]);
}

void kernel_get_stats(struct nlattr *nest, struct kernel_stats *out)
{
	struct nlattr *tb[CMAP_STATS_A_MAX + 1];

	memset(out, 0, sizeof(*out));
	if (!nest || nla_parse_nested(tb, CMAP_STATS_A_MAX, nest, NULL))
		return;
	out->out_packets = kernel_get_u64(tb[CMAP_STATS_A_OUT_PACKETS]);
	out->out_bytes = kernel_get_u64(tb[CMAP_STATS_A_OUT_BYTES]);
	out->in_packets = kernel_get_u64(tb[CMAP_STATS_A_IN_PACKETS]);
	out->in_bytes = kernel_get_u64(tb[CMAP_STATS_A_IN_BYTES]);
	out->out_errors = kernel_get_u64(tb[CMAP_STATS_A_OUT_ERRORS]);
	out->in_errors = kernel_get_u64(tb[CMAP_STATS_A_IN_ERRORS]);
	out->held = kernel_get_u64(tb[CMAP_STATS_A_HELD]);
	out->out_sequence = kernel_get_u64(tb[CMAP_STATS_A_OUT_SEQUENCE]);
	out->in_sequence = kernel_get_u64(tb[CMAP_STATS_A_IN_SEQUENCE]);
}

void kernel_get_drops(struct nlattr *nest, struct kernel_drops *out)
{
	struct nlattr *tb[CMAP_DROP_A_MAX + 1], *one;
	int left;

	memset(out, 0, sizeof(*out));
	if (!nest)
		return;
	nla_for_each_nested(one, nest, left) {
		if (out->count == KERNEL_DROPS || nla_parse_nested(tb, CMAP_DROP_A_MAX, one, NULL))
			continue;
		out->drop[out->count].reason = kernel_get_u32(tb[CMAP_DROP_A_REASON]);
		out->drop[out->count].packets = kernel_get_u64(tb[CMAP_DROP_A_PACKETS]);
		kernel_get_text(tb[CMAP_DROP_A_NAME], out->drop[out->count].name, sizeof(out->drop[0].name));
		out->count++;
	}
}

void kernel_get_sa(struct nlattr **tb, struct kernel_sa_info *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->inbound = kernel_get_u8(tb[CMAP_A_DIR]) == CMAP_DIR_IN;
	sa->proto = kernel_get_u8(tb[CMAP_A_PROTO]);
	sa->spi = ntohl(kernel_get_u32(tb[CMAP_A_SPI]));
	kernel_get_addr(tb[CMAP_A_SRC], &sa->src);
	kernel_get_addr(tb[CMAP_A_DST], &sa->dst);
	kernel_get_text(tb[CMAP_A_MAP_NAME], sa->map, sizeof(sa->map));
	sa->seq = kernel_get_u32(tb[CMAP_A_SEQ]);
	kernel_get_proxy(tb[CMAP_A_LOCAL_PROXY], &sa->local);
	kernel_get_proxy(tb[CMAP_A_REMOTE_PROXY], &sa->remote);
	sa->conn_id = kernel_get_u32(tb[CMAP_A_CONN_ID]);
	sa->standby = kernel_get_u32(tb[CMAP_A_SA_FLAGS]) & CMAP_SA_F_STANDBY;
	sa->bundled = kernel_get_u32(tb[CMAP_A_SA_FLAGS]) & CMAP_SA_F_BUNDLE;
	sa->esn = kernel_get_u32(tb[CMAP_A_SA_FLAGS]) & CMAP_SA_F_ESN;
	sa->cipher = kernel_get_u16(tb[CMAP_A_CIPHER]);
	sa->auth = kernel_get_u16(tb[CMAP_A_AUTH]);
	sa->mode = kernel_get_u8(tb[CMAP_A_MODE]);
	sa->ah_spi = ntohl(kernel_get_u32(tb[CMAP_A_AH_SPI]));
	sa->encap_sport = kernel_get_u16(tb[CMAP_A_ENCAP_SPORT]);
	sa->encap_dport = kernel_get_u16(tb[CMAP_A_ENCAP_DPORT]);
	sa->soft_seconds = kernel_get_u32(tb[CMAP_A_LIFE_SOFT_SECONDS]);
	sa->soft_bytes = kernel_get_u64(tb[CMAP_A_LIFE_SOFT_BYTES]);
	sa->hard_seconds = kernel_get_u32(tb[CMAP_A_LIFE_HARD_SECONDS]);
	sa->hard_bytes = kernel_get_u64(tb[CMAP_A_LIFE_HARD_BYTES]);
	sa->replay_window = kernel_get_u32(tb[CMAP_A_REPLAY_WINDOW]);
	kernel_get_text(tb[CMAP_A_DRIVER], sa->driver, sizeof(sa->driver));
	kernel_get_stats(tb[CMAP_A_SA_STATS], &sa->stats);
	kernel_get_drops(tb[CMAP_A_DROPS], &sa->drops);
	sa->age_seconds = kernel_get_u32(tb[CMAP_A_AGE_SECONDS]);
	sa->has_left_seconds = tb[CMAP_A_LEFT_SECONDS];
	sa->left_seconds = kernel_get_u32(tb[CMAP_A_LEFT_SECONDS]);
	sa->has_left_bytes = tb[CMAP_A_LEFT_BYTES];
	sa->left_bytes = kernel_get_u64(tb[CMAP_A_LEFT_BYTES]);
	sa->path_mtu = kernel_get_u32(tb[CMAP_A_PATH_MTU]);
	sa->inner_mtu = kernel_get_u32(tb[CMAP_A_INNER_MTU]);
	kernel_get_text(tb[CMAP_A_REASON], sa->reason, sizeof(sa->reason));
}
