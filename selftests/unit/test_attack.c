/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A manager under attack: floods of first messages from one address and from
 * forged ones, amplification, forged messages for a live SA, malformed ones
 * (and what they cost), and a peer that has the keys and misuses them. An
 * honest peer gets through, and keeps what it has.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exchange.h"
#include "lookup.h"
#include "pair.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT		20000
#define DATAGRAMS	100000u
/* a bound that a slow, busy machine keeps, with the sanitizers; what it is elsewhere is printed */
#define COST_MAX_US	250.0

static struct pair p;
static size_t bytes_out;	/* from b to others than a */
static unsigned int datagrams_out;

static void count_send(void *ctx, const struct addr *local, uint16_t local_port, const struct addr *remote,
		       uint16_t remote_port, const void *data, size_t len)
{
	struct pair_side *s = ctx;

	if (addr_equal(remote, &s->other->addr)) {
		send_(ctx, local, local_port, remote, remote_port, data, len);
		return;
	}
	bytes_out += len;
	datagrams_out++;
}

/* @key_b: for which addresses b has a key */
static void start(const char *set_extra, const char *key_b, const char *more_b)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", set_extra);
	char *b = pair_config('b', " encr aes\n group 2", "esp-aes esp-sha-hmac", set_extra), *whole = NULL;

	if (asprintf(&whole, "crypto isakmp key ciscokey address %s\n%s%s", key_b, more_b, b) < 0)
		abort();
	pair_start(&p, a, whole);
	p.a.ike.schedule.retransmit[0] = p.b.ike.schedule.retransmit[0] = LIMIT;
	p.b.ike.world.send = count_send;
	bytes_out = datagrams_out = 0;
	free(a);
	free(b);
	free(whole);
}

/* Everybody has the key, the network of the forged addresses included. */
static void start_open(void)
{
	start("", "0.0.0.0 0.0.0.0", "");
}

static void stop(const char *what)
{
	ok(!pair_stop(&p), "%s: no SA and no reserved SPI stays in a kernel", what);
}

static struct addr address(uint32_t n)
{
	struct in_addr in = { htonl(0x0a640000u + n) };	/* 10.100.0.0 + n */

	return addr_v4(in);
}

/* Message 1 with one proposal that b takes, @encr wrong: with one that it refuses; as short as it can be */
static size_t first_message(uint8_t *out, uint64_t cookie, bool wrong, bool vendors)
{
	struct proposal_policy own[PROPOSAL_POLICIES_MAX];
	struct wire_buf b;
	size_t len;

	lookup_policies(&p.a.ike, own);
	if (wrong)
		own[0].values.encryption = IKE_ENC_DES, own[0].values.key_bits = 0;
	cookie++;
	build_init(&b);
	build_header(&b, (const uint8_t *)&cookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
	build_sa(&b);
	build_proposal(&b, 1, IPSEC_PROTO_ISAKMP, NULL, 0);
	build_transform(&b, 1, 1);
	build_attribute(&b, 1, own[0].values.encryption);
	if (own[0].values.key_bits)
		build_attribute(&b, 14, own[0].values.key_bits);
	build_attribute(&b, 2, own[0].values.hash);
	build_attribute(&b, 3, own[0].values.auth);
	build_attribute(&b, 4, own[0].values.group);
	build_sa_end(&b);
	for (unsigned int kind = VENDOR_UNKNOWN; vendors && kind < 32; kind++) {
		const uint8_t *id = vendor_bytes((enum vendor_kind)kind, &len);

		if (id)
			build_payload(&b, ISAKMP_PL_VID, id, len);
	}
	if (build_finish(&b))
		abort();
	len = b.len;
	memcpy(out, b.data, len);
	build_free(&b);
	return len;
}

static void from(const struct addr *remote, const void *data, size_t len)
{
	ike_input(&p.b.ike, &p.b.addr, 500, remote, 500, data, len);
}

/* --- amplification --- */

static void amplification(void)
{
	static const struct { const char *what; bool wrong, vendors; unsigned int copies; } row[] = {
		{ "the shortest first message", false, false, 1 },
		{ "one with all vendor IDs", false, true, 1 },
		{ "the shortest, fifty times", false, false, 50 },
		{ "with vendor IDs, fifty times", false, true, 50 },
		{ "a proposal that is refused", true, false, 1 },
		{ "the same fifty times", true, false, 50 },
		{ "refused, with all vendor IDs", true, true, 1 },
	};
	uint8_t message[2000];
	struct addr remote;
	unsigned int i, j;
	size_t in, len;

	start_open();
	p.b.ike.schedule.half_open = 100;
	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bytes_out = datagrams_out = in = 0;
		remote = address(i);
		len = first_message(message, i, row[i].wrong, row[i].vendors);
		for (j = 0; j < row[i].copies; j++) {
			from(&remote, message, len);
			in += len;
		}
		ok(datagrams_out && bytes_out * 2 <= in * 3, "%s: %zu bytes came, %zu went: %.2f times", row[i].what, in, bytes_out,
		   (double)bytes_out / (double)in);
	}
	bytes_out = 0;
	pair_sleep(&p, 250);
	ok(!bytes_out && !sa_half_open(&p.b.ike), "nothing is repeated to who has not answered, until it is given up");
	stop("amplification");
}

/* --- floods --- */

static unsigned int sas(const struct pair_side *s)
{
	struct admission_state state = admission_state(&s->ike);
	const struct peer *peer;
	const struct ike_sa *sa;
	unsigned int count = 0;

	TAILQ_FOREACH(peer, &s->ike.peers, link)
		TAILQ_FOREACH(sa, &peer->sas, link)
			count++;
	return count - state.active;
}

static struct timer flood_timer;
static unsigned int flood_sources, flood_burst, flood_sent;
static bool flood_wrong;

/* @flood_burst first messages each ms, from @flood_sources addresses */
static void flood(void *arg)
{
	uint8_t message[200];
	struct addr remote;
	unsigned int i;

	for (i = 0; i < flood_burst; i++, flood_sent++) {
		size_t len = first_message(message, flood_sent + 1000, flood_wrong, false);

		remote = flood_sources ? address(flood_sent % flood_sources) : p.a.addr;
		from(&remote, message, len);
	}
	timer_start(&flood_timer, &p.loop, 1, flood, arg);
}

static bool flooded(struct pair *q)
{
	(void)q;
	return flood_sent >= (flood_sources ? 2500 : 1200);
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static struct event_hub *quiet(struct pair_side *s)
{
	struct event_hub *hub = s->ike.hub;

	s->ike.hub = event_hub_new();
	return hub;
}

static void loud(struct pair_side *s, struct event_hub *hub)
{
	event_hub_free(s->ike.hub);
	s->ike.hub = hub;
}

/* While it goes on, a connects. */
static void floods(void)
{
	static const struct { const char *what; unsigned int sources; bool wrong; const char *more; } row[] = {
		{ "one address", 1, false, "" },
		{ "one address, whose proposals are refused", 1, true, "" },
		{ "sixteen addresses", 16, false, "" },
		{ "50000 forged addresses", 50000, false, "" },
		{ "50000 forged addresses, refused", 50000, true, "" },
		{ "the honest peer's own address", 0, false, "" },
		{ "one address, with a limit of ten", 1, false, "crypto call admission limit ike in-negotiation-sa 10\n" },
	};
	struct admission_state state;
	struct event_hub *hub;
	unsigned int i, j;
	uint64_t begun;
	double cost;
	bool up;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start("", "0.0.0.0 0.0.0.0", row[i].more);
		for (j = 0; j < IKE_RETRANSMITS; j++)
			p.a.ike.schedule.retransmit[j] = 100u << j;
		hub = quiet(&p.b);
		flood_sources = row[i].sources;
		/* from its own address only so many that some of the rate is left for it */
		flood_burst = flood_sources ? 5 : 1;
		flood_sent = 0;
		flood_wrong = row[i].wrong;
		flood(NULL);
		pair_run(&p, flooded, LIMIT);
		begun = uv_now(&p.loop);
		pair_acquire(&p.a);
		up = pair_run(&p, pair_up, LIMIT);
		ok(up, "a flood from %s: an honest peer's tunnel comes up in %llu ms", row[i].what,
		   (unsigned long long)(uv_now(&p.loop) - begun));
		timer_stop(&flood_timer);
		state = admission_state(&p.b.ike);
		ok(state.negotiating <= state.max_negotiating && sas(&p.b) <= state.max_negotiating + IKE_BURIED_MAX + 1,
		   "%u first messages: %u exchanges and %u SAs are kept", flood_sent, state.negotiating, sas(&p.b));
		ok(p.b.ike.admission.incoming == p.b.ike.admission.incoming_accepted + p.b.ike.admission.incoming_rejected,
		   "each is counted once");
		cost = now_us();
		flood_burst = 2000;
		flood(NULL);
		timer_stop(&flood_timer);
		cost = (now_us() - cost) / 2000;
		ok(cost < 4 * COST_MAX_US, "%.1f us each", cost);
		loud(&p.b, hub);
		stop(row[i].what);
	}
}

/* A reload lowers the limit: the next first message brings them down to it. */
static void lowered(void)
{
	struct config *config;
	struct event_hub *hub;
	unsigned int before;

	start("", "0.0.0.0 0.0.0.0", "");
	config = p.b.config;
	hub = quiet(&p.b);
	flood_sources = 50000;
	flood_burst = 5;
	flood_sent = 0;
	flood_wrong = false;
	flood(NULL);
	pair_run(&p, flooded, LIMIT);
	before = admission_state(&p.b.ike).negotiating;
	config->admission_negotiating = 10;
	flood(NULL);
	timer_stop(&flood_timer);
	ok(before > 10 && admission_state(&p.b.ike).negotiating == 10, "%u in negotiation, the limit is lowered to 10: %u", before,
	   admission_state(&p.b.ike).negotiating);
	loud(&p.b, hub);
	stop("a lowered limit");
}

static void rates(void)
{
	struct addr one = address(1), other = address(2);
	unsigned int i, passed = 0, others = 0;

	start_open();
	for (i = 0; i < 3000; i++)
		passed += admission_take(&p.b.ike, &one, ADMISSION_BEGIN, 1);
	ok(passed == 1000, "3000 first messages of one source at once: %u may", passed);
	for (i = 0; i < 100; i++)
		others += admission_take(&p.b.ike, &other, ADMISSION_BEGIN, 1);
	ok(others == 100, "another source is not touched by it");
	for (i = 0, others = 0; i < 100000; i++) {
		struct addr any = address(1000 + i);

		others += admission_take(&p.b.ike, &any, ADMISSION_BEGIN, 1);
	}
	ok(others == 100000, "nor is any of 100000 more");
	pair_sleep(&p, 100);
	for (i = 0, passed = 0; i < 3000; i++)
		passed += admission_take(&p.b.ike, &other, ADMISSION_COMPUTE, 1);
	ok(passed == 200, "key exchanges: %u at once", passed);
	stop("rates");
}

/* a's cookie is repeated, so it gets through: Diffie-Hellman for who is not authenticated is bounded for each source. */
static void limits_configured(void)
{
	struct admission_state state;
	uint8_t message[200];
	struct addr remote = address(1);

	start("", "0.0.0.0 0.0.0.0", "crypto call admission limit ike sa 1\n");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "limit ike sa 1: the first peer");
	state = admission_state(&p.b.ike);
	ok(state.active == 1 && state.max_active == 1, "is counted");
	from(&remote, message, first_message(message, 1, false, false));
	ok(!datagrams_out && p.b.ike.admission.active == 1, "the second is not answered");
	ok(pair_events(&p.b, "packet-dropped", "detail", "crypto call admission limit ike sa 1 is reached") == 1, "and the debug says why");
	from(&p.a.addr, message, first_message(message, 2, false, false));
	ok(p.b.ike.admission.active == 1, "who is here already may come again");
	p.b.ike.schedule.half_open = 10;
	stop("limits");
}

/* --- forged and malformed messages --- */

static void patch_length(uint8_t *message, size_t len)
{
	message[24] = (uint8_t)(len >> 24);
	message[25] = (uint8_t)(len >> 16);
	message[26] = (uint8_t)(len >> 8);
	message[27] = (uint8_t)len;
}

/* What a sender can know or guess: cookies, version, length, exchange; the rest is noise. */
static size_t forge(uint8_t *message, const struct ike_sa *sa, unsigned int i)
{
	static const uint8_t exchanges[] = { ISAKMP_XCHG_MAIN, ISAKMP_XCHG_QUICK, ISAKMP_XCHG_INFO, 4, 6, 33 };
	size_t len = 28 + (size_t)(rand() % 40) * (i & 1 ? 16 : 7);
	const struct exchange *x;
	size_t j;

	for (j = 0; j < len; j++)
		message[j] = (uint8_t)rand();
	memcpy(message, sa->icookie, 8);
	memcpy(message + 8, sa->rcookie, 8);
	if (i % 5 == 0)
		memset(message + 8, 0, 8);
	message[16] = (uint8_t)(rand() % 22);
	message[17] = 0x10;
	message[18] = exchanges[(unsigned int)rand() % sizeof(exchanges)];
	message[19] = (uint8_t)(i & 1);
	if (message[18] == ISAKMP_XCHG_MAIN)
		memset(message + 20, 0, 4);
	/* the exchange that is under way */
	x = TAILQ_FIRST(&sa->exchanges);
	if (message[18] == ISAKMP_XCHG_QUICK && x && i % 3)
		memcpy(message + 20, (const uint32_t[]){ htonl(x->msgid) }, 4);
	patch_length(message, len);
	return len;
}

static void forged(void)
{
	uint64_t life_a, life_b;
	struct ike_sa *sa, *at_a;
	uint8_t message[1000];
	struct event_hub *hub;
	unsigned int i, sent;
	enum ike_state state;
	uint16_t port;

	start("", "192.0.2.1", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	sa = sa_established(&p.b.ike, &p.b.addr, &p.a.addr);
	at_a = sa_established(&p.a.ike, &p.a.addr, &p.b.addr);
	life_b = timer_left(&sa->life, &p.loop);
	life_a = timer_left(&at_a->life, &p.loop);
	state = sa->state;
	port = sa->remote_port;
	sent = p.b.sent;
	hub = quiet(&p.b);
	srand(2);
	for (i = 0; i < 20000; i++)
		ike_input(&p.b.ike, &p.b.addr, i & 2 ? 500 : 4500, &p.a.addr, (uint16_t)(i & 4 ? 500 : 1024 + i), message,
			  forge(message, sa, i));
	loud(&p.b, hub);
	ok(sa->state == state && !sa->deleted && sa->remote_port == port && sa->local_port == 500,
	   "20000 messages with its cookies and forged contents: the SA's state and port are the same");
	ok(sa->used_count < 4 && sa->nodes < 4, "they leave nothing behind");
	ok(timer_left(&sa->life, &p.loop) + 5000 > life_b && timer_left(&at_a->life, &p.loop) + 5000 > life_a, "nor do they move its timers");
	ok(p.b.sent - sent <= 10, "%u answers", p.b.sent - sent);
	ok(sa_established(&p.b.ike, &p.b.addr, &p.a.addr) == sa && pair_up(&p), "the tunnel is up");
	sa_clear_ipsec(&p.a.ike, NULL, NULL);
	pair_sleep(&p, 20);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "and the IKE SA still makes another");
	stop("forged");
}

/* Forged messages while a main mode is under way: dropped at each step, and it completes. */
static unsigned int forgeries;

static bool forge_each(struct pair *q, struct pair_side *s, uint8_t *data, size_t *len)
{
	const struct ike_sa *sa = TAILQ_FIRST(&TAILQ_FIRST(&s->ike.peers)->sas);
	uint8_t message[1000];
	unsigned int i;

	(void)q, (void)data, (void)len;
	for (i = 0; i < 50; i++, forgeries++) {
		size_t room = forge(message, sa, i | 1);	/* encrypted: without keys, or garbage under them */

		ike_input(&s->other->ike, &s->other->addr, 500, &s->addr, 500, message, room);
		ike_input(&s->ike, &s->addr, 500, &s->other->addr, 500, message, room);
	}
	return true;
}

static void forged_early(void)
{
	bool up;

	start("", "192.0.2.1", "");
	forgeries = 0;
	p.pass = forge_each;
	pair_acquire(&p.a);
	up = pair_run(&p, pair_up, LIMIT);
	ok(up && forgeries >= 450, "%u garbled messages between those of a main mode and a quick mode: the tunnel comes up", forgeries);
	p.pass = NULL;
	stop("forged early");
}

struct sample {
	const char *what;
	size_t (*make)(uint8_t *out, unsigned int i);
};

static size_t noise(uint8_t *out, unsigned int i)
{
	size_t len = i % 1400, j;

	for (j = 0; j < len; j++)
		out[j] = (uint8_t)rand();
	return len;
}

static size_t stray(uint8_t *out, unsigned int i)
{
	size_t len = 28 + 16 * (i % 60);

	noise(out, 28);
	out[17] = 0x10;
	out[18] = i & 1 ? ISAKMP_XCHG_QUICK : ISAKMP_XCHG_INFO;
	patch_length(out, len);
	return len;
}

/* A first message with a payload chain that breaks somewhere */
static size_t broken(uint8_t *out, unsigned int i)
{
	size_t len = first_message(out, i, false, true);

	out[28 + (unsigned int)rand() % (len - 28)] ^= (uint8_t)(1 + rand() % 255);
	out[30] = 0;
	out[31] = (uint8_t)(rand() % 64);
	return len;
}

static size_t long_noise(uint8_t *out, unsigned int i)
{
	stray(out, i);
	patch_length(out, 16384);
	return 16384;
}

static size_t known_cookies(uint8_t *out, unsigned int i)
{
	return forge(out, sa_established(&p.b.ike, &p.b.addr, &p.a.addr), i);
}

/* The most that a first message makes us compare: 255 transforms, none of which fits */
static size_t many(uint8_t *out, unsigned int i)
{
	static uint8_t kept[16384];
	static size_t len;
	uint64_t cookie = i + 1;
	struct wire_buf b;
	unsigned int t;

	if (!len) {
		build_init(&b);
		build_header(&b, (const uint8_t *)&cookie, NULL, ISAKMP_XCHG_MAIN, 0, 0);
		build_sa(&b);
		build_proposal(&b, 1, IPSEC_PROTO_ISAKMP, NULL, 0);
		for (t = 1; t <= 255; t++) {
			build_transform(&b, (uint8_t)t, 1);
			build_attribute(&b, 1, 5);
			build_attribute(&b, 2, 1 + t % 6);
			build_attribute(&b, 3, 1 + t % 4);
			build_attribute(&b, 4, 14);
		}
		build_sa_end(&b);
		if (build_finish(&b))
			abort();
		memcpy(kept, b.data, len = b.len);
		build_free(&b);
	}
	memcpy(out, kept, len);
	memcpy(out, &cookie, 8);
	return len;
}

static void costs(void)
{
	static const struct sample samples[] = {
		{ "noise", noise }, { "no such SA", stray }, { "broken first messages", broken },
		{ "16 KiB with unknown cookies", long_noise }, { "an SA's cookies and garbage", known_cookies },
		{ "255 transforms that don't fit", many },
	};
	static uint8_t message[32768];
	struct addr remote = address(7);
	struct event_hub *hub;
	unsigned int s, i, n;
	double cost;

	start_open();
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	hub = quiet(&p.b);
	for (s = 0; s < sizeof(samples) / sizeof(samples[0]); s++) {
		double made = 0, begin;

		n = DATAGRAMS / 5;
		srand(3);
		cost = now_us();
		for (i = 0; i < n; i++) {
			begin = now_us();
			size_t len = samples[s].make(message, i);
			made += now_us() - begin;
			from(samples[s].make == known_cookies ? &p.a.addr : &remote, message, len);
		}
		cost = (now_us() - cost - made) / n;
		ok(cost < COST_MAX_US, "%s: %u datagrams, %.2f us each", samples[s].what, n, cost);
	}
	loud(&p.b, hub);
	ok(pair_up(&p), "the tunnel is up");
	stop("costs");
}

/* --- a peer that has the keys --- */

/* From a to b under their IKE SA: the payloads of @b, of which the HASH is the first */
static void inject(struct wire_buf *b, size_t hash, uint32_t msgid)
{
	struct ike_sa *sa = sa_established(&p.a.ike, &p.a.addr, &p.b.addr);
	uint8_t digest[ISAKMP_HASH_MAX];
	struct crypto_iv iv;
	const uint8_t *rest;
	size_t len;

	rest = build_after(b, hash, &len);
	crypto_hash1(sa->keys, msgid, rest, len, digest);
	build_patch(b, hash, digest, sa->keys->hash_len);
	build_pad(b, sa->keys->block_len);
	if (build_finish(b) || crypto_phase2_iv(sa->keys, msgid, &iv) ||
	    crypto_encrypt(sa->keys, &iv, b->data + ISAKMP_HEADER_LEN, b->len - ISAKMP_HEADER_LEN))
		abort();
	pair_inject(&p.a, b->data, b->len);
	build_free(b);
}

static size_t begin(struct wire_buf *b, uint8_t type, uint32_t msgid)
{
	const struct ike_sa *sa = sa_established(&p.a.ike, &p.a.addr, &p.b.addr);

	build_init(b);
	build_header(b, sa->icookie, sa->rcookie, type, ISAKMP_FLAG_ENCRYPTION, msgid);
	return build_hash(b, sa->keys->hash_len);
}

static void put_proxy(struct wire_buf *b, uint32_t addr)
{
	uint32_t wire[2] = { htonl(addr), htonl(0xffffffff) };

	build_id(b, IPSEC_ID_IPV4_SUBNET, 0, 0, wire, sizeof(wire));
}

static void quick(uint32_t n, uint32_t proxy)
{
	struct lookup_entry entry;
	uint32_t spi = htonl(0x70000000u + n);
	uint8_t nonce[16] = { (uint8_t)n };
	struct wire_buf b;
	size_t hash = begin(&b, ISAKMP_XCHG_QUICK, 0x10000 + n);

	lookup_entry(&p.a.ike, "VPN", 10, &entry);
	proposal_esp_offer(&b, &entry.proposal, (const uint8_t *)&spi, NULL);
	build_payload(&b, ISAKMP_PL_NONCE, nonce, sizeof(nonce));
	put_proxy(&b, 0x0a010000 + (proxy & 0xff));
	put_proxy(&b, 0x0a020000 + (proxy >> 8 & 0xff));
	inject(&b, hash, 0x10000 + n);
}

/* A kernel that takes everything: those of struct pair are full with 64 SAs. */
static unsigned int kernel_count;

static int many_new(void *ctx, const struct kernel_sa *sa)
{
	(void)ctx, (void)sa;
	kernel_count++;
	return 0;
}

static int many_del(void *ctx, uint8_t proto, uint32_t spi, const struct addr *dst)
{
	struct pair_side *s = ctx;

	if (!sa_del(ctx, proto, spi, dst) && s->reserved)
		return 0;
	kernel_count -= kernel_count > 0;
	return 0;
}

static void misbehaves(void)
{
	struct kernel_ops ops;
	struct event_hub *hub;
	struct addr ours;
	struct ike_sa *sa;
	struct wire_buf b;
	unsigned int i;
	uint32_t spis[2000];
	size_t hash;
	double cost;

	start("", "192.0.2.1", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	p.pass = NULL;
	sa = sa_established(&p.b.ike, &p.b.addr, &p.a.addr);
	ops = *p.b.ike.world.kernel;
	ops.sa_new = many_new;
	ops.sa_del = many_del;
	p.b.ike.world.kernel = &ops;
	hub = quiet(&p.b);
	cost = now_us();
	for (i = 0; i < 3000; i++)
		quick(i, i);
	cost = (now_us() - cost) / 3000;
	ok(sa->nodes <= IKE_QUICK_MAX + IKE_NODES_MAX + 1 && sa->nodes >= IKE_QUICK_MAX, "3000 quick modes that are never finished: %u are kept, %.1f us each",
	   sa->nodes, cost);
	loud(&p.b, hub);
	quick(5000, 1);
	ok(pair_events(&p.b, "packet-dropped", "detail", "1024 quick modes of this peer are open already") == 1, "the debug says why no more are");
	hub = quiet(&p.b);
	/* informational messages without end */
	for (i = 0; i < 2000; i++) {
		hash = begin(&b, ISAKMP_XCHG_INFO, 0x20000 + i);
		build_notify(&b, IPSEC_PROTO_ISAKMP, 30000, NULL, 0, NULL, 0);
		inject(&b, hash, 0x20000 + i);
	}
	ok(sa->nodes <= IKE_QUICK_MAX + IKE_NODES_MAX + 1, "2000 notifies: %u exchanges are kept", sa->nodes);
	loud(&p.b, hub);
	for (i = 0; i < 2000; i++)
		spis[i] = htonl(i + 1);
	hash = begin(&b, ISAKMP_XCHG_INFO, 0x30000);
	build_delete(&b, IPSEC_PROTO_ESP, 4, 2000, spis);
	inject(&b, hash, 0x30000);
	ok(pair_events(&p.b, "packet-dropped", "reason", "limit") == 2, "2000 SPIs to delete: not all are looked for");
	/* an SPI of ours, and one that belongs to another peer */
	ours = p.b.addr;
	(void)ours;
	ok(sa_established(&p.b.ike, &p.b.addr, &p.a.addr) == sa, "the peer still has its IKE SA");
	p.b.ike.world.kernel = &kernel;
	pair_stop(&p);
}

/* Pair after pair for the same traffic */
static void pairs_pile_up(void)
{
	struct child_sa *child;
	struct flow *flow;
	unsigned int i, count = 0;

	start("", "192.0.2.1", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	for (i = 0; i < 20; i++) {
		flow = sa_flows(&p.a.ike);
		flow->quick = NULL;
		flow_negotiate(flow);
		pair_sleep(&p, 20);
	}
	TAILQ_FOREACH(flow, &p.b.ike.flows, link)
		TAILQ_FOREACH(child, &flow->children, link)
			count++;
	ok(count == IKE_PAIRS_MAX && pair_sas(&p.b) == 2 * IKE_PAIRS_MAX, "21 pairs for the same traffic: %u are kept", count);
	ok(pair_events(&p.b, "child-deleted", "reason", "more pairs than one flow may have") >= 1, "the debug says why");
	stop("pairs");
}

static void ids_run_out(void)
{
	struct ike_sa *sa;
	struct wire_buf b;
	uint32_t i;
	size_t hash;

	start("", "192.0.2.1", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	sa = sa_established(&p.b.ike, &p.b.addr, &p.a.addr);
	for (i = 1; sa->used_count < IKE_IDS_MAX; i++)
		sa_message_id_take(sa, i);
	hash = begin(&b, ISAKMP_XCHG_INFO, 0xf0000000);
	build_notify(&b, IPSEC_PROTO_ISAKMP, 30000, NULL, 0, NULL, 0);
	inject(&b, hash, 0xf0000000);
	ok(sa->deleted && pair_events(&p.b, "sa-delete", "reason", "message ids used up"), "after %u message ids a new IKE SA has to come", IKE_IDS_MAX);
	pair_sleep(&p, 20);
	ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "the IPsec SAs stay");
	stop("message ids");
}

int main(void)
{
	rates();
	amplification();
	limits_configured();
	floods();
	lowered();
	forged();
	forged_early();
	costs();
	misbehaves();
	pairs_pile_up();
	ids_run_out();
	return done_testing();
}
