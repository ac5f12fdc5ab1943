/* SPDX-License-Identifier: GPL-2.0-only */
/* The one state setter, message ids, proxies, and flows without a wire. */
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "lookup.h"
#include "pair.h"
#include "pair.c.inc"
#include "tap.h"

static struct pair p;

static void states(void)
{
	static const enum ike_state initiator[] = { IKE_I_MM1, IKE_I_MM2, IKE_I_MM2, IKE_I_MM3, IKE_I_MM4, IKE_I_MM4,
						    IKE_I_MM5, IKE_I_MM6, IKE_I_MM6, IKE_P1_COMPLETE, IKE_P1_COMPLETE,
						    IKE_DEST_SA, IKE_DEST_SA };
	struct ike_sa *sa = sa_new(&p.a.ike, &p.a.addr, &p.b.addr, NULL);
	unsigned int i, j, refused = 0, illegal;

	for (i = 0; i < sizeof(initiator) / sizeof(initiator[0]); i++)
		refused += !sa_state_set(sa, initiator[i], "test");
	ok(!refused, "an initiator's states in the order of a negotiation are legal");
	sa_discard(sa);
	sa = sa_new(&p.a.ike, &p.a.addr, &p.b.addr, NULL);
	ok(!sa_state_set(sa, IKE_P1_COMPLETE, "test") && sa->state == IKE_READY, "a jump to the end is refused, the state stays");
	ok(!sa_state_set(sa, IKE_R_MM3, "test"), "a responder's state in the middle is refused");
	illegal = 0;
	json_t *ev;
	json_array_foreach(p.a.events, i, ev)
		illegal += json_is_true(json_object_get(ev, "illegal"));
	ok(illegal == 2, "both refusals are reported");
	for (i = 0, j = 0; i < IKE_STATE_MAX; i++)
		j += !sa_state_name((enum ike_state)i);
	ok(!j, "every state has a name");
	sa_discard(sa);
}

static void message_ids(void)
{
	struct ike_sa *sa = sa_new(&p.a.ike, &p.a.addr, &p.b.addr, NULL);
	unsigned int i, again = 0, unknown = 0;
	uint32_t ids[2000];

	for (i = 0; i < 1000; i++)
		ids[i] = sa_message_id(sa);
	for (i = 1000; i < 2000; i++) {
		ids[i] = i * 2654435761u;
		sa_message_id_take(sa, ids[i]);
	}
	for (i = 0; i < 2000; i++) {
		unknown += !sa_message_id_used(sa, ids[i]);
		again += sa_message_id_take(sa, ids[i]);
	}
	ok(!unknown, "2000 message ids, ours and the peer's: each is known as used");
	ok(!again, "none can be taken twice");
	ok(sa->used_count == 2000, "none of ours was ever given out twice");
	sa_discard(sa);
}

static void lookups(void)
{
	struct ike_sa *mine = sa_new(&p.a.ike, &p.a.addr, &p.b.addr, NULL);
	static const uint8_t zero[8], cookie[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, other[8] = { 9 };
	struct ike_sa *theirs = sa_new(&p.a.ike, &p.a.addr, &p.b.addr, cookie);

	ok(sa_find(&p.a.ike, cookie, zero, &p.b.addr) == theirs, "a repeated first message finds the SA it made");
	ok(!sa_find(&p.a.ike, cookie, zero, &p.a.addr), "from another address it does not");
	ok(!sa_find(&p.a.ike, cookie, other, &p.b.addr), "nor with another responder cookie");
	ok(sa_find(&p.a.ike, mine->icookie, other, &p.b.addr) == mine, "an answer to our first message brings a new cookie");
	memcpy(mine->rcookie, other, 8);
	ok(!sa_find(&p.a.ike, mine->icookie, cookie, &p.b.addr), "later no other cookie will do");
	ok(!sa_established(&p.a.ike, &p.a.addr, &p.b.addr), "neither is established");
	sa_discard(mine);
	sa_discard(theirs);
	ok(!sa_peers(&p.a.ike), "the peer goes with its last SA");
}

static struct proxy proxy(const char *addr, uint8_t prefix, uint8_t protocol, uint16_t lo, uint16_t hi)
{
	struct proxy out = { .prefix = prefix, .protocol = protocol, .port_lo = lo, .port_hi = hi };

	addr_parse(addr, &out.addr);
	return out;
}

static void proxies(void)
{
	static const struct {
		const char *what;
		struct { const char *addr; uint8_t prefix, protocol; uint16_t lo, hi; } in, out;
		bool inside;
	} row[] = {
		{ "the same", { "10.1.0.0", 24, 0, 0, 0 }, { "10.1.0.0", 24, 0, 0, 0 }, true },
		{ "a host of it", { "10.1.0.7", 32, 0, 0, 0 }, { "10.1.0.0", 24, 0, 0, 0 }, true },
		{ "a larger net", { "10.1.0.0", 23, 0, 0, 0 }, { "10.1.0.0", 24, 0, 0, 0 }, false },
		{ "its neighbour", { "10.1.1.0", 24, 0, 0, 0 }, { "10.1.0.0", 24, 0, 0, 0 }, false },
		{ "anything in any", { "10.1.1.0", 24, 6, 80, 80 }, { "0.0.0.0", 0, 0, 0, 0 }, true },
		{ "one protocol in all", { "10.1.0.0", 24, 6, 0, 0 }, { "10.1.0.0", 24, 0, 0, 0 }, true },
		{ "all in one protocol", { "10.1.0.0", 24, 0, 0, 0 }, { "10.1.0.0", 24, 6, 0, 0 }, false },
		{ "a port in a range", { "10.1.0.0", 24, 6, 80, 80 }, { "10.1.0.0", 24, 6, 1, 1023 }, true },
		{ "a port outside", { "10.1.0.0", 24, 6, 8080, 8080 }, { "10.1.0.0", 24, 6, 1, 1023 }, false },
		{ "all ports in one", { "10.1.0.0", 24, 6, 0, 0 }, { "10.1.0.0", 24, 6, 80, 80 }, false },
	};
	unsigned int i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct proxy in = proxy(row[i].in.addr, row[i].in.prefix, row[i].in.protocol, row[i].in.lo, row[i].in.hi);
		struct proxy out = proxy(row[i].out.addr, row[i].out.prefix, row[i].out.protocol, row[i].out.lo,
					 row[i].out.hi);

		ok(proxy_inside(&in, &out) == row[i].inside, "proxy: %s is %sinside", row[i].what,
		   row[i].inside ? "" : "not ");
	}
}

static void no_key(void)
{
	struct flow *flow = sa_flows(&p.a.ike);

	pair_acquire(&p.a);
	ok(pair_events(&p.a, "request-failed", "why", "no-key") == 1, "no key for the peer: the request says so");
	ok(!sa_peers(&p.a.ike) && !p.a.sent, "nothing is sent, no SA stays");
	ok(timer_running(&flow->request), "the key engine will ask again");
	pair_acquire(&p.a);
	ok(pair_events(&p.a, "request-failed", NULL, NULL) == 1, "until then the kernel's questions start nothing");
}

int main(void)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", "");
	char *b = pair_config('b', " encr aes\n group 2", "esp-aes esp-sha-hmac", "");

	memcpy(strstr(a, "address 198.51.100.1"), "address 198.51.100.9", 20);
	pair_start(&p, a, b);
	free(a);
	free(b);
	states();
	message_ids();
	lookups();
	proxies();
	no_key();
	ok(!pair_stop(&p), "nothing stays in a kernel");
	crypto_fini();
	return done_testing();
}
