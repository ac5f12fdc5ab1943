/* SPDX-License-Identifier: GPL-2.0-only */
/* IPsec made by hand: see seal.h. */
#include <arpa/inet.h>
#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "seal.h"

#define CIPHER_KEY	16
#define MAC_KEY		20
#define AUTH_LEN	12	/* HMAC-SHA1-96 */
#define AH_LEN		(12 + AUTH_LEN)
#define GCM_TAG		16
#define HEAD4		20
#define HEAD6		40

/* The SAs of IPv4 and IPv6 in turn */
#define BOTH(name, spi, ...) \
	{ name " IPv4", false, __VA_ARGS__, spi, 0 }, { name " IPv6", true, __VA_ARGS__, (spi) + 0x1000, 0 }

/* name, SPI, ESP, AH, GCM, transport mode, UDP, ESN */
struct seal_sa seal_sas[] = {
	BOTH("CBC and HMAC", 0x2000, true, false, false, false, false, false),
	BOTH("GCM", 0x2010, true, false, true, false, false, false),
	BOTH("GCM, ESN", 0x2020, true, false, true, false, false, true),
	BOTH("CBC and HMAC, ESN", 0x2030, true, false, false, false, false, true),
	BOTH("GCM in UDP", 0x2040, true, false, true, false, true, false),
	BOTH("CBC and HMAC in UDP", 0x2050, true, false, false, false, true, false),
	BOTH("AH", 0x2060, false, true, false, false, false, false),
	BOTH("AH and ESP", 0x2070, true, true, false, false, false, false),
	BOTH("transport", 0x2080, true, false, false, true, false, false),
	BOTH("AH, transport", 0x2090, false, true, false, true, false, false),
};
const size_t seal_sa_count = sizeof(seal_sas) / sizeof(seal_sas[0]);

const struct seal_ends seal_ends4 = {
	{ 192, 0, 2, 1 }, { 198, 51, 100, 1 }, { 10, 1, 0, 2 }, { 10, 2, 0, 2 },
};
const struct seal_ends seal_ends6 = {
	{ 0x20, 0x01, 0x0d, 0xb8, 0, 0x0a, [15] = 1 }, { 0x20, 0x01, 0x0d, 0xb8, 0, 0x0b, [15] = 1 },
	{ 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 2 }, { 0x20, 0x01, 0x0d, 0xb8, 0, 2, [15] = 2 },
};

static const uint8_t key[] = "0123456789abcdefghijklmnopqrstuv";
static gcry_cipher_hd_t cbc, gcm;
static gcry_mac_hd_t mac;

static void must(gcry_error_t err)
{
	if (err) {
		fprintf(stderr, "libgcrypt: %s\n", gcry_strerror(err));
		exit(1);
	}
}

void seal_init(void)
{
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	must(gcry_cipher_open(&cbc, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_CBC, 0));
	must(gcry_cipher_setkey(cbc, key, CIPHER_KEY));
	must(gcry_cipher_open(&gcm, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0));
	must(gcry_cipher_setkey(gcm, key, CIPHER_KEY));
	must(gcry_mac_open(&mac, GCRY_MAC_HMAC_SHA1, 0, NULL));
	must(gcry_mac_setkey(mac, key, MAC_KEY));
}

/* ------------------------------------------------------------------------- */
/* The receiver's side                                                        */

static void print_key(const char *name, size_t len)
{
	printf(" %s ", name);
	for (size_t i = 0; i < len; i++)
		printf("%02x", key[i]);
}

static void print_sa(const struct seal_sa *sa, bool ah)
{
	const struct seal_ends *e = sa->six ? &seal_ends6 : &seal_ends4;
	int family = sa->six ? AF_INET6 : AF_INET;
	char us[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN];

	inet_ntop(family, e->us, us, sizeof(us));
	inet_ntop(family, e->peer, peer, sizeof(peer));
	printf("sa add dir in map M seq %d src %s dst %s proto %s spi 0x%x", 10 + 10 * sa->six + 5 * sa->transport, peer, us,
	       ah ? "ah" : "esp", sa->spi + (sa->ah && !ah));
	if (sa->transport)
		printf(" mode transport local-proxy %s remote-proxy %s", us, peer);
	else
		printf(" local-proxy %s remote-proxy %s", sa->six ? "2001:db8:1::/64" : "10.1.0.0/24",
		       sa->six ? "2001:db8:2::/64" : "10.2.0.0/24");
	if (!ah)
		print_key(sa->gcm ? "enc aes-gcm" : "enc aes-cbc", sa->gcm ? CIPHER_KEY + 4 : CIPHER_KEY);
	if (!sa->gcm)
		print_key("auth hmac-sha1-96", MAC_KEY);
	printf("%s%s", sa->udp ? " encap 4500 4500" : "", sa->esn ? " esn replay-window 256" : "");
	if (sa->ah && sa->esp)
		ah ? printf(" bundle") : printf(" ah-spi 0x%x", sa->spi);
	printf("\n");
}

void seal_print(const char *dev)
{
	printf("map add M seq 10 peer 198.51.100.1 hold 0 acl permit 10.1.0.0/24 10.2.0.0/24\n"
	       "map add M seq 15 peer 198.51.100.1 hold 0 acl permit 192.0.2.1 198.51.100.1\n"
	       "map add M seq 20 peer 2001:db8:b::1 hold 0 acl permit 2001:db8:1::/64 2001:db8:2::/64\n"
	       "map add M seq 25 peer 2001:db8:b::1 hold 0 acl permit 2001:db8:a::1 2001:db8:b::1\n"
	       "link set dev %s map M\n", dev);
	for (size_t i = 0; i < seal_sa_count; i++) {
		if (seal_sas[i].ah)
			print_sa(&seal_sas[i], true);
		if (seal_sas[i].esp)
			print_sa(&seal_sas[i], false);
	}
}

/* ------------------------------------------------------------------------- */
/* Headers                                                                    */

uint16_t seal_sum(const uint8_t *data, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (len % 2)
		sum += (uint32_t)data[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void seal_ip_len(struct seal_packet *p)
{
	size_t head = (p->data[0] & 0xf) * 4;

	if (p->data[0] >> 4 == 6) {
		seal_put16(p->data + 4, (unsigned int)(p->len - HEAD6));
		return;
	}
	seal_put16(p->data + 2, (unsigned int)p->len);
	seal_put16(p->data + 10, 0);
	seal_put16(p->data + 10, seal_sum(p->data, head, 0));
}

static size_t ip_header(uint8_t *at, bool six, const uint8_t *src, const uint8_t *dst, uint8_t proto)
{
	static uint16_t ident;

	memset(at, 0, six ? HEAD6 : HEAD4);
	if (six) {
		at[0] = 0x60;
		at[6] = proto;
		at[7] = 64;
		memcpy(at + 8, src, 16);
		memcpy(at + 24, dst, 16);
		return HEAD6;
	}
	at[0] = 0x45;
	seal_put16(at + 4, ++ident);
	at[8] = 64;
	at[9] = proto;
	memcpy(at + 12, src, 4);
	memcpy(at + 16, dst, 4);
	return HEAD4;
}

/* A datagram with the right checksum; @src, @dst: what it will be sent between */
static size_t datagram(uint8_t *at, bool six, const uint8_t *src, const uint8_t *dst, const uint8_t *text, size_t len)
{
	size_t total = 8 + len, size = six ? 16 : 4;
	uint32_t sum;
	uint16_t check;

	seal_put16(at, 1234);
	seal_put16(at + 2, SEAL_PORT);
	seal_put16(at + 4, (unsigned int)total);
	seal_put16(at + 6, 0);
	memcpy(at + 8, text, len);
	/* the pseudo header */
	sum = (uint16_t)~seal_sum(src, size, 0);
	sum = (uint16_t)~seal_sum(dst, size, sum + IPPROTO_UDP + (uint32_t)total);
	check = seal_sum(at, total, sum);
	seal_put16(at + 6, check ? check : 0xffff);
	return total;
}

/* ------------------------------------------------------------------------- */
/* AH and ESP                                                                 */

static void authenticate(const struct seal_sa *sa, const uint8_t *front, size_t front_len, const uint8_t *data, size_t len,
			 uint8_t *icv)
{
	uint8_t high[4], full[20];
	size_t size = sizeof(full);

	must(gcry_mac_reset(mac));
	if (front_len)
		must(gcry_mac_write(mac, front, front_len));
	must(gcry_mac_write(mac, data, len));
	if (sa->esn) {
		seal_put32(high, (uint32_t)(sa->number >> 32));
		must(gcry_mac_write(mac, high, sizeof(high)));
	}
	must(gcry_mac_read(mac, full, &size));
	memcpy(icv, full, AUTH_LEN);
}

static size_t seal_gcm(const struct seal_sa *sa, uint8_t *esp, size_t len)
{
	uint8_t nonce[12], aad[12];
	size_t aad_len = 8;

	memcpy(nonce, key + CIPHER_KEY, 4);
	memcpy(nonce + 4, esp + 8, 8);
	memcpy(aad, esp, 8);
	if (sa->esn) {
		seal_put32(aad + 4, (uint32_t)(sa->number >> 32));
		memcpy(aad + 8, esp + 4, 4);
		aad_len = 12;
	}
	must(gcry_cipher_reset(gcm));
	must(gcry_cipher_setiv(gcm, nonce, sizeof(nonce)));
	must(gcry_cipher_authenticate(gcm, aad, aad_len));
	must(gcry_cipher_encrypt(gcm, esp + 16, len - 16, NULL, 0));
	must(gcry_cipher_gettag(gcm, esp + len, GCM_TAG));
	return len + GCM_TAG;
}

static size_t seal_cbc(const struct seal_sa *sa, uint8_t *esp, size_t len)
{
	must(gcry_cipher_reset(cbc));
	must(gcry_cipher_setiv(cbc, esp + 8, 16));
	must(gcry_cipher_encrypt(cbc, esp + 24, len - 24, NULL, 0));
	authenticate(sa, NULL, 0, esp, len, esp + len);
	return len + AUTH_LEN;
}

/* RFC 4303 around @payload; returns its length */
static size_t seal_esp(const struct seal_sa *sa, uint8_t *esp, const uint8_t *payload, size_t len, uint8_t next)
{
	size_t head = sa->gcm ? 16 : 24, align = sa->gcm ? 4 : 16, pad = (align - (len + 2) % align) % align;

	seal_put32(esp, sa->spi + sa->ah);
	seal_put32(esp + 4, (uint32_t)sa->number);
	memset(esp + 8, 0x5a, head - 8);
	seal_put32(esp + 12, (uint32_t)sa->number);
	seal_put32(esp + 8, (uint32_t)(sa->number >> 32) | sa->spi << 8);
	memcpy(esp + head, payload, len);
	for (size_t i = 0; i < pad; i++)
		esp[head + len + i] = (uint8_t)(i + 1);
	esp[head + len + pad] = (uint8_t)pad;
	esp[head + len + pad + 1] = next;
	len += head + pad + 2;
	return sa->gcm ? seal_gcm(sa, esp, len) : seal_cbc(sa, esp, len);
}

/* RFC 4302: over all, with what changes on the way as zero */
static void seal_ah(const struct seal_sa *sa, struct seal_packet *p, uint8_t next)
{
	uint8_t *ah = p->data + p->at, front[HEAD6];

	memset(ah, 0, AH_LEN);
	ah[0] = next;
	ah[1] = AH_LEN / 4 - 2;
	seal_put32(ah + 4, sa->spi);
	seal_put32(ah + 8, (uint32_t)sa->number);
	memcpy(front, p->data, p->at);
	if (sa->six) {
		memset(front + 1, 0, 3);
		front[7] = 0;
	} else {
		front[1] = front[6] = front[7] = front[8] = front[10] = front[11] = 0;
	}
	authenticate(sa, front, p->at, ah, p->len - p->at, ah + 12);
}

void seal_packet(struct seal_sa *sa, const uint8_t *text, size_t len, struct seal_packet *out)
{
	const struct seal_ends *e = sa->six ? &seal_ends6 : &seal_ends4;
	uint8_t payload[PACKET_MAX], next = IPPROTO_UDP, proto = sa->ah ? IPPROTO_AH : sa->udp ? IPPROTO_UDP : IPPROTO_ESP;
	size_t size = 0, ah = 0;

	sa->number++;
	if (sa->transport) {
		size = datagram(payload, sa->six, e->peer, e->us, text, len);
	} else {
		struct seal_packet inner = { .len = 0 };

		inner.len = ip_header(inner.data, sa->six, e->far, e->host, IPPROTO_UDP);
		inner.len += datagram(inner.data + inner.len, sa->six, e->far, e->host, text, len);
		seal_ip_len(&inner);
		memcpy(payload, inner.data, size = inner.len);
		next = sa->six ? IPPROTO_IPV6 : IPPROTO_IPIP;
	}
	out->len = out->at = ip_header(out->data, sa->six, e->peer, e->us, proto);
	if (sa->ah)
		ah = AH_LEN;
	else if (sa->udp)
		out->at = out->len += 8;
	out->len += ah;
	out->esp = sa->esp ? out->len : 0;
	if (sa->esp)
		size = seal_esp(sa, out->data + out->len, payload, size, next);
	else
		memcpy(out->data + out->len, payload, size);
	out->len += size;
	if (sa->udp) {
		seal_put16(out->data + out->at - 8, 4500);
		seal_put16(out->data + out->at - 6, 4500);
		seal_put16(out->data + out->at - 4, (unsigned int)(size + 8));
		seal_put16(out->data + out->at - 2, 0);
	}
	seal_ip_len(out);
	if (sa->ah)
		seal_ah(sa, out, sa->esp ? IPPROTO_ESP : next);
}
