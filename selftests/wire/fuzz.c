/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: wire_fuzz print DEV			the SAs of the gateway, as lines for cmap -batch
 *        wire_fuzz COUNT [SEED [HARM]]		in lib.sh's topology6, where ga has these SAs; HARM: only this one
 *
 * COUNT packets from r to ga: IPsec of every kind, most of it changed on its
 * way. Each carries a number and bytes that follow from it: what arrives in ha
 * and ga says which packet it was, and whether that one could be authentic.
 *
 * Packets go out in batches; the last one of each is good, and its arrival says
 * that those in front of it were dealt with. Prints "NAME VALUE" lines and, for
 * each packet that should not have arrived, a line that begins with "bad".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "harm.h"

#define BATCH		64
#define TEXT_MAX	200
#define REPLAYS		16	/* one packet in so many is a repetition */
#define PATIENCE	10000	/* ms that a good packet may take */
#define BAD_TOLD	20

/* struct sent - one packet; @due: it has to arrive; @forged: it must not */
struct sent {
	const struct seal_sa *sa;
	const struct harm *harm;
	bool due, forged;
	uint8_t came;
};

static struct sent *sent;
static uint32_t serials;
static int sinks[6];		/* what was protected: ha, ha, ga, ga; the daemon's port: ga, ga */
static unsigned long daemon_heard, delivered, inside, bad, frames;
static int wire;
static const struct harm *only;

static void die(const char *what)
{
	fprintf(stderr, "wire_fuzz: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

/* ------------------------------------------------------------------------- */
/* What is in a packet                                                        */

static size_t text_of(uint32_t serial, uint8_t *text)
{
	uint64_t x = serial * 0x9e3779b97f4a7c15ULL | 1;
	size_t len = 12 + (x >> 40) % (TEXT_MAX - 12);

	seal_put32(text, serial);
	for (size_t i = 4; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		text[i] = (uint8_t)(x >> 32);
	}
	return len;
}

static void tell(const char *what, const struct sent *s)
{
	if (++bad <= BAD_TOLD)
		printf("bad %s: %s, %s\n", what, s ? s->sa->name : "?", s ? s->harm->name : "?");
}

static uint32_t arrived(const uint8_t *data, size_t len)
{
	uint32_t serial = len < 4 ? UINT32_MAX : (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
	uint8_t text[TEXT_MAX];
	struct sent *s = serial < serials ? &sent[serial] : NULL;

	delivered++;
	if (!s || text_of(serial, text) != len || memcmp(text, data, len)) {
		tell("delivered, and nobody has sent it so", s);
		return UINT32_MAX;
	}
	if (s->forged)
		tell("delivered, though it was changed", s);
	if (s->came++)
		tell("delivered twice", s);
	return serial;
}

/* Read all sinks until @serial has come, or for @ms if it is UINT32_MAX; did it come? */
static bool drain(uint32_t serial, int ms)
{
	struct pollfd fds[6];
	uint8_t data[PACKET_MAX];
	ssize_t len;
	bool came = false;

	for (int i = 0; i < 6; i++)
		fds[i] = (struct pollfd){ .fd = sinks[i], .events = POLLIN };
	while (!came && poll(fds, 6, ms) > 0) {
		for (int i = 0; i < 6; i++) {
			while ((len = recv(sinks[i], data, sizeof(data), MSG_DONTWAIT)) >= 0) {
				if (i >= 4)
					daemon_heard++;
				else
					came |= arrived(data, (size_t)len) == serial;
				inside += i == 2 || i == 3;
			}
		}
	}
	return came;
}

/* ------------------------------------------------------------------------- */
/* The wire                                                                   */

static int sink(int family, uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1, room = 16 << 20;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (fd < 0 || bind(fd, family == AF_INET6 ? (void *)&six : (void *)&four,
			   family == AF_INET6 ? sizeof(six) : sizeof(four)))
		die("socket");
	return fd;
}

static void open_all(uint8_t *eth)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	struct ifreq gate = { .ifr_name = "wan" };

	enter("ha");
	sinks[0] = sink(AF_INET, SEAL_PORT);
	sinks[1] = sink(AF_INET6, SEAL_PORT);
	enter("ga");
	sinks[2] = sink(AF_INET, SEAL_PORT);
	sinks[3] = sink(AF_INET6, SEAL_PORT);
	sinks[4] = sink(AF_INET, 4500);
	sinks[5] = sink(AF_INET6, 4500);
	if (ioctl(sinks[2], SIOCGIFHWADDR, &gate))
		die("wan");
	memcpy(eth, gate.ifr_hwaddr.sa_data, ETH_ALEN);
	memset(eth + ETH_ALEN, 2, ETH_ALEN);
	enter("r");
	wire = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ll.sll_ifindex = (int)if_nametoindex("a");
	if (wire < 0 || !ll.sll_ifindex || bind(wire, (void *)&ll, sizeof(ll)))
		die("a");
}

struct frame {
	uint8_t eth[ETH_HLEN];
	struct seal_packet packet;
};

static void transmit(struct frame *frame, unsigned int count)
{
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH][2];
	unsigned int done = 0;
	int n;

	for (unsigned int i = 0; i < count; i++) {
		parts[i][0] = (struct iovec){ frame[i].eth, ETH_HLEN };
		parts[i][1] = (struct iovec){ frame[i].packet.data, frame[i].packet.len };
		messages[i].msg_hdr.msg_iov = parts[i];
		messages[i].msg_hdr.msg_iovlen = 2;
	}
	while (done < count) {
		n = sendmmsg(wire, messages + done, count - done, 0);
		if (n <= 0 && errno != ENOBUFS)
			die("sendmmsg");
		if (n > 0)
			done += (unsigned int)n;
	}
	frames += done;
}

/* ------------------------------------------------------------------------- */
/* Packets                                                                    */

static const struct harm *any_harm(void)
{
	static unsigned int total;
	unsigned int at;
	size_t i = 0;

	if (only)
		return harm_pick(100) ? only : &harms[0];
	if (!total)
		for (i = 0; i < harm_count; i++)
			total += harms[i].weight;
	for (at = harm_pick(total), i = 0; at >= harms[i].weight; i++)
		at -= harms[i].weight;
	return &harms[i];
}

static void make(struct seal_sa *sa, const struct harm *harm, struct frame *f)
{
	struct sent *s = &sent[serials];
	uint8_t text[TEXT_MAX];
	size_t len = text_of(serials, text);

	*s = (struct sent){ .sa = sa };
	serials++;
	seal_put16(f->eth + 12, sa->six ? ETH_P_IPV6 : ETH_P_IP);
	seal_packet(sa, text, len, &f->packet);
	while (harm->apply && !harm->apply(sa, &f->packet, &s->forged)) {
		s->forged = false;
		harm = any_harm();
	}
	s->harm = harm;
	s->due = harm->due;
}

static struct seal_sa *any_sa(void)
{
	return &seal_sas[harm_pick((unsigned int)seal_sa_count)];
}

/* @count packets, the last one good; false: it did not arrive */
static bool batch(struct frame *frame, unsigned int count)
{
	static struct frame last;	/* a good one that was sent before */
	unsigned int i;

	for (i = 0; i + 1 < count; i++) {
		if (last.packet.len && !harm_pick(REPLAYS))
			memcpy(&frame[i], &last, sizeof(last));
		else
			make(any_sa(), any_harm(), &frame[i]);
	}
	make(any_sa(), &harms[0], &frame[i]);
	memcpy(&last, &frame[i], sizeof(last));
	transmit(frame, count);
	return drain(serials - 1, PATIENCE);
}

/* Numbers with 64 bits begin shortly before 2^32. The receiver follows in steps of less than half of that. */
static void advance(struct frame *frame)
{
	static const uint64_t steps[] = { 1, 1ULL << 30, 2ULL << 30, 3ULL << 30, (4ULL << 30) - 2000 };

	for (size_t i = 0; i < seal_sa_count; i++) {
		for (size_t n = 0; n < (seal_sas[i].esn ? sizeof(steps) / sizeof(steps[0]) : 1); n++) {
			seal_sas[i].number = steps[n] - 1;
			make(&seal_sas[i], &harms[0], frame);
			transmit(frame, 1);
			if (!drain(serials - 1, PATIENCE))
				tell("not delivered at the beginning", &sent[serials - 1]);
		}
	}
}

static void report(void)
{
	unsigned long forged = 0, missing = 0, far = 0;

	for (uint32_t i = 0; i < serials; i++) {
		forged += sent[i].forged;
		far += !strcmp(sent[i].harm->name, "fragment too far");
		if (sent[i].due && !sent[i].came) {
			missing++;
			tell("good, and not delivered", &sent[i]);
		}
	}
	printf("sent %lu\nforged %lu\ndelivered %lu\ninside %lu\nmissing %lu\nheard %lu\nfar %lu\n", frames, forged, delivered,
	       inside, missing, daemon_heard, far);
}

int main(int argc, char **argv)
{
	static struct frame frame[BATCH];
	unsigned long count;
	uint64_t seed;

	if (argc == 3 && !strcmp(argv[1], "print")) {
		seal_print(argv[2]);
		return 0;
	}
	count = argc > 1 ? strtoul(argv[1], NULL, 0) : 0;
	if (!count || count > 10000000) {
		fprintf(stderr, "usage: wire_fuzz print DEV | wire_fuzz COUNT [SEED [HARM]]\n");
		return 2;
	}
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	for (size_t i = 0; argc > 3 && i < harm_count; i++)
		if (!strcmp(harms[i].name, argv[3]))
			only = &harms[i];
	sent = calloc(count + 10 * seal_sa_count + BATCH, sizeof(*sent));
	if (!sent)
		die("memory");
	harm_seed(seed);
	seal_init();
	open_all(frame[0].eth);
	for (int i = 1; i < BATCH; i++)
		memcpy(frame[i].eth, frame[0].eth, ETH_HLEN);
	advance(frame);
	while (frames < count && bad < BAD_TOLD)
		if (!batch(frame, count - frames < BATCH ? (unsigned int)(count - frames) : BATCH))
			tell("not delivered behind a batch", &sent[serials - 1]);
	drain(UINT32_MAX, 1000);
	report();
	return 0;
}
