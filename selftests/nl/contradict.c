/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Good requests with a change by which they contradict themselves, or what the
 * kernel has: each must be refused with a text that says so.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/cryptomap.h>
#include <stdio.h>
#include <string.h>
#include "bad.h"
#include "good.h"
#include "talk.h"

static struct node *first_rule(struct request *r)
{
	return node_find(node_find(&r->root, CMAP_A_RULES), CMAP_A_RULE);
}

/* Change a good ENTRY_SET by STATEMENTS on root, rule, local and remote; it must be refused with ERROR and TEXT. */
#define ENTRY(what, error, text, offset, statements) do {						\
		struct request r;									\
		good_entry_set(&r, "N", true);								\
		struct node *root = &r.root, *rule_ = first_rule(&r);					\
		struct node *local = node_find(rule_, CMAP_RULE_A_LOCAL), *remote = node_find(rule_, CMAP_RULE_A_REMOTE); \
		(void)root; (void)local; (void)remote;							\
		statements;										\
		refused(&r, error, 0, text, offset, what);						\
		node_release(&r.root);									\
	} while (0)

static void entry_contradictions(void)
{
	char longest[CMAP_NAME_MAX + 2];

	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = 0;
	ENTRY("name empty", EINVAL, "empty", true, node_set_string(root, CMAP_A_MAP_NAME, ""));
	ENTRY("name too long", EINVAL, NULL, true, node_set_string(root, CMAP_A_MAP_NAME, longest));
	ENTRY("name with a blank", EINVAL, "blank", true, node_set_string(root, CMAP_A_MAP_NAME, "a b"));
	ENTRY("name with a control character", EINVAL, "printed", true, node_set_string(root, CMAP_A_MAP_NAME, "a\n"));
	ENTRY("name with more behind its end", EINVAL, "behind", true, node_set(root, CMAP_A_MAP_NAME, "a\0b", 4));
	ENTRY("name in no ASCII", EINVAL, "printed", true, node_set_string(root, CMAP_A_MAP_NAME, "\xc3\xa9"));
	ENTRY("sequence 0", ERANGE, "range", true, node_set32(root, CMAP_A_SEQ, 0));
	ENTRY("sequence 131072", ERANGE, "range", true, node_set32(root, CMAP_A_SEQ, CMAP_SEQ_MAX + 1));
	ENTRY("hold 1025", ERANGE, "range", true, node_set32(root, CMAP_A_HOLD, CMAP_HOLD_MAX + 1));
	ENTRY("peer 0.0.0.0", EINVAL, "host", true, node_set_address(root, CMAP_A_PEER, "0.0.0.0"));
	ENTRY("peer a multicast group", EINVAL, "host", true, node_set_address(root, CMAP_A_PEER, "224.0.0.5"));
	ENTRY("peer everybody", EINVAL, "host", true, node_set_address(root, CMAP_A_PEER, "255.255.255.255"));
	ENTRY("peer of 5 bytes", EINVAL, "4 bytes (IPv4) or 16 bytes (IPv6)", true, node_set(root, CMAP_A_PEER, "12345", 5));
	ENTRY("peer of 15 bytes", EINVAL, "4 bytes (IPv4) or 16 bytes (IPv6)", true, node_set(root, CMAP_A_PEER, "123456789012345", 15));
	ENTRY("peer IPv6, local address IPv4", EINVAL, "one family", true, node_set_address(root, CMAP_A_PEER, "2001:db8::2"));
	ENTRY("local address IPv6, peer IPv4", EINVAL, "one family", true, node_set_address(root, CMAP_A_LOCAL_ADDR, "2001:db8::1"));
	ENTRY("peers of both families", EINVAL, "one family", true, node_address(root, "PEER", CMAP_A_PEER, "2001:db8::2"));
	ENTRY("peer ::", EINVAL, "host", true, node_drop(root, CMAP_A_LOCAL_ADDR); node_set_address(root, CMAP_A_PEER, "::"));
	ENTRY("peer an IPv6 group", EINVAL, "host", true, node_drop(root, CMAP_A_LOCAL_ADDR); node_set_address(root, CMAP_A_PEER, "ff02::1"));
	ENTRY("peer an IPv4 address in IPv6", EINVAL, "host", true,
	      node_drop(root, CMAP_A_LOCAL_ADDR); node_set_address(root, CMAP_A_PEER, "::ffff:192.0.2.1"));
	ENTRY("peer link-local", EINVAL, "link-local", true, node_drop(root, CMAP_A_LOCAL_ADDR); node_set_address(root, CMAP_A_PEER, "fe80::1"));
	ENTRY("flag 2", EINVAL, NULL, true, node_set32(root, CMAP_A_ENTRY_FLAGS, 2));
	ENTRY("local address a multicast group", EINVAL, "host", true, node_set_address(root, CMAP_A_LOCAL_ADDR, "239.1.1.1"));
	ENTRY("17 peers", EINVAL, "16 peers", true,
	      for (int i = 0; i < 16; i++) node_address(root, "PEER", CMAP_A_PEER, "198.51.100.2"));
	ENTRY("action 2", ERANGE, "range", true, node_set8(rule_, CMAP_RULE_A_ACTION, 2));
	ENTRY("prefix 33", EINVAL, "32", true, node_set8(local, CMAP_PROXY_A_PREFIX, 33));
	ENTRY("prefix 129", ERANGE, "range", true, node_set8(local, CMAP_PROXY_A_PREFIX, 129));
	ENTRY("host bits set", EINVAL, "host bits", true, node_set_address(remote, CMAP_PROXY_A_ADDR, "10.2.0.1"));
	ENTRY("host bits set with prefix 0", EINVAL, "host bits", true, node_set8(remote, CMAP_PROXY_A_PREFIX, 0));
	ENTRY("proxy address IPv6, the other IPv4", EINVAL, "one family", true, node_set_address(remote, CMAP_PROXY_A_ADDR, "2001:db8::"));
	ENTRY("IPv6 host bits set", EINVAL, "host bits", true, node_set_address(local, CMAP_PROXY_A_ADDR, "2001:db8::1");
	      node_set8(local, CMAP_PROXY_A_PREFIX, 127));
	ENTRY("IPv6 host bits set with prefix 0", EINVAL, "host bits", true, node_set_address(local, CMAP_PROXY_A_ADDR, "8000::");
	      node_set8(local, CMAP_PROXY_A_PREFIX, 0));
	ENTRY("ports without a protocol", EINVAL, "tcp", true,
	      node_drop(local, CMAP_PROXY_A_PROTOCOL); node_drop(remote, CMAP_PROXY_A_PROTOCOL));
	ENTRY("ports of ICMP", EINVAL, "tcp", true,
	      node_set8(local, CMAP_PROXY_A_PROTOCOL, 1); node_set8(remote, CMAP_PROXY_A_PROTOCOL, 1));
	ENTRY("ports of protocol 0", EINVAL, "tcp", true,
	      node_set8(local, CMAP_PROXY_A_PROTOCOL, 0); node_set8(remote, CMAP_PROXY_A_PROTOCOL, 0));
	ENTRY("protocols differ", EINVAL, "same PROTOCOL", true, node_set8(remote, CMAP_PROXY_A_PROTOCOL, 6));
	ENTRY("PORT_LO alone", EINVAL, "go together", true, node_drop(local, CMAP_PROXY_A_PORT_HI));
	ENTRY("PORT_HI alone", EINVAL, "go together", true, node_drop(remote, CMAP_PROXY_A_PORT_LO));
	ENTRY("ports backwards", EINVAL, "less", true, node_set16(local, CMAP_PROXY_A_PORT_LO, 2001));
	ENTRY("port 0", EINVAL, "port 0", true,
	      node_set16(local, CMAP_PROXY_A_PORT_LO, 0); node_set16(local, CMAP_PROXY_A_PORT_HI, 0));
	ENTRY("RULES with another attribute in it", EINVAL, "RULE", true, rule_->type = CMAP_A_SEQ);
	ENTRY("statistics in a rule", EINVAL, NULL, true, node_u64(rule_, "MATCHES", CMAP_RULE_A_MATCHES, 1));
	ENTRY("exists without NLM_F_REPLACE", EEXIST, "exists", false, node_set_string(root, CMAP_A_MAP_NAME, "M"));
	ENTRY("NLM_F_REPLACE of nothing", ENOENT, "no such", false, r.flags = NLM_F_REPLACE);
}

static void too_many_rules(void)
{
	struct request r;
	struct node *rules;
	unsigned int length, at;
	struct answer answer;

	good_entry_set(&r, "N", false);
	rules = node_find(&r.root, CMAP_A_RULES);
	rules->harm = HARM_GONE;
	length = build(&r);
	at = length;
	length += NLA_HDRLEN;
	for (unsigned int i = 0; i <= CMAP_RULES_MAX; i++)
		length += node_put(talk_buffer + length, rules->kid[0]);
	*(struct nlattr *)(talk_buffer + at) = (struct nlattr){ .nla_len = length - at, .nla_type = CMAP_A_RULES | NLA_F_NESTED };
	answer = talk_ask(length, NULL, NULL);
	result(answer.error == EINVAL && strstr(answer.text, "512") && answer.offset, "ENTRY_SET: 513 rules: %s", answer.text);
	length = at + NLA_HDRLEN + (length - at - NLA_HDRLEN) / (CMAP_RULES_MAX + 1) * CMAP_RULES_MAX;
	((struct nlattr *)(talk_buffer + at))->nla_len = length - at;
	answer = talk_ask(length, NULL, NULL);
	result(!answer.error, "ENTRY_SET: 512 rules are accepted: %s", answer.text);
	node_release(&r.root);
	good_entry_del(&r, "N");
	answer = talk_ask(build(&r), NULL, NULL);
	result(!answer.error, "ENTRY_DEL: accepted: %s", answer.text);
	node_release(&r.root);
}

#define SA_OF(good, direction, what, error, text, offset, statements) do {				\
		struct request r;									\
		good(&r, direction, 0x1001);								\
		struct node *root = &r.root, *local = node_find(root, CMAP_A_LOCAL_PROXY);			\
		struct node *remote = node_find(root, CMAP_A_REMOTE_PROXY);					\
		(void)root; (void)local; (void)remote;							\
		statements;										\
		refused(&r, error, 0, text, offset, what);						\
		node_release(&r.root);									\
	} while (0)

#define SA(...) SA_OF(good_sa_new, __VA_ARGS__)
#define GCM(...) SA_OF(good_sa_gcm, __VA_ARGS__)
#define AH(...) SA_OF(good_sa_ah, __VA_ARGS__)

static void sa_contradictions(void)
{
	SA(CMAP_DIR_IN, "direction 2", ERANGE, "range", true, node_set8(root, CMAP_A_DIR, 2));
	SA(CMAP_DIR_IN, "protocol 49", ERANGE, "range", true, node_set8(root, CMAP_A_PROTO, 49));
	SA(CMAP_DIR_IN, "protocol 52", ERANGE, "range", true, node_set8(root, CMAP_A_PROTO, 52));
	SA(CMAP_DIR_IN, "AH with a cipher", EINVAL, "does not encrypt", true, node_set8(root, CMAP_A_PROTO, 51));
	SA(CMAP_DIR_IN, "SPI 255", EINVAL, "256", true, node_set32(root, CMAP_A_SPI, htonl(255)));
	SA(CMAP_DIR_IN, "SPI 0", EINVAL, "256", true, node_set32(root, CMAP_A_SPI, 0));
	SA(CMAP_DIR_IN, "SRC is DST", EINVAL, "same address", true, node_set_address(root, CMAP_A_SRC, "192.0.2.1"));
	SA(CMAP_DIR_IN, "SRC is nobody", EINVAL, "host", true, node_set_address(root, CMAP_A_SRC, "0.0.0.0"));
	SA(CMAP_DIR_IN, "no such map", ENOENT, "no such crypto map", false, node_set_string(root, CMAP_A_MAP_NAME, "N"));
	SA(CMAP_DIR_IN, "no such entry", ENOENT, "no such crypto map entry", false, node_set32(root, CMAP_A_SEQ, 11));
	SA(CMAP_DIR_IN, "local proxy wider than the rule", ENOENT, "no permit rule", false,
	   node_set_address(local, CMAP_PROXY_A_ADDR, "10.0.0.0"); node_set8(local, CMAP_PROXY_A_PREFIX, 8));
	SA(CMAP_DIR_IN, "remote proxy beside the rule", ENOENT, "no permit rule", false,
	   node_set_address(remote, CMAP_PROXY_A_ADDR, "10.3.0.0"));
	SA(CMAP_DIR_IN, "proxy ports wider than the rule's", ENOENT, "no permit rule", false,
	   node_set16(remote, CMAP_PROXY_A_PORT_HI, 2001));
	SA(CMAP_DIR_IN, "proxies of another protocol", ENOENT, "no permit rule", false,
	   node_set8(local, CMAP_PROXY_A_PROTOCOL, 6); node_set8(remote, CMAP_PROXY_A_PROTOCOL, 6));
	SA(CMAP_DIR_IN, "proxies of two protocols", EINVAL, "same PROTOCOL", true, node_set8(local, CMAP_PROXY_A_PROTOCOL, 6));
	SA(CMAP_DIR_IN, "host bits in a proxy", EINVAL, "host bits", true, node_set8(local, CMAP_PROXY_A_PREFIX, 16));
	SA(CMAP_DIR_IN, "no such cipher", ERANGE, "range", true, node_set16(root, CMAP_A_CIPHER, CMAP_CIPHER_MAX + 1));
	SA(CMAP_DIR_IN, "no such hash", ERANGE, "range", true, node_set16(root, CMAP_A_AUTH, CMAP_AUTH_MAX + 1));
	SA(CMAP_DIR_IN, "NULL cipher with a key", EINVAL, "no key", true, node_set16(root, CMAP_A_CIPHER, CMAP_CIPHER_NULL));
	SA(CMAP_DIR_IN, "no cipher key", EINVAL, "CIPHER_KEY is missing", true, node_drop(root, CMAP_A_CIPHER_KEY));
	SA(CMAP_DIR_IN, "no authentication key", EINVAL, "AUTH_KEY is missing", true, node_drop(root, CMAP_A_AUTH_KEY));
	SA(CMAP_DIR_IN, "an authentication key alone", EINVAL, "AUTH_KEY without", true, node_drop(root, CMAP_A_AUTH));
	SA(CMAP_DIR_IN, "NULL cipher and no authentication", EINVAL, "nothing would be protected", true,
	   node_set16(root, CMAP_A_CIPHER, CMAP_CIPHER_NULL); node_drop(root, CMAP_A_CIPHER_KEY);
	   node_drop(root, CMAP_A_AUTH); node_drop(root, CMAP_A_AUTH_KEY));
	SA(CMAP_DIR_IN, "replay window without authentication", EINVAL, "no replay protection", true,
	   node_drop(root, CMAP_A_AUTH); node_drop(root, CMAP_A_AUTH_KEY));
	SA(CMAP_DIR_IN, "replay window 63", EINVAL, "64 to 4096", true, node_set32(root, CMAP_A_REPLAY_WINDOW, 63));
	SA(CMAP_DIR_IN, "replay window 100", EINVAL, "64 to 4096", true, node_set32(root, CMAP_A_REPLAY_WINDOW, 100));
	SA(CMAP_DIR_IN, "replay window 4160", ERANGE, "range", true, node_set32(root, CMAP_A_REPLAY_WINDOW, 4160));
	SA(CMAP_DIR_OUT, "outbound with a replay window", EINVAL, "inbound", true,
	   node_u32(root, "REPLAY_WINDOW", CMAP_A_REPLAY_WINDOW, 64));
	SA(CMAP_DIR_IN, "inbound in standby", EINVAL, "outbound", true, node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_STANDBY));
	SA(CMAP_DIR_OUT, "an unknown flag", EINVAL, NULL, true, node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_ALL + 1));
	SA(CMAP_DIR_IN, "soft seconds not before hard", EINVAL, "less than", true, node_set32(root, CMAP_A_LIFE_SOFT_SECONDS, 2000));
	SA(CMAP_DIR_IN, "soft seconds 0", ERANGE, "range", true, node_set32(root, CMAP_A_LIFE_SOFT_SECONDS, 0));
	SA(CMAP_DIR_IN, "hard seconds 0", ERANGE, "range", true, node_set32(root, CMAP_A_LIFE_HARD_SECONDS, 0));
	SA(CMAP_DIR_IN, "hard seconds beyond the timers", EINVAL, "too large", true,
	   node_set32(root, CMAP_A_LIFE_HARD_SECONDS, UINT32_MAX));
	SA(CMAP_DIR_IN, "soft seconds without hard", EINVAL, "LIFE_HARD_SECONDS", true, node_drop(root, CMAP_A_LIFE_HARD_SECONDS));
	SA(CMAP_DIR_IN, "soft bytes not before hard", EINVAL, "less than", true, node_set64(root, CMAP_A_LIFE_SOFT_BYTES, 2000000));
	SA(CMAP_DIR_IN, "soft bytes 0", ERANGE, "range", true, node_set64(root, CMAP_A_LIFE_SOFT_BYTES, 0));
	SA(CMAP_DIR_IN, "hard bytes 2^63", ERANGE, "range", true, node_set64(root, CMAP_A_LIFE_HARD_BYTES, 1ULL << 63));
	SA(CMAP_DIR_IN, "soft bytes without hard", EINVAL, "LIFE_HARD_BYTES", true, node_drop(root, CMAP_A_LIFE_HARD_BYTES));
	SA(CMAP_DIR_IN, "exists", EEXIST, "exists", false, node_set32(root, CMAP_A_SPI, htonl(0x1000)));
}

/* The outer header, modes, flags and UDP */
static void form_contradictions(void)
{
	SA(CMAP_DIR_IN, "SRC IPv6, DST IPv4", EINVAL, "one family", true, node_set_address(root, CMAP_A_SRC, "2001:db8::2"));
	SA(CMAP_DIR_IN, "SRC a group", EINVAL, "host", true, node_set_address(root, CMAP_A_SRC, "224.0.0.1"));
	SA(CMAP_DIR_IN, "mode 2", ERANGE, "range", true, node_set8(root, CMAP_A_MODE, 2));
	SA(CMAP_DIR_IN, "transport mode for what is not between the ends", EINVAL, "must contain SRC and DST", true,
	   node_drop(root, CMAP_A_ENCAP_SPORT); node_drop(root, CMAP_A_ENCAP_DPORT); node_set8(root, CMAP_A_MODE, CMAP_MODE_TRANSPORT));
	GCM(CMAP_DIR_OUT, "transport mode for another family", EINVAL, "family of SRC and DST", true,
	    node_set8(root, CMAP_A_MODE, CMAP_MODE_TRANSPORT));
	SA(CMAP_DIR_IN, "UDP without a source port", EINVAL, "go together", true, node_drop(root, CMAP_A_ENCAP_SPORT));
	SA(CMAP_DIR_IN, "UDP without a destination port", EINVAL, "go together", true, node_drop(root, CMAP_A_ENCAP_DPORT));
	SA(CMAP_DIR_IN, "UDP source port 0", EINVAL, "other than 0", true, node_set16(root, CMAP_A_ENCAP_SPORT, 0));
	SA(CMAP_DIR_OUT, "UDP destination port 0", EINVAL, "other than 0", true, node_set16(root, CMAP_A_ENCAP_DPORT, 0));
	AH(CMAP_DIR_OUT, "AH in UDP", EINVAL, "only ESP", true,
	   node_u16(root, "SPORT", CMAP_A_ENCAP_SPORT, 4500); node_u16(root, "DPORT", CMAP_A_ENCAP_DPORT, 4500));
	SA(CMAP_DIR_OUT, "DF 3", ERANGE, "range", true, node_set8(root, CMAP_A_DF, 3));
	SA(CMAP_DIR_IN, "inbound with DF", EINVAL, "outbound", true, node_u8(root, "DF", CMAP_A_DF, CMAP_DF_SET));
	GCM(CMAP_DIR_OUT, "DF of an IPv6 header", EINVAL, "IPv4", true, node_u8(root, "DF", CMAP_A_DF, CMAP_DF_SET));
	SA(CMAP_DIR_IN, "inbound that fragments", EINVAL, "outbound", true, node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_FRAGMENT_AFTER));
	SA(CMAP_DIR_IN, "extended numbers without authentication", EINVAL, "need authentication", true,
	   node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_ESN); node_drop(root, CMAP_A_AUTH); node_drop(root, CMAP_A_AUTH_KEY);
	   node_drop(root, CMAP_A_REPLAY_WINDOW));
	GCM(CMAP_DIR_IN, "extended numbers without a replay window", EINVAL, "need a replay window", true,
	    node_set32(root, CMAP_A_REPLAY_WINDOW, 0));
	SA(CMAP_DIR_IN, "idle 0", ERANGE, "range", true, node_set32(root, CMAP_A_IDLE_SECONDS, 0));
	SA(CMAP_DIR_IN, "idle beyond the timers", EINVAL, "too large", true, node_set32(root, CMAP_A_IDLE_SECONDS, UINT32_MAX));
}

static void algorithm_contradictions(void)
{
	SA(CMAP_DIR_IN, "ICV length of a cipher with a hash", EINVAL, "combined", true, node_u8(root, "ICV_LEN", CMAP_A_ICV_LEN, 16));
	GCM(CMAP_DIR_IN, "ICV of 0 bytes", EINVAL, "8, 12 or 16", true, node_set8(root, CMAP_A_ICV_LEN, 0));
	GCM(CMAP_DIR_IN, "ICV of 13 bytes", EINVAL, "8, 12 or 16", true, node_set8(root, CMAP_A_ICV_LEN, 13));
	GCM(CMAP_DIR_IN, "GMAC with an ICV of 12 bytes", EINVAL, "only AES-GCM", true, node_set16(root, CMAP_A_CIPHER, CMAP_CIPHER_AES_GMAC));
	GCM(CMAP_DIR_IN, "ChaCha20-Poly1305 with an ICV of 12 bytes", EINVAL, "only AES-GCM", true,
	    node_set16(root, CMAP_A_CIPHER, CMAP_CIPHER_CHACHA20_POLY1305));
	GCM(CMAP_DIR_IN, "a combined mode with a hash", EINVAL, "by itself", true,
	    node_u16(root, "AUTH", CMAP_A_AUTH, CMAP_AUTH_HMAC_SHA1_96); node_add(root, "AUTH_KEY", CMAP_A_AUTH_KEY, "12345678901234567890", 20));
	GCM(CMAP_DIR_IN, "a combined mode with a hash's key", EINVAL, "AUTH_KEY without", true,
	    node_add(root, "AUTH_KEY", CMAP_A_AUTH_KEY, "12345678901234567890", 20));
	GCM(CMAP_DIR_IN, "CTR without authentication", EINVAL, "CTR needs", true,
	    node_set16(root, CMAP_A_CIPHER, CMAP_CIPHER_AES_CTR); node_drop(root, CMAP_A_ICV_LEN));
	AH(CMAP_DIR_IN, "AH without authentication", EINVAL, "AUTH is missing", false, node_drop(root, CMAP_A_AUTH); node_drop(root, CMAP_A_AUTH_KEY));
	AH(CMAP_DIR_IN, "AH with the authentication \"none\"", EINVAL, "needs authentication", true,
	   node_set16(root, CMAP_A_AUTH, CMAP_AUTH_NONE); node_drop(root, CMAP_A_AUTH_KEY));
	AH(CMAP_DIR_IN, "AH with a cipher's key", EINVAL, "does not encrypt", true, node_add(root, "KEY", CMAP_A_CIPHER_KEY, "1234567890123456", 16));
	AH(CMAP_DIR_IN, "AH with an ICV length", EINVAL, "combined", true, node_u8(root, "ICV_LEN", CMAP_A_ICV_LEN, 12));
}

/* AH 0x1003 inbound has ESP 0x1004 in it, AH 0x1003 outbound waits for one. */
static void bundle_contradictions(void)
{
	GCM(CMAP_DIR_IN, "AH_SPI 255", EINVAL, "256", true, node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(255)));
	SA(CMAP_DIR_IN, "AH around UDP", EINVAL, "UDP", true, node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003)));
	AH(CMAP_DIR_IN, "AH in AH", EINVAL, "for ESP", true, node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003)));
	GCM(CMAP_DIR_IN, "ESP with the flag BUNDLE", EINVAL, "for AH", true, node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_BUNDLE));
	AH(CMAP_DIR_OUT, "a bundled AH SA in standby", EINVAL, "belong to the ESP SA", true,
	   node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_BUNDLE | CMAP_SA_F_STANDBY));
	AH(CMAP_DIR_IN, "parallel AH of a bundle", EINVAL, "PARALLEL", true,
	   node_set32(root, CMAP_A_SA_FLAGS, CMAP_SA_F_BUNDLE | CMAP_SA_F_PARALLEL));
	AH(CMAP_DIR_IN, "a bundled AH SA that is watched", EINVAL, "belongs to the ESP SA", true,
	   node_u32(root, "IDLE_SECONDS", CMAP_A_IDLE_SECONDS, 60));
	GCM(CMAP_DIR_OUT, "AH_SPI of nobody", ENOENT, "no AH SA", false, node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1004)));
	GCM(CMAP_DIR_IN, "AH_SPI that another one uses", EBUSY, "another ESP SA", false,
	    node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003)));
	GCM(CMAP_DIR_OUT, "AH_SPI with other proxies", EINVAL, "proxies", false,
	    node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003)); node_set8(local, CMAP_PROXY_A_PREFIX, 25));
	GCM(CMAP_DIR_OUT, "AH_SPI with another source", EINVAL, "source", false,
	    node_u32(root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003)); node_set_address(root, CMAP_A_SRC, "2001:db8::3"));
}

/* Another cipher or hash; a combined mode takes no hash. */
static void algorithm(struct node *root, uint16_t attr, uint16_t value)
{
	node_set16(root, attr, value);
	if (attr == CMAP_A_CIPHER && value >= CMAP_CIPHER_AES_GCM) {
		node_drop(root, CMAP_A_AUTH);
		node_drop(root, CMAP_A_AUTH_KEY);
	}
}

static void key_lengths(void)
{
	static const struct { uint16_t attr, key, value; const char *name, *text; unsigned int right[3]; } table[] = {
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_DES_CBC, "DES", "8 bytes", { 8 } },
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_3DES_CBC, "3DES", "24 bytes", { 24 } },
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_AES_CBC, "AES", "16, 24 or 32 bytes", { 16, 24, 32 } },
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_AES_CTR, "AES-CTR", "20, 28 or 36 bytes", { 20, 28, 36 } },
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_AES_GCM, "AES-GCM", "20, 28 or 36 bytes", { 20, 28, 36 } },
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_AES_GMAC, "AES-GMAC", "20, 28 or 36 bytes", { 20, 28, 36 } },
		{ CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_CIPHER_CHACHA20_POLY1305, "ChaCha20-Poly1305", "36 bytes", { 36 } },
		{ CMAP_A_AUTH, CMAP_A_AUTH_KEY, CMAP_AUTH_HMAC_MD5_96, "HMAC-MD5", "16 bytes", { 16 } },
		{ CMAP_A_AUTH, CMAP_A_AUTH_KEY, CMAP_AUTH_HMAC_SHA1_96, "HMAC-SHA1", "20 bytes", { 20 } },
		{ CMAP_A_AUTH, CMAP_A_AUTH_KEY, CMAP_AUTH_HMAC_SHA2_256_128, "HMAC-SHA2-256", "32 bytes", { 32 } },
		{ CMAP_A_AUTH, CMAP_A_AUTH_KEY, CMAP_AUTH_HMAC_SHA2_384_192, "HMAC-SHA2-384", "48 bytes", { 48 } },
		{ CMAP_A_AUTH, CMAP_A_AUTH_KEY, CMAP_AUTH_HMAC_SHA2_512_256, "HMAC-SHA2-512", "64 bytes", { 64 } },
	};
	static const unsigned int wrong[] = { 1, 7, 9, 15, 17, 19, 21, 23, 25, 27, 31, 33, 35, 37, 47, 49, 63 };
	unsigned char key[CMAP_KEY_MAX] = "an unusual key of some length that is not the right one at all!";
	char what[64];

	for (unsigned int i = 0; i < sizeof(table) / sizeof(*table); i++) {
		for (unsigned int w = 0; w < sizeof(wrong) / sizeof(*wrong); w++) {
			snprintf(what, sizeof(what), "%s with a key of %u bytes", table[i].name, wrong[w]);
			SA(CMAP_DIR_IN, what, EINVAL, table[i].text, true,
			   algorithm(root, table[i].attr, table[i].value); node_set(root, table[i].key, key, wrong[w]));
		}
		for (unsigned int k = 0; k < 3 && table[i].right[k]; k++) {
			struct request r;
			struct answer answer;

			good_sa_new(&r, CMAP_DIR_IN, 0x1001);
			algorithm(&r.root, table[i].attr, table[i].value);
			node_set(&r.root, table[i].key, key, table[i].right[k]);
			answer = talk_ask(build(&r), NULL, NULL);
			result(!answer.error, "SA_NEW: %s with %u bytes is accepted: %s", table[i].name, table[i].right[k],
			       answer.text);
			node_release(&r.root);
			good_sa_key(&r, "SA_DEL", CMAP_CMD_SA_DEL, 0x1001, "192.0.2.1");
			answer = talk_ask(build(&r), NULL, NULL);
			result(!answer.error, "SA_DEL: accepted: %s", answer.text);
			node_release(&r.root);
		}
	}
}

void contradictions(void)
{
	entry_contradictions();
	too_many_rules();
	sa_contradictions();
	form_contradictions();
	algorithm_contradictions();
	bundle_contradictions();
	key_lengths();
}
