/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A negotiated pair into the kernel: see install.h.
 *
 * Soft lifetimes: a pair is made anew when 30 s of its life remain (CISCO
 * 5.6), earlier for the initiator by up to as much again at random, so that
 * the two ends and the many pairs of a gateway don't start at once; a short
 * life keeps a fifth instead. Of the kilobytes there remain what the flow
 * needs for some seconds at the speed it last had, at least a tenth (a quarter
 * where so little was agreed that a tenth is soon gone), at most half; plus up
 * to a twentieth at random. The responder waits longer: it only steps in if the
 * initiator did not.
 *
 * Hard lifetimes: inbound lasts a little longer than outbound, because the
 * peer's counter runs behind ours: what it may still send must still be read.
 */
#include <stdio.h>
#include <string.h>

#include "ike.h"
#include "install.h"

#define MARGIN_MAX	30u
#define SMALL_BYTES	(64u << 20)
#define AHEAD_SECONDS	8u
#define SLACK_SECONDS	3u

struct algorithms {
	enum cmap_cipher cipher;
	enum cmap_auth auth;
	size_t cipher_key, auth_key;
	unsigned int block, iv, icv;
};

static const struct { enum cmap_auth auth; uint8_t key, icv; } auths[] = {
	[IPSEC_AUTH_NONE] = { CMAP_AUTH_NONE, 0, 0 },
	[IPSEC_AUTH_HMAC_MD5] = { CMAP_AUTH_HMAC_MD5_96, 16, 12 },
	[IPSEC_AUTH_HMAC_SHA] = { CMAP_AUTH_HMAC_SHA1_96, 20, 12 },
	[IPSEC_AUTH_HMAC_SHA256] = { CMAP_AUTH_HMAC_SHA2_256_128, 32, 16 },
	[IPSEC_AUTH_HMAC_SHA384] = { CMAP_AUTH_HMAC_SHA2_384_192, 48, 24 },
	[IPSEC_AUTH_HMAC_SHA512] = { CMAP_AUTH_HMAC_SHA2_512_256, 64, 32 },
};
#define AUTHS (sizeof(auths) / sizeof(auths[0]))

static void authenticator(uint16_t hmac, struct algorithms *a)
{
	if (hmac == IPSEC_AUTH_NONE || hmac >= AUTHS)
		return;
	a->auth = auths[hmac].auth;
	a->auth_key = auths[hmac].key;
	a->icv = auths[hmac].icv;
}

/* Keys of the combined modes end with the salt of their nonces: RFC 4106 8.1, RFC 4543 */
#define SALT_LEN 4

static void algorithms(const struct proposal_esp *v, uint8_t proto, struct algorithms *a)
{
	size_t aes = v->key_bits ? v->key_bits / 8u : 16;

	memset(a, 0, sizeof(*a));
	if (proto == IPPROTO_AH) {
		authenticator(v->ah, a);
		return;
	}
	switch (v->transform) {
	case ESP_DES:
		*a = (struct algorithms){ .cipher = CMAP_CIPHER_DES_CBC, .cipher_key = 8, .block = 8, .iv = 8 };
		break;
	case ESP_3DES:
		*a = (struct algorithms){ .cipher = CMAP_CIPHER_3DES_CBC, .cipher_key = 24, .block = 8, .iv = 8 };
		break;
	case ESP_AES:
		*a = (struct algorithms){ .cipher = CMAP_CIPHER_AES_CBC, .cipher_key = aes, .block = 16, .iv = 16 };
		break;
	case ESP_AES_GCM_16:
	case ESP_AES_GMAC:
		*a = (struct algorithms){ .cipher = v->transform == ESP_AES_GMAC ? CMAP_CIPHER_AES_GMAC : CMAP_CIPHER_AES_GCM,
					  .cipher_key = aes + SALT_LEN, .block = 4, .iv = 8, .icv = 16 };
		break;
	default:
		*a = (struct algorithms){ .cipher = CMAP_CIPHER_NULL, .block = 4 };
	}
	authenticator(v->auth, a);
}

static uint32_t soft_seconds(uint32_t hard, bool initiator)
{
	uint32_t base = hard / 5 < MARGIN_MAX ? hard / 5 : MARGIN_MAX;
	uint32_t margin;

	if (base < 2)
		base = 2;
	margin = initiator ? base + crypto_random_below(base + 1) : base * 3 / 4 + crypto_random_below(base / 8 + 1);
	return margin < hard ? hard - margin : 0;
}

static uint64_t soft_bytes(uint64_t hard, uint64_t rate, bool initiator)
{
	uint64_t margin = hard < SMALL_BYTES ? hard / 4 : hard / 10;

	if (margin < rate * AHEAD_SECONDS)
		margin = rate * AHEAD_SECONDS;
	if (margin > hard / 2)
		margin = hard / 2;
	if (initiator)
		margin += (hard / 20) * crypto_random_below(1000) / 1000;
	else
		margin = margin * 3 / 4;
	return hard - margin;
}

static void lifetimes(struct kernel_sa *sa, const struct child_sa *child, uint64_t rate)
{
	sa->hard_seconds = child->life_seconds;
	if (sa->hard_seconds)
		sa->soft_seconds = soft_seconds(sa->hard_seconds, child->initiator);
	sa->hard_bytes = child->life_kilobytes * 1024;
	if (sa->hard_bytes)
		sa->soft_bytes = soft_bytes(sa->hard_bytes, rate, child->initiator);
	if (!sa->inbound)
		return;
	sa->hard_seconds += sa->hard_seconds ? SLACK_SECONDS : 0;
	sa->hard_bytes += sa->hard_bytes / 10;
}

/* Keys (RFC 2409 5.5: each protocol and SPI has its own), and SA_NEW. */
static int add(const struct install *in, struct kernel_sa *sa)
{
	const struct exchange *x = in->x;
	struct ike *ike = x->sa->peer->ike;
	struct crypto_phase2 seed = {
		.protocol = sa->proto == IPPROTO_AH ? IPSEC_PROTO_AH : IPSEC_PROTO_ESP,
		.ni_b = x->nonce_i, .nr_b = x->nonce_r,
	};
	uint32_t spi = htonl(sa->spi);
	struct algorithms a;
	uint8_t *keymat;
	int err;

	algorithms(in->values, sa->proto, &a);
	memcpy(seed.spi, &spi, sizeof(seed.spi));
	if (in->pfs)
		seed.gxy.data = crypto_dh_secret(x->dh, &seed.gxy.len);
	keymat = crypto_secure_alloc(a.cipher_key + a.auth_key + 1);
	if (!keymat || crypto_keymat(x->sa->keys, &seed, keymat, a.cipher_key + a.auth_key)) {
		crypto_secure_free(keymat);
		event_daemon(ike->hub, "error", "keys of an IPsec SA cannot be made");
		return -1;
	}
	/* without a window a receiver cannot tell the high half (RFC 4303 A2) */
	if (sa->esn && !sa->replay_window)
		sa->replay_window = UINT32_MAX;
	sa->cipher = a.cipher;
	sa->cipher_key = keymat;
	sa->cipher_key_len = a.cipher_key;
	sa->auth = a.auth;
	sa->auth_key = keymat + a.cipher_key;
	sa->auth_key_len = a.auth_key;
	err = ike->world.kernel->sa_new(ike->world.kernel_ctx, sa);
	crypto_secure_free(keymat);
	if (err)
		event_daemon(ike->hub, "error", "the kernel refuses the %s SA 0x%08X: %s",
			     sa->inbound ? "inbound" : "outbound", sa->spi, ike->world.kernel->error(ike->world.kernel_ctx));
	return err;
}

/* The AH around ESP: it ends with its ESP SA, and stands by with it. */
static int add_bundled(const struct install *in, const struct kernel_sa *esp)
{
	struct kernel_sa ah = *esp;

	ah.proto = IPPROTO_AH;
	ah.spi = esp->ah_spi;
	ah.ah_spi = 0;
	ah.bundled = true;
	ah.esn = in->child->esn;
	ah.standby = ah.fragment_after = ah.parallel = false;
	ah.df = CMAP_DF_COPY;
	ah.encap_sport = ah.encap_dport = 0;
	ah.idle_seconds = 0;
	return add(in, &ah);
}

int install_half(const struct install *in, bool inbound, bool standby)
{
	const struct child_sa *child = in->child;
	const struct ike *ike = in->x->sa->peer->ike;
	struct kernel_sa sa = {
		.inbound = inbound, .proto = child->proto, .spi = inbound ? child->spi_in : child->spi_out,
		.src = inbound ? child->remote : child->local, .dst = inbound ? child->local : child->remote,
		.map = in->map, .seq = in->seq, .local = *in->local, .remote = *in->remote,
		.mode = child->mode == IPSEC_ENCAPS_TRANSPORT ? CMAP_MODE_TRANSPORT : CMAP_MODE_TUNNEL,
		.ah_spi = inbound ? child->ah_in : child->ah_out, .df = in->options.df,
		.fragment_after = in->options.fragment_after, .parallel = in->options.parallel,
		.idle_seconds = in->options.idle_seconds,
		.replay_window = in->options.replay_window, .standby = standby,
		.conn_id = inbound ? child->conn_in : child->conn_out,
		.encap_sport = !child->udp ? 0 : inbound ? child->udp_port : ISAKMP_NATT_PORT,
		.encap_dport = !child->udp ? 0 : inbound ? ISAKMP_NATT_PORT : child->udp_port,
	};
	int err = sa.ah_spi ? add_bundled(in, &sa) : 0;

	if (err)
		return err;
	/* AH around it tells replays */
	if (child->ah_in && !child->icv_length)
		sa.replay_window = 0;
	else
		sa.esn = child->esn;
	lifetimes(&sa, child, in->rate);
	err = add(in, &sa);
	if (err && sa.ah_spi)
		ike->world.kernel->sa_del(ike->world.kernel_ctx, IPPROTO_AH, sa.ah_spi, &sa.dst);
	return err;
}

void install_remove(const struct ike *ike, const struct child_sa *child, bool inbound)
{
	const struct kernel_ops *kernel = ike->world.kernel;
	const struct addr *dst = inbound ? &child->local : &child->remote;
	uint32_t ah = inbound ? child->ah_in : child->ah_out;

	kernel->sa_del(ike->world.kernel_ctx, child->proto, inbound ? child->spi_in : child->spi_out, dst);
	if (ah)
		kernel->sa_del(ike->world.kernel_ctx, IPPROTO_AH, ah, dst);
}

void install_algorithms(const struct proposal_esp *v, uint8_t proto, struct kernel_sa *sa)
{
	struct algorithms a;

	algorithms(v, proto, &a);
	sa->cipher = a.cipher;
	sa->auth = a.auth;
}

static uint16_t hmac_of(const struct kernel_sa_info *sa)
{
	uint16_t i;

	for (i = 0; sa && i < AUTHS; i++) {
		if (auths[i].key && auths[i].auth == sa->auth)
			return i;
	}
	return IPSEC_AUTH_NONE;
}

static uint16_t transform_of(enum cmap_cipher cipher)
{
	switch (cipher) {
	case CMAP_CIPHER_DES_CBC:
		return ESP_DES;
	case CMAP_CIPHER_3DES_CBC:
		return ESP_3DES;
	case CMAP_CIPHER_AES_CBC:
		return ESP_AES;
	case CMAP_CIPHER_AES_GCM:
		return ESP_AES_GCM_16;
	case CMAP_CIPHER_AES_GMAC:
		return ESP_AES_GMAC;
	default:
		return ESP_NULL;
	}
}

/* Of the sets with the same algorithms the first, else AES's shortest keys */
static uint16_t key_bits_of(const struct proposal_esp *v, const struct proposal_entry *own)
{
	size_t i;

	for (i = 0; i < own->sets; i++) {
		const struct proposal_esp *set = &own->set[i].values;

		if (set->transform == v->transform && set->auth == v->auth && set->ah == v->ah)
			return set->key_bits;
	}
	return v->transform == ESP_AES || v->transform == ESP_AES_GCM_16 || v->transform == ESP_AES_GMAC ? 128 : 0;
}

void install_values(const struct kernel_sa_info *sa, const struct kernel_sa_info *ah, const struct proposal_entry *own,
		    struct proposal_esp *v)
{
	uint16_t encaps = sa->mode == CMAP_MODE_TRANSPORT ? IPSEC_ENCAPS_TRANSPORT : IPSEC_ENCAPS_TUNNEL;

	*v = (struct proposal_esp){ .encaps = natt_encaps(sa->encap_dport ? NATT_RFC3947 : NATT_NONE, encaps), .group = own->group,
				    .esn = sa->esn || (ah && ah->esn) };
	if (sa->proto == IPPROTO_AH) {
		v->ah = hmac_of(sa);
		return;
	}
	v->transform = transform_of(sa->cipher);
	v->auth = hmac_of(sa);
	v->ah = hmac_of(ah);
	v->key_bits = key_bits_of(v, own);
}

/* AH's header and ICV, in whole units of the IP version (RFC 4302 2.2) */
static unsigned int ah_length(const struct proposal_esp *v, bool six)
{
	unsigned int unit = six ? 8 : 4;
	struct algorithms a;

	if (v->ah == IPSEC_AUTH_NONE)
		return 0;
	algorithms(v, IPPROTO_AH, &a);
	return (12 + a.icv + unit - 1) / unit * unit;
}

void install_describe(struct child_sa *child, const struct proposal_esp *v)
{
	struct proposal_esp part = *v;
	struct algorithms a;
	char *at;

	algorithms(v, child->proto, &a);
	child->block_length = a.block;
	child->iv_length = a.iv;
	child->icv_length = a.icv;
	child->ah_length = ah_length(v, child->remote.length == 16);
	child->pfs_group = v->group;
	child->esn = v->esn;
	child->mode = natt_plain(v->encaps);
	child->udp = child->mode != v->encaps;
	proposal_esp_words(v, child->transform);
	/* shows put the key's size of CBC in the middle: esp-256-aes (IOS) */
	if (v->transform != ESP_AES || v->key_bits <= 128) {
		snprintf(child->transform_show, sizeof(child->transform_show), "%s", child->transform);
		return;
	}
	at = child->transform_show;
	part.auth = IPSEC_AUTH_NONE;
	part.transform = ESP_ABSENT;
	if (v->ah != IPSEC_AUTH_NONE)
		at += sprintf(at, "%s ", proposal_esp_words(&part, (char[PROPOSAL_WORDS]){ 0 }));
	at += sprintf(at, "esp-%u-aes", v->key_bits);
	part.ah = IPSEC_AUTH_NONE;
	part.auth = v->auth;
	if (v->auth != IPSEC_AUTH_NONE)
		sprintf(at, " %s", proposal_esp_words(&part, (char[PROPOSAL_WORDS]){ 0 }));
}
