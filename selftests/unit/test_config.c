/* SPDX-License-Identifier: GPL-2.0-only */
/* What a good configuration becomes: the pasted example, every command's effect, damage that pasting does, and questions to the model. */
#include <linux/cryptomap.h>

#include "config.h"
#include "crypto.h"

static struct config *c;
static struct config_report *report;

static void load(const char *text)
{
	config_report_free(report);
	config_free(c);
	c = read_text(text, &report, 0);
}

/* With BASE in front of it. */
static void load_more(const char *text)
{
	char all[8192];

	snprintf(all, sizeof(all), "%s%s", BASE, text);
	load(all);
}

static int addr_is(const struct addr *a, const char *text)
{
	struct addr b;

	return addr_parse(text, &b) && addr_equal(a, &b);
}

static int ignored(const char *command, unsigned int line, unsigned int lines)
{
	for (size_t i = 0; i < report->messages; i++) {
		const struct config_message *m = report->message[i];

		if (m->severity == CONFIG_IGNORED && !strcmp(m->text, command))
			return m->line == line && m->lines == lines;
	}
	return 0;
}

/* ---- the example ---- */

static void check_site_a(void)
{
	const struct config_entry *e = config_entry_find(c, "VPN", 10);
	const struct config_interface *f = config_interface_find(c, "fa4");

	ok(c->policies == 1 && c->policy[0]->priority == 1 && c->policy[0]->encryption == IKE_ENC_3DES &&
	   c->policy[0]->auth == IKE_AUTH_PSK && c->policy[0]->group == 2 && c->policy[0]->hash == IKE_HASH_SHA &&
	   c->policy[0]->lifetime == 86400 && !c->policy[0]->unusable && c->policy[0]->at.line == 2, "its policy");
	ok(c->psks == 1 && !strcmp(c->psk[0]->key, "ciscokey") && addr_is(&c->psk[0]->addr, "198.51.100.1") &&
	   c->psk[0]->prefix == 32, "its key");
	ok(c->sets == 1 && c->set[0]->transform == ESP_3DES && c->set[0]->auth == IPSEC_AUTH_HMAC_SHA &&
	   c->set[0]->mode == IPSEC_ENCAPS_TUNNEL && !strcmp(c->set[0]->words, "esp-3des esp-sha-hmac"), "its transform set");
	ok(e && e->peers == 1 && addr_is(&e->peer[0]->addr, "198.51.100.1") && e->sets == 1 && e->set[0] == c->set[0] &&
	   !e->incomplete && e->life_seconds == 3600 && e->life_kilobytes == 4608000 && e->replay_window == 64 && !e->pfs_group,
	   "its map entry");
	ok(e && e->acl && e->acl->used && e->acl->rules == 1 && e->acl->rule[0]->permit && !e->acl->rule[0]->protocol &&
	   addr_is(&e->acl->rule[0]->local.addr, "10.1.0.0") && e->acl->rule[0]->local.prefix == 24 &&
	   addr_is(&e->acl->rule[0]->remote.addr, "10.2.0.0"), "its access list");
	ok(f && f->map == c->map[0] && addr_is(&f->address, "192.0.2.1") && f->prefix == 24 && f->map_at.line == 23,
	   "its interface, under another spelling");
	ok(c->interfaces == 6 && !strcmp(c->hostname, "siteA"), "all its interfaces, its name");
	ok(!report->errors && !report->warnings, "no error, no warning");
	ok(ignored("hostname", 1, 1) && ignored("ip nat", 18, 3) && ignored("ip virtual-reassembly", 19, 2) &&
	   ignored("duplex", 20, 1) && ignored("ip route", 28, 1) && report->ignored == 8, "the rest is listed once as ignored");
}

static void example(void)
{
	static const char text[] =
		"hostname siteA  !\n  crypto isakmp policy 1\n encr 3des\n authentication pre-share\n group 2\n"
		"  crypto isakmp key ciscokey address 198.51.100.1\n"
		"  crypto ipsec transform-set TRANSFORM esp-3des esp-sha-hmac\n  crypto map VPN 10 ipsec-isakmp\n"
		" set peer 198.51.100.1\n set transform-set TRANSFORM\n match address 100\n  interface FastEthernet0\n"
		"  interface FastEthernet1\n  interface FastEthernet2\n  interface FastEthernet3\n  interface FastEthernet4\n"
		" ip address 192.0.2.1 255.255.255.0\n ip nat outside\n ip virtual-reassembly\n duplex auto\n speed auto\n\n"
		" crypto map VPN\n  interface Vlan1\n ip address 10.1.0.1 255.255.255.0\n ip nat inside\n ip virtual-reassembly\n"
		"  ip route 0.0.0.0 0.0.0.0 192.0.2.254\n  ip classless\n"
		"  ip nat inside source list 101 interface FastEthernet4 overload\n"
		"  access-list 100 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255\n"
		"  access-list 101 deny   ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255\n"
		"  access-list 101 permit ip 10.1.0.0 0.0.0.255 any\n";

	load(text);
	if (ok(c != NULL, "the pasted example loads"))
		check_site_a();
}

/* ---- what pasting does to a configuration ---- */

/* BASE with something in front of, and behind, each line. */
static void framed(const char *front, const char *strip, const char *end, const char *what)
{
	char text[8192], base[] = BASE;
	size_t n = 0;

	for (char *p = base, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
		*nl = '\0';
		if (strip)
			p += strspn(p, strip);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s", front, p, end);
	}
	load(text);
	ok(c && !report->warnings && c->policies == 1 && c->policy[0]->group == 2 && config_entry_find(c, "VPN", 10) &&
	   !config_entry_find(c, "VPN", 10)->incomplete, "%s", what);
}

static void damage(void)
{
	framed("", NULL, "\n", "as a router prints it");
	framed("", " ", "\n", "without any indentation");
	framed("      ", " ", "\n", "all lines equally deep");
	framed("", NULL, "\r\n", "lines end with CR LF");
	framed("", NULL, "\r", "lines end with CR");
	framed("", NULL, " \t\n", "blanks at the ends of lines");
	framed("\t", NULL, "\n", "tabs");
	framed("\xc2\xa0", NULL, "\n", "no-break blanks of a web page");
	framed("gw-1(config)#", " ", "\n", "prompts in front");
	framed("gw-1(config-crypto-map)# ", NULL, "\n", "prompts of sections in front");
	framed(" --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b", NULL, "\n", "the pager's question, wiped");
	framed("", NULL, "\n!\n\n", "comments and empty lines between");
	load("\xef\xbb\xbf" BASE);
	ok(c && c->policies == 1, "a byte order mark");
	load("gw#show run\nBuilding configuration...\n\nCurrent configuration : 1234 bytes\n!\nversion 12.4\n" BASE "end\n\ngw#\n");
	ok(c && ignored("show", 1, 1) && ignored("Building", 2, 1) && ignored("version", 6, 1), "a whole terminal session");
	load_more("gw(config)#crypto map VPN 20 ipsec-isakmp\n% NOTE: This new crypto map will remain disabled until a peer\n"
		  "        and a valid access list have been configured.\n        set peer 192.0.2.7\n"
		  "*Mar  1 00:12:33.123: %CRYPTO-6-ISAKMP_ON_OFF: ISAKMP is ON\n           ^\n"
		  "% Invalid input detected at '^' marker.\n  set transform-set T\n match address 100\n");
	ok(c && !config_entry_find(c, "VPN", 20)->incomplete &&
	   ignored("lines that begin with no command", BASE_LINES + 2, 5), "what the router printed between the lines");
	load_more("        crypto map VPN 20 ipsec-isakmp\n        % NOTE: This has no full stop\n        set peer 192.0.2.7\n"
		  "        set transform-set T\n        match address 100\n");
	ok(c && !config_entry_find(c, "VPN", 20)->incomplete, "which ends where lines stand as deep as it does");
	load("banner MOTD ^C\ncrypto isakmp policy 0\n^C\n" BASE "banner login #one# \nbanner exec @\n@@\n");
	ok(c && report->ignored == 1, "banners, whatever stands in them");
	load("CRYPTO ISAKMP POL 10\nEN AES 256\nHA SHA256\nAU PRE\nGR 14\nLI 600\ncry isa key K addr 192.0.2.1\n"
	     "cr ips tr T esp-3des esp-md5\nint Fa0/1\ncr map\tM 1 ipsec-i\nse pe 192.0.2.1\nse tr T\nma ad A\n"
	     "int fast 0/1\ncry ma M\nip access-l e A\npe ip a h 192.0.2.1\n");
	ok(c && c->policy[0]->key_bits == 256 && c->policy[0]->lifetime == 600 && c->psks == 1 &&
	   config_entry_find(c, "M", 1)->acl->rules == 1 && c->interfaces == 1 && c->interface[0]->map, "abbreviations in any case");
	load_more("crypto pki certificate chain TP\n certificate self-signed 01\n  3082023A 308201A3\n  quit\ninterface eth0\n crypto map VPN\n");
	ok(c && c->interface[0]->map && report->ignored == 1, "certificates are passed over");
	load_more("line vty 0 4\n password 7 hunter2\n login\nsnmp-server community hunter2 RO\nusername x secret 5 hunter2\n");
	ok(c && ignored("line", BASE_LINES + 1, 1) && ignored("password", BASE_LINES + 2, 1) &&
	   ignored("snmp-server community", BASE_LINES + 4, 1), "other commands' secrets are not repeated");
}

/* ---- commands ---- */

static void policies(void)
{
	load("crypto isakmp policy 30\n authentication pre-share\ncrypto isakmp policy 5\n encryption aes 192\n hash sha512\n"
	     " authentication pre-share\n group 16\n lifetime 60\ncrypto isakmp policy 30\n encr aes\n hash md5\n group 5\n"
	     "crypto isakmp policy 40\ncrypto isakmp policy 50\nno crypto isakmp policy 40\n");
	ok(c && c->policies == 3 && c->policy[0]->priority == 5 && c->policy[1]->priority == 30 && c->policy[2]->priority == 50,
	   "policies in order of priority, one taken back");
	ok(c->policy[0]->key_bits == 192 && c->policy[0]->hash == IKE_HASH_SHA512 && c->policy[0]->group == 16 &&
	   c->policy[0]->lifetime == 60 && c->policy[0]->hash_at.line == 5, "a policy's parameters with their lines");
	ok(c->policy[1]->encryption == IKE_ENC_AES && c->policy[1]->key_bits == 128 && c->policy[1]->hash == IKE_HASH_MD5 &&
	   c->policy[1]->auth == IKE_AUTH_PSK && c->policy[1]->at.line == 1, "a policy entered twice is one");
	ok(c->policy[2]->encryption == IKE_ENC_DES && c->policy[2]->hash == IKE_HASH_SHA && c->policy[2]->group == 1 &&
	   c->policy[2]->auth == IKE_AUTH_RSA_SIG && c->policy[2]->unusable && !c->policy[2]->auth_at.line, "a policy's defaults");
	load("crypto isakmp policy 1\n encr aes\n hash md5\n auth pre\n group 5\n lifetime 60\n no encr\n default hash\n no group 5\n no lifetime\n");
	ok(c && c->policy[0]->encryption == IKE_ENC_DES && c->policy[0]->hash == IKE_HASH_SHA && c->policy[0]->group == 1 &&
	   c->policy[0]->lifetime == 86400 && !c->policy[0]->key_bits && !c->policy[0]->hash_at.line, "parameters taken back");
	load("hostname x\n");
	ok(c && c->policies == 8 && c->policy[0]->priority == 65507 && c->policy[0]->built_in && c->policy[0]->unusable &&
	   !c->policy[1]->unusable && c->policy[1]->encryption == IKE_ENC_AES && c->policy[1]->group == 5, "the router's default policies");
	load("no crypto isakmp default policy\n");
	ok(c && c->policies == 0, "default policies taken back");
}

static void keys(void)
{
	struct addr peer;

	load("crypto isakmp key any address 0.0.0.0\ncrypto isakmp key 0 net address 192.0.2.0 255.255.255.0 no-xauth\n"
	     "crypto isakmp key Host!1 address 192.0.2.9  \ncrypto isakmp key 0 address 203.0.113.1\n"
	     "crypto isakmp key v6 address ipv6 2001:db8::1/32\ncrypto isakmp key gone address 192.0.2.10\n"
	     "no crypto isakmp key gone address 192.0.2.10\ncrypto isakmp key Host!1 address 192.0.2.9\n");
	ok(c && c->psks == 5 && c->psk[1]->no_xauth && c->psk[1]->prefix == 24 && c->psk[0]->prefix == 0, "keys, one taken back");
	addr_parse("192.0.2.9", &peer);
	ok(!strcmp(config_psk_find(c, &peer)->key, "Host!1"), "the longest prefix wins");
	addr_parse("192.0.2.10", &peer);
	ok(!strcmp(config_psk_find(c, &peer)->key, "net"), "then the network");
	addr_parse("198.51.100.1", &peer);
	ok(!strcmp(config_psk_find(c, &peer)->key, "any"), "then anybody");
	addr_parse("203.0.113.1", &peer);
	ok(!strcmp(config_psk_find(c, &peer)->key, "0") && config_psk_find(c, &peer)->length == 1, "a key that is 0");
	addr_parse("2001:db8:1::1", &peer);
	ok(!strcmp(config_psk_find(c, &peer)->key, "v6"), "an IPv6 prefix");
	addr_parse("2001:db9::1", &peer);
	ok(!config_psk_find(c, &peer), "no key");
	ok(crypto_secure_is(c->psk[0]->key), "keys lie in secure memory");
}

static void sets(void)
{
	load("crypto ipsec transform-set A esp-aes 256 esp-sha512-hmac \n mode transport\ncrypto ipsec transform-set B esp-sha-hmac esp-des\n"
	     "crypto ipsec transform-set C esp-null esp-md5-hmac\ncrypto ipsec transform-set D esp-aes esp-sha256-hmac\n"
	     "crypto ipsec transform-set E esp-aes 128 esp-sha384-hmac\ncrypto ipsec transform-set F esp-3des esp-sha-hmac\n"
	     "no crypto ipsec transform-set F\ncrypto ipsec transform-set A esp-aes 192 esp-sha-hmac\n");
	ok(c && c->sets == 5 && c->set[0]->key_bits == 192 && c->set[0]->auth == IPSEC_AUTH_HMAC_SHA &&
	   c->set[0]->mode == IPSEC_ENCAPS_TRANSPORT && !c->set[0]->mode_required, "a set entered again keeps its mode");
	ok(c->set[1]->transform == ESP_DES && !c->set[1]->key_bits && !strcmp(c->set[1]->words, "esp-sha-hmac esp-des"), "any order");
	ok(c->set[2]->transform == ESP_NULL && c->set[2]->auth == IPSEC_AUTH_HMAC_MD5 && !c->set[2]->unsupported, "esp-null");
	ok(c->set[3]->key_bits == 128 && c->set[3]->auth == IPSEC_AUTH_HMAC_SHA256 && c->set[4]->key_bits == 128 &&
	   !strcmp(c->set[4]->words, "esp-aes esp-sha384-hmac"), "128 is the default key length");
	load("crypto ipsec transform-set A esp-gcm 256\n mode transport require\ncrypto ipsec transform-set B esp-gmac\n"
	     "crypto ipsec transform-set C ah-sha256-hmac\n mode transport\ncrypto ipsec transform-set D ah-md5-hmac esp-aes 192 esp-sha-hmac\n"
	     "crypto ipsec transform-set E ah-sha-hmac esp-3des\ncrypto ipsec transform-set F esp-gcm 192 ah-sha512-hmac\n");
	ok(c && c->sets == 6 && c->set[0]->transform == ESP_AES_GCM_16 && c->set[0]->key_bits == 256 && !c->set[0]->auth &&
	   c->set[0]->mode == IPSEC_ENCAPS_TRANSPORT && c->set[0]->mode_required && !strcmp(c->set[0]->words, "esp-gcm 256"),
	   "esp-gcm, transport required");
	ok(c->set[1]->transform == ESP_AES_GMAC && c->set[1]->key_bits == 128 && !c->set[1]->unsupported, "esp-gmac");
	ok(c->set[2]->transform == ESP_ABSENT && c->set[2]->ah == IPSEC_AUTH_HMAC_SHA256 && !c->set[2]->mode_required &&
	   c->set[2]->mode == IPSEC_ENCAPS_TRANSPORT && !c->set[2]->unsupported, "AH alone");
	ok(c->set[3]->transform == ESP_AES && c->set[3]->ah == IPSEC_AUTH_HMAC_MD5 && c->set[3]->auth == IPSEC_AUTH_HMAC_SHA, "AH and ESP");
	ok(c->set[4]->transform == ESP_3DES && !c->set[4]->unsupported && !c->set[5]->unsupported, "AH authenticates for ESP; AH around GCM");
	load("crypto ipsec transform-set A esp-aes esp-sha-hmac\n esn\n mode transport\ncrypto ipsec transform-set B esp-aes esp-sha-hmac\n esn\n no esn\n"
	     "crypto ipsec transform-set A esp-aes 256 esp-sha-hmac\n");
	ok(c && c->set[0]->esn && c->set[0]->key_bits == 256 && !c->set[1]->esn, "esn: set, taken back, kept when the set is entered again");
}

static void entries(void)
{
	const struct config_entry *e;

	load_more("crypto ipsec security-association lifetime seconds 1200\ncrypto ipsec security-association lifetime kilobytes 5000\n"
		  "crypto ipsec security-association replay window-size 512\ncrypto ipsec transform-set U esp-aes esp-sha-hmac\n"
		  "crypto map VPN 5 ipsec-isakmp \n description to the  other side\n set peer 198.51.100.1\n set peer 198.51.100.2 default\n"
		  " set peer 198.51.100.3\n no set peer 198.51.100.3\n set transform-set U T \n set pfs group14\n match address A\n"
		  " set security-association lifetime kilobytes disable\n set security-association lifetime days 1\n"
		  " set security-association replay disable\ncrypto isakmp key k address 198.51.100.0 255.255.255.0\n"
		  "ip access-list extended A\n permit ip any host 192.0.2.1\ncrypto map VPN local-address Loopback0\n"
		  "crypto map VPN 20 ipsec-isakmp\n set peer 198.51.100.1\nno crypto map VPN 20\ncrypto map OLD 1 ipsec-isakmp\nno crypto map OLD\n");
	e = config_entry_find(c, "VPN", 5);
	ok(c && c->maps == 1 && c->map[0]->entries == 2 && c->map[0]->entry[0] == e, "entries in order of sequence, one taken back");
	ok(e->peers == 2 && addr_is(&e->peer[1]->addr, "198.51.100.2") && e->peer[1]->preferred && !e->peer[0]->preferred,
	   "peers in order, one taken back");
	ok(e->sets == 2 && !strcmp(e->set[0]->name, "U") && !strcmp(e->set[1]->name, "T"), "transform sets in order");
	ok(e->pfs_group == 14 && e->pfs_at.line == BASE_LINES + 12 && !strcmp(e->description, "to the  other side"), "PFS, description");
	ok(e->life_seconds == 86400 && !e->life_kilobytes && !e->replay_window && e->life_seconds_at.line == BASE_LINES + 15,
	   "its own lifetimes and window");
	e = config_entry_find(c, "VPN", 10);
	ok(e->life_seconds == 1200 && e->life_kilobytes == 5000 && e->replay_window == 512 && e->life_seconds_at.line == BASE_LINES + 1,
	   "the global lifetimes and window");
	ok(!strcmp(c->map[0]->local_interface, "Loopback0"), "local-address");
	load_more("crypto map VPN 10\n set pfs\n");
	ok(c && config_entry_find(c, "VPN", 10)->pfs_group == 1, "bare set pfs is group 1");
	load_more("crypto map VPN 10\n set pfs group5\n set security-association lifetime seconds 120\n no set pfs\n"
		  " no set security-association lifetime seconds\n");
	e = config_entry_find(c, "VPN", 10);
	ok(c && !e->pfs_group && e->life_seconds == 3600 && !e->life_seconds_at.line, "no set pfs, no lifetime");
	load_more("crypto map VPN 10\n no match address 100\n");
	ok(c && !strcmp(config_entry_find(c, "VPN", 10)->incomplete, "match address") && ignored("access-list 100 (no crypto map matches it)", 7, 1),
	   "an entry without its access list is incomplete");
}

static void options(void)
{
	const struct config_entry *e;

	load_more("crypto ipsec df-bit clear\ncrypto ipsec fragmentation after-encryption\ncrypto ipsec security-association idle-time 600\n"
		  "crypto map VPN 10\n set security-association level per-host\n set security-association idle-time 60 default\n"
		  " set security-association parallel\n set security-association dfbit set\ninterface eth9\n crypto ipsec df-bit copy\n crypto ipsec fragmentation before-encryption\n");
	e = config_entry_find(c, "VPN", 10);
	ok(c && c->df == CONFIG_DF_CLEAR && c->fragmentation == CONFIG_FRAGMENT_AFTER && c->idle_seconds == 600, "global SA options");
	ok(e->per_host && e->parallel && e->idle_seconds == 60 && e->idle_default && e->df == CONFIG_DF_SET, "an entry's own");
	ok(config_interface_find(c, "eth9")->df == CONFIG_DF_COPY &&
	   config_interface_find(c, "eth9")->fragmentation == CONFIG_FRAGMENT_BEFORE, "an interface's own");
	load_more("crypto isakmp fragmentation\nno crypto ipsec nat-transparency udp-encapsulation\ncrypto isakmp nat keepalive 30\n");
	ok(c && c->ike_fragmentation && !c->nat_transparency && c->nat_keepalive == 30, "what IKE does about the path");
	load_more("crypto isakmp fragmentation\nno crypto isakmp fragmentation\nno crypto ipsec nat-transparency udp-encapsulation\n"
		  "crypto ipsec nat-transparency udp-encapsulation\ncrypto isakmp nat keepalive 30\nno crypto isakmp nat keepalive\n");
	ok(c && !c->ike_fragmentation && c->nat_transparency && !c->nat_keepalive, "and does not");
	load_more("crypto ipsec df-bit clear\nno crypto ipsec df-bit\ncrypto ipsec security-association idle-time 600\ncrypto map VPN 10\n"
		  " set security-association level per-host\n no set security-association level per-host\n");
	e = config_entry_find(c, "VPN", 10);
	ok(c && c->df == CONFIG_DF_COPY && !e->per_host && e->idle_seconds == 600 && !e->idle_default && e->df == CONFIG_DF_INHERIT,
	   "taken back, or inherited");
}

static void six(void)
{
	const struct config_acl *a;
	const struct config_entry *e;

	load_more("crypto isakmp key v6 address ipv6 2001:db8::/32\nipv6 access-list A\n permit tcp 2001:db8:1::7/48 any eq www\n"
		  " sequence 5 deny ipv6 host 2001:db8::1 2001:db8:2::/64\n permit icmp any any\n no sequence 20\n permit 89 any any\n"
		  "ip access-list extended A\n permit ip any host 192.0.2.1\n"
		  "crypto map ipv6 SIX 10 ipsec-isakmp\n set peer 2001:db8::9\n set transform-set T\n match address A\n"
		  "crypto map VPN 20 ipsec-isakmp\n set peer 2001:db8::9\n set transform-set T\n match address A\n"
		  "interface eth7\n ipv6 address FE80::1 link-local\n ipv6 address 2001:DB8::7/64\n ipv6 address 2001:DB8::8/64\n ipv6 crypto map SIX\n");
	e = config_entry_find(c, "SIX", 10);
	ok(c && config_map_find(c, "SIX")->six && !config_map_find(c, "VPN")->six && addr_is(&e->peer[0]->addr, "2001:db8::9"), "an IPv6 map");
	a = e->acl;
	ok(a && a->six && a->rules == 3 && !a->rule[0]->permit && addr_is(&a->rule[0]->local.addr, "2001:db8::1") &&
	   a->rule[0]->local.prefix == 128 && a->rule[0]->remote.prefix == 64, "an IPv6 list by sequence");
	ok(addr_is(&a->rule[1]->local.addr, "2001:db8:1::") && a->rule[1]->local.prefix == 48 && a->rule[1]->protocol == 6 &&
	   a->rule[1]->remote.addr.length == 16 && !a->rule[1]->remote.prefix && a->rule[1]->remote.port_lo == 80 &&
	   !strcmp(a->text[1], "permit tcp 2001:db8:1::/48 any eq www"), "a line of it: %s", a->text[1]);
	ok(!strcmp(a->text[2], "permit 89 any any"), "one taken back by its number");
	ok(config_entry_find(c, "VPN", 20)->acl && !config_entry_find(c, "VPN", 20)->acl->six, "the list of a map's own family, by name");
	ok(config_interface_find(c, "eth7")->address6.length == 16 && addr_is(&config_interface_find(c, "eth7")->address6, "2001:db8::7") &&
	   config_interface_find(c, "eth7")->map == config_map_find(c, "SIX"), "an interface's IPv6 address and map");
}

static int rule_is(const struct config_rule *r, int permit, int proto, const char *local, int l, int llo, int lhi, const char *remote,
		   int m, int rlo, int rhi);

static void tunnels(void)
{
	const struct config_interface *f;
	const struct config_entry *e;

	/* as in a document, with its blanks */
	load("crypto isakmp policy 10\n\nauthentication pre-share\n\n \ncrypto isakmp key cisco address ipv6 ::/0\n\n \n"
	     "crypto ipsec transform-set TRA esp-aes esp-sha-hmac\n\nmode transport\n\n \ncrypto ipsec profile PRO\n\nset transform-set TRA\n\n\n\n"
	     "interface Tunnel23\n\nip address 192.168.23.2 255.255.255.0\n\nipv6 address FE80::23:2 link-local\n\ntunnel source Ethernet0/0\n\n"
	     "tunnel mode ipsec ipv6\n\ntunnel destination 2001: DB8::3\n\ntunnel protection ipsec profile PRO\n");
	e = config_entry_find(c, "Tunnel23-head-0", 65537);
	f = config_interface_find(c, "tu23");
	ok(c && !report->warnings && e && !e->incomplete && e->keep_up && !strcmp(e->profile, "PRO") && f->tunnel && f->map->entry[0] == e,
	   "tunnel mode ipsec ipv6: its crypto map");
	ok(addr_is(&f->link_local, "fe80::23:2") && addr_is(&f->address, "192.168.23.2"), "its addresses");
	ok(e->peers == 1 && addr_is(&e->peer[0]->addr, "2001:db8::3") && e->sets == 1 && e->acl->rules == 1 &&
	   rule_is(e->acl->rule[0], 1, 0, "::", 0, 0, 0, "::", 0, 0, 0) && !strcmp(f->map->local_interface, "Ethernet0/0"),
	   "its peer, sets, list and source");
	load_more("crypto ipsec profile P\n set transform-set T\n set pfs group5\n set security-association lifetime seconds 600\n responder-only\n"
		  "interface eth1\n ip address 192.0.2.1 255.255.255.0\n crypto map VPN\ninterface Tunnel0\n tunnel source 192.0.2.1\n"
		  " tunnel destination 198.51.100.1\n tunnel protection ipsec profile P shared\n keepalive 10 3\n ip mtu 1400\n"
		  " ip tcp adjust-mss 1360\n"
		  "interface Tunnel1\n tunnel source eth1\n tunnel destination 198.51.100.1\n tunnel mode ipsec ipv4\n tunnel protection ipsec profile P\n"
		  " ip tcp adjust-mss 1400\n no ip tcp adjust-mss\n ip tcp adjust-mss 1360\n ipv6 tcp adjust-mss pmtu\n");
	f = config_interface_find(c, "Tunnel1");
	ok(f->mss == 1360 && f->mss6 == CMAP_TCP_MSS_PATH && !config_interface_find(c, "eth1")->mss, "adjust-mss of both families");
	ok(ignored("tcp adjust-mss (no crypto map is on the interface)", BASE_LINES + 15, 1), "and where there is no crypto map");
	e = config_entry_find(c, "VPN", 65537);
	ok(c && e && !e->keep_up && e->pfs_group == 5 && e->life_seconds == 600 &&
	   rule_is(e->acl->rule[0], 1, 47, "192.0.2.1", 32, 0, 0, "198.51.100.1", 32, 0, 0), "GRE: an entry in the map of the interface below");
	ok(!config_interface_find(c, "Tunnel0")->map && config_interface_find(c, "Tunnel0")->mtu == 1400, "and none on the tunnel");
	ok(config_entry_find(c, "Tunnel1-head-0", 65537) && config_entry_find(c, "Tunnel1-head-0", 65537)->acl->rule[0]->local.addr.length == 4,
	   "tunnel mode ipsec ipv4");
	ok(c->profiles == 1 && c->profile[0]->entry->pfs_group == 5 && c->profile[0]->responder_only && c->profile[0]->entry->sets == 1, "the profile");
	load_more("crypto ipsec profile P\n set transform-set T\ninterface eth1\n ip address 192.0.2.1 255.255.255.0\n"
		  "interface Tunnel0\n tunnel source eth1\n tunnel destination 198.51.100.1\n tunnel protection ipsec profile P\n");
	ok(c && config_interface_find(c, "eth1")->map == config_map_find(c, "Tunnel0-head-0"), "GRE without another map: its own is below");
}

static void manual(void)
{
	const struct config_entry *e;

	load_more("crypto ipsec transform-set M ah-md5-hmac esp-des esp-sha-hmac\ncrypto map VPN 20 ipsec-manual \n"
		  " set session-key inbound esp 1000 cipher 0011223344556677 authenticator 000102030405060708090a0b0c0d0e0f101112131415\n"
		  " set session-key outbound esp 1001 cipher 0xFFEEDDCCBBAA9988 authenticator 000102030405060708090a0b0c0d0e0f10111213\n"
		  " set session-key inbound ah 2000 000102030405060708090a0b0c0d0e0f\n set session-key outbound ah 2001 000102030405060708090a0b0c0d0e0f\n"
		  " set peer 198.51.100.1\n set transform-set M\n match address 100\n");
	e = config_entry_find(c, "VPN", 20);
	ok(c && e->manual && !e->incomplete, "a manual entry");
	ok(e->esp[CONFIG_INBOUND].spi == 1000 && e->esp[CONFIG_INBOUND].cipher_length == 8 && e->esp[CONFIG_INBOUND].cipher[7] == 0x77 &&
	   e->esp[CONFIG_INBOUND].authenticator_length == 20, "its inbound keys, a longer one cut");
	ok(e->esp[CONFIG_OUTBOUND].spi == 1001 && e->esp[CONFIG_OUTBOUND].cipher[0] == 0xff && e->ah[CONFIG_OUTBOUND].spi == 2001 &&
	   e->ah[CONFIG_INBOUND].authenticator[15] == 15, "its outbound ones, and AH's");
	ok(crypto_secure_is(e->esp[CONFIG_INBOUND].cipher), "they lie in secure memory");
	ok(config_entry_equal(e, e) && !config_entry_equal(e, config_entry_find(c, "VPN", 10)), "compared");
	load_more("crypto map VPN 20 ipsec-manual\n set session-key inbound ah 2000 00\n no set session-key inbound ah\n");
	ok(c && !config_entry_find(c, "VPN", 20)->ah[CONFIG_INBOUND].at.line, "a key taken back");
}

/* ---- access lists ---- */

static int rule_is(const struct config_rule *r, int permit, int proto, const char *local, int l, int llo, int lhi, const char *remote,
		   int m, int rlo, int rhi)
{
	return r->permit == permit && r->protocol == proto && addr_is(&r->local.addr, local) && r->local.prefix == l &&
	       r->local.port_lo == llo && r->local.port_hi == lhi && addr_is(&r->remote.addr, remote) && r->remote.prefix == m &&
	       r->remote.port_lo == rlo && r->remote.port_hi == rhi;
}

static void lists(void)
{
	const struct config_acl *a;

	load("ip access-list extended A\n 30 permit tcp host 10.0.0.1 eq www 443 10.2.0.0 0.0.255.255 neq 22 23\n"
	     " 10 deny udp any gt 1023 any lt 1024\n 20 permit 47 any host 10.0.0.2\n remark to go\n permit icmp any any\n no 40\n"
	     " permit sctp any range 5 9 any\n no permit sctp any range 5 9 any\n15 permit ip 10.1.2.3 0.0.0.255 any\n"
	     "access-list 150 permit esp any any\naccess-list 2000 permit tcp any any eq 1\nno access-list 150\n");
	a = config_acl_find(c, "A");
	ok(a && a->lines == 4 && c->acls == 2, "named lists by sequence, lines and lists taken back");
	ok(a->rules == 7 && rule_is(a->rule[0], 0, 17, "0.0.0.0", 0, 1024, 65535, "0.0.0.0", 0, 0, 1023), "gt, lt");
	ok(rule_is(a->rule[1], 1, 0, "10.1.2.0", 24, 0, 0, "0.0.0.0", 0, 0, 0), "bits under the wildcard are cleared");
	ok(rule_is(a->rule[2], 1, 47, "0.0.0.0", 0, 0, 0, "10.0.0.2", 32, 0, 0), "a protocol by number");
	ok(rule_is(a->rule[3], 1, 6, "10.0.0.1", 32, 80, 80, "10.2.0.0", 16, 0, 21) &&
	   rule_is(a->rule[4], 1, 6, "10.0.0.1", 32, 80, 80, "10.2.0.0", 16, 24, 65535) &&
	   rule_is(a->rule[6], 1, 6, "10.0.0.1", 32, 443, 443, "10.2.0.0", 16, 24, 65535) && a->rule[6]->at.line == 2,
	   "several ports make several rules");
	ok(!strcmp(a->text[3], "permit tcp host 10.0.0.1 eq www 443 10.2.0.0 0.0.255.255 neq 22 telnet"), "a line as a router shows it");
	load_more("access-list 101 frob\naccess-list 101 permit tcp any any established\naccess-list 10 permit any\n"
		  "ip access-list standard X\n permit any\nip access-list extended Y\n frob\n permit object-group G any\n");
	ok(c && !report->warnings && ignored("access-list 101 (no crypto map matches it)", BASE_LINES + 1, 1),
	   "what a crypto map cannot use is no error in lists that it does not use");
	load_more("ip access-list extended 100\n deny ip any host 1.2.3.4\n");
	ok(c && config_acl_find(c, "100")->rules == 2 && !config_acl_find(c, "100")->rule[1]->permit, "a numbered list as a named one");
}

/* ---- interfaces ---- */

static void interfaces(void)
{
	static const char *const name[][2] = {
		{ "fa0/1", "FastEthernet0/1" }, { "FASTETHERNET0/1", "FastEthernet0/1" }, { "gi0/0/0.10", "GigabitEthernet0/0/0.10" },
		{ "e0", "e0" }, { "Et0/0", "Ethernet0/0" }, { "eth0", "eth0" }, { "wan", "wan" }, { "lo0", "Loopback0" }, { "vl1", "Vlan1" },
		{ "Tu23", "Tunnel23" }, { "te1/1", "TenGigabitEthernet1/1" }, { "po1", "po1" }, { "port1", "Port-channel1" },
		{ "ens3f0np0", "ens3f0np0" }, { "Serial0/0/0:1", "Serial0/0/0:1" }, { "", "" },
	};
	char full[CONFIG_NAME_MAX + 1], longest[2 * CONFIG_NAME_MAX];

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		config_interface_full(name[i][0], full);
		ok(!strcmp(full, name[i][1]), "interface %s is %s", name[i][0], full);
	}
	memset(longest, '1', sizeof(longest));
	memcpy(longest, "fa", 2);
	longest[sizeof(longest) - 1] = '\0';
	config_interface_full(longest, full);
	ok(strlen(full) == CONFIG_NAME_MAX, "an overlong name is cut");
	load_more("interface FastEthernet 0/1\n ip address 192.0.2.1 255.255.255.0\n ip address 192.0.2.2 255.255.255.0 secondary\n"
		  " crypto map VPN\ninterface fa0/1\n shutdown\n no crypto map\ninterface eth1\n ip address dhcp\n crypto map VPN\n"
		  "interface Serial0.1 point-to-point\ncrypto map VPN\n");
	ok(c && c->interfaces == 3 && !c->interface[0]->map && addr_is(&c->interface[0]->address, "192.0.2.1") &&
	   c->interface[1]->map && !c->interface[1]->address.length && !strcmp(c->interface[2]->name, "Serial0.1") && c->interface[2]->map,
	   "interfaces: spellings, first address, map taken back");
	load_more("interface eth1\ncrypto map VPN\ncrypto map VPN 20 ipsec-isakmp\n set peer 198.51.100.1\ncrypto isakmp policy 20\n auth pre\n");
	ok(c && c->interface[0]->map && c->map[0]->entries == 2 && c->policies == 2, "global commands below an interface leave it");
}

/* ---- comparison, printing ---- */

static void compare(void)
{
	static const struct {
		const char *more, *what;
		int kernel, entry;
	} change[] = {
		{ "hostname x\n", "nothing", 1, 1 },
		{ "crypto map VPN 10\n set pfs\n", "PFS", 1, 0 },
		{ "crypto map VPN 10\n set peer 198.51.100.2\ncrypto isakmp key k address 198.51.100.2\n", "a peer", 0, 0 },
		{ "crypto ipsec transform-set T esp-aes esp-sha-hmac\n", "its transform set", 1, 0 },
		{ "crypto ipsec security-association lifetime seconds 900\n", "the global lifetime", 1, 0 },
		{ "access-list 100 permit ip host 10.3.0.1 any\n", "a rule", 0, 0 },
		{ "crypto map VPN 10\n no set transform-set\n", "completeness", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		struct config_report *r;
		struct config *before = read_text(BASE, &r, 0);
		const struct config_entry *a = config_entry_find(before, "VPN", 10), *b;

		config_report_free(r);
		load_more(change[i].more);
		b = config_entry_find(c, "VPN", 10);
		ok(config_entry_kernel_equal(a, b) == change[i].kernel && config_entry_equal(a, b) == change[i].entry, "a reload changes %s",
		   change[i].what);
		ok(config_policy_equal(before->policy[0], c->policy[0]) && config_psk_equal(before->psk[0], c->psk[0]),
		   "and neither policy nor key");
		config_free(before);
	}
	load("crypto isakmp key a address 192.0.2.1\ncrypto isakmp key b address 192.0.2.2\ncrypto isakmp key ab address 192.0.2.3\n"
	     "crypto isakmp policy 1\ncrypto isakmp policy 2\n group 2\n");
	ok(!config_psk_equal(c->psk[0], c->psk[1]) && !config_psk_equal(c->psk[0], c->psk[2]) &&
	   !config_policy_equal(c->policy[0], c->policy[1]) && !config_acl_equal(NULL, config_acl_find(c, "1")) == 0, "unequal ones are unequal");
}

static char *print(void)
{
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	config_print(c, out);
	fclose(out);
	return text;
}

static void running(void)
{
	char *first, *second;

	load("hostname gw\ncrypto isakmp policy 10\n encr aes 256\n hash sha256\n auth pre\n group 14\n lifetime 1800\n"
	     "crypto isakmp key hunter2 address 192.0.2.0 255.255.255.0\ncrypto isakmp keepalive 10 3 periodic\n"
	     "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac\ncrypto ipsec security-association lifetime seconds 600\n"
	     "crypto map M local-address lo0\ncrypto map M 10 ipsec-isakmp\n description d\n set peer 192.0.2.1\n set transform-set T\n"
	     " set pfs group2\n set security-association lifetime kilobytes disable\n set security-association replay window-size 128\n"
	     " match address 101\ninterface fa0/0\n ip address 10.0.0.1 255.255.252.0\n crypto map M\n ip tcp adjust-mss 1400\n ipv6 tcp adjust-mss pmtu\n"
	     "access-list 101 deny ip any host 1.1.1.1\naccess-list 101 permit tcp 10.0.0.0 0.0.3.255 any eq 80\n");
	first = print();
	ok(strstr(first, " encr aes 256\n hash sha256\n authentication pre-share\n group 14\n lifetime 1800\n") &&
	   strstr(first, "crypto isakmp key <redacted> address 192.0.2.0 255.255.255.0\n") && !strstr(first, "hunter2") &&
	   strstr(first, "crypto ipsec transform-set T esp-aes 256 esp-sha512-hmac \n mode tunnel\n") &&
	   strstr(first, "crypto map M 10 ipsec-isakmp \n description d\n set peer 192.0.2.1\n") &&
	   strstr(first, " set pfs group2\n match address 101\n") && strstr(first, " ip address 10.0.0.1 255.255.252.0\n ip tcp adjust-mss 1400\n ipv6 tcp adjust-mss pmtu\n crypto map M\n") &&
	   strstr(first, "access-list 101 deny   ip any host 1.1.1.1\naccess-list 101 permit tcp 10.0.0.0 0.0.3.255 any eq www\n"),
	   "as a router's running-config, keys hidden");
	load(first);
	second = print();
	ok(c && !strcmp(first, second), "what is printed reads as the same");
	free(first);
	free(second);
	load("crypto call admission limit ike sa 50\ncrypto call admission limit ike in-negotiation-sa 20\n");
	first = print();
	ok(c->admission_active == 50 && c->admission_negotiating == 20 && strstr(first, "crypto call admission limit ike sa 50\n"
	   "crypto call admission limit ike in-negotiation-sa 20\n"), "call admission, read and printed");
	free(first);
	load("crypto call admission limit ike sa 50\ncrypto call admission limit ike in-negotiation-sa 20\nno crypto call admission limit ike\n");
	ok(!c->admission_active && !c->admission_negotiating, "and taken back");
	load_more("crypto dynamic-map D 20\n set transform-set T\ncrypto dynamic-map D 10\n description d\n set transform-set T\n"
		  " set peer 198.51.100.1\n set pfs group5\n match address 100\ncrypto map VPN 65535 ipsec-isakmp dynamic D\n");
	first = print();
	ok(strstr(first, "crypto dynamic-map D 10\n description d\n set peer 198.51.100.1\n set transform-set T \n set pfs group5\n match address 100\n"
			 "crypto dynamic-map D 20\n set transform-set T \n!\n") &&
	   strstr(first, "crypto map VPN 65535 ipsec-isakmp dynamic D \n"), "dynamic maps, too");
	load(first);
	second = print();
	ok(c && !strcmp(first, second), "and they read as the same");
	free(first);
	free(second);
}

static void routes(void)
{
	const struct config_entry *e;
	char *first, *second;

	load_more("crypto map VPN 10\n reverse-route\n set reverse-route distance 5\n set reverse-route tag 9\n");
	e = config_entry_find(c, "VPN", 10);
	ok(e->routes.wanted && !e->routes.always && e->routes.distance == 5 && e->routes.tag == 9 && !e->routes.gateway.length, "reverse routes");
	load_more("crypto map VPN 10\n reverse-route remote-peer 1.2.3.4 gateway static\n");
	e = config_entry_find(c, "VPN", 10);
	ok(e->routes.wanted && e->routes.always && addr_is(&e->routes.gateway, "1.2.3.4"), "static ones, by another next hop");
	first = print();
	ok(strstr(first, " match address 100\n reverse-route remote-peer 1.2.3.4 static\n") != NULL, "as a router prints them");
	load(first);
	second = print();
	ok(c && !strcmp(first, second), "and reads them");
	free(first);
	free(second);
	load_more("crypto map VPN 10\n reverse-route tag 3 static\n no reverse-route\n");
	e = config_entry_find(c, "VPN", 10);
	ok(!e->routes.wanted && !e->routes.always, "none any more");
	load_more("crypto map VPN 10\n set reverse-route gateway 2001:db8::1\n reverse-route remote-peer\n");
	e = config_entry_find(c, "VPN", 10);
	ok(e->routes.wanted && addr_is(&e->routes.gateway, "2001:db8::1"), "the next hop in a line of its own");
}

static void dynamic_maps(void)
{
	const struct config_entry *t, *e;

	load_more("crypto dynamic-map D 20\n set transform-set T\ncrypto map VPN 20 ipsec-isakmp dynamic D\n"
		  "crypto dynamic-map D 10\n match address 100\ncrypto dynamic-map E 10\n set transform-set T\n");
	e = config_entry_find(c, "VPN", 20);
	t = config_template_find(c, "D", 20);
	ok(e && !e->incomplete && e->dynamic == c->dynamic[0] && c->dynamic[0]->entries == 2 && t && t->template && !t->incomplete &&
	   !t->peers && !t->acl && t->sets == 1 && t->life_seconds == 3600, "a dynamic map, and the entry that stands for it");
	ok(config_template_find(c, "D", 10)->incomplete && report->warnings == 1, "a template without transform set answers nobody");
	ok(ignored("crypto dynamic-map E (no crypto map names it)", BASE_LINES + 6, 1), "one that no map names is listed as ignored");
	load_more("crypto dynamic-map D 10\n set transform-set T\ncrypto map VPN 20 ipsec-isakmp dynamic D\nno crypto map VPN 20\n"
		  "no crypto dynamic-map D 10\n");
	ok(c && !config_template_find(c, "D", 10) && !config_entry_find(c, "VPN", 20), "both can be taken back");
}

static void has_other(void *ctx, struct config_local *l)
{
	if (!strcasecmp(l->interface, "Dialer1"))
		l->address = *(struct addr *)ctx;
}

static void asked(void)
{
	struct config_psk_query q = { 0 };
	struct addr local, peer;

	addr_parse("192.0.2.9", &local);
	addr_parse("198.51.100.77", &peer);
	q.local = &local;
	q.remote = &peer;
	load_more("crypto keyring D\n local-address Dialer 1\n pre-shared-key address 0.0.0.0 0.0.0.0 key hunter8\n"
		  "interface Dialer1\n ip address negotiated\n");
	ok(c && !config_psk_lookup(c, &q), "the address of an interface that the file does not tell is not known");
	config_ask_locals(c, has_other, &local);
	ok(config_psk_lookup(c, &q) && !strcmp(config_psk_lookup(c, &q)->key, "hunter8"), "until the system is asked");
}

static void identities(void)
{
	static const char text[] = "hostname gwa\nip domain name example.net\nip host gwb.example.net 198.51.100.1\n"
		"crypto keyring K\n local-address wan\n pre-shared-key address 0.0.0.0 0.0.0.0 key hunter2\n"
		" pre-shared-key address 198.51.100.0 255.255.255.0 key 0 hunter3\n pre-shared-key address ipv6 2001:db8::1/32 key hunter4\n"
		" pre-shared-key hostname gwb.example.net key hunter5\nno crypto isakmp aggressive-mode disable\n"
		"crypto isakmp identity hostname\ncrypto isakmp key hunter6 hostname other.example.net no-xauth\n"
		"crypto isakmp peer address 198.51.100.1\n description x y\n set aggressive-mode password hunter7\n"
		" set aggressive-mode client-endpoint user-fqdn me@example.net\ncrypto isakmp profile P\n description the peer\n keyring K\n"
		" self-identity fqdn\n match identity address 198.51.100.7 255.255.255.0\n match identity address ipv6 ::/0\n"
		" match identity host domain example.net\n match identity user joe@example.net\n match identity group GRP\n"
		" keepalive 10 retry 3\n initiate mode aggressive\n local-address wan\n"
		"crypto isakmp profile Q\n match identity host gwb.example.net\ncrypto isakmp policy 10\n authentication pre-share\n"
		"crypto ipsec transform-set T esp-aes esp-sha-hmac\ncrypto map VPN isakmp-profile Q\ncrypto map VPN 10 ipsec-isakmp\n"
		" set peer gwb.example.net\n set transform-set T\n set isakmp-profile P\n match address 100\n"
		"crypto map VPN 20 ipsec-isakmp\n set peer 198.51.100.2\n set transform-set T\n match address 100\n"
		"interface wan\n ip address 192.0.2.1 255.255.255.0\n crypto map VPN\n"
		"access-list 100 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255\n";
	struct addr local, other, peer;
	struct config_psk_query q = { .local = &local, .remote = &peer };
	const struct config_isakmp_profile *p;
	char *first, *second;

	addr_parse("192.0.2.1", &local);
	addr_parse("192.0.2.9", &other);
	addr_parse("198.51.100.1", &peer);
	load(text);
	ok(c && c->keyrings == 1 && c->isakmp_profiles == 2 && c->peer_policies == 1 && c->psks == 5, "keyring, profiles, peer policy, keys");
	p = config_isakmp_profile_find(c, "P");
	ok(p->matches == 5 && p->keepalive == 10 && p->keepalive_retry == 3 && p->aggressive && !p->default_keyring && p->keyrings == 1, "a profile");
	ok(c->map[0]->entry[0]->isakmp == p && !strcmp(c->map[0]->entry[1]->isakmp->name, "Q"), "the entry's profile before the map's");
	ok(addr_equal(&c->map[0]->entry[0]->peer[0]->addr, &peer), "a peer by name has the address of ip host");
	ok(!strcmp(config_psk_lookup(c, &q)->key, "hunter5"), "a name with that address is more than a network");
	q.profile = p;
	addr_parse("198.51.100.77", &peer);
	ok(!strcmp(config_psk_lookup(c, &q)->key, "hunter3"), "then the longest prefix");
	q.id_type = IPSEC_ID_FQDN;
	q.id = "GWB.example.net";
	q.id_length = 15;
	ok(!strcmp(config_psk_lookup(c, &q)->key, "hunter5"), "a name that the peer gives is more than its address");
	q.id_type = 0;
	q.profile = config_isakmp_profile_find(c, "Q");
	ok(!config_psk_lookup(c, &q), "a profile without keyring has the default one's keys");
	q.profile = NULL;
	q.local = &other;
	ok(!config_psk_lookup(c, &q), "a keyring with local-address is for that address");
	addr_parse("198.51.100.1", &peer);
	q.initiate_aggressive = true;
	ok(!strcmp(config_psk_lookup(c, &q)->key, "hunter7") && config_aggressive(c, NULL, &peer), "a peer policy's password");
	ok(config_isakmp_profile_match(c, &local, IPSEC_ID_FQDN, "gwb.example.net", 15) == config_isakmp_profile_find(c, "Q") &&
	   config_isakmp_profile_match(c, &local, IPSEC_ID_FQDN, "x.example.net", 13) == p &&
	   !config_isakmp_profile_match(c, &local, IPSEC_ID_FQDN, "xexample.net", 12) &&
	   !config_isakmp_profile_match(c, &local, IPSEC_ID_KEY_ID, "grp", 3) &&
	   config_isakmp_profile_match(c, &local, IPSEC_ID_KEY_ID, "GRP", 3) == p &&
	   !config_isakmp_profile_match(c, &other, IPSEC_ID_KEY_ID, "GRP", 3), "the profile that names an identity most closely");
	first = print();
	ok(strstr(first, "crypto keyring K \n  local-address wan\n  pre-shared-key address 0.0.0.0 0.0.0.0 key <redacted>\n") &&
	   strstr(first, "   match identity address 198.51.100.0 255.255.255.0 \n   match identity address ipv6 ::/0 \n   match identity host domain example.net\n") &&
	   strstr(first, "crypto map VPN isakmp-profile Q\n") && strstr(first, " set isakmp-profile P\n") && strstr(first, " set peer gwb.example.net\n") &&
	   !strstr(first, "hunter"), "as a router's running-config, keys hidden");
	load(first);
	second = print();
	ok(c && !strcmp(first, second), "what is printed reads as the same");
	free(first);
	free(second);
}

int main(void)
{
	config_setup();
	example();
	damage();
	policies();
	keys();
	sets();
	entries();
	options();
	six();
	tunnels();
	manual();
	dynamic_maps();
	routes();
	lists();
	interfaces();
	compare();
	running();
	identities();
	asked();
	config_report_free(report);
	config_free(c);
	return done_testing();
}
