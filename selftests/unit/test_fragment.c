/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IKE messages in pieces: cut where the path takes no more, put together in any
 * order; what is wrong with a piece, and that pieces cost and cause nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "fragment.h"
#include "pair.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT	20000
#define ON	"crypto isakmp fragmentation\n"

static struct pair p;

static void start(const char *more_a, const char *more_b)
{
	char *a = pair_config('a', " encr aes\n group 16", "esp-aes esp-sha-hmac", "");
	char *b = pair_config('b', " encr aes\n group 16", "esp-aes esp-sha-hmac", "");
	char *with_a = NULL, *with_b = NULL;

	if (asprintf(&with_a, "%s%s", more_a, a) < 0 || asprintf(&with_b, "%s%s", more_b, b) < 0)
		abort();
	pair_start(&p, with_a, with_b);
	free(a);
	free(b);
	free(with_a);
	free(with_b);
}

static void mtu(uint32_t bytes)
{
	p.a.ike.bindings[0].mtu = p.b.ike.bindings[0].mtu = bytes;
}

static void stop(const char *what)
{
	unsigned int left = pair_stop(&p);

	ok(!left, "%s: no SA and no reserved SPI stays in a kernel", what);
}

static bool is_piece(const uint8_t *data)
{
	return data[16] == ISAKMP_PL_FRAGMENT;
}

/* Of all datagrams the biggest; none that is bigger than @biggest arrives */
static size_t biggest, seen_biggest;

static bool narrow(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	(void)from;
	(void)data;
	if (*len > seen_biggest)
		seen_biggest = *len;
	return *len <= biggest;
}

static void watch(size_t limit)
{
	biggest = limit;
	seen_biggest = 0;
	p.pass = narrow;
}

static unsigned int pieces(const struct pair_side *s)
{
	return pair_events(s, "fragment-out", NULL, NULL);
}

static void cut(void)
{
	start(ON, ON);
	mtu(600);
	watch(SIZE_MAX);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "an MTU of 600 bytes, a key of 512: the tunnel comes up");
	ok(pieces(&p.a) == 2 && pieces(&p.b) == 2, "both key exchanges go in two pieces");
	ok(pair_events(&p.a, "fragment-in", NULL, NULL) == 2 && pair_events(&p.b, "fragment-in", NULL, NULL) == 2,
	   "and come so");
	ok(seen_biggest == 600 - 28, "the first of them fills the MTU: %zu bytes", seen_biggest);
	ok(pair_events(&p.a, "vendor-out", "name", "IKE Fragmentation") == 1 &&
	   pair_events(&p.b, "vendor-out", "name", "IKE Fragmentation") == 1, "each says so once that it takes pieces");
	ok(pair_events(&p.a, "vendor-in", "kind", "fragmentation") && pair_events(&p.b, "vendor-in", "kind", "fragmentation"),
	   "and is heard");
	ok(!pair_events(&p.a, "packet-dropped", NULL, NULL) && !pair_events(&p.b, "packet-dropped", NULL, NULL),
	   "nothing is dropped");
	stop("MTU 600");
}

static void not_cut(void)
{
	start(ON, ON);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && !pieces(&p.a) && !pieces(&p.b), "an MTU of 1500 bytes: nothing is cut");
	stop("MTU 1500");
	start(ON, "");
	mtu(600);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && !pieces(&p.a) && !pieces(&p.b), "a peer that takes no pieces gets none");
	ok(pair_events(&p.b, "vendor-in", "kind", "fragmentation-disabled"), "it says that it is not configured");
	ok(!pair_events(&p.b, "vendor-out", "name", "IKE Fragmentation"), "and does not offer it");
	stop("one side only");
	start("", ON);
	mtu(600);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && !pieces(&p.a) && !pieces(&p.b), "nor from a responder that nobody has asked");
	ok(!pair_events(&p.b, "vendor-out", "name", "IKE Fragmentation"), "which does not offer it");
	stop("the other side only");
}

/* IP fragments are lost on the way, which nobody says. */
static void black_hole(void)
{
	unsigned int i;

	start(ON, ON);
	for (i = 0; i < IKE_RETRANSMITS; i++)
		p.a.ike.schedule.retransmit[i] = p.b.ike.schedule.retransmit[i] = 250;
	watch(576 - 28);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a path that takes 576 bytes, and says nothing: the tunnel comes up");
	ok(pieces(&p.a) >= 2 && pieces(&p.b) >= 2, "in pieces, after tries without them");
	ok(pair_events(&p.a, "retransmit", NULL, NULL) >= 2, "the first tries are whole");
	stop("a black hole");
}

/* --- disorder --- */

static uint8_t held[8][1500];
static size_t held_len[8];
static unsigned int held_count;
static struct pair_side *held_from;

/* Pieces are kept back, two of a message, and come the other way round, one of them twice. */
static bool disorder(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	if (!is_piece(data))
		return true;
	memcpy(held[held_count], data, *len);
	held_len[held_count++] = *len;
	held_from = from;
	if (held_count < 2)
		return false;
	fly(from, 500, 500, held[1], held_len[1]);
	fly(from, 500, 500, held[1], held_len[1]);
	fly(from, 500, 500, held[0], held_len[0]);
	held_count = 0;
	return false;
}

static void out_of_order(void)
{
	start(ON, ON);
	mtu(600);
	p.pass = disorder;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "pieces in the wrong order, and twice: the tunnel comes up");
	ok(!pair_events(&p.a, "retransmit", NULL, NULL), "at once");
	stop("disorder");
}

static unsigned int piece_count;

static bool lose_second(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	(void)q;
	(void)from;
	(void)len;
	return !is_piece(data) || ++piece_count != 2;
}

static void lost(void)
{
	start(ON, ON);
	mtu(600);
	p.a.ike.schedule.retransmit[0] = 100;
	piece_count = 0;
	p.pass = lose_second;
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a lost piece: the tunnel comes up with the repetition");
	ok(!pair_events(&p.b, "packet-dropped", "reason", "fragment"), "what came before is used");
	stop("a lost piece");
}

/* --- single pieces --- */

static struct ike_sa *half(void)
{
	struct ike_sa *sa;

	start(ON, ON);
	sa = sa_new(&p.b.ike, &p.b.addr, &p.a.addr, (const uint8_t *)"initiato");
	return sa;
}

static uint8_t datagram[2000];

static size_t piece_of(const struct ike_sa *sa, uint16_t id, uint8_t number, bool last, const char *text)
{
	size_t len = 36 + strlen(text);

	memset(datagram, 0, sizeof(datagram));
	memcpy(datagram, sa->icookie, 8);
	memcpy(datagram + 8, sa->rcookie, 8);
	datagram[16] = ISAKMP_PL_FRAGMENT;
	datagram[17] = 0x10;
	datagram[18] = ISAKMP_XCHG_MAIN;
	datagram[26] = (uint8_t)(len >> 8);
	datagram[27] = (uint8_t)len;
	datagram[30] = (uint8_t)((len - 28) >> 8);
	datagram[31] = (uint8_t)(len - 28);
	datagram[32] = (uint8_t)(id >> 8);
	datagram[33] = (uint8_t)id;
	datagram[34] = number;
	datagram[35] = last;
	memcpy(datagram + 36, text, strlen(text));
	return len;
}

static char message[FRAGMENT_MESSAGE_MAX + 1], why[FRAGMENT_WHY];
static enum event_drop reason;

static int take(struct ike_sa *sa, size_t len)
{
	uint8_t *whole = NULL;
	size_t whole_len = 0;
	int rc = fragment_take(sa, datagram, len, &whole, &whole_len, &reason, why);

	memset(message, 0, sizeof(message));
	if (rc == 1)
		memcpy(message, whole, whole_len);
	free(whole);
	return rc;
}

static int piece(struct ike_sa *sa, uint16_t id, uint8_t number, bool last, const char *text)
{
	return take(sa, piece_of(sa, id, number, last, text));
}

static void together(void)
{
	struct ike_sa *sa = half();

	ok(piece(sa, 1, 1, true, "one") == 1 && !strcmp(message, "one"), "one piece");
	ok(!piece(sa, 2, 1, false, "ab") && !piece(sa, 2, 2, false, "cd") && piece(sa, 2, 3, true, "e") == 1 &&
	   !strcmp(message, "abcde"), "three");
	ok(!piece(sa, 3, 3, true, "e") && !piece(sa, 3, 1, false, "ab") && piece(sa, 3, 2, false, "cd") == 1 &&
	   !strcmp(message, "abcde"), "the last one first");
	ok(!piece(sa, 4, 1, false, "ab") && !piece(sa, 4, 1, false, "ab") && piece(sa, 4, 2, true, "c") == 1 &&
	   !strcmp(message, "abc"), "one twice");
	ok(!piece(sa, 5, 1, false, "ab") && !piece(sa, 6, 1, false, "xy") && piece(sa, 5, 2, true, "c") == -1 &&
	   reason == DROP_FRAGMENT && piece(sa, 6, 2, true, "z") == 1 && !strcmp(message, "xyz"),
	   "another message begins: pieces of the one before are late, and spoil nothing");
	ok(!piece(sa, 1, 1, false, "ab") && !piece(sa, 1, 1, false, "xy") && piece(sa, 1, 2, true, "z") == 1 &&
	   !strcmp(message, "xyz"), "a peer that numbers all messages alike: another first piece begins another one");
	ok(!piece(sa, 1, 2, true, "b") && !piece(sa, 1, 3, true, "c") && !piece(sa, 1, 1, false, "a") &&
	   piece(sa, 1, 2, false, "b") == 1 && !strcmp(message, "abc"), "so does another last one");
	ok(!piece(sa, 1, 3, false, "c") && !piece(sa, 1, 2, true, "b") && piece(sa, 1, 1, false, "a") == 1 &&
	   !strcmp(message, "ab"), "and a last one before one that came");
	stop("put together");
}

static void refused(void)
{
	struct ike_sa *sa = half();
	size_t len;

	ok(piece(sa, 1, 0, false, "a") == -1 && strstr(why, "number 0"), "number 0: %s", why);
	ok(piece(sa, 1, FRAGMENTS_MAX + 1, false, "a") == -1 && strstr(why, "number 65"), "number 65: %s", why);
	ok(!piece(sa, 1, FRAGMENTS_MAX, false, "a"), "number 64 is possible");
	ok(piece(sa, 1, 1, false, "") == -1, "nothing in it: %s", why);
	len = piece_of(sa, 1, 1, false, "abc");
	datagram[31]++;
	ok(take(sa, len) == -1, "a payload longer than its message: %s", why);
	len = piece_of(sa, 1, 1, false, "abc");
	datagram[31]--;
	ok(take(sa, len) == -1, "one that does not fill it");
	len = piece_of(sa, 1, 1, false, "abc");
	datagram[28] = ISAKMP_PL_VID;
	ok(take(sa, len) == -1, "one with another behind it");
	stop("refused");
	start("", "");
	sa = sa_new(&p.b.ike, &p.b.addr, &p.a.addr, (const uint8_t *)"initiato");
	ok(piece(sa, 1, 1, true, "a") == -1 && strstr(why, "not configured"), "not configured: %s", why);
	stop("not configured");
}

static void bounds(void)
{
	struct ike_sa *sa = half();
	char text[1401];
	unsigned int i;
	int rc = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (i = 1; !rc; i++)
		rc = piece(sa, 1, (uint8_t)i, false, text);
	ok(rc == -1 && i - 1 == FRAGMENT_MESSAGE_MAX / 1400 + 1 && sa->fragments->length == 0,
	   "more than %u bytes: all of it is forgotten", FRAGMENT_MESSAGE_MAX);
	p.b.ike.schedule.fragment = 50;
	ok(!piece(sa, 2, 1, false, "a") && sa->fragments->count == 1, "a piece waits");
	pair_sleep(&p, 150);
	ok(!sa->fragments->count && pair_events(&p.b, "packet-dropped", "reason", "fragment") == 1, "and is forgotten in time");
	stop("bounds");
}

/* Through the door: who knows no SA causes nothing, and a message in pieces is a message like others. */
static void door(void)
{
	struct ike_sa *sa = half();
	unsigned int sent = p.b.sent;
	size_t len;

	len = piece_of(sa, 1, 1, true, "no message");
	pair_inject(&p.a, datagram, len);
	ok(pair_events(&p.b, "packet-dropped", "reason", "malformed") == 1 || pair_events(&p.b, "packet-dropped", "reason", "short") == 1,
	   "what is no message is dropped like one that came whole");
	len = piece_of(sa, 2, 1, true, "12345678901234567890123456789012345678901234567890");
	memcpy(datagram + 36, datagram, 28);
	datagram[36 + 27] = 50;
	pair_inject(&p.a, datagram, len);
	ok(pair_events(&p.b, "packet-dropped", "reason", "fragment") == 1, "fragments in fragments are dropped");
	len = piece_of(sa, 3, 1, true, "abc");
	datagram[0] ^= 1;
	pair_inject(&p.a, datagram, len);
	ok(pair_events(&p.b, "packet-dropped", "reason", "unknown-cookies") == 1, "a piece for no SA is dropped");
	ok(p.b.sent == sent, "nothing is answered to any of them");
	stop("the door");
}

/* A site with IPv6, and as many transform sets as make a quick mode with PFS too big for 1280 bytes */
static char *six_config(bool a)
{
	static const char *const hash[] = { "sha", "sha256", "sha384", "sha512", "md5" };
	static const char *const bits[] = { "", "192", "256" };
	const char *me = a ? "2001:db8:a::1" : "2001:db8:b::1", *peer = a ? "2001:db8:b::1" : "2001:db8:a::1";
	char *text = NULL, sets[1024] = "", names[128] = "";
	unsigned int i;

	for (i = 0; i < 15; i++) {
		sprintf(sets + strlen(sets), "crypto ipsec transform-set T%u esp-aes %s esp-%s-hmac\n", i, bits[i / 5], hash[i % 5]);
		sprintf(names + strlen(names), " T%u", i);
	}
	if (asprintf(&text,
		     ON "crypto isakmp policy 10\n authentication pre-share\n encr aes\n group 14\n"
		     "crypto isakmp key ciscokey address ipv6 %s/128\n%s"
		     "crypto map ipv6 VPN 10 ipsec-isakmp\n set peer %s\n set transform-set%s\n set pfs group16\n match address LIST\n"
		     "interface eth0\n ipv6 address %s/64\n ipv6 crypto map VPN\n"
		     "ipv6 access-list LIST\n permit ipv6 2001:db8:%s::/64 2001:db8:%s::/64\n",
		     peer, sets, peer, names, me, a ? "1" : "2", a ? "2" : "1") < 0)
		abort();
	return text;
}

static void six(void)
{
	char *a = six_config(true), *b = six_config(false);

	pair_start_at(&p, "2001:db8:a::1", "2001:db8:b::1", a, b);
	watch(1280 - 48);
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "IPv6, a quick mode of more than 1280 bytes: the tunnel comes up");
	ok(pieces(&p.a) == 2 && pair_events(&p.b, "fragment-in", NULL, NULL) == 2, "in two pieces, though it is encrypted");
	ok(seen_biggest == 1280 - 48, "of which the first fills 1280 bytes: %zu", seen_biggest);
	stop("IPv6");
	free(a);
	free(b);
}

static void spoken(void)
{
	static const uint8_t vid[20] = { [16] = 0x80 }, none[20] = { 0 };

	ok(fragment_spoken(vid, 16) && fragment_spoken(vid, 20), "Microsoft's vendor ID without capabilities, Cisco's with them");
	ok(!fragment_spoken(none, 20), "with none of them");
}

int main(void)
{
	cut();
	not_cut();
	black_hole();
	out_of_order();
	lost();
	together();
	refused();
	bounds();
	door();
	six();
	spoken();
	crypto_fini();
	return done_testing();
}
