/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The generic-netlink family "cryptomap": crypto maps, their bindings to
 * interfaces, and the security associations they use.
 *
 * This header is the family's manual. Each command lists its attributes as a
 * tree; [x] is optional, (x)* may repeat, | separates alternatives. Every
 * request needs CAP_NET_ADMIN in the user namespace that owns the network
 * namespace of the socket, and acts on that namespace alone. Every refusal
 * carries an extended ACK with a text and, where one attribute is at fault,
 * its offset.
 *
 * Validation is strict: an unknown attribute, one of the wrong length, one
 * that the command does not list, and an attribute given twice are refused
 * with EINVAL or ERANGE (below). Addresses are 4 bytes (IPv4) or 16 bytes
 * (IPv6) in network byte order; the length tells the family. One family have:
 * all peers of an entry and its LOCAL_ADDR; the two sides of a rule or of an
 * SA's proxy identities; SRC and DST. Rules of an entry may be of both, and in
 * tunnel mode what is inside an SA may be of the other family. SPIs are __be32,
 * ports and all other integers are in host byte order.
 *
 * A dump of entries or SAs tells each that was there all the time once; what
 * comes or goes meanwhile is told or not. An entry that is replaced while its
 * rules are told begins anew, with RULE_INDEX 0.
 *
 * Errors common to all commands:
 *   EPERM    caller lacks CAP_NET_ADMIN
 *   EINVAL   missing, malformed, unknown, repeated or contradictory attribute
 *   ERANGE   a number outside of its range, or an attribute that is too long
 *   ENOMEM   out of memory
 *   ENOSPC	as many entries, rules or SAs as the namespace may have
 *   EOPNOTSUPP	no such command, or not as asked (a dump, or not a dump)
 */
#ifndef _UAPI_LINUX_CRYPTOMAP_H
#define _UAPI_LINUX_CRYPTOMAP_H

#include <linux/types.h>

#define CMAP_GENL_NAME		"cryptomap"
#define CMAP_GENL_VERSION	1
#define CMAP_MCGRP_EVENTS	"events"	/* see "Events" below */
#define CMAP_MCGRP_DROPS	"drops"		/* EV_DROPPED alone */

#define CMAP_LINK_KIND		"cryptomap"	/* rtnetlink: a tunnel; LINK_SET gives it a map */
#define CMAP_NAME_MAX		63	/* longest crypto map name, bytes */
#define CMAP_SEQ_MIN		1
#define CMAP_SEQ_MAX		131071	/* a configuration's end at 65535; above are made ones */
#define CMAP_PEERS_MAX		16	/* "set peer" lines of one entry */
#define CMAP_RULES_MAX		512	/* ACL lines of one entry */
#define CMAP_ENTRIES_DEFAULT	16384	/* most entries of a namespace: module parameter max_entries */
#define CMAP_NET_RULES_DEFAULT	65536	/* most ACL lines of a namespace: max_rules */
#define CMAP_SAS_DEFAULT	65536	/* most SAs and SPI reservations of a namespace: max_sas;
					 * an SA takes about 5 KiB, an entry 1.2
					 */
#define CMAP_ACQUIRES_MAX	256	/* EV_ACQUIRE in a second, of a namespace */
#define CMAP_KEY_MAX		64	/* bytes, cipher or authentication key */
#define CMAP_SPI_MIN		256	/* RFC 4303 2.1: 1-255 are reserved */
#define CMAP_REPLAY_MIN		64
#define CMAP_REPLAY_MAX		4096
#define CMAP_PARALLEL_MAX	1024	/* packets of an SA with SA_F_PARALLEL under way */
#define CMAP_HOLD_DEFAULT	64	/* packets that wait for an SA, per rule */
#define CMAP_HOLD_MAX		1024
#define CMAP_TCP_MSS_MIN	68
#define CMAP_TCP_MSS_PATH	65535	/* what fits into the path of the packet's SA */

/**
 * enum cmap_cmd - what a request asks for, or what a message tells
 *
 * @CMAP_CMD_ENTRY_SET: create one entry of a map, and the map with its first
 *	entry; with NLM_F_REPLACE an existing entry is replaced as a whole, in
 *	one step: no packet sees a state between. SAs of the old entry whose
 *	proxy identities fit a permit rule of the new one are kept, the others
 *	are deleted.
 *	  MAP_NAME SEQ (PEER)* [LOCAL_ADDR] [RULES{(RULE)*}] [HOLD] [ENTRY_FLAGS]
 *	An entry without rules protects nothing yet.
 *	EEXIST	the entry exists and NLM_F_REPLACE was not given
 *	ENOENT	NLM_F_REPLACE without NLM_F_CREATE and no such entry
 * @CMAP_CMD_ENTRY_DEL: delete an entry and its SAs; the map goes with its
 *	last entry unless it is bound (then it stays, empty, and protects
 *	nothing).
 *	  MAP_NAME SEQ
 *	ENOENT	no such map or entry
 * @CMAP_CMD_ENTRY_GET: dump the entries of all maps or one, in order.
 *	  [MAP_NAME]
 *	reply, one or more per entry (a long access list goes on in the next):
 *	  MAP_NAME SEQ (PEER)* [LOCAL_ADDR] HOLD ENTRY_FLAGS RULE_INDEX
 *	  RULES{(RULE)*}
 *	RULE_INDEX: place of the message's first rule. A map without entries
 *	is MAP_NAME alone.
 * @CMAP_CMD_MAP_DEL: delete a map, its entries and their SAs.
 *	  MAP_NAME
 *	ENOENT	no such map
 *	EBUSY	it is bound to an interface; the text names it
 * @CMAP_CMD_LINK_SET: bind a map to an interface; replaces the binding that
 *	is there.
 *	  IFINDEX MAP_NAME [TCP_MSS] [TCP_MSS6]
 *	ENODEV	no such interface
 *	ENOENT	no such map
 *	EBUSY	a map with a tunnel device (link kind "cryptomap") is bound to
 *		that alone
 * @CMAP_CMD_LINK_DEL: take the map off an interface. SAs stay (they belong to
 *	the map), but nothing uses them outbound.
 *	  IFINDEX
 *	ENOENT	no map is bound there
 * @CMAP_CMD_LINK_GET: dump the bindings.
 *	reply: IFINDEX IFNAME MAP_NAME [CARRIER] [TCP_MSS] [TCP_MSS6]
 *	  DROPS{(DROP)*}
 * @CMAP_CMD_SPI_ALLOC: reserve an inbound SPI that no SA of that destination
 *	and protocol uses. The reservation ends by SA_NEW, SA_DEL, or after
 *	60 seconds. AH and ESP have SPIs of their own. Packets that come for a
 *	reserved SPI wait for SA_NEW, up to 32; what is left is dropped as
 *	INVALID_SPI.
 *	  PROTO DST
 *	reply: SPI PROTO DST
 *	ENOSPC	no SPI found
 * @CMAP_CMD_SA_NEW: add a security association. For DIR_IN the SPI may be one
 *	reserved by SPI_ALLOC, or chosen by the caller (manual SAs). DIR_OUT
 *	SAs belong to a permit rule: MAP_NAME and SEQ must name an entry with a
 *	permit rule that contains the proxy identities; DIR_IN SAs name it too,
 *	for their counters. Of several outbound SAs that fit a packet the one
 *	that was enabled last is used. Keys are wiped from the request.
 *	  DIR PROTO SPI SRC DST [MODE] [ENCAP_SPORT ENCAP_DPORT]
 *	  MAP_NAME SEQ LOCAL_PROXY{...} REMOTE_PROXY{...}
 *	  ESP: CIPHER [CIPHER_KEY] [ICV_LEN] [AUTH AUTH_KEY] [AH_SPI]
 *	  AH: AUTH AUTH_KEY
 *	  [REPLAY_WINDOW] [SEQ_NUMBER] [DF] [SA_FLAGS] [CONN_ID] [IDLE_SECONDS]
 *	  [[LIFE_SOFT_SECONDS] LIFE_HARD_SECONDS]
 *	  [[LIFE_SOFT_BYTES] LIFE_HARD_BYTES]
 *	In transport mode the proxies must contain SRC and DST, unless the SA is
 *	UDP-encapsulated. NULL and AES_CTR need AUTH.
 *
 *	ESP and AH together (a bundle): first the AH SA with SA_F_BUNDLE, then
 *	the ESP SA that names it in AH_SPI; DIR, SRC, DST, MODE, proxies and
 *	entry of both must be the same. STANDBY, DF, FRAGMENT_AFTER, PARALLEL
 *	and IDLE_SECONDS are the ESP SA's. Only one ESP SA uses an AH SA. They end
 *	together, whichever is deleted or expires.
 *	EEXIST	an SA with that SPI, protocol and destination exists
 *	ENOENT	no such map, entry, AH SA, or no permit rule contains the proxies
 *	EBUSY	the AH SA has an ESP SA
 *	EOPNOTSUPP	this kernel has no such algorithm; the text names it. Or
 *		PARALLEL, and all its drivers of it are asynchronous
 * @CMAP_CMD_SA_ENABLE: let an outbound SA added with SA_F_STANDBY carry
 *	traffic; held packets of its rule are sent.
 *	  PROTO SPI DST
 *	ENOENT	no such SA
 * @CMAP_CMD_SA_MOVE: other ports for a UDP-encapsulated SA: a NAT has given the
 *	peer another one. Number, window, lifetimes and what is on its way stay.
 *	  PROTO SPI DST ENCAP_SPORT ENCAP_DPORT
 *	ENOENT	no such SA
 * @CMAP_CMD_SA_DEL: delete an SA, or an SPI reservation.
 *	  PROTO SPI DST
 *	ENOENT	no such SA
 * @CMAP_CMD_SA_GET: with PROTO SPI DST one SA, without them (dump) all,
 *	[MAP_NAME] [PEER_ADDR] narrow the dump. Keys are never shown.
 *	reply: what SA_NEW took, or its default, but the keys, and
 *	  [PATH_MTU INNER_MTU] DRIVER SA_STATS{...} DROPS{(DROP)*} AGE_SECONDS
 *	  [LEFT_SECONDS] [LEFT_BYTES]
 *	ENOENT	no such SA
 * @CMAP_CMD_SA_FLUSH: delete all SAs, or those of one map or one peer.
 *	  [MAP_NAME] [PEER_ADDR]
 *	reply to the caller: COUNT
 * @CMAP_CMD_STATS_GET: drop counters of the whole network namespace.
 *	reply: DROPS{(DROP)*} SA_COUNT KEEPALIVES PATH_MTUS
 * @CMAP_CMD_DROPS_GET: dump the ring of the last drops, oldest first (256 are
 *	kept per CPU).
 *	reply, one per drop: TIME_NS DROP{REASON NAME} DIR [IFINDEX] [MAP_NAME
 *	  [SEQ]] [PROTO SPI DST SRC] [SEQ_NUMBER] [FLOW] [LEN] [DROPPED]
 *	FLOW is the inner packet's; LEN counts from the IP header on that the
 *	packet had; SPI and SRC are those of the packet, also without an SA
 * @CMAP_CMD_TRACE: what would become of a packet that this host sends or
 *	forwards? Nothing is sent, counted or asked for.
 *	  FLOW [LEN] [DF] [IFINDEX]	IFINDEX: of the way in; absent: ours;
 *	  DF: CMAP_DF_SET: the packet may not be cut up
 *	reply: VERDICT [IFINDEX IFNAME] [GATEWAY] [MAP_NAME] [SEQ HOLD RULE_INDEX
 *	  LOCAL_PROXY REMOTE_PROXY (PEER)*] [PROTO SPI DST SRC CONN_ID CIPHER
 *	  AUTH MODE [LEFT_SECONDS]] [PATH_MTU INNER_MTU]
 *	ENODEV
 *
 * Events, sent to the multicast group "events" of the network namespace:
 *
 * @CMAP_CMD_EV_ACQUIRE: a packet matched a permit rule that has no SA. At most
 *	one per rule and second while it lasts (with ENTRY_F_PER_HOST: per pair of
 *	addresses), and CMAP_ACQUIRES_MAX in all; the first packets wait (HOLD).
 *	  MAP_NAME SEQ RULE_INDEX IFINDEX [PEER]* LOCAL_PROXY REMOTE_PROXY FLOW
 *	LOCAL_PROXY and REMOTE_PROXY are the rule's, with ENTRY_F_PER_HOST the
 *	packet's two addresses; FLOW is the packet's.
 * @CMAP_CMD_EV_SA_NEW: an SA was added by somebody.
 *	  as SA_GET's reply
 * @CMAP_CMD_EV_SA_DEL: an SA is gone.
 *	  as SA_GET's reply, with REASON
 * @CMAP_CMD_EV_SOFT_EXPIRE: a soft lifetime was reached; the SA works on.
 *	  as SA_GET's reply, with REASON (seconds, bytes or sequence number)
 * @CMAP_CMD_EV_HARD_EXPIRE: a hard lifetime was reached; the SA is deleted.
 *	  as SA_GET's reply, with REASON
 * @CMAP_CMD_EV_SA_USED: the first packet was authenticated on an inbound SA:
 *	the peer has it and uses it.
 *	  PROTO SPI DST SRC CONN_ID
 * @CMAP_CMD_EV_INVALID_SPI: ESP or AH to us for an SPI that we don't have; at most
 *	one per second.
 *	  PROTO SPI SRC DST IFINDEX
 * @CMAP_CMD_EV_NOT_IPSEC: a clear packet came in that should have been
 *	protected, and was dropped; at most one per second.
 *	  MAP_NAME SEQ IFINDEX FLOW
 * @CMAP_CMD_EV_DROP: an inbound packet was refused by its SA (replay, ICV,
 *	identity); at most one per second.
 *	  PROTO SPI SRC DST CONN_ID DROP{...} [SEQ_NUMBER] [FLOW]
 * @CMAP_CMD_EV_LINK: a binding changed (also: its interface went away).
 *	  IFINDEX IFNAME [MAP_NAME]		no MAP_NAME: unbound
 * @CMAP_CMD_EV_IDLE: no packet used the SA for IDLE_SECONDS, told at most a
 *	quarter of that too late; once, until the next packet.
 *	  as SA_GET's reply
 * @CMAP_CMD_EV_PEER_MOVED: an authentic packet of a UDP-encapsulated SA came
 *	from another address or port than the SA's; it was delivered, and
 *	packets out still go where they went, until SA_MOVE. At most one per
 *	SA and second.
 *	  PROTO SPI SRC DST CONN_ID ENCAP_SPORT ENCAP_DPORT	as seen
 * @CMAP_CMD_EV_DROPPED: a packet was dropped. To the group "drops" only; at
 *	most 100 per second, DROPPED tells how many were left out.
 *	  as DROPS_GET's reply
 */
enum cmap_cmd {
	CMAP_CMD_UNSPEC,
	CMAP_CMD_ENTRY_SET,
	CMAP_CMD_ENTRY_DEL,
	CMAP_CMD_ENTRY_GET,
	CMAP_CMD_MAP_DEL,
	CMAP_CMD_LINK_SET,
	CMAP_CMD_LINK_DEL,
	CMAP_CMD_LINK_GET,
	CMAP_CMD_SPI_ALLOC,
	CMAP_CMD_SA_NEW,
	CMAP_CMD_SA_ENABLE,
	CMAP_CMD_SA_MOVE,
	CMAP_CMD_SA_DEL,
	CMAP_CMD_SA_GET,
	CMAP_CMD_SA_FLUSH,
	CMAP_CMD_STATS_GET,
	CMAP_CMD_DROPS_GET,
	CMAP_CMD_TRACE,

	CMAP_CMD_EV_ACQUIRE,
	CMAP_CMD_EV_SA_NEW,
	CMAP_CMD_EV_SA_DEL,
	CMAP_CMD_EV_SOFT_EXPIRE,
	CMAP_CMD_EV_HARD_EXPIRE,
	CMAP_CMD_EV_SA_USED,
	CMAP_CMD_EV_INVALID_SPI,
	CMAP_CMD_EV_NOT_IPSEC,
	CMAP_CMD_EV_DROP,
	CMAP_CMD_EV_LINK,
	CMAP_CMD_EV_IDLE,
	CMAP_CMD_EV_PEER_MOVED,
	CMAP_CMD_EV_DROPPED,

	__CMAP_CMD_LAST,
};
#define CMAP_CMD_MAX (__CMAP_CMD_LAST - 1)

/** enum cmap_attr - top-level attributes */
enum cmap_attr {
	CMAP_A_UNSPEC,
	CMAP_A_PAD,
	CMAP_A_MAP_NAME,	/* string, 1..CMAP_NAME_MAX */
	CMAP_A_SEQ,		/* u32, CMAP_SEQ_MIN..CMAP_SEQ_MAX */
	CMAP_A_PEER,		/* address; repeats, order is preference */
	CMAP_A_LOCAL_ADDR,	/* address; default: the interface's own */
	CMAP_A_RULES,		/* nest of CMAP_A_RULE */
	CMAP_A_RULE,		/* nest, enum cmap_rule_attr; repeats, in order */
	CMAP_A_RULE_INDEX,	/* u32, from 0 */
	CMAP_A_HOLD,		/* u32, 0..CMAP_HOLD_MAX; 0: drop at once. In all queues of a
				 * namespace wait 4096 at most
				 */
	CMAP_A_IFINDEX,		/* u32 */
	CMAP_A_IFNAME,		/* string */
	CMAP_A_DIR,		/* u8, enum cmap_dir */
	CMAP_A_PROTO,		/* u8, IPPROTO_ESP or IPPROTO_AH */
	CMAP_A_SPI,		/* be32, >= CMAP_SPI_MIN */
	CMAP_A_SRC,		/* address, outer header */
	CMAP_A_DST,		/* address, outer header */
	CMAP_A_PEER_ADDR,	/* address, filter: the SA's other end */
	CMAP_A_LOCAL_PROXY,	/* nest, enum cmap_proxy_attr */
	CMAP_A_REMOTE_PROXY,	/* nest, enum cmap_proxy_attr */
	CMAP_A_CIPHER,		/* u16, enum cmap_cipher */
	CMAP_A_CIPHER_KEY,	/* binary, 1..CMAP_KEY_MAX; not with CIPHER_NULL */
	CMAP_A_AUTH,		/* u16, enum cmap_auth */
	CMAP_A_AUTH_KEY,	/* binary, 1..CMAP_KEY_MAX */
	CMAP_A_REPLAY_WINDOW,	/* u32, 0 (off) or CMAP_REPLAY_MIN..MAX,
				 * multiple of 64; default 64; DIR_IN only
				 */
	CMAP_A_SA_FLAGS,	/* u32, enum cmap_sa_flags */
	CMAP_A_CONN_ID,		/* u32, the manager's number; 0: manual */
	CMAP_A_LIFE_SOFT_SECONDS, /* u32, >= 1; less than hard */
	CMAP_A_LIFE_HARD_SECONDS, /* u32, >= 1 */
	CMAP_A_LIFE_SOFT_BYTES,	/* u64, >= 1, of inner packets; less than hard */
	CMAP_A_LIFE_HARD_BYTES,	/* u64, >= 1 */
	CMAP_A_LEFT_SECONDS,	/* u32, to the hard end */
	CMAP_A_LEFT_BYTES,	/* u64, to the hard end */
	CMAP_A_AGE_SECONDS,	/* u32, since SA_NEW */
	CMAP_A_DRIVER,		/* string: kernel crypto drivers in use */
	CMAP_A_SA_STATS,	/* nest, enum cmap_stats_attr */
	CMAP_A_DROPS,		/* nest of CMAP_A_DROP, zero counters left out */
	CMAP_A_DROP,		/* nest, enum cmap_drop_attr */
	CMAP_A_COUNT,		/* u32 */
	CMAP_A_SA_COUNT,	/* u32 */
	CMAP_A_REASON,		/* string */
	CMAP_A_SEQ_NUMBER,	/* u64, of the ESP packet; SA_NEW: last one used, default 0:
				 * to go on with an SA that was elsewhere before
				 */
	CMAP_A_FLOW,		/* nest, enum cmap_flow_attr */
	CMAP_A_ENTRY_FLAGS,	/* u32, enum cmap_entry_flags */
	CMAP_A_MODE,		/* u8, enum cmap_mode; default tunnel */
	CMAP_A_ENCAP_SPORT,	/* u16, with ENCAP_DPORT: ESP in UDP (RFC 3948); of
				 * packets of this SA, as DIR says (peer's port is
				 * DPORT of DIR_OUT, SPORT of DIR_IN)
				 */
	CMAP_A_ENCAP_DPORT,	/* u16 */
	CMAP_A_ICV_LEN,		/* u8; combined-mode ciphers: 16; AES_GCM: 8 and 12 too */
	CMAP_A_DF,		/* u8, enum cmap_df; DIR_OUT, outer IPv4; default copy */
	CMAP_A_AH_SPI,		/* be32: each packet of this ESP SA is also in the AH SA
				 * of this SPI, with the same addresses
				 */
	CMAP_A_IDLE_SECONDS,	/* u32, >= 1: report with EV_IDLE when unused so long */
	CMAP_A_PATH_MTU,	/* u32, replies: DIR_OUT: of the way to the peer */
	CMAP_A_INNER_MTU,	/* u32, replies: DIR_OUT: largest packet before encryption */
	CMAP_A_LEN,		/* u32: of a packet, IP header on */
	CMAP_A_TIME_NS,		/* u64, CLOCK_REALTIME */
	CMAP_A_DROPPED,		/* u64: drops before this one that are not told */
	CMAP_A_VERDICT,		/* u32, enum cmap_verdict */
	CMAP_A_GATEWAY,		/* address: next hop of a packet's own route */
	CMAP_A_CARRIER,		/* u8, bindings of a tunnel device ("ip link add type
				 * cryptomap"): 1: an outbound SA carries its traffic
				 */
	CMAP_A_KEEPALIVES,	/* u64: UDP keepalives that were swallowed (RFC 3948 2.3) */
	CMAP_A_PATH_MTUS,	/* u64: ICMP errors about our packets that narrowed a path MTU */
	CMAP_A_TCP_MSS,		/* u16, CMAP_TCP_MSS_MIN..: "ip tcp adjust-mss": the most that
				 * the MSS option of a SYN by the interface, in or out, may
				 * say; CMAP_TCP_MSS_PATH: of protected ones. Absent: any
				 */
	CMAP_A_TCP_MSS6,	/* u16: the same for IPv6 */
	__CMAP_A_LAST,
};
#define CMAP_A_MAX (__CMAP_A_LAST - 1)

/**
 * enum cmap_rule_attr - one line of an entry's access list
 *
 * Source is the local side, destination the remote side (outbound view);
 * inbound packets are compared mirrored. First match decides.
 */
enum cmap_rule_attr {
	CMAP_RULE_A_UNSPEC,
	CMAP_RULE_A_ACTION,	/* u8, enum cmap_rule_action */
	CMAP_RULE_A_LOCAL,	/* nest, enum cmap_proxy_attr */
	CMAP_RULE_A_REMOTE,	/* nest, enum cmap_proxy_attr */
	CMAP_RULE_A_STATS,	/* nest, enum cmap_stats_attr; permit, replies only:
				 * of all SAs this rule has had
				 */
	CMAP_RULE_A_MATCHES,	/* u64, replies only. permit: packets this line decided;
				 * deny: look-ups, as the answer for a flow is kept
				 */
	CMAP_RULE_A_OUT_DROPS,	/* nest of CMAP_A_DROP, as CMAP_A_DROPS; permit, replies only: */
	CMAP_RULE_A_IN_DROPS,	/* out_errors and in_errors of the stats, by their reasons */
	__CMAP_RULE_A_LAST,
};
#define CMAP_RULE_A_MAX (__CMAP_RULE_A_LAST - 1)

enum cmap_rule_action {
	CMAP_RULE_PERMIT,	/* protect with this entry */
	CMAP_RULE_DENY,		/* not by this entry: go on to the next one */
	__CMAP_RULE_ACTION_LAST,
};

/**
 * enum cmap_proxy_attr - one side of a rule or of an SA's proxy identity
 *
 * PROTOCOL must be the same on both sides. Ports need PROTOCOL tcp, udp, sctp,
 * dccp or udplite. ICMP's type and code are not selectors.
 */
enum cmap_proxy_attr {
	CMAP_PROXY_A_UNSPEC,
	CMAP_PROXY_A_ADDR,	/* address; host bits must be zero */
	CMAP_PROXY_A_PREFIX,	/* u8, 0..32 or 0..128 */
	CMAP_PROXY_A_PROTOCOL,	/* u8, 0: any */
	CMAP_PROXY_A_PORT_LO,	/* u16, with PORT_HI; both absent: any */
	CMAP_PROXY_A_PORT_HI,	/* u16, >= PORT_LO */
	__CMAP_PROXY_A_LAST,
};
#define CMAP_PROXY_A_MAX (__CMAP_PROXY_A_LAST - 1)

/** enum cmap_flow_attr - the 5-tuple of one packet */
enum cmap_flow_attr {
	CMAP_FLOW_A_UNSPEC,
	CMAP_FLOW_A_SRC,	/* address */
	CMAP_FLOW_A_DST,	/* address */
	CMAP_FLOW_A_PROTOCOL,	/* u8 */
	CMAP_FLOW_A_SPORT,	/* u16, where the protocol has ports */
	CMAP_FLOW_A_DPORT,	/* u16 */
	__CMAP_FLOW_A_LAST,
};
#define CMAP_FLOW_A_MAX (__CMAP_FLOW_A_LAST - 1)

enum cmap_dir {
	CMAP_DIR_OUT,
	CMAP_DIR_IN,
	__CMAP_DIR_LAST,
};

/**
 * enum cmap_sa_flags
 * @CMAP_SA_F_STANDBY: DIR_OUT: known, but carries nothing until SA_ENABLE
 * @CMAP_SA_F_ESN: 64-bit sequence numbers (RFC 4303 2.2.1); needs
 *	authentication, and a replay window at the receiver
 * @CMAP_SA_F_BUNDLE: AH: used by the ESP SA alone that names it in AH_SPI
 * @CMAP_SA_F_FRAGMENT_AFTER: DIR_OUT: what is too big is encrypted whole and
 *	then fragmented ("crypto ipsec fragmentation after-encryption")
 * @CMAP_SA_F_PARALLEL: all CPUs encrypt or decrypt its packets, which go on in
 *	the order in which they came. Of a bundle: the ESP SA's; AH is not spread.
 *	Packets beyond CMAP_PARALLEL_MAX under way are dropped (NOMEM)
 */
enum cmap_sa_flags {
	CMAP_SA_F_STANDBY		= 1 << 0,
	CMAP_SA_F_ESN			= 1 << 1,
	CMAP_SA_F_BUNDLE		= 1 << 2,
	CMAP_SA_F_FRAGMENT_AFTER	= 1 << 3,
	CMAP_SA_F_PARALLEL		= 1 << 4,
	CMAP_SA_F_ALL			= (1 << 5) - 1,
};

/**
 * enum cmap_entry_flags
 * @CMAP_ENTRY_F_PER_HOST: "set security-association level per-host": SAs are
 *	asked for with the flow's two addresses, not with the rule's networks
 */
enum cmap_entry_flags {
	CMAP_ENTRY_F_PER_HOST	= 1 << 0,
	CMAP_ENTRY_F_ALL	= CMAP_ENTRY_F_PER_HOST,
};

/** enum cmap_mode - RFC 4301 4.1 */
enum cmap_mode {
	CMAP_MODE_TUNNEL,
	CMAP_MODE_TRANSPORT,
	__CMAP_MODE_LAST,
};

/** enum cmap_df - the outer IPv4 header's don't-fragment bit ("crypto ipsec df-bit") */
enum cmap_df {
	CMAP_DF_COPY,
	CMAP_DF_SET,
	CMAP_DF_CLEAR,
	__CMAP_DF_LAST,
};

/** enum cmap_verdict - what would become of a packet (TRACE) */
enum cmap_verdict {
	CMAP_VERDICT_CLEAR,		/* goes unprotected: no map, or no permit rule */
	CMAP_VERDICT_PROTECT,		/* SPI DST PROTO tell the SA */
	CMAP_VERDICT_WAIT,		/* permit, no SA: held, and an ACQUIRE is sent */
	CMAP_VERDICT_FRAGMENT,		/* protected, in several packets */
	CMAP_VERDICT_TOO_BIG,		/* refused with ICMP, INNER_MTU tells what fits */
	CMAP_VERDICT_NO_ROUTE,		/* the packet itself has no route */
	CMAP_VERDICT_NO_PEER_ROUTE,	/* none to the peer */
	CMAP_VERDICT_EXEMPT,		/* IKE with a peer */
	CMAP_VERDICT_LOCAL,		/* comes in for this host itself */
	CMAP_VERDICT_NOT_IPSEC,		/* comes in clear, and a rule demands protection */
	CMAP_VERDICT_NOT_BETWEEN,	/* transport mode, and not between the SA's addresses */
	CMAP_VERDICT_NO_CARRIER,	/* goes to a tunnel device that has no SA */
	CMAP_VERDICT_NOT_PERMITTED,	/* goes to a tunnel device whose map does not permit it */
	CMAP_VERDICT_LOOP,		/* goes to a tunnel device, and so does what goes to its peer */
	__CMAP_VERDICT_LAST,
};

/** enum cmap_cipher - ESP encryption; the key's length picks AES-128/192/256 */
enum cmap_cipher {
	CMAP_CIPHER_NULL,	/* RFC 2410, no key: CIPHER_KEY is absent */
	CMAP_CIPHER_DES_CBC,	/* RFC 2405, 8 bytes */
	CMAP_CIPHER_3DES_CBC,	/* RFC 2451, 24 bytes */
	CMAP_CIPHER_AES_CBC,	/* RFC 3602, 16, 24 or 32 bytes */
	CMAP_CIPHER_AES_CTR,	/* RFC 3686, 20, 28 or 36 bytes: the nonce is the last 4 */
	/* Combined modes: encrypt and authenticate; AUTH is absent or AUTH_NONE. */
	CMAP_CIPHER_AES_GCM,	/* RFC 4106, 20, 28 or 36 bytes: the salt is the last 4 */
	CMAP_CIPHER_AES_GMAC,	/* RFC 4543, the same; authenticates only */
	CMAP_CIPHER_CHACHA20_POLY1305, /* RFC 7634, 36 bytes: the salt is the last 4 */
	__CMAP_CIPHER_LAST,
};
#define CMAP_CIPHER_MAX (__CMAP_CIPHER_LAST - 1)

/** enum cmap_auth - ESP integrity; key length = the hash's output length */
enum cmap_auth {
	CMAP_AUTH_NONE,		/* only with a cipher, and only for manual SAs */
	CMAP_AUTH_HMAC_MD5_96,		/* RFC 2403, 16 bytes */
	CMAP_AUTH_HMAC_SHA1_96,		/* RFC 2404, 20 bytes */
	CMAP_AUTH_HMAC_SHA2_256_128,	/* RFC 4868, 32 bytes */
	CMAP_AUTH_HMAC_SHA2_384_192,	/* RFC 4868, 48 bytes */
	CMAP_AUTH_HMAC_SHA2_512_256,	/* RFC 4868, 64 bytes */
	__CMAP_AUTH_LAST,
};
#define CMAP_AUTH_MAX (__CMAP_AUTH_LAST - 1)

/** enum cmap_stats_attr - counters of an SA, or of a rule over all its SAs */
enum cmap_stats_attr {
	CMAP_STATS_A_UNSPEC,
	CMAP_STATS_A_PAD,
	CMAP_STATS_A_OUT_PACKETS,	/* u64, encapsulated and encrypted */
	CMAP_STATS_A_OUT_BYTES,		/* u64, of inner packets */
	CMAP_STATS_A_IN_PACKETS,	/* u64, verified, decrypted, delivered */
	CMAP_STATS_A_IN_BYTES,		/* u64, of inner packets */
	CMAP_STATS_A_OUT_ERRORS,	/* u64, "send errors" (also: no SA) */
	CMAP_STATS_A_IN_ERRORS,		/* u64, "recv errors" */
	CMAP_STATS_A_HELD,		/* u64, rules: packets waiting now */
	CMAP_STATS_A_OUT_SEQUENCE,	/* u64, SAs: last number sent */
	CMAP_STATS_A_IN_SEQUENCE,	/* u64, SAs: highest number received */
	__CMAP_STATS_A_LAST,
};
#define CMAP_STATS_A_MAX (__CMAP_STATS_A_LAST - 1)

/** enum cmap_drop_attr - one drop reason and its counter */
enum cmap_drop_attr {
	CMAP_DROP_A_UNSPEC,
	CMAP_DROP_A_PAD,
	CMAP_DROP_A_REASON,	/* u32, enum cmap_drop */
	CMAP_DROP_A_NAME,	/* string, e.g. "no-sa" */
	CMAP_DROP_A_PACKETS,	/* u64 */
	__CMAP_DROP_A_LAST,
};
#define CMAP_DROP_A_MAX (__CMAP_DROP_A_LAST - 1)

/**
 * enum cmap_drop - why a packet was not delivered; each has one counter per
 * network namespace, per bound interface, per rule and direction, and per SA,
 * where known
 */
enum cmap_drop {
	CMAP_DROP_UNSPEC,
	CMAP_DROP_NO_SA,		/* out: permit, no SA, HOLD full or 0 */
	CMAP_DROP_HOLD_TIMEOUT,		/* out: waited 30 s, no SA came */
	CMAP_DROP_SA_EXPIRED,		/* both: hard lifetime reached */
	CMAP_DROP_SEQ_OVERFLOW,		/* out: sequence numbers used up */
	CMAP_DROP_NO_ROUTE,		/* out: no route to the peer */
	CMAP_DROP_FRAG_NEEDED,		/* out: too big with DF set, ICMP sent */
	CMAP_DROP_TTL,			/* out: TTL ran out */
	CMAP_DROP_LOOP,			/* out: would be encrypted twice */
	CMAP_DROP_NOMEM,		/* both */
	CMAP_DROP_CRYPTO,		/* both: the crypto API reported an error */
	CMAP_DROP_INVALID_SPI,		/* in: no SA */
	CMAP_DROP_WRONG_SOURCE,		/* in: outer source is not the SA's peer */
	CMAP_DROP_TRUNCATED,		/* in: shorter than its headers and ICV */
	CMAP_DROP_BAD_LENGTH,		/* in: not a whole number of blocks */
	CMAP_DROP_REPLAY_DUPLICATE,	/* in: number seen before */
	CMAP_DROP_REPLAY_OLD,		/* in: left of the window */
	CMAP_DROP_REPLAY_ZERO,		/* in: sequence number 0 */
	CMAP_DROP_BAD_ICV,		/* in: not authentic */
	CMAP_DROP_BAD_PADDING,		/* in: RFC 4303 2.4 */
	CMAP_DROP_BAD_NEXT_HEADER,	/* in: not the mode's protocol */
	CMAP_DROP_BAD_INNER,		/* in: inner header is malformed */
	CMAP_DROP_IDENTITY,		/* in: inner packet is not of the proxies */
	CMAP_DROP_NOT_IPSEC,		/* in: clear, but a rule demands protection */
	CMAP_DROP_TEARDOWN,		/* in the teardown of a map or namespace */
	CMAP_DROP_ECN,			/* in: outer CE, inner can't carry it (RFC 6040 4.2) */
	CMAP_DROP_WRONG_ENCAP,		/* in: UDP-encapsulated, and the SA is not, or the reverse */
	CMAP_DROP_NOT_BUNDLED,		/* in: ESP without the AH that its SA demands, or the reverse */
	CMAP_DROP_NO_LOCAL,		/* out: transport mode for a packet that is not between the SA's addresses */
	CMAP_DROP_NOT_PERMITTED,	/* out: routed to a tunnel device, and no map permits it there */
	CMAP_DROP_BAD_FRAGMENT,		/* in: a fragment that does not fit to the others, or that there is no room for */
	__CMAP_DROP_LAST,
};
#define CMAP_DROP_MAX (__CMAP_DROP_LAST - 1)

#endif /* _UAPI_LINUX_CRYPTOMAP_H */
