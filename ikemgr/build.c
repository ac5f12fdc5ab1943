/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values enter, an ISAKMP message leaves in a growing, bounded buffer. Pure;
 * see build.h.
 *
 * Fields that are known only later (next payload, lengths, counts) are written
 * as zero and filled in through offsets kept in the buffer: offsets, because
 * the bytes move when the buffer grows.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"

#define BUILD_FIRST	512	/* bytes; most messages fit */

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

void build_init(struct wire_buf *b)
{
	memset(b, 0, sizeof(*b));
}

void build_free(struct wire_buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	build_init(b);
}

/* Room for @len more bytes, zeroed; NULL once the buffer has failed. */
static uint8_t *extend(struct wire_buf *b, size_t len)
{
	uint8_t *at;

	if (b->failed)
		return NULL;
	if (len > ISAKMP_MESSAGE_MAX - b->len)
		goto failed;
	if (b->len + len > b->cap) {
		size_t cap = b->cap ? b->cap : BUILD_FIRST;
		uint8_t *data;

		while (cap < b->len + len)
			cap *= 2;
		/* Not realloc: plaintext must not stay behind in freed memory. */
		data = malloc(cap);
		if (!data)
			goto failed;
		if (b->data) {
			memcpy(data, b->data, b->len);
			explicit_bzero(b->data, b->cap);
			free(b->data);
		}
		b->data = data;
		b->cap = cap;
	}
	at = b->data + b->len;
	memset(at, 0, len);
	b->len += len;
	return at;
failed:
	b->failed = true;
	return NULL;
}

void build_header(struct wire_buf *b, const uint8_t icookie[ISAKMP_COOKIE_LEN],
		  const uint8_t *rcookie, uint8_t exchange, uint8_t flags,
		  uint32_t message_id)
{
	struct isakmp_hdr *h;

	if (b->len)
		b->failed = true;
	h = (void *)extend(b, sizeof(*h));
	if (!h)
		return;
	memcpy(h->icookie, icookie, ISAKMP_COOKIE_LEN);
	if (rcookie)
		memcpy(h->rcookie, rcookie, ISAKMP_COOKIE_LEN);
	h->version = ISAKMP_VERSION;
	h->exchange = exchange;
	h->flags = flags;
	put32((uint8_t *)h + offsetof(struct isakmp_hdr, message_id), message_id);
	b->next = offsetof(struct isakmp_hdr, next_payload);
}

void build_begin(struct wire_buf *b, uint8_t type)
{
	if (!b->next || b->open)	/* no header yet, or padded already */
		b->failed = true;
	if (!extend(b, ISAKMP_GENERIC_LEN))
		return;
	b->payload = b->len - ISAKMP_GENERIC_LEN;
	b->open = true;
	b->data[b->next] = type;
	b->next = b->payload;
}

void build_end(struct wire_buf *b)
{
	if (!b->open)
		b->failed = true;
	if (b->failed)
		return;
	put16(b->data + b->payload + 2, (uint16_t)(b->len - b->payload));
	b->open = false;
}

void build_bytes(struct wire_buf *b, const void *data, size_t len)
{
	uint8_t *at = extend(b, len);

	if (at && len)
		memcpy(at, data, len);
}

void build_u8(struct wire_buf *b, uint8_t v)
{
	build_bytes(b, &v, sizeof(v));
}

void build_u16(struct wire_buf *b, uint16_t v)
{
	uint8_t raw[2];

	put16(raw, v);
	build_bytes(b, raw, sizeof(raw));
}

void build_u32(struct wire_buf *b, uint32_t v)
{
	uint8_t raw[4];

	put32(raw, v);
	build_bytes(b, raw, sizeof(raw));
}

void build_payload(struct wire_buf *b, uint8_t type, const void *body, size_t len)
{
	build_begin(b, type);
	build_bytes(b, body, len);
	build_end(b);
}

size_t build_hash(struct wire_buf *b, size_t len)
{
	size_t at;

	build_begin(b, ISAKMP_PL_HASH);
	at = b->len;
	extend(b, len);
	build_end(b);
	return at;
}

void build_patch(struct wire_buf *b, size_t offset, const void *data, size_t len)
{
	if (b->failed)
		return;
	if (offset > b->len || len > b->len - offset) {
		b->failed = true;
		return;
	}
	memcpy(b->data + offset, data, len);
}

const uint8_t *build_after(const struct wire_buf *b, size_t body, size_t *len)
{
	size_t head = body - ISAKMP_GENERIC_LEN, end;

	*len = 0;
	if (b->failed)
		return NULL;
	end = head + (size_t)(b->data[head + 2] << 8 | b->data[head + 3]);
	*len = b->len - end;
	return b->data + end;
}

const uint8_t *build_body(const struct wire_buf *b, size_t *len)
{
	*len = 0;
	if (b->failed || b->open || !b->payload)
		return NULL;
	*len = b->len - b->payload - ISAKMP_GENERIC_LEN;
	return b->data + b->payload + ISAKMP_GENERIC_LEN;
}

void build_sa(struct wire_buf *b)
{
	build_begin(b, ISAKMP_PL_SA);
	build_u32(b, ISAKMP_DOI_IPSEC);
	build_u32(b, IPSEC_SIT_IDENTITY_ONLY);
	b->proposal = 0;
	b->transform = 0;
}

static void close_transform(struct wire_buf *b)
{
	if (!b->failed && b->transform)
		put16(b->data + b->transform + 2, (uint16_t)(b->len - b->transform));
}

static void close_proposal(struct wire_buf *b)
{
	close_transform(b);
	b->transform = 0;
	if (!b->failed && b->proposal)
		put16(b->data + b->proposal + 2, (uint16_t)(b->len - b->proposal));
}

void build_sa_end(struct wire_buf *b)
{
	close_proposal(b);
	b->proposal = 0;
	build_end(b);
}

void build_proposal(struct wire_buf *b, uint8_t number, uint8_t protocol,
		    const void *spi, uint8_t spi_len)
{
	struct isakmp_proposal *h;
	size_t before = b->proposal;

	if (!b->open)
		b->failed = true;
	close_proposal(b);
	h = (void *)extend(b, sizeof(*h));
	if (!h)
		return;
	b->proposal = b->len - sizeof(*h);
	if (before)
		b->data[before] = ISAKMP_PL_PROPOSAL;
	h->number = number;
	h->protocol = protocol;
	h->spi_size = spi_len;
	build_bytes(b, spi, spi_len);
}

void build_transform(struct wire_buf *b, uint8_t number, uint8_t id)
{
	struct isakmp_transform *h;
	size_t before = b->transform;

	if (!b->proposal)
		b->failed = true;
	close_transform(b);
	h = (void *)extend(b, sizeof(*h));
	if (!h)
		return;
	b->transform = b->len - sizeof(*h);
	if (before)
		b->data[before] = ISAKMP_PL_TRANSFORM;
	if (!++b->data[b->proposal + offsetof(struct isakmp_proposal, transforms)])
		b->failed = true;
	h->number = number;
	h->id = id;
}

void build_attribute(struct wire_buf *b, uint16_t type, uint32_t value)
{
	uint8_t raw[4];

	if (value <= UINT16_MAX) {
		put16(raw, (uint16_t)value);
		build_attribute_raw(b, type, true, raw, 2);
	} else {
		put32(raw, value);
		build_attribute_raw(b, type, false, raw, 4);
	}
}

void build_attribute_raw(struct wire_buf *b, uint16_t type, bool basic,
			 const void *value, uint16_t len)
{
	if (!b->transform || (basic && len != 2))
		b->failed = true;
	build_u16(b, basic ? type | ISAKMP_ATTR_AF : type);
	if (!basic)
		build_u16(b, len);
	build_bytes(b, value, len);
}

void build_id(struct wire_buf *b, uint8_t type, uint8_t protocol, uint16_t port,
	      const void *data, size_t len)
{
	build_begin(b, ISAKMP_PL_ID);
	build_u8(b, type);
	build_u8(b, protocol);
	build_u16(b, port);
	build_bytes(b, data, len);
	build_end(b);
}

void build_notify(struct wire_buf *b, uint8_t protocol, uint16_t type,
		  const void *spi, uint8_t spi_len, const void *data, size_t len)
{
	build_begin(b, ISAKMP_PL_NOTIFY);
	build_u32(b, ISAKMP_DOI_IPSEC);
	build_u8(b, protocol);
	build_u8(b, spi_len);
	build_u16(b, type);
	build_bytes(b, spi, spi_len);
	build_bytes(b, data, len);
	build_end(b);
}

void build_delete(struct wire_buf *b, uint8_t protocol, uint8_t spi_size,
		  uint16_t count, const void *spis)
{
	build_begin(b, ISAKMP_PL_DELETE);
	build_u32(b, ISAKMP_DOI_IPSEC);
	build_u8(b, protocol);
	build_u8(b, spi_size);
	build_u16(b, count);
	build_bytes(b, spis, (size_t)spi_size * count);
	build_end(b);
}

void build_pad(struct wire_buf *b, size_t block)
{
	if (b->open || b->len < ISAKMP_HEADER_LEN || !block) {
		b->failed = true;
		return;
	}
	extend(b, (block - (b->len - ISAKMP_HEADER_LEN) % block) % block);
	b->next = 0;
}

int build_finish(struct wire_buf *b)
{
	if (b->open || b->len < ISAKMP_HEADER_LEN)
		b->failed = true;
	if (b->failed)
		return -1;
	put32(b->data + offsetof(struct isakmp_hdr, length), (uint32_t)b->len);
	return 0;
}
