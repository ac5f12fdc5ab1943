/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands that are understood, one row each, and their help texts (the
 * router's own, where it has one). match.h says how a row reads.
 */
#include <string.h>

#include "config/match.h"

#define OK(mode, pattern, handler, data) { MODE_##mode, pattern, handler, data, MODE_GLOBAL, MATCH_OK, NULL, 0 }
#define ENTER(mode, to, pattern, handler, data) { MODE_##mode, pattern, handler, data, MODE_##to, MATCH_OK, NULL, 0 }
#define DEEP(mode, to, depth, pattern, handler) { MODE_##mode, pattern, handler, 0, MODE_##to, MATCH_OK, NULL, depth }
#define WARN(mode, to, pattern, why) { MODE_##mode, pattern, NULL, 0, MODE_##to, MATCH_WARN, why, 0 }
#define TAKE(mode, pattern, handler, data, why) { MODE_##mode, pattern, handler, data, MODE_GLOBAL, MATCH_WARN, why, 0 }
#define REFUSE(mode, to, pattern, why) { MODE_##mode, pattern, NULL, 0, MODE_##to, MATCH_REFUSE, why, 0 }
#define IGNORE(mode, to, depth, pattern, handler) { MODE_##mode, pattern, handler, 0, MODE_##to, MATCH_IGNORE, NULL, depth }

#define NO_DPD "dead peer detection is not supported: a peer that is gone is noticed when a negotiation fails"
#define NO_NATT "NAT traversal is not supported"
#define NO_PROFILE "ISAKMP profiles are not supported: keys and identities of its peers would not be used"
#define NO_EFFECT "accepted, but it has no effect here"
#define NO_IDENTITY "not supported: our address is sent as identity"
#define NO_ROUTES "not supported: routes to the remote networks must be there already"
#define NO_CLIENT "remote access (client configuration, XAUTH) is not supported"

const struct match_row grammar_row[] = {
	/* ---- global ---- */
	OK(GLOBAL, "exit", NULL, 0), OK(GLOBAL, "end", NULL, 0),
	IGNORE(GLOBAL, GLOBAL, 9, "hostname WORD:name_of_this_router", isakmp_hostname),
	ENTER(GLOBAL, INTERFACE, "interface TAIL:an_interface's_name", interface_head, 0),
	DEEP(GLOBAL, GLOBAL, 2, "access-list <100-199> TAIL", acl_numbered),
	DEEP(GLOBAL, GLOBAL, 2, "access-list <2000-2699> TAIL", acl_numbered),
	DEEP(GLOBAL, GLOBAL, 2, "no access-list <100-199> TAIL", acl_numbered),
	DEEP(GLOBAL, GLOBAL, 2, "no access-list <2000-2699> TAIL", acl_numbered),
	DEEP(GLOBAL, ACL, 2, "ip access-list extended WORD:access-list_name", acl_named),
	DEEP(GLOBAL, GLOBAL, 2, "no ip access-list extended WORD:access-list_name", acl_named),
	DEEP(GLOBAL, ACL, 2, "ipv6 access-list WORD:access-list_name", acl_six),
	DEEP(GLOBAL, GLOBAL, 2, "no ipv6 access-list WORD:access-list_name", acl_six),
	IGNORE(GLOBAL, GLOBAL, 2, "ipv6 access-list log-update TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 2, "ip access-list standard TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "ip access-list resequence TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "ip access-list log-update TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "ip access-list logging TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "ip access-list match-local-traffic TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "ip access-list persistent TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "ip access-list helper TAIL", NULL),
	IGNORE(GLOBAL, GLOBAL, 2, "no ip access-list standard TAIL", NULL),

	/* ---- crypto isakmp ---- */
	ENTER(GLOBAL, POLICY, "crypto isakmp policy <1-10000>:priority_of_the_policy,_1_is_tried_first", isakmp_policy, 0),
	OK(GLOBAL, "no crypto isakmp policy", isakmp_policy, 0),
	OK(GLOBAL, "no crypto isakmp policy <1-10000>", isakmp_policy, 0),
	OK(GLOBAL, "crypto isakmp default policy", isakmp_policy_default, 0),
	OK(GLOBAL, "no crypto isakmp default policy", isakmp_policy_default, 0),
	OK(GLOBAL, "crypto isakmp enable", NULL, 0),
	REFUSE(GLOBAL, GLOBAL, "no crypto isakmp enable", "not supported: to have no ISAKMP, do not start ikemgr"),
	OK(GLOBAL, "crypto isakmp key TAIL:[0]_KEY_address_A.B.C.D_[MASK]", isakmp_key, 0),
	OK(GLOBAL, "no crypto isakmp key TAIL:KEY_address_A.B.C.D_[MASK]", isakmp_key, 0),
	OK(GLOBAL, "crypto isakmp identity address", isakmp_identity, CONFIG_IDENTITY_ADDRESS),
	TAKE(GLOBAL, "crypto isakmp identity hostname", isakmp_identity, CONFIG_IDENTITY_HOSTNAME, NO_IDENTITY),
	TAKE(GLOBAL, "crypto isakmp identity dn", isakmp_identity, CONFIG_IDENTITY_DN, NO_IDENTITY),
	OK(GLOBAL, "no crypto isakmp identity", isakmp_identity, CONFIG_IDENTITY_ADDRESS),
	TAKE(GLOBAL, "crypto isakmp keepalive <10-3600>:seconds_between_keepalives", isakmp_keepalive, KEEPALIVE_DEMAND, NO_DPD),
	TAKE(GLOBAL, "crypto isakmp keepalive <10-3600> periodic", isakmp_keepalive, KEEPALIVE_PERIODIC, NO_DPD),
	TAKE(GLOBAL, "crypto isakmp keepalive <10-3600> on-demand", isakmp_keepalive, KEEPALIVE_DEMAND, NO_DPD),
	TAKE(GLOBAL, "crypto isakmp keepalive <10-3600> <2-60>:seconds_between_retries", isakmp_keepalive, KEEPALIVE_DEMAND, NO_DPD),
	TAKE(GLOBAL, "crypto isakmp keepalive <10-3600> <2-60> periodic", isakmp_keepalive, KEEPALIVE_PERIODIC, NO_DPD),
	TAKE(GLOBAL, "crypto isakmp keepalive <10-3600> <2-60> on-demand", isakmp_keepalive, KEEPALIVE_DEMAND, NO_DPD),
	OK(GLOBAL, "no crypto isakmp keepalive TAIL", isakmp_keepalive, 0),
	TAKE(GLOBAL, "crypto isakmp nat keepalive <5-3600>:seconds", isakmp_nat_keepalive, 0, NO_NATT),
	OK(GLOBAL, "no crypto isakmp nat keepalive TAIL", isakmp_nat_keepalive, 0),
	TAKE(GLOBAL, "crypto isakmp invalid-spi-recovery", isakmp_spi_recovery, 0, NO_EFFECT),
	OK(GLOBAL, "no crypto isakmp invalid-spi-recovery", isakmp_spi_recovery, 0),
	OK(GLOBAL, "crypto isakmp aggressive-mode disable", NULL, 0),
	WARN(GLOBAL, GLOBAL, "no crypto isakmp aggressive-mode disable", "aggressive mode is not supported: it stays disabled"),
	WARN(GLOBAL, GLOBAL, "crypto isakmp fragmentation", NO_EFFECT),
	OK(GLOBAL, "no crypto isakmp fragmentation", NULL, 0),
	WARN(GLOBAL, GLOBAL, "crypto isakmp disconnect-revoked-peers", NO_EFFECT),
	WARN(GLOBAL, GLOBAL, "crypto isakmp xauth timeout <5-90>:seconds", NO_EFFECT),
	WARN(GLOBAL, GLOBAL, "crypto isakmp performance TAIL", NO_EFFECT),
	WARN(GLOBAL, GLOBAL, "crypto isakmp diagnose TAIL", NO_EFFECT),
	WARN(GLOBAL, SKIP, "crypto isakmp peer TAIL", "peer policies are not supported: they have no effect here"),
	REFUSE(GLOBAL, SKIP, "crypto isakmp profile TAIL", NO_PROFILE),
	WARN(GLOBAL, SKIP, "crypto isakmp client TAIL", NO_CLIENT),
	REFUSE(GLOBAL, SKIP, "crypto keyring TAIL", "keyrings are not supported: give each key by crypto isakmp key KEY address A.B.C.D"),
	OK(GLOBAL, "crypto logging session", isakmp_log_session, 0),
	OK(GLOBAL, "no crypto logging session", isakmp_log_session, 0),
	WARN(GLOBAL, GLOBAL, "crypto logging ezvpn TAIL", NO_EFFECT),
	WARN(GLOBAL, GLOBAL, "crypto logging ikev2", NO_EFFECT),
	WARN(GLOBAL, GLOBAL, "crypto call TAIL", "call admission control is not supported: there are fixed limits"),
	WARN(GLOBAL, SKIP, "crypto ikev2 TAIL", "IKEv2 is not supported"),
	WARN(GLOBAL, SKIP, "crypto gdoi TAIL", "GDOI is not supported"),
	WARN(GLOBAL, SKIP, "crypto gkm TAIL", "GDOI is not supported"),
	WARN(GLOBAL, SKIP, "crypto identity TAIL", NO_EFFECT),
	IGNORE(GLOBAL, SKIP, 0, "crypto pki TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto ca TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto key TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto engine TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto mib TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto ssl TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto vpn TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "crypto provisioning TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "no crypto pki TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "no crypto ca TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "no crypto key TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "no crypto engine TAIL", NULL),
	IGNORE(GLOBAL, SKIP, 0, "no crypto ikev2 TAIL", NULL),

	/* ---- crypto ipsec ---- */
	ENTER(GLOBAL, TRANSFORM, "crypto ipsec transform-set WORD:transform_set_name TAIL", ipsec_transform_set, 0),
	OK(GLOBAL, "no crypto ipsec transform-set WORD:transform_set_name TAIL", ipsec_transform_set, 0),
	OK(GLOBAL, "crypto ipsec security-association lifetime seconds <120-2592000>", ipsec_lifetime, LIFE_SECONDS),
	OK(GLOBAL, "crypto ipsec security-association lifetime kilobytes <2560-4294967295>", ipsec_lifetime, LIFE_KILOBYTES),
	OK(GLOBAL, "crypto ipsec security-association lifetime kilobytes disable", ipsec_lifetime, LIFE_DISABLE),
	OK(GLOBAL, "crypto ipsec security-association lifetime days <1-30>", ipsec_lifetime, LIFE_DAYS),
	OK(GLOBAL, "no crypto ipsec security-association lifetime", ipsec_lifetime, LIFE_ALL),
	OK(GLOBAL, "no crypto ipsec security-association lifetime seconds TAIL", ipsec_lifetime, LIFE_SECONDS),
	OK(GLOBAL, "no crypto ipsec security-association lifetime kilobytes TAIL", ipsec_lifetime, LIFE_KILOBYTES),
	OK(GLOBAL, "no crypto ipsec security-association lifetime days TAIL", ipsec_lifetime, LIFE_SECONDS),
	OK(GLOBAL, "crypto ipsec security-association idle-time <60-86400>:seconds", ipsec_idle, 0),
	OK(GLOBAL, "no crypto ipsec security-association idle-time TAIL", ipsec_idle, 0),
	OK(GLOBAL, "crypto ipsec security-association replay window-size 64", ipsec_window, 64),
	OK(GLOBAL, "crypto ipsec security-association replay window-size 128", ipsec_window, 128),
	OK(GLOBAL, "crypto ipsec security-association replay window-size 256", ipsec_window, 256),
	OK(GLOBAL, "crypto ipsec security-association replay window-size 512", ipsec_window, 512),
	OK(GLOBAL, "crypto ipsec security-association replay window-size 1024", ipsec_window, 1024),
	OK(GLOBAL, "crypto ipsec security-association replay disable", ipsec_window, 0),
	OK(GLOBAL, "no crypto ipsec security-association replay TAIL", ipsec_window, CONFIG_DEFAULT_WINDOW),
	OK(GLOBAL, "crypto ipsec df-bit copy", ipsec_df, CONFIG_DF_COPY),
	OK(GLOBAL, "crypto ipsec df-bit clear", ipsec_df, CONFIG_DF_CLEAR),
	OK(GLOBAL, "crypto ipsec df-bit set", ipsec_df, CONFIG_DF_SET),
	OK(GLOBAL, "no crypto ipsec df-bit TAIL", ipsec_df, CONFIG_DF_COPY),
	OK(GLOBAL, "crypto ipsec fragmentation before-encryption", ipsec_fragmentation, CONFIG_FRAGMENT_BEFORE),
	OK(GLOBAL, "crypto ipsec fragmentation after-encryption", ipsec_fragmentation, CONFIG_FRAGMENT_AFTER),
	OK(GLOBAL, "no crypto ipsec fragmentation TAIL", ipsec_fragmentation, CONFIG_FRAGMENT_BEFORE),
	WARN(GLOBAL, GLOBAL, "crypto ipsec nat-transparency udp-encapsulation", NO_NATT),
	OK(GLOBAL, "no crypto ipsec nat-transparency udp-encapsulation", NULL, 0),
	WARN(GLOBAL, GLOBAL, "crypto ipsec nat-transparency spi-matching", NO_NATT),
	OK(GLOBAL, "no crypto ipsec nat-transparency spi-matching", NULL, 0),
	OK(GLOBAL, "crypto ipsec ipv4-deny jump", NULL, 0),
	REFUSE(GLOBAL, GLOBAL, "crypto ipsec ipv4-deny clear", "only jump is supported: a deny goes on to the next sequence"),
	REFUSE(GLOBAL, GLOBAL, "crypto ipsec ipv4-deny drop", "only jump is supported: a deny goes on to the next sequence"),
	OK(GLOBAL, "no crypto ipsec ipv4-deny TAIL", NULL, 0),
	REFUSE(GLOBAL, GLOBAL, "crypto ipsec optional TAIL", "not supported: traffic that should be protected is never accepted or sent in clear"),
	OK(GLOBAL, "no crypto ipsec optional TAIL", NULL, 0),
	WARN(GLOBAL, SKIP, "crypto ipsec profile TAIL", "IPsec profiles are not supported: they have no effect here"),
	REFUSE(GLOBAL, SKIP, "crypto ipsec client TAIL", NO_CLIENT),
	IGNORE(GLOBAL, GLOBAL, 0, "no crypto ipsec profile TAIL", NULL),

	/* ---- crypto map ---- */
	ENTER(GLOBAL, MAP, "crypto map WORD:crypto_map_name <1-65535>:sequence ipsec-isakmp", map_entry, ENTRY_ISAKMP),
	ENTER(GLOBAL, MAP, "crypto map WORD <1-65535> ipsec-manual", map_entry, ENTRY_MANUAL),
	ENTER(GLOBAL, MAP, "crypto map WORD <1-65535>", map_entry, ENTRY_EXISTING),
	REFUSE(GLOBAL, SKIP, "crypto map WORD <1-65535> ipsec-isakmp dynamic TAIL", "dynamic crypto maps are not supported: give each peer an entry of its own"),
	REFUSE(GLOBAL, SKIP, "crypto map WORD <1-65535> ipsec-isakmp profile TAIL", NO_PROFILE),
	REFUSE(GLOBAL, SKIP, "crypto map WORD <1-65535> gdoi", "GDOI is not supported"),
	ENTER(GLOBAL, MAP, "crypto map ipv6 WORD:crypto_map_name <1-65535>:sequence ipsec-isakmp", map_entry6, ENTRY_ISAKMP),
	ENTER(GLOBAL, MAP, "crypto map ipv6 WORD <1-65535> ipsec-manual", map_entry6, ENTRY_MANUAL),
	ENTER(GLOBAL, MAP, "crypto map ipv6 WORD <1-65535>", map_entry6, ENTRY_EXISTING),
	OK(GLOBAL, "crypto map ipv6 WORD local-address TAIL:an_interface's_name", map_local_address, 0),
	OK(GLOBAL, "no crypto map ipv6 WORD local-address TAIL", map_local_address, 0),
	OK(GLOBAL, "no crypto map ipv6 WORD:crypto_map_name", map_entry6, ENTRY_EXISTING),
	OK(GLOBAL, "no crypto map ipv6 WORD <1-65535> TAIL", map_entry6, ENTRY_EXISTING),
	OK(GLOBAL, "crypto map WORD local-address TAIL:an_interface's_name", map_local_address, 0),
	REFUSE(GLOBAL, GLOBAL, "crypto map WORD isakmp-profile TAIL", NO_PROFILE),
	REFUSE(GLOBAL, GLOBAL, "crypto map WORD client TAIL", NO_CLIENT),
	REFUSE(GLOBAL, GLOBAL, "crypto map WORD isakmp TAIL", NO_CLIENT),
	REFUSE(GLOBAL, GLOBAL, "crypto map WORD redundancy TAIL", "stateful redundancy is not supported"),
	OK(GLOBAL, "no crypto map WORD:crypto_map_name", map_entry, ENTRY_EXISTING),
	OK(GLOBAL, "no crypto map WORD <1-65535> TAIL", map_entry, ENTRY_EXISTING),
	OK(GLOBAL, "no crypto map WORD local-address TAIL", map_local_address, 0),
	WARN(GLOBAL, SKIP, "crypto dynamic-map TAIL", "dynamic crypto maps are not supported: they have no effect here"),

	/* ---- crypto isakmp policy ---- */
	OK(POLICY, "encryption des", isakmp_encryption, -1),
	OK(POLICY, "encryption 3des", isakmp_encryption, 0),
	OK(POLICY, "encryption aes", isakmp_encryption, 128),
	OK(POLICY, "encryption aes 128", isakmp_encryption, 128),
	OK(POLICY, "encryption aes 192", isakmp_encryption, 192),
	OK(POLICY, "encryption aes 256", isakmp_encryption, 256),
	OK(POLICY, "hash md5", isakmp_hash, IKE_HASH_MD5),
	OK(POLICY, "hash sha", isakmp_hash, IKE_HASH_SHA),
	OK(POLICY, "hash sha256", isakmp_hash, IKE_HASH_SHA256),
	OK(POLICY, "hash sha384", isakmp_hash, IKE_HASH_SHA384),
	OK(POLICY, "hash sha512", isakmp_hash, IKE_HASH_SHA512),
	OK(POLICY, "authentication pre-share", isakmp_auth, IKE_AUTH_PSK),
	OK(POLICY, "authentication rsa-sig", isakmp_auth, IKE_AUTH_RSA_SIG),
	OK(POLICY, "authentication rsa-encr", isakmp_auth, IKE_AUTH_RSA_ENC),
	OK(POLICY, "group 1", isakmp_group, 1), OK(POLICY, "group 2", isakmp_group, 2),
	OK(POLICY, "group 5", isakmp_group, 5), OK(POLICY, "group 14", isakmp_group, 14),
	OK(POLICY, "group 15", isakmp_group, 15), OK(POLICY, "group 16", isakmp_group, 16),
	OK(POLICY, "group 19", isakmp_group, 19), OK(POLICY, "group 20", isakmp_group, 20),
	OK(POLICY, "group 21", isakmp_group, 21), OK(POLICY, "group 24", isakmp_group, 24),
	OK(POLICY, "lifetime <60-86400>:seconds", isakmp_lifetime, 0),
	OK(POLICY, "default encryption", isakmp_encryption, 0), OK(POLICY, "no encryption TAIL", isakmp_encryption, 0),
	OK(POLICY, "default hash", isakmp_hash, 0), OK(POLICY, "no hash TAIL", isakmp_hash, 0),
	OK(POLICY, "default authentication", isakmp_auth, 0), OK(POLICY, "no authentication TAIL", isakmp_auth, 0),
	OK(POLICY, "default group", isakmp_group, 0), OK(POLICY, "no group TAIL", isakmp_group, 0),
	OK(POLICY, "default lifetime", isakmp_lifetime, 0), OK(POLICY, "no lifetime TAIL", isakmp_lifetime, 0),
	OK(POLICY, "exit", NULL, 0),

	/* ---- crypto ipsec transform-set ---- */
	OK(TRANSFORM, "mode tunnel", ipsec_mode, MODE_WORD_TUNNEL),
	OK(TRANSFORM, "mode transport", ipsec_mode, MODE_WORD_TRANSPORT),
	OK(TRANSFORM, "mode transport require", ipsec_mode, MODE_WORD_TRANSPORT_REQUIRE),
	OK(TRANSFORM, "no mode TAIL", ipsec_mode, MODE_WORD_TUNNEL),
	OK(TRANSFORM, "default mode", ipsec_mode, MODE_WORD_TUNNEL),
	REFUSE(TRANSFORM, GLOBAL, "esn", "extended sequence numbers are not supported"),
	OK(TRANSFORM, "no esn", NULL, 0),
	OK(TRANSFORM, "exit", NULL, 0),

	/* ---- crypto map NAME SEQ ipsec-isakmp ---- */
	OK(MAP, "description LINE:a_text", map_description, 0),
	OK(MAP, "no description TAIL", map_description, 0),
	OK(MAP, "set peer TAIL:A.B.C.D_or_X:X::X_(the_peer's_address)", map_peer, 0),
	OK(MAP, "no set peer TAIL", map_peer, 0),
	OK(MAP, "set transform-set TAIL:transform_set_names", map_sets, 0),
	OK(MAP, "no set transform-set TAIL", map_sets, 0),
	OK(MAP, "set pfs", map_pfs, 1),
	OK(MAP, "set pfs group1", map_pfs, 1), OK(MAP, "set pfs group2", map_pfs, 2),
	OK(MAP, "set pfs group5", map_pfs, 5), OK(MAP, "set pfs group14", map_pfs, 14),
	OK(MAP, "set pfs group15", map_pfs, 15), OK(MAP, "set pfs group16", map_pfs, 16),
	REFUSE(MAP, GLOBAL, "set pfs group19", "this group is not supported; groups 1, 2, 5, 14, 15 and 16 are"),
	REFUSE(MAP, GLOBAL, "set pfs group20", "this group is not supported; groups 1, 2, 5, 14, 15 and 16 are"),
	REFUSE(MAP, GLOBAL, "set pfs group21", "this group is not supported; groups 1, 2, 5, 14, 15 and 16 are"),
	REFUSE(MAP, GLOBAL, "set pfs group24", "this group is not supported; groups 1, 2, 5, 14, 15 and 16 are"),
	OK(MAP, "no set pfs TAIL", map_pfs, 0),
	OK(MAP, "set security-association lifetime seconds <120-2592000>", map_lifetime, LIFE_SECONDS),
	OK(MAP, "set security-association lifetime kilobytes <2560-4294967295>", map_lifetime, LIFE_KILOBYTES),
	OK(MAP, "set security-association lifetime kilobytes disable", map_lifetime, LIFE_DISABLE),
	OK(MAP, "set security-association lifetime days <1-30>", map_lifetime, LIFE_DAYS),
	OK(MAP, "no set security-association lifetime", map_lifetime, LIFE_ALL),
	OK(MAP, "no set security-association lifetime seconds TAIL", map_lifetime, LIFE_SECONDS),
	OK(MAP, "no set security-association lifetime kilobytes TAIL", map_lifetime, LIFE_KILOBYTES),
	OK(MAP, "no set security-association lifetime days TAIL", map_lifetime, LIFE_SECONDS),
	OK(MAP, "set security-association level per-host", map_per_host, 0),
	OK(MAP, "no set security-association level TAIL", map_per_host, 0),
	OK(MAP, "set security-association idle-time <60-86400>:seconds", map_idle, 0),
	OK(MAP, "set security-association idle-time <60-86400> default", map_idle, 1),
	OK(MAP, "no set security-association idle-time TAIL", map_idle, 0),
	OK(MAP, "set security-association dfbit copy", map_df, CONFIG_DF_COPY),
	OK(MAP, "set security-association dfbit clear", map_df, CONFIG_DF_CLEAR),
	OK(MAP, "set security-association dfbit set", map_df, CONFIG_DF_SET),
	OK(MAP, "no set security-association dfbit TAIL", map_df, CONFIG_DF_INHERIT),
	OK(MAP, "set security-association replay disable", map_window, 0),
	OK(MAP, "set security-association replay window-size 64", map_window, 64),
	OK(MAP, "set security-association replay window-size 128", map_window, 128),
	OK(MAP, "set security-association replay window-size 256", map_window, 256),
	OK(MAP, "set security-association replay window-size 512", map_window, 512),
	OK(MAP, "set security-association replay window-size 1024", map_window, 1024),
	OK(MAP, "no set security-association replay TAIL", map_window, -1),
	REFUSE(MAP, GLOBAL, "set isakmp-profile TAIL", NO_PROFILE),
	REFUSE(MAP, GLOBAL, "set ikev2-profile TAIL", "IKEv2 is not supported"),
	REFUSE(MAP, GLOBAL, "set identity TAIL", "not supported: a peer is known by its address"),
	REFUSE(MAP, GLOBAL, "set ip TAIL", "not supported: filter decrypted traffic by other means, such as nftables"),
	OK(MAP, "set session-key inbound TAIL:esp_SPI_cipher_HEX_[authenticator_HEX]_or_ah_SPI_HEX", map_session_key, CONFIG_INBOUND),
	OK(MAP, "set session-key outbound TAIL:esp_SPI_cipher_HEX_[authenticator_HEX]_or_ah_SPI_HEX", map_session_key, CONFIG_OUTBOUND),
	OK(MAP, "no set session-key inbound TAIL", map_session_key, CONFIG_INBOUND),
	OK(MAP, "no set session-key outbound TAIL", map_session_key, CONFIG_OUTBOUND),
	WARN(MAP, GLOBAL, "set nat TAIL", NO_NATT),
	WARN(MAP, GLOBAL, "set reverse-route TAIL", NO_ROUTES),
	WARN(MAP, GLOBAL, "reverse-route TAIL", NO_ROUTES),
	WARN(MAP, GLOBAL, "qos pre-classify", NO_EFFECT),
	OK(MAP, "no reverse-route TAIL", NULL, 0), OK(MAP, "no set reverse-route TAIL", NULL, 0),
	OK(MAP, "no qos TAIL", NULL, 0), OK(MAP, "no set nat TAIL", NULL, 0),
	OK(MAP, "match address TAIL:an_extended_access_list:_100-199,_2000-2699_or_a_name", map_acl, 0),
	OK(MAP, "no match address TAIL", map_acl, 0),
	OK(MAP, "exit", NULL, 0),

	/* ---- ip access-list extended ---- */
	OK(ACL, "permit TAIL", acl_line, 0), OK(ACL, "deny TAIL", acl_line, 0), OK(ACL, "remark TAIL", acl_remark, 0),
	OK(ACL, "sequence <1-2147483647>:sequence_number TAIL", acl_line, 1),
	OK(ACL, "no sequence <1-2147483647>:sequence_number TAIL", acl_line, 1),
	OK(ACL, "<1-2147483647>:sequence_number TAIL", acl_line, 0),
	OK(ACL, "no <1-2147483647>:sequence_number TAIL", acl_line, 0),
	OK(ACL, "no permit TAIL", acl_line, 0), OK(ACL, "no deny TAIL", acl_line, 0), OK(ACL, "no remark TAIL", acl_remark, 0),
	OK(ACL, "evaluate TAIL", acl_line, 0), OK(ACL, "dynamic TAIL", acl_line, 0),
	OK(ACL, "exit", NULL, 0),

	/* ---- interface ---- */
	OK(INTERFACE, "crypto map WORD:crypto_map_name", interface_map, 0),
	REFUSE(INTERFACE, GLOBAL, "crypto map WORD redundancy TAIL", "redundancy is not supported"),
	OK(INTERFACE, "no crypto map", interface_map, 0), OK(INTERFACE, "no crypto map WORD", interface_map, 0),
	OK(INTERFACE, "crypto ipsec df-bit copy", interface_df, CONFIG_DF_COPY),
	OK(INTERFACE, "crypto ipsec df-bit clear", interface_df, CONFIG_DF_CLEAR),
	OK(INTERFACE, "crypto ipsec df-bit set", interface_df, CONFIG_DF_SET),
	OK(INTERFACE, "no crypto ipsec df-bit TAIL", interface_df, CONFIG_DF_INHERIT),
	OK(INTERFACE, "crypto ipsec fragmentation before-encryption", interface_fragmentation, CONFIG_FRAGMENT_BEFORE),
	OK(INTERFACE, "crypto ipsec fragmentation after-encryption", interface_fragmentation, CONFIG_FRAGMENT_AFTER),
	OK(INTERFACE, "no crypto ipsec fragmentation TAIL", interface_fragmentation, CONFIG_FRAGMENT_INHERIT),
	REFUSE(INTERFACE, GLOBAL, "crypto ipsec client TAIL", NO_CLIENT),
	DEEP(INTERFACE, GLOBAL, 9, "ip address TAIL", interface_address),
	DEEP(INTERFACE, GLOBAL, 9, "no ip address TAIL", interface_address),
	DEEP(INTERFACE, GLOBAL, 9, "ipv6 address TAIL", interface_address6),
	DEEP(INTERFACE, GLOBAL, 9, "no ipv6 address TAIL", interface_address6),
	DEEP(INTERFACE, GLOBAL, 2, "ipv6 crypto map WORD:crypto_map_name", interface_map),
	DEEP(INTERFACE, GLOBAL, 3, "no ipv6 crypto map TAIL", interface_map),
	{ MODE_INTERFACE, "tunnel protection TAIL", NULL, 0, MODE_GLOBAL, MATCH_REFUSE,
	  "tunnel protection is not supported: the tunnel's traffic would leave in clear", 2 },
	OK(INTERFACE, "exit", NULL, 0),

	OK(SKIP, "exit", NULL, 0), OK(SKIP, "quit", NULL, 0),
};

_Static_assert(sizeof(grammar_row) / sizeof(grammar_row[0]) <= MATCH_ROWS_MAX, "a walk has room for every row");

const size_t grammar_rows = sizeof(grammar_row) / sizeof(grammar_row[0]);

static const struct {
	const char *word, *text;
} help[] = {
	{ "crypto", "encryption module" },
	{ "isakmp", "configure ISAKMP policy" },
	{ "ipsec", "configure IPSEC policy" },
	{ "map", "enter a crypto map" },
	{ "policy", "set policy for an ISAKMP protection suite" },
	{ "key", "set pre-shared key for remote peer" },
	{ "identity", "set the identity which ISAKMP will use" },
	{ "keepalive", "set a keepalive interval for use with IOS peers" },
	{ "transform-set", "define transform and settings" },
	{ "security-association", "security association parameters" },
	{ "encryption", "set encryption algorithm for protection suite" },
	{ "hash", "set hash algorithm for protection suite" },
	{ "authentication", "set authentication method for protection suite" },
	{ "group", "set the Diffie-Hellman group" },
	{ "lifetime", "set lifetime" },
	{ "des", "DES - Data Encryption Standard (56 bit keys)" },
	{ "3des", "three key triple DES" },
	{ "aes", "AES - Advanced Encryption Standard" },
	{ "md5", "Message Digest 5" },
	{ "sha", "Secure Hash Standard" },
	{ "sha256", "Secure Hash Standard 2 (256 bit)" },
	{ "sha384", "Secure Hash Standard 2 (384 bit)" },
	{ "sha512", "Secure Hash Standard 2 (512 bit)" },
	{ "pre-share", "pre-shared key" },
	{ "rsa-sig", "Rivest-Shamir-Adleman signature" },
	{ "rsa-encr", "Rivest-Shamir-Adleman encryption" },
	{ "seconds", "time-based key duration" },
	{ "kilobytes", "volume-based key duration" },
	{ "pfs", "specify pfs settings" },
	{ "peer", "allowed encryption/decryption peer" },
	{ "address", "by IP address" },
	{ "mode", "encapsulation mode" },
	{ "tunnel", "tunnel mode" },
	{ "transport", "transport mode" },
	{ "ipsec-isakmp", "IPSEC w/ISAKMP" },
	{ "permit", "protect these packets" },
	{ "deny", "do not protect these packets by this entry" },
	{ "any", "any host" },
	{ "host", "a single host" },
	{ "eq", "match only packets on a given port number" },
	{ "gt", "match only packets with a greater port number" },
	{ "lt", "match only packets with a lower port number" },
	{ "neq", "match only packets not on a given port number" },
	{ "range", "match only packets in the range of port numbers" },
};

const char *grammar_help(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(help) / sizeof(help[0]); i++)
		if (strlen(help[i].word) == length && !memcmp(help[i].word, word, length))
			return help[i].text;
	return NULL;
}

/*
 * First words of a router's global commands that are none of ours (interface,
 * access-list, crypto, hostname, exit, end): with them a section that lost its
 * indentation ends.
 */
static const char *const global_word[] = {
	"aaa", "access-session", "alias", "ancp", "appfw", "application", "archive", "arp", "async", "authentication-list",
	"autonomic", "banner", "beep", "bfd", "bfd-template", "boot", "boot-start-marker", "boot-end-marker", "bridge",
	"buffers", "Building", "busy-message", "call", "call-home", "card", "cdp", "cef", "chat-script", "class-map", "clock",
	"clns", "cns", "config-register", "configuration", "configure", "connect", "controller", "control-plane", "cts",
	"Current", "cwmp", "data-route", "default", "default-value", "define", "device-sensor", "diagnostic", "dialer",
	"dialer-list", "dial-peer", "dnsix-dmdp", "do", "dot11", "dot1x", "dspfarm", "enable", "endpoint", "energywise",
	"ephone", "ephone-dn", "errdisable", "ethernet", "event", "exception", "fabric", "facility-alarm", "fallback",
	"file", "flow", "flow-sampler-map", "format", "frame-relay", "ftp-server", "gatekeeper", "gateway", "global-address-family",
	"ipv6", "ip", "isdn", "ivr", "kerberos", "key", "keymap", "l2", "l2tp", "l2tp-class", "lacp", "license", "line",
	"lldp", "load-interval", "locale", "logging", "login", "mac", "mac-address-table", "macro", "map-class", "map-list",
	"media-proxy", "memory", "menu", "metadata", "microcode", "mls", "mmi", "modemcap", "monitor", "mop", "mpls", "multilink",
	"netbios", "netconf", "network-clock", "nls", "no", "ntp", "object-group", "onep", "parameter-map", "parser",
	"partition", "password", "pfr", "platform", "policy-map", "power", "ppp", "priority-list", "privilege", "process",
	"process-max-time", "prompt", "property", "pseudowire-class", "queue-list", "radius", "radius-server", "redirect",
	"redundancy", "regexp", "reload", "resource", "rmon", "rollup", "route-map", "route-tag", "router", "rsrb", "sampler",
	"sccp", "scheduler", "scripting", "security", "sensor", "service", "shell", "show", "snmp", "snmp-server", "software",
	"source-bridge", "spanning-tree", "ssl", "standby", "state-machine", "stun", "subscriber", "subscriber-policy",
	"syslog", "system", "table-map", "tacacs", "tacacs-server", "tag-switching", "telephony-service", "template",
	"terminal", "terminal-queue", "tftp-server", "time-range", "track", "transceiver", "translation", "ttycap", "Using",
	"username", "utilization", "vc-class", "version", "vfi", "virtual-profile", "virtual-template", "vlan", "vmps",
	"voice", "voice-card", "voice-port", "vpdn", "vpdn-group", "vrf", "vstack", "vtp", "webvpn", "write", "wsma", "x25",
	"x29", "xconnect", "zone", "zone-pair",
};

bool match_global_word(const struct lexer_word *w)
{
	for (size_t i = 0; i < sizeof(global_word) / sizeof(global_word[0]); i++)
		if (lexer_is(w, global_word[i]) || (w->length >= 3 && lexer_starts(w, global_word[i])))
			return true;
	return false;
}

bool match_global_begins(const struct lexer_word *w)
{
	for (size_t i = 0; i < sizeof(global_word) / sizeof(global_word[0]); i++)
		if (w->length < strlen(global_word[i]) && lexer_starts(w, global_word[i]))
			return true;
	return false;
}
