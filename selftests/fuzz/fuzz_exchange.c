/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: two managers, a wire, two kernels and a clock; the input is a
 * script of what happens to them. Datagrams are delivered, lost, repeated,
 * reordered and changed; others are made up, also well encrypted under the
 * right keys, so that what lies behind authentication is reached; time goes on,
 * kernels report, people clear. Parsing, building and cryptography are the real
 * ones; time and randomness are the script's (virtual.h), so a script that finds
 * something finds it again.
 *
 * What must hold: at every step no more is sent to an unproven address than is
 * allowed, and books agree with what they are about; after the script, when the
 * wire is good again, a tunnel comes up; and when all ends, nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "dpd.h"
#include "exchange.h"
#include "lookup.h"
#include "qm_id.h"
#include "../unit/pair.h"
#include "../unit/pair.c.inc"

#define FLIGHTS		64u
#define STEPS		400u
#define ROUNDS		200u	/* for a tunnel to come up: half of them of 5 s, then of a minute: lifetimes end */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);

static struct pair p;
static const uint8_t *script;
static size_t script_left;

struct aloft {
	struct pair_side *to;
	struct addr from;
	uint16_t local_port, remote_port;
	size_t len;
	uint8_t *data;
};

static struct aloft wire[FLIGHTS];
static unsigned int aloft;
static bool tampered;	/* something in clear was changed, or made up: main mode's first messages are not authenticated */

#define must(holds) do { \
	if (!(holds)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
		abort(); \
	} \
} while (0)

static uint8_t u8(void)
{
	if (!script_left)
		return 0;
	script_left--;
	return *script++;
}

static uint16_t u16(void)
{
	uint16_t high = u8();

	return (uint16_t)(high << 8 | u8());
}

/* --- the wire --- */

static void lose(unsigned int i)
{
	free(wire[i].data);
	memmove(&wire[i], &wire[i + 1], sizeof(wire[0]) * (--aloft - i));
}

static void put_aloft(struct pair_side *s, uint16_t local_port, uint16_t remote_port, const void *data, size_t len)
{
	struct aloft *f;

	if (aloft == FLIGHTS)
		lose(0);
	f = &wire[aloft++];
	f->to = s->other;
	f->from = *seen_address(s);
	f->remote_port = (uint16_t)(local_port + s->nat_shift);
	f->local_port = (uint16_t)(remote_port - s->other->nat_shift);
	f->len = len;
	f->data = malloc(len);
	memcpy(f->data, data, len);
}

#define PIECE 80u

static uint8_t piece_id;
static bool in_pieces;	/* all but first messages go in pieces of IKE fragmentation */

static void put_pieces(struct pair_side *s, uint16_t local_port, uint16_t remote_port, const uint8_t *data, size_t len)
{
	uint8_t piece[ISAKMP_HEADER_LEN + 8 + PIECE];
	size_t at, part;

	piece_id++;
	for (at = 0; at < len; at += part) {
		part = len - at < PIECE ? len - at : PIECE;
		memset(piece, 0, sizeof(piece));
		memcpy(piece, data, 18);
		piece[16] = ISAKMP_PL_FRAGMENT;
		piece[18] = ISAKMP_XCHG_MAIN;
		piece[27] = (uint8_t)(ISAKMP_HEADER_LEN + 8 + part);
		piece[31] = (uint8_t)(8 + part);
		piece[33] = piece_id % 3;
		piece[34] = (uint8_t)(at / PIECE + 1);
		piece[35] = at + part == len;
		memcpy(piece + 36, data + at, part);
		put_aloft(s, local_port, remote_port, piece, ISAKMP_HEADER_LEN + 8 + part);
	}
}

static void virtual_send(void *ctx, const struct addr *local, uint16_t local_port, const struct addr *remote, uint16_t remote_port,
			 const void *data, size_t len)
{
	static const uint8_t none[8];
	struct pair_side *s = ctx;

	(void)local;
	if (len < 2 || !addr_equal(remote, seen_address(s->other)))
		return;
	if (in_pieces && len > ISAKMP_HEADER_LEN && memcmp((const uint8_t *)data + 8, none, sizeof(none)))
		put_pieces(s, local_port, remote_port, data, len);
	else
		put_aloft(s, local_port, remote_port, data, len);
}

static void arrive(const struct aloft *f, const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);	/* exactly as long: ASan sees one byte more */

	memcpy(exact, data, len);
	ike_input(&f->to->ike, &f->to->addr, f->local_port, &f->from, f->remote_port, exact, len);
	free(exact);
}

static void deliver(unsigned int i)
{
	struct aloft f = wire[i];

	memmove(&wire[i], &wire[i + 1], sizeof(wire[0]) * (--aloft - i));
	arrive(&f, f.data, f.len);
	free(f.data);
}

/* --- the kernels --- */

/* When an SA was made, and whether the kernel has told that its soft lifetime is over */
static struct life { uint64_t born; bool told; } lives[2][PAIR_SAS];

static struct life *life_of(const struct pair_side *s, const struct pair_sa *sa)
{
	return &lives[s == &p.b][sa - s->sas];
}

static int new_sa(void *ctx, const struct kernel_sa *sa)
{
	struct pair_side *s = ctx;

	int rc = pair_sas(s) == PAIR_SAS ? -ENOSPC : sa_new_(ctx, sa);

	if (!rc) {
		struct life *life = life_of(s, sa_of(s, sa->proto, sa->spi, &sa->dst));

		life->born = virtual_now(NULL);
		life->told = false;
	}
	return rc;
}

static struct kernel_ops ops;

/* The kernel takes an SA out by itself, and the AH around it. */
static void expire(struct pair_side *s, struct pair_sa *sa)
{
	struct pair_sa *ah = sa->ah_spi ? sa_of(s, IPPROTO_AH, sa->ah_spi, &sa->dst) : NULL;

	sa->used = false;
	if (ah)
		ah->used = false;
}

static struct kernel_sa_info info_of(const struct pair_sa *sa)
{
	struct kernel_sa_info info = { .reason = "seconds", .map = "VPN", .inbound = sa->inbound, .proto = sa->proto, .spi = sa->spi,
				       .src = sa->src, .dst = sa->dst, .seq = sa->seq, .local = sa->local, .remote = sa->remote };

	info.stats.in_packets = sa->inbound ? sa->packets : 0;
	info.stats.out_packets = sa->inbound ? 0 : sa->packets;
	return info;
}

/* There is traffic, and lifetimes in seconds end. */
static void lifetimes(struct pair_side *s)
{
	struct kernel_sa_info info;
	unsigned int i;

	for (i = 0; i < PAIR_SAS; i++) {
		struct pair_sa *sa = &s->sas[i];
		struct life *life = life_of(s, sa);
		uint64_t age = (virtual_now(NULL) - life->born) / 1000;

		if (!sa->used || sa->bundled || !child_find(&s->ike, sa->proto, sa->spi, sa->inbound, NULL))
			continue;
		sa->packets++;
		info = info_of(sa);
		if (sa->hard_seconds && age >= sa->hard_seconds) {
			expire(s, sa);
			ike_kernel_events.hard_expire(&s->ike, &info);
		} else if (sa->soft_seconds && age >= sa->soft_seconds && !life->told) {
			life->told = true;
			ike_kernel_events.soft_expire(&s->ike, &info);
		}
	}
}

static void tell(struct pair_side *s, unsigned int what, unsigned int which)
{
	const struct kernel_events *e = &ike_kernel_events;
	struct kernel_sa_info info;
	struct pair_sa *sa = &s->sas[which % PAIR_SAS];
	struct addr other = s->other->addr;
	unsigned int i;

	/* AH around ESP has no life of its own */
	for (i = 0; i < PAIR_SAS && (!sa->used || sa->bundled); i++)
		sa = &s->sas[(which + i) % PAIR_SAS];
	if (!sa->used || sa->bundled)
		return;
	/* a lifetime does not end before quick mode does */
	if (what % 7 < 4 && !child_find(&s->ike, sa->proto, sa->spi, sa->inbound, NULL))
		return;
	sa->packets += which;
	info = info_of(sa);
	switch (what % 7) {
	case 0:
		e->soft_expire(&s->ike, &info);
		break;
	case 1:
		expire(s, sa);
		e->hard_expire(&s->ike, &info);
		break;
	case 2:
		expire(s, sa);
		e->sa_deleted(&s->ike, &info);
		break;
	case 3:
		if (e->idle)
			e->idle(&s->ike, &info);
		break;
	case 4:
		e->used(&s->ike, sa->proto, sa->spi, &sa->dst);
		break;
	case 5:
		if (e->invalid_spi)
			e->invalid_spi(&s->ike, IPPROTO_ESP, sa->spi ^ which, &other, &s->addr, 2);
		break;
	case 6:
		if (e->moved && sa->inbound && sa->encap_sport)
			e->moved(&s->ike, sa->proto, sa->spi, seen_address(s->other), (uint16_t)(4500 + which));
		break;
	}
}

static void acquire(struct pair_side *s)
{
	if (sa_flows(&s->ike))
		pair_acquire(s);
}

/* --- messages made up --- */

static struct ike_sa *some_sa(struct pair_side *s, unsigned int which)
{
	struct ike_sa *sa = NULL;
	struct peer *peer = TAILQ_FIRST(&s->ike.peers);

	if (peer)
		sa = TAILQ_FIRST(&peer->sas);
	for (; sa && which && TAILQ_NEXT(sa, link); which--)
		sa = TAILQ_NEXT(sa, link);
	return sa;
}

static void inject(struct pair_side *to, const uint8_t *data, size_t len, uint8_t ports)
{
	struct aloft f = { .to = to, .from = *seen_address(to->other), .local_port = ports & 1 ? 4500 : 500,
			   .remote_port = (uint16_t)(ports & 2 ? 4500 : 500) };

	f.remote_port = (uint16_t)(f.remote_port + to->other->nat_shift);
	arrive(&f, data, len);
}

static size_t script_bytes(uint8_t *out, size_t room)
{
	size_t len = u8() % (room + 1), i;

	for (i = 0; i < len; i++)
		out[i] = u8();
	return len;
}

static struct exchange *nth(const struct ike_sa *sa, unsigned int n)
{
	struct exchange *x = TAILQ_FIRST(&sa->exchanges);

	for (; x && n; n--)
		x = TAILQ_NEXT(x, link);
	return x;
}

/* One payload: a good one of its type, or the script's bytes */
static void put_payload(struct wire_buf *b, struct pair_side *to, uint8_t kind)
{
	struct flow *flow = sa_flows(&to->other->ike);
	uint32_t spi = htonl(0x40000000u + u8()), ah_spi = htonl(0x50000000u + u8()), spis[16];
	struct child_sa *child;
	struct lookup_entry entry;
	uint8_t bytes[256];
	size_t len;
	unsigned int i;

	switch (kind % 12) {
	case 0:
		if (flow && lookup_entry(&to->other->ike, flow->map, flow->seq, &entry))
			proposal_esp_offer(b, &entry.proposal, (const uint8_t *)&spi, (const uint8_t *)&ah_spi);
		return;
	case 1:
		memset(bytes, u8(), sizeof(bytes));
		build_payload(b, ISAKMP_PL_NONCE, bytes, 8 + u8() % 64);
		return;
	case 2:
		if (flow) {
			qm_id_put(b, &flow->local_proxy);
			qm_id_put(b, &flow->remote_proxy);
		}
		return;
	case 3:
		len = script_bytes(bytes, 64);
		build_id(b, u8() % 13, u8(), u16(), bytes, len);
		return;
	case 4:
		len = script_bytes(bytes, 64);
		i = u8() % 20;
		build_notify(b, u8() % 4, u16(), bytes, (uint8_t)(i > len ? len : i), bytes, len);
		return;
	case 5:
		for (i = 0; flow && i < 16; i++)
			spis[i] = htonl(u8() + 0x1000u);
		child = flow ? TAILQ_FIRST(&flow->children) : NULL;
		if (child)
			spis[0] = htonl(child->spi_in);
		if (flow)
			build_delete(b, IPSEC_PROTO_ESP, 4, 1 + u8() % 16, spis);
		return;
	case 6:
		memset(bytes, u8(), sizeof(bytes));
		build_payload(b, ISAKMP_PL_KE, bytes, u8() & 1 ? 96 : 128);
		return;
	case 7:
		for (i = 0; i < 16 && some_sa(to, i); i++)
			;
		memcpy(bytes, some_sa(to, i)->icookie, 8);
		memcpy(bytes + 8, some_sa(to, i)->rcookie, 8);
		if (u8() & 1)
			build_delete(b, IPSEC_PROTO_ISAKMP, 16, 1, bytes);
		else
			build_notify(b, IPSEC_PROTO_ISAKMP, (uint16_t)(ISAKMP_N_R_U_THERE + u8() % 2), bytes, 16, &spi, 4);
		return;
	default:
		len = script_bytes(bytes, sizeof(bytes) - 1);
		build_payload(b, u8() % 34, bytes, len);
	}
}

/* Phase 2 under the receiver's own keys, with a HASH that verifies: the peer itself, misbehaving */
static void under_keys(struct pair_side *to, struct ike_sa *sa)
{
	uint8_t what = u8(), digest[ISAKMP_HASH_MAX], count;
	struct exchange *x = what & 4 ? nth(sa, u8() % 8) : NULL;
	uint32_t msgid = x ? x->msgid : 0x80000000u | u16();
	struct crypto_bytes ni = { NULL, 0 }, nr = { NULL, 0 };
	struct crypto_iv iv;
	struct wire_buf b;
	const uint8_t *rest;
	size_t hash, len;
	int err;

	build_init(&b);
	build_header(&b, sa->icookie, sa->rcookie, what & 1 ? ISAKMP_XCHG_INFO : ISAKMP_XCHG_QUICK, ISAKMP_FLAG_ENCRYPTION, msgid);
	hash = build_hash(&b, sa->keys->hash_len);
	for (count = u8() % 6; count; count--)
		put_payload(&b, to, u8());
	if (x) {
		ni = x->nonce_i;
		nr = x->nonce_r;
		iv = x->iv;
	} else if (crypto_phase2_iv(sa->keys, msgid, &iv)) {
		build_free(&b);
		return;
	}
	rest = build_after(&b, hash, &len);
	if (x && x->awaits == 2)
		err = crypto_hash2(sa->keys, msgid, ni, rest, len, digest);
	else if (x && x->awaits == 3)
		err = crypto_hash3(sa->keys, msgid, ni, nr, digest);
	else
		err = crypto_hash1(sa->keys, msgid, rest, len, digest);
	if (!err && !b.failed) {
		build_patch(&b, hash, digest, sa->keys->hash_len);
		build_pad(&b, sa->keys->block_len);
	}
	if (!err && !build_finish(&b) &&
	    !crypto_encrypt(sa->keys, &iv, b.data + ISAKMP_HEADER_LEN, b.len - ISAKMP_HEADER_LEN))
		inject(to, b.data, b.len, what >> 4);
	build_free(&b);
}

/* Cookies that fit, the rest the script's: what somebody on the path can do */
static void from_the_path(struct pair_side *to, const struct ike_sa *sa)
{
	uint8_t message[512];
	size_t len = ISAKMP_HEADER_LEN + script_bytes(message + ISAKMP_HEADER_LEN, 255);
	uint8_t what = u8();

	tampered = true;
	memset(message, 0, ISAKMP_HEADER_LEN);
	if (sa) {
		memcpy(message, sa->icookie, 8);
		memcpy(message + 8, sa->rcookie, 8);
	} else {
		message[0] = u8() | 1;
	}
	if (what & 1)
		memset(message + 8, 0, 8);
	message[16] = u8();
	message[17] = ISAKMP_VERSION;
	message[18] = what & 2 ? ISAKMP_XCHG_MAIN : u8();
	message[19] = what >> 4;
	message[23] = what & 4 ? u8() : 0;
	message[26] = (uint8_t)(len >> 8);
	message[27] = (uint8_t)len;
	inject(to, message, len, what >> 2);
}

/* Change a byte of a datagram, under its encryption if the receiver can take that off */
static void mutate(struct aloft *f)
{
	struct ike_sa *sa = f->len >= ISAKMP_HEADER_LEN ? sa_find(&f->to->ike, f->data, f->data + 8, &f->from) : NULL;
	bool encrypted = f->len > 19 && f->data[19] & ISAKMP_FLAG_ENCRYPTION;
	size_t body = f->len - ISAKMP_HEADER_LEN, at = u16();
	struct crypto_iv iv;
	struct crypto_iv again;

	if (!encrypted || !sa || !sa->keys || !sa->main || body % sa->keys->block_len || f->data[20] || f->data[21]) {
		tampered = true;
		f->data[at % f->len] ^= (uint8_t)(1 + u8());
		return;
	}
	iv = again = sa->main->iv;
	if (crypto_decrypt(sa->keys, &iv, f->data + ISAKMP_HEADER_LEN, body))
		return;
	f->data[ISAKMP_HEADER_LEN + at % body] ^= (uint8_t)(1 + u8());
	crypto_encrypt(sa->keys, &again, f->data + ISAKMP_HEADER_LEN, body);
}

/* --- what must hold --- */

static void books(struct pair_side *s)
{
	unsigned int nodes, pairs;
	struct child_sa *child;
	struct exchange *x;
	struct flow *flow;
	struct peer *peer;
	struct ike_sa *sa;

	TAILQ_FOREACH(peer, &s->ike.peers, link) {
		must(!TAILQ_EMPTY(&peer->sas));
		TAILQ_FOREACH(sa, &peer->sas, link) {
			nodes = 0;
			TAILQ_FOREACH(x, &sa->exchanges, link)
				nodes += x->sa == sa;
			must(nodes == sa->nodes && sa->used_count <= IKE_IDS_MAX);
			must(sa->initiator || sa->proven || sa->bytes_out <= sa->bytes_in * IKE_ANSWER_PERCENT / 100);
			must(sa->initiator || sa->proven || sa->state < IKE_R_MM3 || sa->deleted);
			must(sa->state != IKE_P1_COMPLETE || sa->keys);
		}
	}
	TAILQ_FOREACH(flow, &s->ike.flows, link) {
		pairs = 0;
		TAILQ_FOREACH(child, &flow->children, link)
			pairs += child->flow == flow;
		must(pairs <= IKE_PAIRS_MAX);
		must(!flow->quick || !flow->quick->finished);
	}
}

/* An outbound SA that carries traffic, and the other side has it */
static bool carries(const struct pair_side *s)
{
	unsigned int i;

	for (i = 0; i < PAIR_SAS; i++) {
		const struct pair_sa *sa = &s->sas[i];

		if (sa->used && !sa->inbound && !sa->standby && matched(sa, s->other))
			return true;
	}
	return false;
}

static void calm(uint64_t ms)
{
	unsigned int i;

	for (i = 0; i < 64 && (aloft || virtual_worker()); i++) {
		if (aloft)
			deliver(0);
	}
	virtual_advance(ms);
}

/*
 * The wire is good again, and there is traffic. Whoever can change main mode's
 * first messages makes the ends disagree about a NAT, and IKEv1 has nothing
 * against it: then somebody clears the session.
 */
static void recovers(void)
{
	unsigned int i;

	if (tampered) {
		sa_clear_session(&p.a.ike, NULL, NULL);
		sa_clear_session(&p.b.ike, NULL, NULL);
	}

	for (i = 0; i < ROUNDS && !(carries(&p.a) && carries(&p.b)); i++) {
		acquire(&p.a);
		if (i > ROUNDS / 4)
			acquire(&p.b);
		calm(20);
		calm(i < ROUNDS / 2 ? 4980 : 59980);
		lifetimes(&p.a);
		lifetimes(&p.b);
	}
	must(carries(&p.a) && carries(&p.b));
}

/* --- the script --- */

static void clear(uint8_t what)
{
	struct pair_side *s = what & 1 ? &p.b : &p.a;

	switch (what >> 1 & 3) {
	case 0:
		sa_clear_ipsec(&s->ike, NULL, NULL);
		break;
	case 1:
		sa_clear_ike(&s->ike, 0);
		break;
	case 2:
		sa_clear_session(&s->ike, NULL, NULL);
		break;
	case 3:
		ike_configure(&s->ike, s->config);
		break;
	}
}

static void step(void)
{
	static const uint32_t times[] = { 1, 20, 200, 1000, 5000, 20000, 60000, 1800000 };
	uint8_t op = u8();
	struct pair_side *s = op & 0x80 ? &p.b : &p.a;
	struct ike_sa *sa;
	struct aloft copy;

	switch (op & 15) {
	case 0:
	case 1:
	case 2:
		if (aloft)
			deliver(0);
		return;
	case 3:
		if (aloft)
			lose(0);
		return;
	case 4:
		if (aloft)
			arrive(&wire[0], wire[0].data, wire[0].len);
		return;
	case 5:
		if (aloft > 1)
			deliver(1 + u8() % (aloft - 1));
		return;
	case 6:
		if (aloft) {
			mutate(&wire[0]);
			deliver(0);
		}
		return;
	case 7:
		/* a changed one before the true one */
		if (!aloft || aloft == FLIGHTS)
			return;
		copy = wire[0];
		copy.data = malloc(copy.len);
		memcpy(copy.data, wire[0].data, copy.len);
		mutate(&copy);
		arrive(&copy, copy.data, copy.len);
		free(copy.data);
		return;
	case 8:
		from_the_path(s, some_sa(s, op >> 4 & 3));
		return;
	case 9:
	case 10:
		sa = some_sa(s, op >> 4 & 3);
		if (sa && sa->keys)
			under_keys(s, sa);
		return;
	case 11:
		virtual_advance(times[op >> 4 & 7]);
		return;
	case 12:
		tell(s, op >> 4, u8());
		return;
	case 13:
		acquire(s);
		return;
	case 14:
		if (op & 0x10)
			clear(u8());
		else if (op & 0x20)
			s->refuse_sa_new = 1 + (op >> 6 & 1);
		else
			from_the_path(s, NULL);
		return;
	case 15:
		virtual_worker();
		return;
	}
}

/* --- one run --- */

static void hear(void *arg, const struct event *ev, json_t *json)
{
	const struct pair_side *s = arg;
	char *text;

	(void)ev;
	must(json_object_size(json) > 0);
	if (!getenv("FUZZ_VERBOSE"))
		return;
	text = json_dumps(json, JSON_COMPACT);
	fprintf(stderr, "%c %llu %s\n", s == &p.a ? 'a' : 'b', (unsigned long long)virtual_now(NULL), text);
	free(text);
}

enum {
	WITH_AH = 1, WITH_PFS = 2, WITH_NAT = 4, WITH_LISTENERS = 8, FROM_NOTHING = 16, IN_PIECES = 32, AGGRESSIVE = 64,
	CONFIGURED = WITH_AH | WITH_PFS | AGGRESSIVE | IN_PIECES,
};

/* Read once: fuzz_config.c is about reading. */
static struct config *configuration(char site, uint8_t options)
{
	static struct config *kept[2][256];
	struct config **c = &kept[site == 'b'][options & CONFIGURED];
	char *text, *whole, extra[80];

	if (!*c) {
		snprintf(extra, sizeof(extra), "%s%s", options & WITH_PFS ? " set pfs group1\n" : "",
			 options & AGGRESSIVE && site == 'a' ? " set isakmp-profile P\n" : "");
		text = pair_config(site, " encr aes\n group 1", options & WITH_AH ? "ah-sha-hmac esp-aes" : "esp-aes esp-sha-hmac", extra);
		if (asprintf(&whole, "%s%s%s", options & IN_PIECES ? "crypto isakmp fragmentation\n" : "",
			     !(options & AGGRESSIVE) ? "" : site == 'b' ? "no crypto isakmp aggressive-mode disable\n" :
			     "crypto isakmp profile P\n match identity address 198.51.100.0 255.255.255.0\n initiate mode aggressive\n",
			     text) < 0)
			abort();
		*c = pair_read(whole);
		free(whole);
		free(text);
	}
	return *c;
}

static void side(struct pair_side *s, struct pair_side *other, const char *addr, char site, uint8_t options)
{
	struct ike_world world = { .send = virtual_send, .send_ctx = s, .kernel = &ops, .kernel_ctx = s };
	struct ike_binding binding = { .name = "eth0", .ifname = "eth0", .ifindex = 2, .map = "VPN", .mtu = 1500 };

	memset(s, 0, sizeof(*s));
	s->pair = &p;
	s->other = other;
	addr_parse(addr, &s->addr);
	s->next_spi = 0x1000;
	s->hub = event_hub_new();
	ike_init(&s->ike, &p.loop, s->hub, &world);
	s->config = configuration(site, options);
	binding.local = s->addr;
	/* in aggressive mode the managers themselves make the pieces */
	if (options & IN_PIECES && options & AGGRESSIVE)
		binding.mtu = 300;
	ike_bindings(&s->ike, &binding, 1);
	ike_configure(&s->ike, s->config);
}

static void begin(uint8_t options)
{
	virtual_reset(1);
	aloft = 0;
	tampered = false;
	in_pieces = options & IN_PIECES && !(options & AGGRESSIVE);
	piece_id = 0;
	ops = kernel;
	ops.sa_new = new_sa;
	side(&p.a, &p.b, "192.0.2.1", 'a', options);
	side(&p.b, &p.a, "198.51.100.1", 'b', options);
	if (options & WITH_NAT) {
		p.a.nat = p.a.addr;	/* the same address, other ports */
		p.a.nat_shift = 10000;
	}
	if (options & WITH_LISTENERS || getenv("FUZZ_VERBOSE")) {
		event_subscribe(p.a.hub, hear, &p.a);
		event_subscribe(p.b.hub, hear, &p.b);
	}
	/* most scripts begin where it becomes interesting */
	if (!(options & FROM_NOTHING)) {
		acquire(&p.a);
		calm(100);
		calm(100);
	}
}

static void end_side(struct pair_side *s)
{
	ike_fini(&s->ike);
	must(!pair_sas(s) && !s->reserved);
	event_hub_free(s->hub);
}

static void end(void)
{
	ike_stop(&p.a.ike);
	ike_stop(&p.b.ike);
	while (virtual_worker())
		;
	virtual_advance(300000);
	while (aloft)
		lose(0);
	end_side(&p.a);
	end_side(&p.b);
	must(!virtual_timers());
}

/* Twice as many runs a second: less memory is touched. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=8:malloc_context_size=8";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *why;

	(void)argc, (void)argv;
	return crypto_init(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int steps = 0;

	script = data;
	script_left = size;
	begin(u8());
	while (script_left && steps++ < STEPS) {
		step();
		books(&p.a);
		books(&p.b);
	}
	recovers();
	books(&p.a);
	books(&p.b);
	end();
	return 0;
}
