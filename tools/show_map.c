/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * show crypto map, what is configured of IPsec beside it, and show crypto
 * session, which joins both kinds of SA: the daemon's JSON to the router's text.
 */
#include <string.h>
#include <strings.h>

#include "print.h"
#include "show.h"

typedef unsigned long long ull;

static ull number(const json_t *o, const char *key)
{
	return print_u64(o, key);
}

static void transform_sets(FILE *f, const json_t *e)
{
	const json_t *set, *name;
	size_t i, j;

	fputs("\tTransform sets={ \n", f);
	json_array_foreach(json_object_get(e, "transform_sets"), i, set) {
		fprintf(f, "\t\t%s:  { ", print_text(set, "name"));
		json_array_foreach(json_object_get(set, "transforms"), j, name)
			fprintf(f, "%s ", json_string_value(name));
		fputs(" } , \n", f);
	}
	fputs("\t}\n", f);
}

static void lifetime(FILE *f, const json_t *e, const char *indent)
{
	if (number(e, "life_kilobytes"))
		fprintf(f, "%sSecurity association lifetime: %llu kilobytes/%llu seconds\n", indent,
			number(e, "life_kilobytes"), number(e, "life_seconds"));
	else
		fprintf(f, "%sSecurity association lifetime: kilobytes-disabled/%llu seconds\n", indent,
			number(e, "life_seconds"));
	if (number(e, "idle_seconds"))
		fprintf(f, "%sSecurity association idletime: %llu seconds\n", indent, number(e, "idle_seconds"));
}

/* What an entry or a profile says of SAs */
static void sa_lines(FILE *f, const json_t *e)
{
	lifetime(f, e, "\t");
	if (print_bool(e, "per_host"))
		fputs("\tSecurity association level: per-host\n", f);
	if (*print_text(e, "df"))
		fprintf(f, "\tSecurity association dfbit: %s\n", print_text(e, "df"));
	fprintf(f, "\tResponder-Only (Y/N): %c\n", print_bool(e, "responder_only") ? 'Y' : 'N');
	if (number(e, "pfs_group"))
		fprintf(f, "\tPFS (Y/N): Y\n\tDH group:  group%llu\n", number(e, "pfs_group"));
	else
		fputs("\tPFS (Y/N): N\n", f);
	fputs("\tMixed-mode : Disabled\n", f);
	transform_sets(f, e);
}

void show_ipsec_profile(FILE *f, const json_t *profiles)
{
	const json_t *p;
	size_t i;

	json_array_foreach(profiles, i, p) {
		fprintf(f, "IPSEC profile %s\n", print_text(p, "name"));
		sa_lines(f, p);
		fputc('\n', f);
	}
}

void show_lifetime(FILE *f, const json_t *o)
{
	lifetime(f, o, "");
}

/* A manual entry has SPIs in place of what is negotiated. The daemon does not tell keys. */
static void manual_text(FILE *f, const json_t *e)
{
	const json_t *key;
	size_t i;

	transform_sets(f, e);
	json_array_foreach(json_object_get(e, "session_keys"), i, key)
		fprintf(f, "\t%s %s spi: %llu\n", print_text(key, "direction"), print_text(key, "protocol"), number(key, "spi"));
}

/* All below an entry's title */
static void body(FILE *f, const json_t *e)
{
	const json_t *value;
	size_t i;

	if (!print_bool(e, "complete"))
		fputs("\tWARNING: This crypto map is in an incomplete state!\n"
		      "\t\t(missing peer or access-list definitions)\n", f);
	if (*print_text(e, "profile"))
		fprintf(f, "\tMAP is a PROFILE INSTANCE\n\tProfile name: %s\n", print_text(e, "profile"));
	if (*print_text(e, "description"))
		fprintf(f, "\tDescription: %s\n", print_text(e, "description"));
	json_array_foreach(json_object_get(e, "peers"), i, value)
		fprintf(f, "\tPeer = %s%s\n", json_string_value(value),
			strcmp(json_string_value(value), print_text(e, "default_peer")) ? "" : " (default peer)");
	if (json_object_get(e, "acl")) {
		fprintf(f, "\t%s access list %s\n", print_bool(e, "acl6") ? "IPv6" : "Extended IP", print_text(e, "acl"));
		json_array_foreach(json_object_get(e, "acl_lines"), i, value)
			fprintf(f, "\t    %s\n", json_string_value(value));
		if (*print_text(e, "dynamic"))
			fprintf(f, "\t    dynamic (created from dynamic map %s)\n", print_text(e, "dynamic"));
	} else {
		fputs("\tNo matching address list set.\n", f);
	}
	if (*print_text(e, "current_peer"))
		fprintf(f, "\tCurrent peer: %s\n", print_text(e, "current_peer"));
	if (json_object_get(e, "session_keys")) {
		manual_text(f, e);
		return;
	}
	sa_lines(f, e);
}

static void entry_text(FILE *f, const json_t *e)
{
	fprintf(f, "Crypto Map IPv%d \"%s\" %llu %s\n", print_bool(e, "ipv6") ? 6 : 4, print_text(e, "map"), number(e, "seq"), print_text(e, "type"));
	if (*print_text(e, "dynamic_map"))
		fprintf(f, "\tDynamic map template tag: %s\n", print_text(e, "dynamic_map"));
	else
		body(f, e);
}

void show_dynamic_map(FILE *f, const json_t *templates)
{
	const json_t *e;
	size_t i;

	json_array_foreach(templates, i, e) {
		fprintf(f, "Crypto Map Template\"%s\" %llu\n", print_text(e, "map"), number(e, "seq"));
		body(f, e);
		fputc('\n', f);
	}
}

void show_map(FILE *f, const json_t *entries)
{
	const json_t *e, *name;
	size_t i, j;

	json_array_foreach(entries, i, e) {
		const char *map = print_text(e, "map");

		entry_text(f, e);
		/* once, at the end of the map's last entry */
		if (!strcmp(print_text(json_array_get(entries, i + 1), "map"), map))
			continue;
		fprintf(f, "\tInterfaces using crypto map %s:\n", map);
		json_array_foreach(json_object_get(e, "interfaces"), j, name)
			fprintf(f, "\t\t%s\n", json_string_value(name));
		fputc('\n', f);
	}
}

void show_route(FILE *f, const json_t *routes)
{
	const json_t *r;
	size_t i;

	fputs("VPN Routing Table: Shows RRI and VTI created routes\n"
	      "Codes: RRI - Reverse-Route, VTI- Virtual Tunnel Interface\n"
	      "        S - Static Map ACLs\n\n"
	      "Routes created in table GLOBAL DEFAULT\n", f);
	json_array_foreach(routes, i, r) {
		if (strchr(print_text(r, "net"), ':'))
			fprintf(f, "%s/%llu", print_text(r, "net"), number(r, "prefix"));
		else
			fprintf(f, "%s/%s", print_text(r, "net"), print_text(r, "mask"));
		fprintf(f, " [%llu/0] via %s\n                                on %s RRI%s\n", number(r, "distance"), print_text(r, "via"),
			print_text(r, "interface"), print_bool(r, "static") ? " S" : "");
	}
}

/* The session of @interface and the peer of @id in @sessions, made if needed. */
static json_t *session_of(json_t *sessions, const json_t *interface, const json_t *id)
{
	const char *peer = print_text(id, "current_peer");
	json_t *s;
	size_t i;

	json_array_foreach(sessions, i, s)
		if (!strcmp(print_text(s, "peer"), peer) &&
		    !strcmp(print_text(s, "interface"), print_text(interface, "interface")))
			return s;
	s = json_pack("{s:s, s:s, s:s, s:i, s:[], s:[]}", "interface", print_text(interface, "interface"), "local",
		      print_text(*print_text(id, "local") ? id : interface, "local"), "peer", peer, "port", 500, "ike", "flows");
	json_array_append_new(sessions, s);
	return s;
}

static const char *session_status(const json_t *s)
{
	const json_t *value;
	bool ike = false, negotiating = false, ipsec = false;
	size_t i;

	json_array_foreach(json_object_get(s, "ike"), i, value) {
		ike |= !strcmp(print_text(value, "state"), "QM_IDLE");
		negotiating |= !print_bool(value, "deleted") && strcmp(print_text(value, "state"), "QM_IDLE");
	}
	json_array_foreach(json_object_get(s, "flows"), i, value)
		ipsec |= json_array_size(json_object_get(value, "sas")) != 0;
	if (ipsec)
		return ike ? "UP-ACTIVE" : "UP-NO-IKE";
	if (ike)
		return "UP-IDLE";
	return negotiating ? "DOWN-NEGOTIATING" : "DOWN";
}

json_t *show_session_join(const json_t *isakmp, const json_t *ipsec)
{
	json_t *sessions = json_array(), *interface, *id, *s, *sa;
	size_t i, j;

	json_array_foreach(ipsec, i, interface)
		json_array_foreach(json_object_get(interface, "idents"), j, id) {
			s = session_of(sessions, interface, id);
			json_array_append(json_object_get(s, "flows"), id);
		}
	json_array_foreach(sessions, i, s) {
		json_array_foreach(isakmp, j, sa)
			if (!strcmp(print_text(sa, "peer"), print_text(s, "peer")) &&
			    !strcmp(print_text(sa, "local"), print_text(s, "local")) && !print_bool(sa, "deleted"))
				json_array_append(json_object_get(s, "ike"), sa);
		json_object_set_new(s, "status", json_string(session_status(s)));
	}
	return sessions;
}

void show_session_filter(json_t *sessions, const json_t *filter)
{
	static const char *const keys[] = { "peer", "local", "interface" };
	size_t i, j;

	for (i = json_array_size(sessions); i--; )
		for (j = 0; j < sizeof(keys) / sizeof(keys[0]); j++) {
			const char *asked = print_text(filter, keys[j]);

			if (!*asked || !strcasecmp(asked, print_text(json_array_get(sessions, i), keys[j])))
				continue;
			json_array_remove(sessions, i);
			break;
		}
}

static void selector(FILE *f, const json_t *proxy)
{
	if (number(proxy, "prefix") == (strchr(print_text(proxy, "addr"), ':') ? 128 : 32))
		fprintf(f, " host %s", print_text(proxy, "addr"));
	else if (strchr(print_text(proxy, "addr"), ':'))
		fprintf(f, " %s/%llu", print_text(proxy, "addr"), number(proxy, "prefix"));
	else
		fprintf(f, " %s/%s", print_text(proxy, "addr"), print_text(proxy, "mask"));
	if (number(proxy, "port"))
		fprintf(f, " port %llu", number(proxy, "port"));
}

/* Packets, drops and lifetime of the newest SA of a direction. */
static void flow_detail(FILE *f, const json_t *flow, const char *dir, const char *label)
{
	bool in = !strcmp(dir, "in");
	const json_t *sa, *newest = NULL;
	size_t i;

	json_array_foreach(json_object_get(flow, "sas"), i, sa)
		if (!newest && !strcmp(print_text(sa, "dir"), dir))
			newest = sa;
	fprintf(f, "        %-10s#pkts %s %llu drop %llu life (KB/Sec) ", label, in ? "dec'ed" : "enc'ed",
		number(flow, in ? "in_packets" : "out_packets"), number(flow, in ? "recv_errors" : "send_errors"));
	if (newest && !json_object_get(newest, "left_kilobytes"))
		fputs("KB Vol Rekey Disabled", f);
	else
		fprintf(f, "%llu", number(newest, "left_kilobytes"));
	fprintf(f, "/%llu\n", number(newest, "left_seconds"));
}

static void flow_text(FILE *f, const json_t *flow, bool detail)
{
	const json_t *proxy = json_object_get(flow, "local_proxy");
	ull protocol = number(proxy, "protocol");

	if (protocol)
		fprintf(f, "  IPSEC FLOW: permit %llu", protocol);
	else
		fputs("  IPSEC FLOW: permit ip", f);
	selector(f, proxy);
	selector(f, json_object_get(flow, "remote_proxy"));
	fprintf(f, " \n        Active SAs: %zu, origin: %scrypto map\n", json_array_size(json_object_get(flow, "sas")),
		print_bool(flow, "dynamic") ? "dynamic " : "");
	if (detail) {
		flow_detail(f, flow, "in", "Inbound:");
		flow_detail(f, flow, "out", "Outbound:");
	}
}

/* "F" is not among the letters of show crypto isakmp sa detail. */
static const char *session_capabilities(const json_t *sa)
{
	static const char *const with[] = { "F", "DF", "NF", "DNF" };
	const char *letters = show_capabilities(sa);

	if (print_bool(sa, "fragmentation"))
		return with[(strchr(letters, 'D') ? 1 : 0) + (strchr(letters, 'N') ? 2 : 0)];
	return *letters ? letters : "(none)";
}

static void ike_text(FILE *f, const json_t *sa, bool detail)
{
	ull left = number(sa, "left");

	fputs("  Session ID: 0  \n", f);
	fprintf(f, "  IKEv1 SA: local %s/%llu remote %s/%llu %s \n", print_text(sa, "local"), number(sa, "local_port"),
		print_text(sa, "peer"), number(sa, "peer_port"),
		strcmp(print_text(sa, "state"), "QM_IDLE") ? "Inactive" : "Active");
	if (!detail)
		return;
	fprintf(f, "          Capabilities:%s connid:%llu lifetime:",
		session_capabilities(sa), number(sa, "conn_id"));
	if (left)
		fprintf(f, "%02llu:%02llu:%02llu\n", left / 3600, left / 60 % 60, left % 60);
	else
		fputs("0\n", f);
}

static void session_text(FILE *f, const json_t *s, bool detail)
{
	const json_t *value, *ike = json_object_get(s, "ike");
	const char *status = print_text(s, "status");
	size_t i;

	fprintf(f, "\nInterface: %s\n", print_text(s, "interface"));
	fprintf(f, "Session status: %s%s\n", status, strcmp(status, "UP-ACTIVE") ? "" : "     ");
	if (detail) {
		fprintf(f, "Peer: %s port %llu fvrf: (none) ivrf: (none)\n", print_text(s, "peer"), number(s, "port"));
		if (json_array_size(ike))
			fprintf(f, "      Phase1_id: %s\n      Desc: (none)\n", print_text(s, "peer"));
		else
			fputs("      Desc: (none)\n      Phase1_id: (none)\n", f);
	} else {
		fprintf(f, "Peer: %s port %llu \n", print_text(s, "peer"), number(s, "port"));
	}
	json_array_foreach(ike, i, value)
		ike_text(f, value, detail);
	json_array_foreach(json_object_get(s, "flows"), i, value)
		flow_text(f, value, detail);
}

void show_session(FILE *f, const json_t *sessions, bool detail)
{
	const json_t *s;
	size_t i;

	fputs("Crypto session current status\n", f);
	if (detail)
		fputs("\nCode: C - IKE Configuration mode, D - Dead Peer Detection     \n"
		      "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation     \n"
		      "X - IKE Extended Authentication, F - IKE Fragmentation\n"
		      "R - IKE Auto Reconnect\n", f);
	json_array_foreach(sessions, i, s)
		session_text(f, s, detail);
	fputc('\n', f);
}
