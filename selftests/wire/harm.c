/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be done to a good packet: see harm.h. The outer header is only
 * changed so that the stack can tell what it does with the packet: by one of
 * its own counters.
 */
#include <netinet/in.h>
#include <string.h>
#include "harm.h"

#define UDP_LEN 8

static uint64_t state;

void harm_seed(uint64_t seed)
{
	state = seed * 2 + 1;
}

unsigned int harm_pick(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)(state * 0x2545f4914f6cdd1dULL >> 33) % n;
}

static void scramble(uint8_t *at, size_t len)
{
	while (len--)
		*at++ = (uint8_t)harm_pick(256);
}

static size_t head_len(const struct seal_packet *p)
{
	return p->data[0] >> 4 == 6 ? 40 : (p->data[0] & 0xf) * 4U;
}

static uint8_t *proto_of(const struct seal_sa *sa, struct seal_packet *p)
{
	return p->data + (sa->six ? 6 : 9);
}

static const struct seal_sa *other_sa(void)
{
	return &seal_sas[harm_pick((unsigned int)seal_sa_count)];
}

/* Open a gap of @len bytes at @at */
static bool insert(struct seal_packet *p, size_t at, size_t len)
{
	if (p->len + len > 1400)
		return false;
	memmove(p->data + at + len, p->data + at, p->len - at);
	p->len += len;
	p->at += len;
	if (p->esp)
		p->esp += len;
	return true;
}

static void take_out(struct seal_packet *p, size_t at, size_t len)
{
	memmove(p->data + at, p->data + at + len, p->len - at - len);
	p->len -= len;
	seal_ip_len(p);
}

/* ------------------------------------------------------------------------- */
/* What is authenticated                                                      */

static bool flip_bits(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	uint8_t before[PACKET_MAX];
	unsigned int bits = 1 + harm_pick(8), bit;

	(void)sa;
	memcpy(before, p->data, p->len);
	while (bits-- || !memcmp(before, p->data, p->len)) {
		bit = harm_pick((unsigned int)(p->len - p->at) * 8);
		p->data[p->at + bit / 8] ^= (uint8_t)(1 << bit % 8);
		bits += !bits && !memcmp(before, p->data, p->len);
	}
	*forged = true;
	return true;
}

static bool change_bytes(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	size_t len = 1 + harm_pick(16), at;

	(void)sa;
	at = p->at + harm_pick((unsigned int)(p->len - p->at - len));
	p->data[at] ^= (uint8_t)(1 + harm_pick(255));
	scramble(p->data + at + 1, len - 1);
	*forged = true;
	return true;
}

static bool swap_words(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	unsigned int words = (unsigned int)(p->len - p->at) / 4;
	uint8_t *a = p->data + p->at + harm_pick(words) * 4UL, *b = p->data + p->at + harm_pick(words) * 4UL, keep[4];

	(void)sa;
	memcpy(keep, a, 4);
	memcpy(a, b, 4);
	memcpy(b, keep, 4);
	*forged = memcmp(a, b, 4);
	return *forged;
}

static bool other_spi(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	const struct seal_sa *other = other_sa();
	bool ah = p->at != p->esp;

	if (other->spi == sa->spi)
		return false;
	seal_put32(p->data + p->at + (ah ? 4 : 0), harm_pick(4) ? other->spi + harm_pick(2) : harm_pick(1U << 31));
	*forged = true;
	return true;
}

/* Behind and ahead of the window, and inside it */
static bool other_number(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	uint32_t number = (uint32_t)sa->number;
	uint8_t *at = p->data + p->at + (p->at != p->esp ? 8 : 4);
	static const uint32_t far[] = { 1, 7, 63, 64, 65, 1000, 1U << 16, 1U << 31 };
	uint32_t by = far[harm_pick(sizeof(far) / sizeof(far[0]))];

	seal_put32(at, harm_pick(2) ? number + by : harm_pick(8) ? number - by : 0);
	*forged = true;
	return true;
}

/* AH: its length, the reserved bytes, what it says comes next */
static bool ah_fields(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	if (!sa->ah)
		return false;
	p->data[p->at + harm_pick(4)] ^= (uint8_t)(1 + harm_pick(255));
	*forged = true;
	return true;
}

static bool all_random(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	size_t from = harm_pick(2) ? p->at : p->at + 4 + 4 * (p->at != p->esp);

	p->len = from + harm_pick(400);
	scramble(p->data + from, p->len - from);
	if (sa->udp)
		seal_put16(p->data + p->at - 4, (unsigned int)(p->len - p->at) + UDP_LEN);
	seal_ip_len(p);
	*forged = true;
	return true;
}

/* ------------------------------------------------------------------------- */
/* Lengths                                                                    */

static bool cut_off(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	(void)sa;
	p->len = head_len(p) + harm_pick((unsigned int)(p->len - head_len(p)));
	seal_ip_len(p);
	*forged = true;
	return true;
}

/* The UDP header, too, says so. */
static bool cut_off_udp(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	if (!sa->udp)
		return false;
	p->len = p->at + harm_pick((unsigned int)(p->len - p->at));
	seal_put16(p->data + p->at - 4, (unsigned int)(p->len - p->at) + UDP_LEN);
	seal_ip_len(p);
	*forged = true;
	return true;
}

/* The IP header says more than there is. */
static bool cut_frame(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	(void)sa;
	p->len -= 1 + harm_pick((unsigned int)(p->len - head_len(p)));
	*forged = true;
	return true;
}

/* What stands behind a datagram in the packet is not the datagram's. */
static bool lengthen(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	size_t more = 1 + harm_pick(64);

	scramble(p->data + p->len, more);
	p->len += more;
	seal_ip_len(p);
	*forged = !sa->udp;
	return true;
}

static bool pad_frame(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	size_t more = 1 + harm_pick(64);

	(void)sa;
	scramble(p->data + p->len, more);
	p->len += more;
	*forged = false;
	return true;
}

/* ------------------------------------------------------------------------- */
/* The outer header                                                           */

/* What a router may change (RFC 4302 3.3.3.1): stays authentic */
static bool on_the_way(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	if (sa->six) {
		p->data[0] = (uint8_t)(0x60 | harm_pick(16));
		scramble(p->data + 1, 3);
		p->data[7] = (uint8_t)harm_pick(256);
	} else {
		p->data[1] = (uint8_t)harm_pick(256);
		p->data[6] ^= 0x40;	/* DF */
		p->data[8] = (uint8_t)harm_pick(256);
		seal_ip_len(p);
	}
	*forged = false;
	return true;
}

static bool other_source(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	p->data[sa->six ? 23 : 15] = (uint8_t)(70 + harm_pick(8));
	seal_ip_len(p);
	*forged = !sa->udp;	/* behind a NAT it has moved */
	return true;
}

/* The inside address of the same gateway */
static bool other_destination(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	static const uint8_t lan4[] = { 10, 1, 0, 1 }, lan6[] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1 };

	memcpy(p->data + (sa->six ? 24 : 16), sa->six ? lan6 : lan4, sa->six ? sizeof(lan6) : sizeof(lan4));
	seal_ip_len(p);
	*forged = true;
	return true;
}

static bool other_protocol(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	static const uint8_t protocols[] = { IPPROTO_ESP, IPPROTO_AH, IPPROTO_UDP, 253 };
	uint8_t *proto = proto_of(sa, p), now = protocols[harm_pick(sizeof(protocols))];

	if (*proto == now)
		return false;
	*proto = now;
	seal_ip_len(p);
	*forged = true;
	return true;
}

/* IPv4: its checksum finds one bit always. IPv6: the version. */
static bool damaged_header(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	unsigned int bit = harm_pick(sa->six ? 4 : 160);

	p->data[bit / 8] ^= (uint8_t)(sa->six ? 0x10 << bit : 1 << bit % 8);
	*forged = true;
	return true;
}

/*
 * IPv4 options, but no source route, which the stack drops without a word. In
 * transport mode they come before it twice: such that do nothing.
 */
static bool options(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	static const uint8_t types[] = { 0, 1, 7, 68, 148, 136, 30 };
	size_t len = 4 + 4 * (size_t)harm_pick(10);

	if (sa->six || !insert(p, 20, len))
		return false;
	memset(p->data + 20, 1, len);
	if (!sa->transport && harm_pick(4)) {
		p->data[20] = types[harm_pick(sizeof(types))];
		p->data[21] = (uint8_t)harm_pick(len + 2);
		p->data[22] = (uint8_t)harm_pick(16);
	}
	p->data[0] = (uint8_t)(0x45 + len / 4);
	seal_ip_len(p);
	*forged = sa->ah;
	return true;
}

/* Hop-by-hop and destination options, routing headers: good ones and, but for transport mode, bad ones */
static bool extension(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	static const uint8_t types[] = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING };
	size_t len = 8 + (sa->transport ? 0 : 8 * (size_t)harm_pick(4));
	uint8_t *ext = p->data + 40, *proto = proto_of(sa, p);

	if (!sa->six || !insert(p, 40, len))
		return false;
	memset(ext, 0, len);
	ext[0] = *proto;
	ext[1] = (uint8_t)(sa->transport || harm_pick(8) ? len / 8 - 1 : harm_pick(256));
	*proto = types[harm_pick(sizeof(types))];
	if (*proto == IPPROTO_ROUTING) {
		ext[2] = harm_pick(2) ? 253 : 0;
		ext[3] = (uint8_t)(sa->transport ? 0 : harm_pick(3));
	} else if (sa->transport || harm_pick(2)) {
		ext[2] = 1;
		ext[3] = (uint8_t)(len - 4);
	} else {
		ext[2] = (uint8_t)harm_pick(256);
		ext[3] = (uint8_t)harm_pick(16);
	}
	seal_ip_len(p);
	*forged = sa->ah;
	return true;
}

static uint32_t ident;

static bool fragment6(const struct seal_sa *sa, struct seal_packet *p, unsigned int offset, bool more)
{
	if (!insert(p, 40, 8))
		return false;
	/* Else the stack counts it twice: as a bad header, and when it gives up the queue. */
	if (more)
		p->len -= (p->len - 48) % 8;
	p->data[40] = *proto_of(sa, p);
	p->data[41] = 0;
	seal_put16(p->data + 42, offset << 3 | more);
	seal_put32(p->data + 44, ++ident);
	*proto_of(sa, p) = IPPROTO_FRAGMENT;
	seal_ip_len(p);
	return true;
}

/* One fragment, whose others never come */
static bool fragment(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	unsigned int offset = harm_pick(3) ? harm_pick(7900) : 0;
	bool more = !offset || harm_pick(2);

	*forged = true;
	if (sa->six)
		return fragment6(sa, p, offset, more);
	seal_put16(p->data + 4, ++ident & 0xffff);
	seal_put16(p->data + 6, offset | (more ? 0x2000 : 0));
	seal_ip_len(p);
	return true;
}

/* Its end is beyond what a packet can have. */
static bool fragment_too_far(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	*forged = true;
	return sa->six && fragment6(sa, p, 8191, false);
}

/* ------------------------------------------------------------------------- */
/* What is around ESP                                                         */

static bool udp_fields(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	uint8_t *udp = p->data + p->at - UDP_LEN;

	if (!sa->udp)
		return false;
	*forged = true;
	switch (harm_pick(4)) {
	case 0:		/* a NAT has given it another port */
		seal_put16(udp, 1024 + harm_pick(60000));
		*forged = false;
		break;
	case 1:
		seal_put16(udp + 2, 10000 + harm_pick(10000));
		break;
	case 2:
		seal_put16(udp + 4, harm_pick(2) ? harm_pick(16) : harm_pick(1 << 16));
		*forged = udp[4] * 256U + udp[5] != p->len - p->at + UDP_LEN;
		break;
	default:	/* a checksum, which is hardly the right one: then it would be let by */
		seal_put16(udp + 6, 1 + harm_pick(65535));
		*forged = false;
	}
	return true;
}

/* RFC 3948 2.1: the sender should leave it out; one that is there has to be right. */
static bool udp_checksum(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	size_t at = p->at - UDP_LEN, addresses = sa->six ? 8 : 12, len = p->len - at;
	uint32_t sum;

	if (!sa->udp)
		return false;
	sum = (uint16_t)~seal_sum(p->data + addresses, sa->six ? 32 : 8, 0) + IPPROTO_UDP + (uint32_t)len;
	seal_put16(p->data + at + 6, seal_sum(p->data + at, len, sum));
	*forged = false;
	return true;
}

static bool keepalive(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	if (!sa->udp)
		return false;
	p->data[p->at] = 0xff;
	p->len = p->at + 1;
	seal_put16(p->data + p->at - 4, UDP_LEN + 1);
	seal_ip_len(p);
	*forged = true;
	return true;
}

static bool marker(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	if (!sa->udp)
		return false;
	memset(p->data + p->at, 0, 4);
	*forged = true;
	return true;
}

/* ESP without the UDP or AH that its SA wants, or in UDP that it does not want */
static bool other_wrapping(const struct seal_sa *sa, struct seal_packet *p, bool *forged)
{
	*forged = true;
	if (sa->udp || (sa->ah && sa->esp)) {
		*proto_of(sa, p) = IPPROTO_ESP;
		take_out(p, head_len(p), p->esp - head_len(p));
		return true;
	}
	if (sa->ah || !insert(p, head_len(p), UDP_LEN))
		return false;
	*proto_of(sa, p) = IPPROTO_UDP;
	seal_put16(p->data + p->at - 8, 4500);
	seal_put16(p->data + p->at - 6, 4500);
	seal_put16(p->data + p->at - 4, (unsigned int)(p->len - p->at) + UDP_LEN);
	seal_put16(p->data + p->at - 2, 0);
	seal_ip_len(p);
	return true;
}

const struct harm harms[] = {
	{ "as it is", 30, true, NULL },
	{ "bits flipped", 30, false, flip_bits },
	{ "bytes changed", 15, false, change_bytes },
	{ "words swapped", 10, false, swap_words },
	{ "another SPI", 10, false, other_spi },
	{ "another number", 15, false, other_number },
	{ "AH's fields", 5, false, ah_fields },
	{ "random bytes", 15, false, all_random },
	{ "cut off", 20, false, cut_off },
	{ "cut off, UDP", 5, false, cut_off_udp },
	{ "frame cut off", 3, false, cut_frame },
	{ "lengthened", 10, false, lengthen },
	{ "frame lengthened", 5, true, pad_frame },
	{ "what routers change", 10, false, on_the_way },
	{ "another source", 8, false, other_source },
	{ "another destination", 5, false, other_destination },
	{ "another protocol", 8, false, other_protocol },
	{ "header damaged", 3, false, damaged_header },
	{ "IP options", 8, false, options },
	{ "extension header", 10, false, extension },
	{ "fragment", 4, false, fragment },
	{ "fragment too far", 1, false, fragment_too_far },
	{ "UDP's fields", 8, false, udp_fields },
	{ "UDP checksum", 5, true, udp_checksum },
	{ "keepalive", 3, false, keepalive },
	{ "non-ESP marker", 3, false, marker },
	{ "wrapped otherwise", 8, false, other_wrapping },
};
const size_t harm_count = sizeof(harms) / sizeof(harms[0]);
