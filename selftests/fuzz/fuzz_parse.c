/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: any bytes as an ISAKMP datagram, taken as already decrypted. All
 * that the index hands out is touched, so that the sanitizers see every length
 * that parse.c let pass; an accepted SA payload also goes through the matching.
 *
 * The first byte picks whether the header is used as it came or patched so
 * that the payloads are reached: a mutator does not find the length field.
 */
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "proposal.h"
#include "vendor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void touch(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sink ^= p[i];
}

static void report_ike(void *arg, const struct proposal_ike_compare *c)
{
	(void)arg;
	sink ^= (uint8_t)strlen(c->text) ^ (uint8_t)c->offer->attrs;
}

static void report_esp(void *arg, const struct proposal_esp_compare *c)
{
	(void)arg;
	sink ^= (uint8_t)strlen(c->text) ^ (uint8_t)c->offer->attrs;
}

static void match(const struct parse_payload *sa)
{
	static const struct proposal_policy policy[] = {
		{ 10, { IKE_ENC_AES, 256, IKE_HASH_SHA256, 14, IKE_AUTH_PSK, 86400, 0 }, "f", 1 },
		{ 20, { IKE_ENC_3DES, 0, IKE_HASH_SHA, 2, IKE_AUTH_PSK, 3600, 0 }, "f", 2 },
	};
	static const struct proposal_set set[] = {
		{ .name = "A", .values = { .transform = ESP_AES, .key_bits = 256, .auth = IPSEC_AUTH_HMAC_SHA256,
					   .encaps = IPSEC_ENCAPS_TUNNEL }, .file = "f", .line = 3 },
		{ .name = "B", .values = { .transform = ESP_3DES, .auth = IPSEC_AUTH_HMAC_SHA,
					   .encaps = IPSEC_ENCAPS_TUNNEL }, .file = "f", .line = 4, .tunnel_too = true },
		{ .name = "C", .values = { .transform = ESP_AES, .key_bits = 128, .auth = IPSEC_AUTH_HMAC_SHA, .ah = IPSEC_AUTH_HMAC_SHA,
					   .encaps = IPSEC_ENCAPS_TRANSPORT, .esn = true }, .file = "f", .line = 5 },
	};
	struct proposal_entry entry = { .set = set, .sets = 3, .life_seconds = 3600, .life_kilobytes = 4608000 };
	struct proposal_ike_compare ike_why;
	struct proposal_esp_compare esp_why;
	struct proposal_ike_choice ike;
	struct proposal_esp_choice esp;
	const char *attribute;
	struct wire_buf b;

	build_init(&b);
	build_header(&b, (const uint8_t *)"12345678", NULL, ISAKMP_XCHG_MAIN, 0, 0);
	if (!proposal_ike_choose(sa, policy, 2, true, report_ike, NULL, &ike, &ike_why))
		proposal_ike_reply(&b, &ike);
	proposal_ike_check(sa, policy, 2, report_ike, NULL, &ike, &ike_why, &attribute);
	if (!proposal_esp_choose(sa, &entry, report_esp, NULL, &esp, &esp_why))
		proposal_esp_reply(&b, &esp, (const uint8_t *)"spi!", (const uint8_t *)"spi?");
	entry.group = 2;
	proposal_esp_check(sa, &entry, report_esp, NULL, &esp, &esp_why);
	/* What was accepted must also be possible to say again. */
	if (build_finish(&b))
		abort();
	build_free(&b);
}

static void walk_sa(const struct parse_payload *sa)
{
	struct parse_proposal p = { 0 };

	while (parse_proposal_next(sa, &p)) {
		struct parse_transform t = { 0 };

		touch(p.spi, p.spi_size);
		while (parse_transform_next(&p, &t)) {
			struct parse_attribute a = { 0 };
			const char *name;

			while (parse_attribute_next(&t, &a)) {
				touch(a.value, a.len);
				proposal_ike_attr(a.type, a.number, &name);
				proposal_esp_attr(a.type, a.number, &name);
				sink ^= (uint8_t)strlen(name);
			}
		}
	}
	match(sa);
}

static void walk_payload(const struct parse_message *m, const struct parse_payload *p)
{
	struct vendor_info v;
	struct parse_notify n;
	struct parse_delete d;
	struct parse_id id;
	uint32_t seconds, kilobytes;
	size_t len;

	touch(p->body, p->body_len);
	touch(parse_after(m, p, &len), len);
	if (parse_find_next(m, p) && parse_count(m, p->type) < 2)
		abort();
	switch (p->type) {
	case ISAKMP_PL_SA:
		walk_sa(p);
		break;
	case ISAKMP_PL_ID:
		parse_id(p, &id);
		touch(id.data, id.len);
		break;
	case ISAKMP_PL_NOTIFY:
		parse_notify(p, &n);
		touch(n.spi, n.spi_size);
		touch(n.data, n.len);
		proposal_lifetimes(n.protocol, n.data, n.len, &seconds, &kilobytes);
		break;
	case ISAKMP_PL_DELETE:
		parse_delete(p, &d);
		touch(d.spi, (size_t)d.spi_size * d.count);
		break;
	case ISAKMP_PL_VID:
		vendor_identify(p->body, p->body_len, &v);
		sink ^= (uint8_t)strlen(v.hex);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_message m;
	struct parse_failure f;
	struct parse_header h;
	bool patch;
	uint8_t *msg;

	if (!size)
		return 0;
	patch = data[0] & 1;
	size--;
	msg = malloc(size ? size : 1);	/* exactly as long as the datagram: ASan sees one byte more */
	if (!msg)
		return 0;
	memcpy(msg, data + 1, size);
	if (patch && size >= ISAKMP_HEADER_LEN) {
		msg[17] = ISAKMP_VERSION;
		msg[24] = (uint8_t)(size >> 24);
		msg[25] = (uint8_t)(size >> 16);
		msg[26] = (uint8_t)(size >> 8);
		msg[27] = (uint8_t)size;
	}
	if (!parse_header(msg, size, &h, &f)) {
		int ret = parse_payloads(&h, msg, &m, &f);

		if (ret && (f.error == PARSE_OK || f.offset > size || !f.text[0]))
			abort();
		for (unsigned int i = 0; i < m.count; i++)
			walk_payload(&m, &m.payload[i]);
	} else if (f.error == PARSE_OK || !f.text[0]) {
		abort();
	}
	free(msg);
	return 0;
}
