/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show crypto isakmp sa, policy, key, profile, peers: the daemon's JSON to the router's text.
 */
#include <string.h>

#include "print.h"
#include "show.h"

static bool ipv6(const json_t *sa)
{
	return strchr(print_text(sa, "dst"), ':');
}

static const char *status(const json_t *sa)
{
	return print_bool(sa, "deleted") ? "ACTIVE (deleted)" : "ACTIVE";
}

static void row(FILE *f, const json_t *sa)
{
	if (ipv6(sa))
		fprintf(f, " dst: %s\n src: %s\n state: %-14s  conn-id: %6llu status: %s\n\n", print_text(sa, "dst"),
			print_text(sa, "src"), print_text(sa, "state"), (unsigned long long)print_u64(sa, "conn_id"),
			status(sa));
	else
		fprintf(f, "%-15s %-15s %-14s %7llu %s\n", print_text(sa, "dst"), print_text(sa, "src"),
			print_text(sa, "state"), (unsigned long long)print_u64(sa, "conn_id"), status(sa));
}

/* Seconds as HH:MM:SS; a router prints a bare 0. */
static const char *clock_text(uint64_t seconds, char *buf, size_t size)
{
	if (seconds)
		snprintf(buf, size, "%02llu:%02llu:%02llu", (unsigned long long)seconds / 3600,
			 (unsigned long long)seconds / 60 % 60, (unsigned long long)seconds % 60);
	else
		snprintf(buf, size, "0");
	return buf;
}

static const char *auth_short(const char *auth)
{
	if (!strcmp(auth, "pre-share"))
		return "psk";
	if (!strcmp(auth, "rsa-sig"))
		return "rsig";
	return strcmp(auth, "rsa-encr") ? auth : "renc";
}

const char *show_capabilities(const json_t *sa)
{
	bool dpd = print_bool(sa, "dpd"), natt = print_bool(sa, "natt");

	return dpd && natt ? "DN" : dpd ? "D" : natt ? "N" : "";
}

static void detail_row(FILE *f, const json_t *sa)
{
	const char *encryption = print_text(sa, "encryption");
	uint64_t conn_id = print_u64(sa, "conn_id");
	char left[32];

	/* "aes 256" is shown without its size */
	fprintf(f, "%-5llu %-15s %-15s %-6s %-6s %-4.*s %-6s %-4s %-2llu %-8s %-4s\n", (unsigned long long)conn_id,
		print_text(sa, "local"), print_text(sa, "peer"), "", "ACTIVE", (int)strcspn(encryption, " "),
		encryption, print_text(sa, "hash"), auth_short(print_text(sa, "auth")),
		(unsigned long long)print_u64(sa, "group"), clock_text(print_u64(sa, "left"), left, sizeof(left)),
		show_capabilities(sa));
	if (conn_id > 1000)
		fprintf(f, "       Engine-id:Conn-id =  SW:%llu\n\n", (unsigned long long)conn_id - 1000);
	else
		fputs("       Engine-id:Conn-id =  ????\n\n", f);
}

static void rows(FILE *f, const json_t *sas, bool six, void (*print)(FILE *f, const json_t *sa))
{
	const json_t *sa;
	size_t i;

	json_array_foreach(sas, i, sa)
		if (ipv6(sa) == six)
			print(f, sa);
}

void show_isakmp_sa(FILE *f, const json_t *sas, bool detail)
{
	if (!detail) {
		fputs("IPv4 Crypto ISAKMP SA\n"
		      "dst             src             state          conn-id status\n", f);
		rows(f, sas, false, row);
		fputs("\nIPv6 Crypto ISAKMP SA\n\n", f);
		rows(f, sas, true, row);
		return;
	}
	fputs("Codes: C - IKE configuration mode, D - Dead Peer Detection\n"
	      "       K - Keepalives, N - NAT-traversal\n"
	      "       T - cTCP encapsulation, X - IKE Extended Authentication\n"
	      "       psk - Preshared key, rsig - RSA signature\n"
	      "       renc - RSA encryption\n"
	      "IPv4 Crypto ISAKMP SA\n\n"
	      "C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n\n", f);
	rows(f, sas, false, detail_row);
	fputs("\nIPv6 Crypto ISAKMP SA\n\n", f);
	rows(f, sas, true, detail_row);
}

struct words {
	const char *word, *text;
};

static const char *words_text(const struct words *table, const char *word)
{
	for (; table->word; table++)
		if (!strcmp(table->word, word))
			return table->text;
	return word;
}

static const struct words encryptions[] = {
	{ "des", "DES - Data Encryption Standard (56 bit keys)." },
	{ "3des", "Three key triple DES" },
	{ "aes", "AES - Advanced Encryption Standard (128 bit keys)." },
	{ "aes 192", "AES - Advanced Encryption Standard (192 bit keys)." },
	{ "aes 256", "AES - Advanced Encryption Standard (256 bit keys)." },
	{ NULL, NULL }
};

static const struct words hashes[] = {
	{ "md5", "Message Digest 5" },
	{ "sha", "Secure Hash Standard" },
	{ "sha256", "Secure Hash Standard 2 (256 bit)" },
	{ "sha384", "Secure Hash Standard 2 (384 bit)" },
	{ "sha512", "Secure Hash Standard 2 (512 bit)" },
	{ NULL, NULL }
};

static const struct words auths[] = {
	{ "pre-share", "Pre-Shared Key" },
	{ "rsa-sig", "Rivest-Shamir-Adleman Signature" },
	{ "rsa-encr", "Rivest-Shamir-Adleman Encryption" },
	{ NULL, NULL }
};

static unsigned int group_bits(uint64_t group)
{
	switch (group) {
	case 1: return 768;
	case 2: return 1024;
	case 5: return 1536;
	case 14: return 2048;
	case 15: return 3072;
	case 16: return 4096;
	case 19: return 256;
	case 20: return 384;
	case 21: return 521;
	case 24: return 2048;
	default: return 0;
	}
}

void show_isakmp_policy(FILE *f, const json_t *policies)
{
	const json_t *p;
	size_t i;

	fputs("\nGlobal IKE policy\n", f);
	json_array_foreach(policies, i, p) {
		uint64_t group = print_u64(p, "group");

		fprintf(f, "%s %llu\n", print_bool(p, "default") ? "Default protection suite of priority" :
								    "Protection suite of priority",
			(unsigned long long)print_u64(p, "priority"));
		fprintf(f, "        encryption algorithm:   %s\n", words_text(encryptions, print_text(p, "encryption")));
		fprintf(f, "        hash algorithm:         %s\n", words_text(hashes, print_text(p, "hash")));
		fprintf(f, "        authentication method:  %s\n", words_text(auths, print_text(p, "auth")));
		fprintf(f, "        Diffie-Hellman group:   #%llu (%u bit)\n", (unsigned long long)group,
			group_bits(group));
		fprintf(f, "        lifetime:               %llu seconds, no volume limit\n",
			(unsigned long long)print_u64(p, "lifetime"));
	}
}

void show_isakmp_key(FILE *f, const json_t *keys)
{
	const json_t *k;
	size_t i;

	fputs("Keyring      Hostname/Address                            Preshared Key\n\n", f);
	json_array_foreach(keys, i, k) {
		const char *mask = print_text(k, "mask"), *keyring = print_text(k, "keyring");
		const char *whose = *print_text(k, "hostname") ? print_text(k, "hostname") : print_text(k, "address");
		char prefix[64];

		/* The router shows keys in clear; here they never leave the daemon. */
		if (strchr(mask, ':')) {
			snprintf(prefix, sizeof(prefix), "%s/%llu", whose, (unsigned long long)print_u64(k, "prefix"));
			fprintf(f, "%-12s %-43s %s\n", keyring, prefix, "(hidden)");
		} else if (!*mask || !strcmp(mask, "255.255.255.255")) {
			fprintf(f, "%-12s %-43s %s\n", keyring, whose, "(hidden)");
		} else {
			fprintf(f, "%-12s %-14s [%-15s]%12s%s\n", keyring, whose, mask, "", "(hidden)");
		}
	}
}

static void identity(FILE *f, const json_t *m)
{
	const char *mask = print_text(m, "mask");
	uint64_t prefix = print_u64(m, "prefix");

	fprintf(f, "    %s %s%s", print_text(m, "type"), print_bool(m, "domain") ? "domain " : "", print_text(m, "name"));
	if (prefix)
		fprintf(f, "/%llu", (unsigned long long)prefix);
	fprintf(f, " %s%s\n", mask, *mask ? " " : "");
}

void show_isakmp_profile(FILE *f, const json_t *profiles)
{
	const json_t *p, *m;
	size_t i, j;

	json_array_foreach(profiles, i, p) {
		fprintf(f, "\nIKEv1 PROFILE %s\n   Identities matched are:\n", print_text(p, "name"));
		json_array_foreach(json_object_get(p, "matches"), j, m)
			identity(f, m);
		fprintf(f, "   Certificate maps matched are:\n   Identity presented is: %s\n   keyring(s): ", print_text(p, "presented"));
		json_array_foreach(json_object_get(p, "keyrings"), j, m)
			fprintf(f, "%s%s", j ? " " : "", json_string_value(m));
		fprintf(f, "%s\n   trustpoint(s): <all>\n", json_array_size(json_object_get(p, "keyrings")) ? "" : "<none>");
	}
}

void show_isakmp_peers(FILE *f, const json_t *peers)
{
	const json_t *p;
	size_t i;

	json_array_foreach(peers, i, p) {
		fprintf(f, "Peer: %s Port: %llu Local: %s\n", print_text(p, "peer"), (unsigned long long)print_u64(p, "port"),
			print_text(p, "local"));
		if (*print_text(p, "description"))
			fprintf(f, " Description: %s\n", print_text(p, "description"));
		fprintf(f, " Phase1 id: %s\n", print_text(p, "id"));
	}
}

static long long counter(const json_t *o, const char *group, const char *name)
{
	const json_t *in = group ? json_object_get(o, group) : o;

	return json_integer_value(json_object_get(in, name));
}

/* IOS XE */
void show_admission(FILE *f, const json_t *a)
{
	static const char rule[] = "---------------------------------------------------------------------";

	fprintf(f, "%s\n               Crypto Call Admission Control Statistics\n%s\n", rule, rule);
	fprintf(f, "System Resource Limit:%9d Max IKE SAs:%6lld Max in nego:%6lld\n", 0, counter(a, NULL, "max_active"),
		counter(a, NULL, "max_negotiating"));
	fprintf(f, "Total IKE SA Count:%12lld active:%11lld negotiating:%6lld\n",
		counter(a, NULL, "active") + counter(a, NULL, "negotiating"), counter(a, NULL, "active"),
		counter(a, NULL, "negotiating"));
	fprintf(f, "Incoming IKE Requests:%9lld accepted:%9lld rejected:%9lld\n", counter(a, "incoming", "requests"),
		counter(a, "incoming", "accepted"), counter(a, "incoming", "rejected"));
	fprintf(f, "Outgoing IKE Requests:%9lld accepted:%9lld rejected:%9lld\n", counter(a, "outgoing", "requests"),
		counter(a, "outgoing", "accepted"), counter(a, "outgoing", "rejected"));
	fprintf(f, "Rejected IKE Requests:%9lld rsrc low:%9lld Active SA limit:%2lld\n",
		counter(a, "incoming", "rejected") + counter(a, "outgoing", "rejected"), counter(a, "reasons", "low"),
		counter(a, "reasons", "active"));
	fprintf(f, "%51sIn-neg SA limit:%2lld\n", "", counter(a, "reasons", "negotiating"));
	fprintf(f, "IKE packets dropped at dispatch:%9lld\n", counter(a, NULL, "dropped"));
}
