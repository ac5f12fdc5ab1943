/* SPDX-License-Identifier: GPL-2.0-only */
/* vendor.c: known vendor IDs get their name, unknown ones keep their bytes. */
#include <stdio.h>
#include <string.h>

#include "tap.h"
#include "vendor.h"

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = 0;
	unsigned int v;

	for (; sscanf(hex + 2 * n, "%2x", &v) == 1; n++)
		out[n] = (uint8_t)v;
	return n;
}

/* The "major" column is what routers print: byte 14. */
static const struct {
	const char *hex;
	enum vendor_kind kind;
	const char *id;
	int major;
} ids[] = {
	{ "4a131c81070358455c5728f20e95452f", VENDOR_NATT_RFC3947, "rfc3947", 69 },
	{ "439b59f8ba676c4c7737ae22eab8f582", VENDOR_NATT_07, "natt-07", 245 },
	{ "7d9419a65310ca6f2c179d9215529d56", VENDOR_NATT_03, "natt-03", 157 },
	{ "90cb80913ebb696e086381b5ec427b1f", VENDOR_NATT_02, "natt-02", 123 },
	{ "cd60464335df21f87cfdb2fc68b6a448", VENDOR_NATT_02_PLAIN, "natt-02", 164 },
	{ "4485152d18b6bbcd0be8a8469579ddcc", VENDOR_NATT_OLDER, "natt-00", 221 },
	{ "afcad71368a1f1c96b8696fc77570100", VENDOR_DPD, "dpd", -1 },
	{ "afcad71368a1f1c96b8696fc77570200", VENDOR_DPD, "dpd", -1 },
	{ "09002689dfd6b712", VENDOR_XAUTH, "xauth", 0 },
	{ "12f5f28c457168a9702d9fe274cc0100", VENDOR_UNITY, "unity", -1 },
	{ "4048b7d56ebce88525e7de7f00d6c2d3", VENDOR_FRAGMENTATION, "fragmentation", 194 },
	{ "4048b7d56ebce88525e7de7f00d6c2d3c0000000", VENDOR_FRAGMENTATION, "fragmentation", 194 },
	{ "3e984048102030405060708090a0b0c0", VENDOR_IOS, "ios", -1 },
	{ "882fe56d6fd20dbc2251613b2ebe5beb", VENDOR_OTHER, "strongswan", 91 },
	{ "4f452d4c69627265737761", VENDOR_OTHER, "libreswan", 0 },
	{ "4f4568447e795f5e7a5b7d79", VENDOR_OTHER, "openswan", 0 },
	{ "1e2b516905991c7d7c96fcbfb587e46100000009", VENDOR_OTHER, "windows", 228 },
	{ "f4ed19e0c114eb516faaac0ee37daf2807b4381f000000010000138d", VENDOR_OTHER, "checkpoint", 175 },
	{ "000102030405060708090a0b0c0d0e0f", VENDOR_UNKNOWN, "unknown", 14 },
	{ "4a131c81070358455c5728f20e95452f00", VENDOR_UNKNOWN, "unknown", 69 },
	{ "4a131c81", VENDOR_UNKNOWN, "unknown", 0 },
	{ "", VENDOR_UNKNOWN, "unknown", 0 },
};

int main(void)
{
	struct vendor_info v;
	uint8_t raw[300];
	const uint8_t *sent;
	size_t len;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		len = from_hex(ids[i].hex, raw);
		vendor_identify(raw, len, &v);
		ok(v.kind == ids[i].kind && !strcmp(v.id, ids[i].id) && v.major == ids[i].major &&
		   !strcmp(v.hex, ids[i].hex) && !v.name == (v.kind == VENDOR_UNKNOWN),
		   "%s is %s%s%s", *ids[i].hex ? ids[i].hex : "(empty)", v.id, v.name ? ": " : "", v.name ? v.name : "");
	}
	memset(raw, 0xee, sizeof(raw));
	vendor_identify(raw, sizeof(raw), &v);
	ok(strlen(v.hex) == 83 && !strcmp(v.hex + 80, "..."), "a long one is shown in part");
	sent = vendor_bytes(VENDOR_DPD, &len);
	vendor_identify(sent, len, &v);
	ok(len == 16 && v.kind == VENDOR_DPD, "what we send for DPD is DPD");
	for (enum vendor_kind kind = VENDOR_NATT_RFC3947; kind <= VENDOR_NATT_02; kind++) {
		sent = vendor_bytes(kind, &len);
		vendor_identify(sent, len, &v);
		ok(len == 16 && v.kind == kind, "what we send for %s is that", v.name);
	}
	sent = vendor_bytes(VENDOR_XAUTH, &len);
	ok(len == 8 && !memcmp(sent, "\x09\x00\x26\x89\xdf\xd6\xb7\x12", 8), "XAUTH's has 8 bytes");
	sent = vendor_bytes(VENDOR_UNITY, &len);
	ok(len == 16 && !memcmp(sent, "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00", 16), "Unity's is version 1.0");
	sent = vendor_bytes(VENDOR_FRAGMENTATION, &len);
	ok(len == 20 && !memcmp(sent, "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\xc0\x00\x00\x00", 20),
	   "IKE fragmentation's says main and aggressive mode");
	ok(!vendor_bytes(VENDOR_IOS, &len) && !len, "what we don't serve is not sent");
	return done_testing();
}
