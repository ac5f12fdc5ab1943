/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink attributes in, JSON out; decode.h tells the form.
 */
#include <arpa/inet.h>
#include <stdbool.h>

#include <linux/cryptomap.h>

#include "addr.h"
#include "decode.h"

const char *const decode_ciphers[] = {
	[CMAP_CIPHER_NULL] = "null",
	[CMAP_CIPHER_DES_CBC] = "des-cbc",
	[CMAP_CIPHER_3DES_CBC] = "3des-cbc",
	[CMAP_CIPHER_AES_CBC] = "aes-cbc",
	[CMAP_CIPHER_AES_CTR] = "aes-ctr",
	[CMAP_CIPHER_AES_GCM] = "aes-gcm",
	[CMAP_CIPHER_AES_GMAC] = "aes-gmac",
	[CMAP_CIPHER_CHACHA20_POLY1305] = "chacha20-poly1305",
	NULL
};

const char *const decode_auths[] = {
	[CMAP_AUTH_NONE] = "none",
	[CMAP_AUTH_HMAC_MD5_96] = "hmac-md5-96",
	[CMAP_AUTH_HMAC_SHA1_96] = "hmac-sha1-96",
	[CMAP_AUTH_HMAC_SHA2_256_128] = "hmac-sha2-256-128",
	[CMAP_AUTH_HMAC_SHA2_384_192] = "hmac-sha2-384-192",
	[CMAP_AUTH_HMAC_SHA2_512_256] = "hmac-sha2-512-256",
	NULL
};

const char *const decode_modes[] = { [CMAP_MODE_TUNNEL] = "tunnel", [CMAP_MODE_TRANSPORT] = "transport", NULL };
const char *const decode_df[] = { [CMAP_DF_COPY] = "copy", [CMAP_DF_SET] = "set", [CMAP_DF_CLEAR] = "clear", NULL };

static const char *const directions[] = { [CMAP_DIR_OUT] = "out", [CMAP_DIR_IN] = "in", NULL };
static const char *const actions[] = { [CMAP_RULE_PERMIT] = "permit", [CMAP_RULE_DENY] = "deny", NULL };
static const char *const carriers[] = { "down", "up", NULL };
static const char *const verdicts[] = {
	[CMAP_VERDICT_CLEAR] = "clear",
	[CMAP_VERDICT_PROTECT] = "protect",
	[CMAP_VERDICT_WAIT] = "wait",
	[CMAP_VERDICT_FRAGMENT] = "fragment",
	[CMAP_VERDICT_TOO_BIG] = "too-big",
	[CMAP_VERDICT_NO_ROUTE] = "no-route",
	[CMAP_VERDICT_NO_PEER_ROUTE] = "no-peer-route",
	[CMAP_VERDICT_EXEMPT] = "exempt",
	[CMAP_VERDICT_LOCAL] = "local",
	[CMAP_VERDICT_NOT_IPSEC] = "not-ipsec",
	[CMAP_VERDICT_NOT_BETWEEN] = "not-between-peers",
	[CMAP_VERDICT_NO_CARRIER] = "no-carrier",
	[CMAP_VERDICT_NOT_PERMITTED] = "not-permitted",
	[CMAP_VERDICT_LOOP] = "loop",
	NULL
};
/* by bit */
static const char *const sa_flags[] = { "standby", "esn", "bundle", "fragment_after", "parallel", NULL };
static const char *const entry_flags[] = { "per_host", NULL };

enum kind {
	SKIP,		/* not ours to show */
	U8, U16, U32, U64, BE32,
	TEXT,
	ADDRESS,
	ADDRESSES,	/* an address that repeats: an array */
	WORD8, WORD16, WORD32,	/* an enum: its word */
	PROTOCOL,	/* u8: "esp", "ah", or the number */
	FLAGS,		/* a boolean for each bit, by the words */
	NEST,		/* an object */
	LIST,		/* a nest of equal nests: an array of objects */
};

struct field {
	const char *name;
	enum kind kind;
	const struct field *inner;	/* NEST, LIST */
	int last;			/* highest attribute of inner */
	const char *const *words;	/* WORD*, FLAGS */
};

static const struct field proxy_fields[] = {
	[CMAP_PROXY_A_ADDR] = { "addr", ADDRESS },
	[CMAP_PROXY_A_PREFIX] = { "prefix", U8 },
	[CMAP_PROXY_A_PROTOCOL] = { "protocol", U8 },
	[CMAP_PROXY_A_PORT_LO] = { "port_lo", U16 },
	[CMAP_PROXY_A_PORT_HI] = { "port_hi", U16 },
};

static const struct field stats_fields[] = {
	[CMAP_STATS_A_PAD] = { NULL, SKIP },
	[CMAP_STATS_A_OUT_PACKETS] = { "out_packets", U64 },
	[CMAP_STATS_A_OUT_BYTES] = { "out_bytes", U64 },
	[CMAP_STATS_A_IN_PACKETS] = { "in_packets", U64 },
	[CMAP_STATS_A_IN_BYTES] = { "in_bytes", U64 },
	[CMAP_STATS_A_OUT_ERRORS] = { "out_errors", U64 },
	[CMAP_STATS_A_IN_ERRORS] = { "in_errors", U64 },
	[CMAP_STATS_A_HELD] = { "held", U64 },
	[CMAP_STATS_A_OUT_SEQUENCE] = { "out_sequence", U64 },
	[CMAP_STATS_A_IN_SEQUENCE] = { "in_sequence", U64 },
};

static const struct field drop_fields[] = {
	[CMAP_DROP_A_PAD] = { NULL, SKIP },
	[CMAP_DROP_A_REASON] = { "reason", U32 },
	[CMAP_DROP_A_NAME] = { "name", TEXT },
	[CMAP_DROP_A_PACKETS] = { "packets", U64 },
};

static const struct field flow_fields[] = {
	[CMAP_FLOW_A_SRC] = { "src", ADDRESS },
	[CMAP_FLOW_A_DST] = { "dst", ADDRESS },
	[CMAP_FLOW_A_PROTOCOL] = { "protocol", U8 },
	[CMAP_FLOW_A_SPORT] = { "sport", U16 },
	[CMAP_FLOW_A_DPORT] = { "dport", U16 },
};

static const struct field rule_fields[] = {
	[CMAP_RULE_A_ACTION] = { "action", WORD8, .words = actions },
	[CMAP_RULE_A_LOCAL] = { "local", NEST, proxy_fields, CMAP_PROXY_A_MAX },
	[CMAP_RULE_A_REMOTE] = { "remote", NEST, proxy_fields, CMAP_PROXY_A_MAX },
	[CMAP_RULE_A_STATS] = { "stats", NEST, stats_fields, CMAP_STATS_A_MAX },
	[CMAP_RULE_A_MATCHES] = { "matches", U64 },
	[CMAP_RULE_A_OUT_DROPS] = { "out_drops", LIST, drop_fields, CMAP_DROP_A_MAX },
	[CMAP_RULE_A_IN_DROPS] = { "in_drops", LIST, drop_fields, CMAP_DROP_A_MAX },
};

static const struct field fields[] = {
	[CMAP_A_PAD] = { NULL, SKIP },
	[CMAP_A_MAP_NAME] = { "map", TEXT },
	[CMAP_A_SEQ] = { "seq", U32 },
	[CMAP_A_PEER] = { "peers", ADDRESSES },
	[CMAP_A_LOCAL_ADDR] = { "local", ADDRESS },
	[CMAP_A_RULES] = { "rules", LIST, rule_fields, CMAP_RULE_A_MAX },
	[CMAP_A_RULE_INDEX] = { "rule_index", U32 },
	[CMAP_A_HOLD] = { "hold", U32 },
	[CMAP_A_IFINDEX] = { "ifindex", U32 },
	[CMAP_A_IFNAME] = { "ifname", TEXT },
	[CMAP_A_DIR] = { "dir", WORD8, .words = directions },
	[CMAP_A_PROTO] = { "proto", PROTOCOL },
	[CMAP_A_SPI] = { "spi", BE32 },
	[CMAP_A_SRC] = { "src", ADDRESS },
	[CMAP_A_DST] = { "dst", ADDRESS },
	[CMAP_A_PEER_ADDR] = { "peer", ADDRESS },
	[CMAP_A_LOCAL_PROXY] = { "local_proxy", NEST, proxy_fields, CMAP_PROXY_A_MAX },
	[CMAP_A_REMOTE_PROXY] = { "remote_proxy", NEST, proxy_fields, CMAP_PROXY_A_MAX },
	[CMAP_A_CIPHER] = { "enc", WORD16, .words = decode_ciphers },
	[CMAP_A_AUTH] = { "auth", WORD16, .words = decode_auths },
	[CMAP_A_REPLAY_WINDOW] = { "replay_window", U32 },
	[CMAP_A_SA_FLAGS] = { "flags", FLAGS, .words = sa_flags },
	[CMAP_A_CONN_ID] = { "conn_id", U32 },
	[CMAP_A_LIFE_SOFT_SECONDS] = { "life_soft_seconds", U32 },
	[CMAP_A_LIFE_HARD_SECONDS] = { "life_hard_seconds", U32 },
	[CMAP_A_LIFE_SOFT_BYTES] = { "life_soft_bytes", U64 },
	[CMAP_A_LIFE_HARD_BYTES] = { "life_hard_bytes", U64 },
	[CMAP_A_LEFT_SECONDS] = { "left_seconds", U32 },
	[CMAP_A_LEFT_BYTES] = { "left_bytes", U64 },
	[CMAP_A_AGE_SECONDS] = { "age_seconds", U32 },
	[CMAP_A_DRIVER] = { "driver", TEXT },
	[CMAP_A_SA_STATS] = { "stats", NEST, stats_fields, CMAP_STATS_A_MAX },
	[CMAP_A_DROPS] = { "drops", LIST, drop_fields, CMAP_DROP_A_MAX },
	[CMAP_A_DROP] = { "drop", NEST, drop_fields, CMAP_DROP_A_MAX },
	[CMAP_A_COUNT] = { "count", U32 },
	[CMAP_A_SA_COUNT] = { "sa_count", U32 },
	[CMAP_A_REASON] = { "reason", TEXT },
	[CMAP_A_SEQ_NUMBER] = { "seq_number", U64 },
	[CMAP_A_FLOW] = { "flow", NEST, flow_fields, CMAP_FLOW_A_MAX },
	[CMAP_A_ENTRY_FLAGS] = { "entry_flags", FLAGS, .words = entry_flags },
	[CMAP_A_MODE] = { "mode", WORD8, .words = decode_modes },
	[CMAP_A_ENCAP_SPORT] = { "encap_sport", U16 },
	[CMAP_A_ENCAP_DPORT] = { "encap_dport", U16 },
	[CMAP_A_ICV_LEN] = { "icv_len", U8 },
	[CMAP_A_DF] = { "df", WORD8, .words = decode_df },
	[CMAP_A_AH_SPI] = { "ah_spi", BE32 },
	[CMAP_A_IDLE_SECONDS] = { "idle_seconds", U32 },
	[CMAP_A_PATH_MTU] = { "path_mtu", U32 },
	[CMAP_A_INNER_MTU] = { "inner_mtu", U32 },
	[CMAP_A_LEN] = { "len", U32 },
	[CMAP_A_TIME_NS] = { "time_ns", U64 },
	[CMAP_A_DROPPED] = { "dropped", U64 },
	[CMAP_A_GATEWAY] = { "gateway", ADDRESS },
	[CMAP_A_KEEPALIVES] = { "keepalives", U64 },
	[CMAP_A_PATH_MTUS] = { "path_mtus", U64 },
	[CMAP_A_VERDICT] = { "verdict", WORD32, .words = verdicts },
	[CMAP_A_CARRIER] = { "carrier", WORD8, .words = carriers },
	[CMAP_A_TCP_MSS] = { "tcp_mss", U16 },
	[CMAP_A_TCP_MSS6] = { "tcp_mss6", U16 },
};

static json_t *object(struct nlattr *head, int length, const struct field *table, int last);

static json_t *list(struct nlattr *nest, const struct field *f)
{
	json_t *array = json_array();
	struct nlattr *a;
	int rem;

	nla_for_each_nested(a, nest, rem) {
		json_t *entry = object(nla_data(a), nla_len(a), f->inner, f->last);

		if (json_array_append_new(array, entry)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *address(const struct nlattr *a)
{
	char text[ADDR_TEXT];
	struct addr addr = { 0 };

	if (nla_len(a) != 4 && nla_len(a) != 16)
		return NULL;
	addr.length = (uint8_t)nla_len(a);
	memcpy(addr.bytes, nla_data(a), addr.length);
	return json_string(addr_text(&addr, text));
}

/* An enum's word; a number that this program does not know yet stays a number. */
static json_t *word(unsigned int value, const char *const *words)
{
	for (unsigned int i = 0; words[i]; i++)
		if (i == value)
			return json_string(words[i]);
	return json_integer(value);
}

static json_t *protocol(unsigned int value)
{
	if (value == IPPROTO_ESP)
		return json_string("esp");
	return value == IPPROTO_AH ? json_string("ah") : json_integer(value);
}

static json_t *flags(uint64_t bits, const char *const *words)
{
	json_t *o = json_object();

	for (unsigned int i = 0; words[i]; i++)
		json_object_set_new(o, words[i], json_boolean(bits >> i & 1));
	return o;
}

static uint64_t integer(const struct nlattr *a)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (nla_len(a)) {
	case 8:
		memcpy(&v64, nla_data(a), 8);
		return v64;
	case 4:
		memcpy(&v32, nla_data(a), 4);
		return v32;
	case 2:
		memcpy(&v16, nla_data(a), 2);
		return v16;
	default:
		return *(const uint8_t *)nla_data(a);
	}
}

static const int lengths[] = { [U8] = 1, [U16] = 2, [U32] = 4, [U64] = 8, [BE32] = 4,
			       [WORD8] = 1, [WORD16] = 2, [WORD32] = 4, [PROTOCOL] = 1, [FLAGS] = 4 };

static json_t *scalar(struct nlattr *a, const struct field *f)
{
	if ((size_t)f->kind < sizeof(lengths) / sizeof(lengths[0]) && lengths[f->kind] &&
	    nla_len(a) != lengths[f->kind])
		return NULL;
	switch (f->kind) {
	case BE32:
		return json_integer(ntohl((uint32_t)integer(a)));
	case TEXT:
		return json_stringn_nocheck(nla_data(a), strnlen(nla_data(a), (size_t)nla_len(a)));
	case ADDRESS:
		return address(a);
	case WORD8:
	case WORD16:
	case WORD32:
		return word((unsigned int)integer(a), f->words);
	case PROTOCOL:
		return protocol((unsigned int)integer(a));
	case FLAGS:
		return flags(integer(a), f->words);
	case NEST:
		return object(nla_data(a), nla_len(a), f->inner, f->last);
	case LIST:
		return list(a, f);
	default:
		return json_integer((json_int_t)integer(a));
	}
}

static json_t *object(struct nlattr *head, int length, const struct field *table, int last)
{
	json_t *o = json_object();
	struct nlattr *a;
	int rem;

	nla_for_each_attr(a, head, length, rem) {
		const struct field *f = nla_type(a) <= last ? &table[nla_type(a)] : NULL;
		json_t *value;
		int failed;

		if (!f || !f->name)
			continue;
		if (f->kind == ADDRESSES) {
			if (!json_object_get(o, f->name))
				json_object_set_new(o, f->name, json_array());
			failed = json_array_append_new(json_object_get(o, f->name), address(a));
		} else {
			value = scalar(a, f);
			failed = f->kind == FLAGS ? json_object_update_new(o, value) :
						    json_object_set_new(o, f->name, value);
		}
		if (failed) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

json_t *decode_message(struct nlattr *head, int length)
{
	return object(head, length, fields, CMAP_A_MAX);
}

const char *decode_event_name(int cmd)
{
	static const char *const names[] = {
		[CMAP_CMD_EV_ACQUIRE] = "acquire",
		[CMAP_CMD_EV_SA_NEW] = "sa-new",
		[CMAP_CMD_EV_SA_DEL] = "sa-del",
		[CMAP_CMD_EV_SOFT_EXPIRE] = "soft-expire",
		[CMAP_CMD_EV_HARD_EXPIRE] = "hard-expire",
		[CMAP_CMD_EV_SA_USED] = "sa-used",
		[CMAP_CMD_EV_INVALID_SPI] = "invalid-spi",
		[CMAP_CMD_EV_NOT_IPSEC] = "not-ipsec",
		[CMAP_CMD_EV_DROP] = "drop",
		[CMAP_CMD_EV_LINK] = "link",
		[CMAP_CMD_EV_IDLE] = "idle",
		[CMAP_CMD_EV_PEER_MOVED] = "peer-moved",
		[CMAP_CMD_EV_DROPPED] = "dropped",
	};

	return cmd >= 0 && (size_t)cmd < sizeof(names) / sizeof(names[0]) ? names[cmd] : NULL;
}
