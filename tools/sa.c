/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap sa: security associations, as the module has them. Keys come from the
 * command line, standard input or a file, go into one request, and are wiped.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "decode.h"
#include "nl.h"
#include "print.h"

static const char *const proto_words[] = { "esp", NULL };

struct key {
	uint8_t bytes[CMAP_KEY_MAX];
	size_t length;
};

struct sa {
	int dir;
	const char *map;
	uint32_t seq, spi;
	struct addr src, dst, peer;
	struct args_proxy local, remote;
	int cipher, auth;	/* -1: not given */
	struct key cipher_key, auth_key;
	uint32_t replay_window, conn_id, soft_seconds, hard_seconds;
	uint64_t soft_bytes, hard_bytes;
	bool has_replay_window, has_conn_id, standby;
};

static bool hex(const char *word)
{
	size_t length = strspn(word, "0123456789abcdefABCDEF");

	return length && !word[length];
}

/* Hex digits into @key; what is wrong is said without showing them. */
static bool key_parse(const struct args *a, const char *what, const char *word, struct key *key)
{
	size_t length;

	if (!strncmp(word, "0x", 2))
		word += 2;
	length = strlen(word);
	if (!hex(word) || length % 2 || length / 2 > CMAP_KEY_MAX) {
		args_fail(a, "%s key: 1 to %d bytes in hex digits are needed", what, CMAP_KEY_MAX);
		return false;
	}
	for (size_t i = 0; i < length / 2; i++) {
		char pair[3] = { word[2 * i], word[2 * i + 1], '\0' };

		key->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
		explicit_bzero(pair, sizeof(pair));
	}
	key->length = length / 2;
	return true;
}

/* One line without its newline; false at the end. */
static bool line(FILE *f, char *buf, size_t size)
{
	if (!fgets(buf, (int)size, f))
		return false;
	buf[strcspn(buf, "\r\n")] = '\0';
	return true;
}

/* ALG [KEY | -]: the algorithm, and its key unless a key-file brings it */
static bool algorithm(struct args *a, const char *what, const char *const *names, int *alg, struct key *key)
{
	char buf[2 * CMAP_KEY_MAX + 8];
	const char *word;
	bool good;

	*alg = args_keyword(a, names);
	if (*alg < 0)
		return false;
	word = args_peek(a);
	if (word && (hex(word) || !strncmp(word, "0x", 2))) {
		a->at++;
		good = key_parse(a, what, word, key);
		/* out of ps(1)'s sight as soon as it is read */
		explicit_bzero(a->argv[a->at - 1], strlen(word));
		return good;
	}
	if (!word || strcmp(word, "-"))
		return true;
	a->at++;
	if (!line(stdin, buf, sizeof(buf))) {
		args_fail(a, "%s key: standard input ended", what);
		return false;
	}
	good = key_parse(a, what, buf, key);
	explicit_bzero(buf, sizeof(buf));
	return good;
}

/* A file with the lines "enc HEX" and "auth HEX". */
static bool key_file(struct args *a, struct sa *sa)
{
	const char *path = args_word(a, "key-file");
	char buf[2 * CMAP_KEY_MAX + 16];
	bool good = true;
	FILE *f;

	if (!path)
		return false;
	f = fopen(path, "re");
	if (!f) {
		args_fail(a, "key-file %s: %s", path, strerror(errno));
		return false;
	}
	setvbuf(f, NULL, _IONBF, 0);
	while (good && line(f, buf, sizeof(buf))) {
		char *value = buf + strcspn(buf, " \t");

		value += strspn(value, " \t");
		if (!strncmp(buf, "enc ", 4)) {
			good = key_parse(a, "enc", value, &sa->cipher_key);
		} else if (!strncmp(buf, "auth ", 5)) {
			good = key_parse(a, "auth", value, &sa->auth_key);
		} else if (buf[0] && buf[0] != '#') {
			args_fail(a, "key-file %s: lines are \"enc HEX\" and \"auth HEX\"", path);
			good = false;
		}
	}
	explicit_bzero(buf, sizeof(buf));
	fclose(f);
	return good;
}

enum word { W_DIR, W_MAP, W_SEQ, W_PROTO, W_SPI, W_SRC, W_DST, W_LOCAL_PROXY, W_REMOTE_PROXY, W_PROXY_PROTO,
	    W_LOCAL_PORT, W_REMOTE_PORT, W_ENC, W_AUTH, W_KEY_FILE, W_REPLAY_WINDOW, W_STANDBY, W_SOFT_SECONDS,
	    W_HARD_SECONDS, W_SOFT_BYTES, W_HARD_BYTES, W_CONN_ID, W_COUNT };

static const char *const add_words[] = { "dir", "map", "seq", "proto", "spi", "src", "dst", "local-proxy",
	"remote-proxy", "proxy-proto", "local-port", "remote-port", "enc", "auth", "key-file", "replay-window",
	"standby", "life-soft-seconds", "life-hard-seconds", "life-soft-bytes", "life-hard-bytes", "conn-id", NULL };

static bool spi_word(struct args *a, uint32_t *spi)
{
	return args_u32(a, "spi", CMAP_SPI_MIN, UINT32_MAX, spi);
}

static bool add_word(struct args *a, struct sa *sa, enum word word)
{
	static const char *const dirs[] = { [CMAP_DIR_OUT] = "out", [CMAP_DIR_IN] = "in", NULL };

	switch (word) {
	case W_DIR:		return (sa->dir = args_keyword(a, dirs)) >= 0;
	case W_MAP:		return (sa->map = args_map(a));
	case W_SEQ:		return args_u32(a, "seq", CMAP_SEQ_MIN, CMAP_SEQ_MAX, &sa->seq);
	case W_PROTO:		return args_keyword(a, proto_words) >= 0;
	case W_SPI:		return spi_word(a, &sa->spi);
	case W_SRC:		return args_address(a, "src", &sa->src);
	case W_DST:		return args_address(a, "dst", &sa->dst);
	case W_LOCAL_PROXY:	return args_prefix(a, "local-proxy", &sa->local);
	case W_REMOTE_PROXY:	return args_prefix(a, "remote-proxy", &sa->remote);
	case W_PROXY_PROTO:	return args_protocol(a, "proxy-proto", &sa->local.protocol);
	case W_LOCAL_PORT:	return args_ports(a, "local-port", &sa->local);
	case W_REMOTE_PORT:	return args_ports(a, "remote-port", &sa->remote);
	case W_ENC:		return algorithm(a, "enc", decode_ciphers, &sa->cipher, &sa->cipher_key);
	case W_AUTH:		return algorithm(a, "auth", decode_auths, &sa->auth, &sa->auth_key);
	case W_KEY_FILE:	return key_file(a, sa);
	case W_REPLAY_WINDOW:	return args_u32(a, "replay-window", 0, CMAP_REPLAY_MAX, &sa->replay_window);
	case W_STANDBY:		return sa->standby = true;
	case W_SOFT_SECONDS:	return args_u32(a, "life-soft-seconds", 1, UINT32_MAX, &sa->soft_seconds);
	case W_HARD_SECONDS:	return args_u32(a, "life-hard-seconds", 1, UINT32_MAX, &sa->hard_seconds);
	case W_SOFT_BYTES:	return args_number(a, "life-soft-bytes", 1, UINT64_MAX, &sa->soft_bytes);
	case W_HARD_BYTES:	return args_number(a, "life-hard-bytes", 1, UINT64_MAX, &sa->hard_bytes);
	case W_CONN_ID:		return args_u32(a, "conn-id", 0, UINT32_MAX, &sa->conn_id);
	case W_COUNT:		break;
	}
	return false;
}

static bool add_parse(struct args *a, struct sa *sa)
{
	static const enum word needed[] = { W_DIR, W_MAP, W_SEQ, W_PROTO, W_SPI, W_SRC, W_DST, W_LOCAL_PROXY,
					    W_REMOTE_PROXY, W_ENC };
	bool seen[W_COUNT] = { false };

	while (args_more(a)) {
		int word = args_keyword(a, add_words);

		if (word < 0 || !args_once(a, add_words[word], &seen[word]) || !add_word(a, sa, (enum word)word))
			return false;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!seen[needed[i]]) {
			args_fail(a, "%s is missing", add_words[needed[i]]);
			return false;
		}
	if (sa->cipher != CMAP_CIPHER_NULL && !sa->cipher_key.length) {
		args_fail(a, "enc %s needs a key: hex digits, - or key-file", decode_ciphers[sa->cipher]);
		return false;
	}
	if (sa->auth > CMAP_AUTH_NONE && !sa->auth_key.length) {
		args_fail(a, "auth %s needs a key: hex digits, - or key-file", decode_auths[sa->auth]);
		return false;
	}
	sa->remote.protocol = sa->local.protocol;
	sa->has_replay_window = seen[W_REPLAY_WINDOW];
	sa->has_conn_id = seen[W_CONN_ID];
	return true;
}

static void fill_id(struct nl_msg *msg, const void *arg)
{
	const struct sa *sa = arg;

	nla_put_u8(msg, CMAP_A_PROTO, IPPROTO_ESP);
	if (sa->spi)
		nla_put_u32(msg, CMAP_A_SPI, htonl(sa->spi));
	nlc_put_addr(msg, CMAP_A_DST, &sa->dst);
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
	nla_put_u16(msg, CMAP_A_CIPHER, (uint16_t)sa->cipher);
	if (sa->cipher_key.length)
		nla_put(msg, CMAP_A_CIPHER_KEY, (int)sa->cipher_key.length, sa->cipher_key.bytes);
	if (sa->auth >= 0)
		nla_put_u16(msg, CMAP_A_AUTH, (uint16_t)sa->auth);
	if (sa->auth_key.length)
		nla_put(msg, CMAP_A_AUTH_KEY, (int)sa->auth_key.length, sa->auth_key.bytes);
	if (sa->has_replay_window)
		nla_put_u32(msg, CMAP_A_REPLAY_WINDOW, sa->replay_window);
	if (sa->standby)
		nla_put_u32(msg, CMAP_A_SA_FLAGS, CMAP_SA_F_STANDBY);
	if (sa->has_conn_id)
		nla_put_u32(msg, CMAP_A_CONN_ID, sa->conn_id);
	if (sa->soft_seconds)
		nla_put_u32(msg, CMAP_A_LIFE_SOFT_SECONDS, sa->soft_seconds);
	if (sa->hard_seconds)
		nla_put_u32(msg, CMAP_A_LIFE_HARD_SECONDS, sa->hard_seconds);
	if (sa->soft_bytes)
		nla_put_u64(msg, CMAP_A_LIFE_SOFT_BYTES, sa->soft_bytes);
	if (sa->hard_bytes)
		nla_put_u64(msg, CMAP_A_LIFE_HARD_BYTES, sa->hard_bytes);
}

static int add(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { .auth = -1 };
	int rc = CMAP_USAGE;

	(void)c;
	if (add_parse(&a, &sa))
		rc = nlc_ask(CMAP_CMD_SA_NEW, NLM_F_ACK, fill_add, &sa, NULL);
	explicit_bzero(&sa, sizeof(sa));
	return rc;
}

/* [proto esp] [spi N] [dst A] [map M] [peer A]: which SAs */
static bool select_words(struct args *a, struct sa *sa, bool *seen_spi, bool *seen_dst)
{
	enum { PROTO, SPI, DST, MAP, PEER };
	static const char *const words[] = { "proto", "spi", "dst", "map", "peer", NULL };
	bool map = false, peer = false;

	while (args_more(a)) {
		bool good = false;

		switch (args_keyword(a, words)) {
		case PROTO:
			good = args_keyword(a, proto_words) >= 0;
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
	struct sa sa = { 0 };
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
	struct sa sa = { 0 };
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
	struct sa sa = { 0 };
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
	printf("\n    enc %s auth %s", print_text(sa, "enc"), print_text(sa, "auth"));
	if (json_object_get(sa, "replay_window"))
		printf(" replay-window %llu", (unsigned long long)print_u64(sa, "replay_window"));
	if (print_u64(sa, "conn_id"))
		printf(" conn-id %llu", (unsigned long long)print_u64(sa, "conn_id"));
	printf(" age %llus", (unsigned long long)print_u64(sa, "age_seconds"));
	left(sa);
	if (c->details)
		printf("\n    driver %s", print_text(sa, "driver"));
	if (c->stats)
		counters(sa);
	putchar('\n');
}

static int show(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct sa sa = { 0 };
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
	{ "show", "sa show [spi SPI dst ADDRESS] | [map NAME] [peer ADDRESS]", show },
	{ "add", "sa add dir { in | out } map NAME seq N proto esp spi SPI src ADDRESS dst ADDRESS\n"
		 "       local-proxy PREFIX remote-proxy PREFIX [proxy-proto P] [local-port N] [remote-port N]\n"
		 "       enc ALG [KEY | -] [auth ALG [KEY | -]] [key-file PATH] [replay-window N] [standby]\n"
		 "       [life-soft-seconds N] [life-hard-seconds N] [life-soft-bytes N] [life-hard-bytes N] [conn-id N]\n"
		 "       enc ALG: aes-cbc, 3des-cbc, des-cbc, null\n"
		 "       auth ALG: hmac-md5-96, hmac-sha1-96, hmac-sha2-256-128, hmac-sha2-384-192, hmac-sha2-512-256, none",
	  add },
	{ "delete", "sa del [proto esp] spi SPI dst ADDRESS", del },
	{ "enable", "sa enable [proto esp] spi SPI dst ADDRESS", enable },
	{ "flush", "sa flush [map NAME] [peer ADDRESS]", flush },
	{ "spi-alloc", "sa spi-alloc [proto esp] dst ADDRESS", spi_alloc },
	{ 0 }
};
