/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration as a value: what a router's running-config says about
 * crypto, checked, with the line each statement stands on.
 *
 * In: a file or a buffer. Out: either an immutable struct config, or none and
 * the list of all errors; in both cases the warnings and the list of lines
 * that were ignored because they are not about crypto. No side effects: nothing
 * is logged, opened or resolved but the file given.
 *
 * Everything in a struct config, strings included, is owned by it and good
 * until config_free(). Numbers are those of wire.h, so that nobody translates
 * twice. Arrays are arrays of pointers; an empty one may be NULL.
 *
 *	struct config_report *report;
 *	struct config *c = config_read_file("/etc/ikemgr/ikemgr.conf", true, &report);
 *
 *	config_report_print(report, stderr);
 *	config_report_free(report);
 *	if (!c)
 *		exit(1);
 *	for (size_t i = 0; i < c->policies; i++)
 *		if (!c->policy[i]->unusable)
 *			offer(c->policy[i]);
 *	config_free(c);
 */
#ifndef IKEMGR_CONFIG_MODEL_H
#define IKEMGR_CONFIG_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"
#include "wire.h"

#define CONFIG_FILE_MAX		(4u << 20)	/* ours: bytes of a file */
#define CONFIG_LINE_MAX		4096		/* ours: bytes of a line; a router takes 254 */
#define CONFIG_NAME_MAX		63		/* ours: longest name of a map, set or list; the module's limit for maps */
#define CONFIG_KEY_MAX		128		/* IOS: longest pre-shared key */
#define CONFIG_ID_MAX		255		/* ours: longest identity, bytes; a host name has at most so many */
#define CONFIG_PEERS_MAX	16		/* ours, the module's: "set peer" of one entry */
#define CONFIG_SETS_MAX		16		/* ours: names after "set transform-set" (IOS: 6 or 11) */
#define CONFIG_RULES_MAX	512		/* ours, the module's: rules of a crypto access list, after expansion */
#define CONFIG_DEFAULT_SECONDS	3600		/* phase 2, IOS */
#define CONFIG_DEFAULT_KILOBYTES 4608000	/* phase 2, IOS */
#define CONFIG_DEFAULT_WINDOW	64		/* replay window, packets, IOS */

/** struct config_at - where a statement stands; file "" and line 0: nowhere, it is a default */
struct config_at {
	const char *file;
	unsigned int line;
};

/**
 * struct config_policy - one "crypto isakmp policy"
 * @at: the line of its header; @encryption_at .. @lifetime_at: of each parameter, line 0 where the default holds
 * @priority: 1..10000; 65507.. for the built-in ones
 * @encryption: enum ike_encryption; @key_bits: AES 128, 192, 256, else 0
 * @hash: enum ike_hash
 * @auth: enum ike_auth
 * @group: the number after "group"
 * @lifetime: seconds
 * @built_in: not configured: one of the router's default policies
 * @unusable: NULL, or why it is never offered or accepted ("authentication rsa-sig is not supported")
 */
struct config_policy {
	struct config_at at;
	unsigned int priority;
	uint16_t encryption, key_bits, hash, auth, group;
	uint32_t lifetime;
	struct config_at encryption_at, hash_at, auth_at, group_at, lifetime_at;
	bool built_in;
	const char *unusable;
};

/**
 * struct config_local - "local-address" of a keyring or profile: the SAs between this address of ours and a peer
 * @interface: as written, NULL: an address is
 * @ask: the file does not tell that interface's address: see config_ask_locals()
 * @address, @address6: lengths 0: all of ours, if no @interface is written
 */
struct config_local {
	const char *interface;
	bool ask;
	struct addr address, address6;
};

/** struct config_keyring - one "crypto keyring"; its keys name it */
struct config_keyring {
	struct config_at at;
	const char *name, *description;
	struct config_local local;
};

/**
 * struct config_psk - one "crypto isakmp key", or "pre-shared-key" of a keyring, or the password of a peer policy
 * @keyring: NULL: the default one
 * @hostname: the peer's name, NULL: it is for addresses
 * @addr, @prefix: the peers it is for; host bits are zero; length 0: by name
 * @key, @length: secure memory, not terminated by contract but a NUL follows
 */
struct config_psk {
	struct config_at at;
	const struct config_keyring *keyring;
	const char *hostname;
	struct addr addr;
	uint8_t prefix;
	char *key;
	size_t length;
	bool no_xauth;
};

/**
 * struct config_transform_set - one "crypto ipsec transform-set"
 * @transform: enum esp_transform, ESP_ABSENT: AH alone; @key_bits: AES 128, 192, 256, else 0
 * @auth, @ah: enum ipsec_auth of ESP and of AH, IPSEC_AUTH_NONE: none
 * @mode: enum ipsec_encaps, as written (default tunnel). Tunnel mode is used whatever is configured, except for
 *	traffic between the two peers themselves
 * @mode_required: "mode transport require": tunnel mode is not taken for such traffic
 * @esn: extended sequence numbers, of 64 bits
 * @words: as a router prints it: "esp-aes 256 esp-sha-hmac"
 * @unsupported: NULL, or what it holds that we cannot do; such a set is in no entry
 * @broken: only while reading: its line has an error already
 */
struct config_transform_set {
	struct config_at at;
	const char *name;
	uint16_t transform, key_bits, auth, ah;
	uint16_t mode;
	bool mode_required;
	bool esn;
	struct config_at mode_at;
	const char *words;
	const char *unsupported;
	bool broken;
};

/**
 * struct config_side - one end of an access-list line
 * @addr, @prefix: network, host bits zero
 * @port_lo, @port_hi: both 0: any
 */
struct config_side {
	struct addr addr;
	uint8_t prefix;
	uint16_t port_lo, port_hi;
};

/**
 * struct config_rule - one rule of an access list, outbound view
 * @protocol: IP protocol number, 0: any ("ip")
 * @local: the source, @remote: the destination, as written
 *
 * "neq", and "eq" with several ports, need several rules: each such line
 * gives several of these, one after the other, with the same @at.
 */
struct config_rule {
	struct config_at at;
	bool permit;
	uint8_t protocol;
	struct config_side local, remote;
};

/**
 * struct config_acl - one access list
 * @name: "100" or the name
 * @six: "ipv6 access-list"
 * @made: for a tunnel's protection: stands in no file
 * @used: a crypto map matches it: then it holds no line that we don't understand. Lists that no crypto map uses
 *	(for NAT, for filtering) may lack such lines: they are for showing only
 * @text: the lines as a router shows them, @lines of them: "permit ip 10.1.0.0 0.0.0.255 any"
 */
struct config_acl {
	struct config_at at;
	const char *name;
	bool six;
	bool made;
	bool used;
	struct config_rule **rule;
	size_t rules;
	const char **text;
	size_t lines;
};

enum { CONFIG_INBOUND, CONFIG_OUTBOUND, CONFIG_DIRECTIONS };

/** struct config_peer - one "set peer"; @name: as written, if not by address; @preferred: "default" follows: come back to it */
struct config_peer {
	struct config_at at;
	const char *name;
	struct addr addr;
	bool preferred;
};

/** enum config_df - "crypto ipsec df-bit" and "set security-association dfbit"; CONFIG_DF_INHERIT: not said here */
enum config_df {
	CONFIG_DF_INHERIT,
	CONFIG_DF_COPY,
	CONFIG_DF_CLEAR,
	CONFIG_DF_SET,
};

/**
 * struct config_session_key - one "set session-key": keys of one SA, in secure memory
 * @at: line 0: not given
 * @cipher, @authenticator: ESP; AH has the latter alone. NULL: not given
 */
struct config_session_key {
	struct config_at at;
	uint32_t spi;
	const uint8_t *cipher, *authenticator;
	size_t cipher_length, authenticator_length;
};

/**
 * struct config_routes - "reverse-route" and "set reverse-route" of an entry
 * @wanted: routes to what is behind the peer come and go with its SAs
 * @always: "static": they are there all the time
 * @gateway: the next hop; length 0: the peer
 * @distance: 0: not said
 */
struct config_routes {
	struct config_at at;
	bool wanted, always;
	struct addr gateway;
	uint32_t tag;
	uint8_t distance;
};

/**
 * struct config_entry - one sequence of a crypto map, "crypto map NAME SEQ ipsec-isakmp"
 * @map: the map's name
 * @profile: made of this IPsec profile for a tunnel; NULL: an entry of the file
 * @template: below "crypto dynamic-map", whose name @map is: who asks for what @acl holds (NULL without @acl_name:
 *	for anything) and is one of @peer (none: whoever is authenticated) gets an entry made of it
 * @dynamic_name: "ipsec-isakmp dynamic NAME": the entry stands for those templates; NULL: an ordinary one
 * @dynamic: the same, resolved
 * @responder_only: of a profile: we begin no SAs, and renew none
 * @keep_up: its SAs are made without a packet that asks for them, and made again
 * @manual: "ipsec-manual": SAs have the keys @esp and @ah, each for CONFIG_INBOUND and CONFIG_OUTBOUND
 * @peer: in order of preference
 * @set: transform sets, in order of preference, resolved; @set_at: the "set transform-set" line
 * @acl: "match address", resolved; NULL: none, or undefined
 * @pfs_group: "set pfs", 0: not configured
 * @life_seconds, @life_kilobytes: the entry's own, else the global ones, else the defaults; 0 kilobytes: disabled;
 *	@life_seconds_at, @life_kilobytes_at say which line, line 0: the default
 * @replay_window: packets, 0: off; the entry's own, else the global one
 * @idle_seconds: 0: off; @idle_default: then go back to the preferred peer
 * @df: of the outer header
 * @per_host: "set security-association level per-host"
 * @parallel: "set security-association parallel", which routers don't have
 * @isakmp: the ISAKMP profile that its peers must fit, its own or the map's; NULL: any peer
 * @incomplete: NULL, or what is missing; like on a router such an entry is disabled: it protects nothing
 */
struct config_entry {
	struct config_at at;
	const char *map;
	uint32_t seq;
	const char *description;
	struct config_peer **peer;
	size_t peers;
	struct config_transform_set **set;
	size_t sets;
	struct config_at set_at;
	const char *acl_name;
	const struct config_acl *acl;
	struct config_at acl_at;
	uint16_t pfs_group;
	struct config_at pfs_at;
	uint32_t life_seconds, life_kilobytes;
	struct config_at life_seconds_at, life_kilobytes_at;
	uint32_t replay_window;
	uint32_t idle_seconds;
	bool idle_default;
	enum config_df df;
	bool per_host;
	bool parallel;
	struct config_routes routes;
	const char *profile;
	bool template;
	const char *dynamic_name;
	const struct config_map *dynamic;
	const struct config_isakmp_profile *isakmp;
	bool own_isakmp;		/* "set isakmp-profile", not the map's */
	bool keep_up, responder_only;
	bool manual;
	struct config_session_key esp[CONFIG_DIRECTIONS], ah[CONFIG_DIRECTIONS];
	const char *incomplete;
};

/**
 * struct config_map - one crypto map set, or one dynamic map: then all entries are templates
 * @made: for a tunnel's protection: stands in no file
 * @local_address: our address, from "tunnel source"; length 0: see @local_interface
 * @six: "crypto map ipv6 NAME"; its entries may have peers and lists of either family all the same
 * @entry: in order of sequence
 * @local_interface: "crypto map NAME local-address IF", as written; NULL: each interface's own address
 * @isakmp: "crypto map NAME isakmp-profile"; NULL: none
 */
struct config_map {
	struct config_at at;
	const char *name;
	bool six;
	bool made;
	struct addr local_address;
	struct config_entry **entry;
	size_t entries;
	const char *local_interface;
	struct config_at local_at;
	const struct config_isakmp_profile *isakmp;
};

/** enum config_fragmentation - "crypto ipsec fragmentation": of packets that are too big */
enum config_fragmentation {
	CONFIG_FRAGMENT_INHERIT,
	CONFIG_FRAGMENT_BEFORE,
	CONFIG_FRAGMENT_AFTER,
};

/**
 * struct config_interface - one "interface"
 * @name: as written, without blanks: "fa0/1", "FastEthernet4", "eth1"
 * @full: with the type written out, for comparison: "FastEthernet0/1"; names of no router type stay as written
 * @address, @prefix: "ip address"; length 0: none
 * @address6, @prefix6: "ipv6 address", the first that is not link-local; @link_local: the one that is
 * @map: bound by "crypto map NAME"; NULL: none
 * @tunnel: a tunnel in mode ipsec ipv4 or ipv6: packets routed to it are protected
 * @profile: "tunnel protection ipsec profile"; NULL: none
 * @mtu: "ip mtu"; 0: not said
 * @mss, @mss6: "ip tcp adjust-mss", "ipv6 tcp adjust-mss"; 0: not said, CMAP_TCP_MSS_PATH: pmtu
 * @df, @fragmentation: "crypto ipsec df-bit" and "crypto ipsec fragmentation" below it
 */
struct config_interface {
	struct config_at at;
	const char *name, *full;
	struct addr address;
	uint8_t prefix;
	struct config_at address_at;
	struct addr address6, link_local;
	uint8_t prefix6;
	bool tunnel;
	const char *profile;
	uint32_t mtu;
	uint16_t mss, mss6;
	const char *map_name;
	const struct config_map *map;
	struct config_at map_at;
	enum config_df df;
	enum config_fragmentation fragmentation;
};

/** enum config_identity - "crypto isakmp identity" */
enum config_identity {
	CONFIG_IDENTITY_ADDRESS,
	CONFIG_IDENTITY_HOSTNAME,
	CONFIG_IDENTITY_DN,
};

/** enum config_aggressive - "crypto isakmp aggressive-mode disable" */
enum config_aggressive {
	CONFIG_AGGRESSIVE_UNSAID,	/* begun where a profile or peer policy says so, not answered; a router answers it */
	CONFIG_AGGRESSIVE_ENABLED,	/* "no ...": also answered */
	CONFIG_AGGRESSIVE_DISABLED,	/* neither */
};

/**
 * struct config_self - an identity of ours
 * @type: 0: not said; IPSEC_ID_IPV4_ADDR: @addr, or length 0: our address, of either family; IPSEC_ID_FQDN without
 *	@text: our host name; IPSEC_ID_USER_FQDN
 */
struct config_self {
	struct config_at at;
	uint8_t type;
	const char *text;
	struct addr addr;
};

/**
 * struct config_match - one "match identity"
 * @type: enum ipsec_id: addresses with @addr and @prefix, FQDN, USER_FQDN and KEY_ID with @text
 * @domain: every name that ends in @text
 */
struct config_match {
	struct config_at at;
	uint8_t type;
	struct addr addr;
	uint8_t prefix;
	const char *text;
	bool domain;
};

/**
 * struct config_isakmp_profile - one "crypto isakmp profile"
 * @keyring, @default_keyring: whose keys its peers have; without "keyring" the default one's
 * @self: type 0: as "crypto isakmp identity" says
 * @keepalive, @keepalive_retry: DPD in seconds, 0: as for all
 * @aggressive: "initiate mode aggressive"
 */
struct config_isakmp_profile {
	struct config_at at;
	const char *name, *description;
	const struct config_keyring **keyring;
	size_t keyrings;
	bool default_keyring;
	struct config_self self;
	struct config_match **match;
	size_t matches;
	uint32_t keepalive, keepalive_retry;
	bool aggressive;
	struct config_at aggressive_at;
	struct config_local local;
};

/**
 * struct config_peer_policy - one "crypto isakmp peer"
 * @addr, @hostname: whose; one of them
 * @password, @self: "set aggressive-mode password" and "client-endpoint": with either, we begin aggressive mode; NULL,
 *	type 0: not said
 */
struct config_peer_policy {
	struct config_at at;
	struct addr addr;
	const char *hostname, *description;
	struct config_psk *password;
	struct config_self self;
};

/** struct config_host - one "ip host" or "ipv6 host" */
struct config_host {
	const char *name;
	struct addr addr;
};

/**
 * struct config_profile - one "crypto ipsec profile"
 * @entry: what it says of SAs; no peer and no list
 */
struct config_profile {
	const char *name;
	const struct config_entry *entry;
	bool responder_only;
};

/**
 * struct config - all of it
 * @policy: by priority, best first; the built-in ones if none is configured
 * @psk: in order of the file
 * @hostname: "hostname", or NULL; @domain: "ip domain name", or NULL
 * @admission_active, @admission_negotiating: "crypto call admission limit ike", IKE SAs; 0: not said
 * @keepalive, @keepalive_retry: DPD in seconds, 0: off; @keepalive_periodic: not on demand
 */
struct config {
	struct config_policy **policy;
	size_t policies;
	struct config_psk **psk;
	size_t psks;
	struct config_transform_set **set;
	size_t sets;
	struct config_acl **acl;
	size_t acls;
	struct config_map **map;
	size_t maps;
	struct config_map **dynamic;
	size_t dynamics;
	struct config_interface **interface;
	size_t interfaces;
	struct config_profile **profile;
	size_t profiles;
	struct config_keyring **keyring;
	size_t keyrings;
	struct config_isakmp_profile **isakmp_profile;
	size_t isakmp_profiles;
	struct config_peer_policy **peer_policy;
	size_t peer_policies;
	struct config_host **host;
	size_t hosts;

	const char *hostname, *domain;
	uint32_t life_seconds, life_kilobytes;
	struct config_at life_seconds_at, life_kilobytes_at;
	uint32_t replay_window;
	uint32_t idle_seconds;
	enum config_df df;
	enum config_fragmentation fragmentation;
	enum config_identity identity;
	enum config_aggressive aggressive;
	struct config_at aggressive_at;
	uint32_t keepalive, keepalive_retry;
	bool keepalive_periodic;
	bool ike_fragmentation;		/* "crypto isakmp fragmentation" */
	bool nat_transparency;
	uint32_t nat_keepalive;
	bool invalid_spi_recovery;
	bool log_session;		/* "crypto logging session" */
	uint32_t admission_active, admission_negotiating;

	struct config_arena *arena;	/* private: where all of this lies */
};

/* ---- reading ---- */

/** enum config_severity */
enum config_severity {
	CONFIG_ERROR,		/* refuses the file */
	CONFIG_WARNING,		/* loaded, but hardly what was meant; or: has no effect here */
	CONFIG_IGNORED,		/* not about crypto; each command once */
};

/**
 * struct config_message - one thing to tell
 * @file, @line, @column: from 1; line 0: the file as a whole; column 0: the line as a whole
 * @word: the word at fault, NULL: none, or a secret
 * @text: what is wrong and what would be right; IGNORED: the command ("ip nat")
 * @lines: IGNORED: how many lines begin with that command
 */
struct config_message {
	enum config_severity severity;
	const char *file;
	unsigned int line, column;
	const char *word;
	const char *text;
	unsigned int lines;
};

/**
 * struct config_report - all messages about a file; errors and warnings in
 * order of lines, then what was ignored
 * @errors, @warnings, @ignored: how many of each
 */
struct config_report {
	struct config_message **message;
	size_t messages;
	size_t errors, warnings, ignored;
	struct config_arena *arena;	/* private */
};

/**
 * config_read_file() - read, check, resolve
 * @path: also what messages call the file
 * @strict: if it holds a key and others than its owner may read it, that is an error; else a warning
 * @report: always set, NULL only without memory; free it with config_report_free()
 *
 * The keys lie in secure memory. The buffer of the file is wiped before this
 * returns.
 *
 * Returns the configuration, or NULL if there is any error.
 */
struct config *config_read_file(const char *path, bool strict, struct config_report **report);

/** config_read() - the same of a buffer; @file: what messages call it. @data is not changed; the caller wipes it. */
struct config *config_read(const char *file, const char *data, size_t length, struct config_report **report);

/** config_free() - keys are wiped; NULL is fine. */
void config_free(struct config *c);

/** config_report_print() - a line each: "FILE:LINE:COLUMN: error: WORD: TEXT"; NULL is fine. */
void config_report_print(const struct config_report *report, FILE *out);

/** config_report_free() - NULL is fine. */
void config_report_free(struct config_report *report);

/* ---- questions ---- */

/**
 * struct config_psk_query - whose key is asked for
 * @local, @remote: addresses; @local of length 0: any of ours
 * @profile: NULL: not known, or none: all keyrings are asked
 * @id_type, @id, @id_length: what the peer calls itself, where that is known in time (aggressive mode); type 0: nothing
 * @initiate_aggressive: we begin, in aggressive mode: a peer policy's password is the key
 */
struct config_psk_query {
	const struct addr *local, *remote;
	const struct config_isakmp_profile *profile;
	uint8_t id_type;
	const void *id;
	size_t id_length;
	bool initiate_aggressive;
};

/**
 * config_psk_lookup() - the key, NULL: none
 *
 * By the name that the peer calls itself, else by its address: the longest
 * prefix that holds it; a name with that address ("ip host") counts as a host.
 */
const struct config_psk *config_psk_lookup(const struct config *c, const struct config_psk_query *q);

/** config_psk_find() - the key for @peer, of all keyrings: the longest prefix that holds it, NULL: none. */
const struct config_psk *config_psk_find(const struct config *c, const struct addr *peer);

/** config_host_is() - has the host @name that address ("ip host")? */
bool config_host_is(const struct config *c, const char *name, const struct addr *addr);

/**
 * config_ask_locals() - what the interfaces of "local-address INTERFACE" have now, where the file does not tell
 * @ask: fills in @l's addresses; lengths 0: none, and then it is valid nowhere
 */
void config_ask_locals(const struct config *c, void (*ask)(void *ctx, struct config_local *l), void *ctx);

/** config_local_fits() - is @local where @l is valid? */
bool config_local_fits(const struct config_local *l, const struct addr *local);

/** config_peer_policy_find() - "crypto isakmp peer" for that address, NULL: none. */
const struct config_peer_policy *config_peer_policy_find(const struct config *c, const struct addr *peer);

/** config_isakmp_profile_find() - by name (case matters), NULL: none. */
const struct config_isakmp_profile *config_isakmp_profile_find(const struct config *c, const char *name);

/** config_isakmp_profile_fits() - does @p allow that identity (enum ipsec_id, data of the ID payload) at that address of ours? */
bool config_isakmp_profile_fits(const struct config_isakmp_profile *p, const struct addr *local, uint8_t type, const void *data,
				size_t length);

/** config_isakmp_profile_match() - the profile that names it most closely; of equal ones the first; NULL: none does. */
const struct config_isakmp_profile *config_isakmp_profile_match(const struct config *c, const struct addr *local, uint8_t type,
								const void *data, size_t length);

/** config_aggressive() - do the profile (may be NULL) or the peer's policy say that we begin in aggressive mode? */
bool config_aggressive(const struct config *c, const struct config_isakmp_profile *profile, const struct addr *peer);

/** config_map_find() - by name (case matters), NULL: none. */
const struct config_map *config_map_find(const struct config *c, const char *name);

/** config_entry_find() - by map and sequence, NULL: none. Also incomplete ones are found. */
const struct config_entry *config_entry_find(const struct config *c, const char *map, uint32_t seq);

/** config_template_find() - by dynamic map and sequence, NULL: none. Also incomplete ones are found. */
const struct config_entry *config_template_find(const struct config *c, const char *dynamic, uint32_t seq);

/** config_set_find() - a transform set by name, NULL: none. */
const struct config_transform_set *config_set_find(const struct config *c, const char *name);

/** config_acl_find() - an access list by name or number, of IPv4 if there are two, NULL: none. */
const struct config_acl *config_acl_find(const struct config *c, const char *name);

/** config_interface_find() - by any spelling of its name: fa0/1, FastEthernet0/1, NULL: none. */
const struct config_interface *config_interface_find(const struct config *c, const char *name);

/**
 * config_interface_full() - an interface name with its type written out
 * @out: CONFIG_NAME_MAX + 1 bytes: "fa0/1" gives "FastEthernet0/1"; what is
 * no router's type, or an ambiguous one, comes out as it went in
 */
void config_interface_full(const char *name, char *out);

/* ---- comparison, for a reload: lines and files are not compared ---- */

/** config_policy_equal() - same priority and parameters? */
bool config_policy_equal(const struct config_policy *a, const struct config_policy *b);

/** config_psk_equal() - same peers, same key? The key is compared in constant time. */
bool config_psk_equal(const struct config_psk *a, const struct config_psk *b);

/** config_side_equal() - same network and ports? */
bool config_side_equal(const struct config_side *a, const struct config_side *b);

/** config_acl_equal() - same rules in the same order? NULLs are equal to each other. */
bool config_acl_equal(const struct config_acl *a, const struct config_acl *b);

/** config_entry_kernel_equal() - same peers, rules and level: what the module holds of an entry? */
bool config_entry_kernel_equal(const struct config_entry *a, const struct config_entry *b);

/** config_entry_equal() - the above, and transform sets (by value), PFS, lifetimes, replay window, idle time, DF, session keys? */
bool config_entry_equal(const struct config_entry *a, const struct config_entry *b);

/* ---- showing ---- */

/** config_print() - as a router's "show running-config" has it; keys are shown as <redacted>. */
void config_print(const struct config *c, FILE *out);

#endif
