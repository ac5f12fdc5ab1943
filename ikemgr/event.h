/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The typed event stream: everything the daemon has to say.
 *
 * Enters: one struct event per fact, from the step functions. Leaves: one JSON
 * object per event to every subscriber (control.c), the router's %CRYPTO lines
 * to syslog, and a record of the last negotiation of every peer.
 *
 * JSON of every event:
 *   {"type":"policy-check", "time":1732170000.123,
 *    "local":"192.0.2.1", "local_port":500, "peer":"192.0.2.2", "peer_port":500,
 *    "conn_id":1001, "role":"I", "state":"MM_NO_STATE", "sa":5, "peer_handle":2,
 *    "msgid":1371333358, "lines":["/etc/ikemgr/ikemgr.conf:12"], <fields of the type>}
 * "peer"/"local" are absent where no peer is concerned. conn_id is 0 until the
 * keys exist. role is "I", "R", or "N" (no SA yet). state is the table word of
 * IOS, without its trailing blanks ("QM_IDLE", "NEW SA" for the first
 * packet of an unknown SA). msgid is the node (0: phase 1). "sa" and
 * "peer_handle" are small numbers that stand where a router prints pointers.
 * The type is the enum's name in lower case with '-' ("EV_POLICY_CHECK" ->
 * "policy-check"); field names are the struct members' names. Booleans are JSON
 * booleans, spis are numbers, byte strings are lower-case hex, lists are arrays.
 *
 * Order: events come in the order of the router's lines (IOS), so a
 * view renders each event by itself. Below, A is the initiator, N conn_id.
 * "I:" and "R:" mark lines that only that role prints.
 */
#ifndef IKEMGR_EVENT_H
#define IKEMGR_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

enum event_type {
	EV_NONE,

	/* --- what the key engine (map, flow) asks: debug crypto ipsec --- */

	/* IPSEC(sa_request): , + block; one event per transform set of the entry, "request" fields */
	EV_SA_REQUEST,
	/* IPSEC(key_engine): request timer fired: count = COUNT,  + (identity) block; "request" fields */
	EV_REQUEST_TIMER,
	/* ISAKMP: set new node 0 to QM_IDLE
	 * why "idle":    ISAKMP:(N):SA has outstanding requests  (local A port 500, remote B port 500)
	 *                ISAKMP:(N): sitting IDLE. Starting QM immediately (QM_IDLE      )
	 * why "budding": ISAKMP:(N):SA is still budding. Attached new ipsec request to it. (local A, remote B)
	 *                (no error follows: the request waits for the SA)
	 */
	EV_REQUEST_ATTACHED,
	/* why "no-key": ISAKMP:(0): No Cert or pre-shared address key. / ISAKMP:(0): construct_initial_message: Can not start Main mode
	 *               (after EV_PSK found=false); then for every why:
	 * ISAKMP: Error while processing SA request: Failed to initialize SA
	 * ISAKMP: Error while processing KMI message 0, error 2.
	 */
	EV_REQUEST_FAILED,
	/* no router line: soft lifetime reached, a new pair is being made (reason seconds|bytes|sequence), or
	 * skipped=true and why not ("idle", "newer pair", "peer is rekeying"). IPSEC(lifetime_expiry) of 3.14
	 */
	EV_REKEY,

	/* --- phase 1 --- */

	/* I: ISAKMP:(0): SA request profile is (NULL) | PROFILE
	 * both: Created a peer struct for PEER, peer port 500 / New peer created peer = 0xPEER_HANDLE peer_handle = 0x8000....
	 *   (only if new_peer; else: ISAKMP: Found a peer struct for PEER, peer port 500)
	 * both: Locking peer struct 0x.., refcount REFCOUNT for isakmp_initiator | crypto_isakmp_process_block
	 * both: ISAKMP: local port 500, remote port 500
	 * I: ISAKMP: set new node 0 to QM_IDLE
	 * both: ISAKMP:(0):insert sa successfully sa = SA
	 * I, unless aggressive: ISAKMP:(0):Can not start Aggressive mode, trying Main mode.
	 */
	EV_SA_CREATED,
	/* found: found peer pre-shared key matching PEER (HOST), of a keyring: Found ADDRESS (HOST) key in keyring KEYRING
	 * !found: No pre-shared key with PEER!
	 * with context "policy" and found also:
	 *  local preshared key found / ISAKMP : Scanning profiles for xauth ... PROFILES
	 * context: "start" (I before MM1), "policy" (SA payload), "keys" (after NONCE)
	 */
	EV_PSK,
	/* constructed NAT-T vendor-NAME ID, only for NAT-T ids (name "rfc3947","07","03","02");
	 * other names ("DPD") print nothing
	 */
	EV_VENDOR_OUT,
	/* ISAKMP:(N):Input = INPUT / Old State = OLD  New State = NEW + blank + empty line (phase 1);
	 * node: ISAKMP:(N):Node MSGID, Input = INPUT / Old State = OLD  New State = NEW (phase 2)
	 */
	EV_STATE,
	/* I: " beginning Main Mode exchange" | Aggressive | "beginning Quick Mode exchange, M-ID of MSGID" by mode "main"|"aggressive"|"quick" */
	EV_BEGIN,
	/* sending packet to PEER my_port 500 peer_port 500 (ROLE) STATE / Sending an IKE IPv4 Packet. */
	EV_PACKET_OUT,
	/* received packet from PEER dport 500 sport 500 Global (ROLE) STATE */
	EV_PACKET_IN,
	/* no debug line of its own: a piece of a message, FRAGMENT LENGTH bytes long (IKE fragmentation); a whole message is EV_PACKET_IN, EV_PACKET_OUT */
	EV_FRAGMENT_IN,
	EV_FRAGMENT_OUT,
	/* no debug line of its own; the datagram was refused and nothing changed. reason: see enum event_drop */
	EV_PACKET_DROPPED,
	/* processing PAYLOAD payload. message ID = MSGID; payload "SA","KE","NONCE","ID","HASH","DELETE" */
	EV_PAYLOAD,
	/* " processing vendor id payload", then by kind:
	 * "nat-t": " vendor ID seems Unity/DPD but major MAJOR mismatch" / "ISAKMP (N): vendor ID is NAME" (NAME "NAT-T RFC 3947", "NAT-T v7"..)
	 * "dpd": " vendor ID is DPD", "unity": " vendor ID is Unity", "xauth": major mismatch + " vendor ID is XAUTH",
	 * "ios": " speaking to another IOS box!"
	 * "fragmentation": " processing IKE frag vendor id payload", "fragmentation-disabled": that, and
	 *          "Support for IKE Fragmentation not enabled"
	 * "known"/"unknown": " vendor ID seems Unity/DPD but major MAJOR mismatch" if 16 bytes;
	 *          name says whose it is where known
	 */
	EV_VENDOR_IN,
	/* One comparison of an offered transform with an own policy: Checking ISAKMP transform TRANSFORM against priority PRIORITY policy,
	 * the attributes in packet order, [REASON line], atts are [not ]acceptable. Next payload is NEXT_PAYLOAD
	 */
	EV_POLICY_CHECK,
	/* Acceptable atts:actual life: ACTUAL_LIFE ... Returning Actual lifetime: RETURNED, :Started lifetime timer: RETURNED.
	 * vpi: "Fill atts in sa vpi_length:4" + "Fill atts in sa life_in_seconds:OFFERED" | else "Basic life_in_seconds:OFFERED"
	 */
	EV_LIFETIME,
	/* R: no offers accepted! / phase 1 SA policy not acceptable! (local B remote A) */
	EV_NO_POLICY,
	/* I: syslog %CRYPTO-6-IKMP_SA_NOT_OFFERED ...attribute ATTRIBUTE (EV_SYSLOG follows) */
	EV_NOT_OFFERED,
	/* own=true: SA is doing pre-shared key authentication using id type ID_IPV4_ADDR, block, Total payload length: LENGTH
	 * own=false: block, then ISAKMP:(0):: peer matches *none* of the profiles | matches PROFILE profile
	 */
	EV_ID,
	/* why "keyring": ISAKMP:(N):Key not found in keyrings of profile PROFILE, aborting exchange
	 * both: ISAKMP (N): FSM action returned error: 2; EV_SYSLOG IKMP_MODE_FAILURE follows
	 */
	EV_IDENTITY_REFUSED,
	/* own=true: Send initial contact
	 * own=false: SA authentication status: authenticated / Process initial contact,... (deleted: how many SAs went)
	 */
	EV_INITIAL_CONTACT,
	/* ISAKMP (N): received payload type TYPE, then, for the first (mine: the hash of our address):
	 *  here: "My hash no match -  this node inside NAT" | "His hash no match - this node outside NAT"
	 * for the others: here: "My hash no match -  this node inside NAT"; there: "His hash no match - this node outside NAT";
	 *  neither: "No NAT Found for self or peer"
	 */
	EV_NAT_D,
	/* ISAKMP:(N):Detected port floating to port = PEER_PORT / Trying to find existing peer LOCAL/PEER/PEER_PORT/ */
	EV_PORT_FLOATED,
	/* I: ISAKMP:(N):Setting UDP ENC peer struct 0xPEER_HANDLE sa= 0xSA */
	EV_UDP_ENC,
	/* ok: SA authentication status:\n\tauthenticated / SA has been authenticated with PEER
	 * !ok: EV_SYSLOG IKMP_AUTH_FAIL follows
	 */
	EV_AUTH,
	/* ISAKMP: Trying to insert a peer LOCAL/PEER/500/,  and inserted successfully PEER_HANDLE. */
	EV_PEER_INSERTED,
	/* deleting SA reason "REASON" state (ROLE) STATE (peer PEER), preceded by
	 * "peer does not do paranoid keepalives." + empty line where paranoid (death by retransmission, delete received)
	 */
	EV_SA_DELETE,
	/* ISAKMP: Unlocking peer struct 0x.. for isadb_mark_sa_deleted(), count REFCOUNT; refcount 0: Deleting peer node by peer_reap for PEER: .. */
	EV_PEER_UNLOCKED,
	/* ISAKMP:(N):purging SA., sa=SA, delme=SA */
	EV_SA_PURGED,

	/* --- both phases --- */

	/* " retransmitting phase PHASE STATE..." (phase 2: "... STATE MSGID ...") /
	 * incrementing error counter on sa|node, attempt ATTEMPT of OF: retransmit phase PHASE / " retransmitting phase PHASE STATE"
	 * (an EV_PACKET_OUT follows)
	 */
	EV_RETRANSMIT,
	/* " phase PHASE packet is a duplicate of a previous packet." / " retransmitting due to retransmit phase PHASE"
	 * resent=false: "retransmission skipped for phase 1 (time since last transmission MS)"
	 */
	EV_DUPLICATE,
	/* reserved not zero on PAYLOAD payload! (payload "ID" for a wrong PSK) + EV_SYSLOG IKMP_BAD_MESSAGE +
	 * incrementing error counter on sa, attempt ATTEMPT of OF: reset_retransmission
	 * reason: in words what the decoder refused
	 */
	EV_MALFORMED,
	/* ISAKMP: set new node MSGID to QM_IDLE */
	EV_NODE_NEW,
	/* ISAKMP:(N):deleting node MSGID error ERROR reason "REASON" */
	EV_NODE_DELETE,
	/* ISAKMP:(N):purging node MSGID */
	EV_NODE_PURGED,
	/* processing NOTIFY NAME protocol PROTOCOL\n\tspi SPI, message ID = MSGID, sa = 0xSA (authenticated)
	 * !authenticated: "Notify has no hash. Rejected." (it explains, it is never acted on)
	 * name "INITIAL_CONTACT","PROPOSAL_NOT_CHOSEN","DPD/R_U_THERE",...
	 */
	EV_NOTIFY_IN,
	/* Sending NOTIFY NAME protocol PROTOCOL\n\tspi SPI, message ID = MSGID (clear: nothing printed on 15.x) */
	EV_NOTIFY_OUT,
	/* after EV_PAYLOAD DELETE: peer does not do paranoid keepalives.; protocol 1 (IKE) or 3 (ESP), spis */
	EV_DELETE_IN,
	/* no line of its own (a delete was sent for SPIs of PROTOCOL) */
	EV_DELETE_OUT,
	/* what "enabled": ISAKMP:(N):IKE_DPD is enabled, initializing timers; "missed": incrementing error counter on sa: PEERS_ALIVE_TIMER;
	 * "dead": peer PEER not responding!
	 */
	EV_DPD,
	/* received: DPD/NAME received from peer PEER, sequence 0xSEQUENCE */
	EV_DPD_IN,

	/* --- phase 2 --- */

	/* QM Initiator gets spi | QM Responder gets spi (by role of the node: initiator) */
	EV_SPI,
	/* Checking IPSec proposal NUMBER / ISAKMP: transform TRANSFORM, NAME / attributes / atts are acceptable.
	 * first=false: no "Checking IPSec proposal" line (a further transform of the same proposal)
	 */
	EV_PROPOSAL,
	/* IPSEC(validate_proposal_request): proposal part #1 (twice) and block with INBOUND local= LOCAL:0, remote= PEER:0; "request" fields */
	EV_VALIDATE,
	/* Crypto mapdb : proxy_match block (src = our proxy); !matched: map_db_find_best did not find matching map, before it
	 * other_profile: map_db_check_isakmp_profile profile did not match;
	 * protocol printed 0 here, or 256 when installed (second block on the responder)
	 */
	EV_PROXY_MATCH,
	/* IPSEC(ipsec_process_proposal): REASON (reason "transform": transform proposal not supported for identity: \n    {OFFERED } ;
	 * "proxy", "profile": proxy identities not supported; "peer": peer address PEER not found; "local": invalid local address LOCAL;
	 * "pfs": invalid transform proposal flags -- 0x4)  / IPSec policy invalidated proposal with error ERROR
	 */
	EV_PROPOSAL_REFUSED,
	/* R: phase 2 SA policy not acceptable! (local B remote A) */
	EV_PHASE2_REFUSED,
	/* I: deleting spi SPI message ID = MSGID (our larval SA dies, PROPOSAL_NOT_CHOSEN received) */
	EV_SPI_DELETED,
	/* IPSEC(key_engine): got a queue event with 1 KMI message(s) */
	EV_KEY_ENGINE,
	/* IPSEC(crypto_ipsec_create_ipsec_sas): Map found MAP, SEQ / IPSEC(crypto_ipsec_sa_find_ident_head): reconnecting with the same proxies and peer PEER */
	EV_MAP_FOUND,
	/* IPSEC(create_sa): sa created, + block */
	EV_CHILD_CREATED,
	/* IPSEC(update_current_outbound_sa): get enable SA peer .. / updated peer PEER current outbound sa to SPI %08X */
	EV_OUTBOUND_CURRENT,
	/* IPSEC(key_engine_enable_outbound): rec'd enable notify from ISAKMP / : enable SA with spi SPI/50 */
	EV_OUTBOUND_ENABLED,
	/* IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP / delete SA with spi 0x%X proto 50 for PEER */
	EV_CHILD_DELETE_IN,
	/* IPSEC(rte_mgr): VPN Route Added NET MASK via VIA in IP DEFAULT TABLE with tag TAG distance DISTANCE
	 * or: IPSEC(rte_mgr): VPN Route Removed NET MASK via VIA in IP DEFAULT TABLE
	 */
	EV_ROUTE,
	/* IPSEC(delete_sa): deleting SA, + block; reason: "peer", "rekeyed", "lifetime", "clear", "shutdown", "reload", "initial-contact", "kernel" */
	EV_CHILD_DELETED,
	/* ISAKMP: ignoring request to send delete notify (no ISAKMP sa) src LOCAL dst PEER for SPI 0xSPI */
	EV_DELETE_IGNORED,

	/* --- the daemon --- */

	/* a router's %CRYPTO line; always also goes to syslog. text is the whole line from '%' on */
	EV_SYSLOG,
	/* configuration and kernel: what was loaded, refused, bound; level "info"|"warning"|"error" */
	EV_DAEMON,

	EV_MAX
};

/** enum event_drop - why a datagram was dropped without any effect (EV_PACKET_DROPPED.reason, by name) */
enum event_drop {
	DROP_SHORT,		/* "short": less than an ISAKMP header */
	DROP_MALFORMED,		/* "malformed": parse.c refused it; detail says what and where */
	DROP_VERSION,		/* "version": not ISAKMP 1.x */
	DROP_UNKNOWN_COOKIES,	/* "unknown-cookies": no such SA, and not an initialisation offer */
	DROP_ZERO_COOKIE,	/* "zero-cookie": initiator cookie is 0 */
	DROP_WRONG_PEER,	/* "wrong-peer": cookies of an SA with another address */
	DROP_NOT_ENCRYPTED,	/* "not-encrypted": clear where encryption is due */
	DROP_ENCRYPTED,		/* "encrypted": encrypted before keys exist */
	DROP_UNSUPPORTED,	/* "unsupported": exchange type not served (transaction..), or not allowed (aggressive) */
	DROP_UNEXPECTED,	/* "unexpected": not the message the state waits for */
	DROP_MISSING_PAYLOAD,	/* "missing-payload": a required payload is absent; detail names it */
	DROP_EXTRA_PAYLOAD,	/* "extra-payload": a payload that this message may not hold, or twice */
	DROP_BAD_HASH,		/* "bad-hash": HASH does not verify: not from the peer, or keys differ */
	DROP_BAD_VALUE,		/* "bad-value": a payload's content is impossible; detail says which */
	DROP_REPLAY,		/* "replay": message id used before, or an old message of the exchange */
	DROP_FRAGMENT,		/* "fragment": a piece of a message that cannot be used; detail says why */
	DROP_BUSY,		/* "busy": Diffie-Hellman of this exchange is still being computed */
	DROP_LIMIT,		/* "limit": a bound is reached (admission.h); detail says which */
	DROP_NO_CONFIG,		/* "no-config": we serve no such peer at that local address */
	DROP_NOT_AUTHENTICATED,	/* "not-authenticated": quick mode or informational before phase 1 is complete */
	DROP_REASON_MAX
};

#define EVENT_ADDR	46	/* text of an address */
#define EVENT_LINES	8	/* configuration lines of one event */
#define EVENT_ATTRS	12	/* attributes of one transform */
#define EVENT_SPIS	16
#define EVENT_PAYLOADS	24

/** struct event_proxy - one side of a proxy identity, as routers print it: addr/mask/protocol/port */
struct event_proxy {
	char addr[EVENT_ADDR];
	char mask[EVENT_ADDR];		/* "255.255.255.0" */
	unsigned int prefix;
	unsigned int protocol;		/* 0: any (views print 256 or 0) */
	unsigned int port;		/* 0: any */
};

/** struct event_attr - one attribute of a transform, in packet order */
struct event_attr {
	uint16_t type;		/* number on the wire, phase-1 or phase-2 attribute class */
	bool basic;		/* TV (true) or TLV (false: "VPI") */
	uint64_t value;		/* of TV, and of TLV up to 8 bytes */
	uint8_t raw[8];		/* TLV bytes for "0x0 0x1 0x51 0x80" */
	unsigned int raw_length;
	/* JSON: {"type":1,"name":"encryption","value":7,"text":"AES-CBC","basic":true,"raw":"00015180"};
	 * name/text: the router's words: phase 1 "encryption" "AES-CBC"; "keylength" 256; "hash" "SHA"; "default group" 14;
	 * "auth" "pre-share"; "life type" "seconds"; "life duration". phase 2: "encaps" 1 "Tunnel"; "SA life type" "seconds";
	 * "SA life duration"; "authenticator" "HMAC-SHA"; "key length" 128; "group" 2. Unknown: name "attribute TYPE".
	 */
	const char *name;
	const char *text;	/* NULL: number only */
};

/** struct event_line - a line of the configuration that decided something */
struct event_line {
	const char *file;	/* valid during event_emit() only */
	unsigned int line;
};

/**
 * struct event - one fact. Members of the union are valid by type; strings are
 * copied by subscribers during event_emit(), so they may point to the stack.
 */
struct event {
	enum event_type type;

	/* whose: filled by sa_event()/exchange_event() */
	char local[EVENT_ADDR];
	char peer[EVENT_ADDR];		/* "": no peer concerned */
	uint16_t local_port, peer_port;
	uint32_t conn_id;
	char role;			/* 'I', 'R', 'N' */
	const char *state;		/* "MM_NO_STATE"; NULL: none */
	uint32_t msgid;
	uint32_t sa;			/* stands for the router's pointer */
	uint32_t peer_handle;

	struct event_line lines[EVENT_LINES];
	unsigned int line_count;

	union {
		struct {	/* EV_SA_REQUEST, EV_REQUEST_TIMER, EV_VALIDATE */
			const char *map;
			uint32_t seq;
			struct event_proxy local_proxy, remote_proxy;
			const char *protocol;	/* "ESP" */
			const char *transform;	/* "esp-aes esp-sha-hmac"; VALIDATE: "NONE" is printed, this is the offer */
			const char *mode;	/* "Tunnel", "Transport" */
			uint32_t life_seconds;
			uint64_t life_kilobytes;
			unsigned int keysize;	/* bits, AES only, else 0 */
			unsigned int count;	/* REQUEST_TIMER */
		} request;
		struct { const char *why; } request_attached;
		struct { const char *why; } request_failed;	/* "no-key", "no-policy", "no-transform", "no-address", "no-peer" */
		struct {
			const char *map;
			uint32_t seq;
			uint32_t spi;
			const char *reason;
			bool skipped;
			const char *why;	/* NULL unless skipped */
		} rekey;
		struct { bool new_peer; unsigned int refcount; const char *profile; bool aggressive; } sa_created;
		struct {
			bool found;
			const char *context;
			const char *keyring;	/* NULL: the default one */
			const char *host;	/* it is for that name; NULL: for addresses */
			const char *profiles;	/* "NAME NAME ", NULL: none is configured */
		} psk;
		struct { const char *name; } vendor_out;
		struct {
			bool node;		/* phase 2 */
			const char *input;	/* "IKE_MESG_FROM_PEER, IKE_MM_EXCH" */
			const char *old_state, *new_state;	/* "IKE_I_MM1" */
			bool illegal;		/* refused by the state setter: old stays */
		} state_change;			/* JSON: input, old, new, node, illegal */
		struct { const char *mode; } begin;
		struct {	/* EV_PACKET_OUT, EV_PACKET_IN */
			const char *exchange;	/* "main","quick","informational",... */
			unsigned int length;
			bool encrypted;
			bool retransmit;	/* OUT only */
			const char *payloads[EVENT_PAYLOADS];	/* "SA","VID",...; empty while encrypted */
			unsigned int payload_count;
		} packet;
		struct {
			enum event_drop reason;
			const char *detail;	/* free text, may be NULL */
			unsigned int length;
		} packet_dropped;
		struct { const char *payload; } payload;
		struct {
			const char *kind;
			const char *name;	/* NULL: not known */
			const uint8_t *data;
			size_t length;
			unsigned int major;	/* byte 14; 0 if shorter */
		} vendor_in;
		struct {
			unsigned int transform;
			unsigned int priority;
			struct event_attr attrs[EVENT_ATTRS];
			unsigned int attr_count;
			bool acceptable;
			const char *reason;	/* the router's reason line; NULL when acceptable */
			unsigned int next_payload;	/* 0 or 3 */
		} policy_check;
		struct {
			uint32_t actual_life;	/* IOS "Acceptable atts:actual life" */
			uint32_t offered;
			uint32_t returned;
			bool vpi;
		} lifetime;
		struct { const char *text; } no_policy;		/* the closest miss in words */
		struct { const char *attribute; } not_offered;
		struct {
			bool own;
			unsigned int next_payload;
			unsigned int id_type;	/* JSON "id_type" */
			const char *id_name;	/* "ID_IPV4_ADDR" */
			const char *address;	/* or the text of other id types */
			unsigned int protocol;
			unsigned int port;
			unsigned int length;	/* 12 for IPv4 */
			const char *profile;	/* not own: the ISAKMP profile that it fits; NULL: none */
		} id;
		struct {
			const char *why;	/* "profile": the one that our side names is not its; "keyring": not its key */
			const char *profile;
			const char *id_name, *identity;
		} identity_refused;
		struct { bool own; unsigned int deleted; } initial_contact;
		struct { unsigned int type; bool mine, here, there; } nat_d;
		struct { bool ok; const char *method; } auth;
		struct { const char *reason; bool paranoid; } sa_delete;
		struct { unsigned int refcount; } peer_unlocked;
		struct { unsigned int phase, attempt, of; } retransmit;
		struct { unsigned int phase; bool resent; unsigned int ms; } duplicate;
		struct {
			const char *payload;
			const char *reason;
			unsigned int attempt, of;	/* attempt 0: no counter line */
		} malformed;
		struct { bool error; const char *reason; } node_delete;
		struct {	/* EV_NOTIFY_IN, EV_NOTIFY_OUT */
			unsigned int number;
			const char *name;
			unsigned int protocol;
			uint32_t spi;
			bool authenticated;	/* IN: had a good HASH or was inside main mode's encryption; OUT: sent encrypted */
			const uint8_t *data;
			size_t length;
		} notify;
		struct {	/* EV_DELETE_IN, EV_DELETE_OUT */
			unsigned int protocol;
			uint32_t spis[EVENT_SPIS];
			unsigned int spi_count;
		} del;
		struct { unsigned int id, number; bool last; unsigned int length; } fragment;
		struct { const char *name; uint32_t sequence; } dpd;
		struct { const char *what; } dpd_timer;
		struct { uint32_t spi; bool initiator; } spi;	/* EV_SPI, EV_SPI_DELETED, EV_OUTBOUND_*, EV_CHILD_DELETE_IN, EV_DELETE_IGNORED */
		struct {
			unsigned int number;
			unsigned int transform;
			const char *name;	/* "ESP_AES" */
			struct event_attr attrs[EVENT_ATTRS];
			unsigned int attr_count;
			bool first;
		} proposal;
		struct {
			struct event_proxy local_proxy, remote_proxy;
			bool matched;
			bool installed;		/* second block: protocol 256 */
			bool other_profile;	/* the entry is for another ISAKMP profile's peers */
		} proxy_match;
		struct {
			const char *reason;
			unsigned int error;	/* 8, 32, 64, 256, 1024 */
			const char *offered;	/* "esp-aes esp-md5-hmac" */
			const char *text;	/* the reason in words, may be NULL */
		} proposal_refused;
		struct { const char *map; uint32_t seq; } map_found;
		struct {	/* EV_CHILD_CREATED, EV_CHILD_DELETED */
			bool inbound;
			char dest[EVENT_ADDR];
			uint32_t spi;
			const char *transform;	/* "esp-aes esp-sha-hmac" */
			uint32_t sa_conn_id;
			uint64_t life_kilobytes;
			uint32_t life_seconds;
			const char *map;
			uint32_t seq;
			struct event_proxy local_proxy, remote_proxy;
			const char *reason;	/* DELETED only */
		} child;
		struct {
			bool added;
			const char *net, *mask, *via;
			uint32_t tag;
			unsigned int distance;
		} route;
		struct { const char *text; } syslog;
		struct { const char *level; const char *text; } daemon;
	};
};

struct event_hub;

/** event_type_name() - "policy-check" for EV_POLICY_CHECK; NULL for unknown numbers. */
const char *event_type_name(enum event_type type);

/** event_drop_name() - "unknown-cookies" for DROP_UNKNOWN_COOKIES. */
const char *event_drop_name(enum event_drop reason);

/** event_hub_new() - one hub per daemon; NULL without memory. */
struct event_hub *event_hub_new(void);
void event_hub_free(struct event_hub *hub);

/** event_hub_syslog() - @to_syslog: send %CRYPTO and daemon lines to syslog(3); @to_stderr: write them there. */
void event_hub_syslog(struct event_hub *hub, bool to_syslog, bool to_stderr);

/**
 * typedef event_fn - called for every event, in order.
 * @json is owned by the hub: take a reference (json_incref) to keep it.
 */
typedef void (*event_fn)(void *arg, const struct event *ev, json_t *json);

/** event_subscribe() - returns a handle for event_unsubscribe(), NULL without memory. May be called from an event_fn. */
struct event_subscription *event_subscribe(struct event_hub *hub, event_fn fn, void *arg);
void event_unsubscribe(struct event_hub *hub, struct event_subscription *sub);

/** event_emit() - stamp with the time of day, hand to subscribers, syslog and the recorder. */
void event_emit(struct event_hub *hub, struct event *ev);

/** event_to_json() - the object described at the top of this file, a new reference; NULL without memory. */
json_t *event_to_json(const struct event *ev, double time);

/**
 * event_record() - the last negotiation of @peer (text of the address): a JSON
 * array of its last events, oldest first, a new reference; NULL: none known.
 * The record of a peer starts anew when a new IKE SA with it is created.
 */
json_t *event_record(const struct event_hub *hub, const char *peer);

/** event_syslog() - emit one EV_SYSLOG; @text from '%' on, printf style. @severity is taken from the mnemonic's digit. */
__attribute__((format(printf, 2, 3)))
void event_syslog(struct event_hub *hub, const char *fmt, ...);

/** event_daemon() - emit one EV_DAEMON; @level "info", "warning" or "error". */
__attribute__((format(printf, 3, 4)))
void event_daemon(struct event_hub *hub, const char *level, const char *fmt, ...);

#endif
