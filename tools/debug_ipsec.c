/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debug crypto ipsec: one renderer per event type, in the order of event.h.
 * Blanks inside and at the ends of lines are the router's.
 */
#include <string.h>

#include "debug.h"
#include "print.h"

/* A key-engine record's proxies; a router prints "any protocol" as 256 there. */
static void proxy_lines(struct debug *d, const char *end)
{
	static const char *const sides[] = { "local_proxy", "remote_proxy" };

	for (int i = 0; i < 2; i++) {
		const json_t *p = json_object_get(d->event, sides[i]);
		unsigned long long protocol = print_u64(p, "protocol");

		debug_more(d, "    %s= %s/%s/%llu/%llu%s", sides[i], print_text(p, "addr"), print_text(p, "mask"),
			   protocol ? protocol : 256, (unsigned long long)print_u64(p, "port"), i ? end : ", ");
	}
}

static void identity(struct debug *d)
{
	debug_more(d, "  (identity) local= %s:0, remote= %s:0, ", debug_s(d, "local"), debug_s(d, "peer"));
	proxy_lines(d, "");
}

static void sa_request(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(sa_request): ,");
	debug_more(d, "  (key eng. msg.) OUTBOUND local= %s:%llu, remote= %s:%llu, ", debug_s(d, "local"),
		   debug_u(d, "local_port"), debug_s(d, "peer"), debug_u(d, "peer_port"));
	proxy_lines(d, ", ");
	debug_more(d, "    protocol= %s, transform= %s  (%s), ", debug_s(d, "protocol"), debug_s(d, "transform"),
		   debug_s(d, "mode"));
	debug_more(d, "    lifedur= %llus and %llukb, ", debug_u(d, "life_seconds"), debug_u(d, "life_kilobytes"));
	debug_more(d, "    spi= 0x0(0), conn_id= 0, keysize= %llu, flags= 0x0", debug_u(d, "keysize"));
}

static void request_timer(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(key_engine): request timer fired: count = %llu,", debug_u(d, "count"));
	identity(d);
}

static void validate(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(validate_proposal_request): proposal part #1");
	debug_line(d, DEBUG_IPSEC, "IPSEC(validate_proposal_request): proposal part #1,");
	debug_more(d, "  (key eng. msg.) INBOUND local= %s:0, remote= %s:0, ", debug_s(d, "local"),
		   debug_s(d, "peer"));
	proxy_lines(d, ", ");
	debug_more(d, "    protocol= %s, transform= NONE  (%s), ", debug_s(d, "protocol"), debug_s(d, "mode"));
	debug_more(d, "    lifedur= 0s and 0kb, ");
	debug_more(d, "    spi= 0x0(0), conn_id= 0, keysize= %llu, flags= 0x0", debug_u(d, "keysize"));
}

static void proxy_match(struct debug *d)
{
	const json_t *local = json_object_get(d->event, "local_proxy");
	const json_t *remote = json_object_get(d->event, "remote_proxy");
	unsigned long long protocol = print_u64(local, "protocol");

	if (!protocol && debug_b(d, "installed"))
		protocol = 256;
	debug_line(d, DEBUG_IPSEC, "Crypto mapdb : proxy_match");
	debug_more(d, "        src addr     : %s", print_text(local, "addr"));
	debug_more(d, "        dst addr     : %s", print_text(remote, "addr"));
	debug_more(d, "        protocol     : %llu", protocol);
	debug_more(d, "        src port     : %llu", (unsigned long long)print_u64(local, "port"));
	debug_more(d, "        dst port     : %llu", (unsigned long long)print_u64(remote, "port"));
	if (debug_b(d, "other_profile"))
		debug_line(d, DEBUG_IPSEC, "map_db_check_isakmp_profile profile did not match");
	if (!debug_b(d, "matched"))
		debug_line(d, DEBUG_IPSEC, "map_db_find_best did not find matching map");
}

static void proposal_refused(struct debug *d)
{
	const char *reason = debug_s(d, "reason");

	if (!strcmp(reason, "transform")) {
		debug_line(d, DEBUG_IPSEC,
			   "IPSEC(ipsec_process_proposal): transform proposal not supported for identity: ");
		debug_more(d, "    {%s }", debug_s(d, "offered"));
	} else if (!strcmp(reason, "proxy") || !strcmp(reason, "profile")) {
		debug_line(d, DEBUG_IPSEC, "IPSEC(ipsec_process_proposal): proxy identities not supported");
	} else if (!strcmp(reason, "peer")) {
		debug_line(d, DEBUG_IPSEC, "IPSEC(ipsec_process_proposal): peer address %s not found",
			   debug_s(d, "peer"));
	} else if (!strcmp(reason, "local")) {
		debug_line(d, DEBUG_IPSEC, "IPSEC(ipsec_process_proposal): invalid local address %s",
			   debug_s(d, "local"));
	} else if (!strcmp(reason, "pfs")) {
		debug_line(d, DEBUG_IPSEC, "IPSEC(ipsec_process_proposal): invalid transform proposal flags -- 0x4");
	}
	debug_isakmp(d, " IPSec policy invalidated proposal with error %llu", debug_u(d, "error"));
}

static void key_engine(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(key_engine): got a queue event with 1 KMI message(s)");
}

static void map_found(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(crypto_ipsec_create_ipsec_sas): Map found %s, %llu", debug_s(d, "map"),
		   debug_u(d, "seq"));
	debug_line(d, DEBUG_IPSEC,
		   "IPSEC(crypto_ipsec_sa_find_ident_head): reconnecting with the same proxies and peer %s",
		   debug_s(d, "peer"));
}

static void route(struct debug *d)
{
	if (debug_b(d, "added"))
		debug_line(d, DEBUG_IPSEC, "IPSEC(rte_mgr): VPN Route Added %s %s via %s in IP DEFAULT TABLE with tag %llu distance %llu",
			   debug_s(d, "net"), debug_s(d, "mask"), debug_s(d, "via"), debug_u(d, "tag"), debug_u(d, "distance"));
	else
		debug_line(d, DEBUG_IPSEC, "IPSEC(rte_mgr): VPN Route Removed %s %s via %s in IP DEFAULT TABLE", debug_s(d, "net"),
			   debug_s(d, "mask"), debug_s(d, "via"));
}

static void child(struct debug *d, const char *end)
{
	debug_more(d, "  (sa) sa_dest= %s, sa_proto= 50, ", debug_s(d, "dest"));
	debug_more(d, "    sa_spi= 0x%llX(%llu), ", debug_u(d, "spi"), debug_u(d, "spi"));
	debug_more(d, "    sa_trans= %s , sa_conn_id= %llu", debug_s(d, "transform"), debug_u(d, "sa_conn_id"));
	debug_more(d, "    sa_lifetime(k/sec)= (%llu/%llu)%s", debug_u(d, "life_kilobytes"),
		   debug_u(d, "life_seconds"), end);
}

static void child_created(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(create_sa): sa created,");
	child(d, "");
}

static void child_deleted(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(delete_sa): deleting SA,");
	child(d, ",");
	identity(d);
}

/* 8 digits, but a bare 0 when no SA is left */
static const char *outbound_spi(const struct debug *d, char *buf, size_t size)
{
	snprintf(buf, size, debug_u(d, "spi") ? "%08llX" : "%llX", debug_u(d, "spi"));
	return buf;
}

static void outbound_current(struct debug *d)
{
	char buf[20];

	outbound_spi(d, buf, sizeof(buf));
	if (debug_u(d, "spi"))
		debug_line(d, DEBUG_IPSEC,
			   "IPSEC(update_current_outbound_sa): get enable SA peer %s current outbound sa to SPI %s",
			   debug_s(d, "peer"), buf);
	debug_line(d, DEBUG_IPSEC, "IPSEC(update_current_outbound_sa): updated peer %s current outbound sa to SPI %s",
		   debug_s(d, "peer"), buf);
}

static void outbound_enabled(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(key_engine_enable_outbound): rec'd enable notify from ISAKMP");
	debug_line(d, DEBUG_IPSEC, "IPSEC(key_engine_enable_outbound): enable SA with spi %llu/50 ",
		   debug_u(d, "spi"));
}

static void child_delete_in(struct debug *d)
{
	debug_line(d, DEBUG_IPSEC, "IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP");
	debug_line(d, DEBUG_IPSEC, "IPSEC(key_engine_delete_sas): delete SA with spi 0x%llX proto 50 for %s",
		   debug_u(d, "spi"), debug_s(d, "peer"));
}

const struct debug_type debug_ipsec_types[] = {
	{ "sa-request", sa_request },
	{ "request-timer", request_timer },
	{ "validate", validate },
	{ "proxy-match", proxy_match },
	{ "proposal-refused", proposal_refused },
	{ "key-engine", key_engine },
	{ "map-found", map_found },
	{ "route", route },
	{ "child-created", child_created },
	{ "outbound-current", outbound_current },
	{ "outbound-enabled", outbound_enabled },
	{ "child-delete-in", child_delete_in },
	{ "child-deleted", child_deleted },
	{ NULL, NULL }
};
