/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: what cmap's router commands ask the daemon.
 *
 * Enters: one JSON object per line from a client on the abstract UNIX stream
 * socket "\0ikemgr" (abstract names belong to a network namespace, so there is
 * one daemon per namespace). Leaves: one JSON object per line.
 *
 * Clients must be root, of the daemon's own user, or in its group unless that is root's
 * (SO_PEERCRED, SO_PEERGROUPS). A line may
 * have CONTROL_LINE_MAX bytes. Requests of one client are answered in order.
 *
 *   request  {"cmd":"show isakmp sa", ...arguments}
 *   reply    {"ok":true,"data":...}  or  {"ok":false,"error":"text"}
 *
 * Arguments are optional unless said otherwise; an unknown one is refused.
 *
 * "show isakmp sa"
 *   data: array, newest SA of a peer first
 *   {"dst":"192.0.2.2","src":"192.0.2.1",	responder's and initiator's address
 *    "local":"192.0.2.1","local_port":500,"peer":"192.0.2.2","peer_port":500,
 *    "state":"QM_IDLE","fsm":"IKE_P1_COMPLETE","conn_id":1001,"role":"I",
 *    "deleted":false,			true: dead, waits for its purge
 *    "encryption":"aes 256","hash":"sha","auth":"pre-share","group":14,
 *					absent while nothing is agreed
 *    "lifetime":86400,"left":85012,		seconds
 *    "dpd":true,"natt":false,"fragmentation":true,	DPD agreed; a NAT is on the way; the peer takes messages in pieces
 *    "natt_form":"rfc3947"}			or "07", "03", "02" (drafts); absent: none is spoken
 *
 * "show ipsec sa"  "map":NAME  "peer":ADDRESS  "interface":NAME
 *   data: array of bound interfaces
 *   {"interface":"FastEthernet4","ifname":"eth1","map":"VPN","local":"192.0.2.1",
 *    "mtu":1500,"idents":[IDENT...]}
 *   IDENT, one per permit rule, then one per subset that a peer asked for:
 *   {"seq":10,"local_proxy":PROXY,"remote_proxy":PROXY,
 *    "current_peer":"192.0.2.2","port":500,	current_peer absent: entry has none
 *    "requesting":false,			an SA is being negotiated
 *    "out_packets":4,"in_packets":4,"send_errors":1,"recv_errors":0,
 *    "out_drops":{"no-sa":1},"in_drops":{},	the errors by their reasons
 *    "local":"192.0.2.1","remote":"192.0.2.2",	tunnel endpoints
 *    "path_mtu":1500,"plaintext_mtu":1446,
 *    "current_spi":2998961789,			outbound; 0: none
 *    "pfs_group":0,
 *    "sas":[SA...]}				newest pair first
 *   PROXY {"addr":"10.1.0.0","prefix":24,"mask":"255.255.255.0","protocol":0,"port":0}
 *   SA
 *   {"dir":"in","spi":3667824074,"transform":"esp-256-aes esp-sha-hmac",
 *    "mode":"Tunnel","conn_id":1,"initiator":true,"state":"active"|"standby"|"old",
 *    "left_seconds":3591,"left_kilobytes":4607999,	kilobytes absent: no limit
 *    "iv_length":8,"replay_window":64,"packets":4,"bytes":336,"drops":{}}
 *
 * "show call admission"
 *   data: counters since the start
 *   {"max_active":0,"max_negotiating":1000,	limits in force; 0: none
 *    "active":1,"negotiating":0,		IKE SAs now
 *    "incoming":{"requests":1,"accepted":1,"rejected":0},
 *    "outgoing":{"requests":0,"accepted":0,"rejected":0},
 *    "reasons":{"low":0,"active":0,"negotiating":0},	of those rejected: no memory, or which limit
 *    "dropped":0}				messages that a rate limit dropped
 *
 * "show isakmp policy"
 *   data: array in order of priority
 *   {"priority":10,"default":false,"encryption":"aes 256","hash":"sha",
 *    "auth":"pre-share","group":2,"lifetime":86400}
 *
 * "show isakmp key"
 *   data: array {"keyring":"default","address":"192.0.2.2","mask":"255.255.255.255","prefix":32},
 *   or {"keyring":"K","hostname":"gw.example.net"}
 *   Keys themselves never leave the daemon.
 *
 * "show isakmp profile"
 *   data: array {"name":"P","matches":[{"type":"ip-address","name":"192.0.2.0","mask":"255.255.255.0"},
 *		  {"type":"fqdn"|"user-fqdn"|"group","name":"example.net","domain":true}],
 *		  "presented":"ip-address"|"fqdn"|"user-fqdn","keyrings":["K"],"aggressive":false}
 *
 * "show isakmp peers"
 *   data: array of peers with an established IKE SA
 *   {"peer":"192.0.2.2","port":500,"local":"192.0.2.1","id":"gw.example.net","profile":"P","description":"..."}
 *
 * "show ipsec transform-set"  "name":NAME
 *   data: array {"name":"TRANSFORM","transforms":["esp-256-aes","esp-sha-hmac"],
 *		  "mode":"Tunnel"}
 *
 * "show ipsec profile"  "name":NAME
 *   data: array {"name":"PRO","responder_only":true,"life_seconds":3600,"life_kilobytes":4608000,
 *		  "pfs_group":0,"transform_sets":[as above]}
 *
 * "show ipsec security-association-lifetime"
 *   data: {"life_seconds":3600,"life_kilobytes":4608000,"idle_seconds":900}
 *
 * "show map"  "map":NAME
 *   data: array of entries
 *   {"map":"VPN","seq":10,"type":"ipsec-isakmp","description":"...",
 *    "peers":["192.0.2.2"],"current_peer":"192.0.2.2",
 *    "acl":"100","acl_lines":["access-list 100 permit ip ..."],
 *    "life_seconds":3600,"life_kilobytes":4608000,	kilobytes 0: no limit
 *    "pfs_group":0,"transform_sets":[as above],
 *    "complete":true,"interfaces":["FastEthernet4"]}
 *
 *   An entry that stands for a dynamic map has "dynamic_map":"DYN"; a temporary
 *   one has "dynamic":"DYN/10" (what it was made of), and one line in "acl_lines"
 *
 * "show dynamic-map"  "map":NAME
 *   data: array of templates, as above without "current_peer"
 *
 * "show route"
 *   data: array {"net":"10.2.0.0","mask":"255.255.255.0","prefix":24,"distance":0,
 *		  "tag":0,"via":"192.0.2.2","interface":"FastEthernet4","static":false}
 *   reverse routes that are there; "via" is the peer, or what remote-peer names
 *
 * "clear session"  "local":ADDRESS  "remote":ADDRESS
 * "clear sa"       "peer":ADDRESS | "map":NAME | "counters":true
 * "clear isakmp"   "conn_id":N
 *   data: {"count":N}				how many SAs (or counters) went
 *
 * "debug"  "subsystems":["isakmp","ipsec"] (needed)
 *   reply, then the connection is a stream of events, one per line, each as
 *   event.h describes it. A reader that is too slow loses events and gets
 *   {"type":"lost","count":N} in their place. Nothing more is read from it.
 */
#ifndef IKEMGR_CONTROL_H
#define IKEMGR_CONTROL_H

#include <stddef.h>

#define CONTROL_SOCKET		"ikemgr"	/* after the NUL byte of an abstract name */
#define CONTROL_LINE_MAX	65536		/* longest request, bytes, newline included */
#define CONTROL_CLIENTS_MAX	64
#define CONTROL_ERROR		256

struct control;
struct ike;

/**
 * control_open() - listen on the control socket of this network namespace
 * @ike: the instance that requests read and act on; outlives the socket
 * @error: CONTROL_ERROR bytes: on failure one line that says what is wrong
 *
 * Returns NULL on failure, e.g. when another ikemgr serves this namespace.
 */
struct control *control_open(struct ike *ike, char *error);

/** control_open_at() - as control_open(), with another abstract @name; for tests. */
struct control *control_open_at(struct ike *ike, const char *name, char *error);

/** control_close() - end all clients; the loop must run once more for the handles to go. */
void control_close(struct control *c);

#endif
