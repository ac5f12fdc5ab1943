/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proposal matching: what is offered on the wire, what is accepted, in which
 * order comparisons are made, and the reason of every kind of refusal.
 */
#include <stdlib.h>
#include <string.h>

#include "proposal.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t cookie[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
static const uint8_t spi[] = { 0x45, 0xf1, 0x6a, 0x9a }, peer_spi[] = { 0x22, 0x1a, 0x71, 0x53 };

/* An SA payload that was built, sent and parsed. */
struct sent {
	struct wire_buf b;
	struct parse_header h;
	struct parse_message m;
	const struct parse_payload *sa;
};

static void begin(struct sent *s)
{
	memset(s, 0, sizeof(*s));
	build_init(&s->b);
	build_header(&s->b, cookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
}

static void deliver(struct sent *s)
{
	struct parse_failure f = { 0 };

	if (build_finish(&s->b) || parse_header(s->b.data, s->b.len, &s->h, &f) ||
	    parse_payloads(&s->h, s->b.data, &s->m, &f)) {
		printf("Bail out! a test's own message is bad: %s\n", f.text);
		exit(1);
	}
	s->sa = parse_find(&s->m, ISAKMP_PL_SA);
}

/* ---- phase 1 ---- */

#define IKE(enc, bits, hash, group, auth, life) { enc, bits, hash, group, auth, life, 0 }

static const struct proposal_ike base = IKE(IKE_ENC_AES, 256, IKE_HASH_SHA, 14, IKE_AUTH_PSK, 86400);

/* What the comparisons were, as text: "T/P:reason" each. */
static void log_ike(void *arg, const struct proposal_ike_compare *c)
{
	char *log = arg;
	size_t at = strlen(log);

	snprintf(log + at, 512 - at, "%s%u/%u:%s", at ? " " : "", c->offer->transform,
		 c->policy ? c->policy->priority : 0, proposal_reason_name(c->reason));
	if (!c->text[0] != (c->reason == PROPOSAL_OK))
		snprintf(log + at, 512 - at, "a refusal without a text");
}

static void offer_ike(struct sent *s, const struct proposal_ike *v, size_t n)
{
	struct proposal_policy p[8] = { 0 };

	for (size_t i = 0; i < n; i++)
		p[i].values = v[i];
	begin(s);
	proposal_ike_offer(&s->b, p, n);
	deliver(s);
}

static void test_ike_offer(void)
{
	/* In a router's order: encryption, key length, hash, group, auth, life type, duration. */
	static const uint16_t order[] = { 1, 14, 2, 4, 3, 11, 12 };
	struct proposal_ike v[] = { base, IKE(IKE_ENC_3DES, 0, IKE_HASH_MD5, 2, IKE_AUTH_PSK, 3600) };
	struct parse_proposal p = { 0 };
	struct parse_transform t = { 0 };
	struct parse_attribute a = { 0 };
	bool in_order = true;
	struct sent s;
	size_t n = 0;

	offer_ike(&s, v, 2);
	ok(parse_proposal_next(s.sa, &p) && p.last && p.transforms == 2 && p.number == 1 && !p.spi_size,
	   "phase 1: all policies in one proposal");
	parse_transform_next(&p, &t);
	for (; parse_attribute_next(&t, &a); n++)
		in_order = in_order && n < COUNT(order) && a.type == order[n];
	ok(in_order && n == 7 && t.number == 1, "phase 1: attributes in the router's order");
	ok(!a.basic || a.number != 86400, "phase 1: 86400 is a TLV");
	parse_transform_next(&p, &t);
	memset(&a, 0, sizeof(a));
	for (n = 0; parse_attribute_next(&t, &a); n++)
		;
	ok(t.number == 2 && n == 6 && a.number == 3600 && a.basic, "phase 1: no key length for 3DES; 3600 is basic");
	build_free(&s.b);
}

/* One policy (base) against one transform that differs in one point. */
static void test_ike_reasons(void)
{
	static const struct {
		const char *what;
		struct proposal_ike offer;
		bool key;
		enum proposal_reason reason;
		const char *text, *router;
	} row[] = {
		{ "the same", IKE(7, 256, 2, 14, 1, 86400), true, PROPOSAL_OK, "", NULL },
		{ "cipher", IKE(5, 0, 2, 14, 1, 86400), true, PROPOSAL_ENCRYPTION,
		  "encryption 3des offered, policy 10 has aes 256", "Encryption algorithm offered does not match policy!" },
		{ "unknown cipher", IKE(99, 0, 2, 14, 1, 86400), true, PROPOSAL_ENCRYPTION,
		  "encryption cipher 99 offered, policy 10 has aes 256", "Encryption algorithm offered does not match policy!" },
		{ "key length", IKE(7, 128, 2, 14, 1, 86400), true, PROPOSAL_KEY_LENGTH,
		  "encryption aes offered, policy 10 has aes 256", "Proposed key length does not match policy" },
		{ "no key length", IKE(7, 0, 2, 14, 1, 86400), true, PROPOSAL_KEY_LENGTH,
		  "aes offered without a key length, policy 10 has aes 256", "Proposed key length does not match policy" },
		{ "hash", IKE(7, 256, 1, 14, 1, 86400), true, PROPOSAL_HASH,
		  "hash md5 offered, policy 10 has sha", "Hash algorithm offered does not match policy!" },
		{ "group", IKE(7, 256, 2, 5, 1, 86400), true, PROPOSAL_GROUP,
		  "group 5 offered, policy 10 has 14", "Diffie-Hellman group offered does not match policy!" },
		{ "authentication", IKE(7, 256, 2, 14, 3, 86400), true, PROPOSAL_AUTH,
		  "authentication rsa-sig offered, policy 10 has pre-share", "Authentication method offered does not match policy!" },
		{ "XAUTH", IKE(7, 256, 2, 14, 65001, 86400), true, PROPOSAL_AUTH,
		  "authentication xauth pre-share offered, policy 10 has pre-share", "Authentication method offered does not match policy!" },
		{ "no pre-shared key", IKE(7, 256, 2, 14, 1, 86400), false, PROPOSAL_NO_KEY,
		  "policy 10 suits, but there is no pre-shared key for this peer",
		  "Preshared authentication offered but does not match policy!" },
		{ "all differs: the first test counts", IKE(5, 0, 1, 2, 3, 60), true, PROPOSAL_ENCRYPTION,
		  "encryption 3des offered, policy 10 has aes 256", "Encryption algorithm offered does not match policy!" },
		{ "lifetime", IKE(7, 256, 2, 14, 1, 60), true, PROPOSAL_OK, "", NULL },
	};
	struct proposal_policy own = { 10, base, "file", 3 };

	for (size_t i = 0; i < COUNT(row); i++) {
		struct proposal_ike_choice c;
		struct proposal_ike_compare why;
		const char *router;
		struct sent s;
		int ret;

		offer_ike(&s, &row[i].offer, 1);
		ret = proposal_ike_choose(s.sa, &own, 1, row[i].key, NULL, NULL, &c, &why);
		router = proposal_reason_router(why.reason);
		ok(!ret == (row[i].reason == PROPOSAL_OK) && why.reason == row[i].reason &&
		   !strcmp(why.text, row[i].text) && (ret ? why.policy == &own : c.policy == &own) &&
		   (router && row[i].router ? !strcmp(router, row[i].router) : router == row[i].router),
		   "phase 1, %s: %s: %s", row[i].what, proposal_reason_name(why.reason), why.text);
		build_free(&s.b);
	}
}

/* Own policies best first, and for each the offered transforms in order. */
static void test_ike_order(void)
{
	struct proposal_policy own[] = {
		{ 10, IKE(IKE_ENC_AES, 256, IKE_HASH_SHA256, 14, IKE_AUTH_PSK, 86400), NULL, 0 },
		{ 20, IKE(IKE_ENC_3DES, 0, IKE_HASH_SHA, 2, IKE_AUTH_PSK, 3600), NULL, 0 },
	};
	struct proposal_ike both[] = { own[1].values, own[0].values }, weak[] = { IKE(1, 0, 1, 1, 1, 60), own[1].values };
	struct proposal_ike_choice c;
	struct proposal_ike_compare why;
	char log[512] = "";
	struct sent s;

	offer_ike(&s, both, 2);
	ok(!proposal_ike_choose(s.sa, own, 2, true, log_ike, log, &c, &why) && c.policy == &own[0] &&
	   c.offer.transform == 2, "phase 1: our best policy wins over the peer's order");
	ok(!strcmp(log, "1/10:encryption 2/10:ok"), "phase 1: comparisons: %s", log);
	build_free(&s.b);

	log[0] = '\0';
	offer_ike(&s, weak, 2);
	ok(!proposal_ike_choose(s.sa, own, 2, true, log_ike, log, &c, &why) && c.policy == &own[1] &&
	   c.offer.transform == 2 && c.offer.next == 0, "phase 1: the second policy suits the second transform");
	ok(!strcmp(log, "1/10:encryption 2/10:encryption 1/20:encryption 2/20:ok"), "phase 1: comparisons: %s", log);
	build_free(&s.b);

	log[0] = '\0';
	weak[1].hash = IKE_HASH_MD5;
	offer_ike(&s, weak, 2);
	ok(proposal_ike_choose(s.sa, own, 2, true, log_ike, log, &c, &why) == -1 && why.reason == PROPOSAL_HASH &&
	   why.policy == &own[1], "phase 1: the closest miss is told: %s", why.text);
	ok(proposal_ike_choose(s.sa, own, 0, true, NULL, NULL, &c, &why) == -1 && why.reason == PROPOSAL_EMPTY,
	   "phase 1: no policies: %s", why.text);
	build_free(&s.b);
}

static void test_ike_lifetime(void)
{
	static const struct {
		uint32_t offered, own, agreed;
	} row[] = { { 86400, 86400, 86400 }, { 600, 1200, 600 }, { 1200, 600, 600 }, { 100000, 86400, 86400 } };
	struct proposal_ike_compare why;
	struct proposal_ike_choice c;
	struct sent s;

	for (size_t i = 0; i < COUNT(row); i++) {
		struct proposal_ike v = base;
		struct proposal_policy own = { 10, base, NULL, 0 };

		v.life_seconds = row[i].offered;
		own.values.life_seconds = row[i].own;
		offer_ike(&s, &v, 1);
		ok(!proposal_ike_choose(s.sa, &own, 1, true, NULL, NULL, &c, &why) &&
		   c.values.life_seconds == row[i].agreed && c.offered_seconds == row[i].offered &&
		   c.life_basic == (row[i].offered <= 65535),
		   "phase 1: lifetime %u offered, %u configured: %u", row[i].offered, row[i].own, row[i].agreed);
		build_free(&s.b);
	}
}

/* A transform by hand: pairs of type and value, ended by type 0. */
static void raw_ike(struct sent *s, uint8_t protocol, uint8_t id, const uint16_t (*attr)[2])
{
	begin(s);
	build_sa(&s->b);
	build_proposal(&s->b, 1, protocol, NULL, 0);
	build_transform(&s->b, 1, id);
	for (; (*attr)[0]; attr++)
		build_attribute(&s->b, (*attr)[0], (*attr)[1]);
	build_sa_end(&s->b);
	deliver(s);
}

#define GOOD { 1, 7 }, { 14, 256 }, { 2, 2 }, { 4, 14 }, { 3, 1 }

static void test_ike_odd(void)
{
	static const struct {
		const char *what;
		uint8_t protocol, id;
		uint16_t attr[10][2];
		enum proposal_reason reason;
		uint32_t life;
	} row[] = {
		{ "no lifetime: ours", 1, 1, { GOOD }, PROPOSAL_OK, 86400 },
		{ "group type MODP", 1, 1, { GOOD, { 5, 1 } }, PROPOSAL_OK, 86400 },
		{ "kilobytes too", 1, 1, { GOOD, { 11, 1 }, { 12, 600 }, { 11, 2 }, { 12, 1000 } }, PROPOSAL_OK, 600 },
		{ "seconds of 0: not stated", 1, 1, { GOOD, { 11, 1 }, { 12, 0 } }, PROPOSAL_OK, 86400 },
		{ "group type ECP, of group 14", 1, 1, { GOOD, { 5, 2 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "group type EC2N", 1, 1, { GOOD, { 5, 3 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "a PRF", 1, 1, { GOOD, { 13, 1 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "an unknown attribute", 1, 1, { GOOD, { 20000, 1 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "the cipher twice", 1, 1, { GOOD, { 1, 7 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "a duration without a type", 1, 1, { GOOD, { 12, 600 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "an unknown life type", 1, 1, { GOOD, { 11, 3 }, { 12, 600 } }, PROPOSAL_ATTRIBUTE, 0 },
		{ "protocol ESP", 3, 1, { GOOD }, PROPOSAL_PROTOCOL, 0 },
		{ "another transform id", 1, 2, { GOOD }, PROPOSAL_TRANSFORM_ID, 0 },
		{ "no group", 1, 1, { { 1, 7 }, { 14, 256 }, { 2, 2 }, { 3, 1 } }, PROPOSAL_GROUP, 0 },
		{ "no attributes", 1, 1, { { 0, 0 } }, PROPOSAL_ENCRYPTION, 0 },
	};
	struct proposal_policy own[] = { { 10, base, NULL, 0 }, { 20, base, NULL, 0 } };

	for (size_t i = 0; i < COUNT(row); i++) {
		struct proposal_ike_choice c;
		struct proposal_ike_compare why;
		char log[512] = "";
		struct sent s;
		int ret;

		raw_ike(&s, row[i].protocol, row[i].id, row[i].attr);
		ret = proposal_ike_choose(s.sa, own, 2, true, log_ike, log, &c, &why);
		ok(!ret == (row[i].reason == PROPOSAL_OK) && why.reason == row[i].reason &&
		   (ret || c.values.life_seconds == row[i].life), "phase 1, %s: %s %s", row[i].what,
		   proposal_reason_name(why.reason), why.text);
		if (row[i].reason == PROPOSAL_ATTRIBUTE || row[i].reason == PROPOSAL_PROTOCOL)
			ok(!strchr(log, ' '), "phase 1, %s: told once: %s", row[i].what, log);
		build_free(&s.b);
	}
}

static void test_ike_reply(void)
{
	struct proposal_policy own = { 10, base, NULL, 0 };
	struct proposal_ike v[] = { IKE(1, 0, 1, 1, 1, 60), base };
	struct proposal_ike_choice c, back;
	struct proposal_ike_compare why;
	const char *attribute;
	struct sent s, r;

	v[1].life_seconds = 90000;
	offer_ike(&s, v, 2);
	proposal_ike_choose(s.sa, &own, 1, true, NULL, NULL, &c, &why);
	begin(&r);
	proposal_ike_reply(&r.b, &c);
	deliver(&r);
	/* The chosen transform's bytes come back unchanged, but for its head's "next". */
	ok(r.sa->body_len == 8 + 8 + 8 + 24 + 8 && !memcmp(r.sa->body + 16 + 4, s.sa->body + 16 + 32 + 4, 36 - 4) &&
	   r.sa->body[15] == 1 && r.sa->body[16 + 4] == 2, "phase 1: the chosen transform comes back unchanged");
	own.values.life_seconds = 90000;
	ok(!proposal_ike_check(r.sa, &own, 1, NULL, NULL, &back, &why, &attribute) && back.policy == &own &&
	   back.values.life_seconds == 90000, "phase 1: the initiator takes what it offered");

	own.values.hash = IKE_HASH_MD5;
	ok(proposal_ike_check(r.sa, &own, 1, NULL, NULL, &back, &why, &attribute) == -1 &&
	   why.reason == PROPOSAL_HASH && !strcmp(attribute, "hash"), "phase 1: the initiator refuses what it did not: %s",
	   why.text);
	ok(proposal_ike_check(s.sa, &own, 1, NULL, NULL, &back, NULL, &attribute) == -1 &&
	   !strcmp(attribute, "transform count"), "phase 1: the initiator refuses an answer with two transforms");
	build_free(&s.b);
	build_free(&r.b);
}

/* ---- phase 2 ---- */

#define SET(name, id, bits, auth, mode) { name, { id, bits, auth, mode, 0, 0, 0, 0, false }, "file", 7, false }

static const struct proposal_set sets[] = {
	SET("STRONG", ESP_AES, 256, IPSEC_AUTH_HMAC_SHA256, IPSEC_ENCAPS_TUNNEL),
	SET("OLD", ESP_3DES, 0, IPSEC_AUTH_HMAC_SHA, IPSEC_ENCAPS_TUNNEL),
};
static const struct proposal_entry entry = { sets, 2, 0, 3600, 4608000, "file", 9, NATT_NONE };

static void log_esp(void *arg, const struct proposal_esp_compare *c)
{
	char *log = arg;
	size_t at = strlen(log);

	snprintf(log + at, 512 - at, "%s%u.%u%s/%s:%s", at ? " " : "", c->offer->proposal, c->offer->transform,
		 c->offer->first ? "*" : "", c->set ? c->set->name : "-", proposal_reason_name(c->reason));
	if (!c->text[0] != (c->reason == PROPOSAL_OK))
		snprintf(log + at, 512 - at, "a refusal without a text");
}

static void test_esp_offer(void)
{
	static const uint16_t order[] = { 4, 1, 2, 1, 2, 5, 6, 3 };
	struct proposal_entry own = entry;
	struct parse_proposal p = { 0 };
	struct parse_transform t = { 0 };
	struct parse_attribute a = { 0 };
	bool in_order = true;
	struct sent s;
	size_t n = 0;

	own.group = 2;
	begin(&s);
	proposal_esp_offer(&s.b, &own, spi, peer_spi);
	deliver(&s);
	ok(parse_proposal_next(s.sa, &p) && p.number == 1 && p.protocol == IPSEC_PROTO_ESP && p.transforms == 1 &&
	   !memcmp(p.spi, spi, 4), "phase 2: the first set is proposal 1");
	parse_transform_next(&p, &t);
	for (; parse_attribute_next(&t, &a); n++)
		in_order = in_order && n < COUNT(order) && a.type == order[n];
	ok(in_order && n == 8 && t.id == ESP_AES, "phase 2: attributes in the router's order");
	ok(parse_proposal_next(s.sa, &p) && p.number == 2 && p.last && !memcmp(p.spi, spi, 4), "phase 2: the second is 2");
	build_free(&s.b);

	own.group = 0;
	own.life_kilobytes = 0;
	own.sets = 1;
	begin(&s);
	proposal_esp_offer(&s.b, &own, spi, peer_spi);
	deliver(&s);
	memset(&p, 0, sizeof(p));
	memset(&t, 0, sizeof(t));
	memset(&a, 0, sizeof(a));
	parse_proposal_next(s.sa, &p);
	parse_transform_next(&p, &t);
	for (n = 0; parse_attribute_next(&t, &a); n++)
		;
	ok(n == 5, "phase 2: kilobytes disabled and no PFS are left out");
	build_free(&s.b);
}

struct esp_offer {
	uint8_t number, protocol, id;
	uint16_t attr[8][2];
};

static void raw_esp(struct sent *s, const struct esp_offer *o, size_t n, const uint8_t *with)
{
	begin(s);
	build_sa(&s->b);
	for (size_t i = 0; i < n && o[i].number; i++) {
		const uint16_t (*attr)[2] = o[i].attr;

		build_proposal(&s->b, o[i].number, o[i].protocol, with, 4);
		build_transform(&s->b, 1, o[i].id);
		for (; (*attr)[0]; attr++)
			build_attribute(&s->b, (*attr)[0], (*attr)[1]);
	}
	build_sa_end(&s->b);
	deliver(s);
}

#define AES256 3, ESP_AES, { { 4, 1 }, { 5, 5 }, { 6, 256 } }
#define TDES 3, ESP_3DES, { { 4, 1 }, { 5, 2 } }

static const struct {
	const char *what;
	uint16_t pfs;		/* ours */
	struct esp_offer offer[3];
	enum proposal_reason reason, initiator;
	const char *log, *text;
} esp_rows[] = {
	{ "the first set", 0, { { 1, AES256 } }, PROPOSAL_OK, PROPOSAL_OK, "1.1*/STRONG:ok", "" },
	{ "the second set", 0, { { 1, TDES } }, PROPOSAL_OK, PROPOSAL_OK, "1.1*/OLD:ok", "" },
	{ "the peer's order rules", 0, { { 1, TDES }, { 2, AES256 } }, PROPOSAL_OK, PROPOSAL_COUNT, "1.1*/OLD:ok", "" },
	{ "the second proposal", 0, { { 1, 3, ESP_DES, { { 4, 1 }, { 5, 1 } } }, { 2, TDES } }, PROPOSAL_OK, PROPOSAL_COUNT,
	  "1.1*/STRONG:encryption 2.1*/OLD:ok", "" },
	{ "mode left out", 0, { { 1, 3, ESP_3DES, { { 5, 2 } } } }, PROPOSAL_OK, PROPOSAL_OK, "1.1*/OLD:ok", "" },
	{ "cipher", 0, { { 1, 3, ESP_DES, { { 4, 1 }, { 5, 2 } } } }, PROPOSAL_ENCRYPTION, PROPOSAL_ENCRYPTION,
	  "1.1*/STRONG:encryption", "esp-des esp-sha-hmac offered, transform-set STRONG has esp-aes 256 esp-sha256-hmac" },
	{ "key length", 0, { { 1, 3, ESP_AES, { { 4, 1 }, { 5, 5 }, { 6, 128 } } } }, PROPOSAL_KEY_LENGTH, PROPOSAL_KEY_LENGTH,
	  "1.1*/STRONG:key-length", "esp-aes esp-sha256-hmac offered, transform-set STRONG has esp-aes 256 esp-sha256-hmac" },
	{ "no key length", 0, { { 1, 3, ESP_AES, { { 4, 1 }, { 5, 5 } } } }, PROPOSAL_KEY_LENGTH, PROPOSAL_KEY_LENGTH,
	  "1.1*/STRONG:key-length", "esp-aes offered without a key length, transform-set STRONG has esp-aes 256 esp-sha256-hmac" },
	{ "HMAC", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 1 } } } }, PROPOSAL_AUTHENTICATOR, PROPOSAL_AUTHENTICATOR,
	  "1.1*/OLD:authenticator", "esp-3des esp-md5-hmac offered, transform-set OLD has esp-3des esp-sha-hmac" },
	{ "no HMAC", 0, { { 1, 3, ESP_3DES, { { 4, 1 } } } }, PROPOSAL_AUTHENTICATOR, PROPOSAL_AUTHENTICATOR,
	  "1.1*/OLD:authenticator", "esp-3des offered, transform-set OLD has esp-3des esp-sha-hmac" },
	{ "mode", 0, { { 1, 3, ESP_3DES, { { 4, 2 }, { 5, 2 } } } }, PROPOSAL_MODE, PROPOSAL_MODE,
	  "1.1*/OLD:mode", "mode transport offered, transform-set OLD has tunnel" },
	{ "UDP encapsulation", 0, { { 1, 3, ESP_3DES, { { 4, 61443 }, { 5, 2 } } } }, PROPOSAL_MODE, PROPOSAL_MODE,
	  "1.1*/OLD:mode", "mode tunnel over udp (draft) offered, transform-set OLD has tunnel" },
	{ "PFS missing", 5, { { 1, TDES } }, PROPOSAL_PFS_MISSING, PROPOSAL_PFS_MISSING,
	  "1.1*/OLD:pfs-missing", "no PFS offered, set pfs group5 is configured" },
	{ "PFS group", 5, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 3, 2 } } } }, PROPOSAL_PFS_GROUP, PROPOSAL_PFS_GROUP,
	  "1.1*/OLD:pfs-group", "PFS group 2 offered, set pfs group5 is configured" },
	{ "PFS alike", 5, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 3, 5 } } } }, PROPOSAL_OK, PROPOSAL_OK,
	  "1.1*/OLD:ok", "" },
	{ "PFS not asked for", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 3, 2 } } } }, PROPOSAL_OK, PROPOSAL_PFS_GROUP,
	  "1.1*/OLD:ok", "" },
	{ "PFS of an unknown group", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 3, 99 } } } }, PROPOSAL_PFS_GROUP,
	  PROPOSAL_PFS_GROUP, "1.1*/OLD:pfs-group", "PFS group 99 offered, which is not known here" },
	{ "AH", 0, { { 1, 2, 3, { { 4, 1 }, { 5, 2 } } } }, PROPOSAL_PROTOCOL, PROPOSAL_PROTOCOL,
	  "1.1*/STRONG:protocol", "ah-sha-hmac offered, transform-set STRONG has esp-aes 256 esp-sha256-hmac" },
	{ "AH with another HMAC than its transform says", 0, { { 1, 2, 3, { { 4, 1 }, { 5, 1 } } } }, PROPOSAL_ATTRIBUTE,
	  PROPOSAL_ATTRIBUTE, "1.1*/-:attribute",
	  "transform 1: attribute 5 is not known, has an impossible value, or is given twice" },
	{ "IPCOMP", 0, { { 1, 4, 3, { { 4, 1 } } } }, PROPOSAL_PROTOCOL, PROPOSAL_PROTOCOL,
	  "1.1*/-:protocol", "proposal 1 is for protocol 4 (IPCOMP): compression is not supported" },
	{ "protocol 9", 0, { { 1, 9, 3, { { 4, 1 } } } }, PROPOSAL_PROTOCOL, PROPOSAL_PROTOCOL,
	  "1.1*/-:protocol", "proposal 1 is for protocol 9, must be 2 (AH) or 3 (ESP)" },
	{ "AH and ESP together", 0, { { 1, 2, 3, { { 4, 1 }, { 5, 2 } } }, { 1, TDES } }, PROPOSAL_PROTOCOL, PROPOSAL_PROTOCOL,
	  "1.1*/STRONG:protocol",
	  "ah-sha-hmac esp-3des esp-sha-hmac offered, transform-set STRONG has esp-aes 256 esp-sha256-hmac" },
	{ "AH and ESP, or ESP alone", 0, { { 1, 2, 3, { { 4, 1 }, { 5, 2 } } }, { 1, TDES }, { 2, TDES } }, PROPOSAL_OK,
	  PROPOSAL_COUNT, "1.1*/STRONG:protocol 2.1*/OLD:ok", "" },
	{ "ESP twice under one number", 0, { { 1, TDES }, { 1, TDES } }, PROPOSAL_BUNDLE, PROPOSAL_BUNDLE,
	  "1.1*/-:bundle 1.1*/-:bundle", "proposal 1 joins several protocols that are not AH and ESP, once each" },
	{ "IPCOMP and ESP", 0, { { 1, TDES }, { 1, 4, 3, { { 4, 1 } } } }, PROPOSAL_BUNDLE, PROPOSAL_BUNDLE,
	  "1.1*/-:bundle 1.1*/-:bundle",
	  "proposal 1 joins compression (IPCOMP) to others: comp-lzs and its like are not supported" },
	{ "IPCOMP and ESP, or ESP alone", 0, { { 1, TDES }, { 1, 4, 3, { { 4, 1 } } }, { 2, TDES } }, PROPOSAL_OK, PROPOSAL_COUNT,
	  "1.1*/-:bundle 1.1*/-:bundle 2.1*/OLD:ok", "" },
	{ "ESN, not configured", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 11, 1 } } } }, PROPOSAL_ESN, PROPOSAL_ESN,
	  "1.1*/OLD:esn", "extended sequence numbers (esn) offered, transform-set OLD has no esn" },
	{ "ESN with an unknown value", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 11, 2 } } } }, PROPOSAL_ATTRIBUTE,
	  PROPOSAL_ATTRIBUTE, "1.1*/-:attribute",
	  "transform 1: attribute 11 is not known, has an impossible value, or is given twice" },
	{ "an unknown attribute", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 12, 1 } } } }, PROPOSAL_ATTRIBUTE,
	  PROPOSAL_ATTRIBUTE, "1.1*/-:attribute",
	  "transform 1: attribute 12 is not known, has an impossible value, or is given twice" },
	{ "the HMAC twice", 0, { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 5, 1 } } } }, PROPOSAL_ATTRIBUTE,
	  PROPOSAL_ATTRIBUTE, "1.1*/-:attribute",
	  "transform 1: attribute 5 is not known, has an impossible value, or is given twice" },
};

static void test_esp_reasons(void)
{
	for (size_t i = 0; i < COUNT(esp_rows); i++) {
		struct proposal_entry own = entry;
		struct proposal_esp_choice c;
		struct proposal_esp_compare why;
		char log[512] = "";
		struct sent s;
		int ret;

		own.group = esp_rows[i].pfs;
		raw_esp(&s, esp_rows[i].offer, 3, peer_spi);
		ret = proposal_esp_choose(s.sa, &own, log_esp, log, &c, &why);
		if (!ok(!ret == (esp_rows[i].reason == PROPOSAL_OK) && !strcmp(log, esp_rows[i].log) &&
			(ret ? why.reason == esp_rows[i].reason && !strcmp(why.text, esp_rows[i].text) :
			       !memcmp(c.spi, peer_spi, 4) && c.set),
			"phase 2, responder, %s: %s", esp_rows[i].what, esp_rows[i].text))
			printf("# %d %s %s | %s\n", ret, proposal_reason_name(why.reason), why.text, log);
		ret = proposal_esp_check(s.sa, &own, NULL, NULL, &c, &why);
		ok(!ret == (esp_rows[i].initiator == PROPOSAL_OK) && (!ret || why.reason == esp_rows[i].initiator),
		   "phase 2, initiator, %s: %s", esp_rows[i].what, ret ? why.text : "taken");
		build_free(&s.b);
	}
}

#define AES_GCM 3, ESP_AES_GCM_16, { { 4, 1 }, { 6, 128 } }
#define AH_SHA1(mode) 2, AH_SHA, { { 4, mode }, { 5, 2 } }

/* Combined modes, AH, AH around ESP, and the two modes: sets, what is offered to them, and what comes of it. */
static void test_kinds(void)
{
	static const struct proposal_set kinds[] = {
		{ "GCM", { ESP_AES_GCM_16, 128, 0, 1, 0, 0, 0, 0, false }, "file", 1, false },
		{ "GMAC", { ESP_AES_GMAC, 256, 0, 1, 0, 0, 0, 0, false }, "file", 2, false },
		{ "AH", { ESP_ABSENT, 0, 0, 1, 0, 0, 0, IPSEC_AUTH_HMAC_SHA, false }, "file", 3, false },
		{ "BOTH", { ESP_3DES, 0, 2, 1, 0, 0, 0, IPSEC_AUTH_HMAC_SHA, false }, "file", 4, false },
		{ "TRANSPORT", { ESP_3DES, 0, 1, 2, 0, 0, 0, 0, false }, "file", 5, true },
		{ "REQUIRE", { ESP_DES, 0, 1, 2, 0, 0, 0, 0, false }, "file", 6, false },
		{ "ESN", { ESP_3DES, 0, 2, 1, 0, 0, 0, 0, true }, "file", 1, false },
		{ "AHESN", { ESP_3DES, 0, 0, 1, 0, 0, 0, IPSEC_AUTH_HMAC_SHA, true }, "file", 1, false },
	};
	static const struct {
		const char *what;
		struct esp_offer offer[3];
		const char *log;
		uint16_t encaps;
		bool initiator;		/* takes it, too */
	} row[] = {
		{ "ESN", { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 2 }, { 11, 1 } } } }, "1.1*/ESN:ok", 1, true },
		{ "ESN missing", { { 1, TDES } }, "1.1*/ESN:esn", 0, false },
		{ "ESN of AH, around ESP that does not authenticate", { { 1, 2, AH_SHA, { { 4, 1 }, { 5, 2 }, { 11, 1 } } },
		  { 1, 3, ESP_3DES, { { 4, 1 } } } }, "1.1*/AHESN:ok", 1, true },
		{ "ESN of AH, and not of ESP", { { 1, 2, AH_SHA, { { 4, 1 }, { 5, 2 }, { 11, 1 } } }, { 1, TDES } }, "1.1*/-:attribute", 0,
		  false },
		{ "GCM", { { 1, AES_GCM } }, "1.1*/GCM:ok", 1, true },
		{ "GCM with an HMAC", { { 1, 3, ESP_AES_GCM_16, { { 4, 1 }, { 6, 128 }, { 5, 2 } } } }, "1.1*/GCM:authenticator", 0, false },
		{ "GCM without a key length", { { 1, 3, ESP_AES_GCM_16, { { 4, 1 } } } }, "1.1*/GCM:key-length", 0, false },
		{ "GCM with an ICV of 8", { { 1, 3, ESP_AES_GCM_8, { { 4, 1 }, { 6, 128 } } } }, "1.1*/GCM:encryption", 0, false },
		{ "GMAC", { { 1, 3, ESP_AES_GMAC, { { 4, 1 }, { 6, 256 } } } }, "1.1*/GMAC:ok", 1, true },
		{ "AH", { { 1, AH_SHA1(1) } }, "1.1*/AH:ok", 1, true },
		{ "AH with a SHA256", { { 1, 2, AH_SHA256, { { 4, 1 }, { 5, 5 } } } }, "1.1*/AH:authenticator", 0, false },
		{ "AH and ESP", { { 1, AH_SHA1(1) }, { 1, TDES } }, "1.1*/BOTH:ok", 1, true },
		{ "ESP and AH", { { 1, TDES }, { 1, AH_SHA1(1) } }, "1.1*/BOTH:ok", 1, true },
		{ "AH and ESP in different modes", { { 1, AH_SHA1(2) }, { 1, TDES } }, "1.1*/-:attribute", 0, false },
		{ "AH and ESP, of which ESP is another", { { 1, AH_SHA1(1) }, { 1, AES_GCM } }, "1.1*/BOTH:encryption", 0, false },
		{ "transport", { { 1, 3, ESP_3DES, { { 4, 2 }, { 5, 1 } } } }, "1.1*/TRANSPORT:ok", 2, true },
		{ "transport, and the peer wants tunnel", { { 1, 3, ESP_3DES, { { 4, 1 }, { 5, 1 } } } }, "1.1*/TRANSPORT:ok", 1, false },
		{ "transport required", { { 1, 3, ESP_DES, { { 4, 1 }, { 5, 1 } } } }, "1.1*/REQUIRE:mode", 0, false },
	};
	const struct proposal_entry own = { kinds, COUNT(kinds), 0, 3600, 4608000, NULL, 0, NATT_NONE };

	for (size_t i = 0; i < COUNT(row); i++) {
		struct proposal_esp_choice c;
		char log[512] = "";
		struct sent s, r;
		int ret;

		raw_esp(&s, row[i].offer, 3, peer_spi);
		ret = proposal_esp_choose(s.sa, &own, log_esp, log, &c, NULL);
		if (!ok(!strcmp(log, row[i].log) && !ret == (row[i].encaps > 0) && (ret || c.values.encaps == row[i].encaps),
			"phase 2, %s: %s", row[i].what, log))
			printf("# expected %s\n", row[i].log);
		if (!ret) {
			begin(&r);
			proposal_esp_reply(&r.b, &c, spi, spi);
			deliver(&r);
			ok(r.sa->body_len == s.sa->body_len && !memcmp(r.sa->body + 20, s.sa->body + 20, 16) &&
			   c.bundled == (c.values.ah && c.values.transform), "phase 2, %s: the answer has the order of the offer", row[i].what);
			build_free(&r.b);
		}
		ret = proposal_esp_check(s.sa, &own, NULL, NULL, &c, NULL);
		ok(!ret == row[i].initiator, "phase 2, initiator, %s: %s", row[i].what, ret ? "refused" : "taken");
		build_free(&s.b);
	}
}

/* What we offer for each kind of set is what a peer with the same set takes. */
static void test_offer_kinds(void)
{
	static const struct proposal_esp kinds[] = {
		{ ESP_AES_GCM_16, 256, 0, 1, 0, 0, 0, 0, false }, { ESP_AES_GMAC, 128, 0, 2, 0, 0, 0, 0, false },
		{ ESP_ABSENT, 0, 0, 1, 0, 0, 0, IPSEC_AUTH_HMAC_SHA512, false }, { ESP_AES, 192, 7, 1, 0, 0, 0, IPSEC_AUTH_HMAC_MD5, false },
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct proposal_set set = { "X", kinds[i], NULL, 0, false };
		struct proposal_entry own = { &set, 1, 14, 3600, 4608000, NULL, 0, NATT_NONE };
		bool ah = kinds[i].ah, esp = kinds[i].transform;
		struct proposal_esp_choice c;
		char words[PROPOSAL_WORDS];
		struct sent s;

		begin(&s);
		proposal_esp_offer(&s.b, &own, spi, peer_spi);
		deliver(&s);
		ok(!proposal_esp_choose(s.sa, &own, NULL, NULL, &c, NULL) && !memcmp(c.spi, esp ? spi : peer_spi, 4) &&
		   c.bundled == (ah && esp) && (!c.bundled || (c.ah_first && !memcmp(c.ah.spi, peer_spi, 4))) &&
		   c.values.group == 14 && c.values.life_kilobytes == 4608000,
		   "phase 2: offered and taken: %s", proposal_esp_words(&c.values, words));
		build_free(&s.b);
	}
}

static void test_esp_spi(void)
{
	static const uint8_t low[] = { 0, 0, 0, 255 };
	static const struct esp_offer o = { 1, TDES };
	struct proposal_esp_choice c;
	struct proposal_esp_compare why;
	struct proposal_entry none = entry;
	struct sent s;

	raw_esp(&s, &o, 1, low);
	ok(proposal_esp_choose(s.sa, &entry, NULL, NULL, &c, &why) == -1 && why.reason == PROPOSAL_SPI,
	   "phase 2: %s", why.text);
	build_free(&s.b);
	begin(&s);
	build_sa(&s.b);
	build_proposal(&s.b, 1, 3, "123456789abcdef", 16);
	build_transform(&s.b, 1, ESP_3DES);
	build_sa_end(&s.b);
	deliver(&s);
	ok(proposal_esp_choose(s.sa, &entry, NULL, NULL, &c, &why) == -1 && why.reason == PROPOSAL_SPI,
	   "phase 2: a SPI of 16 bytes");
	build_free(&s.b);
	none.sets = 0;
	raw_esp(&s, &o, 1, spi);
	ok(proposal_esp_choose(s.sa, &none, NULL, NULL, &c, &why) == -1 && why.reason == PROPOSAL_EMPTY,
	   "phase 2: %s", why.text);
	build_free(&s.b);
}

static void test_esp_lifetime(void)
{
	static const struct {
		uint32_t offered_s, offered_kb, own_s, own_kb, s, kb;
	} row[] = {
		{ 3600, 4608000, 3600, 4608000, 3600, 4608000 }, { 600, 4608000, 3600, 2560, 600, 2560 },
		{ 28800, 0, 3600, 4608000, 3600, 4608000 }, { 120, 100, 3600, 0, 120, 100 },
		{ 0, 0, 3600, 4608000, 3600, 4608000 }, { 0, 0, 86400, 0, 28800, 0 }, { 0, 5000, 3600, 0, 3600, 5000 },
	};
	for (size_t i = 0; i < COUNT(row); i++) {
		struct proposal_entry theirs = { &sets[1], 1, 0, row[i].offered_s, row[i].offered_kb, NULL, 0, NATT_NONE };
		struct proposal_entry own = { sets, 2, 0, row[i].own_s, row[i].own_kb, NULL, 0, NATT_NONE };
		struct proposal_esp_choice c, back;
		struct sent s, r;

		begin(&s);
		proposal_esp_offer(&s.b, &theirs, peer_spi, spi);
		deliver(&s);
		ok(!proposal_esp_choose(s.sa, &own, NULL, NULL, &c, NULL) && c.values.life_seconds == row[i].s &&
		   c.values.life_kilobytes == row[i].kb && c.offered_seconds == row[i].offered_s,
		   "phase 2: %u s, %u kB against %u s, %u kB: %u s, %u kB", row[i].offered_s, row[i].offered_kb,
		   row[i].own_s, row[i].own_kb, row[i].s, row[i].kb);
		begin(&r);
		proposal_esp_reply(&r.b, &c, spi, NULL);
		deliver(&r);
		ok(r.sa->body_len == s.sa->body_len && !memcmp(r.sa->body + 20, s.sa->body + 20, s.sa->body_len - 20u) &&
		   !memcmp(r.sa->body + 16, spi, 4) && !proposal_esp_check(r.sa, &theirs, NULL, NULL, &back, NULL) &&
		   !memcmp(back.spi, spi, 4), "phase 2: the reply is the offer with our SPI");
		build_free(&s.b);
		build_free(&r.b);
	}
}

static void test_lifetime_notify(void)
{
	uint32_t s, kb;
	uint8_t buf[24];
	size_t len;

	len = proposal_lifetimes_body(IPSEC_PROTO_ESP, 600, 4608000, buf);
	ok(len == 24 && !proposal_lifetimes(IPSEC_PROTO_ESP, buf, len, &s, &kb) && s == 600 && kb == 4608000,
	   "RESPONDER_LIFETIME of an IPsec SA, both");
	ok(proposal_lifetimes(IPSEC_PROTO_ISAKMP, buf, len, &s, &kb) == -1, "read as phase 1 it is refused");
	len = proposal_lifetimes_body(IPSEC_PROTO_ISAKMP, 3600, 0, buf);
	ok(len == 12 && !proposal_lifetimes(IPSEC_PROTO_ISAKMP, buf, len, &s, &kb) && s == 3600 && !kb,
	   "RESPONDER_LIFETIME of an IKE SA");
	ok(proposal_lifetimes(IPSEC_PROTO_ISAKMP, buf, 11, &s, &kb) == -1 &&
	   proposal_lifetimes(IPSEC_PROTO_ISAKMP, buf, 0, &s, &kb) == -1 &&
	   proposal_lifetimes(IPSEC_PROTO_ISAKMP, buf + 4, 8, &s, &kb) == -1,
	   "RESPONDER_LIFETIME cut off, empty, or without a type is refused");
}

static void test_words(void)
{
	struct proposal_esp v = { ESP_AES, 192, IPSEC_AUTH_HMAC_SHA512, 1, 0, 0, 0, 0, false };
	struct proposal_esp odd = { 250, 64000, 64000, 1, 0, 0, 0, 0, false };
	char buf[PROPOSAL_WORDS];
	const char *name, *word;
	bool all = true;

	for (int r = 0; r < __PROPOSAL_REASON_LAST; r++)
		all = all && proposal_reason_name((enum proposal_reason)r);
	ok(all, "every reason has a word");
	ok(!strcmp(proposal_esp_words(&v, buf), "esp-aes 192 esp-sha512-hmac"), "%s", buf);
	ok(!strcmp(proposal_esp_words(&odd, buf), "transform 250 64000 authenticator 64000"), "%s", buf);
	ok(!strcmp(proposal_encryption_words(IKE_ENC_AES, 128, buf), "aes"), "%s", buf);
	word = proposal_ike_attr(IKE_ATTR_ENCRYPTION, IKE_ENC_AES, &name);
	ok(!strcmp(name, "encryption") && !strcmp(word, "AES-CBC"), "debug: encryption AES-CBC");
	word = proposal_ike_attr(IKE_ATTR_GROUP, 14, &name);
	ok(!strcmp(name, "default group") && !word, "debug: default group, a number");
	word = proposal_esp_attr(IPSEC_ATTR_ENCAPS, 61443, &name);
	ok(!strcmp(name, "encaps") && !strcmp(word, "Tunnel-UDP"), "debug: encaps is 61443 (Tunnel-UDP)");
	word = proposal_esp_attr(IPSEC_ATTR_AUTH, IPSEC_AUTH_HMAC_SHA, &name);
	ok(!strcmp(name, "authenticator") && !strcmp(word, "HMAC-SHA"), "debug: authenticator is HMAC-SHA");
	word = proposal_esp_attr(30000, 1, &name);
	ok(!strcmp(name, "attribute") && !word, "debug: an unknown attribute");
	ok(!strcmp(proposal_esp_id_name(IPSEC_PROTO_ESP, ESP_AES), "ESP_AES") && !proposal_esp_id_name(IPSEC_PROTO_ESP, 250) &&
	   !strcmp(proposal_esp_id_name(IPSEC_PROTO_AH, AH_SHA256), "AH_SHA256") && !proposal_esp_id_name(IPSEC_PROTO_AH, AH_DES),
	   "debug: ESP_AES, AH_SHA256");
}

int main(void)
{
	test_ike_offer();
	test_ike_reasons();
	test_ike_order();
	test_ike_lifetime();
	test_ike_odd();
	test_ike_reply();
	test_esp_offer();
	test_esp_reasons();
	test_kinds();
	test_offer_kinds();
	test_esp_spi();
	test_esp_lifetime();
	test_lifetime_notify();
	test_words();
	return done_testing();
}
