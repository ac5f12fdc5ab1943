/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of the command line: unique prefixes, the router's error forms, values
 * and their limits; and attributes of the genetlink family as JSON.
 */
#include <arpa/inet.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "tools/args.h"
#include "tools/decode.h"
#include "tools/ios.h"
#include "tools/print.h"

/* What is printed on standard error between say() and said(), in a buffer. */
static char said_text[4096];
static int saved;
static FILE *catch;

static void say(void)
{
	fflush(stderr);
	saved = dup(2);
	catch = tmpfile();
	dup2(fileno(catch), 2);
}

static const char *said(void)
{
	size_t n;

	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	rewind(catch);
	n = fread(said_text, 1, sizeof(said_text) - 1, catch);
	said_text[n] = '\0';
	fclose(catch);
	return said_text;
}

static void prefixes(void)
{
	static const char *const words[] = { "sa", "set", "seq", "show", NULL };

	ok(words_match("sa", words) == 0, "a whole word");
	ok(words_match("sh", words) == 3, "a beginning that one word has");
	ok(words_match("se", words) == WORDS_AMBIGUOUS, "a beginning that two words have is ambiguous");
	ok(words_match("x", words) == WORDS_NONE && words_match("", words) == WORDS_NONE &&
	   words_match("sax", words) == WORDS_NONE, "no word, the empty word, and a longer word are none");
}

static const struct ios_word after_map[] = { { "detail", IOS_KEYWORD, NULL, 1, "detail" }, { 0 } };
static const struct ios_word sa[] = {
	{ "map", IOS_NAME, after_map, 1, "map" },
	{ "peer", IOS_ADDRESS, NULL, 1, "peer" },
	{ "", IOS_NUMBER, NULL, 2, "number" },
	{ 0 }
};
static const struct ios_word crypto[] = {
	{ "isakmp", IOS_KEYWORD, sa, 1, NULL },
	{ "ipsec", IOS_KEYWORD, NULL, 3, NULL },
	{ 0 }
};
static const struct ios_word tree[] = { { "crypto", IOS_KEYWORD, crypto, 0, NULL }, { 0 } };

/* Parse a line: the command it is, and what is said (NULL: nothing). */
static void router(const char *line, int command, const char *text, const char *what)
{
	char copy[256], *argv[16] = { NULL };
	json_t *args = json_object();
	const char *err;
	int argc = 0, got;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	say();
	got = ios_parse("show", tree, "show USAGE", argc, argv, args);
	err = said();
	ok(got == command && (text ? strstr(err, text) != NULL : !*err), "%s", what);
	if (got != command || (text && !strstr(err, text)))
		printf("# got %d, \"%s\"\n", got, err);
	json_decref(args);
}

static void forms(void)
{
	router("crypto isakmp", 1, NULL, "a command");
	router("cry isa map VPN det", 1, NULL, "shortened, with a value");
	router("crypto isakmp 1001", 2, NULL, "a number that stands alone");
	router("cry i", 0, "% Ambiguous command:  \"show cry i\"\n", "ambiguous, as the router says it");
	router("crypto", 0, "% Incomplete command.\n", "incomplete");
	router("crypto isakmp map", 0, "% Incomplete command.\n", "a value is missing");
	router("", 0, "% Incomplete command.\n", "nothing");
	router("crypto isakmp foo", 0, "cmap show crypto isakmp foo\n                        ^\n"
	       "% Invalid input detected at '^' marker.\n", "the caret is under the wrong word");
	router("crypto ipsec x", 0, "^\n% Invalid input", "one word too many");
	router("crypto isakmp peer 1.2.3", 0, "An IP address is needed", "no address");
	router("crypto isakmp 0", 0, "A number from 1", "number 0");
	router("crypto isakmp 4294967296", 0, "A number from 1", "a number past 32 bits");
	router("crypto isakmp 12x", 0, "usage: cmap show USAGE\n", "the usage line follows");
}

static const struct command cmd = { "test", "test WORDS", NULL };

static struct args words(char **argv, int argc)
{
	return (struct args) { &cmd, argv, argc, 0 };
}

static bool prefix(const char *text, struct args_proxy *p)
{
	char *argv[] = { (char *)text };
	struct args a = words(argv, 1);
	bool good;

	memset(p, 0, sizeof(*p));
	say();
	good = args_prefix(&a, "source", p);
	said();
	return good;
}

static bool ports(const char *text, struct args_proxy *p)
{
	char *argv[] = { (char *)text };
	struct args a = words(argv, 1);
	bool good;

	say();
	good = args_ports(&a, "port", p);
	said();
	return good;
}

static bool number(const char *text, uint64_t max, uint64_t *v)
{
	char *argv[] = { (char *)text };
	struct args a = words(argv, 1);
	bool good;

	say();
	good = args_number(&a, "spi", 1, max, v);
	said();
	return good;
}

static void values(void)
{
	struct args_proxy p;
	uint64_t v;

	ok(prefix("10.1.0.0/16", &p) && p.prefix == 16 && p.addr.length == 4, "a network");
	ok(prefix("10.1.2.3", &p) && p.prefix == 32, "a host");
	ok(prefix("any", &p) && p.prefix == 0 && p.addr.length == 4, "any");
	ok(prefix("2001:db8::/32", &p) && p.prefix == 32 && p.addr.length == 16, "an IPv6 network");
	ok(!prefix("10.1.2.3/16", &p) && strstr(said_text, "bits to the right"), "host bits are refused, with the reason");
	ok(!prefix("10.1.0.0/33", &p) && !prefix("10.1.0.0/", &p) && !prefix("10.1.0.0/-1", &p) &&
	   !prefix("10.1.0", &p) && !prefix("", &p), "no networks");
	ok(strstr(said_text, "usage: cmap test WORDS\n") != NULL, "the usage follows an error");
	ok(ports("80", &p) && p.port_lo == 80 && p.port_hi == 80 && ports("1024-65535", &p) && p.port_lo == 1024 &&
	   p.port_hi == 65535, "a port, and a range");
	ok(!ports("0", &p) && !ports("65536", &p) && !ports("9-8", &p) && !ports("1-", &p) && !ports("-1", &p) &&
	   !ports("x", &p), "no ports");
	ok(number("0x1ff", 0xffffffff, &v) && v == 0x1ff && number("4294967295", 0xffffffff, &v) && v == 0xffffffff,
	   "numbers in both bases, to the limit");
	ok(!number("4294967296", 0xffffffff, &v) && !number("0", 5, &v) && !number("-1", 5, &v) && !number("", 5, &v) &&
	   !number("18446744073709551616", UINT64_MAX, &v) && !number("1 ", 5, &v) && !number("0x", 5, &v),
	   "numbers outside, and what is none");
}

static void attributes(void)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *nest, *inner;
	uint8_t a[4] = { 192, 0, 2, 1 }, wrong[3] = { 1, 2, 3 };
	json_t *o;

	nlmsg_put(msg, 0, 0, 0, 0, 0);
	nla_put_string(msg, CMAP_A_MAP_NAME, "VPN");
	nla_put_u32(msg, CMAP_A_SPI, htonl(0xfffffff0));
	nla_put_u8(msg, CMAP_A_DIR, CMAP_DIR_IN);
	nla_put_u16(msg, CMAP_A_CIPHER, CMAP_CIPHER_AES_CBC);
	nla_put_u32(msg, CMAP_A_SA_FLAGS, CMAP_SA_F_STANDBY);
	nla_put(msg, CMAP_A_PEER, 4, a);
	nla_put(msg, CMAP_A_PEER, 4, a);
	nla_put_u64(msg, CMAP_A_LEFT_BYTES, 1ULL << 40);
	nla_put_u32(msg, CMAP_A_MAX + 7, 1);
	nest = nla_nest_start(msg, CMAP_A_DROPS);
	inner = nla_nest_start(msg, CMAP_A_DROP);
	nla_put_string(msg, CMAP_DROP_A_NAME, "no-sa");
	nla_put_u64(msg, CMAP_DROP_A_PACKETS, 3);
	nla_nest_end(msg, inner);
	nla_nest_end(msg, nest);
	o = decode_message(nlmsg_attrdata(nlmsg_hdr(msg), 0), nlmsg_attrlen(nlmsg_hdr(msg), 0));
	ok(o && !strcmp(print_text(o, "map"), "VPN") && print_u64(o, "spi") == 0xfffffff0 &&
	   !strcmp(print_text(o, "dir"), "in") && !strcmp(print_text(o, "enc"), "aes-cbc"), "names and words");
	ok(print_bool(o, "standby") && print_u64(o, "left_bytes") == 1ULL << 40, "flags and 64 bits");
	ok(json_array_size(json_object_get(o, "peers")) == 2, "an attribute that repeats is an array");
	ok(print_u64(json_array_get(json_object_get(o, "drops"), 0), "packets") == 3, "a list of nests");
	ok(json_object_size(o) == 12, "an attribute of a newer kernel is left out");
	json_decref(o);

	nla_put(msg, CMAP_A_SRC, sizeof(wrong), wrong);
	o = decode_message(nlmsg_attrdata(nlmsg_hdr(msg), 0), nlmsg_attrlen(nlmsg_hdr(msg), 0));
	ok(!o, "an address of 3 bytes makes no sense");
	nlmsg_free(msg);
}

int main(void)
{
	prefixes();
	forms();
	values();
	attributes();
	return done_testing();
}
