/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A datagram in, an index of its payloads out. Pure: no state, no I/O, no
 * allocation. Every length is checked here, once: whoever holds a struct
 * parse_message may read what the views below return without checking again.
 *
 * Two steps, because a message may be encrypted between them:
 *
 *	parse_header(datagram)		cookies, exchange, flags, message id
 *	(decrypt in place)
 *	parse_payloads(header, datagram)
 *
 * All pointers handed out point into the caller's datagram, which must outlive
 * them.
 */
#ifndef IKEMGR_PARSE_H
#define IKEMGR_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/* What is wrong with a message; parse_error_name() gives the word. */
enum parse_error {
	PARSE_OK,
	PARSE_SHORT_HEADER,	/* fewer bytes than an ISAKMP header has */
	PARSE_OVERSIZED,	/* more than ISAKMP_MESSAGE_MAX */
	PARSE_VERSION,		/* not 1.0 */
	PARSE_FLAGS,		/* flag bits that RFC 2408 3.1 does not define */
	PARSE_EXCHANGE,		/* exchange type 0 */
	PARSE_INITIATOR_COOKIE,	/* the initiator's cookie is zero */
	PARSE_TRUNCATED,	/* length field of the header > datagram */
	PARSE_TRAILING,		/* length field of the header < datagram, or bytes after the last payload in clear */
	PARSE_NOT_BLOCKS,	/* encrypted, but not a whole number of cipher blocks (caller's check) */
	PARSE_NO_PAYLOAD,	/* next payload 0 in the header */
	PARSE_PAYLOAD_TRUNCATED, /* payload or its fixed part goes past the end of the message */
	PARSE_PAYLOAD_SHORT,	/* payload's length < its fixed part */
	PARSE_RESERVED,		/* a RESERVED field is not zero */
	PARSE_TOO_MANY,		/* payloads, proposals or attributes past our limits */
	PARSE_PAYLOAD_TYPE,	/* proposal or transform outside an SA payload */
	PARSE_ORDER,		/* RFC 2409 5, 5.5, 5.7: SA or HASH must be first */
	PARSE_DOI,		/* not the IPsec DOI */
	PARSE_SITUATION,	/* not SIT_IDENTITY_ONLY */
	PARSE_PROPOSAL,		/* malformed proposal: length, next payload, SPI, number of transforms */
	PARSE_TRANSFORM,	/* malformed transform: length, next payload */
	PARSE_ATTRIBUTE,	/* malformed attribute: goes past its transform, or has no value */
	PARSE_ID,		/* body does not fit the ID type */
	PARSE_NOTIFY,		/* SPI goes past the payload */
	PARSE_DELETE,		/* SPIs do not fill the payload */
	PARSE_NONCE,		/* not 8..256 bytes */
	PARSE_KE,		/* empty, or longer than any group's */
	PARSE_HASH,		/* empty, or longer than any hash's */
	__PARSE_ERROR_LAST,
};

/**
 * struct parse_failure - why parsing ended
 * @error: the kind
 * @payload: type of the payload at fault (enum isakmp_payload), 0: the header
 * @offset: of the byte or field at fault, from the start of the datagram
 * @text: one line: what is there, and what would be right
 */
struct parse_failure {
	enum parse_error error;
	uint8_t payload;
	size_t offset;
	char text[160];
};

/** struct parse_header - the ISAKMP header in host byte order */
struct parse_header {
	uint8_t icookie[ISAKMP_COOKIE_LEN];
	uint8_t rcookie[ISAKMP_COOKIE_LEN];
	uint8_t next_payload;
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	uint32_t message_id;
	uint32_t length;		/* of the whole message, checked against the datagram */
};

/**
 * struct parse_payload - one payload
 * @type: enum isakmp_payload, or a private type kept as it came
 * @next: type of the payload after it
 * @offset: of its generic header, from the start of the datagram
 * @length: with the generic header
 * @body: what follows the generic header (what RFC 2409 calls "_b")
 * @body_len: @length - 4
 */
struct parse_payload {
	uint8_t type;
	uint8_t next;
	uint16_t offset;
	uint16_t length;
	const uint8_t *body;
	uint16_t body_len;
};

/**
 * struct parse_message - the index
 * @data: start of the datagram (the ISAKMP header)
 * @end: offset of the first byte after the last payload; what follows up to
 *	the header's length is padding
 * @count: payloads
 * @payload: all payloads, in the order of the message
 */
struct parse_message {
	const uint8_t *data;
	size_t end;
	unsigned int count;
	struct parse_payload payload[ISAKMP_PAYLOADS_MAX];
};

/**
 * parse_header() - check and convert the ISAKMP header (RFC 2408 3.1)
 * @data: the datagram, without a non-ESP marker
 * @len: its length
 * @h: filled in also on failure, as far as the header was there (if @len is at
 *	least ISAKMP_HEADER_LEN, else zeroed), so that events can tell the cookies
 * @f: filled in on failure
 *
 * Returns 0, or -1.
 */
int parse_header(const uint8_t *data, size_t len, struct parse_header *h,
		 struct parse_failure *f);

/**
 * parse_payloads() - index the payloads and check all that is in them
 * @h: from parse_header() of the same datagram
 * @data: the datagram from the ISAKMP header on; with ISAKMP_FLAG_ENCRYPTION
 *	set in @h, already decrypted in place
 * @m: filled in; on failure it holds the payloads before the one at fault
 * @f: filled in on failure
 *
 * Checked besides lengths: reserved fields; SA, proposal, transform and
 * attribute structure; ID, notify, delete, nonce and KE bodies; the order that
 * RFC 2409 demands (main mode's SA before all others, HASH first and then SA
 * in a quick mode's first two messages, HASH first in an encrypted
 * informational exchange). Payload types that we do not know are indexed like
 * all others, for the exchange to report. Whether a payload is expected in this message is
 * the exchange's question, not answered here. After the last payload only an
 * encrypted message may have more bytes: padding, of any value and length
 * (RFC 2409 appendix B sets no limit).
 *
 * Returns 0, or -1.
 */
int parse_payloads(const struct parse_header *h, const uint8_t *data,
		   struct parse_message *m, struct parse_failure *f);

/** parse_find() - first payload of @type in @m, or NULL */
const struct parse_payload *parse_find(const struct parse_message *m, uint8_t type);

/** parse_find_next() - the next payload of the same type after @p, or NULL */
const struct parse_payload *parse_find_next(const struct parse_message *m,
					    const struct parse_payload *p);

/** parse_count() - number of payloads of @type */
unsigned int parse_count(const struct parse_message *m, uint8_t type);

/**
 * parse_after() - what follows @p up to the last payload, without padding
 * @len: its length, 0 if @p is the last
 *
 * The part of a message that HASH(1), HASH(2) and the informational HASH
 * protect (RFC 2409 5.5, 5.7), given the HASH payload.
 */
const uint8_t *parse_after(const struct parse_message *m,
			   const struct parse_payload *p, size_t *len);

/**
 * struct parse_proposal - one proposal of an SA payload (RFC 2408 3.5)
 * @offset, @length: where it is in the datagram
 * @last: no proposal follows
 *
 * The private members carry the iteration.
 */
struct parse_proposal {
	uint8_t number;
	uint8_t protocol;		/* enum ipsec_protocol */
	uint8_t spi_size;
	uint8_t transforms;
	const uint8_t *spi;		/* spi_size bytes */
	bool last;
	const uint8_t *raw;		/* private */
	size_t raw_len;			/* private: this proposal */
};

/** struct parse_transform - one transform of a proposal (RFC 2408 3.6) */
struct parse_transform {
	uint8_t number;
	uint8_t id;			/* ISAKMP_KEY_IKE or enum esp_transform */
	uint8_t next;			/* 3: another follows, 0: the last ("Next payload is %d") */
	const uint8_t *raw;		/* private */
	size_t raw_len;			/* private */
};

/**
 * struct parse_attribute - one data attribute (RFC 2408 3.3)
 * @type: without the AF bit
 * @basic: TV: the value is in the attribute's own head
 * @number: the value as an integer; UINT64_MAX if it needs more than 8 bytes
 * @value: bytes as they came, 2 for a basic one
 * @len: their number
 */
struct parse_attribute {
	uint16_t type;
	bool basic;
	uint64_t number;
	const uint8_t *value;
	uint16_t len;
	const uint8_t *raw;		/* private */
};

/**
 * parse_proposal_next() - walk an SA payload
 * @sa: a payload of type ISAKMP_PL_SA from parse_payloads()
 * @p: zeroed before the first call, then left alone
 *
 * Returns whether there was one more.
 */
bool parse_proposal_next(const struct parse_payload *sa, struct parse_proposal *p);

/** parse_transform_next() - walk a proposal; @t zeroed before the first call */
bool parse_transform_next(const struct parse_proposal *p, struct parse_transform *t);

/** parse_attribute_next() - walk a transform; @a zeroed before the first call */
bool parse_attribute_next(const struct parse_transform *t, struct parse_attribute *a);

/**
 * parse_attribute_list() - walk attributes that stand outside an SA payload
 * (the data of RESPONDER_LIFETIME); @a zeroed before the first call, which
 * checks the whole list: false if it is malformed or empty
 */
bool parse_attribute_list(const uint8_t *data, size_t len, struct parse_attribute *a);

/**
 * struct parse_id - ID payload (RFC 2407 4.6.2)
 * @data: identification data; its length fits @type: 4 (IPV4_ADDR), 8
 *	(IPV4_SUBNET: address, mask; IPV4_RANGE: first, last), 16, 32 for IPv6,
 *	at least 1 byte for names
 */
struct parse_id {
	uint8_t type;			/* enum ipsec_id */
	uint8_t protocol;
	uint16_t port;
	const uint8_t *data;
	uint16_t len;
};

/** parse_id() - view of a payload of type ISAKMP_PL_ID */
void parse_id(const struct parse_payload *p, struct parse_id *id);

/** struct parse_notify - notify payload (RFC 2408 3.14) */
struct parse_notify {
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_size;		/* any: 0, 4, 8 and 16 are seen */
	uint16_t type;			/* enum isakmp_notify_type */
	const uint8_t *spi;
	const uint8_t *data;
	uint16_t len;			/* of @data */
};

/** parse_notify() - view of a payload of type ISAKMP_PL_NOTIFY */
void parse_notify(const struct parse_payload *p, struct parse_notify *n);

/** struct parse_delete - delete payload (RFC 2408 3.15); @spi holds @count × @spi_size bytes */
struct parse_delete {
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_size;		/* 4 for ESP and AH, 16 (both cookies) for ISAKMP: checked */
	uint16_t count;			/* at least 1 */
	const uint8_t *spi;
};

/** parse_delete() - view of a payload of type ISAKMP_PL_DELETE */
void parse_delete(const struct parse_payload *p, struct parse_delete *d);

/** parse_be16(), parse_be32() - an unaligned big-endian number, e.g. an SPI or DPD's sequence number */
static inline uint16_t parse_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t parse_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** parse_error_name() - a short fixed word for counters and tests: "truncated", "reserved", ... */
const char *parse_error_name(enum parse_error e);

/** parse_payload_name() - "SA", "KE", "ID", ...; "unknown" for others. As IOS prints them in "processing %s payload" */
const char *parse_payload_name(uint8_t type);

/** parse_exchange_name() - "main mode", "quick mode", ...; "unknown" for others */
const char *parse_exchange_name(uint8_t exchange);

/**
 * parse_notify_name() - IOS's name of a notify type ("PROPOSAL_NOT_CHOSEN",
 * "INITIAL_CONTACT", "DPD/R_U_THERE"), NULL if there is none
 */
const char *parse_notify_name(uint16_t type);

#endif
