/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show crypto ipsec sa and transform-set: the daemon's JSON to the router's
 * text.
 */
#include <string.h>

#include "print.h"
#include "show.h"

#define REPLAY_DEFAULT 64

typedef unsigned long long ull;

static ull number(const json_t *o, const char *key)
{
	return print_u64(o, key);
}

static void ident(FILE *f, const char *side, const json_t *proxy)
{
	bool six = strchr(print_text(proxy, "addr"), ':');

	fprintf(f, "   %-6s ident (addr/mask/prot/port): (%s/", side, print_text(proxy, "addr"));
	if (six)
		fprintf(f, "%llu", number(proxy, "prefix"));
	else
		fputs(print_text(proxy, "mask"), f);
	fprintf(f, "/%llu/%llu)\n", number(proxy, "protocol"), number(proxy, "port"));
}

/* A router's counter, and the module's reasons that it counts, by direction. */
struct counter {
	const char *reasons[10];
};

static const struct counter no_sa = { { "no-sa", "hold-timeout", "sa-expired" } };
/* what an SA was found for, and could not be built */
static const struct counter encaps_failed = { { "no-route", "fragmentation-needed", "ttl", "loop", "not-between-peers" } };
/* the SA is not one for this packet, or has ended */
static const struct counter invalid_sa = { { "invalid-spi", "wrong-source", "wrong-encapsulation", "not-bundled",
					     "sa-expired" } };
/* authentic, but what is inside can't be taken out; in clear, it was not even encapsulated */
static const struct counter decaps_failed = { { "bad-padding", "bad-inner", "ecn", "not-ipsec" } };
static const struct counter invalid_protocol = { { "bad-next-header" } };
static const struct counter verify_failed = { { "bad-icv" } };
static const struct counter invalid_identity = { { "identity" } };
static const struct counter invalid_length = { { "truncated", "bad-length" } };
static const struct counter rollover = { { "sequence-overflow" } };
static const struct counter replay_failed = { { "replay-duplicate", "replay-old", "replay-zero" } };
static const struct counter internal_error = { { "no-memory", "crypto", "teardown", "unspecified" } };

static ull sum(const json_t *ident, const char *drops, const struct counter *c)
{
	const json_t *d = json_object_get(ident, drops);
	ull n = 0;

	for (const char *const *reason = c->reasons; *reason; reason++)
		n += number(d, *reason);
	return n;
}

static void detail_counters(FILE *f, const json_t *ident)
{
	const char *out = "out_drops", *in = "in_drops";

	fprintf(f, "    #pkts no sa (send) %llu, #pkts invalid sa (rcv) %llu\n", sum(ident, out, &no_sa),
		sum(ident, in, &invalid_sa));
	fprintf(f, "    #pkts encaps failed (send) %llu, #pkts decaps failed (rcv) %llu\n", sum(ident, out, &encaps_failed),
		sum(ident, in, &decaps_failed));
	fprintf(f, "    #pkts invalid prot (recv) %llu, #pkts verify failed: %llu\n", sum(ident, in, &invalid_protocol),
		sum(ident, in, &verify_failed));
	fprintf(f, "    #pkts invalid identity (recv) %llu, #pkts invalid len (rcv) %llu\n",
		sum(ident, in, &invalid_identity), sum(ident, in, &invalid_length));
	fprintf(f, "    #pkts replay rollover (send): %llu, #pkts replay rollover (rcv) 0\n", sum(ident, out, &rollover));
	fprintf(f, "    ##pkts replay failed (rcv): %llu\n", sum(ident, in, &replay_failed));
	fputs("    #pkts tagged (send): 0, #pkts untagged (rcv): 0\n"
	      "    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0\n", f);
	fprintf(f, "    #pkts internal err (send): %llu, #pkts internal err (recv) %llu\n\n", sum(ident, out, &internal_error),
		sum(ident, in, &internal_error));
}

static void counters(FILE *f, const json_t *ident, bool detail)
{
	ull out = number(ident, "out_packets"), in = number(ident, "in_packets");

	fprintf(f, "    #pkts encaps: %llu, #pkts encrypt: %llu, #pkts digest: %llu\n", out, out, out);
	fprintf(f, "    #pkts decaps: %llu, #pkts decrypt: %llu, #pkts verify: %llu\n", in, in, in);
	fputs("    #pkts compressed: 0, #pkts decompressed: 0\n"
	      "    #pkts not compressed: 0, #pkts compr. failed: 0\n"
	      "    #pkts not decompressed: 0, #pkts decompress failed: 0\n", f);
	if (detail)
		detail_counters(f, ident);
	else
		fprintf(f, "    #send errors %llu, #recv errors %llu\n\n", number(ident, "send_errors"),
			number(ident, "recv_errors"));
}

static void endpoints(FILE *f, const json_t *interface, const json_t *ident)
{
	ull mtu = number(ident, "path_mtu"), spi = number(ident, "current_spi"), group = number(ident, "pfs_group");
	bool six = strchr(print_text(ident, "local"), ':');

	if (six)
		fprintf(f, "     local crypto endpt.: %s,\n     remote crypto endpt.: %s\n", print_text(ident, "local"),
			print_text(ident, "remote"));
	else
		fprintf(f, "     local crypto endpt.: %s, remote crypto endpt.: %s\n", print_text(ident, "local"),
			print_text(ident, "remote"));
	fprintf(f, "     plaintext mtu %llu, path mtu %llu, %s mtu %llu, %s mtu idb %s\n",
		number(ident, "plaintext_mtu"), mtu, six ? "ipv6" : "ip", mtu, six ? "ipv6" : "ip",
		print_text(interface, "interface"));
	fprintf(f, "     current outbound spi: 0x%llX(%llu)\n", spi, spi);
	if (group)
		fprintf(f, "     PFS (Y/N): Y, DH group: group%llu\n\n", group);
	else
		fputs("     PFS (Y/N): N, DH group: none\n\n", f);
}

static void sa(FILE *f, const json_t *interface, const json_t *sa)
{
	ull spi = number(sa, "spi"), window = number(sa, "replay_window"), conn_id = number(sa, "conn_id");

	fprintf(f, "      spi: 0x%llX(%llu)\n", spi, spi);
	fprintf(f, "        transform: %s ,\n", print_text(sa, "transform"));
	fprintf(f, "        in use settings ={%s, %s}\n", print_text(sa, "mode"), print_bool(sa, "esn") ? "esn" : "");
	fprintf(f, "        conn id: %llu, flow_id: SW:%llu, sibling_flags 8000004%d, crypto map: %s\n", conn_id,
		conn_id, print_bool(sa, "initiator"), print_text(interface, "map"));
	if (json_object_get(sa, "left_kilobytes"))
		fprintf(f, "        sa timing: remaining key lifetime (k/sec): (%llu/%llu)\n",
			number(sa, "left_kilobytes"), number(sa, "left_seconds"));
	else if (json_object_get(sa, "left_seconds"))
		fprintf(f, "        sa timing: remaining key lifetime (sec): %llu\n"
			   "        Kilobyte Volume Rekey has been disabled\n", number(sa, "left_seconds"));
	fprintf(f, "        IV size: %llu bytes\n", number(sa, "iv_length"));
	if (!window)
		fputs("        replay detection support: N\n", f);
	else if (window == REPLAY_DEFAULT)
		fputs("        replay detection support: Y\n", f);
	else
		fprintf(f, "        replay detection support: Y  replay window size: %llu\n", window);
	fputs("        Status: ACTIVE(ACTIVE)\n", f);
}

static void protocol(FILE *f, const json_t *interface, const json_t *ident, const char *dir, bool ah)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(ident, "sas"), i, entry)
		if (!strcmp(print_text(entry, "dir"), dir) && !strcmp(print_text(entry, "protocol"), "AH") == ah)
			sa(f, interface, entry);
}

static void direction(FILE *f, const json_t *interface, const json_t *ident, const char *dir, const char *word)
{
	fprintf(f, "     %s esp sas:\n", word);
	protocol(f, interface, ident, dir, false);
	fprintf(f, "\n     %s ah sas:\n", word);
	protocol(f, interface, ident, dir, true);
	fprintf(f, "\n     %s pcp sas:\n", word);
}

static void block(FILE *f, const json_t *interface, const json_t *id, bool detail)
{
	const char *peer = print_text(id, "current_peer");

	fputs("\n   protected vrf: (none)\n", f);
	ident(f, "local", json_object_get(id, "local_proxy"));
	ident(f, "remote", json_object_get(id, "remote_proxy"));
	fprintf(f, "   current_peer %s port %llu\n", *peer ? peer : "(none)", number(id, "port"));
	fprintf(f, "     PERMIT, flags={%s%s}\n", print_bool(id, "dynamic") ? "" : "origin_is_acl,",
		print_bool(id, "requesting") ? "ipsec_sa_request_sent" : "");
	counters(f, id, detail);
	endpoints(f, interface, id);
	direction(f, interface, id, "in", "inbound");
	fputc('\n', f);
	direction(f, interface, id, "out", "outbound");
}

void show_ipsec_sa(FILE *f, const json_t *interfaces, bool detail)
{
	const json_t *interface, *id;
	size_t i, j;

	json_array_foreach(interfaces, i, interface) {
		fprintf(f, "\ninterface: %s\n    Crypto map tag: %s, local addr %s\n", print_text(interface, "interface"),
			print_text(interface, "map"), print_text(interface, "local"));
		json_array_foreach(json_object_get(interface, "idents"), j, id)
			block(f, interface, id, detail);
	}
}

void show_ipsec_transform_set(FILE *f, const json_t *sets)
{
	const json_t *set, *name;
	size_t i, j;

	json_array_foreach(sets, i, set) {
		fprintf(f, "Transform set %s: { ", print_text(set, "name"));
		json_array_foreach(json_object_get(set, "transforms"), j, name)
			fprintf(f, "%s ", json_string_value(name));
		fprintf(f, " } \n   will negotiate = { %s,  }, \n   \n", print_text(set, "mode"));
	}
}
