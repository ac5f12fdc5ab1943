/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for the benchmark; see packet.h. The ESP side is libgcrypt's, so that a wrong one is nobody's own mistake. */
#include <arpa/inet.h>
#include <gcrypt.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "packet.h"

#define ICV_GCM 16
#define ICV_SHA1 12

/* guest.sh gives the gateways the same: 0, 1, 2, ... */
static const unsigned char key[20] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 };

static void must(gcry_error_t error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "bench: %s: %s\n", what, gcry_strerror(error));
	exit(1);
}

static uint16_t checksum(const void *data, unsigned int length)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; length > 1; length -= 2)
		sum += *word++;
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

static unsigned int ip_header(const struct shape *s)
{
	return s->v6 ? sizeof(struct ip6_hdr) : sizeof(struct iphdr);
}

static void address(int family, const char *text, void *at)
{
	if (inet_pton(family, text, at) != 1)
		abort();
}

/* An IP header in front of @payload bytes */
static void write_ip(const struct shape *s, unsigned char *at, unsigned int payload, uint8_t protocol,
		     const char *from, const char *to)
{
	struct ip6_hdr *ip6 = (struct ip6_hdr *)at;
	struct iphdr *ip = (struct iphdr *)at;

	memset(at, 0, ip_header(s));
	if (s->v6) {
		ip6->ip6_flow = htonl(6U << 28);
		ip6->ip6_plen = htons((uint16_t)payload);
		ip6->ip6_nxt = protocol;
		ip6->ip6_hlim = 64;
		address(AF_INET6, from, &ip6->ip6_src);
		address(AF_INET6, to, &ip6->ip6_dst);
		return;
	}
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htons((uint16_t)(payload + sizeof(*ip)));
	ip->ttl = 64;
	ip->protocol = protocol;
	address(AF_INET, from, &ip->saddr);
	address(AF_INET, to, &ip->daddr);
	ip->check = checksum(ip, sizeof(*ip));
}

static void write_udp(unsigned char *at, unsigned int length, uint16_t from, uint16_t to)
{
	struct udphdr *udp = (struct udphdr *)at;

	udp->source = htons(from);
	udp->dest = htons(to);
	udp->len = htons((uint16_t)length);
	udp->check = 0;
}

unsigned int packet_sa(const struct shape *s, unsigned int n)
{
	return (unsigned int)((uint64_t)(n % s->flows) * s->sas / s->flows);
}

/* The inner packet, at @at */
static void write_inner(const struct shape *s, unsigned int n, unsigned char *at)
{
	unsigned int sa = packet_sa(s, n) + 1, head = ip_header(s);
	char to[INET6_ADDRSTRLEN];

	if (s->v6)
		snprintf(to, sizeof(to), "2001:db8:2::%x:%x", sa >> 8, sa & 255);
	else
		snprintf(to, sizeof(to), "10.2.%u.%u", sa >> 8, sa & 255);
	memset(at + head, 0, s->size - head);
	write_ip(s, at, s->size - head, IPPROTO_UDP, s->v6 ? "2001:db8:1::1" : "10.1.0.1", to);
	write_udp(at + head, s->size - head, (uint16_t)(10000 + n % s->flows), 9);
}

static unsigned char *write_ethernet(const struct shape *s, const unsigned char *to, struct frame *frame)
{
	struct ethhdr *eth = (struct ethhdr *)frame->bytes;

	memcpy(eth->h_dest, to, ETH_ALEN);
	memset(eth->h_source, 2, ETH_ALEN);
	eth->h_proto = htons(s->v6 ? ETH_P_IPV6 : ETH_P_IP);
	return frame->bytes + sizeof(*eth);
}

void packet_plain(const struct shape *s, unsigned int n, const unsigned char *to, struct frame *frame)
{
	write_inner(s, n, write_ethernet(s, to, frame));
	frame->length = (uint16_t)(sizeof(struct ethhdr) + s->size);
}

/* @payload bytes at @esp + 16 become ciphertext and ICV. RFC 4106 */
static void seal_gcm(unsigned char *esp, unsigned int payload)
{
	static gcry_cipher_hd_t cipher;
	unsigned char nonce[12];

	if (!cipher) {
		must(gcry_cipher_open(&cipher, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0), "AES-GCM");
		must(gcry_cipher_setkey(cipher, key, 16), "AES-GCM key");
	}
	memcpy(nonce, key + 16, 4);
	memcpy(nonce + 4, esp + 8, 8);
	must(gcry_cipher_setiv(cipher, nonce, sizeof(nonce)), "AES-GCM nonce");
	must(gcry_cipher_authenticate(cipher, esp, 8), "AES-GCM");
	must(gcry_cipher_encrypt(cipher, esp + 16, payload, NULL, 0), "AES-GCM");
	must(gcry_cipher_gettag(cipher, esp + 16 + payload, ICV_GCM), "AES-GCM");
}

/* @payload bytes at @esp + 24 likewise. RFC 3602, RFC 2404 */
static void seal_cbc(unsigned char *esp, unsigned int payload)
{
	static gcry_cipher_hd_t cipher;
	static gcry_md_hd_t hash;

	if (!cipher) {
		must(gcry_cipher_open(&cipher, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC, 0), "AES-CBC");
		must(gcry_cipher_setkey(cipher, key, 16), "AES-CBC key");
		must(gcry_md_open(&hash, GCRY_MD_SHA1, GCRY_MD_FLAG_HMAC), "HMAC-SHA1");
		must(gcry_md_setkey(hash, key, 20), "HMAC-SHA1 key");
	}
	must(gcry_cipher_setiv(cipher, esp + 8, 16), "AES-CBC IV");
	must(gcry_cipher_encrypt(cipher, esp + 24, payload, NULL, 0), "AES-CBC");
	gcry_md_reset(hash);
	gcry_md_write(hash, esp, 24 + payload);
	memcpy(esp + 24 + payload, gcry_md_read(hash, GCRY_MD_SHA1), ICV_SHA1);
}

/* RFC 4303 2: header, IV (the sequence number), inner packet, padding, ICV, at @esp. Return: their length */
static unsigned int write_esp(const struct shape *s, unsigned int n, uint32_t sequence, unsigned char *esp)
{
	unsigned int iv = s->gcm ? 8 : 16, align = s->gcm ? 4 : 16;
	unsigned int payload = (s->size + 2 + align - 1) / align * align, i;
	uint32_t spi = htonl(0x10000 + packet_sa(s, n));

	sequence = htonl(sequence);
	memcpy(esp, &spi, 4);
	memcpy(esp + 4, &sequence, 4);
	memset(esp + 8, 0, iv);
	memcpy(esp + 8 + iv - 4, &sequence, 4);
	write_inner(s, n, esp + 8 + iv);
	for (i = s->size; i < payload - 2; i++)
		esp[8 + iv + i] = (unsigned char)(i - s->size + 1);
	esp[8 + iv + i] = (unsigned char)(i - s->size);
	esp[8 + iv + i + 1] = s->v6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	if (s->gcm)
		seal_gcm(esp, payload);
	else
		seal_cbc(esp, payload);
	return 8 + iv + payload + (s->gcm ? ICV_GCM : ICV_SHA1);
}

void packet_esp(const struct shape *s, unsigned int n, uint32_t sequence, const unsigned char *to, struct frame *frame)
{
	const char *me = s->v6 ? "2001:db8:a::1" : "192.0.2.1", *peer = s->v6 ? "2001:db8:a::2" : "192.0.2.2";
	unsigned char *ip = write_ethernet(s, to, frame), *esp = ip + ip_header(s);
	unsigned int udp = s->udp ? sizeof(struct udphdr) : 0;
	unsigned int length = udp + write_esp(s, n, sequence, esp + udp);

	if (udp)
		write_udp(esp, length, 4500, 4500);
	write_ip(s, ip, length, s->udp ? IPPROTO_UDP : IPPROTO_ESP, peer, me);
	frame->length = (uint16_t)(esp - frame->bytes + length);
}
