/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the ISAKMP wire enter, the words for them leave: those of the
 * router where it has any, else those of the RFCs. See parse.h.
 */
#include "parse.h"

const char *parse_error_name(enum parse_error e)
{
	static const char *const name[__PARSE_ERROR_LAST] = {
		[PARSE_OK] = "ok",
		[PARSE_SHORT_HEADER] = "short-header",
		[PARSE_OVERSIZED] = "oversized",
		[PARSE_VERSION] = "version",
		[PARSE_FLAGS] = "flags",
		[PARSE_EXCHANGE] = "exchange",
		[PARSE_INITIATOR_COOKIE] = "initiator-cookie",
		[PARSE_TRUNCATED] = "truncated",
		[PARSE_TRAILING] = "trailing-bytes",
		[PARSE_NOT_BLOCKS] = "not-blocks",
		[PARSE_NO_PAYLOAD] = "no-payload",
		[PARSE_PAYLOAD_TRUNCATED] = "payload-truncated",
		[PARSE_PAYLOAD_SHORT] = "payload-short",
		[PARSE_RESERVED] = "reserved-not-zero",
		[PARSE_TOO_MANY] = "too-many",
		[PARSE_PAYLOAD_TYPE] = "payload-type",
		[PARSE_ORDER] = "order",
		[PARSE_DOI] = "doi",
		[PARSE_SITUATION] = "situation",
		[PARSE_PROPOSAL] = "proposal",
		[PARSE_TRANSFORM] = "transform",
		[PARSE_ATTRIBUTE] = "attribute",
		[PARSE_ID] = "id",
		[PARSE_NOTIFY] = "notify",
		[PARSE_DELETE] = "delete",
		[PARSE_NONCE] = "nonce",
		[PARSE_KE] = "ke",
		[PARSE_HASH] = "hash",
	};

	return (unsigned int)e < __PARSE_ERROR_LAST ? name[e] : "unknown";
}

const char *parse_payload_name(uint8_t type)
{
	switch (type) {
	case ISAKMP_PL_SA: return "SA";
	case ISAKMP_PL_PROPOSAL: return "PROPOSAL";
	case ISAKMP_PL_TRANSFORM: return "TRANSFORM";
	case ISAKMP_PL_KE: return "KE";
	case ISAKMP_PL_ID: return "ID";
	case ISAKMP_PL_CERT: return "CERT";
	case ISAKMP_PL_CR: return "CERT_REQ";
	case ISAKMP_PL_HASH: return "HASH";
	case ISAKMP_PL_SIG: return "SIG";
	case ISAKMP_PL_NONCE: return "NONCE";
	case ISAKMP_PL_NOTIFY: return "NOTIFY";
	case ISAKMP_PL_DELETE: return "DELETE";
	case ISAKMP_PL_VID: return "VENDOR";
	case ISAKMP_PL_ATTRIBUTES: return "ATTRIBUTES";
	case ISAKMP_PL_NAT_D: case ISAKMP_PL_NAT_D_07: case ISAKMP_PL_NAT_D_DRAFT: return "NAT-D";
	case ISAKMP_PL_NAT_OA: case ISAKMP_PL_NAT_OA_07: case ISAKMP_PL_NAT_OA_DRAFT: return "NAT-OA";
	case ISAKMP_PL_FRAGMENT: return "FRAGMENT";
	default: return "unknown";
	}
}

const char *parse_exchange_name(uint8_t exchange)
{
	switch (exchange) {
	case ISAKMP_XCHG_BASE: return "base";
	case ISAKMP_XCHG_MAIN: return "main mode";
	case ISAKMP_XCHG_AUTH_ONLY: return "authentication only";
	case ISAKMP_XCHG_AGGRESSIVE: return "aggressive mode";
	case ISAKMP_XCHG_INFO: return "informational";
	case ISAKMP_XCHG_TRANSACTION: return "transaction";
	case ISAKMP_XCHG_QUICK: return "quick mode";
	case ISAKMP_XCHG_NEW_GROUP: return "new group mode";
	default: return "unknown";
	}
}

/* RFC 2408 3.14.1's words, but where a router has its own. */
static const struct {
	uint16_t type;
	const char *name;
} notify_names[] = {
	{ ISAKMP_N_INVALID_PAYLOAD_TYPE, "INVALID_PAYLOAD_TYPE" },
	{ ISAKMP_N_DOI_NOT_SUPPORTED, "DOI_NOT_SUPPORTED" },
	{ ISAKMP_N_SITUATION_NOT_SUPPORTED, "SITUATION_NOT_SUPPORTED" },
	{ ISAKMP_N_INVALID_COOKIE, "INVALID_COOKIE" },
	{ ISAKMP_N_INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION" },
	{ ISAKMP_N_INVALID_MINOR_VERSION, "INVALID_MINOR_VERSION" },
	{ ISAKMP_N_INVALID_EXCHANGE_TYPE, "INVALID_EXCHANGE_TYPE" },
	{ ISAKMP_N_INVALID_FLAGS, "INVALID_FLAGS" },
	{ ISAKMP_N_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
	{ ISAKMP_N_INVALID_PROTOCOL_ID, "INVALID_PROTOCOL_ID" },
	{ ISAKMP_N_INVALID_SPI, "INVALID_SPI" },
	{ ISAKMP_N_INVALID_TRANSFORM_ID, "INVALID_TRANSFORM_ID" },
	{ ISAKMP_N_ATTRIBUTES_NOT_SUPPORTED, "ATTRIBS_NOT_SUPPORTED" },
	{ ISAKMP_N_NO_PROPOSAL_CHOSEN, "PROPOSAL_NOT_CHOSEN" },
	{ ISAKMP_N_BAD_PROPOSAL_SYNTAX, "BAD_PROPOSAL_SYNTAX" },
	{ ISAKMP_N_PAYLOAD_MALFORMED, "PAYLOAD_MALFORMED" },
	{ ISAKMP_N_INVALID_KEY_INFORMATION, "INVALID_KEY_INFO" },
	{ ISAKMP_N_INVALID_ID_INFORMATION, "INVALID_ID_INFO" },
	{ ISAKMP_N_INVALID_CERT_ENCODING, "INVALID_CERT_ENCODING" },
	{ ISAKMP_N_INVALID_CERTIFICATE, "INVALID_CERTIFICATE" },
	{ ISAKMP_N_CERT_TYPE_UNSUPPORTED, "CERT_TYPE_UNSUPPORTED" },
	{ ISAKMP_N_INVALID_CERT_AUTHORITY, "INVALID_CERT_AUTH" },
	{ ISAKMP_N_INVALID_HASH_INFORMATION, "INVALID_HASH" },
	{ ISAKMP_N_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
	{ ISAKMP_N_INVALID_SIGNATURE, "INVALID_SIGNATURE" },
	{ ISAKMP_N_ADDRESS_NOTIFICATION, "ADDRESS_NOTIFICATION" },
	{ ISAKMP_N_NOTIFY_SA_LIFETIME, "NOTIFY_SA_LIFETIME" },
	{ ISAKMP_N_CERTIFICATE_UNAVAILABLE, "CERTIFICATE_UNAVAILABLE" },
	{ ISAKMP_N_UNSUPPORTED_EXCHANGE_TYPE, "UNSUPPORTED_EXCHANGE_TYPE" },
	{ ISAKMP_N_UNEQUAL_PAYLOAD_LENGTHS, "UNEQUAL_PAYLOAD_LENGTHS" },
	{ ISAKMP_N_CONNECTED, "CONNECTED" },
	{ ISAKMP_N_RESPONDER_LIFETIME, "RESPONDER_LIFETIME" },
	{ ISAKMP_N_REPLAY_STATUS, "REPLAY_STATUS" },
	{ ISAKMP_N_INITIAL_CONTACT, "INITIAL_CONTACT" },
	{ ISAKMP_N_R_U_THERE, "DPD/R_U_THERE" },
	{ ISAKMP_N_R_U_THERE_ACK, "DPD/R_U_THERE_ACK" },
	{ ISAKMP_N_HEARTBEAT, "HEARTBEAT" },
};

const char *parse_notify_name(uint16_t type)
{
	for (size_t i = 0; i < sizeof(notify_names) / sizeof(notify_names[0]); i++)
		if (notify_names[i].type == type)
			return notify_names[i].name;
	return NULL;
}
