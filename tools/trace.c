/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap trace: a packet in words comes in, the module is asked what would
 * become of it, and the packet's way is printed, step by step.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "nl.h"
#include "print.h"
#include "trace.h"

struct packet {
	struct addr src, dst;
	uint8_t protocol;
	bool ports, df;
	uint16_t sport, dport;
	uint32_t len, ifindex;
};

static void fill(struct nl_msg *msg, const void *arg)
{
	const struct packet *p = arg;
	struct nlattr *flow = nla_nest_start(msg, CMAP_A_FLOW);

	nlc_put_addr(msg, CMAP_FLOW_A_SRC, &p->src);
	nlc_put_addr(msg, CMAP_FLOW_A_DST, &p->dst);
	nla_put_u8(msg, CMAP_FLOW_A_PROTOCOL, p->protocol);
	if (p->ports) {
		nla_put_u16(msg, CMAP_FLOW_A_SPORT, p->sport);
		nla_put_u16(msg, CMAP_FLOW_A_DPORT, p->dport);
	}
	nla_nest_end(msg, flow);
	if (p->len)
		nla_put_u32(msg, CMAP_A_LEN, p->len);
	if (p->df)
		nla_put_u8(msg, CMAP_A_DF, CMAP_DF_SET);
	if (p->ifindex)
		nla_put_u32(msg, CMAP_A_IFINDEX, p->ifindex);
}

/* --- the steps --- */

static void route_text(FILE *f, const json_t *t, const char *verdict)
{
	if (!strcmp(verdict, "not-ipsec"))
		fprintf(f, "in         dev %s\n", print_text(t, "ifname"));
	else if (!json_object_get(t, "ifname"))
		fputs("route      none\n", f);
	else if (json_object_get(t, "gateway"))
		fprintf(f, "route      via %s dev %s\n", print_text(t, "gateway"), print_text(t, "ifname"));
	else
		fprintf(f, "route      dev %s\n", print_text(t, "ifname"));
}

static void map_text(FILE *f, const json_t *t)
{
	size_t i;
	const json_t *peer;

	if (!json_object_get(t, "map")) {
		fprintf(f, "map        none on %s\n", print_text(t, "ifname"));
		return;
	}
	fprintf(f, "map        %s on %s\n", print_text(t, "map"), print_text(t, "ifname"));
	if (!json_object_get(t, "seq"))
		return;
	fprintf(f, "entry      %llu, line %llu: permit", (unsigned long long)print_u64(t, "seq"),
		(unsigned long long)print_u64(t, "rule_index") + 1);
	print_proxy_to(f, json_object_get(t, "local_proxy"), true);
	print_proxy_to(f, json_object_get(t, "remote_proxy"), false);
	fputs("\npeer      ", f);
	json_array_foreach(json_object_get(t, "peers"), i, peer)
		fprintf(f, " %s", json_string_value(peer));
	if (!i)
		fputs(" any", f);
	fputc('\n', f);
}

static void sa_text(FILE *f, const json_t *t)
{
	fprintf(f, "sa         out %s spi 0x%08llx to %s", print_text(t, "proto"),
		(unsigned long long)print_u64(t, "spi"), print_text(t, "dst"));
	if (print_u64(t, "conn_id"))
		fprintf(f, " (conn-id %llu)", (unsigned long long)print_u64(t, "conn_id"));
	if (!strcmp(print_text(t, "proto"), "esp"))
		fprintf(f, " %s", print_text(t, "enc"));
	if (strcmp(print_text(t, "auth"), "none"))
		fprintf(f, " %s", print_text(t, "auth"));
	fprintf(f, " %s", print_text(t, "mode"));
	if (json_object_get(t, "left_seconds"))
		fprintf(f, ", %llu s left", (unsigned long long)print_u64(t, "left_seconds"));
	fputc('\n', f);
}

static void mtu_text(FILE *f, const json_t *t, uint64_t len, const char *verdict)
{
	uint64_t inner = print_u64(t, "inner_mtu"), path = print_u64(t, "path_mtu");

	fprintf(f, "mtu        %llu of %llu to the peer", (unsigned long long)inner, (unsigned long long)path);
	if (len)
		fprintf(f, ": %llu %s", (unsigned long long)len,
			!strcmp(verdict, "fragment") ? "must be fragmented" :
			!strcmp(verdict, "too-big") ? "is refused" : "fits");
	fputc('\n', f);
}

static const char *explain(const json_t *t, const char *verdict)
{
	static const char *const texts[][2] = {
		{ "protect", "encrypted and sent to the peer" },
		{ "fragment", "encrypted and sent to the peer, in several packets" },
		{ "exempt", "goes in clear: IKE with a peer" },
		{ "no-route", "dropped: there is no route for it" },
		{ "no-peer-route", "dropped: there is no route to the peer" },
		{ "too-big", "dropped: too big once it is encrypted; the sender is told by ICMP what fits" },
		{ "local", "is for this host" },
		{ "not-ipsec", "dropped: comes in clear, and this line demands protection" },
		{ "no-carrier", "dropped: the tunnel is down, it has no SA" },
		{ "not-permitted", "dropped: nothing goes by a tunnel in clear, and no line permits it" },
		{ "loop", "dropped: the way to the tunnel's peer is through the tunnel" },
		{ "not-between-peers", "dropped: transport mode, and it is not between the SA's addresses" },
	};

	if (!strcmp(verdict, "clear"))
		return json_object_get(t, "map") ? "goes in clear: no permit line covers it" : "goes in clear";
	if (!strcmp(verdict, "wait"))
		return print_u64(t, "hold") ? "waits while an SA is asked for" : "dropped (hold 0) while an SA is asked for";
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i][0], verdict))
			return texts[i][1];
	return "?";
}

void trace_text(FILE *f, const json_t *t, uint64_t len)
{
	const char *verdict = print_text(t, "verdict");

	route_text(f, t, verdict);
	if (json_object_get(t, "ifname") && strcmp(verdict, "local"))
		map_text(f, t);
	if (json_object_get(t, "spi"))
		sa_text(f, t);
	else if (!strcmp(verdict, "wait"))
		fputs("sa         none\n", f);
	if (json_object_get(t, "inner_mtu"))
		mtu_text(f, t, len, verdict);
	fprintf(f, "verdict    %s: %s\n", verdict, explain(t, verdict));
}

/* --- the words --- */

static bool is_number(const char *word)
{
	return word && *word >= '0' && *word <= '9';
}

/* PROTO and the ports, where they are given: what is no keyword. */
static bool flow_words(struct args *a, struct packet *p, const char *const *words)
{
	uint32_t sport, dport;

	if (!args_peek(a) || words_match(args_peek(a), words) >= 0)
		return true;
	if (!args_protocol(a, "PROTO", &p->protocol))
		return false;
	if (!is_number(args_peek(a)))
		return true;
	p->ports = true;
	if (!args_u32(a, "SPORT", 0, 65535, &sport) || !args_u32(a, "DPORT", 0, 65535, &dport))
		return false;
	p->sport = (uint16_t)sport;
	p->dport = (uint16_t)dport;
	return true;
}

static bool device(struct args *a, uint32_t *ifindex)
{
	const char *name = args_word(a, "iif");

	if (!name)
		return false;
	*ifindex = if_nametoindex(name);
	if (!*ifindex)
		args_fail(a, "interface %s: %s", name, strerror(errno));
	return *ifindex;
}

static bool packet_words(struct args *a, struct packet *p)
{
	static const char *const words[] = { "len", "df", "iif", NULL };
	bool good = args_address(a, "SRC", &p->src) && args_address(a, "DST", &p->dst) && flow_words(a, p, words);

	while (good && args_more(a)) {
		switch (args_keyword(a, words)) {
		case 0:
			good = args_u32(a, "len", 1, 65535, &p->len);
			break;
		case 1:
			p->df = true;
			break;
		case 2:
			good = device(a, &p->ifindex);
			break;
		default:
			good = false;
		}
	}
	return good;
}

static int trace(const struct cmap *c, const struct command *cmd, int argc, char **argv)
{
	struct args a = { cmd, argv, argc, 0 };
	struct packet p = { 0 };
	json_t *replies;
	int rc;

	if (!packet_words(&a, &p))
		return CMAP_USAGE;
	replies = json_array();
	rc = nlc_ask(CMAP_CMD_TRACE, NLM_F_ACK, fill, &p, replies);
	if (!rc && c->json)
		print_json(c, json_array_get(replies, 0));
	else if (!rc)
		trace_text(stdout, json_array_get(replies, 0), p.len);
	json_decref(replies);
	return rc;
}

const struct command trace_commands[] = {
	{ "", "trace SRC DST [PROTO [SPORT DPORT]] [len BYTES] [df] [iif DEV]", trace },
	{ 0 }
};
