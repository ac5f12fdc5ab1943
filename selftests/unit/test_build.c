/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * build.c: the bytes are those of the RFCs' drawings, misuse fails the whole
 * message, and what is built is what parse.c reads.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "parse.h"
#include "tap.h"

static const uint8_t icookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, rcookie[] = { 9, 8, 7, 6, 5, 4, 3, 2 };

static bool same(const struct wire_buf *b, const void *want, size_t len, const char *what)
{
	bool yes = b->len == len && !memcmp(b->data, want, len);

	ok(yes, "%s", what);
	if (!yes) {
		printf("# got ");
		for (size_t i = 0; i < b->len; i++)
			printf("%02x%s", b->data[i], i % 4 == 3 ? " " : "");
		printf("\n");
	}
	return yes;
}

static void start(struct wire_buf *b, uint8_t exchange, uint8_t flags)
{
	build_init(b);
	build_header(b, icookie, rcookie, exchange, flags, 0x01020304);
}

/* A router's main mode 1 with one 3DES policy: the attributes in its order. */
static void test_bytes_sa(void)
{
	static const uint8_t want[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0,
		1, 0x10, 2, 0, 0, 0, 0, 0, 0, 0, 0, 84,
		0, 0, 0, 56, 0, 0, 0, 1, 0, 0, 0, 1,
		0, 0, 0, 44, 1, 1, 0, 1,
		0, 0, 0, 36, 1, 1, 0, 0,
		0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 4, 0, 2, 0x80, 3, 0, 1,
		0x80, 11, 0, 1, 0, 12, 0, 4, 0, 1, 0x51, 0x80,
	};
	struct wire_buf b;

	build_init(&b);
	build_header(&b, icookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	build_sa(&b);
	build_proposal(&b, 1, IPSEC_PROTO_ISAKMP, NULL, 0);
	build_transform(&b, 1, ISAKMP_KEY_IKE);
	build_attribute(&b, IKE_ATTR_ENCRYPTION, IKE_ENC_3DES);
	build_attribute(&b, IKE_ATTR_HASH, IKE_HASH_SHA);
	build_attribute(&b, IKE_ATTR_GROUP, IKE_GROUP_MODP1024);
	build_attribute(&b, IKE_ATTR_AUTH, IKE_AUTH_PSK);
	build_attribute(&b, IKE_ATTR_LIFE_TYPE, IKE_LIFE_SECONDS);
	build_attribute(&b, IKE_ATTR_LIFE_DURATION, 86400);
	build_sa_end(&b);
	ok(!build_finish(&b), "MM1 is built");
	same(&b, want, sizeof(want), "MM1, byte for byte");
	build_free(&b);
	ok(!b.data && !b.len, "freed");
}

static void test_bytes_payloads(void)
{
	static const uint8_t want[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2,
		5, 0x10, 5, 1, 1, 2, 3, 4, 0, 0, 0, 92,
		11, 0, 0, 12, 1, 17, 1, 0xf4, 192, 0, 2, 1,
		12, 0, 0, 20, 0, 0, 0, 1, 3, 4, 0, 14, 0x45, 0xf1, 0x6a, 0x9a, 1, 2, 3, 4,
		13, 0, 0, 20, 0, 0, 0, 1, 3, 4, 0, 2, 0, 0, 1, 0, 0, 0, 2, 0,
		0, 0, 0, 11, 0xaa, 0xbb, 0xcc, 0x01, 0x02, 0x03, 0x04,
		0,
	};
	static const uint8_t addr[] = { 192, 0, 2, 1 }, spi[] = { 0x45, 0xf1, 0x6a, 0x9a };
	static const uint8_t spis[] = { 0, 0, 1, 0, 0, 0, 2, 0 };
	struct wire_buf b;

	start(&b, ISAKMP_XCHG_INFO, ISAKMP_FLAG_ENCRYPTION);
	build_id(&b, IPSEC_ID_IPV4_ADDR, 17, 500, addr, 4);
	build_notify(&b, IPSEC_PROTO_ESP, ISAKMP_N_NO_PROPOSAL_CHOSEN, spi, 4, "\1\2\3\4", 4);
	build_delete(&b, IPSEC_PROTO_ESP, 4, 2, spis);
	build_begin(&b, ISAKMP_PL_VID);
	build_u8(&b, 0xaa);
	build_u16(&b, 0xbbcc);
	build_u32(&b, 0x01020304);
	build_end(&b);
	build_pad(&b, 8);
	ok(!build_finish(&b), "ID, NOTIFY, DELETE, VENDOR are built");
	same(&b, want, sizeof(want), "ID, NOTIFY, DELETE, VENDOR and padding, byte for byte");
	build_free(&b);
}

static void test_attributes(void)
{
	static const uint8_t want[] = {
		0x80, 2, 0xff, 0xff, 0, 2, 0, 4, 0, 1, 0, 0, 0x80, 2, 0, 0, 0, 2, 0, 4, 0, 0, 0x0e, 0x10, 0x80, 2, 0x0e, 0x10,
	};
	struct wire_buf b;
	size_t len = 0;
	const uint8_t *body;

	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_sa(&b);
	build_proposal(&b, 1, 1, NULL, 0);
	build_transform(&b, 1, 1);
	build_attribute(&b, 2, 65535);
	build_attribute(&b, 2, 65536);
	build_attribute(&b, 2, 0);
	build_attribute_raw(&b, 2, false, "\0\0\x0e\x10", 4);
	build_attribute_raw(&b, 2, true, "\x0e\x10", 2);
	build_sa_end(&b);
	body = build_body(&b, &len);
	ok(body && len == 8 + 16 + sizeof(want) && !memcmp(body + 24, want, sizeof(want)),
	   "attributes: basic up to 65535, four bytes above, and as they came");
	build_free(&b);
}

static void test_hash(void)
{
	uint8_t digest[20];
	struct wire_buf b;
	const uint8_t *rest;
	size_t at, len = 99;

	memset(digest, 0x5a, sizeof(digest));
	start(&b, ISAKMP_XCHG_QUICK, ISAKMP_FLAG_ENCRYPTION);
	at = build_hash(&b, 20);
	ok(at == 32 && build_after(&b, at, &len) && !len, "HASH alone: nothing after it");
	build_payload(&b, ISAKMP_PL_NONCE, digest, 20);
	rest = build_after(&b, at, &len);
	ok(rest == b.data + 52 && len == 24 && rest[3] == 24, "HASH: what follows is the nonce payload, head and all");
	build_patch(&b, at, digest, 20);
	build_pad(&b, 16);
	ok(!build_finish(&b) && b.len == 28 + 48 && !memcmp(b.data + 32, digest, 20),
	   "HASH is filled in");
	build_free(&b);

	start(&b, ISAKMP_XCHG_QUICK, 0);
	build_payload(&b, ISAKMP_PL_NONCE, digest, 20);
	build_payload(&b, ISAKMP_PL_NONCE, digest, 20);
	build_payload(&b, ISAKMP_PL_NONCE, digest, 16);
	build_pad(&b, 16);
	ok(!build_finish(&b) && b.len == 28 + 80, "padding: 12 bytes fill the last block");
	build_free(&b);
	start(&b, ISAKMP_XCHG_QUICK, 0);
	build_payload(&b, ISAKMP_PL_NONCE, digest, 12);
	build_pad(&b, 16);
	ok(!build_finish(&b) && b.len == 28 + 16, "padding: whole blocks get none");
	build_free(&b);
}

static void misuse(const char *what, struct wire_buf *b)
{
	ok(build_finish(b) == -1 && b->failed, "refused: %s", what);
	build_free(b);
}

static void test_misuse(void)
{
	struct wire_buf b;
	uint8_t *big = calloc(1, 70000);
	size_t len;

	build_init(&b);
	misuse("an empty message", &b);
	build_init(&b);
	build_payload(&b, ISAKMP_PL_VID, "x", 1);
	misuse("a payload without a header", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_header(&b, icookie, NULL, 2, 0, 0);
	misuse("two headers", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_begin(&b, ISAKMP_PL_VID);
	misuse("a payload left open", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_begin(&b, ISAKMP_PL_VID);
	build_payload(&b, ISAKMP_PL_VID, NULL, 0);
	misuse("a payload in a payload", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_end(&b);
	misuse("an end without a beginning", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_sa(&b);
	build_transform(&b, 1, 1);
	build_sa_end(&b);
	misuse("a transform without a proposal", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_sa(&b);
	build_proposal(&b, 1, 1, NULL, 0);
	build_attribute(&b, 1, 1);
	build_sa_end(&b);
	misuse("an attribute without a transform", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_proposal(&b, 1, 1, NULL, 0);
	misuse("a proposal without an SA", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_pad(&b, 8);
	build_payload(&b, ISAKMP_PL_VID, NULL, 0);
	misuse("a payload after the padding", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_payload(&b, ISAKMP_PL_VID, big, 70000);
	ok(!build_body(&b, &len) && !len && !build_after(&b, 32, &len) && !len, "a failed message shows nothing");
	misuse("more than a datagram holds", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_patch(&b, 27, "xx", 2);
	misuse("a patch past the end", &b);
	start(&b, ISAKMP_XCHG_MAIN, 0);
	build_sa(&b);
	build_proposal(&b, 1, 1, NULL, 0);
	for (int i = 0; i < 256; i++)
		build_transform(&b, (uint8_t)i, 1);
	build_sa_end(&b);
	misuse("256 transforms", &b);
	build_init(&b);
	build_free(&b);
	free(big);
}

/* Up to the limit, through several enlargements. */
static void test_growth(void)
{
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	struct wire_buf b;
	uint8_t body[1000];
	bool intact = true;

	start(&b, ISAKMP_XCHG_MAIN, 0);
	for (int i = 0; i < 16; i++) {
		memset(body, i, sizeof(body));
		build_payload(&b, ISAKMP_PL_VID, body, sizeof(body));
	}
	ok(!build_finish(&b) && !parse_header(b.data, b.len, &h, &f) && !parse_payloads(&h, b.data, &m, &f) &&
	   m.count == 16, "16 payloads of 1000 bytes are built and read");
	for (unsigned int i = 0; i < m.count; i++)
		intact = intact && m.payload[i].body[0] == i && m.payload[i].body[999] == i;
	ok(intact, "and nothing was lost as the buffer grew");
	build_free(&b);
}

int main(void)
{
	test_bytes_sa();
	test_bytes_payloads();
	test_attributes();
	test_hash();
	test_misuse();
	test_growth();
	return done_testing();
}
