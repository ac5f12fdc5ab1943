/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debug crypto isakmp: one renderer per event type, in the order of event.h.
 * Blanks inside and at the ends of lines are the router's.
 */
#include <stdlib.h>
#include <string.h>

#include "debug.h"
#include "print.h"

/* The state table's word, with the blanks that the table has. */
static const char *state(const struct debug *d)
{
	const char *word = debug_s(d, "state");

	return strcmp(word, "QM_IDLE") ? word : "QM_IDLE      ";
}

static const char *family(const struct debug *d)
{
	return strchr(debug_s(d, "peer"), ':') ? "IPv6" : "IPv4";
}

static bool initiator(const struct debug *d)
{
	return debug_s(d, "role")[0] == 'I';
}

static void plain(struct debug *d, const char *text)
{
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: %s", text);
}

/* --- what the key engine asks --- */

static void request_attached(struct debug *d)
{
	plain(d, "set new node 0 to QM_IDLE      ");
	if (!strcmp(debug_s(d, "why"), "idle")) {
		debug_isakmp(d, "SA has outstanding requests  (local %s port %llu, remote %s port %llu)",
			     debug_s(d, "local"), debug_u(d, "local_port"), debug_s(d, "peer"),
			     debug_u(d, "peer_port"));
		debug_isakmp(d, " sitting IDLE. Starting QM immediately (QM_IDLE      )");
	} else {
		debug_isakmp(d, "SA is still budding. Attached new ipsec request to it. (local %s, remote %s)",
			     debug_s(d, "local"), debug_s(d, "peer"));
	}
}

static void request_failed(struct debug *d)
{
	if (!strcmp(debug_s(d, "why"), "no-key")) {
		debug_isakmp(d, " No Cert or pre-shared address key.");
		debug_isakmp(d, " construct_initial_message: Can not start %s mode",
			     strncmp(debug_s(d, "state"), "AG_", 3) ? "Main" : "Aggressive");
	} else if (!strncmp(debug_s(d, "why"), "crypto call admission", 21)) {
		debug_isakmp(d, "request refused: %s", debug_s(d, "why"));
	}
	plain(d, "Error while processing SA request: Failed to initialize SA");
	plain(d, "Error while processing KMI message 0, error 2.");
}

/* --- phase 1 --- */

static void sa_created(struct debug *d)
{
	unsigned long long handle = debug_u(d, "peer_handle");

	if (initiator(d))
		debug_isakmp(d, " SA request profile is %s", *debug_s(d, "profile") ? debug_s(d, "profile") : "(NULL)");
	if (debug_b(d, "new_peer")) {
		debug_line(d, DEBUG_ISAKMP, "ISAKMP: Created a peer struct for %s, peer port %llu", debug_s(d, "peer"),
			   debug_u(d, "peer_port"));
		debug_line(d, DEBUG_ISAKMP, "ISAKMP: New peer created peer = 0x%llX peer_handle = 0x%llX", handle,
			   handle | 0x80000000);
	} else {
		debug_line(d, DEBUG_ISAKMP, "ISAKMP: Found a peer struct for %s, peer port %llu", debug_s(d, "peer"),
			   debug_u(d, "peer_port"));
	}
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: Locking peer struct 0x%llX, refcount %llu for %s", handle,
		   debug_u(d, "refcount"), initiator(d) ? "isakmp_initiator" : "crypto_isakmp_process_block");
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: local port %llu, remote port %llu", debug_u(d, "local_port"),
		   debug_u(d, "peer_port"));
	if (initiator(d))
		plain(d, "set new node 0 to QM_IDLE      ");
	debug_isakmp(d, "insert sa successfully sa = %llX", debug_u(d, "sa"));
	if (initiator(d) && !debug_b(d, "aggressive"))
		debug_isakmp(d, "Can not start Aggressive mode, trying Main mode.");
}

static void psk(struct debug *d)
{
	if (!debug_b(d, "found")) {
		debug_isakmp(d, "No pre-shared key with %s!", debug_s(d, "peer"));
		return;
	}
	if (*debug_s(d, "keyring"))
		debug_isakmp(d, "Found %s key in keyring %s", *debug_s(d, "host") ? "HOST" : "ADDRESS", debug_s(d, "keyring"));
	else
		debug_isakmp(d, "found peer pre-shared key matching %s", debug_s(d, *debug_s(d, "host") ? "host" : "peer"));
	if (!strcmp(debug_s(d, "context"), "policy")) {
		debug_isakmp(d, " local preshared key found");
		debug_line(d, DEBUG_ISAKMP, "ISAKMP : Scanning profiles for xauth ...%s%s", *debug_s(d, "profiles") ? " " : "",
			   debug_s(d, "profiles"));
	}
}

static void vendor_out(struct debug *d)
{
	static const char *const natt[] = { "rfc3947", "07", "03", "02", NULL };

	for (int i = 0; natt[i]; i++)
		if (!strcmp(debug_s(d, "name"), natt[i]))
			debug_isakmp(d, " constructed NAT-T vendor-%s ID", natt[i]);
}

static void state_change(struct debug *d)
{
	if (debug_b(d, "illegal")) {
		debug_paren(d, "Unknown Input %s:  state = %s", debug_s(d, "input"), debug_s(d, "old"));
	} else if (debug_b(d, "node")) {
		debug_isakmp(d, "Node %llu, Input = %s", debug_u(d, "msgid"), debug_s(d, "input"));
		debug_isakmp(d, "Old State = %s  New State = %s", debug_s(d, "old"), debug_s(d, "new"));
	} else {
		debug_isakmp(d, "Input = %s", debug_s(d, "input"));
		debug_isakmp(d, "Old State = %s  New State = %s ", debug_s(d, "old"), debug_s(d, "new"));
		debug_more(d, "%s", "");
	}
}

static void begin(struct debug *d)
{
	if (!strcmp(debug_s(d, "mode"), "main"))
		debug_isakmp(d, " beginning Main Mode exchange");
	else if (!strcmp(debug_s(d, "mode"), "aggressive"))
		debug_isakmp(d, " beginning Aggressive Mode exchange");
	else
		debug_isakmp(d, "beginning Quick Mode exchange, M-ID of %llu", debug_u(d, "msgid"));
}

static void packet_out(struct debug *d)
{
	debug_isakmp(d, " sending packet to %s my_port %llu peer_port %llu (%s) %s", debug_s(d, "peer"),
		     debug_u(d, "local_port"), debug_u(d, "peer_port"), debug_s(d, "role"), state(d));
	debug_isakmp(d, "Sending an IKE %s Packet.", family(d));
}

static void packet_in(struct debug *d)
{
	debug_paren(d, "received packet from %s dport %llu sport %llu Global (%s) %s", debug_s(d, "peer"),
		    debug_u(d, "local_port"), debug_u(d, "peer_port"), debug_s(d, "role"), state(d));
}

static void payload(struct debug *d)
{
	debug_isakmp(d, " processing %s payload. message ID = %llu", debug_s(d, "payload"), debug_u(d, "msgid"));
}

/*
 * A router takes any 16 bytes for a Unity-like ID of 14 bytes, major and minor,
 * and says which major it did not like before it knows better.
 */
static void vendor_in(struct debug *d)
{
	const char *kind = debug_s(d, "kind"), *name = debug_s(d, "name");
	bool sixteen = strlen(debug_s(d, "data")) == 32;

	debug_isakmp(d, " processing vendor id payload");
	if (!strcmp(kind, "dpd") || !strcmp(kind, "unity")) {
		debug_isakmp(d, " vendor ID is %s", strcmp(kind, "dpd") ? "Unity" : "DPD");
	} else if (!strcmp(kind, "ios")) {
		debug_isakmp(d, " speaking to another IOS box!");
	} else if (!strncmp(kind, "fragmentation", strlen("fragmentation"))) {
		debug_isakmp(d, " processing IKE frag vendor id payload");
		if (strcmp(kind, "fragmentation"))
			debug_isakmp(d, "Support for IKE Fragmentation not enabled");
	} else {
		if (sixteen || !strcmp(kind, "xauth"))
			debug_isakmp(d, " vendor ID seems Unity/DPD but major %llu mismatch", debug_u(d, "major"));
		if (!strcmp(kind, "xauth"))
			debug_isakmp(d, " vendor ID is XAUTH");
		else if (!strcmp(name, "NAT-T v3") || !strcmp(name, "NAT-T v2"))
			debug_isakmp(d, " vendor ID is %s", name);
		else if (!strcmp(kind, "nat-t"))
			debug_paren(d, "vendor ID is %s", name);
	}
}

/* "(basic) of 3600", or byte by byte "(VPI) of  0x0 0x1 0x51 0x80 " */
static void duration(struct debug *d, const char *label, const json_t *attr)
{
	const char *raw = print_text(attr, "raw");
	char bytes[5 * 8 + 1] = "";
	size_t at = 0;

	if (print_bool(attr, "basic")) {
		debug_line(d, DEBUG_ISAKMP, "ISAKMP:      %s (basic) of %llu", label,
			   (unsigned long long)print_u64(attr, "value"));
		return;
	}
	for (; raw[0] && raw[1] && at < sizeof(bytes) - 5; raw += 2) {
		char pair[3] = { raw[0], raw[1], '\0' };

		at += (size_t)snprintf(bytes + at, sizeof(bytes) - at, "0x%lX ", strtoul(pair, NULL, 16));
	}
	debug_line(d, DEBUG_ISAKMP, "ISAKMP:      %s (VPI) of  %s", label, bytes);
}

/* One attribute of a transform, phase 1 or 2: the words between name and value differ. */
static void attribute(struct debug *d, const json_t *attr)
{
	static const struct { const char *name, *between; bool number; } forms[] = {
		{ "encryption", " ", false },
		{ "keylength", " of ", true },
		{ "hash", " ", false },
		{ "default group", " ", true },
		{ "auth", " ", false },
		{ "life type", " in ", false },
		{ "encaps", " is ", false },
		{ "SA life type", " in ", false },
		{ "authenticator", " is ", false },
		{ "key length", " is ", true },
		{ "group", " is ", true },
	};
	const char *name = print_text(attr, "name"), *text = print_text(attr, "text"), *between = " ";
	unsigned long long value = print_u64(attr, "value");
	bool number = false;

	if (!strcmp(name, "life duration") || !strcmp(name, "SA life duration")) {
		duration(d, name, attr);
		return;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(name, forms[i].name)) {
			between = forms[i].between;
			number = forms[i].number;
		}
	if (!strcmp(name, "encaps") && *text)
		debug_line(d, DEBUG_ISAKMP, "ISAKMP:      encaps is %llu (%s)", value, text);
	else if (number || !*text)
		debug_line(d, DEBUG_ISAKMP, "ISAKMP:      %s%s%llu", name, between, value);
	else
		debug_line(d, DEBUG_ISAKMP, "ISAKMP:      %s%s%s", name, between, text);
}

static void attributes(struct debug *d)
{
	const json_t *attr;
	size_t i;

	json_array_foreach(json_object_get(d->event, "attrs"), i, attr)
		attribute(d, attr);
}

static void policy_check(struct debug *d)
{
	debug_isakmp(d, "Checking ISAKMP transform %llu against priority %llu policy", debug_u(d, "transform"),
		     debug_u(d, "priority"));
	attributes(d);
	if (!debug_b(d, "acceptable") && *debug_s(d, "reason"))
		debug_isakmp(d, "%s", debug_s(d, "reason"));
	debug_isakmp(d, "atts are %sacceptable. Next payload is %llu", debug_b(d, "acceptable") ? "" : "not ",
		     debug_u(d, "next_payload"));
}

static void lifetime(struct debug *d)
{
	debug_isakmp(d, "Acceptable atts:actual life: %llu", debug_u(d, "actual_life"));
	debug_isakmp(d, "Acceptable atts:life: 0");
	if (debug_b(d, "vpi")) {
		debug_isakmp(d, "Fill atts in sa vpi_length:4");
		debug_isakmp(d, "Fill atts in sa life_in_seconds:%llu", debug_u(d, "offered"));
	} else {
		debug_isakmp(d, "Basic life_in_seconds:%llu", debug_u(d, "offered"));
	}
	debug_isakmp(d, "Returning Actual lifetime: %llu", debug_u(d, "returned"));
	debug_isakmp(d, ":Started lifetime timer: %llu.", debug_u(d, "returned"));
	debug_more(d, "%s", "");
}

static void no_policy(struct debug *d)
{
	debug_isakmp(d, "no offers accepted!");
	debug_isakmp(d, " phase 1 SA policy not acceptable! (local %s remote %s)", debug_s(d, "local"),
		     debug_s(d, "peer"));
}

static void id_block(struct debug *d)
{
	unsigned long long type = debug_u(d, "id_type");
	const char *label = type == 2 ? "FQDN name" : type == 3 ? "USER FQDN" : type == 11 ? "group id" : "address";

	debug_paren(d, "ID payload ");
	debug_more(d, "        next-payload : %llu", debug_u(d, "next_payload"));
	debug_more(d, "        type         : %llu ", type);
	debug_more(d, "        %-12s : %s ", label, debug_s(d, "address"));
	debug_more(d, "        protocol     : %llu ", debug_u(d, "protocol"));
	debug_more(d, "        port         : %llu ", debug_u(d, "port"));
	debug_more(d, "        length       : %llu", debug_u(d, "length"));
}

static void id(struct debug *d)
{
	if (debug_b(d, "own")) {
		debug_isakmp(d, "SA is doing pre-shared key authentication using id type %s", debug_s(d, "id_name"));
		id_block(d);
		debug_isakmp(d, "Total payload length: %llu", debug_u(d, "length"));
	} else {
		id_block(d);
		if (*debug_s(d, "profile"))
			debug_line(d, DEBUG_ISAKMP, "ISAKMP:(0):: peer matches %s profile", debug_s(d, "profile"));
		else
			debug_line(d, DEBUG_ISAKMP, "ISAKMP:(0):: peer matches *none* of the profiles");
	}
}

static void identity_refused(struct debug *d)
{
	if (!strcmp(debug_s(d, "why"), "keyring"))
		debug_isakmp(d, "Key not found in keyrings of profile %s, aborting exchange", debug_s(d, "profile"));
	debug_paren(d, "FSM action returned error: 2");
}

static void authenticated(struct debug *d)
{
	debug_isakmp(d, "SA authentication status:");
	debug_more(d, "        authenticated");
}

static void initial_contact(struct debug *d)
{
	if (debug_b(d, "own")) {
		debug_isakmp(d, "Send initial contact");
		return;
	}
	authenticated(d);
	debug_isakmp(d, "Process initial contact,");
	debug_more(d, "bring down existing phase 1 and 2 SA's with local %s remote %s remote port %llu",
		   debug_s(d, "local"), debug_s(d, "peer"), debug_u(d, "peer_port"));
}

static void auth(struct debug *d)
{
	if (!debug_b(d, "ok"))
		return;
	authenticated(d);
	debug_isakmp(d, "SA has been authenticated with %s", debug_s(d, "peer"));
}

static void nat_d(struct debug *d)
{
	bool here = debug_b(d, "here"), there = debug_b(d, "there");

	debug_line(d, DEBUG_ISAKMP, "ISAKMP:received payload type %llu", debug_u(d, "payload_type"));
	/* the first is looked at when the others are not known yet: as if the peer were behind a NAT, too */
	if (debug_b(d, "mine"))
		debug_paren(d, here ? "NAT found, both nodes inside NAT" : "His hash no match - this node outside NAT");
	else if (here)
		debug_paren(d, "My hash no match -  this node inside NAT");
	else if (there)
		debug_paren(d, "His hash no match - this node outside NAT");
	else
		debug_paren(d, "No NAT Found for self or peer");
}

static void port_floated(struct debug *d)
{
	debug_isakmp(d, "Detected port floating to port = %llu", debug_u(d, "peer_port"));
	debug_isakmp(d, " Trying to find existing peer %s/%s/%llu/", debug_s(d, "local"), debug_s(d, "peer"),
		     debug_u(d, "peer_port"));
}

static void udp_enc(struct debug *d)
{
	debug_isakmp(d, "Setting UDP ENC peer struct 0x%llX sa= 0x%llX", debug_u(d, "peer_handle"), debug_u(d, "sa"));
}

static void peer_inserted(struct debug *d)
{
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: Trying to insert a peer %s/%s/%llu/,  and inserted successfully %llX.",
		   debug_s(d, "local"), debug_s(d, "peer"), debug_u(d, "peer_port"), debug_u(d, "peer_handle"));
}

static void paranoid(struct debug *d)
{
	debug_isakmp(d, "peer does not do paranoid keepalives.");
}

static void sa_delete(struct debug *d)
{
	if (debug_b(d, "paranoid")) {
		paranoid(d);
		debug_more(d, "%s", "");
	}
	/* it comes twice; the second time a blank is at its end */
	debug_isakmp(d, "deleting SA reason \"%s\" state (%s) %s (peer %s)%s", debug_s(d, "reason"),
		     debug_s(d, "role"), state(d), debug_s(d, "peer"), debug_b(d, "paranoid") ? "" : " ");
}

static void peer_unlocked(struct debug *d)
{
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: Unlocking peer struct 0x%llX for isadb_mark_sa_deleted(), count %llu",
		   debug_u(d, "peer_handle"), debug_u(d, "refcount"));
	if (!debug_u(d, "refcount"))
		debug_line(d, DEBUG_ISAKMP, "ISAKMP: Deleting peer node by peer_reap for %s: %llX",
			   debug_s(d, "peer"), debug_u(d, "peer_handle"));
}

static void sa_purged(struct debug *d)
{
	debug_isakmp(d, "purging SA., sa=%llX, delme=%llX", debug_u(d, "sa"), debug_u(d, "sa"));
}

/* --- both phases --- */

static void retransmit(struct debug *d)
{
	bool quick = debug_u(d, "phase") == 2;
	char what[64];

	if (quick)
		snprintf(what, sizeof(what), "phase 2 %s %llu ", state(d), debug_u(d, "msgid"));
	else
		snprintf(what, sizeof(what), "phase 1 %s", state(d));
	debug_isakmp(d, " retransmitting %s...", what);
	/* the last time it is not sent again: what follows is its death */
	if (debug_u(d, "attempt") > debug_u(d, "of"))
		return;
	debug_paren(d, "incrementing error counter on %s, attempt %llu of %llu: retransmit phase %llu",
		    quick ? "node" : "sa", debug_u(d, "attempt"), debug_u(d, "of"), debug_u(d, "phase"));
	debug_isakmp(d, " retransmitting %s", what);
}

static void duplicate(struct debug *d)
{
	unsigned long long phase = debug_u(d, "phase");

	debug_isakmp(d, " phase %llu packet is a duplicate of a previous packet.", phase);
	if (debug_b(d, "resent"))
		debug_isakmp(d, " retransmitting due to retransmit phase %llu", phase);
	else
		debug_isakmp(d, " retransmission skipped for phase %llu (time since last transmission %llu)", phase,
			     debug_u(d, "ms"));
}

static void node_new(struct debug *d)
{
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: set new node %llu to QM_IDLE      ", debug_u(d, "msgid"));
}

static void node_delete(struct debug *d)
{
	debug_isakmp(d, "deleting node %llu error %s reason \"%s\"", debug_u(d, "msgid"),
		     debug_b(d, "error") ? "TRUE" : "FALSE", debug_s(d, "reason"));
}

static void node_purged(struct debug *d)
{
	debug_isakmp(d, "purging node %llu", debug_u(d, "msgid"));
}

static void notify_in(struct debug *d)
{
	if (!debug_b(d, "authenticated")) {
		debug_isakmp(d, "Notify has no hash. Rejected.");
		return;
	}
	debug_isakmp(d, " processing NOTIFY %s protocol %llu", debug_s(d, "name"), debug_u(d, "protocol"));
	debug_more(d, "        spi %llu, message ID = %llu, sa = 0x%llX", debug_u(d, "spi"), debug_u(d, "msgid"),
		   debug_u(d, "sa"));
}

static void notify_out(struct debug *d)
{
	if (!debug_b(d, "authenticated"))
		return;
	debug_isakmp(d, "Sending NOTIFY %s protocol %llu", debug_s(d, "name"), debug_u(d, "protocol"));
	debug_more(d, "        spi %llu, message ID = %llu", debug_u(d, "spi"), debug_u(d, "msgid"));
}

/* For an IKE SA the same line comes with the SA's own deletion. */
static void delete_in(struct debug *d)
{
	if (debug_u(d, "protocol") != 1)
		paranoid(d);
}

static void dpd(struct debug *d)
{
	const char *what = debug_s(d, "what");

	if (!strcmp(what, "enabled"))
		debug_isakmp(d, "IKE_DPD is enabled, initializing timers");
	else if (!strcmp(what, "missed"))
		debug_isakmp(d, "incrementing error counter on sa: PEERS_ALIVE_TIMER");
	else
		debug_isakmp(d, "peer %s not responding!", debug_s(d, "peer"));
}

static void dpd_in(struct debug *d)
{
	const char *name = debug_s(d, "name");

	debug_isakmp(d, " %s%s received from peer %s, sequence 0x%llX", strncmp(name, "DPD/", 4) ? "DPD/" : "", name,
		     debug_s(d, "peer"), debug_u(d, "sequence"));
}

/* --- phase 2 --- */

static void spi(struct debug *d)
{
	debug_isakmp(d, "QM %s gets spi", debug_b(d, "initiator") ? "Initiator" : "Responder");
}

static void proposal(struct debug *d)
{
	const char *name = debug_s(d, "name");

	if (debug_b(d, "first"))
		debug_isakmp(d, "Checking IPSec proposal %llu", debug_u(d, "number"));
	debug_line(d, DEBUG_ISAKMP, "ISAKMP: transform %llu, %s%s", debug_u(d, "transform"), name,
		   strcmp(name, "ESP_AES") ? "" : " ");
	plain(d, "  attributes in transform:");
	attributes(d);
	debug_isakmp(d, "atts are acceptable.");
}

static void phase2_refused(struct debug *d)
{
	debug_isakmp(d, " phase 2 SA policy not acceptable! (local %s remote %s)", debug_s(d, "local"),
		     debug_s(d, "peer"));
}

static void spi_deleted(struct debug *d)
{
	debug_isakmp(d, "deleting spi %llu message ID = %llu", debug_u(d, "spi"), debug_u(d, "msgid"));
}

static void delete_ignored(struct debug *d)
{
	debug_line(d, DEBUG_ISAKMP,
		   "ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src %s dst %s for SPI 0x%llX",
		   debug_s(d, "local"), debug_s(d, "peer"), debug_u(d, "spi"));
}

/* A router says nothing of what it drops; what a bound of ours refuses is not left unsaid. */
static void packet_dropped(struct debug *d)
{
	if (!strcmp(debug_s(d, "reason"), "limit"))
		debug_isakmp(d, "request of %s refused: %s", debug_s(d, "peer"), debug_s(d, "detail"));
}

const struct debug_type debug_isakmp_types[] = {
	{ "request-attached", request_attached },
	{ "request-failed", request_failed },
	{ "sa-created", sa_created },
	{ "psk", psk },
	{ "vendor-out", vendor_out },
	{ "state", state_change },
	{ "begin", begin },
	{ "packet-out", packet_out },
	{ "packet-in", packet_in },
	{ "packet-dropped", packet_dropped },
	{ "payload", payload },
	{ "vendor-in", vendor_in },
	{ "policy-check", policy_check },
	{ "lifetime", lifetime },
	{ "no-policy", no_policy },
	{ "id", id },
	{ "identity-refused", identity_refused },
	{ "initial-contact", initial_contact },
	{ "auth", auth },
	{ "nat-d", nat_d },
	{ "port-floated", port_floated },
	{ "udp-enc", udp_enc },
	{ "peer-inserted", peer_inserted },
	{ "sa-delete", sa_delete },
	{ "peer-unlocked", peer_unlocked },
	{ "sa-purged", sa_purged },
	{ "retransmit", retransmit },
	{ "duplicate", duplicate },
	{ "node-new", node_new },
	{ "node-delete", node_delete },
	{ "node-purged", node_purged },
	{ "notify-in", notify_in },
	{ "notify-out", notify_out },
	{ "delete-in", delete_in },
	{ "dpd", dpd },
	{ "dpd-in", dpd_in },
	{ "spi", spi },
	{ "proposal", proposal },
	{ "phase2-refused", phase2_refused },
	{ "spi-deleted", spi_deleted },
	{ "delete-ignored", delete_ignored },
	{ NULL, NULL }
};
