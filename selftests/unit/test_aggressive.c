/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aggressive mode and identities: two managers that name each other by address,
 * host name, user and group, in both modes; who is refused, and with which
 * cause; lost, repeated and forged messages; what goes to somebody who only asks.
 */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "pair.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT 20000
#define KEY "crypto isakmp key ciscokey address %s\n"
#define PROFILE "crypto isakmp profile P\n"
#define KEYRING "crypto keyring K\n"
#define AGGRESSIVE " initiate mode aggressive\n"
#define ANSWER "no crypto isakmp aggressive-mode disable\n"

static struct pair p;

/* @globals: lines before the map; @entry: lines of its entry */
static char *site(char which, const char *globals, const char *entry)
{
	bool a = which == 'a';
	char *text;

	if (asprintf(&text,
		     "hostname gw%c\nip domain name example.net\n"
		     "crypto isakmp policy 10\n encr aes\n hash sha256\n authentication pre-share\n group 2\n"
		     "crypto isakmp policy 20\n encr 3des\n authentication pre-share\n group 5\n"
		     "%scrypto ipsec transform-set T esp-aes esp-sha-hmac\n"
		     "crypto map VPN 10 ipsec-isakmp\n set peer %s\n set transform-set T\n%s match address 100\n"
		     "interface eth0\n ip address %s 255.255.255.0\n crypto map VPN\n"
		     "access-list 100 permit ip %s 0.0.0.255 %s 0.0.0.255\n",
		     which, globals, a ? "198.51.100.1" : "192.0.2.1", entry, a ? "192.0.2.1" : "198.51.100.1",
		     a ? "10.1.0.0" : "10.2.0.0", a ? "10.2.0.0" : "10.1.0.0") < 0)
		abort();
	return text;
}

static void start(const char *globals_a, const char *entry_a, const char *globals_b, const char *entry_b)
{
	char *a = site('a', globals_a, entry_a), *b = site('b', globals_b, entry_b);

	pair_start(&p, a, b);
	p.a.ike.schedule.retransmit[0] = p.b.ike.schedule.retransmit[0] = LIMIT;
	free(a);
	free(b);
}

static void stop(const char *what)
{
	ok(!pair_stop(&p), "%s: no SA and no reserved SPI stays in a kernel", what);
}

static bool failed(struct pair *q)
{
	return pair_events(&q->a, "sa-delete", NULL, NULL) || pair_events(&q->b, "sa-delete", NULL, NULL);
}

/* Which key and identity bring a tunnel up, in which mode; SAs and messages counted. */
static void good(void)
{
	static const struct {
		const char *what, *a, *entry_a, *b, *entry_b;
		bool aggressive;
		const char *id_a, *id_b, *profile_b;	/* as the other side sees them */
	} row[] = {
		{ "aggressive mode by profile, addresses", "crypto isakmp key k address 0.0.0.0\n" PROFILE " match identity address 198.51.100.0 255.255.255.0\n" AGGRESSIVE,
		  " set isakmp-profile P\n", ANSWER "crypto isakmp key k address 192.0.2.1\n", "", true, "192.0.2.1", "198.51.100.1", NULL },
		{ "aggressive mode, the key is found by host name", "crypto isakmp key k address 0.0.0.0\n" PROFILE " self-identity fqdn\n match identity address 0.0.0.0\n" AGGRESSIVE,
		  " set isakmp-profile P\n", ANSWER "crypto isakmp key k hostname gwa.example.net\n", "", true, "gwa.example.net", "198.51.100.1", NULL },
		{ "aggressive mode by peer policy, user and password", "crypto isakmp peer address 198.51.100.1\n set aggressive-mode password k\n"
		  " set aggressive-mode client-endpoint user-fqdn joe@example.net\n", "",
		  ANSWER "crypto isakmp key other address 0.0.0.0\n" KEYRING " pre-shared-key hostname joe@example.net key k\n"
		  PROFILE " keyring K\n match identity user domain example.net\n", " set isakmp-profile P\n", true, "joe@example.net", "198.51.100.1", "P" },
		{ "main mode, host names", "crypto isakmp identity hostname\ncrypto isakmp key k address 0.0.0.0\n" PROFILE " match identity host gwb.example.net\n",
		  " set isakmp-profile P\n", "crypto isakmp identity hostname\ncrypto isakmp key k address 0.0.0.0\n" PROFILE " match identity host domain example.net\n",
		  " set isakmp-profile P\n", false, "gwa.example.net", "gwb.example.net", "P" },
		{ "main mode, keys of host names by ip host", "ip host gwb 198.51.100.1\ncrypto isakmp key k hostname gwb\n", "",
		  "ip host gwa 192.0.2.1\ncrypto isakmp key k hostname gwa\n", "", false, "192.0.2.1", "198.51.100.1", NULL },
		{ "main mode, the longest prefix of all keyrings", KEYRING " pre-shared-key address 0.0.0.0 0.0.0.0 key wrong\n pre-shared-key address 198.51.0.0 255.255.0.0 key k\n"
		  "crypto isakmp key wrong address 198.0.0.0 255.0.0.0\n", "", "crypto isakmp key wrong address 0.0.0.0\n" KEYRING " pre-shared-key address 192.0.2.0 255.255.255.0 key k\n", "",
		  false, "192.0.2.1", "198.51.100.1", NULL },
		{ "a keyring for another address of ours is not asked", KEYRING " local-address 203.0.113.1\n pre-shared-key address 198.51.100.1 key wrong\n"
		  "crypto isakmp key k address 0.0.0.0\n", "", "crypto isakmp key k address 192.0.2.1\n", "", false, "192.0.2.1", "198.51.100.1", NULL },
		{ "the whole map's profile", "crypto isakmp key k address 0.0.0.0\n" PROFILE " self-identity user-fqdn a@b.c\n match identity address 0.0.0.0\ncrypto map VPN isakmp-profile P\n", "",
		  "crypto isakmp key k address 0.0.0.0\n" PROFILE " match identity user a@b.c\n" "crypto isakmp profile Q\n match identity user domain b.c\n", " set isakmp-profile P\n",
		  false, "a@b.c", "198.51.100.1", "P" },
		{ "disabled, a profile that would begin it falls back to main mode", "crypto isakmp aggressive-mode disable\ncrypto isakmp key k address 0.0.0.0\n" PROFILE " match identity address 0.0.0.0\n" AGGRESSIVE,
		  " set isakmp-profile P\n", "crypto isakmp key k address 0.0.0.0\n", "", false, "192.0.2.1", "198.51.100.1", NULL },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start(row[i].a, row[i].entry_a, row[i].b, row[i].entry_b);
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "%s: up, keys equal", row[i].what);
		ok(p.a.sent == (row[i].aggressive ? 4 : 5) && p.b.sent == (row[i].aggressive ? 2 : 4), "in so many messages");
		ok(pair_events(&p.b, "id", "address", row[i].id_a) == 1 && pair_events(&p.a, "id", "address", row[i].id_b) == 1, "with these identities");
		ok(!pair_events(&p.a, "packet-dropped", NULL, NULL) && !pair_events(&p.b, "packet-dropped", NULL, NULL), "nothing was dropped");
		ok(pair_events(&p.b, "id", "profile", row[i].profile_b ? row[i].profile_b : "P") == (row[i].profile_b ? 1 : 0), "and this profile");
		stop(row[i].what);
	}
}

/* short times, so that a lost message costs little; long enough for Diffie-Hellman on a busy machine */
static void hurry(void)
{
	static const struct ike_schedule quick = {
		.retransmit = { 200, 200, 200, 200, 200 }, .death = 200, .half_open = 2000, .request = 3000,
		.node_purge = 5000, .sa_purge = 1000, .old_pair = 300,
	};

	p.a.ike.schedule = p.b.ike.schedule = quick;
}

#define ANYKEY "crypto isakmp key k address 0.0.0.0\n"
#define INITIATE ANYKEY PROFILE " match identity address 0.0.0.0\n" AGGRESSIVE

static void refused(void)
{
	static const struct {
		const char *what, *a, *entry_a, *b, *entry_b;
		bool by_a;		/* whose event names the cause */
		const char *type, *key, *value;
	} row[] = {
		{ "main mode, an identity that our profile does not allow", ANYKEY PROFILE " match identity host gwb.example.net\n", " set isakmp-profile P\n",
		  ANYKEY, "", true, "identity-refused", "why", "profile" },
		{ "main mode, a key of another keyring than the identity's profile has", "crypto isakmp identity hostname\ncrypto isakmp key k address 0.0.0.0\n", "",
		  ANYKEY KEYRING " pre-shared-key address 10.0.0.0 255.0.0.0 key other\n" PROFILE " keyring K\n match identity host domain example.net\n", "",
		  false, "identity-refused", "why", "keyring" },
		{ "aggressive mode, the responder's identity is not allowed", ANYKEY PROFILE " match identity host gwb.example.net\n" AGGRESSIVE, " set isakmp-profile P\n",
		  ANSWER ANYKEY, "", true, "identity-refused", "why", "profile" },
		{ "aggressive mode, another key", INITIATE, " set isakmp-profile P\n", ANSWER "crypto isakmp key other address 0.0.0.0\n", "",
		  true, "packet-dropped", "reason", "bad-hash" },
		{ "aggressive mode, no key for that name", "crypto isakmp peer address 198.51.100.1\n set aggressive-mode password k\n set aggressive-mode client-endpoint fqdn x\n", "",
		  ANSWER "crypto isakmp key k hostname y\ncrypto isakmp key k address 10.0.0.1\n", "", false, "psk", "context", "policy" },
		{ "aggressive mode, not allowed there", INITIATE, " set isakmp-profile P\n", ANYKEY, "", true, "notify-in", "name", "UNSUPPORTED_EXCHANGE_TYPE" },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		start(row[i].a, row[i].entry_a, row[i].b, row[i].entry_b);
		hurry();
		pair_acquire(&p.a);
		ok(pair_run(&p, failed, LIMIT), "%s: it ends", row[i].what);
		ok(pair_events(row[i].by_a ? &p.a : &p.b, row[i].type, row[i].key, row[i].value), "and names its cause");
		ok(!pair_sas(&p.a) && !pair_sas(&p.b) && !sa_established(&p.a.ike, &p.a.addr, &p.b.addr), "nothing is installed");
		stop(row[i].what);
	}
}

/* An entry is for its profile's peers; another peer's quick mode is refused, though its IKE SA is good. */
static void entry_of_another(void)
{
	start(ANYKEY, "", ANYKEY PROFILE " match identity host nobody\n", " set isakmp-profile P\n");
	pair_acquire(&p.a);
	ok(!pair_run(&p, pair_up, 1500) && pair_events(&p.b, "proposal-refused", "reason", "profile"), "an entry for another profile's peers: refused, by its name");
	ok(sa_established(&p.a.ike, &p.a.addr, &p.b.addr) && !pair_sas(&p.a) && !pair_sas(&p.b), "nothing but the IKE SA is there");
	stop("another profile's entry");
}

static bool lose_listed(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)from;
	(void)data;
	(void)len;
	return q->count > 31 || !(q->lose & 1u << q->count);
}

/* Nobody answers message 3: where it is lost, quick mode's first message takes it along again. */
static void lost(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		start(INITIATE, " set isakmp-profile P\n", ANSWER ANYKEY, "");
		hurry();
		p.pass = lose_listed;
		p.lose = 1u << i;
		pair_acquire(&p.a);
		ok(pair_run(&p, pair_up, LIMIT), "message %u is lost: the tunnel comes up", i + 1);
		ok(pair_sas(&p.a) == 2 && pair_sas(&p.b) == 2, "one pair on each side");
		stop("a lost message");
	}
}

/* The first answer is forged (one bit of its HASH is another): the true one is taken all the same. */
static bool forge_first(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)len;
	if (from == &q->b && data[18] == ISAKMP_XCHG_AGGRESSIVE && !(q->lose & 1)) {
		/* the ID payload's port: HASH_R covers it */
		uint8_t *at = data + 28;
		uint8_t type = data[16];

		while (type != ISAKMP_PL_ID) {
			type = at[0];
			at += at[2] << 8 | at[3];
		}
		at[7] ^= 1;
		q->lose |= 1;
	}
	return true;
}

static void forged(void)
{
	start(INITIATE, " set isakmp-profile P\n", ANSWER ANYKEY, "");
	hurry();
	p.pass = forge_first;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a forged message 2: the true one is taken");
	ok(pair_events(&p.a, "packet-dropped", "reason", "bad-hash") == 1, "the forged one is named");
	stop("forged");
}

static uint8_t first[2048];
static size_t first_len;

static bool keep_first(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	if (from == &q->a && !first_len && *len <= sizeof(first)) {
		memcpy(first, data, *len);
		first_len = *len;
	}
	return from == &q->b;	/* nothing of a's arrives by itself */
}

static bool have_first(struct pair *q)
{
	(void)q;
	return first_len;
}

static bool answered(struct pair *q)
{
	return q->b.sent;
}

/* Who only asks gets one answer for each question, no longer than one and a half times it, and none by a timer. */
static void amplification(void)
{
	start(INITIATE, " set isakmp-profile P\n", ANSWER ANYKEY, "");
	hurry();
	p.b.ike.schedule.half_open = 600;
	p.pass = keep_first;
	first_len = 0;
	pair_acquire(&p.a);
	pair_run(&p, have_first, LIMIT);
	pair_inject(&p.a, first, first_len);
	ok(pair_run(&p, answered, LIMIT) && p.last_from == &p.b, "one question: an answer");
	ok(p.last_len <= first_len + first_len / 2, "%zu bytes for %zu", p.last_len, first_len);
	pair_sleep(&p, 500);
	ok(p.b.sent == 1, "and none more by itself");
	pair_inject(&p.a, first, first_len);
	ok(p.b.sent == 2, "the same question: the same answer once more");
	pair_sleep(&p, 1500);
	ok(p.b.sent == 2 && !sa_half_open(&p.b.ike), "then it is forgotten");
	stop("asking");
	/* a responder with a long name: the answer would be too long */
	start("no crypto ipsec nat-transparency udp-encapsulation\n" INITIATE, " set isakmp-profile P\n", ANSWER ANYKEY
	      "crypto isakmp profile Q\n self-identity fqdn "
	      "a23456789.b23456789.c23456789.d23456789.e23456789.f23456789.g23456789.h23456789.i23456789.j23456789.k23456789.l23456789."
	      "a23456789.b23456789.c23456789.d23456789.e23456789.f23456789.g23456789.h23456789.i23456789.j23456789.k23456789.l23456789\n"
	      " match identity address 0.0.0.0\n", "");
	hurry();
	pair_acquire(&p.a);
	ok(pair_run(&p, failed, LIMIT) && !p.b.sent && pair_events(&p.b, "packet-dropped", "reason", "bad-value"), "too long an answer is not sent");
	stop("too long");
}

/* Off, and nobody with a key here: not even a refusal goes out. */
static void silent(void)
{
	start(INITIATE, " set isakmp-profile P\n", "crypto isakmp key k address 10.0.0.1\n", "");
	hurry();
	pair_acquire(&p.a);
	ok(pair_run(&p, failed, LIMIT) && !p.b.sent && pair_events(&p.b, "packet-dropped", "reason", "unsupported"), "a stranger asks in vain");
	ok(!sa_half_open(&p.b.ike) && !sa_peers(&p.b.ike), "and leaves nothing behind");
	stop("a stranger");
}

int main(void)
{
	good();
	refused();
	entry_of_another();
	lost();
	forged();
	amplification();
	silent();
	return done_testing();
}
