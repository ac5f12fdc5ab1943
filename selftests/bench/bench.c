/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: espbench [-6] [-c] [-d] [-u] [-s NUMBER] SIZE FLOWS SAS PACKETS ROUNDS GATEWAY...
 *	-6 IPv6  -c AES-CBC with HMAC-SHA1, else AES-GCM  -d decrypt, else encrypt  -u ESP in UDP
 *	-s the last sequence number that these SAs have received
 *
 * Instructions per packet through each GATEWAY, a network namespace: packets
 * are put on its cable, "gen-GATEWAY" in this namespace and "in" in its own,
 * and must all leave by its interface "out". The gateway "forward" always gets
 * plain packets. Each of the ROUNDS sends PACKETS through every gateway in
 * turn; the least count of each is printed, one line: "GATEWAY COUNT".
 *
 * The counter is RDTSC: in a guest with -icount shift=0 it counts the guest's
 * instructions, whatever the machine does meanwhile (see vm/run). There is one
 * processor, and a packet is on its way out when the call that sends it
 * returns: nothing is waited for, and nothing idles.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <x86intrin.h>
#include "packet.h"

#define GATEWAYS 8
#define BURST 64		/* packets a system call */

/**
 * struct gateway
 * @socket: sends to its cable
 * @counters: its /proc/net/dev
 * @mac: of its interface "in"
 * @frames: those of the next round
 * @least: instructions a packet, of the best round
 */
struct gateway {
	const char *name;
	int socket, counters;
	unsigned char mac[6];
	struct frame *frames;
	double least;
};

static struct shape shape = { .gcm = true };
static bool decrypt;
static unsigned int packets, rounds, received;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "espbench: %s %s: %s\n", what, which, strerror(errno));
	exit(1);
}

/* A socket of @family in the current network namespace */
static int open_socket(int family, int type, const char *gateway)
{
	int fd = socket(family, type, 0);

	if (fd < 0)
		fail("a socket for", gateway);
	return fd;
}

static void enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail("network namespace", path);
	close(fd);
}

/* Is it Linux's own IPsec? */
static bool is_xfrm(const char *gateway)
{
	return strcmp(gateway, "forward") && strcmp(gateway, "ours");
}

/* XFRM takes ESP in UDP only from a socket that says so; our peer does without checksums (RFC 3948 2.1). */
static void take_udp(const char *gateway)
{
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6, .sin6_port = htons(4500) };
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(4500) };
	int fd = open_socket(shape.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, gateway);
	int type = UDP_ENCAP_ESPINUDP, one = 1;

	if ((shape.v6 ? bind(fd, (struct sockaddr *)&any6, sizeof(any6)) : bind(fd, (struct sockaddr *)&any, sizeof(any))) ||
	    setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)) ||
	    (shape.v6 && setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, &one, sizeof(one))))
		fail("UDP 4500 of", gateway);
}

/* What is to be had inside: the MAC address and the counters of its interfaces */
static void look_inside(struct gateway *g)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;
	struct ifreq request = { .ifr_name = "in" };
	char path[300];

	snprintf(path, sizeof(path), "/run/netns/%s", g->name);
	enter(path);
	fd = open_socket(AF_INET, SOCK_DGRAM, g->name);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		fail("interface \"in\" of", g->name);
	memcpy(g->mac, request.ifr_hwaddr.sa_data, sizeof(g->mac));
	close(fd);
	g->counters = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
	if (g->counters < 0)
		fail("counters of", g->name);
	if (shape.udp && decrypt && is_xfrm(g->name))
		take_udp(g->name);
	if (setns(home, CLONE_NEWNET))
		fail("back from", g->name);
	close(home);
}

static void open_gateway(struct gateway *g, const char *name)
{
	struct sockaddr_ll cable = { .sll_family = AF_PACKET, .sll_halen = 6 };
	char device[IF_NAMESIZE];
	int one = 1;

	g->name = name;
	look_inside(g);
	snprintf(device, sizeof(device), "gen-%s", name);
	cable.sll_ifindex = (int)if_nametoindex(device);
	if (!cable.sll_ifindex)
		fail("no interface", device);
	g->socket = open_socket(AF_PACKET, SOCK_RAW, name);
	if (bind(g->socket, (struct sockaddr *)&cable, sizeof(cable)) ||
	    setsockopt(g->socket, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		fail("sending to", device);
	g->frames = calloc(packets, sizeof(*g->frames));
	if (!g->frames)
		fail("frames for", name);
}

/* Packets that left by "out" */
static unsigned long gone(const struct gateway *g)
{
	char text[4096], *line;
	ssize_t length = pread(g->counters, text, sizeof(text) - 1, 0);
	unsigned long count;

	if (length <= 0)
		fail("counters of", g->name);
	text[length] = '\0';
	line = strstr(text, " out:");
	if (!line || sscanf(line + 5, "%*u %*u %*u %*u %*u %*u %*u %*u %*u %lu", &count) != 1)
		fail("interface \"out\" of", g->name);
	return count;
}

static void make(struct gateway *g, unsigned int round)
{
	static unsigned int *last;	/* sequence numbers, per SA */
	bool esp = decrypt && strcmp(g->name, "forward");

	last = realloc(last, shape.sas * sizeof(*last));
	if (!last)
		fail("numbers for", g->name);
	for (unsigned int i = 0; i < shape.sas; i++)
		last[i] = received + round * packets;
	for (unsigned int i = 0; i < packets; i++) {
		if (esp)
			packet_esp(&shape, i, ++last[packet_sa(&shape, i)], g->mac, &g->frames[i]);
		else if (!round)
			packet_plain(&shape, i, g->mac, &g->frames[i]);
	}
}

static void send_all(struct gateway *g)
{
	struct mmsghdr burst[BURST];
	struct iovec part[BURST];

	for (unsigned int at = 0; at < packets; at += BURST) {
		unsigned int n = packets - at < BURST ? packets - at : BURST;

		memset(burst, 0, sizeof(burst));
		for (unsigned int i = 0; i < n; i++) {
			part[i].iov_base = g->frames[at + i].bytes;
			part[i].iov_len = g->frames[at + i].length;
			burst[i].msg_hdr.msg_iov = &part[i];
			burst[i].msg_hdr.msg_iovlen = 1;
		}
		if (sendmmsg(g->socket, burst, n, 0) != (int)n)
			fail("sending to", g->name);
	}
}

static void measure(struct gateway *g, unsigned int round)
{
	unsigned long before = gone(g), sent;
	unsigned long long start;
	double count;

	make(g, round);
	start = __rdtsc();
	send_all(g);
	count = (double)(__rdtsc() - start) / packets;
	sent = gone(g) - before;
	if (sent != packets) {
		fprintf(stderr, "espbench: %s: %lu of %u packets came through\n", g->name, sent, packets);
		exit(1);
	}
	/* The first round fills caches. */
	if (round && (!g->least || count < g->least))
		g->least = count;
}

int main(int argc, char **argv)
{
	struct gateway gateways[GATEWAYS] = { 0 };
	int n, option;

	while ((option = getopt(argc, argv, "6cdus:")) != -1) {
		shape.v6 |= option == '6';
		shape.gcm &= option != 'c';
		shape.udp |= option == 'u';
		decrypt |= option == 'd';
		if (option == 's')
			received = (unsigned int)atoi(optarg);
	}
	n = argc - optind - 5;
	if (n < 1 || n > GATEWAYS) {
		fputs("usage: espbench [-6] [-c] [-d] [-u] [-s NUMBER] SIZE FLOWS SAS PACKETS ROUNDS GATEWAY...\n", stderr);
		return 2;
	}
	argv += optind;
	shape.size = (unsigned int)atoi(argv[0]);
	shape.flows = (unsigned int)atoi(argv[1]);
	shape.sas = (unsigned int)atoi(argv[2]);
	packets = (unsigned int)atoi(argv[3]);
	rounds = (unsigned int)atoi(argv[4]);
	if (shape.size < 48 || shape.size > 1400 || !shape.flows || !shape.sas || packets < shape.flows || !rounds) {
		fputs("espbench: 48 to 1400 bytes, a flow and an SA, no more flows than packets, a round\n", stderr);
		return 2;
	}
	for (int i = 0; i < n; i++)
		open_gateway(&gateways[i], argv[5 + i]);
	for (unsigned int round = 0; round <= rounds; round++)
		for (int i = 0; i < n; i++)
			measure(&gateways[i], round);
	for (int i = 0; i < n; i++)
		printf("%s %.0f\n", gateways[i].name, gateways[i].least);
	return 0;
}
