/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A datagram enters, an index of its payloads leaves, or the reason why there
 * is none. Pure; see parse.h.
 *
 * The check_*() functions look at one payload each and are the only place
 * where lengths are compared; the views and iterators below them rely on it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parse.h"

#define SA_FIXED	(sizeof(struct isakmp_sa) - ISAKMP_GENERIC_LEN)
#define ID_FIXED	(sizeof(struct isakmp_id) - ISAKMP_GENERIC_LEN)
#define NOTIFY_FIXED	(sizeof(struct isakmp_notify) - ISAKMP_GENERIC_LEN)
#define DELETE_FIXED	(sizeof(struct isakmp_delete) - ISAKMP_GENERIC_LEN)

/* Where in the message a check is, so that failures can say so. */
struct place {
	struct parse_failure *f;
	const uint8_t *data;	/* start of the datagram */
	uint8_t payload;
};

__attribute__((format(printf, 4, 5)))
static int fail(const struct place *w, enum parse_error error, const uint8_t *at,
		const char *fmt, ...)
{
	va_list ap;

	w->f->error = error;
	w->f->payload = w->payload;
	w->f->offset = (size_t)(at - w->data);
	va_start(ap, fmt);
	vsnprintf(w->f->text, sizeof(w->f->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* ---- header ---- */

static void convert_header(const struct isakmp_hdr *w, struct parse_header *h)
{
	const uint8_t *raw = (const uint8_t *)w;

	memcpy(h->icookie, w->icookie, sizeof(h->icookie));
	memcpy(h->rcookie, w->rcookie, sizeof(h->rcookie));
	h->next_payload = w->next_payload;
	h->version = w->version;
	h->exchange = w->exchange;
	h->flags = w->flags;
	h->message_id = parse_be32(raw + offsetof(struct isakmp_hdr, message_id));
	h->length = parse_be32(raw + offsetof(struct isakmp_hdr, length));
}

static int check_header(const struct place *w, const struct parse_header *h, size_t len)
{
	static const uint8_t zero[ISAKMP_COOKIE_LEN];
	const uint8_t *d = w->data;

	if (h->version >> 4 == 2)
		return fail(w, PARSE_VERSION, d + offsetof(struct isakmp_hdr, version),
			    "version is 2.%u: the peer speaks IKEv2; IKEv1 is 1.0", h->version & 15);
	if (h->version != ISAKMP_VERSION)
		return fail(w, PARSE_VERSION, d + offsetof(struct isakmp_hdr, version),
			    "version is %u.%u, only 1.0 is known", h->version >> 4, h->version & 15);
	if (h->length > len)
		return fail(w, PARSE_TRUNCATED, d + offsetof(struct isakmp_hdr, length),
			    "header says %u bytes, the datagram has %zu", h->length, len);
	if (h->length < len)
		return fail(w, PARSE_TRAILING, d + offsetof(struct isakmp_hdr, length),
			    "header says %u bytes, the datagram has %zu", h->length, len);
	if (h->flags & ~ISAKMP_FLAGS_KNOWN)
		return fail(w, PARSE_FLAGS, d + offsetof(struct isakmp_hdr, flags),
			    "flags are 0x%02x, only 0x%02x are defined", h->flags, ISAKMP_FLAGS_KNOWN);
	if (!h->exchange)
		return fail(w, PARSE_EXCHANGE, d + offsetof(struct isakmp_hdr, exchange),
			    "exchange type is 0");
	if (!memcmp(h->icookie, zero, sizeof(zero)))
		return fail(w, PARSE_INITIATOR_COOKIE, d, "the initiator's cookie is zero");
	if (h->next_payload == ISAKMP_PL_NONE)
		return fail(w, PARSE_NO_PAYLOAD, d + offsetof(struct isakmp_hdr, next_payload),
			    "the message has no payload");
	return 0;
}

int parse_header(const uint8_t *data, size_t len, struct parse_header *h,
		 struct parse_failure *f)
{
	struct place w = { f, data, ISAKMP_PL_NONE };

	memset(h, 0, sizeof(*h));
	memset(f, 0, sizeof(*f));
	if (len < ISAKMP_HEADER_LEN)
		return fail(&w, PARSE_SHORT_HEADER, data,
			    "%zu bytes, an ISAKMP header has %u", len, ISAKMP_HEADER_LEN);
	convert_header((const struct isakmp_hdr *)data, h);
	if (len > ISAKMP_MESSAGE_MAX)
		return fail(&w, PARSE_OVERSIZED, data, "%zu bytes, at most %u are possible",
			    len, ISAKMP_MESSAGE_MAX);
	return check_header(&w, h, len);
}

/* ---- SA payload ---- */

static int check_attributes(const struct place *w, const uint8_t *p, const uint8_t *end)
{
	unsigned int n = 0;

	while (p < end) {
		uint16_t type, value;

		if (end - p < (ptrdiff_t)sizeof(struct isakmp_attribute))
			return fail(w, PARSE_ATTRIBUTE, p,
				    "%td bytes left in the transform, an attribute has at least 4", end - p);
		if (++n > ISAKMP_ATTRIBUTES_MAX)
			return fail(w, PARSE_TOO_MANY, p, "more than %u attributes in one transform",
				    ISAKMP_ATTRIBUTES_MAX);
		type = parse_be16(p);
		value = parse_be16(p + 2);
		p += sizeof(struct isakmp_attribute);
		if (type & ISAKMP_ATTR_AF)
			continue;
		if (!value)
			return fail(w, PARSE_ATTRIBUTE, p - 2, "attribute %u has no value", type);
		if (value > end - p)
			return fail(w, PARSE_ATTRIBUTE, p - 2,
				    "attribute %u says %u bytes, its transform has %td left",
				    type, value, end - p);
		p += value;
	}
	return 0;
}

/* One transform at @p; returns its length, 0 on failure. */
static size_t check_transform(const struct place *w, const uint8_t *p, size_t left, bool last)
{
	const struct isakmp_transform *t = (const void *)p;
	size_t len;

	if (left < sizeof(*t)) {
		fail(w, PARSE_TRANSFORM, p, "%zu bytes left in the proposal, a transform has at least 8", left);
		return 0;
	}
	len = parse_be16(p + 2);
	if (t->head.reserved || parse_be16(p + offsetof(struct isakmp_transform, reserved2))) {
		fail(w, PARSE_RESERVED, p + 1, "reserved field of transform %u is not zero", t->number);
		return 0;
	}
	if (len < sizeof(*t) || len > left) {
		fail(w, PARSE_TRANSFORM, p + 2, "transform %u says %zu bytes, between 8 and %zu are possible",
		     t->number, len, left);
		return 0;
	}
	if (t->head.next_payload != (last ? ISAKMP_PL_NONE : ISAKMP_PL_TRANSFORM)) {
		fail(w, PARSE_TRANSFORM, p, "transform %u: next payload is %u, must be %u (%s)", t->number,
		     t->head.next_payload, last ? ISAKMP_PL_NONE : ISAKMP_PL_TRANSFORM,
		     last ? "the last one" : "another follows");
		return 0;
	}
	if (check_attributes(w, p + sizeof(*t), p + len))
		return 0;
	return len;
}

/* One proposal at @p; returns its length, 0 on failure. */
static size_t check_proposal(const struct place *w, const uint8_t *p, size_t left)
{
	const struct isakmp_proposal *h = (const void *)p;
	const uint8_t *t;
	size_t len;
	unsigned int n;

	if (left < sizeof(*h)) {
		fail(w, PARSE_PROPOSAL, p, "%zu bytes left in the SA payload, a proposal has at least 8", left);
		return 0;
	}
	len = parse_be16(p + 2);
	if (h->head.reserved) {
		fail(w, PARSE_RESERVED, p + 1, "reserved field of proposal %u is not zero", h->number);
		return 0;
	}
	if (len < sizeof(*h) + h->spi_size || len > left) {
		fail(w, PARSE_PROPOSAL, p + 2,
		     "proposal %u with a SPI of %u says %zu bytes, between %zu and %zu are possible",
		     h->number, h->spi_size, len, sizeof(*h) + h->spi_size, left);
		return 0;
	}
	if (h->head.next_payload != (len == left ? ISAKMP_PL_NONE : ISAKMP_PL_PROPOSAL)) {
		fail(w, PARSE_PROPOSAL, p, "proposal %u: next payload is %u, must be %u (%s)", h->number,
		     h->head.next_payload, len == left ? ISAKMP_PL_NONE : ISAKMP_PL_PROPOSAL,
		     len == left ? "the last one" : "another follows");
		return 0;
	}
	if (!h->transforms) {
		fail(w, PARSE_PROPOSAL, p + offsetof(struct isakmp_proposal, transforms),
		     "proposal %u has no transform", h->number);
		return 0;
	}
	t = p + sizeof(*h) + h->spi_size;
	for (n = h->transforms; n; n--) {
		size_t step = check_transform(w, t, (size_t)(p + len - t), n == 1);

		if (!step)
			return 0;
		t += step;
	}
	if (t != p + len) {
		fail(w, PARSE_PROPOSAL, p + offsetof(struct isakmp_proposal, transforms),
		     "proposal %u: %td bytes after the last of its %u transforms", h->number,
		     p + len - t, h->transforms);
		return 0;
	}
	return len;
}

static int check_sa(const struct place *w, const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	unsigned int n = 0, transforms = 0;

	if (len < SA_FIXED)
		return fail(w, PARSE_PAYLOAD_SHORT, p, "%zu bytes, an SA payload has at least %zu", len, SA_FIXED);
	if (parse_be32(p) != ISAKMP_DOI_IPSEC)
		return fail(w, PARSE_DOI, p, "DOI is %u, must be 1 (IPsec)", parse_be32(p));
	if (parse_be32(p + 4) != IPSEC_SIT_IDENTITY_ONLY)
		return fail(w, PARSE_SITUATION, p + 4, "situation is 0x%x, only 1 (identity only) is known",
			    parse_be32(p + 4));
	p += SA_FIXED;
	if (p == end)
		return fail(w, PARSE_PROPOSAL, p, "the SA payload has no proposal");
	while (p < end) {
		size_t step;

		if (++n > ISAKMP_PROPOSALS_MAX)
			return fail(w, PARSE_TOO_MANY, p, "more than %u proposals", ISAKMP_PROPOSALS_MAX);
		step = check_proposal(w, p, (size_t)(end - p));
		if (!step)
			return -1;
		/* Each is compared with each policy of ours, for anybody who asks. */
		transforms += ((const struct isakmp_proposal *)p)->transforms;
		if (transforms > ISAKMP_TRANSFORMS_MAX)
			return fail(w, PARSE_TOO_MANY, p, "more than %u transforms", ISAKMP_TRANSFORMS_MAX);
		p += step;
	}
	return 0;
}

/* ---- other payloads ---- */

/* Length of an ID type's data, 0: any from one byte on (RFC 2407 4.6.2.1). */
static size_t id_data_len(uint8_t type)
{
	switch (type) {
	case IPSEC_ID_IPV4_ADDR:
		return 4;
	case IPSEC_ID_IPV4_SUBNET:
	case IPSEC_ID_IPV4_RANGE:
		return 8;
	case IPSEC_ID_IPV6_ADDR:
		return 16;
	case IPSEC_ID_IPV6_SUBNET:
	case IPSEC_ID_IPV6_RANGE:
		return 32;
	default:
		return 0;
	}
}

static int check_id(const struct place *w, const uint8_t *p, size_t len)
{
	size_t want;

	if (len < ID_FIXED)
		return fail(w, PARSE_PAYLOAD_SHORT, p, "%zu bytes, an ID payload has at least %zu", len, ID_FIXED);
	want = id_data_len(p[0]);
	if (want && len - ID_FIXED != want)
		return fail(w, PARSE_ID, p, "ID type %u with %zu bytes of data, must be %zu", p[0],
			    len - ID_FIXED, want);
	if (len == ID_FIXED)
		return fail(w, PARSE_ID, p, "ID type %u without data", p[0]);
	return 0;
}

static int check_doi(const struct place *w, const uint8_t *p)
{
	uint32_t doi = parse_be32(p);

	if (doi != ISAKMP_DOI_IPSEC && doi != ISAKMP_DOI_ISAKMP)
		return fail(w, PARSE_DOI, p, "DOI is %u, must be 1 (IPsec) or 0 (ISAKMP)", doi);
	return 0;
}

static int check_notify(const struct place *w, const uint8_t *p, size_t len)
{
	if (len < NOTIFY_FIXED)
		return fail(w, PARSE_PAYLOAD_SHORT, p, "%zu bytes, a notify payload has at least %zu", len, NOTIFY_FIXED);
	if (p[5] > len - NOTIFY_FIXED)
		return fail(w, PARSE_NOTIFY, p + 5, "SPI of %u bytes, the notify payload has %zu left", p[5],
			    len - NOTIFY_FIXED);
	return check_doi(w, p);
}

static int check_delete(const struct place *w, const uint8_t *p, size_t len)
{
	size_t size, count, want;

	if (len < DELETE_FIXED)
		return fail(w, PARSE_PAYLOAD_SHORT, p, "%zu bytes, a delete payload has at least %zu", len, DELETE_FIXED);
	want = p[4] == IPSEC_PROTO_ISAKMP ? 2 * ISAKMP_COOKIE_LEN : IPSEC_SPI_LEN;
	size = p[5];
	count = parse_be16(p + 6);
	if (size != want)
		return fail(w, PARSE_DELETE, p + 5, "SPI of %zu bytes, protocol %u has %zu", size, p[4], want);
	if (!count || size * count != len - DELETE_FIXED)
		return fail(w, PARSE_DELETE, p + 6, "%zu SPIs of %zu bytes, the delete payload holds %zu bytes",
			    count, size, len - DELETE_FIXED);
	return check_doi(w, p);
}

static int check_range(const struct place *w, enum parse_error error, const uint8_t *p,
		       size_t len, size_t min, size_t max)
{
	if (len < min || len > max)
		return fail(w, error, p, "%zu bytes, between %zu and %zu are possible", len, min, max);
	return 0;
}

static int check_body(const struct place *w, const uint8_t *p, size_t len)
{
	switch (w->payload) {
	case ISAKMP_PL_SA:
		return check_sa(w, p, len);
	case ISAKMP_PL_PROPOSAL:
	case ISAKMP_PL_TRANSFORM:
		return fail(w, PARSE_PAYLOAD_TYPE, p - ISAKMP_GENERIC_LEN, "outside an SA payload");
	case ISAKMP_PL_KE:
		return check_range(w, PARSE_KE, p, len, 1, 2 * ISAKMP_DH_MAX);
	case ISAKMP_PL_ID:
		return check_id(w, p, len);
	case ISAKMP_PL_HASH:
		return check_range(w, PARSE_HASH, p, len, 1, ISAKMP_HASH_MAX);
	case ISAKMP_PL_NONCE:
		return check_range(w, PARSE_NONCE, p, len, ISAKMP_NONCE_MIN, ISAKMP_NONCE_MAX);
	case ISAKMP_PL_NOTIFY:
		return check_notify(w, p, len);
	case ISAKMP_PL_DELETE:
		return check_delete(w, p, len);
	default:
		return 0;
	}
}

/* ---- the chain ---- */

/* RFC 2409 5, 5.5, 5.7: which payload comes first (and second). */
static int check_order(const struct place *w, const struct parse_header *h, unsigned int index,
		       const uint8_t *at)
{
	bool encrypted = h->flags & ISAKMP_FLAG_ENCRYPTION;

	switch (h->exchange) {
	case ISAKMP_XCHG_MAIN:
	case ISAKMP_XCHG_AGGRESSIVE:
		if (w->payload == ISAKMP_PL_SA && index)
			return fail(w, PARSE_ORDER, at, "the SA payload is number %u, must be the first", index + 1);
		return 0;
	case ISAKMP_XCHG_QUICK:
		if (w->payload == ISAKMP_PL_SA && index != 1)
			return fail(w, PARSE_ORDER, at, "the SA payload is number %u, must follow HASH at once", index + 1);
		break;
	case ISAKMP_XCHG_INFO:
		if (!encrypted)
			return 0;
		break;
	case ISAKMP_XCHG_TRANSACTION:
	case ISAKMP_XCHG_NEW_GROUP:
		break;
	default:
		return 0;
	}
	if (!index && w->payload != ISAKMP_PL_HASH)
		return fail(w, PARSE_ORDER, at, "the first payload is %s (%u), must be HASH",
			    parse_payload_name(w->payload), w->payload);
	return 0;
}

/* One payload at @at, with @left bytes up to the end of the message. */
static int index_payload(const struct place *w, const uint8_t *at, size_t left,
			 struct parse_payload *p)
{
	const struct isakmp_generic *g = (const void *)at;
	size_t len;

	if (left < sizeof(*g))
		return fail(w, PARSE_PAYLOAD_TRUNCATED, at, "%zu bytes left in the message, a payload has at least 4", left);
	if (g->reserved)
		return fail(w, PARSE_RESERVED, at + 1, "reserved not zero (0x%02x)", g->reserved);
	len = parse_be16(at + 2);
	if (len < sizeof(*g))
		return fail(w, PARSE_PAYLOAD_SHORT, at + 2, "length is %zu, a payload has at least 4", len);
	if (len > left)
		return fail(w, PARSE_PAYLOAD_TRUNCATED, at + 2, "length is %zu, the message has %zu left", len, left);
	p->type = w->payload;
	p->next = g->next_payload;
	p->offset = (uint16_t)(at - w->data);
	p->length = (uint16_t)len;
	p->body = at + sizeof(*g);
	p->body_len = (uint16_t)(len - sizeof(*g));
	return check_body(w, p->body, p->body_len);
}

int parse_payloads(const struct parse_header *h, const uint8_t *data,
		   struct parse_message *m, struct parse_failure *f)
{
	struct place w = { f, data, h->next_payload };

	m->data = data;
	m->end = ISAKMP_HEADER_LEN;
	m->count = 0;
	memset(f, 0, sizeof(*f));
	while (w.payload != ISAKMP_PL_NONE) {
		struct parse_payload *p = &m->payload[m->count];

		if (m->count == ISAKMP_PAYLOADS_MAX)
			return fail(&w, PARSE_TOO_MANY, data + m->end, "more than %u payloads",
				    ISAKMP_PAYLOADS_MAX);
		if (check_order(&w, h, m->count, data + m->end) ||
		    index_payload(&w, data + m->end, h->length - m->end, p))
			return -1;
		m->end += p->length;
		m->count++;
		w.payload = p->next;
	}
	if (m->end != h->length && !(h->flags & ISAKMP_FLAG_ENCRYPTION))
		return fail(&w, PARSE_TRAILING, data + m->end, "%zu bytes after the last payload",
			    h->length - m->end);
	return 0;
}

const struct parse_payload *parse_find(const struct parse_message *m, uint8_t type)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->payload[i].type == type)
			return &m->payload[i];
	return NULL;
}

const struct parse_payload *parse_find_next(const struct parse_message *m,
					    const struct parse_payload *p)
{
	for (const struct parse_payload *q = p + 1; q < m->payload + m->count; q++)
		if (q->type == p->type)
			return q;
	return NULL;
}

unsigned int parse_count(const struct parse_message *m, uint8_t type)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < m->count; i++)
		n += m->payload[i].type == type;
	return n;
}

const uint8_t *parse_after(const struct parse_message *m,
			   const struct parse_payload *p, size_t *len)
{
	size_t start = (size_t)p->offset + p->length;

	*len = m->end - start;
	return m->data + start;
}

/* ---- views; lengths were checked above ---- */

bool parse_proposal_next(const struct parse_payload *sa, struct parse_proposal *p)
{
	const uint8_t *at = p->raw ? p->raw + p->raw_len : sa->body + SA_FIXED;
	const struct isakmp_proposal *h = (const void *)at;

	if (at >= sa->body + sa->body_len)
		return false;
	p->raw = at;
	p->raw_len = parse_be16(at + 2);
	p->number = h->number;
	p->protocol = h->protocol;
	p->spi_size = h->spi_size;
	p->transforms = h->transforms;
	p->spi = at + sizeof(*h);
	p->last = h->head.next_payload == ISAKMP_PL_NONE;
	return true;
}

bool parse_transform_next(const struct parse_proposal *p, struct parse_transform *t)
{
	const uint8_t *at = t->raw ? t->raw + t->raw_len :
				     p->raw + sizeof(struct isakmp_proposal) + p->spi_size;
	const struct isakmp_transform *h = (const void *)at;

	if (at >= p->raw + p->raw_len)
		return false;
	t->raw = at;
	t->raw_len = parse_be16(at + 2);
	t->number = h->number;
	t->id = h->id;
	t->next = h->head.next_payload;
	return true;
}

/* Attributes from @at to @end; shared with data outside transforms. */
static bool attribute_at(const uint8_t *at, const uint8_t *end, struct parse_attribute *a)
{
	if (at >= end)
		return false;
	a->raw = at;
	a->basic = parse_be16(at) & ISAKMP_ATTR_AF;
	a->type = parse_be16(at) & ISAKMP_ATTR_TYPE;
	a->value = a->basic ? at + 2 : at + 4;
	a->len = a->basic ? 2 : parse_be16(at + 2);
	a->number = a->len > 8 ? UINT64_MAX : 0;
	for (unsigned int i = 0; i < a->len && a->len <= 8; i++)
		a->number = a->number << 8 | a->value[i];
	return true;
}

bool parse_attribute_next(const struct parse_transform *t, struct parse_attribute *a)
{
	return attribute_at(a->raw ? a->value + a->len : t->raw + sizeof(struct isakmp_transform),
			    t->raw + t->raw_len, a);
}

bool parse_attribute_list(const uint8_t *data, size_t len, struct parse_attribute *a)
{
	struct parse_failure f;
	struct place w = { &f, data, ISAKMP_PL_NONE };

	if (!a->raw && check_attributes(&w, data, data + len))
		return false;
	return attribute_at(a->raw ? a->value + a->len : data, data + len, a);
}

void parse_id(const struct parse_payload *p, struct parse_id *id)
{
	id->type = p->body[0];
	id->protocol = p->body[1];
	id->port = parse_be16(p->body + 2);
	id->data = p->body + ID_FIXED;
	id->len = (uint16_t)(p->body_len - ID_FIXED);
}

void parse_notify(const struct parse_payload *p, struct parse_notify *n)
{
	n->doi = parse_be32(p->body);
	n->protocol = p->body[4];
	n->spi_size = p->body[5];
	n->type = parse_be16(p->body + 6);
	n->spi = p->body + NOTIFY_FIXED;
	n->data = n->spi + n->spi_size;
	n->len = (uint16_t)(p->body_len - NOTIFY_FIXED - n->spi_size);
}

void parse_delete(const struct parse_payload *p, struct parse_delete *d)
{
	d->doi = parse_be32(p->body);
	d->protocol = p->body[4];
	d->spi_size = p->body[5];
	d->count = parse_be16(p->body + 6);
	d->spi = p->body + DELETE_FIXED;
}
