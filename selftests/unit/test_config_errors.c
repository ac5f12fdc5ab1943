/* SPDX-License-Identifier: GPL-2.0-only */
/* Every error and warning of the configuration: its line, its column, the word it names and what it says to expect. */
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

struct expect {
	const char *text;	/* appended to BASE unless alone */
	unsigned int line;	/* counted from the appended text */
	unsigned int column;
	const char *word;	/* NULL: none may be named */
	const char *says;	/* part of the message */
	int alone;
};

#define MANUAL "crypto map VPN 11 ipsec-manual\n set peer 198.51.100.1\n set transform-set T\n match address 100\n"
#define TUNNEL "crypto ipsec profile P\n set transform-set T\ninterface Tunnel0\n tunnel source 192.0.2.1\n tunnel mode ipsec ipv4\n"
#define DYNAMIC "crypto dynamic-map D 10\n set transform-set T\ncrypto map VPN 20 ipsec-isakmp dynamic D\n"
#define K40 "00112233445566778899aabbccddeeff00112233"
#define K48 "00112233445566778899aabbccddeeff0011223344556677"

static const struct expect error[] = {
	/* words, numbers, ends of lines */
	{ "crypto call admission limit ike in-negotiation-sa 9\n", 1, 51, "9", "expected <10-99999>", 0 },
	{ "crypto isakmp policy 20\n encr 4des\n", 2, 7, "4des", "expected one of: des (DES", 0 },
	{ "crypto isakmp policy 20\n encr 4des\n", 2, 7, "4des", "3des (three key triple DES), aes (AES", 0 },
	{ "crypto isakmp policy 20\n encr\n", 2, 6, NULL, "incomplete command; expected one of: des", 0 },
	{ "crypto isakmp policy 20\n encr aes 257\n", 2, 11, "257", "128, 192, 256", 0 },
	{ "crypto isakmp policy 20\n encr 3des 128\n", 2, 12, "128", "expected the end of the line", 0 },
	{ "crypto isakmp policy 20\n hash sha1\n", 2, 7, "sha1", "sha (Secure Hash Standard)", 0 },
	{ "crypto isakmp policy 20\n group 3\n", 2, 8, "3", "1, 2, 5, 14, 15, 16", 0 },
	{ "crypto isakmp policy 20\n lifetime 59\n", 2, 11, "59", "out of range; expected <60-86400>", 0 },
	{ "crypto isakmp policy 20\n lifetime 86401\n", 2, 11, "86401", "out of range", 0 },
	{ "crypto isakmp policy 20\n lifetime x\n", 2, 11, "x", "<60-86400>", 0 },
	{ "crypto isakmp policy 20\n authentication psk\n", 2, 17, "psk", "pre-share (pre-shared key)", 0 },
	{ "crypto isakmp policy 0\n", 1, 22, "0", "out of range; expected <1-10000>", 0 },
	{ "crypto isakmp policy 99999\n", 1, 22, "99999", "out of range; expected <1-10000>", 0 },
	{ "crypto isakmp policy\n", 1, 21, NULL, "incomplete command; expected <1-10000>", 0 },
	{ "crypto isakmp policy 1 2\n", 1, 24, "2", "expected the end of the line", 0 },
	{ "crypto isakmp frob\n", 1, 15, "frob", "policy (", 0 },
	{ "crypto isakmp ke x address 1.2.3.4\n", 1, 15, "ke", "ambiguous; it begins one of: key (", 0 },
	{ "crypto frob\n", 1, 8, "frob", "isakmp (configure ISAKMP policy)", 0 },
	{ "crypto\n", 1, 7, NULL, "incomplete command", 0 },
	{ "ac 100 permit ip any any\n", 1, 1, "ac", "ambiguous; it begins one of: access-list", 1 },
	{ "crpyto isakmp policy 20\n", 1, 1, "crpyto", "expected crypto", 0 },
	{ "crypto isakmp policy 20\ncrpyto isakmp key hidden address 192.0.2.7\n", 2, 1, "crpyto", "unknown command; expected crypto", 0 },
	{ "interface eth1\nacces-lst 100 permit ip any any\n", 2, 1, "acces-lst", "expected access-list", 0 },
	{ "no crytpo isakmp policy 10\n", 1, 4, "crytpo", "expected crypto", 0 },
	{ "crypto isakmp policy 20\n hsah md5\n", 2, 2, "hsah", "hash (", 0 },
	{ "crypto map VPN 10 ipsec-isakmp\n sett peer 1.2.3.4\n", 2, 2, "sett", "set", 0 },
	{ "crypto map VPN 10 ipsec-isakmp\nsett peer 1.2.3.4\n", 2, 1, "sett", "set", 0 },
	{ "hostname x\nset peer 1.2.3.4\n", 2, 1, "set", "below crypto map", 0 },

	/* keys: no word is ever named */
	{ "crypto isakmp key\n", 1, 18, NULL, "expected the key", 0 },
	{ "crypto isakmp key hidden\n", 1, 25, NULL, "address (", 0 },
	{ "crypto isakmp key hidden address\n", 1, 33, NULL, "expected A.B.C.D", 0 },
	{ "crypto isakmp key address 192.0.2.7\n", 1, 27, NULL, "expected one of: address", 0 },
	{ "crypto isakmp key my hidden address 192.0.2.7\n", 1, 22, NULL, "expected one of: address", 0 },
	{ "crypto isakmp key hidden address 192.0.2.300\n", 1, 34, NULL, "no address; expected A.B.C.D", 0 },
	{ "crypto isakmp key hidden address 192.0.2.0 0.0.0.255\n", 1, 44, NULL, "no netmask", 0 },
	{ "crypto isakmp key hidden address 192.0.2.7 hidden\n", 1, 44, NULL, "no-xauth", 0 },
	{ "crypto isakmp key hidden address 192.0.2.7 no-xauth x\n", 1, 53, NULL, "end of the line", 0 },
	{ "crypto isakmp key hidden address ipv6 frob\n", 1, 39, NULL, "X:X::X/N", 0 },
	{ "crypto isakmp key hidden address ipv6 2001:db8::/129\n", 1, 39, NULL, "X:X::X/N", 0 },
	{ "crypto isakmp key 6 hidden address 192.0.2.7\n", 1, 19, NULL, "type 6", 0 },
	{ "crypto isakmp key hidden hostname\n", 1, 34, NULL, "the peer's name", 0 },
	{ "crypto isakmp key hidden address 198.51.100.1\n", 1, 0, NULL, "another key for this address stands on line 5", 0 },
	{ "crypto isakmp key hidden\1 address 198.51.100.1\n", 1, 0, NULL, "control character 0x01", 0 },
	{ "interface Vlan\0019\n ip address 192.0.2.77 255.255.255.0\n", 1, 0, NULL, "control character 0x01 in column 15", 0 },

	/* transform sets */
	{ "crypto ipsec transform-set T2 esp-3des esp-frob-hmac\n", 1, 40, "esp-frob-hmac", "esp-sha-hmac (", 0 },
	{ "crypto ipsec transform-set T2\n", 1, 30, NULL, "expected one of: esp-des", 0 },
	{ "crypto ipsec transform-set\n", 1, 27, NULL, "WORD (transform set name)", 0 },
	{ "crypto ipsec transform-set T2 esp-3des esp-des\n", 1, 40, "esp-des", "already in this line", 0 },
	{ "crypto ipsec transform-set T2 esp-sha\n", 1, 31, "esp-sha", "ambiguous; it begins one of: esp-sha-hmac", 0 },
	{ "crypto ipsec transform-set T2 esp-3des 128 esp-sha-hmac\n", 1, 40, "128", "not valid here", 0 },
	{ "crypto ipsec transform-set T2 esp-aes esp-sha-hmac\n mode transport requires\n", 2, 17, "requires", "require", 0 },
	{ "crypto ipsec transform-set T2 esp-gcm 64\n", 1, 39, "64", "not valid here", 0 },
	{ "crypto ipsec transform-set T2 esp-gcm 256 esp-sha-hmac\n", 1, 43, "esp-sha-hmac", "esp-gcm authenticates by itself", 0 },
	{ "crypto ipsec transform-set T2 esp-sha-hmac esp-gmac\n", 1, 44, "esp-gmac", "esp-gmac authenticates by itself", 0 },
	{ "crypto ipsec transform-set T2 ah-sha-hmac ah-md5-hmac\n", 1, 43, "ah-md5-hmac", "already in this line", 0 },
	{ "crypto ipsec transform-set T2 esp-aes esp-sha-hmac\n mode tunel\n", 2, 7, "tunel", "tunnel (tunnel mode), transport", 0 },

	/* lifetimes and other SA parameters */
	{ "crypto ipsec security-association lifetime seconds 119\n", 1, 52, "119", "<120-2592000>", 0 },
	{ "crypto ipsec security-association lifetime kilobytes 2559\n", 1, 54, "2559", "expected one of: <2560-4294967295>, disable", 0 },
	{ "crypto ipsec security-association lifetime kilobytes 4294967296\n", 1, 54, "4294967296", "out of range", 0 },
	{ "crypto ipsec security-association lifetime kilobytes 99999999999\n", 1, 54, "99999999999", "<2560-4294967295>", 0 },
	{ "crypto ipsec security-association lifetime hours 1\n", 1, 44, "hours", "seconds (", 0 },
	{ "crypto ipsec security-association replay window-size 63\n", 1, 54, "63", "64, 128, 256, 512, 1024", 0 },
	{ "crypto ipsec df-bit frob\n", 1, 21, "frob", "copy", 0 },
	{ "crypto ipsec fragmentation sometimes\n", 1, 28, "sometimes", "before-encryption", 0 },
	{ "crypto ipsec security-association idle-time 59\n", 1, 45, "59", "<60-86400>", 0 },
	{ "crypto map VPN 10\n set security-association idle-time 86401\n", 2, 37, "86401", "<60-86400>", 0 },
	{ "crypto map VPN 10\n set security-association idle-time 60 frob\n", 2, 40, "frob", "default", 0 },
	{ "crypto map VPN 10\n set security-association level per-user\n", 2, 33, "per-user", "per-host", 0 },
	{ "crypto map VPN 10\n set security-association dfbit frob\n", 2, 33, "frob", "clear", 0 },
	{ "interface eth0\n crypto ipsec df-bit frob\n", 2, 22, "frob", "clear", 0 },
	{ "crypto ipsec profile P\n set transform-set NOPE\n", 2, 20, "NOPE", "no such transform set", 0 },
	{ "crypto ipsec profile P\n set peer 192.0.2.1\n", 2, 6, "peer", "transform-set", 0 },
	{ "crypto ipsec profile\n", 1, 21, NULL, "WORD (profile name)", 0 },
	{ TUNNEL " tunnel protection ipsec profile NOPE\n", 6, 34, "NOPE", "no such IPsec profile", 0 },
	{ TUNNEL " tunnel protection ipsec\n", 6, 25, NULL, "profile", 0 },
	{ TUNNEL " tunnel protection ipsec profile P\n", 6, 34, "P", "tunnel destination is missing", 0 },
	{ TUNNEL " tunnel destination x y z\n tunnel protection ipsec profile P\n", 7, 34, "P", "tunnel destination is missing", 0 },
	{ TUNNEL " tunnel destination 2001:db8::1\n tunnel protection ipsec profile P\n", 7, 34, "P", "not of the same family", 0 },
	{ TUNNEL " no tunnel source\n tunnel destination 192.0.2.9\n tunnel protection ipsec profile P\n", 8, 34, "P", "tunnel source is missing", 0 },
	{ TUNNEL " tunnel destination 192.0.2.9\n tunnel mode ipip\n tunnel protection ipsec profile P\n", 8, 34, "P", "this tunnel mode", 0 },
	{ TUNNEL " tunnel destination 192.0.2.9\n no tunnel mode\n tunnel protection ipsec profile P\n", 8, 34, "P", "no interface has", 0 },
	{ TUNNEL " tunnel destination 192.0.2.9\n crypto map VPN\n tunnel protection ipsec profile P\n", 7, 13, "VPN", "either a crypto map or", 0 },
	{ "crypto ipsec optional\n", 1, 14, "optional", "not supported", 0 },
	{ "crypto ipsec ipv4-deny clear\n", 1, 24, "clear", "only jump is supported", 0 },
	{ "no crypto isakmp enable\n", 1, 18, "enable", "not supported", 0 },

	/* crypto maps */
	{ "crypto map VPN 0 ipsec-isakmp\n", 1, 16, "0", "out of range; expected one of: <1-65535>", 0 },
	{ "crypto map VPN 70000 ipsec-isakmp\n frob\n set peer x\n", 1, 16, "70000", "<1-65535>", 0 },
	{ "crypto map VPN 70000 ipsec-isakmp\n set peer 1.2.3\n", 2, 11, "1.2.3", "expected A.B.C.D or X:X::X", 0 },
	{ "crypto map VPN\n", 1, 15, NULL, "incomplete command", 0 },
	{ "crypto map VPN 11\n", 1, 18, NULL, "expected ipsec-isakmp", 0 },
	{ "crypto map VPN 10 ipsec-manual\n", 1, 19, "ipsec-manual", "stands already on line 8 as ipsec-isakmp", 0 },
	{ "crypto map VPN 10\n set session-key inbound esp 1000 cipher 00\n", 2, 0, NULL, "ipsec-manual; this one, line 8", 0 },
	{ MANUAL " set session-key inbound esp 255 cipher 00\n", 5, 30, NULL, "expected <256-4294967295>", 0 },
	{ MANUAL " set session-key inbound esp 4294967296 cipher 00\n", 5, 30, NULL, "expected <256-4294967295>", 0 },
	{ MANUAL " set session-key inbound esp\n", 5, 29, NULL, "incomplete command; expected <256", 0 },
	{ MANUAL " set session-key inbound\n", 5, 25, NULL, "esp (", 0 },
	{ MANUAL " set session-key inbound esp 1000 cipher\n", 5, 41, NULL, "a key in hexadecimal", 0 },
	{ MANUAL " set session-key inbound esp 1000 cipher 0g\n", 5, 42, NULL, "an even number of hexadecimal digits", 0 },
	{ MANUAL " set session-key inbound esp 1000 cipher 012\n", 5, 42, NULL, "an even number of hexadecimal digits", 0 },
	{ MANUAL " set session-key inbound esp 1000 frob 01\n", 5, 35, NULL, "cipher (", 0 },
	{ MANUAL " set session-key inbound ah 1000 01 02\n", 5, 37, NULL, "end of the line", 0 },
	{ MANUAL " set session-key sideways esp 1000 cipher 01\n", 5, 18, NULL, "inbound", 0 },
	{ MANUAL " set session-key inbound esp 1000 cipher 0011 authenticator " K40 "\n", 5, 0, NULL,
	  "the cipher's key has 2 bytes; expected at least 24, 48", 0 },
	{ MANUAL " set session-key outbound esp 1000 cipher " K48 " authenticator 00\n", 5, 0, NULL,
	  "the authenticator's key has 1 bytes; expected at least 20, 40", 0 },
	{ MANUAL " set peer 198.51.100.2\n", 5, 0, NULL, "a manual entry has one peer", 0 },
	{ MANUAL " set transform-set T T\n", 5, 22, "T", "a manual entry has one transform set", 0 },
	{ "crypto ipsec transform-set G esp-gcm\n" MANUAL " set transform-set G\n", 6, 20, "G", "a counter mode must not be used", 0 },
	{ "crypto ipsec transform-set G esp-aes esp-sha-hmac\n esn\n" MANUAL " set transform-set G\n", 7, 20, "G", "extended sequence numbers are negotiated", 0 },
	{ "crypto map VPN 11 ipsec-isakmp dynamic D\n", 1, 40, "D", "no such dynamic map", 0 },
	{ "crypto map VPN 11 ipsec-isakmp dynamic D discover\n", 1, 42, "discover", "endpoint discovery is not supported", 0 },
	{ "crypto map VPN 10 ipsec-isakmp dynamic D\n", 1, 19, "ipsec-isakmp", "stands already on line", 0 },
	{ DYNAMIC "crypto map VPN 20 ipsec-isakmp\n", 4, 19, "ipsec-isakmp", "as ipsec-isakmp dynamic", 0 },
	{ "crypto dynamic-map D 10\n set transform-set NOPE\n", 2, 20, "NOPE", "no such transform set", 0 },
	{ DYNAMIC " match address 100\n", 3, 40, "D", "has no lines of its own", 0 },
	{ DYNAMIC " reverse-route static\n", 3, 40, "D", "has no lines of its own", 0 },
	{ "crypto map VPN 10\n reverse-route frob\n", 2, 16, "frob", "static", 0 },
	{ "crypto map VPN 10\n reverse-route remote-peer 1.2.3.4 frob\n", 2, 36, "frob", "gateway", 0 },
	{ "crypto map VPN 10\n reverse-route tag 0\n", 2, 20, "0", "<1-4294967295>", 0 },
	{ "crypto map VPN 10\n set reverse-route distance 256\n", 2, 29, "256", "<1-255>", 0 },
	{ "crypto map VPN 10\n set reverse-route gateway frob\n", 2, 28, "frob", "A.B.C.D or X:X::X", 0 },
	{ "crypto dynamic-map D 0\n", 1, 22, "0", "<1-65535>", 0 },
	{ "crypto map ipv6 V6 0 ipsec-isakmp\n", 1, 20, "0", "<1-65535>", 0 },
	{ "crypto map ipv6 V6 10 ipsec-isakmp\n set peer 2001:db8::g\n", 2, 11, "2001:db8::g", "A.B.C.D or X:X::X", 0 },
	{ "ipv6 access-list S\n permit ipv6 10.0.0.0 any\ncrypto map VPN 10\n match address S\n", 2, 14, "10.0.0.0", "X:X::X/N", 0 },
	{ "ipv6 access-list S\n permit ipv6 2001:db8::/129 any\ncrypto map VPN 10\n match address S\n", 2, 14, "2001:db8::/129", "X:X::X/N", 0 },
	{ "ipv6 access-list S\n permit ipv6 host any any\ncrypto map VPN 10\n match address S\n", 2, 19, "any", "expected X:X::X", 0 },
	{ "ipv6 access-list S\n permit gre any any\ncrypto map VPN 10\n match address S\n", 2, 9, "gre", "ipv6 (any IPv6)", 0 },
	{ "interface eth1\n crypto map VPN\n ipv6 crypto map VPN\n", 3, 18, "VPN", "is on this interface already", 0 },
	{ "crypto map VPN client authentication list X\n", 1, 16, "client", "not supported", 0 },
	{ "crypto map VPN local-address\n", 1, 29, NULL, "an interface's name", 0 },
	{ "crypto map aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg 10 ipsec-isakmp\n", 1, 12,
	  "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg", "at most 63", 0 },
	{ "crypto map VPN 10\n set peer 192.0.2.300\n", 2, 11, "192.0.2.300", "A.B.C.D or X:X::X", 0 },
	{ "crypto map VPN 10\n set peer peer.example.net\n", 2, 0, "peer.example.net", "the address of this name is not known", 0 },
	{ "crypto map VPN 10\n set peer\n", 2, 10, NULL, "expected A.B.C.D or X:X::X", 0 },
	{ "crypto map VPN 10\n set peer 192.0.2.1 x\n", 2, 21, "x", "default", 0 },
	{ "crypto map VPN 10\n set transform-set\n", 2, 19, NULL, "the name of a transform set", 0 },
	{ "crypto map VPN 10\n set transform-set T NOPE\n", 2, 22, "NOPE", "no such transform set", 0 },
	{ "crypto map VPN 10\n set pfs group3\n", 2, 10, "group3", "group14", 0 },
	{ "crypto map VPN 10\n set pfs group22\n", 2, 10, "group22", "group24", 0 },
	{ "crypto map VPN 10\n set isakmp-profile P\n", 2, 21, "P", "no such ISAKMP profile", 0 },
	{ "crypto map VPN 10\n set ip access-group X in\n", 2, 6, "ip", "not supported", 0 },
	{ "crypto map VPN 10\n match address 10\n", 2, 16, "10", "<100-199>, <2000-2699>", 0 },
	{ "crypto map VPN 10\n match address\n", 2, 15, NULL, "<100-199>", 0 },
	{ "crypto map VPN 10\n match address 100 101\n", 2, 20, "101", "end of the line", 0 },
	{ "crypto map VPN 10\n match 100\n", 2, 8, "100", "address", 0 },
	{ "crypto ipsec transform-set A esp-seal esp-sha-hmac\ncrypto map VPN 10\n set transform-set A\n", 3, 20, "A",
	  "(line 12) cannot be used: esp-seal is not supported", 0 },
	{ "crypto ipsec transform-set A comp-lzs esp-aes esp-sha-hmac\ncrypto map VPN 10\n set transform-set A\n", 3, 20, "A",
	  "comp-lzs is not supported", 0 },
	{ "crypto ipsec transform-set A esp-sha-hmac\ncrypto map VPN 10\n set transform-set A\n", 3, 20, "A", "without ESP encryption", 0 },
	{ "crypto ipsec transform-set A ah-sha-hmac esp-null\ncrypto map VPN 10\n set transform-set A\n", 3, 20, "A",
	  "without ESP authentication", 0 },
	{ "crypto ipsec transform-set A esp-aes\ncrypto map VPN 10\n set transform-set A\n", 3, 20, "A", "without ESP authentication", 0 },

	/* interfaces */
	{ "interface eth1\n crypto map NOPE\n", 2, 13, "NOPE", "no such crypto map", 0 },
	{ "interface eth1\n crypto map\n", 2, 12, NULL, "WORD (crypto map name)", 0 },
	{ "interface eth1\n crypto map VPN x\n", 2, 17, "x", "not valid here", 0 },
	{ "interface\n", 1, 10, NULL, "an interface's name", 0 },
	{ "interface range fa0/1 - 4\n crypto map VPN\n", 2, 13, "VPN", "each interface by itself", 0 },

	/* access lists that a crypto map uses */
	{ "access-list 100 permit ip 10.1.0.0 0.0.0.255\n", 1, 45, NULL, "any (any host), host (a single host)", 0 },
	{ "access-list 100\n", 1, 16, NULL, "permit (protect these packets), deny (", 0 },
	{ "access-list 100 allow ip any any\n", 1, 17, "allow", "permit (", 0 },
	{ "access-list 100 permit frob any any\n", 1, 24, "frob", "ip (any Internet protocol)", 0 },
	{ "access-list 100 permit 256 any any\n", 1, 24, "256", "<0-255>", 0 },
	{ "access-list 100 permit ip 10.1.0.300 0.0.0.255 any\n", 1, 27, "10.1.0.300", "A.B.C.D", 0 },
	{ "access-list 100 permit ip 10.1.0.0 any\n", 1, 36, "any", "wildcard bits", 0 },
	{ "access-list 100 permit ip 10.1.0.0 255.255.255.0 any\n", 1, 36, "255.255.255.0",
	  "a netmask where wildcard bits belong: a router takes this as 0.0.0.0 255.255.255.0; expected 0.0.0.255", 0 },
	{ "access-list 100 permit ip 10.1.0.0 0.0.255.0 any\n", 1, 36, "0.0.255.0", "gaps", 0 },
	{ "access-list 100 permit ip host 10.1.0 any\n", 1, 32, "10.1.0", "expected A.B.C.D", 0 },
	{ "access-list 100 permit ip any any eq 80\n", 1, 35, "eq", "not supported in a crypto access list", 0 },
	{ "access-list 100 permit tcp any any eq\n", 1, 38, NULL, "expected a port", 0 },
	{ "access-list 100 permit tcp any any eq frob\n", 1, 39, "frob", "no port; expected a port: <0-65535>", 0 },
	{ "access-list 100 permit tcp any any eq 65536\n", 1, 39, "65536", "<0-65535>", 0 },
	{ "access-list 100 permit tcp any any eq isakmp\n", 1, 39, "isakmp", "no port", 0 },
	{ "access-list 100 permit tcp any any range 9 5\n", 1, 44, "5", "at least 9", 0 },
	{ "access-list 100 permit tcp any any lt 0\n", 1, 39, "0", "no packet has such a port", 0 },
	{ "access-list 100 permit tcp any any established\n", 1, 36, "established", "not supported in a crypto access list", 0 },
	{ "access-list 100 permit icmp any any echo\n", 1, 37, "echo", "not supported in a crypto access list", 0 },
	{ "access-list 100 permit ip object-group G any\n", 1, 27, "object-group", "not supported", 0 },
	{ "no access-list 100 permit ip any any\n", 1, 20, "permit", "whole list", 0 },
	{ "ip access-list extended\n", 1, 24, NULL, "access-list name", 0 },
	{ "ip access-list extended 100\n 10 permit ip any host 1.2.3.4\n", 2, 0, NULL, "stands already on line 7", 0 },
	{ "ip access-list extended 100\n permitt ip any any\n", 2, 2, "permitt", "permit (", 0 },

	/* keyrings, profiles */
	{ "crypto keyring K vrf V\n pre-shared-key address 1.2.3.4 key hidden\n", 1, 18, "vrf", "VRFs are not supported", 0 },
	{ "crypto keyring default\n", 1, 16, "default", "expected another name", 0 },
	{ "crypto keyring K\n pre-shared-key address 1.2.3.4 hidden\n", 2, 33, NULL, "key", 0 },
	{ "crypto keyring K\n pre-shared-key address 1.2.3.4 key 6 hidden\n", 2, 37, NULL, "type 6", 0 },
	{ "crypto keyring K\n pre-shared-key address 1.2.3.4 key a\n pre-shared-key address 1.2.3.4 key b\n", 3, 0, NULL, "another key for this address", 0 },
	{ "crypto keyring K\n pre-shared-key hostname h key a\n pre-shared-key hostname H key b\n", 3, 0, NULL, "another key for this name", 0 },
	{ "crypto isakmp profile P\n keyring K\n", 2, 10, "K", "no such keyring", 0 },
	{ "crypto isakmp profile P\n match identity address 1.2.3.4 255.255.255.0 V\n", 2, 47, "V", "VRFs", 0 },
	{ "crypto isakmp profile P\n match identity address 1.2.3.4 255.0.255.0\n", 2, 33, "255.0.255.0", "no netmask", 0 },
	{ "crypto isakmp profile P\n match identity name x\n", 2, 17, "name", "host (by host name)", 0 },
	{ "crypto isakmp profile P\n match identity host\n", 2, 21, NULL, "a name", 0 },
	{ "crypto isakmp profile P\n self-identity user-fqdn\n", 2, 25, NULL, "user@domain", 0 },
	{ "crypto isakmp profile P\n vrf V\n", 2, 2, "vrf", "VRFs", 0 },
	{ "crypto map VPN isakmp-profile P\n", 1, 31, "P", "no such ISAKMP profile", 0 },
	{ "crypto map VPN 10\n set peer gw.example.net\n", 2, 0, "gw.example.net", "ip host gw.example.net A.B.C.D", 0 },
	{ "crypto map VPN 10\n set peer 1.2.3\n", 2, 11, "1.2.3", "no address", 0 },
	{ "crypto isakmp peer address x\n", 1, 28, "x", "no address", 0 },
	{ "crypto isakmp peer address 1.2.3.4\n set aggressive-mode client-endpoint ipv4-address x\n", 2, 51, "x", "no address", 0 },
	{ "crypto isakmp peer address 1.2.3.4\n set aggressive-mode password\n", 2, 30, NULL, "the key", 0 },

	/* the file */
	{ "banner motd ^C\ncrypto isakmp policy 0\n", 1, 1, NULL, "never closed", 0 },
};

static const struct expect warning[] = {
	{ "crypto isakmp policy 20\n", 1, 0, NULL, "policy 20 is not used: authentication rsa-sig is not supported, and it is the default", 0 },
	{ "crypto isakmp policy 20\n auth rsa-encr\n", 2, 0, NULL, "policy 20 is not used: authentication rsa-encr", 0 },
	{ "crypto isakmp identity dn\n", 1, 24, "dn", "not supported", 0 },
	{ "no crypto isakmp aggressive-mode disable\n", 1, 0, NULL, "try keys on it offline", 0 },
	{ "crypto isakmp peer address 1.2.3.4\n set aggressive-mode password hidden\n", 1, 0, NULL, "aggressive mode: identities go in clear", 0 },
	{ "crypto isakmp profile P\n match identity host x\n initiate mode aggressive\n", 3, 0, NULL, "aggressive mode: identities go in clear", 0 },
	{ "crypto isakmp aggressive-mode disable\ncrypto isakmp profile P\n match identity host x\n initiate mode aggressive\n", 4, 0, NULL, "main mode is used", 0 },
	{ "crypto isakmp profile P\n", 1, 0, "P", "incomplete: no peer fits it", 0 },
	{ "crypto isakmp key hidden hostname peer.example.net\n", 1, 0, NULL, "main mode cannot use this key", 0 },
	{ "no crypto ipsec profile P\n", 1, 25, "P", "no such IPsec profile", 0 },
	{ DYNAMIC "crypto map VPN 30 ipsec-isakmp\n set peer 198.51.100.1\n set transform-set T\n match address 100\n",
	  3, 40, "D", "entry 30 stands behind this dynamic entry", 0 },
	{ "crypto dynamic-map D 10\n match address 100\n", 1, 0, NULL, "dynamic map D 10 is incomplete and answers nobody: set transform-set is missing", 0 },
	{ "crypto dynamic-map D 10\n set transform-set T\n match address NOPE\n", 3, 16, "NOPE", "no such access list", 0 },
	{ "crypto dynamic-map D 10\n set transform-set T\n set peer 203.0.113.1\n", 3, 0, "203.0.113.1", "no pre-shared key", 0 },
	{ "no crypto dynamic-map D\n", 1, 23, "D", "no such dynamic map", 0 },
	{ "crypto ikev2 proposal P\n encryption aes-cbc-256\n", 1, 8, "ikev2", "not supported", 0 },
	{ "crypto ipsec transform-set A ah-rfc1828\n", 1, 0, "A", "ah-rfc1828 is not supported", 0 },
	{ "crypto map VPN 20 ipsec-isakmp\n", 1, 0, NULL, "VPN 20 is incomplete and disabled", 0 },
	{ "crypto map VPN 20 ipsec-isakmp\n", 1, 0, NULL, "set peer, set transform-set and match address is missing", 0 },
	{ "crypto map VPN 20 ipsec-isakmp\n set peer 198.51.100.1\n set transform-set T\n match address 150\n", 4, 16, "150", "no such access list", 0 },
	{ "crypto map VPN 20 ipsec-isakmp\n set peer 203.0.113.1\n", 2, 0, "203.0.113.1", "no pre-shared key for this peer", 0 },
	{ MANUAL, 1, 0, NULL, "set session-key inbound esp, set session-key outbound esp is missing", 0 },
	{ MANUAL "access-list 100 permit ip host 1.2.3.4 any\n", 4, 16, "100", "a manual entry serves one permit rule", 0 },
	{ DYNAMIC "crypto dynamic-map D 10\n reverse-route static\n", 5, 0, NULL, "static has no effect here", 0 },
	{ "access-list 100 permit ip any any\n", 1, 17, "permit", "permit ip any any protects all", 0 },
	{ "access-list 100 permit tcp any any range 1 9\n", 1, 17, "permit", "one port or all, no range", 0 },
	{ "access-list 100 permit tcp any any neq 80\n", 1, 17, "permit", "all the same to a peer", 0 },
	{ "access-list 100 permit ip 10.1.0.5 0.0.0.255 any\n", 1, 27, "10.1.0.5", "this is 10.1.0.0 0.0.0.255", 0 },
	{ "access-list 100 permit ip 10.1.0.5 255.255.255.255 host 1.2.3.4\n", 1, 36, "255.255.255.255", "make this any", 0 },
	{ "access-list 100 permit ip 0.0.0.0 0.0.0.0 host 1.2.3.4\n", 1, 35, "0.0.0.0", "the host 0.0.0.0", 0 },
	{ "access-list 100 permit ip any host 1.2.3.4 log\n", 1, 44, "log", "no effect", 0 },
	{ "no crypto isakmp key hidden address 203.0.113.1\n", 1, 0, NULL, "no key for this address", 0 },
	{ "crypto map VPN 10\n no set peer 203.0.113.1\n", 2, 14, "203.0.113.1", "no such peer", 0 },
	{ "no crypto map VPN 99\n", 1, 19, "99", "no such crypto map entry", 0 },
	{ "no crypto ipsec transform-set NOPE\n", 1, 31, "NOPE", "no such transform set", 0 },
};

static int is(const struct config_message *m, const struct expect *e, enum config_severity severity)
{
	return m->severity == severity && m->line == e->line + (e->alone ? 0 : BASE_LINES) && m->column == e->column &&
	       (e->word ? m->word && !strcmp(m->word, e->word) : !m->word) && strstr(m->text, e->says);
}

static void check(const struct expect *e, enum config_severity severity)
{
	struct config_report *report;
	struct config *c;
	char text[4096];
	int found = 0, leak = 0;

	snprintf(text, sizeof(text), "%s%s", e->alone ? "" : BASE, e->text);
	c = read_text(text, &report, severity == CONFIG_ERROR);
	for (size_t i = 0; i < report->messages; i++) {
		const struct config_message *m = report->message[i];

		found = found || is(m, e, severity);
		leak = leak || strstr(m->text, "hidden") || (m->word && strstr(m->word, "hidden"));
	}
	if (!ok(found && !c == (severity == CONFIG_ERROR) && !leak, "%u:%u %s: %s", e->line, e->column, e->word ? e->word : "-",
		e->says)) {
		printf("# of: %s\n", strtok(text + (e->alone ? 0 : strlen(BASE)), "\n"));
		for (size_t i = 0; i < report->messages; i++)
			printf("# got %u:%u: %s: %s\n", report->message[i]->line - (e->alone ? 0 : BASE_LINES),
			       report->message[i]->column, report->message[i]->word ? report->message[i]->word : "-",
			       report->message[i]->text);
	}
	config_report_free(report);
	config_free(c);
}

/* All errors of a file come in one run, in order, and none is invented by an earlier one. */
static void all_at_once(void)
{
	static const char text[] =
		"crypto isakmp policy 10\n encr 4des\n group 3\ncrypto isakmp policy 99999\n hash frob\n"
		"crypto ipsec transform-set T esp-3des esp-frob-hmac\ncrypto map VPN 10 ipsec-isakmp\n set peer 192.0.2.300\n"
		" set transform-set T\n match address 100\naccess-list 100 permit ip 10.1.0.0 0.0.0.255\n"
		"access-list 101 permit frob\ninterface eth0\n crypto map VPN\n";
	static const unsigned int line[] = { 2, 3, 4, 5, 6, 8, 11 };
	struct config_report *report;
	struct config *c = read_text(text, &report, 1);
	int same = report->errors == 7;

	for (size_t i = 0; same && i < 7; i++)
		same = report->message[i]->severity == CONFIG_ERROR && report->message[i]->line == line[i];
	ok(!c && same && !report->warnings, "seven errors on seven lines in one run, %zu found", report->errors);
	config_report_free(report);
}

static void whole_file(void)
{
	static const char nul[] = "hostname x\ncrypto isakmp key hid\0den address 1.2.3.4\n";
	struct config_report *report;
	char *big = malloc(CONFIG_FILE_MAX + 2);

	ok(!config_read("t", nul, sizeof(nul) - 1, &report) && report->errors == 1 && report->message[0]->line == 2 &&
	   report->message[0]->column == 22 && strstr(report->message[0]->text, "NUL byte"), "a NUL byte is refused, with its place");
	config_report_free(report);
	memset(big, '!', CONFIG_FILE_MAX + 1);
	ok(!config_read("t", big, CONFIG_LINE_MAX + 1, &report) && strstr(report->message[0]->text, "line too long"),
	   "an overlong line is refused");
	config_report_free(report);
	ok(!config_read("t", big, CONFIG_FILE_MAX + 1, &report) && report->message[0]->line == 0 &&
	   strstr(report->message[0]->text, "expected at most"), "an overlong file is refused");
	config_report_free(report);
	for (size_t i = 0; i < 20000; i += 8)
		memcpy(big + i, "crypto \n", 8);
	ok(!config_read("t", big, 20000, &report) && report->errors == 1001 && strstr(report->message[1000]->text, "1500 more messages"),
	   "endless errors end");
	config_report_free(report);
	free(big);
	ok(!config_read_file("/nonexistent/file", true, &report) && strstr(report->message[0]->text, "No such file"), "a file that is not there");
	config_report_free(report);
	ok(!config_read_file("/", true, &report) && strstr(report->message[0]->text, "Is a directory"), "a file that is a directory");
	config_report_free(report);
}

/* Who may read the file has the keys. */
static void exposed(void)
{
	static const char text[] = "hostname x\ncrypto isakmp key secret1 address 192.0.2.1\ncrypto isakmp key secret2 address 192.0.2.2\n";
	static const char none[] = "hostname x\n";
	static const struct { mode_t mode; bool strict, keys; size_t errors, warnings; } row[] = {
		{ 0600, true, true, 0, 0 }, { 0400, true, true, 0, 0 }, { 0640, true, true, 1, 0 }, { 0604, true, true, 1, 0 },
		{ 0644, true, true, 1, 0 }, { 0644, false, true, 0, 1 }, { 0644, true, false, 0, 0 },
	};
	char path[] = "/tmp/ikemgr-test.XXXXXX";
	struct config_report *report;
	const struct config_message *m;
	struct config *c;
	int fd = mkstemp(path);

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const char *data = row[i].keys ? text : none;

		if (ftruncate(fd, 0) || pwrite(fd, data, strlen(data), 0) < 0 || fchmod(fd, row[i].mode))
			abort();
		c = config_read_file(path, row[i].strict, &report);
		m = report->messages ? report->message[0] : NULL;
		ok(!c == (row[i].errors > 0) && report->errors == row[i].errors && report->warnings == row[i].warnings,
		   "mode %04o%s: %zu errors, %zu warnings", (unsigned int)row[i].mode, row[i].keys ? ", with keys" : "", report->errors,
		   report->warnings);
		ok(!(row[i].errors + row[i].warnings) || (m->line == 2 && strstr(m->text, "chmod 600 /tmp/ikemgr-test") && !m->word),
		   "the first key's line, and what to do");
		config_report_free(report);
		config_free(c);
	}
	close(fd);
	unlink(path);
}

/* "FILE:LINE:COLUMN: error: WORD: TEXT" is what editors and people look for. */
static void printed(void)
{
	struct config_report *report;
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct config *c = read_text("hostname x\nlogging on\nlogging off\ncrypto isakmp policy 0\ncrypto map\n", &report, 1);

	config_report_print(report, out);
	config_report_print(NULL, out);
	fclose(out);
	ok(!c && strstr(text, "t:4:22: error: 0: out of range; expected <1-10000> (priority of the policy, 1 is tried first)\n") &&
	   strstr(text, "t:5:11: error: incomplete command; expected") && strstr(text, "t:2: ignored: logging on\n") &&
	   strstr(text, "t:1: ignored: hostname\n"), "a report as text");
	config_report_free(report);
	free(text);
}

int main(void)
{
	config_setup();
	for (size_t i = 0; i < sizeof(error) / sizeof(error[0]); i++)
		check(&error[i], CONFIG_ERROR);
	for (size_t i = 0; i < sizeof(warning) / sizeof(warning[0]); i++)
		check(&warning[i], CONFIG_WARNING);
	all_at_once();
	whole_file();
	exposed();
	printed();
	return done_testing();
}
