/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap sa: security associations, as the module has them. Keys (key.h) go into
 * one request, and are wiped.
 */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "decode.h"
#include "key.h"
#include "nl.h"
#include "print.h"

static const char *const proto_words[] = { "esp", "ah", NULL };
static const uint8_t protos[] = { IPPROTO_ESP, IPPROTO_AH };

enum word { W_DIR, W_MAP, W_SEQ, W_PROTO, W_SPI, W_SRC, W_DST, W_MODE, W_ENCAP, W_LOCAL_PROXY, W_REMOTE_PROXY,
	    W_PROXY_PROTO, W_LOCAL_PORT, W_REMOTE_PORT, W_ENC, W_AUTH, W_KEY_FILE, W_ICV, W_REPLAY_WINDOW, W_ESN, W_DF,
	    W_FRAG_AFTER, W_PARALLEL, W_AH_SPI, W_BUNDLE, W_STANDBY, W_IDLE, W_SOFT_SECONDS, W_HARD_SECONDS, W_SOFT_BYTES,
	    W_HARD_BYTES, W_CONN_ID, W_SEQ_NUMBER, W_COUNT };

static const char *const add_words[] = { "dir", "map", "seq", "proto", "spi", "src", "dst", "mode", "encap",
	"local-proxy", "remote-proxy", "proxy-proto", "local-port", "remote-port", "enc", "auth", "key-file", "icv",
	"replay-window", "esn", "df", "frag-after", "parallel", "ah-spi", "bundle", "standby", "idle", "life-soft-seconds",
	"life-hard-seconds", "life-soft-bytes", "life-hard-bytes", "conn-id",
	"seq-number", NULL };

struct sa {
	bool has[W_COUNT];	/* which words of sa add were there */
	int dir, proto, mode, df;
	const char *map;
	uint32_t seq, spi, ah_spi, icv, encap_sport, encap_dport;
	struct addr src, dst, peer;
	struct args_proxy local, remote;
	int cipher, auth;
	struct key cipher_key, auth_key;
	uint32_t replay_window, conn_id, idle, soft_seconds, hard_seconds;
	uint64_t soft_bytes, hard_bytes, number;
};

static bool spi_word(struct args *a, uint32_t *spi)
{
	return args_u32(a, "spi", CMAP_SPI_MIN, UINT32_MAX, spi);
}

static bool proto_word(struct args *a, int *proto)
{
	int i = args_keyword(a, proto_words);

	if (i >= 0)
		*proto = protos[i];
	return i >= 0;
}

static bool add_word(struct args *a, struct sa *sa, enum word word)
{
	static const char *const dirs[] = { [CMAP_DIR_OUT] = "out", [CMAP_DIR_IN] = "in", NULL };

	switch (word) {
	case W_DIR:		return (sa->dir = args_keyword(a, dirs)) >= 0;
	case W_MAP:		return (sa->map = args_map(a));
	case W_SEQ:		return args_u32(a, "seq", CMAP_SEQ_MIN, CMAP_SEQ_MAX, &sa->seq);
	case W_PROTO:		return proto_word(a, &sa->proto);
	case W_SPI:		return spi_word(a, &sa->spi);
	case W_SRC:		return args_address(a, "src", &sa->src);
	case W_DST:		return args_address(a, "dst", &sa->dst);
	case W_MODE:		return (sa->mode = args_keyword(a, decode_modes)) >= 0;
	case W_ENCAP:		return args_u32(a, "encap source port", 1, UINT16_MAX, &sa->encap_sport) &&
				       args_u32(a, "encap destination port", 1, UINT16_MAX, &sa->encap_dport);
	case W_LOCAL_PROXY:	return args_prefix(a, "local-proxy", &sa->local);
	case W_REMOTE_PROXY:	return args_prefix(a, "remote-proxy", &sa->remote);
	case W_PROXY_PROTO:	return args_protocol(a, "proxy-proto", &sa->local.protocol);
	case W_LOCAL_PORT:	return args_ports(a, "local-port", &sa->local);
	case W_REMOTE_PORT:	return args_ports(a, "remote-port", &sa->remote);
	case W_ENC:		return key_algorithm(a, "enc", decode_ciphers, &sa->cipher, &sa->cipher_key);
	case W_AUTH:		return key_algorithm(a, "auth", decode_auths, &sa->auth, &sa->auth_key);
	case W_KEY_FILE:	return key_file(a, &sa->cipher_key, &sa->auth_key);
	case W_ICV:		return args_u32(a, "icv", 8, 16, &sa->icv);
	case W_REPLAY_WINDOW:	return args_u32(a, "replay-window", 0, CMAP_REPLAY_MAX, &sa->replay_window);
	case W_DF:		return (sa->df = args_keyword(a, decode_df)) >= 0;
	case W_AH_SPI:		return args_u32(a, "ah-spi", CMAP_SPI_MIN, UINT32_MAX, &sa->ah_spi);
	case W_ESN:
	case W_FRAG_AFTER:
	case W_PARALLEL:
	case W_BUNDLE:
	case W_STANDBY:		return true;
	case W_IDLE:		return args_u32(a, "idle", 1, UINT32_MAX, &sa->idle);
	case W_SOFT_SECONDS:	return args_u32(a, "life-soft-seconds", 1, UINT32_MAX, &sa->soft_seconds);
	case W_HARD_SECONDS:	return args_u32(a, "life-hard-seconds", 1, UINT32_MAX, &sa->hard_seconds);
	case W_SOFT_BYTES:	return args_number(a, "life-soft-bytes", 1, UINT64_MAX, &sa->soft_bytes);
	case W_HARD_BYTES:	return args_number(a, "life-hard-bytes", 1, UINT64_MAX, &sa->hard_bytes);
	case W_CONN_ID:		return args_u32(a, "conn-id", 0, UINT32_MAX, &sa->conn_id);
	case W_SEQ_NUMBER:	return args_number(a, "seq-number", 0, UINT64_MAX, &sa->number);
	case W_COUNT:		break;
	}
	return false;
}

static bool need(struct args *a, const struct sa *sa, enum word word)
{
	if (!sa->has[word])
		args_fail(a, "%s is missing", add_words[word]);
	return sa->has[word];
}

static bool add_complete(struct args *a, const struct sa *sa)
{
	static const enum word needed[] = { W_DIR, W_MAP, W_SEQ, W_PROTO, W_SPI, W_SRC, W_DST, W_LOCAL_PROXY,
					    W_REMOTE_PROXY };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!need(a, sa, needed[i]))
			return false;
	if (!need(a, sa, sa->proto == IPPROTO_AH ? W_AUTH : W_ENC))
		return false;
	if (sa->has[W_ENC] && sa->cipher != CMAP_CIPHER_NULL && !sa->cipher_key.length) {
		args_fail(a, "enc %s needs a key: hex digits, - or key-file", decode_ciphers[sa->cipher]);
		return false;
	}
	if (sa->has[W_AUTH] && sa->auth != CMAP_AUTH_NONE && !sa->auth_key.length) {
		args_fail(a, "auth %s needs a key: hex digits, - or key-file", decode_auths[sa->auth]);
		return false;
	}
	return true;
}

static bool add_parse(struct args *a, struct sa *sa)
{
	while (args_more(a)) {
		int word = args_keyword(a, add_words);

		if (word < 0 || !args_once(a, add_words[word], &sa->has[word]) || !add_word(a, sa, (enum word)word))
			return false;
	}
	args_same_family(&sa->local, &sa->remote);
	sa->remote.protocol = sa->local.protocol;
	return add_complete(a, sa);
}

static void fill_id(struct nl_msg *msg, const void *arg)
{
	const struct sa *sa = arg;

	nla_put_u8(msg, CMAP_A_PROTO, (uint8_t)sa->proto);
	if (sa->spi)
		nla_put_u32(msg, CMAP_A_SPI, htonl(sa->spi));
	nlc_put_addr(msg, CMAP_A_DST, &sa->dst);
}

static void fill_algorithms(struct nl_msg *msg, const struct sa *sa)
{
	if (sa->has[W_ENC])
		nla_put_u16(msg, CMAP_A_CIPHER, (uint16_t)sa->cipher);
	if (sa->cipher_key.length)
		nla_put(msg, CMAP_A_CIPHER_KEY, (int)sa->cipher_key.length, sa->cipher_key.bytes);
	if (sa->has[W_AUTH])
		nla_put_u16(msg, CMAP_A_AUTH, (uint16_t)sa->auth);
	if (sa->auth_key.length)
		nla_put(msg, CMAP_A_AUTH_KEY, (int)sa->auth_key.length, sa->auth_key.bytes);
	if (sa->has[W_ICV])
		nla_put_u8(msg, CMAP_A_ICV_LEN, (uint8_t)sa->icv);
}

static uint32_t flags(const struct sa *sa)
{
	return (sa->has[W_STANDBY] ? CMAP_SA_F_STANDBY : 0u) | (sa->has[W_ESN] ? CMAP_SA_F_ESN : 0u) |
	       (sa->has[W_BUNDLE] ? CMAP_SA_F_BUNDLE : 0u) | (sa->has[W_FRAG_AFTER] ? CMAP_SA_F_FRAGMENT_AFTER : 0u) |
	       (sa->has[W_PARALLEL] ? CMAP_SA_F_PARALLEL : 0u);
}

static void fill_form(struct nl_msg *msg, const struct sa *sa)
{
	if (flags(sa))
		nla_put_u32(msg, CMAP_A_SA_FLAGS, flags(sa));
	if (sa->has[W_MODE])
		nla_put_u8(msg, CMAP_A_MODE, (uint8_t)sa->mode);
	if (sa->has[W_ENCAP]) {
		nla_put_u16(msg, CMAP_A_ENCAP_SPORT, (uint16_t)sa->encap_sport);
		nla_put_u16(msg, CMAP_A_ENCAP_DPORT, (uint16_t)sa->encap_dport);
	}
	if (sa->has[W_DF])
		nla_put_u8(msg, CMAP_A_DF, (uint8_t)sa->df);
	if (sa->has[W_AH_SPI])
		nla_put_u32(msg, CMAP_A_AH_SPI, htonl(sa->ah_spi));
	if (sa->has[W_REPLAY_WINDOW])
		nla_put_u32(msg, CMAP_A_REPLAY_WINDOW, sa->replay_window);
}

static void fill_add(struct nl_msg *msg, const void *arg)
{
	const struct sa *sa = arg;

	fill_id(msg, sa);
	nla_put_u8(msg, CMAP_A_DIR, (uint8_t)sa->dir);
	nlc_put_addr(msg, CMAP_A_SRC, &sa->src);
	nla_put_string(msg, CMAP_A_MAP_NAME, sa->map);
	nla_put_u32(msg, CMAP_A_SEQ, sa->seq);
	nlc_put_proxy(msg, CMAP_A_LOCAL_PROXY, &sa->local);
	nlc_put_proxy(msg, CMAP_A_REMOTE_PROXY, &sa->remote);
	fill_algorithms(msg, sa);
	fill_form(msg, sa);
	if (sa->has[W_CONN_ID])
		nla_put_u32(msg, CMAP_A_CONN_ID, sa->conn_id);
	if (sa->has[W_SEQ_NUMBER])
		nla_put_u64(msg, CMAP_A_SEQ_NUMBER, sa->number);
	if (sa->has[W_IDLE])
		nla_put_u32(msg, CMAP_A_IDLE_SECONDS, sa->idle);
	if (sa->has[W_SOFT_SECONDS])
		nla_put_u32(msg, CMAP_A_LIFE_SOFT_SECONDS, sa->soft_seconds);
	if (sa->has[W_HARD_SECONDS])
		nla_put_u32(msg, CMAP_A_LIFE_HARD_SECONDS, sa->hard_seconds);
	if (sa->has[W_SOFT_BYTES])
		nla_put_u64(msg, CMAP_A_LIFE_SOFT_BYTES, sa->soft_bytes);
	if (sa->has[W_HARD_BYTES])
		nla_put_u64(msg, CMAP_A_LIFE_HARD_BYTES, sa->hard_bytes);
}

static int add(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .proto = IPPROTO_ESP };
	int rc = CMAP_USAGE;

	(void)c;
	if (add_parse(&a, &sa))
		rc = nlc_ask(CMAP_CMD_SA_NEW, NLM_F_ACK, fill_add, &sa, NULL);
	explicit_bzero(&sa, sizeof(sa));
	return rc;
}

/* [proto P] [spi N] [dst A] [map M] [peer A]: which SAs */
static bool select_words(struct args *a, struct sa *sa, bool *seen_spi, bool *seen_dst)
{
	enum { PROTO, SPI, DST, MAP, PEER };
	static const char *const words[] = { "proto", "spi", "dst", "map", "peer", NULL };
	bool map = false, peer = false;

	while (args_more(a)) {
		bool good = false;

		switch (args_keyword(a, words)) {
		case PROTO:
			good = proto_word(a, &sa->proto);
			break;
		case SPI:
			good = args_once(a, "spi", seen_spi) && spi_word(a, &sa->spi);
			break;
		case DST:
			good = args_once(a, "dst", seen_dst) && args_address(a, "dst", &sa->dst);
			break;
		case MAP:
			good = args_once(a, "map", &map) && (sa->map = args_map(a));
			break;
		case PEER:
			good = args_once(a, "peer", &peer) && args_address(a, "peer", &sa->peer);
			break;
		}
		if (!good)
			return false;
	}
	if ((*seen_spi || *seen_dst) && (map || peer)) {
		args_fail(a, "spi and dst name one SA, map and peer many: give one kind");
		return false;
	}
	return true;
}

static int one(const struct command *cmd, int argc, char **argv, enum cmap_cmd what)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .proto = IPPROTO_ESP };
	bool spi = false, dst = false;

	if (!select_words(&a, &sa, &spi, &dst))
		return CMAP_USAGE;
	if (!spi || !dst)
		return args_fail(&a, "%s is missing", spi ? "dst" : "spi");
	return nlc_ask(what, NLM_F_ACK, fill_id, &sa, NULL);
}

static int del(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	(void)c;
	return one(cmd, argc, argv, CMAP_CMD_SA_DEL);
}

static int enable(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	(void)c;
	return one(cmd, argc, argv, CMAP_CMD_SA_ENABLE);
}

static void fill_move(struct nl_msg *msg, const void *arg)
{
	const struct sa *sa = arg;

	fill_id(msg, sa);
	nla_put_u16(msg, CMAP_A_ENCAP_SPORT, (uint16_t)sa->encap_sport);
	nla_put_u16(msg, CMAP_A_ENCAP_DPORT, (uint16_t)sa->encap_dport);
}

static int move(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	enum { PROTO, SPI, DST, ENCAP, WORDS };
	static const char *const words[] = { "proto", "spi", "dst", "encap", NULL };
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .proto = IPPROTO_ESP };
	bool seen[WORDS] = { false }, good = true;
	int word;

	(void)c;
	while (good && args_more(&a)) {
		word = args_keyword(&a, words);
		good = word >= 0 && args_once(&a, words[word], &seen[word]);
		if (good && word == PROTO)
			good = proto_word(&a, &sa.proto);
		else if (good && word == SPI)
			good = spi_word(&a, &sa.spi);
		else if (good && word == DST)
			good = args_address(&a, "dst", &sa.dst);
		else if (good)
			good = args_u32(&a, "encap source port", 1, UINT16_MAX, &sa.encap_sport) &&
			       args_u32(&a, "encap destination port", 1, UINT16_MAX, &sa.encap_dport);
	}
	if (!good)
		return CMAP_USAGE;
	for (word = SPI; word < WORDS; word++) {
		if (!seen[word])
			return args_fail(&a, "%s is missing", words[word]);
	}
	return nlc_ask(CMAP_CMD_SA_MOVE, NLM_F_ACK, fill_move, &sa, NULL);
}

static void fill_filter(struct nl_msg *msg, const void *arg)
{
	const struct sa *sa = arg;

	if (sa->map)
		nla_put_string(msg, CMAP_A_MAP_NAME, sa->map);
	if (sa->peer.length)
		nlc_put_addr(msg, CMAP_A_PEER_ADDR, &sa->peer);
}

static int flush(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .proto = IPPROTO_ESP };
	bool spi = false, dst = false;
	json_t *replies;
	int rc;

	if (!select_words(&a, &sa, &spi, &dst))
		return CMAP_USAGE;
	if (spi || dst)
		return args_fail(&a, "flush takes map and peer; one SA goes with \"cmap sa del\"");
	replies = json_array();
	rc = nlc_ask(CMAP_CMD_SA_FLUSH, NLM_F_ACK, fill_filter, &sa, replies);
	if (!rc && c->json)
		print_json(c, replies);
	json_decref(replies);
	return rc;
}

static int spi_alloc(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .proto = IPPROTO_ESP };
	bool spi = false, dst = false;
	json_t *replies;
	int rc;

	if (!select_words(&a, &sa, &spi, &dst))
		return CMAP_USAGE;
	if (spi || !dst || sa.map || sa.peer.length)
		return args_fail(&a, "spi-alloc takes dst");
	replies = json_array();
	rc = nlc_ask(CMAP_CMD_SPI_ALLOC, NLM_F_ACK, fill_id, &sa, replies);
	if (!rc && c->json)
		print_json(c, replies);
	else if (!rc)
		printf("0x%08llx\n", (unsigned long long)print_u64(json_array_get(replies, 0), "spi"));
	json_decref(replies);
	return rc;
}

static void left(const json_t *sa)
{
	if (json_object_get(sa, "left_seconds"))
		printf(" left %llus", (unsigned long long)print_u64(sa, "left_seconds"));
	if (json_object_get(sa, "left_bytes"))
		printf(" left %llu bytes", (unsigned long long)print_u64(sa, "left_bytes"));
}

static void counters(const json_t *sa)
{
	const json_t *stats = json_object_get(sa, "stats");
	const char *dir = print_text(sa, "dir");
	bool in = !strcmp(dir, "in");

	printf("\n    packets %llu bytes %llu errors %llu sequence %llu",
	       (unsigned long long)print_u64(stats, in ? "in_packets" : "out_packets"),
	       (unsigned long long)print_u64(stats, in ? "in_bytes" : "out_bytes"),
	       (unsigned long long)print_u64(stats, in ? "in_errors" : "out_errors"),
	       (unsigned long long)print_u64(stats, in ? "in_sequence" : "out_sequence"));
	print_drops(json_object_get(sa, "drops"));
}

static void hex_of(const json_t *sa, const char *key, const char *words)
{
	if (json_object_get(sa, key))
		printf(" %s 0x%08llx", words, (unsigned long long)print_u64(sa, key));
}

/* What its packets look like, in the words of sa add */
static void form(const json_t *sa)
{
	static const char *const flag_words[][2] = { { "esn", "esn" }, { "fragment_after", "frag-after" },
						     { "parallel", "parallel" }, { "bundle", "bundle" } };

	printf("\n    mode %s", print_text(sa, "mode"));
	if (json_object_get(sa, "encap_sport"))
		printf(" encap %llu %llu", (unsigned long long)print_u64(sa, "encap_sport"),
		       (unsigned long long)print_u64(sa, "encap_dport"));
	if (*print_text(sa, "df"))
		printf(" df %s", print_text(sa, "df"));
	for (size_t i = 0; i < sizeof(flag_words) / sizeof(flag_words[0]); i++)
		if (print_bool(sa, flag_words[i][0]))
			printf(" %s", flag_words[i][1]);
	hex_of(sa, "ah_spi", "ah-spi");
	if (json_object_get(sa, "path_mtu"))
		printf(" path-mtu %llu inner-mtu %llu", (unsigned long long)print_u64(sa, "path_mtu"),
		       (unsigned long long)print_u64(sa, "inner_mtu"));
}

static void algorithms(const json_t *sa)
{
	printf("\n   ");
	if (*print_text(sa, "enc"))
		printf(" enc %s", print_text(sa, "enc"));
	printf(" auth %s", print_text(sa, "auth"));
	if (json_object_get(sa, "icv_len"))
		printf(" icv %llu", (unsigned long long)print_u64(sa, "icv_len"));
	if (json_object_get(sa, "replay_window"))
		printf(" replay-window %llu", (unsigned long long)print_u64(sa, "replay_window"));
}

static void text(const struct cmap *c, const json_t *sa)
{
	printf("%s %s spi 0x%08llx src %s dst %s map %s seq %llu%s", print_text(sa, "dir"), print_text(sa, "proto"),
	       (unsigned long long)print_u64(sa, "spi"), print_text(sa, "src"), print_text(sa, "dst"),
	       print_text(sa, "map"), (unsigned long long)print_u64(sa, "seq"),
	       print_bool(sa, "standby") ? " standby" : "");
	printf("\n    local-proxy");
	print_proxy(json_object_get(sa, "local_proxy"), true);
	printf(" remote-proxy");
	print_proxy(json_object_get(sa, "remote_proxy"), false);
	form(sa);
	algorithms(sa);
	if (print_u64(sa, "conn_id"))
		printf(" conn-id %llu", (unsigned long long)print_u64(sa, "conn_id"));
	printf(" age %llus", (unsigned long long)print_u64(sa, "age_seconds"));
	left(sa);
	if (json_object_get(sa, "idle_seconds"))
		printf(" idle %llus", (unsigned long long)print_u64(sa, "idle_seconds"));
	if (c->details)
		printf("\n    driver %s", print_text(sa, "driver"));
	if (c->stats)
		counters(sa);
	putchar('\n');
}

static int show(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .proto = IPPROTO_ESP };
	bool spi = false, dst = false;
	json_t *replies;
	int rc;

	if (!select_words(&a, &sa, &spi, &dst))
		return CMAP_USAGE;
	if (spi != dst)
		return args_fail(&a, "%s is missing", spi ? "dst" : "spi");
	replies = json_array();
	rc = spi ? nlc_ask(CMAP_CMD_SA_GET, NLM_F_ACK, fill_id, &sa, replies) :
		   nlc_ask(CMAP_CMD_SA_GET, NLM_F_DUMP, fill_filter, &sa, replies);
	if (rc) {
		json_decref(replies);
		return rc;
	}
	print_list(c, replies, text);
	return CMAP_OK;
}

const struct command sa_commands[] = {
	{ "show", "sa show [[proto P] spi SPI dst ADDRESS] | [map NAME] [peer ADDRESS]", show },
	{ "add", "sa add dir { in | out } map NAME seq N proto { esp | ah } spi SPI src ADDRESS dst ADDRESS\n"
		 "       local-proxy PREFIX remote-proxy PREFIX [proxy-proto P] [local-port N] [remote-port N]\n"
		 "       [enc ALG [KEY | -]] [auth ALG [KEY | -]] [key-file PATH] [icv { 8 | 12 | 16 }]\n"
		 "       [mode { tunnel | transport }] [encap SPORT DPORT] [replay-window N] [esn]\n"
		 "       [df { copy | set | clear }] [frag-after] [parallel] [ah-spi SPI | bundle] [standby]\n"
		 "       [idle SECONDS] [life-soft-seconds N] [life-hard-seconds N] [life-soft-bytes N] [life-hard-bytes N]\n"
		 "       [conn-id N] [seq-number N]\n"
		 "       enc ALG: aes-gcm, aes-gmac, chacha20-poly1305, aes-cbc, aes-ctr, 3des-cbc, des-cbc, null\n"
		 "       auth ALG: hmac-md5-96, hmac-sha1-96, hmac-sha2-256-128, hmac-sha2-384-192, hmac-sha2-512-256, none",
	  add },
	{ "delete", "sa del [proto { esp | ah }] spi SPI dst ADDRESS", del },
	{ "enable", "sa enable [proto { esp | ah }] spi SPI dst ADDRESS", enable },
	{ "move", "sa move [proto esp] spi SPI dst ADDRESS encap SPORT DPORT", move },
	{ "flush", "sa flush [map NAME] [peer ADDRESS]", flush },
	{ "spi-alloc", "sa spi-alloc [proto { esp | ah }] dst ADDRESS", spi_alloc },
	{ 0 }
};
