/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two managers with a NAT in front of one or both: it is found, IKE floats to
 * port 4500, ESP goes in UDP with the right ports, keepalives hold the mapping,
 * and a NAT that forgets is followed. Without a NAT nothing of that happens.
 */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "pair.h"
#include "phase1.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT	20000
#define NAT_A	"203.0.113.9"
#define NAT_B	"203.0.113.77"

static struct pair p;

/* @text with every @old replaced by @now; frees @text */
static char *replaced(char *text, const char *old, const char *now)
{
	char *out = calloc(1, strlen(text) * 2 + 1), *at = text, *found;

	while ((found = strstr(at, old))) {
		strncat(out, at, (size_t)(found - at));
		strcat(out, now);
		at = found + strlen(old);
	}
	strcat(out, at);
	free(text);
	return out;
}

static bool transport;

/* From one network to the other becomes: from one gateway to the other, in transport mode. */
static char *between_gateways(char *text)
{
	text = replaced(text, " mode tunnel", " mode transport");
	text = replaced(text, "10.1.0.0 0.0.0.255", "host 192.0.2.1");
	return replaced(text, "10.2.0.0 0.0.0.255", "host 198.51.100.1");
}

/* Peers are configured by the addresses that they are seen with. */
static void start(bool nat_a, bool nat_b, const char *set, const char *more_a)
{
	char *a = pair_config('a', " encr aes\n group 2", set, ""), *b = pair_config('b', " encr aes\n group 2", set, "");
	char *whole = NULL;

	if (transport)
		a = between_gateways(a), b = between_gateways(b);

	if (nat_a)
		b = replaced(b, "192.0.2.1", NAT_A);
	if (nat_b)
		a = replaced(a, "address 198.51.100.1", "address " NAT_B), a = replaced(a, "peer 198.51.100.1", "peer " NAT_B),
		a = replaced(a, "host 198.51.100.1", "host " NAT_B);
	if (asprintf(&whole, "%s%s", more_a, a) < 0)
		abort();
	pair_start(&p, whole, b);
	p.a.ike.schedule.retransmit[0] = p.b.ike.schedule.retransmit[0] = LIMIT;
	if (nat_a) {
		addr_parse(NAT_A, &p.a.nat);
		p.a.nat_shift = 10000;
	}
	if (nat_b)
		addr_parse(NAT_B, &p.b.nat);
	free(a);
	free(b);
	free(whole);
}

static void stop(const char *what)
{
	unsigned int left = pair_stop(&p);

	ok(!left, "%s: no SA and no reserved SPI stays in a kernel", what);
}

/* Keys of both sides agree; addresses do not, where a NAT is. */
static bool up(struct pair *q)
{
	const struct pair_side *sides[2] = { &q->a, &q->b };
	unsigned int i, n, both = 0;

	for (i = 0; i < 2; i++) {
		for (n = 0; n < PAIR_SAS; n++)
			both += sides[i]->sas[n].used && !sides[i]->sas[n].standby;
	}
	return both == 4;
}

static const struct pair_sa *sa_in(const struct pair_side *s, bool inbound)
{
	unsigned int n;

	for (n = 0; n < PAIR_SAS; n++) {
		if (s->sas[n].used && s->sas[n].inbound == inbound)
			return &s->sas[n];
	}
	return NULL;
}

static bool ports(const struct pair_side *s, bool inbound, uint16_t sport, uint16_t dport)
{
	const struct pair_sa *sa = sa_in(s, inbound);

	return sa && sa->encap_sport == sport && sa->encap_dport == dport;
}

/* Is the number @value in an event @type of @s, anywhere? */
static bool says(const struct pair_side *s, const char *type, const char *value)
{
	bool found = false;
	json_t *ev;
	size_t i;
	char *text;

	json_array_foreach(s->events, i, ev) {
		if (strcmp(json_string_value(json_object_get(ev, "type")), type))
			continue;
		text = json_dumps(ev, JSON_COMPACT);
		found = found || strstr(text, value);
		free(text);
	}
	return found;
}

static void none(void)
{
	start(false, false, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "no NAT: the tunnel comes up");
	ok(p.a.last_port == 500 && p.b.last_port == 500, "no NAT: by port 500");
	ok(ports(&p.a, true, 0, 0) && ports(&p.a, false, 0, 0) && ports(&p.b, true, 0, 0) && ports(&p.b, false, 0, 0),
	   "no NAT: ESP alone");
	ok(pair_events(&p.a, "nat-d", NULL, NULL) == 2 && pair_events(&p.b, "nat-d", NULL, NULL) == 2, "no NAT: both looked");
	ok(!pair_events(&p.b, "port-floated", NULL, NULL), "no NAT: nothing floats");
	stop("no NAT");
}

static void in_front_of_initiator(void)
{
	start(true, false, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "NAT before the initiator: the tunnel comes up");
	ok(p.a.last_port == 4500 && p.b.last_port == 4500, "IKE floated to port 4500");
	ok(pair_events(&p.b, "port-floated", NULL, NULL) == 1, "the responder tells it once");
	ok(says(&p.b, "peer-inserted", "\"peer_port\":14500"), "and the peer has that port from then on");
	ok(pair_events(&p.a, "udp-enc", NULL, NULL) == 1 && !pair_events(&p.b, "udp-enc", NULL, NULL), "the initiator tells that ESP goes in UDP");
	ok(ports(&p.a, false, 4500, 4500) && ports(&p.a, true, 4500, 4500), "the initiator's ESP is in UDP, 4500 to 4500");
	ok(ports(&p.b, true, 14500, 4500) && ports(&p.b, false, 4500, 14500), "the responder's by the NAT's port");
	ok(sa_in(&p.a, true)->mode == CMAP_MODE_TUNNEL, "in tunnel mode");
	stop("NAT before the initiator");
}

static void in_front_of_responder(void)
{
	start(false, true, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "NAT before the responder: the tunnel comes up");
	ok(p.a.last_port == 4500 && p.b.last_port == 4500, "IKE floated to port 4500");
	ok(ports(&p.a, false, 4500, 4500) && ports(&p.b, false, 4500, 4500), "ESP is in UDP");
	stop("NAT before the responder");
}

static void in_front_of_both(void)
{
	start(true, true, "esp-aes 256 esp-sha256-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "two NATs: the tunnel comes up");
	ok(ports(&p.b, false, 4500, 14500), "ESP is in UDP, to the NAT's port");
	stop("two NATs");
}

static bool proxies(const struct pair_side *s, const char *local, const char *remote)
{
	const struct pair_sa *in = sa_in(s, true), *out = sa_in(s, false);
	struct addr l, r;

	addr_parse(local, &l);
	addr_parse(remote, &r);
	return in && out && addr_equal(&in->local.addr, &l) && addr_equal(&in->remote.addr, &r) &&
	       addr_equal(&out->local.addr, &l) && addr_equal(&out->remote.addr, &r) && in->mode == CMAP_MODE_TRANSPORT;
}

/* Each end has other addresses in mind: NAT-OA tells the responder which of them are meant. */
static void transport_mode(void)
{
	transport = true;
	start(true, false, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "transport mode, NAT before the initiator: it comes up");
	ok(proxies(&p.a, "192.0.2.1", "198.51.100.1"), "the initiator's addresses are those that it has");
	ok(proxies(&p.b, "198.51.100.1", NAT_A), "the responder's those that it sees");
	stop("transport mode, NAT before the initiator");
	start(true, true, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT) && proxies(&p.a, "192.0.2.1", NAT_B) && proxies(&p.b, "198.51.100.1", NAT_A),
	   "transport mode, two NATs");
	stop("transport mode, two NATs");
	start(false, true, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT) && proxies(&p.a, "192.0.2.1", NAT_B) && proxies(&p.b, "198.51.100.1", "192.0.2.1"),
	   "transport mode, NAT before the responder");
	stop("transport mode, NAT before the responder");
	transport = false;
}

/* --- the drafts --- */

static const char *const forms[] = {
	"\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f",	/* RFC 3947 */
	"\x43\x9b\x59\xf8\xba\x67\x6c\x4c\x77\x37\xae\x22\xea\xb8\xf5\x82",	/* 07 */
	"\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56",	/* 03 */
	"\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f",	/* 02 */
};

static unsigned int unheard;	/* so many of the forms do not get through */
static unsigned int answered;	/* bit n: the responder's second message has form n */

static bool old_peer(struct pair *q, struct pair_side *from, uint8_t *data, size_t *len)
{
	unsigned int i;
	uint8_t *at;

	for (i = 0; i < 4; i++) {
		at = memmem(data, *len, forms[i], 16);
		if (at && i < unheard)
			*at ^= 0xff;
		else if (at && from == &q->b)
			answered |= 1u << i;
	}
	return true;
}

static void form(unsigned int which, const char *name, bool draft, bool in_transport)
{
	const char *nat_d = draft ? "\"payload_type\":130" : which == 1 ? "\"payload_type\":15" : "\"payload_type\":20";
	const char *encaps = in_transport ? draft ? "61444" : "\"value\":4" : draft ? "61443" : "\"value\":3";

	transport = in_transport;
	unheard = which;
	answered = 0;
	start(true, false, "esp-aes esp-sha-hmac", "");
	p.pass = old_peer;
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "%s: the tunnel comes up", name);
	ok(answered == 1u << which, "%s: the responder answers with that vendor ID alone", name);
	ok(says(&p.a, "nat-d", nat_d) && says(&p.b, "nat-d", nat_d), "%s: its payloads have %s", name, nat_d);
	ok(says(&p.a, "proposal", encaps) && says(&p.b, "proposal", encaps), "%s: encapsulation mode %s", name, encaps);
	ok(p.a.last_port == 4500 && ports(&p.b, false, 4500, 14500), "%s: port 4500", name);
	ok(!in_transport || proxies(&p.b, "198.51.100.1", NAT_A), "%s: original addresses are understood", name);
	stop(name);
	transport = false;
}

static void old_forms(void)
{
	form(0, "RFC 3947", false, false);
	form(1, "draft 07", false, false);
	form(2, "draft 03", true, false);
	form(3, "draft 02", true, false);
	form(0, "RFC 3947, transport mode", false, true);
	form(1, "draft 07, transport mode", false, true);
	form(2, "draft 03, transport mode", true, true);
	unheard = 4;
	start(true, false, "esp-aes esp-sha-hmac", "");
	p.pass = old_peer;
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT) && p.a.last_port == 500 && ports(&p.b, true, 0, 0), "none of them: no NAT traversal");
	stop("none of them");
}

static void switched_off(void)
{
	start(true, false, "esp-aes esp-sha-hmac", "no crypto ipsec nat-transparency udp-encapsulation\n");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "nat-transparency off: the tunnel comes up");
	ok(p.a.last_port == 500 && ports(&p.b, true, 0, 0), "without NAT traversal");
	ok(!pair_events(&p.a, "vendor-out", "name", "rfc3947") && !pair_events(&p.b, "vendor-out", "name", "rfc3947"),
	   "nobody says that it speaks it");
	stop("nat-transparency off");
}

static bool kept(struct pair *q)
{
	return q->a.keepalives;
}

static void keepalives(void)
{
	start(true, false, "esp-aes esp-sha-hmac", "crypto isakmp nat keepalive 5\n");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "keepalives: the tunnel comes up");
	ok(pair_run(&p, kept, 7000), "who is behind the NAT sends them, as often as it is told");
	ok(!p.b.keepalives, "the other side does not");
	stop("keepalives");
}

static struct ike_sa *established(struct pair_side *s, struct pair_side *other)
{
	return sa_established(&s->ike, &s->addr, other->nat.length ? &other->nat : &other->addr);
}

static bool moved(struct pair *q)
{
	struct ike_sa *sa = established(&q->b, &q->a);

	return sa && sa->remote_port == 34500;
}

/* The pair of b in UDP to that port of the NAT; of a nothing changes */
static bool pair_at(uint16_t port)
{
	return ports(&p.b, true, port, 4500) && ports(&p.b, false, 4500, port) && ports(&p.a, true, 4500, 4500) &&
	       ports(&p.a, false, 4500, 4500);
}

static void forgets(void)
{
	struct ike_sa *sa;

	start(true, false, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "a NAT that forgets: the tunnel comes up");
	p.a.nat_shift = 30000;
	sa = established(&p.a, &p.b);
	info_are_you_there(sa, 1);
	ok(pair_run(&p, moved, LIMIT), "an authentic message from another port: it is followed");
	ok(pair_at(34500), "the pair is moved there");
	stop("a NAT that forgets");
}

/* The kernel tells that ESP comes from another port. That alone proves nothing. */
static void seen_elsewhere(void)
{
	struct addr other;
	uint32_t spi;
	unsigned int sent;

	start(true, false, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "ESP from another port: the tunnel comes up");
	spi = sa_in(&p.b, true)->spi;
	sent = p.b.sent;
	ike_kernel_events.moved(&p.b.ike, IPPROTO_ESP, spi, &p.a.nat, 40000);
	pair_sleep(&p, 50);
	ok(p.b.sent == sent + 1 && pair_at(14500) && established(&p.b, &p.a)->remote_port == 14500,
	   "a port that is not the peer's: it is asked there, and nothing changes");
	addr_parse("203.0.113.66", &other);
	sent = p.b.sent;
	ike_kernel_events.moved(&p.b.ike, IPPROTO_ESP, spi, &other, 14500);
	ike_kernel_events.moved(&p.b.ike, IPPROTO_ESP, spi, &p.a.nat, 14500);
	ike_kernel_events.moved(&p.b.ike, IPPROTO_ESP, spi + 1, &p.a.nat, 14501);
	pair_sleep(&p, 50);
	ok(p.b.sent == sent && pair_at(14500), "another address, the known port, an unknown SPI: nobody is asked");
	p.a.nat_shift = 30000;
	ike_kernel_events.moved(&p.b.ike, IPPROTO_ESP, spi, &p.a.nat, 34500);
	ok(pair_run(&p, moved, LIMIT) && pair_at(34500), "the peer answers from there: IKE and ESP go there");
	stop("ESP from another port");
}

static bool renewed(struct pair *q)
{
	struct ike_sa *sa = established(&q->b, &q->a);

	return sa && sa->initiator;
}

/* Who is before the NAT begins: there is no mapping for port 500, but one for 4500. */
static void renewal(void)
{
	start(true, false, "esp-aes esp-sha-hmac", "");
	pair_acquire(&p.a);
	ok(pair_run(&p, up, LIMIT), "renewal: the tunnel comes up");
	ok(phase1_start(&p.b.ike, &p.b.addr, &p.a.nat, NULL) != NULL, "the responder begins a new main mode");
	ok(p.b.last_port == 4500, "by port 4500");
	ok(pair_run(&p, renewed, LIMIT), "to the port that the NAT has for the peer: it is completed");
	stop("renewal");
}

int main(void)
{
	renewal();
	none();
	in_front_of_initiator();
	in_front_of_responder();
	in_front_of_both();
	transport_mode();
	old_forms();
	switched_off();
	keepalives();
	forgets();
	seen_elsewhere();
	crypto_fini();
	return done_testing();
}
