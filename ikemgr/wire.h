/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ISAKMP on the wire: every structure, constant and protocol limit, with the
 * section it comes from, and no logic.
 *
 * RFC 2407 (the IPsec DOI), RFC 2408 (ISAKMP), RFC 2409 (IKE), RFC 3526 (MODP
 * groups), RFC 3602/4868 (AES-CBC, SHA-2), RFC 3706 (DPD), RFC 3947 (NAT-T).
 * Multi-byte fields are big endian and unaligned: the structures are packed
 * and made of bytes-wide or __be types only; parse.c and build.c convert.
 */
#ifndef IKEMGR_WIRE_H
#define IKEMGR_WIRE_H

#include <stdint.h>

#define ISAKMP_PORT			500	/* RFC 2408 2.5.1 */
#define ISAKMP_NATT_PORT		4500	/* RFC 3947 4 */
#define ISAKMP_VERSION			0x10	/* RFC 2408 3.1: major 1, minor 0 */
#define ISAKMP_COOKIE_LEN		8	/* RFC 2408 2.5.3 */
#define ISAKMP_HEADER_LEN		28	/* RFC 2408 3.1 */
#define ISAKMP_GENERIC_LEN		4	/* RFC 2408 3.2 */

/*
 * Limits. The protocol's own come with their section; the others are ours: a
 * datagram past them is refused as malformed, because no peer sends it.
 */
#define ISAKMP_MESSAGE_MAX		16384	/* ours: the longest certificate chains seen fit; more is an attempt to keep us busy */
#define ISAKMP_PAYLOADS_MAX		64	/* ours: payloads of one message */
#define ISAKMP_PROPOSALS_MAX		64	/* ours: proposal payloads of one SA */
#define ISAKMP_TRANSFORMS_MAX		255	/* ours: transforms of one SA; RFC 2408 3.5: of one proposal */
#define ISAKMP_ATTRIBUTES_MAX		32	/* ours: attributes of one transform */
#define ISAKMP_NONCE_MIN		8	/* RFC 2409 5 */
#define ISAKMP_NONCE_MAX		256	/* RFC 2409 5 */
#define ISAKMP_NONCE_LEN		20	/* what we send; IOS sends 20 */
#define ISAKMP_PSK_MAX			128	/* IOS: longest pre-shared key */
#define ISAKMP_HASH_MAX			64	/* SHA2-512 */
#define ISAKMP_BLOCK_MAX		16	/* AES */
#define ISAKMP_DH_MAX			512	/* group 16, bytes */
#define IPSEC_SPI_LEN			4	/* RFC 4303 2.1 */
#define IPSEC_SPI_RESERVED		255	/* RFC 4303 2.1: 0..255 are not for use */

/* RFC 2408 3.1 */
struct isakmp_hdr {
	uint8_t icookie[ISAKMP_COOKIE_LEN];
	uint8_t rcookie[ISAKMP_COOKIE_LEN];
	uint8_t next_payload;		/* enum isakmp_payload */
	uint8_t version;		/* major << 4 | minor */
	uint8_t exchange;		/* enum isakmp_exchange */
	uint8_t flags;			/* ISAKMP_FLAG_* */
	uint32_t message_id;		/* big endian; 0 in phase 1 */
	uint32_t length;		/* big endian; header, payloads and padding */
} __attribute__((packed));

/* RFC 2408 3.1 */
#define ISAKMP_FLAG_ENCRYPTION		0x01
#define ISAKMP_FLAG_COMMIT		0x02
#define ISAKMP_FLAG_AUTH_ONLY		0x04
#define ISAKMP_FLAGS_KNOWN		0x07

/* RFC 2408 3.1, RFC 2409 appendix A */
enum isakmp_exchange {
	ISAKMP_XCHG_NONE		= 0,
	ISAKMP_XCHG_BASE		= 1,
	ISAKMP_XCHG_MAIN		= 2,	/* "identity protection" */
	ISAKMP_XCHG_AUTH_ONLY		= 3,
	ISAKMP_XCHG_AGGRESSIVE		= 4,
	ISAKMP_XCHG_INFO		= 5,
	ISAKMP_XCHG_TRANSACTION		= 6,	/* mode config, XAUTH */
	ISAKMP_XCHG_QUICK		= 32,
	ISAKMP_XCHG_NEW_GROUP		= 33,
};

/* RFC 2408 3.1, RFC 3947 6 */
enum isakmp_payload {
	ISAKMP_PL_NONE			= 0,
	ISAKMP_PL_SA			= 1,
	ISAKMP_PL_PROPOSAL		= 2,
	ISAKMP_PL_TRANSFORM		= 3,
	ISAKMP_PL_KE			= 4,
	ISAKMP_PL_ID			= 5,
	ISAKMP_PL_CERT			= 6,
	ISAKMP_PL_CR			= 7,
	ISAKMP_PL_HASH			= 8,
	ISAKMP_PL_SIG			= 9,
	ISAKMP_PL_NONCE			= 10,
	ISAKMP_PL_NOTIFY		= 11,
	ISAKMP_PL_DELETE		= 12,
	ISAKMP_PL_VID			= 13,
	ISAKMP_PL_ATTRIBUTES		= 14,	/* mode config */
	ISAKMP_PL_NAT_D_07		= 15,	/* drafts 04..08 of RFC 3947 */
	ISAKMP_PL_NAT_OA_07		= 16,
	ISAKMP_PL_NAT_D			= 20,
	ISAKMP_PL_NAT_OA		= 21,
	ISAKMP_PL_NAT_D_DRAFT		= 130,	/* drafts 00..03 of RFC 3947 */
	ISAKMP_PL_NAT_OA_DRAFT		= 131,
	ISAKMP_PL_FRAGMENT		= 132,	/* Cisco IKE fragmentation */
};

/* RFC 2408 3.2; the head of every payload */
struct isakmp_generic {
	uint8_t next_payload;
	uint8_t reserved;		/* zero */
	uint16_t length;		/* big endian, this head included */
} __attribute__((packed));

/* RFC 2408 3.4, RFC 2407 4.6.1; followed by proposals */
struct isakmp_sa {
	struct isakmp_generic head;
	uint32_t doi;
	uint32_t situation;
} __attribute__((packed));

#define ISAKMP_DOI_ISAKMP		0	/* RFC 2408 3.4 */
#define ISAKMP_DOI_IPSEC		1	/* RFC 2407 4.2 */
#define IPSEC_SIT_IDENTITY_ONLY		0x01	/* RFC 2407 4.2.1 */

/* RFC 2408 3.5; followed by the SPI and the transforms */
struct isakmp_proposal {
	struct isakmp_generic head;	/* next: 2 (another proposal) or 0 */
	uint8_t number;			/* the same number twice: both are meant ("and") */
	uint8_t protocol;		/* enum ipsec_protocol */
	uint8_t spi_size;
	uint8_t transforms;
} __attribute__((packed));

/* RFC 2408 3.6; followed by attributes */
struct isakmp_transform {
	struct isakmp_generic head;	/* next: 3 (another transform) or 0 */
	uint8_t number;
	uint8_t id;			/* by protocol: KEY_IKE, ESP_*, AH_* */
	uint16_t reserved2;
} __attribute__((packed));

/* RFC 2408 3.3; AF set: value holds the value, else the length of what follows */
struct isakmp_attribute {
	uint16_t type;			/* AF << 15 | type */
	uint16_t value;
} __attribute__((packed));

#define ISAKMP_ATTR_AF			0x8000
#define ISAKMP_ATTR_TYPE		0x7fff

/* RFC 2407 4.6.2 */
struct isakmp_id {
	struct isakmp_generic head;
	uint8_t type;			/* enum ipsec_id */
	uint8_t protocol;		/* 0: any */
	uint16_t port;			/* 0: any */
} __attribute__((packed));

/* RFC 2408 3.14; followed by the SPI and the data */
struct isakmp_notify {
	struct isakmp_generic head;
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_size;
	uint16_t type;			/* enum isakmp_notify_type */
} __attribute__((packed));

/* RFC 2408 3.15; followed by count SPIs */
struct isakmp_delete {
	struct isakmp_generic head;
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_size;
	uint16_t count;
} __attribute__((packed));

/* RFC 2407 4.4.1 */
enum ipsec_protocol {
	IPSEC_PROTO_ISAKMP		= 1,
	IPSEC_PROTO_AH			= 2,
	IPSEC_PROTO_ESP			= 3,
	IPSEC_PROTO_IPCOMP		= 4,
};

/* RFC 2407 4.4.2 */
#define ISAKMP_KEY_IKE			1

/* RFC 2407 4.4.4, RFC 3602 5.2, RFC 4106 8.1, RFC 4543 9 */
enum esp_transform {
	ESP_ABSENT			= 0,	/* not on the wire: AH alone */
	ESP_DES_IV64			= 1,
	ESP_DES				= 2,
	ESP_3DES			= 3,
	ESP_NULL			= 11,
	ESP_AES				= 12,
	ESP_AES_CTR			= 13,
	ESP_AES_GCM_8			= 18,
	ESP_AES_GCM_12			= 19,
	ESP_AES_GCM_16			= 20,
	ESP_SEED			= 21,
	ESP_CAMELLIA			= 22,
	ESP_AES_GMAC			= 23,
};

/* RFC 2407 4.4.3, RFC 4868 (IANA "AH Transform Identifiers") */
enum ah_transform {
	AH_MD5				= 2,
	AH_SHA				= 3,
	AH_DES				= 4,
	AH_SHA256			= 5,
	AH_SHA384			= 6,
	AH_SHA512			= 7,
};

/* RFC 2409 appendix A: attributes of a phase 1 transform */
enum ike_attribute {
	IKE_ATTR_ENCRYPTION		= 1,	/* basic */
	IKE_ATTR_HASH			= 2,	/* basic */
	IKE_ATTR_AUTH			= 3,	/* basic */
	IKE_ATTR_GROUP			= 4,	/* basic */
	IKE_ATTR_GROUP_TYPE		= 5,	/* basic */
	IKE_ATTR_GROUP_PRIME		= 6,	/* variable */
	IKE_ATTR_GROUP_GENERATOR_1	= 7,	/* variable */
	IKE_ATTR_GROUP_GENERATOR_2	= 8,	/* variable */
	IKE_ATTR_GROUP_CURVE_A		= 9,	/* variable */
	IKE_ATTR_GROUP_CURVE_B		= 10,	/* variable */
	IKE_ATTR_LIFE_TYPE		= 11,	/* basic */
	IKE_ATTR_LIFE_DURATION		= 12,	/* variable; of the life type before it */
	IKE_ATTR_PRF			= 13,	/* basic */
	IKE_ATTR_KEY_LENGTH		= 14,	/* basic, bits */
	IKE_ATTR_FIELD_SIZE		= 15,	/* basic */
	IKE_ATTR_GROUP_ORDER		= 16,	/* variable */
};

/* RFC 2409 appendix A, IANA "Encryption Algorithm" */
enum ike_encryption {
	IKE_ENC_DES			= 1,
	IKE_ENC_IDEA			= 2,
	IKE_ENC_BLOWFISH		= 3,
	IKE_ENC_RC5			= 4,
	IKE_ENC_3DES			= 5,
	IKE_ENC_CAST			= 6,
	IKE_ENC_AES			= 7,	/* with IKE_ATTR_KEY_LENGTH */
	IKE_ENC_CAMELLIA		= 8,
};

/* RFC 2409 appendix A, IANA "Hash Algorithm" */
enum ike_hash {
	IKE_HASH_MD5			= 1,
	IKE_HASH_SHA			= 2,
	IKE_HASH_TIGER			= 3,
	IKE_HASH_SHA256			= 4,
	IKE_HASH_SHA384			= 5,
	IKE_HASH_SHA512			= 6,
};

/* RFC 2409 appendix A; 65001.. are XAUTH's (draft-beaulieu-ike-xauth) */
enum ike_auth {
	IKE_AUTH_PSK			= 1,
	IKE_AUTH_DSS_SIG		= 2,
	IKE_AUTH_RSA_SIG		= 3,
	IKE_AUTH_RSA_ENC		= 4,
	IKE_AUTH_RSA_ENC_REVISED	= 5,
	IKE_AUTH_HYBRID_INIT_RSA	= 64221,
	IKE_AUTH_HYBRID_RESP_RSA	= 64222,
	IKE_AUTH_XAUTH_INIT_PSK		= 65001,
	IKE_AUTH_XAUTH_RESP_PSK		= 65002,
	IKE_AUTH_XAUTH_INIT_RSA		= 65005,
	IKE_AUTH_XAUTH_RESP_RSA		= 65006,
};

/* RFC 2409 6, RFC 3526, RFC 5903, RFC 5114; the number is the one of "group N" */
enum ike_group {
	IKE_GROUP_MODP768		= 1,
	IKE_GROUP_MODP1024		= 2,
	IKE_GROUP_MODP1536		= 5,
	IKE_GROUP_MODP2048		= 14,
	IKE_GROUP_MODP3072		= 15,
	IKE_GROUP_MODP4096		= 16,
	IKE_GROUP_ECP256		= 19,
	IKE_GROUP_ECP384		= 20,
	IKE_GROUP_ECP521		= 21,
	IKE_GROUP_MODP2048_256		= 24,	/* its generator makes a subgroup of 256 bits */
};

/* RFC 2409 appendix A */
enum ike_group_type {
	IKE_GROUP_TYPE_MODP		= 1,
	IKE_GROUP_TYPE_ECP		= 2,
};

/* RFC 2409 appendix A */
enum ike_life_type {
	IKE_LIFE_SECONDS		= 1,
	IKE_LIFE_KILOBYTES		= 2,
};

/* RFC 2407 4.5, RFC 4868 (IANA "IPSEC Security Association Attributes") */
enum ipsec_attribute {
	IPSEC_ATTR_LIFE_TYPE		= 1,	/* basic */
	IPSEC_ATTR_LIFE_DURATION	= 2,	/* variable; of the life type before it */
	IPSEC_ATTR_GROUP		= 3,	/* basic; PFS */
	IPSEC_ATTR_ENCAPS		= 4,	/* basic */
	IPSEC_ATTR_AUTH			= 5,	/* basic */
	IPSEC_ATTR_KEY_LENGTH		= 6,	/* basic, bits */
	IPSEC_ATTR_KEY_ROUNDS		= 7,	/* basic */
	IPSEC_ATTR_DICT_SIZE		= 8,	/* basic */
	IPSEC_ATTR_COMPRESS		= 9,	/* variable */
	IPSEC_ATTR_ECN			= 10,	/* basic, RFC 3168 9.2.1.1 */
	IPSEC_ATTR_ESN			= 11,	/* basic, RFC 4304 */
};

#define IPSEC_ESN_64 1	/* 64-bit sequence numbers; without the attribute they have 32 (RFC 4304 2) */

/* RFC 2407 4.5 */
enum ipsec_life_type {
	IPSEC_LIFE_SECONDS		= 1,
	IPSEC_LIFE_KILOBYTES		= 2,
};

/* RFC 2407 4.5: a phase 2 lifetime that nobody states */
#define IPSEC_LIFE_DEFAULT_SECONDS	28800

/* RFC 2407 4.5, RFC 3947 5.1; 614xx: drafts 00..03 */
enum ipsec_encaps {
	IPSEC_ENCAPS_TUNNEL		= 1,
	IPSEC_ENCAPS_TRANSPORT		= 2,
	IPSEC_ENCAPS_UDP_TUNNEL		= 3,
	IPSEC_ENCAPS_UDP_TRANSPORT	= 4,
	IPSEC_ENCAPS_UDP_TUNNEL_DRAFT	= 61443,
	IPSEC_ENCAPS_UDP_TRANSPORT_DRAFT = 61444,
};

/* RFC 2407 4.5, IANA "Authentication Algorithm" */
enum ipsec_auth {
	IPSEC_AUTH_NONE			= 0,	/* the attribute is absent */
	IPSEC_AUTH_HMAC_MD5		= 1,
	IPSEC_AUTH_HMAC_SHA		= 2,
	IPSEC_AUTH_DES_MAC		= 3,
	IPSEC_AUTH_KPDK			= 4,
	IPSEC_AUTH_HMAC_SHA256		= 5,
	IPSEC_AUTH_HMAC_SHA384		= 6,
	IPSEC_AUTH_HMAC_SHA512		= 7,
};

/* RFC 2407 4.6.2.1 */
enum ipsec_id {
	IPSEC_ID_IPV4_ADDR		= 1,
	IPSEC_ID_FQDN			= 2,
	IPSEC_ID_USER_FQDN		= 3,
	IPSEC_ID_IPV4_SUBNET		= 4,
	IPSEC_ID_IPV6_ADDR		= 5,
	IPSEC_ID_IPV6_SUBNET		= 6,
	IPSEC_ID_IPV4_RANGE		= 7,
	IPSEC_ID_IPV6_RANGE		= 8,
	IPSEC_ID_DER_ASN1_DN		= 9,
	IPSEC_ID_DER_ASN1_GN		= 10,
	IPSEC_ID_KEY_ID			= 11,
};

/* RFC 2408 3.14.1, RFC 2407 4.6.3, RFC 3706 5.3 */
enum isakmp_notify_type {
	ISAKMP_N_INVALID_PAYLOAD_TYPE		= 1,
	ISAKMP_N_DOI_NOT_SUPPORTED		= 2,
	ISAKMP_N_SITUATION_NOT_SUPPORTED	= 3,
	ISAKMP_N_INVALID_COOKIE			= 4,
	ISAKMP_N_INVALID_MAJOR_VERSION		= 5,
	ISAKMP_N_INVALID_MINOR_VERSION		= 6,
	ISAKMP_N_INVALID_EXCHANGE_TYPE		= 7,
	ISAKMP_N_INVALID_FLAGS			= 8,
	ISAKMP_N_INVALID_MESSAGE_ID		= 9,
	ISAKMP_N_INVALID_PROTOCOL_ID		= 10,
	ISAKMP_N_INVALID_SPI			= 11,
	ISAKMP_N_INVALID_TRANSFORM_ID		= 12,
	ISAKMP_N_ATTRIBUTES_NOT_SUPPORTED	= 13,
	ISAKMP_N_NO_PROPOSAL_CHOSEN		= 14,
	ISAKMP_N_BAD_PROPOSAL_SYNTAX		= 15,
	ISAKMP_N_PAYLOAD_MALFORMED		= 16,
	ISAKMP_N_INVALID_KEY_INFORMATION	= 17,
	ISAKMP_N_INVALID_ID_INFORMATION		= 18,
	ISAKMP_N_INVALID_CERT_ENCODING		= 19,
	ISAKMP_N_INVALID_CERTIFICATE		= 20,
	ISAKMP_N_CERT_TYPE_UNSUPPORTED		= 21,
	ISAKMP_N_INVALID_CERT_AUTHORITY		= 22,
	ISAKMP_N_INVALID_HASH_INFORMATION	= 23,
	ISAKMP_N_AUTHENTICATION_FAILED		= 24,
	ISAKMP_N_INVALID_SIGNATURE		= 25,
	ISAKMP_N_ADDRESS_NOTIFICATION		= 26,
	ISAKMP_N_NOTIFY_SA_LIFETIME		= 27,
	ISAKMP_N_CERTIFICATE_UNAVAILABLE	= 28,
	ISAKMP_N_UNSUPPORTED_EXCHANGE_TYPE	= 29,
	ISAKMP_N_UNEQUAL_PAYLOAD_LENGTHS	= 30,

	ISAKMP_N_CONNECTED			= 16384,
	ISAKMP_N_RESPONDER_LIFETIME		= 24576, /* data: attributes */
	ISAKMP_N_REPLAY_STATUS			= 24577,
	ISAKMP_N_INITIAL_CONTACT		= 24578,
	ISAKMP_N_R_U_THERE			= 36136, /* data: u32 sequence number */
	ISAKMP_N_R_U_THERE_ACK			= 36137,
	ISAKMP_N_HEARTBEAT			= 40503, /* Cisco */
};
#define ISAKMP_N_ERROR_MAX			8191	/* RFC 2408 3.14.1: 1..8191 are errors */

/* RFC 3947 4: marks IKE on port 4500 in front of the header */
#define ISAKMP_NON_ESP_MARKER_LEN		4

#endif
