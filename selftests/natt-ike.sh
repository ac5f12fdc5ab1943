#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: NAT traversal by IKE, with strongSwan and ourselves: NATs in front of either, of both, of two peers; one that forgets; keepalives
# takes minutes
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
NAT=198.51.100.254	# r as gb sees it
FRONT=192.0.2.254	# r as ga sees it: what leads to gb, where that is behind a NAT, too

# gc: a third gateway, with its LAN on its own loopback
GC=203.0.113.1 HC=10.3.0.1
ip netns add gc
wire r c 203.0.113.254/24 gc wan $GC/24
ip -n gc link set lo up
ip -n gc addr add $HC/24 dev lo
ip -n gc route add default via 203.0.113.254

# nat FIRST LAST [RULE]: what ga and gc send to gb comes from $NAT, and from these ports; it forgets what was before
nat() {
	ns r nft -f - <<-N
		add table ip nat
		delete table ip nat
		table ip nat {
			chain out {
				type nat hook postrouting priority 100
				oifname "b" ip saddr { 192.0.2.0/24, 203.0.113.0/24 } meta l4proto udp masquerade to :$1-$2
				oifname "b" ip saddr { 192.0.2.0/24, 203.0.113.0/24 } masquerade
			}
			chain in {
				type nat hook prerouting priority -100
				${3:-}
			}
		}
	N
	ns r conntrack -F > /dev/null 2>&1
}
nonat() { ns r nft delete table ip nat; ns r conntrack -F > /dev/null 2>&1; }
# What r passes on between the gateways: ports of IKE in 4500
start tcpdump r tcpdump -nnlUi b udp; waitfor 30 grep -q listening "$WORK/tcpdump.log"; ok $? "tcpdump listens"

# encaps NS: ports of ESP in UDP there: "4500 4500", with other lines if SAs differ
encaps() { cmap -n "$1" sa show | sed -n 's/.* encap \([0-9]* [0-9]*\).*/\1/p' | sort -u | tr '\n' ' '; }
# at NS REGEX: all pairs there have such ports
at() { [[ "$(encaps "$1")" =~ ^$2$ ]]; }
none_of() { [ -z "$(cmap -n "$1" sa show)" ]; }
none_at() { ! swan "$1" -l | grep -q .; }
logs() { local f; for f in "$WORK"/ikemgr-*.log; do show "$f" "$f" 20; done; [ ! -e "$WORK/debug.log" ] || show debug "$WORK/debug.log" 90; }
# flows TEXT HOST ADDRESS [HOST ADDRESS]: numbered packets in both directions; none is lost, none comes twice
flows() {
	like "$(flow "$2" "$4" "$5" 200 200 1300)" 'received 200 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 200 packets out, each once" || logs
	like "$(flow "$4" "$2" "$3" 200 200 1300)" 'received 200 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 200 packets in, each once" || logs
}
pings() { like "$(ns "$1" ping -c 5 -i 0.2 -W 28 "${@:3}")" ' 5 received' "$2" || logs; }
# follows NS TEXT ARG...: answers go to the port that the NAT no longer knows, until the peer has been asked for the new one
follows() { like "$(ns "$1" ping -c 5 -i 0.5 -W 10 "${@:3}")" ' [34] received|5 received' "$2" || logs; }
POLICY=" encr aes
	 authentication pre-share
	 group 14"
export POLICY TRANSFORMS="esp-aes esp-sha-hmac" IKE=aes128-sha1-modp2048 ESP=aes128-sha1

note "we are behind the NAT, strongSwan answers"
nat 10000 19999
EXTRA="crypto isakmp nat keepalive 5" ios_conf a > "$WORK/a.conf"
swan_conf b | sed "s/remote_addrs = $GA/remote_addrs = %any/" > "$WORK/b.conf"
charon_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
start debug ga cmap debug crypto isakmp; waitfor 20 subscribed ga
pings ha "behind a NAT: the ping that starts the negotiation loses nothing" $HB
debug=$(cat "$WORK/debug.log")
like "$debug" 'ISAKMP:\(0\): constructed NAT-T vendor-rfc3947 ID' "the vendor ID is sent"
like "$debug" 'NAT found, both nodes inside NAT' "the NAT is found: the first hash"
like "$debug" 'My hash no match -  this node inside NAT' "on our side"
like "$debug" 'sending packet to .* my_port 4500 peer_port 4500 \(I\) MM_KEY_EXCH' "message 5 goes by port 4500"
like "$debug" 'Setting UDP ENC peer struct 0x[0-9A-F]+ sa= 0x[0-9A-F]+' "and when the peer is authenticated, ESP's way is set"
is "$(encaps ga)" "4500 4500 " "ESP is in UDP"
like "$(cmap -n ga show crypto ipsec sa)" 'in use settings =\{Tunnel UDP-Encaps, \}' "show crypto ipsec sa says so"
like "$(cmap -n ga show crypto ipsec sa)" "current_peer $GB port 4500" "and the peer's port"
like "$(cmap -n ga show crypto session detail)" 'Capabilities:DN ' "show crypto session detail says N"
like "$(swan gb -l)" "$NAT\[1[0-9]{4}\]" "strongSwan speaks with the NAT"
flows "behind a NAT" ha $HA hb $HB
keepalive() { grep -qE "IP $NAT\.1[0-9]{4} > $GB\.4500: (isakmp-nat-keep-alive|NONESP-encap|UDP, length 1$)" "$WORK/tcpdump.log"; }
check "a keepalive is sent" waitfor 10 keepalive || tail -n 5 "$WORK/tcpdump.log"
nat 20000 29999
follows ha "the NAT forgets, and has another port: our packets arrive, and answers come again" $HB
like "$(swan gb -l)" "$NAT\[2[0-9]{4}\]" "strongSwan has followed"
flows "the NAT has forgotten" ha $HA hb $HB
check "clear crypto session" cmap -n ga clear crypto session
check "no SA is left" waitfor 10 none_of ga
check "strongSwan has none left either" waitfor 20 none_at gb
stop debug; stop ikemgr-ga; stop charon-gb

note "two road warriors with strongSwan behind one NAT, we answer with a dynamic map"
cat > "$WORK/b.conf" <<-X
	crypto isakmp policy 10
	$POLICY
	crypto isakmp key ciscokey address 0.0.0.0 0.0.0.0
	crypto ipsec transform-set TRANSFORM esp-aes esp-sha-hmac
	crypto dynamic-map DYN 10
	 set transform-set TRANSFORM
	crypto map VPN 100 ipsec-isakmp dynamic DYN
	interface wan
	 ip address $GB 255.255.255.0
	 crypto map VPN
X
swan_conf a > "$WORK/a.conf"
swan_conf a | sed "s/\b$GA\b/$GC/; s,10.1.0.0/24,10.3.0.0/24," > "$WORK/c.conf"
ikemgr_up gb "$WORK/b.conf"
start debug gb cmap debug crypto isakmp; waitfor 20 subscribed gb
charon_up ga "$WORK/a.conf"; charon_up gc "$WORK/c.conf"
check "the first one comes up" swan ga --initiate --child net --timeout 30 || logs
like "$(cat "$WORK/debug.log")" 'Detected port floating to port = 2[0-9]{4}' "its port has floated"
like "$(cat "$WORK/debug.log")" "Trying to find existing peer $GB/$NAT/2[0-9]{4}/" "as a router says it"
like "$(cat "$WORK/debug.log")" "Trying to insert a peer $GB/$NAT/2[0-9]{4}/,  and inserted successfully" "and it is inserted with it"
check "ESP is in UDP, to the NAT's port" at gb '(2[0-9]{4} 4500 4500 2[0-9]{4}|4500 2[0-9]{4} 2[0-9]{4} 4500) '
flows "the first" hb $HB ha $HA
check "the second one comes up" swan gc --initiate --child net --timeout 30 || logs
is "$(state gb | tr '\n' ' ')" "QM_IDLE QM_IDLE " "both are there: INITIAL-CONTACT of the second was not the first one's"
is "$(encaps gb | wc -w)" 8 "each has its own port"
flows "the first, beside the second" hb $HB ha $HA
pings gc "the second one's traffic" -I $HC $HB
pings hb "and ours to it" $HC
nat 30000 39999
follows ha "the NAT forgets: the first one's packets arrive, and answers come again" $HB
follows gc "the second one's too" -I $HC $HB
check "each pair of SAs goes to its peer's new port" waitfor 5 at gb '(3[0-9]{4} 4500 |4500 3[0-9]{4} ){4}'
flows "the first one, moved" hb $HB ha $HA
check "the second one goes" swan gc --terminate --ike net2net
flows "the first one remains" hb $HB ha $HA
check "it goes, too" swan ga --terminate --ike net2net
check "and no SA is left" waitfor 20 none_of gb
stop debug; stop charon-ga; stop charon-gc; stop ikemgr-gb

note "ours with ours, both behind NATs"
DOUBLE="iifname \"a\" ip daddr $FRONT udp dport { 500, 4500 } dnat to $GB"
nat 10000 19999 "$DOUBLE"
EXTRA="crypto isakmp keepalive 10 2 periodic" ios_conf a | sed "s/\b$GB\b/$FRONT/" > "$WORK/a.conf"
ios_conf b | sed "s/\b$GA\b/$NAT/" > "$WORK/b.conf"
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
pings ha "two NATs: nothing is lost" $HB
is "$(encaps ga)" "4500 4500 " "two NATs: ESP is in UDP"
check "to the NAT's port" at gb '(1[0-9]{4} 4500 |4500 1[0-9]{4} ){2}'
flows "two NATs" ha $HA hb $HB
nat 20000 29999 "$DOUBLE"
check "a NAT forgets while nobody sends: dead peer detection tells the new port" waitfor 30 at gb '(2[0-9]{4} 4500 |4500 2[0-9]{4} ){2}' || logs
flows "from the side that did not know" hb $HB ha $HA
nat 30000 39999 "$DOUBLE"
follows ha "it forgets again, and traffic comes first" $HB
check "the SAs go to the new port" waitfor 5 at gb '(3[0-9]{4} 4500 |4500 3[0-9]{4} ){2}' || logs
flows "both directions, after that" ha $HA hb $HB
check "clear crypto session" cmap -n gb clear crypto session
check "no SA is left there" waitfor 10 none_of gb
check "nor here" waitfor 10 none_of ga
stop ikemgr-ga; stop ikemgr-gb

note "NAT traversal switched off"
nat 10000 19999
EXTRA="no crypto ipsec nat-transparency udp-encapsulation" ios_conf a > "$WORK/a.conf"
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
ns ha ping -c 1 -W 10 $HB > /dev/null
check "no nat-transparency: IKE stays on port 500" waitfor 20 eval '[ "$(state ga)" = QM_IDLE ]' || logs
is "$(encaps ga)$(encaps gb)" "" "and ESP is alone"
stop ikemgr-ga; stop ikemgr-gb

note "no NAT: nothing of it"
nonat
ios_conf a > "$WORK/a.conf"; ios_conf b > "$WORK/b.conf"
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
pings ha "no NAT: nothing is lost" $HB
is "$(encaps ga)$(encaps gb)" "" "no NAT: ESP alone"
stop ikemgr-ga; stop ikemgr-gb
finish
