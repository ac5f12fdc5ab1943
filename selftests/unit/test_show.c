/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The router's show commands: the daemon's JSON in, the router's texts out,
 * compared to the blank; and the rows of the tables against the patterns that
 * screen scrapers use for them.
 */
#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "tools/show.h"

static json_t *load(const char *name)
{
	FILE *f = golden_open(name);
	json_error_t error;
	json_t *o = json_loadf(f, 0, &error);

	if (!o)
		printf("# %s:%d: %s\n", name, error.line, error.text);
	fclose(f);
	return o;
}

struct out {
	FILE *f;
	char *text;
	size_t size;
};

static FILE *out(struct out *o)
{
	o->text = NULL;
	return o->f = open_memstream(&o->text, &o->size);
}

static void is(struct out *o, const char *golden, const char *what)
{
	fclose(o->f);
	golden_is(o->text, golden, what);
	free(o->text);
}

static int matches(const char *text, const char *pattern)
{
	int count = 0;
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE))
		return -1;
	for (regmatch_t m; !regexec(&re, text, 1, &m, 0) && m.rm_eo > 0; text += m.rm_eo)
		count++;
	regfree(&re);
	return count;
}

/* Ours: the earlier end of both directions, and what the last change has cost */
static void rekey(void)
{
	static const char input[] = "[{\"interface\":\"FastEthernet4\",\"map\":\"VPN\",\"idents\":["
		"{\"seq\":10,\"current_peer\":\"198.51.100.1\",\"rekeys\":3,\"rekey_lost\":2,"
		"\"local_proxy\":{\"addr\":\"10.1.0.0\",\"prefix\":24},\"remote_proxy\":{\"addr\":\"10.2.0.7\",\"prefix\":32,\"protocol\":6,\"port\":80},\"sas\":["
		"{\"state\":\"active\",\"left_seconds\":600,\"left_kilobytes\":4000,\"rekey_seconds\":570,\"rekey_kilobytes\":3600},"
		"{\"state\":\"active\",\"left_seconds\":600,\"left_kilobytes\":3000,\"rekey_seconds\":560,\"rekey_kilobytes\":2600},"
		"{\"state\":\"old\",\"left_seconds\":5}]},"
		"{\"seq\":20,\"current_peer\":\"198.51.100.1\",\"rekeys\":0,\"local_proxy\":{\"addr\":\"::\",\"prefix\":0},"
		"\"remote_proxy\":{\"addr\":\"::\",\"prefix\":0},\"sas\":[{\"state\":\"active\",\"left_seconds\":60,\"rekey_seconds\":30}]},"
		"{\"seq\":30,\"local_proxy\":{},\"remote_proxy\":{},\"sas\":[]}]}]";
	static const char expected[] =
		"FastEthernet4 map VPN seq 10 peer 198.51.100.1: 10.1.0.0/24 to 10.2.0.7/32 protocol 6 port 80\n"
		"    remaining lifetime: 600 s, 3000 KB\n    next rekey in: 560 s, 2600 KB\n"
		"    rekeyed: 3 times, packets lost in the last one: 2\n"
		"FastEthernet4 map VPN seq 20 peer 198.51.100.1: ::/0 to ::/0\n"
		"    remaining lifetime: 60 s\n    next rekey in: 30 s\n    rekeyed: 0 times\n";
	json_t *data = json_loads(input, 0, NULL);
	struct out o;

	show_rekey(out(&o), data);
	fclose(o.f);
	if (!ok(!strcmp(o.text, expected), "show crypto rekey"))
		printf("# %s\n", o.text);
	free(o.text);
	json_decref(data);
}

static void isakmp(void)
{
	json_t *sas = load("show_isakmp_sa.json"), *none = json_array();
	struct out o;

	show_isakmp_sa(out(&o), sas, false);
	is(&o, "show_isakmp_sa.txt", "show crypto isakmp sa");
	json_decref(sas);

	sas = load("show_isakmp_sa_detail.json");
	show_isakmp_sa(out(&o), sas, true);
	is(&o, "show_isakmp_sa_detail.txt", "show crypto isakmp sa detail");

	show_isakmp_sa(out(&o), none, false);
	fclose(o.f);
	ok(!strcmp(o.text, "IPv4 Crypto ISAKMP SA\n"
			   "dst             src             state          conn-id status\n"
			   "\nIPv6 Crypto ISAKMP SA\n\n"), "no SA: the headings alone");
	free(o.text);
	json_decref(sas);
	json_decref(none);

	sas = load("show_call_admission.json");
	show_admission(out(&o), sas);
	is(&o, "show_call_admission.txt", "show crypto call admission statistics");
	json_decref(sas);

	sas = load("show_isakmp_policy.json");
	show_isakmp_policy(out(&o), sas);
	is(&o, "show_isakmp_policy.txt", "show crypto isakmp policy");
	json_decref(sas);
}

static void ipsec(void)
{
	json_t *sas = load("show_ipsec_sa.json");
	struct out o;

	show_ipsec_sa(out(&o), sas, false);
	is(&o, "show_ipsec_sa.txt", "show crypto ipsec sa");
	json_decref(sas);

	sas = load("show_ipsec_sa_detail.json");
	show_ipsec_sa(out(&o), sas, true);
	is(&o, "show_ipsec_sa_detail.txt", "show crypto ipsec sa detail: PFS, no kilobytes, window, an ident without SAs");
	json_decref(sas);

	sas = load("show_transform_set.json");
	show_ipsec_transform_set(out(&o), sas);
	is(&o, "show_transform_set.txt", "show crypto ipsec transform-set");
	json_decref(sas);
}

static void maps(void)
{
	json_t *ike, *sas = load("show_map.json"), *sessions;
	struct out o;

	show_map(out(&o), sas);
	is(&o, "show_map.txt", "show crypto map");
	json_decref(sas);
	sas = load("show_ipsec_profile.json");
	show_ipsec_profile(out(&o), sas);
	is(&o, "show_ipsec_profile.txt", "show crypto ipsec profile");
	json_decref(sas);
	sas = load("show_map_dynamic.json");
	show_map(out(&o), sas);
	is(&o, "show_map_dynamic.txt", "show crypto map: an entry that stands for a dynamic map, and a temporary one");
	json_decref(sas);
	sas = load("show_dynamic_map.json");
	show_dynamic_map(out(&o), sas);
	is(&o, "show_dynamic_map.txt", "show crypto dynamic-map");
	json_decref(sas);

	ike = load("show_session_isakmp.json");
	sas = load("show_session_ipsec.json");
	sessions = show_session_join(ike, sas);
	show_session(out(&o), sessions, false);
	is(&o, "show_session.txt", "show crypto session: both tables joined by peer");
	json_decref(sessions);
	json_array_clear(ike);
	sessions = show_session_join(ike, sas);
	{
		json_t *all = json_deep_copy(sessions), *filter = json_pack("{s:s}", "peer", "192.0.2.99");

		show_session_filter(all, filter);
		ok(!json_array_size(all), "sessions with another peer are left out");
		json_decref(all);
		json_decref(filter);
		all = json_deep_copy(sessions);
		filter = json_pack("{s:s}", "peer", json_string_value(json_object_get(json_array_get(sessions, 0), "peer")));
		show_session_filter(all, filter);
		ok(json_array_size(all) >= 1 && json_array_size(all) <= json_array_size(sessions), "those with the peer asked for stay");
		json_decref(all);
		json_decref(filter);
	}
	ok(!strcmp(json_string_value(json_object_get(json_array_get(sessions, 0), "status")), "UP-NO-IKE"),
	   "IPsec SAs without an IKE SA: UP-NO-IKE");
	json_decref(sessions);
	json_decref(ike);
	json_decref(sas);
}

/* What parsers of these screens look for. */
static void scrapers(void)
{
	json_t *sas = load("show_isakmp_sa.json"), *ipsec_sas = load("show_ipsec_sa.json");
	struct out o;

	show_isakmp_sa(out(&o), sas, false);
	fclose(o.f);
	ok(matches(o.text, "^[0-9.]+ +[0-9.]+ +[A-Z_]+ +[0-9]+ +(ACTIVE|STDBY)( \\(deleted\\))?$") == 3,
	   "isakmp sa: every row is dst, src, state, conn-id, status");
	free(o.text);

	show_ipsec_sa(out(&o), ipsec_sas, false);
	fclose(o.f);
	ok(matches(o.text, "^interface: [^ ]+$") == 1, "ipsec sa: interface");
	ok(matches(o.text, "^    Crypto map tag: [^ ,]+, local addr [0-9.]+$") == 1, "ipsec sa: map and local address");
	ok(matches(o.text, "^   (local |remote) +ident \\(addr/mask/prot/port\\): \\([0-9./]+\\)$") == 2,
	   "ipsec sa: both idents");
	ok(matches(o.text, "^    #pkts encaps: [0-9]+, #pkts encrypt: [0-9]+, #pkts digest: [0-9]+$") == 1,
	   "ipsec sa: encaps counters");
	ok(matches(o.text, "^      spi: 0x[0-9A-F]+\\([0-9]+\\)$") == 2, "ipsec sa: an SPI for each direction");
	ok(matches(o.text, "^        sa timing: remaining key lifetime \\(k/sec\\): \\([0-9]+/[0-9]+\\)$") == 2,
	   "ipsec sa: timing of both");
	free(o.text);
	json_decref(sas);
	json_decref(ipsec_sas);
}

static void text_is(struct out *o, const char *text, const char *what)
{
	fclose(o->f);
	if (!ok(!strcmp(o->text, text), "%s", what))
		printf("# got:\n%s", o->text);
	free(o->text);
}

static void identities(void)
{
	json_t *keys = json_loads("[{\"keyring\":\"default\",\"address\":\"193.200.200.1\",\"mask\":\"255.255.255.255\",\"prefix\":32},"
				  "{\"keyring\":\"default\",\"address\":\"0.0.0.0\",\"mask\":\"0.0.0.0\",\"prefix\":0},"
				  "{\"keyring\":\"K\",\"address\":\"2001:db8::\",\"mask\":\"ffff:ffff::\",\"prefix\":32},"
				  "{\"keyring\":\"K\",\"hostname\":\"gw.example.net\"}]", 0, NULL);
	json_t *peers = json_loads("[{\"peer\":\"15.0.0.1\",\"port\":500,\"local\":\"25.0.0.1\",\"id\":\"15.0.0.1\"}]", 0, NULL);
	json_t *profiles = json_loads("[{\"name\":\"P\",\"matches\":[{\"type\":\"ip-address\",\"name\":\"192.0.2.0\",\"mask\":\"255.255.255.0\"},"
				      "{\"type\":\"fqdn\",\"domain\":true,\"name\":\"example.net\"}],\"presented\":\"fqdn\",\"keyrings\":[\"K\"]},"
				      "{\"name\":\"Q\",\"matches\":[],\"presented\":\"ip-address\",\"keyrings\":[]}]", 0, NULL);
	struct out o;

	show_isakmp_key(out(&o), keys);
	text_is(&o, "Keyring      Hostname/Address                            Preshared Key\n\n"
		"default      193.200.200.1                               (hidden)\n"
		"default      0.0.0.0        [0.0.0.0        ]            (hidden)\n"
		"K            2001:db8::/32                               (hidden)\n"
		"K            gw.example.net                              (hidden)\n", "show crypto isakmp key");
	show_isakmp_peers(out(&o), peers);
	text_is(&o, "Peer: 15.0.0.1 Port: 500 Local: 25.0.0.1\n Phase1 id: 15.0.0.1\n", "show crypto isakmp peers");
	show_isakmp_profile(out(&o), profiles);
	text_is(&o, "\nIKEv1 PROFILE P\n   Identities matched are:\n    ip-address 192.0.2.0 255.255.255.0 \n    fqdn domain example.net \n"
		"   Certificate maps matched are:\n   Identity presented is: fqdn\n   keyring(s): K\n   trustpoint(s): <all>\n"
		"\nIKEv1 PROFILE Q\n   Identities matched are:\n   Certificate maps matched are:\n   Identity presented is: ip-address\n"
		"   keyring(s): <none>\n   trustpoint(s): <all>\n", "show crypto isakmp profile");
	json_decref(keys);
	json_decref(peers);
	json_decref(profiles);
}

int main(void)
{
	identities();
	rekey();
	isakmp();
	ipsec();
	maps();
	scrapers();
	return done_testing();
}
