/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: nl_fuzz [SECONDS [SEED]]
 *
 * Random requests of the genetlink family "cryptomap": good ones of every
 * command, with attributes harmed, moved, added, given other values, and bytes
 * changed. Two processes send them at once while a third sends packets that
 * the maps and SAs they make apply to; every two seconds all goes on in a new
 * network namespace, and the old one ends with what is in it.
 *
 * The kernel's own checks (KASAN, lockdep, kmemleak) say whether it stands
 * that; here each refusal must have a text. Prints results as nl_bad does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/cryptomap.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "good.h"
#include "talk.h"

#define ROUND	2	/* seconds in one namespace */
#define NODES	256

/* Counted by all processes, each in its own; added up at the end of a round */
struct tally {
	unsigned long sent, accepted, refused, mute, packets;
	char silent[160];	/* one that was refused without a text */
};

static unsigned long pick(unsigned long n)
{
	return (unsigned long)random() % n;
}

/* --- a request ------------------------------------------------------------------------------------------------------- */

static void make_trace(struct request *r)
{
	struct node *flow;

	good_request(r, "TRACE", CMAP_CMD_TRACE);
	flow = node_nest(&r->root, "FLOW", CMAP_A_FLOW);
	node_address(flow, "SRC", CMAP_FLOW_A_SRC, "10.1.1.1");
	node_address(flow, "DST", CMAP_FLOW_A_DST, "10.2.0.1");
	node_u8(flow, "PROTOCOL", CMAP_FLOW_A_PROTOCOL, 17);
	node_u16(flow, "SPORT", CMAP_FLOW_A_SPORT, 1000);
	node_u16(flow, "DPORT", CMAP_FLOW_A_DPORT, 1500);
	node_u32(&r->root, "LEN", CMAP_A_LEN, 1000);
	node_u32(&r->root, "IFINDEX", CMAP_A_IFINDEX, 1);
}

static void make_sa(struct request *r)
{
	good_sa_new(r, (uint8_t)pick(2), 0x2000 + (uint32_t)pick(16));
	/* without the lines that tell ports, so that the packets fit */
	if (pick(2))
		node_drop(&r->root, CMAP_A_REPLAY_WINDOW);
	if (pick(2))
		node_set_string(&r->root, CMAP_A_MAP_NAME, pick(2) ? "M" : "R");
}

static void make_request(struct request *r)
{
	static const uint8_t dumps[] = { CMAP_CMD_ENTRY_GET, CMAP_CMD_LINK_GET, CMAP_CMD_SA_GET, CMAP_CMD_DROPS_GET };

	switch (pick(17)) {
	case 0: case 1: case 2: good_entry_set(r, pick(2) ? "M" : "R", pick(2)); r->flags = pick(2) ? NLM_F_CREATE | NLM_F_REPLACE : 0; break;
	case 3: case 4: case 5: case 6: make_sa(r); break;
	case 7: good_sa_key(r, "SA_DEL", CMAP_CMD_SA_DEL, 0x2000 + (uint32_t)pick(16), "192.0.2.1"); break;
	case 8: good_sa_key(r, "SA_ENABLE", CMAP_CMD_SA_ENABLE, 0x2000 + (uint32_t)pick(16), "198.51.100.1"); break;
	case 9: good_sa_key(r, "SA_GET", CMAP_CMD_SA_GET, 0x2000 + (uint32_t)pick(16), "198.51.100.1"); break;
	case 10: good_spi_alloc(r); break;
	case 11: good_link_set(r); break;
	case 12: if (pick(4)) good_sa_flush(r); else good_link_del(r); break;
	case 13: if (pick(2)) good_entry_del(r, "M"); else good_named(r, "MAP_DEL", CMAP_CMD_MAP_DEL, "R"); break;
	case 14: make_trace(r); break;
	case 15: good_sa_move(r, 0x2000 + (uint32_t)pick(16), pick(2) ? "198.51.100.1" : "192.0.2.1"); break;
	default: good_dump(r, "dump", dumps[pick(sizeof(dumps))]);
	}
}

/* --- harm ------------------------------------------------------------------------------------------------------------ */

static unsigned int collect(struct node *of, struct node **all, unsigned int n)
{
	for (unsigned int i = 0; i < of->kids && n < NODES; i++) {
		all[n++] = of->kid[i];
		n = collect(of->kid[i], all, n);
	}
	return n;
}

/* Another value of the same length: an edge, or anything */
static void revalue(struct node *node)
{
	static const unsigned char edges[] = { 0, 1, 2, 0x7f, 0x80, 0xff };

	if (pick(2))
		memset(node->data, edges[pick(sizeof(edges))], node->length);
	else
		for (unsigned int i = 0; i < node->length; i++)
			node->data[i] = (unsigned char)random();
}

static void harm(struct request *r)
{
	struct node *all[NODES];
	unsigned int n = collect(&r->root, all, 0);
	struct node *node, *other;

	if (!n)
		return;
	node = all[pick(n)];
	other = all[pick(n)];
	switch (pick(6)) {
	case 0:
		node->harm = (enum harm)(1 + pick(HARM_LAST - 1));
		break;
	case 1: case 2:
		if (!node->nest)
			revalue(node);
		break;
	case 3:
		if (!node->nest)
			node->length = (unsigned int)pick(sizeof(node->data));
		break;
	case 4:
		node->type = (uint16_t)pick(CMAP_A_MAX + 3);
		break;
	default:	/* one of this request's attributes in another of its nests, or at the top */
		if (!other->nest)
			other = &r->root;
		if (!node->nest && other->kids < KIDS)
			node_add(other, node->name, node->type, node->data, node->length);
	}
}

static unsigned int build(const struct request *r)
{
	unsigned int length = talk_begin(talk_buffer, (uint16_t)talk_family, r->command, CMAP_GENL_VERSION,
					 (r->flags & NLM_F_DUMP) == NLM_F_DUMP ? r->flags : r->flags | NLM_F_ACK);

	for (unsigned int i = 0; i < r->root.kids; i++)
		length += node_put(talk_buffer + length, r->root.kid[i]);
	return length;
}

static void change_bytes(unsigned int length)
{
	unsigned int head = NLMSG_HDRLEN + GENL_HDRLEN;

	for (unsigned long n = pick(4); length > head && n > 0; n--)
		talk_buffer[head + pick(length - head)] ^= (unsigned char)(1 << pick(8));
}

static void send_one(struct tally *tally)
{
	struct answer answer;
	unsigned int length;
	struct request r;

	make_request(&r);
	/* Some stay as they are, for others to meet something. */
	for (unsigned long n = pick(4); n > 0; n--)
		harm(&r);
	length = build(&r);
	if (!pick(3))
		change_bytes(length);
	answer = talk_ask(length, NULL, NULL);
	tally->sent++;
	tally->accepted += !answer.error;
	tally->refused += answer.error != 0;
	if (answer.error && !answer.text[0]) {
		tally->mute++;
		snprintf(tally->silent, sizeof(tally->silent), "%s: %s", r.name, strerror(answer.error));
	}
	node_release(&r.root);
}

/* --- a round --------------------------------------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* UDP between the addresses that the requests speak of, both this namespace's own */
static void send_packets(struct tally *tally, double end)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a010101) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a020001) };
	static const char data[9000];

	while (now() < end) {
		int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

		from.sin_port = htons((uint16_t)(1000 + pick(1001)));
		to.sin_port = htons((uint16_t)(1000 + pick(1001)));
		if (s >= 0 && !bind(s, (struct sockaddr *)&from, sizeof(from)))
			for (int i = 0; i < 20; i++)
				tally->packets += sendto(s, data, pick(sizeof(data)), 0, (struct sockaddr *)&to, sizeof(to)) >= 0;
		close(s);
	}
}

static void work(unsigned int which, struct tally *tally, unsigned int seed, double end)
{
	srandom(seed);
	if (!which) {
		send_packets(tally, end);
		return;
	}
	talk_open();
	while (now() < end)
		send_one(tally);
	talk_close();
}

static bool lo_up(void)
{
	return !system("printf '%s\\n' 'link set lo up mtu 1500' 'addr add 10.1.1.1/32 dev lo' 'addr add 10.2.0.1/32 dev lo'"
		       " 'addr add 192.0.2.1/32 dev lo' 'addr add 198.51.100.1/32 dev lo' | ip -batch -");
}

/* false: a process died */
static bool go_round(struct tally *tally, unsigned int seed)
{
	bool good = true;
	double end;
	int status;

	if (unshare(CLONE_NEWNET))
		talk_die("unshare");
	if (!lo_up())
		talk_die("lo");
	end = now() + ROUND;
	for (unsigned int i = 0; i < 3; i++)
		if (!fork()) {
			work(i, &tally[i], seed + i, end);
			_exit(0);
		}
	while (wait(&status) > 0)
		good &= WIFEXITED(status) && !WEXITSTATUS(status);
	return good;
}

int main(int argc, char **argv)
{
	struct tally *tally = mmap(NULL, 3 * sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double end = now() + (argc > 1 ? atoi(argv[1]) : 10);
	unsigned int seed = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : (unsigned int)time(NULL);
	unsigned int rounds = 0;
	struct tally all = { 0 };
	bool good = true;

	if (tally == MAP_FAILED)
		talk_die("mmap");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (; good && now() < end; rounds++)
		good = go_round(tally, seed + 3 * rounds);
	for (int i = 0; i < 3; i++) {
		all.sent += tally[i].sent;
		all.accepted += tally[i].accepted;
		all.refused += tally[i].refused;
		all.mute += tally[i].mute;
		all.packets += tally[i].packets;
		if (tally[i].silent[0])
			strcpy(all.silent, tally[i].silent);
	}
	printf("%d\tall processes came to their end (seed %u)\n", !good, seed);
	printf("%d\t%lu requests in %u namespaces: %lu accepted, %lu refused, and %lu packets\n",
	       !(all.accepted && all.refused && all.packets), all.sent, rounds, all.accepted, all.refused, all.packets);
	printf("%d\t%lu refused without a text%s%s\n", all.mute != 0, all.mute, all.mute ? ", the last: " : "", all.silent);
	return !good || all.mute;
}
