/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values in, an ISAKMP message out: a growing, bounded buffer to which a
 * header and payloads are appended. Pure: no I/O, no state but the buffer.
 *
 * The "next payload" fields, lengths and counts are filled in by the builder.
 * An error (out of memory, too long, nesting not closed) sticks to the buffer,
 * so that a message is written straight down and checked once, by
 * build_finish().
 *
 *	struct wire_buf b;
 *
 *	build_init(&b);
 *	build_header(&b, icookie, rcookie, ISAKMP_XCHG_QUICK, ISAKMP_FLAG_ENCRYPTION, msgid);
 *	hash = build_hash(&b, crypto_hash_len(keys->hash));
 *	build_payload(&b, ISAKMP_PL_NONCE, nonce, sizeof(nonce));
 *	crypto_hash1(keys, msgid, build_after(&b, hash), ..., digest);
 *	build_patch(&b, hash, digest, len);
 *	build_pad(&b, keys->block_len);
 *	if (build_finish(&b)) ...
 *	crypto_encrypt(keys, &iv, b.data + ISAKMP_HEADER_LEN, b.len - ISAKMP_HEADER_LEN);
 *	send(b.data, b.len); build_free(&b);
 */
#ifndef IKEMGR_BUILD_H
#define IKEMGR_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

/**
 * struct wire_buf - a message being written
 * @data, @len: what is written so far; @data is malloc'ed, or NULL
 * @failed: an error happened; nothing is appended any more
 *
 * The private members hold the offsets of the fields to be filled in later.
 */
struct wire_buf {
	uint8_t *data;
	size_t len;
	bool failed;
	size_t cap;		/* private */
	size_t next;		/* private: offset of the "next payload" byte to fill in */
	size_t payload;		/* private: offset of the open or last payload's head */
	size_t proposal;	/* private: offset of the open proposal's head, 0: none */
	size_t transform;	/* private: offset of the open transform's head, 0: none */
	bool open;		/* private: a payload is open */
};

/** build_init() - an empty buffer */
void build_init(struct wire_buf *b);

/** build_free() - wipe and free; the buffer is empty again afterwards */
void build_free(struct wire_buf *b);

/**
 * build_header() - the ISAKMP header, first of all
 * @rcookie: NULL: zero (MM1)
 * @exchange: enum isakmp_exchange
 * @flags: ISAKMP_FLAG_*
 * @message_id: host byte order
 */
void build_header(struct wire_buf *b, const uint8_t icookie[ISAKMP_COOKIE_LEN],
		  const uint8_t *rcookie, uint8_t exchange, uint8_t flags,
		  uint32_t message_id);

/** build_begin() - open a payload of @type; build_bytes() and the like fill it */
void build_begin(struct wire_buf *b, uint8_t type);

/** build_end() - close the payload that build_begin() opened */
void build_end(struct wire_buf *b);

/** build_bytes() - append @len bytes; build_u8/16/32(): one integer, big endian */
void build_bytes(struct wire_buf *b, const void *data, size_t len);
void build_u8(struct wire_buf *b, uint8_t v);
void build_u16(struct wire_buf *b, uint16_t v);
void build_u32(struct wire_buf *b, uint32_t v);

/** build_payload() - a whole payload: KE, NONCE, VID, a stored SA or ID body ... */
void build_payload(struct wire_buf *b, uint8_t type, const void *body, size_t len);

/**
 * build_hash() - a HASH payload of @len zero bytes
 *
 * Returns the offset of its body in b->data, for build_patch() and build_after().
 */
size_t build_hash(struct wire_buf *b, size_t len);

/** build_patch() - overwrite @len bytes at @offset that were written before */
void build_patch(struct wire_buf *b, size_t offset, const void *data, size_t len);

/**
 * build_after() - what was appended after the payload whose body starts at @body
 * @body: offset from build_hash()
 * @len: length of what follows
 *
 * For HASH(1) and its relatives; call it before build_pad(). The pointer is
 * good until the next append. NULL with *@len 0 if the buffer has failed.
 */
const uint8_t *build_after(const struct wire_buf *b, size_t body, size_t *len);

/** build_body() - start of the last closed payload's body, and its length (e.g. SAi_b, IDii_b); NULL if failed */
const uint8_t *build_body(const struct wire_buf *b, size_t *len);

/** build_sa() - open an SA payload (IPsec DOI, identity only); build_sa_end() closes it */
void build_sa(struct wire_buf *b);
void build_sa_end(struct wire_buf *b);

/**
 * build_proposal() - open a proposal in the open SA, closing the one before
 * @number: RFC 2408 4.2: the same number joins protocols, another is an alternative
 * @protocol: enum ipsec_protocol
 * @spi: @spi_len bytes, or NULL and 0
 */
void build_proposal(struct wire_buf *b, uint8_t number, uint8_t protocol,
		    const void *spi, uint8_t spi_len);

/** build_transform() - open a transform in the open proposal, closing the one before */
void build_transform(struct wire_buf *b, uint8_t number, uint8_t id);

/**
 * build_attribute() - an attribute of the open transform as IOS encodes it
 *
 * A value up to 65535 is basic (TV), a larger one a 4-byte TLV (IOS: 86400
 * and 4608000 are always TLV, 3600 is basic).
 */
void build_attribute(struct wire_buf *b, uint16_t type, uint32_t value);

/** build_attribute_raw() - an attribute exactly as received: a responder returns the chosen transform unchanged */
void build_attribute_raw(struct wire_buf *b, uint16_t type, bool basic,
			 const void *value, uint16_t len);

/**
 * build_id() - an ID payload (RFC 2407 4.6.2)
 * @type: enum ipsec_id
 * @protocol, @port: 0: any; @port in host byte order
 * @data, @len: address bytes, address and mask, or a name
 */
void build_id(struct wire_buf *b, uint8_t type, uint8_t protocol, uint16_t port,
	      const void *data, size_t len);

/**
 * build_notify() - a notify payload (RFC 2408 3.14), IPsec DOI
 * @protocol: enum ipsec_protocol
 * @type: enum isakmp_notify_type
 */
void build_notify(struct wire_buf *b, uint8_t protocol, uint16_t type,
		  const void *spi, uint8_t spi_len, const void *data, size_t len);

/** build_delete() - a delete payload (RFC 2408 3.15), IPsec DOI; @spis: @count × @spi_size bytes */
void build_delete(struct wire_buf *b, uint8_t protocol, uint8_t spi_size,
		  uint16_t count, const void *spis);

/**
 * build_pad() - pad the payloads with zeros to whole cipher blocks
 * @block: 8 or 16
 *
 * RFC 2409 appendix B: the payloads' chain ends before; the header's length
 * counts the padding. Nothing may be appended afterwards.
 */
void build_pad(struct wire_buf *b, size_t block);

/**
 * build_finish() - close the message: its length goes into the header
 *
 * Returns 0, or -1 if anything failed on the way; then b->data must not be used.
 */
int build_finish(struct wire_buf *b);

#endif
