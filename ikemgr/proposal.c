/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two kinds of proposal have in common: words for people, lifetimes,
 * and the reasons of a refusal. The matching itself is in proposal_ike.c and
 * proposal_esp.c; proposal.h describes all of it.
 */
#include <stdio.h>
#include <string.h>

#include "proposal.h"

const char *proposal_reason_name(enum proposal_reason r)
{
	static const char *const name[__PROPOSAL_REASON_LAST] = {
		[PROPOSAL_OK] = "ok",
		[PROPOSAL_PROTOCOL] = "protocol",
		[PROPOSAL_BUNDLE] = "bundle",
		[PROPOSAL_SPI] = "spi",
		[PROPOSAL_TRANSFORM_ID] = "transform-id",
		[PROPOSAL_ATTRIBUTE] = "attribute",
		[PROPOSAL_ENCRYPTION] = "encryption",
		[PROPOSAL_KEY_LENGTH] = "key-length",
		[PROPOSAL_HASH] = "hash",
		[PROPOSAL_GROUP] = "group",
		[PROPOSAL_AUTH] = "authentication",
		[PROPOSAL_NO_KEY] = "no-key",
		[PROPOSAL_AUTHENTICATOR] = "authenticator",
		[PROPOSAL_MODE] = "mode",
		[PROPOSAL_ESN] = "esn",
		[PROPOSAL_PFS_MISSING] = "pfs-missing",
		[PROPOSAL_PFS_GROUP] = "pfs-group",
		[PROPOSAL_NOT_OFFERED] = "not-offered",
		[PROPOSAL_COUNT] = "count",
		[PROPOSAL_EMPTY] = "empty",
	};

	return (unsigned int)r < __PROPOSAL_REASON_LAST ? name[r] : "unknown";
}

const char *proposal_reason_router(enum proposal_reason r)
{
	switch (r) {
	case PROPOSAL_ENCRYPTION:
		return "Encryption algorithm offered does not match policy!";
	case PROPOSAL_KEY_LENGTH:
		return "Proposed key length does not match policy";
	case PROPOSAL_HASH:
		return "Hash algorithm offered does not match policy!";
	case PROPOSAL_GROUP:
		return "Diffie-Hellman group offered does not match policy!";
	case PROPOSAL_AUTH:
		return "Authentication method offered does not match policy!";
	case PROPOSAL_NO_KEY:
		return "Preshared authentication offered but does not match policy!";
	default:
		return NULL;
	}
}

/* ---- lifetimes outside an SA payload ---- */

int proposal_lifetimes(uint8_t protocol, const uint8_t *data, size_t len,
		       uint32_t *seconds, uint32_t *kilobytes)
{
	bool ike = protocol == IPSEC_PROTO_ISAKMP;
	uint16_t type_attr = ike ? IKE_ATTR_LIFE_TYPE : IPSEC_ATTR_LIFE_TYPE;
	uint16_t duration_attr = ike ? IKE_ATTR_LIFE_DURATION : IPSEC_ATTR_LIFE_DURATION;
	struct parse_attribute a = { 0 };
	uint64_t unit = 0;

	*seconds = 0;
	*kilobytes = 0;
	while (parse_attribute_list(data, len, &a)) {
		uint32_t value = a.number > UINT32_MAX ? UINT32_MAX : (uint32_t)a.number;

		if (a.type == type_attr)
			unit = a.number;
		else if (a.type != duration_attr)
			return -1;
		else if (unit == IKE_LIFE_SECONDS)
			*seconds = value;
		else if (unit == IKE_LIFE_KILOBYTES)
			*kilobytes = value;
		else
			return -1;
	}
	return *seconds || *kilobytes ? 0 : -1;
}

static size_t put_lifetime(uint8_t *p, bool ike, uint16_t unit, uint32_t value)
{
	const uint8_t raw[] = {
		0x80, (uint8_t)(ike ? IKE_ATTR_LIFE_TYPE : IPSEC_ATTR_LIFE_TYPE), 0, (uint8_t)unit,
		0x00, (uint8_t)(ike ? IKE_ATTR_LIFE_DURATION : IPSEC_ATTR_LIFE_DURATION), 0, 4,
		(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value,
	};

	if (!value)
		return 0;
	memcpy(p, raw, sizeof(raw));
	return sizeof(raw);
}

size_t proposal_lifetimes_body(uint8_t protocol, uint32_t seconds, uint32_t kilobytes,
			       uint8_t *buf)
{
	bool ike = protocol == IPSEC_PROTO_ISAKMP;
	size_t len = put_lifetime(buf, ike, IKE_LIFE_SECONDS, seconds);

	return len + put_lifetime(buf + len, ike, IKE_LIFE_KILOBYTES, kilobytes);
}

/* ---- words ---- */

/* A value and what it is called in a configuration and in the router's debug. */
struct word {
	uint16_t value;
	const char *config;
	const char *debug;
};

static const struct word encryption_words[] = {
	{ IKE_ENC_DES, "des", "DES-CBC" },
	{ IKE_ENC_IDEA, "idea", "IDEA-CBC" },
	{ IKE_ENC_BLOWFISH, "blowfish", "BLOWFISH-CBC" },
	{ IKE_ENC_RC5, "rc5", "RC5-CBC" },
	{ IKE_ENC_3DES, "3des", "3DES-CBC" },
	{ IKE_ENC_CAST, "cast", "CAST-CBC" },
	{ IKE_ENC_AES, "aes", "AES-CBC" },
	{ IKE_ENC_CAMELLIA, "camellia", "CAMELLIA-CBC" },
	{ 0, NULL, NULL }
};

static const struct word hash_words[] = {
	{ IKE_HASH_MD5, "md5", "MD5" },
	{ IKE_HASH_SHA, "sha", "SHA" },
	{ IKE_HASH_TIGER, "tiger", "TIGER" },
	{ IKE_HASH_SHA256, "sha256", "SHA256" },
	{ IKE_HASH_SHA384, "sha384", "SHA384" },
	{ IKE_HASH_SHA512, "sha512", "SHA512" },
	{ 0, NULL, NULL }
};

static const struct word auth_words[] = {
	{ IKE_AUTH_PSK, "pre-share", "pre-share" },
	{ IKE_AUTH_DSS_SIG, "dss-sig", "DSS sig" },
	{ IKE_AUTH_RSA_SIG, "rsa-sig", "RSA sig" },
	{ IKE_AUTH_RSA_ENC, "rsa-encr", "RSA encr" },
	{ IKE_AUTH_RSA_ENC_REVISED, "rsa-encr (revised)", "RSA encr (revised)" },
	{ IKE_AUTH_HYBRID_INIT_RSA, "hybrid", "HybridInitRSA" },
	{ IKE_AUTH_HYBRID_RESP_RSA, "hybrid", "HybridRespRSA" },
	{ IKE_AUTH_XAUTH_INIT_PSK, "xauth pre-share", "XAUTHInitPreShared" },
	{ IKE_AUTH_XAUTH_RESP_PSK, "xauth pre-share", "XAUTHRespPreShared" },
	{ IKE_AUTH_XAUTH_INIT_RSA, "xauth rsa-sig", "XAUTHInitRSA" },
	{ IKE_AUTH_XAUTH_RESP_RSA, "xauth rsa-sig", "XAUTHRespRSA" },
	{ 0, NULL, NULL }
};

static const struct word life_words[] = {
	{ IKE_LIFE_SECONDS, "seconds", "seconds" },
	{ IKE_LIFE_KILOBYTES, "kilobytes", "kilobytes" },
	{ 0, NULL, NULL }
};

static const struct word encaps_words[] = {
	{ IPSEC_ENCAPS_TUNNEL, "tunnel", "Tunnel" },
	{ IPSEC_ENCAPS_TRANSPORT, "transport", "Transport" },
	{ IPSEC_ENCAPS_UDP_TUNNEL, "tunnel over udp", "Tunnel-UDP" },
	{ IPSEC_ENCAPS_UDP_TRANSPORT, "transport over udp", "Transport-UDP" },
	{ IPSEC_ENCAPS_UDP_TUNNEL_DRAFT, "tunnel over udp (draft)", "Tunnel-UDP" },
	{ IPSEC_ENCAPS_UDP_TRANSPORT_DRAFT, "transport over udp (draft)", "Transport-UDP" },
	{ 0, NULL, NULL }
};

static const struct word esp_auth_words[] = {
	{ IPSEC_AUTH_HMAC_MD5, "esp-md5-hmac", "HMAC-MD5" },
	{ IPSEC_AUTH_HMAC_SHA, "esp-sha-hmac", "HMAC-SHA" },
	{ IPSEC_AUTH_HMAC_SHA256, "esp-sha256-hmac", "HMAC-SHA256" },
	{ IPSEC_AUTH_HMAC_SHA384, "esp-sha384-hmac", "HMAC-SHA384" },
	{ IPSEC_AUTH_HMAC_SHA512, "esp-sha512-hmac", "HMAC-SHA512" },
	{ 0, NULL, NULL }
};

static const struct word ah_auth_words[] = {
	{ IPSEC_AUTH_HMAC_MD5, "ah-md5-hmac", "AH_MD5" },
	{ IPSEC_AUTH_HMAC_SHA, "ah-sha-hmac", "AH_SHA" },
	{ IPSEC_AUTH_HMAC_SHA256, "ah-sha256-hmac", "AH_SHA256" },
	{ IPSEC_AUTH_HMAC_SHA384, "ah-sha384-hmac", "AH_SHA384" },
	{ IPSEC_AUTH_HMAC_SHA512, "ah-sha512-hmac", "AH_SHA512" },
	{ 0, NULL, NULL }
};

static const struct word esp_words[] = {
	{ ESP_DES, "esp-des", "ESP_DES" },
	{ ESP_3DES, "esp-3des", "ESP_3DES" },
	{ ESP_NULL, "esp-null", "ESP_NULL" },
	{ ESP_AES, "esp-aes", "ESP_AES" },
	{ ESP_AES_GCM_8, "esp-gcm", "ESP_GCM" },
	{ ESP_AES_GCM_12, "esp-gcm", "ESP_GCM" },
	{ ESP_AES_GCM_16, "esp-gcm", "ESP_GCM" },
	{ ESP_SEED, "esp-seed", "ESP_SEED" },
	{ ESP_AES_GMAC, "esp-gmac", "ESP_GMAC" },
	{ 0, NULL, NULL }
};

static const struct word *look_up(const struct word *w, uint64_t value)
{
	for (; w->config; w++)
		if (w->value == value)
			return w;
	return NULL;
}

static const char *word_or_number(const struct word *table, const char *what, uint16_t value, char *buf)
{
	const struct word *w = look_up(table, value);

	if (w)
		snprintf(buf, PROPOSAL_WORDS, "%s", w->config);
	else
		snprintf(buf, PROPOSAL_WORDS, "%s %u", what, value);
	return buf;
}

/* AES's default size goes without saying, as in the router's own configuration. */
static void append_bits(char *buf, bool aes, uint16_t key_bits)
{
	size_t at = strlen(buf);

	if (key_bits && !(aes && key_bits == 128))
		snprintf(buf + at, PROPOSAL_WORDS - at, " %u", key_bits);
}

const char *proposal_encryption_words(uint16_t encryption, uint16_t key_bits, char *buf)
{
	word_or_number(encryption_words, "cipher", encryption, buf);
	append_bits(buf, encryption == IKE_ENC_AES, key_bits);
	return buf;
}

const char *proposal_hash_words(uint16_t hash, char *buf)
{
	return word_or_number(hash_words, "hash", hash, buf);
}

const char *proposal_auth_words(uint16_t auth, char *buf)
{
	return word_or_number(auth_words, "method", auth, buf);
}

static void append_word(char *buf, const struct word *table, const char *what, uint16_t value)
{
	char text[PROPOSAL_WORDS];
	size_t at = strlen(buf);

	word_or_number(table, what, value, text);
	snprintf(buf + at, PROPOSAL_WORDS - at, at ? " %s" : "%s", text);
}

const char *proposal_esp_words(const struct proposal_esp *v, char *buf)
{
	buf[0] = '\0';
	if (v->ah != IPSEC_AUTH_NONE)
		append_word(buf, ah_auth_words, "AH authenticator", v->ah);
	if (v->transform != ESP_ABSENT) {
		append_word(buf, esp_words, "transform", v->transform);
		append_bits(buf, true, v->key_bits);
	}
	if (v->auth != IPSEC_AUTH_NONE)
		append_word(buf, esp_auth_words, "authenticator", v->auth);
	return buf;
}

const char *proposal_encaps_words(uint16_t encaps, char *buf)
{
	return word_or_number(encaps_words, "encapsulation", encaps, buf);
}

/* Of one attribute: its name in the debug, and the table of its values. */
struct attribute_words {
	const char *name;
	const struct word *values;
};

static const char *describe(const struct attribute_words *table, size_t n, uint16_t type,
			    uint64_t value, const char **name)
{
	const struct word *w;

	*name = type < n && table[type].name ? table[type].name : "attribute";
	if (type >= n || !table[type].values)
		return NULL;
	w = look_up(table[type].values, value);
	return w ? w->debug : NULL;
}

const char *proposal_ike_attr(uint16_t type, uint64_t value, const char **name)
{
	static const struct attribute_words table[] = {
		[IKE_ATTR_ENCRYPTION] = { "encryption", encryption_words },
		[IKE_ATTR_HASH] = { "hash", hash_words },
		[IKE_ATTR_AUTH] = { "auth", auth_words },
		[IKE_ATTR_GROUP] = { "default group", NULL },
		[IKE_ATTR_GROUP_TYPE] = { "group type", NULL },
		[IKE_ATTR_LIFE_TYPE] = { "life type", life_words },
		[IKE_ATTR_LIFE_DURATION] = { "life duration", NULL },
		[IKE_ATTR_PRF] = { "prf", NULL },
		[IKE_ATTR_KEY_LENGTH] = { "keylength", NULL },
	};

	return describe(table, sizeof(table) / sizeof(table[0]), type, value, name);
}

const char *proposal_esp_attr(uint16_t type, uint64_t value, const char **name)
{
	static const struct attribute_words table[] = {
		[IPSEC_ATTR_LIFE_TYPE] = { "SA life type", life_words },
		[IPSEC_ATTR_LIFE_DURATION] = { "SA life duration", NULL },
		[IPSEC_ATTR_GROUP] = { "group", NULL },
		[IPSEC_ATTR_ENCAPS] = { "encaps", encaps_words },
		[IPSEC_ATTR_AUTH] = { "authenticator", esp_auth_words },
		[IPSEC_ATTR_KEY_LENGTH] = { "key length", NULL },
		[IPSEC_ATTR_ESN] = { "esn", NULL },
	};

	return describe(table, sizeof(table) / sizeof(table[0]), type, value, name);
}

uint8_t proposal_ah_id(uint16_t auth)
{
	static const uint8_t id[] = {
		[IPSEC_AUTH_HMAC_MD5] = AH_MD5, [IPSEC_AUTH_HMAC_SHA] = AH_SHA, [IPSEC_AUTH_HMAC_SHA256] = AH_SHA256,
		[IPSEC_AUTH_HMAC_SHA384] = AH_SHA384, [IPSEC_AUTH_HMAC_SHA512] = AH_SHA512,
	};

	return auth < sizeof(id) ? id[auth] : 0;
}

const char *proposal_esp_id_name(uint8_t protocol, uint8_t id)
{
	const struct word *w;

	if (protocol != IPSEC_PROTO_AH) {
		w = look_up(esp_words, id);
		return w ? w->debug : NULL;
	}
	for (w = ah_auth_words; w->config; w++)
		if (proposal_ah_id(w->value) == id)
			return w->debug;
	return NULL;
}
