/* SPDX-License-Identifier: GPL-2.0-only */
/* cmap trace: the steps of a packet's way, for every verdict. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "tools/trace.h"

#define RULE "\"seq\": 10, \"hold\": 64, \"rule_index\": 1, \"peers\": [\"198.51.100.1\"]," \
	"\"local_proxy\": {\"addr\": \"10.1.0.0\", \"prefix\": 24, \"protocol\": 6}," \
	"\"remote_proxy\": {\"addr\": \"10.2.0.0\", \"prefix\": 24, \"protocol\": 6, \"port_lo\": 80, \"port_hi\": 80}"
#define SA "\"proto\": \"esp\", \"spi\": 4096, \"dst\": \"198.51.100.1\", \"src\": \"192.0.2.1\", \"conn_id\": 2001," \
	"\"enc\": \"aes-cbc\", \"auth\": \"hmac-sha1-96\", \"mode\": \"tunnel\", \"left_seconds\": 3421"
#define WAN "\"ifname\": \"wan\", \"gateway\": \"192.0.2.254\", \"map\": \"VPN\""
#define WAY "route      via 192.0.2.254 dev wan\n" \
	"map        VPN on wan\n" \
	"entry      10, line 2: permit proto tcp 10.1.0.0/24 10.2.0.0/24 port 80\n" \
	"peer       198.51.100.1\n"
#define BY_SA "sa         out esp spi 0x00001000 to 198.51.100.1 (conn-id 2001) aes-cbc hmac-sha1-96 tunnel, 3421 s left\n"

static void way(const char *json, unsigned int len, const char *expected, const char *what)
{
	json_error_t error;
	json_t *reply = json_loads(json, 0, &error);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	trace_text(f, reply, len);
	fclose(f);
	if (!ok(reply && !strcmp(text, expected), "%s", what))
		printf("# got:\n%s# expected:\n%s", text, expected);
	free(text);
	json_decref(reply);
}

int main(void)
{
	way("{\"verdict\": \"protect\", " WAN ", " RULE ", " SA ", \"path_mtu\": 1500, \"inner_mtu\": 1438}", 1400,
	    WAY BY_SA "mtu        1438 of 1500 to the peer: 1400 fits\n"
	    "verdict    protect: encrypted and sent to the peer\n", "protected");
	way("{\"verdict\": \"fragment\", " WAN ", " RULE ", " SA ", \"path_mtu\": 1500, \"inner_mtu\": 1438}", 1439,
	    WAY BY_SA "mtu        1438 of 1500 to the peer: 1439 must be fragmented\n"
	    "verdict    fragment: encrypted and sent to the peer, in several packets\n", "cut up");
	way("{\"verdict\": \"too-big\", " WAN ", " RULE ", " SA ", \"path_mtu\": 1500, \"inner_mtu\": 1438}", 1439,
	    WAY BY_SA "mtu        1438 of 1500 to the peer: 1439 is refused\n"
	    "verdict    too-big: dropped: too big once it is encrypted; the sender is told by ICMP what fits\n", "too big");
	way("{\"verdict\": \"protect\", " WAN ", " RULE ", " SA ", \"path_mtu\": 1500, \"inner_mtu\": 1438}", 0,
	    WAY BY_SA "mtu        1438 of 1500 to the peer\n"
	    "verdict    protect: encrypted and sent to the peer\n", "a packet without a length");
	way("{\"verdict\": \"wait\", " WAN ", " RULE "}", 100,
	    WAY "sa         none\nverdict    wait: waits while an SA is asked for\n", "no SA");
	way("{\"verdict\": \"no-peer-route\", " WAN ", " RULE ", " SA "}", 100,
	    WAY BY_SA "verdict    no-peer-route: dropped: there is no route to the peer\n", "no route to the peer");
	way("{\"verdict\": \"clear\", " WAN "}", 100,
	    "route      via 192.0.2.254 dev wan\nmap        VPN on wan\n"
	    "verdict    clear: goes in clear: no permit line covers it\n", "no line");
	way("{\"verdict\": \"clear\", \"ifname\": \"lan\"}", 100,
	    "route      dev lan\nmap        none on lan\nverdict    clear: goes in clear\n", "no map");
	way("{\"verdict\": \"no-route\"}", 100,
	    "route      none\nverdict    no-route: dropped: there is no route for it\n", "no route");
	way("{\"verdict\": \"local\", \"ifname\": \"lo\"}", 100,
	    "route      dev lo\nverdict    local: is for this host\n", "for this host");
	way("{\"verdict\": \"not-ipsec\", \"ifname\": \"wan\", \"map\": \"VPN\", " RULE "}", 100,
	    "in         dev wan\nmap        VPN on wan\n"
	    "entry      10, line 2: permit proto tcp 10.1.0.0/24 10.2.0.0/24 port 80\npeer       198.51.100.1\n"
	    "verdict    not-ipsec: dropped: comes in clear, and this line demands protection\n", "in clear");
	return done_testing();
}
