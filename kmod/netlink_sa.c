// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about SAs: attributes come in, what sa.c is to do goes out. What
 * contradicts itself, or no RFC allows, is refused here.
 */
#include <net/genetlink.h>
#include <net/ipv6.h>
#include "cryptomap.h"
#include "hash.h"
#include "netlink.h"

static u8 get_u8(const struct nlattr *attr, u8 otherwise)
{
	return attr ? nla_get_u8(attr) : otherwise;
}

static u32 get_u32(const struct nlattr *attr, u32 otherwise)
{
	return attr ? nla_get_u32(attr) : otherwise;
}

static u64 get_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

int cmap_netlink_spi_alloc(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { CMAP_A_PROTO, CMAP_A_DST, 0 };
	struct cmap_sa_key key;
	int err;

	err = cmap_netlink_begin(info, needs);
	if (!err)
		err = cmap_attr_key(info, &key);
	if (!err)
		err = cmap_sa_spi_alloc(cmap_net(genl_info_net(info)), &key, info->extack);
	return err ?: cmap_dump_reply_key(info, &key);
}

/* --- SA_NEW: algorithms --- */

static int missing(struct genl_info *info, int type, const char *text)
{
	info->extack->miss_type = type;
	return cmap_attr_refuse(info->extack, NULL, text);
}

static int get_keys(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *cipher = info->attrs[CMAP_A_CIPHER_KEY];
	const struct nlattr *auth = info->attrs[CMAP_A_AUTH_KEY];
	const char *fault;

	if (cipher) {
		spec->cipher_key = nla_data(cipher);
		spec->cipher_key_len = nla_len(cipher);
		fault = cmap_esp_cipher_key_fault(spec->cipher, spec->cipher_key_len);
		if (fault)
			return cmap_attr_refuse(info->extack, cipher, fault);
	}
	if (auth) {
		spec->auth_key = nla_data(auth);
		spec->auth_key_len = nla_len(auth);
		fault = cmap_hash_key_fault(spec->auth, spec->auth_key_len);
		if (fault)
			return cmap_attr_refuse(info->extack, auth, fault);
	}
	return 0;
}

static int get_icv_len(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_ICV_LEN];

	if (!attr)
		return 0;
	spec->icv_len = nla_get_u8(attr);
	if (!cmap_cipher_combined(spec->cipher))
		return cmap_attr_refuse(info->extack, attr, "ICV_LEN is for combined-mode ciphers");
	if (spec->icv_len != 8 && spec->icv_len != 12 && spec->icv_len != 16)
		return cmap_attr_refuse(info->extack, attr, "ICV_LEN is 8, 12 or 16");
	if (spec->icv_len != 16 && spec->cipher != CMAP_CIPHER_AES_GCM)
		return cmap_attr_refuse(info->extack, attr, "only AES-GCM's ICV may be shorter than 16 bytes");
	return 0;
}

static int get_esp_algorithms(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;

	if (!a[CMAP_A_CIPHER])
		return missing(info, CMAP_A_CIPHER, "CIPHER is missing");
	spec->cipher = nla_get_u16(a[CMAP_A_CIPHER]);
	if (!a[CMAP_A_CIPHER_KEY] != (spec->cipher == CMAP_CIPHER_NULL))
		return cmap_attr_refuse(info->extack, a[CMAP_A_CIPHER_KEY] ?: a[CMAP_A_CIPHER],
			      a[CMAP_A_CIPHER_KEY] ? "the NULL cipher has no key" :
						     "CIPHER_KEY is missing");
	if (cmap_cipher_combined(spec->cipher))
		return spec->auth == CMAP_AUTH_NONE ? 0 :
		       cmap_attr_refuse(info->extack, a[CMAP_A_AUTH],
			      "a combined-mode cipher authenticates by itself: AUTH must be absent");
	if (spec->auth != CMAP_AUTH_NONE)
		return 0;
	if (spec->cipher == CMAP_CIPHER_NULL)
		return cmap_attr_refuse(info->extack, a[CMAP_A_CIPHER],
			      "NULL cipher and no authentication: nothing would be protected");
	if (spec->cipher == CMAP_CIPHER_AES_CTR)
		return cmap_attr_refuse(info->extack, a[CMAP_A_CIPHER],
			      "AES-CTR needs authentication (RFC 3686)");
	return 0;
}

static int get_ah_algorithms(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;

	if (a[CMAP_A_CIPHER] || a[CMAP_A_CIPHER_KEY])
		return cmap_attr_refuse(info->extack, a[CMAP_A_CIPHER] ?: a[CMAP_A_CIPHER_KEY],
			      "AH does not encrypt: CIPHER must be absent");
	if (!a[CMAP_A_AUTH])
		return missing(info, CMAP_A_AUTH, "AUTH is missing");
	if (spec->auth == CMAP_AUTH_NONE)
		return cmap_attr_refuse(info->extack, a[CMAP_A_AUTH], "AH needs authentication");
	return 0;
}

static int get_algorithms(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;
	int err;

	spec->auth = a[CMAP_A_AUTH] ? nla_get_u16(a[CMAP_A_AUTH]) : CMAP_AUTH_NONE;
	if (spec->key.proto == IPPROTO_AH)
		err = get_ah_algorithms(info, spec);
	else
		err = get_esp_algorithms(info, spec);
	if (err)
		return err;
	if (!a[CMAP_A_AUTH_KEY] != (spec->auth == CMAP_AUTH_NONE))
		return cmap_attr_refuse(info->extack, a[CMAP_A_AUTH_KEY] ?: a[CMAP_A_AUTH],
			      a[CMAP_A_AUTH_KEY] ? "AUTH_KEY without an AUTH that has a key" :
						   "AUTH_KEY is missing");
	return get_icv_len(info, spec) ?: get_keys(info, spec);
}

/* --- SA_NEW: what the packets look like --- */

static int get_replay(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_REPLAY_WINDOW];
	const struct nlattr *flags = info->attrs[CMAP_A_SA_FLAGS];
	bool authentic = spec->auth != CMAP_AUTH_NONE || cmap_cipher_combined(spec->cipher);

	spec->replay_window = get_u32(attr, authentic ? CMAP_REPLAY_MIN : 0);
	if (attr && spec->dir == CMAP_DIR_OUT)
		return cmap_attr_refuse(info->extack, attr, "REPLAY_WINDOW is for inbound SAs");
	if (spec->replay_window &&
	    (spec->replay_window < CMAP_REPLAY_MIN || spec->replay_window % 64))
		return cmap_attr_refuse(info->extack, attr,
			      "REPLAY_WINDOW is 0 (off), or 64 to 4096 in steps of 64");
	if (spec->replay_window && !authentic)
		return cmap_attr_refuse(info->extack, attr,
			      "without authentication there is no replay protection");
	if (!(spec->flags & CMAP_SA_F_ESN))
		return spec->sequence <= U32_MAX ? 0 :
		       cmap_attr_refuse(info->extack, info->attrs[CMAP_A_SEQ_NUMBER],
			      "only extended sequence numbers go beyond 2^32-1");
	if (!authentic)
		return cmap_attr_refuse(info->extack, flags,
			      "extended sequence numbers need authentication (RFC 4303 2.2.1)");
	if (spec->dir == CMAP_DIR_IN && !spec->replay_window)
		return cmap_attr_refuse(info->extack, attr,
			      "extended sequence numbers need a replay window (RFC 4303 A2)");
	return 0;
}

static int get_flags(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_SA_FLAGS];

	spec->flags = get_u32(attr, 0);
	if ((spec->flags & CMAP_SA_F_STANDBY) && spec->dir != CMAP_DIR_OUT)
		return cmap_attr_refuse(info->extack, attr, "only outbound SAs can stand by");
	if ((spec->flags & CMAP_SA_F_FRAGMENT_AFTER) && spec->dir != CMAP_DIR_OUT)
		return cmap_attr_refuse(info->extack, attr, "FRAGMENT_AFTER is for outbound SAs");
	if (!(spec->flags & CMAP_SA_F_BUNDLE))
		return 0;
	if (spec->key.proto != IPPROTO_AH)
		return cmap_attr_refuse(info->extack, attr,
			      "BUNDLE is for AH; the ESP SA names the AH SA in AH_SPI");
	if (spec->flags & (CMAP_SA_F_STANDBY | CMAP_SA_F_FRAGMENT_AFTER | CMAP_SA_F_PARALLEL))
		return cmap_attr_refuse(info->extack, attr,
			      "STANDBY, FRAGMENT_AFTER and PARALLEL belong to the ESP SA of a bundle");
	return 0;
}

/* Both attributes are there. */
static int get_ports(struct genl_info *info, __be16 *sport, __be16 *dport)
{
	const struct nlattr *s = info->attrs[CMAP_A_ENCAP_SPORT];
	const struct nlattr *d = info->attrs[CMAP_A_ENCAP_DPORT];

	*sport = htons(nla_get_u16(s));
	*dport = htons(nla_get_u16(d));
	if (!*sport || !*dport)
		return cmap_attr_refuse(info->extack, *sport ? d : s,
			      "UDP encapsulation needs ports other than 0");
	return 0;
}

static int get_encap(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *sport = info->attrs[CMAP_A_ENCAP_SPORT];
	const struct nlattr *dport = info->attrs[CMAP_A_ENCAP_DPORT];

	if (!sport && !dport)
		return 0;
	if (!sport || !dport)
		return cmap_attr_refuse(info->extack, sport ?: dport, "ENCAP_SPORT and ENCAP_DPORT go together");
	if (spec->key.proto != IPPROTO_ESP)
		return cmap_attr_refuse(info->extack, sport, "only ESP goes in UDP (RFC 3948)");
	spec->encap = true;
	return get_ports(info, &spec->encap_sport, &spec->encap_dport);
}

static int get_bundle(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_AH_SPI];

	if (!attr)
		return 0;
	if (spec->key.proto != IPPROTO_ESP)
		return cmap_attr_refuse(info->extack, attr, "AH_SPI is for ESP SAs");
	if (spec->encap)
		return cmap_attr_refuse(info->extack, attr, "AH does not go with UDP encapsulation");
	return cmap_attr_spi(attr, &spec->ah_spi, info->extack);
}

static int get_df(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_DF];

	spec->df = get_u8(attr, CMAP_DF_COPY);
	if (attr && spec->dir != CMAP_DIR_OUT)
		return cmap_attr_refuse(info->extack, attr, "DF is for outbound SAs");
	if (attr && spec->key.family != AF_INET)
		return cmap_attr_refuse(info->extack, attr, "DF is of an outer IPv4 header");
	if (attr && (spec->flags & CMAP_SA_F_BUNDLE))
		return cmap_attr_refuse(info->extack, attr, "DF belongs to the ESP SA of a bundle");
	return 0;
}

static bool has_host(u8 family, const struct cmap_proxy *proxy, const union cmap_addr *addr)
{
	if (family == AF_INET)
		return !proxy->prefix ||
		       !((proxy->addr.ip ^ addr->ip) & htonl(~0U << (32 - proxy->prefix)));
	return ipv6_prefix_equal(&proxy->addr.ip6, &addr->ip6, proxy->prefix);
}

/* Transport mode carries packets between the SA's own ends (RFC 4301 4.1). */
static int get_mode(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_MODE];
	const union cmap_addr *local = &spec->saddr, *remote = &spec->key.daddr;

	spec->mode = get_u8(attr, CMAP_MODE_TUNNEL);
	if (spec->mode == CMAP_MODE_TUNNEL)
		return 0;
	if (spec->selector.family != spec->key.family)
		return cmap_attr_refuse(info->extack, attr,
			      "in transport mode the proxies are of the family of SRC and DST");
	/* A NAT may stand between the addresses that were negotiated and those on the wire. */
	if (spec->encap)
		return 0;
	if (spec->dir == CMAP_DIR_IN)
		swap(local, remote);
	if (!has_host(spec->key.family, &spec->selector.local, local) ||
	    !has_host(spec->key.family, &spec->selector.remote, remote))
		return cmap_attr_refuse(info->extack, attr,
			      "in transport mode the proxies must contain SRC and DST");
	return 0;
}

static int get_addresses(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;
	u8 family;
	int err;

	err = cmap_attr_key(info, &spec->key);
	if (err)
		return err;
	family = spec->key.family;
	err = cmap_attr_host(a[CMAP_A_SRC], &family, &spec->saddr, info->extack);
	if (!err && !memcmp(&spec->saddr, &spec->key.daddr, sizeof(spec->saddr)))
		err = cmap_attr_refuse(info->extack, a[CMAP_A_SRC], "SRC and DST are the same address");
	return err ?: cmap_attr_selector(a[CMAP_A_LOCAL_PROXY], a[CMAP_A_REMOTE_PROXY],
					 &spec->selector, info->extack);
}

/* --- SA_NEW: how long it lives --- */

static int get_lifetimes(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;

	spec->soft_seconds = get_u32(a[CMAP_A_LIFE_SOFT_SECONDS], 0);
	spec->hard_seconds = get_u32(a[CMAP_A_LIFE_HARD_SECONDS], 0);
	spec->soft_bytes = get_u64(a[CMAP_A_LIFE_SOFT_BYTES]);
	spec->hard_bytes = get_u64(a[CMAP_A_LIFE_HARD_BYTES]);
	if (a[CMAP_A_LIFE_SOFT_SECONDS] && spec->soft_seconds >= (spec->hard_seconds ?: 1))
		return cmap_attr_refuse(info->extack, a[CMAP_A_LIFE_SOFT_SECONDS],
			      "LIFE_SOFT_SECONDS must be less than LIFE_HARD_SECONDS");
	if (spec->hard_seconds > INT_MAX / HZ)
		return cmap_attr_refuse(info->extack, a[CMAP_A_LIFE_HARD_SECONDS],
			      "LIFE_HARD_SECONDS is too large for this kernel's timers");
	if (a[CMAP_A_LIFE_SOFT_BYTES] && spec->soft_bytes >= (spec->hard_bytes ?: 1))
		return cmap_attr_refuse(info->extack, a[CMAP_A_LIFE_SOFT_BYTES],
			      "LIFE_SOFT_BYTES must be less than LIFE_HARD_BYTES");
	return 0;
}

static int get_idle(struct genl_info *info, struct cmap_sa_spec *spec)
{
	const struct nlattr *attr = info->attrs[CMAP_A_IDLE_SECONDS];

	spec->idle_seconds = get_u32(attr, 0);
	if (spec->idle_seconds > INT_MAX / HZ)
		return cmap_attr_refuse(info->extack, attr,
			      "IDLE_SECONDS is too large for this kernel's timers");
	if (attr && (spec->flags & CMAP_SA_F_BUNDLE))
		return cmap_attr_refuse(info->extack, attr, "IDLE_SECONDS belongs to the ESP SA of a bundle");
	return 0;
}

static int get_sa(struct genl_info *info, struct cmap_sa_spec *spec)
{
	struct nlattr **a = info->attrs;

	memset(spec, 0, sizeof(*spec));
	spec->dir = nla_get_u8(a[CMAP_A_DIR]);
	spec->map = nla_data(a[CMAP_A_MAP_NAME]);
	spec->seq = nla_get_u32(a[CMAP_A_SEQ]);
	spec->conn_id = get_u32(a[CMAP_A_CONN_ID], 0);
	spec->sequence = get_u64(a[CMAP_A_SEQ_NUMBER]);
	return get_addresses(info, spec) ?: get_flags(info, spec) ?: get_algorithms(info, spec) ?:
	       get_replay(info, spec) ?: get_encap(info, spec) ?: get_bundle(info, spec) ?:
	       get_df(info, spec) ?: get_mode(info, spec) ?: get_lifetimes(info, spec) ?:
	       get_idle(info, spec);
}

/* All of them: a request that gives a key twice is refused with both in it. */
static void wipe_keys(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		if (nla_type(attr) == CMAP_A_CIPHER_KEY || nla_type(attr) == CMAP_A_AUTH_KEY)
			memzero_explicit(nla_data(attr), nla_len(attr));
}

int cmap_netlink_sa_new(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = {
		CMAP_A_DIR, CMAP_A_PROTO, CMAP_A_SPI, CMAP_A_SRC, CMAP_A_DST, CMAP_A_MAP_NAME,
		CMAP_A_SEQ, CMAP_A_LOCAL_PROXY, CMAP_A_REMOTE_PROXY, 0
	};
	struct cmap_sa_spec spec;
	int err;

	err = cmap_netlink_begin(info, needs);
	if (!err)
		err = get_sa(info, &spec);
	if (!err)
		err = cmap_sa_new(cmap_net(genl_info_net(info)), &spec, info->extack);
	wipe_keys(info->nlhdr);
	return err;
}

/* --- the others --- */

static const u8 sa_key_needs[] = { CMAP_A_PROTO, CMAP_A_SPI, CMAP_A_DST, 0 };

int cmap_netlink_sa_enable(struct sk_buff *skb, struct genl_info *info)
{
	struct cmap_sa_key key;

	return cmap_netlink_begin(info, sa_key_needs) ?: cmap_attr_key(info, &key) ?:
	       cmap_sa_enable(cmap_net(genl_info_net(info)), &key, info->extack);
}

int cmap_netlink_sa_move(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = {
		CMAP_A_PROTO, CMAP_A_SPI, CMAP_A_DST, CMAP_A_ENCAP_SPORT, CMAP_A_ENCAP_DPORT, 0
	};
	struct cmap_sa_key key;
	__be16 sport, dport;

	return cmap_netlink_begin(info, needs) ?: cmap_attr_key(info, &key) ?:
	       get_ports(info, &sport, &dport) ?:
	       cmap_sa_move(cmap_net(genl_info_net(info)), &key, sport, dport, info->extack);
}

int cmap_netlink_sa_del(struct sk_buff *skb, struct genl_info *info)
{
	struct cmap_sa_key key;

	return cmap_netlink_begin(info, sa_key_needs) ?: cmap_attr_key(info, &key) ?:
	       cmap_sa_del(cmap_net(genl_info_net(info)), &key, info->extack);
}

int cmap_netlink_sa_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cmap_sa_key key;

	if (info->attrs[CMAP_A_MAP_NAME] || info->attrs[CMAP_A_PEER_ADDR])
		return cmap_attr_refuse(info->extack,
			      info->attrs[CMAP_A_MAP_NAME] ?: info->attrs[CMAP_A_PEER_ADDR],
			      "MAP_NAME and PEER_ADDR narrow a dump (NLM_F_DUMP) only");
	return cmap_netlink_begin(info, sa_key_needs) ?: cmap_attr_key(info, &key) ?: cmap_dump_reply_sa(info, &key);
}

int cmap_netlink_sa_flush(struct sk_buff *skb, struct genl_info *info)
{
	static const u8 needs[] = { 0 };
	struct cmap_filter filter;
	int err;

	err = cmap_netlink_begin(info, needs) ?:
	      cmap_attr_filter(info->attrs, &filter, info->extack);
	return err ?: cmap_dump_reply_count(info, cmap_sa_flush(cmap_net(genl_info_net(info)),
								&filter));
}
