/* SPDX-License-Identifier: GPL-2.0-only */
/* Dynamic crypto maps between two managers: who is answered, the temporary entries and their numbers, what a reload leaves of them. */
#include <stdlib.h>
#include <string.h>

#include "adopt.h"
#include "config/model.h"
#include "dynamic.h"
#include "lookup.h"
#include "pair.h"
#include "pair.c.inc"
#include "tap.h"

#define LIMIT 20000
#define HUB(template, more) \
	"crypto isakmp policy 10\n authentication pre-share\n encr aes\n group 2\n" \
	"crypto isakmp key ciscokey address 0.0.0.0 0.0.0.0\n" \
	"crypto ipsec transform-set T esp-aes esp-sha-hmac\n" \
	"crypto dynamic-map D 10\n set transform-set T\n" template \
	"crypto map VPN 100 ipsec-isakmp dynamic D\n" more \
	"interface eth0\n ip address 198.51.100.1 255.255.255.0\n crypto map VPN\n" \
	"access-list 100 permit ip 10.2.0.0 0.0.0.255 10.1.0.0 0.0.0.255\n" \
	"access-list 101 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n" \
	"access-list 102 permit ip 10.2.0.0 0.0.0.255 10.9.0.0 0.0.0.255\n"

static struct pair p;

static void start(const char *hub, const char *extra)
{
	char *a = pair_config('a', " encr aes\n group 2", "esp-aes esp-sha-hmac", extra);

	pair_start(&p, a, hub);
	p.a.ike.schedule.retransmit[0] = p.b.ike.schedule.retransmit[0] = LIMIT;
	free(a);
}

static void stop(const char *what)
{
	unsigned int left = pair_stop(&p);

	ok(!left, "%s: no SA, SPI or temporary entry stays in a kernel", what);
}

static bool refused_heard(struct pair *q)
{
	return pair_events(&q->a, "notify-in", "name", "PROPOSAL_NOT_CHOSEN") > 0;
}

static bool nothing_left(struct pair *q)
{
	return !pair_sas(&q->b) && !pair_entries(&q->b);
}

static bool rekeyed(struct pair *q)
{
	return pair_events(&q->b, "outbound-current", NULL, NULL) > 0 && pair_up(q);
}

static struct kernel_sa_info soft(const struct child_sa *child, struct pair_side *s)
{
	/* an idle pair is not made again */
	sa_of(s, IPPROTO_ESP, child->spi_out, &child->remote)->packets = 1;
	return (struct kernel_sa_info){ .proto = IPPROTO_ESP, .spi = child->spi_out, .reason = "seconds" };
}

static void answers(void)
{
	struct kernel_acquire acq = { .map = "VPN", .seq = 65536, .ifindex = 2 };
	struct kernel_sa_info info;
	struct lookup_entry e;
	struct flow *flow;

	start(HUB("", ""), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a template answers: up, keys equal");
	flow = sa_flows(&p.b.ike);
	ok(flow && flow->dynamic && flow->seq == 65536 && !strcmp(flow->map, "VPN") && !TAILQ_NEXT(flow, link), "the flow is of entry 65536");
	ok(pair_entries(&p.b) == 1 && p.b.entry[0].seq == 65536 && addr_equal(&p.b.entry[0].peer, &p.a.addr) &&
	   proxy_equal(&p.b.entry[0].rule.local, &flow->local_proxy) && proxy_equal(&p.b.entry[0].rule.remote, &flow->remote_proxy) &&
	   p.b.entry[0].rule.permit, "the kernel has it, with the peer and its proxies");
	ok(lookup_entry(&p.b.ike, "VPN", 65536, &e) && e.peer_count == 1 && addr_equal(&e.peers[0], &p.a.addr) && e.proposal.sets == 1,
	   "it has the template's sets, and one peer");
	acq.local = flow->local_proxy;
	acq.remote = flow->remote_proxy;
	ike_kernel_events.acquire(&p.b.ike, &acq);
	ok(!flow->quick && !flow->waiting_for && !timer_running(&flow->request), "traffic begins nothing");
	info = soft(TAILQ_FIRST(&flow->children), &p.b);
	ike_kernel_events.soft_expire(&p.b.ike, &info);
	ok(pair_run(&p, rekeyed, LIMIT) && pair_entries(&p.b) == 1 && flow->seq == 65536, "the next pair is of the same entry");
	sa_clear_ipsec(&p.a.ike, NULL, NULL);
	ok(pair_run(&p, nothing_left, LIMIT) && !sa_flows(&p.b.ike), "the peer deletes its SAs: the entry goes, too");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && sa_flows(&p.b.ike)->seq == 65536, "again: its number is free again");
	stop("a template answers");
}

static void lists(void)
{
	start(HUB(" match address 101\n", ""), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && p.b.entry[0].rule.remote.prefix == 24, "proxies inside the template's list: those asked for");
	stop("inside the list");
	start(HUB(" match address 102\n", ""), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, refused_heard, LIMIT) && !pair_entries(&p.b) && !pair_sas(&p.b), "proxies outside of it: refused");
	stop("outside the list");
	start(HUB(" set peer 203.0.113.7\n", ""), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, refused_heard, LIMIT) && !pair_entries(&p.b), "a template for another peer: refused");
	stop("another peer");
	start(HUB(" match address 102\ncrypto dynamic-map D 20\n set transform-set T\n set pfs group2\n", ""), " set pfs group2");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && sa_flows(&p.b.ike)->dynamic->template_seq == 20, "the next template of the map is tried");
	stop("the next template");
	start(HUB(" set pfs group5\n", ""), " set pfs group2");
	pair_acquire(&p.a);
	ok(pair_run(&p, refused_heard, LIMIT) && !pair_entries(&p.b), "another group than the template's: refused");
	stop("another group");
}

static void order(void)
{
	start(HUB("", "crypto map VPN 10 ipsec-isakmp\n set peer 192.0.2.1\n set transform-set T\n match address 100\n"), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && sa_flows(&p.b.ike)->seq == 10 && !pair_entries(&p.b), "the entry with the lower sequence wins");
	stop("lower sequence");
	start(HUB("", "crypto map VPN 200 ipsec-isakmp\n set peer 192.0.2.1\n set transform-set T\n match address 100\n"), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT) && pair_entries(&p.b) == 1, "also if that is the dynamic one");
	stop("dynamic first");
}

static bool both_lost(struct pair *q)
{
	return !pair_sas(&q->a) && !pair_sas(&q->b) && !pair_entries(&q->b);
}

static void reload(const char *hub)
{
	struct config *old = p.b.config;

	p.b.config = pair_read(hub);
	ike_configure(&p.b.ike, p.b.config);
	config_free(old);
}

static void reloads(void)
{
	start(HUB("", ""), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "a tunnel, and reloads");
	reload(HUB(" match address 101\n", ""));
	pair_sleep(&p, 50);
	ok(pair_up(&p) && pair_entries(&p.b) == 1, "a list that holds its proxies: it stays");
	reload(HUB(" match address 102\n", ""));
	ok(pair_run(&p, both_lost, LIMIT), "one that does not: it goes, the peer is told");
	stop("reloads");
	start(HUB("", ""), "");
	pair_acquire(&p.a);
	ok(pair_run(&p, pair_up, LIMIT), "another tunnel");
	reload(HUB("no crypto dynamic-map D 10\ncrypto dynamic-map D 20\n set transform-set T\n", ""));
	ok(pair_run(&p, both_lost, LIMIT), "its template is gone: so is it");
	stop("no template");
}

/* --- numbers, and peers that want the same: entries made by hand --- */

static struct dynamic *get(const char *remote, const char *proxy, uint8_t prefix, bool *refused)
{
	struct lookup_entry e = { .map = "VPN", .template = config_template_find(p.b.ike.config, "D", 10) };
	struct peer peer = { .ike = &p.b.ike, .local = p.b.addr };
	struct ike_sa sa = { .peer = &peer };
	struct proxy l = { .prefix = 24 }, r = { .prefix = prefix };

	addr_parse(remote, &peer.remote);
	addr_parse("10.2.0.0", &l.addr);
	addr_parse(proxy, &r.addr);
	*refused = dynamic_refuses(&sa, e.template, "VPN", &l, &r);
	return *refused ? NULL : dynamic_get(&sa, &e, &l, &r);
}

static void numbers(void)
{
	struct dynamic *d[4];
	struct flow *flow;
	unsigned int i;
	bool no;

	start(HUB("", "crypto isakmp key other address 203.0.113.0 255.255.255.0\n"), "");
	d[0] = get("192.0.2.1", "10.1.0.0", 24, &no);
	d[1] = get("192.0.2.2", "10.1.1.0", 24, &no);
	d[2] = get("192.0.2.2", "10.1.2.0", 24, &no);
	ok(d[0]->seq == 65536 && d[1]->seq == 65537 && d[2]->seq == 65538, "numbers count up");
	ok(get("192.0.2.2", "10.1.1.0", 24, &no) == d[1] && d[1]->users == 2, "the same peer and proxies: the same entry");
	dynamic_put(d[1]);
	dynamic_put(d[1]);
	d[1] = get("192.0.2.3", "10.1.3.0", 24, &no);
	ok(d[1]->seq == 65537 && pair_entries(&p.b) == 3, "a free number is used again");
	ok(!get("203.0.113.1", "10.1.3.128", 25, &no) && no, "a peer with another key may not have what this one has");
	ok(!get("192.0.2.4", "0.0.0.0", 0, &no) && no, "nor anybody all addresses, where no list says so");
	d[3] = get("192.0.2.4", "10.1.3.0", 24, &no);
	ok(d[3] && d[3]->seq == 65539, "one with the same key may: it may be the same, elsewhere");
	flow = flow_get(&p.b.ike, "VPN", 65537, &d[1]->local_proxy, &d[1]->remote_proxy);
	dynamic_put(d[1]);
	ok(flow && flow->dynamic == d[1] && pair_entries(&p.b) == 4, "a flow holds its entry");
	dynamic_supersede(d[3]);
	ok(!sa_flows(&p.b.ike) && pair_entries(&p.b) == 3, "who has proved to live there takes over");
	for (i = 0; i < 4; i++)
		if (i != 1)
			dynamic_put(d[i]);
	ok(!pair_entries(&p.b), "all are gone");
	stop("numbers");
}

/* b loses its manager without a word; the kernel goes on, and another one begins. */
static void again(const char *hub)
{
	struct ike_binding binding = { .name = "eth0", .ifname = "eth0", .ifindex = 2, .map = "VPN", .local = p.b.addr, .mtu = 1500 };
	struct ike old = p.b.ike;

	ike_fini(&p.b.ike);
	config_free(p.b.config);
	p.b.config = pair_read(hub);
	ike_init(&p.b.ike, &p.loop, p.b.hub, &old.world);
	p.b.ike.schedule = old.schedule;
	ike_configure(&p.b.ike, p.b.config);
	adopt_pairs(&p.b.ike);
	dynamic_sweep(&p.b.ike);
	ike_bindings(&p.b.ike, &binding, 1);
	adopt_renew(&p.b.ike);
}

static bool renewed(struct pair *q)
{
	return pair_up(q) && pair_events(&q->b, "outbound-current", NULL, NULL) > 0;
}

static void takeover(void)
{
	struct flow *flow;

	start(HUB(" match address 102\ncrypto dynamic-map D 20\n set transform-set T\n", ""), "");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	flow = sa_flows(&p.b.ike);
	soft(TAILQ_FIRST(&flow->children), &p.b);
	again(HUB(" match address 102\ncrypto dynamic-map D 20\n set transform-set T\n", ""));
	flow = sa_flows(&p.b.ike);
	ok(flow && flow->seq == 65536 && flow->dynamic && flow->dynamic->users == 1 && flow->dynamic->template_seq == 20 &&
	   addr_equal(&flow->dynamic->remote, &p.a.addr) && pair_entries(&p.b) == 1, "a daemon that crashes: the next one has the entry and its pair");
	ok(pair_run(&p, renewed, LIMIT) && pair_entries(&p.b) == 1, "which is made anew");
	stop("takeover");
	start(HUB("", ""), "");
	pair_acquire(&p.a);
	pair_run(&p, pair_up, LIMIT);
	again(HUB(" match address 102\n", ""));
	ok(!sa_flows(&p.b.ike) && TAILQ_EMPTY(&p.b.ike.dynamics), "of what no template makes any more nothing is taken over");
	entry_del(&p.b, "VPN", 65536);
	memset(p.b.sas, 0, sizeof(p.b.sas));
	stop("no takeover");
}

int main(void)
{
	answers();
	lists();
	order();
	reloads();
	numbers();
	takeover();
	crypto_fini();
	return done_testing();
}
