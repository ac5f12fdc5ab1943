/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two exchange engines against each other, with the real parser, builder and
 * cryptography: tunnels for many algorithms, lost, repeated, forged and
 * garbled messages, refusals, both ends at once, deletes.
 */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "manual.h"
#include "pair.h"
#include "qm_id.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT 20000

static struct pair p;

static void start(const char *policy_a, const char *set_a, const char *extra_a, const char *policy_b, const char *set_b,
		  const char *extra_b)
{
	char *a = pair_config('a', policy_a, set_a, extra_a), *b = pair_config('b', policy_b, set_b, extra_b);

	pair_start(&p, a, b);
	/* nothing is lost, so nothing is repeated, however long a busy machine takes for Diffie-Hellman */
	p.a.ike.schedule.retransmit[0] = p.b.ike.schedule.retransmit[0] = LIMIT;
	free(a);
	free(b);
}

static void start_same(const char *policy, const char *set, const char *extra)
{
	start(policy, set, extra, policy, set, extra);
}

static void stop(const char *what)
{
	unsigned int left = pair_stop(&p);

	ok(!left, "%s: no SA and no reserved SPI stays in a kernel", what);
}

/* short times, so that a lost message costs 40 ms */
static void schedule(struct ike_schedule times)
{
	times.request = 300;
	times.node_purge = 1000;
	times.sa_purge = 500;
	times.old_pair = 100;
	times.linger = 3000;
	p.a.ike.schedule = p.b.ike.schedule = times;
}

/* What is lost is soon sent again, and a machine that does something else for a second ends nothing. */
static void hurry(void)
{
	schedule((struct ike_schedule){ .retransmit = { 40, 200, 600, 2000, 4000 }, .death = 4000, .half_open = 10000 });
}

/* For what must fail */
static void give_up_soon(void)
{
	schedule((struct ike_schedule){ .retransmit = { 40, 40, 40, 40, 40 }, .death = 40, .half_open = 300 });
}

static void algorithms(void)
{
	static const struct { const char *policy, *set, *extra; } row[] = {
		{ " encr des\n hash md5\n group 1", "esp-des esp-md5-hmac", "" },
		{ " encr 3des\n group 2", "esp-3des esp-sha-hmac", "" },
		{ " encr aes\n hash sha\n group 5", "esp-aes esp-sha-hmac", "" },
		{ " encr aes 192\n hash sha384\n group 14", "esp-aes 192 esp-sha384-hmac", "" },
		{ " encr aes 256\n hash sha256\n group 14", "esp-aes 256 esp-sha256-hmac", " set pfs group14" },
		{ " encr aes 256\n hash sha512\n group 15", "esp-aes 256 esp-sha512-hmac", " set pfs group2" },
		{ " encr 3des\n hash md5\n group 16", "esp-null esp-sha-hmac", "" },
		{ " encr aes\n group 19", "esp-aes esp-sha-hmac", " set pfs group19" },
		{ " encr aes\n group 20", "esp-aes esp-sha-hmac", " set pfs group24" },
		{ " encr aes\n group 21", "esp-aes esp-sha-hmac", " set pfs group21" },
		{ " encr aes\n group 24", "esp-aes esp-sha-hmac", " set pfs group20" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start_same(row[i].policy, row[i].set, row[i].extra);
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "tunnel with %s%s: up, keys equal", row[i].set, row[i].extra);
		ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "one pair on each side");
		ok(p.a.sent == 5 && p.b.sent == 4, "nine messages");
		ok(!pair_events(&p.a, "packet-dropped", NULL, NULL) && !pair_events(&p.b, "packet-dropped", NULL, NULL),
		   "none was dropped");
		stop(row[i].set);
	}
}

static const struct pair_sa *find_sa(const struct pair_side *s, uint8_t proto, bool inbound)
{
	unsigned int i;

	for (i = 0; i < PAIR_SAS; i++)
		if (s->sas[i].used && s->sas[i].proto == proto && s->sas[i].inbound == inbound)
			return &s->sas[i];
	return NULL;
}

/* Combined modes and AH: which SAs come of it, and how long their keys are. */
static void kinds(void)
{
	static const struct { const char *set; bool esp, ah; size_t cipher_key, auth_key, ah_key; } row[] = {
		{ "esp-gcm", true, false, 16 + 4, 0, 0 },
		{ "esp-gcm 192", true, false, 24 + 4, 0, 0 },
		{ "esp-gcm 256", true, false, 32 + 4, 0, 0 },
		{ "esp-gmac 256", true, false, 32 + 4, 0, 0 },
		{ "ah-sha256-hmac", false, true, 0, 0, 32 },
		{ "ah-md5-hmac", false, true, 0, 0, 16 },
		{ "ah-sha-hmac esp-aes 256 esp-sha256-hmac", true, true, 32, 32, 20 },
		{ "ah-sha512-hmac esp-gcm", true, true, 16 + 4, 0, 64 },
		{ "ah-sha-hmac esp-3des", true, true, 24, 0, 20 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct pair_sa *esp, *ah;

		start_same(" encr aes\n group 2", row[i].set, i & 1 ? " set pfs group2" : "");
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "tunnel with %s: up, keys equal", row[i].set);
		esp = find_sa(&p.b, IPPROTO_ESP, false);
		ah = find_sa(&p.b, IPPROTO_AH, false);
		ok(!esp == !row[i].esp && !ah == !row[i].ah && pair_sas(&p.a) == 2u * (row[i].esp + row[i].ah), "%s: its SAs", row[i].set);
		ok((!esp || (esp->cipher_key_len == row[i].cipher_key && esp->auth_key_len == row[i].auth_key)) &&
		   (!ah || (!ah->cipher_key_len && ah->auth_key_len == row[i].ah_key)), "%s: lengths of its keys", row[i].set);
		ok(!esp || !ah || (esp->ah_spi == ah->spi && ah->bundled && !ah->hard_seconds && esp->hard_seconds),
		   "%s: the AH SA is ESP's, and ends with it", row[i].set);
		stop(row[i].set);
	}
}

/* Our first set is AH, the peer has ESP alone: the SPI that was reserved for AH is given back. */
static void choice_of_protocols(void)
{
	start(" encr aes\n group 2", "ah-sha-hmac\ncrypto ipsec transform-set U esp-aes esp-sha-hmac", " set transform-set T U",
	      " encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && pair_sas(&p.a) == 2 && find_sa(&p.a, IPPROTO_ESP, true), "AH or ESP offered, ESP taken");
	ok(!p.a.reserved, "the other SPI is given back");
	stop("AH or ESP");
	start(" encr aes\n group 2", "esp-aes esp-sha-hmac\ncrypto ipsec transform-set U ah-sha-hmac", " set transform-set T U",
	      " encr aes\n group 2", "ah-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && pair_sas(&p.a) == 2 && find_sa(&p.a, IPPROTO_AH, true), "ESP or AH offered, AH taken");
	ok(!p.a.reserved, "the other SPI is given back");
	stop("ESP or AH");
}

/* Transport mode is for the peers themselves; other traffic falls back to tunnel mode. */
static void modes(void)
{
	const char *hosts = "no access-list 100\naccess-list 100 permit gre host %s host %s\n";
	char *a, *b, *text;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		a = pair_config('a', " encr aes\n group 2", "ah-sha-hmac esp-aes esp-sha-hmac\n mode transport", "");
		b = pair_config('b', " encr aes\n group 2", "ah-sha-hmac esp-aes esp-sha-hmac\n mode transport require", "");
		/* pair_config() ends the set with "mode tunnel" */
		memset(strstr(a, " mode tunnel"), ' ', 12);
		memset(strstr(b, " mode tunnel"), ' ', 12);
		if (asprintf(&text, "%s%s", a, i ? "" : hosts) < 0)
			abort();
		free(a);
		if (asprintf(&a, text, "192.0.2.1", "198.51.100.1") < 0)
			abort();
		free(text);
		if (asprintf(&text, "%s%s", b, i ? "" : hosts) < 0)
			abort();
		free(b);
		if (asprintf(&b, text, "198.51.100.1", "192.0.2.1") < 0)
			abort();
		free(text);
		pair_start(&p, a, b);
		free(a);
		free(b);
		hurry();
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, i ? 1000 : LIMIT) == !i, i ? "networks: what requires transport mode takes no tunnel" :
		   "host to host: transport mode");
		ok(i || (find_sa(&p.a, IPPROTO_ESP, true)->mode == CMAP_MODE_TRANSPORT &&
			 find_sa(&p.b, IPPROTO_AH, false)->mode == CMAP_MODE_TRANSPORT), "and so are the SAs");
		stop("modes");
	}
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac\n mode transport\ncrypto ipsec transform-set X esp-null esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && find_sa(&p.a, IPPROTO_ESP, true)->mode == CMAP_MODE_TUNNEL,
	   "networks with a transport-mode set: tunnel mode");
	stop("transport-mode set, networks");
}

/* What an entry, its interface and the global lines say about SAs reaches the kernel. */
static void options(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac",
		   " set security-association idle-time 60\n set security-association replay window-size 128\n set security-association parallel\n"
		   "crypto ipsec fragmentation after-encryption\ncrypto ipsec df-bit clear\ncrypto map VPN 10");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "an entry with options: up");
	ok(find_sa(&p.a, IPPROTO_ESP, false)->df == CMAP_DF_CLEAR && find_sa(&p.a, IPPROTO_ESP, false)->fragment_after, "DF, fragmentation");
	ok(find_sa(&p.b, IPPROTO_ESP, true)->idle_seconds == 60 && find_sa(&p.b, IPPROTO_ESP, true)->replay_window == 128,
	   "idle time, replay window");
	ok(find_sa(&p.a, IPPROTO_ESP, false)->parallel && find_sa(&p.b, IPPROTO_ESP, true)->parallel, "parallel, both ways");
	stop("options");
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac",
		   "crypto ipsec df-bit clear\ninterface eth0\n crypto ipsec df-bit set\ncrypto map VPN 10");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && find_sa(&p.a, IPPROTO_ESP, false)->df == CMAP_DF_SET, "the interface's DF before the global one");
	stop("the interface's DF");
}

/* Extended sequence numbers: of what authenticates. */
static void esn(void)
{
	static const struct { const char *set; bool esp, ah; } row[] = {
		{ "esp-aes esp-sha-hmac", true, false }, { "esp-gcm 256", true, false }, { "ah-sha-hmac", false, true },
		{ "ah-sha-hmac esp-aes esp-sha-hmac", true, true }, { "ah-sha-hmac esp-3des", false, true },
	};
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *set;

		if (asprintf(&set, "%s\n esn", row[i].set) < 0)
			abort();
		start_same(" encr aes\n group 2", set, " set security-association replay disable");
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "esn, %s: up", row[i].set);
		ok((!find_sa(&p.a, IPPROTO_ESP, true) || find_sa(&p.a, IPPROTO_ESP, true)->esn == row[i].esp) &&
		   (!find_sa(&p.a, IPPROTO_AH, false) || find_sa(&p.a, IPPROTO_AH, false)->esn == row[i].ah), "esn, %s: its SAs", row[i].set);
		ok(find_sa(&p.b, row[i].ah ? IPPROTO_AH : IPPROTO_ESP, true)->replay_window, "%s: never without a replay window", row[i].set);
		stop("esn");
		free(set);
	}
	start(" encr aes\n group 2", "esp-aes esp-sha-hmac\n esn", "", " encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	hurry();
	pair_acquire(&p.a);
	ok(!pair_run(&p, pair_up, 500) && pair_events(&p.b, "proposal-refused", "text",
	   "extended sequence numbers (esn) offered, transform-set T has no esn"), "esn on one side: refused, in words");
	stop("esn on one side");
}

/* Both configurations with other access lists: @a's, and @b's. */
static void start_lists(const char *list_a, const char *list_b)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", ""), *b = pair_config('b', " encr aes\n group 2",
		"esp-aes esp-sha-hmac", ""), *more_a, *more_b;

	if (asprintf(&more_a, "%sno access-list 100\naccess-list 100 %s\n", a, list_a) < 0 ||
	    asprintf(&more_b, "%sno access-list 100\naccess-list 100 %s\n", b, list_b) < 0)
		abort();
	pair_start(&p, more_a, more_b);
	hurry();
	free(a);
	free(b);
	free(more_a);
	free(more_b);
}

/* Protocols and ports; a range of ports is offered as all of them, and each end keeps to its list. */
static void selectors(void)
{
	static const struct { const char *what, *a, *b; uint8_t protocol; uint16_t local_lo, local_hi, remote_lo, remote_hi; bool up; } row[] = {
		{ "protocol", "permit icmp 10.1.0.0 0.0.0.255 host 10.2.0.7", "permit icmp host 10.2.0.7 10.1.0.0 0.0.0.255", 1, 0, 0, 0, 0, true },
		{ "port", "permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.7 eq 80", "permit tcp host 10.2.0.7 eq 80 10.1.0.0 0.0.0.255", 6, 0, 0, 80, 80, true },
		{ "range of ports", "permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.7 range 8000 8999",
		  "permit tcp host 10.2.0.7 range 8000 8999 10.1.0.0 0.0.0.255", 6, 0, 0, 8000, 8999, true },
		{ "gt", "permit udp 10.1.0.0 0.0.0.255 gt 1023 10.2.0.0 0.0.0.255 eq 53", "permit udp 10.2.0.0 0.0.0.255 eq 53 10.1.0.0 0.0.0.255 gt 1023",
		  17, 1024, 65535, 53, 53, true },
		{ "another port", "permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.7 eq 80", "permit tcp host 10.2.0.7 eq 443 10.1.0.0 0.0.0.255", 0, 0, 0, 0, 0,
		  false },
		{ "one port of a range", "permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.7 eq 80", "permit tcp host 10.2.0.7 range 1 99 10.1.0.0 0.0.0.255", 6, 0, 0,
		  80, 80, true },
		{ "all ports, where one is configured", "permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.7", "permit tcp host 10.2.0.7 eq 80 10.1.0.0 0.0.0.255", 0,
		  0, 0, 0, 0, false },
	};
	const struct pair_sa *sa;
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start_lists(row[i].a, row[i].b);
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, row[i].up ? LIMIT : 400) == row[i].up, "%s: %s", row[i].what, row[i].up ? "up" : "refused");
		sa = find_sa(&p.b, IPPROTO_ESP, true);
		ok(row[i].up ? sa && sa->local.protocol == row[i].protocol && sa->remote.port_lo == row[i].local_lo && sa->remote.port_hi == row[i].local_hi &&
		   sa->local.port_lo == row[i].remote_lo && sa->local.port_hi == row[i].remote_hi :
		   !sa && pair_events(&p.b, "proposal-refused", "reason", "proxy"), "%s: and so is the SA", row[i].what);
		stop(row[i].what);
	}
}

/* What ID payloads become, and what they cannot become. */
static void identities(void)
{
	static const struct { const char *what; uint8_t type; uint8_t data[32]; uint8_t prefix; const char *net; } row[] = {
		{ "a subnet as a range", IPSEC_ID_IPV4_RANGE, { 10, 1, 0, 0, 10, 1, 0, 255 }, 24, "10.1.0.0" },
		{ "a host as a range", IPSEC_ID_IPV4_RANGE, { 10, 1, 0, 7, 10, 1, 0, 7 }, 32, "10.1.0.7" },
		{ "all as a range", IPSEC_ID_IPV4_RANGE, { 0, 0, 0, 0, 255, 255, 255, 255 }, 0, "0.0.0.0" },
		{ "a range that is no subnet", IPSEC_ID_IPV4_RANGE, { 10, 1, 0, 1, 10, 1, 0, 255 }, 0, NULL },
		{ "a range across subnets", IPSEC_ID_IPV4_RANGE, { 10, 1, 0, 128, 10, 1, 1, 127 }, 0, NULL },
		{ "a range that ends before it begins", IPSEC_ID_IPV4_RANGE, { 10, 1, 0, 255, 10, 1, 0, 0 }, 0, NULL },
		{ "a subnet with host bits", IPSEC_ID_IPV4_SUBNET, { 10, 1, 0, 9, 255, 255, 255, 0 }, 24, "10.1.0.0" },
		{ "a mask with a hole", IPSEC_ID_IPV4_SUBNET, { 10, 1, 0, 0, 255, 0, 255, 0 }, 0, NULL },
		{ "IPv6 as a range", IPSEC_ID_IPV6_RANGE, { 0x20, 1, 13, 0xb8, [16] = 0x20, 1, 13, 0xb8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		  255, 255 }, 32, "2001:db8::" },
		{ "a name", IPSEC_ID_FQDN, "a.example", 0, NULL },
	};
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		size_t len = row[i].type == IPSEC_ID_FQDN ? 9 : row[i].type == IPSEC_ID_IPV6_RANGE ? 32 : 8;
		struct message m = { .length = 0 };
		struct proxy first, second;
		const char *why = NULL;
		uint8_t body[2][36] = { { row[i].type, 6, 0, 80 }, { row[i].type, 6, 0, 0 } };
		struct addr net;
		bool good;

		memcpy(body[0] + 4, row[i].data, len);
		memcpy(body[1] + 4, row[i].data, len);
		m.index.count = 2;
		for (unsigned int k = 0; k < 2; k++)
			m.index.payload[k] = (struct parse_payload){ .type = ISAKMP_PL_ID, .body = body[k], .body_len = (uint16_t)(len + 4) };
		start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
		good = qm_id_get(&(struct exchange){ .sa = sa_new(&p.a.ike, &p.a.addr, &p.b.addr, NULL) }, &m, &first, &second, &why);
		ok(good == !!row[i].net && (good || why) && (!good || (first.prefix == row[i].prefix && first.port_lo == 80 && addr_parse(row[i].net, &net) &&
		   addr_equal(&net, &second.addr))), "%s: %s", row[i].what, good ? row[i].net : why);
		stop(row[i].what);
	}
}

static void tell_idle(struct pair_side *s, const struct pair_sa *sa)
{
	struct kernel_sa_info info = { .proto = sa->proto, .inbound = sa->inbound, .spi = sa->spi };

	info.stats.in_packets = sa->inbound ? sa->packets : 0;
	info.stats.out_packets = sa->inbound ? 0 : sa->packets;
	ike_kernel_events.idle(&s->ike, &info);
}

static bool none_left(struct pair *q)
{
	return !pair_sas(&q->a) && !pair_sas(&q->b);
}

/* A pair ends when both directions are idle at the same time, and the peer is told. */
static void idle_time(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", " set security-association idle-time 60");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	tell_idle(&p.a, find_sa(&p.a, IPPROTO_ESP, true));
	ok(pair_sas(&p.a) == 2, "idle inbound: the pair stays");
	((struct pair_sa *)find_sa(&p.a, IPPROTO_ESP, true))->packets++;
	tell_idle(&p.a, find_sa(&p.a, IPPROTO_ESP, false));
	ok(pair_sas(&p.a) == 2, "idle outbound, but not inbound any more: the pair stays");
	tell_idle(&p.a, find_sa(&p.a, IPPROTO_ESP, true));
	ok(!pair_sas(&p.a) && pair_run(&p, none_left, LIMIT), "idle in both directions: the pair ends, also the peer's");
	stop("idle time");
}

/* One pair of SAs for each pair of hosts. */
static void per_host(void)
{
	struct kernel_acquire acq = { .map = "VPN", .seq = 10, .ifindex = 2 };
	const struct pair_sa *sa;
	struct flow *flow;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", " set security-association level per-host");
	flow = sa_flows(&p.a.ike);
	acq.local = flow->local_proxy;
	acq.remote = flow->remote_proxy;
	addr_parse("10.1.0.7", &acq.flow.src);
	addr_parse("10.2.0.9", &acq.flow.dst);
	ike_kernel_events.acquire(&p.a.ike, &acq);
	ok(pair_run(&p, pair_up, LIMIT), "per-host: up");
	sa = find_sa(&p.b, IPPROTO_ESP, true);
	ok(sa->local.prefix == 32 && addr_equal(&sa->local.addr, &acq.flow.dst) && addr_equal(&sa->remote.addr, &acq.flow.src) &&
	   sa->remote.prefix == 32, "per-host: the proxies are the two hosts");
	addr_parse("10.1.0.8", &acq.flow.src);
	ike_kernel_events.acquire(&p.a.ike, &acq);
	pair_sleep(&p, 200);
	ok(pair_sas(&p.a) == 4, "per-host: another host has another pair");
	stop("per-host");
}

static void manual_entries(void)
{
	const char *format = "crypto ipsec transform-set T %s\ncrypto map VPN 10 ipsec-manual\n set peer %s\n set transform-set T\n%s"
		" match address 100\naccess-list 100 permit ip %s 0.0.0.255 %s 0.0.0.255\n", *set = "ah-sha-hmac esp-3des esp-md5-hmac";
	const char *one = " set session-key %1$s esp 1000 cipher 000102030405060708090a0b0c0d0e0f1011121314151617 authenticator 000102030405060708090a0b0c0d0e0f\n"
		" set session-key %2$s esp 1001 cipher 100102030405060708090a0b0c0d0e0f1011121314151617 authenticator 100102030405060708090a0b0c0d0e0f\n"
		" set session-key %1$s ah 1002 000102030405060708090a0b0c0d0e0f10111213\n"
		" set session-key %2$s ah 1003 100102030405060708090a0b0c0d0e0f10111213\n";
	char *keys_a, *keys_b, *a, *b;

	if (asprintf(&keys_a, one, "inbound", "outbound") < 0 || asprintf(&keys_b, one, "outbound", "inbound") < 0 ||
	    asprintf(&a, format, set, "198.51.100.1", keys_a, "10.1.0.0", "10.2.0.0") < 0 ||
	    asprintf(&b, format, set, "192.0.2.1", keys_b, "10.2.0.0", "10.1.0.0") < 0)
		abort();
	pair_start(&p, a, b);
	manual_install(&p.a.ike);
	manual_install(&p.b.ike);
	ok(pair_sas(&p.a) == 4 && pair_sas(&p.b) == 4 && pair_keys_match(&p), "manual entries: four SAs each, with the same keys");
	ok(find_sa(&p.a, IPPROTO_ESP, true)->ah_spi == 1002 && !find_sa(&p.a, IPPROTO_ESP, true)->replay_window &&
	   !find_sa(&p.a, IPPROTO_ESP, true)->hard_seconds, "bundled, without replay protection and lifetimes");
	manual_install(&p.a.ike);
	ok(pair_sas(&p.a) == 4, "what is there stays");
	pair_acquire(&p.a);
	ok(!p.a.sent, "nothing is negotiated");
	ok(sa_clear_ipsec(&p.a.ike, NULL, NULL) == 1 && pair_sas(&p.a) == 4 && !p.a.sent, "cleared, they come back");
	ike_configure(&p.a.ike, p.a.config);
	ok(pair_sas(&p.a) == 4, "the same configuration again leaves them alone");
	stop("manual entries");
	free(keys_a);
	free(keys_b);
	free(a);
	free(b);
}

/* Blanks in place of what stands in @text from @from up to @to. */
static void blank(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from), *end = strstr(at, to);

	for (; at < end; at++)
		*at = *at == '\n' ? '\n' : ' ';
}

/* IPv6 outside, inside, or both. */
static void families(void)
{
	static const char format[] = "crypto isakmp policy 10\n encr aes\n authentication pre-share\n group 2\n"
		"crypto isakmp key k address ipv6 2001:db8::/32\ncrypto isakmp key k address 0.0.0.0\n"
		"crypto ipsec transform-set T ah-sha-hmac esp-aes esp-sha-hmac\n mode transport\n"
		"ipv6 access-list SIX\n permit ipv6 %1$s %2$s\nip access-list extended FOUR\n permit ip %1$s %2$s\n"
		"crypto map ipv6 VPN 10 ipsec-isakmp\n set peer %3$s\n set transform-set T\n match address %4$s\n";
	static const struct {
		const char *what, *a, *b, *list, *net_a, *net_b;
		enum cmap_mode mode;
	} row[] = {
		{ "IPv6 in IPv6", "2001:db8:a::1", "2001:db8:b::1", "SIX", "2001:db8:1::/48", "2001:db8:2::/48", CMAP_MODE_TUNNEL },
		{ "IPv6, transport", "2001:db8:a::1", "2001:db8:b::1", "SIX", "host 2001:db8:a::1", "host 2001:db8:b::1", CMAP_MODE_TRANSPORT },
		{ "all of IPv6", "2001:db8:a::1", "2001:db8:b::1", "SIX", "any", "any", CMAP_MODE_TUNNEL },
		{ "IPv4 in IPv6", "2001:db8:a::1", "2001:db8:b::1", "FOUR", "10.1.0.0 0.0.0.255", "10.2.0.0 0.0.0.255", CMAP_MODE_TUNNEL },
		{ "IPv6 in IPv4", "192.0.2.1", "198.51.100.1", "SIX", "2001:db8:1::/48", "host 2001:db8:2::7", CMAP_MODE_TUNNEL },
	};
	char *a, *b;
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bool six = !strcmp(row[i].list, "SIX");

		if (asprintf(&a, format, row[i].net_a, row[i].net_b, row[i].b, row[i].list) < 0 ||
		    asprintf(&b, format, row[i].net_b, row[i].net_a, row[i].a, row[i].list) < 0)
			abort();
		/* the other family's list is not there: its line would be a mistake */
		blank(a, six ? "ip access-list" : "ipv6 access-list", six ? "crypto map" : "ip access-list");
		blank(b, six ? "ip access-list" : "ipv6 access-list", six ? "crypto map" : "ip access-list");
		pair_start_at(&p, row[i].a, row[i].b, a, b);
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "%s: up", row[i].what);
		ok(find_sa(&p.b, IPPROTO_ESP, true) && find_sa(&p.b, IPPROTO_ESP, true)->local.addr.length == (six ? 16 : 4) &&
		   find_sa(&p.b, IPPROTO_ESP, true)->dst.length == p.b.addr.length &&
		   find_sa(&p.b, IPPROTO_ESP, true)->mode == row[i].mode, "%s: families and mode of its SAs", row[i].what);
		stop(row[i].what);
		free(a);
		free(b);
	}
}

/* A protected tunnel comes up by itself, and again when its SAs are gone. */
static void tunnels(void)
{
	const char *tunnel = "crypto ipsec profile P\n set transform-set T\ninterface Tunnel0\n tunnel source eth0\n"
		" tunnel destination %s\n tunnel protection ipsec profile P\ncrypto map VPN 10";
	char *a, *b;

	if (asprintf(&a, tunnel, "198.51.100.1") < 0 || asprintf(&b, tunnel, "192.0.2.1") < 0)
		abort();
	start(" encr aes\n group 2", "esp-aes esp-sha-hmac", a, " encr aes\n group 2", "esp-aes esp-sha-hmac", b);
	free(a);
	free(b);
	p.a.ike.schedule.tunnel = 300;
	ike_tunnels(&p.a.ike);
	ok(pair_run(&p, pair_up, LIMIT) && find_sa(&p.a, IPPROTO_ESP, true)->seq == 65537 &&
	   find_sa(&p.a, IPPROTO_ESP, true)->local.protocol == IPPROTO_GRE, "a GRE tunnel's SAs come up unasked");
	pair_sleep(&p, 500);
	ok(pair_sas(&p.a) == 2, "once");
	sa_clear_session(&p.b.ike, NULL, NULL);
	pair_run(&p, none_left, LIMIT);
	ok(pair_run(&p, pair_up, LIMIT), "and again, when they are gone");
	stop("tunnels");
}

static bool deaf(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)data;
	(void)len;
	return from != &q->b;
}

static bool a_is_empty(struct pair *q)
{
	return !pair_sas(&q->a);
}

/* A peer that answers stays; one that does not is dead, and its SAs end. */
static void dead_peer(void)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", "crypto isakmp keepalive 10 2 periodic\ncrypto map VPN 10");
	char *b = pair_config('b', " encr aes\n group 2", "esp-aes esp-sha-hmac", "");

	pair_start(&p, a, b);
	free(a);
	free(b);
	/* seconds are too long for a test: as if so configured, but with none between questions */
	((struct config *)p.a.config)->keepalive = 1;
	((struct config *)p.a.config)->keepalive_retry = 0;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "keepalive: up");
	((struct config *)p.a.config)->keepalive_retry = 1;
	pair_sleep(&p, 2500);
	ok(pair_sas(&p.a) == 2 && pair_events(&p.b, "dpd-in", NULL, NULL) >= 1, "a peer that answers stays");
	((struct config *)p.a.config)->keepalive_retry = 0;
	p.pass = deaf;
	ok(pair_run(&p, a_is_empty, LIMIT) && !sa_established(&p.a.ike, &p.a.addr, &p.b.addr), "one that does not is dead");
	p.pass = NULL;
	stop("keepalive");
}

static bool lose(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)from;
	(void)data;
	(void)len;
	return q->count >= 32 || !(q->lose & 1u << q->count);
}

static void lost_messages(void)
{
	unsigned int i;

	for (i = 0; i < 9; i++) {
		start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
		hurry();
		p.pass = lose;
		p.lose = 1u << i;
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "message %u is lost once: the tunnel comes up", i + 1);
		ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "one pair on each side");
		stop("a lost message");
	}
}

static bool twice(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	fly(from, 500, 500, data, *len);
	return true;
}

static void repeated_messages(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.pass = twice;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "every datagram arrives twice: the tunnel comes up");
	pair_sleep(&p, 100);
	ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "one pair on each side");
	ok(pair_events(&p.b, "sa-created", NULL, NULL) == 1, "the responder made one IKE SA");
	p.pass = NULL;
	stop("repeated messages");
}

/*
 * For each datagram, forged ones arrive first: a flipped bit in every eighth
 * byte, and cut short. Main mode's first four messages cannot be told from
 * forged ones, and of its last two HASH covers the identity alone (RFC 2409 5),
 * which is in the first three blocks: the rest is only cut.
 */
static bool forge(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	size_t covered = data[18] == ISAKMP_XCHG_MAIN ? ISAKMP_HEADER_LEN + 48 : *len, i;
	uint8_t bad[2048];

	(void)q;
	for (i = ISAKMP_HEADER_LEN; i < *len; i += 8) {
		memcpy(bad, data, *len);
		bad[i] ^= 0x40;
		if (data[19] & ISAKMP_FLAG_ENCRYPTION && i < covered)
			pair_inject(from, bad, *len);
		pair_inject(from, data, i);
	}
	return true;
}

static void forged_messages(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.pass = forge;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "forged datagrams before every true one: the tunnel comes up");
	ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "one pair on each side");
	ok(p.a.sent == 5 && p.b.sent == 4, "none was answered");
	ok(pair_events(&p.b, "packet-dropped", "reason", "malformed") > 20, "each is reported");
	ok(pair_events(&p.b, "packet-dropped", "reason", "bad-hash") > 0, "also those that only the HASH tells");
	p.pass = NULL;
	stop("forged messages");
}

static uint8_t first[2048];
static size_t first_len;
static uint8_t record[16][2048];
static size_t record_len[16];
static struct pair_side *record_from[16];

static bool keep_all(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	if (q->count < 16 && *len <= sizeof(record[0])) {
		memcpy(record[q->count], data, *len);
		record_len[q->count] = *len;
		record_from[q->count] = from;
	}
	return true;
}

static void replays(void)
{
	unsigned int i, sas, sent_a, sent_b;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.a.ike.schedule.node_purge = p.b.ike.schedule.node_purge = 20;
	p.pass = keep_all;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is recorded");
	pair_sleep(&p, 100);
	sas = pair_sas(&p.a) + pair_sas(&p.b);
	sent_a = p.a.sent;
	sent_b = p.b.sent;
	for (i = 0; i < 9; i++)
		pair_inject(record_from[i], record[i], record_len[i]);
	pair_sleep(&p, 100);
	ok(pair_sas(&p.a) + pair_sas(&p.b) == sas, "played again later: no SA is made or lost");
	ok(p.a.sent == sent_a && p.b.sent == sent_b, "and nothing is answered");
	ok(pair_events(&p.b, "packet-dropped", "reason", "replay") >= 1, "the message id is known as used");
	p.pass = NULL;
	stop("replays");
}

static void nonsense(void)
{
	uint8_t junk[1500];
	unsigned int i, j, sent;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	sent = p.a.sent + p.b.sent;
	srand(1);
	for (i = 0; i < 3000; i++) {
		for (j = 0; j < sizeof(junk); j++)
			junk[j] = (uint8_t)rand();
		/* half of them with the right cookies, version and a length that fits */
		if (i & 1) {
			struct ike_sa *sa = sa_established(&p.b.ike, &p.b.addr, &p.a.addr);

			memcpy(junk, sa->icookie, 8);
			memcpy(junk + 8, sa->rcookie, 8);
			junk[17] = 0x10;
			junk[18] = i & 2 ? 5 : 32;
			junk[19] &= 1;
			junk[24] = junk[25] = 0;
			junk[26] = (28 + 16 * (i % 80)) >> 8;
			junk[27] = (28 + 16 * (i % 80)) & 0xff;
			pair_inject(&p.a, junk, 28 + 16 * (i % 80));
		} else {
			pair_inject(&p.a, junk, i % sizeof(junk));
		}
	}
	ok(p.a.sent + p.b.sent == sent, "3000 nonsense datagrams: none is answered");
	ok(pair_up(&p), "the tunnel is still up");
	stop("nonsense");
}

static bool none_up(struct pair *q)
{
	(void)q;
	return pair_events(&p.a, "sa-delete", NULL, NULL) || pair_events(&p.b, "phase2-refused", NULL, NULL);
}

static bool refused_heard(struct pair *q)
{
	(void)q;
	return pair_events(&p.a, "node-delete", "reason", "Delete Larval");
}

static void refusals(void)
{
	start(" encr aes\n group 2", "esp-aes esp-sha-hmac", "", " encr 3des\n group 2", "esp-aes esp-sha-hmac", "");
	give_up_soon();
	pair_acquire(&p.a);
	ok(pair_run(&p, none_up, LIMIT), "wrong policy: the initiator gives up");
	ok(pair_events(&p.b, "policy-check", "reason", "Encryption algorithm offered does not match policy!") == 1,
	   "the responder says which attribute");
	ok(pair_events(&p.a, "notify-in", "name", "PROPOSAL_NOT_CHOSEN") >= 1, "the initiator hears it");
	stop("wrong policy");

	start(" encr aes\n group 2", "esp-aes esp-md5-hmac", "", " encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, refused_heard, LIMIT), "wrong transform set: the initiator hears it and ends its quick mode");
	ok(pair_events(&p.b, "proposal-refused", "reason", "transform") == 1 &&
	   pair_events(&p.b, "proposal-refused", "offered", "esp-aes esp-md5-hmac") == 1, "the responder says what was offered");
	ok(!pair_sas(&p.a) && !pair_sas(&p.b) && !p.a.reserved && !p.b.reserved, "no SA, no SPI kept");
	stop("wrong transform set");

	start(" encr aes\n group 2", "esp-aes esp-sha-hmac", "", " encr aes\n group 2", "esp-aes esp-sha-hmac",
	      " set pfs group2");
	pair_acquire(&p.a);
	ok(pair_run(&p, refused_heard, LIMIT), "PFS demanded, not offered: refused");
	ok(pair_events(&p.b, "proposal-refused", "reason", "pfs") == 1, "the responder says so");
	stop("PFS");

	start(" encr aes\n group 2", "esp-aes esp-sha-hmac", " set pfs group2", " encr aes\n group 2",
	      "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "PFS offered, not demanded: up with PFS");
	stop("PFS offered");
}

static void wrong_key(void)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	char *b = pair_config('b', " encr aes\n group 2", "esp-aes esp-sha-hmac", "");

	memcpy(strstr(b, "ciscokey"), "ciscoKEY", 8);
	pair_start(&p, a, b);
	free(a);
	free(b);
	give_up_soon();
	pair_acquire(&p.a);
	ok(pair_run(&p, none_up, LIMIT), "wrong key: the initiator gives up");
	ok(pair_events(&p.b, "malformed", NULL, NULL) + pair_events(&p.b, "packet-dropped", "reason", "bad-hash") > 0,
	   "the responder reports a message that does not decode");
	ok(!pair_events(&p.a, "auth", NULL, NULL) && !pair_sas(&p.a) && !pair_sas(&p.b), "nobody is authenticated, no SA");
	stop("wrong key");
}

static bool four_events(struct pair *q)
{
	return pair_events(&q->a, "child-created", NULL, NULL) == 2 && pair_events(&q->b, "child-created", NULL, NULL) == 2;
}

static bool rekeyed_after_end(struct pair *q)
{
	return pair_up(q) && pair_sas(&q->a) == 2 && pair_sas(&q->b) == 2 &&
	       pair_events(&q->a, "child-deleted", "reason", "lifetime");
}

/* Two pairs, or one, if it was there before the other end could ask for its own */
static bool as_many(struct pair *q)
{
	return pair_up(q) && pair_sas(&q->a) == pair_sas(&q->b) && !sa_flows(&q->a.ike)->quick && !sa_flows(&q->b.ike)->quick &&
	       !sa_flows(&q->a.ike)->waiting_for && !sa_flows(&q->b.ike)->waiting_for;
}

static void both_at_once(void)
{
	unsigned int before;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	pair_acquire(&p.b);
	ok(pair_run(&p, as_many, LIMIT), "both ends start at once: as many pairs on both sides, all keys equal");
	before = pair_sas(&p.a);
	pair_sleep(&p, 200);
	ok(before >= 2 && pair_sas(&p.a) == before && pair_sas(&p.b) == before, "INITIAL-CONTACT took none of them away");
	stop("both at once");
}

static bool four_sas(struct pair *q)
{
	return pair_up(q) && pair_sas(&q->a) == 4 && pair_sas(&q->b) == 4;
}

static bool all_gone(struct pair *q)
{
	return !pair_sas(&q->a) && !pair_sas(&q->b);
}

static bool rekeyed(struct pair *q)
{
	return pair_sas(&q->a) == 2 && pair_sas(&q->b) == 2 && pair_events(&q->a, "child-deleted", "reason", "rekeyed");
}

static void rekey(void)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .inbound = true, .reason = "seconds" };
	uint32_t old;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", " set pfs group2");
	hurry();
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	old = TAILQ_FIRST(&sa_flows(&p.a.ike)->children)->spi_in;
	info.spi = old;
	ike_kernel_events.soft_expire(&p.a.ike, &info);
	ok(pair_events(&p.a, "rekey", "why", "idle") == 1, "an idle pair is not made again");
	sa_of(&p.a, IPPROTO_ESP, old, &p.a.addr)->packets = 1;
	ike_kernel_events.soft_expire(&p.a.ike, &info);
	ok(pair_run(&p, four_sas, LIMIT), "a used one is: for a while there are two");
	ok(pair_run(&p, rekeyed, LIMIT), "the old pair goes, on both sides");
	ok(TAILQ_FIRST(&sa_flows(&p.a.ike)->children)->spi_in != old && pair_up(&p), "the new one works");
	ok(pair_events(&p.a, "sa-created", NULL, NULL) == 1, "under the same IKE SA");
	stop("rekey");
}

static bool b_rekeyed(struct pair *q)
{
	return pair_sas(&q->a) == 2 && pair_sas(&q->b) == 2 && pair_events(&q->b, "child-deleted", "reason", "rekeyed");
}

static void rekey_by_responder(void)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .inbound = true, .reason = "bytes" };

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	hurry();
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	info.spi = TAILQ_FIRST(&sa_flows(&p.b.ike)->children)->spi_in;
	sa_of(&p.b, IPPROTO_ESP, info.spi, &p.b.addr)->packets = 1;
	sa_clear_ike(&p.b.ike, 0);
	pair_sleep(&p, 50);
	ok(pair_sas(&p.b) == 2, "clear crypto isakmp leaves the IPsec SAs");
	ike_kernel_events.soft_expire(&p.b.ike, &info);
	ok(pair_run(&p, b_rekeyed, LIMIT), "the responder makes the next pair, with a new IKE SA of its own");
	ok(pair_up(&p), "it works");
	stop("rekey by the responder");
}

static void clears(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	ok(sa_clear_ipsec(&p.a.ike, NULL, NULL) == 1, "clear crypto sa takes one pair");
	ok(pair_run(&p, all_gone, LIMIT), "the peer's half goes by the DELETE");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "the next packet makes the next pair");
	ok(pair_events(&p.a, "sa-created", NULL, NULL) == 1, "under the same IKE SA");
	sa_clear_session(&p.a.ike, NULL, NULL);
	ok(pair_run(&p, all_gone, LIMIT), "clear crypto session takes all");
	pair_sleep(&p, 20);
	ok(!sa_established(&p.b.ike, &p.b.addr, &p.a.addr), "the peer's IKE SA too");
	stop("clears");
}

static void restart(void)
{
	struct ike old;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	hurry();
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	/* a dies without a word: its kernel and its manager forget */
	old = p.a.ike;
	ike_fini(&p.a.ike);
	ike_init(&p.a.ike, &p.loop, p.a.hub, &old.world);
	memset(p.a.sas, 0, sizeof(p.a.sas));
	p.a.ike.schedule = p.b.ike.schedule;
	{
		struct ike_binding binding = { .name = "eth0", .ifindex = 2, .map = "VPN", .local = p.a.addr };

		ike_bindings(&p.a.ike, &binding, 1);
	}
	ike_configure(&p.a.ike, p.a.config);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "it comes back: the tunnel comes up again");
	ok(pair_events(&p.b, "child-deleted", "reason", "initial-contact") == 2 && pair_sas(&p.b) == 2,
	   "INITIAL-CONTACT has ended the old pair");
	stop("restart");
}

static bool any_mm1(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	(void)from;
	if (!first_len) {
		memcpy(first, data, *len);
		first_len = *len;
	}
	return false;
}

static void half_open(void)
{
	unsigned int i, most = 0;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.pass = any_mm1;
	pair_acquire(&p.a);
	for (i = 0; i < 1200; i++) {
		first[0] = (uint8_t)i;
		first[1] = (uint8_t)(i >> 8);
		pair_inject(&p.a, first, first_len);
		if (sa_half_open(&p.b.ike) > most)
			most = sa_half_open(&p.b.ike);
	}
	ok(most == IKE_HALF_OPEN_MAX, "1200 main modes of one address: %u are kept", most);
	p.pass = NULL;
	sa_clear_session(&p.a.ike, NULL, NULL);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "an honest peer still gets through");
	stop("half open");
}

static void kernel_refuses(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.b.refuse_sa_new = 1;
	pair_acquire(&p.a);
	ok(pair_run(&p, refused_heard, LIMIT), "the responder's kernel refuses the SA: the peer is told");
	ok(!pair_sas(&p.a) && !pair_sas(&p.b), "no half of a pair stays");
	stop("kernel refuses");
}

static bool renewed_by_b(struct pair *q)
{
	return TAILQ_FIRST(&sa_flows(&q->a.ike)->children)->state == CHILD_ACTIVE && !TAILQ_FIRST(&sa_flows(&q->a.ike)->children)->initiator;
}

/* The shorter one in each dimension, on both sides: the initiator's is in its offer, the responder says what it takes instead. */
static void each_dimension(void)
{
	static const struct { const char *a, *b; uint32_t seconds; uint64_t kilobytes; bool told; } row[] = {
		{ "seconds 3600", "seconds 3600", 3600, 4608000, false },
		{ "kilobytes 2560", "seconds 900", 900, 2560, true },
		{ "seconds 900", "kilobytes 2560", 900, 2560, true },
		{ "kilobytes 5000", "kilobytes 2560", 3600, 2560, true },
		{ "kilobytes 2560", "kilobytes 5000", 3600, 2560, false },
		{ "kilobytes disable", "kilobytes 2560", 3600, 2560, true },
		{ "kilobytes 2560", "kilobytes disable", 3600, 2560, false },
		{ "kilobytes disable", "kilobytes disable", 3600, 0, false },
	};
	const struct child_sa *a, *b;
	const struct flow *flow;
	char *extra_a, *extra_b;
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (asprintf(&extra_a, " set security-association lifetime %s", row[i].a) < 0 ||
		    asprintf(&extra_b, " set security-association lifetime %s", row[i].b) < 0)
			abort();
		start(" encr aes\n group 2", "esp-aes esp-sha-hmac", extra_a, " encr aes\n group 2", "esp-aes esp-sha-hmac", extra_b);
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "%s here, %s there: up", row[i].a, row[i].b);
		a = TAILQ_FIRST(&sa_flows(&p.a.ike)->children);
		b = TAILQ_FIRST(&sa_flows(&p.b.ike)->children);
		ok(a->life_seconds == row[i].seconds && b->life_seconds == row[i].seconds && a->life_kilobytes == row[i].kilobytes &&
		   b->life_kilobytes == row[i].kilobytes, "%u s and %llu KB on both sides", row[i].seconds, (unsigned long long)row[i].kilobytes);
		ok(find_sa(&p.a, IPPROTO_ESP, false)->hard_bytes == row[i].kilobytes * 1024 && find_sa(&p.b, IPPROTO_ESP, false)->hard_seconds ==
		   row[i].seconds, "the kernel, too");
		ok(pair_events(&p.a, "notify-in", "name", "RESPONDER_LIFETIME") == row[i].told, "RESPONDER_LIFETIME %s sent", row[i].told ? "is" : "is not");
		child_rekey(TAILQ_FIRST(&sa_flows(&p.b.ike)->children), "test");
		ok(pair_run(&p, renewed_by_b, LIMIT), "the responder renews it");
		flow = sa_flows(&p.a.ike);
		ok(flow->peer_seconds == row[i].seconds && flow->peer_kilobytes == row[i].kilobytes,
		   "and offers no more than the peer has: %u s and %u KB", flow->peer_seconds, flow->peer_kilobytes);
		stop("lifetimes");
		free(extra_a);
		free(extra_b);
	}
}

/* B's fifth: after three of main mode and quick mode's first */
static bool lose_message_3(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)data;
	(void)len;
	return from != &q->b || from->sent != 5;
}

static bool answered_by_a(struct pair *q)
{
	return TAILQ_FIRST(&sa_flows(&q->a.ike)->children) == NULL && pair_sas(&q->a) == 2;
}

static bool asked_by_a(struct pair *q)
{
	const struct child_sa *child;

	TAILQ_FOREACH(child, &sa_flows(&q->a.ike)->children, link) {
		if (child->initiator)
			return child->life_seconds == 900 && pair_keys_match(q);
	}
	return false;
}

/* What B has offered once is what A offers later: B has nothing to add. */
static void remembered(void)
{
	start(" encr aes\n group 2", "esp-aes esp-sha-hmac", " set security-association lifetime seconds 3600",
	      " encr aes\n group 2", "esp-aes esp-sha-hmac", " set security-association lifetime seconds 900");
	p.pass = lose_message_3;
	pair_acquire(&p.b);
	ok(pair_run(&p, answered_by_a, LIMIT), "B begins, and its message 3 is lost");
	pair_acquire(&p.a);
	ok(pair_run(&p, asked_by_a, LIMIT), "A begins meanwhile");
	ok(pair_events(&p.a, "notify-in", "name", "RESPONDER_LIFETIME") == 0,
	   "and offers what B has just offered");
	p.pass = NULL;
	pair_sleep(&p, 200);
	child_end_all(&p.a.ike, NULL, NULL, NULL, UINT64_MAX, "lifetime", true);
	pair_sleep(&p, 50);
	pair_acquire(&p.a);
	ok(pair_run(&p, asked_by_a, LIMIT) && pair_events(&p.a, "notify-in", "name", "RESPONDER_LIFETIME") == 0,
	   "and when no pair is left that could tell");
	sa_clear_ipsec(&p.a.ike, NULL, NULL);
	pair_sleep(&p, 50);
	pair_acquire(&p.a);
	ok(pair_run(&p, asked_by_a, LIMIT) && pair_events(&p.a, "notify-in", "name", "RESPONDER_LIFETIME") == 1,
	   "but not when the user has cleared");
	stop("remembered lifetimes");
}

static void lifetimes(void)
{
	start(" encr aes\n group 2\n lifetime 86400", "esp-aes esp-sha-hmac", " set security-association lifetime seconds 3600",
	      " encr aes\n group 2\n lifetime 7200", "esp-aes esp-sha-hmac", " set security-association lifetime seconds 900");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel with different lifetimes comes up");
	pair_sleep(&p, 50);
	ok(sa_established(&p.b.ike, &p.b.addr, &p.a.addr)->lifetime == 7200, "the IKE SA's is the responder's shorter one");
	ok(sa_established(&p.a.ike, &p.a.addr, &p.b.addr)->lifetime == 7200, "RESPONDER_LIFETIME tells the initiator");
	ok(TAILQ_FIRST(&sa_flows(&p.a.ike)->children)->life_seconds == 900 &&
	   TAILQ_FIRST(&sa_flows(&p.b.ike)->children)->life_seconds == 900, "the pair's too, on both sides");
	stop("lifetimes");
	each_dimension();
	remembered();
}

/* a foreign peer: our own vendor ID, and a router's (Unity), do not get through */
static bool foreign(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	static const uint8_t prompt[2][5] = { { 0xca, 0x74, 0xec, 0x6f, 0x76 }, { 0x12, 0xf5, 0xf2, 0x8c, 0x45 } };
	unsigned int i;
	uint8_t *at;

	(void)q;
	(void)from;
	for (i = 0; i < 2; i++) {
		at = memmem(data, *len, prompt[i], sizeof(prompt[i]));
		if (at)
			*at ^= 0xff;
	}
	return true;
}

/* XAUTH's vendor ID becomes another of 8 bytes, with which routers begin theirs. */
static bool router(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	uint8_t *at = memmem(data, *len, "\x09\x00\x26\x89\xdf\xd6\xb7\x12", 8);

	if (at && from == &q->a)
		memcpy(at, "\x3e\x98\x40\x48", 4);
	return true;
}

static void vendors(void)
{
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && pair_events(&p.b, "vendor-in", "kind", "xauth") == 1, "the initiator says XAUTH");
	ok(!pair_events(&p.b, "vendor-out", "name", "Unity"), "Unity is not said to everybody");
	pair_stop(&p);
	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.pass = router;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && pair_events(&p.b, "vendor-in", "kind", "ios") == 1 &&
	   pair_events(&p.a, "vendor-in", "kind", "unity") == 1, "but to a router");
	pair_stop(&p);
}

static void standby(void)
{
	uint32_t out;

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.pass = foreign;
	pair_acquire(&p.a);
	ok(pair_run(&p, four_events, LIMIT) && !pair_up(&p), "a peer that may install late: outbound stands by");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "its answer to R-U-THERE lets traffic go");
	ok(pair_events(&p.a, "notify-out", "name", "DPD/R_U_THERE") == 1 &&
	   pair_events(&p.a, "dpd-in", "name", "R_U_THERE_ACK") == 1, "asked once, answered once");
	ok(pair_events(&p.a, "begin", "mode", "quick") == 1, "the kernel's question meanwhile starts no second quick mode");
	stop("R-U-THERE");

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	p.pass = foreign;
	pair_acquire(&p.a);
	ok(pair_run(&p, four_events, LIMIT) && !pair_up(&p), "again one that stands by");
	out = TAILQ_FIRST(&sa_flows(&p.a.ike)->children)->spi_in;
	ike_kernel_events.used(&p.a.ike, IPPROTO_ESP, out, &p.a.addr);
	ok(pair_run(&p, pair_up, LIMIT) && !pair_events(&p.a, "notify-out", NULL, NULL), "the peer's first packet is as good as an answer");
	stop("used");
}

/* The responder sets the commit bit in its messages; HASH does not cover the header. */
static bool set_commit(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)len;
	if (from == &q->b && data[18] == ISAKMP_XCHG_QUICK)
		data[19] |= ISAKMP_FLAG_COMMIT;
	return true;
}

static struct exchange *quick_mode_of(struct pair_side *s)
{
	struct ike_sa *sa = sa_established(&s->ike, &s->addr, &s->other->addr);
	struct exchange *x;

	TAILQ_FOREACH(x, &sa->exchanges, link) {
		if (x->type == ISAKMP_XCHG_QUICK)
			return x;
	}
	return NULL;
}

/* CONNECTED from b under @x: as quick mode's fourth message, or in an informational one of the same id */
static void send_connected(struct exchange *x)
{
	uint8_t digest[ISAKMP_HASH_MAX];
	uint32_t spi = htonl(TAILQ_FIRST(&sa_flows(&p.b.ike)->children)->spi_in);
	const uint8_t *rest;
	struct wire_buf b;
	size_t hash, len;

	exchange_begin(x, &b, true);
	hash = build_hash(&b, x->sa->keys->hash_len);
	build_notify(&b, IPSEC_PROTO_ESP, ISAKMP_N_CONNECTED, &spi, sizeof(spi), NULL, 0);
	rest = build_after(&b, hash, &len);
	crypto_hash1(x->sa->keys, x->msgid, rest, len, digest);
	build_patch(&b, hash, digest, x->sa->keys->hash_len);
	exchange_send(x, &b, false);
}

static void commit_bit(void)
{
	static const char *const how[] = { "a fourth message", "an informational message of its id", "one of another id", "the peer's first packet",
					   "nothing: it is not waited for without end" };
	struct exchange *x, *info;
	unsigned int i;

	for (i = 0; i < 5; i++) {
		start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
		p.pass = set_commit;
		pair_acquire(&p.a);
		ok(pair_run(&p, four_events, LIMIT), "commit bit: quick mode is done");
		pair_sleep(&p, 200);
		ok(!pair_up(&p) && find_sa(&p.a, IPPROTO_ESP, false)->standby, "our outbound SA waits");
		x = quick_mode_of(&p.b);
		p.pass = NULL;
		if (i == 0) {
			send_connected(x);
		} else if (i == 1) {
			info = exchange_new(x->sa, ISAKMP_XCHG_INFO, x->msgid, true);
			crypto_phase2_iv(x->sa->keys, x->msgid, &info->iv);
			send_connected(info);
			exchange_free(info);
		} else if (i == 2) {
			uint32_t spi = htonl(TAILQ_FIRST(&sa_flows(&p.b.ike)->children)->spi_in);

			info_notify(x->sa, IPSEC_PROTO_ESP, ISAKMP_N_CONNECTED, (const uint8_t *)&spi, sizeof(spi), NULL, 0);
		} else if (i == 3) {
			ike_kernel_events.used(&p.a.ike, IPPROTO_ESP, find_sa(&p.a, IPPROTO_ESP, true)->spi, &p.a.addr);
		}
		ok(pair_run(&p, pair_up, i < 4 ? 2000 : LIMIT), "until %s", how[i]);
		if (i < 2) {
			pair_inject(&p.b, p.last, p.last_len);
			ok(pair_events(&p.a, "packet-dropped", "reason", "replay") + pair_events(&p.a, "duplicate", NULL, NULL) >= 1, "the same again is none");
		}
		ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "one pair");
		stop("commit bit");
	}
}

static void hard_end(void)
{
	struct kernel_sa_info info = { .proto = IPPROTO_ESP, .reason = "bytes" };

	start_same(" encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel is up");
	info.spi = TAILQ_FIRST(&sa_flows(&p.a.ike)->children)->spi_out;
	sa_of(&p.a, IPPROTO_ESP, info.spi, &p.b.addr)->used = false;
	ike_kernel_events.hard_expire(&p.a.ike, &info);
	pair_sleep(&p, 200);
	ok(pair_sas(&p.a) == 1 && pair_sas(&p.b) == 2, "outbound is over: inbound still takes what comes");
	pair_acquire(&p.a);
	ok(pair_run(&p, rekeyed_after_end, LIMIT), "the next pair comes, the old one goes on both sides");
	stop("hard end");
}

int main(void)
{
	algorithms();
	kinds();
	choice_of_protocols();
	modes();
	options();
	esn();
	selectors();
	identities();
	idle_time();
	per_host();
	manual_entries();
	families();
	tunnels();
	dead_peer();
	lost_messages();
	repeated_messages();
	forged_messages();
	replays();
	nonsense();
	refusals();
	wrong_key();
	both_at_once();
	rekey();
	rekey_by_responder();
	clears();
	restart();
	half_open();
	kernel_refuses();
	lifetimes();
	vendors();
	standby();
	commit_bit();
	hard_end();
	crypto_fini();
	return done_testing();
}
