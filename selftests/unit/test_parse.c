/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parse.c: good messages are indexed as they are; each kind of bad one is
 * refused with its own reason, at its own offset.
 *
 * Bad messages are good ones with a few bytes changed, so that a row of the
 * table says nothing but what is wrong. Each is parsed in a block of memory
 * exactly as long as the datagram.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "parse.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HASH_LEN 20

static const uint8_t icookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, rcookie[] = { 9, 8, 7, 6, 5, 4, 3, 2 };
static const uint8_t spi[] = { 0x45, 0xf1, 0x6a, 0x9a };

/* ---- messages to start from ---- */

static void finish(struct wire_buf *b)
{
	if (build_finish(b)) {
		printf("Bail out! a message could not be built\n");
		exit(1);
	}
}

/* Main mode 1: SA (2 transforms), two vendor IDs. */
static void make_mm1(struct wire_buf *b)
{
	build_init(b);
	build_header(b, icookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	build_sa(b);
	build_proposal(b, 1, IPSEC_PROTO_ISAKMP, NULL, 0);
	build_transform(b, 1, ISAKMP_KEY_IKE);
	build_attribute(b, IKE_ATTR_ENCRYPTION, IKE_ENC_3DES);
	build_attribute(b, IKE_ATTR_LIFE_TYPE, IKE_LIFE_SECONDS);
	build_attribute(b, IKE_ATTR_LIFE_DURATION, 86400);
	build_transform(b, 2, ISAKMP_KEY_IKE);
	build_attribute(b, IKE_ATTR_ENCRYPTION, IKE_ENC_AES);
	build_attribute(b, IKE_ATTR_KEY_LENGTH, 256);
	build_sa_end(b);
	build_payload(b, ISAKMP_PL_VID, "abcdefgh", 8);
	build_payload(b, ISAKMP_PL_VID, "", 0);
	finish(b);
}

/* Main mode 3: KE, NONCE, an unknown payload, NAT-D. */
static void make_mm3(struct wire_buf *b)
{
	uint8_t ke[128];

	memset(ke, 0x33, sizeof(ke));
	build_init(b);
	build_header(b, icookie, rcookie, ISAKMP_XCHG_MAIN, 0, 0);
	build_payload(b, ISAKMP_PL_KE, ke, sizeof(ke));
	build_payload(b, ISAKMP_PL_NONCE, ke, ISAKMP_NONCE_LEN);
	build_payload(b, 200, "private", 7);
	build_payload(b, ISAKMP_PL_NAT_D, ke, HASH_LEN);
	finish(b);
}

/* Main mode 5, decrypted: ID, HASH, NOTIFY, padding. */
static void make_mm5(struct wire_buf *b)
{
	static const uint8_t addr[] = { 192, 0, 2, 1 };
	uint8_t cookies[16];

	memcpy(cookies, icookie, 8);
	memcpy(cookies + 8, rcookie, 8);
	build_init(b);
	build_header(b, icookie, rcookie, ISAKMP_XCHG_MAIN, ISAKMP_FLAG_ENCRYPTION, 0);
	build_id(b, IPSEC_ID_IPV4_ADDR, 17, 500, addr, 4);
	build_hash(b, HASH_LEN);
	build_notify(b, IPSEC_PROTO_ISAKMP, ISAKMP_N_INITIAL_CONTACT, cookies, 16, "data", 4);
	build_pad(b, 16);
	finish(b);
}

/* Quick mode 1, decrypted: HASH, SA (2 proposals), NONCE, ID, ID. */
static void make_qm1(struct wire_buf *b)
{
	static const uint8_t net[] = { 192, 168, 1, 0, 255, 255, 255, 0 };
	uint8_t nonce[ISAKMP_NONCE_LEN] = { 1 };

	build_init(b);
	build_header(b, icookie, rcookie, ISAKMP_XCHG_QUICK, ISAKMP_FLAG_ENCRYPTION, 0x51bd3eae);
	build_hash(b, HASH_LEN);
	build_sa(b);
	build_proposal(b, 1, IPSEC_PROTO_ESP, spi, 4);
	build_transform(b, 1, ESP_AES);
	build_attribute(b, IPSEC_ATTR_ENCAPS, IPSEC_ENCAPS_TUNNEL);
	build_proposal(b, 2, IPSEC_PROTO_ESP, spi, 4);
	build_transform(b, 1, ESP_3DES);
	build_attribute(b, IPSEC_ATTR_ENCAPS, IPSEC_ENCAPS_TUNNEL);
	build_sa_end(b);
	build_payload(b, ISAKMP_PL_NONCE, nonce, sizeof(nonce));
	build_id(b, IPSEC_ID_IPV4_SUBNET, 0, 0, net, 8);
	build_id(b, IPSEC_ID_IPV4_SUBNET, 0, 0, net, 8);
	build_pad(b, 8);
	finish(b);
}

/* Informational, decrypted: HASH, DELETE of two SPIs. */
static void make_info(struct wire_buf *b)
{
	uint8_t spis[8] = { 1, 0, 0, 1, 1, 0, 0, 2 };

	build_init(b);
	build_header(b, icookie, rcookie, ISAKMP_XCHG_INFO, ISAKMP_FLAG_ENCRYPTION, 77);
	build_hash(b, HASH_LEN);
	build_delete(b, IPSEC_PROTO_ESP, 4, 2, spis);
	finish(b);
}

enum message { MM1, MM3, MM5, QM1, INFO };

static void make(enum message which, struct wire_buf *b)
{
	static void (*const maker[])(struct wire_buf *) = { make_mm1, make_mm3, make_mm5, make_qm1, make_info };

	maker[which](b);
}

/* ---- good ones ---- */

/* Copy to a block without a byte to spare, and parse. The caller frees *copy. */
static int parse(const uint8_t *data, size_t len, uint8_t **copy, struct parse_header *h,
		 struct parse_message *m, struct parse_failure *f)
{
	*copy = malloc(len ? len : 1);
	memcpy(*copy, data, len);
	memset(m, 0, sizeof(*m));
	if (parse_header(*copy, len, h, f))
		return -1;
	return parse_payloads(h, *copy, m, f);
}

static void test_mm1(void)
{
	struct parse_proposal p = { 0 };
	struct parse_transform t = { 0 };
	struct parse_attribute a = { 0 };
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	const struct parse_payload *sa;
	struct wire_buf b;
	uint8_t *d;

	make_mm1(&b);
	ok(!parse(b.data, b.len, &d, &h, &m, &f), "MM1 is good %s", f.text);
	ok(!memcmp(h.icookie, icookie, 8) && h.exchange == ISAKMP_XCHG_MAIN && !h.flags && !h.message_id &&
	   h.length == b.len && h.next_payload == ISAKMP_PL_SA, "MM1: header");
	ok(m.count == 3 && m.end == b.len && parse_count(&m, ISAKMP_PL_VID) == 2, "MM1: SA and two vendor IDs");
	sa = parse_find(&m, ISAKMP_PL_SA);
	ok(sa == &m.payload[0] && sa->offset == ISAKMP_HEADER_LEN, "MM1: SA is the first");
	ok(parse_find_next(&m, &m.payload[1]) == &m.payload[2] && !parse_find_next(&m, &m.payload[2]) &&
	   !parse_find(&m, ISAKMP_PL_KE), "MM1: finding payloads");
	ok(m.payload[1].body_len == 8 && !memcmp(m.payload[1].body, "abcdefgh", 8) && !m.payload[2].body_len,
	   "MM1: a vendor ID's body, and an empty one");
	ok(parse_proposal_next(sa, &p) && p.number == 1 && p.protocol == IPSEC_PROTO_ISAKMP && !p.spi_size &&
	   p.transforms == 2 && p.last, "MM1: the proposal");
	ok(parse_transform_next(&p, &t) && t.number == 1 && t.id == ISAKMP_KEY_IKE && t.next == 3, "MM1: transform 1");
	ok(parse_attribute_next(&t, &a) && a.type == IKE_ATTR_ENCRYPTION && a.basic && a.number == IKE_ENC_3DES,
	   "MM1: encryption");
	ok(parse_attribute_next(&t, &a) && a.type == IKE_ATTR_LIFE_TYPE, "MM1: life type");
	ok(parse_attribute_next(&t, &a) && a.type == IKE_ATTR_LIFE_DURATION && !a.basic && a.len == 4 &&
	   a.number == 86400 && !memcmp(a.value, "\0\1\x51\x80", 4), "MM1: life duration is a TLV of 4 bytes");
	ok(!parse_attribute_next(&t, &a), "MM1: no more attributes");
	memset(&a, 0, sizeof(a));
	ok(parse_transform_next(&p, &t) && t.number == 2 && t.next == 0 && parse_attribute_next(&t, &a) &&
	   parse_attribute_next(&t, &a) && a.number == 256 && !parse_attribute_next(&t, &a), "MM1: transform 2");
	ok(!parse_transform_next(&p, &t) && !parse_proposal_next(sa, &p), "MM1: no more");
	free(d);
	build_free(&b);
}

static void test_mm5(void)
{
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	struct parse_notify n;
	struct parse_id id;
	struct wire_buf b;
	uint8_t *d;
	size_t len;

	make_mm5(&b);
	ok(!parse(b.data, b.len, &d, &h, &m, &f) && m.count == 3, "MM5 is good, with padding %s", f.text);
	ok(m.end < b.len && !((b.len - ISAKMP_HEADER_LEN) % 16), "MM5: the payloads end before the padding");
	parse_id(&m.payload[0], &id);
	ok(id.type == IPSEC_ID_IPV4_ADDR && id.protocol == 17 && id.port == 500 && id.len == 4 &&
	   id.data[0] == 192, "MM5: the ID");
	parse_notify(&m.payload[2], &n);
	ok(n.doi == 1 && n.protocol == 1 && n.type == ISAKMP_N_INITIAL_CONTACT && n.spi_size == 16 &&
	   !memcmp(n.spi, icookie, 8) && n.len == 4 && !memcmp(n.data, "data", 4), "MM5: the notify");
	ok(parse_after(&m, &m.payload[1], &len) == d + m.payload[2].offset && len == m.payload[2].length,
	   "MM5: what follows HASH ends before the padding");
	parse_after(&m, &m.payload[2], &len);
	ok(!len, "MM5: nothing follows the last payload");
	free(d);
	build_free(&b);
}

static void test_others(void)
{
	struct parse_proposal p = { 0 };
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	struct parse_delete del;
	struct wire_buf b;
	uint8_t *d;

	make_mm3(&b);
	ok(!parse(b.data, b.len, &d, &h, &m, &f) && m.count == 4 && m.payload[2].type == 200 &&
	   parse_find(&m, ISAKMP_PL_NAT_D), "MM3: an unknown payload is kept, what follows it too %s", f.text);
	free(d);
	build_free(&b);

	make_qm1(&b);
	ok(!parse(b.data, b.len, &d, &h, &m, &f) && h.message_id == 0x51bd3eae && m.count == 5 &&
	   parse_count(&m, ISAKMP_PL_ID) == 2, "QM1 is good %s", f.text);
	ok(parse_proposal_next(&m.payload[1], &p) && p.number == 1 && !p.last && p.spi_size == 4 &&
	   !memcmp(p.spi, spi, 4) && parse_proposal_next(&m.payload[1], &p) && p.number == 2 && p.last &&
	   !parse_proposal_next(&m.payload[1], &p), "QM1: two proposals");
	free(d);
	build_free(&b);

	make_info(&b);
	ok(!parse(b.data, b.len, &d, &h, &m, &f) && m.count == 2, "informational is good %s", f.text);
	parse_delete(&m.payload[1], &del);
	ok(del.protocol == IPSEC_PROTO_ESP && del.count == 2 && del.spi_size == 4 &&
	   parse_be32(del.spi + 4) == 0x01000002, "informational: two SPIs to delete");
	free(d);
	build_free(&b);
}

/* ---- bad ones ---- */

/* Set one byte at @at (from the start; negative: from the end of the message). */
struct change {
	int at;
	int value;
};

/*
 * Offsets in MM1: 28 SA (length 72: 28..99), 40 proposal, 48 transform 1
 * (attributes at 56, 60, 64: TLV), 72 transform 2 (attributes 80, 84), 88 VID,
 * 100 VID. They are checked below, so that the table cannot drift.
 * MM3: 28 KE, 160 NONCE, 184 private, 195 NAT-D. MM5: 28 ID, 40 HASH,
 * 64 NOTIFY. QM1: 28 HASH, 52 SA, 64 proposal, 76 transform, 88 proposal.
 * INFO: 28 HASH, 52 DELETE.
 */
static const struct {
	const char *what;
	enum message from;
	struct change change[4];
	int cut;		/* bytes taken off the end, header length adapted; < 0: added */
	enum parse_error error;
	int payload;
	int offset;
} bad[] = {
	{ "no header", MM1, { { 0, 1 } }, 1000, PARSE_SHORT_HEADER, 0, 0 },
	{ "IKEv2", MM1, { { 17, 0x20 } }, 0, PARSE_VERSION, 0, 17 },
	{ "version 0", MM1, { { 17, 0x00 } }, 0, PARSE_VERSION, 0, 17 },
	{ "version 1.1", MM1, { { 17, 0x11 } }, 0, PARSE_VERSION, 0, 17 },
	{ "undefined flag", MM1, { { 19, 0x08 } }, 0, PARSE_FLAGS, 0, 19 },
	{ "exchange 0", MM1, { { 18, 0 } }, 0, PARSE_EXCHANGE, 0, 18 },
	{ "length larger than the datagram", MM1, { { 27, 0xff } }, 0, PARSE_TRUNCATED, 0, 24 },
	{ "length of 4 GB", MM1, { { 24, 0xff } }, 0, PARSE_TRUNCATED, 0, 24 },
	{ "length smaller than the datagram", MM1, { { 27, 40 } }, 0, PARSE_TRAILING, 0, 24 },
	{ "length smaller than a header", MM1, { { 27, 3 } }, 0, PARSE_TRAILING, 0, 24 },
	{ "no payload", MM1, { { 16, 0 } }, 0, PARSE_NO_PAYLOAD, 0, 16 },
	{ "bytes after the last payload in clear", MM1, { { 0, 1 } }, -5, PARSE_TRAILING, 0, 104 },
	{ "a payload's head cut off", MM1, { { 0, 1 } }, 2, PARSE_PAYLOAD_TRUNCATED, ISAKMP_PL_VID, 100 },
	{ "a payload's body cut off", MM3, { { 0, 1 } }, 1, PARSE_PAYLOAD_TRUNCATED, ISAKMP_PL_NAT_D, 197 },
	{ "nothing but a header that promises", MM1, { { 0, 1 } }, 76, PARSE_PAYLOAD_TRUNCATED, ISAKMP_PL_SA, 28 },
	{ "payload length 0: a loop", MM1, { { 90, 0 }, { 91, 0 } }, 0, PARSE_PAYLOAD_SHORT, ISAKMP_PL_VID, 90 },
	{ "payload length 3", MM1, { { 91, 3 } }, 0, PARSE_PAYLOAD_SHORT, ISAKMP_PL_VID, 90 },
	{ "payload length 65535", MM1, { { 90, 255 }, { 91, 255 } }, 0, PARSE_PAYLOAD_TRUNCATED, ISAKMP_PL_VID, 90 },
	{ "payload overlaps the next", MM1, { { 91, 14 } }, 0, PARSE_PAYLOAD_TRUNCATED, ISAKMP_PL_VID, 102 },
	{ "reserved of a payload", MM5, { { 29, 0x40 } }, 0, PARSE_RESERVED, ISAKMP_PL_ID, 29 },
	{ "proposal outside an SA", MM1, { { 28, ISAKMP_PL_PROPOSAL } }, 0, PARSE_PAYLOAD_TYPE, ISAKMP_PL_PROPOSAL, 88 },
	{ "transform outside an SA", MM3, { { 16, ISAKMP_PL_TRANSFORM } }, 0, PARSE_PAYLOAD_TYPE, ISAKMP_PL_TRANSFORM, 28 },
	{ "main mode: SA not first", MM1, { { 88, ISAKMP_PL_SA } }, 0, PARSE_ORDER, ISAKMP_PL_SA, 100 },
	{ "quick mode: HASH not first", QM1, { { 16, ISAKMP_PL_NONCE } }, 0, PARSE_ORDER, ISAKMP_PL_NONCE, 28 },
	{ "quick mode: SA not second", QM1, { { 28, ISAKMP_PL_VID }, { 52, ISAKMP_PL_SA } }, 0, PARSE_ORDER, ISAKMP_PL_SA, 112 },
	{ "encrypted informational without HASH first", INFO, { { 16, ISAKMP_PL_VID } }, 0, PARSE_ORDER, ISAKMP_PL_VID, 28 },
	{ "SA too short", MM1, { { 31, 8 } }, 0, PARSE_PAYLOAD_SHORT, ISAKMP_PL_SA, 32 },
	{ "SA without proposal", MM1, { { 31, 12 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 40 },
	{ "DOI", MM1, { { 35, 2 } }, 0, PARSE_DOI, ISAKMP_PL_SA, 32 },
	{ "situation", MM1, { { 39, 3 } }, 0, PARSE_SITUATION, ISAKMP_PL_SA, 36 },
	{ "proposal cut off by its SA", MM1, { { 31, 16 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 40 },
	{ "proposal's reserved", MM1, { { 41, 1 } }, 0, PARSE_RESERVED, ISAKMP_PL_SA, 41 },
	{ "proposal's next payload", MM1, { { 40, 3 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 40 },
	{ "proposal says that another follows", MM1, { { 40, 2 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 40 },
	{ "proposal says that it is the last", QM1, { { 64, 0 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 64 },
	{ "proposal longer than its SA", MM1, { { 43, 49 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 42 },
	{ "proposal shorter than its head", MM1, { { 43, 7 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 42 },
	{ "SPI goes past the proposal", MM1, { { 46, 200 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 42 },
	{ "no transform", MM1, { { 47, 0 } }, 0, PARSE_PROPOSAL, ISAKMP_PL_SA, 47 },
	{ "fewer transforms than there are", MM1, { { 47, 1 } }, 0, PARSE_TRANSFORM, ISAKMP_PL_SA, 48 },
	{ "more transforms than there are", MM1, { { 47, 3 } }, 0, PARSE_TRANSFORM, ISAKMP_PL_SA, 72 },
	{ "transform's reserved", MM1, { { 49, 9 } }, 0, PARSE_RESERVED, ISAKMP_PL_SA, 49 },
	{ "transform's second reserved", MM1, { { 54, 9 } }, 0, PARSE_RESERVED, ISAKMP_PL_SA, 49 },
	{ "transform's next payload", MM1, { { 48, 2 } }, 0, PARSE_TRANSFORM, ISAKMP_PL_SA, 48 },
	{ "transform length 0: a loop", MM1, { { 51, 0 } }, 0, PARSE_TRANSFORM, ISAKMP_PL_SA, 50 },
	{ "transform longer than its proposal", MM1, { { 51, 200 } }, 0, PARSE_TRANSFORM, ISAKMP_PL_SA, 50 },
	{ "attribute goes past its transform", MM1, { { 67, 5 } }, 0, PARSE_ATTRIBUTE, ISAKMP_PL_SA, 66 },
	{ "attribute without value", MM1, { { 67, 0 } }, 0, PARSE_ATTRIBUTE, ISAKMP_PL_SA, 66 },
	{ "half an attribute", MM1, { { 67, 2 } }, 0, PARSE_ATTRIBUTE, ISAKMP_PL_SA, 70 },
	{ "KE empty", MM3, { { 31, 4 } }, 0, PARSE_KE, ISAKMP_PL_KE, 32 },
	{ "nonce of 7 bytes", MM3, { { 163, 11 } }, 0, PARSE_NONCE, ISAKMP_PL_NONCE, 164 },
	{ "nonce of 257 bytes", MM3, { { 162, 1 }, { 163, 5 } }, -300, PARSE_NONCE, ISAKMP_PL_NONCE, 164 },
	{ "HASH empty", MM5, { { 43, 4 } }, 0, PARSE_HASH, ISAKMP_PL_HASH, 44 },
	{ "HASH of 65 bytes", MM5, { { 43, 69 } }, -64, PARSE_HASH, ISAKMP_PL_HASH, 44 },
	{ "ID too short", MM5, { { 31, 7 } }, 0, PARSE_PAYLOAD_SHORT, ISAKMP_PL_ID, 32 },
	{ "ID without data", MM5, { { 31, 8 } }, 0, PARSE_ID, ISAKMP_PL_ID, 32 },
	{ "ID: a name without data", MM5, { { 31, 8 }, { 32, IPSEC_ID_FQDN } }, 0, PARSE_ID, ISAKMP_PL_ID, 32 },
	{ "ID: an address of 8 bytes", MM5, { { 31, 16 } }, 0, PARSE_ID, ISAKMP_PL_ID, 32 },
	{ "ID: a subnet of 4 bytes", MM5, { { 32, IPSEC_ID_IPV4_SUBNET } }, 0, PARSE_ID, ISAKMP_PL_ID, 32 },
	{ "ID: an IPv6 address of 4 bytes", MM5, { { 32, IPSEC_ID_IPV6_ADDR } }, 0, PARSE_ID, ISAKMP_PL_ID, 32 },
	{ "notify too short", MM5, { { 67, 11 } }, 0, PARSE_PAYLOAD_SHORT, ISAKMP_PL_NOTIFY, 68 },
	{ "notify's SPI goes past it", MM5, { { 73, 21 } }, 0, PARSE_NOTIFY, ISAKMP_PL_NOTIFY, 73 },
	{ "notify's DOI", MM5, { { 71, 9 } }, 0, PARSE_DOI, ISAKMP_PL_NOTIFY, 68 },
	{ "delete too short", INFO, { { 55, 11 } }, 0, PARSE_PAYLOAD_SHORT, ISAKMP_PL_DELETE, 56 },
	{ "delete: SPI size", INFO, { { 61, 8 } }, 0, PARSE_DELETE, ISAKMP_PL_DELETE, 61 },
	{ "delete: no SPI", INFO, { { 63, 0 } }, 0, PARSE_DELETE, ISAKMP_PL_DELETE, 62 },
	{ "delete: more SPIs than there are", INFO, { { 63, 3 } }, 0, PARSE_DELETE, ISAKMP_PL_DELETE, 62 },
	{ "delete: 65535 SPIs", INFO, { { 62, 255 }, { 63, 255 } }, 0, PARSE_DELETE, ISAKMP_PL_DELETE, 62 },
	{ "delete: ISAKMP with SPIs of 4", INFO, { { 60, IPSEC_PROTO_ISAKMP } }, 0, PARSE_DELETE, ISAKMP_PL_DELETE, 61 },
	{ "delete's DOI", INFO, { { 56, 1 } }, 0, PARSE_DOI, ISAKMP_PL_DELETE, 56 },
};

static void test_bad(void)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct parse_message m;
		struct parse_failure f;
		struct parse_header h;
		uint8_t raw[2048] = { 0 }, *d;
		struct wire_buf b;
		size_t len;
		int ret;

		make(bad[i].from, &b);
		memcpy(raw, b.data, b.len);
		len = bad[i].cut >= (int)b.len ? 20 : b.len - (size_t)bad[i].cut;
		raw[26] = (uint8_t)(len >> 8);
		raw[27] = (uint8_t)len;
		for (size_t c = 0; c < COUNT(bad[i].change) && bad[i].change[c].at; c++)
			raw[bad[i].change[c].at] = (uint8_t)bad[i].change[c].value;
		ret = parse(raw, len, &d, &h, &m, &f);
		if (!ok(ret == -1 && f.error == bad[i].error && f.payload == bad[i].payload &&
			f.offset == (size_t)bad[i].offset && f.text[0],
			"%s: %s", bad[i].what, parse_error_name(bad[i].error)))
			printf("# got %d: %s, payload %u, offset %zu: %s\n", ret, parse_error_name(f.error),
			       f.payload, f.offset, f.text);
		free(d);
		build_free(&b);
	}
}

/* The table's offsets are those of the messages. */
static void test_layout(void)
{
	static const uint16_t want[][5] = { { 28, 88, 100 }, { 28, 160, 184, 195 }, { 28, 40, 64 },
					    { 28, 52, 112, 136, 152 }, { 28, 52 } };

	for (enum message w = MM1; w <= INFO; w++) {
		struct parse_message m;
		struct parse_failure f;
		struct parse_header h;
		struct wire_buf b;
		bool same = true;
		uint8_t *d;

		make(w, &b);
		if (parse(b.data, b.len, &d, &h, &m, &f))
			same = false;
		for (unsigned int i = 0; i < m.count && same; i++)
			same = m.payload[i].offset == want[w][i];
		ok(same, "layout of message %d", w);
		free(d);
		build_free(&b);
	}
}

static void test_limits(void)
{
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	struct wire_buf b;
	uint8_t zero[60] = { 0 }, *d, *big;

	build_init(&b);
	build_header(&b, icookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	for (int i = 0; i < ISAKMP_PAYLOADS_MAX; i++)
		build_payload(&b, ISAKMP_PL_VID, NULL, 0);
	finish(&b);
	ok(!parse(b.data, b.len, &d, &h, &m, &f) && m.count == ISAKMP_PAYLOADS_MAX, "%d payloads are possible",
	   ISAKMP_PAYLOADS_MAX);
	free(d);
	build_payload(&b, ISAKMP_PL_VID, NULL, 0);
	finish(&b);
	ok(parse(b.data, b.len, &d, &h, &m, &f) && f.error == PARSE_TOO_MANY && m.count == ISAKMP_PAYLOADS_MAX,
	   "one more is not");
	free(d);
	build_free(&b);

	build_init(&b);
	build_header(&b, icookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	build_sa(&b);
	build_proposal(&b, 1, 1, NULL, 0);
	build_transform(&b, 1, 1);
	for (int i = 0; i <= ISAKMP_ATTRIBUTES_MAX; i++)
		build_attribute(&b, 1, 1);
	build_sa_end(&b);
	finish(&b);
	ok(parse(b.data, b.len, &d, &h, &m, &f) && f.error == PARSE_TOO_MANY, "too many attributes");
	free(d);
	build_free(&b);

	build_init(&b);
	build_header(&b, icookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	build_sa(&b);
	for (int i = 0; i <= ISAKMP_PROPOSALS_MAX; i++) {
		build_proposal(&b, (uint8_t)i, 1, NULL, 0);
		build_transform(&b, 1, 1);
	}
	build_sa_end(&b);
	finish(&b);
	ok(parse(b.data, b.len, &d, &h, &m, &f) && f.error == PARSE_TOO_MANY, "too many proposals");
	free(d);
	build_free(&b);

	build_init(&b);
	build_header(&b, icookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	build_sa(&b);
	for (int i = 0; i < 2; i++) {
		build_proposal(&b, (uint8_t)i, 1, NULL, 0);
		for (int t = 0; t < 128; t++)
			build_transform(&b, (uint8_t)t, 1);
	}
	build_sa_end(&b);
	finish(&b);
	ok(parse(b.data, b.len, &d, &h, &m, &f) && f.error == PARSE_TOO_MANY, "too many transforms in all");
	free(d);
	build_free(&b);

	ok(parse_header(zero, sizeof(zero), &h, &f) == -1 && f.error == PARSE_VERSION, "60 zero bytes");
	memset(zero, 0, 8);
	zero[16] = 13;
	zero[17] = ISAKMP_VERSION;
	zero[18] = 2;
	zero[27] = sizeof(zero);
	ok(parse_header(zero, sizeof(zero), &h, &f) == -1 && f.error == PARSE_INITIATOR_COOKIE, "initiator cookie 0");
	big = calloc(1, 70000);
	ok(parse_header(big, 70000, &h, &f) == -1 && f.error == PARSE_OVERSIZED, "70000 bytes");
	ok(parse_header(big, 0, &h, &f) == -1 && f.error == PARSE_SHORT_HEADER, "no bytes");
	free(big);
}

/* What a wrong pre-shared key looks like: the first payload's head is noise. */
static void test_wrong_key(void)
{
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	struct wire_buf b;
	uint8_t *d;

	make_mm5(&b);
	for (size_t i = ISAKMP_HEADER_LEN; i < b.len; i++)
		b.data[i] ^= (uint8_t)(0xa5 + 31 * i);
	ok(parse(b.data, b.len, &d, &h, &m, &f) == -1 && f.error == PARSE_RESERVED && f.payload == ISAKMP_PL_ID,
	   "MM5 under a wrong key: reserved not zero on ID: %s", f.text);
	free(d);
	build_free(&b);
}

/* Every prefix of every message, with honest lengths, and every single byte inverted. */
static void test_mutations(void)
{
	unsigned int tried = 0, refused = 0;

	for (enum message w = MM1; w <= INFO; w++) {
		struct parse_message m;
		struct parse_failure f;
		struct parse_header h;
		struct wire_buf b;
		uint8_t *d, raw[2048];

		make(w, &b);
		for (size_t cut = 0; cut < b.len; cut++, tried++) {
			memcpy(raw, b.data, b.len);
			raw[26] = (uint8_t)(cut >> 8);
			raw[27] = (uint8_t)cut;
			refused += !!parse(raw, cut, &d, &h, &m, &f);
			free(d);
			memcpy(raw, b.data, b.len);
			raw[cut] ^= 0xff;
			parse(raw, b.len, &d, &h, &m, &f);
			free(d);
		}
		build_free(&b);
	}
	ok(refused >= tried - 32, "%u of %u truncated messages are refused, the rest lost only padding", refused, tried);
}

static void test_words(void)
{
	bool named = true;

	for (int e = 0; e < __PARSE_ERROR_LAST; e++)
		named = named && parse_error_name((enum parse_error)e);
	ok(named && !strcmp(parse_error_name((enum parse_error)999), "unknown"), "every error has a word");
	ok(!strcmp(parse_payload_name(ISAKMP_PL_KE), "KE") && !strcmp(parse_payload_name(99), "unknown") &&
	   !strcmp(parse_exchange_name(ISAKMP_XCHG_QUICK), "quick mode") &&
	   !strcmp(parse_exchange_name(99), "unknown"), "payload and exchange names");
	ok(!strcmp(parse_notify_name(14), "PROPOSAL_NOT_CHOSEN") && !strcmp(parse_notify_name(24578), "INITIAL_CONTACT") &&
	   !parse_notify_name(9999), "notify names");
}

int main(void)
{
	test_mm1();
	test_mm5();
	test_others();
	test_layout();
	test_bad();
	test_limits();
	test_wrong_key();
	test_mutations();
	test_words();
	return done_testing();
}
