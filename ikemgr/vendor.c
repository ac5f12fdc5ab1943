/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vendor ID payload's body enters, its name leaves. See vendor.h.
 */
#include <stdio.h>
#include <string.h>

#include "vendor.h"

#define SHOWN	40	/* bytes of an ID that are kept as hex */

/*
 * Most are MD5 of a text: of "RFC 3947", of a draft's name ("-02" also with a
 * newline at its end, which became the usual one), of "FRAGMENTATION",
 * "KAME/racoon", "MS NT5 ISAKMPOAKLEY" (then a version number) ... DPD and
 * Unity end in major and minor version. A prefix also stands for what follows
 * it; the longer of two prefixes comes first.
 */
static const struct known {
	const char *hex;
	bool prefix;
	enum vendor_kind kind;
	const char *id;
	const char *name;
} known[] = {
	{ "4a131c81070358455c5728f20e95452f", false, VENDOR_NATT_RFC3947, "rfc3947", "NAT-T RFC 3947" },
	{ "439b59f8ba676c4c7737ae22eab8f582", false, VENDOR_NATT_07, "natt-07", "NAT-T v7" },
	{ "7d9419a65310ca6f2c179d9215529d56", false, VENDOR_NATT_03, "natt-03", "NAT-T v3" },
	{ "90cb80913ebb696e086381b5ec427b1f", false, VENDOR_NATT_02, "natt-02", "NAT-T v2" },
	{ "cd60464335df21f87cfdb2fc68b6a448", false, VENDOR_NATT_02_PLAIN, "natt-02", "NAT-T v2 (without newline)" },
	{ "4485152d18b6bbcd0be8a8469579ddcc", false, VENDOR_NATT_OLDER, "natt-00", "NAT-T v0" },
	{ "16f6ca16e4a4066d83821a0f0aeaa862", false, VENDOR_NATT_OLDER, "natt-01", "NAT-T v1" },
	{ "9909b64eed937c6573de52ace952fa6b", false, VENDOR_NATT_OLDER, "natt-04", "NAT-T v4" },
	{ "80d0bb3def54565ee84645d4c85ce3ee", false, VENDOR_NATT_OLDER, "natt-05", "NAT-T v5" },
	{ "4d1e0e136deafa34c4f3ea9f02ec7285", false, VENDOR_NATT_OLDER, "natt-06", "NAT-T v6" },
	{ "8f8d83826d246b6fc7a8a6a428c11de8", false, VENDOR_NATT_OLDER, "natt-08", "NAT-T v8" },
	{ "4df37928e9fc4fd1b3262170d515c662", false, VENDOR_NATT_OLDER, "natt-draft", "NAT-T draft" },
	{ "afcad71368a1f1c96b8696fc7757", true, VENDOR_DPD, "dpd", "DPD" },
	{ "09002689dfd6b712", true, VENDOR_XAUTH, "xauth", "XAUTH" },
	{ "12f5f28c457168a9702d9fe274cc", true, VENDOR_UNITY, "unity", "Unity" },
	{ "4048b7d56ebce88525e7de7f00d6c2d3", true, VENDOR_FRAGMENTATION, "fragmentation", "IKE Fragmentation" },
	{ "3e984048", true, VENDOR_IOS, "ios", "Cisco IOS" },
	{ "ca74ec6f763d7d811622d6f166c25c3b", false, VENDOR_IKEMGR, "ikemgr", "ikemgr" },
	{ "882fe56d6fd20dbc2251613b2ebe5beb", false, VENDOR_OTHER, "strongswan", "strongSwan" },
	{ "4f452d4c6962726573", true, VENDOR_OTHER, "libreswan", "Libreswan" },
	{ "4f45", true, VENDOR_OTHER, "openswan", "Openswan or Libreswan" },
	{ "7003cbc1097dbe9c2600ba6983bc8b35", false, VENDOR_OTHER, "racoon", "racoon" },
	{ "1f07f70eaa6514d3b0fa96542a", true, VENDOR_OTHER, "cisco-vpn3000", "Cisco VPN Concentrator or ASA" },
	{ "8d48c5feb589ad1c7d363ddc4c294a7f", false, VENDOR_OTHER, "cisco-vpn3000", "Cisco VPN Concentrator" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000002", true, VENDOR_OTHER, "windows", "Windows 2000" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000003", true, VENDOR_OTHER, "windows", "Windows XP" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000004", true, VENDOR_OTHER, "windows", "Windows Server 2003" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000005", true, VENDOR_OTHER, "windows", "Windows Vista" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000006", true, VENDOR_OTHER, "windows", "Windows Server 2008" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000007", true, VENDOR_OTHER, "windows", "Windows 7" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000008", true, VENDOR_OTHER, "windows", "Windows Server 2008 R2" },
	{ "1e2b516905991c7d7c96fcbfb587e46100000009", true, VENDOR_OTHER, "windows", "Windows 8 or later" },
	{ "1e2b516905991c7d7c96fcbfb587e461", true, VENDOR_OTHER, "windows", "Windows" },
	{ "26244d38eddb61b3172a36e3d0cfb819", false, VENDOR_OTHER, "ms-initial-contact", "Microsoft Initial-Contact" },
	{ "fb1de3cdf341b7ea16b7e5be0855f120", false, VENDOR_OTHER, "ms-negotiation", "Microsoft Negotiation Discovery" },
	{ "e3a5966a76379fe707228231e5ce8652", false, VENDOR_OTHER, "ms-cga", "Microsoft IKE CGA version 1" },
	{ "621b04bb09882ac1e15935fefa24aeee", false, VENDOR_OTHER, "gssapi", "GSS-API" },
	{ "50760f624c63e5c53eea386c685ca083", false, VENDOR_OTHER, "esp-thru-nat", "ESPThruNAT" },
	{ "f4ed19e0c114eb516faaac0ee37daf2807b4381f", true, VENDOR_OTHER, "checkpoint", "Check Point" },
	{ "4865617274426561745f4e6f74696679", true, VENDOR_OTHER, "heartbeat", "Heartbeat Notify (Juniper ScreenOS)" },
	{ "404bf439522ca3f6", true, VENDOR_OTHER, "sonicwall", "SonicWall" },
	{ "424e4553", true, VENDOR_OTHER, "nortel", "Nortel Contivity" },
	{ "47bbe7c993f1fc13b4e6d0db565c68e5", true, VENDOR_OTHER, "safenet", "SafeNet SoftRemote" },
};

/* RFC 3706 5.1: major 1, minor 0. */
static const uint8_t dpd[] = {
	0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
	0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00,
};
static const uint8_t natt_rfc3947[] = { 0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f };
static const uint8_t natt_07[] = { 0x43, 0x9b, 0x59, 0xf8, 0xba, 0x67, 0x6c, 0x4c, 0x77, 0x37, 0xae, 0x22, 0xea, 0xb8, 0xf5, 0x82 };
static const uint8_t natt_03[] = { 0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f, 0x2c, 0x17, 0x9d, 0x92, 0x15, 0x52, 0x9d, 0x56 };
static const uint8_t natt_02[] = { 0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08, 0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f };
/* With what it is taken in: main mode, aggressive mode. */
static const uint8_t fragmentation[] = {
	0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85, 0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3,
	0xc0, 0x00, 0x00, 0x00,
};
static const uint8_t xauth[] = { 0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12 };
static const uint8_t unity[] = { 0x12, 0xf5, 0xf2, 0x8c, 0x45, 0x71, 0x68, 0xa9, 0x70, 0x2d, 0x9f, 0xe2, 0x74, 0xcc, 0x01, 0x00 };
static const uint8_t ikemgr[] = { 0xca, 0x74, 0xec, 0x6f, 0x76, 0x3d, 0x7d, 0x81, 0x16, 0x22, 0xd6, 0xf1, 0x66, 0xc2, 0x5c, 0x3b };

static bool matches(const struct known *k, const char *hex)
{
	return k->prefix ? !strncmp(k->hex, hex, strlen(k->hex)) : !strcmp(k->hex, hex);
}

static void to_hex(const uint8_t *vid, size_t len, char *hex)
{
	size_t shown = len < SHOWN ? len : SHOWN;

	for (size_t i = 0; i < shown; i++)
		sprintf(hex + 2 * i, "%02x", vid[i]);
	strcpy(hex + 2 * shown, len > SHOWN ? "..." : "");
}

void vendor_identify(const uint8_t *vid, size_t len, struct vendor_info *out)
{
	memset(out, 0, sizeof(*out));
	out->id = "unknown";
	out->major = len > 14 ? vid[14] : 0;
	to_hex(vid, len, out->hex);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!matches(&known[i], out->hex))
			continue;
		out->kind = known[i].kind;
		out->id = known[i].id;
		out->name = known[i].name;
		break;
	}
	if (out->kind == VENDOR_DPD || out->kind == VENDOR_UNITY || out->kind == VENDOR_IOS)
		out->major = -1;
}

const uint8_t *vendor_bytes(enum vendor_kind kind, size_t *len)
{
	*len = 16;
	switch (kind) {
	case VENDOR_NATT_RFC3947:
		return natt_rfc3947;
	case VENDOR_NATT_07:
		return natt_07;
	case VENDOR_NATT_03:
		return natt_03;
	case VENDOR_NATT_02:
		return natt_02;
	case VENDOR_DPD:
		return dpd;
	case VENDOR_XAUTH:
		*len = sizeof(xauth);
		return xauth;
	case VENDOR_UNITY:
		return unity;
	case VENDOR_FRAGMENTATION:
		*len = sizeof(fragmentation);
		return fragmentation;
	case VENDOR_IKEMGR:
		return ikemgr;
	default:
		*len = 0;
		return NULL;
	}
}
