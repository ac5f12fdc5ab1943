// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's index over access lists, compiled here with a few lines in place of the kernel's headers: for random maps
 * and packets it must say what a walk from line to line says, and see the same denies on the way.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "selftests/unit/tap.h"

/* The kernel's words that acl.c and index.c use */
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
struct rcu_head { int unused; };
#define __force
#define U32_MAX UINT32_MAX
#define GFP_KERNEL 0
#define kvzalloc(size, flags) calloc(1, size)
#define kvmalloc_array(n, size, flags) malloc((n) * (size))
#define krealloc(p, size, flags) realloc(p, size)
#define kfree(p) free(p)
#define kvfree(p) free(p)
#define struct_size(p, member, count) (sizeof(*(p)) + sizeof((p)->member[0]) * (count))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define call_rcu(rcu, fn) fn(rcu)
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define get_random_u32() ((u32)random())

static u32 roundup_pow_of_two(u32 n)
{
	u32 power = 1;

	while (power < n)
		power <<= 1;
	return power;
}

/* Bad on purpose: chains are shared by what has nothing in common. */
static u32 jhash2(const u32 *key, u32 words, u32 seed)
{
	u32 sum = seed;

	for (u32 i = 0; i < words; i++)
		sum += key[i] ^ key[i] >> 16;
	return sum ^ sum >> 24;
}

static bool ipv6_prefix_equal(const struct in6_addr *a, const struct in6_addr *b, unsigned int bits)
{
	for (unsigned int i = 0; i < bits; i++)
		if ((a->s6_addr[i / 8] ^ b->s6_addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

#include "kmod/selector.h"
#include "kmod/acl.c"
#include "kmod/index.c"

#define LINES	600
#define PACKETS	400
#define MAPS	300

struct rule {
	struct cmap_selector selector;
	bool permit;
	unsigned int entry, denied;
};

static struct rule rules[LINES];
static struct cmap_index_line lines[LINES];

static u32 below(u32 n)
{
	return (u32)random() % n;
}

/* Few different bits, so that networks contain one another and packets hit them. */
static void some_address(u8 family, union cmap_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	for (unsigned int i = 0; i < (family == AF_INET ? 4u : 16u); i++)
		addr->ip6.s6_addr[i] = (u8)(below(3) ? 0 : below(2) ? 0x80 : below(4));
}

static void some_proxy(u8 family, bool ports, struct cmap_proxy *proxy)
{
	static const u8 prefixes[][8] = { { 0, 0, 1, 8, 16, 24, 31, 32 }, { 0, 0, 1, 32, 48, 64, 127, 128 } };

	some_address(family, &proxy->addr);
	proxy->prefix = prefixes[family == AF_INET6][below(8)];
	for (unsigned int bit = proxy->prefix; bit < 128; bit++)
		proxy->addr.ip6.s6_addr[bit / 8] &= (u8)~(0x80 >> bit % 8);
	if (ports && below(2)) {
		proxy->port_lo = (u16)(1 + below(8));
		proxy->port_hi = (u16)(proxy->port_lo + below(4));
	}
}

static u32 some_map(void)
{
	u32 count = 1 + below(below(2) ? 8 : LINES), entry = 0;

	memset(rules, 0, sizeof(rules));
	for (u32 i = 0; i < count; i++) {
		struct rule *r = &rules[i];

		r->selector.family = below(2) ? AF_INET : AF_INET6;
		r->selector.protocol = below(2) ? 0 : below(2) ? 6 : 17;
		some_proxy(r->selector.family, r->selector.protocol, &r->selector.local);
		some_proxy(r->selector.family, r->selector.protocol, &r->selector.remote);
		r->permit = below(3);
		r->entry = below(4) ? entry : ++entry;
	}
	for (u32 i = 0; i < count; i++) {
		u32 next = i;

		while (next < count && rules[next].entry == rules[i].entry)
			next++;
		lines[i] = (struct cmap_index_line){ &rules[i].selector, &rules[i], rules[i].permit, next };
	}
	return count;
}

static void some_packet(struct cmap_flow *flow)
{
	memset(flow, 0, sizeof(*flow));
	flow->family = below(2) ? AF_INET : AF_INET6;
	some_address(flow->family, &flow->saddr);
	some_address(flow->family, &flow->daddr);
	flow->protocol = below(3) ? below(2) ? 6 : 17 : 1;
	flow->fragment = !below(6);
	flow->ports = flow->protocol != 1 && !flow->fragment;
	if (flow->ports) {
		flow->sport = (u16)below(14);
		flow->dport = (u16)below(14);
	}
}

/* What the index must say: entry after entry, line after line. */
static struct rule *walk(u32 count, const struct cmap_flow *flow, bool mirrored, unsigned int *denies)
{
	for (u32 i = 0; i < count;) {
		struct rule *r = &rules[i];

		if (!(mirrored ? cmap_acl_match_mirrored : cmap_acl_match)(&r->selector, flow, r->permit)) {
			i++;
			continue;
		}
		if (r->permit)
			return r;
		r->denied++;
		(*denies)++;
		i = lines[i].next;
	}
	return NULL;
}

static void denied(void *what)
{
	((struct rule *)what)->denied--;
}

int main(void)
{
	unsigned int permits = 0, denies = 0, nothing = 0, wrong = 0, miscounted = 0;

	srandom(20260);
	for (unsigned int m = 0; m < MAPS; m++) {
		u32 count = some_map();
		struct cmap_index *index = cmap_index_make(lines, count);

		if (!index)
			abort();
		for (unsigned int p = 0; p < PACKETS; p++) {
			struct cmap_flow flow;
			bool mirrored = below(2);
			struct rule *expected;

			some_packet(&flow);
			expected = walk(count, &flow, mirrored, &denies);
			wrong += cmap_index_lookup(index, &flow, mirrored, denied) != expected;
			permits += expected != NULL;
			nothing += expected == NULL;
		}
		for (u32 i = 0; i < count; i++)
			miscounted += rules[i].denied != 0;
		cmap_index_retire(index);
	}
	cmap_index_retire(NULL);
	ok(!wrong, "the index says what the walk says: %u packets through %u maps, %u answers differ", MAPS * PACKETS, MAPS,
	       wrong);
	ok(!miscounted, "and passes the same denies (%u; %u lines differ)", denies, miscounted);
	ok(permits > 10000 && nothing > 10000 && denies > 10000, "of all kinds: %u permitted, %u in clear, %u denies", permits,
	       nothing, denies);
	return done_testing();
}
